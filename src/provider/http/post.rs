//! One request that tells somebody something: a chat's robot, a webhook. What is asked of platforms goes
//! through a [`super::Caller`].

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use tokio::time::timeout;

use super::{CallError, Limits, Patience, Reach, client, install_crypto, read_capped};

/// Bytes of an answer, at most: they are a code and a sentence.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// A request. Its URL and headers may hold secrets.
pub struct Post<'a> {
    /// Where to.
    pub url: &'a str,
    /// Further headers.
    pub headers: &'a [(&'static str, String)],
    /// The body: JSON in UTF-8.
    pub body: &'a str,
    /// How errors call it.
    pub interface: &'static str,
    /// Whether the machine's proxy settings are followed.
    pub follows_proxy: bool,
    /// How long it may take.
    pub patience: Duration,
}

/// An answer of any status.
#[derive(Debug)]
pub struct Posted {
    /// The HTTP status.
    pub status: u16,
    /// What `Retry-After` asks for, in seconds.
    pub retry_after: Option<Duration>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Sends one request, once. Redirects are not followed.
///
/// # Errors
///
/// [`CallError`] when there is no whole answer; it holds nothing of the request.
pub async fn post(request: &Post<'_>) -> Result<Posted, CallError> {
    install_crypto();
    let sent = timeout(request.patience, send(request)).await;
    sent.unwrap_or(Err(CallError::Timeout))
}

async fn send(request: &Post<'_>) -> Result<Posted, CallError> {
    let interface = request.interface;
    let failed = |error: reqwest::Error| CallError::of(&error, interface);
    let url = reqwest::Url::parse(request.url).map_err(|_| CallError::Url { interface })?;
    let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let reach = if here && url.scheme() == "http" { Reach::ThisMachine } else { Reach::Everywhere };
    let limits = Limits {
        timeout: request.patience,
        follows_proxy: request.follows_proxy,
        ..Limits::default()
    };
    let mut prepared = client(&limits, &Patience::default(), reach)?
        .post(url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8");
    for (name, value) in request.headers {
        prepared = prepared.header(*name, value);
    }
    let answer = prepared.body(request.body.to_owned()).send().await.map_err(failed)?;
    let status = answer.status().as_u16();
    let after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let body = read_capped(answer, ANSWER_BYTES_MAX, failed).await?.body;
    Ok(Posted { status, retry_after, body })
}
