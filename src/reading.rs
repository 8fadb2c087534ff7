//! The provider's side: what one verified answer says about one order, and the pair that it makes
//! with the merchant's order.

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::money::Money;
use crate::order::{Order, OrderKey, Rejection};
use crate::status::{ProviderStatus, coded};

coded! {
    /// Over which way a reading came.
    Source {
        /// The provider listed its own transactions (batch query).
        Listing = 1, "listing";
        /// The provider was asked about this order.
        Query = 2, "query";
        /// A statement file of the provider's portal.
        Statement = 3, "statement";
        /// A callback that the merchant's web tier received.
        Notification = 4, "notification";
    }
}

impl Source {
    /// Whether the provider said it over an interface at which it is asked. A callback and a row of a file
    /// are witnesses.
    pub const fn is_interface(self) -> bool {
        matches!(self, Self::Listing | Self::Query)
    }
}

coded! {
    /// What proves an answer.
    Assurance {
        /// MD5 with a shared key over the fields.
        Md5 = 1, "md5";
        /// RSA signature of the provider.
        Rsa = 2, "rsa";
        /// The provider signs nothing here: only the echo of the order number binds the answer.
        Echo = 3, "echo";
        /// An unsigned refusal: carries an error code, never status or money.
        Refusal = 4, "refusal";
        /// There was no answer at all.
        None = 5, "none";
    }
}

/// The remark ([`Facts::remark`]) of an order whose settlement the platform itself calls under way: it was paid,
/// and the money is not yet in the account from which it can be paid out.
pub const SETTLEMENT: &str = "settlement";
/// The value of the remark [`SETTLEMENT`].
pub const ON_ITS_WAY: &str = "in_transit";

/// Whether what the evidence shows has the remark [`SETTLEMENT`] with [`ON_ITS_WAY`].
pub fn is_on_its_way(status_code: &str) -> bool {
    let remark = |word: &str| word.split_once('=') == Some((SETTLEMENT, ON_ITS_WAY));
    status_code.split(' ').any(remark)
}

/// What a provider said about one order, in our words. Made by a provider's own file only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The merchant's order number as the provider knows it.
    pub order_no: String,
    /// The provider's own number; empty when it gave none.
    pub provider_order_no: String,
    /// In our words.
    pub status: ProviderStatus,
    /// In the provider's words, with the field's name: `STATUS=2`. Behind it, each after a space, what
    /// else the reader of the evidence has to see: see [`Self::unread`]. Never personal data.
    pub status_code: String,
    /// What was paid; `None` where the provider does not state it.
    pub amount: Option<Money>,
    /// The provider's fee in fen; `None` where it does not state it.
    pub fee_minor: Option<i64>,
    /// When the provider says it was paid.
    pub paid_at: Option<Timestamp>,
    /// Of [`Self::amount`], what did not reach the payee because the provider's fee was taken out of
    /// it, in fen; `None` where nothing says so: the fee comes on top.
    pub withheld_minor: Option<i64>,
    /// The way of paying in the platform's word (its product, channel or type of transaction), which may
    /// decide the fee and when it settles; empty where it states none.
    #[serde(default)]
    pub way: String,
}

impl Facts {
    /// The provider's word that it has no such order, with the code or text that said so.
    #[must_use]
    pub fn not_found(order_no: &str, code: &str) -> Self {
        Self::nothing(order_no, ProviderStatus::NotFound, code)
    }

    /// No trustworthy answer, with the reason.
    #[must_use]
    pub fn unproved(order_no: &str, code: &str) -> Self {
        Self::nothing(order_no, ProviderStatus::Unproved, code)
    }

    /// Names a side field (a fee, a time) that is there and cannot be read: it is left out, and makes
    /// status and amount no less worth. `value` is what it holds; only of fields that never hold
    /// personal data.
    pub fn unread(&mut self, field: &str, value: &str) {
        self.remark(field, &format!("{value}?"));
    }

    /// Adds what a field says to what the evidence shows.
    pub fn remark(&mut self, field: &str, value: &str) {
        for part in [" ", field, "=", value] {
            self.status_code.push_str(part);
        }
    }

    /// Notes the way of paying, and shows it under its field's name; nothing where it is empty.
    pub fn paid_by(&mut self, field: &str, way: String) {
        if !way.is_empty() {
            self.remark(field, &way);
            self.way = way;
        }
    }

    fn nothing(order_no: &str, status: ProviderStatus, code: &str) -> Self {
        Self {
            order_no: order_no.to_owned(),
            provider_order_no: String::new(),
            status,
            status_code: code.to_owned(),
            amount: None,
            fee_minor: None,
            paid_at: None,
            withheld_minor: None,
            way: String::new(),
        }
    }
}

