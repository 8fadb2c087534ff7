//! The header of a bill, what stands above it, and what to say when there is none.

use std::cell::RefCell;

use chrono_tz::Tz;

use crate::config::{RowKind, StatementSettings};
use crate::intake::content::{Content, Form};
use crate::intake::orders::{is_data, likeliest};
use crate::intake::records::Step;
use crate::intake::rows::{self, Rows};
use crate::intake::statement::{Stamp, StatementError, StatementFile, StatementRequest};
use crate::intake::table::{self, HEADER_ROWS_MAX, TableError, Wanted, folded};
use crate::intake::time::zone_of;
use crate::intake::{IntakeError, cell};
use crate::lines::LineKind;

/// Names of the header that an error shows.
const SHOWN_NAMES_MAX: usize = 40;

/// Bytes that the name of a column may have, to be compared with usual ones.
const NAME_BYTES_MAX: usize = 120;

/// Columns that a header may have.
const COLUMNS_MAX: usize = 512;

/// Where each of our columns is.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) order_no: Place,
    /// Further columns in which the order number may stand, where the first has none.
    pub(super) order_no_else: Vec<Place>,
    pub(super) provider_order_no: Place,
    pub(super) refund_no: Place,
    pub(super) provider_refund_no: Place,
    pub(super) kind: Place,
    pub(super) product: Place,
    pub(super) status: Place,
    pub(super) amount: Place,
    pub(super) refund_amount: Place,
    /// Whether these two are what comes in and what goes out of an account.
    pub(super) is_pair: bool,
    pub(super) fee: Place,
    /// What a row that is no order changes the balance by, its fee taken off.
    pub(super) net: Place,
    /// What the account holds after the row.
    pub(super) balance: Place,
    pub(super) paid_at: Place,
    /// The time of day, where the date stands in a column of its own.
    pub(super) clock: Place,
    /// When a refund was made, where the file has a column of its own for it.
    pub(super) refunded_at: Place,
    pub(super) currency: Place,
    pub(super) settlement_date: Place,
    pub(super) name: Place,
    pub(super) note: Place,
    /// Whether money came in or went out, in a word.
    pub(super) direction: Place,
    /// Whose row it is: the merchant that the bill is made for, and its sub-merchant.
    pub(super) merchant_no: Place,
    pub(super) sub_merchant_no: Place,
    /// The zone of its times, where the file has one of its own.
    pub(super) timezone: Option<Tz>,
    /// How many columns the file has.
    pub(super) width: usize,
}

impl Layout {
    /// How many values a row may not leave out: as far as the last one that it needs.
    fn needed(&self) -> usize {
        let places = [&self.order_no, &self.kind, &self.status, &self.amount, &self.paid_at];
        let last = places.iter().filter_map(|place| place.at).max();
        last.map_or(0, |at| at.saturating_add(1))
    }
}

/// A column of the file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Which value of a row, from 0; `None` where the file has no such column.
    pub(super) at: Option<usize>,
    /// The name in the file's header.
    pub(super) name: String,
}

/// A file, read as far as its header.
pub(super) struct Opened {
    pub(super) rows: Rows,
    pub(super) layout: Layout,
    /// The rows above the header, with their lines.
    pub(super) above: Vec<(i64, Vec<String>)>,
}

/// Whether a file that lies in an archive has the header that is looked for.
pub(super) fn fits(request: &StatementRequest<'_>, content: &Content) -> bool {
    let search = Search::new(request);
    search.open(content).is_ok()
}

/// Opens a file and reads it as far as its header.
///
/// # Errors
///
/// [`StatementError`] when it cannot be read or has changed, or its header is not there, lacks a
/// column or has it twice.
pub(super) fn open(
    request: &StatementRequest<'_>,
    file: &StatementFile,
) -> Result<Opened, StatementError> {
    let failed = |source| StatementError::Open { name: request.name.to_owned(), source };
    let found = std::fs::metadata(request.path).map_err(failed)?;
    if Stamp::of(&found) != file.stamp {
        return Err(IntakeError::Changed { name: request.name.to_owned() }.into());
    }
    Search::new(request).open(&file.content)
}

/// Looks for the header.
struct Search<'a> {
    request: &'a StatementRequest<'a>,
    /// The likeliest row that is no header: how many of the looked-for names it has, how many that are
    /// usual for them, and its cells.
    likest: RefCell<((usize, usize), Vec<String>)>,
}

