//! What of settlements and bridges disagrees: discrepancies of an account, which belong to no pair.

use std::collections::BTreeSet;

use super::{Balanced, BankGap, BankItem, BankJudged, Reliance, Request, SettledAccount};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::{Aspect, Discrepancy, DiscrepancyType, Evidence, State, discrepancy_id};
use crate::ledger::DiscrepancyChange;
use crate::money::{Currency, yuan};
use crate::order::{OrderKey, Stream};
use crate::rules::bridge::RestOrder;
use crate::rules::lifecycle::{self, BothSides, Circumstances};
use crate::rules::note::Well;
use crate::rules::settlement::{SettlementRow, SettlementState};
use crate::status::{Kind, MerchantStatus, ProviderStatus};

/// Under which key the balance of a business date is kept.
pub(super) fn balance_key(account: &str, date: BusinessDate) -> OrderKey {
    key(account, format!("BALANCE-{date}"))
}

/// Under which key a settlement is kept: the cycle, the date, and the product where it has one.
pub fn settlement_key(account: &str, row: &SettlementRow, date: BusinessDate) -> OrderKey {
    let product = row.product.as_deref().filter(|product| !product.is_empty());
    let product = product.map_or_else(String::new, |product| format!("-{product}"));
    key(account, format!("SETTLEMENT-{}-{date}{product}", row.cycle))
}

fn key(account: &str, order_no: String) -> OrderKey {
    let (account, kind, product) = (account.to_owned(), Kind::Payment, String::new());
    OrderKey { stream: Stream { account, kind, product }, order_no }
}

/// Every key under which an account may have a discrepancy of its own for what was settled.
pub fn keys(settled: &SettledAccount) -> Vec<OrderKey> {
    let name = &settled.account;
    let older = settled.older.iter().map(|(date, _)| *date);
    let bridges = older.chain([settled.date.plus_days(-1), settled.date]);
    let mut keys: BTreeSet<OrderKey> = bridges.map(|date| balance_key(name, date)).collect();
    keys.extend(settled.bank.iter().map(|item| key(name, item.order_no.clone())));
    for row in &settled.rows {
        if let Ok(date) = row.date {
            keys.insert(settlement_key(name, row, date));
            // It may have been settled together with others, or not, when it was looked at before.
            let whole = SettlementRow { product: None, ..row.clone() };
            keys.insert(settlement_key(name, &whole, date));
        }
    }
    keys.into_iter().collect()
}

/// What the ledger has under [`keys`].
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    /// As it is now.
    pub known: &'a [Discrepancy],
    /// As the report of the date shows it.
    pub shown: &'a [Discrepancy],
    /// The date; the one after the last night where the date is settled again after later ones.
    pub as_of: BusinessDate,
}

/// What has to be written about an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// From now on.
    pub from_now_on: Vec<DiscrepancyChange>,
    /// In the report of the date only.
    pub restated: Vec<Discrepancy>,
}

/// What has to be written so that the account's discrepancies are as it was settled.
///
/// What cannot be judged (a day is not proved, a balance is missing) is left as it is. A date that is
/// settled again after later ones says in its own report what was paid until then, but what was paid
/// since decides from now on.
pub fn changes(settled: &SettledAccount, books: Books<'_>, request: &Request<'_>) -> Changes {
    let name = &settled.account;
    let night = request.night;
    let is_tonight = books.as_of == night.date;
    let mut changes = Changes::default();
    let of = |all: &[Discrepancy], key: &OrderKey| -> Vec<Discrepancy> {
        all.iter().filter(|it| it.key == *key).cloned().collect()
    };
    let mut put = |key: &OrderKey, fresh: Option<Discrepancy>, well: Well, lasts: bool| {
        let both_sides = BothSides::of_account(well);
        let that_day = Circumstances {
            date: night.date,
            as_of: night.date,
            now: night.now,
            both_sides: &both_sides,
        };
        let circumstances = Circumstances { as_of: books.as_of, ..that_day };
        let mut from_now_on = Vec::new();
        if is_tonight || lasts {
            from_now_on =
                lifecycle::of_account(fresh.clone(), &of(books.known, key), circumstances);
        }
        let shown = of(books.shown, key);
        let that_day = lifecycle::of_account(fresh, &shown, that_day);
        let restated = {
            let books = (&*shown, &*of(books.known, key));
            lifecycle::restated(&from_now_on, that_day, books, is_tonight)
        };
        changes.restated.extend(restated);
        changes.from_now_on.extend(from_now_on);
    };
    let older = settled.older.iter().map(|(date, balanced)| (*date, balanced));
    let last = [(settled.date.plus_days(-1), &settled.before), (settled.date, &settled.balanced)];
    for (date, balanced) in older.chain(last) {
        let key = balance_key(name, date);
        match balance(&key, date, balanced, request) {
            Judged::Open => {}
            Judged::Well => put(&key, None, Well::Balance, true),
            Judged::Wrong(fresh) => put(&key, Some(*fresh), Well::Balance, true),
        }
    }
    for BankItem { order_no, date, judged } in &settled.bank {
        let key = key(name, order_no.clone());
        let fresh = match judged {
            BankJudged::Open => continue,
            BankJudged::Well => None,
            BankJudged::Gap(gap) => Some(bank_gap(&key, *date, gap, request)),
        };
        put(&key, fresh, Well::Bank, false);
    }
    let mut seen = BTreeSet::new();
    for row in &settled.rows {
        let Ok(date) = row.date else { continue };
        let key = settlement_key(name, row, date);
        if !row.unproved.is_empty() && row.state != SettlementState::Settled {
            seen.insert(key);
            continue;
        }
        let is_wrong = row.state == SettlementState::Mismatch && !row.is_part;
        let fresh = is_wrong.then(|| settlement(&key, date, row, request));
        put(&key, fresh, Well::Settlement, false);
        seen.insert(key);
    }
    // A key that no row has any more: the money came for one product instead of all, or the reverse.
    for key in keys(settled).into_iter().filter(|key| !seen.contains(key)) {
        if key.order_no.starts_with("SETTLEMENT-") {
            put(&key, None, Well::OtherName, false);
        }
    }
    changes
}

