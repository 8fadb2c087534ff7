//! How cells look: sparingly.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::config::Language;
use crate::discrepancy::Severity;
use crate::report::columns::{Column, Form};
use crate::report::words::Word;

const HEADER: Color = Color::RGB(0xE8_EC_F1);
const LINE: Color = Color::RGB(0xB8_C2_CC);
const RED: Color = Color::RGB(0xB4_23_18);
const AMBER: Color = Color::RGB(0x9A_5B_00);
const GREY: Color = Color::RGB(0x5F_6B_76);

/// The looks of one kind of cell.
struct Look {
    plain: Format,
    total: Format,
    alarm: Format,
}

impl Look {
    fn new(number_format: &str) -> Self {
        let plain = Format::new().set_num_format(number_format);
        let total = plain.clone().set_bold().set_border_top(FormatBorder::Thin);
        let alarm = plain.clone().set_bold().set_font_color(RED);
        Self { plain, total, alarm }
    }
}

/// Every look of the workbook.
pub(super) struct Formats {
    /// Column names.
    pub(super) header: Format,
    /// The title of the first sheet.
    pub(super) title: Format,
    /// Small words beside a value.
    pub(super) label: Format,
    /// Text that goes over several lines.
    pub(super) wrapped: Format,
    /// A place to sign.
    pub(super) blank: Format,
    /// Bad news.
    pub(super) alarm: Format,
    text: Look,
    count: Look,
    yuan: Look,
    thousandths: Look,
    date: Look,
    time: Look,
    high: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let header = Format::new()
            .set_bold()
            .set_background_color(HEADER)
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(LINE)
            .set_align(FormatAlign::VerticalCenter);
        Self {
            header,
            title: Format::new().set_bold().set_font_size(16),
            label: Format::new().set_font_color(GREY).set_align(FormatAlign::Top),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            blank: Format::new().set_border_bottom(FormatBorder::Thin),
            alarm: Format::new().set_bold().set_font_color(RED).set_text_wrap(),
            // `@` keeps what a person types over an id from becoming a number.
            text: Look::new("@"),
            count: Look::new("0"),
            yuan: Look::new("0.00"),
            thousandths: Look::new("0.000"),
            date: Look::new("yyyy-mm-dd"),
            time: Look::new("yyyy-mm-dd hh:mm:ss"),
            high: Format::new().set_font_color(AMBER),
        }
    }

    /// The look of a value.
    pub(super) fn of(
        &self,
        column: &Column,
        text: &str,
        language: Language,
        is_total: bool,
    ) -> &Format {
        let look = match column.form {
            Form::Text => &self.text,
            Form::Count => &self.count,
            // An amount has the decimals of its currency.
            Form::Yuan => match text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) {
                0 if !text.is_empty() => &self.count,
                3 => &self.thousandths,
                _ => &self.yuan,
            },
            Form::Date => &self.date,
            Form::Time => &self.time,
        };
        let is = |severity: Severity| text == severity.word(language);
        match column.code {
            "severity" if is(Severity::Critical) => &look.alarm,
            "severity" if is(Severity::High) => &self.high,
            "unexplained" | "balance_gap" if text.contains(|c: char| matches!(c, '1'..='9')) => {
                &look.alarm
            }
            _ if is_total => &look.total,
            _ => &look.plain,
        }
    }
}
