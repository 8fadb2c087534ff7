//! Calls to platforms: the only user of reqwest.
//!
//! One [`Caller`] per account keeps to its rate and concurrency, gives every attempt a time limit,
//! tries again what may be tried again, caps the answer while it streams in, and stops asking an
//! account that is down. Redirects are never followed: a signed request goes where the
//! configuration says or nowhere. TLS certificates are always verified.
//!
//! The machine's proxy settings (`HTTPS_PROXY` and its like) are followed where the account says so,
//! but never for plain `http` to this machine itself.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rand::Rng;
use reqwest::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tracing::{error, info, warn};

use super::{HttpRequest, Limits, Method, RawAnswer, Unproved};
use crate::business_day::Timestamp;

mod breaker;
mod error;
mod pace;
mod room;
mod tally;

pub use error::CallError;
pub use room::Room;
pub use tally::{CallOutcome, CallTally, tallies};

use breaker::{Breaker, Change};
use pace::Pace;

/// How patient a caller is with a platform that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first pause before trying again; doubled each time, and shortened by up to a half at
    /// random so that calls that failed together do not come back together.
    pub backoff_first: Duration,
    /// No pause is longer.
    pub backoff_max: Duration,
    /// A platform's `Retry-After` is honoured up to this.
    pub retry_after_max: Duration,
    /// All that a platform asks for together is honoured up to this: a platform that answers every
    /// second question with 429 and `Retry-After: 30` would make a night of a thousand orders eight
    /// hours long.
    pub pauses_max: Duration,
    /// The time limit for connecting, within that of the attempt.
    pub connect_timeout: Duration,
    /// So many calls in a row that fail for outage reasons take the account down.
    pub down_after: u32,
    /// While an account is down, one call in this time is let through to see whether it is back.
    pub probe_every: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            backoff_first: Duration::from_millis(200),
            backoff_max: Duration::from_secs(5),
            retry_after_max: Duration::from_secs(30),
            pauses_max: Duration::from_mins(10),
            connect_timeout: Duration::from_secs(5),
            down_after: 8,
            probe_every: Duration::from_secs(30),
        }
    }
}

/// Bytes of an answer that may be a refusal: they are short, and only they are looked at twice.
pub const REFUSAL_BYTES_MAX: u64 = 4_096;

/// Headers of an answer that are kept.
const HEADERS_MAX: usize = 64;

/// Says whether a body is a refusal of the interface that was asked; reads it and nothing else.
pub type Refuses<'a> = &'a (dyn Fn(&RawAnswer) -> bool + Sync);

/// An answer, and how it came.
#[derive(Debug)]
pub struct Called {
    /// The answer: nothing is verified. Its status is 200, or that of a refusal.
    pub answer: RawAnswer,
    /// Its room counts against what all answers of this process together may take until it is dropped.
    pub room: Room,
}

/// What an account's caller has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Requests sent, first ones and further ones.
    pub requests: u64,
    /// Those of them that were further attempts.
    pub retries: u64,
    /// Calls that brought no answer in the end, those refused while down included.
    pub failures: u64,
}

/// Calls one account's platform, within its limits.
pub struct Caller {
    account: String,
    limits: Limits,
    patience: Patience,
    local: reqwest::Client,
    remote: OnceLock<Result<reqwest::Client, CallError>>,
    in_flight: Semaphore,
    pace: Pace,
    breaker: Breaker,
    requests: AtomicU64,
    retries: AtomicU64,
    failures: AtomicU64,
    /// Epoch seconds; 0 as long as no answer stated a time.
    server_time: AtomicI64,
    /// What the platform's `Retry-After` have made this account wait.
    paused_millis: AtomicU64,
}

impl Caller {
    /// A caller for one account.
    ///
    /// # Errors
    ///
    /// [`CallError::Client`] when this machine cannot make an HTTP client.
    pub fn new(account: &str, limits: Limits) -> Result<Self, CallError> {
        Self::with_patience(account, limits, Patience::default())
    }

