//! What goes wrong in ten nights, and what each night's report has to say about it.
//!
//! Written down from the contract while it is planted: from which night on an order is which
//! discrepancy, and after which night it is none any more.

use super::super::draft::{Draft, Drafts};
use super::super::{
    DAY, DiscrepancyType as Type, GATEWAY, Lane, MMSP_PAYOUT, MerchantStatus, QUICK, SCAN,
    SCAN_REFUND, TradeStatus, WorldSettings, XXPAY, XXPAY_PAYOUT, ZHANGXUN, ZHANGXUN_PAYOUT,
};
use super::life::{Life, Word};
use super::{Phase, Story, day, moment};
use crate::order::OrderKey;
use MerchantStatus::{Closed, Failed, Pending, Refunded, Succeeded};

/// So many orders of a lane agree on each day.
const CALM: [(Lane, u32); 8] = [
    (QUICK, 6),
    (GATEWAY, 5),
    (SCAN, 4),
    (MMSP_PAYOUT, 1),
    (XXPAY, 6),
    (XXPAY_PAYOUT, 2),
    (ZHANGXUN, 5),
    (ZHANGXUN_PAYOUT, 3),
];

/// All orders of ten nights, and what is wrong with them.
pub(super) struct Made {
    pub(super) lives: Vec<Life>,
    pub(super) stories: Vec<Story>,
}

pub(super) fn make(settings: &WorldSettings) -> Made {
    let made = Made { lives: Vec::new(), stories: Vec::new() };
    let mut teller = Teller { drafts: Drafts::new(settings), made };
    teller.calm_days();
    teller.lost_callbacks();
    teller.slow_platforms();
    teller.one_sided();
    teller.late_refunds();
    teller.fee_change();
    teller.contents();
    teller.around_midnight();
    teller.outage();
    teller.made
}

struct Teller {
    drafts: Drafts,
    made: Made,
}

impl Teller {
    /// An order made at a minute of a day (1 to 10), paid 40 seconds later.
    fn draft(&mut self, lane: Lane, number: i64, hour: i64, minute: i64) -> Draft {
        self.drafts.turn_to(day(number));
        let created_at = moment(number, hour, minute, 0);
        let (paid_at, heard_at) = (created_at.plus_seconds(40), created_at.plus_seconds(42));
        Draft { created_at, paid_at, heard_at, ..self.drafts.next(lane) }
    }

    fn live(&mut self, life: Life) {
        self.made.lives.push(life);
    }

    fn tell(&mut self, draft: &Draft, phases: Vec<Phase>, closed: Option<i64>) {
        let key = OrderKey { stream: draft.lane.stream(), order_no: draft.order_no.clone() };
        self.made.stories.push(Story { key, phases, closed_on: closed.map(day) });
    }

    /// The merchant has its money on one day, the platform on another: each row is in the report of
    /// its own day, if that is not over already.
    fn cross_day(&mut self, draft: &Draft, merchants: i64, platforms: i64) {
        let (money, seen) = (draft.amount_minor, merchants.max(platforms));
        for (number, difference) in [(merchants, money.saturating_neg()), (platforms, money)] {
            let phase = Phase::new(seen, Type::CrossDay, difference, money);
            self.tell(draft, vec![phase.dated(number).only()], None);
        }
    }

    /// Orders that agree: most succeed, some fail or are given up.
    fn calm_days(&mut self) {
        for number in 1..=10 {
            self.drafts.turn_to(day(number));
            for (lane, count) in CALM {
                for index in 0..count {
                    let life = Life::agreed(self.drafts.next(lane));
                    self.live(if index == 3 { given_up(life) } else { life });
                }
            }
        }
        // Money given back on the day on which it came, known to both.
        for number in [1, 5, 8] {
            let payment = self.draft(SCAN, number, 9, 10);
            let refund = Draft {
                amount_minor: payment.amount_minor.checked_div(2).unwrap_or(1),
                ..self.draft(SCAN_REFUND, number, 9, 30).of(&payment)
            };
            self.live(Life::agreed(payment));
            self.live(Life::agreed(refund));
        }
    }

