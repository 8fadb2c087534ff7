//! The bill that a provider's portal exports (渠道对账单): rows as readings and movements, checked
//! against the totals that it states.
//!
//! Two passes, as for the orders: [`examine_statement`] hashes the file, which is all that is needed
//! to see that nothing is new; [`read_statement`] reads it, in bounded memory where it is text in
//! UTF-8 or GB18030. Only columns that are asked for are kept: bills carry names and card numbers.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::RangeInclusive;
use std::path::Path;

use chrono::NaiveTime;
use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{AmountUnit, Form, RowKind, StatementSettings, TotalsNeeded, WholeOf};
use crate::intake::IntakeError;
use crate::intake::content::{self, Besides, Content, Stamp};
use crate::intake::header::Head;
use crate::intake::rows::Rows;
use crate::intake::time::Times;
use crate::intake::totals::{Tally, Totals};
use crate::ledger::{IntakeFile, SortedRows};
use crate::movement::Movement;
use crate::occurrence::{Repeated, numbered};
use crate::order::{OrderKey, Origin, Rejection};
use crate::reading::{Assurance, Facts, Reading, Source};
use crate::status::Kind;

mod beside;
mod error;
mod fee;
mod form;
mod header;
mod named;
mod period;
mod row;
mod take;
mod when;
mod whole;
mod words;

use crate::intake::totals::{StatedTotal, Tie};
pub use error::StatementError;
pub use whole::{DaysBy, Doubt, Whole};

use header::Opened;
use period::Period;
use row::StoredRow;
use take::{Taken, take};
use whole::{Days, other_period};
use words::Words;

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 5;

/// Contents that one transaction may have in one file. More mean that the column is not that of the
/// order number.
const OCCURRENCES_MAX: i16 = 1_000;

/// Characters of [`Reading::interface`], at most.
const INTERFACE_CHARS_MAX: usize = 100;

/// The order numbers of ours, by kind and the number that the platform gave them. One that two orders have is
/// not in it.
pub type Numbers = BTreeMap<(Kind, String), String>;

/// What to read, and what it is read against.
#[derive(Debug, Clone)]
pub struct StatementRequest<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its name in the ledger, in rejections and errors; the [`Reading::interface`] is [`interface`] of it.
    pub name: &'a str,
    /// `[account.statement]`.
    pub settings: &'a StatementSettings,
    /// The account.
    pub account: &'a str,
    /// Its number at the platform: whose rows count in a bill that is made for several merchants. Empty
    /// where it is not known, and every row counts.
    pub merchant_no: &'a str,
    /// Its kinds and products ([`crate::provider::order_lanes`]); an empty product where the provider
    /// has none.
    pub lanes: &'a [(Kind, String)],
    /// Our orders by the platform's numbers, for rows that have no number of ours; empty where the settings
    /// do not ask for it.
    pub numbers: &'a Numbers,
    /// Zone of the file's times, and the cut-off that dates them.
    pub business_day: BusinessDay,
    /// The business date for which the file is imported; rows without a time belong to it.
    pub business_date: BusinessDate,
    /// The days of which the file is the whole, where whoever imports it says so.
    pub days: Option<RangeInclusive<BusinessDate>>,
    /// Another part of the same bill is not whole, so that this one is the whole of nothing.
    pub other_part_in_doubt: bool,
    /// Where the raw file is archived.
    pub evidence: i64,
    /// The moment of the import. Times more than a day later are refused.
    pub now: Timestamp,
    /// The folder for what does not fit in memory.
    pub spool: &'a Path,
}

/// A file that was looked at and not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFile {
    /// SHA-256 of the file and of everything that decides how it is read, hexadecimal: the same
    /// digest means the same rows.
    pub digest: String,
    /// What it is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16` or `xlsx`.
    pub encoding: &'static str,
    /// The name of the bill inside an archive; empty where the file is none.
    pub inside: String,
    content: Content,
    stamp: Stamp,
}

/// What a statement file holds.
///
/// No row is lost: `file.rows` is what `rows` gives and `repeated` counts, `movements`, `ignored` and
/// `file.rejected` together; and `file.lines` says of every line of the file what it is.
pub struct StatementRead {
    /// For the ledger.
    pub file: IntakeFile,
    /// What the file is.
    pub head: Head,
    /// The rows that are orders, sorted by stream, order number, provider order number and
    /// occurrence; independent of their order in the file.
    pub rows: SortedRows<Reading>,
    /// The rows that are money of the account and no order, by time.
    pub movements: Vec<Movement>,
    /// The refused rows, sorted by line.
    pub rejections: SortedRows<Rejection>,
    /// Rows that count for nothing by the configuration, and movements that did not succeed.
    pub ignored: u64,
    /// Rows that say what another row of the file says; known when `rows` is at its end.
    pub repeated: Repeated,
    /// Of what the file is the whole.
    pub whole: Whole,
    /// The totals that the file states, in the order of their lines.
    pub totals: Vec<StatedTotal>,
}

