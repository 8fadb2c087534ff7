//! What every file of every night has to say, worked out from the world by the sentences of the
//! contract, which stand above the rule that each becomes. It uses nothing that compares, settles or
//! reports.

mod settled;

use std::collections::BTreeMap;

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};

use super::platforms::in_yuan;
use super::world::{BookRow, Lane, Order, PlatformState, World, contract_fee, date_of, night_of};

/// Days of a listing that are looked at again (`[matching] look_back`).
const LOOK_BACK: i64 = 3;
/// Days after which settled payouts are asked about once more (`[matching] second_look`).
const SECOND_LOOK: [i64; 2] = [3, 7];
/// `[matching] timing_window`, in seconds.
const TIMING_WINDOW: i64 = 86_400;

/// What is known of an order at its platform.
#[derive(Debug, Clone, Default)]
struct Known {
    /// The last answer: `None` while there is none, `Some(None)` for "no such order".
    word: Option<Option<PlatformState>>,
    /// The night that asked last.
    asked: Option<BusinessDate>,
    /// The night that found it final first.
    final_on: Option<BusinessDate>,
    /// An earlier answer had said that it was not final.
    was_pending: bool,
    /// The night that found first that the money had gone back.
    back_on: Option<BusinessDate>,
    /// Looks at what was settled.
    looks: usize,
    /// A listing had its second payment.
    twice: bool,
}

/// A discrepancy of an order, as it is judged on one night.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// Which question about the pair it answers; one id each.
    aspect: &'static str,
    kind: &'static str,
    state: &'static str,
    date: BusinessDate,
    difference: i64,
    stake: i64,
}

/// A discrepancy over the nights.
#[derive(Debug, Clone)]
struct Life {
    first_seen: BusinessDate,
    closed_on: Option<BusinessDate>,
    last: Found,
}

/// Account, kind and product.
pub(super) type Stream = (&'static str, &'static str, &'static str);

fn stream(order: &Order) -> Stream {
    (order.lane.account, order.lane.kind, order.lane.product)
}

/// Counts and sums of one lane on one date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) merchant: (i64, i64),
    pub(super) provider: (i64, i64),
}

/// What the report of a night has to say.
pub(super) struct Truth {
    /// Discrepancies of orders, as lines.
    pub(super) rows: Vec<String>,
    /// Fen at stake in what an account has outstanding.
    pub(super) at_stake: BTreeMap<&'static str, i64>,
    pub(super) totals: BTreeMap<Stream, Totals>,
    pub(super) verdicts: BTreeMap<&'static str, &'static str>,
    /// Settlements, as lines.
    pub(super) settlements: Vec<String>,
    /// What is left over of an account's bridge, in fen.
    pub(super) rests: BTreeMap<&'static str, i64>,
}

