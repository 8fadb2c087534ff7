//! What a row says of fees and of net amounts.

use crate::config::{AmountUnit, Direction, Sign};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::rows::Rows;
use crate::intake::statement::row::{
    Amount, RowReader, Wrong, currency, negated, of_sign, text, value, wrong,
};
use crate::intake::totals::exact_fee;
use crate::money::{Currency, Money};
use crate::order::RejectionReason;

impl<'a> RowReader<'a> {
    /// The fee as it is kept, and in thousandths of the smallest unit as it stands there, where it can be
    /// read. A fee in another currency than the row's amount is none of the order's: the two are never added.
    pub(super) fn fee(&self, rows: &Rows) -> (Amount, Option<i64>) {
        let layout = self.layout;
        let others = [&layout.fee_direction, &layout.fee_currency];
        if layout.fee_parts.is_empty() && others.iter().all(|place| place.at.is_none()) {
            return self.plain_fee(rows);
        }
        match self.stated_fee(rows) {
            Ok(Some(fee)) if fee.currency == self.currency(rows) => {
                (Ok(Some(fee.minor)), exact_fee(fee.minor))
            }
            Ok(Some(_)) => (Ok(None), None),
            Ok(None) => (Ok(None), Some(0)),
            Err(reason) => (Err(reason), None),
        }
    }

    /// The fee of one column in the row's currency.
    fn plain_fee(&self, rows: &Rows) -> (Amount, Option<i64>) {
        let place = &self.layout.fee;
        let fee = self.amount(rows, place);
        let Err(RejectionReason::TooPrecise) = fee else {
            let exact = fee.as_ref().ok().and_then(|fee| exact_fee(fee.unwrap_or(0)));
            return (fee, exact);
        };
        let settings = self.request.settings;
        if settings.fee_rounding.is_none() || settings.amount_unit != AmountUnit::Yuan {
            return (fee, None);
        }
        let text = rows.value(place.at).unwrap_or_default();
        match cell::fine_amount(cell::optional(&text), self.currency(rows)) {
            Some((minor, exact)) => (Ok(Some(minor)), Some(exact)),
            None => (fee, None),
        }
    }

    /// The fee, its parts added, with its own currency; where a word says whether it was charged, positive
    /// where it was.
    fn stated_fee(&self, rows: &Rows) -> Result<Option<Money>, RejectionReason> {
        let layout = self.layout;
        let text = rows.value(layout.fee_currency.at)?;
        let currency = match cell::optional(&text) {
            "" => self.currency(rows),
            word => cell::currency(word)?,
        };
        let whole = self.amount_of(rows, &layout.fee, currency)?;
        let mut parts: Option<i64> = None;
        for part in &layout.fee_parts {
            if let Some(part) = self.amount_of(rows, part, currency)? {
                let sum = parts.unwrap_or(0).checked_add(part);
                parts = Some(sum.ok_or(RejectionReason::TooLarge)?);
            }
        }
        let minor = match (whole, parts) {
            (Some(whole), Some(parts)) if whole != parts && parts != 0 && whole != 0 => {
                return Err(RejectionReason::TotalDiffers);
            }
            (Some(0) | None, Some(parts)) => parts,
            (Some(whole), _) => whole,
            (None, None) => return Ok(None),
        };
        let place = &layout.fee_direction;
        if place.at.is_none() || minor == 0 {
            return Ok(Some(Money { minor, currency }));
        }
        if minor < 0 {
            return Err(RejectionReason::Negative);
        }
        let direction = self.direction_at(rows, place).map_err(|wrong| wrong.reason)?;
        let minor = match direction {
            Direction::Out => minor,
            Direction::In => negated(minor)?,
        };
        Ok(Some(Money { minor, currency }))
    }

