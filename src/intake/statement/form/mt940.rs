//! A bank's statement as SWIFT messages (MT940), one or several of them, in one page or more.
//!
//! `SWIFT` Standards, Category 9, MT940 Customer Statement Message. The opening balance with its entries is the
//! closing balance, which proves that no entry is missing; the pages of a statement are chained by their interim
//! balances.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    BANK_COLUMNS, Document, Documents, Formed, Lines, Link, gap, note, refused, row, shown, total,
};
use crate::config::AmountUnit;
use crate::intake::cell;
use crate::intake::content::Content;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::table::{Made, Table, TableRow};
use crate::intake::totals::{StatedTotal, Tie};
use crate::lines::LineKind;
use crate::money::Currency;
use crate::order::RejectionReason;

/// Reads all statements of a file.
///
/// # Errors
///
/// [`StatementError`] when it cannot be read, a statement has no end, or its entries do not lead from its
/// opening balance to its closing one.
pub(super) fn read(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Formed, StatementError> {
    let documents = Documents::of(request, content)?;
    let mut reader = Reader::new(&documents);
    for Document { text, before, .. } in &documents.parts {
        let mut last = *before;
        for field in fields(text, *before, &mut reader.lines) {
            last = field.line;
            reader.take(&field)?;
        }
        reader.document_ends(last)?;
    }
    reader.end()
}

/// Whether a text has anything of a statement.
pub(super) fn is_statement(text: &str) -> bool {
    text.lines().any(|line| tagged(line).is_some())
}

/// A field with its lines.
struct Field<'t> {
    tag: &'t str,
    line: i64,
    /// Without the tag; lines that go on follow.
    texts: Vec<&'t str>,
    /// Lines beyond those of `texts`: blank ones, and what is around a message.
    lines: u64,
}

impl<'t> Field<'t> {
    fn first(&self) -> &'t str {
        self.texts.first().copied().unwrap_or_default()
    }
}

/// The fields of a text behind so many lines. What stands around messages is passed over.
fn fields<'t>(text: &'t str, before: i64, lines: &mut Lines) -> Vec<Field<'t>> {
    let mut fields: Vec<Field<'t>> = Vec::new();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut is_open = false;
    for (number, line) in (before.saturating_add(1)..).zip(text.split('\n')) {
        let line = line.trim_end_matches(['\r', '\0', '\u{1a}', ' ']);
        let is_around = line.starts_with(['{', '}']) || line == "-" || line.starts_with("-}");
        if let Some((tag, rest)) = tagged(line) {
            fields.push(Field { tag, line: number, texts: vec![rest], lines: 1 });
            is_open = true;
        } else if line.is_empty() {
            lines.pass(LineKind::Blank, 1);
        } else if let Some(field) = fields.last_mut().filter(|_| is_open && !is_around) {
            field.texts.push(line);
            field.lines = field.lines.saturating_add(1);
        } else {
            lines.pass(LineKind::Preamble, 1);
            is_open = false;
        }
    }
    fields
}

/// `:61:…` as its tag and the rest.
fn tagged(line: &str) -> Option<(&str, &str)> {
    let (tag, rest) = line.strip_prefix(':')?.split_once(':')?;
    let (digits, letter) = tag.split_at_checked(2)?;
    let is_tag = digits.bytes().all(|byte| byte.is_ascii_digit())
        && letter.len() <= 1
        && letter.bytes().all(|byte| byte.is_ascii_uppercase());
    is_tag.then_some((tag, rest))
}

/// A balance: what the account holds, negative where it is overdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Balance {
    minor: i128,
    currency: Currency,
}

/// A statement, or a page of one, that is being read.
struct Open {
    account: String,
    opening: Balance,
    /// Its entries so far.
    sum: i128,
    entries: u64,
    /// Entries that cannot be read.
    unread: u64,
}

/// An entry that waits for its text.
struct Entry {
    line: i64,
    lines: u64,
    read: Result<Booked, RejectionReason>,
}

/// What `:61:` says.
struct Booked {
    date: NaiveDate,
    value_date: NaiveDate,
    /// Positive where money came in.
    minor: i64,
    kind: String,
    reference: String,
    bank_reference: String,
    details: String,
}

struct Reader<'a> {
    documents: &'a Documents<'a>,
    lines: Lines,
    account: String,
    open: Option<Open>,
    entry: Option<Entry>,
    /// Of each account: the balance at which its last page ended, and whether the statement ended with it.
    ended: BTreeMap<String, (Balance, bool, i64)>,
    /// The statements of each account.
    chain: BTreeMap<String, Vec<Link>>,
    totals: Vec<StatedTotal>,
    has_entry: bool,
}

