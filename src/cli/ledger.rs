//! `ledger`.

use std::path::Path;

use serde::Serialize;

use crate::app::App;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{LedgerCopyArgs, LedgerPruneArgs, open, output};
use crate::config;
use crate::ledger::placement::TablePlacement;
use crate::ledger::prune::Kept;
use crate::ledger::transfer::{self, TableSummary};
use crate::ledger::{self, Access, LockHolder, Placement};
use crate::progress::Bar;
use crate::text;

/// Creates or upgrades the schema.
pub(crate) async fn migrate(path: &Path) -> Result<u8, Failure> {
    let config = open::config(path)?;
    let ledger = open::schema(&config).await?;
    ledger.migrate().await?;
    let healed = ledger.heal().await?;
    for (table, rows) in &healed.rows {
        output::line(&format!(
            "{table}: {rows} row(s) with a date or an amount that cannot be are no longer current; they \
             stay as history, and the next run judges their orders again"
        ));
    }
    for file in &healed.files {
        let file = text::shown(file, usize::MAX);
        output::line(&format!(
            "they came from {file}: import it again to see them refused by line"
        ));
    }
    let status = ledger.status().await?;
    output::line(&format!("schema version {}", status.schema_version));
    Ok(DONE)
}

/// Shows schema version and row counts.
pub(crate) async fn status(path: &Path) -> Result<Answer, Failure> {
    let config = open::config(path)?;
    let ledger = open::schema(&config).await?;
    let status = ledger.status().await?;
    let placements = if config.ledger_url.starts_with("postgres") {
        ledger.placements().await?
    } else {
        Vec::new()
    };
    let place = |table: &str| placements.iter().find(|placement| placement.name == table);
    let table = |(table, rows): &(String, i64)| {
        let placement = place(table).map(placed).unwrap_or_default();
        format!("{table:<20} {rows:>12} rows   {placement}").trim_end().to_owned()
    };
    let (version, known) = (status.schema_version, status.known_version);
    let head = [
        format!("engine          {}", status.engine),
        format!("schema version  {version} (this duizhang knows {known})"),
    ];
    let text = lines(head.into_iter().chain(status.tables.iter().map(table)));
    let tables = status.tables.iter().map(|(name, rows)| TableOf {
        table: name,
        rows: *rows,
        declared: place(name).map(|placement| declared(placement.declared)),
        placed: place(name).and_then(|it| it.found.as_ref().map(|_| it.is_placed())),
    });
    let document = Document {
        engine: &status.engine,
        schema_version: version,
        known_version: known,
        tables: tables.collect(),
    };
    Ok(Answer::new(DONE, text, &document))
}

/// What a ledger is.
#[derive(Debug, Serialize)]
struct Document<'a> {
    engine: &'a str,
    schema_version: i64,
    /// The schema version that this program knows.
    known_version: i64,
    tables: Vec<TableOf<'a>>,
}

#[derive(Debug, Serialize)]
struct TableOf<'a> {
    table: &'a str,
    rows: i64,
    /// Where it is to be on several machines: `by_order_no`, `everywhere` or `local`; `None` on `SQLite`.
    declared: Option<&'static str>,
    /// Whether it is there; `None` where everything is on one machine.
    placed: Option<bool>,
}

/// Where a table is to be, as a code.
const fn declared(placement: Placement) -> &'static str {
    match placement {
        Placement::ByOrderNo => "by_order_no",
        Placement::Everywhere => "everywhere",
        Placement::Local => "local",
    }
}

/// Where a table is to be, and where it is if that is another place.
fn placed(placement: &TablePlacement) -> String {
    let declared = match placement.declared {
        Placement::ByOrderNo => "by order_no",
        Placement::Everywhere => "everywhere",
        Placement::Local => "local",
    };
    match &placement.found {
        Some(found) if !placement.is_placed() => {
            format!("{declared}, but it is {found}: run duizhang ledger distribute")
        }
        Some(found) => format!("{declared}: {found}"),
        None => declared.to_owned(),
    }
}

