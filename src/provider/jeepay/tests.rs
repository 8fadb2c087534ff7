//! Requests, refusals, and what other people's code has signed.

use serde_json::{Value, json};

use super::*;
use crate::business_day::{BusinessDate, Timestamp};
use crate::provider::signature::{HexCase, Md5Rule, joined_by_any_case, sign_md5, signed_pairs};

fn account() -> Arc<dyn Provider> {
    let texts = [
        ("base_url", "http://127.0.0.1:18080/jeepay/"),
        ("mch_no", "M1621873433953"),
        ("app_id", "60cc09bce4b0f1c0b83761c9"),
    ];
    let settings = Settings {
        texts: texts.map(|(key, text)| (key, text.to_owned())).into(),
        secrets: [("key", Secret::new("demoKeyJ".to_owned()))].into(),
        ..Settings::default()
    };
    build(&settings).expect("settings")
}

fn question(kind: Kind, order_no: &str) -> Question {
    Question {
        kind,
        product: String::new(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::from_number(20_261_129).expect("a date"),
    }
}

fn request(kind: Kind, order_no: &str) -> Result<HttpRequest, Unproved> {
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(1_795_910_400), nonce: 1 };
    account().request(&Ask::Status(question(kind, order_no)), stamp)
}

/// `JeepayKit.getSign` of 3.2.9 has signed the first one.
#[test]
fn a_question_is_one_flat_object_with_exactly_the_fields_that_the_server_verifies() {
    let request_of_a_payment = request(Kind::Payment, "J20261129001").expect("a request");
    assert_eq!(request_of_a_payment.url, "http://127.0.0.1:18080/jeepay/api/pay/query");
    let body: Value = serde_json::from_str(&request_of_a_payment.body).expect("JSON");
    let expected = json!({
        "mchNo": "M1621873433953", "appId": "60cc09bce4b0f1c0b83761c9",
        "mchOrderNo": "J20261129001", "version": "1.0", "signType": "MD5",
        "reqTime": "1795910400000", "sign": "003DC7C774BCE5681B5B5B554CEF5AAE",
    });
    assert_eq!(body, expected);
    let refund = request(Kind::Refund, "JR1").expect("a request");
    assert_eq!(refund.interface, "/api/refund/query");
    assert!(refund.body.contains("\"mchRefundNo\":\"JR1\""), "{}", refund.body);
    let transfer = request(Kind::Payout, "JT1").expect("a request");
    assert_eq!(transfer.interface, "/api/transfer/query");
    assert!(transfer.body.contains("\"mchOrderNo\":\"JT1\""), "{}", transfer.body);
    assert!(request(Kind::Refund, &"1".repeat(64)).is_ok());
    for order_no in ["", "A\n1", &"1".repeat(65)] {
        assert!(request(Kind::Payment, order_no).is_err(), "{order_no:?}");
    }
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
    for ask in [Ask::Balance, Ask::Renotify(question(Kind::Payment, "J1"))] {
        assert_eq!(account().request(&ask, stamp), Err(Unproved::NotOffered));
    }
}

/// Field order as `JeepayKit.getSign` of 3.2.9 and `XxPay`'s `PayDigestUtil.getSign` have it.
#[test]
fn fields_are_sorted_without_regard_to_case() {
    let fields = json!({"status": "2", "Zeta": "1", "alpha": "2", "a1": "x", "aB": "y", "a_b": "z",
        "amount": 0});
    let text = joined_by_any_case(signed_pairs(fields.as_object().expect("an object"), "sign"));
    let rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
    let sign = sign_md5(rule, &text, &Secret::new("demoKeyJ".to_owned()));
    assert_eq!(sign, "EBEF073BC9EB27D9EB6AD6F83CE86F18");
}

#[test]
fn a_refusal_says_by_its_code_and_words_who_has_to_put_what_right() {
    use RefusalKind::{Account, Key, NoSuchOrder, Platform, Settings};
    let account = account();
    let table = [
        ("code=9999", "订单不存在", NoSuchOrder, false),
        ("code=9999", "转账订单不存在", NoSuchOrder, false),
        ("code=9999", "验签失败", Key, false),
        ("code=9999", "参数有误！", Settings, false),
        ("code=9999", "商户或商户应用不存在", Account, false),
        ("code=9999", "商户信息不存在或商户状态不可用", Account, false),
        ("code=9999", "商户应用不存在或应用状态不可用", Account, false),
        ("code=9999", "参数appId与商户号不匹配", Account, false),
        ("code=10", "系统异常", Platform, true),
        ("code=11", "", Settings, false),
        ("code=12", "", Platform, true),
    ];
    for (code, text, kind, again) in table {
        assert_eq!(account.refusal(code, text), kind, "{code} {text}");
        assert_eq!(account.says_try_again(code, text), again, "{code} {text}");
    }
}
