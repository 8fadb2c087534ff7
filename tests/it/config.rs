//! Goal: whatever is wrong in `duizhang.toml` is said with its line and what to do, and nothing of a
//! secret is ever said. Method: shipped files, a table of broken files with their exact messages, and
//! every key of the sample misspelled in turn. The providers are stand-ins with the settings of the
//! contract, so that these tests are about configuration only.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use duizhang::config::calendar::Calendar;
use duizhang::config::{Config, ConfigErrors, load_with};
use toml::de::{DeTable, DeValue};

mod stand_in;

use stand_in::PROVIDERS;

const SAMPLE: &str = include_str!("../../samples/duizhang.toml");
const CALENDAR: &str = include_str!("../../samples/calendar-2026.toml");

/// The value of every secret in these tests.
const SECRET: &str = "s3cr3t-that-must-not-show";

/// A small configuration without problems.
const SMALL: &str = r#"[ledger]
url = "sqlite://var/ledger.db"

[orders]
csv = "orders/{date}.csv"

[[account]]
name = "till"
provider = "icashier"
base_url = "http://127.0.0.1:1/icashier"
mer_id = "100200300"
key = { env = "TILL_KEY" }
"#;

/// A folder with the files that the sample names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("secrets")).expect("a folder");
    write(folder.path(), "calendar-2026.toml", CALENDAR);
    for name in ["mmsp_merchant.pem", "mmsp_platform.pem"] {
        write_secret(folder.path(), &format!("secrets/{name}"), SECRET);
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

fn write_secret(folder: &Path, name: &str, text: &str) {
    write(folder, name, text);
    set_mode(&folder.join(name), 0o600);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) {}

/// Every variable is set, but for those whose names begin with `UN`.
fn environment(name: &str) -> Option<String> {
    match name {
        "EMPTY" => Some("  ".to_owned()),
        name if name.starts_with("UN") => None,
        _ => Some(format!("{SECRET}\n")),
    }
}

fn load_in(folder: &Path, text: &str) -> Result<Config, ConfigErrors> {
    write(folder, "duizhang.toml", text);
    load_with(&folder.join("duizhang.toml"), &environment, &PROVIDERS)
}

/// The messages, with the folder left out.
fn messages(folder: &Path, text: &str) -> String {
    let Err(errors) = load_in(folder, text) else { panic!("no problem in:\n{text}") };
    let messages_text = errors.to_string().replace(&format!("{}/", folder.display()), "");
    assert!(
        !messages_text.contains(SECRET) && !format!("{errors:?}").contains(SECRET),
        "{messages_text}"
    );
    messages_text
}

fn digest(folder: &Path, text: &str) -> String {
    load_in(folder, text).map(|config| config.digest).expect(text)
}

#[test]
fn the_sample_loads_without_warning() {
    let folder = folder();
    let config = load_in(folder.path(), SAMPLE).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.warnings, []);
    let names: Vec<&str> =
        config.accounts.iter().map(|account| account.account.name.as_str()).collect();
    assert_eq!(names, ["icashier-main", "lhxpay-main", "mmsp-main", "xxpay-main", "zhangxun-main"]);
    let zhangxun = config.accounts.last().expect("an account");
    assert_eq!(zhangxun.fees.len(), 3);
    let ledger = folder.path().join("var/ledger.db");
    assert_eq!(config.ledger_url, format!("sqlite://{}", ledger.display()));
    assert_eq!(config.reports.dir, folder.path().join("var/reports"));
    assert_eq!(config.archive.retention_days, 400);
    assert_eq!(config.ledger_retention_days, None);
    assert_eq!(config.digest.len(), 64);
}

#[test]
fn the_sample_states_the_defaults() {
    let folder = folder();
    let sample = load_in(folder.path(), SAMPLE).expect("the sample");
    let small = load_in(folder.path(), SMALL).expect("a configuration");
    assert_eq!(sample.ledger_url, small.ledger_url);
    assert_eq!(sample.business_day, small.business_day);
    assert_eq!(sample.reports, small.reports);
    assert_eq!(sample.orders, small.orders);
    assert_eq!(sample.matching, small.matching);
    assert_eq!(sample.severity, small.severity);
    assert_eq!(sample.archive, small.archive);
    let limits = |config: &Config| config.accounts.last().map(|account| account.account.limits);
    assert_eq!(limits(&sample), limits(&small));
}

