//! A report that is right is proved, and one with any single thing wrong is not.

use std::fmt::Write as _;

use super::*;
use crate::business_day::BusinessDate;
use crate::money::{Currency, units, yuan};
use crate::simulator::world::WorldSettings;

const HEADER: &str = "discrepancy_id,business_date,first_seen,age_days,account,provider,\
    merchant_no,kind,product,type,direction,state,severity,merchant_order_no,provider_order_no,\
    original_order_no,currency,merchant_amount,provider_amount,difference,merchant_fee,\
    provider_fee,fee_difference,merchant_status,provider_status,merchant_time,provider_time,\
    evidence,explanation,suggested_action,resolution,resolved_by,resolution_note,pattern";
const SUMMARY_HEADER: &str = "business_date,account,provider,kind,product,verdict,coverage,\
    merchant_count,merchant_amount,provider_count,provider_amount,difference,timing_count,\
    timing_amount,discrepancy_count,discrepancy_amount,unexplained,currency";

fn world() -> World {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    World::make(WorldSettings { orders: 600, ..WorldSettings::payments(date) }).expect("a world")
}

fn row(world: &World, item: &Planted) -> String {
    let stream = &item.key.stream;
    format!(
        "DZX,{},{},0,{},p,m,{},{},{},{},{},low,\t{},\t{},,{},,,{},,,,,,,,,\"why, so\",,,,,",
        item.business_date,
        world.date(),
        stream.account,
        stream.kind,
        stream.product,
        item.kind,
        Direction::of(item.difference_minor),
        item.state,
        item.key.order_no,
        item.provider_order_no,
        item.currency,
        units(item.difference_minor, item.currency),
    )
}

/// A summary as it has to be, made from the world alone.
fn summary(world: &World) -> String {
    let mut text = format!("{SUMMARY_HEADER}\r\n");
    let date = world.date();
    for account in world.accounts() {
        let mut totals = BTreeMap::from([(Currency::CNY, [0_i64; 8])]);
        for ((stream, currency), money) in world.totals() {
            if stream.account != account {
                continue;
            }
            let total = totals.entry(currency).or_default();
            let of_day: Vec<&Planted> = world
                .planted()
                .iter()
                .filter(|item| item.business_date == date && item.key.stream == stream)
                .filter(|item| item.currency == currency)
                .collect();
            let sums = |timing: bool| {
                let these = of_day.iter().filter(|item| (item.state == State::Timing) == timing);
                let money = these.clone().map(|item| item.difference_minor).sum();
                (i64::try_from(these.count()).expect("a count"), money)
            };
            let ((tc, tm), (dc, dm)) = (sums(true), sums(false));
            let (merchant, provider) = (money.merchant_minor, money.provider_minor);
            let line = [merchant, provider, provider.saturating_sub(merchant), tc, tm, dc, dm, 0];
            for (sum, value) in total.iter_mut().zip(line) {
                *sum = sum.saturating_add(value);
            }
            let name = format!("{date},{account},p,payment,{}", stream.product);
            push(&mut text, &name, line, currency);
        }
        for (currency, total) in totals {
            push(&mut text, &format!("{date},{account},p,total,"), total, currency);
        }
    }
    text
}

fn push(text: &mut String, name: &str, line: [i64; 8], currency: Currency) {
    let [m, p, d, tc, tm, dc, dm, u] = line;
    let [m, p, d, tm, dm, u] = [m, p, d, tm, dm, u].map(|minor| units(minor, currency));
    writeln!(
        text,
        "{name},incomplete,two_sided,1,{m},1,{p},{d},{tc},{tm},{dc},{dm},{u},{currency}"
    )
    .expect("a string");
}

fn rows(world: &World) -> Vec<String> {
    world.planted().iter().map(|item| row(world, item)).collect()
}

