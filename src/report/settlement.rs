//! `settlement.csv`: one row per account, product and settlement date; where products are paid
//! together, a row for their sum follows them.

use std::borrow::Cow;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::report::csv::Cell;
use crate::rules::bank::BankReceipt;
use crate::rules::settlement::{SettlementRow, Undated};
use crate::settle::SettledAccount;
use crate::wording::{self, Word};

/// The cells of a row, in the order of the columns.
pub fn cells<'a>(
    account: &'a SettledAccount,
    row: &'a SettlementRow,
    language: Language,
) -> Vec<Cell<'a>> {
    let parts = &row.parts;
    let product = row.product.as_deref();
    let date = |date: BusinessDate| Cell::Moment(date.to_string());
    let mut cells = vec![
        row.date.map_or(Cell::Empty, date),
        Cell::text(&account.account),
        Cell::text(&account.provider_id),
        Cell::text(product.map_or(wording::total(language), |it| wording::product(it, language))),
        Cell::text(if row.date == Err(Undated::NoWay) { "" } else { row.cycle.code() }),
        date(row.from),
        date(row.to),
        Cell::Count(parts.payment_count),
        Cell::fen(parts.gross_minor),
        Cell::Count(parts.refund_count),
        Cell::fen(parts.refunds_minor),
        Cell::fen(parts.fees_minor),
        Cell::Count(parts.payout_count),
        Cell::fen(parts.payouts_minor),
        Cell::fen(parts.payout_fees_minor),
        Cell::fen(row.net_minor),
        Cell::yuan(row.settled_minor),
        Cell::yuan(row.difference_minor()),
        Cell::text(row.state.word(language)),
        Cell::fen(row.in_transit_minor()),
        Cell::Text(Cow::Owned(fee_basis(row, language))),
        Cell::Text(Cow::Owned(note(row, language))),
        Cell::Count(parts.returned_count),
        Cell::fen(parts.returned_minor),
    ];
    cells.extend(bank_cells(row.bank.as_ref(), language));
    cells.extend([Cell::Count(parts.unavailable_count), Cell::fen(parts.unavailable_minor)]);
    cells
}

/// What the bank's statement says of it.
fn bank_cells(receipt: Option<&BankReceipt>, language: Language) -> [Cell<'_>; 5] {
    let Some(receipt) = receipt else { return std::array::from_fn(|_| Cell::Empty) };
    let BankReceipt { account, state, dates, received_minor, references } = receipt;
    let dates: Vec<_> = dates.iter().map(ToString::to_string).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    [
        Cell::text(account),
        Cell::text(state.word(language)),
        Cell::Text(Cow::Owned(dates.join(" "))),
        Cell::yuan(*received_minor),
        Cell::Text(Cow::Owned(references.join(" "))),
    ]
}

/// Whose word the fees are: the provider's, the contract's, nobody's (0).
fn fee_basis(row: &SettlementRow, language: Language) -> String {
    let parts = &row.parts;
    let all = [
        (parts.stated, "渠道报", "stated"),
        (parts.contract, "合同费率", "contract"),
        (parts.free, "无依据按0计", "none"),
    ];
    let words = all.iter().filter(|(count, _, _)| *count > 0);
    let words = words.map(|(_, zh, en)| language.pick(zh, en));
    words.collect::<Vec<_>>().join("+")
}

fn note(row: &SettlementRow, language: Language) -> String {
    let mut notes = Vec::new();
    if let Err(undated) = row.date {
        notes.push(undated_words(undated, language));
    }
    if row.is_part {
        let zh = "与其他产品合并结算，实结见合计行";
        notes.push(language.pick(zh, "paid together, see the total").to_owned());
    }
    if !row.unproved.is_empty() {
        let days: Vec<_> = row.unproved.iter().map(ToString::to_string).collect();
        let days = days.join(" ");
        notes.push(match language {
            Language::Zh => format!("未核对完整的账期日：{days}，不作判断"),
            Language::En => format!("not proved complete: {days}, so it is not judged"),
        });
    }
    let (free, merchant_only) = (row.parts.free, row.parts.merchant_only);
    if free > 0 {
        notes.push(match language {
            Language::Zh => format!("{free} 笔没有手续费依据，按 0 计"),
            Language::En => format!("{free} without a known fee, taken as 0"),
        });
    }
    if merchant_only > 0 {
        notes.push(match language {
            Language::Zh => format!("{merchant_only} 笔退款渠道无法查询，按商户记录计"),
            Language::En => format!("{merchant_only} refunds by the merchant's word only"),
        });
    }
    notes.join(language.pick("；", "; "))
}

/// Why there is no settlement date, in words.
pub fn undated_words(undated: Undated, language: Language) -> String {
    match (language, undated) {
        (Language::En, _) => undated.to_string(),
        (Language::Zh, Undated::NoCalendar) => {
            "没有法定工作日历，无法确定结算日：请设置 [business_day] calendar".to_owned()
        }
        (Language::Zh, Undated::NoYear(year)) => {
            format!("工作日历缺少 {year} 年，无法确定结算日：请按国务院通知补充 [{year}]")
        }
        (Language::Zh, Undated::NoWay) => {
            "结算周期按支付方式区分，而这些款项的支付方式没有任何一方说明，无法确定结算日"
                .to_owned()
        }
    }
}
