//! Page and workbook are made again from the manifest and the CSV files, and have to be the ones of the folder.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, DataRef, Reader, Xlsx, XlsxCellReader};
use rust_xlsxwriter::utility::row_col_to_cell;

use crate::report::columns::{FileKind, Overview};
use crate::report::csv::Written;
use crate::report::manifest::Manifest;
use crate::report::overview::Made;
use crate::report::page;
use crate::report::verify::Terms;
use crate::report::workbook::{self, BookError};

/// Differences of a file that are listed.
const LISTED_MAX: usize = 10;

/// Bytes of a page or workbook at most, and what a workbook may unpack to.
pub(super) const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What says how a page or workbook has to be.
const BY_FILES: &str = "by the CSV files and the manifest";

/// Characters of a text that are shown.
const SHOWN_CHARS: usize = 60;

/// Whether page and workbook say what the CSV files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuilt {
    /// Made again, they are the same.
    Same,
    /// Another version wrote them, and may have written them otherwise: they were not compared.
    OtherVersion,
}

impl Rebuilt {
    /// A code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::OtherVersion => "other_version",
        }
    }
}

/// Makes page and workbook of a business date again, of a month its workbook; what differs is added to the problems, by file, row and
/// column.
pub(super) fn check(
    folder: &Path,
    manifest: &Manifest,
    terms: &Terms,
    written: &[(FileKind, Written)],
    problems: &mut Vec<String>,
) -> Rebuilt {
    let (is_new, overviews) = if terms.month.is_some() {
        (manifest.accounts.iter().all(|entry| entry.days.is_some()), Overview::OF_MONTH)
    } else {
        let headline = manifest.headline.as_ref();
        (headline.is_some_and(|it| !it.pending.is_empty()), Overview::ALL)
    };
    if !is_new || manifest.tool.version != env!("CARGO_PKG_VERSION") {
        return Rebuilt::OtherVersion;
    }
    let (voice, encoding) = (terms.voice(), terms.encoding);
    let made = Made { manifest, voice, encoding, date: terms.date, folder, written };
    for which in overviews {
        let name = made.name(*which);
        if !manifest.files.iter().any(|entry| entry.name == name) {
            problems.push(format!("the manifest does not list {name}"));
        }
        // One that cannot be read has been named already.
        let path = folder.join(&name);
        let is_small = fs::metadata(&path).is_ok_and(|it| it.len() <= BYTES_MAX);
        let Some(found) = is_small.then(|| fs::read(&path).ok()).flatten() else { continue };
        let differences = match which {
            Overview::Page => differences_of_page(made, &found),
            Overview::Workbook | Overview::MonthBook => differences_of_book(made, &found),
        };
        match differences {
            Ok(differences) => {
                problems.extend(differences.iter().map(|it| format!("{name}: {it}")));
            }
            Err(problem) => problems.push(format!("{name}: cannot be made again: {problem}")),
        }
    }
    Rebuilt::Same
}

fn differences_of_page(made: Made<'_>, found: &[u8]) -> Result<Vec<String>, String> {
    let again = page::html(made).map_err(|error| error.to_string())?;
    Ok(differences_of_text(&again, found, BY_FILES))
}

/// The lines of a page that are otherwise than they were made again, `by` what.
pub(super) fn differences_of_text(again: &str, found: &[u8], by: &str) -> Vec<String> {
    if again.as_bytes() == found {
        return Vec::new();
    }
    let Ok(found) = std::str::from_utf8(found) else {
        return vec!["is not UTF-8".to_owned()];
    };
    let (mut ours, mut theirs) = (again.lines(), found.lines());
    let mut differences = Vec::new();
    let mut number = 0_u64;
    loop {
        number = number.saturating_add(1);
        let (our, their) = (ours.next(), theirs.next());
        if (our.is_none() && their.is_none()) || differences.len() >= LISTED_MAX {
            break;
        }
        let (our, their) = (our.unwrap_or_default(), their.unwrap_or_default());
        if our != their {
            differences.push(difference_of_lines(number, our, their, by));
        }
    }
    if differences.is_empty() {
        differences.push("ends its lines otherwise than it was written".to_owned());
    }
    differences
}

