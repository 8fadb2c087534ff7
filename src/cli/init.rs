//! `init`: a folder with everything that a merchant has to fill in.

use std::io::{self, IsTerminal};

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{InitArgs, output};
use crate::init::{self, InitError};
use crate::provider::PROVIDERS;

/// Writes the folder and says what comes next.
pub(crate) fn run(args: &InitArgs) -> Result<u8, Failure> {
    let named: Vec<&str> = args.providers.iter().map(String::as_str).collect();
    let asked = if named.is_empty() { asked()? } else { Vec::new() };
    let providers: Vec<&str> = PROVIDERS
        .iter()
        .map(|known| known.id)
        .filter(|id| named.contains(id) || asked.contains(id))
        .collect();
    let secrets = init::init(&args.dir, &providers, args.language).map_err(failure)?;
    let dir = args.dir.display();
    output::line(&format!("{dir} is set up for {}. Now:", providers.join(", ")));
    output::line(&format!("  1. fill in addresses and numbers in {dir}/duizhang.toml"));
    output::line(&format!("  2. write the secrets, see {dir}/secrets/README.md:"));
    for secret in secrets {
        output::line(&format!("       {secret}"));
    }
    output::line(&format!("  3. duizhang --config {dir}/duizhang.toml check --online"));
    output::line(&format!("  4. duizhang --config {dir}/duizhang.toml run nightly"));
    Ok(DONE)
}

fn failure(error: InitError) -> Failure {
    match error {
        InitError::Exists(_) => Failure::Usage(error.to_string()),
        InitError::File { path, source } => {
            Failure::File { doing: "cannot write", path: path.display().to_string(), source }
        }
    }
}

/// Asks which platforms, at a terminal.
fn asked() -> Result<Vec<&'static str>, Failure> {
    let ids: Vec<&str> = PROVIDERS.iter().map(|known| known.id).collect();
    let all = ids.join(", ");
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!("say which platforms with --provider: {all}")));
    }
    output::line(&format!("Which platforms does the merchant use? {all}"));
    output::print("(names, separated by spaces) ");
    output::flush();
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|source| Failure::File {
        doing: "cannot read",
        path: "the answer".to_owned(),
        source,
    })?;
    chosen(&line, &ids)
}

/// The platforms that an answer names.
fn chosen(line: &str, ids: &[&'static str]) -> Result<Vec<&'static str>, Failure> {
    let mut chosen = Vec::new();
    for word in line.split([' ', ',', '，', '、', '\t', '\r', '\n']).filter(|word| !word.is_empty())
    {
        let Some(id) = ids.iter().find(|id| id.eq_ignore_ascii_case(word)) else {
            let known = ids.join(", ");
            return Err(Failure::Usage(format!(
                "there is no platform {word:?}; there are: {known}"
            )));
        };
        chosen.push(*id);
    }
    if chosen.is_empty() {
        return Err(Failure::Usage("no platform was named".to_owned()));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_platforms() {
        let ids = ["mmsp", "xxpay"];
        assert_eq!(chosen(" XXpay，mmsp\n", &ids).ok(), Some(vec!["xxpay", "mmsp"]));
        assert!(chosen("\n", &ids).is_err());
        assert!(chosen("mmsp paypal", &ids).is_err());
    }
}
