//! The file for the textfile collector of Prometheus's `node_exporter`.
//!
//! What only one process knows goes on from run to run: counters are added to what the file says,
//! durations of other jobs' steps stay. The file is replaced in one go, so that the collector never
//! reads half of it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::collect;
use super::families::{CALL_RETRIES, CALLS, FAMILIES, STEP_ROWS, STEP_SECONDS};
use super::text::{Family, FamilyKind, Labels, Page, read};
use crate::app::App;

/// What no other process knows.
const OF_PROCESS: [Family; 4] = [CALLS, CALL_RETRIES, STEP_SECONDS, STEP_ROWS];

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the metrics to {path}")]
pub struct TextfileError {
    /// The file.
    pub path: String,
    /// The cause.
    pub source: io::Error,
}

/// The counts of this process that are in the file already.
static WRITTEN: Mutex<BTreeMap<(&'static str, Labels), u64>> = Mutex::new(BTreeMap::new());

/// Writes `[metrics] textfile`, where there is one.
///
/// # Errors
///
/// [`TextfileError`]; the file that was there stays.
pub async fn write(app: &App) -> Result<(), TextfileError> {
    let Some(path) = &app.config.metrics.textfile else { return Ok(()) };
    let page = collect(app).await;
    replace(path, page).map_err(|source| TextfileError { path: path.display().to_string(), source })
}

fn replace(path: &Path, mut page: Page) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Two runs that end together add to the same counters.
    let lock =
        OpenOptions::new().create(true).write(true).truncate(false).open(beside(path, "lock"))?;
    lock.lock()?;
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let counted = carry_on(&mut page, &before, &written);
    let draft = beside(path, "draft");
    let mut file = File::create(&draft)?;
    file.write_all(page.render(FAMILIES).as_bytes())?;
    readable_by_all(&file)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    *written = counted;
    Ok(())
}

/// `.duizhang.prom.lock`: the collector reads only what ends with `.prom`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{ending}"))
}

/// Adds what the file said to the page; gives the counts of this process that are now in it.
///
/// A file that cannot be read as the format is begun anew.
fn carry_on(
    page: &mut Page,
    before: &str,
    written: &BTreeMap<(&'static str, Labels), u64>,
) -> BTreeMap<(&'static str, Labels), u64> {
    let mut counted = BTreeMap::new();
    for (family, labels, value) in page.iter() {
        if family.kind == FamilyKind::Counter {
            counted.insert((family.name, labels.clone()), value.parse().unwrap_or(0_u64));
        }
    }
    for known in read(before).unwrap_or_default() {
        let Some(family) = OF_PROCESS.into_iter().find(|family| family.name == known.name) else {
            continue;
        };
        let now = page.get(family, &known.labels);
        match (family.kind, now) {
            (FamilyKind::Gauge, Some(_)) => {}
            (FamilyKind::Gauge, None) => page.put(family, known.labels, known.value),
            (FamilyKind::Counter, now) => {
                let number = |text: &str| text.parse::<u64>().unwrap_or(0);
                let key = (family.name, known.labels);
                let in_file = written.get(&key).copied().unwrap_or(0);
                let new = now.map_or(0, number).saturating_sub(in_file);
                let sum = number(&known.value).saturating_add(new);
                page.put(family, key.1, sum.to_string());
            }
        }
    }
    counted
}

/// The collector runs as another user; nothing in the file is secret.
#[cfg(unix)]
fn readable_by_all(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(calls: u64, step: &str, rows: u64) -> Page {
        let mut page = Page::default();
        page.set(CALLS, &[("account", "a"), ("outcome", "ok")], calls);
        page.set(STEP_ROWS, &[("job", "nightly"), ("step", step)], rows);
        page
    }

    #[test]
    fn counters_go_on_where_the_last_process_ended_and_count_nothing_twice() {
        let nothing = BTreeMap::new();
        let mut first = page(5, "pull", 10);
        let written = carry_on(&mut first, "", &nothing);
        assert_eq!(first, page(5, "pull", 10));

        // The same process again, two calls later.
        let mut second = page(7, "pull", 11);
        carry_on(&mut second, &first.render(FAMILIES), &written);
        assert_eq!(second, page(7, "pull", 11));

        // Another process, with calls and steps of its own.
        let mut third = page(3, "report", 1);
        carry_on(&mut third, &second.render(FAMILIES), &nothing);
        let mut expected = page(10, "report", 1);
        expected.set(STEP_ROWS, &[("job", "nightly"), ("step", "pull")], 11);
        assert_eq!(third, expected);

        // One that called nobody keeps the count.
        let mut fourth = Page::default();
        carry_on(&mut fourth, &third.render(FAMILIES), &nothing);
        assert_eq!(fourth, expected);
    }

    #[test]
    fn a_damaged_file_is_begun_anew() {
        let mut begun = page(1, "pull", 1);
        carry_on(&mut begun, "<html>", &BTreeMap::new());
        assert_eq!(begun, page(1, "pull", 1));
    }
}
