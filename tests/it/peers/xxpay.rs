//! The families of xxpay: codes of the original server, payouts under another address, refunds, accounts
//! without an application, refusals in English.

use duizhang::config::Language;
use duizhang::provider::signature::{HexCase, Md5Rule, joined_by_bytes, sign_md5, signed_pairs};
use duizhang::provider::{RefusalKind, Secret, Settings, xxpay};
use duizhang::status::{Coverage, Verdict};
use serde_json::{Map, Value, json};

use super::{Answer, Peer, ok, with_status};

const DATE: &str = "2026-11-29";
const KEY: &str = "case-key-not-secret";
const NO_APPLICATION: &str = "provider = \"xxpay\"\nmch_id = \"20001222\"";

fn order(kind: &str, order_no: &str, status: &str) -> String {
    format!("{kind},{order_no},1.00,CNY,{status},2026-11-29 10:00:00,2026-11-29 10:00:00")
}

/// An answer as the server signs it.
fn signed(fields: &Value) -> String {
    let mut fields: Map<String, Value> = fields.as_object().unwrap().clone();
    fields.insert("retCode".to_owned(), json!("SUCCESS"));
    let text = joined_by_bytes(signed_pairs(&fields, "sign"));
    let rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
    fields.insert("sign".to_owned(), json!(sign_md5(rule, &text, &Secret::new(KEY.to_owned()))));
    Value::Object(fields).to_string()
}

fn payment(order_no: &str, status: &str) -> Answer {
    let answer = json!({"mchId": "20001222", "payOrderId": format!("P{order_no}"),
        "mchOrderNo": order_no, "amount": "100", "status": status, "paySuccTime": ""});
    ok(order_no, &signed(&answer))
}

async fn night(account: &str, orders: &[String], answers: Vec<Answer>) -> (Peer, Verdict) {
    let peer = Peer::new(account, DATE, answers).await;
    peer.orders(&orders.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let verdict = peer.night().await;
    (peer, verdict.verdict)
}

const COLUMNS: [&str; 3] = ["merchant_order_no", "type", "provider_status"];

#[tokio::test]
async fn the_servers_own_codes_are_read_by_its_dialect_or_by_the_accounts_word() {
    let orders = [
        order("payment", "S1", "succeeded"),
        order("payment", "S2", "failed"),
        order("payment", "S3", "closed"),
        order("payment", "S4", "refunded"),
    ];
    let answers =
        || vec![payment("S1", "2"), payment("S2", "-1"), payment("S3", "-2"), payment("S4", "4")];
    let (peer, verdict) = night(NO_APPLICATION, &orders, answers()).await;
    assert_eq!(verdict, Verdict::Incomplete, "the document does not list them");
    let rows = peer.report("discrepancies", &["type"]).await;
    assert!(rows.iter().all(|row| row == "unproved"), "{rows:?}");
    let own =
        "\n[account.status_codes]\n\"-1\" = \"failed\"\n\"-2\" = \"failed\"\n4 = \"refunded\"";
    for further in ["\ndialect = \"xxpay\"", "\ndialect = \"xxpay4pro\"", own] {
        let account = format!("{NO_APPLICATION}{further}");
        let (peer, verdict) = night(&account, &orders, answers()).await;
        assert_eq!(verdict, Verdict::Complete, "{further}");
        assert_eq!(peer.report("discrepancies", &COLUMNS).await, [""; 0], "{further}");
    }
}

#[tokio::test]
async fn a_code_that_the_account_itself_names_is_named_in_the_evidence() {
    let account = format!("{NO_APPLICATION}\n[account.status_codes]\n\"-2\" = \"failed\"");
    let orders = [order("payment", "S1", "succeeded")];
    let (peer, _) = night(&account, &orders, vec![payment("S1", "-2")]).await;
    let rows = peer.report("discrepancies", &COLUMNS).await;
    assert_eq!(rows, ["S1|paid_only_at_merchant|failed"]);
    let evidence = peer.report("discrepancies", &["evidence"]).await.remove(0);
    assert!(evidence.contains("status=-2 status_codes=failed"), "{evidence}");
}

#[tokio::test]
async fn an_account_without_an_application_names_none() {
    let orders = [order("payment", "S1", "succeeded")];
    let (peer, verdict) = night(NO_APPLICATION, &orders, vec![payment("S1", "2")]).await;
    assert_eq!(verdict, Verdict::Complete);
    let asked = peer.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|it| it.contains("mchId") && !it.contains("appId")), "{asked:?}");
}

