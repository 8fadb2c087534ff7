//! lhxpay as its public document has been since 2021: amounts in answers, a balance, refusals that come
//! with an HTTP status of their own.

use duizhang::status::{Coverage, Verdict};

use super::{Answer, Peer, ok, with_status};

const ACCOUNT: &str = "provider = \"lhxpay\"\napp_key = \"demoAppKey\"";
const DATE: &str = "2026-11-27";

fn paid(order_no: &str) -> String {
    format!("payment,{order_no},100.00,CNY,succeeded,2026-11-27 10:00:00,2026-11-27 10:00:00")
}

async fn stage(account: &str, orders: &[&str], answers: Vec<Answer>) -> Peer {
    let peer = Peer::new(account, DATE, answers).await;
    let rows: Vec<String> = orders.iter().map(|order_no| paid(order_no)).collect();
    peer.orders(&rows.iter().map(String::as_str).collect::<Vec<_>>()).await;
    peer
}

fn answer_text(order_no: &str, fields: &str) -> String {
    format!(r#"{{"error":"success","result":{{"mrn":"{order_no}","status":1{fields}}}}}"#)
}

#[tokio::test]
async fn an_amount_in_the_answer_is_the_platforms_word_and_called_unsigned() {
    let short = answer_text("L1", r#","amount":"50.00","originalAmount":"100.00""#);
    let peer = stage(ACCOUNT, &["L1"], vec![ok("L1", &short)]).await;
    let verdict = peer.night().await;
    assert_eq!((verdict.verdict, verdict.coverage), (Verdict::Complete, Coverage::OneSided));
    let columns = ["merchant_order_no", "type", "difference", "provider_amount"];
    let rows = peer.report("discrepancies", &columns).await;
    assert_eq!(rows, ["L1|amount_mismatch|-50.00|50.00"]);
    let evidence = peer.report("discrepancies", &["evidence"]).await.remove(0);
    assert!(evidence.contains("originalAmount=100.00"), "{evidence}");
    assert!(evidence.contains("signs nothing here"), "{evidence}");
}

#[tokio::test]
async fn the_coverage_is_what_the_answers_state() {
    let amount = r#","amount":"100.00","originalAmount":"100.00""#;
    let table = [
        ([amount, amount], Coverage::OneSided),
        ([amount, ""], Coverage::StatusOnly),
        (["", ""], Coverage::StatusOnly),
    ];
    for (fields, expected) in table {
        let answers = ["L1", "L2"].into_iter().zip(fields);
        let answers =
            answers.map(|(order_no, fields)| ok(order_no, &answer_text(order_no, fields)));
        let peer = stage(ACCOUNT, &["L1", "L2"], answers.collect()).await;
        for run in 0..2 {
            let verdict = peer.night().await;
            let found = (verdict.verdict, verdict.coverage);
            assert_eq!(found, (Verdict::Complete, expected), "{fields:?}, run {run}");
            assert_eq!(peer.report("discrepancies", &["type"]).await, [""; 0]);
        }
        // What was proved stays proved.
        peer.answers(Vec::new());
        assert_eq!(peer.night().await.coverage, expected, "{fields:?}");
    }
}

const UNKNOWN_ORDER: &str = r#"{"error":"object_not_found","errorMessage":"payment not found"}"#;
const UNKNOWN_MERCHANT: &str =
    r#"{"error":"object_not_found","errorMessage":"merchant not found"}"#;

#[tokio::test]
async fn an_order_that_is_not_there_is_missing_whatever_the_http_status_that_says_so() {
    for status in [200, 400, 404] {
        let answers =
            vec![ok("L1", &answer_text("L1", "")), with_status("L2", status, UNKNOWN_ORDER)];
        let peer = stage(ACCOUNT, &["L1", "L2"], answers).await;
        assert_eq!(peer.night().await.verdict, Verdict::Complete, "HTTP {status}");
        let rows = peer.report("discrepancies", &["merchant_order_no", "type"]).await;
        assert_eq!(rows, ["L2|missing_at_provider"], "HTTP {status}");
    }
}

#[tokio::test]
async fn an_unknown_merchant_makes_no_order_missing() {
    let table = [
        (200, UNKNOWN_MERCHANT),
        (400, UNKNOWN_MERCHANT),
        (404, UNKNOWN_MERCHANT),
        // Nothing proves the account.
        (200, UNKNOWN_ORDER),
        (404, UNKNOWN_ORDER),
        (404, r#"{"error":"object_not_found"}"#),
        // No refusals of the interface.
        (404, r#"{"timestamp":1,"status":404,"error":"Not Found","path":"/api"}"#),
        (404, "<html>no such page</html>"),
        (404, ""),
        // Outages, whatever they say.
        (429, UNKNOWN_ORDER),
        (500, UNKNOWN_ORDER),
        (503, UNKNOWN_ORDER),
    ];
    for (status, body) in table {
        let peer = stage(ACCOUNT, &["L1", "L2"], vec![with_status("L", status, body)]).await;
        let verdict = peer.night().await;
        let is_proved = matches!(verdict.verdict, Verdict::Complete | Verdict::ProvedEmpty);
        assert!(!is_proved, "HTTP {status} {body}: {verdict:?}");
        let rows = peer.report("discrepancies", &["type", "difference"]).await;
        let missing = rows.iter().filter(|row| row.contains("missing"));
        assert_eq!(missing.count(), 0, "HTTP {status} {body}: {rows:?}");
    }
}

#[tokio::test]
async fn the_check_says_what_a_refusal_with_an_http_status_is_about() {
    let table = [
        (400, UNKNOWN_MERCHANT, "account problem"),
        (404, UNKNOWN_ORDER, "nothing proves the account"),
        (400, r#"{"error":"sign_error"}"#, "key problem"),
        (400, r#"{"error":"invalid_data"}"#, "settings problem"),
        (403, r#"{"error":"ip_not_allowed"}"#, "white-list problem"),
        (404, "<html></html>", "settings problem"),
    ];
    for (status, body, expected) in table {
        let peer = stage(ACCOUNT, &["L1"], vec![with_status("", status, body)]).await;
        for part in peer.checked().await {
            assert!(part.contains(expected), "HTTP {status} {body}: {part}");
        }
    }
}

#[tokio::test]
async fn a_balance_proves_the_account_and_is_kept_as_of_the_moment_it_was_stated() {
    let account = format!("{ACCOUNT}\nbalance = true");
    let balance = ok("/api/Merchants/Balance", r#"{"error":"success","result":"1234.56"}"#);
    let answers = vec![with_status("L1", 404, UNKNOWN_ORDER), balance];
    let peer = stage(&account, &["L1"], answers).await;
    assert_eq!(peer.night().await.verdict, Verdict::Complete);
    let rows = peer.report("discrepancies", &["merchant_order_no", "type"]).await;
    assert_eq!(rows, ["L1|missing_at_provider"]);
    // md5("appKey=demoAppKey&key=case-key-not-secret")
    let asked = peer.asked.lock().unwrap().clone();
    let signed = "1fc316271bb3511ace3cae71e71d665f";
    assert!(asked.iter().any(|it| it.contains(signed)), "{asked:?}");
    let balance = ok("/api/Merchants/Balance", r#"{"error":"success","result":"1234.56"}"#);
    peer.answers(vec![balance, with_status("", 404, UNKNOWN_ORDER)]);
    for part in peer.checked().await {
        assert!(part.contains("its balance proves the account"), "{part}");
    }
}

#[tokio::test]
async fn an_unknown_merchant_at_the_balance_proves_nothing() {
    let account = format!("{ACCOUNT}\nbalance = true");
    let unknown = r#"{"error":"merchant_not_found"}"#;
    let answers = vec![
        with_status("/api/Merchants/Balance", 400, unknown),
        with_status("L1", 404, UNKNOWN_ORDER),
    ];
    let peer = stage(&account, &["L1"], answers).await;
    let verdict = peer.night().await;
    assert_ne!(verdict.verdict, Verdict::Complete);
    let rows = peer.report("discrepancies", &["type", "difference"]).await;
    assert!(rows.iter().all(|row| !row.contains("missing")), "{rows:?}");
}

#[tokio::test]
async fn the_check_says_which_generation_answers() {
    let gone = with_status("/api/Payments", 404, "<html>");
    let payout_gone = with_status("/api/Payouts", 404, "<html>");
    let older = ok("/api/", r#"{"error":"object_not_found"}"#);
    let peer = stage(ACCOUNT, &["L1"], vec![gone, payout_gone, older]).await;
    for part in peer.checked().await {
        assert!(part.contains("write dialect = \"bbc\""), "{part}");
    }
}
