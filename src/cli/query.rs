//! `query ACCOUNT ORDER_NO`: ask a provider about one order now.

use serde::Serialize;

use crate::app::App;
use crate::archive::Archive;
use crate::business_day::BusinessDay;
use crate::cli::QueryArgs;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::money;
use crate::provider::{Lane, Question};
use crate::pull;
use crate::reading::Reading;
use crate::run::{RunError, Scope};
use crate::status::Kind;

/// What came of a question.
#[derive(Debug, Serialize)]
struct Document<'a> {
    account: &'a str,
    kind: &'static str,
    product: &'a str,
    order_no: &'a str,
    /// The verified answer; `None` where there is none.
    #[serde(rename = "said")]
    stated: Option<StatedFacts<'a>>,
    /// Why there is none, as a code.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct StatedFacts<'a> {
    status: &'static str,
    status_code: &'a str,
    amount: Option<String>,
    currency: Option<String>,
    paid_at: Option<String>,
    provider_order_no: &'a str,
    interface: &'a str,
    assurance: &'static str,
    observed_at: String,
}

impl<'a> StatedFacts<'a> {
    fn of(reading: &'a Reading, business_day: BusinessDay) -> Self {
        let facts = &reading.facts;
        Self {
            status: facts.status.code(),
            status_code: &facts.status_code,
            amount: facts.amount.map(|amount| money::units(amount.minor, amount.currency)),
            currency: facts.amount.map(|amount| amount.currency.to_string()),
            paid_at: facts.paid_at.map(|at| business_day.stamp(at)),
            provider_order_no: &facts.provider_order_no,
            interface: &reading.interface,
            assurance: reading.assurance.code(),
            observed_at: business_day.stamp(reading.observed_at),
        }
    }
}

/// Asks and shows the answer. Nothing is written into the ledger; the raw answer is archived.
pub(crate) async fn run(app: &App, args: &QueryArgs) -> Result<Answer, Failure> {
    let business_day = app.config.business_day;
    let today = business_day.date_of(app.clock.now());
    let scope = Scope { date: today, accounts: vec![args.account.clone()] };
    let accounts = app.accounts(&scope)?;
    let Some(account) = accounts.first() else {
        return Err(Failure::Usage(format!("there is no account {:?}", args.account)));
    };
    if !account.provider.has_interface() {
        return Err(Failure::Usage(format!(
            "account {:?} cannot be asked: it is known by its bills alone. What they say of an order: \
             duizhang discrepancy show {}",
            args.account, args.order_no
        )));
    }
    if account.is_silent_by_day() && !args.ends_callbacks {
        return Err(Failure::Usage(format!(
            "not asked: once a question to the platform of account {:?} finds an order final, it calls \
             the shop back no more about it; where the shop has the callback already, or does without, \
             ask with --ends-callbacks (ask_during_day = true in its [[account]] asks always)",
            args.account
        )));
    }
    let lanes = account.provider.lanes();
    let lane = lane(&args.account, args.kind, args.product.as_deref(), &lanes)?;
    let question = Question {
        kind: lane.kind,
        product: lane.product,
        order_no: args.order_no.clone(),
        provider_order_no: String::new(),
        business_date: today,
    };
    let archive = Archive::open(&app.config.archive).map_err(RunError::from)?;
    let clock = app.clock.as_ref();
    let answered =
        pull::one(account, &question, business_day, &archive, clock, app.ledger.as_ref())
            .await
            .map_err(RunError::from)?;
    let (code, text, reading, problem) = match answered {
        pull::Answer::Proved(reading) => (DONE, shown(&reading, business_day), Some(reading), None),
        pull::Answer::Worthless(_, code) | pull::Answer::Outage(code) => {
            (UNPROVED, format!("no trustworthy answer: {code}\n"), None, Some(code))
        }
    };
    let document = Document {
        account: &args.account,
        kind: question.kind.code(),
        product: &question.product,
        order_no: &args.order_no,
        stated: reading.as_ref().map(|reading| StatedFacts::of(reading, business_day)),
        problem,
    };
    Ok(Answer::new(code, text, &document))
}

/// The lane that is meant: of the kind, and the only one or the one named.
pub(crate) fn lane(
    account: &str,
    kind: Kind,
    product: Option<&str>,
    lanes: &[Lane],
) -> Result<Lane, Failure> {
    let of_kind: Vec<&Lane> = lanes.iter().filter(|lane| lane.kind == kind).collect();
    let named = |lane: &&&Lane| product.is_none_or(|name| name == lane.product);
    let mut meant = of_kind.iter().filter(named);
    match (meant.next(), meant.next()) {
        (Some(lane), None) => Ok((**lane).clone()),
        (None, _) => Err(Failure::Usage(format!(
            "account {account:?} cannot be asked about this; it can be asked about: {}",
            names(lanes)
        ))),
        (Some(_), Some(_)) => Err(Failure::Usage(format!(
            "say which product is meant with --product: {}",
            of_kind.iter().map(|lane| lane.product.as_str()).collect::<Vec<_>>().join(", ")
        ))),
    }
}

fn names(lanes: &[Lane]) -> String {
    let name = |lane: &Lane| format!("{} {}", lane.kind, lane.product).trim_end().to_owned();
    lanes.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What a provider said, for people.
pub(crate) fn shown(reading: &Reading, business_day: BusinessDay) -> String {
    let facts = &reading.facts;
    let amount = facts.amount.map_or_else(
        || "not stated".to_owned(),
        |amount| format!("{} {}", money::units(amount.minor, amount.currency), amount.currency),
    );
    let paid_at = facts.paid_at.map_or_else(|| "not stated".to_owned(), |at| business_day.text(at));
    let number = &facts.provider_order_no;
    let number = if number.is_empty() { "not stated" } else { number };
    let values = [
        ("order", reading.key.order_no.as_str()),
        ("status", facts.status.code()),
        ("in its words", &facts.status_code),
        ("amount", &amount),
        ("paid at", &paid_at),
        ("provider's number", number),
        ("interface", &reading.interface),
        ("proved by", reading.assurance.code()),
    ];
    lines(values.into_iter().map(|(name, value)| format!("{name:<18} {value}")))
}
