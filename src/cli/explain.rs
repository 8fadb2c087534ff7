//! `import … --explain`: what a file is and how it would be read. Needs no ledger, and writes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::business_day::BusinessDate;
use crate::cli::answer::Answer;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::import::{absolute, known_as};
use crate::cli::{DateArg, ImportCommand, open};
use crate::config::{AccountConfig, Config};
use crate::explain::{self, Asked, Explained};
use crate::run::{RunError, parts_named};

/// Whether an import is only to be explained.
pub(crate) const fn is_asked(what: &ImportCommand) -> bool {
    match what {
        ImportCommand::Orders(args) => args.look.explain,
        ImportCommand::Statement(args) => args.look.explain,
        ImportCommand::Movements(args) => args.look.explain,
        ImportCommand::Notifications(args) => args.explain,
        ImportCommand::Resolutions(args) => args.explain,
    }
}

/// Explains the files of an import. Ends with 4 where one of them could not be read as a whole.
pub(crate) fn run(config: &Path, what: &ImportCommand) -> Result<Answer, Failure> {
    let config = open::config(config)?;
    let now = open::clock()?.now();
    let day = |date: DateArg| date.resolve(now, &config.business_day);
    let (files, date, name): (&[PathBuf], Option<BusinessDate>, Option<&str>) = match what {
        ImportCommand::Orders(args) => (&args.files, Some(day(args.date)?), None),
        ImportCommand::Statement(args) => {
            (&args.files, args.date.map(day).transpose()?, Some(&args.account))
        }
        ImportCommand::Movements(args) => {
            (&args.files, Some(day(args.date)?), args.account.as_deref())
        }
        ImportCommand::Notifications(args) => {
            (&args.files, Some(day(args.date)?), Some(&args.account))
        }
        ImportCommand::Resolutions(args) => (std::slice::from_ref(&args.file), None, None),
    };
    let account = name.map(|name| account(&config, name)).transpose()?;
    let mut all = Vec::new();
    for file in files {
        let path = absolute(file)?;
        let name = known_as(&path, &config.base);
        let is_bill = matches!(what, ImportCommand::Statement(_));
        let parts = if is_bill { parts(&config, account, date, files, &name)? } else { Vec::new() };
        let (config, parts) = (&config, &*parts);
        let asked = Asked { config, path: &path, name: &name, account, date, now, parts };
        all.push(explained(what, &asked));
    }
    let code = if all.iter().all(Explained::is_ready) { DONE } else { UNPROVED };
    let text = all.iter().map(|it| explain::text(it, config.reports.language)).collect();
    let files: Vec<_> = all.iter().map(explain::json).collect();
    Ok(Answer::new(code, text, &serde_json::json!({ "explained": files })))
}

/// The other parts of a bill of which a file is one: those that are given with it for a date, as for an import, and
/// those that lie beside it under a configured name with a `*`.
fn parts(
    config: &Config,
    account: Option<&AccountConfig>,
    date: Option<BusinessDate>,
    given: &[PathBuf],
    name: &str,
) -> Result<Vec<String>, Failure> {
    let Some(date) = date else { return Ok(Vec::new()) };
    let mut parts = BTreeSet::new();
    for file in given {
        parts.insert(known_as(&absolute(file)?, &config.base));
    }
    let pattern = account.and_then(|it| it.statement.as_ref()).and_then(|it| it.file.as_ref());
    let named = pattern.map(|pattern| pattern.replace("{date}", &date.to_string()));
    let beside = named.map(|pattern| parts_named(&config.base, &pattern)).unwrap_or_default();
    if beside.iter().any(|part| part == name) {
        parts.extend(beside);
    }
    parts.remove(name);
    Ok(parts.into_iter().collect())
}

fn explained(what: &ImportCommand, asked: &Asked<'_>) -> Explained {
    match (what, asked.account) {
        (ImportCommand::Statement(_), Some(account)) => explain::statement(asked, account),
        (ImportCommand::Notifications(_), Some(account)) => explain::notifications(asked, account),
        (ImportCommand::Movements(_), _) => explain::movements(asked),
        (ImportCommand::Resolutions(_), _) => explain::resolutions(asked),
        // The others cannot be without their account.
        (
            ImportCommand::Orders(_)
            | ImportCommand::Statement(_)
            | ImportCommand::Notifications(_),
            _,
        ) => explain::orders(asked),
    }
}

fn account<'a>(config: &'a Config, name: &str) -> Result<&'a AccountConfig, Failure> {
    let mut accounts = config.accounts.iter();
    let found = accounts.find(|it| it.account.name == name);
    found.ok_or_else(|| {
        let known = config.accounts.iter().map(|it| it.account.name.as_str());
        let known = known.collect::<Vec<_>>().join(", ");
        RunError::UnknownAccount { name: name.to_owned(), known }.into()
    })
}