/// Hashes the file and finds its encoding.
///
/// # Errors
///
/// [`StatementError`] when the file cannot be read, is empty, or is no table.
pub fn examine_statement(request: &StatementRequest<'_>) -> Result<StatementFile, StatementError> {
    let open = |source| StatementError::Open { name: request.name.to_owned(), source };
    let file = File::open(request.path).map_err(open)?;
    let stamp = Stamp::of(&file.metadata().map_err(open)?);
    let besides = match request.settings.form {
        Form::Camt053 => Besides::Xml,
        Form::Mt940 => Besides::Statements,
        Form::Table | Form::Fixed | Form::Tagged => Besides::Nothing,
    };
    let fits = |inside: &Content| match besides {
        Besides::Nothing => header::fits(request, inside),
        // One that cannot be read is not passed over for another.
        Besides::Statements | Besides::Xml => form::is_statement(request, inside),
    };
    let content = content::examine_besides(request.path, request.name, besides, &fits)?;
    if content.bytes != stamp.bytes {
        return Err(IntakeError::Changed { name: request.name.to_owned() }.into());
    }
    let mut hash = Sha256::new();
    hash.update(content.digest);
    hash.update(way_of_reading(request));
    let (encoding, inside) = (content.label(), content.inside.clone());
    Ok(StatementFile { digest: format!("{:x}", hash.finalize()), encoding, inside, content, stamp })
}

/// Everything besides the file that decides what its rows become, as text.
fn way_of_reading(request: &StatementRequest<'_>) -> String {
    let BusinessDay { timezone, cutoff } = request.business_day;
    let StatementRequest { settings, account, lanes, days, other_part_in_doubt, .. } = request;
    let (merchant_no, numbers) = (request.merchant_no, request.numbers);
    format!(
        "statement {READING_VERSION}\n{settings:?}\n{account:?} {merchant_no:?} {numbers:?}\n{lanes:?}\n{timezone}\n{cutoff}\n\
         {days:?} {other_part_in_doubt}\n"
    )
}

/// Reads the file's rows, checks the totals that it states, and sorts the rows.
///
/// `file` is what [`examine_statement`] said of it.
///
/// # Errors
///
/// [`StatementError`] when the file cannot be read or has changed, its header lacks a column or has
/// it twice, a total is not what the rows give or is not there, or rows cannot be put aside. A row
/// that cannot be read is a rejection.
pub fn read_statement(
    request: &StatementRequest<'_>,
    file: &StatementFile,
) -> Result<StatementRead, StatementError> {
    let Opened { head, mut rows, layout, above, totals: formed, period } =
        header::open(request, file)?;
    let words = Words::new(request, &layout);
    let settings = request.settings;
    let fees_are_fine = settings.fee_rounding.is_some() && settings.amount_unit == AmountUnit::Yuan;
    let mut totals = Totals::new(layout.totals(), settings.amount_unit, &settings.totals)
        .with_fine_fees(fees_are_fine);
    for (line, cells) in &above {
        if totals.take_above(*line, cells) {
            rows.was_total_above();
        }
    }
    let taken = take(request, &mut rows, &layout, &words, &mut totals)?;
    unchanged(request, &rows, file)?;
    let of_rows = tied(request.name, totals, settings.totals_needed, &taken.tally)?;
    let totals: Vec<_> = formed.into_iter().chain(of_rows).collect();
    let spool = |source| IntakeError::Spool { name: request.name.to_owned(), source };
    let rejected = taken.rejections.rows();
    let file_zone = file_zone(request, &layout);
    let own_day = own_day(request, file_zone, taken.span);
    let whole = whole(
        request,
        &taken,
        &words,
        &totals,
        (period.or_else(|| period::stated(&above, settings, file_zone)), own_day),
    );
    let lines = taken.lines;
    // A total that counts a row twice is not what the rows add up to when it is kept once.
    let are_counted = totals.iter().any(|total| total.tie == Tie::Agrees);
    let repeated = Repeated::default();
    let orders = taken.orders.finish().map_err(spool)?;
    let ignored = taken.ignored.saturating_add(taken.of_others);
    let movements = count(taken.movements.len()).saturating_sub(taken.beside_rows);
    let count = [orders.rows(), movements, taken.order_fees, ignored, rejected];
    let sorted = orders.finish().map_err(spool)?;
    let readings = readings(request, &words, sorted);
    let file = IntakeFile {
        origin: Origin::Statement,
        name: request.name.to_owned(),
        digest: file.digest.clone(),
        business_date: request.business_date,
        rows: stored(count.into_iter().fold(0, u64::saturating_add)),
        rejected: stored(rejected),
        encoding: file.encoding.to_owned(),
        imported_at: request.now,
        lines,
    };
    Ok(StatementRead {
        file,
        head,
        rows: numbered(readings, OCCURRENCES_MAX, are_counted, repeated.clone()),
        movements: in_order(taken.movements),
        rejections: taken.rejections.finish().map_err(spool)?,
        ignored,
        repeated,
        whole,
        totals,
    })
}

