//! The bills that the portals of platforms export: what succeeded on a day, as the platform has it, also
//! what the merchant does not know of. Where no interface lists anything, nothing else tells of that.

use std::path::Path;

use super::files::{make_private_dir, write_private, written};
use super::{Trade, World, WorldError};
use crate::simulator::platform::{Bill, PLATFORMS, Platform};

/// `[account.statement]` of a platform's account; empty where there is no bill.
pub(super) fn settings(platform: &Platform) -> String {
    match platform.bill {
        None => String::new(),
        Some(Bill::File { ending, settings, .. }) => format!(
            "\n[account.statement]\nfile = \"statements/{}-{{date}}.{ending}\"\n{}",
            platform.account,
            settings.trim_start()
        ),
        Some(Bill::Database { settings, .. }) => format!("\n{}", settings.trim_start()),
    }
}

impl World {
    /// Writes the bills of the world's day.
    pub(super) fn write_bills(&self, dir: &Path) -> Result<(), WorldError> {
        let statements = dir.join("statements");
        let accounts = self.accounts();
        for platform in PLATFORMS.iter().filter(|it| accounts.contains(&it.account)) {
            match platform.bill {
                None => {}
                Some(Bill::File { ending, export, .. }) => {
                    written(&statements, make_private_dir)?;
                    let name = format!("{}-{}.{ending}", platform.account, self.date());
                    written(&statements.join(name), |path| {
                        write_private(path, &export(&self.billed(platform.account), self.date())?)
                    })?;
                }
                Some(Bill::Database { write, .. }) => {
                    let own = self.trades.iter().filter(|it| it.lane.account == platform.account);
                    let own: Vec<&Trade> = own.collect();
                    written(dir, |dir| write(dir, &own))?;
                }
            }
        }
        Ok(())
    }

    /// What succeeded at an account on the world's day, by time of payment.
    pub(super) fn billed(&self, account: &str) -> Vec<&Trade> {
        let lanes = self.settings.chosen_lanes().into_iter();
        let of_account = lanes.filter(|lane| lane.account == account && lane.is_billed());
        let mut trades: Vec<&Trade> = of_account
            .flat_map(|lane| self.listed(lane, self.date(), self.date()))
            .filter_map(|index| self.trade_at(*index))
            .collect();
        trades.sort_by_key(|trade| (trade.paid_at, &trade.order_no));
        trades
    }
}

/// Who paid or was paid: an invented person, whom bills name and nobody has asked for.
pub(in crate::simulator) struct Party {
    pub(in crate::simulator) name: String,
    /// Masked, as portals show cards.
    pub(in crate::simulator) card: String,
}

