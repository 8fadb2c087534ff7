//! Goal: every provider reads real answers and callbacks, and every trap that its platform sets, as
//! `samples/README.md` says, and nothing that was altered on the way is taken for the platform's word.
//!
//! Method: each file under `samples/<provider>/<interface>/` is verified and read as the answer to
//! the question beside it, and the outcome compared with the expectation beside it. Then each byte
//! of it is replaced in several ways: the outcome has to stay the same or become an error. With
//! `UPDATE_EXPECT=1` expectations are rewritten (and new samples signed) instead of compared.

use std::collections::{BTreeMap, BTreeSet};

use duizhang::provider::signature::{base64, from_base64};
use duizhang::provider::{Ask, Question, RawAnswer, Unproved};
use serde_json::{Value, json};

use accounts::{account, build, finish};
use interfaces::{IMPOSSIBLE, KINDS, interface, interfaces};
use sample::{
    Asked, Content, NOTIFICATION, Outcome, Sample, asked, described, expected_path, meaning, read,
    samples, text, with_interfaces,
};

pub(crate) mod accounts;
mod again;
mod callbacks;
pub(crate) mod interfaces;
pub(crate) mod sample;
pub(crate) mod settings;
mod signing;
mod unsigned;

#[test]
fn every_sample_is_read_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for mut sample in samples() {
        if update {
            finish(&mut sample);
        }
        let found = described(&outcome(&sample));
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
        let folder = match asked(&sample) {
            Asked::Ask(ask) => interface(account(&sample).as_ref(), &ask).unwrap(),
            Asked::Nothing => NOTIFICATION.to_owned(),
        };
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
        let kind = match kind(&outcome(&sample)) {
            "without money" if unsigned::is_unsigned(&sample) => "read",
            kind => kind,
        };
        seen.entry(interface).or_default().insert(kind);
    }
    check_table(&counts);
    for (interface, kinds) in &seen {
        for kind in KINDS {
            let possible = !IMPOSSIBLE.contains(&(interface, kind));
            assert_eq!(kinds.contains(kind), possible, "{interface}: {kind}");
        }
    }
    for provider in with_interfaces() {
        for variant in settings::variants(provider.id) {
            for interface in interfaces(build(provider.id, variant).as_ref()) {
                let name = format!("{}/{interface}", provider.id);
                assert!(counts.contains_key(&name), "{name} has no samples");
            }
        }
    }
}

#[test]
fn no_altered_byte_is_taken_for_the_platforms_word() {
    let mut tried: usize = 0;
    for sample in samples() {
        // What is refused for a part that nobody signs may be repaired by an altered byte.
        let readable = sample.interface == NOTIFICATION
            || serde_json::from_slice::<Value>(&sample.raw).is_ok();
        let repairable = sample.about["refused_for"] == "an unsigned part";
        if !readable || repairable || unsigned::is_unsigned(&sample) {
            continue;
        }
        let account = account(&sample);
        let before = meaning(read(account.as_ref(), &sample, &sample.raw));
        let mut altered = sample.raw.clone();
        for place in places(&sample) {
            let byte = sample.raw[place];
            let others = [byte ^ 1, byte ^ 0x20, b'0', b'2', b'"', b','];
            // In what is refused already there is nothing that could come to mean something else.
            let ways = if before.is_err() { 1 } else { others.len() };
            for other in others.into_iter().take(ways) {
                if other == byte {
                    continue;
                }
                altered[place] = other;
                let after = meaning(read(account.as_ref(), &sample, &altered));
                assert!(
                    after.is_err() || after == before,
                    "{} at {place}: {before:?} became {after:?}",
                    sample.name
                );
                tried = tried.saturating_add(1);
            }
            altered[place] = byte;
        }
    }
    assert!(tried > 100_000, "only {tried} alterations were tried");
}

/// Where a sample is altered: everywhere, but of an encrypted text, which is slow to open, only at
/// places all over it.
fn places(sample: &Sample) -> Vec<usize> {
    let encrypted = in_json(&encrypted(sample).unwrap_or_default());
    let raw = String::from_utf8_lossy(&sample.raw);
    let from = raw.find(&encrypted).unwrap_or_default();
    let until = from.saturating_add(encrypted.len());
    let step = (encrypted.len() / 24).max(1);
    (0..sample.raw.len())
        .filter(|place| !(from..until).contains(place) || place.is_multiple_of(step))
        .collect()
}

