//! What people decide: `discrepancy resolve`, `suspend`, `write-off`, `reopen`, `confirm`, `undo`,
//! `verify`, and `import resolutions`.

use serde::Serialize;

use crate::app::App;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::{self, DONE, REFUSED};
use crate::cli::failure::Failure;
use crate::cli::import::{absolute, known_as};
use crate::cli::{
    DecideArgs, DecisionCommand, DiscrepancyConfirmArgs, DiscrepancyReopenArgs,
    DiscrepancyResolveArgs, DiscrepancyUndoArgs, ImportResolutionsArgs, output,
};
use crate::config::{self, Language};
use crate::discrepancy::Discrepancy;
use crate::ledger::DiscrepancyEvent;
use crate::money;
use crate::resolution::{self, Decided, Effect, Reason, Refusal, Rules, Wish};
use crate::run::causes::{Became, CauseDecided, Sum};
use crate::run::resolutions::{CauseOutcome, ResolutionsImported, RowOutcome};
use crate::wording::Word;

/// `discrepancy resolve`, `suspend`, `write-off`, `reopen`, `confirm`, `undo` and `verify`.
pub(crate) async fn run(app: &App, what: &DecisionCommand) -> Result<u8, Failure> {
    match what {
        DecisionCommand::Resolve(args) => resolve(app, args).await,
        DecisionCommand::Suspend(args) => decide(app, args, Reason::Suspense).await,
        DecisionCommand::WriteOff(args) => decide(app, args, Reason::WrittenOff).await,
        DecisionCommand::Reopen(args) => reopen(app, args).await,
        DecisionCommand::Confirm(args) => confirm(app, args).await,
        DecisionCommand::Undo(args) => undo(app, args).await,
        DecisionCommand::Verify => verify(app).await,
    }
}

/// `discrepancy resolve ID --reason CODE --note TEXT`.
async fn resolve(app: &App, args: &DiscrepancyResolveArgs) -> Result<u8, Failure> {
    decide(app, &args.decide, args.reason).await
}

/// `discrepancy suspend` and `write-off`, which have one reason each.
async fn decide(app: &App, args: &DecideArgs, reason: Reason) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    match (&args.id, &args.pattern) {
        (Some(id), _) => one(app, id, (reason, &person, &args.note)).await,
        (None, Some(cause)) => by_cause(app, cause, (reason, &person, &args.note)).await,
        (None, None) => Err(Failure::Usage("write an id or --pattern".to_owned())),
    }
}

/// `discrepancy reopen ID`.
async fn reopen(app: &App, args: &DiscrepancyReopenArgs) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    one(app, &args.id, (Reason::Reopened, &person, &args.note)).await
}

/// Decides about one discrepancy: reason, person, note.
async fn one(
    app: &App,
    id: &str,
    (reason, person, note): (Reason, &str, &str),
) -> Result<u8, Failure> {
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        let wish = Wish::new(reason, person, note)?;
        resolution::decide(known, events, &wish, None, rules)
    };
    judged(app, id, judge).await
}

/// Decides about every discrepancy that a cause claims: reason, person, note.
///
/// Ends with [`REFUSED`] when one was refused; the others are decided all the same.
async fn by_cause(
    app: &App,
    id: &str,
    (reason, person, note): (Reason, &str, &str),
) -> Result<u8, Failure> {
    let language = app.config.reports.language;
    let refused = |refusal: Refusal| Failure::Verdict(refusal.text(language));
    let wish = Wish::new(reason, person, note).map_err(refused)?;
    let _lock = app.lock("discrepancy").await?;
    let Some(decided) = app.decide_cause(id, &wish).await? else {
        return Err(Failure::Usage(format!(
            "the newest report has no cause {id:?}: the ids are in its patterns file (原因编号)"
        )));
    };
    output::print(&lines(cause_lines(id, &decided, reason, language)));
    Ok(if decided.sum(Became::Refused).count == 0 { DONE } else { REFUSED })
}

