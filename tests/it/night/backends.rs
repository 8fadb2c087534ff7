//! Goal: whichever statement of a night it is before which the server ends the session, or is stopped as if
//! its machine had lost power, the next run gives the report of an undisturbed night. Method: a proxy that
//! reads the protocol counts statements over all sessions, and strikes before the n-th: the server ends the
//! session that is about to send it (`pg_terminate_backend`), or is stopped (`pg_ctl stop -m immediate`) and
//! started again after the run; a few all over the night always, `DUIZHANG_CRASH_POINTS` where that says more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use super::{On, Rehearsal, code, say, stderr};
use crate::ledger::cluster::Cluster;
use crate::ledger::pooler::{Server, server};
use crate::ledger::server::{Database, is_there, wait_for};

/// Points of the night at which a session is ended, where nobody asks for more.
const POINTS: usize = 4;
/// Points at which the server is stopped, where nobody asks for more.
const STOPS: usize = 2;

/// What the proxy counts, and where it strikes.
struct Strike {
    /// A URL of the server itself.
    url: String,
    /// Statements so far: `Query` and `Sync` messages.
    statements: AtomicUsize,
    /// The statement before which it strikes.
    at: AtomicUsize,
    /// How often it has struck.
    struck: AtomicUsize,
    /// What it does, to the session of a process of the server.
    does: Box<dyn Fn(i32) + Send + Sync>,
}

/// Either way to a server.
trait Wire: Read + Write + Send {
    fn again(&self) -> Box<dyn Wire>;
    fn close(&self);
}

impl Wire for TcpStream {
    fn again(&self) -> Box<dyn Wire> {
        Box::new(self.try_clone().unwrap())
    }

    fn close(&self) {
        self.shutdown(std::net::Shutdown::Both).ok();
    }
}

impl Wire for UnixStream {
    fn again(&self) -> Box<dyn Wire> {
        Box::new(self.try_clone().unwrap())
    }

    fn close(&self) {
        self.shutdown(std::net::Shutdown::Both).ok();
    }
}

/// Reads a message of which the kind has been read: its length and what follows.
fn message(from: &mut dyn Wire) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let rest = usize::try_from(i32::from_be_bytes(length)).unwrap() - 4;
    let mut message = length.to_vec();
    message.resize(4 + rest, 0);
    from.read_exact(&mut message[4..])?;
    Ok(message)
}

/// Begins a session: refuses encryption, and passes the start-up message on.
fn begin(client: &mut dyn Wire, url: &str) -> std::io::Result<Box<dyn Wire>> {
    let start = loop {
        let start = message(client)?;
        let number = i32::from_be_bytes(start[4..8].try_into().unwrap());
        // Somebody who wants TLS, or GSS (PostgreSQL manual, Message Formats).
        if !matches!(number, 80_877_103 | 80_877_104) {
            break start;
        }
        client.write_all(b"N")?;
    };
    let mut there: Box<dyn Wire> = match server(url) {
        Server::Socket(path) => Box::new(UnixStream::connect(path)?),
        Server::Tcp(address) => Box::new(TcpStream::connect(address)?),
    };
    there.write_all(&start)?;
    Ok(there)
}

/// Passes on what the server says, and notes the number of its process.
fn to_client(from: &mut dyn Wire, to: &mut dyn Wire, process: &AtomicI32) -> std::io::Result<()> {
    loop {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let message = message(from)?;
        if kind == *b"K" {
            process.store(i32::from_be_bytes(message[4..8].try_into().unwrap()), Ordering::SeqCst);
        }
        to.write_all(&[&kind[..], &message].concat())?;
    }
}

/// Passes on what the client says, and strikes.
fn to_server(
    from: &mut dyn Wire,
    to: &mut dyn Wire,
    process: &AtomicI32,
    strike: &Strike,
) -> std::io::Result<()> {
    loop {
        let mut kind = [0];
        from.read_exact(&mut kind)?;
        let message = message(from)?;
        if matches!(&kind, b"Q" | b"S") {
            let number = strike.statements.fetch_add(1, Ordering::SeqCst) + 1;
            if number == strike.at.load(Ordering::SeqCst) {
                (strike.does)(process.load(Ordering::SeqCst));
                strike.struck.fetch_add(1, Ordering::SeqCst);
            }
        }
        to.write_all(&[&kind[..], &message].concat())?;
    }
}

fn end(url: &str, process: i32) {
    wait_for(async {
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let text = "SELECT pg_terminate_backend($1, 5000)";
        let ended: bool =
            sqlx::query_scalar(text).bind(process).fetch_one(&mut conn).await.unwrap();
        assert!(ended);
    });
}

fn serve(mut client: TcpStream, strike: &Arc<Strike>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut there = begin(&mut client, &strike.url)?;
    let process = Arc::new(AtomicI32::new(0));
    let (mut from, mut to) = (there.again(), client.again());
    let noted = Arc::clone(&process);
    std::thread::spawn(move || {
        to_client(&mut *from, &mut *to, &noted).ok();
        to.close();
    });
    let outcome = to_server(&mut client, &mut *there, &process, strike);
    there.close();
    client.close();
    outcome
}

