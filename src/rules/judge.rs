//! The judgement of one pair: a pure function from both sides' words to what disagrees.

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::FeeRule;
use crate::discrepancy::{Aspect, DiscrepancyType, Evidence, NOT_YET, TimeFrom};
use crate::money::{Currency, Money};
use crate::order::Order;
use crate::reading::{Pair, Reading, Source};
use crate::rules::callback::callback_at;
use crate::rules::dating;
use crate::rules::fee::{Chosen, Paid, expected_by, rule_of};
use crate::rules::file_alone::file_alone;
use crate::rules::finality;
use crate::rules::given_back::GivenBack;
use crate::rules::transactions::{Transaction, Transactions, transactions};
use crate::rules::verdict_table::{Cell, cell};
use crate::status::{MerchantStatus, ProviderStatus};

/// What a judgement depends on besides the pair.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Which moment belongs to which date.
    pub business_day: BusinessDay,
    /// Fen by which amounts in yuan may differ; those in other currencies may not, see [`tolerance`].
    pub tolerance_minor: i64,
    /// Seconds for which a waiting item is timing.
    pub timing_window_seconds: i64,
    /// The account's contract rates.
    pub fees: &'a [FeeRule],
    /// The provider has listed, whole, the succeeded transactions of the pair's stream and day.
    pub listed: bool,
    /// The provider can be asked about orders of the pair's stream.
    pub offered: bool,
    /// Where the platform is known by its bills alone, and they tell of such orders: what they say of giving
    /// the pair's money back. `listed` is then that a bill is the whole of the day of the merchant's order.
    pub by_bill: Option<GivenBack>,
    /// The end of the business day that is judged: whoever was asked in its night was asked since. `None`
    /// while it is running.
    pub asked_since: Option<Timestamp>,
}

/// The status code of evidence where the provider has no interface for the question.
pub const NOT_OFFERED: &str = "not_offered";

/// The status code of evidence where a bill that is the whole of the day does not have an order.
pub const NOT_IN_BILL: &str = "not_in_bill";

/// The status code of evidence where the platform is known by its bills alone, and none that is the whole of
/// the order's day is there.
pub const NO_BILL: &str = "no_bill";

/// Money of one side, dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatedMoney {
    /// The business date that the side itself gives it.
    pub date: BusinessDate,
    /// How much.
    pub money: Money,
    /// The provider does not state the amount; the merchant's was taken.
    pub assumed: bool,
}

/// One thing that disagrees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which question about the pair it answers.
    pub aspect: Aspect,
    /// Tells apart what one aspect can have several of; else empty.
    pub transaction: String,
    /// What disagrees.
    pub kind: DiscrepancyType,
    /// The business day on which its money is dated.
    pub business_date: BusinessDate,
    /// Until when it is timing; `None` for what is open at once.
    pub timing_until: Option<Timestamp>,
    /// Provider − merchant, in the smallest unit of `currency`.
    pub difference_minor: i64,
    /// What the difference is of: that of the money which is counted, else the merchant's.
    pub currency: Currency,
    /// The merchant's row it is about.
    pub order: Option<Order>,
    /// The provider's side of it.
    pub provider: ProviderSide,
    /// The fee that was expected, in fen.
    pub expected_fee_minor: Option<i64>,
}

/// The provider's side of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSide {
    /// Its number; empty when unknown.
    pub provider_order_no: String,
    /// Its status, or not-found or unproved.
    pub status: ProviderStatus,
    /// The stated amount in fen.
    pub amount_minor: Option<i64>,
    /// The stated fee in fen.
    pub fee_minor: Option<i64>,
    /// When its money is dated: the stated time of payment, else the one of [`dating::paid_at`].
    pub paid_at: Option<Timestamp>,
    /// The stated currency.
    pub currency: Option<Currency>,
    /// The way of paying in its word; empty where it states none.
    pub way: String,
    /// What it rests on.
    pub evidence: Evidence,
}

/// What a pair comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What disagrees; empty when both sides agree.
    pub findings: Vec<Finding>,
    /// The merchant's money.
    pub merchant: Vec<DatedMoney>,
    /// The provider's money.
    pub provider: Vec<DatedMoney>,
    /// The provider gave no trustworthy answer about an order that the merchant has, or about one
    /// that only a callback or a statement file told of.
    pub unproved: bool,
    /// The merchant has an order about which the provider cannot be asked.
    pub not_offered: bool,
    /// Both sides have the order, and of the provider's nothing is known but what a statement file tells,
    /// although it can be asked.
    pub rests_on_statement: bool,
    /// Whether the fee that the provider states could be held against the contract.
    pub fee: FeeStanding,
}

