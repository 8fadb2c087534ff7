//! One harmless question to each account, and who has to put right what keeps it from an answer.

use super::Part;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;
use crate::ledger::{self, Access, Ledger};
use crate::provider::http::CallError;
use crate::provider::{Account, Lane, Question, RefusalKind, Unproved};
use crate::pull::{self, AccountProof, Probe, Probed, PullError};
use crate::status::{Kind, ProviderStatus};
use crate::story::story;

/// An order number that no merchant uses: a question about it changes nothing anywhere.
const NOBODYS_ORDER: &str = "99999999999999990001";

/// Seconds by which two clocks may differ without a word.
const CLOCK_SECONDS: i64 = 30;

/// Seconds from which on the difference will be somebody's problem.
const CLOCK_SECONDS_MAX: i64 = 300;

/// Asks every account about an order that nobody has: once about payments and once about payouts,
/// since some platforms have other keys for those.
pub async fn online(config: &Config, clock: &dyn Clock) -> Vec<Part> {
    let mut parts = Vec::new();
    let archive = match Archive::open(&config.archive) {
        Ok(archive) => archive,
        Err(error) => {
            let mut part = Part::new("online");
            part.wrong(story(&error), "check dir in [archive]");
            return vec![part];
        }
    };
    // Where it can be looked at, it knows orders that a platform has to know; nothing is written.
    let ledger = known_orders(config).await;
    let way = Way { config, archive: &archive, clock, ledger: ledger.as_deref() };
    for configured in &config.accounts {
        let account = &configured.account;
        if !account.provider.has_interface() {
            let mut part = Part::new(&account.name);
            "not asked: it is known by its bills alone".clone_into(&mut part.found);
            parts.push(part);
            continue;
        }
        for lane in questions(account) {
            parts.push(way.asked(account, lane).await);
        }
    }
    parts
}

/// The ledger, where it is there and of this version.
async fn known_orders(config: &Config) -> Option<Box<dyn Ledger>> {
    let ledger = ledger::open(&config.ledger_url, Access::Inspect).await.ok()?;
    let status = ledger.status().await.ok()?;
    (status.schema_version == status.known_version).then_some(ledger)
}

/// What platforms are asked with.
struct Way<'a> {
    config: &'a Config,
    archive: &'a Archive,
    clock: &'a dyn Clock,
    ledger: Option<&'a dyn Ledger>,
}

/// The first lane of each kind that can be asked harmlessly.
fn questions(account: &Account) -> Vec<Lane> {
    let lanes = account.provider.lanes();
    let first = |kind| lanes.iter().find(|lane| lane.kind == kind).cloned();
    [Kind::Payment, Kind::Payout].into_iter().filter_map(first).collect()
}

impl Way<'_> {
    async fn asked(&self, account: &Account, lane: Lane) -> Part {
        let mut part = Part::new(&account.name);
        if let Err(error) = self.judged(account, lane, &mut part).await {
            part.wrong(story(&error), "");
        }
        part
    }

    async fn judged(
        &self,
        account: &Account,
        lane: Lane,
        part: &mut Part,
    ) -> Result<(), PullError> {
        let Self { config, archive, clock, ledger } = *self;
        let business_day = config.business_day;
        let question = Question {
            kind: lane.kind,
            product: lane.product,
            order_no: NOBODYS_ORDER.to_owned(),
            provider_order_no: String::new(),
            business_date: business_day.date_of(clock.now()),
        };
        let what = format!("{} {}", question.kind, question.product);
        let Probed { probe, ahead_seconds } =
            pull::probe(account, &question, business_day, archive, clock).await?;
        let is_unsigned = matches!(
            probe,
            Probe::Refused { kind: RefusalKind::NoSuchOrder | RefusalKind::OrderOrAccount, .. }
        );
        // The rule of the night: what nobody signs may be about the account.
        let proof = if is_unsigned {
            pull::account_proof(account, business_day, archive, clock, ledger).await?
        } else {
            None
        };
        judge(part, what.trim_end(), &probe, proof, ahead_seconds);
        if is_elsewhere(&probe) {
            self.looks_like(account, &question, part).await?;
        }
        clocks(part, ahead_seconds);
        Ok(())
    }
}

