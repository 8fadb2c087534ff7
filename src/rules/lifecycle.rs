//! The life of a discrepancy across nights: raised, changed, closed by agreement, reopened.

use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::{Discrepancy, DiscrepancyType, State, discrepancy_id};
use crate::ledger_data::{DiscrepancyChange, DiscrepancyEvent};
use crate::order::OrderKey;
use crate::reading::{Pair, Source};
use crate::rules::judge::Finding;
use crate::rules::note::{Answer, ClosingWord, Closure, Figures, Note, Seen, Sides, Well};
use crate::rules::transactions::transactions;
use crate::status::{MerchantStatus, ProviderStatus};

/// The reason code of a discrepancy that closed by itself because both sides agree about the order.
pub const AGREED: &str = "agreed";
/// The reason code of one that closed by itself while the order may have another one, or counts for both
/// sides on two days.
pub const GONE: &str = "gone";
/// Who closes what closes by itself.
pub const JOB: &str = "duizhang";

/// The night in which things happen.
#[derive(Debug, Clone, Copy)]
pub struct Night {
    /// The business date that is reconciled.
    pub date: BusinessDate,
    /// The moment, for the history only.
    pub now: Timestamp,
}

/// The circumstances in which a pair is judged: for which date, and as of which one.
///
/// The two are the same but where a date is reconciled again after later ones: its own report is then
/// put right as of itself, and what is known from now on as of the night after the last one, so that the
/// reports in between stay what they were.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The business date that is reconciled: the one that sees things first.
    pub date: BusinessDate,
    /// The business date from which on things are so.
    pub as_of: BusinessDate,
    /// The moment, for the history only.
    pub now: Timestamp,
    /// What both sides say now.
    pub both_sides: &'a BothSides,
}

/// What both sides of a pair say now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothSides {
    /// How they stand.
    pub sides: Sides,
    /// The merchant's status and amount (fen), and the line of its file.
    pub order: Option<(MerchantStatus, i64, i64)>,
    /// The provider's newest proved word. For the history only: nothing of it goes into a report.
    pub answer: Option<Answer>,
}

impl BothSides {
    /// What a pair says.
    pub fn of(pair: &Pair, business_day: BusinessDay) -> Self {
        let transactions = transactions(&pair.readings);
        let provider = transactions
            .all
            .first()
            .map_or(transactions.absence.0, |transaction| transaction.status);
        let order = pair.orders.first();
        let proved = pair.readings.iter().filter(|r| r.facts.status != ProviderStatus::Unproved);
        let newest = proved.max_by_key(|r| (r.observed_at, r.source == Source::Query));
        let answer = newest.map(|reading| Answer {
            source: reading.source,
            interface: reading.interface.clone(),
            evidence: reading.evidence,
            answered_at: business_day.text(reading.observed_at),
        });
        Self {
            sides: Sides::Order(order.map(|order| order.status), provider),
            order: order.map(|order| (order.status, order.amount.minor, order.line)),
            answer,
        }
    }

    /// What is well of an account.
    pub const fn of_account(well: Well) -> Self {
        Self { sides: Sides::Account(well), order: None, answer: None }
    }

    /// Which word has closed a discrepancy: the merchant's where its side is another one now, else the
    /// provider's.
    fn closing_word(&self, gone: &Discrepancy) -> ClosingWord {
        let then = gone.merchant_status.zip(gone.merchant_amount_minor);
        let other = self.order.filter(|(status, amount, _)| then != Some((*status, *amount)));
        ClosingWord { order_line: other.map(|(.., line)| line), answer: self.answer.clone() }
    }
}

/// What has to be written so that the ledger's discrepancies of one pair are as it was judged.
///
/// - A finding that is dated after the night is left to its own night; but a known one whose money moved
///   there goes with it.
/// - One that was closed by agreement and is back is open again under the same id. One that a person
///   closed stays closed as long as it is the same.
/// - An open one that was not found again closes, and says which answer closed it. So does one that a
///   person closed: what was given up or explained then is not there any more.
/// - Nothing is written where nothing changed.
pub fn changes(
    key: &OrderKey,
    findings: &[Finding],
    existing: &[Discrepancy],
    circumstances: Circumstances<'_>,
) -> Vec<DiscrepancyChange> {
    let mut changes = Vec::new();
    for finding in findings {
        let id = discrepancy_id(key, finding.aspect, &finding.transaction);
        let known = existing.iter().find(|d| d.id == id);
        let is_due = finding.business_date <= circumstances.date;
        let first_seen = if is_due { circumstances.date } else { circumstances.as_of };
        let fresh = discrepancy(key, finding, id, first_seen);
        match known {
            None if finding.business_date <= circumstances.as_of => {
                let note = Note::Seen(Seen::of(&fresh));
                changes.push(change(fresh, "raised", &note, circumstances));
            }
            None => {}
            Some(known) => changes.extend(carried(known, fresh, circumstances)),
        }
    }
    let found = |d: &Discrepancy| {
        findings.iter().any(|f| discrepancy_id(key, f.aspect, &f.transaction) == d.id)
    };
    let is_settled = |d: &Discrepancy| d.state.is_closed() && d.resolved_by == JOB;
    for gone in existing.iter().filter(|d| !is_settled(d) && !found(d)) {
        let closure = if findings.is_empty() { Closure::Agreed } else { Closure::Gone };
        changes.push(closed(
            gone,
            closure,
            Some(circumstances.both_sides.closing_word(gone)),
            circumstances,
        ));
    }
    changes
}

