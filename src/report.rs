//! The report folder (`docs/contract.md` §5): what an accountant opens with a double-click.
//!
//! [`write()`] streams a business date out of the ledger into CSV files and a manifest; [`verify()`]
//! re-checks such a folder offline; [`terminal()`] says the same in a few lines. Every figure of the
//! summary is added up from the very rows that were written, and the same inputs give the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt;

use crate::business_day::{BusinessDate, BusinessDay};
use crate::config::ReportSettings;
use crate::discrepancy::pattern::Pattern;
use crate::discrepancy::{DiscrepancyType, SeverityBands, State};
use crate::ledger::{Anchor, KEYS_TOGETHER, Ledger, LedgerError};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::progress::Bar;
use crate::report::columns::FileKind;
use crate::report::csv::Sheet;
use crate::report::discrepancies::{Tallies, Tally};
use crate::report::folder::Draft;
use crate::report::headline::Urgency;
use crate::report::manifest::Manifest;
use crate::report::overview::Made;
use crate::report::roll::{Roll, RollError, Rolls};
use crate::report::sentence::Voice;
use crate::rules::usual::UnusualFile;
use crate::settle::SettledAccount;
use crate::status::Kind;

pub mod balances;
pub mod columns;
pub mod corrections;
pub mod csv;
pub mod discrepancies;
pub mod folder;
pub mod gaps;
pub mod headline;
pub mod index;
pub mod manifest;
pub mod month;
mod overview;
mod page;
pub mod patterns;
pub mod rejected_rows;
pub mod roll;
pub mod sentence;
pub mod settlement;
pub mod sign;
pub mod summary;
mod sums;
mod survey;
pub mod table;
pub mod terminal;
mod urgent;
pub mod verify;
mod words;
mod workbook;

pub use crate::rules::lifecycle::JOB;
pub use folder::Outcome;
pub use headline::Headline;
pub use summary::{AccountSummary, Unexplained};
pub use sums::sums_of_rows;
pub use survey::survey;
pub use terminal::terminal;
pub use verify::{VerifiedReport, VerifyError, verify};

/// What to report, and how.
#[derive(Debug, Clone)]
pub struct ReportRequest<'a> {
    /// The business date.
    pub date: BusinessDate,
    /// The folder in which each date has its folder.
    pub dir: &'a Path,
    /// Language, encoding and guard. Its `dir` is not looked at.
    pub settings: &'a ReportSettings,
    /// Zone and cut-off.
    pub business_day: BusinessDay,
    /// Every configured account, whether or not it had trade.
    pub accounts: &'a [ReportAccount],
    /// What settling the date came to, per account.
    pub settled: &'a [SettledAccount],
    /// What it comes to by what has become known until a later date, and that date; `None` where there is
    /// none.
    pub since: Option<(BusinessDate, &'a [SettledAccount])>,
    /// Files of the date with far fewer rows than usual.
    pub unusual: &'a [UnusualFile],
    /// The link of the chain over all histories that stands for this report; `None` where there is none.
    pub anchor: Option<&'a Anchor>,
    /// [`crate::config::Config::digest`].
    pub config_digest: &'a str,
    /// What is critical, high and medium.
    pub severity: SeverityBands,
}

impl ReportRequest<'_> {
    /// The language and zone in which this report speaks.
    pub const fn voice(&self) -> Voice {
        Voice { language: self.settings.language, business_day: self.business_day }
    }

    /// What page and workbook of the set are made from.
    fn made<'a>(
        &self,
        manifest: &'a Manifest,
        folder: &'a Path,
        written: &'a [(FileKind, csv::Written)],
    ) -> Made<'a> {
        let (voice, encoding) = (self.voice(), self.settings.encoding);
        Made { manifest, voice, encoding, date: self.date, folder, written }
    }
}

