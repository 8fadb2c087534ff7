//! What PHP's `json_decode` followed by `ksort` and `json_encode` makes of a JSON text: the text
//! that mmsp signs.
//!
//! Manual: quick 3.3.2.1 and the FAQ on signatures; checked against PHP 8.2 (`samples/vectors.json`).
//! Flags: `JSON_UNESCAPED_UNICODE`. Odd: only the top level is sorted; `/` is escaped; U+2028 and
//! U+2029 are; an empty object is a list, and so is one whose keys are 0, 1, 2, …; a number that is
//! not a whole one of 64 bits is a double, printed with the fewest digits that give it back.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The signed text of a body; `None` when PHP could not encode it (a number beyond all doubles).
///
/// Two bodies with one text mean the same to PHP. Top-level names that are numbers are sorted as
/// text; no document has such.
#[must_use]
pub fn canonical(body: &Value) -> Option<String> {
    text_of(body, Style::default())
}

/// The texts under which senders may have signed this very body, the usual one first: also with the
/// numbers as they came (a server whose `serialize_precision` is 17 prints other digits than others
/// read), with plain slashes (`JSON_UNESCAPED_SLASHES`), and with both. `None` as for [`canonical`].
///
/// Each says what the body says: literals and slashes are what they are under every style.
#[must_use]
pub fn candidates(body: &Value) -> Option<Vec<String>> {
    let usual = canonical(body)?;
    let mut texts = vec![usual];
    for (literals, plain_slashes) in [(true, false), (false, true), (true, true)] {
        let text = text_of(body, Style { literals, plain_slashes })?;
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Some(texts)
}

/// How a sender prints.
#[derive(Debug, Clone, Copy, Default)]
struct Style {
    /// Numbers as they came.
    literals: bool,
    /// `/` instead of `\/`.
    plain_slashes: bool,
}

fn text_of(body: &Value, style: Style) -> Option<String> {
    let mut out = String::new();
    match body {
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            put_object(&mut out, &sorted, style)?;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            put(&mut out, body, style)?;
        }
    }
    Some(out)
}

fn put(out: &mut String, value: &Value, style: Style) -> Option<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) if style.literals => out.push_str(&number.to_string()),
        Value::Number(number) => out.push_str(&number_text(&number.to_string())?),
        Value::String(text) => put_string(out, text, style),
        Value::Array(items) => put_list(out, items.iter(), style)?,
        Value::Object(fields) => put_object(out, &fields.iter().collect::<Vec<_>>(), style)?,
    }
    Some(())
}

fn put_object(out: &mut String, fields: &[(&String, &Value)], style: Style) -> Option<()> {
    let is_list = fields.iter().enumerate().all(|(index, (name, _))| **name == index.to_string());
    if is_list {
        return put_list(out, fields.iter().map(|(_, value)| *value), style);
    }
    let mut before = '{';
    for (name, value) in fields {
        out.push(before);
        before = ',';
        put_string(out, name, style);
        out.push(':');
        put(out, value, style)?;
    }
    out.push('}');
    Some(())
}

fn put_list<'a>(
    out: &mut String,
    items: impl Iterator<Item = &'a Value>,
    style: Style,
) -> Option<()> {
    out.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        put(out, item, style)?;
    }
    out.push(']');
    Some(())
}

