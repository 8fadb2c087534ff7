//! Goal: with `sslmode=verify-full` nothing but the right server is talked to, and whoever gets it wrong
//! is told what to do.
//!
//! Method: a server of its own, with a certificate for `localhost` from an authority made for the test,
//! that takes encrypted connections only. Without the programs for that (PostgreSQL's server, openssl)
//! the test is skipped, which is said, and is a failure where `CI` is `true`.

use std::error::Error;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use duizhang::ledger::{Access, LedgerError, open};

use super::cluster::{Cluster, skip};

/// A server, and its port.
struct Server {
    cluster: Cluster,
    port: u16,
}

impl Server {
    /// Starts one; `None` where that is not possible.
    fn start() -> Option<Self> {
        let test = "the test of encrypted connections";
        if !runs("openssl", &["version"]) {
            skip(test, "openssl");
            return None;
        }
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { cluster: Cluster::new(test)?, port };
        authority(&server.path("ca"));
        authority(&server.path("other"));
        certificate(&server.path("ca"), &server.path("server"));
        server.cluster.init();
        let hba = "hostssl all all 127.0.0.1/32 trust\nhostssl all all ::1/128 trust\n";
        std::fs::write(server.path("data/pg_hba.conf"), hba).unwrap();
        server.cluster.go_on(&format!(
            "-c port={port} -c listen_addresses=localhost -c unix_socket_directories='' \
             -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
            server.path("server.pem").display(),
            server.path("server.key").display(),
        ));
        Some(server)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.cluster.path(name)
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgres://duizhang@{host}:{}/postgres?{parameters}", self.port)
    }

    fn trusting(&self, authority: &str) -> String {
        format!("sslmode=verify-full&sslrootcert={}", self.path(authority).display())
    }
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// An authority: `NAME.pem` and `NAME.key`.
fn authority(name: &Path) {
    let (key, pem) = (name.with_extension("key"), name.with_extension("pem"));
    let made = runs(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "36500",
            "-subj",
            "/CN=duizhang test authority",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-keyout",
            key.to_str().unwrap(),
            "-out",
            pem.to_str().unwrap(),
        ],
    );
    assert!(made);
}

/// A certificate for `localhost`, signed by an authority.
fn certificate(authority: &Path, name: &Path) {
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let (key, request) = (text(name.with_extension("key")), text(name.with_extension("csr")));
    let made = runs(
        "openssl",
        &[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            &key,
            "-out",
            &request,
        ],
    );
    assert!(made);
    let extensions = text(name.with_extension("ext"));
    let words = "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n";
    std::fs::write(&extensions, words).unwrap();
    let made = runs(
        "openssl",
        &[
            "x509",
            "-req",
            "-in",
            &request,
            "-days",
            "36500",
            "-CAcreateserial",
            "-CA",
            &text(authority.with_extension("pem")),
            "-CAkey",
            &text(authority.with_extension("key")),
            "-extfile",
            &extensions,
            "-out",
            &text(name.with_extension("pem")),
        ],
    );
    assert!(made);
}

/// An error with all its causes.
fn whole(error: &LedgerError) -> String {
    let mut message = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(source) = cause {
        message.push(source.to_string());
        cause = source.source();
    }
    message.join(": ")
}

#[tokio::test]
async fn only_the_right_server_is_talked_to() {
    let Some(server) = Server::start() else { return };
    let right = server.url("localhost", &server.trusting("ca.pem"));
    let ledger = open(&right, Access::Work).await.unwrap();
    let status = ledger.status().await.unwrap();
    assert_eq!(status.schema_version, status.known_version);
    drop(ledger);
    let name = "its certificate is for another name";
    let authority = "sslrootcert";
    let table = [
        ("another name", server.url("127.0.0.1", &server.trusting("ca.pem")), name),
        ("another authority", server.url("localhost", &server.trusting("other.pem")), authority),
        ("no authority named", server.url("localhost", "sslmode=verify-full"), authority),
        ("no such file", server.url("localhost", &server.trusting("none.pem")), "none.pem"),
        ("no certificate in it", server.url("localhost", &server.trusting("ca.key")), authority),
        ("not encrypted", server.url("localhost", "sslmode=disable"), "no encryption"),
    ];
    for (what, url, word) in table {
        let error = open(&url, Access::Work).await.err().unwrap_or_else(|| panic!("{what}"));
        let message = whole(&error);
        assert!(message.contains(word), "{what}: {message}");
        assert!(
            message.contains("cannot open the ledger") || word == "none.pem",
            "{what}: {message}"
        );
    }
}