/// How many discrepancies of a cause became what, and how much they come to.
fn cause_lines(
    id: &str,
    decided: &CauseDecided,
    reason: Reason,
    language: Language,
) -> Vec<String> {
    let (date, currency) = (decided.date, decided.cause.currency);
    let (cause, word) = (decided.cause.kind.word(language), reason.word(language));
    let head = match language {
        Language::Zh => format!("{date} 的原因 {id}({cause})，处理方式「{word}」："),
        Language::En => format!("cause {id} of {date} ({cause}), {word}:"),
    };
    let all = [Became::Applied, Became::Waiting, Became::LeftAlone, Became::Refused];
    let sums = all.map(|became| {
        let Sum { count, difference_minor } = decided.sum(became);
        let amount = money::units(difference_minor, currency);
        let outcome_words = match (language, became) {
            (Language::Zh, Became::Applied) => "生效",
            (Language::Zh, Became::Waiting) => "等待第二人确认",
            (Language::Zh, Became::LeftAlone) => "此前已处理，未改动",
            (Language::Zh, Became::Refused) => "拒收",
            (Language::En, Became::Applied) => "applied",
            (Language::En, Became::Waiting) => "waiting for a second person",
            (Language::En, Became::LeftAlone) => "decided before, left alone",
            (Language::En, Became::Refused) => "refused",
        };
        match language {
            Language::Zh => format!("  {outcome_words} {count} 笔，差异金额 {amount} {currency}"),
            Language::En => format!("  {outcome_words}: {count}, difference {amount} {currency}"),
        }
    });
    let refused = decided.refused.iter();
    let refused = refused.map(|(id, refusal)| format!("  {id} {}", refusal.text(language)));
    [head].into_iter().chain(sums).chain(refused).collect()
}

/// The row of a cause.
fn cause_row_text(cause: &CauseOutcome, language: Language) -> String {
    let CauseOutcome { line, id, reason, effect, .. } = cause;
    match (effect, reason) {
        (Ok(decided), Some(reason)) => cause_lines(id, decided, *reason, language).join("\n"),
        (Ok(_), None) => String::new(),
        (Err(refusal), _) => match language {
            Language::Zh => format!("第 {line} 行 {id} 拒收：{}", refusal.text(language)),
            Language::En => format!("row {line:<5} {id}  refused: {refusal}"),
        },
    }
}

/// `discrepancy confirm ID`.
async fn confirm(app: &App, args: &DiscrepancyConfirmArgs) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        resolution::confirm(known, events, &person, rules)
    };
    judged(app, &args.id, judge).await
}

/// `discrepancy undo ID`.
async fn undo(app: &App, args: &DiscrepancyUndoArgs) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    let note = args.note.as_deref().unwrap_or_default();
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        resolution::undo(known, events, &person, note, rules)
    };
    judged(app, &args.id, judge).await
}

/// Who is meant: the person named, else the user who is logged in.
fn person(named: Option<&str>) -> String {
    let user = || config::environment("USER").unwrap_or_default();
    named.map_or_else(user, str::to_owned)
}

async fn judged(
    app: &App,
    id: &str,
    judge: impl Fn(&Discrepancy, &[DiscrepancyEvent], Rules) -> Result<Decided, Refusal>,
) -> Result<u8, Failure> {
    let _lock = app.lock("discrepancy").await?;
    let Some((known, events)) = app.ledger.discrepancy(id).await? else {
        return Err(Failure::Usage(format!(
            "there is no discrepancy {id:?}: the id is the first column of the report's discrepancies"
        )));
    };
    let language = app.config.reports.language;
    let refused = |refusal: Refusal| {
        let why = refusal.text(language);
        Failure::Verdict(match language {
            Language::Zh => format!("{id} 未改动：{why}"),
            Language::En => format!("{id} stays as it is: {why}"),
        })
    };
    let decided = judge(&known, &events, app.resolution_rules()).map_err(refused)?;
    app.put_decided(&decided).await?;
    let now = decided.changes.last().map_or(&known, |change| &change.discrepancy);
    output::line(&effect_text(id, decided.effect, now, language));
    Ok(DONE)
}

