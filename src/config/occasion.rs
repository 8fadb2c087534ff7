//! What people can be told of.

use std::collections::BTreeSet;

use super::reader::Section;
use super::values::coded_word;

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

/// Reads the key `on`, which has to be there; `none` is how to be told nothing.
pub(crate) fn occasions(section: &Section<'_>, none: &str) -> BTreeSet<Occasion> {
    section.require("on", "[\"failed\", \"unproved\"]");
    let words = section.texts("on").unwrap_or_default();
    if words.is_empty() && section.has("on") {
        section.refuse("on", "is empty", none);
    }
    let mut on = BTreeSet::new();
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
    on
}
