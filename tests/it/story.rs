//! Goal: the files of every night are what a world of random stories and the contract alone make of
//! it, whatever is run again. Method: platforms over HTTP that answer from the world at the moment at
//! which they are asked, nights of the whole job, and an oracle that knows the contract and none of
//! the program's rules. `DUIZHANG_STORY_SEEDS` says how many seeds are lived through,
//! `DUIZHANG_STORY_SEEDS_POSTGRES` how many of them on a server; `DUIZHANG_STORY_SEED` names one
//! alone, `DUIZHANG_STORY_ONLY` some stories (`outage;paid twice`). A seed that fails is told again with fewer and fewer stories, and ends as a few.

mod check;
mod oracle;
mod platforms;
mod stage;
mod tales;
mod world;

use crate::ledger::server::Database;
use check::{equal, live};
use world::World;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// The first seeds, or the one that is asked for.
fn seeds(name: &str, few: u64) -> Vec<u64> {
    let all = || (1..=number(name).unwrap_or(few)).collect();
    number("DUIZHANG_STORY_SEED").map_or_else(all, |seed| vec![seed])
}

fn world_of(seed: u64) -> World {
    let only = std::env::var("DUIZHANG_STORY_ONLY").ok();
    tales::world(seed, only.is_some(), |name| {
        only.as_ref().is_none_or(|only| only.split(';').any(|it| it == name))
    })
}

/// Lives through a world; on a server also on the embedded ledger, which has to write the same.
async fn live_on(world: &World, on_server: bool) -> Result<(), String> {
    let folders = live(world, None).await?;
    if !on_server {
        return Ok(());
    }
    let server = Database::create().await;
    let others = live(world, server.as_ref().map(Database::url)).await?;
    equal(&folders, &others)
}

/// Where a failure is: its file, or what was run again.
fn place(failure: &str) -> Option<&str> {
    failure.split(':').nth(1)
}

/// Leaves out story after story as long as the night still goes wrong in the same file: all plain ones
/// first, then halves, then one by one.
async fn shrunk(world: World, failure: String, on_server: bool) -> (World, String) {
    let (mut world, mut failure) = (world, failure);
    world.stories.sort_by_key(|story| story.name != "plain");
    let mut piece = world.stories.iter().filter(|story| story.name == "plain").count();
    loop {
        let mut at = 0;
        while at < world.stories.len() {
            let mut fewer = world.clone();
            fewer.stories.drain(at..(at + piece).min(fewer.stories.len()));
            match live_on(&fewer, on_server).await {
                Err(smaller) if place(&smaller) == place(&failure) => {
                    (world, failure) = (fewer, smaller);
                }
                _ => at += piece,
            }
        }
        if piece == 1 {
            return (world, failure);
        }
        piece = piece.min(world.stories.len()).div_ceil(2);
    }
}

async fn tell(seeds: Vec<u64>, on_server: bool) {
    let mut failures = Vec::new();
    for seed in seeds {
        let world = world_of(seed);
        let began = std::time::Instant::now();
        if let Err(failure) = live_on(&world, on_server).await {
            println!("seed {seed} failed after {:?}: {failure}", began.elapsed());
            if number("DUIZHANG_STORY_AS_IS").is_some() {
                failures.push(format!("seed {seed}: {failure}"));
                continue;
            }
            let (world, smaller) = shrunk(world, failure.clone(), on_server).await;
            let report =
                format!("{smaller}\nof the stories {:#?}\nfirst seen as {failure}", world.stories);
            println!("seed {seed} failed: {report}");
            failures.push(format!("seed {seed}: {report}"));
        } else {
            let (stories, bills) =
                (world.stories.len(), if world.bills { ", with bills" } else { "" });
            println!("seed {seed}: {stories} stories{bills} in {:?}", began.elapsed());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test]
async fn every_night_is_what_its_stories_come_to() {
    tell(seeds("DUIZHANG_STORY_SEEDS", 2), false).await;
}

#[tokio::test]
async fn every_night_is_what_its_stories_come_to_on_a_server() {
    if crate::ledger::server::is_there() {
        tell(seeds("DUIZHANG_STORY_SEEDS_POSTGRES", 1), true).await;
    }
}
