//! What importing a file came to, in the words of the report's language and as a document.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::config::Language;
use crate::explain::doubt_words;
use crate::intake::notifications::LINE_OF_LOG;
use crate::intake::statement::{DaysBy, Doubt, Whole};
use crate::intake::{StatedTotal, Tie};
use crate::ledger::PutCount;
use crate::lines::LineCounts;
use crate::order::RejectionReason;
use crate::run::withdrawn::Withdrawn;
use crate::wording::{self, Word};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Became {
    /// It was read.
    Imported,
    /// It was imported before and says the same.
    Known,
    /// What was imported under its name is taken back.
    Withdrawn,
}

/// What importing one file came to.
#[derive(Debug, Serialize)]
pub(super) struct ImportedFile {
    /// Its name.
    pub(super) file: String,
    pub(super) outcome: Became,
    pub(super) added: u64,
    /// `None` where unchanged rows are not told apart.
    pub(super) unchanged: Option<u64>,
    pub(super) superseded: u64,
    /// Rows of a bill that are money of the account and no order; taken back ones of a withdrawn file.
    pub(super) movements: u64,
    /// Rows of a bill of kinds that the configuration leaves out.
    pub(super) left_out: u64,
    /// Orders or transactions that were taken back.
    pub(super) withdrawn: u64,
    pub(super) refused: u64,
    /// Refused rows by why.
    pub(super) reasons: BTreeMap<&'static str, u64>,
    /// Lines by what they are; `None` where they are not known.
    pub(super) lines: Option<BTreeMap<&'static str, u64>>,
    /// The name of the bill inside an archive; empty where there is none.
    pub(super) inside: String,
    pub(super) totals: Vec<Total>,
    /// Of what a bill is the whole; `None` for other files.
    pub(super) whole: Option<WholeOf>,
    /// Rows of other files that count again.
    pub(super) restored: u64,
    /// Other files that have to be imported again, so that their rows count.
    pub(super) to_be_imported: Vec<String>,
    #[serde(skip)]
    pub(super) counts: LineCounts,
    #[serde(skip)]
    pub(super) of: Of,
    /// A row was not refused.
    #[serde(skip)]
    pub(super) has_good_rows: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Of {
    /// Orders of the merchant.
    #[default]
    Orders,
    /// A platform's bill.
    Bill,
    /// A log of callbacks.
    Log,
    /// Money that is no order.
    Movements,
}

/// A total that a bill states.
#[derive(Debug, Serialize)]
pub(super) struct Total {
    line: i64,
    label: String,
    stated: String,
    checked: bool,
    /// What the rows come to, where that is something else.
    rows_give: Option<String>,
}

impl Total {
    fn of(total: &StatedTotal) -> Self {
        let rows_give = match &total.tie {
            Tie::Differs { sum, .. } => Some(sum.clone()),
            Tie::Agrees | Tie::NotChecked => None,
        };
        Self {
            line: total.line,
            label: total.label.clone(),
            stated: total.stated.clone(),
            checked: total.tie == Tie::Agrees,
            rows_give,
        }
    }
}

/// Of what a bill is the whole.
#[derive(Debug, Serialize)]
pub(super) struct WholeOf {
    from: Option<String>,
    to: Option<String>,
    streams: Vec<StreamOf>,
    /// Who says so: `command`, `file` or `rows`.
    by: &'static str,
    /// Why it is the whole of nothing.
    doubt: Option<&'static str>,
    #[serde(skip)]
    doubted: Option<Doubt>,
}

/// A kind of order at an account.
#[derive(Debug, Serialize)]
struct StreamOf {
    kind: &'static str,
    product: String,
}

impl ImportedFile {
    fn of(file: &str, outcome: Became) -> Self {
        Self {
            file: file.to_owned(),
            outcome,
            added: 0,
            unchanged: None,
            superseded: 0,
            movements: 0,
            left_out: 0,
            withdrawn: 0,
            refused: 0,
            reasons: BTreeMap::new(),
            lines: None,
            inside: String::new(),
            totals: Vec::new(),
            whole: None,
            restored: 0,
            to_be_imported: Vec::new(),
            counts: LineCounts::default(),
            of: Of::default(),
            has_good_rows: false,
        }
    }

