//! The batch query: one page of the payments that the platform itself knows.
//!
//! Manual: quick 5.9, gateway 5.4.
//!
//! What it lists: successful payments only (5.9.1), of the last three months. By which date it
//! filters, whether `END_DATE` is included and in what order rows come is not stated; that
//! `START_DATE` and `END_DATE` are whole Beijing days, inclusive, is read from its examples. A refunded
//! payment (STATUS 3) may drop out. So absence here proves nothing about an order, the answer does
//! not echo the dates, and pages may shift while they are being asked for: the same `LIST_ID` on two
//! pages is possible.

use std::borrow::Cow;

use serde_json::Value;

use crate::provider::field::{self, Fields};
use crate::provider::mmsp::account::Mmsp;
use crate::provider::mmsp::{envelope, payment, php_json};
use crate::provider::{Page, PageQuestion, Unproved, UnreadableRow, shortened};
use crate::reading::Facts;

/// The body of a batch query. The manual writes `YYYYMMDDHH` but shows eight digits everywhere.
pub(super) fn request_body(question: &PageQuestion) -> Value {
    php_json::texts([
        ("END_DATE", &question.to.format("%Y%m%d").to_string()),
        ("PAGE", &question.page.to_string()),
        ("PERPAGE", &question.rows_per_page.to_string()),
        ("START_DATE", &question.from.format("%Y%m%d").to_string()),
    ])
}

/// Checks that a signed page, where it says its number, is the one that was asked for.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`].
pub(super) fn same_page(question: &PageQuestion, body: &Fields) -> Result<(), Unproved> {
    field::same_if_present(body, "PAGE", &question.page.to_string(), "page")
}

/// Reads a page.
///
/// `STATUS` 1 is a page with rows, 0 a listing without any; every other value means "failed or
/// nothing found" (5.9.3), which proves neither.
///
/// # Errors
///
/// [`Unproved`] when the counts are unreadable or contradict each other or the rows.
pub(super) fn read(
    account: &Mmsp,
    question: &PageQuestion,
    body: &Fields,
) -> Result<Page, Unproved> {
    payment::same_merchant(account, body)?;
    let status = field::required(body, "STATUS")?;
    match &*status {
        "1" => filled(account, question, body),
        "0" => empty(account, body),
        _ => Err(Unproved::UnknownCode { field: "STATUS", value: shortened(&status) }),
    }
}

/// "If nothing is found, STATUS is 0" (5.9.1), believed only when nothing else contradicts it.
fn empty(account: &Mmsp, body: &Fields) -> Result<Page, Unproved> {
    let code = field::text(body, "ERRCODE")?;
    let text = field::text(body, "ERRMSG")?;
    let is_an_error = !matches!(&*code, "" | "00")
        && !envelope::means_not_found(&account.not_found, &format!("[{code}]"), &text);
    if is_an_error {
        return Err(Unproved::Refused { code: format!("ERRCODE={}", shortened(&code)) });
    }
    for name in ["TOTAL_NUM", "TOTAL_PAGE"] {
        // Some platforms count one page of nothing.
        let most = i64::from(name == "TOTAL_PAGE");
        if field::whole(body, name)?.unwrap_or(0) > most {
            return Err(Unproved::Field { field: name });
        }
    }
    if !rows(body)?.is_empty() {
        return Err(Unproved::Field { field: "BIZ_CONTENT" });
    }
    Ok(Page { total_rows: 0, total_pages: 0, rows: Vec::new() })
}

fn filled(account: &Mmsp, question: &PageQuestion, body: &Fields) -> Result<Page, Unproved> {
    field::required(body, "PAGE")?;
    let total_rows = count(body, "TOTAL_NUM")?.ok_or(Unproved::Field { field: "TOTAL_NUM" })?;
    let total_pages = count(body, "TOTAL_PAGE")?.ok_or(Unproved::Field { field: "TOTAL_PAGE" })?;
    let per_page = match count(body, "PERPAGE")? {
        Some(0) => return Err(Unproved::Field { field: "PERPAGE" }),
        Some(per_page) => per_page,
        None => u64::from(question.rows_per_page.max(1)),
    };
    if total_pages.max(1) != total_rows.div_ceil(per_page).max(1) {
        return Err(Unproved::Field { field: "TOTAL_PAGE" });
    }
    // Every page but the last is full; a row too few or too many means that the count is not of
    // this listing, or that the page is not whole.
    let before = per_page.saturating_mul(u64::from(question.page.saturating_sub(1)));
    let expected = total_rows.saturating_sub(before).min(per_page);
    let rows = rows(body)?;
    if u64::try_from(rows.len()) != Ok(expected) {
        return Err(Unproved::Field { field: "BIZ_CONTENT" });
    }
    let rows = rows.iter().map(|row| read_row(account, row)).collect();
    Ok(Page { total_rows, total_pages, rows })
}

fn count(body: &Fields, name: &'static str) -> Result<Option<u64>, Unproved> {
    let number = field::whole(body, name)?;
    number.map(|n| u64::try_from(n).map_err(|_| Unproved::Field { field: name })).transpose()
}

/// The rows of `BIZ_CONTENT`: documented as a list, also seen as an object that is a single row, an
/// object with counted keys, a JSON text of any of these, empty, or missing.
fn rows(body: &Fields) -> Result<Vec<Cow<'_, Value>>, Unproved> {
    let unreadable = Unproved::Field { field: "BIZ_CONTENT" };
    match body.get("BIZ_CONTENT") {
        Some(Value::String(text)) if !text.trim().is_empty() => {
            let content = field::json(text.as_bytes()).ok_or_else(|| unreadable.clone())?;
            let rows = listed(&content).ok_or(unreadable)?;
            Ok(rows.into_iter().map(|row| Cow::Owned(row.clone())).collect())
        }
        None | Some(Value::Null | Value::String(_)) => Ok(Vec::new()),
        Some(content) => {
            let rows = listed(content).ok_or(unreadable)?;
            Ok(rows.into_iter().map(Cow::Borrowed).collect())
        }
    }
}

fn listed(content: &Value) -> Option<Vec<&Value>> {
    match content {
        Value::Array(rows) => Some(rows.iter().collect()),
        Value::Object(fields) => {
            let counted = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
            if fields.keys().all(counted) {
                Some(fields.values().collect())
            } else {
                Some(vec![content])
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn read_row(account: &Mmsp, row: &Value) -> Result<Facts, UnreadableRow> {
    let Some(fields) = row.as_object() else {
        return Err(UnreadableRow {
            order_no: String::new(),
            field: "BIZ_CONTENT",
            value: String::new(),
        });
    };
    payment::same_merchant(account, fields)
        .and_then(|()| payment::read(fields, &account.terms))
        .map_err(|error| {
            let name = match error {
                Unproved::Field { field } | Unproved::UnknownCode { field, .. } => field,
                Unproved::NotWhatWasAsked { .. } => "MER_ID",
                Unproved::Malformed { .. }
                | Unproved::Unsigned
                | Unproved::WrongSignature
                | Unproved::NotOffered
                | Unproved::Refused { .. }
                | Unproved::AccountUnproved { .. } => "BIZ_CONTENT",
            };
            // None of the fields that are read holds personal data; CARDNO is not among them.
            let value = field::shown(fields, name);
            let order_no = field::text(fields, "MERORDERID").unwrap_or_default().into_owned();
            UnreadableRow { order_no, field: name, value }
        })
}
