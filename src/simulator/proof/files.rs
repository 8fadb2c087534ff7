//! The report's files as a spreadsheet reads them: by position, whatever the language.

use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::Vocabulary;
use crate::business_day::BusinessDate;
use crate::money::{Currency, minor_from_units};
use crate::order::Stream;
use crate::status::Kind;

/// A report that cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Neither the English nor the Chinese file is there, or it cannot be read.
    #[error("cannot read the report file {path}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A report file is not as the contract says.
    #[error("{path}, line {line}: {problem}")]
    Content {
        /// The file.
        path: String,
        /// The line, from 1 (the header).
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A Chinese report, and no words to read it with.
    #[error("the report is in Chinese, and there is no vocabulary to read it with")]
    Words,
}

/// A row of the discrepancy file, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedRow {
    /// The day on which its money is dated.
    pub business_date: BusinessDate,
    /// The night that first saw it.
    pub first_seen: BusinessDate,
    /// Account, kind and product.
    pub stream: Stream,
    /// The type's code, or the word that no vocabulary knows.
    pub kind: String,
    /// The direction's code.
    pub direction: String,
    /// The state's code.
    pub state: String,
    /// The number that both sides know the order by.
    pub order_no: String,
    /// The provider's own number.
    pub provider_order_no: String,
    /// Provider − merchant, in the currency's smallest unit.
    pub difference_minor: i64,
    /// What it is of.
    pub currency: Currency,
}

/// A row of the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SummaryRow {
    pub(super) account: String,
    /// `None` for the total of an account.
    pub(super) stream: Option<Stream>,
    pub(super) currency: Currency,
    /// The verdict's code, or the word that no vocabulary knows.
    pub(super) verdict: String,
    pub(super) merchant_minor: i64,
    pub(super) provider_minor: i64,
    pub(super) difference_minor: i64,
    pub(super) timing_count: i64,
    pub(super) timing_minor: i64,
    pub(super) discrepancy_count: i64,
    pub(super) discrepancy_minor: i64,
    pub(super) unexplained_minor: i64,
}

pub(super) struct Report {
    pub(super) rows: Vec<ReportedRow>,
    pub(super) summary: Vec<SummaryRow>,
    /// What the bridge of each account has left over, in fen.
    pub(super) left_over: Vec<(String, i64)>,
    /// What was settled and is not on the bank's statement, in fen.
    pub(super) not_received_minor: i64,
}

/// The columns of the discrepancy file (`docs/contract.md` §5), English and Chinese.
const DISCREPANCY_COLUMNS: [(&str, &str); 34] = [
    ("discrepancy_id", "差异编号"),
    ("business_date", "账期日"),
    ("first_seen", "首次发现日"),
    ("age_days", "账龄(天)"),
    ("account", "账户"),
    ("provider", "渠道"),
    ("merchant_no", "商户号"),
    ("kind", "业务类型"),
    ("product", "产品"),
    ("type", "差异类型"),
    ("direction", "差异方向"),
    ("state", "状态"),
    ("severity", "严重程度"),
    ("merchant_order_no", "商户订单号"),
    ("provider_order_no", "渠道订单号"),
    ("original_order_no", "原商户订单号"),
    ("currency", "币种"),
    ("merchant_amount", "商户金额(元)"),
    ("provider_amount", "渠道金额(元)"),
    ("difference", "差异金额(元)"),
    ("merchant_fee", "商户手续费(元)"),
    ("provider_fee", "渠道手续费(元)"),
    ("fee_difference", "手续费差异(元)"),
    ("merchant_status", "商户状态"),
    ("provider_status", "渠道状态"),
    ("merchant_time", "商户时间(北京时间)"),
    ("provider_time", "渠道时间(北京时间)"),
    ("evidence", "证据"),
    ("explanation", "说明"),
    ("suggested_action", "建议处理"),
    ("resolution", "处理方式"),
    ("resolved_by", "处理人"),
    ("resolution_note", "处理备注"),
    ("pattern", "原因编号"),
];

/// The columns of the summary (`docs/contract.md` §5), English and Chinese.
const SUMMARY_COLUMNS: [(&str, &str); 18] = [
    ("business_date", "账期日"),
    ("account", "账户"),
    ("provider", "渠道"),
    ("kind", "业务类型"),
    ("product", "产品"),
    ("verdict", "核对结论"),
    ("coverage", "覆盖范围"),
    ("merchant_count", "商户笔数"),
    ("merchant_amount", "商户金额(元)"),
    ("provider_count", "渠道笔数"),
    ("provider_amount", "渠道金额(元)"),
    ("difference", "差异金额(元)"),
    ("timing_count", "在途笔数"),
    ("timing_amount", "在途金额(元)"),
    ("discrepancy_count", "差异笔数"),
    ("discrepancy_amount", "差异金额合计(元)"),
    ("unexplained", "未解释差额(元)"),
    ("currency", "币种"),
];

