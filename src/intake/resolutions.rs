//! The discrepancy file as it comes back from the clerk: which columns it has, and what a row says.
//!
//! Both languages, any order of the columns, further columns ignored. What the clerk decided stands
//! under 处理方式, 处理人 and 处理备注; the figures tell what the clerk saw.
//!
//! In the workbook the clerk may decide on the first sheet as well, which has only few columns: what stands
//! there is taken for the row of the same discrepancy. In the file or sheet of causes a row decides about all
//! that the cause claims.

use std::collections::BTreeMap;
use std::path::Path;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::intake::table::{self, Table, TableError, TableRow, Wanted};
use crate::intake::{cell, shown_value};
use crate::report::columns::{FileKind, today};
use crate::resolution::{Reason, Refusal};
use crate::text::folded;
use crate::wording::Word;

pub mod seen;

use seen::{Column, SeenColumns};

/// A file that cannot be read as decisions.
#[derive(Debug, thiserror::Error)]
pub enum ResolutionsError {
    /// It is no table, or not the one of the discrepancies.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The columns that tell what the clerk saw are not all there.
    #[error(
        "{name} has no column {missing}: keep the columns of the discrepancy file, they tell what \
         was seen when the decision was made"
    )]
    Columns {
        /// The file.
        name: String,
        /// Their names in Chinese and English.
        missing: String,
    },
    /// Two columns have the name of one that is needed.
    #[error("{name} has two columns {column:?}: it is not certain which one counts")]
    TwoColumns {
        /// The file.
        name: String,
        /// The name.
        column: String,
    },
}

/// A file of decisions. Its rows come by iterating over the table.
pub struct ResolutionsFile {
    /// The rows.
    pub table: Table,
    id: usize,
    resolution: usize,
    resolved_by: Option<usize>,
    note: Option<usize>,
    /// Where the figures are.
    pub seen: SeenColumns,
    /// What is decided on the workbook's first sheet, by the discrepancy's id.
    today: BTreeMap<String, Vec<Cells>>,
}

/// What stands under 处理方式, 处理人 and 处理备注.
type Cells = [String; 3];

/// A row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedRow {
    /// The row, with the decision of the first sheet where there is one.
    pub row: TableRow,
    /// The row as it stands, where something else is decided in it than on the first sheet.
    pub other: Option<TableRow>,
}

/// What the clerk wrote in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Why; `None` where nothing is decided.
    pub reason: Option<Reason>,
    /// Who; empty where the column is empty.
    pub person: String,
    /// The note.
    pub note: String,
}

/// Opens a discrepancy file, CSV or workbook.
///
/// # Errors
///
/// [`ResolutionsError`] when it is none, or lacks a column.
pub fn open(path: &Path, name: &str) -> Result<ResolutionsFile, ResolutionsError> {
    let has = |names: &[String], code: &str| places(names, code).next().is_some();
    let is_decided = |names: &[String]| has(names, "discrepancy_id") && has(names, "resolution");
    let is_full = |names: &[String]| is_decided(names) && !is_today(names);
    let wanted = |is_header| Wanted {
        is_header,
        columns: "差异编号 (discrepancy_id) and 处理方式 (resolution)",
        continues: false,
        sheet: None,
    };
    // The first sheet alone lacks columns, and which ones is said.
    let table = table::open(path, name, wanted(&is_full))
        .or_else(|_| table::open(path, name, wanted(&is_decided)))?;
    let today = if table.encoding == "xlsx" && !is_today(&table.header) {
        today_of(path, name, wanted(&|names| is_decided(names) && is_today(names)))?
    } else {
        BTreeMap::new()
    };
    let names = &table.header;
    let find = |code: &str| -> Result<Option<Column>, ResolutionsError> {
        let mut found = places(names, code);
        let first = found.next();
        let (Some(_), Some((_, column))) = (first, found.next()) else {
            return Ok(first.map(|(at, name)| Column { at, name: name.to_owned() }));
        };
        Err(ResolutionsError::TwoColumns { name: name.to_owned(), column: column.to_owned() })
    };
    let mut missing = Vec::new();
    let mut need = |code: &str| -> Result<Column, ResolutionsError> {
        let found = find(code)?;
        if found.is_none() {
            missing.push(format!("{} ({code})", zh_of(code)));
        }
        Ok(found.unwrap_or(Column { at: 0, name: String::new() }))
    };
    let (id, resolution) = (need("discrepancy_id")?.at, need("resolution")?.at);
    let seen = SeenColumns {
        kind: need("type")?,
        state: need("state")?,
        merchant_amount: need("merchant_amount")?,
        provider_amount: need("provider_amount")?,
        difference: need("difference")?,
        merchant_status: need("merchant_status")?,
        provider_status: need("provider_status")?,
    };
    if !missing.is_empty() {
        return Err(ResolutionsError::Columns {
            name: name.to_owned(),
            missing: missing.join(", "),
        });
    }
    let resolved_by = find("resolved_by")?.map(|column| column.at);
    let note = find("resolution_note")?.map(|column| column.at);
    Ok(ResolutionsFile { table, id, resolution, resolved_by, note, seen, today })
}

