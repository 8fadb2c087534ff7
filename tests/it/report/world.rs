//! A day with one discrepancy of every type, written into a real ledger.

use std::path::Path;

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::config::{Encoding, Language, LongIdGuard, ReportSettings, Rights};
use duizhang::discrepancy::pattern::{Pattern, PatternKind};
use duizhang::discrepancy::{Discrepancy, DiscrepancyType, Evidence, State, TimeFrom};
use duizhang::ledger::{Access, open};
use duizhang::ledger::{
    AccountVerdict, DiscrepancyChange, DiscrepancyEvent, IntakeFile, Ledger, Totals,
};
use duizhang::money::Currency;
use duizhang::order::{OrderKey, Origin, Rejection, RejectionReason, Stream};
use duizhang::reading::{Assurance, Source};
use duizhang::report::{ReportAccount, ReportRequest};
use duizhang::status::{Coverage, Kind, MerchantStatus, ProviderStatus, Verdict};
use tempfile::TempDir;

/// The reported date.
pub(super) const DATE: &str = "2026-11-20";

pub(super) fn date(text: &str) -> BusinessDate {
    BusinessDate::parse(text).unwrap()
}

/// `20 10:00` in November 2026, Beijing.
pub(super) fn at(text: &str) -> Timestamp {
    let text = format!("2026-11-{text}:00");
    let local = chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").unwrap();
    BusinessDay::BEIJING.moment(local)
}

pub(super) fn settings(
    language: Language,
    encoding: Encoding,
    long_id_guard: LongIdGuard,
) -> ReportSettings {
    ReportSettings {
        dir: "not looked at".into(),
        language,
        encoding,
        long_id_guard,
        rights: Rights::default(),
    }
}

pub(super) fn accounts() -> Vec<ReportAccount> {
    let account = |name: &str, provider_id: &str, merchant_no: &str| ReportAccount {
        title: name.to_owned(),
        name: name.to_owned(),
        provider_id: provider_id.to_owned(),
        merchant_no: merchant_no.to_owned(),
        insecure: false,
        calls_back: Vec::new(),
    };
    vec![
        account("zhangxun-main", "zhangxun", "16121900001774"),
        account("mmsp-main", "mmsp", "001440353999853"),
        account("icashier-main", "icashier", "100200300"),
        account("lhxpay-main", "lhxpay", "demo-app"),
    ]
}

pub(super) fn request<'a>(
    dir: &'a Path,
    settings: &'a ReportSettings,
    accounts: &'a [ReportAccount],
) -> ReportRequest<'a> {
    ReportRequest {
        date: date(DATE),
        dir,
        settings,
        business_day: BusinessDay::BEIJING,
        accounts,
        unusual: &[],
        settled: &super::settled::SETTLED,
        since: None,
        anchor: None,
        config_digest: "c0ffee",
        severity: duizhang::discrepancy::SeverityBands::default(),
    }
}

/// A ledger with the whole day in it.
pub(super) async fn ledger(folder: &TempDir) -> Box<dyn Ledger> {
    let ledger = empty(folder).await;
    let rows = rows();
    put(ledger.as_ref(), &rows).await;
    put_day(ledger.as_ref(), &rows).await;
    put_inputs(ledger.as_ref()).await;
    ledger.put_patterns(date(DATE), &["mmsp-main".to_owned()], &[pattern()]).await.unwrap();
    ledger
}

/// Forty lost callbacks with one cause.
fn pattern() -> Pattern {
    Pattern {
        kind: PatternKind::CallbackOutage,
        stream: Stream {
            account: "mmsp-main".to_owned(),
            kind: Kind::Payment,
            product: "quick".to_owned(),
        },
        of: DiscrepancyType::PaidOnlyAtProvider,
        currency: Currency::CNY,
        count: 40,
        among: 41,
        difference_minor: 123_400,
        span: Some((at("20 14:07"), at("20 15:30"))),
        constant_minor: 0,
    }
}

pub(super) async fn empty(folder: &TempDir) -> Box<dyn Ledger> {
    let url = format!("sqlite://{}", folder.path().join("ledger.db").display());
    let ledger = open(&url, Access::Work).await.unwrap();
    ledger.migrate().await.unwrap();
    ledger
}

pub(super) async fn put(ledger: &dyn Ledger, rows: &[Discrepancy]) {
    let changes: Vec<_> = rows
        .iter()
        .map(|row| DiscrepancyChange {
            discrepancy: row.clone(),
            event: DiscrepancyEvent {
                discrepancy_id: row.id.clone(),
                order_no: row.key.order_no.clone(),
                sequence: 0,
                business_date: row.first_seen,
                event: "raised".to_owned(),
                person: "duizhang".to_owned(),
                note: String::new(),
                occurred_at: at("21 02:00"),
            },
        })
        .collect();
    ledger.put_discrepancies(&changes).await.unwrap();
}