/// An account as the report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportAccount {
    /// The account's name in the configuration.
    pub name: String,
    /// How people are shown it, see [`crate::provider::Account::title`].
    pub title: String,
    /// The provider's id.
    pub provider_id: String,
    /// The account's number at the provider.
    pub merchant_no: String,
    /// Its answers came over the network without encryption.
    pub insecure: bool,
    /// For how long after a payment its platform calls the shop back at most, by kind and product, where the
    /// platform's document says so.
    pub calls_back: Vec<(Kind, String, Duration)>,
}

impl ReportAccount {
    /// For how long the platform calls back about an order of a stream, at most.
    pub fn calls_back_for(&self, stream: &Stream) -> Option<Duration> {
        let is_own = |(kind, product, _): &&(Kind, String, Duration)| {
            *kind == stream.kind && *product == stream.product
        };
        self.calls_back.iter().find(is_own).map(|(_, _, span)| *span)
    }
}

/// A file of a written set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The name inside the folder.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Rows below the header; 0 for the manifest.
    pub rows: u64,
}

/// A report as it now stands in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSet {
    /// The business date.
    pub date: BusinessDate,
    /// Where it is.
    pub folder: PathBuf,
    /// Whether anything had to be written.
    pub outcome: Outcome,
    /// The files in the order of the contract, the manifest last.
    pub files: Vec<ReportFile>,
    /// Verdict, coverage, totals per account, sorted by name.
    pub accounts: Vec<AccountSummary>,
    /// Settlements and bridges, in the order of the request.
    pub settled: Vec<SettledAccount>,
    /// Files of the date with far fewer rows than usual.
    pub unusual: Vec<UnusualFile>,
    /// Rows of the discrepancy file, of any business date, by type and state.
    pub counts: BTreeMap<(DiscrepancyType, State, Currency), Tally>,
    /// What became of the discrepancies since the day before, over all accounts, per currency.
    pub roll: BTreeMap<Currency, Roll>,
    /// What many rows have in common, one line each, in the report's language.
    pub causes: Vec<String>,
    /// Where the rows do not explain the totals. Expected to be empty, and never to be passed over.
    pub unexplained: Vec<Unexplained>,
    /// Can the day be booked, what is proved, what is open.
    pub headline: Headline,
}

impl ReportSet {
    /// Rows that somebody has to work on: open ones and those on suspense.
    pub fn open_count(&self) -> i64 {
        let open = self.counts.iter().filter(|((_, state, _), _)| headline::is_pending(*state));
        open.fold(0, |sum, (_, tally)| sum.saturating_add(tally.count))
    }
}

/// A report that could not be put in its place.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ledger did not give the rows.
    #[error("the report for {date} could not be read from the ledger")]
    Ledger {
        /// The business date.
        date: BusinessDate,
        /// The cause.
        source: LedgerError,
    },
    /// A file or folder could not be written or read.
    #[error("cannot write the report: {path}: check that the folder exists and may be written to")]
    File {
        /// Which one.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// No space is left. The report that was there before is untouched.
    #[error(
        "no space left for the report at {path}: free some space and run the same command again; \
         the report that was there before is untouched"
    )]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// The old set could not be moved away, most likely because a spreadsheet has a file of it open.
    #[error(
        "{folder} cannot be replaced: the complete new report is in {kept}; close its files in \
         Excel or WPS, or give back the right to write there, and run the same command again"
    )]
    InUse {
        /// The folder that was to be replaced; it still holds the old set.
        folder: PathBuf,
        /// Where the complete new set is.
        kept: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A sum does not fit in 64 bits of fen.
    #[error("the sums of {what} do not fit in 64 bits of fen")]
    TooLarge {
        /// Which sums.
        what: String,
    },
}

impl ReportError {
    fn ledger(date: BusinessDate) -> impl Fn(LedgerError) -> Self {
        move |source| Self::Ledger { date, source }
    }

    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, QuotaExceeded, StorageFull};
        let path = path.to_path_buf();
        if matches!(source.kind(), StorageFull | QuotaExceeded) {
            return Self::DiskFull { path };
        }
        if source.kind() == InvalidData {
            // Nothing but an impossible sum is invalid in what we write ourselves.
            return Self::TooLarge { what: path.display().to_string() };
        }
        Self::File { path, source }
    }
}

