//! The workbook: a sheet of what has to be done, one that says what this is, drawings, then every file of the
//! report as a sheet.
//!
//! Ids are text and survive any click, amounts and dates are what a spreadsheet adds up and filters.
//! Rows are written one at a time and kept on disk, so the size of a day does not matter; nothing in
//! the file depends on the clock.

use std::io::{Seek, Write};
use std::path::Path;

use rust_xlsxwriter::{
    ColNum, DataValidation, DocProperties, ExcelDateTime, Format, IgnoreError, RowNum, Workbook,
    Worksheet, XlsxError,
};

use crate::config::Language;
use crate::money::units;
use crate::report::ReportError;
use crate::report::balances::{Section, SignLine};
use crate::report::columns::{Column, FileKind, Form};
use crate::report::month::cover::cover;
use crate::report::overview::{Made, place, value};
use crate::resolution::Reason;
use crate::wording::{self, Word};

mod charts;
mod formats;
mod front;
mod pending;
mod today;
mod widths;

use formats::Formats;
pub(super) use front::Cover;
use pending::Pending;
use widths::{SENTENCE, Widths, height_of};

/// Rows that a sheet can have, with the header.
const ROWS_MAX: RowNum = 1_048_576;

/// Characters of a sheet's width that can still be read on one page of A4, and pages beside each other.
const PAGE_CHARS: usize = 210;
const PAGES_WIDE_MAX: u16 = 3;

/// Height of a row in which people sign, in points.
const SIGNED_POINTS: u32 = 30;

/// Rows whose height is set. Each is kept in memory until the end; that of a later row is worked out by the
/// program that opens the file, where it does so.
const HEIGHTS_MAX: RowNum = 5_000;

/// Characters that a cell can have.
const CELL_CHARS_MAX: usize = 32_767;

/// A workbook that could not be written.
pub(super) enum BookError {
    /// A file of the set could not be read.
    Rows(ReportError),
    /// What the disk says of the workbook.
    Book(std::io::Error),
}

impl From<XlsxError> for BookError {
    fn from(error: XlsxError) -> Self {
        Self::Book(io_of(error))
    }
}

impl From<ReportError> for BookError {
    fn from(error: ReportError) -> Self {
        Self::Rows(error)
    }
}

/// Writes the workbook of a business date or of a month. `scratch` is where rows are kept until
/// the end; the system's place for temporary files where there is none.
pub(super) fn write(
    made: Made<'_>,
    scratch: Option<&Path>,
    to: impl Write + Seek + Send,
) -> Result<(), BookError> {
    let mut book = Workbook::new();
    if let Some(scratch) = scratch {
        book.set_tempdir(scratch)?;
    }
    book.set_properties(&properties(made));
    let formats = Formats::new();
    if made.is_month() {
        front::write_cover(&mut book, made, &cover(made)?, &formats)?;
    } else {
        let pending = Pending::read(made)?;
        today::write(&mut book, made, &pending, &formats)?;
        front::write(&mut book, made, &made.accounts()?, &formats)?;
        charts::write(&mut book, made, &pending, &formats)?;
    }
    for (kind, _) in made.written {
        sheets(&mut book, made, *kind, &formats)?;
    }
    book.save_to_writer(to)?;
    Ok(())
}

fn properties(made: Made<'_>) -> DocProperties {
    let label = made.label();
    let title = match made.language() {
        Language::Zh => format!("{label} 对账报告"),
        Language::En => format!("Reconciliation of {label}"),
    };
    let properties = DocProperties::new().set_title(title).set_author(env!("CARGO_PKG_NAME"));
    // The clock of the night would make every file another one.
    match ExcelDateTime::parse_from_str(&made.date.to_string()) {
        Ok(date) => properties.set_creation_datetime(&date),
        Err(_) => properties,
    }
}

/// One file as a sheet, and as further ones where its rows do not fit.
fn sheets(
    book: &mut Workbook,
    made: Made<'_>,
    kind: FileKind,
    formats: &Formats,
) -> Result<(), BookError> {
    let title = kind.title(made.language());
    let mut number = 1_u32;
    let mut sheet = Sheet::begin(book, made, kind, &title, formats)?;
    made.rows(kind, |cells| {
        let written = (|| {
            if sheet.row >= ROWS_MAX {
                number = number.saturating_add(1);
                let full = Sheet::begin(book, made, kind, &format!("{title} {number}"), formats)?;
                std::mem::replace(&mut sheet, full).finish(book, made, formats)?;
            }
            sheet.write(book, cells, formats)
        })();
        written.map_err(|error| ReportError::file(title.as_ref(), io_of(error)))
    })?;
    sheet.finish(book, made, formats)?;
    Ok(())
}

/// A sheet that is being written.
struct Sheet {
    kind: FileKind,
    name: String,
    /// The row that comes next.
    row: RowNum,
    widths: Widths,
    /// The word that marks a row of totals.
    total: &'static str,
    language: Language,
    /// Rows before which a new page begins: what is signed is a sheet of paper of its own.
    breaks: Vec<RowNum>,
}

