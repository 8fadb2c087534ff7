//! A world: who paid what when, and who says what of it when. Nothing here knows how anything is
//! compared.

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};

/// The first business date: a Monday in the week of the mid-autumn holiday (Friday the 25th).
pub(super) const FIRST: &str = "2026-09-21";
/// Nights of a world, the first one for date 0.
pub(super) const NIGHTS: i64 = 9;

/// What is traded at one account, and what its platform says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    pub(super) account: &'static str,
    pub(super) kind: &'static str,
    pub(super) product: &'static str,
    /// The platform lists what succeeded.
    pub(super) lists: bool,
    /// An answer says how much.
    pub(super) states_amount: bool,
    /// An answer says when it was paid.
    pub(super) states_time: bool,
    /// An answer says what it cost.
    pub(super) states_fee: bool,
}

const fn lane(account: &'static str, kind: &'static str, product: &'static str) -> Lane {
    let (lists, states_fee) = (false, false);
    Lane { account, kind, product, lists, states_amount: true, states_time: true, states_fee }
}

pub(super) const QUICK: Lane = Lane { lists: true, ..lane("mmsp", "payment", "quick") };
pub(super) const MMSP_PAYOUT: Lane =
    Lane { states_time: false, ..lane("mmsp", "payout", "payout") };
pub(super) const XXPAY: Lane = lane("xxpay", "payment", "");
pub(super) const XXPAY_PAYOUT: Lane = lane("xxpay", "payout", "");
pub(super) const ZHANGXUN: Lane = Lane { states_time: false, ..lane("zhangxun", "payment", "") };
pub(super) const ZHANGXUN_PAYOUT: Lane =
    Lane { states_time: false, states_fee: true, ..lane("zhangxun", "payout", "") };
pub(super) const ICASHIER: Lane = lane("icashier", "payment", "");
pub(super) const LHXPAY: Lane =
    Lane { states_time: false, states_amount: false, ..lane("lhxpay", "payment", "") };

/// Where the merchant imports the platform's bills: they say how much, when and at what cost, and list
/// what only the platform has.
pub(super) const LHXPAY_BILLED: Lane =
    Lane { lists: true, states_fee: true, ..lane("lhxpay", "payment", "") };
/// Only the bills tell of it: the platform has no interface for refunds.
pub(super) const LHXPAY_REFUND: Lane = Lane { lists: true, ..lane("lhxpay", "refund", "") };
/// The time is that of the order to refund.
pub(super) const SCAN_REFUND: Lane = lane("mmsp", "refund", "scan");

pub(super) const LANES: [Lane; 8] =
    [QUICK, MMSP_PAYOUT, XXPAY, XXPAY_PAYOUT, ZHANGXUN, ZHANGXUN_PAYOUT, ICASHIER, LHXPAY];
pub(super) const ACCOUNTS: [&str; 5] = ["icashier", "lhxpay", "mmsp", "xxpay", "zhangxun"];

/// What a platform thinks of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PlatformState {
    Pending,
    Paid,
    Failed,
    Refunded,
    /// Paid out, and sent back by the bank.
    Returned,
}

/// A row of one of the shop's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BookRow {
    /// The business date of the file.
    pub(super) file: BusinessDate,
    pub(super) status: &'static str,
    pub(super) amount: i64,
    pub(super) paid_at: Option<Timestamp>,
}

/// An order over all days.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) lane: Lane,
    pub(super) no: String,
    /// The payment that a refund gives back.
    pub(super) original: String,
    pub(super) created: Timestamp,
    /// What the shop's files say, oldest first.
    pub(super) rows: Vec<BookRow>,
    /// What the platform thinks, from when on; before the first it has no such order.
    pub(super) states: Vec<(Timestamp, PlatformState)>,
    /// What the platform counted, and what it charged.
    pub(super) paid: i64,
    pub(super) fee: i64,
    /// The customer paid the same once more.
    pub(super) again: Option<Timestamp>,
}

impl Order {
    /// What the platform thinks at a moment; `None`: it has no such order.
    pub(super) fn standing(&self, now: Timestamp) -> Option<PlatformState> {
        self.states
            .iter()
            .take_while(|(from, _)| *from <= now)
            .last()
            .map(|(_, standing)| *standing)
    }

    /// When it was paid.
    pub(super) fn paid_at(&self) -> Option<Timestamp> {
        self.states.iter().find(|(_, standing)| *standing == PlatformState::Paid).map(|(at, _)| *at)
    }

