//! Settings, requests, answers without signature, and refusals of an account.

use super::*;
use crate::business_day::{BusinessDate, Timestamp};

fn settings(generation: &str) -> Settings {
    Settings {
        texts: [
            ("base_url", "http://127.0.0.1:18080/lhxpay/"),
            ("app_key", "demoAppKey"),
            ("generation", generation),
        ]
        .map(|(key, text)| (key, text.to_owned()))
        .into(),
        secrets: [("key", Secret::new("demoSecret".to_owned()))].into(),
        ..Settings::default()
    }
}

fn account(generation: &str) -> Arc<dyn Provider> {
    build(&settings(generation)).expect("settings")
}

fn question_about(kind: Kind, order_no: &str) -> Question {
    Question {
        kind,
        product: String::new(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::from_number(20_200_101).expect("a date"),
    }
}

fn request(generation: &str, ask: &Ask) -> Result<HttpRequest, Unproved> {
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
    account(generation).request(ask, stamp)
}

#[test]
fn a_query_is_signed_unescaped_and_never_asks_for_a_callback_by_accident() {
    let question = question_about(Kind::Payment, "M 2020/01+A");
    // md5('appKey=demoAppKey&mrn=M 2020/01+A&key=demoSecret')
    let expected = "http://127.0.0.1:18080/lhxpay/api/Payments/Query?appKey=demoAppKey\
                    &mrn=M%202020%2F01%2BA&sign=0d04ad83752610fc2e56b67922ddb7ef&callback=";
    let status = request("", &Ask::Status(question.clone())).expect("a request");
    assert_eq!(status.url, format!("{expected}false"));
    assert_eq!((status.method, status.content_type, &*status.body), (Method::Get, "", ""));
    assert_eq!(status.interface, "/api/Payments/Query");
    let again = request("current", &Ask::Renotify(question)).expect("a request");
    assert_eq!(again.url, format!("{expected}true"));
    let payout = Ask::Status(question_about(Kind::Payout, "M1"));
    let payout = request("", &payout).expect("a request");
    assert!(payout.url.contains("/lhxpay/api/Payouts/Query?appKey="), "{}", payout.url);
    assert!(payout.url.ends_with("&callback=false"), "{}", payout.url);
}

#[test]
fn the_older_generation_has_its_own_names_and_addresses_and_no_choice_of_callback() {
    let table =
        [(Kind::Payment, "/api/Payment/Query"), (Kind::Payout, "/api/Merchant/QueryPayout")];
    for (kind, path) in table {
        let question = question_about(kind, "M1");
        for ask in [Ask::Status(question.clone()), Ask::Renotify(question)] {
            let request = request("bbc", &ask).expect("a request");
            // md5('AppKey=demoAppKey&MerchantReferenceNumber=M1&Key=demoSecret')
            let expected = format!(
                "http://127.0.0.1:18080/lhxpay{path}?AppKey=demoAppKey\
                 &MerchantReferenceNumber=M1&Sign=26d242e116018eba01e196a5cac7651b"
            );
            assert_eq!(request.url, expected);
        }
    }
}

#[test]
fn what_cannot_be_asked_is_not_asked() {
    for order_no in ["", "A\n1", &*"1".repeat(65)] {
        for (generation, field) in [("current", "mrn"), ("bbc", "MerchantReferenceNumber")] {
            let ask = Ask::Status(question_about(Kind::Payout, order_no));
            assert_eq!(request(generation, &ask), Err(Unproved::Field { field }), "{order_no:?}");
        }
    }
    for ask in [Ask::Balance, Ask::Status(question_about(Kind::Refund, "M1"))] {
        assert_eq!(request("", &ask), Err(Unproved::NotOffered), "{ask:?}");
    }
}

#[test]
fn the_generation_is_one_of_two() {
    let problem = build(&settings("bbcc")).err().expect("settings that are refused").to_string();
    assert_eq!(
        problem,
        "generation: \"bbcc\" is not known; did you mean \"bbc\"? known are current, bbc"
    );
    let mut settings = settings("current");
    settings.texts.insert("dialect", "bbc".to_owned());
    let account = build(&settings).expect("dialect goes before its older name");
    let ask = Ask::Status(question_about(Kind::Payment, "M1"));
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
    let request = account.request(&ask, stamp).expect("a request");
    assert_eq!(request.interface, "/api/Payment/Query");
}

#[test]
fn only_an_answer_that_echoes_the_order_is_an_answer() {
    let answer = |result: &str| {
        let body = format!("{{\"error\":\"success\",\"result\":{result}}}").into_bytes();
        let ask = Ask::Status(question_about(Kind::Payment, "M1"));
        account("").verify(&ask, &RawAnswer::of_body(body)).map(|_| ())
    };
    let another = Err(Unproved::NotWhatWasAsked { what: "order" });
    let missing = Err(Unproved::Field { field: "mrn" });
    let twice = Err(Unproved::Malformed { expected: "an object with each field once" });
    let no_result = Err(Unproved::Field { field: "result" });
    let table = [
        (r#"{"Mrn":"M1","status":1}"#, Ok(())),
        (r#"{"mrn":"M1","status":1}"#, Ok(())),
        (r#"{"MRN":"M1","status":1}"#, Ok(())),
        (r#"{"merchantReferenceNumber":"M1","status":1}"#, Ok(())),
        (r#"{"mrn":"M1","merchantReferenceNumber":"M1","status":1}"#, Ok(())),
        (r#"{"mrn":"M1","merchantReferenceNumber":"M2","status":1}"#, another.clone()),
        (r#"{"mrn":"","merchantReferenceNumber":"M2","status":1}"#, another.clone()),
        (r#"{"Mrn":"m1","status":1}"#, another.clone()),
        (r#"{"Mrn":"M1 ","status":1}"#, another.clone()),
        (r#"{"Mrn":"M12","status":1}"#, another),
        (r#"{"Mrn":"","status":1}"#, missing.clone()),
        (r#"{"Mrn":null,"status":1}"#, missing.clone()),
        (r#"{"status":1}"#, missing.clone()),
        (r#"{"Mrn":["M1"],"status":1}"#, missing),
        (r#"{"Mrn":"M1","mrn":"M2","status":1}"#, twice.clone()),
        (r#"{"Mrn":"M1","status":0,"Status":1}"#, twice),
        ("null", no_result.clone()),
        (r#""M1""#, no_result.clone()),
        (r#"[{"Mrn":"M1","status":1}]"#, no_result),
    ];
    for (result, expected) in table {
        assert_eq!(answer(result), expected, "{result}");
    }
}

#[test]
fn a_refusal_is_no_such_order_only_by_its_code() {
    let own = ["mrn_unknown".to_owned(), "查无".to_owned()];
    let table = [
        ("error=object_not_found", "", true, true),
        ("error=invalid_data", "", false, false),
        ("error=sign_error", "object_not_found", false, false),
        ("error=mrn_unknown", "", false, true),
        ("error=invalid_data", "查无此单", false, true),
        ("error=object_not_found2", "", false, false),
    ];
    for (code, text, by_default, configured) in table {
        assert_eq!(means_not_found(&[], code, text), by_default, "{code} {text}");
        assert_eq!(means_not_found(&own, code, text), configured, "{code} {text}");
    }
}
