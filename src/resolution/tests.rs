//! Decisions, played one after the other on one discrepancy.

use super::*;
use crate::business_day::Timestamp;
use crate::discrepancy::{Aspect, DiscrepancyType, Evidence, discrepancy_id};
use crate::ledger_data::ChainEntry;
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::rules::lifecycle::AGREED;
use crate::status::{Kind, MerchantStatus, ProviderStatus};

fn row(difference_minor: i64) -> Discrepancy {
    let stream = Stream { account: "a".to_owned(), kind: Kind::Payment, product: String::new() };
    let key = OrderKey { stream, order_no: "1".to_owned() };
    Discrepancy {
        id: discrepancy_id(&key, Aspect::Status, ""),
        key,
        kind: DiscrepancyType::AmountMismatch,
        business_date: day(20),
        first_seen: day(20),
        timing_until: None,
        state: State::Open,
        closed_on: None,
        difference_minor,
        provider_order_no: String::new(),
        original_order_no: String::new(),
        currency: Currency::CNY,
        merchant_amount_minor: Some(100),
        provider_amount_minor: Some(90),
        merchant_fee_minor: None,
        provider_fee_minor: None,
        merchant_status: Some(MerchantStatus::Succeeded),
        provider_status: ProviderStatus::Succeeded,
        merchant_time: None,
        provider_time: None,
        evidence: Evidence::none(),
        resolution: String::new(),
        resolved_by: String::new(),
        resolution_note: String::new(),
    }
}

fn day(day: u32) -> BusinessDate {
    BusinessDate::from_number(20_261_100 + i32::try_from(day).expect("a day")).expect("a date")
}

/// One discrepancy and its chain, as a ledger keeps them.
struct Play {
    row: Discrepancy,
    entries: Vec<ChainEntry>,
    rules: Rules,
    before: Vec<Discrepancy>,
}

impl Play {
    fn new(difference_minor: i64, four_eyes_above_minor: Option<i64>) -> Self {
        let moment = Night { date: day(21), now: Timestamp::from_epoch_seconds(1) };
        let rules = Rules { four_eyes_above_minor, moment };
        let row = row(difference_minor);
        let mut play = Self { row, entries: Vec::new(), rules, before: Vec::new() };
        play.job("raised", |_| {});
        play
    }

    fn events(&self) -> Vec<DiscrepancyEvent> {
        self.entries.iter().map(|entry| entry.event.clone()).collect()
    }

    fn put(&mut self, change: DiscrepancyChange) {
        self.before.push(std::mem::replace(&mut self.row, change.discrepancy));
        let sequence = i32::try_from(self.entries.len()).expect("few") + 1;
        let event = DiscrepancyEvent { sequence, ..change.event };
        let previous = self.entries.last().and_then(|entry| entry.hash.clone());
        let row_hash = chain::row_hash(&self.row);
        let hash = Some(chain::entry_hash(&previous.unwrap_or_default(), &event, &row_hash));
        let content_hash = chain::content_hash(&event, &row_hash);
        self.entries.push(ChainEntry { event, hash, row_hash, content_hash, row: None });
        for entry in &mut self.entries {
            entry.row = Some(self.row.clone());
        }
        assert_eq!(chain::check(&self.entries), Ok(()), "row and history agree");
        let replayed = History::replay(&self.events()).standing;
        assert_eq!(replayed, Standing::of(&self.row), "the history tells how the row stands");
    }

    fn job(&mut self, event: &str, change: impl Fn(&mut Discrepancy)) {
        let mut discrepancy = self.row.clone();
        change(&mut discrepancy);
        let note = if event == "closed" { "both sides agree: story" } else { "" };
        let event = DiscrepancyEvent {
            discrepancy_id: discrepancy.id.clone(),
            order_no: "1".to_owned(),
            sequence: 0,
            business_date: day(22),
            event: event.to_owned(),
            person: JOB.to_owned(),
            note: note.to_owned(),
            occurred_at: Timestamp::from_epoch_seconds(2),
        };
        self.put(DiscrepancyChange { discrepancy, event });
    }

