//! Goal: every order of a file arrives as it was meant, and every other row is refused by name.
//! Method: sample files with their expected reading, and random orders written in random layouts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::config::{AmountUnit, OrderSettings};
use duizhang::intake::{
    IntakeError, KnownAccount, OrdersRead, OrdersRequest, examine_orders, read_orders,
};
use duizhang::money::yuan;
use duizhang::order::{Order, Rejection};
use duizhang::status::{Kind, MerchantStatus};

mod dresses;
mod layouts;
mod measure;

/// 2026-11-21 04:00 in Beijing.
const NOW: Timestamp = Timestamp::from_epoch_seconds(1_795_204_800);

fn our_settings() -> OrderSettings {
    OrderSettings::default()
}

fn accounts() -> Vec<KnownAccount> {
    let account = |name: &str, lanes: &[(Kind, &str)]| KnownAccount {
        name: name.to_owned(),
        lanes: lanes.iter().map(|(kind, product)| (*kind, (*product).to_owned())).collect(),
    };
    vec![
        account("zhangxun-main", &[(Kind::Payment, ""), (Kind::Payout, "")]),
        account(
            "mmsp-main",
            &[
                (Kind::Payment, "quick"),
                (Kind::Payment, "gateway"),
                (Kind::Payment, "scan"),
                (Kind::Payout, "payout"),
            ],
        ),
        account("icashier-main", &[(Kind::Payment, "")]),
        account("lhxpay-main", &[(Kind::Payment, ""), (Kind::Payout, "")]),
        account("xxpay-main", &[(Kind::Payment, ""), (Kind::Payout, ""), (Kind::Refund, "")]),
    ]
}

/// What a file came to, everything read.
struct Intake {
    read: OrdersRead,
    orders: Vec<Order>,
    rejections: Vec<Rejection>,
}

fn intake(path: &Path, settings: &OrderSettings) -> Result<Intake, IntakeError> {
    let spool = tempfile::tempdir().unwrap();
    let accounts = accounts();
    let name = path.file_name().unwrap().to_str().unwrap();
    let request = OrdersRequest {
        path,
        name,
        settings,
        business_day: BusinessDay::BEIJING,
        accounts: &accounts,
        business_date: BusinessDate::parse("2026-11-20").unwrap(),
        now: NOW,
        spool: spool.path(),
    };
    let mut read = read_orders(&request, &examine_orders(&request)?)?;
    let orders: Vec<_> = read.orders.by_ref().map(Result::unwrap).collect();
    let rejections: Vec<_> = read.rejections.by_ref().map(Result::unwrap).collect();
    let rejected = u64::try_from(rejections.len()).unwrap();
    let kept = u64::try_from(orders.len()).unwrap() + read.repeated.count();
    assert_eq!(u64::try_from(read.file.rows).unwrap(), kept + rejected, "no row is lost");
    assert_eq!((read.read, read.file.rejected), (kept, i64::try_from(rejected).unwrap()));
    Ok(Intake { read, orders, rejections })
}

fn intake_bytes(bytes: &[u8]) -> Result<Intake, IntakeError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.csv");
    std::fs::write(&path, bytes).unwrap();
    intake(&path, &our_settings())
}

