//! Goal: what the platforms' own servers send, and what their newer documents say, is read as it is meant,
//! in a whole night.
//!
//! Method: answers of real servers (or made by their public code) are served over HTTP as they are, each to
//! the question that names its order; the night's verdict and rows are compared with what they have to be.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use duizhang::app::App;
use duizhang::business_day::{BusinessDate, BusinessDay};
use duizhang::check::online;
use duizhang::clock::{FixedClock, SystemClock};
use duizhang::config::load;
use duizhang::ledger::{Access, AccountVerdict, open};
use duizhang::run::Scope;
use duizhang::stop::Stop;
use tempfile::TempDir;

mod lhxpay;
mod xxpay;

/// What a platform answers to questions that name this text.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    names: String,
    status: u16,
    body: String,
}

/// An answer with HTTP status 200.
pub(crate) fn ok(names: &str, body: &str) -> Answer {
    with_status(names, 200, body)
}

/// An answer with another HTTP status.
pub(crate) fn with_status(names: &str, status: u16, body: &str) -> Answer {
    Answer { names: names.to_owned(), status, body: body.to_owned() }
}

#[derive(Clone)]
struct Served {
    answers: Arc<Mutex<Vec<Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn serve(State(served): State<Served>, uri: Uri, body: Bytes) -> (StatusCode, String) {
    let asked = format!("{uri}\n{}", String::from_utf8_lossy(&body));
    let asked: String = form_urlencoded::parse(asked.replace(['&', '='], "\n").as_bytes())
        .map(|(text, _)| text.into_owned())
        .collect();
    let answer =
        served.answers.lock().unwrap().iter().find(|it| asked.contains(&it.names)).cloned();
    served.asked.lock().unwrap().push(asked);
    let Some(answer) = answer else { return (StatusCode::SERVICE_UNAVAILABLE, String::new()) };
    (StatusCode::from_u16(answer.status).unwrap(), answer.body)
}

/// A app with one account at a platform that answers by a script; what nothing is said of, it answers
/// with 503.
pub(crate) struct Peer {
    pub(crate) app: App,
    answers: Arc<Mutex<Vec<Answer>>>,
    /// What was asked, decoded.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
    date: BusinessDate,
}

impl Peer {
    /// `account`: the lines of the `[[account]]` besides its address; the key of all cases is beside it.
    pub(crate) async fn new(account: &str, date: &str, answers: Vec<Answer>) -> Self {
        let (answers, asked) = (Arc::new(Mutex::new(answers)), Arc::default());
        let served = Served { answers: Arc::clone(&answers), asked: Arc::clone(&asked) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new().fallback(serve).with_state(served);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = TempDir::new().unwrap();
        let text = format!(
            "[ledger]\nurl = \"sqlite://var/ledger.db\"\n[orders]\ncsv = \"orders/{{date}}.csv\"\n\
             [reports]\nlanguage = \"en\"\n[[account]]\nname = \"a\"\nbase_url = \"http://{addr}\"\n\
             key = {{ file = \"key\" }}\nretries = 1\n{account}\n"
        );
        private(&folder.path().join("key"), "case-key-not-secret");
        let path = folder.path().join("duizhang.toml");
        std::fs::write(&path, text).unwrap();
        let config = load(&path, &|_| None).unwrap_or_else(|error| panic!("{error}"));
        let ledger = open(&config.ledger_url, Access::Work).await.unwrap();
        let date = BusinessDate::parse(date).unwrap();
        let now = BusinessDay::BEIJING.end_of(date).plus_seconds(9_000);
        let clock = Box::new(FixedClock(now));
        let app = App { config, ledger, clock, stop: Stop::new() };
        Self { app, answers, asked, folder, date }
    }

    /// From now on it answers so.
    pub(crate) fn answers(&self, answers: Vec<Answer>) {
        *self.answers.lock().unwrap() = answers;
    }

    /// Imports the merchant's orders: `kind,order_no,amount,currency,status,created_at,paid_at`.
    pub(crate) async fn orders(&self, rows: &[&str]) {
        let header = "account,kind,order_no,amount,currency,status,created_at,paid_at\n";
        let rows = rows.iter().fold(String::new(), |rows, row| rows + "a," + row + "\n");
        let path = self.folder.path().join("orders.csv");
        std::fs::write(&path, header.to_owned() + &rows).unwrap();
        self.app.import_orders(&path, "orders.csv", self.date).await.unwrap();
    }

    /// Pulls and reconciles.
    pub(crate) async fn night(&self) -> AccountVerdict {
        let scope = Scope { date: self.date, accounts: vec![] };
        let accounts = self.app.accounts(&scope).unwrap();
        self.app.pull(self.date, &accounts).await.unwrap();
        let outcome = self.app.reconcile(self.date, &accounts).await.unwrap();
        outcome.verdicts.into_iter().next().unwrap()
    }

    /// These columns of a report's rows, joined with `|`.
    pub(crate) async fn report(&self, name: &str, columns: &[&str]) -> Vec<String> {
        let set = self.app.report(self.date).await.unwrap();
        let file = set.files.iter().find(|file| file.name.contains(name)).unwrap();
        let text = std::fs::read_to_string(set.folder.join(&file.name)).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().unwrap().clone();
        let place = |column: &&str| header.iter().position(|name| name == *column).unwrap();
        let places: Vec<usize> = columns.iter().map(place).collect();
        let row = |row: csv::StringRecord| {
            let cells: Vec<&str> = places.iter().map(|place| row[*place].trim()).collect();
            cells.join("|")
        };
        reader.records().map(|record| row(record.unwrap())).collect()
    }

    /// The page of the last report.
    pub(crate) async fn report_page(&self) -> String {
        let set = self.app.report(self.date).await.unwrap();
        let file = set.files.iter().find(|file| file.name.contains("report.html")).unwrap();
        std::fs::read_to_string(set.folder.join(&file.name)).unwrap()
    }

    /// What `check --online` says of the account.
    pub(crate) async fn checked(&self) -> Vec<String> {
        let parts = online(&self.app.config, &SystemClock).await;
        parts.iter().map(ToString::to_string).collect()
    }
}

fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
