//! Importing the merchant's log of callbacks: one more witness of what a provider said.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::app::App;
use crate::archive::{Archive, ArchiveWriter, RawRecord};
use crate::business_day::BusinessDate;
use crate::intake::IntakeError;
use crate::intake::notifications::{self, line_of_log};
use crate::ledger::PutCount;
use crate::lines::{LineCounts, LineKind};
use crate::order::{OrderKey, Origin, Rejection, RejectionReason, Stream};
use crate::provider::{Account, Unproved, gate};
use crate::reading::{Pair, Reading, Source};
use crate::run::RunError;

/// Bytes of one line of the log, at most.
const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Callbacks that are written together.
const LINES_PER_CHUNK: usize = 500;
/// The interface of readings that came as a callback.
const INTERFACE: &str = "notification";

/// A verified callback on its way into the ledger, with its line as it stands in the log.
struct Arrived {
    reading: Reading,
    line: Vec<u8>,
}

impl App {
    /// Imports a log of callbacks of one account: verified ones become readings, everything else is
    /// refused on behalf of `date` under the file's `name`.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the file, the ledger or the archive fails; a bad line is a rejection.
    pub async fn import_notifications(
        &self,
        account: &Account,
        path: &Path,
        name: &str,
        date: BusinessDate,
    ) -> Result<(PutCount, LineCounts), RunError> {
        let read_error = |source| IntakeError::Read { name: name.to_owned(), source };
        let mut log = notifications::open_log(path, name)?;
        let mut lines = LineCounts::default();
        let archive = Archive::open(&self.config.archive)?;
        let writer = archive.writer(&account.name, date);
        let mut count = PutCount::default();
        let mut rejections = Vec::new();
        let mut chunk = Vec::new();
        let mut number = 0_i64;
        let mut line = Vec::new();
        loop {
            line.clear();
            let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
            let mut limited = log.by_ref().take(limit);
            let bytes = limited.read_until(b'\n', &mut line).map_err(read_error)?;
            number = number.saturating_add(1);
            let is_cut = !line.ends_with(b"\n") && line.len() >= LINE_BYTES_MAX;
            if is_cut {
                skip_line(&mut log).map_err(read_error)?;
                let too_long = Unproved::Malformed { expected: "a line of at most 1 MiB" };
                rejections.push(refused(&account.name, name, number, &too_long));
                lines.add(LineKind::Refused, 1);
            } else if let content = notifications::trimmed(&line)
                && !content.is_empty()
            {
                match self.verified(account, content) {
                    Ok(arrived) => {
                        chunk.push(arrived);
                        lines.add(LineKind::Taken, 1);
                    }
                    Err(unproved) => {
                        rejections.push(refused(&account.name, name, number, &unproved));
                        lines.add(LineKind::Refused, 1);
                    }
                }
            } else if bytes > 0 {
                lines.add(LineKind::Blank, 1);
            }
            if bytes == 0 || chunk.len() >= LINES_PER_CHUNK {
                self.put_notifications(&mut chunk, &writer, &mut count).await?;
            }
            if bytes == 0 {
                break;
            }
        }
        self.ledger.put_rejections(name, date, &rejections).await?;
        self.ledger.checkpoint().await?;
        Ok((count, lines))
    }

    fn verified(&self, account: &Account, line: &[u8]) -> Result<Arrived, Unproved> {
        let notification = line_of_log(line)?;
        let verified = account.provider.verify_notification(&notification)?;
        let notified = gate::notified(account.provider.as_ref(), &notification, &verified)?;
        let facts = notified.facts;
        if facts.order_no.is_empty() {
            return Err(Unproved::Field { field: "order number" });
        }
        let stream = Stream {
            account: account.name.clone(),
            kind: notified.kind,
            product: notified.product,
        };
        let day = self.config.business_day;
        let reading = Reading {
            key: OrderKey { stream, order_no: facts.order_no.clone() },
            business_date: day.date_of(facts.paid_at.unwrap_or(notification.received_at)),
            source: Source::Notification,
            occurrence: 1,
            facts,
            interface: INTERFACE.to_owned(),
            assurance: verified.assurance(),
            evidence: 0,
            observed_at: notification.received_at,
            original_order_no: String::new(),
        };
        Ok(Arrived { reading, line: line.to_vec() })
    }

    /// Writes what is new, the oldest first, and empties the chunk.
    async fn put_notifications(
        &self,
        chunk: &mut Vec<Arrived>,
        writer: &ArchiveWriter,
        count: &mut PutCount,
    ) -> Result<(), RunError> {
        let mut arrived = std::mem::take(chunk);
        arrived.sort_by(|a, b| {
            let key = |it: &Arrived| it.reading.observed_at;
            key(a).cmp(&key(b)).then_with(|| a.reading.key.cmp(&b.reading.key))
        });
        let keys: Vec<OrderKey> = arrived.iter().map(|it| it.reading.key.clone()).collect();
        let pairs = self.ledger.pairs(&keys).await?;
        let mut fresh = Vec::new();
        for (mut it, pair) in arrived.into_iter().zip(&pairs) {
            if is_known(&it.reading, pair) {
                count.unchanged = count.unchanged.saturating_add(1);
                continue;
            }
            if it.reading.facts.paid_at.is_none()
                && let Some(order) = pair.orders.first()
            {
                it.reading.business_date = order.business_date;
            }
            it.reading.evidence = writer.append(&RawRecord {
                interface: INTERFACE,
                asked: &it.reading.key.order_no,
                at: it.reading.observed_at,
                body: &it.line,
            })?;
            fresh.push(it.reading);
        }
        writer.sync()?;
        let put = self.ledger.put_answers(&fresh).await?;
        count.added = count.added.saturating_add(put.added);
        count.unchanged = count.unchanged.saturating_add(put.unchanged);
        count.superseded = count.superseded.saturating_add(put.superseded);
        Ok(())
    }
}

/// Whether the ledger has this callback, a later one, or one that says the same: of an order it keeps
/// the last one.
fn is_known(reading: &Reading, pair: &Pair) -> bool {
    pair.readings
        .iter()
        .filter(|known| known.source == Source::Notification)
        .any(|known| known.observed_at >= reading.observed_at || known.facts == reading.facts)
}

/// Reads on to the end of a line that is too long to be kept.
fn skip_line(log: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let part = log.fill_buf()?;
        let end = part.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(part.len(), |at| at.saturating_add(1));
        let is_over = end.is_some() || part.is_empty();
        log.consume(length);
        if is_over {
            return Ok(());
        }
    }
}

/// Why a callback is refused of which this could not be proved.
pub const fn reason_of_callback(unproved: &Unproved) -> RejectionReason {
    match unproved {
        Unproved::Malformed { .. } => RejectionReason::NotACallback,
        Unproved::Unsigned | Unproved::WrongSignature => RejectionReason::BadSignature,
        Unproved::NotWhatWasAsked { .. } => RejectionReason::NotForThisAccount,
        Unproved::Refused { .. }
        | Unproved::UnknownCode { .. }
        | Unproved::NotOffered
        | Unproved::AccountUnproved { .. }
        | Unproved::Field { .. } => RejectionReason::Unreadable,
    }
}

/// Line and reason of what was refused, and nothing of what it says.
fn refused(account: &str, name: &str, line: i64, unproved: &Unproved) -> Rejection {
    Rejection {
        value: unproved.code(),
        account: account.to_owned(),
        ..Rejection::whole(Origin::Notifications, name, line, reason_of_callback(unproved))
    }
}
