//! The steps by which one set takes the place of another, and what a later run does about steps
//! that a killed one has left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::business_day::BusinessDate;
use crate::month::Month;
use crate::report::ReportFile;
use crate::report::folder::{current, same, sync_folder};

const SUPERSEDED: &str = "superseded";
const PARTIAL: &str = ".partial";

/// Sets kept beside a folder that could not be replaced; one more is refused.
const KEPT_MAX: u32 = 999;

/// The names around one date's or month's folder.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    pub(super) label: String,
}

impl Place {
    pub(super) fn current(&self) -> PathBuf {
        current(&self.dir, &self.label)
    }

    pub(super) fn partial(&self) -> PathBuf {
        self.dir.join(format!(".{}{PARTIAL}", self.label))
    }

    fn kept(&self, number: u32) -> PathBuf {
        self.dir.join(format!("{}.new-{number}", self.label))
    }
}

/// The steps that change folders, so that a test can stop after any of them.
pub(super) trait Disk {
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Puts each of two folders in the other's place, in one step.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
}

pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        // What is in it is as private as the folder that it is in.
        fs::create_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }
}

/// Steps 1 to 4. An error leaves the old set where it was.
pub(super) fn switch(disk: &dyn Disk, place: &Place) -> io::Result<Option<PathBuf>> {
    let (current, partial) = (place.current(), place.partial());
    if !current.try_exists()? {
        disk.rename(&partial, &current)?;
        sync_folder(&place.dir);
        return Ok(None);
    }
    let history = partial.join(SUPERSEDED);
    let number = next_number(&current)?;
    disk.create_dir(&history)?;
    match disk.exchange(&partial, &current) {
        Ok(()) => {
            put_aside(disk, place, &number);
            sync_folder(&place.dir);
            return Ok(Some(current.join(SUPERSEDED).join(number)));
        }
        // The file system cannot do it: then in two steps, between which there is no set.
        Err(error) if is_not_offered(&error) => {}
        Err(error) => {
            let _ = disk.remove_dir(&history);
            return Err(error);
        }
    }
    let old = history.join(&number);
    if let Err(error) = disk.rename(&current, &old) {
        let _ = disk.remove_dir(&history);
        return Err(error);
    }
    if let Err(error) = disk.rename(&partial, &current) {
        // Should even this fail, the next run finds both sets in the partial folder and goes on.
        if disk.rename(&old, &current).is_ok() {
            let _ = disk.remove_dir(&history);
        }
        return Err(error);
    }
    flatten(disk, &current);
    sync_folder(&place.dir);
    Ok(Some(current.join(SUPERSEDED).join(number)))
}

/// Moves the old set, which is where the new one was written, to where superseded ones are. Should that
/// fail, the next run does it.
fn put_aside(disk: &dyn Disk, place: &Place, number: &str) {
    let current = place.current();
    let old = current.join(SUPERSEDED).join(number);
    if disk.rename(&place.partial(), &old).is_ok() {
        flatten(disk, &current);
    }
}

/// Whether the new set is in its place and the old one where the new one was written: only then is
/// there a folder of superseded sets, and none in it.
fn is_exchanged(place: &Place) -> bool {
    let history = place.current().join(SUPERSEDED);
    history.is_dir() && children(&history).is_empty()
}

fn is_not_offered(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

/// The number that the current set gets when it is superseded: `001`, `002`, …
fn next_number(current: &Path) -> io::Result<String> {
    let history = current.join(SUPERSEDED);
    let mut last = 0_u32;
    if history.try_exists()? {
        for entry in fs::read_dir(history)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.parse().ok());
            last = last.max(number.unwrap_or(0));
        }
    }
    Ok(format!("{:03}", last.saturating_add(1)))
}

