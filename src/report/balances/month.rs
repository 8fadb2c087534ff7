//! The balances of a month: the bridge over all its days, the adjustment statement as of its last one,
//! and the places to sign.

use super::{InTransit, Line, NoBridge, Section, SignLine, blank, lines};
use crate::month::Month;
use crate::report::ReportError;
use crate::report::sentence::Voice;
use crate::settle::{Balanced, SettledAccount};
use crate::wording::Word;

/// The rows of an account whose bridge goes over a whole month.
///
/// # Errors
///
/// [`ReportError::TooLarge`] when a sum does not fit.
pub fn lines_of_month(
    account: &SettledAccount,
    in_transit: &InTransit,
    month: Month,
    voice: Voice,
) -> Result<Vec<Line>, ReportError> {
    let mut rows = lines(account, in_transit, voice)?;
    for row in &mut rows {
        let ended = match NoBridge::from_code(row.code) {
            Some(NoBridge::NoOpening) => month.first().plus_days(-1),
            Some(NoBridge::NoClosing) => month.last(),
            // An answer that could not be used says itself when that was.
            Some(
                NoBridge::NotStated
                | NoBridge::NotSettled
                | NoBridge::ClosingUnread
                | NoBridge::OpeningUnread,
            )
            | None => continue,
        };
        row.note = voice
            .pick(
                "{date} 日终前后 12 小时内没有余额快照，无法调节",
                "no balance was asked for within 12 hours of the end of {date}",
            )
            .replace("{date}", &ended.to_string());
    }
    if matches!(account.balanced, Balanced::Built(..)) {
        let sign =
            |line: &SignLine| blank(Section::Signatures, line.code(), line.word(voice.language));
        rows.extend(SignLine::ALL.iter().map(sign));
    }
    Ok(rows)
}
