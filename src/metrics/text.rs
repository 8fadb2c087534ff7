//! Prometheus's text format, version 0.0.4: written, and read back.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>. It is a few lines a family, so it
//! is written here; the reader is as strict as the format, and what is written is read back in tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What kind of numbers a family has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FamilyKind {
    /// Goes up and down.
    Gauge,
    /// Only goes up, but for a new beginning at 0.
    Counter,
}

impl FamilyKind {
    /// The word of the format.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}

/// Numbers of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    /// The name.
    pub name: &'static str,
    /// What kind of numbers.
    pub kind: FamilyKind,
    /// What they are, in one line, with the unit.
    pub help: &'static str,
}

/// Labels in the order of their names.
pub type Labels = BTreeMap<String, String>;

/// The numbers of families: per family and labels one number, as the format writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    samples: BTreeMap<Family, BTreeMap<Labels, String>>,
}

impl Page {
    /// Sets a whole number.
    pub fn set(&mut self, family: Family, labels: &[(&str, &str)], value: impl ToString + Copy) {
        let label = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.put(family, labels.iter().map(label).collect(), value.to_string());
    }

    /// Sets a number that is written already.
    pub(super) fn put(&mut self, family: Family, labels: Labels, value: String) {
        self.samples.entry(family).or_default().insert(labels, value);
    }

    /// A number.
    pub(super) fn get(&self, family: Family, labels: &Labels) -> Option<&str> {
        self.samples.get(&family)?.get(labels).map(String::as_str)
    }

    /// All numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Family, &Labels, &str)> {
        self.samples.iter().flat_map(|(family, samples)| {
            samples.iter().map(|(labels, value)| (*family, labels, value.as_str()))
        })
    }

    /// The page in the text format, families in the order of `families`.
    pub fn render(&self, families: &[Family]) -> String {
        let mut text = String::new();
        for family in families {
            let Some(samples) = self.samples.get(family) else { continue };
            // Writing into a string cannot fail.
            let _written = write!(
                text,
                "# HELP {name} {}\n# TYPE {name} {}\n",
                family.help.replace('\\', "\\\\").replace('\n', "\\n"),
                family.kind.code(),
                name = family.name,
            );
            for (labels, value) in samples {
                text.push_str(family.name);
                let mut separator = '{';
                for (name, value) in labels {
                    let _written = write!(text, "{separator}{name}=\"{}\"", escaped(value));
                    separator = ',';
                }
                if separator == ',' {
                    text.push('}');
                }
                let _written = writeln!(text, " {value}");
            }
        }
        text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The family's name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The number as it stands there.
    pub value: String,
}

/// A line that is not as the format says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not as the text format says: {problem}")]
pub struct NotTheFormat {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Reads a page. Every family has to have its help and type before its numbers, all of it together;
/// no number stands there twice.
///
/// # Errors
///
/// [`NotTheFormat`] names the first line that is wrong.
pub fn read(text: &str) -> Result<Vec<Read>, NotTheFormat> {
    let mut numbers = Vec::new();
    let mut families = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let (mut helped, mut typed) = ("", "");
    for (line, content) in (1..).zip(text.lines()) {
        let wrong = |problem| NotTheFormat { line, problem };
        if let Some(comment) = content.strip_prefix("# ") {
            match comment.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
                ["HELP", name, _] if is_name(name) => {
                    if !families.insert((*name).to_owned()) {
                        return Err(wrong("the family was there before"));
                    }
                    helped = name;
                }
                ["TYPE", name, "gauge" | "counter"] if *name == helped => typed = name,
                _ => return Err(wrong("neither HELP nor TYPE, or not of its family")),
            }
            continue;
        }
        let number = number(content).ok_or_else(|| wrong("not a number with its labels"))?;
        if number.name != typed {
            return Err(wrong("a number outside its family"));
        }
        if !seen.insert((number.name.clone(), number.labels.clone())) {
            return Err(wrong("the number was there before"));
        }
        numbers.push(number);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        return Err(NotTheFormat { line: text.lines().count(), problem: "no end of line" });
    }
    Ok(numbers)
}

fn number(line: &str) -> Option<Read> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at_checked(end)?;
    let (labels, value) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Labels::new(), rest),
    };
    let value = value.strip_prefix(' ')?;
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_name(name) && is_digits(whole) && is_digits(part)).then(|| Read {
        name: name.to_owned(),
        labels,
        value: value.to_owned(),
    })
}

/// Reads `name="value",…}` and gives what follows it.
fn labels(mut rest: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = quoted(after)?;
        if !is_name(name) || name.contains(':') || labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((labels, after.strip_prefix('}')?)),
        }
    }
}

/// Reads up to the closing quotation mark and gives what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at..)?.strip_prefix('"')?)),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                same @ ('\\' | '"') => same,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: Family = Family { name: "a", kind: FamilyKind::Gauge, help: "one\\two\nthree" };
    const B: Family = Family { name: "b_total", kind: FamilyKind::Counter, help: "b" };

    #[test]
    fn a_page_is_written_as_the_format_says() {
        let mut page = Page::default();
        page.set(B, &[], 3);
        page.set(A, &[("x", "a\"b\\c\nd"), ("account", "till")], -1);
        page.put(A, Labels::new(), "0.50".to_owned());
        assert_eq!(
            page.render(&[A, B]),
            "# HELP a one\\\\two\\nthree\n# TYPE a gauge\na 0.50\n\
             a{account=\"till\",x=\"a\\\"b\\\\c\\nd\"} -1\n\
             # HELP b_total b\n# TYPE b_total counter\nb_total 3\n"
        );
    }

    #[test]
    fn what_is_not_the_format_is_refused_with_its_line() {
        let head = "# HELP a x\n# TYPE a gauge\n";
        let table = [
            ("a 1\n", 1),
            ("# TYPE a gauge\na 1\n", 1),
            ("# HELP a x\n# TYPE b gauge\n", 2),
            ("# HELP a x\n# TYPE a histogram\n", 2),
            ("# HELP a x\n# TYPE a gauge\na 1\na 2\n", 4),
            ("# HELP a x\n# TYPE a gauge\na 1", 3),
            ("# HELP a x\n# TYPE a gauge\n# HELP a x\n", 3),
        ];
        for (text, line) in table {
            assert_eq!(read(text).expect_err(text).line, line, "{text}");
        }
        for number in
            ["b 1", "a", "a x", "a 1 ", "a{x=1} 1", "a{x=\"1\" 1", "a{x=\"\\t\"} 1", "a 1.", "a -"]
        {
            assert!(read(&format!("{head}{number}\n")).is_err(), "{number}");
        }
        assert_eq!(read("").expect("nothing"), []);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            values in proptest::collection::btree_map(".{0,8}", any::<i64>(), 1..5)
        ) {
            let mut page = Page::default();
            for (label, value) in &values {
                // A line has one end; the format escapes only this one.
                let label = label.replace('\r', "");
                page.set(A, &[("label", &label)], value);
            }
            let numbers = read(&page.render(&[A])).expect("the format");
            let expected: Vec<_> = page.iter().map(|(_, labels, value)| (labels.clone(), value.to_owned())).collect();
            let found: Vec<_> = numbers.into_iter().map(|n| (n.labels, n.value)).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
