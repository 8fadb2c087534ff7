//! The one routine that writes many words of one side: a file of orders, a listing, or a statement.
//!
//! A chunk of rows goes one of two ways. When the ledger has nothing in the chunk's range of order
//! numbers, which one look tells, the rows are first words and are added as they are. Otherwise they
//! are compared with what is there, and only what differs is written.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use super::add_and_retire::{add, overrule, retire};
use super::bind::Binder;
use super::chunks::{Chunk, Reader, read};
use super::first_words::Insert;
use super::notes::Notes;
use super::packed::Packed;
use super::pairs::by_key;
use super::words::{After, WordTable};
use super::{Doing, Outcome, broken_rows, streams};
use crate::business_day::BusinessDate;
use crate::ledger::put::Put;
use crate::ledger::rows::Stored;
use crate::ledger::streams::Streams;
use crate::ledger::word::Place;
use crate::ledger::{PutCount, SortedRows};
use crate::order::Stream;
use crate::reading::Source;

/// Rows of one page that is compared with new words.
const PAGE: i64 = 1_000;

/// Writes the rows of a put; says what was done and under which dates there are rows now.
pub(super) async fn put<W: WordTable>(
    conn: &mut SqliteConnection,
    put: Put,
    rows: SortedRows<W>,
) -> Outcome<(PutCount, BTreeSet<BusinessDate>)> {
    let known = streams::load(conn, put.doing).await?;
    let reader = Reader {
        doing: put.doing,
        streams: known.clone(),
        only: put.only.clone(),
        owner: put.owner,
        encode: put.dates.is_empty(),
    };
    let chunks = read(rows, reader);
    let mut writer = Writer {
        conn,
        put,
        streams: known,
        new_streams: Vec::new(),
        count: PutCount::default(),
        dates: BTreeSet::new(),
        notes: Notes::default(),
        done: BTreeMap::new(),
        next: None,
    };
    writer.all(chunks).await?;
    Ok((writer.count, writer.dates))
}

struct Writer<'c> {
    conn: &'c mut SqliteConnection,
    put: Put,
    streams: Streams,
    /// Streams that the ledger did not have. They are written last: a page that is written again
    /// when it has already gone to the log makes SQLite read the log back to sum it up anew.
    new_streams: Vec<(i64, Stream)>,
    count: PutCount,
    dates: BTreeSet<BusinessDate>,
    notes: Notes,
    /// Per stream: the order number up to which everything is written.
    done: BTreeMap<i64, String>,
    /// The stream that was looked at last, and the next order number that the ledger has of it.
    next: Option<(i64, Option<String>)>,
}

