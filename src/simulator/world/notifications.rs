//! The callbacks of a world, as the merchant's web tier wrote them down.

use std::collections::BTreeSet;

use serde_json::json;

use super::{BookRow, DAY, Trade, TradeStatus, World};
use crate::order::OrderKey;
use crate::simulator::platform::{self, Fact};
use crate::status::MerchantStatus;

/// Of so many paid orders one has a callback that never arrived.
const LOST_EVERY: usize = 10;

impl World {
    /// The log of an account's callbacks: one JSON object per line, in the order of arrival, with
    /// `received_at`, `content_type` (empty for `GET`) and `body` (for `GET` the query string).
    ///
    /// Most paid orders have one, also orders of which the merchant's books do not know that they
    /// were paid.
    pub fn notification_log(&self, account: &str) -> String {
        let Some(platform) = platform::of_account(account) else { return String::new() };
        let mut lines: Vec<_> = self
            .notified_trades()
            .filter(|trade| trade.lane.account == account)
            .filter_map(|trade| Some((trade.paid_at?.plus_seconds(2), trade)))
            .collect();
        lines.sort_by_key(|(received_at, trade)| (*received_at, trade.order_no.clone()));
        let mut text = String::new();
        for (received_at, trade) in lines {
            let (content_type, body) = (platform.callback)(trade);
            let local = DAY.local(received_at).format("%Y-%m-%dT%H:%M:%S+08:00").to_string();
            let line = json!({"received_at": local, "content_type": content_type, "body": body});
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text
    }

    /// Every order about which a callback arrived.
    pub fn notified(&self) -> BTreeSet<OrderKey> {
        self.notified_trades().map(Trade::key).collect()
    }

    /// 掉单: orders about which a callback arrived, and which the merchant's books still have as
    /// pending.
    pub fn lost_in_the_shop(&self) -> BTreeSet<OrderKey> {
        let key = |row: &BookRow| (row.lane, row.order_no.clone());
        let (pending, booked): (Vec<&BookRow>, Vec<&BookRow>) =
            self.rows.iter().partition(|row| row.status == MerchantStatus::Pending);
        let pending: BTreeSet<_> = pending.into_iter().map(key).collect();
        let booked: BTreeSet<_> = booked.into_iter().map(key).collect();
        self.notified_trades()
            .filter(|trade| {
                let key = (trade.lane, trade.order_no.clone());
                pending.contains(&key) && !booked.contains(&key)
            })
            .map(Trade::key)
            .collect()
    }

    fn notified_trades(&self) -> impl Iterator<Item = &Trade> {
        let paid = self.trades.iter().filter(|trade| {
            trade.status == TradeStatus::Paid && !trade.twin && trade.lane.has(Fact::Callbacks)
        });
        paid.enumerate()
            .filter(|(index, _)| index.checked_rem(LOST_EVERY) != Some(7))
            .map(|(_, t)| t)
    }
}

impl Trade {
    fn key(&self) -> OrderKey {
        OrderKey { stream: self.lane.stream(), order_no: self.order_no.clone() }
    }
}
