//! `demo`: a whole night against simulated providers, and the proof that everything was found.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crate::app::App;
use crate::business_day::{BusinessDay, Timestamp};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{DemoArgs, open, output, simulate, steps};
use crate::clock::{Clock, FixedClock, SystemClock};
use crate::config::{Config, Language};
use crate::discrepancy::{Direction, DiscrepancyType, State};
use crate::job;
use crate::money::yuan;
use crate::run::{self, Scope};
use crate::simulator::Simulator;
use crate::simulator::proof::{Proof, Vocabulary, prove_with};
use crate::simulator::world::{World, WorldSettings};
use crate::status::{Kind, Verdict};
use crate::wording::{self, Word};

/// How long after the end of the day the job runs.
const NIGHT_SECONDS: i64 = 9000;

/// Runs the nightly job in a world whose discrepancies are known, and proves the result.
pub(crate) async fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let date = args.date.resolve(SystemClock.now(), &BusinessDay::BEIJING)?;
    let world = Arc::new(World::make(WorldSettings::demo_night(date))?);
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let simulator = simulate::served(&world, listen).await?;
    let out = std::path::absolute(&args.out).unwrap_or_else(|_| args.out.clone());
    let files = world.write_files(&out, simulator.addr)?;
    let mut app = open::app(&files.config).await?;
    // What the accounts hold is asked when the day begins and when it ends; then the night comes.
    let (begin, end) = (BusinessDay::BEIJING.start_of(date), BusinessDay::BEIJING.end_of(date));
    for (moment, of) in [(begin, date.plus_days(-1)), (end, date)] {
        it_is(&mut app, &simulator, moment.plus_seconds(-1));
        let accounts = app.accounts(&Scope { date: of, accounts: Vec::new() })?;
        app.balances(of, &accounts).await?;
    }
    it_is(&mut app, &simulator, end.plus_seconds(NIGHT_SECONDS));
    let jobs = job::jobs_for(&app.config)?;
    let Some(nightly) = jobs.iter().find(|job| job.name == "nightly") else {
        return Err(Failure::Usage("the job nightly is missing".to_owned()));
    };
    let outcome = run::job(&app, nightly, &Scope { date, accounts: Vec::new() }).await?;
    // The exit code of a demo is the proof's: this world has orders that cannot be proved.
    output::print(&steps::text(&app, &outcome));
    let problems = simulator.problems();
    let called: Vec<&str> =
        world.accounts().into_iter().filter(|account| simulator.renotified(account) > 0).collect();
    simulator.stop().await;
    if !called.is_empty() {
        let whose = called.join(", ");
        return Err(Failure::Verdict(format!("the night made {whose} call the shop again")));
    }
    if let Some(problem) = problems.first() {
        return Err(Failure::Verdict(format!("a request was wrong: {}", simulate::story(problem))));
    }
    let Some(report) = &outcome.report else {
        return Err(Failure::Verdict("the night wrote no report".to_owned()));
    };
    let proof = prove_with(&report.folder, &world, &vocabulary(&app.config))?;
    output::line(&format!("\n{}", proof_text(&proof, app.config.reports.language)));
    if proof.is_proved() {
        Ok(DONE)
    } else {
        Err(Failure::Verdict("the proof failed: see above".to_owned()))
    }
}

/// Sets the time for both sides.
fn it_is(app: &mut App, simulator: &Simulator, now: Timestamp) {
    app.clock = Box::new(FixedClock(now));
    simulator.set_now(now);
}

/// What the proof came to, in the language of the report that it is about.
fn proof_text(proof: &Proof, language: Language) -> String {
    if language == Language::En {
        let verdict = if proof.is_proved() { "PROVED" } else { "NOT PROVED" };
        return format!("{verdict}: {proof}");
    }
    let verdict =
        if proof.is_proved() { "自证通过 (PROVED)" } else { "自证未通过 (NOT PROVED)" };
    let tied = proof.accounts.iter().filter(|account| account.problems.is_empty()).count();
    let bank = proof
        .bank_rest_minor
        .map_or_else(String::new, |rest| format!("，渠道与银行相差 {} 元", yuan(rest)));
    format!(
        "{verdict}：预埋差异 {} 笔，查出 {} 笔，类型与金额正确 {} 笔，误报 {} 笔，账户勾稽一致 {}/{}{bank}",
        proof.planted,
        proof.found,
        proof.named,
        proof.false_ones.len(),
        tied,
        proof.accounts.len(),
    )
}

/// The Chinese words of a report and what they mean.
fn vocabulary(config: &Config) -> Vocabulary {
    fn pairs<T: Word + Copy>(
        all: &'static [T],
        code: fn(T) -> &'static str,
    ) -> impl Iterator<Item = (String, String)> {
        all.iter().map(move |value| (value.word(Language::Zh).to_owned(), code(*value).to_owned()))
    }
    let lanes = config.accounts.iter().flat_map(|account| account.account.provider.lanes());
    let products =
        lanes.map(|lane| (wording::product(&lane.product, Language::Zh).to_owned(), lane.product));
    Vocabulary::new(
        pairs(DiscrepancyType::ALL, DiscrepancyType::code)
            .chain(pairs(State::ALL, State::code))
            .chain(pairs(Direction::ALL, Direction::code))
            .chain(pairs(Kind::ALL, Kind::code))
            .chain(pairs(Verdict::ALL, Verdict::code))
            .chain(products),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_shown_in_the_language_of_the_report() {
        let proof = Proof { planted: 3, found: 3, named: 2, ..Proof::default() };
        let zh = proof_text(&proof, Language::Zh);
        assert!(zh.contains("预埋差异 3 笔，查出 3 笔，类型与金额正确 2 笔，误报 0 笔"), "{zh}");
        assert!(proof_text(&proof, Language::En).contains("PROVED: planted 3, found 3, named 2"));
    }
}
