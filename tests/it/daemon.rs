//! Goal: nights go by without anybody watching. Method: the daemon through the binary, with a clock
//! that runs faster and simulated providers; it is killed, stopped, spoken to, and started again.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::night::{DATE, On, Rehearsal, code, stderr, stdout};

/// A process that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_mins(5);
/// Jobs that are built in and would only disturb.
const OTHERS: [&str; 4] = ["balances", "hourly-watch", "month-end", "morning"];

/// A world with only one job, which writes down what it is told, and orders files for the days
/// after the world's, which have no orders.
fn rehearsal(orders: u32, latency_ms: u32, more: &str) -> Rehearsal {
    let rehearsal = Rehearsal::start(On::Sqlite, orders, latency_ms);
    std::fs::create_dir(rehearsal.path("jobs")).unwrap();
    for job in OTHERS {
        let text = "schedule = []\nsteps = [\"report\"]\n";
        std::fs::write(rehearsal.path(&format!("jobs/{job}.toml")), text).unwrap();
    }
    let world = std::fs::read_to_string(rehearsal.path(&format!("orders/{DATE}.csv"))).unwrap();
    let header = world.lines().next().unwrap();
    for day in 19..=25 {
        let path = rehearsal.path(&format!("orders/2026-11-{day}.csv"));
        std::fs::write(path, format!("{header}\r\n")).unwrap();
    }
    nightly(&rehearsal, more);
    rehearsal
}

fn nightly(rehearsal: &Rehearsal, more: &str) {
    let program = r#"printf '%s ' "$DUIZHANG_DATE $DUIZHANG_OUTCOME $DUIZHANG_EXIT_CODE" >> told; head -n 1 >> told"#;
    let text = format!(
        "schedule = \"30 2 * * *\"\nsteps = [\"import_orders\", \"pull\", \"reconcile\", \"report\"]\n\
         {more}\n[messages]\non = [\"done\", \"open\", \"unproved\", \"failed\"]\n\
         command = [\"sh\", \"-c\", '''{program}''']\n"
    );
    std::fs::write(rehearsal.path("jobs/nightly.toml"), text).unwrap();
}

/// What was told, without the sentences: `date outcome exit-code`.
fn messages(rehearsal: &Rehearsal) -> Vec<String> {
    let text = std::fs::read_to_string(rehearsal.path("told")).unwrap_or_default();
    let facts = |line: &str| line.split(' ').take(3).collect::<Vec<_>>().join(" ");
    text.lines().map(facts).collect()
}

/// A process whose log is read line by line.
struct Watched {
    process: Child,
    /// Dropped with this; until then the process has limited time.
    _alive: Sender<()>,
    log: Lines<BufReader<ChildStderr>>,
    seen: Vec<String>,
}

