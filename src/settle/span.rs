//! The bridge over several business dates together: from the balance that ends the day before the
//! first to the one that ends the last. It has the lines of the daily bridges, added up, and stands
//! also where a balance in between is missing.

use super::days::Days;
use super::{
    AccountTerms, BACK_DAYS, Balanced, Holding, Request, SNAPSHOT_SECONDS_MAX, SettleError,
    SettledAccount, Settling, bridge,
};
use crate::business_day::BusinessDate;
use crate::ledger::{Ledger, SumRequest};
use crate::rules::sums::SlotSum;

/// Days that the span may have: the proof of older ones is not looked at.
pub const SPAN_DAYS_MAX: i64 = super::LOOK_BACK_DAYS - 1;

/// In which span of the cuts the bridge lies: the first two cuts are the same moment.
const SLOT: i64 = 2;

/// Works out the bridges of accounts from `first` to the date of the request, at most
/// [`SPAN_DAYS_MAX`] days. Writes nothing; settlements and sums are left out.
///
/// # Errors
///
/// [`SettleError`] when the ledger fails or a sum does not fit.
pub async fn bridges(
    request: &Request<'_>,
    first: BusinessDate,
    accounts: &[AccountTerms],
    ledger: &dyn Ledger,
) -> Result<Vec<SettledAccount>, SettleError> {
    let days = Days::read(ledger, request.night.date).await?;
    let mut settled = Vec::new();
    for terms in accounts {
        let settling = Settling { request, terms, ledger, days: &days };
        settled.push(SettledAccount {
            account: terms.name.clone(),
            provider_id: terms.provider_id.clone(),
            date: request.night.date,
            rows: Vec::new(),
            balanced: settling.balanced_since(first).await?,
            before: Balanced::NotStated,
            older: Vec::new(),
            sums: Vec::new(),
            terms: Vec::new(),
            bank: Vec::new(),
        });
    }
    Ok(settled)
}

impl Settling<'_> {
    async fn balanced_since(&self, first: BusinessDate) -> Result<Balanced, SettleError> {
        let date = self.request.night.date;
        let Some(opening) = self.end(first.plus_days(-1)).await? else {
            return match self.end(date).await? {
                _ if self.terms.held.is_none() => Ok(Balanced::NotStated),
                Some(closing) => self.without_opening(&closing, first).await,
                None => self.without_closing(date).await,
            };
        };
        let Some(closing) = self.end(date).await? else { return self.without_closing(date).await };
        let sum = self.sum_between(&opening, &closing, first).await?;
        self.balanced((Some(&opening), Some(&closing)), sum.as_ref(), date).await
    }

    /// The balance that ends a business date.
    async fn end(&self, date: BusinessDate) -> Result<Option<Holding>, SettleError> {
        let Some(held) = self.terms.held else { return Ok(None) };
        let end = self.request.business_day.end_of(date);
        let from = end.plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_neg());
        let until = end.plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_add(1));
        let snapshots = self.ledger.balances(&self.terms.name, from, until).await?;
        let all = bridge::holdings(&snapshots, held).map_err(self.too_large())?;
        Ok(bridge::at_end(&all, end).cloned())
    }

    async fn sum_between(
        &self,
        opening: &Holding,
        closing: &Holding,
        first: BusinessDate,
    ) -> Result<Option<SlotSum>, SettleError> {
        let day = self.request.business_day;
        let from = first.min(day.date_of(opening.as_of));
        let request = SumRequest {
            account: self.terms.name.clone(),
            from,
            back_from: from.plus_days(BACK_DAYS.saturating_neg()),
            to: self.request.night.date.max(day.date_of(closing.as_of)),
            cuts: [opening.as_of, opening.as_of, closing.as_of],
            unasked: self.unasked(),
            by_bill: self.terms.by_bill,
            per_order: self.terms.is_per_order(),
        };
        let mut sums = self.added_up(&request).await?;
        Ok(sums.slots.remove(&SLOT))
    }
}
