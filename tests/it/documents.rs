//! Goal: what `--json` writes is what `docs/output.schema.json` says, no more and no less, and nothing else
//! stands on standard output. Method: one small night, every command that has a document asked for it; the
//! list of discrepancies filtered, sorted and paged, as document and as table.

use std::process::Output;

use serde_json::Value;

use crate::bills::{self, HEADER, PLAIN, Shop};
use crate::night::{DATE, On, Rehearsal, code, stderr, stdout};

/// What is wrong with a value, by the part of JSON Schema that our schema is written in. A key that the
/// schema does not name is wrong too: whoever adds one describes it.
fn problem(value: &Value, schema: &Value, defs: &Value, at: &str) -> Option<String> {
    check_words(schema, at);
    if let Some(name) = schema.get("$ref") {
        let name = name.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        return problem(value, &defs[name], defs, at);
    }
    if let Some(any) = schema.get("anyOf") {
        let problems = any.as_array().unwrap().iter().map(|one| problem(value, one, defs, at));
        let problems: Option<Vec<String>> = problems.collect();
        return problems.map(|all| all.join("; "));
    }
    let of = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    if !types.contains(&Value::from(of)) {
        return Some(format!("{at} is {of}, not {types:?}"));
    }
    match value {
        Value::Null => None,
        Value::String(text) => {
            let listed =
                schema.get("enum").is_none_or(|all| all.as_array().unwrap().contains(value));
            let shaped =
                schema.get("pattern").is_none_or(|shape| is_shaped(text, shape.as_str().unwrap()));
            (!listed || !shaped).then(|| format!("{at} is {text:?}"))
        }
        Value::Array(all) => {
            let items = &schema["items"];
            let mut all = all.iter().enumerate();
            all.find_map(|(n, item)| problem(item, items, defs, &format!("{at}[{n}]")))
        }
        Value::Object(fields) => {
            let named = schema.get("properties").and_then(Value::as_object);
            let required = schema.get("required").and_then(Value::as_array);
            let missing = required
                .into_iter()
                .flatten()
                .find(|key| !fields.contains_key(key.as_str().unwrap()));
            if let Some(missing) = missing {
                return Some(format!("{at} lacks {missing}"));
            }
            fields.iter().find_map(|(key, field)| {
                let of = named.and_then(|named| named.get(key));
                match of.or_else(|| schema.get("additionalProperties")) {
                    Some(of) => problem(field, of, defs, &format!("{at}.{key}")),
                    None => Some(format!("{at}.{key} is not described")),
                }
            })
        }
        Value::Bool(_) | Value::Number(_) => None,
    }
}

/// What the check does not know it would pass over.
fn check_words(schema: &Value, at: &str) {
    let known = [
        "$ref",
        "anyOf",
        "type",
        "enum",
        "pattern",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "description",
    ];
    for word in schema.as_object().unwrap().keys() {
        assert!(known.contains(&word.as_str()), "{at}: the check does not know {word:?}");
    }
}

/// The patterns of the schema, each by a shape that says the same.
fn is_shaped(text: &str, pattern: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let like = |shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, of)| match of {
                b'0' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_uppercase(),
                b'+' => matches!(byte, b'+' | b'-'),
                other => byte == other,
            })
    };
    match pattern {
        "^-?[0-9]+([.][0-9]+)?$" => {
            let bare = text.strip_prefix('-').unwrap_or(text);
            bare.split_once('.').map_or_else(|| digits(bare), |(a, b)| digits(a) && digits(b))
        }
        "^[A-Z]{3}$" => like("AAA"),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => like("0000-00-00"),
        other => {
            assert!(other.contains("T[0-9]{2}"), "an unknown pattern: {other}");
            like("0000-00-00T00:00:00+00:00")
        }
    }
}

/// The one document of an output, which is as the schema says.
fn document(output: &Output, name: &str, expected: i32) -> Value {
    let text = stdout(output);
    assert_eq!(code(output), expected, "{name}: {text}{}", stderr(output));
    let document: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/output.schema.json")).unwrap();
    let defs = &schema["$defs"];
    assert!(defs[name].is_object(), "the schema has no {name}");
    assert_eq!(problem(&document, &defs[name], defs, name), None);
    document
}

