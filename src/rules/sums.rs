//! From transactions to sums: per business date for settlements, per span of time for balances. Pure.
//!
//! The fee of a transaction is the one that the provider states, else the contract's by the amount and date
//! that the provider counted, else none. Where the contract rounds the sum of a day, the sum of those without
//! a stated fee is rounded, once. A refund gives no fee of its payment back, and costs one itself only where
//! the provider states it or the contract has a rule for refunds. Money that was given back as a whole was
//! taken first: it counts as taken when it was paid, and as given back when that was first found
//! ([`crate::rules::dating`]), unless a refund order of the merchant says the same. An order of which
//! both sides tell counts once: what the provider says.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::BusinessDate;
use crate::config::{CycleRule, FeeRounding, FeeRule, settled_as};
use crate::discrepancy::TimeFrom;
use crate::lane::{Lane, order_lanes};
use crate::ledger_data::{DaySum, SumGroup, SumRequest};
use crate::money::{Currency, Money};
use crate::order::{Order, Stream};
use crate::reading::{Pair, is_on_its_way};
use crate::rules::dating;
use crate::rules::fee::{Paid, contract_fee, contract_fee_of_day, rule_of};
use crate::rules::file_alone::file_alone;
use crate::rules::judge::Rules;
use crate::rules::transactions::{Transaction, transactions};
use crate::status::{Kind, MerchantStatus, ProviderStatus};

/// A sum does not fit in 64 bits of fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sum does not fit in 64 bits of fen")]
pub struct TooLarge;

/// Sums of one span of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotSum {
    /// Per stream. `back` is what was first seen as given back in this span.
    pub streams: BTreeMap<Stream, DaySum>,
    /// Transactions dated by the merchant's time, since the provider states none.
    pub time_assumed: i64,
    /// Transactions in another currency than yuan, which are in no sum.
    pub foreign: i64,
}

/// Everything that was added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Per business date and stream.
    pub days: BTreeMap<BusinessDate, BTreeMap<Stream, DaySum>>,
    /// Per span, from 0; as many as the cuts make.
    pub slots: BTreeMap<i64, SlotSum>,
}

/// The refunds of an account that its provider cannot be asked about: there the merchant's word, or a
/// file's, has to do.
pub fn unasked(account: &str, lanes: &[Lane]) -> Vec<Stream> {
    let asked =
        |kind: Kind, product: &str| lanes.iter().any(|it| it.kind == kind && it.product == product);
    let streams = order_lanes(lanes).into_iter();
    streams
        .filter(|(kind, product)| *kind == Kind::Refund && !asked(*kind, product))
        .map(|(kind, product)| Stream { account: account.to_owned(), kind, product })
        .collect()
}

/// The money of one order, each transaction a group of its own, as far as it is dated to what is asked for.
///
/// What the judgement resolves the words of both sides to is added up, and nothing else: an order whose money
/// is in no total is in no sum.
pub fn of_pair(pair: &Pair, rules: &Rules<'_>, request: &SumRequest) -> Vec<SumGroup> {
    let order = pair.orders.first();
    let mut transactions = transactions(&pair.readings);
    file_alone(&mut transactions, order, pair, rules);
    let mut groups: Vec<SumGroup> = Vec::new();
    let mut order_of_first = order;
    for transaction in &transactions.all {
        // Of several transactions nobody says which one had succeeded before one failed.
        if transaction.status == ProviderStatus::Failed && transactions.all.len() > 1 {
            continue;
        }
        // The merchant's order stands for what the first one leaves out.
        groups.extend(of_transaction(transaction, order_of_first.take(), pair, rules, request));
    }
    // What no bill has had is nobody's money yet, where there is nothing else.
    if pair.readings.is_empty() && !rules.offered && rules.by_bill.is_none() {
        groups.extend(order.and_then(|order| of_order(order, request)));
    }
    groups.retain(|group| {
        let is_back = group.back.is_some() && group.business_date >= request.back_from;
        group.business_date <= request.to && (group.business_date >= request.from || is_back)
    });
    groups
}

