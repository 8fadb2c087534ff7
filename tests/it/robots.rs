//! Goal: whoever `[[robots]]` names is told once what a run came to, in the form and with the signature that
//! its platform documents, and nothing of a secret is said elsewhere. Method: stand-ins on the loopback
//! address that check the request with arithmetic of their own.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::clock::FixedClock;
use duizhang::config::{Config, Language, load};
use duizhang::discrepancy::Severity;
use duizhang::job::{Job, Occasion, jobs_for};
use duizhang::ledger::AccountVerdict;
use duizhang::message::{NotSent, Patience, RunSummary, send, tell};
use duizhang::money::Currency;
use duizhang::report::Headline;
use duizhang::report::discrepancies::Tally;
use duizhang::report::headline::{Doubt, Named, NotProved, Pending, Urgency};
use duizhang::rules::why::{self, Why};
use duizhang::status::{Coverage, Verdict};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const NOW: i64 = 1_795_622_400;
const TOKEN: &str = "feedbeef00112233";
const CHAT_SECRET: &str = "SEC00f1e2d3c4b5a69788796a5b4c3d2e1f";
const HOOK_SECRET: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const PASSWORD: &str = "authorization-code";

/// Short pauses: what is tried again is tried again.
const QUICK: Patience = Patience {
    attempt: Duration::from_secs(5),
    pause: Duration::from_millis(2),
    total: Duration::from_secs(20),
};

struct Seen {
    query: String,
    headers: HeaderMap,
    body: Value,
    text: String,
}

type Requests = Arc<Mutex<Vec<Seen>>>;

#[derive(Clone)]
struct StandIn {
    seen: Requests,
    answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
}

/// A platform that gives these answers, the last one for ever.
async fn stand_in(answers: &[(u16, &'static str)]) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut answers = answers.to_vec();
    answers.reverse();
    let state = StandIn { seen: Requests::default(), answers: Arc::new(Mutex::new(answers)) };
    let seen = state.seen.clone();
    let app = Router::new().fallback(take).with_state(state);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, seen)
}

async fn take(
    State(it): State<StandIn>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1], &'static str) {
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    let parsed = serde_json::from_str(&text).expect("JSON");
    let query = uri.query().unwrap_or_default().to_owned();
    it.seen.lock().expect("requests").push(Seen { query, headers, body: parsed, text });
    let mut answers = it.answers.lock().expect("answers");
    let next = if answers.len() > 1 { answers.pop() } else { answers.last().copied() };
    let (status, answer) = next.expect("an answer");
    (StatusCode::from_u16(status).expect("a status"), [("location", "/elsewhere")], answer)
}

