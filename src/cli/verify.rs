//! `verify DIR`.

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{VerifyArgs, output};
use crate::report;

/// Re-checks a report folder offline.
pub(crate) fn run(args: &VerifyArgs) -> Result<u8, Failure> {
    match report::verify(&args.dir) {
        Ok(verified) => {
            let label = match verified.month {
                Some(month) => month.to_string(),
                None => verified.date.to_string(),
            };
            output::line(&format!("the report of {label} is as its manifest says"));
            for (file, rows) in &verified.files {
                output::line(&format!("  {file}: {rows} rows"));
            }
            for (account, verdict, _) in &verified.accounts {
                output::line(&format!("  {account}: {verdict}"));
            }
            for (account, rest) in &verified.unexplained {
                let what = if verified.month.is_some() { "balance gap" } else { "unexplained" };
                output::line(&format!("  {account}: {what} {rest}"));
            }
            Ok(DONE)
        }
        Err(problem) => Err(Failure::Verdict(problem.to_string())),
    }
}
