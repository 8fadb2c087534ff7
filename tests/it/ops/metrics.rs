//! A night's numbers: on the page, over HTTP and in the file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use duizhang::job::{Job, Step, jobs_for};
use duizhang::metrics::{self, FAMILIES, Read, read, render, router};
use duizhang::run::{self, RunOutcome, Scope};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stub::{Stubbed, date};

/// A night with one order that is paid, one that the platform does not know, and one about which its
/// answer has a wrong signature.
async fn night() -> Stubbed {
    let mut stubbed = Stubbed::new(&["payment"]).await;
    let file = stubbed.folder.path().join("var/metrics/duizhang.prom");
    stubbed.app.config.metrics.textfile = Some(file);
    stubbed
        .orders(&[
            "payment,METRICS-PAID,,10.00,succeeded,paid 20 10:00:00",
            "payment,METRICS-FAILED,,25.50,succeeded,paid 20 10:00:00",
            "payment,METRICS-FORGED,,1.00,succeeded,paid 20 10:00:00",
        ])
        .await;
    stubbed.says("METRICS-PAID", "succeeded", Some(1000));
    stubbed.says("METRICS-FAILED", "failed", None);
    stubbed.says("METRICS-FORGED", "succeeded", Some(100));
    let mut answers = stubbed.answers.lock().unwrap();
    answers.get_mut("/query/METRICS-FORGED").unwrap()["sign"] = "forged".into();
    drop(answers);
    stubbed
}

async fn run(stubbed: &Stubbed) -> RunOutcome {
    let jobs = jobs_for(&stubbed.app.config).unwrap();
    let nightly = jobs.into_iter().find(|job| job.name == "nightly").unwrap();
    let job = Job { steps: vec![Step::Pull, Step::Reconcile, Step::Report], ..nightly };
    let scope = Scope { date: date(), accounts: Vec::new() };
    let outcome = run::job(&stubbed.app, &job, &scope).await.unwrap();
    metrics::after_run(&stubbed.app).await;
    outcome
}

fn numbers(text: &str) -> Vec<Read> {
    read(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn value(numbers: &[Read], name: &str, labels: &[(&str, &str)]) -> String {
    let labels: BTreeMap<String, String> =
        labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let found: Vec<_> = numbers
        .iter()
        .filter(|number| number.name == name)
        .filter(|number| labels.iter().all(|(name, value)| number.labels.get(name) == Some(value)))
        .collect();
    assert_eq!(found.len(), 1, "{name} {labels:?}: {found:?}");
    found[0].value.clone()
}

#[tokio::test]
async fn a_night_is_on_the_page_and_no_order_is() {
    let stubbed = night().await;
    let outcome = run(&stubbed).await;
    assert!(!outcome.is_proved());
    let text = render(&stubbed.app).await;
    for private in ["METRICS-", "://"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    let numbers = numbers(&text);
    for (name, labels, expected) in [
        ("duizhang_ledger_reachable", &[][..], "1"),
        ("duizhang_job_last_exit_code", &[("job", "nightly")], "4"),
        ("duizhang_job_running", &[("job", "nightly")], "0"),
        (
            "duizhang_account_verdict",
            &[("account", "a"), ("business_date", "2026-11-20"), ("verdict", "incomplete")],
            "1",
        ),
        (
            "duizhang_account_verdict",
            &[("account", "a"), ("business_date", "2026-11-20"), ("verdict", "complete")],
            "0",
        ),
        ("duizhang_discrepancies_open", &[("type", "paid_only_at_merchant"), ("age", "0d")], "1"),
        (
            "duizhang_discrepancies_open_yuan",
            &[("type", "paid_only_at_merchant"), ("age", "0d")],
            "25.50",
        ),
        ("duizhang_discrepancies_open", &[("type", "unproved"), ("age", "0d")], "1"),
        ("duizhang_discrepancies_timing", &[], "0"),
        ("duizhang_unexplained_yuan", &[("account", "a")], "0.00"),
        ("duizhang_pull_orders", &[("account", "a"), ("outcome", "answered")], "2"),
        ("duizhang_pull_orders", &[("account", "a"), ("outcome", "unproved")], "1"),
        ("duizhang_step_rows", &[("job", "nightly"), ("step", "pull")], "3"),
    ] {
        assert_eq!(value(&numbers, name, labels), expected, "{name} {labels:?}\n{text}");
    }
    let forged = [("account", "a"), ("outcome", "refused_signature")];
    // Other tests of this process ask accounts of the same name.
    assert_ne!(value(&numbers, "duizhang_calls_total", &forged), "0");
    // The business date that was run at 02:30 of the 21st is due again at 02:30 of the 22nd.
    let start: i64 =
        value(&numbers, "duizhang_job_last_start_timestamp_seconds", &[]).parse().unwrap();
    let due: i64 = value(&numbers, "duizhang_job_due_timestamp_seconds", &[]).parse().unwrap();
    assert_eq!(due - start, 86_400);
}

#[tokio::test]
async fn every_family_has_a_number_after_a_proved_night() {
    let stubbed = night().await;
    stubbed.says("METRICS-FORGED", "succeeded", Some(100));
    assert!(run(&stubbed).await.is_proved());
    let numbers = numbers(&render(&stubbed.app).await);
    let there: BTreeSet<&str> = numbers.iter().map(|number| number.name.as_str()).collect();
    // Shown only where there is money of another currency than yuan.
    let foreign = ["duizhang_unexplained_amount", "duizhang_discrepancies_open_amount"];
    for family in FAMILIES.iter().filter(|family| !foreign.contains(&family.name)) {
        assert!(there.contains(family.name), "{} is missing", family.name);
    }
}

#[tokio::test]
async fn the_file_is_whole_readable_and_counts_on() {
    use std::os::unix::fs::PermissionsExt;
    let stubbed = night().await;
    run(&stubbed).await;
    let path = stubbed.app.config.metrics.textfile.clone().unwrap();
    let first = numbers(&std::fs::read_to_string(&path).unwrap());
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    // Only what ends with .prom is read by the collector, and there is one such file.
    let names: Vec<String> = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "prom"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["duizhang.prom"]);
    metrics::write(&stubbed.app).await.unwrap();
    let second = numbers(&std::fs::read_to_string(&path).unwrap());
    let calls = |numbers: &[Read]| -> u64 {
        let forged = [("account", "a"), ("outcome", "refused_signature")];
        value(numbers, "duizhang_calls_total", &forged).parse().unwrap()
    };
    assert!(calls(&second) >= calls(&first));
}

async fn get(address: std::net::SocketAddr, path: &str) -> (String, String) {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_supervisor_and_prometheus_can_ask() {
    let stubbed = night().await;
    run(&stubbed).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = router(Arc::new(tokio::sync::RwLock::new(Arc::new(stubbed.app))));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let (head, body) = get(address, "/healthz").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(body, "ok\n");
    let (head, body) = get(address, "/readyz").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
    let (head, body) = get(address, "/metrics").await;
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let first = numbers(&body);
    assert_eq!(value(&first, "duizhang_ledger_reachable", &[]), "1");
    // A page that is asked for often is not made often.
    assert_eq!(get(address, "/metrics").await.1, body);
    assert!(get(address, "/nothing").await.0.starts_with("HTTP/1.1 404"));
    server.abort();
}
