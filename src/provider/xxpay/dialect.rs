//! What differs between the families of this platform: addresses, names, codes. All of it is data.
//!
//! `heropay`: "聚合支付接口说明书", 2.2 (payments) and 3.2 (payouts). The others: `XxPay`'s own server
//! (`PayConstant`), its heir xxpay4pro, and the generation that has its payouts under `/api/agentpay`.
//! Odd: the table of the manual's payout query says "mchOrderNo/payOrderId" of fields that are named
//! otherwise.

use crate::provider::xxpay::balance::{self, BalanceQuery};
use crate::provider::xxpay::order::Form;
use crate::status::{Kind, ProviderStatus};

/// One family.
pub(super) struct Dialect {
    /// What payments, payouts and, where they can be asked about, refunds call things.
    pub(super) forms: &'static [Form],
    /// The balance query, where the account says that its deployment has one.
    pub(super) balance: &'static BalanceQuery,
}

/// The names of the families.
pub(super) const NAMES: &[&str] = &["heropay", "xxpay", "xxpay4pro", "agentpay"];

/// The families by the names that `dialect` has for them; the first one by itself.
pub(super) const KNOWN: &[(&str, Dialect)] = &[
    ("heropay", Dialect { forms: DEFAULT.forms, balance: DEFAULT.balance }),
    (
        "xxpay",
        Dialect {
            forms: &[payment(SERVER_PAYMENT), TRANS, REFUND],
            balance: &balance::QUERY_BALANCE,
        },
    ),
    (
        "xxpay4pro",
        Dialect { forms: &[payment(PRO_PAYMENT), AGENTPAY, REFUND], balance: &balance::AGENTPAY },
    ),
    (
        "agentpay",
        Dialect {
            forms: &[payment(SERVER_PAYMENT), AGENTPAY, REFUND],
            balance: &balance::AGENTPAY,
        },
    ),
];

/// The family that the manual describes.
pub(super) const DEFAULT: &Dialect =
    &Dialect { forms: &[payment(HEROPAY_PAYMENT), TRANS], balance: &balance::QUERY_BALANCE };

/// What `status` means.
pub(super) type Statuses = &'static [(&'static str, ProviderStatus)];

/// `status` of payments by the manual, 2.2.4. Payouts have a table of their own, in which 3 is failed and
/// 5 is not.
const HEROPAY_PAYMENT: Statuses = &[
    ("0", ProviderStatus::Pending),
    ("1", ProviderStatus::Pending),
    ("2", ProviderStatus::Succeeded),
    ("3", ProviderStatus::Succeeded),
    ("5", ProviderStatus::Failed),
];

/// The same by the server's own constants: -2 expired, -1 failed, 4 refunded (whole); and those that its
/// heir has added: 5 closed, 6 deposit held, 7 deposit given back.
const SERVER_PAYMENT: Statuses = &[
    ("-2", ProviderStatus::Failed),
    ("-1", ProviderStatus::Failed),
    ("0", ProviderStatus::Pending),
    ("1", ProviderStatus::Pending),
    ("2", ProviderStatus::Succeeded),
    ("3", ProviderStatus::Succeeded),
    ("4", ProviderStatus::Refunded),
    ("5", ProviderStatus::Failed),
    ("6", ProviderStatus::Pending),
    ("7", ProviderStatus::Refunded),
];

/// The same of xxpay4pro, which has no 3.
const PRO_PAYMENT: Statuses = &[
    ("-2", ProviderStatus::Failed),
    ("-1", ProviderStatus::Failed),
    ("0", ProviderStatus::Pending),
    ("1", ProviderStatus::Pending),
    ("2", ProviderStatus::Succeeded),
    ("4", ProviderStatus::Refunded),
    ("5", ProviderStatus::Failed),
    ("6", ProviderStatus::Pending),
    ("7", ProviderStatus::Refunded),
];

/// The payment query, 2.2.2 to 2.2.4.
const fn payment(statuses: Statuses) -> Form {
    Form {
        kind: Kind::Payment,
        query: "/api/pay/query_order",
        order_no: "mchOrderNo",
        provider_order_no: "payOrderId",
        amount: "amount",
        paid_at: "paySuccTime",
        names_application: true,
        asked_at: None,
        statuses,
    }
}

