//! What goes wrong in a world, and what a report has to say about it (`docs/contract.md` §4 and §5).

use super::bank::BankLine;
use super::draft::{Draft, Drafts, usual_fee};
use super::movement::Movement;
use super::pattern::{Pattern, PatternTruth};
use super::purse::Entry;
use super::{
    Absences, BookRow, Currency, DAY, DiscrepancyType, Fault, GATEWAY, Lane, MMSP_PAYOUT,
    MerchantStatus, OrderKey, Planted, QUICK, RefusedRow, RejectionReason, State, Timestamp, Trade,
    TradeStatus, WorldError, WorldSettings, XXPAY,
};
use crate::simulator::platform::{self, Fact};

use DiscrepancyType as Type;
use MerchantStatus::{Closed, Failed, Pending, Refunded, Succeeded};
use cells::{CELLS, Cell, FAILED, PAID, REFUNDED, RETURNED, UNPAID};

mod absences;
mod account;
mod cells;
mod money;

/// RSA takes its time: there are few payouts at mmsp.
const MMSP_PAYOUTS_THAT_AGREE: u32 = 20;

/// Orders that agree in a lane that is known by its bills alone.
const BILLED_THAT_AGREE: u32 = 80;

/// All that a world holds, before it is indexed.
#[derive(Default)]
pub(super) struct Made {
    pub(super) rows: Vec<BookRow>,
    pub(super) refused_rows: Vec<RefusedRow>,
    pub(super) trades: Vec<Trade>,
    pub(super) planted: Vec<Planted>,
    pub(super) pattern: Option<PatternTruth>,
    pub(super) movements: Vec<Movement>,
    pub(super) silent: Vec<Entry>,
    pub(super) bank_lines: Vec<BankLine>,
}

/// Makes the orders that disagree, and then as many that agree as are still to be made.
pub(super) fn plant(drafts: Drafts, settings: &WorldSettings) -> Result<Made, WorldError> {
    let lanes = settings.chosen_lanes();
    let mut planter = Planter { drafts, settings, lanes, made: Made::default() };
    if let Some(pattern) = settings.pattern {
        planter.made.pattern = Some(planter.pattern(pattern));
    } else if settings.planted {
        planter.disagreements();
    }
    let least = planter.drafts.count().saturating_mul(2);
    if settings.orders < least {
        return Err(WorldError::TooSmall { least });
    }
    if planter.has(MMSP_PAYOUT) {
        for _ in 0..MMSP_PAYOUTS_THAT_AGREE {
            planter.agreement(MMSP_PAYOUT);
        }
    }
    for lane in planter.lanes.clone().into_iter().filter(|lane| lane.is_by_bill()) {
        for _ in 0..BILLED_THAT_AGREE {
            planter.agreement(lane);
        }
    }
    while planter.drafts.count() < settings.orders {
        let Some(lane) = planter.any_lane() else { break };
        planter.agreement(lane);
    }
    if settings.held {
        planter.accounts();
    }
    let mut made = planter.made;
    // As a shop exports it; what is the same order stays in the order in which it was made.
    made.rows.sort_by_key(|row| row.created_at);
    Ok(made)
}

pub(super) struct Planter<'a> {
    pub(super) drafts: Drafts,
    pub(super) settings: &'a WorldSettings,
    lanes: Vec<Lane>,
    pub(super) made: Made,
}

