//! A `MariaDB` server to be tested with: a throw-away one on a socket, started where the program is
//! installed (`tests/all.sh` installs it).
//!
//! Where it is not, the tests that need it are skipped, which is said once, and is a failure where `CI`
//! is `true`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::Duration;

static SKIP_SHOWN: Once = Once::new();

/// Where servers are installed that are not in the path of programs.
const PLACES: [&str; 4] = [
    "/usr/sbin/mariadbd",
    "/usr/local/sbin/mariadbd",
    "/usr/local/bin/mariadbd",
    "/usr/bin/mariadbd",
];

/// A server of its own, removed with its data when dropped.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    server: Child,
}

impl Server {
    /// An empty server; `None` where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let install = program.with_file_name("mariadb-install-db");
        let install = [install, "/usr/bin/mariadb-install-db".into()];
        let install = install.iter().find(|path| path.exists()).unwrap();
        let made = Command::new(install)
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(as_root())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        let server = Command::new(&program)
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", folder.path().join("socket").display()))
            .arg(format!("--pid-file={}", folder.path().join("pid").display()))
            .args(["--skip-networking", "--innodb-flush-log-at-trx-commit=0"])
            .args(as_root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self { folder, server };
        for _ in 0..600 {
            if started.socket().exists() {
                return Some(started);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not start");
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// The URL of a database for a user with a password.
    pub(crate) fn url(&self, who: &str, database: &str) -> String {
        format!("mysql://{who}@localhost/{database}?socket={}", self.socket().display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

/// The server refuses to run as root unless it is told to.
fn as_root() -> Option<&'static str> {
    let is_root = Path::new("/proc/self").exists() && {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").unwrap().uid() == 0
    };
    is_root.then_some("--user=root")
}

#[expect(clippy::disallowed_methods, reason = "where the tests run is said by the environment")]
fn program() -> Option<PathBuf> {
    let found = PLACES.iter().map(PathBuf::from).find(|path| path.exists());
    if found.is_none() {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "MariaDB tests need mariadbd, see tests/all.sh");
        SKIP_SHOWN.call_once(|| {
            let message =
                "\nMariaDB tests are skipped: mariadbd is not installed, see tests/all.sh\n";
            // Not with a macro, whose output is kept back.
            std::io::stderr().write_all(message.as_bytes()).unwrap();
        });
    }
    found
}
