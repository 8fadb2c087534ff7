//! `init`: a folder with everything that a merchant has to fill in.

use std::io::{self, IsTerminal};

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{InitArgs, output};
use crate::init::{self, InitError, Platform};
use crate::provider::{PROVIDERS, Registration};

/// Writes the folder and says what comes next.
pub(crate) fn run(args: &InitArgs) -> Result<u8, Failure> {
    let named: Vec<&str> = args.providers.iter().map(String::as_str).collect();
    let (asked, at_terminal) =
        if named.is_empty() { (asked()?, true) } else { (Vec::new(), io::stdin().is_terminal()) };
    let registered: Vec<&Registration> = PROVIDERS
        .iter()
        .filter(|known| named.contains(&known.id) || asked.contains(&known.id))
        .collect();
    let stated = dialects(&args.dialects, &registered)?;
    let mut platforms = Vec::new();
    for known in &registered {
        let stated = stated.iter().find(|(id, _)| *id == known.id).map(|(_, dialect)| *dialect);
        let dialect = match stated {
            Some(dialect) => dialect,
            None if at_terminal && !known.dialects.is_empty() => asked_dialect(known)?,
            None => "",
        };
        platforms.push(Platform { id: known.id, dialect });
    }
    let providers: Vec<&str> = registered.iter().map(|known| known.id).collect();
    let secrets = init::init(&args.dir, &platforms, args.language).map_err(failure)?;
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
    until_understood(|| answer("(names, separated by spaces) "), |line| chosen(line, &ids))
}

/// Asks again after an answer that is not understood, which is said; not for ever.
fn until_understood<T>(
    mut answer: impl FnMut() -> Result<String, Failure>,
    understood: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    const ASKED_MAX: usize = 5;
    for _ in 1..ASKED_MAX {
        let line = answer()?;
        match understood(&line) {
            // An input that has ended answers nothing any more.
            Err(Failure::Usage(problem)) if !line.is_empty() => output::line(&problem),
            result => return result,
        }
    }
    understood(&answer()?)
}

fn answer(prompt: &str) -> Result<String, Failure> {
    output::print(prompt);
    output::flush();
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|source| Failure::File {
        doing: "cannot read",
        path: "the answer".to_owned(),
        source,
    })?;
    Ok(line)
}

/// Asks of which family a platform's deployment is.
fn asked_dialect(known: &Registration) -> Result<&'static str, Failure> {
    let first = known.dialects.first().copied().unwrap_or_default();
    let (id, all) = (known.id, known.dialects.join(", "));
    output::line(&format!(
        "Which family is the deployment of {id} of? {all} ({first} is the documented one; where you do not \
         know, `check --online` says as which one it answers)"
    ));
    let prompt = format!("(a name, or return for {first}) ");
    until_understood(
        || answer(&prompt),
        |line| if line.trim().is_empty() { Ok("") } else { dialect(line.trim(), known) },
    )
}

/// The families that `--dialect` names, by platform.
fn dialects(
    stated: &[String],
    chosen: &[&Registration],
) -> Result<Vec<(&'static str, &'static str)>, Failure> {
    let mut found = Vec::new();
    for text in stated {
        let (id, name) = text.split_once('=').unwrap_or((text, ""));
        let Some(known) = chosen.iter().find(|known| known.id == id) else {
            return Err(Failure::Usage(format!(
                "--dialect {text:?} is of no platform that was chosen; write it as xxpay=agentpay"
            )));
        };
        found.push((known.id, dialect(name, known)?));
    }
    Ok(found)
}

fn dialect(name: &str, known: &Registration) -> Result<&'static str, Failure> {
    let found = known.dialects.iter().find(|other| other.eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| {
        let (id, all) = (known.id, known.dialects.join(", "));
        let there =
            if all.is_empty() { "it has none".to_owned() } else { format!("there are: {all}") };
        Failure::Usage(format!("{id} has no family {name:?}; {there}"))
    })
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

    #[test]
    fn an_answer_that_is_not_understood_is_asked_for_again() {
        let ids = ["mmsp", "xxpay"];
        let asked = |answers: &[&str]| {
            let mut answers = answers.iter();
            let next = || Ok((*answers.next().expect("no more is asked")).to_owned());
            until_understood(next, |line| chosen(line, &ids)).ok()
        };
        assert_eq!(asked(&["mmspp\n", "\n", "mmsp\n"]), Some(vec!["mmsp"]));
        assert_eq!(asked(&["x\n"; 5]), None);
        // The input has ended.
        assert_eq!(asked(&["x\n", ""]), None);
    }

    #[test]
    fn a_family_is_one_of_a_platform_that_was_chosen() {
        let all: Vec<&Registration> = PROVIDERS.iter().filter(|it| it.id != "lhxpay").collect();
        let of = |text: &str| dialects(&[text.to_owned()], &all).ok();
        assert_eq!(of("xxpay=AgentPay"), Some(vec![("xxpay", "agentpay")]));
        for wrong in ["xxpay=bbc", "xxpay", "lhxpay=bbc", "mmsp=x", "=xxpay"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
