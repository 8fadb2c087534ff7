//! WeCom (企业微信): a group's robot.
//!
//! Documents: developer.work.weixin.qq.com/document/path/91770 and 99110, errors 90455 and 90313. Nothing is
//! signed: the key in the address is all. Answers are of status 200 whatever became of the message; the
//! documents say to go by `errcode` alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::Notice;
use super::chat;
use super::robots::{Again, Call, NotSent};
use crate::config::Hook;
use crate::job::Occasion;

/// Bytes of `markdown.content`, at most.
const CONTENT_BYTES_MAX: usize = 4_096;
/// What follows after too many messages in a minute.
const NEXT_MINUTE: Duration = Duration::from_mins(1);

/// The request.
pub(super) fn call(hook: &Hook, notice: &Notice) -> Call {
    let lines = notice.fitting(CONTENT_BYTES_MAX, |lines| content(notice, lines).len());
    let body = json!({
        "msgtype": "markdown",
        "markdown": { "content": content(notice, &lines) },
    });
    Call { url: hook.url.expose().to_owned(), headers: Vec::new(), body: body.to_string() }
}

fn content(notice: &Notice, lines: &[String]) -> String {
    let colour = match notice.gravest {
        Occasion::Done => "info",
        Occasion::Open | Occasion::Unproved | Occasion::Failed => "warning",
    };
    let title = chat::plain(&notice.title);
    let lines: Vec<String> = lines.iter().map(|line| chat::plain(line)).collect();
    format!("### <font color=\"{colour}\">{title}</font>\n{}", lines.join("\n"))
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
        Some(45_009) => (Again::OnceAfter(NEXT_MINUTE), "more than 20 messages a minute"),
        Some(93_000) => {
            (Again::No, "the key in url is wrong, or the robot is gone: copy the address again")
        }
        Some(40_058) => (Again::No, "the message is too long or malformed"),
        Some(_) => (Again::No, "the platform refuses the message"),
        None => (Again::No, "what answers is not the robot: a firewall may stand between"),
    };
    let code = code.map_or_else(|| "no_errcode".to_owned(), |code| code.to_string());
    Err(NotSent { code, reply: chat::reply(&body, "errmsg"), fix, again })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::notice::tests::notice;
    use crate::provider::Secret;

    #[test]
    fn a_message_has_no_more_bytes_than_the_platform_takes() {
        let hook = Hook {
            url: Secret::new("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K".to_owned()),
            secret: None,
            old_secret: None,
            keyword: String::new(),
            follows_proxy: false,
        };
        for further in [0, 1, 60, 2_000] {
            let body: Value =
                serde_json::from_str(&call(&hook, &notice(further)).body).expect("JSON");
            let content = body["markdown"]["content"].as_str().expect("a text");
            assert!(content.len() <= CONTENT_BYTES_MAX, "{}", content.len());
            let title =
                "### <font color=\"warning\">【未能核实】nightly 2026-11-20</font>\n本日不可入账";
            assert!(content.starts_with(title), "{content}");
        }
    }

    #[test]
    fn status_200_is_no_success() {
        assert_eq!(read(br#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        let table = [
            (r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "93000", Again::No),
            (r#"{"errcode":45009,"errmsg":"too fast"}"#, "45009", Again::OnceAfter(NEXT_MINUTE)),
            (r#"{"errcode":-1}"#, "-1", Again::Soon),
            ("{}", "no_errcode", Again::No),
        ];
        for (body, code, again) in table {
            let failure = read(body.as_bytes()).expect_err(body);
            assert_eq!((failure.code.as_str(), failure.again), (code, again), "{body}");
        }
    }
}
