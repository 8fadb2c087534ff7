//! A PostgreSQL server of a test's own: with its own settings, or to be stopped as if its machine had lost
//! power.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The server, stopped and removed with its data when dropped.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
}

/// The folder of the newest server's programs: Debian keeps them out of `PATH`.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path().join("bin"))
        .chain(["/usr/bin".into(), "/usr/local/bin".into()])
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .collect();
    found.sort();
    found.pop()
}

/// Whether this runs as root, as which neither a server nor a pooler runs.
pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// Says that a test is skipped, and what it needs; a failure where `CI` is `true`.
#[expect(clippy::disallowed_methods, reason = "where the tests run is said by the environment")]
pub(crate) fn skip(test: &str, needs: &str) {
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci, "{test} needs {needs}");
    let message = format!("\nSKIPPED: {test}: it needs {needs}\n");
    // Not with a macro, whose output is kept back.
    std::io::stderr().write_all(message.as_bytes()).unwrap();
}

impl Cluster {
    /// An empty folder for a server, see [`Cluster::init`]; `None`, which is said, where PostgreSQL's
    /// programs are not installed.
    pub(crate) fn new(test: &str) -> Option<Self> {
        if let Some(programs) = programs() {
            return Some(Self { folder: TempDir::new().unwrap(), programs });
        }
        skip(test, "PostgreSQL's server (initdb, pg_ctl)");
        None
    }

    /// Makes a server's data, with everything in the folder its own.
    pub(crate) fn init(&self) {
        if is_root() {
            let own = Command::new("chown").args(["-R", "nobody"]).arg(self.folder.path()).status();
            assert!(own.unwrap().success());
        }
        let usual = ["-U", "duizhang", "-A", "trust", "-E", "UTF8", "--no-locale", "-N", "-D"];
        self.run("initdb", &[&usual[..], &[self.path("data").to_str().unwrap()]].concat());
    }

    /// Starts it with further settings, and waits until it takes connections.
    pub(crate) fn go_on(&self, settings: &str) {
        // What was written is kept by the operating system, which goes on whatever the server does.
        let options = format!("-c fsync=off {settings}");
        let (data, log) = (self.path("data"), self.path("log"));
        let (data, log) = (data.to_str().unwrap(), log.to_str().unwrap());
        self.run("pg_ctl", &["-D", data, "-w", "-l", log, "-o", &options, "start"]);
    }

    /// As [`Cluster::go_on`], reached by a socket in its folder only.
    pub(crate) fn go_on_by_socket(&self) {
        let folder = self.folder.path().display();
        self.go_on(&format!("-c listen_addresses='' -c unix_socket_directories='{folder}'"));
    }

    /// The URL of one that is reached by its socket.
    pub(crate) fn url(&self) -> String {
        format!("postgres://duizhang@localhost/postgres?host={}", self.folder.path().display())
    }

    /// Ends every process of the server at once: the next start is one after a crash.
    pub(crate) fn stop(&self) {
        let data = self.path("data");
        self.run("pg_ctl", &["-D", data.to_str().unwrap(), "-m", "immediate", "stop"]);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs one of the server's programs. It refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // Not piped: the server keeps what it is started with.
        command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::null());
        assert!(command.stderr(Stdio::null()).status().unwrap().success(), "{arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.path("data/postmaster.pid").exists() {
            self.stop();
        }
    }
}
