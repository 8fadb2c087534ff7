//! What is fuzzed: every reader of bytes from outside, each with what has to hold whatever they are.
//!
//! A target takes any bytes and panics where an invariant is broken. `cargo fuzz` runs them with coverage
//! (`fuzz/README.md`); the ordinary tests run the same functions on mutated samples (`tests/it/fuzz.rs`).
//! Answers are tried as they come, where hardly any passes its signature, and signed with the account's
//! key, as whoever has the key would sign nonsense.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use duizhang::business_day::{BusinessDate, BusinessDay, StatedTime, Timestamp};
use duizhang::config::{self, Config};
use duizhang::intake::movements::{self, MovementsRequest};
use duizhang::intake::statement::{Numbers, StatementRequest, examine_statement, read_statement};
use duizhang::intake::{
    IntakeError, KnownAccount, OrdersRequest, examine_orders, notifications, read_orders,
    resolutions,
};
use duizhang::job;
use duizhang::money;
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::provider::mmsp::php_json;
use duizhang::provider::signature::{
    HexCase, Md5Rule, base64, joined_by_any_case, joined_by_bytes, sign_md5, signed_pairs,
};
use duizhang::provider::{
    Ask, Notification, PROVIDERS, PageQuestion, Provider, Question, RawAnswer, Secret, Settings,
    gate, order_lanes,
};
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::Kind;
use duizhang::text;
use serde_json::{Map, Value, json};

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 11] = [
    ("answer", answer),
    ("signed_answer", signed_answer),
    ("notification", notification),
    ("callbacks", callbacks),
    ("php_json", php_json_text),
    ("orders", orders),
    ("bill", bill),
    ("movements", movements_file),
    ("resolutions", resolutions_file),
    ("configuration", configuration),
    ("job", job_file),
];

/// Noon of the day on which everything comes.
const NOW: Timestamp = Timestamp::from_epoch_seconds(1_795_147_200);
/// Characters of an order number that are let in, see `provider::gate`.
const NUMBER_CHARS_MAX: usize = 64;

/// Settings of an account by their names.
type Named = &'static [(&'static str, &'static str)];

/// The accounts whose answers are tried: provider, settings, and the key with which it signs.
const ACCOUNTS: [(&str, Named, &str); 7] = [
    ("icashier", &[("mer_id", "1000001")], "testkeyC0123456789"),
    ("jeepay", &[("mch_no", "M1621873433953"), ("app_id", "60cc09bce4b0f1c0b83761c9")], "demoKeyJ"),
    ("lhxpay", &[("app_key", "demoAppKey")], "demoSecret"),
    ("lhxpay", &[("app_key", "demoAppKey"), ("generation", "bbc")], "demoSecret"),
    (
        "mmsp",
        &[("merchant_no", "001440353999853"), ("terminal_no", "84970001")],
        "ea21842eea24e448b991b1cb0a0294cf",
    ),
    (
        "xxpay",
        &[("mch_id", "20001222"), ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f")],
        "demoKeyE",
    ),
    ("zhangxun", &[("org_no", "8161000204"), ("cust_id", "16121900001774")], "FFFFFFFFFFFFFFFF"),
];

/// An account and everything that it can be asked.
struct Asked {
    id: &'static str,
    key: &'static str,
    provider: Arc<dyn Provider>,
    asks: Vec<Ask>,
}

fn accounts() -> &'static [Asked] {
    static ACCOUNTS_BUILT: OnceLock<Vec<Asked>> = OnceLock::new();
    ACCOUNTS_BUILT.get_or_init(|| ACCOUNTS.iter().map(built).collect())
}

fn built((id, texts, key): &(&'static str, &[(&'static str, &str)], &'static str)) -> Asked {
    let mut settings = Settings::default();
    for (name, text) in *texts {
        settings.texts.insert(name, (*text).to_owned());
    }
    for name in ["base_url", "openapi_url", "payapi_url"] {
        settings.texts.insert(name, "http://127.0.0.1".to_owned());
    }
    // The older generation of lhxpay has no such query.
    let has_balance = !settings.texts.contains_key("generation");
    settings.flags.insert("balance", has_balance);
    settings.lists.insert("products", ["quick", "gateway", "scan"].map(str::to_owned).to_vec());
    for name in ["key", "md5_key"] {
        settings.secrets.insert(name, Secret::new((*key).to_owned()));
    }
    let registered = PROVIDERS.iter().find(|known| known.id == *id).expect("a provider");
    let provider = (registered.build)(&settings).expect("an account");
    let mut asks = Vec::new();
    for lane in provider.lanes() {
        asks.push(Ask::Status(Question {
            kind: lane.kind,
            product: lane.product.clone(),
            order_no: String::new(),
            provider_order_no: String::new(),
            business_date: date(),
        }));
        if let Some(terms) = lane.listing {
            asks.push(Ask::Page(PageQuestion {
                kind: lane.kind,
                product: lane.product,
                from: date().date(),
                to: date().date(),
                page: 1,
                rows_per_page: terms.rows_per_page,
            }));
        }
    }
    if provider.states_balance() {
        asks.push(Ask::Balance);
    }
    Asked { id, key, provider, asks }
}

