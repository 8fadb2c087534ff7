//! What people decide: one discrepancy from the terminal, or many by the file that comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::app::App;
use crate::discrepancy::Discrepancy;
use crate::intake::resolutions::seen;
use crate::intake::resolutions::{
    self, CauseRow, DecidedRow, ResolutionsError, ResolutionsFile, Written,
};
use crate::intake::shown_value;
use crate::intake::table::{TableError, TableRow};
use crate::ledger::{ChainEntry, DiscrepancyChange, DiscrepancyEvent};
use crate::report::csv::{Cell, Sheet};
use crate::report::{ReportError, csv};
use crate::resolution::chain::{self, Broken};
use crate::resolution::history::Entry;
use crate::resolution::{self, Decided, Effect, Reason, Refusal, Rules, Wish};
use crate::rules::lifecycle::{JOB, Night};
use crate::run::RunError;
use crate::run::causes::{Became, CauseDecided, CauseDecision};

/// Entries of histories that are read at once.
const ENTRIES: u32 = 1_000;

/// A discrepancy with its history.
type Known = (Discrepancy, Vec<DiscrepancyEvent>);

/// What came of a file of decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResolutionsImported {
    /// Every row in which something is decided, in the order of the file.
    pub rows: Vec<RowOutcome>,
    /// Rows in which nothing is decided.
    pub untouched: u64,
    /// Rows with a note or a name and no decision.
    pub without_word: Vec<i64>,
    /// Every row of a cause in which something is decided.
    pub causes: Vec<CauseOutcome>,
    /// Where the refused rows are listed, when there are any and the place can be written to.
    pub listing: Option<PathBuf>,
}

/// What came of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// Its number in Excel.
    pub line: i64,
    /// The discrepancy's id as it stands there.
    pub id: String,
    /// The decision, as far as the row could be read.
    pub reason: Option<Reason>,
    /// Who decided.
    pub person: String,
    /// What came of it.
    pub effect: Result<Effect, Refusal>,
}

/// What came of the row of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseOutcome {
    /// Its number in Excel.
    pub line: i64,
    /// The cause's id as it stands there.
    pub id: String,
    /// The decision, as far as the row could be read.
    pub reason: Option<Reason>,
    /// Who decided.
    pub person: String,
    /// What came of what the cause claims.
    pub effect: Result<CauseDecided, Refusal>,
}

impl CauseOutcome {
    /// Whether it was applied to all that the cause claims, or is waiting for a second person.
    pub fn is_accepted(&self) -> bool {
        self.effect.as_ref().is_ok_and(|decided| decided.sum(Became::Refused).count == 0)
    }
}

impl ResolutionsImported {
    /// Whether nothing of the file was refused.
    pub fn is_accepted(&self) -> bool {
        self.refused() == 0 && self.causes.iter().all(CauseOutcome::is_accepted)
    }

    /// Rows with this effect.
    pub fn count(&self, effect: Effect) -> usize {
        self.rows.iter().filter(|row| row.effect.as_ref() == Ok(&effect)).count()
    }

    /// Rows that were refused.
    pub fn refused(&self) -> usize {
        self.rows.iter().filter(|row| row.effect.is_err()).count()
    }
}

/// A row in which something is decided.
struct Decision {
    row: TableRow,
    id: String,
    reason: Option<Reason>,
    person: String,
    note: String,
    /// What the row says where the workbook's first sheet says something else.
    other: Option<Written>,
    /// `Ok` while nothing speaks against it.
    readable: Result<(), Refusal>,
}

impl App {
    /// The rules by which a decision is judged now.
    pub fn resolution_rules(&self) -> Rules {
        let now = self.clock.now();
        let date = self.config.business_day.date_of(now);
        Rules {
            four_eyes_above_minor: self.config.resolution.four_eyes_above_minor,
            moment: Night { date, now },
        }
    }