/// Moves what a superseded set had itself superseded up beside it. What cannot be moved stays where
/// it is, complete, and is tried again by the next run.
fn flatten(disk: &dyn Disk, current: &Path) {
    let history = current.join(SUPERSEDED);
    for set in children(&history) {
        let nested = set.join(SUPERSEDED);
        for older in children(&nested) {
            if let Some(name) = older.file_name() {
                let target = history.join(name);
                if !target.exists() {
                    let _ = disk.rename(&older, &target);
                }
            }
        }
        // Fails, as it should, while anything is left in it.
        let _ = disk.remove_dir(&nested);
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Keeps a complete set that could not be put in its place, and says where.
pub(super) fn keep(disk: &dyn Disk, place: &Place, files: &[ReportFile]) -> io::Result<PathBuf> {
    let partial = place.partial();
    if holds_old_set(place) {
        return Ok(partial);
    }
    for number in 1..=KEPT_MAX {
        let kept = place.kept(number);
        if same(&kept, files) {
            fs::remove_dir_all(&partial)?;
            return Ok(kept);
        }
        if !kept.try_exists()? {
            disk.rename(&partial, &kept)?;
            return Ok(kept);
        }
    }
    Ok(partial)
}

/// Puts right what killed runs of any date have left beside this one's folder, and in it.
pub(super) fn recover(disk: &dyn Disk, place: &Place) -> io::Result<()> {
    for path in children(&place.dir) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let label = name.strip_prefix('.').and_then(|name| name.strip_suffix(PARTIAL));
        let is_ours =
            |label: &&str| BusinessDate::parse(label).is_some() || Month::parse(label).is_some();
        let Some(label) = label.filter(is_ours) else { continue };
        let left = Place { dir: place.dir.clone(), label: label.to_owned() };
        if is_exchanged(&left) {
            put_aside(disk, &left, &next_number(&path)?);
        } else if children(&path.join(SUPERSEDED)).is_empty() {
            fs::remove_dir_all(&path)?;
        } else if left.current().try_exists()? {
            // Somebody has made a new folder since: both sets are worth keeping.
            keep_with_history(disk, &left)?;
        } else {
            disk.rename(&path, &left.current())?;
        }
    }
    flatten(disk, &place.current());
    Ok(())
}

fn keep_with_history(disk: &dyn Disk, place: &Place) -> io::Result<()> {
    for number in 1..=KEPT_MAX {
        if !place.kept(number).try_exists()? {
            return disk.rename(&place.partial(), &place.kept(number));
        }
    }
    Ok(())
}

/// Whether the switch stopped between steps 2 and 3.
pub(super) fn holds_old_set(place: &Place) -> bool {
    !children(&place.partial().join(SUPERSEDED)).is_empty()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::config::Rights;
    use crate::report::folder::{Draft, Outcome};

    /// Does so many steps and then nothing any more, as after a kill.
    struct MortalDisk {
        left: Cell<u32>,
        exchanges: bool,
    }

    impl MortalDisk {
        fn step(&self, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
            match self.left.get().checked_sub(1) {
                None => Err(io::Error::other("killed")),
                Some(left) => {
                    self.left.set(left);
                    act()
                }
            }
        }
    }

    impl Disk for MortalDisk {
        fn create_dir(&self, path: &Path) -> io::Result<()> {
            self.step(|| RealDisk.create_dir(path))
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step(|| RealDisk.rename(from, to))
        }

        fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
            if !self.exchanges {
                return Err(io::ErrorKind::Unsupported.into());
            }
            self.step(|| RealDisk.exchange(one, other))
        }

        fn remove_dir(&self, path: &Path) -> io::Result<()> {
            self.step(|| RealDisk.remove_dir(path))
        }
    }

    /// Cannot move one folder: what Windows says while Excel has a file in it open.
    struct LockedDisk(PathBuf);

    impl Disk for LockedDisk {
        fn create_dir(&self, path: &Path) -> io::Result<()> {
            RealDisk.create_dir(path)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            if from == self.0 {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            RealDisk.rename(from, to)
        }

        fn exchange(&self, _: &Path, other: &Path) -> io::Result<()> {
            assert_eq!(other, self.0);
            Err(io::ErrorKind::PermissionDenied.into())
        }

        fn remove_dir(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove_dir(path)
        }
    }

    fn date() -> BusinessDate {
        BusinessDate::parse("2026-11-20").expect("a date")
    }

    fn draft(dir: &Path, content: &str) -> (Draft, Vec<ReportFile>) {
        let draft = Draft::begin(dir, date(), Rights::default()).expect("a draft");
        let mut files = Vec::new();
        for name in ["a.csv", "manifest.json"] {
            let sha256 = draft.put(name, content.as_bytes()).expect("a file");
            files.push(ReportFile { name: name.to_owned(), sha256, rows: 0 });
        }
        (draft, files)
    }

    fn publish(dir: &Path, content: &str) -> Outcome {
        let (mut draft, files) = draft(dir, content);
        draft.settle(&files).expect("a place")
    }

    /// What stands where, as `path=content`, without empty folders.
    fn tree(dir: &Path) -> Vec<String> {
        fn walk(dir: &Path, folder: &Path, found: &mut Vec<String>) {
            for path in children(folder) {
                if path.is_dir() {
                    walk(dir, &path, found);
                } else if path.ends_with("a.csv") {
                    let name = path.strip_prefix(dir).expect("inside").display().to_string();
                    let text = fs::read_to_string(&path).expect("text");
                    found.push(format!("{name}={text}"));
                }
            }
        }
        let mut found = Vec::new();
        walk(dir, dir, &mut found);
        found
    }

    #[test]
    fn a_set_moves_aside_and_an_equal_one_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        assert_eq!(publish(dir, "one"), Outcome::Written { superseded: None });
        assert_eq!(publish(dir, "one"), Outcome::Unchanged);
        let first = dir.join("2026-11-20/superseded/001");
        assert_eq!(publish(dir, "two"), Outcome::Written { superseded: Some(first) });
        let second = dir.join("2026-11-20/superseded/002");
        assert_eq!(publish(dir, "three"), Outcome::Written { superseded: Some(second) });
        assert_eq!(publish(dir, "three"), Outcome::Unchanged);
        let expected = [
            "2026-11-20/a.csv=three",
            "2026-11-20/superseded/001/a.csv=one",
            "2026-11-20/superseded/002/a.csv=two",
        ];
        assert_eq!(tree(dir), expected);
        assert_eq!(children(dir), [dir.join("2026-11-20")], "nothing else is left");
    }

    #[test]
    fn a_kill_after_any_step_leaves_one_whole_set_and_loses_none() {
        for exchanges in [true, false] {
            let finished = (0..12).filter(|steps| killed_after(*steps, exchanges)).count();
            assert!(finished > 0 && finished < 12, "both ends were reached: {finished}");
        }
    }

    /// Kills a switch after so many steps, lets the next run put it right, and says whether it was done.
    fn killed_after(steps: u32, exchanges: bool) -> bool {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        publish(dir, "one");
        publish(dir, "two");
        let (mut draft, files) = draft(dir, "three");
        let disk = MortalDisk { left: Cell::new(steps), exchanges };
        let result = draft.settle_on(&disk, &files);
        // The kill: no clean-up of any kind.
        std::mem::forget(draft);
        let has_set = dir.join("2026-11-20/a.csv").exists();
        assert!(has_set || !exchanges, "there is no set after {steps} steps");
        let place = Place { dir: dir.to_path_buf(), label: date().to_string() };
        recover(&RealDisk, &place).expect("the next run puts it right");
        let found = tree(dir);
        let old = ["2026-11-20/a.csv=two", "2026-11-20/superseded/001/a.csv=one"];
        let new = [
            "2026-11-20/a.csv=three",
            "2026-11-20/superseded/001/a.csv=one",
            "2026-11-20/superseded/002/a.csv=two",
        ];
        assert!(found == old || found == new, "after {steps} steps: {found:?}");
        assert_eq!(children(dir), [dir.join("2026-11-20")], "after {steps} steps");
        let again = publish(dir, "three");
        assert_eq!(tree(dir), new, "after {steps} steps");
        assert_eq!(found == new, again == Outcome::Unchanged);
        result.is_ok()
    }

    #[test]
    fn a_locked_folder_keeps_both_sets_and_says_where() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        publish(dir, "one");
        let disk = LockedDisk(dir.join("2026-11-20"));
        for (content, kept) in [("two", "new-1"), ("two", "new-1"), ("three", "new-2")] {
            let (mut draft, files) = draft(dir, content);
            let error = draft.settle_on(&disk, &files).expect_err("it is locked");
            let text = error.to_string();
            assert!(text.contains(&format!("2026-11-20.{kept}; close its files")), "{text}");
        }
        let expected =
            ["2026-11-20/a.csv=one", "2026-11-20.new-1/a.csv=two", "2026-11-20.new-2/a.csv=three"];
        assert_eq!(tree(dir), expected);
        assert!(!dir.join("2026-11-20.new-1/superseded").exists());
    }

    #[test]
    fn an_abandoned_draft_leaves_no_trace() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        publish(dir, "one");
        drop(draft(dir, "two"));
        assert_eq!(children(dir), [dir.join("2026-11-20")]);
        // A killed run, of this and of another date, is cleaned by the next.
        std::mem::forget(draft(dir, "two"));
        fs::create_dir(dir.join(".2026-11-19.partial")).expect("a folder");
        fs::write(dir.join(".2026-11-19.partial/a.csv"), "half").expect("a file");
        fs::create_dir(dir.join(".2026-10.partial")).expect("a folder");
        fs::create_dir(dir.join(".mine.partial")).expect("a folder");
        assert_eq!(publish(dir, "one"), Outcome::Unchanged);
        assert_eq!(children(dir), [dir.join(".mine.partial"), dir.join("2026-11-20")]);
    }
}