/// Totals that the rows explain to the fen: ten plain orders per stream, and what the rows say.
async fn put_day(ledger: &dyn Ledger, rows: &[Discrepancy]) {
    let mut totals: Vec<(Stream, Currency, Totals)> = Vec::new();
    let in_totals =
        |row: &&Discrepancy| row.business_date == date(DATE) && !row.kind.is_of_account();
    for row in rows.iter().filter(in_totals) {
        let agreed = row.state == State::Resolved && row.resolved_by == "duizhang";
        let difference = if agreed { 0 } else { row.difference_minor };
        let known = totals.iter_mut().find(|it| (&it.0, it.1) == (&row.key.stream, row.currency));
        if let Some((_, _, known)) = known {
            known.provider_minor += difference;
            continue;
        }
        let plain = Totals {
            merchant_count: 10,
            merchant_minor: 1_000_000,
            provider_count: 10,
            provider_minor: 1_000_000 + difference,
            status_only_count: i64::from(row.key.stream.account == "lhxpay-main") * 4,
        };
        totals.push((row.key.stream.clone(), row.currency, plain));
    }
    totals.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let verdict = |account: &str, verdict, coverage, reason: &str| AccountVerdict {
        account: account.to_owned(),
        verdict,
        coverage,
        reason: reason.to_owned(),
    };
    let verdicts = [
        verdict("icashier-main", Verdict::ProvedEmpty, Coverage::OneSided, ""),
        verdict("lhxpay-main", Verdict::Complete, Coverage::StatusOnly, ""),
        verdict("mmsp-main", Verdict::Complete, Coverage::TwoSided, ""),
        verdict(
            "zhangxun-main",
            Verdict::Incomplete,
            Coverage::OneSided,
            "3 of 40 orders unproved",
        ),
    ];
    ledger.put_day(date(DATE), &totals, &verdicts).await.unwrap();
}

async fn put_inputs(ledger: &dyn Ledger) {
    let rejection = |line, column: &str, value: &str, reason, order_no: &str| {
        Ok(Rejection {
            column: column.to_owned(),
            value: value.to_owned(),
            order_no: order_no.to_owned(),
            ..Rejection::whole(Origin::Orders, "orders/2026-11-20.csv", line, reason)
        })
    };
    let rejections = vec![
        rejection(7, "order_no", "1.23457E+19", RejectionReason::Scientific, ""),
        rejection(9, "amount", "-5.00", RejectionReason::Negative, "20261120000000000009"),
        rejection(12, "", "", RejectionReason::WrongColumnCount, ""),
    ];
    let file = IntakeFile {
        origin: Origin::Orders,
        name: "orders/2026-11-20.csv".to_owned(),
        digest: "ab".repeat(32),
        business_date: date(DATE),
        rows: 53,
        rejected: 3,
        encoding: "gb18030".to_owned(),
        imported_at: at("21 01:00"),
        lines: duizhang::lines::LineCounts::default(),
    };
    let orders = Box::new(std::iter::empty());
    ledger.put_orders(&file, orders, Box::new(rejections.into_iter())).await.unwrap();
    let unreadable = Rejection {
        column: "TXNAMT".to_owned(),
        value: "12,50".to_owned(),
        order_no: "Q2026112000000017".to_owned(),
        account: "mmsp-main".to_owned(),
        ..Rejection::whole(Origin::Listing, "mmsp-main 0x0309", 0, RejectionReason::Unreadable)
    };
    ledger.put_rejections("mmsp-main 0x0309", date(DATE), &[unreadable]).await.unwrap();
}

/// A discrepancy in shorthand: who, what, both sides, the difference.
pub(super) struct Case {
    pub(super) row: Discrepancy,
}

