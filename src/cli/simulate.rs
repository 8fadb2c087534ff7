//! `simulate`: the simulated providers by themselves, until they are interrupted.

use std::path::PathBuf;

use crate::cli::failure::Failure;
use crate::cli::start::DONE;
use crate::cli::{SimulateArgs, output};
use crate::clock::{Clock, SystemClock};
use crate::business_day::BusinessDay;
use crate::simulator::{self, World, WorldSettings};

/// Serves a world.
pub(crate) async fn run(args: &SimulateArgs) -> Result<u8, Failure> {
    let settings = match &args.world {
        Some(file) => WorldSettings::read(file)?,
        None => {
            let today = BusinessDay::BEIJING.date_of(SystemClock.now());
            WorldSettings::demo(today.plus_days(-1))
        }
    };
    let world = World::make(settings)?;
    let date = world.settings().date;
    let simulator = simulator::serve(&world, args.listen).await?;
    output::line(&format!("the providers listen at http://{}", simulator.addr()));
    if let Some(out) = &args.out {
        let out: PathBuf = std::path::absolute(out).unwrap_or_else(|_| out.clone());
        world.write_files(&out, simulator.addr())?;
        let config = out.join("duizhang.toml");
        output::line("a configuration and the merchant's orders fit them; run, in another terminal:");
        output::line(&format!("  duizhang --config {} run nightly --date {date}", config.display()));
    }
    output::line("stop with Ctrl-C");
    output::flush();
    // Whether it was Ctrl-C or the terminal went away: the end is the same.
    tokio::signal::ctrl_c().await.unwrap_or(());
    let problems = simulator.problems();
    for problem in &problems {
        output::line(&format!("a request was wrong: {problem}"));
    }
    Ok(DONE)
}
