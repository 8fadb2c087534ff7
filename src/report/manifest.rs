//! `manifest.json`: what a set consists of, what it was made from, and how to read it.
//!
//! Keys are sorted and nothing depends on the clock, so the same inputs give the same bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::LongIdGuard;
use crate::ledger::IntakeFile;
use crate::money::{Currency, units, yuan};
use crate::report::columns::{FileKind, Form, zone_words};
use crate::report::csv::{ColumnSums, Written};
use crate::report::gaps;
use crate::report::sentence::{few, remarks, tied_bills, why};
use crate::report::summary::AccountSummary;
use crate::report::{Headline, ReportRequest};

/// The file's name, in every language.
pub const NAME: &str = "manifest.json";

/// The form of this file; another number means another form.
pub const SCHEMA: u32 = 1;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Verdict and figures per account.
    pub accounts: Vec<AccountEntry>,
    /// Where the ledger's chain over all histories of discrepancies stood; missing in the manifests of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<AnchorEntry>,
    /// When a business day begins.
    pub business_day: DayEntry,
    /// SHA-256 over the configuration.
    pub config_digest: String,
    /// The business date, or the month.
    pub date: String,
    /// The encoding of the CSV files.
    pub encoding: String,
    /// The files besides this one.
    pub files: Vec<FileEntry>,
    /// Can the day be booked, what is open; missing of a month and in the manifests of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<HeadlineEntry>,
    /// The merchant's files that the day rests on.
    pub inputs: Vec<InputEntry>,
    /// The language of headers and words.
    pub language: String,
    /// What stands before long ids.
    pub long_id_guard: String,
    /// How to read the files, in the report's language.
    pub notes: Vec<String>,
    /// [`SCHEMA`].
    pub schema: u32,
    /// What wrote it.
    pub tool: ToolEntry,
}

/// The headline of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadlineEntry {
    /// What keeps the day from being booked, see [`crate::report::headline::Doubt`].
    pub doubt: String,
    /// What the page says, the verdict first, in the report's language.
    pub lines: Vec<String>,
    /// The one of them that says what is open; empty in the manifests of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pending: String,
}

/// A link of the ledger's chain over all histories: what `ledger verify` finds again in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorEntry {
    /// SHA-256 over the link and the one before it.
    pub hash: String,
    /// Its number.
    pub sequence: i64,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolEntry {
    /// `duizhang`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Zone and cut-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayEntry {
    /// Local time, `HH:MM`.
    pub cutoff: String,
    /// The zone's name.
    pub timezone: String,
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputEntry {
    /// SHA-256 over its content and the settings that it was read with.
    pub digest: String,
    /// The encoding that was found.
    pub encoding: String,
    /// Its name.
    pub name: String,
    /// Rows that were refused.
    pub rejected: i64,
    /// Rows, good and bad.
    pub rows: i64,
}

/// A file of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Bytes.
    pub bytes: u64,
    /// Which file, by its English name: `discrepancies`.
    pub file: String,
    /// Its name in this folder.
    pub name: String,
    /// Rows below the header.
    pub rows: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Per amount column, by its English name: the sum in yuan; in another currency, by the name and its
    /// code, as in `difference USD`. Of the summary, the totals per account only.
    pub sums: BTreeMap<String, String>,
}

/// An account on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEntry {
    /// Its name.
    pub account: String,
    /// What of its balance no known movement explains, in yuan; empty without a bridge.
    #[serde(default)]
    pub balance_gap: String,
    /// Each bill that is the whole of the date and tied to the provider's side as counted, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bills: Vec<String>,
    /// From how many sides it was seen; empty when it was not reconciled.
    pub coverage: String,
    /// Of a month: how many of its business dates were proved, and how many it has; missing of a date and in the
    /// manifests of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<DaysEntry>,
    /// Its number at the provider.
    pub merchant_no: String,
    /// The provider.
    pub provider: String,
    /// Why it is not complete; empty when it is.
    pub reason: String,
    /// What else is to be known of its night and does not speak against it, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Provider transactions whose amount the provider does not state, so that none was compared.
    pub status_only_count: i64,
    /// How people are shown it, where that is not its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What the rows do not explain: in yuan, and in each other currency with its code behind it.
    pub unexplained: String,
    /// How far the day could be proved.
    pub verdict: String,
}

/// How far an account was proved in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaysEntry {
    /// Business dates of the month.
    pub all: usize,
    /// Those that were proved.
    pub proved: usize,
}

