//! What a night is worth, per account: complete, proved empty, unasked, incomplete, not ready, failed.

use crate::config::WholeOf;
use crate::lane::Lane;
use crate::ledger_data::{AccountPull, AccountVerdict};
use crate::order::{Origin, Stream};
use crate::rules::JudgedAccount;
use crate::rules::bill::{BillState, BillTie};
use crate::rules::ours::{DayOrders, Refused};
use crate::rules::why::{self, Why};
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
    /// There is at least one pair, also one that is no money to anybody.
    pub seen: bool,
    /// Transactions of the night whose amount nobody states.
    pub silent: i64,
    /// Transactions of the night whose stated fee is compared with nothing, since several of the contract's
    /// rules could hold.
    pub fees_unjudged: i64,
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

/// The verdict on one account for one business date. `stated`: as [`coverage`]; `refused`: rows that may
/// belong to the account, by whose they are; `orders`: what was imported of the merchant's.
///
/// What a statement file says is verified by nothing: without the provider's own answers an account is
/// not complete. Nor is it while rows of it are refused, or without any orders of the day: what our own
/// side lacks, nobody has been asked about.
pub fn verdict(
    account: &JudgedAccount,
    pull: Option<&AccountPull>,
    stated: &[Stream],
    proof: Proof,
    (refused, orders): (&[(Origin, Refused)], DayOrders),
) -> AccountVerdict {
    let JudgedAccount { name, lanes, .. } = account;
    let (verdict, mut why) = match account.bills {
        Some(whole_of) => bills_alone(whole_of, (name, lanes), pull, stated, proof),
        None => provider_side(name, lanes, pull, stated, proof),
    };
    let is_good = why.is_empty();
    why.extend(refused.iter().map(|(of, refused)| refused_words(*of, refused)));
    match orders {
        DayOrders::Missing => why.push(Why::NoOrders),
        // Where the provider can be asked for what it has, an empty day is its word too.
        DayOrders::Empty if verdict == Verdict::Unasked => why.push(Why::EmptyOrders),
        DayOrders::Empty | DayOrders::Imported => {}
    }
    // A bank's statement has no orders that anybody could be asked about: where it is whole, it lists all.
    let is_bank = account.bills.is_some() && lanes.is_empty();
    let is_ours = is_good && !why.is_empty();
    if proof.fees_unjudged > 0 {
        why.push(Why::FeesUnjudged(proof.fees_unjudged));
    }
    let is_unasked = verdict == Verdict::Unasked && refused.is_empty();
    AccountVerdict {
        account: name.clone(),
        verdict: if is_ours && !is_unasked { Verdict::Incomplete } else { verdict },
        coverage: if is_bank && verdict == Verdict::Complete {
            Coverage::TwoSided
        } else {
            reached(coverage(name, lanes, stated), pull, proof)
        },
        reason: why::write(&why),
    }
}

/// The coverage of a night, where the lanes promise none but of states: some platforms state amounts
/// in some of their deployments only. What such a platform's answers stated counts, if nothing of the
/// night is without an amount.
fn reached(promised: Coverage, pull: Option<&AccountPull>, proof: Proof) -> Coverage {
    let has_stated = pull.is_some_and(|pull| pull.coverage == Coverage::OneSided);
    if promised == Coverage::StatusOnly && has_stated && proof.silent == 0 {
        return Coverage::OneSided;
    }
    promised
}

/// The verdict where bills of the date were imported: what they come to has to be the provider's side as
/// it is counted, else the account is not complete.
pub fn with_bills(verdict: AccountVerdict, ties: Vec<BillTie>) -> AccountVerdict {
    let is_good = matches!(verdict.verdict, Verdict::Complete | Verdict::ProvedEmpty);
    let is_tied = ties.iter().all(BillTie::is_tied);
    let mut why = why::read(&verdict.reason);
    why.extend(ties.into_iter().map(Why::Bill));
    AccountVerdict {
        verdict: if is_good && !is_tied { Verdict::Incomplete } else { verdict.verdict },
        reason: why::write(&why),
        ..verdict
    }
}

