//! Rows: what is read of them for certain, and what is refused by line.

use super::{Case, DATE, PLAIN, Shop, below, try_all};

const WHOLE: &str = "the whole of 2026-11-20";
const NOT_WHOLE: &str = "of no day taken for the whole: 1 row(s) were refused";

fn plain<'a>(
    what: &'a str,
    rows: &str,
    expected: &'a [&'a str],
    claims: &'a [&'a str],
) -> Case<'a> {
    Case { what, statement: PLAIN, bill: below(rows), expected, claims: Some(claims) }
}

#[test]
fn no_row_is_lost_to_something_that_it_may_not_be() {
    let named = PLAIN.replace("fee =", "name = \"商品\"\nfee =");
    let goods = "商品,商户订单号,金额,时间,手续费\n";
    let of_goods = |what, rows: &str, expected, claims| Case {
        what,
        statement: &named,
        bill: format!("{goods}{rows}").into_bytes(),
        expected,
        claims: Some(claims),
    };
    let device = "设备号,商户订单号,金额,时间,手续费\n";
    try_all(vec![
        of_goods(
            "a stray quote in the first value",
            "\"红\"茶,A1,12.00,2026-11-20 10:00:00,0.03\n白茶,A2,10.00,2026-11-20 11:00:00,0.03\n",
            &["1 added", "1 refused", "3 lines: 1 header, 1 taken, 1 refused", NOT_WHOLE],
            &["A2 10.00 2026-11-20 11:00:00"],
        ),
        of_goods(
            "an open quote over rows",
            "\"5寸,A1,12.00,2026-11-20 10:00:00,0.03\n红茶,A2,10.00,2026-11-20 11:00:00,0.03\n\
             绿茶,A3,10.00,2026-11-20 11:30:00,0.03\n6寸\",A4,1.00,2026-11-20 12:00:00,0.03\n",
            &["3 added", "1 refused", "5 lines: 1 header, 3 taken, 1 refused", NOT_WHOLE],
            &["A2 10.00 2026-11-20 11:00:00", "A3 10.00 2026-11-20 11:30:00", "A4 1.00 2026-11-20 12:00:00"],
        ),
        of_goods(
            "a value over two lines is one",
            "\"红茶\n大份\",A1,12.00,2026-11-20 10:00:00,0.03\n",
            &["1 added", "3 lines: 1 header, 2 taken", WHOLE],
            &["A1 12.00 2026-11-20 10:00:00"],
        ),
        Case {
            what: "a dash in the first column",
            statement: PLAIN,
            bill: format!(
                "{device}--,A1,12.00,2026-11-20 24:00:00,0.03\n--,A2,10.00,2026-11-20 11:00:00,0.03\n\
                 --,A3,x,2026-11-20 11:00:00,0.03\n---,---,---,---,---\n"
            )
            .into_bytes(),
            expected: &["2 added", "1 refused", "1 comments", NOT_WHOLE],
            claims: Some(&["A1 12.00 2026-11-20 23:59:59", "A2 10.00 2026-11-20 11:00:00"]),
        },
        plain(
            "order numbers with #",
            "#1001,(12.00),2026-11-20 10:00:00,0.03\n#1002,10.00,2026-11-20 11:00:00,0.03\n",
            &["1 added", "1 refused", NOT_WHOLE],
            &["#1002 10.00 2026-11-20 11:00:00"],
        ),
        plain(
            "a row with # and one value too many",
            "#1001,12.00,2026-11-20 10:00:00,0.03,x\n#1002,10.00,2026-11-20 11:00:00,0.03\n#1003\n",
            &["1 added", "2 refused", "of no day taken for the whole: 2 row(s)"],
            &["#1002 10.00 2026-11-20 11:00:00"],
        ),
        plain(
            "comments",
            "A1,12.00,2026-11-20 10:00:00,0.03\n#-----列表结束-----\n#导出时间：[2026年11月21日]\n",
            &["1 added", "0 refused", "2 comments", WHOLE],
            &["A1 12.00 2026-11-20 10:00:00"],
        ),
    ]);
}

