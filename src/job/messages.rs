//! Whom a job's results are told to.

use std::collections::BTreeSet;

pub use crate::config::Occasion;
use crate::config::occasions;
use crate::config::reader::Section;

/// Whom a job's results are told to: a program that is given a short text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// The results that are told; not empty.
    pub on: BTreeSet<Occasion>,
    /// The program and its arguments; not empty. A program with a `/` in it is relative to the
    /// folder of the configuration, any other one is looked for in `PATH`.
    pub command: Vec<String>,
}

/// Reads the table `messages` of a job; `None` where there is none.
pub(super) fn read(job: &Section<'_>) -> Option<Messages> {
    if !job.has("messages") {
        return None;
    }
    let section = job.section("messages", "[messages]", &["on", "command"]);
    let on = occasions(&section, "leave [messages] out to be told nothing");
    section.require("command", "[\"/usr/local/bin/notify\"]");
    let command = section.texts("command").unwrap_or_default();
    if command.is_empty() && section.has("command") {
        section.refuse("command", "is empty", "write the program and its arguments");
    }
    Some(Messages { on, command })
}
