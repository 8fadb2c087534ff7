//! The report of a month: what finance closes the books with. A statement of every business date, the
//! claim for fees that were charged otherwise than agreed, and the balance adjustment to sign (余额调节表).
//!
//! Everything is as of the month's last business date and from the ledger alone; the folder is replaced
//! as that of a date is, and [`crate::report::verify()`] checks it too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use futures_util::StreamExt;

use crate::business_day::BusinessDate;
use crate::config::FeeRule;
use crate::ledger::{AccountVerdict, DaySum, IntakeFile, Ledger};
use crate::money::Currency;
use crate::month::Month;
use crate::order::Stream;
use crate::report::balances::InTransit;
use crate::report::balances::month::lines_of_month;
use crate::report::columns::{FileKind, Overview};
use crate::report::csv::{Sheet, Written};
use crate::report::discrepancies::{Shown, Tallies};
use crate::report::folder::{self, Draft, Outcome};
use crate::report::{ReportError, ReportFile, ReportRequest, manifest, overview, too_large};
use crate::rules::settlement::Parts;
use crate::settle::Balanced;
use crate::status::Verdict;

pub mod claim;
pub(super) mod cover;
pub mod statement;
mod text;
mod waived;

pub use text::text;

use claim::{Claim, Claims};
use statement::Day;

/// What to report, and how.
#[derive(Debug, Clone)]
pub struct MonthRequest<'a> {
    /// The month.
    pub month: Month,
    /// The request of its last business date, with the bridges over the whole month.
    pub last: ReportRequest<'a>,
    /// The contract rates per account.
    pub fees: &'a BTreeMap<String, Vec<FeeRule>>,
}

impl MonthRequest<'_> {
    fn label(&self) -> String {
        self.month.to_string()
    }

    /// The contract rates of an account.
    fn fees_of(&self, account: &str) -> &[FeeRule] {
        self.fees.get(account).map_or(&[], Vec::as_slice)
    }
}

/// An account over a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MonthAccount {
    /// Its name.
    pub name: String,
    /// The provider's id; empty for an account that the configuration no longer has.
    pub provider_id: String,
    /// Its number at the provider; empty likewise.
    pub merchant_no: String,
    /// Every business date of the month.
    pub days: BTreeMap<BusinessDate, Day>,
    /// What the provider's transactions of reconciled dates come to.
    pub sums: Vec<(BusinessDate, Stream, DaySum)>,
    /// What its fees come to.
    pub claim: Claim,
    /// What of the balance at the month's end nothing explains, in fen; `None` without a bridge.
    pub unexplained_minor: Option<i64>,
}

impl MonthAccount {
    /// The currencies of its money; yuan where it has none.
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let days = self.days.values();
        let all = days.flat_map(|day| day.totals.keys().chain(day.open.keys()).copied());
        let mut all: BTreeSet<Currency> = all.collect();
        if all.is_empty()
            || self.days.values().any(|day| day.parts.is_some_and(|it| it != Parts::default()))
        {
            all.insert(Currency::CNY);
        }
        all
    }

    /// How far the month as a whole could be proved.
    pub fn verdict(&self) -> Verdict {
        let verdicts = || self.days.values().map(|day| day.verdict.as_ref());
        let is = |wanted| verdicts().all(|it| it.is_some_and(|it| it.verdict == wanted));
        if is(Verdict::ProvedEmpty) {
            Verdict::ProvedEmpty
        } else if verdicts().all(|it| it.is_some_and(AccountVerdict::is_proved)) {
            Verdict::Complete
        } else if verdicts().all(|verdict| verdict.is_none()) {
            Verdict::Failed
        } else {
            Verdict::Incomplete
        }
    }
}

/// The report of a month as it now stands in its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSet {
    /// The month.
    pub month: Month,
    /// Where it is.
    pub folder: PathBuf,
    /// Whether anything had to be written.
    pub outcome: Outcome,
    /// The files, the manifest last.
    pub files: Vec<ReportFile>,
    /// Every account, by name.
    pub accounts: Vec<MonthAccount>,
}

impl MonthSet {
    /// Whether every account was proved complete on every business date.
    pub fn is_proved(&self) -> bool {
        self.accounts.iter().all(|account| account.verdict().is_proved())
    }
}

/// The accounts of a month, by name.
type Accounts = BTreeMap<String, MonthAccount>;

