//! A platform that offers everything, for what the real ones offer in part: its provider, its server
//! on the loopback address, and a app that works with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use duizhang::app::App;
use duizhang::balance::{Balance, BalanceLine, BalancePart};
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::clock::FixedClock;
use duizhang::config::load_with;
use duizhang::discrepancy::Discrepancy;
use duizhang::ledger::{Access, AccountVerdict, open};
use duizhang::money::Money;
use duizhang::provider::{
    Ask, HttpRequest, Lane, ListingTerms, Method, Notification, Notified, Page, PageQuestion,
    Provider, Question, RawAnswer, RefusalKind, Registration, Setting, SettingError, SettingForm,
    Settings, Stamp, Unproved, Verified,
};
use duizhang::reading::Facts;
use duizhang::run::Scope;
use duizhang::status::{Kind, ProviderStatus};
use duizhang::stop::Stop;
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The business date of every night here.
pub(crate) const DATE: &str = "2026-11-20";

const STUB: Registration = Registration {
    id: "stub",
    settings: &[
        Setting { key: "url", form: SettingForm::Text, required: true },
        Setting { key: "offers", form: SettingForm::List, required: true },
    ],
    build,
    template: "",
    dialects: &[],
    files: &[],
};

struct Stub {
    url: String,
    offers: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let url = settings.required_url("url")?.to_owned();
    Ok(Arc::new(Stub { url, offers: settings.lists["offers"].clone() }))
}

/// A signature that a test can write by hand.
fn signed(body: &[u8]) -> Result<Verified, Unproved> {
    let body: Value =
        serde_json::from_slice(body).map_err(|_| Unproved::Malformed { expected: "JSON" })?;
    if let Some(text) = body["refused"].as_str() {
        return Ok(Verified::refused("code=1".to_owned(), text.to_owned()));
    }
    match body["sign"].as_str() {
        Some("good") => Ok(Verified::unsigned_by_protocol(body)),
        Some(_) => Err(Unproved::WrongSignature),
        None => Err(Unproved::Unsigned),
    }
}

fn facts(answer: &Verified) -> Result<Facts, Unproved> {
    let refused = || Unproved::Refused { code: "code=1".to_owned() };
    facts_in(answer.body().ok_or_else(refused)?)
}

fn facts_in(body: &Value) -> Result<Facts, Unproved> {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let status = ProviderStatus::from_code(&text("status"));
    Ok(Facts {
        order_no: text("order_no"),
        provider_order_no: text("number"),
        status: status.ok_or(Unproved::Field { field: "status" })?,
        status_code: format!("status={}", text("status")),
        amount: body["amount"].as_i64().map(Money::fen),
        fee_minor: None,
        paid_at: body["paid_at"].as_i64().map(Timestamp::from_epoch_seconds),
        withheld_minor: None,
        way: String::new(),
    })
}

impl Stub {
    fn offers(&self, what: &str) -> bool {
        self.offers.iter().any(|offer| offer == what)
    }
}

impl Provider for Stub {
    fn lanes(&self) -> Vec<Lane> {
        let kinds = [("payment", Kind::Payment), ("refund", Kind::Refund)];
        let offered = kinds.into_iter().filter(|(name, _)| self.offers(name));
        let listing =
            self.offers("list").then_some(ListingTerms { rows_per_page: 2, days_back: 90 });
        let lane = |(_, kind)| Lane { kind, product: String::new(), listing, states_amount: true };
        offered.map(lane).collect()
    }

