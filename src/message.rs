//! Telling people what a run came to: a program of theirs is given a short text and a few facts.
//!
//! The program is started without a shell, with the text as its standard input and nothing of this
//! process's environment but what programs need to run, so that no secret reaches it. It has limited
//! time, and whatever it does never changes what a run came to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::business_day::BusinessDate;
use crate::config::{Language, environment};
use crate::job::{Job, Messages, Occasion};
use crate::ledger::AccountVerdict;
use crate::reconcile::usual::UnusualFile;
use crate::report::gaps;
use crate::report::sentence::{few, why};
use crate::report::words::Word;
use crate::run::RunOutcome;
use crate::settle::SettledAccount;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What of this process's environment the program is given.
const PASSED_ON: [&str; 5] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"];
/// Accounts whose verdict is told; further ones are counted.
const ACCOUNTS_TOLD: usize = 10;

/// What is told of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
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
    /// Why it failed; empty when it did not.
    pub failure: String,
}

impl Told {
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
            failure: why.to_owned(),
        }
    }

    /// The gravest of what happened.
    pub fn gravest(&self) -> Occasion {
        self.occasions.last().copied().unwrap_or(Occasion::Done)
    }

    /// The text, a sentence a line.
    pub fn text(&self, language: Language) -> String {
        let mut lines = vec![self.headline(language)];
        for verdict in self.unproved.iter().take(ACCOUNTS_TOLD) {
            let (account, word) = (&verdict.account, verdict.verdict.word(language));
            let reason = why(&verdict.reason, language);
            lines.push(match (language, reason.is_empty()) {
                (Language::Zh, true) => format!("{account}：{word}。"),
                (Language::Zh, false) => format!("{account}：{word}({reason})。"),
                (Language::En, true) => format!("{account}: {word}."),
                (Language::En, false) => format!("{account}: {word} ({reason})."),
            });
        }
        let more = self.unproved.len().saturating_sub(ACCOUNTS_TOLD);
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
        let gaps = gaps::lines(&self.settled, language);
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
        if let Some(report) = &self.report {
            let report = report.display();
            lines.push(match language {
                Language::Zh => format!("对账报告：{report}"),
                Language::En => format!("Report: {report}"),
            });
        }
        lines.push(String::new());
        lines.join("\n")
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

/// Tells a result to whom the job says, if it wants to know. What goes wrong is logged. `base` is
/// the folder of the configuration.
pub async fn tell(messages: Option<&Messages>, told: &Told, language: Language, base: &Path) {
    let wanted = |messages: &&Messages| !messages.on.is_disjoint(&told.occasions);
    let Some(messages) = messages.filter(wanted) else { return };
    let job = &told.job;
    match tokio::time::timeout(PATIENCE, said(&messages.command, told, language, base)).await {
        Ok(Ok(status)) if status.success() => tracing::info!(%job, "the message was passed on"),
        Ok(Ok(status)) => {
            tracing::warn!(%job, %status, "the program for messages did not succeed");
        }
        Ok(Err(error)) => tracing::warn!(%job, %error, "the program for messages cannot be used"),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            tracing::warn!(%job, "the program for messages was ended after {seconds} s");
        }
    }
}

async fn said(
    command: &[String],
    told: &Told,
    language: Language,
    base: &Path,
) -> std::io::Result<std::process::ExitStatus> {
    let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let program = if program.contains('/') { base.join(program) } else { PathBuf::from(program) };
    let report = told.report.as_ref().map(|path| path.as_os_str().to_owned()).unwrap_or_default();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(base)
        .env_clear()
        .envs(PASSED_ON.iter().filter_map(|name| Some((*name, environment(name)?))))
        .env("DUIZHANG_JOB", &told.job)
        .env("DUIZHANG_DATE", told.date.to_string())
        .env("DUIZHANG_OUTCOME", told.gravest().code())
        .env("DUIZHANG_EXIT_CODE", told.exit_code.to_string())
        .env("DUIZHANG_REPORT", report)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Signals to this process's group are not the program's: a message is passed on to its end.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read what it is told may know it from its environment.
        input.write_all(told.text(language).as_bytes()).await.ok();
    }
    child.wait().await
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::status::{Coverage, Verdict};

    fn told(occasions: &[Occasion]) -> Told {
        Told {
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
            failure: String::new(),
        }
    }

    fn script(folder: &Path, text: &str) -> Messages {
        let path = folder.join("notify");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).expect("rights");
        Messages { on: BTreeSet::from([Occasion::Unproved]), command: vec!["./notify".to_owned()] }
    }

    #[test]
    fn a_message_says_what_happened_in_plain_language() {
        let both = told(&[Occasion::Unproved, Occasion::Open]);
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

    #[tokio::test]
    async fn the_program_gets_the_text_and_the_facts_and_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let messages = script(folder.path(), "cat > said\nenv | sort > facts");
        let said = |name: &str| std::fs::read_to_string(folder.path().join(name));
        let unwanted = told(&[Occasion::Open]);
        tell(Some(&messages), &unwanted, Language::En, folder.path()).await;
        assert!(said("said").is_err(), "nobody wanted to know");
        let wanted = told(&[Occasion::Unproved, Occasion::Open]);
        tell(Some(&messages), &wanted, Language::En, folder.path()).await;
        assert_eq!(said("said").expect("a text"), wanted.text(Language::En));
        let facts = said("facts").expect("facts");
        for fact in [
            "DUIZHANG_JOB=nightly",
            "DUIZHANG_DATE=2026-11-20",
            "DUIZHANG_OUTCOME=unproved",
            "DUIZHANG_EXIT_CODE=4",
            "DUIZHANG_REPORT=/reports/2026-11-20",
        ] {
            assert!(facts.lines().any(|line| line == fact), "{fact} in {facts}");
        }
        // Cargo gives every test this variable: it stands for all that is not to be passed on.
        assert!(!facts.contains("CARGO_MANIFEST_DIR"), "{facts}");
    }

    #[tokio::test]
    async fn a_program_that_fails_or_is_not_there_harms_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let fails = script(folder.path(), "exit 7");
        tell(Some(&fails), &told(&[Occasion::Unproved]), Language::En, folder.path()).await;
        let missing = Messages { command: vec!["./nowhere".to_owned()], ..fails };
        tell(Some(&missing), &told(&[Occasion::Unproved]), Language::Zh, folder.path()).await;
    }
}
