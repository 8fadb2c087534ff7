//! A bill.

use crate::config::{AccountConfig, RowKind, StatementSettings};
use crate::explain::block::Block;
use crate::explain::{Asked, Explained, Field, ROUNDS_MAX, ROWS_SHOWN, WholeOf, guess, spool};
use crate::intake::statement::{
    Numbers, StatementError, StatementRequest, examine_statement, read_statement,
};
use crate::intake::{self, IntakeError, is_data};
use crate::money::units;
use crate::movement::Movement;
use crate::order::RejectionReason;
use crate::provider::order_lanes;
use crate::reading::Reading;
use crate::status::{Kind, ProviderStatus};
use crate::story::story;
use crate::wording::Word;

/// The columns that are guessed, in the order in which they are written.
const GUESSED: [&str; 11] = [
    "order_no",
    "provider_order_no",
    "refund_no",
    "provider_refund_no",
    "kind",
    "amount",
    "refund_amount",
    "fee",
    "paid_at",
    "currency",
    "status",
];

/// Explains a bill of an account.
pub fn statement(asked: &Asked<'_>, account: &AccountConfig) -> Explained {
    let is_configured = account.statement.is_some();
    let mut settings = account.statement.clone().unwrap_or_default();
    let mut block = Block::default();
    let mut explained = Explained::new(asked, "statement");
    for _ in 0..ROUNDS_MAX {
        explained = Explained::new(asked, "statement");
        let learnt = if settings.columns.is_empty() {
            columns(asked, &mut settings, &mut block, &mut explained)
        } else {
            match read(asked, account, &settings, &mut explained) {
                Ok(()) => words(&explained, &mut settings, &mut block),
                Err(error) => {
                    let is_of_columns = matches!(
                        error,
                        StatementError::NoHeader { .. }
                            | StatementError::Intake(IntakeError::Columns { .. })
                    );
                    explained.problem = Some(story(&error));
                    is_of_columns && columns(asked, &mut settings, &mut block, &mut explained)
                }
            }
        };
        if !learnt {
            break;
        }
    }
    if !is_configured && explained.problem.is_none() && explained.head.is_none() {
        let problem = "no row of it looks like the header of a bill";
        explained.problem = Some(problem.to_owned());
    }
    explained.block = block.toml("account.statement", &choices);
    explained
}

/// Reads a bill as the configuration stands, without guessing anything.
pub fn statement_as_configured(asked: &Asked<'_>, account: &AccountConfig) -> Explained {
    let mut explained = Explained::new(asked, "statement");
    if let Some(settings) = &account.statement
        && let Err(error) = read(asked, account, settings, &mut explained)
    {
        explained.problem = Some(story(&error));
    }
    explained
}

fn choices(table: &str) -> String {
    let codes: Vec<_> = match table {
        "kinds" => RowKind::ALL.iter().map(|kind| kind.code()).collect(),
        _ => ProviderStatus::ALL
            .iter()
            .filter(|it| !matches!(it, ProviderStatus::NotFound | ProviderStatus::Unproved))
            .map(|status| status.code())
            .collect(),
    };
    codes.join(" | ")
}

fn read(
    asked: &Asked<'_>,
    account: &AccountConfig,
    settings: &StatementSettings,
    explained: &mut Explained,
) -> Result<(), StatementError> {
    let spool = spool(asked.name)?;
    let lanes: Vec<(Kind, String)> =
        order_lanes(&account.account.provider.lanes()).into_iter().collect();
    let business_day = asked.config.business_day;
    let request = StatementRequest {
        path: asked.path,
        name: asked.name,
        settings,
        account: &account.account.name,
        merchant_no: account.account.provider.merchant_no(),
        lanes: &lanes,
        // Nothing is asked of a ledger: rows are shown with the numbers that stand there.
        numbers: &Numbers::new(),
        business_day,
        business_date: asked.date.unwrap_or_else(|| business_day.date_of(asked.now)),
        days: asked.date.map(|date| date..=date),
        other_part_in_doubt: false,
        evidence: 0,
        now: asked.now,
        spool: spool.path(),
    };
    let file = examine_statement(&request)?;
    file.encoding.clone_into(&mut explained.encoding);
    explained.inside.clone_from(&file.inside);
    let read = read_statement(&request, &file)?;
    explained.has_head(read.head);
    explained.lines = read.file.lines;
    explained.totals = read.totals;
    let days = (read.whole.days.first(), read.whole.days.last());
    let days = match days {
        (Some(first), Some(last)) if first != last => format!("{first} – {last}"),
        (Some(first), _) => first.to_string(),
        (None, _) => String::new(),
    };
    let (doubt, parts) = (read.whole.doubt, asked.parts.to_vec());
    explained.whole = Some(WholeOf { days, doubt, parts });
    let failed = |source| IntakeError::Spool { name: asked.name.to_owned(), source };
    for reading in read.rows {
        let reading = reading.map_err(failed)?;
        explained.is_of(reading.business_date);
        if explained.rows.len() < ROWS_SHOWN {
            explained.rows.push(fields(asked, &reading));
        }
        explained.read = explained.read.saturating_add(1);
    }
    for movement in &read.movements {
        explained.is_of(business_day.date_of(movement.occurred_at));
        if explained.rows.len() < ROWS_SHOWN {
            explained.rows.push(movement_fields(asked, movement));
        }
        explained.read = explained.read.saturating_add(1);
    }
    for rejection in read.rejections {
        explained.refuses(rejection.map_err(failed)?);
    }
    Ok(())
}

