//! The fee claim of a month: every transaction that was charged otherwise than agreed and, where the
//! contract rounds the sum of a day, every day whose other transactions were; then what that comes to.
//!
//! A transaction is claimed once: those with a row of their own are in no row of a day.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::business_day::{BusinessDate, BusinessDay};
use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType};
use crate::ledger::DaySum;
use crate::money::{Currency, Money, yuan};
use crate::order::Stream;
use crate::report::csv::{Cell, Sheet, Written};
use crate::report::discrepancies::Shown;
use crate::report::month::{Accounts, MonthAccount, MonthRequest, account_of, statement};
use crate::report::sentence::{self, Voice};
use crate::report::{ReportError, too_large};
use crate::rules::fee::contract_fee_of_day;
use crate::status::coded;
use crate::wording::{self, Word};

coded! {
    /// What a row of the claim is about.
    Basis {
        /// One transaction.
        Transaction = 1, "transaction";
        /// The other transactions of a stream and day, whose sum the contract rounds.
        Day = 2, "day";
        /// The account.
        Total = 3, "total";
    }
}

coded! {
    /// Which way a fee is wrong.
    Charge {
        /// 多收: the provider took more than was agreed.
        Overcharged = 1, "overcharged";
        /// 少收: it took less.
        Undercharged = 2, "undercharged";
        /// As agreed.
        Neither = 3, "neither";
    }
}

impl Charge {
    /// The direction of charged − expected.
    pub const fn of(difference_minor: i64) -> Self {
        if difference_minor > 0 {
            Self::Overcharged
        } else if difference_minor < 0 {
            Self::Undercharged
        } else {
            Self::Neither
        }
    }
}

/// What the fees of an account come to, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claim {
    /// Transactions whose fee the provider states.
    pub count: i64,
    /// These fees.
    pub charged_minor: i64,
    /// What was taken too much.
    pub over_minor: i64,
    /// What was taken too little; not negative.
    pub under_minor: i64,
}

impl Claim {
    /// Takes in what a stream was charged on a day; `None` when a sum does not fit.
    pub fn takes_in(&mut self, sum: &DaySum) -> Option<()> {
        self.count = self.count.checked_add(sum.stated_count)?;
        self.charged_minor = self.charged_minor.checked_add(sum.stated_minor)?;
        Some(())
    }

    /// Takes in a row of the claim; `None` when a sum does not fit.
    fn adds(&mut self, difference_minor: i64) -> Option<()> {
        let (over, under) = parted(difference_minor)?;
        self.over_minor = self.over_minor.checked_add(over)?;
        self.under_minor = self.under_minor.checked_add(under)?;
        Some(())
    }

    /// What is claimed back in all; negative when too little was taken. `None` when it does not fit.
    pub const fn net_minor(&self) -> Option<i64> {
        self.over_minor.checked_sub(self.under_minor)
    }

    /// What should have been taken; `None` when it does not fit.
    pub fn expected_minor(&self) -> Option<i64> {
        self.charged_minor.checked_sub(self.net_minor()?)
    }
}

/// What was taken too much and what too little.
fn parted(difference_minor: i64) -> Option<(i64, i64)> {
    Some((difference_minor.max(0), difference_minor.min(0).checked_neg()?))
}

/// Transactions of a stream and day that no row of the day counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Apart {
    count: i64,
    minor: i64,
    charged_minor: i64,
}

/// Per stream and day.
pub(super) type Aparts = BTreeMap<(Stream, BusinessDate), Apart>;

/// Leaves the transaction of a discrepancy out of its day; `None` when a sum does not fit.
pub(super) fn set_apart(aparts: &mut Aparts, row: &Discrepancy, day: BusinessDay) -> Option<()> {
    // The sums of a day go by the provider's time.
    let date = row.provider_time.map_or(row.business_date, |time| day.date_of(time));
    let apart = aparts.entry((row.key.stream.clone(), date)).or_default();
    let amount = row.provider_amount_minor.or(row.merchant_amount_minor).unwrap_or(0);
    apart.count = apart.count.checked_add(1)?;
    apart.minor = apart.minor.checked_add(amount)?;
    apart.charged_minor = apart.charged_minor.checked_add(row.provider_fee_minor.unwrap_or(0))?;
    Some(())
}

/// Whether a discrepancy is about a fee of the month.
pub(super) fn is_of_month(request: &MonthRequest<'_>, row: &Discrepancy) -> bool {
    row.kind == DiscrepancyType::FeeMismatch && request.month.has(row.business_date)
}

/// The claim that is being written, one account after the other.
pub(super) struct Claims<'a> {
    request: &'a MonthRequest<'a>,
    path: PathBuf,
    sheet: Sheet,
    /// Accounts that have no total yet; the first is the one that is being written.
    waiting: BTreeSet<String>,
    aparts: Aparts,
}

