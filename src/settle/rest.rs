//! Which order the rest of a balance bridge is: the one pending, returned or refunded order whose amount
//! is what is left over. It names an order to look at first, and judges nothing.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use super::{Balanced, SettledAccount};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::{Ledger, LedgerError};
use crate::money::Currency;
use crate::rules::bridge::RestOrder;
use crate::status::{Kind, ProviderStatus};

/// Puts the name of the order beside every rest of these accounts that one order of the report of `date`
/// alone equals.
pub(super) async fn name(
    settled: &mut [SettledAccount],
    date: BusinessDate,
    ledger: &dyn Ledger,
) -> Result<(), LedgerError> {
    let mut rests = Rests::default();
    for account in &mut *settled {
        let name = account.account.clone();
        let sizes = bridges(account).filter_map(|balanced| rest(balanced));
        rests.0.extend(sizes.map(|size| ((name.clone(), size), Found::None)));
    }
    if rests.0.is_empty() {
        return Ok(());
    }
    let mut rows = ledger.report_rows(date);
    while let Some(row) = rows.next().await {
        rests.add(&row?);
    }
    for account in settled {
        let name = account.account.clone();
        for balanced in bridges(account) {
            let order = rest(balanced).and_then(|size| rests.order(&name, size));
            if let Balanced::Built(bridge, _) = balanced {
                bridge.rest_order = order;
            }
        }
    }
    Ok(())
}

/// The rests of accounts in fen without their signs, and the orders that equal them.
#[derive(Default)]
struct Rests(BTreeMap<(String, u64), Found>);

impl Rests {
    fn add(&mut self, row: &Discrepancy) {
        let account = &row.key.stream.account;
        for amount in amounts(row) {
            if let Some(found) = self.0.get_mut(&(account.clone(), amount)) {
                found.add(row);
            }
        }
    }

    fn order(&self, account: &str, rest: u64) -> Option<RestOrder> {
        match self.0.get(&(account.to_owned(), rest))? {
            Found::One(order) => Some(order.clone()),
            Found::None | Found::Several => None,
        }
    }
}

fn bridges(account: &mut SettledAccount) -> impl Iterator<Item = &mut Balanced> {
    let older = account.older.iter_mut().map(|(_, balanced)| balanced);
    older.chain([&mut account.before, &mut account.balanced])
}

/// What is left over, in fen and without its sign: the platform may have moved the money before or after it
/// said so.
fn rest(balanced: &Balanced) -> Option<u64> {
    let Balanced::Built(bridge, _) = balanced else { return None };
    Some(bridge.unexplained_minor.unsigned_abs()).filter(|rest| *rest > 0)
}

/// What the money of an order that may still move comes to, alone and with its fee; nothing of any other.
fn amounts(row: &Discrepancy) -> Vec<u64> {
    let is_moving = match row.provider_status {
        ProviderStatus::Pending
        | ProviderStatus::Held
        | ProviderStatus::Returned
        | ProviderStatus::Refunded => true,
        // A refund that was accepted and failed has come back.
        ProviderStatus::Failed => row.key.stream.kind == Kind::Refund,
        ProviderStatus::Succeeded | ProviderStatus::NotFound | ProviderStatus::Unproved => false,
    };
    if !is_moving || row.kind.is_of_account() || row.currency != Currency::CNY {
        return Vec::new();
    }
    let Some(amount) = row.provider_amount_minor.or(row.merchant_amount_minor) else {
        return Vec::new();
    };
    let fee = row.provider_fee_minor.or(row.merchant_fee_minor).filter(|fee| *fee != 0);
    let with_fee = fee.and_then(|fee| match row.key.stream.kind {
        Kind::Payment => amount.checked_sub(fee),
        Kind::Payout | Kind::Refund => amount.checked_add(fee),
    });
    std::iter::once(amount).chain(with_fee).map(i64::unsigned_abs).collect()
}

/// The orders that a rest equals.
enum Found {
    None,
    One(RestOrder),
    Several,
}

impl Found {
    fn add(&mut self, row: &Discrepancy) {
        let stream = &row.key.stream;
        *self = match self {
            Self::None => Self::One(RestOrder {
                kind: stream.kind,
                status: row.provider_status,
                order_no: row.key.order_no.clone(),
            }),
            // An order has a row for each of its differences.
            Self::One(known) if known.order_no == row.key.order_no && known.kind == stream.kind => {
                return;
            }
            Self::One(_) | Self::Several => Self::Several,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discrepancy::DiscrepancyType;
    use crate::order::{OrderKey, Stream};
    use crate::rules::testing::discrepancy;

    /// `payout 2500 fee=200 returned T-1`.
    fn row(text: &str) -> Discrepancy {
        let words: Vec<&str> = text.split(' ').collect();
        let fee = words.iter().find_map(|word| word.strip_prefix("fee="));
        let [.., status, order_no] = words.as_slice() else { panic!("{text}") };
        let kind = Kind::from_code(words[0]).expect(text);
        let stream = Stream { account: "a".to_owned(), kind, product: String::new() };
        let (amount, status) = (words[1].parse().expect(text), ProviderStatus::from_code(status));
        Discrepancy {
            provider_status: status.expect(text),
            merchant_amount_minor: Some(amount),
            merchant_fee_minor: fee.map(|fee| fee.parse().expect(text)),
            key: OrderKey { stream: stream.clone(), order_no: (*order_no).to_owned() },
            ..discrepancy(DiscrepancyType::StatusMismatch, &stream)
        }
    }

    #[test]
    fn a_rest_is_named_by_the_one_order_that_may_still_move() {
        let table: [(&str, u64, &str); 12] = [
            ("payout 2500 returned T-1", 2500, "payout returned T-1"),
            ("payout 2500 pending T-1", 2500, "payout pending T-1"),
            ("payment 2500 refunded T-1", 2500, "payment refunded T-1"),
            ("refund 2500 failed T-1", 2500, "refund failed T-1"),
            ("payout 2500 fee=200 pending T-1", 2700, "payout pending T-1"),
            ("payment 2500 fee=200 pending T-1", 2300, "payment pending T-1"),
            // What is final is in the bridge, or did not happen.
            ("payout 2500 failed T-1", 2500, ""),
            ("payment 2500 succeeded T-1", 2500, ""),
            ("payment 2500 not_found T-1", 2500, ""),
            ("payout 2500 returned T-1", 2501, ""),
            // Two that fit: neither is named. Two rows of one order are one.
            ("payout 2500 returned T-1;payout 2500 pending T-2", 2500, ""),
            ("payout 2500 returned T-1;payout 2500 returned T-1", 2500, "payout returned T-1"),
        ];
        for (rows, rest, expected) in table {
            let mut rests = Rests::default();
            rests.0.insert(("a".to_owned(), rest), Found::None);
            rests.0.insert(("b".to_owned(), rest), Found::None);
            rows.split(';').for_each(|text| rests.add(&row(text)));
            let named = rests.order("a", rest);
            let text = named.as_ref().map(RestOrder::to_string).unwrap_or_default();
            assert_eq!(text, expected, "{rows} {rest}");
            assert_eq!(RestOrder::parse(&text), named);
            assert_eq!(rests.order("b", rest), None, "another account's");
        }
    }
}
