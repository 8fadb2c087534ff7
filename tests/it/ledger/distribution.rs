//! Goal: `ledger distribute` places every table once, where it belongs, and is safe to repeat.
//!
//! Method: the extension cannot be had from a distribution's packages, so a plain server is given
//! functions and a view of its names that write down what they are asked for. The extension itself is
//! tested where `DUIZHANG_CITUS_URL` names an empty database that has it, which is said when it does not.

use std::io::Write;

use duizhang::ledger::placement::{Found, STAGING};
use duizhang::ledger::{Access, LedgerError, Placement, TABLES, open};
use duizhang::order::OrderKey;
use duizhang::reading::Reading;
use duizhang::status::ProviderStatus as P;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, SqlSafeStr};

use super::server::wait_for;
use super::sql_files::files;
use super::words::{answer, day, key};
use super::{Fresh, postgres, sqlite};
use crate::night::{DATE, On, Rehearsal, code, stderr, stdout};

/// What duizhang uses of the extension, as a plain server can play it.
const STAND_IN: &str = "
CREATE TABLE asked (n BIGINT GENERATED ALWAYS AS IDENTITY, what TEXT);
CREATE TABLE citus_tables (
    table_name REGCLASS, citus_table_type TEXT, distribution_column TEXT, colocation_id INTEGER);
CREATE TABLE pg_dist_shard (logicalrelid REGCLASS, shardminvalue TEXT);
CREATE FUNCTION worker_hash(key TEXT) RETURNS INTEGER LANGUAGE sql AS $$ SELECT hashtext(key) $$;
CREATE FUNCTION create_reference_table(place REGCLASS) RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO asked (what) VALUES ('reference ' || place);
    INSERT INTO citus_tables VALUES (place, 'reference', '<none>', 1);
$$;
CREATE FUNCTION truncate_local_data_after_distributing_table(place REGCLASS)
    RETURNS VOID LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION create_distributed_table(
    place REGCLASS, wanted TEXT, colocate_with TEXT DEFAULT 'default'
) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
    PERFORM 1 FROM pg_attribute WHERE attrelid = place AND attname = wanted;
    IF NOT FOUND THEN RAISE EXCEPTION 'no column %', wanted; END IF;
    IF colocate_with <> 'default' AND NOT EXISTS (
        SELECT 1 FROM citus_tables WHERE table_name = colocate_with::REGCLASS) THEN
        RAISE EXCEPTION '% is not distributed', colocate_with;
    END IF;
    INSERT INTO asked (what) VALUES (concat_ws(' ', 'distributed', place, wanted, colocate_with));
    INSERT INTO citus_tables VALUES (place, 'distributed', wanted, 2);
END $$;";

async fn stand_in(fresh: &Fresh) -> PgConnection {
    let mut conn = fresh.database.as_ref().unwrap().connect().await;
    conn.execute(STAND_IN).await.unwrap();
    conn
}

async fn asked(conn: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("SELECT what FROM asked ORDER BY n").fetch_all(conn).await.unwrap()
}

fn all_but_local() -> Vec<&'static str> {
    let placed = TABLES.iter().filter(|(_, declared)| *declared != Placement::Local);
    placed.map(|(name, _)| *name).chain(STAGING).collect()
}

#[tokio::test]
async fn every_table_is_placed_once_and_those_split_go_together() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = stand_in(&fresh).await;
    assert_eq!(fresh.ledger.distribute(None).await.unwrap(), all_but_local());
    let shown = asked(&mut conn).await;
    let expected: Vec<String> = TABLES
        .iter()
        .filter_map(|(name, declared)| match (declared, *name) {
            (Placement::Local, _) => None,
            (Placement::Everywhere, name) => Some(format!("reference {name}")),
            (Placement::ByOrderNo, "merchant_order") => {
                Some("distributed merchant_order order_no default".to_owned())
            }
            (Placement::ByOrderNo, name) => {
                Some(format!("distributed {name} order_no merchant_order"))
            }
        })
        .chain(STAGING.map(|name| format!("distributed {name} order_no merchant_order")))
        .collect();
    assert_eq!(shown, expected);
    assert!(fresh.ledger.placements().await.unwrap().iter().all(|table| {
        table.is_placed()
            || (table.declared == Placement::Local && table.found == Some(Found::Local))
    }));
    // Again, nothing is left to be done; and a table of a later version goes with the others.
    assert!(fresh.ledger.distribute(None).await.unwrap().is_empty());
    assert_eq!(asked(&mut conn).await.len(), expected.len());
    conn.execute("DELETE FROM citus_tables WHERE table_name = 'spread'::REGCLASS").await.unwrap();
    assert_eq!(fresh.ledger.distribute(None).await.unwrap(), ["spread"]);
}

