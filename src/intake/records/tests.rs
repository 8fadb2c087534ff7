//! Records by table, against the `csv` crate, and with broken quotes.

use proptest::prelude::*;

use super::*;

/// Each record as `line:value|value`, each refusal as `line!reason`.
fn read(text: &str) -> Vec<String> {
    let mut records = Records::new(text.as_bytes()).expect("bytes can be read");
    let mut found = Vec::new();
    loop {
        let line = match records.advance().expect("bytes can be read") {
            Step::End => break,
            Step::Refused(reason) => format!("{}!{reason}", records.line()),
            Step::Row => {
                if records.width == 0 {
                    records.expect_width(records.width());
                }
                format!("{}:{}", records.line(), values(&records).join("|"))
            }
        };
        found.push(line);
    }
    assert_eq!(records.bytes(), u64::try_from(text.len()).expect("small"), "{text:?}");
    found
}

fn values(records: &Records<&[u8]>) -> Vec<String> {
    let values = (0..records.width()).map(|at| records.value(at));
    values.map(|value| String::from_utf8(value.to_owned()).expect("text")).collect()
}

#[test]
fn records_are_split_as_rfc_4180_says() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("\n\r\n , ,\n", &[]),
        ("a,b\n1,2", &["1:a|b", "2:1|2"]),
        ("a,b\r\n1,\r\n", &["1:a|b", "2:1|"]),
        ("a,b\n\n,\n1,2\n", &["1:a|b", "4:1|2"]),
        ("a;b\n1,5;2\n", &["1:a|b", "2:1,5|2"]),
        ("a\tb\n1\t2\n", &["1:a|b", "2:1|2"]),
        ("a;b\tc\n", &["1:a;b\tc"]),
        ("a,\"b\"\n\"1,\"\"5\",2\n", &["1:a|b", "2:1,\"5|2"]),
        ("a,b\n\"1\n2\r\n3\",4\r\n5,6\n", &["1:a|b", "2:1\n2\r\n3|4", "5:5|6"]),
        ("a,b\n5\" pipe,=\"0012\"\n", &["1:a|b", "2:5\" pipe|=\"0012\""]),
        ("a,b\n\"1\" ,\"2\"\t\n\"\",\"\"\n", &["1:a|b", "2:1|2", "3:|"]),
        ("a,b\n1,\"2\"", &["1:a|b", "2:1|2"]),
        ("a,b\n1,5\"\r\n", &["1:a|b", "2:1|5\""]),
    ];
    for (text, expected) in table {
        assert_eq!(&read(text), expected, "{text:?}");
    }
}

