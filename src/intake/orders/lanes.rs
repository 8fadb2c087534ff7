//! The streams to which an order can belong, numbered in their order.

use crate::intake::orders::KnownAccount;
use crate::order::Stream;
use crate::status::Kind;

/// All streams of all known accounts, sorted. A stream's number is its place.
#[derive(Debug, Clone)]
pub(in crate::intake) struct Lanes {
    streams: Vec<Stream>,
}

/// Why an order belongs nowhere, or to which stream it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::intake) enum Found {
    /// The stream's number.
    Stream(u16),
    /// The account does nothing of this kind.
    NoSuchKind,
    /// The account does not have this product, or has several and none is named.
    NoSuchProduct,
}

impl Lanes {
    pub(in crate::intake) fn new(accounts: &[KnownAccount]) -> Self {
        let mut streams: Vec<_> = accounts
            .iter()
            .flat_map(|account| {
                account.lanes.iter().map(|(kind, product)| Stream {
                    account: account.name.clone(),
                    kind: *kind,
                    product: product.clone(),
                })
            })
            .collect();
        streams.sort();
        streams.dedup();
        Self { streams }
    }

    pub(in crate::intake) fn streams(&self) -> &[Stream] {
        &self.streams
    }

    pub(in crate::intake) fn stream(&self, number: u16) -> Option<&Stream> {
        self.streams.get(usize::from(number))
    }

    pub(in crate::intake) fn has_account(&self, account: &str) -> bool {
        self.streams.iter().any(|stream| stream.account == account)
    }

    /// The stream of an order. An empty product stands for the only one that there is; where the platform has
    /// no products, a product is the shop's own word for the way of paying, and decides nothing here.
    pub(in crate::intake) fn find(&self, account: &str, kind: Kind, product: &str) -> Found {
        let numbered = (0_u16..).zip(&self.streams);
        let mut of_kind = numbered.filter(|(_, s)| s.kind == kind && s.account == account);
        let Some((first, stream)) = of_kind.next() else { return Found::NoSuchKind };
        let mut others = of_kind.peekable();
        let is_only = others.peek().is_none();
        let has_products = !(is_only && stream.product.is_empty());
        let is_meant = !has_products || (is_only && product.is_empty());
        if is_meant || stream.product.eq_ignore_ascii_case(product) {
            return Found::Stream(first);
        }
        others
            .find(|(_, stream)| stream.product.eq_ignore_ascii_case(product))
            .map_or(Found::NoSuchProduct, |(number, _)| Found::Stream(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_finds_its_stream_or_what_is_wrong() {
        let known = |name: &str, lanes: &[(Kind, &str)]| KnownAccount {
            name: name.to_owned(),
            lanes: lanes.iter().map(|(kind, product)| (*kind, (*product).to_owned())).collect(),
        };
        let lanes = Lanes::new(&[
            known(
                "mmsp",
                &[(Kind::Payout, "payout"), (Kind::Payment, "scan"), (Kind::Payment, "quick")],
            ),
            known("icashier", &[(Kind::Payment, "")]),
        ]);
        let table = [
            ("icashier", Kind::Payment, "", Found::Stream(0)),
            ("icashier", Kind::Payment, "quick", Found::Stream(0)),
            ("icashier", Kind::Payout, "", Found::NoSuchKind),
            ("mmsp", Kind::Payment, "quick", Found::Stream(1)),
            ("mmsp", Kind::Payment, "SCAN", Found::Stream(2)),
            ("mmsp", Kind::Payment, "", Found::NoSuchProduct),
            ("mmsp", Kind::Payment, "payout", Found::NoSuchProduct),
            ("mmsp", Kind::Payout, "", Found::Stream(3)),
            ("mmsp", Kind::Payout, "payout", Found::Stream(3)),
            ("other", Kind::Payment, "", Found::NoSuchKind),
        ];
        for (account, kind, product, expected) in table {
            assert_eq!(lanes.find(account, kind, product), expected, "{account} {kind} {product}");
        }
        assert!(lanes.has_account("mmsp") && !lanes.has_account("other"));
        assert!(lanes.streams().is_sorted());
    }
}
