//! The settings of a bill in the text of which the configuration's digest is made.

use super::{Field, Form, RowKind, StatementSettings, Tag, TotalsNeeded, WholeOf};
use crate::config::digest::Canon;

/// Adds the settings to the digest's text, where there are any.
pub(crate) fn put(canon: &mut Canon, settings: Option<&StatementSettings>) {
    let Some(settings) = settings else { return };
    if settings.whole_of != WholeOf::Day {
        canon.put("statement.whole_of", settings.whole_of.code());
    }
    for column in &settings.optional {
        canon.put("statement.optional", column);
    }
    if settings.totals_needed != TotalsNeeded::All {
        canon.put("statement.totals_needed", settings.totals_needed.code());
    }
    for (theirs, direction) in &settings.directions {
        canon.put(&format!("statement.directions.{direction}"), theirs);
    }
    put_form(canon, settings);
    if let Some(rounding) = settings.fee_rounding {
        canon.put("statement.fee_rounding", rounding.code());
    }
    if settings.by_provider_number {
        canon.put("statement.pair_by", "provider_order_no");
    }
    for (kind, statuses) in &settings.kind_statuses {
        for (theirs, status) in statuses {
            canon.put(&format!("statement.statuses.{kind}.{status}"), theirs);
        }
    }
    canon.put_some("statement.sheet", settings.sheet.as_deref());
    canon.put_some("statement.timezone", settings.timezone.map(chrono_tz::Tz::name));
    canon.put("statement.amount_unit", settings.amount_unit.code());
    canon.put_some("statement.kind", settings.kind.map(RowKind::code));
    canon.put_some("statement.product", settings.product.as_deref());
    canon.put("statement.outflows", settings.outflows.code());
    canon.put("statement.fees", settings.fees.code());
    canon.put_some("statement.from", settings.from.as_deref());
    canon.put_some("statement.to", settings.to.as_deref());
    for (ours, names) in &settings.columns {
        for theirs in names {
            canon.put(&format!("statement.columns.{ours}"), theirs);
        }
    }
    for (theirs, kind) in &settings.kinds {
        canon.put(&format!("statement.kinds.{kind}"), theirs);
    }
    for (theirs, product) in &settings.products {
        canon.put(&format!("statement.products.{product}"), theirs);
    }
    for (theirs, status) in &settings.statuses {
        canon.put(&format!("statement.statuses.{status}"), theirs);
    }
    for (label, of) in &settings.totals {
        canon.put(&format!("statement.totals.{of}"), label);
    }
}

/// Adds what there is besides a plain table.
fn put_form(canon: &mut Canon, settings: &StatementSettings) {
    if settings.form != Form::Table {
        canon.put("statement.form", settings.form.code());
    }
    for (name, Field { from, bytes }) in &settings.fixed {
        canon.put(&format!("statement.fixed.{from}.{bytes}"), name);
    }
    for (word, tag) in &settings.tags {
        let tag = match tag {
            Tag::Line(line) => line.code().to_owned(),
            Tag::Totals(scope, figures) => {
                let figures: Vec<_> = figures.iter().map(|figure| figure.code()).collect();
                format!("{scope} {}", figures.join(" "))
            }
        };
        canon.put(&format!("statement.tags.{tag}"), word);
    }
    if let Some(name) = &settings.date_in_name {
        canon.put("statement.date_in_name", name);
    }
    for (theirs, zone) in &settings.zones {
        canon.put(&format!("statement.zones.{zone}"), theirs);
    }
    if let Some(sum) = settings.batch_sum {
        canon.put("statement.batch_sum", sum.code());
    }
    for (direction, kinds) in &settings.directed_kinds {
        for (theirs, kind) in kinds {
            canon.put(&format!("statement.kinds.{direction}.{kind}"), theirs);
        }
    }
}
