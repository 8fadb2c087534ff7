//! Movements, callbacks and decisions.

use std::io::{BufRead, Read};

use crate::config::AccountConfig;
use crate::explain::statement::movement_fields;
use crate::explain::{Asked, Explained, ROWS_SHOWN};
use crate::intake::movements::{self, MovementsRequest};
use crate::intake::notifications::{self, LINE_OF_LOG, line_of_log};
use crate::intake::resolutions as decisions;
use crate::intake::{IntakeError, shown_value};
use crate::lines::LineKind;
use crate::money::units;
use crate::order::{Origin, Rejection, RejectionReason};
use crate::provider::{Unproved, gate};
use crate::resolution::Refusal;
use crate::run::reason_of_callback;
use crate::story::story;
use crate::wording::Word;

/// Bytes of one line of a log, at most.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// Explains a file of movements.
pub fn movements(asked: &Asked<'_>) -> Explained {
    let mut explained = Explained::new(asked, "movements");
    let config = asked.config;
    let accounts: Vec<_> = config
        .accounts
        .iter()
        .map(|it| (it.account.name.clone(), it.account.provider.lanes()))
        .collect();
    let request = MovementsRequest {
        path: asked.path,
        name: asked.name,
        account: asked.account.map(|account| account.account.name.as_str()),
        accounts: &accounts,
        business_day: config.business_day,
        business_date: asked.date.unwrap_or_else(|| config.business_day.date_of(asked.now)),
        now: asked.now,
    };
    let read = match movements::read(&request) {
        Ok(read) => read,
        Err(error) => {
            explained.problem = Some(story(&error));
            return explained;
        }
    };
    explained.encoding = read.file.encoding;
    explained.inside = read.inside;
    explained.has_head(read.head);
    explained.lines = read.file.lines;
    explained.totals = read.totals;
    for movement in &read.movements {
        explained.is_of(config.business_day.date_of(movement.occurred_at));
        if explained.rows.len() < ROWS_SHOWN {
            explained.rows.push(movement_fields(asked, movement));
        }
        explained.read = explained.read.saturating_add(1);
    }
    read.rejections.into_iter().for_each(|rejection| explained.refuses(rejection));
    explained
}

/// Explains a log of callbacks of an account.
pub fn notifications(asked: &Asked<'_>, account: &AccountConfig) -> Explained {
    let mut explained = Explained::new(asked, "notifications");
    if let Err(error) = callbacks(asked, account, &mut explained) {
        explained.problem = Some(story(&error));
    }
    if explained.refused > 0 {
        let only_shape = explained.read == 0;
        explained.problem = explained
            .problem
            .take()
            .or_else(|| only_shape.then(|| format!("a line of a log is {LINE_OF_LOG}")));
    }
    explained
}

fn callbacks(
    asked: &Asked<'_>,
    account: &AccountConfig,
    explained: &mut Explained,
) -> Result<(), IntakeError> {
    let failed = |source| IntakeError::Read { name: asked.name.to_owned(), source };
    let mut log = notifications::open_log(asked.path, asked.name)?;
    let mut line = Vec::new();
    for number in 1_i64.. {
        line.clear();
        let bytes =
            log.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(failed)?;
        if bytes == 0 {
            break;
        }
        let content = notifications::trimmed(&line);
        if content.is_empty() {
            explained.lines.add(LineKind::Blank, 1);
            continue;
        }
        match callback(asked, account, content) {
            Ok((date, fields)) => {
                explained.lines.add(LineKind::Taken, 1);
                explained.read = explained.read.saturating_add(1);
                explained.is_of(date);
                if explained.rows.len() < ROWS_SHOWN {
                    explained.rows.push(fields);
                }
            }
            Err(unproved) => {
                explained.lines.add(LineKind::Refused, 1);
                let reason = reason_of_callback(&unproved);
                explained.refuses(Rejection {
                    value: unproved.code(),
                    ..Rejection::whole(Origin::Notifications, asked.name, number, reason)
                });
            }
        }
    }
    Ok(())
}

fn callback(
    asked: &Asked<'_>,
    account: &AccountConfig,
    line: &[u8],
) -> Result<(crate::business_day::BusinessDate, Vec<crate::explain::Field>), Unproved> {
    let language = asked.config.reports.language;
    let day = asked.config.business_day;
    let provider = account.account.provider.as_ref();
    let notification = line_of_log(line)?;
    let verified = provider.verify_notification(&notification)?;
    let notified = gate::notified(provider, &notification, &verified)?;
    let facts = notified.facts;
    let currency = facts.amount.map(|amount| amount.currency).unwrap_or_default();
    let amount = facts.amount.map(|amount| units(amount.minor, currency));
    let all = [
        ("kind", notified.kind.word(language).to_owned()),
        ("order_no", facts.order_no.clone()),
        ("provider_order_no", facts.provider_order_no.clone()),
        ("amount", amount.unwrap_or_default()),
        ("status", facts.status.word(language).to_owned()),
        ("paid_at", facts.paid_at.map(|at| day.text(at)).unwrap_or_default()),
        ("received_at", day.text(notification.received_at)),
    ];
    let fields = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    Ok((day.date_of(facts.paid_at.unwrap_or(notification.received_at)), fields))
}

/// Explains a file of decisions. Whether a decision still fits its discrepancy only the ledger knows.
pub fn resolutions(asked: &Asked<'_>) -> Explained {
    let mut explained = Explained::new(asked, "resolutions");
    let language = asked.config.reports.language;
    let mut file = match decisions::open(asked.path, asked.name) {
        Ok(file) => file,
        Err(error) => {
            explained.problem = Some(story(&error));
            return explained;
        }
    };
    file.table.encoding.clone_into(&mut explained.encoding);
    explained.has_head(crate::intake::Head {
        line: file.table.header_line,
        sheet: file.table.sheet.clone(),
        names: file.table.header.clone(),
        ..crate::intake::Head::default()
    });
    while let Some(row) = file.table.next() {
        let id = shown_value(&file.id(&row));
        match file.written(&row) {
            Ok(written) => {
                let Some(reason) = written.reason else { continue };
                explained.read = explained.read.saturating_add(1);
                if explained.rows.len() < ROWS_SHOWN {
                    let word = reason.word(language).to_owned();
                    let line = ("line", row.line.to_string());
                    explained.rows.push(vec![line, ("discrepancy_id", id), ("resolution", word)]);
                }
            }
            Err(refusal) => {
                let (reason, value) = if let Refusal::Row(reason) = refusal {
                    (reason, String::new())
                } else if let Refusal::UnknownWord { word } = refusal {
                    (RejectionReason::UnknownWord, word)
                } else {
                    (RejectionReason::Unreadable, String::new())
                };
                explained.refuses(Rejection {
                    value,
                    column: "resolution".to_owned(),
                    ..Rejection::whole(Origin::Unknown, asked.name, row.line, reason)
                });
            }
        }
    }
    explained
}
