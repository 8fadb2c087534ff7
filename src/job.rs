//! Job files: what finance schedules.
//!
//! A job is a list of steps for one business day, counted from the moment at which it fires. The
//! shipped jobs are built in; files of `jobs/` beside the configuration replace them by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::reader::{io_reason, read_text};
use crate::config::{Config, ConfigErrors, ConfigProblem};
use crate::schedule::Schedule;

mod messages;
mod read;

pub use messages::{Messages, Occasion};

use read::read;

/// The jobs that are part of the program: name and file.
const BUILT_IN: [(&str, &str); 5] = [
    ("balances", include_str!("../jobs/balances.toml")),
    ("hourly-watch", include_str!("../jobs/hourly-watch.toml")),
    ("month-end", include_str!("../jobs/month-end.toml")),
    ("morning", include_str!("../jobs/morning.toml")),
    ("nightly", include_str!("../jobs/nightly.toml")),
];

/// The shipped jobs: name and file.
pub(crate) fn shipped() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN.iter().copied()
}

crate::status::coded! {
    /// One step of a job. The order here is the order of the way of a record.
    Step {
        /// Reads the merchant's orders of the day into the ledger.
        ImportOrders = 1, "import_orders";
        /// Asks the providers about the day.
        Pull = 2, "pull";
        /// Asks the providers what the accounts hold.
        Balances = 3, "balances";
        /// Names orders that are paid at the provider and not in the books, while the day runs.
        Watch = 7, "watch";
        /// Compares both sides and keeps the discrepancies.
        Reconcile = 4, "reconcile";
        /// Compares settlements and balances with what they should be.
        Settle = 6, "settle";
        /// Writes the report folder.
        Report = 5, "report";
        /// Writes the report folder of the day's month.
        MonthEnd = 8, "month_end";
    }
}

impl Step {
    /// Whether it closes a day: its result looks like a finished day's.
    pub const fn closes_the_day(self) -> bool {
        matches!(self, Self::Reconcile | Self::Settle | Self::Report | Self::MonthEnd)
    }
}

crate::status::coded! {
    /// What happens with firings that were missed while nothing was up.
    CatchUp {
        /// Each is run, once, in order.
        All = 1, "all";
        /// Only the last one is run.
        Latest = 2, "latest";
        /// None is run.
        None = 3, "none";
    }
}

/// What `duizhang run NAME` does and when it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The file's name without `.toml`.
    pub name: String,
    /// One line for people; may be empty.
    pub description: String,
    /// When it fires: whenever one of them says so. Empty for a job that is only run by hand.
    pub schedules: Vec<Schedule>,
    /// The zone in which `schedules` are read; `None` for the one of the business day.
    pub timezone: Option<Tz>,
    /// Days from the business day in which it fires to the one that it is about; never positive.
    pub business_day_offset: i64,
    /// What is done; not empty, in the order of [`Step::ALL`].
    pub steps: Vec<Step>,
    /// The accounts that take part; empty for all.
    pub accounts: Vec<String>,
    /// Seconds since its payment after which [`Step::Watch`] names an order.
    pub older_than_seconds: i64,
    /// Further attempts after one that failed or left an account unproved.
    pub retries: u16,
    /// Seconds between the end of an attempt and the next one.
    pub retry_after_seconds: i64,
    /// Seconds after the scheduled time in which it has to be done; `None` for as long as it takes.
    pub deadline_seconds: Option<i64>,
    /// What happens with missed firings.
    pub catch_up: CatchUp,
    /// Whom a result is told to.
    pub messages: Option<Messages>,
    /// The file that it was read from; `None` for a built-in job.
    pub file: Option<PathBuf>,
}

impl Job {
    /// The business date that a run at `now` is about.
    pub fn business_date(&self, now: Timestamp, business_day: &BusinessDay) -> BusinessDate {
        business_day.date_of(now).plus_days(self.business_day_offset)
    }

    /// When it fires next; `None` when it never does again.
    pub fn next_after(&self, after: Timestamp, business_day: &BusinessDay) -> Option<Timestamp> {
        let zone = self.timezone.unwrap_or(business_day.timezone);
        self.schedules.iter().filter_map(|schedule| schedule.next_after(after, zone)).min()
    }

