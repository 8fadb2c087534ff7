//! Goal: what is settled and what the balance bears out is known to the fen, night after night.
//! Method: a stub platform that keeps its books, nights at fixed moments.

use std::collections::BTreeSet;

use duizhang::clock::FixedClock;
use duizhang::config::Cycle;
use duizhang::discrepancy::Discrepancy;
use duizhang::job::Step;
use duizhang::report::{self, ReportSet};
use duizhang::run::Scope;
use duizhang::settle::{Balanced, SettledAccount};
use serde_json::json;

use crate::stub::{Stubbed, at, date};

/// A platform's account over two nights: it held this on the 20th at 02:30.
const OPENING: i64 = 1_000_000;

struct Nights {
    stub: Stubbed,
}

impl Nights {
    /// Payments and balances, 0.60 % of each payment, settled on the next day.
    async fn new() -> Self {
        let mut stub = Stubbed::new(&["payment", "balance"]).await;
        let account = &mut stub.app.config.accounts[0];
        account.fees = vec![duizhang::config::FeeRule {
            kind: duizhang::status::Kind::Payment,
            product: None,
            way: None,
            from: None,
            rate: "0.006".parse().unwrap(),
            fixed_minor: 0,
            min_minor: None,
            max_minor: None,
            rounding: duizhang::config::FeeRounding::Row,
        }];
        account.settlement =
            vec![duizhang::config::CycleRule { product: None, way: None, cycle: Cycle::D1 }];
        stub.app.config.reports.language = duizhang::config::Language::Zh;
        let nights = Self { stub };
        nights.holds(OPENING);
        nights
    }

    fn holds(&self, available: i64) {
        let answer = json!({ "sign": "good", "available": available, "frozen": 0 });
        self.stub.answers.lock().unwrap().insert("/balance".to_owned(), answer);
    }

    /// A payment that both sides have.
    fn paid(&self, order_no: &str, minor: i64, moment: &str) {
        let answer = json!({
            "sign": "good", "order_no": order_no, "number": format!("P{order_no}"),
            "status": "succeeded", "amount": minor, "paid_at": at(moment).epoch_seconds(),
        });
        self.stub.answers.lock().unwrap().insert(format!("/query/{order_no}"), answer);
    }

    async fn balances(&mut self, moment: &str) {
        self.stub.app.clock = Box::new(FixedClock(at(moment)));
        let accounts = self.accounts();
        self.stub.app.balances(date(), &accounts).await.unwrap();
    }

    fn accounts(&self) -> Vec<duizhang::provider::Account> {
        let scope = Scope { date: date(), accounts: vec![] };
        self.stub.app.accounts(&scope).unwrap()
    }

    async fn movements(&self, rows: &str) {
        let path = self.stub.folder.path().join("movements.csv");
        let header = "occurred_at,kind,product,settlement_date,amount,name,note";
        std::fs::write(&path, format!("{header}\n{rows}\n")).unwrap();
        let accounts = self.accounts();
        let imported =
            self.stub.app.import_movements(&path, "movements.csv", date(), accounts.first());
        assert_eq!(imported.await.unwrap().1.refused, 0);
    }

    /// Pulls, reconciles and settles the day `back` days before the 20th.
    async fn settle(&self, back: i64) -> SettledAccount {
        let (app, accounts) = (&self.stub.app, self.accounts());
        let day = date().plus_days(-back);
        app.pull(day, &accounts).await.unwrap();
        app.reconcile(day, &accounts).await.unwrap();
        app.settle(day, &accounts).await.unwrap().remove(0)
    }

    async fn report(&self) -> ReportSet {
        let set = self.stub.app.report(date()).await.unwrap();
        report::verify(&set.folder).unwrap();
        set
    }

    /// `order_no type state expected stated`, of the account's own.
    async fn found(&self) -> Vec<String> {
        let end = duizhang::business_day::BusinessDay::BEIJING.end_of(date());
        let text = |d: &Discrepancy| {
            let side = |minor: Option<i64>| minor.map_or("-".to_owned(), |it| it.to_string());
            format!(
                "{} {} {} {} {}",
                d.key.order_no,
                d.kind,
                d.state_on(end),
                side(d.merchant_amount_minor),
                side(d.provider_amount_minor)
            )
        };
        self.stub.discrepancies().await.iter().map(text).collect()
    }
}

fn rest(settled: &SettledAccount) -> i64 {
    let Balanced::Built(built, _) = &settled.balanced else { panic!("{:?}", settled.balanced) };
    built.unexplained_minor
}

