//! The ledger: whether it can be reached, and whether this program can work with it.

use super::Part;
use crate::config::{Config, Examined};
use crate::ledger::{Access, LedgerError, LedgerStatus, open};
use crate::story::story;

/// Looks at the ledger without migrating it.
pub(super) async fn ledger(config: &Config, examined: &Examined) -> Part {
    let mut part = Part::new("ledger");
    if config.ledger_url.is_empty() || examined.problems.iter().any(|it| it.key == "url") {
        "not looked at: its url has a problem".clone_into(&mut part.found);
        return part;
    }
    let is_server = !config.ledger_url.starts_with("sqlite:");
    match look(&config.ledger_url).await {
        Ok((status, damage)) => {
            judge(&mut part, &status, is_server);
            for what in damage {
                part.wrong(
                    format!("its database is damaged: {what}"),
                    "stop all runs, put this ledger aside as it is, put its last good copy in its place \
                     (`duizhang ledger verify` says whether it is one), and run the nights since again",
                );
            }
        }
        Err(error) => part.wrong(story(&error), fix(&error, is_server)),
    }
    part
}

async fn look(url: &str) -> Result<(LedgerStatus, Vec<String>), LedgerError> {
    let ledger = open(url, Access::Inspect).await?;
    // Of a damaged database even the status may not be had.
    let damage = ledger.damage(false).await?;
    Ok((ledger.status().await?, damage))
}

fn judge(part: &mut Part, status: &LedgerStatus, is_server: bool) {
    let (found, known) = (status.schema_version, status.known_version);
    part.found = format!("{}, schema version {found}", status.engine);
    if found > known {
        part.wrong(
            format!("it was written by a newer duizhang: this one knows schema version {known}"),
            "install the newer duizhang; nothing was changed",
        );
    } else if found == 0 {
        part.note("it is empty: the first run fills it", "");
    } else if found < known && is_server {
        part.wrong(
            format!("it is older: this duizhang needs schema version {known}"),
            "back it up, stop all runs, and run `duizhang ledger migrate`",
        );
    } else if found < known {
        part.note(
            format!("it is older: the next run brings it to schema version {known}"),
            "copy it before, if you may want to go back to the older duizhang",
        );
    }
}

const fn fix(error: &LedgerError, is_server: bool) -> &'static str {
    match error {
        LedgerError::Open { .. } if is_server => {
            "check that the server runs and that host, port, user and password in [ledger] url are \
             right"
        }
        LedgerError::Open { .. } | LedgerError::File { .. } => {
            "check [ledger] url, that its folder exists, and that this user may write there"
        }
        LedgerError::Url { .. }
        | LedgerError::TooNew { .. }
        | LedgerError::TooOld { .. }
        | LedgerError::Locked { .. }
        | LedgerError::LockLost
        | LedgerError::SharedSession
        | LedgerError::NotLetIn { .. }
        | LedgerError::NotEmpty { .. }
        | LedgerError::TransferDiffers { .. }
        | LedgerError::NotDistributable { .. }
        | LedgerError::Misplaced { .. }
        | LedgerError::Statement { .. }
        | LedgerError::Damaged { .. }
        | LedgerError::DiskFull { .. }
        | LedgerError::Rows { .. }
        | LedgerError::Inconsistent { .. } => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_decides_whether_this_program_can_work_with_a_ledger() {
        // Version in the ledger, server or not, problems, notes.
        let table = [
            (0, false, 0, 1),
            (1, false, 0, 1),
            (1, true, 1, 0),
            (2, false, 0, 0),
            (2, true, 0, 0),
            (3, false, 1, 0),
            (3, true, 1, 0),
        ];
        for (schema_version, is_server, wrong, notes) in table {
            let engine = "engine".to_owned();
            let status =
                LedgerStatus { engine, schema_version, known_version: 2, tables: Vec::new() };
            let mut part = Part::new("ledger");
            judge(&mut part, &status, is_server);
            assert_eq!((part.wrong.len(), part.notes.len()), (wrong, notes), "{part}");
        }
    }
}
