//! An explained file for programs: stable keys, codes instead of words, amounts as text.

use serde_json::{Map, Value, json};

use crate::explain::Explained;
use crate::intake::statement::Doubt;
use crate::intake::{StatedTotal, Tie};
use crate::order::Rejection;

/// What a file is, and how it would be read, as one JSON object.
pub fn json(explained: &Explained) -> Value {
    let head = explained.head.as_ref();
    let names = |at: usize| head.and_then(|head| head.names.get(at)).cloned().unwrap_or_default();
    let columns: Vec<Value> = head
        .iter()
        .flat_map(|head| &head.used)
        .map(|(ours, at)| json!({ "column": ours, "name": names(*at) }))
        .collect();
    let rows = explained.rows.iter().map(|row| {
        let fields = row.iter().map(|(code, value)| ((*code).to_owned(), json!(value)));
        Value::Object(fields.collect::<Map<_, _>>())
    });
    let lines: Map<String, Value> = explained
        .lines
        .all()
        .iter()
        .map(|(code, lines)| ((*code).to_owned(), json!(lines)))
        .collect();
    let whole = explained.whole.as_ref();
    json!({
        "file": explained.name,
        "what": explained.kind,
        "account": explained.account,
        "ready": explained.is_ready(),
        "encoding": explained.encoding,
        "inside": explained.inside,
        "sheet": head.map(|head| head.sheet.clone()).unwrap_or_default(),
        "separator": head.and_then(|head| head.separator).map(String::from),
        "header_line": head.map(|head| head.line),
        "timezone": explained.timezone,
        "first_date": explained.period.map(|(first, _)| first.to_string()),
        "last_date": explained.period.map(|(_, last)| last.to_string()),
        "whole_of": whole.map(|whole| whole.days.clone()).filter(|days| !days.is_empty()),
        "doubt": whole.and_then(|whole| whole.doubt.as_ref()).map(Doubt::code),
        "other_parts": whole.map(|whole| whole.parts.clone()).unwrap_or_default(),
        "problem": explained.problem,
        "columns": columns,
        "read": explained.read,
        "refused": explained.refused,
        "lines": lines,
        "rows": rows.collect::<Vec<_>>(),
        "totals": explained.totals.iter().map(total).collect::<Vec<_>>(),
        "reasons": reasons(explained),
        "refusals": explained.refusals.iter().map(refusal).collect::<Vec<_>>(),
        "configuration": explained.block,
    })
}

fn total(total: &StatedTotal) -> Value {
    let (tie, sum) = match &total.tie {
        Tie::Agrees => ("agrees", Some(total.stated.as_str())),
        Tie::NotChecked => ("not_checked", None),
        Tie::Differs { sum, .. } => ("differs", Some(sum.as_str())),
    };
    json!({
        "line": total.line,
        "label": total.label,
        "of": total.of.to_string(),
        "stated": total.stated,
        "rows_give": sum,
        "tie": tie,
    })
}

fn reasons(explained: &Explained) -> Vec<Value> {
    let reasons = explained.reasons.iter();
    reasons
        .map(|((reason, column), rows)| {
            json!({ "reason": reason.code(), "column": column, "rows": rows })
        })
        .collect()
}

fn refusal(refusal: &Rejection) -> Value {
    json!({
        "line": refusal.line,
        "column": refusal.column,
        "value": refusal.shown_value(),
        "reason": refusal.reason.code(),
    })
}
