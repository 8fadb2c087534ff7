//! What mmsp asks: lanes and requests. What it reads is in `samples/`.

use super::account::build;
use super::account::tests::settings;
use super::*;
use crate::business_day::BusinessDate;
use crate::provider::signature::{PrivateKey, decrypt_rsa, sign_rsa};
use crate::provider::{Method, Secret, Settings};

fn question(product: &str, order_no: &str) -> Ask {
    question_of(Kind::Payment, product, order_no)
}

fn question_of(kind: Kind, product: &str, order_no: &str) -> Ask {
    Ask::Status(Question {
        kind,
        product: product.to_owned(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::from_number(20_171_122).expect("a date"),
    })
}

fn stamp() -> Stamp {
    Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 }
}

#[test]
fn lanes_are_those_of_the_configured_products() {
    let account = build(&settings(&["gateway", "quick", "gateway"])).expect("settings");
    let lanes = account.lanes();
    let products: Vec<_> = lanes.iter().map(|lane| lane.product.as_str()).collect();
    assert_eq!(products, ["gateway", "quick"]);
    assert!(lanes.iter().all(|lane| lane.listing.is_some() && lane.states_amount));
    assert!(!account.states_balance());
    let account = build(&settings(&["scan", "payout"])).expect("settings");
    let lanes = account.lanes();
    let lanes: Vec<_> = lanes.iter().map(|lane| (lane.kind, lane.product.as_str())).collect();
    let expected = [(Kind::Payment, "scan"), (Kind::Refund, "scan"), (Kind::Payout, "payout")];
    assert_eq!(lanes, expected);
    assert!(account.lanes().iter().all(|lane| lane.listing.is_none() && lane.states_amount));
    assert!(account.states_balance() && !account.renotifies());
}

#[test]
fn a_single_query_is_the_signed_envelope_of_the_manual() {
    let account = build(&settings(&["quick", "gateway"])).expect("settings");
    let request = account.request(&question("quick", "A/1"), stamp()).expect("a request");
    // md5('{"MERORDERID":"A\/1"}&key=ea21842e…'), from PHP.
    assert_eq!(
        request.body,
        "{\"CommandID\":773,\"SeqID\":\"1\",\"NodeType\":\"3\",\"NodeID\":\"openapi\",\
         \"Version\":\"1.0.0\",\"AGENTNO\":\"\",\"MERNO\":\"001440353999853\",\
         \"TERMNO\":\"84970001\",\"Body\":{\"MERORDERID\":\"A/1\"},\
         \"Sign\":\"246D165969DD65E2573C2CE6D3079B6A\"}"
    );
    assert_eq!(request.url, "http://127.0.0.1:18080/mmsp/openapi");
    assert_eq!(request.interface, "0x0305");
    let gateway = account.request(&question("gateway", "A/1"), stamp()).expect("a request");
    assert!(gateway.body.starts_with("{\"CommandID\":2323,"), "{}", gateway.body);
    assert_eq!(gateway.interface, "0x0913");
}

#[test]
fn a_page_is_asked_for_by_dates_of_eight_digits_and_texts() {
    let account = build(&settings(&["quick", "gateway"])).expect("settings");
    let date = BusinessDate::from_number(20_171_122).expect("a date").date();
    let page = |product: &str| {
        let question = PageQuestion {
            kind: Kind::Payment,
            product: product.to_owned(),
            from: date,
            to: date,
            page: 2,
            rows_per_page: 1000,
        };
        account.request(&Ask::Page(question), stamp()).expect("a request")
    };
    let body = "\"Body\":{\"END_DATE\":\"20171122\",\"PAGE\":\"2\",\"PERPAGE\":\"1000\",\
                \"START_DATE\":\"20171122\"},\"Sign\":\"13C0D61ABD4896882B4FA332384A88DA\"}";
    for (product, number, name) in [("quick", 777, "0x0309"), ("gateway", 782, "0x030E")] {
        let request = page(product);
        assert!(request.body.starts_with(&format!("{{\"CommandID\":{number},")));
        assert!(request.body.ends_with(body), "{}", request.body);
        assert_eq!(request.interface, name);
    }
}

#[test]
fn an_agents_key_signs_only_where_there_is_an_agent() {
    let sign = |agent_no: &str| {
        let mut settings = settings(&["quick"]);
        settings.texts.insert("agent_no", agent_no.to_owned());
        let account = build(&settings).expect("settings");
        account.request(&question("quick", "A1"), stamp()).expect("a request").body
    };
    assert!(sign("").contains("\"AGENTNO\":\"\""));
    assert!(sign("").ends_with("\"Sign\":\"FE40BCD73F6249E8FD4F63A00633F88F\"}"));
    assert!(sign("80000001").contains("\"AGENTNO\":\"80000001\""));
    assert!(sign("80000001").ends_with("\"Sign\":\"E51380597BE2A6A76ABCCCB052A4990D\"}"));
}

#[test]
fn an_order_number_that_the_field_cannot_carry_is_not_asked() {
    let account = build(&settings(&["quick"])).expect("settings");
    let refused = Err(Unproved::Field { field: "MERORDERID" });
    assert!(account.request(&question("quick", &"1".repeat(32)), stamp()).is_ok());
    for order_no in [&*"1".repeat(33), "", "A\n1"] {
        assert_eq!(account.request(&question("quick", order_no), stamp()), refused);
    }
}

