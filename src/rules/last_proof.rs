//! What was proved stays proved: which of a date's pulls counts (`docs/contract.md` §4, "What a proof is",
//! 2).
//!
//! A date is pulled by the night, by the morning, and again after an outage. What one of them has proved
//! about the day is not taken back by a later one that learnt nothing.

use std::collections::BTreeSet;

use crate::ledger_data::AccountPull;

/// What is known of an account and date after one more pull of it.
///
/// - A pull of a day that was still running proves nothing of the day: a later one replaces it.
/// - A listing that was walked to its end stays proved when it cannot be walked again.
/// - A pull that learnt nothing leaves the counts of the one before; but orders that nothing is known of
///   are counted as they are now, since our own side may have grown.
pub fn kept(before: Option<&AccountPull>, now: AccountPull) -> AccountPull {
    let Some(before) = before.filter(|before| !before.day_unfinished) else { return now };
    if now.day_unfinished {
        return before.clone();
    }
    let proved: BTreeSet<&String> = before.listed.iter().collect();
    let unlisted: Vec<String> =
        now.unlisted.iter().filter(|lane| !proved.contains(lane)).cloned().collect();
    let listed: BTreeSet<String> = before.listed.iter().chain(&now.listed).cloned().collect();
    let is_whole_again = before.listed.iter().all(|lane| now.listed.contains(lane));
    let learnt = has_learnt(&now);
    let is_as_before = unlisted == before.unlisted && now.unproved == before.unproved;
    AccountPull {
        listed_rows: match (is_whole_again, now.listed.is_empty()) {
            (true, _) => now.listed_rows,
            (false, true) => before.listed_rows,
            (false, false) => before.listed_rows.max(now.listed_rows),
        },
        asked: if learnt { now.asked } else { before.asked },
        answered: if learnt { now.answered } else { before.answered },
        problem: if !learnt && is_as_before { before.problem.clone() } else { now.problem },
        listed: listed.into_iter().collect(),
        unlisted,
        ..now
    }
}

/// A pull without the listings of these lanes, which answers have disproved: such a listing was never
/// proved.
pub fn without(pull: AccountPull, disproved: &[String]) -> AccountPull {
    let is_disproved = |lane: &&String| disproved.contains(lane);
    let further = pull.listed.iter().filter(is_disproved).cloned();
    let unlisted: BTreeSet<String> = pull.unlisted.iter().cloned().chain(further).collect();
    let listed = pull.listed.iter().filter(|lane| !is_disproved(lane)).cloned().collect();
    AccountPull { listed, unlisted: unlisted.into_iter().collect(), ..pull }
}

