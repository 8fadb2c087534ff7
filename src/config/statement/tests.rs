//! `[account.statement]` as people write it.

use super::*;
use crate::config::{Config, ConfigErrors, load};

fn loaded(statement: &str) -> Result<Config, ConfigErrors> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("duizhang.toml");
    let text = format!(
        "[ledger]\nurl = \"sqlite://ledger.db\"\n[orders]\ncsv = \"{{date}}.csv\"\n[[account]]\n\
         name = \"till\"\nprovider = \"icashier\"\nbase_url = \"http://127.0.0.1:1\"\n\
         mer_id = \"100200300\"\nkey = {{ env = \"KEY\" }}\n{statement}"
    );
    std::fs::write(&path, text).expect("written");
    load(&path, &|_| Some("0123456789abcdef0123456789abcdef".to_owned()))
}

const COLUMNS: &str = "[account.statement.columns]\norder_no = \"单号\"\namount = [\"金额\", \"订单金额\"]\n\
                       paid_at = \"时间\"\n";

fn settings(statement: &str) -> StatementSettings {
    let config = loaded(statement).unwrap_or_else(|errors| panic!("{errors}"));
    config.accounts.into_iter().find_map(|account| account.statement).expect("settings")
}

#[test]
fn a_query_stands_for_a_file_and_may_name_the_accounts_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let query = folder.path().join("bill.sql");
    std::fs::write(&query, "SELECT 1").expect("written");
    let query = query.display();
    let database = format!("database = {{ url = {{ env = \"DB\" }}, query = \"{query}\" }}\n");
    let found = settings(&format!("[account.statement]\n{database}kind = \"payment\"\n"));
    let asked = found.database.expect("a database");
    assert_eq!(asked.named["mer_id"], "100200300");
    assert!(!asked.named.contains_key("key"), "a secret is never bound");
    assert_eq!(found.columns["order_no"], ["order_no"]);
    assert!(!found.columns.contains_key("kind") && !found.columns.contains_key("amount_in"));
    for beside in ["file = \"{date}.csv\"\n", "[account.statement.columns]\norder_no = \"单号\"\n"]
    {
        let text = format!("[account.statement]\n{database}{beside}");
        let errors = loaded(&text).map(|_| ()).expect_err("refused").to_string();
        assert!(errors.contains("stands beside database"), "{errors}");
    }
}

#[test]
fn a_table_with_everything_is_read() {
    let text = format!(
        "[account.statement]\namount_unit = \"fen\"\noutflows = \"negative\"\nfrom = \"自\"\nto = \"迄\"\n\
         {COLUMNS}kind = \"类型\"\nstatus = \"状态\"\nfee = \"手续费\"\n[account.statement.kinds]\n\
         \"收\" = \"payment\"\n\"提现\" = \"settlement\"\n\"冻结\" = \"ignored\"\n\
         [account.statement.statuses]\n\"成功\" = \"succeeded\"\n[account.statement.totals]\n\
         \"笔数\" = \"count\"\n\"退款\" = \"refund.amount\"\n\"合计\" = \"ignored\"\n"
    );
    let found = settings(&text);
    assert_eq!((found.amount_unit, found.kind, found.product), (AmountUnit::Fen, None, None));
    assert_eq!((found.outflows, found.fees), (Sign::Negative, Sign::Negative));
    assert_eq!((found.from.as_deref(), found.to.as_deref()), (Some("自"), Some("迄")));
    assert_eq!(found.columns["amount"], ["金额", "订单金额"]);
    assert_eq!(found.kinds["提现"], RowKind::Settlement);
    assert_eq!(found.statuses["成功"], ProviderStatus::Succeeded);
    let totals: Vec<_> = found.totals.values().map(ToString::to_string).collect();
    assert_eq!(totals, ["ignored", "count", "refund.amount"]);
}

