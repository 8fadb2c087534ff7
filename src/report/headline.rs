//! The headline of a day: can it be booked, which accounts are proved, what is open, and what has changed.
//!
//! It is made here, once, and said in the same words by the page, the first sheet, the terminal and the
//! messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::discrepancy::{Discrepancy, Severity, SeverityBands, State};
use crate::money::{Currency, units};
use crate::report::discrepancies::{Shown, Tally};
use crate::report::roll::Roll;
use crate::report::sentence::{few, why};
use crate::report::{AccountSummary, ReportRequest, gaps};
use crate::rules::usual::UnusualFile;
use crate::status::Verdict;
use crate::wording::Word;

/// Titles of proved accounts that are said; further ones are counted.
const NAMES_MAX: usize = 10;

/// The gravest thing that keeps a day from being booked without a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The rows do not make up the totals.
    Unexplained,
    /// An account is not proved.
    Unproved,
    /// A balance or a settlement does not tie.
    Gap,
    /// A file has far fewer rows than usual.
    FewRows,
    /// Nothing.
    None,
}

impl Doubt {
    /// Whether, and how far, the day can be booked.
    const fn sentence(self, language: Language) -> &'static str {
        let (zh, en) = match self {
            Self::Unexplained => (
                "本日不可入账：有未解释差额",
                "This day cannot be booked: a difference is unexplained",
            ),
            Self::Unproved => (
                "本日只可部分入账：有账户未能核对完整",
                "This day can be booked in part: not every account could be proved",
            ),
            Self::Gap => (
                "本日入账前请先核实：所有账户均已核对完整，但余额或结算对不上",
                "Look before this day is booked: every account was proved complete, but a balance or \
                 settlement does not tie",
            ),
            Self::FewRows => (
                "本日入账前请先核实：所有账户均已核对完整，但有文件行数异常偏少",
                "Look before this day is booked: every account was proved complete, but a file has \
                 unusually few rows",
            ),
            Self::None => (
                "本日可以入账：所有账户均已核对完整",
                "This day can be booked: every account was proved complete",
            ),
        };
        match language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// Every one, the gravest first.
    pub const ALL: [Self; 5] =
        [Self::Unexplained, Self::Unproved, Self::Gap, Self::FewRows, Self::None];

    /// The doubt with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doubt| doubt.code() == code)
    }

    /// A code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::Unproved => "unproved",
            Self::Gap => "gap",
            Self::FewRows => "few_rows",
            Self::None => "none",
        }
    }
}

/// An account, by its name and as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its title; its name where it has none.
    pub title: String,
}

impl Named {
    fn of(account: &AccountSummary) -> Self {
        Self { name: account.name.clone(), title: account.title.clone() }
    }
}

/// An account that is not proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotProved {
    /// Which one.
    pub account: Named,
    /// How far it came.
    pub verdict: Verdict,
    /// Why, as [`AccountSummary::reason`].
    pub reason: String,
}

/// What is open or on suspense at the end of a day, and at the end of the day before. Money is what is at
/// stake, see [`Discrepancy::at_stake_minor`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// Of the day.
    pub now: Tally,
    /// Of the day before.
    pub before: Tally,
}

/// How grave and how old what is open or on suspense is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urgency {
    /// Rows by severity.
    pub by_severity: BTreeMap<Severity, i64>,
    /// The age of the oldest in days; `None` where nothing is open.
    pub oldest_days: Option<i64>,
}

impl Urgency {
    /// Counts a row where somebody has to work on it.
    pub(super) fn add(
        &mut self,
        row: &Discrepancy,
        shown: Shown,
        date: BusinessDate,
        bands: SeverityBands,
    ) {
        if !is_pending(shown.state) {
            return;
        }
        let age = date.days_since(row.first_seen);
        let severity = bands.severity(shown.state, row.at_stake_hundredths(), age);
        let count = self.by_severity.entry(severity).or_default();
        *count = count.saturating_add(1);
        self.oldest_days = self.oldest_days.max(Some(age));
    }
}

/// Whether somebody has to work on a row in this state.
pub(super) const fn is_pending(state: State) -> bool {
    match state {
        State::Open | State::Suspense => true,
        State::Timing | State::Resolved | State::WrittenOff => false,
    }
}

