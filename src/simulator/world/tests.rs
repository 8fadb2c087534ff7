//! Whether a world's truth is true: it has to follow from the two sides alone.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::money::{Currency, minor_from_yuan};

fn world(seed: u64, orders: u32) -> World {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    World::make(WorldSettings { seed, orders, ..WorldSettings::payments(date) }).expect("a world")
}

/// A world of every platform.
fn whole(seed: u64) -> World {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    let settings = WorldSettings { seed, orders: 1500, ..WorldSettings::demo(date) };
    World::make(settings).expect("a world")
}

#[test]
fn planted_differences_explain_the_difference_of_the_totals() {
    for (seed, world) in
        (0..20).map(|seed| (seed, world(seed, 600))).chain((0..10).map(|seed| (seed, whole(seed))))
    {
        let mut planted: BTreeMap<(Stream, Currency), i64> = BTreeMap::new();
        for item in world.planted().iter().filter(|item| item.business_date == world.date()) {
            let line = (item.key.stream.clone(), item.currency);
            *planted.entry(line).or_default() += item.difference_minor;
        }
        for (line, totals) in world.totals() {
            let difference = totals.provider_minor - totals.merchant_minor;
            assert_eq!(planted.get(&line), Some(&difference), "seed {seed}, {line:?}");
        }
    }
}

#[test]
fn every_type_that_these_platforms_can_show_is_planted() {
    let types = |world: &World| -> BTreeSet<&str> {
        world.planted().iter().map(|item| item.kind.code()).collect()
    };
    let (two, all) = (types(&world(1, 600)), types(&whole(1)));
    let needs_more_platforms = ["held", "fee_mismatch", "over_refund"];
    let not_of_orders = ["balance_mismatch", "settlement_mismatch"];
    for kind in DiscrepancyType::ALL {
        let code = kind.code();
        let at_all = !not_of_orders.contains(&code);
        assert_eq!(all.contains(code), at_all, "{code}");
        assert_eq!(two.contains(code), at_all && !needs_more_platforms.contains(&code), "{code}");
    }
    let world = whole(1);
    for kind in ["missing_at_merchant", "duplicate_at_provider", "paid_twice"] {
        let of_kind = world.planted().iter().filter(|item| item.kind.code() == kind);
        let accounts: BTreeSet<&str> = of_kind.map(|item| &*item.key.stream.account).collect();
        // mmsp lists what it has, of three others there are bills, and nobody else tells.
        let expected: &[&str] = match kind {
            "missing_at_merchant" => &["icashier-main", "jeepay-main", "lhxpay-main", "mmsp-main"],
            _ => &["mmsp-main"],
        };
        assert_eq!(accounts, expected.iter().copied().collect(), "{kind}");
    }
}

#[test]
fn an_order_has_one_planted_discrepancy_at_most() {
    let world = world(7, 900);
    // Paid in another currency than booked, it has a row in each.
    let keys: BTreeSet<(&OrderKey, Currency)> =
        world.planted().iter().map(|item| (&item.key, item.currency)).collect();
    assert_eq!(keys.len(), world.planted().len());
    assert!(world.planted().len() > 100, "{}", world.planted().len());
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let (one, same, other) = (world(5, 600), world(5, 600), world(6, 600));
    assert_eq!(one.planted(), same.planted());
    assert_eq!(one.orders_csv(), same.orders_csv());
    assert_ne!(one.orders_csv(), other.orders_csv());
}

#[test]
fn a_world_is_never_mostly_planted() {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    let settings = WorldSettings { orders: 100, ..WorldSettings::payments(date) };
    let Err(WorldError::TooSmall { least }) = World::make(settings.clone()) else {
        panic!("100 orders are too few");
    };
    assert!(World::make(WorldSettings { orders: least, ..settings }).is_ok());
}

#[test]
fn the_orders_file_reads_back_to_the_books() {
    let world = world(3, 900);
    let text = world.orders_csv();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = |name: &str, headers: &csv::StringRecord| {
        headers.iter().position(|header| header == name).expect("a column")
    };
    let headers = reader.headers().expect("a header").clone();
    let (number, amount) = (column("order_no", &headers), column("amount", &headers));
    let rows: Vec<csv::StringRecord> =
        reader.records().collect::<Result<_, _>>().expect("readable rows");
    let mut guarded = 0;
    for (row, book) in rows.iter().zip(&world.rows) {
        let bare = row[number].trim_start_matches(['\t', '`']);
        let bare = bare.strip_prefix("=\"").and_then(|bare| bare.strip_suffix('"')).unwrap_or(bare);
        guarded += usize::from(bare != &row[number]);
        assert_eq!(bare, book.order_no);
        assert_eq!(minor_from_yuan(&row[amount]), Ok(book.amount_minor));
    }
    assert!(guarded > 10);
    assert_eq!(rows.len(), world.rows.len() + world.refused_rows.len());
    for refused in world.rejections() {
        let row = &rows[usize::try_from(refused.line - 2).expect("a line")];
        assert_eq!(&row[number], refused.order_no);
        let planted = world.planted().iter().find(|item| item.key.order_no == refused.order_no);
        assert!(planted.is_none_or(|item| item.kind == DiscrepancyType::RefusedAtMerchant));
    }
}

