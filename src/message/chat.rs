//! What the chats have in common: text that is no markup, answers that are codes.

use serde_json::Value;

use super::notice::cut;
use super::robots::{Again, NotSent};

/// Bytes of a platform's own words that a log repeats.
const REPLY_BYTES_MAX: usize = 200;

/// A text in a markdown of which nobody knows the escapes: what could be markup, a mention or a link is
/// written in its wide form.
pub(super) fn plain(text: &str) -> String {
    let wide = |c: char| match c {
        '*' => '＊',
        '_' => '＿',
        '`' => '｀',
        '[' => '［',
        ']' => '］',
        '<' => '＜',
        '>' => '＞',
        '#' => '＃',
        '~' => '～',
        c if c.is_control() => ' ',
        c => c,
    };
    let chars: Vec<char> = text.chars().collect();
    let is_inner = |at: usize| {
        let beside = |at: Option<usize>| {
            at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric())
        };
        beside(at.checked_sub(1)) && beside(at.checked_add(1))
    };
    // Between two letters a low line marks nothing, and names of files can be copied.
    let each = chars.iter().enumerate();
    each.map(|(at, c)| if *c == '_' && is_inner(at) { *c } else { wide(*c) }).collect()
}

/// A body that has to be JSON; a firewall or proxy answers with status 200 and something else.
pub(super) fn json(body: &[u8]) -> Result<Value, NotSent> {
    serde_json::from_slice::<Value>(body).ok().filter(Value::is_object).ok_or_else(|| NotSent {
        code: "no_json".to_owned(),
        reply: String::new(),
        fix: "what answers is not the robot: check the address, and whether a proxy stands between",
        again: Again::No,
    })
}

/// A platform's own words, for a log: they are its, so they are cut and have no line breaks.
pub(super) fn reply(body: &Value, key: &str) -> String {
    let text = body.get(key).and_then(Value::as_str).unwrap_or_default();
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&flat, REPLY_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_data_is_a_mention_or_a_link() {
        assert_eq!(
            plain("<@all> [x](http://a) **b** `c`"),
            "＜@all＞ ［x］(http://a) ＊＊b＊＊ ｀c｀"
        );
        assert_eq!(
            plain("# a\nb _c_ 2026-11-20_report.xlsx"),
            "＃ a b ＿c＿ 2026-11-20_report.xlsx"
        );
    }

    #[test]
    fn an_answer_that_is_no_json_is_none() {
        for body in ["", "<html>ok</html>", "[]", "\"ok\"", "0"] {
            assert_eq!(json(body.as_bytes()).map_err(|it| it.code), Err("no_json".to_owned()));
        }
    }
}
