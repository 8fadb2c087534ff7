//! Every word of the providers against the archived answer that it rests on.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;

use super::again::{Again, again};
use super::{ByAccount, Problems};
use crate::app::App;
use crate::archive::{Archive, ArchiveError};
use crate::business_day::Timestamp;
use crate::provider::{Account, Unproved};
use crate::reading::{Assurance, Facts, Reading, Source};
use crate::run::RunError;
use crate::sorter::Sorter;
use crate::status::ProviderStatus;

/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 3_600;
/// Days by which a file of the archive may be removed earlier than by the moment of its answers: it is
/// kept by business date.
const RETENTION_SLACK_DAYS: i64 = 3;

/// What the words of the providers came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReadingsChecked {
    /// Words about orders and figures of balances that were read again from their answers, signature
    /// included, and say the same.
    pub shown: u64,
    /// Words that nobody answered: "no trustworthy answer" claims nothing.
    pub claims_nothing: u64,
    /// Rows of files of the platforms, which the archive does not keep.
    pub of_files: u64,
    /// Words whose answers are no longer kept, by `[archive] retention_days`.
    pub no_longer_kept: u64,
    /// Words whose answers are encrypted, without an identity that opens them.
    pub locked: u64,
    /// Words of accounts that the configuration does not have (any more), by account.
    pub without_account: ByAccount,
    /// Answers whose signature does not fit the account's key, all of them older than any that fits: its key
    /// was changed since, as far as that can be told; by account.
    pub older_key: ByAccount,
}

impl ReadingsChecked {
    /// How many could not be shown to be what was answered.
    pub fn not_shown(&self) -> u64 {
        let by_account = self.without_account.values().chain(self.older_key.values());
        let of_all = self.no_longer_kept.saturating_add(self.locked);
        by_account.fold(of_all, |sum, count| sum.saturating_add(*count))
    }
}

/// Signatures of one account.
#[derive(Default)]
struct Signatures {
    /// When the first answer came whose signature fits.
    first_right: Option<Timestamp>,
    wrong: u64,
    last_wrong: Option<Timestamp>,
}

/// What one word came to.
enum Found {
    Shown,
    Locked,
    Wrong(String),
    WrongSignature,
}

struct Check<'a> {
    app: &'a App,
    archive: Archive,
    checked: ReadingsChecked,
    signatures: BTreeMap<String, Signatures>,
    /// The last page that was read, with its place.
    page: Option<(i64, Again)>,
}

impl App {
    pub(super) async fn check_readings(
        &self,
        problems: &mut Problems,
    ) -> Result<ReadingsChecked, RunError> {
        let spool = self.spool()?;
        let spooled = |source| RunError::Folder { path: spool.display().to_string(), source };
        // By answer, so that a page is read once.
        let mut words = Sorter::new(&spool, |word: &Reading, key| key.number(word.evidence));
        let mut found = self.ledger.all_readings();
        while let Some(word) = found.next().await {
            words.push(&word?).map_err(spooled)?;
        }
        drop(found);
        let mut check = Check {
            app: self,
            archive: Archive::open(&self.config.archive)?,
            checked: ReadingsChecked::default(),
            signatures: BTreeMap::new(),
            page: None,
        };
        for word in words.finish().map_err(spooled)? {
            check.word(&word.map_err(spooled)?, problems)?;
        }
        check.judge_signatures(problems);
        Ok(check.checked)
    }

    /// Whether the archive is still to have an answer that came at a moment.
    pub(super) fn is_kept_until_now(&self, came: Timestamp) -> bool {
        let days = i64::from(self.config.archive.retention_days);
        let days = days.saturating_sub(RETENTION_SLACK_DAYS);
        let oldest =
            self.clock.now().plus_seconds(days.saturating_mul(DAY_SECONDS).saturating_neg());
        came > oldest
    }
}