/// The proxy, and the URL of the database by way of it.
fn proxy(database: &Database, does: Box<dyn Fn(i32) + Send + Sync>) -> (Arc<Strike>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let strike = Arc::new(Strike {
        url: database.url(),
        statements: AtomicUsize::new(0),
        at: AtomicUsize::new(0),
        struck: AtomicUsize::new(0),
        does,
    });
    let shared = Arc::clone(&strike);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let strike = Arc::clone(&shared);
            std::thread::spawn(move || serve(client.unwrap(), &strike));
        }
    });
    (strike, crate::ledger::pooler::by_way_of(&database.url(), port))
}

/// A night on a server, of which the statements are counted.
struct Counted {
    rehearsal: Rehearsal,
    strike: Arc<Strike>,
    undisturbed: Vec<(String, Vec<u8>)>,
    /// The statements of an undisturbed night.
    statements: usize,
}

impl Counted {
    fn start(rehearsal: Rehearsal, does: Box<dyn Fn(i32) + Send + Sync>) -> Self {
        let (strike, url) = proxy(rehearsal.database(), does);
        rehearsal.edit_config(&rehearsal.database().url(), &url);
        let undisturbed = Vec::new();
        let mut night = Self { rehearsal, strike, undisturbed, statements: 0 };
        night.begin(0);
        let output = night.rehearsal.nightly();
        assert_eq!(code(&output), 4, "{}", stderr(&output));
        night.undisturbed = night.rehearsal.report();
        night.statements = night.strike.statements.load(Ordering::SeqCst);
        night
    }

    /// An empty ledger, and a strike before a statement of the night; 0 for none.
    fn begin(&self, at: usize) {
        self.strike.at.store(0, Ordering::SeqCst);
        self.rehearsal.reset();
        assert_eq!(code(&self.rehearsal.run(&["ledger", "migrate"])), 0);
        self.strike.statements.store(0, Ordering::SeqCst);
        self.strike.at.store(at, Ordering::SeqCst);
    }

    /// Strikes at points all over the night; `after` is what is done before it is run again.
    fn strikes(&self, points: usize, after: impl Fn()) -> usize {
        let asked_for = std::env::var_os("DUIZHANG_CRASH_POINTS");
        let points = asked_for.map_or(points, |text| text.to_str().unwrap().parse().unwrap());
        let (points, count) = (points.min(self.statements), self.statements);
        for point in 0..points {
            let at = (count * (2 * point + 1)).div_ceil(2 * points);
            self.begin(at);
            let broken = self.rehearsal.nightly();
            assert!(matches!(code(&broken), 1 | 4), "{at} of {count}: {}", stderr(&broken));
            assert!(!stderr(&broken).contains("panicked"), "{at} of {count}: {}", stderr(&broken));
            self.has_struck(point + 1);
            self.strike.at.store(0, Ordering::SeqCst);
            after();
            let again = self.once_the_lock_is_free();
            assert_eq!(code(&again), 4, "{at} of {count}: {}", stderr(&again));
            assert!(self.rehearsal.report() == self.undisturbed, "{at} of {count}");
        }
        points
    }

    /// Waits for the end of a strike: the night may have ended before it.
    fn has_struck(&self, times: usize) {
        for _ in 0..100 {
            if self.strike.struck.load(Ordering::SeqCst) >= times {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What a session that is being ended still holds is let go within a moment.
    fn once_the_lock_is_free(&self) -> std::process::Output {
        let mut again = self.rehearsal.nightly();
        for _ in 0..50 {
            if code(&again) != 75 {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            again = self.rehearsal.nightly();
        }
        again
    }
}

#[test]
fn a_session_ended_before_any_statement_and_run_again_is_as_one_that_was_not() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 300, 0);
    let url = rehearsal.database().url();
    let night = Counted::start(rehearsal, Box::new(move |process| end(&url, process)));
    let points = night.strikes(POINTS, || ());
    let (ended, count) = (night.strike.struck.load(Ordering::SeqCst), night.statements);
    say(&format!("backends: {ended} sessions ended at {points} of {count} statements"));
    assert_eq!(ended, points, "every point strikes");
}

#[test]
fn a_server_stopped_before_any_statement_and_run_again_is_as_one_that_was_not() {
    let Some(cluster) = Cluster::new("the test that stops the server").map(Arc::new) else {
        return;
    };
    cluster.init();
    cluster.go_on_by_socket();
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0).on(Database::create_on(cluster.url()));
    // The proxy outlives the test, and the server shall not.
    let stopped = Arc::downgrade(&cluster);
    let night = Counted::start(rehearsal, Box::new(move |_| stopped.upgrade().unwrap().stop()));
    let points = night.strikes(STOPS, || cluster.go_on_by_socket());
    let (stops, count) = (night.strike.struck.load(Ordering::SeqCst), night.statements);
    say(&format!("backends: the server stopped at {stops} of {count} statements"));
    assert_eq!(stops, points, "every point strikes");
}