/// What became of one discrepancy.
fn effect_text(id: &str, effect: Effect, now: &Discrepancy, language: Language) -> String {
    let stands = stands(now, language);
    match (language, effect) {
        (Language::Zh, Effect::Applied) => format!("{id} 现为{stands}"),
        (Language::En, Effect::Applied) => format!("{id} is {stands} now"),
        (Language::Zh, Effect::Proposed) => format!("{id} 已提交，待另一人确认后生效"),
        (Language::En, Effect::Proposed) => {
            format!("{id}: proposed; it takes effect when another person confirms it")
        }
        (Language::Zh, Effect::Waiting) => format!("{id} 此前已提交，仍待另一人确认"),
        (Language::En, Effect::Waiting) => {
            format!("{id}: proposed before, and waits for another person")
        }
        (Language::Zh, Effect::Unchanged) => format!("{id} 已是{stands}，未改动"),
        (Language::En, Effect::Unchanged) => format!("{id} is {stands} already"),
    }
}

fn stands(row: &Discrepancy, language: Language) -> String {
    let reason = crate::wording::resolution(&row.resolution, language);
    match language {
        Language::Zh if reason.is_empty() => row.state.word(language).to_owned(),
        Language::Zh => format!("{}({reason}，{})", row.state.word(language), row.resolved_by),
        Language::En if reason.is_empty() => row.state.to_string(),
        Language::En => format!("{} ({reason}, by {})", row.state, row.resolved_by),
    }
}

/// `discrepancy verify`: checks every history against its hashes.
async fn verify(app: &App) -> Result<u8, Failure> {
    let (checked, broken) = app.check_histories(None).await?;
    for problem in &broken {
        output::line(&problem.to_string());
    }
    if broken.is_empty() {
        output::line(&format!("{checked} histories are as they were written"));
        return Ok(DONE);
    }
    Err(Failure::Verdict(format!("{} of {checked} histories were altered", broken.len())))
}

/// What came of a file of decisions.
#[derive(Debug, Serialize)]
struct Document<'a> {
    what: &'static str,
    file: &'a str,
    applied: usize,
    /// Rows that wait for a second person.
    waiting: usize,
    unchanged: usize,
    refused: usize,
    /// Rows in which nothing is decided.
    untouched: u64,
    /// Where the refused rows are listed.
    listing: Option<String>,
    rows: Vec<RowOf<'a>>,
    causes: Vec<CauseOf<'a>>,
}

#[derive(Debug, Serialize)]
struct CauseOf<'a> {
    row: i64,
    pattern_id: &'a str,
    reason: Option<&'static str>,
    person: &'a str,
    /// Discrepancies that the cause claims, by what became of them.
    applied: u64,
    waiting: u64,
    left_alone: u64,
    refused: u64,
    /// Why the row was refused, in words.
    refusal: Option<String>,
}

impl<'a> CauseOf<'a> {
    fn of(cause: &'a CauseOutcome, language: Language) -> Self {
        let count = |became| cause.effect.as_ref().map_or(0, |decided| decided.sum(became).count);
        Self {
            row: cause.line,
            pattern_id: &cause.id,
            reason: cause.reason.map(Reason::code),
            person: &cause.person,
            applied: count(Became::Applied),
            waiting: count(Became::Waiting),
            left_alone: count(Became::LeftAlone),
            refused: count(Became::Refused),
            refusal: cause.effect.as_ref().err().map(|refusal| refusal.text(language)),
        }
    }
}

#[derive(Debug, Serialize)]
struct RowOf<'a> {
    row: i64,
    discrepancy_id: &'a str,
    /// `applied`, `waiting`, `unchanged` or `refused`.
    effect: &'static str,
    reason: Option<&'static str>,
    person: &'a str,
    /// Why it was refused, in words.
    refusal: Option<String>,
}

impl<'a> RowOf<'a> {
    fn of(row: &'a RowOutcome, language: Language) -> Self {
        Self {
            row: row.line,
            discrepancy_id: &row.id,
            effect: match &row.effect {
                Ok(Effect::Applied) => "applied",
                Ok(Effect::Proposed | Effect::Waiting) => "waiting",
                Ok(Effect::Unchanged) => "unchanged",
                Err(_) => "refused",
            },
            reason: row.reason.map(Reason::code),
            person: &row.person,
            refusal: row.effect.as_ref().err().map(|refusal| refusal.text(language)),
        }
    }
}

