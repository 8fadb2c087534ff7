//! A program of the job's own is given a short text and a few facts.
//!
//! It is started without a shell, with the text as its standard input and nothing of this process's
//! environment but what programs need to run, so that no secret reaches it. It has limited time.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::RunSummary;
use crate::config::{Language, environment};
use crate::job::Messages;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What of this process's environment the program is given.
const PASSED_ON: [&str; 5] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"];

/// Tells a result to whom the job says, if it wants to know. What goes wrong is logged. `base` is
/// the folder of the configuration.
pub(super) async fn tell(
    messages: Option<&Messages>,
    summary: &RunSummary,
    language: Language,
    base: &Path,
) {
    let wanted = |messages: &&Messages| !messages.on.is_disjoint(&summary.occasions);
    let Some(messages) = messages.filter(wanted) else { return };
    let job = &summary.job;
    match tokio::time::timeout(PATIENCE, run_program(&messages.command, summary, language, base))
        .await
    {
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

async fn run_program(
    command: &[String],
    summary: &RunSummary,
    language: Language,
    base: &Path,
) -> std::io::Result<std::process::ExitStatus> {
    let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let program = if program.contains('/') { base.join(program) } else { PathBuf::from(program) };
    let report =
        summary.report.as_ref().map(|path| path.as_os_str().to_owned()).unwrap_or_default();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(base)
        .env_clear()
        .envs(PASSED_ON.iter().filter_map(|name| Some((*name, environment(name)?))))
        .env("DUIZHANG_JOB", &summary.job)
        .env("DUIZHANG_DATE", summary.date.to_string())
        .env("DUIZHANG_OUTCOME", summary.gravest().code())
        .env("DUIZHANG_EXIT_CODE", summary.exit_code.to_string())
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
        input.write_all(summary.text(language).as_bytes()).await.ok();
    }
    child.wait().await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::job::Occasion;
    use crate::message::summary::tests::summary_of;

    fn script(folder: &Path, text: &str) -> Messages {
        let path = folder.join("notify");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).expect("rights");
        Messages { on: BTreeSet::from([Occasion::Unproved]), command: vec!["./notify".to_owned()] }
    }

    #[tokio::test]
    async fn the_program_gets_the_text_and_the_facts_and_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let messages = script(folder.path(), "cat > said\nenv | sort > facts");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name));
        let unwanted = summary_of(&[Occasion::Open]);
        tell(Some(&messages), &unwanted, Language::En, folder.path()).await;
        assert!(read("said").is_err(), "nobody wanted to know");
        let wanted = summary_of(&[Occasion::Unproved, Occasion::Open]);
        tell(Some(&messages), &wanted, Language::En, folder.path()).await;
        assert_eq!(read("said").expect("a text"), wanted.text(Language::En));
        let facts = read("facts").expect("facts");
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
        tell(Some(&fails), &summary_of(&[Occasion::Unproved]), Language::En, folder.path()).await;
        let missing = Messages { command: vec!["./nowhere".to_owned()], ..fails };
        tell(Some(&missing), &summary_of(&[Occasion::Unproved]), Language::Zh, folder.path()).await;
    }
}
