//! The two files that show all the others at once. They are made from the very CSV files of the set,
//! read back, so that they cannot say anything else, and a new kind of file appears in them by
//! itself.

use std::collections::BTreeMap;

use crate::report::columns::{FileKind, Overview};
use crate::report::csv::{Written, io_error, reader, unguard};
use crate::report::folder::Draft;
use crate::report::manifest::FileEntry;
use crate::report::summary::AccountSummary;
use crate::report::{Headline, ReportError, ReportRequest, page, workbook};

/// What the overviews are made from.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    pub(super) request: &'a ReportRequest<'a>,
    /// The business date or month, as in the names of the files.
    pub(super) label: &'a str,
    pub(super) draft: &'a Draft,
    pub(super) written: &'a [(FileKind, Written)],
    pub(super) accounts: &'a [AccountSummary],
    /// Of a business date; a month has none.
    pub(super) headline: Option<&'a Headline>,
}

/// Writes both, and gives their entries in the manifest.
pub(super) fn write(
    request: &ReportRequest<'_>,
    draft: &Draft,
    written: &[(FileKind, Written)],
    accounts: &[AccountSummary],
    headline: &Headline,
) -> Result<Vec<FileEntry>, ReportError> {
    let label = request.date.to_string();
    let headline = Some(headline);
    let made = Made { request, label: &label, draft, written, accounts, headline };
    workbook::write(made)?;
    page::write(made)?;
    Overview::ALL.iter().map(|overview| made.entry(*overview)).collect()
}

impl Made<'_> {
    /// The name of an overview.
    pub(super) fn name(&self, overview: Overview) -> String {
        overview.name(self.label, self.request.settings.language)
    }

    /// Goes through the rows of a file of the set; texts are without their guards.
    pub(super) fn rows(
        &self,
        kind: FileKind,
        mut each: impl FnMut(&[&str]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let settings = self.request.settings;
        let name = kind.name(self.label, settings.language);
        let failed = |error| ReportError::file(name.as_ref(), io_error(error));
        let mut reader = reader(self.draft.reopen(&name)?, settings.encoding);
        let mut record = ::csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(failed)? {
            let cells: Vec<&str> = record.iter().map(unguard).collect();
            each(&cells)?;
        }
        Ok(())
    }

    /// The entry of an overview in the manifest.
    pub(super) fn entry(&self, overview: Overview) -> Result<FileEntry, ReportError> {
        let name = self.name(overview);
        let (sha256, bytes) = self.draft.measure(&name)?;
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
