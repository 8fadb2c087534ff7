//! Fields of a platform's JSON answer, read strictly: as text, never through a float, and with an
//! error that names the field and nothing of what it holds.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use crate::business_day::{BusinessDay, Timestamp};
use crate::provider::Unproved;

/// A JSON object: fields in the order in which they came, numbers as they were written.
pub type Fields = Map<String, Value>;

/// Reads an answer as one JSON object.
///
/// As PHP does: of two fields with one name the last counts, in the place of the first; a byte
/// order mark, invalid UTF-8, a lone surrogate or anything after the object is not JSON. More than
/// 127 levels are refused (PHP: 512).
///
/// # Errors
///
/// [`Unproved::Malformed`].
pub fn object(bytes: &[u8]) -> Result<Fields, Unproved> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Unproved::Malformed { expected: "a JSON object" }),
        Err(_) => Err(Unproved::Malformed { expected: "JSON" }),
    }
}

/// A text or whole number as text; empty when the field is missing or null.
///
/// A number counts only when it is written as a whole number of 64 bits: that is what every peer
/// prints as it reads it. Any other form may be signed under another spelling.
///
/// # Errors
///
/// [`Unproved::Field`] when it is anything else.
pub fn text<'a>(fields: &'a Fields, field: &'static str) -> Result<Cow<'a, str>, Unproved> {
    match fields.get(field) {
        None | Some(Value::Null) => Ok(Cow::Borrowed("")),
        Some(Value::String(text)) => Ok(Cow::Borrowed(text)),
        Some(Value::Number(number)) => {
            let literal = number.to_string();
            match literal.parse::<i64>() {
                Ok(_) => Ok(Cow::Owned(literal)),
                Err(_) => Err(Unproved::Field { field }),
            }
        }
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(Unproved::Field { field }),
    }
}

/// As [`text`], of a field that has to be there.
///
/// # Errors
///
/// [`Unproved::Field`] also when it is missing or empty.
pub fn required<'a>(fields: &'a Fields, field: &'static str) -> Result<Cow<'a, str>, Unproved> {
    match text(fields, field)? {
        text if text.is_empty() => Err(Unproved::Field { field }),
        text => Ok(text),
    }
}

/// A whole number that is not negative, fen or a count; `None` when the field is missing or empty.
///
/// # Errors
///
/// [`Unproved::Field`] for a sign, a fraction, an exponent, spaces, or more than 63 bits.
pub fn whole(fields: &Fields, field: &'static str) -> Result<Option<i64>, Unproved> {
    let text = text(fields, field)?;
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unproved::Field { field });
    }
    text.parse().map(Some).map_err(|_| Unproved::Field { field })
}

/// A time `yyyyMMddHHmmss` in Beijing; `None` when the field is missing, empty or all zeros.
///
/// # Errors
///
/// [`Unproved::Field`] for any other form.
pub fn compact_time(fields: &Fields, field: &'static str) -> Result<Option<Timestamp>, Unproved> {
    let text = text(fields, field)?;
    if text.bytes().all(|byte| byte == b'0') {
        return Ok(None);
    }
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unproved::Field { field });
    }
    beijing(&text, "%Y%m%d%H%M%S").map(Some).ok_or(Unproved::Field { field })
}

/// A wall-clock time in Beijing, in a form of `chrono`; `None` when it has another form.
pub fn beijing(text: &str, form: &str) -> Option<Timestamp> {
    NaiveDateTime::parse_from_str(text, form).ok().map(|time| BusinessDay::BEIJING.moment(time))
}

/// Checks that a field, where it is there, names what was asked about.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`] with `what`, or [`Unproved::Field`] when it is unreadable.
pub fn same_if_present(
    fields: &Fields,
    field: &'static str,
    expected: &str,
    what: &'static str,
) -> Result<(), Unproved> {
    let found = text(fields, field)?;
    if found.is_empty() || found == expected {
        return Ok(());
    }
    Err(Unproved::NotWhatWasAsked { what })
}

