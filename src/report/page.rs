//! The page: can this day be trusted, do the totals tie, what is open, what changed; then the rows.
//!
//! One file without scripts and without anything from outside; it reads on a screen, dark or light,
//! and on paper. Whatever comes from the orders is escaped and kept in its own direction of writing.

use std::fmt::Write;

use crate::config::Language;
use crate::report::ReportError;
use crate::report::columns::{FileKind, Form, Overview};
use crate::report::overview::Made;
use crate::report::sentence::Voice;

mod figures;
mod found;
mod style;
mod trust;

use found::Found;

/// Rows of a file other than the discrepancies that are shown.
const ROWS_SHOWN: usize = 200;

/// Writes the page into the set.
pub(super) fn write(made: Made<'_>) -> Result<(), ReportError> {
    let voice = made.request.voice();
    let found = Found::read(made)?;
    let mut html = String::new();
    begin(&mut html, made, voice);
    trust::section(&mut html, made, voice);
    figures::totals(&mut html, made, voice);
    // What many rows have in common saves reading them.
    let is_cause = |kind: FileKind| kind == FileKind::Patterns;
    let told = |kind: FileKind| matches!(kind, FileKind::Discrepancies | FileKind::Summary);
    for (kind, written) in made.written.iter().filter(|(kind, _)| is_cause(*kind)) {
        if written.rows > 0 {
            file(&mut html, made, *kind, written.rows, voice)?;
        }
    }
    found.section(&mut html, made, voice);
    for (kind, written) in made.written.iter().filter(|(kind, _)| !is_cause(*kind) && !told(*kind))
    {
        if written.rows > 0 {
            file(&mut html, made, *kind, written.rows, voice)?;
        }
    }
    end(&mut html, made, voice);
    made.draft.put(&made.name(Overview::Page), html.as_bytes()).map(|_| ())
}

/// Text between tags or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Invisible, and some turn the direction of what follows.
            c if crate::text::is_forbidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Adds text that needs no escaping.
fn put(html: &mut String, text: &str) {
    html.push_str(text);
}

fn begin(html: &mut String, made: Made<'_>, voice: Voice) {
    let date = made.request.date;
    let title = voice.pick("对账报告", "Reconciliation report");
    let heading = format!("{title} <time>{date}</time>");
    put(html, &opening(voice.language, &format!("{title} {date}"), &heading, ""));
}

/// How a page begins, as far as its own content: nothing from outside is loaded, and no script runs.
/// `heading` is markup, `styles` are those that only this page has.
pub(super) fn opening(language: Language, title: &str, heading: &str, styles: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<title>{title}</title>\n<style>\n{}{styles}</style>\n</head>\n<body>\n\
         <header><h1>{heading}</h1></header>\n<main>\n",
        language.pick("zh-CN", "en"),
        style::CSS
    )
}

fn end(html: &mut String, made: Made<'_>, voice: Voice) {
    put(html, "<footer>\n<h2>");
    put(html, voice.pick("怎样阅读", "How to read this"));
    put(html, "</h2>\n<ul>\n");
    for note in crate::report::manifest::notes(made.request) {
        // Writing into a String cannot fail, here and below.
        let _ = writeln!(html, "<li>{}</li>", escaped(&note));
    }
    put(html, "</ul>\n<h2>");
    put(html, voice.pick("文件", "Files"));
    put(html, "</h2>\n<div class=\"wide\"><table class=\"plain\">\n");
    for (kind, written) in made.written {
        let name = kind.name(made.label, voice.language);
        let rows = voice.pick("行", "rows");
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td class=\"n\">{} {rows}</td><td><code>{}</code></td></tr>",
            escaped(&name),
            written.rows,
            written.sha256
        );
    }
    let _ = writeln!(
        html,
        "</table></div>\n<p>{} {} · {} <code>{}</code></p>\n<p class=\"sign\"><span>{}</span>\
         <span>{}</span><span>{}</span></p>\n</footer>\n</main>\n</body>\n</html>",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        voice.pick("配置摘要", "configuration"),
        escaped(made.request.config_digest),
        voice.pick("制表人", "prepared by"),
        voice.pick("复核人", "reviewed by"),
        voice.pick("日期", "date"),
    );
}

/// A whole file as a table, as far as it is shown.
fn file(
    html: &mut String,
    made: Made<'_>,
    kind: FileKind,
    rows: u64,
    voice: Voice,
) -> Result<(), ReportError> {
    let title = kind.title(voice.language);
    let _ = writeln!(html, "<section>\n<h2>{}</h2>", escaped(&title));
    put(html, "<div class=\"wide\"><table>\n<thead><tr>");
    let header = kind.header(voice.language, made.request.business_day.timezone);
    for (column, name) in kind.columns().iter().zip(header) {
        let _ = write!(html, "<th{}>{}</th>", class(column.form), escaped(&name));
    }
    put(html, "</tr></thead>\n<tbody>\n");
    let mut shown = 0_usize;
    made.rows(kind, |cells| {
        if shown < ROWS_SHOWN {
            put(html, "<tr>");
            for (column, text) in kind.columns().iter().zip(cells) {
                let _ = write!(html, "<td{}>{}</td>", class(column.form), escaped(text));
            }
            put(html, "</tr>\n");
        }
        shown = shown.saturating_add(1);
        Ok(())
    })?;
    put(html, "</tbody></table></div>\n");
    let more = rows.saturating_sub(u64::try_from(ROWS_SHOWN).unwrap_or(u64::MAX));
    rest(html, more, &kind.name(made.label, voice.language), voice);
    put(html, "</section>\n");
    Ok(())
}

/// Where to find the rows that are not shown.
fn rest(html: &mut String, more: u64, name: &str, voice: Voice) {
    if more == 0 {
        return;
    }
    let text = voice.pick("其余 {n} 行见 {name}", "{n} more rows in {name}");
    let text = text.replace("{n}", &more.to_string()).replace("{name}", name);
    let _ = writeln!(html, "<p class=\"more\">{}</p>", escaped(&text));
}

/// The class of a cell: numbers stand to the right.
const fn class(form: Form) -> &'static str {
    match form {
        Form::Count | Form::Yuan => " class=\"n\"",
        Form::Text | Form::Date | Form::Time => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let table = [
            ("A1", "A1"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\"&\"", "&quot;&amp;&quot;"),
            ("a\u{202e}b\u{0}c\n", "a\u{fffd}b\u{fffd}c\u{fffd}"),
        ];
        for (text, expected) in table {
            assert_eq!(escaped(text), expected);
        }
    }
}
