//! Lost callbacks of a day that still runs: orders that are paid at the provider and not in the
//! books. Nothing is kept of it: what of it is a discrepancy, the night decides.

use std::fmt::Write;
use std::time::Duration;

use futures_util::StreamExt;

use crate::app::App;
use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::Language;
use crate::discrepancy::DiscrepancyType;
use crate::ledger::{KEYS_TOGETHER, Scanned};
use crate::money::yuan;
use crate::order::OrderKey;
use crate::provider::Account;
use crate::reconcile::{Request, rules_of, scan_of};
use crate::rules::judge::{Finding, judge};
use crate::run::RunError;
use crate::status::MerchantStatus;
use crate::wording::Word;

/// Orders that are named; further ones are counted.
const NAMED_MAX: usize = 1000;

/// An order that is paid at the provider and not in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The order.
    pub key: OrderKey,
    /// The provider's number; empty when unknown.
    pub provider_order_no: String,
    /// What was paid, in fen, where the provider states it; else what was to be paid.
    pub amount_minor: Option<i64>,
    /// When it was paid, where the provider states it.
    pub paid_at: Option<Timestamp>,
    /// When the order was made, where the books say it.
    pub made_at: Option<Timestamp>,
    /// What the books say; `None` when they do not have the order.
    pub in_books: Option<MerchantStatus>,
    /// Whether the platform still calls the shop back; `None` where nobody says when it was paid, or for how
    /// long the platform calls.
    pub calls: Option<Calls>,
}

/// Whether a platform still calls the shop back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// At most until this moment.
    Until(Timestamp),
    /// Not any more: nobody but the shop can repair it.
    NoMore,
}

impl Calls {
    fn of(paid_at: Option<Timestamp>, calls_for: Option<Duration>, now: Timestamp) -> Option<Self> {
        let seconds = i64::try_from(calls_for?.as_secs()).ok()?;
        let until = paid_at?.plus_seconds(seconds);
        Some(if until < now { Self::NoMore } else { Self::Until(until) })
    }

    fn text(self, language: Language, business_day: BusinessDay) -> String {
        match (self, language) {
            (Self::Until(until), Language::Zh) => {
                format!(" 渠道回调最迟至 {}", business_day.text(until))
            }
            (Self::Until(until), Language::En) => {
                format!(" the provider calls back until {} at most", business_day.text(until))
            }
            (Self::NoMore, Language::Zh) => " 渠道不再回调，请主动处理".to_owned(),
            (Self::NoMore, Language::En) => " the provider calls back no more: act".to_owned(),
        }
    }
}

/// What the watch of a day found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The business date.
    pub date: BusinessDate,
    /// The moment of the watch; `None` when there were no orders of the day yet to watch.
    pub at: Option<Timestamp>,
    /// Seconds since its payment after which an order is named; where the provider states no time of
    /// payment, since it was made.
    pub older_than_seconds: i64,
    /// Lost orders.
    pub count: i64,
    /// The first thousand of them, by account, kind, product and number.
    pub lost: Vec<Lost>,
    /// Accounts that are not watched: a question would end their callbacks, see
    /// [`Account::is_silent_by_day`].
    pub silent: Vec<String>,
    /// Accounts that are not watched: they are known by their bills alone, which come after the day.
    pub by_bill: Vec<String>,
}

impl Watched {
    /// A watch of a day whose orders are not there yet.
    pub(super) const fn without_orders(date: BusinessDate) -> Self {
        Self {
            date,
            at: None,
            older_than_seconds: 0,
            count: 0,
            lost: Vec::new(),
            silent: Vec::new(),
            by_bill: Vec::new(),
        }
    }