fn judged(world: &World, rows: &[String], summary: &str) -> Proof {
    let dir = tempfile::tempdir().expect("a folder");
    let date = world.date();
    let text = format!("\u{feff}{HEADER}\r\n{}\r\n", rows.join("\r\n"));
    std::fs::write(dir.path().join(format!("{date}_discrepancies.csv")), text).expect("written");
    std::fs::write(dir.path().join(format!("{date}_summary.csv")), summary).expect("written");
    prove(dir.path(), world).expect("a report")
}

#[test]
fn a_right_report_is_proved() {
    let world = world();
    let proof = judged(&world, &rows(&world), &summary(&world));
    assert!(proof.is_proved(), "{proof}: {:?}", proof.accounts);
    assert_eq!(proof.planted, world.planted().len());
    assert_eq!((proof.found, proof.named), (proof.planted, proof.planted));
    for account in &proof.accounts {
        assert_eq!(account.difference_minor, account.planted_minor);
    }
}

#[test]
fn every_single_missing_row_is_noticed() {
    let world = world();
    let (rows, summary) = (rows(&world), summary(&world));
    for index in 0..rows.len() {
        let mut fewer = rows.clone();
        fewer.remove(index);
        let proof = judged(&world, &fewer, &summary);
        assert!(!proof.is_proved(), "{}", rows[index]);
        assert_eq!(proof.missing, [world.planted()[index].clone()]);
        assert_eq!(proof.named, proof.planted - 1);
    }
}

#[test]
fn a_wrong_name_day_amount_direction_or_state_is_noticed() {
    let world = world();
    let right = rows(&world);
    let first = |kind: DiscrepancyType| {
        world.planted().iter().position(|item| item.kind == kind).expect("planted")
    };
    let index = first(DiscrepancyType::MissingAtProvider);
    let twice = first(DiscrepancyType::PaidTwice);
    let amount = yuan(world.planted()[index].difference_minor);
    let table = [
        (index, "missing_at_provider", "paid_only_at_merchant"),
        (index, ",open,", ",timing,"),
        (index, "provider_less", "provider_more"),
        (index, "DZX,2026-11-20", "DZX,2026-11-19"),
        (index, amount.as_str(), "-0.01"),
        (index, ",quick,", ",gateway,"),
        (twice, "\t9", "\t8"),
    ];
    for (index, from, to) in table {
        let mut wrong = right.clone();
        assert!(wrong[index].contains(from), "{from} in {}", wrong[index]);
        wrong[index] = wrong[index].replace(from, to);
        let proof = judged(&world, &wrong, &summary(&world));
        assert!(!proof.is_proved(), "{from} → {to}");
        assert_eq!(proof.named, proof.planted - 1, "{from} → {to}");
    }
}

#[test]
fn what_nobody_planted_is_false_but_another_nights_affair_is_not() {
    let world = world();
    let right = rows(&world);
    let with = |extra: String| {
        let rows = [right.clone(), vec![extra]].concat();
        judged(&world, &rows, &summary(&world))
    };
    let invented = right[0].replace(&world.planted()[0].key.order_no, "20261120999999");
    assert_eq!(with(invented.clone()).false_ones.len(), 1);
    assert_eq!(with(right[0].clone()).false_ones.len(), 1, "the same row twice");

    let seen = "DZX,2026-11-20,2026-11-20";
    let earlier = invented.replace(seen, "DZX,2026-11-10,2026-11-11");
    assert!(with(earlier).is_proved(), "first seen on another night");
    let elsewhere = invented.replace("mmsp-main", "mmsp-other");
    assert!(with(elsewhere).is_proved(), "an account of another world");
    let closed = invented.replace(",open,", ",resolved,");
    assert!(with(closed).is_proved(), "closed by this run");

    let cross = world.planted().iter().find(|item| item.kind == DiscrepancyType::CrossDay);
    let cross = cross.expect("planted");
    let half = Planted {
        business_date: world.date().plus_days(1),
        difference_minor: -cross.difference_minor,
        ..cross.clone()
    };
    assert!(with(row(&world, &half)).is_proved(), "the other day's half");
    let wrong_half = Planted { difference_minor: -cross.difference_minor - 1, ..half };
    assert_eq!(with(row(&world, &wrong_half)).false_ones.len(), 1);
}

