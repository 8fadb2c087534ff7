//! The table of a workbook: which sheet, and what its cells say as text.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Style, Xlsx, XlsxError};
use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{
    HEADER_ROWS_MAX, Table, TableCell, TableError, TableRow, Wanted, fitted, no_header,
    without_empty_end,
};
use crate::intake::cell;
use crate::lines::LineKind;
use crate::order::RejectionReason;

/// Bytes that the parts of a workbook may have, unpacked.
const UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Cells with a value that a sheet may have.
const CELLS_MAX: usize = 4_000_000;

/// Columns that are looked at.
const COLUMNS_MAX: u32 = 512;

/// Digits of a number that a spreadsheet keeps.
const DIGITS_KEPT: i64 = 15;

/// What is shown of a formula without a value.
const NOT_WORKED_OUT: &str = "=?";

type Book = Xlsx<Cursor<Vec<u8>>>;

/// Opens the sheet that has the wanted header, or those that continue it.
pub(super) fn open(
    bytes: Vec<u8>,
    digest: String,
    name: &str,
    wanted: Wanted<'_>,
) -> Result<Table, TableError> {
    bounded(&bytes, name)?;
    let broken = |error: XlsxError| TableError::Workbook {
        name: name.to_owned(),
        problem: cell::shown(&error.to_string()),
    };
    let mut book: Book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut sheets = Sheets { name, wanted, found: None, first_row: None, outside: Vec::new() };
    let names = book.sheet_names();
    let hidden: BTreeSet<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible != SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    for sheet in &names {
        let is_hidden = hidden.contains(sheet);
        let rows = match rows(&mut book, sheet) {
            Ok(rows) => rows,
            // A sheet that is a chart has no cells.
            Err(Refusal::Book(XlsxError::NotAWorksheet(_))) => continue,
            Err(refusal) => return Err(refusal.named(name)),
        };
        sheets.take((sheet, is_hidden), rows)?;
    }
    sheets.table(digest, &names)
}

/// The sheets of a workbook so far.
struct Sheets<'a> {
    name: &'a str,
    wanted: Wanted<'a>,
    found: Option<Found>,
    first_row: Option<Vec<String>>,
    /// Rows of sheets without the header, in front of the one that has it.
    outside: Vec<TableRow>,
}

/// The sheets that have the header, as one table.
struct Found {
    sheet: String,
    is_hidden: bool,
    header: Vec<String>,
    header_line: i64,
    above: Vec<TableRow>,
    rows: Vec<TableRow>,
    /// The rows by which another sheet is known to be a copy.
    known: BTreeSet<Vec<String>>,
    passed: Vec<(LineKind, u64)>,
}

