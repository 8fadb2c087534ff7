//! Settlements and balances of the reported day: every state of a settlement, a bridge that leaves
//! something over, and accounts without one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use duizhang::balance::BalancePart;
use duizhang::config::Cycle;
use duizhang::discrepancy::{DiscrepancyType, Evidence};
use duizhang::ledger::DaySum;
use duizhang::money::Money;
use duizhang::movement::{Movement, MovementKind};
use duizhang::order::Stream;
use duizhang::rules::bridge::{Holding, bridge};
use duizhang::rules::settlement::{Parts, SettlementRow, SettlementState, Undated};
use duizhang::rules::sums::SlotSum;
use duizhang::settle::{Balanced, Reliance, SettledAccount};
use duizhang::status::{Kind, MerchantStatus, ProviderStatus};

use super::world::{Case, DATE, at, date};

/// What the report is given.
pub(super) static SETTLED: LazyLock<Vec<SettledAccount>> = LazyLock::new(accounts);

/// The two discrepancies that belong to no pair.
pub(super) fn cases() -> Vec<Case> {
    let account = ("mmsp-main", Kind::Payment, "");
    let whole = |number, kind, order_no: &str| {
        Case::new(number, kind, account).with(|row| {
            order_no.clone_into(&mut row.key.order_no);
            row.provider_order_no = String::new();
            row.merchant_status = Some(MerchantStatus::Succeeded);
            row.provider_status = ProviderStatus::Succeeded;
            row.evidence = Evidence::none();
        })
    };
    vec![
        whole(24, DiscrepancyType::BalanceMismatch, "BALANCE-2026-11-20").with(|row| {
            row.merchant_amount_minor = Some(1_985_200);
            row.provider_amount_minor = Some(1_984_900);
            row.merchant_time = Some(at("20 02:30"));
            row.provider_time = Some(at("21 02:30"));
        }),
        whole(25, DiscrepancyType::SettlementMismatch, "SETTLEMENT-T1-2026-11-19-quick").with(
            |row| {
                row.business_date = date("2026-11-19");
                row.merchant_amount_minor = Some(991_200);
                row.provider_amount_minor = Some(0);
                row.provider_status = ProviderStatus::NotFound;
                "2026-11-18/2026-11-18: 10000.00 - 50.00 - 38.00 - 0.00 - 0.00 = 9912.00"
                    .clone_into(&mut row.evidence.status_code);
            },
        ),
    ]
}

fn accounts() -> Vec<SettledAccount> {
    let account = |name: &str, provider_id: &str, rows, balanced| SettledAccount {
        account: name.to_owned(),
        provider_id: provider_id.to_owned(),
        date: date(DATE),
        rows,
        balanced,
        older: Vec::new(),
        before: Balanced::NoClosing,
        sums: Vec::new(),
        terms: Vec::new(),
        bank: Vec::new(),
    };
    let closing = holding("21 02:30", &[(BalancePart::Available, 120_000)]);
    vec![
        account("icashier-main", "icashier", undated(), Balanced::NotStated),
        account("lhxpay-main", "lhxpay", Vec::new(), Balanced::NoClosing),
        account("mmsp-main", "mmsp", rows(), built()),
        account("zhangxun-main", "zhangxun", Vec::new(), Balanced::NoOpening(closing)),
    ]
}

fn parts() -> Parts {
    Parts {
        payment_count: 40,
        gross_minor: 1_000_000,
        refund_count: 1,
        refunds_minor: 5_000,
        fees_minor: 3_800,
        contract: 40,
        ..Parts::default()
    }
}

fn row(product: &str, on: &str, state: SettlementState, settled: Option<i64>) -> SettlementRow {
    let settled_on = date(on);
    SettlementRow {
        product: Some(product.to_owned()),
        cycle: Cycle::T1,
        date: Ok(settled_on),
        from: settled_on.plus_days(-1),
        to: settled_on.plus_days(-1),
        parts: parts(),
        net_minor: 991_200,
        settled_minor: settled,
        state,
        is_part: false,
        unproved: Vec::new(),
        bank: None,
    }
}

