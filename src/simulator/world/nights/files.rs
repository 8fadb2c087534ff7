//! Ten nights as files: what the shop exports for each day, what its bank says, a configuration, and
//! the keys.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::super::files::{make_private_dir, write_private, written};
use super::super::purse::payment_fee;
use super::super::{DAY, WorldError, WorldFiles, config, movement};
use super::Nights;
use super::life::{Life, Word};
use crate::business_day::BusinessDate;
use crate::money::yuan;
use crate::simulator::{xxpay, zhangxun};
use crate::status::Kind;

/// The header of the merchant's files.
const ORDERS: &str = "account,kind,product,order_no,provider_order_no,original_order_no,amount,\
                      currency,status,created_at,paid_at,fee";

impl Nights {
    /// Writes `duizhang.toml`, `calendar.toml`, the keys, and for each day `orders/{date}.csv` and
    /// `movements/{date}.csv` into a folder, with every URL pointing to `address`. `orders` of what
    /// is returned is the file of the first day.
    ///
    /// # Errors
    ///
    /// [`WorldError::File`] names what could not be written.
    pub fn write_files(&self, dir: &Path, address: SocketAddr) -> Result<WorldFiles, WorldError> {
        let secrets = dir.join("secrets");
        for folder in ["orders", "movements"] {
            written(&dir.join(folder), |path| fs::create_dir_all(path))?;
        }
        written(&secrets, make_private_dir)?;
        for (name, key) in config::secrets(&self.settings) {
            written(&secrets.join(name), |path| write_private(path, key.as_bytes()))?;
        }
        for date in Self::dates() {
            let name = format!("{date}.csv");
            written(&dir.join("orders").join(&name), |path| {
                fs::write(path, self.orders_csv(date))
            })?;
            written(&dir.join("movements").join(&name), |path| {
                fs::write(path, movement::csv(&self.movements, date))
            })?;
        }
        let calendar = include_str!("../../../../samples/calendar-2026.toml");
        written(&dir.join("calendar.toml"), |path| fs::write(path, calendar))?;
        let config = dir.join("duizhang.toml");
        let text = config::text_of_nights(&self.settings, address, terms);
        written(&config, |path| fs::write(path, &text))?;
        let orders = dir.join("orders").join(format!("{}.csv", Self::first()));
        Ok(WorldFiles { config, orders })
    }

    /// The shop's file of a day: the orders of the day, and what it has to say about earlier ones.
    pub fn orders_csv(&self, date: BusinessDate) -> String {
        let mut rows: Vec<(&Life, &Word)> = Vec::new();
        for life in &self.lives {
            let words = life.words.iter().filter(|word| word.file == date);
            rows.extend(words.map(|word| (life, word)));
        }
        // As a shop exports it; what has the same number stays in its order.
        rows.sort_by_key(|(life, _)| life.draft.created_at);
        let lines = rows.into_iter().map(|(life, word)| row(life, word));
        lines.fold(format!("{ORDERS}\r\n"), |text, line| text + &line + "\r\n")
    }
}

fn row(life: &Life, word: &Word) -> String {
    let draft = &life.draft;
    let number_known = word.paid_at.is_some() && draft.number_known;
    // Half of the payments come with the fee that the shop expects.
    let fee = (draft.lane.kind == Kind::Payment && draft.number_known)
        .then(|| yuan(payment_fee(word.amount_minor)));
    [
        draft.lane.account,
        draft.lane.kind.code(),
        draft.lane.product,
        &draft.order_no,
        if number_known { &draft.provider_order_no } else { "" },
        &draft.original_order_no,
        &yuan(word.amount_minor),
        "CNY",
        word.status.code(),
        &DAY.text(draft.created_at),
        &word.paid_at.map(|paid_at| DAY.text(paid_at)).unwrap_or_default(),
        &fee.unwrap_or_default(),
    ]
    .join(",")
}

/// What the contract says of an account's fees and settlements. mmsp settles on the next workday, as
/// is usual where there is a calendar; zhangxun pays out from what it holds.
fn terms(account: &str) -> String {
    let payments = "{ kind = \"payment\", rate = \"0.0038\", min = \"0.00\" }";
    let payouts = "{ kind = \"payout\", fixed = \"2.00\" }";
    let fees = format!("{payments}, {payouts}");
    match account {
        zhangxun::ACCOUNT => {
            let from = super::life::NEW_FEE_FROM;
            let changed = format!("{{ kind = \"payout\", fixed = \"1.50\", from = \"{from}\" }}");
            format!("fees = [{fees}, {changed}]")
        }
        xxpay::ACCOUNT => format!("fees = [{fees}]\nsettlement = \"D1\""),
        _ => format!("fees = [{fees}]"),
    }
}
