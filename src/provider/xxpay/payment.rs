//! What the fields of one payment say.
//!
//! Manual: 2.2.4.

use crate::business_day::Timestamp;
use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::{Unproved, shortened};
use crate::reading::Said;
use crate::status::ProviderStatus;

/// The fields of a payment answer that count, 2.2.4.
pub(super) const READ: [&str; 9] = [
    "retCode",
    "mchId",
    "appId",
    "payOrderId",
    "mchOrderNo",
    "amount",
    "currency",
    "status",
    "paySuccTime",
];

/// Theirs to ours, 2.2.4.
///
/// # Errors
///
/// [`Unproved::UnknownCode`] for a status that the manual does not list, [`Unproved::Field`] for an
/// unreadable field or a success without an amount.
pub(super) fn read(fields: &Fields) -> Result<Said, Unproved> {
    let code = field::required(fields, "status")?;
    let status = status(&code)
        .ok_or_else(|| Unproved::UnknownCode { field: "status", value: shortened(&code) })?;
    let amount = field::whole(fields, "amount")?;
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "amount" });
    }
    let currency = currency(fields)?;
    Ok(Said {
        order_no: field::required(fields, "mchOrderNo")?.into_owned(),
        provider_order_no: field::text(fields, "payOrderId")?.into_owned(),
        status,
        status_code: format!("status={code}"),
        amount: amount.map(|minor| Money { minor, currency }),
        fee_minor: None,
        paid_at: paid_at(fields)?,
    })
}

/// `status` of payments. Payouts have a table of their own, in which 3 is failed and 5 is not.
///
/// `XxPay`'s own -2, -1 and 4 (expired, failed, refunded) are not in the manual.
fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "0" | "1" => Some(ProviderStatus::Pending),
        "2" | "3" => Some(ProviderStatus::Succeeded),
        "5" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

/// `cny`; yuan where it is missing (1.2: "amounts are in CNY by default").
fn currency(fields: &Fields) -> Result<Currency, Unproved> {
    let code = field::text(fields, "currency")?;
    if code.is_empty() {
        return Ok(Currency::CNY);
    }
    Currency::parse(&code).map_err(|_| Unproved::Field { field: "currency" })
}

/// `paySuccTime`: epoch milliseconds of 13 digits (2001 to 2286, so that seconds are not taken for
/// them); some forks print `yyyy-MM-dd HH:mm:ss`, Beijing time.
fn paid_at(fields: &Fields) -> Result<Option<Timestamp>, Unproved> {
    let unreadable = Unproved::Field { field: "paySuccTime" };
    let text = field::text(fields, "paySuccTime")?;
    if matches!(&*text, "" | "0") {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return field::beijing(&text, "%Y-%m-%d %H:%M:%S").map(Some).ok_or(unreadable);
    }
    match text.parse::<i64>() {
        Ok(milliseconds @ 1_000_000_000_000..=9_999_999_999_999) => {
            Ok(Some(Timestamp::from_epoch_seconds(milliseconds.div_euclid(1000))))
        }
        Ok(_) | Err(_) => Err(unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_statuses_are_exactly_those_of_the_manual() {
        let table = [
            ("0", Some(ProviderStatus::Pending)),
            ("1", Some(ProviderStatus::Pending)),
            ("2", Some(ProviderStatus::Succeeded)),
            ("3", Some(ProviderStatus::Succeeded)),
            ("5", Some(ProviderStatus::Failed)),
            ("4", None),
            ("-1", None),
            ("-2", None),
            ("6", None),
            ("02", None),
            ("2.0", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }

    #[test]
    fn times_are_milliseconds_or_wall_clock_in_beijing() {
        let moment = Timestamp::from_epoch_seconds(1_505_049_094);
        let table = [
            ("1505049094262", Ok(Some(moment))),
            ("\"1505049094262\"", Ok(Some(moment))),
            ("\"2017-09-10 21:11:34\"", Ok(Some(moment))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("0", Ok(None)),
            ("1505049094", Err(())),
            ("-1505049094262", Err(())),
            ("1505049094262.0", Err(())),
            ("\"2017/09/10\"", Err(())),
        ];
        for (json, expected) in table {
            let fields = field::object(format!("{{\"paySuccTime\":{json}}}").as_bytes());
            let expected = expected.map_err(|()| Unproved::Field { field: "paySuccTime" });
            assert_eq!(paid_at(&fields.expect("an object")), expected, "{json}");
        }
    }
}
