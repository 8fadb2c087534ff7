//! `check`: is everything set up? Says everything that is wrong, not only the first thing.

use std::path::Path;

use serde::Serialize;

use crate::check::{self, Part, Trouble};
use crate::cli::answer::{Answer, Format};
use crate::cli::exit::{DONE, UNPROVED, WRONG};
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::config;

/// What was found.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// Nothing has to be put right, and every platform that was asked answered.
    ready: bool,
    online: bool,
    problems: usize,
    parts: Vec<PartOf<'a>>,
}

#[derive(Debug, Serialize)]
struct PartOf<'a> {
    part: &'a str,
    /// `ok`, `problem` or `unproved`.
    state: &'static str,
    found: &'a str,
    problems: Vec<TroubleOf<'a>>,
    notes: Vec<TroubleOf<'a>>,
}

#[derive(Debug, Serialize)]
struct TroubleOf<'a> {
    what: &'a str,
    fix: &'a str,
}

impl<'a> PartOf<'a> {
    fn of(part: &'a Part) -> Self {
        let all = |all: &'a [Trouble]| {
            all.iter().map(|it| TroubleOf { what: &it.what, fix: &it.fix }).collect()
        };
        Self {
            part: &part.name,
            state: match (part.wrong.is_empty(), part.unproved) {
                (false, _) => "problem",
                (true, true) => "unproved",
                (true, false) => "ok",
            },
            found: &part.found,
            problems: all(&part.wrong),
            notes: all(&part.notes),
        }
    }
}

/// Checks everything; with `--online` also every provider that could be read.
///
/// Ends with 2 when anything has to be put right, else with 4 when a platform gave no answer that
/// shows that the way is open.
pub(crate) async fn run(path: &Path, online: bool, format: Format) -> Result<Answer, Failure> {
    let clock = open::clock()?;
    let examined = config::examine(path, &config::environment);
    let mut parts =
        check::offline(path, &examined, clock.now(), &|path| fs4::available_space(path)).await;
    for part in &parts {
        format.now(&format!("{part}\n"));
    }
    if let (true, Some(config)) = (online, &examined.config) {
        let asked = check::online(config, clock.as_ref()).await;
        for part in &asked {
            format.now(&format!("{part}\n"));
        }
        parts.extend(asked);
    }
    let wrong: usize = parts.iter().map(|part| part.wrong.len()).sum();
    let unproved = parts.iter().any(|part: &Part| part.unproved);
    let last = match wrong {
        0 if unproved => "nothing to put right, but not every platform could be asked".to_owned(),
        0 => "everything is set up".to_owned(),
        1 => "1 problem has to be put right".to_owned(),
        several => format!("{several} problems have to be put right"),
    };
    let code = match (wrong, unproved) {
        (0, false) => DONE,
        (0, true) => UNPROVED,
        (_, _) => WRONG,
    };
    let parts = parts.iter().map(PartOf::of).collect();
    let document = Document { ready: code == DONE, online, problems: wrong, parts };
    Ok(Answer::new(code, last + "\n", &document))
}