#[test]
fn scan_is_asked_with_its_own_commands_node_and_a_random_text() {
    let account = build(&settings(&["scan"])).expect("settings");
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(1_511_147_650), nonce: 700_007 };
    let request = |kind| account.request(&question_of(kind, "scan", "A/1"), stamp);
    let table = [
        (
            Kind::Payment,
            "{\"CommandID\":2310,",
            "0x0906",
            "\"Body\":{\"MERORDERID\":\"A/1\",\"RANDSTR\":\"151114765000007\"},\
             \"Sign\":\"D7C5A236B3014FCEFB5D67C4B4694BD3\"}",
        ),
        (
            Kind::Refund,
            "{\"CommandID\":2313,",
            "0x0909",
            "\"Body\":{\"REFUND_MERORDERID\":\"A/1\",\"RANDSTR\":\"151114765000007\"},\
             \"Sign\":\"86D1147C5B7A54F9894D2808C57FF72E\"}",
        ),
    ];
    for (kind, begin, interface, end) in table {
        let request = request(kind).expect("a request");
        assert!(request.body.starts_with(begin), "{}", request.body);
        assert!(request.body.contains("\"NodeID\":\"openplat\""), "{}", request.body);
        assert!(request.body.ends_with(end), "{}", request.body);
        assert_eq!(request.interface, interface);
        assert_eq!(request.url, "http://127.0.0.1:18080/mmsp/openapi");
    }
    assert_eq!(request(Kind::Payout), Err(Unproved::NotOffered));
}

/// The published test account, with the merchant's own key as the platform's, so that its requests
/// can be opened here.
fn talks_to_itself() -> Settings {
    let mut settings = settings(&["payout"]);
    let file = include_str!("../../../samples/vectors.json");
    let file: Value = serde_json::from_str(file).expect("JSON");
    let own = file["keys"]["mmsp_test_merchant_public_spki_b64"].as_str().expect("a key");
    settings.secrets.insert("platform_public_key", Secret::new(own.to_owned()));
    settings
}

/// The text of a request, after checking that the very same text is signed.
fn opened(settings: &Settings, request: &HttpRequest) -> String {
    let own = settings.secrets.get("merchant_private_key").expect("a key");
    let own = PrivateKey::read("k", own).expect("a key");
    let message = field::object(request.body.as_bytes()).expect("an object");
    assert_eq!(message.keys().collect::<Vec<_>>(), ["ENCRYPT", "SIGN"]);
    let text = decrypt_rsa(&own, message["ENCRYPT"].as_str().expect("a text")).expect("opened");
    let sign = sign_rsa(&own, &text).expect("signed");
    assert_eq!(message["SIGN"].as_str(), Some(sign.as_str()));
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "http://127.0.0.1:18080/mmsp/payapi");
    String::from_utf8(text).expect("UTF-8")
}

#[test]
fn a_payout_is_asked_about_in_an_encrypted_and_signed_message() {
    let settings = talks_to_itself();
    let account = build(&settings).expect("settings");
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(1_511_147_650), nonce: 1 };
    let ask = question_of(Kind::Payout, "payout", "20171121170001");
    let request = account.request(&ask, stamp).expect("a request");
    assert_eq!(request.interface, "0x1002");
    assert_eq!(
        opened(&settings, &request),
        "{\"CMDID\":\"4098\",\"VERSION\":\"1.0\",\"MERNO\":\"001440353999853\",\
         \"ORDERNO\":\"20171121170001\",\"REQTIME\":\"20171120111410\"}"
    );
    let refused = Err(Unproved::Field { field: "ORDERNO" });
    for order_no in [&*"1".repeat(33), "", "A1", "１", "1 "] {
        let ask = question_of(Kind::Payout, "payout", order_no);
        assert_eq!(account.request(&ask, stamp), refused, "{order_no}");
    }
}

#[test]
fn a_balance_is_asked_for_with_a_fresh_serial_number() {
    let settings = talks_to_itself();
    let account = build(&settings).expect("settings");
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(1_511_147_650), nonce: 3_000_042 };
    let request = account.request(&Ask::Balance, stamp).expect("a request");
    assert_eq!(request.interface, "0x1003");
    assert_eq!(
        opened(&settings, &request),
        "{\"CMDID\":\"4099\",\"VERSION\":\"1.0\",\"QRYTYPE\":\"1\",\
         \"MERNO\":\"001440353999853\",\"ORDERNO\":\"20171120111410000042\",\
         \"REQTIME\":\"20171120111410\"}"
    );
}

#[test]
fn a_payout_answer_that_says_ask_again_is_asked_again() {
    let account = build(&settings(&["quick", "payout"])).expect("settings");
    assert!(account.says_try_again("RETCODE=0001", "系统异常"));
    assert!(account.says_try_again("RetCode=0", "系统繁忙，请稍后再试"));
    assert!(!account.says_try_again("RETCODE=1028", "商户付款订单号不存在"));
    assert!(!account.says_try_again("RETCODE=0002", "系统异常"));
}

#[test]
fn what_the_account_does_not_have_is_not_asked() {
    let account = build(&settings(&["quick"])).expect("settings");
    let Ask::Status(question) = question("quick", "1") else { panic!("a question") };
    for ask in [Ask::Balance, Ask::Renotify(question), question_of(Kind::Payout, "payout", "1")] {
        assert_eq!(account.request(&ask, stamp()), Err(Unproved::NotOffered), "{ask:?}");
        let answer = RawAnswer::of_body(b"{}".to_vec());
        assert_eq!(account.verify(&ask, &answer), Err(Unproved::NotOffered), "{ask:?}");
    }
}