    /// A caller with other than the usual pauses.
    ///
    /// # Errors
    ///
    /// As [`Caller::new`].
    pub fn with_patience(
        account: &str,
        limits: Limits,
        patience: Patience,
    ) -> Result<Self, CallError> {
        install_crypto();
        Ok(Self {
            account: account.to_owned(),
            limits,
            patience,
            local: client(&limits, &patience, Reach::ThisMachine)?,
            remote: OnceLock::new(),
            in_flight: Semaphore::new(usize::try_from(limits.concurrency.max(1)).unwrap_or(1)),
            pace: Pace::new(limits.rate_limit),
            breaker: Breaker::new(patience.down_after, patience.probe_every),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            server_time: AtomicI64::new(0),
            paused_millis: AtomicU64::new(0),
        })
    }

    /// Puts a question and brings the answer: status 200, a body within the cap, nothing verified.
    ///
    /// # Errors
    ///
    /// [`CallError`] after the last attempt, or at once for what another attempt would not change.
    pub async fn call(&self, request: &HttpRequest) -> Result<RawAnswer, CallError> {
        self.call_within(request, u64::MAX, &|_| false).await.map(|called| called.answer)
    }

    /// As [`Caller::call`], of an answer that cannot have more than so many bytes, decompressed.
    ///
    /// Platforms also refuse with an HTTP status of their own: an answer of status 4xx (but 429, which
    /// says to ask less) is brought as well if `refuses` says that its body, of at most
    /// [`REFUSAL_BYTES_MAX`], is a refusal. Every other one is the error that its status is.
    ///
    /// # Errors
    ///
    /// As [`Caller::call`].
    pub async fn call_within(
        &self,
        request: &HttpRequest,
        bytes_max: u64,
        refuses: Refuses<'_>,
    ) -> Result<Called, CallError> {
        let bytes_max = bytes_max.min(self.limits.answer_bytes_max);
        let outcome = match self.breaker.admit(Instant::now()) {
            Ok(()) => {
                let outcome = self.attempts(request, bytes_max, refuses).await;
                self.note(outcome.as_ref().err());
                outcome
            }
            Err(down) => Err(down),
        };
        if let Err(error) = &outcome {
            self.failures.fetch_add(1, Ordering::Relaxed);
            tally::count(&self.account, CallOutcome::of_error(error));
        }
        outcome
    }

    /// Counts an answered call by what the answer turned out to be worth; for [`tallies`].
    pub fn judged<T>(&self, read: &Result<T, Unproved>) {
        tally::count(&self.account, CallOutcome::of_answer(read.as_ref().map(|_| ())));
    }

    /// The time that the platform's last answer stated in its head, of whatever status; `None` as
    /// long as there was none.
    pub fn server_time(&self) -> Option<Timestamp> {
        match self.server_time.load(Ordering::Relaxed) {
            0 => None,
            seconds => Some(Timestamp::from_epoch_seconds(seconds)),
        }
    }

    /// What was done so far.
    pub fn stats(&self) -> CallStats {
        CallStats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }

    /// Waits before the same question is put again because the platform's answer asked for it: as
    /// long as after a failed attempt. `false`, at once, when there is no further attempt. `attempt`
    /// counts from 1.
    pub async fn may_ask_again(&self, attempt: u32, interface: &str) -> bool {
        if attempt > self.limits.retries || self.breaker.is_down() {
            return false;
        }
        warn!(
            account = self.account,
            interface,
            attempt,
            cause = "the platform says so",
            "asking again"
        );
        self.retries.fetch_add(1, Ordering::Relaxed);
        tally::count_retry(&self.account);
        sleep(self.backoff(attempt)).await;
        true
    }

