//! Our own side of a day: what of it was refused, and whether there is any of it at all.
//!
//! What was refused accuses nobody and proves nothing (`docs/contract.md` §3a): it makes the accounts to
//! which it may belong incomplete, and the provider is asked about it all the same.

use std::collections::BTreeMap;

use crate::ledger_data::IntakeFile;
use crate::money::Currency;
use crate::order::{OrderKey, Origin, Rejection, Stream};
use crate::rules::{JudgedAccount, Overflow};

/// Rows of one origin that were refused and may belong to one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub rows: i64,
    /// Of these: rows that may belong to any account.
    pub of_anyone: i64,
    /// Of these: rows without an amount that can be read.
    pub unpriced: i64,
    /// The money of the others, by currency, in the smallest unit.
    pub amounts: BTreeMap<Currency, i64>,
}

/// What was imported of the merchant's orders on behalf of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DayOrders {
    /// Nothing: silence proves nothing.
    #[default]
    Missing,
    /// Files without a row: they may be empty for another reason than that there was no trade.
    Empty,
    /// At least one file with rows.
    Imported,
}

/// Our side of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ours {
    refused: BTreeMap<(String, Origin), Refused>,
    /// What was imported of the merchant's orders.
    pub orders: DayOrders,
}

impl Ours {
    /// Our side of a day of which these files were imported, and nothing refused.
    pub fn of(files: &[IntakeFile]) -> Self {
        Self { refused: BTreeMap::new(), orders: day_orders(files) }
    }

    /// Takes note of a refused row. A callback is signed by its platform or nobody's: whoever can reach
    /// the shop's address can send one, so a refused one says nothing of an account.
    ///
    /// # Errors
    ///
    /// [`Overflow`] where the refused money does not fit.
    pub fn add(&mut self, row: &Rejection) -> Result<(), Overflow> {
        if row.origin == Origin::Notifications {
            return Ok(());
        }
        let overflow = || Overflow { account: row.account.clone() };
        let of = self.refused.entry((row.account.clone(), row.origin)).or_default();
        of.rows = of.rows.saturating_add(1);
        of.of_anyone = of.of_anyone.saturating_add(i64::from(row.account.is_empty()));
        match row.amount {
            Some(money) => {
                let sum = of.amounts.entry(money.currency).or_default();
                *sum = sum.checked_add(money.minor).ok_or_else(overflow)?;
            }
            None => of.unpriced = of.unpriced.saturating_add(1),
        }
        Ok(())
    }

    /// What was refused and may belong to an account, by origin.
    ///
    /// # Errors
    ///
    /// [`Overflow`].
    pub fn refused_of(&self, account: &str) -> Result<Vec<(Origin, Refused)>, Overflow> {
        let mut found: BTreeMap<Origin, Refused> = BTreeMap::new();
        for ((_, origin), part) in
            self.refused.iter().filter(|((of, _), _)| of.is_empty() || of == account)
        {
            let sum = found.entry(*origin).or_default();
            sum.rows = sum.rows.saturating_add(part.rows);
            sum.of_anyone = sum.of_anyone.saturating_add(part.of_anyone);
            sum.unpriced = sum.unpriced.saturating_add(part.unpriced);
            for (currency, minor) in &part.amounts {
                let of = sum.amounts.entry(*currency).or_default();
                let added = of.checked_add(*minor);
                let account = || Overflow { account: account.to_owned() };
                *of = added.ok_or_else(account)?;
            }
        }
        Ok(found.into_iter().collect())
    }
}

/// What the files of a day say that was imported of the merchant's orders.
pub fn day_orders(files: &[IntakeFile]) -> DayOrders {
    let is_ours = |file: &&IntakeFile| matches!(file.origin, Origin::Orders | Origin::Unknown);
    let ours: Vec<&IntakeFile> = files.iter().filter(is_ours).collect();
    if ours.is_empty() {
        DayOrders::Missing
    } else if ours.iter().all(|file| file.rows == 0) {
        DayOrders::Empty
    } else {
        DayOrders::Imported
    }
}

/// The orders of an account about which a refused row of the merchant can be: one per stream of its
/// kind and product, as far as these can be read. None where account or number cannot be read.
pub fn orders_of(row: &Rejection, account: &JudgedAccount) -> Vec<OrderKey> {
    let is_known =
        row.origin == Origin::Orders && !row.order_no.is_empty() && row.account == account.name;
    let lanes = account.lanes.iter().filter(|lane| {
        is_known
            && row.kind.is_none_or(|kind| kind == lane.kind)
            && (row.product.is_empty() || row.product == lane.product)
    });
    lanes
        .map(|lane| OrderKey {
            stream: Stream {
                account: account.name.clone(),
                kind: lane.kind,
                product: lane.product.clone(),
            },
            order_no: row.order_no.clone(),
        })
        .collect()
}