/// The totals that the file states.
///
/// # Errors
///
/// [`StatementError`] for a total that is not what the rows give, and for a configured one that is not
/// there.
fn tied(
    name: &str,
    totals: Totals<'_>,
    needed: TotalsNeeded,
    tally: &Tally,
) -> Result<Vec<StatedTotal>, StatementError> {
    if let Some(label) = totals.lacks(needed) {
        return Err(StatementError::NoTotal { name: name.to_owned(), label: label.to_owned() });
    }
    let totals = totals.judged(tally);
    for total in &totals {
        if let Tie::Differs { rows, sum } = &total.tie {
            return Err(StatementError::Totals {
                name: name.to_owned(),
                line: total.line,
                label: total.label.clone(),
                word: total.word.clone(),
                stated: total.stated.as_str().into(),
                rows: *rows,
                sum: sum.as_str().into(),
            });
        }
    }
    Ok(totals)
}

/// How the file's own dates are read.
fn file_zone(request: &StatementRequest<'_>, layout: &header::Layout) -> BusinessDay {
    let timezone = layout.timezone.unwrap_or(request.business_day.timezone);
    BusinessDay { timezone, ..request.business_day }
}

/// The file's own days, from midnight to midnight of its zone; `None` where they are business days, as far as its rows
/// show: `span` is the first and the last of their times.
///
/// In the business day's zone whoever says of which dates a file is means business dates, unless a row of it is of
/// another one. In another zone that has to be shown: no row may be of another business date, and one has to be of
/// another day of that zone.
fn own_day(
    request: &StatementRequest<'_>,
    file_zone: BusinessDay,
    span: Option<(Timestamp, Timestamp)>,
) -> Option<BusinessDay> {
    let midnight = |day: BusinessDay| BusinessDay { cutoff: NaiveTime::MIN, ..day };
    let (own, ours) = (midnight(file_zone), request.business_day);
    let date = request.days.as_ref().map_or(request.business_date, |days| *days.start());
    if own.start_of(date) == ours.start_of(date) {
        return None;
    }
    let Some(by_command) = &request.days else {
        return (own.start_of(date) != midnight(ours).start_of(date)).then_some(own);
    };
    let lies_in = |day: BusinessDay| {
        span.is_some_and(|(first, last)| {
            day.start_of(*by_command.start()) <= first && last < day.end_of(*by_command.end())
        })
    };
    let is_in_zone = own.start_of(date) == midnight(ours).start_of(date);
    let are_own = match (lies_in(own), lies_in(ours)) {
        (true, false) => true,
        (false, true) => false,
        (true, true) | (false, false) => !is_in_zone,
    };
    are_own.then_some(own)
}