/// The night of the 19th, so that the 20th has an opening balance and a day before it.
async fn first_night() -> Nights {
    let mut nights = Nights::new().await;
    nights.balances("20 02:30").await;
    nights.settle(1).await;
    nights.paid("1", 100_000, "20 10:00");
    nights.paid("2", 50_000, "20 23:59");
    nights
        .stub
        .orders(&[
            "payment,1,,1000.00,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00",
            "payment,2,,500.00,succeeded,2026-11-20 09:00:00,2026-11-20 23:59:00",
        ])
        .await;
    nights
}

#[tokio::test]
async fn a_night_whose_balance_bears_out_everything_ties_to_zero() {
    let mut nights = first_night().await;
    nights.movements("2026-11-20 12:00:00,topup,,,50.00,充值,").await;
    nights.holds(OPENING + 150_000 - 600 - 300 + 5_000);
    nights.balances("21 02:30").await;
    let settled = nights.settle(0).await;
    assert_eq!(rest(&settled), 0);
    let Balanced::Built(built, _) = &settled.balanced else { panic!("no bridge") };
    let lines: Vec<String> = built
        .lines
        .iter()
        .map(|line| format!("{} {} {} {}", line.kind, line.name, line.count, line.minor))
        .collect();
    assert_eq!(
        lines,
        [
            "payments  2 150000",
            "refunds  0 0",
            "fees  2 -900",
            "payouts  0 0",
            "payout_fees  0 0",
            "topups 充值 1 5000"
        ]
    );
    assert!(nights.found().await.is_empty(), "{:?}", nights.found().await);
    let set = nights.report().await;
    let names: BTreeSet<_> = set.files.iter().map(|file| file.name.clone()).collect();
    assert!(names.contains("2026-11-20_结算单.csv") && names.contains("2026-11-20_余额调节表.csv"));
    let text = std::fs::read_to_string(set.folder.join("2026-11-20_余额调节表.csv")).unwrap();
    assert!(text.contains("余额变动,余额差额,,,0.00,2026-11-20 02:30:00"), "{text}");
    assert!(text.contains("余额调节,调节后差额,,,0.00,"), "{text}");
    let row = &settled.rows[0];
    assert_eq!((row.net_minor, row.state.code()), (149_100, "in_transit"));
}

#[tokio::test]
async fn a_hidden_fee_is_a_balance_mismatch_of_exactly_that_and_closes_when_it_is_named() {
    let mut nights = first_night().await;
    nights.holds(OPENING + 150_000 - 900 - 1_234);
    nights.balances("21 02:30").await;
    let settled = nights.settle(0).await;
    assert_eq!(rest(&settled), -1_234);
    // The balance was asked for in the night: what happened since midnight may explain it.
    let expected = "BALANCE-2026-11-20 balance_mismatch timing 1149100 1147866";
    assert_eq!(nights.found().await, [expected]);
    let text = report::terminal(&nights.report().await, duizhang::config::Language::Zh);
    assert!(text.contains("余额差额 -12.34"), "{text}");
    // A second time changes nothing.
    let id = nights.stub.discrepancies().await[0].id.clone();
    nights.settle(0).await;
    let (_, events) = nights.stub.app.ledger.discrepancy(&id).await.unwrap().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    // The platform says what it was.
    nights.movements("2026-11-20 18:00:00,adjustment,,,-12.34,年费,").await;
    assert_eq!(rest(&nights.settle(0).await), 0);
    let (closed, events) = nights.stub.app.ledger.discrepancy(&id).await.unwrap().unwrap();
    assert!(closed.state.is_closed());
    assert_eq!(events.last().unwrap().event, "closed");
    nights.report().await;
}

#[tokio::test]
async fn money_of_the_next_day_is_timing_until_that_day_is_reconciled() {
    let mut nights = first_night().await;
    // Paid after midnight, before the balance was asked for: nobody knows of it yet.
    nights.holds(OPENING + 150_000 - 900 + 20_000 - 120);
    nights.balances("21 02:30").await;
    assert_eq!(rest(&nights.settle(0).await), 19_880);
    assert_eq!(nights.found().await.len(), 1);
    // The next night knows it, and settles the day before again.
    nights.paid("3", 20_000, "21 01:00");
    let row = "payment,3,,200.00,succeeded,2026-11-21 00:59:00,2026-11-21 01:00:00";
    nights
        .stub
        .orders(&[
            "payment,1,,1000.00,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00",
            "payment,2,,500.00,succeeded,2026-11-20 09:00:00,2026-11-20 23:59:00",
            row,
        ])
        .await;
    nights.balances("22 02:30").await;
    let settled = nights.settle(-1).await;
    assert_eq!(rest(&settled), 0);
    let Balanced::Built(before, _) = &settled.before else { panic!("no bridge") };
    assert_eq!(before.unexplained_minor, 0);
    // The report of the 20th still says what that night knew; by now it is closed.
    let shown = nights.stub.discrepancies().await;
    let keys: Vec<_> = shown.iter().map(|it| it.key.clone()).collect();
    assert_eq!(keys.len(), 1, "{shown:?}");
    let now = nights.stub.app.ledger.discrepancies_of(&keys).await.unwrap();
    assert_eq!(now.len(), 1, "{now:?}");
    assert!(now.iter().all(|it| it.state.is_closed()), "{now:?}");
}