fn date() -> BusinessDate {
    BusinessDate::parse("2026-11-20").expect("a date")
}

/// How many questions there are; the first byte of an answer says which one it answers.
pub fn questions() -> usize {
    accounts().iter().map(|account| account.asks.len()).sum()
}

/// The provider of a question.
pub fn provider_of(question: usize) -> &'static str {
    chosen(u8::try_from(question).expect("few")).0.id
}

fn chosen(number: u8) -> (&'static Asked, &'static Ask) {
    let all: Vec<_> = accounts()
        .iter()
        .flat_map(|account| account.asks.iter().map(move |ask| (account, ask)))
        .collect();
    all[usize::from(number) % all.len()]
}

/// An answer as it comes: the first byte chooses what was asked.
pub fn answer(data: &[u8]) {
    if let Some((number, body)) = data.split_first() {
        let (account, ask) = chosen(*number);
        answered(account, ask, body);
    }
}

/// An answer of which the body is signed with the account's key: the first byte chooses what was asked.
pub fn signed_answer(data: &[u8]) {
    let Some((number, body)) = data.split_first() else { return };
    let (account, ask) = chosen(*number);
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return };
    if let Some(body) = signed(account, fields) {
        answered(account, ask, body.as_bytes());
    }
}

fn signed(account: &Asked, mut fields: Map<String, Value>) -> Option<String> {
    let sign = |joiner, case, text: &str| {
        sign_md5(Md5Rule { joiner, case }, text, &Secret::new(account.key.to_owned()))
    };
    match account.id {
        "mmsp" => {
            let text = php_json::canonical(fields.get("Body")?)?;
            fields.insert("Sign".to_owned(), json!(sign("&key=", HexCase::Upper, &text)));
        }
        "jeepay" => {
            let data = fields.get("data")?.as_object()?;
            let text = joined_by_any_case(signed_pairs(data, "sign"));
            fields.insert("sign".to_owned(), json!(sign("&key=", HexCase::Upper, &text)));
        }
        "icashier" => {
            // The message itself, which travels encoded.
            let encoded = base64(Value::Object(fields).to_string().as_bytes());
            let sign = sign("", HexCase::Lower, &encoded);
            return Some(json!({ "resp": encoded, "sign": sign }).to_string());
        }
        id => {
            fields.remove("sign");
            let text = joined_by_bytes(signed_pairs(&fields, "sign"));
            let case = if id == "xxpay" { HexCase::Upper } else { HexCase::Lower };
            fields.insert("sign".to_owned(), json!(sign("&key=", case, &text)));
        }
    }
    Some(Value::Object(fields).to_string())
}

/// Names under which platforms give the merchant's order number.
const NUMBERS: [&str; 7] =
    ["MERORDERID", "mchOrderNo", "custOrderNo", "orderid", "mrn", "mchTransOrderNo", "mchRefundNo"];

/// The order number that an answer gives, so that the question is about it.
fn number_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) => NUMBERS
            .iter()
            .find_map(|name| fields.get(*name)?.as_str().map(str::to_owned))
            .or_else(|| fields.values().find_map(number_in)),
        Value::Array(items) => items.iter().find_map(number_in),
        _ => None,
    }
}