fn of_transaction(
    transaction: &Transaction,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
    request: &SumRequest,
) -> Option<SumGroup> {
    let day = rules.business_day;
    let (paid_at, from) = dating::paid_at(transaction, &pair.past, day);
    let business_date = dating::date(paid_at, order, &pair.readings, day);
    let moment = paid_at.or(order.and_then(Order::moment)).unwrap_or(transaction.observed_at);
    let back = dating::given_back_at(transaction, &pair.past, Some(moment), day);
    let back = back.map(|at| (day.date_of(at).max(business_date), request.slot_of(at)));
    let money = transaction.amount.or(order.map(|order| order.amount));
    let money = money.unwrap_or(Money { minor: 0, currency: Currency::CNY });
    let is_stated = matches!(from, TimeFrom::Stated | TimeFrom::Other(_));
    // A fee that was taken out of the amount is in the fees, and must not leave the balance twice.
    let arrived = money.minor.saturating_sub(transaction.withheld_minor.unwrap_or(0));
    let own_word = pair.orders.first().map_or_else(String::new, |order| order.product.clone());
    dating::was_taken(transaction.status, &pair.past).then(|| SumGroup {
        stream: pair.key.stream.clone(),
        paid_by: (own_word, transaction.way.clone()),
        business_date,
        slot: request.slot_of(moment),
        back,
        currency: money.currency,
        unit_minor: transaction.fee_minor.is_none().then_some(money.minor),
        order_no: back.map_or_else(String::new, |_| pair.key.order_no.clone()),
        count: 1,
        minor: arrived,
        stated_count: i64::from(transaction.fee_minor.is_some()),
        stated_minor: transaction.fee_minor.unwrap_or(0),
        time_assumed: i64::from(!is_stated),
        merchant_only_count: 0,
        is_unavailable: transaction.status == ProviderStatus::Succeeded
            && is_on_its_way(&transaction.evidence.status_code),
    })
}

/// What only the merchant tells of.
fn of_order(order: &Order, request: &SumRequest) -> Option<SumGroup> {
    (order.status == MerchantStatus::Succeeded).then(|| SumGroup {
        stream: order.key.stream.clone(),
        paid_by: (order.product.clone(), String::new()),
        business_date: order.business_date,
        slot: order.moment().map_or(0, |moment| request.slot_of(moment)),
        back: None,
        currency: order.amount.currency,
        unit_minor: None,
        order_no: String::new(),
        count: 1,
        minor: order.amount.minor,
        stated_count: 0,
        stated_minor: 0,
        time_assumed: 1,
        merchant_only_count: 1,
        is_unavailable: false,
    })
}

/// The contract's rules that sums depend on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contract<'a> {
    /// What is charged.
    pub fees: &'a [FeeRule],
    /// When it is settled: what has a cycle of its own by the way of paying is added up as a product.
    pub cycles: &'a [CycleRule],
}

/// Adds up groups. `refunded` are the orders that a refund of the merchant gives back.
///
/// # Errors
///
/// [`TooLarge`] when a sum does not fit.
pub fn add_up(
    groups: &[SumGroup],
    contract: Contract<'_>,
    refunded: &BTreeSet<String>,
) -> Result<Sums, TooLarge> {
    let mut sums = Sums::default();
    let mut by_day = Unstated::new();
    for group in groups {
        if group.currency != Currency::CNY {
            let slot = sums.slots.entry(group.slot).or_default();
            slot.foreign = slot.foreign.saturating_add(group.count);
            continue;
        }
        let unavailable = if group.is_unavailable { (group.count, group.minor) } else { (0, 0) };
        let mut taken = DaySum {
            count: group.count,
            minor: group.minor,
            stated_count: group.stated_count,
            stated_minor: group.stated_minor,
            merchant_only_count: group.merchant_only_count,
            unavailable_count: unavailable.0,
            unavailable_minor: unavailable.1,
            ..DaySum::default()
        };
        contract_fees(&mut taken, group, contract.fees, &mut by_day)?;
        let stream = settled_stream(group, contract.cycles);
        sums.add(&stream, (group.business_date, group.slot), &taken)?;
        if group.merchant_only_count == 0 {
            let slot = sums.slots.entry(group.slot).or_default();
            slot.time_assumed = slot.time_assumed.saturating_add(group.time_assumed);
        }
        if let Some(back) = group.back.filter(|_| !refunded.contains(&group.order_no)) {
            let (count, minor) = (group.count, group.minor);
            let part = DaySum { back_count: count, back_minor: minor, ..DaySum::default() };
            sums.add(&stream, back, &part)?;
        }
    }
    sums.round_days(by_day, contract.fees)?;
    Ok(sums)
}

