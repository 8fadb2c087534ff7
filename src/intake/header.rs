//! Looking for the header of a file: the row that names its columns, below titles and preambles, in a
//! text or on a sheet.

use std::cell::RefCell;
use std::path::Path;

use chrono_tz::Tz;

use crate::intake::content::{self, Content, Form};
use crate::intake::records::Step;
use crate::intake::rows::{self, Rows};
use crate::intake::table::{self, HEADER_ROWS_MAX, TableError, Wanted};
use crate::intake::time::zone_of;
use crate::intake::{IntakeError, cell};
use crate::lines::LineKind;
use crate::text::folded;

/// Columns that a header may have.
const COLUMNS_MAX: usize = 512;

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which value of a row, from 0; `None` where the file has no such column.
    pub(super) at: Option<usize>,
    /// The name in the file's header.
    pub(super) name: String,
}

/// What a file is, as far as its header tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The line of the header, as Excel counts.
    pub line: i64,
    /// What separates values; `None` in a workbook.
    pub separator: Option<char>,
    /// The sheet of a workbook; empty in a text.
    pub sheet: String,
    /// The header's names, without what surrounds them.
    pub names: Vec<String>,
    /// The columns that are read: our name, and which of the names.
    pub used: Vec<(&'static str, usize)>,
    /// The zone of the times, where the file has one of its own.
    pub timezone: Option<Tz>,
}

/// A file, read as far as its header.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) rows: Rows,
    /// The header's names, as they stand there.
    pub(super) names: Vec<String>,
    /// The rows above the header, with their lines.
    pub(super) above: Vec<(i64, Vec<String>)>,
}

/// Which header is looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    /// The file's name in errors.
    pub(super) name: &'a str,
    /// Whether a row is the header.
    pub(super) is_header: &'a dyn Fn(&[String]) -> bool,
    /// The sheet that is meant, where it is said.
    pub(super) sheet: Option<&'a str>,
}

impl Sought<'_> {
    /// Reads a file as far as the header; `None` where it has none. Whoever found it says with
    /// [`Rows::below`] what its rows need.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or several of its sheets could be meant.
    pub(super) fn find(&self, content: &Content) -> Result<Option<Found>, IntakeError> {
        let failed = |source| IntakeError::Read { name: self.name.to_owned(), source };
        if content.form == Form::Workbook {
            return self.in_sheet(content.all().map_err(failed)?);
        }
        let mut tried = Vec::new();
        for separator in [rows::separator(content).map_err(failed)?, b',', b';', b'\t', b'|'] {
            if tried.contains(&separator) {
                continue;
            }
            tried.push(separator);
            let rows = Rows::text(content, separator).map_err(failed)?;
            if let Some(found) = self.in_text(rows, separator).map_err(failed)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn in_text(&self, mut rows: Rows, separator: u8) -> std::io::Result<Option<Found>> {
        let mut above = Vec::new();
        for _ in 0..HEADER_ROWS_MAX {
            let step = rows.advance()?;
            if step == Step::End {
                break;
            }
            let names = rows.cells();
            if step == Step::Row && self.is_header(&names) {
                rows.is(LineKind::Header);
                let head = Head {
                    line: rows.line(),
                    separator: Some(char::from(separator)),
                    names: bare_names(&names),
                    ..Head::default()
                };
                return Ok(Some(Found { head, rows, names, above }));
            }
            rows.is(LineKind::Preamble);
            above.push((rows.line(), names));
        }
        Ok(None)
    }

    fn in_sheet(&self, bytes: Vec<u8>) -> Result<Option<Found>, IntakeError> {
        let is_header = |names: &[String]| self.is_header(names);
        let wanted =
            Wanted { is_header: &is_header, columns: "", continues: true, sheet: self.sheet };
        let mut table = match table::of_workbook(bytes, self.name, wanted) {
            Err(TableError::NoHeader { .. }) => return Ok(None),
            opened => opened?,
        };
        let above = std::mem::take(&mut table.above).into_iter().map(|row| {
            let cells = (0..row.width()).map(|at| row.shown(at).to_owned());
            (row.line, cells.collect())
        });
        let above = above.collect();
        let names = table.header.clone();
        let head = Head {
            line: table.header_line,
            sheet: table.sheet.clone(),
            names: bare_names(&names),
            ..Head::default()
        };
        Ok(Some(Found { head, rows: Rows::sheet(table), names, above }))
    }

    fn is_header(&self, names: &[String]) -> bool {
        names.len() <= COLUMNS_MAX && (self.is_header)(names)
    }
}

/// The row that is likeliest to be meant as a header, where none is one.
#[derive(Default)]
pub(super) struct Likeliest(RefCell<((usize, usize), Vec<String>)>);

impl Likeliest {
    /// Looks at a row that has `found` of the needed names, and `usual` ones that often stand for them.
    pub(super) fn note(&self, (found, usual): (usize, usize), names: &[String]) {
        let mut best = self.0.borrow_mut();
        if (found, usual) > best.0 || best.1.is_empty() {
            *best = ((found, usual), names.to_vec());
        }
    }

    /// Its cells.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.borrow().1.clone()
    }
}

