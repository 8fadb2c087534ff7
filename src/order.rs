//! The merchant's side: streams, order keys, orders, and rows that could not be read.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::money::Money;
use crate::personal;
use crate::sorter::SortKey;
use crate::status::{Kind, MerchantStatus};

/// One line of the summary: what one account does of one kind (and product).
///
/// Ordered by its fields, one after another.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The account's name in the configuration.
    pub account: String,
    /// Payment, payout or refund.
    pub kind: Kind,
    /// The provider's product; empty where it has none.
    pub product: String,
}

// By hand, because streams are compared for every order, and comparing two empty texts makes some
// processors load, and suppress the fault of, an address that is not there: a hundred times slower
// than not to look. Most providers have no product.
impl Ord for Stream {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_product = || match (self.product.is_empty(), other.product.is_empty()) {
            (true, true) => Ordering::Equal,
            _ => self.product.cmp(&other.product),
        };
        let by_account = self.account.cmp(&other.account);
        by_account.then_with(|| self.kind.cmp(&other.kind)).then_with(by_product)
    }
}

impl PartialOrd for Stream {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

/// The key by which both sides know an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    /// Where the order belongs.
    pub stream: Stream,
    /// The merchant's order number, as given to the provider.
    pub order_no: String,
}

impl OrderKey {
    /// Writes it as a sorter compares it.
    pub fn sort_key(&self, key: &mut SortKey) {
        key.text(&self.stream.account);
        key.number(i64::from(self.stream.kind.number()));
        key.text(&self.stream.product);
        key.text(&self.order_no);
    }
}

/// What the merchant's books say of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The key.
    pub key: OrderKey,
    /// 1; the second and later rows with the same number but other content in one file are 2, 3, …
    pub occurrence: i16,
    /// The business day of `paid_at`, else of `created_at`.
    pub business_date: BusinessDate,
    /// The provider's number as the merchant knows it; empty when unknown.
    pub provider_order_no: String,
    /// The payment that a refund gives back; empty otherwise.
    pub original_order_no: String,
    /// Never negative.
    pub amount: Money,
    /// The merchant's word.
    pub status: MerchantStatus,
    /// When the merchant made the order.
    pub created_at: Option<Timestamp>,
    /// When the merchant counted it as paid.
    pub paid_at: Option<Timestamp>,
    /// The fee that the merchant expects, in fen; `None` when it states none.
    pub fee_minor: Option<i64>,
    /// The way of paying in the shop's own word, where the platform has no products: then that of the
    /// [`Stream`] is empty. Empty where the books state none.
    #[serde(default)]
    pub product: String,
    /// The line of the file, from 1 (the header).
    pub line: i64,
}

impl Order {
    /// `paid_at`, else `created_at`: the moment from which a waiting order is as old as it is.
    pub fn moment(&self) -> Option<Timestamp> {
        self.paid_at.or(self.created_at)
    }

    /// The merchant's money: the amount where its status is `succeeded`, else 0 (fen).
    pub fn money_minor(&self) -> i64 {
        if self.status == MerchantStatus::Succeeded { self.amount.minor } else { 0 }
    }
}

/// An input row that could not be read: a value, stored and reported, never an error.
///
/// What of the row can be read all the same says whom it may concern: an empty `account` is one that
/// cannot be read or that the configuration does not have, so the row may belong to any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rejection {
    /// The file (its configured name, not an absolute path) or interface that the row came from.
    pub source: String,
    /// Line in the file, from 1; 0 where there are no lines.
    pub line: i64,
    /// The column that could not be read; empty when the row as a whole is wrong.
    pub column: String,
    /// The value as it stands there, shortened; never personal data.
    pub value: String,
    /// Why it was refused, as a stable code that [`crate::report`] puts into words.
    pub reason: RejectionReason,
    /// The order number of the row where it could be read; empty otherwise.
    pub order_no: String,
    /// Whose row it is.
    pub origin: Origin,
    /// The account of the row, as configured; empty where it cannot be read or is not known.
    pub account: String,
    /// The row's kind where it could be read.
    pub kind: Option<Kind>,
    /// The row's product where it could be read; empty otherwise, and where there is none.
    pub product: String,
    /// The row's money where amount and currency could be read.
    pub amount: Option<Money>,
    /// The business day to which the row's time of payment, else of creation, belongs, where it could
    /// be read.
    pub business_date: Option<BusinessDate>,
}

impl Rejection {
    /// Whether it can be the merchant's row of an order: one of the merchant's rows, with its number,
    /// and neither of another account nor of another kind. The product never tells two orders apart.
    pub fn may_be(&self, key: &OrderKey) -> bool {
        self.origin == Origin::Orders
            && !self.order_no.is_empty()
            && self.order_no == key.order_no
            && (self.account.is_empty() || self.account == key.stream.account)
            && self.kind.is_none_or(|kind| kind == key.stream.kind)
    }