/// Writes the report of a month from what the ledger has, with the care of [`crate::report::write()`].
///
/// # Errors
///
/// [`ReportError`]; the set that was there before is then still whole.
pub async fn write(
    request: &MonthRequest<'_>,
    ledger: &dyn Ledger,
) -> Result<MonthSet, ReportError> {
    let (mut accounts, inputs) = read(request, ledger).await?;
    let mut draft = Draft::begin(request.last.dir, request.month, request.last.settings.rights)?;
    let (claimed, in_transit) = write_claim(request, ledger, &draft, &mut accounts).await?;
    let stated = write_statement(request, &draft, &accounts)?;
    let balanced = write_balances(request, &draft, &in_transit)?;
    let written = [
        (FileKind::MonthStatement, stated),
        (FileKind::FeeClaim, claimed),
        (FileKind::Balances, balanced),
    ];
    let accounts: Vec<MonthAccount> = accounts.into_values().collect();
    let files = complete(request, &draft, &written, &accounts, &inputs)?;
    let outcome = draft.settle(&files)?;
    let folder = folder::current(request.last.dir, request.month);
    Ok(MonthSet { month: request.month, folder, outcome, files, accounts })
}

/// Writes the workbook and the manifest, and names every file of the set.
fn complete(
    request: &MonthRequest<'_>,
    draft: &Draft,
    written: &[(FileKind, Written)],
    accounts: &[MonthAccount],
    inputs: &[IntakeFile],
) -> Result<Vec<ReportFile>, ReportError> {
    let label = request.label();
    let last = &request.last;
    let content = manifest::Content {
        label: label.clone(),
        headline: None,
        accounts: accounts.iter().map(cover::account_entry).collect(),
        notes: cover::notes(request),
    };
    let mut manifest = manifest::of(last, inputs, written, content);
    let folder = draft.folder();
    let made = last.made(&manifest, &folder, written);
    let book = overview::write_book(draft, made, Overview::MonthBook)?;
    manifest.files.push(book.clone());
    let text = manifest::text(&manifest);
    let manifest = draft.put(manifest::NAME, text.as_bytes())?;
    let mut files: Vec<ReportFile> = written
        .iter()
        .map(|(kind, written)| ReportFile {
            name: kind.name(&label, last.settings.language),
            sha256: written.sha256.clone(),
            rows: written.rows,
        })
        .collect();
    files.push(ReportFile { name: book.name, sha256: book.sha256, rows: book.rows });
    files.push(ReportFile { name: manifest::NAME.to_owned(), sha256: manifest, rows: 0 });
    files.extend(super::signed(last, draft, &text)?);
    Ok(files)
}

fn begin(
    request: &MonthRequest<'_>,
    draft: &Draft,
    kind: FileKind,
) -> Result<(PathBuf, Sheet), ReportError> {
    let settings = request.last.settings;
    let (path, file) = draft.create(&kind.name(request.month, settings.language))?;
    let header = kind.header(settings.language, request.last.business_day.timezone);
    let sheet = Sheet::begin(file, settings.encoding, settings.long_id_guard, &header)
        .map_err(|source| ReportError::file(&path, source))?;
    Ok((path, sheet))
}

/// The account of a name, with every day of the month.
fn account_of<'a>(
    request: &MonthRequest<'_>,
    accounts: &'a mut Accounts,
    name: &str,
) -> &'a mut MonthAccount {
    accounts.entry(name.to_owned()).or_insert_with(|| {
        let known = request.last.accounts.iter().find(|account| account.name == name);
        let settled = request.last.settled.iter().find(|account| account.account == name);
        MonthAccount {
            name: name.to_owned(),
            provider_id: known.map_or_else(String::new, |it| it.provider_id.clone()),
            merchant_no: known.map_or_else(String::new, |it| it.merchant_no.clone()),
            days: request.month.days().map(|day| (day, Day::default())).collect(),
            unexplained_minor: settled.and_then(|account| match &account.balanced {
                Balanced::Built(bridge, _) => Some(bridge.unexplained_minor),
                Balanced::NotSettled
                | Balanced::NotStated
                | Balanced::NoClosing
                | Balanced::NoOpening(_)
                | Balanced::ClosingUnread(_)
                | Balanced::OpeningUnread(..) => None,
            }),
            ..MonthAccount::default()
        }
    })
}

