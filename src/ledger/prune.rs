//! Removing what is old, in transactions of bounded size: pairs whose every row is older than a date, unless
//! something about them is not finished, and what is kept per day.
//!
//! The database decides by sets which pairs of a stream and date stay, and only those are brought here; what is
//! left of a range of order numbers is removed by one statement per table. Statements of which the table is
//! not known before are made here, and nowhere else: whichever table a migration adds is pruned too. Lists stand in
//! them as PostgreSQL takes them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::failure::{Outcome, unknown};
use super::streams::Streams;
use super::transfer::Cell;
use super::{Placement, TABLES, sql};
use crate::business_day::BusinessDate;
use crate::order::OrderKey;

mod kept;

use kept::kept_of;

/// Rows of a stream and date that are looked at, and removed, together: those of some 50,000 pairs.
const ROWS: i64 = 100_000;
/// An order number after which none comes.
const LAST: &str = "\u{10FFFF}";

/// Tables of which the rows of a date are removed with it.
const BY_DATE: &[&str] = &[
    "rejection",
    "account_pull",
    "day_total",
    "day_verdict",
    "run",
    "listed_day",
    "statement_day",
    "day_sum",
    "stale_sum",
    "day_settled",
    "day_pattern",
    "firing",
];
/// Tables of which nothing is removed: names, the money that accounts held and moved, from which later days
/// follow, and the chain over all histories.
const FOR_EVER: &[&str] = &[
    "stream",
    "balance_snapshot",
    "balance_ask",
    "movement",
    "identity",
    "anchor",
    "pruned_event",
];
/// What is left of entries of histories when they are removed: the chain over all histories stays whole.
const LEFT: &str = "INSERT INTO pruned_event \
     (order_no, discrepancy_id, sequence, anchor, business_date, content_hash) \
     SELECT order_no, discrepancy_id, sequence, anchor, business_date, \
     CASE WHEN content_hash = '' THEN coalesce(hash, '') ELSE content_hash END FROM ";
/// Tables that are removed together with the orders of their files.
const FILES: &[&str] = &["intake_file", "intake_file_date"];

crate::status::coded! {
    /// Why an old pair stays.
    Kept {
        /// It has a discrepancy that is not closed.
        Open = 1, "a discrepancy is not closed";
        /// It has one that was closed, or about which something was noted, on the date or after.
        ClosedLater = 2, "a discrepancy was closed, or noted upon, later";
        /// One of its rows is dated to the date or after.
        Later = 3, "part of it is dated later";
        /// It was changed and has not been judged since.
        Touched = 4, "it has to be judged again";
        /// A payment or refund that it belongs to stays.
        Family = 5, "its payment or a refund of it stays";
    }
}

/// What was removed, and what was not although it is old.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Rows per table, in the schema's order; tables without any are left out.
    pub removed: Vec<(&'static str, u64)>,
    /// Pairs that stay, with their whole history.
    pub kept: BTreeMap<OrderKey, Kept>,
}

/// A value of a statement.
#[derive(Debug, Clone)]
pub(super) enum Arg {
    Int(i64),
    Text(String),
    List(Vec<String>),
}

/// A statement and its values.
pub(super) type Statement = (String, Vec<Arg>);

/// A ledger as this needs it.
#[async_trait]
pub(super) trait PruneStore: Send + Sync {
    /// The columns of a table.
    async fn columns(&self, table: &'static str) -> Outcome<Vec<String>>;

    /// The ledger's streams.
    async fn streams(&self) -> Outcome<Streams>;

    /// Rows of a query.
    async fn read(&self, statement: Statement) -> Outcome<Vec<Vec<Cell>>>;

    /// Runs statements in one transaction; says how many rows each changed.
    async fn write(&self, statements: Vec<Statement>) -> Outcome<Vec<u64>>;
}

/// The pairs of a stream with rows of a date, in a range of order numbers.
#[derive(Debug, Clone)]
struct Slice {
    stream_id: i64,
    date: i64,
    after: String,
    up_to: String,
}

impl Slice {
    /// No pair of a stream.
    const fn nothing(stream_id: i64) -> Self {
        Self { stream_id, date: 0, after: String::new(), up_to: String::new() }
    }