impl Watched {
    fn start(mut command: Command, clock: &str) -> Self {
        command.env("DUIZHANG_REHEARSAL_CLOCK", clock).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap()).lines();
        let (alive, ended) = channel();
        let number = process.id().to_string();
        std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                Command::new("kill").args(["-s", "KILL", &number]).status().unwrap();
            }
        });
        Self { process, _alive: alive, log, seen: Vec::new() }
    }

    fn daemon(rehearsal: &Rehearsal, clock: &str) -> Self {
        Self::start(rehearsal.command(&["daemon", "-v"]), clock)
    }

    /// Reads the log until a line has all these words.
    fn until(&mut self, words: &[&str]) {
        for line in &mut self.log {
            let line = line.unwrap();
            let is_it = words.iter().all(|word| line.contains(word));
            self.seen.push(line);
            if is_it {
                return;
            }
        }
        panic!("the log ended without {words:?}:\n{}", self.seen.join("\n"));
    }

    fn signal(&self, name: &str) {
        let number = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &number]).status().unwrap().success());
    }

    /// Reads the rest of the log and gives it with the exit code; `None` for a killed process.
    fn end(mut self) -> (Option<i32>, String) {
        for line in &mut self.log {
            self.seen.push(line.unwrap());
        }
        (self.process.wait().unwrap().code(), self.seen.join("\n"))
    }

    fn stopped(self) -> String {
        self.signal("TERM");
        let (code, log) = self.end();
        assert_eq!(code, Some(0), "{log}");
        log
    }

    fn killed(mut self) {
        self.process.kill().unwrap();
        assert_eq!(self.end().0, None);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Most have ended; one of a test that failed has not.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn at(rehearsal: &Rehearsal, clock: &str, arguments: &[&str]) -> Output {
    let mut command = rehearsal.command(arguments);
    command.env("DUIZHANG_REHEARSAL_CLOCK", clock).output().unwrap()
}

#[test]
fn three_nights_are_each_run_once_although_the_daemon_is_killed_and_down_for_a_night() {
    let rehearsal = rehearsal(300, 5, "");
    // First start: the nights before are none of its business.
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T01:00:00+08:00,3600");
    daemon.until(&["first seen"]);
    daemon.until(&["begins", DATE]);
    daemon.until(&["step done", "import_orders"]);
    daemon.killed();
    assert_eq!(messages(&rehearsal), Vec::<String>::new());
    let jobs = stdout(&at(&rehearsal, "2026-11-19T04:00:00+08:00", &["jobs"]));
    assert!(jobs.contains("did not end"), "{jobs}");

    // Started again after the second night: what was cut short is taken up, then what was missed.
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-20T08:00:00+08:00,60");
    daemon.until(&["ended", DATE]);
    daemon.until(&["ended", "2026-11-19"]);
    daemon.until(&["waits until 2026-11-21 02:30:00"]);
    daemon.stopped();
    let first = messages(&rehearsal);
    assert_eq!(first.len(), 2, "{first:?}");
    assert_eq!(first[0], format!("{DATE} unproved 4"));
    assert!(first[1].starts_with("2026-11-19 "), "{first:?}");

    // A restart repeats nothing; the third night comes on time.
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-20T23:00:00+08:00,3600");
    daemon.until(&["ended", "2026-11-20"]);
    daemon.killed();
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-21T03:00:00+08:00,60");
    daemon.until(&["waits until 2026-11-22 02:30:00"]);
    let log = daemon.stopped();
    assert!(!log.contains("begins"), "{log}");
    let all = messages(&rehearsal);
    // The kill may have come before the message of the third night, not before its end.
    assert!(all.len() <= 3 && all[..2] == first, "{all:?}");
    let jobs = stdout(&at(&rehearsal, "2026-11-21T03:30:00+08:00", &["jobs", "--json"]));
    let jobs: serde_json::Value = serde_json::from_str(&jobs).unwrap();
    let nightly = jobs.as_array().unwrap().iter().find(|job| job["name"] == "nightly").unwrap();
    assert_eq!(nightly["last"]["business_date"], "2026-11-20");
    assert_eq!(nightly["next"], "2026-11-22 02:30:00");
    assert_eq!(nightly["overdue_since"], serde_json::Value::Null);
    // Two days later it is.
    let late = stdout(&at(&rehearsal, "2026-11-23T03:30:00+08:00", &["jobs"]));
    assert!(late.contains("OVERDUE since 2026-11-23 02:30:00"), "{late}");
}

#[test]
fn a_stopped_daemon_finishes_what_is_in_hand_and_takes_it_up_again() {
    let rehearsal = rehearsal(600, 60, "");
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T02:29:50+08:00,10");
    daemon.until(&["begins", DATE]);
    daemon.until(&["listed"]);
    let log = daemon.stopped();
    assert!(log.contains("cut short"), "{log}");
    assert_eq!(messages(&rehearsal), Vec::<String>::new());
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T03:00:00+08:00,10");
    daemon.until(&["begins", DATE, "attempt=2"]);
    daemon.until(&["ended", DATE]);
    daemon.stopped();
    assert_eq!(messages(&rehearsal), [format!("{DATE} unproved 4")]);
}

#[test]
fn a_run_that_has_to_stop_says_that_nothing_is_lost_and_the_next_one_gives_the_same() {
    let rehearsal = rehearsal(600, 60, "");
    let run = ["run", "nightly", "--date", DATE];
    let mut first = Watched::start(rehearsal.command(&run), "2026-11-19T02:30:00+08:00");
    first.until(&["listed"]);
    first.signal("INT");
    let (code_of_stopped, log) = first.end();
    assert_eq!(code_of_stopped, Some(1), "{log}");
    assert!(log.contains("what was answered is kept"), "{log}");
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(messages(&rehearsal), Vec::<String>::new());
    let again = at(&rehearsal, "2026-11-19T02:30:00+08:00", &run);
    assert_eq!(code(&again), 4, "{}", stderr(&again));
    let interrupted = rehearsal.report();
    std::fs::remove_dir_all(rehearsal.path("var")).unwrap();
    let undisturbed = at(&rehearsal, "2026-11-19T02:30:00+08:00", &run);
    assert_eq!(code(&undisturbed), 4, "{}", stderr(&undisturbed));
    assert!(rehearsal.report() == interrupted);
}

#[test]
fn a_second_signal_leaves_at_once() {
    // Ten seconds an answer: nothing that is in hand is finished meanwhile.
    let rehearsal = rehearsal(300, 10_000, "");
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T02:29:50+08:00,10");
    daemon.until(&["begins", DATE]);
    daemon.until(&["step done", "import_orders"]);
    daemon.signal("TERM");
    daemon.until(&["told to stop"]);
    daemon.signal("TERM");
    let (code, log) = daemon.end();
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("leaves at once") && !log.contains("cut short"), "{log}");
}

