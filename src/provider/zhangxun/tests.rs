//! Settings, requests, and refusals of an account.

use super::*;
use crate::business_day::BusinessDate;

fn settings() -> Settings {
    Settings {
        texts: [
            ("base_url", "http://127.0.0.1:18080/mpcctp/"),
            ("org_no", "8161000204"),
            ("cust_id", "16121900001774"),
        ]
        .map(|(key, text)| (key, text.to_owned()))
        .into(),
        secrets: [("key", Secret::new("FFFFFFFFFFFFFFFF".to_owned()))].into(),
        ..Settings::default()
    }
}

fn with(key: &'static str, text: &str) -> Settings {
    let mut settings = settings();
    settings.texts.insert(key, text.to_owned());
    settings
}

fn ask(kind: Kind, order_no: &str) -> Ask {
    Ask::Status(Question {
        kind,
        product: String::new(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::from_number(20_180_101).expect("a date"),
    })
}

fn request(settings: &Settings, ask: &Ask) -> Result<HttpRequest, Unproved> {
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
    build(settings).expect("settings").request(ask, stamp)
}

#[test]
fn each_query_is_one_signed_form_at_its_own_address() {
    let common = "version=2.1&orgNo=8161000204&custId=16121900001774";
    // md5('custId=…&custOrderNo=615051705&orgNo=…&version=2.1&key=FFFFFFFFFFFFFFFF'), and so on.
    let table = [
        (
            ask(Kind::Payment, "615051705"),
            PAYMENT_QUERY,
            "&custOrderNo=615051705&sign=47debf0ef236a8966f6550bd9c7cafdb",
        ),
        (
            ask(Kind::Payout, "D615051705"),
            PAYOUT_QUERY,
            "&custOrdNo=D615051705&sign=646e398971a140771f71603866baa3e1",
        ),
        (Ask::Balance, BALANCE_QUERY, "&sign=5d4af49849b6c1632cf09bcc8d94903a"),
    ];
    for (ask, interface, own) in table {
        let request = request(&settings(), &ask).expect("a request");
        assert_eq!(request.url, format!("http://127.0.0.1:18080/mpcctp{interface}"));
        assert_eq!(request.interface, interface);
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.content_type, "application/x-www-form-urlencoded;charset=UTF-8");
        assert_eq!(request.body, format!("{common}{own}"));
    }
}

#[test]
fn a_sub_account_is_named_and_signed_where_payouts_and_balances_are_asked_for() {
    let settings = with("account", "161219000017740288");
    let body = |ask| request(&settings, &ask).expect("a request").body;
    assert!(!body(ask(Kind::Payment, "A1")).contains("account="));
    for ask in [ask(Kind::Payout, "A1"), Ask::Balance] {
        let body = body(ask);
        let fields = field::form(body.as_bytes()).expect("a form");
        assert_eq!(fields.get("account").and_then(Value::as_str), Some("161219000017740288"));
        let text = joined_by_bytes(signed_pairs(&fields, "sign"));
        assert!(text.starts_with("account=161219000017740288&custId="), "{text}");
        let sign = sign_md5(RULE, &text, &Secret::new("FFFFFFFFFFFFFFFF".to_owned()));
        assert_eq!(fields.get("sign").and_then(Value::as_str), Some(sign.as_str()));
    }
}

#[test]
fn each_kind_of_query_may_go_to_another_host() {
    let urls = |settings: &Settings| {
        [ask(Kind::Payment, "A1"), ask(Kind::Payout, "A1"), Ask::Balance]
            .map(|ask| request(settings, &ask).expect("a request").url)
    };
    let mut settings = with("query_url", "https://q.example/tran/");
    assert_eq!(
        urls(&settings),
        [
            "https://q.example/tran/cashier/query.ac",
            "https://q.example/tran/cashier/TX0002.ac",
            "https://q.example/tran/cashier/balance.ac"
        ]
    );
    settings.texts.insert("payout_url", "https://p.example".to_owned());
    settings.texts.insert("balance_url", "https://b.example".to_owned());
    assert_eq!(
        urls(&settings),
        [
            "https://q.example/tran/cashier/query.ac",
            "https://p.example/cashier/TX0002.ac",
            "https://b.example/cashier/balance.ac"
        ]
    );
    for key in ["query_url", "payout_url", "balance_url"] {
        assert_eq!(build(&with(key, "q.example")).err().map(|error| error.key), Some(key));
    }
}

