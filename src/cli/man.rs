//! `man DIR`: the manual pages, one a command.

use clap::CommandFactory;

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{Cli, ManArgs, output};

/// Writes `duizhang.1`, `duizhang-run.1` and so on.
pub(crate) fn run(args: &ManArgs) -> Result<u8, Failure> {
    let failed = |source| Failure::File {
        doing: "cannot write the manual pages into",
        path: args.dir.display().to_string(),
        source,
    };
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command().disable_help_subcommand(true), &args.dir)
        .map_err(failed)?;
    output::line(&format!("the manual pages are in {}", args.dir.display()));
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let folder = tempfile::tempdir().expect("a folder");
        run(&ManArgs { dir: folder.path().to_path_buf() }).expect("pages");
        for page in ["duizhang.1", "duizhang-run.1", "duizhang-discrepancy-list.1"] {
            let text = std::fs::read_to_string(folder.path().join(page)).expect(page);
            assert!(text.contains("duizhang") && text.contains(".SH SYNOPSIS"), "{page}");
        }
    }
}
