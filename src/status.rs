//! The closed lists: kinds, what the merchant says, what a provider says.
//!
//! Each value has one code, used in files, logs and reports, and one number, used in the ledger.

/// Defines an enum whose values have a code (files, reports) and a number (ledger).
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $number:literal, $code:literal;)+ }) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code in files and reports.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The value with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The number in the ledger. Never changes once released.
            pub const fn number(self) -> i16 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The value with this number.
            pub const fn from_number(number: i16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// What kind of movement an order asks for.
    Kind {
        /// A customer pays the merchant.
        Payment = 1, "payment";
        /// The merchant pays somebody.
        Payout = 2, "payout";
        /// The merchant gives a payment back.
        Refund = 3, "refund";
    }
}

coded! {
    /// What the merchant's own books say of an order (`docs/contract.md` §3).
    MerchantStatus {
        /// Not finished.
        Pending = 1, "pending";
        /// Counted as money.
        Succeeded = 2, "succeeded";
        /// Did not happen.
        Failed = 3, "failed";
        /// Given up by the merchant before it happened.
        Closed = 4, "closed";
        /// Happened and was given back.
        Refunded = 5, "refunded";
    }
}

coded! {
    /// What a provider says of an order: the eight columns of the verdict table (`docs/contract.md` §4).
    ///
    /// [`Self::NotFound`] and [`Self::Unproved`] are answers, not statuses: "no such order", and
    /// "no trustworthy answer".
    ProviderStatus {
        /// A trustworthy "no such order".
        NotFound = 1, "not_found";
        /// No trustworthy answer: outage, bad or missing signature, unknown code, another order.
        Unproved = 2, "unproved";
        /// Not finished.
        Pending = 3, "pending";
        /// Paid, respectively paid out or accepted.
        Succeeded = 4, "succeeded";
        /// Did not happen.
        Failed = 5, "failed";
        /// Paid and given back.
        Refunded = 6, "refunded";
        /// A payout that was paid and sent back by the bank.
        Returned = 7, "returned";
        /// Under investigation.
        Held = 8, "held";
    }
}

coded! {
    /// How far an account could be proved on a night (`docs/contract.md` §5).
    Verdict {
        /// Everything that the provider can be asked was answered and verified.
        Complete = 1, "complete";
        /// Asked, and there was no trade.
        ProvedEmpty = 2, "proved_empty";
        /// Some answers are missing or not trustworthy.
        Incomplete = 3, "incomplete";
        /// The provider does not have the day yet.
        NotReady = 4, "not_ready";
        /// Nothing usable.
        Failed = 5, "failed";
        /// No order of ours that day, and the platform cannot list: there was nothing to ask.
        Unasked = 6, "unasked";
    }
}

impl Verdict {
    /// Whether it says that something was asked, answered and verified.
    pub const fn is_proved(self) -> bool {
        matches!(self, Self::Complete | Self::ProvedEmpty)
    }

    /// Whether the night can be trusted for an account. `is_spoken_against`: something speaks against it; an
    /// account about which nothing could be asked is as good as the day's orders, which is said there.
    pub const fn is_trusted(self, is_spoken_against: bool) -> bool {
        self.is_proved() || (matches!(self, Self::Unasked) && !is_spoken_against)
    }
}

coded! {
    /// From how many sides an account was seen (`docs/contract.md` §5).
    Coverage {
        /// The provider listed its own transactions.
        TwoSided = 1, "two_sided";
        /// Only orders that the merchant knows could be asked.
        OneSided = 2, "one_sided";
        /// The provider states no amounts.
        StatusOnly = 3, "status_only";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_numbers_go_both_ways() {
        for status in ProviderStatus::ALL {
            assert_eq!(ProviderStatus::from_code(status.code()), Some(*status));
            assert_eq!(ProviderStatus::from_number(status.number()), Some(*status));
        }
        for status in MerchantStatus::ALL {
            assert_eq!(MerchantStatus::from_code(status.code()), Some(*status));
            assert_eq!(MerchantStatus::from_number(status.number()), Some(*status));
        }
        assert_eq!(Kind::from_code("Payment"), None);
        assert_eq!(Kind::from_number(0), None);
    }
}