/// Of what the file is the whole.
fn whole(
    request: &StatementRequest<'_>,
    taken: &Taken,
    words: &Words<'_>,
    totals: &[StatedTotal],
    (stated, own_day): (Option<Period>, Option<BusinessDay>),
) -> Whole {
    let days = Days {
        business_day: request.business_day,
        now: request.now,
        own_day,
        by_command: request.days.as_ref(),
        stated,
        rows: &taken.dates,
    };
    let (parts, (by, days)) = (days.parts(), days.whole());
    let streams = words.expressed(&taken.seen);
    let unchecked = totals.iter().find(|total| total.tie != Tie::Agrees);
    let has_row = if days.is_empty() {
        parts.iter().any(|part| taken.all_dates.contains(&part.date))
    } else {
        days.iter().any(|day| taken.all_dates.contains(day))
    };
    // A database that has answered has said that there is nothing.
    let is_database = request.settings.database.is_some();
    let says_nothing =
        taken.all_dates.is_empty() && (is_database || totals.iter().any(|total| total.is_zero));
    let is_seen = has_row || says_nothing;
    let other = request.days.as_ref().and_then(|by_command| {
        other_period(by_command, stated, own_day.unwrap_or(request.business_day))
    });
    let doubt = if taken.rejections.rows() > 0 {
        Some(Doubt::RefusedRows(taken.rejections.rows()))
    } else if let Some(total) = unchecked {
        Some(Doubt::UncheckedTotal(total.label.clone()))
    } else if request.other_part_in_doubt {
        Some(Doubt::OtherPart)
    } else if other.is_some() {
        other
    } else if let Some(batch) = &taken.broken_batch {
        Some(Doubt::Batch(batch.clone()))
    } else if request.settings.whole_of == WholeOf::Settlement {
        Some(Doubt::OfSettlements)
    } else if taken.of_others > 0 && taken.all_dates.is_empty() {
        Some(Doubt::OfOthers(taken.of_others))
    } else if let Some(line) = taken.broken_balance {
        Some(Doubt::Balance(line))
    } else if streams.is_empty() && request.settings.kind != Some(RowKind::Bank) {
        Some(Doubt::NoStream)
    } else if days.is_empty() && (own_day.is_none() || request.days.is_none() || parts.is_empty()) {
        Some(Doubt::NoDay)
    } else if !is_seen {
        Some(Doubt::NoRow)
    } else {
        own_day.filter(|_| days.is_empty()).map(|own| Doubt::OtherZone(own.timezone))
    };
    let has_parts = is_seen && !parts.is_empty();
    match doubt {
        None => Whole { streams, days, parts, by, doubt },
        Some(Doubt::OtherZone(_) | Doubt::NoDay) if has_parts => {
            Whole { streams, days, parts, by, doubt }
        }
        Some(_) => Whole { streams: Vec::new(), days: Vec::new(), parts: Vec::new(), by, doubt },
    }
}

/// The sorted rows as readings.
fn readings(
    request: &StatementRequest<'_>,
    words: &Words<'_>,
    sorted: SortedRows<StoredRow>,
) -> SortedRows<Reading> {
    let streams = words.streams().to_vec();
    let statuses = words.statuses();
    let interface = interface(request.name);
    let mut times = Times::new(request.business_day);
    let (date, evidence, now) = (request.business_date, request.evidence, request.now);
    Box::new(sorted.map(move |row| {
        let row = row?;
        let stream = streams.get(usize::from(row.lane)).cloned();
        let status = statuses.get(usize::from(row.status));
        let (Some(stream), Some((status, status_code))) = (stream, status) else {
            let problem = "a sorted row came back without stream or status";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, problem));
        };
        let mut facts = Facts {
            order_no: row.order_no.clone(),
            provider_order_no: row.provider_order_no,
            status: *status,
            status_code: status_code.clone(),
            amount: Some(row.amount),
            fee_minor: row.fee_minor,
            paid_at: row.paid_at,
            withheld_minor: None,
            way: String::new(),
        };
        facts.paid_by("way", row.way);
        Ok(Reading {
            key: OrderKey { stream, order_no: row.order_no },
            business_date: row.paid_at.map_or(date, |paid_at| times.date_of(paid_at)),
            source: Source::Statement,
            occurrence: 1,
            facts,
            interface: interface.clone(),
            assurance: Assurance::None,
            evidence,
            observed_at: now,
            original_order_no: row.original_order_no,
        })
    }))
}

/// How the rows of a file name it: by its name in the ledger, of a long one the end. Files of one name in
/// two folders are two files.
pub fn interface(name: &str) -> String {
    let plain: Vec<char> = name.chars().filter(|c| !crate::text::is_forbidden(*c)).collect();
    let from = plain.len().saturating_sub(INTERFACE_CHARS_MAX);
    plain.into_iter().skip(from).collect()
}

/// Movements by time, whatever their order in the file.
fn in_order(mut movements: Vec<Movement>) -> Vec<Movement> {
    movements.sort_by(|left, right| {
        let key = |movement: &Movement| (movement.occurred_at, movement.kind, movement.money);
        let texts = |movement: &'_ Movement| {
            (movement.product.clone(), movement.name.clone(), movement.note.clone())
        };
        let by_key =
            key(left).cmp(&key(right)).then(left.settlement_date.cmp(&right.settlement_date));
        by_key.then_with(|| texts(left).cmp(&texts(right)))
    });
    movements
}

/// Makes sure that the rows are those of the digest.
fn unchanged(
    request: &StatementRequest<'_>,
    rows: &Rows,
    examined: &StatementFile,
) -> Result<(), StatementError> {
    let name = request.name.to_owned();
    let now = std::fs::metadata(request.path).map(|found| Stamp::of(&found));
    let now = now.map_err(|source| IntakeError::Read { name: request.name.to_owned(), source })?;
    // What is packed was read as a whole before.
    let is_whole = !examined.content.is_file() || rows.has_read(examined.stamp.bytes);
    if now == examined.stamp && is_whole {
        Ok(())
    } else {
        Err(IntakeError::Changed { name }.into())
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn stored(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