    /// What was found, for a terminal.
    pub fn text(&self, language: Language, business_day: BusinessDay) -> String {
        let date = self.date;
        let Some(at) = self.at else {
            return match language {
                Language::Zh => format!("{date} 尚无商户订单，本次未监控\n"),
                Language::En => format!("There are no orders of {date} yet: nothing was watched\n"),
            };
        };
        let (at, minutes) = (business_day.text(at), self.older_than_seconds.div_euclid(60));
        let count = self.count;
        let mut text = match language {
            Language::Zh => format!(
                "{date} 截至 {at}:渠道已成功而账上未记的订单 {count} 笔，支付已超过 {minutes} 分钟\
                 (渠道未告知支付时间的，下单已超过 {minutes} 分钟；金额单位：元)\n"
            ),
            Language::En => format!(
                "{date} until {at}: {count} orders paid at the provider and not in the books, paid more \
                 than {minutes} minutes ago (or made, where the provider states no time of payment; \
                 amounts in yuan)\n"
            ),
        };
        for lost in &self.lost {
            text.push_str(&lost.line(language, business_day));
        }
        for account in &self.silent {
            let silent = match language {
                Language::Zh => format!(
                    "  {account} 未监控：该渠道在查询到终态后不再回调；账户设 ask_during_day = true 才在日间查询\n"
                ),
                Language::En => format!(
                    "  {account} is not watched: a question about a paid order ends its callbacks; \
                     ask_during_day = true in its [[account]] allows it\n"
                ),
            };
            text.push_str(&silent);
        }
        for account in &self.by_bill {
            let waits = match language {
                Language::Zh => {
                    format!("  {account} 未监控：该账户只以账单为据，当日账单次日才有\n")
                }
                Language::En => format!(
                    "  {account} is not watched: it is known by its bills alone, which come after the day\n"
                ),
            };
            text.push_str(&waits);
        }
        let named = i64::try_from(self.lost.len()).unwrap_or(i64::MAX);
        let more = self.count.saturating_sub(named);
        if more > 0 {
            let sentence = match language {
                Language::Zh => format!("  另有 {more} 笔\n"),
                Language::En => format!("  and {more} more\n"),
            };
            text.push_str(&sentence);
        }
        text
    }
}

impl Lost {
    fn line(&self, language: Language, business_day: BusinessDay) -> String {
        let stream = &self.key.stream;
        let amount = self.amount_minor.map_or_else(|| "-".to_owned(), yuan);
        let text = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| business_day.text(at));
        let since = match (self.paid_at, language) {
            (Some(paid_at), Language::Zh) => format!("支付 {}", text(Some(paid_at))),
            (Some(paid_at), Language::En) => format!("paid {}", text(Some(paid_at))),
            (None, Language::Zh) => format!("下单 {}(渠道未告知支付时间)", text(self.made_at)),
            (None, Language::En) => {
                format!("made {} (no time of payment stated)", text(self.made_at))
            }
        };
        let books = match (self.in_books, language) {
            (Some(status), _) => status.word(language),
            (None, Language::Zh) => "账上无此单",
            (None, Language::En) => "not in the books",
        };
        let mut line = format!("  {} {}", stream.account, stream.kind.word(language));
        if !stream.product.is_empty() {
            // Writing to a text does not fail.
            write!(line, " {}", stream.product).unwrap_or(());
        }
        let numbers = format!("{} {}", self.key.order_no, self.provider_order_no);
        let calls = self.calls.map_or_else(String::new, |calls| calls.text(language, business_day));
        format!("{line} {} {amount} {since} {books}{calls}\n", numbers.trim_end())
    }
}

impl App {
    /// Looks at what the ledger has of a day that runs, for orders that have been paid at the
    /// provider for longer than `older_than_seconds` and are not in the books.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn watch(
        &self,
        date: BusinessDate,
        accounts: &[Account],
        older_than_seconds: i64,
    ) -> Result<Watched, RunError> {
        let judged = self.judged(accounts);
        let request = self.request(date, &judged);
        let now = request.night.now;
        let scan = scan_of(&request, &self.ledger.pulls(date).await?, &[]);
        let silent = accounts.iter().filter(|account| account.is_silent_by_day());
        let silent = silent.map(|account| account.name.clone()).collect();
        let by_bill = accounts.iter().filter(|account| !account.provider.has_interface());
        let by_bill = by_bill.map(|account| account.name.clone()).collect();
        let mut watched = Watched {
            at: Some(now),
            older_than_seconds,
            silent,
            by_bill,
            ..Watched::without_orders(date)
        };
        let mut found = self.ledger.scan(&scan).chunks(KEYS_TOGETHER);
        while let Some(chunk) = found.next().await {
            let mut keys = Vec::new();
            for item in chunk {
                if let Scanned::Doubt(key) = item? {
                    keys.push(key);
                }
            }
            for pair in self.ledger.pairs(&keys).await? {
                let account = judged.iter().find(|it| it.name == pair.key.stream.account);
                let Some(account) = account else { continue };
                let rules = rules_of(&request, account, &scan, &pair);
                let findings = judge(&pair, &rules).findings;
                let mut lost = findings.iter().filter_map(|it| lost(&pair.key, it, &request));
                let stream = &pair.key.stream;
                let asked = accounts.iter().find(|it| it.name == stream.account);
                let calls_for =
                    asked.and_then(|it| it.provider.calls_back_for(stream.kind, &stream.product));
                let waits = waits_seconds(older_than_seconds, calls_for);
                if let Some(mut lost) = lost.next().filter(|it| is_old(it, now, waits)) {
                    lost.calls = Calls::of(lost.paid_at, calls_for, now);
                    watched.count = watched.count.saturating_add(1);
                    if watched.lost.len() < NAMED_MAX {
                        watched.lost.push(lost);
                    }
                }
            }
        }
        watched.lost.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(watched)
    }
}

