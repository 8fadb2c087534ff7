//! The two files that show all the others at once. They are made from the manifest and the very CSV files of
//! the set, read back, and from nothing else: they cannot say anything else, `verify` makes them again, and a
//! new kind of file appears in them by itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::business_day::BusinessDate;
use crate::config::{Encoding, Language};
use crate::money::Currency;
use crate::month::Month;
use crate::report::columns::{FileKind, Overview};
use crate::report::csv::{Written, io_error, reader, unguard};
use crate::report::folder::Draft;
use crate::report::headline::Doubt;
use crate::report::manifest::{AccountEntry, FileEntry, Manifest};
use crate::report::sentence::Voice;
use crate::report::summary::Figures;
use crate::report::verify::{Row, figures};
use crate::report::{ReportError, page, workbook};
use crate::status::{Coverage, Verdict};
use crate::wording;

/// What the overviews are made from.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    /// What holds of the set besides its rows; whether it lists the overviews themselves does not matter.
    pub(super) manifest: &'a Manifest,
    /// The language and zone of the set.
    pub(super) voice: Voice,
    /// The encoding of its CSV files.
    pub(super) encoding: Encoding,
    /// The business date; of a month, its last.
    pub(super) date: BusinessDate,
    /// Where the CSV files are.
    pub(super) folder: &'a Path,
    /// The CSV files, in the order of the contract.
    pub(super) written: &'a [(FileKind, Written)],
}

/// Writes those of a business date, and gives their entries in the manifest.
pub(super) fn write(draft: &Draft, made: Made<'_>) -> Result<Vec<FileEntry>, ReportError> {
    let book = write_book(draft, made, Overview::Workbook)?;
    let name = made.name(Overview::Page);
    draft.put(&name, page::html(made)?.as_bytes())?;
    Ok(vec![book, made.entry(draft, Overview::Page)?])
}

/// Writes a workbook, and gives its entry in the manifest.
pub(super) fn write_book(
    draft: &Draft,
    made: Made<'_>,
    which: Overview,
) -> Result<FileEntry, ReportError> {
    let (path, file) = draft.create(&made.name(which))?;
    let failed = |source| ReportError::file(&path, source);
    let mut file = BufWriter::new(file);
    workbook::write(made, Some(&draft.folder()), &mut file).map_err(|error| match error {
        workbook::BookError::Rows(error) => error,
        workbook::BookError::Book(source) => failed(source),
    })?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error);
    file.and_then(|file| file.sync_all()).map_err(failed)?;
    made.entry(draft, which)
}

/// An account as the overviews show it: what the manifest says of it, and its totals in the summary.
pub(super) struct Account<'a> {
    pub(super) entry: &'a AccountEntry,
    pub(super) verdict: Verdict,
    pub(super) coverage: Option<Coverage>,
    /// One per currency.
    pub(super) totals: BTreeMap<Currency, Figures>,
}

impl Account<'_> {
    /// How people are shown it.
    pub(super) fn title(&self) -> &str {
        if self.entry.title.is_empty() { &self.entry.account } else { &self.entry.title }
    }

    /// How people are shown it, with its name where that is another one.
    pub(super) fn shown(&self) -> String {
        let name = &self.entry.account;
        if self.title() == name { name.clone() } else { format!("{} ({name})", self.title()) }
    }

    /// Whether the day can be trusted for this account.
    pub(super) fn is_proved(&self) -> bool {
        self.verdict.is_trusted(!self.entry.reason.is_empty())
    }

    /// Whether the rows explain the difference of every total.
    pub(super) fn is_explained(&self) -> bool {
        self.totals.values().all(|figures| figures.unexplained_minor == 0)
    }

    /// Why it is not complete, and what else is to be known of it, a sentence each.
    pub(super) fn about(&self) -> impl Iterator<Item = &str> {
        let against = Some(&self.entry.reason).filter(|reason| !reason.is_empty());
        against.into_iter().chain(&self.entry.bills).chain(&self.entry.remarks).map(String::as_str)
    }
}