/// The columns of the balance bridge, English and Chinese.
const BALANCE_COLUMNS: [(&str, &str); 10] = [
    ("account", "账户"),
    ("provider", "渠道"),
    ("section", "部分"),
    ("line", "项目"),
    ("name", "名称"),
    ("count", "笔数"),
    ("amount", "金额(元)"),
    ("from", "起(北京时间)"),
    ("to", "止(北京时间)"),
    ("note", "备注"),
];

/// The columns of the settlements, English and Chinese, as far as the bank has to do with them; the others
/// are between them.
const SETTLED: [&str; 2] = ["settled", "实结金额(元)"];
/// What the bank received of it.
const RECEIVED: [&str; 2] = ["bank_received", "银行到账金额(元)"];

/// The line of the bridge that should be 0, English and Chinese.
const LEFT_OVER: [&str; 2] = ["balance_gap", "余额差额"];

/// Reads the files of a date in whichever language is there; the bridges only where `held`.
pub(super) fn read(
    dir: &Path,
    date: BusinessDate,
    vocabulary: &Vocabulary,
    held: bool,
) -> Result<Report, ProofError> {
    let sheet = |name: &str| Sheet::open(dir.join(format!("{date}_{name}.csv")));
    let is_english = dir.join(format!("{date}_discrepancies.csv")).exists();
    let [discrepancies, summary, balances, settlement] = if is_english {
        ["discrepancies", "summary", "balances", "settlement"]
    } else {
        ["差异明细", "汇总", "余额调节表", "结算单"]
    };
    let discrepancies = sheet(discrepancies)?;
    if !is_english && vocabulary.is_empty() {
        return Err(ProofError::Words);
    }
    let mut report = report(&discrepancies, &sheet(summary)?, vocabulary)?;
    if held {
        report.left_over = left_over(&sheet(balances)?)?;
        report.not_received_minor = not_received(&sheet(settlement)?)?;
    }
    Ok(report)
}

fn left_over(balances: &Sheet) -> Result<Vec<(String, i64)>, ProofError> {
    balances.has_columns(&BALANCE_COLUMNS)?;
    let lines = balances.map(|line| {
        let is_rest = LEFT_OVER.contains(&line.text(3));
        is_rest.then(|| Ok((line.text(0).to_owned(), line.money(6, Currency::CNY)?))).transpose()
    })?;
    Ok(lines.into_iter().flatten().collect())
}

/// What was paid to the bank by the settlements, less what the bank has of it.
fn not_received(settlement: &Sheet) -> Result<i64, ProofError> {
    let [settled, received] = [SETTLED, RECEIVED].map(|names| settlement.column(names));
    let (settled, received) = (settled?, received?);
    let money = |line: &Line<'_>, column: usize| match line.text(column) {
        "" => Ok(0),
        _ => line.money(column, Currency::CNY),
    };
    let rests =
        settlement.map(|line| Ok(money(line, settled)?.saturating_sub(money(line, received)?)))?;
    Ok(rests.into_iter().fold(0, i64::saturating_add))
}

fn report(
    discrepancies: &Sheet,
    summary: &Sheet,
    vocabulary: &Vocabulary,
) -> Result<Report, ProofError> {
    discrepancies.has_columns(&DISCREPANCY_COLUMNS)?;
    summary.has_columns(&SUMMARY_COLUMNS)?;
    Ok(Report {
        rows: discrepancies.map(|line| reported(line, vocabulary))?,
        summary: summary.map(|line| summary_row(line, vocabulary))?,
        left_over: Vec::new(),
        not_received_minor: 0,
    })
}

/// The stream of a line; `None` where its kind is no kind, which is how totals look.
fn stream(line: &Line<'_>, vocabulary: &Vocabulary, at: [usize; 3]) -> Option<Stream> {
    let [account, kind, product] = at.map(|column| line.text(column));
    let kind = Kind::from_code(vocabulary.code(kind))?;
    Some(Stream { account: account.to_owned(), kind, product: vocabulary.code(product).to_owned() })
}

