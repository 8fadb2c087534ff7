//! Lives through a world and compares: the oracle's rows with the files', and the files with
//! themselves when something is run again.

use std::collections::BTreeMap;
use std::path::Path;

use duizhang::business_day::BusinessDate;
use duizhang::money::minor_from_yuan;
use duizhang::month::Month;
use duizhang::report;

use super::oracle::{Oracle, Truth, line, run_at};
use super::stage::{Files, Row, Stage, rows};
use super::world::{ACCOUNTS, Event, NIGHTS, Order, World, day};

/// A failure: night, file, and what is wrong.
type Check = Result<(), String>;

fn fen(row: &Row, column: &str) -> i64 {
    minor_from_yuan(&row[column]).unwrap_or_else(|error| panic!("{column} {error}: {row:?}"))
}

fn count(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

/// Lines that are missing and lines that are too many.
fn same(date: BusinessDate, file: &str, expected: &[String], found: &[String]) -> Check {
    let missing =
        expected.iter().filter(|row| !found.contains(row)).map(|row| format!("\n  - {row}"));
    let extra =
        found.iter().filter(|row| !expected.contains(row)).map(|row| format!("\n  + {row}"));
    let diff: String = missing.chain(extra).collect();
    if diff.is_empty() && expected.len() == found.len() {
        return Ok(());
    }
    Err(format!("night {date}:{file}: expected (-) and found (+){diff}"))
}

/// The folders of all nights.
pub(super) type Folders = BTreeMap<BusinessDate, Files>;

/// "The same inputs give the same bytes", whatever the ledger; a manifest has the digest of the
/// configuration, which names the ledger.
pub(super) fn equal(one: &Folders, other: &Folders) -> Check {
    for (date, files) in one {
        let but = |files: &Files| -> Files {
            files
                .iter()
                .filter(|(name, _)| *name != "manifest.json")
                .map(|(name, bytes)| (name.clone(), bytes.clone()))
                .collect()
        };
        unchanged(*date, "on the other ledger", &but(files), &but(&other[date]), &[])?;
    }
    Ok(())
}

/// Lives through a world.
pub(super) async fn live(world: &World, url: Option<String>) -> Result<Folders, String> {
    let stage = Stage::open(world, url).await;
    let mut oracle = Oracle::new(world);
    stage.balances(day(-1)).await;
    let mut before: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let mut folders: Folders = BTreeMap::new();
    for date in (0..NIGHTS).map(day) {
        stage.balances(date).await;
        let down = stage.down(date);
        stage.job(date, run_at(date), &down).await;
        let truth = oracle.night(date, run_at(date), |account| down.contains(&account));
        check_night(&stage, date, &truth)?;
        check_roll(&stage, date, &truth, &before)?;
        folders.insert(date, stage.files(date));
        for event in world.events() {
            let Event::Again { after, date: again, all_down } = event else { continue };
            if after == date && again == date && !down.is_empty() && !all_down {
                // The morning after an outage: what was not answered is answered now.
                stage.job(date, run_at(date).plus_seconds(3600), &[]).await;
                let truth = oracle.night(date, run_at(date).plus_seconds(3600), |_| false);
                check_night(&stage, date, &truth)?;
                folders.insert(date, stage.files(date));
            } else if after == date {
                let orders = oracle.listed_since(again, date);
                run_again(&stage, &mut folders, (again, date), all_down.then_some(&orders)).await?;
            }
        }
        before = roll_ends(&stage, date);
    }
    let month = Month::of(day(0));
    let set = stage.app.month(month).await.unwrap();
    let rows = rows(&set.folder.join(format!("{month}_fee_claim.csv")));
    let of_orders = rows.iter().filter(|row| !row["merchant_order_no"].is_empty());
    let columns = ["account", "merchant_order_no", "amount", "expected", "charged"];
    same(day(NIGHTS - 1), "fee claim of the month", &oracle.claim(), &lines(of_orders, &columns))?;
    Ok(folders)
}

/// Some columns of rows, as sorted lines.
fn lines<'a>(rows: impl Iterator<Item = &'a Row>, columns: &[&str]) -> Vec<String> {
    let cells = |row: &Row| columns.iter().map(|column| row[*column].clone()).collect::<Vec<_>>();
    let mut lines: Vec<String> =
        rows.map(|row| line(&cells(row).iter().map(String::as_str).collect::<Vec<_>>())).collect();
    lines.sort();
    lines
}