/// The same for a discrepancy of an account, of which there is one per key: `fresh` is how it is now,
/// `None` where all is well. The circumstances's word tells what closes it.
pub fn of_account(
    fresh: Option<Discrepancy>,
    existing: &[Discrepancy],
    circumstances: Circumstances<'_>,
) -> Vec<DiscrepancyChange> {
    let Some(fresh) = fresh else {
        let open = existing.iter().filter(|d| !d.state.is_closed());
        return open.map(|gone| closed(gone, Closure::Agreed, None, circumstances)).collect();
    };
    if let Some(known) = existing.iter().find(|d| d.id == fresh.id) {
        return carried(known, fresh, circumstances).into_iter().collect();
    }
    let note = Note::Seen(Seen::of(&fresh));
    vec![change(fresh, "raised", &note, circumstances)]
}

/// A row as the report of a date shows it: a cross-day row explains the totals of its own business day and
/// closes by itself on the next one, without anything having been said anew.
pub fn shown_on(row: Discrepancy, date: BusinessDate) -> Discrepancy {
    let is_over = row.kind == DiscrepancyType::CrossDay && row.business_date < date;
    if !is_over || row.state.is_closed() {
        return row;
    }
    let sides = Sides::Order(row.merchant_status, row.provider_status);
    Discrepancy {
        state: State::Resolved,
        closed_on: Some(row.business_date.plus_days(1)),
        resolution: GONE.to_owned(),
        resolved_by: JOB.to_owned(),
        resolution_note: Note::Sides(sides).to_string(),
        ..row
    }
}

fn closed(
    gone: &Discrepancy,
    closure: Closure,
    word: Option<ClosingWord>,
    circumstances: Circumstances<'_>,
) -> DiscrepancyChange {
    let sides = circumstances.both_sides.sides;
    let reason = match closure {
        Closure::Agreed => AGREED,
        Closure::Gone => GONE,
    };
    let closed = Discrepancy {
        state: State::Resolved,
        closed_on: Some(circumstances.as_of.max(gone.first_seen)),
        resolution: reason.to_owned(),
        resolved_by: JOB.to_owned(),
        resolution_note: Note::Sides(sides).to_string(),
        ..gone.clone()
    };
    change(closed, "closed", &Note::Closed { closure, sides, word }, circumstances)
}

/// What the report of a date has to say of a pair (or account) that is not what is so from now on:
/// `shown` is what it says so far, `that_day` what has to change there, `known` what is known of it on any
/// date. What an earlier night has seen, the report of a later one does not see for the first time.
pub fn restated(
    from_now_on: &[DiscrepancyChange],
    that_day: Vec<DiscrepancyChange>,
    (shown, known): (&[Discrepancy], &[Discrepancy]),
    is_tonight: bool,
) -> Vec<Discrepancy> {
    let find = |all: &[Discrepancy], id: &str| all.iter().find(|row| row.id == id).cloned();
    let mut wanted: BTreeMap<String, Discrepancy> =
        shown.iter().map(|row| (row.id.clone(), row.clone())).collect();
    for DiscrepancyChange { discrepancy: mut row, .. } in that_day {
        if find(shown, &row.id).is_none()
            && let Some(known) = find(known, &row.id)
        {
            row.first_seen = row.first_seen.min(known.first_seen);
        }
        wanted.insert(row.id.clone(), row);
    }
    let written = |id: &str| {
        let changed = from_now_on.iter().map(|change| &change.discrepancy);
        let changed = changed.filter(|_| is_tonight).find(|row| row.id == id);
        changed.or_else(|| shown.iter().find(|row| row.id == id))
    };
    wanted.retain(|id, row| written(id) != Some(&*row));
    wanted.into_values().collect()
}

