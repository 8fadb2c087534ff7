//! The files of a report and their columns (`docs/contract.md` §5): order, headers in both languages, and
//! what each column holds.

use std::fmt::Display;

use chrono_tz::Tz;

use crate::config::Language;

mod lists;
pub mod today;

use lists::{
    BALANCES, CORRECTIONS, DISCREPANCIES, FEE_CLAIM, MONTH_STATEMENT, PATTERNS, REJECTED_ROWS,
    ROLL, SETTLEMENT, SUMMARY,
};

/// A file of the report, besides its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// One row per discrepancy.
    Discrepancies,
    /// One row per account, kind and product, then one per account.
    Summary,
    /// One row per cause that several discrepancies have in common.
    Patterns,
    /// One row per account, product and settlement date.
    Settlement,
    /// Per account the balance bridge and the adjustment statement.
    Balances,
    /// One row per refused input row.
    RejectedRows,
    /// What became of the discrepancies since the day before: one row per account, then the total.
    Roll,
    /// One row per discrepancy of the day that is otherwise now than it was then.
    Corrections,
    /// Of a month: one row per account and business date, then one per account.
    MonthStatement,
    /// Of a month: what was charged otherwise than agreed, and what that comes to per account.
    FeeClaim,
}

impl FileKind {
    /// Every file of a business date, in the order of the contract.
    pub const ALL: &'static [Self] = &[
        Self::Discrepancies,
        Self::Summary,
        Self::Patterns,
        Self::Settlement,
        Self::Balances,
        Self::RejectedRows,
        Self::Roll,
        Self::Corrections,
    ];

    /// Every file of a month, in its order.
    pub const OF_MONTH: &'static [Self] = &[Self::MonthStatement, Self::FeeClaim, Self::Balances];

    /// The code in the manifest.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Discrepancies => "discrepancies",
            Self::Summary => "summary",
            Self::Patterns => "patterns",
            Self::Settlement => "settlement",
            Self::Balances => "balances",
            Self::RejectedRows => "rejected_rows",
            Self::Roll => "roll",
            Self::Corrections => "corrections",
            Self::MonthStatement => "statement",
            Self::FeeClaim => "fee_claim",
        }
    }

    /// The file with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().chain(Self::OF_MONTH).copied().find(|kind| kind.code() == code)
    }

    /// The file's name for a business date or month.
    pub fn name(self, label: impl Display, language: Language) -> String {
        let zh = match self {
            Self::Discrepancies => "差异明细",
            Self::Summary => "汇总",
            Self::Patterns => "批量原因",
            Self::Settlement => "结算单",
            Self::Balances => "余额调节表",
            Self::RejectedRows => "拒收明细",
            Self::Roll => "差异变动表",
            Self::Corrections => "后续更正",
            Self::MonthStatement => "月对账单",
            Self::FeeClaim => "手续费索赔",
        };
        match language {
            Language::Zh => format!("{label}_{zh}.csv"),
            Language::En => format!("{label}_{}.csv", self.code()),
        }
    }

    /// Whether a name is one that the file has, or had in the reports of earlier versions.
    pub fn has_name(self, name: &str, label: &str, language: Language) -> bool {
        let former = match (self, language) {
            (Self::Patterns, Language::Zh) => "差异归因",
            (Self::Roll, Language::Zh) => "差异滚动",
            (_, _) => "",
        };
        let is_former = !former.is_empty() && name == format!("{label}_{former}.csv");
        is_former || name == self.name(label, language)
    }

    /// What people call the file: its name without date and ending.
    pub fn title(self, language: Language) -> String {
        let name = self.name("", language);
        let bare = name.strip_prefix('_').unwrap_or(&name);
        bare.strip_suffix(".csv").unwrap_or(bare).to_owned()
    }

    /// The file's columns, in order. New ones only ever come at the end.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Discrepancies => DISCREPANCIES,
            Self::Summary => SUMMARY,
            Self::Patterns => PATTERNS,
            Self::Settlement => SETTLEMENT,
            Self::Balances => BALANCES,
            Self::RejectedRows => REJECTED_ROWS,
            Self::Roll => ROLL,
            Self::Corrections => CORRECTIONS,
            Self::MonthStatement => MONTH_STATEMENT,
            Self::FeeClaim => FEE_CLAIM,
        }
    }

    /// The file's header row.
    pub fn header(self, language: Language, zone: Tz) -> Vec<String> {
        self.columns().iter().map(|column| column.header(language, zone)).collect()
    }
}

/// A file that shows all the others at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overview {
    /// All files as sheets of one workbook.
    Workbook,
    /// One page to read.
    Page,
    /// All files of a month as sheets of one workbook.
    MonthBook,
}

impl Overview {
    /// Those of a business date, in the order of the contract.
    pub const ALL: &'static [Self] = &[Self::Workbook, Self::Page];

    /// Those of a month.
    pub const OF_MONTH: &'static [Self] = &[Self::MonthBook];

    /// The code in the manifest.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Workbook | Self::MonthBook => "report_xlsx",
            Self::Page => "report_html",
        }
    }

    /// The file's name for a business date or month.
    pub fn name(self, label: impl Display, language: Language) -> String {
        let name = match (language, self) {
            (Language::Zh, Self::MonthBook) => "月报",
            (Language::Zh, Self::Workbook | Self::Page) => "对账报告",
            (Language::En, _) => "report",
        };
        let ending = match self {
            Self::Workbook | Self::MonthBook => "xlsx",
            Self::Page => "html",
        };
        format!("{label}_{name}.{ending}")
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Ids and words.
    Text,
    /// A whole number.
    Count,
    /// Yuan with two decimals; the zh header says the unit.
    Yuan,
    /// A date.
    Date,
    /// Local time; the zh header says the zone.
    Time,
}