/// Gross, refunds, fees, payouts and net of every settlement.
fn check_settlements(stage: &Stage, date: BusinessDate, truth: &Truth) -> Check {
    let rows = stage.rows(date, "settlement");
    let of_products = rows.iter().filter(|row| row["product"] != "total");
    let row = |row: &Row| {
        let sum = |count: &str, fen: &str| format!("{} × {}", row[count], row[fen]);
        line(&[
            &row["account"],
            &row["product"],
            &row["settlement_date"],
            &sum("payment_count", "gross"),
            &sum("refund_count", "refunds"),
            &row["fees"],
            &sum("payout_count", "payouts"),
            &sum("returned_count", "returned"),
            &row["payout_fees"],
            &row["net"],
        ])
    };
    let mut found: Vec<String> = of_products.map(row).collect();
    found.sort();
    same(date, "settlement", &truth.settlements, &found)
}

/// "A date that is run again changes nothing of other dates but what it newly learnt about them": and
/// nothing at all where it is the same night. "An outage takes nothing back": while no platform answers,
/// nothing of its own report changes either but of orders that were told of since.
async fn run_again(
    stage: &Stage,
    folders: &mut Folders,
    (date, last): (BusinessDate, BusinessDate),
    listed_in_outage: Option<&Vec<&Order>>,
) -> Check {
    let down = if listed_in_outage.is_some() { ACCOUNTS.to_vec() } else { Vec::new() };
    stage.job(date, run_at(last).plus_seconds(1800), &down).await;
    let (then, now) = (&folders[&date], &stage.files(date));
    match listed_in_outage {
        Some(orders) if date != last => {
            let what = "run again while no platform answers";
            if orders.is_empty() {
                unchanged(date, what, then, now, &["corrections"])?;
            } else {
                let (then, now) = (but_of(then, orders), but_of(now, orders));
                unchanged(date, what, &then, &now, &["corrections"])?;
            }
        }
        Some(_) => unchanged(date, "run again while no platform answers", then, now, &[])?,
        None if date == last => unchanged(date, "run again", then, now, &[])?,
        None => {}
    }
    folders.insert(date, stage.files(date));
    verified(stage, date)?;
    let later: Vec<BusinessDate> = folders.keys().copied().filter(|it| *it > date).collect();
    for it in later {
        stage.app.report(it).await.unwrap();
        let what = format!("made again after {date} was run again");
        unchanged(it, &what, &folders[&it], &stage.files(it), &["corrections", "roll"])?;
    }
    Ok(())
}

/// The tables without what is about some orders: their own rows in the list, and the sums of their
/// accounts and of all.
fn but_of(files: &Files, orders: &[&Order]) -> Files {
    let tables = files.iter().filter(|(name, _)| is_table(name));
    let kept = tables.map(|(name, bytes)| {
        let is_list = name.contains("_discrepancies");
        let about = |line: &str| {
            let has = |cell: &str| line.contains(cell);
            if is_list && !has("BALANCE-") && !has("SETTLEMENT-") {
                orders.iter().any(|order| has(&order.no))
            } else {
                has(",total,")
                    || orders.iter().any(|order| has(&format!(",{},", order.lane.account)))
            }
        };
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.lines().filter(|line| !about(line)).collect();
        (name.clone(), lines.join("\n").into_bytes())
    });
    kept.collect()
}

fn is_table(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "csv")
}

