//! The fee that the contract says: dated rates, fixed part, minimum, maximum, one rounding rule.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::business_day::BusinessDate;
use crate::config::{FeeRounding, FeeRule};
use crate::money::{Currency, Money};
use crate::order::Stream;

/// The fee that the rules give for one transaction, in its own currency, or `None` when no rule covers it.
///
/// `amount × rate + fixed`, rounded half-up to the smallest unit once, then raised to the minimum and
/// lowered to the maximum. What a rule says in yuan (fixed, minimum, maximum) is never added to, or
/// compared with, money of another currency: such a rule covers yuan only, and a plain rate covers all.
pub fn contract_fee(
    rules: &[FeeRule],
    stream: &Stream,
    date: BusinessDate,
    amount: Money,
) -> Option<i64> {
    let rule = rule_of(rules, stream, date).filter(|rule| covers(rule, amount.currency))?;
    fee_by(rule, amount.minor)
}

/// Whether a rule says something about money of a currency.
pub fn covers(rule: &FeeRule, currency: Currency) -> bool {
    let is_rate = rule.fixed_minor == 0
        && rule.min_minor.is_none_or(|min| min == 0)
        && rule.max_minor.is_none();
    is_rate || currency == Currency::CNY
}

fn fee_by(rule: &FeeRule, amount_minor: i64) -> Option<i64> {
    let fee = half_up(exact_fee(rule, amount_minor)?)?;
    let fee = rule.min_minor.map_or(fee, |min| fee.max(min));
    Some(rule.max_minor.map_or(fee, |max| fee.min(max)))
}

/// The fee in fen with which the charged one of a transaction is compared: the contract's. Where
/// the contract rounds the sum of a day, a fee that is rounded either way is as good as the exact one.
pub fn expected_fee(
    rules: &[FeeRule],
    stream: &Stream,
    date: BusinessDate,
    amount: Money,
    charged_minor: i64,
) -> Option<i64> {
    expected_by(rule_of(rules, stream, date)?, amount, charged_minor)
}

/// As [`expected_fee`], by the rule that holds.
pub fn expected_by(rule: &FeeRule, amount: Money, charged_minor: i64) -> Option<i64> {
    if !covers(rule, amount.currency) {
        return None;
    }
    let amount_minor = amount.minor;
    if rule.rounding == FeeRounding::Day {
        let exact = exact_fee(rule, amount_minor)?;
        let charged = Decimal::from(charged_minor);
        if charged == exact.floor() || charged == exact.ceil() {
            return Some(charged_minor);
        }
    }
    fee_by(rule, amount_minor)
}

/// The fee in fen for a day's transactions of one stream together, where the contract rounds their
/// sum half-up; `None` where it rounds each, or no rule covers them.
pub fn contract_fee_of_day(
    rules: &[FeeRule],
    stream: &Stream,
    date: BusinessDate,
    count: i64,
    amount: Money,
) -> Option<i64> {
    let rule = rule_of(rules, stream, date).filter(|rule| rule.rounding == FeeRounding::Day)?;
    if !covers(rule, amount.currency) {
        return None;
    }
    let fixed = Decimal::from(rule.fixed_minor).checked_mul(Decimal::from(count))?;
    half_up(Decimal::from(amount.minor).checked_mul(rule.rate)?.checked_add(fixed)?)
}

/// Of the rules for the kind (and product) the one with the latest `from` that is not after `date`;
/// a rule for the very product goes before one for all.
pub fn rule_of<'a>(
    rules: &'a [FeeRule],
    stream: &Stream,
    date: BusinessDate,
) -> Option<&'a FeeRule> {
    rules
        .iter()
        .filter(|rule| rule.kind == stream.kind)
        .filter(|rule| rule.product.as_ref().is_none_or(|product| *product == stream.product))
        .filter(|rule| rule.from.is_none_or(|from| from <= date))
        .max_by_key(|rule| (rule.product.is_some(), rule.from))
}

fn exact_fee(rule: &FeeRule, amount_minor: i64) -> Option<Decimal> {
    let share = Decimal::from(amount_minor).checked_mul(rule.rate)?;
    share.checked_add(Decimal::from(rule.fixed_minor))
}

