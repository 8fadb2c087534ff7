//! DingTalk (钉钉): a group's custom robot.
//!
//! Document: open.dingtalk.com, "自定义机器人接入". The signature stands in the query: HMAC-SHA256 whose key is
//! the secret and whose message is milliseconds, a line feed and the secret. Answers are of status 200
//! whatever became of the message.

use serde_json::{Value, json};

use super::Notice;
use super::chat;
use super::robots::{Again, Call, NotSent};
use crate::business_day::Timestamp;
use crate::config::Hook;
use crate::provider::hmac_sha256;

/// Bytes of a body, at most (460101).
const BODY_BYTES_MAX: usize = 20_000;

/// The request, signed for this moment.
pub(super) fn call(hook: &Hook, notice: &Notice, now: Timestamp) -> Call {
    let title = notice.title_with(&hook.keyword);
    let lines = notice.fitting(BODY_BYTES_MAX, |lines| body(&title, lines).len());
    let url = match &hook.secret {
        Some(secret) => signed(hook.url.expose(), secret.expose(), now),
        None => hook.url.expose().to_owned(),
    };
    Call { url, headers: Vec::new(), body: body(&title, &lines) }
}

fn signed(url: &str, secret: &str, now: Timestamp) -> String {
    let millis = now.epoch_seconds().saturating_mul(1_000).to_string();
    let sign = hmac_sha256(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("timestamp", &millis).append_pair("sign", &sign);
    let gap = if url.contains('?') { '&' } else { '?' };
    format!("{url}{gap}{}", query.finish())
}

fn body(title: &str, lines: &[String]) -> String {
    // A line break is nothing here, an empty line is one.
    let text: Vec<String> = lines.iter().map(|line| chat::plain(line)).collect();
    let text = format!("### {}\n\n{}", chat::plain(title), text.join("\n\n"));
    json!({
        "msgtype": "markdown",
        "markdown": { "title": title, "text": text },
        "at": { "atMobiles": [], "atUserIds": [], "isAtAll": false },
    })
    .to_string()
}

/// Whether the message was taken.
pub(super) fn read(body: &[u8]) -> Result<(), NotSent> {
    let body = chat::json(body)?;
    let code = body.get("errcode").and_then(Value::as_i64);
    if code == Some(0) {
        return Ok(());
    }
    let (again, fix) = match code {
        Some(-1) => (Again::Soon, "the platform is busy"),
        Some(310_000) => (
            Again::No,
            "the robot's security settings refuse it: set keyword or secret as the group's robot has \
             them, set this machine's clock, or add its outgoing address",
        ),
        Some(300_001 | 300_005 | 400_101) => {
            (Again::No, "the access_token in url is not known: copy the address again")
        }
        Some(400_013 | 400_102 | 400_106) => {
            (Again::No, "the group or its robot is gone or stopped: add it again")
        }
        Some(130_101 | 410_100) => {
            (Again::No, "more than 20 messages a minute: the robot is shut out for ten minutes")
        }
        Some(460_101) => (Again::No, "the message is too long"),
        Some(_) => (Again::No, "the platform refuses the message"),
        None => (Again::No, "what answers is not the robot: a firewall may stand between"),
    };
    let reply = chat::reply(&body, "errmsg");
    let code = code.map_or_else(|| "no_errcode".to_owned(), |code| code.to_string());
    Err(NotSent { code, reply, fix, again })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::notice::tests::notice;
    use crate::provider::Secret;

    const SECRET: &str = "SEC00f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff";
    const URL: &str = "https://oapi.dingtalk.com/robot/send?access_token=T";

    fn hook(keyword: &str) -> Hook {
        Hook {
            url: Secret::new(URL.to_owned()),
            secret: Some(Secret::new(SECRET.to_owned())),
            old_secret: None,
            keyword: keyword.to_owned(),
            follows_proxy: false,
        }
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        let at = Timestamp::from_epoch_seconds(1_795_622_400);
        assert_eq!(
            call(&hook(""), &notice(1), at).url,
            format!(
                "{URL}&timestamp=1795622400000&sign=1XzIWxzDmjBONzsCEOj7A08qitLfVJVk5%2B6NKKa13xM%3D"
            )
        );
    }

    #[test]
    fn a_message_fits_and_keeps_its_keyword() {
        let at = Timestamp::from_epoch_seconds(1_795_622_400);
        let call = call(&hook("对账"), &notice(2_000), at);
        assert!(call.body.len() <= BODY_BYTES_MAX, "{}", call.body.len());
        let body: Value = serde_json::from_str(&call.body).expect("JSON");
        assert_eq!(body["msgtype"], "markdown");
        let (title, text) = (&body["markdown"]["title"], &body["markdown"]["text"]);
        assert!(title.as_str().expect("a title").ends_with(" 对账"), "{title}");
        let text = text.as_str().expect("a text");
        assert!(
            text.starts_with("### 【未能核实】nightly 2026-11-20 对账\n\n本日不可入账"),
            "{text}"
        );
        assert!(text.contains("行未显示"), "{text}");
    }

    #[test]
    fn status_200_is_no_success() {
        assert_eq!(read(br#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let table = [
            (r#"{"errcode":310000,"errmsg":"sign not match"}"#, "310000", Again::No),
            (r#"{"errcode":-1,"errmsg":"busy"}"#, "-1", Again::Soon),
            (r#"{"errcode":130101,"errmsg":"too fast"}"#, "130101", Again::No),
            (r#"{"status":1111,"punish":"x","wait":5}"#, "no_errcode", Again::No),
            ("<html></html>", "no_json", Again::No),
        ];
        for (body, code, again) in table {
            let failure = read(body.as_bytes()).expect_err(body);
            assert_eq!((failure.code.as_str(), failure.again), (code, again), "{body}");
        }
    }
}