/// Two sets of files are the same, byte for byte, but for some (and the overviews, which show these).
fn unchanged(date: BusinessDate, what: &str, then: &Files, now: &Files, but: &[&str]) -> Check {
    // The tables first: the overviews show no more than they have.
    let (tables, overviews): (Vec<_>, Vec<_>) = now.iter().partition(|(name, _)| is_table(name));
    for (name, bytes) in tables.into_iter().chain(overviews) {
        let follows = ["manifest", "_report."].iter().any(|part| name.contains(part));
        let may = but.iter().any(|part| name.contains(part)) || (follows && !but.is_empty());
        if may || then.get(name) == Some(bytes) {
            continue;
        }
        let lines = |files: &Files| -> Vec<String> {
            let text = String::from_utf8_lossy(files.get(name).map_or(&[], Vec::as_slice));
            text.lines().map(str::to_owned).collect()
        };
        let text = is_table(name);
        let (then, now) = if text { (lines(then), lines(now)) } else { (vec![], vec![]) };
        same(date, &format!("{what}, {name}"), &then, &now)?;
        if !text {
            return Err(format!("night {date}:{what}, {name}: other bytes"));
        }
    }
    Ok(())
}

/// `verify` passes.
fn verified(stage: &Stage, date: BusinessDate) -> Check {
    let verified = report::verify(&stage.folder(date));
    verified.map(|_| ()).map_err(|error| format!("night {date}:verify: {error}"))
}

/// Whether a row is about an account and not about an order.
fn is_of_account(row: &Row) -> bool {
    ["balance_mismatch", "settlement_mismatch"].contains(&&*row["type"])
}

fn check_night(stage: &Stage, date: BusinessDate, truth: &Truth) -> Check {
    let all = stage.rows(date, "discrepancies");
    let of_orders = all.iter().filter(|row| !is_of_account(row));
    let columns = [
        "account",
        "kind",
        "product",
        "merchant_order_no",
        "type",
        "state",
        "business_date",
        "difference",
        "first_seen",
    ];
    let found = lines(of_orders, &columns);
    same(date, "discrepancies", &truth.rows, &found)?;
    check_summary(stage, date, truth, &all)?;
    check_bridges(stage, date, truth)?;
    check_settlements(stage, date, truth)?;
    verified(stage, date)
}

/// Counts and sums of both sides by date; "difference = timing_amount + discrepancy_amount +
/// unexplained, where the first two are sums over the very rows written for that day".
fn check_summary(stage: &Stage, date: BusinessDate, truth: &Truth, list: &[Row]) -> Check {
    let rows = stage.rows(date, "summary");
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for (stream, totals) in &truth.totals {
        let (account, kind, product) = stream;
        let is_of = [("account", account), ("kind", kind), ("product", product)];
        let is_of = |row: &Row| is_of.iter().all(|(column, value)| row[*column] == **value);
        let of_day = |row: &&Row, timing: bool| {
            is_of(row)
                && row["business_date"] == date.to_string()
                && !is_of_account(row)
                && row["state"] != "resolved"
                && (row["state"] == "timing") == timing
        };
        let sums = [true, false].map(|timing| {
            let rows = list.iter().filter(|row| of_day(row, timing));
            rows.fold((0, 0), |sum: (i64, i64), row| (sum.0 + 1, sum.1 + fen(row, "difference")))
        });
        let numbers = |merchant, provider, timing, open, rest: i64| {
            format!(
                "{account} {kind} {product}: merchant {merchant:?} platform {provider:?} timing {timing:?} open {open:?} unexplained {rest}"
            )
        };
        expected.push(numbers(totals.merchant, totals.provider, sums[0], sums[1], 0));
        let row = rows.iter().find(|row| is_of(row));
        let pair = |name: &str| {
            row.map_or((0, 0), |row| {
                (count(row, &format!("{name}_count")), fen(row, &format!("{name}_amount")))
            })
        };
        let rest = row.map_or(0, |row| {
            let parts = fen(row, "timing_amount") + fen(row, "discrepancy_amount");
            fen(row, "difference") - parts + fen(row, "unexplained").abs()
        });
        found.push(numbers(
            pair("merchant"),
            pair("provider"),
            pair("timing"),
            pair("discrepancy"),
            rest,
        ));
    }
    same(date, "summary", &expected, &found)?;
    let verdicts = rows.iter().filter(|row| row["kind"] == "total");
    let found: Vec<String> =
        verdicts.map(|row| format!("{} {}", row["account"], row["verdict"])).collect();
    let expected: Vec<String> =
        truth.verdicts.iter().map(|(account, verdict)| format!("{account} {verdict}")).collect();
    same(date, "verdicts", &expected, &found)
}

