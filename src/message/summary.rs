//! What is told of one run, and in which words.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Notice;
use crate::business_day::{BusinessDate, Timestamp};
use crate::config::Language;
use crate::job::{Job, Occasion};
use crate::ledger::AccountVerdict;
use crate::report::headline::Doubt;
use crate::report::sentence::{few, why};
use crate::report::{Headline, gaps};
use crate::rules::usual::UnusualFile;
use crate::run::RunOutcome;
use crate::settle::SettledAccount;
use crate::wording::Word;

/// Accounts whose verdict is told; further ones are counted.
const ACCOUNTS_SHOWN: usize = 10;

/// What is told of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// The job.
    pub job: String,
    /// The business date.
    pub date: BusinessDate,
    /// What it came to, the gravest first; not empty.
    pub occasions: BTreeSet<Occasion>,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// The report's folder, when one was written.
    pub report: Option<PathBuf>,
    /// Discrepancies that are open, and lost callbacks.
    pub open: i64,
    /// Whether what is open was found by a watch.
    pub watched: bool,
    /// Verdicts of accounts that could not be proved.
    pub unproved: Vec<AccountVerdict>,
    /// Files of the date with far fewer rows than usual.
    pub unusual: Vec<UnusualFile>,
    /// Settlements and bridges of the accounts.
    pub settled: Vec<SettledAccount>,
    /// The headline of the report, where one was written.
    pub headline: Option<Headline>,
    /// Earlier business dates for which the job should have been run and never was.
    pub missed: Vec<BusinessDate>,
    /// What was found, as a text that is another one where something else was found: counts alone would
    /// hide that an order took another one's place.
    pub found: String,
    /// Why it failed; empty when it did not.
    pub failure: String,
}

impl RunSummary {
    /// What is told of a run that came to an end.
    pub fn of(job: &Job, date: BusinessDate, outcome: &RunOutcome, exit_code: u8) -> Self {
        let open = outcome.open_count();
        let mut occasions = BTreeSet::new();
        if !outcome.is_proved() {
            occasions.insert(Occasion::Unproved);
        }
        if open > 0 {
            occasions.insert(Occasion::Open);
        }
        match outcome.report.as_ref().map(|set| set.headline.doubt) {
            Some(Doubt::Unexplained) => {
                occasions.insert(Occasion::Unproved);
            }
            // Also what another run of the day left open, so that no message is greener than the page.
            Some(Doubt::Unproved | Doubt::Gap | Doubt::FewRows) => {
                occasions.insert(Occasion::Open);
            }
            Some(Doubt::None) | None => {}
        }
        if occasions.is_empty() {
            occasions.insert(Occasion::Done);
        }
        let is_unproved = |it: &&AccountVerdict| !it.is_proved();
        Self {
            job: job.name.clone(),
            date,
            occasions,
            exit_code,
            report: outcome.report_folder().map(Path::to_path_buf),
            open,
            watched: outcome.watched.is_some(),
            unproved: outcome.verdicts.iter().filter(is_unproved).cloned().collect(),
            unusual: outcome.report.as_ref().map_or_else(Vec::new, |set| set.unusual.clone()),
            settled: outcome.settled.clone(),
            headline: outcome.report.as_ref().map(|set| set.headline.clone()),
            missed: outcome.missed.clone(),
            found: found(outcome),
            failure: String::new(),
        }
    }

    /// What is told of a run that failed; `why` holds no secret and no personal data.
    pub fn failed(job: &Job, date: BusinessDate, why: &str, exit_code: u8) -> Self {
        Self {
            job: job.name.clone(),
            date,
            occasions: BTreeSet::from([Occasion::Failed]),
            exit_code,
            report: None,
            open: 0,
            watched: false,
            unproved: Vec::new(),
            unusual: Vec::new(),
            settled: Vec::new(),
            headline: None,
            missed: Vec::new(),
            found: String::new(),
            failure: why.to_owned(),
        }
    }

    /// The gravest of what happened.
    pub fn gravest(&self) -> Occasion {
        self.occasions.last().copied().unwrap_or(Occasion::Done)
    }

    /// The text, a sentence a line.
    pub fn text(&self, language: Language) -> String {
        let mut text = self.lines(language).join("\n");
        text.push('\n');
        text
    }

