//! Importing a provider's own statement: the file that its portal exports.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::archive::{Archive, ArchiveWriter, RawRecord};
use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{AccountConfig, DatabaseQuery, Encoding, StatementSettings};
use crate::intake::database::{DatabaseRequest, RowsOf, read_database};
use crate::intake::statement::{self, Numbers, StatementError, StatementRequest, Whole};
use crate::intake::{IntakeError, StatedTotal};
use crate::ledger::{IntakeFile, PutCount, StatedPart, Statement};
use crate::lines::LineCounts;
use crate::order::Origin;
use crate::progress::{self, Bar};
use crate::provider::{Account, order_lanes};
use crate::run::RunError;
use crate::run::parts::parts_named;
use crate::run::withdrawn::Withdrawn;
use crate::status::Kind;

/// The interface under which a statement file is archived.
const INTERFACE: &str = "statement";
/// Bytes of a statement file that are archived together.
const PART_BYTES: usize = 4 * 1024 * 1024;

/// Days before a bill's in which the orders may be whose platform's numbers it names.
const NUMBERS_DAYS: i64 = 45;

/// What importing a statement file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementImport {
    /// What the ledger did with the transactions.
    pub count: PutCount,
    /// Rows that are money of the account and no order.
    pub movements: usize,
    /// Rows of kinds that the configuration says to leave out.
    pub ignored: u64,
    /// Rows that were refused.
    pub rejected: i64,
    /// What became of the file's lines.
    pub lines: LineCounts,
    /// The name of the bill inside an archive; empty where the file is none.
    pub inside: String,
    /// The totals that the file states.
    pub totals: Vec<StatedTotal>,
    /// What the file is the whole of.
    pub whole: Whole,
}

impl App {
    /// Imports the statement files of an account that were given together. `days`: as for
    /// [`App::import_statement`]; then several files are parts of one bill, and each is the whole only
    /// together with the others: where one of them is in doubt, none of them is. Gives what each came to.
    ///
    /// # Errors
    ///
    /// As [`App::import_statement`]. A part that cannot be read does not keep the others from being
    /// imported.
    pub async fn import_statements(
        &self,
        account: &Account,
        files: &[(PathBuf, String)],
        date: BusinessDate,
        days: Option<RangeInclusive<BusinessDate>>,
    ) -> Result<Vec<(String, Option<StatementImport>)>, RunError> {
        let own = |(path, name): &(PathBuf, String)| (path.clone(), self.own_name(account, name));
        let files: Vec<_> = files.iter().map(own).collect();
        let mut is_in_doubt = false;
        if days.is_some() && files.len() > 1 {
            for (path, name) in &files {
                let import = Import { path, name, date, days: days.clone(), is_in_doubt: false };
                is_in_doubt |= self.is_doubtful(account, &import).await?;
            }
        }
        let (mut done, mut failed) = (Vec::new(), None);
        for (path, name) in &files {
            let import = Import { path, name, date, days: days.clone(), is_in_doubt };
            match self.import_one(account, &import).await {
                Ok(came_to) => done.push((name.clone(), came_to)),
                Err(RunError::Statement(error)) if files.len() > 1 => {
                    failed.get_or_insert(RunError::Statement(error));
                }
                Err(error) => return Err(error),
            }
        }
        failed.map_or(Ok(done), Err)
    }

    /// Whether a part of a bill is not the whole of what it is said to be; a part that cannot be read is not.
    async fn is_doubtful(&self, account: &Account, import: &Import<'_>) -> Result<bool, RunError> {
        let settings = self.statement_settings(account)?;
        let lanes = order_lanes(&account.provider.lanes()).into_iter().collect::<Vec<_>>();
        let (spool, numbers) = (self.spool()?, self.numbers(account, settings, import.date).await?);
        let request = self.statement_request(account, import, settings, (&lanes, &numbers, &spool));
        let read = statement::examine_statement(&request)
            .and_then(|file| statement::read_statement(&request, &file));
        Ok(read.map_or(true, |read| read.whole.doubt.is_some()))
    }

