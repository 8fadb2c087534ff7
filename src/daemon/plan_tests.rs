//! Table tests of the plan: what the ledger knows, what time it is, and what is due.

use super::*;
use crate::config::values;
use crate::job::Step;
use crate::schedule::Schedule;

const DAY: BusinessDay = BusinessDay::BEIJING;

/// `20 02:30` in November 2026, Beijing time.
fn at(text: &str) -> Timestamp {
    let (day, time) = text.trim().split_once(' ').expect(text);
    DAY.moment(format!("2026-11-{day}T{time}:00").parse().expect(text))
}

fn text(at: Timestamp) -> String {
    DAY.local(at).format("%d %H:%M").to_string()
}

/// `name | schedule | catch_up | retries | retry_after | deadline`.
fn job(line: &str) -> Job {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, schedule, catch_up, retries, retry_after, deadline] = cells[..] else {
        panic!("{line}")
    };
    let seconds = |text: &str| values::seconds(text, 0..=i64::MAX).ok();
    Job {
        name: name.to_owned(),
        description: String::new(),
        schedules: schedule.split(',').map(|text| Schedule::parse(text).expect(text)).collect(),
        timezone: None,
        business_day_offset: -1,
        steps: vec![Step::Pull],
        accounts: Vec::new(),
        older_than_seconds: 0,
        retries: retries.parse().expect(retries),
        retry_after_seconds: seconds(retry_after).expect(retry_after),
        deadline_seconds: seconds(deadline),
        catch_up: CatchUp::from_code(catch_up).expect(catch_up),
        messages: None,
        file: None,
    }
}

/// `name day time state attempts failures finished`, of which the last may be `-`.
fn firing(line: &str) -> Firing {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, day, time, state, attempts, failures, finished @ ..] = &words[..] else {
        panic!("{line}")
    };
    let fire_at = at(&format!("{day} {time}"));
    Firing {
        job: (*name).to_owned(),
        fire_at,
        business_date: DAY.date_of(fire_at).plus_days(-1),
        state: FiringState::from_code(state).expect(line),
        attempts: attempts.parse().expect(line),
        failures: failures.parse().expect(line),
        started_at: None,
        finished_at: (!finished.is_empty()).then(|| at(&finished.join(" "))),
        exit_code: None,
    }
}

