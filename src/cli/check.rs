//! `check`: is everything set up? Says everything that is wrong, not only the first thing.

use std::path::Path;

use crate::check::{self, Part};
use crate::cli::exit::{DONE, UNPROVED, WRONG};
use crate::cli::failure::Failure;
use crate::cli::{open, output};
use crate::config;

/// Checks everything; with `--online` also every provider that could be read.
///
/// Ends with 2 when anything has to be put right, else with 4 when a platform gave no answer that
/// shows that the way is open.
pub(crate) async fn run(path: &Path, online: bool) -> Result<u8, Failure> {
    let clock = open::clock()?;
    let examined = config::examine(path, &config::environment);
    let mut parts =
        check::offline(path, &examined, clock.now(), &|path| fs4::available_space(path)).await;
    for part in &parts {
        output::line(&part.to_string());
    }
    if let (true, Some(config)) = (online, &examined.config) {
        let asked = check::online(config, clock.as_ref()).await;
        for part in &asked {
            output::line(&part.to_string());
        }
        parts.extend(asked);
    }
    let wrong: usize = parts.iter().map(|part| part.wrong.len()).sum();
    let unproved = parts.iter().any(|part: &Part| part.unproved);
    output::line(&match wrong {
        0 if unproved => "nothing to put right, but not every platform could be asked".to_owned(),
        0 => "everything is set up".to_owned(),
        1 => "1 problem has to be put right".to_owned(),
        several => format!("{several} problems have to be put right"),
    });
    Ok(match (wrong, unproved) {
        (0, false) => DONE,
        (0, true) => UNPROVED,
        (_, _) => WRONG,
    })
}