/// What of a finding is a lost callback of the day. Older ones are in their own day's report.
fn lost(key: &OrderKey, finding: &Finding, request: &Request<'_>) -> Option<Lost> {
    let is_lost = matches!(
        finding.kind,
        DiscrepancyType::PaidOnlyAtProvider
            | DiscrepancyType::MissingAtMerchant
            | DiscrepancyType::RefusedAtMerchant
    );
    if !is_lost || finding.business_date != request.night.date {
        return None;
    }
    let order = finding.order.as_ref();
    let made_at = order.and_then(|order| order.created_at.or(order.paid_at));
    Some(Lost {
        key: key.clone(),
        provider_order_no: finding.provider.provider_order_no.clone(),
        amount_minor: finding.provider.amount_minor.or(order.map(|order| order.amount.minor)),
        paid_at: finding.provider.paid_at,
        made_at,
        in_books: order.map(|order| order.status),
        calls: None,
    })
}

/// How long a callback is waited for: as long as the job says, and no longer than the platform calls.
fn waits_seconds(older_than_seconds: i64, calls_for: Option<Duration>) -> i64 {
    let calls = calls_for.and_then(|calls| i64::try_from(calls.as_secs()).ok());
    calls.map_or(older_than_seconds, |calls| calls.min(older_than_seconds))
}

/// A callback may still come for a young one. One without a time may be old.
fn is_old(lost: &Lost, now: Timestamp, older_than_seconds: i64) -> bool {
    let since = lost.paid_at.or(lost.made_at);
    since.is_none_or(|since| now.seconds_since(since) >= older_than_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_waited_for_no_longer_than_its_platform_calls() {
        let minutes = |minutes| Some(Duration::from_mins(minutes));
        let table = [(1_800, None, 1_800), (1_800, minutes(15), 900), (1_800, minutes(214), 1_800)];
        for (older_than, calls_for, waits) in table {
            assert_eq!(waits_seconds(older_than, calls_for), waits, "{calls_for:?}");
        }
    }

    #[test]
    fn a_lost_callback_may_still_come_as_long_as_its_platform_calls() {
        let at = Timestamp::from_epoch_seconds;
        let ten_minutes = Some(Duration::from_mins(10));
        let table = [
            (Some(at(1000)), ten_minutes, 1300, Some(Calls::Until(at(1600)))),
            (Some(at(1000)), ten_minutes, 1600, Some(Calls::Until(at(1600)))),
            (Some(at(1000)), ten_minutes, 1601, Some(Calls::NoMore)),
            (None, ten_minutes, 1601, None),
            (Some(at(1000)), None, 1601, None),
        ];
        for (paid_at, calls_for, now, expected) in table {
            assert_eq!(Calls::of(paid_at, calls_for, at(now)), expected, "{now}");
        }
        let day = BusinessDay::BEIJING;
        let until = Calls::Until(at(1_795_910_400));
        assert_eq!(until.text(Language::Zh, day), " 渠道回调最迟至 2026-11-29 08:00:00");
        assert_eq!(Calls::NoMore.text(Language::En, day), " the provider calls back no more: act");
    }
}
