//! Goal: whatever is answered takes little memory, at every interface of every platform. Method: a server
//! that answers every question with the bodies that take most: 15 MB of values that are 14.6 kB packed, and
//! as many values as an answer of its interface may have; the job through the binary, whose peak is read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use duizhang::config::load;
use duizhang::provider::{Account, Ask};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{DATE, bomb, packed};
use crate::night::{code, duizhang, say, stderr};
use crate::samples::accounts::settings_of;
use crate::samples::interfaces::{interface, interfaces};
use crate::samples::sample::{NOTIFICATION, with_interfaces};
use crate::samples::settings::variants;

const MIB: u64 = 1024 * 1024;
/// What no process may take.
const PEAK_MAX: u64 = 256 * MIB;
/// Orders of each kind and product that an account is asked about.
const ORDERS: usize = 40;

/// What the server does.
struct Played {
    /// Only this interface is answered; empty: every one.
    only: Mutex<String>,
    /// What is answered, in turn.
    bodies: Vec<Vec<u8>>,
    /// How often.
    answered: Mutex<usize>,
}

/// Objects of one value: what takes most of all that an answer of so many bytes may hold.
fn dense(objects: usize) -> String {
    format!("{{\"a\":[{}]}}", vec!["{\"\":0}"; objects].join(","))
}

async fn serve(State(played): State<Arc<Played>>, uri: Uri, body: Bytes) -> (HeaderMap, Vec<u8>) {
    let only = played.only.lock().unwrap().clone();
    if !is_asked(&only, uri.path(), &String::from_utf8_lossy(&body)) {
        // No outage, after which the account would not be asked any more.
        return (HeaderMap::new(), b"{}".to_vec());
    }
    let mut answered = played.answered.lock().unwrap();
    *answered += 1;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    (headers, played.bodies[*answered % played.bodies.len()].clone())
}

/// Whether a request asks for an interface, which is named as the folder of its samples is. At mmsp the
/// number of its command stands in what is sent, or inside what is encrypted.
fn is_asked(interface: &str, path: &str, sent: &str) -> bool {
    match interface.strip_prefix("0x").map(|digits| u16::from_str_radix(digits, 16).unwrap()) {
        Some(0x1002 | 0x1003) => path.ends_with("/payapi"),
        Some(number) => sent.contains(&format!("\"CommandID\":{number},")),
        None => path.replace('/', "_").ends_with(interface),
    }
}

/// A app with an account at every platform, in every variant that has interfaces of its own.
struct App {
    folder: TempDir,
    played: Arc<Played>,
    accounts: Vec<Account>,
    _runtime: Runtime,
}

impl App {
    fn build() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        // An order's answer has up to 64 KiB; a page a hundred thousand values.
        let bodies = vec![bomb(), packed(&dense(8_000)), packed(&dense(49_000))];
        let answered = Mutex::new(0);
        let played = Arc::new(Played { only: Mutex::default(), bodies, answered });
        let router = Router::new().fallback(serve).with_state(Arc::clone(&played));
        runtime.spawn(async move { axum::serve(listener, router).await });
        let folder = TempDir::new().unwrap();
        let mut text = "[ledger]\nurl = \"sqlite://var/ledger.db\"\n[reports]\nlanguage = \"en\"\n\
             [orders]\ncsv = \"orders/{date}.csv\"\n"
            .to_owned();
        for provider in with_interfaces() {
            for variant in variants(provider.id) {
                let name = format!("{}-{}", provider.id, variant.replace(' ', "-"));
                text += &account(folder.path(), &name, provider.id, variant, &address);
            }
        }
        let path = folder.path().join("duizhang.toml");
        std::fs::write(&path, text).unwrap();
        let accounts = load(&path, &|_| None).unwrap().accounts;
        let accounts = accounts.into_iter().map(|it| it.account).collect();
        let app = Self { folder, played, accounts, _runtime: runtime };
        app.write_orders();
        app
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_orders(&self) {
        let mut csv =
            "account,kind,product,order_no,original_order_no,amount,status,created_at,paid_at\n"
                .to_owned();
        let mut number = 0;
        for account in &self.accounts {
            for lane in account.provider.lanes() {
                for _ in 0..ORDERS {
                    number += 1;
                    let original = if lane.kind.code() == "refund" { "O1" } else { "" };
                    let _written = writeln!(
                        csv,
                        "{},{},{},10{number:06},{original},12.00,succeeded,{DATE} 09:59:00,{DATE} 10:00:00",
                        account.name,
                        lane.kind.code(),
                        lane.product,
                    );
                }
            }
        }
        std::fs::create_dir(self.path("orders")).unwrap();
        std::fs::write(self.path(&format!("orders/{DATE}.csv")), csv).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = duizhang();
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        command
    }