    fn closes(&mut self) {
        self.job("closed", |row| {
            row.state = State::Resolved;
            row.closed_on = Some(day(22));
            row.resolution = AGREED.to_owned();
            row.resolved_by = JOB.to_owned();
            row.resolution_note = "story".to_owned();
        });
    }

    fn take(&mut self, decided: Result<Decided, Refusal>) -> Result<Effect, Refusal> {
        let decided = decided?;
        for change in decided.changes {
            self.put(change);
        }
        Ok(decided.effect)
    }

    fn wish(&mut self, reason: Reason, person: &str) -> Result<Effect, Refusal> {
        self.wish_with(reason, person, None)
    }

    fn wish_with(
        &mut self,
        reason: Reason,
        person: &str,
        importer: Option<&str>,
    ) -> Result<Effect, Refusal> {
        let wish = Wish::new(reason, person, "note: with a colon")?;
        let decided = decide(&self.row, &self.events(), &wish, importer, self.rules);
        self.take(decided)
    }

    fn undo(&mut self) -> Result<Effect, Refusal> {
        let decided = undo(&self.row, &self.events(), "chen", "mistake", self.rules);
        self.take(decided)
    }

    fn confirm(&mut self, person: &str) -> Result<Effect, Refusal> {
        let decided = confirm(&self.row, &self.events(), person, self.rules);
        self.take(decided)
    }

    fn stands(&self) -> String {
        format!("{} {} {}", self.row.state, self.row.resolution, self.row.resolved_by)
    }
}

#[test]
fn every_reason_leads_to_its_state_and_back() {
    for reason in Reason::ALL.iter().copied() {
        let mut play = Play::new(100, None);
        let effect = play.wish(reason, "li");
        if reason.is_the_jobs() {
            assert_eq!(effect, Err(Refusal::OnlyTheJob));
            continue;
        }
        if reason == Reason::Reopened {
            assert_eq!(effect, Err(Refusal::NotClosed));
            continue;
        }
        assert_eq!(effect, Ok(Effect::Applied), "{reason}");
        assert_eq!(play.stands(), format!("{} {reason} li", reason.state()));
        assert_eq!(play.row.closed_on.is_some(), reason.state().is_closed());
        assert_eq!(play.wish(reason, "LI "), Ok(Effect::Unchanged));
        assert_eq!(play.undo(), Ok(Effect::Applied));
        assert_eq!(play.row, row(100), "{reason}");
    }
}

#[test]
fn what_is_closed_is_reopened_first() {
    let mut play = Play::new(100, None);
    assert_eq!(play.wish(Reason::Suspense, "li"), Ok(Effect::Applied));
    assert_eq!(play.wish(Reason::OrderCompleted, "wang"), Ok(Effect::Applied));
    let refused = play.wish(Reason::WrittenOff, "li");
    let expected = Refusal::ClosedByPerson {
        resolution: "order_completed".to_owned(),
        person: "wang".to_owned(),
    };
    assert_eq!(refused, Err(expected));
    assert_eq!(play.wish(Reason::Reopened, "li"), Ok(Effect::Applied));
    assert_eq!(play.stands(), "open  ");
    assert_eq!(play.wish(Reason::Reopened, "li"), Ok(Effect::Unchanged));
    assert_eq!(play.wish(Reason::Reopened, "wang"), Err(Refusal::NotClosed));
    assert_eq!(play.wish(Reason::WrittenOff, "li"), Ok(Effect::Applied));
}

#[test]
fn undo_takes_back_one_after_the_other_until_the_job_has_acted() {
    let mut play = Play::new(100, None);
    for reason in [Reason::Suspense, Reason::OrderCompleted, Reason::Reopened] {
        assert_eq!(play.wish(reason, "li"), Ok(Effect::Applied));
    }
    for expected in ["resolved order_completed li", "suspense suspense li", "open  "] {
        assert_eq!(play.undo(), Ok(Effect::Applied));
        assert_eq!(play.stands(), expected);
    }
    assert_eq!(play.undo(), Err(Refusal::NothingToUndo));
    assert_eq!(play.wish(Reason::Suspense, "li"), Ok(Effect::Applied));
    play.job("changed", |row| row.difference_minor = 7);
    assert_eq!(play.undo(), Ok(Effect::Applied), "a change of figures decides nothing");
    assert_eq!(play.row.difference_minor, 7);
    assert_eq!(play.wish(Reason::Suspense, "li"), Ok(Effect::Applied));
    play.closes();
    assert_eq!(play.undo(), Err(Refusal::NothingToUndo));
    let closed = Refusal::ClosedByJob { on: Some(day(22)) };
    assert_eq!(play.wish(Reason::OrderCompleted, "li"), Err(closed.clone()));
    assert_eq!(play.wish(Reason::Reopened, "li"), Err(closed));
}

