//! The one definition of "plainly agrees", see [`super::Scan`]. A database that answers the scan by
//! itself restates it in SQL; the conformance suite holds the two together.

use super::Totals;
use crate::money::{Currency, Money};
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus};

/// What the scan looks at of a merchant's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerchantWord {
    /// What the merchant says.
    pub status: MerchantStatus,
    /// How much.
    pub amount: Money,
    /// The merchant's own fee in fen, where it states one.
    pub fee_minor: Option<i64>,
}

/// What the scan looks at of a provider's reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderWord {
    /// Over which way it came.
    pub source: Source,
    /// What the provider says.
    pub status: ProviderStatus,
    /// How much in fen, where it says so.
    pub amount_minor: Option<i64>,
    /// In which currency, where it states an amount.
    pub currency: Option<Currency>,
    /// The provider's fee in fen, where it states one.
    pub fee_minor: Option<i64>,
}

/// The totals of a pair that plainly agrees; `None` for one that is in doubt.
///
/// `merchant` and `provider` are the pair's only rows, both of the day that is looked at; `provider`
/// is `None` when there is no reading, `listed` says whether the provider has listed the stream
/// whole. Money counts only where both sides succeeded: a provider that states no amount is taken
/// at the merchant's. A callback alone never makes a pair agree: it is a witness, and the provider is
/// still to be asked.
pub fn plainly_agrees(
    merchant: &MerchantWord,
    provider: Option<&ProviderWord>,
    listed: bool,
    tolerance_minor: i64,
) -> Option<Totals> {
    use MerchantStatus as M;
    use ProviderStatus as P;
    let Some(provider) = provider else {
        let quiet = listed && matches!(merchant.status, M::Failed | M::Closed);
        return quiet.then(Totals::default);
    };
    if provider.source == Source::Notification {
        return None;
    }
    match (merchant.status, provider.status) {
        (M::Succeeded, P::Succeeded) => same_money(merchant, provider, tolerance_minor),
        (M::Refunded, P::Refunded)
        | (
            M::Failed | M::Closed,
            P::NotFound | P::Pending | P::Failed | P::Refunded | P::Returned,
        ) => Some(Totals::default()),
        (M::Pending, _)
        | (
            M::Succeeded,
            P::NotFound
            | P::Unproved
            | P::Pending
            | P::Failed
            | P::Refunded
            | P::Returned
            | P::Held,
        )
        | (M::Failed | M::Closed, P::Unproved | P::Succeeded | P::Held)
        | (
            M::Refunded,
            P::NotFound
            | P::Unproved
            | P::Pending
            | P::Succeeded
            | P::Failed
            | P::Returned
            | P::Held,
        ) => None,
    }
}

