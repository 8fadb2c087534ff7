//! Goal: what a platform says it paid out is found on the bank's statement, or the gap has a name; an
//! incomplete statement accuses nobody.
//!
//! Method: a fund-flow bill and a bank's statement with invented content, night after night through the binary.

use std::fmt::Write as _;

use tempfile::TempDir;

use crate::night::{code, duizhang, rows, stderr, stdout};

const CONFIG: &str = r#"
[ledger]
url = "sqlite://var/ledger.db"
[business_day]
timezone = "Asia/Shanghai"
[reports]
dir = "var/reports"
language = "en"
[orders]
csv = "orders/{date}.csv"
[[account]]
name = "shop"
provider = "file"
merchant_no = "1900000109"
settlement = "T0"
bank = { account = "icbc", payers = ["财付通(中国)"], within_days = 1 }
[account.statement]
layout = "wechatpay-fundflow"
file = "st/w-{date}*"
[[account]]
name = "icbc"
provider = "file"
[account.statement]
layout = "bank-debit-credit"
file = "st/b-{date}*"
"#;

/// A merchant with one platform and one bank.
struct Merchant {
    folder: TempDir,
    /// What the platform holds, and what the bank does, in fen.
    held: [i64; 2],
}

fn yuan(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}

impl Merchant {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("duizhang.toml"), CONFIG).unwrap();
        for name in ["orders", "st"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, held: [0, 0] }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// A day of the platform: one payment, and payouts as `number fen`.
    fn platform(&mut self, date: &str, payment: i64, payouts: &[(&str, i64)]) {
        let mut text =
            "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),\
                        账户结余(元),资金变更提交申请人,备注,业务凭证号\n"
                .to_owned();
        let paid = (format!("P{date}"), "交易", "收入", payment);
        let paid_out = payouts.iter().map(|(no, fen)| ((*no).to_owned(), "提现", "支出", *fen));
        let rows: Vec<_> = std::iter::once(paid).chain(paid_out).collect();
        for (number, word, way, fen) in &rows {
            self.held[0] += if *way == "收入" { *fen } else { -fen };
            let (amount, balance) = (yuan(*fen), yuan(self.held[0]));
            let _ = writeln!(
                text,
                "`{date} 09:00:00,`42{number},`F{number},`{word},`{word},`{way},`{amount},`{balance},`s,`,`{number}"
            );
        }
        let count = rows.len();
        let _ = writeln!(text, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额");
        let _ = writeln!(text, "`{count},`1,`0,`1,`0");
        self.write(&format!("st/w-{date}.csv"), &text);
        let order = format!(
            "account,kind,order_no,amount,status,paid_at\n\
             shop,payment,P{date},{},succeeded,{date} 09:00:00\n",
            yuan(payment)
        );
        self.write(&format!("orders/{date}.csv"), &order);
    }

    /// A day of the bank: lines as `party fen note`.
    fn bank(&mut self, date: &str, lines: &[(&str, i64, &str)]) {
        let mut text = "交易时间,借方发生额,贷方发生额,余额,对方户名,摘要,备注,流水号\n".to_owned();
        for (number, (party, fen, note)) in lines.iter().enumerate() {
            self.held[1] += fen;
            let (out, into) =
                if *fen < 0 { (yuan(-fen), "0".to_owned()) } else { ("0".to_owned(), yuan(*fen)) };
            let balance = yuan(self.held[1]);
            let _ = writeln!(
                text,
                "{date} 1{number}:00:00,{out},{into},{balance},{party},网银,{note},{date}-{number}"
            );
        }
        self.write(&format!("st/b-{date}.csv"), &text);
    }

    fn night(&self, date: &str) -> String {
        let mut command = duizhang();
        command.arg("--config").arg(self.folder.path().join("duizhang.toml"));
        command.args(["run", "nightly", "--date", date]).current_dir(self.folder.path());
        let output = command.output().unwrap();
        format!("{}: {}{}", code(&output), stdout(&output), stderr(&output))
    }

    fn report(&self, date: &str, file: &str) -> Vec<Vec<String>> {
        let path = self.folder.path().join(format!("var/reports/{date}/{date}_{file}.csv"));
        rows(&std::fs::read_to_string(path).unwrap())
    }

    /// What is not closed: account, number, expected and found, in yuan.
    fn open(&self, date: &str) -> Vec<String> {
        let all = self.report(date, "discrepancies");
        let open = all.iter().filter(|row| row[11] != "resolved");
        let mut found: Vec<_> = open
            .map(|row| format!("{} {} {} {} {}", row[4], row[9], row[13], row[17], row[18]))
            .collect();
        found.sort();
        found
    }

    /// State, dates, sum and numbers at the bank of the settlement of a date.
    fn receipt(&self, date: &str, settled: &str) -> String {
        let all = self.report(date, "settlement");
        let row = all.iter().find(|row| row[0] == settled).unwrap_or_else(|| panic!("{all:?}"));
        // From 银行账户 to 银行流水号.
        row[24..29].join(" ")
    }
}