#[test]
fn what_the_form_escapes_is_signed_unescaped() {
    let request = request(&settings(), &ask(Kind::Payment, "A 1/+单")).expect("a request");
    assert!(request.body.contains("custOrderNo=A+1%2F%2B%E5%8D%95&"), "{}", request.body);
    let text = "custId=16121900001774&custOrderNo=A 1/+单&orgNo=8161000204&version=2.1";
    let sign = sign_md5(RULE, text, &Secret::new("FFFFFFFFFFFFFFFF".to_owned()));
    assert!(request.body.ends_with(&format!("&sign={sign}")), "{}", request.body);
}

#[test]
fn a_question_that_cannot_be_put_is_not_asked() {
    let unreadable = |field| Err(Unproved::Field { field });
    for order_no in ["", "A\n1", &*"1".repeat(65)] {
        let outcome = request(&settings(), &ask(Kind::Payment, order_no));
        assert_eq!(outcome, unreadable("custOrderNo"), "{order_no:?}");
        let outcome = request(&settings(), &ask(Kind::Payout, order_no));
        assert_eq!(outcome, unreadable("custOrdNo"), "{order_no:?}");
    }
    let Ask::Status(question) = ask(Kind::Refund, "A1") else { panic!("a question") };
    for ask in [Ask::Status(question.clone()), Ask::Renotify(question)] {
        assert_eq!(request(&settings(), &ask), Err(Unproved::NotOffered));
    }
}

#[test]
fn an_order_has_to_be_half_an_hour_old_unless_the_configuration_says_otherwise() {
    let table = [
        ("", Some(1800)),
        ("30m", Some(1800)),
        ("0s", Some(0)),
        ("90s", Some(90)),
        ("2h", Some(7200)),
        ("1d", Some(86_400)),
        ("30", None),
        ("m", None),
        ("-1m", None),
        ("+1m", None),
        ("1.5h", None),
        ("1h30m", None),
        ("30 m", None),
        ("99999999999999999999d", None),
        ("999999999999999999d", None),
    ];
    for (text, seconds) in table {
        let built = build(&with("min_query_age", text));
        let found = built.as_ref().ok().map(|account| account.query_age_min());
        assert_eq!(found, seconds.map(Duration::from_secs), "{text:?}");
        let key = built.err().map(|error| error.key);
        assert_eq!(key, seconds.is_none().then_some("min_query_age"), "{text:?}");
    }
}

#[test]
fn the_version_can_be_another_one() {
    let request = request(&with("version", "3.0"), &Ask::Balance).expect("a request");
    assert!(request.body.starts_with("version=3.0&"), "{}", request.body);
}

#[test]
fn a_refusal_may_have_no_signature_but_not_a_wrong_one() {
    // md5('code=100013&msg=订单不存在&key=FFFFFFFFFFFFFFFF')
    let table = [
        ("", Ok(())),
        (",\"sign\":\"\"", Ok(())),
        (",\"sign\":null", Ok(())),
        (",\"sign\":\"c789ef202a6dea174b83f86938eaa003\"", Ok(())),
        (",\"sign\":\"f1d323277e9b840cca251f9d532f2cc1\"", Err(Unproved::WrongSignature)),
        (",\"sign\":\"0\"", Err(Unproved::WrongSignature)),
    ];
    for (sign, expected) in table {
        let body = format!("{{\"code\":\"100013\",\"msg\":\"订单不存在\"{sign}}}").into_bytes();
        let account = build(&settings()).expect("settings");
        let outcome = account.verify(&ask(Kind::Payment, "A1"), &RawAnswer::of_body(body));
        assert_eq!(outcome.map(|_| ()), expected, "{sign}");
    }
}

#[test]
fn a_refusal_is_no_such_order_only_by_its_words() {
    let own = ["100404".to_owned(), "查无".to_owned()];
    let table = [
        ("code=100001", "订单不存在", true, true),
        ("code=100001", "签名错误", false, false),
        ("code=100001", "机构号不存在", false, false),
        ("code=100404", "", false, true),
        ("code=100001", "查无此单", false, true),
        ("code=000001", "系统异常", false, false),
    ];
    for (code, text, by_default, configured) in table {
        assert_eq!(means_not_found(&[], code, text), by_default, "{code} {text}");
        assert_eq!(means_not_found(&own, code, text), configured, "{code} {text}");
    }
}