/// A row of the file of causes in which something is decided: it is about every discrepancy that the cause claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRow {
    /// Its number in Excel.
    pub line: i64,
    /// The cause's id.
    pub id: String,
    /// The date of the report in which the cause stands; `None` where it cannot be read.
    pub date: Option<BusinessDate>,
    /// What the clerk wrote.
    pub written: Result<Written, Refusal>,
}

/// The rows of a file's table of causes; `None` where it has no such table.
///
/// # Errors
///
/// [`ResolutionsError::Table`] where the file cannot be read.
pub fn causes(path: &Path, name: &str) -> Result<Option<Vec<CauseRow>>, ResolutionsError> {
    let place = |names: &[String], code: &str| {
        let mut ours = FileKind::Patterns.columns().iter().filter(|column| column.code == code);
        let ours = ours.next().map(|column| [folded(column.code), folded(column.zh)]);
        names.iter().position(|name| ours.as_ref().is_some_and(|ours| ours.contains(&folded(name))))
    };
    let is_header = |names: &[String]| {
        // The discrepancies name their causes, too; only a cause has a count.
        ["pattern_id", "count", "resolution"].iter().all(|code| place(names, code).is_some())
            && places(names, "discrepancy_id").next().is_none()
    };
    let wanted = Wanted {
        is_header: &is_header,
        columns: "原因编号 (pattern_id) and 处理方式 (resolution)",
        continues: false,
        sheet: None,
    };
    let table = match table::open(path, name, wanted) {
        Ok(table) => table,
        Err(TableError::NoHeader { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let codes = ["pattern_id", "business_date", "resolution", "resolved_by", "resolution_note"];
    let [id, date, resolution, person, note] = codes.map(|code| place(&table.header, code));
    let text = |row: &TableRow, at: Option<usize>| at.map_or("", |at| row.shown(at)).to_owned();
    let row = |row: TableRow| CauseRow {
        line: row.line,
        id: text(&row, id).to_uppercase(),
        date: text(&row, date).split(' ').next().and_then(BusinessDate::parse),
        written: written(&row, [resolution, person, note].map(|at| text(&row, at))),
    };
    Ok(Some(table.map(row).collect()))
}

/// Whether a header is that of the workbook's first sheet.
fn is_today(names: &[String]) -> bool {
    names.iter().any(|name| today::MARK.iter().any(|mark| folded(mark) == folded(name)))
}

/// What is decided on the first sheet; nothing where the workbook has none.
fn today_of(
    path: &Path,
    name: &str,
    wanted: Wanted<'_>,
) -> Result<BTreeMap<String, Vec<Cells>>, ResolutionsError> {
    let table = match table::open(path, name, wanted) {
        Ok(table) => table,
        Err(TableError::NoHeader { .. }) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    let place = |code: &str| places(&table.header, code).next().map(|(at, _)| at);
    let codes = ["discrepancy_id", "resolution", "resolved_by", "resolution_note"];
    let [id, resolution, person, note] = codes.map(place);
    let mut today: BTreeMap<String, Vec<Cells>> = BTreeMap::new();
    for row in table {
        let text = |at: Option<usize>| at.map_or("", |at| row.shown(at)).to_owned();
        let cells = [text(resolution), text(person), text(note)];
        let decided = today.entry(text(id).to_uppercase()).or_default();
        if !cells.iter().all(String::is_empty) && !decided.contains(&cells) {
            decided.push(cells);
        }
    }
    today.retain(|_, cells| !cells.is_empty());
    Ok(today)
}

impl ResolutionsFile {
    /// The rows of the file, each with what is decided of it on the first sheet; then what is decided there of
    /// discrepancies that have no row.
    pub fn rows(&mut self) -> Vec<DecidedRow> {
        let mut today = std::mem::take(&mut self.today);
        let rows: Vec<TableRow> = self.table.by_ref().collect();
        let mut decided = Vec::new();
        for row in rows {
            let cells = today.remove(&self.id(&row)).unwrap_or_default();
            if cells.is_empty() {
                decided.push(DecidedRow { row, other: None });
                continue;
            }
            for cells in cells {
                let is_other = !row.shown(self.resolution).is_empty() && cells != self.cells(&row);
                let other = is_other.then(|| row.clone());
                decided.push(DecidedRow { row: self.filled(row.clone(), cells), other });
            }
        }
        for (id, cells) in today {
            for cells in cells {
                let row = TableRow::default().with([(self.id, id.clone())]);
                decided.push(DecidedRow { row: self.filled(row, cells), other: None });
            }
        }
        decided
    }

    fn cells(&self, row: &TableRow) -> Cells {
        let text = |at: Option<usize>| at.map_or("", |at| row.shown(at)).to_owned();
        [text(Some(self.resolution)), text(self.resolved_by), text(self.note)]
    }

    fn filled(&self, row: TableRow, [word, person, note]: Cells) -> TableRow {
        let places = [(Some(self.resolution), word), (self.resolved_by, person), (self.note, note)];
        row.with(places.into_iter().filter_map(|(at, text)| Some((at?, text))))
    }

    /// The id that a row is about.
    pub fn id(&self, row: &TableRow) -> String {
        row.shown(self.id).to_uppercase()
    }

    /// What is decided in a row.
    ///
    /// # Errors
    ///
    /// [`Refusal`] for a row that cannot be read and an unknown word.
    pub fn written(&self, row: &TableRow) -> Result<Written, Refusal> {
        written(row, self.cells(row))
    }
}

/// What is decided in a row, by what stands under 处理方式, 处理人 and 处理备注.
fn written(row: &TableRow, cells: Cells) -> Result<Written, Refusal> {
    if let Some(problem) = row.problem {
        return Err(Refusal::Row(problem));
    }
    let [word, person, note] = cells.map(|text| none_or(&text).to_owned());
    if word.is_empty() {
        return Ok(Written { reason: None, person, note });
    }
    let unknown = || Refusal::UnknownWord { word: shown_value(&word) };
    let reason = reason(&word).ok_or_else(unknown)?;
    Ok(Written { reason: Some(reason), person, note })
}

/// What stands in a cell; empty where it is what people and programs write for nothing.
fn none_or(text: &str) -> &str {
    if cell::is_null_word(text) { "" } else { cell::optional(text) }
}

/// The reason of a word in either language, without regard to space, width, case and underscores.
pub fn reason(word: &str) -> Option<Reason> {
    let plain = |word: &str| folded(word).replace(['_', '-'], "");
    let word = plain(word);
    let mut all = Reason::ALL.iter().copied();
    all.find(|reason| Language::ALL.iter().any(|language| plain(reason.word(*language)) == word))
}

/// The columns that have this name in either language, with or without a unit behind it.
fn places<'a>(names: &'a [String], code: &str) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
    let ours = [folded(code), folded(zh_of(code))];
    names.iter().enumerate().filter_map(move |(at, name)| {
        let found = folded(name);
        let bare = found.split_once('(').map_or(found.as_str(), |(bare, _)| bare);
        ours.iter().any(|ours| ours == bare).then_some((at, name.as_str()))
    })
}

fn zh_of(code: &str) -> &'static str {
    let mut columns = FileKind::Discrepancies.columns().iter();
    columns.find(|column| column.code == code).map_or("", |column| column.zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood_however_they_are_typed() {
        let table = [
            ("补单", Some(Reason::OrderCompleted)),
            (" 补 单 ", Some(Reason::OrderCompleted)),
            ("Order completed", Some(Reason::OrderCompleted)),
            ("ORDER_COMPLETED", Some(Reason::OrderCompleted)),
            ("ｗｒｉｔｔｅｎ＿ｏｆｆ", Some(Reason::WrittenOff)),
            ("核销", Some(Reason::WrittenOff)),
            ("补单了", None),
            ("-", None),
        ];
        for (word, expected) in table {
            assert_eq!(reason(word), expected, "{word}");
        }
    }

    #[test]
    fn what_stands_for_nothing_decides_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.csv");
        let mut text =
            "\u{feff}discrepancy_id,type,state,merchant_amount,provider_amount,difference,\
             merchant_status,provider_status,resolution,resolved_by,resolution_note\r\n"
                .to_owned();
        let words = ["", "-", "——", "无", "nan", "NULL", "#N/A", "补单"];
        for word in words {
            text.extend(["DZ1,,,,,,,,", word, ",", word, ",", word, "\r\n"]);
        }
        text.push('\u{1a}');
        std::fs::write(&path, text).expect("written");
        let mut file = open(&path, "list.csv").expect("a file");
        let rows: Vec<_> = file.table.by_ref().collect();
        assert_eq!(rows.len(), words.len());
        let written: Vec<_> =
            rows.iter().map(|row| file.written(row).expect("what was written")).collect();
        let nothing = Written { reason: None, person: String::new(), note: String::new() };
        assert!(written[..7].iter().all(|written| *written == nothing), "{written:?}");
        assert_eq!((written[7].reason, &*written[7].note), (Some(Reason::OrderCompleted), "补单"));
    }

    #[test]
    fn columns_are_found_in_either_language_with_and_without_unit() {
        let names = ["ID", "差异金额(元)", "Difference", "商户金额（元）"].map(str::to_owned);
        let found = |code| places(&names, code).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(found("difference"), [1, 2]);
        assert_eq!(found("merchant_amount"), [3]);
        assert!(found("discrepancy_id").is_empty());
    }

    /// A workbook with a full sheet and a first sheet of the given rows.
    fn workbook(full: &[[&str; 4]], first: &[[&str; 4]]) -> tempfile::NamedTempFile {
        let mut book = rust_xlsxwriter::Workbook::new();
        let codes = ["discrepancy_id", "resolution", "resolved_by", "resolution_note"];
        let seen = [
            "type",
            "state",
            "merchant_amount",
            "provider_amount",
            "difference",
            "merchant_status",
            "provider_status",
        ];
        let [_, mark] = today::MARK;
        for (rows, more) in [(first, &[mark][..]), (full, &seen[..])] {
            let sheet = book.add_worksheet();
            for (at, name) in (0..).zip(codes.iter().chain(more)) {
                sheet.write_string(2, at, *name).expect("a cell");
            }
            for (row, cells) in (3..).zip(rows) {
                for (at, text) in (0..).zip(cells) {
                    sheet.write_string(row, at, *text).expect("a cell");
                }
            }
        }
        let file = tempfile::NamedTempFile::new().expect("a file");
        book.save(file.path()).expect("a workbook");
        file
    }

    #[test]
    fn what_is_decided_on_the_first_sheet_is_taken_for_the_full_row() {
        let full = [
            ["A", "", "", ""],
            ["B", "", "", ""],
            ["C", "suspense", "li", "waits"],
            ["D", "refunded", "wang", ""],
            ["E", "refunded", "wang", ""],
        ];
        let first = [
            ["A", "refunded", "li", ""],
            ["B", "", "", ""],
            ["C", "adjusted", "li", "booked"],
            ["D", "", "", ""],
            ["E", "refunded", "wang", ""],
            ["X", "refunded", "li", ""],
        ];
        let file = workbook(&full, &first);
        let mut opened = open(file.path(), "a.xlsx").expect("a file");
        let rows = opened.rows();
        let shown = |row: &TableRow| opened.cells(row).join("/") + "/" + &opened.id(row);
        let found: Vec<String> = rows.iter().map(|it| shown(&it.row)).collect();
        let expected = [
            "refunded/li//A",
            "///B",
            "adjusted/li/booked/C",
            "refunded/wang//D",
            "refunded/wang//E",
            "refunded/li//X",
        ];
        assert_eq!(found, expected);
        let others: Vec<Option<String>> =
            rows.iter().map(|it| it.other.as_ref().map(shown)).collect();
        let suspense = Some("suspense/li/waits/C".to_owned());
        assert_eq!(others, [None, None, suspense, None, None, None]);
    }
}