/// HMAC-SHA256 in base64, as the documents say it.
fn mac(key: &[u8], message: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key").chain_update(message);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A configuration with these robots, whose address is in `ROBOT_URL`.
fn config(folder: &Path, robots: &str, url: &str) -> Config {
    let text = format!(
        "[ledger]\nurl = \"sqlite://ledger.db\"\n[orders]\ncsv = \"orders.csv\"\n[[account]]\nname = \
         \"till\"\nprovider = \"icashier\"\nbase_url = \"http://127.0.0.1:1/x\"\nmer_id = \"1\"\nkey = {{ \
         env = \"TILL_KEY\" }}\n{robots}"
    );
    let path = folder.join("duizhang.toml");
    std::fs::write(&path, text).expect("a file");
    let environment = |name: &str| match name {
        "ROBOT_URL" => Some(url.to_owned()),
        "CHAT_SECRET" => Some(CHAT_SECRET.to_owned()),
        "HOOK_SECRET" => Some(HOOK_SECRET.to_owned()),
        "PASSWORD" => Some(PASSWORD.to_owned()),
        _ => Some("key".to_owned()),
    };
    load(&path, &environment).unwrap_or_else(|errors| panic!("{errors}"))
}

fn summary_of(reason: &str) -> RunSummary {
    RunSummary {
        job: "nightly".to_owned(),
        date: BusinessDate::parse("2026-11-20").expect("a date"),
        occasions: BTreeSet::from([Occasion::Unproved, Occasion::Open]),
        exit_code: 4,
        report: None,
        open: 3,
        watched: false,
        unproved: vec![AccountVerdict {
            account: "till".to_owned(),
            verdict: Verdict::Failed,
            coverage: Coverage::OneSided,
            reason: reason.to_owned(),
        }],
        unusual: Vec::new(),
        settled: Vec::new(),
        headline: None,
        missed: Vec::new(),
        found: String::new(),
        failure: String::new(),
    }
}

fn clock() -> FixedClock {
    FixedClock(Timestamp::from_epoch_seconds(NOW))
}

/// Sends to the one robot of a configuration.
async fn sent(config: &Config, summary: &RunSummary) -> Result<(), NotSent> {
    let notice = summary.notice(config.reports.language, clock().0, config.business_day.timezone);
    send(&config.robots[0], &notice, &clock(), QUICK).await
}

/// What one robot was sent, with this answer.
async fn request(
    robot: &str,
    path: &str,
    answer: &'static str,
) -> (Result<(), NotSent>, Vec<Seen>) {
    request_of(&summary_of("no usable answer"), robot, path, answer).await
}

/// What one robot was sent of a run, with this answer.
async fn request_of(
    summary: &RunSummary,
    robot: &str,
    path: &str,
    answer: &'static str,
) -> (Result<(), NotSent>, Vec<Seen>) {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, seen) = stand_in(&[(200, answer)]).await;
    let config = config(folder.path(), robot, &format!("{url}{path}"));
    let ended = sent(&config, summary).await;
    let seen = std::mem::take(&mut *seen.lock().expect("requests"));
    (ended, seen)
}

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

#[tokio::test]
async fn dingtalk_gets_a_signed_query_and_markdown() {
    let robot = "[[robots]]\nkind = \"dingtalk\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                 \"CHAT_SECRET\" }\nkeyword = \"对账\"\non = [\"unproved\"]\n";
    let (ended, seen) = request(robot, "/robot/send?access_token=feedbeef00112233", OK).await;
    assert_eq!(ended, Ok(()));
    let [seen] = seen.as_slice() else { panic!("one request") };
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(seen.query.as_bytes()).into_owned().collect();
    let millis = format!("{NOW}000");
    let sign = mac(CHAT_SECRET.as_bytes(), format!("{millis}\n{CHAT_SECRET}").as_bytes());
    let expected = [("access_token", TOKEN), ("timestamp", &millis), ("sign", &sign)];
    assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert!(
        seen.headers["content-type"].to_str().is_ok_and(|it| it.starts_with("application/json"))
    );
    assert_eq!(seen.body["msgtype"], "markdown");
    assert_eq!(seen.body["at"]["isAtAll"], false);
    let text = seen.body["markdown"]["text"].as_str().expect("a text");
    assert!(text.contains("对账") && text.contains("till"), "{text}");
}

#[tokio::test]
async fn wecom_gets_markdown_and_no_signature() {
    let robot = "[[robots]]\nkind = \"wecom\"\nurl = { env = \"ROBOT_URL\" }\non = [\"open\"]\n";
    let (ended, seen) = request(robot, "/cgi-bin/webhook/send?key=feedbeef00112233", OK).await;
    assert_eq!(ended, Ok(()));
    let [seen] = seen.as_slice() else { panic!("one request") };
    assert_eq!(seen.query, "key=feedbeef00112233");
    let content = seen.body["markdown"]["content"].as_str().expect("a text");
    assert!(content.len() <= 4_096 && content.contains("till"), "{content}");
}