fn refused_words(of: Origin, refused: &Refused) -> Why {
    let amounts = refused.amounts.iter().map(|(currency, minor)| (currency.to_string(), *minor));
    Why::Refused {
        of,
        rows: refused.rows,
        of_anyone: refused.of_anyone,
        unpriced: refused.unpriced,
        amounts: amounts.collect(),
    }
}

/// What the bills of an account are worth that has nothing else: a bill proves what it says, where it is the
/// whole of the day; one that is the whole of a settlement, what it lists.
fn bills_alone(
    whole_of: WholeOf,
    (account, lanes): (&str, &[Lane]),
    pull: Option<&AccountPull>,
    stated: &[Stream],
    proof: Proof,
) -> (Verdict, Vec<Why>) {
    let state = pull.and_then(|pull| BillState::of(&pull.problem));
    // A bank's statement has no orders of which it could be the whole.
    let is_bank = lanes.is_empty();
    let is_read = pull.is_some_and(|pull| pull.problem.is_empty() && !pull.day_unfinished);
    let is_whole =
        if is_bank { is_read } else { lanes.iter().all(|lane| is_stated(account, lane, stated)) };
    let uncovered: Vec<&str> = lanes
        .iter()
        .filter(|lane| !is_stated(account, lane, stated))
        .map(|lane| lane.kind.code())
        .collect();
    match (whole_of, state) {
        (WholeOf::Day, None) if !is_whole && !is_bank && uncovered.len() < lanes.len() => {
            let doubt =
                format!("no bill that is the whole of the day tells of {}", uncovered.join(", "));
            return (Verdict::Incomplete, vec![Why::BillInDoubt(doubt)]);
        }
        (WholeOf::Day, _) | (WholeOf::Settlement, None) if is_whole => {}
        (WholeOf::Day | WholeOf::Settlement, Some(BillState::InDoubt(doubt))) => {
            return (Verdict::Incomplete, vec![Why::BillInDoubt(doubt)]);
        }
        (WholeOf::Day | WholeOf::Settlement, Some(BillState::OtherZone(zone))) => {
            return (Verdict::Incomplete, vec![Why::BillOfOtherZone(zone)]);
        }
        (WholeOf::Day | WholeOf::Settlement, Some(BillState::Unread(problem))) => {
            return (Verdict::Failed, vec![Why::BillUnread(problem)]);
        }
        (WholeOf::Day, Some(BillState::NotReady)) => {
            return (Verdict::NotReady, vec![Why::BillNotReady]);
        }
        (WholeOf::Day, Some(BillState::Missing) | None) => {
            let is_running = pull.is_some_and(|pull| pull.day_unfinished);
            let why = if is_running { Why::DayRunning } else { Why::BillMissing };
            return (Verdict::NotReady, vec![why]);
        }
        (WholeOf::Settlement, Some(BillState::Missing | BillState::NotReady))
            if !proof.answered =>
        {
            return (Verdict::NotReady, vec![Why::BillMissing]);
        }
        (WholeOf::Settlement, Some(BillState::Missing | BillState::NotReady) | None) => {}
    }
    if proof.unproved > 0 {
        return (Verdict::Incomplete, vec![Why::Unanswered(proof.unproved)]);
    }
    match (proof.items, whole_of) {
        (0, WholeOf::Day) if is_bank => (Verdict::Complete, Vec::new()),
        (0, WholeOf::Day) => (Verdict::ProvedEmpty, Vec::new()),
        (0, WholeOf::Settlement) => (Verdict::Unasked, Vec::new()),
        (_, WholeOf::Day | WholeOf::Settlement) => (Verdict::Complete, Vec::new()),
    }
}

