//! Which interfaces there are, and what each of them cannot answer.

use std::collections::BTreeSet;

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::provider::{Ask, PageQuestion, Provider, Question, Stamp, Unproved};
use duizhang::status::Kind;

use super::sample::NOTIFICATION;

/// What no interface can lack a sample of, but where its protocol does not have it.
pub(crate) const KINDS: [&str; 6] =
    ["read", "unsigned", "wrong signature", "another", "refused", "unknown code"];

/// What an interface cannot answer.
pub(crate) const IMPOSSIBLE: [(&str, &str); 28] = [
    // Nothing is signed there.
    ("mmsp/0x1002", "unsigned"),
    ("mmsp/0x1003", "unsigned"),
    // A balance has no status.
    ("mmsp/0x1003", "unknown code"),
    ("xxpay/query_query_balance", "unknown code"),
    ("xxpay/agentpay_query_balance", "unknown code"),
    ("xxpay/account_mch_balance", "unknown code"),
    // A callback refuses nothing.
    ("mmsp/notification", "refused"),
    ("xxpay/notification", "refused"),
    ("icashier/notification", "refused"),
    ("jeepay/notification", "refused"),
    ("lhxpay/notification", "refused"),
    ("zhangxun/notification", "refused"),
    // It comes after success only, and states no status.
    ("lhxpay/notification", "unknown code"),
    // Every status that the manual does not list means processing.
    ("zhangxun/cashier_query.ac", "unknown code"),
    ("zhangxun/cashier_TX0002.ac", "unknown code"),
    ("zhangxun/notification", "unknown code"),
    // Nothing is signed there.
    ("lhxpay/Payments_Query", "unsigned"),
    ("lhxpay/Payments_Query", "wrong signature"),
    ("lhxpay/Payouts_Query", "unsigned"),
    ("lhxpay/Payouts_Query", "wrong signature"),
    ("lhxpay/Payment_Query", "unsigned"),
    ("lhxpay/Payment_Query", "wrong signature"),
    ("lhxpay/Merchants_Balance", "unsigned"),
    ("lhxpay/Merchants_Balance", "wrong signature"),
    // It names no merchant, and has no status.
    ("lhxpay/Merchants_Balance", "another"),
    ("lhxpay/Merchants_Balance", "unknown code"),
    ("lhxpay/Merchant_QueryPayout", "unsigned"),
    ("lhxpay/Merchant_QueryPayout", "wrong signature"),
];

/// The folder of the samples that answer this question.
pub(crate) fn interface(account: &dyn Provider, ask: &Ask) -> Result<String, Unproved> {
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 0 };
    let name = account.request(ask, stamp)?.interface;
    Ok(name.trim_start_matches("/api").trim_start_matches('/').replace('/', "_"))
}

/// The folders that have to be there for all that an account can be asked.
pub(crate) fn interfaces(account: &dyn Provider) -> BTreeSet<String> {
    let mut found = BTreeSet::from([NOTIFICATION.to_owned()]);
    let date = some_date();
    for lane in account.lanes() {
        let (kind, product): (Kind, String) = (lane.kind, lane.product);
        if let Some(terms) = lane.listing {
            let page = PageQuestion {
                kind,
                product: product.clone(),
                from: date.date(),
                to: date.date(),
                page: 1,
                rows_per_page: terms.rows_per_page,
            };
            found.insert(interface(account, &Ask::Page(page)).unwrap());
        }
        let question = Question {
            kind,
            product,
            order_no: "1".to_owned(),
            provider_order_no: String::new(),
            business_date: date,
        };
        found.insert(interface(account, &Ask::Status(question)).unwrap());
    }
    if account.states_balance() {
        found.insert(interface(account, &Ask::Balance).unwrap());
    }
    found
}

fn some_date() -> BusinessDate {
    BusinessDate::parse("2017-11-22").unwrap()
}
