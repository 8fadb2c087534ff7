//! Reads what bills say beyond the readings of a chunk's pairs: which payments were given back as a whole, and which
//! days' bills say that an order is not there.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::BusinessDate;
use crate::ledger::{Ledger, LedgerError};
use crate::order::{OrderKey, Stream};
use crate::reading::Pair;
use crate::reconcile::Request;
use crate::rules::JudgedAccount;
use crate::rules::given_back::{GivenBack, given_back_of, of_payment};
use crate::rules::judge::Rules;
use crate::status::{Kind, ProviderStatus};

/// What bills say beyond the readings of the pairs of one chunk.
pub(super) struct BillWords {
    given_back: BTreeMap<OrderKey, GivenBack>,
    /// Of which streams and dates bills are the whole.
    whole: BTreeSet<(Stream, BusinessDate)>,
}

impl BillWords {
    /// Reads what bills say of the accounts that are known by nothing else.
    pub(super) async fn of(
        request: &Request<'_>,
        pairs: &[Pair],
        ledger: &dyn Ledger,
    ) -> Result<Self, LedgerError> {
        let own = |pair: &&Pair| is_by_bill(request.accounts, pair);
        let own: Vec<&Pair> = pairs.iter().filter(own).collect();
        let orders = own.iter().flat_map(|pair| &pair.orders);
        let dates: BTreeSet<BusinessDate> = orders.map(|order| order.business_date).collect();
        let mut whole = BTreeSet::new();
        for date in dates {
            let streams = ledger.stated_streams(date).await?;
            whole.extend(streams.into_iter().map(|stream| (stream, date)));
        }
        let payments = payments_of(request.accounts, &own);
        let given_back = together(&payments, request, ledger).await?;
        Ok(Self { given_back, whole })
    }

    /// The rules for one of the pairs.
    pub(super) fn rules<'r>(&self, rules: Rules<'r>, pair: &Pair) -> Rules<'r> {
        if rules.by_bill.is_none() {
            return rules;
        }
        let date = pair.orders.first().map(|order| order.business_date);
        let is_whole = |date| self.whole.contains(&(pair.key.stream.clone(), date));
        let given_back = self.given_back.get(&pair.key).copied().unwrap_or(GivenBack::No);
        Rules { listed: date.is_some_and(is_whole), by_bill: Some(given_back), ..rules }
    }
}

/// The payments and refunds that belong together with the pairs of one chunk, and so are judged with them.
pub(super) async fn beside(
    accounts: &[JudgedAccount],
    pairs: &[Pair],
    ledger: &dyn Ledger,
) -> Result<BTreeSet<OrderKey>, LedgerError> {
    let own: Vec<&Pair> = pairs.iter().filter(|pair| is_by_bill(accounts, pair)).collect();
    let payments = payments_of(accounts, &own);
    if payments.is_empty() {
        return Ok(payments);
    }
    let asked: Vec<OrderKey> = payments.iter().cloned().collect();
    let refunds = ledger.refund_readings(&asked).await?;
    // Only payments that were given back have anything beside them.
    let of = |account: &str, order_no: &str| (account.to_owned(), order_no.to_owned());
    let named: BTreeSet<(String, String)> = refunds
        .iter()
        .map(|refund| of(&refund.key.stream.account, &refund.original_order_no))
        .collect();
    let is_named = |key: &OrderKey| named.contains(&of(&key.stream.account, &key.order_no));
    let payments = payments.into_iter().filter(is_named);
    Ok(refunds.into_iter().map(|refund| refund.key).chain(payments).collect())
}

fn is_by_bill(accounts: &[JudgedAccount], pair: &Pair) -> bool {
    let name = &pair.key.stream.account;
    accounts.iter().any(|account| account.name == *name && account.bills.is_some())
}

/// The payments of which the pairs tell: their own, and those that refunds name.
fn payments_of(accounts: &[JudgedAccount], pairs: &[&Pair]) -> BTreeSet<OrderKey> {
    let mut payments = BTreeSet::new();
    for pair in pairs {
        let stream = &pair.key.stream;
        match stream.kind {
            Kind::Payment => {
                payments.insert(pair.key.clone());
            }
            Kind::Refund => {
                let account = accounts.iter().filter(|account| account.name == stream.account);
                let lanes = account.flat_map(|account| &account.lanes);
                let lanes = lanes.filter(|lane| lane.kind == Kind::Payment);
                let named = pair.readings.iter().map(|reading| &reading.original_order_no);
                let named: BTreeSet<&String> = named.filter(|it| !it.is_empty()).collect();
                payments.extend(lanes.flat_map(|lane| {
                    let (account, kind) = (stream.account.clone(), lane.kind);
                    let stream = Stream { account, kind, product: lane.product.clone() };
                    let key = move |order_no: &&String| OrderKey {
                        stream: stream.clone(),
                        order_no: (*order_no).clone(),
                    };
                    named.iter().map(key).collect::<Vec<_>>()
                }));
            }
            Kind::Payout => {}
        }
    }
    payments
}

/// Which of these payments, and which of their refunds, are together one order that was given back.
async fn together(
    payments: &BTreeSet<OrderKey>,
    request: &Request<'_>,
    ledger: &dyn Ledger,
) -> Result<BTreeMap<OrderKey, GivenBack>, LedgerError> {
    let mut found = BTreeMap::new();
    if payments.is_empty() {
        return Ok(found);
    }
    let asked: Vec<OrderKey> = payments.iter().cloned().collect();
    let refunds = ledger.refund_readings(&asked).await?;
    if refunds.is_empty() {
        return Ok(found);
    }
    let keys: BTreeSet<OrderKey> = refunds.into_iter().map(|refund| refund.key).collect();
    let refunds = ledger.pairs(&keys.into_iter().collect::<Vec<_>>()).await?;
    let mut of_payments: BTreeMap<(&str, &str), Vec<&Pair>> = BTreeMap::new();
    for pair in &refunds {
        let named: BTreeSet<&str> = pair.readings.iter().map(|it| &*it.original_order_no).collect();
        for order_no in named {
            of_payments.entry((&*pair.key.stream.account, order_no)).or_default().push(pair);
        }
    }
    for payment in ledger.pairs(&asked).await? {
        let name = (&*payment.key.stream.account, &*payment.key.order_no);
        let own = of_payments.get(&name).map_or(&[][..], Vec::as_slice);
        let given_back = of_payment(&payment, own, request.matching.timing_window_seconds);
        if given_back == GivenBack::No {
            continue;
        }
        let arrived =
            own.iter().filter(|pair| given_back_of(pair, ProviderStatus::Succeeded).is_some());
        if given_back == GivenBack::Whole {
            found.extend(arrived.map(|pair| (pair.key.clone(), GivenBack::Whole)));
        }
        found.insert(payment.key, given_back);
    }
    Ok(found)
}
