//! The numbers of a row: its own, the platform's, and that of the payment that it gives back.

use super::{RowReader, Wrong, text, value};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::rows::Rows;
use crate::order::RejectionReason;
use crate::status::Kind;

/// The numbers of a row.
pub(super) struct RowNumbers<'a> {
    /// By which both sides know the order, and where it stands.
    pub(super) order_no: String,
    pub(super) number: &'a Place,
    pub(super) provider_number: &'a Place,
    /// Of a refund: its payment's.
    pub(super) original_order_no: String,
}

impl<'a> RowReader<'a> {
    /// The numbers of a row. A refund has its own, unless the file has none for it: then it goes by that of its
    /// payment.
    pub(super) fn numbers_of(&self, rows: &Rows, kind: Kind) -> Result<RowNumbers<'a>, Wrong> {
        let layout = self.layout;
        if kind != Kind::Refund {
            let (order_no, number) = self.order_no(rows, kind)?;
            let (provider_number, original_order_no) = (&layout.provider_order_no, String::new());
            return Ok(RowNumbers { order_no, number, provider_number, original_order_no });
        }
        let own = text(rows, &layout.refund_no)?;
        if layout.refund_no.at.is_some() && !is_no_number(&own) {
            let order_no = value(rows, &layout.refund_no, cell::order_number)?;
            let order_no = self.ours(Kind::Refund, &order_no).unwrap_or(order_no);
            let (number, provider_number) = (&layout.refund_no, &layout.provider_refund_no);
            let original_order_no = if layout.original_order_no.at.is_some() {
                value(rows, &layout.original_order_no, provider_number_of)?
            } else {
                let original = self.order_no(rows, Kind::Payment).ok();
                original.map(|(order_no, _)| order_no).unwrap_or_default()
            };
            return Ok(RowNumbers { order_no, number, provider_number, original_order_no });
        }
        let (order_no, number) = self.order_no(rows, Kind::Payment)?;
        let provider_number = if layout.provider_refund_no.at.is_some() {
            &layout.provider_refund_no
        } else {
            &layout.provider_order_no
        };
        Ok(RowNumbers { original_order_no: order_no.clone(), order_no, number, provider_number })
    }

    /// The order number of a row, and where it stands: in the first of its columns that has one; else, where
    /// rows pair by it, that of our order with the platform's number, or this number itself.
    fn order_no(&self, rows: &Rows, kind: Kind) -> Result<(String, &'a Place), Wrong> {
        let layout = self.layout;
        let places = std::iter::once(&layout.order_no).chain(&layout.order_no_else);
        let mut filled = places.filter(|place| {
            rows.value(place.at).map_or(true, |cell| !cell::optional(&cell).is_empty())
        });
        if let Some(place) = filled.next() {
            return Ok((value(rows, place, cell::order_number)?, place));
        }
        if !self.request.settings.by_provider_number {
            return Ok((value(rows, &layout.order_no, cell::order_number)?, &layout.order_no));
        }
        let place = &layout.provider_order_no;
        let number = value(rows, place, cell::order_number)?;
        Ok((self.ours(kind, &number).unwrap_or(number), place))
    }

    /// Our order with a number of the platform's.
    fn ours(&self, kind: Kind, number: &str) -> Option<String> {
        let is_wanted = self.request.settings.by_provider_number;
        let found = is_wanted.then(|| self.request.numbers.get(&(kind, number.to_owned())));
        found.flatten().cloned()
    }
}

/// Whether a cell holds no number: some bills write `0` for none.
pub(in crate::intake::statement) fn is_no_number(text: &str) -> bool {
    cell::optional(text).trim_matches('0').is_empty()
}

/// The provider's number; `0` is none.
pub(super) fn provider_number_of(text: &str) -> Result<String, RejectionReason> {
    cell::optional_number(if is_no_number(text) { "" } else { text })
}