fn half_up(exact: Decimal) -> Option<i64> {
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Kind;

    fn rule(rate: &str, fixed: i64, min: Option<i64>, max: Option<i64>) -> FeeRule {
        FeeRule {
            kind: Kind::Payment,
            product: None,
            from: None,
            rate: rate.parse().expect(rate),
            fixed_minor: fixed,
            min_minor: min,
            max_minor: max,
            rounding: FeeRounding::Row,
        }
    }

    fn stream(product: &str) -> Stream {
        Stream { account: "a".to_owned(), kind: Kind::Payment, product: product.to_owned() }
    }

    fn date(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect(text)
    }

    #[test]
    fn a_fee_is_rounded_half_up_once_and_bounded() {
        let table = [
            (rule("0.0038", 0, None, None), 10_000, 38),
            (rule("0.0038", 0, None, None), 125, 0),
            (rule("0.004", 0, None, None), 125, 1),
            (rule("0.006", 0, Some(10), None), 1, 10),
            (rule("0.006", 0, None, Some(2_500)), 10_000_000, 2_500),
            (rule("0", 200, None, None), 1_000_000, 200),
            (rule("0.001", 100, None, None), 50_500, 151),
        ];
        for (rule, amount, expected) in table {
            let fee = contract_fee(
                std::slice::from_ref(&rule),
                &stream(""),
                date("2026-11-20"),
                Money::fen(amount),
            );
            assert_eq!(fee, Some(expected), "{rule:?} {amount}");
        }
    }

    #[test]
    fn the_latest_rule_in_force_for_the_very_product_counts() {
        let rules = [
            rule("0.01", 0, None, None),
            FeeRule { from: Some(date("2026-11-01")), ..rule("0.02", 0, None, None) },
            FeeRule { from: Some(date("2026-12-01")), ..rule("0.03", 0, None, None) },
            FeeRule { product: Some("quick".to_owned()), ..rule("0.05", 0, None, None) },
        ];
        let fee = |product: &str, day: &str| {
            contract_fee(&rules, &stream(product), date(day), Money::fen(10_000))
        };
        assert_eq!(fee("scan", "2026-10-31"), Some(100));
        assert_eq!(fee("scan", "2026-11-01"), Some(200));
        assert_eq!(fee("scan", "2026-12-05"), Some(300));
        assert_eq!(fee("quick", "2026-12-05"), Some(500));
        let payout = Stream { kind: Kind::Payout, ..stream("") };
        assert_eq!(contract_fee(&rules, &payout, date("2026-11-20"), Money::fen(1)), None);
    }

    #[test]
    fn where_the_day_is_rounded_a_fee_may_be_rounded_either_way() {
        let day = FeeRule { rounding: FeeRounding::Day, ..rule("0.0038", 0, None, None) };
        // 125 fen × 0.38 % = 0.475 fen.
        let table = [(0, 0), (1, 1), (2, 0), (-1, 0)];
        for (charged, expected) in table {
            let rules = [day.clone()];
            let fee =
                expected_fee(&rules, &stream(""), date("2026-11-20"), Money::fen(125), charged);
            assert_eq!(fee, Some(expected), "{charged}");
        }
        let each = [rule("0.0038", 0, None, None)];
        assert_eq!(
            expected_fee(&each, &stream(""), date("2026-11-20"), Money::fen(125), 1),
            Some(0)
        );
    }

    #[test]
    fn the_sum_of_a_day_is_rounded_once() {
        let day = FeeRule { rounding: FeeRounding::Day, ..rule("0.0038", 2, None, None) };
        let of_day = |rule: &FeeRule, count, amount| {
            let rules = std::slice::from_ref(rule);
            contract_fee_of_day(rules, &stream(""), date("2026-11-20"), count, Money::fen(amount))
        };
        // Three of 125 fen: 1.425 fen, and twice three fen; one by one it would be 0 each.
        assert_eq!(of_day(&day, 3, 375), Some(7));
        assert_eq!(of_day(&day, 3, 395), Some(8));
        assert_eq!(of_day(&rule("0.0038", 2, None, None), 3, 375), None);
    }

    #[test]
    fn what_a_rule_says_in_yuan_says_nothing_of_other_money() {
        let usd = Money { minor: 10_000, currency: Currency::parse("USD").expect("a currency") };
        let table = [
            (rule("0.0038", 0, None, None), Some(38)),
            (rule("0.0038", 0, Some(0), None), Some(38)),
            (rule("0.0038", 200, None, None), None),
            (rule("0.0038", 0, Some(10), None), None),
            (rule("0.0038", 0, None, Some(5_000)), None),
        ];
        for (rule, expected) in table {
            let rules = std::slice::from_ref(&rule);
            let date = date("2026-11-20");
            assert_eq!(contract_fee(rules, &stream(""), date, usd), expected, "{rule:?}");
            let charged = expected_fee(rules, &stream(""), date, usd, 99);
            assert_eq!(charged, expected, "{rule:?}");
            assert!(contract_fee(rules, &stream(""), date, Money::fen(10_000)).is_some());
        }
    }
}
