//! From readings to transactions: what the provider's words about one order come to today.

use std::collections::BTreeMap;

use crate::business_day::Timestamp;
use crate::discrepancy::{Evidence, TimeFrom};
use crate::money::Money;
use crate::reading::{Reading, Source};
use crate::status::ProviderStatus;

/// One transaction of the provider, as its readings say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// The provider's own number; may be empty.
    pub provider_order_no: String,
    /// A real status, never not-found or unproved.
    pub status: ProviderStatus,
    /// What was paid, where it is stated.
    pub amount: Option<Money>,
    /// The fee, where it is stated (fen).
    pub fee_minor: Option<i64>,
    /// Of the amount, what did not reach the payee because the fee was taken out of it (fen).
    pub withheld_minor: Option<i64>,
    /// The way of paying in the platform's word, where it states one; else empty.
    pub way: String,
    /// When it was paid, where it is stated.
    pub paid_at: Option<Timestamp>,
    /// The reading that decided.
    pub evidence: Evidence,
    /// When that was said.
    pub observed_at: Timestamp,
    /// A further content under the same provider number, if the provider contradicts itself.
    pub contradicted_by: Vec<Contradiction>,
}

/// Another content of the same provider transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The other amount.
    pub amount: Option<Money>,
    /// The other status.
    pub status: ProviderStatus,
    /// Where it was said.
    pub evidence: Evidence,
}

/// All that a provider says about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    /// Sorted: succeeded first, then by time of payment, then by provider order number.
    pub all: Vec<Transaction>,
    /// Where there is no transaction: not found or unproved, and what says so.
    pub absence: (ProviderStatus, Evidence),
    /// What a statement file alone tells of, and nobody has proved: it is shown, and counted nowhere.
    pub claim: Option<Transaction>,
}

/// Derives the provider's transactions from the current readings of one order.
///
/// - Of a listing's row and an answer to a question about the order the newer one decides, the answer if
///   both were said at once. An answer speaks for the transaction whose number it carries (or for the only
///   one, if it carries none).
/// - What carries no number beside several transactions that do, and says the status of one of them,
///   is about one of these: it is no further transaction, and decides nothing among them.
/// - "No such order" and "no trustworthy answer" never undo what a verified answer stated.
/// - A callback or a row of a file is a witness: it adds what an answer leaves out, and never decides
///   against one.
/// - A second content under one provider number within a listing, or a question's answer that states
///   another amount than the listing, is kept as a contradiction.
pub fn transactions(readings: &[Reading]) -> Transactions {
    let mut groups: BTreeMap<&str, Vec<&Reading>> = BTreeMap::new();
    let mut absence = (ProviderStatus::Unproved, Evidence::none());
    let denied = readings
        .iter()
        .any(|r| r.source == Source::Query && r.facts.status == ProviderStatus::NotFound);
    for reading in readings {
        if denied && reading.source == Source::Notification {
            continue;
        }
        match reading.facts.status {
            ProviderStatus::NotFound | ProviderStatus::Unproved => {
                if absence.0 == ProviderStatus::Unproved {
                    absence = (reading.facts.status, evidence(reading));
                }
            }
            ProviderStatus::Pending
            | ProviderStatus::Succeeded
            | ProviderStatus::Failed
            | ProviderStatus::Refunded
            | ProviderStatus::Returned
            | ProviderStatus::Held => {
                groups.entry(&reading.facts.provider_order_no).or_default().push(reading);
            }
        }
    }
    adopt_unnumbered(&mut groups);
    let mut all: Vec<Transaction> = groups.into_values().filter_map(|g| transaction(&g)).collect();
    drop_unnumbered(&mut all);
    all.sort_by_key(|t| {
        (t.status != ProviderStatus::Succeeded, t.paid_at, t.provider_order_no.clone())
    });
    Transactions { all, absence, claim: None }
}