impl Check<'_> {
    fn word(&mut self, word: &Reading, problems: &mut Problems) -> Result<(), RunError> {
        let checked = &mut self.checked;
        let add = |count: &mut u64| *count = count.saturating_add(1);
        if word.source == Source::Statement {
            add(&mut checked.of_files);
            return Ok(());
        }
        let name = &word.key.stream.account;
        if word.evidence == 0 {
            if word.facts.status == ProviderStatus::Unproved {
                add(&mut checked.claims_nothing);
            } else {
                problems.add(format!("{}: it names no answer", named(word)));
            }
            return Ok(());
        }
        let accounts = &self.app.config.accounts;
        let Some(account) = accounts.iter().find(|it| it.account.name == *name) else {
            add(checked.without_account.entry(name.clone()).or_default());
            return Ok(());
        };
        match self.found(&account.account, word)? {
            None if self.app.is_kept_until_now(word.observed_at) => problems.add(format!(
                "{}: its answer {} is gone from the archive, which is to keep it for {} days",
                named(word),
                word.evidence,
                self.app.config.archive.retention_days
            )),
            None => add(&mut self.checked.no_longer_kept),
            Some(Found::Shown) => add(&mut self.checked.shown),
            Some(Found::Locked) => add(&mut self.checked.locked),
            Some(Found::Wrong(what)) => problems.add(format!("{}: {what}", named(word))),
            Some(Found::WrongSignature) => {}
        }
        Ok(())
    }

    /// `None` where the answer is not there.
    fn found(&mut self, account: &Account, word: &Reading) -> Result<Option<Found>, RunError> {
        if let Some((evidence, page)) = &self.page
            && *evidence == word.evidence
            && word.source == Source::Listing
        {
            return Ok(Some(compared(page, word)));
        }
        let answer = match self.archive.read(word.evidence) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Ok(None),
            Err(damaged @ ArchiveError::Damaged { .. }) => {
                return Ok(Some(Found::Wrong(damaged.to_string())));
            }
            Err(ArchiveError::Locked { .. }) => return Ok(Some(Found::Locked)),
            Err(error) => return Err(error.into()),
        };
        if answer.at != word.observed_at {
            let what = "it was answered at another moment than the ledger says";
            return Ok(Some(Found::Wrong(what.to_owned())));
        }
        let read = again(account, &answer, word);
        let signatures = self.signatures.entry(account.name.clone()).or_default();
        if read == Err(Unproved::WrongSignature) && claims_something(word) {
            signatures.wrong = signatures.wrong.saturating_add(1);
            signatures.last_wrong = signatures.last_wrong.max(Some(answer.at));
            return Ok(Some(Found::WrongSignature));
        }
        let read = match read {
            Ok(read) => read,
            Err(unproved) => return Ok(Some(without_proof(&unproved, word))),
        };
        if matches!(&read, Again::One(_, Assurance::Md5 | Assurance::Rsa) | Again::Page(..)) {
            let first = signatures.first_right.unwrap_or(answer.at);
            signatures.first_right = Some(first.min(answer.at));
        }
        let found = compared(&read, word);
        if matches!(read, Again::Page(..)) {
            self.page = Some((word.evidence, read));
        }
        Ok(Some(found))
    }

    /// Signatures that do not fit, where all of them are older than any that does, are most likely of the
    /// key that the account had before; else an answer or the key is not what it was.
    fn judge_signatures(&mut self, problems: &mut Problems) {
        for (account, signatures) in std::mem::take(&mut self.signatures) {
            if signatures.wrong == 0 {
                continue;
            }
            if signatures.first_right.is_none_or(|first| signatures.last_wrong < Some(first)) {
                self.checked.older_key.insert(account, signatures.wrong);
            } else {
                problems.add(format!(
                    "{account}: the signature of {} archived answer(s) is wrong, though answers from before \
                     them fit its key: they were changed",
                    signatures.wrong
                ));
            }
        }
    }
}

/// A word as the problems name it.
fn named(word: &Reading) -> String {
    let stream = &word.key.stream;
    format!("{} {} {} ({})", stream.account, stream.kind, word.key.order_no, word.source.code())
}

/// Whether a word says anything but that there was no trustworthy answer.
fn claims_something(word: &Reading) -> bool {
    word.facts.status != ProviderStatus::Unproved
}

/// An answer that proves nothing: the word has to say so too.
fn without_proof(unproved: &Unproved, word: &Reading) -> Found {
    if !claims_something(word) && word.facts.status_code == unproved.code() {
        return Found::Shown;
    }
    Found::Wrong(format!(
        "the ledger says {}, and its archived answer proves nothing: {unproved}",
        word.facts.status
    ))
}

fn compared(read: &Again, word: &Reading) -> Found {
    match read {
        Again::One(facts, assurance) => {
            // What proved nothing on the night by what was known besides: the order had been paid before,
            // or nothing had proved the account.
            let is_doubted = ["went_back:", "account_unproved:"]
                .iter()
                .any(|doubt| word.facts.status_code.starts_with(doubt));
            if !claims_something(word) && is_doubted {
                return Found::Shown;
            }
            same(facts, *assurance, word)
        }
        Again::Page(rows, assurance) => {
            let mut own = rows.iter().filter_map(|row| row.as_ref().ok()).filter(|facts| {
                facts.order_no == word.facts.order_no
                    && facts.provider_order_no == word.facts.provider_order_no
            });
            let first = own.clone().next();
            let is_shown = |facts: &Facts| matches!(same(facts, *assurance, word), Found::Shown);
            if own.any(is_shown) {
                return Found::Shown;
            }
            first.map_or_else(
                || Found::Wrong("its archived page does not list it".to_owned()),
                |facts| same(facts, *assurance, word),
            )
        }
    }
}

/// Names the first thing in which a word differs from its answer.
fn same(facts: &Facts, assurance: Assurance, word: &Reading) -> Found {
    let known = &word.facts;
    let minor = |facts: &Facts| facts.amount.map(|money| (money.minor, money.currency));
    let differs = [
        ("its number at the platform", facts.provider_order_no != known.provider_order_no),
        ("the order number", facts.order_no != known.order_no),
        ("the status", facts.status != known.status),
        ("the amount", minor(facts) != minor(known)),
        ("the fee", facts.fee_minor != known.fee_minor),
        ("the time of payment", facts.paid_at != known.paid_at),
        ("what was withheld", facts.withheld_minor != known.withheld_minor),
        // One that was kept before the way of paying was has none.
        ("the way of paying", !known.way.is_empty() && facts.way != known.way),
        ("the platform's code", facts.status_code != known.status_code),
        ("what proves it", assurance != word.assurance),
    ];
    match differs.iter().find(|(_, differs)| *differs) {
        None => Found::Shown,
        Some((what, _)) => Found::Wrong(format!(
            "{what} in the ledger is not what its archived answer says: the ledger was changed, or another \
             version of duizhang has read it otherwise"
        )),
    }
}
