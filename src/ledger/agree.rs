//! The one definition of "plainly agrees", see [`super::Scan`]. A database that answers the scan by
//! itself restates it in SQL; the conformance suite holds the two together.

use super::Totals;
use crate::money::Money;
use crate::reading::Source;
use crate::rules::fee::{Chosen, expected_by};
use crate::rules::judge::tolerance;
use crate::rules::verdict_table::{Cell, cell};
use crate::status::{MerchantStatus, ProviderStatus};

/// What the scan looks at of a merchant's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantWord {
    /// What the merchant says.
    pub status: MerchantStatus,
    /// How much.
    pub amount: Money,
    /// The merchant's own fee in fen, where it states one.
    pub fee_minor: Option<i64>,
}

/// What the scan looks at of a provider's reading, and what several of them say as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderWord {
    /// Over which way it came; of several the first of [`Source::ALL`]'s order, so that a callback
    /// stands here when there is nothing but callbacks.
    pub source: Source,
    /// What the provider says.
    pub status: ProviderStatus,
    /// How much, where it says so.
    pub amount: Option<Money>,
    /// The provider's fee in fen, where it states one.
    pub fee_minor: Option<i64>,
}

/// What the readings of one order come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// They say one thing.
    One(ProviderWord),
    /// Whether they are one transaction, or what it came to, has to be judged.
    Apart,
}

/// What a pair is held against besides its two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The provider has listed the pair's stream, whole, for the day.
    pub is_listed: bool,
    /// Fen by which amounts in yuan may differ.
    pub tolerance_minor: i64,
    /// See [`super::Scan::verified_only`].
    pub verified_only: bool,
    /// The pair is one of [`super::Scan::by_bill`].
    pub by_bill: bool,
    /// The contract's rule for the fees of the pair's stream on the day. Where it depends on the way of paying,
    /// a pair whose provider states a fee and whose merchant does not is in doubt.
    pub fee: Chosen<'a>,
}

/// Takes the current readings of one order, each with the provider's own number (empty when it gave
/// none), as one word; `None` when there is none.
///
/// A single one is what it is. Several are one when they are one transaction of which they say the
/// same, whichever of them is asked: at most one of each source, all with the same real status, and
/// nothing that two of them state (amount, fee, number) differs.
pub fn together(readings: &[(&str, ProviderWord)]) -> Option<Together> {
    let (first, others) = readings.split_first()?;
    let (mut number, mut one) = *first;
    if readings.len() > Source::ALL.len() {
        return Some(Together::Apart);
    }
    for (at, (other_number, other)) in (1..).zip(others) {
        let is_again = readings.iter().take(at).any(|(_, earlier)| earlier.source == other.source);
        if is_again
            || !is_real(other.status)
            || other.status != one.status
            || differ(one.amount, other.amount)
            || differ(one.fee_minor, other.fee_minor)
            || differ(stated(number), stated(other_number))
        {
            return Some(Together::Apart);
        }
        one.source = one.source.min(other.source);
        one.amount = one.amount.or(other.amount);
        one.fee_minor = one.fee_minor.or(other.fee_minor);
        number = stated(number).unwrap_or(other_number);
    }
    Some(Together::One(one))
}

fn is_real(status: ProviderStatus) -> bool {
    !matches!(status, ProviderStatus::NotFound | ProviderStatus::Unproved)
}

fn stated(number: &str) -> Option<&str> {
    (!number.is_empty()).then_some(number)
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one != other)
}

/// The totals of a pair that plainly agrees, in the merchant's currency; `None` for one that is in doubt.
///
/// `merchant` is the pair's only order and `provider` what all its readings come to, all of them of
/// the day that is looked at. Money counts only where both sides succeeded: a provider that states no
/// amount is taken at the merchant's. A callback alone never makes a pair agree: it is a witness, and
/// the provider is still to be asked; so it is about a statement's row where only verified words count, unless it
/// is of money that bills alone tell of.
pub fn plainly_agrees(
    merchant: &MerchantWord,
    provider: Option<&Together>,
    terms: &Terms<'_>,
) -> Option<Totals> {
    let provider = match provider {
        None => {
            let quiet = terms.is_listed
                && matches!(merchant.status, MerchantStatus::Failed | MerchantStatus::Closed);
            return quiet.then(Totals::default);
        }
        Some(Together::Apart) => return None,
        Some(Together::One(word)) => word,
    };
    match provider.source {
        Source::Listing | Source::Query => {}
        Source::Statement if !terms.verified_only => {}
        Source::Statement if terms.by_bill && is_money(merchant, provider) => {}
        Source::Statement | Source::Notification => return None,
    }
    match cell(Some(merchant.status), provider.status) {
        Cell::Agree => Some(Totals::default()),
        // Two sides that gave the money back have none to be compared.
        Cell::Compare if merchant.status != MerchantStatus::Succeeded => Some(Totals::default()),
        Cell::Compare => same_money(merchant, provider, terms),
        Cell::Open(_) | Cell::Waits(_) => None,
    }
}

/// Whether both sides say that it succeeded.
fn is_money(merchant: &MerchantWord, provider: &ProviderWord) -> bool {
    merchant.status == MerchantStatus::Succeeded && provider.status == ProviderStatus::Succeeded
}

fn same_money(
    merchant: &MerchantWord,
    provider: &ProviderWord,
    terms: &Terms<'_>,
) -> Option<Totals> {
    if provider.amount.is_some_and(|amount| amount.currency != merchant.amount.currency) {
        return None;
    }
    let counted = provider.amount.unwrap_or(merchant.amount);
    let provider_minor = counted.minor;
    let is_expected = |charged| {
        let by_contract = || match terms.fee {
            Chosen::None => true,
            Chosen::One(rule) => {
                expected_by(rule, counted, charged).is_none_or(|expected| expected == charged)
            }
            Chosen::Several => false,
        };
        merchant.fee_minor.map_or_else(by_contract, |expected| expected == charged)
    };
    if provider.fee_minor.is_some_and(|charged| !is_expected(charged)) {
        return None;
    }
    let apart = provider_minor.abs_diff(merchant.amount.minor);
    let may_differ = tolerance(terms.tolerance_minor, merchant.amount.currency);
    if apart > u64::try_from(may_differ).unwrap_or(0) {
        return None;
    }
    Some(Totals {
        merchant_count: 1,
        merchant_minor: merchant.amount.minor,
        provider_count: 1,
        provider_minor,
        status_only_count: i64::from(provider.amount.is_none()),
    })
}

#[cfg(test)]
#[path = "agree_tests.rs"]
mod tests;