/// Firings, `now` and `awake_since`, and what comes of it.
type Case<'a> = (&'a [&'a str], (&'a str, &'a str), &'a [&'a str]);

/// Each case: what the ledger has, `now awake-since`, and what comes of it: `settled: job time why`,
/// `due: job time <limit`, `wake: time`.
fn check(jobs: &[&str], cases: &[Case<'_>]) {
    let jobs: Vec<Job> = jobs.iter().map(|line| job(line)).collect();
    for (known, (now, awake_since), expected) in cases {
        let firings: Vec<Firing> = known.iter().map(|line| firing(line)).collect();
        let times = Times { now: at(now), awake_since: at(awake_since) };
        let plan = plan(&jobs, &firings, times, &DAY);
        let mut found = Vec::new();
        for Settled { firing, why } in &plan.settled {
            let (job, at) = (&firing.job, text(firing.fire_at));
            found.push(format!("settled: {job} {at} {} {why:?}", firing.state));
        }
        for Due { firing, limit } in &plan.due {
            let limit = limit.map_or_else(String::new, |limit| format!(" < {}", text(limit)));
            found.push(format!("due: {} {}{limit}", firing.job, text(firing.fire_at)));
        }
        found.extend(plan.wake.map(|wake| format!("wake: {}", text(wake))));
        assert_eq!(found, *expected, "{known:?} at {now}, awake since {awake_since}");
    }
}

#[test]
fn a_job_that_is_seen_for_the_first_time_has_nothing_to_catch_up() {
    check(
        &["nightly | 30 2 * * * | all | 0 | 10m | -"],
        &[
            (
                &[],
                ("20 12:00", "20 12:00"),
                &["settled: nightly 20 12:00 first First", "wake: 21 02:30"],
            ),
            (&["nightly 20 12:00 first 0 0"], ("20 12:01", "20 12:00"), &["wake: 21 02:30"]),
            (
                &["nightly 20 12:00 first 0 0"],
                ("21 02:30", "20 12:00"),
                &["due: nightly 21 02:30", "wake: 22 02:30"],
            ),
            // It was stopped before its first night, and is started again after it.
            (
                &["nightly 20 12:00 first 0 0"],
                ("21 09:00", "21 09:00"),
                &["due: nightly 21 02:30", "wake: 22 02:30"],
            ),
        ],
    );
}

#[test]
fn what_was_done_is_not_done_again_and_what_was_missed_is_caught_up_in_order() {
    let done = "nightly 18 02:30 done 1 0 18 02:40";
    check(
        &[
            "nightly | 30 2 * * * | all | 0 | 10m | 7h",
            "morning | 30 10 * * * | latest | 0 | 10m | 8h",
        ],
        &[
            (
                &[done, "morning 18 10:30 done 1 0 18 10:31"],
                ("18 10:31", "17 00:00"),
                &["wake: 19 02:30"],
            ),
            // Down for two nights and two mornings: the deadline is counted from the end of the outage.
            (
                &[done, "morning 17 10:30 done 1 0 17 10:31"],
                ("20 12:00", "20 12:00"),
                &[
                    "settled: morning 19 10:30 skipped Missed(2)",
                    "due: nightly 19 02:30 < 20 19:00",
                    "due: nightly 20 02:30 < 20 19:00",
                    "due: morning 20 10:30 < 20 20:00",
                    "wake: 21 02:30",
                ],
            ),
            // The first of them is done, then it is stopped and started again.
            (
                &["nightly 19 02:30 done 1 0 20 12:10", "morning 20 10:30 done 1 0 20 12:40"],
                ("20 13:00", "20 13:00"),
                &["due: nightly 20 02:30 < 20 20:00", "wake: 21 02:30"],
            ),
        ],
    );
}

#[test]
fn a_frequent_job_never_piles_up() {
    check(
        &[
            "watch | 0 * * * * | none | 0 | 10m | 50m",
            "balances | 55 23 * * *,5 0 * * * | latest | 1 | 1m | -",
        ],
        &[
            // Up all the time, but busy with another job for three hours.
            (
                &["watch 20 02:00 done 1 0 20 02:01", "balances 20 00:05 done 1 0 20 00:06"],
                ("20 05:20", "19 00:00"),
                &[
                    "settled: watch 20 04:00 skipped Missed(2)",
                    "due: watch 20 05:00 < 20 05:50",
                    "wake: 20 06:00",
                ],
            ),
            // Not up for three hours: none is caught up.
            (
                &["watch 20 02:00 done 1 0 20 02:01", "balances 20 00:05 done 1 0 20 00:06"],
                ("20 05:20", "20 05:20"),
                &["settled: watch 20 05:00 skipped Missed(3)", "wake: 20 06:00"],
            ),
            // Started again four minutes after the time: that is no outage.
            (
                &["watch 20 04:00 done 1 0 20 04:01", "balances 20 00:05 done 1 0 20 00:06"],
                ("20 05:04", "20 05:04"),
                &["due: watch 20 05:00 < 20 05:50", "wake: 20 06:00"],
            ),
            // Past its deadline nothing begins.
            (
                &["watch 20 04:00 done 1 0 20 04:01", "balances 20 00:05 done 1 0 20 00:06"],
                ("20 05:51", "19 00:00"),
                &["settled: watch 20 05:00 failed Late", "wake: 20 06:00"],
            ),
            // An attempt that failed gives way to the next time.
            (
                &["watch 20 05:00 done 1 0 20 05:01", "balances 19 23:55 again 1 1 19 23:56"],
                ("20 00:05", "19 00:00"),
                &[
                    "settled: balances 19 23:55 skipped Replaced",
                    "due: balances 20 00:05",
                    "wake: 20 06:00",
                ],
            ),
        ],
    );
}

#[test]
fn an_attempt_that_ended_badly_is_followed_by_another_until_the_deadline() {
    let again = |finished: &str| format!("nightly 20 02:30 again 1 1 {finished}");
    let (early, late) = (again("20 03:00"), again("20 09:10"));
    check(
        &["nightly | 30 2 * * * | all | 2 | 30m | 7h"],
        &[
            (&[&early], ("20 03:10", "19 00:00"), &["wake: 20 03:30"]),
            (
                &[&early],
                ("20 03:30", "19 00:00"),
                &["due: nightly 20 02:30 < 20 09:30", "wake: 21 02:30"],
            ),
            // The next attempt would begin after the deadline.
            (
                &[&late],
                ("20 09:20", "19 00:00"),
                &["settled: nightly 20 02:30 failed Late", "wake: 21 02:30"],
            ),
            // The job file was changed: it is not tried so often any more.
            (
                &["nightly 20 02:30 again 3 3 20 03:00"],
                ("20 03:30", "19 00:00"),
                &["settled: nightly 20 02:30 failed NoRetry", "wake: 21 02:30"],
            ),
            // The night before still waits when the next one is due: the older one goes first.
            (
                &["nightly 19 02:30 again 1 1 20 02:10", "nightly 20 02:30 done 1 0 20 02:40"],
                ("20 02:41", "20 02:00"),
                &["due: nightly 19 02:30 < 20 09:00", "wake: 21 02:30"],
            ),
        ],
    );
}

#[test]
fn what_was_cut_short_is_taken_up_again_but_not_for_ever() {
    check(
        &["nightly | 30 2 * * * | all | 0 | 10m | -", "watch | 0 * * * * | none | 0 | 10m | -"],
        &[
            (
                &["nightly 20 02:30 running 1 0", "watch 20 02:00 done 1 0"],
                ("20 02:50", "20 02:50"),
                &["due: nightly 20 02:30", "wake: 20 03:00"],
            ),
            (
                &["nightly 20 02:30 running 11 0", "watch 20 02:00 done 1 0"],
                ("20 02:50", "20 02:50"),
                &["settled: nightly 20 02:30 failed CutShort", "wake: 20 03:00"],
            ),
            (
                &["nightly 20 02:30 done 1 0", "watch 20 04:00 running 1 0"],
                ("20 09:30", "20 09:30"),
                &[
                    "settled: watch 20 09:00 skipped Missed(5)",
                    "settled: watch 20 04:00 skipped Replaced",
                    "wake: 20 10:00",
                ],
            ),
        ],
    );
}

#[test]
fn a_clock_that_is_put_back_repeats_nothing_and_one_that_was_wrong_is_not_believed() {
    check(
        &["nightly | 30 2 * * * | all | 0 | 10m | -"],
        &[
            // 02:30 is done, and comes a second time.
            (&["nightly 20 02:30 done 1 0"], ("20 01:30", "20 01:30"), &["wake: 21 02:30"]),
            (&["nightly 20 02:30 done 1 0"], ("20 02:30", "20 01:30"), &["wake: 21 02:30"]),
            // A clock was at the 28th for a moment.
            (
                &["nightly 19 02:30 done 1 0", "nightly 28 02:30 done 1 0"],
                ("20 02:30", "20 01:30"),
                &["due: nightly 20 02:30", "wake: 21 02:30"],
            ),
        ],
    );
}

#[test]
fn a_year_of_nights_is_caught_up_and_no_more() {
    let jobs = [job("nightly | 30 2 * * * | all | 0 | 10m | -")];
    let known = firing("nightly 20 02:30 done 1 0");
    let now = at("20 12:00").plus_seconds(500 * 86_400);
    let plan = plan(&jobs, &[known], Times { now, awake_since: now }, &DAY);
    assert_eq!(plan.due.len(), CATCH_UP_MAX);
    assert!(plan.due.is_sorted_by_key(|due| due.firing.fire_at));
    let dates = plan.due.iter().map(|due| due.firing.business_date);
    assert_eq!(dates.collect::<std::collections::BTreeSet<_>>().len(), CATCH_UP_MAX);
    let [Settled { firing, why: Why::Missed(skipped) }] = &plan.settled[..] else {
        panic!("{:?}", plan.settled)
    };
    assert!(firing.fire_at < plan.due[0].firing.fire_at && *skipped > 0);
}

/// `failures retries exit-code ended → state`; the deadline is 09:30.
#[test]
fn how_an_attempt_ended_decides_what_follows() {
    let table = [
        (0, 0, 0, "20 03:00", FiringState::Done),
        (1, 0, 4, "20 03:00", FiringState::Done),
        (1, 0, 1, "20 03:00", FiringState::Failed),
        (1, 2, 4, "20 03:00", FiringState::Again),
        (1, 2, 1, "20 03:00", FiringState::Again),
        (2, 2, 4, "20 09:00", FiringState::Again),
        (2, 2, 4, "20 09:01", FiringState::Done),
        (2, 2, 1, "20 09:01", FiringState::Failed),
        (3, 2, 4, "20 03:00", FiringState::Done),
        (3, 2, 1, "20 03:00", FiringState::Failed),
    ];
    for (failures, retries, exit_code, ended, expected) in table {
        let job = job(&format!("nightly | 30 2 * * * | all | {retries} | 30m | 7h"));
        let found = state_after(&job, failures, exit_code, at(ended), Some(at("20 09:30")));
        assert_eq!(found, expected, "{failures} {retries} {exit_code} {ended}");
    }
}

/// Lives through a span with a fake clock, minute by minute, up or down as `is_up` says, and gives
/// the firings that were done, in the order in which they were. A run takes no time; every third one
/// is cut short by the next moment at which nothing is up.
fn lived(job: &Job, from: Timestamp, minutes: i64, is_up: impl Fn(i64) -> bool) -> Vec<Timestamp> {
    let jobs = std::slice::from_ref(job);
    let mut rows: Vec<Firing> = Vec::new();
    let mut done = Vec::new();
    let mut awake_since = from;
    let mut wake = Some(from);
    for minute in 0..minutes {
        let now = from.plus_seconds(minute * 60);
        if !is_up(minute) {
            continue;
        }
        if minute > 0 && !is_up(minute - 1) {
            awake_since = now;
        } else if wake.is_none_or(|wake| wake > now) {
            continue;
        }
        loop {
            let plan = plan(jobs, &rows, Times { now, awake_since }, &DAY);
            wake = plan.wake;
            let firing = match (plan.settled.first(), plan.due.first()) {
                (Some(settled), _) => settled.firing.clone(),
                (None, Some(due)) => {
                    let cut_short =
                        due.firing.attempts == 0 && done.len() % 3 == 2 && !is_up(minute + 1);
                    let state = if cut_short { FiringState::Running } else { FiringState::Done };
                    if !cut_short {
                        done.push(due.firing.fire_at);
                    }
                    Firing { state, attempts: due.firing.attempts + 1, ..due.firing.clone() }
                }
                (None, None) => break,
            };
            let is_running = firing.state == FiringState::Running;
            rows.retain(|row| row.fire_at != firing.fire_at);
            rows.push(firing);
            if is_running {
                break;
            }
        }
    }
    done
}

/// What it is called, and whether somebody is up in a minute.
type Outage = (&'static str, fn(i64) -> bool);

/// Zones with the days of their clock changes in 2026, and one that has none.
const ZONES: [(chrono_tz::Tz, [&str; 2]); 4] = [
    (chrono_tz::Europe::Berlin, ["2026-03-29", "2026-10-25"]),
    (chrono_tz::America::New_York, ["2026-03-08", "2026-11-01"]),
    (chrono_tz::Australia::Lord_Howe, ["2026-04-05", "2026-10-04"]),
    (chrono_tz::Asia::Shanghai, ["2026-03-29", "2026-10-25"]),
];

#[test]
fn each_time_is_done_exactly_once_whatever_the_zone_the_change_and_the_outage() {
    /// Three days around the change.
    const MINUTES: i64 = 3 * 24 * 60;
    let outages: [Outage; 4] = [
        ("up all the time", |_| true),
        ("down over the change", |minute| !(1000..2200).contains(&minute)),
        ("restarted often", |minute| minute % 97 > 12),
        ("up one minute in a day", |minute| minute % 1440 == 700 || !(5..=4300).contains(&minute)),
    ];
    let mut checked = 0;
    for (zone, days) in ZONES {
        for day in days {
            let local = BusinessDay { timezone: zone, ..DAY };
            let date = crate::business_day::BusinessDate::parse(day).expect(day);
            let from = local.start_of(date.plus_days(-1));
            for schedule in
                ["30 2 * * *", "15 2 * * *", "45 1 * * *", "0 * * * *", "*/20 1-3 * * *"]
            {
                let job = job(&format!("job | {schedule} | all | 0 | 10m | -"));
                let job = Job { timezone: Some(zone), ..job };
                let next = |after: &Timestamp| job.next_after(*after, &DAY);
                let last = from.plus_seconds((MINUTES - 1) * 60);
                let expected: Vec<Timestamp> =
                    std::iter::successors(next(&from), next).take_while(|it| *it <= last).collect();
                for (outage, is_up) in outages {
                    let mut found = lived(&job, from, MINUTES, is_up);
                    if outage == "up all the time" {
                        assert!(found.is_sorted(), "{zone} {day} {schedule}");
                    }
                    found.sort();
                    assert_eq!(found, expected, "{zone} {day} {schedule} {outage}");
                    // One that is not caught up is never done twice either, nor at another time.
                    for catch_up in [CatchUp::Latest, CatchUp::None] {
                        let job = Job { catch_up, ..job.clone() };
                        let done = lived(&job, from, MINUTES, is_up);
                        let is_once = done.is_sorted_by(|a, b| a < b);
                        assert!(is_once, "{zone} {day} {schedule} {outage} {catch_up}");
                        assert!(
                            done.iter().all(|it| expected.contains(it)),
                            "{zone} {day} {schedule}"
                        );
                    }
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 4 * 2 * 5 * 4);
}
