//! Goal: `import … --explain` says what a file is and writes nothing; its block of configuration is one
//! with which the file is read; `check` reads yesterday's files in the same way. Method: the binary.

use crate::bills::{DATE, HEADER, PLAIN, Shop};
use crate::night::{code, stderr, stdout};

const EXPORT: &str = "订单导出\n订单号,金额（元）,状态,支付时间,类型,收货人\n\
                      A1,12.00,已支付,2026-11-20 10:00:00,收款,张三\n\
                      A2,-5.00,已支付,2026-11-20 11:00:00,退款,李四\n合计,7.00,,,,\n";

#[test]
fn orders_of_a_foreign_layout_are_explained_with_the_block_that_reads_them() {
    let shop = Shop::new(PLAIN);
    shop.write("export.csv", EXPORT.as_bytes());
    let output = shop.run(&["import", "orders", "export.csv", "--date", DATE, "--explain"]);
    let printed = stdout(&output);
    assert_eq!(code(&output), 4, "{printed}{}", stderr(&output));
    for part in [
        "header on line: 2",
        "values separated by ,",
        "columns not read: 收货人",
        "2 would be read, 0 refused",
        "order_no A1",
        "total, line 5: 合计 金额（元） 7.00, the rows add up to it",
        "account = \"main\"",
        "refunds = \"negative\"",
    ] {
        assert!(printed.contains(part), "no {part:?} in {printed}");
    }
    assert!(!printed.contains("张三") && !shop.path("var").exists(), "{printed}");
    // The block, pasted into the configuration, is all that was missing.
    let (_, block) = printed.split_once("then add it to the configuration:\n").unwrap();
    let config = std::fs::read_to_string(shop.path("duizhang.toml")).unwrap();
    let block = block.replacen("[orders]\n", "", 1);
    let with = config.replace(
        "csv = \"orders/{date}.csv\"\n",
        &format!("csv = \"orders/{{date}}.csv\"\n{block}"),
    );
    std::fs::write(shop.path("duizhang.toml"), with).unwrap();
    let output =
        shop.run(&["import", "orders", "export.csv", "--date", DATE, "--explain", "--json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let file = &json["explained"][0];
    assert_eq!(file["ready"], true, "{file}");
    assert_eq!((&file["read"], &file["refused"]), (&2.into(), &0.into()));
    assert_eq!(file["rows"][1]["amount"], "5.00", "{file}");
    assert_eq!((&file["header_line"], &file["totals"][0]["tie"]), (&2.into(), &"agrees".into()));
    assert_eq!(file["configuration"], "");
}

#[test]
fn a_bill_of_which_nothing_is_configured_is_explained() {
    let shop = Shop::new(PLAIN);
    let config = std::fs::read_to_string(shop.path("duizhang.toml")).unwrap();
    let (without, _) = config.split_once("[account.statement]").unwrap();
    std::fs::write(shop.path("duizhang.toml"), without).unwrap();
    shop.write(
        "s.csv",
        "账号,622\n交易日期,交易时间,借方发生额,贷方发生额,摘要,流水号,对方户名\n\
         20261120,100500,,\"1,234.00\",收款,BK1,某公司\n20261120,113000,12.00,,手续费,BK2,\n\
         20261120,120000,1.00,,怪事,BK3,王五\n"
            .as_bytes(),
    );
    let arguments = ["import", "statement", "--account", "main", "s.csv", "--explain"];
    let output = shop.run(&arguments);
    let printed = stdout(&output);
    assert_eq!(code(&output), 4, "{printed}{}", stderr(&output));
    for part in [
        "[account.statement.columns]",
        "paid_at = [\"交易日期\", \"交易时间\"]",
        "amount_in = \"贷方发生额\"",
        "\"收款\" = \"payment\"",
        "# \"怪事\" = \"\"",
        "1 would be read, 1 refused",
        "unknown_word",
    ] {
        assert!(printed.contains(part), "no {part:?} in {printed}");
    }
    assert!(!printed.contains("王五") && !printed.contains("某公司"), "{printed}");
    assert!(!shop.path("var").exists());
}

#[test]
fn what_is_no_table_is_explained_too_and_in_the_reports_language() {
    let shop = Shop::new(PLAIN);
    let config = std::fs::read_to_string(shop.path("duizhang.toml")).unwrap();
    std::fs::write(
        shop.path("duizhang.toml"),
        config.replace("language = \"en\"", "language = \"zh\""),
    )
    .unwrap();
    shop.write("s.csv", b"<xml><return_code>FAIL</return_code></xml>\n");
    let explain = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.push("--explain");
        let output = shop.run(&all);
        (code(&output), stdout(&output))
    };
    let (code, printed) = explain(&["import", "statement", "--account", "main", "s.csv"]);
    assert_eq!(code, 4, "{printed}");
    assert!(
        printed.contains("s.csv: 渠道账单，仅说明，不导入") && printed.contains("XML"),
        "{printed}"
    );
    shop.write(
        "m.csv",
        b"occurred_at,kind,amount\n2026-11-20 10:00:00,settlement,5.00\nx,topup,1\n",
    );
    let (code, printed) = explain(&["import", "movements", "--account", "main", "m.csv"]);
    assert_eq!(code, 4, "{printed}");
    assert!(printed.contains("可读取") && printed.contains("1 拒收"), "{printed}");
    shop.write("n.log", b"{}\n");
    let (code, printed) = explain(&["import", "notifications", "--account", "main", "n.log"]);
    assert_eq!((code, printed.contains("received_at")), (4, true), "{printed}");
    shop.write("d.csv", "差异编号,处理方式\nDZ1,补单\n".as_bytes());
    let (code, printed) = explain(&["import", "resolutions", "d.csv"]);
    assert_eq!(code, 4, "{printed}");
    assert!(printed.contains("has no column"), "{printed}");
    assert!(!shop.path("var").exists());
}

#[test]
fn one_part_of_a_bill_is_explained_as_a_part() {
    let shop = Shop::new(&format!("file = \"st/{{date}}*.csv\"\n{}", PLAIN.trim_start()));
    let part = |order: &str| format!("{HEADER}{order},12.00,2026-11-20 10:00:00,0.05\n");
    let explain = || {
        let file = "st/2026-11-20_1.csv";
        let base = ["import", "statement", "--account", "main", "--date", DATE, "--explain"];
        stdout(&shop.run(&[&base[..], &[file]].concat()))
    };
    shop.write("st/2026-11-20_1.csv", part("A1").as_bytes());
    let printed = explain();
    assert!(printed.contains("the whole of: 2026-11-20"), "{printed}");
    shop.write("st/2026-11-20_2.csv", part("A2").as_bytes());
    let printed = explain();
    let expected =
        "a part of the bill of 2026-11-20: the whole only together with st/2026-11-20_2.csv";
    assert!(printed.contains(expected) && !printed.contains("the whole of:"), "{printed}");
}
