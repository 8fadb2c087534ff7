//! `layouts`: the shipped layouts of bills.

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{LayoutsArgs, LayoutsCommand, output};
use crate::config::layouts::{LAYOUTS, layout};

/// Lists the layouts, or prints one.
pub(crate) fn run(args: &LayoutsArgs) -> Result<u8, Failure> {
    match &args.command {
        None => {
            let width = LAYOUTS.iter().map(|layout| layout.name.len()).max().unwrap_or(0);
            for layout in LAYOUTS {
                output::line(&format!("{:<width$}  {}", layout.name, layout.title()));
            }
        }
        Some(LayoutsCommand::Show { name }) => {
            let Some(layout) = layout(name) else {
                let names: Vec<_> = LAYOUTS.iter().map(|layout| layout.name).collect();
                let known = names.join(", ");
                return Err(Failure::Usage(format!(
                    "there is no layout {name:?}; there are {known}"
                )));
            };
            output::line(layout.text.trim_end());
        }
    }
    Ok(DONE)
}
