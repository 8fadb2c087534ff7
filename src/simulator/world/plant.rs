//! What goes wrong in a world, and what a report has to say about it (`contract.md` §4 and §5).

use super::draft::{Draft, Drafts};
use super::{
    BookRow, DAY, DiscrepancyType, Fault, GATEWAY, LANES, Lane, MerchantStatus, OrderKey, Planted,
    QUICK, RefusedRow, RejectionReason, State, Timestamp, Trade, TradeStatus, WorldError,
    WorldSettings, XXPAY,
};

use DiscrepancyType as Type;
use MerchantStatus::{Closed, Failed, Pending, Refunded, Succeeded};

/// All that a world holds, before it is indexed.
pub(super) struct Made {
    pub(super) rows: Vec<BookRow>,
    pub(super) refused_rows: Vec<RefusedRow>,
    pub(super) trades: Vec<Trade>,
    pub(super) planted: Vec<Planted>,
}

/// Two statuses that disagree, by the verdict table.
struct Cell {
    kind: Type,
    merchant: Option<MerchantStatus>,
    platform: Option<TradeStatus>,
    state: State,
    lanes: &'static [Lane],
    times: u32,
}

const ALL: &[Lane] = &LANES;
/// The lanes whose platform lists its own transactions.
const LISTING: &[Lane] = &[QUICK, GATEWAY];

const fn cell(
    kind: Type,
    merchant: Option<MerchantStatus>,
    platform: Option<TradeStatus>,
    state: State,
    lanes: &'static [Lane],
    times: u32,
) -> Cell {
    Cell { kind, merchant, platform, state, lanes, times }
}

const UNPAID: Option<TradeStatus> = Some(TradeStatus::Unpaid);
const PAID: Option<TradeStatus> = Some(TradeStatus::Paid);
const FAILED: Option<TradeStatus> = Some(TradeStatus::Failed);
const REFUNDED: Option<TradeStatus> = Some(TradeStatus::Refunded);

/// The cells of the verdict table that these platforms can show. xxpay's document knows no refund.
const CELLS: &[Cell] = &[
    cell(Type::MissingAtProvider, Some(Succeeded), None, State::Open, ALL, 2),
    cell(Type::MissingAtProvider, Some(Refunded), None, State::Open, ALL, 1),
    cell(Type::MissingAtMerchant, None, PAID, State::Open, LISTING, 3),
    cell(Type::PaidOnlyAtProvider, Some(Pending), PAID, State::Open, ALL, 2),
    cell(Type::PaidOnlyAtProvider, Some(Failed), PAID, State::Open, ALL, 1),
    cell(Type::PaidOnlyAtProvider, Some(Closed), PAID, State::Open, ALL, 1),
    cell(Type::PaidOnlyAtMerchant, Some(Succeeded), FAILED, State::Open, ALL, 2),
    cell(Type::PaidOnlyAtMerchant, Some(Succeeded), UNPAID, State::Timing, ALL, 2),
    cell(Type::PaidOnlyAtMerchant, Some(Refunded), FAILED, State::Open, ALL, 1),
    cell(Type::PaidOnlyAtMerchant, Some(Refunded), UNPAID, State::Timing, ALL, 1),
    cell(Type::StillPending, Some(Pending), UNPAID, State::Timing, ALL, 2),
    cell(Type::StillPending, Some(Pending), None, State::Timing, ALL, 1),
    cell(Type::StatusMismatch, Some(Pending), FAILED, State::Open, ALL, 2),
    cell(Type::StatusMismatch, Some(Pending), REFUNDED, State::Open, LISTING, 1),
    cell(Type::RefundedOnlyAtProvider, Some(Succeeded), REFUNDED, State::Open, LISTING, 2),
    cell(Type::RefundedOnlyAtMerchant, Some(Refunded), PAID, State::Open, ALL, 2),
];

/// Makes the orders that disagree, and then as many that agree as are still to be made.
pub(super) fn plant(drafts: Drafts, settings: &WorldSettings) -> Result<Made, WorldError> {
    let made = Made {
        rows: Vec::new(),
        refused_rows: Vec::new(),
        trades: Vec::new(),
        planted: Vec::new(),
    };
    let mut planter = Planter { drafts, settings, made };
    for cell in CELLS {
        for lane in cell.lanes {
            for _ in 0..cell.times {
                planter.cell(cell, *lane);
            }
        }
    }
    for lane in LANES {
        planter.old_pending(lane);
        planter.amounts(lane);
        planter.duplicates_at_merchant(lane);
        planter.cross_days(lane);
    }
    for lane in LISTING {
        planter.duplicates_at_provider(*lane);
        planter.paid_twice(*lane);
        planter.cross_day_from_yesterday(*lane);
    }
    // One account stays complete, so that a world shows both a night that can be trusted and one that
    // cannot.
    planter.unproved(XXPAY);
    planter.currency();
    planter.refused_rows();
    let least = planter.drafts.count().saturating_mul(2);
    if settings.orders < least {
        return Err(WorldError::TooSmall { least });
    }
    while planter.drafts.count() < settings.orders {
        planter.agreement();
    }
    let Made { mut rows, refused_rows, trades, planted } = planter.made;
    // As a shop exports it; what is the same order stays in the order in which it was made.
    rows.sort_by_key(|row| row.created_at);
    Ok(Made { rows, refused_rows, trades, planted })
}

struct Planter<'a> {
    drafts: Drafts,
    settings: &'a WorldSettings,
    made: Made,
}

