//! What a night's files have to say, compared with the world's own truth.

use std::collections::BTreeMap;

use duizhang::business_day::BusinessDate;
use duizhang::money::yuan;
use duizhang::run::RunOutcome;
use duizhang::simulator::Nights;
use duizhang::simulator::nights::{Cause, NightRow, NightTruth};
use duizhang::status::Verdict;

use super::{Row, Stage, end_of, fen};

/// A discrepancy as one line, from the world's truth and from the report.
fn expected(row: &NightRow) -> String {
    let stream = &row.key.stream;
    format!(
        "{} {} {} {} {} {} since {} {} {}",
        stream.account,
        stream.kind,
        stream.product,
        row.key.order_no,
        row.kind,
        row.business_date,
        row.first_seen,
        row.state,
        yuan(row.difference_minor)
    )
}

fn found(row: &Row) -> String {
    [
        &row["account"],
        &row["kind"],
        &row["product"],
        &row["merchant_order_no"],
        &row["type"],
        &row["business_date"],
        "since",
        &row["first_seen"],
        &row["state"],
        &row["difference"],
    ]
    .join(" ")
}

/// Types of an account, not of an order.
fn is_of_account(row: &Row) -> bool {
    ["balance_mismatch", "settlement_mismatch"].contains(&&*row["type"])
}

/// The night's discrepancies are those of the stories, and no others.
pub(super) fn check_rows(stage: &Stage, truth: &NightTruth) {
    let mut expected: Vec<String> = truth.rows.iter().map(expected).collect();
    let rows = stage.rows(truth.date, "discrepancies");
    let of_orders = rows.iter().filter(|row| !is_of_account(row));
    let mut found: Vec<String> = of_orders.map(found).collect();
    expected.sort();
    found.sort();
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let false_ones: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert_eq!(found, expected, "{}\nmissing {missing:#?}\nfalse {false_ones:#?}", truth.date);
}

/// The night's totals are those of both sides, and everything between them is explained.
pub(super) fn check_summary(stage: &Stage, truth: &NightTruth) {
    let mut totals = truth.totals.clone();
    for row in stage.rows(truth.date, "summary") {
        assert_eq!(fen(&row, "unexplained"), 0, "{} {row:?}", truth.date);
        if row["kind"] == "total" {
            continue;
        }
        let stream = totals.keys().find(|stream| {
            stream.account == row["account"]
                && stream.kind.code() == row["kind"]
                && stream.product == row["product"]
        });
        let total = stream.cloned().and_then(|stream| totals.remove(&stream)).unwrap_or_default();
        let both = (fen(&row, "merchant_amount"), fen(&row, "provider_amount"));
        assert_eq!(both, (total.merchant_minor, total.provider_minor), "{} {row:?}", truth.date);
    }
    assert!(totals.is_empty(), "{} has no line for {totals:?}", truth.date);
}

/// An account that cannot be reached is failed, one with a wrong answer incomplete, others complete.
pub(super) fn check_verdicts(outcome: &RunOutcome, number: i64) {
    for verdict in &outcome.verdicts {
        let expected = match (number, &*verdict.account) {
            (4, "xxpay-main") => Verdict::Failed,
            (8, "xxpay-main") => Verdict::Incomplete,
            _ => Verdict::Complete,
        };
        assert_eq!(verdict.verdict, expected, "night {number}: {verdict:?}");
    }
}

/// A count and a sum of what is at stake, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally(i64, i64);

impl Tally {
    fn add(&mut self, minor: i64) {
        *self = Self(self.0 + 1, self.1 + minor);
    }
}

/// What is outstanding in a night's report: account, order and type → fen at stake.
type Outstanding = BTreeMap<(String, String, String), i64>;

fn outstanding(stage: &Stage, truth: &NightTruth) -> Outstanding {
    let mut all = Outstanding::new();
    for row in stage.rows(truth.date, "discrepancies") {
        if row["state"] == "resolved" {
            continue;
        }
        let planted = truth.rows.iter().find(|planted| {
            planted.key.order_no == row["merchant_order_no"] && planted.kind.code() == row["type"]
        });
        // Of what an account should hold or be paid, what is missing is at stake.
        let of_account = || (fen(&row, "provider_amount") - fen(&row, "merchant_amount")).abs();
        let minor = planted.map_or_else(of_account, |planted| planted.stake_minor);
        let key = ["account", "merchant_order_no", "type"].map(|column| row[column].clone());
        let [account, order_no, kind] = key;
        all.insert((account, order_no, kind), minor);
    }
    all
}

