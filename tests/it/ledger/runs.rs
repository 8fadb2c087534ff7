//! What a night came to: pulls, totals, verdicts, runs, and the ledger's own status.

use std::slice::from_ref;

use duizhang::balance::{
    AccountTerm, BalanceAsk, BalanceLine, BalancePart, BalanceSnapshot, TermKind,
};
use duizhang::discrepancy::DiscrepancyType;
use duizhang::discrepancy::pattern::{Pattern, PatternKind};
use duizhang::ledger::{
    AccountPull, AccountVerdict, Firing, FiringState, RunRecord, TABLES, Totals,
};
use duizhang::money::{Currency, Money};
use duizhang::order::Order;
use duizhang::reading::Assurance;
use duizhang::status::{Coverage, MerchantStatus, Verdict};

use super::Fresh;
use super::words::{at, counts, day, import, order, stream};

pub(crate) async fn pulls_come_back_and_are_replaced(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let pull = |account: &str| AccountPull {
        account: account.to_owned(),
        business_date: day(20),
        coverage: Coverage::OneSided,
        listed: vec!["payment/gateway".to_owned(), "payment/quick".to_owned()],
        unlisted: Vec::new(),
        listed_rows: 3,
        asked: 4,
        answered: 3,
        unproved: 1,
        day_unfinished: true,
        problem: "timeout".to_owned(),
    };
    ledger.put_pull(&pull("b")).await.unwrap();
    ledger.put_pull(&pull("a")).await.unwrap();
    let better = AccountPull { problem: String::new(), unproved: 0, ..pull("b") };
    ledger.put_pull(&better).await.unwrap();
    assert_eq!(ledger.pulls(day(20)).await.unwrap(), [pull("a"), better]);
    assert!(ledger.pulls(day(21)).await.unwrap().is_empty());
}

pub(crate) async fn a_day_is_replaced_per_account(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let verdict = |account: &str| AccountVerdict {
        account: account.to_owned(),
        verdict: Verdict::Incomplete,
        coverage: Coverage::TwoSided,
        reason: "1 unproved".to_owned(),
    };
    let totals = |minor| Totals { merchant_minor: minor, ..Totals::default() };
    let usd = Currency::parse("USD").unwrap();
    let both = [
        (stream("b"), Currency::CNY, totals(2)),
        (stream("a"), usd, totals(3)),
        (stream("a"), Currency::CNY, totals(1)),
    ];
    ledger.put_day(day(20), &both, &[verdict("b"), verdict("a")]).await.unwrap();
    let (found, verdicts) = ledger.day(day(20)).await.unwrap();
    assert_eq!(found, [both[2].clone(), both[1].clone(), both[0].clone()]);
    assert_eq!(verdicts, [verdict("a"), verdict("b")]);
    // Account b has no trade any more; account a was not looked at.
    let better = AccountVerdict { verdict: Verdict::ProvedEmpty, ..verdict("b") };
    ledger.put_day(day(20), &[], from_ref(&better)).await.unwrap();
    let (found, verdicts) = ledger.day(day(20)).await.unwrap();
    assert_eq!(found, [both[2].clone(), both[1].clone()]);
    assert_eq!(verdicts, [verdict("a"), better]);
    assert!(ledger.day(day(21)).await.unwrap().1.is_empty());
}

pub(crate) async fn patterns_are_replaced_per_account(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let pattern = |account: &str, count| Pattern {
        kind: PatternKind::CallbackOutage,
        stream: stream(account),
        of: DiscrepancyType::PaidOnlyAtProvider,
        count,
        among: 9,
        difference_minor: -7,
        currency: Currency::parse("JPY").unwrap(),
        span: Some((at(1), at(2))),
        constant_minor: 3,
    };
    let accounts = ["a".to_owned(), "b".to_owned()];
    let spanless = Pattern { span: None, ..pattern("a", 2) };
    let all = [pattern("b", 1), spanless.clone(), pattern("a", 3)];
    ledger.put_patterns(day(20), &accounts, &all).await.unwrap();
    let sorted = [spanless.clone(), pattern("a", 3), pattern("b", 1)];
    assert_eq!(ledger.patterns(day(20)).await.unwrap(), sorted);
    ledger.put_patterns(day(20), &accounts[1..], &[]).await.unwrap();
    assert_eq!(ledger.patterns(day(20)).await.unwrap(), [spanless, pattern("a", 3)]);
    assert_eq!(ledger.patterns(day(21)).await.unwrap(), []);
}

