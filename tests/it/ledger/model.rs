//! A naive ledger in memory: what the trait's documentation says, in the simplest way that is right.

use std::collections::{BTreeMap, BTreeSet};

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::ledger::agree::{MerchantWord, ProviderWord, Terms, plainly_agrees, together};
use duizhang::ledger::{ListingWindow, PutCount, Scan, Scanned, Totals};
use duizhang::money::Currency;
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::reading::{Pair, Past, Reading, Source};
use duizhang::status::ProviderStatus;

/// A pair, its provider order number and occurrence.
type Transaction = (OrderKey, String, i16);

/// A pair and an occurrence.
type Occurrence = (OrderKey, i16);

/// An order, and the file that says so.
type InFile = (Order, String);

/// The current words of both sides.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// By pair and occurrence what counts: which word it was, the order, and the file that said so.
    orders: BTreeMap<Occurrence, (u64, InFile)>,
    /// What other files of orders say still, by word.
    overruled_orders: BTreeMap<Occurrence, BTreeMap<u64, InFile>>,
    listed: BTreeMap<Transaction, Reading>,
    /// What counts of the statements, and which word of theirs it was.
    stated: BTreeMap<Transaction, (u64, Reading)>,
    /// What other files say still, by word.
    overruled: BTreeMap<Transaction, BTreeMap<u64, Reading>>,
    /// How many words files have said.
    words: u64,
    /// By pair and source.
    answers: BTreeMap<(OrderKey, Source), Reading>,
    touched: BTreeSet<OrderKey>,
    /// When a question was last answered with what was known.
    confirmed: BTreeMap<OrderKey, Timestamp>,
    /// Those that a listing no longer has and that were not asked about since.
    unlisted: BTreeSet<OrderKey>,
    reconciled: BTreeSet<BusinessDate>,
}

impl Model {
    pub(crate) fn put_orders(
        &mut self,
        name: &str,
        date: BusinessDate,
        orders: &[Order],
    ) -> PutCount {
        let mut count = PutCount::default();
        // What it said before, and nobody heard, is forgotten.
        for others in self.overruled_orders.values_mut() {
            others.retain(|_, (_, file)| file != name);
        }
        let mut new = BTreeSet::new();
        for order in orders {
            let of = (order.key.clone(), order.occurrence);
            new.insert(of.clone());
            self.words += 1;
            let own = (self.words, (order.clone(), name.to_owned()));
            let old = self.orders.get(&of).cloned();
            if let Some((version, (old, file))) = old.clone() {
                let overruled = self.overruled_orders.entry(of.clone()).or_default();
                if (Order { line: order.line, ..old.clone() }) == *order {
                    count.unchanged += 1;
                    if file != name {
                        overruled.insert(own.0, own.1);
                    }
                    continue;
                }
                count.superseded += 1;
                if file != name {
                    overruled.insert(version, (old, file));
                }
            }
            count.added += 1;
            let dates = [Some(order.business_date), old.map(|(_, (old, _))| old.business_date)];
            if dates.into_iter().flatten().any(|changed| changed != date) {
                self.touched.insert(order.key.clone());
            }
            self.orders.insert(of, own);
        }
        let is_gone = |of: &_, file: &str| file == name && !new.contains(of);
        let gone = self.orders.extract_if(.., |of, (_, (_, file))| is_gone(of, file));
        let gone: Vec<_> = gone.map(|(of, (_, (order, _)))| (of, order.business_date)).collect();
        for (of, dated) in gone {
            count.superseded += 1;
            if dated != date {
                self.touched.insert(of.0.clone());
            }
            // The newest of what the others say counts again.
            let others = self.overruled_orders.get_mut(&of).and_then(BTreeMap::pop_last);
            if let Some(others) = others {
                count.restored += 1;
                if others.1.0.business_date != date {
                    self.touched.insert(of.0.clone());
                }
                self.orders.insert(of, others);
            }
        }
        count
    }

