//! The balance of the payout account.
//!
//! Manual: payout 5.3.
//! Odd: the answer names neither the question nor, by the manual, the merchant, so nothing but its
//! encryption ties it to them; `ACCINFO` is typed as text and said to have several groups, so every
//! form of that is read. Notes 9 and 10 have the labels of `ISCHARGE` and `MERTYPE` the wrong way
//! round: the table counts.
//!
//! A D0 merchant's takings of the day are in `ADVANCEPAY` until midnight and become 待清算 (`BALANCE`)
//! then (notes 1 and 2): they are its own money ([`BalancePart::Takings`]). At a T1 merchant the advance
//! is the platform's money.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::balance::{AccountTerm, Balance, BalanceLine, BalancePart, TermKind};
use crate::business_day::Timestamp;
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::mmsp::account::{Mmsp, PayoutAccess};
use crate::provider::mmsp::payout;
use crate::provider::{HttpRequest, RawAnswer, Stamp, Unproved, Verified};

/// The interface, by the manual's name for it (6.1.1).
const QUERY: &str = "0x1003";

/// The fields of the answer that are read.
const READ: [&str; 4] = ["MERNO", "MERNNO", "RSPTIME", "ACCINFO"];

/// The figures of one group, 5.3.3, in fen: BALANCE is received and not yet settled to BALANCEPAY.
/// What ADVANCEPAY is, the type of the merchant says.
const PARTS: [(&str, BalancePart); 3] = [
    ("BALANCEPAY", BalancePart::Available),
    ("FREEZEBAL", BalancePart::Frozen),
    ("BALANCE", BalancePart::Pending),
];

/// `MERTYPE` of a D0 merchant.
const D0: &str = "2";

/// Codes that the manual lists, and our words for them.
type Listed = &'static [(&'static str, &'static str)];

/// The terms of one group, 5.3.3, with our words for what is listed; other values, and those of the
/// fields without a list, are shown as they are.
const TERMS: [(&str, TermKind, Listed); 10] = [
    ("ACCSTATUS", TermKind::AccountState, &[("1", "normal"), ("0", "frozen")]),
    ("MERTYPE", TermKind::MerchantType, &[("1", "T1"), (D0, "D0")]),
    ("SETTLE_TYPE", TermKind::SettleCycle, &[("1", "T1"), ("2", "D1")]),
    ("SETTLE_AT", TermKind::SettleAt, &[]),
    ("ISCHARGE", TermKind::Booked, &[("1", "no"), ("2", "yes")]),
    ("LIMIT_DOWN", TermKind::PayoutMin, &[]),
    ("LIMIT_TOP", TermKind::PayoutMax, &[]),
    ("BEGIN_AT", TermKind::PayoutFrom, &[]),
    ("END_AT", TermKind::PayoutUntil, &[]),
    (
        "HOLIDAYTYPE",
        TermKind::HolidayPayout,
        &[("0", "none"), ("1", "advance"), ("2", "balance"), ("3", "both")],
    ),
];

/// The question. "At present only the merchant's balance can be asked for": `QRYTYPE` 1.
///
/// # Errors
///
/// As [`payout::request`].
pub(super) fn query(
    account: &Mmsp,
    access: &PayoutAccess,
    stamp: Stamp,
) -> Result<HttpRequest, Unproved> {
    let now = payout::time(stamp.now);
    // A serial number of digits that was never used before.
    let serial = format!("{now}{:06}", stamp.nonce.wrapping_rem(1_000_000));
    let fields = [
        ("CMDID", "4099"),
        ("VERSION", "1.0"),
        ("QRYTYPE", "1"),
        ("MERNO", &account.merchant_no),
        ("ORDERNO", &serial),
        ("REQTIME", &now),
    ];
    payout::request(access, QUERY, &fields)
}

/// Opens the answer.
///
/// # Errors
///
/// As [`payout::open`], and [`Unproved::NotWhatWasAsked`] when it names another merchant.
pub(super) fn verify(
    account: &Mmsp,
    access: &PayoutAccess,
    answer: &RawAnswer,
) -> Result<Verified, Unproved> {
    let verified = payout::open(access, &READ, answer)?;
    if let Some(body) = verified.body().and_then(Value::as_object) {
        payout::same_merchant(account, body)?;
    }
    Ok(verified)
}

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved`] for a refusal, or when a figure is missing or unreadable or a channel is there
/// twice.
pub(super) fn read(answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
    if let Some((code, _)) = answer.refusal() {
        return Err(Unproved::Refused { code: code.to_owned() });
    }
    let body = answer.body().and_then(Value::as_object);
    let body = body.ok_or(Unproved::Malformed { expected: "a JSON object" })?;
    let as_of = field::compact_time(body, "RSPTIME")?.unwrap_or(answered_at);
    let mut lines: BTreeMap<(String, BalancePart), Money> = BTreeMap::new();
    for group in groups(body)? {
        let group = group.as_object().ok_or(Unproved::Field { field: "ACCINFO" })?;
        let channel = channel(group)?;
        let is_d0 = field::shown(group, "MERTYPE") == D0;
        let advance = if is_d0 { BalancePart::Takings } else { BalancePart::Advance };
        for (name, part) in PARTS.into_iter().chain([("ADVANCEPAY", advance)]) {
            let minor = field::fen(group, name)?.ok_or(Unproved::Field { field: name })?;
            if lines.insert((channel.clone(), part), Money::fen(minor)).is_some() {
                return Err(Unproved::Field { field: "CHLNO" });
            }
        }
    }
    if lines.is_empty() {
        return Err(Unproved::Field { field: "ACCINFO" });
    }
    let line = |((channel, part), money)| BalanceLine { channel, part, money };
    Ok(Balance { as_of, lines: lines.into_iter().map(line).collect() })
}

/// The terms that are stated beside the figures. A group that cannot be read has none.
pub(super) fn terms(answer: &Verified) -> Vec<AccountTerm> {
    let body = answer.body().and_then(Value::as_object);
    let groups = body.and_then(|body| groups(body).ok()).unwrap_or_default();
    let mut terms = Vec::new();
    for group in groups.iter().filter_map(Value::as_object) {
        let Ok(channel) = channel(group) else { continue };
        for (name, kind, words) in TERMS {
            let stated = field::shown(group, name);
            if stated.is_empty() {
                continue;
            }
            let word = words.iter().find(|(code, _)| *code == stated).map(|(_, word)| *word);
            let value = word.map_or(stated.clone(), str::to_owned);
            terms.push(AccountTerm { channel: channel.clone(), kind, value });
        }
    }
    terms
}

/// `CHLNO/CHLMERNO`: a channel and the account at it.
fn channel(group: &Fields) -> Result<String, Unproved> {
    let (number, account) = (field::text(group, "CHLNO")?, field::text(group, "CHLMERNO")?);
    Ok(match (&*number, &*account) {
        (one, "") | ("", one) => one.to_owned(),
        (number, account) => format!("{number}/{account}"),
    })
}

/// The groups of `ACCINFO`: a list, a single group, or the JSON text of either.
fn groups(body: &Fields) -> Result<Vec<Value>, Unproved> {
    let unreadable = Unproved::Field { field: "ACCINFO" };
    let content = match body.get("ACCINFO") {
        Some(Value::String(text)) => {
            field::json(text.as_bytes()).ok_or_else(|| unreadable.clone())?
        }
        Some(content) => content.clone(),
        None => return Err(unreadable),
    };
    match content {
        Value::Array(groups) => Ok(groups),
        group @ Value::Object(_) => Ok(vec![group]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(unreadable),
    }
}
