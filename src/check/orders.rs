//! The merchant's own side: where its orders come from.

use std::path::{Path, PathBuf};

use super::Part;
use crate::business_day::BusinessDate;
use crate::config::Config;
use crate::intake::database::{DatabaseRequest, check_database};
use crate::story::story;

/// Looks for the orders of a business date: in the folder, or asks the merchant's database how it
/// would answer, without reading a row.
pub(super) async fn orders(config: &Config, date: BusinessDate) -> Part {
    let mut part = Part::new("orders");
    if config.orders.database.is_some() {
        let request = DatabaseRequest {
            settings: &config.orders,
            base: &config.base,
            business_day: config.business_day,
            date,
            spool: &config.base,
        };
        match check_database(&request).await {
            Ok(place) => part.found = format!("{place} takes the query"),
            Err(problems) => problems.iter().for_each(|it| part.wrong(story(it), "")),
        }
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
