//! The texts that a platform may have signed: the same content, in the spellings of its families.
//!
//! - Names in byte order, by the manual (1.3); by `XxPay`'s own server the pairs sorted without regard to
//!   case.
//! - An object as a value (`channelAttach`): with all names sorted; as it was received; or with its own
//!   names sorted and everything inside as received (the server's `PayDigestUtil.getSortJson`).
//! - What is inside as it was sent, letter by letter: the server's fastjson writes `\u2028`, `\u007F` and
//!   `1E+2`, which no other printer does.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::provider::field::Fields;
use crate::provider::signature::{SignedPair, joined_by_any_case, joined_by_bytes, signed_pairs};

/// Every text that may have been signed for these fields; `received`: the JSON text that they were read
/// from, where they were.
pub(super) fn signed(fields: &Fields, received: Option<&str>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut add = |pairs: Vec<SignedPair<'_>>| {
        for text in [joined_by_bytes(pairs.clone()), joined_by_any_case(pairs)] {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    };
    let has_object = |value: &Value| value.is_object() || value.is_array();
    if !fields.values().any(has_object) {
        add(signed_pairs(fields, "sign"));
        return texts;
    }
    let orders: [fn(&Value) -> Value; 3] = [sorted_inside, Value::clone, sorted_outside];
    for sorted in orders {
        let fields: Fields =
            fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
        add(signed_pairs(&fields, "sign"));
    }
    let Some(members) = received.and_then(members) else { return texts };
    let spellings: [fn(&str) -> Option<String>; 2] = [as_received, sorted_as_received];
    for spelled in spellings {
        let pairs = signed_pairs(fields, "sign").into_iter().map(|(name, text)| {
            let is_object = fields.get(name).is_some_and(has_object);
            let raw = members.iter().find(|(other, _)| other == name).filter(|_| is_object);
            match raw.and_then(|(_, raw)| spelled(raw)) {
                Some(raw) => (name, Cow::Owned(raw)),
                None => (name, text),
            }
        });
        add(pairs.collect());
    }
    texts
}

/// A value with the names of all objects in it sorted.
fn sorted_inside(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        Value::Array(items) => items.iter().map(sorted_inside).collect(),
        Value::Object(fields) => sorted(fields, sorted_inside),
    }
}

/// A value whose own names are sorted, if it is an object.
fn sorted_outside(value: &Value) -> Value {
    match value {
        Value::Object(fields) => sorted(fields, Value::clone),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value.clone()
        }
    }
}

fn sorted(fields: &Fields, inside: fn(&Value) -> Value) -> Value {
    let mut names: Vec<_> = fields.iter().collect();
    names.sort_by_key(|(name, _)| *name);
    let sorted: Map<String, Value> =
        names.into_iter().map(|(name, value)| (name.clone(), inside(value))).collect();
    Value::Object(sorted)
}

#[expect(clippy::unnecessary_wraps, reason = "one of two spellings, of which the other may fail")]
fn as_received(raw: &str) -> Option<String> {
    Some(raw.to_owned())
}

/// An object's members as they were received, sorted by their names.
fn sorted_as_received(raw: &str) -> Option<String> {
    if !raw.starts_with('{') {
        return Some(raw.to_owned());
    }
    let mut members = members(raw)?;
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    let pairs: Option<Vec<String>> = members
        .into_iter()
        .map(|(name, raw)| Some(format!("{}:{raw}", serde_json::to_string(&name).ok()?)))
        .collect();
    Some(format!("{{{}}}", pairs?.join(",")))
}

/// The members of a JSON object, each with its name and the text of its value; `None` for anything else,
/// and where a name is there twice. The text has been read as JSON before.
fn members(object: &str) -> Option<Vec<(String, &str)>> {
    let inside = object.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut found: Vec<(String, &str)> = Vec::new();
    if inside.trim().is_empty() {
        return Some(found);
    }
    for member in split(inside, b',') {
        let (name, value) = split_once(member, b':')?;
        let name: String = serde_json::from_str(name.trim()).ok()?;
        if found.iter().any(|(known, _)| *known == name) {
            return None;
        }
        found.push((name, value.trim()));
    }
    Some(found)
}

fn split(text: &str, mark: u8) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, after)) = split_once(rest, mark) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// Splits at the first mark that stands outside of texts, objects and lists.
fn split_once(text: &str, mark: u8) -> Option<(&str, &str)> {
    let (mut depth, mut is_inside, mut is_escaped) = (0_usize, false, false);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_inside => is_escaped = true,
            b'"' => is_inside = !is_inside,
            _ if is_inside => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if byte == mark && depth == 0 => {
                return Some((text.get(..place)?, text.get(place.saturating_add(1)..)?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::field;

    #[test]
    fn members_are_those_of_the_object_itself_as_they_were_written() {
        let members = |text| {
            let found = members(text)?.into_iter().map(|(name, raw)| format!("{name}|{raw}"));
            Some(found.collect::<Vec<_>>().join(" "))
        };
        let table = [
            ("{}", Some("")),
            (r#" {"a" : 1E+2 , "b":"x" } "#, Some(r#"a|1E+2 b|"x""#)),
            (
                r#"{"a":{"b":[1,{"c":2}],"d":"},"},"e":[]}"#,
                Some(r#"a|{"b":[1,{"c":2}],"d":"},"} e|[]"#),
            ),
            (r#"{"a":"\"\\","\u0062":"\u2028"}"#, Some(r#"a|"\"\\" b|"\u2028""#)),
            (r#"{"a":1,"a":2}"#, None),
            (r#"{"a":1,"\u0061":2}"#, None),
            ("[1]", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(members(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_object_is_tried_in_five_spellings_and_nothing_else_in_more_than_two() {
        let text = r#"{"b":{"z":1E+2,"a":{"y":"\u2028","x":1}},"a":"1"}"#;
        let fields = field::object(text.as_bytes()).expect("an object");
        let texts = signed(&fields, Some(text));
        for expected in [
            "a=1&b={\"a\":{\"x\":1,\"y\":\"\u{2028}\"},\"z\":1e+2}",
            "a=1&b={\"z\":1e+2,\"a\":{\"y\":\"\u{2028}\",\"x\":1}}",
            "a=1&b={\"a\":{\"y\":\"\u{2028}\",\"x\":1},\"z\":1e+2}",
            "a=1&b={\"z\":1E+2,\"a\":{\"y\":\"\\u2028\",\"x\":1}}",
            "a=1&b={\"a\":{\"y\":\"\\u2028\",\"x\":1},\"z\":1E+2}",
        ] {
            assert!(texts.contains(&expected.to_owned()), "{expected} is not in {texts:?}");
        }
        assert_eq!(texts.len(), 5, "{texts:?}");
        let plain = field::object(br#"{"B":"2","a":1E+2}"#).expect("an object");
        assert_eq!(signed(&plain, Some(r#"{"B":"2","a":1E+2}"#)), ["B=2&a=1e+2", "a=1e+2&B=2"]);
    }
}
