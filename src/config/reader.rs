//! Reading TOML with exact places: every table knows its keys, every value its line.
//!
//! Reading never stops at the first problem: problems are collected in the [`Source`], readers
//! answer `None` for what they could not read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigErrors, ConfigProblem, Wrong, nearest};

/// Characters of a wrong value that a message repeats, at most.
const ECHO_CHARS_MAX: usize = 60;

/// A TOML file that is being read, and what was found wrong with it.
pub(crate) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    problems: RefCell<Vec<ConfigProblem>>,
    warnings: RefCell<Vec<ConfigProblem>>,
}

impl<'a> Source<'a> {
    /// A file by the name that messages use.
    pub(crate) const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, problems: RefCell::new(Vec::new()), warnings: RefCell::new(Vec::new()) }
    }

    /// Parses the file.
    ///
    /// # Errors
    ///
    /// Every syntax error, the first of each line.
    pub(crate) fn parse(&self) -> Result<Spanned<DeTable<'a>>, ConfigErrors> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        let mut problems: Vec<ConfigProblem> = Vec::new();
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            let what = error.message().lines().collect::<Vec<_>>().join(", ");
            let problem = self.locate(at, "", what, String::new());
            if problems.iter().all(|known| known.line != problem.line) {
                problems.push(problem);
            }
        }
        if problems.is_empty() { Ok(table) } else { Err(ConfigErrors { problems }) }
    }

    /// Notes something that must be put right.
    pub(crate) fn problem(&self, at: usize, key: &str, what: String, fix: impl Into<String>) {
        self.problems.borrow_mut().push(self.locate(at, key, what, fix.into()));
    }

    /// Notes something that should be put right.
    pub(crate) fn warn(&self, at: usize, key: &str, what: String, fix: impl Into<String>) {
        self.warnings.borrow_mut().push(self.locate(at, key, what, fix.into()));
    }

    /// Problems so far.
    pub(crate) fn problem_count(&self) -> usize {
        self.problems.borrow().len()
    }

    /// The warnings, in the order of the lines.
    ///
    /// # Errors
    ///
    /// Every problem, in the order of the lines.
    pub(crate) fn finish(self) -> Result<Vec<ConfigProblem>, ConfigErrors> {
        let (problems, warnings) = self.found();
        if problems.is_empty() { Ok(warnings) } else { Err(ConfigErrors { problems }) }
    }

    /// Problems and warnings, each in the order of the lines.
    pub(crate) fn found(self) -> (Vec<ConfigProblem>, Vec<ConfigProblem>) {
        let place = |problem: &ConfigProblem| (problem.line, problem.column);
        let mut problems = self.problems.into_inner();
        let mut warnings = self.warnings.into_inner();
        problems.sort_by_key(place);
        warnings.sort_by_key(place);
        (problems, warnings)
    }

    /// The line of a byte offset, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.locate(at, "", String::new(), String::new()).line
    }

    fn locate(&self, at: usize, key: &str, what: String, fix: String) -> ConfigProblem {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let in_line = before.get(line_start..).unwrap_or_default();
        let (file, key) = (self.file.to_owned(), key.to_owned());
        let line = before.matches('\n').count().saturating_add(1);
        let column = in_line.chars().filter(|c| *c != '\u{feff}').count().saturating_add(1);
        ConfigProblem { file, line, column, key, what, fix }
    }
}

/// A table of another text, as if all of it stood at one place of this one.
pub(crate) fn placed_at<'t>(table: &DeTable<'t>, at: Range<usize>) -> DeTable<'t> {
    let place = |value: &DeValue<'t>| Spanned::new(at.clone(), value_placed_at(value, &at));
    let placed = table.iter().map(|(key, value)| {
        (Spanned::new(at.clone(), key.get_ref().clone()), place(value.get_ref()))
    });
    placed.collect()
}

