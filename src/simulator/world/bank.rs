//! The merchant's bank: what it received from the platforms, as its portal exports it.

use super::movement::{Movement, MovementKind};
use super::{DAY, Timestamp, World};
use crate::money::yuan;
use crate::simulator::platform::Platform;

/// The bank account's name.
pub(super) const ACCOUNT: &str = "bank-main";

/// What the account held before the day, in fen.
const OPENING_MINOR: i64 = 100_000_000;

/// Money that came to the bank account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BankLine {
    pub(super) at: Timestamp,
    /// How the bank names who paid.
    pub(super) payer: String,
    pub(super) minor: i64,
    /// Whether a platform says that it paid it.
    pub(super) is_stated: bool,
}

/// How the bank names a platform.
fn payer(provider: &str) -> String {
    format!("{provider} 示例支付有限公司")
}

/// The bank account in the configuration.
pub(super) fn account() -> String {
    format!(
        "\n[[account]]\nname = \"{ACCOUNT}\"\ntitle = \"示例银行-基本户\"\nprovider = \"file\"\n\
         [account.statement]\nlayout = \"bank-debit-credit\"\nfile = \"statements/{ACCOUNT}-{{date}}.csv\"\n"
    )
}

/// What the configuration says of where a platform's payouts arrive.
pub(super) fn link(platform: &Platform) -> String {
    let payer = payer(platform.provider);
    format!("bank = {{ account = \"{ACCOUNT}\", payers = [\"{payer}\"], within_days = 0 }}")
}

impl BankLine {
    /// The line of a payout, which arrives within the minute.
    pub(super) fn of(movement: &Movement, provider: &str) -> Self {
        let at = movement.occurred_at.plus_seconds(30);
        Self { at, payer: payer(provider), minor: movement.amount_minor, is_stated: true }
    }

    /// Money from a platform that it says nothing of.
    pub(super) fn unstated(at: Timestamp, provider: &str, minor: i64) -> Self {
        Self { at, payer: payer(provider), minor, is_stated: false }
    }
}

/// The bank's number of the line at a place.
pub(super) fn number(index: usize) -> String {
    format!("B{:06}", index.saturating_add(1))
}

impl World {
    /// The bank's statement of the world's day, in GB18030 as such exports are.
    pub(super) fn bank_statement(&self) -> Vec<u8> {
        let mut text = "交易时间,借方发生额,贷方发生额,余额,对方户名,摘要,流水号\r\n".to_owned();
        let mut balance = OPENING_MINOR;
        for (index, line) in self.bank_lines.iter().enumerate() {
            balance = balance.saturating_add(line.minor);
            let size = yuan(line.minor.saturating_abs());
            let (out, into) = if line.minor < 0 { (&*size, "0") } else { ("0", &*size) };
            let (at, payer, number) = (DAY.text(line.at), &line.payer, number(index));
            let balance = yuan(balance);
            let row = format!("{at},{out},{into},{balance},{payer},结算款,{number}\r\n");
            text.push_str(&row);
        }
        encoding_rs::GB18030.encode(&text).0.into_owned()
    }

    /// What the platforms paid to the bank and did not arrive, in fen.
    pub(in crate::simulator) fn not_arrived_minor(&self) -> i64 {
        let settled = self.movements.iter().filter(|it| it.kind == MovementKind::Settlement);
        let paid = settled.fold(0_i64, |sum, it| sum.saturating_add(it.amount_minor));
        let arrived = self.bank_lines.iter().filter(|line| line.is_stated);
        arrived.fold(paid, |rest, line| rest.saturating_sub(line.minor))
    }
}