fn answered(account: &Asked, ask: &Ask, body: &[u8]) {
    let provider = account.provider.as_ref();
    let raw = RawAnswer::of_body(body.to_vec());
    match ask {
        Ask::Status(question) | Ask::Renotify(question) => {
            let found = serde_json::from_slice::<Value>(body).ok();
            let number = found.as_ref().and_then(number_in);
            let order_no = number.unwrap_or_else(|| "20261120000001".to_owned());
            let question = Question { order_no, ..question.clone() };
            let Ok(verified) = provider.verify(&Ask::Status(question.clone()), &raw) else {
                return;
            };
            if let Ok(facts) = gate::status(provider, &question, &verified, NOW) {
                assert_eq!(facts.order_no, question.order_no, "an answer is about what was asked");
                can_be_kept(&facts);
                let word = reading(&question, facts, verified.assurance());
                ACCEPTED.with_borrow_mut(|accepted| accepted.push(word));
            }
        }
        Ask::Page(question) => {
            let Ok(verified) = provider.verify(ask, &raw) else { return };
            let Ok(page) = gate::page(provider, question, &verified) else { return };
            for row in &page.rows {
                match row {
                    Ok(facts) => can_be_kept(facts),
                    Err(row) => assert!(text::is_plain(&row.value, usize::MAX), "{row:?}"),
                }
            }
        }
        Ask::Balance => {
            let Ok(verified) = provider.verify(ask, &raw) else { return };
            for term in gate::terms(provider, &verified) {
                assert!(text::is_plain(&term.channel, NUMBER_CHARS_MAX), "{term:?}");
                assert!(text::is_plain(&term.value, usize::MAX), "{term:?}");
            }
            if let Ok(balance) = gate::balance(provider, &verified, NOW) {
                assert!(balance.lines.iter().all(|line| money::stated(line.money.minor).is_ok()));
            }
        }
    }
}

thread_local! {
    /// Words that were let in since [`accepted`] was called: they have to be what a ledger gives back.
    static ACCEPTED: std::cell::RefCell<Vec<Reading>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The words that were let in on this thread since the last call.
pub fn accepted() -> Vec<Reading> {
    ACCEPTED.take()
}

fn reading(question: &Question, facts: Facts, assurance: duizhang::reading::Assurance) -> Reading {
    let stream =
        Stream { account: "a".to_owned(), kind: question.kind, product: question.product.clone() };
    let business_date =
        facts.paid_at.map_or(question.business_date, |at| BusinessDay::BEIJING.date_of(at));
    Reading {
        key: OrderKey { stream, order_no: facts.order_no.clone() },
        business_date,
        source: Source::Query,
        occurrence: 1,
        facts,
        interface: "fuzz".to_owned(),
        assurance,
        evidence: 1,
        observed_at: NOW,
        original_order_no: String::new(),
    }
}

/// What is let in has to be what can be written, added up, and shown.
fn can_be_kept(facts: &Facts) {
    assert!(
        text::is_plain(&facts.order_no, NUMBER_CHARS_MAX) && !facts.order_no.is_empty(),
        "{facts:?}"
    );
    assert!(text::is_plain(&facts.provider_order_no, NUMBER_CHARS_MAX), "{facts:?}");
    assert!(text::is_plain(&facts.status_code, usize::MAX), "{facts:?}");
    assert!(facts.amount.is_none_or(|amount| money::stated(amount.minor).is_ok()), "{facts:?}");
    assert!(facts.fee_minor.is_none_or(|fee| money::stated(fee).is_ok()), "{facts:?}");
    assert!(facts.paid_at.is_none_or(is_stated), "{facts:?}");
}

fn is_stated(at: Timestamp) -> bool {
    matches!(at.stated(), StatedTime::At(_)) && !at.is_ahead_of(NOW)
}

/// A callback's body: the first byte chooses the account.
pub fn notification(data: &[u8]) {
    let Some((number, body)) = data.split_first() else { return };
    let account = &accounts()[usize::from(*number) % accounts().len()];
    for content_type in ["", "application/json", "application/x-www-form-urlencoded"] {
        let notification = Notification {
            received_at: NOW,
            content_type: content_type.to_owned(),
            body: body.to_vec(),
        };
        let provider = account.provider.as_ref();
        let Ok(verified) = provider.verify_notification(&notification) else { continue };
        if let Ok(notified) = gate::notified(provider, &notification, &verified) {
            can_be_kept(&notified.facts);
        }
    }
}

/// A log of callbacks.
pub fn callbacks(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        if let Ok(notification) = notifications::line_of_log(notifications::trimmed(line)) {
            assert!(matches!(notification.received_at.stated(), StatedTime::At(_)));
        }
    }
}

/// The text that mmsp signs, against one that is made byte by byte.
pub fn php_json_text(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let mut slow = Vec::new();
    // Doubles have tests of their own against what PHP printed (samples/vectors.json).
    if slow_php(&value, true, &mut slow) {
        let slow = String::from_utf8(slow).expect("JSON is text");
        assert_eq!(php_json::canonical(&value), Some(slow));
    }
}