#[test]
fn the_shipped_calendar_has_the_days_of_the_notices() {
    let folder = folder();
    let calendar = Calendar::read(&folder.path().join("calendar-2026.toml")).expect("a calendar");
    let table = [
        ("2026-02-16", Some(false)),
        ("2026-02-14", Some(true)),
        ("2026-10-10", Some(true)),
        ("2026-10-11", Some(false)),
        ("2026-11-20", Some(true)),
        ("2025-10-08", Some(false)),
        ("2027-01-04", None),
    ];
    for (day, expected) in table {
        assert_eq!(calendar.is_workday(day.parse().expect(day)), expected, "{day}");
    }
}

#[test]
fn every_key_of_the_sample_is_reported_when_it_is_misspelled() {
    let folder = folder();
    let mut spans = Vec::new();
    let table = DeTable::parse(SAMPLE).expect("the sample");
    key_spans(table.get_ref(), &mut spans);
    assert!(spans.len() > 70, "{}", spans.len());
    for span in spans {
        let key = &SAMPLE[span.clone()];
        for (wrong, exact) in misspellings(key) {
            let mut text = SAMPLE.to_owned();
            text.replace_range(span.clone(), &wrong);
            let line = SAMPLE[..span.start].matches('\n').count() + 1;
            let messages_text = messages(folder.path(), &text);
            let here = |message: &&str| message.starts_with(&format!("duizhang.toml:{line}:"));
            let names = [format!("{wrong:?}"), format!("[{wrong}]")];
            let message = messages_text
                .lines()
                .filter(here)
                .find(|message| names.iter().any(|name| message.contains(name)));
            let message =
                message.unwrap_or_else(|| panic!("{wrong} in line {line}:\n{messages_text}"));
            let meant = if exact { key } else { "did you mean" };
            assert!(message.contains("unknown") && message.contains(meant), "{message}");
            assert!(message.contains("did you mean"), "{message}");
        }
    }
}

/// Misspellings of a key, and whether only this key can be meant.
fn misspellings(key: &str) -> Vec<(String, bool)> {
    let (first, last) = key.split_at(1);
    let end = key.chars().last().expect("a key");
    let cut = key.strip_suffix(end).expect("a key");
    let mut swapped: Vec<char> = key.chars().collect();
    swapped.swap(0, 1);
    vec![
        (format!("{key}{end}"), true),
        (swapped.into_iter().collect(), true),
        (format!("{first}q{last}"), true),
        (format!("z{last}"), false),
        (cut.to_owned(), false),
    ]
}