    /// The fee, positive where it is charged. What is given back with a refund has the other sign.
    pub(super) fn charged(&self, fee: Option<i64>, is_refund: bool) -> Amount {
        let Some(fee) = fee else { return Ok(None) };
        if self.layout.fee_direction.at.is_some() {
            return Ok(Some(fee));
        }
        let sign = self.request.settings.fees;
        match (is_refund, sign) {
            (true, Sign::Positive) => Ok(Some(fee)),
            (true, Sign::Negative) => negated(fee).map(Some),
            (true, Sign::Either) => negated(of_sign(fee, sign)?).map(Some),
            (false, sign) => of_sign(fee, sign).map(Some),
        }
    }

    /// What the fee of a row that is no order changes the balance by, where a word says whether it was
    /// charged; the amount of such a row is without it.
    pub(super) fn fee_of_movement(&self, rows: &Rows) -> Result<Option<Money>, Wrong> {
        let place = &self.layout.fee;
        if self.layout.fee_direction.at.is_none() {
            return Ok(None);
        }
        let fee = self.stated_fee(rows).map_err(|reason| wrong(rows, place, reason))?;
        let Some(Money { minor, currency }) = fee.filter(|fee| fee.minor != 0) else {
            return Ok(None);
        };
        let minor = negated(minor).map_err(|reason| wrong(rows, place, reason))?;
        Ok(Some(Money { minor, currency }))
    }

    /// What a row changes the balance by, where what comes in and what goes out have each a column.
    pub(super) fn net_change(&self, rows: &Rows) -> Result<i64, Wrong> {
        let place = &self.layout.net;
        self.net(rows)?.ok_or_else(|| wrong(rows, place, RejectionReason::Missing))
    }

    fn net(&self, rows: &Rows) -> Result<Option<i64>, Wrong> {
        let (into, out) = (&self.layout.net, &self.layout.net_out);
        let currency = value(rows, self.net_currency(), currency)?;
        let read = |place: &'a Place| {
            let amount = self.amount_of(rows, place, currency);
            let amount = amount.and_then(|found| match found {
                Some(minor) if minor < 0 => Err(RejectionReason::Negative),
                found => Ok(found),
            });
            amount.map_err(|reason| wrong(rows, place, reason))
        };
        match (read(into)?, read(out)?) {
            (None, None) => Ok(None),
            (Some(into), Some(out)) if into != 0 && out != 0 => {
                Err(wrong(rows, &self.layout.net_out, RejectionReason::WrongSign))
            }
            (into, out) => {
                let change = into.unwrap_or(0).checked_sub(out.unwrap_or(0));
                let too_large = || wrong(rows, &self.layout.net, RejectionReason::TooLarge);
                change.map(Some).ok_or_else(too_large)
            }
        }
    }

    /// The column that says what net amounts are of.
    pub(super) fn net_currency(&self) -> &'a Place {
        let own = &self.layout.net_currency;
        if own.at.is_some() { own } else { &self.layout.currency }
    }

    /// The batch of a row and its net amount, where these come to something.
    pub(super) fn batch(&self, rows: &Rows) -> Result<Option<(String, Money)>, Wrong> {
        let layout = self.layout;
        if self.request.settings.batch_sum.is_none() || layout.net_out.at.is_none() {
            return Ok(None);
        }
        let batch = text(rows, &layout.batch)?;
        if batch.is_empty() {
            return Ok(None);
        }
        let minor = self.net(rows)?.unwrap_or(0);
        let currency = value(rows, self.net_currency(), currency)?;
        Ok(Some((cell::shown(&batch), Money { minor, currency })))
    }

    /// An amount in a currency of its own.
    fn amount_of(&self, rows: &Rows, place: &Place, currency: Currency) -> Amount {
        let text = rows.value(place.at)?;
        match cell::optional(&text) {
            "" => Ok(None),
            text => cell::amount(text, self.request.settings.amount_unit, currency).map(Some),
        }
    }

    /// An amount in the row's currency.
    pub(super) fn amount(&self, rows: &Rows, place: &Place) -> Amount {
        self.amount_of(rows, place, self.currency(rows))
    }
}