impl Planter<'_> {
    fn cell(&mut self, cell: &Cell, lane: Lane) {
        let draft = self.drafts.next(lane);
        let at_merchant = if cell.merchant == Some(Succeeded) { draft.amount_minor } else { 0 };
        let at_platform = if cell.platform == PAID { draft.amount_minor } else { 0 };
        // Money is dated by the merchant where it counts it, else by the platform's payment, else by
        // the order itself; a draft has all three on the world's day.
        self.made.rows.extend(cell.merchant.map(|status| draft.row(status)));
        self.made.trades.extend(cell.platform.map(|status| draft.trade(status)));
        let difference = at_platform.saturating_sub(at_merchant);
        let planted = self.note(&draft, cell.kind, difference, cell.state);
        if cell.platform.is_none() {
            planted.provider_order_no.clear();
        }
    }

    /// Nobody has paid for three days: no longer a matter of timing, and dated where it began.
    fn old_pending(&mut self, lane: Lane) {
        let mut draft = self.drafts.next(lane);
        draft.created_at = draft.created_at.plus_seconds(-3 * 86_400);
        self.made.rows.push(draft.row(Pending));
        self.made.trades.push(draft.trade(TradeStatus::Unpaid));
        let planted = self.note(&draft, Type::StillPending, 0, State::Open);
        planted.business_date = DAY.date_of(draft.created_at);
    }

    /// The answer about this order is worth nothing, so the merchant's money is not proved.
    fn unproved(&mut self, lane: Lane) {
        let faults = [Fault::WrongSignature, Fault::UnknownStatus, Fault::AnotherOrder];
        for fault in faults {
            for status in [Succeeded, Pending] {
                let draft = self.drafts.next(lane);
                let paid = draft.is_xxpay() && status == Succeeded;
                let held = if paid { TradeStatus::Paid } else { TradeStatus::Unpaid };
                self.made.rows.push(draft.row(status));
                self.made.trades.push(Trade { fault, ..draft.trade(held) });
                let money = if status == Succeeded { draft.amount_minor } else { 0 };
                let difference = money.saturating_neg();
                let planted = self.note(&draft, Type::Unproved, difference, State::Open);
                planted.provider_order_no.clear();
            }
        }
    }

    fn amounts(&mut self, lane: Lane) {
        for more in [1, 250, -1, -499] {
            let draft = self.drafts.next(lane);
            let amount_minor = draft.amount_minor.saturating_add(more);
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.push(Trade { amount_minor, ..draft.trade(TradeStatus::Paid) });
            self.note(&draft, Type::AmountMismatch, more, State::Open);
        }
        // Fen taken for yuan: the platform has a hundredth of what the books say.
        let draft = self.drafts.next(lane);
        let amount_minor = draft.amount_minor.saturating_mul(100);
        self.made.rows.push(BookRow { amount_minor, ..draft.row(Succeeded) });
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        let difference = draft.amount_minor.saturating_sub(amount_minor);
        self.note(&draft, Type::AmountMismatch, difference, State::Open);
    }

    fn currency(&mut self) {
        for _ in 0..2 {
            let draft = self.drafts.next(XXPAY);
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.push(Trade { currency: "usd", ..draft.trade(TradeStatus::Paid) });
            self.note(&draft, Type::CurrencyMismatch, 0, State::Open);
        }
    }

    /// The first row is the order; whatever money the second one counts is counted once too often.
    fn duplicates_at_merchant(&mut self, lane: Lane) {
        let draft = self.drafts.next(lane);
        let amount_minor = draft.amount_minor.saturating_add(100);
        let first = draft.row(Succeeded);
        let second = BookRow { amount_minor, ..first.clone() };
        self.made.rows.extend([first, second]);
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        let difference = amount_minor.saturating_neg();
        self.note(&draft, Type::DuplicateAtMerchant, difference, State::Open);

        let draft = self.drafts.next(lane);
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

    fn around_midnight(&mut self, lane: Lane, heard_at: Timestamp, paid_at: Timestamp) -> Draft {
        let created_at = heard_at.min(paid_at).plus_seconds(-45);
        let draft = Draft { created_at, paid_at, heard_at, ..self.drafts.next(lane) };
        self.made.rows.push(draft.row(Succeeded));
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        draft
    }

    fn refused_rows(&mut self) {
        let table = [
            ("amount", "1.23457E+19", RejectionReason::Scientific),
            ("amount", "12.345", RejectionReason::TooPrecise),
            ("amount", "", RejectionReason::Missing),
            ("status", "paid", RejectionReason::UnknownWord),
            ("account", "mmsp-old", RejectionReason::UnknownAccount),
            ("created_at", "yesterday noon", RejectionReason::NotATime),
        ];
        for (column, value, reason) in table {
            let order_no = self.drafts.next(QUICK).order_no;
            self.made.refused_rows.push(RefusedRow { order_no, column, value, reason });
        }
    }

    /// Both sides say the same, or what the contract calls the same.
    fn agreement(&mut self) {
        let lane = match self.drafts.dice.below(10) {
            0..4 => QUICK,
            4..7 => GATEWAY,
            _ => XXPAY,
        };
        let draft = self.drafts.next(lane);
        let chance = self.drafts.dice.below(1000);
        let (merchant, platform) = match chance {
            0..25 => (Failed, FAILED),
            25..45 => (Closed, UNPAID),
            45..60 => (Closed, FAILED),
            60..80 => (Closed, None),
            80..90 => (Failed, None),
            90..100 => (Failed, UNPAID),
            100..120 if !draft.is_xxpay() => (Refunded, REFUNDED),
            120..125 if !draft.is_xxpay() => (Closed, REFUNDED),
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

    fn note(
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
            state,
            provider_order_no: draft.provider_order_no.clone(),
        })
    }
}
