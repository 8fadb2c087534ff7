//! `index.html` beside the report folders: the last nights at a glance. Which account was proved, how much is
//! open, what came and what went, and how old the open rows are; each day links to its page.
//!
//! It is made from the folders themselves, read back, and says of a folder that cannot be read, or whose
//! figures are not those of its manifest, just that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::business_day::BusinessDate;
use crate::config::{Encoding, Language, Rights};
use crate::discrepancy::State;
use crate::money::{Currency, minor_from_units, units};
use crate::report::columns::{FileKind, Overview};
use crate::report::csv::{hex, io_error, reader, unguard};
use crate::report::headline::Doubt;
use crate::report::manifest::{self, Manifest};
use crate::report::overview::value;
use crate::status::Verdict;
use crate::wording::{self, Word};

mod page;

/// The file's name, in every language.
pub const NAME: &str = "index.html";

/// Nights that are shown.
const NIGHTS_MAX: usize = 31;

/// Where ages are parted: up to so many days.
const AGES: [i64; 4] = [1, 3, 7, 30];

/// A night, as its folder has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Night {
    date: BusinessDate,
    /// What its manifest and roll say; `None` where they cannot be read or do not belong together.
    summary: Option<FolderSummary>,
}

/// What a folder says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FolderSummary {
    /// Name of the page in the folder.
    page: String,
    /// Per account: the verdict, and whether the day can be trusted for it.
    verdicts: BTreeMap<String, (Verdict, bool)>,
    /// How people are shown accounts, where that is not their names.
    titles: BTreeMap<String, String>,
    /// Accounts whose balance has a gap.
    gaps: BTreeSet<String>,
    /// Per currency.
    totals: BTreeMap<String, Figures>,
    /// Its headline; an earlier version wrote none.
    headline: Option<(Doubt, Vec<String>)>,
}

/// The totals of a night's roll in one currency; amounts as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Figures {
    new: i64,
    closed: i64,
    outstanding: i64,
    outstanding_amount: String,
    /// Open or on suspense, as the headline counts.
    pending: i64,
    pending_minor: i64,
    pending_amount: String,
}

/// How many rows of the newest night are open, by age: up to each of [`AGES`], and older.
type Ages = [i64; 5];

/// Writes the index of the reports in a folder anew.
///
/// # Errors
///
/// What the disk says; the index that was there is then still whole.
pub fn write(dir: &Path, language: Language, rights: Rights) -> io::Result<()> {
    let html = made(dir, language)?;
    let path = dir.join(NAME);
    if fs::read(&path).is_ok_and(|before| before == html.as_bytes()) {
        return Ok(());
    }
    let partial = dir.join(format!(".{NAME}.partial"));
    let mut options = OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(rights.file).open(&partial)?;
    file.write_all(html.as_bytes()).and_then(|()| file.sync_all())?;
    fs::rename(&partial, &path)
}

/// The index as the reports in a folder make it.
///
/// # Errors
///
/// When the folder cannot be listed.
pub(super) fn made(dir: &Path, language: Language) -> io::Result<String> {
    let nights = nights(dir)?;
    let newest = nights.last().filter(|night| night.summary.is_some());
    let ages = newest.map_or(Ok([0; 5]), |night| ages(&dir.join(night.date.to_string())));
    Ok(page::html(&nights, ages.ok(), language))
}

/// The date of the newest report of a folder.
pub(super) fn newest(dir: &Path) -> io::Result<Option<BusinessDate>> {
    let mut newest = None;
    for entry in fs::read_dir(dir)? {
        newest = newest.max(entry?.file_name().to_str().and_then(BusinessDate::parse));
    }
    Ok(newest)
}

/// The newest nights that have a folder, oldest first.
fn nights(dir: &Path) -> io::Result<Vec<Night>> {
    let mut dates = BTreeSet::new();
    for entry in fs::read_dir(dir)? {
        dates.extend(entry?.file_name().to_str().and_then(BusinessDate::parse));
    }
    let newest = dates.into_iter().rev().take(NIGHTS_MAX);
    let mut nights: Vec<Night> = newest
        .map(|date| Night { date, summary: summary_of(&dir.join(date.to_string())).ok() })
        .collect();
    nights.reverse();
    Ok(nights)
}

