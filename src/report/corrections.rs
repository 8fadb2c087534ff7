//! `corrections.csv`: the discrepancies of the day that are otherwise now than the day's report says:
//! both readings beside each other, on which date it changed, and why. Above them the settlements that are
//! made of something else by now, with what they come to as the provider's amount.
//!
//! The other files of the day stay what they were, so the day's own figures stay provable; what came to
//! be known later stands here, as soon as the day's report is asked for again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::discrepancy::{Aspect, Discrepancy, DiscrepancyType, State, discrepancy_id};
use crate::ledger::{FOREVER, Ledger, LedgerError, Version};
use crate::money::{Currency, yuan};
use crate::order::OrderKey;
use crate::report::csv::Cell;
use crate::report::discrepancies::Shown;
use crate::report::sentence::{self, Voice};
use crate::report::{ReportAccount, ReportRequest};
use crate::rules::settlement::SettlementRow;
use crate::settle::{self, Balanced};
use crate::status::{MerchantStatus, ProviderStatus};
use crate::wording::{self, Word};

/// A discrepancy of the day, then and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// What the day's report says; `None` where it was not known then.
    pub then: Option<Discrepancy>,
    /// What it is now.
    pub now: Discrepancy,
    /// The business date since which it is so.
    pub changed_on: BusinessDate,
}

/// What a reader can see of one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    kind: DiscrepancyType,
    state: State,
    difference_minor: i64,
    business_date: BusinessDate,
    merchant: (Option<MerchantStatus>, Option<i64>),
    provider: (ProviderStatus, Option<i64>),
}

impl Seen {
    fn of(row: &Discrepancy, shown: Shown) -> Self {
        Self {
            kind: row.kind,
            state: shown.state,
            difference_minor: shown.difference_minor,
            business_date: row.business_date,
            merchant: (row.merchant_status, row.merchant_amount_minor),
            provider: (row.provider_status, row.provider_amount_minor),
        }
    }
}

/// The corrections among some pairs, in the order of the keys and then of the ids.
pub(super) async fn among(
    ledger: &dyn Ledger,
    date: BusinessDate,
    keys: &[OrderKey],
) -> Result<Vec<Correction>, LedgerError> {
    let then = ledger.discrepancies_on(date, keys).await?;
    let mut then: BTreeMap<String, Discrepancy> = then
        .into_iter()
        .map(|version| (version.discrepancy.id.clone(), version.discrepancy))
        .collect();
    let mut found: BTreeMap<OrderKey, Vec<Correction>> = BTreeMap::new();
    for Version { since, discrepancy } in ledger.discrepancies_on(FOREVER, keys).await? {
        let correction =
            Correction { then: then.remove(&discrepancy.id), now: discrepancy, changed_on: since };
        let own = |row: &Discrepancy| row.business_date == date;
        if own(&correction.now) || correction.then.as_ref().is_some_and(own) {
            found.entry(correction.now.key.clone()).or_default().push(correction);
        }
    }
    Ok(keys.iter().filter_map(|key| found.remove(key)).flatten().collect())
}

/// The cells of a row; `None` where nothing that a reader sees is otherwise.
pub(super) fn cells<'a>(
    it: &'a Correction,
    account: Option<&'a ReportAccount>,
    request: &ReportRequest<'_>,
) -> Option<Vec<Cell<'a>>> {
    let voice = request.voice();
    let day = request.business_day;
    let shown_now = Shown::of(&it.now, day.end_of(it.changed_on));
    let then = it.then.as_ref().map(|row| Seen::of(row, Shown::of(row, day.end_of(request.date))));
    let now = Seen::of(&it.now, shown_now);
    // Mere age, which turns what waits into what is open, corrects nothing.
    let without_age = Seen::of(&it.now, Shown::of(&it.now, day.end_of(request.date)));
    if then.as_ref().is_some_and(|then| *then == now || *then == without_age) {
        return None;
    }
    let stream = &it.now.key.stream;
    let mut cells = vec![
        Cell::text(&it.now.id),
        Cell::Moment(request.date.to_string()),
        Cell::Moment(it.now.business_date.to_string()),
        Cell::Moment(it.changed_on.to_string()),
        Cell::text(&stream.account),
        Cell::text(account.map_or("", |account| &account.provider_id)),
        Cell::text(account.map_or("", |account| &account.merchant_no)),
        Cell::text(stream.kind.word(voice.language)),
        Cell::text(wording::product(&stream.product, voice.language)),
        Cell::text(&it.now.key.order_no),
    ];
    let currency = it.now.currency;
    // Money of another currency does not stand beside it.
    let is_of_it = it.then.as_ref().is_some_and(|row| row.currency == currency);
    let then = side(then.as_ref(), is_of_it.then_some(currency), voice.language);
    let now = side(Some(&now), Some(currency), voice.language);
    for (then, now) in then.into_iter().zip(now) {
        cells.extend([then, now]);
    }
    cells.push(Cell::Text(Cow::Owned(story(it, shown_now, voice))));
    cells.push(Cell::text(it.now.currency.as_str()));
    Some(cells)
}

/// A settlement that is made of something else by now than the day's report says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resettled<'a> {
    account: &'a str,
    then: Option<&'a SettlementRow>,
    now: &'a SettlementRow,
}