/// Whether a stated fee could be held against the contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeeStanding {
    /// It could, or there is none, or nothing to hold it against.
    #[default]
    Judged,
    /// Several of the contract's rules could hold: the way of paying is stated by nobody.
    RuleUnknown,
}

/// Judges one pair by the verdict table and the comparisons of `docs/contract.md` §4.
///
/// The merchant's first row is the order; further rows with the same number are duplicates. The
/// provider's first succeeded transaction (by time of payment, then number) is the order's payment;
/// further ones were paid twice.
///
/// A statement file is signed by nobody. Where the provider can be asked and was not yet, what would
/// accuse on the file's word alone (an order of one side only, another status, a second payment) is
/// unproved, and so is what the file has and the provider denies. Either is shown with the file's money,
/// which counts nowhere.
pub fn judge(pair: &Pair, rules: &Rules<'_>) -> Judgement {
    let order = pair.orders.first();
    let mut transactions = transactions(&pair.readings);
    file_alone(&mut transactions, order, pair, rules);
    let mut side = main_side(&transactions, order, pair, rules);
    if rules.by_bill == Some(GivenBack::Whole) && side.status == ProviderStatus::Succeeded {
        if order.is_none() {
            // It is in what its payment came to.
            return Judgement::default();
        }
        side.status = ProviderStatus::Refunded;
    }
    let silent = order.is_some() && side.status == ProviderStatus::Unproved;
    let not_offered = silent && side.evidence.status_code == NOT_OFFERED;
    // A callback is the provider's word, and yet whoever can be asked has to be; about an order of
    // several transactions it may answer for another one of them, or name none.
    let is_asked = |r: &Reading| r.source == Source::Query && r.facts.status == side.status;
    let unasked = rules.offered
        && side.evidence.source == Some(Source::Notification)
        && !pair.readings.iter().any(is_asked);
    let mut judgement = Judgement {
        findings: Vec::new(),
        merchant: pair.orders.iter().filter_map(merchant_money).collect(),
        provider: Vec::new(),
        unproved: (silent && !not_offered) || unasked || transactions.claim.is_some(),
        not_offered,
        rests_on_statement: rules.offered && rests_on_statement(pair),
        fee: order.map_or(FeeStanding::Judged, |order| fee_standing(order, &side, pair, rules)),
    };
    judgement.provider.extend(provider_money(&side, order, pair, rules));
    let is_claimed = transactions.all.is_empty() && transactions.claim.is_some();
    status_finding(&mut judgement.findings, order, (&side, is_claimed), pair, rules);
    for extra in transactions.all.iter().skip(1) {
        let side = provider_side(extra, None, pair, rules);
        let money = provider_money(&side, None, pair, rules);
        second_payment(&mut judgement.findings, order, side, money, pair);
        judgement.provider.extend(money);
    }
    for transaction in &transactions.all {
        contradictions(&mut judgement.findings, order, transaction, pair, rules);
    }
    for duplicate in pair.orders.iter().skip(1) {
        judgement.findings.push(Finding {
            aspect: Aspect::DuplicateAtMerchant,
            transaction: duplicate.occurrence.to_string(),
            kind: DiscrepancyType::DuplicateAtMerchant,
            business_date: duplicate.business_date,
            timing_until: None,
            difference_minor: duplicate.money_minor().saturating_neg(),
            currency: duplicate.amount.currency,
            order: Some(duplicate.clone()),
            provider: side.clone(),
            expected_fee_minor: None,
        });
    }
    finality::as_of_last_answer(&mut judgement.findings, pair, rules);
    judgement
}

/// Whether both sides have an order, and the provider's only in a statement file.
fn rests_on_statement(pair: &Pair) -> bool {
    let is_answer = |r: &Reading| {
        r.facts.status != ProviderStatus::Unproved
            && matches!(r.source, Source::Listing | Source::Query)
    };
    let is_stated = pair.readings.iter().any(|r| r.source == Source::Statement);
    !pair.orders.is_empty() && is_stated && !pair.readings.iter().any(is_answer)
}