#[tokio::test]
async fn payouts_and_refunds_of_the_other_generations_are_asked_where_they_are() {
    let account = format!("{NO_APPLICATION}\ndialect = \"agentpay\"");
    let orders = [order("payout", "T1", "succeeded"), order("refund", "R1", "succeeded")];
    let payout = json!({"agentpayOrderId": "G1", "mchOrderNo": "T1", "amount": 100, "fee": 5,
        "status": 2, "transMsg": ""});
    let refund = json!({"mchId": "20001222", "mchRefundNo": "R1", "refundOrderId": "RF1",
        "refundAmount": 90, "status": 2, "refundSuccTime": 1_795_910_400_000_i64});
    let answers = vec![ok("T1", &signed(&payout)), ok("R1", &signed(&refund))];
    let (peer, verdict) = night(&account, &orders, answers).await;
    assert_eq!(verdict, Verdict::Complete);
    let columns = ["merchant_order_no", "type", "difference"];
    let rows = peer.report("discrepancies", &columns).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("R1|amount_mismatch|"), "{rows:?}");
    let asked = peer.asked.lock().unwrap().clone();
    for path in ["/api/agentpay/query_order", "/api/refund/query_order"] {
        assert!(asked.iter().any(|it| it.starts_with(path)), "{path}: {asked:?}");
    }
}

#[tokio::test]
async fn an_unsigned_answer_counts_by_consent_only_and_is_called_unsigned() {
    let orders = [order("payment", "S1", "succeeded")];
    let bare = json!({"retCode": "SUCCESS", "payOrderId": "P1", "mchOrderNo": "S1", "amount": "90",
        "status": "2"});
    let answers = || vec![ok("S1", &bare.to_string())];
    let (peer, verdict) = night(NO_APPLICATION, &orders, answers()).await;
    assert_eq!(verdict, Verdict::Failed);
    assert_eq!(peer.report("discrepancies", &["type"]).await, ["unproved"]);
    let account = format!("{NO_APPLICATION}\nunsigned_answers = true");
    let (peer, verdict) = night(&account, &orders, answers()).await;
    assert_eq!(verdict, Verdict::Complete);
    assert_eq!(peer.report("discrepancies", &["type"]).await, ["amount_mismatch"]);
    let evidence = peer.report("discrepancies", &["evidence"]).await.remove(0);
    assert!(evidence.contains("signs nothing here"), "{evidence}");
}

#[tokio::test]
async fn a_system_error_is_asked_again_in_the_same_run() {
    let orders = [order("payment", "S1", "succeeded")];
    let again = json!({"retCode": "FAIL", "errCode": "0010", "retMsg": "系统错误"}).to_string();
    let (peer, verdict) = night(NO_APPLICATION, &orders, vec![ok("S1", &again)]).await;
    assert_ne!(verdict, Verdict::Complete);
    assert_eq!(peer.asked.lock().unwrap().len(), 2, "once more, as `retries` says");
    assert_eq!(peer.night().await.coverage, Coverage::OneSided);
}