/// Writes the report of a business date from what the ledger has.
///
/// A set that says the same is left alone. A set that says something else moves to
/// `superseded/NNN`. A kill at any moment leaves the whole old or the whole new set; see [`folder`].
/// The caller holds the ledger's lock, so that nobody else writes reports at the same time.
///
/// # Errors
///
/// [`ReportError`]; the set that was there before is then still whole.
pub async fn write(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
) -> Result<ReportSet, ReportError> {
    let date = request.date;
    let inputs = ledger.intake_files(date).await.map_err(ReportError::ledger(date))?;
    let (totals, verdicts) = ledger.day(date).await.map_err(ReportError::ledger(date))?;
    let mut draft = Draft::begin(request.dir, date, request.settings.rights)?;
    let causes = ledger.patterns(date).await.map_err(ReportError::ledger(date))?;
    let (found, tallies, urgency, mut rolls) =
        write_discrepancies(request, ledger, &causes, &draft).await?;
    let accounts = summary::assemble(request, totals, &verdicts, &tallies)?;
    let summed = write_summary(request, &accounts, &draft)?;
    let (patterns, causes) = write_patterns(request, &causes, &draft)?;
    let settlement = write_settlement(request, &draft)?;
    let balances = write_balances(request, &tallies, &draft)?;
    let refused = write_rejected_rows(request, ledger, &draft).await?;
    let (rolled, roll, before) = write_roll(request, ledger, &draft, &mut rolls).await?;
    let corrected = write_corrections(request, ledger, &draft).await?;
    let written = [
        (FileKind::Discrepancies, found),
        (FileKind::Summary, summed),
        (FileKind::Patterns, patterns),
        (FileKind::Settlement, settlement),
        (FileKind::Balances, balances),
        (FileKind::RejectedRows, refused),
        (FileKind::Roll, rolled),
        (FileKind::Corrections, corrected),
    ];
    let headline = Headline::of(request, &accounts, &roll, &before, urgency)
        .ok_or_else(|| too_large("discrepancies"))?;
    let mut manifest = manifest::of_day(request, &inputs, &written, &accounts, &headline);
    let folder = draft.folder();
    let overviews = overview::write(&draft, request.made(&manifest, &folder, &written))?;
    manifest.files.extend(overviews.iter().cloned());
    let text = manifest::text(&manifest);
    let manifest = draft.put(manifest::NAME, text.as_bytes())?;
    let mut files: Vec<_> = written
        .into_iter()
        .map(|(kind, written)| ReportFile {
            name: kind.name(date, request.settings.language),
            sha256: written.sha256,
            rows: written.rows,
        })
        .collect();
    files.extend(overviews.into_iter().map(|entry| ReportFile {
        name: entry.name,
        sha256: entry.sha256,
        rows: entry.rows,
    }));
    files.push(ReportFile { name: manifest::NAME.to_owned(), sha256: manifest, rows: 0 });
    files.extend(signed(request, &draft, &text)?);
    let unexplained = summary::unexplained(&accounts);
    let outcome = draft.settle(&files)?;
    let folder = folder::current(request.dir, date);
    let settled = request.settled.to_vec();
    let counts = tallies.by_type;
    Ok(ReportSet {
        date,
        folder,
        outcome,
        files,
        accounts,
        settled,
        unusual: request.unusual.to_vec(),
        counts,
        roll,
        causes,
        unexplained,
        headline,
    })
}

/// Signs the manifest, where a key is configured.
fn signed(
    request: &ReportRequest<'_>,
    draft: &Draft,
    manifest: &str,
) -> Result<Option<ReportFile>, ReportError> {
    let key = request.settings.sign_key.as_ref();
    let Some(signed) = key.and_then(|key| key.signed(manifest.as_bytes())) else { return Ok(None) };
    let sha256 = draft.put(sign::NAME, signed.as_bytes())?;
    Ok(Some(ReportFile { name: sign::NAME.to_owned(), sha256, rows: 0 }))
}

