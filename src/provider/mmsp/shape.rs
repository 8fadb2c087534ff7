//! The three shapes of fields in which the MD5 family speaks of one order.
//!
//! Manual: quick 5.7 and gateway 5.3 (the same fields), scan 10.3 and 10.7.

use serde_json::Value;

use crate::provider::field::{self, Fields};
use crate::provider::mmsp::{account::Mmsp, payment, php_json, scan};
use crate::provider::{Question, Stamp, Terms, Unproved};
use crate::reading::Facts;

/// `MERORDERID string(32)` in quick and gateway. Scan says 20, but the lengths of this manual are
/// exceeded by its own samples, and to ask about a longer number does no harm.
const ORDER_NO_LETTERS: usize = 32;

/// Fields of quick and gateway payments that scan does not have.
const PAYMENT: [&str; 5] = ["LIST_ID", "PAY_DATE", "NOTIFY_DATE", "ERRCODE", "ERRMSG"];

/// Fields of scan orders that quick and gateway do not have; the manual misspells one of them.
const SCAN: [&str; 7] =
    ["ORDERNO", "TRADETIME", "TRDETIME", "PAYTIME", "TRADETYPE", "ERR_CODE", "ERR_CODE_MSG"];

/// Fields of scan refunds that nothing else has.
const REFUND: [&str; 2] = ["REFUND_MERORDERID", "REFUND_ORDERNO"];

/// A shape of fields. All three have a `STATUS` of one digit, and it means something else in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A quick or gateway payment.
    Payment,
    /// A scan order.
    ScanOrder,
    /// A scan refund.
    ScanRefund,
}

impl Shape {
    /// The shape that these fields have.
    pub(super) fn of(body: &Fields) -> Self {
        let has = |names: &[&str]| names.iter().any(|name| body.contains_key(*name));
        if has(&REFUND) {
            Self::ScanRefund
        } else if has(&SCAN) && !has(&PAYMENT) {
            Self::ScanOrder
        } else {
            Self::Payment
        }
    }

    /// `RetCode` of an answer. The only sample of a success in the scan manual prints 0 (3.1).
    pub(super) const fn answered(self) -> &'static [&'static str] {
        match self {
            Self::Payment => &["1"],
            Self::ScanOrder | Self::ScanRefund => &["1", "0"],
        }
    }

    /// The field with the merchant's number.
    const fn order_no(self) -> &'static str {
        match self {
            Self::Payment | Self::ScanOrder => "MERORDERID",
            Self::ScanRefund => "REFUND_MERORDERID",
        }
    }

    /// The body of a single query. `RANDSTR` has at most 15 letters in the manual's table, 20 in the
    /// text beside it.
    ///
    /// # Errors
    ///
    /// [`Unproved::Field`] for an order number that the platform cannot have.
    pub(super) fn request_body(self, question: &Question, stamp: Stamp) -> Result<Value, Unproved> {
        let order_no = question.order_no.as_str();
        field::carries(self.order_no(), order_no, ORDER_NO_LETTERS)?;
        match self {
            Self::Payment => Ok(php_json::texts([(self.order_no(), order_no)])),
            Self::ScanOrder | Self::ScanRefund => {
                let serial = stamp.nonce.wrapping_rem(100_000);
                let random = format!("{}{serial:05}", stamp.now.epoch_seconds());
                Ok(php_json::texts([(self.order_no(), order_no), ("RANDSTR", &random)]))
            }
        }
    }

    /// Checks that signed fields are about this order and, where they say it, this merchant.
    ///
    /// Another `LIST_ID` or `ORDERNO` than the known one is no error: the order may have been paid
    /// by another attempt, and the ledger has to see that number.
    ///
    /// # Errors
    ///
    /// [`Unproved::NotWhatWasAsked`], or [`Unproved::Field`] without a readable order number.
    pub(super) fn same_order(
        self,
        account: &Mmsp,
        order_no: &str,
        body: &Fields,
    ) -> Result<(), Unproved> {
        payment::same_merchant(account, body)?;
        // An honest answer of another product with the same order number has to mean nothing here.
        if Self::of(body) != self {
            return Err(Unproved::NotWhatWasAsked { what: "product" });
        }
        field::same(body, self.order_no(), order_no, "order")
    }

    /// Theirs to ours.
    ///
    /// # Errors
    ///
    /// [`Unproved::UnknownCode`] for a status that the manual does not list, [`Unproved::Field`]
    /// for an unreadable field or a success without an amount.
    pub(super) fn read(self, body: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
        match self {
            Self::Payment => payment::read(body, terms),
            Self::ScanOrder => scan::read_order(body, terms),
            Self::ScanRefund => scan::read_refund(body, terms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_differ_by_the_fields_that_only_one_has() {
        let table = [
            (r#"{"MERORDERID":"1","STATUS":"0"}"#, Shape::Payment),
            (r#"{"MERORDERID":"1","LIST_ID":"2"}"#, Shape::Payment),
            (r#"{"MERORDERID":"1","ERRCODE":"AA","ORDERNO":"3"}"#, Shape::Payment),
            (r#"{"MERORDERID":"1","ORDERNO":"3"}"#, Shape::ScanOrder),
            (r#"{"MERORDERID":"1","TRDETIME":""}"#, Shape::ScanOrder),
            (r#"{"REFUND_MERORDERID":"1"}"#, Shape::ScanRefund),
            (r#"{"MERORDERID":"1","ORDERNO":"3","REFUND_ORDERNO":"4"}"#, Shape::ScanRefund),
        ];
        for (json, expected) in table {
            let body = field::object(json.as_bytes()).expect("an object");
            assert_eq!(Shape::of(&body), expected, "{json}");
        }
    }
}
