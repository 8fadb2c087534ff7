//! Re-checks a report folder offline: digests, rows and sums of every file, and that the summary
//! follows from the discrepancies.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use chrono_tz::Tz;

use crate::business_day::{BusinessDate, BusinessDay};
use crate::config::{Encoding, Language};
use crate::money::{Currency, Money, minor_from_units};
use crate::month::Month;
use crate::report::columns::{FileKind, Form};
use crate::report::csv::{ColumnSums, Written, io_error, reader, unguard};
use crate::report::folder::sha256_of;
use crate::report::manifest::{self, FileEntry, Manifest};
use crate::report::sentence::Voice;
use crate::report::verify::roll::RollTies;
use crate::report::verify::ties::Ties;
use crate::status::{Coverage, Verdict};
use crate::wording;

mod indexed;
mod month;
mod rebuilt;
mod roll;
mod settled;
mod ties;

pub use indexed::{Indexed, indexed};
pub use rebuilt::Rebuilt;
pub(super) use ties::figures;

/// Problems listed at most: enough to see what happened to the folder.
const PROBLEMS_MAX: usize = 50;

/// Columns at the end of a file that an earlier version did not have: those for the clerk in the file of causes,
/// and of settlements what the platform says is not available yet.
const fn added_since(kind: FileKind) -> usize {
    match kind {
        FileKind::Patterns => 3,
        FileKind::Settlement => 2,
        FileKind::Discrepancies
        | FileKind::Summary
        | FileKind::Balances
        | FileKind::RejectedRows
        | FileKind::Roll
        | FileKind::Corrections
        | FileKind::MonthStatement
        | FileKind::FeeClaim => 0,
    }
}

/// Bytes of a manifest at most.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A folder in which everything follows from everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReport {
    /// The business date; of a month, its last.
    pub date: BusinessDate,
    /// The month, when it is the report of one.
    pub month: Option<Month>,
    /// The language of the files.
    pub language: Language,
    /// Files and their rows.
    pub files: Vec<(String, u64)>,
    /// Accounts with their verdicts.
    pub accounts: Vec<(String, Verdict, Option<Coverage>)>,
    /// Accounts whose rows do not explain their totals, and by how much. It was so when the report was
    /// written; the folder says so itself.
    pub unexplained: Vec<(String, String)>,
    /// Whether page and workbook say what the CSV files say.
    pub rebuilt: Rebuilt,
}

/// A folder that is not what its manifest says.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The manifest is missing or unreadable.
    #[error("cannot read {path}: is this the folder of a report?")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The manifest is not one that this program knows.
    #[error("{path} is not a manifest that this duizhang knows: {problem}")]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The folder was changed, or does not add up.
    #[error("{folder} is not what its manifest says:\n{}", listed(.problems))]
    Differs {
        /// Which folder.
        folder: PathBuf,
        /// What differs, at most 50.
        problems: Vec<String>,
    },
}

fn listed(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("- {problem}")).collect::<Vec<_>>().join("\n")
}

