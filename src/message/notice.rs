//! One message, before it has the form of a chat, a webhook or a mail.

use std::path::PathBuf;

use chrono_tz::Tz;
use serde_json::Value;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::Language;
use crate::job::Occasion;

/// Bytes of one line, at most: what is longer is cut.
const LINE_BYTES_MAX: usize = 900;

/// What is told to robots of one run: the same to each.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The same as long as the same is told of the same run; without `.`.
    pub id: String,
    /// The job.
    pub job: String,
    /// The business date.
    pub date: BusinessDate,
    /// Verdict, job, date.
    pub title: String,
    /// A sentence a line, the most important first; not empty.
    pub lines: Vec<String>,
    /// The gravest of what happened.
    pub gravest: Occasion,
    /// The report's folder.
    pub report: Option<PathBuf>,
    /// The same for programs.
    pub data: Value,
    /// When the run was over.
    pub at: Timestamp,
    /// The zone of times.
    pub zone: Tz,
    /// The language.
    pub language: Language,
}

impl Notice {
    /// As many lines as fit, and a last one that says how many were left out and where they are.
    ///
    /// `size` measures what becomes of some lines, in bytes.
    pub(super) fn fitting(
        &self,
        bytes_max: usize,
        size: impl Fn(&[String]) -> usize,
    ) -> Vec<String> {
        let all: Vec<String> = self.lines.iter().map(|line| cut(line, LINE_BYTES_MAX)).collect();
        // The first line is never left out, and it always fits.
        let (mut least, mut most) = (1, all.len());
        while least < most {
            let middle = least.midpoint(most.saturating_add(1));
            if size(&self.first(&all, middle)) <= bytes_max {
                least = middle;
            } else {
                most = middle.saturating_sub(1);
            }
        }
        self.first(&all, least)
    }

    /// The first lines, how many are left out, and the id.
    fn first(&self, all: &[String], kept: usize) -> Vec<String> {
        let mut lines: Vec<String> = all.iter().take(kept).cloned().collect();
        let left = all.len().saturating_sub(kept);
        if left > 0 {
            lines.push(match self.language {
                Language::Zh => format!("……另有 {left} 行未显示，全文见对账报告。"),
                Language::En => format!("... {left} more lines, see the report."),
            });
        }
        lines.push(self.signed_id());
        lines
    }

    /// The id as a line: one message that arrives twice is seen to be one.
    fn signed_id(&self) -> String {
        match self.language {
            Language::Zh => format!("消息编号 {}", self.id),
            Language::En => format!("message {}", self.id),
        }
    }

    /// The title with what a robot wants to have in every message.
    pub(super) fn title_with(&self, keyword: &str) -> String {
        if keyword.is_empty() || self.title.contains(keyword) {
            self.title.clone()
        } else {
            format!("{} {keyword}", self.title)
        }
    }
}

/// The beginning of a text that has no more than so many bytes, at a character's end.
pub(super) fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let most = bytes_max.saturating_sub('…'.len_utf8());
    let mut short = String::new();
    for c in text.chars() {
        if short.len().saturating_add(c.len_utf8()) > most {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A notice with so many further lines.
    pub(in crate::message) fn notice(further: usize) -> Notice {
        let mut lines = vec!["本日不可入账：有账户未能核实。".to_owned()];
        lines.extend((0..further).map(|n| format!("账户 {n}：核对不完整(渠道没有可用的应答)。")));
        Notice {
            id: "dz_20261120_nightly_00c0ffee".to_owned(),
            job: "nightly".to_owned(),
            date: BusinessDate::from_number(20_261_120).expect("a date"),
            title: "【未能核实】nightly 2026-11-20".to_owned(),
            lines,
            gravest: Occasion::Unproved,
            report: None,
            data: serde_json::json!({ "job": "nightly" }),
            at: Timestamp::from_epoch_seconds(1_795_622_400),
            zone: chrono_tz::Asia::Shanghai,
            language: Language::Zh,
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_line_and_the_message_states_it() {
        let size = |lines: &[String]| lines.iter().map(String::len).sum::<usize>();
        let whole = notice(3).fitting(10_000, size);
        assert_eq!(whole.len(), 5);
        let lines = notice(300).fitting(4_096, size);
        assert!(size(&lines) <= 4_096);
        assert_eq!(lines[0], "本日不可入账：有账户未能核实。");
        let kept = lines.len() - 2;
        assert_eq!(lines[kept], format!("……另有 {} 行未显示，全文见对账报告。", 301 - kept));
        assert_eq!(lines[kept + 1], "消息编号 dz_20261120_nightly_00c0ffee");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("对账", 6), "对账");
        assert_eq!(cut("对账报告", 10), "对账…");
        assert_eq!(cut("对账报告", 11), "对账…");
    }
}
