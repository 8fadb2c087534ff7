//! A night with the orders in a shop's database is the night with the file that it would export.

use std::process::{Command, Stdio};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::simulator::{World, WorldSettings, serve};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::path;

const DATE: &str = "2026-11-18";

/// Files of a night's report by name.
async fn night(folder: &tempfile::TempDir) -> Vec<(String, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
    command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
    command.arg("--config").arg(path(folder, "duizhang.toml"));
    command.args(["run", "nightly", "--date", DATE]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let report = path(folder, &format!("var/reports/{DATE}"));
    let files = std::fs::read_dir(report).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "csv"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_over_a_database_gives_the_bytes_of_a_night_over_its_export() {
    let date = BusinessDate::parse(DATE).unwrap();
    let settings = WorldSettings { seed: 5, orders: 1300, ..WorldSettings::demo(date) };
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        world.write_files(folder.path(), simulator.addr).unwrap();
    }
    let [by_file, by_database] = &folders;
    let expected = night(by_file).await;

    let file = path(by_database, &format!("orders/{DATE}.csv"));
    let mut reader = csv::Reader::from_path(&file).unwrap();
    let options = SqliteConnectOptions::new().filename(path(by_database, "shop.db"));
    let mut conn = options.create_if_missing(true).connect().await.unwrap();
    let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let made = format!("CREATE TABLE export ({}, exported_at TEXT)", columns.join(" TEXT, "));
    conn.execute(AssertSqlSafe(made)).await.unwrap();
    let places = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT INTO export VALUES ({places}, '{DATE} 23:00:00')");
    let mut transaction = conn.begin().await.unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
        for value in &record {
            // A database has NULL where an export has nothing.
            query = query.bind((!value.is_empty()).then(|| value.to_owned()));
        }
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    conn.close().await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let query = "SELECT * FROM export WHERE exported_at >= {day_start} AND exported_at < {day_end} \
                 ORDER BY rowid";
    std::fs::write(path(by_database, "orders.sql"), query).unwrap();
    std::fs::write(path(by_database, "secrets/shop.url"), "sqlite://shop.db").unwrap();
    let config = std::fs::read_to_string(path(by_database, "duizhang.toml")).unwrap();
    let database = "database = { url = { file = \"secrets/shop.url\" }, query = \"orders.sql\" }";
    let config = config.replacen("csv = \"orders/{date}.csv\"", database, 1);
    std::fs::write(path(by_database, "duizhang.toml"), config).unwrap();
    let found = night(by_database).await;

    assert!(expected.len() >= 3 && expected.iter().any(|(_, text)| text.lines().count() > 100));
    assert_eq!(found.len(), expected.len());
    let source = format!("orders/{DATE}.csv");
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        let found = found.replace(&format!("database:orders.sql {DATE}"), &source);
        assert!(found == *expected, "{name}");
    }
}