/// `ksort` of the top level and `json_encode` with `JSON_UNESCAPED_UNICODE`; `false` where a number is none
/// of 64 bits.
fn slow_php(value: &Value, is_top: bool, out: &mut Vec<u8>) -> bool {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => match number.to_string().parse::<i64>() {
            Ok(whole) => out.extend(whole.to_string().bytes()),
            Err(_) => return false,
        },
        Value::String(string) => slow_string(string, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                if !slow_php(item, false, out) {
                    return false;
                }
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            if is_top {
                // Names that are numbers are numbers to PHP, and sorted as such; no document has any.
                if fields.iter().any(|(name, _)| is_index(name)) {
                    return false;
                }
                fields.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            }
            let is_list = fields.iter().enumerate().all(|(at, (name, _))| **name == at.to_string());
            out.push(if is_list { b'[' } else { b'{' });
            for (at, (name, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                if !is_list {
                    slow_string(name, out);
                    out.push(b':');
                }
                if !slow_php(value, false, out) {
                    return false;
                }
            }
            out.push(if is_list { b']' } else { b'}' });
        }
    }
    true
}

fn is_index(name: &str) -> bool {
    name.parse::<i64>().is_ok_and(|number| number.to_string() == name)
}

fn slow_string(string: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in string.chars() {
        match c {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '/' => out.extend(b"\\/"),
            '\u{8}' => out.extend(b"\\b"),
            '\u{c}' => out.extend(b"\\f"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                out.extend(format!("\\u{:04x}", u32::from(c)).bytes());
            }
            _ => out.extend(c.to_string().bytes()),
        }
    }
    out.push(b'"');
}

/// A folder with what files are read against.
struct World {
    folder: tempfile::TempDir,
    config: Config,
}

const CONFIGURATION: &str = r#"
[ledger]
url = "sqlite://ledger.db"
[reports]
dir = "reports"
[orders]
csv = "orders/{date}.csv"
[[account]]
name = "xxpay-main"
provider = "xxpay"
base_url = "http://127.0.0.1"
mch_id = "20001222"
app_id = "0ae8"
key = { env = "KEY" }
[account.statement]
kind = "payment"
[account.statement.columns]
order_no = "商户订单号"
provider_order_no = "平台订单号"
amount = "交易金额(元)"
paid_at = "完成时间"
"#;

thread_local! {
    static WORLD: World = {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("duizhang.toml");
        fs::write(&path, CONFIGURATION).expect("written");
        let config = config::load(&path, &|_| Some("secret-of-the-tests".to_owned()));
        World { config: config.unwrap_or_else(|errors| panic!("{errors}")), folder }
    };
}

/// Puts bytes into a file and gives them to a reader.
fn with_file(data: &[u8], read: impl FnOnce(&Path, &World)) {
    WORLD.with(|world| {
        let path: PathBuf = world.folder.path().join("in");
        fs::write(&path, data).expect("written");
        read(&path, world);
    });
}

fn lanes(config: &Config) -> Vec<(Kind, String)> {
    config.accounts.iter().flat_map(|it| order_lanes(&it.account.provider.lanes())).collect()
}

fn lost(error: &IntakeError) -> bool {
    matches!(error, IntakeError::Unaccounted { .. })
}

/// A file of the merchant's orders.
pub fn orders(data: &[u8]) {
    with_file(data, |path, world| {
        let known = [KnownAccount { name: "xxpay-main".to_owned(), lanes: lanes(&world.config) }];
        let request = OrdersRequest {
            path,
            name: "in",
            settings: &world.config.orders,
            business_day: BusinessDay::BEIJING,
            accounts: &known,
            business_date: date(),
            now: NOW,
            spool: world.folder.path(),
        };
        let read = examine_orders(&request).and_then(|file| read_orders(&request, &file));
        let read = match read {
            Ok(read) => read,
            Err(error) => return assert!(!lost(&error), "{error}"),
        };
        let mut kept = 0_u64;
        for order in read.orders {
            order_can_be_kept(&order.expect("sorted"));
            kept += 1;
        }
        let refused = read.rejections.inspect(|row| assert!(row.is_ok(), "sorted")).count() as i64;
        assert_eq!(read.file.rejected, refused);
        assert_eq!(read.read, kept + read.repeated.count());
        assert_eq!(read.file.rows, read.read as i64 + refused, "no row is lost");
    });
}