/// The provider's side of the merchant's first order.
pub(super) fn main_side(
    transactions: &Transactions,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) -> ProviderSide {
    transactions.all.first().map_or_else(
        || absent_side(transactions, order, rules),
        |transaction| provider_side(transaction, order, pair, rules),
    )
}

fn merchant_money(order: &Order) -> Option<DatedMoney> {
    (order.status == MerchantStatus::Succeeded).then_some(DatedMoney {
        date: order.business_date,
        money: order.amount,
        assumed: false,
    })
}

/// The provider's money, on the provider's own day; where it states no amount or time, the
/// merchant's is taken.
fn provider_money(
    side: &ProviderSide,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) -> Option<DatedMoney> {
    (side.status == ProviderStatus::Succeeded).then(|| DatedMoney {
        date: provider_date(side, order, pair, rules),
        money: side.stated().or(order.map(|o| o.amount)).unwrap_or(Money::fen(0)),
        assumed: side.amount_minor.is_none(),
    })
}

impl ProviderSide {
    /// The stated amount.
    fn stated(&self) -> Option<Money> {
        let (minor, currency) = self.amount_minor.zip(self.currency)?;
        Some(Money { minor, currency })
    }
}

/// By how much two amounts of a currency may differ: the tolerance is of yuan.
pub fn tolerance(tolerance_minor: i64, currency: Currency) -> i64 {
    if currency == Currency::CNY { tolerance_minor } else { 0 }
}

fn provider_date(
    side: &ProviderSide,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) -> BusinessDate {
    dating::date(side.paid_at, order, &pair.readings, rules.business_day)
}

fn provider_side(
    transaction: &Transaction,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) -> ProviderSide {
    let succeeded = transaction.status == ProviderStatus::Succeeded;
    let (paid_at, time_from) = dating::paid_at(transaction, &pair.past, rules.business_day);
    ProviderSide {
        provider_order_no: transaction.provider_order_no.clone(),
        status: transaction.status,
        amount_minor: transaction.amount.map(|money| money.minor),
        fee_minor: transaction.fee_minor,
        paid_at,
        currency: transaction.amount.map(|money| money.currency),
        way: transaction.way.clone(),
        evidence: Evidence {
            amount_assumed: succeeded && transaction.amount.is_none() && order.is_some(),
            time_from: if succeeded { time_from } else { TimeFrom::Stated },
            ..transaction.evidence.clone()
        },
    }
}

/// No transaction. A listing of the whole day that does not have an order which the merchant does
/// not count as money says enough: the provider did not succeed either.
fn absent_side(
    transactions: &Transactions,
    order: Option<&Order>,
    rules: &Rules<'_>,
) -> ProviderSide {
    let absence = &transactions.absence;
    let given_up =
        order.is_some_and(|o| matches!(o.status, MerchantStatus::Failed | MerchantStatus::Closed));
    // What a statement file tells of is not absent.
    let is_in_file = absence.1.source == Some(Source::Statement);
    let is_absent = (given_up || rules.by_bill.is_some()) && rules.listed && !is_in_file;
    let status = if is_absent { ProviderStatus::NotFound } else { absence.0 };
    let mut evidence = absence.1.clone();
    if rules.by_bill.is_some() && evidence.source.is_none() {
        let code = if is_absent { NOT_IN_BILL } else { NO_BILL };
        evidence.source = Some(Source::Statement);
        code.clone_into(&mut evidence.status_code);
    } else if !rules.offered && evidence.source.is_none() {
        NOT_OFFERED.clone_into(&mut evidence.status_code);
    }
    // What a file claims is shown beside the status that it does not prove.
    let claim = transactions.claim.as_ref();
    ProviderSide {
        provider_order_no: claim.map(|it| it.provider_order_no.clone()).unwrap_or_default(),
        status,
        amount_minor: claim.and_then(|it| it.amount).map(|amount| amount.minor),
        fee_minor: claim.and_then(|it| it.fee_minor),
        paid_at: claim.and_then(|it| it.paid_at),
        currency: claim.and_then(|it| it.amount).map(|amount| amount.currency),
        way: String::new(),
        evidence,
    }
}

