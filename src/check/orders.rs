//! The merchant's own side: where its orders come from.

use std::path::{Path, PathBuf};

use super::Part;
use crate::business_day::BusinessDate;
use crate::config::{Config, DatabaseQuery};
use crate::intake::database::{DatabaseRequest, RowsOf, check_database};
use crate::story::story;

/// Looks for the orders of a business date: in the folder, or asks the merchant's database how it
/// would answer, without reading a row.
pub(super) async fn orders(config: &Config, date: BusinessDate) -> Part {
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
    let path = config.base.join(template.replace("{date}", &date.to_string()));
    let folder = fixed_folder(&config.base, template);
    if !folder.is_dir() {
        part.wrong(
            format!("there is no folder {}", folder.display()),
            "make it, or set [orders] csv to where the orders are written",
        );
    } else if !path.exists() {
        part.note(
            format!("there is no file for {date}: {}", path.display()),
            "have it written before the job runs",
        );
    } else if let Err(error) = std::fs::File::open(&path) {
        let what = format!("{} cannot be read: {error}", path.display());
        part.wrong(what, "let the user that runs duizhang read it");
    }
    part
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
}
