//! `settlement` of an account and `[movements]`: when a provider pays to the bank, and where the file
//! with what it paid is.

use std::collections::BTreeSet;

use super::choice::{PaidRule, could_hold};
use super::digest::Canon;
use super::problem::Wrong;
use super::reader::Section;
use super::sections::csv_path;
use super::values::coded_word;
use crate::status::Kind;

crate::status::coded! {
    /// How long after a business date its money is settled.
    Cycle {
        /// On the same date.
        T0 = 1, "T0";
        /// On the next legal workday.
        T1 = 2, "T1";
        /// On the next calendar day.
        D1 = 3, "D1";
    }
}

/// The cycle of one product, or of all that no other rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleRule {
    /// The product, else the way of paying in the shop's own word, as in [`super::FeeRule`]; `None`
    /// for all others.
    pub product: Option<String>,
    /// The way of paying in the platform's word; `None` for all others.
    pub way: Option<String>,
    /// When it is settled.
    pub cycle: Cycle,
}

/// `[movements]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovementSettings {
    /// Path of the CSV with the movements of a business date, `{date}` for the date; relative to
    /// [`crate::config::Config::base`]. A date without a file has no movements.
    pub csv: Option<String>,
}

impl PaidRule for CycleRule {
    fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }

    fn way(&self) -> Option<&str> {
        self.way.as_deref()
    }
}

impl CycleRule {
    /// Whether it is chosen by something that every order states for itself; `has_products`: the platform has
    /// products of its own.
    pub const fn is_per_order(&self, has_products: bool) -> bool {
        self.way.is_some() || (!has_products && self.product.is_some())
    }

    /// Whether it is for everything that no other rule names.
    const fn is_for_others(&self) -> bool {
        self.product.is_none() && self.way.is_none()
    }

    /// What [`settled_as`] makes of what falls under it, beside the product of the platform.
    fn label(&self, lane: &str) -> String {
        let product = self.product.as_deref().unwrap_or(lane);
        match self.way.as_deref() {
            None => product.to_owned(),
            Some(way) if product.is_empty() => way.to_owned(),
            Some(way) => format!("{product}/{way}"),
        }
    }
}

/// The product under which money is added up of which nobody says how it was paid, where its cycle depends
/// on that.
const UNSTATED: &str = "?";

/// Whether a product is one of `UNSTATED`.
pub fn is_unstated(product: &str) -> bool {
    product.strip_suffix(UNSTATED).is_some_and(|lane| lane.is_empty() || lane.ends_with('/'))
}

/// The product under which a transaction is settled: that of the platform (`lane`), or what the rule names
/// that the way of paying falls under, in the shop's own word or the platform's; `UNSTATED` where several
/// rules with other cycles could hold. Payouts leave the account whatever was paid how.
pub fn settled_as(
    rules: &[CycleRule],
    kind: Kind,
    lane: &str,
    (own_word, way): (&str, &str),
) -> String {
    if kind == Kind::Payout || !rules.iter().any(|rule| rule.is_per_order(!lane.is_empty())) {
        return lane.to_owned();
    }
    let product = if lane.is_empty() { own_word } else { lane };
    let held = could_hold(&rules.iter(), (product, way), |_| ());
    let cycle = |rule: Option<&CycleRule>| rule.map_or(Cycle::T1, |rule| rule.cycle);
    let cycles: BTreeSet<Cycle> = held.iter().copied().map(cycle).collect();
    match (held.as_slice(), cycles.len()) {
        ([Some(rule)], _) if !rule.is_for_others() => rule.label(lane),
        // Where several that have one cycle could hold, it is known of none of them that it does.
        (_, ..=1) => lane.to_owned(),
        _ if lane.is_empty() => UNSTATED.to_owned(),
        _ => format!("{lane}/{UNSTATED}"),
    }
}

/// The cycle of a product, also of one that [`settled_as`] has made: by the rule that names it, else by the
/// one for all others, else T1.
pub fn cycle_of(rules: &[CycleRule], product: &str) -> Cycle {
    let lane = product.split_once('/').map_or("", |(lane, _)| lane);
    let is_named = |rule: &&CycleRule| {
        !rule.is_for_others() && (rule.label("") == product || rule.label(lane) == product)
    };
    let named = rules.iter().find(is_named);
    let of_lane =
        || rules.iter().find(|rule| rule.way.is_none() && rule.product.as_deref() == Some(lane));
    let rule = named.or_else(of_lane).or_else(|| rules.iter().find(|rule| rule.is_for_others()));
    rule.map_or(Cycle::T1, |rule| rule.cycle)
}

/// `[movements]`.
pub(crate) fn movements(top: &Section<'_>) -> MovementSettings {
    let section = top.section("movements", "[movements]", &["csv"]);
    MovementSettings { csv: section.parsed("csv", csv_path) }
}

