//! Imports a provider's statement file.

use super::notes::Notes;
use super::{Connection, Doing, Outcome, Row, bulk, days, intake, streams};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::put::Noted;
use crate::ledger::rows::{self, Fields};
use crate::ledger::stated::{put_of, rows_of, whole_streams};
use crate::ledger::{BillSum, PutCount, SortedRows, StatedPart, Statement, sql};
use crate::money::Currency;
use crate::order::{Rejection, Stream};
use crate::reading::Reading;

pub(super) use crate::ledger::stated::{DOING, READING};

/// See [`crate::ledger::Ledger::put_statement`].
pub(super) async fn put(
    conn: &mut Connection,
    statement: &Statement,
    readings: SortedRows<Reading>,
    rejections: SortedRows<Rejection>,
) -> Outcome<PutCount> {
    let file_id = intake::upsert(conn, DOING, &statement.file).await?;
    let dates = intake::dates(conn, DOING, file_id).await?;
    let put = put_of(statement, dates, days::span(conn, DOING).await?)?;
    let query = sqlx::query(sql::READING_OVERRULED_FORGET)
        .bind(statement.interface.clone())
        .bind(statement.account.clone());
    query.execute(&mut *conn).await.doing(DOING)?;
    let noted = put.noted.clone();
    let (mut count, dates) = bulk::put(conn, put, rows_of(statement, readings)).await?;
    if count.superseded > 0 {
        // What other files say of transactions of which this one says nothing any more.
        let query = sqlx::query(sql::READING_OVERRULED_RESTORE).bind(statement.account.clone());
        let restored = query.fetch_all(&mut *conn).await.doing(DOING)?;
        note_restored(conn, restored, &noted, &mut count).await?;
    }
    intake::note_dates(conn, DOING, file_id, dates).await?;
    intake::replace_rejections_of_file(conn, DOING, &statement.file, rejections).await?;
    replace_days(conn, statement, file_id).await?;
    Ok(count)
}

/// Notes the pairs of rows that count again, of which each row has stream, order number and date.
pub(super) async fn note_restored(
    conn: &mut Connection,
    restored: Vec<Row>,
    dates: &Noted,
    count: &mut PutCount,
) -> Outcome<()> {
    let mut notes = Notes::default();
    for row in restored {
        let (stream_id, order_no) = (row.int(0)?, row.text(1)?);
        if dates.has(rows::date(row.int(2)?)?) {
            notes.touched(stream_id, &order_no);
        }
        notes.spread(stream_id, &order_no);
        count.restored = count.restored.saturating_add(1);
    }
    notes.flush(conn, DOING).await
}

/// See [`crate::ledger::Ledger::statement_is_overruled`].
pub(super) async fn is_overruled(
    conn: &mut Connection,
    account: &str,
    interface: &str,
) -> Outcome<bool> {
    let query = sqlx::query(sql::READING_OVERRULED_FIND)
        .bind(interface.to_owned())
        .bind(account.to_owned());
    Ok(query.fetch_optional(conn).await.doing(READING)?.is_some())
}

/// Keeps what the file is the whole of, in place of what an earlier import of it was.
async fn replace_days(conn: &mut Connection, statement: &Statement, file_id: i64) -> Outcome<()> {
    let query = sqlx::query(sql::STATEMENT_DAY_DELETE).bind(file_id);
    query.execute(&mut *conn).await.doing(DOING)?;
    let mut known = streams::load(conn, DOING).await?;
    for stream in &statement.streams {
        let stream_id = streams::id_of(conn, DOING, &mut known, stream).await?;
        for part in &statement.days {
            let query = sqlx::query(sql::STATEMENT_DAY_INSERT)
                .bind(part.date.number())
                .bind(stream_id)
                .bind(file_id)
                .bind(part.from.map(Timestamp::epoch_seconds))
                .bind(part.until.map(Timestamp::epoch_seconds));
            query.execute(&mut *conn).await.doing(DOING)?;
        }
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::stated_streams`].
pub(super) async fn streams(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<Stream>> {
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::STATEMENT_DAY_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    let part = |row: &Row| {
        let part = StatedPart { date, from: row.time(1)?, until: row.time(2)? };
        Ok((rows::stream(&known, row.int(0)?)?.clone(), part))
    };
    Ok(whole_streams(found.iter().map(part).collect::<Outcome<Vec<_>>>()?))
}

/// See [`crate::ledger::Ledger::bill_sums`].
pub(super) async fn sums(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<BillSum>> {
    let known = streams::load(&mut *conn, READING).await?;
    let whole = streams(&mut *conn, date).await?;
    let mut sums = Vec::with_capacity(whole.len());
    // One by one: a stream's rows lie in the order in which they are brought together.
    for stream in whole {
        let Some(stream_id) = known.id(&stream) else { continue };
        let query = sqlx::query(sql::READING_BILL_SUMS).bind(date.number()).bind(stream_id);
        let query = query.bind(Currency::CNY.as_str());
        let row = query.fetch_one(&mut *conn).await.doing(READING)?;
        sums.push(rows::bill_sum(&row, stream)?);
    }
    sums.sort_by(|a, b| a.stream.cmp(&b.stream));
    Ok(sums)
}
