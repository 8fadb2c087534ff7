//! `discrepancy show`: what it is, both sides, the evidence, the history.

use std::fmt::Write;

use serde::Serialize;

use crate::app::App;
use crate::business_day::{BusinessDay, Timestamp};
use crate::cli::DiscrepancyShowArgs;
use crate::cli::answer::Answer;
use crate::cli::discrepancy::row::{AsOf, Document, Standing};
use crate::cli::discrepancy::{heading, written};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::config::Language;
use crate::discrepancy::Discrepancy;
use crate::ledger::DiscrepancyEvent;
use crate::money::{Money, units};
use crate::order::{Order, OrderKey};
use crate::reading::{Pair, Reading, Source};
use crate::report::sentence::{self, Voice, assurance_words, note, source_words, unsigned_words};
use crate::resolution::history::{Entry, History, Proposal};
use crate::rules::lifecycle::JOB;
use crate::wording::{self, Word};

/// A discrepancy with all that is known of it.
struct Found {
    standing: Standing,
    pair: Option<Pair>,
    history: Vec<DiscrepancyEvent>,
    /// What waits for a second person.
    proposal: Option<Proposal>,
    /// What is wrong with its history; `None` where it is as it was written.
    broken: Option<String>,
}

/// The discrepancies that were asked for.
#[derive(Debug, Serialize)]
struct Documented<'a> {
    discrepancies: Vec<One<'a>>,
}

#[derive(Debug, Serialize)]
struct One<'a> {
    #[serde(flatten)]
    row: Document,
    orders: Vec<OrderOf>,
    readings: Vec<ReadingOf<'a>>,
    history: Vec<EventOf<'a>>,
    proposal: Option<ProposalOf<'a>>,
    /// Whether the history is as it was written.
    history_is_whole: bool,
}

#[derive(Debug, Serialize)]
struct OrderOf {
    status: &'static str,
    amount: String,
    currency: String,
    at: Option<String>,
    line: i64,
}

#[derive(Debug, Serialize)]
struct ReadingOf<'a> {
    status: &'static str,
    status_code: &'a str,
    amount: Option<String>,
    currency: Option<String>,
    paid_at: Option<String>,
    provider_order_no: &'a str,
    source: &'static str,
    interface: &'a str,
    assurance: &'static str,
    observed_at: String,
    /// Where the raw answer is archived; 0 when it was not.
    archived_as: i64,
}

#[derive(Debug, Serialize)]
struct EventOf<'a> {
    sequence: i32,
    business_date: String,
    event: &'a str,
    person: &'a str,
    note: &'a str,
    at: String,
}

#[derive(Debug, Serialize)]
struct ProposalOf<'a> {
    reason: &'static str,
    person: &'a str,
    note: &'a str,
}

/// Shows a discrepancy, or every one of an order.
pub(crate) async fn show(app: &App, args: &DiscrepancyShowArgs) -> Result<Answer, Failure> {
    let day = app.config.business_day;
    let voice = Voice { language: app.config.reports.language, business_day: day };
    let as_of = AsOf::now(app);
    let newest = app.ledger.last_day().await?;
    let reported = newest.unwrap_or(as_of.date);
    let causes = app.ledger.patterns(reported).await?;
    let mut found = Vec::new();
    for (row, history) in meant(app, &args.id).await? {
        let only = Some((row.key.order_no.as_str(), row.id.as_str()));
        let (_, broken) = app.check_histories(only).await?;
        let pairs = app.ledger.pairs(std::slice::from_ref(&row.key)).await?;
        found.push(Found {
            pair: pairs.into_iter().next(),
            proposal: History::replay(&history).proposal,
            history,
            broken: broken.first().map(ToString::to_string),
            standing: Standing::of(row, &as_of, (reported, &causes)),
        });
    }
    let text: Vec<String> = found.iter().map(|found| text(found, voice)).collect();
    let document =
        Documented { discrepancies: found.iter().map(|it| documented(it, app)).collect() };
    let broken = found.iter().find_map(|found| found.broken.as_ref());
    let failure =
        broken.map(|problem| Failure::Verdict(format!("the history was altered: {problem}")));
    Ok(Answer::new(DONE, text.join("\n"), &document).and_failed(failure))
}