    /// Our orders by the platform's numbers, where rows pair by them: of the days about a date, since a bill may
    /// be of a settlement. A number that two orders have is left out: nothing is guessed.
    async fn numbers(
        &self,
        account: &Account,
        settings: &StatementSettings,
        date: BusinessDate,
    ) -> Result<Numbers, RunError> {
        let mut numbers = Numbers::new();
        if !settings.by_provider_number {
            return Ok(numbers);
        }
        let (from, to) = (date.plus_days(NUMBERS_DAYS.saturating_neg()), date.plus_days(1));
        let mut ambiguous = BTreeSet::new();
        for (number, key) in self.ledger.provider_numbers(&account.name, from, to).await? {
            let of = (key.stream.kind, number);
            match numbers.insert(of.clone(), key.order_no.clone()) {
                Some(other) if other != key.order_no => {
                    ambiguous.insert(of);
                }
                Some(_) | None => {}
            }
        }
        numbers.retain(|of, _| !ambiguous.contains(of));
        Ok(numbers)
    }

    fn statement_request<'a>(
        &'a self,
        account: &'a Account,
        import: &Import<'a>,
        settings: &'a StatementSettings,
        (lanes, numbers, spool): (&'a [(Kind, String)], &'a Numbers, &'a Path),
    ) -> StatementRequest<'a> {
        StatementRequest {
            path: import.path,
            name: import.name,
            settings,
            account: &account.name,
            merchant_no: account.provider.merchant_no(),
            lanes,
            numbers,
            business_day: self.config.business_day,
            business_date: import.date,
            days: import.days.clone(),
            other_part_in_doubt: import.is_in_doubt,
            evidence: 0,
            now: self.clock.now(),
            spool,
        }
    }

    /// Imports one statement file of an account. `days`: the business dates of which somebody says that
    /// it is the whole; `None` where the file itself has to show it. `date` is the one under which
    /// refused rows are reported. `None` when the very same file was imported before, and what it says
    /// is what counts.
    ///
    /// # Errors
    ///
    /// [`RunError::NoStatement`] when the configuration does not say how to read it;
    /// [`RunError::Statement`] when it cannot be read, or its rows do not add up to its totals: then
    /// nothing of it is imported.
    pub async fn import_statement(
        &self,
        account: &Account,
        path: &Path,
        name: &str,
        date: BusinessDate,
        days: Option<RangeInclusive<BusinessDate>>,
    ) -> Result<Option<StatementImport>, RunError> {
        let name = &self.own_name(account, name);
        let import = Import { path, name, date, days, is_in_doubt: false };
        self.import_one(account, &import).await
    }

    /// The name under which a bill is known that several accounts read, as a service provider's: each of them
    /// has a part of it, and none takes another's back.
    fn own_name(&self, account: &Account, name: &str) -> String {
        let file_of = |it: &AccountConfig| it.statement.as_ref().and_then(|it| it.file.clone());
        let configured = || self.config.accounts.iter();
        let own = configured().find(|it| it.account.name == account.name).and_then(file_of);
        let is_shared = configured()
            .any(|it| it.account.name != account.name && own.is_some() && file_of(it) == own);
        if is_shared { format!("{name} ({})", account.name) } else { name.to_owned() }
    }

    async fn import_one(
        &self,
        account: &Account,
        import: &Import<'_>,
    ) -> Result<Option<StatementImport>, RunError> {
        let settings = self.statement_settings(account)?;
        let lanes = order_lanes(&account.provider.lanes()).into_iter().collect::<Vec<_>>();
        let (spool, numbers) = (self.spool()?, self.numbers(account, settings, import.date).await?);
        let mut request =
            self.statement_request(account, import, settings, (&lanes, &numbers, &spool));
        let (path, name, date, now) = (import.path, import.name, import.date, request.now);
        let file = statement::examine_statement(&request)?;
        let interface = statement::interface(name);
        if self.ledger.intake_is_known(name, &file.digest).await?
            && !self.ledger.statement_is_overruled(&account.name, &interface).await?
        {
            tracing::info!(file = name, "the statement is unchanged since its last import");
            return Ok(None);
        }
        let archive = Archive::open(&self.config.archive)?;
        let writer = Arc::new(archive.writer(&account.name, date));
        let kept = Kept::begin(path, name, now, writer)?;
        request.evidence = kept.evidence;
        let read = statement::read_statement(&request, &file)?;
        kept.finish()?;
        let (rejected, line_counts) = (read.file.rejected, read.file.lines);
        if !read.movements.is_empty() {
            self.ledger.put_movements(name, &read.movements).await?;
        }
        let statement = Statement {
            file: read.file,
            account: account.name.clone(),
            interface: statement::interface(name),
            streams: read.whole.streams.clone(),
            days: stated_parts(&read.whole),
        };
        let bar = Bar::start("import", u64::try_from(statement.file.rows).ok());
        let rows = Box::new(progress::counted(read.rows, bar.clone()));
        // The file is remembered with its rows, last: an import that was killed is done again.
        let count = self.ledger.put_statement(&statement, rows, read.rejections).await?;
        bar.finish();
        self.ledger.checkpoint().await?;
        let (added, unchanged, superseded) = (count.added, count.unchanged, count.superseded);
        tracing::info!(file = name, added, unchanged, superseded, rejected, "statement imported");
        if rejected > 0 {
            tracing::warn!(file = name, rejected, "rows were refused: see the rejected rows file");
        }
        Ok(Some(StatementImport {
            count,
            movements: read.movements.len(),
            ignored: read.ignored,
            rejected,
            lines: line_counts,
            inside: file.inside.clone(),
            totals: read.totals,
            whole: read.whole,
        }))
    }

    /// A file of this name that says nothing.
    pub(super) fn nothing_of(&self, origin: Origin, name: &str, date: BusinessDate) -> IntakeFile {
        IntakeFile {
            origin,
            name: name.to_owned(),
            digest: format!("{:x}", Sha256::digest(b"")),
            business_date: date,
            rows: 0,
            rejected: 0,
            encoding: Encoding::Utf8.code().to_owned(),
            imported_at: self.clock.now(),
            lines: LineCounts::default(),
        }
    }

    /// Takes back what was imported of an account under a name: of a file that is another account's, or
    /// that should not have been. The file itself need not be there any more; what other files say of the same
    /// transactions counts again.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn withdraw_statement(
        &self,
        account: &Account,
        name: &str,
        date: BusinessDate,
    ) -> Result<Withdrawn, RunError> {
        let name = &*self.own_name(account, name);
        let nothing = self.nothing_of(Origin::Statement, name, date);
        let statement = Statement {
            file: nothing,
            account: account.name.clone(),
            interface: statement::interface(name),
            streams: Vec::new(),
            days: Vec::new(),
        };
        let movements = self.ledger.put_movements(name, &[]).await?.superseded;
        let none = || Box::new(std::iter::empty());
        let rejections = Box::new(std::iter::empty());
        let count = self.ledger.put_statement(&statement, none(), rejections).await?;
        self.ledger.checkpoint().await?;
        let PutCount { superseded: rows, restored, .. } = count;
        tracing::info!(file = name, transactions = rows, movements, "statement withdrawn");
        Ok(Withdrawn { rows, movements, restored, ..Withdrawn::default() })
    }

    /// Imports the statement files of a business date where the configuration names one and it is there:
    /// each is the whole of that day, those of one account together. Gives whether all that are there could be read: a spoiled one is
    /// logged and left out, since it says nothing of the other accounts.
    ///
    /// # Errors
    ///
    /// As [`App::import_statement`], but for [`RunError::Statement`].
    pub async fn import_configured_statements(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<bool, RunError> {
        let mut all_read = true;
        for account in accounts {
            let Ok(settings) = self.statement_settings(account) else { continue };
            if let Some(database) = &settings.database {
                all_read &= is_read(account, self.import_queried(account, database, date).await)?;
                continue;
            }
            // Where an account has nothing else, its pull reads them.
            let Some(template) =
                settings.file.as_ref().filter(|_| account.provider.has_interface())
            else {
                continue;
            };
            let files = self.bills_named(template, date);
            if files.is_empty() {
                tracing::info!(file = template, %date, "there is no statement file of the day");
                continue;
            }
            let days = Some(date..=date);
            let imported = self.import_statements(account, &files, date, days).await;
            all_read &= is_read(account, imported.map(|_| ()))?;
        }
        Ok(all_read)
    }

    /// The files of a business date that a configured name means: where each is, and its name.
    pub(super) fn bills_named(&self, template: &str, date: BusinessDate) -> Vec<(PathBuf, String)> {
        let pattern = template.replace("{date}", &date.to_string());
        let names = parts_named(&self.config.base, &pattern);
        names.into_iter().map(|name| (self.config.base.join(&name), name)).collect()
    }

    /// Asks a database for what the platform of an account has of a date, which is the whole of that day, and
    /// imports it as its statement.
    pub(super) async fn import_queried(
        &self,
        account: &Account,
        database: &DatabaseQuery,
        date: BusinessDate,
    ) -> Result<(), RunError> {
        let spool = self.spool()?;
        let request = DatabaseRequest {
            database,
            rows: RowsOf::Statement,
            base: &self.config.base,
            business_day: self.config.business_day,
            date,
            spool: &spool,
        };
        let rows = read_database(&request).await.map_err(StatementError::from)?;
        // One query may be that of several accounts.
        let name = format!("{} {}", account.name, rows.name);
        let days = Some(date..=date);
        self.import_statement(account, rows.path(), &name, date, days).await.map(|_| ())
    }

    pub(super) fn statement_settings(
        &self,
        account: &Account,
    ) -> Result<&StatementSettings, RunError> {
        let mut configured = self.config.accounts.iter();
        configured
            .find(|it| it.account.name == account.name)
            .and_then(|it| it.statement.as_ref())
            .ok_or_else(|| RunError::NoStatement { account: account.name.clone() })
    }
}

