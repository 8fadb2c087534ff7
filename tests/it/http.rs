//! Goal: a platform that is slow, broken, hostile or gone cannot hurt the night.
//! Method: raw sockets on the loopback address that misbehave in one way each.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use duizhang::provider::http::{CallError, CallStats, Caller, Patience};
use duizhang::provider::{HttpRequest, Limits, Method, RawAnswer};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the server does with one request.
#[derive(Clone)]
enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Says nothing until the caller goes away.
    Silence,
    /// Sends a header and then a body without end.
    Endless,
}

/// What the server saw.
#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    body_bytes: AtomicUsize,
}

fn status(line: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {line}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    Reply::Bytes([head.as_bytes(), body].concat())
}

fn ok(body: &str) -> Reply {
    status("200 OK", "", body.as_bytes())
}

fn gzip(bytes: &[u8]) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    status("200 OK", "Content-Encoding: gzip\r\n", &encoder.finish().unwrap())
}

/// Answers the first request with the first reply and so on; the last one stays.
async fn serve(script: Vec<Reply>) -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let number = shared.requests.fetch_add(1, Ordering::SeqCst);
            let reply = script.get(number).or(script.last()).unwrap().clone();
            tokio::spawn(answer(stream, reply, Arc::clone(&shared)));
        }
    });
    (addr, seen)
}

async fn answer(mut stream: TcpStream, reply: Reply, seen: Arc<Seen>) {
    let now = seen.in_flight.fetch_add(1, Ordering::SeqCst).saturating_add(1);
    seen.most_in_flight.fetch_max(now, Ordering::SeqCst);
    let mut request: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend(buffer.iter().take(read)),
        }
    }
    tokio::time::sleep(Duration::from_millis(5)).await;
    seen.in_flight.fetch_sub(1, Ordering::SeqCst);
    match reply {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
        Reply::Close => {}
        Reply::Silence => while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {},
        Reply::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let chunk = vec![b'x'; 64 * 1024];
            while stream.write_all(&chunk).await.is_ok() {
                seen.body_bytes.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        }
    }
}

fn request(addr: SocketAddr) -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: format!("http://{addr}/mmsp/openapi?secret=in-the-query"),
        content_type: "application/json",
        headers: Vec::new(),
        body: "{\"secret\":\"in-the-body\"}".to_owned(),
        interface: "0x0305",
    }
}

fn limits() -> Limits {
    Limits {
        rate_limit: 1000,
        concurrency: 4,
        timeout: Duration::from_millis(500),
        retries: 2,
        answer_bytes_max: 1024 * 1024,
        follows_proxy: false,
        ask_during_day: false,
    }
}

fn caller(limits: Limits) -> Caller {
    let patience = Patience {
        backoff_first: Duration::from_millis(1),
        backoff_max: Duration::from_millis(2),
        pauses_max: Duration::from_mins(1),
        retry_after_max: Duration::from_millis(100),
        down_after: 3,
        ..Patience::default()
    };
    Caller::with_patience("mmsp-main", limits, patience).unwrap()
}

async fn outcome(script: Vec<Reply>) -> (Result<Vec<u8>, CallError>, CallStats, Arc<Seen>) {
    let (addr, seen) = serve(script).await;
    let caller = caller(limits());
    let outcome = caller.call(&request(addr)).await.map(|answer| answer.body);
    (outcome, caller.stats(), seen)
}

