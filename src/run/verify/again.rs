//! What an archived answer says, read once more: the same way from the raw bytes to a word of the ledger
//! as on the night on which it came, signature included.

use chrono::NaiveDate;

use crate::archive::ArchivedAnswer;
use crate::balance::Balance;
use crate::intake::notifications::line_of_log;
use crate::provider::{
    Account, Ask, PageQuestion, Question, RawAnswer, Unproved, UnreadableRow, Verified, gate,
};
use crate::reading::{Assurance, Facts, Reading, Source};

/// An archived answer, read once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Again {
    /// What it says of one order.
    One(Facts, Assurance),
    /// What a page of a listing says.
    Page(Vec<Result<Facts, UnreadableRow>>, Assurance),
}

/// Reads the archived answer on which a word of the ledger rests.
///
/// # Errors
///
/// [`Unproved`], as on the night; also for an answer that is about something else than the word.
pub(super) fn again(
    account: &Account,
    answer: &ArchivedAnswer,
    word: &Reading,
) -> Result<Again, Unproved> {
    let provider = account.provider.as_ref();
    if answer.account != word.key.stream.account {
        return Err(Unproved::NotWhatWasAsked { what: "account" });
    }
    let raw = RawAnswer::of_body(answer.body.clone());
    match word.source {
        Source::Listing => {
            let question = page_question(account, answer, word)
                .ok_or(Unproved::NotWhatWasAsked { what: "page" })?;
            let verified = provider.verify(&Ask::Page(question.clone()), &raw)?;
            let page = gate::page(provider, &question, &verified)?;
            Ok(Again::Page(page.rows, verified.assurance()))
        }
        Source::Query => {
            if answer.asked != word.key.order_no {
                return Err(Unproved::NotWhatWasAsked { what: "order" });
            }
            let question = Question {
                kind: word.key.stream.kind,
                product: word.key.stream.product.clone(),
                order_no: word.key.order_no.clone(),
                // Which number was known when it was asked is not kept; without it nothing is held
                // against it.
                provider_order_no: String::new(),
                business_date: word.business_date,
            };
            let verified = provider.verify(&Ask::Status(question.clone()), &raw)?;
            one(gate::status(provider, &question, &verified, answer.at), &verified)
        }
        Source::Notification => {
            let notification = line_of_log(&answer.body)?;
            let verified = provider.verify_notification(&notification)?;
            let notified = gate::notified(provider, &notification, &verified)?;
            one(Ok(notified.facts), &verified)
        }
        // A row of a file is not archived.
        Source::Statement => Err(Unproved::NotOffered),
    }
}

/// Reads an archived answer about a balance.
///
/// # Errors
///
/// [`Unproved`], as on the night.
pub(super) fn balance_again(
    account: &Account,
    answer: &ArchivedAnswer,
) -> Result<Balance, Unproved> {
    if answer.account != account.name {
        return Err(Unproved::NotWhatWasAsked { what: "account" });
    }
    let provider = account.provider.as_ref();
    let raw = RawAnswer::of_body(answer.body.clone());
    let verified = provider.verify(&Ask::Balance, &raw)?;
    gate::balance(provider, &verified, answer.at)
}

fn one(facts: Result<Facts, Unproved>, verified: &Verified) -> Result<Again, Unproved> {
    Ok(Again::One(facts?, verified.assurance()))
}

/// The question that a page answers, by what the archive says was asked for.
fn page_question(
    account: &Account,
    answer: &ArchivedAnswer,
    word: &Reading,
) -> Option<PageQuestion> {
    let stream = &word.key.stream;
    let lanes = account.provider.lanes();
    let lane = lanes.iter().find(|lane| lane.kind == stream.kind && lane.product == stream.product);
    let (page, dates) = answer.asked.strip_prefix("page ")?.split_once(" of ")?;
    let (from, to) = dates.split_once(" to ")?;
    let date = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    Some(PageQuestion {
        kind: stream.kind,
        product: stream.product.clone(),
        from: date(from)?,
        to: date(to)?,
        page: page.parse().ok()?,
        rows_per_page: lane?.listing?.rows_per_page,
    })
}
