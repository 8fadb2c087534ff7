//! The forms of a bill that are no plain table, and what a layout says of them.

use std::collections::BTreeMap;

use super::words;
use crate::config::problem::Wrong;
use crate::config::reader::Section;
use crate::config::values::{coded_word, word};

/// The last byte that a field of a line may have, and the last value of a line that a total may be.
const PLACES_MAX: u32 = 4_096;

crate::status::coded! {
    /// What a bill is written as.
    Form {
        /// A header and rows: CSV, or a workbook.
        Table = 1, "table";
        /// Lines without separators or header: `fixed` says at which bytes of a line each field stands.
        Fixed = 2, "fixed";
        /// Values whose first says what the line is: `tags` has the words.
        Tagged = 3, "tagged";
        /// A bank's statement as SWIFT messages.
        Mt940 = 4, "mt940";
        /// A bank's statement as XML of ISO 20022.
        Camt053 = 5, "camt053";
    }
}

crate::status::coded! {
    /// What the lines of a tagged bill are that add up nothing.
    Line {
        /// Something about the file.
        Above = 1, "above";
        /// Its first two values are the ends of the period.
        Period = 2, "period";
        /// The names of the columns.
        Header = 3, "header";
        /// A row.
        Row = 4, "row";
        /// Nothing that is read.
        Ignored = 5, "ignored";
    }
}

crate::status::coded! {
    /// What a value of a line of totals is.
    TagFigure {
        /// The currency of the others.
        Currency = 1, "currency";
        /// What came in.
        AmountIn = 2, "amount_in";
        /// What went out.
        AmountOut = 3, "amount_out";
        /// Fees that were given back.
        FeeIn = 4, "fee_in";
        /// Fees that were charged.
        FeeOut = 5, "fee_out";
        /// One of these two: copies of the bill have them in either order.
        Fee = 6, "fee";
        /// The rows.
        Rows = 7, "rows";
        /// Nothing that is checked.
        Skipped = 8, "-";
    }
}

crate::status::coded! {
    /// What a line of totals adds up.
    TagScope {
        /// The rows since the last header.
        Section = 1, "section";
        /// All rows.
        File = 2, "file";
    }
}

crate::status::coded! {
    /// What the net amounts of all rows of one batch come to.
    BatchSum {
        /// Nothing: the payout is one of them.
        Zero = 1, "zero";
    }
}

/// What a line of a tagged bill is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// Anything but totals.
    Line(Line),
    /// Totals of these rows: what its values are, from the second on.
    Totals(TagScope, Vec<TagFigure>),
}

/// Where a field stands in a line of a bill without separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its first byte, from 1.
    pub from: u32,
    /// How many it has.
    pub bytes: u32,
}

/// `[account.statement.fixed]`: `"orderId" = [112, 32]`.
pub(super) fn fixed(section: &Section<'_>, place: &str) -> BTreeMap<String, Field> {
    let table = section.free_section("fixed", place);
    let mut fields = BTreeMap::new();
    for (name, _) in table.keys() {
        match table.wholes(name, 1..=PLACES_MAX).as_deref() {
            Some(&[from, bytes]) => {
                fields.insert(name.to_owned(), Field { from, bytes });
            }
            Some(_) => table.refuse(
                name,
                "is not a place",
                "write its first byte, from 1, and how many it has: [112, 32]",
            ),
            None => {}
        }
    }
    fields
}

/// `[account.statement.tags]`: `SB = "row"`, `SF = ["section", "currency", "amount_in", "amount_out"]`.
pub(super) fn tags(section: &Section<'_>, place: &str) -> BTreeMap<String, Tag> {
    let table = section.free_section("tags", place);
    let mut tags = BTreeMap::new();
    for (name, _) in table.keys() {
        let tag = if table.peek(name).is_some() {
            table.parsed(name, coded_word!(Line)).map(Tag::Line)
        } else {
            totals(&table, name)
        };
        tags.extend(tag.map(|tag| (name.to_owned(), tag)));
    }
    tags
}

fn totals(table: &Section<'_>, name: &str) -> Option<Tag> {
    let texts = table.texts(name)?;
    let read = || {
        let (scope, figures) = texts
            .split_first()
            .ok_or_else(|| Wrong::new("empty", "write [\"section\", \"rows\"]"))?;
        let scope = coded_word!(TagScope)(scope)?;
        let codes: Vec<_> = TagFigure::ALL.iter().map(|figure| figure.code()).collect();
        let figure = |text: &String| word(text, TagFigure::from_code, &codes);
        Ok(Tag::Totals(scope, figures.iter().map(figure).collect::<Result<_, Wrong>>()?))
    };
    read().map_err(|wrong: Wrong| table.refuse_text(name, &texts.join(", "), &wrong)).ok()
}

/// `date_in_name`: what the name of the file is, with `{yymmdd}` or `{yyyymmdd}` in it.
pub(super) fn date_in_name(text: &str) -> Result<String, Wrong> {
    let text = words::label(text)?;
    if text.contains("{yymmdd}") || text.contains("{yyyymmdd}") {
        Ok(text)
    } else {
        Err(Wrong::new("without a date", "write for example \"INN{yymmdd}88ZM_\""))
    }
}

/// Refuses what a form cannot be without, and what it has no use for.
pub(super) fn agree(section: &Section<'_>, form: Form) {
    let tables =
        [("fixed", Form::Fixed, "\"orderId\" = [112, 32]"), ("tags", Form::Tagged, "SB = \"row\"")];
    for (key, of, example) in tables {
        if form == of && section.lacks(key) {
            section.require(key, &format!("{{ {example} }}"));
        } else if form != of && section.has(key) {
            let what = format!("stands there, and the form is {form}");
            section.refuse(key, &what, format!("leave it out, or write form = \"{of}\""));
        }
    }
    for key in ["sheet", "from", "to"].iter().filter(|key| form != Form::Table && section.has(key))
    {
        section.refuse(key, &format!("has no meaning in a bill of form {form}"), "leave it out");
    }
}