/// The discrepancy with an id, or those of an order number.
async fn meant(app: &App, id: &str) -> Result<Vec<(Discrepancy, Vec<DiscrepancyEvent>)>, Failure> {
    if let Some(found) = app.ledger.discrepancy(id).await? {
        return Ok(vec![found]);
    }
    let pairs = app.ledger.find(id).await?;
    let keys: Vec<OrderKey> = pairs.into_iter().map(|pair| pair.key).collect();
    let mut found = Vec::new();
    for row in app.ledger.discrepancies_of(&keys).await? {
        found.extend(app.ledger.discrepancy(&row.id).await?);
    }
    if found.is_empty() {
        let what = if keys.is_empty() {
            format!(
                "there is no discrepancy {id:?} and no order of that number: the id is the first column of \
                 the report's discrepancies"
            )
        } else {
            format!(
                "there is no discrepancy of order {id:?}: both sides agree, or it was not reconciled"
            )
        };
        return Err(Failure::Usage(what));
    }
    Ok(found)
}

fn documented<'a>(found: &'a Found, app: &App) -> One<'a> {
    let day = app.config.business_day;
    let (orders, readings): (&[Order], &[Reading]) =
        found.pair.as_ref().map_or((&[], &[]), |pair| (&pair.orders, &pair.readings));
    let event = |event: &'a DiscrepancyEvent| EventOf {
        sequence: event.sequence,
        business_date: event.business_date.to_string(),
        event: &event.event,
        person: &event.person,
        note: &event.note,
        at: day.stamp(event.occurred_at),
    };
    let order = |order: &Order| OrderOf {
        status: order.status.code(),
        amount: units(order.amount.minor, order.amount.currency),
        currency: order.amount.currency.to_string(),
        at: order.moment().map(|at| day.stamp(at)),
        line: order.line,
    };
    One {
        row: Document::of(&found.standing, app),
        orders: orders.iter().map(order).collect(),
        readings: readings.iter().map(|reading| reading_of(reading, day)).collect(),
        history: found.history.iter().map(event).collect(),
        proposal: found.proposal.as_ref().map(|proposal| ProposalOf {
            reason: proposal.reason.code(),
            person: &proposal.person,
            note: &proposal.note,
        }),
        history_is_whole: found.broken.is_none(),
    }
}

fn reading_of(reading: &Reading, day: BusinessDay) -> ReadingOf<'_> {
    let facts = &reading.facts;
    ReadingOf {
        status: facts.status.code(),
        status_code: &facts.status_code,
        amount: facts.amount.map(|amount| units(amount.minor, amount.currency)),
        currency: facts.amount.map(|amount| amount.currency.to_string()),
        paid_at: facts.paid_at.map(|at| day.stamp(at)),
        provider_order_no: &facts.provider_order_no,
        source: reading.source.code(),
        interface: &reading.interface,
        assurance: reading.assurance.code(),
        observed_at: day.stamp(reading.observed_at),
        archived_as: reading.evidence,
    }
}

fn text(found: &Found, voice: Voice) -> String {
    let mut text = what(&found.standing, voice);
    if let Some(pair) = &found.pair {
        text.push_str(&sides(pair, voice));
    }
    let _ = writeln!(text, "{}", voice.pick("处理历史", "history"));
    for event in &found.history {
        text.push_str(&entry(event, voice));
    }
    if let Some(Proposal { reason, person, .. }) = &found.proposal {
        let reason = reason.word(voice.language);
        let _ = match voice.language {
            Language::Zh => writeln!(text, "{person} 提议「{reason}」，等待另一人确认"),
            Language::En => {
                writeln!(text, "{person} proposes {reason}: it waits for another person")
            }
        };
    }
    if found.broken.is_none() {
        let whole = voice.pick("处理历史未被改动", "the history is as it was written");
        let _ = writeln!(text, "{whole}");
    }
    text
}

fn what(standing: &Standing, voice: Voice) -> String {
    let Standing { row, shown, .. } = standing;
    let language = voice.language;
    let stream = &row.key.stream;
    let resolution = wording::resolution(&row.resolution, language);
    let note = if row.resolved_by == JOB {
        note::of_job(&row.resolution_note, voice)
    } else {
        row.resolution_note.clone()
    };
    let resolution = [resolution, &row.resolved_by, &note].join(" ");
    let product = wording::product(&stream.product, language);
    let account = format!("{} {} {product}", stream.account, stream.kind.word(language));
    let difference = Money { minor: shown.difference_minor, currency: row.currency };
    let mut text = String::new();
    for (code, value) in [
        ("discrepancy_id", row.id.clone()),
        ("type", row.kind.word(language).to_owned()),
        ("state", shown.state.word(language).to_owned()),
        ("severity", standing.severity.word(language).to_owned()),
        ("difference", written(difference)),
        ("business_date", row.business_date.to_string()),
        ("first_seen", row.first_seen.to_string()),
        ("age_days", standing.age_days.to_string()),
        ("account", account),
        ("merchant_order_no", row.key.order_no.clone()),
        ("provider_order_no", row.provider_order_no.clone()),
        ("explanation", sentence::explanation(row, *shown, voice)),
        ("evidence", sentence::evidence(row, voice)),
        ("suggested_action", sentence::action::suggested(row, *shown, voice).to_owned()),
        ("resolution", resolution.trim().to_owned()),
        ("pattern", standing.pattern.clone()),
    ] {
        let head = heading(code, language);
        let gap = 18_usize.saturating_sub(crate::report::table::columns(head)).max(1);
        let _ = writeln!(text, "{}", format!("{head}{}{value}", " ".repeat(gap)).trim_end());
    }
    text
}

