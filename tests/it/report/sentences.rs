//! Every sentence that a row can carry is whole, whatever the two sides say.

use std::collections::BTreeSet;
use std::time::Duration;

use duizhang::business_day::BusinessDay;
use duizhang::config::Language;
use duizhang::discrepancy::{DiscrepancyType, State, TimeFrom};
use duizhang::reading::Source;
use duizhang::report::discrepancies::Shown;
use duizhang::report::sentence::{Voice, action, calls_back, evidence, explanation};
use duizhang::status::{Kind, MerchantStatus, ProviderStatus};

use super::world::{Case, at, date};

fn voice(language: Language) -> Voice {
    Voice { language, business_day: BusinessDay::BEIJING }
}

fn whole(text: &str, language: Language) {
    match language {
        Language::Zh => {
            assert!(text.ends_with('。'), "{text}");
            assert!(!text.contains("。。") && !text.contains("，："), "{text}");
            assert!(!text.contains("长款") && !text.contains("短款"), "{text}");
        }
        Language::En => {
            assert!(text.ends_with(['.', '?']) && text.is_ascii(), "{text}");
            assert!(text.starts_with(|c: char| c.is_ascii_uppercase()) && !text.contains("  "));
        }
    }
}

#[test]
fn every_combination_is_explained_in_whole_sentences() {
    let ours = MerchantStatus::ALL.iter().copied().map(Some).chain([None]);
    for our_status in ours {
        for theirs in ProviderStatus::ALL {
            for kind in DiscrepancyType::ALL {
                for stream_kind in Kind::ALL {
                    for amount in [Some(1_000), None] {
                        for difference in [-1_000, 0, 1_000] {
                            let case = Case::new(1, *kind, ("a", *stream_kind, ""))
                                .provider(*theirs, amount)
                                .difference(difference);
                            let case = match our_status {
                                Some(status) => case.merchant(status, 1_000),
                                None => case,
                            };
                            check(&case);
                            check(&case.with(|row| {
                                row.evidence.callback_at = Some(at("20 10:01"));
                            }));
                        }
                    }
                }
            }
        }
    }
}

fn check(case: &Case) {
    for language in Language::ALL {
        let voice = voice(*language);
        let shown = Shown::of(&case.row, at("21 00:00"));
        whole(&explanation(&case.row, shown, voice), *language);
        whole(action::suggested(&case.row, shown, voice), *language);
        assert!(!evidence(&case.row, voice).is_empty());
    }
}

#[test]
fn a_callback_that_was_received_is_shown_and_one_that_is_not_known_never_is() {
    let case = |status, kind, callback| {
        Case::new(1, kind, ("a", Kind::Payment, ""))
            .merchant(MerchantStatus::Pending, 1_000)
            .provider(status, Some(1_000))
            .with(|row| row.evidence.callback_at = callback)
    };
    let (paid, pending) = (ProviderStatus::Succeeded, ProviderStatus::Pending);
    let (lost, still) = (DiscrepancyType::PaidOnlyAtProvider, DiscrepancyType::StillPending);
    let received = Some(at("20 10:01"));
    let text_of = |case: &Case, language| {
        let shown = Shown::of(&case.row, at("21 00:00"));
        let text = explanation(&case.row, shown, voice(language));
        (text, action::suggested(&case.row, shown, voice(language)))
    };
    let zh = "渠道回调已于 2026-11-20 10:01:00 收到并验签，但未入账，属掉单。";
    let (text, act) = text_of(&case(paid, lost, received), Language::Zh);
    assert!(text.contains(zh) && act.contains("检查商户系统的回调处理"), "{text} {act}");
    let (text, act) = text_of(&case(paid, lost, received), Language::En);
    assert!(text.contains("callback was received at 2026-11-20 10:01:00 and verified"), "{text}");
    assert!(act.contains("the shop's log"), "{act}");
    let (text, _) = text_of(&case(pending, still, received), Language::Zh);
    assert!(text.contains("其中称已成功，与查询结果不一致"), "{text}");
    for language in Language::ALL {
        let (text, act) = text_of(&case(paid, lost, None), *language);
        assert!(!text.contains("回调") && !text.contains("callback"), "{text}");
        assert!(act.contains("补发回调") || act.contains("callback sent again"), "{act}");
    }
}

