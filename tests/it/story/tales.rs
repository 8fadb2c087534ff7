//! The stories: each a handful of lines about one order, told of a random lane, day and amount.

use duizhang::business_day::Timestamp;

use super::world::{
    ACCOUNTS, BookRow, Event, ICASHIER, LANES, LHXPAY, LHXPAY_BILLED, LHXPAY_REFUND, Lane,
    MMSP_PAYOUT, NIGHTS, Order, PlatformState, QUICK, SCAN_REFUND, Story, World, XXPAY,
    XXPAY_PAYOUT, ZHANGXUN, ZHANGXUN_PAYOUT, contract_fee, date_of, day, moment,
};

/// A story: its name, at which lanes it can be told, how many days it takes, and how it goes.
type Tale = (&'static str, &'static [Lane], i64, fn(&mut Teller, Lane, i64) -> Order);

const PAYMENTS: &[Lane] = &[QUICK, XXPAY, ZHANGXUN, ICASHIER, LHXPAY];
const PAYOUTS: &[Lane] = &[MMSP_PAYOUT, XXPAY_PAYOUT, ZHANGXUN_PAYOUT];
const STATE_AMOUNTS: &[Lane] = &[QUICK, XXPAY, ZHANGXUN, ICASHIER];

/// Everything that can happen.
const TALES: &[Tale] = &[
    ("late callback", PAYMENTS, 2, late_callback),
    ("pending over midnight", PAYMENTS, 2, over_midnight),
    ("payout over midnight", PAYOUTS, 2, over_midnight),
    ("payout fails", PAYOUTS, 2, payout_fails),
    ("never finished", PAYMENTS, 3, never_finished),
    ("closed, then paid", PAYMENTS, 2, closed_then_paid),
    ("refunded at the portal", &[QUICK], 4, portal_refund),
    ("refunded at the portal, asked singly before", &[QUICK], 4, late_portal_refund),
    ("payout sent back", &[MMSP_PAYOUT], 5, sent_back),
    ("booked otherwise than paid", STATE_AMOUNTS, 2, other_amount),
    ("charged otherwise than agreed", &[ZHANGXUN_PAYOUT], 1, other_fee),
    ("booked and charged otherwise", &[ZHANGXUN_PAYOUT], 1, other_amount_and_fee),
    (
        "paid before midnight, booked after",
        &[QUICK, XXPAY, ICASHIER, LHXPAY_BILLED],
        2,
        around_midnight,
    ),
    ("booked twice", PAYMENTS, 1, booked_twice),
    ("paid twice", &[QUICK], 1, paid_twice),
    ("only in the books", PAYMENTS, 1, only_in_books),
    ("only at the platform", &[QUICK, LHXPAY_BILLED], 1, only_at_platform),
    ("refunded", &[SCAN_REFUND, LHXPAY_REFUND], 1, refunded),
    ("refund accepted, then failed", &[SCAN_REFUND], 5, refund_fails),
    ("booked late", PAYMENTS, 2, booked_late),
    ("succeeded in the books, never paid", PAYMENTS, 2, never_paid),
];

/// What can happen to a night, and how often at most in one world.
const EVENTS: [(&str, i64); 5] = [
    ("outage", 2),
    ("night again", 2),
    ("night again in an outage", 1),
    ("earlier again", 2),
    ("earlier again in an outage", 1),
];

/// Random, the same for the same seed (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below `sides`.
    pub(super) fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % sides
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.roll(i64::try_from(choices.len()).unwrap())).unwrap()]
    }
}

struct Teller {
    dice: Dice,
    count: u64,
}

