//! Is everything set up? Says everything that is wrong, each with what to do, and goes on after each.
//!
//! Nothing is changed by it, but that a SQLite ledger that is not there yet is created.

use std::fmt;
use std::path::Path;

use crate::business_day::Timestamp;
use crate::config::{Config, ConfigProblem, Examined, SECRET_FILE_KEY};
use crate::job::{self, Job};

mod calendar;
mod first;
mod folders;
mod ledger;
mod online;
mod orders;
mod settling;

pub use folders::SpaceOf;
pub use online::online;

/// One thing that is wrong, or that should be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it is, with its place.
    pub what: String,
    /// What to do about it; empty where `what` already says it.
    pub fix: String,
}

impl Trouble {
    pub(crate) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }
}

impl From<ConfigProblem> for Trouble {
    fn from(problem: ConfigProblem) -> Self {
        let fix = problem.fix.clone();
        let what = ConfigProblem { fix: String::new(), ..problem }.to_string();
        Self { what, fix }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.fix.is_empty() { Ok(()) } else { write!(f, "\n      → {}", self.fix) }
    }
}

/// One part of the set-up, looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Its name: `ledger`.
    pub name: String,
    /// What there is, where there is something to say.
    pub found: String,
    /// What has to be put right before a run can be trusted.
    pub wrong: Vec<Trouble>,
    /// What should be known, and stops nothing.
    pub notes: Vec<Trouble>,
    /// The platform was not there, or did not say enough: nothing that we can put right for certain.
    pub unproved: bool,
}

impl Part {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn wrong(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.wrong.push(Trouble::new(what, fix));
    }

    pub(crate) fn note(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.notes.push(Trouble::new(what, fix));
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.wrong.len() {
            0 if self.unproved => "not proved".to_owned(),
            0 => "ok".to_owned(),
            1 => "1 problem".to_owned(),
            several => format!("{several} problems"),
        };
        write!(f, "{:<14} {state}", self.name)?;
        if !self.found.is_empty() {
            write!(f, ": {}", self.found)?;
        }
        for trouble in &self.wrong {
            write!(f, "\n  ✗ {trouble}")?;
        }
        for trouble in &self.notes {
            write!(f, "\n  · {trouble}")?;
        }
        Ok(())
    }
}

/// Looks at everything that can be looked at without asking a platform.
pub async fn offline(
    path: &Path,
    examined: &Examined,
    now: Timestamp,
    space: &SpaceOf<'_>,
) -> Vec<Part> {
    let (configuration, secrets) = configuration(examined);
    let mut parts = vec![configuration, secrets];
    parts.extend(first::first(path));
    let Some(config) = &examined.config else { return parts };
    let (found, jobs) = jobs(config, &examined.account_names);
    parts.push(found);
    parts.push(calendar::calendar(config, config.business_day.date_of(now)));
    parts.push(settling::settling(config, &jobs, now));
    parts.push(ledger::ledger(config, examined).await);
    let yesterday = config.business_day.date_of(now).plus_days(-1);
    parts.push(orders::orders(config, yesterday).await);
    parts.extend(orders::statements(config, yesterday).await);
    parts.extend(folders::folders(config, path, space));
    parts
}

/// The problems of the file itself, and those of what it names outside itself.
fn configuration(examined: &Examined) -> (Part, Part) {
    let mut configuration = Part::new("configuration");
    let mut secrets = Part::new("secrets");
    let is_secret = |problem: &ConfigProblem| {
        problem.key == SECRET_FILE_KEY || (problem.key == "env" && problem.line > 0)
    };
    for problem in &examined.problems {
        let part = if is_secret(problem) { &mut secrets } else { &mut configuration };
        part.wrong.push(problem.clone().into());
    }
    for warning in examined.config.iter().flat_map(|config| &config.warnings) {
        // A secret that everybody on the machine can read is not one.
        if warning.key == SECRET_FILE_KEY {
            secrets.wrong.push(warning.clone().into());
        } else {
            configuration.notes.push(warning.clone().into());
        }
    }
    if examined.config.is_some() {
        configuration.found = format!("{} accounts", examined.account_names.len());
    }
    (configuration, secrets)
}

fn jobs(config: &Config, account_names: &[String]) -> (Part, Vec<Job>) {
    let mut part = Part::new("jobs");
    match job::jobs_of(&config.base, account_names) {
        Ok(jobs) => {
            part.found = jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ");
            (part, jobs)
        }
        Err(errors) => {
            part.wrong.extend(errors.problems.into_iter().map(Trouble::from));
            (part, Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_prints_what_is_wrong_and_what_to_do() {
        let mut part = Part::new("ledger");
        part.found = "SQLite 3".to_owned();
        assert_eq!(part.to_string(), "ledger         ok: SQLite 3");
        part.note("it is old", "");
        part.wrong("it is newer", "install the newer duizhang");
        assert_eq!(
            part.to_string(),
            "ledger         1 problem: SQLite 3\n  ✗ it is newer\n      → install the newer \
             duizhang\n  · it is old"
        );
    }
}