impl Case {
    pub(super) fn new(number: u32, kind: DiscrepancyType, stream: (&str, Kind, &str)) -> Self {
        let (account, stream_kind, product) = stream;
        let order_no = format!("202611200000000000{number:02}");
        let stream =
            Stream { account: account.to_owned(), kind: stream_kind, product: product.to_owned() };
        let evidence = Evidence {
            source: Some(Source::Query),
            interface: "0x0305".to_owned(),
            assurance: Assurance::Md5,
            status_code: "STATUS=2".to_owned(),
            amount_assumed: false,
            time_from: TimeFrom::Stated,
            callback_at: None,
            amount_from: None,
            answered_on: None,
        };
        Self {
            row: Discrepancy {
                id: format!("DZ00000000000000{number:02}"),
                key: OrderKey { stream, order_no },
                kind,
                business_date: date(DATE),
                first_seen: date(DATE),
                timing_until: None,
                state: State::Open,
                closed_on: None,
                difference_minor: 0,
                provider_order_no: format!("0001{number:08}"),
                original_order_no: String::new(),
                currency: Currency::CNY,
                merchant_amount_minor: None,
                provider_amount_minor: None,
                merchant_fee_minor: None,
                provider_fee_minor: None,
                merchant_status: None,
                provider_status: ProviderStatus::NotFound,
                merchant_time: None,
                provider_time: None,
                evidence,
                resolution: String::new(),
                resolved_by: String::new(),
                resolution_note: String::new(),
            },
        }
    }

    pub(super) fn merchant(mut self, status: MerchantStatus, minor: i64) -> Self {
        self.row.merchant_status = Some(status);
        self.row.merchant_amount_minor = Some(minor);
        self.row.merchant_time = Some(at("20 10:00"));
        self
    }

    pub(super) fn provider(mut self, status: ProviderStatus, minor: Option<i64>) -> Self {
        self.row.provider_status = status;
        self.row.provider_amount_minor = minor;
        self.row.provider_time = minor.map(|_| at("20 10:01"));
        self
    }

    pub(super) fn difference(mut self, minor: i64) -> Self {
        self.row.difference_minor = minor;
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Discrepancy)) -> Self {
        change(&mut self.row);
        self
    }
}

/// One row of every type, and every state.
pub(super) fn rows() -> Vec<Discrepancy> {
    let mut cases = one_sided();
    cases.extend(two_sided());
    cases.extend(over_nights());
    cases.extend(super::settled::cases());
    cases.into_iter().map(|case| case.row).collect()
}

fn one_sided() -> Vec<Case> {
    use DiscrepancyType as Type;
    use MerchantStatus as Ours;
    use ProviderStatus as Theirs;
    let quick = ("mmsp-main", Kind::Payment, "quick");
    let payout = ("mmsp-main", Kind::Payout, "payout");
    let payment = ("zhangxun-main", Kind::Payment, "");
    vec![
        Case::new(1, Type::MissingAtMerchant, quick)
            .provider(Theirs::Succeeded, Some(10_000))
            .difference(10_000)
            .with(|row| row.evidence.source = Some(Source::Listing)),
        Case::new(60, Type::RefusedAtMerchant, quick)
            .provider(Theirs::Succeeded, Some(1_200))
            .difference(1_200)
            .with(|row| row.evidence.source = Some(Source::Listing)),
        Case::new(2, Type::MissingAtProvider, payment)
            .merchant(Ours::Succeeded, 12_345_600)
            .difference(-12_345_600)
            .with(|row| {
                row.provider_order_no = String::new();
                row.evidence.assurance = Assurance::Refusal;
                "订单不存在".clone_into(&mut row.evidence.status_code);
            }),
        Case::new(3, Type::PaidOnlyAtProvider, quick)
            .merchant(Ours::Pending, 8_800)
            .provider(Theirs::Succeeded, Some(8_800))
            .difference(8_800)
            .with(|row| row.evidence.callback_at = Some(at("20 10:01"))),
        Case::new(4, Type::PaidOnlyAtMerchant, payout)
            .merchant(Ours::Succeeded, 500_000)
            .provider(Theirs::Returned, Some(500_000))
            .difference(-500_000)
            .with(|row| {
                row.evidence.assurance = Assurance::Rsa;
                "0x1002".clone_into(&mut row.evidence.interface);
            }),
        Case::new(5, Type::StillPending, payment)
            .merchant(Ours::Pending, 100)
            .provider(Theirs::Pending, None)
            .with(|row| row.timing_until = Some(at("21 10:00"))),
        Case::new(6, Type::Unproved, payment).merchant(Ours::Succeeded, 20_000).with(|row| {
            row.provider_status = Theirs::Unproved;
            row.difference_minor = -20_000;
            row.evidence.assurance = Assurance::None;
            "timeout".clone_into(&mut row.evidence.status_code);
        }),
        Case::new(7, Type::Unproved, payment).merchant(Ours::Failed, 3_000).with(|row| {
            row.provider_status = Theirs::Unproved;
            row.evidence.assurance = Assurance::None;
            "wrong_signature".clone_into(&mut row.evidence.status_code);
        }),
        Case::new(8, Type::Held, payout)
            .merchant(Ours::Pending, 70_000)
            .provider(Theirs::Held, Some(70_000)),
    ]
}