fn summary_of(folder: &Path) -> io::Result<FolderSummary> {
    let (manifest, language) = manifest_of(folder)?;
    let (mut verdicts, mut titles) = (BTreeMap::new(), BTreeMap::new());
    for entry in &manifest.accounts {
        let verdict = Verdict::from_code(&entry.verdict).ok_or_else(strange)?;
        let is_proved = verdict.is_trusted(!entry.reason.is_empty());
        verdicts.insert(entry.account.clone(), (verdict, is_proved));
        if !entry.title.is_empty() {
            titles.insert(entry.account.clone(), entry.title.clone());
        }
    }
    let has_gap = |gap: &str| !matches!(gap, "" | "0.00");
    let gaps = manifest.accounts.iter().filter(|entry| has_gap(&entry.balance_gap));
    let mut totals = BTreeMap::new();
    rows(folder, &manifest, FileKind::Roll, |cells| {
        let text = |code| value(FileKind::Roll, cells, code);
        if text("account") != wording::total(language) || !text("provider").is_empty() {
            return Ok(());
        }
        let count = |code| text(code).parse::<i64>().map_err(|_| strange());
        let currency = Currency::parse(text("currency")).map_err(|_| strange())?;
        let minor = |code| minor_from_units(text(code), currency).map_err(|_| strange());
        let pending = count("open_count")?.checked_add(count("suspense_count")?);
        let pending_minor = minor("open_amount")?.checked_add(minor("suspense_amount")?);
        let pending_minor = pending_minor.ok_or_else(strange)?;
        let figures = Figures {
            new: count("new_count")?,
            closed: count("closed_count")?,
            outstanding: count("outstanding_count")?,
            outstanding_amount: text("outstanding_amount").to_owned(),
            pending: pending.ok_or_else(strange)?,
            pending_minor,
            pending_amount: units(pending_minor, currency),
        };
        totals.insert(text("currency").to_owned(), figures);
        Ok(())
    })?;
    Ok(FolderSummary {
        page: Overview::Page.name(&manifest.date, language),
        gaps: gaps.map(|entry| entry.account.clone()).collect(),
        verdicts,
        titles,
        totals,
        headline: manifest.headline.and_then(|it| Some((Doubt::from_code(&it.doubt)?, it.lines))),
    })
}

fn ages(folder: &Path) -> io::Result<Ages> {
    let (manifest, _) = manifest_of(folder)?;
    let mut ages = [0_i64; 5];
    rows(folder, &manifest, FileKind::Discrepancies, |cells| {
        let text = |code| value(FileKind::Discrepancies, cells, code);
        let state = State::from_word(text("state")).ok_or_else(strange)?;
        if !matches!(state, State::Open | State::Suspense) {
            return Ok(());
        }
        let age: i64 = text("age_days").parse().map_err(|_| strange())?;
        let class = AGES.iter().take_while(|most| age > **most).count();
        if let Some(count) = ages.get_mut(class) {
            *count = count.saturating_add(1);
        }
        Ok(())
    })?;
    Ok(ages)
}

fn manifest_of(folder: &Path) -> io::Result<(Manifest, Language)> {
    let text = fs::read(folder.join(manifest::NAME))?;
    let manifest: Manifest = serde_json::from_slice(&text)?;
    let language = Language::from_code(&manifest.language).ok_or_else(strange)?;
    Ok((manifest, language))
}

/// Goes through the rows of a file of a folder, which has to be the one of the manifest.
fn rows(
    folder: &Path,
    manifest: &Manifest,
    kind: FileKind,
    mut each: impl FnMut(&[&str]) -> io::Result<()>,
) -> io::Result<()> {
    let entry = manifest.files.iter().find(|entry| entry.file == kind.code());
    let entry = entry.ok_or_else(strange)?;
    // The name is what a file says: it leads nowhere else.
    let name = Path::new(&entry.name).file_name().ok_or_else(strange)?;
    let path: PathBuf = folder.join(name);
    let mut hash = Sha256::new();
    io::copy(&mut File::open(&path)?, &mut hash)?;
    if hex(&hash.finalize()) != entry.sha256 {
        return Err(strange());
    }
    let encoding = Encoding::from_code(&manifest.encoding).ok_or_else(strange)?;
    let mut reader = reader(File::open(&path)?, encoding);
    let mut record = ::csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(io_error)? {
        let cells: Vec<&str> = record.iter().map(unguard).collect();
        each(&cells)?;
    }
    Ok(())
}

fn strange() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not what a report folder has")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_cannot_be_read_is_a_night_of_which_nothing_is_known() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["2026-11-19", "2026-11-20", "2026-11", ".2026-11-21.partial", "other"] {
            fs::create_dir(dir.path().join(name)).expect("a folder");
        }
        fs::write(dir.path().join("2026-11-20/manifest.json"), "{}").expect("a file");
        let nights = nights(dir.path()).expect("nights");
        let dates: Vec<String> = nights.iter().map(|night| night.date.to_string()).collect();
        assert_eq!(dates, ["2026-11-19", "2026-11-20"]);
        assert!(nights.iter().all(|night| night.summary.is_none()));
        let rights = Rights { folder: 0o750, file: 0o640 };
        write(dir.path(), Language::En, rights).expect("an index");
        let html = fs::read_to_string(dir.path().join(NAME)).expect("an index");
        assert_eq!(html.matches("cannot be read").count(), 2, "{html}");
    }

    #[test]
    fn only_the_newest_nights_are_shown() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = BusinessDate::parse("2026-09-01").expect("a date");
        for day in 0..40 {
            fs::create_dir(dir.path().join(first.plus_days(day).to_string())).expect("a folder");
        }
        let nights = nights(dir.path()).expect("nights");
        assert_eq!(nights.len(), NIGHTS_MAX);
        assert_eq!(nights.first().map(|it| it.date), Some(first.plus_days(9)));
        assert_eq!(nights.last().map(|it| it.date), Some(first.plus_days(39)));
    }
}
