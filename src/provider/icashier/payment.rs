//! What the fields of one payment say.
//!
//! Manual: 3.4.4, and 3.3.3 for the same fields in a callback.

use chrono::DateTime;

use crate::business_day::Timestamp;
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::{Terms, Unproved};
use crate::reading::{Facts, ON_ITS_WAY, SETTLEMENT};
use crate::status::ProviderStatus;

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved::UnknownCode`] for a result that neither the manual nor the account lists,
/// [`Unproved::Field`] for an unreadable number or amount, a missing result (the manual allows it to be null), or a success without an
/// amount.
pub(super) fn read(fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(fields, "resultcode")?;
    let (status, status_code) = terms.status_codes.read("resultcode", &code, status(&code))?;
    let currency = terms.currency;
    let amount = field::whole(fields, "txnamt")?.map(|minor| Money { minor, currency });
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "txnamt" });
    }
    let mut facts = Facts {
        order_no: field::required(fields, "orderid")?.into_owned(),
        provider_order_no: field::text(fields, "queryid")?.into_owned(),
        status,
        status_code,
        amount,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    if &*code == UNAVAILABLE {
        facts.remark(SETTLEMENT, ON_ITS_WAY);
    }
    facts.paid_at = field::aside(fields, "paytime", paid_at, &mut facts);
    Ok(facts)
}

/// `resultcode` of a payment that was settled to the account that is not yet available.
const UNAVAILABLE: &str = "1002";

/// `resultcode`. 1002 is called "processing", but the payer has paid: only the account to which the
/// money was settled is not yet available: a settlement on its way, by the platform's own word. 1004 is 协查调单, under investigation.
fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "0000" | UNAVAILABLE => Some(ProviderStatus::Succeeded),
        "1001" => Some(ProviderStatus::Pending),
        "1003" => Some(ProviderStatus::Failed),
        "1004" => Some(ProviderStatus::Held),
        _ => None,
    }
}

/// `paytime`: "datetime", empty for unpaid orders. The manual states no form, so those that the
/// usual libraries print are read, as Beijing time where they name no zone; also epoch milliseconds, of
/// 13 digits.
fn paid_at(fields: &Fields, name: &'static str) -> Result<Option<Timestamp>, Unproved> {
    let text = field::text(fields, name)?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() == 13 {
        return field::epoch_milliseconds(fields, name);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return field::compact_time(fields, name);
    }
    let wall_clock = ["%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"];
    let read = wall_clock.iter().find_map(|form| field::beijing(&text, form)).or_else(|| {
        let moment = DateTime::parse_from_rfc3339(&text).ok()?;
        Some(Timestamp::from_epoch_seconds(moment.timestamp()))
    });
    read.map(Some).ok_or(Unproved::Field { field: name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_results_are_exactly_those_of_the_manual() {
        let table = [
            ("0000", Some(ProviderStatus::Succeeded)),
            ("1001", Some(ProviderStatus::Pending)),
            ("1002", Some(ProviderStatus::Succeeded)),
            ("1003", Some(ProviderStatus::Failed)),
            ("1004", Some(ProviderStatus::Held)),
            ("1000", None),
            ("1005", None),
            ("00", None),
            ("0", None),
            ("1002 ", None),
            ("１００２", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }

    #[test]
    fn times_are_read_in_the_forms_that_libraries_print() {
        // 2017-03-01 09:05:07 in Beijing.
        let moment = Timestamp::from_epoch_seconds(1_488_330_307);
        let table = [
            ("\"2017-03-01 09:05:07\"", Ok(Some(moment))),
            ("\"2017-03-01 09:05:07.0\"", Ok(Some(moment))),
            ("\"2017/3/1 9:05:07\"", Ok(Some(moment))),
            ("\"2017/03/01 09:05:07\"", Ok(Some(moment))),
            ("\"20170301090507\"", Ok(Some(moment))),
            ("20170301090507", Ok(Some(moment))),
            ("\"2017-03-01T09:05:07\"", Ok(Some(moment))),
            ("\"2017-03-01T09:05:07.123\"", Ok(Some(moment))),
            ("\"2017-03-01T09:05:07+08:00\"", Ok(Some(moment))),
            ("\"2017-03-01T01:05:07Z\"", Ok(Some(moment))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("\"00000000000000\"", Ok(None)),
            ("\"2017-03-01\"", Err(())),
            ("\"2017-02-29 09:05:07\"", Err(())),
            ("\"20170301\"", Err(())),
            ("1488330307000", Ok(Some(moment))),
            ("\"1488330307999\"", Ok(Some(moment))),
            ("1488330307", Err(())),
            ("\"148833030700x\"", Err(())),
            ("\"03/01/2017 09:05:07\"", Err(())),
            ("\"2017-03-01 09:05\"", Err(())),
            ("true", Err(())),
        ];
        for (json, expected) in table {
            let fields = field::object(format!("{{\"paytime\":{json}}}").as_bytes());
            let expected = expected.map_err(|()| Unproved::Field { field: "paytime" });
            let found = paid_at(&fields.expect("an object"), "paytime");
            assert_eq!(found, expected, "{json}");
        }
    }
}
