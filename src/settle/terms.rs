//! The terms on which a platform keeps an account, as it stated them in the night of a date, beside those
//! of the last night that knew any and those of the configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LOOK_BACK_DAYS, SNAPSHOT_SECONDS_MAX, SettleError, Settling};
use crate::balance::{AccountTerm, BalanceAsk, TermKind};
use crate::config::CycleRule;

/// A term, and what it was or should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedTerm {
    /// What the platform states now; its value is empty where it states the term no more.
    pub term: AccountTerm,
    /// What it stated in the last night before, where that is something else; empty for nothing.
    pub was: Option<String>,
    /// What the configuration says, where that is something else.
    pub configured: Option<String>,
}

impl StatedTerm {
    /// Whether a person has to look at it: it changed, contradicts the configuration, or says that the
    /// account is frozen.
    pub fn is_finding(&self) -> bool {
        let is_frozen = self.term.kind == TermKind::AccountState && self.term.value == "frozen";
        self.was.is_some() || self.configured.is_some() || is_frozen
    }
}

impl Settling<'_> {
    /// The terms of the night of the date.
    pub(super) async fn stated_terms(&self) -> Result<Vec<StatedTerm>, SettleError> {
        let (day, date) = (self.request.business_day, self.request.night.date);
        let from = day.start_of(date.plus_days(LOOK_BACK_DAYS.saturating_neg()));
        let noon = |back: i64| {
            day.end_of(date.plus_days(back)).plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_add(1))
        };
        let asks = self.ledger.balance_asks(&self.terms.name, from, noon(0)).await?;
        let (before, tonight): (Vec<BalanceAsk>, Vec<BalanceAsk>) = asks
            .into_iter()
            .filter(|it| !it.terms.is_empty())
            .partition(|it| it.asked_at < noon(-1));
        let last = |asks: Vec<BalanceAsk>| asks.into_iter().next_back().map(|ask| ask.terms);
        let cycles = self.terms.cycles.as_deref().unwrap_or_default();
        Ok(last(tonight).map_or_else(Vec::new, |now| compared(now, last(before), cycles)))
    }
}

/// Puts terms beside those of before and the configuration. Sorted by channel and term.
fn compared(
    now: Vec<AccountTerm>,
    before: Option<Vec<AccountTerm>>,
    cycles: &[CycleRule],
) -> Vec<StatedTerm> {
    let by_name = |terms: Vec<AccountTerm>| -> BTreeMap<(String, TermKind), String> {
        terms.into_iter().map(|it| ((it.channel, it.kind), it.value)).collect()
    };
    let knew_any = before.is_some();
    let (mut now, before) = (by_name(now), by_name(before.unwrap_or_default()));
    for name in before.keys() {
        now.entry(name.clone()).or_default();
    }
    let stated = |((channel, kind), value): ((String, TermKind), String)| {
        let name = (channel, kind);
        let was = before.get(&name).cloned().unwrap_or_default();
        let configured = (kind == TermKind::SettleCycle).then(|| configured(cycles, &value));
        let (channel, kind) = name;
        StatedTerm {
            was: (knew_any && was != value).then_some(was),
            configured: configured.flatten(),
            term: AccountTerm { channel, kind, value },
        }
    };
    now.into_iter().map(stated).collect()
}

/// The cycles of the configuration, where there are some and the platform's is none of them.
fn configured(cycles: &[CycleRule], value: &str) -> Option<String> {
    let codes: Vec<&str> = cycles.iter().map(|rule| rule.cycle.code()).collect();
    let differs = !codes.is_empty() && !codes.contains(&value);
    differs.then(|| codes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Cycle;

    fn term(kind: TermKind, value: &str) -> AccountTerm {
        AccountTerm { channel: "1001".to_owned(), kind, value: value.to_owned() }
    }

    fn found(now: &[AccountTerm], before: Option<&[AccountTerm]>, cycles: &[CycleRule]) -> String {
        let all = compared(now.to_vec(), before.map(<[_]>::to_vec), cycles);
        let texts = all.iter().filter(|it| it.is_finding()).map(|it| {
            let more = it.was.iter().map(|was| format!(" was {was:?}"));
            let more = more.chain(it.configured.iter().map(|it| format!(" configured {it}")));
            format!("{}={}{}", it.term.kind, it.term.value, more.collect::<String>())
        });
        texts.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_change_a_contradiction_and_a_frozen_account_are_findings() {
        use TermKind::{AccountState, MerchantType, SettleCycle};
        let (t1, d0) = ([term(MerchantType, "T1")], [term(MerchantType, "D0")]);
        assert_eq!(found(&t1, None, &[]), "");
        assert_eq!(found(&t1, Some(&t1), &[]), "");
        assert_eq!(found(&d0, Some(&t1), &[]), "merchant_type=D0 was \"T1\"");
        let cycle = [term(SettleCycle, "D1")];
        assert_eq!(found(&cycle, Some(&[]), &[]), "settle_cycle=D1 was \"\"");
        let both = [term(MerchantType, "T1"), term(SettleCycle, "D1")];
        assert_eq!(found(&t1, Some(&both), &[]), "settle_cycle= was \"D1\"");
        let rule = |cycle| CycleRule { product: None, way: None, cycle };
        assert_eq!(found(&cycle, None, &[rule(Cycle::T1)]), "settle_cycle=D1 configured T1");
        assert_eq!(found(&cycle, None, &[rule(Cycle::T1), rule(Cycle::D1)]), "");
        let state = |value| [term(AccountState, value)];
        assert_eq!(found(&state("frozen"), Some(&state("frozen")), &[]), "account_state=frozen");
        assert_eq!(found(&state("normal"), Some(&state("normal")), &[]), "");
    }
}
