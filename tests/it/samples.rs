//! Goal: every provider reads real answers, and every trap that its platform sets, as
//! `samples/README.md` says, and nothing that was altered on the way is taken for the platform's word.
//!
//! Method: each file under `samples/<provider>/<interface>/` is verified and read as the answer to
//! the question beside it, and the outcome compared with the expectation beside it. Then each byte
//! of it is replaced in several ways: the outcome has to stay the same or become an error. With
//! `UPDATE_EXPECT=1` expectations are rewritten (and new samples signed) instead of compared.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use duizhang::balance::Balance;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::provider::mmsp::php_json;
use duizhang::provider::signature::{HexCase, Md5Rule, joined_by_bytes, sign_md5, signed_pairs};
use duizhang::provider::{
    Ask, Notification, Notified, PROVIDERS, Page, PageQuestion, Provider, Question, RawAnswer,
    Secret, Settings, Stamp, Unproved, assurance,
};
use duizhang::reading::Said;
use duizhang::status::Kind;
use serde_json::{Value, json};

mod accounts;
mod signing;
mod unsigned;

/// The mmsp platform's published test key, and invented ones.
const KEYS: [(&str, &str); 3] = [
    ("mmsp", "ea21842eea24e448b991b1cb0a0294cf"),
    ("mmsp agent", "agentTestKey0123456789"),
    ("xxpay", "demoKeyE"),
];

/// What stands for a signature that has still to be made.
const TO_BE_SIGNED: &str = "SIGN-ME";

struct Sample {
    /// `mmsp/0x0305/succeeded`.
    name: String,
    provider_id: String,
    interface: String,
    path: PathBuf,
    raw: Vec<u8>,
    about: Value,
}

/// What a sample is.
enum Role {
    /// An answer to this question.
    Answer(Ask),
    /// A callback like this one, but for its body.
    Callback(Notification),
}

/// What came out: what was said, or why nothing was.
type Outcome = Result<Read, Unproved>;

#[derive(Debug, Clone, PartialEq)]
enum Read {
    Status(Said, String),
    Page(Page, String),
    Balance(Balance, String),
    Callback(Notified, String),
}

#[test]
fn every_sample_is_read_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for mut sample in samples() {
        if update {
            sign_new(&mut sample);
        }
        let found = described(&outcome(&sample, &sample.raw));
        if update {
            sample.about["expected"] = found;
            let text = serde_json::to_string_pretty(&sample.about).unwrap();
            std::fs::write(expected_path(&sample.path), text + "\n").unwrap();
        } else if sample.about["expected"] != found {
            wrong.push(format!("{}:\n  {}\n  {found}", sample.name, sample.about["expected"]));
        }
    }
    assert!(wrong.is_empty(), "expected and found differ:\n{}", wrong.join("\n"));
}

#[test]
fn every_sample_belongs_to_an_interface_that_its_provider_asks() {
    for sample in samples() {
        let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 0 };
        let interface = match role(&sample) {
            Role::Answer(ask) => account(&sample).request(&ask, stamp).unwrap().interface,
            Role::Callback(_) => "notification",
        };
        let folder = interface.trim_start_matches("/api").trim_start_matches('/').replace('/', "_");
        assert_eq!(sample.interface, folder, "{}", sample.name);
        assert!(sample.about["note"].as_str().is_some_and(|note| note.len() > 5));
    }
}

