//! The statement of a month: per account every business date, then their total. A business date that
//! was not reconciled has no figures: it is not a day without trade.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType};
use crate::ledger::{AccountVerdict, Totals};
use crate::money::Currency;
use crate::report::csv::Cell;
use crate::report::discrepancies::{Shown, Tally};
use crate::report::month::MonthAccount;
use crate::report::sentence::{Voice, why};
use crate::rules::settlement::Parts;
use crate::wording::{self, Word};

/// An account on one business date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// How far it could be proved; `None` when it was not reconciled.
    pub verdict: Option<AccountVerdict>,
    /// What both sides add up to, per currency.
    pub totals: BTreeMap<Currency, Totals>,
    /// What the provider's transactions in yuan come to; `None` when they were not added up.
    pub parts: Option<Parts>,
    /// Discrepancies dated to it that are open at the end of the month, per currency.
    pub open: BTreeMap<Currency, Tally>,
}

impl Day {
    /// Counts a discrepancy that is dated to it, if it is open at the end of the month; `None` when a
    /// sum does not fit.
    pub fn adds(&mut self, row: &Discrepancy, shown: Shown, end: Timestamp) -> Option<()> {
        // Once both days of a cross-day row are over, both sides have it.
        let is_over = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment < end);
        let came_back = row.kind == DiscrepancyType::CrossDay
            && is_over(row.merchant_time)
            && is_over(row.provider_time);
        if !shown.state.is_closed() && !came_back {
            let open = self.open.entry(row.currency).or_default();
            *open = open.plus(Tally { count: 1, minor: shown.difference_minor })?;
        }
        Some(())
    }

    fn totals(&self, currency: Currency) -> Option<Totals> {
        let totals = || self.totals.get(&currency).cloned().unwrap_or_default();
        self.verdict.is_some().then(totals)
    }

    fn parts(&self, currency: Currency) -> Option<&Parts> {
        self.parts.as_ref().filter(|_| currency == Currency::CNY)
    }

    fn open(&self, currency: Currency) -> Tally {
        self.open.get(&currency).copied().unwrap_or_default()
    }
}

/// The cells of a business date in a currency; `None` when a figure does not fit.
pub fn day_cells(
    account: &MonthAccount,
    date: BusinessDate,
    currency: Currency,
    voice: Voice,
) -> Option<Vec<Cell<'_>>> {
    let language = voice.language;
    let day = account.days.get(&date)?;
    let verdict = day.verdict.as_ref();
    let word = verdict.map_or(wording::not_reconciled(language), |it| it.verdict.word(language));
    let mut note = verdict.map_or_else(String::new, |verdict| why(&verdict.reason, voice.language));
    if verdict.is_some() && day.parts.is_none() {
        let gap = if note.is_empty() { "" } else { voice.pick("；", "; ") };
        note = format!("{note}{gap}{}", voice.pick("没有结算", "not settled"));
    }
    let name = Cell::Moment(date.to_string());
    let (parts, open) = (day.parts(currency), day.open(currency));
    let line = Line { totals: day.totals(currency), parts, open, currency };
    line.cells(account, name, word, note)
}

/// The cells of the account's total in a currency; `None` when a figure does not fit.
pub fn total_cells(
    account: &MonthAccount,
    currency: Currency,
    voice: Voice,
) -> Option<Vec<Cell<'_>>> {
    let (mut totals, mut parts): (Option<Totals>, Option<Parts>) = (None, None);
    let mut open = Tally::default();
    for day in account.days.values() {
        if let Some(more) = day.totals(currency) {
            totals = Some(totals.unwrap_or_default().plus(&more)?);
        }
        if let Some(more) = day.parts(currency) {
            parts = Some(parts.unwrap_or_default().plus(more)?);
        }
        open = open.plus(day.open(currency))?;
    }
    let name = Cell::text(wording::total(voice.language));
    let line = Line { totals, parts: parts.as_ref(), open, currency };
    line.cells(account, name, account.verdict().word(voice.language), remarks(account, voice))
}

struct Line<'a> {
    totals: Option<Totals>,
    parts: Option<&'a Parts>,
    open: Tally,
    currency: Currency,
}

