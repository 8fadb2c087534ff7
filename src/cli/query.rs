//! `query ACCOUNT ORDER_NO`: ask a provider about one order now.

use crate::archive::Archive;
use crate::business_day::BusinessDay;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{QueryArgs, output};
use crate::money;
use crate::provider::{Lane, Question};
use crate::pull::{self, Answer};
use crate::reading::Reading;
use crate::run::{House, RunError, Scope};
use crate::status::Kind;

/// Asks and shows the answer. Nothing is written into the ledger; the raw answer is archived.
pub(crate) async fn run(house: &House, args: &QueryArgs) -> Result<u8, Failure> {
    let business_day = house.config.business_day;
    let today = business_day.date_of(house.clock.now());
    let scope = Scope { date: today, accounts: vec![args.account.clone()] };
    let accounts = house.accounts(&scope)?;
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
    let archive = Archive::open(&house.config.archive.dir).map_err(RunError::from)?;
    let clock = house.clock.as_ref();
    let answered =
        pull::one(account, &question, business_day, &archive, clock, house.ledger.as_ref())
            .await
            .map_err(RunError::from)?;
    Ok(match answered {
        Answer::Said(reading) => {
            show(&reading, business_day);
            DONE
        }
        Answer::Worthless(_, code) | Answer::Outage(code) => {
            output::line(&format!("no trustworthy answer: {code}"));
            UNPROVED
        }
    })
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

pub(crate) fn show(reading: &Reading, business_day: BusinessDay) {
    let said = &reading.said;
    let amount = said.amount.map_or_else(
        || "not stated".to_owned(),
        |amount| format!("{} {}", money::units(amount.minor, amount.currency), amount.currency),
    );
    let paid_at = said.paid_at.map_or_else(|| "not stated".to_owned(), |at| business_day.text(at));
    let number = &said.provider_order_no;
    let number = if number.is_empty() { "not stated" } else { number };
    for (name, value) in [
        ("order", reading.key.order_no.as_str()),
        ("status", said.status.code()),
        ("in its words", &said.status_code),
        ("amount", &amount),
        ("paid at", &paid_at),
        ("provider's number", number),
        ("interface", &reading.interface),
        ("proved by", reading.assurance.code()),
    ] {
        output::line(&format!("{name:<18} {value}"));
    }
}