/// The other side of a transaction.
pub(in crate::simulator) fn party(trade: &Trade) -> Party {
    const FAMILIES: [&str; 5] = ["欧阳", "上官", "司徒", "诸葛", "慕容"];
    const GIVEN: [&str; 4] = ["示例甲", "示例乙", "示例丙", "示例丁"];
    let bytes = trade.order_no.bytes();
    let sum = bytes.fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let one_of = |names: &[&'static str], by: u32| {
        let at = by.checked_rem(u32::try_from(names.len()).unwrap_or(1)).unwrap_or(0);
        usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
    };
    let tail = sum.wrapping_rem(10_000);
    Party {
        name: [one_of(&FAMILIES, sum), one_of(&GIVEN, sum >> 8)].concat(),
        card: format!("622202******{tail:04}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::business_day::BusinessDate;
    use crate::discrepancy::DiscrepancyType;
    use crate::simulator::{WorldSettings, icashier, lhxpay, platform};

    fn whole(bills: bool) -> World {
        let date = BusinessDate::parse("2026-11-20").expect("a date");
        World::make(WorldSettings { bills, ..WorldSettings::demo(date) }).expect("a world")
    }

    #[test]
    fn a_bill_has_everything_that_succeeded_and_only_there_is_what_the_merchant_misses() {
        let (with, without) = (whole(true), whole(false));
        for account in [icashier::ACCOUNT, lhxpay::ACCOUNT] {
            let missing = |world: &World| {
                let planted = world.planted().iter();
                planted
                    .filter(|item| item.key.stream.account == account)
                    .filter(|item| item.kind == DiscrepancyType::MissingAtMerchant)
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let planted = missing(&with);
            assert!(planted.len() >= 3, "{planted:?}");
            assert_eq!(missing(&without), []);
            let billed = with.billed(account);
            for item in planted {
                let row = billed.iter().find(|trade| trade.order_no == item.key.order_no);
                assert_eq!(row.expect("on the bill").amount_minor, item.difference_minor);
                assert!(with.rows.iter().all(|row| row.order_no != item.key.order_no));
            }
            let sum = billed.iter().map(|trade| trade.amount_minor).sum::<i64>();
            let totals =
                with.totals().into_iter().filter(|((stream, _), _)| stream.account == account);
            assert_eq!(sum, totals.map(|(_, totals)| totals.provider_minor).sum::<i64>());
        }
    }

    #[test]
    fn a_csv_bill_has_titles_a_header_rows_and_their_totals() {
        let world = whole(true);
        let trades = world.billed(lhxpay::ACCOUNT);
        let bytes = lhxpay::bill::csv(&trades, world.date());
        assert!(std::str::from_utf8(&bytes).is_err(), "it is in GB18030");
        let (text, _, damaged) = encoding_rs::GB18030.decode(&bytes);
        assert!(!damaged);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "#商户对账单");
        assert_eq!(lines[1], "#起始日期：[2026-11-20 00:00:00]   终止日期：[2026-11-20 23:59:59]");
        let columns = lines[2].split(',').count();
        let rows: Vec<Vec<&str>> =
            lines[3..].iter().map(|line| line.split(',').collect()).take(trades.len()).collect();
        assert!(rows.iter().all(|row| row.len() == columns && row[1].ends_with('\t')));
        assert!(rows.iter().any(|row| row[2] == "代付") && rows.iter().any(|row| row[2] == "支付"));
        assert!(rows.is_sorted_by_key(|row| row[6]));
        let minor = |at: usize| {
            let cents = rows.iter().map(|row| row[at].replace('.', "").parse::<i64>());
            crate::money::yuan(cents.map(|cents| cents.expect("a number")).sum())
        };
        let footer = [
            format!("#总笔数：{}笔", rows.len()),
            format!("#交易总金额：{}元", minor(4)),
            format!("#手续费总金额：{}元", minor(5)),
            "#导出时间：[2026-11-21 00:31:07]".to_owned(),
        ];
        assert_eq!(lines[lines.len() - footer.len()..], footer);
    }

    #[test]
    fn the_written_configuration_says_how_each_bill_is_read() {
        let address = "127.0.0.1:18080".parse().expect("an address");
        let folder = tempfile::tempdir().expect("a folder");
        let files = whole(true).write_files(folder.path(), address).expect("written");
        let config = crate::config::load(&files.config, &|_| None).expect("a configuration");
        for account in &config.accounts {
            let (name, statement) = (&account.account.name, &account.statement);
            let platform = platform::of_account(name).expect("a platform");
            assert_eq!(statement.is_some(), platform.bill.is_some(), "{name}");
            let Some(file) = statement.as_ref().and_then(|it| it.file.as_ref()) else { continue };
            let file = file.replace("{date}", "2026-11-20");
            assert!(folder.path().join(&file).exists(), "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bills_are_for_their_owner_only_and_the_same_every_time() {
        use std::os::unix::fs::PermissionsExt;

        let address = "127.0.0.1:18080".parse().expect("an address");
        let world = whole(true);
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        for folder in &folders {
            world.write_files(folder.path(), address).expect("written");
        }
        for name in ["icashier-main-2026-11-20.xlsx", "lhxpay-main-2026-11-20.csv"] {
            let [one, other] = folders.each_ref().map(|it| it.path().join("statements").join(name));
            let mode = fs::metadata(&one).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
            assert!(
                fs::read(one).expect("readable") == fs::read(other).expect("readable"),
                "{name}"
            );
        }
        let bare = tempfile::tempdir().expect("a folder");
        let files = whole(false).write_files(bare.path(), address).expect("written");
        assert!(!bare.path().join("statements").exists());
        assert!(!fs::read_to_string(files.config).expect("readable").contains("statement"));
    }
}
