//! What `init` wrote and nobody has changed, and addresses that say more than they should: the first
//! mistakes of a new set-up, which no platform would explain.

use std::path::Path;

use toml::{Table, Value};

use super::Part;
use crate::init;

/// The interfaces of the platforms that give one address for all of them: a provider, and what no address
/// of it ends with.
const INTERFACES: [(&str, &[&str]); 4] = [
    ("zhangxun", &["/cashier"]),
    ("icashier", &["/api/query"]),
    ("lhxpay", &["/api/Payments", "/api/Payouts", "/api/Merchants"]),
    ("xxpay", &["/api/pay", "/api/trans", "/api/query", "/api/agentpay"]),
];

/// Looks at the accounts as they are written; `None` where there is nothing to say.
pub(super) fn first(path: &Path) -> Option<Part> {
    let text = std::fs::read_to_string(path).ok()?;
    let config: Table = text.parse().ok()?;
    let mut part = Part::new("accounts");
    for account in config.get("account")?.as_array()?.iter().filter_map(Value::as_table) {
        let name = account.get("name").and_then(Value::as_str).unwrap_or_default();
        let provider = account.get("provider").and_then(Value::as_str).unwrap_or_default();
        let texts = || account.iter().filter_map(|(key, it)| Some((key.as_str(), it.as_str()?)));
        for (key, url) in texts().filter(|(key, _)| key.ends_with("url")) {
            if is_example(url) {
                part.wrong(
                    format!("{key} of account {name:?} is still the example {url:?}"),
                    "write the address that the platform gave you",
                );
            } else if let Some(interface) = interface(provider, url) {
                part.wrong(
                    format!(
                        "{key} of account {name:?} has the path of an interface, {interface:?}"
                    ),
                    "leave it out: duizhang adds the path of each interface by itself",
                );
            }
        }
        // A rehearsal against the simulated platforms uses the examples.
        if texts().any(|(key, url)| key.ends_with("url") && is_this_machine(url)) {
            continue;
        }
        for (key, value) in texts().filter(|(key, value)| init::is_sample(key, value)) {
            part.wrong(
                format!("{key} of account {name:?} is still the sample number {value:?}"),
                "write the one that the platform gave you",
            );
        }
    }
    (!part.wrong.is_empty()).then_some(part)
}

fn host(url: &str) -> &str {
    let place = url.split_once("://").map_or(url, |(_, rest)| rest);
    place.split(['/', ':', '?']).next().unwrap_or_default()
}

/// A host of a name that is kept for examples (RFC 2606).
fn is_example(url: &str) -> bool {
    let host = host(url);
    ["example.com", "example.org", "example.net"]
        .iter()
        .any(|name| host == *name || host.strip_suffix(name).is_some_and(|it| it.ends_with('.')))
}

fn is_this_machine(url: &str) -> bool {
    matches!(host(url), "127.0.0.1" | "localhost" | "[")
}

/// The path of an interface that an address ends with.
fn interface(provider: &str, url: &str) -> Option<String> {
    let place = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = place.find('/').and_then(|at| place.get(at..))?;
    let (_, known) = INTERFACES.iter().find(|(id, _)| *id == provider)?;
    known.iter().find_map(|begin| {
        let at = path.find(begin)?;
        let rest = path.get(at..)?;
        let behind = rest.strip_prefix(begin)?;
        (behind.is_empty() || behind.starts_with('/')).then(|| rest.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(account: &str) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("duizhang.toml");
        std::fs::write(&path, format!("[[account]]\nname = \"a\"\n{account}")).expect("a file");
        first(&path)
            .map_or_else(Vec::new, |part| part.wrong.into_iter().map(|it| it.what).collect())
    }

    #[test]
    fn what_init_wrote_and_nobody_has_changed_is_seen() {
        let untouched = "provider = \"xxpay\"\nbase_url = \"https://xxpay.example.com:3020\"\n\
                         mch_id = \"20001222\"\n";
        assert_eq!(
            problems(untouched),
            [
                "base_url of account \"a\" is still the example \"https://xxpay.example.com:3020\"",
                "mch_id of account \"a\" is still the sample number \"20001222\"",
            ]
        );
        // The simulated platforms know the sample numbers.
        let rehearsal = untouched.replace("https://xxpay.example.com", "http://127.0.0.1");
        assert_eq!(problems(&rehearsal), Vec::<String>::new());
        let own =
            "provider = \"xxpay\"\nbase_url = \"https://pay.shop.cn\"\nmch_id = \"30009999\"\n";
        assert_eq!(problems(own), Vec::<String>::new());
    }

    #[test]
    fn the_path_of_an_interface_does_not_belong_into_an_address() {
        for (provider, url, found) in [
            ("xxpay", "https://pay.cn/api/pay/query_order", true),
            ("xxpay", "https://pay.cn/xxpay", false),
            ("xxpay", "https://pay.cn/api", false),
            ("xxpay", "https://pay.cn", false),
            ("zhangxun", "https://pay.cn/mpcctp/cashier/query.ac", true),
            ("zhangxun", "https://pay.cn/mpcctp", false),
            ("lhxpay", "https://pay.cn/api/Payments/Query", true),
            ("icashier", "https://pay.cn/icashier/api/query", true),
        ] {
            let account = format!("provider = \"{provider}\"\nbase_url = \"{url}\"\n");
            assert_eq!(problems(&account).len(), usize::from(found), "{url}");
        }
    }
}
