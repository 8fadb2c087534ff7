//! Goal: the nightly job runs as a role that has nothing but what `sql/grants.sql` gives. Method: that
//! very file is run, as its header says, for a new role; then a night is run by it.

use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{On, Rehearsal, code, stderr, stdout};
use crate::ledger::server::{is_there, wait_for};

/// The statements of `sql/grants.sql`, with its variables filled in.
pub(crate) fn grants(database: &str, role: &str) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/grants.sql");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text.replace(":\"database\"", database).replace(":\"role\"", role);
    assert!(!text.contains(":\""), "{text}");
    text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// A role of its own, removed when dropped.
struct Role<'r> {
    rehearsal: &'r Rehearsal,
    name: String,
}

impl Role<'_> {
    fn execute(&self, texts: &[String]) {
        wait_for(async {
            let mut conn = self.rehearsal.database().connect().await;
            for text in texts {
                conn.execute(AssertSqlSafe(text.clone())).await.unwrap();
            }
            conn.close().await.unwrap();
        });
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        self.execute(&[format!("DROP OWNED BY {}", self.name), format!("DROP ROLE {}", self.name)]);
    }
}

#[test]
fn a_whole_night_needs_no_more_than_the_documented_grants() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 600, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let undisturbed = rehearsal.report();
    rehearsal.reset();
    let role = Role { rehearsal: &rehearsal, name: format!("duizhang_job_{}", std::process::id()) };
    let database = rehearsal.database().name().to_owned();
    role.execute(&[
        format!("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT", role.name),
        format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        "REVOKE ALL ON SCHEMA public FROM PUBLIC".to_owned(),
    ]);
    let owner = rehearsal.database().url();
    let job = rehearsal.database().url_as(Some(&role.name));
    // The schema is the owner's.
    assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
    rehearsal.edit_config(&owner, &job);
    let refused = rehearsal.nightly();
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("permission denied"), "{}", stderr(&refused));
    for _ in 0..2 {
        // Safe to repeat.
        role.execute(&grants(&database, &role.name));
    }
    for round in ["a first night", "the same night again"] {
        let night = rehearsal.nightly();
        assert_eq!(code(&night), 4, "{round}: {}", stderr(&night));
        assert!(rehearsal.report() == undisturbed, "{round}");
    }
    for (arguments, expected) in [
        (&["ledger", "status"][..], 0),
        (&["ledger", "prune", "--before", "2026-11-18"], 0),
        (&["discrepancy", "list", "--date", "2026-11-18"], 0),
        (&["check"], 0),
    ] {
        let output = rehearsal.run(arguments);
        assert_eq!(
            code(&output),
            expected,
            "{arguments:?}: {}{}",
            stdout(&output),
            stderr(&output)
        );
    }
    // What it cannot do.
    wait_for(async {
        let options: sqlx::postgres::PgConnectOptions = job.parse().unwrap();
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        for text in [
            "CREATE TABLE mine (x INTEGER)",
            "ALTER TABLE reading ADD COLUMN x INTEGER",
            "DROP TABLE reading",
            "TRUNCATE reading",
            "DELETE FROM _sqlx_migrations",
            "CREATE INDEX mine ON reading (line)",
        ] {
            let error = conn.execute(text).await.err().unwrap().to_string();
            let is_refused = error.contains("permission denied") || error.contains("must be owner");
            assert!(is_refused, "{text}: {error}");
        }
    });
    rehearsal.edit_config(&job, &owner);
}