#[test]
fn amounts_and_times_that_are_certain_are_read() {
    let rows = "A1,RMB 12.00,2026-11-20 10:00:00,0.03\nA2,１２．００,2026-11-20 10:00:00,0.03\n\
                A3,12.00,20261120 10:05:00,0.03\nA4,12.00,2026-11-20 10：05：00,0.03\n\
                A5,12.00,2026/11/20 下午 1:05:00,0.03\nA6,12.00,2026-11-20 24:00:00,0.03\n\
                A7,12.00,2026-11-20 9:5:3,0.03\nA8,1234.00-,2026-11-20 10:00:00,0.03\n\
                A9,12.00元,2026年11月20日 10:05:00,0.03\n";
    try_all(vec![plain(
        "certain",
        rows,
        &["8 added", "1 refused", NOT_WHOLE],
        &[
            "A1 12.00 2026-11-20 10:00:00",
            "A2 12.00 2026-11-20 10:00:00",
            "A3 12.00 2026-11-20 10:05:00",
            "A4 12.00 2026-11-20 10:05:00",
            "A5 12.00 2026-11-20 13:05:00",
            "A6 12.00 2026-11-20 23:59:59",
            "A7 12.00 2026-11-20 09:05:03",
            "A9 12.00 2026-11-20 10:05:00",
        ],
    )]);
}

