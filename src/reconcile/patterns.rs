//! Finds the discrepancies of a date that have one cause.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::business_day::{BusinessDate, BusinessDay};
use crate::discrepancy::pattern::Pattern;
use crate::ledger::{Ledger, LedgerError};
use crate::rules::patterns::{Background, Clues};

/// Finds the patterns of a business date that was reconciled just now, and keeps them.
///
/// # Errors
///
/// [`LedgerError`] when the rows cannot be read or the patterns not be kept.
pub(super) async fn find(
    accounts: &[String],
    date: BusinessDate,
    business_day: BusinessDay,
    ledger: &dyn Ledger,
) -> Result<Vec<Pattern>, LedgerError> {
    let end_of_day = business_day.end_of(date);
    let mut clues = Clues::default();
    let mut rows = ledger.report_rows(date);
    while let Some(row) = rows.next().await {
        let row = row?;
        if accounts.contains(&row.key.stream.account) {
            clues.add(&row, row.state_on(end_of_day));
        }
    }
    drop(rows);
    let mut booked = BTreeMap::new();
    for (stream, of) in clues.perhaps_outages() {
        let moments = ledger.booked(&stream, of).await?;
        booked.insert((stream, of), moments);
    }
    let totals = ledger.day(date).await?.0.into_iter();
    let totals = totals.map(|(stream, currency, totals)| ((stream, currency), totals)).collect();
    let background = Background { date, business_day, totals: &totals, booked: &booked };
    let patterns = clues.patterns(&background);
    ledger.put_patterns(date, accounts, &patterns).await?;
    Ok(patterns)
}