impl<'a> Reader<'a> {
    fn new(documents: &'a Documents<'a>) -> Self {
        Self {
            documents,
            lines: Lines::default(),
            account: String::new(),
            open: None,
            entry: None,
            ended: BTreeMap::new(),
            chain: BTreeMap::new(),
            totals: Vec::new(),
            has_entry: false,
        }
    }

    fn broken(&self, line: i64, problem: &str) -> StatementError {
        self.documents.broken(line, problem)
    }

    fn take(&mut self, field: &Field<'_>) -> Result<(), StatementError> {
        match field.tag {
            "86" if self.entry.is_some() => {
                self.text_of_entry(field);
                return Ok(());
            }
            "61" => {
                self.entry_ends();
                return self.entry_begins(field);
            }
            _ => self.entry_ends(),
        }
        let kind = match field.tag {
            "20" => {
                if self.open.is_some() {
                    return Err(
                        self.broken(field.line, "the statement above it has no closing balance")
                    );
                }
                LineKind::Preamble
            }
            "25" | "25P" => {
                self.account = field.first().split_whitespace().collect();
                LineKind::Preamble
            }
            "60F" | "60M" => {
                self.opens(field)?;
                LineKind::Total
            }
            "62F" | "62M" => {
                self.closes(field)?;
                LineKind::Total
            }
            _ => LineKind::Preamble,
        };
        self.lines.pass(kind, field.lines);
        Ok(())
    }

    fn opens(&mut self, field: &Field<'_>) -> Result<(), StatementError> {
        let line = field.line;
        let Some(opening) = balance(field.first()) else {
            return Err(self.broken(line, "the opening balance cannot be read"));
        };
        if self.open.is_some() {
            return Err(self.broken(line, "the statement above it has no closing balance"));
        }
        let before = self.ended.get(&self.account).copied();
        if field.tag == "60M" {
            match before {
                Some((balance, false, _)) if balance == opening => {}
                Some((_, false, _)) => {
                    let problem = "a page is missing: it does not begin with the balance at which the page \
                                   before it ended";
                    return Err(self.broken(line, problem));
                }
                Some((_, true, _)) | None => self.unchecked(":60M:", line, opening),
            }
        } else if let Some((balance, false, at)) = before {
            self.unchecked(":62M:", at, balance);
        }
        let account = self.account.clone();
        self.open = Some(Open { account, opening, sum: 0, entries: 0, unread: 0 });
        Ok(())
    }

    /// A statement of which another page is not in the file.
    fn unchecked(&mut self, label: &str, line: i64, balance: Balance) {
        let stated = shown(balance.minor, balance.currency);
        self.totals.push(total(label, line, stated, Tie::NotChecked, false));
    }

    fn closes(&mut self, field: &Field<'_>) -> Result<(), StatementError> {
        let line = field.line;
        let Some(open) = self.open.take() else {
            return Err(self.broken(line, "the statement has no opening balance"));
        };
        let closing = balance(field.first()).filter(|it| it.currency == open.opening.currency);
        let Some(closing) = closing else {
            return Err(self.broken(line, "the closing balance cannot be read"));
        };
        let found = open.opening.minor.saturating_add(open.sum);
        let label = format!(":{}:", field.tag);
        let stated = shown(closing.minor, closing.currency);
        let tie = match (open.unread, found == closing.minor) {
            (0, true) => Tie::Agrees,
            (0, false) => {
                let found = shown(found, closing.currency);
                let problem = format!(
                    "the closing balance is {stated}, and the opening balance with its {} entries is {found}",
                    open.entries
                );
                return Err(self.broken(line, &problem));
            }
            (_, _) => Tie::NotChecked,
        };
        self.totals.push(total(&label, line, stated, tie, false));
        let is_end = field.tag == "62F";
        let of = |balance: Balance| (balance.currency, balance.minor);
        let date = field.first().get(1..7).unwrap_or_default().to_owned();
        let statement = Link { date, opening: of(open.opening), closing: of(closing), line };
        self.chain.entry(open.account.clone()).or_default().push(statement);
        self.ended.insert(open.account, (closing, is_end, line));
        Ok(())
    }

