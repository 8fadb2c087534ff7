//! A merchant whose takings of the day can be paid out at once, and are cleared at midnight.

use duizhang::business_day::{BusinessDate, BusinessDay};
use duizhang::run::Scope;
use duizhang::simulator::Nights;

use super::{Row, Stage, fen};

const ACCOUNT: &str = "mmsp-main";

/// So many of the ten nights are lived through.
const NIGHTS: usize = 5;

impl Stage {
    /// What the accounts hold five minutes before the end of a business date, and five after it.
    async fn around_midnight(&self, date: BusinessDate) {
        for away in [-300, 300] {
            self.at(BusinessDay::BEIJING.end_of(date).plus_seconds(away));
            let accounts = self.app.accounts(&Scope { date, accounts: Vec::new() }).unwrap();
            self.app.balances(date, &accounts).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_d0_merchant_has_no_gap_every_night_and_a_real_one_is_found() {
    let stage = Stage::of(Nights::make(super::SEED).with_d0(), None).await;
    stage.around_midnight(Nights::first().plus_days(-1)).await;
    let mut gaps = 0;
    for date in Nights::dates().into_iter().take(NIGHTS) {
        stage.around_midnight(date).await;
        stage.at(Nights::night_of(date));
        stage.job(date).await;
        let rows = stage.rows(date, "balances");
        let line = |section: &str, line: &str| -> Row {
            let is_it = |row: &&Row| {
                row["account"] == ACCOUNT && row["section"] == section && row["line"] == line
            };
            rows.iter().find(is_it).unwrap_or_else(|| panic!("{date}: no {line}")).clone()
        };
        let ends =
            [-1, 0].map(|back| BusinessDay::BEIJING.end_of(date.plus_days(back)).plus_seconds(300));
        let truth = stage.nights.bridge(ACCOUNT, (ends[0], ends[1]), date);
        let rest = line("bridge", "balance_gap");
        assert_eq!(fen(&rest, "amount"), truth.unexplained_minor, "{date}: {truth:?}");
        let closing = line("bridge", "closing");
        assert_eq!(closing["to"], BusinessDay::BEIJING.text(ends[1]), "{date}");
        assert!(line("terms", "merchant_type")["note"].starts_with("D0"), "{date}");
        let is_gap = truth.unexplained_minor != 0;
        let found = stage.rows(date, "discrepancies").iter().any(|row| {
            row["account"] == ACCOUNT
                && row["type"] == "balance_mismatch"
                && row["business_date"] == date.to_string()
        });
        assert_eq!(found, is_gap, "{date}: {truth:?}");
        gaps += usize::from(is_gap);
    }
    assert!(gaps < NIGHTS, "{gaps} of the nights have something that nobody can know");
}