/// The encrypted text of a sample that has one.
fn encrypted(sample: &Sample) -> Option<String> {
    let message: Value = serde_json::from_slice(&sample.raw).ok()?;
    Some(message.get("ENCRYPT")?.as_str()?.to_owned())
}

/// A text as it stands in JSON, without its quotes.
fn in_json(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[test]
fn an_altered_ciphertext_opens_to_nothing() {
    let mut tried: usize = 0;
    for sample in samples() {
        let Some(encrypted) = encrypted(&sample) else { continue };
        let (account, Some(bytes)) = (account(&sample), from_base64(&encrypted)) else { continue };
        let raw = String::from_utf8(sample.raw.clone()).unwrap();
        if bytes.len() % 128 != 0 || outcome(&sample).is_err() {
            continue;
        }
        let mut alterations = vec![
            bytes[1..].to_vec(),
            bytes[..bytes.len() - 1].to_vec(),
            [&bytes[..], &bytes[..128]].concat(),
            [&bytes[bytes.len() - 128..], &bytes[..]].concat(),
        ];
        if bytes.len() > 128 {
            alterations.push(bytes[128..].to_vec());
            alterations.push(bytes[..bytes.len() - 128].to_vec());
            alterations.push([&bytes[128..], &bytes[..128]].concat());
        }
        for place in (0..bytes.len()).step_by(37) {
            let mut altered = bytes.clone();
            altered[place] ^= 1 << (place % 8);
            alterations.push(altered);
        }
        for altered in alterations {
            let raw = raw.replace(&in_json(&encrypted), &base64(&altered));
            let after = read(account.as_ref(), &sample, raw.as_bytes());
            assert!(matches!(after, Err(Unproved::Malformed { .. })), "{}: {after:?}", sample.name);
            tried = tried.saturating_add(1);
        }
    }
    assert!(tried > 100, "only {tried} alterations were tried");
}

#[test]
fn no_answer_without_its_signature_is_taken_for_the_platforms_word() {
    for sample in samples().into_iter().filter(|sample| !unsigned::is_unsigned(sample)) {
        let Ok(Value::Object(fields)) = serde_json::from_slice(&sample.raw) else { continue };
        let account = account(&sample);
        let by_protocol = matches!(outcome(&sample), Ok(read) if read.proof == "refusal");
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
                let after = read(account.as_ref(), &sample, raw.as_bytes());
                assert_eq!(after.is_ok(), by_protocol, "{}: {after:?}", sample.name);
            }
        }
    }
}

#[test]
fn a_payout_answer_without_its_signature_is_called_unsigned() {
    let mut tried: usize = 0;
    for sample in samples() {
        let Ok(Value::Object(fields)) = serde_json::from_slice(&sample.raw) else { continue };
        if !fields.contains_key("SIGN") || !outcome(&sample).is_ok_and(|read| read.proof == "rsa") {
            continue;
        }
        let table = [
            (None, Ok("echo")),
            (Some(Value::Null), Ok("echo")),
            (Some(json!("")), Ok("echo")),
            (Some(json!("AAAA")), Err(Unproved::WrongSignature)),
            (Some(json!(0)), Err(Unproved::WrongSignature)),
            (Some(json!([])), Err(Unproved::WrongSignature)),
        ];
        for (sign, expected) in table {
            let mut fields = fields.clone();
            match sign {
                Some(value) => fields.insert("SIGN".to_owned(), value),
                None => fields.shift_remove("SIGN"),
            };
            let raw = Value::Object(fields).to_string();
            let after = read(account(&sample).as_ref(), &sample, raw.as_bytes());
            let proof = after.as_ref().map(|read| read.proof.as_str()).map_err(Clone::clone);
            assert_eq!(proof, expected, "{}", sample.name);
            tried = tried.saturating_add(1);
        }
    }
    assert!(tried > 0, "no sample is signed with RSA");
}

