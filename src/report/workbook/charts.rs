//! A sheet of drawings: how old what is open is, and of which account.

use rust_xlsxwriter::{Chart, ChartType, RowNum, Workbook, Worksheet, XlsxError};

use super::Paper;
use super::formats::Formats;
use super::pending::{AGES, Pending};
use crate::money::{Currency, units};
use crate::report::columns::FileKind;
use crate::report::overview::Made;
use crate::report::sentence::Voice;

/// The row of the table of accounts; that of ages and its drawing stand above.
const ACCOUNTS_ROW: RowNum = 18;

/// Writes the sheet: the figures at the left, a drawing of each beside them.
pub(super) fn write(
    book: &mut Workbook,
    made: Made<'_>,
    pending: &Pending,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let voice = made.voice;
    let name = voice.pick("图表", "charts");
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    for (at, width) in [(0, 26_u32), (1, 10), (2, 16), (3, 10)] {
        sheet.set_column_width(at, width)?;
    }
    ages(sheet, name, pending, voice, formats)?;
    let last = accounts(sheet, name, pending, made, formats)?;
    let source = FileKind::Discrepancies.title(voice.language);
    let source =
        voice.pick("数据来源：工作表“{name}”", "from the sheet {name}").replace("{name}", &source);
    sheet.write_string_with_format(last.saturating_add(3), 0, source, &formats.label)?;
    Paper { title: name, label: made.label(), language: voice.language, pages_wide: 1 }.set(sheet);
    Ok(())
}

/// How old what is open is.
fn ages(
    sheet: &mut Worksheet,
    name: &str,
    pending: &Pending,
    voice: Voice,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let title = voice.pick("账龄（待处理与挂账）", "age (open or on suspense)");
    sheet.write_string_with_format(0, 0, title, &formats.header)?;
    sheet.write_string_with_format(0, 1, voice.pick("笔数", "count"), &formats.number_header)?;
    let mut row: RowNum = 0;
    let mut from = 0_i64;
    for (at, rows) in pending.by_age.iter().enumerate() {
        row = row.saturating_add(1);
        let days = match AGES.get(at) {
            Some(most) if *most == from => from.to_string(),
            Some(most) => format!("{from}–{most}"),
            None => format!("≥{from}"),
        };
        from = AGES.get(at).map_or(from, |most| most.saturating_add(1));
        let label = format!("{days} {}", voice.pick("天", "day(s)"));
        sheet.write_string_with_format(row, 0, label, &formats.top)?;
        sheet.write_with_format(row, 1, *rows, &formats.whole)?;
    }
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_categories((name, 1, 0, row, 0)).set_values((name, 1, 1, row, 1));
    drawn(sheet, 0, &mut chart, title)
}

/// Of which account it is; gives the last row.
fn accounts(
    sheet: &mut Worksheet,
    name: &str,
    pending: &Pending,
    made: Made<'_>,
    formats: &Formats,
) -> Result<RowNum, XlsxError> {
    let voice = made.voice;
    let title = voice.pick("账户（待处理与挂账）", "account (open or on suspense)");
    let count = voice.pick("笔数", "count");
    let names =
        [title, count, voice.pick("差异金额", "difference"), voice.pick("币种", "currency")];
    for (at, text) in (0..).zip(names) {
        let format = if matches!(at, 1 | 2) { &formats.number_header } else { &formats.header };
        sheet.write_string_with_format(ACCOUNTS_ROW, at, text, format)?;
    }
    let first = ACCOUNTS_ROW.saturating_add(1);
    let mut row = ACCOUNTS_ROW;
    for ((account, currency), tally) in &pending.by_account {
        row = row.saturating_add(1);
        let is_yuan = *currency == Currency::CNY;
        let account = made.title_of(account);
        let label = if is_yuan { account.to_owned() } else { format!("{account} {currency}") };
        sheet.write_string_with_format(row, 0, label, &formats.top)?;
        sheet.write_with_format(row, 1, tally.count, &formats.whole)?;
        let text = units(tally.minor, *currency);
        match super::exact_number(&text) {
            Some(number) => {
                sheet.write_number_with_format(row, 2, number, &formats.money(*currency))?
            }
            None => sheet.write_string_with_format(row, 2, text, &formats.top)?,
        };
        sheet.write_string_with_format(row, 3, currency.as_str(), &formats.top)?;
    }
    if row < first {
        let none = voice.pick("没有待处理差异", "nothing is open");
        sheet.write_string_with_format(first, 0, none, &formats.top)?;
        return Ok(first);
    }
    let mut chart = Chart::new(ChartType::Bar);
    chart
        .add_series()
        .set_categories((name, first, 0, row, 0))
        .set_values((name, first, 1, row, 1));
    chart.y_axis().set_reverse();
    drawn(sheet, ACCOUNTS_ROW, &mut chart, title)?;
    Ok(row)
}

/// Puts a drawing beside its figures.
fn drawn(
    sheet: &mut Worksheet,
    row: RowNum,
    chart: &mut Chart,
    title: &str,
) -> Result<(), XlsxError> {
    chart.title().set_name(title);
    chart.legend().set_hidden();
    chart.set_width(560).set_height(300);
    sheet.insert_chart(row, 5, chart)?;
    Ok(())
}