/// The payout query, 3.2.2 to 3.2.4. `status`: 0 created, 1 under way, 2 paid, 3 failed (3.2.4), 4 "done"
/// (3.1.4, what follows 2). 5 is not in the manual; the platform's clients know it as "under way".
const TRANS: Form = Form {
    kind: Kind::Payout,
    query: "/api/trans/query_order",
    order_no: "mchTransOrderNo",
    provider_order_no: "transOrderId",
    amount: "amount",
    paid_at: "transSuccTime",
    names_application: true,
    asked_at: None,
    statuses: &[
        ("0", ProviderStatus::Pending),
        ("1", ProviderStatus::Pending),
        ("2", ProviderStatus::Succeeded),
        ("3", ProviderStatus::Failed),
        ("4", ProviderStatus::Succeeded),
        ("5", ProviderStatus::Pending),
    ],
};

/// The payout query of the other generations: it names no application, and its answers neither merchant
/// nor time.
const AGENTPAY: Form = Form {
    kind: Kind::Payout,
    query: "/api/agentpay/query_order",
    order_no: "mchOrderNo",
    provider_order_no: "agentpayOrderId",
    amount: "amount",
    paid_at: "agentpaySuccTime",
    names_application: false,
    asked_at: Some("reqTime"),
    statuses: &[
        ("0", ProviderStatus::Pending),
        ("1", ProviderStatus::Pending),
        ("2", ProviderStatus::Succeeded),
        ("3", ProviderStatus::Failed),
    ],
};

/// The refund query. `status`: 0 created, 1 under way, 2 given back, 3 failed, 4 done.
const REFUND: Form = Form {
    kind: Kind::Refund,
    query: "/api/refund/query_order",
    order_no: "mchRefundNo",
    provider_order_no: "refundOrderId",
    amount: "refundAmount",
    paid_at: "refundSuccTime",
    names_application: true,
    asked_at: None,
    statuses: &[
        ("0", ProviderStatus::Pending),
        ("1", ProviderStatus::Pending),
        ("2", ProviderStatus::Succeeded),
        ("3", ProviderStatus::Failed),
        ("4", ProviderStatus::Succeeded),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known() {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, NAMES);
    }

    /// Of each family, with P pending, S succeeded, F failed, R refunded and - unknown.
    #[test]
    fn statuses_are_exactly_those_of_each_familys_document() {
        let codes =
            ["-2", "-1", "0", "1", "2", "3", "4", "5", "6", "7", "8", "02", "2.0", "２", ""];
        let table = [
            ("heropay", Kind::Payment, "--PPSS-F-------"),
            ("heropay", Kind::Payout, "--PPSFSP-------"),
            ("xxpay", Kind::Payment, "FFPPSSRFPR-----"),
            ("xxpay", Kind::Payout, "--PPSFSP-------"),
            ("xxpay", Kind::Refund, "--PPSFS--------"),
            ("xxpay4pro", Kind::Payment, "FFPPS-RFPR-----"),
            ("xxpay4pro", Kind::Payout, "--PPSF---------"),
            ("xxpay4pro", Kind::Refund, "--PPSFS--------"),
            ("agentpay", Kind::Payment, "FFPPSSRFPR-----"),
            ("agentpay", Kind::Payout, "--PPSF---------"),
            ("agentpay", Kind::Refund, "--PPSFS--------"),
        ];
        for (name, kind, expected) in table {
            let (_, dialect) = KNOWN.iter().find(|(known, _)| *known == name).expect("a family");
            let form = dialect.forms.iter().find(|form| form.kind == kind).expect("a form");
            let letter = |code: &&str| match form.status(code) {
                Some(ProviderStatus::Pending) => 'P',
                Some(ProviderStatus::Succeeded) => 'S',
                Some(ProviderStatus::Failed) => 'F',
                Some(ProviderStatus::Refunded) => 'R',
                Some(_) => '?',
                None => '-',
            };
            assert_eq!(codes.iter().map(letter).collect::<String>(), expected, "{name} {kind}");
        }
        let (_, heropay) = KNOWN.first().expect("a family");
        assert!(heropay.forms.iter().all(|form| form.kind != Kind::Refund));
    }
}