/// The settlements that are made of something else by now than the day's report says, and until when that
/// became known. Whether they were paid is told by the day's own file.
pub(super) fn settlements<'a>(request: &ReportRequest<'a>) -> Vec<(Resettled<'a>, BusinessDate)> {
    let mut found = Vec::new();
    let Some((changed_on, since)) = request.since else { return found };
    for account in since {
        let shown = request.settled.iter().find(|it| it.account == account.account);
        // What was not settled then is not otherwise now.
        let Some(shown) = shown.filter(|it| !matches!(it.balanced, Balanced::NotSettled)) else {
            continue;
        };
        let is_near = |row: &&SettlementRow| {
            let has_today = row.from <= request.date && request.date <= row.to;
            has_today || row.date.map_or(true, |date| date >= request.date)
        };
        for now in account.rows.iter().filter(is_near) {
            let same = |row: &&SettlementRow| (row.date, &row.product) == (now.date, &now.product);
            let then = shown.rows.iter().find(same);
            if then.map(|row| row.parts) != Some(now.parts) {
                found.push((Resettled { account: &account.account, then, now }, changed_on));
            }
        }
    }
    found
}

/// The cells of such a settlement.
pub(super) fn settlement_cells<'a>(
    request: &ReportRequest<'a>,
    it: Resettled<'a>,
    changed_on: BusinessDate,
) -> Vec<Cell<'a>> {
    let voice = request.voice();
    let account = request.accounts.iter().find(|account| account.name == it.account);
    let key = settle::settlement_key(it.account, it.now, it.now.date.unwrap_or(it.now.to));
    let id = discrepancy_id(&key, Aspect::Settlement, "");
    let product = it.now.product.as_deref();
    let mut cells = vec![
        Cell::Text(Cow::Owned(id)),
        Cell::Moment(request.date.to_string()),
        Cell::Moment(it.now.date.unwrap_or(request.date).to_string()),
        Cell::Moment(changed_on.to_string()),
        Cell::text(it.account),
        Cell::text(account.map_or("", |account| &account.provider_id)),
        Cell::text(account.map_or("", |account| &account.merchant_no)),
        Cell::Empty,
        product.map_or(Cell::Empty, |it| Cell::text(wording::product(it, voice.language))),
        Cell::Text(Cow::Owned(key.order_no)),
    ];
    cells.extend((0..12).map(|_| Cell::Empty));
    cells.push(Cell::yuan(it.then.map(|row| row.net_minor)));
    cells.push(Cell::fen(it.now.net_minor));
    let net = |row: Option<&SettlementRow>| yuan(row.map_or(0, |row| row.net_minor));
    let (then, now) = (net(it.then), net(Some(it.now)));
    let count = |row: Option<&SettlementRow>| {
        row.map_or(0, |row| {
            let parts = &row.parts;
            let taken = [parts.payment_count, parts.refund_count, parts.payout_count];
            taken.into_iter().chain([parts.returned_count]).fold(0_i64, i64::saturating_add)
        })
    };
    let (had, has) = (count(it.then), count(Some(it.now)));
    cells.push(Cell::Text(Cow::Owned(match voice.language {
        Language::Zh => format!(
            "当日报告出具后又有订单入账或得到应答：该笔结算由 {had} 笔变为 {has} 笔，应结金额由 {then} 元变为 {now} 元。"
        ),
        Language::En => format!(
            "Orders were booked or answered after the report of the day was made: the settlement is made of \
             {has} transactions instead of {had}, and comes to {now} instead of {then} yuan."
        ),
    })));
    cells.push(Cell::text("CNY"));
    cells
}

/// What was seen of both sides, the amounts where they are of this currency.
fn side(seen: Option<&Seen>, currency: Option<Currency>, language: Language) -> [Cell<'static>; 7] {
    let money = |minor: Option<i64>| {
        minor.zip(currency).map_or(Cell::Empty, |(minor, currency)| Cell::of(minor, currency))
    };
    let word = |text: Option<&'static str>| text.map_or(Cell::Empty, Cell::text);
    let merchant = |seen: &Seen| {
        seen.merchant.0.map_or_else(|| wording::absent(language), |status| status.word(language))
    };
    [
        word(seen.map(|seen| seen.kind.word(language))),
        word(seen.map(|seen| seen.state.word(language))),
        money(seen.map(|seen| seen.difference_minor)),
        word(seen.map(merchant)),
        money(seen.and_then(|seen| seen.merchant.1)),
        word(seen.map(|seen| seen.provider.0.word(language))),
        money(seen.and_then(|seen| seen.provider.1)),
    ]
}

/// Why it is otherwise now.
fn story(it: &Correction, shown: Shown, voice: Voice) -> String {
    let on = it.changed_on;
    let gap = voice.pick("", " ");
    let mut parts = Vec::new();
    if it.then.is_none() {
        parts.push(match voice.language {
            Language::Zh => {
                format!("出具当日报告时尚未发现，{} 对账时首次发现。", it.now.first_seen)
            }
            Language::En => format!(
                "Not known when the report of the day was made; first seen in the run for {}.",
                it.now.first_seen
            ),
        });
    } else if !shown.agreed {
        parts.push(match voice.language {
            Language::Zh => format!("自 {on} 的报告起如此。"),
            Language::En => format!("So in the reports from {on} on."),
        });
    }
    parts.push(sentence::explanation(&it.now, shown, voice));
    if shown.state.is_closed() && !shown.agreed {
        let (by, how) =
            (&it.now.resolved_by, wording::resolution(&it.now.resolution, voice.language));
        parts.push(match voice.language {
            Language::Zh => format!("由 {by} 处理：{how}。"),
            Language::En => format!("Closed by {by}: {how}."),
        });
    }
    parts.join(gap)
}