fn key_spans(table: &DeTable<'_>, spans: &mut Vec<std::ops::Range<usize>>) {
    for (key, value) in table {
        spans.push(key.span());
        match value.get_ref() {
            DeValue::Table(table) => key_spans(table, spans),
            DeValue::Array(list) => {
                list.iter().filter_map(|item| item.get_ref().as_table()).for_each(|table| {
                    key_spans(table, spans);
                });
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }
}

/// Each case of `broken.txt` is `SMALL` with one text replaced, and what is then said. With
/// `UPDATE_EXPECT=1` the file is written anew, to be read in the diff.
#[test]
fn a_broken_file_says_what_is_wrong_and_what_to_do() {
    let folder = folder();
    write(folder.path(), "empty.key", "\n");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/config/broken.txt");
    let cases = std::fs::read_to_string(&golden).expect("the cases");
    let mut parts = cases.split("\n=== ");
    let mut found = parts.next().expect("a title").to_owned();
    for case in parts {
        let (change, _) = case.split_once("\n---\n").expect(case);
        let (from, to) = change.split_once("\n>>>\n").expect(case);
        assert!(SMALL.contains(from), "{from}");
        let messages_text = messages(folder.path(), &SMALL.replacen(from, to, 1));
        writeln!(found, "\n=== {change}\n---\n{messages_text}").expect("a string grows");
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&golden, &found).expect("the cases");
    }
    assert_eq!(found, cases);
}

#[test]
fn every_problem_is_reported_in_the_order_of_the_lines() {
    let folder = folder();
    let text = SMALL.replace("sqlite:", "mysql:").replace("csv =", "cvs =").replace("TILL", "UN");
    let messages_text = messages(folder.path(), &text);
    let lines: Vec<&str> =
        messages_text.lines().map(|line| line.split(' ').next().expect(line)).collect();
    assert_eq!(lines, ["duizhang.toml:2:7:", "duizhang.toml:5:1:", "duizhang.toml:12:15:"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = folder();
    let path = folder.path().join("nowhere.toml");
    let Err(errors) = load_with(&path, &environment, &PROVIDERS) else { panic!("it was read") };
    let expected = format!(
        "{}: cannot be read: there is no such file; name it with --config, or make one with \
         `duizhang init`",
        path.display()
    );
    assert_eq!(errors.to_string(), expected);
    std::fs::write(&path, b"[ledger]\nurl = \"\xC4\xE3\"\n").expect("a file");
    let Err(errors) = load_with(&path, &environment, &PROVIDERS) else { panic!("it was read") };
    let expected = ":2:8: the file is not UTF-8 text from here on; save it as UTF-8";
    assert!(errors.to_string().ends_with(expected), "{errors}");
}

#[test]
fn a_byte_order_mark_is_no_problem() {
    let folder = folder();
    let text = format!("\u{feff}{SMALL}");
    assert!(load_in(folder.path(), &text).is_ok());
    let messages_text = messages(folder.path(), &text.replace("[ledger]", "[legder]"));
    assert_eq!(
        messages_text,
        "duizhang.toml:1:2: unknown section [legder]; did you mean [ledger]?"
    );
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_everybody_can_read_is_a_warning() {
    let folder = folder();
    write(folder.path(), "till.key", SECRET);
    let text = SMALL.replace("{ env = \"TILL_KEY\" }", "{ file = \"till.key\" }");
    set_mode(&folder.path().join("till.key"), 0o644);
    let warnings = load_in(folder.path(), &text).map(|config| config.warnings).expect("loads");
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].ends_with(
            "duizhang.toml:12:16: file in key of [[account]] \"till\" is till.key, which every \
             user can read; run chmod 600 till.key"
        ),
        "{warnings:?}"
    );
    set_mode(&folder.path().join("till.key"), 0o640);
    let warnings = load_in(folder.path(), &text).map(|config| config.warnings);
    assert_eq!(warnings, Ok(Vec::new()));
}

#[test]
fn a_fee_rule_for_what_the_account_does_not_do_is_a_warning() {
    let folder = folder();
    let fees = r#"fees = [
    { kind = "payment", product = "scan", rate = "0.0038" },
    { kind = "payment", product = "sacn", rate = "0.0038" },
    { kind = "refund", fixed = "1.00" },
]
"#;
    let config = load_in(folder.path(), &format!("{SMALL}{fees}")).expect("a configuration");
    let what: Vec<&str> = config.warnings.iter().map(|warning| warning.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "fees in [[account]] \"till\" has rule 2 for payment \"sacn\"",
            "fees in [[account]] \"till\" has rule 3 for refund",
        ]
    );
}

#[test]
fn a_ledger_url_may_be_a_secret_and_its_path_is_made_absolute() {
    let folder = folder();
    let base = folder.path().display().to_string();
    write_secret(folder.path(), "ledger.url", "postgres://user:word@host/db\n");
    let table = [
        ("\"sqlite://ledger.db\"", format!("sqlite://{base}/ledger.db")),
        ("\"sqlite:./ledger.db?cache=shared\"", format!("sqlite://{base}/ledger.db?cache=shared")),
        ("\"sqlite:///srv/ledger.db\"", "sqlite:///srv/ledger.db".to_owned()),
        ("\"postgres://user@host/db\"", "postgres://user@host/db".to_owned()),
        ("{ file = \"ledger.url\" }", "postgres://user:word@host/db".to_owned()),
    ];
    for (url, expected) in table {
        let text = SMALL.replace("\"sqlite://var/ledger.db\"", url);
        let found = load_in(folder.path(), &text).map(|config| config.ledger_url);
        assert_eq!(found, Ok(expected), "{url}");
    }
}

#[test]
fn orders_may_come_from_a_database_instead() {
    let folder = folder();
    write(folder.path(), "orders.sql", "SELECT 1");
    let database = "database = { url = { env = \"SHOP_DB\" }, query = \"orders.sql\" }";
    let text = SMALL.replace("csv = \"orders/{date}.csv\"", database);
    let config = load_in(folder.path(), &text).expect("a configuration");
    let database = config.orders.database.expect("a database");
    assert_eq!(database.url.expose(), SECRET);
    assert_eq!(database.query, folder.path().join("orders.sql"));
    assert_eq!(config.orders.csv, None);
}