/// Checks that a field is there and names what was asked about.
///
/// # Errors
///
/// As [`same_if_present`], and [`Unproved::Field`] when it is missing.
pub fn same(
    fields: &Fields,
    field: &'static str,
    expected: &str,
    what: &'static str,
) -> Result<(), Unproved> {
    required(fields, field)?;
    same_if_present(fields, field, expected, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: &str) -> Fields {
        object(format!("{{\"F\":{value}}}").as_bytes()).expect("an object")
    }

    #[test]
    fn whole_numbers_are_read_from_digits_only() {
        let table = [
            ("\"100\"", Ok(Some(100))),
            ("100", Ok(Some(100))),
            ("\"000\"", Ok(Some(0))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("9223372036854775807", Ok(Some(i64::MAX))),
            ("9223372036854775808", Err("F")),
            ("\"9223372036854775808\"", Err("F")),
            ("100.0", Err("F")),
            ("1e2", Err("F")),
            ("-100", Err("F")),
            ("-0", Err("F")),
            ("\"+100\"", Err("F")),
            ("\" 100\"", Err("F")),
            ("\"1,000\"", Err("F")),
            ("\"１００\"", Err("F")),
            ("true", Err("F")),
            ("[100]", Err("F")),
            ("{\"F\":100}", Err("F")),
        ];
        for (json, expected) in table {
            let expected = expected.map_err(|field| Unproved::Field { field });
            assert_eq!(whole(&fields(json), "F"), expected, "{json}");
        }
    }

    #[test]
    fn compact_times_are_beijing_time() {
        // 2017-09-26 15:04:35 in Beijing.
        let moment = Timestamp::from_epoch_seconds(1_506_409_475);
        let table = [
            ("\"20170926150435\"", Ok(Some(moment))),
            ("20170926150435", Ok(Some(moment))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("\"0\"", Ok(None)),
            ("\"00000000000000\"", Ok(None)),
            ("\"20170926\"", Err("F")),
            ("\"20171326150435\"", Err("F")),
            ("\"20170926250435\"", Err("F")),
            ("\"2017-09-26 15:04:35\"", Err("F")),
            ("\"+2017092615043\"", Err("F")),
        ];
        for (json, expected) in table {
            let expected = expected.map_err(|field| Unproved::Field { field });
            assert_eq!(compact_time(&fields(json), "F"), expected, "{json}");
        }
    }

    #[test]
    fn an_answer_is_one_json_object_and_nothing_else() {
        let deep = format!("{{\"F\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        let table: &[(&[u8], &str)] = &[
            (b"", "JSON"),
            (b"<html>", "JSON"),
            (b"{} {}", "JSON"),
            (b"{}\0", "JSON"),
            (b"\xef\xbb\xbf{}", "JSON"),
            (b"{\"F\":\"\xff\"}", "JSON"),
            (b"{\"F\":\"\\ud800\"}", "JSON"),
            (b"{\"F\":01}", "JSON"),
            (b"{\"F\":NaN}", "JSON"),
            (deep.as_bytes(), "JSON"),
            (b"[]", "a JSON object"),
            (b"\"{}\"", "a JSON object"),
            (b"null", "a JSON object"),
        ];
        for (bytes, expected) in table {
            assert_eq!(object(bytes), Err(Unproved::Malformed { expected }), "{bytes:?}");
        }
        let twice = object(br#" {"F":"1","G":2,"F":"3"} "#).expect("an object");
        assert_eq!(text(&twice, "F").as_deref(), Ok("3"));
        assert_eq!(twice.keys().collect::<Vec<_>>(), ["F", "G"]);
    }

    #[test]
    fn an_echo_has_to_agree() {
        let another = Err(Unproved::NotWhatWasAsked { what: "order" });
        assert_eq!(same(&fields("\"A1\""), "F", "A1", "order"), Ok(()));
        assert_eq!(same(&fields("71"), "F", "71", "order"), Ok(()));
        assert_eq!(same(&fields("\"a1\""), "F", "A1", "order"), another);
        assert_eq!(same(&fields("\"A1 \""), "F", "A1", "order"), another);
        assert_eq!(same(&fields("\"\""), "F", "A1", "order"), Err(Unproved::Field { field: "F" }));
        assert_eq!(same_if_present(&fields("null"), "F", "A1", "order"), Ok(()));
        assert_eq!(same_if_present(&fields("\"B\""), "F", "A1", "order"), another);
    }
}