impl<'a> Claims<'a> {
    pub(super) fn begin(
        request: &'a MonthRequest<'a>,
        path: PathBuf,
        sheet: Sheet,
        accounts: impl Iterator<Item = String>,
        aparts: Aparts,
    ) -> Self {
        Self { request, path, sheet, waiting: accounts.collect(), aparts }
    }

    fn voice(&self) -> Voice {
        self.request.last.voice()
    }

    /// Takes in a discrepancy; they come sorted by account.
    pub(super) fn row(
        &mut self,
        row: &Discrepancy,
        shown: Shown,
        accounts: &mut Accounts,
    ) -> Result<(), ReportError> {
        if !is_of_month(self.request, row) || shown.state.is_closed() {
            return Ok(());
        }
        let name = &row.key.stream.account;
        self.end_accounts(Some(name), accounts)?;
        self.waiting.insert(name.clone());
        let account = account_of(self.request, accounts, name);
        let is_yuan = row.currency == Currency::CNY;
        let voice = self.voice();
        let note = if is_yuan {
            sentence::explanation(row, shown, voice)
        } else {
            let text = voice.pick("币种 {c}，不计入合计", "in {c}: not in the total");
            text.replace("{c}", row.currency.as_str())
        };
        let mut line = Line {
            basis: Basis::Transaction,
            date: Some(row.business_date),
            lane: lane(&row.key.stream, voice.language),
            numbers: (&row.key.order_no, &row.provider_order_no),
            count: 1,
            minor: row.provider_amount_minor.or(row.merchant_amount_minor),
            fees: row.merchant_fee_minor.zip(row.provider_fee_minor),
            parted: None,
            note,
            currency: row.currency,
        };
        if is_yuan && let Some(difference) = line.difference() {
            let too_large = || too_large(name);
            account.claim.adds(difference).ok_or_else(too_large)?;
            line.parted = parted(difference);
            let day = self.request.last.business_day;
            set_apart(&mut self.aparts, row, day).ok_or_else(too_large)?;
        }
        let cells = line.cells(account, voice.language);
        self.sheet.part(&cells).map_err(|source| ReportError::file(&self.path, source))
    }

    /// Ends the accounts before this one, or all.
    fn end_accounts(
        &mut self,
        before: Option<&str>,
        accounts: &mut Accounts,
    ) -> Result<(), ReportError> {
        while let Some(name) = self.waiting.pop_first() {
            if before.is_some_and(|before| name.as_str() >= before) {
                self.waiting.insert(name);
                break;
            }
            let account = account_of(self.request, accounts, &name);
            self.days(account)?;
            self.total(account)?;
        }
        Ok(())
    }

    /// Writes the days on which the rest of a stream was not charged as the contract rounds it.
    fn days(&mut self, account: &mut MonthAccount) -> Result<(), ReportError> {
        let voice = self.voice();
        let rules = self.request.fees_of(&account.name);
        for (date, stream, sum) in std::mem::take(&mut account.sums) {
            // Where some fees are not stated, the sum of the others says nothing.
            if sum.stated_count != sum.count {
                continue;
            }
            let apart = self.aparts.get(&(stream.clone(), date)).copied().unwrap_or_default();
            let too_large = || too_large(&account.name);
            let rest = apart.rest_of(&sum).ok_or_else(too_large)?;
            let expected =
                contract_fee_of_day(rules, &stream, date, rest.count, Money::fen(rest.minor));
            let Some(expected) = expected.filter(|expected| *expected != rest.charged_minor) else {
                continue;
            };
            let mut line = Line {
                basis: Basis::Day,
                date: Some(date),
                lane: lane(&stream, voice.language),
                numbers: ("", ""),
                count: rest.count,
                minor: Some(rest.minor),
                fees: Some((expected, rest.charged_minor)),
                parted: None,
                note: voice
                    .pick(
                        "合同约定按日合计取整；逐笔列出的交易不在其内",
                        "the contract rounds the sum of the day; without the transactions listed by \
                         themselves",
                    )
                    .to_owned(),
                currency: Currency::CNY,
            };
            let difference = line.difference().ok_or_else(too_large)?;
            account.claim.adds(difference).ok_or_else(too_large)?;
            line.parted = parted(difference);
            let cells = line.cells(account, voice.language);
            self.sheet.part(&cells).map_err(|source| ReportError::file(&self.path, source))?;
        }
        Ok(())
    }

    /// Writes what the fees of an account come to.
    fn total(&mut self, account: &MonthAccount) -> Result<(), ReportError> {
        let voice = self.voice();
        let claim = account.claim;
        let total = wording::total(voice.language);
        let expected = claim.expected_minor().ok_or_else(|| too_large(&account.name))?;
        let line = Line {
            basis: Basis::Total,
            date: None,
            lane: (total, total),
            numbers: ("", ""),
            count: claim.count,
            minor: None,
            fees: Some((expected, claim.charged_minor)),
            parted: Some((claim.over_minor, claim.under_minor)),
            note: letter(self.request, account, expected, voice),
            currency: Currency::CNY,
        };
        let cells = line.cells(account, voice.language);
        self.sheet.row(&cells).map_err(|source| ReportError::file(&self.path, source))
    }

