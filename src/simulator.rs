//! The platforms as a user would meet them: real HTTP on the loopback address, real signatures, and
//! a world with planted discrepancies.
//!
//! Written from the platforms' documents and from nothing else. It shares no code with
//! [`crate::provider`], not even for signing: it is an independent second reading, and what both
//! readings get right is right, while code in common would agree with its own mistakes. Requests
//! are checked strictly, and what is wrong with one is logged and kept for tests to read.
//!
//! A further platform is one more file and one line, see `simulator/platform.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::warn;

mod icashier;
mod jeepay;
mod lhxpay;
mod mmsp;
mod platform;
pub mod proof;
mod sign;
mod wechat;
mod wire;
pub mod world;
mod xxpay;
mod xxpay4pro;
mod zhangxun;

use crate::business_day::Timestamp;
use crate::clock::{Clock, FixedClock};
use platform::{Front, PLATFORMS, Platform};
pub use world::nights::{self, Nights};
use world::{Fault, Trade};
pub use world::{World, WorldError, WorldSettings};

/// A request, as far as any platform looks at it.
struct Asked<'a> {
    query: &'a str,
    content_type: &'a str,
    body: &'a [u8],
}

/// An answer, and what was wrong with the request.
struct Reply {
    interface: &'static str,
    body: String,
    /// With which HTTP status it is sent.
    status: StatusCode,
    problems: Vec<String>,
    /// What goes wrong with the answer.
    fault: Fault,
    /// The merchant's shop is called again.
    renotifies: bool,
    /// What is answered the first time instead: of which order, and in which words.
    first: Option<(String, &'static str)>,
}

impl Reply {
    const fn new(interface: &'static str, body: String) -> Self {
        Self {
            interface,
            body,
            status: StatusCode::OK,
            problems: Vec::new(),
            fault: Fault::None,
            renotifies: false,
            first: None,
        }
    }

    /// The same where the platform is busy with that order ([`Fault::Busy`]) only once it was asked again.
    fn refused_first(mut self, trade: &Trade, body: &'static str) -> Self {
        if trade.fault == Fault::Busy {
            self.first = Some((trade.order_no.clone(), body));
        }
        self
    }
}

/// So many problems are kept; beyond that they are only logged.
const PROBLEMS_MAX: usize = 1000;
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
    /// Where the world depends on the moment.
    nights: Option<Arc<Nights>>,
    live: Mutex<Live>,
}

/// What changes while the platforms are served.
#[derive(Default)]
struct Live {
    down: BTreeSet<String>,
    latency: Duration,
    problems: Vec<Problem>,
    requests: BTreeMap<&'static str, u64>,
    renotified: BTreeMap<&'static str, u64>,
    /// The interfaces and orders that were refused the first time.
    refused: BTreeSet<(&'static str, String)>,
    /// What time it is at the platforms; `None`: the end of the world's day.
    clock: Option<Box<dyn Clock>>,
    /// The world as it was seen last, and when.
    seen: Option<(Timestamp, Arc<World>)>,
}

impl Shared {
    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world as its platforms see it now.
    fn world_now(&self, live: &mut Live) -> Arc<World> {
        let Some(now) = live.clock.as_ref().map(|clock| clock.now()) else {
            return Arc::clone(&self.world);
        };
        if let Some((at, world)) = &live.seen
            && *at == now
        {
            return Arc::clone(world);
        }
        let nights = self.nights.as_ref();
        let world = Arc::new(nights.map_or_else(|| self.world.at(now), |nights| nights.at(now)));
        live.seen = Some((now, Arc::clone(&world)));
        world
    }

