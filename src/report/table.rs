//! Tables for a terminal: columns two spaces apart that line up in Chinese too.

use unicode_width::UnicodeWidthStr;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    text: String,
    right: bool,
}

impl Field {
    /// Words begin at the left of their column.
    pub fn left(text: &str) -> Self {
        Self { text: text.to_owned(), right: false }
    }

    /// Numbers end at its right.
    pub fn right(text: &str) -> Self {
        Self { text: text.to_owned(), right: true }
    }
}

/// The rows as lines of text, each with a line break.
pub fn aligned(table: &[Vec<Field>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in table {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, field) in widths.iter_mut().zip(row) {
            *width = (*width).max(columns(&field.text));
        }
    }
    let mut text = String::new();
    for row in table {
        let cells: Vec<_> = row
            .iter()
            .zip(&widths)
            .map(|(field, width)| {
                let gap = " ".repeat(width.saturating_sub(columns(&field.text)));
                if field.right {
                    format!("{gap}{}", field.text)
                } else {
                    format!("{}{gap}", field.text)
                }
            })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Columns that a text takes on a terminal: two for a Chinese or full-width character.
pub fn columns(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_chinese_too() {
        let row = |left: &str, right: &str| vec![Field::left(left), Field::right(right)];
        let text = aligned(&[row("账户", "金额"), row("mmsp-main", "-1.00"), row("Ａ", "100.00")]);
        assert_eq!(
            text,
            "账户         金额\n\
             mmsp-main   -1.00\n\
             Ａ         100.00\n"
        );
        assert_eq!(columns("掉单(x)，"), 9);
    }
}
