//! Goal: the documents say what is there. Method: every link leads to a file, and every command that stands in
//! a block or between backticks is one that the program takes.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use duizhang::cli::Cli;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for folder in ["", "docs", "deploy", "jobs", "samples", "fuzz"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                all.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(all.len() > 12, "{}", all.len());
    all
}

#[test]
fn every_link_leads_to_a_file() {
    let mut dead = Vec::new();
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let is_outside = file.is_empty() || file.contains("://") || file.contains(' ');
            if !is_outside && !path.parent().unwrap().join(file).exists() {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert_eq!(dead, [""; 0]);
}

/// What a document asks its reader to type: lines of blocks of shell commands, and commands between backticks.
fn commands(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut block = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(language) };
        } else if block == Some("sh") {
            let line = line.split(" #").next().unwrap();
            all.extend(line.split(&['&', ';'][..]).map(|part| part.trim().to_owned()));
        } else if block.is_none() {
            all.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    all.retain(|command| command.starts_with("duizhang ") && !command.contains('…'));
    all
}

#[test]
fn every_command_of_the_documents_is_one() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (path, text) in documents() {
        for command in commands(&text) {
            let words = command.split_whitespace().map(|word| match word {
                // Places for the reader's own values.
                "D" => "2026-11-20",
                "DAYS" | "N" => "3",
                other => other,
            });
            tried += 1;
            let refused = Cli::try_parse_from(words).err();
            // A command that has others below it is named by itself as well.
            let is_named = |error: &clap::Error| {
                use clap::error::ErrorKind as K;
                matches!(
                    error.kind(),
                    K::DisplayHelp
                        | K::DisplayHelpOnMissingArgumentOrSubcommand
                        | K::MissingRequiredArgument
                        | K::MissingSubcommand
                )
            };
            if let Some(error) = refused.filter(|error| !is_named(error)) {
                wrong.push(format!("{}: {command}: {error}", path.display()));
            }
        }
    }
    assert!(tried > 80, "{tried}");
    assert_eq!(wrong, [""; 0]);
}
