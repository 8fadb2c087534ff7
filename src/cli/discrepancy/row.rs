//! A discrepancy as a document: the keys are the columns of the discrepancy file, the values codes.

use serde::Serialize;

use crate::app::App;
use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::pattern::Pattern;
use crate::discrepancy::{Direction, Discrepancy, Severity, SeverityBands, State};
use crate::money::units;
use crate::report::discrepancies::Shown;
use crate::rules::patterns::claiming;

/// A moment at which discrepancies are looked at: the end of a business day.
#[derive(Debug, Clone, Copy)]
pub(super) struct AsOf {
    /// Ages are counted to this date.
    pub(super) date: BusinessDate,
    pub(super) business_day: BusinessDay,
    pub(super) bands: SeverityBands,
}

impl AsOf {
    /// The last business day that is over: what the newest report can speak of.
    pub(super) fn now(app: &App) -> Self {
        let business_day = app.config.business_day;
        Self::end_of(app, business_day.date_of(app.clock.now()).plus_days(-1))
    }

    pub(super) const fn end_of(app: &App, date: BusinessDate) -> Self {
        let (business_day, bands) = (app.config.business_day, app.config.severity);
        Self { date, business_day, bands }
    }

    fn end(&self) -> Timestamp {
        self.business_day.end_of(self.date)
    }
}

/// A discrepancy as it stands at a moment.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) row: Discrepancy,
    pub(super) shown: Shown,
    pub(super) age_days: i64,
    pub(super) severity: Severity,
    /// The cause that claims it; empty where none does.
    pub(super) pattern: String,
}

impl Standing {
    /// `causes` are those of the report of a date.
    pub(super) fn of(row: Discrepancy, as_of: &AsOf, causes: (BusinessDate, &[Pattern])) -> Self {
        let shown = Shown::of(&row, as_of.end());
        let age_days = as_of.date.days_since(row.first_seen).max(0);
        let (date, patterns) = causes;
        let days = (date, as_of.business_day);
        let cause = claiming(patterns, &row, shown.state, days);
        Self {
            shown,
            age_days,
            severity: as_of.bands.severity(shown.state, row.at_stake_hundredths(), age_days),
            pattern: cause.map(|cause| cause.id(date)).unwrap_or_default(),
            row,
        }
    }

    pub(super) const fn state(&self) -> State {
        self.shown.state
    }
}

/// A discrepancy.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    discrepancy_id: String,
    business_date: String,
    first_seen: String,
    age_days: i64,
    account: String,
    provider: String,
    merchant_no: String,
    kind: &'static str,
    product: String,
    r#type: &'static str,
    direction: &'static str,
    state: &'static str,
    severity: &'static str,
    merchant_order_no: String,
    provider_order_no: String,
    original_order_no: String,
    currency: String,
    merchant_amount: Option<String>,
    provider_amount: Option<String>,
    difference: String,
    merchant_fee: Option<String>,
    provider_fee: Option<String>,
    fee_difference: Option<String>,
    merchant_status: Option<&'static str>,
    provider_status: &'static str,
    merchant_time: Option<String>,
    provider_time: Option<String>,
    evidence: Evidence,
    resolution: String,
    resolved_by: String,
    resolution_note: String,
    pattern: String,
}

/// What the judgement rests on.
#[derive(Debug, Serialize)]
struct Evidence {
    source: Option<&'static str>,
    interface: String,
    assurance: &'static str,
    status_code: String,
    amount_assumed: bool,
    /// The date of the provider's last answer, where it could not be asked again.
    answered_on: Option<String>,
}

impl Document {
    pub(super) fn of(standing: &Standing, app: &App) -> Self {
        let Standing { row, shown, .. } = standing;
        let (day, stream) = (app.config.business_day, &row.key.stream);
        let account = app.config.accounts.iter().find(|it| it.account.name == stream.account);
        let account = account.map(|it| &it.account);
        let money = |minor: Option<i64>| minor.map(|minor| units(minor, row.currency));
        let fees = row.merchant_fee_minor.zip(row.provider_fee_minor);
        let moment = |moment: Option<Timestamp>| moment.map(|moment| day.stamp(moment));
        let evidence = &row.evidence;
        Self {
            discrepancy_id: row.id.clone(),
            business_date: row.business_date.to_string(),
            first_seen: row.first_seen.to_string(),
            age_days: standing.age_days,
            account: stream.account.clone(),
            provider: account.map(|it| it.provider_id.to_owned()).unwrap_or_default(),
            merchant_no: account.map(|it| it.provider.merchant_no().to_owned()).unwrap_or_default(),
            kind: stream.kind.code(),
            product: stream.product.clone(),
            r#type: row.kind.code(),
            direction: Direction::of(shown.difference_minor).code(),
            state: shown.state.code(),
            severity: standing.severity.code(),
            merchant_order_no: row.key.order_no.clone(),
            provider_order_no: row.provider_order_no.clone(),
            original_order_no: row.original_order_no.clone(),
            currency: row.currency.to_string(),
            merchant_amount: money(row.merchant_amount_minor),
            provider_amount: money(row.provider_amount_minor),
            difference: units(shown.difference_minor, row.currency),
            merchant_fee: money(row.merchant_fee_minor),
            provider_fee: money(row.provider_fee_minor),
            fee_difference: money(fees.and_then(|(due, charged)| charged.checked_sub(due))),
            merchant_status: row.merchant_status.map(crate::status::MerchantStatus::code),
            provider_status: row.provider_status.code(),
            merchant_time: moment(row.merchant_time),
            provider_time: moment(row.provider_time),
            evidence: Evidence {
                source: evidence.source.map(crate::reading::Source::code),
                interface: evidence.interface.clone(),
                assurance: evidence.assurance.code(),
                status_code: evidence.status_code.clone(),
                amount_assumed: evidence.amount_assumed,
                answered_on: evidence.answered_on.map(|date| date.to_string()),
            },
            resolution: row.resolution.clone(),
            resolved_by: row.resolved_by.clone(),
            resolution_note: row.resolution_note.clone(),
            pattern: standing.pattern.clone(),
        }
    }
}