const PAYER: &str = "财付通（中国）支付科技";

#[test]
fn what_was_paid_out_is_found_at_the_bank_or_the_gap_has_a_name() {
    let mut it = Merchant::new();
    let payouts = [("W20261117001", 50_000), ("W20261117002", 30_000), ("W20261117003", 20_000)];
    it.platform("2026-11-17", 100_000, &payouts);
    it.bank("2026-11-17", &[(PAYER, 50_000, "W20261117001"), ("某客户", 99_00, "货款")]);
    let printed = it.night("2026-11-17");
    assert_eq!(it.open("2026-11-17"), Vec::<String>::new(), "{printed}");
    let expected = "icbc expected 2026-11-17 500.00 2026-11-17-0";
    assert_eq!(it.receipt("2026-11-17", "2026-11-17"), expected, "{printed}");

    it.platform("2026-11-18", 5_00, &[("W20261118001", 5_00)]);
    let lines = [
        (PAYER, 29_000, "W20261117002"),
        (PAYER, 77_00, "x"),
        ("某客户", 20_000, "货款"),
        (PAYER, 5_00, "W20261118001"),
    ];
    it.bank("2026-11-18", &lines);
    let printed = it.night("2026-11-18");
    let gaps = [
        "icbc settlement_mismatch BANK-IN-2026-11-18-77.00 0.00 77.00",
        "shop settlement_mismatch BANK-W20261117002 300.00 290.00",
        "shop settlement_mismatch BANK-W20261117003 200.00 0.00",
    ];
    assert_eq!(it.open("2026-11-18"), gaps, "{printed}");
    let expected = "icbc mismatch 2026-11-17 2026-11-18 790.00 2026-11-17-0 2026-11-18-0";
    assert_eq!(it.receipt("2026-11-18", "2026-11-17"), expected, "{printed}");

    // What comes late closes what was missed; the rest stays.
    it.platform("2026-11-19", 5_00, &[("W20261119001", 5_00)]);
    let lines = [(PAYER, 20_000, "W20261117003 补发"), (PAYER, 5_00, "W20261119001")];
    it.bank("2026-11-19", &lines);
    let printed = it.night("2026-11-19");
    assert_eq!(it.open("2026-11-19"), &gaps[..2], "{printed}");
    let closed = it.report("2026-11-19", "discrepancies");
    assert!(closed.iter().any(|row| row[13] == "BANK-W20261117003" && row[11] == "resolved"));

    // Run again, nothing moves.
    let before = it.report("2026-11-19", "discrepancies");
    it.night("2026-11-19");
    assert_eq!(it.report("2026-11-19", "discrepancies"), before);
}

