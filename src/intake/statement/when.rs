//! When the money of a row moved.

use std::borrow::Cow;

use chrono_tz::Tz;

use crate::business_day::Timestamp;
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::rows::Rows;
use crate::intake::statement::named;
use crate::intake::statement::row::{RowReader, Wrong, text, wrong};
use crate::intake::time::{Times, zone_of_word};
use crate::order::RejectionReason;
use crate::text::folded;

/// What is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated {
    /// A payment or a payout.
    Payment,
    /// A refund.
    Refund,
    /// What is no order.
    Movement,
}

impl<'a> RowReader<'a> {
    /// When the row's money moved; of what has a time of its own in the file, that one.
    pub(super) fn time(&mut self, rows: &Rows, what: Dated) -> Result<Option<Timestamp>, Wrong> {
        let layout = self.layout;
        let paid = (&layout.paid_at, &layout.zone, &layout.clock);
        let (place, zone, clock) = match what {
            Dated::Refund if layout.refunded_at.at.is_some() => {
                (&layout.refunded_at, &layout.zone, NO_CLOCK)
            }
            Dated::Movement if layout.booked_at.at.is_some() => {
                let has_own = layout.booked_zone.at.is_some();
                let zone = if has_own { &layout.booked_zone } else { &layout.zone };
                (&layout.booked_at, zone, NO_CLOCK)
            }
            Dated::Payment | Dated::Refund | Dated::Movement => paid,
        };
        // A column of its own that is empty says nothing else.
        let is_empty =
            |place: &Place| rows.value(place.at).is_ok_and(|text| cell::optional(&text).is_empty());
        let is_left_out = what == Dated::Movement && is_empty(place);
        let (place, zone, clock) = if is_left_out { paid } else { (place, zone, clock) };
        let text = text(rows, place)?;
        let date = cell::optional(&text);
        if date.is_empty() || cell::is_zero_date(date) {
            return Ok(None);
        }
        let date = match layout.named_date.and_then(|named| named::with_year(date, named)) {
            Some(date) => Cow::Owned(date),
            None => Cow::Borrowed(date),
        };
        let clock_text = self::text(rows, clock)?;
        let zone = self.zone(rows, zone)?;
        let latest = self.latest;
        let times = self.times_of(zone);
        match times.read_two(&date, cell::optional(&clock_text)) {
            Some(moment) if moment > latest => {
                Err(wrong(rows, place, RejectionReason::InTheFuture))
            }
            Some(moment) => {
                let (first, last) = self.span.unwrap_or((moment, moment));
                self.span = Some((first.min(moment), last.max(moment)));
                Ok(Some(moment))
            }
            None if times.read(&date).is_some() => {
                Err(wrong(rows, clock, RejectionReason::NotATime))
            }
            None => Err(wrong(rows, place, Times::problem(&date))),
        }
    }

    /// The zone that a row names; `None` where the file has no such column.
    fn zone(&self, rows: &Rows, place: &'a Place) -> Result<Option<Tz>, Wrong> {
        if place.at.is_none() {
            return Ok(None);
        }
        let text = text(rows, place)?;
        let word = folded(cell::optional(&text));
        if word.is_empty() && self.request.settings.timezone.is_some() {
            return Ok(None);
        }
        let mut own = self.request.settings.zones.iter();
        let own = own.find(|(theirs, _)| folded(theirs) == word).map(|(_, zone)| *zone);
        let zone = own.or_else(|| zone_of_word(cell::optional(&text)));
        let reason =
            if word.is_empty() { RejectionReason::Missing } else { RejectionReason::UnknownWord };
        zone.map(Some).ok_or_else(|| wrong(rows, place, reason))
    }

    /// Reads times of a zone that a row names.
    fn times_of(&mut self, zone: Option<Tz>) -> &mut Times {
        let Some(zone) = zone else { return &mut self.times };
        let at = self.zones.iter().position(|(known, _)| *known == zone).unwrap_or_else(|| {
            self.zones.push((zone, Times::of_zone(self.request.business_day, zone)));
            self.zones.len().saturating_sub(1)
        });
        match self.zones.get_mut(at) {
            Some((_, times)) => times,
            None => &mut self.times,
        }
    }
}

/// A column that no file has.
static NOWHERE: Place = Place { at: None, name: String::new() };

/// Where no time of day stands beside the date.
const NO_CLOCK: &Place = &NOWHERE;
