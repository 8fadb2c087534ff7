//! What the scan reads, page by page, each side on a connection and thread of its own: a day's
//! orders, a day's readings, and the pairs that are looked at whatever their date.

use std::future::Future;

use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::mpsc;

use super::bind::Binder;
use super::packed::Packed;
use super::scan::DOING;
use super::{Doing, Outcome, broken_rows};
use crate::business_day::BusinessDate;
use crate::ledger::agree::{MerchantWord, ProviderWord, Together, together};
use crate::ledger::failure::unknown;
use crate::ledger::{rows, sql};
use crate::money::Money;
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus};

/// Rows of a page.
const ROWS: usize = 2_000;
/// Pages that wait to be looked at, at most.
const AHEAD: usize = 2;

/// Rows of one stream, ascending by order number.
pub(super) struct Page<R> {
    /// The stream's place in the scan.
    stream: usize,
    /// The text that holds the order numbers.
    text: String,
    /// Rows that were read; a row of the page can stand for several of one order number.
    read: usize,
    /// Where each row's order number begins and ends, and what the scan looks at.
    rows: Vec<(usize, usize, R)>,
}

/// One of the things that the scan reads.
pub(super) trait Side: Sized + Copy + Send + 'static {
    /// Reads the page after an order number, of at most so many rows.
    fn page(
        conn: &mut SqliteConnection,
        date: BusinessDate,
        stream_id: i64,
        after: &str,
        rows: usize,
    ) -> impl Future<Output = Outcome<Page<Self>>> + Send;
}

impl<R> Page<R> {
    fn order_no(&self, row: usize) -> &str {
        let place = self.rows.get(row).map(|(start, end, _)| *start..*end);
        place.and_then(|place| self.text.get(place)).unwrap_or_default()
    }

    /// Leaves the last order number, whose rows a full page may have cut, to the next page; says
    /// whether anything is left.
    fn leave_last(&mut self) -> bool {
        let last = self.order_no(self.rows.len().saturating_sub(1));
        let whole = (0..self.rows.len()).rev().find(|row| self.order_no(*row) != last);
        self.rows.truncate(whole.map_or(0, |row| row.saturating_add(1)));
        !self.rows.is_empty()
    }
}

/// Pages of one side as they come, and the place that was reached.
pub(super) struct Cursor<R> {
    pages: mpsc::Receiver<Outcome<Page<R>>>,
    page: Option<Page<R>>,
    at: usize,
    is_over: bool,
}

impl<R: Side> Cursor<R> {
    /// Starts reading a side's rows of some streams, in their order. The transaction ends with it.
    pub(super) fn start(
        transaction: Transaction<'static, Sqlite>,
        date: BusinessDate,
        streams: Vec<i64>,
    ) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            let mut transaction = transaction;
            let end = walk::<R>(&mut transaction, date, &streams, &sender).await;
            // An empty page is the end: a channel that just closes is a task that died.
            let end =
                end.map(|()| Page { stream: 0, text: String::new(), read: 0, rows: Vec::new() });
            sender.send(end).await.ok();
        });
        Self { pages, page: None, at: 0, is_over: false }
    }

    /// Makes sure that [`Cursor::head`] sees a row if there is one.
    pub(super) async fn fill(&mut self) -> Outcome<()> {
        let is_used_up = self.page.as_ref().is_none_or(|page| self.at >= page.rows.len());
        if !is_used_up || self.is_over {
            return Ok(());
        }
        let page = self.pages.recv().await;
        let page = page.ok_or_else(|| broken_rows(DOING, "the reading stopped"))??;
        self.is_over = page.rows.is_empty();
        self.at = 0;
        self.page = Some(page);
        Ok(())
    }

    /// The next row: its stream's place, its order number, and what is looked at.
    pub(super) fn head(&self) -> Option<(usize, &str, R)> {
        let page = self.page.as_ref()?;
        let (start, end, row) = page.rows.get(self.at)?;
        Some((page.stream, page.text.get(*start..*end)?, *row))
    }

    /// Goes on to the row after the next.
    pub(super) fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// Takes every row of a key: how many there are, and the first one.
    pub(super) async fn take(
        &mut self,
        stream: usize,
        order_no: &str,
    ) -> Outcome<(u32, Option<R>)> {
        let mut count = 0_u32;
        let mut first = None;
        loop {
            match self.head() {
                Some((at, number, row)) if at == stream && number == order_no => {
                    first = first.or(Some(row));
                    count = count.saturating_add(1);
                }
                Some(_) | None => return Ok((count, first)),
            }
            self.advance();
            self.fill().await?;
        }
    }
}

async fn walk<R: Side>(
    conn: &mut SqliteConnection,
    date: BusinessDate,
    streams: &[i64],
    sender: &mpsc::Sender<Outcome<Page<R>>>,
) -> Outcome<()> {
    for (place, stream_id) in streams.iter().enumerate() {
        let mut after = String::new();
        let mut rows = ROWS;
        loop {
            let mut page = R::page(conn, date, *stream_id, &after, rows).await?;
            if page.rows.is_empty() {
                break;
            }
            let is_full = page.read >= rows;
            if is_full && !page.leave_last() {
                // One order number with more rows than a page.
                rows = rows.saturating_mul(2);
                continue;
            }
            rows = ROWS;
            page.order_no(page.rows.len().saturating_sub(1)).clone_into(&mut after);
            page.stream = place;
            if sender.send(Ok(page)).await.is_err() {
                return Ok(());
            }
            if !is_full {
                break;
            }
        }
    }
    Ok(())
}

