//! Feishu (飞书) and Lark: a custom bot of a group.
//!
//! Document: open.larkoffice.com, "自定义机器人使用指南". Odd: the signature is an HMAC-SHA256 whose key is the
//! seconds, a line feed and the secret, and whose message is empty; it stands in the body. Answers are of
//! status 200 whatever became of the message; older ones have `StatusCode` instead of `code`.

use serde_json::{Value, json};

use super::Notice;
use super::chat;
use super::robots::{Again, Call, NotSent};
use crate::business_day::Timestamp;
use crate::config::Hook;
use crate::job::Occasion;
use crate::provider::hmac_sha256;

/// Bytes of a body, at most: the document says 20 KB.
const BODY_BYTES_MAX: usize = 20_000;

/// The request, signed for this moment.
pub(super) fn call(hook: &Hook, notice: &Notice, now: Timestamp) -> Call {
    let lines = notice.fitting(BODY_BYTES_MAX, |lines| body(hook, notice, lines, now).len());
    let body = body(hook, notice, &lines, now);
    Call { url: hook.url.expose().to_owned(), headers: Vec::new(), body }
}

fn body(hook: &Hook, notice: &Notice, lines: &[String], now: Timestamp) -> String {
    let colour = match notice.gravest {
        Occasion::Done => "green",
        Occasion::Open | Occasion::Unproved => "orange",
        Occasion::Failed => "red",
    };
    // Plain text: nothing in it is a mention or a link.
    let plain = |text: &str| json!({ "tag": "plain_text", "content": text });
    let elements: Vec<Value> =
        lines.iter().map(|line| json!({ "tag": "div", "text": plain(line) })).collect();
    let mut body = json!({
        "msg_type": "interactive",
        "card": {
            "config": { "wide_screen_mode": true },
            "header": { "template": colour, "title": plain(&notice.title_with(&hook.keyword)) },
            "elements": elements,
        },
    });
    if let (Some(secret), Some(body)) = (&hook.secret, body.as_object_mut()) {
        let seconds = now.epoch_seconds().to_string();
        let sign = hmac_sha256(format!("{seconds}\n{}", secret.expose()).as_bytes(), b"");
        body.insert("timestamp".to_owned(), Value::String(seconds));
        body.insert("sign".to_owned(), Value::String(sign));
    }
    body.to_string()
}

/// Whether the message was taken.
pub(super) fn read(body: &[u8]) -> Result<(), NotSent> {
    let body = chat::json(body)?;
    let stated = |key: &str| body.get(key).map(|code| code.as_i64().unwrap_or(i64::MIN));
    let codes = [stated("code"), stated("StatusCode")];
    let refused = codes.into_iter().flatten().find(|code| *code != 0);
    if refused.is_none() && codes.iter().any(Option::is_some) {
        return Ok(());
    }
    let (again, fix) = match refused {
        Some(11_232) => (Again::Soon, "too many messages"),
        Some(19_001) => (Again::No, "the address is not known: copy it again"),
        Some(19_021) => (
            Again::No,
            "secret is not the one of the bot's settings, or this machine's clock is off by an hour",
        ),
        Some(19_022) => (Again::No, "add this machine's outgoing address to the bot's settings"),
        Some(19_024) => (Again::No, "set keyword to a word that the bot's settings ask for"),
        Some(19_036) => (Again::No, "the message is too long"),
        Some(_) => (Again::No, "the platform refuses the message"),
        None => (Again::No, "what answers is not the bot: a firewall may stand between"),
    };
    let code = refused.map_or_else(|| "no_code".to_owned(), |code| code.to_string());
    Err(NotSent { code, reply: chat::reply(&body, "msg"), fix, again })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::notice::tests::notice;
    use crate::provider::Secret;

    fn sent(further: usize, keyword: &str) -> (usize, Value) {
        let hook = Hook {
            url: Secret::new("https://open.feishu.cn/open-apis/bot/v2/hook/TOKEN".to_owned()),
            secret: Some(Secret::new("duizhangTestSecret2026".to_owned())),
            old_secret: None,
            keyword: keyword.to_owned(),
            follows_proxy: false,
        };
        let at = Timestamp::from_epoch_seconds(1_795_622_400);
        let call = call(&hook, &notice(further), at);
        (call.body.len(), serde_json::from_str(&call.body).expect("JSON"))
    }

    #[test]
    fn the_signature_is_the_documented_one_and_stands_in_the_body() {
        let (_, body) = sent(1, "");
        assert_eq!(body["timestamp"], "1795622400");
        assert_eq!(body["sign"], "uBpMlTAugM8RjdWVP6O5Dt2cx4aW4IZ/LG8GmJ/tcCM=");
    }

    #[test]
    fn a_card_fits_and_has_its_colour_and_its_keyword() {
        let (bytes, body) = sent(2_000, "对账");
        assert!(bytes <= BODY_BYTES_MAX, "{bytes}");
        assert_eq!(body["msg_type"], "interactive");
        assert_eq!(body["card"]["header"]["template"], "orange");
        let title = &body["card"]["header"]["title"];
        assert_eq!(title["tag"], "plain_text");
        assert_eq!(title["content"], "【未能核实】nightly 2026-11-20 对账");
        let first = &body["card"]["elements"][0]["text"];
        assert_eq!(first["content"], "本日不可入账：有账户未能核实。");
    }

    #[test]
    fn status_200_is_no_success() {
        for good in
            [r#"{"code":0,"msg":"success"}"#, r#"{"StatusCode":0,"StatusMessage":"success"}"#]
        {
            assert_eq!(read(good.as_bytes()), Ok(()), "{good}");
        }
        let table = [
            (r#"{"code":19021,"msg":"sign match fail"}"#, "19021", Again::No),
            (r#"{"code":19024,"msg":"Key Words Not Found"}"#, "19024", Again::No),
            (r#"{"StatusCode":0,"code":9499,"msg":"Bad Request"}"#, "9499", Again::No),
            (r#"{"code":11232,"msg":"too fast"}"#, "11232", Again::Soon),
            (r#"{"code":"0"}"#, "-9223372036854775808", Again::No),
            ("{}", "no_code", Again::No),
        ];
        for (body, code, again) in table {
            let failure = read(body.as_bytes()).expect_err(body);
            assert_eq!((failure.code.as_str(), failure.again), (code, again), "{body}");
        }
    }
}