    /// 掉单: paid on its day, and the shop's file of a later day says so at last.
    fn lost_callbacks(&mut self) {
        for (lane, number, corrected) in
            [(XXPAY, 2, 3), (QUICK, 3, 5), (GATEWAY, 8, 10), (ZHANGXUN_PAYOUT, 9, 10)]
        {
            let draft = self.draft(lane, number, 14, 0);
            let words = [(day(number), Pending), (day(corrected), Succeeded)];
            let money = draft.amount_minor;
            self.tell(
                &draft,
                vec![Phase::new(number, Type::PaidOnlyAtProvider, money, money)],
                Some(corrected),
            );
            self.live(Life { known_from: Some(day(number)), ..Life::of_statuses(draft, &words) });
        }
        // Given up by the shop, and given back by the platform before the night.
        let draft = self.draft(QUICK, 6, 10, 0);
        let words = [(day(6), Pending), (day(7), Closed)];
        self.tell(
            &draft,
            vec![Phase::new(6, Type::StatusMismatch, 0, draft.amount_minor)],
            Some(7),
        );
        let mut life = Life::of_statuses(draft, &words);
        life.states.push((moment(6, 22, 0, 0), TradeStatus::Refunded));
        self.live(life);
    }

    /// Platforms that take their time.
    fn slow_platforms(&mut self) {
        // Both wait over midnight; then both say paid, on the next day.
        let mut draft = self.draft(XXPAY, 5, 13, 0);
        draft.paid_at = moment(6, 10, 0, 0);
        draft.heard_at = moment(6, 10, 0, 30);
        let words = [(day(5), Pending), (day(6), Succeeded)];
        let waits = Phase::new(5, Type::StillPending, 0, draft.amount_minor);
        self.tell(&draft, vec![waits.waiting(draft.created_at)], Some(6));
        self.live(Life { known_from: Some(day(6)), ..Life::of_statuses(draft, &words) });

        // A payout that waits for two nights and fails on the third day.
        let draft = self.draft(ZHANGXUN_PAYOUT, 3, 12, 0);
        let words = [(day(3), Pending), (day(5), Failed)];
        let waits = Phase::new(3, Type::StillPending, 0, draft.amount_minor);
        self.tell(&draft, vec![waits.waiting(draft.created_at)], Some(5));
        let states = vec![
            (draft.created_at, TradeStatus::Unpaid),
            (moment(5, 9, 0, 0), TradeStatus::Failed),
        ];
        self.live(Life { states, ..Life::of_statuses(draft, &words) });

        // The shop trusts a callback that came too early; the platform pays two days later. The
        // money then is on two days, which is no one's fault.
        let mut draft = self.draft(QUICK, 6, 15, 0);
        draft.paid_at = moment(8, 9, 0, 0);
        draft.heard_at = moment(6, 15, 1, 0);
        let money = draft.amount_minor;
        let early = Phase::new(6, Type::PaidOnlyAtMerchant, money.saturating_neg(), money);
        self.tell(&draft, vec![early.waiting(draft.heard_at)], Some(8));
        self.cross_day(&draft, 6, 8);
        let words = [(day(6), Succeeded)];
        self.live(Life { known_from: Some(day(8)), ..Life::of_statuses(draft, &words) });
    }

