//! Signing as the platforms' documents say it, read a second time.
//!
//! This deliberately shares nothing with the providers' own signing: a simulator that signed with
//! the code under test would agree with its mistakes. MD5 is what the protocols dictate.

use md5::{Digest, Md5};
use serde_json::{Map, Value};
use std::fmt::Write as _;

use super::world::Fault;

/// MD5 as 32 upper-case hexadecimal digits.
pub(super) fn md5_upper(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _written = write!(hex, "{byte:02X}");
        hex
    })
}

/// A signature as an answer with a fault has it; `None` where it has none.
pub(super) fn faulty(sign: String, fault: Fault) -> Option<String> {
    if fault == Fault::WrongSignature {
        return Some(spoiled(sign));
    }
    (fault != Fault::MissingSignature).then_some(sign)
}

/// A signature with a wrong last digit.
fn spoiled(mut sign: String) -> String {
    let last = if sign.ends_with('0') { '1' } else { '0' };
    sign.pop();
    sign.push(last);
    sign
}

/// What PHP's `json_encode` is told to escape, besides what JSON itself demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escapes {
    /// `/` as `\/`.
    pub(super) slashes: bool,
    /// Everything beyond ASCII as `\uXXXX`.
    pub(super) unicode: bool,
}

/// How mmsp writes what it signs (001, §3.3.2: Chinese stays, slashes are escaped).
pub(super) const SIGNED: Escapes = Escapes { slashes: true, unicode: false };

/// `json_encode` of a body whose top level was sorted with `ksort`; what is nested keeps its order.
pub(super) fn php_json_sorted(body: &Map<String, Value>, escapes: Escapes) -> String {
    let mut fields: Vec<(&String, &Value)> = body.iter().collect();
    fields.sort_by(|(left, _), (right, _)| left.as_bytes().cmp(right.as_bytes()));
    let mut text = String::new();
    push_object(&mut text, fields.into_iter(), escapes);
    text
}

/// `json_encode` in the order that is there.
pub(super) fn php_json(value: &Value, escapes: Escapes) -> String {
    let mut text = String::new();
    push_value(&mut text, value, escapes);
    text
}

fn push_value(text: &mut String, value: &Value, escapes: Escapes) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => push_string(text, string, escapes),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_value(text, item, escapes);
            }
            text.push(']');
        }
        // PHP has one type for lists and objects, and an empty one is a list to it.
        Value::Object(fields) if fields.is_empty() => text.push_str("[]"),
        Value::Object(fields) => push_object(text, fields.iter(), escapes),
    }
}

fn push_object<'a>(
    text: &mut String,
    fields: impl Iterator<Item = (&'a String, &'a Value)>,
    escapes: Escapes,
) {
    text.push('{');
    for (index, (name, value)) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_string(text, name, escapes);
        text.push(':');
        push_value(text, value, escapes);
    }
    text.push('}');
}

fn push_string(text: &mut String, string: &str, escapes: Escapes) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' if escapes.slashes => text.push_str("\\/"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => push_escape(text, c),
            _ if escapes.unicode && !c.is_ascii() => push_escape(text, c),
            _ => text.push(c),
        }
    }
    text.push('"');
}

fn push_escape(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _written = write!(text, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of mmsp's published test merchant.
    const KEY: &str = "ea21842eea24e448b991b1cb0a0294cf";

    fn mmsp_sign(body: &str) -> String {
        let body: Map<String, Value> = serde_json::from_str(body).expect("a JSON object");
        md5_upper(&format!("{}&key={KEY}", php_json_sorted(&body, SIGNED)))
    }

    /// Each was made with PHP 8.2's own `ksort` and `json_encode`.
    #[test]
    fn bodies_are_signed_as_php_signs_them() {
        let table = [
            (
                r#"{"STATUS":"1","PUSH_COUNT":8,"AMT":"600","GOODSNAME":"product","LIST_ID":"100000001467","MERORDERID":"711245","NOTIFY_DATE":"20180615111455","PAY_DATE":"20180615111455"}"#,
                "0F2D5390E74A8D8F2ADAE9F569FC7CD6",
            ),
            (
                r#"{"BANK_NAME":"\u62db\u5546\u94f6\u884c","AMT":"999","LIST_ID":"1","STATUS":"1"}"#,
                "D4FF4EF9ADA7A3841E45081DE5FF7280",
            ),
            (
                r#"{"MERORDERID":"","ORDERNO":"123","RANDSTR":"1","X":null}"#,
                "7E1E37C14868DBDFDDFF72EE44C5635E",
            ),
            (
                r#"{"MER_ID":"001440353999853","MERORDERID":"123","AMT":"1234"}"#,
                "BE4F420AB9CFDA0AC044A14F15FF037E",
            ),
            (
                r#"{"TOTAL_PAGE":"1","TOTAL_NUM":"2","STATUS":"1","PERPAGE":"10","PAGE":"1","BIZ_CONTENT":[{"STATUS":"1","LIST_ID":"10000004985","MERORDERID":"A/1","PAY_DATE":"20171122090622","NOTIFY_DATE":"20171122090622","CARDNO":"6225****6648","AMT":"899","CARDTYPE":"1","BIND_ID":""},{"STATUS":"1","LIST_ID":"10000004986","MERORDERID":"A2","PAY_DATE":"20171122090700","NOTIFY_DATE":"20171122090700","CARDNO":"6225****6648","AMT":1000,"CARDTYPE":"1","BIND_ID":"100003"}]}"#,
                "1B4EABCCCDF7295B89135BC66461EAD9",
            ),
            (r#"{"STATUS":"0","BIZ_CONTENT":{}}"#, "A0EC88C183622891EDB1796AEB9D0842"),
            (
                r#"{"ERRMSG":"a\"b\\c\n\t\u0001\u007f\u2028é😀","STATUS":"2"}"#,
                "EEAD98D64877776E3C2360AAF09F78BF",
            ),
        ];
        for (body, sign) in table {
            assert_eq!(mmsp_sign(body), sign, "{body}");
        }
    }

    #[test]
    fn both_forms_on_the_wire_decode_to_the_same() {
        let value = serde_json::json!({"商品": "a/b \u{2028} 😀 \"x\"\t", "AMT": 8, "e": {}});
        let escaped = php_json(&value, Escapes { slashes: true, unicode: true });
        assert!(escaped.is_ascii());
        assert!(escaped.contains("\\u5546\\u54c1") && escaped.contains("a\\/b"));
        let raw = php_json(&value, Escapes { slashes: false, unicode: false });
        assert!(raw.contains("商品") && raw.contains("a/b"));
        let decoded: Value = serde_json::from_str(&escaped).expect("JSON");
        assert_eq!(decoded, serde_json::from_str::<Value>(&raw).expect("JSON"));
    }
}