impl Sheets<'_> {
    fn take(
        &mut self,
        (sheet, is_hidden): (&str, bool),
        mut rows: Vec<TableRow>,
    ) -> Result<(), TableError> {
        let is_other = self.wanted.sheet.is_some_and(|wanted| wanted != sheet);
        let of_head = rows.iter().take(HEADER_ROWS_MAX);
        let at = of_head.clone().position(|row| (self.wanted.is_header)(&texts(row)));
        let Some(at) = at.filter(|_| !is_other) else {
            self.first_row = self.first_row.take().or(rows.first().map(texts));
            self.pass_by(sheet, rows, is_other);
            return Ok(());
        };
        let header_line = rows.get(at).map_or(0, |row| row.line);
        let mut header = rows.get(at).map(texts).unwrap_or_default();
        without_empty_end(&mut header);
        let below = rows.split_off(at.saturating_add(1));
        rows.truncate(at);
        let head_lines = u64::try_from(header_line).unwrap_or(0);
        let passed = vec![
            (LineKind::Header, 1),
            (LineKind::Preamble, count(rows.len())),
            (LineKind::Blank, head_lines.saturating_sub(count(rows.len()).saturating_add(1))),
        ];
        let known = below.iter().map(texts).filter(|cells| is_telling(cells)).collect();
        let Some(found) = &mut self.found else {
            let (sheet, above, rows) = (sheet.to_owned(), rows, below);
            let found = Found { sheet, is_hidden, header, header_line, above, rows, known, passed };
            self.found = Some(found);
            return Ok(());
        };
        let two = || TableError::TwoSheets {
            name: self.name.to_owned(),
            first: found.sheet.clone(),
            second: sheet.to_owned(),
        };
        if !self.wanted.continues || found.header != header {
            return Err(two());
        }
        found.passed.extend(passed);
        let has_same_rows = below.len() == found.rows.len()
            && below.iter().zip(&found.rows).all(|(row, first)| texts(row) == texts(first));
        if has_same_rows {
            // A copy of the sheet says nothing more.
            let gaps = below.iter().fold(0_u64, |gaps, row| gaps.saturating_add(row.blank_before));
            found.passed.extend([(LineKind::Comment, count(below.len())), (LineKind::Blank, gaps)]);
            return Ok(());
        }
        // Nobody sees what stands on a hidden sheet: it is not certain that it continues one that is seen.
        if found.is_hidden != is_hidden || found.known.intersection(&known).next().is_some() {
            return Err(two());
        }
        found.known.extend(known);
        found.rows.extend(below.into_iter().map(|row| TableRow { sheet: sheet.into(), ..row }));
        Ok(())
    }

    /// A sheet without the header: what stands on it may be rows all the same, where it comes behind one
    /// that has the header.
    fn pass_by(&mut self, sheet: &str, rows: Vec<TableRow>, is_other: bool) {
        if !self.wanted.continues {
            return;
        }
        let rows =
            rows.into_iter().map(|row| TableRow { sheet: sheet.into(), is_outside: true, ..row });
        match &mut self.found {
            Some(found) if !is_other => found.rows.extend(rows),
            Some(Found { passed, .. }) => passed.extend(rows.flat_map(|row| preamble(&row))),
            None => self.outside.extend(rows),
        }
    }

    fn table(self, digest: String, names: &[String]) -> Result<Table, TableError> {
        let Some(Found { sheet, header, header_line, above, rows, mut passed, .. }) = self.found
        else {
            if let Some(wanted) =
                self.wanted.sheet.filter(|wanted| !names.iter().any(|it| it == wanted))
            {
                return Err(TableError::NoSheet {
                    name: self.name.to_owned(),
                    sheet: wanted.to_owned(),
                    sheets: names.iter().map(|it| cell::shown(it)).collect::<Vec<_>>().join(", "),
                });
            }
            return Err(no_header(self.name, self.wanted, &self.first_row.unwrap_or_default()));
        };
        passed.extend(self.outside.iter().flat_map(preamble));
        let width = header.len();
        let of_rows = rows.iter().map(|row| row.blank_before.saturating_add(1));
        let lines = passed.iter().map(|(_, lines)| *lines).chain(of_rows);
        let lines = lines.fold(0, u64::saturating_add);
        let rows = rows.into_iter().map(move |mut row| {
            if row.cells.len() < width {
                // Cells without a value are not in the file.
                row.cells.resize_with(width, TableCell::default);
            }
            fitted(row, width)
        });
        let rows = Box::new(rows);
        let encoding = "xlsx";
        Ok(Table { header, digest, encoding, sheet, header_line, above, passed, lines, rows })
    }
}

/// The lines of a row that is only passed by.
fn preamble(row: &TableRow) -> [(LineKind, u64); 2] {
    [(LineKind::Preamble, 1), (LineKind::Blank, row.blank_before)]
}

fn texts(row: &TableRow) -> Vec<String> {
    row.cells.iter().map(|cell| cell.text.clone()).collect()
}

/// Whether a row says enough to be known again.
fn is_telling(cells: &[String]) -> bool {
    const VALUES: usize = 3;
    cells.iter().filter(|cell| !cell.is_empty()).count() >= VALUES
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

/// Refuses what unpacks to more than memory should hold.
fn bounded(bytes: &[u8], name: &str) -> Result<(), TableError> {
    let broken = |error: zip::result::ZipError| TableError::Workbook {
        name: name.to_owned(),
        problem: cell::shown(&error.to_string()),
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).map_err(broken)?.size());
    }
    if unpacked > UNPACKED_BYTES_MAX {
        return Err(TableError::TooLarge { name: name.to_owned(), limit: "512 MB unpacked" });
    }
    Ok(())
}

enum Refusal {
    Book(XlsxError),
    TooLarge,
}

