//! One order, payment, refund or transfer: the question, and what the fields of an answer or callback say.
//!
//! Source: the server's `QueryPayOrderRS`, `QueryRefundOrderRS`, `QueryTransferOrderRS` and the constants of
//! its order entities.
//! Odd: payments and transfers call the merchant's number alike; a refund also names the payment's number.

use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::jeepay::{Jeepay, envelope};
use crate::provider::{HttpRequest, Question, Stamp, Terms, Unproved};
use crate::reading::Facts;
use crate::status::{Kind, ProviderStatus};

/// The columns of its tables hold 64 characters.
const ORDER_NO_LETTERS: usize = 64;

/// The fields that are read, of answers and callbacks.
pub(super) const READ_FIELDS: [&str; 13] = [
    "mchNo",
    "appId",
    "payOrderId",
    "transferId",
    "refundOrderId",
    "mchOrderNo",
    "mchRefundNo",
    "amount",
    "refundAmount",
    "currency",
    "state",
    "successTime",
    "wayCode",
];

/// What one kind of order calls things.
pub(super) struct Form {
    /// Payment, payout or refund.
    pub(super) kind: Kind,
    query: &'static str,
    /// The field with the merchant's number.
    order_no: &'static str,
    /// The field with the platform's number, by which an answer's kind is told.
    provider_order_no: &'static str,
    /// The field with the amount, in fen.
    amount: &'static str,
    /// What `state` means.
    states: &'static [(&'static str, ProviderStatus)],
}

/// `state`: 0 made, 1 under way, 2 paid, 3 failed, 4 revoked, 5 given back as a whole, 6 closed.
const PAYMENT: Form = Form {
    kind: Kind::Payment,
    query: "/api/pay/query",
    order_no: "mchOrderNo",
    provider_order_no: "payOrderId",
    amount: "amount",
    states: &[
        ("0", ProviderStatus::Pending),
        ("1", ProviderStatus::Pending),
        ("2", ProviderStatus::Succeeded),
        ("3", ProviderStatus::Failed),
        ("4", ProviderStatus::Failed),
        ("5", ProviderStatus::Refunded),
        ("6", ProviderStatus::Failed),
    ],
};

/// `state`: 0 made, 1 under way, 2 given back, 3 failed, 4 closed.
const REFUND: Form = Form {
    kind: Kind::Refund,
    query: "/api/refund/query",
    order_no: "mchRefundNo",
    provider_order_no: "refundOrderId",
    amount: "refundAmount",
    states: ENDING,
};

/// `state` as of refunds.
const TRANSFER: Form = Form {
    kind: Kind::Payout,
    query: "/api/transfer/query",
    order_no: "mchOrderNo",
    provider_order_no: "transferId",
    amount: "amount",
    states: ENDING,
};

const ENDING: &[(&str, ProviderStatus)] = &[
    ("0", ProviderStatus::Pending),
    ("1", ProviderStatus::Pending),
    ("2", ProviderStatus::Succeeded),
    ("3", ProviderStatus::Failed),
    ("4", ProviderStatus::Failed),
];

