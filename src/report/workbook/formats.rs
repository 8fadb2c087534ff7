//! How cells look: sparingly.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

use crate::config::Language;
use crate::discrepancy::Severity;
use crate::money::Currency;
use crate::report::columns::{Column, Form};
use crate::wording::Word;

const INPUT: Color = Color::RGB(0xFF_F6_CC);
const BLUE: Color = Color::RGB(0x0B_5C_AD);
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
        let plain = Format::new().set_num_format(number_format).set_align(FormatAlign::Top);
        let total = plain.clone().set_bold().set_border_top(FormatBorder::Thin);
        let alarm = plain.clone().set_bold().set_font_color(RED);
        Self { plain, total, alarm }
    }

    fn wrapped(self) -> Self {
        self.each(Format::set_text_wrap)
    }

    /// What would else stand against the number beside it.
    fn at_left(self) -> Self {
        self.each(begins_left)
    }

    fn each(self, change: impl Fn(Format) -> Format) -> Self {
        Self { plain: change(self.plain), total: change(self.total), alarm: change(self.alarm) }
    }
}

/// Text stands off from the number at its left.
fn begins_left(format: Format) -> Format {
    // Beside an alignment to the top, an indent counts only where the other one is said.
    format.set_align(FormatAlign::Left).set_indent(1)
}

/// Every look of the workbook.
pub(super) struct Formats {
    /// Column names.
    pub(super) header: Format,
    /// The name of a column of numbers, above them.
    pub(super) number_header: Format,
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
    /// Bad news on a line of its own.
    pub(super) alarm_line: Format,
    /// The news on a line of its own.
    pub(super) strong: Format,
    /// Text on a line of its own.
    pub(super) line: Format,
    /// A value beside taller ones.
    pub(super) top: Format,
    /// A cell whose text goes over several lines, and stays text.
    pub(super) cell_wrapped: Format,
    /// A cell for the clerk.
    pub(super) input: Format,
    /// The name of a column for the clerk.
    pub(super) input_header: Format,
    /// Leads to another sheet.
    pub(super) link: Format,
    /// A count.
    pub(super) whole: Format,
    text: Look,
    sentence: Look,
    count: Look,
    units: Look,
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
        let number_header = header.clone().set_align(FormatAlign::Right);
        let header = begins_left(header);
        let cell = begins_left(Format::new().set_num_format("@").set_align(FormatAlign::Top));
        let alarm_line = Format::new().set_bold().set_font_color(RED);
        Self {
            input_header: header.clone().set_background_color(INPUT),
            header,
            number_header,
            alarm_line,
            strong: Format::new().set_bold(),
            line: Format::new(),
            input: cell
                .clone()
                .set_text_wrap()
                .set_background_color(INPUT)
                .set_border(FormatBorder::Hair)
                .set_border_color(LINE),
            cell_wrapped: cell.clone().set_text_wrap(),
            link: cell.clone().set_font_color(BLUE).set_underline(FormatUnderline::Single),
            top: cell,
            whole: Format::new().set_num_format("#,##0").set_align(FormatAlign::Top),
            title: Format::new().set_bold().set_font_size(16),
            label: begins_left(Format::new().set_font_color(GREY).set_align(FormatAlign::Top)),
            wrapped: begins_left(Format::new().set_text_wrap().set_align(FormatAlign::Top)),
            blank: Format::new().set_border_bottom(FormatBorder::Thin),
            alarm: begins_left(Format::new().set_bold().set_font_color(RED).set_text_wrap()),
            // `@` keeps what a person types over an id from becoming a number.
            text: Look::new("@").at_left(),
            sentence: Look::new("@").at_left().wrapped(),
            count: Look::new("0"),
            units: Look::new("#,##0"),
            yuan: Look::new("#,##0.00"),
            thousandths: Look::new("#,##0.000"),
            date: Look::new("yyyy-mm-dd").at_left(),
            time: Look::new("yyyy-mm-dd hh:mm:ss").at_left(),
            high: begins_left(Format::new().set_font_color(AMBER).set_align(FormatAlign::Top)),
        }
    }

    /// The look of an amount where its currency stands nowhere else.
    pub(super) fn money(&self, currency: Currency) -> Format {
        let look = match currency.exponent() {
            0 => &self.units,
            3 => &self.thousandths,
            _ => &self.yuan,
        };
        if currency == Currency::CNY {
            return look.plain.clone();
        }
        let decimals = match currency.exponent() {
            0 => "",
            3 => ".000",
            _ => ".00",
        };
        look.plain.clone().set_num_format(format!("#,##0{decimals} \"{currency}\""))
    }

    /// The look of how grave something is.
    pub(super) const fn of_severity(&self, severity: Severity) -> &Format {
        match severity {
            Severity::Critical => &self.text.alarm,
            Severity::High => &self.high,
            Severity::Medium | Severity::Low => &self.top,
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
            Form::Text if column.is_sentence() => &self.sentence,
            Form::Text => &self.text,
            Form::Count => &self.count,
            // An amount has the decimals of its currency.
            Form::Yuan => match text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) {
                0 if !text.is_empty() => &self.units,
                3 => &self.thousandths,
                _ => &self.yuan,
            },
            Form::Date => &self.date,
            Form::Time => &self.time,
        };
        let is = |severity: Severity| text == severity.word(language);
        match column.code {
            _ if column.is_for_the_clerk() && !is_total => &self.input,
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