/// Every state but the undated one.
fn rows() -> Vec<SettlementRow> {
    use SettlementState::{Expected, InTransit, Mismatch, NothingDue, Settled};
    let payout = SettlementRow {
        parts: Parts {
            payout_count: 2,
            payouts_minor: 100_000,
            payout_fees_minor: 400,
            free: 1,
            stated: 1,
            ..Parts::default()
        },
        net_minor: -100_400,
        ..row("payout", "2026-11-20", NothingDue, None)
    };
    let together = |product: &str| SettlementRow {
        is_part: true,
        ..row(product, "2026-11-23", InTransit, None)
    };
    let sum = SettlementRow {
        product: None,
        parts: parts().plus(&parts()).unwrap(),
        net_minor: 2 * 991_200,
        ..row("", "2026-11-23", InTransit, None)
    };
    let unproved = SettlementRow {
        unproved: vec![date("2026-11-19")],
        ..row("scan", "2026-11-20", Expected, None)
    };
    vec![
        row("quick", "2026-11-19", Mismatch, None),
        SettlementRow {
            parts: Parts { merchant_only: 1, ..parts() },
            ..row("quick", "2026-11-20", Mismatch, Some(990_000))
        },
        row("gateway", "2026-11-20", Settled, Some(991_200)),
        payout,
        unproved,
        together("gateway"),
        together("quick"),
        sum,
    ]
}

fn undated() -> Vec<SettlementRow> {
    let row = row("", "2026-11-20", SettlementState::Undated, None);
    vec![SettlementRow {
        date: Err(Undated::NoYear(2027)),
        from: date(DATE),
        to: date(DATE),
        ..row
    }]
}

fn holding(as_of: &str, parts: &[(BalancePart, i64)]) -> Holding {
    let parts: BTreeMap<_, _> = parts.iter().copied().collect();
    let held = parts.iter().filter(|(part, _)| **part != BalancePart::Advance);
    let held_minor = held.map(|(_, minor)| *minor).sum();
    Holding { as_of: at(as_of), parts, held_minor }
}

/// A bridge with every kind of line, in which 3.00 is missing.
fn built() -> Balanced {
    use BalancePart::{Advance, Available, Frozen, Pending};
    let all = |pending| [(Available, 900_000), (Frozen, 1_000), (Pending, pending), (Advance, 7)];
    let opening = holding("20 02:30", &all(99_000));
    let stream = |kind| Stream { account: "mmsp-main".to_owned(), kind, product: String::new() };
    let payments = DaySum {
        count: 40,
        minor: 1_000_000,
        contract_count: 40,
        contract_minor: 3_800,
        back_count: 1,
        back_minor: 2_000,
        ..DaySum::default()
    };
    let refunds = DaySum { count: 1, minor: 5_000, ..DaySum::default() };
    let merchant_only =
        DaySum { count: 1, minor: 100, merchant_only_count: 1, ..DaySum::default() };
    let payouts = DaySum {
        count: 3,
        minor: 30_000,
        stated_count: 2,
        stated_minor: 400,
        back_count: 1,
        back_minor: 10_000,
        ..DaySum::default()
    };
    let scan = Stream { product: "scan".to_owned(), ..stream(Kind::Refund) };
    let sum = SlotSum {
        streams: BTreeMap::from([
            (stream(Kind::Payment), payments),
            (stream(Kind::Payout), payouts),
            (scan, refunds),
            (stream(Kind::Refund), merchant_only),
        ]),
        time_assumed: 5,
        foreign: 1,
    };
    let movement = |kind, minor, name: &str| Movement {
        account: "mmsp-main".to_owned(),
        occurred_at: at("20 10:00"),
        kind,
        product: String::new(),
        settlement_date: None,
        money: Money::fen(minor),
        name: name.to_owned(),
        note: String::new(),
        reference: String::new(),
    };
    let movements = [
        movement(MovementKind::TopUp, 20_000, "充值"),
        movement(MovementKind::Settlement, 3_000, ""),
        movement(MovementKind::Adjustment, -500, "年费"),
    ];
    let probe = bridge(&opening, &opening, &sum, &movements).unwrap();
    let short = probe.expected_minor - 901_000 - 300;
    let closing = holding("21 02:30", &all(short));
    let built = bridge(&opening, &closing, &sum, &movements).unwrap();
    assert_eq!(built.unexplained_minor, -300);
    Balanced::Built(built, Reliance::Ahead(at("22 00:00")))
}
