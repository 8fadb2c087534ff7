//! A world as files: the merchant's orders, a configuration, and the keys.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::draft::usual_fee;
use super::{
    BookRow, DAY, MerchantStatus, RefusedRow, Timestamp, World, WorldError, bank, config, movement,
};
use crate::money::yuan;
use crate::status::Kind;

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
    /// Writes `duizhang.toml`, `orders/{date}.csv`, `movements/{date}.csv` (where accounts move), and for
    /// their owner only `notifications/{account}.log`, `statements/*` (where portals export bills) and
    /// `secrets/*` into a folder, with every URL pointing to `address`, so that a night can be run there
    /// at once.
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
        for (name, key) in config::secrets(self.settings()) {
            written(&secrets.join(name), |path| write_private(path, key.as_bytes()))?;
        }
        written(&orders, |path| fs::write(path, self.orders_csv()))?;
        if self.settings.held {
            let movements = dir.join("movements");
            written(&movements, |path| fs::create_dir_all(path))?;
            let name = format!("{}.csv", self.date());
            let text = movement::csv(&self.movements, self.date());
            written(&movements.join(name), |path| fs::write(path, &text))?;
        }
        if self.settings.bills {
            self.write_bills(dir)?;
        }
        if self.settings.bank {
            let statements = dir.join("statements");
            written(&statements, make_private_dir)?;
            let name = format!("{}-{}.csv", bank::ACCOUNT, self.date());
            let statement = self.bank_statement();
            written(&statements.join(name), |path| write_private(path, &statement))?;
        }
        let notifications = dir.join("notifications");
        written(&notifications, make_private_dir)?;
        for account in self.accounts() {
            let log = self.notification_log(account);
            let path = notifications.join(format!("{account}.log"));
            written(&path, |path| write_private(path, log.as_bytes()))?;
        }
        written(&config, |path| fs::write(path, config::text(self.settings(), address)))?;
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
    fn usual_fee(&self) -> Option<i64> {
        (self.lane.kind != Kind::Refund).then(|| usual_fee(self.lane.kind, self.amount_minor))
    }

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
            self.lane.kind.code().to_owned(),
            self.lane.product.to_owned(),
            "\"旗舰店, 一号仓\"".to_owned(),
            amount,
            if even { "CNY".to_owned() } else { String::new() },
            self.status.code().to_owned(),
            DAY.text(self.created_at),
            self.paid_at.map(|paid_at| DAY.text(paid_at)).unwrap_or_default(),
            self.provider_order_no.clone(),
            self.original_order_no.clone(),
            self.fee_minor
                .or(even.then(|| self.usual_fee()).flatten())
                .map(yuan)
                .unwrap_or_default(),
            String::new(),
        ]
    }
}

impl RefusedRow {
    fn values(&self, moment: Timestamp) -> [String; 14] {
        let time = DAY.text(moment);
        let mut values = [
            &*self.order_no,
            self.lane.account,
            self.lane.kind.code(),
            self.lane.product,
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

fn push(text: &mut String, values: &[String; 14]) {
    text.push_str(&values.join(","));
    text.push_str("\r\n");
}

pub(super) fn written(
    path: &Path,
    write: impl Fn(&Path) -> io::Result<()>,
) -> Result<(), WorldError> {
    write(path).map_err(|source| WorldError::File { path: path.display().to_string(), source })
}

#[cfg(unix)]
pub(super) fn make_private_dir(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
pub(super) fn make_private_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