#[tokio::test]
async fn feishu_gets_a_card_with_its_odd_signature_in_the_body() {
    let robot = "[[robots]]\nkind = \"feishu\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                 \"CHAT_SECRET\" }\non = [\"open\"]\n";
    let path = "/open-apis/bot/v2/hook/feedbeef00112233";
    let (ended, seen) = request(robot, path, r#"{"code":0,"msg":"success"}"#).await;
    assert_eq!(ended, Ok(()));
    let [seen] = seen.as_slice() else { panic!("one request") };
    assert_eq!(seen.body["timestamp"], json!(NOW.to_string()));
    assert_eq!(seen.body["sign"], json!(mac(format!("{NOW}\n{CHAT_SECRET}").as_bytes(), b"")));
    assert_eq!(seen.body["msg_type"], "interactive");
    assert_eq!(seen.body["card"]["header"]["template"], "orange");
}

#[tokio::test]
async fn a_webhook_is_signed_over_id_time_and_body() {
    let robot = "[[robots]]\nkind = \"webhook\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                 \"HOOK_SECRET\" }\non = [\"open\"]\n";
    let (ended, seen) = request(robot, "/hook", "anything").await;
    assert_eq!(ended, Ok(()));
    let [seen] = seen.as_slice() else { panic!("one request") };
    let header = |name: &str| seen.headers[name].to_str().expect("a text");
    let key = STANDARD.decode(&HOOK_SECRET[6..]).expect("base64");
    let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), seen.text);
    assert_eq!(header("webhook-signature"), format!("v1,{}", mac(&key, signed.as_bytes())));
    assert_eq!(header("webhook-timestamp"), NOW.to_string());
    assert_eq!(seen.body["type"], "run.finished");
    assert_eq!(seen.body["data"]["date"], "2026-11-20");
    assert_eq!(seen.body["data"]["outcome"], "unproved");
}

#[tokio::test]
async fn what_is_refused_says_what_to_do_and_no_secret() {
    let robot = "[[robots]]\nkind = \"dingtalk\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                 \"CHAT_SECRET\" }\non = [\"open\"]\n";
    let answer = r#"{"errcode":310000,"errmsg":"feedbeef00112233: keywords not in content"}"#;
    let (ended, seen) = request(robot, "/robot/send?access_token=feedbeef00112233", answer).await;
    let failure = ended.expect_err("refused");
    assert_eq!(seen.len(), 1, "trying again changes nothing");
    assert_eq!(
        (failure.code.as_str(), failure.reply.as_str()),
        ("310000", "…: keywords not in content")
    );
    assert!(failure.fix.contains("keyword"), "{failure:?}");
    for page in ["<html>login</html>", ""] {
        let (ended, _) = request(robot, "/robot/send?access_token=feedbeef00112233", page).await;
        assert_eq!(ended.expect_err("no JSON").code, "no_json");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let robot = "[[robots]]\nkind = \"webhook\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                 \"HOOK_SECRET\" }\non = [\"open\"]\n";
    let (url, seen) = stand_in(&[(503, ""), (502, ""), (200, "")]).await;
    let config_of = |url: &str| config(folder.path(), robot, url);
    assert_eq!(sent(&config_of(&url), &summary_of("x")).await, Ok(()));
    {
        let seen = seen.lock().expect("requests");
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|it| it.headers["webhook-id"] == seen[0].headers["webhook-id"]));
    }
    let (url, seen) = stand_in(&[(302, "")]).await;
    assert_eq!(
        sent(&config_of(&url), &summary_of("x")).await.expect_err("a redirect").code,
        "http_302"
    );
    assert_eq!(seen.lock().expect("requests").len(), 1);
    let (url, seen) = stand_in(&[(500, "")]).await;
    assert_eq!(sent(&config_of(&url), &summary_of("x")).await.expect_err("down").code, "http_500");
    assert_eq!(seen.lock().expect("requests").len(), 3, "and then no more");
    let gone = config_of("http://127.0.0.1:9/hook");
    assert_eq!(sent(&gone, &summary_of("x")).await.expect_err("nobody").code, "connect");
}