impl Line<'_> {
    fn cells<'a>(
        &self,
        account: &'a MonthAccount,
        name: Cell<'a>,
        verdict: &'a str,
        note: String,
    ) -> Option<Vec<Cell<'a>>> {
        let mut cells = vec![name, Cell::text(&account.name), Cell::text(&account.provider_id)];
        cells.push(Cell::text(verdict));
        let money = |minor| Cell::of(minor, self.currency);
        match &self.totals {
            None => cells.extend([const { Cell::Empty }; 5]),
            Some(it) => cells.extend([
                Cell::Count(it.merchant_count),
                money(it.merchant_minor),
                Cell::Count(it.provider_count),
                money(it.provider_minor),
                money(it.provider_minor.checked_sub(it.merchant_minor)?),
            ]),
        }
        match self.parts {
            None => cells.extend([const { Cell::Empty }; 9]),
            Some(it) => cells.extend([
                Cell::Count(it.payment_count),
                money(it.gross_minor),
                Cell::Count(it.refund_count),
                money(it.refunds_minor),
                money(it.fees_minor),
                Cell::Count(it.payout_count),
                money(it.payouts_minor),
                money(it.payout_fees_minor),
                money(it.net_minor()?),
            ]),
        }
        cells.extend([Cell::Count(self.open.count), money(self.open.minor)]);
        cells.push(Cell::Text(Cow::Owned(note)));
        match self.parts {
            None => cells.extend([const { Cell::Empty }; 2]),
            Some(it) => {
                cells.extend([Cell::Count(it.returned_count), money(it.returned_minor)]);
            }
        }
        cells.push(Cell::Text(Cow::Owned(self.currency.to_string())));
        Some(cells)
    }
}

/// How many days were proved, and which were not.
pub(super) fn remarks(account: &MonthAccount, voice: Voice) -> String {
    let dates = |is_meant: fn(&Day) -> bool| -> Vec<BusinessDate> {
        account.days.iter().filter(|(_, day)| is_meant(day)).map(|(date, _)| *date).collect()
    };
    let proved = dates(|day| day.verdict.as_ref().is_some_and(AccountVerdict::is_proved));
    let (count, all) = (proved.len(), account.days.len());
    let mut remarks = vec![match voice.language {
        Language::Zh => format!("{count}/{all} 天核对完整"),
        Language::En => format!("{count} of {all} days proved"),
    }];
    let mut named = |zh: &str, en: &str, dates: &[BusinessDate]| {
        if !dates.is_empty() {
            remarks.push(format!("{}{}", voice.pick(zh, en), spans(dates, voice)));
        }
    };
    named("没有对账：", "not reconciled: ", &missing(account));
    let unproved = dates(|day| day.verdict.as_ref().is_some_and(|it| !it.is_proved()));
    named("核对不完整：", "not proved: ", &unproved);
    let unsettled = dates(|day| day.verdict.is_some() && day.parts.is_none());
    named("没有结算，收付未计入：", "not settled, so not added up: ", &unsettled);
    remarks.join(voice.pick("；", "; "))
}

/// The business dates on which an account was not reconciled.
pub(super) fn missing(account: &MonthAccount) -> Vec<BusinessDate> {
    let missing = account.days.iter().filter(|(_, day)| day.verdict.is_none());
    missing.map(|(date, _)| *date).collect()
}

/// Dates in words, those in a row as one span.
pub(super) fn spans(dates: &[BusinessDate], voice: Voice) -> String {
    let mut spans: Vec<(BusinessDate, BusinessDate)> = Vec::new();
    for date in dates {
        match spans.last_mut() {
            Some((_, last)) if last.plus_days(1) == *date => *last = *date,
            _ => spans.push((*date, *date)),
        }
    }
    let text = |(first, last): &(BusinessDate, BusinessDate)| match (first == last, voice.language)
    {
        (true, _) => first.to_string(),
        (false, Language::Zh) => format!("{first} 至 {last}"),
        (false, Language::En) => format!("{first} to {last}"),
    };
    spans.iter().map(text).collect::<Vec<_>>().join(voice.pick("、", ", "))
}