/// A night whose commands are asked for documents.
struct Documents(Rehearsal);

impl Documents {
    fn of(&self, name: &str, expected: i32, arguments: &[&str]) -> Value {
        document(&self.0.run(&[&["--json"], arguments].concat()), name, expected)
    }
}

fn column<'a>(document: &'a Value, key: &str) -> Vec<&'a str> {
    let rows = document["discrepancies"].as_array().unwrap();
    rows.iter().map(|row| row[key].as_str().unwrap()).collect()
}

#[test]
fn every_document_is_as_its_schema_says_and_nothing_else_is_written() {
    let documents = Documents(Rehearsal::start(On::Sqlite, 300, 0));
    let shop = &documents.0;
    let run = documents.of("run", 4, &["run", "nightly", "--date", DATE]);
    let night = &run["nights"][0];
    assert_eq!((&run["exit_code"], &night["business_date"]), (&4.into(), &DATE.into()));
    assert!(night["report"]["accounts"].as_array().is_some_and(|all| all.len() == 2));
    documents.of("jobs", 0, &["jobs"]);
    assert_eq!(documents.of("check", 0, &["check"])["ready"], true);
    documents.of("balances", 0, &["balances", "--date", DATE]);
    documents.of("ledger_status", 0, &["ledger", "status"]);
    let orders = shop.orders().display().to_string();
    let import = ["import", "orders", "--date", DATE, &orders];
    let imported = documents.of("import", 4, &import);
    assert!(imported["files"][0]["refused"].as_u64() > Some(0), "{imported}");
    let folder = shop.path(&format!("var/reports/{DATE}")).display().to_string();
    documents.of("verify", 0, &["verify", &folder]);
    documents.of("month", 4, &["month", "--month", &DATE[..7]]);
    // What a person does, where one is found.
    let list = documents.of("discrepancy_list", 0, &["discrepancy", "list", "--limit", "0"]);
    assert_eq!(list["count"].as_u64().unwrap(), column(&list, "state").len() as u64);
    let found = list["discrepancies"].as_array().unwrap();
    let is_lone = |row: &&Value| row["product"] == "" && row["pattern"] == "";
    let mut lost = found.iter().filter(|row| row["type"] == "paid_only_at_provider");
    let lost = lost.find(is_lone).unwrap();
    let number = lost["merchant_order_no"].as_str().unwrap();
    let query = ["query", lost["account"].as_str().unwrap(), number];
    assert_eq!(documents.of("query", 0, &query)["said"]["status"], "succeeded");
    let shown = documents.of("discrepancy_show", 0, &["discrepancy", "show", number]);
    assert!(column(&shown, "discrepancy_id").contains(&lost["discrepancy_id"].as_str().unwrap()));
    assert_eq!(shown["discrepancies"][0]["history"][0]["event"], "raised");
    let id = lost["discrepancy_id"].as_str().unwrap();
    let file = shop.report_text("_差异明细.csv");
    let decide = |line: &str| match line.strip_suffix(",,,,") {
        Some(open) if line.starts_with(id) => format!("{open},补单,li,已补单,\r\n"),
        Some(_) | None => format!("{line}\r\n"),
    };
    std::fs::write(shop.path("decided.csv"), file.lines().map(decide).collect::<String>()).unwrap();
    let decided = ["import", "resolutions", &shop.path("decided.csv").display().to_string()];
    let decided = documents.of("import_resolutions", 0, &decided);
    assert_eq!(decided["rows"][0]["discrepancy_id"], id);
    // What was decided since stands in the list of now, and not in that of the day.
    let closed =
        documents.of("discrepancy_list", 0, &["discrepancy", "list", "--order-no", number]);
    assert!(!column(&closed, "discrepancy_id").contains(&id));
    let then = ["discrepancy", "list", "--date", DATE, "--order-no", number];
    assert!(column(&documents.of("discrepancy_list", 0, &then), "discrepancy_id").contains(&id));
    // A command without a document does nothing, and says so.
    for refused in [&["pull", "--date", DATE][..], &["discrepancy", "show", "DZ0"]] {
        let output = shop.run(&[refused, &["--json"]].concat());
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{}", stderr(&output));
    }
    triage(&documents, &list);
}