    /// Whether an account's platform cannot be reached.
    fn is_down(&self, live: &Live, account: &str) -> bool {
        let now = live.clock.as_ref().map(|clock| clock.now());
        let outage = now.zip(self.nights.as_ref());
        live.down.contains(account)
            || outage.is_some_and(|(now, nights)| nights.is_down(account, now))
    }
}

/// Serves a world's platforms at an address (port 0 takes a free one), from this runtime.
///
/// # Errors
///
/// When the address cannot be listened on.
pub async fn serve(world: Arc<World>, listen: SocketAddr) -> io::Result<Simulator> {
    serve_both(world, None, None, listen).await
}

/// Serves ten nights' platforms at an address (port 0 takes a free one), from this runtime. What
/// they say depends on the clock, and on nothing else.
///
/// # Errors
///
/// When the address cannot be listened on.
pub async fn serve_nights(
    nights: Arc<Nights>,
    clock: Box<dyn Clock>,
    listen: SocketAddr,
) -> io::Result<Simulator> {
    let world = Arc::new(nights.at(clock.now()));
    serve_both(world, Some(nights), Some(clock), listen).await
}

async fn serve_both(
    world: Arc<World>,
    nights: Option<Arc<Nights>>,
    clock: Option<Box<dyn Clock>>,
    listen: SocketAddr,
) -> io::Result<Simulator> {
    let listener = TcpListener::bind(listen).await?;
    let addr = listener.local_addr()?;
    let settings = world.settings();
    let live = Live {
        down: settings.down.iter().cloned().collect(),
        latency: settings.latency,
        clock,
        ..Live::default()
    };
    let shared = Arc::new(Shared { world, nights, live: Mutex::new(live) });
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
    /// The world that is served; of ten nights, as it was when serving began.
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

    /// Callbacks that an account's platform was asked to send again so far.
    pub fn renotified(&self, account: &str) -> u64 {
        self.shared.live().renotified.get(account).copied().unwrap_or(0)
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

    /// Sets the time at the platforms, where it stands still. Without one a world of one day is at
    /// the end of its day.
    pub fn set_now(&self, now: Timestamp) {
        self.shared.live().clock = Some(Box::new(FixedClock(now)));
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
    let Some((platform, front)) = served_at(uri.path()) else {
        note(&shared, "", uri.path(), "no platform has this path".to_owned());
        return StatusCode::NOT_FOUND.into_response();
    };
    let (down, latency, world) = {
        let mut live = shared.live();
        let count = live.requests.entry(platform.account).or_default();
        *count = count.saturating_add(1);
        let down = shared.is_down(&live, platform.account);
        (down, live.latency, shared.world_now(&mut live))
    };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if down {
        return wire::broken();
    }
    if method != front.method {
        note(
            &shared,
            platform.account,
            front.path,
            format!("{method} instead of {}", front.method),
        );
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Asked {
        query: uri.query().unwrap_or_default(),
        content_type: header(CONTENT_TYPE),
        body: &body,
    };
    let mut reply = (front.answer)(&world, &asked);
    for problem in reply.problems {
        note(&shared, platform.account, reply.interface, problem);
    }
    if let Some((order_no, body)) = reply.first.take()
        && shared.live().refused.insert((front.path, order_no))
    {
        body.clone_into(&mut reply.body);
    }
    if reply.renotifies {
        let mut live = shared.live();
        let count = live.renotified.entry(platform.account).or_default();
        *count = count.saturating_add(1);
    }
    let fault = if reply.fault == Fault::None {
        world.account_fault(platform.account)
    } else {
        reply.fault
    };
    let sent = wire::sent(reply.body, fault, header(ACCEPT_ENCODING).contains("gzip")).await;
    if sent.status() == StatusCode::OK { (reply.status, sent).into_response() } else { sent }
}

/// The platform that serves a path.
fn served_at(path: &str) -> Option<(&'static Platform, &'static Front)> {
    PLATFORMS.iter().find_map(|platform| {
        let front = platform.fronts.iter().find(|front| front.path == path)?;
        Some((platform, front))
    })
}

fn note(shared: &Shared, account: &str, interface: &str, what: String) {
    warn!(account, interface, what, "a request is not as the platform's document says");
    let mut live = shared.live();
    if live.problems.len() < PROBLEMS_MAX {
        let (account, interface) = (account.to_owned(), interface.to_owned());
        live.problems.push(Problem { account, interface, what });
    }
}
