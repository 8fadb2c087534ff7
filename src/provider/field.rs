//! Fields of a platform's JSON answer, read strictly: as text, never through a float, and with an
//! error that names the field and nothing of what it holds.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use crate::business_day::{BusinessDay, Timestamp};
use crate::money::{MoneyError, minor_from_fen, minor_from_yuan};
use crate::provider::{Unproved, shortened};
use crate::reading::Facts;

/// A JSON object: fields in the order in which they came, numbers as they were written.
pub type Fields = Map<String, Value>;

/// Values that a JSON text may have. A page of a thousand rows has thirty thousand.
///
/// In memory a value takes up to three hundred times the byte that it takes in its text: this bound, not
/// that of the bytes, keeps a hostile answer small.
const VALUES_MAX: usize = 100_000;

/// Reads a JSON text of at most `VALUES_MAX` values; `None` for any other text.
pub fn json(bytes: &[u8]) -> Option<Value> {
    if values_at_most(bytes) > VALUES_MAX {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

/// An upper bound of the values in a JSON text: every value but the first stands behind a comma or an
/// opening bracket.
fn values_at_most(bytes: &[u8]) -> usize {
    let (mut values, mut is_inside, mut is_escaped) = (1_usize, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_inside => is_escaped = true,
            b'"' => is_inside = !is_inside,
            b',' | b'[' | b'{' if !is_inside => values = values.saturating_add(1),
            _ => {}
        }
    }
    values
}

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
    match json(bytes) {
        Some(Value::Object(fields)) => Ok(fields),
        Some(_) => Err(Unproved::Malformed { expected: "a JSON object" }),
        None => Err(Unproved::Malformed { expected: "JSON" }),
    }
}

/// Reads the fields of a form (`application/x-www-form-urlencoded`) or a query string, all as texts.
///
/// A percent sign that begins no escape stands for itself, as browsers and servlets read it.
///
/// # Errors
///
/// [`Unproved::Malformed`] when it is not UTF-8 or has a field twice: which of the two was signed
/// and which one counts would be a guess.
pub fn form(bytes: &[u8]) -> Result<Fields, Unproved> {
    let mut fields = Fields::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        // What is not UTF-8 comes out of the parser as U+FFFD.
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            return Err(Unproved::Malformed { expected: "a form in UTF-8" });
        }
        if fields.insert(name.into_owned(), Value::String(value.into_owned())).is_some() {
            return Err(Unproved::Malformed { expected: "a form with each field once" });
        }
    }
    Ok(fields)
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

/// An amount of fen that may be negative (a balance) and may be printed with decimals that are zero,
/// `"100.00"`; `None` when the field is missing or empty.
///
/// # Errors
///
/// [`Unproved::Field`] for parts of a fen, any other form, or more than 63 bits.
pub fn fen(fields: &Fields, field: &'static str) -> Result<Option<i64>, Unproved> {
    let text = text(fields, field)?;
    decimal(&text, text.strip_prefix('-').unwrap_or(&text), minor_from_fen)
        .ok_or(Unproved::Field { field })
}

/// An amount in yuan that is not negative, with at most two decimals, as fen; `None` when the field
/// is missing or empty.
///
/// # Errors
///
/// [`Unproved::Field`] for any other form, or more than 63 bits of fen.
pub fn yuan(fields: &Fields, field: &'static str) -> Result<Option<i64>, Unproved> {
    let text = text(fields, field)?;
    decimal(&text, &text, minor_from_yuan).ok_or(Unproved::Field { field })
}

/// As [`yuan`], also negative (a balance) and also as a number with decimals, by its digits as they were
/// sent: only where nobody signs, so that no other spelling of the number can matter.
///
/// # Errors
///
/// As [`yuan`].
pub fn unsigned_yuan(fields: &Fields, field: &'static str) -> Result<Option<i64>, Unproved> {
    let text = match fields.get(field) {
        Some(Value::Number(number)) => Cow::Owned(number.to_string()),
        _ => text(fields, field)?,
    };
    decimal(&text, text.strip_prefix('-').unwrap_or(&text), minor_from_yuan)
        .ok_or(Unproved::Field { field })
}