#[test]
fn what_is_wrong_is_reported_with_what_to_write() {
    let with = |more: &str| format!("[account.statement]\n{more}{COLUMNS}");
    let payment = "kind = \"payment\"\n";
    let table = [
        (with(""), "has no kind; add kind = \"payment\", or kind to its columns"),
        (with("knid = \"payment\"\n"), "did you mean \"kind\"?"),
        (with("kind = \"paymant\"\n"), "did you mean \"payment\"?"),
        (with("kind = \"payout\"\n"), "not a kind of which the account has orders"),
        (with("kind = \"payment\"\nproduct = \"scan\"\n"), "the account has no products"),
        (with("kind = \"payment\"\noutflows = \"minus\"\n"), "not one of positive, negative"),
        (with("kind = \"payment\"\nfrom = \" \"\n"), "not a label"),
        (with(payment) + "kind = \"类型\"\n", "stands beside the column kind; keep one of them"),
        (with(payment) + "fee = 3\n", "not a list of texts"),
        (with(payment) + "fee = []\n", "names no column"),
        (with(payment) + "fees = \"手续费\"\n", "did you mean \"fee\"?"),
        (
            with(payment) + "[account.statement.kinds]\n\"收\" = \"payment\"\n",
            "has words of a column that is not named; add kind to its columns",
        ),
        (
            with(payment)
                + "status = \"状态\"\n[account.statement.statuses]\n\"无\" = \"not_found\"\n",
            "not one of pending, succeeded, failed, refunded, returned, held",
        ),
        (
            with(payment)
                + "status = \"状态\"\n[account.statement.statuses]\nsucceeded = \"成功\"\n",
            "is one of our words; write the file's word first, then ours",
        ),
        (
            with(payment)
                + "status = \"状态\"\n[account.statement.statuses]\n\"OK\" = \"failed\"\n\"ok\" = \"held\"\n",
            "stands there twice, in another spelling",
        ),
        (
            with(payment) + "[account.statement.totals]\n\"和\" = \"amonut\"\n",
            "did you mean \"amount\"?",
        ),
        (
            with(payment) + "[account.statement.totals]\n\"和\" = \"payment.sum\"\n",
            "a total whose figure is",
        ),
        (
            with(payment) + "[account.statement.totals]\n\"和\" = \"fee\"\n",
            "there is no column fee; add fee to its columns",
        ),
        (
            "[account.statement]\nkind = \"payment\"\n".to_owned(),
            "has no order_no; add order_no = \"商户订单号\"",
        ),
    ];
    check_messages(&table);
}

#[test]
fn what_is_wrong_with_a_form_is_reported() {
    let with = |more: &str| format!("[account.statement]\n{more}{COLUMNS}");
    let table = [
        (with("kind = \"payment\"\nform = \"fixd\"\n"), "did you mean \"fixed\"?"),
        (with("kind = \"payment\"\nform = \"fixed\"\n"), "has no fixed; add fixed = { \"orderId\""),
        (
            with("kind = \"payment\"\nform = \"mt940\"\nsheet = \"a\"\n"),
            "no meaning in a bill of form mt940",
        ),
        (
            with("kind = \"payment\"\nform = \"fixed\"\nfixed = { a = [1] }\n"),
            "write its first byte, from 1, and how many it has",
        ),
        (
            with("kind = \"payment\"\ntags = { SB = \"row\" }\n"),
            "stands there, and the form is table; leave it out, or write form = \"tagged\"",
        ),
        (
            with(
                "kind = \"payment\"\nform = \"tagged\"\ntags = { SF = [\"sectoin\", \"rows\"] }\n",
            ),
            "did you mean \"section\"?",
        ),
        (with("kind = \"payment\"\ndate_in_name = \"INN\"\n"), "without a date; write for example"),
        (with("kind = \"payment\"\nzones = { CST = \"Shanghai\" }\n"), "CST"),
        (with("kind = \"payment\"\n") + "net_in = \"a\"\n", "stand for net, and both are needed"),
    ];
    check_messages(&table);
}

#[test]
fn settings_that_change_what_a_row_becomes_change_the_digest() {
    let digest = |text: &str| loaded(text).map(|config| config.digest).expect(text);
    let first = format!("[account.statement]\nkind = \"payment\"\n{COLUMNS}");
    let changed = [
        String::new(),
        first.replace("payment", "refund"),
        first.replace("单号", "订单号"),
        first.replace("\"金额\", ", ""),
        first.replace("kind", "outflows = \"negative\"\nkind"),
        first.clone() + "[account.statement.totals]\n\"合计\" = \"ignored\"\n",
    ];
    assert_eq!(digest(&first), digest(&first));
    for text in changed {
        assert_ne!(digest(&first), digest(&text), "{text}");
    }
}

/// Loads each configuration and looks for what is said of it.
fn check_messages(table: &[(String, &str)]) {
    for (text, expected) in table {
        let Err(errors) = loaded(text) else { panic!("no problem in\n{text}") };
        let messages = errors.to_string();
        assert!(messages.contains(*expected), "{text}\n{messages}");
        assert!(errors.problems.iter().all(|problem| problem.line > 0), "{messages}");
    }
}