/// A column: its code is the header in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name in the contract.
    pub code: &'static str,
    /// The Chinese header without unit and zone.
    pub zh: &'static str,
    /// What it holds.
    pub form: Form,
}

impl Column {
    /// Whether the clerk fills it in.
    pub fn is_for_the_clerk(&self) -> bool {
        matches!(self.code, "resolution" | "resolved_by" | "resolution_note")
    }

    /// Whether it holds sentences, which go over several lines of a cell.
    pub const fn is_sentence(&self) -> bool {
        matches!(
            self.code.as_bytes(),
            b"evidence"
                | b"explanation"
                | b"suggested_action"
                | b"test"
                | b"note"
                | b"story"
                | b"reason"
                | b"fee_basis"
        )
    }

    /// The header, which in Chinese names unit and zone.
    pub fn header(&self, language: Language, zone: Tz) -> String {
        match (language, self.form) {
            (Language::En, _) => self.code.to_owned(),
            (Language::Zh, Form::Yuan) => format!("{}(元)", self.zh),
            (Language::Zh, Form::Time) => format!("{}({})", self.zh, zone_words(language, zone)),
            (Language::Zh, Form::Text | Form::Count | Form::Date) => self.zh.to_owned(),
        }
    }
}

/// What people call a time zone.
pub fn zone_words(language: Language, zone: Tz) -> &'static str {
    match (language, zone) {
        (Language::Zh, Tz::Asia__Shanghai) => "北京时间",
        (Language::Zh | Language::En, _) => zone.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_contract() {
        let zone = Tz::Asia__Shanghai;
        let header = |kind: FileKind, language| kind.header(language, zone).join(",");
        assert_eq!(
            header(FileKind::Discrepancies, Language::Zh),
            "差异编号,账期日,首次发现日,账龄(天),账户,渠道,商户号,业务类型,产品,差异类型,差异方向,\
             状态,严重程度,商户订单号,渠道订单号,原商户订单号,币种,商户金额(元),渠道金额(元),\
             差异金额(元),商户手续费(元),渠道手续费(元),手续费差异(元),商户状态,渠道状态,\
             商户时间(北京时间),渠道时间(北京时间),证据,说明,建议处理,处理方式,处理人,处理备注,原因编号"
        );
        assert_eq!(
            header(FileKind::Discrepancies, Language::En),
            "discrepancy_id,business_date,first_seen,age_days,account,provider,merchant_no,kind,\
             product,type,direction,state,severity,merchant_order_no,provider_order_no,\
             original_order_no,currency,merchant_amount,provider_amount,difference,merchant_fee,\
             provider_fee,fee_difference,merchant_status,provider_status,merchant_time,\
             provider_time,evidence,explanation,suggested_action,resolution,resolved_by,\
             resolution_note,pattern"
        );
        assert_eq!(
            header(FileKind::Summary, Language::Zh),
            "账期日,账户,渠道,业务类型,产品,核对结论,覆盖范围,商户笔数,商户金额(元),渠道笔数,\
             渠道金额(元),差异金额(元),在途笔数,在途金额(元),差异笔数,差异金额合计(元),\
             未解释差额(元),币种"
        );
        assert_eq!(
            header(FileKind::Summary, Language::En),
            "business_date,account,provider,kind,product,verdict,coverage,merchant_count,\
             merchant_amount,provider_count,provider_amount,difference,timing_count,\
             timing_amount,discrepancy_count,discrepancy_amount,unexplained,currency"
        );
        assert_eq!(
            header(FileKind::Settlement, Language::Zh),
            "结算日,账户,渠道,产品,结算周期,账期日起,账期日止,支付笔数,支付金额(元),退款笔数,退款金额(元),\
             手续费(元),代付笔数,代付金额(元),代付手续费(元),应结金额(元),实结金额(元),结算差额(元),\
             结算状态,在途金额(元),手续费依据,备注,其中退回笔数,其中退回金额(元),银行账户,银行到账,\
             银行到账日,银行到账金额(元),银行流水号,其中渠道称未可用笔数,其中渠道称未可用金额(元)"
        );
        assert_eq!(
            header(FileKind::Balances, Language::Zh),
            "账户,渠道,部分,项目,名称,笔数,金额(元),起(北京时间),止(北京时间),备注"
        );
        assert_eq!(
            header(FileKind::Balances, Language::En),
            "account,provider,section,line,name,count,amount,from,to,note"
        );
        assert_eq!(
            header(FileKind::RejectedRows, Language::Zh),
            "来源文件,行号,列名,原值,拒收原因,商户订单号"
        );
        assert_eq!(
            header(FileKind::RejectedRows, Language::En),
            "source,line,column,value,reason,order_no"
        );
        let count = |kind: FileKind| kind.columns().len();
        assert_eq!((count(FileKind::Roll), count(FileKind::Corrections)), (22, 26));
        assert!(
            header(FileKind::Roll, Language::Zh)
                .starts_with("账期日,账户,渠道,期初笔数,期初涉及金额(元),新增笔数")
        );
        assert!(
            header(FileKind::Corrections, Language::En)
                .starts_with("discrepancy_id,business_date,business_date_now,changed_on,account")
        );
    }

    #[test]
    fn another_zone_is_named_as_it_is() {
        let zh = FileKind::Discrepancies.header(Language::Zh, Tz::Asia__Singapore);
        assert_eq!(zh.get(25).map(String::as_str), Some("商户时间(Asia/Singapore)"));
    }
}