/// Reads a text that is empty or whose `digits` are nothing but digits and a point.
#[expect(
    clippy::option_option,
    reason = "the outer says whether it is readable, the inner whether it is there"
)]
fn decimal(
    text: &str,
    digits: &str,
    read: fn(&str) -> Result<i64, MoneyError>,
) -> Option<Option<i64>> {
    if text.is_empty() {
        return Some(None);
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    read(text).ok().filter(|_| plain).map(Some)
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

/// A time in epoch milliseconds of 13 digits (2001 to 2286, so that seconds are not taken for them);
/// `None` when the field is missing or empty.
///
/// # Errors
///
/// [`Unproved::Field`] for any other form.
pub fn epoch_milliseconds(
    fields: &Fields,
    field: &'static str,
) -> Result<Option<Timestamp>, Unproved> {
    match whole(fields, field)? {
        None => Ok(None),
        Some(milliseconds @ 1_000_000_000_000..=9_999_999_999_999) => {
            Ok(Some(Timestamp::from_epoch_seconds(milliseconds.div_euclid(1000))))
        }
        Some(_) => Err(Unproved::Field { field }),
    }
}

/// A time `yyyy-MM-dd HH:mm:ss` in Beijing; `None` when the field is missing, empty or all zeros.
///
/// # Errors
///
/// [`Unproved::Field`] for any other form.
pub fn clock_time(fields: &Fields, field: &'static str) -> Result<Option<Timestamp>, Unproved> {
    let text = text(fields, field)?;
    if text.is_empty() || matches!(&*text, "0" | "0000-00-00 00:00:00") {
        return Ok(None);
    }
    let moment = beijing(&text, "%Y-%m-%d %H:%M:%S").filter(|_| text.len() == 19);
    moment.map(Some).ok_or(Unproved::Field { field })
}

/// A side field (a fee, a time, a further amount) as `read` reads it; one that is there and cannot be
/// read is left out and named in `facts`. Only for fields that never hold personal data.
pub fn aside<T>(
    fields: &Fields,
    field: &'static str,
    read: impl Fn(&Fields, &'static str) -> Result<Option<T>, Unproved>,
    facts: &mut Facts,
) -> Option<T> {
    if let Ok(value) = read(fields, field) {
        return value;
    }
    facts.unread(field, &shown(fields, field));
    None
}

/// What a field holds, shortened for an error or the evidence; only of fields that never hold personal
/// data.
pub fn shown(fields: &Fields, field: &str) -> String {
    match fields.get(field) {
        Some(Value::String(text)) => shortened(text),
        Some(Value::Number(number)) => shortened(&number.to_string()),
        None | Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            String::new()
        }
    }
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

/// Checks that an order number can be put into a field of at most `letters` characters.
///
/// # Errors
///
/// [`Unproved::Field`] when it is empty, too long, or holds a control character.
pub fn carries(field: &'static str, order_no: &str, letters: usize) -> Result<(), Unproved> {
    let fits = (1..=letters).contains(&order_no.chars().count());
    if fits && !order_no.contains(char::is_control) {
        return Ok(());
    }
    Err(Unproved::Field { field })
}

/// Whether an account's own `not_found` has the code of a refusal, with (`code=0404`) or without
/// the field's name, or a part of its text.
pub fn is_configured(not_found: &[String], code: &str, text: &str) -> bool {
    let bare = code.split_once('=').map_or(code, |(_, value)| value);
    not_found
        .iter()
        .filter(|known| !known.is_empty())
        .any(|known| known == code || known == bare || text.contains(known.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn amounts_with_decimals_are_exact_or_refused() {
        let table = [
            ("\"1234567\"", Ok(Some(1_234_567)), Ok(Some(123_456_700))),
            ("1234567", Ok(Some(1_234_567)), Ok(Some(123_456_700))),
            ("\"100.00\"", Ok(Some(100)), Ok(Some(10_000))),
            ("\"100.50\"", Err(()), Ok(Some(10_050))),
            ("\"100.505\"", Err(()), Err(())),
            ("\"-100\"", Ok(Some(-100)), Err(())),
            ("\"0\"", Ok(Some(0)), Ok(Some(0))),
            ("\"\"", Ok(None), Ok(None)),
            ("null", Ok(None), Ok(None)),
            ("100.00", Err(()), Err(())),
            ("\"--1\"", Err(()), Err(())),
            ("\"-\"", Err(()), Err(())),
            ("\".\"", Err(()), Err(())),
            ("\"+1\"", Err(()), Err(())),
            ("\" 1\"", Err(()), Err(())),
            ("\"1e2\"", Err(()), Err(())),
            ("\"1,000\"", Err(()), Err(())),
            ("\"9223372036854775808\"", Err(()), Err(())),
            ("[1]", Err(()), Err(())),
        ];
        for (json, as_fen, as_yuan) in table {
            let unreadable = |()| Unproved::Field { field: "F" };
            assert_eq!(fen(&fields(json), "F"), as_fen.map_err(unreadable), "{json}");
            assert_eq!(yuan(&fields(json), "F"), as_yuan.map_err(unreadable), "{json}");
        }
    }

    #[test]
    fn what_nobody_signs_may_be_a_number_with_decimals() {
        let table = [
            ("50.00", Ok(Some(5_000))),
            ("50.5", Ok(Some(5_050))),
            ("\"-50.00\"", Ok(Some(-5_000))),
            ("-0.01", Ok(Some(-1))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("5e1", Err("F")),
            ("50.005", Err("F")),
            ("\"--1\"", Err("F")),
            ("true", Err("F")),
            ("[1]", Err("F")),
        ];
        for (json, expected) in table {
            let expected = expected.map_err(|field| Unproved::Field { field });
            assert_eq!(unsigned_yuan(&fields(json), "F"), expected, "{json}");
        }
    }

    #[test]
    fn a_form_has_each_field_once_and_is_utf8() {
        let read = form(b"a=1%2B2&b=x+y&&c&d=%E6%88%90&e=5%&f==").expect("a form");
        let found: Vec<_> =
            read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            [("a", "1+2"), ("b", "x y"), ("c", ""), ("d", "成"), ("e", "5%"), ("f", "=")];
        assert_eq!(found, expected.map(|(name, value)| (name, Some(value))));
        let twice = Unproved::Malformed { expected: "a form with each field once" };
        assert_eq!(form(b"a=1&b=2&a=1"), Err(twice.clone()));
        assert_eq!(form(b"ab=1&%61b=2"), Err(twice));
        let bytes = Err(Unproved::Malformed { expected: "a form in UTF-8" });
        for wrong in [&b"a=\xb3\xc9"[..], b"a=%B3%C9", b"%B3=1", b"a=%EF%BF%BD"] {
            assert_eq!(form(wrong), bytes, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_put_into_a_form_comes_out_of_it(
            pairs in proptest::collection::btree_map("[^\u{fffd}]{1,8}", "[^\u{fffd}]{0,16}", 0..8),
        ) {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let read = form(body.as_bytes()).expect("a form");
            prop_assert_eq!(read.len(), pairs.len());
            for (name, value) in &pairs {
                prop_assert_eq!(read.get(name).and_then(Value::as_str), Some(value.as_str()));
            }
        }
    }

    #[test]
    fn an_order_number_fits_or_is_not_asked() {
        let refused = Err(Unproved::Field { field: "F" });
        assert_eq!(carries("F", "订单1", 3), Ok(()));
        for order_no in ["", "1234", "A\n", "A\u{7f}"] {
            assert_eq!(carries("F", order_no, 3), refused, "{order_no:?}");
        }
    }

    #[test]
    fn an_accounts_own_words_are_compared_with_code_and_text() {
        let own = ["0404".to_owned(), "error=x".to_owned(), "查无".to_owned(), String::new()];
        let table = [
            ("code=0404", "", true),
            ("error=x", "", true),
            ("code=1", "查无此单", true),
            ("code=10404", "", false),
            ("x", "", false),
            ("code=1", "", false),
        ];
        for (code, text, expected) in table {
            assert_eq!(is_configured(&own, code, text), expected, "{code} {text}");
            assert!(!is_configured(&[], code, text), "{code} {text}");
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
    fn clock_times_are_beijing_time() {
        // 2017-09-26 15:04:35 in Beijing.
        let moment = Timestamp::from_epoch_seconds(1_506_409_475);
        let table = [
            ("\"2017-09-26 15:04:35\"", Ok(Some(moment))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("\"0000-00-00 00:00:00\"", Ok(None)),
            ("\"2017-9-26 15:04:35\"", Err("F")),
            ("\"2017-09-26 15:04\"", Err("F")),
            ("\"2017-13-26 15:04:35\"", Err("F")),
            ("\"2017-09-26T15:04:35\"", Err("F")),
            ("\"20170926150435\"", Err("F")),
            ("20170926150435", Err("F")),
        ];
        for (json, expected) in table {
            let expected = expected.map_err(|field| Unproved::Field { field });
            assert_eq!(clock_time(&fields(json), "F"), expected, "{json}");
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
    fn an_answer_of_more_values_than_any_platform_sends_is_not_read() {
        let list = |count: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(count));
        assert!(object(list(VALUES_MAX - 10).as_bytes()).is_ok());
        for hostile in [
            list(VALUES_MAX),
            format!("{{\"a\":[{}[]]}}", "[],".repeat(VALUES_MAX)),
            format!("{{\"a\":[{}{{}}]}}", "{\"\\\"\":0},".repeat(VALUES_MAX)),
        ] {
            let refused = Err(Unproved::Malformed { expected: "JSON" });
            assert_eq!(object(hostile.as_bytes()), refused);
        }
        let text = format!("{{\"a\":\"{}\"}}", "[{,".repeat(VALUES_MAX));
        assert!(object(text.as_bytes()).is_ok(), "what stands between quotes is no value");
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
