//! What the fields of one payout say.
//!
//! Manual: 2.6.4.

use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::zhangxun::payment;
use crate::provider::{Terms, Unproved};
use crate::reading::Facts;
use crate::status::ProviderStatus;

/// The field with the merchant's order number (payments, and callbacks of payouts, have another).
pub(super) const ORDER_NO: &str = "custOrdNo";

/// The fields of a payout answer that count.
pub(super) const READ: [&str; 12] = [
    "code",
    "orgNo",
    "custId",
    ORDER_NO,
    "casOrdNo",
    "ordStatus",
    "casAmt",
    "casType",
    "casDate",
    "fee",
    "serviceFee",
    "netrecAmt",
];

/// Theirs to ours.
///
/// The amount is `casAmt`, what the shop asked to be paid out, unless `netrecAmt`, what arrived, tells
/// something else: see [`arrived`]. The fee is `fee` and `serviceFee` together, in fen (the manual
/// states the unit of the former only); where one of them cannot be read, their sum is not known.
/// `casDate` is when the payout was handed in, not when it was paid; `casType` (00 from the account at
/// once, 01 from what was settled the next day) is shown as it is.
///
/// # Errors
///
/// [`Unproved::Field`] for an unreadable status or amount, or a success without an amount.
pub(super) fn read(fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(fields, "ordStatus")?;
    let (status, status_code) = payment::known(terms, &code, status(&code));
    let currency = terms.currency;
    let amount = field::whole(fields, "casAmt")?;
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "casAmt" });
    }
    let mut facts = Facts {
        order_no: field::required(fields, ORDER_NO)?.into_owned(),
        provider_order_no: field::text(fields, "casOrdNo")?.into_owned(),
        status,
        status_code,
        amount: amount.map(|minor| Money { minor, currency }),
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    let how = field::shown(fields, "casType");
    if !how.is_empty() {
        facts.remark("casType", &how);
    }
    facts.fee_minor = fee(fields, &mut facts);
    let net = field::aside(fields, "netrecAmt", field::whole, &mut facts);
    if let (ProviderStatus::Succeeded, Some(asked), Some(net)) = (status, amount, net) {
        arrived(&mut facts, asked, net, currency);
    }
    Ok(facts)
}

/// What `netrecAmt`, the amount that arrived at the payee, tells of a payout that was made.
///
/// - `casAmt`: the fee, if any, came on top (deductWay 02).
/// - `casAmt` less the fees: the fee was taken out of it (deductWay 01), and the balance fell by
///   `casAmt` alone.
/// - less than `casAmt`, and no fee is known (none is stated, or one cannot be read): what did not
///   arrive is the fee that was taken out of it, so that the contract's rate decides whether it is one.
/// - anything else: the payee got another amount than was asked for. Then that is what was paid, and
///   stands against the shop's own amount, also where it is nothing at all.
fn arrived(facts: &mut Facts, asked: i64, net: i64, currency: Currency) {
    let missing = asked.saturating_sub(net);
    if missing == 0 {
        return;
    }
    match facts.fee_minor {
        Some(fee) if fee == missing => facts.withheld_minor = Some(missing),
        None if missing > 0 => {
            facts.fee_minor = Some(missing);
            facts.withheld_minor = Some(missing);
            facts.remark("casAmt-netrecAmt", &missing.to_string());
        }
        Some(_) | None => {
            facts.amount = Some(Money { minor: net, currency });
            facts.remark("casAmt", &asked.to_string());
            facts.remark("netrecAmt", &net.to_string());
        }
    }
}

/// Both fees together; `None` where neither is stated or one cannot be read.
fn fee(fields: &Fields, facts: &mut Facts) -> Option<i64> {
    let mut is_whole = true;
    let mut sum: Option<i64> = None;
    for name in ["fee", "serviceFee"] {
        let Ok(part) = field::whole(fields, name) else {
            facts.unread(name, &field::shown(fields, name));
            is_whole = false;
            continue;
        };
        let Some(part) = part else { continue };
        let both = sum.unwrap_or(0).checked_add(part);
        if both.is_none() {
            facts.unread(name, &part.to_string());
            is_whole = false;
        }
        sum = both;
    }
    sum.filter(|_| is_whole)
}