/// The headline of a business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// What keeps it from being booked.
    pub doubt: Doubt,
    /// The accounts that are proved.
    pub proved: Vec<Named>,
    /// Those of which there was nothing to ask, see [`Verdict::Unasked`].
    pub unasked: Vec<Named>,
    /// The others.
    pub unproved: Vec<NotProved>,
    /// What is open, per currency; without those of which nothing is and was.
    pub pending: BTreeMap<Currency, Pending>,
    /// How grave and old.
    pub urgency: Urgency,
    /// What does not tie of balances and settlements, a line an account, in the report's language.
    pub gaps: Vec<String>,
    /// Files with far fewer rows than usual.
    pub unusual: Vec<UnusualFile>,
}

impl Headline {
    /// Puts it together; `before` is what was open or on suspense at the end of the day before.
    pub(super) fn of(
        request: &ReportRequest<'_>,
        accounts: &[AccountSummary],
        roll: &BTreeMap<Currency, Roll>,
        before: &BTreeMap<Currency, Tally>,
        urgency: Urgency,
    ) -> Option<Self> {
        let title = |name| {
            let known = accounts.iter().find(|account| account.name == name);
            known.map_or(name, |account| account.title.as_str())
        };
        let gaps = gaps::lines(request.settled, title, request.settings.language);
        let (trusted, others): (Vec<_>, Vec<_>) =
            accounts.iter().partition(|account| account.is_proved());
        let (proved, unasked): (Vec<_>, Vec<_>) =
            trusted.into_iter().partition(|account| account.verdict.is_proved());
        let named = |accounts: Vec<&AccountSummary>| accounts.into_iter().map(Named::of).collect();
        let doubt = if !accounts.iter().all(AccountSummary::is_explained) {
            Doubt::Unexplained
        } else if !others.is_empty() {
            Doubt::Unproved
        } else if !gaps.is_empty() {
            Doubt::Gap
        } else if request.unusual.is_empty() {
            Doubt::None
        } else {
            Doubt::FewRows
        };
        let mut pending: BTreeMap<Currency, Pending> = BTreeMap::new();
        for (currency, roll) in roll {
            pending.entry(*currency).or_default().now = roll.open.plus(roll.suspense)?;
        }
        for (currency, tally) in before {
            pending.entry(*currency).or_default().before = *tally;
        }
        pending.retain(|_, pending| *pending != Pending::default());
        let not_proved = |account: &AccountSummary| NotProved {
            account: Named::of(account),
            verdict: account.verdict,
            reason: account.reason.clone(),
        };
        Some(Self {
            doubt,
            proved: named(proved),
            unasked: named(unasked),
            unproved: others.into_iter().map(not_proved).collect(),
            pending,
            urgency,
            gaps,
            unusual: request.unusual.to_vec(),
        })
    }

    /// Whether the day can be booked as a whole.
    pub fn can_book(&self) -> bool {
        self.doubt == Doubt::None
    }