#[test]
fn a_question_about_another_order_is_never_answered() {
    for sample in samples() {
        let (account, Asked::Ask(Ask::Status(mut question))) = (account(&sample), asked(&sample))
        else {
            continue;
        };
        let answer = RawAnswer::of_body(sample.raw.clone());
        let Ok(verified) = account.verify(&Ask::Status(question.clone()), &answer) else {
            continue;
        };
        question.order_no.push('9');
        let facts = account.read_status(&question, &verified);
        let refusal = verified.refusal().is_some();
        assert!(facts.is_err() || refusal, "{}: {facts:?}", sample.name);
        let verified = account.verify(&Ask::Status(question), &answer);
        assert!(verified.is_err() || refusal, "{}", sample.name);
    }
}

#[test]
fn an_answer_of_one_lane_means_nothing_on_another() {
    for sample in samples() {
        let Asked::Ask(Ask::Status(question)) = asked(&sample) else { continue };
        if outcome(&sample).is_err() {
            continue;
        }
        let account = account(&sample);
        let answer = RawAnswer::of_body(sample.raw.clone());
        let own = interface(account.as_ref(), &Ask::Status(question.clone())).unwrap();
        for lane in account.lanes() {
            let (kind, product) = (lane.kind, lane.product);
            let other = Question { kind, product, ..question.clone() };
            // Quick and gateway speak of a payment in the same fields.
            let same_fields = [&question.product, &other.product]
                .iter()
                .all(|product| ["quick", "gateway"].contains(&product.as_str()));
            let ask = Ask::Status(other.clone());
            // And lhxpay in the same ones of both kinds.
            let same_fields = same_fields || unsigned::is_unsigned(&sample);
            if same_fields || interface(account.as_ref(), &ask).is_ok_and(|name| name == own) {
                continue;
            }
            let Ok(verified) = account.verify(&ask, &answer) else { continue };
            let facts = account.read_status(&other, &verified);
            let refusal = verified.refusal().is_some();
            assert!(facts.is_err() || refusal, "{} as {other:?}: {facts:?}", sample.name);
        }
    }
}

#[test]
fn nothing_that_is_printed_of_a_payout_is_personal() {
    for sample in samples() {
        let plaintext = text(&sample.about, "plaintext");
        let Asked::Ask(ask) = asked(&sample) else { continue };
        let verified = account(&sample).verify(&ask, &RawAnswer::of_body(sample.raw.clone()));
        let printed = format!("{verified:?} {:?}", outcome(&sample));
        for personal in ["张三", "6225123456781234", "13800138000"] {
            assert!(
                !plaintext.contains(personal) || !printed.contains(personal),
                "{}: {printed}",
                sample.name
            );
        }
    }
}

/// What the sample stands for.
fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Ok(read) => match &read.content {
            Content::Status(facts) if facts.amount.is_none() => "without money",
            Content::Status(_) | Content::Page(_) | Content::Balance(_) | Content::Notified(_) => {
                "read"
            }
        },
        Err(Unproved::Unsigned) => "unsigned",
        Err(Unproved::WrongSignature) => "wrong signature",
        Err(Unproved::NotWhatWasAsked { .. }) => "another",
        Err(Unproved::Refused { .. } | Unproved::AccountUnproved { .. }) => "refused",
        Err(Unproved::UnknownCode { .. }) => "unknown code",
        Err(Unproved::Malformed { .. } | Unproved::Field { .. } | Unproved::NotOffered) => {
            "unreadable"
        }
    }
}

fn outcome(sample: &Sample) -> Outcome {
    read(account(sample).as_ref(), sample, &sample.raw)
}

/// The documents say how many there are.
fn check_table(counts: &BTreeMap<String, usize>) {
    let table = include_str!("../../docs/platforms.md").replace(" (bbc)", "");
    for (interface, count) in counts {
        let cells = format!("| `{interface}` | {count} |");
        assert!(table.contains(&cells), "docs/platforms.md lacks {cells}");
    }
    let together = format!("| together | {} |", counts.values().sum::<usize>());
    assert!(table.contains(&together), "docs/platforms.md lacks {together}");
}