/// Opening + new − closed = outstanding, account by account, in count and in yuan; what was
/// outstanding the night before is the opening.
pub(super) fn check_roll(stage: &Stage, before: Option<&NightTruth>, truth: &NightTruth) {
    let then = before.map(|before| outstanding(stage, before)).unwrap_or_default();
    let now = outstanding(stage, truth);
    let rows = stage.rows(truth.date, "roll");
    for account in stage.nights.accounts().into_iter().chain(["total"]) {
        let is_of = |key: &&(String, String, String)| account == "total" || key.0 == account;
        let mut parts = [Tally::default(); 4];
        for (key, minor) in then.iter().filter(|(key, _)| is_of(key)) {
            parts[0].add(*minor);
            if !now.contains_key(key) {
                parts[2].add(*minor);
            }
        }
        for (key, minor) in now.iter().filter(|(key, _)| is_of(key)) {
            parts[3].add(*minor);
            if !then.contains_key(key) {
                parts[1].add(*minor);
            }
        }
        let row = rows.iter().find(|row| row["account"] == account);
        let row = row.unwrap_or_else(|| panic!("{} has no roll of {account}", truth.date));
        for (name, expected) in ["opening", "new", "closed", "outstanding"].iter().zip(parts) {
            let count: i64 = row[&format!("{name}_count")].parse().unwrap();
            let found = Tally(count, fen(row, &format!("{name}_amount")));
            assert_eq!(found, expected, "{} {account} {name}: {row:#?}", truth.date);
        }
        assert_eq!(row["reopened_count"], "0", "{}", truth.date);
    }
}

/// What an account held is a discrepancy of its own where something is left over and the day is proved,
/// and of the day before where it still is; what the night before has left over and this one knows is
/// closed.
pub(super) fn check_balances(stage: &Stage, date: BusinessDate, number: i64) {
    let rows = stage.rows(date, "discrepancies");
    for account in stage.nights.accounts() {
        let shown = |day: BusinessDate| {
            let key = format!("BALANCE-{day}");
            let mut rows = rows.iter().filter(|row| row["account"] == account);
            rows.find(|row| row["merchant_order_no"] == key).map(|row| row["state"].clone())
        };
        let left = |day: BusinessDate, night: BusinessDate| {
            let period = (end_of(day.plus_days(-1)), end_of(day));
            stage.nights.bridge(account, period, night).unexplained_minor != 0
        };
        if account == "xxpay-main" && [4, 5, 6, 8, 9].contains(&number) {
            // Not asked, or not proved: nothing can be said of what is left over.
            continue;
        }
        let before = date.plus_days(-1);
        let expected = left(date, date).then(|| "open".to_owned());
        assert_eq!(shown(date), expected, "{date} {account}");
        // As long as something is left over of an older day, each night looks at it again.
        let is_always_proved = account != "xxpay-main";
        let older = Nights::dates().into_iter().filter(|day| *day < before && is_always_proved);
        for day in older.chain((number > 1).then_some(before)) {
            let expected = match (left(day, before), left(day, date)) {
                (false, _) => None,
                (true, true) => Some("open".to_owned()),
                (true, false) => Some("resolved".to_owned()),
            };
            assert_eq!(shown(day), expected, "{date} {account} {day}");
        }
    }
}

/// Which lines of a bridge a cause is told in.
fn lines_of(cause: Cause) -> &'static [&'static str] {
    match cause {
        Cause::Payments => &["payments"],
        Cause::PaymentFees => &["fees"],
        Cause::Refunds => &["refunds", "given_back"],
        Cause::Payouts => &["payouts"],
        Cause::PayoutFees => &["payout_fees"],
        Cause::Settlements => &["settlements"],
        Cause::TopUps => &["topups"],
        Cause::Adjustments => &["adjustments"],
    }
}