/// A reading without a provider number belongs to the only numbered transaction, if there is one.
fn adopt_unnumbered<'a>(groups: &mut BTreeMap<&'a str, Vec<&'a Reading>>) {
    if groups.len() != 2 {
        return;
    }
    if let Some(unnumbered) = groups.remove("")
        && let Some(only) = groups.values_mut().next()
    {
        only.extend(unnumbered);
    }
}

/// What has no number and says the status of a numbered one is not counted once more. There are several
/// numbered ones, or it would have been adopted.
fn drop_unnumbered(all: &mut Vec<Transaction>) {
    let is_unnumbered = |it: &Transaction| it.provider_order_no.is_empty();
    let Some(status) = all.iter().find(|it| is_unnumbered(it)).map(|it| it.status) else { return };
    if all.iter().any(|it| !is_unnumbered(it) && it.status == status) {
        all.retain(|it| !is_unnumbered(it));
    }
}

fn transaction(group: &[&Reading]) -> Option<Transaction> {
    let newest = |source: Source| group.iter().find(|r| r.source == source).copied();
    let answers = [newest(Source::Listing), newest(Source::Query)];
    let answer = answers.into_iter().flatten().max_by_key(|r| (r.observed_at, r.source));
    let decisive =
        answer.or_else(|| newest(Source::Statement)).or_else(|| newest(Source::Notification))?;
    let stated = |pick: fn(&Reading) -> Option<i64>| {
        pick(decisive).or_else(|| group.iter().find_map(|r| pick(r)))
    };
    let (amount, amount_from) = stated_amount(group, decisive);
    let (paid_at, time_from) = stated_time(group, decisive);
    Some(Transaction {
        provider_order_no: group
            .iter()
            .map(|r| &r.facts.provider_order_no)
            .find(|number| !number.is_empty())
            .cloned()
            .unwrap_or_default(),
        status: decisive.facts.status,
        amount,
        fee_minor: stated(|r| r.facts.fee_minor),
        withheld_minor: stated(|r| r.facts.withheld_minor),
        way: stated_way(group, decisive),
        paid_at,
        evidence: Evidence { time_from, amount_from, ..evidence(decisive) },
        observed_at: decisive.observed_at,
        contradicted_by: contradictions(group, decisive, amount)
            .map(|r| Contradiction {
                amount: r.facts.amount,
                status: r.facts.status,
                evidence: evidence(r),
            })
            .collect(),
    })
}

/// The way of paying, by the decisive reading, else by one that names it; empty where those that do differ.
fn stated_way(group: &[&Reading], decisive: &Reading) -> String {
    if !decisive.facts.way.is_empty() {
        return decisive.facts.way.clone();
    }
    let mut stated = group.iter().map(|r| &r.facts.way).filter(|way| !way.is_empty());
    let first = stated.next();
    first.filter(|first| stated.all(|other| other == *first)).cloned().unwrap_or_default()
}

/// The amount, and whose it is where the decisive reading states none.
fn stated_amount(
    group: &[&Reading],
    decisive: &Reading,
) -> (Option<Money>, Option<(Source, String)>) {
    if decisive.facts.amount.is_some() {
        return (decisive.facts.amount, None);
    }
    match group.iter().find(|r| r.facts.amount.is_some()) {
        Some(other) => (other.facts.amount, Some((other.source, other.interface.clone()))),
        None => (None, None),
    }
}

/// The time of payment, and whose it is.
fn stated_time(group: &[&Reading], decisive: &Reading) -> (Option<Timestamp>, TimeFrom) {
    if decisive.facts.paid_at.is_some() {
        return (decisive.facts.paid_at, TimeFrom::Stated);
    }
    match group.iter().find(|r| r.facts.paid_at.is_some()) {
        Some(other) => (other.facts.paid_at, TimeFrom::Other(other.source)),
        None => (None, TimeFrom::Stated),
    }
}