fn carried(
    known: &Discrepancy,
    fresh: Discrepancy,
    circumstances: Circumstances<'_>,
) -> Option<DiscrepancyChange> {
    let is_closed = known.state.is_closed();
    let by_job = known.resolved_by == JOB;
    let back = is_closed && (by_job || Figures::of(known) != Figures::of(&fresh));
    if is_closed && !back && known.business_date == fresh.business_date {
        return None;
    }
    // What carries a difference may not stay on a day on which its money is not any more.
    let is_nothing = (is_closed && by_job) || known.difference_minor == 0;
    if fresh.business_date > circumstances.as_of && is_nothing {
        return None;
    }
    // Whichever date is run again, and whenever: it was seen first when it was.
    let next = if back {
        Discrepancy { first_seen: known.first_seen, ..fresh }
    } else {
        Discrepancy {
            first_seen: known.first_seen,
            state: known.state,
            closed_on: known.closed_on,
            resolution: known.resolution.clone(),
            resolved_by: known.resolved_by.clone(),
            resolution_note: known.resolution_note.clone(),
            ..fresh
        }
    };
    if next == *known {
        return None;
    }
    let event = if back { "reopened" } else { "changed" };
    let note = what_changed(known, &next);
    Some(change(next, event, &note, circumstances))
}

/// What a discrepancy was and is now; where its figures are the same, what else is otherwise.
fn what_changed(known: &Discrepancy, next: &Discrepancy) -> Note {
    let (was, is) = (Seen::of(known), Seen::of(next));
    if was != is {
        return Note::Changed(was, is);
    }
    let (then, now) = (known.evidence.answered_on, next.evidence.answered_on);
    match now {
        Some(date) if then != now => Note::NotAnsweredSince(date),
        None if then != now => Note::AnsweredAgain,
        Some(_) | None => Note::OtherEvidence,
    }
}

fn change(
    discrepancy: Discrepancy,
    event: &str,
    note: &Note,
    circumstances: Circumstances<'_>,
) -> DiscrepancyChange {
    DiscrepancyChange {
        event: DiscrepancyEvent {
            discrepancy_id: discrepancy.id.clone(),
            order_no: discrepancy.key.order_no.clone(),
            sequence: 0,
            business_date: circumstances.as_of,
            event: event.to_owned(),
            person: JOB.to_owned(),
            note: note.to_string(),
            occurred_at: circumstances.now,
        },
        discrepancy,
    }
}

