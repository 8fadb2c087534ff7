//! The platforms as a user would meet them: real HTTP on the loopback address, real signatures, and
//! a world with planted discrepancies.
//!
//! Written from the platforms' documents and from nothing else. It shares no code with
//! [`crate::provider`], not even for signing: it is an independent second reading, and what both
//! readings get right is right, while code in common would agree with its own mistakes. Requests
//! are checked strictly, and what is wrong with one is logged and kept for tests to read.
//!
//! A further platform is one more file with an `answer` function and one line in `FRONTS`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::warn;

mod mmsp;
pub mod proof;
mod sign;
pub mod world;
mod xxpay;

pub use world::{World, WorldError, WorldSettings};

/// What a platform is asked over one path.
struct Front {
    path: &'static str,
    account: &'static str,
    answer: fn(&World, &Asked<'_>) -> Reply,
}

/// Every path that is served.
const FRONTS: &[Front] = &[
    Front { path: mmsp::PATH, account: mmsp::ACCOUNT, answer: mmsp::answer },
    Front { path: xxpay::PAYMENT_PATH, account: xxpay::ACCOUNT, answer: xxpay::answer_payment },
];

/// A request, as far as any platform looks at it.
struct Asked<'a> {
    content_type: &'a str,
    body: &'a [u8],
}

/// An answer, and what was wrong with the request.
struct Reply {
    interface: &'static str,
    body: String,
    problems: Vec<String>,
}

/// So many problems are kept; beyond that they are only logged.
const PROBLEMS_MAX: usize = 1000;
/// Smaller answers are not worth compressing.
const GZIP_FROM: usize = 1400;
/// So long a stop waits for answers that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// A request that was not as the platform's document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The account whose platform was asked; empty where no platform is.
    pub account: String,
    /// The provider's name of the interface, or the path.
    pub interface: String,
    /// What was wrong.
    pub what: String,
}

/// Simulated platforms that are being served.
pub struct Simulator {
    /// Where.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

struct Shared {
    world: Arc<World>,
    live: Mutex<Live>,
}

/// What changes while the platforms are served.
#[derive(Default)]
struct Live {
    down: BTreeSet<String>,
    latency: Duration,
    problems: Vec<Problem>,
    requests: BTreeMap<&'static str, u64>,
}

impl Shared {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a world's platforms at an address (port 0 takes a free one), from this runtime.
///
/// # Errors
///
/// When the address cannot be listened on.
pub async fn serve(world: Arc<World>, listen: SocketAddr) -> io::Result<Simulator> {
    let listener = TcpListener::bind(listen).await?;
    let addr = listener.local_addr()?;
    let settings = world.settings();
    let live = Live {
        down: settings.down.iter().cloned().collect(),
        latency: settings.latency,
        ..Live::default()
    };
    let shared = Arc::new(Shared { world, live: Mutex::new(live) });
    let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "answers will be slow: TCP_NODELAY cannot be set");
        }
    });
    let (stop, stopped) = oneshot::channel();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async {
        // A simulator that was dropped stops as well.
        let _dropped = stopped.await;
    });
    let server = tokio::spawn(async move { serving.await });
    Ok(Simulator { addr, shared, stop, server })
}

impl Simulator {
    /// The world that is served.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// Everything that was wrong with requests so far, oldest first (the first 1000).
    pub fn problems(&self) -> Vec<Problem> {
        self.shared.live().problems.clone()
    }

    /// Requests that reached an account's platform so far, also while it was down.
    pub fn requests(&self, account: &str) -> u64 {
        self.shared.live().requests.get(account).copied().unwrap_or(0)
    }

    /// Takes an account's platform down, where connections break without an answer, or brings it
    /// back.
    pub fn set_down(&self, account: &str, down: bool) {
        let mut live = self.shared.live();
        if down {
            live.down.insert(account.to_owned());
        } else {
            live.down.remove(account);
        }
    }

    /// How long every platform thinks before it answers.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.live().latency = latency;
    }

    /// Runs until the server ends by itself, which it does only when the socket fails.
    ///
    /// # Errors
    ///
    /// What the socket failed with.
    pub async fn served(self) -> io::Result<()> {
        let Self { stop, server, .. } = self;
        let ended = server.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        drop(stop);
        ended
    }

    /// Stops: no new connection, and a few seconds for answers that are under way.
    pub async fn stop(self) {
        let Self { stop, mut server, .. } = self;
        drop(stop);
        if tokio::time::timeout(STOP_PATIENCE, &mut server).await.is_err() {
            server.abort();
        }
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(front) = FRONTS.iter().find(|front| front.path == uri.path()) else {
        note(&shared, "", uri.path(), "no platform has this path".to_owned());
        return StatusCode::NOT_FOUND.into_response();
    };
    let (down, latency) = {
        let mut live = shared.live();
        let count = live.requests.entry(front.account).or_default();
        *count = count.saturating_add(1);
        (live.down.contains(front.account), live.latency)
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if down {
        return broken();
    }
    if method != Method::POST {
        note(&shared, front.account, front.path, format!("{method} instead of POST"));
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Asked { content_type: header(CONTENT_TYPE), body: &body };
    let reply = (front.answer)(&shared.world, &asked);
    for problem in reply.problems {
        note(&shared, front.account, reply.interface, problem);
    }
    sent(reply.body, header(ACCEPT_ENCODING).contains("gzip"))
}

fn note(shared: &Shared, account: &str, interface: &str, what: String) {
    warn!(account, interface, what, "a request is not as the platform's document says");
    let mut live = shared.live();
    if live.problems.len() < PROBLEMS_MAX {
        let (account, interface) = (account.to_owned(), interface.to_owned());
        live.problems.push(Problem { account, interface, what });
    }
}

fn sent(body: String, gzip: bool) -> Response {
    const JSON: (axum::http::HeaderName, &str) = (CONTENT_TYPE, "application/json;charset=UTF-8");
    if gzip && body.len() >= GZIP_FROM {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let packed = encoder.write_all(body.as_bytes()).and_then(|()| encoder.finish());
        if let Ok(packed) = packed {
            return ([JSON, (CONTENT_ENCODING, "gzip")], packed).into_response();
        }
    }
    ([JSON], body).into_response()
}

/// An answer whose connection breaks before its first byte.
fn broken() -> Response {
    let broken: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionAborted.into());
    Body::from_stream(futures_util::stream::iter([broken])).into_response()
}