fn same_money(
    merchant: &MerchantWord,
    provider: &ProviderWord,
    tolerance_minor: i64,
) -> Option<Totals> {
    if provider.currency.is_some_and(|currency| currency != merchant.amount.currency) {
        return None;
    }
    if provider.fee_minor.is_some() && provider.fee_minor != merchant.fee_minor {
        return None;
    }
    let provider_minor = provider.amount_minor.unwrap_or(merchant.amount.minor);
    let apart = provider_minor.abs_diff(merchant.amount.minor);
    if apart > u64::try_from(tolerance_minor).unwrap_or(0) {
        return None;
    }
    Some(Totals {
        merchant_count: 1,
        merchant_minor: merchant.amount.minor,
        provider_count: 1,
        provider_minor,
        status_only_count: i64::from(provider.amount_minor.is_none()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merchant(status: MerchantStatus) -> MerchantWord {
        MerchantWord { status, amount: Money::fen(100), fee_minor: None }
    }

    fn provider(status: ProviderStatus) -> ProviderWord {
        ProviderWord {
            source: Source::Query,
            status,
            amount_minor: Some(100),
            currency: Some(Currency::CNY),
            fee_minor: None,
        }
    }

    /// Rows are the merchant's statuses, columns the provider's; `y` agrees, `-` is in doubt.
    /// The last two columns have no reading, in a stream that was listed and one that was not.
    #[test]
    fn every_cell_of_the_definition_is_as_written() {
        let table = [
            "           not_found unproved pending succeeded failed refunded returned held listed unlisted",
            "pending    -         -        -       -         -      -        -        -    -      -",
            "succeeded  -         -        -       y         -      -        -        -    -      -",
            "failed     y         -        y       -         y      y        y        -    y      -",
            "closed     y         -        y       -         y      y        y        -    y      -",
            "refunded   -         -        -       -         -      y        -        -    -      -",
        ];
        let header: Vec<_> = table[0].split_whitespace().collect();
        let mut cells = 0;
        for line in &table[1..] {
            let mut words = line.split_whitespace();
            let ours = merchant(MerchantStatus::from_code(words.next().unwrap()).unwrap());
            for (column, cell) in header.iter().zip(words) {
                let theirs = ProviderStatus::from_code(column).map(provider);
                let found = plainly_agrees(&ours, theirs.as_ref(), *column != "unlisted", 0);
                assert_eq!(found.is_some(), cell == "y", "{} {column}", ours.status);
                cells += 1;
            }
        }
        assert_eq!(cells, MerchantStatus::ALL.len() * (ProviderStatus::ALL.len() + 2));
    }

    #[test]
    fn a_callback_alone_never_agrees() {
        for ours in MerchantStatus::ALL {
            for theirs in ProviderStatus::ALL {
                for source in Source::ALL {
                    let word = ProviderWord { source: *source, ..provider(*theirs) };
                    let asked = plainly_agrees(&merchant(*ours), Some(&provider(*theirs)), true, 0);
                    let found = plainly_agrees(&merchant(*ours), Some(&word), true, 0);
                    let expected = asked.filter(|_| *source != Source::Notification);
                    assert_eq!(found, expected, "{ours} {theirs} {source}");
                }
            }
        }
    }

    #[test]
    fn money_agrees_within_the_tolerance_and_in_one_currency_and_fee() {
        let usd = Currency::parse("USD").ok();
        let cny = Some(Currency::CNY);
        // tolerance, provider's amount, currency, provider's fee, merchant's fee, agrees
        let table = [
            (0, Some(100), cny, None, None, true),
            (0, Some(101), cny, None, None, false),
            (0, Some(99), cny, None, None, false),
            (1, Some(101), cny, None, None, true),
            (1, Some(99), cny, None, None, true),
            (1, Some(102), cny, None, None, false),
            (0, Some(100), usd, None, None, false),
            (0, None, None, None, None, true),
            (0, Some(100), cny, Some(3), None, false),
            (0, Some(100), cny, Some(3), Some(3), true),
            (0, Some(100), cny, Some(3), Some(4), false),
            (0, Some(100), cny, None, Some(4), true),
            (0, Some(i64::MIN), cny, None, None, false),
        ];
        for (tolerance, amount_minor, currency, theirs, ours, agrees) in table {
            let order = MerchantWord { fee_minor: ours, ..merchant(MerchantStatus::Succeeded) };
            let reading = ProviderWord {
                amount_minor,
                currency,
                fee_minor: theirs,
                ..provider(ProviderStatus::Succeeded)
            };
            let found = plainly_agrees(&order, Some(&reading), true, tolerance);
            assert_eq!(found.is_some(), agrees, "{tolerance} {reading:?} {ours:?}");
        }
    }

    #[test]
    fn money_that_the_provider_does_not_state_is_taken_from_the_merchant() {
        let order = merchant(MerchantStatus::Succeeded);
        let silent = ProviderWord {
            amount_minor: None,
            currency: None,
            ..provider(ProviderStatus::Succeeded)
        };
        let totals = plainly_agrees(&order, Some(&silent), true, 0).unwrap();
        assert_eq!((totals.provider_minor, totals.status_only_count), (100, 1));
        let stated = provider(ProviderStatus::Succeeded);
        let near = ProviderWord { amount_minor: Some(101), ..stated };
        let totals = plainly_agrees(&order, Some(&near), true, 5).unwrap();
        assert_eq!((totals.merchant_minor, totals.provider_minor), (100, 101));
        assert_eq!(totals.status_only_count, 0);
    }
}