/// The stream under which a group is added up.
fn settled_stream(group: &SumGroup, cycles: &[CycleRule]) -> Stream {
    let (stream, (own_word, way)) = (&group.stream, &group.paid_by);
    let product = settled_as(cycles, stream.kind, &stream.product, (own_word, way));
    Stream { product, ..stream.clone() }
}

/// Count and amount, by stream, day and span, of what has no stated fee where the contract rounds the sum of
/// a day.
type Unstated = BTreeMap<(Stream, BusinessDate), BTreeMap<i64, (i64, i64)>>;

/// The contract's fees of a group of which each is rounded; the others are put aside.
fn contract_fees(
    taken: &mut DaySum,
    group: &SumGroup,
    fees: &[FeeRule],
    by_day: &mut Unstated,
) -> Result<(), TooLarge> {
    let (stream, date) = (&group.stream, group.business_date);
    let (own_word, way) = &group.paid_by;
    let paid = Paid::of(stream, date, own_word, way);
    let rule = rule_of(fees, paid).one();
    let (Some(unit), Some(rule)) = (group.unit_minor, rule) else { return Ok(()) };
    let unstated = group.count.checked_sub(group.stated_count).ok_or(TooLarge)?;
    if rule.rounding == FeeRounding::Day {
        let minor = unit.checked_mul(unstated).ok_or(TooLarge)?;
        let part = by_day.entry((stream.clone(), date)).or_default().entry(group.slot).or_default();
        part.0 = part.0.checked_add(unstated).ok_or(TooLarge)?;
        part.1 = part.1.checked_add(minor).ok_or(TooLarge)?;
    } else if let Some(fee) =
        contract_fee(fees, paid, Money { minor: unit, currency: group.currency })
    {
        taken.contract_count = unstated;
        taken.contract_minor = fee.checked_mul(unstated).ok_or(TooLarge)?;
    }
    Ok(())
}

impl Sums {
    fn add(
        &mut self,
        stream: &Stream,
        (date, slot): (BusinessDate, i64),
        part: &DaySum,
    ) -> Result<(), TooLarge> {
        let day = self.days.entry(date).or_default();
        let slot = self.slots.entry(slot).or_default();
        for streams in [day, &mut slot.streams] {
            let sum = streams.entry(stream.clone()).or_default();
            *sum = sum.plus(part).ok_or(TooLarge)?;
        }
        Ok(())
    }

