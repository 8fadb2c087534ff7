//! A disagreement between the two sides: its type, its state, its stable id. A value, not an error.

pub mod pattern;
mod reason;
mod severity;

pub use reason::Reason;
pub use severity::{SeverityBand, SeverityBands};

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, Timestamp};
use crate::money::{Currency, hundredths};
use crate::order::OrderKey;
use crate::reading::{Assurance, Source};
use crate::status::{MerchantStatus, ProviderStatus, coded};

coded! {
    /// What disagrees (`docs/contract.md` §4).
    DiscrepancyType {
        /// The provider has money that the merchant does not know.
        MissingAtMerchant = 1, "missing_at_merchant";
        /// The merchant counts money, the provider has no such order.
        MissingAtProvider = 2, "missing_at_provider";
        /// 掉单: the provider was paid, the merchant does not count it.
        PaidOnlyAtProvider = 3, "paid_only_at_provider";
        /// The merchant counts money that the provider did not get.
        PaidOnlyAtMerchant = 4, "paid_only_at_merchant";
        /// Neither side has finished.
        StillPending = 5, "still_pending";
        /// No trustworthy answer.
        Unproved = 6, "unproved";
        /// The two statuses contradict each other, no money is counted.
        StatusMismatch = 7, "status_mismatch";
        /// The provider gave the money back, the merchant does not know.
        RefundedOnlyAtProvider = 8, "refunded_only_at_provider";
        /// The merchant gave the money back, the provider does not know.
        RefundedOnlyAtMerchant = 9, "refunded_only_at_merchant";
        /// The provider investigates.
        Held = 10, "held";
        /// Two currencies.
        CurrencyMismatch = 11, "currency_mismatch";
        /// Two amounts.
        AmountMismatch = 12, "amount_mismatch";
        /// The fee is not the agreed one.
        FeeMismatch = 13, "fee_mismatch";
        /// Refunds exceed their payment.
        OverRefund = 14, "over_refund";
        /// One order number, two contents in the merchant's file.
        DuplicateAtMerchant = 15, "duplicate_at_merchant";
        /// One provider transaction listed twice with different content.
        DuplicateAtProvider = 16, "duplicate_at_provider";
        /// Two succeeded provider transactions for one merchant order.
        PaidTwice = 17, "paid_twice";
        /// Both sides agree, on different days.
        CrossDay = 18, "cross_day";
        /// Opening balance and movements do not make the closing balance.
        BalanceMismatch = 19, "balance_mismatch";
        /// A settlement is not the sum of its rows.
        SettlementMismatch = 20, "settlement_mismatch";
        /// The provider has it, and the merchant's row of it could not be read.
        RefusedAtMerchant = 21, "refused_at_merchant";
    }
}

impl DiscrepancyType {
    /// Whether it is about an account as a whole and not about a pair: it is in no daily total, and
    /// pairs are judged without it.
    pub const fn is_of_account(self) -> bool {
        matches!(self, Self::BalanceMismatch | Self::SettlementMismatch)
    }
}

coded! {
    /// Where a discrepancy is in its life.
    State {
        /// May close by itself; not yet old enough to worry.
        Timing = 1, "timing";
        /// To be worked on.
        Open = 2, "open";
        /// 挂账: booked to a suspense account until explained.
        Suspense = 3, "suspense";
        /// A person found the cause and removed it; or both sides came to agree.
        Resolved = 4, "resolved";
        /// A person gave it up.
        WrittenOff = 5, "written_off";
    }
}

impl State {
    /// Whether nobody has to look at it any more.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::WrittenOff)
    }
}

coded! {
    /// Who has more money, in words that do not depend on whose books one stands in.
    Direction {
        /// 渠道多.
        ProviderMore = 1, "provider_more";
        /// 渠道少.
        ProviderLess = 2, "provider_less";
        /// 无.
        None = 3, "none";
    }
}

impl Direction {
    /// The direction of a signed difference (provider − merchant).
    pub const fn of(difference_minor: i64) -> Self {
        if difference_minor > 0 {
            Self::ProviderMore
        } else if difference_minor < 0 {
            Self::ProviderLess
        } else {
            Self::None
        }
    }
}

coded! {
    /// How urgent, by amount and age.
    Severity {
        /// Look when there is time.
        Low = 1, "low";
        /// Look this week.
        Medium = 2, "medium";
        /// Look today.
        High = 3, "high";
        /// Look now.
        Critical = 4, "critical";
    }
}

/// Which question about a pair a discrepancy answers: part of its identity.
///
/// A pair has at most one discrepancy per aspect (and transaction), so that a lost callback that was
/// first seen as "still pending" keeps its id and its first-seen date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The cell of the verdict table.
    Status,
    /// Two succeeded sides, two amounts.
    Amount,
    /// Two succeeded sides, two currencies: the row in the merchant's.
    Currency,
    /// The row in the provider's.
    CurrencyProvider,
    /// The fee.
    Fee,
    /// More refunded than paid.
    OverRefund,
    /// The merchant's second content.
    DuplicateAtMerchant,
    /// The provider's second content.
    DuplicateAtProvider,
    /// A second transaction.
    PaidTwice,
    /// The row on the merchant's day.
    CrossDayMerchant,
    /// The row on the provider's day.
    CrossDayProvider,
    /// The balance of an account.
    Balance,
    /// A settlement of an account.
    Settlement,
}

