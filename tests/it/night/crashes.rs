//! Goal: a night survives the end of its process, and a disk that fails, at any system call that changes a
//! file: run again undisturbed, it is byte for byte the night to which nothing happened.
//! Method: `strace` ends the process, or lets the call fail, at the n-th such call of a thread; a few
//! points of every call always, `DUIZHANG_CRASH_POINTS` of each where that says more.
//!
//! Where `strace` is not installed or may not trace, this is said loudly.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::servers::the_next_day;
use super::{DATE, On, Rehearsal, code, stderr, stdout};

/// The calls by which a night changes files, and whether they are let fail as well: a `write` may also be
/// one to a socket, or wake a thread, which no disk lets fail.
const CALLS: [(&str, bool); 10] = [
    ("write", false),
    ("pwrite64", true),
    ("fsync", true),
    ("fdatasync", true),
    ("ftruncate", true),
    ("rename", true),
    ("renameat2", true),
    ("unlink", true),
    ("unlinkat", true),
    ("mkdir", true),
];

/// Points of each call and fault, where nobody asks for more.
const POINTS: usize = 1;

fn say(text: &str) {
    let _written = writeln!(std::io::stderr(), "{text}");
}

/// Whether calls can be traced here. Where the program is missing, `CI` has failed to install it.
fn is_there() -> bool {
    let traced = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    match traced {
        Ok(output) if output.status.success() => return true,
        Ok(output) => say(&format!("SKIPPED: strace may not trace here: {}", stderr(&output))),
        Err(error) => {
            say(&format!("SKIPPED: no strace, so no crash is tried: {error}"));
            let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
            assert!(!is_ci, "install strace: {error}");
        }
    }
    false
}

/// The night of a date, and how everything is made as it is before it.
struct Night<'a> {
    rehearsal: &'a Rehearsal,
    date: &'a str,
    prepare: &'a dyn Fn(),
}

impl Night<'_> {
    fn command(&self) -> Command {
        self.rehearsal.command(&["run", "nightly", "--date", self.date])
    }

    fn report(&self) -> Vec<(String, Vec<u8>)> {
        self.rehearsal.report_of(self.date)
    }
}

/// Keeps what is under `var` now; gives what puts it there again.
fn kept(rehearsal: &Rehearsal) -> impl Fn() {
    let (var, kept) = (rehearsal.path("var"), rehearsal.path("kept"));
    let copy = |from: &Path, to: &Path| {
        // With the rights of everything.
        assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
    };
    copy(&var, &kept);
    move || {
        std::fs::remove_dir_all(&var).unwrap();
        copy(&kept, &var);
    }
}

/// A night under `strace`.
fn traced(night: &Night<'_>, arguments: &[&str]) -> Output {
    let (rehearsal, plain) = (night.rehearsal, night.command());
    let mut command = Command::new("strace");
    // Not with --seccomp-bpf: there the calls of other threads are counted wrongly, and few points are hit.
    command.args(["-f", "-qq", "-o"]).arg(rehearsal.path("trace"));
    command.args(arguments).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(Stdio::null()).output().unwrap()
}

/// How often the thread that makes a call most often makes it, by call.
fn counted(night: &Night<'_>) -> BTreeMap<String, usize> {
    let names = CALLS.map(|(name, _)| name).join(",");
    let output = traced(night, &["-e", &format!("trace={names}")]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let text = std::fs::read_to_string(night.rehearsal.path("trace")).unwrap();
    let mut by_thread: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in text.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        // What was interrupted by another thread's call goes on in a line that begins with an angle.
        let call = call.trim_start();
        if let Some((name, _)) = call.split_once('(').filter(|_| !call.starts_with('<')) {
            *by_thread.entry((thread, name)).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, name), count) in by_thread {
        let known: &mut usize = most.entry(name.to_owned()).or_default();
        *known = count.max(*known);
    }
    most
}

/// `points` of 1 to `count`, evenly spread.
fn spread(count: usize, points: usize) -> Vec<usize> {
    let points = points.min(count);
    (1..=points).map(|point| (count * (2 * point - 1)).div_ceil(2 * points)).collect()
}