fn status_finding(
    findings: &mut Vec<Finding>,
    order: Option<&Order>,
    (side, is_claimed): (&ProviderSide, bool),
    pair: &Pair,
    rules: &Rules<'_>,
) {
    let (kind, waits) = match cell(order.map(|o| o.status), side.status) {
        Cell::Agree if is_claimed => (DiscrepancyType::Unproved, false),
        Cell::Agree => return,
        Cell::Compare => {
            if let Some(order) = order {
                compare(findings, order, side, pair, rules);
            }
            return;
        }
        Cell::Open(DiscrepancyType::MissingAtMerchant) => (missing(pair), false),
        // What one bill does not have, its neighbour may.
        Cell::Open(kind @ (DiscrepancyType::MissingAtProvider | DiscrepancyType::Unproved))
            if rules.by_bill.is_some() =>
        {
            (kind, true)
        }
        Cell::Open(kind) => (kind, false),
        Cell::Waits(kind) => (kind, true),
    };
    // Where both count money, it is compared: here at most one of them does, in its own currency.
    let provider = provider_money(side, order, pair, rules).map(|it| it.money);
    let merchant = order.map_or(0, Order::money_minor);
    let booked = order.map(|order| order.amount.currency);
    let currency = provider.map(|money| money.currency).or(booked).or(side.currency);
    let provider = provider.map_or(0, |money| money.minor);
    let mut stated = side.clone();
    stated.evidence.callback_at = callback_at(kind, side, pair);
    let window = rules.timing_window_seconds;
    findings.push(Finding {
        aspect: Aspect::Status,
        transaction: String::new(),
        kind,
        business_date: money_date(order, side, pair, rules),
        timing_until: order
            .filter(|_| waits)
            .and_then(Order::moment)
            .map(|moment| moment.plus_seconds(window))
            .or_else(|| refund_on_its_way(kind, rules)),
        difference_minor: provider.saturating_sub(merchant),
        currency: currency.unwrap_or_default(),
        order: order.cloned(),
        provider: stated,
        expected_fee_minor: None,
    });
}

/// Until when a refund is waited for that a bill calls on its way, and that the merchant counts already.
fn refund_on_its_way(kind: DiscrepancyType, rules: &Rules<'_>) -> Option<Timestamp> {
    match rules.by_bill {
        Some(GivenBack::Processing(until)) if kind == DiscrepancyType::RefundedOnlyAtMerchant => {
            Some(until)
        }
        Some(_) | None => None,
    }
}

/// What it is that the merchant does not have an order of the provider's: where a row of its file with
/// that number was refused, nobody can say that it has none.
fn missing(pair: &Pair) -> DiscrepancyType {
    if pair.refused.is_empty() {
        DiscrepancyType::MissingAtMerchant
    } else {
        DiscrepancyType::RefusedAtMerchant
    }
}

/// The day on which a discrepancy's money is dated: the merchant's where the merchant counts money,
/// else the provider's time of payment, else the order's creation.
fn money_date(
    order: Option<&Order>,
    side: &ProviderSide,
    pair: &Pair,
    rules: &Rules<'_>,
) -> BusinessDate {
    match order {
        Some(order) if order.status == MerchantStatus::Succeeded => order.business_date,
        Some(order) if side.paid_at.is_none() && side.status != ProviderStatus::Succeeded => {
            order.created_at.map_or(order.business_date, |at| rules.business_day.date_of(at))
        }
        Some(_) | None => provider_date(side, order, pair, rules),
    }
}