impl Aspect {
    const fn code(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::CurrencyProvider => "currency_provider",
            Self::Fee => "fee",
            Self::OverRefund => "over_refund",
            Self::DuplicateAtMerchant => "duplicate_at_merchant",
            Self::DuplicateAtProvider => "duplicate_at_provider",
            Self::PaidTwice => "paid_twice",
            Self::CrossDayMerchant => "cross_day_merchant",
            Self::CrossDayProvider => "cross_day_provider",
            Self::Balance => "balance",
            Self::Settlement => "settlement",
        }
    }
}

/// The stable id of a discrepancy: the same pair, aspect and transaction give the same id for ever.
///
/// `DZ` and 16 letters and digits that no spreadsheet takes for a number. `transaction` tells apart
/// what one aspect can have several of: a provider order number or an occurrence; else it is empty.
pub fn discrepancy_id(key: &OrderKey, aspect: Aspect, transaction: &str) -> String {
    let stream = &key.stream;
    let parts =
        [&*stream.account, stream.kind.code(), &stream.product, &key.order_no, aspect.code()];
    id("DZ", parts.into_iter().chain([transaction]))
}

/// A stable id of these parts: `prefix` and 16 letters and digits that no spreadsheet takes for a number.
fn id<'a>(prefix: &str, parts: impl Iterator<Item = &'a str>) -> String {
    // Crockford's alphabet without the letter E, so that no id reads as a power of ten.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDFGHJKMNPQRSTUVWXYZ";
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let letters = digest
        .iter()
        .take(16)
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter));
    prefix.chars().chain(letters).collect()
}

/// As the end of a wait: it does not become open by age.
pub const NOT_YET: Timestamp = Timestamp::from_epoch_seconds(i64::MAX);

/// One discrepancy as the ledger keeps it and the report shows it.
///
/// Everything in here follows from both sides' words and the business date of the run; nothing
/// depends on the clock, so the same inputs give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// Stable id, see [`discrepancy_id`].
    pub id: String,
    /// The pair.
    pub key: OrderKey,
    /// What disagrees.
    pub kind: DiscrepancyType,
    /// The business day on which its money is dated.
    pub business_date: BusinessDate,
    /// The business date of the run that first saw it.
    pub first_seen: BusinessDate,
    /// Until when it is timing rather than open; `None` for what is open at once. Exclusive: at the
    /// end of a business day that is at or after this moment it is open.
    pub timing_until: Option<Timestamp>,
    /// Where it is in its life. [`State::Timing`] and [`State::Open`] are told apart by
    /// `timing_until` and the day that is asked for, see [`Discrepancy::state_on`].
    pub state: State,
    /// The business date of the run that closed it.
    pub closed_on: Option<BusinessDate>,
    /// Signed, provider − merchant, in fen. A pair carries its difference on one row only.
    pub difference_minor: i64,
    /// The provider's own number; empty when unknown.
    pub provider_order_no: String,
    /// The refunded payment; empty otherwise.
    pub original_order_no: String,
    /// What the row's figures are of. An amount of a side in another currency is not on it.
    pub currency: Currency,
    /// The merchant's stated amount in its smallest unit; `None` when it has no order.
    pub merchant_amount_minor: Option<i64>,
    /// The provider's stated amount in its smallest unit; `None` when it states none.
    pub provider_amount_minor: Option<i64>,
    /// The fee that was expected, in fen.
    pub merchant_fee_minor: Option<i64>,
    /// The fee that the provider states, in fen.
    pub provider_fee_minor: Option<i64>,
    /// `None`: the merchant has no such order.
    pub merchant_status: Option<MerchantStatus>,
    /// What the provider says.
    pub provider_status: ProviderStatus,
    /// The merchant's `paid_at`, else `created_at`.
    pub merchant_time: Option<Timestamp>,
    /// The provider's time of payment.
    pub provider_time: Option<Timestamp>,
    /// What the judgement rests on.
    pub evidence: Evidence,
    /// Reason code of the resolution; empty while there is none.
    pub resolution: String,
    /// Who resolved it; empty while nobody has.
    pub resolved_by: String,
    /// What that person noted.
    pub resolution_note: String,
}

impl Discrepancy {
    /// The state as of the end of a business day: waiting items become open with age.
    pub fn state_on(&self, end_of_day: Timestamp) -> State {
        match self.state {
            State::Timing | State::Open => match self.timing_until {
                Some(until) if end_of_day < until => State::Timing,
                Some(_) | None => State::Open,
            },
            State::Suspense | State::Resolved | State::WrittenOff => self.state,
        }
    }