/// What the provider's side alone is worth.
fn provider_side(
    account: &str,
    lanes: &[Lane],
    pull: Option<&AccountPull>,
    stated: &[Stream],
    proof: Proof,
) -> (Verdict, Vec<Why>) {
    let is_stated = |lane: &Lane| is_stated(account, lane, stated);
    let has_statement = lanes.iter().any(is_stated);
    let Some(pull) = pull else {
        return if has_statement && proof.answered {
            (Verdict::Incomplete, vec![Why::NotPulled, Why::StatementAlone])
        } else {
            (Verdict::Failed, vec![Why::NotPulled])
        };
    };
    let with = |verdict, why| {
        let problem = Some(&pull.problem).filter(|problem| !problem.is_empty());
        let problem = problem.map(|problem| Why::Problem(problem.clone()));
        (verdict, std::iter::once(why).chain(problem).collect())
    };
    let nothing = pull.listed.is_empty() && !proof.answered && pull.answered == 0;
    let wanted = pull.asked > 0 || proof.items > 0 || !pull.unlisted.is_empty();
    if nothing && wanted {
        return with(Verdict::Failed, Why::NoAnswer);
    }
    if pull.day_unfinished {
        return (Verdict::NotReady, vec![Why::DayRunning]);
    }
    if !pull.unlisted.is_empty() {
        return with(Verdict::Incomplete, Why::Unlisted(pull.unlisted.clone()));
    }
    if proof.unproved > 0 {
        return with(Verdict::Incomplete, Why::Unanswered(proof.unproved));
    }
    if proof.stated > 0 {
        return with(Verdict::Incomplete, Why::Stated(proof.stated));
    }
    let is_listed = !pull.listed.is_empty() || lanes.iter().all(is_stated);
    let coverage = coverage(account, lanes, stated);
    if proof.items == 0 && is_listed && coverage == Coverage::TwoSided {
        return (Verdict::ProvedEmpty, Vec::new());
    }
    if !proof.seen && pull.asked == 0 && pull.listed.is_empty() && !has_statement {
        return (Verdict::Unasked, Vec::new());
    }
    (Verdict::Complete, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDate;
    use crate::lane::ListingTerms;
    use crate::status::Kind;

    /// Our side as it should be.
    const WHOLE: (&[(Origin, Refused)], DayOrders) = (&[], DayOrders::Imported);

    fn lane(listing: bool, states_amount: bool) -> Lane {
        Lane {
            kind: Kind::Payment,
            product: String::new(),
            listing: listing.then_some(ListingTerms { rows_per_page: 1000, days_back: 90 }),
            states_amount,
        }
    }

    fn judged(lanes: &[Lane]) -> JudgedAccount {
        let (name, fees, bills) = ("a".to_owned(), Vec::new(), None);
        JudgedAccount { name, lanes: lanes.to_vec(), fees, bills }
    }

    /// What came of the bills of an account that has nothing else.
    fn pull_of_bills(problem: &str) -> AccountPull {
        AccountPull {
            account: "a".to_owned(),
            business_date: BusinessDate::parse("2026-11-20").expect("a date"),
            coverage: Coverage::OneSided,
            listed: Vec::new(),
            unlisted: Vec::new(),
            listed_rows: 0,
            asked: 0,
            answered: 0,
            unproved: 0,
            day_unfinished: false,
            problem: problem.to_owned(),
        }
    }

    /// whether a bill is the whole of the day, what became of the file, items, unproved, answered → verdict
    #[test]
    fn bills_that_are_all_there_is_prove_what_they_say() {
        use Verdict::{Complete, Failed, Incomplete, NotReady, ProvedEmpty, Unasked};
        use WholeOf::{Day, Settlement};
        let payments =
            [Stream { account: "a".to_owned(), kind: Kind::Payment, product: String::new() }];
        let missing = BillState::Missing.code();
        let not_ready = BillState::NotReady.code();
        let doubt = BillState::InDoubt("2 row(s) were refused".to_owned()).code();
        let unread = BillState::Unread("no header".to_owned()).code();
        let table = [
            (Day, true, "", (5, 0, true), Complete),
            (Day, true, "", (0, 0, false), ProvedEmpty),
            (Day, true, "", (5, 1, true), Incomplete),
            // A bill that was imported by hand, where the job finds none.
            (Day, true, &*missing, (5, 0, true), Complete),
            (Day, false, &*missing, (5, 5, false), NotReady),
            (Day, false, &*missing, (0, 0, false), NotReady),
            (Day, false, &*not_ready, (5, 5, false), NotReady),
            (Day, false, &*doubt, (5, 1, true), Incomplete),
            (Day, false, &*unread, (5, 5, false), Failed),
            (Settlement, false, "", (5, 0, true), Complete),
            (Settlement, false, "", (5, 2, true), Incomplete),
            (Settlement, false, &*missing, (5, 2, true), Incomplete),
            (Settlement, false, &*missing, (5, 5, false), NotReady),
            (Settlement, false, "", (0, 0, false), Unasked),
            (Settlement, false, &*doubt, (5, 0, true), Incomplete),
        ];
        for (whole_of, is_whole, problem, (items, unproved, answered), expected) in table {
            let account = JudgedAccount { bills: Some(whole_of), ..judged(&[lane(false, true)]) };
            let pull = pull_of_bills(problem);
            let proof = Proof { items, unproved, answered, seen: items > 0, ..Proof::default() };
            let stated = if is_whole { &payments[..] } else { &[] };
            let found = verdict(&account, Some(&pull), stated, proof, WHOLE);
            let case = format!("{whole_of} {is_whole} {problem:?} {proof:?}");
            assert_eq!(found.verdict, expected, "{case}");
            let covered = if is_whole { Coverage::TwoSided } else { Coverage::OneSided };
            assert_eq!(found.coverage, covered, "{case}");
        }
    }

    #[test]
    fn a_banks_statement_is_both_sides_where_it_is_whole() {
        for (problem, expected) in [
            ("", (Verdict::Complete, Coverage::TwoSided)),
            (&*BillState::Missing.code(), (Verdict::NotReady, Coverage::OneSided)),
        ] {
            let account = JudgedAccount { bills: Some(WholeOf::Day), ..judged(&[]) };
            let pull = pull_of_bills(problem);
            let found = verdict(&account, Some(&pull), &[], Proof::default(), WHOLE);
            assert_eq!((found.verdict, found.coverage), expected);
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
            (false, "-- 0 over", (0, 0, false), Verdict::Unasked),
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
            let proof = Proof { items, unproved, answered, seen: items > 0, ..Proof::default() };
            let found =
                verdict(&judged(&[lane(listing, true)]), Some(&account_pull), &[], proof, WHOLE);
            assert_eq!(found.verdict, expected, "{listing} {pull} {proof:?}");
        }
        assert_eq!(
            verdict(&judged(&[]), None, &[], Proof::default(), WHOLE).verdict,
            Verdict::Failed
        );
    }

    #[test]
    fn what_answers_state_makes_more_of_lanes_that_promise_no_amounts() {
        use Coverage::{OneSided, StatusOnly, TwoSided};
        let pull = |coverage| AccountPull {
            account: "a".to_owned(),
            business_date: BusinessDate::parse("2026-11-20").expect("a date"),
            coverage,
            listed: Vec::new(),
            unlisted: Vec::new(),
            listed_rows: 0,
            asked: 1,
            answered: 1,
            unproved: 0,
            day_unfinished: false,
            problem: String::new(),
        };
        let table = [
            (StatusOnly, Some(OneSided), 0, OneSided),
            (StatusOnly, Some(OneSided), 1, StatusOnly),
            (StatusOnly, Some(StatusOnly), 0, StatusOnly),
            (StatusOnly, None, 0, StatusOnly),
            (OneSided, Some(StatusOnly), 0, OneSided),
            (TwoSided, Some(OneSided), 0, TwoSided),
        ];
        for (promised, of_pull, silent, expected) in table {
            let proof = Proof { silent, ..Proof::default() };
            let of_pull = of_pull.map(pull);
            let found = reached(promised, of_pull.as_ref(), proof);
            assert_eq!(found, expected, "{promised:?} {of_pull:?} {silent}");
        }
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
            let seen = items > 0;
            let proof = Proof { items, unproved, stated, answered, seen, ..Proof::default() };
            let account = judged(&[lane(false, true)]);
            let found = verdict(&account, pull.as_ref(), &payments, proof, WHOLE);
            assert_eq!(found.verdict, expected, "{pull:?} {proof:?}");
            assert_eq!(found.coverage, Coverage::TwoSided);
        }
        let proof = Proof { items: 1, stated: 1, answered: true, seen: true, ..Proof::default() };
        let found = verdict(&judged(&[lane(false, true)]), Some(&pull(1, 1)), &[], proof, WHOLE);
        assert_eq!(found.verdict, Verdict::Incomplete, "a file that is the whole of nothing");
    }

    /// Our own side counts: what of it is refused or not there makes a good night of the provider's
    /// incomplete, and a bad one no better.
    #[test]
    fn what_our_side_lacks_is_not_proved_by_the_provider() {
        use DayOrders::{Empty, Imported, Missing};
        let refused = Refused { rows: 2, unpriced: 2, ..Refused::default() };
        let (none, two) = (Vec::new(), vec![(Origin::Orders, refused)]);
        // can list, items, answered | refused, orders → verdict, trusted
        let table = [
            ((true, 5, true), (&none, Imported), Verdict::Complete, true),
            ((true, 5, true), (&two, Imported), Verdict::Incomplete, false),
            ((true, 5, true), (&none, Empty), Verdict::Complete, true),
            ((true, 5, true), (&none, Missing), Verdict::Incomplete, false),
            ((true, 0, false), (&none, Imported), Verdict::ProvedEmpty, true),
            ((true, 0, false), (&none, Empty), Verdict::ProvedEmpty, true),
            ((true, 0, false), (&two, Imported), Verdict::Incomplete, false),
            ((true, 0, false), (&none, Missing), Verdict::Incomplete, false),
            ((false, 5, true), (&none, Imported), Verdict::Complete, true),
            ((false, 5, true), (&two, Imported), Verdict::Incomplete, false),
            ((false, 5, false), (&two, Imported), Verdict::Failed, false),
            ((false, 0, false), (&none, Imported), Verdict::Unasked, true),
            ((false, 0, false), (&none, Empty), Verdict::Unasked, false),
            ((false, 0, false), (&none, Missing), Verdict::Unasked, false),
            ((false, 0, false), (&two, Imported), Verdict::Incomplete, false),
        ];
        for ((can_list, items, answered), (refused, orders), expected, trusted) in table {
            let pull = AccountPull {
                account: "a".to_owned(),
                business_date: BusinessDate::parse("2026-11-20").expect("a date"),
                coverage: Coverage::TwoSided,
                listed: if can_list { vec!["payment/".to_owned()] } else { Vec::new() },
                unlisted: Vec::new(),
                listed_rows: 0,
                asked: items,
                answered: if answered { items } else { 0 },
                unproved: 0,
                day_unfinished: false,
                problem: String::new(),
            };
            let proof = Proof { items, answered, seen: items > 0, ..Proof::default() };
            let account = judged(&[lane(can_list, true)]);
            let found = verdict(&account, Some(&pull), &[], proof, (refused, orders));
            let case = format!("{can_list} {items} {refused:?} {orders:?}");
            assert_eq!((found.verdict, found.is_proved()), (expected, trusted), "{case}");
            assert_eq!(found.reason.is_empty(), trusted, "{case}");
        }
    }
}
