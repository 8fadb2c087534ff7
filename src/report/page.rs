//! The page: can this day be trusted, do the totals tie, what is open, what changed; then the rows.
//!
//! One file without anything from outside; it reads on a screen, dark or light, wide or narrow, and on
//! paper. It is whole without its one script, which only searches and filters what is there. Whatever comes
//! from the orders is escaped and kept in its own direction of writing.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::config::Language;
use crate::money::grouped;
use crate::report::ReportError;
use crate::report::columns::{Column, FileKind, Form};
use crate::report::overview::{Made, value};
use crate::report::sentence::Voice;

mod bridge;
mod figures;
mod found;
mod rows;
mod style;
mod trust;

pub(super) use crate::text::escaped;
use found::Found;
pub(super) use trust::open_answer;

/// Rows of a file other than the discrepancies that are shown.
const ROWS_SHOWN: u64 = 200;

/// Columns that still stand beside each other on paper; a row that has more is set as a block.
const PAPER_COLUMNS_MAX: usize = 12;

/// The page's script.
const FILTER: &str = include_str!("page/filter.js");

/// The page of a set.
pub(super) fn html(made: Made<'_>) -> Result<String, ReportError> {
    let voice = made.voice;
    let accounts = made.accounts()?;
    let found = Found::read(made)?;
    let mut html = String::new();
    begin(&mut html, made, voice);
    trust::section(&mut html, made, &accounts);
    figures::totals(&mut html, &accounts, voice);
    // What many rows have in common saves reading them.
    let is_cause = |kind: FileKind| kind == FileKind::Patterns;
    let is_elsewhere = |kind: FileKind| matches!(kind, FileKind::Discrepancies | FileKind::Summary);
    for (kind, written) in made.written.iter().filter(|(kind, _)| is_cause(*kind)) {
        if written.rows > 0 {
            file(&mut html, made, *kind, written.rows, voice)?;
        }
    }
    found.section(&mut html, made, voice);
    for (kind, written) in
        made.written.iter().filter(|(kind, _)| !is_cause(*kind) && !is_elsewhere(*kind))
    {
        if *kind == FileKind::Balances {
            bridge::section(&mut html, made)?;
        }
        if written.rows > 0 {
            file(&mut html, made, *kind, written.rows, voice)?;
        }
    }
    end(&mut html, made, voice);
    Ok(html)
}

/// Adds text that needs no escaping.
fn put(html: &mut String, text: &str) {
    html.push_str(text);
}

fn begin(html: &mut String, made: Made<'_>, voice: Voice) {
    let date = made.label();
    let title = voice.pick("对账报告", "Reconciliation report");
    let heading = format!("{title} <time>{date}</time>");
    let head = Head {
        language: voice.language,
        title: &format!("{title} {date}"),
        heading: &heading,
        styles: "",
        script: Some(FILTER),
    };
    put(html, &opening(&head));
    contents(html, made, voice);
}

/// Links to the parts of the page.
fn contents(html: &mut String, made: Made<'_>, voice: Voice) {
    let _ = write!(html, "<nav aria-label=\"{}\">", voice.pick("目录", "contents"));
    let parts = [
        ("totals", voice.pick("双方合计", "totals")),
        ("open", voice.pick("尚未关闭的差异", "what is open")),
    ];
    for (at, name) in parts {
        let _ = write!(html, "<a href=\"#{at}\">{name}</a> ");
    }
    let is_elsewhere = |kind: FileKind| kind == FileKind::Summary;
    for (kind, _) in made.written.iter().filter(|(kind, it)| !is_elsewhere(*kind) && it.rows > 0) {
        let _ = write!(
            html,
            "<a href=\"#{}\">{}</a> ",
            kind.code(),
            escaped(&kind.title(voice.language))
        );
    }
    let _ = writeln!(html, "<a href=\"#files\">{}</a></nav>", voice.pick("文件", "files"));
}

/// How a page begins.
pub(super) struct Head<'a> {
    pub(super) language: Language,
    /// Text.
    pub(super) title: &'a str,
    /// Markup.
    pub(super) heading: &'a str,
    /// Styles that only this page has.
    pub(super) styles: &'a str,
    /// The one script that may run in it; the page ends with it, see `page/filter.js`.
    pub(super) script: Option<&'a str>,
}

/// How a page begins, as far as its own content: nothing from outside is loaded, and no script runs but the
/// one that it names by its digest.
pub(super) fn opening(head: &Head<'_>) -> String {
    let Head { title, heading, styles, .. } = head;
    let digest =
        |script| format!("; script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let scripts = head.script.map(digest).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'{scripts}\">\n<title>{title}</title>\n<style>\n{}{styles}</style>\n</head>\n<body>\n\
         <header><h1>{heading}</h1></header>\n<main>\n",
        head.language.pick("zh-CN", "en"),
        style::CSS
    )
}

