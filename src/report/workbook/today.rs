//! The first sheet: what has to be done today, the most urgent first, with the cells that the clerk fills in.

use std::cmp::Reverse;

use rust_xlsxwriter::{ColNum, Format, RowNum, Url, Workbook, Worksheet, XlsxError};

use super::formats::Formats;
use super::pending::{Pending, Task};
use super::{Paper, ROWS_MAX, choice, exact_number, height_of};
use crate::config::Language;
use crate::discrepancy::Severity;
use crate::money::{Currency, units};
use crate::report::columns::{FileKind, today};
use crate::report::headline::Doubt;
use crate::report::overview::Made;
use crate::wording::Word;

/// Widths of the columns in characters: on a usual screen all of them are seen without scrolling.
const WIDTHS: [u32; 10] = [9, 21, 16, 25, 22, 13, 38, 13, 11, 26];

/// The column of amounts.
const AMOUNT: ColNum = 5;

/// The columns that the clerk fills in; the first of them has a list to choose from.
const FILLED: [ColNum; 3] = [7, 8, 9];

/// Writes the sheet.
pub(super) fn write(
    book: &mut Workbook,
    made: Made<'_>,
    pending: &Pending,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let language = made.language();
    let sheet = book.add_worksheet();
    sheet.set_name(today::title(language))?;
    for (at, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    let header = above(sheet, made, pending, formats)?;
    for (at, name) in (0..).zip(today::header(language)) {
        let format = match at {
            AMOUNT => &formats.number_header,
            at if FILLED.contains(&at) => &formats.input_header,
            _ => &formats.header,
        };
        sheet.write_string_with_format(header, at, name, format)?;
    }
    let mut row = header;
    for (Reverse(severity), number, task) in pending.tasks.iter() {
        row = row.saturating_add(1);
        line(sheet, row, (severity, number, task), made, formats)?;
    }
    sheet.set_freeze_panes(header.saturating_add(1), 0)?;
    if row > header {
        sheet.autofilter(header, 0, row, 9)?;
        sheet.add_data_validation(header.saturating_add(1), 7, row, 7, &choice(language)?)?;
    }
    Paper { title: today::title(language), label: made.label(), language, pages_wide: 1 }
        .set(sheet);
    sheet.set_repeat_rows(header, header)?;
    Ok(())
}

/// The headline and how much of all there is to do the sheet has; gives the row of the header.
fn above(
    sheet: &mut Worksheet,
    made: Made<'_>,
    pending: &Pending,
    formats: &Formats,
) -> Result<RowNum, XlsxError> {
    let language = made.language();
    let title = format!("{} {}", today::title(language), made.label());
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    let mut row = 1;
    let mut lines: Vec<(String, &Format)> = Vec::new();
    if let (Some((doubt, sentences)), Some(entry)) = (made.headline(), &made.manifest.headline) {
        let format = if doubt == Doubt::None { &formats.strong } else { &formats.alarm_line };
        lines.extend(sentences.first().map(|verdict| (verdict.clone(), format)));
        lines.push((entry.pending.clone(), &formats.line));
    }
    let (kept, count) = (pending.tasks.kept(), pending.tasks.count());
    let rest = FileKind::Discrepancies.title(language);
    let text = match language {
        Language::Zh if kept < count => format!(
            "本表列出最紧急的 {kept} 笔，共 {count} 笔，其余见工作表“{rest}”。请填写黄色单元格，保存后导入。"
        ),
        Language::Zh => format!("共 {count} 笔。请填写黄色单元格，保存后导入。"),
        Language::En if kept < count => format!(
            "The {kept} most urgent of {count} rows; the others are on the sheet {rest}. Fill in the yellow \
             cells, save, and import the file."
        ),
        Language::En => {
            format!("{count} row(s). Fill in the yellow cells, save, and import the file.")
        }
    };
    lines.push((text, &formats.line));
    for (text, format) in lines {
        sheet.write_string_with_format(row, 0, text, format)?;
        row = row.saturating_add(1);
    }
    Ok(row)
}

fn line(
    sheet: &mut Worksheet,
    row: RowNum,
    (severity, number, task): (Severity, u64, &Task),
    made: Made<'_>,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let language = made.language();
    let account = made.title_of(&task.account);
    let word = severity.word(language);
    sheet.write_string_with_format(row, 0, word, formats.of_severity(severity))?;
    let link = Url::new(place_of(number, language)).set_text(&task.id);
    sheet.write_url_with_format(row, 1, link, &formats.link)?;
    sheet.write_string_with_format(row, 2, account, &formats.cell_wrapped)?;
    sheet.write_string_with_format(row, 3, &task.order_no, &formats.cell_wrapped)?;
    sheet.write_string_with_format(row, 4, &task.kind, &formats.cell_wrapped)?;
    amount(sheet, (row, AMOUNT), task.minor, task.currency, formats)?;
    let (cause, gap) = match (language, task.cause.as_str()) {
        (_, "") => (String::new(), ""),
        (Language::Zh, cause) => (format!("原因：{cause}"), "；"),
        (Language::En, cause) => (format!("cause: {cause}"), "; "),
    };
    let text = format!("{cause}{gap}{}", task.action);
    sheet.write_string_with_format(row, 6, &text, &formats.cell_wrapped)?;
    let width = |at: usize| WIDTHS.get(at).map_or(1, |it| usize::try_from(*it).unwrap_or(1));
    let wrapped = [(account, 2), (&*task.order_no, 3), (&*task.kind, 4), (&*text, 6)];
    if let Some(height) = height_of(wrapped.map(|(text, at)| (text, width(at))).into_iter()) {
        sheet.set_row_height(row, height)?;
    }
    for at in FILLED {
        sheet.write_blank(row, at, &formats.input)?;
    }
    Ok(())
}

/// An amount as a number, of another currency than yuan with its code.
fn amount(
    sheet: &mut Worksheet,
    (row, at): (RowNum, ColNum),
    minor: i64,
    currency: Currency,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let text = units(minor, currency);
    let format = formats.money(currency);
    match exact_number(&text) {
        Some(number) => sheet.write_number_with_format(row, at, number, &format)?,
        None => sheet.write_string_with_format(row, at, text, &format)?,
    };
    Ok(())
}

/// Where the full row of a number of the discrepancy file stands in this workbook.
fn place_of(number: u64, language: Language) -> String {
    let title = FileKind::Discrepancies.title(language);
    let per_sheet = u64::from(ROWS_MAX.saturating_sub(1));
    let before = number.saturating_sub(1);
    let sheet = before.checked_div(per_sheet).unwrap_or(0);
    let row = before.checked_rem(per_sheet).unwrap_or(0).saturating_add(2);
    if sheet == 0 {
        format!("internal:'{title}'!A{row}")
    } else {
        format!("internal:'{title} {}'!A{row}", sheet.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_full_row_on_whichever_sheet_it_is() {
        let table = [
            (1, "internal:'差异明细'!A2"),
            (1_048_575, "internal:'差异明细'!A1048576"),
            (1_048_576, "internal:'差异明细 2'!A2"),
        ];
        for (number, expected) in table {
            assert_eq!(place_of(number, Language::Zh), expected);
        }
    }
}