#[test]
fn a_foreign_layout_is_mapped() {
    let folder = folder();
    let layout = r#"amount_unit = "fen"

[orders.columns]
order_no = "订单号"

[orders.statuses]
"已支付" = "succeeded"
"成功" = "succeeded"
"#;
    let text = SMALL.replace("\n[[account]]", &format!("{layout}\n[[account]]"));
    let orders = load_in(folder.path(), &text).map(|config| config.orders).expect("a layout");
    assert_eq!(orders.amount_unit.code(), "fen");
    assert_eq!(orders.columns.get("order_no").map(Vec::as_slice), Some(&["订单号".to_owned()][..]));
    assert_eq!(orders.statuses.len(), 2);
}

/// What can change a report changes the digest; what cannot, does not.
#[test]
fn the_digest_changes_with_what_can_change_a_report() {
    let folder = folder();
    let base = digest(folder.path(), SMALL);
    let add = |text: &str| format!("{SMALL}{text}");
    let same = [
        SMALL.replace("var/ledger.db", "other.db"),
        SMALL.replace("[ledger]", "[ledger]\nretention_days = 90"),
        SMALL.replace("TILL_KEY", "OTHER_KEY"),
        // Where a platform is reached does not change what it says.
        SMALL.replace("127.0.0.1:1/", "127.0.0.1:2/"),
        SMALL.replace("[ledger]", "# a comment\n[ledger]"),
        add(
            "rate_limit = 5\nconcurrency = 1\ntimeout = \"5s\"\nretries = 0\nmax_answer = \"1MiB\"\n\
             ask_during_day = true\n",
        ),
        add("[reports]\ndir = \"elsewhere\"\nlanguage = \"zh\"\n"),
        add("[archive]\ndir = \"elsewhere\"\nretention_days = 30\n"),
        add(
            "[archive]\nencrypt_to = [\"age1u357qdx97c00wxmuhce70uwavf8a5fcucy8dcmxfpcm65hmruenqprfau2\"]\n",
        ),
        add("[matching]\ntiming_window = \"1d\"\namount_tolerance = \"0\"\nlook_back = 3\n"),
        add("[matching]\nask_until = 30\nsecond_look = [7, 3]\n"),
        add("[severity]\nhigh = { amount = \"10000\", age = \"72h\" }\n"),
    ];
    for text in same {
        assert_eq!(digest(folder.path(), &text), base, "{text}");
    }
    let other = [
        add("not_found = [\"E404\"]\n"),
        add("fees = [{ kind = \"payout\", fixed = \"2.00\" }]\n"),
        add("fees = [{ kind = \"payout\", fixed = \"2.00\", from = \"2026-01-01\" }]\n"),
        add("fees = [{ kind = \"payout\", fixed = \"2.00\", min = \"2.00\" }]\n"),
        add("fees = [{ kind = \"payout\", fixed = \"2.00\", max = \"2.00\" }]\n"),
        add("[matching]\ntiming_window = \"25h\"\n"),
        add("[matching]\nlook_back = 4\n"),
        add("[matching]\nask_until = 31\n"),
        add("[matching]\nsecond_look = []\n"),
        add("[matching]\nsecond_look = [3]\n"),
        add("[matching]\nspot_checks = 49\n"),
        add("[severity]\nhigh = { amount = \"20000\" }\n"),
        add("[severity]\nmedium = { age = \"2d\" }\n"),
        add("[matching]\namount_tolerance = \"0.01\"\n"),
        add("[reports]\nlanguage = \"en\"\n"),
        add("[reports]\nencoding = \"utf-8\"\n"),
        add("[reports]\nlong_id_guard = \"none\"\n"),
        add("[business_day]\ncutoff = \"04:00\"\n"),
        add("[business_day]\ntimezone = \"Asia/Taipei\"\n"),
        add("[business_day]\ncalendar = \"calendar-2026.toml\"\n"),
        add("[orders.columns]\norder_no = \"订单号\"\n"),
        add("[orders.statuses]\n\"完成\" = \"succeeded\"\n"),
        SMALL.replace("csv =", "amount_unit = \"fen\"\ncsv ="),
        SMALL.replace("orders/{date}", "{date}"),
        SMALL.replace("\"till\"", "\"tills\""),
        SMALL.replace("100200300", "100200301"),
    ];
    let mut seen = BTreeSet::from([base]);
    for text in other {
        assert!(seen.insert(digest(folder.path(), &text)), "{text}");
    }
}