    /// What was refused, as far as it is nobody's: enough to find it in its line. Cards, identity cards and
    /// phones are masked everywhere; where a number or a time was to be, words are somebody's name more
    /// often than not.
    pub fn shown_value(&self) -> String {
        /// `free`, `None`, `nan` and the currencies are no names worth hiding.
        const LETTERS_OF_A_WORD: usize = 5;
        use RejectionReason as R;
        let masked = personal::masked(&self.value);
        let is_figure = matches!(
            self.reason,
            R::NotANumber | R::TooPrecise | R::TooLarge | R::Negative | R::NotATime | R::Currency
        );
        let is_foreign = masked.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        let letters = masked.chars().filter(|c| c.is_alphabetic()).count();
        let is_word =
            letters >= LETTERS_OF_A_WORD && !masked.contains(|c: char| c.is_ascii_digit());
        if is_figure && (is_foreign || is_word) { personal::hidden(&masked) } else { masked }
    }

    /// A row of which nothing can be read.
    pub fn whole(origin: Origin, source: &str, line: i64, reason: RejectionReason) -> Self {
        Self {
            source: source.to_owned(),
            line,
            column: String::new(),
            value: String::new(),
            reason,
            order_no: String::new(),
            origin,
            account: String::new(),
            kind: None,
            product: String::new(),
            amount: None,
            business_date: None,
        }
    }
}

crate::status::coded! {
    /// Whose rows a file or an answer holds.
    Origin {
        /// Imported by a version that did not note it.
        Unknown = 0, "unknown";
        /// The merchant's orders, out of a file or its database.
        Orders = 1, "orders";
        /// A provider's listing.
        Listing = 2, "listing";
        /// A provider's bill.
        Statement = 3, "statement";
        /// Movements of accounts that the merchant states.
        Movements = 4, "movements";
        /// The merchant's log of callbacks.
        Notifications = 5, "notifications";
    }
}

crate::status::coded! {
    /// Why an input row was refused.
    RejectionReason {
        /// A required value is empty.
        Missing = 1, "missing";
        /// Not a number.
        NotANumber = 2, "not_a_number";
        /// `1.23E+19`: Excel has destroyed the digits.
        Scientific = 3, "scientific_notation";
        /// More decimals than the unit allows.
        TooPrecise = 4, "too_many_decimals";
        /// Out of range.
        TooLarge = 5, "too_large";
        /// A negative amount, where the sign is said by the kind.
        Negative = 6, "negative";
        /// Not a time in a known form.
        NotATime = 7, "not_a_time";
        /// Not one of the words that the column allows.
        UnknownWord = 8, "unknown_word";
        /// An account that the configuration does not have.
        UnknownAccount = 9, "unknown_account";
        /// A product that the account does not have.
        UnknownProduct = 10, "unknown_product";
        /// More or fewer values than the header.
        WrongColumnCount = 11, "wrong_column_count";
        /// Bytes that are not text in the file's encoding.
        NotText = 12, "not_text";
        /// Not a currency code.
        Currency = 13, "currency";
        /// Text longer than the column allows, or with characters that no order number has.
        NotAnOrderNumber = 14, "not_an_order_number";
        /// Neither `paid_at` nor `created_at`, so the row belongs to no day.
        NoDate = 15, "no_date";
        /// A time after the moment of the import.
        InTheFuture = 16, "in_the_future";
        /// A field of a provider's row that cannot be read as its document says.
        Unreadable = 18, "unreadable";
        /// A quote that is never closed, or that is closed inside a value.
        BrokenQuote = 17, "broken_quote";
        /// The other sign than the one that the configuration says such rows have.
        WrongSign = 19, "wrong_sign";
        /// A time before the year 2000: nobody's order, but a slip or a program's zero.
        TooEarly = 50, "too_early";
        /// `########`: Excel has saved what it showed where the column was too narrow.
        Hidden = 51, "hidden_by_spreadsheet";
        /// A formula whose value the program that wrote the file did not work out.
        NoFormulaValue = 52, "formula_without_value";
        /// A total that the file states and its rows do not add up to.
        TotalDiffers = 53, "total_differs";
        /// A listed row that is dated to another day than the ones that were asked for.
        AnotherDay = 60, "another_day";
        /// No callback as the log or the provider's document has it.
        NotACallback = 40, "not_a_callback";
        /// A callback without a signature, or with one that does not fit its content.
        BadSignature = 41, "bad_signature";
        /// A callback that is not for the account whose log it is said to be in.
        NotForThisAccount = 42, "not_for_this_account";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_value_that_looks_like_a_persons_is_not_shown() {
        use RejectionReason as R;
        let table = [
            (R::NotANumber, "张三丰", "张**"),
            (R::NotANumber, "Zhang San", "Z**** ***"),
            (R::NotATime, "OUYANG", "O*****"),
            (R::NotANumber, "13800138000元", "1***********"),
            (R::UnknownWord, "4111 1111 1111 1111", "41** **** **** **11"),
            // What says what is wrong and is nobody's.
            (R::NotANumber, "free", "free"),
            (R::NotANumber, "USD 1.00", "USD 1.00"),
            (R::NotATime, "20/11/2026", "20/11/2026"),
            (R::UnknownWord, "已支付", "已支付"),
        ];
        for (reason, value, shown) in table {
            let whole = Rejection::whole(Origin::Orders, "orders.csv", 2, reason);
            let row = Rejection { value: value.to_owned(), ..whole };
            assert_eq!(row.shown_value(), shown, "{value}");
        }
    }
}