impl Refusal {
    fn named(self, name: &str) -> TableError {
        let name = name.to_owned();
        match self {
            Self::Book(error) => {
                TableError::Workbook { name, problem: cell::shown(&error.to_string()) }
            }
            Self::TooLarge => TableError::TooLarge { name, limit: "4 million cells on a sheet" },
        }
    }
}

/// The rows of a sheet that have a value; each as long as its last value is to the right.
fn rows(book: &mut Book, sheet: &str) -> Result<Vec<TableRow>, Refusal> {
    let mut digits = digits_shown(book, sheet)?.into_iter().peekable();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(Refusal::Book)?;
    let mut rows: Vec<TableRow> = Vec::new();
    let mut count = 0_usize;
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(Refusal::Book)? {
        let (row, column) = found.pos;
        while digits.peek().is_some_and(|(pos, _)| *pos < found.pos) {
            digits.next();
        }
        let shown = digits.peek().filter(|(pos, _)| *pos == found.pos).map(|(_, digits)| *digits);
        let mut value = read(&found.value);
        if let (Some(digits), None, DataRef::Float(_) | DataRef::Int(_)) =
            (shown, value.damage, &found.value)
        {
            value.text = padded(&value.text, digits);
        }
        if found.formula.is_some() && matches!(found.value, DataRef::Empty) {
            // A program has written the formula, and nobody has worked it out.
            let damage = Some(RejectionReason::NoFormulaValue);
            value = TableCell { text: NOT_WORKED_OUT.to_owned(), damage };
        }
        if value.text.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        let line = i64::from(row).saturating_add(1);
        if rows.last().is_none_or(|last| last.line != line) {
            let before = rows.last().map_or(0, |last| last.line);
            let blank = line.saturating_sub(before).saturating_sub(1);
            let blank_before = u64::try_from(blank).unwrap_or(0);
            rows.push(TableRow { line, blank_before, ..TableRow::default() });
        }
        count = count.saturating_add(1);
        if count > CELLS_MAX {
            return Err(Refusal::TooLarge);
        }
        let Some(last) = rows.last_mut() else { continue };
        let at = usize::try_from(column).unwrap_or(usize::MAX);
        while last.cells.len() < at {
            last.cells.push(TableCell::default());
        }
        last.cells.push(value);
    }
    Ok(rows)
}

/// A cell's row and column, and how many digits its number format shows.
type Digits = ((u32, u32), usize);

/// The cells of which the number format says how many digits are shown, in the order of the file: a
/// format of nothing but zeros.
fn digits_shown(book: &mut Book, sheet: &str) -> Result<Vec<Digits>, Refusal> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(Refusal::Book)?;
    let digits = |style: &Style| {
        let code = style.number_format.as_ref()?.format_code.as_str();
        let is_zeros = code.len() > 1 && code.bytes().all(|byte| byte == b'0');
        is_zeros.then_some(code.len())
    };
    let of_styles: Vec<_> = cells.styles().iter().map(digits).collect();
    let mut found = Vec::new();
    if of_styles.iter().all(Option::is_none) {
        return Ok(found);
    }
    while let Some((row, column, style)) = cells.next_style_id().map_err(Refusal::Book)? {
        if let Some(Some(digits)) = of_styles.get(style) {
            found.push(((row, column), *digits));
        }
    }
    Ok(found)
}

/// A whole number with the zeros in front that its format shows.
fn padded(number: &str, digits: usize) -> String {
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{number:0>digits$}")
    } else {
        number.to_owned()
    }
}

/// What a cell says.
fn read(value: &DataRef<'_>) -> TableCell {
    let plain = |text: String| TableCell { text, damage: None };
    let typed = |text: &str| plain(cell::clean(text).to_owned());
    match value {
        DataRef::Empty => TableCell::default(),
        DataRef::String(text) => typed(text),
        DataRef::SharedString(text) => typed(text),
        DataRef::Bool(true) => plain("TRUE".to_owned()),
        DataRef::Bool(false) => plain("FALSE".to_owned()),
        DataRef::Int(number) => plain(number.to_string()),
        DataRef::Float(number) => number_text(*number),
        DataRef::DateTime(moment) => plain(moment_text(moment)),
        DataRef::DateTimeIso(text) => plain(text.replace('T', " ")),
        DataRef::DurationIso(text) => plain(text.clone()),
        DataRef::Error(error) => {
            TableCell { text: error.to_string(), damage: Some(RejectionReason::Missing) }
        }
    }
}