#[test]
fn what_is_doubtful_is_refused_by_line_column_and_value() {
    let shop = Shop::new(PLAIN);
    let rows = "nan,1.00,2026-11-20 10:00:00,\n########,1.00,2026-11-20 10:00:00,\nA3,None,2026-11-20 10:00:00,\n\
                A4,1.00,0202-11-20 10:00:00,\nA5,1.00,0001-01-01 00:00:00,\nA6,1.00,2026-11-20 10:00:00,nan\n\
                A7,1.00,2026-11-20 24:00:01,\nA8,USD 1.00,2026-11-20 10:00:00,\n20261120000001.0,1.00,2026-11-20 10:00:00,\n";
    shop.write("s.csv", &below(rows));
    let (code, printed) = shop.import("s.csv");
    assert_eq!(code, 4, "{printed}");
    assert!(printed.contains("1 added") && printed.contains("8 refused"), "{printed}");
    assert_eq!(shop.claims(), ["20261120000001 1.00 2026-11-20 10:00:00"]);
    let refused: Vec<_> = shop
        .report("rejected_rows")
        .iter()
        .map(|row| {
            row[1..].iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(refused.len(), 8, "{refused:?}");
    for (line, parts) in refused.iter().zip([
        ["2", "nan", "missing"],
        ["3", "########", "hidden_by_spreadsheet"],
        ["4", "None", "not_a_number"],
        ["5", "0202-11-20 10:00:00", "too_early"],
        ["6", "时间", "missing"],
        ["7", "手续费", "not_a_number"],
        ["8", "24:00:01", "not_a_time"],
        ["9", "USD 1.00", "not_a_number"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line:?} {parts:?}");
    }
}

#[test]
fn numbers_that_a_spreadsheet_has_cut_refuse_the_file() {
    let rows: String = (1..5)
        .map(|n| format!("2026112000000{n}0000,1.00,2026-11-20 10:0{n}:00,\n"))
        .collect::<Vec<_>>()
        .concat()
        .replace("2026112000000", "20261120000000");
    try_all(vec![Case {
        what: "cut",
        statement: PLAIN,
        bill: below(&rows),
        expected: &["line 2", "商户订单号", "cut them to 15 digits", "Nothing of it was imported"],
        claims: None,
    }]);
}

#[test]
fn a_sign_for_none_is_nothing_where_nothing_is_needed() {
    let numbered =
        PLAIN.replace("fee =", "provider_order_no = \"平台单号\"\nnote = \"备注\"\nfee =");
    let header = "商户订单号,金额,时间,手续费,平台单号,备注\n";
    let rows = "A1,12.00,2026-11-20 10:00:00,-,--,/\nA2,12.00,2026-11-20 10:00:00,--,—,无\nA3,12.00,2026-11-20 10:00:00,/,无,-\n";
    try_all(vec![
        Case {
            what: "placeholders",
            statement: &numbered,
            bill: format!("{header}{rows}").into_bytes(),
            expected: &["3 added", "0 refused", WHOLE],
            claims: Some(&[
                "A1 12.00 2026-11-20 10:00:00",
                "A2 12.00 2026-11-20 10:00:00",
                "A3 12.00 2026-11-20 10:00:00",
            ]),
        },
        plain(
            "a dash for an amount",
            "A1,-,2026-11-20 10:00:00,\n",
            &["1 refused", NOT_WHOLE],
            &[],
        ),
    ]);
}

#[test]
fn the_words_of_yuan_are_yuan() {
    let with = PLAIN.replace("fee =", "currency = \"币种\"\nfee =");
    let words = ["人民币元", "156", "CNY", "人民币", "RMB", "¥", "cny", "-", ""];
    let rows: String = words
        .iter()
        .enumerate()
        .map(|(at, word)| format!("A{at},5.00,2026-11-20 10:00:00,,{word}\n"))
        .collect::<Vec<_>>()
        .concat();
    try_all(vec![Case {
        what: "currency",
        statement: &with,
        bill: format!(
            "商户订单号,金额,时间,手续费,币种\n{rows}A9,5.00,2026-11-20 10:00:00,,美元\n"
        )
        .into_bytes(),
        expected: &["9 added", "1 refused"],
        claims: None,
    }]);
}

#[test]
fn a_date_alone_is_that_business_date_whatever_the_cutoff() {
    let shop = Shop::with_day("cutoff = \"06:00\"", PLAIN);
    shop.write(
        "s.csv",
        &below("A1,12.00,2026-11-20,0.03\nA2,10.00,2026-11-20 11:00:00,0.03\nA3,1.00,20261120,\n"),
    );
    let (code, printed) = shop.import("s.csv");
    assert_eq!(code, 0, "{printed}");
    assert_eq!(
        shop.claims(),
        [
            "A1 12.00 2026-11-20 06:00:00",
            "A2 10.00 2026-11-20 11:00:00",
            "A3 1.00 2026-11-20 06:00:00"
        ]
    );
}

#[test]
fn rows_may_leave_out_their_last_empty_values() {
    let three = "\nkind = \"payment\"\n[account.statement.columns]\norder_no = \"商户订单号\"\namount = \"金额\"\n\
                 paid_at = \"时间\"\n";
    try_all(vec![
        Case {
            what: "short rows",
            statement: three,
            bill: "商户订单号,金额,时间,对手,附言\nA1,12.00,2026-11-20 10:00:00,x,y\nA2,10.00,2026-11-20 11:00:00,x\n\
                   A3,1.00,2026-11-20 12:00:00\n合计金额,23.00,\n"
                .into(),
            expected: &["3 added", "0 refused", "5 lines: 1 header, 3 taken, 1 totals", "合计金额 金额 23.00, the rows add up to it", WHOLE],
            claims: None,
        },
        Case {
            what: "cut off in the middle of a row",
            statement: three,
            bill: "商户订单号,金额,时间,对手,附言\nA1,12.00,2026-11-20 10:00:00,x,y\nA2,10.00,2026-11-20 11:00:00".into(),
            expected: &["1 added", "1 refused", NOT_WHOLE],
            claims: None,
        },
        Case {
            what: "a needed value left out",
            statement: three,
            bill: "商户订单号,金额,时间,对手\nA1,12.00,2026-11-20 10:00:00,x\nA2,10.00\n".into(),
            expected: &["1 added", "1 refused", NOT_WHOLE],
            claims: None,
        },
    ]);
}

#[test]
fn date_and_time_and_both_directions_of_money_may_have_columns_of_their_own() {
    let bank = "\n[account.statement.columns]\norder_no = \"流水号\"\namount_in = \"贷方发生额\"\n\
                amount_out = \"借方发生额\"\npaid_at = [\"交易日期\", \"交易时间\"]\nkind = \"摘要\"\nname = \"对方户名\"\n\
                [account.statement.kinds]\n\"收款\" = \"payment\"\n\"付款\" = \"payout\"\n\"手续费\" = \"adjustment\"\n\
                \"提现\" = \"settlement\"\n";
    let header =
        "账号,00000000\n交易日期,交易时间,借方发生额,贷方发生额,余额,摘要,对方户名,流水号\n";
    try_all(vec![
        Case {
            what: "a bank",
            statement: bank,
            bill: format!(
                "{header}20261120,100500,,\"1,234.00\",\"5,000.00\",收款,甲,BK0001\n20261120,113000,12.00,,\"4,988.00\",手续费,,BK0002\n\
                 20261120,235959,\"2,000.00\",0.00,\"2,988.00\",付款,乙,BK0003\n20261120,90500,500.00,-,\"2,488.00\",提现,,BK0004\n"
            )
            .into(),
            expected: &["2 added", "2 movements", "0 refused", "1 preamble"],
            claims: Some(&["BK0001 1234.00 2026-11-20 10:05:00", "BK0003 2000.00 2026-11-20 23:59:59"]),
        },
        Case {
            what: "the wrong direction, both, and none",
            statement: bank,
            bill: format!(
                "{header}20261120,100500,5.00,,1,收款,甲,BK0001\n20261120,100500,5.00,5.00,1,付款,甲,BK0002\n\
                 20261120,100500,,,1,付款,甲,BK0003\n20261120,100500,,5.00,1,付款,甲,BK0004\n20261120,2570,5.00,,1,付款,甲,BK0005\n"
            )
            .into(),
            expected: &["0 added", "5 refused"],
            claims: Some(&[]),
        },
    ]);
}

#[test]
fn an_account_bill_may_have_what_goes_out_in_the_column_of_refunds() {
    let settings = "\noutflows = \"negative\"\n[account.statement.columns]\norder_no = \"商户订单号\"\n\
                    provider_order_no = \"业务流水号\"\nkind = \"业务类型\"\namount = \"收入金额（+元）\"\n\
                    refund_amount = \"支出金额（-元）\"\npaid_at = \"发生时间\"\n[account.statement.kinds]\n\"在线支付\" = \"payment\"\n\
                    \"交易退款\" = \"refund\"\n\"收费\" = \"ignored\"\n\"提现\" = \"settlement\"\n\"充值\" = \"topup\"\n";
    let bill = "#账务明细查询\n#起始日期：[2026年11月20日 00:00:00]   终止日期：[2026年11月21日 00:00:00]\n#---账务明细列表---\n\
                业务流水号,商户订单号,发生时间,收入金额（+元）,支出金额（-元）,业务类型,备注\n\
                2026112022001400000001\t,AL0001\t,2026-11-20 10:00:00,100.00,0.00,在线支付,\n\
                2026112022001400000001\t,AL0001\t,2026-11-20 10:00:00,0.00,-0.60,收费,\n\
                2026112022001400000001\t,AL0001\t,2026-11-20 12:00:00,0.00,-30.00,交易退款,\n\
                W1\t,\t,2026-11-20 23:00:00,0.00,-500.00,提现,\n\
                W2\t,AL0002\t,2026-11-20 23:10:00,0.00,-5.00,在线支付,\n\
                #---账务明细列表结束---\n#导出时间：[2026年11月21日]\n";
    let shop = Shop::new(settings);
    shop.write("s.csv", bill.as_bytes());
    let (code, printed) = shop.import_for("s.csv", &[]);
    assert_eq!(code, 4, "{printed}");
    for part in ["2 added", "1 movements", "1 left out", "1 refused", "2 comments", "3 preamble"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
}

#[test]
fn a_word_may_stand_for_all_that_begin_with_it() {
    let settings = "\nkind = \"payment\"\n[account.statement.columns]\norder_no = \"商户订单号\"\namount = \"金额\"\n\
                    paid_at = \"时间\"\nstatus = \"状态\"\n[account.statement.statuses]\n\"支付成功\" = \"succeeded\"\n\
                    \"已退款*\" = \"succeeded\"\n\"已退款失败*\" = \"failed\"\n\"\" = \"pending\"\n";
    try_all(vec![Case {
        what: "words",
        statement: settings,
        bill: "商户订单号,金额,时间,状态\nA1,12.00,2026-11-20 10:00:00,支付成功\nA2,12.00,2026-11-20 10:00:00,已退款(￥5.00)\n\
               A3,12.00,2026-11-20 10:00:00,已退款(￥7.50)\nA4,12.00,2026-11-20 10:00:00,退款\nA5,12.00,2026-11-20 10:00:00,\n"
            .into(),
        expected: &["4 added", "1 refused"],
        claims: Some(&["A1 12.00 2026-11-20 10:00:00", "A2 12.00 2026-11-20 10:00:00", "A3 12.00 2026-11-20 10:00:00"]),
    }]);
}

const WECHAT: &str = "\n[account.statement.columns]\norder_no = \"商户订单号\"\nrefund_no = \"商户退款单号\"\nkind = \"交易状态\"\n\
                      status = \"退款状态\"\namount = \"应结订单金额\"\nrefund_amount = \"退款金额\"\nfee = \"手续费\"\npaid_at = \"交易时间\"\n\
                      name = \"商品名称\"\n[account.statement.kinds]\n\"SUCCESS\" = \"payment\"\n\"REFUND\" = \"refund\"\n\
                      [account.statement.statuses]\n\"SUCCESS\" = \"succeeded\"\n\"PROCESSING\" = \"pending\"\n\"FAIL\" = \"failed\"\n\
                      \"\" = \"succeeded\"\n[account.statement.totals]\n\"总交易单数\" = \"count\"\n\"应结订单总金额\" = \"amount\"\n\
                      \"退款总金额\" = \"ignored\"\n";

#[test]
fn guarded_values_keep_their_commas_and_a_state_may_be_of_refunds_only() {
    let bill = "\u{feff}交易时间,商户订单号,交易状态,应结订单金额,商户退款单号,退款金额,退款状态,商品名称,手续费\n\
                `2026-11-20 10:00:00,`WX0001,`SUCCESS,`100.00,`0,`0.00,`,`茶,`0.60000\n\
                `2026-11-20 10:05:00,`WX0002,`SUCCESS,`50.00,`0,`0.00,`,`红茶,大份\"特价,`0.30000\n\
                `2026-11-20 11:00:00,`WX0001,`REFUND,`0.00,`WXR0001,`30.00,`SUCCESS,`茶,`-0.18000\n\
                `2026-11-20 11:10:00,`WX0001,`REFUND,`0.00,`WXR0002,`20.00,`FAIL,`茶,`0.00000\n\
                `2026-11-20 11:20:00,`WX0001,`REFUND,`0.00,`WXR0003,`10.00,`PROCESSING,`茶,`-0.06000\n\
                总交易单数,应结订单总金额,退款总金额\n`5,`150.00,`60.00\n";
    try_all(vec![Case {
        what: "guards",
        statement: WECHAT,
        bill: bill.into(),
        expected: &[
            "5 added",
            "0 refused",
            "8 lines: 1 header, 5 taken, 2 totals",
            "总交易单数 5, the rows add up to it",
            "the whole of",
        ],
        // Refunds cannot be asked about here, so that the bill is what there is.
        claims: Some(&["WX0001 100.00 2026-11-20 10:00:00", "WX0002 50.00 2026-11-20 10:05:00"]),
    }]);
}

#[test]
fn a_zone_that_the_header_or_the_configuration_names_is_the_one_of_the_times() {
    let with = |more: &str, column: &str| {
        PLAIN
            .replace("kind =", &format!("{more}kind ="))
            .replace("\"时间\"", &format!("\"{column}\""))
    };
    let bill = |column: &str| {
        format!("商户订单号,金额,{column},手续费\nST0001,100.00,2026-11-19 18:30:00,\n")
            .into_bytes()
    };
    let utc: &[&str] = &["ST0001 100.00 2026-11-20 02:30:00"];
    let case =
        |what, statement, bill, expected, claims| Case { what, statement, bill, expected, claims };
    let (named, plain) = (with("", "Created (UTC)"), with("timezone = \"UTC\"\n", "时间"));
    let (other, doubtful) =
        (with("timezone = \"Asia/Tokyo\"\n", "Created (UTC)"), with("", "Time (CST)"));
    let expected = with("timezone = \"Asia/Shanghai\"\n", "Time (CST)");
    try_all(vec![
        case(
            "the header",
            &*named,
            bill("Created (UTC)"),
            &["1 added", "the whole of 2026-11-20"],
            Some(utc),
        ),
        case(
            "the configuration",
            &*plain,
            bill("时间"),
            &["1 added", "the whole of 2026-11-20"],
            Some(utc),
        ),
        case(
            "two zones",
            &*other,
            bill("Created (UTC)"),
            &["names the zone of its times", "timezone ="],
            None,
        ),
        case(
            "no zone for certain",
            &*doubtful,
            bill("Time (CST)"),
            &["CST is none for certain"],
            None,
        ),
        case(
            "said",
            &*expected,
            bill("Time (CST)"),
            &["1 added", "none of its rows is of that day"],
            None,
        ),
    ]);
}

#[test]
fn a_bill_of_another_day_is_the_whole_of_none() {
    let rows = "A1,12.00,2026-11-19 08:00:00,0.03\n";
    let stated = |date: &str, rows: &str| {
        let mut bill = format!("账单日期：{date}\n").into_bytes();
        bill.extend(below(rows));
        bill
    };
    let case = |what, bill, expected| Case { what, statement: PLAIN, bill, expected, claims: None };
    let of_none = "of no day taken for the whole";
    try_all(vec![
        case(
            "states another day",
            stated("2026-11-19", rows),
            &[of_none, "it is of 2026-11-19, another day"],
        ),
        case("no row of the day", below(rows), &[of_none, "none of its rows is of that day"]),
        case("no row at all", below(""), &[of_none]),
        case(
            "no row, and a total that says so",
            below("合计,0.00,,0.00\n"),
            &["the whole of 2026-11-20"],
        ),
        case(
            "its own day",
            stated(DATE, "A1,12.00,2026-11-20 08:00:00,0.03\n"),
            &["the whole of 2026-11-20"],
        ),
    ]);
}