#[test]
fn much_money_takes_two_people() {
    let mut play = Play::new(-1_000_001, Some(1_000_000));
    assert_eq!(play.wish(Reason::Suspense, "li"), Ok(Effect::Applied), "suspense closes nothing");
    assert_eq!(play.confirm("wang"), Err(Refusal::NothingProposed));
    assert_eq!(play.wish(Reason::WrittenOff, "li"), Ok(Effect::Proposed));
    assert_eq!(play.stands(), "suspense suspense li");
    assert_eq!(play.wish(Reason::WrittenOff, "Li"), Ok(Effect::Waiting));
    assert_eq!(play.confirm("li"), Err(Refusal::SamePerson { person: "li".to_owned() }));
    assert_eq!(play.confirm("wang"), Ok(Effect::Applied));
    assert_eq!(play.stands(), "written_off written_off li / wang");
    assert_eq!(play.wish(Reason::WrittenOff, "li"), Ok(Effect::Unchanged));
    assert_eq!(play.wish(Reason::WrittenOff, "wang"), Ok(Effect::Unchanged));
    assert_eq!(play.undo(), Ok(Effect::Applied));
    assert_eq!(play.stands(), "suspense suspense li");
    assert_eq!(play.confirm("wang"), Err(Refusal::NothingProposed));
}

#[test]
fn a_second_person_confirms_with_the_same_word_and_replaces_with_another() {
    let mut play = Play::new(1_000_001, Some(1_000_000));
    assert_eq!(play.wish(Reason::OrderCompleted, "li"), Ok(Effect::Proposed));
    assert_eq!(play.wish(Reason::Refunded, "wang"), Ok(Effect::Proposed));
    assert_eq!(play.wish(Reason::Refunded, "li"), Ok(Effect::Applied));
    assert_eq!(play.stands(), "resolved refunded wang / li");
    let mut play = Play::new(1_000_001, Some(1_000_000));
    assert_eq!(play.wish_with(Reason::Refunded, "li", Some("li")), Ok(Effect::Proposed));
    play.job("changed", |row| row.difference_minor = 1_000_002);
    assert_eq!(play.confirm("wang"), Err(Refusal::NothingProposed), "the figures are others");
    assert_eq!(play.wish_with(Reason::Refunded, "li", Some("wang")), Ok(Effect::Applied));
    assert_eq!(play.stands(), "resolved refunded li / wang");
    let mut play = Play::new(1_000_000, Some(1_000_000));
    assert_eq!(play.wish(Reason::Refunded, "li"), Ok(Effect::Applied), "the limit itself is one's");
}

