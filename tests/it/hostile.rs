//! Goal: nothing that a platform signs ends a night, costs another account anything, fills the memory
//! or does something to a terminal. Method: a platform in this process that signs whatever it is told
//! to, beside an honest one; the job through the binary, on each ledger; reports are compared byte by
//! byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::ledger::server::{self, Database};
use crate::night::{code, duizhang, name, stderr, stdout};

mod memory;

const DATE: &str = "2026-11-20";
const KEY: &str = "0123456789ABCDEF";

/// What a platform answers about an order.
#[derive(Clone)]
enum Answer {
    /// Fields that take the place of those of an honest answer, signed.
    Signed(Value),
    /// A body, compressed.
    Packed(Arc<Vec<u8>>),
}

/// Platforms at `/bad` and `/good`, and a app that works with both.
struct Stage {
    folder: TempDir,
    _database: Option<Database>,
    _runtime: Runtime,
}

fn honest(order_no: &str) -> serde_json::Map<String, Value> {
    let fields = json!({
        "retCode": "SUCCESS", "mchId": "20001222", "appId": "app", "payOrderId": format!("P{order_no}"),
        "mchOrderNo": order_no, "amount": "1200", "currency": "cny", "status": "2",
        "paySuccTime": "2026-11-20 10:00:00",
    });
    fields.as_object().unwrap().clone()
}

/// As xxpay signs: the fields that are not empty by name, and the key.
fn signed(mut fields: serde_json::Map<String, Value>) -> String {
    let sorted: BTreeMap<_, _> = fields.iter().collect();
    let texts = sorted.into_iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={text}")
    });
    let text = format!("{}&key={KEY}", texts.collect::<Vec<_>>().join("&"));
    let sign = format!("{:X}", Md5::digest(text.as_bytes()));
    fields.insert("sign".to_owned(), Value::from(sign));
    Value::Object(fields).to_string()
}

async fn serve(
    State(answers): State<Arc<BTreeMap<String, Answer>>>,
    uri: Uri,
    body: Bytes,
) -> (HeaderMap, Vec<u8>) {
    let (_, params) = form_urlencoded::parse(&body).next().unwrap();
    let params: Value = serde_json::from_str(&params).unwrap();
    let order_no = params["mchOrderNo"].as_str().unwrap();
    let mut fields = honest(order_no);
    let mut headers = HeaderMap::new();
    let answer = answers.get(order_no).filter(|_| uri.path().starts_with("/bad"));
    match answer {
        Some(Answer::Packed(bytes)) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return (headers, bytes.to_vec());
        }
        Some(Answer::Signed(other)) => fields.extend(other.as_object().unwrap().clone()),
        None => {}
    }
    (headers, signed(fields).into_bytes())
}

impl Stage {
    /// `answers`: what the bad platform says of its orders; of all others it says what is so.
    fn set(answers: &[(&str, Answer)], on_a_server: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let known: BTreeMap<String, Answer> =
            answers.iter().map(|(order, answer)| ((*order).to_owned(), answer.clone())).collect();
        let router = Router::new().fallback(serve).with_state(Arc::new(known));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let addr = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        let database = on_a_server.then(Database::create_now);
        let url = database.as_ref().map_or("sqlite://var/ledger.db".to_owned(), Database::url);
        let folder = TempDir::new().unwrap();
        let mut text = format!(
            "[ledger]\nurl = \"{url}\"\n[reports]\nlanguage = \"en\"\n[orders]\n\
             csv = \"orders/{{date}}.csv\"\n"
        );
        for account in ["bad", "good"] {
            let _written = write!(
                text,
                "[[account]]\nname = \"{account}\"\nprovider = \"xxpay\"\n\
                 base_url = \"http://{addr}/{account}\"\nretries = 0\nmch_id = \"20001222\"\n\
                 app_id = \"app\"\nkey = {{ file = \"key\" }}\n"
            );
        }
        let stage = Self { folder, _database: database, _runtime: runtime };
        std::fs::write(stage.path("duizhang.toml"), text).unwrap();
        std::fs::write(stage.path("key"), KEY).unwrap();
        std::fs::create_dir(stage.path("orders")).unwrap();
        let mut csv = "account,kind,order_no,amount,status,created_at,paid_at\n".to_owned();
        let orders = answers.iter().map(|(order, _)| ("bad", *order));
        for (account, order) in orders.chain([("bad", "A0"), ("good", "B1")]) {
            let _written = writeln!(
                csv,
                "{account},payment,{order},12.00,succeeded,2026-11-20 09:59:00,2026-11-20 10:00:00"
            );
        }
        std::fs::write(stage.path(&format!("orders/{DATE}.csv")), csv).unwrap();
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = duizhang();
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        command
    }

