//! Goal: the definition reads as tables. Method: words of both sides in, totals or doubt out.

use super::*;
use crate::money::Currency;

fn merchant(status: MerchantStatus) -> MerchantWord {
    MerchantWord { status, amount: Money::fen(100), fee_minor: None }
}

fn provider(status: ProviderStatus) -> ProviderWord {
    ProviderWord { source: Source::Query, status, amount: Some(Money::fen(100)), fee_minor: None }
}

const TERMS: Terms<'_> = Terms {
    is_listed: true,
    tolerance_minor: 0,
    verified_only: false,
    by_bill: false,
    fee: Chosen::None,
};

fn agreed(order: &MerchantWord, reading: ProviderWord, terms: &Terms<'_>) -> Option<Totals> {
    plainly_agrees(order, together(&[("P", reading)]).as_ref(), terms)
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
            let provider = theirs.and_then(|word| together(&[("", word)]));
            let terms = Terms { is_listed: *column != "unlisted", ..TERMS };
            let found = plainly_agrees(&ours, provider.as_ref(), &terms);
            assert_eq!(found.is_some(), cell == "y", "{} {column}", ours.status);
            cells += 1;
        }
    }
    assert_eq!(cells, MerchantStatus::ALL.len() * (ProviderStatus::ALL.len() + 2));
}

#[test]
fn a_callback_never_agrees_by_itself_and_a_statement_only_where_nothing_has_to_verify_it() {
    for ours in MerchantStatus::ALL {
        for theirs in ProviderStatus::ALL {
            for source in Source::ALL {
                for (verified_only, by_bill) in
                    [(false, false), (true, false), (false, true), (true, true)]
                {
                    let terms = Terms { verified_only, by_bill, ..TERMS };
                    let is_money =
                        *ours == MerchantStatus::Succeeded && *theirs == ProviderStatus::Succeeded;
                    let word = ProviderWord { source: *source, ..provider(*theirs) };
                    let counts = match source {
                        Source::Listing | Source::Query => true,
                        Source::Statement => !verified_only || (by_bill && is_money),
                        Source::Notification => false,
                    };
                    let asked = agreed(&merchant(*ours), provider(*theirs), &TERMS);
                    let found = agreed(&merchant(*ours), word, &terms);
                    assert_eq!(found, asked.filter(|_| counts), "{ours} {theirs} {source}");
                }
            }
        }
    }
}

#[test]
fn money_agrees_within_the_tolerance_and_in_one_currency_and_fee() {
    let usd = Currency::parse("USD").ok();
    let cny = Currency::parse("CNY").ok();
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
        (0, Some(100), cny, Some(3), None, true),
        (0, Some(100), cny, Some(3), Some(3), true),
        (0, Some(100), cny, Some(3), Some(4), false),
        (0, Some(100), cny, None, Some(4), true),
        (0, Some(i64::MIN), cny, None, None, false),
    ];
    for (tolerance, amount_minor, currency, theirs, ours, agrees) in table {
        let order = MerchantWord { fee_minor: ours, ..merchant(MerchantStatus::Succeeded) };
        let reading = ProviderWord {
            amount: amount_minor
                .map(|minor| Money { minor, currency: currency.unwrap_or(Currency::CNY) }),
            fee_minor: theirs,
            ..provider(ProviderStatus::Succeeded)
        };
        let terms = Terms { tolerance_minor: tolerance, ..TERMS };
        let found = agreed(&order, reading, &terms);
        assert_eq!(found.is_some(), agrees, "{tolerance} {reading:?} {ours:?}");
    }
}

#[test]
fn money_that_the_provider_does_not_state_is_taken_from_the_merchant() {
    let order = merchant(MerchantStatus::Succeeded);
    let stated = provider(ProviderStatus::Succeeded);
    let totals = agreed(&order, ProviderWord { amount: None, ..stated }, &TERMS).unwrap();
    assert_eq!((totals.provider_minor, totals.status_only_count), (100, 1));
    let near = ProviderWord { amount: Some(Money::fen(101)), ..stated };
    let terms = Terms { tolerance_minor: 5, ..TERMS };
    let totals = agreed(&order, near, &terms).unwrap();
    assert_eq!((totals.merchant_minor, totals.provider_minor), (100, 101));
    assert_eq!(totals.status_only_count, 0);
}

/// `source number status amount fee` per reading, `-` for what is not stated → what they come to.
#[test]
fn readings_come_together_where_they_say_one_thing() {
    let table = [
        ("", "nothing"),
        ("query P not_found - -", "query not_found - -"),
        ("notification P succeeded 100 -", "notification succeeded 100 -"),
        ("listing P succeeded 100 -; query P succeeded 100 -", "listing succeeded 100 -"),
        ("query P succeeded - -; notification P succeeded 100 -", "query succeeded 100 -"),
        ("query - succeeded 100 -; notification P succeeded - 3", "query succeeded 100 3"),
        ("query - failed - -; statement - failed - -", "query failed - -"),
        (
            "listing - held 1 2; query P held 1 2; statement - held - -; notification P held - -",
            "listing held 1 2",
        ),
        ("statement P succeeded 1 -; notification P succeeded 1 -", "statement succeeded 1 -"),
        // A second one of one source, another status, amount, fee or number; no word at all.
        ("listing P succeeded 100 -; listing P succeeded 100 -", "apart"),
        ("listing P succeeded 100 -; query P refunded 100 -", "apart"),
        ("listing P succeeded 100 -; query P succeeded 101 -", "apart"),
        ("listing P succeeded 100 -; query P succeeded 100u -", "apart"),
        ("listing P succeeded 100 1; query P succeeded 100 2", "apart"),
        ("listing P succeeded 100 -; query Q succeeded 100 -", "apart"),
        ("query P failed 1 -; statement - failed - -; notification Q failed 1 -", "apart"),
        ("query P failed - -; statement P failed 1 -; notification P failed 2 -", "apart"),
        ("query P failed - -; statement P failed - 1; notification P failed - 2", "apart"),
        ("listing P not_found - -; query P not_found - -", "apart"),
        ("listing P unproved - -; query P unproved - -", "apart"),
    ];
    for (text, expected) in table {
        let lines: Vec<&str> = text.split(';').map(str::trim).filter(|t| !t.is_empty()).collect();
        let readings: Vec<(&str, ProviderWord)> = lines
            .iter()
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                let currency = if words[3].ends_with('u') { "USD" } else { "CNY" };
                let currency = Currency::parse(currency).unwrap();
                let minor = words[3].trim_end_matches('u').parse().ok();
                let word = ProviderWord {
                    source: Source::from_code(words[0]).unwrap(),
                    status: ProviderStatus::from_code(words[2]).unwrap(),
                    amount: minor.map(|minor| Money { minor, currency }),
                    fee_minor: words[4].parse().ok(),
                };
                (words[1].trim_start_matches('-'), word)
            })
            .collect();
        let text_of = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
        // Whichever comes first.
        for turn in 0..readings.len().max(1) {
            let mut readings = readings.clone();
            readings.rotate_left(turn);
            let found = match together(&readings) {
                None => "nothing".to_owned(),
                Some(Together::Apart) => "apart".to_owned(),
                Some(Together::One(one)) => format!(
                    "{} {} {} {}",
                    one.source,
                    one.status,
                    text_of(one.amount.map(|amount| amount.minor)),
                    text_of(one.fee_minor),
                ),
            };
            assert_eq!(found, expected, "{readings:?}");
        }
    }
}
