//! What an account holds.
//!
//! Manual: 2.7.4.

use crate::balance::{Balance, BalanceLine, BalancePart};
use crate::business_day::Timestamp;
use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::zhangxun::Zhangxun;
use crate::provider::{Unproved, shortened};

/// The fields of a balance answer that count.
pub(super) const READ: [&str; 7] =
    ["code", "orgNo", "custId", "account", "acType", "acBal", "frozBalance"];

/// Checks that the balance is this merchant's and, where the configuration names a sub-account and
/// the answer one as well, of this one.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`].
pub(super) fn same_account(account: &Zhangxun, fields: &Fields) -> Result<(), Unproved> {
    account.same_merchant(fields)?;
    if account.account.is_empty() {
        return Ok(());
    }
    field::same_if_present(fields, "account", &account.account, "account")
}

/// Theirs to ours. The channel is a sub-account's number, and empty for the whole account.
///
/// `acBal` is "the account's available total"; the manual states no unit, other shops read fen. It
/// does not say whether the frozen part is in it, so the two are kept apart. Newer deployments state
/// no `frozBalance`, but parts (`acT0`, `acT1`, `acT0Froz`) that no manual explains.
///
/// # Errors
///
/// [`Unproved::Field`] for a missing or unreadable figure, [`Unproved::UnknownCode`] for a type of
/// account that the manual does not list.
pub(super) fn read(
    fields: &Fields,
    answered_at: Timestamp,
    currency: Currency,
) -> Result<Balance, Unproved> {
    let kind = field::text(fields, "acType")?;
    let channel = match &*kind {
        "" | "01" => String::new(),
        "02" => field::required(fields, "account")?.into_owned(),
        _ => return Err(Unproved::UnknownCode { field: "acType", value: shortened(&kind) }),
    };
    let available = field::fen(fields, "acBal")?.ok_or(Unproved::Field { field: "acBal" })?;
    let frozen = field::fen(fields, "frozBalance")?;
    let line = |part, minor| BalanceLine {
        channel: channel.clone(),
        part,
        money: Money { minor, currency },
    };
    let lines = [
        Some(line(BalancePart::Available, available)),
        frozen.map(|minor| line(BalancePart::Frozen, minor)),
    ];
    Ok(Balance { as_of: answered_at, lines: lines.into_iter().flatten().collect() })
}