fn compare(
    findings: &mut Vec<Finding>,
    order: &Order,
    side: &ProviderSide,
    pair: &Pair,
    rules: &Rules<'_>,
) {
    if order.status != MerchantStatus::Succeeded {
        return;
    }
    let provider_date = provider_date(side, Some(order), pair, rules);
    let finding = |aspect, kind, business_date, difference_minor| Finding {
        aspect,
        transaction: String::new(),
        kind,
        business_date,
        timing_until: None,
        difference_minor,
        currency: order.amount.currency,
        order: Some(order.clone()),
        provider: side.clone(),
        expected_fee_minor: None,
    };
    let amount = order.amount.minor;
    if let Some(stated) = side.stated().filter(|it| it.currency != order.amount.currency) {
        // Nothing of the two can be subtracted: each side counts in its own currency, on its own day.
        let kind = DiscrepancyType::CurrencyMismatch;
        let (ours, theirs) = (amount.saturating_neg(), stated.minor);
        findings.push(finding(Aspect::Currency, kind, order.business_date, ours));
        let theirs = finding(Aspect::CurrencyProvider, kind, provider_date, theirs);
        findings.push(Finding { currency: stated.currency, ..theirs });
        return;
    }
    if provider_date != order.business_date {
        let kind = DiscrepancyType::CrossDay;
        for (aspect, date, difference) in [
            (Aspect::CrossDayMerchant, order.business_date, amount.saturating_neg()),
            (Aspect::CrossDayProvider, provider_date, amount),
        ] {
            // It explains a difference between two days' totals and is never to be worked on.
            let timing_until = Some(NOT_YET);
            findings.push(Finding { timing_until, ..finding(aspect, kind, date, difference) });
        }
    }
    let difference = side.amount_minor.unwrap_or(amount).saturating_sub(amount);
    if difference.saturating_abs() > tolerance(rules.tolerance_minor, order.amount.currency) {
        let kind = DiscrepancyType::AmountMismatch;
        findings.push(finding(Aspect::Amount, kind, provider_date, difference));
    }
    let Some(charged) = side.fee_minor else { return };
    // The fee due is that of what the provider counted, on its day.
    let counted = side.amount_minor.unwrap_or(amount);
    let counted = Money { minor: counted, currency: order.amount.currency };
    let by_contract = || expected_by(chosen(order, side, pair, rules).one()?, counted, charged);
    let expected = order.fee_minor.or_else(by_contract);
    if let Some(expected) = expected.filter(|expected| *expected != charged) {
        let kind = DiscrepancyType::FeeMismatch;
        let fee = finding(Aspect::Fee, kind, order.business_date, 0);
        findings.push(Finding { expected_fee_minor: Some(expected), ..fee });
    }
}

/// The contract's rule for the fee of what both sides have.
fn chosen<'r>(order: &Order, side: &ProviderSide, pair: &Pair, rules: &Rules<'r>) -> Chosen<'r> {
    let date = provider_date(side, Some(order), pair, rules);
    rule_of(rules.fees, Paid::of(&pair.key.stream, date, &order.product, &side.way))
}

/// Where both sides count money and the provider states a fee: whether it is known which rule it falls under.
fn fee_standing(order: &Order, side: &ProviderSide, pair: &Pair, rules: &Rules<'_>) -> FeeStanding {
    let is_compared = order.status == MerchantStatus::Succeeded
        && side.status == ProviderStatus::Succeeded
        && side.fee_minor.is_some()
        && order.fee_minor.is_none();
    if is_compared && chosen(order, side, pair, rules) == Chosen::Several {
        FeeStanding::RuleUnknown
    } else {
        FeeStanding::Judged
    }
}

/// A further transaction under the same order number: paid twice if it is money; without a
/// merchant's order it is one more that the merchant misses.
fn second_payment(
    findings: &mut Vec<Finding>,
    order: Option<&Order>,
    mut side: ProviderSide,
    money: Option<DatedMoney>,
    pair: &Pair,
) {
    let Some(money) = money else { return };
    let (aspect, kind) = if order.is_some() {
        (Aspect::PaidTwice, DiscrepancyType::PaidTwice)
    } else {
        (Aspect::Status, missing(pair))
    };
    side.evidence.callback_at = callback_at(kind, &side, pair);
    let number = &side.provider_order_no;
    findings.push(Finding {
        aspect,
        transaction: if number.is_empty() { pair.key.order_no.clone() } else { number.clone() },
        kind,
        business_date: money.date,
        timing_until: None,
        difference_minor: money.money.minor,
        currency: money.money.currency,
        order: order.cloned(),
        provider: side,
        expected_fee_minor: None,
    });
}

fn contradictions(
    findings: &mut Vec<Finding>,
    order: Option<&Order>,
    transaction: &Transaction,
    pair: &Pair,
    rules: &Rules<'_>,
) {
    let main = provider_side(transaction, order, pair, rules);
    for (number, other) in transaction.contradicted_by.iter().enumerate() {
        let side = ProviderSide {
            amount_minor: other.amount.map(|money| money.minor),
            currency: other.amount.map(|money| money.currency),
            status: other.status,
            evidence: other.evidence.clone(),
            ..main.clone()
        };
        findings.push(Finding {
            aspect: Aspect::DuplicateAtProvider,
            transaction: format!("{}#{number}", transaction.provider_order_no),
            kind: DiscrepancyType::DuplicateAtProvider,
            business_date: provider_date(&main, order, pair, rules),
            timing_until: None,
            difference_minor: 0,
            currency: side.currency.or(main.currency).unwrap_or_default(),
            order: order.cloned(),
            provider: side,
            expected_fee_minor: None,
        });
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
