//! The balance, where the deployment has it.
//!
//! Not in the manual: paths, fields and units are those of the platform's public clients and servers, and
//! the signature is that of every other answer. Fen.

use crate::balance::{Balance, BalanceLine, BalancePart};
use crate::business_day::Timestamp;
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::xxpay::{XxPay, envelope, order};
use crate::provider::{HttpRequest, Method, RawAnswer, Stamp, Unproved, Verified};

/// One of the interfaces that deployments have for it.
pub(super) struct BalanceQuery {
    /// The path.
    path: &'static str,
    /// How it is asked.
    method: Method,
    /// The field of the question that says when it was asked.
    asked_at: Option<&'static str>,
    /// What is available: the first of these fields that is there.
    available: &'static [&'static str],
    /// What is not.
    rest: Rest,
    /// The moment of the figures, where the answer states it.
    as_of: &'static str,
}

/// What an answer tells of the part that is not available.
#[derive(Clone, Copy)]
enum Rest {
    /// In this field.
    Frozen(&'static str),
    /// This field has both parts together.
    Total(&'static str),
    /// Nothing.
    Unknown,
}

/// Of most deployments; the available part is `balance` in most of them and `settAmount` in others.
pub(super) const QUERY_BALANCE: BalanceQuery = BalanceQuery {
    path: "/api/query/query_balance",
    method: Method::Post,
    asked_at: Some("queryTime"),
    available: &["balance", "settAmount"],
    rest: Rest::Frozen("freezeAmount"),
    as_of: "querySuccTime",
};

/// Of the generations that have their payouts under `/api/agentpay`: what payouts can be made of.
pub(super) const AGENTPAY: BalanceQuery = BalanceQuery {
    path: "/api/agentpay/query_balance",
    method: Method::Post,
    asked_at: Some("reqTime"),
    available: &["availableAgentpayBalance"],
    rest: Rest::Total("agentpayBalance"),
    as_of: "querySuccTime",
};

/// Of a few deployments (`JieFU`): one figure.
const MCH_BALANCE: BalanceQuery = BalanceQuery {
    path: "/api/account/mch_balance",
    method: Method::Get,
    asked_at: None,
    available: &["balance"],
    rest: Rest::Unknown,
    as_of: "querySuccTime",
};

/// The interfaces by their paths, as `balance_path` names them.
pub(super) const KNOWN: &[(&str, BalanceQuery)] = &[
    (QUERY_BALANCE.path, QUERY_BALANCE),
    (AGENTPAY.path, AGENTPAY),
    (MCH_BALANCE.path, MCH_BALANCE),
];

/// The fields that are read.
const READ: [&str; 9] = [
    "retCode",
    "mchId",
    "appId",
    "balance",
    "settAmount",
    "freezeAmount",
    "availableAgentpayBalance",
    "agentpayBalance",
    "querySuccTime",
];

impl BalanceQuery {
    /// The question.
    pub(super) fn request(&self, account: &XxPay, stamp: Stamp) -> HttpRequest {
        let now = order::asked_at(stamp);
        let mut params = vec![("mchId", &*account.mch_id)];
        params.extend(self.asked_at.map(|name| (name, &*now)));
        match self.method {
            Method::Post => envelope::request(account, self.path, &params),
            Method::Get => envelope::get(account, self.path, &params),
        }
    }

    /// Theirs to ours.
    ///
    /// # Errors
    ///
    /// [`Unproved`] for a refusal, or when a figure is missing or unreadable.
    pub(super) fn read(
        &self,
        account: &XxPay,
        answer: &Verified,
        answered_at: Timestamp,
    ) -> Result<Balance, Unproved> {
        let fields = envelope::fields(answer)?;
        let missing = |field| Unproved::Field { field };
        let mut available = None;
        for name in self.available {
            available = available.or(field::fen(fields, name)?);
        }
        let first = self.available.first().copied().unwrap_or_default();
        let available = available.ok_or_else(|| missing(first))?;
        let frozen = match self.rest {
            Rest::Frozen(name) => Some(field::fen(fields, name)?.ok_or_else(|| missing(name))?),
            Rest::Total(name) => {
                let total = field::fen(fields, name)?.ok_or_else(|| missing(name))?;
                Some(total.checked_sub(available).ok_or_else(|| missing(name))?)
            }
            Rest::Unknown => None,
        };
        let line = |part, minor| BalanceLine {
            channel: String::new(),
            part,
            money: Money { minor, currency: account.terms.currency },
        };
        let lines = [
            Some(line(BalancePart::Available, available)),
            frozen.map(|minor| line(BalancePart::Frozen, minor)),
        ];
        Ok(Balance {
            as_of: as_of(fields, self.as_of)?.unwrap_or(answered_at),
            lines: lines.into_iter().flatten().collect(),
        })
    }
}

/// Verifies the answer.
///
/// # Errors
///
/// As [`envelope::verify`], and [`Unproved::NotWhatWasAsked`] when it names another merchant.
pub(super) fn verify(account: &XxPay, answer: &RawAnswer) -> Result<Verified, Unproved> {
    let verified = envelope::verify(account, answer, &READ)?;
    if verified.refusal().is_none() {
        envelope::same_merchant(account, envelope::fields(&verified)?)?;
    }
    Ok(verified)
}

/// In the form of the question, or in one of those of the other interfaces.
fn as_of(fields: &Fields, name: &'static str) -> Result<Option<Timestamp>, Unproved> {
    field::compact_time(fields, name).or_else(|_| order::paid_at(fields, name))
}