/// The readings that cannot be true together with the decisive one: another amount, or one row too
/// many of one source. Of several rows of a source the one that says the same as the decisive
/// reading, else the first, is no contradiction by being there.
fn contradictions<'a>(
    group: &'a [&'a Reading],
    decisive: &'a Reading,
    amount: Option<Money>,
) -> impl Iterator<Item = &'a Reading> {
    let same = move |r: &&Reading| {
        (r.facts.amount, r.facts.paid_at) == (decisive.facts.amount, decisive.facts.paid_at)
    };
    group.iter().copied().filter(move |reading| {
        let of_source = || group.iter().copied().filter(|r| r.source == reading.source);
        let base = if reading.source == decisive.source {
            Some(decisive)
        } else {
            of_source().find(same).or_else(|| of_source().next())
        };
        let is_no_callback = reading.source != Source::Notification;
        let one_too_many = is_no_callback && base.is_some_and(|base| !std::ptr::eq(base, *reading));
        let other_amount = reading.facts.amount.is_some() && reading.facts.amount != amount;
        one_too_many || other_amount
    })
}

fn evidence(reading: &Reading) -> Evidence {
    Evidence {
        source: Some(reading.source),
        interface: reading.interface.clone(),
        assurance: reading.assurance,
        status_code: reading.facts.status_code.clone(),
        amount_assumed: false,
        time_from: TimeFrom::Stated,
        callback_at: None,
        amount_from: None,
        answered_on: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{reading, stream};

    /// `source number status amount` per reading → `number status amount[!contradictions]`.
    #[test]
    fn readings_come_together_as_the_rules_say() {
        let table = [
            ("listing A succeeded 100", "A succeeded 100"),
            ("query A succeeded 100", "A succeeded 100"),
            ("listing A succeeded 100; query A refunded 100", "A refunded 100"),
            ("listing A succeeded 100; query - refunded -", "A refunded 100"),
            ("listing A succeeded 100; query A succeeded 90", "A succeeded 90!1"),
            // The newer word, whatever interface said it.
            ("listing A succeeded 100 said=22_02:30; query A pending 100", "A succeeded 100"),
            ("listing A succeeded 100 said=20_02:30; query A refunded 100", "A refunded 100"),
            ("listing A succeeded 90 said=22_02:30; query A succeeded 100", "A succeeded 90!1"),
            ("query A pending 100; statement A succeeded 100 said=23_02:30", "A pending 100"),
            ("query A refunded 100; notification A succeeded 100 said=23_02:30", "A refunded 100"),
            ("listing A succeeded 100; listing A succeeded 90 x2", "A succeeded 100!1"),
            (
                "listing A succeeded 100; listing A succeeded 90 x2; query A succeeded 90",
                "A succeeded 90!1",
            ),
            (
                "listing A succeeded 100; listing A succeeded 100 paid=20_10:01 x2; query A succeeded 100",
                "A succeeded 100!1",
            ),
            (
                "listing A succeeded 100; listing A succeeded 90 x2; query A succeeded 80",
                "A succeeded 80!2",
            ),
            (
                "listing A succeeded 100; listing B succeeded 100",
                "A succeeded 100, B succeeded 100",
            ),
            ("listing A succeeded 100; query - not_found -", "A succeeded 100"),
            ("listing A succeeded 100; query - unproved -", "A succeeded 100"),
            ("query A succeeded -; notification A succeeded 100", "A succeeded 100"),
            ("query - succeeded -; notification A succeeded 100", "A succeeded 100"),
            ("query A pending 100; notification A succeeded 100", "A pending 100"),
            ("query A succeeded 100; notification A succeeded 90", "A succeeded 100!1"),
            ("query A succeeded 100; notification A succeeded -", "A succeeded 100"),
            ("query - not_found -; notification A succeeded 100", "not_found"),
            ("query - unproved -; notification A succeeded 100", "A succeeded 100"),
            ("query - not_found -", "not_found"),
            ("query - unproved -", "unproved"),
            ("", "unproved"),
            ("listing B succeeded 100; query A failed 100", "B succeeded 100, A failed 100"),
        ];
        come_to(&table);
    }

    #[test]
    fn what_has_no_number_beside_several_that_do_is_about_one_that_says_the_same() {
        let table = [
            (
                "query - succeeded -; statement A succeeded 100; statement B succeeded 100 x2",
                "A succeeded 100, B succeeded 100",
            ),
            (
                "query - succeeded 70; statement A succeeded 100; statement B failed 90 x2",
                "A succeeded 100, B failed 90",
            ),
            (
                "query - refunded 100; statement A succeeded 100; statement B succeeded 100 x2",
                "A succeeded 100, B succeeded 100,  refunded 100",
            ),
            // What a transaction came to counts, not what one of its readings once said.
            (
                "listing A succeeded 100; query A refunded -; statement - succeeded 90; statement B failed 80 x2",
                " succeeded 90, B failed 80, A refunded 100",
            ),
            // Those without a number are one, and the answer decides what it came to.
            (
                "query - refunded 100; statement - succeeded 100; statement A succeeded 100 x2; statement B succeeded 100 x3",
                "A succeeded 100, B succeeded 100,  refunded 100",
            ),
            (
                "query - succeeded -; statement - failed 100; statement A succeeded 100 x2; statement B succeeded 100 x3",
                "A succeeded 100, B succeeded 100",
            ),
            (
                "query - succeeded 100; notification A succeeded 100; notification B succeeded 100 x2",
                "A succeeded 100, B succeeded 100",
            ),
        ];
        come_to(&table);
    }

    fn come_to(table: &[(&str, &str)]) {
        for (readings, expected) in table {
            let readings: Vec<Reading> = readings
                .split(';')
                .filter(|text| !text.trim().is_empty())
                .map(|text| reading(&stream(), "1", text.trim()))
                .collect();
            let found = transactions(&readings);
            let mut text: Vec<String> = found.all.iter().map(print).collect();
            if text.is_empty() {
                text.push(found.absence.0.to_string());
            }
            assert_eq!(text.join(", "), *expected, "{readings:?}");
        }
    }

    #[test]
    fn whose_amount_it_is_is_named_only_where_the_decisive_reading_states_none() {
        let table = [
            ("query A succeeded 100; statement A succeeded 100", None),
            ("query A succeeded -; statement A succeeded 100", Some(Source::Statement)),
            ("query - succeeded -; statement A succeeded 100", Some(Source::Statement)),
            ("query A succeeded -; notification A succeeded 100", Some(Source::Notification)),
            (
                "query A succeeded -; statement A succeeded 90; notification A succeeded 100",
                Some(Source::Statement),
            ),
            ("listing A succeeded 100; query A refunded -", Some(Source::Listing)),
            ("statement A succeeded -; notification A succeeded 100", Some(Source::Notification)),
            ("query A succeeded -; statement B succeeded 100", None),
            ("query A succeeded -; notification A succeeded -", None),
            ("statement A succeeded 100; notification A succeeded 100", None),
        ];
        for (text, expected) in table {
            let readings: Vec<Reading> = text
                .split(';')
                .map(|text| {
                    let reading = reading(&stream(), "1", text.trim());
                    Reading { interface: format!("way {}", reading.source), ..reading }
                })
                .collect();
            let all = transactions(&readings).all;
            let decided = all.iter().find(|it| it.evidence.source == Some(readings[0].source));
            let found = decided.or_else(|| all.first()).expect(text).evidence.amount_from.clone();
            assert_eq!(found, expected.map(|it| (it, format!("way {it}"))), "{text}");
        }
    }

    fn print(t: &Transaction) -> String {
        let again = match t.contradicted_by.len() {
            0 => String::new(),
            n => format!("!{n}"),
        };
        let amount = t.amount.map_or("-".to_owned(), |a| a.minor.to_string());
        format!("{} {} {amount}{again}", t.provider_order_no, t.status)
    }
}