#[tokio::test]
async fn a_wrong_and_a_missing_settlement_are_named_and_close_with_the_right_money() {
    let mut nights = first_night().await;
    nights.stub.app.clock = Box::new(FixedClock(at("21 02:30")));
    nights.settle(0).await;
    // The next day the platform pays too little.
    nights.stub.app.clock = Box::new(FixedClock(at("22 02:30")));
    nights.movements("2026-11-21 10:00:00,settlement,,2026-11-21,1400.00,,").await;
    let settled = nights.settle(-1).await;
    let row = settled.rows.iter().find(|row| row.settled_minor.is_some()).unwrap();
    assert_eq!(row.difference_minor(), Some(-9_100));
    let next = date().plus_days(1);
    let report = nights.stub.app.report(next).await.unwrap();
    report::verify(&report.folder).unwrap();
    let text = std::fs::read_to_string(report.folder.join("2026-11-21_结算单.csv")).unwrap();
    assert!(text.contains(",1491.00,1400.00,-91.00,不符,"), "{text}");
    let text = std::fs::read_to_string(report.folder.join("2026-11-21_差异明细.csv")).unwrap();
    assert!(
        text.contains("结算日 2026-11-21 应结 1491.00 元，实结 1400.00 元：渠道少结 91.00 元。")
    );
    // The rest comes.
    nights
        .movements(
            "2026-11-21 10:00:00,settlement,,2026-11-21,1400.00,,\n\
             2026-11-21 16:00:00,settlement,,2026-11-21,91.00,补差,",
        )
        .await;
    nights.settle(-1).await;
    let report = nights.stub.app.report(next).await.unwrap();
    let text = std::fs::read_to_string(report.folder.join("2026-11-21_差异明细.csv")).unwrap();
    assert!(text.contains("自动关闭"), "{text}");
}

#[tokio::test]
async fn an_order_that_is_booked_late_changes_the_settlement_of_its_day_and_is_shown() {
    let mut nights = first_night().await;
    for (back, now) in [(0, "21 02:30"), (-1, "22 02:30"), (-2, "23 02:30")] {
        nights.stub.app.clock = Box::new(FixedClock(at(now)));
        nights.settle(back).await;
    }
    let net = |settled: &SettledAccount| {
        let row = settled.rows.iter().find(|row| row.from <= date() && date() <= row.to);
        row.map(|row| (row.parts.payment_count, row.net_minor)).unwrap()
    };
    nights.stub.app.report(date()).await.unwrap();
    assert_eq!(nights.stub.report(20, "后续更正").await.len(), 1, "nothing has changed yet");
    // Nobody had heard of it: the shop books it three days later.
    nights.paid("9", 20_000, "20 12:00");
    let row = "payment,9,,200.00,succeeded,2026-11-20 11:00:00,2026-11-20 12:00:00";
    nights.stub.file(23, &[row]).await;
    nights.stub.app.clock = Box::new(FixedClock(at("24 02:30")));
    let settled = nights.settle(-3).await;
    assert_eq!(net(&settled), (3, 149_100 + 20_000 - 120));
    let corrections = nights.stub.report(20, "后续更正").await;
    assert_eq!(corrections.len(), 2, "{corrections:?}");
    assert!(
        corrections[1].contains(&"1491.00".to_owned())
            && corrections[1].contains(&"1689.80".to_owned())
    );
    assert!(corrections[1].iter().any(|cell| cell.contains("由 2 笔变为 3 笔")), "{corrections:?}");
    // The report of the day itself stays what it was.
    let shown = nights.stub.report(20, "结算单").await;
    assert!(shown[1].contains(&"1491.00".to_owned()), "{shown:?}");
}