/// Re-checks a folder, without ledger and network.
///
/// # Errors
///
/// [`VerifyError::Differs`] lists what does not follow; the other variants say why nothing could be
/// checked.
pub fn verify(folder: &Path) -> Result<VerifiedReport, VerifyError> {
    let (manifest, terms) = read_manifest(&folder.join(manifest::NAME))?;
    let mut problems = Vec::new();
    let mut ties = Ties::new(&terms);
    let mut whole = true;
    let mut written = Vec::new();
    for kind in terms.kinds() {
        let entry = manifest.files.iter().find(|entry| entry.file == kind.code());
        if let Some(entry) = entry {
            let read = check_file(folder, *kind, entry, &terms, &mut ties, &mut problems);
            whole &= read.is_some();
            written.extend(read.map(|read| (*kind, read)));
        } else {
            problems.push(format!("the manifest does not list {}", kind.code()));
            whole = false;
        }
    }
    let other = manifest.files.iter().filter(|entry| {
        FileKind::from_code(&entry.file).is_none_or(|kind| !terms.kinds().contains(&kind))
    });
    for entry in other {
        check_bytes(folder, entry, &mut problems);
    }
    // What could not be read cannot tie, and saying so again would hide the one real problem.
    let mut unexplained = Vec::new();
    if whole && terms.month.is_some() {
        unexplained = ties.finish_month(&manifest.accounts, &mut problems);
    } else if whole {
        unexplained = ties.finish(&manifest.accounts, &mut problems);
        ties.roll.finish(&mut problems);
        chained(folder, &terms, &ties.roll, &mut problems);
    }
    // What was changed is named by its cell, also where digests have told that a file was.
    let rebuilt = if whole {
        rebuilt::check(folder, &manifest, &terms, &written, &mut problems)
    } else {
        Rebuilt::OtherVersion
    };
    if !problems.is_empty() {
        problems.truncate(PROBLEMS_MAX);
        return Err(VerifyError::Differs { folder: folder.to_path_buf(), problems });
    }
    Ok(VerifiedReport {
        date: terms.date,
        month: terms.month,
        language: terms.language,
        files: manifest.files.iter().map(|entry| (entry.name.clone(), entry.rows)).collect(),
        accounts: manifest
            .accounts
            .iter()
            .filter_map(|account| {
                let verdict = Verdict::from_code(&account.verdict)?;
                Some((account.account.clone(), verdict, Coverage::from_code(&account.coverage)))
            })
            .collect(),
        unexplained,
        rebuilt,
    })
}

/// That the roll opens with what the folder of the day before, if it stands beside this one, has left.
fn chained(folder: &Path, terms: &Terms, roll: &RollTies, problems: &mut Vec<String>) {
    let before = terms.date.plus_days(-1);
    // What a folder has superseded has no day before beside it.
    let is_current = folder.file_name().is_some_and(|name| name == terms.date.to_string().as_str());
    let beside = folder.parent().map(|parent| parent.join(before.to_string()));
    let Some(beside) = beside.filter(|beside| is_current && beside.is_dir()) else { return };
    let Ok((manifest, terms)) = read_manifest(&beside.join(manifest::NAME)) else { return };
    // An earlier version wrote no roll.
    let entry = manifest.files.iter().find(|entry| entry.file == FileKind::Roll.code());
    let Some(entry) = entry else { return };
    let mut ties = Ties::new(&terms);
    let mut its_own = Vec::new();
    let read = check_file(&beside, FileKind::Roll, entry, &terms, &mut ties, &mut its_own);
    if read.is_none() || !its_own.is_empty() {
        problems.push(format!("the roll of {before} beside it cannot be used: verify that folder"));
        return;
    }
    roll.check_opening(&ties.roll, before, problems);
}

/// How the files of a folder are written, by its manifest.
struct Terms {
    /// Of a month, its last.
    date: BusinessDate,
    month: Option<Month>,
    language: Language,
    encoding: Encoding,
    zone: Tz,
    cutoff: NaiveTime,
}

impl Terms {
    /// The language and zone in which the set speaks.
    const fn voice(&self) -> Voice {
        let business_day = BusinessDay { timezone: self.zone, cutoff: self.cutoff };
        Voice { language: self.language, business_day }
    }

    /// The files that such a folder has.
    const fn kinds(&self) -> &'static [FileKind] {
        if self.month.is_some() { FileKind::OF_MONTH } else { FileKind::ALL }
    }

    /// What the names of its files begin with.
    fn label(&self) -> String {
        self.month.map_or_else(|| self.date.to_string(), |month| month.to_string())
    }
}

/// The manifest of a report folder.
///
/// # Errors
///
/// [`VerifyError::Unreadable`] and [`VerifyError::Manifest`].
pub fn manifest_of(folder: &Path) -> Result<Manifest, VerifyError> {
    read_manifest(&folder.join(manifest::NAME)).map(|(manifest, _)| manifest)
}