#[tokio::test]
async fn the_same_is_sent_once_and_what_nobody_asked_for_never() {
    let folder = tempfile::tempdir().expect("a folder");
    let (url, seen) = stand_in(&[(200, "")]).await;
    let robots = "[[robots]]\nkind = \"webhook\"\nurl = { env = \"ROBOT_URL\" }\nsecret = { env = \
                  \"HOOK_SECRET\" }\non = [\"open\"]\n[[robots]]\nkind = \"webhook\"\nurl = { env = \
                  \"ROBOT_URL\" }\nsecret = { env = \"HOOK_SECRET\" }\non = [\"failed\"]\n";
    let config = config(folder.path(), robots, &url);
    let jobs = jobs_for(&config).expect("jobs");
    let job: &Job = jobs.iter().find(|job| job.name == "nightly").expect("a job");
    let count = || seen.lock().expect("requests").len();
    tell(&config, &clock(), job, &summary_of("no usable answer")).await;
    assert_eq!(count(), 1);
    tell(&config, &clock(), job, &summary_of("no usable answer")).await;
    assert_eq!(count(), 1, "nothing is new");
    tell(&config, &clock(), job, &summary_of("2 unproved")).await;
    assert_eq!(count(), 2);
    let another = RunSummary { found: "another order".to_owned(), ..summary_of("2 unproved") };
    tell(&config, &clock(), job, &another).await;
    assert_eq!(count(), 3, "as many, but others");
}

/// A mail server that speaks enough SMTP, and refuses recipients that begin with `gone`.
async fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let kept = mails.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve_mail(stream, kept.clone()));
        }
    });
    (port, mails)
}

async fn serve_mail(stream: tokio::net::TcpStream, mails: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail: Option<String> = None;
    let mut envelope = String::new();
    write.write_all(b"220 stand-in ESMTP\r\n").await.expect("a line");
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = &mut mail {
            if line == "." {
                mails.lock().expect("mails").push(format!("{envelope}\n{text}"));
                mail = None;
                write.write_all(b"250 taken\r\n").await.expect("a line");
            } else {
                text.push_str(&line);
                text.push('\n');
            }
            continue;
        }
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-stand-in\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => {
                let plain = STANDARD.encode(format!("\0night@example.com\0{PASSWORD}"));
                if line.ends_with(&plain) { "235 welcome" } else { "535 no" }
            }
            "MAIL" => {
                envelope = line.clone();
                "250 ok"
            }
            "RCPT" if line.contains("<gone") => "550 no such user",
            "RCPT" => {
                envelope.push_str(&line);
                "250 ok"
            }
            "DATA" => {
                mail = Some(String::new());
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.expect("a line");
    }
}

fn mail_config(folder: &TempDir, port: u16, more: &str) -> Config {
    let robot = format!(
        "[[robots]]\nkind = \"mail\"\nsmtp = \"127.0.0.1:{port}\"\nfrom = \"Night <night@example.com>\"\n\
         secret = {{ env = \"PASSWORD\" }}\nattach = [\"report.xlsx\"]\non = [\"open\"]\n{more}"
    );
    config(folder.path(), &robot, "")
}

#[tokio::test]
async fn a_mail_carries_the_workbook_under_a_name_that_every_program_reads() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = folder.path().join("2026-11-20");
    std::fs::create_dir(&report).expect("a folder");
    std::fs::write(report.join("2026-11-20_对账报告.xlsx"), b"a workbook").expect("a file");
    let (port, mails) = mail_server().await;
    let summary = RunSummary { report: Some(report), ..summary_of("no usable answer") };
    let to = "to = [\"lead@example.com\", \"clerk@example.com\"]\n";
    assert_eq!(sent(&mail_config(&folder, port, to), &summary).await, Ok(()));
    let too_large = format!("{to}attach_max = \"1KiB\"\n");
    std::fs::write(
        summary.report.as_ref().expect("a folder").join("2026-11-20_对账报告.xlsx"),
        [7; 2_000],
    )
    .expect("a file");
    assert_eq!(sent(&mail_config(&folder, port, &too_large), &summary).await, Ok(()));
    let mails = mails.lock().expect("mails");
    let [mail, without] = mails.as_slice() else { panic!("two mails: {}", mails.len()) };
    for part in [
        "RCPT TO:<lead@example.com>",
        "RCPT TO:<clerk@example.com>",
        "Auto-Submitted: auto-generated",
        "Message-ID: <dz_20261120_nightly_",
        "multipart/alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "=?UTF-8?B?MjAyNi0xMS0yMF/lr7notKbmiqXlkYoueGxzeA==?=",
        "%E5%AF%B9%E8%B4%A6%E6%8A%A5%E5%91%8A",
        &STANDARD.encode("a workbook"),
    ] {
        assert!(mail.contains(part), "{part} in\n{mail}");
    }
    assert!(!mail.contains(PASSWORD) && mail.matches("Message-ID").count() == 1);
    assert!(!without.contains("spreadsheetml"), "{without}");
}