#[test]
fn every_interface_has_its_typical_answers_and_every_way_of_being_refused() {
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for sample in samples() {
        let interface = format!("{}/{}", sample.provider_id, sample.interface);
        let count = counts.entry(interface.clone()).or_default();
        *count = count.saturating_add(1);
        let kind = match outcome(&sample, &sample.raw) {
            Ok(Read::Status(said, _))
                if said.amount.is_none() && !unsigned::is_unsigned(&sample) =>
            {
                "without money"
            }
            Ok(_) => "read",
            Err(Unproved::Unsigned) => "unsigned",
            Err(Unproved::WrongSignature) => "wrong signature",
            Err(Unproved::NotWhatWasAsked { .. }) => "another",
            Err(Unproved::Refused { .. }) => "refused",
            Err(Unproved::UnknownCode { .. }) => "unknown code",
            Err(Unproved::Malformed { .. } | Unproved::Field { .. } | Unproved::NotOffered) => {
                "unreadable"
            }
        };
        seen.entry(interface).or_default().insert(kind);
    }
    for (interface, kinds) in &seen {
        let never = NEVER.iter().filter(|(known, _)| known == interface);
        let never: Vec<_> = never.flat_map(|(_, kinds)| kinds.iter()).collect();
        for kind in ["read", "unsigned", "wrong signature", "another", "refused", "unknown code"] {
            let expected = !never.contains(&&kind);
            assert_eq!(kinds.contains(kind), expected, "{interface} has samples of: {kind}");
        }
    }
    print(&counts);
    for interface in INTERFACES {
        assert!(counts.contains_key(interface), "{interface} has no samples");
    }
}

/// Every interface that a provider has.
const INTERFACES: [&str; 16] = [
    "icashier/notification",
    "icashier/query",
    "lhxpay/Merchant_QueryPayout",
    "lhxpay/Payment_Query",
    "lhxpay/Payments_Query",
    "lhxpay/Payouts_Query",
    "lhxpay/notification",
    "mmsp/0x0305",
    "mmsp/0x0309",
    "mmsp/0x030E",
    "mmsp/0x0913",
    "xxpay/pay_query_order",
    "zhangxun/notification",
    "zhangxun/cashier_TX0002.ac",
    "zhangxun/cashier_balance.ac",
    "zhangxun/cashier_query.ac",
];

/// What cannot happen at an interface, because of its manual: lhxpay signs no answer, for zhangxun
/// every other status is "processing", callbacks are no refusals, and lhxpay's have no status.
const NEVER: [(&str, &[&str]); 9] = [
    ("icashier/notification", &["refused"]),
    ("lhxpay/Merchant_QueryPayout", &["unsigned", "wrong signature"]),
    ("lhxpay/Payment_Query", &["unsigned", "wrong signature"]),
    ("lhxpay/Payments_Query", &["unsigned", "wrong signature"]),
    ("lhxpay/Payouts_Query", &["unsigned", "wrong signature"]),
    ("lhxpay/notification", &["refused", "unknown code"]),
    ("zhangxun/notification", &["refused", "unknown code"]),
    ("zhangxun/cashier_TX0002.ac", &["unknown code"]),
    ("zhangxun/cashier_query.ac", &["unknown code"]),
];

#[test]
fn no_altered_byte_is_taken_for_the_platforms_word() {
    let mut tried: usize = 0;
    for sample in samples() {
        let (account, role) = (account(&sample), role(&sample));
        let readable = match &role {
            Role::Answer(_) => serde_json::from_slice::<Value>(&sample.raw).is_ok(),
            Role::Callback(_) => true,
        };
        // What is refused for a part that nobody signs may be repaired by an altered byte.
        let repairable = sample.about["refused_for"] == "an unsigned part";
        if !readable || repairable || unsigned::is_unsigned(&sample) {
            continue;
        }
        let before = meaning(read(account.as_ref(), &role, &sample.raw));
        let mut altered = sample.raw.clone();
        for (place, byte) in sample.raw.iter().enumerate() {
            for other in [byte ^ 1, byte ^ 0x20, b'0', b'2', b'"', b','] {
                let Some(here) = altered.get_mut(place).filter(|_| other != *byte) else {
                    continue;
                };
                *here = other;
                let after = meaning(read(account.as_ref(), &role, &altered));
                assert!(
                    after.is_err() || after == before,
                    "{} at {place}: {before:?} became {after:?}",
                    sample.name
                );
                tried = tried.saturating_add(1);
            }
            if let Some(here) = altered.get_mut(place) {
                *here = *byte;
            }
        }
    }
    assert!(tried > 100_000, "only {tried} alterations were tried");
}

