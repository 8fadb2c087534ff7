//! A row of a bill that is no order: money of the account that moved.

use super::{
    Amount, OrderFee, Read, RowReader, Wrong, currency, negated, of_sign, provider_number_of, text,
    value, words_at, wrong,
};
use crate::config::{Direction, Sign};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::movements;
use crate::intake::rows::Rows;
use crate::intake::statement::when::Dated;
use crate::intake::statement::words::Class;
use crate::money::Money;
use crate::movement::{Movement, MovementKind};
use crate::order::RejectionReason;
use crate::status::{Kind, ProviderStatus};

impl RowReader<'_> {
    /// By how much a row changes the balance, by its columns alone; `None` where they leave it open.
    pub(super) fn change(
        &self,
        rows: &Rows,
        amount: &Amount,
        refund_amount: &Amount,
    ) -> Result<Option<i64>, Wrong> {
        let (Ok(amount), Ok(out)) = (amount, refund_amount) else { return Ok(None) };
        let outflows = self.request.settings.outflows;
        if self.layout.is_pair {
            let out = of_sign(out.unwrap_or(0), outflows).ok();
            return Ok(out.and_then(|out| amount.unwrap_or(0).checked_sub(out)));
        }
        Ok(match (self.direction(rows)?, *amount) {
            (Some(Direction::In), Some(amount)) => Some(amount),
            (Some(Direction::Out), Some(amount)) => amount.checked_neg(),
            (None, Some(amount)) if outflows == Sign::Negative => Some(amount),
            (_, _) => None,
        })
    }

    pub(super) fn order_fee(
        &mut self,
        rows: &Rows,
        change: Option<i64>,
    ) -> Result<OrderFee, Wrong> {
        let place = &self.layout.amount;
        let change = change.ok_or_else(|| wrong(rows, place, RejectionReason::NotANumber))?;
        let kind = if change > 0 { Kind::Refund } else { Kind::Payment };
        let lane = self.words.lane_of(kind);
        let lane =
            lane.ok_or_else(|| wrong(rows, &self.layout.kind, RejectionReason::UnknownProduct))?;
        let order_no = value(rows, &self.layout.order_no, cell::order_number)?;
        let provider_order_no = value(rows, &self.layout.provider_order_no, provider_number_of)?;
        let fee_minor =
            change.checked_neg().ok_or_else(|| wrong(rows, place, RejectionReason::TooLarge))?;
        let movement = self.moved(rows, MovementKind::Fee, change)?;
        Ok(OrderFee { lane, order_no, provider_order_no, fee_minor, movement })
    }

    /// The money of a movement as it is kept: of a settlement what the bank got, of everything else the
    /// change of the balance.
    pub(super) fn effect(
        &self,
        rows: &Rows,
        kind: MovementKind,
        minor: i64,
    ) -> Result<Option<i64>, Wrong> {
        let outflows = self.request.settings.outflows;
        let is_turned = match (self.direction(rows)?, kind) {
            (Some(direction), MovementKind::Settlement) => direction == Direction::In,
            (Some(direction), _) => direction == Direction::Out,
            // A shortfall that the provider takes back has the other sign.
            (None, MovementKind::Settlement) => outflows == Sign::Negative,
            (None, MovementKind::Fee | MovementKind::Chargeback) => {
                outflows == Sign::Positive && !self.layout.is_pair
            }
            (
                None,
                MovementKind::TopUp
                | MovementKind::Adjustment
                | MovementKind::Reserve
                | MovementKind::Bank,
            ) => false,
        };
        Ok(if is_turned { minor.checked_neg() } else { Some(minor) })
    }

    pub(super) fn movement(
        &mut self,
        rows: &Rows,
        class: Class,
        kind: MovementKind,
        (amount, place): (Result<i64, Wrong>, &Place),
    ) -> Result<Read, Wrong> {
        let status = self.words.status(class.status);
        if status != Some(ProviderStatus::Succeeded) {
            // No money moved, or it came back.
            return Ok(Read::Ignored);
        }
        if kind == MovementKind::Bank {
            let moved = self.moved(rows, kind, amount?)?;
            return Ok(Read::Movement(moved, None));
        }
        if self.layout.net_out.at.is_some() {
            let change = self.net_change(rows)?;
            let place = &self.layout.net;
            let turned =
                if kind == MovementKind::Settlement { negated(change) } else { Ok(change) };
            let minor = turned.map_err(|reason| wrong(rows, place, reason))?;
            let moved = self.moved(rows, kind, minor)?;
            return Ok(Read::Movement(moved, None));
        }
        let net = &self.layout.net;
        let (minor, place) = if net.at.is_some() && kind != MovementKind::TopUp {
            let minor = self.amount(rows, net).and_then(|net| net.ok_or(RejectionReason::Missing));
            (minor.map_err(|reason| wrong(rows, net, reason))?, net)
        } else {
            (amount?, place)
        };
        let too_large = || wrong(rows, place, RejectionReason::TooLarge);
        let minor = self.effect(rows, kind, minor)?.ok_or_else(too_large)?;
        if kind == MovementKind::TopUp && minor < 0 {
            return Err(wrong(rows, place, RejectionReason::Negative));
        }
        let moved = self.moved(rows, kind, minor)?;
        let fee = self.fee_of_movement(rows)?;
        let fee = fee.map(|money| Movement { kind: MovementKind::Fee, money, ..moved.clone() });
        Ok(Read::Movement(moved, fee))
    }

    /// A movement of so much.
    pub(super) fn moved(
        &mut self,
        rows: &Rows,
        kind: MovementKind,
        minor: i64,
    ) -> Result<Movement, Wrong> {
        let layout = self.layout;
        let currency = value(rows, self.net_currency(), currency)?;
        let Some(occurred_at) = self.time(rows, Dated::Movement)? else {
            return Err(wrong(rows, &layout.paid_at, RejectionReason::Missing));
        };
        let (mut product, mut settlement_date) = (String::new(), None);
        if kind == MovementKind::Settlement {
            let words = self.words;
            let is_ours = |cell: &str| words.product(cell).map(str::to_owned);
            product = value(rows, &layout.product, is_ours)?;
            let text = text(rows, &layout.settlement_date)?;
            let text = cell::optional(&text);
            let date = movements::settled_on(&mut self.times, text, occurred_at)
                .map_err(|reason| wrong(rows, &layout.settlement_date, reason))?;
            settlement_date = Some(date);
        }
        self.all_dates.insert(self.times.date_of(occurred_at));
        Ok(Movement {
            account: self.request.account.to_owned(),
            occurred_at,
            kind,
            product,
            settlement_date,
            money: Money { minor, currency },
            name: words_at(rows, &layout.name)?,
            note: self.note_of(rows)?,
            reference: self.reference_of(rows)?,
        })
    }

    /// The reference of a row: of its columns the first that has one.
    pub(super) fn reference_of(&self, rows: &Rows) -> Result<String, Wrong> {
        let places = std::iter::once(&self.layout.reference).chain(&self.layout.references_else);
        for place in places {
            let reference = words_at(rows, place)?;
            if !reference.is_empty() {
                return Ok(reference);
            }
        }
        Ok(String::new())
    }

    /// The words of a row: of a bank's statement those of every column.
    pub(super) fn note_of(&self, rows: &Rows) -> Result<String, Wrong> {
        let mut note = words_at(rows, &self.layout.note)?;
        for place in &self.layout.notes_else {
            let more = words_at(rows, place)?;
            if !more.is_empty() && !note.contains(&more) {
                note = format!("{note} {more}");
            }
        }
        Ok(note.trim_start().to_owned())
    }
}
