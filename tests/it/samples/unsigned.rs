//! Goal: an answer that nobody signs is taken for an answer about the order that it names, and for
//! nothing more.
//!
//! Method: each such sample that is read is changed in everything that could bind it to another
//! question, or make more of it than the document has.

use duizhang::provider::{Ask, Question, Unproved};
use duizhang::reading::Facts;
use duizhang::status::ProviderStatus;
use serde_json::{Value, json};

use super::accounts::account;
use super::sample::{Asked, Content, NOTIFICATION, Outcome, Sample, asked, read, samples, text};

/// Whether a sample comes from an interface on which the platform signs nothing, or need not.
pub(super) fn is_unsigned(sample: &Sample) -> bool {
    let signs_nothing = sample.provider_id == "lhxpay" || text(&sample.about, "account") == CONSENT;
    signs_nothing && sample.interface != NOTIFICATION
}

/// The account that takes answers which nobody signed.
const CONSENT: &str = "unsigned";

/// The samples that are read, with their fields; refusals are none, since they say nothing.
fn answers() -> Vec<(Sample, Value)> {
    let read: Vec<_> = samples()
        .into_iter()
        .filter(is_unsigned)
        .filter(|sample| sample.provider_id == "lhxpay")
        .filter(|sample| question(sample).is_some())
        .filter(|sample| outcome(sample, &sample.raw).is_ok_and(|read| read.proof == "echo"))
        .map(|sample| {
            let fields = serde_json::from_slice(&sample.raw).unwrap();
            (sample, fields)
        })
        .collect();
    assert!(read.len() > 20, "only {} answers are read", read.len());
    read
}

fn outcome(sample: &Sample, raw: &[u8]) -> Outcome {
    read(account(sample).as_ref(), sample, raw)
}

/// What an outcome says of an order, if it says anything.
fn facts(outcome: Outcome) -> Option<Facts> {
    match outcome.ok()?.content {
        Content::Status(facts) => Some(facts),
        Content::Page(_) | Content::Balance(_) | Content::Notified(_) => None,
    }
}

fn question(sample: &Sample) -> Option<Question> {
    match asked(sample) {
        Asked::Ask(Ask::Status(question) | Ask::Renotify(question)) => Some(question),
        Asked::Ask(Ask::Page(_) | Ask::Balance) | Asked::Nothing => None,
    }
}

fn entry<'a>(fields: &'a mut Value, names: &[&str]) -> &'a mut Value {
    let found = fields.as_object_mut().unwrap().iter_mut();
    let mut found = found.filter(|(name, _)| names.contains(&&*name.to_lowercase()));
    found.next().unwrap().1
}

#[test]
fn an_answer_without_the_right_echo_is_refused() {
    for (sample, fields) in answers() {
        let echoes =
            [json!(null), json!(""), json!([]), json!({}), json!(true), json!("M"), json!(1)];
        for echo in echoes {
            let mut fields = fields.clone();
            let result = entry(&mut fields, &["result"]);
            *entry(result, &["mrn", "merchantreferencenumber"]) = echo;
            let after = outcome(&sample, fields.to_string().as_bytes());
            assert!(after.is_err(), "{}: {fields} gave {after:?}", sample.name);
        }
        let mut without = fields.clone();
        let result = entry(&mut without, &["result"]).as_object_mut().unwrap();
        result.retain(|name, _| !name.to_lowercase().contains('r'));
        let after = outcome(&sample, without.to_string().as_bytes());
        assert_eq!(after, Err(Unproved::Field { field: "mrn" }), "{}", sample.name);
    }
}

#[test]
fn an_answer_states_its_amount_and_nothing_else_and_no_order_but_the_one_that_was_asked_for() {
    for (sample, mut fields) in answers() {
        let before = facts(outcome(&sample, &sample.raw)).unwrap();
        let result = entry(&mut fields, &["result"]).as_object_mut().unwrap();
        for name in ["fee", "paidAt", "provider_order_no", "orderNo", "time"] {
            result.insert(name.to_owned(), json!("20200101000000"));
        }
        let facts = facts(outcome(&sample, fields.to_string().as_bytes())).unwrap();
        assert_eq!(facts, before, "{}", sample.name);
        let question = question(&sample).unwrap();
        assert_eq!(facts.order_no, question.order_no, "{}", sample.name);
        let stated = (facts.fee_minor, facts.paid_at, &*facts.provider_order_no);
        assert_eq!(stated, (None, None, ""), "{}", sample.name);
    }
}

#[test]
fn no_altered_byte_makes_a_status_without_the_echo() {
    let mut tried: usize = 0;
    for sample in samples().iter().filter(|sample| is_unsigned(sample)) {
        let (account, Some(question)) = (account(sample), question(sample)) else { continue };
        for place in 0..sample.raw.len() {
            for other in [sample.raw[place] ^ 1, b'0', b'"', b','] {
                let mut altered = sample.raw.clone();
                altered[place] = other;
                tried = tried.saturating_add(1);
                let Some(facts) = facts(read(account.as_ref(), sample, &altered)) else { continue };
                let echo = format!("\"{}\"", question.order_no);
                let echoed = String::from_utf8_lossy(&altered).contains(&echo);
                let not_found = facts.status == ProviderStatus::NotFound;
                assert!(echoed || not_found, "{} at {place}: {facts:?}", sample.name);
            }
        }
    }
    assert!(tried > 10_000, "only {tried} alterations were tried");
}
