//! `completions SHELL`.

use clap::CommandFactory;

use crate::cli::exit::DONE;
use crate::cli::{Cli, CompletionsArgs, output};

/// Prints the completion script of a shell.
pub(crate) fn run(args: CompletionsArgs) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "duizhang", &mut script);
    output::print(&String::from_utf8_lossy(&script));
    DONE
}