#[test]
fn listings_hold_what_was_paid_on_the_asked_days_in_order() {
    let world = world(3, 900);
    let date = world.date();
    let count = |from: i64, to: i64| {
        let (from, to) = (date.plus_days(from), date.plus_days(to));
        let listed = world.listed(QUICK, from, to);
        let times: Vec<_> =
            listed.iter().map(|index| world.trade_at(*index).expect("a trade").paid_at).collect();
        assert!(times.is_sorted());
        for paid_at in times {
            let paid = DAY.date_of(paid_at.expect("paid"));
            assert!((from..=to).contains(&paid));
        }
        listed.len()
    };
    assert!(count(0, 0) > 200);
    assert_eq!(count(1, 1), 2, "two cross midnight");
    assert_eq!(count(-1, -1), 1, "one was paid before it");
    assert_eq!(count(-1, 1), count(0, 0) + 3);
    assert_eq!(count(5, 9), 0);
}

#[test]
fn refunds_exceed_their_payment_only_where_that_is_planted() {
    type Refunds<'a> = (i64, Vec<(Timestamp, &'a str)>);

    let world = whole(2);
    let over: BTreeSet<&str> = world
        .planted()
        .iter()
        .filter(|item| item.kind == DiscrepancyType::OverRefund)
        .map(|item| &*item.key.order_no)
        .collect();
    assert_eq!(over.len(), 4);
    let mut refunded: BTreeMap<&str, Refunds<'_>> = BTreeMap::new();
    for row in world.rows.iter().filter(|row| row.lane.is_refund()) {
        let (sum, refunds) = refunded.entry(&row.original_order_no).or_default();
        if row.status == MerchantStatus::Succeeded {
            *sum += row.amount_minor;
        }
        refunds.push((row.created_at, &row.order_no));
    }
    assert!(refunded.len() > 20);
    for (payment, (sum, mut refunds)) in refunded {
        let mut payments = world.rows.iter().filter(|row| row.order_no == payment);
        refunds.sort_unstable();
        let (_, last) = refunds.last().expect("a refund");
        let payment = payments.find(|row| !row.lane.is_refund()).expect("the refunded payment");
        assert_eq!(payment.status, MerchantStatus::Succeeded);
        assert_eq!(sum > payment.amount_minor, over.contains(last), "{}", payment.order_no);
    }
}

#[test]
fn a_world_without_planting_has_nothing_to_find_and_its_faults_strike_where_they_should() {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    let calm = WorldSettings { orders: 50, planted: false, ..WorldSettings::payments(date) };
    let world = World::make(calm.clone()).expect("a world");
    assert_eq!(world.planted(), []);
    assert_eq!(world.rejections(), []);
    let order_no = world.trades[3].order_no.clone();
    let account = world.trades[3].lane.account.to_owned();
    let at = FaultAt { fault: Fault::Html, account: account.clone(), order_no };
    let world = World::make(WorldSettings { faults: vec![at.clone()], ..calm.clone() });
    let world = world.expect("a world");
    let struck: Vec<usize> =
        (0..world.trades.len()).filter(|index| world.trades[*index].fault == Fault::Html).collect();
    assert_eq!(struck, [3]);
    assert_eq!(world.account_fault(&account), Fault::None);
    let everywhere = FaultAt { order_no: String::new(), ..at };
    let world = World::make(WorldSettings { faults: vec![everywhere], ..calm }).expect("a world");
    assert_eq!(world.account_fault(&account), Fault::Html);
    assert_eq!(world.account_fault("nobody"), Fault::None);
}

#[test]
fn a_world_file_with_names_that_nobody_has_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("world.toml");
    for (lines, problem) in [
        ("accounts = [\"mmsp-old\"]", "there is no account mmsp-old"),
        ("down = [\"mmsp\"]", "there is no account mmsp"),
        ("lanes = [\"quick\"]", "there is no lane quick"),
        ("accounts = [\"icashier-main\"]\nlanes = [\"payout\"]", "nothing to trade"),
        ("[[fault]]\nfault = \"html\"\naccount = \"a\"", "there is no account a"),
        ("[[fault]]\nfault = \"bad\"\naccount = \"mmsp-main\"", "unknown variant"),
    ] {
        let text = format!("seed = 1\norders = 10\ndate = \"2026-11-20\"\n{lines}\n");
        std::fs::write(&path, text).expect("written");
        let refused = WorldSettings::read(&path).expect_err(lines).to_string();
        assert!(refused.contains(problem), "{refused}");
    }
}

#[cfg(unix)]
#[test]
fn written_keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().expect("a folder");
    let address = "127.0.0.1:18080".parse().expect("an address");
    let files = world(1, 600).write_files(dir.path(), address).expect("written");
    for key in ["secrets/mmsp.key", "secrets/xxpay.key"] {
        let mode = std::fs::metadata(dir.path().join(key)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    assert!(files.orders.ends_with("orders/2026-11-20.csv"));
    let config = std::fs::read_to_string(files.config).expect("readable");
    let config: toml::Table = config.parse().expect("TOML");
    let accounts = config["account"].as_array().expect("accounts");
    assert_eq!(accounts[0]["openapi_url"].as_str(), Some("http://127.0.0.1:18080/mmsp/openapi"));
    assert_eq!(accounts[1]["base_url"].as_str(), Some("http://127.0.0.1:18080/xxpay"));
}
