//! What looks like a person's: numbers of cards, identity cards and phones, and names.
//!
//! It stands where it should not: in a wrong column of a file, in a note. What looks like it is not
//! written into histories, which are only added to, nor into reports, which are handed on.

/// What a text holds that is a person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// 13 to 19 digits with the check digit of a bank card (ISO/IEC 7812-1, Luhn).
    Card,
    /// 18 characters with the check character of an identity card (GB 11643-1999).
    IdentityCard,
    /// A mobile number of mainland China.
    Phone,
}

/// The first thing in a text that looks like a person's.
pub fn found(text: &str) -> Option<Personal> {
    numbers(text).into_iter().find_map(|number| kind_of(&number.digits))
}

/// A text of which what looks like a person's is left recognisable by its place and length only: the
/// first two characters, the last two, and a star for each one between them.
pub fn masked(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for number in numbers(text).into_iter().filter(|number| kind_of(&number.digits).is_some()) {
        hide(&mut letters, &number.places);
    }
    letters.into_iter().collect()
}

/// A text of which only the first character and the length are left: a name in a column of numbers.
pub fn hidden(text: &str) -> String {
    let star = |(at, c): (usize, char)| if at > 0 && c.is_alphanumeric() { '*' } else { c };
    text.chars().enumerate().map(star).collect()
}

/// Digits that belong together, also with spaces and dashes between them, and where each stands.
#[derive(Default)]
struct Number {
    digits: String,
    places: Vec<usize>,
}

fn numbers(text: &str) -> Vec<Number> {
    let mut all = vec![Number::default()];
    let mut gap = 0_usize;
    for (place, c) in text.chars().enumerate() {
        let plain = match u32::from(c) {
            // Full-width digits are digits to those who read them.
            code @ 0xFF10..=0xFF19 => char::from_u32(code.wrapping_sub(0xFEE0)).unwrap_or(c),
            _ => c,
        };
        let is_last = matches!(plain, 'X' | 'x')
            && all.last().is_some_and(|number| number.digits.len() == 17);
        if plain.is_ascii_digit() || is_last {
            gap = 0;
            if let Some(number) = all.last_mut() {
                number.digits.push(plain);
                number.places.push(place);
            }
        } else if matches!(plain, ' ' | '-' | '\u{a0}' | '\u{3000}') && gap == 0 {
            gap = 1;
        } else {
            gap = 0;
            all.push(Number::default());
        }
    }
    all
}

fn hide(letters: &mut [char], places: &[usize]) {
    const SHOWN: usize = 2;
    let last = places.len().saturating_sub(SHOWN);
    for place in places.get(SHOWN..last).unwrap_or_default() {
        if let Some(letter) = letters.get_mut(*place) {
            *letter = '*';
        }
    }
}

fn kind_of(number: &str) -> Option<Personal> {
    if is_identity_card(number) {
        return Some(Personal::IdentityCard);
    }
    if (13..=19).contains(&number.len()) && is_luhn(number) {
        return Some(Personal::Card);
    }
    let national = number.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(number);
    let second = national.as_bytes().get(1).copied();
    let is_mobile = national.len() == 11
        && national.starts_with('1')
        && matches!(second, Some(b'3'..=b'9'))
        && national.bytes().all(|byte| byte.is_ascii_digit());
    is_mobile.then_some(Personal::Phone)
}

/// The sum of all digits, every second one from the right doubled (its own digits added), is a
/// multiple of ten. A number of one digit only is none of a card.
fn is_luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    if digits.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
        return false;
    }
    let worth = |(at, digit): (usize, &u32)| {
        let doubled = if at % 2 == 1 { digit.wrapping_mul(2) } else { *digit };
        if doubled > 9 { doubled.wrapping_sub(9) } else { doubled }
    };
    let sum = digits.iter().rev().enumerate().map(worth).fold(0_u32, u32::wrapping_add);
    sum % 10 == 0
}

/// Seventeen digits with a date of birth in them, and the check character (ISO 7064, MOD 11-2).
fn is_identity_card(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    if number.len() != 18 {
        return false;
    }
    let digits: Vec<u32> = number.chars().take(17).filter_map(|c| c.to_digit(10)).collect();
    let born = number.get(6..14).unwrap_or_default();
    let is_date = chrono::NaiveDate::parse_from_str(born, "%Y%m%d").is_ok();
    if digits.len() != 17 || !is_date {
        return false;
    }
    let products = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit.wrapping_mul(weight));
    let sum = products.fold(0_u32, u32::wrapping_add);
    let check = usize::try_from(sum % 11).ok().and_then(|at| CHECKS.get(at));
    number.as_bytes().last().map(u8::to_ascii_uppercase).as_ref() == check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_persons_is_found_and_nothing_else() {
        let table = [
            ("4111111111111111", Some(Personal::Card)),
            ("card 4111 1111 1111 1111.", Some(Personal::Card)),
            ("4111-1111-1111-1111", Some(Personal::Card)),
            ("４１１１１１１１１１１１１１１１", Some(Personal::Card)),
            ("6222021234567890129", None),
            ("11010519491231002X", Some(Personal::IdentityCard)),
            ("身份证11010519491231002x。", Some(Personal::IdentityCard)),
            ("110105194912310021", None),
            ("13800138000", Some(Personal::Phone)),
            ("+86 138-0013-8000", Some(Personal::Phone)),
            ("12800138000", None),
            ("20261120000001", None),
            ("2026-11-20 10:00:00", None),
            ("0000000000000000", None),
            ("1234.56", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_mask_leaves_place_and_length() {
        let table = [
            ("4111 1111 1111 1111", "41** **** **** **11"),
            ("x11010519491231002X", "x11**************2X"),
            ("13800138000", "13*******00"),
            ("20261120000001", "20261120000001"),
            ("张三", "张三"),
        ];
        for (text, expected) in table {
            assert_eq!(masked(text), expected, "{text}");
        }
        assert_eq!(hidden("张三丰 a1"), "张** **");
    }
}