fn two_sided() -> Vec<Case> {
    use DiscrepancyType as Type;
    use MerchantStatus as Ours;
    use ProviderStatus as Theirs;
    let scan = ("mmsp-main", Kind::Payment, "scan");
    let refund = ("mmsp-main", Kind::Refund, "scan");
    let lhx = ("lhxpay-main", Kind::Payment, "");
    let paid = |number, kind, ours, theirs| {
        Case::new(number, kind, scan)
            .merchant(Ours::Succeeded, ours)
            .provider(Theirs::Succeeded, Some(theirs))
    };
    vec![
        Case::new(9, Type::StatusMismatch, lhx)
            .merchant(Ours::Pending, 6_600)
            .provider(Theirs::Failed, None)
            .with(|row| {
                row.evidence.assurance = Assurance::Echo;
                row.evidence.amount_assumed = true;
                row.evidence.time_from = TimeFrom::Merchant;
            }),
        Case::new(10, Type::RefundedOnlyAtProvider, scan)
            .merchant(Ours::Succeeded, 9_900)
            .provider(Theirs::Refunded, Some(9_900))
            .difference(-9_900),
        Case::new(11, Type::RefundedOnlyAtMerchant, scan)
            .merchant(Ours::Refunded, 4_500)
            .provider(Theirs::Succeeded, Some(4_500))
            .difference(4_500),
        // One row in each side's currency: 123.00 yuan were booked, 1230 yen paid.
        paid(12, Type::CurrencyMismatch, 12_300, 0).difference(-12_300).with(|row| {
            row.provider_amount_minor = None;
        }),
        paid(12, Type::CurrencyMismatch, 0, 1_230).difference(1_230).with(|row| {
            "DZ0000000000000020".clone_into(&mut row.id);
            row.currency = Currency::parse("JPY").unwrap();
            row.merchant_amount_minor = None;
        }),
        paid(13, Type::AmountMismatch, 10_000, 100).difference(-9_900),
        paid(14, Type::FeeMismatch, 10_000, 10_000).with(|row| {
            row.merchant_fee_minor = Some(38);
            row.provider_fee_minor = Some(60);
        }),
        Case::new(15, Type::OverRefund, refund)
            .merchant(Ours::Succeeded, 5_000)
            .provider(Theirs::Succeeded, Some(5_000))
            .with(|row| "20261119000000000088".clone_into(&mut row.original_order_no)),
        paid(16, Type::DuplicateAtMerchant, 1_000, 1_000),
        paid(17, Type::DuplicateAtProvider, 1_000, 1_000),
        paid(18, Type::PaidTwice, 2_000, 2_000).difference(2_000),
        paid(19, Type::CrossDay, 30_000, 30_000).difference(-30_000).with(|row| {
            row.provider_time = Some(at("21 00:00"));
            row.timing_until = Some(Timestamp::from_epoch_seconds(i64::MAX));
        }),
    ]
}

/// What earlier nights have left, and what people have done about it.
fn over_nights() -> Vec<Case> {
    use DiscrepancyType as Type;
    use MerchantStatus as Ours;
    use ProviderStatus as Theirs;
    let quick = ("mmsp-main", Kind::Payment, "quick");
    let lost = |number, minor: i64| {
        Case::new(number, Type::PaidOnlyAtProvider, quick)
            .merchant(Ours::Closed, minor)
            .provider(Theirs::Succeeded, Some(minor))
            .difference(minor)
    };
    vec![
        // Carried over from an earlier day: in the rows, not in this day's sums.
        lost(20, 1_500).with(|row| {
            row.evidence.callback_at = Some(at("14 10:01"));
            row.business_date = date("2026-11-14");
            row.first_seen = date("2026-11-14");
        }),
        lost(21, 700).with(|row| {
            row.state = State::Suspense;
            "li".clone_into(&mut row.resolved_by);
            "suspense".clone_into(&mut row.resolution);
            "=HYPERLINK(\"http://x\")".clone_into(&mut row.resolution_note);
        }),
        lost(22, 900).with(|row| {
            row.state = State::WrittenOff;
            row.closed_on = Some(date(DATE));
            "li".clone_into(&mut row.resolved_by);
            "written_off".clone_into(&mut row.resolution);
            "金额小，\"核销\"".clone_into(&mut row.resolution_note);
        }),
        lost(23, 1_100).with(|row| {
            row.state = State::Resolved;
            row.closed_on = Some(date(DATE));
            "duizhang".clone_into(&mut row.resolved_by);
            "agreed".clone_into(&mut row.resolution);
            "merchant succeeded, provider succeeded".clone_into(&mut row.resolution_note);
        }),
    ]
}