fn discrepancy(key: &OrderKey, finding: &Finding, id: String, date: BusinessDate) -> Discrepancy {
    let order = finding.order.as_ref();
    let provider = &finding.provider;
    let own_number = order.map(|o| o.provider_order_no.clone()).unwrap_or_default();
    let number = &provider.provider_order_no;
    // Money of two currencies does not stand in one row.
    let booked = order.filter(|order| order.amount.currency == finding.currency);
    let is_of_provider = provider.currency.is_none_or(|it| it == finding.currency);
    Discrepancy {
        id,
        key: key.clone(),
        kind: finding.kind,
        business_date: finding.business_date,
        first_seen: date,
        timing_until: finding.timing_until,
        state: State::Open,
        closed_on: None,
        difference_minor: finding.difference_minor,
        provider_order_no: if number.is_empty() { own_number } else { number.clone() },
        original_order_no: order.map(|o| o.original_order_no.clone()).unwrap_or_default(),
        currency: finding.currency,
        merchant_amount_minor: booked.map(|o| o.amount.minor),
        provider_amount_minor: provider.amount_minor.filter(|_| is_of_provider),
        merchant_fee_minor: finding.expected_fee_minor.or(booked.and_then(|o| o.fee_minor)),
        provider_fee_minor: provider.fee_minor.filter(|_| is_of_provider),
        merchant_status: order.map(|o| o.status),
        provider_status: provider.status,
        merchant_time: order.and_then(crate::order::Order::moment),
        provider_time: provider.paid_at,
        evidence: provider.evidence.clone(),
        resolution: String::new(),
        resolved_by: String::new(),
        resolution_note: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::judge::{Rules, judge};
    use crate::rules::testing::{at, day, pair};

    /// Plays nights: applies the changes of one night after the other to one pair.
    struct Play {
        known: Vec<Discrepancy>,
        log: Vec<String>,
    }

    impl Play {
        fn night(&mut self, date: &str, text: &str) {
            let rules = Rules {
                business_day: BusinessDay::BEIJING,
                tolerance_minor: 0,
                timing_window_seconds: 24 * 3600,
                fees: &[],
                listed: false,
                offered: true,
                by_bill: None,
                asked_since: None,
            };
            let pair = pair(text);
            let judgement = judge(&pair, &rules);
            let both_sides = BothSides::of(&pair, BusinessDay::BEIJING);
            let (date_of, now) = (day(date), at("21 02:30"));
            let circumstances =
                Circumstances { date: date_of, as_of: date_of, now, both_sides: &both_sides };
            let changes = changes(&pair.key, &judgement.findings, &self.known, circumstances);
            for change in changes {
                let new = change.discrepancy;
                self.log.push(format!("{date} {} {}", change.event.event, new.kind));
                self.known.retain(|d| d.id != new.id);
                self.known.push(new);
            }
        }
    }

    fn play(nights: &[(&str, &str)]) -> Play {
        let mut play = Play { known: Vec::new(), log: Vec::new() };
        for (date, text) in nights {
            play.night(date, text);
        }
        play
    }

    #[test]
    fn a_lost_callback_keeps_its_id_from_pending_to_closure() {
        let played = play(&[
            ("20", "pending 100 | query A pending -"),
            ("20", "pending 100 | query A pending -"),
            ("21", "pending 100 | query A succeeded 100"),
            ("22", "succeeded 100 | query A succeeded 100"),
            ("23", "succeeded 100 | query A succeeded 100"),
        ]);
        assert_eq!(
            played.log,
            [
                "20 raised still_pending",
                "21 changed paid_only_at_provider",
                "22 closed paid_only_at_provider"
            ]
        );
        assert_eq!(played.known.len(), 1);
        let only = &played.known[0];
        assert_eq!((only.first_seen, only.closed_on), (day("20"), Some(day("22"))));
        assert_eq!((&*only.resolution, &*only.resolved_by), (AGREED, JOB));
    }

    #[test]
    fn an_earlier_day_that_is_reconciled_later_moves_nothing() {
        let missing = "succeeded 100 | query - not_found -";
        let played = play(&[("21", missing), ("20", missing), ("22", missing), ("20", missing)]);
        assert_eq!(played.log, ["21 raised missing_at_provider"]);
        assert_eq!(played.known[0].first_seen, day("21"));
    }

    #[test]
    fn what_comes_back_is_open_again_under_its_id() {
        let played = play(&[
            ("20", "succeeded 100 | query - not_found -"),
            ("21", "succeeded 100 | query A succeeded 100"),
            ("22", "succeeded 100 | query A failed -"),
        ]);
        assert_eq!(
            played.log,
            [
                "20 raised missing_at_provider",
                "21 closed missing_at_provider",
                "22 reopened paid_only_at_merchant"
            ]
        );
        assert_eq!(played.known[0].closed_on, None);
        assert_eq!(played.known[0].first_seen, day("20"));
    }

    #[test]
    fn what_a_person_closed_stays_closed_until_it_changes() {
        let mut played = play(&[("20", "succeeded 100 | query A succeeded 90")]);
        let only = &mut played.known[0];
        only.state = State::WrittenOff;
        only.resolved_by = "li".to_owned();
        played.night("21", "succeeded 100 | query A succeeded 90");
        assert_eq!(played.log.len(), 1);
        played.night("22", "succeeded 100 | query A succeeded 80");
        assert_eq!(played.log.last().map(String::as_str), Some("22 reopened amount_mismatch"));
        assert_eq!(played.known[0].state, State::Open);
    }

    #[test]
    fn what_is_dated_to_a_later_day_waits_for_its_night() {
        let played = play(&[
            ("20", "succeeded 100 paid=20_23:59 | query A succeeded 100 paid=21_00:01"),
            ("21", "succeeded 100 paid=20_23:59 | query A succeeded 100 paid=21_00:01"),
        ]);
        assert_eq!(played.log, ["20 raised cross_day", "21 raised cross_day"]);
        let dates: Vec<_> = played.known.iter().map(|d| d.business_date).collect();
        assert_eq!(dates, [day("20"), day("21")]);
    }

    #[test]
    fn an_open_one_is_not_closed_because_its_money_moved_to_tomorrow() {
        let played = play(&[
            ("20", "pending 100 | query A pending -"),
            ("20", "pending 100 | query A succeeded 100 paid=21_00:01"),
            ("21", "pending 100 | query A succeeded 100 paid=21_00:01"),
        ]);
        assert_eq!(played.log, ["20 raised still_pending", "21 changed paid_only_at_provider"]);
    }
}
