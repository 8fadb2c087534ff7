//! The addresses of an account: encrypted, or said not to be; and no secret in them. Those of robots.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::problem::Wrong;
use super::reader::Section;
use crate::provider::Settings;

/// Checks every address of an account; says whether it is called over the network without encryption,
/// which the account has to allow.
pub(crate) fn check(section: &Section<'_>, settings: &Settings) -> bool {
    let allowed = section.flag("allow_insecure").unwrap_or(false);
    let mut insecure = false;
    for (key, url) in settings.texts.iter().filter(|(key, _)| key.ends_with("url")) {
        if has_secret(url) {
            let fix = "leave it out: what proves who asks is the account's key";
            section.refuse(key, "holds a user, a password or a token", fix);
        }
        let is_plain = is_plain_http(url);
        if is_plain && !allowed {
            section.refuse(
                key,
                "is http to another machine: whoever is on the way can read and change every answer",
                "write https://, or allow_insecure = true if the platform has nothing else; the report \
                 then says so",
            );
        }
        insecure |= is_plain;
    }
    insecure
}

/// `proxy`: `none`, or `environment` for what `HTTPS_PROXY` and its like say.
pub(crate) fn proxy(text: &str) -> Result<bool, Wrong> {
    match text {
        "none" => Ok(false),
        "environment" => Ok(true),
        _ => Err(Wrong::new("not a way to a proxy", "write \"none\" or \"environment\"")),
    }
}

/// `http` to anywhere but this machine.
pub(super) fn is_plain_http(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("http://") else { return false };
    let place = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(host, _)| host),
    };
    let is_loopback = host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    !is_loopback
}

/// Whether an address holds a user, or a parameter that is called as secrets are.
fn has_secret(url: &str) -> bool {
    const NAMES: [&str; 8] =
        ["password", "passwd", "pwd", "token", "secret", "apikey", "api_key", "key"];
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let host = place.split_once("://").map_or(place, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let is_named = |name: &str| {
        let name = name.to_ascii_lowercase();
        NAMES.iter().any(|known| name == *known || name.ends_with(&format!("_{known}")))
    };
    host.contains('@') || form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_named(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_without_encryption() {
        let table = [
            ("https://pay.example/api", false),
            ("http://127.0.0.1:18080/x", false),
            ("http://127.9.9.9/x", false),
            ("http://localhost:1", false),
            ("http://[::1]:18080/x", false),
            ("http://pay.example/api", true),
            ("HTTP://pay.example/api", true),
            ("http://localhost.example", true),
            ("http://127.0.0.1.example/", true),
            ("http://10.0.0.1", true),
            ("http://localhost@pay.example/", true),
            ("http://[2001:db8::1]/", true),
        ];
        for (url, expected) in table {
            assert_eq!(is_plain_http(url), expected, "{url}");
        }
    }

    #[test]
    fn an_address_with_a_secret_is_seen() {
        for url in [
            "https://me:word@pay.example/",
            "https://me@pay.example/",
            "https://pay.example/?token=x",
            "https://pay.example/?a=1&access_token=x",
            "https://pay.example/?pass%77ord=x",
        ] {
            assert!(has_secret(url), "{url}");
        }
        for url in ["https://pay.example/a@b", "https://pay.example/?version=2"] {
            assert!(!has_secret(url), "{url}");
        }
    }
}
