//! The bill that icashier's portal exports for a day, and how the merchant reads it. The document says
//! nothing of it: it has the shape that such exports have.
//!
//! Odd: a workbook with a title and the merchant's number above the header, every row a payment that
//! succeeded, and the sum under its column.

use std::io;

use rust_xlsxwriter::{
    ColNum, DocProperties, ExcelDateTime, Format, RowNum, Workbook, Worksheet, XlsxError,
};

use super::MER_ID;
use crate::business_day::{BusinessDate, BusinessDay};
use crate::money::yuan;
use crate::simulator::world::{Trade, party};

/// `[account.statement]` below the name of the file.
pub(in crate::simulator) const SETTINGS: &str = r#"kind = "payment"

[account.statement.columns]
order_no = "商户订单号"
provider_order_no = "平台流水号"
amount = "交易金额(元)"
paid_at = "支付时间"

[account.statement.totals]
"合计" = "amount"
"#;

const HEADER: [&str; 7] =
    ["序号", "商户订单号", "平台流水号", "交易金额(元)", "支付时间", "付款人", "付款账号"];
const AMOUNT: ColNum = 3;

/// The bill of a date, as `.xlsx`.
pub(in crate::simulator) fn xlsx(trades: &[&Trade], date: BusinessDate) -> io::Result<Vec<u8>> {
    book(trades, date).map_err(io::Error::other)
}

fn book(trades: &[&Trade], date: BusinessDate) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The machine's clock would make every file another one.
    let made_at = ExcelDateTime::parse_from_str(&date.plus_days(1).to_string())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made_at));
    let sheet = book.add_worksheet();
    sheet.set_name("交易明细")?;
    texts(sheet, 0, &["收银台交易明细"])?;
    texts(sheet, 1, &["商户号", MER_ID, "账单日期", &date.to_string()])?;
    texts(sheet, 3, &HEADER)?;
    let mut row: RowNum = 4;
    for (number, trade) in (1_u64..).zip(trades) {
        let party = party(trade);
        let paid_at = trade.paid_at.map(|at| BusinessDay::BEIJING.text(at)).unwrap_or_default();
        let (order_no, own) = (&*trade.order_no, &*trade.provider_order_no);
        let values =
            [&*number.to_string(), order_no, own, "", &*paid_at, &*party.name, &*party.card];
        texts(sheet, row, &values)?;
        amount(sheet, row, trade.amount_minor)?;
        row = row.saturating_add(1);
    }
    texts(sheet, row, &["合计"])?;
    let sum = trades.iter().fold(0_i64, |sum, trade| sum.saturating_add(trade.amount_minor));
    amount(sheet, row, sum)?;
    book.save_to_buffer()
}

fn texts(sheet: &mut Worksheet, row: RowNum, texts: &[&str]) -> Result<(), XlsxError> {
    for (at, text) in (0..).zip(texts) {
        if !text.is_empty() {
            sheet.write_string(row, at, *text)?;
        }
    }
    Ok(())
}

/// An amount in yuan as the number that a spreadsheet makes of it.
fn amount(sheet: &mut Worksheet, row: RowNum, minor: i64) -> Result<(), XlsxError> {
    let format = Format::new().set_num_format("0.00");
    match yuan(minor).parse::<f64>() {
        Ok(number) => sheet.write_number_with_format(row, AMOUNT, number, &format)?,
        Err(_) => sheet.write_string(row, AMOUNT, yuan(minor))?,
    };
    Ok(())
}