    /// The last time at or before `now` at which it should have fired; `None` when that is more
    /// than 400 days ago.
    pub fn last_before(&self, now: Timestamp, business_day: &BusinessDay) -> Option<Timestamp> {
        /// Seconds to look back, first to last: a frequent job is found with few steps.
        const LOOK_BACK: [i64; 4] = [3_600, 86_400, 32 * 86_400, 400 * 86_400];
        LOOK_BACK.iter().find_map(|back| {
            let fires = |after: &Timestamp| self.next_after(*after, business_day);
            std::iter::successors(fires(&now.plus_seconds(back.saturating_neg())), fires)
                .take_while(|fire_at| *fire_at <= now)
                .last()
        })
    }
}

/// Every job for a configuration, sorted by name, its accounts checked against those that exist.
///
/// # Errors
///
/// [`ConfigErrors`] with every problem of every file.
pub fn jobs_for(config: &Config) -> Result<Vec<Job>, ConfigErrors> {
    let accounts: Vec<&str> =
        config.accounts.iter().map(|account| account.account.name.as_str()).collect();
    read_jobs(&config.base, Some(&accounts))
}

/// As [`jobs_for`], for accounts by name.
///
/// # Errors
///
/// [`ConfigErrors`] with every problem of every file.
pub(crate) fn jobs_of(base: &Path, accounts: &[String]) -> Result<Vec<Job>, ConfigErrors> {
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    read_jobs(base, Some(&accounts))
}

/// Every job, sorted by name: the files `jobs/*.toml` of the folder `base`, and the built-in jobs
/// that no file replaces. Whether the accounts exist is not asked, see [`jobs_for`].
///
/// # Errors
///
/// [`ConfigErrors`] with every problem of every file.
pub fn jobs(base: &Path) -> Result<Vec<Job>, ConfigErrors> {
    read_jobs(base, None)
}

fn read_jobs(base: &Path, accounts: Option<&[&str]>) -> Result<Vec<Job>, ConfigErrors> {
    let mut jobs = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, text) in BUILT_IN {
        let job = read(&format!("jobs/{name}.toml (built in)"), name, text, accounts)?;
        jobs.insert(job.name.clone(), job);
    }
    for path in files(&base.join("jobs"))? {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let job = read_text(&path, "")
            .and_then(|text| read(&path.display().to_string(), stem, &text, accounts));
        match job {
            Ok(job) => {
                jobs.insert(job.name.clone(), Job { file: Some(path), ..job });
            }
            Err(errors) => problems.extend(errors.problems),
        }
    }
    if problems.is_empty() {
        Ok(jobs.into_values().collect())
    } else {
        Err(ConfigErrors { problems })
    }
}