/// Spreads the tables over the machines.
pub(crate) async fn distribute(app: &App, shards: Option<u32>) -> Result<u8, Failure> {
    let _lock = app.lock("ledger distribute").await?;
    let placed = app.ledger.distribute(shards).await?;
    for table in &placed {
        output::line(&format!("placed {table}"));
    }
    if placed.is_empty() {
        output::line("every table is where it belongs");
    }
    Ok(DONE)
}

/// Copies the ledger into an empty one.
pub(crate) async fn copy(app: &App, args: &LedgerCopyArgs) -> Result<u8, Failure> {
    let url = match (&args.to, &args.to_env) {
        (Some(url), _) if config::has_password(url) => {
            return Err(Failure::Usage(
                "the URL of --to holds a password, which everybody on this machine can read: write \
                 --to-env NAME for the whole URL"
                    .to_owned(),
            ));
        }
        (Some(url), _) => url.clone(),
        (None, Some(name)) => config::environment(name)
            .ok_or_else(|| Failure::Usage(format!("the environment has no {name}")))?,
        (None, None) => return Err(Failure::Usage("write --to or --to-env".to_owned())),
    };
    let _lock = app.lock("ledger copy").await?;
    let to = ledger::open(&url, Access::Work).await?;
    let holder = LockHolder {
        job: "ledger copy".to_owned(),
        pid: std::process::id(),
        since: app.clock.now(),
    };
    let _other_lock = to.lock(&holder).await?;
    let bar = Bar::start("copy", None);
    let tables = transfer::copy(app.ledger.as_ref(), to.as_ref(), &bar).await?;
    bar.finish();
    to.checkpoint().await?;
    output::line(&compared("table", "rows here", "rows there"));
    for (here, there) in &tables {
        output::line(&compared(here.name, &here.rows.to_string(), &there.rows.to_string()));
        for (column, sum) in &here.sums {
            let copied = sum_of(there, column).map_or_else(String::new, |sum| sum.to_string());
            output::line(&compared(&format!("  sum of {column}"), &sum.to_string(), &copied));
        }
    }
    output::line("counts and sums are the same on both sides");
    Ok(DONE)
}

fn sum_of(table: &TableSummary, column: &str) -> Option<i64> {
    table.sums.iter().find(|(name, _)| name == column).map(|(_, sum)| *sum)
}

fn compared(what: &str, here: &str, there: &str) -> String {
    format!("{what:<32} {here:>20} {there:>20}")
}

/// Removes what is old, and lists what is old and stays.
pub(crate) async fn prune(app: &App, args: LedgerPruneArgs) -> Result<u8, Failure> {
    /// Pairs that are listed by name at most.
    const NAMED: usize = 50;
    let before = args.before.resolve(app.clock.now(), &app.config.business_day)?;
    let _lock = app.lock("ledger prune").await?;
    let pruned = app.prune(before, args.dry_run).await?;
    let verb = if args.dry_run { "would be removed" } else { "removed" };
    for (table, rows) in &pruned.removed {
        output::line(&format!("{table:<20} {rows:>12} rows {verb}"));
    }
    if pruned.removed.is_empty() {
        output::line(&format!("nothing is older than {before} and finished"));
    }
    for why in Kept::ALL {
        let kept = pruned.kept.iter().filter(|(_, kept)| *kept == why);
        let count = kept.clone().count();
        if count == 0 {
            continue;
        }
        output::line(&format!("{count} older orders stay: {why}"));
        for (key, _) in kept.take(NAMED) {
            output::line(&format!("  {} {} {}", key.stream.account, key.stream.kind, key.order_no));
        }
        if count > NAMED {
            output::line(&format!("  and {} more", count.saturating_sub(NAMED)));
        }
    }
    Ok(DONE)
}
