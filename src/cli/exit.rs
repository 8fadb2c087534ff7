//! Exit codes of commands that did what they were asked (`docs/contract.md` §1); the others are in
//! `cli/failure.rs`.

/// Done.
pub(crate) const DONE: u8 = 0;
/// It failed: every row was refused, or one of several that were named could not be decided or told.
pub(crate) const REFUSED: u8 = 1;
/// Done, discrepancies are open, and the caller asked to be told.
pub(crate) const OPEN: u8 = 3;
/// Done, but at least one account could not be proved complete, or rows of a file were refused.
pub(crate) const UNPROVED: u8 = 4;
/// What was looked at has to be put right: `check` found a problem.
pub(crate) const WRONG: u8 = 2;

/// How the import of rows ends, whatever they are: some were refused, or every one was.
pub(crate) const fn of_rows(has_refused: bool, has_good: bool) -> u8 {
    match (has_refused, has_good) {
        (false, _) => DONE,
        (true, true) => UNPROVED,
        (true, false) => REFUSED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_fails_where_every_row_was_refused_and_is_partly_done_where_some_were() {
        let table = [
            // Refused, good.
            (false, false, 0),
            (false, true, 0),
            (true, true, 4),
            (true, false, 1),
        ];
        for (has_refused, has_good, code) in table {
            assert_eq!(of_rows(has_refused, has_good), code, "{has_refused} {has_good}");
        }
    }
}