#[test]
fn the_document_of_a_bill_says_what_it_is_the_whole_of_and_why_rows_were_refused() {
    let shop = Shop::new(PLAIN);
    let row =
        |number: &str, amount: &str| format!("{number},{amount},{} 10:00:00,0.03\n", bills::DATE);
    let imported = |rows: &str, expected: i32| {
        shop.write("bill.csv", format!("{HEADER}{rows}").as_bytes());
        let import =
            ["import", "statement", "--account", "main", "--date", bills::DATE, "bill.csv"];
        let output = shop.run(&[&import[..], &["--json"]].concat());
        document(&output, "import", expected)["files"][0].clone()
    };
    let good = imported(&row("A1", "12.00"), 0);
    assert_eq!((&good["added"], &good["whole"]["from"]), (&1.into(), &bills::DATE.into()));
    let some = imported(&(row("A1", "12.00") + &row("A2", "x")), 4);
    assert_eq!((&some["refused"], &some["whole"]["doubt"]), (&1.into(), &"refused_rows".into()));
    assert_eq!(some["reasons"]["not_a_number"], 1);
    // Where nothing of a file could be read, the import has failed.
    assert_eq!(imported(&row("A2", "x"), 1)["lines"]["refused"], 1);
}

/// The list as a document and as a table: filters, order, pages, totals.
fn triage(documents: &Documents, whole: &Value) {
    let list = |more: &[&str]| {
        let all: &[&str] = if more.contains(&"--limit") { &[] } else { &["--limit", "0"] };
        let arguments = [&["discrepancy", "list", "--date", DATE], all, more].concat();
        documents.of("discrepancy_list", 0, &arguments)
    };
    let all = list(&[]);
    let rank = |code: &str| ["low", "medium", "high", "critical"].iter().position(|it| *it == code);
    let severities: Vec<_> = column(&all, "severity").into_iter().map(rank).collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
    // Twelve days later what waited is open, and older.
    assert!(column(whole, "severity").contains(&"critical"));
    let filters = [
        (["--type", "掉单"], "type", "paid_only_at_provider"),
        (["--severity", "低"], "severity", "low"),
        (["--account", "xxpay-main"], "account", "xxpay-main"),
        (["--state", "timing"], "state", "timing"),
        (["--kind", "payment"], "kind", "payment"),
    ];
    for (filter, key, code) in filters {
        let some = list(&filter);
        let expected = column(&all, key).into_iter().filter(|it| *it == code).count();
        assert!(expected > 0 && column(&some, key) == vec![code; expected], "{filter:?}");
    }
    let large = list(&["--min-amount", "10000", "--sort", "amount"]);
    assert!(large["count"].as_u64().unwrap() < all["count"].as_u64().unwrap());
    assert_eq!(list(&["--older-than", "0"])["count"], 0);
    let page = list(&["--skip", "2", "--limit", "3"]);
    assert_eq!(column(&page, "discrepancy_id"), column(&all, "discrepancy_id")[2..5]);
    let left = all["count"].as_u64().unwrap() - 5;
    assert_eq!(
        (&page["skipped"], &page["left"], &page["count"]),
        (&2.into(), &left.into(), &all["count"])
    );
    let unknown = documents.0.run(&["discrepancy", "list", "--pattern", "PT0"]);
    assert_eq!(code(&unknown), 2, "{}", stderr(&unknown));
    let table = documents.0.run(&["discrepancy", "list", "--date", DATE, "--limit", "3"]);
    let table = stdout(&table);
    let totals = all["totals"].as_array().unwrap();
    let count = &totals.iter().find(|total| total["currency"] == "CNY").unwrap()["count"];
    assert!(table.starts_with("严重程度") && table.contains("差异金额"), "{table}");
    assert!(table.contains(&format!("合计 CNY：{count} 笔")), "{table}");
    assert!(table.contains("--skip 3"), "{table}");
    let first = &all["discrepancies"][0];
    let shown =
        documents.0.run(&["discrepancy", "show", first["discrepancy_id"].as_str().unwrap()]);
    let shown = stdout(&shown);
    assert!(shown.contains("严重程度") && !shown.contains("history"), "{shown}");
}