    /// The fen that are at stake: the difference where the row carries one, else the difference of
    /// the fees or of what an account should and does hold, else the larger of the two stated
    /// amounts.
    pub fn at_stake_minor(&self) -> u64 {
        if self.difference_minor != 0 {
            return self.difference_minor.unsigned_abs();
        }
        let fees = self.merchant_fee_minor.zip(self.provider_fee_minor);
        if self.kind == DiscrepancyType::FeeMismatch
            && let Some((expected, charged)) = fees
        {
            return charged.abs_diff(expected);
        }
        let amounts = [self.merchant_amount_minor, self.provider_amount_minor];
        if let ([Some(expected), Some(stated)], true) = (amounts, self.kind.is_of_account()) {
            return stated.abs_diff(expected);
        }
        amounts.into_iter().flatten().map(i64::unsigned_abs).max().unwrap_or(0)
    }
}

impl Discrepancy {
    /// What is at stake in hundredths of a whole unit of the row's currency: what bounds in yuan compare.
    pub fn at_stake_hundredths(&self) -> u64 {
        hundredths(self.at_stake_minor(), self.currency)
    }
}

/// By whose time a provider's money is dated, see [`crate::rules::dating`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFrom {
    /// The decisive word states it, or there is no money to date.
    Stated,
    /// Another word of the provider states it.
    Other(Source),
    /// No word does; it is the first answer that found the order final.
    FirstFinal,
    /// Nor is that known; it is the merchant's.
    Merchant,
}

impl TimeFrom {
    /// What another word's number in the ledger is added to.
    const OTHER: i16 = 2;

    /// Its number in the ledger.
    pub const fn number(self) -> i16 {
        match self {
            Self::Stated => 0,
            Self::Merchant => 1,
            Self::FirstFinal => 2,
            Self::Other(source) => Self::OTHER.saturating_add(source.number()),
        }
    }

    /// The one with a number.
    pub fn from_number(number: i16) -> Option<Self> {
        match number {
            0 => Some(Self::Stated),
            1 => Some(Self::Merchant),
            2 => Some(Self::FirstFinal),
            other => Source::from_number(other.checked_sub(Self::OTHER)?).map(Self::Other),
        }
    }
}

/// What a judgement rests on, without anything that differs between two runs over the same inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The way the decisive reading came; `None` when there is none.
    pub source: Option<Source>,
    /// The provider's name of the interface.
    pub interface: String,
    /// What proves it.
    pub assurance: Assurance,
    /// The provider's own status or error code.
    pub status_code: String,
    /// The provider states no amount: the merchant's was taken for the totals.
    pub amount_assumed: bool,
    /// By whose time the money is dated.
    pub time_from: TimeFrom,
    /// When the shop received the provider's verified callback that says `succeeded`, where the shop
    /// does not count the money all the same. `None` where no such callback is known, which says
    /// nothing: not every shop's log is imported.
    pub callback_at: Option<Timestamp>,
    /// The source and the interface of the reading whose amount was taken, where the decisive one
    /// states none: what the amount rests on, and nothing else does.
    pub amount_from: Option<(Source, String)>,
    /// The date of the provider's last answer about the pair, where it could not be asked again in the
    /// night: the judgement is as old as that.
    pub answered_on: Option<BusinessDate>,
}

impl Evidence {
    /// Nothing was said.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            source: None,
            interface: String::new(),
            assurance: Assurance::None,
            status_code: String::new(),
            amount_assumed: false,
            time_from: TimeFrom::Stated,
            callback_at: None,
            amount_from: None,
            answered_on: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_time_it_is_has_one_number_each() {
        let others = Source::ALL.iter().map(|source| TimeFrom::Other(*source));
        let all = [TimeFrom::Stated, TimeFrom::Merchant, TimeFrom::FirstFinal];
        for (number, from) in (0..).zip(all.into_iter().chain(others)) {
            assert_eq!(from.number(), number);
            assert_eq!(TimeFrom::from_number(number), Some(from));
        }
        assert_eq!(TimeFrom::from_number(-1), None);
        assert_eq!(TimeFrom::from_number(99), None);
    }
    use crate::order::Stream;
    use crate::status::Kind;

    #[test]
    fn an_id_is_stable_and_tells_aspects_apart() {
        let key = OrderKey {
            stream: Stream {
                account: "mmsp-main".to_owned(),
                kind: Kind::Payment,
                product: "quick".to_owned(),
            },
            order_no: "20261120000001".to_owned(),
        };
        let id = discrepancy_id(&key, Aspect::Status, "");
        assert_eq!(id, discrepancy_id(&key, Aspect::Status, ""));
        assert_eq!(id.len(), 18);
        assert_ne!(id, discrepancy_id(&key, Aspect::Amount, ""));
        assert_ne!(id, discrepancy_id(&key, Aspect::Status, "1"));
    }
}
