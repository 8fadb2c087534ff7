//! How much room a night takes, by the last nights: what they left in archive and reports, and what the
//! ledger has grown to over its nights.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::business_day::BusinessDate;
use crate::config::Config;

/// Nights that are looked back at: the largest of them counts.
const NIGHTS: usize = 7;

/// How often the ledger's share of a night is there while it runs: in the ledger, in its log, and in the
/// rows that are being sorted.
const LEDGER_TIMES: u64 = 3;

/// A folder that grows, and by how many bytes a night.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) folder: PathBuf,
    pub(super) bytes: u64,
}

/// What a night takes in each folder; nothing where there was no night yet.
pub(super) fn a_night(config: &Config) -> Vec<Growth> {
    let reports = by_date(&config.reports.dir, |name| BusinessDate::parse(name), bytes_of_folder);
    let archive = by_date(&config.archive.dir, date_of_archived, |path| bytes_of_file(path));
    let mut found = vec![
        Growth { folder: config.reports.dir.clone(), bytes: largest(&reports) },
        Growth { folder: config.archive.dir.clone(), bytes: largest(&archive) },
    ];
    let nights = u64::try_from(reports.len()).unwrap_or(u64::MAX);
    if let Some(ledger) = config.ledger_url.strip_prefix("sqlite://").map(Path::new)
        && let Some(each) = bytes_of_file(ledger).checked_div(nights)
    {
        let folder = ledger.parent().unwrap_or(Path::new(".")).to_owned();
        found.push(Growth { folder, bytes: each.saturating_mul(LEDGER_TIMES) });
    }
    found.retain(|growth| growth.bytes > 0);
    found
}

/// The date of a file of the archive, `00000042_2026-11-20_mmsp-main.gz`.
fn date_of_archived(name: &str) -> Option<BusinessDate> {
    BusinessDate::parse(name.splitn(3, '_').nth(1)?)
}

/// What the entries of a folder take, by date.
fn by_date(
    dir: &Path,
    date: impl Fn(&str) -> Option<BusinessDate>,
    bytes: impl Fn(&Path) -> u64,
) -> BTreeMap<BusinessDate, u64> {
    let mut found: BTreeMap<BusinessDate, u64> = BTreeMap::new();
    for entry in fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let Some(date) = entry.file_name().to_str().and_then(&date) else { continue };
        let sum = found.entry(date).or_default();
        *sum = sum.saturating_add(bytes(&entry.path()));
    }
    found
}

/// The largest of the last nights.
fn largest(nights: &BTreeMap<BusinessDate, u64>) -> u64 {
    nights.values().rev().take(NIGHTS).copied().max().unwrap_or(0)
}

fn bytes_of_file(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |it| it.len())
}

/// The files of a folder, without what it has superseded.
fn bytes_of_folder(path: &Path) -> u64 {
    let files = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let files = files.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file);
    files.fold(0, |sum, it| sum.saturating_add(it.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_takes_what_the_largest_of_the_last_ones_took() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path();
        // Long ago there was a larger one.
        for (day, bytes) in
            [(1, 9_000), (11, 10), (12, 20), (13, 30), (14, 5), (15, 5), (16, 5), (17, 5)]
        {
            let name = format!("00000001_2026-11-{day:02}_a.gz");
            fs::write(dir.join(name), vec![0; bytes]).expect("written");
            fs::create_dir_all(dir.join(format!("2026-11-{day:02}/superseded"))).expect("made");
            fs::write(dir.join(format!("2026-11-{day:02}/x.csv")), vec![0; bytes])
                .expect("written");
        }
        fs::write(dir.join("00000002_2026-11-13_b.gz"), [0; 100]).expect("written");
        let archived = by_date(dir, date_of_archived, bytes_of_file);
        assert_eq!((archived.len(), largest(&archived)), (8, 130));
        let reports = by_date(dir, BusinessDate::parse, bytes_of_folder);
        assert_eq!((reports.len(), largest(&reports)), (8, 30));
        assert_eq!(largest(&BTreeMap::new()), 0);
    }
}
