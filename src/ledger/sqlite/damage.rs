//! Whether the file is sound.

use sqlx::SqliteConnection;

use super::{Doing, Outcome};
use crate::ledger::failure::is_damage;

/// What it does, for errors.
pub(super) const DOING: &str = "look whether it is sound";

/// See [`crate::ledger::Ledger::damage`].
pub(super) async fn found(conn: &mut SqliteConnection, is_thorough: bool) -> Outcome<Vec<String>> {
    /// What SQLite says of a sound file.
    const SOUND: &str = "ok";
    let pragma = if is_thorough { "PRAGMA integrity_check(20)" } else { "PRAGMA quick_check(20)" };
    match sqlx::query_scalar::<_, String>(pragma).fetch_all(conn).await {
        Ok(found) => Ok(found.into_iter().filter(|line| line != SOUND).collect()),
        // A page that it cannot even begin with.
        Err(error) if is_damage(&error) => Ok(vec![error.to_string()]),
        Err(error) => Err(error).doing(DOING),
    }
}
