//! `simulate`: the simulated providers by themselves, until they are interrupted.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::business_day::BusinessDay;
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{SimulateArgs, open, output};
use crate::clock::{Clock, REHEARSAL, SystemClock};
use crate::simulator::world::{World, WorldFile, WorldSettings};
use crate::simulator::{self, Nights, Problem, Simulator};

/// Serves a world.
pub(crate) async fn run(args: &SimulateArgs) -> Result<u8, Failure> {
    match args.world.as_deref().map(WorldFile::read).transpose()? {
        Some(WorldFile::Day(settings)) => serve_day(args, *settings).await,
        Some(WorldFile::Nights { seed }) => serve_nights(args, Nights::make(seed)).await,
        None => {
            let today = BusinessDay::BEIJING.date_of(SystemClock.now());
            serve_day(args, WorldSettings::demo(today.plus_days(-1))).await
        }
    }
}

async fn serve_day(args: &SimulateArgs, settings: WorldSettings) -> Result<u8, Failure> {
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
    until_stopped(simulator).await
}

/// What the providers say depends on the time: the machine's, or that of a rehearsal.
async fn serve_nights(args: &SimulateArgs, nights: Nights) -> Result<u8, Failure> {
    let nights = Arc::new(nights);
    let simulator = simulator::serve_nights(Arc::clone(&nights), open::clock()?, args.listen)
        .await
        .map_err(|source| Failure::Listen {
            who: "the simulated providers",
            address: args.listen,
            source,
        })?;
    output::line(&format!("the providers listen at http://{}", simulator.addr));
    if let Some(out) = &args.out {
        let out = std::path::absolute(out).unwrap_or_else(|_| out.clone());
        let files = nights.write_files(&out, simulator.addr)?;
        let (config, first) = (files.config.display(), Nights::first());
        let night = BusinessDay::BEIJING.local(Nights::night_of(first));
        let night = night.format("%Y-%m-%dT%H:%M:%S+08:00");
        output::line(
            "a configuration and ten days of files fit them; here and in another terminal",
        );
        output::line(&format!("set {REHEARSAL}, for the first night to {night}, and run"));
        output::line(&format!("  duizhang --config {config} run nightly --date {first}"));
    }
    until_stopped(simulator).await
}

async fn until_stopped(simulator: Simulator) -> Result<u8, Failure> {
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
    simulator::serve(Arc::clone(world), listen).await.map_err(|source| Failure::Listen {
        who: "the simulated providers",
        address: listen,
        source,
    })
}

/// What was wrong with a request, in one line.
pub(crate) fn story(problem: &Problem) -> String {
    format!("{} {}: {}", problem.account, problem.interface, problem.what)
}