    /// Whether, and how far, the day can be booked: a sentence without a full stop.
    pub const fn verdict(&self, language: Language) -> &'static str {
        self.doubt.sentence(language)
    }

    /// What speaks against booking it, one line each.
    pub fn against(&self, language: Language) -> Vec<String> {
        let mut lines: Vec<String> =
            self.unproved.iter().map(|account| account.line(language)).collect();
        lines.extend(self.unusual.iter().map(|file| few(file, language)));
        lines.extend(self.gaps.iter().cloned());
        lines
    }

    /// Which accounts are proved, and of which there was nothing to ask, a line each.
    pub fn trusted(&self, language: Language) -> Vec<String> {
        let (proved, unasked) = match language {
            Language::Zh => ("已核对完整：", "无从核对(当日没有本方订单，渠道又不能列出交易)："),
            Language::En => {
                ("Proved: ", "Nothing to ask (no order of ours, and the provider cannot list): ")
            }
        };
        let both = [(proved, &self.proved), (unasked, &self.unasked)];
        let both = both.into_iter().filter(|(_, accounts)| !accounts.is_empty());
        both.map(|(label, accounts)| format!("{label}{}", titles(accounts, language))).collect()
    }

    /// What is open, how grave, how old, and against the day before.
    pub fn pending_line(&self, language: Language) -> String {
        let total = self.pending.values().fold(0_i64, |sum, it| sum.saturating_add(it.now.count));
        let before =
            self.pending.values().fold(0_i64, |sum, it| sum.saturating_add(it.before.count));
        let mut parts = vec![match (language, total) {
            (Language::Zh, 0) => "没有待处理差异".to_owned(),
            (Language::En, 0) => "Nothing is open".to_owned(),
            (Language::Zh, _) => {
                format!(
                    "待处理差异 {total} 笔，涉及 {}",
                    self.sums(language, |it| Some(it.now.minor), false)
                )
            }
            (Language::En, _) => {
                format!(
                    "Open: {total}, at stake {}",
                    self.sums(language, |it| Some(it.now.minor), false)
                )
            }
        }];
        let by: Vec<String> = self
            .urgency
            .by_severity
            .iter()
            .rev()
            .map(|(severity, count)| format!("{} {count}", severity.word(language)))
            .collect();
        if !by.is_empty() {
            parts.push(by.join(match language {
                Language::Zh => "、",
                Language::En => ", ",
            }));
        }
        if let Some(days) = self.urgency.oldest_days {
            parts.push(match language {
                Language::Zh => format!("最久 {days} 天"),
                Language::En => format!("the oldest {days} day(s)"),
            });
        }
        let change = total.saturating_sub(before);
        let money = self.sums(language, |it| it.now.minor.checked_sub(it.before.minor), true);
        if !self.pending.is_empty() {
            parts.push(match language {
                Language::Zh => format!("较上日 {change:+} 笔 {money}"),
                Language::En => format!("against the day before {change:+}, {money}"),
            });
        }
        parts.join(match language {
            Language::Zh => "；",
            Language::En => "; ",
        })
    }

    /// Sums of money, each with its currency; they are never added.
    fn sums(
        &self,
        language: Language,
        of: impl Fn(&Pending) -> Option<i64>,
        is_signed: bool,
    ) -> String {
        let sums = self.pending.iter().filter_map(|(currency, pending)| {
            let minor = of(pending)?;
            let sign = if is_signed && minor >= 0 { "+" } else { "" };
            let amount = units(minor, *currency);
            Some(match (language, *currency) {
                (Language::Zh, Currency::CNY) => format!("{sign}{amount} 元"),
                (Language::En, Currency::CNY) => format!("{sign}{amount} yuan"),
                (_, currency) => format!("{sign}{amount} {currency}"),
            })
        });
        sums.collect::<Vec<_>>().join(match language {
            Language::Zh => "、",
            Language::En => ", ",
        })
    }

    /// All of it, a line each, the verdict first.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let mut lines = vec![self.verdict(language).to_owned()];
        lines.extend(self.against(language));
        lines.push(self.pending_line(language));
        lines.extend(self.trusted(language));
        lines
    }

    /// The same for programs: codes instead of words, amounts as text.
    pub fn data(&self) -> Value {
        let tally = |tally: Tally, currency: Currency| json!({ "count": tally.count, "amount": units(tally.minor, currency) });
        let pending: serde_json::Map<String, Value> = self
            .pending
            .iter()
            .map(|(currency, it)| {
                let (now, before) = (tally(it.now, *currency), tally(it.before, *currency));
                (currency.to_string(), json!({ "now": now, "day_before": before }))
            })
            .collect();
        let unproved: Vec<Value> = self
            .unproved
            .iter()
            .map(|it| {
                let (verdict, reason) = (it.verdict.code(), why(&it.reason, Language::En));
                json!({ "account": it.account.name, "verdict": verdict, "reason": reason })
            })
            .collect();
        let severities: serde_json::Map<String, Value> = self
            .urgency
            .by_severity
            .iter()
            .map(|(severity, count)| (severity.code().to_owned(), json!(count)))
            .collect();
        let names =
            |of: &[Named]| of.iter().map(|it| Value::from(it.name.as_str())).collect::<Vec<_>>();
        json!({
            "can_book": self.can_book(),
            "doubt": self.doubt.code(),
            "proved": names(&self.proved),
            "unasked": names(&self.unasked),
            "unproved": unproved,
            "open": pending,
            "open_by_severity": severities,
            "oldest_days": self.urgency.oldest_days,
            "gaps": self.gaps,
        })
    }
}

/// Some titles, and how many there are where these are not all.
fn titles(accounts: &[Named], language: Language) -> String {
    let count = accounts.len();
    let shown: Vec<&str> =
        accounts.iter().take(NAMES_MAX).map(|account| account.title.as_str()).collect();
    match language {
        Language::Zh if count > NAMES_MAX => format!("{}等 {count} 个", shown.join("、")),
        Language::Zh => shown.join("、"),
        Language::En if count > NAMES_MAX => {
            format!("{} and others, {count} in all", shown.join(", "))
        }
        Language::En => shown.join(", "),
    }
}

impl NotProved {
    /// The account, its verdict, and why.
    pub fn line(&self, language: Language) -> String {
        let (account, verdict) = (&self.account.title, self.verdict.word(language));
        let why = why(&self.reason, language);
        let gap = match language {
            _ if why.is_empty() => "",
            Language::Zh => "：",
            Language::En => ": ",
        };
        format!("{account} {verdict}{gap}{why}")
    }
}
