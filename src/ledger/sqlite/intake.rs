//! Files that were imported, and rows that were refused.

use std::collections::BTreeSet;

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::bind::{Binder, ROWS, execute};
use super::{Doing, Outcome, SqliteLedger, broken_rows};
use crate::business_day::BusinessDate;
use crate::ledger::rows::Fields;
use crate::ledger::{IntakeFile, LedgerError, SortedRows, rows, sql};
use crate::order::Rejection;

/// What this does, for errors.
pub(super) const DOING: &str = "keep refused rows";

/// Number and digest of the last import under a name.
pub(super) async fn find(
    conn: &mut SqliteConnection,
    name: &str,
) -> Outcome<Option<(i64, String)>> {
    let query = sqlx::query_as(sql::INTAKE_FILE_FIND).bind(name.to_owned());
    query.fetch_optional(conn).await.doing("look up a file")
}

/// Notes an import as the last one under its name, and gives the name's number.
pub(super) async fn upsert(
    conn: &mut SqliteConnection,
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
    conn: &mut SqliteConnection,
    doing: &'static str,
    file_id: i64,
) -> Outcome<Vec<BusinessDate>> {
    let query = sqlx::query_scalar::<_, i64>(sql::INTAKE_FILE_DATE_LIST).bind(file_id);
    let found = query.fetch_all(conn).await.doing(doing)?;
    found.into_iter().map(rows::date).collect()
}

/// Notes that a file has put rows under some dates.
pub(super) async fn note_dates(
    conn: &mut SqliteConnection,
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
pub(super) async fn files(
    conn: &mut SqliteConnection,
    date: BusinessDate,
) -> Outcome<Vec<IntakeFile>> {
    let query = sqlx::query(sql::INTAKE_FILE_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing("list files")?;
    found.iter().map(|row| rows::intake_file(row, date)).collect()
}

/// See [`crate::ledger::Ledger::earlier_files`].
pub(super) async fn earlier(
    conn: &mut SqliteConnection,
    date: BusinessDate,
    limit: u32,
) -> Outcome<Vec<IntakeFile>> {
    let query = sqlx::query(sql::INTAKE_FILE_EARLIER).bind(date.number()).bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing("list files")?;
    found.iter().map(|row| rows::intake_file(row, rows::date(row.int(8)?)?)).collect()
}

/// Replaces the rows that were refused under a file's name.
pub(super) async fn replace_rejections_of_file(
    conn: &mut SqliteConnection,
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
    conn: &mut SqliteConnection,
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
        conn: &mut SqliteConnection,
        doing: &'static str,
        rejections: &[Rejection],
    ) -> Outcome<()> {
        for part in rejections.chunks(ROWS) {
            let mut binder = Binder::default();
            for rejection in part {
                self.sequence = self.sequence.saturating_add(1);
                self.bind(&mut binder, rejection).doing(doing)?;
            }
            execute(conn, doing, sql::REJECTION_INSERT, part.len(), binder.finish()).await?;
        }
        Ok(())
    }

    fn bind(&self, row: &mut Binder, rejection: &Rejection) -> Result<(), sqlx::Error> {
        row.text(self.name)?;
        row.date(self.date)?;
        row.int(self.sequence)?;
        row.text(&rejection.source)?;
        row.int(rejection.line)?;
        row.text(&rejection.column)?;
        row.text(&rejection.value)?;
        row.int(rejection.reason.number())?;
        row.text(&rejection.order_no)?;
        row.int(rejection.origin.number())?;
        row.text(&rejection.account)?;
        row.int_or_null(rejection.kind.map(|kind| i64::from(kind.number())))?;
        row.text(&rejection.product)?;
        row.int_or_null(rejection.amount.map(|amount| amount.minor))?;
        row.text(rejection.amount.as_ref().map_or("", |amount| amount.currency.as_str()))?;
        row.int_or_null(rejection.business_date.map(|date| i64::from(date.number())))
    }
}

/// See [`crate::ledger::Ledger::rejections`].
pub(super) fn rejections(
    ledger: &SqliteLedger,
    date: BusinessDate,
) -> impl Stream<Item = Outcome<Rejection>> + Send + '_ {
    const READING: &str = "list refused rows";
    let opened = stream::once(async move {
        let mut conn = ledger.reader(READING).await?;
        let (sender, receiver) = mpsc::channel(ROWS);
        tokio::spawn(async move {
            let query = sqlx::query(sql::REJECTION_LIST).bind(date.number());
            let mut found = query.fetch(&mut *conn);
            while let Some(row) = found.next().await {
                let row = row.doing(READING).and_then(|row| rows::rejection(&row));
                if sender.send(row).await.is_err() {
                    return;
                }
            }
        });
        Ok::<_, LedgerError>(receiving(receiver))
    });
    opened.try_flatten()
}

/// A channel's rows as a stream.
pub(super) fn receiving<T>(
    receiver: mpsc::Receiver<Outcome<T>>,
) -> impl Stream<Item = Outcome<T>> + Send
where
    T: Send,
{
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|row| (row, receiver))
    })
}
