//! What differs between the two generations of the platform: names, addresses, codes, units.
//!
//! Manual: "平台对接文档说明" (current); "BBC对接文档说明" (older), sections 查单接口说明,
//! 下发查单接口说明, 充值回调参数说明 and 下发回调参数说明.

use crate::provider::Unproved;
use crate::provider::field::{self, Fields};
use crate::provider::signature::{HexCase, Md5Rule};
use crate::status::{Kind, ProviderStatus};

/// One generation. Answers are read alike in both, without regard to case.
pub(super) struct Generation {
    /// The field with the merchant's key, in queries and callbacks; likewise the next ones.
    pub(super) app_key: &'static str,
    /// The merchant's order number.
    pub(super) mrn: &'static str,
    /// The signature.
    pub(super) sign: &'static str,
    /// How it is made; both manuals: "in lower case".
    pub(super) rule: Md5Rule,
    /// The address of the payment query.
    payment_query: &'static str,
    /// The address of the payout query.
    payout_query: &'static str,
    /// Whether a query says if it wants a callback. In the older generation each query of a paid
    /// order has one, wanted or not.
    pub(super) asks_for_callback: bool,
    /// `status` of waiting, succeeded and failed, the same for payments and payouts.
    statuses: [&'static str; 3],
    /// What was paid, in callbacks.
    pub(super) amount: &'static str,
    /// The channel: only callbacks of payments have it.
    pub(super) channel: &'static str,
    /// What the shop asked for: only callbacks of payments have it. The manual has had two names for it.
    pub(super) origin_amounts: &'static [&'static str],
    /// Whether the answer to a query may state what was paid: in the manual since 2021-09-29. Amounts
    /// that the manual of a generation does not have are of no known unit.
    pub(super) answers_state_amounts: bool,
    /// The address of the balance query, in the manual since 2021-07-26.
    pub(super) balance_query: Option<&'static str>,
    /// Reads the amount of a payment as fen.
    payment_amount: AmountReader,
}

/// The names of the generations.
pub(super) const NAMES: &[&str] = &["current", "bbc"];

/// The generations by the names that `dialect` has for them; the first one by itself.
pub(super) const KNOWN: &[(&str, Generation)] = &[("current", CURRENT), ("bbc", BBC)];