impl<'a> Search<'a> {
    const fn new(request: &'a StatementRequest<'a>) -> Self {
        Self { request, likest: RefCell::new(((0, 0), Vec::new())) }
    }

    fn open(&self, content: &Content) -> Result<Opened, StatementError> {
        let failed = |source| IntakeError::Read { name: self.request.name.to_owned(), source };
        if content.form == Form::Workbook {
            return self.in_sheet(content.all().map_err(failed)?);
        }
        let mut tried = Vec::new();
        for separator in [rows::separator(content).map_err(failed)?, b',', b';', b'\t', b'|'] {
            if tried.contains(&separator) {
                continue;
            }
            tried.push(separator);
            if let Some(opened) = self.in_text(Rows::text(content, separator).map_err(failed)?)? {
                return Ok(opened);
            }
        }
        Err(self.no_header())
    }

    fn in_text(&self, mut rows: Rows) -> Result<Option<Opened>, StatementError> {
        let name = self.request.name;
        let mut above = Vec::new();
        for _ in 0..HEADER_ROWS_MAX {
            let step = rows.advance();
            let step =
                step.map_err(|source| IntakeError::Read { name: name.to_owned(), source })?;
            if step == Step::End {
                break;
            }
            let names = rows.cells();
            if step == Step::Row && self.is_header(&names) {
                let layout = self.layout(&names)?;
                rows.is(LineKind::Header);
                rows.below(&names, layout.needed());
                return Ok(Some(Opened { rows, layout, above }));
            }
            rows.is(LineKind::Preamble);
            above.push((rows.line(), names));
        }
        Ok(None)
    }

    fn in_sheet(&self, bytes: Vec<u8>) -> Result<Opened, StatementError> {
        let is_header = |names: &[String]| self.is_header(names);
        let sheet = self.request.settings.sheet.as_deref();
        let wanted = Wanted { is_header: &is_header, columns: "", continues: true, sheet };
        let mut table = match table::of_workbook(bytes, self.request.name, wanted) {
            Err(TableError::NoHeader { .. }) => return Err(self.no_header()),
            opened => opened?,
        };
        let layout = self.layout(&table.header)?;
        let above = std::mem::take(&mut table.above).into_iter().map(|row| {
            let cells = (0..row.width()).map(|at| row.shown(at).to_owned());
            (row.line, cells.collect())
        });
        let above = above.collect();
        Ok(Opened { rows: Rows::sheet(table), layout, above })
    }

    /// Whether a row names all columns that a row of a bill cannot do without.
    fn is_header(&self, names: &[String]) -> bool {
        if names.len() > COLUMNS_MAX {
            return false;
        }
        let needed = needed(self.request.settings);
        let has = |ours: &&&str| !self.found(ours, names).is_empty();
        let count = needed.iter().filter(has).count();
        if count == needed.len() {
            return true;
        }
        // A row that has none of the names counts by what it has under usual ones; a name is short.
        let names: Vec<String> =
            names.iter().filter(|name| name.len() <= NAME_BYTES_MAX).cloned().collect();
        let names = names.as_slice();
        let usual = needed.iter().filter(|ours| likeliest(ours, names).is_some()).count();
        let score = (count, usual);
        let mut likest = self.likest.borrow_mut();
        if score > likest.0 || likest.1.is_empty() {
            *likest = (score, names.to_vec());
        }
        false
    }