/// Which stories a world may have. Every second one has bills; where stories are named, each that names them.
pub(super) fn world(seed: u64, is_alone: bool, wanted: impl Fn(&str) -> bool) -> World {
    let mut teller = Teller { dice: Dice::new(seed), count: 0 };
    let bills = wanted("bills") && (seed.is_multiple_of(2) || is_alone);
    let of_world = |lane: Lane| if lane == LHXPAY && bills { LHXPAY_BILLED } else { lane };
    let mut stories = Vec::new();
    for number in 0..NIGHTS {
        for lane in LANES {
            let orders = vec![teller.order(of_world(lane), number)];
            stories.push(Story { name: "plain", orders, event: None });
        }
    }
    let tales: Vec<&Tale> = TALES.iter().filter(|(name, ..)| wanted(name)).collect();
    for _ in 0..if tales.is_empty() { 0 } else { 8 + teller.dice.roll(12) } {
        let (name, lanes, days, tell) = *teller.dice.of(&tales);
        let (lane, number) = (teller.dice.of(lanes), teller.dice.roll(NIGHTS + 1 - days));
        if [LHXPAY_BILLED, LHXPAY_REFUND].contains(&lane) && !bills {
            continue;
        }
        let mut order = tell(&mut teller, of_world(lane), number);
        // A refund gives back half of a payment of the same day.
        let payment = (lane.kind == "refund").then(|| {
            let payment =
                teller.order(if lane == SCAN_REFUND { QUICK } else { LHXPAY_BILLED }, number);
            order.original.clone_from(&payment.no);
            order.set_paid(payment.paid / 2);
            payment
        });
        let orders = payment.into_iter().chain([order]).collect();
        stories.push(Story { name, orders, event: None });
    }
    for (name, most) in EVENTS {
        for _ in 0..teller.dice.roll(most + 1) {
            let event = teller.event(name);
            // What a bill tells of an order about which the platform cannot be asked is another story.
            let of_bills = bills && matches!(event, Event::Outage(_, "lhxpay"));
            if wanted(name) && !of_bills {
                stories.push(Story { name, orders: Vec::new(), event: Some(event) });
            }
        }
    }
    World { stories, bills }
}

impl Teller {
    fn event(&mut self, name: &str) -> Event {
        let night = 1 + self.dice.roll(NIGHTS - 2);
        let earlier = self.dice.roll(night);
        let account = self.dice.of(&ACCOUNTS);
        match name {
            "outage" => Event::Outage(day(night), account),
            _ => Event::Again {
                after: day(night),
                date: day(if name.starts_with("earlier") { earlier } else { night }),
                all_down: name.ends_with("outage"),
            },
        }
    }

    /// An order that both sides finish on its day and agree about.
    fn order(&mut self, lane: Lane, number: i64) -> Order {
        self.count += 1;
        let created = moment(number, 540 + self.dice.roll(600));
        let paid_at = created.plus_seconds(40);
        let paid = 100 + self.dice.roll(100_000);
        let mut order = Order {
            lane,
            no: format!("2026{number:02}{:06}", self.count),
            original: String::new(),
            created,
            rows: Vec::new(),
            states: vec![(created, PlatformState::Pending), (paid_at, PlatformState::Paid)],
            paid,
            fee: contract_fee(lane, paid, day(number)),
            again: None,
        };
        order.book(number, "succeeded", Some(paid_at.plus_seconds(2)));
        order
    }

    /// What is paid at ten on the next day.
    fn paid_next_day(&mut self, lane: Lane, number: i64) -> (Order, Timestamp) {
        let mut order = self.order(lane, number);
        let at = moment(number + 1, 600 + self.dice.roll(60));
        order.states[1].0 = at;
        order.fee = contract_fee(lane, order.paid, date_of(at));
        order.rows.clear();
        (order, at)
    }
}

impl Order {
    fn set_paid(&mut self, fen: i64) {
        self.paid = fen;
        self.rows.iter_mut().for_each(|row| row.amount = fen);
    }

    /// A row of the file of a day.
    fn book(&mut self, file: i64, status: &'static str, paid_at: Option<Timestamp>) {
        self.rows.push(BookRow { file: day(file), status, amount: self.paid, paid_at });
    }
}

/// Paid at the platform, and booked as paid by the next day's file.
fn late_callback(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    let booked = order.rows.remove(0);
    order.book(number, "pending", None);
    order.book(number + 1, "succeeded", booked.paid_at);
    order
}

