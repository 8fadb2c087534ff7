//! Files that have far fewer rows than such files usually have: half of a day may be missing.

use crate::ledger_data::IntakeFile;
use crate::order::Origin;

/// Earlier imports of which the median is taken.
const EARLIER_MAX: usize = 7;
/// Earlier imports below which nothing is usual yet.
const EARLIER_MIN: usize = 3;

/// A file with few rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusualFile {
    /// Its name.
    pub name: String,
    /// Its rows, good and bad; 0 where it is empty below its header.
    pub rows: i64,
    /// The rows of the imports before it in the median (of two in the middle, the lesser); `None` where
    /// too few are known.
    pub usual: Option<i64>,
}

/// The files of a day that are empty below their header, or have less than half the rows of the median
/// of the seven imports of their kind before them (`docs/contract.md` §3a). `earlier`: newest date first.
///
/// Files are of one kind where their names differ in the business date only. Movements and callbacks
/// come when they come: nothing is usual there.
pub fn unusual(of_day: &[IntakeFile], earlier: &[IntakeFile]) -> Vec<UnusualFile> {
    let is_daily = |file: &&IntakeFile| matches!(file.origin, Origin::Orders | Origin::Statement);
    let found = of_day.iter().filter(is_daily).filter_map(|file| {
        let before = rows_before(file, earlier);
        let middle = before.len().checked_sub(1).map_or(0, |last| last / 2);
        let usual = before.get(middle).copied().filter(|_| before.len() >= EARLIER_MIN);
        // Twice the median of an even number is the sum of the two in the middle.
        let upper = before.get(before.len() / 2).copied().unwrap_or(0);
        let doubled = usual.map(|lower| lower.saturating_add(upper));
        let is_few = doubled.is_some_and(|doubled| file.rows.saturating_mul(4) < doubled);
        (file.rows == 0 || is_few).then(|| UnusualFile {
            name: file.name.clone(),
            rows: file.rows,
            usual,
        })
    });
    found.collect()
}

/// The rows of the last imports of a file's kind, ascending.
fn rows_before(file: &IntakeFile, earlier: &[IntakeFile]) -> Vec<i64> {
    let pattern = |file: &IntakeFile| file.name.replace(&file.business_date.to_string(), "{date}");
    let wanted = pattern(file);
    let same = earlier.iter().filter(|it| it.origin == file.origin && pattern(it) == wanted);
    let mut rows: Vec<i64> = same.take(EARLIER_MAX).map(|it| it.rows).collect();
    rows.sort_unstable();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDate, Timestamp};
    use crate::lines::LineCounts;

    fn file(name: &str, day: u32, rows: i64) -> IntakeFile {
        let date = format!("2026-11-{day:02}");
        IntakeFile {
            origin: Origin::Orders,
            name: name.replace("{date}", &date),
            digest: String::new(),
            business_date: BusinessDate::parse(&date).expect("a date"),
            rows,
            rejected: 0,
            encoding: String::new(),
            imported_at: Timestamp::from_epoch_seconds(0),
            lines: LineCounts::default(),
        }
    }

    #[test]
    fn a_file_is_held_against_the_median_of_the_seven_before_it() {
        // Rows today | rows of the days before, newest first → what is usual, where it is unusual.
        type Row = (i64, &'static [i64], Option<Option<i64>>);
        let table: [Row; 10] = [
            (49, &[100; 7], Some(Some(100))),
            (50, &[100; 7], None),
            // One odd day moves no median, and what is older than seven counts no more.
            (49, &[1, 100, 100, 100, 100, 100, 9_000], Some(Some(100))),
            (49, &[90, 90, 90, 90, 90, 90, 90, 9_000, 9_000, 9_000], None),
            (51, &[100, 102, 104, 106], Some(Some(102))),
            (52, &[100, 102, 104, 106], None),
            (1, &[100, 100], None),
            (0, &[], Some(None)),
            (0, &[100; 7], Some(Some(100))),
            (1_000_000, &[100; 7], None),
        ];
        for (rows, before, expected) in table {
            let earlier: Vec<IntakeFile> = (1..)
                .zip(before)
                .map(|(back, rows)| file("orders/{date}.csv", 20 - back, *rows))
                .chain([file("other/{date}.csv", 1, 9_000)])
                .collect();
            let found = unusual(&[file("orders/{date}.csv", 20, rows)], &earlier);
            let found = found.first().map(|it| it.usual);
            assert_eq!(found, expected, "{rows} {before:?}");
        }
    }
}