#[test]
fn a_run_that_is_not_done_before_its_deadline_is_stopped_and_has_failed() {
    let rehearsal = rehearsal(600, 400, "deadline = \"10m\"\nretries = 3\nretry_after = \"1m\"");
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T02:29:00+08:00,600");
    daemon.until(&["begins", DATE]);
    daemon.until(&["failed", "not done before its deadline"]);
    daemon.until(&["waits until 2026-11-20 02:30:00"]);
    let log = daemon.stopped();
    assert_eq!(log.matches("begins").count(), 1, "{log}");
    assert_eq!(messages(&rehearsal), [format!("{DATE} failed 1")]);
    let jobs = stdout(&at(&rehearsal, "2026-11-19T12:00:00+08:00", &["jobs"]));
    assert!(jobs.contains("with exit code 1 (failed)"), "{jobs}");
}

#[test]
fn a_night_that_is_not_proved_is_tried_again_and_reported_once() {
    let rehearsal = rehearsal(300, 0, "retries = 2\nretry_after = \"5m\"");
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T02:29:00+08:00,600");
    for attempt in ["attempt=1", "attempt=2", "attempt=3"] {
        daemon.until(&["begins", DATE, attempt]);
        daemon.until(&["ended", DATE, "exit_code=4"]);
    }
    daemon.until(&["waits until 2026-11-20 02:30:00"]);
    daemon.stopped();
    assert_eq!(messages(&rehearsal), [format!("{DATE} unproved 4")]);
}

#[test]
fn a_lock_of_another_process_is_waited_for() {
    let rehearsal = rehearsal(600, 400, "");
    let mut run = Watched::start(
        rehearsal.command(&["run", "nightly", "--date", DATE]),
        "2026-11-19T02:00:00+08:00",
    );
    run.until(&["import_orders"]);
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T02:29:50+08:00,60");
    daemon.until(&["waits", "holds the ledger's lock"]);
    let (code_of_run, log) = run.end();
    assert_eq!(code_of_run, Some(4), "{log}");
    daemon.until(&["ended", DATE]);
    daemon.stopped();
}

