//! `demo`: a whole night against simulated providers, and the proof that everything was found.

use std::net::{Ipv4Addr, SocketAddr};

use crate::cli::failure::Failure;
use crate::cli::start::DONE;
use crate::cli::{DemoArgs, open, output, steps};
use crate::clock::{Clock, SystemClock};
use crate::business_day::BusinessDay;
use crate::job;
use crate::run::{self, Scope};
use crate::simulator::{self, Proof, World, WorldSettings};

/// Runs the nightly job in a world whose discrepancies are known, and proves the result.
pub(crate) async fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let date = args.date.resolve(SystemClock.now(), &BusinessDay::BEIJING)?;
    let world = World::make(WorldSettings::demo(date))?;
    let simulator = simulator::serve(&world, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let out = std::path::absolute(&args.out).unwrap_or_else(|_| args.out.clone());
    world.write_files(&out, simulator.addr())?;
    let house = open::house(&out.join("duizhang.toml")).await?;
    let jobs = job::jobs_for(&house.config)?;
    let Some(nightly) = jobs.iter().find(|job| job.name == "nightly") else {
        return Err(Failure::Usage("the job nightly is missing".to_owned()));
    };
    let outcome = run::job(&house, nightly, &Scope { date, accounts: Vec::new() }).await?;
    // The exit code of a demo is the proof's: this world has an order that cannot be proved.
    steps::told(&house, &outcome, false);
    for problem in simulator.problems() {
        return Err(Failure::Verdict(format!("a provider refused a request: {problem}")));
    }
    let Some(report) = &outcome.report else {
        return Err(Failure::Verdict("the night wrote no report".to_owned()));
    };
    let proof = simulator::prove(&report.folder, &world)?;
    output::line(&proof.to_string());
    if proof.holds() {
        Ok(DONE)
    } else {
        Err(Failure::Verdict("the proof failed: see above".to_owned()))
    }
}
