//! Pairs from short texts, so that judgement tests read as tables.

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::{Discrepancy, DiscrepancyType, Evidence, State};
use crate::money::{Currency, Money};
use crate::order::{Order, OrderKey, Stream};
use crate::reading::{Assurance, Facts, Pair, Past, Reading, Source};
use crate::status::{Kind, MerchantStatus, ProviderStatus};

/// The stream that tests use.
pub(crate) fn stream() -> Stream {
    Stream { account: "m".to_owned(), kind: Kind::Payment, product: "quick".to_owned() }
}

/// `20 10:00` is that time of November 2026 in Beijing.
pub(crate) fn at(text: &str) -> Timestamp {
    let text = format!("2026-11-{text}:00");
    let local = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").expect(&text);
    BusinessDay::BEIJING.moment(local)
}

/// `20` is that day of November 2026.
pub(crate) fn day(text: &str) -> BusinessDate {
    BusinessDate::parse(&format!("2026-11-{text}")).expect(text)
}

fn amount(text: &str) -> Option<Money> {
    let (digits, currency) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    let currency = if currency.is_empty() { "CNY" } else { currency };
    let currency = Currency::parse(currency).expect(text);
    (text != "-").then(|| Money { minor: digits.parse().expect(text), currency })
}

fn word<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().find_map(|w| w.strip_prefix(name))
}

/// `succeeded 100 [paid=20_10:00] [made=20_09:00] [fee=1] [product=wx]`.
pub(crate) fn order(stream: &Stream, order_no: &str, occurrence: i16, text: &str) -> Order {
    let words: Vec<&str> = text.split_whitespace().collect();
    let time = |name| word(&words, name).map(|t| at(&t.replace('_', " ")));
    let created_at = time("made=").unwrap_or(at("20 09:00"));
    let status = MerchantStatus::from_code(words[0]).expect(text);
    let paid = status == MerchantStatus::Succeeded || status == MerchantStatus::Refunded;
    let paid_at = time("paid=").or(paid.then(|| at("20 10:00")));
    Order {
        key: OrderKey { stream: stream.clone(), order_no: order_no.to_owned() },
        occurrence,
        business_date: BusinessDay::BEIJING.date_of(paid_at.unwrap_or(created_at)),
        provider_order_no: String::new(),
        original_order_no: String::new(),
        amount: amount(words[1]).expect(text),
        status,
        created_at: Some(created_at),
        paid_at,
        fee_minor: word(&words, "fee=").map(|fee| fee.parse().expect(text)),
        product: word(&words, "product=").unwrap_or_default().to_owned(),
        line: 2,
    }
}

/// `listing A succeeded 100 [paid=20_10:00] [said=21_02:30] [fee=1] [way=8000] [x2]`; `-` for no number or amount.
pub(crate) fn reading(stream: &Stream, order_no: &str, text: &str) -> Reading {
    let words: Vec<&str> = text.split_whitespace().collect();
    let status = ProviderStatus::from_code(words[2]).expect(text);
    let paid = matches!(status, ProviderStatus::Succeeded | ProviderStatus::Refunded);
    let paid_at = match word(&words, "paid=") {
        Some("-") => None,
        Some(time) => Some(at(&time.replace('_', " "))),
        None => paid.then(|| at("20 10:00")),
    };
    Reading {
        key: OrderKey { stream: stream.clone(), order_no: order_no.to_owned() },
        business_date: paid_at.map_or(day("20"), |paid| BusinessDay::BEIJING.date_of(paid)),
        source: Source::from_code(words[0]).expect(text),
        occurrence: word(&words, "x").map_or(1, |n| n.parse().expect(text)),
        facts: Facts {
            order_no: order_no.to_owned(),
            provider_order_no: words[1].trim_start_matches('-').to_owned(),
            status,
            status_code: format!("STATUS={status}"),
            amount: amount(words[3]),
            fee_minor: word(&words, "fee=").map(|fee| fee.parse().expect(text)),
            paid_at,
            withheld_minor: word(&words, "withheld=").map(|it| it.parse().expect(text)),
            way: word(&words, "way=").unwrap_or_default().to_owned(),
        },
        interface: "0x0305".to_owned(),
        assurance: Assurance::Md5,
        evidence: 1,
        observed_at: word(&words, "said=")
            .map_or_else(|| at("21 02:30"), |t| at(&t.replace('_', " "))),
        original_order_no: String::new(),
    }
}

/// `order; order | reading; reading`, either side may be empty.
pub(crate) fn pair(text: &str) -> Pair {
    let stream = stream();
    let (orders, readings) = text.split_once('|').expect("two sides");
    let split = |text: &str| -> Vec<String> {
        text.split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
    };
    Pair {
        key: OrderKey { stream: stream.clone(), order_no: "1".to_owned() },
        orders: (1..).zip(split(orders)).map(|(n, t)| order(&stream, "1", n, &t)).collect(),
        readings: split(readings).iter().map(|t| reading(&stream, "1", t)).collect(),
        confirmed_at: None,
        past: Past::default(),
        refused: Vec::new(),
    }
}

/// An open discrepancy of a stream, of which nothing else is known.
pub(crate) fn discrepancy(kind: DiscrepancyType, stream: &Stream) -> Discrepancy {
    Discrepancy {
        id: "DZ1".to_owned(),
        key: OrderKey { stream: stream.clone(), order_no: "1".to_owned() },
        kind,
        business_date: day("20"),
        first_seen: day("20"),
        timing_until: None,
        state: State::Open,
        closed_on: None,
        difference_minor: 0,
        provider_order_no: String::new(),
        original_order_no: String::new(),
        currency: Currency::CNY,
        merchant_amount_minor: None,
        provider_amount_minor: None,
        merchant_fee_minor: None,
        provider_fee_minor: None,
        merchant_status: Some(MerchantStatus::Succeeded),
        provider_status: ProviderStatus::Succeeded,
        merchant_time: None,
        provider_time: None,
        evidence: Evidence::none(),
        resolution: String::new(),
        resolved_by: String::new(),
        resolution_note: String::new(),
    }
}