/// `settlement` of an account; empty where it says nothing. `products` are those that it has.
pub(crate) fn rules(account: &Section<'_>, products: &[String]) -> Vec<CycleRule> {
    if let Some(text) = account.peek("settlement") {
        let cycle = account.parsed("settlement", |_| coded_word!(Cycle)(text));
        let rule = |cycle| CycleRule { product: None, way: None, cycle };
        return cycle.map(rule).into_iter().collect();
    }
    if !account.has("settlement") {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for (number, table) in (1_u32..).zip(account.tables("settlement")) {
        let place = format!("settlement {number} of {}", account.place);
        let section = Section::open(account.source, &place, table, &["product", "way", "cycle"]);
        section.require("cycle", "\"T1\"");
        let product = section.parsed("product", |text| known(text, products));
        let Some(cycle) = section.parsed("cycle", coded_word!(Cycle)) else { continue };
        let way = section.text("way").filter(|way| !way.is_empty()).map(str::to_owned);
        if section.has("product") && product.is_none() {
            continue;
        }
        if seen.insert((product.clone(), way.clone())) {
            rules.push(CycleRule { product, way, cycle });
        } else {
            let what = format!("{place} is for the same product and way as another");
            account.source.problem(section.at, "settlement", what, "keep one of them");
        }
    }
    rules
}

fn known(text: &str, products: &[String]) -> Result<String, Wrong> {
    let has_none = products.iter().all(String::is_empty);
    if !text.is_empty() && (has_none || products.iter().any(|product| product == text)) {
        return Ok(text.to_owned());
    }
    let named: Vec<_> = products.iter().filter(|name| !name.is_empty()).cloned().collect();
    let fix = if has_none {
        "write the orders' own word for the way of paying, or leave it out".to_owned()
    } else {
        format!("the account has {}", named.join(", "))
    };
    Err(Wrong::new("not a product of the account", fix))
}

/// Adds the rules to the digest's text, where there are any.
pub(crate) fn put(canon: &mut Canon, rules: &[CycleRule]) {
    for rule in rules {
        canon.put_some("settlement.product", rule.product.as_deref());
        if let Some(way) = &rule.way {
            canon.put("settlement.way", way);
        }
        canon.put("settlement.cycle", rule.cycle.code());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_its_own_cycle_else_that_of_all_others_else_t1() {
        let rule = |product: Option<&str>, cycle| CycleRule {
            product: product.map(str::to_owned),
            way: None,
            cycle,
        };
        let rules = [rule(None, Cycle::D1), rule(Some("quick"), Cycle::T0)];
        assert_eq!(cycle_of(&rules, "quick"), Cycle::T0);
        assert_eq!(cycle_of(&rules, "scan"), Cycle::D1);
        assert_eq!(cycle_of(&rules[1..], "scan"), Cycle::T1);
        assert_eq!(cycle_of(&[], ""), Cycle::T1);
    }

    /// The platform's product, the shop's word and the platform's → what it is settled as, and its cycle.
    #[test]
    fn a_cycle_is_chosen_by_the_way_of_paying_where_it_is_stated() {
        let of = |product: Option<&str>, way: Option<&str>, cycle| CycleRule {
            product: product.map(str::to_owned),
            way: way.map(str::to_owned),
            cycle,
        };
        let by_word = vec![of(None, None, Cycle::T1), of(Some("wx"), None, Cycle::D1)];
        let by_way = vec![of(None, Some("8000"), Cycle::T0), of(None, None, Cycle::D1)];
        let by_both =
            vec![of(Some("scan"), Some("1"), Cycle::T0), of(Some("scan"), None, Cycle::D1)];
        let alike = vec![of(Some("wx"), None, Cycle::D1), of(None, None, Cycle::D1)];
        let table = [
            (&by_word, "", "wx", "", "wx", Cycle::D1),
            (&by_word, "", "ali", "8000", "", Cycle::T1),
            (&by_word, "", "", "8000", "?", Cycle::T1),
            (&by_way, "", "wx", "8000", "8000", Cycle::T0),
            (&by_way, "", "wx", "8001", "", Cycle::D1),
            (&by_way, "", "wx", "", "?", Cycle::D1),
            (&by_way, "quick", "", "8000", "quick/8000", Cycle::T0),
            (&by_both, "scan", "", "1", "scan/1", Cycle::T0),
            (&by_both, "scan", "", "2", "scan", Cycle::D1),
            (&by_both, "scan", "", "", "scan/?", Cycle::D1),
            (&by_both, "quick", "", "1", "quick", Cycle::T1),
            (&alike, "", "", "", "", Cycle::D1),
            (&alike, "", "wx", "", "wx", Cycle::D1),
        ];
        for (rules, lane, own_word, way, expected, cycle) in table {
            let found = settled_as(rules, Kind::Payment, lane, (own_word, way));
            assert_eq!(found, expected, "{lane:?} {own_word:?} {way:?}");
            assert_eq!(cycle_of(rules, &found), cycle, "{lane:?} {own_word:?} {way:?}");
            assert_eq!(is_unstated(&found), expected.ends_with('?'), "{found}");
            assert_eq!(settled_as(rules, Kind::Payout, lane, (own_word, way)), lane);
        }
    }
}
