//! The columns of the workbook's first sheet. They carry the names of the discrepancy file's where the clerk
//! fills them in, so that the sheet can be imported.

use crate::config::Language;

/// What the sheet is called.
pub const fn title(language: Language) -> &'static str {
    language.pick("今日待办", "today")
}

/// A column that only this sheet has: the common cause, and what to do. By it the sheet is known.
pub const MARK: [&str; 2] = ["原因与建议", "cause_and_action"];

/// The header row.
pub const fn header(language: Language) -> [&'static str; 10] {
    let [zh, en] = MARK;
    match language {
        Language::Zh => [
            "严重程度",
            "差异编号",
            "账户",
            "商户订单号",
            "差异类型",
            "差异金额(元)",
            zh,
            "处理方式",
            "处理人",
            "处理备注",
        ],
        Language::En => [
            "severity",
            "discrepancy_id",
            "account",
            "merchant_order_no",
            "type",
            "difference",
            en,
            "resolution",
            "resolved_by",
            "resolution_note",
        ],
    }
}