#[test]
fn a_statement_that_is_not_whole_accuses_nobody() {
    let mut it = Merchant::new();
    it.platform("2026-11-17", 100_000, &[("W20261117001", 100_000)]);
    it.bank("2026-11-17", &[("某客户", 99_00, "货款")]);
    it.night("2026-11-17");
    // The bank's day is not known; the platform's is.
    it.platform("2026-11-18", 5_00, &[("W20261118001", 5_00)]);
    let printed = it.night("2026-11-18");
    assert_eq!(it.open("2026-11-18"), Vec::<String>::new(), "{printed}");
    let receipt = it.receipt("2026-11-18", "2026-11-17");
    assert_eq!(receipt.trim(), "icbc unproved", "{printed}");
    // The other way round: money of a payer, and the platform's day is not known.
    it.bank("2026-11-19", &[(PAYER, 77_00, "x")]);
    it.write("orders/2026-11-19.csv", "account,kind,order_no,amount,status,paid_at\n");
    let printed = it.night("2026-11-19");
    let open = it.open("2026-11-19");
    assert!(!open.iter().any(|row| row.contains("BANK-")), "{open:?} {printed}");
}

#[test]
fn money_of_a_payer_is_unknown_only_where_the_payouts_of_each_day_are_stated() {
    let mut it = Merchant::new();
    let layout = "layout = \"wechatpay-fundflow\"\nfile = \"st/w-{date}*\"";
    let kinds = "[account.statement.kinds]\n\"交易\" = \"payment\"\n\"提现\" = \"adjustment\"";
    let config = CONFIG.replace(layout, &format!("{layout}\n{kinds}"));
    it.write("duizhang.toml", &format!("{config}[movements]\ncsv = \"{{date}}.csv\"\n"));
    let header = "occurred_at,kind,amount,account,reference\n";
    let paid = "2026-11-17 09:00:00,settlement,1000.00,shop,W20261117001\n";
    it.write("2026-11-17.csv", &format!("{header}{paid}"));
    it.platform("2026-11-17", 100_000, &[("W20261117001", 100_000)]);
    it.bank("2026-11-17", &[(PAYER, 100_000, "W20261117001")]);
    it.night("2026-11-17");
    // Nobody has said what was paid out on the 18th: its orders are proved, its payouts are not.
    it.platform("2026-11-18", 5_00, &[]);
    it.bank("2026-11-18", &[(PAYER, 77_00, "x")]);
    let printed = it.night("2026-11-18");
    assert!(!it.open("2026-11-18").iter().any(|row| row.contains("BANK-")), "{printed}");
    // A file with a row that cannot be read proves no more.
    let refused = "2026-11-18 09:00:00,settlement,77.0.0,shop,W20261118001\n";
    it.write("2026-11-18.csv", &format!("{header}{refused}"));
    let printed = it.night("2026-11-18");
    assert!(!it.open("2026-11-18").iter().any(|row| row.contains("BANK-")), "{printed}");
    it.write("2026-11-18.csv", &format!("{header}2026-11-18 09:00:00,settlement,5.00,shop,\n"));
    let printed = it.night("2026-11-18");
    let open = it.open("2026-11-18");
    let gap = "icbc settlement_mismatch BANK-IN-2026-11-18-77.00 0.00 77.00";
    assert!(open.iter().any(|row| row == gap), "{open:?} {printed}");
}

#[test]
fn a_bank_that_is_none_is_refused() {
    let it = Merchant::new();
    for (from, to, problem) in [
        ("account = \"icbc\"", "account = \"icbb\"", "is no bank account"),
        ("account = \"icbc\"", "account = \"shop\"", "is no bank account"),
        ("payers = [\"财付通(中国)\"]", "payers = []", "payers"),
        ("within_days = 1", "within_days = 99", "from 0 to 30"),
        ("layout = \"bank-debit-credit\"", "layout = \"alipay-account\"", "is no bank account"),
    ] {
        it.write("duizhang.toml", &CONFIG.replace(from, to));
        let printed = it.night("2026-11-17");
        assert!(printed.starts_with("2: ") && printed.contains(problem), "{to}: {printed}");
    }
}