    /// Rounds what the contract rounds once a day. A day that lies in several spans is rounded as it grows
    /// from one to the next, so that its parts make the whole.
    fn round_days(&mut self, by_day: Unstated, fees: &[FeeRule]) -> Result<(), TooLarge> {
        for ((stream, date), slots) in by_day {
            let (mut count, mut minor, mut before) = (0_i64, 0_i64, 0_i64);
            for (slot, (further, amount)) in slots {
                count = count.checked_add(further).ok_or(TooLarge)?;
                minor = minor.checked_add(amount).ok_or(TooLarge)?;
                let fee = contract_fee_of_day(fees, &stream, date, count, Money::fen(minor));
                let fee = fee.ok_or(TooLarge)?;
                let part = DaySum {
                    contract_count: further,
                    contract_minor: fee.checked_sub(before).ok_or(TooLarge)?,
                    ..DaySum::default()
                };
                before = fee;
                self.add(&stream, (date, slot), &part)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDay;
    use crate::rules::testing::pair;

    fn date(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a date")
    }

    fn by(fees: &[FeeRule]) -> Contract<'_> {
        Contract { fees, cycles: &[] }
    }

    fn group(kind: Kind, status: ProviderStatus, minor: i64, fee: Option<i64>) -> SumGroup {
        let is_back = status != ProviderStatus::Succeeded;
        SumGroup {
            stream: Stream { account: "a".to_owned(), kind, product: String::new() },
            paid_by: (String::new(), String::new()),
            business_date: date("2026-11-20"),
            slot: 1,
            back: is_back.then(|| (date("2026-11-21"), 2)),
            currency: Currency::CNY,
            unit_minor: fee.is_none().then_some(minor),
            order_no: "1".to_owned(),
            count: 1,
            minor,
            stated_count: i64::from(fee.is_some()),
            stated_minor: fee.unwrap_or(0),
            time_assumed: 0,
            merchant_only_count: 0,
            is_unavailable: false,
        }
    }

    fn rules() -> Vec<FeeRule> {
        vec![FeeRule {
            kind: Kind::Payment,
            product: None,
            way: None,
            from: None,
            rate: "0.0038".parse().expect("a rate"),
            fixed_minor: 0,
            min_minor: None,
            max_minor: None,
            rounding: FeeRounding::Row,
        }]
    }

    fn payment(sums: &Sums, slot: i64) -> DaySum {
        let streams = &sums.slots[&slot].streams;
        *streams.iter().find(|(stream, _)| stream.kind == Kind::Payment).expect("a sum").1
    }

    #[test]
    fn a_fee_is_the_stated_one_else_the_contracts_else_none() {
        use ProviderStatus::Succeeded;
        let groups = [
            group(Kind::Payment, Succeeded, 10_000, Some(50)),
            SumGroup { count: 3, minor: 30_000, ..group(Kind::Payment, Succeeded, 10_000, None) },
            group(Kind::Refund, Succeeded, 10_000, None),
        ];
        let sums = add_up(&groups, by(&rules()), &BTreeSet::new()).expect("sums");
        let sum = payment(&sums, 1);
        assert_eq!((sum.count, sum.minor), (4, 40_000));
        assert_eq!((sum.stated_minor, sum.contract_minor, sum.free_count()), (50, 3 * 38, 0));
        let refunds: Vec<_> =
            sums.slots[&1].streams.values().filter(|sum| sum.free_count() == 1).collect();
        assert_eq!(refunds.len(), 1);
        assert_eq!(sums.days.len(), 1);
    }

    #[test]
    fn money_given_back_was_taken_first_and_counts_once_beside_a_refund_order() {
        let groups = [group(Kind::Payment, ProviderStatus::Refunded, 10_000, Some(38))];
        let sums = add_up(&groups, by(&[]), &BTreeSet::new()).expect("sums");
        assert_eq!((payment(&sums, 1).minor, payment(&sums, 1).back_minor), (10_000, 0));
        assert_eq!((payment(&sums, 2).minor, payment(&sums, 2).back_minor), (0, 10_000));
        let refunded = BTreeSet::from(["1".to_owned()]);
        let sums = add_up(&groups, by(&[]), &refunded).expect("sums");
        assert_eq!(payment(&sums, 1).minor, 10_000);
        assert!(!sums.slots.contains_key(&2));
    }

    #[test]
    fn a_day_whose_sum_is_rounded_is_rounded_once_whatever_spans_it_lies_in() {
        let day = FeeRule { rounding: FeeRounding::Day, ..rules().remove(0) };
        let of = |count: i64, slot: i64| SumGroup {
            count,
            minor: 135 * count,
            slot,
            ..group(Kind::Payment, ProviderStatus::Succeeded, 135, None)
        };
        // 0.513 fen each; one by one it would be 1 each.
        let table = [
            (vec![of(3, 1)], [(1, 2)].as_slice()),
            (vec![of(1, 1), of(2, 2)], [(1, 1), (2, 1)].as_slice()),
            (vec![of(1, 1), of(1, 2), of(1, 3)], [(1, 1), (2, 0), (3, 1)].as_slice()),
        ];
        for (groups, expected) in table {
            let sums =
                add_up(&groups, by(std::slice::from_ref(&day)), &BTreeSet::new()).expect("sums");
            for (slot, fee) in expected {
                assert_eq!(payment(&sums, *slot).contract_minor, *fee, "{groups:?}");
            }
            let whole = sums.days.values().flat_map(BTreeMap::values);
            let whole: Vec<_> = whole.map(|sum| (sum.contract_count, sum.contract_minor)).collect();
            assert_eq!(whole, [(3, 2)]);
        }
    }

    fn request() -> SumRequest {
        let day = BusinessDay::BEIJING;
        let end = |text: &str| day.end_of(date(text));
        SumRequest {
            account: "m".to_owned(),
            from: date("2026-11-19"),
            to: date("2026-11-21"),
            back_from: date("2026-11-10"),
            cuts: [end("2026-11-18"), end("2026-11-19"), end("2026-11-20")],
            unasked: Vec::new(),
            by_bill: false,
            per_order: false,
        }
    }

    /// A pair, whether its provider can be asked, and its groups: date slot minor fee [back date slot].
    #[test]
    fn the_money_of_an_order_is_what_the_judgement_resolves_it_to() {
        let table = [
            ("succeeded 100 | listing A succeeded 100", true, "20 2 100 -"),
            ("succeeded 100 | query A succeeded - fee=3", true, "20 2 100 3"),
            ("succeeded 100 | query A pending 100", true, ""),
            ("succeeded 100 | query - not_found -; notification A succeeded 100", true, ""),
            // A fee that was taken out of the amount leaves the balance once.
            ("succeeded 100 | query A succeeded 100 fee=3 withheld=3", true, "20 2 97 3"),
            // Told of by both sides, it counts once, and on the provider's day.
            ("succeeded 100 | statement A succeeded 100 paid=21_09:00", false, "21 3 100 -"),
            ("succeeded 100 | ", false, "20 2 100 - told"),
            ("succeeded 100 | ", true, ""),
            ("pending 100 | ", false, ""),
            // A file accuses nobody before the platform was asked.
            (" | statement A succeeded 100", true, ""),
            (" | statement A succeeded 100", false, "20 2 100 -"),
            (
                "succeeded 100 | query A succeeded 90; query B succeeded 100",
                true,
                "20 2 90 -, 20 2 100 -",
            ),
            ("succeeded 100 | query A refunded 100 said=21_02:30", true, "20 2 100 - back 20 2"),
            ("succeeded 100 | query A returned 100 said=21_15:00", true, "20 2 100 - back 21 3"),
            // Dated out of what is asked for, and of what was given back since.
            ("succeeded 100 | query A succeeded 100 paid=18_10:00", true, ""),
            (
                "succeeded 100 | query A refunded 100 paid=18_10:00 said=21_02:30",
                true,
                "18 0 100 - back 20 2",
            ),
            ("succeeded 100 | query A refunded 100 paid=09_10:00 said=21_02:30", true, ""),
        ];
        for (text, offered, expected) in table {
            let rules = Rules {
                asked_since: None,
                business_day: BusinessDay::BEIJING,
                tolerance_minor: 0,
                timing_window_seconds: 0,
                fees: &[],
                listed: false,
                offered,
                by_bill: None,
            };
            let groups = of_pair(&pair(text), &rules, &request());
            let text_of = |group: &SumGroup| {
                let fee = (group.stated_count == 1).then_some(group.stated_minor);
                let back = group.back.map_or_else(String::new, |(date, slot)| {
                    format!(" back {} {slot}", date.to_string().get(8..).unwrap_or(""))
                });
                format!(
                    "{} {} {} {}{back}{}",
                    group.business_date.to_string().get(8..).unwrap_or(""),
                    group.slot,
                    group.minor,
                    fee.map_or("-".to_owned(), |fee| fee.to_string()),
                    if group.merchant_only_count == 1 { " told" } else { "" },
                )
            };
            let found: Vec<String> = groups.iter().map(text_of).collect();
            assert_eq!(found.join(", "), expected, "{text} {offered}");
        }
    }

    #[test]
    fn what_the_platform_calls_not_available_yet_is_a_part_of_what_was_taken() {
        let rules = Rules {
            asked_since: None,
            business_day: BusinessDay::BEIJING,
            tolerance_minor: 0,
            timing_window_seconds: 0,
            fees: &[],
            listed: false,
            offered: true,
            by_bill: None,
        };
        let unavailable = |text: &str, remark: &str| {
            let mut pair = pair(text);
            pair.readings[0].facts.status_code.push_str(remark);
            let groups = of_pair(&pair, &rules, &request());
            let sums = add_up(&groups, by(&[]), &BTreeSet::new()).expect("sums");
            let sum = payment(&sums, 2);
            (sum.minor, sum.unavailable_count, sum.unavailable_minor)
        };
        let stated = "succeeded 100 | query A succeeded 100";
        assert_eq!(unavailable(stated, " settlement=in_transit"), (100, 1, 100));
        for remark in ["", " settlement=in_transit?", " x-settlement=in_transit"] {
            assert_eq!(unavailable(stated, remark), (100, 0, 0), "{remark}");
        }
        let back = "succeeded 100 | query A refunded 100 said=21_02:30";
        assert_eq!(unavailable(back, " settlement=in_transit"), (100, 0, 0));
    }

    #[test]
    fn another_currency_is_counted_and_in_no_sum() {
        let foreign = SumGroup {
            currency: Currency::parse("USD").expect("a currency"),
            ..group(Kind::Payment, ProviderStatus::Succeeded, 10_000, None)
        };
        let sums = add_up(&[foreign], by(&rules()), &BTreeSet::new()).expect("sums");
        assert_eq!((sums.slots[&1].foreign, sums.slots[&1].streams.len()), (1, 0));
        assert!(sums.days.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let big = group(Kind::Payment, ProviderStatus::Succeeded, i64::MAX, None);
        assert_eq!(add_up(&[big.clone(), big], by(&[]), &BTreeSet::new()), Err(TooLarge));
    }

    /// What each way of paying is charged and settled as; what nobody says the way of has neither.
    #[test]
    fn sums_go_by_the_way_of_paying_where_the_contract_does() {
        use crate::config::Cycle;
        let of = |way: &str, rate: &str| FeeRule {
            way: (!way.is_empty()).then(|| way.to_owned()),
            rate: rate.parse().expect("a rate"),
            ..rules().remove(0)
        };
        let fees = [of("", "0.01"), of("8000", "0.006")];
        let cycle = |way: &str, cycle| CycleRule {
            product: None,
            way: (!way.is_empty()).then(|| way.to_owned()),
            cycle,
        };
        let cycles = [cycle("", Cycle::T1), cycle("8000", Cycle::D1)];
        let paid = |way: &str| SumGroup {
            paid_by: (String::new(), way.to_owned()),
            ..group(Kind::Payment, ProviderStatus::Succeeded, 10_000, None)
        };
        let groups = [paid("8000"), paid("8000"), paid("8001"), paid("")];
        let contract = Contract { fees: &fees, cycles: &cycles };
        let sums = add_up(&groups, contract, &BTreeSet::new()).expect("sums");
        let found: Vec<_> = sums.days[&date("2026-11-20")]
            .iter()
            .map(|(stream, sum)| {
                let counts = (sum.count, sum.contract_count, sum.free_count());
                (stream.product.as_str(), counts, sum.contract_minor)
            })
            .collect();
        let expected = [("", (1, 1, 0), 100), ("8000", (2, 2, 0), 120), ("?", (1, 0, 1), 0)];
        assert_eq!(found, expected);
    }
}
