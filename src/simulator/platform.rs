//! What a simulated platform says of itself: all that the server and the worlds have to know of it.
//!
//! A further platform is one more file with a `PLATFORM`, and one line in [`PLATFORMS`].

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use axum::http::Method;

use super::world::{Lane, Trade, TradeStatus, World};
use super::{Asked, Reply, icashier, jeepay, lhxpay, mmsp, wechat, xxpay, xxpay4pro, zhangxun};
use crate::business_day::BusinessDate;

/// Every simulated platform, each with one account of the merchant. The order is that in which worlds
/// plant.
pub(super) const PLATFORMS: &[Platform] = &[
    mmsp::PLATFORM,
    xxpay::PLATFORM,
    zhangxun::PLATFORM,
    icashier::PLATFORM,
    lhxpay::PLATFORM,
    jeepay::PLATFORM,
    wechat::PLATFORM,
    xxpay4pro::PLATFORM,
];

/// A callback's content type; empty for a query string.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// One simulated platform.
pub(super) struct Platform {
    /// The provider's id in the configuration.
    pub(super) provider: &'static str,
    /// The name of the merchant's account.
    pub(super) account: &'static str,
    /// Every path that is served; none where it is known by its bills alone.
    pub(super) fronts: &'static [Front],
    /// What is traded there.
    pub(super) lanes: &'static [LaneTerms],
    /// The key files that the configuration names, where these lanes are traded: name and content.
    pub(super) keys: fn(&[Lane]) -> Vec<(&'static str, String)>,
    /// The provider's own lines of `[[account]]`, where these lanes are traded.
    pub(super) settings: fn(SocketAddr, &[Lane]) -> String,
    /// Content type and body of a transaction's callback.
    pub(super) callback: fn(&Trade) -> (&'static str, String),
    /// What the merchant can read besides the interfaces.
    pub(super) bill: Option<Bill>,
    /// Whether it says what the account holds, and pays that to the merchant's bank.
    pub(super) states_balance: bool,
    /// Whether payments are cleared before they can be paid out.
    pub(super) clears_first: bool,
    /// Whether it is another family of a platform that the demo has: traded at where a world names it.
    pub(super) is_family: bool,
}

/// What a platform is asked over one path.
pub(super) struct Front {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) answer: fn(&World, &Asked<'_>) -> Reply,
}

impl Platform {
    /// Whether it is known by its bills alone.
    pub(super) const fn is_by_bill(&self) -> bool {
        self.fronts.is_empty()
    }
}

impl Front {
    /// A path that is asked with `GET`.
    pub(super) const fn get(path: &'static str, answer: fn(&World, &Asked<'_>) -> Reply) -> Self {
        Self { method: Method::GET, path, answer }
    }

    /// A path that is asked with `POST`.
    pub(super) const fn post(path: &'static str, answer: fn(&World, &Asked<'_>) -> Reply) -> Self {
        Self { method: Method::POST, path, answer }
    }
}

/// What succeeded on a day as the platform has it, also what the merchant does not know of.
pub(super) enum Bill {
    /// A file per day, that a portal exports.
    File {
        /// The ending of its name.
        ending: &'static str,
        /// `[account.statement]`, but for `file`.
        settings: &'static str,
        /// The file of a day.
        export: fn(&[&Trade], BusinessDate) -> io::Result<Vec<u8>>,
    },
    /// The platform's own database, which the merchant owns.
    Database {
        /// `[account.statement]`.
        settings: &'static str,
        /// Writes all that it has into a folder of the merchant's.
        write: fn(&Path, &[&Trade]) -> io::Result<()>,
    },
}

/// One lane of a platform, and what can be said there.
pub(super) struct LaneTerms {
    pub(super) lane: Lane,
    /// How busy it is, beside the others; 0: only what is planted.
    pub(super) weight: u32,
    /// The merchant's and the platform's number of an order, by day (`yyyyMMdd`) and count.
    pub(super) numbers: fn(&str, u32) -> (String, String),
    pub(super) facts: &'static [Fact],
    /// For which statuses the platform's document has a word, besides paid and failed.
    pub(super) says: &'static [TradeStatus],
    /// The lane of the payments that it gives back.
    pub(super) refund_of: Option<Lane>,
}

/// What a platform says in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// It lists its own transactions.
    Listing,
    /// How much was paid, when it is asked.
    Amount,
    /// The same, on its bill alone.
    BilledAmount,
    /// When it was paid. A time of order, of request or of answer is none.
    Time,
    /// What it charged, when it is asked.
    Fee,
    /// The same, on its bill alone.
    BilledFee,
    /// It calls the shop back.
    Callbacks,
}

/// The platform of an account.
pub(super) fn of_account(account: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.account == account)
}

/// What is to be known of a lane.
pub(super) fn terms(lane: Lane) -> Option<&'static LaneTerms> {
    let platform = of_account(lane.account)?;
    platform.lanes.iter().find(|terms| terms.lane == lane)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn accounts_paths_and_lanes_are_each_of_one_platform() {
        let mut seen = BTreeSet::new();
        for platform in PLATFORMS {
            assert!(seen.insert(platform.account), "{}", platform.account);
            for front in platform.fronts {
                assert!(seen.insert(front.path), "{}", front.path);
            }
            for terms in platform.lanes {
                assert_eq!(terms.lane.account, platform.account);
                assert_eq!(super::terms(terms.lane).map(|it| it.lane), Some(terms.lane));
            }
        }
    }
}