/// What a put brings is compared with what is known: the tables that it is staged in have the same columns, in
/// the same order, and are nobody's to keep.
#[tokio::test]
async fn what_is_staged_has_the_columns_of_its_table() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = fresh.database.as_ref().unwrap().connect().await;
    for (staged, table) in STAGING.iter().zip(["merchant_order", "reading", "discrepancy"]) {
        let mut columns = Vec::new();
        for name in [staged, table] {
            let text = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' \
                 ORDER BY attnum) FROM pg_attribute \
                 WHERE attrelid = $1::REGCLASS AND attnum > 0 AND NOT attisdropped";
            let found: String =
                sqlx::query_scalar(text).bind(name).fetch_one(&mut conn).await.unwrap();
            columns.push(found);
        }
        assert_eq!(columns[0], columns[1], "{staged}: a migration of {table} forgot it");
        let kind: String = sqlx::query_scalar(
            "SELECT relpersistence::TEXT FROM pg_class WHERE oid = $1::REGCLASS",
        )
        .bind(staged)
        .fetch_one(&mut conn)
        .await
        .unwrap();
        assert_eq!(kind, "u", "{staged} is written to the log");
    }
}

#[tokio::test]
async fn a_placing_that_was_interrupted_goes_on_where_it_was() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = stand_in(&fresh).await;
    // The third table cannot be placed at first.
    conn.execute(
        "CREATE VIEW elsewhere AS SELECT 1 AS x; \
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'a machine is down'; END $$; \
         CREATE TRIGGER refuse BEFORE INSERT ON citus_tables FOR EACH ROW \
             WHEN (NEW.table_name = 'reading'::REGCLASS) EXECUTE FUNCTION refuse()",
    )
    .await
    .unwrap();
    let error = fresh.ledger.distribute(None).await.err().unwrap();
    assert!(matches!(error, LedgerError::Statement { .. }), "{error:?}");
    let before = asked(&mut conn).await;
    assert_eq!(before.len(), 2, "{before:?}");
    conn.execute("DROP TRIGGER refuse ON citus_tables").await.unwrap();
    let placed = fresh.ledger.distribute(None).await.unwrap();
    assert_eq!(placed, all_but_local()[2..]);
}

#[tokio::test]
async fn a_table_that_somebody_split_otherwise_is_named_and_nothing_done() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = stand_in(&fresh).await;
    conn.execute("SELECT create_distributed_table('discrepancy', 'discrepancy_id')").await.unwrap();
    let error = fresh.ledger.distribute(None).await.err().unwrap();
    let is_named = matches!(error, LedgerError::Misplaced { table: "discrepancy", .. });
    assert!(is_named, "{error:?}");
    assert!(error.to_string().contains("split by discrepancy_id"), "{error}");
    assert_eq!(asked(&mut conn).await.len(), 1);
}

#[tokio::test]
async fn a_query_of_the_extension_is_prepared() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = stand_in(&fresh).await;
    let mut prepared = 0;
    for (name, text) in files("queries") {
        if text.lines().any(|line| line == "-- Dialects: Citus") {
            let done = (&mut conn).prepare(AssertSqlSafe(text).into_sql_str()).await;
            assert!(done.is_ok(), "{name}: {:?}", done.err());
            prepared += 1;
        }
    }
    assert_eq!(prepared, 2);
}

/// A list that is of several machines is asked about in pieces, and nothing is lost or told twice.
#[tokio::test]
async fn a_long_list_is_asked_about_where_its_orders_live() {
    let Some(fresh) = postgres().await else { return };
    let order_nos: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    let answered = |order_no: &String| answer(order_no, day(20), P::Succeeded);
    let answers: Vec<Reading> = order_nos.iter().map(answered).collect();
    let ledger = &*fresh.ledger;
    ledger.put_answers(&answers).await.unwrap();
    let keys: Vec<OrderKey> = order_nos.iter().map(|order_no| key("a", order_no)).collect();
    let whole = ledger.pairs(&keys).await.unwrap();
    assert!(whole.iter().all(|pair| pair.readings.len() == 1));
    let mut conn = stand_in(&fresh).await;
    let shards = "INSERT INTO pg_dist_shard SELECT 'reading', least FROM unnest( \
         ARRAY['-2147483648', '-1073741824', '0', '1073741824']) AS least";
    assert_eq!(conn.execute(shards).await.unwrap().rows_affected(), 4);
    assert_eq!(ledger.pairs(&keys).await.unwrap(), whole);
    // What is written goes the same way.
    assert_eq!(ledger.put_answers(&answers).await.unwrap().unchanged, 300);
}

