//! What is wrong with a configuration or job file, and where.

use std::fmt;

/// One thing that is wrong with a file, at its line, with what to do. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The file, as it was named on the command line.
    pub file: String,
    /// Line from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// Column from 1, in characters; 0 where the file as a whole is meant.
    pub column: usize,
    /// The key or section concerned; empty where there is none.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it; empty where `what` already says it.
    pub fix: String,
}

impl ConfigProblem {
    /// A problem with a file as a whole.
    pub(crate) fn whole_file(file: &str, what: String, fix: &str) -> Self {
        let (file, fix) = (file.to_owned(), fix.to_owned());
        Self { file, line: 0, column: 0, key: String::new(), what, fix }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.what)?;
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        }
        if self.fix.is_empty() { Ok(()) } else { write!(f, "; {}", self.fix) }
    }
}

/// Every problem that was found in one reading, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    /// At least one.
    pub problems: Vec<ConfigProblem>,
}

impl ConfigErrors {
    /// The errors of a reading that found one problem.
    pub(crate) fn one(problem: ConfigProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// What is wrong with a single value, before it is known where the value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Completes "… is "x", ": `not a time of day`.
    pub(crate) what: String,
    /// What to do; may be empty.
    pub(crate) fix: String,
}

impl Wrong {
    /// A wrong value and what to write instead.
    pub(crate) fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }
}

/// The known word that was probably meant: at most one slip away for every three letters.
///
/// Among equally near words one that is not `taken` yet wins, then the alphabet.
pub(crate) fn nearest<'w>(
    word: &str,
    known: impl IntoIterator<Item = &'w str>,
    taken: impl Fn(&str) -> bool,
) -> Option<&'w str> {
    let word = word.to_lowercase();
    let letters = word.chars().count();
    known
        .into_iter()
        .map(|candidate| {
            let slips = strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
            (slips, taken(candidate), candidate)
        })
        .filter(|(slips, _, candidate)| *slips <= letters.max(candidate.chars().count()) / 3)
        .min()
        .map(|(_, _, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_the_one_that_was_meant() {
        let known = ["timeout", "timezone", "min", "max", "key", "md5_key"];
        let table = [
            ("tiemout", Some("timeout")),
            ("TimeZone", Some("timezone")),
            ("time_zone", Some("timezone")),
            ("kye", Some("key")),
            ("md5key", Some("md5_key")),
            ("mix", Some("max")),
            ("ke", Some("key")),
            ("colour", None),
            ("", None),
        ];
        for (word, expected) in table {
            assert_eq!(nearest(word, known, |_| false), expected, "{word}");
        }
        assert_eq!(nearest("cn", ["zh", "en"], |_| false), None);
        assert_eq!(nearest("mix", known, |word| word == "max"), Some("min"));
    }

    #[test]
    fn a_problem_prints_its_place_what_is_wrong_and_what_to_do() {
        let problem = ConfigProblem {
            file: "duizhang.toml".to_owned(),
            line: 17,
            column: 1,
            key: "tiemout".to_owned(),
            what: "unknown key \"tiemout\" in [ledger]".to_owned(),
            fix: "did you mean \"timeout\"?".to_owned(),
        };
        assert_eq!(
            problem.to_string(),
            "duizhang.toml:17:1: unknown key \"tiemout\" in [ledger]; did you mean \"timeout\"?"
        );
        let whole = ConfigProblem::whole_file("a.toml", "cannot be read".to_owned(), "");
        assert_eq!(whole.to_string(), "a.toml: cannot be read");
    }
}
