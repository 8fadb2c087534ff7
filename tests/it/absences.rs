//! Goal: nothing is concluded from an absence that nothing proves: a listing is disproved by an answer, "no
//! such order" counts of an account that has proved itself, and asking harms no callback.
//! Method: nights of a stub platform for the rules of listings; the whole job through the binary, against
//! simulated platforms with each fault, and again after the fault is healed.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use duizhang::business_day::{BusinessDate, BusinessDay};
use duizhang::simulator::world::{Fault, FaultAt};
use duizhang::simulator::{Simulator, World, WorldSettings, serve};
use duizhang::status::Verdict;
use serde_json::json;

use crate::night::{code, rows, stderr, stdout};
use crate::stub::{Stubbed, at, november};

/// The business date of every world here.
const DATE: &str = "2026-11-18";

/// An order of the 20th that the merchant closed.
fn closed(order_no: &str) -> String {
    format!("payment,{order_no},,1.00,closed,2026-11-20 09:00:00,")
}

fn succeeded(order_no: &str) -> String {
    format!("payment,{order_no},,1.00,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00")
}

async fn filed(stub: &Stubbed, rows: &[String]) {
    stub.file(20, &rows.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn one_spot_check_that_was_paid_has_every_order_asked_about_that_the_merchant_gave_up() {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    stub.app.config.matching.spot_checks = 2;
    let numbers: Vec<String> = (10..40).map(|number| format!("C{number}")).collect();
    filed(&stub, &numbers.iter().map(|it| closed(it)).collect::<Vec<_>>()).await;
    stub.lists(20, &[]);
    for number in &numbers {
        stub.says_of(20, number, "succeeded", Some(100));
    }
    let (verdict, asked) = stub.night_after(20).await;
    assert_eq!(verdict.verdict, Verdict::Incomplete, "{}", verdict.reason);
    assert!(verdict.reason.contains("leaves out 30 order(s)"), "{}", verdict.reason);
    assert_eq!(asked.len(), 1 + numbers.len(), "each is asked about once: {asked:?}");
    let found = stub.report(20, "discrepancies").await;
    assert_eq!(found.len(), 1 + numbers.len());
    assert!(found.iter().skip(1).all(|row| row[9] == "paid_only_at_provider"), "{found:?}");
    // A second run knows it by the answers of the first.
    let (again, _) = stub.night_after(20).await;
    assert_eq!(again, verdict);
    // The platform lists them now.
    let listed: Vec<_> = numbers.iter().map(|it| (it.as_str(), "succeeded", 100)).collect();
    stub.lists(20, &listed);
    let (healed, _) = stub.night_after(20).await;
    assert_eq!(healed.verdict, Verdict::Complete, "{}", healed.reason);
}

#[tokio::test]
async fn spot_checks_that_find_nothing_prove_nothing_wrong_and_are_not_repeated() {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    stub.app.config.matching.spot_checks = 3;
    let numbers: Vec<String> = (10..40).map(|number| format!("C{number}")).collect();
    let orders = numbers.iter().map(|it| closed(it)).chain([succeeded("1")]);
    filed(&stub, &orders.collect::<Vec<_>>()).await;
    stub.lists(20, &[("1", "succeeded", 100)]);
    for number in &numbers {
        stub.says_of(20, number, "failed", None);
    }
    let (verdict, first) = stub.night_after(20).await;
    assert_eq!(verdict.verdict, Verdict::Complete, "{}", verdict.reason);
    assert_eq!(first.len(), 1 + 3, "{first:?}");
    let (verdict, again) = stub.night_after(20).await;
    assert_eq!((verdict.verdict, again.len()), (Verdict::Complete, 1), "{again:?}");
    // None are wanted.
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    stub.app.config.matching.spot_checks = 0;
    filed(&stub, &[closed("C1")]).await;
    stub.lists(20, &[]);
    let (_, asked) = stub.night_after(20).await;
    assert_eq!(asked, ["/list/2026-11-20/1"]);
}

#[tokio::test]
async fn an_order_that_both_sides_count_and_the_listing_lacks_disproves_it_unless_it_was_given_back()
 {
    for (status, expected) in [("succeeded", Verdict::Incomplete), ("refunded", Verdict::Complete)]
    {
        let mut stub = Stubbed::new(&["payment", "list"]).await;
        filed(&stub, &[succeeded("1"), succeeded("2")]).await;
        stub.lists(20, &[("1", "succeeded", 100)]);
        stub.says_of(20, "2", status, Some(100));
        let (verdict, _) = stub.night_after(20).await;
        assert_eq!(verdict.verdict, expected, "{status}: {}", verdict.reason);
        let names = verdict.reason.contains("leaves out 1 order(s)");
        assert_eq!(names, expected == Verdict::Incomplete, "{}", verdict.reason);
        // The answer is known by now; the listing is disproved all the same.
        let (again, _) = stub.night_after(20).await;
        assert_eq!(again, verdict);
    }
}

/// A page of a listing of the 20th.
fn page(total: usize, pages: usize, rows: &[(&str, i64)]) -> serde_json::Value {
    let row = |(order_no, paid_at): &(&str, i64)| {
        json!({
            "order_no": order_no, "number": format!("P{order_no}"), "status": "succeeded",
            "amount": 100, "paid_at": paid_at,
        })
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    json!({ "sign": "good", "total": total, "pages": pages, "rows": rows })
}

#[tokio::test]
async fn a_row_dated_to_another_year_is_refused_by_name_and_the_listing_proves_nothing() {
    let table = [
        ("2099-11-20", Some("2099-11-20")),
        ("2027-11-20", Some("2027-11-20")),
        ("2026-11-18", Some("2026-11-18")),
        ("2026-11-22", Some("2026-11-22")),
        // Which of its times a platform lists by is written nowhere: neighbours are records of their day.
        ("2026-11-19", None),
        ("2026-11-21", None),
    ];
    for (day, refused) in table {
        let mut stub = Stubbed::new(&["payment", "list"]).await;
        filed(&stub, &[succeeded("1")]).await;
        let noon =
            BusinessDay::BEIJING.moment(format!("{day}T12:00:00").parse().unwrap()).epoch_seconds();
        let right = at("20 10:00").epoch_seconds();
        let listing = page(2, 1, &[("1", right), ("X9", noon)]);
        stub.answers.lock().unwrap().insert("/list/2026-11-20/1".to_owned(), listing);
        stub.says_of(20, "1", "succeeded", Some(100));
        let (verdict, _) = stub.night_after(20).await;
        let rejected = stub.report(20, "rejected_rows").await;
        let expected = if refused.is_some() { Verdict::Incomplete } else { Verdict::Complete };
        assert_eq!(verdict.verdict, expected, "{day}: {}", verdict.reason);
        assert_eq!(rejected.len(), 1 + usize::from(refused.is_some()), "{day}: {rejected:?}");
        if let Some(value) = refused {
            assert!(verdict.reason.contains("1 row(s) are dated to other days"), "{verdict:?}");
            for cell in ["another_day", "X9", value] {
                assert!(rejected[1].iter().any(|it| it == cell), "{cell}: {rejected:?}");
            }
        } else {
            let known = stub.app.ledger.find("X9").await.unwrap();
            let date = BusinessDate::parse(day).unwrap();
            assert_eq!(known[0].readings[0].business_date, date);
        }
    }
}

#[tokio::test]
async fn pages_that_are_all_the_first_one_prove_nothing_however_often_they_come() {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    filed(&stub, &[succeeded("1"), succeeded("2")]).await;
    let paid_at = at("20 10:00").epoch_seconds();
    for number in 1..=3 {
        let listing = page(6, 3, &[("1", paid_at), ("2", paid_at)]);
        stub.answers.lock().unwrap().insert(format!("/list/2026-11-20/{number}"), listing);
    }
    let (verdict, _) = stub.night_after(20).await;
    assert_eq!(verdict.verdict, Verdict::Incomplete);
    assert!(verdict.reason.contains("6 rows announced, 2 different"), "{}", verdict.reason);
    stub.lists(20, &[("1", "succeeded", 100), ("2", "succeeded", 100)]);
    let (healed, _) = stub.night_after(20).await;
    assert_eq!(healed.verdict, Verdict::Complete, "{}", healed.reason);
}

#[tokio::test]
async fn an_answer_dated_to_another_century_is_dated_by_the_merchant_and_says_so() {
    let mut stub = Stubbed::new(&["payment"]).await;
    filed(&stub, &[succeeded("1")]).await;
    stub.answers.lock().unwrap().insert(
        "/query/1".to_owned(),
        json!({
            "sign": "good", "order_no": "1", "number": "P1", "status": "succeeded", "amount": 300,
            "paid_at": 4_070_908_800_i64,
        }),
    );
    stub.night_after(20).await;
    let known = stub.app.ledger.find("1").await.unwrap();
    let reading = &known[0].readings[0];
    assert_eq!((reading.business_date, reading.facts.paid_at), (november(20), None));
    assert_eq!(reading.facts.status_code, "status=succeeded time=2099-01-01 08:00:00?");
    let found = stub.report(20, "discrepancies").await;
    assert_eq!(found[1][9], "amount_mismatch");
}

/// A world's files, in English, and its platforms being served.
struct Stage {
    folder: tempfile::TempDir,
    simulator: Simulator,
    settings: WorldSettings,
}

async fn stage(settings: WorldSettings) -> Stage {
    let world = Arc::new(World::make(settings.clone()).unwrap());
    let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = world.write_files(folder.path(), simulator.addr).unwrap();
    let config = std::fs::read_to_string(&files.config).unwrap();
    std::fs::write(&files.config, config.replace("\"zh\"", "\"en\"")).unwrap();
    Stage { folder, simulator, settings }
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit_config(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("duizhang.toml")).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(self.path("duizhang.toml"), text.replace(from, to)).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
        command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn nightly(&self) -> Output {
        self.run(&["run", "nightly", "--date", DATE]).await
    }

    /// The same platforms without what was wrong with them.
    async fn healed(self) -> Self {
        let settings = WorldSettings { faults: Vec::new(), ..self.settings };
        let world = Arc::new(World::make(settings.clone()).unwrap());
        let simulator = serve(world, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (old, new) = (self.simulator.addr.to_string(), simulator.addr.to_string());
        self.simulator.stop().await;
        let healed = Self { folder: self.folder, simulator, settings };
        healed.edit_config(&old, &new);
        healed
    }

    fn report(&self, name: &str) -> Vec<Vec<String>> {
        let path = self.path(&format!("var/reports/{DATE}/{DATE}_{name}.csv"));
        rows(&std::fs::read_to_string(path).unwrap())
    }

    /// The verdict of the only account.
    fn verdict(&self) -> String {
        self.report("summary")[0][5].clone()
    }

    /// The types of the discrepancies, each once.
    fn types(&self) -> Vec<String> {
        let mut types: Vec<String> =
            self.report("discrepancies").into_iter().map(|row| row[9].clone()).collect();
        types.sort();
        types.dedup();
        types
    }
}

fn agreeing(account: &str, lane: &str, fault: Fault, order_no: &str) -> WorldSettings {
    WorldSettings {
        seed: 5,
        orders: 60,
        accounts: vec![account.to_owned()],
        lanes: vec![lane.to_owned()],
        planted: false,
        bills: false,
        faults: vec![FaultAt { fault, account: account.to_owned(), order_no: order_no.to_owned() }],
        ..WorldSettings::demo(BusinessDate::parse(DATE).unwrap())
    }
}

/// At each platform: an account that answers every question with "no such merchant", and one that
/// answers every question with "no such order" and nothing else.
#[tokio::test]
async fn an_account_that_proves_itself_by_nothing_is_failed_and_accuses_nobody() {
    let table = [
        ("lhxpay-main", "payment", Fault::OrderUnknown),
        ("lhxpay-main", "payment", Fault::AccountUnknown),
        ("lhxpay-main", "payout", Fault::OrderUnknown),
        ("icashier-main", "payment", Fault::OrderUnknown),
        ("icashier-main", "payment", Fault::AccountUnknown),
        ("xxpay-main", "payment", Fault::OrderUnknown),
        ("xxpay-main", "payout", Fault::AccountUnknown),
        ("zhangxun-main", "payment", Fault::AccountUnknown),
        ("zhangxun-main", "payout", Fault::AccountUnknown),
        ("mmsp-main", "payout/payout", Fault::AccountUnknown),
    ];
    for (account, lane, fault) in table {
        let what = format!("{account} {lane} {fault:?}");
        let stage = stage(agreeing(account, lane, fault, "")).await;
        let night = stage.nightly().await;
        assert_eq!(code(&night), 4, "{what}: {}", stderr(&night));
        assert_eq!(stage.verdict(), "failed", "{what}");
        assert_eq!(stage.types(), ["unproved"], "{what}");
        // A run again says the same.
        stage.nightly().await;
        assert_eq!(
            (stage.verdict(), stage.types()),
            ("failed".to_owned(), vec!["unproved".into()])
        );
        // And so does the question whether everything is set up.
        let check = stage.run(&["check", "--online"]).await;
        assert_ne!(code(&check), 0, "{what}: {}", stdout(&check));
        let words = if fault == Fault::OrderUnknown && account != "mmsp-main" {
            "nothing proves the account"
        } else {
            "account problem"
        };
        assert!(stdout(&check).contains(words), "{what}: {}", stdout(&check));
        let healed = stage.healed().await;
        let night = healed.nightly().await;
        assert_eq!(code(&night), 0, "{what}: {}", stderr(&night));
        assert_eq!(healed.verdict(), "complete", "{what}");
        let open: Vec<_> = healed.report("discrepancies");
        assert!(open.iter().all(|row| row[11] == "resolved"), "{what}: {open:?}");
        let check = healed.run(&["check", "--online"]).await;
        assert_eq!(code(&check), 0, "{what}: {}", stdout(&check));
        healed.simulator.stop().await;
    }
}

/// Where the balance is verified, or another order is found, "no such order" is one: tonight, and when
/// nothing but the missing ones is asked again.
#[tokio::test]
async fn an_account_that_has_proved_itself_is_believed_what_it_does_not_have() {
    for (account, lane, fault) in [
        ("zhangxun-main", "payment", Some(Fault::OrderUnknown)),
        ("xxpay-main", "payment", Some(Fault::OrderUnknown)),
        ("mmsp-main", "payout/payout", Some(Fault::OrderUnknown)),
        ("lhxpay-main", "payment", None),
        ("icashier-main", "payment", None),
    ] {
        let mut settings = agreeing(account, lane, fault.unwrap_or_default(), "");
        if fault.is_none() {
            settings = WorldSettings { planted: true, orders: 300, faults: Vec::new(), ..settings };
        }
        let stage = stage(settings).await;
        if account == "xxpay-main" {
            stage.edit_config("mch_id = ", "balance = true\nmch_id = ");
        }
        let mut seen = Vec::new();
        for _ in 0..2 {
            let night = stage.nightly().await;
            assert_eq!(code(&night), 0, "{account}: {}", stderr(&night));
            assert_eq!(stage.verdict(), "complete", "{account}");
            assert!(stage.types().contains(&"missing_at_provider".to_owned()), "{account}");
            seen.push(stage.report("discrepancies"));
        }
        assert_eq!(seen[0], seen[1], "{account}");
        // One question shows it, too, with the account's proof behind it.
        let missing = seen[0].iter().find(|row| row[9] == "missing_at_provider").unwrap();
        let kind = missing[7].as_str();
        let mut question = vec!["query", account, missing[13].as_str(), "--kind", kind];
        if account == "zhangxun-main" {
            question.push("--ends-callbacks");
        }
        let answer = stage.run(&question).await;
        assert!(stdout(&answer).contains("not_found"), "{account}: {answer:?}");
        stage.simulator.stop().await;
    }
}

#[tokio::test]
async fn one_question_to_an_account_that_nothing_proves_has_no_trustworthy_answer() {
    let stage = stage(agreeing("lhxpay-main", "payment", Fault::OrderUnknown, "")).await;
    let answer = stage.run(&["query", "lhxpay-main", "M1"]).await;
    assert_eq!(code(&answer), 4, "{answer:?}");
    assert!(stdout(&answer).contains("account_unproved:error=object_not_found"), "{answer:?}");
}

/// Both products that list; an order that one leaves out, dates to 2099, or all pages that are the first.
#[tokio::test]
async fn a_listing_that_leaves_out_or_misdates_is_incomplete_until_it_is_healed() {
    for lane in ["payment/quick", "payment/gateway"] {
        for (fault, words) in [
            (Fault::NotListed, "leaves out 1 order(s)"),
            (Fault::Misdated, "1 row(s) are dated to other days"),
        ] {
            let what = format!("{lane} {fault:?}");
            let whole = World::make(WorldSettings {
                faults: Vec::new(),
                ..agreeing("mmsp-main", lane, fault, "")
            });
            let order_no = paid_order(&whole.unwrap());
            let stage = stage(agreeing("mmsp-main", lane, fault, &order_no)).await;
            let night = stage.nightly().await;
            assert_eq!(code(&night), 4, "{what}: {}", stderr(&night));
            assert_eq!(stage.verdict(), "incomplete", "{what}");
            assert!(stderr(&night).contains(words), "{what}: {}", stderr(&night));
            assert_eq!(stage.types(), Vec::<String>::new(), "{what}: both sides count it");
            let refused = stage.report("rejected_rows");
            assert_eq!(refused.len(), usize::from(fault == Fault::Misdated), "{what}: {refused:?}");
            let healed = stage.healed().await;
            let night = healed.nightly().await;
            assert_eq!(code(&night), 0, "{what}: {}", stderr(&night));
            assert_eq!(healed.verdict(), "complete", "{what}");
            healed.simulator.stop().await;
        }
    }
}

/// An order number of the files that both sides count.
fn paid_order(world: &World) -> String {
    let folder = tempfile::tempdir().unwrap();
    world.write_files(folder.path(), "127.0.0.1:1".parse().unwrap()).unwrap();
    let text = std::fs::read(folder.path().join(format!("orders/{DATE}.csv"))).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let header: Vec<String> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .next()
        .unwrap()
        .split(',')
        .map(str::to_owned)
        .collect();
    let at = |name: &str| header.iter().position(|column| column.trim() == name).unwrap();
    let rows = rows(&text);
    let row = rows.iter().find(|row| row[at("status")] == "succeeded").unwrap();
    row[at("order_no")].clone()
}

#[tokio::test]
async fn thirty_pages_that_are_all_page_one_prove_nothing() {
    let mut settings = agreeing("mmsp-main", "payment/quick", Fault::FirstPageAgain, "");
    settings.orders = 2400;
    let stage = stage(settings).await;
    let night = stage.nightly().await;
    assert_eq!(code(&night), 4, "{}", stderr(&night));
    assert!(stderr(&night).contains("different ones received"), "{}", stderr(&night));
    assert_eq!(stage.types(), Vec::<String>::new());
    let healed = stage.healed().await;
    assert_eq!(code(&healed.nightly().await), 0);
}

/// Where a question ends callbacks, neither the watch nor `query` asks without consent.
#[tokio::test]
async fn the_watch_and_a_single_question_end_no_callbacks_without_consent() {
    let account = "zhangxun-main";
    let stage = stage(WorldSettings {
        faults: Vec::new(),
        planted: true,
        orders: 400,
        ..agreeing(account, "payment", Fault::None, "")
    })
    .await;
    let watch = stage.watch().await;
    assert_eq!(code(&watch), 0, "{}", stderr(&watch));
    assert!(stdout(&watch).contains("zhangxun-main is not watched"), "{}", stdout(&watch));
    assert_eq!(stage.simulator.requests(account), 0);
    let query = stage.run(&["query", account, "1"]).await;
    assert_eq!(code(&query), 2, "{}", stderr(&query));
    for words in ["calls the shop back no more", "--ends-callbacks", "ask_during_day"] {
        assert!(stderr(&query).contains(words), "{}", stderr(&query));
    }
    assert_eq!(stage.simulator.requests(account), 0);
    let query = stage.run(&["query", account, "1", "--ends-callbacks"]).await;
    assert!(stdout(&query).contains("not_found"), "{query:?}");
    let name = "name = \"zhangxun-main\"";
    stage.edit_config(name, &format!("{name}\nask_during_day = true"));
    let before = stage.simulator.requests(account);
    let watch = stage.watch().await;
    let printed = stdout(&watch);
    assert!(stage.simulator.requests(account) > before);
    assert!(!printed.contains("not watched"), "{printed}");
    // The platform states no time of payment, and the watch claims none.
    assert!(printed.contains("no time of payment stated"), "{printed}");
    assert!(!printed.contains(" paid 2026"), "{printed}");
}

impl Stage {
    /// The shipped watch, shortly before the end of the world's day.
    async fn watch(&self) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
        command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
        command.env("DUIZHANG_REHEARSAL_CLOCK", "2026-11-18T23:50:00+08:00");
        command.arg("--config").arg(self.path("duizhang.toml")).args(["run", "hourly-watch"]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}
