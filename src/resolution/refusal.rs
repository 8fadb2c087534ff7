//! Why a decision is not accepted, in words for the person who wrote it.

use super::{NOTE_CHARS_MAX, PERSON_CHARS_MAX, Reason};
use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::order::RejectionReason;
use crate::wording::{self, Word};

/// Why a decision is not accepted. The discrepancy stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The row as a whole cannot be read.
    Row(RejectionReason),
    /// A value cannot be read.
    Unreadable {
        /// The column, as the file calls it.
        column: String,
        /// The value, shortened.
        value: String,
        /// Why.
        reason: RejectionReason,
    },
    /// There is no such discrepancy.
    UnknownId {
        /// The id, shortened.
        id: String,
    },
    /// The report has no such cause.
    UnknownCause {
        /// The id, shortened.
        id: String,
    },
    /// Not one of the words for how something is resolved.
    UnknownWord {
        /// The word, shortened.
        word: String,
    },
    /// Only the job may say that both sides agree.
    OnlyTheJob,
    /// The word alone does not say enough.
    NoteMissing {
        /// Which.
        reason: Reason,
    },
    /// The note is too long.
    NoteTooLong,
    /// The note holds what looks like the number of a bank card.
    NoteHasCard,
    /// The note holds what looks like the number of an identity card.
    NoteHasIdentityCard,
    /// Nobody stands behind it.
    PersonMissing,
    /// Not a person's name.
    PersonName,
    /// Another row of the file says something else about the same discrepancy.
    Contradiction {
        /// That row.
        line: i64,
    },
    /// The discrepancy is not what it was when the file was written.
    Changed {
        /// The column, as the file calls it.
        column: String,
        /// What the file says.
        was: String,
        /// What it is.
        now: String,
    },
    /// Both sides have come to agree.
    ClosedByJob {
        /// When.
        on: Option<BusinessDate>,
    },
    /// Somebody has closed it already.
    ClosedByPerson {
        /// The reason's code.
        resolution: String,
        /// Who.
        person: String,
    },
    /// What is open cannot be opened again.
    NotClosed,
    /// Nobody has proposed anything.
    NothingProposed,
    /// The second person has to be another one.
    SamePerson {
        /// Who.
        person: String,
    },
    /// No person has done anything since the job last opened or closed it.
    NothingToUndo,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The sentence in a language.
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::Zh => self.zh(),
            Language::En => self.en(),
        }
    }

    fn zh(&self) -> String {
        let zh = Language::Zh;
        match self {
            Self::Row(reason) => reason.word(zh).to_owned(),
            Self::Unreadable { column, value, reason } => {
                format!("“{column}”的值“{value}”无法读取：{}", reason.word(zh))
            }
            Self::UnknownId { id } => format!("没有编号为“{id}”的差异"),
            Self::UnknownCause { id } => format!("该账期日的报告中没有编号为“{id}”的原因"),
            Self::UnknownWord { word } => {
                format!("处理方式“{word}”不在可选范围内，可填：{}", allowed(zh))
            }
            Self::OnlyTheJob => "“双方已一致”只由系统核对得出；人工核实请填“核实无误”".to_owned(),
            Self::NoteMissing { reason } => {
                format!("处理方式为“{}”时必须填写处理备注", reason.word(zh))
            }
            Self::NoteTooLong => format!("处理备注超过 {NOTE_CHARS_MAX} 个字"),
            Self::NoteHasCard => {
                "处理备注含有疑似银行卡号的数字：备注一经写入即不可删除，请只写卡号后四位"
                    .to_owned()
            }
            Self::NoteHasIdentityCard => {
                "处理备注含有疑似身份证号的数字：备注一经写入即不可删除，请去掉该号码".to_owned()
            }
            Self::PersonMissing => {
                "没有处理人：请填写“处理人”列，或在导入时用 --person 指定".to_owned()
            }
            Self::PersonName => {
                format!(
                    "处理人不是有效的姓名：最多 {PERSON_CHARS_MAX} 个字，不含控制字符和“ / ”，不能是卡号、证件号或手机号"
                )
            }
            Self::Contradiction { line } => format!("与第 {line} 行对同一差异的处理不一致"),
            Self::Changed { column, was, now } => {
                format!("导出之后已变化：“{column}”当时是“{was}”，现在是“{now}”；请按新报告处理")
            }
            Self::ClosedByJob { on } => {
                let on = on.map_or_else(String::new, |on| format!("已于 {on} "));
                format!("双方{on}核对一致并自动关闭，无需处理")
            }
            Self::ClosedByPerson { resolution, person } => format!(
                "{person} 已按“{}”处理；如需更改请先重新打开",
                wording::resolution(resolution, zh)
            ),
            Self::NotClosed => "该差异尚未处理，无需重新打开".to_owned(),
            Self::NothingProposed => "没有待复核的处理".to_owned(),
            Self::SamePerson { person } => {
                format!("该处理由 {person} 提出，须由另一人复核")
            }
            Self::NothingToUndo => "没有可撤销的人工处理".to_owned(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Row(reason) => format!("the row cannot be read: {reason}"),
            Self::Unreadable { column, value, reason } => {
                format!("{value:?} in {column} cannot be read: {reason}")
            }
            Self::UnknownId { id } => format!("there is no discrepancy {id:?}"),
            Self::UnknownCause { id } => format!("the report of that date has no cause {id:?}"),
            Self::UnknownWord { word } => {
                format!("{word:?} is no way to resolve; there are: {}", allowed(Language::En))
            }
            Self::OnlyTheJob => {
                "only the job finds that both sides agree; what a person found right is explained"
                    .to_owned()
            }
            Self::NoteMissing { reason } => format!("{reason} needs a note"),
            Self::NoteTooLong => format!("the note has more than {NOTE_CHARS_MAX} characters"),
            Self::NoteHasCard => {
                "the note holds what looks like the number of a bank card, and a note can never be \
                 removed again: write its last four digits only"
                    .to_owned()
            }
            Self::NoteHasIdentityCard => {
                "the note holds what looks like the number of an identity card, and a note can never \
                 be removed again: leave it out"
                    .to_owned()
            }
            Self::PersonMissing => {
                "nobody is named: fill in resolved_by, or import with --person".to_owned()
            }
            Self::PersonName => format!(
                "not a person's name: at most {PERSON_CHARS_MAX} characters, without control \
                 characters and \" / \", and no number of a card, an identity card or a phone"
            ),
            Self::Contradiction { line } => {
                format!("row {line} says something else about the same discrepancy")
            }
            Self::Changed { column, was, now } => format!(
                "changed since it was exported: {column} was {was:?} and is {now:?}; work from the \
                 new report"
            ),
            Self::ClosedByJob { on } => {
                let on = on.map_or_else(String::new, |on| format!(" on {on}"));
                format!("both sides have come to agree{on}, and it closed by itself")
            }
            Self::ClosedByPerson { resolution, person } => {
                format!("closed as {resolution} by {person} already; reopen it first")
            }
            Self::NotClosed => "it is open, there is nothing to reopen".to_owned(),
            Self::NothingProposed => "nothing waits for a second person".to_owned(),
            Self::SamePerson { person } => {
                format!("{person} proposed it; another person has to confirm")
            }
            Self::NothingToUndo => {
                "there is nothing of a person's doing that can be taken back".to_owned()
            }
        }
    }
}

/// What a clerk may write.
fn allowed(language: Language) -> String {
    let words: Vec<_> = Reason::of_people().map(|reason| reason.word(language)).collect();
    words.join(if language == Language::Zh { "、" } else { ", " })
}