fn end(html: &mut String, made: Made<'_>, voice: Voice) {
    put(html, "<footer>\n<h2>");
    put(html, voice.pick("怎样阅读", "How to read this"));
    put(html, "</h2>\n<ul>\n");
    for note in &made.manifest.notes {
        // Writing into a String cannot fail, here and below.
        let _ = writeln!(html, "<li>{}</li>", escaped(note));
    }
    put(html, "</ul>\n<h2 id=\"files\">");
    put(html, voice.pick("文件", "Files"));
    put(html, "</h2>\n");
    scrolling(html, voice.pick("文件", "Files"));
    put(html, "<table class=\"plain\">\n");
    for (kind, written) in made.written {
        let name = kind.name(made.label(), voice.language);
        let rows = voice.pick("行", "rows");
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td class=\"n\">{} {rows}</td><td><code>{}</code></td></tr>",
            link(&name),
            written.rows,
            written.sha256
        );
    }
    let _ = writeln!(
        html,
        "</table></div>\n<p>{} {} · {} <code>{}</code></p>\n<p class=\"sign\"><span>{}</span>\
         <span>{}</span><span>{}</span></p>\n</footer>\n</main>\n<script>{FILTER}</script>\n</body>\n</html>",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        voice.pick("配置摘要", "configuration"),
        escaped(&made.manifest.config_digest),
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
    let (title, name) = (kind.title(voice.language), kind.name(made.label(), voice.language));
    let _ = writeln!(
        html,
        "<section id=\"{}\">\n<details open>\n<summary><h2>{}</h2> <span>{}</span></summary>",
        kind.code(),
        escaped(&title),
        extent(rows.min(ROWS_SHOWN), rows, &name, voice)
    );
    let is_many = kind.columns().len() > PAPER_COLUMNS_MAX;
    scrolling(html, &title);
    put(html, if is_many { "<table class=\"many\">" } else { "<table>" });
    put(html, "\n<thead><tr>");
    let header = kind.header(voice.language, voice.business_day.timezone);
    // What the clerk fills in is filled in elsewhere.
    let is_shown = |column: &Column| !column.is_for_the_clerk();
    for (column, name) in kind.columns().iter().zip(&header).filter(|(it, _)| is_shown(it)) {
        let _ = write!(html, "<th scope=\"col\"{}>{}</th>", class(column.form), escaped(name));
    }
    put(html, "</tr></thead>\n<tbody>\n");
    let mut shown = 0_u64;
    made.rows(kind, |cells| {
        if shown < ROWS_SHOWN {
            let id = if kind == FileKind::Patterns { value(kind, cells, "pattern_id") } else { "" };
            let _ = match id {
                "" => write!(html, "<tr>"),
                id => write!(html, "<tr id=\"{}\">", escaped(id)),
            };
            let columns = kind.columns().iter().zip(cells).zip(&header);
            for ((column, text), name) in columns.filter(|((it, _), _)| is_shown(it)) {
                let class =
                    if column.is_sentence() { " class=\"say\"" } else { class(column.form) };
                let _ = write!(html, "<td{class}");
                if is_many {
                    let _ = write!(html, " data-name=\"{}\"", escaped(name));
                }
                let text = match column.form {
                    Form::Yuan => grouped(text),
                    Form::Text | Form::Count | Form::Date | Form::Time => (*text).to_owned(),
                };
                let _ = write!(html, ">{}</td>", escaped(&text));
            }
            put(html, "</tr>\n");
        }
        shown = shown.saturating_add(1);
        Ok(())
    })?;
    put(html, "</tbody></table></div>\n</details>\n</section>\n");
    Ok(())
}

/// How many of a file's rows are shown, and where all of them are: markup.
fn extent(shown: u64, rows: u64, name: &str, voice: Voice) -> String {
    let text = if shown < rows {
        voice.pick(
            "显示 {shown} 行，共 {rows} 行，全部见",
            "{shown} of {rows} rows shown; all of them:",
        )
    } else {
        voice.pick("共 {rows} 行，见", "{rows} row(s):")
    };
    let text = text.replace("{shown}", &shown.to_string()).replace("{rows}", &rows.to_string());
    format!("{text} {}", link(name))
}

/// A link to a file of the set.
fn link(name: &str) -> String {
    let name = escaped(name);
    format!("<a href=\"{name}\">{name}</a>")
}

/// Begins a part that scrolls in itself where it is wider than the page; the caller ends it. It can be
/// reached by the keyboard.
pub(super) fn scrolling(html: &mut String, label: &str) {
    let label = escaped(label);
    let _ =
        write!(html, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">");
}

/// The class of a cell: numbers stand to the right.
const fn class(form: Form) -> &'static str {
    match form {
        Form::Count | Form::Yuan => " class=\"n\"",
        Form::Text | Form::Date | Form::Time => "",
    }
}