#[tokio::test]
async fn a_recipient_that_is_refused_does_not_cost_the_others_their_mail() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, mails) = mail_server().await;
    let to = "to = [\"lead@example.com\", \"gone@example.com\"]\n";
    assert_eq!(sent(&mail_config(&folder, port, to), &summary_of("x")).await, Ok(()));
    assert_eq!(mails.lock().expect("mails").len(), 1);
    let nobody = "to = [\"gone@example.com\"]\n";
    let refused =
        sent(&mail_config(&folder, port, nobody), &summary_of("x")).await.expect_err("refused");
    assert_eq!(refused.code, "smtp_550");
    let stranger = format!("{to}user = \"somebody@example.com\"\n");
    let refused =
        sent(&mail_config(&folder, port, &stranger), &summary_of("x")).await.expect_err("refused");
    assert!(refused.code == "smtp_535" && refused.fix.contains("授权码"), "{refused:?}");
}

/// A night of which a report was written.
fn reported(headline: Headline, occasion: Occasion, exit_code: u8) -> RunSummary {
    RunSummary {
        occasions: BTreeSet::from([occasion]),
        exit_code,
        report: Some("var/reports/2026-11-20".into()),
        open: 0,
        unproved: Vec::new(),
        headline: Some(headline),
        ..summary_of("")
    }
}

fn named(name: &str) -> Named {
    Named { name: name.to_owned(), title: name.to_owned() }
}

fn good_night() -> Headline {
    let pending =
        Pending { now: Tally { count: 0, minor: 0 }, before: Tally { count: 2, minor: 13_050 } };
    Headline {
        doubt: Doubt::None,
        proved: vec![named("mmsp-main"), named("wechat-main")],
        unasked: vec![named("icashier-main")],
        unproved: Vec::new(),
        pending: [(Currency::CNY, pending)].into(),
        urgency: Urgency::default(),
        gaps: Vec::new(),
        unusual: Vec::new(),
    }
}

fn outage() -> Headline {
    let pending = Pending {
        now: Tally { count: 5, minor: 123_456 },
        before: Tally { count: 2, minor: 13_050 },
    };
    let why = [Why::Unanswered(7), Why::Problem("timeout".to_owned())];
    let not_proved = NotProved {
        account: named("xxpay-main"),
        verdict: Verdict::Incomplete,
        reason: why::write(&why),
    };
    Headline {
        doubt: Doubt::Unproved,
        unproved: vec![not_proved],
        pending: [(Currency::CNY, pending)].into(),
        urgency: Urgency {
            by_severity: [(Severity::Low, 3), (Severity::Critical, 2)].into(),
            oldest_days: Some(4),
        },
        ..good_night()
    }
}

