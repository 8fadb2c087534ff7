//! Why there is no balance near the end of a day: nobody asked, or what came could not be used.

use super::{Balanced, Holding, SNAPSHOT_SECONDS_MAX, SettleError, Settling, Unread};
use crate::business_day::BusinessDate;
use crate::money::Currency;

impl Settling<'_> {
    /// There is no balance near the end of `date`.
    pub(super) async fn without_closing(
        &self,
        date: BusinessDate,
    ) -> Result<Balanced, SettleError> {
        let unread = self.unread(date).await?;
        Ok(unread.map_or(Balanced::NoClosing, Balanced::ClosingUnread))
    }

    /// There is no balance near the end of the day before `date`.
    pub(super) async fn without_opening(
        &self,
        closing: &Holding,
        date: BusinessDate,
    ) -> Result<Balanced, SettleError> {
        let unread = self.unread(date.plus_days(-1)).await?;
        let closing = closing.clone();
        Ok(match unread {
            Some(unread) => Balanced::OpeningUnread(closing, unread),
            None => Balanced::NoOpening(closing),
        })
    }

    /// The question nearest to the end of a date of which no figure came.
    async fn unread(&self, date: BusinessDate) -> Result<Option<Unread>, SettleError> {
        let end = self.request.business_day.end_of(date);
        let from = end.plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_neg());
        let until = end.plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_add(1));
        let asks = self.ledger.balance_asks(&self.terms.name, from, until).await?;
        let failed = asks.into_iter().filter(|ask| !ask.problem.is_empty());
        let nearest = failed.min_by_key(|ask| ask.asked_at.seconds_since(end).saturating_abs());
        if let Some(ask) = nearest {
            return Ok(Some(Unread { asked_at: ask.asked_at, problem: ask.problem }));
        }
        // Bridges are built in yuan.
        let all = self.ledger.balances(&self.terms.name, from, until).await?;
        let foreign = all.iter().find(|it| it.line.money.currency != Currency::CNY);
        Ok(foreign.map(|it| Unread {
            asked_at: it.as_of,
            problem: format!("currency:{}", it.line.money.currency),
        }))
    }
}