/// `may_fail`: calls are let fail as well, not only the process ended; where more points are asked for, always.
fn every_change_of_a_file_may_be_the_last(what_night: &str, may_fail: bool, night: &Night<'_>) {
    let Night { rehearsal, prepare, .. } = *night;
    let asked_for = std::env::var_os("DUIZHANG_CRASH_POINTS");
    let may_fail = may_fail || asked_for.is_some();
    let points = asked_for.map_or(POINTS, |text| text.to_str().unwrap().parse().unwrap());
    prepare();
    let calls = counted(night);
    let undisturbed = night.report();
    let (mut tried, mut struck, mut ended) = (0, 0, 0);
    for (name, is_of_disk) in CALLS {
        let faults: &[&str] = if may_fail && is_of_disk {
            &["signal=KILL", "error=EIO", "error=ENOSPC"]
        } else {
            &["signal=KILL"]
        };
        let count = calls.get(name).copied().unwrap_or(0);
        for (fault, point) in faults
            .iter()
            .flat_map(|fault| spread(count, points).into_iter().map(move |at| (fault, at)))
        {
            let what = format!("{name} {point} of {count}: {fault}");
            prepare();
            let inject = format!("inject={name}:{fault}:when={point}");
            let broken = traced(night, &["-e", &format!("trace={name}"), "-e", &inject]);
            tried += 1;
            let is_killed = matches!(broken.status.code(), None | Some(137));
            let trace = std::fs::read_to_string(rehearsal.path("trace")).unwrap();
            struck += usize::from(is_killed || trace.contains("(INJECTED)"));
            let printed = stderr(&broken);
            assert!(!printed.contains("panicked"), "{what}: {printed}");
            match broken.status.code() {
                // A file that is not removed, or not cut off, is no harm.
                Some(4) => assert!(night.report() == undisturbed, "{what}: {printed}"),
                None | Some(1 | 2 | 137) => ended += 1,
                Some(other) => panic!("{what} ended with {other}: {}{printed}", stdout(&broken)),
            }
            let again = night.command().output().unwrap();
            assert_eq!(code(&again), 4, "{what}: {}", stderr(&again));
            assert!(night.report() == undisturbed, "{what}");
        }
    }
    say(&format!(
        "crashes of {what_night}: {tried} tried, {struck} struck, {ended} ended the night; {calls:?}"
    ));
    // Threads may share the calls in another way than when they were counted, so that none comes to a number.
    assert!(struck * 4 >= tried * 3, "{struck} of {tried} struck the night");
}

#[test]
fn a_first_night_survives_any_call() {
    if is_there() {
        let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
        let prepare = || rehearsal.reset();
        let night = Night { rehearsal: &rehearsal, date: DATE, prepare: &prepare };
        every_change_of_a_file_may_be_the_last("a first night", true, &night);
    }
}

#[test]
fn a_second_night_survives_any_call() {
    if is_there() {
        let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
        assert_eq!(code(&rehearsal.nightly()), 4);
        the_next_day(&rehearsal);
        let prepare = kept(&rehearsal);
        let night = Night { rehearsal: &rehearsal, date: "2026-11-19", prepare: &prepare };
        every_change_of_a_file_may_be_the_last("a second night", false, &night);
    }
}

#[test]
fn a_night_that_supersedes_another_survives_any_call() {
    if is_there() {
        let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
        let whole = std::fs::read_to_string(rehearsal.orders()).unwrap();
        // A first night without the last orders.
        let half: Vec<&str> = whole.lines().take(whole.lines().count() - 20).collect();
        std::fs::write(rehearsal.orders(), half.join("\n")).unwrap();
        assert_eq!(code(&rehearsal.nightly()), 4);
        std::fs::write(rehearsal.orders(), &whole).unwrap();
        let prepare = kept(&rehearsal);
        let night = Night { rehearsal: &rehearsal, date: DATE, prepare: &prepare };
        every_change_of_a_file_may_be_the_last("a superseding night", false, &night);
    }
}