impl<'a> Made<'a> {
    /// The business date or month, as in the names of the files.
    pub(super) fn label(&self) -> &'a str {
        &self.manifest.date
    }

    /// Whether it is of a month.
    pub(super) fn is_month(&self) -> bool {
        Month::parse(self.label()).is_some()
    }

    /// The language of the set.
    pub(super) const fn language(&self) -> Language {
        self.voice.language
    }

    /// The name of an overview.
    pub(super) fn name(&self, overview: Overview) -> String {
        overview.name(self.label(), self.language())
    }

    /// What keeps the day from being booked, and the headline's lines; `None` of a month.
    pub(super) fn headline(&self) -> Option<(Doubt, &'a [String])> {
        let headline = self.manifest.headline.as_ref()?;
        Some((Doubt::from_code(&headline.doubt)?, &headline.lines))
    }

    /// How people are shown an account.
    pub(super) fn title_of<'b>(&self, account: &'b str) -> &'b str
    where
        'a: 'b,
    {
        let known = self.manifest.accounts.iter().find(|entry| entry.account == account);
        known.map_or(account, |entry| if entry.title.is_empty() { account } else { &entry.title })
    }

    /// The accounts with their totals.
    pub(super) fn accounts(&self) -> Result<Vec<Account<'a>>, ReportError> {
        let mut totals: BTreeMap<String, BTreeMap<Currency, Figures>> = BTreeMap::new();
        self.records(FileKind::Summary, |record| {
            let row = Row { kind: FileKind::Summary, record };
            if row.text("kind") != wording::total(self.language()) {
                return Ok(());
            }
            let read = row.currency().and_then(|currency| Ok((currency, figures(&row)?)));
            let (currency, figures) = read.map_err(|problem| {
                let name = FileKind::Summary.name(self.label(), self.language());
                ReportError::file(name.as_ref(), io::Error::other(problem))
            })?;
            totals.entry(row.text("account").to_owned()).or_default().insert(currency, figures);
            Ok(())
        })?;
        let accounts = self.manifest.accounts.iter();
        Ok(accounts
            .map(|entry| Account {
                entry,
                // A manifest with another word is not read at all.
                verdict: Verdict::from_code(&entry.verdict).unwrap_or(Verdict::Failed),
                coverage: Coverage::from_code(&entry.coverage),
                totals: totals.remove(&entry.account).unwrap_or_default(),
            })
            .collect())
    }

    /// Goes through the rows of a file of the set; texts are without their guards.
    pub(super) fn rows(
        &self,
        kind: FileKind,
        mut each: impl FnMut(&[&str]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        self.records(kind, |record| {
            let cells: Vec<&str> = record.iter().map(unguard).collect();
            each(&cells)
        })
    }

    fn records(
        &self,
        kind: FileKind,
        mut each: impl FnMut(&::csv::StringRecord) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let path = self.folder.join(kind.name(self.label(), self.language()));
        let failed = |source| ReportError::file(&path, source);
        let mut reader = reader(File::open(&path).map_err(failed)?, self.encoding);
        let mut record = ::csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| failed(io_error(error)))? {
            each(&record)?;
        }
        Ok(())
    }

    /// The entry of an overview in the manifest.
    fn entry(&self, draft: &Draft, overview: Overview) -> Result<FileEntry, ReportError> {
        let name = self.name(overview);
        let (sha256, bytes) = draft.measure(&name)?;
        let all = self.written.iter().map(|(_, written)| written.rows);
        let rows = match overview {
            Overview::Workbook | Overview::MonthBook => all.fold(0, u64::saturating_add),
            Overview::Page => 0,
        };
        let file = overview.code().to_owned();
        Ok(FileEntry { bytes, file, name, rows, sha256, sums: BTreeMap::new() })
    }
}

/// Which of a file's columns has this code.
pub(super) fn place(kind: FileKind, code: &str) -> Option<usize> {
    kind.columns().iter().position(|column| column.code == code)
}

/// The value of a column.
pub(super) fn value<'a>(kind: FileKind, cells: &[&'a str], code: &str) -> &'a str {
    place(kind, code).and_then(|at| cells.get(at).copied()).unwrap_or_default()
}