/// Whether a pull has brought anything that can be trusted.
pub const fn has_learnt(pull: &AccountPull) -> bool {
    !pull.listed.is_empty() || pull.answered > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDate;
    use crate::status::Coverage;

    /// `listed/unlisted lanes, asked, answered, unproved, day`: `A/B 9 7 2 over`.
    fn pull(text: &str) -> AccountPull {
        let words: Vec<&str> = text.split(' ').collect();
        let (listed, unlisted) = words[0].split_once('/').expect("two lists");
        let lanes = |letters: &str| letters.chars().map(|letter| letter.to_string()).collect();
        let number = |at: usize| -> i64 { words[at].parse().expect("a number") };
        AccountPull {
            account: "a".to_owned(),
            business_date: BusinessDate::parse("2026-11-20").expect("a date"),
            coverage: Coverage::TwoSided,
            listed: lanes(listed),
            unlisted: lanes(unlisted),
            listed_rows: 100 * i64::try_from(listed.len()).expect("few"),
            asked: number(1),
            answered: number(2),
            unproved: number(3),
            day_unfinished: words[4] == "running",
            problem: words.get(5).copied().unwrap_or_default().to_owned(),
        }
    }

    fn text(pull: &AccountPull) -> String {
        let (listed, unlisted) = (pull.listed.concat(), pull.unlisted.concat());
        let day = if pull.day_unfinished { "running" } else { "over" };
        let (asked, answered, unproved) = (pull.asked, pull.answered, pull.unproved);
        let text =
            format!("{listed}/{unlisted} {asked} {answered} {unproved} {day} {}", pull.problem);
        text.trim_end().to_owned()
    }

    /// before, now → what is known.
    #[test]
    fn a_pull_that_learnt_nothing_takes_nothing_back() {
        let table = [
            // Everything is down.
            ("AB/ 5 5 0 over", "/AB 0 0 0 over down", "AB/ 5 5 0 over"),
            ("AB/ 5 5 0 over", "/AB 2 0 0 over down", "AB/ 5 5 0 over"),
            ("/ 9 9 0 over", "/ 3 0 0 over down", "/ 9 9 0 over"),
            // Orders of ours that came later are not known of.
            ("AB/ 5 5 0 over", "/AB 3 0 3 over down", "AB/ 5 5 3 over down"),
            ("/ 9 9 0 over", "/ 3 0 3 over down", "/ 9 9 3 over down"),
            // One listing is down, or the single answers are.
            ("AB/ 5 5 0 over", "A/B 2 2 0 over down", "AB/ 2 2 0 over down"),
            ("AB/ 5 5 0 over", "AB/ 2 0 0 over down", "AB/ 2 0 0 over down"),
            // What was not proved can be proved now, a part at a time.
            ("A/B 5 4 1 over down", "B/A 1 1 0 over down", "AB/ 1 1 0 over down"),
            ("A/B 5 4 1 over late", "A/B 1 1 0 over down", "A/B 1 1 0 over down"),
            ("A/B 5 4 1 over late", "/AB 1 0 1 over down", "A/B 5 4 1 over late"),
            ("/AB 5 0 5 over down", "AB/ 5 5 0 over", "AB/ 5 5 0 over"),
            // A running day is no whole one.
            ("AB/ 5 5 0 running", "/AB 5 0 0 over down", "/AB 5 0 0 over down"),
            ("AB/ 5 5 0 running", "AB/ 6 6 0 running", "AB/ 6 6 0 running"),
            ("AB/ 5 5 0 over", "A/ 6 6 0 running", "AB/ 5 5 0 over"),
        ];
        for (before, now, expected) in table {
            let found = kept(Some(&pull(before)), pull(now));
            assert_eq!(text(&found), expected, "{before} | {now}");
        }
        assert_eq!(text(&kept(None, pull("/AB 0 0 0 over down"))), "/AB 0 0 0 over down");
    }

    #[test]
    fn a_listing_that_answers_disprove_was_never_proved() {
        let disproved = ["A".to_owned()];
        let table = [
            (Some("AB/ 5 5 0 over"), "AB/ 9 9 0 over", "B/A 9 9 0 over"),
            (Some("AB/ 5 5 0 over"), "B/A 9 9 0 over", "B/A 9 9 0 over"),
            (None, "AB/ 9 9 0 over", "B/A 9 9 0 over"),
            (Some("B/A 5 5 0 over"), "AB/ 9 9 0 over", "B/A 9 9 0 over"),
        ];
        for (before, now, expected) in table {
            let before = before.map(|before| without(pull(before), &disproved));
            let found = kept(before.as_ref(), without(pull(now), &disproved));
            assert_eq!(text(&found), expected, "{before:?} | {now}");
        }
    }

    #[test]
    fn rows_that_were_listed_are_those_of_the_walks_that_count() {
        let rows = |before: &str, now: &str| kept(Some(&pull(before)), pull(now)).listed_rows;
        assert_eq!(rows("AB/ 0 0 0 over", "/AB 0 0 0 over"), 200);
        assert_eq!(rows("A/B 0 0 0 over", "AB/ 0 0 0 over"), 200);
        assert_eq!(rows("AB/ 0 0 0 over", "A/B 0 0 0 over"), 200);
    }
}
