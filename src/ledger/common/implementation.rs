//! The ledger's trait, for every database: which room does what, on a connection that reads or in a
//! transaction that writes.

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;

use super::{
    Connection, Doing, Outcome, Store, absences, answers, balances, chains, connect, damage,
    day_sums, days, discrepancies, firings, heal, intake, listing, lock, movements, orders, pairs,
    patterns, placement, readings, scan, settled, snapshot, stated, sums, transfer, versions,
};
use crate::balance::{BalanceAsk, BalanceSnapshot};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::Discrepancy;
use crate::discrepancy::pattern::Pattern;
use crate::ledger::placement::TablePlacement;
use crate::ledger::prune::Pruned;
use crate::ledger::transfer::{Cell, TableSummary};
use crate::ledger::{
    AccountPull, AccountVerdict, AfterEntry, Anchor, AnchoredEntry, BillSum, ChainEntry, Copied,
    DaySum, DiscrepancyChange, DiscrepancyEvent, Firing, Healed, IntakeFile, Ledger, LedgerLock,
    LedgerStatus, LedgerStream, ListingWindow, LockHolder, PutCount, RunRecord, Scan, Scanned,
    SortedRows, Statement, SumRequest, Summed, Totals, Version, sql,
};
use crate::money::Currency;
use crate::movement::Movement;
use crate::order::{Order, OrderKey, Rejection, Stream};
use crate::progress::Bar;
use crate::reading::{Pair, Reading};
use crate::resolution::chain::words::HashedWord;

#[async_trait]
impl Ledger for Store {
    async fn migrate(&self) -> Outcome<()> {
        connect::migrate(self).await
    }

    async fn heal(&self) -> Outcome<Healed> {
        write!(self, crate::ledger::heal::DOING => |conn| heal::heal(conn).await?)
    }

    async fn identity(&self) -> Outcome<String> {
        const DOING: &str = "say which one it is";
        let mut conn = self.reader(DOING).await?;
        sqlx::query_scalar(sql::IDENTITY_FIND).fetch_one(&mut *conn).await.doing(DOING)
    }

    async fn status(&self) -> Outcome<LedgerStatus> {
        connect::status(&mut *self.reader("read its status").await?).await
    }

    async fn lock(&self, holder: &LockHolder) -> Outcome<Box<dyn LedgerLock>> {
        lock::take(self, holder).await
    }

    async fn intake_is_known(&self, name: &str, digest: &str) -> Outcome<bool> {
        let mut conn = self.reader("look up a file").await?;
        Ok(intake::find(&mut conn, name).await?.is_some_and(|(_, known)| known == digest))
    }

    async fn put_orders(
        &self,
        file: &IntakeFile,
        orders: SortedRows<Order>,
        rejections: SortedRows<Rejection>,
    ) -> Outcome<PutCount> {
        write!(self, orders::DOING => |conn| orders::put(conn, file, orders, rejections).await?)
    }

    async fn orders_overruled_by(&self, name: &str) -> Outcome<Vec<String>> {
        let mut conn = self.reader(orders::READING).await?;
        orders::overruled_by(&mut conn, name).await
    }

    async fn unkept_orders(&self, date: BusinessDate) -> Outcome<Vec<String>> {
        let mut conn = self.reader(orders::READING).await?;
        orders::unkept(&mut conn, date).await
    }

    async fn put_listing(
        &self,
        window: &ListingWindow,
        rows: SortedRows<Reading>,
    ) -> Outcome<PutCount> {
        write!(self, listing::DOING => |conn| listing::put(conn, window, rows).await?)
    }

    async fn put_answers(&self, answers: &[Reading]) -> Outcome<PutCount> {
        write!(self, answers::DOING => |conn| answers::put(conn, answers).await?)
    }

    async fn put_rejections(
        &self,
        source: &str,
        date: BusinessDate,
        rejections: &[Rejection],
    ) -> Outcome<()> {
        write!(self, intake::DOING => |conn| {
            intake::replace_rejections(conn, source, date, rejections).await?;
        })
    }

    fn scan<'a>(&'a self, scan: &'a Scan) -> LedgerStream<'a, Scanned> {
        scan::scan(self, scan)
    }