    fn nightly(&self) -> Output {
        self.command(&["run", "nightly", "--date", DATE]).output().unwrap()
    }

    fn report(&self) -> BTreeMap<String, Vec<u8>> {
        let files = std::fs::read_dir(self.path("var/reports").join(DATE)).unwrap();
        let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        files.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
    }

    /// The verdict of an account by the summary.
    fn verdict(&self, account: &str) -> String {
        let report = self.report();
        let summary = String::from_utf8(report[&format!("{DATE}_summary.csv")].clone()).unwrap();
        let row = crate::night::rows(&summary).into_iter().find(|row| row[1] == account);
        row.unwrap()[5].clone()
    }
}

fn packed(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// 15 MB of values, in 14.6 kB.
fn bomb() -> Vec<u8> {
    packed(&format!("{{\"a\":[{}0]}}", "0,".repeat(7_500_000)))
}

fn lies() -> Vec<(&'static str, Answer)> {
    let bomb = Answer::Packed(Arc::new(bomb()));
    let mut lies: Vec<(&str, Answer)> = vec![
        ("A1", json!({ "amount": "9223372036854775807" })),
        ("A2", json!({ "paySuccTime": "0001-01-01 00:00:00" })),
        ("A3", json!({ "paySuccTime": "0202-11-20 10:00:00" })),
        ("A4", json!({ "payOrderId": "P\0A4" })),
        ("A5", json!({ "payOrderId": "P\u{1b}[31mA5" })),
        ("A6", json!({ "payOrderId": "P\u{202e}A6" })),
        ("A7", json!({ "status": "\u{1b}]0;x\u{7}\0" })),
        ("A8", json!({ "paySuccTime": "9999-12-31 23:59:59" })),
    ]
    .into_iter()
    .map(|(order, fields)| (order, Answer::Signed(fields)))
    .collect();
    lies.push(("A9", bomb));
    lies
}

/// Whether a text holds what does something to a terminal.
fn is_raw(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let is_raw = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.chars().any(|c| is_raw(c) || duizhang::text::is_directing(c))
}

#[test]
fn a_platform_that_signs_nonsense_costs_only_itself_and_both_ledgers_say_the_same() {
    let mut reports = Vec::new();
    for on_a_server in [false, true] {
        if on_a_server && !server::is_there() {
            continue;
        }
        let stage = Stage::set(&lies(), on_a_server);
        let output = stage.nightly();
        assert_eq!(code(&output), 4, "{}{}", stdout(&output), stderr(&output));
        assert_eq!(
            (stage.verdict("bad"), stage.verdict("good")),
            ("incomplete".to_owned(), "complete".to_owned())
        );
        // Nine lies, of which three are of a time: that is left out, and named where it is none at all.
        assert!(
            stdout(&output).contains("6 order(s) without a trustworthy answer"),
            "{}",
            stdout(&output)
        );
        for order in ["list", "show"] {
            let arguments: &[&str] = if order == "list" {
                &["discrepancy", "list"]
            } else {
                &["discrepancy", "show", "A4"]
            };
            let output = stage.command(arguments).output().unwrap();
            assert!(!is_raw(&output.stdout) && !is_raw(&output.stderr), "{}", stdout(&output));
        }
        assert!(!is_raw(&output.stdout) && !is_raw(&output.stderr));
        let report = stage.report();
        for (name, bytes) in report.iter().filter(|(name, _)| !name.contains("_report.xlsx")) {
            assert!(!is_raw(bytes), "{name}");
        }
        reports.push(report);
    }
    if let [first, second] = &reports[..] {
        for (name, bytes) in first {
            assert!(second[name] == *bytes, "{name} differs between the ledgers");
        }
    }
}