fn sides(pair: &Pair, voice: Voice) -> String {
    let (day, language) = (voice.business_day, voice.language);
    let time = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| day.text(at));
    let mut text = format!("\n{}\n", voice.pick("商户订单", "the merchant's orders"));
    for order in &pair.orders {
        let (status, amount) = (order.status.word(language), written(order.amount));
        let (at, line) = (time(order.moment()), order.line);
        let _ = match language {
            Language::Zh => writeln!(text, "  {status}  {amount}  {at}  (第 {line} 行)"),
            Language::En => writeln!(text, "  {status:<10} {amount:>14}  {at}  (line {line})"),
        };
    }
    let _ = writeln!(text, "{}", voice.pick("渠道记录", "the provider's records"));
    for reading in &pair.readings {
        let facts = &reading.facts;
        let amount = facts.amount.map_or_else(|| "-".to_owned(), written);
        let (status, paid_at) = (facts.status.word(language), time(facts.paid_at));
        let (number, interface) = (&facts.provider_order_no, &reading.interface);
        let source = source_words(reading.source, voice);
        let proof = match reading.source {
            Source::Statement => unsigned_words(voice),
            Source::Listing | Source::Query | Source::Notification => {
                assurance_words(reading.assurance, voice)
            }
        };
        let (asked, archived) = (day.text(reading.observed_at), reading.evidence);
        let _ = match language {
            Language::Zh => writeln!(
                text,
                "  {status}  {amount}  支付时间 {paid_at}  {number}  {source} {interface}({proof})；{asked} 取得，\
                 存档号 {archived}"
            ),
            Language::En => writeln!(
                text,
                "  {status:<10} {amount:>14}  paid {paid_at}  {number}  {source} {interface} ({proof}); \
                 asked {asked}, archived as {archived}"
            ),
        };
    }
    text
}

fn entry(event: &DiscrepancyEvent, voice: Voice) -> String {
    let DiscrepancyEvent { sequence, business_date, person, .. } = event;
    let note = note_words(event, voice);
    let (word, at) = (event_word(&event.event, voice), voice.business_day.text(event.occurred_at));
    match voice.language {
        Language::Zh => format!("  {sequence:>3} {business_date} {word} {person} {at} {note}\n"),
        Language::En => {
            format!("  {sequence:>3} {business_date} {word:<9} by {person} at {at}: {note}\n")
        }
    }
}

/// What an entry notes, in the words of the report; a person's own words as they are.
fn note_words(event: &DiscrepancyEvent, voice: Voice) -> String {
    let language = voice.language;
    if language == Language::En {
        return event.note.clone();
    }
    if event.person == JOB {
        return note::of_job(&event.note, voice);
    }
    let with = |head: String, note: String| match note.as_str() {
        "" => head,
        note => format!("{head}：{note}"),
    };
    match Entry::read(event) {
        Some(
            Entry::Decided { reason, note }
            | Entry::Proposed { reason, note }
            | Entry::Confirmed { reason, note },
        ) => with(reason.word(language).to_owned(), note),
        Some(Entry::Undone { sequence, note }) => with(format!("撤销第 {sequence} 条"), note),
        Some(Entry::Reopened { note }) => note,
        None if event.event == "renotified" => "已请渠道补发通知".to_owned(),
        None => event.note.clone(),
    }
}

/// What happened, in the words of the report.
fn event_word(event: &str, voice: Voice) -> &str {
    if voice.language == Language::En {
        return event;
    }
    match event {
        "raised" => "发现",
        "changed" => "变动",
        "closed" => "自动关闭",
        "reopened" => "重新打开",
        "resolved" => "处理",
        "suspended" => "挂账",
        "written_off" => "核销",
        "proposed" => "提议",
        "confirmed" => "确认",
        "undone" => "撤销",
        "renotified" => "补发通知",
        other => other,
    }
}
