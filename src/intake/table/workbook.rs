//! The table of a workbook: which sheet, and what its cells say as text.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use chrono::{NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::{
    HEADER_ROWS_MAX, Table, TableCell, TableError, TableRow, Wanted, checked, no_header,
    without_empty_end,
};
use crate::intake::cell;
use crate::order::RejectionReason;

/// Bytes that the parts of a workbook may have, unpacked.
const UNPACKED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Cells with a value that a sheet may have.
const CELLS_MAX: usize = 4_000_000;

/// Columns that are looked at.
const COLUMNS_MAX: u32 = 512;

/// Digits of a number that a spreadsheet keeps.
const DIGITS_KEPT: i64 = 15;

type Book = Xlsx<Cursor<Vec<u8>>>;

/// Opens the one sheet that has the wanted header.
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
    let mut first_row = None;
    let mut found: Option<Found> = None;
    for sheet in book.sheet_names() {
        let mut rows = match rows(&mut book, &sheet, HEADER_ROWS_MAX) {
            Ok(rows) => rows,
            // A sheet that is a chart has no cells.
            Err(Refusal::Book(XlsxError::NotAWorksheet(_))) => continue,
            Err(refusal) => return Err(refusal.named(name)),
        };
        let names = |row: &TableRow| -> Vec<String> {
            row.cells.iter().map(|cell| cell.text.clone()).collect()
        };
        let Some(at) = rows.iter().position(|row| (wanted.is_header)(&names(row))) else {
            first_row = first_row.or(rows.first().map(names));
            continue;
        };
        if let Some(Found { sheet: first, .. }) = found {
            return Err(TableError::TwoSheets { name: name.to_owned(), first, second: sheet });
        }
        let mut header = rows.get(at).map(names).unwrap_or_default();
        without_empty_end(&mut header);
        let header_line = rows.get(at).map_or(0, |row| row.line);
        rows.truncate(at);
        let above = rows;
        rows = self::rows(&mut book, &sheet, usize::MAX).map_err(|refusal| refusal.named(name))?;
        rows.retain(|row| row.line > header_line);
        found = Some(Found { sheet, header, above, rows });
    }
    let Some(Found { sheet, header, above, rows }) = found else {
        return Err(no_header(name, wanted, &first_row.unwrap_or_default()));
    };
    let width = header.len();
    let rows = rows.into_iter().filter_map(move |mut row| {
        if row.cells.len() < width {
            // Cells without a value are not in the file.
            row.cells.resize_with(width, TableCell::default);
        }
        checked(row.line, row.cells, width, row.problem)
    });
    Ok(Table { header, digest, encoding: "xlsx", sheet, above, rows: Box::new(rows) })
}

/// The sheet that has the header.
struct Found {
    sheet: String,
    header: Vec<String>,
    above: Vec<TableRow>,
    rows: Vec<TableRow>,
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

/// The first rows of a sheet that have a value; each as long as its last value is to the right.
fn rows(book: &mut Book, sheet: &str, most: usize) -> Result<Vec<TableRow>, Refusal> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(Refusal::Book)?;
    let mut rows: Vec<TableRow> = Vec::new();
    let mut count = 0_usize;
    while let Some(found) = cells.next_cell().map_err(Refusal::Book)? {
        let (row, column) = found.get_position();
        let value = read(found.get_value());
        if value.text.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        let line = i64::from(row).saturating_add(1);
        if rows.last().is_none_or(|last| last.line != line) {
            if rows.len() == most {
                return Ok(rows);
            }
            rows.push(TableRow { line, problem: None, cells: Vec::new() });
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
        let text = |serial, kind| moment_text(&ExcelDateTime::new(serial, kind, false));
        let date = ExcelDateTimeType::DateTime;
        assert_eq!(text(46_346.0, date), "2026-11-20");
        assert_eq!(text(46_346.336_909_722_22, date), "2026-11-20 08:05:09");
        assert_eq!(text(46_346.999_994, date), "2026-11-20 23:59:59");
        assert_eq!(text(0.5, ExcelDateTimeType::TimeDelta), "12:00:00");
    }
}
