//! What a night is worth, per account: complete, proved empty, incomplete, not ready, failed.

use crate::ledger::{AccountPull, AccountVerdict};
use crate::order::Stream;
use crate::provider::Lane;
use crate::status::{Coverage, Verdict};

/// What judging an account's pairs has shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Proof {
    /// Pairs and agreed items of the night.
    pub items: i64,
    /// Orders for which there is no trustworthy answer.
    pub unproved: i64,
    /// Orders about which the two sides agree, and of which only a statement file tells: whole or not, it
    /// is verified by nothing.
    pub stated: i64,
    /// There is at least one trustworthy answer.
    pub answered: bool,
}

/// The coverage that an account's lanes can reach, with the streams of which a statement file is the
/// whole of the date.
///
/// The least of its lanes counts: two-sided only if every lane is listed or in a statement, status-only
/// if any lane states no amounts and is in none.
pub fn coverage(account: &str, lanes: &[Lane], stated: &[Stream]) -> Coverage {
    let is_stated = |lane: &Lane| is_stated(account, lane, stated);
    if lanes.iter().any(|lane| !lane.states_amount && !is_stated(lane)) {
        Coverage::StatusOnly
    } else if lanes.iter().all(|lane| lane.listing.is_some() || is_stated(lane))
        && !lanes.is_empty()
    {
        Coverage::TwoSided
    } else {
        Coverage::OneSided
    }
}

/// Whether a statement file is the whole of a lane.
fn is_stated(account: &str, lane: &Lane, stated: &[Stream]) -> bool {
    stated.iter().any(|stream| {
        stream.account == account && stream.kind == lane.kind && stream.product == lane.product
    })
}

