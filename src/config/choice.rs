//! The choice of a rule by how something was paid: the rules for fees and for settlement cycles are chosen alike.

use std::collections::BTreeSet;

/// A rule for what was paid by one product or way, or by any.
pub(crate) trait PaidRule {
    /// The product, else the way of paying in the shop's own word; `None` for all others.
    fn product(&self) -> Option<&str>;

    /// The way of paying in the platform's word; `None` for all others.
    fn way(&self) -> Option<&str>;
}

/// The rules that could hold for what was paid by a product and a way, each empty where nobody states it: one entry
/// where both are known or no rule names any, else one for each product and way that they may be; `None` where no
/// rule is for that one.
///
/// A rule for the very way goes before one for the very product, that before one for all, and of such the one with
/// the greatest `newest`.
pub(crate) fn could_hold<'r, R: PaidRule + 'r, K: Ord>(
    rules: &(impl Iterator<Item = &'r R> + Clone),
    (product, way): (&str, &str),
    newest: impl Fn(&R) -> K,
) -> Vec<Option<&'r R>> {
    let products = possible(product, rules.clone().filter_map(|rule| rule.product()));
    let ways = possible(way, rules.clone().filter_map(|rule| rule.way()));
    let is_for = |named: Option<&str>, is: &str| named.is_none_or(|named| named == is);
    let best = |product: &str, way: &str| {
        rules
            .clone()
            .filter(|rule| is_for(rule.product(), product) && is_for(rule.way(), way))
            .max_by_key(|rule| (rule.way().is_some(), rule.product().is_some(), newest(rule)))
    };
    products.iter().flat_map(|product| ways.iter().map(|way| best(product, way))).collect()
}

/// What a word by which a rule is chosen may be: what is stated, else any that a rule names, or another one.
fn possible<'s>(stated: &'s str, named: impl Iterator<Item = &'s str>) -> BTreeSet<&'s str> {
    if stated.is_empty() { named.chain([""]).collect() } else { [stated].into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Rule(Option<&'static str>, Option<&'static str>, u32);

    impl PaidRule for Rule {
        fn product(&self) -> Option<&str> {
            self.0
        }

        fn way(&self) -> Option<&str> {
            self.1
        }
    }

    /// Which rules could hold, by their numbers; 0 where none is for it.
    #[test]
    fn what_nobody_states_could_be_any_that_a_rule_names() {
        let rules = [
            Rule(None, None, 1),
            Rule(None, None, 2),
            Rule(Some("scan"), None, 3),
            Rule(None, Some("WX"), 4),
            Rule(Some("scan"), Some("WX"), 5),
        ];
        let table = [
            ((0, 0), ("scan", "WX"), vec![0]),
            ((0, 2), ("", ""), vec![2]),
            ((0, 5), ("quick", "ALI"), vec![2]),
            ((0, 5), ("scan", "ALI"), vec![3]),
            ((0, 5), ("quick", "WX"), vec![4]),
            ((0, 5), ("scan", "WX"), vec![5]),
            ((0, 3), ("", "ALI"), vec![2, 3]),
            ((0, 5), ("", "ALI"), vec![2, 3]),
            ((0, 5), ("quick", ""), vec![2, 4]),
            ((0, 5), ("", ""), vec![2, 4, 3, 5]),
            ((2, 3), ("quick", ""), vec![0]),
        ];
        for ((from, to), stated, expected) in table {
            let found = could_hold(&rules[from..to].iter(), stated, |rule| rule.2);
            let found: Vec<u32> = found.iter().map(|rule| rule.map_or(0, |rule| rule.2)).collect();
            assert_eq!(found, expected, "{from}..{to} {stated:?}");
        }
    }
}