    /// Ends every account and the file.
    pub(super) fn finish(mut self, accounts: &mut Accounts) -> Result<Written, ReportError> {
        self.end_accounts(None, accounts)?;
        self.sheet.finish().map_err(|source| ReportError::file(&self.path, source))
    }
}

impl Apart {
    /// The transactions of a day that are not set apart; `None` when a figure does not fit.
    fn rest_of(self, sum: &DaySum) -> Option<Self> {
        Some(Self {
            count: sum.count.checked_sub(self.count)?,
            minor: sum.minor.checked_sub(self.minor)?,
            charged_minor: sum.stated_minor.checked_sub(self.charged_minor)?,
        })
    }
}

/// Kind and product of a stream in words.
fn lane(stream: &Stream, language: Language) -> (&str, &str) {
    (stream.kind.word(language), wording::product(&stream.product, language))
}

/// A row of the claim.
struct Line<'a> {
    basis: Basis,
    date: Option<BusinessDate>,
    lane: (&'a str, &'a str),
    numbers: (&'a str, &'a str),
    count: i64,
    minor: Option<i64>,
    /// Expected and charged.
    fees: Option<(i64, i64)>,
    /// What of it counts as taken too much and too little.
    parted: Option<(i64, i64)>,
    note: String,
    currency: Currency,
}

impl Line<'_> {
    fn difference(&self) -> Option<i64> {
        self.fees.and_then(|(expected, charged)| charged.checked_sub(expected))
    }

    fn cells<'b>(&'b self, account: &'b MonthAccount, language: Language) -> Vec<Cell<'b>> {
        let difference = self.difference();
        let money = |minor| Cell::some_of(minor, self.currency);
        let charge = difference.map_or("", |minor| Charge::of(minor).word(language));
        vec![
            Cell::text(&account.name),
            Cell::text(&account.provider_id),
            Cell::text(&account.merchant_no),
            Cell::text(self.basis.word(language)),
            self.date.map_or(Cell::Empty, |date| Cell::Moment(date.to_string())),
            Cell::text(self.lane.0),
            Cell::text(self.lane.1),
            Cell::text(self.numbers.0),
            Cell::text(self.numbers.1),
            Cell::Count(self.count),
            money(self.minor),
            money(self.fees.map(|(expected, _)| expected)),
            money(self.fees.map(|(_, charged)| charged)),
            money(difference),
            Cell::text(charge),
            money(self.parted.map(|(over, _)| over)),
            money(self.parted.map(|(_, under)| under)),
            Cell::Text(Cow::Borrowed(&self.note)),
            Cell::text(self.currency.as_str()),
        ]
    }
}

/// What is asked for, in words that can be sent.
fn letter(
    request: &MonthRequest<'_>,
    account: &MonthAccount,
    expected_minor: i64,
    voice: Voice,
) -> String {
    let (month, claim) = (request.month, account.claim);
    let net = claim.net_minor().unwrap_or(0);
    let (count, charged, expected) = (claim.count, yuan(claim.charged_minor), yuan(expected_minor));
    let (over, under) = (yuan(claim.over_minor), yuan(claim.under_minor));
    let size = yuan(net.saturating_abs());
    let about = match voice.language {
        Language::Zh => format!(
            "{month} 贵方报有手续费的交易 {count} 笔，实收手续费 {charged} 元，按合同应收 {expected} 元；\
             多收 {over} 元，少收 {under} 元，"
        ),
        Language::En => format!(
            "In {month} you stated a fee for {count} transactions and charged {charged} yuan, where \
             {expected} yuan were agreed; {over} yuan too much, {under} yuan too little: "
        ),
    };
    let asked = match (voice.language, net.signum()) {
        (Language::Zh, 1) => format!("净多收 {size} 元，请核实后退还。"),
        (Language::Zh, -1) => format!("净少收 {size} 元。"),
        (Language::Zh, _) => "净额为零。".to_owned(),
        (Language::En, 1) => format!("please check, and pay back {size} yuan."),
        (Language::En, -1) => format!("{size} yuan too little in all."),
        (Language::En, _) => "nothing in all.".to_owned(),
    };
    let mut text = format!("{about}{asked}");
    let missing = statement::missing(account);
    if !missing.is_empty() {
        let words = voice.pick("未计入没有对账的账期日：", " Not in it, since not reconciled: ");
        text.push_str(words);
        text.push_str(&statement::spans(&missing, voice));
        text.push_str(voice.pick("。", "."));
    }
    text
}