/// `import resolutions FILE`.
///
/// Ends as every import of rows; the good rows are applied all the same.
pub(crate) async fn import(app: &App, args: &ImportResolutionsArgs) -> Result<Answer, Failure> {
    let importer = args.person.as_deref().map(resolution::person).transpose();
    let importer = importer.map_err(|refusal| Failure::Usage(format!("--person: {refusal}")))?;
    let _lock = app.lock("import").await?;
    let path = absolute(&args.file)?;
    let name = known_as(&path, &app.config.base);
    let done = app.import_resolutions(&path, &name, importer.as_deref()).await?;
    let language = app.config.reports.language;
    let document = Document {
        what: "resolutions",
        file: &name,
        applied: done.count(Effect::Applied),
        waiting: waiting(&done),
        unchanged: done.count(Effect::Unchanged),
        refused: done.refused(),
        untouched: done.untouched,
        listing: done.listing.as_ref().map(|listing| listing.display().to_string()),
        rows: done.rows.iter().map(|row| RowOf::of(row, language)).collect(),
        causes: done.causes.iter().map(|cause| CauseOf::of(cause, language)).collect(),
    };
    let has_good =
        done.rows.len() > done.refused() || done.causes.iter().any(CauseOutcome::is_accepted);
    let code = exit::of_rows(!done.is_accepted(), has_good);
    Ok(Answer::new(code, imported_text(&name, &done, language), &document))
}

/// Rows that wait for a second person.
fn waiting(imported: &ResolutionsImported) -> usize {
    imported.count(Effect::Proposed).saturating_add(imported.count(Effect::Waiting))
}

fn imported_text(name: &str, imported: &ResolutionsImported, language: Language) -> String {
    let rows = imported.rows.iter().filter_map(|row| row_text(row, language));
    let without = imported.without_word.iter().map(|line| match language {
        Language::Zh => format!("第 {line} 行写了备注或处理人，但没有处理方式：未处理"),
        Language::En => format!("row {line:<5} has a note or a name and no 处理方式: left alone"),
    });
    let (applied, waiting) = (imported.count(Effect::Applied), waiting(imported));
    let (unchanged, refused) = (imported.count(Effect::Unchanged), imported.refused());
    let untouched = imported.untouched;
    let sum = match language {
        Language::Zh => format!(
            "{name}：生效 {applied}，等待第二人确认 {waiting}，未变 {unchanged}，拒收 {refused}，未填处理方式 \
             {untouched}"
        ),
        Language::En => format!(
            "{name}: {applied} applied, {waiting} waiting for a second person, {unchanged} unchanged, \
             {refused} refused, {untouched} without a decision"
        ),
    };
    let listing = imported.listing.as_ref().map(|listing| match language {
        Language::Zh => format!("拒收的行列在 {}", listing.display()),
        Language::En => format!("the refused rows are listed in {}", listing.display()),
    });
    let causes = imported.causes.iter().map(|cause| cause_row_text(cause, language));
    lines(rows.chain(causes).chain(without).chain([sum]).chain(listing))
}

fn row_text(row: &RowOutcome, language: Language) -> Option<String> {
    let RowOutcome { line, id, person, reason, effect } = row;
    let reason = reason.map_or("", |reason| reason.word(language));
    Some(match (language, effect) {
        (_, Ok(Effect::Unchanged)) => return None,
        (Language::Zh, Ok(Effect::Applied)) => format!("第 {line} 行 {id} 生效：{person} {reason}"),
        (Language::En, Ok(Effect::Applied)) => {
            format!("row {line:<5} {id}  applied: {reason} by {person}")
        }
        (Language::Zh, Ok(Effect::Proposed | Effect::Waiting)) => {
            format!("第 {line} 行 {id} 等待第二人确认：{person} {reason}")
        }
        (Language::En, Ok(Effect::Proposed | Effect::Waiting)) => {
            format!("row {line:<5} {id}  waits for a second person: {reason} by {person}")
        }
        (Language::Zh, Err(refusal)) => {
            format!("第 {line} 行 {id} 拒收：{}", refusal.text(language))
        }
        (Language::En, Err(refusal)) => format!("row {line:<5} {id}  refused: {refusal}"),
    })
}
