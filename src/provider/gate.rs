//! The gate: what of a verified answer is let in.
//!
//! A signature proves who has spoken, not that it makes sense. An amount near the end of 64 bits, a
//! number with a NUL in it cannot be added up or written, so such an answer proves nothing about its
//! order; in a listing it is a row that cannot be read. A fee or a time that cannot be is left out of an
//! answer and named in its evidence: it makes status and amount no less worth. In a listing the time is
//! what was asked for, so that there it is a row that cannot be read. Whoever takes an answer from a
//! provider takes it from here.

use crate::balance::{AccountTerm, Balance};
use crate::business_day::{BusinessDay, StatedTime, Timestamp};
use crate::money;
use crate::provider::{
    Notification, Notified, Page, PageQuestion, Provider, Question, Unproved, UnreadableRow,
    Verified, shortened,
};
use crate::reading::Facts;
use crate::text;

/// Characters that an order number of either side may have.
const NUMBER_CHARS_MAX: usize = 64;

/// Characters that are kept of a provider's word for a status, with the side fields that stand behind it.
const CODE_CHARS_MAX: usize = 160;

/// Characters that the name of a channel or sub-account may have.
const CHANNEL_CHARS_MAX: usize = 64;

/// As [`Provider::read_status`], of an answer that came at the moment `at`.
///
/// # Errors
///
/// Also [`Unproved::Field`] for what cannot be.
pub fn status(
    provider: &dyn Provider,
    question: &Question,
    answer: &Verified,
    at: Timestamp,
) -> Result<Facts, Unproved> {
    answered(provider.read_status(question, answer)?, at)
}

/// As [`Provider::read_page`]. Whether a row is dated to a day that was asked for is not judged here.
///
/// # Errors
///
/// As [`Provider::read_page`]; a row that cannot be is an error in its place.
pub fn page(
    provider: &dyn Provider,
    question: &PageQuestion,
    answer: &Verified,
) -> Result<Page, Unproved> {
    let mut page = provider.read_page(question, answer)?;
    page.rows = page.rows.into_iter().map(listed).collect();
    Ok(page)
}

/// As [`Provider::read_notification`], of a callback that was received at `received_at`.
///
/// # Errors
///
/// Also [`Unproved::Field`] for what cannot be.
pub fn notified(
    provider: &dyn Provider,
    notification: &Notification,
    verified: &Verified,
) -> Result<Notified, Unproved> {
    let mut notified = provider.read_notification(verified)?;
    notified.facts = answered(notified.facts, notification.received_at)?;
    Ok(notified)
}

/// As [`Provider::read_balance`].
///
/// # Errors
///
/// Also [`Unproved::Field`] for what cannot be.
pub fn balance(
    provider: &dyn Provider,
    answer: &Verified,
    at: Timestamp,
) -> Result<Balance, Unproved> {
    let balance = provider.read_balance(answer, at)?;
    let is_dated = matches!(balance.as_of.stated(), StatedTime::At(_));
    if !is_dated || balance.as_of.is_ahead_of(at) {
        return Err(Unproved::Field { field: "time" });
    }
    for line in &balance.lines {
        if money::stated(line.money.minor).is_err() {
            return Err(Unproved::Field { field: "amount" });
        }
        if !text::is_plain(&line.channel, CHANNEL_CHARS_MAX) {
            return Err(Unproved::Field { field: "channel" });
        }
    }
    Ok(balance)
}

/// As [`Provider::read_terms`], without those of a channel that no report can name.
pub fn terms(provider: &dyn Provider, answer: &Verified) -> Vec<AccountTerm> {
    provider.read_terms(answer).into_iter().filter_map(term).collect()
}

fn term(mut term: AccountTerm) -> Option<AccountTerm> {
    term.value = text::shown(&term.value, CODE_CHARS_MAX);
    text::is_plain(&term.channel, CHANNEL_CHARS_MAX).then_some(term)
}