    /// What only one side has, for a night or for good.
    fn one_sided(&mut self) {
        // The shop counts money that never came.
        let draft = self.draft(GATEWAY, 2, 11, 0);
        let money = draft.amount_minor;
        let phase = Phase::new(2, Type::MissingAtProvider, money.saturating_neg(), money);
        self.tell(&draft, vec![phase], None);
        let words = [(day(2), Succeeded)];
        self.live(Life { states: Vec::new(), ..Life::of_statuses(draft, &words) });

        // The order comes a file too late.
        let draft = self.draft(QUICK, 3, 16, 0);
        let money = draft.amount_minor;
        self.tell(&draft, vec![Phase::new(3, Type::MissingAtMerchant, money, money)], Some(4));
        let words = [(day(4), Succeeded)];
        self.live(Life { known_from: Some(day(3)), ..Life::of_statuses(draft, &words) });
        let draft = self.draft(ZHANGXUN, 6, 16, 0);
        let words = [(day(7), Succeeded)];
        self.live(Life { known_from: Some(day(7)), ..Life::of_statuses(draft, &words) });

        // The order never comes.
        let draft = self.draft(GATEWAY, 7, 11, 30);
        let money = draft.amount_minor;
        self.tell(&draft, vec![Phase::new(7, Type::MissingAtMerchant, money, money)], None);
        self.live(Life::of_statuses(draft, &[]));

        // The platform tells of it a day late.
        let draft = self.draft(QUICK, 4, 16, 0);
        let money = draft.amount_minor;
        let phase = Phase::new(4, Type::MissingAtProvider, money.saturating_neg(), money);
        self.tell(&draft, vec![phase], Some(5));
        let words = [(day(4), Succeeded)];
        self.live(Life {
            shown_from: Some(moment(5, 12, 0, 0)),
            known_from: Some(day(5)),
            ..Life::of_statuses(draft, &words)
        });

        // The platform tells of it a day late, and the order never comes.
        let draft = self.draft(GATEWAY, 8, 18, 0);
        let money = draft.amount_minor;
        let phase = Phase::new(9, Type::MissingAtMerchant, money, money);
        self.tell(&draft, vec![phase.dated(8)], None);
        self.live(Life {
            shown_from: Some(moment(9, 12, 0, 0)),
            known_from: Some(day(9)),
            ..Life::of_statuses(draft, &[])
        });

        // Both tell of it a day late.
        let draft = self.draft(GATEWAY, 6, 18, 0);
        let words = [(day(7), Succeeded)];
        self.live(Life {
            shown_from: Some(moment(7, 12, 0, 0)),
            known_from: Some(day(7)),
            ..Life::of_statuses(draft, &words)
        });
    }

    /// Refunds that the platform made before the books knew of them: a day late, two days late,
    /// never; and a payment that is given back as a whole, which a listing does not have any more.
    fn late_refunds(&mut self) {
        let draft = self.draft(QUICK, 1, 18, 20);
        let money = draft.amount_minor;
        let phase = Phase::new(3, Type::RefundedOnlyAtProvider, money.saturating_neg(), money);
        self.tell(&draft, vec![phase.dated(1)], Some(4));
        let words = [(day(1), Succeeded), (day(4), Refunded)];
        let mut life = Life::of_statuses(draft, &words);
        life.states.push((moment(3, 22, 0, 0), TradeStatus::Refunded));
        self.live(life);

        for (paid, refunded, file) in [(1, 3, Some(4)), (2, 3, Some(5)), (6, 7, None)] {
            let payment = self.draft(SCAN, paid, 10, 20);
            let refund = Draft {
                original_order_no: payment.order_no.clone(),
                amount_minor: payment.amount_minor.checked_div(2).unwrap_or(1),
                ..self.draft(SCAN_REFUND, refunded, 14, 0)
            };
            self.live(Life::agreed(payment));
            let words: Vec<_> = file.map(|file| (day(file), Succeeded)).into_iter().collect();
            self.live(Life { known_from: file.map(day), ..Life::of_statuses(refund, &words) });
        }
    }

    /// From the sixth day on a payout costs less, and on that day the platform still charges the
    /// old fee.
    fn fee_change(&mut self) {
        let first = day(6);
        let is_first = |life: &&mut Life| {
            life.draft.lane == ZHANGXUN_PAYOUT && DAY.date_of(life.draft.paid_at) == first
        };
        let mut overcharged = Vec::new();
        for life in self.made.lives.iter_mut().filter(is_first) {
            life.fee_minor = 200;
            overcharged.push(life.draft.clone());
        }
        for draft in overcharged {
            self.tell(&draft, vec![Phase::new(6, Type::FeeMismatch, 0, 50)], None);
        }
    }

