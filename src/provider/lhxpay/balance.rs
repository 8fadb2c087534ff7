//! The balance, which the manual has since 2021-07-26 and not every deployment.
//!
//! Manual: 查询商户余额: `GET /api/Merchants/Balance?appKey=…&sign=…`, sign over `appKey=…` alone;
//! `{"error": "success", "result": "商户余额"}`, yuan; `invalid_data`, `sign_error`,
//! `merchant_not_found`. Nobody signs the answer, and it names neither merchant nor moment.

use serde_json::Value;

use crate::balance::{Balance, BalanceLine, BalancePart};
use crate::business_day::Timestamp;
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::lhxpay::{Lhxpay, escaped};
use crate::provider::signature::sign_md5;
use crate::provider::{HttpRequest, Unproved, Verified};

/// The question.
pub(super) fn query(account: &Lhxpay, path: &'static str) -> HttpRequest {
    let names = account.generation;
    let signed = format!("{}={}", names.app_key, account.app_key);
    let sign = sign_md5(names.rule, &signed, &account.key);
    let query = format!("{}={}&{}={sign}", names.app_key, escaped(&account.app_key), names.sign);
    account.get(path, &query)
}

/// An answer that is not a refusal.
pub(super) fn answered(fields: Fields) -> Verified {
    // 查询商户余额 has no signature in the answer.
    Verified::unsigned_by_protocol(Value::Object(fields))
}

/// Theirs to ours: what is available, at the moment of the answer.
///
/// # Errors
///
/// [`Unproved::Field`] when the figure is missing or unreadable.
pub(super) fn read(
    account: &Lhxpay,
    fields: &Fields,
    answered_at: Timestamp,
) -> Result<Balance, Unproved> {
    let field = "result";
    let minor = field::unsigned_yuan(fields, field)?.ok_or(Unproved::Field { field })?;
    let money = Money { minor, currency: account.terms.currency };
    let line = BalanceLine { channel: String::new(), part: BalancePart::Available, money };
    Ok(Balance { as_of: answered_at, lines: vec![line] })
}