    fn layout(&self, names: &[String]) -> Result<Layout, StatementError> {
        let mut missing = Vec::new();
        let mut place = |ours: &'static str| {
            let place = self.place(ours, names)?;
            let settings = self.request.settings;
            // A query has the columns that its database has.
            let is_configured = settings.columns.contains_key(ours)
                && (settings.database.is_none() || needed(settings).contains(&ours));
            let is_optional = settings.optional.contains(ours)
                || (ours == "order_no" && settings.by_provider_number);
            if place.at.is_none() && is_configured && !is_optional {
                missing.push(ours);
            }
            Ok::<_, StatementError>(place)
        };
        let is_pair = self.request.settings.columns.contains_key("amount_in");
        let layout = Layout {
            order_no: place("order_no")?,
            order_no_else: self.others("order_no", names),
            provider_order_no: place("provider_order_no")?,
            refund_no: place("refund_no")?,
            provider_refund_no: place("provider_refund_no")?,
            kind: place("kind")?,
            product: place("product")?,
            status: place("status")?,
            amount: place(if is_pair { "amount_in" } else { "amount" })?,
            refund_amount: place(if is_pair { "amount_out" } else { "refund_amount" })?,
            is_pair,
            fee: place("fee")?,
            net: place("net")?,
            balance: place("balance")?,
            paid_at: place("paid_at")?,
            clock: self.clock(names),
            refunded_at: place("refunded_at")?,
            currency: place("currency")?,
            settlement_date: place("settlement_date")?,
            name: place("name")?,
            note: place("note")?,
            direction: place("direction")?,
            merchant_no: place("merchant_no")?,
            sub_merchant_no: place("sub_merchant_no")?,
            timezone: None,
            width: names.len(),
        };
        if missing.is_empty() {
            let timezone = self.timezone(&layout)?;
            return Ok(Layout { timezone, ..layout });
        }
        let name = self.request.name.to_owned();
        let wanted = self.named(&missing);
        let (header, advice) = self.has(names, &missing);
        Err(IntakeError::Columns { name, missing: wanted, header, advice }.into())
    }

    /// The columns with the other names of one of ours.
    fn others(&self, ours: &str, names: &[String]) -> Vec<Place> {
        let wanted = self.request.settings.columns.get(ours).map_or(&[][..], Vec::as_slice);
        let first = self.found(ours, names).first().copied();
        let others = wanted.iter().filter_map(|theirs| {
            match *Self::found_as(std::slice::from_ref(theirs), names) {
                [at] if Some(at) != first => Some(Place { at: Some(at), name: theirs.clone() }),
                _ => None,
            }
        });
        others.collect()
    }

    /// The second column of `paid_at = ["交易日期", "交易时间"]`, where the file has both: the first holds
    /// the date then, the second the time of day.
    fn clock(&self, names: &[String]) -> Place {
        let none = Place { at: None, name: "paid_at".to_owned() };
        let wanted = self.request.settings.columns.get("paid_at").map_or(&[][..], Vec::as_slice);
        let first = self.found("paid_at", names).first().copied();
        for theirs in wanted {
            let found = Self::found_as(std::slice::from_ref(theirs), names);
            match *found {
                [at] if Some(at) != first => {
                    return Place { at: Some(at), name: theirs.clone() };
                }
                _ => {}
            }
        }
        none
    }

    /// The zone of the file's times: as configured, else as the name of a column says.
    fn timezone(&self, layout: &Layout) -> Result<Option<Tz>, StatementError> {
        let configured = self.request.settings.timezone;
        let error = |column: &str, problem: String| StatementError::Zone {
            name: self.request.name.to_owned(),
            column: column.to_owned(),
            problem,
        };
        for place in [&layout.paid_at, &layout.clock] {
            let Some(_) = place.at else { continue };
            match zone_of(&place.name) {
                Ok(Some(named)) => {
                    let is_other = configured.is_some_and(|zone| !is_same_zone(zone, named));
                    if is_other {
                        let problem = "the configuration names another one".to_owned();
                        return Err(error(&place.name, problem));
                    }
                    return Ok(Some(named));
                }
                Err(word) if configured.is_none() => {
                    return Err(error(&place.name, format!("{word} is none for certain")));
                }
                Ok(None) | Err(_) => {}
            }
        }
        Ok(configured)
    }

    /// The one column with the first of the names that is there.
    fn place(&self, ours: &str, names: &[String]) -> Result<Place, StatementError> {
        let found = self.found(ours, names);
        let name = |at: usize| names.get(at).map_or("", |name| bare(name)).to_owned();
        match *found {
            [] => Ok(Place { at: None, name: ours.to_owned() }),
            [at] => Ok(Place { at: Some(at), name: name(at) }),
            [at, ..] => Err(IntakeError::DuplicateColumn {
                name: self.request.name.to_owned(),
                column: name(at),
                count: found.len(),
            }
            .into()),
        }
    }

    /// The columns with the first of the names that is there: exactly so, else in another width,
    /// case or spacing. Only columns that the configuration names are looked for.
    fn found(&self, ours: &str, names: &[String]) -> Vec<usize> {
        let wanted = self.request.settings.columns.get(ours).map_or(&[][..], Vec::as_slice);
        Self::found_as(wanted, names)
    }

    fn found_as(wanted: &[String], names: &[String]) -> Vec<usize> {
        let with = |is_it: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let numbered = names.iter().enumerate();
            numbered.filter(|(_, name)| is_it(bare(name))).map(|(at, _)| at).collect()
        };
        for theirs in wanted {
            let exactly = with(&|name| name == theirs);
            if !exactly.is_empty() {
                return exactly;
            }
            let theirs = folded(theirs);
            let nearly = with(&|name| folded(name) == theirs);
            if !nearly.is_empty() {
                return nearly;
            }
        }
        Vec::new()
    }

    /// Columns by our names, and the names under which they were looked for.
    fn named(&self, columns: &[&str]) -> String {
        let name = |ours: &&str| {
            let theirs = self.request.settings.columns.get(*ours);
            let theirs = theirs.map_or_else(String::new, |theirs| format!("{theirs:?}"));
            let theirs = theirs.trim_matches(['[', ']']).replace(", ", " or ");
            format!("{ours} (configured as {theirs})")
        };
        columns.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn no_header(&self) -> StatementError {
        let needed = needed(self.request.settings);
        let row = self.likest.borrow().1.clone();
        let missing: Vec<_> =
            needed.iter().copied().filter(|ours| self.found(ours, &row).is_empty()).collect();
        let (found, advice) = self.has(&row, &missing);
        let (name, wanted) = (self.request.name.to_owned(), self.named(&needed));
        StatementError::NoHeader { name, wanted, found, advice }
    }

    /// What a row has that is no header or lacks columns, and the lines to write into the
    /// configuration. A row of values is not shown.
    fn has(&self, names: &[String], missing: &[&str]) -> (String, String) {
        let names: Vec<_> = names.iter().map(|name| bare(name).to_owned()).collect();
        let is_header_like = needed(self.request.settings)
            .iter()
            .any(|ours| !self.found(ours, &names).is_empty() || likeliest(ours, &names).is_some());
        if !is_header_like || names.iter().any(|name| is_data(name)) {
            let found = format!("None of its first {HEADER_ROWS_MAX} rows looks like it");
            return (found, String::new());
        }
        let shown = names.iter().filter(|name| !name.is_empty()).map(|name| cell::shown(name));
        let shown: Vec<_> = shown.take(SHOWN_NAMES_MAX).collect();
        let mut advice = format!(
            "\nwhere the file has them under other names, say so in the configuration of {}:\n\
             [account.statement.columns]",
            self.request.account
        );
        for ours in missing {
            let theirs = likeliest(ours, &names).map_or("NAME IN THE FILE", String::as_str);
            let theirs = cell::shown(theirs);
            advice.extend(["\n", ours, " = ", &format!("{theirs:?}")]);
        }
        (format!("Its likeliest row has: {}", shown.join(", ")), advice)
    }
}