    /// Writes what came of a decision about one discrepancy.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn put_decided(&self, decided: &Decided) -> Result<(), RunError> {
        if !decided.changes.is_empty() {
            self.ledger.put_discrepancies(&decided.changes).await?;
            self.ledger.checkpoint().await?;
        }
        Ok(())
    }

    /// Applies a discrepancy file that a clerk has filled in: all good rows in one transaction, the
    /// others refused each with its reason and listed beside the file.
    ///
    /// `importer` stands for 处理人 where that is empty, and confirms what another person decided.
    /// The same file twice changes nothing.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the file cannot be read as decisions, or the ledger fails.
    pub async fn import_resolutions(
        &self,
        path: &Path,
        name: &str,
        importer: Option<&str>,
    ) -> Result<ResolutionsImported, RunError> {
        let causes = resolutions::causes(path, name)?;
        let mut outcome = match resolutions::open(path, name) {
            // The file of causes alone.
            Err(ResolutionsError::Table(TableError::NoHeader { .. })) if causes.is_some() => {
                ResolutionsImported::default()
            }
            file => self.import_rows(path, file?, importer).await?,
        };
        self.import_causes(&causes.unwrap_or_default(), importer, &mut outcome).await?;
        let (applied, refused) = (outcome.count(Effect::Applied), outcome.refused());
        let causes = outcome.causes.len();
        tracing::info!(file = name, applied, refused, causes, "resolutions imported");
        Ok(outcome)
    }

    /// Applies the rows of single discrepancies.
    async fn import_rows(
        &self,
        path: &Path,
        mut file: ResolutionsFile,
        importer: Option<&str>,
    ) -> Result<ResolutionsImported, RunError> {
        let mut outcome = ResolutionsImported::default();
        let decisions = decisions(&mut file, importer, &mut outcome);
        let contradictions = contradictions(&decisions);
        let rules = self.resolution_rules();
        let mut changes: Vec<DiscrepancyChange> = Vec::new();
        let mut done: BTreeMap<String, Result<Effect, Refusal>> = BTreeMap::new();
        let mut refused = Vec::new();
        for decision in &decisions {
            let contradiction = contradictions.get(&decision.row.line);
            let effect = match (&decision.readable, contradiction, done.get(&decision.id)) {
                (Err(refusal), ..) => Err(refusal.clone()),
                (_, Some(line), _) => Err(Refusal::Contradiction { line: *line }),
                // A copy of a row that was accepted.
                (_, _, Some(Ok(_))) => Ok(Effect::Unchanged),
                (_, _, Some(Err(refusal))) => Err(refusal.clone()),
                (Ok(()), None, None) => {
                    let decided = self.decided(&file, decision, importer, rules).await?;
                    let effect = decided.map(|decided| {
                        changes.extend(decided.changes);
                        decided.effect
                    });
                    done.insert(decision.id.clone(), effect.clone());
                    effect
                }
            };
            if let Err(refusal) = &effect {
                refused.push((&decision.row, refusal.clone()));
            }
            outcome.rows.push(RowOutcome {
                line: decision.row.line,
                id: decision.id.clone(),
                reason: decision.reason,
                person: decision.person.clone(),
                effect,
            });
        }
        if !changes.is_empty() {
            self.ledger.put_discrepancies(&changes).await?;
            self.ledger.checkpoint().await?;
        }
        outcome.listing = self.list_refused(path, &file, &refused);
        Ok(outcome)
    }

    /// Applies the rows of causes, each to what the cause claims; a discrepancy that has a decision of its own in
    /// the same file is left alone.
    async fn import_causes(
        &self,
        rows: &[CauseRow],
        importer: Option<&str>,
        outcome: &mut ResolutionsImported,
    ) -> Result<(), RunError> {
        let except: BTreeSet<String> = outcome.rows.iter().map(|row| row.id.clone()).collect();
        for row in rows {
            let reason = row.written.as_ref().ok().and_then(|written| written.reason);
            let own = row.written.as_ref().map_or("", |written| &*written.person);
            let person = if own.is_empty() { importer.unwrap_or_default() } else { own };
            let is_other = |other: &&CauseRow| other.id == row.id && other.written != row.written;
            let effect = match (&row.written, rows.iter().find(is_other)) {
                (Err(refusal), _) => Err(refusal.clone()),
                (Ok(Written { reason: None, person, note }), _) => {
                    if !(person.is_empty() && note.is_empty()) {
                        outcome.without_word.push(row.line);
                    }
                    continue;
                }
                (Ok(_), Some(other)) => Err(Refusal::Contradiction { line: other.line }),
                (Ok(Written { reason: Some(reason), note, .. }), None) => {
                    match Wish::new(*reason, person, note) {
                        Err(refusal) => Err(refusal),
                        Ok(wish) => self.decided_by_cause(row, (&wish, importer), &except).await?,
                    }
                }
            };
            let (line, id, person) = (row.line, row.id.clone(), person.to_owned());
            outcome.causes.push(CauseOutcome { line, id, reason, person, effect });
        }
        Ok(())
    }

    async fn decided_by_cause(
        &self,
        row: &CauseRow,
        (wish, importer): (&Wish, Option<&str>),
        except: &BTreeSet<String>,
    ) -> Result<Result<CauseDecided, Refusal>, RunError> {
        let date = match row.date {
            Some(date) => Some(date),
            None => self.ledger.last_day().await?,
        };
        let unknown = || Refusal::UnknownCause { id: shown_value(&row.id) };
        let Some(date) = date else { return Ok(Err(unknown())) };
        let decision = CauseDecision { id: &row.id, date, wish, importer, except };
        Ok(self.decide_claimed(&decision).await?.ok_or_else(unknown))
    }

    /// Judges the decision of one row.
    async fn decided(
        &self,
        file: &ResolutionsFile,
        decision: &Decision,
        importer: Option<&str>,
        rules: Rules,
    ) -> Result<Result<Decided, Refusal>, RunError> {
        let Some(known) = self.ledger.discrepancy(&decision.id).await? else {
            return Ok(Err(Refusal::UnknownId { id: shown_value(&decision.id) }));
        };
        Ok(self.judged_row(file, decision, &known, importer, rules))
    }

    fn judged_row(
        &self,
        file: &ResolutionsFile,
        decision: &Decision,
        (known, events): &Known,
        importer: Option<&str>,
        rules: Rules,
    ) -> Result<Decided, Refusal> {
        let Decision { row, person, note, reason, .. } = decision;
        let Some(reason) = *reason else { return Err(Refusal::OnlyTheJob) };
        if decision.other.as_ref().is_some_and(|other| !was_so(known, events, other)) {
            return Err(Refusal::Contradiction { line: row.line });
        }
        if resolution::is_so(known, reason, person, note) {
            return Ok(Decided { effect: Effect::Unchanged, changes: Vec::new() });
        }
        let wish = Wish::new(reason, person, note)?;
        let decided = resolution::decide(known, events, &wish, importer, rules);
        let by_job = matches!(decided, Err(Refusal::ClosedByJob { .. }));
        let nothing_new = decided.as_ref().is_ok_and(|decided| decided.changes.is_empty());
        if by_job || nothing_new {
            return decided;
        }
        let language = self.config.reports.language;
        seen::figures(row, &file.seen, known, language)?;
        let decided = decided?;
        seen::state(row, &file.seen, known, language)?;
        Ok(decided)
    }

    /// Lists refused rows beside the file, as they stand there and with the reason, ready to be put
    /// right and outcome. `None` where there are none, or the folder cannot be written to.
    fn list_refused(
        &self,
        path: &Path,
        file: &ResolutionsFile,
        refused: &[(&TableRow, Refusal)],
    ) -> Option<PathBuf> {
        let stem = path.file_stem()?.to_string_lossy();
        let listing = path.with_file_name(format!("{stem}.refused.csv"));
        if refused.is_empty() {
            return None;
        }
        match self.write_refused(&listing, file, refused) {
            Ok(()) => Some(listing),
            Err(error) => {
                tracing::warn!(listing = %listing.display(), %error, "cannot list the refused rows");
                None
            }
        }
    }

    fn write_refused(
        &self,
        listing: &Path,
        file: &ResolutionsFile,
        refused: &[(&TableRow, Refusal)],
    ) -> Result<(), ReportError> {
        use crate::config::Language;
        let settings = &self.config.reports;
        let failed = |source| ReportError::file(listing, source);
        let more = match settings.language {
            Language::Zh => ["原行号", "拒收原因"],
            Language::En => ["row", "refused_because"],
        };
        let mut header = file.table.header.clone();
        header.extend(more.map(str::to_owned));
        let target = std::fs::File::create(listing).map_err(failed)?;
        let mut sheet = Sheet::begin(target, settings.encoding, settings.long_id_guard, &header)
            .map_err(failed)?;
        for (row, refusal) in refused {
            let width = file.table.header.len();
            let mut cells: Vec<Cell<'_>> =
                (0..width).map(|at| csv::as_read(row.shown(at))).collect();
            cells.push(Cell::Count(row.line));
            cells.push(Cell::Text(refusal.text(settings.language).into()));
            sheet.row(&cells).map_err(failed)?;
        }
        sheet.finish().map_err(failed)?;
        Ok(())
    }

    /// Checks the hash chains of all histories, or of those of one order number.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`]. What is broken is a result: how many histories were checked, and what
    /// is wrong with some.
    pub async fn check_histories(
        &self,
        only: Option<(&str, &str)>,
    ) -> Result<(u64, Vec<Broken>), RunError> {
        let (mut checked, mut broken) = (0_u64, Vec::new());
        let (order_no, id) = only.unwrap_or_default();
        let mut after = (order_no.to_owned(), id.to_owned(), 0_i32);
        let mut history: Vec<ChainEntry> = Vec::new();
        let mut check = |history: &mut Vec<ChainEntry>| {
            if history.is_empty() {
                return;
            }
            checked = checked.saturating_add(1);
            broken.extend(chain::check(history).err());
            history.clear();
        };
        loop {
            let page = (&*after.0, &*after.1, after.2);
            let entries = self.ledger.chain_entries(page, ENTRIES).await?;
            let Some(last) = entries.last() else { break };
            let ChainEntry { event, .. } = last;
            after = (event.order_no.clone(), event.discrepancy_id.clone(), event.sequence);
            for entry in entries {
                if only.is_some_and(|(_, id)| entry.event.discrepancy_id != id) {
                    check(&mut history);
                    return Ok((checked, broken));
                }
                let other =
                    |known: &ChainEntry| known.event.discrepancy_id != entry.event.discrepancy_id;
                if history.last().is_some_and(other) {
                    check(&mut history);
                }
                history.push(entry);
            }
        }
        check(&mut history);
        let without = match only {
            None => self.ledger.without_history(ENTRIES).await?,
            Some((_, id)) if checked == 0 => vec![id.to_owned()],
            Some(_) => Vec::new(),
        };
        broken.extend(without.into_iter().map(|id| Broken::NoHistory { id }));
        Ok((checked, broken))
    }
}