    /// The first arguments of every statement about a slice.
    fn args(&self) -> Vec<Arg> {
        vec![
            Arg::Int(self.stream_id),
            Arg::Int(self.date),
            Arg::Text(self.after.clone()),
            Arg::Text(self.up_to.clone()),
        ]
    }
}

/// How the rows of a table that is split by order number are removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// With its pair, day by day.
    Dated,
    /// With its discrepancy.
    WithDiscrepancy,
    /// When its pair has no rows any more.
    Last,
}

/// How a table is pruned; an error for one that nobody has thought of.
fn way(table: &str, columns: &[String]) -> Outcome<Way> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    match (has("stream_id"), has("business_date"), has("discrepancy_id")) {
        (true, true, _) => Ok(Way::Dated),
        (false, _, true) => Ok(Way::WithDiscrepancy),
        (true, false, false) => Ok(Way::Last),
        (..) => Err(unknown("a table that cannot be pruned", table)),
    }
}

/// Removes what is older than `before`; counts only, if `is_dry`.
pub(super) async fn run(
    store: &dyn PruneStore,
    before: BusinessDate,
    is_dry: bool,
) -> Outcome<Pruned> {
    let mut pruner = Pruner {
        store,
        before: i64::from(before.number()),
        is_dry,
        streams: store.streams().await?,
        with_discrepancy: Vec::new(),
        removed: BTreeMap::new(),
        kept: BTreeMap::new(),
        files: BTreeSet::new(),
    };
    let (mut dated, mut last) = (Vec::new(), Vec::new());
    for (name, placement) in TABLES.iter().copied() {
        if placement != Placement::ByOrderNo {
            let is_known = [BY_DATE, FOR_EVER, FILES].iter().any(|names| names.contains(&name));
            if !is_known {
                return Err(unknown("a table that cannot be pruned", name));
            }
            continue;
        }
        if FOR_EVER.contains(&name) {
            continue;
        }
        match way(name, &store.columns(name).await?)? {
            Way::Dated => dated.push(name),
            Way::WithDiscrepancy => pruner.with_discrepancy.push(name),
            Way::Last => last.push(name),
        }
    }
    pruner.dated(&dated).await?;
    for name in last {
        pruner.last(name).await?;
    }
    for name in BY_DATE.iter().filter(|name| TABLES.iter().any(|(table, _)| table == *name)) {
        pruner.by_date(name).await?;
    }
    pruner.files().await?;
    let removed = TABLES.iter().filter_map(|(name, _)| {
        let rows = pruner.removed.get(name).copied().filter(|rows| *rows > 0);
        rows.map(|rows| (*name, rows))
    });
    Ok(Pruned { removed: removed.collect(), kept: pruner.kept })
}

struct Pruner<'d> {
    store: &'d dyn PruneStore,
    before: i64,
    is_dry: bool,
    streams: Streams,
    with_discrepancy: Vec<&'static str>,
    removed: BTreeMap<&'static str, u64>,
    kept: BTreeMap<OrderKey, Kept>,
    /// Files, and the dates under which an order of theirs stays.
    files: BTreeSet<(i64, i64)>,
}