/// The columns that a header has to have to be known as one.
fn needed(settings: &StatementSettings) -> Vec<&'static str> {
    let has = |column: &&str| settings.columns.contains_key(*column);
    let amounts = ["amount", "amount_in", "amount_out"].into_iter().filter(has);
    let number = if settings.by_provider_number { "provider_order_no" } else { "order_no" };
    let numbers = std::iter::once(number).filter(|_| settings.kind != Some(RowKind::Bank));
    let mut needed: Vec<_> = numbers.chain(amounts).chain(["paid_at"]).collect();
    if settings.columns.contains_key("kind") {
        needed.push("kind");
    }
    needed
}

/// Whether two zones are one for all that a bill can tell.
fn is_same_zone(left: Tz, right: Tz) -> bool {
    use chrono::{Offset, TimeZone};
    let winter_and_summer = [(2026, 1, 15), (2026, 7, 15)];
    winter_and_summer.into_iter().all(|(year, month, day)| {
        let noon = chrono::NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|date| date.and_hms_opt(12, 0, 0))
            .unwrap_or_default();
        let offset = |zone: Tz| zone.offset_from_utc_datetime(&noon).fix();
        offset(left) == offset(right)
    })
}

/// A name without what may surround it.
fn bare(text: &str) -> &str {
    cell::clean(text).trim_matches(['"', '“', '”']).trim()
}