/// The dates and parts of dates of which a file is the whole.
fn stated_parts(whole: &Whole) -> Vec<StatedPart> {
    let dates = whole.days.iter().copied().map(StatedPart::whole);
    dates.chain(whole.parts.iter().copied()).collect()
}

/// Whether a statement was imported: a spoiled one is logged, since it says nothing of the other accounts.
fn is_read(account: &Account, imported: Result<(), RunError>) -> Result<bool, RunError> {
    match imported {
        Ok(()) => Ok(true),
        Err(RunError::Statement(error)) => {
            let problem = crate::story::story(&error);
            tracing::warn!(account = %account.name, %problem, "the statement was not imported");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// One statement file that is to be imported.
struct Import<'a> {
    path: &'a Path,
    name: &'a str,
    date: BusinessDate,
    days: Option<RangeInclusive<BusinessDate>>,
    is_in_doubt: bool,
}

/// A statement file on its way into the archive, in parts, while its rows are read.
struct Kept {
    /// Where its first part lies.
    evidence: i64,
    rest: std::thread::JoinHandle<Result<(), RunError>>,
}

impl Kept {
    fn begin(
        path: &Path,
        name: &str,
        at: Timestamp,
        writer: Arc<ArchiveWriter>,
    ) -> Result<Self, RunError> {
        let mut parts = Parts { file: open(path, name)?, name: name.to_owned(), number: 0, at };
        let evidence = parts.append(&writer)?.unwrap_or(0);
        let rest = std::thread::spawn(move || {
            while parts.append(&writer)?.is_some() {}
            writer.sync().map_err(RunError::from)
        });
        Ok(Self { evidence, rest })
    }

    /// Waits until the whole file is on the disk: before the ledger refers to it.
    fn finish(self) -> Result<(), RunError> {
        self.rest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

struct Parts {
    file: File,
    name: String,
    number: u32,
    at: Timestamp,
}

impl Parts {
    /// Archives the next part and says where it lies; `None` at the end of the file.
    fn append(&mut self, writer: &ArchiveWriter) -> Result<Option<i64>, RunError> {
        let mut body = Vec::new();
        let limit = u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
        let read = (&mut self.file).take(limit).read_to_end(&mut body);
        read.map_err(|source| IntakeError::Read { name: self.name.clone(), source })?;
        self.number = self.number.saturating_add(1);
        if body.is_empty() {
            return Ok(None);
        }
        let asked = format!("{} part {}", self.name, self.number);
        let record = RawRecord { interface: INTERFACE, asked: &asked, at: self.at, body: &body };
        Ok(Some(writer.append(&record)?))
    }
}

fn open(path: &Path, name: &str) -> Result<File, IntakeError> {
    File::open(path).map_err(|source| IntakeError::Read { name: name.to_owned(), source })
}
