//! Job files: what finance schedules.
//!
//! A job is a list of steps for one business day, counted from the moment at which it fires. The
//! shipped jobs are built in; files of `jobs/` beside the configuration replace them by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::reader::{Section, Source, io_reason, read_text};
use crate::config::values::{self, coded_word};
use crate::config::{Config, ConfigErrors, ConfigProblem, Wrong, nearest};
use crate::schedule::Schedule;

/// The jobs that are part of the program: name and file.
const BUILT_IN: [(&str, &str); 1] = [("nightly", include_str!("../jobs/nightly.toml"))];

/// The keys of a job file.
const KEYS: [&str; 7] =
    ["name", "description", "schedule", "timezone", "business_day_offset", "steps", "accounts"];

crate::status::coded! {
    /// One step of a job. The order here is the order of the way of a record.
    Step {
        /// Reads the merchant's orders of the day into the ledger.
        ImportOrders = 1, "import_orders";
        /// Asks the providers about the day.
        Pull = 2, "pull";
        /// Asks the providers what the accounts hold.
        Balances = 3, "balances";
        /// Compares both sides and keeps the discrepancies.
        Reconcile = 4, "reconcile";
        /// Compares settlements and balances with what they should be.
        Settle = 6, "settle";
        /// Writes the report folder.
        Report = 5, "report";
    }
}

/// What `duizhang run NAME` does and when it fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The file's name without `.toml`.
    pub name: String,
    /// One line for people; may be empty.
    pub description: String,
    /// When it fires.
    pub schedule: Schedule,
    /// The zone in which `schedule` is read; `None` for the one of the business day.
    pub timezone: Option<Tz>,
    /// Days from the business day in which it fires to the one that it is about; never positive.
    pub business_day_offset: i64,
    /// What is done; not empty, in the order of [`Step::ALL`].
    pub steps: Vec<Step>,
    /// The accounts that take part; empty for all.
    pub accounts: Vec<String>,
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
        self.schedule.next_after(after, self.timezone.unwrap_or(business_day.timezone))
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

/// Reads one job. `stem` is the file's name without `.toml`.
fn read(
    file: &str,
    stem: &str,
    text: &str,
    accounts: Option<&[&str]>,
) -> Result<Job, ConfigErrors> {
    let source = Source::new(file, text);
    let table = source.parse()?;
    let section = Section::open(&source, "the job", (0, Some(table.get_ref())), &KEYS);
    section.require("schedule", "\"30 2 * * *\"");
    section
        .require("steps", "[\"import_orders\", \"pull\", \"balances\", \"reconcile\", \"report\"]");
    if let Err(wrong) = values::name(stem) {
        let what = format!("the file's name {stem:?} is {}", wrong.what);
        source.problem(0, "name", what, wrong.fix);
    }
    section.parsed("name", |name| {
        let wrong = || Wrong::new("not the file's name", format!("write name = {stem:?}"));
        (name == stem).then_some(()).ok_or_else(wrong)
    });
    let schedule = section.parsed("schedule", |text| {
        Schedule::parse(text)
            .map_err(|error| Wrong::new(format!("not a schedule: {error}"), "see jobs/README.md"))
    });
    let named = section.texts("accounts").unwrap_or_default();
    if let Some(accounts) = accounts {
        known_accounts(&section, &named, accounts);
    }
    let description = section.text("description").unwrap_or_default().trim().to_owned();
    let timezone = section.parsed("timezone", values::zone);
    let offset = section.whole("business_day_offset", -366..=0);
    let steps = steps(&section);
    let job = schedule.map(|schedule| Job {
        name: stem.to_owned(),
        description,
        timezone,
        business_day_offset: offset.unwrap_or(-1),
        steps,
        accounts: named,
        file: None,
        schedule,
    });
    source.finish()?;
    job.ok_or_else(|| {
        ConfigErrors::one(ConfigProblem::whole_file(file, "has no schedule".to_owned(), ""))
    })
}

fn steps(section: &Section<'_>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let Some(words) = section.texts("steps") else { return steps };
    if words.is_empty() {
        section.refuse("steps", "is empty", "write what the job does, see jobs/README.md");
    }
    for word in words {
        match coded_word!(Step)(&word) {
            Err(wrong) => {
                section.refuse("steps", &format!("has {word:?}, {}", wrong.what), wrong.fix);
            }
            Ok(step) if steps.last().is_some_and(|last| *last >= step) => {
                let order: Vec<&str> = Step::ALL.iter().map(|step| step.code()).collect();
                let fix = format!("write each once, in the order {}", order.join(", "));
                section.refuse("steps", &format!("has {word:?} out of order"), fix);
            }
            Ok(step) => steps.push(step),
        }
    }
    steps
}

/// Reports names that no account has.
fn known_accounts(section: &Section<'_>, named: &[String], accounts: &[&str]) {
    for name in named {
        if accounts.contains(&name.as_str()) {
            continue;
        }
        let fix = nearest(name, accounts.iter().copied(), |_| false).map_or_else(
            || format!("known are {}", accounts.join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        section.refuse("accounts", &format!("has {name:?}, which no [[account]] is called"), fix);
    }
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
    fn the_nightly_job_is_built_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let jobs = jobs(folder.path()).expect("jobs");
        assert_eq!(jobs.len(), BUILT_IN.len());
        let nightly = jobs.first().expect("a job");
        assert_eq!(nightly.name, "nightly");
        assert_eq!(nightly.steps, Step::ALL);
        assert_eq!(nightly.accounts, Vec::<String>::new());
        assert_eq!(nightly.file, None);
        let day = BusinessDay::BEIJING;
        let now = day.moment("2026-11-21T02:30:00".parse().expect("a time"));
        assert_eq!(nightly.business_date(now, &day).to_string(), "2026-11-20");
        let next = nightly.next_after(now, &day).expect("a next time");
        assert_eq!(day.text(next), "2026-11-22 02:30:00");
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
        assert_eq!(names, ["early", "nightly"]);
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
        let (_, text) = BUILT_IN[0];
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
                 reconcile, settle, report; did you mean \"reconcile\"?",
            ),
            (
                "steps = [\"report\", \"pull\"]",
                "1:9: steps in the job has \"pull\" out of order; write each once, in the order \
                 import_orders, pull, balances, reconcile, settle, report",
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
        for (text, expected) in table {
            let found = problems(text);
            let expected = format!("jobs/hourly.toml:{expected}");
            assert!(found.lines().any(|line| line == expected), "{text}\n{found}\n{expected}");
        }
    }
}