    fn entry_begins(&mut self, field: &Field<'_>) -> Result<(), StatementError> {
        let Some(open) = &mut self.open else {
            return Err(self.broken(field.line, "an entry stands outside of a statement"));
        };
        let read = booked(field, open.opening.currency);
        open.entries = open.entries.saturating_add(1);
        match &read {
            Ok(booked) => open.sum = open.sum.saturating_add(i128::from(booked.minor)),
            Err(_) => open.unread = open.unread.saturating_add(1),
        }
        self.entry = Some(Entry { line: field.line, lines: field.lines, read });
        self.has_entry = true;
        Ok(())
    }

    fn entry_ends(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.push(entry, &Text::default());
        }
    }

    fn text_of_entry(&mut self, field: &Field<'_>) {
        if let Some(mut entry) = self.entry.take() {
            entry.lines = entry.lines.saturating_add(field.lines);
            self.push(entry, &Text::of(&field.texts));
        }
    }

    fn push(&mut self, entry: Entry, text: &Text) {
        let Entry { line, lines, read } = entry;
        let currency = self.open.as_ref().map(|open| open.opening.currency).unwrap_or_default();
        let row = match read {
            Err(reason) => refused(line, reason),
            Ok(booked) => row(line, self.cells(&booked, currency, text)),
        };
        self.lines.push(TableRow { more_lines: lines.saturating_sub(1), ..row });
    }

    fn cells(
        &self,
        booked: &Booked,
        currency: Currency,
        text: &Text,
    ) -> [String; BANK_COLUMNS.len()] {
        let amount = shown(i128::from(booked.minor).saturating_abs(), currency);
        let (credit, debit) =
            if booked.minor < 0 { (String::new(), amount) } else { (amount, String::new()) };
        let purpose = if text.purpose.is_empty() { &booked.details } else { &text.purpose };
        [
            self.account.clone(),
            booked.date.to_string(),
            booked.value_date.to_string(),
            credit,
            debit,
            currency.to_string(),
            "BOOK".to_owned(),
            booked.kind.clone(),
            booked.reference.clone(),
            booked.bank_reference.clone(),
            String::new(),
            note(&text.name),
            note(purpose),
        ]
    }

    fn document_ends(&mut self, last: i64) -> Result<(), StatementError> {
        self.entry_ends();
        if self.open.is_some() {
            let problem = "it ends without a closing balance (:62F:): it has probably been cut off";
            return Err(self.broken(last, problem));
        }
        Ok(())
    }

    fn end(mut self) -> Result<Formed, StatementError> {
        let last = self.documents.lines;
        let lines = u64::try_from(last).unwrap_or(u64::MAX);
        if self.totals.is_empty() {
            return Err(self.broken(last, "it has no statement: no opening balance (:60F:)"));
        }
        let open: Vec<_> = self.ended.values().filter(|(_, is_end, _)| !is_end).copied().collect();
        for (balance, _, line) in open {
            self.unchecked(":62M:", line, balance);
        }
        if self.ended.len() > 1 && self.documents.request.merchant_no.is_empty() {
            let problem = "it has statements of several accounts: write the number of yours as merchant_no of \
                           the account";
            return Err(self.broken(last, problem));
        }
        self.check_chain();
        for total in &mut self.totals {
            total.is_zero = !self.has_entry && total.tie == Tie::Agrees;
        }
        let (rows, passed) = self.lines.end();
        let header = BANK_COLUMNS.map(str::to_owned).to_vec();
        let made = Made { header, rows, passed, lines, header_line: 0 };
        Ok(Formed { table: Table::made(made), totals: self.totals, period: None })
    }

    /// The statements of an account go on where the one before ended, else one between them is missing.
    fn check_chain(&mut self) {
        for links in std::mem::take(&mut self.chain).into_values() {
            if let Some(Link { opening: (currency, minor), line, .. }) = gap(links) {
                self.unchecked(":60F:", line, Balance { minor, currency });
            }
        }
    }
}

/// `C261119CNY1234,56`.
fn balance(text: &str) -> Option<Balance> {
    let (mark, rest) = text.split_at_checked(1)?;
    let (date, rest) = rest.split_at_checked(6)?;
    date_of(date)?;
    let (currency, amount) = rest.split_at_checked(3)?;
    let currency = Currency::parse(currency).ok()?;
    let minor = i128::from(amount_of(amount, currency).ok()?);
    let minor = match mark {
        "C" => minor,
        "D" => minor.saturating_neg(),
        _ => return None,
    };
    Some(Balance { minor, currency })
}

