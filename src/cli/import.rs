//! `import`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use serde::Serialize;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::cli::answer::Answer;
use crate::cli::exit;
use crate::cli::failure::Failure;
use crate::cli::import::imported::ImportedFile;
use crate::cli::{
    DateArg, ImportMovementsArgs, ImportNotificationsArgs, ImportOrdersArgs, ImportStatementArgs,
    open,
};
use crate::ledger::IntakeFile;
use crate::order::{Origin, RejectionReason};
use crate::run::orders::OrdersImport;
use crate::run::statements::StatementImport;
use crate::run::withdrawn::Withdrawn;

mod imported;

/// What importing files came to.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// What the files are: `orders`.
    what: &'static str,
    /// The business date under which refused rows are reported.
    business_date: String,
    files: &'a [ImportedFile],
}

/// The answer about files: in words and as a document.
fn answered(app: &App, what: &'static str, date: BusinessDate, files: &[ImportedFile]) -> Answer {
    let text = files.iter().map(|file| file.text(app.config.reports.language)).collect();
    Answer::new(ended(files), text, &Document { what, business_date: date.to_string(), files })
}

/// How an import ends: with or without refused rows, or with nothing else.
fn ended(files: &[ImportedFile]) -> u8 {
    let has_refused = files.iter().any(|file| file.refused > 0);
    exit::of_rows(has_refused, !files.iter().all(ImportedFile::is_all_refused))
}

/// Why rows of a file were refused.
async fn reasons(
    app: &App,
    date: BusinessDate,
    name: &str,
) -> Result<BTreeMap<RejectionReason, u64>, Failure> {
    let mut reasons: BTreeMap<RejectionReason, u64> = BTreeMap::new();
    let mut rejections = app.ledger.rejections(date);
    while let Some(rejection) = rejections.next().await {
        let rejection = rejection?;
        if rejection.source == name {
            let rows = reasons.entry(rejection.reason).or_default();
            *rows = rows.saturating_add(1);
        }
    }
    Ok(reasons)
}

/// `import orders`.
pub(crate) async fn orders(app: &App, args: &ImportOrdersArgs) -> Result<Answer, Failure> {
    let scope = open::scope(app, args.date, &[])?;
    let _lock = app.lock("import").await?;
    let mut files = Vec::new();
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &app.config.base);
        if args.withdraw {
            let done = app.withdraw_orders(&name, scope.date).await?;
            files.push(ImportedFile::withdrawn(&name, done));
            continue;
        }
        let OrdersImport { count, totals, .. } =
            app.import_orders(&path, &name, scope.date).await?;
        let files_of_date = app.ledger.intake_files(scope.date).await?;
        let is_it = |file: &&IntakeFile| file.origin == Origin::Orders && file.name == name;
        let refused = |file: &IntakeFile| u64::try_from(file.rejected).unwrap_or(0);
        let found = files_of_date.iter().find(is_it);
        let reasons = reasons(app, scope.date, &name).await?;
        let imported = ImportedFile::read(&name, &count, found.map_or(0, refused));
        let lines = found.map(|file| file.lines).unwrap_or_default();
        let imported = imported.with_lines(lines).with_reasons(&reasons).with_totals(&totals);
        let good = found.is_some_and(|file| file.rows > file.rejected);
        files.push(ImportedFile { has_good_rows: good, ..imported });
    }
    Ok(answered(app, "orders", scope.date, &files))
}

/// `import statement`.
pub(crate) async fn statement(app: &App, args: &ImportStatementArgs) -> Result<Answer, Failure> {
    let day = args.date.unwrap_or(DateArg::Yesterday);
    let scope = open::scope(app, day, std::slice::from_ref(&args.account))?;
    let resolve = |date: DateArg| date.resolve(app.clock.now(), &app.config.business_day);
    let days = match (args.date, args.from, args.to) {
        (Some(_), _, _) => Some(scope.date..=scope.date),
        (None, Some(from), Some(to)) => Some(resolve(from)?..=resolve(to)?),
        (None, _, _) => None,
    };
    if days.as_ref().is_some_and(RangeInclusive::is_empty) {
        return Err(Failure::Usage("--to is before --from".to_owned()));
    }
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("import").await?;
    let mut imported = Vec::new();
    for account in &accounts {
        let mut files = Vec::new();
        for file in &args.files {
            let path = absolute(file)?;
            let name = known_as(&path, &app.config.base);
            if args.withdraw {
                let done = app.withdraw_statement(account, &name, scope.date).await?;
                imported.push(ImportedFile::withdrawn(&name, done).of_transactions());
                continue;
            }
            files.push((path, name));
        }
        let done = app.import_statements(account, &files, scope.date, days.clone()).await?;
        for (name, done) in done {
            imported.push(match done {
                Some(done) => bill(app, scope.date, &name, &done).await?,
                // What was refused of it is refused still.
                None => known(app, scope.date, &name).await?,
            });
        }
    }
    Ok(answered(app, "statement", scope.date, &imported))
}

