//! Goal: whichever statement of a night it is before which the server ends the session, the next run gives
//! the report of an undisturbed night. Method: a proxy that reads the protocol counts statements over all
//! sessions, and has the server end the session that is about to send the n-th
//! (`pg_terminate_backend`); a few all over the night always, `DUIZHANG_CRASH_POINTS` where that says more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use super::{On, Rehearsal, code, say, stderr};
use crate::ledger::pooler::{Server, server};
use crate::ledger::server::{Database, is_there, wait_for};

/// Points of the night, where nobody asks for more.
const POINTS: usize = 4;

/// What the proxy counts, and where it strikes.
struct Strike {
    /// A URL of the server itself.
    url: String,
    /// Statements so far: `Query` and `Sync` messages.
    statements: AtomicUsize,
    /// The statement before which the session is ended.
    at: AtomicUsize,
    /// Sessions that were ended.
    ended: AtomicUsize,
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
                end(&strike.url, process.load(Ordering::SeqCst));
                strike.ended.fetch_add(1, Ordering::SeqCst);
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
fn proxy(database: &Database) -> (Arc<Strike>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let strike = Arc::new(Strike {
        url: database.url(),
        statements: AtomicUsize::new(0),
        at: AtomicUsize::new(0),
        ended: AtomicUsize::new(0),
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

#[test]
fn a_session_ended_before_any_statement_and_run_again_is_as_one_that_was_not() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 300, 0);
    let (strike, url) = proxy(rehearsal.database());
    rehearsal.edit_config(&rehearsal.database().url(), &url);
    let begin = |at: usize| {
        rehearsal.reset();
        strike.statements.store(0, Ordering::SeqCst);
        strike.at.store(at, Ordering::SeqCst);
    };
    begin(0);
    assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
    let migrating = strike.statements.load(Ordering::SeqCst);
    let night = rehearsal.nightly();
    assert_eq!(code(&night), 4, "{}", stderr(&night));
    let undisturbed = rehearsal.report();
    let count = strike.statements.load(Ordering::SeqCst) - migrating;
    let asked_for = std::env::var_os("DUIZHANG_CRASH_POINTS");
    let points = asked_for.map_or(POINTS, |text| text.to_str().unwrap().parse().unwrap());
    let points = points.min(count);
    for point in 0..points {
        let at = (count * (2 * point + 1)).div_ceil(2 * points);
        begin(0);
        assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
        strike.statements.store(0, Ordering::SeqCst);
        strike.at.store(at, Ordering::SeqCst);
        let broken = rehearsal.nightly();
        assert!(matches!(code(&broken), 1 | 4), "{at} of {count}: {}", stderr(&broken));
        assert!(!stderr(&broken).contains("panicked"), "{at} of {count}: {}", stderr(&broken));
        strike.at.store(0, Ordering::SeqCst);
        let mut again = rehearsal.nightly();
        // What a session that is being ended still holds is let go within a moment.
        for _ in 0..50 {
            if code(&again) != 75 {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
            again = rehearsal.nightly();
        }
        assert_eq!(code(&again), 4, "{at} of {count}: {}", stderr(&again));
        assert!(rehearsal.report() == undisturbed, "{at} of {count}");
    }
    let ended = strike.ended.load(Ordering::SeqCst);
    say(&format!("backends: {ended} sessions ended at {points} of {count} statements"));
    assert_eq!(ended, points, "every point strikes");
}