/// What each account, and all together, has outstanding at the end of a roll.
fn roll_ends(stage: &Stage, date: BusinessDate) -> BTreeMap<String, (i64, i64)> {
    let ends = stage.rows(date, "roll").into_iter().map(|row| {
        let end = (count(&row, "outstanding_count"), fen(&row, "outstanding_amount"));
        (row["account"].clone(), end)
    });
    ends.collect()
}

/// "Opening + new + reopened − closed ± changed = outstanding, in count and in yuan", the opening is
/// the end of the night before, and the list has as many rows.
fn check_roll(
    stage: &Stage,
    date: BusinessDate,
    truth: &Truth,
    before: &BTreeMap<String, (i64, i64)>,
) -> Check {
    let list = stage.rows(date, "discrepancies");
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for row in stage.rows(date, "roll") {
        let account = &row["account"];
        let part = |name: &str| {
            (count(&row, &format!("{name}_count")), fen(&row, &format!("{name}_amount")))
        };
        let [opening, new, reopened, closed, changed, outstanding] =
            ["opening", "new", "reopened", "closed", "changed", "outstanding"].map(part);
        let is_of = |it: &&Row| account == "total" || it["account"] == *account;
        let rows = || list.iter().filter(is_of);
        let (done, here): (Vec<&Row>, Vec<&Row>) = rows().partition(|it| it["state"] == "resolved");
        let first = here.iter().filter(|it| it["first_seen"] == date.to_string()).count();
        let sum = (
            opening.0 + new.0 + reopened.0 - closed.0,
            opening.1 + new.1 + reopened.1 - closed.1 + changed.1,
        );
        let stake: i64 = here
            .iter()
            .filter(|it| is_of_account(it))
            .map(|it| (fen(it, "provider_amount") - fen(it, "merchant_amount")).abs())
            .chain(
                truth
                    .at_stake
                    .iter()
                    .filter(|(name, _)| account == "total" || account == *name)
                    .map(|(_, fen)| *fen),
            )
            .sum();
        let opens = before.get(account).copied().unwrap_or_default();
        let counts = |new: usize, closed: usize, listed: usize| {
            format!("new {new} closed {closed} listed {listed}")
        };
        let size = |number: i64| usize::try_from(number).unwrap();
        expected.push(format!(
            "{account} opens with {opens:?}, comes to {sum:?} at stake {stake}; {}",
            counts(first, done.len(), here.len())
        ));
        found.push(format!(
            "{account} opens with {opening:?}, comes to {outstanding:?} at stake {}; {}",
            outstanding.1,
            counts(size(new.0), size(closed.0), size(outstanding.0))
        ));
    }
    same(date, "roll", &expected, &found)
}

/// What is left over of each account's bridge.
fn check_bridges(stage: &Stage, date: BusinessDate, truth: &Truth) -> Check {
    let rows = stage.rows(date, "balances");
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for (account, rest) in &truth.rests {
        let is_rest = |row: &&Row| {
            row["account"] == *account && row["section"] == "bridge" && row["line"] == "balance_gap"
        };
        let row = rows.iter().find(is_rest);
        expected.push(format!("{account} {rest}"));
        found.push(format!("{account} {}", row.map_or(i64::MIN, |row| fen(row, "amount"))));
    }
    same(date, "balances", &expected, &found)
}