#[test]
fn configuration_and_jobs_are_read_again_and_a_wrong_one_is_refused() {
    let rehearsal = rehearsal(300, 0, "");
    let mut daemon = Watched::daemon(&rehearsal, "2026-11-19T12:00:00+08:00,60");
    daemon.until(&["waits until 2026-11-20 02:30:00"]);
    nightly(&rehearsal, "retires = 1\ndeadline = \"soon\"");
    daemon.signal("HUP");
    daemon.until(&["retires", "did you mean"]);
    daemon.until(&["soon"]);
    daemon.until(&["the old one stays"]);
    daemon.until(&["waits until 2026-11-20 02:30:00"]);
    let text = "schedule = \"45 3 * * *\"\nsteps = [\"report\"]\n";
    std::fs::write(rehearsal.path("jobs/nightly.toml"), text).unwrap();
    daemon.signal("HUP");
    daemon.until(&["read again"]);
    daemon.until(&["waits until 2026-11-20 03:45:00"]);
    daemon.stopped();
}

#[test]
fn a_range_of_days_is_run_in_order_and_stops_at_the_first_failure() {
    let rehearsal = rehearsal(300, 0, "");
    let clock = "2026-11-23T12:00:00+08:00";
    std::fs::remove_file(rehearsal.path("orders/2026-11-20.csv")).unwrap();
    let range = ["run", "nightly", "--from", DATE, "--to", "2026-11-21"];
    let failed = at(&rehearsal, clock, &range);
    assert_eq!(code(&failed), 1, "{}", stderr(&failed));
    let go_on = "duizhang run nightly --from 2026-11-20 --to 2026-11-21";
    assert!(stderr(&failed).contains(go_on), "{}", stderr(&failed));
    let days = |rehearsal: &Rehearsal| {
        messages(rehearsal).iter().map(|line| line[..10].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(days(&rehearsal), ["2026-11-18", "2026-11-19", "2026-11-20"]);
    std::fs::copy(rehearsal.path("orders/2026-11-19.csv"), rehearsal.path("orders/2026-11-20.csv"))
        .unwrap();
    std::fs::remove_file(rehearsal.path("told")).unwrap();
    let done = at(&rehearsal, clock, &["run", "nightly", "--from", DATE, "--to", "2026-11-20"]);
    assert_eq!(code(&done), 4, "the worst of three: {}", stderr(&done));
    assert_eq!(days(&rehearsal), ["2026-11-18", "2026-11-19", "2026-11-20"]);
    for wrong in [["2026-11-20", "2026-11-19"], ["2024-01-01", "2026-11-19"]] {
        let [from, to] = wrong;
        let refused = at(&rehearsal, clock, &["run", "nightly", "--from", from, "--to", to]);
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
    }
}

#[test]
fn of_a_dry_run_nothing_is_kept_but_the_report() {
    let rehearsal = rehearsal(300, 0, "");
    let clock = "2026-11-19T02:30:00+08:00";
    // One night is there already: the dry run goes on from it.
    let first = at(&rehearsal, clock, &["run", "nightly", "--date", "2026-11-17"]);
    assert_eq!(code(&first), 1, "there is no file of that day: {}", stderr(&first));
    let status = || stdout(&at(&rehearsal, clock, &["ledger", "status"]));
    let archived = || {
        let files = std::fs::read_dir(rehearsal.path("var/archive"));
        files.map_or(0, Iterator::count)
    };
    let before = (status(), archived());
    std::fs::remove_file(rehearsal.path("told")).unwrap();
    let dry = at(&rehearsal, clock, &["run", "nightly", "--date", DATE, "--dry-run"]);
    assert_eq!(code(&dry), 4, "{}", stderr(&dry));
    assert!(stdout(&dry).contains("nothing was kept"), "{}", stdout(&dry));
    assert_eq!((status(), archived()), before);
    assert_eq!(messages(&rehearsal), Vec::<String>::new());
    assert!(!rehearsal.path("var/reports").join(DATE).exists());
    let dir = rehearsal.path("var/reports/dry-run").join(DATE);
    let verified = at(&rehearsal, clock, &["verify", dir.to_str().unwrap()]);
    assert_eq!(code(&verified), 0, "{}", stderr(&verified));
    let left = std::fs::read_dir(rehearsal.path("var")).unwrap();
    let names: Vec<String> =
        left.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| !name.starts_with("dry-run")), "{names:?}");
    // The real night says the same.
    let real = at(&rehearsal, clock, &["run", "nightly", "--date", DATE]);
    assert_eq!(code(&real), 4, "{}", stderr(&real));
    for (name, bytes) in rehearsal.report() {
        assert!(std::fs::read(dir.join(&name)).unwrap() == bytes, "{name}");
    }
}

