//! The merchant's own side: where its orders come from.

use std::path::{Path, PathBuf};

use super::Part;
use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{Config, DatabaseQuery};
use crate::explain::{self, Asked, Explained};
use crate::intake::database::{DatabaseRequest, RowsOf, check_database};
use crate::intake::{StatedTotal as Total, Tie};
use crate::pull::Estimate;
use crate::run::parts_named;
use crate::story::story;

/// Looks for the orders of a business date: reads its files as the job would and counts what would be
/// refused, or asks the merchant's database how it would answer, without reading a row.
pub(super) async fn orders(config: &Config, date: BusinessDate, now: Timestamp) -> Part {
    let mut part = Part::new("orders");
    if let Some(database) = &config.orders.database {
        asked(&mut part, config, date, (database, RowsOf::Orders(&config.orders))).await;
        return part;
    }
    let Some(template) = &config.orders.csv else { return part };
    template.clone_into(&mut part.found);
    if !template.contains("{date}") {
        part.note(
            format!("[orders] csv = {template:?} has no {{date}}: every business day reads this one file"),
            "write {date} where the file's name has the day, for example \"orders/{date}.csv\"",
        );
    }
    let pattern = template.replace("{date}", &date.to_string());
    let names = parts_named(&config.base, &pattern);
    let folder = fixed_folder(&config.base, template);
    if !folder.is_dir() {
        part.wrong(
            format!("there is no folder {}", folder.display()),
            "make it, or set [orders] csv to where the orders are written",
        );
    } else if names.is_empty() {
        part.note(
            format!("there is no file for {date}: {}", config.base.join(pattern).display()),
            "have it written before the job runs",
        );
    }
    let mut read = 0_u64;
    for name in names {
        let path = config.base.join(&name);
        let asked = Asked {
            config,
            path: &path,
            name: &name,
            account: None,
            date: Some(date),
            now,
            parts: &[],
        };
        let explained = explain::orders_as_configured(&asked);
        note(&mut part, &explained);
        read = read.saturating_add(explained.read);
    }
    asked_one_by_one(&mut part, config, read);
    part
}

/// Warns of accounts whose orders are asked about one by one, where a day like that one takes longer than a night.
fn asked_one_by_one(part: &mut Part, config: &Config, orders: u64) {
    for configured in &config.accounts {
        let account = &configured.account;
        let lanes = account.provider.lanes();
        let is_asked = account.provider.has_interface()
            && !lanes.is_empty()
            && lanes.iter().all(|lane| lane.listing.is_none());
        let is_known = configured.statement.is_some();
        let Some(estimate) = Estimate::of(orders, account.limits.rate_limit)
            .filter(|estimate| estimate.is_too_long() && is_asked && !is_known)
        else {
            continue;
        };
        part.note(
            format!(
                "{}: its platform lists nothing and is asked about each order by itself; for the {orders} orders of \
                 that day, were they all this account's, that takes {} at rate_limit = {}",
                account.name,
                estimate.duration(),
                account.limits.rate_limit
            ),
            format!(
                "have the platform allow {} questions a second and set rate_limit, or import its bill \
                 ([account.statement])",
                estimate.per_second_in_time
            ),
        );
    }
}

/// Looks for the statements that are queries of a database, as [`orders`] does.
pub(super) async fn statements(config: &Config, date: BusinessDate) -> Vec<Part> {
    let mut parts = Vec::new();
    for account in &config.accounts {
        let settings = account.statement.as_ref();
        let Some(database) = settings.and_then(|it| it.database.as_ref()) else { continue };
        let mut part = Part::new(&format!("statement of {}", account.account.name));
        asked(&mut part, config, date, (database, RowsOf::Statement)).await;
        parts.push(part);
    }
    parts
}