fn fields(asked: &Asked<'_>, reading: &Reading) -> Vec<Field> {
    let language = asked.config.reports.language;
    let (facts, stream) = (&reading.facts, &reading.key.stream);
    let currency = facts.amount.map(|amount| amount.currency).unwrap_or_default();
    let amount = facts.amount.map(|amount| units(amount.minor, currency));
    let all = [
        ("account", stream.account.clone()),
        ("kind", stream.kind.word(language).to_owned()),
        ("product", stream.product.clone()),
        ("order_no", facts.order_no.clone()),
        ("provider_order_no", facts.provider_order_no.clone()),
        ("amount", amount.unwrap_or_default()),
        ("currency", currency.to_string()),
        ("status", facts.status.word(language).to_owned()),
        ("paid_at", facts.paid_at.map(|at| asked.config.business_day.text(at)).unwrap_or_default()),
        ("fee", facts.fee_minor.map(|fee| units(fee, currency)).unwrap_or_default()),
        ("way", facts.way.clone()),
        ("business_date", reading.business_date.to_string()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// A movement as it would be read; its name and note may be a person's.
pub(super) fn movement_fields(asked: &Asked<'_>, movement: &Movement) -> Vec<Field> {
    let day = asked.config.business_day;
    let settled = movement.settlement_date.map(|date| date.to_string());
    let all = [
        ("account", movement.account.clone()),
        ("kind", movement.kind.to_string()),
        ("product", movement.product.clone()),
        ("amount", units(movement.money.minor, movement.money.currency)),
        ("currency", movement.money.currency.to_string()),
        ("occurred_at", day.text(movement.occurred_at)),
        ("settlement_date", settled.unwrap_or_default()),
        ("business_date", day.date_of(movement.occurred_at).to_string()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// How much a row looks like the header of a bill.
fn likeness(names: &[String]) -> usize {
    if names.iter().any(|name| is_data(name)) {
        return 0;
    }
    let of_money = usize::from(guess::pair(names).is_some());
    let found = GUESSED.iter().filter(|ours| guess::bill_column(ours, names).is_some());
    found.count().saturating_add(of_money)
}

/// Guesses the columns that the configuration does not name; says whether that may help.
fn columns(
    asked: &Asked<'_>,
    settings: &mut StatementSettings,
    block: &mut Block,
    explained: &mut Explained,
) -> bool {
    if !block.columns.is_empty() {
        return false;
    }
    let looked = match intake::look(asked.path, asked.name, &likeness) {
        Ok(looked) => looked,
        Err(error) => {
            explained.problem = Some(story(&error));
            return false;
        }
    };
    looked.encoding.clone_into(&mut explained.encoding);
    let names = looked.names;
    let is_there = |ours: &str, settings: &StatementSettings| {
        let known = settings.columns.get(ours).into_iter().flatten();
        known.into_iter().any(|name| names.contains(name))
    };
    let pair = guess::pair(&names);
    let mut used: Vec<&String> = Vec::new();
    for ours in GUESSED {
        let of_pair = matches!(ours, "amount" | "refund_amount") && pair.is_some();
        if of_pair || is_there(ours, settings) || (ours == "kind" && settings.kind.is_some()) {
            continue;
        }
        let free: Vec<String> = names.iter().filter(|name| !used.contains(name)).cloned().collect();
        let Some(theirs) = guess::bill_column(ours, &free) else { continue };
        let Some(theirs) = names.iter().find(|name| *name == theirs) else { continue };
        used.push(theirs);
        let apart = guess::apart(&names).filter(|_| ours == "paid_at");
        let found = match apart {
            Some([date, time]) => vec![date.clone(), time.clone()],
            None => vec![theirs.clone()],
        };
        settings.columns.insert(ours.to_owned(), found.clone());
        block.columns.push((ours, found));
    }
    if let Some([into, out]) = pair
        && !is_there("amount", settings)
        && !is_there("amount_in", settings)
    {
        for (ours, theirs) in [("amount_in", into), ("amount_out", out)] {
            settings.columns.insert(ours.to_owned(), vec![theirs.clone()]);
            block.columns.push((ours, vec![theirs.clone()]));
        }
    }
    if settings.kind.is_none() && !settings.columns.contains_key("kind") {
        settings.kind = Some(RowKind::Payment);
        block.keys.insert("kind", RowKind::Payment.code().to_owned());
    }
    !block.columns.is_empty()
}

/// Guesses the words that were refused; says whether reading again may come to more.
fn words(explained: &Explained, settings: &mut StatementSettings, block: &mut Block) -> bool {
    let mut learnt = false;
    let head = explained.head.clone().unwrap_or_default();
    for rejection in &explained.refusals {
        let at = head.names.iter().position(|known| *known == rejection.column);
        let column = head.used.iter().find(|(_, used)| Some(*used) == at).map(|(ours, _)| *ours);
        let word = rejection.value.as_str();
        let is_unknown = rejection.reason == RejectionReason::UnknownWord;
        match column {
            Some("kind") if is_unknown => {
                let kind = guess::row_kind(word);
                learnt |= block.word("kinds", word, kind.map(RowKind::code));
                settings.kinds.extend(kind.map(|kind| (word.to_owned(), kind)));
            }
            Some("status") if is_unknown || rejection.reason == RejectionReason::Missing => {
                let (word, status) = match guess::starred(word) {
                    // A part was given back: the payment stays one that succeeded.
                    Some(starred) => (starred, Some(ProviderStatus::Succeeded)),
                    None => (word.to_owned(), guess::provider_status(word)),
                };
                learnt |= block.word("statuses", &word, status.map(ProviderStatus::code));
                settings.statuses.extend(status.map(|status| (word, status)));
            }
            _ => {}
        }
    }
    learnt
}