    async fn pairs(&self, keys: &[OrderKey]) -> Outcome<Vec<Pair>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::pairs(&mut conn, keys).await
    }

    async fn find(&self, order_no: &str) -> Outcome<Vec<Pair>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::find(&mut conn, order_no).await
    }

    async fn refunds_of(&self, payments: &[OrderKey]) -> Outcome<Vec<Order>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::refunds_of(&mut conn, payments).await
    }

    async fn provider_numbers(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Outcome<Vec<(String, OrderKey)>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::provider_numbers(&mut conn, account, (from, to)).await
    }

    async fn refund_readings(&self, payments: &[OrderKey]) -> Outcome<Vec<Reading>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::refund_readings(&mut conn, payments).await
    }

    async fn refunds_on(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Outcome<Vec<Order>> {
        let mut conn = self.reader(pairs::DOING).await?;
        pairs::refunds_on(&mut conn, stream, date, after, limit).await
    }

    async fn touch_unfinished(
        &self,
        stream: &Stream,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Outcome<()> {
        write!(self, pairs::TOUCHING => |conn| {
            pairs::touch_unfinished(conn, stream, (from, to)).await?;
        })
    }

    async fn touch_settled(
        &self,
        stream: &Stream,
        date: BusinessDate,
        answered_before: Timestamp,
    ) -> Outcome<()> {
        write!(self, pairs::TOUCHING => |conn| {
            pairs::touch_settled(conn, stream, date, answered_before).await?;
        })
    }

    async fn settle_touched(&self, keys: &[OrderKey]) -> Outcome<()> {
        write!(self, pairs::SETTLING => |conn| pairs::settle_touched(conn, keys).await?)
    }

    async fn discrepancies_of(&self, keys: &[OrderKey]) -> Outcome<Vec<Discrepancy>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        discrepancies::of(&mut conn, keys).await
    }

    async fn discrepancy(&self, id: &str) -> Outcome<Option<(Discrepancy, Vec<DiscrepancyEvent>)>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        discrepancies::find(&mut conn, id).await
    }

    async fn put_discrepancies(&self, changes: &[DiscrepancyChange]) -> Outcome<()> {
        write!(self, discrepancies::WRITING => |conn| discrepancies::put(conn, changes).await?)
    }

    fn report_rows(&self, date: BusinessDate) -> LedgerStream<'_, Discrepancy> {
        discrepancies::report_rows(self, date)
    }

    fn rejections(&self, date: BusinessDate) -> LedgerStream<'_, Rejection> {
        intake::rejections(self, date)
    }

    async fn intake_files(&self, date: BusinessDate) -> Outcome<Vec<IntakeFile>> {
        let mut conn = self.reader("list files").await?;
        intake::files(&mut conn, date).await
    }

    async fn earlier_files(&self, date: BusinessDate, limit: u32) -> Outcome<Vec<IntakeFile>> {
        let mut conn = self.reader("list files").await?;
        intake::earlier(&mut conn, date, limit).await
    }

    async fn put_pull(&self, pull: &AccountPull) -> Outcome<()> {
        write!(self, days::WRITING => |conn| days::put_pull(conn, pull).await?)
    }

    async fn pulls(&self, date: BusinessDate) -> Outcome<Vec<AccountPull>> {
        let mut conn = self.reader(days::READING).await?;
        days::pulls(&mut conn, date).await
    }

    async fn put_day(
        &self,
        date: BusinessDate,
        totals: &[(Stream, Currency, Totals)],
        verdicts: &[AccountVerdict],
    ) -> Outcome<()> {
        write!(self, days::WRITING => |conn| days::put_day(conn, date, totals, verdicts).await?)
    }

    async fn day(
        &self,
        date: BusinessDate,
    ) -> Outcome<(Vec<(Stream, Currency, Totals)>, Vec<AccountVerdict>)> {
        let mut conn = self.reader(days::READING).await?;
        days::day(&mut conn, date).await
    }

    async fn put_balances(&self, snapshots: &[BalanceSnapshot]) -> Outcome<PutCount> {
        write!(self, balances::WRITING => |conn| balances::put(conn, snapshots).await?)
    }

    async fn balances(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Outcome<Vec<BalanceSnapshot>> {
        let mut conn = self.reader(balances::READING).await?;
        balances::list(&mut conn, account, from, until).await
    }

    async fn put_balance_asks(&self, asks: &[BalanceAsk]) -> Outcome<()> {
        write!(self, balances::WRITING => |conn| balances::put_asks(conn, asks).await?)
    }

    async fn balance_asks(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Outcome<Vec<BalanceAsk>> {
        let mut conn = self.reader(balances::READING).await?;
        balances::asks(&mut conn, account, from, until).await
    }

    async fn put_run(&self, run: &RunRecord) -> Outcome<()> {
        write!(self, days::WRITING => |conn| days::put_run(conn, run).await?)
    }

    async fn runs(&self, limit: u32) -> Outcome<Vec<RunRecord>> {
        let mut conn = self.reader(days::READING).await?;
        days::runs(&mut conn, limit).await
    }

    async fn put_patterns(
        &self,
        date: BusinessDate,
        accounts: &[String],
        patterns: &[Pattern],
    ) -> Outcome<()> {
        write!(self, days::WRITING => |conn| patterns::put(conn, date, accounts, patterns).await?)
    }

    async fn patterns(&self, date: BusinessDate) -> Outcome<Vec<Pattern>> {
        let mut conn = self.reader(days::READING).await?;
        patterns::list(&mut conn, date).await
    }

    async fn booked(&self, stream: &Stream, date: BusinessDate) -> Outcome<Vec<Timestamp>> {
        let mut conn = self.reader(days::READING).await?;
        patterns::booked(&mut conn, stream, date).await
    }

    async fn checkpoint(&self) -> Outcome<()> {
        connect::checkpoint(self).await
    }

    async fn summaries(&self) -> Outcome<Vec<TableSummary>> {
        transfer::summaries(&mut *self.reader(transfer::READING).await?).await
    }

    fn dump<'a>(&'a self, table: &'a TableSummary) -> LedgerStream<'a, Vec<Vec<Cell>>> {
        transfer::dump(self, table)
    }

    async fn fill(
        &self,
        from: &dyn Ledger,
        tables: &[TableSummary],
        bar: &Bar,
    ) -> Outcome<Vec<TableSummary>> {
        write!(self, transfer::WRITING => |conn| transfer::fill(conn, from, tables, bar).await?)
    }

    async fn placements(&self) -> Outcome<Vec<TablePlacement>> {
        placement::placements(self).await
    }

    async fn distribute(&self, shards: Option<u32>) -> Outcome<Vec<&'static str>> {
        placement::distribute(self, shards).await
    }

    async fn put_firing(&self, firing: &Firing) -> Outcome<()> {
        write!(self, firings::WRITING => |conn| firings::put(conn, firing).await?)
    }

    async fn firings(&self, per_job: u32) -> Outcome<Vec<Firing>> {
        let mut conn = self.reader(firings::READING).await?;
        firings::list(&mut conn, per_job).await
    }

    async fn copy(&self, folder: &Path) -> Outcome<Copied> {
        snapshot::copy(self, folder).await
    }

    async fn chain_entries(
        &self,
        after: (&str, &str, i32),
        limit: u32,
    ) -> Outcome<Vec<ChainEntry>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        chains::page(&mut conn, after, limit).await
    }

    async fn without_history(&self, limit: u32) -> Outcome<Vec<String>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        chains::without(&mut conn, limit).await
    }

    async fn altered_versions(&self, limit: u32) -> Outcome<Vec<String>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        chains::altered(&mut conn, limit).await
    }

    async fn anchors(&self) -> Outcome<Vec<Anchor>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        chains::anchors(&mut conn).await
    }

    async fn put_anchor(&self, anchor: &Anchor) -> Outcome<()> {
        write!(self, discrepancies::WRITING => |conn| chains::put(conn, anchor).await?)
    }

    async fn anchored_entries(
        &self,
        after: &AfterEntry,
        limit: u32,
    ) -> Outcome<Vec<AnchoredEntry>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        chains::anchored(&mut conn, after, limit).await
    }

    fn all_readings(&self) -> LedgerStream<'_, Reading> {
        readings::all(self)
    }

    fn hashed_words(&self, date: Option<BusinessDate>) -> LedgerStream<'_, HashedWord> {
        readings::hashed(self, date)
    }

    async fn damage(&self, is_thorough: bool) -> Outcome<Vec<String>> {
        let mut conn = self.reader(damage::DOING).await?;
        damage::found(&mut conn, is_thorough).await
    }

    async fn prune(&self, before: BusinessDate, is_dry: bool) -> Outcome<Pruned> {
        crate::ledger::prune::run(self, before, is_dry).await
    }

    async fn put_movements(&self, source: &str, movements: &[Movement]) -> Outcome<PutCount> {
        write!(self, movements::WRITING => |conn| movements::put(conn, source, movements).await?)
    }

    async fn movements(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Outcome<Vec<Movement>> {
        let mut conn = self.reader(movements::READING).await?;
        movements::list(&mut conn, account, from, until).await
    }

    async fn settlements(
        &self,
        account: &str,
        from: BusinessDate,
        until: Timestamp,
    ) -> Outcome<(Vec<Movement>, Option<BusinessDate>)> {
        let mut conn = self.reader(movements::READING).await?;
        movements::settled(&mut conn, account, from, until).await
    }

    async fn sums(&self, request: &SumRequest) -> Outcome<Summed> {
        day_sums::of(self, request).await
    }

    async fn put_day_sums(
        &self,
        account: &str,
        date: BusinessDate,
        sums: &[(Stream, DaySum)],
    ) -> Outcome<()> {
        write!(self, sums::WRITING => |conn| sums::put(conn, account, date, sums).await?)
    }

    async fn day_sums(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Outcome<Vec<(BusinessDate, Stream, DaySum)>> {
        let mut conn = self.reader(sums::READING).await?;
        sums::list(&mut conn, account, from, to).await
    }

    async fn stale_dates(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Outcome<Vec<BusinessDate>> {
        let mut conn = self.reader(sums::READING).await?;
        sums::stale(&mut conn, account, from, to).await
    }

    async fn discrepancies_on(
        &self,
        date: BusinessDate,
        keys: &[OrderKey],
    ) -> Outcome<Vec<Version>> {
        let mut conn = self.reader(discrepancies::READING).await?;
        versions::on(&mut conn, date, keys).await
    }

    async fn restate(&self, date: BusinessDate, rows: &[Discrepancy]) -> Outcome<()> {
        write!(self, discrepancies::WRITING => |conn| versions::restate(conn, date, rows).await?)
    }

    async fn last_day(&self) -> Outcome<Option<BusinessDate>> {
        let mut conn = self.reader(days::READING).await?;
        days::last(&mut conn).await
    }

    fn moved_on(&self, date: BusinessDate) -> LedgerStream<'_, OrderKey> {
        versions::moved(self, sql::DISCREPANCY_VERSION_MOVED_ON, date)
    }

    fn moved_since(&self, date: BusinessDate) -> LedgerStream<'_, OrderKey> {
        versions::moved(self, sql::DISCREPANCY_VERSION_MOVED_SINCE, date)
    }

    async fn put_late_listing(
        &self,
        window: &ListingWindow,
        rows: SortedRows<Reading>,
    ) -> Outcome<PutCount> {
        write!(self, listing::DOING => |conn| listing::put_late(conn, window, rows).await?)
    }

    async fn put_listed_rows(&self, stream: &Stream, date: BusinessDate, rows: i64) -> Outcome<()> {
        write!(self, listing::DOING => |conn| listing::put_rows(conn, stream, date, rows).await?)
    }

    async fn listed_rows(&self, stream: &Stream, date: BusinessDate) -> Outcome<Option<i64>> {
        let mut conn = self.reader(listing::DOING).await?;
        listing::rows(&mut conn, stream, date).await
    }

    async fn put_settled(&self, date: BusinessDate, account: &str, found: &str) -> Outcome<()> {
        write!(self, sums::WRITING => |conn| settled::put(conn, date, account, found).await?)
    }

    async fn settled(&self, date: BusinessDate) -> Outcome<BTreeMap<String, String>> {
        let mut conn = self.reader(sums::READING).await?;
        settled::list(&mut conn, date).await
    }

    async fn put_statement(
        &self,
        statement: &Statement,
        rows: SortedRows<Reading>,
        rejections: SortedRows<Rejection>,
    ) -> Outcome<PutCount> {
        write!(self, stated::DOING => |conn| stated::put(conn, statement, rows, rejections).await?)
    }

    async fn statement_is_overruled(&self, account: &str, interface: &str) -> Outcome<bool> {
        let mut conn = self.reader(stated::READING).await?;
        stated::is_overruled(&mut conn, account, interface).await
    }

    async fn stated_streams(&self, date: BusinessDate) -> Outcome<Vec<Stream>> {
        let mut conn = self.reader(stated::READING).await?;
        stated::streams(&mut conn, date).await
    }

    async fn bill_sums(&self, date: BusinessDate) -> Outcome<Vec<BillSum>> {
        let mut conn = self.reader(stated::READING).await?;
        stated::sums(&mut conn, date).await
    }

    async fn given_up(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Outcome<Vec<String>> {
        let mut conn = self.reader(absences::DOING).await?;
        absences::given_up(&mut conn, stream, date, after, limit).await
    }

    async fn left_out(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Outcome<Vec<String>> {
        let mut conn = self.reader(absences::DOING).await?;
        absences::left_out(&mut conn, stream, date, after, limit).await
    }

    async fn known_order(&self, stream: &Stream) -> Outcome<Option<String>> {
        let mut conn = self.reader(absences::DOING).await?;
        absences::known_order(&mut conn, stream).await
    }
}
