//! Goal: worlds with one pattern hold what they say, and are found like any other. Method: the whole
//! job in each of them, and the proof of the simulator over its report.

use std::collections::BTreeSet;
use std::sync::Arc;

use duizhang::app::App;
use duizhang::business_day::BusinessDate;
use duizhang::clock::FixedClock;
use duizhang::config;
use duizhang::discrepancy::DiscrepancyType;
use duizhang::discrepancy::pattern::PatternKind;
use duizhang::job;
use duizhang::ledger::{Access, open};
use duizhang::run::{self, Scope};
use duizhang::simulator::proof::prove;
use duizhang::simulator::world::Pattern;
use duizhang::simulator::{World, WorldSettings, serve};
use tempfile::TempDir;

#[tokio::test]
async fn every_pattern_is_found_row_for_row() {
    let date = BusinessDate::parse("2026-11-20").unwrap();
    for pattern in Pattern::ALL {
        let world = Arc::new(World::make(WorldSettings::of_pattern(date, pattern)).unwrap());
        let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let folder = TempDir::new().unwrap();
        let files = world.write_files(folder.path(), simulator.addr).unwrap();
        let text = std::fs::read_to_string(&files.config).unwrap();
        std::fs::write(&files.config, text.replace("\"zh\"", "\"en\"")).unwrap();
        let config = config::load(&files.config, &|_| None).unwrap();
        let now = config.business_day.end_of(date).plus_seconds(9000);
        let ledger = open(&config.ledger_url, Access::Work).await.unwrap();
        let app = App {
            config,
            ledger,
            clock: Box::new(FixedClock(now)),
            stop: duizhang::stop::Stop::default(),
        };
        let jobs = job::jobs_for(&app.config).unwrap();
        let nightly = jobs.iter().find(|job| job.name == "nightly").unwrap();
        let scope = Scope { date, accounts: Vec::new() };
        let outcome = run::job(&app, nightly, &scope).await.unwrap();
        assert_eq!(simulator.problems(), [], "{pattern:?}");
        let proof = prove(&outcome.report.unwrap().folder, &world).unwrap();
        assert!(proof.is_proved(), "{pattern:?}: {proof} {proof:#?}");
        let found = app.ledger.patterns(date).await.unwrap();
        let truth = world.pattern().unwrap();
        // A cause may reach over several streams; each has its line.
        assert!(found.iter().all(|it| Some(it.kind) == cause(pattern)), "{pattern:?}: {found:#?}");
        let count: i64 = found.iter().map(|it| it.count).sum();
        let difference: i64 = found.iter().map(|it| it.difference_minor).sum();
        let expected = (i64::try_from(truth.count).unwrap(), truth.difference_minor);
        assert_eq!((count, difference), expected, "{pattern:?}: {found:#?}");
    }
}

/// What has to be found in a world of this pattern, and nothing else.
const fn cause(pattern: Pattern) -> Option<PatternKind> {
    match pattern {
        Pattern::Factor100 => Some(PatternKind::Factor100),
        Pattern::CutOff => Some(PatternKind::CutOff),
        Pattern::AccountMissing => Some(PatternKind::WholeStream),
        Pattern::CallbackOutage => Some(PatternKind::CallbackOutage),
        Pattern::ConstantDifference => Some(PatternKind::ConstantDifference),
        Pattern::OneProduct => Some(PatternKind::OneProduct),
        Pattern::None => None,
    }
}

#[test]
fn a_pattern_is_most_of_its_world_and_never_all() {
    let date = BusinessDate::parse("2026-11-20").unwrap();
    for pattern in Pattern::ALL {
        let world = World::make(WorldSettings::of_pattern(date, pattern)).unwrap();
        let truth = world.pattern().unwrap();
        assert_eq!(truth.pattern, pattern);
        let (inside, outside): (Vec<_>, Vec<_>) =
            world.planted().iter().partition(|item| truth.orders.contains(&item.key));
        let count = usize::try_from(truth.count).unwrap();
        assert_eq!(inside.len(), count, "{pattern:?}");
        let sum: i64 = inside.iter().map(|item| item.difference_minor).sum();
        assert_eq!(sum, truth.difference_minor, "{pattern:?}");
        assert_eq!(outside.len(), 9, "{pattern:?}: a few have nothing to do with it");
        let expected = if pattern == Pattern::None { 0..1 } else { 30..50 };
        assert!(expected.contains(&count), "{pattern:?}: {count}");
        let kinds: BTreeSet<_> = inside.iter().map(|item| item.kind).collect();
        assert!(kinds.len() <= 1, "{pattern:?}: {kinds:?}");
    }
}

#[test]
fn the_demo_has_every_type_of_discrepancy() {
    let date = BusinessDate::parse("2026-11-20").unwrap();
    let settings = WorldSettings { held: true, ..WorldSettings::demo(date) };
    let world = World::make(settings).unwrap();
    let planted: BTreeSet<_> = world.planted().iter().map(|item| item.kind).collect();
    let missing: Vec<_> =
        DiscrepancyType::ALL.iter().filter(|kind| !planted.contains(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