#[test]
fn an_amount_is_shown_with_the_readings_that_it_rests_on() {
    let table = [
        (None, "", ""),
        (
            Some((Source::Statement, "statements/x.csv")),
            "；金额据渠道对账单 statements/x.csv（文件没有签名，无从验证）",
            "; amount: statement file of the provider statements/x.csv (nothing verifies the file)",
        ),
        (
            Some((Source::Notification, "callback")),
            "；金额据渠道通知（验签通过）",
            "; amount: notification of the provider (signature verified)",
        ),
        (
            Some((Source::Listing, "0x0309")),
            "；金额据批量查询 0x0309",
            "; amount: listed by the provider 0x0309",
        ),
    ];
    for (from, zh, en) in table {
        let case = Case::new(1, DiscrepancyType::AmountMismatch, ("a", Kind::Payment, ""))
            .merchant(MerchantStatus::Succeeded, 1_000)
            .provider(ProviderStatus::Succeeded, Some(900));
        let plain = |language| evidence(&case.row, voice(language));
        let (plain_zh, plain_en) = (plain(Language::Zh), plain(Language::En));
        let case = case.with(|row| {
            row.evidence.amount_from = from.map(|(source, name)| (source, name.to_owned()));
        });
        assert_eq!(evidence(&case.row, voice(Language::Zh)), format!("{plain_zh}{zh}"));
        assert_eq!(evidence(&case.row, voice(Language::En)), format!("{plain_en}{en}"));
    }
}

#[test]
fn nobody_has_to_act_on_what_is_closed() {
    for state in [State::Resolved, State::WrittenOff] {
        let case = Case::new(1, DiscrepancyType::PaidTwice, ("a", Kind::Payment, ""))
            .with(|row| row.state = state);
        let shown = Shown::of(&case.row, at("21 00:00"));
        for language in Language::ALL {
            assert_eq!(action::suggested(&case.row, shown, voice(*language)), "");
        }
    }
}

#[test]
fn each_family_of_unproved_answers_has_its_reason_and_its_action() {
    let codes = [
        "",
        "timeout",
        "http_503",
        "unsigned",
        "wrong_signature",
        "another_order",
        "refused:1001",
        "unknown_code:STATUS=9",
        "malformed",
        "field:AMT",
    ];
    let (mut reasons, mut actions) = (BTreeSet::new(), BTreeSet::new());
    for code in codes {
        let case = Case::new(1, DiscrepancyType::Unproved, ("a", Kind::Payment, ""))
            .merchant(MerchantStatus::Succeeded, 1_000)
            .provider(ProviderStatus::Unproved, None)
            .difference(-1_000)
            .with(|row| code.clone_into(&mut row.evidence.status_code));
        let shown = Shown::of(&case.row, at("21 00:00"));
        for language in Language::ALL {
            let text = explanation(&case.row, shown, voice(*language));
            let detail = code.split_once(':').map_or("", |(_, detail)| detail);
            assert!(text.contains(detail), "{text}");
            assert!(!text.contains("渠道少") && !text.contains("less"), "nothing is known: {text}");
            reasons.insert(text);
            actions.insert(action::suggested(&case.row, shown, voice(*language)));
        }
    }
    assert_eq!(reasons.len(), 2 * codes.len());
    assert_eq!(actions.len(), 2 * 7, "an outage is one family, unreadable answers another");
}

#[test]
fn a_hundredfold_amount_is_named() {
    let case = Case::new(1, DiscrepancyType::AmountMismatch, ("a", Kind::Payment, ""))
        .merchant(MerchantStatus::Succeeded, 100)
        .provider(ProviderStatus::Succeeded, Some(10_000))
        .difference(9_900);
    let shown = Shown::of(&case.row, at("21 00:00"));
    let text = explanation(&case.row, shown, voice(Language::Zh));
    assert!(text.contains("渠道金额恰为商户金额的 100 倍"), "{text}");
}

