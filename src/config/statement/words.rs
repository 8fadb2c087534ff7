//! The words of `[account.statement]`: theirs to ours.

use std::collections::{BTreeMap, BTreeSet};

use super::{Direction, Figure, RowKind, TotalOf, nothing};
use crate::config::layouts::{self, LAYOUTS, Layout};
use crate::config::problem::{Wrong, nearest};
use crate::config::reader::Section;
use crate::config::values::word;
use crate::status::{Kind, ProviderStatus};
use crate::text::folded;

/// The table in which an empty cell can have a meaning, a column of states that only some kinds have; and
/// which can say them for each kind by itself.
const STATUSES_KEY: &str = "statuses";

/// The table in which `*` alone stands for every other word.
const KINDS_KEY: &str = "kinds";

/// What a provider's row can state: an answer of "not found" stands in no bill.
const STATUSES: [ProviderStatus; 6] = [
    ProviderStatus::Pending,
    ProviderStatus::Succeeded,
    ProviderStatus::Failed,
    ProviderStatus::Refunded,
    ProviderStatus::Returned,
    ProviderStatus::Held,
];

/// The names of the file's columns: one text each, or a list of which the first that is there counts.
pub(in crate::config) fn columns(
    section: &Section<'_>,
    known: &[&str],
) -> BTreeMap<String, Vec<String>> {
    let mut columns = BTreeMap::new();
    for &ours in known {
        let names = if section.peek(ours).is_some() {
            section.parsed(ours, label).map(|name| vec![name])
        } else {
            section.texts(ours)
        };
        let Some(names) = names else { continue };
        if names.is_empty() || names.iter().any(|name| folded(name).is_empty()) {
            section.refuse(ours, "names no column", "write the name in the file's header");
            continue;
        }
        columns.insert(ours.to_owned(), names);
    }
    columns
}

/// A label or name as it stands in the file.
pub(in crate::config) fn label(text: &str) -> Result<String, Wrong> {
    if folded(text).is_empty() { Err(nothing("a label")) } else { Ok(text.trim().to_owned()) }
}

/// A table of words: the file's on the left, ours on the right. `ours` knows our words, so that a
/// table that is written the wrong way round is noticed.
pub(in crate::config) fn table<T, O>(
    section: &Section<'_>,
    key: &str,
    place: &str,
    ours: impl Fn(&str) -> Option<O>,
    read: impl Fn(&str) -> Result<T, Wrong>,
) -> BTreeMap<String, T> {
    words_of(&section.free_section(key, place), (key, place), ours, read)
}

/// The words of a table, but for those of its tables.
fn words_of<T, O>(
    table: &Section<'_>,
    (key, place): (&str, &str),
    ours: impl Fn(&str) -> Option<O>,
    read: impl Fn(&str) -> Result<T, Wrong>,
) -> BTreeMap<String, T> {
    let mut words = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (theirs, at) in table.keys() {
        if matches!(key, STATUSES_KEY | KINDS_KEY) && table.is_table(theirs) {
            continue;
        }
        let problem =
            |what: String, fix: &str| table.source.problem(at, theirs, what, fix.to_owned());
        let turned = ours(theirs).is_some()
            && table.peek(theirs).is_some_and(|right| read(right).is_err() && !right.is_empty());
        if turned {
            let what = format!("{theirs:?} in {place} is one of our words");
            problem(what, "write the file's word first, then ours");
        } else if folded(theirs).trim_end_matches('*').is_empty()
            && !(key == STATUSES_KEY && theirs.trim().is_empty())
            && !(key == KINDS_KEY && theirs.trim() == "*")
        {
            problem(format!("a word in {place} is empty"), "leave it out");
        } else if !seen.insert(folded(theirs)) {
            let what = format!("{theirs:?} in {place} stands there twice, in another spelling");
            problem(what, "keep one of them");
        } else {
            words.extend(table.parsed(theirs, &read).map(|read| (theirs.to_owned(), read)));
        }
    }
    words
}

/// A shipped layout.
pub(super) fn layout(text: &str) -> Result<Layout, Wrong> {
    layouts::layout(text).ok_or_else(|| {
        let names = || LAYOUTS.iter().map(|layout| layout.name);
        let fix = match nearest(text, names(), |_| false) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "`duizhang layouts` lists them".to_owned(),
        };
        Wrong::new("not a shipped layout", fix)
    })
}

/// `optional`: our columns that some forms of the file do not have.
pub(super) fn optional(section: &Section<'_>, columns: &Section<'_>) -> BTreeSet<String> {
    let names = section.texts("optional").unwrap_or_default();
    for name in &names {
        if !columns.has(name) {
            let what = format!("has {name:?}, which is none of its columns");
            section.refuse("optional", &what, "name it in its columns, or leave it out");
        }
    }
    names.into_iter().collect()
}

/// `pair_by`: by which numbers rows find our orders, in their order; by ours alone where it is not said.
pub(super) fn pair_by(section: &Section<'_>) -> Vec<String> {
    section.texts("pair_by").unwrap_or_default()
}

/// Refuses numbers by which nothing can be paired.
pub(super) fn check_pair_by(section: &Section<'_>, columns: &Section<'_>) {
    for name in pair_by(section) {
        let is_known = matches!(&*name, "order_no" | "provider_order_no");
        if !is_known {
            let what = format!("has {name:?}, which is not one of order_no, provider_order_no");
            section.refuse("pair_by", &what, "write the numbers in their order");
        } else if columns.lacks(&name) {
            let what = format!("has {name:?}, and there is no column {name}");
            section.refuse("pair_by", &what, format!("add {name} to its columns"));
        }
    }
}

