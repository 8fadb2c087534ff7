//! What a text from outside may hold, and how one is shown to people.
//!
//! A text that holds a NUL cannot be written into every database, one with control characters or
//! marks of direction does something to the terminal or the page that shows it, and one that people
//! cannot tell from another is no name of anything.

/// Whether a character may not stand in any text that is taken from outside: control characters
/// (NUL, ESC and line ends among them), marks that turn the direction of what stands around them, other
/// invisible characters of format, and what is no character.
pub fn is_forbidden(c: char) -> bool {
    c.is_control() || is_directing(c) || is_invisible(c) || is_no_character(c)
}

/// Whether a character turns the direction of the text around it (Unicode Standard Annex 9).
pub const fn is_directing(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_no_character(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Whether a text from outside can be taken: at most `chars_max` characters, none of them forbidden.
pub fn is_plain(text: &str, chars_max: usize) -> bool {
    // Nearly all texts are short and of ASCII.
    if text.len() <= chars_max && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return true;
    }
    text.chars().nth(chars_max).is_none() && !text.chars().any(is_forbidden)
}

/// A text as it is shown to people and written into logs: without what is forbidden, and at most
/// `chars_max` characters.
pub fn shown(text: &str, chars_max: usize) -> String {
    text.chars().filter(|c| !is_forbidden(*c)).take(chars_max).collect()
}

/// A text as it stands in HTML, between tags or in an attribute.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Invisible, and some turn the direction of what follows.
            c if is_forbidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A column name or word as it is compared: half-width, in small letters and without any space.
pub fn folded(text: &str) -> String {
    let narrow = text.chars().map(|c| match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code.wrapping_sub(0xFEE0)).unwrap_or(c),
        _ => c,
    });
    let seen = narrow.filter(|c| !c.is_whitespace() && !is_unseen(*c));
    seen.flat_map(char::to_lowercase).collect()
}

/// Whether a character is a mark that nobody sees: of byte order, of the direction of writing, of where a word may
/// be parted. Spreadsheets and chats leave them around what was copied.
pub const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{ad}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let table = [
            ("A1", "A1"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\"&\"", "&quot;&amp;&quot;"),
            ("a\u{202e}b\u{0}c\n", "a\u{fffd}b\u{fffd}c\u{fffd}"),
        ];
        for (text, expected) in table {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn what_does_something_to_its_reader_is_forbidden() {
        let forbidden = [
            '\0',
            '\t',
            '\n',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{fdd0}',
            '\u{e0041}',
            '\u{10ffff}',
        ];
        for c in forbidden {
            assert!(is_forbidden(c), "{c:?}");
            assert!(!is_plain(&format!("A{c}1"), 64), "{c:?}");
            assert_eq!(shown(&format!("A{c}1"), 64), "A1", "{c:?}");
        }
        for c in ['A', ' ', '~', '订', '单', 'é', '\u{3000}', '（', '€', '\u{fffd}', '😀'] {
            assert!(!is_forbidden(c), "{c:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(is_plain(&"单".repeat(64), 64));
        assert!(!is_plain(&"单".repeat(65), 64));
        assert!(!is_plain(&"9".repeat(65), 64));
        assert!(is_plain("", 0));
        assert_eq!(shown("长长长", 2), "长长");
    }
}
