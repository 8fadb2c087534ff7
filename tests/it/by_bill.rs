//! Goal: an account that is known by its bills alone is reconciled as any other, and a bill proves what it
//! says and no more. Method: a shop without any interface, bills of the layout `wechatpay-trade` with invented content, the nightly
//! job through the binary.

use std::fmt::Write as _;

use tempfile::TempDir;

use crate::night::{code, duizhang, rows, stderr, stdout};

const DATE: &str = "2026-11-20";

/// A folder of a merchant whose only platform is known by its bills.
struct Shop(TempDir);

impl Shop {
    fn new(statement: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = format!(
            "[ledger]\nurl = \"sqlite://var/ledger.db\"\n[business_day]\ntimezone = \"Asia/Shanghai\"\n\
             [reports]\ndir = \"var/reports\"\nlanguage = \"en\"\n[orders]\ncsv = \"orders/{{date}}.csv\"\n\
             [[account]]\nname = \"main\"\ntitle = \"微信支付-旗舰店\"\nprovider = \"file\"\n\
             merchant_no = \"1900000109\"\n[account.statement]\nlayout = \"wechatpay-trade\"\n\
             file = \"st/w-{{date}}*\"\n{statement}"
        );
        std::fs::write(folder.path().join("duizhang.toml"), config).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn orders(&self, rows: &str) {
        let text = format!("account,kind,order_no,original_order_no,amount,status,paid_at\n{rows}");
        self.write(&format!("orders/{DATE}.csv"), text.as_bytes());
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = duizhang();
        command.arg("--config").arg(self.0.path().join("duizhang.toml")).args(arguments);
        let output = command.current_dir(self.0.path()).output().unwrap();
        (code(&output), stdout(&output) + &stderr(&output))
    }

    fn nightly(&self) -> (i32, String) {
        self.run(&["run", "nightly", "--date", DATE])
    }

    fn report(&self, file: &str) -> Vec<Vec<String>> {
        let path = self.0.path().join(format!("var/reports/{DATE}/{DATE}_{file}.csv"));
        rows(&std::fs::read_to_string(path).unwrap())
    }

    /// Verdict and coverage, and each discrepancy as its order, type and state.
    fn standing(&self) -> String {
        let summary = self.report("summary");
        let total = summary.iter().find(|row| row[1] == "main" && row[3] == "total").unwrap();
        assert_eq!(total[16], "0.00", "{total:?}");
        let mut text = format!("{} {}", total[5], total[6]);
        let mut found: Vec<_> = self
            .report("discrepancies")
            .iter()
            .map(|row| format!("; {} {} {}", row[13], row[9], row[11]))
            .collect();
        found.sort();
        text.extend(found);
        text
    }
}

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
                      付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,\
                      退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n";

/// Rows, each `order fen fee time` or `order refund fen fee status time`, as a bill with its totals; fees in
/// thousandths of a fen.
fn bill(rows: &[&str], sub_merchant: &str) -> Vec<u8> {
    let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let fine = |exact: i64| {
        let (sign, exact) = (if exact < 0 { "-" } else { "" }, exact.abs());
        format!("{sign}{}.{:05}", exact / 100_000, exact % 100_000)
    };
    let mut text = format!("\u{feff}{HEADER}");
    let (mut settled, mut refunded, mut fees) = (0, 0, 0);
    for row in rows {
        let words: Vec<&str> = row.split(' ').collect();
        let number = |at: usize| words[at].parse::<i64>().unwrap();
        let (order, time) = (words[0], words[words.len() - 1]);
        let common = |kind: &str| {
            format!(
                "`{DATE} {time},`wx0000,`1900000109,`{sub_merchant},`,`42{order},`{order},`oUSER,`JSAPI,`{kind},\
                 `OTHERS,`CNY"
            )
        };
        let (money, fee) = if words.len() == 4 {
            settled += number(1);
            let amount = yuan(number(1));
            let text = format!(
                "{},`{amount},`0.00,`0,`0,`0.00,`0.00,`,`,`红茶,大份,`{{\"a\":1,\"b\":2}}",
                common("SUCCESS")
            );
            (text, number(2))
        } else {
            refunded += number(2);
            let (refund, amount, status) = (words[1], yuan(number(2)), words[4]);
            let text = format!(
                "{},`0.00,`0.00,`50{refund},`{refund},`{amount},`0.00,`ORIGINAL,`{status},`红茶,`",
                common("REFUND")
            );
            (text, number(3))
        };
        fees += fee;
        let _ = write!(text, "{money},`{},`0.54%,`0.00,`0.00,`\r\n", fine(fee));
    }
    let count = rows.len();
    let (settled, refunded, fees) = (yuan(settled), yuan(refunded), fine(fees));
    let _ = write!(
        text,
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n\
         `{count},`{settled},`{refunded},`0.00,`{fees},`{settled},`{refunded}\r\n"
    );
    text.into_bytes()
}

const A: &str = "main,payment,A1,,12.00,succeeded,2026-11-20 10:00:00\n";

#[test]
fn a_bill_is_the_platforms_side() {
    let table = [
        ("agrees", A, &["A1 1200 6480 10:00:00"][..], 0, "complete two_sided"),
        (
            "one more on either side",
            &format!("{A}main,payment,A2,,5.00,succeeded,2026-11-20 11:00:00\n"),
            &["A1 1200 6480 10:00:00", "A3 700 3780 12:00:00"],
            0,
            "complete two_sided; A2 missing_at_provider timing; A3 missing_at_merchant open",
        ),
        (
            "another amount",
            A,
            &["A1 1300 6480 10:00:00"],
            0,
            "complete two_sided; A1 amount_mismatch open",
        ),
        (
            "a refund of the shop's own, failed",
            &format!("{A}main,refund,R1,A1,2.00,succeeded,2026-11-20 11:00:00\n"),
            &["A1 1200 6480 10:00:00", "A1 R1 200 -1080 FAIL 11:00:00"],
            0,
            "complete two_sided; R1 paid_only_at_merchant open",
        ),
        (
            "an order that became refunded",
            "main,payment,A1,,12.00,refunded,2026-11-20 10:00:00\n",
            &[
                "A1 1200 6480 10:00:00",
                "A1 R1 1000 -5400 SUCCESS 11:00:00",
                "A1 R2 200 -1080 SUCCESS 11:05:00",
            ],
            0,
            "complete two_sided",
        ),
        (
            "one whose refund is on its way",
            "main,payment,A1,,12.00,refunded,2026-11-20 10:00:00\n",
            &["A1 1200 6480 10:00:00", "A1 R1 1200 -6480 PROCESSING 11:00:00"],
            0,
            "complete two_sided; A1 refunded_only_at_merchant timing",
        ),
        (
            "one of which a part was given back",
            "main,payment,A1,,12.00,refunded,2026-11-20 10:00:00\n",
            &["A1 1200 6480 10:00:00", "A1 R1 200 -1080 SUCCESS 11:00:00"],
            0,
            "complete two_sided; A1 refunded_only_at_merchant open; R1 missing_at_merchant open",
        ),
        ("nothing of another date", "", &[], 0, "proved_empty two_sided"),
    ];
    for (what, orders, rows, ends, expected) in table {
        let shop = Shop::new("");
        shop.orders(orders);
        shop.write(&format!("st/w-{DATE}.csv"), &bill(rows, "0"));
        let (ended, printed) = shop.nightly();
        assert_eq!((ended, &*shop.standing()), (ends, expected), "{what}: {printed}");
        assert!(printed.contains("微信支付-旗舰店"), "{what}: {printed}");
    }
}

#[test]
fn what_is_no_whole_bill_proves_nothing() {
    let good = bill(&["A1 1200 6480 10:00:00"], "0");
    let with = |from: &str, to: &str| {
        String::from_utf8(good.clone()).unwrap().replace(from, to).into_bytes()
    };
    let waiting = "; A1 unproved timing";
    let table = [
        ("none", None, format!("not_ready one_sided{waiting}")),
        (
            "an answer",
            Some(br#"{"code":"NO_STATEMENT_EXIST","message":"no bill"}"#.to_vec()),
            format!("not_ready one_sided{waiting}"),
        ),
        (
            "another word",
            Some(with("`SUCCESS", "`SETTLED")),
            format!("incomplete one_sided{waiting}"),
        ),
        ("another sum", Some(with("0.06480\r\n", "0.06480\r\n")), "complete two_sided".to_owned()),
        (
            "another total",
            Some(with("`1,`12.00", "`1,`12.01")),
            format!("failed one_sided{waiting}"),
        ),
        ("cut off", Some(good[..good.len() - 60].to_vec()), format!("failed one_sided{waiting}")),
        (
            "another merchant's",
            Some(bill(&["A1 1200 6480 10:00:00"], "1900000777")),
            format!("incomplete one_sided{waiting}"),
        ),
    ];
    for (what, bytes, expected) in table {
        let shop = Shop::new("");
        shop.orders(A);
        if let Some(bytes) = &bytes {
            shop.write(&format!("st/w-{DATE}.csv"), bytes);
        }
        let (ended, printed) = shop.nightly();
        assert_eq!(shop.standing(), expected, "{what}: {printed}");
        assert_eq!(
            ended,
            if expected.starts_with("complete") { 0 } else { 4 },
            "{what}: {printed}"
        );
    }
}

#[test]
fn rows_pair_by_the_platforms_number_too_and_are_charged_and_settled_as_they_were_paid() {
    let shop = Shop::new("pair_by = [\"order_no\", \"provider_order_no\"]\n");
    let path = shop.0.path().join("duizhang.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let terms = "settlement = [{ way = \"NATIVE\", cycle = \"D1\" }, { cycle = \"T0\" }]\n\
                 fees = [{ kind = \"payment\", rate = \"0.0054\" }, \
                 { kind = \"payment\", way = \"NATIVE\", rate = \"0.01\" }]\n[account.statement]";
    std::fs::write(&path, config.replace("[account.statement]", terms)).unwrap();
    let header = "account,kind,order_no,provider_order_no,amount,status,paid_at\n";
    let orders = format!(
        "{header}main,payment,S1,42A1,12.00,succeeded,2026-11-20 10:00:00\n\
         main,payment,A2,,5.00,succeeded,2026-11-20 11:00:00\n"
    );
    shop.write(&format!("orders/{DATE}.csv"), orders.as_bytes());
    let rows = ["A1 1200 6480 10:00:00", "A2 500 2700 11:00:00", "A3 700 3780 12:00:00"];
    let text = String::from_utf8(bill(&rows, "0")).unwrap();
    let text = text.replace("`42A1,`A1,", "`42A1,`,").replace("`42A3,`A3,", "`42A3,`,");
    // The bill's own word for how was paid.
    let text = text.replace("`A2,`oUSER,`JSAPI", "`A2,`oUSER,`NATIVE");
    shop.write(&format!("st/w-{DATE}.csv"), text.as_bytes());
    let (_, printed) = shop.nightly();
    let expected = "complete two_sided; 42A3 missing_at_merchant open; A2 fee_mismatch open";
    assert_eq!(shop.standing(), expected, "{printed}");
    let settled = shop.report("settlement");
    let settled: Vec<_> = settled
        .iter()
        .map(|row| [&row[3], &row[4], &row[0], &row[8]].map(String::as_str))
        .collect();
    let expected = [["", "T0", "2026-11-20", "19.00"], ["NATIVE", "D1", "2026-11-21", "5.00"]];
    assert_eq!(settled, expected, "{printed}");
    let found = shop.report("discrepancies");
    let evidence = found.iter().map(|row| row.join(" ")).find(|row| row.contains(" A2 "));
    assert!(evidence.is_some_and(|row| row.contains("way=NATIVE")), "{found:?}");
}

#[test]
fn a_bill_of_several_merchants_is_split_and_each_has_its_part() {
    let shop = Shop::new("");
    let path = shop.0.path().join("duizhang.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let (head, account) = config.split_once("[[account]]").unwrap();
    let of = |name: &str, merchant_no: &str| {
        let account = account.replace("\"main\"", &format!("{name:?}"));
        format!("[[account]]{}\n", account.replace("1900000109", merchant_no))
    };
    let both = of("main", "1900000201") + &of("other", "1900000202");
    std::fs::write(&path, format!("{head}{both}")).unwrap();
    shop.orders(
        "main,payment,S1,,10.00,succeeded,2026-11-20 09:00:01\n\
         other,payment,S1,,20.00,succeeded,2026-11-20 09:00:02\n",
    );
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let bill = root.join("samples/layouts/wechatpay-trade/of-several-merchants.csv");
    shop.write(&format!("st/w-{DATE}.csv"), &std::fs::read(bill).unwrap());
    for _ in 0..2 {
        let (ended, printed) = shop.nightly();
        assert_eq!((ended, &*shop.standing()), (0, "complete two_sided"), "{printed}");
        let summary = shop.report("summary");
        let other = summary.iter().find(|row| row[1] == "other" && row[3] == "total").unwrap();
        assert_eq!((&*other[5], &*other[10]), ("complete", "20.00"), "{printed}");
    }
}

#[test]
fn a_bill_that_comes_later_proves_the_day_when_it_is_run_again() {
    let shop = Shop::new("");
    shop.orders(A);
    assert_eq!(shop.nightly().0, 4);
    shop.write(&format!("st/w-{DATE}.csv"), &bill(&["A1 1200 6480 10:00:00"], "0"));
    let (ended, printed) = shop.run(&["run", "morning", "--date", DATE]);
    assert_eq!((ended, shop.standing().starts_with("complete two_sided")), (0, true), "{printed}");
    let (ended, printed) = shop.run(&["run", "morning", "--date", DATE]);
    assert_eq!((ended, shop.standing().starts_with("complete two_sided")), (0, true), "{printed}");
}

#[test]
fn bills_by_days_of_another_zone_prove_a_day_together() {
    let shop = Shop::new("timezone = \"UTC\"\n");
    shop.orders(
        "main,payment,A1,,12.00,succeeded,2026-11-20 10:00:00\n\
         main,payment,A2,,5.00,succeeded,2026-11-20 07:00:00\n\
         main,payment,A3,,7.00,succeeded,2026-11-20 07:30:00\n",
    );
    shop.write("orders/2026-11-19.csv", b"account,kind,order_no,amount,status,paid_at\n");
    let early = String::from_utf8(bill(&["A2 500 2700 23:00:00"], "0")).unwrap();
    shop.write("st/w-2026-11-19.csv", early.replace(DATE, "2026-11-19").as_bytes());
    shop.write(&format!("st/w-{DATE}.csv"), &bill(&["A1 1200 6480 02:00:00"], "0"));
    // Of its own day the first bill has but a part.
    let (ended, printed) = shop.run(&["run", "nightly", "--date", "2026-11-19"]);
    assert_eq!(ended, 4, "{printed}");
    assert!(printed.contains("go from midnight to midnight of UTC"), "{printed}");
    for command in ["nightly", "morning"] {
        let (_, printed) = shop.run(&["run", command, "--date", DATE]);
        assert_eq!(
            shop.standing(),
            "complete two_sided; A3 missing_at_provider timing",
            "{printed}"
        );
    }
    let withdraw = ["import", "statement", "--account", "main", "--withdraw"];
    let (ended, printed) = shop.run(&[&withdraw[..], &["st/w-2026-11-19.csv"]].concat());
    assert_eq!(ended, 0, "{printed}");
    let (ended, printed) = shop.nightly();
    assert_eq!(
        (ended, shop.standing().starts_with("incomplete one_sided")),
        (4, true),
        "{printed}"
    );
}

#[test]
fn a_settlement_report_proves_what_it_lists_and_no_absence() {
    let shop = Shop::new("whole_of = \"settlement\"\n");
    shop.orders(&format!("{A}main,payment,A2,,5.00,succeeded,2026-11-20 11:00:00\n"));
    shop.write(&format!("st/w-{DATE}.csv"), &bill(&["A1 1200 6480 10:00:00"], "0"));
    let (ended, printed) = shop.nightly();
    let expected = "incomplete one_sided; A2 unproved timing";
    assert_eq!((ended, &*shop.standing()), (4, expected), "{printed}");
}

#[test]
fn every_command_has_a_word_for_an_account_without_an_interface() {
    let shop = Shop::new("");
    shop.orders(A);
    let (ended, printed) = shop.run(&["query", "main", "A1"]);
    assert!(ended == 2 && printed.contains("known by its bills alone"), "{printed}");
    let (ended, printed) = shop.run(&["balances"]);
    assert!(ended == 0 && printed.contains("states no balance"), "{printed}");
    let (ended, printed) = shop.run(&["renotify", "main", "A1", "--yes"]);
    assert!(ended == 2, "{printed}");
    let (_, printed) = shop.run(&["check", "--online"]);
    assert!(printed.contains("known by its bills alone"), "{printed}");
    let (ended, printed) = shop.run(&["layouts"]);
    assert!(ended == 0 && printed.contains("wechatpay-trade"), "{printed}");
    let (ended, printed) = shop.run(&["layouts", "show", "wechatpay-trade"]);
    assert!(ended == 0 && printed.contains("[account.statement]"), "{printed}");
    let (ended, printed) = shop.run(&["layouts", "show", "wechat"]);
    assert!(ended == 2 && printed.contains("wechatpay-trade"), "{printed}");
}

/// The commands of the README's section, run as they stand there.
#[test]
fn the_readme_takes_a_shop_without_any_interface_to_its_report() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, section) = readme.split_once("<!-- bills-only -->\n```sh\n").unwrap();
    let (commands, _) = section.split_once("```").unwrap();
    let folder = TempDir::new().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(root.join("samples"))
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(copied.success());
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_duizhang")).parent().unwrap();
    let output = std::process::Command::new("bash")
        .args(["-e", "-c", commands])
        .current_dir(folder.path())
        .env("PATH", format!("{}:/usr/bin:/bin", binary.display()))
        .output()
        .unwrap();
    let printed = stdout(&output) + &stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let report = folder.path().join("my-shop/var/reports/2026-11-20");
    let found = std::fs::read_to_string(report.join("2026-11-20_差异明细.csv")).unwrap();
    for part in ["WX20261120002", "掉单", "WX20261120003", "渠道漏单", "在途"] {
        assert!(found.contains(part), "no {part} in {found}");
    }
    assert!(report.join("2026-11-20_对账报告.xlsx").is_file());
    let summary = std::fs::read_to_string(report.join("2026-11-20_汇总.csv")).unwrap();
    assert!(summary.contains("核对完整") && summary.contains("双向"), "{summary}");
}
