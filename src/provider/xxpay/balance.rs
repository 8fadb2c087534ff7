//! The balance, where the deployment has it.
//!
//! Not in the manual: path, fields and units are those of the platform's public clients, and the
//! signature is that of every other answer. Fen, as text. The available part is `balance` in most
//! deployments and `settAmount` in others; the former counts where both are there.

use crate::balance::{Balance, BalanceLine, BalancePart};
use crate::business_day::{BusinessDay, Timestamp};
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::xxpay::{XxPay, envelope, order};
use crate::provider::{HttpRequest, RawAnswer, Stamp, Unproved, Verified};

const QUERY: &str = "/api/query/query_balance";

/// The fields that are read.
const READ: [&str; 7] =
    ["retCode", "mchId", "appId", "balance", "settAmount", "freezeAmount", "querySuccTime"];

/// The question, with its moment as `yyyyMMddHHmmss`, Beijing time.
pub(super) fn query(account: &XxPay, stamp: Stamp) -> HttpRequest {
    let now = BusinessDay::BEIJING.local(stamp.now).format("%Y%m%d%H%M%S").to_string();
    envelope::request(account, QUERY, &[("mchId", &account.mch_id), ("queryTime", &now)])
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

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved`] for a refusal, or when a figure is missing or unreadable.
pub(super) fn read(answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
    let fields = envelope::fields(answer)?;
    let available = match field::fen(fields, "balance")? {
        Some(fen) => Some(fen),
        None => field::fen(fields, "settAmount")?,
    };
    let available = available.ok_or(Unproved::Field { field: "balance" })?;
    let frozen =
        field::fen(fields, "freezeAmount")?.ok_or(Unproved::Field { field: "freezeAmount" })?;
    let line = |part, minor| BalanceLine { channel: String::new(), part, money: Money::fen(minor) };
    Ok(Balance {
        as_of: as_of(fields)?.unwrap_or(answered_at),
        lines: vec![line(BalancePart::Available, available), line(BalancePart::Frozen, frozen)],
    })
}

/// `querySuccTime` in the form of the question, or in one of those of the other interfaces.
fn as_of(fields: &Fields) -> Result<Option<Timestamp>, Unproved> {
    let name = "querySuccTime";
    field::compact_time(fields, name).or_else(|_| order::paid_at(fields, name))
}