/// Whether what is written about a discrepancy is, or once was, decided: the report said it, not the clerk.
fn was_so(known: &Discrepancy, events: &[DiscrepancyEvent], written: &Written) -> bool {
    let Some(reason) = written.reason else { return true };
    let entry = Entry::Decided { reason, note: written.note.clone() }.note();
    resolution::is_so(known, reason, &written.person, &written.note)
        || events.iter().any(|event| event.note == entry)
}

/// The rows in which something is decided. What the job itself has written is no decision.
fn decisions(
    file: &mut ResolutionsFile,
    importer: Option<&str>,
    outcome: &mut ResolutionsImported,
) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for DecidedRow { row, other } in file.rows() {
        let other = other.and_then(|other| file.written(&other).ok());
        let id = file.id(&row);
        let (reason, person, note, readable) = match file.written(&row) {
            Err(refusal) => (None, String::new(), String::new(), Err(refusal)),
            Ok(written) => match written.reason {
                None => {
                    outcome.untouched = outcome.untouched.saturating_add(1);
                    if !(written.person.is_empty() && written.note.is_empty()) {
                        outcome.without_word.push(row.line);
                    }
                    continue;
                }
                Some(reason) if reason.is_the_jobs() && written.person == JOB => {
                    outcome.untouched = outcome.untouched.saturating_add(1);
                    continue;
                }
                Some(reason) => (Some(reason), written.person, written.note, Ok(())),
            },
        };
        let person =
            if person.is_empty() { importer.unwrap_or_default().to_owned() } else { person };
        decisions.push(Decision { row, id, reason, person, note, other, readable });
    }
    decisions
}

/// Rows that say something else about a discrepancy than another row of the file: line → that row.
fn contradictions(decisions: &[Decision]) -> BTreeMap<i64, i64> {
    let mut by_id: BTreeMap<&str, Vec<&Decision>> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.readable.is_ok()) {
        by_id.entry(&decision.id).or_default().push(decision);
    }
    let mut found = BTreeMap::new();
    for rows in by_id.values() {
        for one in rows {
            let other = rows.iter().find(|other| {
                (other.reason, &other.person, &other.note) != (one.reason, &one.person, &one.note)
            });
            if let Some(other) = other {
                found.insert(one.row.line, other.row.line);
            }
        }
    }
    found
}
