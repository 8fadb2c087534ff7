//! The sorter against a plain sort of a slice.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::run::MERGED_RUNS_MAX;
use super::*;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Sample {
    name: String,
    number: i64,
    arrival: usize,
}

fn by_name_and_number(sample: &Sample, key: &mut SortKey) {
    key.text(&sample.name);
    key.number(sample.number);
}

fn samples(rows: &[(String, i64)]) -> Vec<Sample> {
    let numbered = rows.iter().enumerate();
    numbered
        .map(|(arrival, (name, number))| Sample { name: name.clone(), number: *number, arrival })
        .collect()
}

fn sorter(dir: &Path, memory_bytes: usize, rows: &[Sample]) -> Sorter<Sample> {
    let mut sorter = Sorter::with_memory(dir, memory_bytes, by_name_and_number);
    for row in rows {
        sorter.push(row).expect("a row can be added");
    }
    sorter
}

/// Runs that were written, when none is being written any more.
fn runs(sorter: &mut Sorter<Sample>) -> usize {
    sorter.spilled().expect("written");
    sorter.spool.runs()
}

fn sorted(dir: &Path, memory_bytes: usize, rows: &[Sample]) -> Vec<Sample> {
    let rows = sorter(dir, memory_bytes, rows).finish().expect("rows can be merged");
    rows.collect::<io::Result<_>>().expect("rows can be read back")
}

fn plainly_sorted(mut rows: Vec<Sample>) -> Vec<Sample> {
    rows.sort_by(|left, right| (&left.name, left.number).cmp(&(&right.name, right.number)));
    rows
}

proptest! {
    #[test]
    fn rows_come_back_as_a_stable_sort_gives_them(
        rows in proptest::collection::vec(("(20261120)?[0-9a\u{0}中]{0,12}", -3..3_i64), 0..400),
        memory_bytes in prop_oneof![Just(1_usize), 200..4_000_usize, Just(MEMORY_BYTES)],
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let rows = samples(&rows);
        prop_assert_eq!(sorted(dir.path(), memory_bytes, &rows), plainly_sorted(rows));
    }
}

#[test]
fn more_runs_than_are_merged_at_once_are_merged_in_passes() {
    let dir = tempfile::tempdir().expect("a folder");
    // Each row is a run of its own, and no run goes on where the last one ended.
    let count = i64::try_from(MERGED_RUNS_MAX * MERGED_RUNS_MAX + 7).expect("small");
    let rows: Vec<_> = (0..count).rev().map(|number| ("same".to_owned(), number)).collect();
    let rows = samples(&rows);
    let mut sorter = sorter(dir.path(), 1, &rows);
    assert_eq!(runs(&mut sorter), rows.len());
    let back: Vec<_> = sorter.finish().expect("merged").map(|row| row.expect("a row")).collect();
    assert_eq!(back, plainly_sorted(rows));
}

#[test]
fn rows_that_arrive_in_order_make_one_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows: Vec<_> = (0..500).map(|number| ("same".to_owned(), number / 2)).collect();
    let rows = samples(&rows);
    let mut sorter = sorter(dir.path(), 1_000, &rows);
    assert_eq!(runs(&mut sorter), 1);
    let back: Vec<_> = sorter.finish().expect("merged").map(|row| row.expect("a row")).collect();
    assert_eq!(back, rows);
}

#[test]
fn what_fits_in_memory_touches_no_folder() {
    let nowhere = Path::new("/nonexistent/folder");
    let rows = samples(&[("b".to_owned(), 1), ("a".to_owned(), 2)]);
    assert_eq!(sorted(nowhere, MEMORY_BYTES, &rows), plainly_sorted(rows.clone()));
    assert_eq!(sorted(nowhere, MEMORY_BYTES, &[]), []);
    let mut spilling = Sorter::with_memory(nowhere, 1, by_name_and_number);
    let error = spilling.push(&rows[0]).expect_err("there is no such folder");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("/nonexistent/folder"), "{error}");
}

#[test]
fn a_spool_file_has_no_name_that_others_could_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let rows = samples(&[("b".to_owned(), 1), ("a".to_owned(), 2), ("c".to_owned(), 3)]);
    let back = sorter(dir.path(), 1, &rows).finish().expect("merged");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 0);
    assert_eq!(back.count(), 3);
}

#[test]
fn rows_that_do_not_come_back_are_noticed() {
    let records = Box::new(InMemory { records: Vec::new(), entries: Vec::new().into_iter() });
    let mut rows = Decoded::<Sample> { records, missing: 2, rows_are: PhantomData };
    let error = rows.next().expect("an error").expect_err("rows are missing");
    assert_eq!(error.to_string(), "2 rows are missing from the spool file");
    assert!(rows.next().is_none());
}