/// A number as Excel shows it at full length: with the 15 digits that it keeps. A whole number that
/// needs more has lost some.
fn number_text(number: f64) -> TableCell {
    // `-1.23450000000000e2`: the digits and where the point stands.
    let scientific = format!("{number:.14e}");
    let parts = scientific
        .split_once('e')
        .and_then(|(mantissa, exponent)| Some((mantissa, exponent.parse::<i64>().ok()?)));
    let Some((mantissa, exponent)) = parts else {
        return TableCell { text: scientific, damage: Some(RejectionReason::Scientific) };
    };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    if exponent >= DIGITS_KEPT {
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        let text = format!("{sign}{mantissa}E+{exponent}");
        return TableCell { text, damage: Some(RejectionReason::Scientific) };
    }
    let digits = mantissa.replace('.', "");
    let (whole, decimals) = if let Ok(places) = usize::try_from(exponent) {
        let (whole, decimals) =
            digits.split_at_checked(places.saturating_add(1)).unwrap_or((&digits, ""));
        (whole.to_owned(), decimals.to_owned())
    } else {
        let zeros = usize::try_from(exponent.saturating_neg().saturating_sub(1)).unwrap_or(0);
        ("0".to_owned(), format!("{}{digits}", "0".repeat(zeros)))
    };
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    let sign = if whole == "0" && decimals.is_empty() { "" } else { sign };
    TableCell { text: format!("{sign}{whole}{point}{decimals}"), damage: None }
}

/// A date, with its time of day where that is not midnight; a time of day alone.
fn moment_text(moment: &ExcelDateTime) -> String {
    let Some(at) = moment.as_datetime().and_then(to_the_second) else {
        return number_text(moment.as_f64()).text;
    };
    if moment.is_duration() {
        return at.format("%H:%M:%S").to_string();
    }
    if at.time() == NaiveTime::MIN {
        return at.format("%Y-%m-%d").to_string();
    }
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Fractions of a day are not exact: the nearest second is meant.
fn to_the_second(at: NaiveDateTime) -> Option<NaiveDateTime> {
    at.checked_add_signed(TimeDelta::milliseconds(500))?.with_nanosecond(0)
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_become_the_text_that_they_were() {
        let table = [
            (0.0, "0", false),
            (-0.0, "0", false),
            (100.0, "100", false),
            (123.45, "123.45", false),
            (-0.01, "-0.01", false),
            (0.1 + 0.2, "0.3", false),
            (0.000_012, "0.000012", false),
            (99_999_999_999.99, "99999999999.99", false),
            (202_611_200_000_017.0, "202611200000017", false),
            (999_999_999_999_999.0, "999999999999999", false),
            (2_026_112_000_000_017.0, "2.02611200000002E+15", true),
            (2.026_112e19, "2.026112E+19", true),
            (1e300, "1E+300", true),
        ];
        for (number, text, damaged) in table {
            let cell = number_text(number);
            let damage = damaged.then_some(RejectionReason::Scientific);
            assert_eq!(cell, TableCell { text: text.to_owned(), damage }, "{number}");
        }
    }

    #[test]
    fn dates_are_exact_to_the_second() {
        let of_1904 =
            |serial| moment_text(&ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, true));
        // Workbooks of old Macs count days from 1904.
        assert_eq!(of_1904(44_884.0), "2026-11-20");
        assert_eq!(of_1904(44_884.336_909_722_22), "2026-11-20 08:05:09");
        let text = |serial, kind| moment_text(&ExcelDateTime::new(serial, kind, false));
        let date = ExcelDateTimeType::DateTime;
        assert_eq!(text(46_346.0, date), "2026-11-20");
        assert_eq!(text(46_346.336_909_722_22, date), "2026-11-20 08:05:09");
        assert_eq!(text(46_346.999_994, date), "2026-11-20 23:59:59");
        assert_eq!(text(0.5, ExcelDateTimeType::TimeDelta), "12:00:00");
    }
}
