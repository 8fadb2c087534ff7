//! Goal: night after night, one process takes no more memory and no more files, and a night no more time;
//! and the ledger grows by what the orders take, not faster. Method: nights of one account in a process of
//! its own, measured after each; what grows from the middle of them to the end is a failure, not only what
//! is large. `DUIZHANG_SOAK_NIGHTS` for more nights.

use std::fs;
use std::path::Path;
use std::process::Command;

use duizhang::business_day::BusinessDate;
use duizhang::clock::FixedClock;
use duizhang::job;
use duizhang::run::{self, Scope};
use serde_json::json;

use crate::stub::{Stubbed, november};

/// Nights, where nobody asks for more.
const NIGHTS: usize = 9;
/// Orders of a night.
const ORDERS: usize = 60;
/// Nights until everything that is made once has been made.
const WARM: usize = 3;
/// Bytes of the ledger for one order, at most: with its answer, and its share of discrepancies.
const BYTES_PER_ORDER: i64 = 4 * 1024;
/// Bytes that the process may have more at the end than in the middle.
const MEMORY_SLACK: i64 = 24 * 1024 * 1024;
/// Files that it may have open more, but for the ledger's.
const FILES_SLACK: i64 = 2;
/// The ledger's files that it may have open: each of at most thirteen connections has two, the database and
/// its log, and all share an index. How many there are is a matter of what happens at the same moment.
const LEDGER_FILES_MAX: i64 = 13 * 2 + 2;
/// Sockets that it may have open more: connections wait for the next request, or do not. One left behind by
/// each request would be as many as a third of the nights has orders.
const SOCKETS_SLACK: i64 = 12;

/// What a night left.
#[derive(Debug, Clone, Copy, Default)]
struct Measured {
    memory: i64,
    files: i64,
    ledger_files: i64,
    sockets: i64,
    ledger: i64,
    milliseconds: i64,
}

/// How much the middle of the last third is above that of the third before it.
fn slope(figures: &[i64]) -> i64 {
    let third = figures.len() / 3;
    let middle = |part: &[i64]| {
        let mut sorted = part.to_vec();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let last = figures.len() - third;
    middle(&figures[last..]) - middle(&figures[last - third..last])
}

#[test]
fn a_slope_is_noticed_and_a_spike_is_not() {
    assert_eq!(slope(&[5, 5, 5, 5, 5, 5, 5, 5, 5]), 0);
    assert_eq!(slope(&[5, 5, 5, 5, 50, 5, 5, 5, 90]), 0);
    assert_eq!(slope(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), 3);
    assert_eq!(slope(&[9, 1, 1, 1, 1, 1, 1, 1, 1]), 0);
}

/// The process's resident bytes, open files, open files of the ledger, and open sockets, by `/proc`.
fn of_process() -> Measured {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: i64 = line.split_whitespace().next().unwrap().parse().unwrap();
    let mut found = Measured { memory: kib * 1024, ..Measured::default() };
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let to = fs::read_link(entry.unwrap().path()).unwrap_or_default();
        let to = to.to_string_lossy();
        let count = if to.starts_with("socket:") {
            &mut found.sockets
        } else if to.contains("/var/ledger.db") {
            &mut found.ledger_files
        } else {
            &mut found.files
        };
        *count += 1;
    }
    found
}

fn bytes_of(path: &Path) -> i64 {
    fs::metadata(path).map_or(0, |it| i64::try_from(it.len()).unwrap())
}

/// The orders of a date, and what the platform says of each: every twentieth is paid with another amount,
/// and one is not finished.
fn day_of(stub: &Stubbed, date: BusinessDate) {
    let number = |n: usize| format!("{}{n:04}", date.to_string().replace('-', ""));
    let mut lines = vec!["account,kind,order_no,amount,status,paid_at".to_owned()];
    let mut answers = stub.answers.lock().unwrap();
    answers.clear();
    for n in 0..ORDERS {
        let order_no = number(n);
        lines.push(format!("a,payment,{order_no},100.00,succeeded,{date} 10:00:00"));
        let amount = if n % 20 == 7 { 9_900 } else { 10_000 };
        let status = if n == 3 { "pending" } else { "succeeded" };
        let paid_at =
            duizhang::business_day::BusinessDay::BEIJING.start_of(date).plus_seconds(36_000);
        let answer = json!({
            "sign": "good", "order_no": order_no, "number": format!("P{order_no}"), "status": status,
            "amount": amount, "paid_at": paid_at.epoch_seconds(),
        });
        answers.insert(format!("/query/{order_no}"), answer);
    }
    drop(answers);
    let folder = stub.folder.path().join("orders");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{date}.csv")), lines.join("\n")).unwrap();
}