fn value_placed_at<'t>(value: &DeValue<'t>, at: &Range<usize>) -> DeValue<'t> {
    match value {
        DeValue::Table(table) => DeValue::Table(placed_at(table, at.clone())),
        DeValue::Array(list) => {
            let item = |item: &Spanned<DeValue<'t>>| {
                Spanned::new(at.clone(), value_placed_at(item.get_ref(), at))
            };
            DeValue::Array(list.iter().map(item).collect())
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => value.clone(),
    }
}

/// One table of a file: its keys are known, its values are read by their form.
pub(crate) struct Section<'a> {
    /// Where problems go.
    pub(crate) source: &'a Source<'a>,
    /// How messages call it: `[ledger]`, `[[account]] "zhangxun-main"`.
    pub(crate) place: String,
    /// The byte at which it begins.
    pub(crate) at: usize,
    table: Option<&'a DeTable<'a>>,
    /// What counts where the table does not have a key: see [`Section::over`].
    under: Option<&'a DeTable<'a>>,
    /// Known keys that stand there misspelled, so that they are not called missing as well.
    misspelled: BTreeSet<String>,
}

impl<'a> Section<'a> {
    /// Opens a table and reports the keys that it should not have.
    pub(crate) fn open(
        source: &'a Source<'a>,
        place: &str,
        (at, table): (usize, Option<&'a DeTable<'a>>),
        known: &[&str],
    ) -> Self {
        let place = place.to_owned();
        let misspelled = BTreeSet::new();
        let mut section = Self { source, place, at, table, under: None, misspelled };
        let Some(table) = table else { return section };
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            if known.contains(&name) {
                continue;
            }
            let near = nearest(name, known.iter().copied(), |word| table.contains_key(word));
            section.misspelled.extend(near.map(str::to_owned));
            let (what, fix) = section.unknown(name, value.get_ref(), near, known);
            source.problem(at, name, what, fix);
        }
        section
    }

    /// The same table above another one, whose keys count where this one does not have them; so do those
    /// of its tables. `under` is known to be right, and stands elsewhere: see [`placed_at`].
    #[must_use]
    pub(crate) fn over<'b>(self, under: &'b DeTable<'b>) -> Section<'b>
    where
        'a: 'b,
    {
        let Self { source, place, at, table, misspelled, .. } = self;
        Section { source, place, at, table, under: Some(under), misspelled }
    }

    /// What to say of an unknown key: at the top level, tables are sections.
    fn unknown(
        &self,
        name: &str,
        value: &DeValue<'_>,
        near: Option<&str>,
        known: &[&str],
    ) -> (String, String) {
        let top = self.place.is_empty();
        let section = top && (value.is_table() || is_table_list(value));
        let what = if section {
            format!("unknown section [{name}]")
        } else if top {
            format!("unknown key {name:?} before the first section")
        } else {
            format!("unknown key {name:?} in {}", self.place)
        };
        let fix = match near {
            Some(near @ ("account" | "robots")) if section => format!("did you mean [[{near}]]?"),
            Some(near) if section => format!("did you mean [{near}]?"),
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("known are {}", known.join(", ")),
        };
        (what, fix)
    }

    /// Whether the key stands there, whatever it holds.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Whether the key stands there neither as it should nor misspelled.
    pub(crate) fn lacks(&self, key: &str) -> bool {
        !self.has(key) && !self.misspelled.contains(key)
    }

    /// Reports that a required key is not there, unless it stands there misspelled.
    pub(crate) fn require(&self, key: &str, example: &str) {
        if self.lacks(key) {
            let what = format!("{} has no {key}", self.shown());
            self.source.problem(self.at, key, what, format!("add {key} = {example}"));
        }
    }

    /// Reports a problem with the value of a key.
    pub(crate) fn refuse(&self, key: &str, what: &str, fix: impl Into<String>) {
        let at = self.value(key).map_or(self.at, |value| value.span().start);
        self.source.problem(at, key, format!("{key} in {} {what}", self.place), fix);
    }

    /// Like [`Self::refuse`], but nothing that stops.
    pub(crate) fn warn(&self, key: &str, what: &str, fix: impl Into<String>) {
        let at = self.value(key).map_or(self.at, |value| value.span().start);
        self.source.warn(at, key, format!("{key} in {} {what}", self.place), fix);
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_form(key, value, "text", &self.quoted(key, value));
        }
        text
    }

    /// A text, without a word when it is something else.
    pub(crate) fn peek(&self, key: &str) -> Option<&'a str> {
        self.value(key)?.get_ref().as_str()
    }

    /// A text that means something.
    pub(crate) fn parsed<T>(
        &self,
        key: &str,
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let text = self.text(key)?;
        read(text).map_err(|wrong| self.refuse_text(key, text, &wrong)).ok()
    }

    /// Reports a text that means nothing.
    pub(crate) fn refuse_text(&self, key: &str, text: &str, wrong: &Wrong) {
        let echo: String = text.chars().take(ECHO_CHARS_MAX).collect();
        self.refuse(key, &format!("is {echo:?}, {}", wrong.what), wrong.fix.clone());
    }

    /// A whole number within a range.
    pub(crate) fn whole<T>(&self, key: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let value = self.value(key)?;
        let fix = format!("write a whole number from {} to {}", range.start(), range.end());
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_form(key, value, "a whole number", &fix);
            return None;
        };
        let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let read = read.and_then(|number| T::try_from(number).ok());
        let inside = read.filter(|number| range.contains(number));
        if inside.is_none() {
            self.refuse(key, &format!("is {number}, out of range"), fix);
        }
        inside
    }

    /// A list of whole numbers within a range.
    pub(crate) fn wholes(&self, key: &str, range: RangeInclusive<u32>) -> Option<Vec<u32>> {
        let value = self.value(key)?;
        let (from, to) = (range.start(), range.end());
        let fix = format!("write a list of whole numbers from {from} to {to}, or []");
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_form(key, value, "a list of whole numbers", &fix);
            return None;
        };
        let mut numbers = Vec::new();
        for item in list {
            let Some(number) = item.get_ref().as_integer() else {
                self.wrong_form(key, item, "a list of whole numbers", &fix);
                continue;
            };
            let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
            match read.and_then(|number| u32::try_from(number).ok()) {
                Some(inside) if range.contains(&inside) => numbers.push(inside),
                Some(_) | None => self.refuse(key, &format!("has {number}, out of range"), &*fix),
            }
        }
        (numbers.len() == list.len()).then_some(numbers)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_form(key, value, "true or false", &format!("write {key} = true"));
        }
        flag
    }

    /// A list of texts, none of them empty.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let example = format!("write {key} = [\"…\"]");
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_form(key, value, "a list of texts", &example);
            return None;
        };
        let mut texts = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some("") => {
                    let what = format!("{key} in {} has an empty text", self.place);
                    self.source.problem(item.span().start, key, what, "leave it out");
                }
                Some(text) => texts.push(text.to_owned()),
                None => self.wrong_form(key, item, "a list of texts", &example),
            }
        }
        (texts.len() == list.len()).then_some(texts)
    }

    /// A table; an absent one is an empty table.
    pub(crate) fn section(&self, key: &str, place: &str, known: &[&str]) -> Self {
        let table = self.table.and_then(|table| table.get(key)).and_then(|value| {
            let table = value.get_ref().as_table();
            if table.is_none() {
                self.wrong_form(key, value, "a table", &format!("write {place} above its keys"));
            }
            table.map(|table| (value.span().start, Some(table)))
        });
        let mut section = Section::open(self.source, place, table.unwrap_or((0, None)), known);
        section.under = self
            .under
            .and_then(|under| under.get(key))
            .and_then(|value| value.get_ref().as_table());
        if self.misspelled.contains(key) {
            // Its keys stand in the table with the misspelled name: none of them is missing.
            section.misspelled.extend(known.iter().map(|key| (*key).to_owned()));
        }
        section
    }

    /// A list of tables, each with the byte at which it begins.
    pub(crate) fn tables(&self, key: &str) -> Vec<(usize, Option<&'a DeTable<'a>>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let fix = if self.place.is_empty() {
            format!("write [[{key}]] above its keys")
        } else {
            format!("write {key} = [{{ … }}]")
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_form(key, value, "a list of tables", &fix);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in list {
            match item.get_ref().as_table() {
                Some(table) => tables.push((item.span().start, Some(table))),
                None => self.wrong_form(key, item, "a list of tables", &fix),
            }
        }
        tables
    }

    /// The keys that stand there, each with its byte: for tables whose keys are free.
    pub(crate) fn keys(&self) -> Vec<(&'a str, usize)> {
        let own = self.table.into_iter().flat_map(DeTable::keys);
        let is_new = |name: &str| self.table.is_none_or(|table| !table.contains_key(name));
        let under = self.under.into_iter().flat_map(DeTable::keys);
        let under = under.filter(|key| is_new(key.get_ref()));
        own.chain(under).map(|key| (key.get_ref().as_ref(), key.span().start)).collect()
    }

    /// Opens the table under a key, whose keys are free.
    pub(crate) fn free_section(&self, key: &str, place: &str) -> Self {
        let table = self.table.and_then(|table| table.get(key)?.get_ref().as_table());
        let known: Vec<&str> = table.map_or_else(Vec::new, |table| {
            table.keys().map(|key| key.get_ref().as_ref()).collect()
        });
        self.section(key, place, &known)
    }

    /// The bytes of a key's value; those where the table begins where it has no such key.
    pub(crate) fn span(&self, key: &str) -> Range<usize> {
        self.value(key).map_or(self.at..self.at, Spanned::span)
    }

    /// Whether a key holds a table.
    pub(crate) fn is_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| value.get_ref().is_table())
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let own = self.table.and_then(|table| table.get(key));
        own.or_else(|| self.under.and_then(|under| under.get(key)))
    }

    fn wrong_form(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str, fix: &str) {
        let what = format!("{key} in {} is {}, not {wanted}", self.shown(), form(value.get_ref()));
        self.source.problem(value.span().start, key, what, fix);
    }

    fn shown(&self) -> &str {
        if self.place.is_empty() { "the file" } else { &self.place }
    }

    /// How to write a bare value as text.
    fn quoted(&self, key: &str, value: &Spanned<DeValue<'_>>) -> String {
        let value_ref = value.get_ref();
        let bare = value_ref.is_integer() || value_ref.is_float() || value_ref.is_datetime();
        let raw = self.source.text.get(value.span()).filter(|_| bare).unwrap_or("…");
        format!("write {key} = \"{raw}\"")
    }
}