/// From what an account held at one midnight to what it held at the next: every line, and what is left
/// over, is what happened, as far as this night can know.
pub(super) fn check_bridges(stage: &Stage, date: BusinessDate, number: i64) {
    let rows = stage.rows(date, "balances");
    for account in stage.nights.accounts() {
        let is_of = |row: &&Row| row["account"] == account && row["section"] == "bridge";
        let sum = |names: &[&str]| -> Option<i64> {
            let named = rows.iter().filter(is_of).filter(|row| names.contains(&&*row["line"]));
            named.map(|row| fen(row, "amount")).reduce(|sum, fen| sum + fen)
        };
        // On the fourth night nobody could be asked what it holds.
        if account == "xxpay-main" && [4, 5].contains(&number) {
            assert_eq!(sum(&["balance_gap"]), None, "{date} {account}");
            continue;
        }
        let period = (end_of(date.plus_days(-1)), end_of(date));
        let truth = stage.nights.bridge(account, period, date);
        let ends = ["opening", "closing", "balance_gap"].map(|name| sum(&[name]));
        let expected = [truth.opening_minor, truth.closing_minor, truth.unexplained_minor];
        assert_eq!(ends, expected.map(Some), "{date} {account}: {truth:?}");
        for (cause, minor) in &truth.lines {
            let found = sum(lines_of(*cause)).unwrap_or(0);
            assert_eq!(found, *minor, "{date} {account} {cause:?}: {truth:?}");
        }
    }
}

/// Every settlement is what the platforms work out, as far as this night can know, and is judged by
/// what was paid.
pub(super) fn check_settlements(stage: &Stage, date: BusinessDate) {
    let mut expected = Vec::new();
    let mut watched = BTreeMap::new();
    for ((account, product, on), truth) in stage.nights.settlements(date) {
        if truth.settled_minor.is_some() {
            let first = watched.entry(account).or_insert(on);
            *first = on.min(*first);
        }
        expected.push((account, product, on, truth));
    }
    let expected = expected.into_iter().filter_map(|(account, product, on, truth)| {
        let (from, to) = truth.days.unwrap();
        // Two nights of this account were never proved.
        let unproved = [3, 7].map(|number| Nights::dates()[number]);
        let is_proved =
            account != "xxpay-main" || !unproved.iter().any(|day| (from..=to).contains(day));
        let net = truth.net_minor();
        let is_watched = watched.get(account).is_some_and(|first| *first <= on);
        let judged = match truth.settled_minor {
            _ if on > date => "in_transit",
            Some(settled) if settled == net => "settled",
            _ if !is_proved => "expected",
            Some(_) => "mismatch",
            None if net <= 0 => "nothing_due",
            None if is_watched && on < date => "mismatch",
            None => "expected",
        };
        let is_shown = on >= date || (from..=to).contains(&date) || judged == "mismatch";
        let parts = [
            truth.gross_minor,
            truth.refunds_minor,
            truth.fees_minor,
            truth.payouts_minor,
            truth.payout_fees_minor,
            net,
        ];
        let parts = parts.map(yuan).join(" ");
        let settled = truth.settled_minor.map_or(String::new(), yuan);
        is_shown.then(|| format!("{account} {product} {on} {from} {to} {parts} {settled} {judged}"))
    });
    let mut expected: Vec<String> = expected.collect();
    assert!(expected.len() > 5, "{date} {expected:?}");
    let columns = [
        "account",
        "product",
        "settlement_date",
        "business_from",
        "business_to",
        "gross",
        "refunds",
        "fees",
        "payouts",
        "payout_fees",
        "net",
        "settled",
        "state",
    ];
    let rows = stage.rows(date, "settlement");
    let mut found: Vec<String> =
        rows.iter().map(|row| columns.map(|column| row[column].clone()).join(" ")).collect();
    expected.sort();
    found.sort();
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let false_ones: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert_eq!(found, expected, "{date}\nmissing {missing:#?}\nfalse {false_ones:#?}");
}

/// Every report made again from the ledger is as it was; only what came after may be added to the
/// corrections.
pub(super) async fn check_made_again(
    stage: &Stage,
    first: &BTreeMap<BusinessDate, BTreeMap<String, Vec<u8>>>,
    but: &[BusinessDate],
) {
    for (date, files) in first.iter().filter(|(date, _)| !but.contains(date)) {
        stage.app.report(*date).await.unwrap();
        let again = stage.files(*date);
        assert!(files.keys().eq(again.keys()), "{date}");
        for (name, bytes) in files {
            // Corrections tell what came later; the manifest has their digest.
            let follows = ["_corrections", "manifest", "_report."];
            // A roll opens with what the day before has left, also where that was run again.
            let opens_anew = name.contains("_roll") && but.contains(&date.plus_days(-1));
            let may_differ = follows.iter().any(|part| name.contains(part)) || opens_anew;
            if may_differ {
                continue;
            }
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(text(&again[name]), text(bytes), "{name}");
        }
    }
}
