//! Writes answers to single questions: one current answer per order and source.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use super::bulk::by_key;
use super::copy::{Rows, copy};
use super::words::{Place, Word};
use super::{Doing, Outcome, broken_rows, streams, sums};
use crate::business_day::Timestamp;
use crate::ledger::put::{asked_about, is_overtaken};
use crate::ledger::rows::Stored;
use crate::ledger::streams::Streams;
use crate::ledger::{PutCount, sql};
use crate::reading::{Reading, Source};
use crate::status::ProviderStatus;

/// Answers that are written together.
const ANSWERS: usize = 2_000;

/// What this does, for errors.
pub(super) const DOING: &str = "write answers";

/// See [`crate::ledger::Ledger::put_answers`].
pub(super) async fn put(conn: &mut PgConnection, answers: &[Reading]) -> Outcome<PutCount> {
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
    conn: &mut PgConnection,
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
            let is_worse = answer.said.status == ProviderStatus::Unproved
                && current.word.said.status != ProviderStatus::Unproved;
            if is_worse || (says_the_same(&current.word, answer) && !is_overtaken) {
                let is_proved = answer.said.status != ProviderStatus::Unproved;
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
    let mut rows = Rows::start();
    for (answer, place) in &added {
        answer.encode(&mut rows, *place);
    }
    copy(conn, DOING, sql::READING_COPY, rows).await?;
    retire(conn, &gone).await?;
    notes.write(conn).await?;
    sums::note_stale(conn, &stale).await?;
    note_asked(conn, streams, answers).await
}

/// Whether another answer says the same: another moment and another archived answer are no other
/// word.
fn says_the_same(one: &Reading, other: &Reading) -> bool {
    one.business_date == other.business_date
        && one.source == other.source
        && one.occurrence == other.occurrence
        && one.said == other.said
        && one.interface == other.interface
        && one.assurance == other.assurance
}

async fn retire(conn: &mut PgConnection, gone: &[(i64, Stored<Reading>)]) -> Outcome<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let of = |number: fn(&Reading) -> i64| -> Vec<i64> {
        gone.iter().map(|(_, stored)| number(&stored.word)).collect()
    };
    let text = |text: fn(&Reading) -> &str| -> Vec<&str> {
        gone.iter().map(|(_, stored)| text(&stored.word)).collect()
    };
    let query = sqlx::query(sql::READING_RETIRE_POSTGRES)
        .bind(of(|word| i64::from(word.business_date.number())))
        .bind(gone.iter().map(|(stream_id, _)| *stream_id).collect::<Vec<_>>())
        .bind(text(|word| &word.key.order_no))
        .bind(of(|word| i64::from(word.source.number())))
        .bind(text(|word| &word.said.provider_order_no))
        .bind(of(|word| i64::from(word.occurrence)))
        .bind(gone.iter().map(|(_, stored)| stored.version).collect::<Vec<_>>());
    query.execute(conn).await.doing(DOING).map(|_| ())
}

/// Pairs to be noted as touched, spread, or answered as before.
#[derive(Default)]
struct Notes {
    touched: (Vec<i64>, Vec<String>),
    spread: (Vec<i64>, Vec<String>),
    confirmed: BTreeMap<(i64, String), Timestamp>,
}

impl Notes {
    fn touched(&mut self, stream_id: i64, order_no: &str) {
        self.touched.0.push(stream_id);
        self.touched.1.push(order_no.to_owned());
    }

    fn spread(&mut self, stream_id: i64, order_no: &str) {
        self.spread.0.push(stream_id);
        self.spread.1.push(order_no.to_owned());
    }

    fn confirmed(&mut self, stream_id: i64, order_no: &str, at: Timestamp) {
        let known = self.confirmed.entry((stream_id, order_no.to_owned())).or_insert(at);
        *known = at.max(*known);
    }

    async fn write(self, conn: &mut PgConnection) -> Outcome<()> {
        let touched = (sql::TOUCHED_INSERT_POSTGRES, self.touched);
        let spread = (sql::SPREAD_INSERT_POSTGRES, self.spread);
        for (text, (stream_ids, order_nos)) in [touched, spread] {
            if !order_nos.is_empty() {
                let query = sqlx::query(text).bind(stream_ids).bind(order_nos);
                query.execute(&mut *conn).await.doing(DOING)?;
            }
        }
        if self.confirmed.is_empty() {
            return Ok(());
        }
        let (mut stream_ids, mut order_nos, mut moments) = (Vec::new(), Vec::new(), Vec::new());
        for ((stream_id, order_no), at) in self.confirmed {
            stream_ids.push(stream_id);
            order_nos.push(order_no);
            moments.push(at.epoch_seconds());
        }
        let query = sqlx::query(sql::CONFIRMED_UPSERT_POSTGRES)
            .bind(stream_ids)
            .bind(order_nos)
            .bind(moments);
        query.execute(&mut *conn).await.doing(DOING).map(|_| ())
    }
}

async fn load(conn: &mut PgConnection, streams: &Streams, answers: &[Reading]) -> Outcome<Known> {
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
async fn note_asked(
    conn: &mut PgConnection,
    streams: &Streams,
    answers: &[Reading],
) -> Outcome<()> {
    for (stream_id, order_nos) in asked_about(streams, answers) {
        let query = sqlx::query(sql::TOUCHED_ASKED_POSTGRES).bind(stream_id).bind(order_nos);
        query.execute(&mut *conn).await.doing(DOING)?;
    }
    Ok(())
}