/// Everything that is known so far.
pub(super) struct Oracle<'a> {
    world: &'a World,
    known: Vec<Known>,
    lives: BTreeMap<(usize, &'static str), Life>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let known = world.orders().map(|_| Known::default()).collect();
        Self { world, known, lives: BTreeMap::new() }
    }

    /// A night, or the same night once more: who is asked, what is found.
    pub(super) fn night(
        &mut self,
        date: BusinessDate,
        at: Timestamp,
        is_down: impl Fn(&str) -> bool,
    ) -> Truth {
        for (index, order) in self.world.orders().enumerate() {
            if !is_down(order.lane.account) {
                self.ask(index, order, date, at);
            }
        }
        for (index, order) in self.world.orders().enumerate() {
            let found = self.judge(index, order, date);
            self.live(index, date, found);
        }
        self.truth(date, is_down)
    }

    /// "Until the platform is final, it is asked every night; payouts and refunds that were settled
    /// are asked once more after 3 and 7 days." Open discrepancies are asked about every night, and
    /// what is listed is looked at again for three days.
    fn ask(&mut self, index: usize, order: &Order, date: BusinessDate, at: Timestamp) {
        let has_open =
            self.lives.iter().any(|((of, _), life)| *of == index && life.closed_on.is_none());
        // "Payouts and refunds that were settled are asked once more after 3 and 7 days", counted from the
        // date of their money.
        let settled = self.provider_date(index, order, order.books(date).first().copied());
        let known = &mut self.known[index];
        let standing = order.standing(at);
        let in_listing = |moment: Option<Timestamp>| {
            let days = date.plus_days(-LOOK_BACK)..=date;
            order.lane.lists && moment.is_some_and(|at| days.contains(&date_of(at)))
        };
        let is_listed = standing == Some(PlatformState::Paid) && in_listing(order.paid_at());
        known.twice |= order.again.is_some_and(|again| again <= at) && in_listing(order.again);
        // What a listing had and has no more is asked about.
        let left_listing =
            known.word == Some(Some(PlatformState::Paid)) && in_listing(order.paid_at());
        let looks = known.final_on.map_or(0, |_| {
            SECOND_LOOK.iter().filter(|days| settled.plus_days(**days) <= date).count()
        });
        let second_look = order.lane.kind != "payment" && looks > known.looks;
        let not_final = matches!(known.word, None | Some(None | Some(PlatformState::Pending)));
        let in_books = !order.books(date).is_empty();
        if !(is_listed || left_listing || (in_books && (not_final || has_open || second_look))) {
            return;
        }
        known.asked = Some(date);
        let went_back = match standing {
            Some(PlatformState::Refunded | PlatformState::Returned) => true,
            Some(PlatformState::Failed) => known.word == Some(Some(PlatformState::Paid)),
            _ => false,
        };
        if known.back_on.is_none() && went_back {
            known.back_on = Some(date);
        }
        known.word = Some(standing);
        known.looks = looks;
        known.was_pending |= standing == Some(PlatformState::Pending);
        if known.final_on.is_none() && !matches!(standing, None | Some(PlatformState::Pending)) {
            known.final_on = Some(date);
        }
    }

    /// "The platform's money is dated by the time that the platform states; where it states none and
    /// an earlier verified answer had said that it was not final, by the first answer that found it
    /// final; else by the merchant's time."
    fn provider_date(&self, index: usize, order: &Order, row: Option<&BookRow>) -> BusinessDate {
        let known = &self.known[index];
        let own = order.paid_at().filter(|_| order.lane.states_time).map(date_of);
        let first_final = known.final_on.filter(|_| known.was_pending);
        let merchants = || date_of(row.and_then(|row| row.paid_at).unwrap_or(order.created));
        own.or(first_final).unwrap_or_else(merchants)
    }

    /// The orders made until a date of which a later night, or a later file of the shop, has said
    /// anything: what the report of the date says of them may be put right when it is run again, also
    /// while nobody answers.
    pub(super) fn listed_since(&self, date: BusinessDate, last: BusinessDate) -> Vec<&'a Order> {
        let is_listed = |(index, order): &(usize, &Order)| {
            let later = |file: BusinessDate| file > date && file <= last;
            let is_booked = order.rows.iter().any(|row| later(row.file));
            date_of(order.created) <= date
                && (is_booked || self.known[*index].asked.is_some_and(later))
        };
        self.world.orders().enumerate().filter(is_listed).map(|(_, order)| order).collect()
    }

    /// The table of contract.md §4, and the comparisons of its `=`.
    fn judge(&self, index: usize, order: &Order, date: BusinessDate) -> Vec<Found> {
        let rows = order.books(date);
        let row = rows.first().copied();
        let known = &self.known[index];
        let mut found: Vec<Found> = Vec::new();
        if row.is_none() && known.word.is_none() {
            return found;
        }
        let merchant = row.map_or("absent", |row| row.status);
        let provider = match known.word {
            None => "unproved",
            Some(None) => "not_found",
            Some(Some(PlatformState::Pending)) => "pending",
            Some(Some(PlatformState::Paid)) => "succeeded",
            Some(Some(PlatformState::Failed)) => "failed",
            Some(Some(PlatformState::Refunded)) => "refunded",
            Some(Some(PlatformState::Returned)) => "returned",
        };
        let booked = row.map_or(0, |row| row.amount);
        let stated = if order.lane.states_amount { order.paid } else { booked };
        // "Money of a side is its amount where its status is succeeded, else 0."
        let of_merchant = if merchant == "succeeded" { booked } else { 0 };
        let of_provider = if provider == "succeeded" { stated } else { 0 };
        let provider_date = self.provider_date(index, order, row);
        let was_paid = matches!(provider, "succeeded" | "refunded" | "returned");
        // "The merchant's paid_at where the merchant counts money, else the provider's paid time,
        // else created_at."
        let merchant_date = row.and_then(|row| row.paid_at).map(date_of);
        let dated = match merchant_date.filter(|_| merchant == "succeeded") {
            Some(date) => date,
            None if was_paid => provider_date,
            None => date_of(order.created),
        };
        let stated_stake = if matches!(provider, "unproved" | "not_found") { 0 } else { stated };
        let amounts = booked.max(stated_stake);
        let new = |aspect, kind, state, date, difference: i64| Found {
            aspect,
            kind,
            state,
            date,
            difference,
            stake: if difference == 0 { amounts } else { difference.abs() },
        };
        let (kind, waits) = match (merchant, provider) {
            ("absent", "succeeded" | "refunded" | "returned") => ("missing_at_merchant", false),
            ("pending", "not_found" | "pending") => ("still_pending", true),
            ("absent", _) => ("", false),
            (_, "unproved") => ("unproved", false),
            ("pending" | "failed" | "closed", "succeeded") => ("paid_only_at_provider", false),
            ("pending", _) => ("status_mismatch", false),
            ("succeeded" | "refunded", "not_found") => ("missing_at_provider", false),
            ("succeeded" | "refunded", "pending") => ("paid_only_at_merchant", true),
            ("succeeded" | "refunded", "failed" | "returned") => ("paid_only_at_merchant", false),
            ("succeeded", "refunded") => ("refunded_only_at_provider", false),
            ("refunded", "succeeded") => ("refunded_only_at_merchant", false),
            _ => ("", false),
        };
        // "timing until the order is older than timing_window, then open; older is measured from
        // paid_at, else created_at, to the end of the business day being reconciled." "Nothing that
        // waits becomes open" on an answer of an earlier night.
        let since = row.and_then(|row| row.paid_at).unwrap_or(order.created);
        let looked = known.asked.unwrap_or(date);
        let is_young = BusinessDay::BEIJING.end_of(looked) < since.plus_seconds(TIMING_WINDOW);
        let state = if waits && is_young { "timing" } else { "open" };
        if !kind.is_empty() {
            found.push(new("status", kind, state, dated, of_provider - of_merchant));
        }
        if merchant == "succeeded" && provider == "succeeded" {
            let crosses = dated != provider_date;
            // "cross_day gives one row in each of the two days, with opposite signs, always timing,
            // and then closes itself; where the amounts differ as well, it carries the merchant's
            // amount and amount_mismatch, on the provider's day, the rest."
            if crosses && dated == date {
                found.push(new("merchants day", "cross_day", "timing", dated, -booked));
            }
            if crosses && provider_date == date {
                found.push(new("platforms day", "cross_day", "timing", provider_date, booked));
            }
            if stated != booked {
                found.push(new(
                    "amount",
                    "amount_mismatch",
                    "open",
                    provider_date,
                    stated - booked,
                ));
            }
            // "The fee due is that of the amount and the date that the platform counted."
            let due = contract_fee(order.lane, order.paid, provider_date);
            if order.lane.states_fee && order.fee != due {
                let fee = new("fee", "fee_mismatch", "open", dated, 0);
                found.push(Found { stake: (order.fee - due).abs(), ..fee });
            }
        }
        for second in rows.iter().skip(1) {
            let date = date_of(second.paid_at.unwrap_or(order.created));
            let minus = -second.amount;
            found.push(new("second row", "duplicate_at_merchant", "open", date, minus));
        }
        if let Some(again) = order.again.filter(|_| known.twice) {
            found.push(new("second payment", "paid_twice", "open", date_of(again), order.paid));
        }
        found
    }

    /// "A discrepancy closes by itself when a later pull makes both sides agree"; "a resolved one that
    /// comes back is open again, same id"; "first_seen never moves".
    fn live(&mut self, index: usize, date: BusinessDate, found: Vec<Found>) {
        for ((_, aspect), life) in self.lives.iter_mut().filter(|((of, _), _)| *of == index) {
            if life.closed_on.is_none() && !found.iter().any(|it| it.aspect == *aspect) {
                life.closed_on = Some(date);
            }
        }
        for it in found {
            let new = Life { first_seen: date, closed_on: None, last: it.clone() };
            let life = self.lives.entry((index, it.aspect)).or_insert(new);
            life.closed_on = None;
            life.last = it;
        }
    }

    fn truth(&self, date: BusinessDate, is_down: impl Fn(&str) -> bool) -> Truth {
        let orders: Vec<&Order> = self.world.orders().collect();
        let mut rows = Vec::new();
        let mut at_stake: BTreeMap<_, i64> = BTreeMap::new();
        // "One per discrepancy that is not closed, plus those closed by this run."
        for ((index, _), life) in &self.lives {
            let is_open = life.closed_on.is_none();
            if !is_open && life.closed_on != Some(date) {
                continue;
            }
            let (Lane { account, kind, product, .. }, last) = (orders[*index].lane, &life.last);
            let (state, difference) =
                if is_open { (last.state, last.difference) } else { ("resolved", 0) };
            rows.push(line(&[
                account,
                kind,
                product,
                &orders[*index].no,
                last.kind,
                state,
                &last.date.to_string(),
                &in_yuan(difference),
                &life.first_seen.to_string(),
            ]));
            if is_open {
                *at_stake.entry(account).or_default() += last.stake;
            }
        }
        rows.sort();
        Truth {
            rows,
            at_stake,
            totals: self.totals(date),
            verdicts: self.verdicts(date, is_down),
            settlements: self.settlements(date),
            rests: self.rests(date),
        }
    }

    /// "Counts and amounts are of the items whose money is dated to that business day, each side by its
    /// own date." A row that the merchant has twice counts twice.
    fn totals(&self, date: BusinessDate) -> BTreeMap<Stream, Totals> {
        let mut all: BTreeMap<Stream, Totals> = BTreeMap::new();
        let add = |sum: &mut (i64, i64), fen: i64| *sum = (sum.0 + 1, sum.1 + fen);
        for (index, order) in self.world.orders().enumerate() {
            let totals = all.entry(stream(order)).or_default();
            let rows = order.books(date);
            for row in rows.iter().filter(|row| row.status == "succeeded") {
                if date_of(row.paid_at.unwrap_or(order.created)) == date {
                    add(&mut totals.merchant, row.amount);
                }
            }
            for (on, fen) in self.counted(index, order, date) {
                if on == date {
                    add(&mut totals.provider, fen);
                }
            }
        }
        all
    }

    /// The platform's money of an order as the night of a date counts it: when, and how much.
    fn counted(
        &self,
        index: usize,
        order: &Order,
        night: BusinessDate,
    ) -> Vec<(BusinessDate, i64)> {
        let row = order.books(night).first().copied();
        let known = &self.known[index];
        let booked = row.map_or(0, |row| row.amount);
        let fen = if order.lane.states_amount { order.paid } else { booked };
        let first = (known.word == Some(Some(PlatformState::Paid)))
            .then(|| (self.provider_date(index, order, row), fen));
        let second = order.again.filter(|_| known.twice).map(|again| (date_of(again), order.paid));
        first.into_iter().chain(second).collect()
    }

    /// `complete`: all that can be asked was answered and verified; `failed`: nothing usable;
    /// `incomplete`: some answers are missing. What was proved before stays proved.
    fn verdicts(
        &self,
        date: BusinessDate,
        is_down: impl Fn(&str) -> bool,
    ) -> BTreeMap<&'static str, &'static str> {
        let verdict = |account| {
            let orders = self.world.orders().enumerate();
            let of_day = orders.filter(|(_, order)| {
                let rows = order.books(date);
                let at = |row: &&BookRow| row.paid_at.unwrap_or(order.created);
                order.lane.account == account
                    && rows.first().is_some_and(|row| date_of(at(row)) == date)
            });
            let is_answered = |index: usize| self.known[index].word.is_some();
            let answered = of_day.filter(|(index, _)| is_answered(*index)).count();
            match (is_down(account), answered) {
                (false, _) => "complete",
                (true, 0) => "failed",
                (true, _) => "incomplete",
            }
        };
        super::world::ACCOUNTS.into_iter().map(|account| (account, verdict(account))).collect()
    }

    /// "Opening + named movements = closing": what is left over is what happened in the day and is not
    /// counted in it, and what is counted in it and did not happen.
    fn rests(&self, date: BusinessDate) -> BTreeMap<&'static str, i64> {
        let mut rests = BTreeMap::new();
        for account in ["mmsp", "xxpay", "zhangxun"] {
            let entries = self.world.entries(account);
            let happened = entries.iter().filter(|(at, _)| date_of(*at) == date);
            let mut rest: i64 = happened.map(|(_, change)| change).sum();
            for (index, order) in self.world.orders().enumerate() {
                if order.lane.account == account {
                    rest -= self.moved(index, order, date);
                }
            }
            rests.insert(account, rest);
        }
        rests
    }

    /// By how much an order changes the balance of a date, as far as its night knows: what was paid on
    /// the day of the platform's money, what went back on the day that found it so.
    fn moved(&self, index: usize, order: &Order, date: BusinessDate) -> i64 {
        let known = &self.known[index];
        let sign = if order.lane.kind == "payment" { 1 } else { -1 };
        let paid: i64 = self
            .taken(index, order, date)
            .into_iter()
            .filter(|(on, _)| *on == date)
            .map(|(_, fen)| sign * fen - order.fee)
            .sum();
        paid - if known.back_on == Some(date) { sign * order.paid } else { 0 }
    }
}

/// A line of cells, to be compared and read.
pub(super) fn line(cells: &[&str]) -> String {
    cells.join(" | ")
}

/// When the oracle's nights run.
pub(super) fn run_at(date: BusinessDate) -> Timestamp {
    night_of(date)
}