/// What this process has had of the processors: other work on the machine makes no night longer.
fn processor_milliseconds() -> i64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    // `utime` and `stime` of proc_pid_stat(5), in hundredths of a second on Linux.
    let hundredths: i64 = fields[11..13].iter().map(|field| field.parse::<i64>().unwrap()).sum();
    hundredths * 10
}

async fn measured(nights: usize) -> Vec<Measured> {
    let mut stub = Stubbed::new(&["payment"]).await;
    let jobs = job::jobs_for(&stub.app.config).unwrap();
    let nightly = jobs.into_iter().find(|job| job.name == "nightly").unwrap();
    let ledger = stub.folder.path().join("var/ledger.db");
    let mut found = Vec::new();
    for night in 0..nights {
        let date = november(1).plus_days(i64::try_from(night).unwrap());
        day_of(&stub, date);
        stub.asked.lock().unwrap().clear();
        let morning = stub.app.config.business_day.end_of(date).plus_seconds(9_000);
        stub.app.clock = Box::new(FixedClock(morning));
        let before = processor_milliseconds();
        let scope = Scope { date, accounts: Vec::new() };
        let outcome = run::job(&stub.app, &nightly, &scope).await.unwrap();
        assert!(outcome.report.unwrap().counts.len() > 1, "{date}");
        let milliseconds = processor_milliseconds() - before;
        found.push(Measured { ledger: bytes_of(&ledger), milliseconds, ..of_process() });
    }
    found
}

/// The nights themselves, in a process in which nothing else runs.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
#[expect(clippy::print_stderr, reason = "figures are for people")]
async fn nights_of_one_process() {
    let asked = std::env::var_os("DUIZHANG_SOAK_NIGHTS");
    let nights = asked.map_or(NIGHTS, |text| text.to_str().unwrap().parse().unwrap());
    let all = measured(nights + WARM).await;
    let warm = &all[WARM..];
    let of = |figure: fn(&Measured) -> i64| warm.iter().map(figure).collect::<Vec<_>>();
    let third = i64::try_from(warm.len() / 3).unwrap();
    let orders = third * i64::try_from(ORDERS).unwrap();
    let per_order = slope(&of(|it| it.ledger)) / orders;
    let (memory, files) = (slope(&of(|it| it.memory)), slope(&of(|it| it.files)));
    let sockets = slope(&of(|it| it.sockets));
    let time = slope(&of(|it| it.milliseconds));
    let usual = of(|it| it.milliseconds)[warm.len() / 3];
    let last = all.last().unwrap();
    eprintln!(
        "soak: {} nights of {ORDERS} orders; at the end {} MiB, {} files, {} of the ledger, {} sockets, {} KiB of ledger, \
         {} ms a night; \
         over a third of them {} KiB of memory, {files} files, {per_order} bytes of ledger an order, {time} ms \
         more",
        all.len(),
        last.memory >> 20,
        last.files,
        last.ledger_files,
        last.sockets,
        last.ledger >> 10,
        last.milliseconds,
        memory >> 10,
    );
    assert!(memory < MEMORY_SLACK, "{all:#?}");
    assert!(files <= FILES_SLACK, "{all:#?}");
    assert!(all.iter().all(|it| it.ledger_files <= LEDGER_FILES_MAX), "{all:#?}");
    assert!(sockets <= SOCKETS_SLACK, "{all:#?}");
    assert!(per_order < BYTES_PER_ORDER, "{per_order} bytes an order: {all:#?}");
    assert!(time < usual + 2_000, "{all:#?}");
}

#[test]
fn nights_in_a_row_take_no_more_and_no_longer() {
    if !Path::new("/proc/self/status").exists() {
        return;
    }
    let name = "nights::soak::nights_of_one_process";
    let mut command = Command::new(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name, "--ignored", "--nocapture"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    let figures = printed.lines().find(|line| line.starts_with("soak: ")).expect("it ran");
    crate::night::say(figures);
}
