//! The files that a configured name means, where a day comes in several.

use std::path::Path;

/// The files that a configured name means, relative to the configuration, in the order of their names: the
/// one of that name, or those whose names fit it where it has a `*` in its last part. What begins with a
/// dot or a tilde is some program's own.
pub(crate) fn parts_named(base: &Path, pattern: &str) -> Vec<String> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    if !name.contains('*') {
        return if base.join(pattern).exists() { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let entries = std::fs::read_dir(base.join(folder)).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let fitting = names.filter(|file| !file.starts_with(['.', '~']) && fits(file, name));
    let mut found: Vec<_> = fitting
        .map(|file| if folder.is_empty() { file } else { format!("{folder}/{file}") })
        .collect();
    found.sort();
    found
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn fits(name: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut left) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = left.split_once(part) else { return false };
        left = behind;
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_in_the_name_of_a_file() {
        let table = [
            ("main-2026-11-20.csv", "main-2026-11-20*.csv", true),
            ("main-2026-11-20_1_2.csv", "main-2026-11-20*.csv", true),
            ("main-2026-11-20_1.xlsx", "main-2026-11-20*.csv", false),
            ("other-2026-11-20.csv", "*-2026-11-20*", true),
            ("2026-11-20", "2026-11-20*", true),
            ("2026-11-21", "2026-11-20*", false),
            ("a", "a", true),
            ("ab", "a", false),
            ("aXbXc", "a*b*c", true),
            ("ac", "a*b*c", false),
        ];
        for (name, pattern, expected) in table {
            assert_eq!(fits(name, pattern), expected, "{name} {pattern}");
        }
    }
}