    async fn attempts(
        &self,
        request: &HttpRequest,
        bytes_max: u64,
        refuses: Refuses<'_>,
    ) -> Result<Called, CallError> {
        let mut attempt: u32 = 1;
        loop {
            let failure = match self.attempt(request, bytes_max, refuses).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // A probe, and what was still trying when the account went down, try no more.
            let last = attempt > self.limits.retries
                || !failure.may_be_retried()
                || (failure.is_throttled() && self.pauses_left().is_zero())
                || self.breaker.is_down();
            if last {
                return Err(failure);
            }
            warn!(
                account = self.account,
                interface = request.interface,
                attempt,
                cause = failure.code(),
                "asking again"
            );
            self.retries.fetch_add(1, Ordering::Relaxed);
            tally::count_retry(&self.account);
            sleep(self.backoff(attempt)).await;
            attempt = attempt.saturating_add(1);
        }
    }

    async fn attempt(
        &self,
        request: &HttpRequest,
        bytes_max: u64,
        refuses: Refuses<'_>,
    ) -> Result<Called, CallError> {
        // Waiting for room is our own affair and takes nothing of the platform's time.
        let room = Room::take(bytes_max).await;
        // Never closed, so this always is a permit.
        let _permit = self.in_flight.acquire().await;
        self.pace.slot().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        match timeout(self.limits.timeout, self.send(request, bytes_max, refuses)).await {
            Ok(outcome) => outcome.map(|answer| Called { answer, room }),
            Err(_elapsed) => Err(CallError::Timeout),
        }
    }

    async fn send(
        &self,
        request: &HttpRequest,
        bytes_max: u64,
        refuses: Refuses<'_>,
    ) -> Result<RawAnswer, CallError> {
        let failed = |error: reqwest::Error| CallError::of(&error, request.interface);
        let answer = self.prepared(request)?.send().await.map_err(failed)?;
        if let Some(seconds) = stated_time(&answer) {
            self.server_time.store(seconds, Ordering::Relaxed);
        }
        let status = answer.status().as_u16();
        match status {
            200 => read_capped(answer, bytes_max, failed).await,
            300..400 => Err(CallError::Redirect { status }),
            400..=428 | 430..=499 => {
                // Whatever goes wrong with the body, it is no refusal that could be read.
                let body = read_capped(answer, bytes_max.min(REFUSAL_BYTES_MAX), failed).await;
                body.ok().filter(refuses).ok_or(CallError::Status { status })
            }
            _ => {
                if let Some(pause) = self.retry_after(&answer) {
                    self.pace.pause(pause);
                }
                Err(CallError::Status { status })
            }
        }
    }

    fn prepared(&self, request: &HttpRequest) -> Result<reqwest::RequestBuilder, CallError> {
        let interface = request.interface;
        let url = reqwest::Url::parse(&request.url).map_err(|_| CallError::Url { interface })?;
        let client = self.client_for(&url)?;
        let prepared = match request.method {
            Method::Get => client.get(url),
            Method::Post => client
                .post(url)
                .header(CONTENT_TYPE, request.content_type)
                .body(request.body.clone()),
        };
        let headers = request.headers.iter();
        Ok(headers.fold(prepared, |prepared, (name, value)| prepared.header(*name, value)))
    }

    fn client_for(&self, url: &reqwest::Url) -> Result<&reqwest::Client, CallError> {
        let here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if here && url.scheme() == "http" {
            return Ok(&self.local);
        }
        self.remote
            .get_or_init(|| client(&self.limits, &self.patience, Reach::Everywhere))
            .as_ref()
            .map_err(CallError::clone)
    }

    /// `Retry-After` in seconds, from platforms that say how long they want to be left alone. The
    /// form with a date is not read: it would need the two clocks to agree.
    fn retry_after(&self, answer: &reqwest::Response) -> Option<Duration> {
        if !matches!(answer.status().as_u16(), 429 | 503) {
            return None;
        }
        let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        let wished = Duration::from_secs(seconds).min(self.patience.retry_after_max);
        let pause = wished.min(self.pauses_left());
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.paused_millis.fetch_add(millis, Ordering::Relaxed);
        Some(pause)
    }

    /// What is left of the time for which a platform may make this account wait.
    fn pauses_left(&self) -> Duration {
        let paused = Duration::from_millis(self.paused_millis.load(Ordering::Relaxed));
        self.patience.pauses_max.saturating_sub(paused)
    }

