//! The fee that the contract says: dated rates, fixed part, minimum, maximum, one rounding rule.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::business_day::BusinessDate;
use crate::config::FeeRule;
use crate::order::Stream;

/// The fee in fen that the rules give for one transaction, or `None` when no rule covers it.
///
/// `amount × rate + fixed`, rounded half-up to the fen once, then raised to the minimum and lowered
/// to the maximum. Of the rules for the kind (and product) the one with the latest `from` that is
/// not after `date` counts; a rule for the very product goes before one for all.
pub fn contract_fee(
    rules: &[FeeRule],
    stream: &Stream,
    date: BusinessDate,
    amount_minor: i64,
) -> Option<i64> {
    let rule = rules
        .iter()
        .filter(|rule| rule.kind == stream.kind)
        .filter(|rule| rule.product.as_ref().is_none_or(|product| *product == stream.product))
        .filter(|rule| rule.from.is_none_or(|from| from <= date))
        .max_by_key(|rule| (rule.product.is_some(), rule.from))?;
    let exact = Decimal::from(amount_minor)
        .checked_mul(rule.rate)?
        .checked_add(Decimal::from(rule.fixed_minor))?;
    let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let fee = i64::try_from(rounded).ok()?;
    let fee = rule.min_minor.map_or(fee, |min| fee.max(min));
    Some(rule.max_minor.map_or(fee, |max| fee.min(max)))
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
            let fee =
                contract_fee(std::slice::from_ref(&rule), &stream(""), date("2026-11-20"), amount);
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
        let fee =
            |product: &str, day: &str| contract_fee(&rules, &stream(product), date(day), 10_000);
        assert_eq!(fee("scan", "2026-10-31"), Some(100));
        assert_eq!(fee("scan", "2026-11-01"), Some(200));
        assert_eq!(fee("scan", "2026-12-05"), Some(300));
        assert_eq!(fee("quick", "2026-12-05"), Some(500));
        let payout = Stream { kind: Kind::Payout, ..stream("") };
        assert_eq!(contract_fee(&rules, &payout, date("2026-11-20"), 1), None);
    }
}
