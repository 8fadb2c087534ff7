//! The scan of a day: both sides and the pairs that are carried on, merged in key order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::task::spawn_blocking;

use super::direct::Snapshot;
use super::scan_pages::{Carried, Cursor};
use super::{Doing, Outcome, SqliteLedger, broken_rows, lists, streams};
use crate::business_day::BusinessDate;
use crate::ledger::agree::{MerchantWord, Terms, Together, plainly_agrees};
use crate::ledger::failure::unknown;
use crate::ledger::rows::Fields;
use crate::ledger::streams::Streams;
use crate::ledger::{LedgerError, LedgerStream, Scan, Scanned, Totals, sql};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::rules::fee::Chosen;

/// What this does, for errors.
pub(super) const DOING: &str = "look at a day";

/// Pairs of which one lookup finds out whether they have rows under other dates.
const BLOCK: usize = 512;

/// See [`crate::ledger::Ledger::scan`].
pub(super) fn scan<'a>(ledger: &'a SqliteLedger, scan: &'a Scan) -> LedgerStream<'a, Scanned> {
    let opened = stream::once(async move {
        let scanner = Scanner::start(ledger, scan).await?;
        Ok(stream::try_unfold(scanner, |mut scanner| async move {
            Ok(scanner.next().await?.map(|found| (found, scanner)))
        }))
    });
    opened.try_flatten().boxed()
}

/// A stream in its place of the scan.
struct Lane<'a> {
    id: i64,
    stream: Stream,
    is_listed: bool,
    /// Of a stream of [`Scan::by_bill`]: the payments that refunds name.
    refunded: Option<BTreeSet<String>>,
    fee: Chosen<'a>,
}

struct Scanner<'a> {
    date: BusinessDate,
    tolerance_minor: i64,
    verified_only: bool,
    lanes: Vec<Lane<'a>>,
    orders: Cursor<MerchantWord>,
    readings: Cursor<Together>,
    carried: Cursor<Carried>,
    lookups: Transaction<'static, Sqlite>,
    /// The lane that is being looked at, and the sums of its pairs that plainly agree.
    lane: usize,
    agreed: BTreeMap<Currency, Totals>,
    /// Pairs in doubt, and pairs that agree if nothing of them lies under another date.
    block: Vec<(String, Option<(Currency, Totals)>)>,
    found: VecDeque<Scanned>,
    is_over: bool,
}

impl<'a> Scanner<'a> {
    async fn start(ledger: &SqliteLedger, scan: &'a Scan) -> Outcome<Self> {
        // While nobody writes, so that all four see the same ledger.
        let writer = ledger.writer.lock().await;
        let mut lookups = snapshot(ledger).await?;
        let path = ledger.path.clone();
        let opened = spawn_blocking(move || {
            let open = || Snapshot::open(&path, DOING);
            Ok::<_, LedgerError>((open()?, open()?, open()?))
        });
        let stopped = |_| Err(broken_rows(DOING, "the reading stopped"));
        let (orders, readings, carried) = opened.await.unwrap_or_else(stopped)?;
        drop(writer);
        let known = streams::load(&mut lookups, DOING).await?;
        let accounts: BTreeSet<&str> = scan.accounts.iter().map(String::as_str).collect();
        let listed: BTreeSet<&Stream> = scan.listed.iter().collect();
        let mut lanes: Vec<Lane<'a>> = Vec::new();
        for (stream, id) in known.iter().filter(|(it, _)| accounts.contains(&*it.account)) {
            let refunded = if scan.by_bill.contains(stream) {
                refunded(&mut lookups, &known, &stream.account, scan.date).await?
            } else {
                None
            };
            lanes.push(Lane {
                id,
                stream: stream.clone(),
                is_listed: listed.contains(stream),
                refunded,
                fee: scan.fee_of(stream),
            });
        }
        let ids: Vec<i64> = lanes.iter().map(|lane| lane.id).collect();
        Ok(Self {
            date: scan.date,
            tolerance_minor: scan.tolerance_minor,
            verified_only: scan.verified_only,
            lanes,
            orders: Cursor::start(orders, scan.date, ids.clone()),
            readings: Cursor::start(readings, scan.date, ids.clone()),
            carried: Cursor::start(carried, scan.date, ids),
            lookups,
            lane: 0,
            agreed: BTreeMap::new(),
            block: Vec::with_capacity(BLOCK),
            found: VecDeque::new(),
            is_over: false,
        })
    }

    async fn next(&mut self) -> Outcome<Option<Scanned>> {
        let mut order_no = String::new();
        while self.found.is_empty() && !self.is_over {
            self.orders.fill().await?;
            self.readings.fill().await?;
            self.carried.fill().await?;
            let Some((lane, next)) = self.least() else {
                self.is_over = true;
                self.end_lane().await?;
                break;
            };
            order_no.clear();
            order_no.push_str(next);
            if lane != self.lane {
                self.end_lane().await?;
                self.lane = lane;
            }
            self.pair(&order_no).await?;
            if self.block.len() >= BLOCK {
                self.settle_block().await?;
            }
        }
        Ok(self.found.pop_front())
    }