    /// What robots are told.
    pub fn notice(&self, language: Language, at: Timestamp, zone: Tz) -> Notice {
        let lines = self.lines(language);
        let data = json!({
            "job": self.job,
            "date": self.date.to_string(),
            "outcome": self.gravest().code(),
            "occasions": self.occasions.iter().map(|it| it.code()).collect::<Vec<_>>(),
            "exit_code": self.exit_code,
            "open": self.open,
            "headline": self.headline.as_ref().map(Headline::data),
            "missed": self.missed.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "report": self.report.as_ref().map(|path| path.display().to_string()),
            "text": lines,
        });
        let digest = Sha256::digest(format!("{data} {}", self.found).as_bytes());
        let hash = digest.iter().take(4).fold(String::new(), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        let number = self.date.number();
        let job = self.job.replace('.', "_");
        Notice {
            id: format!("dz_{number}_{job}_{hash}"),
            job: self.job.clone(),
            date: self.date,
            title: self.title(language),
            lines,
            gravest: self.gravest(),
            report: self.report.clone(),
            data,
            at,
            zone,
            language,
        }
    }

    /// The title: verdict, job, date.
    fn title(&self, language: Language) -> String {
        let word = match (language, self.gravest()) {
            (Language::Zh, Occasion::Failed) => "任务失败",
            (Language::Zh, Occasion::Unproved) => "未能核实",
            (Language::Zh, Occasion::Open) => "有待处理",
            (Language::Zh, Occasion::Done) => "已核平",
            (Language::En, Occasion::Failed) => "FAILED",
            (Language::En, Occasion::Unproved) => "NOT PROVED",
            (Language::En, Occasion::Open) => "OPEN",
            (Language::En, Occasion::Done) => "PROVED",
        };
        let (job, date) = (&self.job, self.date);
        match language {
            Language::Zh => format!("【{word}】{job} {date}"),
            Language::En => format!("[{word}] {job} {date}"),
        }
    }

    fn lines(&self, language: Language) -> Vec<String> {
        let mut lines = vec![self.headline(language)];
        match &self.headline {
            Some(headline) => {
                lines.extend(headline.lines(language).into_iter().map(|line| match language {
                    Language::Zh => format!("{line}。"),
                    Language::En => format!("{line}."),
                }));
            }
            None => lines.extend(self.without_report(language)),
        }
        lines.extend(self.missed_line(language));
        if let Some(report) = &self.report {
            let report = report.display();
            lines.push(match language {
                Language::Zh => format!("对账报告：{report}"),
                Language::En => format!("Report: {report}"),
            });
        }
        lines
    }

    /// Dates without a run, and how to make up for them; `None` where there are none.
    fn missed_line(&self, language: Language) -> Option<String> {
        let (first, last, job) = (self.missed.first()?, self.missed.last()?, &self.job);
        let dates: Vec<String> = self.missed.iter().map(ToString::to_string).collect();
        let command = format!("duizhang run {job} --from {first} --to {last}");
        Some(match language {
            Language::Zh => {
                format!("以下账期没有运行过 {job}：{}。请补跑：{command}", dates.join("、"))
            }
            Language::En => {
                format!(
                    "{job} was never run for {}. To make up for it: {command}",
                    dates.join(", ")
                )
            }
        })
    }

    /// What a job that writes no report has found.
    fn without_report(&self, language: Language) -> Vec<String> {
        let mut lines = Vec::new();
        for verdict in self.unproved.iter().take(ACCOUNTS_SHOWN) {
            let (account, word) = (&verdict.account, verdict.verdict.word(language));
            let reason = why(&verdict.reason, language);
            lines.push(match (language, reason.is_empty()) {
                (Language::Zh, true) => format!("{account}：{word}。"),
                (Language::Zh, false) => format!("{account}：{word}({reason})。"),
                (Language::En, true) => format!("{account}: {word}."),
                (Language::En, false) => format!("{account}: {word} ({reason})."),
            });
        }
        let more = self.unproved.len().saturating_sub(ACCOUNTS_SHOWN);
        if more > 0 {
            lines.push(match language {
                Language::Zh => format!("另有 {more} 个账户未能证实。"),
                Language::En => format!("{more} more accounts could not be proved."),
            });
        }
        lines.extend(self.unusual.iter().map(|file| match language {
            Language::Zh => format!("{}。", few(file, language)),
            Language::En => format!("{}.", few(file, language)),
        }));
        let gaps = gaps::lines(&self.settled, |name| name, language);
        lines.extend(gaps.iter().map(|gap| match language {
            Language::Zh => format!("{gap}。"),
            Language::En => format!("{gap}."),
        }));
        if self.open > 0 {
            let open = self.open;
            lines.push(match (language, self.watched) {
                (Language::Zh, false) => format!("待处理差异 {open} 笔。"),
                (Language::Zh, true) => format!("渠道已成功而账上未记的订单 {open} 笔。"),
                (Language::En, false) => format!("Discrepancies to be worked on: {open}."),
                (Language::En, true) => {
                    format!("Orders paid at the provider and not in the books: {open}.")
                }
            });
        }
        lines
    }

    fn headline(&self, language: Language) -> String {
        let (job, date, why) = (&self.job, self.date, &self.failure);
        match (language, self.gravest()) {
            (Language::Zh, Occasion::Failed) => format!("对账任务 {job}({date})失败：{why}"),
            (Language::Zh, Occasion::Unproved) => {
                format!("对账任务 {job}({date})已运行，但未能全部核实。")
            }
            (Language::Zh, Occasion::Open) => {
                format!("对账任务 {job}({date})已完成，有事项待处理。")
            }
            (Language::Zh, Occasion::Done) => {
                format!("对账任务 {job}({date})已完成，无待处理事项。")
            }
            (Language::En, Occasion::Failed) => format!("{job} for {date} failed: {why}"),
            (Language::En, Occasion::Unproved) => {
                format!("{job} for {date} was run, but not everything could be proved.")
            }
            (Language::En, Occasion::Open) => {
                format!("{job} for {date} is done, and something is open.")
            }
            (Language::En, Occasion::Done) => {
                format!("{job} for {date} is done, and nothing is open.")
            }
        }
    }
}

/// The rows of the report, and the orders that a watch names.
fn found(outcome: &RunOutcome) -> String {
    let files = outcome.report.iter().flat_map(|set| &set.files);
    let rows = files.take(1).map(|file| file.sha256.clone());
    let lost = outcome.watched.iter().flat_map(|watched| &watched.lost);
    let orders = lost.map(|lost| format!("{}/{}", lost.key.stream.account, lost.key.order_no));
    rows.chain(orders).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::status::{Coverage, Verdict};

    /// A night with an account that is not proved, and three open discrepancies.
    pub(in crate::message) fn summary_of(occasions: &[Occasion]) -> RunSummary {
        RunSummary {
            job: "nightly".to_owned(),
            date: BusinessDate::parse("2026-11-20").expect("a date"),
            occasions: occasions.iter().copied().collect(),
            exit_code: 4,
            report: Some(PathBuf::from("/reports/2026-11-20")),
            open: 3,
            watched: false,
            unproved: vec![AccountVerdict {
                account: "xxpay-main".to_owned(),
                verdict: Verdict::Incomplete,
                coverage: Coverage::OneSided,
                reason: "2 unproved".to_owned(),
            }],
            unusual: Vec::new(),
            settled: Vec::new(),
            headline: None,
            missed: Vec::new(),
            found: String::new(),
            failure: String::new(),
        }
    }

    #[test]
    fn a_message_says_what_happened_in_plain_language() {
        let both = summary_of(&[Occasion::Unproved, Occasion::Open]);
        assert_eq!(
            both.text(Language::En),
            "nightly for 2026-11-20 was run, but not everything could be proved.\n\
             xxpay-main: incomplete (2 unproved).\n\
             Discrepancies to be worked on: 3.\n\
             Report: /reports/2026-11-20\n"
        );
        assert_eq!(
            both.text(Language::Zh),
            "对账任务 nightly(2026-11-20)已运行，但未能全部核实。\n\
             xxpay-main：核对不完整(2 unproved)。\n\
             待处理差异 3 笔。\n\
             对账报告：/reports/2026-11-20\n"
        );
    }
}