/// Two lines of a page, of a table the one cell in which they differ.
fn difference_of_lines(number: u64, ours: &str, theirs: &str, by: &str) -> String {
    let (our_cells, their_cells): (Vec<_>, Vec<_>) =
        (ours.split("<td").collect(), theirs.split("<td").collect());
    let mut pairs = our_cells.iter().zip(&their_cells).enumerate();
    let differs = pairs.find(|(_, (our, their))| our != their);
    let id = ours.split("<tr id=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.map_or_else(String::new, |id| format!(" ({id})"));
    match differs {
        Some((column, (our, their))) if column > 0 && our_cells.len() == their_cells.len() => {
            let difference = in_words(&format!("<td{their}"), &format!("<td{our}"), by);
            format!("line {number}{id}, column {column}: {difference}")
        }
        _ => format!("line {number}{id}: {}", in_words(theirs, ours, by)),
    }
}

/// Two pieces of markup by their text, or as they are where they have the same.
fn in_words(theirs: &str, ours: &str, by: &str) -> String {
    let texts = (text_of(theirs), text_of(ours));
    if texts.0 == texts.1 {
        difference(theirs, ours, by)
    } else {
        difference(&texts.0, &texts.1, by)
    }
}

/// Markup without its tags.
fn text_of(markup: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in markup.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn difference(theirs: &str, ours: &str, by: &str) -> String {
    // What is cut would look the same.
    let same = theirs.chars().zip(ours.chars()).take_while(|(a, b)| a == b).count();
    let skipped = if same < SHOWN_CHARS { 0 } else { same.saturating_sub(20) };
    let from = |text: &str| text.chars().skip(skipped).collect::<String>();
    let shown = |text: &str| crate::text::shown(&from(text), SHOWN_CHARS);
    let (theirs, ours) = (shown(theirs), shown(ours));
    format!("says \"{theirs}\"; {by} it is \"{ours}\"")
}

fn differences_of_book(made: Made<'_>, found: &[u8]) -> Result<Vec<String>, String> {
    let mut again = Cursor::new(Vec::new());
    workbook::write(made, None, &mut again).map_err(|error| match error {
        BookError::Rows(error) => error.to_string(),
        BookError::Book(error) => error.to_string(),
    })?;
    let again = again.into_inner();
    if again == found {
        return Ok(Vec::new());
    }
    match compared(made, &again, found) {
        Ok(differences) if differences.is_empty() => {
            Ok(vec!["has the same cells, but was saved by another program".to_owned()])
        }
        Ok(differences) => Ok(differences),
        Err(problem) => Ok(vec![format!("cannot be read as a workbook: {problem}")]),
    }
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

fn opened(bytes: &[u8]) -> Result<Book<'_>, String> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|error| error.to_string())?;
        unpacked = unpacked.saturating_add(part.size());
    }
    if unpacked > BYTES_MAX {
        return Err("it unpacks to more than 512 MB".to_owned());
    }
    Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())
}

fn compared(made: Made<'_>, ours: &[u8], theirs: &[u8]) -> Result<Vec<String>, String> {
    let (mut ours, mut theirs) = (opened(ours)?, opened(theirs)?);
    let (our_names, their_names) = (ours.sheet_names(), theirs.sheet_names());
    if our_names != their_names {
        let names = their_names.join(", ");
        return Ok(vec![format!("has the sheets {names}; written were {}", our_names.join(", "))]);
    }
    let mut differences = Vec::new();
    for name in our_names {
        let ours = ours.worksheet_cells_reader(&name).map_err(|error| error.to_string())?;
        let theirs = theirs.worksheet_cells_reader(&name).map_err(|error| error.to_string())?;
        let header = header(made, &name);
        compare_sheet(ours, theirs, |at, our, their| {
            if differences.len() >= LISTED_MAX {
                return false;
            }
            let (row, column) = at;
            let column_number = u16::try_from(column).unwrap_or(u16::MAX);
            let cell = row_col_to_cell(row, column_number);
            let title = header.get(usize::from(column_number));
            let title = title.map_or_else(String::new, |title| format!(" ({title})"));
            differences.push(format!(
                "sheet {name}, cell {cell}{title}: {}",
                difference(their, our, BY_FILES)
            ));
            true
        })?;
    }
    Ok(differences)
}