#[test]
fn a_broken_record_costs_its_own_line_only() {
    let table: &[(&str, &[&str])] = &[
        (
            "a,b\n1\n2,3,4\n5,6\n",
            &["1:a|b", "2!wrong_column_count", "3!wrong_column_count", "4:5|6"],
        ),
        ("a,b\n1,\"2\n3,4\n5,6\n", &["1:a|b", "2!broken_quote", "3:3|4", "4:5|6"]),
        ("a,b\n1,\"2\n3,\"4\"\n5,6\n", &["1:a|b", "2!broken_quote", "3:3|4", "4:5|6"]),
        ("a,b\n\"1\"x,2\n3,4\n", &["1:a|b", "2!broken_quote", "3:3|4"]),
        ("a,b\n1,\"2", &["1:a|b", "2!broken_quote"]),
        // The second quote ends the first, but the record has three values: no line is swallowed.
        (
            "a,b\n1,\"2\n3,4\",5\n6,7\n",
            &["1:a|b", "2!wrong_column_count", "3!wrong_column_count", "4:6|7"],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(&read(text), expected, "{text:?}");
    }
}

#[test]
fn an_open_quote_before_many_rows_costs_one_row() {
    let rows: String = (0..20_000).flat_map(|row| [row.to_string(), ",x\n".to_owned()]).collect();
    let text = format!("a,b\n1,\"2\n{rows}");
    let found = read(&text);
    assert_eq!(found.len(), 20_002);
    assert_eq!(found[1], "2!broken_quote");
    assert_eq!(found[20_001], "20002:19999|x");
}

#[test]
fn a_line_that_is_too_long_is_skipped_whole() {
    let long = "x".repeat(3 * RECORD_BYTES_MAX);
    let just = "x".repeat(RECORD_BYTES_MAX - 2);
    let text = format!("a,b\n{long},1\n2,3\n{just},4\n5,\"{long}\",6\n{just},\n7,8\n{long}");
    let expected = [
        "1:a|b".to_owned(),
        "2!too_large".to_owned(),
        "3:2|3".to_owned(),
        "4!too_large".to_owned(),
        "5!too_large".to_owned(),
        format!("6:{just}|"),
        "7:7|8".to_owned(),
        "8!too_large".to_owned(),
    ];
    assert!(read(&text) == expected, "too long to be shown");
    // A line that is too long and stands behind an open quote does not hide behind it.
    let text = format!("a,b\n1,\"2\n3,4\n{long},5\n6,7\n");
    assert_eq!(read(&text), ["1:a|b", "2!broken_quote", "3:3|4", "4!too_large", "5:6|7"]);
}

#[test]
fn a_quote_that_swallows_rows_costs_its_own_line_only() {
    let table: &[(&str, &[&str])] = &[
        (
            "a,b,c\n\"5,1,2\n3,4,5\n6\",7,8\n",
            &["1:a|b|c", "2!broken_quote", "3:3|4|5", "4:6\"|7|8"],
        ),
        ("a,b,c\n1,\"2,3\n4\",5\n", &["1:a|b|c", "2:1|2,3\n4|5"]),
        ("a,b,c\n\"1\n\n2\",3,4\n", &["1:a|b|c", "2:1\n\n2|3|4"]),
    ];
    for (text, expected) in table {
        assert_eq!(&read(text), expected, "{text:?}");
    }
}

#[test]
fn guarded_values_are_cut_at_a_separator_with_a_guard() {
    let table: &[(&str, &[&str])] = &[
        ("a,b\n`1,x,`2\n", &["1:a|b", "2:`1,x|`2"]),
        ("a,b\n`1\"x,`\n`3,4\n", &["1:a|b", "2:`1\"x|`", "3:`3|4"]),
        ("a,b\n`1,`2,`3\n", &["1:a|b", "2!wrong_column_count"]),
    ];
    for (text, expected) in table {
        assert_eq!(&read(text), expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn well_formed_files_are_read_as_the_csv_crate_reads_them(
        // Two lines of a record that each have as many separators as a row are no record here.
        rows in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec("[a;\"\r\n \t中]{0,6}", 3),
                proptest::collection::vec("[a,;\" \t中]{0,6}", 3),
            ],
            1..20,
        ),
        always in any::<bool>(),
    ) {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).expect("memory");
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let bytes = writer.into_inner().expect("memory");
        let mut records = Records::new(bytes.as_slice()).expect("memory");
        prop_assert_eq!(records.advance().expect("memory"), Step::Row);
        records.expect_width(3);
        // Written with every value quoted, no record is blank.
        let blank = |row: &&Vec<String>| {
            !always && row.iter().all(|value| value.bytes().all(|byte| b" \t".contains(&byte)))
        };
        for row in rows.iter().filter(|row| !blank(row)) {
            prop_assert_eq!(records.advance().expect("memory"), Step::Row);
            prop_assert_eq!(&values(&records), row);
        }
        prop_assert_eq!(records.advance().expect("memory"), Step::End);
    }

    #[test]
    fn no_line_is_lost_whatever_the_bytes(text in "[ab,\"\n\r]{0,60}") {
        let text = format!("h,h\n{text}");
        let found = read(&text);
        // Every physical line with an `a` or `b` belongs to a record or refusal that begins at or
        // before it, and what is not a record of several lines begins at that very line.
        for (number, line) in (1_i64..).zip(text.split('\n')).skip(1) {
            if !line.contains(['a', 'b']) {
                continue;
            }
            let begins = |entry: &&String| {
                let line: i64 = entry.split([':', '!']).next().expect("a line").parse().expect("a line");
                line <= number
            };
            let owner = found.iter().rev().find(begins).expect("an owner");
            let own = owner.starts_with(&format!("{number}:")) || owner.starts_with(&format!("{number}!"));
            prop_assert!(own || owner.contains('\n') || owner.contains("\r\n"), "{number} {found:?}");
        }
    }
}