    fn merchant_no(&self) -> &'static str {
        "1001"
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        let (path, interface) = match ask {
            Ask::Status(question) => (format!("/query/{}", question.order_no), "/query"),
            Ask::Renotify(question) => (format!("/renotify/{}", question.order_no), "/renotify"),
            Ask::Balance => ("/balance".to_owned(), "/balance"),
            Ask::Page(page) if self.offers("list") => {
                (format!("/list/{}/{}", page.from, page.page), "/list")
            }
            Ask::Page(_) => return Err(Unproved::NotOffered),
        };
        Ok(HttpRequest {
            method: Method::Get,
            url: format!("{}{path}", self.url),
            content_type: "",
            headers: Vec::new(),
            body: String::new(),
            interface,
        })
    }

    fn verify(&self, _: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        signed(&answer.body)
    }

    fn read_status(&self, _: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        facts(answer)
    }

    fn read_page(&self, _: &PageQuestion, answer: &Verified) -> Result<Page, Unproved> {
        let body = answer.body().unwrap();
        let number = |name: &str| body[name].as_u64().ok_or(Unproved::Field { field: "page" });
        let rows = body["rows"].as_array().ok_or(Unproved::Field { field: "page" })?;
        let rows = rows.iter().map(|row| facts_in(row).map(Ok)).collect::<Result<_, _>>()?;
        Ok(Page { total_rows: number("total")?, total_pages: number("pages")?, rows })
    }

    fn refusal(&self, _: &str, _: &str) -> RefusalKind {
        RefusalKind::Unclear
    }

    fn query_age_min(&self) -> Duration {
        if self.offers("age") { Duration::from_hours(12) } else { Duration::ZERO }
    }

    fn states_balance(&self) -> bool {
        self.offers("balance")
    }

    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        let body = answer.body().unwrap();
        let line = |part: BalancePart| {
            let minor = body[part.code()].as_i64().ok_or(Unproved::Field { field: "balance" })?;
            Ok(BalanceLine { channel: String::new(), part, money: Money::fen(minor) })
        };
        let lines = [line(BalancePart::Available)?, line(BalancePart::Frozen)?];
        Ok(Balance { as_of: answered_at, lines: lines.to_vec() })
    }

    fn renotifies(&self) -> bool {
        self.offers("renotify")
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        signed(&notification.body)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        let facts = facts(notification)?;
        Ok(Notified { kind: Kind::Payment, product: String::new(), facts })
    }
}

/// A app with one account `a` at the stub.
pub(crate) struct Stubbed {
    /// The app.
    pub(crate) app: App,
    /// What the platform answers, by path; everything else is 404.
    pub(crate) answers: Arc<Mutex<BTreeMap<String, Value>>>,
    /// The paths that were asked for.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    /// What it does instead, while it is out of order.
    pub(crate) fault: Arc<Mutex<Fault>>,
    /// Where everything is.
    pub(crate) folder: TempDir,
}

/// How the platform is out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not.
    None,
    /// It answers nothing but errors of its server.
    Down,
    /// It knows no address.
    Gone,
    /// What it answers is signed by somebody else.
    Forged,
    /// It is down but for single questions.
    NoListing,
    /// It is down but for listings.
    NoAnswers,
}

#[derive(Clone)]
struct Served {
    answers: Arc<Mutex<BTreeMap<String, Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
    fault: Arc<Mutex<Fault>>,
}

async fn serve(State(served): State<Served>, uri: Uri) -> (StatusCode, String) {
    served.asked.lock().unwrap().push(uri.path().to_owned());
    let is_listing = uri.path().starts_with("/list");
    let fault = *served.fault.lock().unwrap();
    match (fault, is_listing) {
        (Fault::Down, _) | (Fault::NoListing, true) | (Fault::NoAnswers, false) => {
            return (StatusCode::SERVICE_UNAVAILABLE, String::new());
        }
        (Fault::Gone, _) => return (StatusCode::NOT_FOUND, String::new()),
        (Fault::None | Fault::Forged | Fault::NoListing | Fault::NoAnswers, _) => {}
    }
    let mut answers = served.answers.lock().unwrap();
    let Some(answer) = answers.get(uri.path()).cloned() else {
        return (StatusCode::NOT_FOUND, String::new());
    };
    // What is answered from the next time on.
    if let Some(then) = answer.get("then") {
        answers.insert(uri.path().to_owned(), then.clone());
    }
    let text = answer.to_string();
    (StatusCode::OK, if fault == Fault::Forged { text.replace("good", "bad") } else { text })
}

/// `20 10:00` is that time of November 2026 in Beijing.
pub(crate) fn at(text: &str) -> Timestamp {
    BusinessDay::BEIJING.moment(format!("2026-11-{}:00", text.replace(' ', "T")).parse().unwrap())
}

/// A day of November 2026.
pub(crate) fn november(day: u32) -> BusinessDate {
    BusinessDate::parse(&format!("2026-11-{day:02}")).unwrap()
}