impl Planter<'_> {
    fn has(&self, lane: Lane) -> bool {
        self.lanes.contains(&lane)
    }

    /// Whether the platform tells of everything that was paid, in a listing or in a bill.
    fn is_reported_whole(&self, lane: Lane) -> bool {
        lane.lists() || (self.settings.bills && lane.is_billed())
    }

    /// Whether the platform says how much was paid.
    fn states_amount(&self, lane: Lane) -> bool {
        lane.has(Fact::Amount) || (self.settings.bills && lane.has(Fact::BilledAmount))
    }

    /// Whether the platform says what it charged.
    fn states_fee(&self, lane: Lane) -> bool {
        lane.has(Fact::Fee) || (self.settings.bills && lane.has(Fact::BilledFee))
    }

    fn disagreements(&mut self) {
        for cell in CELLS {
            for lane in self.lanes.clone() {
                if !cell.is_for(lane, self.is_reported_whole(lane)) {
                    continue;
                }
                for _ in 0..cell.times {
                    self.cell(cell, lane);
                }
            }
        }
        for lane in self.lanes.clone() {
            if !lane.is_by_bill() {
                self.old_pending(lane);
            }
            self.amounts(lane);
            self.duplicates_at_merchant(lane);
            self.cross_days(lane);
        }
        for lane in self.lanes.clone().into_iter().filter(|lane| lane.lists()) {
            self.duplicates_at_provider(lane);
            self.paid_twice(lane);
            self.cross_day_from_yesterday(lane);
        }
        for lane in self.lanes.clone() {
            if self.states_fee(lane) {
                self.fees(lane);
            }
            if let Some(payments) = lane.refund_of().filter(|payments| self.has(*payments)) {
                self.over_refunds(lane, payments);
            }
        }
        // All accounts but one stay complete, so that a world shows both nights that can be trusted
        // and one that cannot.
        if self.has(XXPAY) {
            self.unproved(XXPAY);
            self.currency();
        }
        if self.has(QUICK) {
            self.refused_rows();
        }
        if self.settings.absences == Absences::Planted {
            self.absences();
        }
    }

    /// The next order of a lane; a refund comes with its payment.
    fn draft(&mut self, lane: Lane) -> Draft {
        match lane.refund_of().filter(|payments| self.has(*payments)) {
            Some(payments) => self.refund(lane, payments),
            None => self.drafts.next(lane),
        }
    }

    fn cell(&mut self, cell: &Cell, lane: Lane) {
        let draft = self.draft(lane);
        let at_merchant = if cell.merchant == Some(Succeeded) { draft.amount_minor } else { 0 };
        let at_platform = if cell.platform == PAID { draft.amount_minor } else { 0 };
        // Money is dated by the merchant where it counts it, else by the platform's payment, else by
        // the order itself; a draft has all three on the world's day.
        self.made.rows.extend(cell.merchant.map(|status| draft.row(status)));
        self.made.trades.extend(cell.platform.map(|status| draft.trade(status)));
        let difference = at_platform.saturating_sub(at_merchant);
        let planted = self.note(&draft, cell.kind, difference, cell.state_at(lane));
        if cell.platform.is_none() {
            planted.provider_order_no.clear();
        }
    }

    fn amounts(&mut self, lane: Lane) {
        if !self.states_amount(lane) {
            return;
        }
        for more in [1, 250, -1, -499] {
            let draft = self.draft(lane);
            let amount_minor = draft.amount_minor.saturating_add(more);
            let fee_minor = usual_fee(lane.kind, amount_minor);
            // The shop expects the fee of what was paid, where the platform says what it charged.
            let expected = self.states_fee(lane).then_some(fee_minor);
            self.made.rows.push(BookRow { fee_minor: expected, ..draft.row(Succeeded) });
            let trade = draft.trade(TradeStatus::Paid);
            self.made.trades.push(Trade { amount_minor, fee_minor, ..trade });
            self.note(&draft, Type::AmountMismatch, more, State::Open);
        }
        if lane.is_refund() {
            return;
        }
        // Fen taken for yuan: the platform has a hundredth of what the books say.
        let draft = self.drafts.next(lane);
        let amount_minor = draft.amount_minor.saturating_mul(100);
        let trade = draft.trade(TradeStatus::Paid);
        let fee_minor = self.states_fee(lane).then_some(trade.fee_minor);
        self.made.rows.push(BookRow { amount_minor, fee_minor, ..draft.row(Succeeded) });
        self.made.trades.push(trade);
        let difference = draft.amount_minor.saturating_sub(amount_minor);
        self.note(&draft, Type::AmountMismatch, difference, State::Open);
    }

    /// The first row is the order; whatever money the second one counts is counted once too often.
    fn duplicates_at_merchant(&mut self, lane: Lane) {
        let draft = self.draft(lane);
        let amount_minor = draft.amount_minor.saturating_add(100);
        let first = draft.row(Succeeded);
        let second = BookRow { amount_minor, ..first.clone() };
        self.made.rows.extend([first, second]);
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        let difference = amount_minor.saturating_neg();
        self.note(&draft, Type::DuplicateAtMerchant, difference, State::Open);

        let draft = self.draft(lane);
        self.made.rows.extend([draft.row(Succeeded), draft.row(Pending)]);
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        self.note(&draft, Type::DuplicateAtMerchant, 0, State::Open);
    }

    /// One transaction, listed with two times of payment.
    fn duplicates_at_provider(&mut self, lane: Lane) {
        for later in [1, 7] {
            let draft = self.drafts.next(lane);
            let trade = draft.trade(TradeStatus::Paid);
            let paid_at = Some(draft.paid_at.plus_seconds(later));
            let twin = Trade { paid_at, twin: true, ..trade.clone() };
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.extend([trade, twin]);
            self.note(&draft, Type::DuplicateAtProvider, 0, State::Open);
        }
    }

    /// The customer paid the same order again: the second payment is what is too much.
    fn paid_twice(&mut self, lane: Lane) {
        for more in [0, 0, 300] {
            let draft = self.drafts.next(lane);
            let first = draft.trade(TradeStatus::Paid);
            let second = Trade {
                provider_order_no: format!("9{}", draft.provider_order_no),
                amount_minor: draft.amount_minor.saturating_add(more),
                paid_at: Some(draft.paid_at.plus_seconds(40)),
                ..first.clone()
            };
            self.made.rows.push(draft.row(Succeeded));
            let planted = self.note(&draft, Type::PaidTwice, second.amount_minor, State::Open);
            planted.provider_order_no.clone_from(&second.provider_order_no);
            self.made.trades.extend([first, second]);
        }
    }

    /// Paid around midnight: the merchant counts it today, the platform tomorrow or yesterday.
    fn cross_days(&mut self, lane: Lane) {
        if !lane.has(Fact::Time) {
            return;
        }
        let day = DAY.start_of(self.settings.date);
        let next = DAY.end_of(self.settings.date);
        for (heard_at, paid_at) in [
            (next.plus_seconds(-2), next.plus_seconds(3)),
            (next.plus_seconds(-30), next.plus_seconds(1)),
            (day.plus_seconds(3), day.plus_seconds(-2)),
        ] {
            let draft = self.around_midnight(lane, heard_at, paid_at);
            let difference = draft.amount_minor.saturating_neg();
            self.note(&draft, Type::CrossDay, difference, State::Timing);
        }
    }

    /// The merchant counted it yesterday, the platform counts it today.
    fn cross_day_from_yesterday(&mut self, lane: Lane) {
        let day = DAY.start_of(self.settings.date);
        let draft = self.around_midnight(lane, day.plus_seconds(-2), day.plus_seconds(3));
        self.note(&draft, Type::CrossDay, draft.amount_minor, State::Timing);
    }

    pub(super) fn around_midnight(
        &mut self,
        lane: Lane,
        heard_at: Timestamp,
        paid_at: Timestamp,
    ) -> Draft {
        let created_at = heard_at.min(paid_at).plus_seconds(-45);
        let draft = Draft { created_at, paid_at, heard_at, ..self.draft(lane) };
        self.made.rows.push(draft.row(Succeeded));
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        draft
    }

    /// A lane for an order that agrees: some are busier than others.
    fn any_lane(&mut self) -> Option<Lane> {
        // Where all of a lane belongs to the pattern, nothing there agrees.
        let start = DAY.start_of(self.settings.date);
        let pattern = self.settings.pattern;
        let is_free = |lane: &&Lane| !pattern.is_some_and(|it| it.is_spoiled_by(**lane, start));
        let weight = |lane: &Lane| platform::terms(*lane).map_or(0, |terms| terms.weight);
        let weights = self.lanes.iter().filter(is_free).map(|lane| (*lane, weight(lane)));
        let sum = weights.clone().fold(0_u32, |sum, (_, weight)| sum.saturating_add(weight));
        let mut left = self.drafts.dice.below(sum.max(1));
        for (lane, weight) in weights {
            left = left.saturating_sub(i64::from(weight));
            if left < 0 {
                return Some(lane);
            }
        }
        None
    }

    /// Both sides say the same, or what the contract calls the same.
    fn agreement(&mut self, lane: Lane) {
        let draft = self.draft(lane);
        let draft = self.outside(draft);
        let chance = self.drafts.dice.below(1000);
        let (merchant, platform) = match chance {
            0..25 => (Failed, FAILED),
            25..45 if lane.can_say(TradeStatus::Unpaid) => (Closed, UNPAID),
            45..60 => (Closed, FAILED),
            60..80 => (Closed, None),
            80..90 => (Failed, None),
            90..100 if lane.can_say(TradeStatus::Unpaid) => (Failed, UNPAID),
            100..120 if lane.can_say(TradeStatus::Refunded) => (Refunded, REFUNDED),
            // Nobody asks about it, so that only what the account holds shows that it was paid.
            120..125 if lane.lists() && !self.settings.held => (Closed, REFUNDED),
            100..120 if lane.can_say(TradeStatus::Returned) => (Failed, RETURNED),
            _ => (Succeeded, PAID),
        };
        let row = draft.row(merchant);
        if chance == 999 {
            // The export has the very same row twice: that is one row.
            self.made.rows.extend([row.clone(), BookRow { repeated: true, ..row }]);
        } else {
            self.made.rows.push(row);
        }
        self.made.trades.extend(platform.map(|status| draft.trade(status)));
    }

    /// The same order, moved out of the way of the world's pattern.
    pub(super) fn outside(&self, draft: Draft) -> Draft {
        let spoils = |pattern: Pattern| pattern.is_spoiled_by(draft.lane, draft.heard_at);
        if !self.settings.pattern.is_some_and(spoils) {
            return draft;
        }
        let earlier = |moment: Timestamp| moment.plus_seconds(-3 * 3600);
        Draft {
            created_at: earlier(draft.created_at),
            paid_at: earlier(draft.paid_at),
            heard_at: earlier(draft.heard_at),
            ..draft
        }
    }

    pub(super) fn note(
        &mut self,
        draft: &Draft,
        kind: Type,
        difference_minor: i64,
        state: State,
    ) -> &mut Planted {
        self.made.planted.push_mut(Planted {
            key: OrderKey { stream: draft.lane.stream(), order_no: draft.order_no.clone() },
            kind,
            business_date: self.settings.date,
            difference_minor,
            currency: Currency::CNY,
            state,
            provider_order_no: draft.provider_order_no.clone(),
        })
    }
}