/// Asks a database how it would answer, without reading a row.
async fn asked(
    part: &mut Part,
    config: &Config,
    date: BusinessDate,
    (database, rows): (&DatabaseQuery, RowsOf<'_>),
) {
    let request = DatabaseRequest {
        database,
        rows,
        base: &config.base,
        business_day: config.business_day,
        date,
        spool: &config.base,
    };
    match check_database(&request).await {
        Ok(place) => part.found = format!("{place} takes the query"),
        Err(problems) => problems.iter().for_each(|it| part.wrong(story(it), "")),
    }
}

/// Looks at the bills and the movements of a business date, where they are there, as the job would read
/// them; `None` where none is configured.
pub(super) fn files(config: &Config, date: BusinessDate, now: Timestamp) -> Option<Part> {
    let mut part = Part::new("files");
    let mut patterns = Vec::new();
    for account in &config.accounts {
        let template = account.statement.as_ref().and_then(|statement| statement.file.as_ref());
        patterns.extend(template.map(|template| (template, Some(account))));
    }
    patterns.extend(config.movements.csv.as_ref().map(|template| (template, None)));
    if patterns.is_empty() {
        return None;
    }
    let mut found = 0_usize;
    for (template, account) in patterns {
        let pattern = template.replace("{date}", &date.to_string());
        for name in parts_named(&config.base, &pattern) {
            let path = config.base.join(&name);
            let asked = Asked {
                config,
                path: &path,
                name: &name,
                account,
                date: Some(date),
                now,
                parts: &[],
            };
            note(
                &mut part,
                &match account {
                    Some(account) => explain::statement_as_configured(&asked, account),
                    None => explain::movements(&asked),
                },
            );
            found = found.saturating_add(1);
        }
    }
    part.found = format!("{found} bill(s) and movements of {date} looked at");
    Some(part)
}

/// Notes what a file of the day before came to.
fn note(part: &mut Part, explained: &Explained) {
    let name = &explained.name;
    if let Some(problem) = &explained.problem {
        part.wrong(
            problem.clone(),
            format!("duizhang import {} --explain", explained.command(name)),
        );
    } else if explained.refused > 0 {
        let what = format!(
            "{name}: {} row(s) would be read, {} would be refused",
            explained.read, explained.refused
        );
        part.note(what, format!("duizhang import {} --explain says why", explained.command(name)));
    }
    for total in &explained.totals {
        if let Tie::Differs { rows, sum } = &total.tie {
            let Total { label, stated, line, .. } = total;
            part.note(
                format!("{name} line {line}: {label} is {stated}, and its {rows} rows give {sum}"),
                "",
            );
        }
    }
}

/// The folder that has to be there on every date.
fn fixed_folder(base: &Path, template: &str) -> PathBuf {
    let fixed = template.split("{date}").next().unwrap_or(template);
    // What stands before the placeholder in its own name is not a folder.
    let folder = match fixed.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => "",
    };
    base.join(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_orders_is_what_no_date_changes() {
        let table = [
            ("orders/{date}.csv", "/base/orders"),
            ("orders/day-{date}/all.csv", "/base/orders"),
            ("/srv/{date}/orders.csv", "/srv"),
            ("/{date}.csv", "/"),
            ("orders.csv", "/base"),
            ("{date}.csv", "/base"),
            ("a/b/orders.csv", "/base/a/b"),
        ];
        for (template, expected) in table {
            let folder = fixed_folder(Path::new("/base"), template);
            assert_eq!(folder, base(expected), "{template}");
        }
    }

    fn base(text: &str) -> PathBuf {
        PathBuf::from(text)
    }

    /// Orders of a day, questions a second, whether there is a bill → whether it is warned of.
    #[test]
    fn a_day_that_cannot_be_asked_about_in_a_night_is_warned_of() {
        let bill = "[account.statement]\nkind = \"payment\"\n[account.statement.columns]\n\
                    order_no = \"a\"\namount = \"b\"\npaid_at = \"c\"\n";
        let table = [
            (1_000_000, 20, "", true),
            (1_000_000, 50, "", false),
            (1_000, 20, "", false),
            (1_000_000, 20, bill, false),
        ];
        for (orders, per_second, statement, is_warned) in table {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("duizhang.toml");
            let text = format!(
                "[ledger]\nurl = \"sqlite://ledger.db\"\n[orders]\ncsv = \"{{date}}.csv\"\n[[account]]\n\
                 name = \"till\"\nprovider = \"icashier\"\nbase_url = \"http://127.0.0.1:1\"\n\
                 mer_id = \"100200300\"\nkey = {{ env = \"KEY\" }}\nrate_limit = {per_second}\n{statement}"
            );
            std::fs::write(&path, text).expect("written");
            let key = |_: &str| Some("0123456789abcdef0123456789abcdef".to_owned());
            let config = crate::config::load(&path, &key);
            let config = config.unwrap_or_else(|errors| panic!("{errors}"));
            let mut part = Part::new("orders");
            asked_one_by_one(&mut part, &config, orders);
            assert_eq!(!part.notes.is_empty(), is_warned, "{orders} at {per_second} {statement}");
        }
    }
}