#[test]
fn every_sample_is_read_as_expected() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/orders");
    let mut samples: Vec<PathBuf> =
        std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    samples.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    assert!(samples.len() >= 5);
    for path in samples {
        let settings = settings_beside(&path);
        let found = text_of(&intake(&path, &settings).unwrap());
        let expected_path = path.with_extension("expected.txt");
        if is_updating() {
            std::fs::write(&expected_path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_path).unwrap();
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[expect(clippy::disallowed_methods, reason = "a person asks for new expectations this way")]
pub(crate) fn is_updating() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok()
}

/// `[orders]` of the `.toml` beside a sample.
fn settings_beside(path: &Path) -> OrderSettings {
    let mut settings = our_settings();
    let Ok(text) = std::fs::read_to_string(path.with_extension("toml")) else { return settings };
    let table: toml::Table = text.parse().unwrap();
    let orders = table["orders"].as_table().unwrap();
    let texts = |key: &str| {
        let table = orders.get(key).and_then(toml::Value::as_table).into_iter().flatten();
        table.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
    };
    let unit = orders.get("amount_unit").and_then(toml::Value::as_str).unwrap_or("yuan");
    settings.amount_unit = AmountUnit::from_code(unit).unwrap();
    settings.columns = texts("columns").map(|(ours, theirs)| (ours, vec![theirs])).collect();
    settings.statuses = texts("statuses")
        .map(|(theirs, ours)| (theirs, MerchantStatus::from_code(&ours).unwrap()))
        .collect();
    settings
}

/// A reading as text, one line for each order and rejection.
fn text_of(intake: &Intake) -> String {
    let file = &intake.read.file;
    let mut text = format!(
        "{}: {} rows, {} read, {} repeated, {} rejected, {}\n",
        file.name,
        file.rows,
        intake.read.read,
        intake.read.repeated.count(),
        file.rejected,
        file.encoding
    );
    let time = |moment: Option<Timestamp>| {
        moment.map_or_else(|| "-".to_owned(), |moment| BusinessDay::BEIJING.text(moment))
    };
    let word = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    for order in &intake.orders {
        let stream = &order.key.stream;
        writeln!(
            text,
            "line {} order {}/{}/{} {} #{} of {}: {} {} {}, created {}, paid {}, fee {}, \
             provider's {}, original {}",
            order.line,
            stream.account,
            stream.kind,
            stream.product,
            order.key.order_no,
            order.occurrence,
            order.business_date,
            yuan(order.amount.minor),
            order.amount.currency,
            order.status,
            time(order.created_at),
            time(order.paid_at),
            order.fee_minor.map_or_else(|| "-".to_owned(), yuan),
            word(&order.provider_order_no),
            word(&order.original_order_no),
        )
        .unwrap();
    }
    for row in &intake.rejections {
        writeln!(
            text,
            "line {} refused: {}, column {}, value {:?}, order {}",
            row.line,
            row.reason,
            word(&row.column),
            row.value,
            word(&row.order_no),
        )
        .unwrap();
    }
    text
}

const HEADER: &str = "account,kind,order_no,amount,status,paid_at\n";

#[test]
fn a_file_with_only_a_header_is_a_day_without_orders() {
    for header in [HEADER.to_owned(), HEADER.trim_end().to_owned(), format!("\u{feff}{HEADER}\r\n")]
    {
        let intake = intake_bytes(header.as_bytes()).unwrap();
        assert_eq!((intake.read.file.rows, intake.orders.len()), (0, 0), "{header:?}");
    }
}

#[test]
fn a_file_that_is_none_says_what_to_do() {
    let table: &[(&[u8], &str)] = &[
        (b"", "orders.csv is empty, not even a header"),
        (b"\xEF\xBB\xBF", "orders.csv is empty, not even a header"),
        (b"\xFF\xFEa\0", "orders.csv has no column for account, kind"),
        (b"{\"code\":1}", "orders.csv is JSON: it is what an interface answered"),
        (b"a,b\n1,2\n", "[orders.columns]\naccount ="),
    ];
    for (bytes, expected) in table {
        let error = intake_bytes(bytes).err().expect("an error").to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = intake(Path::new("/nonexistent/orders.csv"), &our_settings()).err();
    assert!(error.expect("an error").to_string().contains("cannot open orders.csv"));
}

#[test]
fn the_digest_changes_with_the_file_and_with_how_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.csv");
    let row = "icashier-main,payment,A1,1.00,succeeded,2026-11-20 08:00:00\n";
    std::fs::write(&path, format!("{HEADER}{row}")).unwrap();
    let known = accounts();
    let settings = our_settings();
    let request = OrdersRequest {
        path: &path,
        name: "orders.csv",
        settings: &settings,
        business_day: BusinessDay::BEIJING,
        accounts: &known,
        business_date: BusinessDate::parse("2026-11-20").unwrap(),
        now: NOW,
        spool: dir.path(),
    };
    let first = examine_orders(&request).unwrap().digest;
    assert_eq!(first.len(), 64);
    // Neither the moment nor the date of the import is a way of reading.
    let later = OrdersRequest { now: NOW.plus_seconds(3_600), ..request };
    assert_eq!(examine_orders(&later).unwrap().digest, first);
    let in_fen = OrderSettings { amount_unit: AmountUnit::Fen, ..our_settings() };
    let fewer = &known[1..];
    let other_zone = BusinessDay { timezone: chrono_tz::Asia::Tokyo, ..BusinessDay::BEIJING };
    for other in [
        OrdersRequest { settings: &in_fen, ..request },
        OrdersRequest { accounts: fewer, ..request },
        OrdersRequest { business_day: other_zone, ..request },
    ] {
        assert_ne!(examine_orders(&other).unwrap().digest, first);
    }
    std::fs::write(&path, format!("{HEADER}{row}{row}")).unwrap();
    assert_ne!(examine_orders(&request).unwrap().digest, first);
}

#[test]
fn a_file_that_is_still_being_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.csv");
    std::fs::write(&path, HEADER).unwrap();
    let (known, settings) = (accounts(), our_settings());
    let request = OrdersRequest {
        path: &path,
        name: "orders.csv",
        settings: &settings,
        business_day: BusinessDay::BEIJING,
        accounts: &known,
        business_date: BusinessDate::parse("2026-11-20").unwrap(),
        now: NOW,
        spool: dir.path(),
    };
    let examined = examine_orders(&request).unwrap();
    std::fs::write(&path, format!("{HEADER}icashier-main,payment,A1,1.00,succeeded,2026-11-20\n"))
        .unwrap();
    let error = read_orders(&request, &examined).err().expect("an error");
    assert!(matches!(error, IntakeError::Changed { .. }), "{error}");
}