impl Sheet {
    fn begin(
        book: &mut Workbook,
        made: Made<'_>,
        kind: FileKind,
        name: &str,
        formats: &Formats,
    ) -> Result<Self, XlsxError> {
        let language = made.language();
        let header = kind.header(language, made.voice.business_day.timezone);
        let sheet = book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        let mut widths = Widths::new(kind.columns());
        for ((at, title), column) in (0..).zip(&header).zip(kind.columns()) {
            let format = match column.form {
                Form::Count | Form::Yuan => &formats.number_header,
                Form::Text | Form::Date | Form::Time => &formats.header,
            };
            sheet.write_string_with_format(0, at, title, format)?;
            widths.see(at, title);
        }
        let total = wording::total(language);
        let (name, breaks) = (name.to_owned(), Vec::new());
        Ok(Self { kind, name, row: 1, widths, total, language, breaks })
    }

    fn write(
        &mut self,
        book: &mut Workbook,
        cells: &[&str],
        formats: &Formats,
    ) -> Result<(), XlsxError> {
        let sheet = book.worksheet_from_name(&self.name)?;
        let is_total = has_totals(self.kind) && cells.contains(&self.total);
        let is_signed = is_signed(self.kind, cells);
        if is_signed {
            sheet.set_row_height(self.row, SIGNED_POINTS)?;
        } else if self.row < HEIGHTS_MAX {
            let sentences = self.kind.columns().iter().zip(cells);
            let sentences = sentences.filter(|(column, _)| column.is_sentence());
            let height = height_of(sentences.map(|(_, text)| (*text, SENTENCE)));
            if let Some(height) = height {
                sheet.set_row_height(self.row, height)?;
            }
        }
        for ((at, column), text) in (0..).zip(self.kind.columns()).zip(cells) {
            let format = match column.code {
                "name" if is_signed => &formats.blank,
                _ => formats.of(column, text, self.language, is_total),
            };
            put(sheet, (self.row, at), column, text, format)?;
            self.widths.see(at, text);
        }
        self.row = self.row.saturating_add(1);
        if is_signed && value(self.kind, cells, "line") == SignLine::SignedOn.word(self.language) {
            self.breaks.push(self.row);
        }
        Ok(())
    }

    fn finish(
        self,
        book: &mut Workbook,
        made: Made<'_>,
        formats: &Formats,
    ) -> Result<(), XlsxError> {
        let sheet = book.worksheet_from_name(&self.name)?;
        let last_row = self.row.saturating_sub(1);
        let columns = ColNum::try_from(self.kind.columns().len()).unwrap_or(ColNum::MAX);
        let last_column = columns.saturating_sub(1);
        // The columns that name the row stay in sight, as the header does.
        let named = named_by(self.kind);
        sheet.set_freeze_panes(1, named.saturating_add(1))?;
        sheet.autofilter(0, 0, last_row, last_column)?;
        sheet.set_repeat_rows(0, 0)?.set_repeat_columns(0, named)?;
        let chars = self.widths.sum();
        let pages_wide = u16::try_from(chars.div_ceil(PAGE_CHARS)).unwrap_or(u16::MAX);
        let pages_wide = pages_wide.clamp(1, PAGES_WIDE_MAX);
        Paper { title: &self.name, label: made.label(), language: self.language, pages_wide }
            .set(sheet);
        if !self.breaks.is_empty() {
            sheet.set_page_breaks(&self.breaks)?;
        }
        if last_row > 0 {
            let numbers = IgnoreError::NumberStoredAsText;
            sheet.ignore_error_range(1, 0, last_row, last_column, numbers)?;
        }
        let resolution = place(self.kind, "resolution").and_then(|at| ColNum::try_from(at).ok());
        if let (Some(at), 1..) = (resolution, last_row) {
            let choice = choice(self.language)?;
            sheet.add_data_validation(1, at, last_row, at, &choice)?;
        }
        if let (Some(at), 1..) = (grand_total_at(self.kind), last_row) {
            totals(
                sheet,
                self.row.saturating_add(1),
                at,
                (self.kind, self.language),
                made,
                formats,
            )?;
        }
        self.widths.set(sheet)?;
        Ok(())
    }
}

/// How a sheet is printed: on A4, fitted to the width, with its name and the day above and page numbers below.
struct Paper<'a> {
    title: &'a str,
    label: &'a str,
    language: Language,
    pages_wide: u16,
}

impl Paper<'_> {
    fn set(&self, sheet: &mut Worksheet) {
        let Self { title, label, .. } = self;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(self.pages_wide, 0);
        sheet.set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3);
        sheet.set_header(format!("&L{title}&R{label}"));
        let pages = self.language.pick("&C第 &P 页，共 &N 页", "&Cpage &P of &N");
        sheet.set_footer(pages);
    }
}

/// The last of the columns that name a row: the account, where it is one of the first, else the first column.
fn named_by(kind: FileKind) -> ColNum {
    let account = place(kind, "account").filter(|at| *at <= 1);
    account.and_then(|at| ColNum::try_from(at).ok()).unwrap_or(0)
}