    fn backoff(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let pause = self
            .patience
            .backoff_first
            .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
            .min(self.patience.backoff_max);
        let half = pause.checked_div(2).unwrap_or_default();
        if half == pause { pause } else { rand::rng().random_range(half..=pause) }
    }

    fn note(&self, failure: Option<&CallError>) {
        match self.breaker.note(Instant::now(), failure) {
            Change::None => {}
            Change::WentDown => error!(
                account = self.account,
                cause = failure.map(CallError::code),
                "the account is down: only probes are sent until it answers again"
            ),
            Change::CameBack => info!(account = self.account, "the account answers again"),
        }
    }
}

/// The head's `Date` in epoch seconds.
fn stated_time(answer: &reqwest::Response) -> Option<i64> {
    let text = answer.headers().get(DATE)?.to_str().ok()?;
    Some(chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp())
}

#[derive(Clone, Copy)]
enum Reach {
    ThisMachine,
    Everywhere,
}

fn client(
    limits: &Limits,
    patience: &Patience,
    reach: Reach,
) -> Result<reqwest::Client, CallError> {
    let idle = usize::try_from(limits.concurrency).unwrap_or(usize::MAX);
    let builder = reqwest::Client::builder()
        .tls_backend_rustls()
        .user_agent(concat!("duizhang/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(patience.connect_timeout.min(limits.timeout))
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(Duration::from_secs(15));
    match reach {
        // Plain http to this machine needs neither proxy nor certificates, so that the simulator
        // works where there are none.
        Reach::ThisMachine => builder.no_proxy().tls_certs_only([]).build(),
        Reach::Everywhere if limits.follows_proxy => builder.build(),
        Reach::Everywhere => builder.no_proxy().build(),
    }
    .map_err(|_| CallError::Client { problem: "the system's trusted certificates cannot be read" })
}

/// Makes ring the process's TLS provider; whoever was first stays.
fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let raced: Result<(), Arc<_>> = rustls::crypto::ring::default_provider().install_default();
        drop(raced);
    }
}

/// Reads the decompressed body, but never more than `limit` bytes of it.
async fn read_capped(
    mut answer: reqwest::Response,
    limit: u64,
    failed: impl Fn(reqwest::Error) -> CallError,
) -> Result<RawAnswer, CallError> {
    let (status, headers) = (answer.status().as_u16(), headers(&answer));
    let announced = answer.content_length().unwrap_or(0);
    if announced > limit {
        return Err(CallError::TooLarge { limit });
    }
    let cap = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
        if chunk.len() > cap.saturating_sub(body.len()) {
            return Err(CallError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(RawAnswer { status, headers, body })
}

/// The headers of an answer that a provider may look at; no more than [`HEADERS_MAX`].
fn headers(answer: &reqwest::Response) -> Vec<(String, String)> {
    let named = answer.headers().iter();
    let texts = named.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    texts.take(HEADERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_limit_and_never_shrink_below_half() {
        let caller = Caller::new("mmsp-main", Limits::default()).expect("a caller");
        for (attempt, full) in [(1, 200), (2, 400), (3, 800), (5, 3200), (6, 5000), (99, 5000)] {
            for _ in 0..50 {
                let pause = caller.backoff(attempt);
                assert!(pause <= Duration::from_millis(full), "{attempt}: {pause:?}");
                assert!(pause >= Duration::from_millis(full / 2), "{attempt}: {pause:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_url_that_cannot_be_called_says_so_without_its_query() {
        let caller = Caller::new("mmsp-main", Limits::default()).expect("a caller");
        let request = HttpRequest {
            method: Method::Get,
            url: "nonsense?sign=0123456789ABCDEF".to_owned(),
            content_type: "",
            headers: Vec::new(),
            body: String::new(),
            interface: "/api/Payments/Query",
        };
        let error = caller.call(&request).await.expect_err("no such URL");
        assert_eq!(error.code(), "url");
        assert!(!error.is_outage());
        assert!(!format!("{error} {error:?}").contains("0123456789ABCDEF"));
    }
}
