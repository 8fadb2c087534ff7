//! What the scan reads, page by page, each side on a connection and thread of its own: a day's
//! orders, a day's readings, and the pairs that are looked at whatever their date.

use rusqlite::Row;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::direct::{Snapshot, query, text_of};
use super::scan::DOING;
use super::{Doing, Outcome, broken_rows};
use crate::business_day::BusinessDate;
use crate::ledger::agree::{MerchantWord, ProviderWord, Together, together};
use crate::ledger::failure::unknown;
use crate::ledger::rows::{self, Fields, Value};
use crate::ledger::sql;
use crate::money::Money;
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus};

/// Rows of a page, about: a page has all rows of its order numbers.
const ROWS: usize = 2_000;
/// Pages that wait to be looked at, at most.
const AHEAD: usize = 2;

/// Rows of one stream, ascending by order number.
pub(super) struct Page<R> {
    /// The stream's place in the scan.
    stream: usize,
    /// The text that holds the order numbers.
    text: String,
    /// Where each row's order number begins and ends, and what the scan looks at.
    rows: Vec<(usize, usize, R)>,
}

/// One of the things that the scan reads.
pub(super) trait Side: Sized + Copy + Send + 'static {
    /// A row as it is read, before the rows of an order number are brought together.
    type Raw;
    /// The statement that finds a stream's rows of a date, ascending by order number, which stands first.
    const TEXT: &'static str;

    /// Reads a row, whose order number is in the page's text already; texts that it needs go there too.
    fn read(row: &Row<'_>, text: &mut String) -> Outcome<Self::Raw>;

    /// The rows of a page.
    fn page(text: &str, rows: Vec<(usize, usize, Self::Raw)>) -> Vec<(usize, usize, Self)>;
}

/// Pages of one side as they come, and the place that was reached.
pub(super) struct Cursor<R> {
    pages: mpsc::Receiver<Outcome<Page<R>>>,
    page: Option<Page<R>>,
    at: usize,
    is_over: bool,
}

impl<R: Side> Cursor<R> {
    /// Starts reading a side's rows of some streams, in their order.
    pub(super) fn start(snapshot: Snapshot, date: BusinessDate, streams: Vec<i64>) -> Self {
        let (sender, pages) = mpsc::channel(AHEAD);
        spawn_blocking(move || {
            let end = walk::<R>(&snapshot, date, &streams, &sender);
            // An empty page is the end: a channel that just closes is a task that died.
            let end = end.map(|()| Page { stream: 0, text: String::new(), rows: Vec::new() });
            sender.blocking_send(end).ok();
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

fn walk<R: Side>(
    snapshot: &Snapshot,
    date: BusinessDate,
    streams: &[i64],
    sender: &mpsc::Sender<Outcome<Page<R>>>,
) -> Outcome<()> {
    let mut statement = snapshot.statement(R::TEXT, DOING)?;
    for (place, stream_id) in streams.iter().enumerate() {
        let values = [Value::Int(*stream_id), date.into()];
        let mut found = query(&mut statement, &values, DOING)?;
        let (mut text, mut rows) = (String::new(), Vec::new());
        let mut before = (0, 0);
        while let Some(row) = found.next().doing(DOING)? {
            let order_no = text_of(row, 0, DOING)?;
            let last = text.get(before.0..before.1).unwrap_or_default();
            // The merge rests on the order of the rows, so it is not taken on trust.
            if last > order_no {
                return Err(unknown("a page whose rows do not ascend", order_no));
            }
            if rows.len() >= ROWS && last != order_no {
                let page = whole(place, std::mem::take(&mut text), std::mem::take(&mut rows));
                if sender.blocking_send(Ok(page)).is_err() {
                    return Ok(());
                }
            }
            before.0 = text.len();
            text.push_str(order_no);
            before.1 = text.len();
            let read = R::read(row, &mut text)?;
            rows.push((before.0, before.1, read));
        }
        if !rows.is_empty() && sender.blocking_send(Ok(whole(place, text, rows))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn whole<R: Side>(stream: usize, text: String, rows: Vec<(usize, usize, R::Raw)>) -> Page<R> {
    Page { stream, rows: R::page(&text, rows), text }
}

impl Side for MerchantWord {
    type Raw = Self;
    const TEXT: &'static str = sql::MERCHANT_ORDER_SCAN;

    fn read(row: &Row<'_>, _text: &mut String) -> Outcome<Self> {
        let currency = rows::currency(text_of(row, 3, DOING)?)?;
        Ok(Self {
            status: rows::listed("a merchant status", row.int(1)?, MerchantStatus::from_number)?,
            amount: Money { minor: row.int(2)?, currency },
            fee_minor: row.int_or_none(4)?,
        })
    }

    fn page(_text: &str, rows: Vec<(usize, usize, Self)>) -> Vec<(usize, usize, Self)> {
        rows
    }
}

impl Side for Together {
    /// A reading, and the length of the provider's own number, which stands after the order number.
    type Raw = (ProviderWord, usize);
    const TEXT: &'static str = sql::READING_SCAN;

    fn read(row: &Row<'_>, text: &mut String) -> Outcome<Self::Raw> {
        let number = text_of(row, 6, DOING)?;
        text.push_str(number);
        let word = ProviderWord {
            source: rows::listed("a source", row.int(1)?, Source::from_number)?,
            status: rows::listed("a provider status", row.int(2)?, ProviderStatus::from_number)?,
            amount: rows::money(row.int_or_none(3)?, text_of(row, 4, DOING)?)?,
            fee_minor: row.int_or_none(5)?,
        };
        Ok((word, number.len()))
    }

    /// What the readings of each order come to.
    fn page(text: &str, rows: Vec<(usize, usize, Self::Raw)>) -> Vec<(usize, usize, Self)> {
        let mut orders = Vec::with_capacity(rows.len());
        let mut readings = Vec::new();
        let text_of = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        for same in rows.chunk_by(|one, next| text_of(one.0, one.1) == text_of(next.0, next.1)) {
            readings.clear();
            readings.extend(same.iter().map(|(_, end, (word, number))| {
                (text_of(*end, end.saturating_add(*number)), *word)
            }));
            if let (Some((start, end, _)), Some(provider)) = (same.first(), together(&readings)) {
                orders.push((*start, *end, provider));
            }
        }
        orders
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
    type Raw = Self;
    const TEXT: &'static str = sql::TOUCHED_SCAN;

    fn read(row: &Row<'_>, _text: &mut String) -> Outcome<Self> {
        Ok(if row.int(1)? == 1 { Self::InDoubt } else { Self::Spread })
    }

    fn page(_text: &str, rows: Vec<(usize, usize, Self)>) -> Vec<(usize, usize, Self)> {
        rows
    }
}
