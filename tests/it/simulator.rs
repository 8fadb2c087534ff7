//! Goal: the simulated platforms speak the documented protocols, show what was planted, and refuse
//! what the documents do not allow.
//! Method: requests written out by hand from the documents, sent with the real caller.

mod faults;
mod platforms;
mod strictness;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use duizhang::business_day::BusinessDate;
use duizhang::discrepancy::DiscrepancyType;
use duizhang::provider::http::{CallError, Caller};
use duizhang::provider::{HttpRequest, Limits, Method};
use duizhang::simulator::world::Planted;
use duizhang::simulator::{Simulator, World, WorldSettings, serve};
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

const MMSP_KEY: &str = "ea21842eea24e448b991b1cb0a0294cf";
const XXPAY_KEY: &str = "demoKeyE";

/// A served world and a caller.
struct Stage {
    simulator: Simulator,
    caller: Caller,
}

async fn stage() -> Stage {
    let date = BusinessDate::parse("2026-11-20").unwrap();
    let settings = WorldSettings { orders: 900, ..WorldSettings::payments(date) };
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(world, "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let limits = Limits { rate_limit: 10_000, retries: 0, ..Limits::default() };
    Stage { simulator, caller: Caller::new("test", limits).unwrap() }
}

impl Stage {
    async fn post(
        &self,
        path: &str,
        content_type: &'static str,
        body: String,
    ) -> Result<String, CallError> {
        let url = format!("http://{}{path}", self.simulator.addr);
        let request = HttpRequest {
            method: Method::Post,
            url,
            content_type,
            headers: Vec::new(),
            body,
            interface: "test",
        };
        let answer = self.caller.call(&request).await?;
        Ok(String::from_utf8(answer.body).unwrap())
    }

    async fn mmsp(&self, request: &Value) -> (Value, String) {
        let text =
            self.post("/mmsp/openapi", "application/json", request.to_string()).await.unwrap();
        (serde_json::from_str(&text).unwrap(), text)
    }

    async fn mmsp_single(&self, product: &str, order_no: &str) -> Value {
        let command = if product == "quick" { 773 } else { 2323 };
        self.mmsp(&mmsp_request(command, &json!({"MERORDERID": order_no}))).await.0
    }

    async fn xxpay(&self, params: &Value) -> Value {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("params", &params.to_string())
            .finish();
        let form = "application/x-www-form-urlencoded";
        let text = self.post("/xxpay/api/pay/query_order", form, body).await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn problems(&self) -> Vec<String> {
        self.simulator.problems().into_iter().map(|problem| problem.what).collect()
    }

    /// The planted orders of one type at one account.
    fn planted(&self, kind: DiscrepancyType, account: &str) -> Vec<Planted> {
        let planted = self.simulator.world().planted().iter();
        let these = planted.filter(|item| item.kind == kind && item.key.stream.account == account);
        these.cloned().collect()
    }
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat()
}

/// Sorted at the top, compact, slashes escaped: enough for what the tests send and receive.
fn mmsp_sign(body: &Map<String, Value>) -> String {
    let sorted: BTreeMap<&String, &Value> = body.iter().collect();
    md5(&format!("{}&key={MMSP_KEY}", json!(sorted).to_string().replace('/', "\\/")))
}

fn mmsp_request(command: i64, body: &Value) -> Value {
    json!({
        "CommandID": command, "SeqID": "1", "NodeType": "3", "NodeID": "openapi",
        "Version": "1.0.0", "AGENTNO": "", "MERNO": "001440353999853", "TERMNO": "84970001",
        "Sign": mmsp_sign(body.as_object().unwrap()), "Body": body,
    })
}

fn mmsp_is_signed(answer: &Value) -> bool {
    answer["Body"].as_object().is_some_and(|body| answer["Sign"] == mmsp_sign(body))
}

fn xxpay_sign(params: &Map<String, Value>) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => json!(fields.iter().collect::<BTreeMap<_, _>>()).to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    };
    let values = params.iter().filter(|(name, _)| *name != "sign");
    let sorted: BTreeMap<&String, String> = values
        .map(|(name, value)| (name, plain(value)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let pairs: Vec<String> = sorted.iter().map(|(name, text)| format!("{name}={text}")).collect();
    md5(&format!("{}&key={XXPAY_KEY}", pairs.join("&")))
}

fn xxpay_request(extra: &Value) -> Value {
    let mut params = json!({"mchId": "20001222", "appId": "0ae8be35ff634e2abe94f5f32f6d5c4f"});
    let fields = params.as_object_mut().unwrap();
    fields.extend(extra.as_object().unwrap().clone());
    let sign = xxpay_sign(fields);
    fields.insert("sign".to_owned(), json!(sign));
    params
}

fn order(order_no: &str) -> Value {
    xxpay_request(&json!({"mchOrderNo": order_no}))
}

#[tokio::test]
async fn mmsp_tells_of_each_order_what_was_planted() {
    use DiscrepancyType as Type;

    let stage = stage().await;
    for (kind, statuses) in [
        (Type::PaidOnlyAtProvider, &["1"][..]),
        (Type::PaidOnlyAtMerchant, &["0", "2"]),
        (Type::RefundedOnlyAtProvider, &["3"]),
        (Type::RefundedOnlyAtMerchant, &["1"]),
        (Type::StatusMismatch, &["2", "3"]),
        (Type::MissingAtMerchant, &["1"]),
        (Type::AmountMismatch, &["1"]),
        (Type::CrossDay, &["1"]),
        (Type::PaidTwice, &["1"]),
    ] {
        let planted = stage.planted(kind, "mmsp-main");
        assert!(!planted.is_empty(), "{kind}");
        for item in planted {
            let answer = stage.mmsp_single(&item.key.stream.product, &item.key.order_no).await;
            assert!(mmsp_is_signed(&answer), "{answer}");
            assert_eq!(answer["RetCode"], 1);
            assert_eq!(answer["Body"]["MERORDERID"], item.key.order_no);
            let status = answer["Body"]["STATUS"].as_str().unwrap();
            assert!(statuses.contains(&status), "{kind}: {status}");
        }
    }
    assert_eq!(stage.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn mmsp_refuses_unknown_orders_without_a_signature() {
    let stage = stage().await;
    let quick = stage.planted(DiscrepancyType::MissingAtMerchant, "mmsp-main");
    let paid = &quick.iter().find(|item| item.key.stream.product == "quick").unwrap().key.order_no;
    let missing = stage.planted(DiscrepancyType::MissingAtProvider, "mmsp-main");
    let missing = missing.iter().map(|item| (&*item.key.stream.product, &item.key.order_no));
    // A quick order is unknown to the gateway's interface.
    for (product, order_no) in missing.chain([("gateway", paid)]) {
        let answer = stage.mmsp_single(product, order_no).await;
        assert_eq!(answer["CommandID"], 32768);
        assert_eq!(answer["RetCode"], 0);
        assert_eq!(answer["ErrorMsg"], "[-2002] 没有该订单");
        assert_eq!(answer["Body"], "");
        assert_eq!(answer["Sign"], "");
    }
    assert_eq!(stage.problems(), Vec::<String>::new(), "it is a proper question");
}

#[tokio::test]
async fn every_unproved_order_has_an_answer_that_must_not_be_believed() {
    let stage = stage().await;
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for item in stage.planted(DiscrepancyType::Unproved, "xxpay-main") {
        let order_no = &item.key.order_no;
        let answer = stage.xxpay(&order(order_no)).await;
        let status = answer["status"].to_string().replace('"', "");
        let known = ["0", "1", "2", "3", "5"].contains(&&*status);
        let signed = answer["sign"] == xxpay_sign(answer.as_object().unwrap());
        let same = answer["mchOrderNo"] == **order_no;
        let reason = match (signed, same, known) {
            (false, true, true) => "signature",
            (true, false, true) => "another order",
            (true, true, false) => "unknown status",
            other => panic!("{item:?}: {other:?}"),
        };
        let count = reasons.entry(reason).or_default();
        *count = count.saturating_add(1);
    }
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(stage.planted(DiscrepancyType::Unproved, "mmsp-main").is_empty());
}

#[tokio::test]
async fn a_listing_is_paged_signed_and_holds_every_paid_order_of_the_day() {
    let stage = stage().await;
    for (command, product) in [(777, "quick"), (782, "gateway")] {
        let mut numbers = Vec::new();
        let (mut page, mut pages) = (1, 1);
        while page <= pages {
            let body = json!({"START_DATE": "20261120", "END_DATE": "20261120",
                "PERPAGE": "100", "PAGE": page.to_string()});
            let (answer, _) = stage.mmsp(&mmsp_request(command, &body)).await;
            assert!(mmsp_is_signed(&answer), "page {page}");
            assert_eq!(answer["CommandID"], command.checked_add(0x8000).unwrap());
            assert_eq!(answer["Body"]["STATUS"], "1");
            assert_eq!(answer["Body"]["PAGE"], page.to_string());
            pages = answer["Body"]["TOTAL_PAGE"].as_str().unwrap().parse::<i32>().unwrap();
            for row in answer["Body"]["BIZ_CONTENT"].as_array().unwrap() {
                assert_eq!(row["STATUS"], "1", "only what was paid");
                assert!(row["PAY_DATE"].as_str().unwrap().starts_with("20261120"));
                numbers.push(row["MERORDERID"].as_str().unwrap().to_owned());
            }
            let total = answer["Body"]["TOTAL_NUM"].as_str().unwrap();
            if page == pages {
                assert_eq!(numbers.len().to_string(), total);
            }
            page = page.checked_add(1).unwrap();
        }
        assert!(pages > 1);
        let times =
            |item: &Planted| numbers.iter().filter(|number| **number == item.key.order_no).count();
        for (kind, expected) in [
            (DiscrepancyType::MissingAtMerchant, 1),
            (DiscrepancyType::PaidTwice, 2),
            (DiscrepancyType::DuplicateAtProvider, 2),
            (DiscrepancyType::MissingAtProvider, 0),
            (DiscrepancyType::Unproved, 0),
            (DiscrepancyType::RefundedOnlyAtProvider, 0),
        ] {
            let planted = stage.planted(kind, "mmsp-main");
            for item in planted.iter().filter(|item| item.key.stream.product == product) {
                assert_eq!(times(item), expected, "{kind}");
            }
        }
    }
    let body =
        json!({"START_DATE": "20261001", "END_DATE": "20261002", "PERPAGE": "1000", "PAGE": "1"});
    let (empty, _) = stage.mmsp(&mmsp_request(777, &body)).await;
    assert!(mmsp_is_signed(&empty));
    assert_eq!(empty["Body"]["STATUS"], "0");
    assert_eq!(empty["Body"]["TOTAL_NUM"], "0");
    assert_eq!(stage.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn both_forms_of_php_json_are_on_the_wire() {
    let stage = stage().await;
    let (mut raw, mut escaped) = (0, 0);
    for item in stage.planted(DiscrepancyType::StillPending, "mmsp-main") {
        let command = if item.key.stream.product == "quick" { 773 } else { 2323 };
        let request = mmsp_request(command, &json!({"MERORDERID": item.key.order_no}));
        let (answer, text) = stage.mmsp(&request).await;
        if answer["RetCode"] == 0 {
            continue;
        }
        assert!(mmsp_is_signed(&answer));
        let is_raw = text.contains("用户支付中");
        assert_ne!(is_raw, text.contains("\\u7528\\u6237"));
        if is_raw { raw = 1 } else { escaped = 1 }
    }
    assert_eq!((raw, escaped), (1, 1));
}

#[tokio::test]
async fn mmsp_notices_everything_that_is_not_as_documented() {
    let stage = stage().await;
    let spoiled: [fn(&mut Value); 15] = [
        |request| request["CommandID"] = json!("773"),
        |request| request["CommandID"] = json!(775),
        |request| request["SeqID"] = json!("x"),
        |request| request["NodeType"] = json!(4),
        |request| request["NodeID"] = json!("openplat"),
        |request| request["Version"] = json!("1.0"),
        |request| request["AGENTNO"] = json!("12345678"),
        |request| request["MERNO"] = json!("001100098147733"),
        |request| request["TERMNO"] = json!(""),
        |request| request["RetCode"] = json!(1),
        |request| request["Body"] = json!(""),
        |request| request["Body"]["MERORDERID"] = json!("1"),
        |request| request["Sign"] = json!(request["Sign"].as_str().unwrap().to_lowercase()),
        |request| *request = mmsp_request(773, &json!({"MERORDERID": 1})),
        |request| *request = mmsp_request(773, &json!({"MERORDERID": "1", "RANDSTR": "1"})),
    ];
    let order_no = &stage.planted(DiscrepancyType::AmountMismatch, "mmsp-main")[..1];
    let order_no = &order_no.first().unwrap().key.order_no;
    for (index, spoil) in spoiled.into_iter().enumerate() {
        let mut request = mmsp_request(773, &json!({"MERORDERID": order_no}));
        spoil(&mut request);
        let before = stage.problems().len();
        let (answer, _) = stage.mmsp(&request).await;
        assert_eq!(answer["CommandID"], 32768, "{index}");
        assert!(stage.problems().len() > before, "{index}: {request}");
    }
    for (from, to, rows, page) in [
        ("2026-11-20", "20261120", "10", "1"),
        ("20261121", "20261120", "10", "1"),
        ("20260801", "20261120", "10", "1"),
        ("20261131", "20261201", "10", "1"),
        ("20261120", "20261120", "1001", "1"),
        ("20261120", "20261120", "0", "1"),
        ("20261120", "20261120", "10", "0"),
    ] {
        let body = json!({"START_DATE": from, "END_DATE": to, "PERPAGE": rows, "PAGE": page});
        let before = stage.problems().len();
        let (answer, _) = stage.mmsp(&mmsp_request(777, &body)).await;
        assert_eq!(answer["CommandID"], 32768, "{from} {to} {rows} {page}");
        assert!(stage.problems().len() > before);
    }
}

#[tokio::test]
async fn xxpay_tells_of_each_order_what_was_planted() {
    use DiscrepancyType as Type;

    let stage = stage().await;
    let mut kinds_of_value = [false; 2];
    for (kind, statuses) in [
        (Type::PaidOnlyAtProvider, &["2", "3"][..]),
        (Type::PaidOnlyAtMerchant, &["0", "1", "5"]),
        (Type::RefundedOnlyAtMerchant, &["2", "3"]),
        (Type::StatusMismatch, &["5"]),
        (Type::CurrencyMismatch, &["2", "3"]),
        (Type::CrossDay, &["2", "3"]),
    ] {
        for item in stage.planted(kind, "xxpay-main") {
            let answer = stage.xxpay(&order(&item.key.order_no)).await;
            assert_eq!(answer["retCode"], "SUCCESS");
            assert_eq!(answer["sign"], xxpay_sign(answer.as_object().unwrap()));
            assert_eq!(answer["mchOrderNo"], item.key.order_no);
            assert_eq!(answer["payOrderId"], item.provider_order_no);
            let currency = if kind == Type::CurrencyMismatch { "usd" } else { "cny" };
            assert_eq!(answer["currency"], currency);
            let status = answer["status"].to_string().replace('"', "");
            assert!(statuses.contains(&&*status), "{kind}: {status}");
            kinds_of_value = [
                kinds_of_value[0] || answer["amount"].is_string(),
                kinds_of_value[1] || answer["amount"].is_number(),
            ];
        }
    }
    assert_eq!(kinds_of_value, [true; 2], "numbers come as numbers and as text");
    for item in stage.planted(Type::MissingAtProvider, "xxpay-main") {
        let answer = stage.xxpay(&order(&item.key.order_no)).await;
        assert_eq!(answer, json!({"retCode": "FAIL", "retMsg": "支付订单不存在"}));
    }
    assert_eq!(stage.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn the_platforms_own_number_wins_at_xxpay() {
    let stage = stage().await;
    let planted = stage.planted(DiscrepancyType::AmountMismatch, "xxpay-main");
    let [one, other, ..] = planted.as_slice() else { panic!("two orders") };
    let both = xxpay_request(
        &json!({"payOrderId": one.provider_order_no, "mchOrderNo": other.key.order_no}),
    );
    assert_eq!(stage.xxpay(&both).await["mchOrderNo"], one.key.order_no);
}

#[tokio::test]
async fn xxpay_notices_everything_that_is_not_as_documented() {
    let stage = stage().await;
    let fine = json!({"mchOrderNo": "1", "executeNotify": "false"});
    assert_eq!(stage.xxpay(&xxpay_request(&fine)).await["retMsg"], "支付订单不存在");
    // As the form's own fields, which the servers of this family take too.
    let plain = order("1");
    let pairs = plain.as_object().unwrap().iter();
    let pairs = pairs.map(|(name, value)| (name, value.as_str().unwrap()));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let path = "/xxpay/api/pay/query_order";
    let form = "application/x-www-form-urlencoded";
    let text = stage.post(path, form, body).await.unwrap();
    assert!(text.contains("支付订单不存在"), "{text}");
    assert_eq!(stage.problems(), Vec::<String>::new());

    let spoiled = [
        xxpay_request(&json!({})),
        xxpay_request(&json!({"mchOrderNo": "1", "executeNotify": "yes"})),
        xxpay_request(&json!({"mchOrderNo": "1", "mchId": "20001223"})),
        xxpay_request(&json!({"mchOrderNo": "1", "appId": ""})),
        xxpay_request(&json!({"mchOrderNo": "1", "transOrderId": "1"})),
        xxpay_request(&json!({"mchOrderNo": "1".repeat(31)})),
        {
            let mut request = order("1");
            request["sign"] = json!(request["sign"].as_str().unwrap().to_lowercase());
            request
        },
        json!([]),
    ];
    for request in spoiled {
        let before = stage.problems().len();
        assert_eq!(stage.xxpay(&request).await["retCode"], "FAIL");
        assert!(stage.problems().len() > before, "{request}");
    }
    for (content_type, body) in
        [("application/json", order("1").to_string()), (form, "a=1".to_owned())]
    {
        let before = stage.problems().len();
        stage.post(path, content_type, body).await.unwrap();
        assert!(stage.problems().len() > before, "{content_type}");
    }
    let elsewhere = stage.post("/xxpay/api/pay/create_order", "", String::new()).await;
    assert_eq!(elsewhere, Err(CallError::Status { status: 404 }));
}

#[tokio::test]
async fn one_account_can_be_down_while_the_other_answers() {
    let stage = stage().await;
    stage.simulator.set_down("mmsp-main", true);
    let body = mmsp_request(773, &json!({"MERORDERID": "1"})).to_string();
    let down = stage.post("/mmsp/openapi", "application/json", body.clone()).await;
    assert_eq!(down, Err(CallError::Reset));
    assert_eq!(stage.xxpay(&order("1")).await["retCode"], "FAIL");
    stage.simulator.set_down("mmsp-main", false);
    assert!(stage.post("/mmsp/openapi", "application/json", body).await.is_ok());
    assert_eq!(stage.simulator.requests("mmsp-main"), 2);
    assert_eq!(stage.simulator.requests("xxpay-main"), 1);
}

#[tokio::test]
async fn a_platform_can_be_slow_and_a_simulator_stops_when_asked() {
    let stage = stage().await;
    stage.simulator.set_latency(Duration::from_millis(30));
    let start = std::time::Instant::now();
    stage.xxpay(&order("1")).await;
    assert!(start.elapsed() >= Duration::from_millis(30));
    let Stage { simulator, caller } = stage;
    let url = format!("http://{}/mmsp/openapi", simulator.addr);
    simulator.stop().await;
    let request = HttpRequest {
        method: Method::Post,
        url,
        content_type: "application/json",
        headers: Vec::new(),
        body: String::new(),
        interface: "0x0305",
    };
    let error = caller.call(&request).await.unwrap_err();
    assert_eq!(error, CallError::Connect { cause: "refused" });
}

#[test]
fn the_sample_worlds_are_worlds() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, down) in [("demo.toml", 0), ("outage.toml", 1), ("pattern.toml", 0)] {
        let settings = WorldSettings::read(&root.join("samples/worlds").join(name)).unwrap();
        assert_eq!(settings.down.len(), down, "{name}");
        for account in &settings.down {
            let world = World::make(settings.clone()).unwrap();
            assert!(world.accounts().contains(&account.as_str()), "{account}");
        }
        assert!(World::make(settings).is_ok(), "{name}");
    }
}
