//! What the discrepancies of a date come to in the ledger, to be compared with what a manifest says of them.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::Discrepancy;
use crate::ledger::Ledger;
use crate::money::Money;
use crate::report::columns::FileKind;
use crate::report::csv::ColumnSums;
use crate::report::discrepancies::Shown;
use crate::report::{ReportError, manifest};

/// How many rows the discrepancies of a business date have, and their sums as a manifest has them.
///
/// # Errors
///
/// [`ReportError::Ledger`], and [`ReportError::TooLarge`] for sums that do not fit.
pub async fn sums_of_rows(
    date: BusinessDate,
    ledger: &dyn Ledger,
) -> Result<(u64, BTreeMap<String, String>), ReportError> {
    let kind = FileKind::Discrepancies;
    let mut sums = ColumnSums::new(kind.columns().len());
    let mut count = 0_u64;
    let mut rows = ledger.report_rows(date);
    while let Some(row) = rows.next().await {
        let row = row.map_err(ReportError::ledger(date))?;
        count = count.saturating_add(1);
        let too_large = || ReportError::TooLarge { what: format!("the discrepancies of {date}") };
        add(&row, kind, &mut sums).ok_or_else(too_large)?;
    }
    Ok((count, manifest::sums(kind, &sums)))
}

fn add(row: &Discrepancy, kind: FileKind, sums: &mut ColumnSums) -> Option<()> {
    // What a row explains does not depend on the moment.
    let difference = Shown::of(row, Timestamp::from_epoch_seconds(0)).difference_minor;
    let fees = row.merchant_fee_minor.zip(row.provider_fee_minor);
    let fee_difference = fees.and_then(|(expected, charged)| charged.checked_sub(expected));
    let amounts = [
        ("merchant_amount", row.merchant_amount_minor),
        ("provider_amount", row.provider_amount_minor),
        ("difference", Some(difference)),
        ("merchant_fee", row.merchant_fee_minor),
        ("provider_fee", row.provider_fee_minor),
        ("fee_difference", fee_difference),
    ];
    for (code, minor) in amounts {
        let column = kind.columns().iter().position(|column| column.code == code)?;
        if let Some(minor) = minor {
            sums.add(column, Money { minor, currency: row.currency })?;
        }
    }
    Some(())
}