#[test]
fn a_row_is_shown_as_it_stands_at_the_end_of_the_day() {
    let case = |state: State, by: &str, kind| {
        Case::new(1, kind, ("a", Kind::Payment, "")).difference(500).with(|row| {
            row.state = state;
            row.timing_until = Some(at("21 10:00"));
            by.clone_into(&mut row.resolved_by);
            row.closed_on = state.is_closed().then(|| date("2026-11-20"));
        })
    };
    let (day, next) = (at("21 00:00"), at("22 00:00"));
    let pending = DiscrepancyType::StillPending;
    let table = [
        (case(State::Open, "", pending), day, State::Timing, 500, false),
        (case(State::Open, "", pending), next, State::Open, 500, false),
        (case(State::Timing, "", DiscrepancyType::CrossDay), next, State::Timing, 500, false),
        (case(State::Resolved, "li", pending), day, State::Resolved, 500, false),
        (case(State::Resolved, "duizhang", pending), day, State::Resolved, 0, true),
        (case(State::Suspense, "li", pending), day, State::Suspense, 500, false),
        (case(State::WrittenOff, "li", pending), next, State::WrittenOff, 500, false),
    ];
    for (case, end, state, difference_minor, agreed) in table {
        assert_eq!(Shown::of(&case.row, end), Shown { state, difference_minor, agreed });
    }
}

/// Until when the platform calls back, where a callback was lost and it says for how long it does.
#[test]
fn a_lost_callback_says_until_when_it_may_still_come() {
    let open = Shown { state: State::Open, difference_minor: 1_000, agreed: false };
    let ten_minutes = Some(Duration::from_mins(10));
    let paid = |at_: &str| {
        Case::new(1, DiscrepancyType::PaidOnlyAtProvider, ("a", Kind::Payment, ""))
            .merchant(MerchantStatus::Pending, 1_000)
            .provider(ProviderStatus::Succeeded, Some(1_000))
            .with(|row| row.provider_time = Some(at(at_)))
    };
    let text_of =
        |case: &Case, calls, language| calls_back(&case.row, open, calls, voice(language));
    let (noon, night) = (paid("20 12:00"), paid("20 23:55"));
    let zh = |case| text_of(case, ten_minutes, Language::Zh).unwrap();
    let en = |case| text_of(case, ten_minutes, Language::En).unwrap();
    assert_eq!(zh(&noon), "渠道最迟回调至 2026-11-20 12:10:00，此后不再回调，须主动处理。");
    assert_eq!(zh(&night), "渠道最迟回调至 2026-11-21 00:05:00，届时仍未入账须主动处理。");
    assert_eq!(
        en(&noon),
        "The provider called back until 2026-11-20 12:10:00 at most and calls no more: act."
    );
    for text in [zh(&noon), zh(&night)] {
        whole(&text, Language::Zh);
    }
    for text in [en(&noon), en(&night)] {
        whole(&text, Language::En);
    }
    let silent = [
        (paid("20 12:00"), None),
        (paid("20 12:00").with(|row| row.provider_time = None), ten_minutes),
        (paid("20 12:00").with(|row| row.evidence.callback_at = Some(at("20 12:01"))), ten_minutes),
        (paid("20 12:00").with(|row| row.evidence.time_from = TimeFrom::FirstFinal), ten_minutes),
        (
            paid("20 12:00").with(|row| row.merchant_status = Some(MerchantStatus::Closed)),
            ten_minutes,
        ),
        (paid("20 12:00").with(|row| row.kind = DiscrepancyType::AmountMismatch), ten_minutes),
    ];
    for (case, calls) in silent {
        assert_eq!(text_of(&case, calls, Language::Zh), None, "{:?}", case.row.kind);
    }
}

/// What a platform settled to an account that cannot be used yet is paid, and on its way.
#[test]
fn a_settlement_in_transit_is_shown_in_the_evidence() {
    let paid = || {
        Case::new(1, DiscrepancyType::FeeMismatch, ("a", Kind::Payment, ""))
            .merchant(MerchantStatus::Succeeded, 1_000)
            .provider(ProviderStatus::Succeeded, Some(1_000))
    };
    let transit = "结算在途：渠道已记入不可用账户";
    for (code, expected) in [
        ("resultcode=1002 settlement=in_transit", true),
        ("resultcode=0000", false),
        ("resultcode=1002", false),
    ] {
        let case = paid().with(|row| code.clone_into(&mut row.evidence.status_code));
        let text_of = evidence(&case.row, voice(Language::Zh));
        assert_eq!(text_of.contains(transit), expected, "{text_of}");
    }
}