fn read_manifest(path: &Path) -> Result<(Manifest, Terms), VerifyError> {
    let unreadable = |source| VerifyError::Unreadable { path: path.to_path_buf(), source };
    let wrong = |problem: &str| VerifyError::Manifest {
        path: path.to_path_buf(),
        problem: problem.to_owned(),
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MANIFEST_BYTES_MAX {
        return Err(wrong("it is too large"));
    }
    let text = std::fs::read(path).map_err(unreadable)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| wrong(&error.to_string()))?;
    if manifest.schema != manifest::SCHEMA {
        return Err(wrong(&format!("it has schema {}", manifest.schema)));
    }
    let month = Month::parse(&manifest.date);
    let date = month.map(Month::last).or_else(|| BusinessDate::parse(&manifest.date));
    let terms = Terms {
        date: date.ok_or_else(|| wrong("its date"))?,
        month,
        language: Language::from_code(&manifest.language).ok_or_else(|| wrong("its language"))?,
        encoding: Encoding::from_code(&manifest.encoding).ok_or_else(|| wrong("its encoding"))?,
        zone: manifest.business_day.timezone.parse().map_err(|_| wrong("its time zone"))?,
        cutoff: NaiveTime::parse_from_str(&manifest.business_day.cutoff, "%H:%M")
            .map_err(|_| wrong("its cut-off"))?,
    };
    for account in &manifest.accounts {
        if Verdict::from_code(&account.verdict).is_none() {
            return Err(wrong(&format!("the verdict of {}", account.account)));
        }
    }
    Ok((manifest, terms))
}

/// Digest and length; `None` when the file cannot even be read.
fn check_bytes(folder: &Path, entry: &FileEntry, problems: &mut Vec<String>) -> Option<PathBuf> {
    let name = &entry.name;
    if Path::new(name).file_name().is_none_or(|bare| bare != name.as_str()) {
        problems.push(format!("{name}: not a file name"));
        return None;
    }
    let path = folder.join(name);
    match sha256_of(&path) {
        Ok((sha256, bytes)) => {
            if sha256 != entry.sha256 || bytes != entry.bytes {
                problems.push(format!(
                    "{name}: was changed after it was written ({bytes} bytes, sha256 {sha256}; \
                     written were {} bytes, sha256 {})",
                    entry.bytes, entry.sha256
                ));
            }
            Some(path)
        }
        Err(error) => {
            problems.push(format!("{name}: cannot be read: {error}"));
            None
        }
    }
}

/// Checks one file; `None` when it could not be read to its end.
fn check_file(
    folder: &Path,
    kind: FileKind,
    entry: &FileEntry,
    terms: &Terms,
    ties: &mut Ties,
    problems: &mut Vec<String>,
) -> Option<Written> {
    let name = &entry.name;
    if !kind.has_name(name, &terms.label(), terms.language) {
        problems.push(format!("{name}: not the name that this file has"));
    }
    let path = check_bytes(folder, entry, problems)?;
    let before = problems.len();
    let read = match File::open(&path) {
        Ok(file) => read_rows(file, kind, terms, ties, problems),
        Err(error) => Err(error),
    };
    let (rows, sums) = match read {
        Ok(read) => read,
        Err(error) => {
            problems.push(format!("{name}: cannot be read: {error}"));
            return None;
        }
    };
    for problem in problems.iter_mut().skip(before) {
        *problem = format!("{name}: {problem}");
    }
    if rows != entry.rows {
        problems.push(format!("{name}: {rows} rows, written were {}", entry.rows));
    }
    let by_column = manifest::sums(kind, &sums);
    for (column, sum) in &by_column {
        let written = entry.sums.get(column).map_or("nothing", String::as_str);
        if sum != written {
            problems.push(format!("{name}: {column} adds up to {sum}, written was {written}"));
        }
    }
    Some(Written { sha256: entry.sha256.clone(), bytes: entry.bytes, rows: entry.rows, sums })
}

