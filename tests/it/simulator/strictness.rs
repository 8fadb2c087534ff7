//! Goal: zhangxun, icashier, lhxpay and mmsp's scan and payouts refuse what their documents do not
//! allow, with the document's word for it, and remember what was wrong.
//! Method: requests written out by hand from the documents, each spoiled in one way, sent with the
//! real caller.

use duizhang::business_day::BusinessDate;
use duizhang::provider::http::CallError;
use duizhang::provider::signature::{base64, from_base64};
use duizhang::provider::{HttpRequest, Method, RawAnswer};
use duizhang::simulator::{World, WorldSettings};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::rand_core::OsRng;
use rsa::{Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{Stage, md5, mmsp_request, stage};

const FORM: &str = "application/x-www-form-urlencoded";
/// An order number that no world has.
const NOBODYS: &str = "99999999999999999999";

type Fields = Vec<(&'static str, String)>;

fn fields(pairs: &[(&'static str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn encoded(fields: &Fields) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Sorted, without what is empty.
fn joined(fields: &Fields, key: &str) -> String {
    let mut sorted: Fields =
        fields.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    sorted.sort();
    let pairs: Vec<String> = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&key={key}", pairs.join("&"))
}

impl Stage {
    /// Sends a request: the answer, and what the platform says was wrong with the request.
    async fn sent(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: String,
    ) -> (Result<Value, CallError>, Vec<String>) {
        let before = self.problems().len();
        let url = format!("http://{}{path}", self.simulator.addr);
        let request =
            HttpRequest { method, url, content_type, headers: Vec::new(), body, interface: "test" };
        // Some platforms refuse with an HTTP status of their own.
        let refuses = |answer: &RawAnswer| !answer.body.is_empty();
        let answer = self.caller.call_within(&request, u64::MAX, &refuses).await;
        let answer = answer.map(|called| serde_json::from_slice(&called.answer.body).unwrap());
        (answer, self.problems().split_off(before))
    }

    /// A platform that takes one method only says so to the other.
    async fn takes_only(&self, wrong: Method, path: &str) {
        let (answer, problems) = self.sent(wrong, path, FORM, String::new()).await;
        assert_eq!(answer, Err(CallError::Status { status: 405 }), "{path}");
        assert_eq!(problems.len(), 1, "{path}: {problems:?}");
    }
}

fn one(problems: &[String], word: &str) {
    assert!(problems.iter().any(|problem| problem.contains(word)), "{word:?}: {problems:?}");
}

fn zhangxun(mut fields: Fields) -> String {
    let sign = md5(&joined(&fields, "FFFFFFFFFFFFFFFF"));
    fields.push(("sign", sign));
    encoded(&fields)
}

#[tokio::test]
async fn zhangxun_refuses_what_its_document_does_not_allow() {
    let stage = stage().await;
    let base = [("version", "2.1"), ("orgNo", "8161000204"), ("custId", "16121900001774")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
    let payment = "/zhangxun-base/mpcctp/cashier/query.ac";
    let payout = "/zhangxun-base/mpcctp/cashier/TX0002.ac";
    let balance = "/zhangxun-base/mpcctp/cashier/balance.ac";
    for (path, name) in [(payment, "custOrderNo"), (payout, "custOrdNo"), (payout, "casOrdNo")] {
        let body = zhangxun(fields(&with(&[(name, NOBODYS)])));
        let (answer, problems) = stage.sent(Method::Post, path, FORM, body).await;
        let answer = answer.unwrap();
        assert_eq!((&answer["code"], &answer["msg"]), (&json!("000010"), &json!("订单不存在")));
        assert!(answer["sign"].is_string() && problems.is_empty(), "{path}: {problems:?}");
    }
    let other = [("version", "2.1"), ("orgNo", "8161000204"), ("custId", "1")];
    let table = [
        (payment, with(&[]), "the order number is missing"),
        (payment, with(&[("custOrderNo", "")]), "the order number is missing"),
        (payment, with(&[("custOrdNo", NOBODYS)]), "undocumented field custOrdNo"),
        (payment, with(&[("custOrderNo", NOBODYS), ("page", "1")]), "undocumented field page"),
        (payment, [&other[..], &[("custOrderNo", NOBODYS)]].concat(), "custId is not"),
        (payment, with(&[("custOrderNo", NOBODYS), ("version", "2.1")]), "version is there twice"),
        (payout, with(&[("custOrderNo", NOBODYS)]), "the order number is missing"),
        (balance, with(&[("custOrderNo", NOBODYS)]), "undocumented field custOrderNo"),
        (balance, base[..2].to_vec(), "custId is not"),
    ];
    for (path, pairs, problem) in table {
        let mut signed: Fields = fields(&pairs);
        signed.dedup_by(|a, b| a.0 == b.0);
        let twice = problem.ends_with("twice");
        let body = zhangxun(if twice { fields(&pairs[..4]) } else { signed });
        let body = if twice { format!("{body}&version=2.1") } else { body };
        let (answer, problems) = stage.sent(Method::Post, path, FORM, body).await;
        let answer = answer.unwrap();
        assert_eq!(answer["code"], "000002", "{problem}");
        assert!(answer["sign"].is_null(), "who asks wrongly is answered without a signature");
        one(&problems, problem);
    }
    let good = fields(&with(&[("custOrderNo", NOBODYS)]));
    let tampered = zhangxun(good.clone()).replace(NOBODYS, "99999999999999999998");
    let (answer, problems) = stage.sent(Method::Post, payment, FORM, tampered).await;
    assert_eq!(answer.unwrap()["code"], "000003");
    one(&problems, "sign is wrong");
    let (answer, problems) = stage.sent(Method::Post, payment, FORM, encoded(&good)).await;
    assert_eq!(answer.unwrap()["code"], "000003");
    one(&problems, "sign is wrong");
    let (answer, problems) =
        stage.sent(Method::Post, payment, "application/json", zhangxun(good)).await;
    assert_eq!(answer.unwrap()["code"], "000002");
    one(&problems, "content type");
    for path in [payment, payout, balance] {
        stage.takes_only(Method::Get, path).await;
    }
}

fn icashier(request: &Value) -> String {
    let req = base64(request.to_string().as_bytes());
    let sign = md5(&format!("{req}demoKeyC")).to_lowercase();
    encoded(&vec![("req", req), ("sign", sign)])
}

/// What an answer of icashier says, and whether it is signed.
fn icashier_says(answer: Result<Value, CallError>) -> (String, bool) {
    let answer = answer.unwrap();
    let resp = from_base64(answer["resp"].as_str().unwrap()).unwrap();
    let resp: Value = serde_json::from_slice(&resp).unwrap();
    (resp["respcode"].as_str().unwrap().to_owned(), answer["sign"] != "")
}

#[tokio::test]
async fn icashier_refuses_what_its_document_does_not_allow() {
    let stage = stage().await;
    let path = "/icashier/api/query";
    let good = json!({"merid": "100200300", "orderid": NOBODYS});
    for request in [good.clone(), json!({"merid": "100200300", "queryid": "Q", "orderid": ""})] {
        let (answer, problems) = stage.sent(Method::Post, path, FORM, icashier(&request)).await;
        assert_eq!(icashier_says(answer), ("14".to_owned(), true));
        assert_eq!(problems, Vec::<String>::new());
    }
    let inside = [
        (json!({"merid": "100200301", "orderid": NOBODYS}), "merid is not"),
        (json!({"orderid": NOBODYS}), "merid is not"),
        (json!({"merid": "100200300"}), "neither queryid nor orderid"),
        (json!({"merid": "100200300", "orderid": 1}), "not text"),
        (json!({"merid": "100200300", "orderid": NOBODYS, "txnamt": "1"}), "undocumented field"),
    ];
    for (request, problem) in inside {
        let (answer, problems) = stage.sent(Method::Post, path, FORM, icashier(&request)).await;
        assert_eq!(icashier_says(answer), ("90".to_owned(), true), "{problem}");
        one(&problems, problem);
    }
    let body = icashier(&good);
    let (req, sign) = body.split_once('&').unwrap();
    let outside = [
        (FORM, req.to_owned(), "the form is not req and sign"),
        (FORM, sign.to_owned(), "the form is not req and sign"),
        (FORM, format!("{body}&merid=1"), "undocumented field"),
        (FORM, format!("{req}&sign=00"), "sign is wrong"),
        (FORM, icashier(&json!([])), "not a JSON object"),
        ("application/json", body.clone(), "content type"),
    ];
    for (content_type, body, problem) in outside {
        let (answer, problems) = stage.sent(Method::Post, path, content_type, body).await;
        assert_eq!(icashier_says(answer), ("90".to_owned(), false), "{problem}");
        one(&problems, problem);
    }
    stage.takes_only(Method::Get, path).await;
}

fn lhxpay(pairs: &[(&'static str, &str)]) -> String {
    let signed: Fields =
        fields(pairs).into_iter().filter(|(name, _)| ["appKey", "mrn"].contains(name)).collect();
    let mut all = fields(pairs);
    all.push(("sign", md5(&joined(&signed, "demoSecret")).to_lowercase()));
    encoded(&all)
}

#[tokio::test]
async fn lhxpay_refuses_what_its_document_does_not_allow() {
    let stage = stage().await;
    let long = "9".repeat(65);
    let good = [("appKey", "demo-app"), ("mrn", NOBODYS)];
    for path in ["/lhxpay/api/Payments/Query", "/lhxpay/api/Payouts/Query"] {
        let asked = async |query: String| {
            let full = format!("{path}?{query}");
            stage.sent(Method::Get, &full, "", String::new()).await
        };
        for more in [&[][..], &[("callback", "true")], &[("callback", "false")]] {
            let (answer, problems) = asked(lhxpay(&[&good[..], more].concat())).await;
            assert_eq!(answer.unwrap(), json!({"error": "object_not_found"}));
            assert_eq!(problems, Vec::<String>::new());
        }
        let table = [
            (lhxpay(&good[..1]), "sign_error", "mrn is missing"),
            (lhxpay(&[good[0], ("mrn", &long)]), "invalid_data", "longer than 64"),
            (lhxpay(&[good[0], good[1], ("amount", "1")]), "invalid_data", "undocumented field"),
            (lhxpay(&[good[0], good[1], ("callback", "1")]), "invalid_data", "neither true nor"),
            (lhxpay(&[("appKey", "other"), good[1]]), "object_not_found", "appKey is not"),
            (lhxpay(&good[1..]), "object_not_found", "appKey is not"),
            (encoded(&fields(&good)), "sign_error", "sign is wrong"),
            (lhxpay(&good).replace(NOBODYS, "1"), "sign_error", "sign is wrong"),
            (lhxpay(&good) + "&mrn=1", "sign_error", "mrn is there twice"),
        ];
        for (query, error, problem) in table {
            let (answer, problems) = asked(query).await;
            assert_eq!(answer.unwrap(), json!({"error": error}), "{problem}");
            one(&problems, problem);
        }
        stage.takes_only(Method::Post, path).await;
    }
    assert_eq!(stage.simulator.renotified("lhxpay-main"), 0, "nobody's order is called about");
}

#[tokio::test]
async fn lhxpay_states_its_balance_to_its_merchant_only() {
    let stage = stage().await;
    let path = "/lhxpay/api/Merchants/Balance";
    let asked = async |query: String| {
        stage.sent(Method::Get, &format!("{path}?{query}"), "", String::new()).await
    };
    let (answer, problems) = asked(lhxpay(&[("appKey", "demo-app")])).await;
    let answer = answer.unwrap();
    assert_eq!((&answer["error"], problems), (&json!("success"), vec![]));
    let yuan = answer["result"].as_str().unwrap();
    assert!(yuan.len() > 3 && yuan.as_bytes()[yuan.len() - 3] == b'.', "{yuan}");
    let table = [
        (lhxpay(&[("appKey", "other")]), "merchant_not_found", "appKey is not"),
        (encoded(&fields(&[("appKey", "demo-app")])), "sign_error", "sign is wrong"),
        (lhxpay(&[("appKey", "demo-app"), ("mrn", "1")]), "sign_error", "undocumented field"),
        (lhxpay(&[("appKey", "demo-app"), ("page", "1")]), "invalid_data", "undocumented field"),
    ];
    for (query, error, problem) in table {
        let (answer, problems) = asked(query).await;
        assert_eq!(answer.unwrap(), json!({"error": error}), "{problem}");
        one(&problems, problem);
    }
    stage.takes_only(Method::Post, path).await;
}

fn scan(command: i64, body: &Value) -> Value {
    let mut request = mmsp_request(command, body);
    request["NodeID"] = json!("openplat");
    request
}

#[tokio::test]
async fn mmsps_scan_queries_are_refused_where_the_document_does_not_allow_them() {
    let stage = stage().await;
    let path = "/mmsp/openapi";
    let long = "9".repeat(21);
    for (command, own, merchants) in
        [(2310, "ORDERNO", "MERORDERID"), (2313, "REFUND_ORDERNO", "REFUND_MERORDERID")]
    {
        let sent = async |request: &Value| {
            stage.sent(Method::Post, path, "application/json", request.to_string()).await
        };
        for name in [own, merchants] {
            let (answer, problems) =
                sent(&scan(command, &json!({name: NOBODYS, "RANDSTR": "r"}))).await;
            let answer = answer.unwrap();
            assert_eq!((&answer["CommandID"], &answer["RetCode"]), (&json!(32768), &json!(0)));
            assert!(answer["ErrorMsg"].as_str().unwrap().contains("[-2002]"), "{answer}");
            assert_eq!((&answer["Sign"], problems.len()), (&json!(""), 0), "{problems:?}");
        }
        let fine = json!({merchants: NOBODYS, "RANDSTR": "r"});
        let spoiled = |spoil: fn(&mut Value)| {
            let mut request = scan(command, &fine);
            spoil(&mut request);
            request
        };
        let table = [
            (scan(command, &json!({merchants: NOBODYS})), "RANDSTR is missing"),
            (scan(command, &json!({merchants: NOBODYS, "RANDSTR": long})), "longer than 20"),
            (scan(command, &json!({merchants: long, "RANDSTR": "r"})), "longer than 20"),
            (scan(command, &json!({merchants: 1, "RANDSTR": "r"})), "not a text"),
            (scan(command, &json!({"RANDSTR": "r"})), "neither Body."),
            (scan(command, &json!({merchants: "1", "RANDSTR": "r", "AMT": "1"})), "undocumented"),
            (mmsp_request(command, &fine), "NodeID"),
            (spoiled(|request| request["Sign"] = json!("")), "Sign is wrong"),
            (spoiled(|request| request["Body"]["RANDSTR"] = json!("s")), "Sign is wrong"),
            (spoiled(|request| request["MERNO"] = json!("1")), "MERNO"),
            (spoiled(|request| request["TERMNO"] = json!("1")), "TERMNO"),
        ];
        for (request, problem) in table {
            let (answer, problems) = sent(&request).await;
            let answer = answer.unwrap();
            assert_eq!((&answer["CommandID"], &answer["Sign"]), (&json!(32768), &json!("")));
            one(&problems, problem);
        }
    }
    stage.takes_only(Method::Get, path).await;
}

/// The keys of mmsp's payouts, as a world writes them down.
struct Keys {
    merchant: RsaPrivateKey,
    platform: RsaPublicKey,
}

impl Keys {
    fn written(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let date = BusinessDate::parse("2026-11-20").unwrap();
        let world = World::make(WorldSettings::demo(date)).unwrap();
        world.write_files(folder.path(), stage.simulator.addr).unwrap();
        let key =
            |name: &str| std::fs::read_to_string(folder.path().join("secrets").join(name)).unwrap();
        Self {
            merchant: RsaPrivateKey::from_pkcs8_pem(&key("mmsp_merchant.pem")).unwrap(),
            platform: RsaPublicKey::from_public_key_pem(&key("mmsp_platform.pem")).unwrap(),
        }
    }

    /// Encrypted to the platform in pieces, and signed by the merchant over the plain text.
    fn sealed(&self, plain: &str) -> Value {
        let pieces = plain.as_bytes().chunks(117);
        let encrypted: Vec<u8> = pieces
            .flat_map(|piece| self.platform.encrypt(&mut OsRng, Pkcs1v15Encrypt, piece).unwrap())
            .collect();
        let digest = Sha1::digest(plain.as_bytes());
        let sign = self.merchant.sign(Pkcs1v15Sign::new::<Sha1>(), &digest).unwrap();
        json!({"ENCRYPT": base64(&encrypted), "SIGN": base64(&sign)})
    }
}

#[tokio::test]
async fn mmsps_payouts_are_refused_where_the_document_does_not_allow_them() {
    let stage = stage().await;
    let keys = Keys::written(&stage);
    let path = "/mmsp/payapi";
    let sent = async |body: Value| {
        let sent = stage.sent(Method::Post, path, "application/json", body.to_string()).await;
        (sent.0.unwrap()["RETCODE"].as_str().unwrap().to_owned(), sent.1)
    };
    let plain = |more: &Value| {
        let mut plain = json!({
            "CMDID": "4098", "VERSION": "1.0", "MERNO": "001440353999853",
            "ORDERNO": NOBODYS, "REQTIME": "20261121023000",
        });
        for (name, value) in more.as_object().unwrap() {
            plain[name] = value.clone();
        }
        plain.to_string()
    };
    for (more, code) in [(json!({}), "1028"), (json!({"BSORDERNO": "1"}), "1029")] {
        let (found, problems) = sent(keys.sealed(&plain(&more))).await;
        assert_eq!((&*found, problems.len()), (code, 0), "{problems:?}");
    }
    let inside = [
        (json!({"VERSION": "1.1"}), "1001", "VERSION is not"),
        (json!({"MERNO": "1"}), "1001", "MERNO is not"),
        (json!({"REQTIME": "2026-11-21"}), "1001", "REQTIME is not"),
        (json!({"CMDID": "0x1002"}), "1001", "CMDID is neither"),
        (json!({"CMDID": 4098}), "1001", "CMDID is neither"),
        (json!({"ORDERNO": "X1"}), "1001", "not digits only"),
        (json!({"ORDERNO": ""}), "1027", "neither ORDERNO nor"),
        (json!({"AMT": "1"}), "1001", "undocumented field AMT"),
        (json!({"CMDID": "4099"}), "1001", "QRYTYPE is neither"),
        (json!({"CMDID": "4099", "QRYTYPE": "1", "ORDERNO": ""}), "1001", "not digits only"),
    ];
    for (more, code, problem) in inside {
        let (found, problems) = sent(keys.sealed(&plain(&more))).await;
        assert_eq!(found, code, "{problem}");
        one(&problems, problem);
    }
    let good = keys.sealed(&plain(&json!({})));
    let other = keys.sealed(&plain(&json!({"ORDERNO": "1"})));
    let outside = [
        (json!([]), "0002", "not a JSON object"),
        (json!({"ENCRYPT": good["ENCRYPT"]}), "0002", "not ENCRYPT and SIGN"),
        (json!({"ENCRYPT": "", "SIGN": good["SIGN"]}), "1005", "cannot be decrypted"),
        (json!({"ENCRYPT": good["SIGN"], "SIGN": good["SIGN"]}), "1005", "cannot be decrypted"),
        (json!({"ENCRYPT": good["ENCRYPT"], "SIGN": other["SIGN"]}), "1006", "SIGN is wrong"),
        (json!({"ENCRYPT": good["ENCRYPT"], "SIGN": "?"}), "1006", "SIGN is not base64"),
        (keys.sealed("[]"), "0002", "what is encrypted is not"),
    ];
    for (body, code, problem) in outside {
        let (found, problems) = sent(body).await;
        assert_eq!(found, code, "{problem}");
        one(&problems, problem);
    }
    stage.takes_only(Method::Get, path).await;
}

#[tokio::test]
async fn the_other_family_of_xxpay_refuses_in_the_servers_own_words() {
    let stage = stage().await;
    let signed = |pairs: &[(&'static str, &str)]| {
        let fields = fields(pairs);
        let sign = md5(&joined(&fields, "demoKeyP"));
        let mut params: serde_json::Map<String, Value> =
            fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        params.insert("sign".to_owned(), json!(sign));
        Value::Object(params)
    };
    let us = ("mchId", "20001333");
    let table = [
        ("pay/query_order", &[us, ("mchOrderNo", NOBODYS)][..], "支付订单不存在"),
        ("agentpay/query_order", &[us, ("mchOrderNo", NOBODYS)], "代付订单不存在"),
        ("refund/query_order", &[us, ("mchRefundNo", NOBODYS)], "退款订单不存在"),
        ("pay/query_order", &[us], "request params[mchOrderNo or payOrderId] error."),
        ("refund/query_order", &[us], "request params[mchRefundNo or refundOrderId] error."),
        ("pay/query_order", &[("mchOrderNo", "1")], "request params[mchId] error."),
        (
            "agentpay/query_order",
            &[("mchId", "1"), ("mchOrderNo", "1")],
            "Can't found mchInfo[mchId=1] record in db.",
        ),
        (
            "pay/query_order",
            &[us, ("appId", "1"), ("mchOrderNo", "1")],
            "Can't found app[appId=1] record in db.",
        ),
        ("agentpay/query_balance", &[us, ("queryTime", "1")], "request params[queryTime] error."),
    ];
    let path = |interface: &str| format!("/xxpay4pro/api/{interface}");
    let sent = async |interface: &str, params: &Value| {
        let body = encoded(&vec![("params", params.to_string())]);
        let (answer, problems) = stage.sent(Method::Post, &path(interface), FORM, body).await;
        (answer.unwrap(), problems)
    };
    for (interface, pairs, text) in table {
        let (answer, problems) = sent(interface, &signed(pairs)).await;
        assert_eq!(answer, json!({"retCode": "FAIL", "retMsg": text}), "{pairs:?}");
        assert_eq!(problems.is_empty(), text.contains("不存在"), "{text}: {problems:?}");
    }
    let mut forged = signed(&[us, ("mchOrderNo", "1")]);
    forged["sign"] = json!("0".repeat(32));
    let (answer, _) = sent("pay/query_order", &forged).await;
    assert_eq!(answer["retMsg"], "Verify XX pay sign failed.");
    let (answer, _) = sent("agentpay/query_balance", &signed(&[us])).await;
    assert_eq!(answer["retCode"], "SUCCESS");
    stage.takes_only(Method::Get, &path("pay/query_order")).await;
}