    /// A file that was read.
    pub(super) fn read(file: &str, count: &PutCount, refused: u64) -> Self {
        Self {
            added: count.added,
            unchanged: Some(count.unchanged),
            superseded: count.superseded,
            restored: count.restored,
            refused,
            has_good_rows: count.added > 0 || count.unchanged > 0,
            ..Self::of(file, Became::Imported)
        }
    }

    /// A bill that was imported before and says the same.
    pub(super) fn known(file: &str) -> Self {
        Self::of(file, Became::Known)
    }

    /// A file whose rows are taken back.
    pub(super) fn withdrawn(file: &str, done: Withdrawn) -> Self {
        let Withdrawn { rows: withdrawn, movements, restored, to_be_imported } = done;
        let file = Self::of(file, Became::Withdrawn);
        Self { movements, withdrawn, restored, to_be_imported, ..file }
    }

    /// With what became of its lines.
    #[must_use]
    pub(super) fn with_lines(self, counts: LineCounts) -> Self {
        let lines = (counts != LineCounts::default()).then(|| counts.all().into_iter().collect());
        let has_good_rows = self.has_good_rows || counts.taken > 0;
        Self { lines, counts, has_good_rows, ..self }
    }

    /// With why rows were refused.
    #[must_use]
    pub(super) fn with_reasons(self, reasons: &BTreeMap<RejectionReason, u64>) -> Self {
        let reasons = reasons.iter().map(|(reason, rows)| (reason.code(), *rows)).collect();
        Self { reasons, ..self }
    }

    /// With the totals that the file states.
    #[must_use]
    pub(super) fn with_totals(self, totals: &[StatedTotal]) -> Self {
        Self { totals: totals.iter().map(Total::of).collect(), ..self }
    }

    /// A log of callbacks.
    #[must_use]
    pub(super) fn of_a_log(self) -> Self {
        Self { of: Of::Log, ..self }
    }

    /// A bill.
    #[must_use]
    pub(super) fn of_transactions(self) -> Self {
        Self { of: Of::Bill, ..self }
    }

    /// A file of movements.
    #[must_use]
    pub(super) fn of_movements(self) -> Self {
        Self { of: Of::Movements, ..self }
    }

    /// A bill, with what it states.
    #[must_use]
    pub(super) fn of_a_bill(self, inside: &str, totals: &[StatedTotal], whole: &Whole) -> Self {
        Self {
            of: Of::Bill,
            inside: inside.to_owned(),
            totals: totals.iter().map(Total::of).collect(),
            whole: Some(WholeOf::of(whole)),
            ..self
        }
    }

    /// Whether rows were refused and none was taken.
    pub(super) fn is_all_refused(&self) -> bool {
        self.refused > 0 && !self.has_good_rows
    }

    /// In words.
    pub(super) fn text(&self, language: Language) -> String {
        let mut text = format!("{}{}", self.file, language.pick("：", ": "));
        text.push_str(&match self.outcome {
            Became::Imported => self.counted(language),
            Became::Known => self.known_before(language),
            Became::Withdrawn => self.taken_back(language),
        });
        text.push('\n');
        if !self.inside.is_empty() {
            let lead = language.pick("读自压缩包内的", "read from");
            let _ = writeln!(text, "  {lead} {}", self.inside);
        }
        if self.lines.is_some() {
            let _ = writeln!(text, "  {}", lines(&self.counts, language));
        }
        for (reason, rows) in &self.reasons {
            let word = RejectionReason::from_code(reason).map_or(*reason, |it| it.word(language));
            let _ = match language {
                Language::Zh => writeln!(text, "  拒收 {rows} 行：{word}"),
                Language::En => writeln!(text, "  refused {rows}: {word}"),
            };
        }
        if self.of == Of::Log && self.refused > 0 {
            let lead = language.pick("日志每行应为", "a line of a log is");
            let _ = writeln!(text, "  {lead} {LINE_OF_LOG}");
        }
        for total in &self.totals {
            text.push_str(&total.text(language));
        }
        if let Some(whole) = &self.whole {
            let _ = writeln!(text, "  {}", whole.text(language));
        }
        text + &self.others(language)
    }