fn bare_names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| bare(name).to_owned()).collect()
}

/// A file that was looked at for whatever may be its header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What it is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16` or `xlsx`.
    pub encoding: &'static str,
    /// The name of the file inside an archive; empty where there is none.
    pub inside: String,
    /// The names of the likeliest header; empty where no row looks like one.
    pub names: Vec<String>,
}

/// Looks for the row that is likeliest to be a file's header: the one of which `score` says most.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read or is no table.
pub(crate) fn look(
    path: &Path,
    name: &str,
    score: &dyn Fn(&[String]) -> usize,
) -> Result<Looked, IntakeError> {
    let content = content::examine(path, name, &|_| true)?;
    let likeliest = Likeliest::default();
    let is_header = |names: &[String]| {
        let names = bare_names(names);
        let count = score(&names);
        if count > 0 {
            likeliest.note((count, 0), &names);
        }
        false
    };
    Sought { name, is_header: &is_header, sheet: None }.find(&content)?;
    let (encoding, inside) = (content.label(), content.inside);
    Ok(Looked { encoding, inside, names: likeliest.names() })
}

/// A name without what may surround it.
pub(super) fn bare(text: &str) -> &str {
    cell::clean(text).trim_matches(['"', '“', '”']).trim()
}

/// The columns with the first of some names that is there: exactly so, else in another width, case or
/// spacing.
pub(super) fn found_as(wanted: &[String], names: &[String]) -> Vec<usize> {
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

/// The one column with the first of some names that is there; `ours` is its name where there is none.
///
/// # Errors
///
/// [`IntakeError::DuplicateColumn`] where there are several.
pub(super) fn place(
    file: &str,
    ours: &str,
    wanted: &[String],
    names: &[String],
) -> Result<Place, IntakeError> {
    let name = |at: usize| names.get(at).map_or("", |name| bare(name)).to_owned();
    match *found_as(wanted, names) {
        [] => Ok(Place { at: None, name: ours.to_owned() }),
        [at] => Ok(Place { at: Some(at), name: name(at) }),
        [at, ref others @ ..] => Err(IntakeError::DuplicateColumn {
            name: file.to_owned(),
            column: name(at),
            count: others.len().saturating_add(1),
        }),
    }
}

/// The columns that have further ones of some names than the first that is there, in the order of the names.
pub(super) fn others(wanted: &[String], names: &[String]) -> Vec<Place> {
    let first = found_as(wanted, names).first().copied();
    let others =
        wanted.iter().filter_map(|theirs| match *found_as(std::slice::from_ref(theirs), names) {
            [at] if Some(at) != first => Some(Place { at: Some(at), name: theirs.clone() }),
            _ => None,
        });
    others.collect()
}

/// The columns of some names, those that are there.
pub(super) fn all(wanted: &[String], names: &[String]) -> Vec<Place> {
    let places = wanted.iter().filter_map(|theirs| {
        let found = found_as(std::slice::from_ref(theirs), names);
        if let [at] = *found { Some(Place { at: Some(at), name: theirs.clone() }) } else { None }
    });
    places.collect()
}

/// The second column of `paid_at = ["交易日期", "交易时间"]`, where the file has both: the first holds the
/// date then, the second the time of day.
pub(super) fn clock(ours: &str, wanted: &[String], names: &[String]) -> Place {
    let second = others(wanted, names).into_iter().next();
    second.unwrap_or_else(|| Place { at: None, name: ours.to_owned() })
}

/// The zone of a file's times: as configured, else as the name of a column says.
///
/// # Errors
///
/// [`IntakeError::Zone`] where it is not certain which one; `section` is where it is configured.
pub(super) fn timezone(
    file: &str,
    section: &'static str,
    configured: Option<Tz>,
    places: &[&Place],
) -> Result<Option<Tz>, IntakeError> {
    let error = |column: &str, problem: String| IntakeError::Zone {
        name: file.to_owned(),
        column: column.to_owned(),
        problem,
        section,
    };
    let mut found = configured;
    for place in places.iter().filter(|place| place.at.is_some()) {
        match zone_of(&place.name) {
            Ok(Some(named)) => {
                if found.is_some_and(|zone| !is_same_zone(zone, named)) {
                    let problem = "another one is named beside it".to_owned();
                    return Err(error(&place.name, problem));
                }
                found = Some(named);
            }
            Err(word) if configured.is_none() => {
                return Err(error(&place.name, format!("{word} is none for certain")));
            }
            Ok(None) | Err(_) => {}
        }
    }
    Ok(found)
}

/// Whether two zones are one for all that a file can tell.
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
