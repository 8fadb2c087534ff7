//! Writes answers to single questions: one current answer per order and source.

use std::collections::{BTreeMap, BTreeSet};

use super::add_and_retire::{add, retire};
use super::notes::Notes;
use super::pairs::by_key;
use super::{Connection, Outcome, broken_rows, lists, streams, sums};
use crate::ledger::put::{asked_about, is_overtaken};
use crate::ledger::rows::Stored;
use crate::ledger::streams::Streams;
use crate::ledger::word::{Place, Word};
use crate::ledger::{PutCount, sql};
use crate::reading::{Reading, Source};
use crate::status::ProviderStatus;

/// Answers that are written together.
const ANSWERS: usize = 2_000;

/// What this does, for errors.
pub(super) const DOING: &str = "write answers";

/// See [`crate::ledger::Ledger::put_answers`].
pub(super) async fn put(conn: &mut Connection, answers: &[Reading]) -> Outcome<PutCount> {
    let mut count = PutCount::default();
    let mut known = streams::load(conn, DOING).await?;
    for part in answers.chunks(ANSWERS) {
        for answer in part {
            if answer.key.order_no.is_empty() || !is_answer(answer) {
                return Err(broken_rows(DOING, "a row is no answer about one order"));
            }
            streams::id_of(conn, DOING, &mut known, &answer.key.stream).await?;
        }
        put_part(conn, &known, part, &mut count).await?;
    }
    Ok(count)
}

/// Whether a reading is about one order by itself, and no row of a list.
const fn is_answer(reading: &Reading) -> bool {
    match reading.source {
        Source::Query | Source::Notification => true,
        Source::Listing | Source::Statement => false,
    }
}

/// Everything that is known about some pairs, by stream number and order number.
type Known = BTreeMap<(i64, String), Vec<Stored<Reading>>>;

async fn put_part(
    conn: &mut Connection,
    streams: &Streams,
    answers: &[Reading],
    count: &mut PutCount,
) -> Outcome<()> {
    let mut known = load(conn, streams, answers).await?;
    let mut added: Vec<(Reading, Place)> = Vec::new();
    let mut gone: Vec<(i64, Stored<Reading>)> = Vec::new();
    let mut changed = BTreeSet::new();
    let mut notes = Notes::default();
    let mut stale = BTreeSet::new();
    for answer in answers {
        let stream_id = streams.id(&answer.key.stream).unwrap_or(0);
        let pair = (stream_id, answer.key.order_no.clone());
        let words = known.entry(pair.clone()).or_default();
        let same = |stored: &&mut Stored<Reading>| stored.word.identity() == answer.identity();
        let version = words.iter_mut().filter(same).map(|stored| stored.version).max();
        let is_overtaken = is_overtaken(words, answer);
        let current = words.iter_mut().filter(same).find(|stored| stored.is_current);
        if let Some(current) = current {
            let is_worse = answer.facts.status == ProviderStatus::Unproved
                && current.word.facts.status != ProviderStatus::Unproved;
            if is_worse || (current.word.says_the_same(answer) && !is_overtaken) {
                let is_proved = answer.facts.status != ProviderStatus::Unproved;
                if answer.source == Source::Query && is_proved {
                    notes.confirmed(stream_id, &answer.key.order_no, answer.observed_at);
                }
                count.unchanged = count.unchanged.saturating_add(1);
                continue;
            }
            current.is_current = false;
            stale.insert((current.word.business_date, stream_id));
            gone.push((stream_id, current.clone()));
            count.superseded = count.superseded.saturating_add(1);
        }
        let version = version.unwrap_or(0).saturating_add(1);
        let owner = i64::from(answer.source.number());
        words.push(Stored { word: answer.clone(), version, is_current: true, owner });
        stale.insert((answer.business_date, stream_id));
        added.push((answer.clone(), Place { stream_id, version, owner }));
        count.added = count.added.saturating_add(1);
        if answer.source != Source::Query {
            notes.touched(stream_id, &answer.key.order_no);
        }
        changed.insert(pair);
    }
    for pair in changed {
        let words = known.get(&pair).map_or(&[][..], Vec::as_slice);
        let current = words.iter().filter(|stored| stored.is_current);
        let dates: BTreeSet<_> = current.map(|stored| stored.word.business_date).collect();
        if dates.len() > 1 {
            notes.spread(pair.0, &pair.1);
        }
    }
    // Added first: an answer that a later one of the same call replaces is history at once.
    add(conn, DOING, &added).await?;
    let gone: Vec<_> = gone.iter().map(|(stream_id, stored)| (*stream_id, stored)).collect();
    retire(conn, DOING, &gone).await?;
    notes.flush(conn, DOING).await?;
    sums::note_stale(conn, &stale).await?;
    note_asked(conn, streams, answers).await
}

async fn load(conn: &mut Connection, streams: &Streams, answers: &[Reading]) -> Outcome<Known> {
    let mut asked: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for answer in answers {
        let stream_id = streams.id(&answer.key.stream).unwrap_or(0);
        asked.entry(stream_id).or_default().insert(&answer.key.order_no);
    }
    let mut known = Known::new();
    for (stream_id, order_nos) in asked {
        let order_nos: Vec<&str> = order_nos.into_iter().collect();
        let found = by_key::<Reading>(conn, DOING, streams, stream_id, &order_nos).await?;
        known.extend(found.into_iter().map(|(order_no, words)| ((stream_id, order_no), words)));
    }
    Ok(known)
}

/// What was no longer listed has been asked about.
async fn note_asked(conn: &mut Connection, streams: &Streams, answers: &[Reading]) -> Outcome<()> {
    for (stream_id, order_nos) in asked_about(streams, answers) {
        let text = sql::TOUCHED_ASKED;
        lists::execute(conn, DOING, text, &[stream_id], &[&order_nos]).await?;
    }
    Ok(())
}