    fn known_before(&self, language: Language) -> String {
        let refused = self.refused;
        match language {
            Language::Zh if refused > 0 => {
                format!("此前已导入，内容相同；其中 {refused} 行仍被拒收")
            }
            Language::En if refused > 0 => {
                format!("imported before and as it was: {refused} rows of it are refused")
            }
            Language::Zh => "此前已导入，内容相同，无需处理".to_owned(),
            Language::En => "imported before, nothing to do".to_owned(),
        }
    }

    fn counted(&self, language: Language) -> String {
        let Self { added, superseded, refused, movements, left_out, .. } = self;
        let mut parts = match language {
            Language::Zh => vec![format!("新增 {added}")],
            Language::En => vec![format!("{added} added")],
        };
        let mut part = |zh: &str, count: u64, en: &str| {
            parts.push(match language {
                Language::Zh => format!("{zh} {count}"),
                Language::En => format!("{count} {en}"),
            });
        };
        if let Some(unchanged) = self.unchanged {
            part("未变", unchanged, "unchanged");
        }
        part("被替代", *superseded, "superseded");
        if self.of == Of::Bill {
            part("资金变动", *movements, "movements");
            part("按配置略过", *left_out, "left out");
        }
        part("拒收", *refused, "refused");
        parts.join(language.pick("，", ", "))
    }

    fn taken_back(&self, language: Language) -> String {
        let Self { withdrawn, movements, .. } = self;
        match (language, self.of) {
            (Language::Zh, Of::Bill) => {
                format!("已撤回 {withdrawn} 笔交易、{movements} 笔资金变动")
            }
            (Language::En, Of::Bill) => {
                format!("{withdrawn} transactions and {movements} movements withdrawn")
            }
            (Language::Zh, Of::Movements) => format!("已撤回 {movements} 笔资金变动"),
            (Language::En, Of::Movements) => format!("{movements} movements withdrawn"),
            (Language::Zh, Of::Orders | Of::Log) => format!("已撤回 {withdrawn} 笔订单"),
            (Language::En, Of::Orders | Of::Log) => format!("{withdrawn} orders withdrawn"),
        }
    }

    fn others(&self, language: Language) -> String {
        let mut text = String::new();
        if self.restored > 0 {
            let rows = self.restored;
            let _ = match language {
                Language::Zh => writeln!(text, "  其中 {rows} 笔另有文件载明，重新以该文件为准"),
                Language::En => writeln!(text, "  of {rows} what other files say counts again"),
            };
        }
        let name = &self.file;
        for other in &self.to_be_imported {
            let _ = match language {
                Language::Zh => writeln!(
                    text,
                    "  {other} 也曾由旧版本为该账期导入，旧版本不留存被替代的内容：请重新导入，使被 {name} 替代的订单重新有效"
                ),
                Language::En => writeln!(
                    text,
                    "  {other} was imported for this date too, by an older version, which did not keep what is \
                     replaced: import it again, so that its orders count which {name} had replaced"
                ),
            };
        }
        text
    }
}

impl Total {
    fn text(&self, language: Language) -> String {
        let Self { line, label, stated, checked, rows_give } = self;
        if let Some(sum) = rows_give {
            return match language {
                Language::Zh => format!("  第 {line} 行：{label} {stated}，各行合计为 {sum}\n"),
                Language::En => format!("  line {line}: {label} {stated}, the rows give {sum}\n"),
            };
        }
        match (language, checked) {
            (Language::Zh, true) => format!("  第 {line} 行：{label} {stated}，与各行合计一致\n"),
            (Language::Zh, false) => format!("  第 {line} 行：{label} {stated}，未核对\n"),
            (Language::En, true) => {
                format!("  line {line}: {label} {stated}, the rows add up to it\n")
            }
            (Language::En, false) => format!("  line {line}: {label} {stated}, not checked\n"),
        }
    }
}

impl WholeOf {
    fn of(whole: &Whole) -> Self {
        let stream = |stream: &crate::order::Stream| StreamOf {
            kind: stream.kind.code(),
            product: stream.product.clone(),
        };
        Self {
            from: whole.days.first().map(ToString::to_string),
            to: whole.days.last().map(ToString::to_string),
            streams: whole.streams.iter().map(stream).collect(),
            by: match whole.by {
                DaysBy::Command => "command",
                DaysBy::Stated => "file",
                DaysBy::Rows => "rows",
            },
            doubt: whole.doubt.as_ref().map(Doubt::code),
            doubted: whole.doubt.clone(),
        }
    }