/// Where the word for the grand total of a file stands; `None` for a file whose sums mean nothing, or that has
/// a row of them already.
fn grand_total_at(kind: FileKind) -> Option<ColNum> {
    let has_one = match kind {
        FileKind::Summary | FileKind::Patterns | FileKind::Settlement => true,
        FileKind::Discrepancies
        | FileKind::Balances
        | FileKind::RejectedRows
        | FileKind::Roll
        | FileKind::Corrections
        | FileKind::MonthStatement
        | FileKind::FeeClaim => false,
    };
    has_one.then_some(1)
}

/// Writes what the amounts of a file add up to, a row per currency, below its rows.
fn totals(
    sheet: &mut Worksheet,
    first: RowNum,
    at: ColNum,
    (kind, language): (FileKind, Language),
    made: Made<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let Some((_, written)) = made.written.iter().find(|(it, _)| *it == kind) else { return Ok(()) };
    for (row, (currency, sums)) in (first..).zip(written.sums.iter()) {
        let word = format!("{} {currency}", language.pick("总计", "grand total"));
        for ((column_at, column), minor) in (0..).zip(kind.columns()).zip(sums) {
            let text = match column.form {
                Form::Yuan => units(*minor, currency),
                Form::Text if column_at == at => word.clone(),
                Form::Text | Form::Count | Form::Date | Form::Time => String::new(),
            };
            let format = formats.of(column, &text, language, true);
            put(sheet, (row, column_at), column, &text, format)?;
        }
    }
    Ok(())
}

/// Whether a file has rows of totals among its others.
const fn has_totals(kind: FileKind) -> bool {
    matches!(kind, FileKind::Summary | FileKind::MonthStatement | FileKind::FeeClaim)
}

/// Whether a row is a place to sign.
fn is_signed(kind: FileKind, cells: &[&str]) -> bool {
    let section = Section::from_word(value(kind, cells, "section"));
    kind == FileKind::Balances && section == Some(Section::Signatures)
}

/// One value in the form of its column; what is not of that form is text.
fn put(
    sheet: &mut Worksheet,
    (row, at): (RowNum, ColNum),
    column: &Column,
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    if text.is_empty() {
        sheet.write_blank(row, at, format)?;
        return Ok(());
    }
    let moment = || ExcelDateTime::parse_from_str(text).ok().filter(|_| is_moment(text));
    match column.form {
        Form::Text => {}
        Form::Count | Form::Yuan => {
            if let Some(number) = exact_number(text) {
                sheet.write_number_with_format(row, at, number, format)?;
                return Ok(());
            }
        }
        Form::Date | Form::Time => {
            if let Some(moment) = moment() {
                sheet.write_datetime_with_format(row, at, &moment, format)?;
                return Ok(());
            }
        }
    }
    let text: String = text.chars().take(CELL_CHARS_MAX).collect();
    sheet.write_string_with_format(row, at, text, format)?;
    Ok(())
}

/// A number that a spreadsheet keeps to the last digit: it has 15.
fn exact_number(text: &str) -> Option<f64> {
    const DIGITS_KEPT: usize = 15;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.parse::<f64>().ok().filter(|_| digits <= DIGITS_KEPT)
}

/// `2026-11-20`, with or without a time of day.
fn is_moment(text: &str) -> bool {
    let pattern = b"0000-00-00 00:00:00";
    let like = |(found, wanted): (u8, &u8)| match wanted {
        b'0' => found.is_ascii_digit(),
        other => found == *other,
    };
    matches!(text.len(), 10 | 19) && text.bytes().zip(pattern).all(like)
}

/// The words that a clerk may choose from under 处理方式.
fn choice(language: Language) -> Result<DataValidation, XlsxError> {
    let words: Vec<&str> = Reason::of_people().map(|reason| reason.word(language)).collect();
    let (title, message) = match language {
        Language::Zh => ("处理方式", "请从列表中选择；导入时只识别这些词。"),
        Language::En => ("resolution", "Choose from the list: no other word is understood."),
    };
    DataValidation::new()
        .allow_list_strings(&words)?
        .set_error_title(title)?
        .set_error_message(message)
}

/// The cause behind an error of the workbook, with its kind: a full disk has to be told apart.
fn io_of(error: XlsxError) -> std::io::Error {
    if let XlsxError::IoError(source)
    | XlsxError::ZipError(zip::result::ZipError::Io(source))
    | XlsxError::TempFileError(_, source) = error
    {
        return source;
    }
    std::io::Error::other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_spreadsheet_would_round_stay_text() {
        assert_eq!(exact_number("-12.30").map(|n| n.to_string()).as_deref(), Some("-12.3"));
        assert_eq!(
            exact_number("9999999999999.99").map(|n| n.to_string()).as_deref(),
            Some("9999999999999.99")
        );
        assert_eq!(exact_number("99999999999999.99"), None);
        assert_eq!(exact_number("x"), None);
    }

    #[test]
    fn moments_have_one_of_two_forms() {
        let table = [
            ("2026-11-20", true),
            ("2026-11-20 08:00:00", true),
            ("2026-11-20 08:00", false),
            ("T1-2026-11", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_moment(text), expected, "{text}");
        }
    }
}