/// What the chats show of an outage, about as they show it, as a page: `report::pictures` keeps it.
pub(crate) async fn cards() -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let summary = reported(outage(), Occasion::Unproved, 4);
    let secret = "secret = { env = \"CHAT_SECRET\" }\n";
    let chats = [
        ("dingtalk", secret, "/robot/send?access_token=feedbeef00112233", OK),
        ("wecom", "", "/cgi-bin/webhook/send?key=feedbeef00112233", OK),
        ("feishu", secret, "/open-apis/bot/v2/hook/feedbeef00112233", r#"{"code":0}"#),
    ];
    let mut html =
        "<!DOCTYPE html><meta charset=\"utf-8\"><body style=\"background:#e9ecef;font:15px/1.6 \
                    sans-serif\">"
            .to_owned();
    for (kind, secret, path, answer) in chats {
        let robot = format!(
            "[[robots]]\nkind = \"{kind}\"\nurl = {{ env = \"ROBOT_URL\" }}\n{secret}on = [\"unproved\"]\n"
        );
        let (ended, seen) = request_of(&summary, &robot, path, answer).await;
        assert_eq!(ended, Ok(()), "{kind}");
        let body = &seen[0].body;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (colour, lines): (String, Vec<String>) = match kind {
            "feishu" => {
                let card = &body["card"];
                let elements = card["elements"].as_array().expect("elements").iter();
                let lines = elements.map(|element| text(&element["text"]["content"]));
                let title = format!("### {}", text(&card["header"]["title"]["content"]));
                (text(&card["header"]["template"]), std::iter::once(title).chain(lines).collect())
            }
            "wecom" => {
                let content = text(&body["markdown"]["content"]);
                let plain = content.replace("<font color=\"warning\">", "").replace("</font>", "");
                ("orange".to_owned(), plain.lines().map(str::to_owned).collect())
            }
            _ => {
                let markdown = text(&body["markdown"]["text"]);
                ("black".to_owned(), markdown.split("\n\n").map(str::to_owned).collect())
            }
        };
        let _ = write!(
            html,
            "<div style=\"background:#fff;border-radius:8px;max-width:460px;margin:16px;padding:12px\"><small>\
             {kind}</small>"
        );
        for line in lines {
            let _ = match line.strip_prefix("### ") {
                Some(title) => write!(html, "<h3 style=\"color:{colour}\">{}</h3>", escaped(title)),
                None => write!(html, "<p style=\"margin:4px 0\">{}</p>", escaped(&line)),
            };
        }
        html.push_str("</div>");
    }
    html
}

/// What people read after a good night, after an outage, after a night that never ran, and after a failure.
#[test]
fn messages_are_as_expected_in_both_languages() {
    let date = |text: &str| BusinessDate::parse(text).expect("a date");
    let after_a_gap = RunSummary {
        missed: vec![date("2026-11-18"), date("2026-11-19")],
        ..reported(good_night(), Occasion::Done, 0)
    };
    let failed = RunSummary {
        failure: "the orders file orders/2026-11-20.csv cannot be read: there is no such file"
            .to_owned(),
        report: None,
        headline: None,
        ..reported(good_night(), Occasion::Failed, 1)
    };
    let nights = [
        ("a good night", reported(good_night(), Occasion::Done, 0)),
        ("an outage", reported(outage(), Occasion::Unproved, 4)),
        ("a night that never ran", after_a_gap),
        ("a failure", failed),
    ];
    for language in [Language::Zh, Language::En] {
        let mut text = String::new();
        for (name, summary) in &nights {
            let notice = summary.notice(language, clock().0, chrono_tz::Asia::Shanghai);
            let lines = notice.lines.join("\n");
            let _ = writeln!(text, "=== {name}\n{}\n\n{lines}\n", notice.title);
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/it/expected/messages/{language}.txt"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &text).expect("a file");
        }
        let expected = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(text, expected, "UPDATE_EXPECT=1 rewrites it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_says_that_it_is_one_and_whether_it_was_sent() {
    let folder = TempDir::new().expect("a folder");
    let (url, seen) = stand_in(&[(200, "{\"errcode\":0}"), (200, "{\"errcode\":93000}")]).await;
    let robots = "[reports]\nlanguage = \"en\"\n[[robots]]\nkind = \"wecom\"\nurl = { env = \"ROBOT_URL\" }\n\
                  on = [\"failed\"]\n";
    let url = format!("{url}/cgi-bin/webhook/send?key={TOKEN}");
    config(folder.path(), robots, &url);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_duizhang"));
        command.arg("--config").arg(folder.path().join("duizhang.toml")).args(arguments);
        command.env("ROBOT_URL", &url).env("TILL_KEY", "key").output().expect("the program")
    };
    let sent = run(&["robots", "test"]);
    let text = String::from_utf8_lossy(&sent.stdout).into_owned();
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    assert!(text.contains("robot 1 (wecom): sent"), "{text}");
    let refused = run(&["robots", "test", "--robot", "1"]);
    let text = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(text.contains("NOT sent: 93000"), "{text}");
    assert!(!format!("{refused:?}").contains(TOKEN), "{refused:?}");
    let none = run(&["robots", "test", "--robot", "2"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    let seen = seen.lock().expect("requests");
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|it| it.text.contains("TEST")));
}
