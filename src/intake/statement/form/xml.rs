//! XML as a tree of small size, read strictly: no document types, and no entities but the five of XML itself.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// Elements that may lie in each other.
const DEPTH_MAX: usize = 64;

/// Elements that a file may have.
const NODES_MAX: usize = 4_000_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its name without the prefix of its namespace.
    pub(super) name: String,
    /// Its own text, without what surrounds it.
    pub(super) text: String,
    /// The attribute `Ccy`, the only one of which anything depends.
    pub(super) currency: String,
    /// The line on which it begins.
    pub(super) line: i64,
    children: Vec<Self>,
}

/// What is no such XML.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) line: i64,
    pub(super) problem: String,
}

impl Node {
    /// The elements of a name.
    pub(super) fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element of a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((name, rest)) = path.split_first() else { return Some(self) };
        self.children.iter().filter(|child| child.name == *name).find_map(|child| child.at(rest))
    }

    /// The text of the first element of a path; empty where there is none.
    pub(super) fn text_at(&self, path: &[&str]) -> &str {
        self.at(path).map_or("", |node| node.text.as_str())
    }
}

/// Reads a document; its lines are counted from behind those of others before it.
///
/// # Errors
///
/// [`Wrong`] for what is not well-formed, is too deep or too large, or has a document type or an entity.
pub(super) fn read(text: &str, before: i64) -> Result<Node, Wrong> {
    let mut reader = Reader::from_str(text);
    let mut place = Place { text, at: 0, line: before.saturating_add(1) };
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut nodes = 0_usize;
    loop {
        let line = place.line(reader.buffer_position());
        let wrong = |problem: &str| Wrong { line, problem: problem.to_owned() };
        let event =
            reader.read_event().map_err(|error| wrong(&format!("it is no XML ({error})")))?;
        let node = match event {
            Event::Start(start) => {
                open.push(begun(&start, line)?);
                None
            }
            Event::Empty(start) => Some(begun(&start, line)?),
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                put(&mut open, &text.xml10_content());
                None
            }
            Event::CData(text) => {
                put(&mut open, &text.xml10_content());
                None
            }
            Event::GeneralRef(name) => {
                let named = resolve_predefined_entity(&name).map(str::to_owned);
                let number = name.resolve_char_ref().ok().flatten().map(String::from);
                let text = named.or(number);
                put(&mut open, &text.ok_or_else(|| wrong("it has an entity of its own"))?);
                None
            }
            Event::DocType(_) => {
                return Err(wrong("it has a document type, which no statement has"));
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
        };
        nodes = nodes.saturating_add(usize::from(node.is_some()));
        if open.len() > DEPTH_MAX || nodes > NODES_MAX {
            return Err(wrong("it has more elements than any statement"));
        }
        let Some(node) = node else { continue };
        let node = Node { text: node.text.trim().to_owned(), ..node };
        match open.last_mut() {
            Some(parent) => parent.children.push(node),
            None if root.is_none() => root = Some(node),
            None => return Err(wrong("it has two documents")),
        }
    }
    let line = place.line(u64::MAX);
    match root {
        Some(root) if open.is_empty() => Ok(root),
        Some(_) | None => {
            let problem =
                "it ends before its document does: it has probably been cut off".to_owned();
            Err(Wrong { line, problem })
        }
    }
}

fn begun(start: &BytesStart<'_>, line: i64) -> Result<Node, Wrong> {
    let wrong = |problem: String| Wrong { line, problem: format!("it is no XML ({problem})") };
    let name = start.local_name().as_ref().to_owned();
    let currency = start.try_get_attribute("Ccy").map_err(|error| wrong(error.to_string()))?;
    let currency = currency.map(|found| found.value.trim().to_owned()).unwrap_or_default();
    Ok(Node { name, currency, line, ..Node::default() })
}

fn put(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

/// Which line a byte stands on.
struct Place<'t> {
    text: &'t str,
    at: usize,
    line: i64,
}

impl Place<'_> {
    /// The line of the first byte that is no space from a place on, which is behind the last one.
    fn line(&mut self, at: u64) -> i64 {
        let at = usize::try_from(at).unwrap_or(usize::MAX).min(self.text.len());
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let at = at.saturating_add(spaces).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..at).unwrap_or_default();
        let feeds = passed.split(|byte| *byte == b'\n').skip(1).count();
        self.line = self.line.saturating_add(i64::try_from(feeds).unwrap_or(i64::MAX));
        self.at = self.at.max(at);
        self.line
    }
}
