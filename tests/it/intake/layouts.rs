//! Goal: the way in which a file is written does not change what it says.
//! Method: random orders, written with random column order, quoting, line ends and encoding.

use std::fmt::Write as _;

use duizhang::business_day::{BusinessDay, Timestamp};
use duizhang::intake::IntakeError;
use duizhang::money::{Money, STATED_MINOR_MAX, yuan};
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::status::{Kind, MerchantStatus};
use proptest::prelude::*;

use super::{accounts, intake_bytes};

/// How a file is written.
#[derive(Debug, Clone)]
struct Layout {
    /// Places of the columns.
    columns: Vec<usize>,
    always_quoted: bool,
    line_end: &'static str,
    encoding: &'static str,
    delimiter: char,
}

fn layout() -> impl Strategy<Value = Layout> {
    (
        Just((0..13).collect::<Vec<usize>>()).prop_shuffle(),
        any::<bool>(),
        prop_oneof![Just("\n"), Just("\r\n")],
        prop_oneof![Just("utf-8"), Just("utf-8-bom"), Just("gb18030")],
        prop_oneof![Just(','), Just(';'), Just('\t')],
    )
        .prop_map(|(columns, always_quoted, line_end, encoding, delimiter)| Layout {
            columns,
            always_quoted,
            line_end,
            encoding,
            delimiter,
        })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000..1_795_204_800_i64).prop_map(Timestamp::from_epoch_seconds)
}

fn stream() -> impl Strategy<Value = Stream> {
    let streams = accounts().into_iter().flat_map(|account| {
        let name = account.name;
        account.lanes.into_iter().map(move |(kind, product)| Stream {
            account: name.clone(),
            kind,
            product,
        })
    });
    proptest::sample::select(streams.collect::<Vec<_>>())
}

fn order() -> impl Strategy<Value = Order> {
    (
        stream(),
        // A number of dashes alone says that there is none.
        "[A-DF-Z0-9_单-]{0,29}[A-DF-Z0-9单]",
        ("[0-9]{0,28}", "[0-9]{0,28}"),
        prop_oneof![0..=STATED_MINOR_MAX, 0..100_000_i64],
        proptest::sample::select(MerchantStatus::ALL),
        (proptest::option::of(moment()), moment()),
        proptest::option::of(-500..500_i64),
    )
        .prop_map(
            |(stream, order_no, numbers, minor, status, (created_at, paid_at), fee_minor)| {
                let refunds = stream.kind == Kind::Refund;
                Order {
                    key: OrderKey { stream, order_no },
                    occurrence: 1,
                    business_date: BusinessDay::BEIJING.date_of(paid_at),
                    provider_order_no: numbers.0,
                    original_order_no: if refunds { numbers.1 } else { String::new() },
                    amount: Money::fen(minor),
                    status,
                    created_at,
                    paid_at: Some(paid_at),
                    fee_minor,
                    product: String::new(),
                    line: 0,
                }
            },
        )
}

/// Values in the order of the contract, and one of a column that nobody asks for.
fn values(order: &Order, remark: &str) -> [String; 13] {
    let time = |moment: Option<Timestamp>| {
        moment.map(|m| BusinessDay::BEIJING.text(m)).unwrap_or_default()
    };
    let stream = &order.key.stream;
    [
        stream.account.clone(),
        stream.kind.to_string(),
        stream.product.clone(),
        order.key.order_no.clone(),
        order.provider_order_no.clone(),
        order.original_order_no.clone(),
        yuan(order.amount.minor),
        order.amount.currency.to_string(),
        order.status.to_string(),
        time(order.created_at),
        time(order.paid_at),
        order.fee_minor.map(yuan).unwrap_or_default(),
        remark.to_owned(),
    ]
}

fn line(layout: &Layout, values: &[String]) -> String {
    let mut line = String::new();
    for (place, column) in layout.columns.iter().enumerate() {
        let value = &values[*column];
        if place > 0 {
            line.push(layout.delimiter);
        }
        if layout.always_quoted || value.contains([layout.delimiter, '"', '\n', '\r']) {
            write!(line, "\"{}\"", value.replace('"', "\"\"")).unwrap();
        } else {
            line.push_str(value);
        }
    }
    line + layout.line_end
}

fn file(layout: &Layout, rows: &[(Order, String)]) -> Vec<u8> {
    let mut names = duizhang::intake::ORDER_COLUMNS.map(str::to_owned).to_vec();
    names.push("备注".to_owned());
    let mut text = line(layout, &names);
    for (order, remark) in rows {
        text.push_str(&line(layout, &values(order, remark)));
    }
    match layout.encoding {
        "gb18030" => encoding_rs::GB18030.encode(&text).0.into_owned(),
        "utf-8-bom" => format!("\u{feff}{text}").into_bytes(),
        _ => text.into_bytes(),
    }
}

/// Sorted, without repeated rows, occurrences counted, lines set to 0.
fn expected(rows: &[(Order, String)]) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for (order, _) in rows {
        if !orders.iter().any(|known| Order { occurrence: 1, ..known.clone() } == *order) {
            let same = orders.iter().filter(|known| known.key == order.key).count();
            orders.push(Order { occurrence: i16::try_from(same).unwrap() + 1, ..order.clone() });
        }
    }
    orders.sort_by(|a, b| (&a.key, a.occurrence).cmp(&(&b.key, b.occurrence)));
    orders
}

proptest! {
    #[test]
    fn orders_are_read_back_from_any_layout(
        layout in layout(),
        rows in proptest::collection::vec((order(), "[礼盒a,;\"\n\t]{0,8}"), 0..20),
        again in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..6),
    ) {
        let mut rows = rows;
        for (which, changed) in again {
            if rows.is_empty() {
                break;
            }
            let mut row = which.get(&rows).clone();
            if changed {
                row.0.amount.minor /= 2;
            }
            rows.push(row);
        }
        let read = intake_bytes(&file(&layout, &rows));
        // Where the few long numbers of a file all end in zeros by chance, they look like cut ones.
        prop_assume!(!matches!(read, Err(IntakeError::CutNumbers { .. })));
        let intake = read.unwrap();
        prop_assert_eq!(&intake.rejections, &[]);
        prop_assert_eq!(&intake.read.file.encoding, layout.encoding);
        let found: Vec<_> =
            intake.orders.iter().map(|order| Order { line: 0, ..order.clone() }).collect();
        prop_assert_eq!(found, expected(&rows));
    }

    #[test]
    fn no_bytes_make_the_intake_lose_a_row_or_stop(
        body in proptest::collection::vec(
            prop_oneof![
                proptest::sample::select(b"\n\r,\"E+- `'=".to_vec()),
                any::<u8>(),
            ],
            0..300,
        ),
    ) {
        let header = b"account,kind,order_no,amount,status,paid_at\n";
        let row = b"\nicashier-main,payment,GOOD,1.00,succeeded,2026-11-20\n";
        // `intake` checks that rows = orders + repeated + rejected.
        let intake = intake_bytes(&[header, body.as_slice(), row].concat()).unwrap();
        let is_good = |order: &Order| order.key.order_no == "GOOD";
        prop_assert!(intake.orders.iter().any(is_good) || body.contains(&b'"'));
    }
}
