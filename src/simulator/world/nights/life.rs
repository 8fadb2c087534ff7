//! One order from its first sight to its last: what the platform says of it at each moment, and
//! what the merchant's files say of it, file by file.

use super::super::draft::Draft;
use super::super::purse::{Cause, Entry, Part, arrival, payment_fee};
use super::super::{DAY, Fault, Lane, Trade, TradeStatus, ZHANGXUN_PAYOUT};
use crate::business_day::{BusinessDate, Timestamp};
use crate::simulator::platform::Fact;
use crate::status::{Kind, MerchantStatus};

/// An order over the nights.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// Numbers, and both sides' times if all goes well.
    pub(super) draft: Draft,
    /// What the platform was paid, or paid out.
    pub(super) paid_minor: i64,
    /// What the platform charges for it.
    pub(super) fee_minor: i64,
    /// What the platform thinks of it, from when on; before the first moment it has no such order.
    pub(super) states: Vec<(Timestamp, TradeStatus)>,
    /// The platform's interfaces do not tell of it before this moment, though its money is there.
    pub(super) shown_from: Option<Timestamp>,
    /// Until this moment the platform signs wrongly whatever it says of this order.
    pub(super) misread_until: Option<Timestamp>,
    /// The rows of the merchant's files, oldest first.
    pub(super) words: Vec<Word>,
    /// The first night after which the platform's money is known; `None` when nobody ever asks.
    pub(super) known_from: Option<BusinessDate>,
}

/// A row of one of the merchant's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// The business date of the file.
    pub(super) file: BusinessDate,
    pub(super) status: MerchantStatus,
    pub(super) amount_minor: i64,
    pub(super) paid_at: Option<Timestamp>,
}

impl Life {
    /// An order that both sides finish and agree about on its day.
    pub(super) fn agreed(draft: Draft) -> Self {
        let day = DAY.date_of(draft.heard_at);
        let word = Word {
            file: day,
            status: MerchantStatus::Succeeded,
            amount_minor: draft.amount_minor,
            paid_at: Some(draft.heard_at),
        };
        let begun = (draft.created_at, TradeStatus::Unpaid);
        let paid = (draft.paid_at, TradeStatus::Paid);
        Self {
            paid_minor: draft.amount_minor,
            fee_minor: contract_fee(&draft),
            // A refund is told of only when it is accepted.
            states: if draft.lane.is_refund() { vec![paid] } else { vec![begun, paid] },
            shown_from: None,
            misread_until: None,
            words: vec![word],
            known_from: Some(day),
            draft,
        }
    }

    /// An order of which the merchant writes one thing after the other: file, status, and the time
    /// of payment where it counts it as paid.
    pub(super) fn of_statuses(draft: Draft, words: &[(BusinessDate, MerchantStatus)]) -> Self {
        let word = |(file, status): &(BusinessDate, MerchantStatus)| Word {
            file: *file,
            status: *status,
            amount_minor: draft.amount_minor,
            paid_at: matches!(status, MerchantStatus::Succeeded | MerchantStatus::Refunded)
                .then_some(draft.heard_at),
        };
        let words = words.iter().map(word).collect();
        Self { words, ..Self::agreed(draft) }
    }

    /// The platform's word at a moment; `None` while it has no such order or does not tell of it.
    pub(super) fn trade(&self, now: Timestamp) -> Option<Trade> {
        if self.shown_from.is_some_and(|from| now < from) {
            return None;
        }
        let status = self.status(now)?;
        let paid = self.paid_at().filter(|paid_at| *paid_at <= now);
        let misread = self.misread_until.is_some_and(|until| now < until);
        let trade = self.draft.trade(status);
        Some(Trade {
            amount_minor: self.paid_minor,
            fee_minor: self.fee_minor,
            paid_at: trade.paid_at.and(paid),
            fault: if misread { Fault::WrongSignature } else { Fault::None },
            ..trade
        })
    }

    /// What the platform thinks at a moment.
    pub(super) fn status(&self, now: Timestamp) -> Option<TradeStatus> {
        let begun = self.states.iter().take_while(|(from, _)| *from <= now);
        begun.last().map(|(_, status)| *status)
    }

