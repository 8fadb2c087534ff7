//! `[ledger] url`: where the ledger is, without a password in the file.

use std::path::Path;

use super::reader::Section;
use super::secret::{Outside, example, secret};

/// The ledger when `[ledger]` says nothing.
const DEFAULT: &str = "sqlite://var/ledger.db";

/// Reads the URL: text without a password, or a secret that holds the whole URL.
pub(crate) fn ledger_url(section: &Section<'_>, outside: Outside<'_>) -> Option<String> {
    if section.is_table("url") {
        let url = secret(section, "url", "ledger", outside)?;
        return checked(section, url.expose(), outside.base);
    }
    if !section.has("url") {
        return checked(section, DEFAULT, outside.base);
    }
    let url = section.text("url")?;
    if has_password(url) {
        let fix = format!("write url = {} for the whole URL", example("ledger", "url"));
        section.refuse("url", "holds a password, which must not stand in this file", fix);
        return None;
    }
    checked(section, url, outside.base)
}

fn checked(section: &Section<'_>, url: &str, base: &Path) -> Option<String> {
    let fix = "write \"sqlite://PATH\" or \"postgres://USER@HOST/DATABASE\"";
    if let Some(rest) = url.strip_prefix("sqlite:") {
        return sqlite(section, rest.strip_prefix("//").unwrap_or(rest), base);
    }
    let server =
        ["postgres://", "postgresql://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    match server {
        Some(rest) if !rest.is_empty() => Some(url.to_owned()),
        Some(_) | None => {
            // Not repeated: it may hold a password all the same.
            section.refuse("url", "is neither a SQLite nor a PostgreSQL URL", fix);
            None
        }
    }
}

/// Makes the path absolute. It is a path as people write it, not percent-encoded.
fn sqlite(section: &Section<'_>, rest: &str, base: &Path) -> Option<String> {
    let (path, options) = rest.split_once('?').map_or((rest, None), |(path, o)| (path, Some(o)));
    let in_memory = path == ":memory:" || options.is_some_and(|o| o.contains("mode=memory"));
    if path.is_empty() || in_memory {
        let fix = "write \"sqlite://PATH\", for example \"sqlite://var/ledger.db\"";
        section.refuse("url", "names no file, so the ledger would be forgotten", fix);
        return None;
    }
    let options = options.map_or_else(String::new, |options| format!("?{options}"));
    if Path::new(path).is_absolute() {
        return Some(format!("sqlite://{path}{options}"));
    }
    let Some(base) = base.to_str() else {
        let fix = "move the configuration or write an absolute path";
        section.refuse("url", "is relative to a folder whose name is not UTF-8", fix);
        return None;
    };
    let path = path.strip_prefix("./").unwrap_or(path);
    Some(format!("sqlite://{}/{path}{options}", base.trim_end_matches('/')))
}

/// Whether a URL holds a password.
pub(crate) fn has_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let in_place = place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let is_password = |name: &str| name.eq_ignore_ascii_case("password");
    in_place || form_urlencoded::parse(options.as_bytes()).any(|(name, _)| is_password(&name))
}

#[cfg(test)]
mod tests {
    use super::has_password;

    #[test]
    fn a_password_is_seen_wherever_a_url_can_hold_it() {
        for url in [
            "postgres://user:word@host/db",
            "postgres://user:@host/db",
            "postgres://user:p@ss:word@host/db",
            "postgres://host/db?password=word",
            "postgres://host/db?pass%77ord=word",
            "postgres://host/db?sslmode=require&password=word",
        ] {
            assert!(has_password(url), "{url}");
        }
        for url in [
            "postgres://user@host:5432/db",
            "postgres://host/db?sslmode=require",
            "sqlite://var/ledger.db",
        ] {
            assert!(!has_password(url), "{url}");
        }
    }
}
