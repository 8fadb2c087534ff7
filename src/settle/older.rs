//! Older dates that something is left over of: what became known since may explain it.

use std::collections::{BTreeMap, BTreeSet};

use super::discrepancies::balance_key;
use super::{Balanced, Request, SettleError, Settling};
use crate::business_day::BusinessDate;
use crate::ledger::DaySum;
use crate::order::{OrderKey, Stream};
use crate::rules::lifecycle::Night;
use crate::rules::settlement::{SettlementRow, SettlementState};

/// Days back that balances are looked at again while what is left over is open.
const OPEN_DAYS: i64 = 35;

impl Settling<'_> {
    /// Dates before yesterday's of which something is left over: of their balance, or of a settlement
    /// that their money goes into. Oldest first.
    pub(super) async fn open_days(
        &self,
        rows: &[SettlementRow],
    ) -> Result<Vec<BusinessDate>, SettleError> {
        let date = self.request.night.date;
        let (first, last) = (OPEN_DAYS.saturating_neg(), -2);
        let dates = |from: BusinessDate, to: BusinessDate| {
            let next = |day: &BusinessDate| Some(day.plus_days(1));
            std::iter::successors(Some(from), next).take_while(move |day| *day <= to)
        };
        let (first, last) = (date.plus_days(first), date.plus_days(last));
        let named = dates(first, last)
            .map(|day| (balance_key(&self.terms.name, day), day))
            .collect::<BTreeMap<OrderKey, BusinessDate>>();
        let keys: Vec<OrderKey> = named.keys().cloned().collect();
        let known = self.ledger.discrepancies_of(&keys).await?;
        let open = known.iter().filter(|it| !it.state.is_closed());
        let mut days: BTreeSet<BusinessDate> =
            open.filter_map(|it| named.get(&it.key).copied()).collect();
        for row in rows.iter().filter(|row| row.state == SettlementState::Mismatch) {
            days.extend(dates(row.from.max(first), row.to.min(last)));
        }
        Ok(days.into_iter().collect())
    }

    /// The bridge and the sums of an older date as they are known now.
    pub(super) async fn again(
        &self,
        date: BusinessDate,
    ) -> Result<(Balanced, BTreeMap<Stream, DaySum>), SettleError> {
        let night = Night { date, ..self.request.night };
        let request = Request { night, ..*self.request };
        let settling = Settling { request: &request, ..*self };
        let ends = settling.ends().await?;
        let mut sums = settling.sums(&ends).await?;
        let balanced = settling.own(&ends, &sums).await?;
        Ok((balanced, sums.days.remove(&date).unwrap_or_default()))
    }
}