/// The verdict on one account for one business date. `stated`: as [`coverage`].
///
/// What a statement file says is verified by nothing: without the provider's own answers an account is
/// not complete.
pub fn verdict(
    account: &str,
    lanes: &[Lane],
    pull: Option<&AccountPull>,
    stated: &[Stream],
    proof: Proof,
) -> AccountVerdict {
    let coverage = coverage(account, lanes, stated);
    let is_stated = |lane: &Lane| is_stated(account, lane, stated);
    let has_statement = lanes.iter().any(is_stated);
    let with = |verdict, reason: String| AccountVerdict {
        account: account.to_owned(),
        verdict,
        coverage,
        reason,
    };
    let Some(pull) = pull else {
        let reason = "not pulled for this date".to_owned();
        return if has_statement && proof.answered {
            with(Verdict::Incomplete, format!("{reason}: nothing verifies the statement file"))
        } else {
            with(Verdict::Failed, reason)
        };
    };
    let problem =
        if pull.problem.is_empty() { String::new() } else { format!(": {}", pull.problem) };
    let nothing = pull.listed.is_empty() && !proof.answered && pull.answered == 0;
    let wanted = pull.asked > 0 || proof.items > 0 || !pull.unlisted.is_empty();
    if nothing && wanted {
        return with(Verdict::Failed, format!("no usable answer{problem}"));
    }
    if pull.day_unfinished {
        return with(
            Verdict::NotReady,
            "the business day was not over when it was pulled".to_owned(),
        );
    }
    if !pull.unlisted.is_empty() {
        let lanes = pull.unlisted.join(", ");
        return with(Verdict::Incomplete, format!("listing not proved for {lanes}{problem}"));
    }
    if proof.unproved > 0 {
        let count = proof.unproved;
        let reason = format!("{count} order(s) without a trustworthy answer{problem}");
        return with(Verdict::Incomplete, reason);
    }
    if proof.stated > 0 {
        let count = proof.stated;
        let reason = format!("{count} order(s) rest on the statement file alone{problem}");
        return with(Verdict::Incomplete, reason);
    }
    let is_listed = !pull.listed.is_empty() || lanes.iter().all(is_stated);
    if proof.items == 0 && is_listed && coverage == Coverage::TwoSided {
        return with(Verdict::ProvedEmpty, String::new());
    }
    with(Verdict::Complete, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDate;
    use crate::provider::ListingTerms;
    use crate::status::Kind;

    fn lane(listing: bool, states_amount: bool) -> Lane {
        Lane {
            kind: Kind::Payment,
            product: String::new(),
            listing: listing.then_some(ListingTerms { rows_per_page: 1000, days_back: 90 }),
            states_amount,
        }
    }

    #[test]
    fn the_least_lane_decides_the_coverage() {
        let unlisted = Lane { kind: Kind::Payout, ..lane(false, true) };
        let silent = Lane { kind: Kind::Payout, ..lane(false, false) };
        let stream = |account: &str, kind| Stream {
            account: account.to_owned(),
            kind,
            product: String::new(),
        };
        let payouts = [stream("a", Kind::Payout)];
        let of_another = [stream("b", Kind::Payout)];
        let table: [(&[Lane], &[Stream], Coverage); 9] = [
            (&[lane(true, true)], &[], Coverage::TwoSided),
            (&[lane(true, true), unlisted.clone()], &[], Coverage::OneSided),
            (&[lane(true, true), unlisted.clone()], &payouts, Coverage::TwoSided),
            (&[lane(true, true), unlisted.clone()], &of_another, Coverage::OneSided),
            (&[lane(false, true), unlisted], &payouts, Coverage::OneSided),
            (&[lane(true, true), silent.clone()], &[], Coverage::StatusOnly),
            (&[lane(true, true), silent.clone()], &payouts, Coverage::TwoSided),
            (&[lane(false, true), silent], &payouts, Coverage::OneSided),
            (&[], &payouts, Coverage::OneSided),
        ];
        for (lanes, stated, expected) in table {
            assert_eq!(coverage("a", lanes, stated), expected, "{lanes:?} {stated:?}");
        }
    }

    /// `lanes listed/unlisted asked day | items unproved answered → verdict`.
    #[test]
    fn a_bad_night_is_never_called_a_clean_one() {
        let table = [
            // A listed provider.
            (true, "l- 5 over", (100, 0, true), Verdict::Complete),
            (true, "l- 0 over", (0, 0, false), Verdict::ProvedEmpty),
            (true, "l- 5 over", (100, 1, true), Verdict::Incomplete),
            (true, "-u 5 over", (100, 0, true), Verdict::Incomplete),
            (true, "-u 0 over", (0, 0, false), Verdict::Failed),
            (true, "-u 5 over", (100, 100, false), Verdict::Failed),
            (true, "lu 5 over", (100, 0, true), Verdict::Incomplete),
            (true, "l- 5 running", (100, 0, true), Verdict::NotReady),
            (true, "l- 0 running", (0, 0, false), Verdict::NotReady),
            // A provider that can only be asked.
            (false, "-- 9 over", (9, 0, true), Verdict::Complete),
            (false, "-- 9 over", (9, 3, true), Verdict::Incomplete),
            (false, "-- 9 over", (9, 9, false), Verdict::Failed),
            (false, "-- 0 over", (0, 0, false), Verdict::Complete),
        ];
        for (listing, pull, (items, unproved, answered), expected) in table {
            let words: Vec<&str> = pull.split(' ').collect();
            let lanes_named = |letter: char| {
                if words[0].contains(letter) { vec!["payment/".to_owned()] } else { Vec::new() }
            };
            let account_pull = AccountPull {
                account: "a".to_owned(),
                business_date: BusinessDate::parse("2026-11-20").expect("a date"),
                coverage: Coverage::TwoSided,
                listed: lanes_named('l'),
                unlisted: lanes_named('u'),
                listed_rows: 0,
                asked: words[1].parse().expect("a number"),
                answered: 0,
                unproved: 0,
                day_unfinished: words[2] == "running",
                problem: String::new(),
            };
            let proof = Proof { items, unproved, answered, ..Proof::default() };
            let found = verdict("a", &[lane(listing, true)], Some(&account_pull), &[], proof);
            assert_eq!(found.verdict, expected, "{listing} {pull} {proof:?}");
        }
        assert_eq!(verdict("a", &[], None, &[], Proof::default()).verdict, Verdict::Failed);
    }

    /// Nothing verifies a statement file: it shows more, and proves nothing by itself.
    #[test]
    fn a_statement_does_not_stand_for_an_answer() {
        let payments =
            [Stream { account: "a".to_owned(), kind: Kind::Payment, product: String::new() }];
        let pull = |asked, unproved| AccountPull {
            account: "a".to_owned(),
            business_date: BusinessDate::parse("2026-11-20").expect("a date"),
            coverage: Coverage::OneSided,
            listed: Vec::new(),
            unlisted: Vec::new(),
            listed_rows: 0,
            asked,
            answered: asked - unproved,
            unproved,
            day_unfinished: false,
            problem: String::new(),
        };
        // pull (asked, of these unproved), proof (items, unproved, stated, answered) → verdict
        let table = [
            (Some(pull(9, 0)), (9, 0, 0, true), Verdict::Complete),
            // What was proved in an earlier night is not asked in vain.
            (Some(pull(9, 2)), (9, 0, 0, true), Verdict::Complete),
            (Some(pull(9, 2)), (9, 0, 2, true), Verdict::Incomplete),
            (Some(pull(9, 9)), (9, 0, 9, true), Verdict::Incomplete),
            (Some(pull(9, 9)), (9, 9, 0, false), Verdict::Failed),
            (Some(pull(0, 0)), (0, 0, 0, false), Verdict::ProvedEmpty),
            (None, (9, 0, 9, true), Verdict::Incomplete),
            (None, (9, 9, 0, false), Verdict::Failed),
            (None, (0, 0, 0, false), Verdict::Failed),
        ];
        for (pull, (items, unproved, stated, answered), expected) in table {
            let proof = Proof { items, unproved, stated, answered };
            let found = verdict("a", &[lane(false, true)], pull.as_ref(), &payments, proof);
            assert_eq!(found.verdict, expected, "{pull:?} {proof:?}");
            assert_eq!(found.coverage, Coverage::TwoSided);
        }
        let proof = Proof { items: 1, unproved: 0, stated: 1, answered: true };
        let found = verdict("a", &[lane(false, true)], Some(&pull(1, 1)), &[], proof);
        assert_eq!(found.verdict, Verdict::Incomplete, "a file that is the whole of nothing");
    }
}
