//! The lanes of an account: each kind and product that its platform deals in.

use std::collections::BTreeSet;

use crate::status::Kind;

/// One kind (and product) of an account, and what the provider can be asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Payment, payout or refund.
    pub kind: Kind,
    /// The product; empty where the provider has none.
    pub product: String,
    /// Whether it lists its own transactions, and how.
    pub listing: Option<ListingTerms>,
    /// Whether single answers state the amount.
    pub states_amount: bool,
}

/// How a provider lists its own transactions.
///
/// A listing proves what is in it, not what is absent: which states it leaves out (refunded,
/// unfinished) and by which date it filters is the provider's business and often undocumented, so an
/// order that a listing lacks is asked about singly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListingTerms {
    /// Rows to ask for per page.
    pub rows_per_page: u32,
    /// How many days back it can be asked.
    pub days_back: i64,
}

/// The kinds and products that the merchant's orders of an account may have: its lanes, and refunds
/// of every product that takes payments, also where the provider cannot be asked about them.
pub fn order_lanes(lanes: &[Lane]) -> BTreeSet<(Kind, String)> {
    let own = lanes.iter().map(|lane| (lane.kind, lane.product.clone()));
    let payments = lanes.iter().filter(|lane| lane.kind == Kind::Payment);
    own.chain(payments.map(|lane| (Kind::Refund, lane.product.clone()))).collect()
}