fn begin(
    request: &ReportRequest<'_>,
    draft: &Draft,
    kind: FileKind,
) -> Result<(PathBuf, Sheet), ReportError> {
    let settings = request.settings;
    let (path, file) = draft.create(&kind.name(request.date, settings.language))?;
    let header = kind.header(settings.language, request.business_day.timezone);
    let sheet = Sheet::begin(file, settings.encoding, settings.long_id_guard, &header)
        .map_err(|source| ReportError::file(&path, source))?;
    Ok((path, sheet))
}

async fn write_discrepancies(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    patterns: &[Pattern],
    draft: &Draft,
) -> Result<(csv::Written, Tallies, Urgency, Rolls), ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Discrepancies)?;
    let accounts: BTreeMap<_, _> = request.accounts.iter().map(|a| (a.name.as_str(), a)).collect();
    let end_of_day = request.business_day.end_of(request.date);
    let mut tallies = Tallies::default();
    let mut rolls = Rolls::new();
    let mut urgency = Urgency::default();
    let bar = Bar::start("report", None);
    let mut rows = ledger.report_rows(request.date);
    while let Some(row) = rows.next().await {
        bar.advance(1);
        let row = row.map_err(ReportError::ledger(request.date))?;
        let shown = discrepancies::Shown::of(&row, end_of_day);
        let account = accounts.get(row.key.stream.account.as_str()).copied();
        let cells = discrepancies::cells(&row, shown, account, patterns, request);
        sheet.row(&cells).map_err(|source| ReportError::file(&path, source))?;
        tallies
            .add(&row, shown, request.date, end_of_day)
            .ok_or_else(|| too_large("discrepancies"))?;
        roll::stands(&mut rolls, &row, shown).ok_or_else(|| too_large("discrepancies"))?;
        urgency.add(&row, shown, request.date, request.severity);
    }
    bar.finish();
    let written = sheet.finish().map_err(|source| ReportError::file(&path, source))?;
    Ok((written, tallies, urgency, rolls))
}

async fn write_roll(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    draft: &Draft,
    rolls: &mut Rolls,
) -> Result<(csv::Written, BTreeMap<Currency, Roll>, BTreeMap<Currency, Tally>), ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Roll)?;
    let failed = |source| ReportError::file(&path, source);
    let before = roll::complete(request, ledger, rolls).await.map_err(|error| match error {
        RollError::Ledger(source) => ReportError::Ledger { date: request.date, source },
        RollError::TooLarge => too_large("roll"),
    })?;
    for account in request.accounts {
        // An account of which nothing is outstanding has a line all the same.
        if !rolls.keys().any(|(name, _)| *name == account.name) {
            rolls.insert((account.name.clone(), Currency::CNY), Roll::default());
        }
    }
    for ((name, currency), roll) in rolls.iter() {
        let account = request.accounts.iter().find(|account| account.name == *name);
        let provider = account.map_or("", |account| &account.provider_id);
        let cells = roll::cells(request.date, (name, provider), roll, *currency);
        sheet.row(&cells).map_err(failed)?;
    }
    let totals = roll::totals(rolls).ok_or_else(|| too_large("roll"))?;
    let name = roll::total_name(request.settings.language);
    for (currency, total) in &totals {
        let cells = roll::cells(request.date, (name, ""), total, *currency);
        sheet.part(&cells).map_err(failed)?;
    }
    Ok((sheet.finish().map_err(failed)?, totals, before))
}