fn is_table_list(value: &DeValue<'_>) -> bool {
    value.as_array().is_some_and(|list| list.iter().any(|item| item.get_ref().is_table()))
}

fn form(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(list) if list.iter().all(|item| item.get_ref().is_table()) => {
            "a list of tables"
        }
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Reads a text file in UTF-8.
///
/// # Errors
///
/// The one problem of a file that cannot be read.
pub(crate) fn read_text(path: &Path, fix: &str) -> Result<String, ConfigErrors> {
    let file = path.display().to_string();
    let problem =
        |what: String, fix: &str| ConfigErrors::one(ConfigProblem::whole_file(&file, what, fix));
    let bytes = std::fs::read(path)
        .map_err(|error| problem(format!("cannot be read: {}", io_reason(&error)), fix))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let text = String::from_utf8_lossy(valid).into_owned();
        let source = Source::new(&file, &text);
        let what = "the file is not UTF-8 text from here on".to_owned();
        let fix = "save it as UTF-8".to_owned();
        ConfigErrors::one(source.locate(text.len(), "", what, fix))
    })
}

/// Why a file could not be read, in words.
pub(crate) fn io_reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    if error.kind() == ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if error.kind() == ErrorKind::PermissionDenied {
        "permission is denied".to_owned()
    } else if error.kind() == ErrorKind::IsADirectory {
        "it is a folder".to_owned()
    } else {
        error.to_string()
    }
}