async fn packed_page<R: Send>(
    conn: &mut SqliteConnection,
    text: &'static str,
    binder: Binder,
    mut unpack: impl FnMut(&mut Packed<'_>) -> Outcome<(usize, usize, R)> + Send,
) -> Outcome<Page<R>> {
    let query = sqlx::query_scalar_with(text, binder.finish());
    let text: Option<String> = query.fetch_one(conn).await.doing(DOING)?;
    let text = text.unwrap_or_default();
    let mut packed = Packed::new(&text);
    let mut rows: Vec<(usize, usize, R)> = Vec::new();
    let mut before = "";
    while !packed.is_empty() {
        let row = unpack(&mut packed)?;
        // The merge rests on the order of the rows, so it is not taken on trust.
        let order_no = text.get(row.0..row.1).unwrap_or_default();
        if before > order_no {
            return Err(unknown("a page whose rows do not ascend", &row.0));
        }
        before = order_no;
        rows.push(row);
    }
    Ok(Page { stream: 0, text, read: rows.len(), rows })
}

fn bind(
    date: BusinessDate,
    stream_id: i64,
    after: &str,
    rows: usize,
) -> Result<Binder, sqlx::Error> {
    let mut binder = Binder::default();
    binder.date(date)?;
    binder.int(stream_id)?;
    binder.text(after)?;
    binder.int(limit(rows))?;
    Ok(binder)
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Side for MerchantWord {
    async fn page(
        conn: &mut SqliteConnection,
        date: BusinessDate,
        stream_id: i64,
        after: &str,
        rows: usize,
    ) -> Outcome<Page<Self>> {
        let binder = bind(date, stream_id, after, rows).doing(DOING)?;
        packed_page(conn, sql::MERCHANT_ORDER_SCAN, binder, |packed| {
            let length = packed.length()?;
            let status = packed.int()?;
            let minor = packed.int()?;
            let fee_minor = packed.int_or_none()?;
            let start = packed.at();
            packed.text(length)?;
            let end = packed.at();
            let word = Self {
                status: rows::listed("a merchant status", status, MerchantStatus::from_number)?,
                amount: Money { minor, currency: rows::currency(packed.text(3)?)? },
                fee_minor,
            };
            Ok((start, end, word))
        })
        .await
    }
}

impl Side for Together {
    async fn page(
        conn: &mut SqliteConnection,
        date: BusinessDate,
        stream_id: i64,
        after: &str,
        rows: usize,
    ) -> Outcome<Page<Self>> {
        let binder = bind(date, stream_id, after, rows).doing(DOING)?;
        let page = packed_page(conn, sql::READING_SCAN, binder, reading).await?;
        Ok(page.brought_together())
    }
}

/// A reading as it is packed, with the length of the provider's own number, which stands after the
/// order number.
fn reading(packed: &mut Packed<'_>) -> Outcome<(usize, usize, (ProviderWord, usize))> {
    let length = packed.length()?;
    let number = packed.length()?;
    let source = packed.int()?;
    let status = packed.int()?;
    let amount_minor = packed.int_or_none()?;
    let currency = packed.length()?;
    let fee_minor = packed.int_or_none()?;
    let start = packed.at();
    packed.text(length)?;
    let end = packed.at();
    packed.text(number)?;
    let word = ProviderWord {
        source: rows::listed("a source", source, Source::from_number)?,
        status: rows::listed("a provider status", status, ProviderStatus::from_number)?,
        amount: rows::money(amount_minor, packed.text(currency)?)?,
        fee_minor,
    };
    Ok((start, end, (word, number)))
}

impl Page<(ProviderWord, usize)> {
    /// What the readings of each order come to. A page has all of an order's or is asked for again.
    fn brought_together(self) -> Page<Together> {
        let mut orders = Vec::with_capacity(self.rows.len());
        let mut readings = Vec::new();
        let text_of = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        for same in self.rows.chunk_by(|one, next| text_of(one.0, one.1) == text_of(next.0, next.1))
        {
            readings.clear();
            readings.extend(same.iter().map(|(_, end, (word, number))| {
                (text_of(*end, end.saturating_add(*number)), *word)
            }));
            if let (Some((start, end, _)), Some(told)) = (same.first(), together(&readings)) {
                orders.push((*start, *end, told));
            }
        }
        Page { stream: self.stream, read: self.read, rows: orders, text: self.text }
    }
}

/// A pair that is looked at whatever its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// Touched, or with an open discrepancy: it is in doubt.
    InDoubt,
    /// Perhaps spread over several dates: the day by itself does not show all of it.
    Spread,
}

impl Side for Carried {
    async fn page(
        conn: &mut SqliteConnection,
        date: BusinessDate,
        stream_id: i64,
        after: &str,
        rows: usize,
    ) -> Outcome<Page<Self>> {
        let query = sqlx::query_as::<_, (String, i64)>(sql::TOUCHED_PAGE)
            .bind(stream_id)
            .bind(after.to_owned())
            .bind(limit(rows))
            .bind(date.number());
        let found = query.fetch_all(conn).await.doing(DOING)?;
        let mut text = String::new();
        let mut rows = Vec::with_capacity(found.len());
        for (order_no, in_doubt) in &found {
            let start = text.len();
            text.push_str(order_no);
            let carried = if *in_doubt == 1 { Self::InDoubt } else { Self::Spread };
            rows.push((start, text.len(), carried));
        }
        Ok(Page { stream: 0, text, read: rows.len(), rows })
    }
}