#[tokio::test]
async fn where_there_is_no_extension_that_is_reported() {
    let mut ledgers = vec![(sqlite().await, "SQLite file", 0)];
    let on_a_server = postgres().await;
    ledgers.extend(on_a_server.map(|fresh| (fresh, "CREATE EXTENSION citus", STAGING.len())));
    for (fresh, word, staging) in ledgers {
        let error = fresh.ledger.distribute(None).await.err().unwrap();
        assert!(matches!(error, LedgerError::NotDistributable { .. }), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
        let placements = fresh.ledger.placements().await.unwrap();
        assert!(placements.iter().all(|table| table.found.is_none()));
        assert_eq!(placements.len(), TABLES.len() + staging);
    }
}

#[test]
fn the_command_places_and_the_status_says_where() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    let refused = rehearsal.run(&["ledger", "distribute"]);
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("ledger copy"), "{}", stderr(&refused));
    assert!(!stdout(&rehearsal.run(&["ledger", "status"])).contains("by order_no"));
    if !super::server::is_there() {
        return;
    }
    let rehearsal = rehearsal.on_a_server();
    let refused = rehearsal.run(&["ledger", "distribute"]);
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("CREATE EXTENSION citus"), "{}", stderr(&refused));
    let line = |table: &str| {
        let status = stdout(&rehearsal.run(&["ledger", "status"]));
        status.lines().find(|line| line.starts_with(table)).unwrap().to_owned()
    };
    assert!(line("reading").ends_with("rows   by order_no"), "{}", line("reading"));
    wait_for(async {
        rehearsal.database().connect().await.execute(STAND_IN).await.unwrap();
    });
    assert!(line("reading").contains("run duizhang ledger distribute"), "{}", line("reading"));
    for expected in ["placed reading", "every table is where it belongs"] {
        let placed = rehearsal.run(&["ledger", "distribute"]);
        assert_eq!(code(&placed), 0, "{}", stderr(&placed));
        assert!(stdout(&placed).contains(expected), "{}", stdout(&placed));
    }
    let reading = line("reading");
    assert!(reading.ends_with("by order_no: split by order_no in group 2"), "{reading}");
    assert!(line("stream").ends_with("everywhere: whole on every machine"), "{}", line("stream"));
    assert!(line("run").ends_with("local: on the first machine only"), "{}", line("run"));
}

/// The database with the extension, if there is one to be tested with; it is said if not.
#[expect(clippy::disallowed_methods, reason = "where the tests run is said by the environment")]
fn cluster() -> Option<String> {
    let url = std::env::var("DUIZHANG_CITUS_URL").ok();
    if url.is_none() {
        let message = "\nThe test on several machines is skipped: DUIZHANG_CITUS_URL does not name an empty \
             database with the extension citus\n";
        // Not with a macro, whose output is kept back.
        std::io::stderr().write_all(message.as_bytes()).unwrap();
    }
    url
}

