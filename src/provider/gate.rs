//! The gate: what of a verified answer is let in.
//!
//! A signature proves who has spoken, not that it makes sense. An amount near the end of 64 bits, a
//! time of the year 1 or a number with a NUL in it cannot be added up, dated or written, so such an
//! answer proves nothing about its order; in a listing it is a row that cannot be read. Whoever takes
//! an answer from a provider takes it from here.

use crate::balance::Balance;
use crate::business_day::{StatedTime, Timestamp};
use crate::money;
use crate::provider::{
    Notification, Notified, Page, PageQuestion, Provider, Question, Unproved, UnreadableRow,
    Verified, shortened,
};
use crate::reading::Said;
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
) -> Result<Said, Unproved> {
    said(provider.read_status(question, answer)?, at).map_err(|field| Unproved::Field { field })
}

/// As [`Provider::read_page`], of an answer that came at the moment `at`.
///
/// # Errors
///
/// As [`Provider::read_page`]; a row that cannot be is an error in its place.
pub fn page(
    provider: &dyn Provider,
    question: &PageQuestion,
    answer: &Verified,
    at: Timestamp,
) -> Result<Page, Unproved> {
    let mut page = provider.read_page(question, answer)?;
    page.rows = page.rows.into_iter().map(|row| listed(row, at)).collect();
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
    notified.said =
        said(notified.said, notification.received_at).map_err(|field| Unproved::Field { field })?;
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

fn listed(row: Result<Said, UnreadableRow>, at: Timestamp) -> Result<Said, UnreadableRow> {
    let number = |order_no: &str| {
        let is_plain = text::is_plain(order_no, NUMBER_CHARS_MAX);
        if is_plain { order_no.to_owned() } else { String::new() }
    };
    match row {
        Ok(read) => {
            let order_no = number(&read.order_no);
            said(read, at).map_err(|field| UnreadableRow { order_no, field, value: String::new() })
        }
        Err(row) => Err(UnreadableRow {
            order_no: number(&row.order_no),
            field: row.field,
            value: shortened(&row.value),
        }),
    }
}

/// What was said, without the zero time of some program; or what of it cannot be.
fn said(mut said: Said, at: Timestamp) -> Result<Said, &'static str> {
    if !text::is_plain(&said.order_no, NUMBER_CHARS_MAX) {
        return Err("order number");
    }
    if !text::is_plain(&said.provider_order_no, NUMBER_CHARS_MAX) {
        return Err("provider order number");
    }
    said.status_code = text::shown(&said.status_code, CODE_CHARS_MAX);
    if said.amount.is_some_and(|amount| money::stated(amount.minor).is_err()) {
        return Err("amount");
    }
    let is_absurd = |minor: i64| money::stated(minor).is_err();
    if said.fee_minor.is_some_and(is_absurd) || said.withheld_minor.is_some_and(is_absurd) {
        return Err("fee");
    }
    said.paid_at = match said.paid_at.map(Timestamp::stated) {
        None | Some(StatedTime::Nothing) => None,
        Some(StatedTime::At(moment)) if !moment.is_ahead_of(at) => Some(moment),
        Some(StatedTime::At(_) | StatedTime::Implausible) => return Err("time"),
    };
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Money, STATED_MINOR_MAX};
    use crate::status::ProviderStatus;

    const AT: Timestamp = Timestamp::from_epoch_seconds(1_795_104_000);

    fn plain() -> Said {
        Said {
            order_no: "A1".to_owned(),
            provider_order_no: "P1".to_owned(),
            status: ProviderStatus::Succeeded,
            status_code: "STATUS=1".to_owned(),
            amount: Some(Money::fen(100)),
            fee_minor: Some(1),
            paid_at: Some(AT),
            withheld_minor: None,
        }
    }

    #[test]
    fn what_makes_sense_is_let_in_as_it_is() {
        assert_eq!(said(plain(), AT), Ok(plain()));
        let most = Said { amount: Some(Money::fen(STATED_MINOR_MAX)), ..plain() };
        assert_eq!(said(most.clone(), AT), Ok(most));
    }

    #[test]
    fn what_cannot_be_is_refused_by_the_name_of_its_field() {
        let time = |seconds| Some(Timestamp::from_epoch_seconds(seconds));
        let table = [
            (Said { amount: Some(Money::fen(i64::MAX)), ..plain() }, "amount"),
            (Said { amount: Some(Money::fen(-STATED_MINOR_MAX - 1)), ..plain() }, "amount"),
            (Said { fee_minor: Some(i64::MIN), ..plain() }, "fee"),
            (Said { order_no: "A\0".to_owned(), ..plain() }, "order number"),
            (Said { order_no: "A\u{1b}[31m".to_owned(), ..plain() }, "order number"),
            (Said { order_no: "9".repeat(65), ..plain() }, "order number"),
            (
                Said { provider_order_no: "P\u{202e}".to_owned(), ..plain() },
                "provider order number",
            ),
            // The year 202; the day after tomorrow; the year 292 thousand million.
            (Said { paid_at: time(-55_760_000_000), ..plain() }, "time"),
            (Said { paid_at: Some(AT.plus_seconds(86_401)), ..plain() }, "time"),
            (Said { paid_at: time(i64::MAX), ..plain() }, "time"),
        ];
        for (read, field) in table {
            assert_eq!(said(read.clone(), AT), Err(field), "{read:?}");
            let listed = listed(Ok(read), AT).expect_err("refused");
            assert_eq!((listed.field, listed.value.as_str()), (field, ""));
            assert!(!listed.order_no.contains(char::is_control));
        }
    }

    #[test]
    fn a_zero_time_is_none_and_a_code_is_shown_without_what_is_forbidden() {
        for zero in [0, -28_800, -62_135_596_800, -62_135_596_800 - 29_143, -2_208_988_800] {
            let read = Said { paid_at: Some(Timestamp::from_epoch_seconds(zero)), ..plain() };
            assert_eq!(said(read, AT), Ok(Said { paid_at: None, ..plain() }), "{zero}");
        }
        let read = Said { status_code: "STATUS=\u{1b}1\0".to_owned(), ..plain() };
        assert_eq!(said(read, AT), Ok(plain()));
    }
}