/// Pending at both sides when the night comes, paid the next day.
fn over_midnight(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let (mut order, at) = teller.paid_next_day(lane, number);
    order.book(number, "pending", None);
    order.book(number + 1, "succeeded", Some(at.plus_seconds(2)));
    order
}

/// Pending at both sides when the night comes, failed the next day.
fn payout_fails(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let (mut order, at) = teller.paid_next_day(lane, number);
    order.states[1] = (at, PlatformState::Failed);
    order.book(number, "pending", None);
    order.book(number + 1, "failed", None);
    order
}

/// Pending at both sides for ever.
fn never_finished(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.states.truncate(1);
    order.rows.clear();
    order.book(number, "pending", None);
    order
}

/// The shop gives the order up, the customer pays it on the next day.
fn closed_then_paid(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let (mut order, _) = teller.paid_next_day(lane, number);
    order.book(number, "closed", None);
    order
}

/// Given back at the portal one or two days later; the books follow after one more day.
fn portal_refund(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    let later = number + 1 + teller.dice.roll(2);
    let paid_at = order.rows[0].paid_at;
    order.states.push((moment(later, 620), PlatformState::Refunded));
    order.book(later + 1, "refunded", paid_at);
    order
}

/// Pending on its day, paid on the next, given back at the portal two days after that.
fn late_portal_refund(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = over_midnight(teller, lane, number);
    order.states.push((moment(number + 2, 700), PlatformState::Refunded));
    order
}

/// 退汇: paid out, and sent back by the bank two days later.
fn sent_back(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.states.push((moment(number + 2, 640), PlatformState::Returned));
    order
}

/// The books have twice what was paid, or half of it; they are mended a day later, or never.
fn other_amount(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    let mended = order.rows[0].clone();
    order.rows[0].amount = if teller.dice.roll(2) == 0 { order.paid * 2 } else { order.paid / 2 };
    if teller.dice.roll(2) == 0 {
        order.rows.push(BookRow { file: day(number + 1), ..mended });
    }
    order
}

/// The platform charges other than its contract says.
fn other_fee(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.fee += 50;
    order
}

/// Both at once.
fn other_amount_and_fee(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = other_fee(teller, lane, number);
    order.rows[0].amount += 500;
    order
}

/// Paid in the last seconds of a day, counted by the shop in the first ones of the next.
fn around_midnight(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.created = moment(number, 1439);
    order.states = vec![
        (order.created, PlatformState::Pending),
        (moment(number + 1, 0).plus_seconds(-2), PlatformState::Paid),
    ];
    order.rows.clear();
    order.book(number + 1, "succeeded", Some(moment(number + 1, 0).plus_seconds(2)));
    order
}

/// The same number twice in one file, the second time with another amount.
fn booked_twice(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    let second = BookRow { amount: order.paid + 100, ..order.rows[0].clone() };
    order.rows.push(second);
    order
}

/// The customer paid twice.
fn paid_twice(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.again = Some(order.created.plus_seconds(90));
    order
}

/// The platform has no such order.
fn only_in_books(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.states.clear();
    order
}

/// The shop has no such order.
fn only_at_platform(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.rows.clear();
    order
}

/// The next day's file has it first.
fn booked_late(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.rows[0].file = day(number + 1);
    order
}

/// The shop counts money that the platform says did not come.
fn never_paid(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    let at = order.states[1].0;
    order.states[1] = (at, PlatformState::Failed);
    order
}

/// Given back, as both sides say. Of a refund no more is told than that it was accepted or paid.
fn refunded(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = teller.order(lane, number);
    order.created = order.states[1].0;
    order.states.remove(0);
    order
}

/// Accepted, and failed two days later.
fn refund_fails(teller: &mut Teller, lane: Lane, number: i64) -> Order {
    let mut order = refunded(teller, lane, number);
    order.states.push((moment(number + 2, 660), PlatformState::Failed));
    order
}
