//! One sample: the answer or callback, what was asked, and what comes out.

use std::path::{Path, PathBuf};

use duizhang::balance::Balance;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::provider::{
    Ask, Notification, Notified, PROVIDERS, Page, PageQuestion, Provider, Question, RawAnswer,
    Registration, Unproved, Verified, assurance, file,
};
use duizhang::reading::Facts;
use duizhang::status::Kind;
use serde_json::{Value, json};

/// The folder of callbacks, which no request asks for.
pub(crate) const NOTIFICATION: &str = "notification";

pub(crate) struct Sample {
    /// `mmsp/0x0305/succeeded`.
    pub(crate) name: String,
    pub(crate) provider_id: String,
    pub(crate) interface: String,
    pub(crate) path: PathBuf,
    pub(crate) raw: Vec<u8>,
    pub(crate) about: Value,
}

/// What came out: what was said, or why nothing was.
pub(crate) type Outcome = Result<Read, Unproved>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    pub(crate) content: Content,
    pub(crate) proof: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Status(Facts),
    Page(Page),
    Balance(Balance),
    Notified(Notified),
}

/// What was asked; a callback comes unasked.
pub(crate) enum Asked {
    Ask(Ask),
    Nothing,
}

/// The providers that can be asked. What is known by its bills alone has no interface: its samples are those
/// of the layouts.
pub(crate) fn with_interfaces() -> impl Iterator<Item = &'static Registration> {
    PROVIDERS.iter().filter(|known| known.id != file::REGISTRATION.id)
}

/// All samples of all providers, sorted by name.
pub(crate) fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found = Vec::new();
    for provider in with_interfaces() {
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

pub(crate) fn expected_path(path: &Path) -> PathBuf {
    path.with_extension("expected.json")
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The question of a sample.
pub(crate) fn asked(sample: &Sample) -> Asked {
    let date = |text: &str| BusinessDate::parse(text).unwrap();
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    if sample.about.get("notification").is_some() {
        return Asked::Nothing;
    }
    if sample.about.get("balance_question").is_some() {
        return Asked::Ask(Ask::Balance);
    }
    if let Some(question) = sample.about.get("page_question") {
        return Asked::Ask(Ask::Page(PageQuestion {
            kind: Kind::Payment,
            product: text(question, "product").to_owned(),
            from: date(text(question, "from")).date(),
            to: date(text(question, "to")).date(),
            page: number(&question["page"]),
            rows_per_page: number(&question["rows_per_page"]),
        }));
    }
    let again = sample.about.get("renotify");
    let question = again.unwrap_or(&sample.about["question"]);
    let kind = match text(question, "kind") {
        "" => Kind::Payment,
        code => Kind::from_code(code).unwrap(),
    };
    let question = Question {
        kind,
        product: text(question, "product").to_owned(),
        order_no: text(question, "order_no").to_owned(),
        provider_order_no: text(question, "provider_order_no").to_owned(),
        business_date: date("2017-11-22"),
    };
    Asked::Ask(if again.is_some() { Ask::Renotify(question) } else { Ask::Status(question) })
}

/// 2017-11-22 12:00:00 in Beijing: when every answer and callback came.
const RECEIVED_AT: Timestamp = Timestamp::from_epoch_seconds(1_511_323_200);

/// Verifies and reads, as the sample's question wants it.
pub(crate) fn read(account: &dyn Provider, sample: &Sample, raw: &[u8]) -> Outcome {
    let verified = verify(account, sample, raw)?;
    let proof = assurance(&verified).code().to_owned();
    let content = match asked(sample) {
        Asked::Ask(Ask::Status(question) | Ask::Renotify(question)) => {
            Content::Status(account.read_status(&question, &verified)?)
        }
        Asked::Ask(Ask::Page(question)) => Content::Page(account.read_page(&question, &verified)?),
        Asked::Ask(Ask::Balance) => Content::Balance(account.read_balance(&verified, RECEIVED_AT)?),
        Asked::Nothing => Content::Notified(account.read_notification(&verified)?),
    };
    Ok(Read { content, proof })
}

fn verify(account: &dyn Provider, sample: &Sample, raw: &[u8]) -> Result<Verified, Unproved> {
    let body = raw.to_vec();
    match asked(sample) {
        Asked::Ask(ask) => account.verify(&ask, &RawAnswer::of_body(body)),
        Asked::Nothing => account.verify_notification(&Notification {
            received_at: RECEIVED_AT,
            content_type: text(&sample.about["notification"], "content_type").to_owned(),
            body,
        }),
    }
}

/// What an outcome means: without the code of a refusal, which is not signed and means nothing more
/// than that, and without the difference that a signature makes where none is needed.
pub(crate) fn meaning(mut outcome: Outcome) -> Outcome {
    if let Ok(read) = &mut outcome {
        if let Content::Status(facts) = &mut read.content
            && read.proof == "refusal"
        {
            facts.status_code.clear();
        }
        if read.proof == "rsa" {
            "echo".clone_into(&mut read.proof);
        }
    }
    outcome
}

/// An outcome as the expectation beside a sample has it.
pub(crate) fn described(outcome: &Outcome) -> Value {
    let Read { content, proof } = match outcome {
        Err(unproved) => return json!({ "unproved": unproved.code() }),
        Ok(read) => read,
    };
    let (name, mut described) = match content {
        Content::Status(facts) => ("said", described_facts(facts)),
        Content::Page(page) => ("page", described_page(page)),
        Content::Balance(balance) => ("balance", described_balance(balance)),
        Content::Notified(notified) => {
            let mut described = described_facts(&notified.facts);
            described["kind"] = json!(notified.kind.code());
            described["product"] = json!(notified.product);
            ("notified", described)
        }
    };
    described["assurance"] = json!(proof);
    json!({ name: described })
}

fn described_page(page: &Page) -> Value {
    let rows: Vec<_> = page
        .rows
        .iter()
        .map(|row| match row {
            Ok(facts) => described_facts(facts),
            Err(row) => json!({ "unreadable": {
                "order_no": row.order_no, "field": row.field, "value": row.value,
            } }),
        })
        .collect();
    json!({ "total_rows": page.total_rows, "total_pages": page.total_pages, "rows": rows })
}

fn described_balance(balance: &Balance) -> Value {
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
    json!({ "as_of": BusinessDay::BEIJING.text(balance.as_of), "lines": lines })
}

fn described_facts(facts: &Facts) -> Value {
    let mut described = json!({
        "order_no": facts.order_no,
        "provider_order_no": facts.provider_order_no,
        "status": facts.status.code(),
        "status_code": facts.status_code,
        "amount_minor": facts.amount.map(|amount| amount.minor),
        "currency": facts.amount.map(|amount| amount.currency.to_string()),
        "paid_at": facts.paid_at.map(|moment| BusinessDay::BEIJING.text(moment)),
    });
    if let Some(fee) = facts.fee_minor {
        described["fee_minor"] = json!(fee);
    }
    described
}