impl Pruner<'_> {
    /// Removes, or counts, rows of tables by what follows `FROM`, in one transaction.
    async fn remove(&mut self, parts: Vec<(&'static str, String, Vec<Arg>)>) -> Outcome<()> {
        let names: Vec<&'static str> = parts.iter().map(|(name, ..)| *name).collect();
        let mut statements = Vec::new();
        let counts = if self.is_dry {
            let mut counts = Vec::new();
            for (_, from, args) in parts {
                counts.push(self.count(&from, args).await?);
            }
            counts
        } else {
            for (name, from, args) in &parts {
                if *name == "discrepancy_event" {
                    statements.push((format!("{LEFT}{from} ON CONFLICT DO NOTHING"), args.clone()));
                }
            }
            let kept = statements.len();
            let delete = |(_, from, args)| (format!("DELETE FROM {from}"), args);
            statements.extend(parts.into_iter().map(delete));
            self.store.write(statements).await?.split_off(kept)
        };
        for (name, count) in names.into_iter().zip(counts) {
            let sum = self.removed.entry(name).or_default();
            *sum = sum.saturating_add(count);
        }
        Ok(())
    }

    /// Counts rows by what follows `FROM`.
    async fn count(&self, from: &str, args: Vec<Arg>) -> Outcome<u64> {
        let found = self.store.read((format!("SELECT count(*) FROM {from}"), args)).await?;
        Ok(found.first().and_then(|row| int(row, 0)).unwrap_or(0).unsigned_abs())
    }

    /// The next date of a table, after one and before the limit.
    async fn next_date(&self, table: &str, after: i64) -> Outcome<Option<i64>> {
        let text = format!(
            "SELECT min(business_date) FROM {table} WHERE business_date > $1 AND business_date < $2"
        );
        let found = self.store.read((text, vec![Arg::Int(after), Arg::Int(self.before)])).await?;
        Ok(found.first().and_then(|row| int(row, 0)))
    }

    async fn dated(&mut self, tables: &[&'static str]) -> Outcome<()> {
        let mut date = 0;
        loop {
            let mut next = None;
            for table in tables {
                let of_table = self.next_date(table, date).await?;
                next = [next, of_table].into_iter().flatten().min();
            }
            let Some(next) = next else { return Ok(()) };
            date = next;
            let args = vec![Arg::Int(date)];
            let found = self.store.read((sql::MERCHANT_ORDER_STREAMS.to_owned(), args)).await?;
            for stream_id in found.iter().filter_map(|row| int(row, 0)) {
                self.stream(tables, date, stream_id).await?;
            }
        }
    }

    /// The rows of one date and stream, range by range.
    async fn stream(&mut self, tables: &[&'static str], date: i64, stream_id: i64) -> Outcome<()> {
        let args = vec![Arg::Int(stream_id), Arg::Int(date), Arg::Int(ROWS)];
        let cuts = self.store.read((sql::MERCHANT_ORDER_SLICES.to_owned(), args)).await?;
        let mut after = String::new();
        for up_to in texts(&cuts, 0).into_iter().chain([LAST.to_owned()]) {
            let slice = Slice { stream_id, date, after, up_to: up_to.clone() };
            self.slice(tables, &slice).await?;
            after = up_to;
        }
        Ok(())
    }

    async fn slice(&mut self, tables: &[&'static str], slice: &Slice) -> Outcome<()> {
        let kept = kept_of(self.store, &self.streams, slice, self.before).await?;
        let stays: Vec<String> = kept.keys().cloned().collect();
        if let Some(stream) = self.streams.stream(slice.stream_id) {
            let key = |order_no| OrderKey { stream: stream.clone(), order_no };
            self.kept.extend(kept.into_iter().map(|(order_no, why)| (key(order_no), why)));
        }
        self.note_files(slice, &stays).await?;
        let of_slice = "stream_id = $1 AND business_date = $2 AND order_no > $3 AND order_no <= $4 \
             AND order_no <> ALL($5)";
        let mut args = slice.args();
        args.push(Arg::List(stays));
        let mut parts = Vec::new();
        // Histories are touched where some go: the role that works every night may not remove any.
        let with_discrepancy =
            match self.count(&format!("discrepancy WHERE {of_slice}"), args.clone()).await? {
                0 => &[][..],
                _ => &*self.with_discrepancy,
            };
        for name in with_discrepancy {
            let from = format!(
                "{name} WHERE order_no IN (SELECT order_no FROM discrepancy WHERE {of_slice}) \
                 AND EXISTS (SELECT 1 FROM discrepancy WHERE discrepancy.order_no = {name}.order_no \
                 AND discrepancy.discrepancy_id = {name}.discrepancy_id \
                 AND discrepancy.stream_id = $1 AND discrepancy.business_date = $2)"
            );
            parts.push((*name, from, args.clone()));
        }
        for table in tables {
            parts.push((*table, format!("{table} WHERE {of_slice}"), args.clone()));
        }
        self.remove(parts).await
    }

    /// Which files the orders are of that stay.
    async fn note_files(&mut self, slice: &Slice, stays: &[String]) -> Outcome<()> {
        if stays.is_empty() {
            return Ok(());
        }
        let (stream_id, date) = (Arg::Int(slice.stream_id), Arg::Int(slice.date));
        let args = vec![stream_id, date, Arg::List(stays.to_vec())];
        let found = self.store.read((sql::MERCHANT_ORDER_FILES.to_owned(), args)).await?;
        self.files.extend(found.iter().filter_map(|row| Some((int(row, 0)?, slice.date))));
        Ok(())
    }

    /// Pairs without any rows need no notes.
    async fn last(&mut self, table: &'static str) -> Outcome<()> {
        if self.is_dry || table == "touched" {
            return Ok(());
        }
        let none_in = |rows: &str| {
            format!(
                "AND NOT EXISTS (SELECT 1 FROM {rows} WHERE {rows}.stream_id = {table}.stream_id \
                 AND {rows}.order_no = {table}.order_no)"
            )
        };
        let from = format!(
            "{table} WHERE stream_id = $1 AND order_no > $2 AND order_no <= $3 {} {}",
            none_in("merchant_order"),
            none_in("reading")
        );
        let cuts = format!(
            "SELECT order_no FROM (SELECT order_no, row_number() OVER (ORDER BY order_no) AS place \
             FROM {table} WHERE stream_id = $1) AS placed WHERE place % $2 = 0 ORDER BY order_no"
        );
        for (_, id) in self.streams.clone().iter() {
            let found = self.store.read((cuts.clone(), vec![Arg::Int(id), Arg::Int(ROWS)])).await?;
            let mut after = String::new();
            for up_to in texts(&found, 0).into_iter().chain([LAST.to_owned()]) {
                let args = vec![Arg::Int(id), Arg::Text(after), Arg::Text(up_to.clone())];
                self.remove(vec![(table, from.clone(), args)]).await?;
                after = up_to;
            }
        }
        Ok(())
    }

    async fn by_date(&mut self, table: &'static str) -> Outcome<()> {
        let mut date = 0;
        while let Some(next) = self.next_date(table, date).await? {
            date = next;
            let from = format!("{table} WHERE business_date = $1");
            self.remove(vec![(table, from, vec![Arg::Int(date)])]).await?;
        }
        Ok(())
    }

    /// Files none of whose orders stay.
    async fn files(&mut self) -> Outcome<()> {
        let text = sql::INTAKE_FILE_DATE_OLD;
        let found = self.store.read((text.to_owned(), vec![Arg::Int(self.before)])).await?;
        for row in found {
            let (Some(file), Some(date)) = (int(&row, 0), int(&row, 1)) else { continue };
            if !self.files.contains(&(file, date)) {
                let from = "intake_file_date WHERE intake_file_id = $1 AND business_date = $2";
                let args = vec![Arg::Int(file), Arg::Int(date)];
                self.remove(vec![("intake_file_date", from.to_owned(), args)]).await?;
            }
        }
        let text = sql::INTAKE_FILE_OLD;
        let found = self.store.read((text.to_owned(), vec![Arg::Int(self.before)])).await?;
        for file in found.iter().filter_map(|row| int(row, 0)) {
            if !self.files.iter().any(|(used, _)| *used == file) {
                let from = "intake_file WHERE intake_file_id = $1".to_owned();
                self.remove(vec![("intake_file", from, vec![Arg::Int(file)])]).await?;
            }
        }
        Ok(())
    }
}

fn int(row: &[Cell], column: usize) -> Option<i64> {
    match row.get(column) {
        Some(Cell::Int(value)) => Some(*value),
        Some(Cell::Null | Cell::Text(_)) | None => None,
    }
}

fn text(row: &[Cell], column: usize) -> Option<String> {
    match row.get(column) {
        Some(Cell::Text(value)) => Some(value.clone()),
        Some(Cell::Null | Cell::Int(_)) | None => None,
    }
}

fn texts(rows: &[Vec<Cell>], column: usize) -> Vec<String> {
    rows.iter().filter_map(|row| text(row, column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_pruned_as_its_columns_say() {
        let way = |columns: &[&str]| {
            let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
            way("t", &columns).ok()
        };
        assert_eq!(way(&["order_no", "stream_id", "business_date"]), Some(Way::Dated));
        assert_eq!(
            way(&["order_no", "discrepancy_id", "stream_id", "business_date"]),
            Some(Way::Dated)
        );
        assert_eq!(
            way(&["order_no", "discrepancy_id", "business_date"]),
            Some(Way::WithDiscrepancy)
        );
        assert_eq!(way(&["order_no", "stream_id"]), Some(Way::Last));
        assert_eq!(way(&["order_no", "business_date"]), None);
    }

    #[test]
    fn every_table_is_thought_of_once() {
        for (name, placement) in TABLES {
            let lists = [BY_DATE, FOR_EVER, FILES];
            let times = lists.iter().filter(|names| names.contains(name)).count();
            // What is left of pruned entries is split like them.
            let is_listed = *placement != Placement::ByOrderNo || *name == "pruned_event";
            assert_eq!(times, usize::from(is_listed), "{name}");
        }
    }
}