/// What the server's own code says, all with retCode FAIL and without a signature.
#[test]
fn what_the_server_says_when_it_refuses_is_understood() {
    use RefusalKind::{Account, Key, NoSuchOrder, Platform, Settings as Wrong};
    let settings = Settings {
        texts: [("base_url", "http://127.0.0.1"), ("mch_id", "20001222")]
            .map(|(key, text)| (key, text.to_owned()))
            .into(),
        secrets: [("key", Secret::new(KEY.to_owned()))].into(),
        ..Settings::default()
    };
    let account = (xxpay::REGISTRATION.build)(&settings).unwrap();
    let table = [
        ("Verify XX pay sign failed.", Key),
        ("Can't found mchInfo[mchId=20001222] record in db.", Account),
        ("mchInfo not available [mchId=20001222] record in db.", Account),
        ("Can't found app[appId=x] record in db.", Account),
        ("app not available [appId=x] record in db.", Account),
        ("key is null[mchId=20001222] record in db.", Account),
        ("request params[mchId] error.", Wrong),
        ("request params[mchOrderNo or payOrderId] error.", Wrong),
        ("商户状态不可用.mchId=20001222", Account),
        ("验证签名不通过.", Key),
        ("支付订单不存在", NoSuchOrder),
        ("代付订单不存在", NoSuchOrder),
        ("退款订单不存在", NoSuchOrder),
        ("支付中心系统异常", Platform),
    ];
    for (text, expected) in table {
        assert_eq!(account.refusal("retCode=FAIL", text), expected, "{text}");
    }
    assert_eq!(account.refusal("errCode=0010", "系统错误"), Platform);
    assert!(account.says_try_again("errCode=0010", "系统错误"));
    assert!(account.says_try_again("retCode=FAIL", "系统繁忙，请稍后再试"));
    assert!(!account.says_try_again("retCode=FAIL", "支付订单不存在"));
}

#[tokio::test]
async fn the_check_says_as_which_family_a_deployment_answers() {
    let unknown = json!({"retCode": "FAIL", "retMsg": "代付订单不存在"}).to_string();
    let orders = [order("payment", "S1", "succeeded")];
    let answers = || {
        vec![
            ok("/api/pay/query_order", &unknown),
            ok("/api/agentpay/query_order", &unknown),
            with_status("/api/trans", 404, "<html>"),
        ]
    };
    let (peer, _) = night(NO_APPLICATION, &orders, answers()).await;
    let parts = peer.checked().await;
    let payout = parts.iter().find(|part| part.contains("payout")).unwrap();
    assert!(payout.contains("settings problem"), "{payout}");
    assert!(payout.contains("write dialect = \"xxpay4pro\""), "{payout}");
    let account = format!("{NO_APPLICATION}\ndialect = \"agentpay\"");
    let (peer, _) = night(&account, &orders, answers()).await;
    for part in peer.checked().await {
        assert!(!part.contains("settings problem") && !part.contains("dialect"), "{part}");
    }
}

/// A fee is held against the rule for its way of paying; where nobody states the way, it is not, and how many
/// there are is said.
#[tokio::test]
async fn what_the_platform_says_of_the_way_of_paying_chooses_the_fee() {
    let account = format!(
        "{NO_APPLICATION}\ndialect = \"agentpay\"\nfees = [{{ kind = \"payout\", fixed = \"2.00\" }}, \
         {{ kind = \"payout\", way = \"3001\", fixed = \"1.00\" }}]"
    );
    let payout = |order_no: &str, fee: i64, product: &str| {
        let own = format!("G{order_no}");
        let answer = json!({"agentpayOrderId": own, "mchOrderNo": order_no, "amount": 100,
            "fee": fee, "productId": product, "status": 2});
        ok(order_no, &signed(&answer))
    };
    let stated = [("T1", 100, "3001"), ("T2", 200, "3002"), ("T3", 200, "3001"), ("T4", 300, "")];
    let orders = stated.map(|(order_no, ..)| order("payout", order_no, "succeeded"));
    let answers = stated.map(|(order_no, fee, way)| payout(order_no, fee, way)).to_vec();
    let peer = Peer::new(&account, DATE, answers).await;
    peer.orders(&orders.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let verdict = peer.night().await;
    assert_eq!(verdict.verdict, Verdict::Complete);
    assert!(verdict.is_proved(), "{}", verdict.reason);
    let noted = duizhang::report::sentence::remarks(&verdict.reason, Language::Zh);
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert!(noted[0].starts_with("1 笔手续费未核对"), "{noted:?}");
    let columns = ["merchant_order_no", "type", "merchant_fee", "provider_fee"];
    assert_eq!(peer.report("discrepancies", &columns).await, ["T3|fee_mismatch|1.00|2.00"]);
    let page = peer.report_page().await;
    assert!(page.contains("stated fees were not compared"), "the page says so");
}