/// The manifest of a business date, as far as it is known before the overviews are made from it.
pub fn of_day(
    request: &ReportRequest<'_>,
    inputs: &[IntakeFile],
    written: &[(FileKind, Written)],
    accounts: &[AccountSummary],
    headline: &Headline,
) -> Manifest {
    let language = request.settings.language;
    let content = Content {
        headline: Some(HeadlineEntry {
            doubt: headline.doubt.code().to_owned(),
            lines: headline.lines(language),
            pending: headline.pending_line(language),
        }),
        label: request.date.to_string(),
        accounts: accounts.iter().map(|account| account_entry(account, request)).collect(),
        notes: notes(request),
    };
    of(request, inputs, written, content)
}

/// What differs between the manifest of a date and that of a month.
pub(super) struct Content {
    /// The date or month.
    pub(super) label: String,
    /// Of a date.
    pub(super) headline: Option<HeadlineEntry>,
    /// The accounts.
    pub(super) accounts: Vec<AccountEntry>,
    /// How to read the files.
    pub(super) notes: Vec<String>,
}

/// The manifest of anything, without its overviews.
pub(super) fn of(
    request: &ReportRequest<'_>,
    inputs: &[IntakeFile],
    written: &[(FileKind, Written)],
    content: Content,
) -> Manifest {
    let settings = request.settings;
    let file = |(kind, written): &(FileKind, Written)| {
        file_entry(kind.name(&content.label, settings.language), *kind, written)
    };
    let files = written.iter().map(file).collect();
    Manifest {
        accounts: content.accounts,
        anchor: request
            .anchor
            .map(|anchor| AnchorEntry { hash: anchor.hash.clone(), sequence: anchor.sequence }),
        business_day: DayEntry {
            cutoff: request.business_day.cutoff.format("%H:%M").to_string(),
            timezone: request.business_day.timezone.name().to_owned(),
        },
        config_digest: request.config_digest.to_owned(),
        date: content.label,
        encoding: settings.encoding.code().to_owned(),
        files,
        headline: content.headline,
        inputs: inputs.iter().map(input_entry).collect(),
        language: settings.language.code().to_owned(),
        long_id_guard: settings.long_id_guard.code().to_owned(),
        notes: content.notes,
        schema: SCHEMA,
        tool: ToolEntry {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}

/// The file's text.
pub fn text(manifest: &Manifest) -> String {
    // Plain structs of texts and numbers always serialize; their fields are sorted by name.
    let text = serde_json::to_string_pretty(manifest).unwrap_or_default();
    text + "\n"
}

fn account_entry(account: &AccountSummary, request: &ReportRequest<'_>) -> AccountEntry {
    AccountEntry {
        account: account.name.clone(),
        balance_gap: gaps::of(request.settled, &account.name).map_or_else(String::new, yuan),
        bills: tied_bills(&account.reason, request.settings.language),
        coverage: account.coverage.map_or("", |coverage| coverage.code()).to_owned(),
        days: None,
        merchant_no: account.merchant_no.clone(),
        provider: account.provider_id.clone(),
        reason: why(&account.reason, request.settings.language),
        remarks: remarks(&account.reason, request.settings.language),
        status_only_count: account.status_only_count(),
        unexplained: unexplained(account.totals.iter().map(|(c, it)| (*c, it.unexplained_minor))),
        title: if account.title == account.name { String::new() } else { account.title.clone() },
        verdict: account.verdict.code().to_owned(),
    }
}

fn input_entry(file: &IntakeFile) -> InputEntry {
    InputEntry {
        digest: file.digest.clone(),
        encoding: file.encoding.clone(),
        name: file.name.clone(),
        rejected: file.rejected,
        rows: file.rows,
    }
}

fn file_entry(name: String, kind: FileKind, written: &Written) -> FileEntry {
    FileEntry {
        bytes: written.bytes,
        file: kind.code().to_owned(),
        name,
        rows: written.rows,
        sha256: written.sha256.clone(),
        sums: sums(kind, &written.sums),
    }
}

/// Sums of the amount columns, by the columns' names.
pub(super) fn sums(kind: FileKind, sums: &ColumnSums) -> BTreeMap<String, String> {
    let of_currency = |(currency, sums): (Currency, &'_ [i64])| {
        let columns = kind.columns().iter().zip(sums);
        let columns = columns.filter(|(column, _)| column.form == Form::Yuan);
        let named = columns.map(|(column, sum)| match currency {
            Currency::CNY => (column.code.to_owned(), yuan(*sum)),
            other => (format!("{} {other}", column.code), units(*sum, other)),
        });
        named.collect::<Vec<_>>()
    };
    sums.iter().flat_map(of_currency).collect()
}

/// Amounts of several currencies in one text: yuan as a bare number, others with their code.
pub(super) fn unexplained(amounts: impl Iterator<Item = (Currency, i64)>) -> String {
    let text = |(currency, minor)| match currency {
        Currency::CNY => yuan(minor),
        other => format!("{} {other}", units(minor, other)),
    };
    amounts.map(text).collect::<Vec<_>>().join("; ")
}

/// How to read the files.
pub(super) fn notes(request: &ReportRequest<'_>) -> Vec<String> {
    NOTES
        .iter()
        .map(|(zh, en)| request.voice().pick(zh, en).to_owned())
        .chain(common_notes(request))
        .chain(insecure_note(request))
        .chain(request.unusual.iter().map(|file| few(file, request.settings.language)))
        .collect()
}

/// Which accounts were asked without encryption, where any were.
fn insecure_note(request: &ReportRequest<'_>) -> Option<String> {
    let named = request.accounts.iter().filter(|account| account.insecure);
    let named: Vec<&str> = named.map(|account| account.name.as_str()).collect();
    let voice = request.voice();
    let text = voice.pick(
        "以下账户经未加密的 http 查询，途中可能被读取或篡改：{accounts}。",
        "These accounts were asked over http without encryption, where answers can be read and changed \
         on the way: {accounts}.",
    );
    let accounts = named.join(voice.pick("、", ", "));
    (!named.is_empty()).then(|| text.replace("{accounts}", &accounts))
}

/// What holds for every file: when a day begins, and what stands before texts.
pub(super) fn common_notes(request: &ReportRequest<'_>) -> [String; 2] {
    let voice = request.voice();
    let zone = zone_words(voice.language, voice.business_day.timezone);
    let cutoff = voice.business_day.cutoff.format("%H:%M");
    let day = voice.pick(
        "账期日自当日 {cutoff} 起至次日 {cutoff} 前；时间均为{zone}。",
        "A business day begins at {cutoff} local time; times are in {zone}.",
    );
    let day = day.replace("{cutoff}", &cutoff.to_string()).replace("{zone}", zone);
    let guard = match request.settings.long_id_guard {
        LongIdGuard::Tab => voice.pick(
            "会被表格软件改写的编号前加有一个制表符；",
            "Ids that a spreadsheet would change have a tab in front; ",
        ),
        LongIdGuard::Backtick => voice.pick(
            "会被表格软件改写的编号前加有一个反引号(`)；",
            "Ids that a spreadsheet would change have a backtick in front; ",
        ),
        LongIdGuard::None => voice.pick("编号前不加保护字符；", "Ids have no guard in front; "),
    };
    let formula = voice.pick(
        "会被当作公式执行的文本前加有一个单引号；数字不加任何字符。",
        "text that it would run as a formula has an apostrophe in front; numbers have nothing.",
    );
    [day, format!("{guard}{formula}")]
}

const NOTES: &[(&str, &str)] = &[
    (
        "一方的金额：该方状态为成功时的金额，否则为 0。差异金额 = 渠道金额 − 商户金额，按此口径计；\
         一对订单的差异金额只记在一行，因此该列可直接求和。",
        "The money of a side is its amount where its status is succeeded, else 0. Difference = \
         provider's money − merchant's money; a pair carries it on one row only, so the column sums.",
    ),
    (
        "差异方向：渠道多 = 渠道一方的金额大于商户账面，渠道少 = 小于。",
        "Direction: provider_more = the provider's money is more than the merchant's books say, \
         provider_less = less.",
    ),
    (
        "长款、短款只按现金口径理解：长款 = 实际资金多于账面，短款 = 少于账面。\
         支付业务中渠道多即长款、渠道少即短款；代付和退款是资金付出，渠道多即短款、渠道少即长款。",
        "长款 and 短款 are meant in the cash view: 长款 = more cash than the books say, 短款 = less. \
         For payments provider_more is 长款; for payouts and refunds, where money goes out, it is \
         短款.",
    ),
    (
        "差异所属账期日：商户计入金额的按商户支付时间，否则按渠道支付时间，否则按创建时间。\
         汇总中双方各按自己的日期计，与渠道日账单和商户日报可分别核对。",
        "A discrepancy belongs to the day of the merchant's time of payment where the merchant counts \
         money, else of the provider's, else of the creation. In the summary each side counts by its \
         own date.",
    ),
    (
        "汇总：差异金额 = 在途金额 + 差异金额合计 + 未解释差额；前两项由差异明细中账期日为本日的行相加，\
         双方已一致而自动关闭的行不计。未解释差额应为 0.00。",
        "Summary: difference = timing_amount + discrepancy_amount + unexplained; the first two are \
         sums over the rows of this business date, without those on which both sides have come to \
         agree. Unexplained is expected to be 0.00.",
    ),
    (
        "差异变动表：期初 + 新增 + 重开 − 关闭 ± 变动 = 期末；期初即上一账期日的期末。涉及金额：差异金额，\
         为 0 时取手续费差异或双方金额中较大者，取绝对值。跨日行只在本日计，次日自动关闭。",
        "Roll: opening + new + reopened − closed ± changed = outstanding; the opening is what was \
         outstanding on the business date before. At stake: the difference without its sign; where it is \
         0, that of the fees, or the larger of the two amounts. Cross-day rows count on their day only \
         and close by themselves on the next.",
    ),
    (
        "后续更正：本日的差异在出具报告之后的变化，列出当时与现在两种读数；其余各表保持出具时的内容。",
        "Corrections: how the discrepancies of this day have changed since the report was made, then and \
         now; the other files stay as they were made.",
    ),
    (
        "结算单：应结金额 = 支付金额 − 退款金额 − 手续费 − 代付金额 − 代付手续费。手续费取渠道所报，未报的取合同费率，\
         都没有的按 0 计并注明；退款不退还支付手续费。合并结算的产品之后有合计行，只有合计行计入文件合计。",
        "Settlement: net = gross − refunds − fees − payouts − payout_fees. A fee is the provider's, else \
         the contract's, else 0 and said so; a refund gives no payment fee back. Products that are paid \
         together are followed by their total, and only that counts in the file's sums.",
    ),
    (
        "余额调节表：期初余额加各项变动等于期末应有余额；余额差额 = 期末余额(渠道) − 期末应有余额，应为 0.00。\
         文件合计只计余额差额。",
        "Balances: opening and every change make expected; balance_gap = closing − expected, which should \
         be 0.00. The file's sum is that of balance_gap only.",
    ),
    (
        "金额以整数分计算，不产生舍入；按费率计算的应收手续费四舍五入到分。",
        "Amounts are whole fen and never rounded; a fee expected from a rate is rounded half up to \
         the fen.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted() {
        fn check(value: &serde_json::Value) {
            if let Some(map) = value.as_object() {
                assert!(map.keys().is_sorted(), "{:?}", map.keys().collect::<Vec<_>>());
                map.values().for_each(check);
            }
            if let Some(list) = value.as_array() {
                list.iter().for_each(check);
            }
        }
        let (name, text) = (String::new(), String::new());
        let manifest = Manifest {
            accounts: vec![AccountEntry {
                account: name,
                balance_gap: text.clone(),
                bills: Vec::new(),
                coverage: text.clone(),
                days: Some(DaysEntry { all: 30, proved: 29 }),
                merchant_no: text.clone(),
                provider: text.clone(),
                reason: text.clone(),
                remarks: Vec::new(),
                status_only_count: 0,
                title: text.clone(),
                unexplained: text.clone(),
                verdict: text.clone(),
            }],
            anchor: Some(AnchorEntry { hash: text.clone(), sequence: 1 }),
            business_day: DayEntry { cutoff: text.clone(), timezone: text.clone() },
            config_digest: text.clone(),
            date: text.clone(),
            encoding: text.clone(),
            files: vec![FileEntry {
                bytes: 0,
                file: text.clone(),
                name: text.clone(),
                rows: 0,
                sha256: text.clone(),
                sums: sums(FileKind::Discrepancies, &ColumnSums::new(33)),
            }],
            headline: Some(HeadlineEntry {
                doubt: text.clone(),
                lines: Vec::new(),
                pending: text.clone(),
            }),
            inputs: vec![InputEntry {
                digest: text.clone(),
                encoding: text.clone(),
                name: text.clone(),
                rejected: 0,
                rows: 0,
            }],
            language: text.clone(),
            long_id_guard: text.clone(),
            notes: Vec::new(),
            schema: SCHEMA,
            tool: ToolEntry { name: text.clone(), version: text },
        };
        check(&serde_json::to_value(&manifest).expect("JSON"));
    }
}