#[test]
fn the_watch_names_lost_callbacks_and_closes_nothing() {
    let rehearsal = rehearsal(300, 0, "");
    std::fs::remove_file(rehearsal.path("jobs/hourly-watch.toml")).unwrap();
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    let during = "2026-11-18T23:50:00+08:00";
    let watch = at(&rehearsal, during, &["run", "hourly-watch"]);
    let printed = stdout(&watch);
    assert!([0, 4].contains(&code(&watch)), "{printed}{}", stderr(&watch));
    assert!(printed.contains("not in the books"), "{printed}");
    let open = at(&rehearsal, during, &["run", "hourly-watch", "--fail-on-discrepancy"]);
    assert!([3, 4].contains(&code(&open)), "{}", stderr(&open));
    assert!(!rehearsal.path("var/reports").join(DATE).exists(), "a watch writes no report");
    let status = stdout(&at(&rehearsal, during, &["ledger", "status"]));
    let line = status.lines().find(|line| line.trim_start().starts_with("discrepancy ")).unwrap();
    assert!(line.ends_with(" 0 rows"), "{status}");
    // The night finds what the watch had found.
    let night = at(&rehearsal, "2026-11-19T02:30:00+08:00", &["run", "nightly"]);
    assert_eq!(code(&night), 4, "{}", stderr(&night));
    let files = rehearsal.report();
    let (_, bytes) = files.iter().find(|(name, _)| name.contains("discrepancies")).unwrap();
    let report = String::from_utf8_lossy(bytes);
    let named: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().find(|word| word.len() > 15).unwrap())
        .collect();
    assert!(!named.is_empty());
    for order in named {
        assert!(report.contains(order), "{order}");
    }
    // A day whose orders are not there yet is not watched.
    let early = at(&rehearsal, "2026-11-27T09:00:00+08:00", &["run", "hourly-watch"]);
    assert_eq!(code(&early), 0, "{}", stderr(&early));
    assert!(stdout(&early).contains("nothing was watched"), "{}", stdout(&early));
}

#[test]
fn a_daemon_shows_how_it_is_doing_while_it_waits() {
    let rehearsal = rehearsal(300, 0, "");
    let command = rehearsal.command(&["daemon", "--metrics", "127.0.0.1:0"]);
    let mut daemon = Watched::start(command, "2026-11-19T02:29:50+08:00,10");
    daemon.until(&["metrics are served", "address="]);
    let line = daemon.seen.last().unwrap().clone();
    let address = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap();
    let get = |path: &str| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: duizhang\r\nconnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        std::io::read_to_string(stream).unwrap()
    };
    assert!(get("/healthz").starts_with("HTTP/1.1 200"), "{}", get("/healthz"));
    assert!(get("/readyz").starts_with("HTTP/1.1 200"), "{}", get("/readyz"));
    daemon.until(&["ended", DATE]);
    // A page is given again for some seconds: this one is the first.
    let page = get("/metrics");
    assert!(page.contains("duizhang_job_last_exit_code{job=\"nightly\"} 4"), "{page}");
    assert!(page.contains("duizhang_account_verdict"), "{page}");
    daemon.stopped();
}