impl Form {
    /// The form of a kind.
    pub(super) const fn of(kind: Kind) -> &'static Self {
        match kind {
            Kind::Payment => &PAYMENT,
            Kind::Payout => &TRANSFER,
            Kind::Refund => &REFUND,
        }
    }

    /// The form of which fields are, by the platform's numbers in them; a refund names that of its payment
    /// as well.
    ///
    /// # Errors
    ///
    /// [`Unproved::Field`] when they name none, or a transfer beside anything else.
    pub(super) fn of_fields(fields: &Fields) -> Result<&'static Self, Unproved> {
        let named = |form: &Self| {
            field::text(fields, form.provider_order_no).map(|number| !number.is_empty())
        };
        match (named(&TRANSFER)?, named(&REFUND)?, named(&PAYMENT)?) {
            (true, false, false) => Ok(&TRANSFER),
            (false, true, _) => Ok(&REFUND),
            (false, false, true) => Ok(&PAYMENT),
            (false, false, false) | (true, _, _) => Err(Unproved::Field { field: "payOrderId" }),
        }
    }

    /// The question about one order, by the merchant's number.
    ///
    /// # Errors
    ///
    /// [`Unproved::Field`] for an order number that the platform cannot have.
    pub(super) fn request(
        &self,
        account: &Jeepay,
        question: &Question,
        stamp: Stamp,
    ) -> Result<HttpRequest, Unproved> {
        let order_no = question.order_no.as_str();
        field::carries(self.order_no, order_no, ORDER_NO_LETTERS)?;
        Ok(envelope::request(account, self.query, (self.order_no, order_no), stamp))
    }

    /// Checks that fields are about this order of this kind, merchant and application.
    ///
    /// # Errors
    ///
    /// [`Unproved::NotWhatWasAsked`], or [`Unproved::Field`] without a readable order number.
    pub(super) fn same_order(
        &self,
        account: &Jeepay,
        question: &Question,
        fields: &Fields,
    ) -> Result<(), Unproved> {
        envelope::same_merchant(account, fields)?;
        field::same(fields, self.order_no, &question.order_no, "order")?;
        if Self::of_fields(fields)?.kind == self.kind {
            Ok(())
        } else {
            Err(Unproved::NotWhatWasAsked { what: "kind" })
        }
    }

    /// Theirs to ours. `wayCode` is the way of paying. Names and numbers of people who are paid are not read.
    ///
    /// # Errors
    ///
    /// [`Unproved::UnknownCode`] for a state that neither the server nor the account lists,
    /// [`Unproved::Field`] for an unreadable field or a success without an amount.
    pub(super) fn read(&self, fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
        let code = field::required(fields, "state")?;
        let known = self.states.iter().find(|(known, _)| *known == code);
        let known = known.map(|(_, status)| *status);
        let (status, status_code) = terms.status_codes.read("state", &code, known)?;
        let amount = field::whole(fields, self.amount)?;
        if status == ProviderStatus::Succeeded && amount.is_none() {
            return Err(Unproved::Field { field: self.amount });
        }
        let currency = match field::text(fields, "currency")? {
            code if code.is_empty() => terms.currency,
            code => Currency::parse(&code).map_err(|_| Unproved::Field { field: "currency" })?,
        };
        let mut facts = Facts {
            order_no: field::required(fields, self.order_no)?.into_owned(),
            provider_order_no: field::text(fields, self.provider_order_no)?.into_owned(),
            status,
            status_code,
            amount: amount.map(|minor| Money { minor, currency }),
            fee_minor: None,
            paid_at: None,
            withheld_minor: None,
            way: String::new(),
        };
        facts.paid_by("wayCode", field::shown(fields, "wayCode"));
        facts.paid_at = field::aside(fields, "successTime", field::epoch_milliseconds, &mut facts);
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each kind, with P pending, S succeeded, F failed, R refunded and - unknown.
    #[test]
    fn states_are_exactly_those_of_the_server() {
        let codes = ["-1", "0", "1", "2", "3", "4", "5", "6", "7", "02", ""];
        let table = [
            (Kind::Payment, "-PPSFFRF---"),
            (Kind::Refund, "-PPSFF-----"),
            (Kind::Payout, "-PPSFF-----"),
        ];
        for (kind, expected) in table {
            let states = Form::of(kind).states;
            let letter = |code: &&str| {
                let found = states.iter().find(|(known, _)| known == code);
                match found.map(|(_, status)| *status) {
                    Some(ProviderStatus::Pending) => 'P',
                    Some(ProviderStatus::Succeeded) => 'S',
                    Some(ProviderStatus::Failed) => 'F',
                    Some(ProviderStatus::Refunded) => 'R',
                    Some(_) => '?',
                    None => '-',
                }
            };
            assert_eq!(codes.iter().map(letter).collect::<String>(), expected, "{kind}");
        }
    }
}
