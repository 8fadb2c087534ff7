//! What can be wrong with an answer, so that it is worth nothing or has to be read all the same.

use serde::Deserialize;

/// How an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// One digit of the signature is wrong.
    WrongSignature,
    /// There is no signature.
    MissingSignature,
    /// A status that the platform's document does not list, well signed.
    UnknownStatus,
    /// A well signed answer about another order.
    AnotherOrder,
    /// The body ends in its middle.
    Truncated,
    /// A web page, with HTTP status 200.
    Html,
    /// HTTP status 500.
    Http500,
    /// HTTP status 502.
    Http502,
    /// HTTP status 503.
    Http503,
    /// The right answer, after [`SLOW_SECONDS`] seconds.
    Slow,
    /// The connection breaks before the first byte.
    Reset,
    /// HTTP status 302, to somewhere else.
    Redirect,
    /// The right answer, compressed although it is small. Harmless.
    Gzip,
    /// An answer of 100 MB.
    Huge,
    /// Every page of a listing holds its first row once more, at its end.
    RepeatedRows,
    /// Later pages begin a row early, as if an order had come in between. The last row falls out.
    ShiftingPages,
    /// A listing counts one row more than it has.
    WrongTotal,
    /// Numbers where text is documented, and text where numbers are; signed as sent. Harmless.
    OtherTypes,
    /// GBK text in an answer that is UTF-8 otherwise.
    MixedEncoding,
    /// Paid, and the listing leaves it out; the answer about it is right.
    NotListed,
    /// The listing dates it to 2099; the answer about it is right.
    Misdated,
    /// Every page of a listing holds the rows of the first one.
    FirstPageAgain,
    /// Refused in words that name the merchant or the application: 商户不存在.
    AccountUnknown,
    /// Refused as an order that the platform does not have, signed by nobody; the balance is answered.
    OrderUnknown,
    /// Refused the first time, in the platform's words for "ask again"; the right answer then. Harmless, and
    /// only xxpay has such words here.
    Busy,
}

/// So late comes an answer that is slow.
pub const SLOW_SECONDS: u64 = 30;

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 25] = [
        Self::WrongSignature,
        Self::MissingSignature,
        Self::UnknownStatus,
        Self::AnotherOrder,
        Self::Truncated,
        Self::Html,
        Self::Http500,
        Self::Http502,
        Self::Http503,
        Self::Slow,
        Self::Reset,
        Self::Redirect,
        Self::Gzip,
        Self::Huge,
        Self::RepeatedRows,
        Self::ShiftingPages,
        Self::WrongTotal,
        Self::OtherTypes,
        Self::MixedEncoding,
        Self::NotListed,
        Self::Misdated,
        Self::FirstPageAgain,
        Self::AccountUnknown,
        Self::OrderUnknown,
        Self::Busy,
    ];

    /// Whether an answer about one order is worth as much with it as without.
    #[must_use]
    pub const fn is_harmless(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::Gzip
                | Self::OtherTypes
                | Self::RepeatedRows
                | Self::ShiftingPages
                | Self::WrongTotal
                | Self::NotListed
                | Self::Misdated
                | Self::FirstPageAgain
                | Self::Busy
        )
    }

    /// The words of a refusal that it makes of an answer: `account` or `order`.
    pub(in crate::simulator) const fn refusal<T: Copy>(self, account: T, order: T) -> Option<T> {
        if matches!(self, Self::AccountUnknown) {
            Some(account)
        } else if matches!(self, Self::OrderUnknown) {
            Some(order)
        } else {
            None
        }
    }
}

/// A fault, and where it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultAt {
    /// What goes wrong.
    pub fault: Fault,
    /// At which account.
    pub account: String,
    /// In which answers: those about this order; empty for every answer of the account.
    #[serde(default)]
    pub order_no: String,
}
