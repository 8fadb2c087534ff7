//! Whom a job's results are told to.

use std::collections::BTreeSet;

use crate::config::reader::Section;
use crate::config::values::coded_word;

crate::status::coded! {
    /// What a message can be about.
    Occasion {
        /// Everything was proved, and nothing is open.
        Done = 1, "done";
        /// Discrepancies are open, or the watch found lost callbacks.
        Open = 2, "open";
        /// At least one account could not be proved complete.
        Unproved = 3, "unproved";
        /// The run failed, or was not done before its deadline.
        Failed = 4, "failed";
    }
}

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
    section.require("on", "[\"failed\", \"unproved\"]");
    section.require("command", "[\"/usr/local/bin/notify\"]");
    let mut on = BTreeSet::new();
    let words = section.texts("on").unwrap_or_default();
    if words.is_empty() && section.has("on") {
        section.refuse("on", "is empty", "leave [messages] out to be told nothing");
    }
    for word in words {
        match coded_word!(Occasion)(&word) {
            Ok(occasion) => {
                on.insert(occasion);
            }
            Err(wrong) => {
                section.refuse("on", &format!("has {word:?}, {}", wrong.what), wrong.fix);
            }
        }
    }
    let command = section.texts("command").unwrap_or_default();
    if command.is_empty() && section.has("command") {
        section.refuse("command", "is empty", "write the program and its arguments");
    }
    Some(Messages { on, command })
}