#[tokio::test]
async fn an_order_that_is_answered_after_an_outage_changes_the_settlement_of_its_day() {
    let mut nights = first_night().await;
    let answer = nights.stub.answers.lock().unwrap().remove("/query/2").unwrap();
    for (back, now) in [(0, "21 02:30"), (-1, "22 02:30"), (-2, "23 02:30")] {
        nights.stub.app.clock = Box::new(FixedClock(at(now)));
        nights.settle(back).await;
    }
    nights.stub.answers.lock().unwrap().insert("/query/2".to_owned(), answer);
    nights.stub.app.clock = Box::new(FixedClock(at("24 02:30")));
    let settled = nights.settle(-3).await;
    let row = settled.rows.iter().find(|row| row.from <= date() && date() <= row.to).unwrap();
    assert_eq!((row.parts.payment_count, row.net_minor), (2, 149_100));
}

#[tokio::test]
async fn money_that_was_pending_over_midnight_is_in_the_bridge_of_the_day_that_found_it_final() {
    let mut nights = Nights::new().await;
    nights.balances("20 02:30").await;
    nights.settle(1).await;
    let row = "payment,1,,1000.00,succeeded,2026-11-20 23:00:00,2026-11-20 23:50:00";
    nights.stub.file(20, &[row]).await;
    let says = |nights: &Nights, status: &str| {
        let answer = json!({
            "sign": "good", "order_no": "1", "number": "P1", "status": status, "amount": 100_000,
        });
        nights.stub.answers.lock().unwrap().insert("/query/1".to_owned(), answer);
    };
    says(&nights, "pending");
    nights.balances("21 02:30").await;
    assert_eq!(rest(&nights.settle(0).await), 0);
    says(&nights, "succeeded");
    nights.holds(OPENING + 100_000 - 600);
    nights.balances("22 02:30").await;
    let settled = nights.settle(-1).await;
    assert_eq!(rest(&settled), 0);
    let Balanced::Built(before, _) = &settled.before else { panic!("no bridge") };
    assert_eq!(before.unexplained_minor, 0);
    let next = date().plus_days(1);
    let row = settled.rows.iter().find(|row| row.parts.payment_count == 1).unwrap();
    assert_eq!((row.from, row.to), (next, next));
    // And so in the night after that, from what was kept.
    nights.balances("23 02:30").await;
    let settled = nights.settle(-2).await;
    assert_eq!(rest(&settled), 0);
    let Balanced::Built(before, _) = &settled.before else { panic!("no bridge") };
    assert_eq!(before.unexplained_minor, 0);
}

#[tokio::test]
async fn an_account_without_an_opening_balance_is_never_clean() {
    let mut nights = Nights::new().await;
    nights.balances("21 02:30").await;
    let settled = nights.settle(0).await;
    assert!(matches!(settled.balanced, Balanced::NoOpening(_)), "{:?}", settled.balanced);
    let set = nights.report().await;
    let text = std::fs::read_to_string(set.folder.join("2026-11-20_余额调节表.csv")).unwrap();
    assert!(text.contains("余额变动,缺期初余额,"), "{text}");
}

#[tokio::test]
async fn the_same_file_of_movements_twice_is_one_import_and_bad_rows_are_reported() {
    let nights = Nights::new().await;
    let path = nights.stub.folder.path().join("m.csv");
    let text =
        "occurred_at,kind,amount,account\n2026-11-20 10:00:00,topup,5.00,a\n2026-11-20,x,1,a\n";
    std::fs::write(&path, text).unwrap();
    let app = &nights.stub.app;
    let (count, lines) = app.import_movements(&path, "m.csv", date(), None).await.unwrap();
    assert_eq!((count.added, lines.header, lines.taken, lines.refused), (1, 1, 1, 1));
    let (count, _) = app.import_movements(&path, "m.csv", date(), None).await.unwrap();
    assert_eq!(count.added, 0);
    let set = nights.report().await;
    let text = std::fs::read_to_string(set.folder.join("2026-11-20_拒收明细.csv")).unwrap();
    assert!(text.contains("m.csv,3,kind,x,不是该列允许的值,"), "{text}");
    let manifest = std::fs::read_to_string(set.folder.join("manifest.json")).unwrap();
    assert!(manifest.contains("\"name\": \"m.csv\""), "{manifest}");
}

#[test]
fn a_night_settles_before_it_reports() {
    let place = |wanted| Step::ALL.iter().position(|step| *step == wanted).unwrap();
    assert!(
        place(Step::Reconcile) < place(Step::Settle) && place(Step::Settle) < place(Step::Report)
    );
}