type AmountReader = fn(&Fields, &'static str) -> Result<Option<i64>, Unproved>;

/// The generation that the manual describes.
pub(super) const CURRENT: Generation = Generation {
    app_key: "appKey",
    mrn: "mrn",
    sign: "sign",
    rule: Md5Rule { joiner: "&key=", case: HexCase::Lower },
    payment_query: "/api/Payments/Query",
    payout_query: "/api/Payouts/Query",
    asks_for_callback: true,
    statuses: ["0", "1", "2"],
    amount: "amount",
    channel: "channel",
    origin_amounts: &["originAmount", "originalAmount"],
    answers_state_amounts: true,
    balance_query: Some("/api/Merchants/Balance"),
    payment_amount: field::yuan,
};

/// The older one, which some deployments still run.
pub(super) const BBC: Generation = Generation {
    app_key: "AppKey",
    mrn: "MerchantReferenceNumber",
    sign: "Sign",
    rule: Md5Rule { joiner: "&Key=", case: HexCase::Lower },
    payment_query: "/api/Payment/Query",
    payout_query: "/api/Merchant/QueryPayout",
    asks_for_callback: false,
    statuses: ["1", "2", "3"],
    amount: "Amount",
    channel: "Channel",
    origin_amounts: &["OriginAmount"],
    answers_state_amounts: false,
    balance_query: None,
    payment_amount: field::whole,
};

impl Generation {
    /// The address of a query; `None` for refunds, which the platform does not have.
    pub(super) const fn query(&self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::Payment => Some(self.payment_query),
            Kind::Payout => Some(self.payout_query),
            Kind::Refund => None,
        }
    }

    /// The name under which a callback states what the shop asked for, where it does.
    pub(super) fn origin_amount(&self, fields: &Fields) -> Option<&'static str> {
        self.origin_amounts.iter().copied().find(|name| fields.contains_key(*name))
    }

    /// The signed fields of a callback, in the order in which they are signed: that of the alphabet.
    /// `origin_amount` as of [`Self::origin_amount`]: only a callback of a payment has it.
    pub(super) fn signed_in_callback(
        &self,
        origin_amount: Option<&'static str>,
    ) -> Vec<&'static str> {
        match origin_amount {
            Some(origin) => vec![self.amount, self.app_key, self.channel, self.mrn, origin],
            None => vec![self.amount, self.app_key, self.mrn],
        }
    }

    /// Theirs to ours; `None` for a code that the generation's manual does not list.
    pub(super) fn status(&self, code: &str) -> Option<ProviderStatus> {
        let ours = [ProviderStatus::Pending, ProviderStatus::Succeeded, ProviderStatus::Failed];
        self.statuses.iter().zip(ours).find(|(theirs, _)| **theirs == code).map(|(_, ours)| ours)
    }

    /// What a callback says was paid, in fen.
    ///
    /// Payments of the current generation are in yuan "precise to the fen" (`100.00`); those of the
    /// older one in fen ("100 yuan have to be handed in as 10000"); payouts in yuan in both.
    ///
    /// # Errors
    ///
    /// [`Unproved::Field`] when it is missing or unreadable.
    pub(super) fn amount_paid(&self, kind: Kind, fields: &Fields) -> Result<i64, Unproved> {
        let read = if kind == Kind::Payment { self.payment_amount } else { field::yuan };
        read(fields, self.amount)?.ok_or(Unproved::Field { field: self.amount })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known() {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, NAMES);
    }

    #[test]
    fn statuses_are_exactly_those_of_each_generations_manual() {
        use ProviderStatus::{Failed, Pending, Succeeded};
        let table = [
            ("0", Some(Pending), None),
            ("1", Some(Succeeded), Some(Pending)),
            ("2", Some(Failed), Some(Succeeded)),
            ("3", None, Some(Failed)),
            ("4", None, None),
            ("-1", None, None),
            ("01", None, None),
            ("1.0", None, None),
            ("success", None, None),
            ("１", None, None),
            ("", None, None),
        ];
        for (code, current, bbc) in table {
            assert_eq!(CURRENT.status(code), current, "{code:?}");
            assert_eq!(BBC.status(code), bbc, "{code:?}");
        }
    }

    #[test]
    fn the_unit_of_an_amount_depends_on_generation_and_kind() {
        let read = |generation: &Generation, kind, text: &str| {
            let json = format!("{{\"{}\":\"{text}\"}}", generation.amount);
            generation.amount_paid(kind, &field::object(json.as_bytes()).expect("an object"))
        };
        let current = Err(Unproved::Field { field: "amount" });
        let bbc = Err(Unproved::Field { field: "Amount" });
        let table = [
            ("100", Ok(10_000), Ok(10_000), Ok(100), Ok(10_000)),
            ("99.98", Ok(9998), Ok(9998), bbc.clone(), Ok(9998)),
            ("0.005", current.clone(), current.clone(), bbc.clone(), bbc.clone()),
            ("-1", current.clone(), current.clone(), bbc.clone(), bbc.clone()),
            ("", current.clone(), current, bbc.clone(), bbc),
        ];
        for (text, payment, payout, bbc_payment, bbc_payout) in table {
            assert_eq!(read(&CURRENT, Kind::Payment, text), payment, "{text}");
            assert_eq!(read(&CURRENT, Kind::Payout, text), payout, "{text}");
            assert_eq!(read(&BBC, Kind::Payment, text), bbc_payment, "{text}");
            assert_eq!(read(&BBC, Kind::Payout, text), bbc_payout, "{text}");
        }
    }
}