/// `statuses` for rows of every kind.
pub(super) fn statuses(
    section: &Section<'_>,
    place: &dyn Fn(&str) -> String,
) -> BTreeMap<String, ProviderStatus> {
    table(section, STATUSES_KEY, &place(".statuses"), ProviderStatus::from_code, status)
}

/// `statuses.refund` and the like: words that rows of one kind have.
pub(super) fn kind_statuses(
    section: &Section<'_>,
    place: &dyn Fn(&str) -> String,
    lanes: &BTreeSet<(Kind, String)>,
) -> BTreeMap<RowKind, BTreeMap<String, ProviderStatus>> {
    let all = section.free_section(STATUSES_KEY, &place(".statuses"));
    let mut found = BTreeMap::new();
    for (name, at) in all.keys() {
        if !all.is_table(name) {
            continue;
        }
        let place = place(&format!(".statuses.{name}"));
        match row_kind(name, lanes) {
            Ok(kind) => {
                let own = all.free_section(name, &place);
                let ours = ProviderStatus::from_code;
                found.insert(kind, words_of(&own, (STATUSES_KEY, &place), ours, status));
            }
            Err(wrong) => {
                let what = format!("{name:?} in {place} is {}", wrong.what);
                all.source.problem(at, name, what, wrong.fix);
            }
        }
    }
    found
}

/// `kinds.in` and `kinds.out`: words of rows whose money came in, or went out, alone.
pub(super) fn directed_kinds(
    section: &Section<'_>,
    place: &dyn Fn(&str) -> String,
    lanes: &BTreeSet<(Kind, String)>,
) -> BTreeMap<Direction, BTreeMap<String, RowKind>> {
    let all = section.free_section(KINDS_KEY, &place(".kinds"));
    let mut found = BTreeMap::new();
    for (name, at) in all.keys() {
        if !all.is_table(name) {
            continue;
        }
        let place = place(&format!(".kinds.{name}"));
        let Some(direction) = Direction::from_code(name) else {
            let what = format!("{place} is a table");
            all.source.problem(at, name, what, "only kinds.in and kinds.out are".to_owned());
            continue;
        };
        let own = all.free_section(name, &place);
        let ours = RowKind::from_code;
        let kinds = words_of(&own, (KINDS_KEY, &place), ours, |text| row_kind(text, lanes));
        found.insert(direction, kinds);
    }
    found
}

/// What a row is; an order's kind only where the account has it.
pub(super) fn row_kind(text: &str, lanes: &BTreeSet<(Kind, String)>) -> Result<RowKind, Wrong> {
    let codes: Vec<_> = RowKind::ALL.iter().map(|kind| kind.code()).collect();
    let kind = word(text, RowKind::from_code, &codes)?;
    let is_there = |kind: Kind| lanes.iter().any(|(known, _)| *known == kind);
    if kind.order_kind().is_none_or(is_there) {
        return Ok(kind);
    }
    let fix = "write \"ignored\" where such rows do not count";
    Err(Wrong::new("not a kind of which the account has orders", fix))
}

/// One of the account's products.
pub(super) fn product(text: &str, lanes: &BTreeSet<(Kind, String)>) -> Result<String, Wrong> {
    let products: BTreeSet<&str> =
        lanes.iter().map(|lane| lane.1.as_str()).filter(|product| !product.is_empty()).collect();
    if products.contains(text) {
        return Ok(text.to_owned());
    }
    let near = nearest(text, products.iter().copied(), |_| false);
    let fix = match near {
        Some(near) => format!("did you mean {near:?}?"),
        None if products.is_empty() => "leave it out: the account has no products".to_owned(),
        None => {
            format!("the account has {}", products.into_iter().collect::<Vec<_>>().join(", "))
        }
    };
    Err(Wrong::new("not a product of the account", fix))
}

/// A status that a row may have.
pub(super) fn status(text: &str) -> Result<ProviderStatus, Wrong> {
    let read = |text: &str| STATUSES.into_iter().find(|status| status.code() == text);
    word(text, read, &STATUSES.map(ProviderStatus::code))
}

/// What a total adds up: `amount`, `refund.amount`.
pub(super) fn total(text: &str) -> Result<TotalOf, Wrong> {
    let codes = |figures: &[Figure]| figures.iter().map(|one| one.code()).collect::<Vec<_>>();
    let Some((kind, figure)) = text.split_once('.') else {
        let figure = word(text, Figure::from_code, &codes(Figure::ALL))
            .map_err(|wrong| Wrong::new(format!("{}, nor payment.count …", wrong.what), wrong.fix));
        return Ok(TotalOf { kind: None, figure: figure? });
    };
    let kinds: Vec<_> = RowKind::ALL.iter().map(|kind| kind.code()).collect();
    let problem_of = |wrong: Wrong, part: &str| {
        Wrong::new(format!("a total whose {part} is {}", wrong.what), wrong.fix)
    };
    let kind = word(kind, RowKind::from_code, &kinds).map_err(|wrong| problem_of(wrong, "kind"))?;
    let figures = [Figure::Count, Figure::Amount, Figure::Fee];
    let read = |text: &str| figures.into_iter().find(|figure| figure.code() == text);
    let figure =
        word(figure, read, &codes(&figures)).map_err(|wrong| problem_of(wrong, "figure"))?;
    Ok(TotalOf { kind: Some(kind), figure })
}
