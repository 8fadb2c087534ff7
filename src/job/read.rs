//! Reading one job file.

use crate::config::reader::{Section, Source};
use crate::config::values::{self, coded_word};
use crate::config::{ConfigErrors, Wrong, nearest};
use crate::schedule::Schedule;

use super::{CatchUp, Job, Step, messages};

/// The keys of a job file.
pub(super) const KEYS: [&str; 13] = [
    "name",
    "description",
    "schedule",
    "timezone",
    "business_day_offset",
    "steps",
    "accounts",
    "older_than",
    "retries",
    "retry_after",
    "deadline",
    "catch_up",
    "messages",
];

/// Retries, at most.
const RETRIES_MAX: u16 = 100;
/// Seconds of the longest span that a key may have.
const SPAN_MAX: i64 = 7 * 86_400;
/// Seconds after which an order is watched for, unless the job says otherwise: callbacks of some
/// platforms are tried again for a quarter of an hour.
const OLDER_THAN: i64 = 15 * 60;
/// Seconds between attempts, unless the job says otherwise.
const RETRY_AFTER: i64 = 10 * 60;

/// Reads one job. `stem` is the file's name without `.toml`.
pub(super) fn read(
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
    let schedules = schedules(&section);
    let named = section.texts("accounts").unwrap_or_default();
    if let Some(accounts) = accounts {
        known_accounts(&section, &named, accounts);
    }
    let description = section.text("description").unwrap_or_default().trim().to_owned();
    let timezone = section.parsed("timezone", values::zone);
    let offset = section.whole("business_day_offset", -366..=0);
    let steps = steps(&section);
    let span = |key, from| section.parsed(key, |text| values::seconds(text, from..=SPAN_MAX));
    let job = Job {
        name: stem.to_owned(),
        description,
        schedules,
        timezone,
        business_day_offset: offset.unwrap_or(-1),
        steps,
        accounts: named,
        older_than_seconds: span("older_than", 0).unwrap_or(OLDER_THAN),
        retries: section.whole("retries", 0..=RETRIES_MAX).unwrap_or(0),
        retry_after_seconds: span("retry_after", 1).unwrap_or(RETRY_AFTER),
        deadline_seconds: span("deadline", 60),
        catch_up: section.parsed("catch_up", coded_word!(CatchUp)).unwrap_or(CatchUp::All),
        messages: messages::read(&section),
        file: None,
    };
    if section.has("older_than") && !job.steps.contains(&Step::Watch) {
        section.refuse(
            "older_than",
            "is for the step watch, which the job has not",
            "leave it out",
        );
    }
    source.finish()?;
    Ok(job)
}

/// One text or a list of texts; an empty list is a job that is only run by hand.
fn schedules(section: &Section<'_>) -> Vec<Schedule> {
    let texts = match section.peek("schedule") {
        Some(text) => vec![text.to_owned()],
        None => section.texts("schedule").unwrap_or_default(),
    };
    let parsed = texts.iter().filter_map(|text| {
        let wrong = |error| Wrong::new(format!("not a schedule: {error}"), "see jobs/README.md");
        let schedule = Schedule::parse(text).map_err(wrong);
        schedule.map_err(|wrong| section.refuse_text("schedule", text, &wrong)).ok()
    });
    parsed.collect()
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
    if let Some(closes) = steps.iter().find(|step| step.closes_the_day())
        && steps.contains(&Step::Watch)
    {
        let what = format!("has both \"watch\" and \"{closes}\"");
        section.refuse("steps", &what, "watch a day that runs in a job of its own");
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