/// What a bridge comes to.
enum Judged {
    /// Nothing can be said.
    Open,
    /// It ties.
    Well,
    /// It does not.
    Wrong(Box<Discrepancy>),
}

fn balance(
    key: &OrderKey,
    date: BusinessDate,
    balanced: &Balanced,
    request: &Request<'_>,
) -> Judged {
    let Balanced::Built(built, reliance) = balanced else { return Judged::Open };
    let end_of_last = match reliance {
        Reliance::Proved => {
            let last = super::last_day(built, request.business_day);
            (last > date).then(|| request.business_day.end_of(last))
        }
        Reliance::Ahead(until) => Some(*until),
        Reliance::Unproved(_) | Reliance::OtherParts => return Judged::Open,
    };
    let tolerance = request.tolerance_minor.max(0).unsigned_abs();
    if built.unexplained_minor.unsigned_abs() <= tolerance {
        return Judged::Well;
    }
    let base = blank(key, DiscrepancyType::BalanceMismatch, date, request);
    Judged::Wrong(Box::new(Discrepancy {
        id: discrepancy_id(key, Aspect::Balance, ""),
        timing_until: end_of_last,
        merchant_amount_minor: Some(built.expected_minor),
        provider_amount_minor: Some(built.closing.held_minor),
        merchant_time: Some(built.opening.as_of),
        provider_time: Some(built.closing.as_of),
        evidence: Evidence {
            status_code: built.rest_order.as_ref().map(RestOrder::to_string).unwrap_or_default(),
            ..Evidence::none()
        },
        ..base
    }))
}

fn settlement(
    key: &OrderKey,
    date: BusinessDate,
    row: &SettlementRow,
    request: &Request<'_>,
) -> Discrepancy {
    let base = blank(key, DiscrepancyType::SettlementMismatch, date, request);
    let provider_status = if row.settled_minor.is_some() {
        ProviderStatus::Succeeded
    } else {
        ProviderStatus::NotFound
    };
    Discrepancy {
        id: discrepancy_id(key, Aspect::Settlement, ""),
        merchant_amount_minor: Some(row.net_minor),
        provider_amount_minor: Some(row.settled_minor.unwrap_or(0)),
        provider_status,
        resolution_note: String::new(),
        evidence: Evidence { status_code: made_of(row), ..Evidence::none() },
        ..base
    }
}

/// What a platform paid out and what the bank received, where they are not the same.
fn bank_gap(
    key: &OrderKey,
    date: BusinessDate,
    gap: &BankGap,
    request: &Request<'_>,
) -> Discrepancy {
    let has_arrived = gap.received_minor.is_some();
    let status = if has_arrived { ProviderStatus::Succeeded } else { ProviderStatus::NotFound };
    Discrepancy {
        id: discrepancy_id(key, Aspect::Settlement, ""),
        merchant_amount_minor: Some(gap.stated_minor.unwrap_or(0)),
        provider_amount_minor: Some(gap.received_minor.unwrap_or(0)),
        merchant_status: gap.stated_minor.map(|_| MerchantStatus::Succeeded),
        provider_status: status,
        provider_order_no: gap.reference.clone(),
        currency: gap.currency,
        evidence: Evidence { status_code: gap.about.to_string(), ..Evidence::none() },
        ..blank(key, DiscrepancyType::SettlementMismatch, date, request)
    }
}

/// The settlement's parts in one line.
fn made_of(row: &SettlementRow) -> String {
    let parts = &row.parts;
    format!(
        "{}/{}: {} - {} - {} - {} - {} = {}",
        row.from,
        row.to,
        yuan(parts.gross_minor),
        yuan(parts.refunds_minor),
        yuan(parts.fees_minor),
        yuan(parts.payouts_minor),
        yuan(parts.payout_fees_minor),
        yuan(row.net_minor),
    )
}

fn blank(
    key: &OrderKey,
    kind: DiscrepancyType,
    business_date: BusinessDate,
    request: &Request<'_>,
) -> Discrepancy {
    let none: Option<Timestamp> = None;
    Discrepancy {
        id: String::new(),
        key: key.clone(),
        kind,
        business_date,
        first_seen: request.night.date,
        timing_until: none,
        state: State::Open,
        closed_on: None,
        difference_minor: 0,
        provider_order_no: String::new(),
        original_order_no: String::new(),
        currency: Currency::CNY,
        merchant_amount_minor: None,
        provider_amount_minor: None,
        merchant_fee_minor: None,
        provider_fee_minor: None,
        merchant_status: Some(MerchantStatus::Succeeded),
        provider_status: ProviderStatus::Succeeded,
        merchant_time: none,
        provider_time: none,
        evidence: Evidence::none(),
        resolution: String::new(),
        resolved_by: String::new(),
        resolution_note: String::new(),
    }
}