    /// When the platform was paid.
    pub(super) fn paid_at(&self) -> Option<Timestamp> {
        let paid = self.states.iter().find(|(_, status)| *status == TradeStatus::Paid);
        paid.map(|(at, _)| *at)
    }

    /// What it does to what its account holds. Payouts that are under way are frozen; who gives a
    /// payment back does not get its fee back.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let Lane { account, kind, .. } = self.draft.lane;
        let (paid, fee) = (self.paid_minor, self.fee_minor);
        let (both, minus) = (paid.saturating_add(fee), i64::saturating_neg);
        let mut entries = Vec::new();
        for (at, status) in &self.states {
            let lines = match (kind, status) {
                (Kind::Payment, TradeStatus::Paid) => [
                    (arrival(account), paid, Some(Cause::Payments)),
                    (arrival(account), minus(fee), Some(Cause::PaymentFees)),
                ],
                (Kind::Payment, TradeStatus::Refunded) => [
                    (Part::Available, minus(paid), Some(Cause::Refunds)),
                    (Part::Available, 0, None),
                ],
                (Kind::Refund, TradeStatus::Paid) => [
                    (arrival(account), minus(paid), Some(Cause::Refunds)),
                    (arrival(account), minus(fee), Some(Cause::Refunds)),
                ],
                (Kind::Payout, TradeStatus::Unpaid) => {
                    [(Part::Available, minus(both), None), (Part::Frozen, both, None)]
                }
                (Kind::Payout, TradeStatus::Paid) => [
                    (Part::Frozen, minus(paid), Some(Cause::Payouts)),
                    (Part::Frozen, minus(fee), Some(Cause::PayoutFees)),
                ],
                (Kind::Payout, TradeStatus::Failed) => {
                    [(Part::Frozen, minus(both), None), (Part::Available, both, None)]
                }
                _ => continue,
            };
            // Whoever asks about a payment that was given back hears of it at once.
            let is_back = *status == TradeStatus::Refunded;
            let known_from = if is_back { Some(DAY.date_of(*at)) } else { self.known_from };
            entries.extend(lines.map(|(part, minor, cause)| Entry {
                account,
                at: *at,
                part,
                minor,
                cause,
                known_from,
            }));
        }
        entries
    }

    /// What the merchant's books say after the file of a date was read: every row of the last file
    /// that has the order.
    pub(super) fn booked(&self, date: BusinessDate) -> impl Iterator<Item = &Word> {
        let last = self.words.iter().map(|word| word.file).filter(|file| *file <= date).max();
        self.words.iter().filter(move |word| Some(word.file) == last)
    }

    /// The business day on which the platform's money is dated, as far as the platform dates it;
    /// else that of the merchant.
    pub(super) fn provider_date(&self, date: BusinessDate) -> Option<BusinessDate> {
        let paid_at = self.paid_at()?;
        if self.draft.lane.has(Fact::Time) {
            return Some(DAY.date_of(paid_at));
        }
        let booked = self.booked(date).find_map(|word| word.paid_at);
        Some(DAY.date_of(booked.unwrap_or(self.draft.created_at)))
    }
}

impl Word {
    /// The business day to which the row belongs.
    pub(super) fn date(&self, created_at: Timestamp) -> BusinessDate {
        DAY.date_of(self.paid_at.unwrap_or(created_at))
    }
}

/// The first day on which a payout at zhangxun costs 1.50 instead of 2.00, by contract.
pub(super) const NEW_FEE_FROM: &str = "2026-09-22";

/// What the contract says: 0.38 % of a payment, half a fen rounded up; a fixed sum per payout.
pub(super) fn contract_fee(draft: &Draft) -> i64 {
    let day = DAY.date_of(draft.paid_at);
    match draft.lane.kind {
        Kind::Payment => payment_fee(draft.amount_minor),
        Kind::Payout
            if draft.lane == ZHANGXUN_PAYOUT && day.to_string().as_str() >= NEW_FEE_FROM =>
        {
            150
        }
        Kind::Payout => 200,
        Kind::Refund => 0,
    }
}
