//! The fee that the contract says: dated rates, fixed part, minimum, maximum, one rounding rule.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::business_day::BusinessDate;
use crate::config::{FeeRounding, FeeRule, could_hold};
use crate::money::{Currency, Money};
use crate::order::Stream;
use crate::status::Kind;

/// By what the rule for a transaction is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid<'a> {
    /// Payment, payout or refund.
    pub kind: Kind,
    /// The date that counts.
    pub date: BusinessDate,
    /// The product of the stream, else the shop's own word for the way of paying; empty where nobody states
    /// it.
    pub product: &'a str,
    /// The way of paying in the platform's word; empty where it states none.
    pub way: &'a str,
}

impl<'a> Paid<'a> {
    /// A transaction of a stream, with the shop's own word and the platform's for the way of paying.
    pub fn of(stream: &'a Stream, date: BusinessDate, own_word: &'a str, way: &'a str) -> Self {
        let product = if stream.product.is_empty() { own_word } else { &stream.product };
        Self { kind: stream.kind, date, product, way }
    }
}

/// The contract's rule for a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen<'a> {
    /// None covers it.
    None,
    /// This one holds.
    One(&'a FeeRule),
    /// Several could hold, which charge different fees, and nobody states by what they are chosen: nothing
    /// follows.
    Several,
}

impl<'a> Chosen<'a> {
    /// The rule, where it is known that one holds, and which.
    pub const fn one(self) -> Option<&'a FeeRule> {
        match self {
            Self::One(rule) => Some(rule),
            Self::None | Self::Several => None,
        }
    }
}

/// The fee that the rules give for one transaction, in its own currency, or `None` when no rule covers it or
/// it is not known which.
///
/// `amount × rate + fixed`, rounded half-up to the smallest unit once, then raised to the minimum and
/// lowered to the maximum. What a rule says in yuan (fixed, minimum, maximum) is never added to, or
/// compared with, money of another currency: such a rule covers yuan only, and a plain rate covers all.
pub fn contract_fee(rules: &[FeeRule], paid: Paid<'_>, amount: Money) -> Option<i64> {
    let rule = rule_of(rules, paid).one().filter(|rule| covers(rule, amount.currency))?;
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
    paid: Paid<'_>,
    amount: Money,
    charged_minor: i64,
) -> Option<i64> {
    expected_by(rule_of(rules, paid).one()?, amount, charged_minor)
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
    let rule = rule_of(rules, Paid::of(stream, date, "", "")).one();
    let rule = rule.filter(|rule| rule.rounding == FeeRounding::Day)?;
    if !covers(rule, amount.currency) {
        return None;
    }
    let fixed = Decimal::from(rule.fixed_minor).checked_mul(Decimal::from(count))?;
    half_up(Decimal::from(amount.minor).checked_mul(rule.rate)?.checked_add(fixed)?)
}

/// Of the rules for the kind the one with the latest `from` that is not after the date; one for the very way
/// of paying goes before one for the very product, and that before one for all.
///
/// Where nobody states the product or the way, every rule that could hold is looked at: [`Chosen::Several`]
/// where they do not charge the same.
pub fn rule_of<'a>(rules: &'a [FeeRule], paid: Paid<'_>) -> Chosen<'a> {
    let is_in_force = move |rule: &&FeeRule| {
        rule.kind == paid.kind && rule.from.is_none_or(|from| from <= paid.date)
    };
    let in_force = rules.iter().filter(is_in_force);
    let mut held = could_hold(&in_force, (paid.product, paid.way), |rule| rule.from).into_iter();
    let first = held.next().flatten();
    if held.any(|other| !charge_the_same(first, other)) {
        return Chosen::Several;
    }
    first.map_or(Chosen::None, Chosen::One)
}

