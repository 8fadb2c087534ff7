//! `verify DIR`.

use crate::cli::failure::Failure;
use crate::cli::start::DONE;
use crate::cli::{VerifyArgs, output};
use crate::report;

/// Re-checks a report folder offline.
pub(crate) fn run(args: &VerifyArgs) -> Result<u8, Failure> {
    match report::verify(&args.dir) {
        Ok(verified) => {
            output::line(&verified.to_string());
            Ok(DONE)
        }
        Err(problem) => Err(Failure::Verdict(problem.to_string())),
    }
}
