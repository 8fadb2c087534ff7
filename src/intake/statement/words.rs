//! What a row's words for kind, product and status mean.

use std::collections::BTreeSet;

use crate::config::{Direction, RowKind, StatementSettings};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::orders::KnownAccount;
use crate::intake::orders::lanes::{Found, Lanes};
use crate::intake::statement::StatementRequest;
use crate::intake::statement::header::Layout;
use crate::intake::table::place_of;
use crate::order::{RejectionReason, Stream};
use crate::status::{Kind, ProviderStatus};
use crate::text::folded;

/// Characters of a status in the provider's words, at most.
const STATUS_CHARS_MAX: usize = 60;

/// What a row is, by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) kind: RowKind,
    /// The number of its stream in [`Words::streams`]; `None` for what is no order.
    pub(super) lane: Option<u16>,
    /// The number of its status in [`Words::status`].
    pub(super) status: u16,
}

/// The words of one file.
pub(super) struct Words<'a> {
    settings: &'a StatementSettings,
    account: &'a str,
    lanes: Lanes,
    kinds: Vec<(String, RowKind)>,
    /// Those of rows whose money came in, or went out, alone.
    directed: Vec<(Direction, String, RowKind)>,
    products: Vec<(String, String)>,
    /// Each with the words in which a reading states it, and the kind of rows that alone have it.
    statuses: Vec<(String, ProviderStatus, String, Option<RowKind>)>,
    /// Whether the file has a column of states.
    has_status: bool,
    /// The kind of which alone this form of the bill has rows, see [`only_kind`].
    only: Option<Kind>,
}

/// The kind of orders of which alone a form of a bill has rows: refunds where it has the column of their
/// time, payments where it lacks that of their amount, though the layout knows it.
fn only_kind(settings: &StatementSettings, layout: &Layout) -> Option<Kind> {
    let knows_refunds = settings.columns.contains_key("refund_amount") && !layout.is_pair;
    match (layout.refunded_at.at, layout.refund_amount.at) {
        (Some(_), _) => Some(Kind::Refund),
        (None, None) if knows_refunds => Some(Kind::Payment),
        (None, _) => None,
    }
}

impl<'a> Words<'a> {
    pub(super) fn new(request: &StatementRequest<'a>, layout: &Layout) -> Self {
        let StatementRequest { settings, account, lanes, .. } = *request;
        let kinds = settings.kinds.iter().map(|(theirs, kind)| (folded(theirs), *kind));
        let directed = settings.directed_kinds.iter().flat_map(|(direction, kinds)| {
            kinds.iter().map(|(theirs, kind)| (*direction, folded(theirs), *kind))
        });
        let own_kinds = RowKind::ALL.iter().map(|kind| (kind.code().to_owned(), *kind));
        let products = settings.products.iter();
        let products = products.map(|(theirs, ours)| (folded(theirs), ours.clone()));
        let named: BTreeSet<_> = lanes.iter().map(|(_, product)| product).collect();
        let named = named.into_iter().filter(|product| !product.is_empty());
        let own_products = named.map(|product| (folded(product), product.clone()));
        let column = layout.status.at.map(|_| layout.status.name.as_str());
        let status =
            |theirs: &str, status, of| (folded(theirs), status, stated(column, theirs), of);
        let statuses = settings.statuses.iter().map(|(theirs, ours)| status(theirs, *ours, None));
        let by_kind = settings.kind_statuses.iter().flat_map(|(kind, words)| {
            words.iter().map(|(theirs, ours)| status(theirs, *ours, Some(*kind)))
        });
        let own_statuses = ProviderStatus::ALL.iter().filter(|status| is_stated(**status)).copied();
        let own_statuses = own_statuses.map(|ours| status(ours.code(), ours, None));
        let known = KnownAccount { name: account.to_owned(), lanes: lanes.to_vec() };
        let mut words = Self {
            settings,
            account,
            lanes: Lanes::new(&[known]),
            kinds: kinds.chain(own_kinds).collect(),
            directed: directed.collect(),
            products: products.chain(own_products).collect(),
            statuses: by_kind.chain(statuses).chain(own_statuses).collect(),
            has_status: column.is_some(),
            only: only_kind(settings, layout),
        };
        if column.is_none() {
            // A bill lists what was booked.
            words.statuses = vec![(String::new(), ProviderStatus::Succeeded, String::new(), None)];
        }
        words
    }

    /// The streams of the account, sorted.
    pub(super) fn streams(&self) -> &[Stream] {
        self.lanes.streams()
    }

    /// A status by its number.
    pub(super) fn status(&self, number: u16) -> Option<ProviderStatus> {
        self.statuses.get(usize::from(number)).map(|(_, status, ..)| *status)
    }

    /// All statuses by their numbers.
    pub(super) fn statuses(&self) -> Vec<(ProviderStatus, String)> {
        self.statuses.iter().map(|(_, status, stated, _)| (*status, stated.clone())).collect()
    }

    /// What a row is whose cells for kind, product and status these are; else the number of the first
    /// that cannot be read, from 0, and why.
    pub(super) fn class(
        &self,
        cells: [&str; 3],
        direction: Option<Direction>,
    ) -> Result<Class, (usize, RejectionReason)> {
        let [kind, product, status] = cells;
        let kind = self.kind(kind, direction).map_err(|reason| (0, reason))?;
        let lane = match kind.order_kind() {
            Some(kind) => Some(self.lane(kind, product)?),
            None => None,
        };
        if kind == RowKind::Ignored {
            return Ok(Class { kind, lane, status: 0 });
        }
        let status = if self.has_status {
            self.number_of(kind, status).map_err(|reason| (2, reason))?
        } else {
            0
        };
        Ok(Class { kind, lane, status })
    }