#[test]
fn a_summary_that_does_not_tie_is_noticed() {
    let world = world();
    let right = summary(&world);
    let lines: Vec<&str> = right.lines().collect();
    // Each amount and count that is compared, of each line, one at a time.
    for line in 1..lines.len() {
        for column in [8, 10, 11, 12, 13, 14, 15, 16] {
            let mut cells: Vec<&str> = lines[line].split(',').collect();
            cells[column] = "7";
            let mut wrong = lines.clone();
            let changed = cells.join(",");
            wrong[line] = &changed;
            let proof = judged(&world, &rows(&world), &wrong.join("\n"));
            assert!(!proof.is_proved(), "line {line}, column {column}: {changed}");
        }
        let mut fewer = lines.clone();
        fewer.remove(line);
        assert!(!judged(&world, &rows(&world), &fewer.join("\n")).is_proved(), "line {line}");
    }
}

#[test]
fn a_chinese_report_is_read_with_its_words() {
    let world = world();
    let dir = tempfile::tempdir().expect("a folder");
    let words = Vocabulary::new(
        [("支付", "payment"), ("渠道少", "provider_less"), ("在途", "timing"), ("待处理", "open")]
            .map(|(word, code)| (word.to_owned(), code.to_owned())),
    );
    let translated = |text: String| {
        [("payment", "支付"), ("provider_less", "渠道少"), ("timing", "在途"), ("open", "待处理")]
            .into_iter()
            .fold(text, |text, (code, word)| {
                text.replace(&format!(",{code},"), &format!(",{word},"))
            })
    };
    let header = "差异编号,账期日,首次发现日,账龄(天),账户,渠道,商户号,业务类型,产品,差异类型,\
        差异方向,状态,严重程度,商户订单号,渠道订单号,原商户订单号,币种,商户金额(元),\
        渠道金额(元),差异金额(元),商户手续费(元),渠道手续费(元),手续费差异(元),商户状态,渠道状态,\
        商户时间(北京时间),渠道时间(北京时间),证据,说明,建议处理,处理方式,处理人,处理备注,原因编号";
    let text = format!("{header}\r\n{}\r\n", translated(rows(&world).join("\r\n")));
    let summary_header = "账期日,账户,渠道,业务类型,产品,核对结论,覆盖范围,商户笔数,商户金额(元),\
        渠道笔数,渠道金额(元),差异金额(元),在途笔数,在途金额(元),差异笔数,差异金额合计(元),\
        未解释差额(元),币种";
    let summary = translated(summary(&world)).replace(SUMMARY_HEADER, summary_header);
    let (gb18030, ..) = encoding_rs::GB18030.encode(&text);
    std::fs::write(dir.path().join("2026-11-20_差异明细.csv"), gb18030).expect("written");
    std::fs::write(dir.path().join("2026-11-20_汇总.csv"), summary).expect("written");
    let proof = prove_with(dir.path(), &world, &words).expect("a report");
    assert!(proof.is_proved(), "{proof}: {:?}", proof.accounts);
    assert!(matches!(prove(dir.path(), &world), Err(ProofError::Words)));
}

#[test]
fn a_folder_without_a_report_is_no_proof() {
    let dir = tempfile::tempdir().expect("a folder");
    assert!(matches!(prove(dir.path(), &world()), Err(ProofError::File { .. })));
}

#[test]
fn an_account_that_was_down_has_nothing_to_prove() {
    let date = BusinessDate::parse("2026-11-20").expect("a date");
    let down = vec!["xxpay-main".to_owned()];
    let settings = WorldSettings { orders: 600, down, ..WorldSettings::payments(date) };
    let world = World::make(settings).expect("a world");
    let here: Vec<String> =
        rows(&world).into_iter().filter(|row| !row.contains("xxpay-main")).collect();
    let proof = judged(&world, &here, &summary(&world));
    assert!(proof.is_proved(), "{proof}: {:?}", proof.accounts);
    assert_eq!(proof.accounts.len(), 1);
}