pub(crate) async fn booked_moments_are_those_of_current_succeeded_orders(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let paid = |number, seconds, status| {
        let order = order(number, day(20), status);
        Order { paid_at: Some(at(seconds)), ..order }
    };
    let second = paid("A2", 2, MerchantStatus::Succeeded);
    let pending = paid("A3", 1, MerchantStatus::Pending);
    let first = paid("A1", 3, MerchantStatus::Succeeded);
    import(ledger, "f", day(20), &[first, second.clone(), pending]).await;
    let later = paid("A1", 4, MerchantStatus::Succeeded);
    import(ledger, "f", day(20), &[later, second]).await;
    let booked = ledger.booked(&stream("a"), day(20)).await.unwrap();
    assert_eq!(booked, [at(2), at(4)]);
    assert_eq!(ledger.booked(&stream("nobody"), day(20)).await.unwrap(), []);
}

pub(crate) async fn runs_come_newest_first(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let run = |job: &str, date| RunRecord {
        job: job.to_owned(),
        business_date: day(date),
        started_at: at(0),
        finished_at: None,
        exit_code: None,
    };
    for started in [run("nightly", 19), run("nightly", 20), run("morning", 20)] {
        ledger.put_run(&started).await.unwrap();
    }
    let ended = RunRecord { finished_at: Some(at(9)), exit_code: Some(4), ..run("nightly", 20) };
    ledger.put_run(&ended).await.unwrap();
    let all = [run("morning", 20), ended, run("nightly", 19)];
    assert_eq!(ledger.runs(10).await.unwrap(), all);
    assert_eq!(ledger.runs(1).await.unwrap(), all[..1]);
}

pub(crate) async fn balances_come_back_and_the_same_one_twice_is_one(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let figure = |account: &str, as_of, channel: &str, part| BalanceSnapshot {
        account: account.to_owned(),
        as_of: at(as_of),
        line: BalanceLine {
            channel: channel.to_owned(),
            part,
            money: Money { minor: i64::MIN, currency: Currency::parse("HKD").unwrap() },
        },
        assurance: Assurance::Rsa,
        evidence: i64::MAX,
        observed_at: at(99),
    };
    let all = [
        figure("a", 0, "", BalancePart::Available),
        figure("a", 0, "", BalancePart::Frozen),
        figure("a", 0, "快捷", BalancePart::Advance),
        figure("a", 5, "", BalancePart::Pending),
    ];
    let mut shuffled = all.clone();
    shuffled.reverse();
    assert_eq!(ledger.put_balances(&shuffled).await.unwrap(), counts(4, 0, 0));
    let other = figure("b", 0, "", BalancePart::Available);
    let again = [all[0].clone(), other.clone()];
    assert_eq!(ledger.put_balances(&again).await.unwrap(), counts(1, 1, 0));
    // What was said first stays.
    let later = BalanceSnapshot { evidence: 1, observed_at: at(200), ..all[1].clone() };
    assert_eq!(ledger.put_balances(&[later]).await.unwrap(), counts(0, 1, 0));
    assert_eq!(ledger.balances("a", at(0), at(6)).await.unwrap(), all);
    assert_eq!(ledger.balances("a", at(0), at(5)).await.unwrap(), all[..3]);
    assert_eq!(ledger.balances("b", at(0), at(1)).await.unwrap(), [other]);
    assert!(ledger.balances("c", at(0), at(9)).await.unwrap().is_empty());
}