/// The job files of a folder, sorted; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigErrors> {
    let unreadable = |error: std::io::Error| {
        let what = format!("cannot be read: {}", io_reason(&error));
        ConfigErrors::one(ConfigProblem::whole_file(&folder.display().to_string(), what, ""))
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        let accounts = ["zhangxun-main", "mmsp-main"];
        let errors = read("jobs/hourly.toml", "hourly", text, Some(&accounts));
        errors.expect_err("problems").to_string()
    }

    #[test]
    fn the_nightly_job_is_built_in_and_does_everything() {
        let folder = tempfile::tempdir().expect("a folder");
        let jobs = jobs(folder.path()).expect("jobs");
        assert_eq!(jobs.len(), BUILT_IN.len());
        let nightly = jobs.iter().find(|job| job.name == "nightly").expect("a job");
        let elsewhere = [Step::Watch, Step::MonthEnd];
        let all = Step::ALL.iter().copied().filter(|step| !elsewhere.contains(step));
        let all: Vec<Step> = all.collect();
        assert_eq!(nightly.steps, all);
        assert_eq!((nightly.catch_up, nightly.retries), (CatchUp::All, 3));
        assert_eq!(nightly.accounts, Vec::<String>::new());
        assert_eq!(nightly.file, None);
        let day = BusinessDay::BEIJING;
        let now = day.moment("2026-11-21T02:30:00".parse().expect("a time"));
        assert_eq!(nightly.business_date(now, &day).to_string(), "2026-11-20");
        let next = nightly.next_after(now, &day).expect("a next time");
        assert_eq!(day.text(next), "2026-11-22 02:30:00");
    }

    #[test]
    fn the_month_end_is_about_the_month_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let jobs = jobs(folder.path()).expect("jobs");
        let job = jobs.iter().find(|job| job.name == "month-end").expect("a job");
        assert_eq!(job.steps, [Step::MonthEnd]);
        let day = BusinessDay::BEIJING;
        let now = day.moment("2026-11-21T02:30:00".parse().expect("a time"));
        let next = job.next_after(now, &day).expect("a next time");
        assert_eq!(day.text(next), "2026-12-01 06:00:00");
        assert_eq!(job.business_date(next, &day).to_string(), "2026-11-30");
    }

    #[test]
    fn a_file_replaces_the_built_in_job_of_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("jobs")).expect("a folder");
        let own = "schedule = \"0 5 * * *\"\ntimezone = \"UTC\"\nsteps = [\"pull\"]\n";
        let file = folder.path().join("jobs/nightly.toml");
        std::fs::write(&file, own).expect("a file");
        std::fs::write(folder.path().join("jobs/early.toml"), own).expect("a file");
        std::fs::write(folder.path().join("jobs/notes.txt"), "x").expect("a file");
        let jobs = jobs(folder.path()).expect("jobs");
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, ["balances", "early", "hourly-watch", "month-end", "morning", "nightly"]);
        let nightly = jobs.last().expect("a job");
        assert_eq!(nightly.steps, [Step::Pull]);
        assert_eq!(nightly.file.as_deref(), Some(file.as_path()));
        let day = BusinessDay::BEIJING;
        let now = day.moment("2026-11-21T00:00:00".parse().expect("a time"));
        let next = nightly.next_after(now, &day).expect("a next time");
        assert_eq!(day.text(next), "2026-11-21 13:00:00");
    }

    #[test]
    fn a_business_date_is_counted_from_the_cut_off() {
        let (_, text) = BUILT_IN[4];
        let job = read("jobs/nightly.toml", "nightly", text, None).expect("a job");
        let cutoff = chrono::NaiveTime::from_hms_opt(4, 0, 0).expect("a time");
        let day = BusinessDay { cutoff, ..BusinessDay::BEIJING };
        let now = day.moment("2026-11-21T02:30:00".parse().expect("a time"));
        assert_eq!(job.business_date(now, &day).to_string(), "2026-11-19");
    }

    #[test]
    fn every_problem_of_every_file_is_reported() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("jobs")).expect("a folder");
        for name in ["a", "b"] {
            let file = folder.path().join(format!("jobs/{name}.toml"));
            std::fs::write(file, "steps = []\n").expect("a file");
        }
        let errors = jobs(folder.path()).expect_err("problems");
        assert_eq!(errors.problems.len(), 4, "{errors}");
    }

    #[test]
    fn a_broken_job_says_what_is_wrong_with_it() {
        let table = [
            ("", "1:1: the job has no schedule; add schedule = \"30 2 * * *\""),
            (
                "shedule = \"30 2 * * *\"",
                "1:1: unknown key \"shedule\" in the job; did you mean \"schedule\"?",
            ),
            (
                "schedule = \"30 25 * * *\"",
                "1:12: schedule in the job is \"30 25 * * *\", not a schedule: hour \"25\" is not \
                 within 0 to 23; see jobs/README.md",
            ),
            (
                "steps = [\"pull\", \"recncile\"]",
                "1:9: steps in the job has \"recncile\", not one of import_orders, pull, balances, \
                 watch, reconcile, settle, report, month_end; did you mean \"reconcile\"?",
            ),
            (
                "steps = [\"report\", \"pull\"]",
                "1:9: steps in the job has \"pull\" out of order; write each once, in the order \
                 import_orders, pull, balances, watch, reconcile, settle, report, month_end",
            ),
            (
                "steps = [\"watch\", \"report\"]",
                "1:9: steps in the job has both \"watch\" and \"report\"; watch a day that runs in a \
                 job of its own",
            ),
            (
                "name = \"nightly\"",
                "1:8: name in the job is \"nightly\", not the file's name; write name = \"hourly\"",
            ),
            (
                "business_day_offset = 1",
                "1:23: business_day_offset in the job is 1, out of range; write a whole number from \
                 -366 to 0",
            ),
            (
                "accounts = [\"zhangxun-man\"]",
                "1:12: accounts in the job has \"zhangxun-man\", which no [[account]] is called; did \
                 you mean \"zhangxun-main\"?",
            ),
            (
                "timezone = \"Asia/Shangai\"",
                "1:12: timezone in the job is \"Asia/Shangai\", not a time zone; did you mean \
                 \"Asia/Shanghai\"?",
            ),
        ];
        check(&table);
    }

    #[test]
    fn a_broken_key_of_the_daemon_says_what_is_wrong_with_it() {
        let table = [
            (
                "schedule = [\"0 2 * * *\", \"0 2 * *\"]",
                "1:12: schedule in the job is \"0 2 * *\", not a schedule: 4 fields where a schedule \
                 has five (minute, hour, day of month, month, day of week), or six or seven with \
                 seconds first and the year last; see jobs/README.md",
            ),
            (
                "schedule = 5",
                "1:12: schedule in the job is a whole number, not a list of texts; write schedule = \
                 [\"…\"]",
            ),
            ("retires = 3", "1:1: unknown key \"retires\" in the job; did you mean \"retries\"?"),
            (
                "retry_after = \"soon\"",
                "1:15: retry_after in the job is \"soon\", not a span of time; write a whole number with \
                 s, m, h or d, for example \"24h\"",
            ),
            (
                "deadline = \"5s\"",
                "1:12: deadline in the job is \"5s\", out of range; write \"1m\" to \"7d\"",
            ),
            (
                "catch_up = \"last\"",
                "1:12: catch_up in the job is \"last\", not one of all, latest, none; did you mean \
                 \"latest\"?",
            ),
            (
                "older_than = \"5m\"",
                "1:14: older_than in the job is for the step watch, which the job has not; leave it out",
            ),
            (
                "messages = { on = [\"faild\"], comand = [\"notify\"] }",
                "1:30: unknown key \"comand\" in [messages]; did you mean \"command\"?",
            ),
            (
                "messages = { on = [\"faild\"], command = [\"notify\"] }",
                "1:19: on in [messages] has \"faild\", not one of done, open, unproved, failed; did you \
                 mean \"failed\"?",
            ),
            (
                "messages = { on = [], command = [] }",
                "1:33: command in [messages] is empty; write the program and its arguments",
            ),
        ];
        check(&table);
    }

    fn check(table: &[(&str, &str)]) {
        for (text, expected) in table {
            let found = problems(text);
            let expected = format!("jobs/hourly.toml:{expected}");
            assert!(found.lines().any(|line| line == expected), "{text}\n{found}\n{expected}");
        }
    }

    #[test]
    fn the_shipped_files_are_the_built_in_jobs_and_no_others() {
        let shipped = jobs(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("jobs");
        assert!(shipped.iter().all(|job| job.file.is_some()), "{shipped:?}");
        let built_in = jobs(tempfile::tempdir().expect("a folder").path()).expect("jobs");
        let without_file = |job: Job| Job { file: None, ..job };
        let shipped: Vec<Job> = shipped.into_iter().map(without_file).collect();
        assert_eq!(shipped, built_in);
        let names: Vec<&str> = built_in.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(names, BUILT_IN.map(|(name, _)| name));
    }

    #[test]
    fn every_key_step_and_word_is_explained() {
        let readme = include_str!("../jobs/README.md");
        for key in read::KEYS {
            assert!(readme.contains(&format!("\n| `{key}` |")), "{key}");
        }
        for (name, _) in BUILT_IN {
            assert!(readme.contains(&format!("\n| `{name}` |")), "{name}");
        }
        let words = Step::ALL.iter().map(|step| step.code());
        let words = words.chain(CatchUp::ALL.iter().map(|word| word.code()));
        for word in words.chain(Occasion::ALL.iter().map(|word| word.code())) {
            assert!(readme.contains(&format!("`{word}`")), "{word}");
        }
    }

    #[test]
    fn a_job_with_several_schedules_fires_at_each_and_one_with_none_never() {
        let day = BusinessDay::BEIJING;
        let at = |text: &str| day.moment(text.parse().expect("a time"));
        let shipped = jobs(tempfile::tempdir().expect("a folder").path()).expect("jobs");
        let balances = shipped.first().expect("a job");
        let mut now = at("2026-11-21T00:00:00");
        for expected in ["2026-11-21 00:05:00", "2026-11-21 23:55:00", "2026-11-22 00:05:00"] {
            now = balances.next_after(now, &day).expect("a next time");
            assert_eq!(day.text(now), expected);
        }
        let last = balances.last_before(at("2026-11-21T23:54:59"), &day).expect("a last time");
        assert_eq!(day.text(last), "2026-11-21 00:05:00");
        let by_hand = Job { schedules: Vec::new(), ..balances.clone() };
        assert_eq!(by_hand.next_after(now, &day), None);
        assert_eq!(by_hand.last_before(now, &day), None);
    }
}
