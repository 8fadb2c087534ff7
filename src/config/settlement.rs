//! `settlement` of an account and `[movements]`: when a provider pays to the bank, and where the file
//! with what it paid is.

use std::collections::BTreeSet;

use super::digest::Canon;
use super::problem::Wrong;
use super::reader::Section;
use super::sections::csv_path;
use super::values::coded_word;

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
    /// The product; `None` for all others.
    pub product: Option<String>,
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

/// The cycle of a product: by the rule that names it, else by the one for all others, else T1.
pub fn cycle_of(rules: &[CycleRule], product: &str) -> Cycle {
    let named = rules.iter().find(|rule| rule.product.as_deref() == Some(product));
    let rule = named.or_else(|| rules.iter().find(|rule| rule.product.is_none()));
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
        return cycle.map(|cycle| CycleRule { product: None, cycle }).into_iter().collect();
    }
    if !account.has("settlement") {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for (number, table) in (1_u32..).zip(account.tables("settlement")) {
        let place = format!("settlement {number} of {}", account.place);
        let section = Section::open(account.source, &place, table, &["product", "cycle"]);
        section.require("cycle", "\"T1\"");
        let product = section.parsed("product", |text| known(text, products));
        let Some(cycle) = section.parsed("cycle", coded_word!(Cycle)) else { continue };
        if section.has("product") && product.is_none() {
            continue;
        }
        if seen.insert(product.clone()) {
            rules.push(CycleRule { product, cycle });
        } else {
            let what = format!("{place} is for the same product as another");
            account.source.problem(section.at, "settlement", what, "keep one of them");
        }
    }
    rules
}

fn known(text: &str, products: &[String]) -> Result<String, Wrong> {
    if products.iter().any(|product| product == text && !text.is_empty()) {
        return Ok(text.to_owned());
    }
    let named: Vec<_> = products.iter().filter(|name| !name.is_empty()).cloned().collect();
    let fix = if named.is_empty() {
        "leave it out: the account has no products".to_owned()
    } else {
        format!("the account has {}", named.join(", "))
    };
    Err(Wrong::new("not a product of the account", fix))
}

/// Adds the rules to the digest's text, where there are any.
pub(crate) fn put(canon: &mut Canon, rules: &[CycleRule]) {
    for rule in rules {
        canon.put_some("settlement.product", rule.product.as_deref());
        canon.put("settlement.cycle", rule.cycle.code());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_has_its_own_cycle_else_that_of_all_others_else_t1() {
        let rule =
            |product: Option<&str>, cycle| CycleRule { product: product.map(str::to_owned), cycle };
        let rules = [rule(None, Cycle::D1), rule(Some("quick"), Cycle::T0)];
        assert_eq!(cycle_of(&rules, "quick"), Cycle::T0);
        assert_eq!(cycle_of(&rules, "scan"), Cycle::D1);
        assert_eq!(cycle_of(&rules[1..], "scan"), Cycle::T1);
        assert_eq!(cycle_of(&[], ""), Cycle::T1);
    }
}