/// `ordStatus` of payouts: "all but success and failure count as processing".
///
/// So does 09, only known from other shops (clearing revoked). `01` is success for payments only.
pub(super) fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "00" | "01" | "06" => Some(ProviderStatus::Pending),
        "07" => Some(ProviderStatus::Succeeded),
        "08" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payout_statuses_are_exactly_those_of_the_manual_and_all_others_are_processing() {
        let table = [
            ("00", ProviderStatus::Pending),
            ("01", ProviderStatus::Pending),
            ("02", ProviderStatus::Pending),
            ("06", ProviderStatus::Pending),
            ("07", ProviderStatus::Succeeded),
            ("08", ProviderStatus::Failed),
            ("09", ProviderStatus::Pending),
            ("99", ProviderStatus::Pending),
            ("7", ProviderStatus::Pending),
            ("07 ", ProviderStatus::Pending),
            ("０７", ProviderStatus::Pending),
        ];
        for (code, expected) in table {
            assert_eq!(
                payment::known(&Terms::default(), code, status(code)).0,
                expected,
                "{code:?}"
            );
        }
    }

    fn facts(json: &str) -> Facts {
        let json = format!(r#"{{"ordStatus":"07","custOrdNo":"1","casAmt":"100000",{json}}}"#);
        let fields = field::object(json.as_bytes()).expect("an object");
        read(&fields, &Terms::default()).expect("read")
    }

    #[test]
    fn both_fees_count_together_and_one_that_cannot_be_read_is_named() {
        let table = [
            (r#""fee":"200","serviceFee":"50""#, Some(250), ""),
            (r#""fee":200"#, Some(200), ""),
            (r#""fee":"","serviceFee":"50""#, Some(50), ""),
            (r#""fee":"0","serviceFee":"0""#, Some(0), ""),
            (r#""x":1"#, None, ""),
            (r#""fee":"2.00""#, None, " fee=2.00?"),
            (r#""fee":"200","serviceFee":"0.50""#, None, " serviceFee=0.50?"),
            (r#""fee":"200","serviceFee":"免收""#, None, " serviceFee=?"),
            (r#""fee":"1","serviceFee":"-1""#, None, " serviceFee=-1?"),
            (r#""fee":"9223372036854775807","serviceFee":"1""#, None, " serviceFee=1?"),
        ];
        for (json, fee, remarks) in table {
            let facts = facts(json);
            assert_eq!(facts.fee_minor, fee, "{json}");
            assert_eq!(facts.status_code, format!("ordStatus=07{remarks}"), "{json}");
            assert_eq!(facts.amount, Some(Money::fen(100_000)), "{json}");
        }
    }

    /// Fees and what arrived, beside what was asked for: 1000.00.
    #[test]
    fn what_arrived_says_how_the_fee_was_taken_or_that_something_is_missing() {
        let table = [
            // On top, out of it, and where no fee is known.
            (r#""fee":"200","netrecAmt":"100000""#, 100_000, Some(200), None),
            (r#""fee":"150","serviceFee":"50","netrecAmt":"99800""#, 100_000, Some(200), Some(200)),
            (r#""fee":"0","netrecAmt":"100000""#, 100_000, Some(0), None),
            (r#""netrecAmt":"99800""#, 100_000, Some(200), Some(200)),
            (r#""fee":"200","serviceFee":"?","netrecAmt":"99750""#, 100_000, Some(250), Some(250)),
            (r#""fee":"200","serviceFee":"?","netrecAmt":"100000""#, 100_000, None, None),
            // Nothing is said.
            (r#""fee":"200","netrecAmt":"""#, 100_000, Some(200), None),
            (r#""fee":"200","netrecAmt":"998.00""#, 100_000, Some(200), None),
            // Half of it, nothing, one fen too few, more than was asked for.
            (r#""fee":"200","netrecAmt":"50000""#, 50_000, Some(200), None),
            (r#""fee":"200","netrecAmt":"0""#, 0, Some(200), None),
            (r#""fee":"200","netrecAmt":"99799""#, 99_799, Some(200), None),
            (r#""fee":"200","netrecAmt":"100200""#, 100_200, Some(200), None),
        ];
        for (json, amount, fee, withheld) in table {
            let facts = facts(json);
            let found = (facts.amount, facts.fee_minor, facts.withheld_minor);
            assert_eq!(found, (Some(Money::fen(amount)), fee, withheld), "{json}");
            let is_odd = facts.status_code.contains("netrecAmt=50000");
            assert_eq!(is_odd, amount == 50_000, "{json}: {}", facts.status_code);
        }
    }
}