/// The names of the columns of a sheet that is a file.
fn header(made: Made<'_>, sheet: &str) -> Vec<String> {
    let language = made.language();
    let kinds = FileKind::ALL.iter().chain(FileKind::OF_MONTH);
    let kind = kinds.into_iter().find(|kind| {
        let rest = sheet.strip_prefix(&*kind.title(language));
        rest.is_some_and(|rest| rest.trim().bytes().all(|byte| byte.is_ascii_digit()))
    });
    kind.map_or_else(Vec::new, |kind| kind.header(language, made.voice.business_day.timezone))
}

type Cells<'a, 'b> = XlsxCellReader<'a, Cursor<&'b [u8]>>;

/// A cell that says something: where, and what.
type Filled = ((u32, u32), String);

fn next(cells: &mut Cells<'_, '_>) -> Result<Option<Filled>, String> {
    while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
        let text = text(cell.get_value());
        if !text.is_empty() {
            return Ok(Some((cell.get_position(), text)));
        }
    }
    Ok(None)
}

fn text(value: &DataRef<'_>) -> String {
    if let DataRef::DateTime(moment) = value {
        return moment.as_datetime().map_or_else(|| moment.to_string(), |at| at.to_string());
    }
    Data::from(value.clone()).to_string()
}

/// Walks two sheets side by side, cell by cell in the order of the file; stops where `differs` says so.
fn compare_sheet(
    mut ours: Cells<'_, '_>,
    mut theirs: Cells<'_, '_>,
    mut differs: impl FnMut((u32, u32), &str, &str) -> bool,
) -> Result<(), String> {
    let (mut our, mut their) = (next(&mut ours)?, next(&mut theirs)?);
    loop {
        let goes_on = match (&our, &their) {
            (None, None) => return Ok(()),
            (Some((at, text)), Some((other, found))) if at == other => {
                let goes_on = text == found || differs(*at, text, found);
                (our, their) = (next(&mut ours)?, next(&mut theirs)?);
                goes_on
            }
            (Some((at, text)), rest) if rest.as_ref().is_none_or(|(other, _)| at < other) => {
                let goes_on = differs(*at, text, "");
                our = next(&mut ours)?;
                goes_on
            }
            (_, Some((at, found))) => {
                let goes_on = differs(*at, "", found);
                their = next(&mut theirs)?;
                goes_on
            }
            (Some(_), None) => false,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_differs_is_named_by_its_row_and_column() {
        let row = |amount: &str| {
            format!("<tr id=\"DZ1\"><td class=\"id\">A1</td><td class=\"n\">{amount}</td></tr>")
        };
        let found = difference_of_lines(7, &row("1.00"), &row("2.00"), BY_FILES);
        assert_eq!(
            found,
            "line 7 (DZ1), column 2: says \"2.00\"; by the CSV files and the manifest it is \"1.00\""
        );
        let found = difference_of_lines(8, "<p>a</p>", "", BY_FILES);
        assert_eq!(found, "line 8: says \"\"; by the CSV files and the manifest it is \"a\"");
        let link = |to: &str| format!("<a href=\"{to}\">a</a>");
        let found = difference_of_lines(9, &link("x"), &link("y"), BY_FILES);
        assert!(found.contains("href=\"y") && found.contains("href=\"x"), "{found}");
    }

    #[test]
    fn what_differs_late_in_a_text_is_shown() {
        let long = "x".repeat(100);
        let text = difference(&format!("{long}1"), &format!("{long}2"), BY_FILES);
        assert!(text.contains("x1\"") && text.contains("x2\""), "{text}");
    }
}
