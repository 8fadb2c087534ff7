//! A world as files: the merchant's orders, a configuration, and the keys.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{BookRow, DAY, MerchantStatus, RefusedRow, Timestamp, World, WorldError};
use crate::money::yuan;
use crate::simulator::{mmsp, xxpay};

/// The header of the merchant's file: the contract's columns, in an order of the shop's own, and two
/// that the contract does not know.
const COLUMNS: [&str; 14] = [
    "order_no",
    "account",
    "kind",
    "product",
    "shop",
    "amount",
    "currency",
    "status",
    "created_at",
    "paid_at",
    "provider_order_no",
    "original_order_no",
    "fee",
    "remark",
];

/// Where a world's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldFiles {
    /// The configuration.
    pub config: PathBuf,
    /// The merchant's orders of the world's business date.
    pub orders: PathBuf,
}

impl World {
    /// Writes `duizhang.toml`, `orders/{date}.csv` and `secrets/*.key` (owner-only) into a folder,
    /// with every URL pointing to `address`, so that a night can be run there at once.
    ///
    /// # Errors
    ///
    /// [`WorldError::File`] names what could not be written.
    pub fn write_files(&self, dir: &Path, address: SocketAddr) -> Result<WorldFiles, WorldError> {
        let orders = dir.join("orders").join(format!("{}.csv", self.date()));
        let config = dir.join("duizhang.toml");
        let secrets = dir.join("secrets");
        written(&dir.join("orders"), |path| fs::create_dir_all(path))?;
        written(&secrets, make_private_dir)?;
        for (name, key) in [("mmsp.key", mmsp::KEY), ("xxpay.key", xxpay::KEY)] {
            written(&secrets.join(name), |path| write_private(path, key))?;
        }
        written(&orders, |path| fs::write(path, self.orders_csv()))?;
        written(&config, |path| fs::write(path, config_text(address)))?;
        Ok(WorldFiles { config, orders })
    }

    /// The merchant's file, with the little damage that files come with: the guards that Excel needs
    /// before long numbers, amounts without their last zeros, the same row twice, rows that cannot
    /// be read.
    pub fn orders_csv(&self) -> String {
        let mut text = COLUMNS.join(",");
        text.push_str("\r\n");
        for (index, row) in self.rows.iter().enumerate() {
            // What is the same row has to look the same.
            let index = index.saturating_sub(usize::from(row.repeated));
            push(&mut text, &row.values(index));
        }
        for row in &self.refused_rows {
            push(&mut text, &row.values(DAY.start_of(self.date()).plus_seconds(3600)));
        }
        text
    }
}

impl BookRow {
    fn values(&self, index: usize) -> [String; 14] {
        let number = &self.order_no;
        let order_no = match index.checked_rem(97) {
            Some(1) => format!("\t{number}"),
            Some(2) => format!("`{number}"),
            Some(3) => format!("\"=\"\"{number}\"\"\""),
            _ => number.clone(),
        };
        let amount = yuan(self.amount_minor);
        let amount = match index.checked_rem(5) {
            Some(0) => amount.strip_suffix(".00").unwrap_or(&amount).to_owned(),
            Some(1) => amount.strip_suffix('0').unwrap_or(&amount).to_owned(),
            _ => amount,
        };
        let even = index & 1 == 0;
        [
            order_no,
            self.lane.account.to_owned(),
            "payment".to_owned(),
            self.lane.product.to_owned(),
            "\"旗舰店, 一号仓\"".to_owned(),
            amount,
            if even { "CNY".to_owned() } else { String::new() },
            self.status.code().to_owned(),
            DAY.text(self.created_at),
            self.paid_at.map(|paid_at| DAY.text(paid_at)).unwrap_or_default(),
            self.provider_order_no.clone(),
            String::new(),
            if even { yuan(fee(self.amount_minor)) } else { String::new() },
            String::new(),
        ]
    }
}

impl RefusedRow {
    fn values(&self, moment: Timestamp) -> [String; 14] {
        let time = DAY.text(moment);
        let mut values = [
            &*self.order_no,
            mmsp::ACCOUNT,
            "payment",
            "quick",
            "",
            "12.00",
            "CNY",
            MerchantStatus::Succeeded.code(),
            &time,
            &time,
            "",
            "",
            "",
            "",
        ]
        .map(str::to_owned);
        for (column, value) in COLUMNS.iter().zip(&mut values) {
            if *column == self.column {
                self.value.clone_into(value);
            }
        }
        values
    }
}

/// 0.38 %, half a fen rounded up, as the configuration says.
fn fee(amount_minor: i64) -> i64 {
    amount_minor.saturating_mul(38).saturating_add(5000).checked_div(10_000).unwrap_or(0)
}

fn push(text: &mut String, values: &[String; 14]) {
    text.push_str(&values.join(","));
    text.push_str("\r\n");
}

fn config_text(address: SocketAddr) -> String {
    format!(
        r#"# Written by the simulator; the keys are the platforms' published test keys.

[ledger]
url = "sqlite://var/ledger.db"

[business_day]
timezone = "Asia/Shanghai"
cutoff = "00:00"

[reports]
dir = "var/reports"
language = "zh"

[orders]
csv = "orders/{{date}}.csv"
amount_unit = "yuan"

[matching]
amount_tolerance = "0.00"
timing_window = "24h"

[[account]]
name = "{mmsp}"
provider = "mmsp"
openapi_url = "http://{address}{openapi}"
merchant_no = "{merchant_no}"
terminal_no = "{terminal_no}"
agent_no = ""
products = ["quick", "gateway"]
md5_key = {{ file = "secrets/mmsp.key" }}
rate_limit = 1000
concurrency = 16
fees = [{{ kind = "payment", rate = "0.0038", min = "0.00" }}]

[[account]]
name = "{xxpay}"
provider = "xxpay"
base_url = "http://{address}{base}"
mch_id = "{mch_id}"
app_id = "{app_id}"
key = {{ file = "secrets/xxpay.key" }}
rate_limit = 1000
concurrency = 16
fees = [{{ kind = "payment", rate = "0.0038", min = "0.00" }}]
"#,
        mmsp = mmsp::ACCOUNT,
        openapi = mmsp::PATH,
        merchant_no = mmsp::MERCHANT_NO,
        terminal_no = mmsp::TERMINAL_NO,
        xxpay = xxpay::ACCOUNT,
        base = xxpay::BASE,
        mch_id = xxpay::MCH_ID,
        app_id = xxpay::APP_ID,
    )
}

fn written(path: &Path, write: impl Fn(&Path) -> io::Result<()>) -> Result<(), WorldError> {
    write(path).map_err(|source| WorldError::File { path: path.display().to_string(), source })
}

#[cfg(unix)]
fn make_private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
