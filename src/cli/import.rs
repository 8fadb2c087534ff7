//! `import`.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{
    DateArg, ImportMovementsArgs, ImportNotificationsArgs, ImportOrdersArgs, ImportStatementArgs,
    open, output,
};
use crate::intake::notifications::LINE_OF_LOG;
use crate::intake::statement::{DaysBy, Whole};
use crate::intake::{StatedTotal, Tie};
use crate::run::House;
use crate::run::orders::OrdersImport;
use crate::run::statements::StatementImport;
use crate::run::withdrawn::Withdrawn;

/// `import orders`.
pub(crate) async fn orders(house: &House, args: &ImportOrdersArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &[])?;
    let _lock = house.lock("import").await?;
    let mut code = DONE;
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &house.config.base);
        if args.withdraw {
            tell_withdrawn(&name, &house.withdraw_orders(&name, scope.date).await?);
            continue;
        }
        let OrdersImport { count, lines, totals } =
            house.import_orders(&path, &name, scope.date).await?;
        let refused = house.refused_orders(scope.date, Some(&name)).await?;
        output::line(&format!(
            "{name}: {} added, {} unchanged, {} superseded, {refused} refused",
            count.added, count.unchanged, count.superseded
        ));
        if lines.sum() > 0 {
            output::line(&format!("  {lines}"));
        }
        tell_totals(&totals);
        if refused > 0 {
            code = UNPROVED;
        }
    }
    Ok(code)
}

/// What an accountant has to know of orders that were taken back.
fn tell_withdrawn(name: &str, done: &Withdrawn) {
    output::line(&format!("{name}: {} orders withdrawn", done.orders));
    for other in &done.read_again {
        output::line(&format!("  what {other} says counts again"));
    }
    for other in &done.to_be_imported {
        output::line(&format!(
            "  {other} was imported for this date too, and is not there as it was: import it again, so that \
             its orders count which {name} had replaced"
        ));
    }
}

/// `import statement`.
pub(crate) async fn statement(house: &House, args: &ImportStatementArgs) -> Result<u8, Failure> {
    let day = args.date.unwrap_or(DateArg::Yesterday);
    let scope = open::scope(house, day, std::slice::from_ref(&args.account))?;
    let resolve = |date: DateArg| date.resolve(house.clock.now(), &house.config.business_day);
    let days = match (args.date, args.from, args.to) {
        (Some(_), _, _) => Some(scope.date..=scope.date),
        (None, Some(from), Some(to)) => Some(resolve(from)?..=resolve(to)?),
        (None, _, _) => None,
    };
    if days.as_ref().is_some_and(RangeInclusive::is_empty) {
        return Err(Failure::Usage("--to is before --from".to_owned()));
    }
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("import").await?;
    let mut has_refused = false;
    for account in &accounts {
        let mut files = Vec::new();
        for file in &args.files {
            let path = absolute(file)?;
            let name = known_as(&path, &house.config.base);
            if args.withdraw {
                let (transactions, movements) =
                    house.withdraw_statement(account, &name, scope.date).await?;
                output::line(&format!(
                    "{name}: {transactions} transactions and {movements} movements withdrawn"
                ));
                continue;
            }
            files.push((path, name));
        }
        let done = house.import_statements(account, &files, scope.date, days.clone()).await?;
        for (name, done) in done {
            match done {
                Some(done) => {
                    has_refused |= done.rejected > 0;
                    tell(&name, &done);
                }
                None => output::line(&format!("{name}: imported before, nothing to do")),
            }
        }
    }
    Ok(ended(has_refused))
}

/// How an import ends, with or without refused rows.
const fn ended(has_refused: bool) -> u8 {
    if has_refused { UNPROVED } else { DONE }
}

/// What an accountant has to know of a statement that was imported.
fn tell(name: &str, done: &StatementImport) {
    let StatementImport { count, movements, ignored, rejected, lines, inside, totals, whole } =
        done;
    output::line(&format!(
        "{name}: {} added, {} unchanged, {} superseded, {movements} movements, {ignored} left out, \
         {rejected} refused",
        count.added, count.unchanged, count.superseded
    ));
    if !inside.is_empty() {
        output::line(&format!("  read from {inside}"));
    }
    output::line(&format!("  {lines}"));
    tell_totals(totals);
    output::line(&format!("  {}", covered(whole)));
}

/// What a file states as its totals, and what its rows say to that.
fn tell_totals(totals: &[StatedTotal]) {
    for total in totals {
        let verb = match &total.tie {
            Tie::Agrees => "the rows add up to it".to_owned(),
            Tie::NotChecked => "not checked".to_owned(),
            Tie::Differs { rows, sum } => format!("its {rows} rows give {sum}"),
        };
        output::line(&format!("  line {}: {} {}, {verb}", total.line, total.label, total.stated));
    }
}

/// Of what a statement file is the whole, and who says so.
fn covered(whole: &Whole) -> String {
    let (Some(first), Some(last)) = (whole.days.first(), whole.days.last()) else {
        let doubt = whole.doubt.as_ref().map_or_else(String::new, |doubt| format!(": {doubt}"));
        return format!("of no day taken for the whole{doubt}");
    };
    let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let streams = whole.streams.iter().map(|stream| match stream.product.as_str() {
        "" => stream.kind.to_string(),
        product => format!("{}/{product}", stream.kind),
    });
    let by = match whole.by {
        DaysBy::Said => "as the command says",
        DaysBy::Stated => "as the file states above its header",
        DaysBy::Rows => "by the dates of its rows; --date or --from and --to say it for certain",
    };
    let streams = streams.collect::<Vec<_>>().join(", ");
    format!("the whole of {days} for {streams} ({by})")
}

/// `import notifications`.
pub(crate) async fn notifications(
    house: &House,
    args: &ImportNotificationsArgs,
) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, std::slice::from_ref(&args.account))?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("import").await?;
    let mut has_refused = false;
    for account in &accounts {
        for file in &args.files {
            let path = absolute(file)?;
            let name = known_as(&path, &house.config.base);
            let imported = house.import_notifications(account, &path, &name, scope.date).await?;
            let (count, lines) = imported;
            let rejected = lines.refused;
            output::line(&format!(
                "{name}: {} added, {} unchanged, {} superseded, {rejected} refused",
                count.added, count.unchanged, count.superseded
            ));
            output::line(&format!("  {lines}"));
            if rejected > 0 {
                output::line(&format!("  a line of a log is {LINE_OF_LOG}"));
            }
            has_refused |= rejected > 0;
        }
    }
    Ok(ended(has_refused))
}

/// `import movements`.
pub(crate) async fn movements(house: &House, args: &ImportMovementsArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, args.account.as_slice())?;
    let accounts = house.accounts(&scope)?;
    let account = args.account.as_ref().and(accounts.first());
    let _lock = house.lock("import").await?;
    let mut has_refused = false;
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &house.config.base);
        if args.withdraw {
            let gone = house.withdraw_movements(&name, scope.date).await?;
            output::line(&format!("{name}: {gone} movements withdrawn"));
            continue;
        }
        let (count, lines) = house.import_movements(&path, &name, scope.date, account).await?;
        let rejected = lines.refused;
        output::line(&format!(
            "{name}: {} added, {} superseded, {rejected} refused",
            count.added, count.superseded
        ));
        output::line(&format!("  {lines}"));
        has_refused |= rejected > 0;
    }
    Ok(ended(has_refused))
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
