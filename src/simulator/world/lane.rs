//! The lanes of a world: account, kind and product, and what its platform can say there.

use super::TradeStatus;
use crate::order::Stream;
use crate::simulator::platform::{self, Fact, PLATFORMS};
use crate::simulator::{icashier, lhxpay, mmsp, xxpay, zhangxun};
use crate::status::Kind;

/// One kind of trade at one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::simulator) struct Lane {
    pub(in crate::simulator) account: &'static str,
    pub(in crate::simulator) kind: Kind,
    pub(in crate::simulator) product: &'static str,
}

impl Lane {
    pub(in crate::simulator) const fn new(
        account: &'static str,
        kind: Kind,
        product: &'static str,
    ) -> Self {
        Self { account, kind, product }
    }

    pub(super) fn stream(self) -> Stream {
        Stream {
            account: self.account.to_owned(),
            kind: self.kind,
            product: self.product.to_owned(),
        }
    }

    /// The name in world files: `payment/quick`, `payout`.
    pub(super) fn name(self) -> String {
        if self.product.is_empty() {
            self.kind.code().to_owned()
        } else {
            format!("{}/{}", self.kind.code(), self.product)
        }
    }

    /// Whether the platform says this there.
    pub(super) fn has(self, fact: Fact) -> bool {
        platform::terms(self).is_some_and(|terms| terms.facts.contains(&fact))
    }

    /// Whether the platform lists its own transactions.
    pub(super) fn lists(self) -> bool {
        self.has(Fact::Listing)
    }

    /// Whether there is a bill of it.
    pub(super) fn is_billed(self) -> bool {
        platform::of_account(self.account).is_some_and(|platform| platform.bill.is_some())
    }

    /// Whether the platform is known by its bills alone.
    pub(super) fn is_by_bill(self) -> bool {
        platform::of_account(self.account).is_some_and(platform::Platform::is_by_bill)
    }

    /// The lane of the payments that it gives back.
    pub(super) fn refund_of(self) -> Option<Self> {
        platform::terms(self)?.refund_of
    }

    pub(in crate::simulator) fn is_refund(self) -> bool {
        self.kind == Kind::Refund
    }

    /// Whether the platform's document has a word for this.
    pub(super) fn can_say(self, status: TradeStatus) -> bool {
        matches!(status, TradeStatus::Paid | TradeStatus::Failed)
            || platform::terms(self).is_some_and(|terms| terms.says.contains(&status))
    }
}

pub(in crate::simulator) const QUICK: Lane = Lane::new(mmsp::ACCOUNT, Kind::Payment, "quick");
pub(in crate::simulator) const GATEWAY: Lane = Lane::new(mmsp::ACCOUNT, Kind::Payment, "gateway");
pub(in crate::simulator) const SCAN: Lane = Lane::new(mmsp::ACCOUNT, Kind::Payment, "scan");
pub(in crate::simulator) const SCAN_REFUND: Lane = Lane::new(mmsp::ACCOUNT, Kind::Refund, "scan");
pub(in crate::simulator) const MMSP_PAYOUT: Lane = Lane::new(mmsp::ACCOUNT, Kind::Payout, "payout");
pub(in crate::simulator) const XXPAY: Lane = Lane::new(xxpay::ACCOUNT, Kind::Payment, "");
pub(in crate::simulator) const XXPAY_PAYOUT: Lane = Lane::new(xxpay::ACCOUNT, Kind::Payout, "");
pub(in crate::simulator) const ZHANGXUN: Lane = Lane::new(zhangxun::ACCOUNT, Kind::Payment, "");
pub(in crate::simulator) const ZHANGXUN_PAYOUT: Lane =
    Lane::new(zhangxun::ACCOUNT, Kind::Payout, "");
pub(in crate::simulator) const ICASHIER: Lane = Lane::new(icashier::ACCOUNT, Kind::Payment, "");
pub(in crate::simulator) const LHXPAY: Lane = Lane::new(lhxpay::ACCOUNT, Kind::Payment, "");
pub(in crate::simulator) const LHXPAY_PAYOUT: Lane = Lane::new(lhxpay::ACCOUNT, Kind::Payout, "");

/// Every lane that a world can have.
pub(super) fn lanes() -> impl Iterator<Item = Lane> {
    PLATFORMS.iter().flat_map(|platform| platform.lanes).map(|terms| terms.lane)
}