fn charge_the_same(one: Option<&FeeRule>, other: Option<&FeeRule>) -> bool {
    let charged = |rule: &FeeRule| {
        (rule.rate, rule.fixed_minor, rule.min_minor, rule.max_minor, rule.rounding)
    };
    one.map(charged) == other.map(charged)
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

    fn rule(rate: &str, fixed: i64, min: Option<i64>, max: Option<i64>) -> FeeRule {
        FeeRule {
            kind: Kind::Payment,
            product: None,
            way: None,
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

    fn paid(stream: &Stream) -> Paid<'_> {
        Paid::of(stream, date("2026-11-20"), "", "")
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
                contract_fee(std::slice::from_ref(&rule), paid(&stream("")), Money::fen(amount));
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
            let stream = stream(product);
            contract_fee(&rules, Paid::of(&stream, date(day), "", ""), Money::fen(10_000))
        };
        assert_eq!(fee("scan", "2026-10-31"), Some(100));
        assert_eq!(fee("scan", "2026-11-01"), Some(200));
        assert_eq!(fee("scan", "2026-12-05"), Some(300));
        assert_eq!(fee("quick", "2026-12-05"), Some(500));
        let payout = Stream { kind: Kind::Payout, ..stream("") };
        assert_eq!(contract_fee(&rules, paid(&payout), Money::fen(1)), None);
    }

    /// The shop's word, the platform's → the fee of 100.00, `?` where several rules could hold.
    #[test]
    fn a_rule_for_the_way_of_paying_holds_where_the_way_is_stated() {
        let of = |product: Option<&str>, way: Option<&str>, rate: &str| FeeRule {
            product: product.map(str::to_owned),
            way: way.map(str::to_owned),
            ..rule(rate, 0, None, None)
        };
        let by_product = vec![
            of(None, None, "0.01"),
            of(Some("wx"), None, "0.006"),
            of(Some("ali"), None, "0.006"),
        ];
        let by_way = vec![of(None, None, "0.01"), of(None, Some("8000"), "0.006")];
        let named_only = vec![of(Some("wx"), None, "0.006")];
        let alike = vec![of(None, None, "0.006"), of(Some("wx"), None, "0.006")];
        let both = vec![of(Some("wx"), None, "0.02"), of(None, Some("8000"), "0.03")];
        let table = [
            (&by_product, "wx", "", "60"),
            (&by_product, "card", "8000", "100"),
            (&by_product, "", "8000", "?"),
            (&by_way, "wx", "8000", "60"),
            (&by_way, "wx", "8001", "100"),
            (&by_way, "wx", "", "?"),
            (&named_only, "wx", "", "60"),
            (&named_only, "card", "", "-"),
            (&named_only, "", "", "?"),
            (&alike, "", "", "60"),
            (&both, "wx", "8000", "300"),
            (&both, "wx", "8001", "200"),
            (&both, "", "8000", "300"),
            (&both, "wx", "", "?"),
        ];
        let stream = stream("");
        for (rules, product, way, expected) in table {
            let paid = Paid::of(&stream, date("2026-11-20"), product, way);
            let found = match rule_of(rules, paid) {
                Chosen::None => "-".to_owned(),
                Chosen::Several => "?".to_owned(),
                Chosen::One(rule) => fee_by(rule, 10_000).expect("small").to_string(),
            };
            assert_eq!(found, expected, "{product:?} {way:?}");
            let fee = contract_fee(rules, paid, Money::fen(10_000));
            assert_eq!(fee.is_some(), !matches!(expected, "-" | "?"), "{product:?} {way:?}");
        }
    }

    /// What the stream's own product is, the shop's word does not change.
    #[test]
    fn the_product_of_a_stream_goes_before_the_shops_word() {
        let (quick, none) = (stream("quick"), stream(""));
        let day = date("2026-11-20");
        assert_eq!(Paid::of(&quick, day, "wx", "").product, "quick");
        assert_eq!(Paid::of(&none, day, "wx", "").product, "wx");
    }

    #[test]
    fn where_the_day_is_rounded_a_fee_may_be_rounded_either_way() {
        let day = FeeRule { rounding: FeeRounding::Day, ..rule("0.0038", 0, None, None) };
        // 125 fen × 0.38 % = 0.475 fen.
        let table = [(0, 0), (1, 1), (2, 0), (-1, 0)];
        for (charged, expected) in table {
            let rules = [day.clone()];
            let fee = expected_fee(&rules, paid(&stream("")), Money::fen(125), charged);
            assert_eq!(fee, Some(expected), "{charged}");
        }
        let each = [rule("0.0038", 0, None, None)];
        assert_eq!(expected_fee(&each, paid(&stream("")), Money::fen(125), 1), Some(0));
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
            let stream = stream("");
            assert_eq!(contract_fee(rules, paid(&stream), usd), expected, "{rule:?}");
            let charged = expected_fee(rules, paid(&stream), usd, 99);
            assert_eq!(charged, expected, "{rule:?}");
            assert!(contract_fee(rules, paid(&stream), Money::fen(10_000)).is_some());
        }
    }
}