    pub(crate) fn put_listing(&mut self, window: &ListingWindow, rows: &[Reading]) -> PutCount {
        let mut count = PutCount::default();
        let mut new = BTreeSet::new();
        let is_home = |date: BusinessDate| (window.from..=window.to).contains(&date);
        for row in rows {
            let of = (row.key.clone(), row.facts.provider_order_no.clone(), row.occurrence);
            new.insert(of.clone());
            let old = self.listed.get(&of).cloned();
            if let Some(old) = &old {
                if same(old, row) {
                    count.unchanged += 1;
                    continue;
                }
                count.superseded += 1;
            }
            count.added += 1;
            let dates = [Some(row.business_date), old.map(|old| old.business_date)];
            if dates.into_iter().flatten().any(|changed| !is_home(changed)) {
                self.touched.insert(row.key.clone());
            }
            self.listed.insert(of, row.clone());
        }
        let is_gone = |of: &(OrderKey, String, i16), row: &Reading| {
            !new.contains(of) && of.0.stream == window.stream && is_home(row.business_date)
        };
        for (of, _) in self.listed.extract_if(.., |of, row| is_gone(of, row)).collect::<Vec<_>>() {
            count.superseded += 1;
            self.touched.insert(of.0.clone());
            self.unlisted.insert(of.0);
        }
        count
    }

    /// Rows of one account in a file that is known by its interface.
    pub(crate) fn put_statement(
        &mut self,
        account: &str,
        interface: &str,
        rows: &[Reading],
    ) -> PutCount {
        let mut count = PutCount::default();
        let (first, last) = (self.reconciled.first().copied(), self.reconciled.last().copied());
        let is_judged = |row: &Reading| {
            let date = Some(row.business_date);
            first.is_some() && first <= date && date <= last
        };
        let is_own =
            |row: &Reading| row.key.stream.account == account && row.interface == interface;
        // What it said before, and nobody heard, is forgotten.
        for others in self.overruled.values_mut() {
            others.retain(|_, row| !is_own(row));
        }
        let mut new = BTreeSet::new();
        for row in rows {
            let of = (row.key.clone(), row.facts.provider_order_no.clone(), row.occurrence);
            new.insert(of.clone());
            self.words += 1;
            let old = self.stated.get(&of).cloned();
            if let Some((version, old)) = old.clone() {
                let overruled = self.overruled.entry(of.clone()).or_default();
                if same(&Reading { interface: row.interface.clone(), ..old.clone() }, row) {
                    count.unchanged += 1;
                    if !is_own(&old) {
                        overruled.insert(self.words, row.clone());
                    }
                    continue;
                }
                count.superseded += 1;
                if !is_own(&old) {
                    overruled.insert(version, old);
                }
            }
            count.added += 1;
            if is_judged(row) || old.is_some_and(|(_, old)| is_judged(&old)) {
                self.touched.insert(row.key.clone());
            }
            self.stated.insert(of, (self.words, row.clone()));
        }
        let gone = self.stated.extract_if(.., |of, (_, row)| is_own(row) && !new.contains(of));
        let gone: Vec<_> = gone.map(|(of, (_, row))| (of, row)).collect();
        for (of, row) in gone {
            count.superseded += 1;
            if is_judged(&row) {
                self.touched.insert(of.0.clone());
            }
            // The newest of what the others say counts again.
            if let Some((version, row)) = self.overruled.get_mut(&of).and_then(BTreeMap::pop_last) {
                if is_judged(&row) {
                    self.touched.insert(of.0.clone());
                }
                count.restored += 1;
                self.stated.insert(of, (version, row));
            }
        }
        count
    }

    pub(crate) fn reconcile(&mut self, date: BusinessDate) {
        self.reconciled.insert(date);
    }

    pub(crate) fn put_answers(&mut self, answers: &[Reading]) -> PutCount {
        let mut count = PutCount::default();
        for answer in answers {
            let of = (answer.key.clone(), answer.source);
            if answer.source == Source::Query && answer.facts.status != ProviderStatus::Unproved {
                self.unlisted.remove(&answer.key);
            }
            if let Some(old) = self.answers.get(&of) {
                let unproved = |row: &Reading| row.facts.status == ProviderStatus::Unproved;
                if same(old, answer) || (unproved(answer) && !unproved(old)) {
                    if answer.source == Source::Query && !unproved(answer) {
                        let at = self.confirmed.entry(answer.key.clone());
                        let at = at.or_insert(answer.observed_at);
                        *at = answer.observed_at.max(*at);
                    }
                    count.unchanged += 1;
                    continue;
                }
                count.superseded += 1;
            }
            count.added += 1;
            if answer.source != Source::Query {
                self.touched.insert(answer.key.clone());
            }
            self.answers.insert(of, answer.clone());
        }
        count
    }

    pub(crate) fn settle_touched(&mut self, keys: &[OrderKey]) {
        for key in keys.iter().filter(|key| !self.unlisted.contains(key)) {
            self.touched.remove(key);
        }
    }

    pub(crate) fn keys(&self) -> BTreeSet<OrderKey> {
        let orders = self.orders.keys().map(|(key, _)| key);
        let listed = self.listed.keys().chain(self.stated.keys()).map(|(key, ..)| key);
        let answers = self.answers.keys().map(|(key, _)| key);
        orders.chain(listed).chain(answers).chain(&self.touched).cloned().collect()
    }

