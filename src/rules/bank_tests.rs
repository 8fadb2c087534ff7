use super::*;

/// A day of November 2026; the 20th is a Friday.
fn november(day: &str) -> BusinessDate {
    BusinessDate::parse(&format!("2026-11-{day}")).expect(day)
}

/// The value of `key=…` among words.
fn named<'t>(words: &[&'t str], key: &str) -> Option<&'t str> {
    words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

/// `account day amount [no=…] [for=day]`.
fn payout(text: &str) -> Payout {
    let words: Vec<&str> = text.split(' ').collect();
    Payout {
        account: words[0].to_owned(),
        number: String::new(),
        paid_on: november(words[1]),
        settled_on: named(&words, "for").map(november),
        product: String::new(),
        reference: named(&words, "no").unwrap_or_default().to_owned(),
        money: Money::fen(words[2].parse().expect(text)),
    }
}

/// `day amount party [text …]`.
fn line(text: &str) -> BankLine {
    let words: Vec<&str> = text.splitn(4, ' ').collect();
    BankLine {
        booked_on: november(words[0]),
        money: Money::fen(words[1].parse().expect(text)),
        party: words[2].to_owned(),
        text: words.get(3).copied().unwrap_or_default().to_owned(),
        reference: String::new(),
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> T) -> Vec<T> {
    text.split(';').map(str::trim).filter(|it| !it.is_empty()).map(read).collect()
}

/// What payouts and lines come to: `proof day+day=day`, `unpaid account/day`, `unstated day`.
fn paired(payouts: &str, lines: &str) -> String {
    let (payouts, lines) = (list(payouts, payout), list(lines, line));
    let link = |payer: &str| BankLink {
        account: "bank".to_owned(),
        payers: vec![payer.to_owned()],
        within_days: 2,
    };
    let both = ["a", "b"].map(|name| (name.to_owned(), link("财付通(中国)")));
    let by_account = both.into_iter().chain([("c".to_owned(), link("支付宝"))]).collect();
    let pairing = pair(&payouts, &lines, &Terms { links: &by_account, calendar: None });
    let days = |days: &mut dyn Iterator<Item = BusinessDate>| {
        let days: Vec<String> = days.map(|day| day.to_string()[8..].to_owned()).collect();
        days.join("+")
    };
    let mut texts: Vec<String> = pairing
        .matches
        .iter()
        .map(|Match { payouts, lines, proof }| {
            let paid = days(&mut payouts.iter().map(|it| it.paid_on));
            format!("{proof} {paid}={}", days(&mut lines.iter().map(|it| it.booked_on)))
        })
        .collect();
    texts.extend(pairing.unpaid.iter().map(|Unpaid { payout, rivals }| {
        let or = rivals.iter().map(|rival| format!(" or {rival}"));
        let day = days(&mut std::iter::once(payout.paid_on));
        format!("unpaid {}/{day}{}", payout.account, or.collect::<String>())
    }));
    let unstated = |line: &&BankLine| format!("unstated {}", &line.booked_on.to_string()[8..]);
    texts.extend(pairing.unstated.iter().map(unstated));
    texts.join("; ")
}

#[test]
fn payouts_and_lines_are_paired_by_what_proves_it() {
    const W: &str = "财付通（中国）支付";
    let table: &[(&str, &str, &str)] = &[
        // A number that the bank repeats is certain, whatever the amount and the day.
        ("a 20 500 no=PO123456", "28 490 某公司 附言PO123456,货款", "reference 20=28"),
        ("a 20 500 no=PO123456", "21 500 某公司 PO1234567", "unpaid a/20"),
        ("a 20 500 no=PO1", "21 500 某公司 PO1", "unpaid a/20"),
        ("a 20 500 no=PO123456; a 20 300 no=PO123456", "23 800 x PO123456", "reference 20+20=23"),
        (
            "a 20 500 no=PO123456; a 20 300 no=PO654321",
            "23 800 x PO123456/PO654321",
            "reference 20+20=23",
        ),
        // Payer and amount, within two workdays; the bracket and blanks of the name do not matter.
        ("a 20 500", &format!("24 500 {W}"), "amount 20=24"),
        ("a 20 500", &format!("25 500 {W}"), "unpaid a/20; unstated 25"),
        ("a 20 500", &format!("19 500 {W}"), "unpaid a/20; unstated 19"),
        ("a 20 500", "23 500 某公司", "unpaid a/20"),
        ("c 20 500", &format!("23 500 {W}"), "unpaid c/20; unstated 23"),
        ("a 20 500", &format!("23 501 {W}"), "unpaid a/20; unstated 23"),
        // Several of one amount: their number is compared.
        (
            "a 18 500; a 19 500",
            &format!("19 500 {W}; 20 500 {W}"),
            "amount_of_several 18=19; amount_of_several 19=20",
        ),
        ("a 18 500; a 19 500", &format!("20 500 {W}"), "amount_of_several 18=20; unpaid a/19"),
        ("a 18 500", &format!("19 500 {W}; 20 500 {W}"), "amount_of_several 18=19; unstated 20"),
        ("a 18 500; b 18 500", &format!("19 500 {W}"), "amount_of_several 18=19; unpaid b/18 or a"),
        // Sums only where the platform itself says what belongs together.
        ("a 20 500 for=20; a 20 300 for=20", &format!("23 800 {W}"), "settlement_date 20+20=23"),
        (
            "a 20 500 for=19; a 20 300 for=20",
            &format!("23 800 {W}"),
            "unpaid a/20; unpaid a/20; unstated 23",
        ),
        ("a 20 500", &format!("23 200 {W}; 23 300 {W}"), "unpaid a/20; unstated 23; unstated 23"),
        (
            "a 20 500 for=20; a 20 300 for=20; b 20 400 for=20; b 20 400 for=20",
            &format!("23 800 {W}"),
            "unpaid a/20; unpaid a/20; unpaid b/20; unpaid b/20; unstated 23",
        ),
        // What came back is at neither side.
        ("a 18 500; a 20 -500", "", "returned 18+20="),
        ("", &format!("18 500 {W}; 19 -500 {W}"), "returned =18+19"),
        ("a 17 500; a 19 -500", &format!("18 500 {W}; 20 -500 {W}"), "amount 17=18; amount 19=20"),
        // Money that goes out, and that of other parties, is not the platform's.
        ("", &format!("18 -500 {W}; 18 500 某公司"), ""),
        ("", "", ""),
    ];
    for (payouts, lines, expected) in table {
        assert_eq!(&paired(payouts, lines), expected, "{payouts} | {lines}");
    }
}

#[test]
fn a_payout_has_so_many_workdays_to_arrive() {
    let link = BankLink { account: "bank".to_owned(), payers: Vec::new(), within_days: 3 };
    let links = BTreeMap::from([("a".to_owned(), link)]);
    let terms = Terms { links: &links, calendar: None };
    for (paid, arrives) in [("16", "19"), ("19", "24"), ("20", "25"), ("21", "25"), ("22", "25")] {
        assert_eq!(terms.arrives_by("a", november(paid)), november(arrives), "{paid}");
    }
}
