//! Ten nights as files: what the shop exports for each day, what its bank says, a configuration, and
//! the keys.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::super::files::{make_private_dir, write_private, written};
use super::super::purse::payment_fee;
use super::super::{DAY, WorldError, WorldFiles, config};
use super::life::{Life, Word};
use super::{Movement, MovementKind, Nights};
use crate::business_day::BusinessDate;
use crate::money::yuan;
use crate::simulator::zhangxun;
use crate::status::Kind;

/// The header of the merchant's files.
const ORDERS: &str = "account,kind,product,order_no,provider_order_no,original_order_no,amount,\
                      currency,status,created_at,paid_at,fee";
/// The header of the files about what is no order.
const MOVEMENTS: &str = "occurred_at,kind,product,settlement_date,amount,name,note,account";

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
            written(&secrets.join(name), |path| write_private(path, &key))?;
        }
        for date in Self::dates() {
            let name = format!("{date}.csv");
            written(&dir.join("orders").join(&name), |path| {
                fs::write(path, self.orders_csv(date))
            })?;
            written(&dir.join("movements").join(&name), |path| {
                fs::write(path, self.movements_csv(date))
            })?;
        }
        let calendar = include_str!("../../../../samples/calendar-2026.toml");
        written(&dir.join("calendar.toml"), |path| fs::write(path, calendar))?;
        let config = dir.join("duizhang.toml");
        let text = config::text_of_nights(&self.settings, address, fees);
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

    /// What the bank and the portals say of a day.
    pub fn movements_csv(&self, date: BusinessDate) -> String {
        let of_day = self.movements.iter().filter(|it| DAY.date_of(it.occurred_at) == date);
        of_day.fold(format!("{MOVEMENTS}\r\n"), |text, it| text + &movement(it) + "\r\n")
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

fn movement(movement: &Movement) -> String {
    let date = movement.settlement_date.map(|date| date.to_string());
    let note = match movement.kind {
        MovementKind::Settlement => "银行流水",
        MovementKind::TopUp | MovementKind::Adjustment => "商户后台",
    };
    [
        &*DAY.text(movement.occurred_at),
        movement.kind.code(),
        movement.product,
        &date.unwrap_or_default(),
        &yuan(movement.amount_minor),
        movement.name,
        note,
        movement.account,
    ]
    .join(",")
}

/// What the contract says of an account's fees.
fn fees(account: &str) -> String {
    let payments = "{ kind = \"payment\", rate = \"0.0038\", min = \"0.00\" }";
    let payouts = "{ kind = \"payout\", fixed = \"2.00\" }";
    let changed = if account == zhangxun::ACCOUNT {
        format!(
            ", {{ kind = \"payout\", fixed = \"1.50\", from = \"{}\" }}",
            super::life::NEW_FEE_FROM
        )
    } else {
        String::new()
    };
    format!("{payments}, {payouts}{changed}")
}