/// Reads a file once, however large: counts, sums, and what the summary has to tie to.
fn read_rows(
    file: File,
    kind: FileKind,
    terms: &Terms,
    ties: &mut Ties,
    problems: &mut Vec<String>,
) -> std::io::Result<(u64, ColumnSums)> {
    let mut reader = reader(file, terms.encoding);
    let header = kind.header(terms.language, terms.zone);
    let found = reader.headers().map_err(io_error)?;
    let is_former = found.len().saturating_add(added_since(kind)) == header.len();
    let wanted = header.iter().map(String::as_str);
    if !found.iter().eq(wanted.take(if is_former { found.len() } else { header.len() })) {
        return Err(std::io::Error::other("the header is not the one of this file"));
    }
    let mut rows = 0_u64;
    let mut sums = ColumnSums::new(header.len());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(io_error)? {
        rows = rows.saturating_add(1);
        let row = Row { kind, record: &record };
        if problems.len() > PROBLEMS_MAX {
            continue;
        }
        // What is a part of another row does not count, or every fen would count twice.
        let total = wording::total(terms.language);
        let part = match kind {
            FileKind::Summary => row.text("kind") != total,
            FileKind::Settlement => ties.settled.is_part(&row),
            FileKind::Balances => !settled::is_rest(&row),
            FileKind::Roll => row.text("account") == total,
            FileKind::MonthStatement => row.text("business_date") != total,
            FileKind::FeeClaim => !month::is_total(&row),
            FileKind::Discrepancies
            | FileKind::Patterns
            | FileKind::RejectedRows
            | FileKind::Corrections => false,
        };
        if !part && let Err(problem) = add_sums(&row, &mut sums) {
            problems.push(format!("row {rows}: {problem}"));
        }
        let outcome = match kind {
            FileKind::Discrepancies => ties.discrepancy(&row).and(ties.roll.discrepancy(&row)),
            FileKind::Summary => ties.summary(&row),
            FileKind::Settlement => ties.settled.settlement(&row),
            FileKind::Balances => ties.settled.balance(&row),
            FileKind::Roll => ties.roll.roll(&row),
            FileKind::MonthStatement => ties.month.statement(&row),
            FileKind::FeeClaim => ties.month.claim(&row),
            FileKind::Patterns | FileKind::RejectedRows | FileKind::Corrections => Ok(()),
        };
        if let Err(problem) = outcome {
            problems.push(format!("row {rows}: {problem}"));
        }
    }
    Ok((rows, sums))
}

fn add_sums(row: &Row<'_>, sums: &mut ColumnSums) -> Result<(), String> {
    for (at, column) in row.kind.columns().iter().enumerate() {
        if column.form == Form::Yuan {
            let money = row.yuan(column.code)?.map(|minor| (minor, row.currency()));
            let Some((minor, currency)) = money else { continue };
            let sum = sums.add(at, Money { minor, currency: currency? });
            sum.ok_or("a sum that does not fit in 64 bits of fen")?;
        }
    }
    Ok(())
}

/// A row of one of our files, by the columns' English names.
pub(super) struct Row<'a> {
    pub(super) kind: FileKind,
    pub(super) record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The text of a column, without its guard.
    pub(super) fn text(&self, code: &str) -> &str {
        let index = self.kind.columns().iter().position(|column| column.code == code);
        unguard(index.and_then(|index| self.record.get(index)).unwrap_or_default())
    }

    /// What the row's amounts are of: its column for it; yuan where its file has none.
    pub(super) fn currency(&self) -> Result<Currency, String> {
        match self.text("currency") {
            "" => Ok(Currency::CNY),
            code => Currency::parse(code).map_err(|error| format!("currency is {error}")),
        }
    }

    /// The amount of a column in the smallest unit; `None` when it is empty.
    fn yuan(&self, code: &str) -> Result<Option<i64>, String> {
        let text = self.text(code);
        if text.is_empty() {
            return Ok(None);
        }
        minor_from_units(text, self.currency()?)
            .map(Some)
            .map_err(|error| format!("{code} is {error}"))
    }

    /// The amount of a column that is never empty.
    fn fen(&self, code: &str) -> Result<i64, String> {
        self.yuan(code)?.ok_or_else(|| format!("{code} is empty"))
    }

    /// A count.
    fn count(&self, code: &str) -> Result<i64, String> {
        self.text(code).parse().map_err(|_| format!("{code} is not a count"))
    }
}
