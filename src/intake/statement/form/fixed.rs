//! Lines without separators or header, whose fields stand at fixed bytes.

use std::collections::BTreeSet;

use super::{Formed, Lines, refused};
use crate::config::{Encoding, Field};
use crate::intake::cell;
use crate::intake::content::{Content, Form};
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::table::{Made, Table, TableCell, TableRow};
use crate::order::RejectionReason;

/// Reads every line as a row.
///
/// # Errors
///
/// The file cannot be read.
pub(super) fn read(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Formed, StatementError> {
    let encoding = match content.form {
        Form::Text { encoding, .. } => encoding,
        Form::Workbook => Encoding::Utf8,
    };
    let cut = Cut::new(request.settings.fixed.values().copied().collect(), encoding);
    let bytes = content.whole_text(request.name)?;
    let mut lines = Lines::default();
    let all = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    for (number, line) in (1_i64..).zip(all.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1A)) {
            lines.blank(1);
        } else {
            lines.push(cut.row(number, line));
        }
    }
    let (rows, passed) = lines.end();
    let header = request.settings.fixed.keys().cloned().collect();
    let made = Made { header, rows, passed, lines: content.lines(), header_line: 0 };
    Ok(Formed { table: Table::made(made), totals: Vec::new(), period: None })
}

/// Where lines are cut.
struct Cut {
    /// First byte, from 0, and the first behind.
    fields: Vec<(usize, usize)>,
    /// Bytes in front of a field that belong to no other: they are blank.
    blanks: Vec<usize>,
    length: usize,
    encoding: Encoding,
}

impl Cut {
    fn new(fields: Vec<Field>, encoding: Encoding) -> Self {
        let place = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let range = |field: Field| {
            let from = place(field.from).saturating_sub(1);
            (from, from.saturating_add(place(field.bytes)))
        };
        let fields: Vec<_> = fields.into_iter().map(range).collect();
        let ends: BTreeSet<usize> = fields.iter().map(|(_, end)| *end).collect();
        let begins = fields.iter().map(|(from, _)| *from).filter(|from| !ends.contains(from));
        let blanks = begins.filter_map(|from| from.checked_sub(1)).collect();
        let length = ends.last().copied().unwrap_or(0);
        Self { fields, blanks, length, encoding }
    }

    /// A line as a row. One that is too short has been cut off; one with something between its fields is
    /// written otherwise.
    fn row(&self, number: i64, line: &[u8]) -> TableRow {
        let is_blank = |at: &usize| line.get(*at) == Some(&b' ');
        if line.len() < self.length || !self.blanks.iter().all(is_blank) {
            return refused(number, RejectionReason::WrongColumnCount);
        }
        let cells = self.fields.iter().map(|(from, end)| {
            let bytes = line.get(*from..*end).unwrap_or_default();
            match cell::decode(bytes, self.encoding) {
                Some(text) => TableCell { text: cell::clean(&text).to_owned(), damage: None },
                None => TableCell {
                    text: cell::decode_lossy(bytes, self.encoding).into_owned(),
                    damage: Some(RejectionReason::NotText),
                },
            }
        });
        TableRow::of(number, cells.collect())
    }
}