/// `YYMMDD`.
fn date_of(text: &str) -> Option<NaiveDate> {
    const CENTURY: i32 = 2_000;
    let two = |at: usize| {
        let digits = text.get(at..at.saturating_add(2))?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok())?
    };
    let year = CENTURY.checked_add(i32::try_from(two(0)?).ok()?)?;
    NaiveDate::from_ymd_opt(year, two(2)?, two(4)?)
}

/// `1250,` or `12,5`: a comma is always there, and no sign.
fn amount_of(text: &str, currency: Currency) -> Result<i64, RejectionReason> {
    let (whole, part) = text.split_once(',').ok_or(RejectionReason::NotANumber)?;
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return Err(RejectionReason::NotANumber);
    }
    let point = if part.is_empty() { "" } else { "." };
    cell::amount(&format!("{whole}{point}{part}"), AmountUnit::Yuan, currency)
}

/// What an entry says.
fn booked(field: &Field<'_>, currency: Currency) -> Result<Booked, RejectionReason> {
    let text = field.first();
    let (value_date, rest) = text.split_at_checked(6).ok_or(RejectionReason::NotATime)?;
    let value_date = date_of(value_date).ok_or(RejectionReason::NotATime)?;
    let entry = rest.get(..4).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let rest = if entry.is_some() { rest.get(4..).unwrap_or_default() } else { rest };
    let date = match entry {
        Some(entry) => near(entry, value_date).ok_or(RejectionReason::NotATime)?,
        None => value_date,
    };
    // A reversal of what came in goes out, and the other way round.
    let marks = [("RC", false), ("RD", true), ("C", true), ("D", false)];
    let found = marks.iter().find_map(|(mark, is_in)| Some((rest.strip_prefix(mark)?, *is_in)));
    let (rest, is_in) = found.ok_or(RejectionReason::UnknownWord)?;
    // The third letter of the currency may follow.
    let rest = match rest.chars().next().filter(char::is_ascii_uppercase) {
        Some(letter) if currency.to_string().ends_with(letter) => rest.get(1..).unwrap_or_default(),
        Some(_) => return Err(RejectionReason::Currency),
        None => rest,
    };
    let is_of_amount = |c: char| c.is_ascii_digit() || c == ',';
    let end = rest.find(|c| !is_of_amount(c)).unwrap_or(rest.len());
    let (amount, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let minor = amount_of(amount, currency)?;
    let minor = if is_in { minor } else { minor.saturating_neg() };
    let (kind, rest) = rest.split_at_checked(4).unwrap_or((rest, ""));
    let (own, bank_reference) = rest.split_once("//").unwrap_or((rest, ""));
    let texts = field.texts.get(1..).unwrap_or_default();
    Ok(Booked {
        date,
        value_date,
        minor,
        kind: kind.to_owned(),
        reference: super::reference(own),
        bank_reference: super::reference(bank_reference),
        details: texts.join(" "),
    })
}

/// `MMDD` in the year in which it is nearest to a date: entries around New Year are of either.
fn near(text: &str, date: NaiveDate) -> Option<NaiveDate> {
    use chrono::Datelike;
    let years = [-1, 0, 1].iter().filter_map(|years: &i32| date.year().checked_add(*years));
    let dates = years.filter_map(|year| date_of(&format!("{:02}{text}", year.rem_euclid(100))));
    dates.min_by_key(|found| found.signed_duration_since(date).num_days().saturating_abs())
}

/// What `:86:` says: whose account it was, and what for.
#[derive(Default)]
struct Text {
    name: String,
    purpose: String,
}

impl Text {
    /// Subfields `?20` to `?29` and `?60` to `?63` are the purpose, `?32` and `?33` the name; what has no such
    /// subfields is the purpose as a whole.
    fn of(texts: &[&str]) -> Self {
        let joined: String = texts.concat();
        let code = joined.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
        let separator = joined.chars().nth(3).filter(|c| !c.is_alphanumeric() && *c != ' ');
        let (Some(_), Some(separator)) = (code, separator) else {
            return Self { name: String::new(), purpose: texts.join(" ") };
        };
        let mut text = Self::default();
        for part in joined.split(separator).skip(1) {
            let (number, rest) = part.split_at_checked(2).unwrap_or((part, ""));
            match number.parse::<u8>() {
                Ok(20..=29 | 60..=63) => {
                    text.purpose.push_str(rest);
                }
                Ok(32 | 33) => text.name.push_str(rest),
                Ok(_) | Err(_) => {}
            }
        }
        text
    }
}