fn put_string(out: &mut String, text: &str, style: Style) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if !style.plain_slashes => out.push_str("\\/"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// A number's text as PHP prints it back: whole numbers of 64 bits as they are, others as doubles.
fn number_text(literal: &str) -> Option<String> {
    if let Ok(whole) = literal.parse::<i64>() {
        return Some(whole.to_string());
    }
    let double = literal.parse::<f64>().ok().filter(|double| double.is_finite())?;
    let (sign, digits, exponent) = scientific(&format!("{double:e}"))?;
    // Of two equally short and equally near forms PHP takes the even one, Rust the upper one. That
    // happens only where doubles are sparse; 767 digits are all that one can have.
    let digits = if digits.len() < 15 { digits } else { even(digits, double)? };
    // Where the decimal point stands, counted from before the first digit: PHP's `decpt`.
    Some(format!("{sign}{}", laid_out(&digits, exponent.checked_add(1)?)?))
}

/// The even one of two shortest forms, when the double lies exactly between them.
fn even(digits: String, double: f64) -> Option<String> {
    let (_, exact, _) = scientific(&format!("{double:.767e}"))?;
    match exact.trim_end_matches('0').strip_suffix('5') {
        Some(lower) if lower.len() == digits.len() && lower.ends_with(EVEN) => {
            Some(lower.to_owned())
        }
        Some(_) | None => Some(digits),
    }
}

const EVEN: [char; 5] = ['0', '2', '4', '6', '8'];

/// Sign, digits and exponent of `-1.25e-5`.
fn scientific(text: &str) -> Option<(&'static str, String, i32)> {
    let (mantissa, exponent) = text.split_once('e')?;
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    Some((sign, mantissa.chars().filter(char::is_ascii_digit).collect(), exponent.parse().ok()?))
}

/// Digits and the place of the decimal point, as `php_gcvt` with 17 digits lays them out.
fn laid_out(digits: &str, point: i32) -> Option<String> {
    if !(-3..=17).contains(&point) {
        let (first, rest) = digits.split_at_checked(1)?;
        let rest = if rest.is_empty() { "0" } else { rest };
        let exponent = point.checked_sub(1)?;
        return Some(format!("{first}.{rest}e{exponent:+}"));
    }
    let Ok(whole) = usize::try_from(point) else {
        let zeros = "0".repeat(usize::try_from(point.unsigned_abs()).ok()?);
        return Some(format!("0.{zeros}{digits}"));
    };
    match digits.split_at_checked(whole) {
        Some(("", rest)) => Some(format!("0.{rest}")),
        Some((whole, "")) => Some(whole.to_owned()),
        Some((whole, rest)) => Some(format!("{whole}.{rest}")),
        None => Some(format!("{digits:0<whole$}")),
    }
}

/// An object of text fields, for a request.
pub(super) fn texts<const N: usize>(fields: [(&str, &str); N]) -> Value {
    let fields: Map<String, Value> =
        fields.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<String> {
        canonical(&serde_json::from_str(text).expect("JSON"))
    }

    #[test]
    fn numbers_are_printed_as_php_prints_them() {
        let table = [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "-0"),
            ("8", "8"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("-9223372036854775809", "-9.223372036854776e+18"),
            ("12345678901234567890", "1.2345678901234567e+19"),
            ("1.0", "1"),
            ("100.0", "100"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("0.1", "0.1"),
            ("0.10", "0.1"),
            ("-1.50", "-1.5"),
            ("123.456", "123.456"),
            ("0.001", "0.001"),
            ("0.0001", "0.0001"),
            ("0.00001", "1.0e-5"),
            ("0.0000125", "1.25e-5"),
            ("1e15", "1000000000000000"),
            ("1e16", "10000000000000000"),
            ("1e17", "1.0e+17"),
            ("99999999999999999.0", "1.0e+17"),
            ("1e25", "1.0e+25"),
            ("1.5e300", "1.5e+300"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("29502172623505.8125", "29502172623505.812"),
            ("29502172623505.8135", "29502172623505.812"),
            ("0.5", "0.5"),
            ("0.25", "0.25"),
        ];
        for (literal, expected) in table {
            assert_eq!(number_text(literal).as_deref(), Some(expected), "{literal}");
        }
        assert_eq!(number_text("1e400"), None);
    }

    #[test]
    fn a_body_may_be_signed_with_its_numbers_as_they_came_and_with_plain_slashes() {
        let texts = |text| candidates(&serde_json::from_str(text).expect("JSON"));
        let of = |expected: &[&str]| Some(expected.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(texts(r#"{"b":1,"a":"x"}"#), of(&[r#"{"a":"x","b":1}"#]));
        assert_eq!(
            texts(r#"{"FEE":991.84000000000003}"#),
            of(&[r#"{"FEE":991.84}"#, r#"{"FEE":991.84000000000003}"#])
        );
        assert_eq!(
            texts(r#"{"b":1.0,"a":"/"}"#),
            of(&[
                r#"{"a":"\/","b":1}"#,
                r#"{"a":"\/","b":1.0}"#,
                r#"{"a":"/","b":1}"#,
                r#"{"a":"/","b":1.0}"#
            ])
        );
        assert_eq!(texts(r#"{"a":1e400}"#), None);
    }

    #[test]
    fn only_the_top_level_is_sorted_and_by_bytes() {
        assert_eq!(
            of(r#"{"MER_ID":1,"MERORDERID":{"b":1,"a":[{"d":1,"c":2}]},"a":"","B":null}"#)
                .as_deref(),
            Some(r#"{"B":null,"MERORDERID":{"b":1,"a":[{"d":1,"c":2}]},"MER_ID":1,"a":""}"#)
        );
    }

    #[test]
    fn empty_objects_and_counted_keys_are_lists_at_every_level() {
        let table = [
            ("{}", "[]"),
            ("[]", "[]"),
            (r#"{"a":{}}"#, r#"{"a":[]}"#),
            (r#"{"1":"b","0":"a"}"#, r#"["a","b"]"#),
            (r#"{"a":{"0":{"0":1},"1":2}}"#, r#"{"a":[[1],2]}"#),
            (r#"{"a":{"1":1,"0":2}}"#, r#"{"a":{"1":1,"0":2}}"#),
            (r#"{"a":{"0":1,"2":2}}"#, r#"{"a":{"0":1,"2":2}}"#),
            (r#"{"a":{"00":1}}"#, r#"{"a":{"00":1}}"#),
        ];
        for (text, expected) in table {
            assert_eq!(of(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn strings_are_escaped_as_php_escapes_them() {
        assert_eq!(
            of(r#"["\u0000\u001f\u007f\b\f\n\r\t\"\\/\u2027\u2028\u2029\u62db😀\ud83d\ude00"]"#)
                .as_deref(),
            Some(
                "[\"\\u0000\\u001f\u{7f}\\b\\f\\n\\r\\t\\\"\\\\\\/\u{2027}\\u2028\\u2029招😀😀\"]"
            )
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let number = prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            // Without a negative zero, which PHP prints as "-0" and reads back as 0.
            "(0|-?[1-9][0-9]{0,24})(\\.[0-9]{1,20})?(e[+-]?[0-9]{1,2})?",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            number.prop_map(|text| serde_json::from_str(&text).expect("a number")),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[A-Z_]{0,3}|[0-3]|.{0,3}", inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_canonical_text_is_its_own_canonical_text(value in json()) {
            let once = canonical(&value).expect("no number beyond doubles");
            prop_assert_eq!(of(&once), Some(once));
        }

        #[test]
        fn the_way_it_came_over_the_wire_does_not_matter(value in json()) {
            let compact = value.to_string();
            let pretty = serde_json::to_string_pretty(&value).expect("JSON");
            let ascii: String = compact
                .chars()
                .flat_map(|letter| {
                    let mut units = [0; 2];
                    let escaped = letter.encode_utf16(&mut units).iter();
                    if letter.is_ascii() {
                        vec![letter.to_string()]
                    } else {
                        escaped.map(|unit| format!("\\u{unit:04x}")).collect()
                    }
                })
                .collect();
            prop_assert_eq!(of(&pretty), of(&compact));
            prop_assert_eq!(of(&ascii), canonical(&value));
        }
    }
}