/// Whether an answer takes money that was proved back to processing, which money never does: such an
/// answer proves nothing. `before` is what is current about the order; a callback and a row of a
/// statement prove less than an answer, and another number of the provider's is another transaction.
pub fn went_back(before: &[Reading], facts: &Facts) -> bool {
    let is_proved = |it: &Reading| {
        let had_money = matches!(
            it.facts.status,
            ProviderStatus::Succeeded | ProviderStatus::Refunded | ProviderStatus::Returned
        );
        let (known, number) = (&it.facts.provider_order_no, &facts.provider_order_no);
        let is_same = known.is_empty() || number.is_empty() || known == number;
        matches!(it.source, Source::Listing | Source::Query) && had_money && is_same
    };
    facts.status == ProviderStatus::Pending && before.iter().any(is_proved)
}

/// What a provider said about one order, with where and when it said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The key by which both sides know the order.
    pub key: OrderKey,
    /// The business date of [`Facts::paid_at`], else of the merchant's order that was asked about.
    pub business_date: BusinessDate,
    /// The way it came.
    pub source: Source,
    /// 1; a further row of the same provider transaction with other content in one listing is 2, …
    pub occurrence: i16,
    /// What was said.
    pub facts: Facts,
    /// The interface by the provider's name for it: `0x0305`, `/api/pay/query_order`.
    pub interface: String,
    /// What proves it.
    pub assurance: Assurance,
    /// Where the raw answer is archived; 0 when it was not.
    pub evidence: i64,
    /// When it was said.
    pub observed_at: Timestamp,
    /// Of a refund: the payment that it gives back, where a bill names it by the merchant's number; else
    /// empty.
    pub original_order_no: String,
}

/// Everything that is known about one order: the merchant's rows and the provider's readings.
///
/// Orders are sorted by `occurrence`; readings by source, provider order number and occurrence.
/// Only current rows are in here: what a later word of the same side replaced is history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub key: OrderKey,
    /// The merchant's side; empty when the merchant does not have it.
    pub orders: Vec<Order>,
    /// The provider's side; empty when nothing is known.
    pub readings: Vec<Reading>,
    /// When the provider last answered a question about the order with what it had said before; `None`
    /// where it never did.
    pub confirmed_at: Option<Timestamp>,
    /// What the provider's interfaces said before.
    pub past: Past,
    /// Where the merchant does not have it: its rows with this order number that were refused and may
    /// be of this account and kind, see [`Rejection::may_be`]; sorted by source and line.
    pub refused: Vec<Rejection>,
}

/// What a provider's interfaces (listings and answers to questions) have said of one order so far, as far
/// as the current word does not show it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// The last status.
    pub status: Option<ProviderStatus>,
    /// When it was said first, after another one or none.
    pub since: Option<Timestamp>,
    /// When the order was last said not to be final yet.
    pub not_final_at: Option<Timestamp>,
    /// When it was first said to be final after that.
    pub final_at: Option<Timestamp>,
    /// The money was said to be taken or paid out.
    pub had_money: bool,
    /// A proved listing no longer has a row that an earlier one had, and the provider has not been asked
    /// about the order since.
    pub is_unlisted: bool,
}

impl Past {
    /// What the words of one order come to, sorted by the moment at which they were said. Callbacks and
    /// rows of files are passed over: they are witnesses, not answers.
    pub fn of<'a>(words: impl Iterator<Item = &'a Reading>) -> Self {
        words.fold(Self::default(), Self::and)
    }

    /// The same after a further word.
    #[must_use]
    pub fn and(mut self, word: &Reading) -> Self {
        use ProviderStatus as P;
        if !word.source.is_interface() {
            return self;
        }
        let at = word.observed_at;
        match word.facts.status {
            P::NotFound | P::Unproved => return self,
            P::Pending | P::Held => {
                self.not_final_at = Some(at);
                self.final_at = None;
            }
            P::Succeeded | P::Failed | P::Refunded | P::Returned => {
                self.final_at = self.final_at.or(self.not_final_at.map(|_| at));
                self.had_money |= word.facts.status != P::Failed;
            }
        }
        if self.status != Some(word.facts.status) {
            (self.status, self.since) = (Some(word.facts.status), Some(at));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{reading, stream};

    #[test]
    fn money_that_was_proved_does_not_go_back_to_processing() {
        let table = [
            ("query A succeeded 100", "query A pending 100", true),
            ("listing A succeeded 100", "query A pending 100", true),
            ("query A refunded 100", "query A pending 100", true),
            ("query A returned 100", "query - pending -", true),
            ("query - succeeded 100", "query A pending 100", true),
            ("query A succeeded 100", "query B pending 100", false),
            ("query A succeeded 100", "query A refunded 100", false),
            ("query A succeeded 100", "query A failed 100", false),
            ("query A pending 100", "query A pending 100", false),
            ("query A failed 100", "query A pending 100", false),
            ("notification A succeeded 100", "query A pending 100", false),
            ("statement A succeeded 100", "query A pending 100", false),
        ];
        for (before, now, expected) in table {
            let of = |text| reading(&stream(), "1", text);
            assert_eq!(went_back(&[of(before)], &of(now).facts), expected, "{before}: {now}");
        }
        assert!(!went_back(&[], &reading(&stream(), "1", "query A pending 100").facts));
    }
}