pub(crate) fn date() -> BusinessDate {
    BusinessDate::parse(DATE).unwrap()
}

impl Stubbed {
    /// A platform that offers this: `payment`, `refund`, `list` (2 rows a page), `age` (12 hours),
    /// `balance`, `renotify`.
    pub(crate) async fn new(offers: &[&str]) -> Self {
        let answers = Arc::new(Mutex::new(BTreeMap::new()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let fault = Arc::new(Mutex::new(Fault::None));
        let served = Served {
            answers: Arc::clone(&answers),
            asked: Arc::clone(&asked),
            fault: Arc::clone(&fault),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new().fallback(serve).with_state(served);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let folder = TempDir::new().unwrap();
        let text = format!(
            "[ledger]\nurl = \"sqlite://var/ledger.db\"\n[orders]\ncsv = \"orders/{{date}}.csv\"\n\
             [reports]\nlanguage = \"en\"\n[[account]]\nname = \"a\"\nprovider = \"stub\"\nurl = \"http://{addr}\"\n\
             offers = {offers:?}\nretries = 0\nrate_limit = 1000\n"
        );
        let path = folder.path().join("duizhang.toml");
        std::fs::write(&path, text).unwrap();
        let config = load_with(&path, &|_| None, &[STUB]).unwrap_or_else(|e| panic!("{e}"));
        let ledger = open(&config.ledger_url, Access::Work).await.unwrap();
        let app =
            App { config, ledger, clock: Box::new(FixedClock(at("21 02:30"))), stop: Stop::new() };
        Self { app, answers, asked, fault, folder }
    }

    /// The merchant's orders of the night, as rows without account and currency:
    /// `kind,order_no,original_order_no,amount,status,paid_at`.
    pub(crate) async fn orders(&self, rows: &[&str]) {
        let mut lines = vec![
            "account,kind,order_no,original_order_no,amount,status,created_at,paid_at".to_owned(),
        ];
        let times = ",2026-11-20 09:00:00,2026-11-";
        lines.extend(rows.iter().map(|row| format!("a,{}", row.replacen(",paid ", times, 1))));
        let text = lines.join("\n");
        let path = self.folder.path().join("orders.csv");
        std::fs::write(&path, text).unwrap();
        self.app.import_orders(&path, "orders.csv", date()).await.unwrap();
    }

    /// What the platform says about an order.
    pub(crate) fn says(&self, order_no: &str, status: &str, amount: Option<i64>) {
        let answer = json!({
            "sign": "good", "order_no": order_no, "number": format!("P{order_no}"),
            "status": status, "amount": amount, "paid_at": at("20 10:00").epoch_seconds(),
        });
        self.answers.lock().unwrap().insert(format!("/query/{order_no}"), answer);
    }

    /// Pulls and reconciles, and gives the verdict.
    pub(crate) async fn night(&self) -> AccountVerdict {
        let accounts = self.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
        self.app.pull(date(), &accounts).await.unwrap();
        let outcome = self.app.reconcile(date(), &accounts).await.unwrap();
        outcome.verdicts.into_iter().next().unwrap()
    }

    /// The night after a day of November, with what was asked for in it.
    pub(crate) async fn night_after(&mut self, day: u32) -> (AccountVerdict, Vec<String>) {
        self.night_again(day, day + 1).await
    }

    /// The night after a day of November, run in the morning of a later one.
    pub(crate) async fn night_again(
        &mut self,
        day: u32,
        morning: u32,
    ) -> (AccountVerdict, Vec<String>) {
        self.app.clock = Box::new(FixedClock(at(&format!("{morning} 02:30"))));
        self.asked.lock().unwrap().clear();
        let date = november(day);
        let accounts = self.app.accounts(&Scope { date, accounts: vec![] }).unwrap();
        self.app.pull(date, &accounts).await.unwrap();
        let outcome = self.app.reconcile(date, &accounts).await.unwrap();
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        (outcome.verdicts.into_iter().next().unwrap(), asked)
    }

    /// What the platform lists for a day of November: `order number, status, fen`, two a page.
    pub(crate) fn lists(&self, day: u32, rows: &[(&str, &str, i64)]) {
        let date = november(day);
        let pages: Vec<_> = rows.chunks(2).collect();
        for number in 1..=pages.len().max(1) {
            let page = pages.get(number - 1).copied().unwrap_or_default();
            let row = |(order_no, status, fen): &(&str, &str, i64)| {
                json!({
                    "order_no": order_no, "number": format!("P{order_no}"), "status": status,
                    "amount": fen, "paid_at": at(&format!("{day} 10:00")).epoch_seconds(),
                })
            };
            let answer = json!({
                "sign": "good", "total": rows.len(), "pages": pages.len().max(1),
                "rows": page.iter().map(row).collect::<Vec<_>>(),
            });
            self.answers.lock().unwrap().insert(format!("/list/{date}/{number}"), answer);
        }
    }

    /// The merchant's file of a day of November, as in [`Self::orders`] but for whole times of payment:
    /// `kind,order_no,original_order_no,amount,status,created_at,paid_at`.
    pub(crate) async fn file(&self, day: u32, rows: &[&str]) {
        let mut lines = vec![
            "account,kind,order_no,original_order_no,amount,status,created_at,paid_at".to_owned(),
        ];
        lines.extend(rows.iter().map(|row| format!("a,{row}")));
        let name = format!("orders/{day}.csv");
        let path = self.folder.path().join(format!("orders-{day}.csv"));
        std::fs::write(&path, lines.join("\n")).unwrap();
        self.app.import_orders(&path, &name, november(day)).await.unwrap();
    }

    /// What the platform says about an order that it dates to a day of November.
    pub(crate) fn says_of(&self, day: u32, order_no: &str, status: &str, amount: Option<i64>) {
        let answer = json!({
            "sign": "good", "order_no": order_no, "number": format!("P{order_no}"),
            "status": status, "amount": amount,
            "paid_at": at(&format!("{day} 10:00")).epoch_seconds(),
        });
        self.answers.lock().unwrap().insert(format!("/query/{order_no}"), answer);
    }

    /// One file of the report of a day of November, made anew, as rows of cells with the header first.
    pub(crate) async fn report(&self, day: u32, name: &str) -> Vec<Vec<String>> {
        let set = self.app.report(november(day)).await.unwrap();
        let file = set.files.iter().find(|file| file.name.contains(name)).unwrap();
        let text = std::fs::read_to_string(set.folder.join(&file.name)).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let row = |row: Result<csv::StringRecord, csv::Error>| {
            row.unwrap().iter().map(|cell| cell.trim().to_owned()).collect()
        };
        reader.records().map(row).collect()
    }

    /// The discrepancies of an order number as they are now.
    pub(crate) async fn discrepancies_now(&self, order_no: &str) -> Vec<Discrepancy> {
        let pairs = self.app.ledger.find(order_no).await.unwrap();
        let keys: Vec<_> = pairs.into_iter().map(|pair| pair.key).collect();
        self.app.ledger.discrepancies_of(&keys).await.unwrap()
    }

    /// Every file of a day's report, made anew, but for the corrections and what shows them.
    pub(crate) async fn figures(&self, day: u32) -> BTreeMap<String, String> {
        let set = self.app.report(november(day)).await.unwrap();
        let is_csv = |name: &str| Path::new(name).extension().is_some_and(|end| end == "csv");
        let is_figure = |name: &str| is_csv(name) && !name.contains("corrections");
        let files = set.files.iter().filter(|file| is_figure(&file.name));
        let text = |name: &str| std::fs::read_to_string(set.folder.join(name)).unwrap();
        files.map(|file| (file.name.clone(), text(&file.name))).collect()
    }

    /// The report's rows.
    pub(crate) async fn discrepancies(&self) -> Vec<Discrepancy> {
        self.app.ledger.report_rows(date()).try_collect().await.unwrap()
    }

    /// The same as `order_no type state`, sorted.
    pub(crate) async fn found(&self) -> Vec<String> {
        let end = BusinessDay::BEIJING.end_of(date());
        let rows = self.discrepancies().await;
        let row = |d: &Discrepancy| format!("{} {} {}", d.key.order_no, d.kind, d.state_on(end));
        let mut found: Vec<String> = rows.iter().map(row).collect();
        found.sort();
        found
    }
}