impl Way<'_> {
    /// Says which of the platform's families answers there as one of it would.
    async fn looks_like(
        &self,
        account: &Account,
        question: &Question,
        part: &mut Part,
    ) -> Result<(), PullError> {
        for (dialect, provider) in account.provider.in_other_dialects() {
            let other = Account { provider, ..account.clone() };
            let Probed { probe, .. } =
                pull::probe(&other, question, self.config.business_day, self.archive, self.clock)
                    .await?;
            if matches!(probe, Probe::Answered(_) | Probe::Refused { .. }) {
                part.note(
                    format!("it answers as the family {dialect:?} does"),
                    format!("write dialect = {dialect:?} in the account"),
                );
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Whether nothing speaks this interface at this address.
const fn is_elsewhere(probe: &Probe) -> bool {
    matches!(
        probe,
        Probe::NoCall(CallError::Status { status: 404 | 405 })
            | Probe::Worthless(Unproved::Malformed { .. } | Unproved::Field { .. })
    )
}

/// Says what the answer shows, and no more than it shows. `proof` is what an account has proved itself
/// by that answers "no such order".
fn judge(
    part: &mut Part,
    what: &str,
    probe: &Probe,
    proof: Option<AccountProof>,
    ahead_seconds: Option<i64>,
) {
    match probe {
        Probe::Answered(facts) => {
            part.found = format!("{what} query answered and verified");
            if facts.status != ProviderStatus::NotFound {
                part.note(format!("it knows the order {NOBODYS_ORDER}: {}", facts.status), "");
            }
        }
        // Where its words leave it open, its HTTP status may say it.
        Probe::Refused { code, kind: RefusalKind::Unclear, status: status @ (401 | 403..=405) } => {
            let error = CallError::Status { status: *status };
            no_call(part, &format!("{what} query refused ({code})"), &error, ahead_seconds);
        }
        Probe::Refused { code, kind, .. } => refused(part, what, code, *kind, proof),
        Probe::Worthless(unproved) => worthless(part, what, unproved),
        Probe::NoCall(error) => no_call(part, &format!("{what} query"), error, ahead_seconds),
        Probe::Unaskable(unproved) => {
            part.found = format!("{what} query cannot be put: {unproved}");
            part.unproved = true;
        }
    }
}

fn refused(
    part: &mut Part,
    what: &str,
    code: &str,
    kind: RefusalKind,
    proof: Option<AccountProof>,
) {
    let refusal = format!("{what} query refused ({code})");
    match kind {
        RefusalKind::NoSuchOrder | RefusalKind::OrderOrAccount => {
            part.found = format!("{what} query answered: no such order ({code})");
            if let Some(proof) = proof {
                part.found = format!("{}; {} proves the account", part.found, proof.text());
                return;
            }
            part.unproved = true;
            part.note(
                "nobody signs this answer, it may be about the account, and nothing proves the account",
                "`duizhang query` about an order that the platform has for certain shows whether the \
                 account is right; a night with such an order does, too",
            );
        }
        RefusalKind::Key => part.wrong(
            format!("key problem: {refusal}"),
            "compare the key and the merchant's number with what the platform gave you, letter by \
             letter; a test key does not fit the production address",
        ),
        RefusalKind::WhiteList => part.wrong(
            format!("white-list problem: {refusal}"),
            "have the platform add this machine's outgoing address to the account's white list",
        ),
        RefusalKind::Clock => part.wrong(
            format!("clock problem: {refusal}"),
            "set this machine's clock by NTP (`timedatectl`, `chronyc tracking`)",
        ),
        RefusalKind::Account => part.wrong(
            format!("account problem: {refusal}"),
            "check the merchant's number; else ask the platform whether the account is active and \
             may use this interface",
        ),
        RefusalKind::Settings => part.wrong(
            format!("settings problem: {refusal}"),
            "check the account's numbers, version and addresses; some platforms say this for a \
             wrong signature as well",
        ),
        RefusalKind::Platform => {
            part.found = format!("outage: {refusal}; try again later, then call the platform");
            part.unproved = true;
        }
        RefusalKind::Unclear => {
            part.found = format!(
                "{refusal}: the answer does not say why; `duizhang query` about a known order \
                 shows more, else ask the platform what the code means"
            );
            part.unproved = true;
        }
    }
}

fn worthless(part: &mut Part, what: &str, unproved: &Unproved) {
    let what = format!("{what} query: {unproved}");
    match unproved {
        Unproved::WrongSignature => part.wrong(
            format!("key problem: {what}"),
            "the platform signs with another key than the configured one: compare key and \
             merchant's number with what the platform gave you",
        ),
        Unproved::Unsigned => part.wrong(
            format!("key problem: {what}"),
            "the address answers, but not like the platform: check the address and whether a proxy \
             changes answers",
        ),
        Unproved::Malformed { .. } | Unproved::Field { .. } | Unproved::NotWhatWasAsked { .. } => {
            part.wrong(
                format!("settings problem: {what}"),
                "check the addresses: this looks like another interface, or a proxy's page",
            );
        }
        Unproved::Refused { .. }
        | Unproved::AccountUnproved { .. }
        | Unproved::UnknownCode { .. }
        | Unproved::NotOffered => {
            part.found = what;
            part.unproved = true;
        }
    }
}

fn no_call(part: &mut Part, what: &str, error: &CallError, ahead_seconds: Option<i64>) {
    let failure = format!("{what}: {error}");
    match error {
        CallError::Status { status: 401 | 403 } => part.wrong(
            format!("white-list problem: {failure}"),
            "have the platform add this machine's outgoing address to the account's white list; a \
             proxy on the way may refuse as well",
        ),
        CallError::Status { status: 404 | 405 }
        | CallError::Redirect { .. }
        | CallError::Url { .. } => {
            part.wrong(format!("settings problem: {failure}"), "check the account's addresses");
        }
        CallError::Tls => part.wrong(
            format!("certificate or clock problem: {failure}"),
            "check the address, this machine's clock (certificates have dates) and its trusted \
             certificates; a proxy that opens TLS has its own",
        ),
        CallError::Client { .. } => part.wrong(failure, "install the system's CA certificates"),
        CallError::Connect { cause: "unknown host" } => part.wrong(
            format!("settings problem: {failure}"),
            "check the host in the account's addresses, and this machine's name service",
        ),
        CallError::Connect { .. } | CallError::Timeout | CallError::Reset => {
            let hint = if ahead_seconds.is_some() {
                "it has answered before, so the way is open"
            } else {
                "the platform is down, or drops what comes from addresses that are not on its \
                 white list: try from a machine that is on it"
            };
            part.found = format!("outage: {failure}; {hint}");
            part.unproved = true;
        }
        CallError::Status { .. } | CallError::TooLarge { .. } | CallError::Down { .. } => {
            part.found = format!("outage: {failure}; try again later, then call the platform");
            part.unproved = true;
        }
    }
}

/// Compares the clocks: most platforms do not look at ours, but the business day does.
fn clocks(part: &mut Part, ahead_seconds: Option<i64>) {
    let Some(ahead) = ahead_seconds else { return };
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let seconds = ahead.unsigned_abs();
    let what = format!("this machine's clock is {seconds} s {direction} the platform's");
    let fix = "set this machine's clock by NTP (`timedatectl`, `chronyc tracking`)";
    if seconds > CLOCK_SECONDS_MAX.unsigned_abs() {
        part.wrong(format!("clock problem: {what}"), fix);
    } else if seconds > CLOCK_SECONDS.unsigned_abs() {
        part.note(what, fix);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(probe: &Probe) -> Part {
        judged_with(probe, None)
    }

    fn judged_with(probe: &Probe, proof: Option<AccountProof>) -> Part {
        let mut part = Part::new("a");
        judge(&mut part, "payment", probe, proof, None);
        part
    }

    #[test]
    fn no_such_order_is_an_answer_of_an_account_that_has_proved_itself_only() {
        for kind in [RefusalKind::NoSuchOrder, RefusalKind::OrderOrAccount] {
            let probe = Probe::Refused { code: "error=x".to_owned(), kind, status: 404 };
            let part = judged(&probe);
            assert!(part.unproved && part.wrong.is_empty(), "{part}");
            assert!(part.to_string().contains("nothing proves the account"), "{part}");
            for proof in [AccountProof::Balance, AccountProof::Listing, AccountProof::KnownOrder] {
                let part = judged_with(&probe, Some(proof));
                assert!(!part.unproved && part.notes.is_empty(), "{part}");
                assert!(part.to_string().contains(proof.text()), "{part}");
            }
        }
    }

    /// Each end of a probe is exactly one of: fine, ours to put right, not proved.
    #[test]
    fn key_white_list_clock_and_outage_are_different() {
        let refused = |kind| Probe::Refused { code: "x".to_owned(), kind, status: 200 };
        let with_status = |kind, status| Probe::Refused { code: "x".to_owned(), kind, status };
        let status = |status| Probe::NoCall(CallError::Status { status });
        let table = [
            (refused(RefusalKind::NoSuchOrder), "not proved"),
            (refused(RefusalKind::OrderOrAccount), "not proved"),
            (refused(RefusalKind::Key), "key problem"),
            (Probe::Worthless(Unproved::WrongSignature), "key problem"),
            (Probe::Worthless(Unproved::Unsigned), "key problem"),
            (refused(RefusalKind::WhiteList), "white-list problem"),
            (status(403), "white-list problem"),
            (refused(RefusalKind::Clock), "clock problem"),
            (refused(RefusalKind::Account), "account problem"),
            (refused(RefusalKind::Settings), "settings problem"),
            (status(404), "settings problem"),
            (Probe::Worthless(Unproved::Malformed { expected: "JSON" }), "settings problem"),
            (Probe::NoCall(CallError::Connect { cause: "unknown host" }), "settings problem"),
            (Probe::NoCall(CallError::Tls), "certificate or clock problem"),
            (refused(RefusalKind::Platform), "outage"),
            (status(503), "outage"),
            (Probe::NoCall(CallError::Timeout), "outage"),
            (Probe::NoCall(CallError::Connect { cause: "refused" }), "outage"),
            (refused(RefusalKind::Unclear), "not proved"),
            // What its words leave open, its HTTP status may say.
            (with_status(RefusalKind::Unclear, 403), "white-list problem"),
            (with_status(RefusalKind::Unclear, 404), "settings problem"),
            (with_status(RefusalKind::Unclear, 400), "does not say why"),
            (with_status(RefusalKind::Key, 403), "key problem"),
        ];
        for (probe, expected) in table {
            let part = judged(&probe);
            let text = part.to_string();
            let is_ok = expected == "ok";
            let is_wrong = expected.ends_with(" problem");
            assert_eq!(part.wrong.len(), usize::from(is_wrong), "{text}");
            assert_eq!(part.unproved, !is_ok && !is_wrong, "{text}");
            assert!(text.contains(expected), "{expected}: {text}");
            assert!(part.wrong.iter().all(|trouble| !trouble.fix.is_empty()), "{text}");
        }
    }

    #[test]
    fn clocks_that_differ_are_noticed() {
        let table = [
            (None, 0, 0),
            (Some(30), 0, 0),
            (Some(-31), 0, 1),
            (Some(300), 0, 1),
            (Some(301), 1, 0),
            (Some(-86_400), 1, 0),
        ];
        for (ahead, wrong, notes) in table {
            let mut part = Part::new("a");
            clocks(&mut part, ahead);
            assert_eq!((part.wrong.len(), part.notes.len()), (wrong, notes), "{part}");
        }
    }
}