    /// Both sides have it, with other contents.
    fn contents(&mut self) {
        // A coupon of 5.00 that the books learn of two days later.
        let draft = self.draft(XXPAY, 7, 17, 0);
        let paid_minor = draft.amount_minor;
        let ordered = paid_minor.saturating_add(500);
        let word = |file, amount_minor| Word {
            file: day(file),
            status: Succeeded,
            amount_minor,
            paid_at: Some(draft.heard_at),
        };
        let words = vec![word(7, ordered), word(9, paid_minor)];
        self.tell(&draft, vec![Phase::new(7, Type::AmountMismatch, -500, 500)], Some(9));
        self.live(Life { words, ..Life::agreed(draft) });

        // The same number twice in one file, with another amount.
        let draft = self.draft(SCAN, 8, 12, 30);
        let second = draft.amount_minor.saturating_add(100);
        let mut life = Life::agreed(draft);
        let again = life.words.first().cloned();
        life.words.extend(again.map(|word| Word { amount_minor: second, ..word }));
        let minus = second.saturating_neg();
        let phase = Phase::new(8, Type::DuplicateAtMerchant, minus, second);
        self.tell(&life.draft.clone(), vec![phase], None);
        self.live(life);

        // The customer paid twice.
        let draft = self.draft(QUICK, 9, 19, 0);
        let money = draft.amount_minor;
        let first = Life::agreed(draft.clone());
        let mut second =
            Draft { provider_order_no: format!("9{}", draft.provider_order_no), ..draft.clone() };
        second.paid_at = draft.paid_at.plus_seconds(50);
        self.tell(&draft, vec![Phase::new(9, Type::PaidTwice, money, money)], None);
        self.live(first);
        self.live(Life { known_from: Some(day(9)), ..Life::of_statuses(second, &[]) });

        // More is given back than came in.
        let payment = self.draft(SCAN, 8, 20, 0);
        let amount_minor = payment.amount_minor.saturating_add(1);
        let original_order_no = payment.order_no.clone();
        let refund = self.draft(SCAN_REFUND, 9, 20, 0);
        let refund = Draft { original_order_no, amount_minor, ..refund };
        self.tell(&refund, vec![Phase::new(9, Type::OverRefund, 0, amount_minor)], None);
        self.live(Life::agreed(payment));
        self.live(Life::agreed(refund));

        // Signed wrongly for a day: not proved, then right.
        let draft = self.draft(XXPAY, 8, 18, 0);
        let money = draft.amount_minor;
        let phase = Phase::new(8, Type::Unproved, money.saturating_neg(), money);
        self.tell(&draft, vec![phase], Some(9));
        let misread_until = Some(moment(9, 10, 0, 0));
        self.live(Life { misread_until, known_from: Some(day(9)), ..Life::agreed(draft) });
    }

    /// Paid in the last seconds of the fifth day, counted in the first ones of the sixth.
    fn around_midnight(&mut self) {
        let paid_at = moment(6, 0, 0, -2);
        let heard_at = moment(6, 0, 0, 2);
        for lane in [XXPAY, QUICK] {
            let mut draft = self.draft(lane, 5, 23, 59);
            (draft.paid_at, draft.heard_at) = (paid_at, heard_at);
            let money = draft.amount_minor;
            if lane.lists() {
                let phase = Phase::new(5, Type::MissingAtMerchant, money, money);
                self.tell(&draft, vec![phase], Some(6));
            }
            self.cross_day(&draft, 6, 5);
            let known = if lane.lists() { 5 } else { 6 };
            let words = [(day(6), Succeeded)];
            self.live(Life { known_from: Some(day(known)), ..Life::of_statuses(draft, &words) });
        }
    }

    /// On the fourth night xxpay is gone: whatever the books have of that day is not proved until
    /// the night after.
    fn outage(&mut self) {
        let mut unproved = Vec::new();
        for life in self.made.lives.iter_mut().filter(|life| is_of_outage(life)) {
            life.known_from = Some(day(5));
            let succeeded = life.words.iter().any(|word| word.status == Succeeded);
            unproved.push((life.draft.clone(), succeeded));
        }
        for (draft, succeeded) in unproved {
            let money = if succeeded { draft.amount_minor } else { 0 };
            let phase = Phase::new(4, Type::Unproved, money.saturating_neg(), draft.amount_minor);
            self.tell(&draft, vec![phase], Some(5));
        }
    }
}

fn is_of_outage(life: &Life) -> bool {
    matches!(life.draft.lane, XXPAY | XXPAY_PAYOUT)
        && life.words.first().is_some_and(|word| word.file == day(4))
}

/// An order that the platform refused and the shop gave up.
fn given_up(mut life: Life) -> Life {
    let at = life.draft.paid_at;
    life.states.retain(|(_, status)| *status == TradeStatus::Unpaid);
    life.states.push((at, TradeStatus::Failed));
    for word in &mut life.words {
        word.status = Failed;
        word.paid_at = None;
    }
    life
}