    /// What the shop's books say after the file of a date: the rows of the last file that has it.
    pub(super) fn books(&self, date: BusinessDate) -> Vec<&BookRow> {
        let last = self.rows.iter().map(|row| row.file).filter(|file| *file <= date).max();
        self.rows.iter().filter(|row| Some(row.file) == last).collect()
    }

    /// The platform's own number, and that of a second payment.
    pub(super) fn own_no(&self, second: bool) -> String {
        format!("{}{}", if second { 9 } else { 8 }, self.no)
    }
}

/// Something that can be left out: an order, or an event.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) orders: Vec<Order>,
    pub(super) event: Option<Event>,
}

/// Something that happens to a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// One platform cannot be reached.
    Outage(BusinessDate, &'static str),
    /// After a night, this date is run again, while all platforms or none are out of reach.
    Again { after: BusinessDate, date: BusinessDate, all_down: bool },
}

/// Everything.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) stories: Vec<Story>,
    /// Whether the merchant imports lhxpay's bill of every day.
    pub(super) bills: bool,
}

impl World {
    pub(super) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.stories.iter().flat_map(|story| &story.orders)
    }

    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        self.stories.iter().filter_map(|story| story.event)
    }

    /// Whether an account's platform cannot be reached by the night of a date.
    pub(super) fn is_down(&self, account: &str, night: BusinessDate) -> bool {
        self.events().any(
            |event| matches!(event, Event::Outage(date, name) if date == night && name == account),
        )
    }

    /// What changes the money that an account holds: when, and by how much. A payment comes without
    /// its fee, a payout goes with its fee, a payout that is sent back comes without it.
    pub(super) fn entries(&self, account: &str) -> Vec<(Timestamp, i64)> {
        let mut all = Vec::new();
        for order in self.orders().filter(|order| order.lane.account == account) {
            let sign = if order.lane.kind == "payment" { 1 } else { -1 };
            let mut was_paid = false;
            for (at, standing) in &order.states {
                let change = match standing {
                    PlatformState::Paid => sign * order.paid - order.fee,
                    PlatformState::Refunded | PlatformState::Returned => -sign * order.paid,
                    PlatformState::Failed if was_paid => -sign * order.paid,
                    PlatformState::Pending | PlatformState::Failed => continue,
                };
                was_paid = true;
                all.push((*at, change));
            }
            all.extend(order.again.map(|at| (at, order.paid - order.fee)));
        }
        all
    }

    /// What an account holds at a moment.
    pub(super) fn holds(&self, account: &str, now: Timestamp) -> i64 {
        let entries = self.entries(account);
        let past = entries.iter().filter(|(at, _)| *at <= now);
        100_000_000 + past.map(|(_, change)| change).sum::<i64>()
    }
}

/// The business date with this number, from 0.
pub(super) fn day(number: i64) -> BusinessDate {
    BusinessDate::parse(FIRST).unwrap().plus_days(number)
}

/// A moment of a day, `minutes` after midnight.
pub(super) fn moment(number: i64, minutes: i64) -> Timestamp {
    BusinessDay::BEIJING.start_of(day(number)).plus_seconds(minutes * 60)
}

/// The business date of a moment.
pub(super) fn date_of(moment: Timestamp) -> BusinessDate {
    BusinessDay::BEIJING.date_of(moment)
}

/// When the night of a date runs: half past two of the next morning.
pub(super) fn night_of(date: BusinessDate) -> Timestamp {
    BusinessDay::BEIJING.end_of(date).plus_seconds(9000)
}

/// Whether people work on a date: Friday the 25th is the mid-autumn holiday.
pub(super) fn is_workday(date: BusinessDate) -> bool {
    let number = (date.date() - day(0).date()).num_days();
    number.rem_euclid(7) < 5 && number != 4
}

/// The first fee of a payment, in 1/10000, and the one from `NEW_FEE_DAY` on.
pub(super) const RATES: [i64; 2] = [38, 60];
/// The first fee of a payout, in fen, and the one from `NEW_FEE_DAY` on.
pub(super) const PAYOUT_FEES: [i64; 2] = [200, 150];
/// The day on which the contract's fees change.
pub(super) const NEW_FEE_DAY: i64 = 3;

/// What the contract says that money of a day costs: the rate, half a fen rounded up; a payout a
/// fixed sum.
pub(super) fn contract_fee(lane: Lane, amount: i64, date: BusinessDate) -> i64 {
    let terms = usize::from(date >= day(NEW_FEE_DAY));
    match lane.kind {
        "payout" => PAYOUT_FEES[terms],
        "payment" => (amount * RATES[terms] + 5000) / 10_000,
        _ => 0,
    }
}