    /// The kind that a row's cell says, else the one of all rows.
    pub(super) fn kind(
        &self,
        text: &str,
        direction: Option<Direction>,
    ) -> Result<RowKind, RejectionReason> {
        if let Some(kind) = self.settings.kind {
            return Ok(kind);
        }
        let word = required(text)?;
        // What is of the other direction is passed over, and keeps its place.
        let directed = self
            .directed
            .iter()
            .map(|(of, known, _)| (Some(*of) == direction).then_some(known.as_str()));
        let at = place_of(directed, &word);
        if let Some((.., kind)) = at.and_then(|at| self.directed.get(at)) {
            return Ok(*kind);
        }
        let at = place_of(self.kinds.iter().map(|(known, _)| Some(known.as_str())), &word);
        let known = at.and_then(|at| self.kinds.get(at));
        known.map(|(_, kind)| *kind).ok_or(RejectionReason::UnknownWord)
    }

    fn lane(&self, kind: Kind, product: &str) -> Result<u16, (usize, RejectionReason)> {
        if matches!(self.lanes.find(self.account, kind, ""), Found::NoSuchKind) {
            return Err((0, RejectionReason::UnknownProduct));
        }
        let product = self.product(product).map_err(|reason| (1, reason))?;
        match self.lanes.find(self.account, kind, product) {
            Found::Stream(number) => Ok(number),
            Found::NoSuchKind | Found::NoSuchProduct => Err((1, RejectionReason::UnknownProduct)),
        }
    }

    /// The product that a row's cell says, else the one of all rows; empty where neither says one.
    pub(super) fn product(&self, text: &str) -> Result<&str, RejectionReason> {
        if let Some(product) = &self.settings.product {
            return Ok(product);
        }
        let word = folded(cell::optional(text));
        if word.is_empty() {
            return Ok("");
        }
        let at = place_of(self.products.iter().map(|(known, _)| Some(known.as_str())), &word);
        let known = at.and_then(|at| self.products.get(at));
        known.map(|(_, product)| product.as_str()).ok_or(RejectionReason::UnknownProduct)
    }

    /// The number of a status: where rows of the kind have words of their own, only by these.
    fn number_of(&self, kind: RowKind, status: &str) -> Result<u16, RejectionReason> {
        let word = folded(cell::optional(status));
        let has_own = self.settings.kind_statuses.contains_key(&kind);
        let wanted = has_own.then_some(kind);
        // What is of another kind is passed over, and keeps its number.
        let known = self.statuses.iter();
        let known = known.map(|(known, .., of)| (*of == wanted).then_some(known.as_str()));
        match place_of(known, &word) {
            Some(at) => u16::try_from(at).map_err(|_| RejectionReason::UnknownWord),
            None if word.is_empty() => Err(RejectionReason::Missing),
            None => Err(RejectionReason::UnknownWord),
        }
    }

    /// The streams that the file could have rows of: those that its words can express, and those of
    /// which it has some (`seen`, by their numbers).
    pub(super) fn expressed(&self, seen: &BTreeSet<u16>) -> Vec<Stream> {
        let settings = self.settings;
        let kinds = settings.named_order_kinds();
        let kinds = kinds.into_iter().filter(|kind| self.only.is_none_or(|only| only == *kind));
        let mut numbers = seen.clone();
        for kind in kinds {
            if settings.columns.contains_key("product") {
                let products = settings.products.values();
                numbers.extend(products.filter_map(|product| self.stream(kind, product)));
                // Where a kind has but one product, its rows need not name it.
                numbers.extend(self.stream(kind, ""));
            } else {
                let product = settings.product.as_deref().unwrap_or_default();
                numbers.extend(self.stream(kind, product));
            }
        }
        numbers.iter().filter_map(|number| self.lanes.stream(*number).cloned()).collect()
    }

    /// The stream of a kind of which the account has one product.
    pub(super) fn lane_of(&self, kind: Kind) -> Option<u16> {
        self.stream(kind, self.settings.product.as_deref().unwrap_or_default())
    }

    fn stream(&self, kind: Kind, product: &str) -> Option<u16> {
        match self.lanes.find(self.account, kind, product) {
            Found::Stream(number) => Some(number),
            Found::NoSuchKind | Found::NoSuchProduct => None,
        }
    }
}

/// Where the words of a row stand.
pub(super) const fn places(layout: &Layout) -> [&Place; 3] {
    [&layout.kind, &layout.product, &layout.status]
}

/// Whether a bill can state it: an answer of "not found" stands in none.
const fn is_stated(status: ProviderStatus) -> bool {
    !matches!(status, ProviderStatus::NotFound | ProviderStatus::Unproved)
}

/// A status in the provider's words, with its column.
fn stated(column: Option<&str>, word: &str) -> String {
    let column = column.unwrap_or_default();
    let chars = column.chars().chain(['=']).chain(word.trim().chars());
    chars.filter(|c| !crate::text::is_forbidden(*c)).take(STATUS_CHARS_MAX).collect()
}

fn required(text: &str) -> Result<String, RejectionReason> {
    let word = folded(cell::optional(text));
    if word.is_empty() { Err(RejectionReason::Missing) } else { Ok(word) }
}
