//! The discrepancy file as it comes back from the clerk: which columns it has, and what a row says.
//!
//! Both languages, any order of the columns, further columns ignored. What the clerk decided stands
//! under 处理方式, 处理人 and 处理备注; the figures tell what the clerk saw.

use std::path::Path;

use crate::config::Language;
use crate::intake::table::{self, Table, TableError, TableRow, Wanted, folded};
use crate::intake::{cell, shown_value};
use crate::report::columns::FileKind;
use crate::report::words::Word;
use crate::resolution::seen::{Column, SeenColumns};
use crate::resolution::{Reason, Refusal};

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
    let is_header = |names: &[String]| {
        places(names, "discrepancy_id").next().is_some()
            && places(names, "resolution").next().is_some()
    };
    let wanted = Wanted {
        is_header: &is_header,
        columns: "差异编号 (discrepancy_id) and 处理方式 (resolution)",
        continues: false,
        sheet: None,
    };
    let table = table::open(path, name, wanted)?;
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
    Ok(ResolutionsFile { table, id, resolution, resolved_by, note, seen })
}

impl ResolutionsFile {
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
        if let Some(problem) = row.problem {
            return Err(Refusal::Row(problem));
        }
        let text = |at: Option<usize>| at.map_or("", |at| none_or(row.shown(at))).to_owned();
        let (person, note) = (text(self.resolved_by), text(self.note));
        let word = none_or(row.shown(self.resolution));
        if word.is_empty() {
            return Ok(Written { reason: None, person, note });
        }
        let unknown = || Refusal::UnknownWord { word: shown_value(word) };
        let reason = reason(word).ok_or_else(unknown)?;
        Ok(Written { reason: Some(reason), person, note })
    }
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
}