/// The engine refuses a statement that it cannot split when it plans it.
async fn every_query_is_planned(conn: &mut PgConnection) {
    conn.execute("SET plan_cache_mode = force_custom_plan").await.unwrap();
    let mut planned = 0;
    for (name, text) in files("queries") {
        let body: String = text
            .lines()
            .filter(|line| !line.starts_with("--"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let is_postgres = text.lines().any(|line| {
            line.starts_with("-- Dialects:")
                && (line.contains("PostgreSQL") || line.contains("Citus"))
        });
        if !is_postgres || body.starts_with("COPY") || body.starts_with("CREATE") {
            continue;
        }
        conn.execute(AssertSqlSafe(format!("PREPARE q AS {body}"))).await.unwrap();
        let types =
            "SELECT unnest(parameter_types)::TEXT FROM pg_prepared_statements WHERE name = 'q'";
        let types: Vec<String> = sqlx::query_scalar(types).fetch_all(&mut *conn).await.unwrap();
        let value = |of: &String| match &**of {
            list if list.ends_with("[]") => "'{1}'",
            // Any text will do, but for the name of a table.
            "text" => "'reading'",
            _ => "'1'",
        };
        let values = types.iter().map(value).collect::<Vec<_>>().join(", ");
        let values = if types.is_empty() { String::new() } else { format!("({values})") };
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE q{values}"));
        let plan: Result<Vec<String>, _> =
            sqlx::query_scalar(explain).persistent(false).fetch_all(&mut *conn).await;
        let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}")).join("\n");
        // The day is looked at where its rows are.
        let is_split = name != "merchant_order_pair.sql" || plan.contains("Citus Adaptive");
        assert!(is_split, "{name}: {plan}");
        conn.execute("DEALLOCATE q").await.unwrap();
        planned += 1;
    }
    assert!(planned > 150, "{planned}");
}

/// The files of a report, with their names.
type Files = Vec<(String, Vec<u8>)>;

/// The reports of a night, of the same night again, of one with another file of orders, and of one with the right
/// file again: what differs is merged, not added.
fn reports(rehearsal: &Rehearsal) -> Vec<(&'static str, Files)> {
    let orders = rehearsal.orders();
    let right = std::fs::read(&orders).unwrap();
    let text = String::from_utf8(right.clone()).unwrap();
    let (shorter, _) = text.trim_end().rsplit_once('\n').unwrap();
    let files = [
        ("the first night", &right),
        ("the same night again", &right),
        ("another file for the date", &format!("{shorter}\n").into_bytes()),
        ("the right file again", &right),
    ];
    let report = |(of, file): &(&'static str, &Vec<u8>)| {
        std::fs::write(&orders, file).unwrap();
        let output = rehearsal.nightly();
        assert_eq!(code(&output), 4, "{of}: {}", stderr(&output));
        (*of, rehearsal.report())
    };
    files.iter().map(report).collect()
}

#[test]
#[ignore = "needs DUIZHANG_CITUS_URL, an empty database with the extension citus"]
fn a_night_on_several_machines_is_as_one_on_a_single_one() {
    let Some(url) = cluster() else { return };
    let rehearsal = Rehearsal::start(On::Sqlite, 2_000, 0);
    let expected = reports(&rehearsal);
    std::fs::remove_dir_all(rehearsal.path("var")).unwrap();
    rehearsal.edit_config("sqlite://var/ledger.db", &url);
    spread(&rehearsal);
    for ((of, found), (_, expected)) in reports(&rehearsal).into_iter().zip(&expected) {
        assert!(found == *expected, "{of}");
    }
    // Moved into a file, and from there into tables that are split already.
    let copy = format!("sqlite://{}", rehearsal.path("var/copy.db").display());
    succeeds(&rehearsal, &["ledger", "copy", "--to", &copy]);
    wait_for(take_tables_away(&url));
    let other = Rehearsal::start(On::Sqlite, 2_000, 0);
    other.edit_config("sqlite://var/ledger.db", &url);
    spread(&other);
    rehearsal.edit_config(&url, &copy);
    succeeds(&rehearsal, &["ledger", "copy", "--to", &url]);
    rehearsal.edit_config(&copy, &url);
    let output = rehearsal.run(&["report", "--date", DATE]);
    assert!([0, 4].contains(&code(&output)), "{}", stderr(&output));
    assert!(rehearsal.report() == expected[3].1, "the report after moving");
    let output = rehearsal.nightly();
    assert_eq!(code(&output), 4, "a night after moving: {}", stderr(&output));
    wait_for(async {
        let ledger = open(&url, Access::Work).await.unwrap();
        let placements = ledger.placements().await.unwrap();
        assert!(placements.iter().all(|table| table.found.is_some()), "no extension");
        let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
        let mut conn = options.connect().await.unwrap();
        every_query_is_planned(&mut conn).await;
    });
    wait_for(take_tables_away(&url));
}

/// Makes the tables of a configuration's ledger, and spreads them.
fn spread(rehearsal: &Rehearsal) {
    succeeds(rehearsal, &["ledger", "migrate"]);
    succeeds(rehearsal, &["ledger", "distribute"]);
}

fn succeeds(rehearsal: &Rehearsal, arguments: &[&str]) {
    let output = rehearsal.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
}

/// Leaves the database as it was found.
async fn take_tables_away(url: &str) {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut conn = options.connect().await.unwrap();
    let tables = STAGING.iter().copied().chain(TABLES.iter().map(|(name, _)| *name));
    for name in tables.chain(["lock_holder", "_sqlx_migrations"]) {
        conn.execute(AssertSqlSafe(format!("DROP TABLE {name}"))).await.unwrap();
    }
}