#[test]
fn no_answer_without_its_signature_is_taken_for_the_platforms_word() {
    for sample in samples() {
        if matches!(role(&sample), Role::Callback(_)) {
            no_callback_without_its_signature(&sample);
            continue;
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice(&sample.raw) else { continue };
        let by_protocol = matches!(
            outcome(&sample, &sample.raw),
            Ok(Read::Status(_, proof)) if proof == "refusal"
        );
        for name in ["Sign", "sign"].into_iter().filter(|name| fields.contains_key(*name)) {
            for without in
                [None, Some(Value::Null), Some(json!("")), Some(json!([])), Some(json!(0))]
            {
                let mut fields = fields.clone();
                match without {
                    Some(value) => fields.insert(name.to_owned(), value),
                    None => fields.shift_remove(name),
                };
                let raw = Value::Object(fields).to_string();
                let after = outcome(&sample, raw.as_bytes());
                assert_eq!(after.is_ok(), by_protocol, "{}: {after:?}", sample.name);
            }
        }
    }
}

fn no_callback_without_its_signature(sample: &Sample) {
    let raw = String::from_utf8(sample.raw.clone()).unwrap();
    let parts: Vec<_> = raw.split('&').collect();
    for (place, part) in
        parts.iter().enumerate().filter(|(_, part)| part.to_ascii_lowercase().starts_with("sign="))
    {
        let (name, value) = part.split_once('=').unwrap();
        for without in
            [String::new(), format!("{name}="), format!("x{part}"), format!("{name}=x{value}")]
        {
            let mut parts: Vec<_> = parts.clone();
            parts[place] = &without;
            let after = outcome(sample, parts.join("&").as_bytes());
            assert!(after.is_err(), "{}: {after:?}", sample.name);
        }
    }
}

#[test]
fn a_question_about_another_order_is_never_answered() {
    for sample in samples() {
        let Role::Answer(Ask::Status(mut question)) = role(&sample) else {
            continue;
        };
        let account = account(&sample);
        let answer = RawAnswer { body: sample.raw.clone() };
        let Ok(verified) = account.verify(&Ask::Status(question.clone()), &answer) else {
            continue;
        };
        question.order_no.push('9');
        let said = account.read_status(&question, &verified);
        let refusal = verified.refusal().is_some();
        assert!(said.is_err() || refusal, "{}: {said:?}", sample.name);
        let verified = account.verify(&Ask::Status(question), &answer);
        assert!(verified.is_err() || refusal, "{}", sample.name);
    }
}

fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found = Vec::new();
    for provider in PROVIDERS {
        for interface in entries(&root.join(provider.id)) {
            let files = entries(&interface);
            for path in &files {
                let name = name_of(path);
                if let Some(case) = name.strip_suffix(".expected.json") {
                    let raw = interface.join(format!("{case}.json"));
                    assert!(files.contains(&raw), "{} has no answer", path.display());
                    continue;
                }
                let case = name.strip_suffix(".json").unwrap();
                let about = std::fs::read(expected_path(path)).unwrap();
                found.push(Sample {
                    name: format!("{}/{}/{case}", provider.id, name_of(&interface)),
                    provider_id: provider.id.to_owned(),
                    interface: name_of(&interface),
                    path: path.clone(),
                    raw: std::fs::read(path).unwrap(),
                    about: serde_json::from_slice(&about).unwrap(),
                });
            }
        }
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn expected_path(path: &Path) -> PathBuf {
    path.with_extension("expected.json")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn account(sample: &Sample) -> Arc<dyn Provider> {
    let secret = |name: &str| {
        let (_, key) = KEYS.iter().find(|(known, _)| *known == name).unwrap();
        Secret::new((*key).to_owned())
    };
    let variant = text(&sample.about, "account");
    if let Some(settings) = accounts::settings(&sample.provider_id, variant) {
        return build(&sample.provider_id, &settings);
    }
    let mut settings = Settings::default();
    let texts: &[(&'static str, &str)] = if sample.provider_id == "mmsp" {
        settings.lists.insert("products", vec!["quick".to_owned(), "gateway".to_owned()]);
        settings.secrets.insert("md5_key", secret("mmsp"));
        settings.secrets.insert("agent_md5_key", secret("mmsp agent"));
        &[
            ("openapi_url", "http://127.0.0.1/openapi"),
            ("merchant_no", "001440353999853"),
            ("terminal_no", "84970001"),
        ]
    } else {
        settings.secrets.insert("key", secret(&sample.provider_id));
        &[
            ("base_url", "http://127.0.0.1"),
            ("mch_id", "20001222"),
            ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f"),
        ]
    };
    settings.texts.extend(texts.iter().map(|(key, text)| (*key, (*text).to_owned())));
    if variant == "agency" {
        settings.texts.insert("agent_no", "80000001".to_owned());
    }
    build(&sample.provider_id, &settings)
}

fn build(provider_id: &str, settings: &Settings) -> Arc<dyn Provider> {
    let registered = PROVIDERS.iter().find(|known| known.id == provider_id).unwrap();
    (registered.build)(settings).unwrap()
}

fn role(sample: &Sample) -> Role {
    match sample.about.get("notification") {
        Some(about) => Role::Callback(Notification {
            received_at: Timestamp::from_epoch_seconds(0),
            content_type: text(about, "content_type").to_owned(),
            body: Vec::new(),
        }),
        None => Role::Answer(ask(sample)),
    }
}

fn ask(sample: &Sample) -> Ask {
    let date = |text: &str| BusinessDate::parse(text).unwrap();
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    if sample.about.get("balance_question").is_some() {
        return Ask::Balance;
    }
    if let Some(question) = sample.about.get("page_question") {
        return Ask::Page(PageQuestion {
            kind: Kind::Payment,
            product: text(question, "product").to_owned(),
            from: date(text(question, "from")).date(),
            to: date(text(question, "to")).date(),
            page: number(&question["page"]),
            rows_per_page: number(&question["rows_per_page"]),
        });
    }
    let again = sample.about.get("renotify");
    let question = again.unwrap_or(&sample.about["question"]);
    let kind = question.get("kind").and_then(Value::as_str);
    let question = Question {
        kind: kind.map_or(Kind::Payment, |code| Kind::from_code(code).unwrap()),
        product: text(question, "product").to_owned(),
        order_no: text(question, "order_no").to_owned(),
        provider_order_no: text(question, "provider_order_no").to_owned(),
        business_date: date("2017-11-22"),
    };
    if again.is_some() { Ask::Renotify(question) } else { Ask::Status(question) }
}

fn outcome(sample: &Sample, raw: &[u8]) -> Outcome {
    read(account(sample).as_ref(), &role(sample), raw)
}

/// Balances are answered at the moment 0: none of the platforms states a time of its own.
fn read(account: &dyn Provider, role: &Role, raw: &[u8]) -> Outcome {
    let body = raw.to_vec();
    let ask = match role {
        Role::Answer(ask) => ask,
        Role::Callback(notification) => {
            let verified =
                account.verify_notification(&Notification { body, ..notification.clone() })?;
            let proof = assurance(&verified).code().to_owned();
            return Ok(Read::Callback(account.read_notification(&verified)?, proof));
        }
    };
    let verified = account.verify(ask, &RawAnswer { body })?;
    let proof = assurance(&verified).code().to_owned();
    match ask {
        Ask::Status(question) | Ask::Renotify(question) => {
            Ok(Read::Status(account.read_status(question, &verified)?, proof))
        }
        Ask::Page(question) => Ok(Read::Page(account.read_page(question, &verified)?, proof)),
        Ask::Balance => {
            let answered_at = Timestamp::from_epoch_seconds(0);
            Ok(Read::Balance(account.read_balance(&verified, answered_at)?, proof))
        }
    }
}

/// An outcome without the code of a refusal, which is not signed and means nothing more than that.
fn meaning(mut outcome: Outcome) -> Outcome {
    if let Ok(Read::Status(said, proof)) = &mut outcome
        && proof == "refusal"
    {
        said.status_code.clear();
    }
    outcome
}

fn described(outcome: &Outcome) -> Value {
    match outcome {
        Err(unproved) => json!({ "unproved": unproved.code() }),
        Ok(Read::Status(said, proof)) => {
            let mut said = described_said(said);
            said["assurance"] = json!(proof);
            json!({ "said": said })
        }
        Ok(Read::Page(page, proof)) => {
            let rows: Vec<_> = page
                .rows
                .iter()
                .map(|row| match row {
                    Ok(said) => described_said(said),
                    Err(row) => json!({ "unreadable": {
                        "order_no": row.order_no, "field": row.field, "value": row.value,
                    } }),
                })
                .collect();
            json!({ "page": {
                "total_rows": page.total_rows,
                "total_pages": page.total_pages,
                "rows": rows,
                "assurance": proof,
            } })
        }
        Ok(Read::Balance(balance, proof)) => {
            let lines: Vec<_> = balance
                .lines
                .iter()
                .map(|line| {
                    json!({
                        "channel": line.channel,
                        "part": line.part.code(),
                        "minor": line.money.minor,
                        "currency": line.money.currency.to_string(),
                    })
                })
                .collect();
            json!({ "balance": {
                "as_of": BusinessDay::BEIJING.text(balance.as_of),
                "lines": lines,
                "assurance": proof,
            } })
        }
        Ok(Read::Callback(notified, proof)) => {
            let mut said = described_said(&notified.said);
            said["kind"] = json!(notified.kind.code());
            said["product"] = json!(notified.product);
            said["assurance"] = json!(proof);
            json!({ "notified": said })
        }
    }
}

fn described_said(said: &Said) -> Value {
    let mut described = json!({
        "order_no": said.order_no,
        "provider_order_no": said.provider_order_no,
        "status": said.status.code(),
        "status_code": said.status_code,
        "amount_minor": said.amount.map(|amount| amount.minor),
        "currency": said.amount.map(|amount| amount.currency.to_string()),
        "paid_at": said.paid_at.map(|moment| BusinessDay::BEIJING.text(moment)),
    });
    if let Some(fee) = said.fee_minor {
        described["fee_minor"] = json!(fee);
    }
    described
}

/// Puts a signature where a new sample has none yet.
fn sign_new(sample: &mut Sample) {
    let Ok(raw) = String::from_utf8(sample.raw.clone()) else { return };
    if !raw.contains(TO_BE_SIGNED) {
        return;
    }
    if let Some(signed) = signing::signed(sample, &raw) {
        sample.raw = signed.into_bytes();
        std::fs::write(&sample.path, &sample.raw).unwrap();
        return;
    }
    let fields: serde_json::Map<String, Value> = serde_json::from_str(&raw).unwrap();
    let signed = match sample.provider_id.as_str() {
        "mmsp" => php_json::canonical(&fields["Body"]).unwrap(),
        _ => joined_by_bytes(signed_pairs(&fields, "sign")),
    };
    let agent = if text(&sample.about, "signed_by") == "agent" { " agent" } else { "" };
    let name = format!("{}{agent}", sample.provider_id);
    let (_, key) = KEYS.iter().find(|(known, _)| *known == name).unwrap();
    let rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
    let sign = sign_md5(rule, &signed, &Secret::new((*key).to_owned()));
    sample.raw = raw.replace(TO_BE_SIGNED, &sign).into_bytes();
    std::fs::write(&sample.path, &sample.raw).unwrap();
}

#[expect(clippy::print_stdout, reason = "the counts are for who runs the test with --nocapture")]
fn print(counts: &BTreeMap<String, usize>) {
    for (interface, count) in counts {
        println!("{interface}: {count} samples");
    }
}
