//! What people decide: `discrepancy resolve`, `suspend`, `write-off`, `reopen`, `confirm`, `undo`,
//! `verify`, and `import resolutions`.

use crate::cli::exit::{DONE, REFUSED};
use crate::cli::failure::Failure;
use crate::cli::import::{absolute, known_as};
use crate::cli::{
    DecideArgs, DiscrepancyConfirmArgs, DiscrepancyResolveArgs, DiscrepancyUndoArgs,
    ImportResolutionsArgs, output,
};
use crate::config;
use crate::discrepancy::Discrepancy;
use crate::ledger::DiscrepancyEvent;
use crate::resolution::{self, Decided, Effect, Reason, Refusal, Rules, Wish};
use crate::run::House;
use crate::run::resolutions::ResolutionsImported;

/// `discrepancy resolve ID --reason CODE --note TEXT`.
pub(crate) async fn resolve(house: &House, args: &DiscrepancyResolveArgs) -> Result<u8, Failure> {
    decide(house, &args.decide, args.reason).await
}

/// `discrepancy suspend`, `write-off` and `reopen`, which have one reason each.
pub(crate) async fn decide(
    house: &House,
    args: &DecideArgs,
    reason: Reason,
) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        let wish = Wish::new(reason, &person, &args.note)?;
        resolution::decide(known, events, &wish, None, rules)
    };
    judged(house, &args.id, judge).await
}

/// `discrepancy confirm ID`.
pub(crate) async fn confirm(house: &House, args: &DiscrepancyConfirmArgs) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        resolution::confirm(known, events, &person, rules)
    };
    judged(house, &args.id, judge).await
}

/// `discrepancy undo ID`.
pub(crate) async fn undo(house: &House, args: &DiscrepancyUndoArgs) -> Result<u8, Failure> {
    let person = person(args.person.as_deref());
    let note = args.note.as_deref().unwrap_or_default();
    let judge = |known: &Discrepancy, events: &[DiscrepancyEvent], rules: Rules| {
        resolution::undo(known, events, &person, note, rules)
    };
    judged(house, &args.id, judge).await
}

/// Who is meant: the person named, else the user who is logged in.
fn person(named: Option<&str>) -> String {
    let user = || config::environment("USER").unwrap_or_default();
    named.map_or_else(user, str::to_owned)
}

async fn judged(
    house: &House,
    id: &str,
    judge: impl Fn(&Discrepancy, &[DiscrepancyEvent], Rules) -> Result<Decided, Refusal>,
) -> Result<u8, Failure> {
    let _lock = house.lock("discrepancy").await?;
    let Some((known, events)) = house.ledger.discrepancy(id).await? else {
        return Err(Failure::Usage(format!(
            "there is no discrepancy {id:?}: the id is the first column of the report's discrepancies"
        )));
    };
    let refused = |refusal: Refusal| Failure::Verdict(format!("{id} stays as it is: {refusal}"));
    let decided = judge(&known, &events, house.resolution_rules()).map_err(refused)?;
    house.put_decided(&decided).await?;
    let now = decided.changes.last().map_or(&known, |change| &change.discrepancy);
    output::line(&match decided.effect {
        Effect::Applied => format!("{id} is {} now", stands(now)),
        Effect::Proposed => {
            format!("{id}: proposed; it takes effect when another person confirms it")
        }
        Effect::Waiting => format!("{id}: proposed before, and waits for another person"),
        Effect::Unchanged => format!("{id} is {} already", stands(now)),
    });
    Ok(DONE)
}

fn stands(row: &Discrepancy) -> String {
    match row.resolution.as_str() {
        "" => row.state.to_string(),
        reason => format!("{} ({reason}, by {})", row.state, row.resolved_by),
    }
}

/// `discrepancy verify`: checks every history against its hashes.
pub(crate) async fn verify(house: &House) -> Result<u8, Failure> {
    let (checked, broken) = house.check_histories(None).await?;
    for problem in &broken {
        output::line(&problem.to_string());
    }
    if broken.is_empty() {
        output::line(&format!("{checked} histories are as they were written"));
        return Ok(DONE);
    }
    Err(Failure::Verdict(format!("{} of {checked} histories were altered", broken.len())))
}

/// `import resolutions FILE`.
///
/// Ends with [`REFUSED`] when a row was refused; the good rows are applied all the same.
pub(crate) async fn import(house: &House, args: &ImportResolutionsArgs) -> Result<u8, Failure> {
    let importer = args.person.as_deref().map(resolution::person).transpose();
    let importer = importer.map_err(|refusal| Failure::Usage(format!("--person: {refusal}")))?;
    let _lock = house.lock("import").await?;
    let path = absolute(&args.file)?;
    let name = known_as(&path, &house.config.base);
    let outcome = house.import_resolutions(&path, &name, importer.as_deref()).await?;
    say(&name, &outcome);
    Ok(if outcome.refused() == 0 { DONE } else { REFUSED })
}

fn say(name: &str, imported: &ResolutionsImported) {
    for row in &imported.rows {
        let reason = row.reason.map_or("", Reason::code);
        let (line, id, person) = (row.line, &row.id, &row.person);
        match &row.effect {
            Ok(Effect::Applied) => {
                output::line(&format!("row {line:<5} {id}  applied: {reason} by {person}"));
            }
            Ok(Effect::Proposed | Effect::Waiting) => output::line(&format!(
                "row {line:<5} {id}  waits for a second person: {reason} by {person}"
            )),
            Ok(Effect::Unchanged) => {}
            Err(refusal) => output::line(&format!("row {line:<5} {id}  refused: {refusal}")),
        }
    }
    for line in &imported.without_word {
        output::line(&format!("row {line:<5} has a note or a name and no 处理方式: left alone"));
    }
    let waiting = imported.count(Effect::Proposed).saturating_add(imported.count(Effect::Waiting));
    output::line(&format!(
        "{name}: {} applied, {waiting} waiting for a second person, {} unchanged, {} refused, {} \
         without a decision",
        imported.count(Effect::Applied),
        imported.count(Effect::Unchanged),
        imported.refused(),
        imported.untouched,
    ));
    if let Some(listing) = &imported.listing {
        output::line(&format!("the refused rows are listed in {}", listing.display()));
    }
}
