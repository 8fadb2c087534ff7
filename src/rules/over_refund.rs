//! Refunds with which more is given back than their payment brought in (`docs/contract.md` §4).
//!
//! The merchant's books decide: its payment, and its succeeded refunds of any date in the same
//! account, in the order in which they were made.

use crate::discrepancy::{Aspect, DiscrepancyType};
use crate::money::Money;
use crate::order::{Order, OrderKey};
use crate::reading::Pair;
use crate::rules::judge::{Finding, Rules, main_side};
use crate::rules::transactions::transactions;
use crate::status::{Kind, MerchantStatus};

/// The refunds, sorted by `paid_at`, else `created_at`, then order number, from the one on with
/// which their sum exceeds the payment. Only succeeded ones in the payment's currency count, and of
/// several contents under one order number the first.
pub fn going_over<'a>(
    payment: Money,
    refunds: impl IntoIterator<Item = &'a Order>,
) -> Vec<&'a OrderKey> {
    let mut refunds: Vec<&Order> = refunds
        .into_iter()
        .filter(|refund| {
            refund.key.stream.kind == Kind::Refund
                && refund.status == MerchantStatus::Succeeded
                && refund.occurrence == 1
                && refund.amount.currency == payment.currency
        })
        .collect();
    refunds.sort_by_key(|refund| (refund.moment(), &refund.key));
    // What does not fit is more than any payment.
    let mut sum = Some(0_i64);
    refunds.retain(|refund| {
        sum = sum.and_then(|sum| sum.checked_add(refund.amount.minor));
        sum.is_none_or(|sum| sum > payment.minor)
    });
    refunds.into_iter().map(|refund| &refund.key).collect()
}

/// What stands on a refund that goes over. The refund itself may agree, so this carries no
/// difference.
pub fn finding(pair: &Pair, rules: &Rules<'_>) -> Option<Finding> {
    let order = pair.orders.first()?;
    Some(Finding {
        aspect: Aspect::OverRefund,
        transaction: String::new(),
        kind: DiscrepancyType::OverRefund,
        business_date: order.business_date,
        timing_until: None,
        difference_minor: 0,
        currency: order.amount.currency,
        order: Some(order.clone()),
        provider: main_side(&transactions(&pair.readings), Some(order), pair, rules),
        expected_fee_minor: None,
    })
}

/// What the payment was for: the merchant's amount, else the provider's. Its status is the payment's
/// own matter.
pub fn brought_in(payment: &Pair) -> Option<Money> {
    let order = payment.orders.first().map(|order| order.amount);
    order.or_else(|| payment.readings.iter().find_map(|reading| reading.facts.amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Stream;
    use crate::rules::testing::{order, stream};

    /// `number: status amount …` per refund of a payment of 100 → the numbers that go over.
    #[test]
    fn a_refund_goes_over_with_everything_that_was_given_back_before_it() {
        let table = [
            ("", ""),
            ("a: succeeded 100", ""),
            ("a: succeeded 101", "a"),
            ("a: succeeded 60; b: succeeded 40", ""),
            ("a: succeeded 60; b: succeeded 41", "b"),
            ("a: succeeded 60 paid=20_11:00; b: succeeded 41 paid=20_10:59", "a"),
            ("a: succeeded 60; b: succeeded 41; c: succeeded 1", "b c"),
            ("a: succeeded 60; b: failed 41", ""),
            ("a: succeeded 60; b: pending 41; c: closed 41; d: refunded 41", ""),
            ("a: succeeded 60; b: succeeded 41USD", ""),
            ("a: succeeded 9223372036854775807; b: succeeded 9223372036854775807", "a b"),
        ];
        for (text, expected) in table {
            let refunds = Stream { kind: Kind::Refund, ..stream() };
            let refunds: Vec<Order> = text
                .split(';')
                .filter_map(|part| part.split_once(':'))
                .map(|(number, text)| order(&refunds, number.trim(), 1, text))
                .collect();
            let found = going_over(Money::fen(100), &refunds);
            let found: Vec<&str> = found.iter().map(|key| &*key.order_no).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_refund_or_a_second_content_is_not_added() {
        let refunds = Stream { kind: Kind::Refund, ..stream() };
        let second = order(&refunds, "a", 2, "succeeded 100");
        let payment = order(&stream(), "b", 1, "succeeded 100");
        let first = order(&refunds, "a", 1, "succeeded 100");
        assert!(going_over(Money::fen(100), [&second, &payment, &first]).is_empty());
    }
}