    pub(crate) fn pair(&self, key: &OrderKey) -> Pair {
        let orders = self.orders.range((key.clone(), i16::MIN)..=(key.clone(), i16::MAX));
        let first = (key.clone(), String::new(), i16::MIN);
        let listed = self.listed.range(first.clone()..).take_while(|((of, ..), _)| of == key);
        let stated = self.stated.range(first..).take_while(|((of, ..), _)| of == key);
        let answers = self.answers.range((key.clone(), Source::Listing)..);
        let answers = answers.take_while(|((of, _), _)| of == key).map(|(_, row)| row);
        let stated = stated.map(|(_, (_, row))| row);
        let rows = listed.map(|(_, row)| row).chain(stated);
        let mut readings: Vec<Reading> = rows.chain(answers).cloned().collect();
        // The rows of one source are sorted already.
        readings.sort_by_key(|row| row.source);
        let orders = orders.map(|(_, (_, (order, _)))| order.clone()).collect();
        let confirmed_at = self.confirmed.get(key).copied();
        let past = Past { is_unlisted: self.unlisted.contains(key), ..Past::default() };
        Pair { key: key.clone(), orders, readings, confirmed_at, past, refused: Vec::new() }
    }

    /// The scan's doubts in order, and the sums per stream and currency.
    pub(crate) fn scan(&self, scan: &Scan) -> (Vec<OrderKey>, Sums) {
        let mut doubts = Vec::new();
        let mut sums = Sums::new();
        for key in self.keys() {
            let pair = self.pair(&key);
            let mut dates: BTreeSet<_> = pair.orders.iter().map(|row| row.business_date).collect();
            dates.extend(pair.readings.iter().map(|row| row.business_date));
            let is_touched = self.touched.contains(&key);
            let is_seen = is_touched || dates.contains(&scan.date);
            if !is_seen || !scan.accounts.contains(&key.stream.account) {
                continue;
            }
            match agreed(&pair, scan).filter(|_| !is_touched && dates.len() == 1) {
                Some(totals) => {
                    let currency = pair.orders[0].amount.currency;
                    let sum = sums.entry((key.stream, currency)).or_default();
                    *sum = sum.plus(&totals).unwrap();
                }
                None => doubts.push(key),
            }
        }
        (doubts, sums)
    }
}

/// Sums per stream and currency.
pub(crate) type Sums = BTreeMap<(Stream, Currency), Totals>;

/// What a pair adds to the sums of a day if its rows plainly agree, whatever their dates.
pub(crate) fn agreed(pair: &Pair, scan: &Scan) -> Option<Totals> {
    let [order] = &*pair.orders else {
        return None;
    };
    let merchant =
        MerchantWord { status: order.status, amount: order.amount, fee_minor: order.fee_minor };
    let words = pair.readings.iter().map(|row| {
        let word = ProviderWord {
            source: row.source,
            status: row.facts.status,
            amount: row.facts.amount,
            fee_minor: row.facts.fee_minor,
        };
        (&*row.facts.provider_order_no, word)
    });
    let terms = Terms {
        is_listed: scan.listed.contains(&pair.key.stream),
        tolerance_minor: scan.tolerance_minor,
        verified_only: scan.verified_only,
        by_bill: scan.by_bill.contains(&pair.key.stream),
        fee: scan.fee_of(&pair.key.stream),
    };
    plainly_agrees(&merchant, together(&words.collect::<Vec<_>>()).as_ref(), &terms)
}

fn same(old: &Reading, new: &Reading) -> bool {
    Reading { observed_at: new.observed_at, evidence: new.evidence, ..old.clone() } == *new
}

/// What a ledger's scan found, in the model's form; checks that it ascends and repeats nothing.
pub(crate) fn in_form(found: Vec<Scanned>) -> (Vec<OrderKey>, Sums) {
    let (mut doubts, mut sums) = (Vec::new(), Sums::new());
    for found in found {
        match found {
            Scanned::Doubt(key) => {
                assert!(doubts.last().is_none_or(|last| *last < key), "doubts ascend");
                let has_sums = sums.keys().any(|(stream, _)| *stream == key.stream);
                assert!(!has_sums, "sums come after doubts");
                doubts.push(key);
            }
            Scanned::Agreed(stream, currency, totals) => {
                assert!(sums.insert((stream, currency), totals).is_none(), "sums come once");
            }
        }
    }
    (doubts, sums)
}
