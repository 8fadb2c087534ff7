//! What the movements of a bill come to for an account that is known by its bills alone: which payments were
//! given back as a whole, and which days' bills say that an order is not there.
//!
//! Bills speak per movement: a payment's row stays what it was, and what is given back is a row of its own.
//! Some shops keep one order whose state becomes `refunded`. A payment's row and refund rows of its whole
//! amount are together that order; where the shop has the refund as an order of its own, nothing is put
//! together.

use crate::business_day::Timestamp;
use crate::money::Money;
use crate::reading::Pair;
use crate::rules::transactions::{Transaction, transactions};
use crate::status::{MerchantStatus, ProviderStatus};

/// What a bill's movements say of giving a pair's money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBack {
    /// Nothing that makes more of the pair than its own row.
    No,
    /// Payment and refunds are together one order of the merchant's that was given back.
    Whole,
    /// They will be, once a refund that is on its way has arrived; it is waited for until this moment.
    Processing(Timestamp),
}

/// The word of bills about a pair's stream, see [`crate::rules::judge::Rules::by_bill`]; `is_untold` where no bill of the account
/// tells of such orders.
pub fn by_bill(is_by_bill: bool, is_uncovered: bool) -> Option<GivenBack> {
    (is_by_bill && !is_uncovered).then_some(GivenBack::No)
}

/// What the refunds of a payment make of it.
pub fn of_payment(payment: &Pair, refunds: &[&Pair], window_seconds: i64) -> GivenBack {
    let is_given_back =
        payment.orders.first().is_some_and(|order| order.status == MerchantStatus::Refunded);
    let is_kept_apart = refunds.iter().any(|pair| !pair.orders.is_empty());
    let taken = given_back_of(payment, ProviderStatus::Succeeded).and_then(|it| it.amount);
    let Some(taken) = taken.filter(|_| is_given_back && !is_kept_apart) else {
        return GivenBack::No;
    };
    let sum = |status| -> Option<i64> {
        let found = refunds.iter().filter_map(|pair| given_back_of(pair, status)?.amount);
        found
            .filter(|money: &Money| money.currency == taken.currency)
            .try_fold(0_i64, |sum, money| sum.checked_add(money.minor))
    };
    let (arrived, on_its_way) = (sum(ProviderStatus::Succeeded), sum(ProviderStatus::Pending));
    if arrived == Some(taken.minor) {
        return GivenBack::Whole;
    }
    let both = arrived.zip(on_its_way).and_then(|(arrived, more)| arrived.checked_add(more));
    if on_its_way == Some(0) || both != Some(taken.minor) {
        return GivenBack::No;
    }
    let made = refunds.iter().filter_map(|pair| given_back_of(pair, ProviderStatus::Pending));
    let last = made.map(|it| it.paid_at.unwrap_or(it.observed_at)).max();
    last.map_or(GivenBack::No, |last| GivenBack::Processing(last.plus_seconds(window_seconds)))
}

/// The only transaction of a pair, where it has this status.
pub fn given_back_of(pair: &Pair, status: ProviderStatus) -> Option<Transaction> {
    let mut all = transactions(&pair.readings).all.into_iter();
    match (all.next(), all.next()) {
        (Some(only), None) if only.status == status => Some(only),
        (_, _) => None,
    }
}
