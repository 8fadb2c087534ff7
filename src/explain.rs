//! What a file is and how it would be read, without keeping anything: `import --explain`.
//!
//! What the configuration does not say yet is guessed from the file's own names and words, so that its
//! rows can be shown; the guesses stand in a block of configuration for a person to look at, and nothing
//! is ever imported by them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{AccountConfig, Config};
use crate::intake::statement::Doubt;
use crate::intake::{Head, KnownAccount, StatedTotal};
use crate::lines::LineCounts;
use crate::order::Rejection;
use crate::provider::order_lanes;

mod block;
mod doubt;
mod guess;
mod json;
mod orders;
mod others;
mod statement;
mod text;

pub use doubt::doubt_words;
pub use json::json;
pub use orders::{orders, orders_as_configured};
pub use others::{movements, notifications, resolutions};
pub use statement::{statement, statement_as_configured};
pub use text::text;

/// Rows that are shown as they would be read.
const ROWS_SHOWN: usize = 5;

/// Refused rows that are shown.
const REFUSED_SHOWN: usize = 10;

/// Times that a file is read with what was learnt from the reading before.
const ROUNDS_MAX: usize = 4;

/// A file that is to be explained, and what it is read against.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Where the file is.
    pub path: &'a Path,
    /// The name under which it would be known.
    pub name: &'a str,
    /// The account that it is for, where one is named.
    pub account: Option<&'a AccountConfig>,
    /// The business date for which it would be imported; `None` where nobody says one.
    pub date: Option<BusinessDate>,
    /// The moment.
    pub now: Timestamp,
    /// The other parts of the bill of which it is one; none where it is a bill by itself.
    pub parts: &'a [String],
}

/// Of what a bill would be the whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WholeOf {
    /// The business dates; empty where there are none.
    pub days: String,
    /// Why it is the whole of nothing.
    pub doubt: Option<Doubt>,
    /// Other files without which it is not whole.
    pub parts: Vec<String>,
}

/// A value of a row, by our name for its column.
pub type Field = (&'static str, String);

/// What a file is, and how it would be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// Its name.
    pub name: String,
    /// The account that it is for, where one is named.
    pub account: String,
    /// What it is taken for: `orders`, `statement`, `movements`, `notifications`, `resolutions`.
    pub kind: &'static str,
    /// What it is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16`, `xlsx`; empty where it is no table.
    pub encoding: String,
    /// The name of the file inside an archive; empty where there is none.
    pub inside: String,
    /// Its header; `None` where it has none that can be read.
    pub head: Option<Head>,
    /// The first and the last business date of its rows.
    pub period: Option<(BusinessDate, BusinessDate)>,
    /// The zone of its times.
    pub timezone: String,
    /// The first rows as they would be read.
    pub rows: Vec<Vec<Field>>,
    /// How many rows would be read.
    pub read: u64,
    /// How many rows would be refused.
    pub refused: u64,
    /// The first of them.
    pub refusals: Vec<Rejection>,
    /// How many would be refused for which reason and in which column.
    pub reasons: BTreeMap<(crate::order::RejectionReason, String), u64>,
    /// What would become of its lines.
    pub lines: LineCounts,
    /// The totals that it states.
    pub totals: Vec<StatedTotal>,
    /// Of what it would be the whole; only of a bill.
    pub whole: Option<WholeOf>,
    /// Why it cannot be read, or what is missing.
    pub problem: Option<String>,
    /// What is not configured yet, ready to be written into the configuration; empty where nothing is.
    pub block: String,
}

impl Explained {
    fn new(asked: &Asked<'_>, kind: &'static str) -> Self {
        let timezone = asked.config.business_day.timezone.name().to_owned();
        let account = asked.account.map(|it| it.account.name.clone()).unwrap_or_default();
        Self { name: asked.name.to_owned(), account, kind, timezone, ..Self::default() }
    }

    /// Whether it would be read as a whole, as the configuration stands.
    pub const fn is_ready(&self) -> bool {
        self.problem.is_none() && self.refused == 0 && self.block.is_empty()
    }

    /// What follows `import` in the command that explains a file of this name.
    pub fn command(&self, name: &str) -> String {
        match self.account.as_str() {
            "" => format!("{} {name}", self.kind),
            account => format!("{} --account {account} {name}", self.kind),
        }
    }

    /// Notes the header, and the zone that it names.
    fn has_head(&mut self, head: Head) {
        if let Some(timezone) = head.timezone {
            timezone.name().clone_into(&mut self.timezone);
        }
        self.head = Some(head);
    }

    /// Notes a refused row.
    fn refuses(&mut self, rejection: Rejection) {
        self.refused = self.refused.saturating_add(1);
        let reason = (rejection.reason, rejection.column.clone());
        let count = self.reasons.entry(reason).or_default();
        *count = count.saturating_add(1);
        if self.refusals.len() < REFUSED_SHOWN {
            self.refusals.push(rejection);
        }
    }

    /// Notes the date of a row.
    fn is_of(&mut self, date: BusinessDate) {
        self.period = Some(match self.period {
            Some((first, last)) => (first.min(date), last.max(date)),
            None => (date, date),
        });
    }
}

/// The accounts that orders may name.
fn known_accounts(config: &Config) -> Vec<KnownAccount> {
    let known = |configured: &AccountConfig| KnownAccount {
        name: configured.account.name.clone(),
        lanes: order_lanes(&configured.account.provider.lanes()).into_iter().collect(),
    };
    config.accounts.iter().map(known).collect()
}

/// A folder for rows that are being sorted, which goes with its handle.
fn spool(name: &str) -> Result<tempfile::TempDir, crate::intake::IntakeError> {
    let failed = |source| crate::intake::IntakeError::Spool { name: name.to_owned(), source };
    tempfile::tempdir().map_err(failed)
}