/// Reads verdicts, totals and sums of every business date, and the files that they rest on.
async fn read(
    request: &MonthRequest<'_>,
    ledger: &dyn Ledger,
) -> Result<(Accounts, Vec<IntakeFile>), ReportError> {
    let failed = ReportError::ledger(request.last.date);
    let (mut accounts, mut inputs) = (Accounts::new(), Vec::new());
    for known in request.last.accounts {
        account_of(request, &mut accounts, &known.name);
    }
    for date in request.month.days() {
        inputs.extend(ledger.intake_files(date).await.map_err(&failed)?);
        let (totals, verdicts) = ledger.day(date).await.map_err(&failed)?;
        for verdict in verdicts {
            let account = account_of(request, &mut accounts, &verdict.account);
            account.days.entry(date).or_default().verdict = Some(verdict);
        }
        for (stream, currency, part) in totals {
            let Some(account) = accounts.get_mut(&stream.account) else { continue };
            let day = account.days.entry(date).or_default();
            let sum = day.totals.entry(currency).or_default();
            *sum = sum.plus(&part).ok_or_else(|| too_large(&stream.account))?;
        }
    }
    let (first, last) = (request.month.first(), request.month.last());
    for (name, account) in &mut accounts {
        for (date, stream, sum) in ledger.day_sums(name, first, last).await.map_err(&failed)? {
            let Some(day) = account.days.get_mut(&date).filter(|day| day.verdict.is_some()) else {
                continue;
            };
            let parts = Parts::of(stream.kind, &sum);
            let parts = parts.and_then(|parts| day.parts.unwrap_or_default().plus(&parts));
            day.parts = Some(parts.ok_or_else(|| too_large(name))?);
            account.claim.takes_in(&sum).ok_or_else(|| too_large(name))?;
            account.sums.push((date, stream, sum));
        }
        for day in account.days.values_mut().filter(|day| day.verdict.is_some()) {
            // Where the provider had no money there is nothing to add up.
            let yuan = day.totals.get(&Currency::CNY);
            if day.parts.is_none() && yuan.is_none_or(|it| it.provider_count == 0) {
                day.parts = Some(Parts::default());
            }
        }
    }
    Ok((accounts, inputs))
}

/// Goes once through the discrepancies as of the last date: writes the claim, and counts what is open
/// and what is in transit.
async fn write_claim(
    request: &MonthRequest<'_>,
    ledger: &dyn Ledger,
    draft: &Draft,
    accounts: &mut Accounts,
) -> Result<(Written, BTreeMap<String, InTransit>), ReportError> {
    let last = &request.last;
    let failed = ReportError::ledger(last.date);
    let end_of_day = last.business_day.end_of(last.date);
    let (path, sheet) = begin(request, draft, FileKind::FeeClaim)?;
    let waived = waived::waived(request, ledger).await.map_err(&failed)?;
    let mut claims = Claims::begin(request, path, sheet, accounts.keys().cloned(), waived);
    let mut tallies = Tallies::default();
    let mut rows = ledger.report_rows(last.date);
    while let Some(row) = rows.next().await {
        let row = row.map_err(&failed)?;
        let shown = Shown::of(&row, end_of_day);
        let account = account_of(request, accounts, &row.key.stream.account);
        let counted = tallies.add(&row, shown, last.date, end_of_day);
        counted.ok_or_else(|| too_large(&account.name))?;
        if let Some(day) = account.days.get_mut(&row.business_date) {
            day.adds(&row, shown, end_of_day).ok_or_else(|| too_large(&account.name))?;
        }
        claims.row(&row, shown, accounts)?;
    }
    Ok((claims.finish(accounts)?, tallies.in_transit))
}

fn write_statement(
    request: &MonthRequest<'_>,
    draft: &Draft,
    accounts: &Accounts,
) -> Result<Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::MonthStatement)?;
    let failed = |source| ReportError::file(&path, source);
    let voice = request.last.voice();
    for account in accounts.values() {
        let too_large = || too_large(&account.name);
        for currency in account.currencies() {
            for date in account.days.keys() {
                let cells = statement::day_cells(account, *date, currency, voice);
                sheet.part(&cells.ok_or_else(too_large)?).map_err(failed)?;
            }
            let cells = statement::total_cells(account, currency, voice).ok_or_else(too_large)?;
            sheet.row(&cells).map_err(failed)?;
        }
    }
    sheet.finish().map_err(failed)
}

fn write_balances(
    request: &MonthRequest<'_>,
    draft: &Draft,
    in_transit: &BTreeMap<String, InTransit>,
) -> Result<Written, ReportError> {
    let (path, mut sheet) = begin(request, draft, FileKind::Balances)?;
    let failed = |source| ReportError::file(&path, source);
    let voice = request.last.voice();
    for account in request.last.settled {
        let in_transit = in_transit.get(&account.account).copied().unwrap_or_default();
        for line in lines_of_month(account, &in_transit, request.month, voice)? {
            let cells = line.cells(account, voice);
            if line.is_part() { sheet.part(&cells) } else { sheet.row(&cells) }.map_err(failed)?;
        }
    }
    sheet.finish().map_err(failed)
}