#[tokio::test]
async fn what_may_be_tried_again_is_tried_again() {
    let hiccups = [
        status("500 Internal Server Error", "", b"oops"),
        status("502 Bad Gateway", "", b""),
        status("503 Service Unavailable", "", b""),
        status("504 Gateway Timeout", "", b""),
        status("429 Too Many Requests", "", b""),
        Reply::Close,
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec()),
        status("200 OK", "Content-Encoding: gzip\r\n", b"this is not gzip"),
    ];
    for hiccup in hiccups {
        let (answer, stats, seen) = outcome(vec![hiccup.clone(), hiccup, ok("fine")]).await;
        assert_eq!(answer, Ok(b"fine".to_vec()));
        assert_eq!(stats, CallStats { requests: 3, retries: 2, failures: 0 });
        assert_eq!(seen.requests.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn what_another_attempt_would_not_change_is_asked_once() {
    let table = [
        (status("400 Bad Request", "", b""), "http_400"),
        (status("403 Forbidden", "", b""), "http_403"),
        (status("404 Not Found", "", b""), "http_404"),
        (status("204 No Content", "", b""), "http_204"),
        (status("301 Moved", "Location: http://127.0.0.1:1/\r\n", b""), "redirect"),
        (status("302 Found", "Location: /elsewhere\r\n", b""), "redirect"),
        (status("307 Temporary Redirect", "Location: /elsewhere\r\n", b""), "redirect"),
    ];
    for (reply, code) in table {
        let (answer, stats, seen) = outcome(vec![reply, ok("must not be asked for")]).await;
        assert_eq!(answer.unwrap_err().code(), code);
        assert_eq!(stats, CallStats { requests: 1, retries: 0, failures: 1 }, "{code}");
        assert_eq!(seen.requests.load(Ordering::SeqCst), 1, "{code}");
    }
}

/// A refusal of the interface for [`refused`].
const REFUSAL: &[u8] = b"{\"error\":\"object_not_found\"}";

/// What comes of an answer, where `{"error":…}` is the form of a refusal; with its HTTP status.
async fn refused(reply: Reply) -> (Result<u16, String>, CallStats) {
    let (addr, _) = serve(vec![reply]).await;
    let caller = caller(limits());
    let refuses = |answer: &RawAnswer| answer.body.starts_with(b"{\"error\":");
    let answered = caller.call_within(&request(addr), 1024 * 1024, &refuses).await;
    let outcome = answered.map(|answered| {
        assert!(answered.answer.body.starts_with(b"{\"error\":"));
        answered.answer.status
    });
    (outcome.map_err(|error| error.code()), caller.stats())
}

#[tokio::test]
async fn a_refusal_with_an_http_status_of_its_own_is_an_answer() {
    for line in ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "422 X"] {
        let status_code: u16 = line[..3].parse().unwrap();
        let (outcome, stats) = refused(status(line, "", REFUSAL)).await;
        assert_eq!(outcome, Ok(status_code), "{line}");
        assert_eq!(stats, CallStats { requests: 1, retries: 0, failures: 0 }, "{line}");
        for body in [&b""[..], b"<html>no such page</html>", b"{\"message\":\"no Route\"}"] {
            let (outcome, stats) = refused(status(line, "", body)).await;
            assert_eq!(outcome, Err(format!("http_{status_code}")), "{line}");
            assert_eq!(stats, CallStats { requests: 1, retries: 0, failures: 1 }, "{line}");
        }
        let long = [REFUSAL, &vec![b' '; 4096]].concat();
        let (outcome, _) = refused(status(line, "", &long)).await;
        assert_eq!(outcome, Err(format!("http_{status_code}")), "as long as no refusal is");
    }
}

#[tokio::test]
async fn an_outage_stays_one_whatever_its_body_says() {
    for line in ["429 Too Many", "500 Oops", "502 Bad Gateway", "503 Unavailable"] {
        let (outcome, stats) = refused(status(line, "", REFUSAL)).await;
        assert_eq!(outcome, Err(format!("http_{}", &line[..3])));
        assert_eq!(stats, CallStats { requests: 3, retries: 2, failures: 1 }, "{line}");
    }
    for line in ["201 Created", "204 No Content", "302 Found"] {
        let (outcome, _) = refused(status(line, "", REFUSAL)).await;
        assert!(outcome.is_err(), "{line}");
    }
    let half = b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{\"error\":1".to_vec();
    assert_eq!(refused(Reply::Bytes(half)).await.0, Err("http_404".to_owned()));
}

#[tokio::test]
async fn retries_end() {
    let (answer, stats, _) = outcome(vec![status("503 Service Unavailable", "", b"")]).await;
    assert_eq!(answer.unwrap_err().code(), "http_503");
    assert_eq!(stats, CallStats { requests: 3, retries: 2, failures: 1 });
}

#[tokio::test]
async fn a_silent_server_costs_one_timeout_per_attempt() {
    let (addr, _) = serve(vec![Reply::Silence]).await;
    let caller = caller(Limits { timeout: Duration::from_millis(50), ..limits() });
    let start = Instant::now();
    let error = caller.call(&request(addr)).await.unwrap_err();
    assert_eq!(error, CallError::Timeout);
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_endless_answer_stops_at_the_cap() {
    let (answer, stats, seen) = outcome(vec![Reply::Endless]).await;
    assert_eq!(answer, Err(CallError::TooLarge { limit: 1024 * 1024 }));
    assert_eq!(stats.requests, 1);
    // What the two kernels' socket buffers hold was sent, too.
    assert!(seen.body_bytes.load(Ordering::SeqCst) < 32 * 1024 * 1024);
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n";
    let (answer, ..) = outcome(vec![Reply::Bytes(head.into())]).await;
    assert_eq!(answer, Err(CallError::TooLarge { limit: 1024 * 1024 }));
}

#[tokio::test]
async fn the_cap_is_exact_and_counts_decompressed_bytes() {
    let fits = vec![b'x'; 1024 * 1024];
    let (answer, ..) = outcome(vec![gzip(&fits)]).await;
    assert_eq!(answer.map(|body| body.len()), Ok(fits.len()));
    let (answer, ..) = outcome(vec![gzip(&vec![b'x'; 1024 * 1024 + 1])]).await;
    assert_eq!(answer, Err(CallError::TooLarge { limit: 1024 * 1024 }));
    let bomb = vec![0; 100 * 1024 * 1024];
    let (answer, stats, _) = outcome(vec![gzip(&bomb)]).await;
    assert_eq!(answer, Err(CallError::TooLarge { limit: 1024 * 1024 }));
    assert_eq!(stats.requests, 1);
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_allowed() {
    let (addr, seen) = serve(vec![ok("fine")]).await;
    let caller = Arc::new(caller(limits()));
    let mut calls = JoinSet::new();
    for _ in 0..40 {
        let caller = Arc::clone(&caller);
        calls.spawn(async move { caller.call(&request(addr)).await.unwrap() });
    }
    assert_eq!(calls.join_all().await.len(), 40);
    let most = seen.most_in_flight.load(Ordering::SeqCst);
    assert!((2..=4).contains(&most), "{most} at once");
}

#[tokio::test]
async fn no_more_requests_are_sent_per_second_than_allowed() {
    let (addr, _) = serve(vec![ok("fine")]).await;
    let caller = Arc::new(caller(Limits { rate_limit: 100, concurrency: 16, ..limits() }));
    let start = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..16 {
        let caller = Arc::clone(&caller);
        calls.spawn(async move { caller.call(&request(addr)).await.unwrap() });
    }
    calls.join_all().await;
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_platform_that_asks_for_a_pause_gets_it_up_to_the_limit() {
    let busy = status("429 Too Many Requests", "Retry-After: 3600\r\n", b"");
    let start = Instant::now();
    let (answer, ..) = outcome(vec![busy, ok("fine")]).await;
    assert_eq!(answer, Ok(b"fine".to_vec()));
    assert!(start.elapsed() >= Duration::from_millis(100));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn all_pauses_that_a_platform_asks_for_together_have_a_limit() {
    let busy = status("429 Too Many Requests", "Retry-After: 30\r\n", b"");
    let (addr, seen) = serve(vec![busy]).await;
    let patience = Patience {
        backoff_first: Duration::from_millis(1),
        backoff_max: Duration::from_millis(2),
        retry_after_max: Duration::from_millis(50),
        pauses_max: Duration::from_millis(120),
        ..Patience::default()
    };
    let limits = Limits { retries: 50, ..limits() };
    let caller = Caller::with_patience("mmsp-main", limits, patience).unwrap();
    assert!(caller.call(&request(addr)).await.is_err());
    // Pauses of 50, 50 and 20 ms, and no question after the last.
    assert_eq!(seen.requests.load(Ordering::SeqCst), 3);
    assert!(caller.call(&request(addr)).await.is_err());
    assert_eq!(seen.requests.load(Ordering::SeqCst), 4, "the next order gets no pause of its own");
}

#[tokio::test]
async fn a_dead_account_is_given_up_and_found_again() {
    let (addr, seen) = serve(vec![Reply::Close, Reply::Close, Reply::Close, ok("fine")]).await;
    let patience =
        Patience { down_after: 3, probe_every: Duration::from_millis(50), ..Patience::default() };
    let limits = Limits { retries: 0, ..limits() };
    let caller = Caller::with_patience("mmsp-main", limits, patience).unwrap();
    for _ in 0..3 {
        assert_eq!(caller.call(&request(addr)).await, Err(CallError::Reset));
    }
    let down = Err(CallError::Down { cause: "reset".to_owned() });
    assert_eq!(caller.call(&request(addr)).await, down);
    assert_eq!(seen.requests.load(Ordering::SeqCst), 3, "nothing is sent while it is down");
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(caller.call(&request(addr)).await.unwrap().body, b"fine");
    assert_eq!(caller.call(&request(addr)).await.unwrap().body, b"fine");
    assert_eq!(caller.stats(), CallStats { requests: 5, retries: 0, failures: 4 });
}

#[tokio::test]
async fn a_closed_port_is_an_outage_that_names_no_query() {
    let addr = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let error = caller(limits()).call(&request(addr)).await.unwrap_err();
    assert_eq!(error, CallError::Connect { cause: "refused" });
    assert!(error.is_outage());
    assert!(!format!("{error} {error:?}").contains("secret"));
}

/// A certificate for 127.0.0.1 that was signed by itself, and its key; made for this test only.
const CERTIFICATE: &str = "MIIBmzCCAUGgAwIBAgIUaXslsAlicmVs7GfUJ96zQKYHksgwCgYIKoZIzj0EAwIwFDESMBAG\
    A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAzNDc0OVoYDzIxMjYxMDI4MDM0NzQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhv\
    c3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASC0+lJdeiL00bkLlEO08ncsEWxX/zqc2Yp0leMEBZTIlHCvxZ1+dc7\
    kDGxmJv9wcZnxLd9qXKnKSTSuPRlQYM3o28wbTAdBgNVHQ4EFgQUCOpAJw9KJsmUk2q+Mf4/Fp4gk3IwHwYDVR0jBBgw\
    FoAUCOpAJw9KJsmUk2q+Mf4/Fp4gk3IwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3Qw\
    CgYIKoZIzj0EAwIDSAAwRQIgWHlQb7NA+L2zt0HcPnHm/9ZzYg36FoXjhnuSEbeqiAMCIQChFR6pQW6p0rMDjCHKuAjv\
    KNB0ofCdXOTlYARyj+OKlw==";
const CERTIFICATE_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqzTiAeyZDk82POlOf/pk\
    AAOa0E19x8J/wnMHq0BgfE2hRANCAASC0+lJdeiL00bkLlEO08ncsEWxX/zqc2Yp0leMEBZTIlHCvxZ1+dc7kDGxmJv9\
    wcZnxLd9qXKnKSTSuPRlQYM3";

/// Speaks TLS with [`CERTIFICATE`] to the first connection; says whether a request got through.
fn serve_tls() -> (SocketAddr, std::thread::JoinHandle<bool>) {
    use base64::Engine;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

    let der = |text: &str| base64::prelude::BASE64_STANDARD.decode(text).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der(CERTIFICATE_KEY)));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(der(CERTIFICATE))], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        tls.complete_io(&mut stream).is_ok()
            && std::io::Read::read(&mut tls.reader(), &mut [0; 1]).is_ok_and(|read| read > 0)
    });
    (addr, server)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (addr, server) = serve_tls();
    let mut request = request(addr);
    request.url = request.url.replace("http://", "https://");
    // Reading the system's certificates takes its time in an unoptimised build.
    let limits = Limits { timeout: Duration::from_secs(20), retries: 0, ..limits() };
    let error = caller(limits).call(&request).await.unwrap_err();
    if error.code() == "client" {
        // This machine has no certificates at all; then nothing is sent either.
        return;
    }
    assert_eq!(error, CallError::Tls);
    assert!(!server.join().unwrap(), "the request must not have been sent");
}
