//! 掉单: a callback that the shop received, and an order that it does not count all the same.

use crate::business_day::Timestamp;
use crate::discrepancy::DiscrepancyType;
use crate::reading::{Pair, Source};
use crate::rules::judge::ProviderSide;
use crate::status::ProviderStatus;

/// When the shop first received a verified callback that says `succeeded` about what it does not
/// count; `None` where none is known.
///
/// Only for the types of which that is the cause. A callback that names another transaction than the
/// one judged is about that other one.
pub(super) fn callback_at(
    kind: DiscrepancyType,
    side: &ProviderSide,
    pair: &Pair,
) -> Option<Timestamp> {
    let is_lost = matches!(
        kind,
        DiscrepancyType::PaidOnlyAtProvider
            | DiscrepancyType::StillPending
            | DiscrepancyType::MissingAtMerchant
            | DiscrepancyType::RefusedAtMerchant
    );
    let number = &side.provider_order_no;
    pair.readings
        .iter()
        .filter(|reading| is_lost && reading.source == Source::Notification)
        .filter(|reading| reading.facts.status == ProviderStatus::Succeeded)
        .filter(|reading| {
            let named = &reading.facts.provider_order_no;
            named.is_empty() || number.is_empty() || named == number
        })
        .map(|reading| reading.observed_at)
        .min()
}

#[cfg(test)]
mod tests {
    use crate::business_day::BusinessDay;
    use crate::rules::judge::{Rules, judge};
    use crate::rules::testing::{at, pair};

    /// A pair, and of each finding its type and whether the callback is its story.
    #[test]
    fn a_received_callback_is_shown_where_the_shop_does_not_count_the_money() {
        let rules = Rules {
            business_day: BusinessDay::BEIJING,
            tolerance_minor: 0,
            timing_window_seconds: 24 * 3600,
            fees: &[],
            listed: true,
            offered: true,
            by_bill: None,
            asked_since: None,
        };
        let table = [
            (
                "pending 1 | query A succeeded 1; notification A succeeded 1",
                "paid_only_at_provider!",
            ),
            (
                "closed 1 | query A succeeded 1; notification - succeeded -",
                "paid_only_at_provider!",
            ),
            ("pending 1 | notification A succeeded 1", "paid_only_at_provider!"),
            ("pending 1 | query A succeeded 1", "paid_only_at_provider"),
            ("pending 1 | query A succeeded 1; notification A failed 1", "paid_only_at_provider"),
            (
                "pending 1 | query A succeeded 1; notification B succeeded 1 paid=20_11:00",
                "paid_only_at_provider paid_twice",
            ),
            ("pending 1 | query A pending 1; notification A succeeded 1", "still_pending!"),
            ("pending 1 | query - not_found -; notification A succeeded 1", "still_pending!"),
            (" | listing A succeeded 1; notification A succeeded 1", "missing_at_merchant!"),
            (
                " | listing A succeeded 1; listing B succeeded 1; notification B succeeded 1",
                "missing_at_merchant missing_at_merchant!",
            ),
            ("succeeded 2 | query A succeeded 1; notification A succeeded 1", "amount_mismatch"),
            ("succeeded 1 | query A failed 1; notification A succeeded 1", "paid_only_at_merchant"),
        ];
        for (text, expected) in table {
            let judgement = judge(&pair(text), &rules);
            let found: Vec<String> = judgement
                .findings
                .iter()
                .map(|finding| {
                    let callback = finding.provider.evidence.callback_at;
                    assert!(callback.is_none_or(|received| received == at("21 02:30")));
                    format!("{}{}", finding.kind, if callback.is_some() { "!" } else { "" })
                })
                .collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }
}