fn reported(line: &Line<'_>, vocabulary: &Vocabulary) -> Result<ReportedRow, ProofError> {
    let currency = line.currency(16)?;
    Ok(ReportedRow {
        business_date: line.date(1)?,
        first_seen: line.date(2)?,
        stream: stream(line, vocabulary, [4, 7, 8]).ok_or_else(|| line.problem(7, "no kind"))?,
        kind: vocabulary.code(line.text(9)).to_owned(),
        direction: vocabulary.code(line.text(10)).to_owned(),
        state: vocabulary.code(line.text(11)).to_owned(),
        order_no: line.text(13).to_owned(),
        provider_order_no: line.text(14).to_owned(),
        difference_minor: line.money(19, currency)?,
        currency,
    })
}

fn summary_row(line: &Line<'_>, vocabulary: &Vocabulary) -> Result<SummaryRow, ProofError> {
    let currency = line.currency(17)?;
    let money = |column| line.money(column, currency);
    Ok(SummaryRow {
        account: line.text(1).to_owned(),
        stream: stream(line, vocabulary, [1, 3, 4]),
        currency,
        verdict: vocabulary.code(line.text(5)).to_owned(),
        merchant_minor: money(8)?,
        provider_minor: money(10)?,
        difference_minor: money(11)?,
        timing_count: line.count(12)?,
        timing_minor: money(13)?,
        discrepancy_count: line.count(14)?,
        discrepancy_minor: money(15)?,
        unexplained_minor: money(16)?,
    })
}

/// A CSV file in memory.
struct Sheet {
    path: PathBuf,
    records: Vec<StringRecord>,
}

/// One line of a [`Sheet`].
struct Line<'a> {
    path: &'a Path,
    number: usize,
    record: &'a StringRecord,
}

impl Sheet {
    /// Reads UTF-8, with or without byte order mark, or GB18030.
    fn open(path: PathBuf) -> Result<Self, ProofError> {
        let bytes = std::fs::read(&path)
            .map_err(|source| ProofError::File { path: path.display().to_string(), source })?;
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
        };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut records = Vec::new();
        for (index, record) in reader.records().enumerate() {
            records.push(record.map_err(|error| ProofError::Content {
                path: path.display().to_string(),
                line: index.saturating_add(1),
                problem: error.to_string(),
            })?);
        }
        Ok(Self { path, records })
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let path = &self.path;
        (1..).zip(&self.records).map(move |(number, record)| Line { path, number, record })
    }

    fn map<T>(
        &self,
        read: impl Fn(&Line<'_>) -> Result<T, ProofError>,
    ) -> Result<Vec<T>, ProofError> {
        self.lines().skip(1).map(|line| read(&line)).collect()
    }

    /// Where a column is, by its name in either language.
    fn column(&self, names: [&str; 2]) -> Result<usize, ProofError> {
        let header = self.records.first();
        let at = header.and_then(|header| header.iter().position(|name| names.contains(&name)));
        at.ok_or_else(|| ProofError::Content {
            path: self.path.display().to_string(),
            line: 1,
            problem: format!("there is no column {}", names.join(" or ")),
        })
    }

    fn has_columns(&self, columns: &[(&str, &str)]) -> Result<(), ProofError> {
        let header = self.records.first().map(|header| header.iter().collect::<Vec<_>>());
        let english: Vec<&str> = columns.iter().map(|(english, _)| *english).collect();
        let chinese: Vec<&str> = columns.iter().map(|(_, chinese)| *chinese).collect();
        if header.is_some_and(|header| header == english || header == chinese) {
            return Ok(());
        }
        Err(ProofError::Content {
            path: self.path.display().to_string(),
            line: 1,
            problem: "the header is not the one that the contract fixes".to_owned(),
        })
    }
}

impl Line<'_> {
    /// A value without the guard that keeps a spreadsheet from eating long numbers.
    fn text(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default().trim_start_matches(['\t', '`'])
    }

    fn date(&self, column: usize) -> Result<BusinessDate, ProofError> {
        BusinessDate::parse(self.text(column)).ok_or_else(|| self.problem(column, "no date"))
    }

    fn currency(&self, column: usize) -> Result<Currency, ProofError> {
        Currency::parse(self.text(column)).map_err(|_| self.problem(column, "no currency"))
    }

    fn money(&self, column: usize, currency: Currency) -> Result<i64, ProofError> {
        minor_from_units(self.text(column), currency).map_err(|_| self.problem(column, "no amount"))
    }

    fn count(&self, column: usize) -> Result<i64, ProofError> {
        self.text(column).parse().map_err(|_| self.problem(column, "no count"))
    }

    fn problem(&self, column: usize, what: &str) -> ProofError {
        ProofError::Content {
            path: self.path.display().to_string(),
            line: self.number,
            problem: format!("column {} holds {what}", column.saturating_add(1)),
        }
    }
}