fn listed(row: Result<Facts, UnreadableRow>) -> Result<Facts, UnreadableRow> {
    let number = |order_no: &str| {
        let is_plain = text::is_plain(order_no, NUMBER_CHARS_MAX);
        if is_plain { order_no.to_owned() } else { String::new() }
    };
    match row {
        Ok(read) => {
            let order_no = number(&read.order_no);
            let unreadable = |(field, value)| UnreadableRow { order_no, field, value };
            let facts = plain(read).map_err(|field| (field, String::new()));
            let dated = facts.and_then(|mut facts| match dated(&mut facts) {
                Ok(()) => Ok(facts),
                Err(moment) => Err(("time", shown(moment))),
            });
            dated.map_err(unreadable)
        }
        Err(row) => Err(UnreadableRow {
            order_no: number(&row.order_no),
            field: row.field,
            value: shortened(&row.value),
        }),
    }
}

/// What a single answer or a callback says, without a time or a fee that cannot be.
fn answered(facts: Facts, at: Timestamp) -> Result<Facts, Unproved> {
    let mut facts = plain(facts).map_err(|field| Unproved::Field { field })?;
    let dated = dated(&mut facts);
    let ahead = facts.paid_at.filter(|moment| moment.is_ahead_of(at));
    if let Some(moment) = dated.err().or(ahead) {
        facts.paid_at = None;
        facts.unread("time", &shown(moment));
    }
    Ok(facts)
}

/// What was said, without a fee that cannot be; or what of it cannot be read.
fn plain(mut facts: Facts) -> Result<Facts, &'static str> {
    if !text::is_plain(&facts.order_no, NUMBER_CHARS_MAX) {
        return Err("order number");
    }
    if !text::is_plain(&facts.provider_order_no, NUMBER_CHARS_MAX) {
        return Err("provider order number");
    }
    if facts.amount.is_some_and(|amount| money::stated(amount.minor).is_err()) {
        return Err("amount");
    }
    facts.status_code = text::shown(&facts.status_code, CODE_CHARS_MAX);
    facts.way = text::shown(&facts.way, CODE_CHARS_MAX);
    let is_absurd = |minor: &i64| money::stated(*minor).is_err();
    let fee = facts.fee_minor.take_if(|minor| is_absurd(minor));
    let withheld = facts.withheld_minor.take_if(|minor| is_absurd(minor));
    for (field, minor) in [("fee", fee), ("withheld", withheld)] {
        if let Some(minor) = minor {
            facts.unread(field, &money::yuan(minor));
        }
    }
    Ok(facts)
}

/// Leaves out the zero time of some program; the moment where no business can have it.
fn dated(facts: &mut Facts) -> Result<(), Timestamp> {
    match facts.paid_at.map(|moment| (moment, moment.stated())) {
        None | Some((_, StatedTime::At(_))) => Ok(()),
        Some((_, StatedTime::Nothing)) => {
            facts.paid_at = None;
            Ok(())
        }
        Some((moment, StatedTime::Implausible)) => Err(moment),
    }
}

