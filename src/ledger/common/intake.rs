//! Files that were imported, and rows that were refused.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use super::insert::{self, Rows, insert};
use super::{Connection, Doing, Outcome, Store, broken_rows, streamed};
use crate::business_day::BusinessDate;
use crate::ledger::rows::Fields;
use crate::ledger::{IntakeFile, LedgerError, LedgerStream, SortedRows, rows, sql};
use crate::order::Rejection;
use crate::status::Kind;

/// Rows that are written together.
const ROWS: usize = 2_000;

/// What this does, for errors.
pub(super) const DOING: &str = "keep refused rows";

/// Number and digest of the last import under a name.
pub(super) async fn find(conn: &mut Connection, name: &str) -> Outcome<Option<(i64, String)>> {
    let query = sqlx::query_as(sql::INTAKE_FILE_FIND).bind(name.to_owned());
    query.fetch_optional(conn).await.doing("look up a file")
}

/// Notes an import as the last one under its name, and gives the name's number.
pub(super) async fn upsert(
    conn: &mut Connection,
    doing: &'static str,
    file: &IntakeFile,
) -> Outcome<i64> {
    let query = sqlx::query_scalar(sql::INTAKE_FILE_UPSERT)
        .bind(file.name.clone())
        .bind(file.digest.clone())
        .bind(file.business_date.number())
        .bind(file.rows)
        .bind(file.rejected)
        .bind(file.encoding.clone())
        .bind(file.imported_at.epoch_seconds())
        .bind(file.origin.number())
        .bind(file.lines.code());
    query.fetch_one(conn).await.doing(doing)
}

/// The dates under which a file has put rows.
pub(super) async fn dates(
    conn: &mut Connection,
    doing: &'static str,
    file_id: i64,
) -> Outcome<Vec<BusinessDate>> {
    let query = sqlx::query(sql::INTAKE_FILE_DATE_LIST).bind(file_id);
    let found = query.fetch_all(conn).await.doing(doing)?;
    found.iter().map(|row| rows::date(row.int(0)?)).collect()
}

/// Notes that a file has put rows under some dates.
pub(super) async fn note_dates(
    conn: &mut Connection,
    doing: &'static str,
    file_id: i64,
    dates: BTreeSet<BusinessDate>,
) -> Outcome<()> {
    for date in dates {
        let query = sqlx::query(sql::INTAKE_FILE_DATE_INSERT).bind(file_id).bind(date.number());
        query.execute(&mut *conn).await.doing(doing)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::intake_files`].
pub(super) async fn files(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<IntakeFile>> {
    let query = sqlx::query(sql::INTAKE_FILE_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing("list files")?;
    found.iter().map(|row| rows::intake_file(row, date)).collect()
}

/// See [`crate::ledger::Ledger::earlier_files`].
pub(super) async fn earlier(
    conn: &mut Connection,
    date: BusinessDate,
    limit: u32,
) -> Outcome<Vec<IntakeFile>> {
    let query = sqlx::query(sql::INTAKE_FILE_EARLIER).bind(date.number()).bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing("list files")?;
    found.iter().map(|row| rows::intake_file(row, rows::date(row.int(8)?)?)).collect()
}

/// Replaces the rows that were refused under a file's name.
pub(super) async fn replace_rejections_of_file(
    conn: &mut Connection,
    doing: &'static str,
    file: &IntakeFile,
    rejections: SortedRows<Rejection>,
) -> Outcome<()> {
    let query = sqlx::query(sql::REJECTION_DELETE).bind(file.name.clone());
    query.execute(&mut *conn).await.doing(doing)?;
    let (sender, mut receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || send_parts(doing, rejections, &sender));
    let mut batch = Batch { name: &file.name, date: file.business_date, sequence: 0 };
    loop {
        let part = receiver.recv().await;
        match part.ok_or_else(|| broken_rows(doing, "the reading stopped"))?? {
            part if part.is_empty() => return Ok(()),
            part => batch.insert(conn, doing, &part).await?,
        }
    }
}

/// Sends rows in parts, and an empty part at their end.
fn send_parts(
    doing: &'static str,
    rejections: SortedRows<Rejection>,
    sender: &mpsc::Sender<Outcome<Vec<Rejection>>>,
) {
    let mut rejections = rejections.peekable();
    loop {
        let part = rejections.by_ref().take(ROWS).collect::<Result<Vec<_>, _>>();
        let is_end = !part.as_ref().is_ok_and(|part| !part.is_empty());
        let part = part.map_err(|source| LedgerError::Rows { doing, source });
        if sender.blocking_send(part).is_err() || is_end {
            return;
        }
    }
}

/// See [`crate::ledger::Ledger::put_rejections`].
pub(super) async fn replace_rejections(
    conn: &mut Connection,
    source: &str,
    date: BusinessDate,
    rejections: &[Rejection],
) -> Outcome<()> {
    let query = sqlx::query(sql::REJECTION_DELETE_DATE).bind(source.to_owned());
    query.bind(date.number()).execute(&mut *conn).await.doing(DOING)?;
    Batch { name: source, date, sequence: 0 }.insert(conn, DOING, rejections).await
}

/// Rows that are replaced together.
struct Batch<'a> {
    name: &'a str,
    date: BusinessDate,
    sequence: i64,
}

impl Batch<'_> {
    async fn insert(
        &mut self,
        conn: &mut Connection,
        doing: &'static str,
        rejections: &[Rejection],
    ) -> Outcome<()> {
        if rejections.is_empty() {
            return Ok(());
        }
        let mut rows = Rows::start();
        for rejection in rejections {
            self.sequence = self.sequence.saturating_add(1);
            self.encode(&mut rows, rejection);
        }
        insert(conn, doing, insert::REJECTION, rows).await
    }

    fn encode(&self, row: &mut Rows, rejection: &Rejection) {
        row.row(16);
        row.text(self.name);
        row.date(self.date);
        row.int8(self.sequence);
        row.text(&rejection.source);
        row.int8(rejection.line);
        row.text(&rejection.column);
        row.text(&rejection.value);
        row.int2(rejection.reason.number());
        row.text(&rejection.order_no);
        row.int2(rejection.origin.number());
        row.text(&rejection.account);
        row.int2_or_null(rejection.kind.map(Kind::number));
        row.text(&rejection.product);
        row.int8_or_null(rejection.amount.map(|amount| amount.minor));
        row.text(rejection.amount.as_ref().map_or("", |amount| amount.currency.as_str()));
        row.date_or_null(rejection.business_date);
    }
}

/// See [`crate::ledger::Ledger::rejections`].
pub(super) fn rejections(store: &Store, date: BusinessDate) -> LedgerStream<'_, Rejection> {
    const READING: &str = "list refused rows";
    let text = sql::REJECTION_LIST;
    streamed(store, READING, text, vec![date.into()], |row, _| rows::rejection(row))
}