impl Writer<'_> {
    async fn all<W: WordTable>(
        &mut self,
        mut chunks: mpsc::Receiver<Outcome<Option<Chunk<W>>>>,
    ) -> Outcome<()> {
        loop {
            let chunk = chunks.recv().await;
            match chunk.ok_or_else(|| broken_rows(self.put.doing, "the reading stopped"))?? {
                Some(chunk) => self.chunk(chunk).await?,
                None => break,
            }
        }
        self.withdraw_the_rest::<W>().await?;
        for (stream_id, stream) in &self.new_streams {
            streams::insert(self.conn, self.put.doing, *stream_id, stream).await?;
        }
        // The next put has other words in its statements: these would only take room.
        self.conn.clear_cached_statements().await.doing(self.put.doing)
    }

    async fn chunk<W: WordTable>(&mut self, chunk: Chunk<W>) -> Outcome<()> {
        let Chunk { stream_id, new_stream, words, ready } = chunk;
        if let Some(stream) = new_stream {
            self.new_streams.push((stream_id, stream.clone()));
            self.streams.add(stream_id, stream);
        }
        let Some(last) = words.last().map(|word| word.key().order_no.clone()) else {
            return Ok(());
        };
        self.notes.note_neighbours(stream_id, &words);
        let words = self.settle_known(stream_id, words, &last).await?;
        if self.has_any(stream_id, &words).await? {
            self.resolve(stream_id, words, ready).await?;
        } else {
            self.add_first_words(stream_id, words, ready).await?;
        }
        self.notes.flush(self.conn, self.put.doing).await?;
        self.done.insert(stream_id, last);
        Ok(())
    }

    /// Compares words with the rows of the same owner in their range: those that say the same are
    /// done, rows that have no word any more are withdrawn. Gives back the words that are not done.
    async fn settle_known<W: WordTable>(
        &mut self,
        stream_id: i64,
        words: Vec<W>,
        last: &str,
    ) -> Outcome<Vec<W>> {
        let Some(stream) = words.first().map(|word| word.key().stream.clone()) else {
            return Ok(words);
        };
        let mut is_same = vec![false; words.len()];
        for date in self.put.dates.clone() {
            let mut at = 0_usize;
            let mut page = Vec::new();
            loop {
                page = self.page::<W>(stream_id, &stream, date, page.last(), last).await?;
                let mut gone = Vec::new();
                for stored in &page {
                    while words.get(at).is_some_and(|w| w.identity() < stored.word.identity()) {
                        at = at.saturating_add(1);
                    }
                    match (words.get(at), is_same.get_mut(at)) {
                        (Some(word), Some(is_same))
                            if word.identity() == stored.word.identity() =>
                        {
                            // That another file says the same is kept too, see `resolve`.
                            let is_ours = !self.put.is_kept || self.is_own(stored);
                            *is_same |= is_ours && word.says_the_same(&stored.word);
                        }
                        _ if self.is_own(stored) => gone.push(stored.clone()),
                        _ => {}
                    }
                }
                if self.is_listing::<W>() {
                    for stored in &gone {
                        self.notes.unlisted(stream_id, &stored.word.key().order_no);
                    }
                }
                self.retire(stream_id, &gone).await?;
                if page.is_empty() {
                    break;
                }
            }
        }
        let mut is_same = is_same.into_iter();
        let before = words.len();
        let left: Vec<W> = words.into_iter().filter(|_| !is_same.next().unwrap_or(false)).collect();
        self.count.unchanged =
            self.count.unchanged.saturating_add(count(before.saturating_sub(left.len())));
        Ok(left)
    }

    /// Whether the put is a provider's listing: what it no longer has is asked about.
    fn is_listing<W: WordTable>(&self) -> bool {
        W::HAS_INTERFACE && self.put.owner == i64::from(Source::Listing.number())
    }

    /// Whether a row is the put's to withdraw.
    fn is_own<W: WordTable>(&self, stored: &Stored<W>) -> bool {
        let interface = self.put.interface.as_deref();
        stored.owner == self.put.owner
            && interface.is_none_or(|interface| interface == stored.word.interface())
    }

    async fn page<W: WordTable>(
        &mut self,
        stream_id: i64,
        stream: &Stream,
        date: BusinessDate,
        after: Option<&Stored<W>>,
        last: &str,
    ) -> Outcome<Vec<Stored<W>>> {
        let doing = self.put.doing;
        let done = self.done.get(&stream_id).map_or("", String::as_str);
        let mut binder = Binder::default();
        binder.date(date).doing(doing)?;
        binder.int(stream_id).doing(doing)?;
        let after = after.map_or(After::OrderNo(done), After::Row);
        W::bind_after(&mut binder, after).doing(doing)?;
        binder.text(last).doing(doing)?;
        binder.int(PAGE).doing(doing)?;
        if W::HAS_INTERFACE {
            binder.int(self.put.owner).doing(doing)?;
        }
        let query = sqlx::query_scalar_with(W::TEXTS.page, binder.finish());
        let text: Option<String> = query.fetch_one(&mut *self.conn).await.doing(doing)?;
        let text = text.unwrap_or_default();
        let mut packed = Packed::new(&text);
        let mut page = Vec::new();
        while !packed.is_empty() {
            page.push(W::unpack(&mut packed, stream, date)?);
        }
        Ok(page)
    }

    /// Whether the ledger has anything in the range of some words. One look tells how far there is
    /// nothing, so for a day whose numbers are new a stream takes one look.
    async fn has_any<W: WordTable>(&mut self, stream_id: i64, words: &[W]) -> Outcome<bool> {
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            return Ok(false);
        };
        // Chunks ascend, so what this put has added itself lies before every later chunk.
        let is_before =
            |next: &Option<String>| next.as_ref().is_none_or(|next| last.key().order_no < *next);
        if self.next.as_ref().is_some_and(|(of, next)| *of == stream_id && is_before(next)) {
            return Ok(false);
        }
        let query =
            sqlx::query_scalar(W::TEXTS.probe).bind(stream_id).bind(first.key().order_no.clone());
        let next = query.fetch_optional(&mut *self.conn).await.doing(self.put.doing)?;
        let has_any = !is_before(&next);
        self.next = Some((stream_id, next));
        Ok(has_any)
    }

    async fn add_first_words<W: WordTable>(
        &mut self,
        stream_id: i64,
        words: Vec<W>,
        ready: Vec<Insert>,
    ) -> Outcome<()> {
        for word in &words {
            self.note_date(stream_id, word);
        }
        let doing = self.put.doing;
        self.count.added = self.count.added.saturating_add(count(words.len()));
        if ready.is_empty() {
            let place = Place { stream_id, version: 1, owner: self.put.owner };
            let placed: Vec<(W, Place)> = words.into_iter().map(|word| (word, place)).collect();
            return add(self.conn, doing, &placed).await;
        }
        for insert in ready {
            insert.execute(self.conn, doing).await?;
        }
        Ok(())
    }

    /// Compares words one by one with everything that was ever said about their orders.
    async fn resolve<W: WordTable>(
        &mut self,
        stream_id: i64,
        words: Vec<W>,
        ready: Vec<Insert>,
    ) -> Outcome<()> {
        let order_nos: BTreeSet<&str> = words.iter().map(|word| &*word.key().order_no).collect();
        let order_nos: Vec<&str> = order_nos.into_iter().collect();
        let stored =
            by_key::<W>(self.conn, self.put.doing, &self.streams, stream_id, &order_nos).await?;
        drop(order_nos);
        if stored.is_empty() {
            // Numbers at random, which lie between known ones and are none of these.
            return self.add_first_words(stream_id, words, ready).await;
        }
        let mut added = Vec::new();
        let mut also = Vec::new();
        let mut gone = Vec::new();
        for word in words {
            let about = stored.get(&word.key().order_no).map_or(&[][..], Vec::as_slice);
            let (same, others): (Vec<_>, Vec<_>) =
                about.iter().partition(|stored| stored.word.identity() == word.identity());
            let current = || same.iter().filter(|stored| stored.is_current);
            let version = same.iter().map(|stored| stored.version).max().unwrap_or(0);
            let version = version.saturating_add(1);
            let place = Place { stream_id, version, owner: self.put.owner };
            let mut equal = current().filter(|stored| stored.word.says_the_same(&word)).peekable();
            if equal.peek().is_some() {
                self.count.unchanged = self.count.unchanged.saturating_add(1);
                if self.put.is_kept && !equal.any(|stored| self.is_own(stored)) {
                    // Where to look for it, should it count one day.
                    self.dates.insert(word.date());
                    also.push((word, place));
                }
                continue;
            }
            gone.extend(current().map(|stored| Stored::clone(stored)));
            let elsewhere =
                |stored: &&Stored<W>| stored.is_current && stored.word.date() != word.date();
            if others.into_iter().any(|stored| elsewhere(&stored)) {
                self.notes.spread(stream_id, &word.key().order_no);
            }
            self.note_date(stream_id, &word);
            added.push((word, place));
        }
        self.count.added = self.count.added.saturating_add(count(added.len()));
        self.retire(stream_id, &gone).await?;
        add(self.conn, self.put.doing, &added).await?;
        add(self.conn, self.put.doing, &also).await?;
        let also: Vec<_> = also
            .into_iter()
            .map(|(word, Place { version, owner, .. })| Stored {
                word,
                version,
                is_current: true,
                owner,
            })
            .collect();
        let also: Vec<_> = also.iter().map(|stored| (stream_id, stored)).collect();
        overrule(self.conn, self.put.doing, &also).await
    }

    async fn retire<W: WordTable>(&mut self, stream_id: i64, gone: &[Stored<W>]) -> Outcome<()> {
        self.count.superseded = self.count.superseded.saturating_add(count(gone.len()));
        for stored in gone {
            if self.put.noted.has(stored.word.date()) {
                self.notes.touched(stream_id, &stored.word.key().order_no);
            }
        }
        // What another file says stays said.
        let is_others = |stored: &&Stored<W>| self.put.is_kept && !self.is_own(stored);
        let (others, own): (Vec<_>, Vec<_>) = gone.iter().partition(is_others);
        let others: Vec<_> = others.into_iter().map(|stored| (stream_id, stored)).collect();
        let own: Vec<_> = own.into_iter().map(|stored| (stream_id, stored)).collect();
        overrule(self.conn, self.put.doing, &others).await?;
        retire(self.conn, self.put.doing, &own).await
    }

    fn note_date<W: WordTable>(&mut self, stream_id: i64, word: &W) {
        self.dates.insert(word.date());
        if self.put.noted.has(word.date()) {
            self.notes.touched(stream_id, &word.key().order_no);
        }
    }

    /// Withdraws what stands behind the last new word of each stream.
    async fn withdraw_the_rest<W: WordTable>(&mut self) -> Outcome<()> {
        let streams: Vec<i64> = self
            .streams
            .iter()
            .filter(|(stream, _)| self.put.only.has(stream))
            .map(|(_, id)| id)
            .collect();
        for date in self.put.dates.clone() {
            for stream_id in &streams {
                if self.put.noted.has(date) || self.is_listing::<W>() {
                    self.after::<W>(W::TEXTS.touch_after, date, *stream_id).await?;
                }
                let gone = self.after::<W>(W::TEXTS.retire_after, date, *stream_id).await?;
                self.count.superseded = self.count.superseded.saturating_add(gone);
            }
        }
        Ok(())
    }

    async fn after<W: WordTable>(
        &mut self,
        text: &'static str,
        date: BusinessDate,
        stream_id: i64,
    ) -> Outcome<u64> {
        let done = self.done.get(&stream_id).cloned().unwrap_or_default();
        let mut query =
            sqlx::query(text).bind(date.number()).bind(stream_id).bind(done).bind(self.put.owner);
        if W::HAS_INTERFACE {
            query = query.bind(self.put.interface.clone());
        }
        let done = query.execute(&mut *self.conn).await.doing(self.put.doing)?;
        Ok(done.rows_affected())
    }
}

/// A number of rows.
fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
