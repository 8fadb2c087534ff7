//! The reports against the ledger: each manifest names the link of the chain that stood for it, and says
//! how many discrepancies it shows and what they add up to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Problems;
use crate::app::App;
use crate::business_day::BusinessDate;
use crate::ledger::Anchor;
use crate::money::{Currency, units, yuan};
use crate::month::Month;
use crate::report::columns::FileKind;
use crate::report::manifest::Manifest;
use crate::report::{self, VerifyError};
use crate::run::RunError;

/// What the reports came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReportsChecked {
    /// Manifests whose link was looked for.
    pub anchored: u64,
    /// Manifests of earlier versions, which name none.
    pub without_anchor: u64,
    /// Current reports of dates whose rows were added up again.
    pub compared: u64,
    /// Those of which rows were pruned since.
    pub pruned: u64,
}

impl App {
    /// Compares every manifest, superseded ones too, with the chain, and the current one of each date with
    /// the rows that its report would show now.
    pub(super) async fn check_reports(
        &self,
        anchors: &[Anchor],
        pruned: u64,
        problems: &mut Problems,
    ) -> Result<ReportsChecked, RunError> {
        let mut checked = ReportsChecked::default();
        for label in labels(&self.config.reports.dir)? {
            let folder = self.config.reports.dir.join(&label);
            for folder in superseded(&folder)? {
                if let Some(manifest) = read(&folder, problems) {
                    anchored(&folder, &manifest, anchors, &mut checked, problems);
                }
            }
            let Some(manifest) = read(&folder, problems) else { continue };
            anchored(&folder, &manifest, anchors, &mut checked, problems);
            let Some(date) = BusinessDate::parse(&label) else { continue };
            self.same_rows(date, &folder, &manifest, pruned, &mut checked, problems).await?;
            self.same_totals(date, &folder, &manifest, problems).await?;
        }
        Ok(checked)
    }

    /// That the ledger's rows of a date are as many as its report says, with the same sums.
    async fn same_rows(
        &self,
        date: BusinessDate,
        folder: &Path,
        manifest: &Manifest,
        pruned: u64,
        checked: &mut ReportsChecked,
        problems: &mut Problems,
    ) -> Result<(), RunError> {
        let kind = FileKind::Discrepancies;
        let Some(file) = manifest.files.iter().find(|file| file.file == kind.code()) else {
            problems.add(format!("{}: the manifest lists no discrepancies", folder.display()));
            return Ok(());
        };
        let (rows, sums) = report::sums_of_rows(date, self.ledger.as_ref()).await?;
        if pruned > 0 && rows < file.rows {
            // What was closed long ago may have been removed since.
            checked.pruned = checked.pruned.saturating_add(1);
            return Ok(());
        }
        checked.compared = checked.compared.saturating_add(1);
        let other = file.sums.iter().find(|(column, sum)| sums.get(*column) != Some(*sum));
        let what = match other {
            _ if rows != file.rows => format!("{rows} rows, in the report {}", file.rows),
            Some((column, sum)) => {
                let now = sums.get(column).map_or("nothing", String::as_str);
                format!("{column} adds up to {now}, in the report to {sum}")
            }
            None => return Ok(()),
        };
        problems.add(format!(
            "the discrepancies of {date} in the ledger are not those of {}: {what}. If the date was \
             reconciled again since, write its report again (duizhang report --date {date}) and verify \
             once more; else the ledger was changed",
            folder.display()
        ));
        Ok(())
    }

    /// That both sides' totals of a date are those of its report. Totals that are gone were pruned.
    async fn same_totals(
        &self,
        date: BusinessDate,
        folder: &Path,
        manifest: &Manifest,
        problems: &mut Problems,
    ) -> Result<(), RunError> {
        let kind = FileKind::Summary.code();
        let Some(file) = manifest.files.iter().find(|file| file.file == kind) else {
            return Ok(());
        };
        let (totals, _) = self.ledger.day(date).await?;
        let mut sums: BTreeMap<Currency, [i64; 2]> = BTreeMap::new();
        for (stream, currency, of_stream) in &totals {
            // Of an account that the report does not have, it has no totals.
            if !manifest.accounts.iter().any(|account| account.account == stream.account) {
                return Ok(());
            }
            let sums = sums.entry(*currency).or_default();
            for (sum, minor) in
                sums.iter_mut().zip([of_stream.merchant_minor, of_stream.provider_minor])
            {
                *sum = sum.saturating_add(minor);
            }
        }
        for (currency, sums) in sums {
            for (side, sum) in SIDES.iter().zip(sums) {
                let (column, sum) = match currency {
                    Currency::CNY => ((*side).to_owned(), yuan(sum)),
                    other => (format!("{side} {other}"), units(sum, other)),
                };
                let stated = file.sums.get(&column).map_or("nothing", String::as_str);
                if stated != sum {
                    problems.add(format!(
                        "the totals of {date} in the ledger are not those of {}: {column} is {sum}, in the \
                         report {stated}. If the date was reconciled again since, write its report again \
                         (duizhang report --date {date}) and verify once more; else the ledger was changed",
                        folder.display()
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The two sides' sums of a manifest's summary.
const SIDES: [&str; 2] = ["merchant_amount", "provider_amount"];

/// That the link that a manifest names is in the chain.
fn anchored(
    folder: &Path,
    manifest: &Manifest,
    anchors: &[Anchor],
    checked: &mut ReportsChecked,
    problems: &mut Problems,
) {
    let Some(named) = &manifest.anchor else {
        checked.without_anchor = checked.without_anchor.saturating_add(1);
        return;
    };
    checked.anchored = checked.anchored.saturating_add(1);
    let found = anchors.iter().find(|anchor| anchor.sequence == named.sequence);
    let folder = folder.display();
    match found {
        Some(anchor) if anchor.hash == named.hash => {}
        Some(_) => problems.add(format!(
            "{folder}: its report was written with another anchor {} than the ledger has: the ledger's \
             histories were written anew, or the manifest was changed",
            named.sequence
        )),
        None => problems.add(format!(
            "{folder}: its report was written with anchor {}, and the ledger's chain has {} anchors: its \
             end was cut off, or this is an older copy of the ledger",
            named.sequence,
            anchors.len()
        )),
    }
}

fn read(folder: &Path, problems: &mut Problems) -> Option<Manifest> {
    match report::verify::manifest_of(folder) {
        Ok(manifest) => Some(manifest),
        // A folder in which no set stands (yet).
        Err(VerifyError::Unreadable { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            None
        }
        Err(problem) => {
            problems.add(crate::story::story(&problem));
            None
        }
    }
}

/// The names of the folders of dates and months, sorted.
fn labels(dir: &Path) -> Result<Vec<String>, RunError> {
    let is_report =
        |name: &String| BusinessDate::parse(name).is_some() || Month::parse(name).is_some();
    Ok(names(dir)?.into_iter().filter(is_report).collect())
}

/// The sets that a folder has superseded.
fn superseded(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let folder = folder.join("superseded");
    Ok(names(&folder)?.into_iter().map(|name| folder.join(name)).collect())
}

fn names(dir: &Path) -> Result<Vec<String>, RunError> {
    let failed = |source| RunError::Folder { path: dir.display().to_string(), source };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}