fn order_can_be_kept(order: &Order) {
    assert!(
        text::is_plain(&order.key.order_no, NUMBER_CHARS_MAX) && !order.key.order_no.is_empty()
    );
    assert!(text::is_plain(&order.provider_order_no, NUMBER_CHARS_MAX), "{order:?}");
    assert!(text::is_plain(&order.original_order_no, NUMBER_CHARS_MAX), "{order:?}");
    assert!(money::stated(order.amount.minor).is_ok(), "{order:?}");
    for at in [order.paid_at, order.created_at].into_iter().flatten() {
        assert!(is_stated(at), "{order:?}");
    }
}

/// A platform's bill.
pub fn bill(data: &[u8]) {
    with_file(data, |path, world| {
        let account = &world.config.accounts[0];
        let lanes = lanes(&world.config);
        let request = StatementRequest {
            path,
            name: "in",
            settings: account.statement.as_ref().expect("settings"),
            account: "xxpay-main",
            merchant_no: "",
            lanes: &lanes,
            numbers: &Numbers::new(),
            business_day: BusinessDay::BEIJING,
            business_date: date(),
            days: None,
            other_part_in_doubt: false,
            evidence: 1,
            now: NOW,
            spool: world.folder.path(),
        };
        let read = examine_statement(&request).and_then(|file| read_statement(&request, &file));
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                let text = error.to_string();
                return assert!(!text.contains("a fault of duizhang"), "{text}");
            }
        };
        let mut kept = 0_u64;
        for word in read.rows {
            can_be_kept(&word.expect("sorted").facts);
            kept += 1;
        }
        let refused = read.rejections.inspect(|row| assert!(row.is_ok(), "sorted")).count() as u64;
        let moved = read.movements.len() as u64;
        let rows = kept + read.repeated.count() + moved + read.ignored + refused;
        assert_eq!(read.file.rows as u64, rows, "no row is lost");
    });
}

/// A file of movements.
pub fn movements_file(data: &[u8]) {
    with_file(data, |path, world| {
        let known: Vec<_> = world
            .config
            .accounts
            .iter()
            .map(|it| (it.account.name.clone(), it.account.provider.lanes()))
            .collect();
        let request = MovementsRequest {
            path,
            name: "in",
            account: Some("xxpay-main"),
            accounts: &known,
            business_day: BusinessDay::BEIJING,
            business_date: date(),
            now: NOW,
        };
        match movements::read(&request) {
            Ok(read) => {
                let rows = read.movements.len() + read.rejections.len();
                assert_eq!(read.file.rows, rows as i64, "no row is lost");
                for movement in &read.movements {
                    assert!(money::stated(movement.money.minor).is_ok(), "{movement:?}");
                    assert!(is_stated(movement.occurred_at), "{movement:?}");
                    assert!(text::is_plain(&movement.name, usize::MAX), "{movement:?}");
                    assert!(text::is_plain(&movement.note, usize::MAX), "{movement:?}");
                }
            }
            Err(error) => assert!(!lost(&error), "{error}"),
        }
    });
}

/// A discrepancy file that comes back, CSV or workbook.
pub fn resolutions_file(data: &[u8]) {
    with_file(data, |path, _| {
        if let Ok(mut file) = resolutions::open(path, "in") {
            let rows: Vec<_> = file.table.by_ref().collect();
            for row in rows {
                let _id = file.id(&row);
                let _written = file.written(&row);
            }
        }
    });
}

/// A configuration: read, or refused with its problems, none of which holds a secret.
pub fn configuration(data: &[u8]) {
    with_file(data, |path, _| {
        let examined = config::examine(path, &|_| Some("secret-of-the-tests".to_owned()));
        for problem in &examined.problems {
            assert!(!problem.to_string().contains("secret-of-the-tests"), "{problem}");
        }
        if let Some(config) = examined.config.filter(|_| examined.problems.is_empty()) {
            let names: BTreeSet<_> =
                config.accounts.iter().map(|account| &account.account.name).collect();
            assert_eq!(names.len(), config.accounts.len(), "each name once");
        }
    });
}

/// A job file: read or refused, and what is read can be asked when it fires.
pub fn job_file(data: &[u8]) {
    WORLD.with(|world| {
        let folder = world.folder.path().join("base/jobs");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("night.toml"), data).expect("written");
        if let Ok(jobs) = job::jobs(&world.folder.path().join("base")) {
            for job in jobs {
                if let Some(at) = job.next_after(NOW, &BusinessDay::BEIJING) {
                    assert!(at > NOW, "a job fires later than now");
                }
            }
        }
    });
}