/// A bill that was imported before and says the same.
async fn known(app: &App, date: BusinessDate, name: &str) -> Result<ImportedFile, Failure> {
    let files = app.ledger.intake_files(date).await?;
    let is_it = |file: &&IntakeFile| file.origin == Origin::Statement && file.name == name;
    let found = files.iter().find(is_it);
    let refused = found.map_or(0, |file| u64::try_from(file.rejected).unwrap_or(0));
    let has_good_rows = found.is_none_or(|file| file.rows > file.rejected);
    let known = ImportedFile::known(name).with_reasons(&reasons(app, date, name).await?);
    Ok(ImportedFile { refused, has_good_rows, ..known })
}

/// What an accountant has to know of a bill that was imported.
async fn bill(
    app: &App,
    date: BusinessDate,
    name: &str,
    done: &StatementImport,
) -> Result<ImportedFile, Failure> {
    let refused = u64::try_from(done.rejected).unwrap_or(0);
    let reasons = reasons(app, date, name).await?;
    let imported = ImportedFile::read(name, &done.count, refused)
        .with_lines(done.lines)
        .with_reasons(&reasons)
        .of_a_bill(&done.inside, &done.totals, &done.whole);
    let movements = u64::try_from(done.movements).unwrap_or(u64::MAX);
    let good = imported.has_good_rows || movements > 0 || done.ignored > 0;
    Ok(ImportedFile { movements, left_out: done.ignored, has_good_rows: good, ..imported })
}

/// `import notifications`.
pub(crate) async fn notifications(
    app: &App,
    args: &ImportNotificationsArgs,
) -> Result<Answer, Failure> {
    let scope = open::scope(app, args.date, std::slice::from_ref(&args.account))?;
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("import").await?;
    let mut files = Vec::new();
    for account in &accounts {
        for file in &args.files {
            let path = absolute(file)?;
            let name = known_as(&path, &app.config.base);
            let imported = app.import_notifications(account, &path, &name, scope.date).await?;
            let (count, lines) = imported;
            let reasons = reasons(app, scope.date, &name).await?;
            let imported = ImportedFile::read(&name, &count, lines.refused).of_a_log();
            files.push(imported.with_lines(lines).with_reasons(&reasons));
        }
    }
    Ok(answered(app, "notifications", scope.date, &files))
}

/// `import movements`.
pub(crate) async fn movements(app: &App, args: &ImportMovementsArgs) -> Result<Answer, Failure> {
    let scope = open::scope(app, args.date, args.account.as_slice())?;
    let accounts = app.accounts(&scope)?;
    let account = args.account.as_ref().and(accounts.first());
    let _lock = app.lock("import").await?;
    let mut files = Vec::new();
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &app.config.base);
        if args.withdraw {
            let movements = app.withdraw_movements(&name, scope.date).await?;
            let gone = Withdrawn { movements, ..Withdrawn::default() };
            files.push(ImportedFile::withdrawn(&name, gone).of_movements());
            continue;
        }
        let (count, lines) = app.import_movements(&path, &name, scope.date, account).await?;
        let reasons = reasons(app, scope.date, &name).await?;
        let imported = ImportedFile::read(&name, &count, lines.refused);
        let imported = imported.with_lines(lines).with_reasons(&reasons);
        files.push(ImportedFile { unchanged: None, ..imported });
    }
    Ok(answered(app, "movements", scope.date, &files))
}

pub(crate) fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(file).map_err(|source| Failure::File {
        doing: "cannot find",
        path: file.display().to_string(),
        source,
    })
}

/// The name under which a file is known: relative to the configuration where it lies below it, so
/// that the nightly job and an import by hand mean the same file.
pub(crate) fn known_as(path: &Path, base: &Path) -> String {
    path.strip_prefix(base).unwrap_or(path).display().to_string()
}
