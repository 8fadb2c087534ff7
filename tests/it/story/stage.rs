//! A app that lives through a world's nights, and the files that it writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use duizhang::app::App;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::clock::Clock;
use duizhang::config;
use duizhang::job::{self, Job};
use duizhang::ledger::{Access, open};
use duizhang::run::{self, Scope};
use tempfile::TempDir;

use super::platforms::{self, Platforms, in_yuan};
use super::world::{ACCOUNTS, NEW_FEE_DAY, NIGHTS, World, day, night_of};

/// A row of a file, by column.
pub(super) type Row = BTreeMap<String, String>;
/// The files of a folder, by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) struct Stage {
    platforms: Arc<Platforms>,
    pub(super) app: App,
    nightly: Job,
    folder: TempDir,
}

struct Hands(Arc<Platforms>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.now.lock().unwrap()
    }
}

impl Stage {
    pub(super) async fn open(world: &World, ledger_url: Option<String>) -> Self {
        let folder = TempDir::new().unwrap();
        let platforms = Arc::new(Platforms {
            world: world.clone(),
            now: Mutex::new(night_of(day(-1))),
            down: Mutex::new(Vec::new()),
        });
        let addr = platforms::serve(Arc::clone(&platforms)).await;
        for name in ["orders", "secrets", "statements"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        for (name, secret) in platforms::secrets() {
            let path = folder.path().join("secrets").join(name);
            std::fs::write(&path, secret).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        for date in (0..NIGHTS).map(day) {
            let path = folder.path().join(format!("orders/{date}.csv"));
            std::fs::write(path, orders_csv(world, date)).unwrap();
            if world.bills {
                let path = folder.path().join(format!("statements/lhxpay-{date}.csv"));
                std::fs::write(path, platforms::bill(world, date)).unwrap();
            }
        }
        let calendar = include_str!("../../../samples/calendar-2026.toml");
        std::fs::write(folder.path().join("calendar.toml"), calendar).unwrap();
        let path = folder.path().join("duizhang.toml");
        std::fs::write(
            &path,
            format!("{HEAD}{}", platforms::accounts(addr, |account| terms(account, world.bills))),
        )
        .unwrap();
        let mut config = config::load(&path, &|_| None).unwrap_or_else(|error| panic!("{error}"));
        if let Some(url) = ledger_url {
            config.ledger_url = url;
        }
        let ledger = open(&config.ledger_url, Access::Work).await.unwrap();
        let jobs = job::jobs_for(&config).unwrap();
        let nightly = jobs.into_iter().find(|job| job.name == "nightly").unwrap();
        let clock = Box::new(Hands(Arc::clone(&platforms)));
        let app = App { config, ledger, clock, stop: duizhang::stop::Stop::default() };
        Self { platforms, app, nightly, folder }
    }

    /// What the accounts hold in the last second of a date.
    pub(super) async fn balances(&self, date: BusinessDate) {
        *self.platforms.now.lock().unwrap() = BusinessDay::BEIJING.end_of(date).plus_seconds(-1);
        let accounts = self.app.accounts(&Scope { date, accounts: Vec::new() }).unwrap();
        self.app.balances(date, &accounts).await.unwrap();
    }

    /// The whole job of a date at a moment, with some platforms out of reach.
    pub(super) async fn job(&self, date: BusinessDate, at: Timestamp, down: &[&'static str]) {
        *self.platforms.now.lock().unwrap() = at;
        *self.platforms.down.lock().unwrap() = down.to_vec();
        let scope = Scope { date, accounts: Vec::new() };
        run::job(&self.app, &self.nightly, &scope).await.unwrap();
        self.platforms.down.lock().unwrap().clear();
    }

    /// The platforms that the world takes down on the night of a date.
    pub(super) fn down(&self, date: BusinessDate) -> Vec<&'static str> {
        let is_down = |account: &&str| self.platforms.world.is_down(account, date);
        ACCOUNTS.into_iter().filter(is_down).collect()
    }

    pub(super) fn folder(&self, date: BusinessDate) -> PathBuf {
        self.folder.path().join("var/reports").join(date.to_string())
    }

    pub(super) fn rows(&self, date: BusinessDate, file: &str) -> Vec<Row> {
        rows(&self.folder(date).join(format!("{date}_{file}.csv")))
    }

    /// Every file of a night's report.
    pub(super) fn files(&self, date: BusinessDate) -> Files {
        let entries = std::fs::read_dir(self.folder(date)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
    }
}

/// The rows of a file.
pub(super) fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |record: csv::StringRecord| {
        let cells = header.iter().zip(record.iter());
        cells.map(|(name, cell)| (name.to_owned(), cell.trim().to_owned())).collect()
    };
    reader.records().map(|record| named(record.unwrap())).collect()
}

/// The shop's file of a date.
fn orders_csv(world: &World, date: BusinessDate) -> String {
    let zone = BusinessDay::BEIJING;
    let mut text =
        "account,kind,product,order_no,original_order_no,amount,status,created_at,paid_at\n"
            .to_owned();
    for order in world.orders() {
        for row in order.rows.iter().filter(|row| row.file == date) {
            let cells = [
                order.lane.account,
                order.lane.kind,
                order.lane.product,
                &order.no,
                &order.original,
                &in_yuan(row.amount),
                row.status,
                &zone.text(order.created),
                &row.paid_at.map(|at| zone.text(at)).unwrap_or_default(),
            ];
            text += &(cells.join(",") + "\n");
        }
    }
    text
}

const HEAD: &str = r#"
[ledger]
url = "sqlite://var/ledger.db"
[business_day]
timezone = "Asia/Shanghai"
cutoff = "00:00"
calendar = "calendar.toml"
[reports]
language = "en"
[orders]
csv = "orders/{date}.csv"
"#;

/// What the contract says of fees: the rates of `world`, dated.
fn terms(account: &str, bills: bool) -> String {
    let from = day(NEW_FEE_DAY);
    let bills = if bills && account == "lhxpay" { platforms::BILL_SETTINGS } else { "" };
    format!(
        "fees = [{{ kind = \"payment\", rate = \"0.0038\" }}, {{ kind = \"payout\", fixed = \"2.00\" }}, \
         {{ kind = \"payment\", rate = \"0.0060\", from = \"{from}\" }}, \
         {{ kind = \"payout\", fixed = \"1.50\", from = \"{from}\" }}]\n{bills}"
    )
}