async fn write_corrections(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    draft: &Draft,
) -> Result<csv::Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Corrections)?;
    let failed = |source| ReportError::file(&path, source);
    let of_ledger = ReportError::ledger(request.date);
    for (now, changed_on) in corrections::settlements(request) {
        sheet.row(&corrections::settlement_cells(request, now, changed_on)).map_err(failed)?;
    }
    let mut keys = ledger.moved_since(request.date).chunks(KEYS_TOGETHER);
    while let Some(chunk) = keys.next().await {
        let chunk: Vec<OrderKey> =
            chunk.into_iter().collect::<Result<_, _>>().map_err(&of_ledger)?;
        let found = corrections::among(ledger, request.date, &chunk).await.map_err(&of_ledger)?;
        for correction in &found {
            let name = &correction.now.key.stream.account;
            let account = request.accounts.iter().find(|account| account.name == *name);
            if let Some(cells) = corrections::cells(correction, account, request) {
                sheet.row(&cells).map_err(failed)?;
            }
        }
    }
    sheet.finish().map_err(failed)
}

fn write_summary(
    request: &ReportRequest<'_>,
    accounts: &[AccountSummary],
    draft: &Draft,
) -> Result<csv::Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Summary)?;
    let language = request.settings.language;
    let failed = |source| ReportError::file(&path, source);
    for account in accounts {
        for line in &account.streams {
            let cells = summary::stream_cells(request.date, account, line, language);
            sheet.part(&cells).map_err(failed)?;
        }
        for total in &account.totals {
            let cells = summary::total_cells(request.date, account, total, language);
            sheet.row(&cells).map_err(failed)?;
        }
    }
    sheet.finish().map_err(failed)
}

/// Writes the patterns, and gives each as a line for a terminal.
fn write_patterns(
    request: &ReportRequest<'_>,
    patterns: &[Pattern],
    draft: &Draft,
) -> Result<(csv::Written, Vec<String>), ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Patterns)?;
    let mut causes = Vec::new();
    for pattern in patterns {
        let named = |account: &&ReportAccount| account.name == pattern.stream.account;
        let account = request.accounts.iter().find(named);
        let cells = patterns::cells(pattern, request.date, account, request.voice());
        sheet.row(&cells).map_err(|source| ReportError::file(&path, source))?;
        causes.push(patterns::line(pattern, request.voice()));
    }
    let written = sheet.finish().map_err(|source| ReportError::file(&path, source))?;
    Ok((written, causes))
}

fn write_settlement(
    request: &ReportRequest<'_>,
    draft: &Draft,
) -> Result<csv::Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Settlement)?;
    let failed = |source| ReportError::file(&path, source);
    for account in request.settled {
        for row in account.shown() {
            let cells = settlement::cells(account, row, request.settings.language);
            if row.is_part { sheet.part(&cells) } else { sheet.row(&cells) }.map_err(failed)?;
        }
    }
    sheet.finish().map_err(failed)
}

fn write_balances(
    request: &ReportRequest<'_>,
    tallies: &Tallies,
    draft: &Draft,
) -> Result<csv::Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Balances)?;
    let failed = |source| ReportError::file(&path, source);
    for account in request.settled {
        let in_transit = tallies.in_transit.get(&account.account).copied().unwrap_or_default();
        for line in balances::lines(account, &in_transit, request.voice())? {
            let cells = line.cells(account, request.voice());
            if line.is_part() { sheet.part(&cells) } else { sheet.row(&cells) }.map_err(failed)?;
        }
    }
    sheet.finish().map_err(failed)
}

async fn write_rejected_rows(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    draft: &Draft,
) -> Result<csv::Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::RejectedRows)?;
    let mut rows = ledger.rejections(request.date);
    while let Some(row) = rows.next().await {
        let row = row.map_err(ReportError::ledger(request.date))?;
        let cells = rejected_rows::cells(&row, request.settings.language);
        sheet.row(&cells).map_err(|source| ReportError::file(&path, source))?;
    }
    sheet.finish().map_err(|source| ReportError::file(&path, source))
}

fn too_large(what: &str) -> ReportError {
    ReportError::TooLarge { what: what.to_owned() }
}