    fn least(&self) -> Option<(usize, &str)> {
        let heads = [
            self.orders.head().map(|(lane, order_no, _)| (lane, order_no)),
            self.readings.head().map(|(lane, order_no, _)| (lane, order_no)),
            self.carried.head().map(|(lane, order_no, _)| (lane, order_no)),
        ];
        heads.into_iter().flatten().min()
    }

    /// Looks at one pair, of which the day may show everything, a part, or nothing.
    async fn pair(&mut self, order_no: &str) -> Outcome<()> {
        let (orders, order) = self.orders.take(self.lane, order_no).await?;
        let (_, provider) = self.readings.take(self.lane, order_no).await?;
        let (_, carried) = self.carried.take(self.lane, order_no).await?;
        if orders == 0 && provider.is_none() && carried == Some(Carried::Spread) {
            return Ok(());
        }
        let lane = self.lanes.get(self.lane);
        let terms = Terms {
            is_listed: lane.is_some_and(|lane| lane.is_listed),
            fee: lane.map_or(Chosen::None, |lane| lane.fee),
            tolerance_minor: self.tolerance_minor,
            verified_only: self.verified_only,
            by_bill: lane
                .and_then(|lane| lane.refunded.as_ref())
                .is_some_and(|refunded| !refunded.contains(order_no)),
        };
        let totals =
            order.filter(|_| orders == 1 && carried != Some(Carried::InDoubt)).and_then(|order| {
                let totals = plainly_agrees(&order, provider.as_ref(), &terms)?;
                Some((order.amount.currency, totals))
            });
        // A day shows both sides of a pair or that it is spread; that a reading is missing is only
        // shown by looking for it under all dates.
        match totals {
            Some((currency, totals)) if provider.is_some() && carried.is_none() => {
                self.add(currency, &totals)
            }
            totals => {
                self.block.push((order_no.to_owned(), totals));
                Ok(())
            }
        }
    }

    fn add(&mut self, currency: Currency, totals: &Totals) -> Outcome<()> {
        let sum = self.agreed.entry(currency).or_default();
        *sum = sum.plus(totals).ok_or_else(|| unknown("a sum of a day", "too large"))?;
        Ok(())
    }

    async fn settle_block(&mut self) -> Outcome<()> {
        let Some(lane) = self.lanes.get(self.lane) else {
            return Ok(());
        };
        let (id, stream) = (lane.id, lane.stream.clone());
        let block = std::mem::take(&mut self.block);
        let unsure: Vec<&str> = block
            .iter()
            .filter(|(_, totals)| totals.is_some())
            .map(|(order_no, _)| &**order_no)
            .collect();
        let elsewhere = self.elsewhere(id, &unsure).await?;
        for (order_no, totals) in block {
            match totals {
                Some((currency, totals)) if !elsewhere.contains(&order_no) => {
                    self.add(currency, &totals)?;
                }
                Some(_) | None => {
                    let key = OrderKey { stream: stream.clone(), order_no };
                    self.found.push_back(Scanned::Doubt(key));
                }
            }
        }
        Ok(())
    }

    async fn elsewhere(&mut self, stream_id: i64, order_nos: &[&str]) -> Outcome<BTreeSet<String>> {
        let numbers = [stream_id, i64::from(self.date.number())];
        let text = sql::MERCHANT_ORDER_ELSEWHERE;
        let found = lists::fetch(&mut self.lookups, DOING, text, &numbers, &[order_nos]).await?;
        found.iter().map(|row| row.text(0)).collect()
    }

    async fn end_lane(&mut self) -> Outcome<()> {
        self.settle_block().await?;
        let agreed = std::mem::take(&mut self.agreed);
        if let Some(lane) = self.lanes.get(self.lane) {
            let of_lane =
                |(currency, totals)| Scanned::Agreed(lane.stream.clone(), currency, totals);
            self.found.extend(agreed.into_iter().map(of_lane));
        }
        Ok(())
    }
}

/// The payments of an account that refunds name from the day before a date on; `None` where they are too many.
async fn refunded(
    conn: &mut SqliteConnection,
    known: &Streams,
    account: &str,
    date: BusinessDate,
) -> Outcome<Option<BTreeSet<String>>> {
    let mut found = BTreeSet::new();
    let refunds = known.refunds(account);
    let mut after = i64::from(date.plus_days(-2).number());
    while !refunds.is_empty() && found.len() <= Scan::REFUNDED_MAX {
        let query = sqlx::query_scalar(sql::READING_DATE_AFTER).bind(after);
        let next: Option<i64> = query.fetch_one(&mut *conn).await.doing(DOING)?;
        let Some(date) = next else { break };
        for stream_id in &refunds {
            let query = sqlx::query_scalar(sql::READING_REFUNDED).bind(date).bind(*stream_id);
            let named: Vec<String> = query.fetch_all(&mut *conn).await.doing(DOING)?;
            found.extend(named);
        }
        after = date;
    }
    Ok(Some(found).filter(|found| found.len() <= Scan::REFUNDED_MAX))
}

/// A read transaction that sees the ledger as it is now.
async fn snapshot(ledger: &SqliteLedger) -> Outcome<Transaction<'static, Sqlite>> {
    let mut transaction = ledger.pool.begin().await.doing(DOING)?;
    sqlx::query(sql::SNAPSHOT_BEGIN).fetch_one(&mut *transaction).await.doing(DOING)?;
    Ok(transaction)
}