fn shown(moment: Timestamp) -> String {
    BusinessDay::BEIJING.text(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Money, STATED_MINOR_MAX};
    use crate::status::ProviderStatus;

    const AT: Timestamp = Timestamp::from_epoch_seconds(1_795_104_000);

    fn plain_answer() -> Facts {
        Facts {
            order_no: "A1".to_owned(),
            provider_order_no: "P1".to_owned(),
            status: ProviderStatus::Succeeded,
            status_code: "STATUS=1".to_owned(),
            amount: Some(Money::fen(100)),
            fee_minor: Some(1),
            paid_at: Some(AT),
            withheld_minor: None,
            way: String::new(),
        }
    }

    #[test]
    fn what_makes_sense_is_let_in_as_it_is() {
        let most = Facts { amount: Some(Money::fen(STATED_MINOR_MAX)), ..plain_answer() };
        for facts in [plain_answer(), most] {
            assert_eq!(answered(facts.clone(), AT), Ok(facts.clone()));
            assert_eq!(listed(Ok(facts.clone())), Ok(facts));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_the_name_of_its_field() {
        let table = [
            (Facts { amount: Some(Money::fen(i64::MAX)), ..plain_answer() }, "amount"),
            (Facts { amount: Some(Money::fen(-STATED_MINOR_MAX - 1)), ..plain_answer() }, "amount"),
            (Facts { order_no: "A\0".to_owned(), ..plain_answer() }, "order number"),
            (Facts { order_no: "A\u{1b}[31m".to_owned(), ..plain_answer() }, "order number"),
            (Facts { order_no: "9".repeat(65), ..plain_answer() }, "order number"),
            (
                Facts { provider_order_no: "P\u{202e}".to_owned(), ..plain_answer() },
                "provider order number",
            ),
        ];
        for (read, field) in table {
            assert_eq!(answered(read.clone(), AT), Err(Unproved::Field { field }), "{read:?}");
            let listed = listed(Ok(read)).expect_err("refused");
            assert_eq!((listed.field, listed.value.as_str()), (field, ""));
            assert!(!listed.order_no.contains(char::is_control));
        }
    }

    #[test]
    fn a_fee_or_a_time_that_cannot_be_is_left_out_and_named() {
        let time = |seconds| Some(Timestamp::from_epoch_seconds(seconds));
        let table = [
            (Facts { fee_minor: Some(i64::MIN), ..plain_answer() }, " fee=-92233720368547758.08?"),
            // The year 202; the day after tomorrow; the year 292 thousand million.
            (Facts { paid_at: time(-55_760_000_000), ..plain_answer() }, " time=0203-01-14 "),
            (Facts { paid_at: Some(AT.plus_seconds(86_401)), ..plain_answer() }, " time=2026-11-"),
            (Facts { paid_at: time(i64::MAX), ..plain_answer() }, " time="),
        ];
        for (read, named) in table {
            let facts = answered(read.clone(), AT).expect("read");
            assert!(facts.status_code.starts_with(&format!("STATUS=1{named}")), "{facts:?}");
            assert!(facts.status_code.ends_with('?'), "{facts:?}");
            assert_eq!((facts.status, facts.amount), (read.status, read.amount));
            assert!(facts.fee_minor.is_none() || facts.paid_at.is_none());
        }
    }

    #[test]
    fn a_listed_row_of_a_time_that_cannot_be_is_refused_and_of_a_later_day_is_judged_elsewhere() {
        let year_202 = Timestamp::from_epoch_seconds(-55_760_000_000);
        let refused = listed(Ok(Facts { paid_at: Some(year_202), ..plain_answer() }));
        let refused = refused.expect_err("refused");
        assert_eq!((refused.field, refused.order_no.as_str()), ("time", "A1"));
        let later = Facts { paid_at: Some(AT.plus_seconds(86_401)), ..plain_answer() };
        assert_eq!(listed(Ok(later.clone())), Ok(later));
    }

    #[test]
    fn a_term_of_a_channel_that_cannot_be_named_is_left_out() {
        let of = |channel: &str, value: &str| {
            let kind = crate::balance::TermKind::AccountState;
            term(AccountTerm { channel: channel.to_owned(), kind, value: value.to_owned() })
        };
        for channel in ["A\0", "\u{1b}[31m", "A\u{202e}", &"9".repeat(65)] {
            assert_eq!(of(channel, "frozen"), None, "{channel:?}");
        }
        assert!(of("01/123", "frozen").is_some());
        assert_eq!(of("01", "fro\0zen").map(|term| term.value), Some("frozen".to_owned()));
    }

    #[test]
    fn a_zero_time_is_none_and_a_code_is_shown_without_what_is_forbidden() {
        let none = Facts { paid_at: None, ..plain_answer() };
        for zero in [0, -28_800, -62_135_596_800, -62_135_596_800 - 29_143, -2_208_988_800] {
            let paid_at = Some(Timestamp::from_epoch_seconds(zero));
            let read = Facts { paid_at, ..plain_answer() };
            assert_eq!(answered(read.clone(), AT).as_ref(), Ok(&none), "{zero}");
            assert_eq!(listed(Ok(read)).as_ref(), Ok(&none), "{zero}");
        }
        let read = Facts { status_code: "STATUS=\u{1b}1\0".to_owned(), ..plain_answer() };
        assert_eq!(answered(read, AT), Ok(plain_answer()));
    }
}