#[test]
fn a_wish_says_all_that_it_has_to_say() {
    let long = |length: usize| "字".repeat(length);
    let table: Vec<(Reason, String, String, Result<&str, Refusal>)> = vec![
        (Reason::Refunded, "li".to_owned(), String::new(), Ok("")),
        (Reason::Refunded, " 李 四 ".to_owned(), " a\n b\t".to_owned(), Ok("a b")),
        (Reason::Agreed, "li".to_owned(), String::new(), Err(Refusal::OnlyTheJob)),
        (Reason::Refunded, "  ".to_owned(), String::new(), Err(Refusal::PersonMissing)),
        (Reason::Refunded, "DuiZhang".to_owned(), String::new(), Err(Refusal::PersonName)),
        (Reason::Refunded, "a / b".to_owned(), String::new(), Err(Refusal::PersonName)),
        (Reason::Refunded, "a\u{7}b".to_owned(), String::new(), Err(Refusal::PersonName)),
        (Reason::Refunded, long(65), String::new(), Err(Refusal::PersonName)),
        (Reason::Refunded, "13800138000".to_owned(), String::new(), Err(Refusal::PersonName)),
        (
            Reason::Refunded,
            "11010519491231002X".to_owned(),
            String::new(),
            Err(Refusal::PersonName),
        ),
        (Reason::Refunded, long(64), long(500), Ok(&*Box::leak(long(500).into_boxed_str()))),
        (Reason::Refunded, "li".to_owned(), long(501), Err(Refusal::NoteTooLong)),
        (
            Reason::Refunded,
            "li".to_owned(),
            "退到 4111 1111 1111 1111".to_owned(),
            Err(Refusal::NoteHasCard),
        ),
        (
            Reason::Refunded,
            "li".to_owned(),
            "证件11010519491231002X".to_owned(),
            Err(Refusal::NoteHasIdentityCard),
        ),
        (
            Reason::Other,
            "li".to_owned(),
            " \n".to_owned(),
            Err(Refusal::NoteMissing { reason: Reason::Other }),
        ),
    ];
    for (reason, person, note, expected) in table {
        let wish = Wish::new(reason, &person, &note);
        assert_eq!(wish.map(|wish| wish.note), expected.map(str::to_owned), "{reason} {person:?}");
    }
}

#[test]
fn whatever_is_altered_in_a_chain_is_found() {
    let mut play = Play::new(100, None);
    for reason in [Reason::Suspense, Reason::OrderCompleted, Reason::Reopened, Reason::WrittenOff] {
        assert_eq!(play.wish(reason, "li"), Ok(Effect::Applied));
    }
    let altered = |at: usize, alter: &dyn Fn(&mut ChainEntry)| {
        let mut entries = play.entries.clone();
        alter(&mut entries[at]);
        chain::check(&entries).expect_err("found")
    };
    let sequence = |broken| {
        let chain::Broken::Changed { sequence, .. } = broken else { panic!("{broken}") };
        sequence
    };
    for at in 0..play.entries.len() {
        let expected = i32::try_from(at).expect("few") + 1;
        let alterations: [&dyn Fn(&mut ChainEntry); 9] = [
            &|entry| entry.row_hash = "0".repeat(64),
            &|entry| entry.content_hash = "0".repeat(64),
            &|entry| entry.event.note.push('x'),
            &|entry| entry.event.person = "wang".to_owned(),
            &|entry| entry.event.event = "suspended ".to_owned(),
            &|entry| entry.event.order_no = "2".to_owned(),
            &|entry| entry.event.business_date = day(1),
            &|entry| entry.event.occurred_at = Timestamp::from_epoch_seconds(9),
            &|entry| entry.hash = Some("0".repeat(64)),
        ];
        for alter in alterations {
            assert_eq!(sequence(altered(at, alter)), expected);
        }
        let mut gap = play.entries.clone();
        gap.remove(at);
        assert!(chain::check(&gap).is_err(), "entry {at} is missing");
    }
    // A hash may be missing at the beginning only: there were ledgers without.
    assert_eq!(sequence(altered(3, &|entry| entry.hash = None)), 4);
    let last = |alter: &dyn Fn(&mut Discrepancy)| {
        altered(4, &|entry| entry.row.as_mut().into_iter().for_each(alter))
    };
    assert!(matches!(last(&|row| row.state = State::Open), chain::Broken::Row { .. }));
    assert!(matches!(last(&|row| row.resolved_by.push('x')), chain::Broken::Row { .. }));
    assert!(matches!(last(&|row| row.difference_minor = 1), chain::Broken::RowChanged { .. }));
    assert!(matches!(last(&|row| row.business_date = day(1)), chain::Broken::RowChanged { .. }));
    assert!(matches!(altered(4, &|entry| entry.row = None), chain::Broken::NoRow { .. }));
    let mut old = play.entries[..2].to_vec();
    for entry in &mut old {
        entry.hash = None;
        entry.row_hash.clear();
        entry.content_hash.clear();
    }
    old[1].row = Some(Discrepancy {
        state: State::Suspense,
        resolution: "suspense".to_owned(),
        resolved_by: "li".to_owned(),
        ..row(100)
    });
    assert_eq!(chain::check(&old), Ok(()));
}