pub(crate) async fn what_came_of_asking_for_a_balance_is_kept_as_it_came_first(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let ask = |account: &str, seconds, problem: &str| BalanceAsk {
        account: account.to_owned(),
        asked_at: at(seconds),
        problem: problem.to_owned(),
        terms: Vec::new(),
        evidence: seconds,
    };
    let term = |channel: &str, kind, value: &str| AccountTerm {
        channel: channel.to_owned(),
        kind,
        value: value.to_owned(),
    };
    let terms = vec![
        term("", TermKind::AccountState, "frozen"),
        term("快捷/\"1\"", TermKind::MerchantType, "D0"),
    ];
    let all = [ask("a", 0, "field:acBal"), BalanceAsk { terms, ..ask("a", 5, "") }];
    ledger.put_balance_asks(&[all[1].clone(), ask("b", 0, ""), all[0].clone()]).await.unwrap();
    ledger.put_balance_asks(&[ask("a", 0, "timeout")]).await.unwrap();
    assert_eq!(ledger.balance_asks("a", at(0), at(6)).await.unwrap(), all);
    assert_eq!(ledger.balance_asks("a", at(0), at(5)).await.unwrap(), all[..1]);
    assert_eq!(ledger.balance_asks("c", at(0), at(9)).await.unwrap(), []);
}

pub(crate) async fn a_status_counts_rows(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    import(ledger, "f", day(20), &[order("1", day(20), MerchantStatus::Succeeded)]).await;
    ledger.checkpoint().await.unwrap();
    ledger.migrate().await.unwrap();
    let status = ledger.status().await.unwrap();
    assert_eq!(status.schema_version, status.known_version);
    let names: Vec<&str> = status.tables.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, TABLES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let counted: Vec<i64> = status.tables.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(counted.iter().sum::<i64>(), 5, "who it is, a stream, a file, its date, an order");
    // Another handle sees what this one wrote.
    assert_eq!(fresh.again().await.status().await.unwrap(), status);
}

pub(crate) async fn firings_come_by_job_and_the_unfinished_ones_always(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let firing = |job: &str, fire_at, state| Firing {
        job: job.to_owned(),
        fire_at: at(fire_at),
        business_date: day(20),
        state,
        attempts: 2,
        failures: 1,
        started_at: Some(at(5)),
        finished_at: None,
        exit_code: None,
    };
    let ended = Firing {
        finished_at: Some(at(9)),
        exit_code: Some(4),
        ..firing("nightly", 3, FiringState::Done)
    };
    let all = [
        firing("morning", 7, FiringState::First),
        firing("nightly", 1, FiringState::Again),
        firing("nightly", 2, FiringState::Skipped),
        ended.clone(),
    ];
    for put in all.iter().rev() {
        ledger.put_firing(put).await.unwrap();
    }
    let begun = firing("nightly", 3, FiringState::Running);
    ledger.put_firing(&begun).await.unwrap();
    ledger.put_firing(&ended).await.unwrap();
    assert_eq!(ledger.firings(9).await.unwrap(), all);
    let newest = [all[0].clone(), all[1].clone(), ended];
    assert_eq!(ledger.firings(1).await.unwrap(), newest);
}

pub(crate) async fn a_copy_has_everything_and_what_is_done_to_it_is_gone_with_it(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let orders = [order("1", day(20), MerchantStatus::Succeeded)];
    import(ledger, "f", day(20), &orders).await;
    let before = ledger.status().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let copied = ledger.copy(folder.path()).await.unwrap();
        let copy = &*copied.ledger;
        assert_eq!(copy.status().await.unwrap(), before);
        // The same files again, another file, and a stream and a file that are new.
        import(copy, "f", day(20), &orders).await;
        let new = order("2", day(21), MerchantStatus::Pending);
        let count = import(copy, "g", day(21), &[new]).await;
        assert_eq!(count, counts(1, 0, 0));
        assert_ne!(copy.status().await.unwrap(), before);
        assert_eq!(ledger.status().await.unwrap(), before);
        drop(copied);
    }
    assert_eq!(ledger.status().await.unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}