    /// Runs a command, and gives its exit code and its peak of memory in bytes.
    fn peak(&self, arguments: &[&str]) -> (Option<i32>, u64) {
        let mut command = self.command(arguments);
        let mut job = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut peak = 0;
        loop {
            peak = peak.max(peak_of(job.id()).unwrap_or(0));
            match job.try_wait().unwrap() {
                Some(status) => return (status.code(), peak),
                None => std::thread::sleep(std::time::Duration::from_millis(2)),
            }
        }
    }
}

/// An account's part of the configuration, and its secrets.
fn account(folder: &Path, name: &str, provider: &str, variant: &str, address: &str) -> String {
    let settings = settings_of(provider, variant);
    let mut text =
        format!("[[account]]\nname = \"{name}\"\nprovider = \"{provider}\"\nretries = 0\n");
    text += "rate_limit = 1000\nask_during_day = true\n";
    for (key, value) in &settings.texts {
        let value = value.replace("http://127.0.0.1", &format!("{address}/{name}"));
        let _written = writeln!(text, "{key} = \"{value}\"");
    }
    for (key, _) in settings.flags.iter().filter(|(_, is_set)| **is_set) {
        let _written = writeln!(text, "{key} = true");
    }
    for (key, list) in &settings.lists {
        let _written = writeln!(text, "{key} = {list:?}");
    }
    for (key, secret) in &settings.secrets {
        let file = format!("{name}-{key}");
        std::fs::write(folder.join(&file), secret.expose()).unwrap();
        let _written = writeln!(text, "{key} = {{ file = \"{file}\" }}");
    }
    text
}

/// The most memory that a process had, in bytes.
fn peak_of(process: u32) -> Option<u64> {
    let status =
        std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status"));
    let line = status.ok()?.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
    line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

#[test]
fn whatever_is_answered_takes_little_memory() {
    let app = App::build();
    let (code, peak) = app.peak(&["run", "nightly", "--date", DATE]);
    assert_eq!(code, Some(4));
    let (accounts, answers) = (app.accounts.len(), *app.played.answered.lock().unwrap());
    say(&format!(
        "hostile: {} MiB at most for {answers} answers to {accounts} accounts",
        peak / MIB
    ));
    assert!(answers > ORDERS * accounts, "{answers}");
    assert!(peak > 0 && peak < PEAK_MAX, "{} MiB", peak / MIB);
}

/// A log with a callback of 15 MB, and two of as many values and fields as a line may hold.
fn lines_of_callbacks() -> String {
    let zeros = format!("{{\"a\":[{}0]}}", "0,".repeat(7_500_000));
    let fields: Vec<String> = (0..140_000).map(|number| format!("{number:x}=")).collect();
    let form = "application/x-www-form-urlencoded";
    let callbacks = [
        ("application/json", zeros),
        ("application/json", dense(49_000)),
        (form, fields.join("&")),
    ];
    let line = |(content_type, body): (&str, String)| {
        let received_at = format!("{DATE}T10:00:01+08:00");
        let line =
            json!({ "received_at": received_at, "content_type": content_type, "body": body });
        format!("{line}\n")
    };
    callbacks.into_iter().map(line).collect()
}

/// One interface after the other, which says where memory goes; the test above has all of them at once.
#[test]
#[ignore = "takes minutes; prints a table with --nocapture"]
fn memory_by_interface() {
    let app = App::build();
    let orders = app.path(&format!("orders/{DATE}.csv"));
    let imported = app.command(&["import", "orders", "--date", DATE]).arg(orders).output().unwrap();
    assert_eq!(code(&imported), 0, "{}", stderr(&imported));
    let mut table: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for account in &app.accounts {
        let provider = account.provider.as_ref();
        let balance =
            provider.states_balance().then(|| interface(provider, &Ask::Balance).unwrap());
        let asked = interfaces(provider).into_iter().filter(|it| it != NOTIFICATION);
        for interface in asked {
            interface.clone_into(&mut app.played.only.lock().unwrap());
            *app.played.answered.lock().unwrap() = 0;
            let pull = ["pull", "--account", &account.name, "--date", DATE];
            let is_balance = balance.as_ref() == Some(&interface);
            let arguments =
                if is_balance { &["balances", "--account", &account.name][..] } else { &pull };
            let (_, peak) = app.peak(arguments);
            let answered = *app.played.answered.lock().unwrap();
            table.insert(format!("{} {interface}", account.name), (answered, peak));
        }
    }
    let callbacks = app.path("callbacks.log");
    std::fs::write(&callbacks, lines_of_callbacks()).unwrap();
    for account in &app.accounts {
        let file = callbacks.to_str().unwrap();
        let (_, peak) = app.peak(&["import", "notifications", "--account", &account.name, file]);
        table.insert(format!("{} {NOTIFICATION}", account.name), (3, peak));
    }
    for (interface, (answers, peak)) in &table {
        say(&format!("memory: {interface:<40} {answers:>4} hostile {:>4} MiB", peak / MIB));
    }
    let reached = |(answers, peak): &(usize, u64)| *answers > 0 && *peak > 0 && *peak < PEAK_MAX;
    assert!(table.values().all(reached), "{table:?}");
}
