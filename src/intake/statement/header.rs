//! The header of a bill, what stands above it, and what to say when there is none.

use std::cell::RefCell;
use std::fs::File;
use std::io::{BufReader, Read};

use crate::config::{Encoding, StatementSettings};
use crate::intake::orders::{is_data, likeliest};
use crate::intake::records::{Records, Step};
use crate::intake::scan::BOM;
use crate::intake::statement::rows::{Rows, TextRows, skip_separator_line};
use crate::intake::statement::{Stamp, StatementError, StatementFile, StatementRequest};
use crate::intake::table::{self, HEADER_ROWS_MAX, TableError, Wanted, folded};
use crate::intake::{IntakeError, cell};

/// Bytes that are read at once.
const READ_BYTES: usize = 256 * 1024;

/// Names of the header that an error shows.
const SHOWN_NAMES_MAX: usize = 40;

/// Where each of our columns is.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) order_no: Place,
    pub(super) provider_order_no: Place,
    pub(super) refund_no: Place,
    pub(super) provider_refund_no: Place,
    pub(super) kind: Place,
    pub(super) product: Place,
    pub(super) status: Place,
    pub(super) amount: Place,
    pub(super) refund_amount: Place,
    pub(super) fee: Place,
    pub(super) paid_at: Place,
    pub(super) currency: Place,
    pub(super) settlement_date: Place,
    pub(super) name: Place,
    pub(super) note: Place,
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
    /// Bytes of a text that are not among its records.
    pub(super) skipped: u64,
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
    let search = Search { request, likest: RefCell::new((0, Vec::new())) };
    let Some(encoding) = file.text else { return search.in_sheet() };
    let detected = text(request, encoding)?.0.records.delimiter();
    for delimiter in [detected, b',', b';', b'\t'] {
        let (mut rows, skipped) = text(request, encoding)?;
        rows.records.separated_by(delimiter);
        if let Some(opened) = search.in_text(rows, skipped)? {
            return Ok(opened);
        }
    }
    Err(search.no_header())
}

/// A text's records from its beginning, and the bytes in front of them.
fn text(
    request: &StatementRequest<'_>,
    encoding: Encoding,
) -> Result<(TextRows, u64), StatementError> {
    let open = |source| StatementError::Open { name: request.name.to_owned(), source };
    let failed = |source| IntakeError::Read { name: request.name.to_owned(), source };
    let file = File::open(request.path).map_err(open)?;
    let mut input = BufReader::with_capacity(READ_BYTES, file);
    let mut skipped = 0_u64;
    if encoding == Encoding::Utf8Bom {
        let mut mark = [0; BOM.len()];
        input.read_exact(&mut mark).map_err(failed)?;
        skipped = u64::try_from(BOM.len()).unwrap_or(u64::MAX);
    }
    skipped = skipped.saturating_add(skip_separator_line(&mut input).map_err(failed)?);
    let records = Records::new(input).map_err(failed)?;
    Ok((TextRows::new(records, encoding), skipped))
}

/// Looks for the header.
struct Search<'a> {
    request: &'a StatementRequest<'a>,
    /// How many of the looked-for names a row has that is no header, and the row: the likeliest.
    likest: RefCell<(usize, Vec<String>)>,
}

impl Search<'_> {
    fn in_text(&self, rows: TextRows, skipped: u64) -> Result<Option<Opened>, StatementError> {
        let name = self.request.name;
        let mut rows = Rows::Text(rows);
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
                if let Rows::Text(text) = &mut rows {
                    let width = names.iter().rposition(|name| !name.is_empty());
                    text.expect_width(width.map_or(0, |at| at.saturating_add(1)), names.len());
                }
                return Ok(Some(Opened { rows, layout, above, skipped }));
            }
            above.push((rows.line(), names));
        }
        Ok(None)
    }

    fn in_sheet(&self) -> Result<Opened, StatementError> {
        let is_header = |names: &[String]| self.is_header(names);
        let wanted = Wanted { is_header: &is_header, columns: "" };
        let mut table = match table::open(self.request.path, self.request.name, wanted) {
            Err(TableError::NoHeader { .. }) => return Err(self.no_header()),
            opened => opened?,
        };
        let layout = self.layout(&table.header)?;
        let above = std::mem::take(&mut table.above).into_iter().map(|row| {
            let cells = (0..row.width()).map(|at| row.shown(at).to_owned());
            (row.line, cells.collect())
        });
        let above = above.collect();
        Ok(Opened { rows: Rows::sheet(table), layout, above, skipped: 0 })
    }

    /// Whether a row names all columns that a row of a bill cannot do without.
    fn is_header(&self, names: &[String]) -> bool {
        let needed = needed(self.request.settings);
        let has = |ours: &&&str| !self.found(ours, names).is_empty();
        let count = needed.iter().filter(has).count();
        if count == needed.len() {
            return true;
        }
        let mut likest = self.likest.borrow_mut();
        if count > likest.0 || likest.1.is_empty() {
            *likest = (count, names.to_vec());
        }
        false
    }

    fn layout(&self, names: &[String]) -> Result<Layout, StatementError> {
        let mut missing = Vec::new();
        let mut place = |ours: &'static str| {
            let place = self.place(ours, names)?;
            let is_configured = self.request.settings.columns.contains_key(ours);
            if place.at.is_none() && is_configured {
                missing.push(ours);
            }
            Ok::<_, StatementError>(place)
        };
        let layout = Layout {
            order_no: place("order_no")?,
            provider_order_no: place("provider_order_no")?,
            refund_no: place("refund_no")?,
            provider_refund_no: place("provider_refund_no")?,
            kind: place("kind")?,
            product: place("product")?,
            status: place("status")?,
            amount: place("amount")?,
            refund_amount: place("refund_amount")?,
            fee: place("fee")?,
            paid_at: place("paid_at")?,
            currency: place("currency")?,
            settlement_date: place("settlement_date")?,
            name: place("name")?,
            note: place("note")?,
        };
        if missing.is_empty() {
            return Ok(layout);
        }
        let name = self.request.name.to_owned();
        let wanted = self.named(&missing);
        let (header, advice) = self.has(names, &missing);
        Err(IntakeError::Columns { name, missing: wanted, header, advice }.into())
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
        if names.iter().any(|name| is_data(name)) {
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
    let mut needed = vec!["order_no", "amount", "paid_at"];
    if settings.columns.contains_key("kind") {
        needed.push("kind");
    }
    needed
}

/// A name without what may surround it.
fn bare(text: &str) -> &str {
    cell::clean(text).trim_matches(['"', '“', '”']).trim()
}