    fn text(&self, language: Language) -> String {
        let (Some(first), Some(last)) = (&self.from, &self.to) else {
            let lead = language.pick("不能当作任何一天的完整账单", "of no day taken for the whole");
            let gap = language.pick("：", ": ");
            let doubt = self.doubted.as_ref();
            let doubt =
                doubt.map_or_else(String::new, |it| format!("{gap}{}", doubt_words(it, language)));
            return format!("{lead}{doubt}");
        };
        let days = match language {
            _ if first == last => first.clone(),
            Language::Zh => format!("{first} 至 {last}"),
            Language::En => format!("{first} to {last}"),
        };
        let streams = self.streams.iter().map(|stream| {
            let kind = crate::status::Kind::from_code(stream.kind);
            let kind = kind.map_or(stream.kind, |kind| kind.word(language));
            match wording::product(&stream.product, language) {
                "" => kind.to_owned(),
                product => format!("{kind}/{product}"),
            }
        });
        let streams = streams.collect::<Vec<_>>().join(language.pick("、", ", "));
        let by = match self.by {
            "command" => language.pick("依命令所说", "as the command says"),
            "file" => language.pick("依文件表头上方所写", "as the file states above its header"),
            _ => language.pick(
                "依各行的日期；用 --date 或 --from 与 --to 可以确定",
                "by the dates of its rows; --date or --from and --to say it for certain",
            ),
        };
        match language {
            Language::Zh => format!("是 {days} {streams} 的完整账单({by})"),
            Language::En => format!("the whole of {days} for {streams} ({by})"),
        }
    }
}

/// What became of the lines of a file.
fn lines(counts: &LineCounts, language: Language) -> String {
    if language == Language::En {
        return counts.to_string();
    }
    let word = |code: &str| match code {
        "preamble" => "表头前说明",
        "header" => "表头",
        "taken" => "采用",
        "refused" => "拒收",
        "totals" => "合计",
        "comments" => "注释",
        _ => "空白",
    };
    let parts = counts.all().into_iter().filter(|(_, lines)| *lines > 0);
    let parts = parts.map(|(code, lines)| format!("{} {lines}", word(code))).collect::<Vec<_>>();
    format!("共 {} 行：{}", counts.sum(), parts.join("，"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_shown_in_the_language_of_the_report() {
        let count = PutCount { added: 2, unchanged: 1, superseded: 0, restored: 0 };
        let mut lines = LineCounts::default();
        lines.add(crate::lines::LineKind::Taken, 3);
        lines.add(crate::lines::LineKind::Refused, 2);
        let reasons = BTreeMap::from([(RejectionReason::NotATime, 2)]);
        let file = ImportedFile::read("a.csv", &count, 2).with_lines(lines).with_reasons(&reasons);
        assert_eq!(
            file.text(Language::Zh),
            "a.csv：新增 2，未变 1，被替代 0，拒收 2\n  共 5 行：采用 3，拒收 2\n  拒收 2 行：不是可识别的时间\n"
        );
        assert_eq!(
            file.text(Language::En),
            "a.csv: 2 added, 1 unchanged, 0 superseded, 2 refused\n  5 lines: 3 taken, 2 refused\n  \
             refused 2: not_a_time\n"
        );
        assert!(!file.is_all_refused());
        assert!(ImportedFile::read("a.csv", &PutCount::default(), 2).is_all_refused());
        assert!(!ImportedFile::read("a.csv", &PutCount::default(), 0).is_all_refused());
    }
}
