//! `simulate`: the simulated providers by themselves, until they are interrupted.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::business_day::BusinessDay;
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{SimulateArgs, output};
use crate::clock::{Clock, SystemClock};
use crate::simulator::world::{World, WorldSettings};
use crate::simulator::{self, Problem, Simulator};

/// Serves a world.
pub(crate) async fn run(args: &SimulateArgs) -> Result<u8, Failure> {
    let settings = if let Some(file) = &args.world {
        WorldSettings::read(file)?
    } else {
        let today = BusinessDay::BEIJING.date_of(SystemClock.now());
        WorldSettings::demo(today.plus_days(-1))
    };
    let world = Arc::new(World::make(settings)?);
    let date = world.settings().date;
    let simulator = served(&world, args.listen).await?;
    output::line(&format!("the providers listen at http://{}", simulator.addr));
    if let Some(out) = &args.out {
        let out = std::path::absolute(out).unwrap_or_else(|_| out.clone());
        let files = world.write_files(&out, simulator.addr)?;
        output::line("a configuration and the merchant's orders fit them; in another terminal:");
        let config = files.config.display();
        output::line(&format!("  duizhang --config {config} run nightly --date {date}"));
    }
    output::line("stop with Ctrl-C");
    output::flush();
    // Whether it was Ctrl-C or the terminal went away: the end is the same.
    tokio::signal::ctrl_c().await.unwrap_or(());
    for problem in simulator.problems() {
        output::line(&format!("a request was wrong: {}", story(&problem)));
    }
    simulator.stop().await;
    Ok(DONE)
}

/// Starts a world's providers.
pub(crate) async fn served(world: &Arc<World>, listen: SocketAddr) -> Result<Simulator, Failure> {
    simulator::serve(Arc::clone(world), listen)
        .await
        .map_err(|source| Failure::Simulator { address: listen, source })
}

/// What was wrong with a request, in one line.
pub(crate) fn story(problem: &Problem) -> String {
    format!("{} {}: {}", problem.account, problem.interface, problem.what)
}
