//! One account at MMSP: its settings and keys.

use std::sync::Arc;

use crate::provider::signature::{PrivateKey, PublicKey};
use crate::provider::{Provider, Secret, SettingError, Settings, Terms};

/// The products that the platform has, by the names that the configuration uses.
const PRODUCTS: [&str; 4] = ["quick", "gateway", "scan", "payout"];

/// One account at MMSP.
pub(super) struct Mmsp {
    /// Where the queries of the MD5 family go; empty where no product needs it.
    pub(super) openapi_url: String,
    pub(super) merchant_no: String,
    pub(super) terminal_no: String,
    pub(super) agent_no: String,
    /// In the order of the configuration, without doubles.
    pub(super) products: Vec<String>,
    /// In the order of precedence: requests are signed with the first, answers may be with any.
    pub(super) md5_keys: Vec<Secret>,
    /// Where the account has the product `payout`.
    pub(super) payout: Option<PayoutAccess>,
    /// Codes and texts of refusals that mean "no such order".
    pub(super) not_found: Vec<String>,
    /// What the amounts of the MD5 family are of: no answer states it.
    pub(super) terms: Terms,
    /// Whether what is frozen is the merchant's own, see [`super::balance`].
    pub(super) frozen_is_held: bool,
}

/// Address and keys of payouts.
pub(super) struct PayoutAccess {
    pub(super) url: String,
    pub(super) merchant_key: PrivateKey,
    pub(super) platform_key: PublicKey,
}

/// Makes the account from its settings.
///
/// # Errors
///
/// [`SettingError`] says which key is wrong and why.
pub(super) fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let products = products(settings)?;
    let mut account = Mmsp {
        openapi_url: String::new(),
        merchant_no: settings.required_text("merchant_no")?.to_owned(),
        terminal_no: String::new(),
        agent_no: settings.text("agent_no").to_owned(),
        products,
        md5_keys: Vec::new(),
        payout: None,
        not_found: settings.not_found.clone(),
        terms: settings.terms(),
        frozen_is_held: settings.flags.get("frozen_is_held").copied().unwrap_or(true),
    };
    if account.products.iter().any(|product| product != "payout") {
        settings.required_url("openapi_url")?.clone_into(&mut account.openapi_url);
        settings.required_text("terminal_no")?.clone_into(&mut account.terminal_no);
        // Quick 3.1: the agent's key first, then the merchant's. A merchant of an agent may have none.
        if !account.agent_no.is_empty() && settings.secret("agent_md5_key").is_some() {
            account.md5_keys.push(settings.required_secret("agent_md5_key")?.clone());
        }
        if account.md5_keys.is_empty() || settings.secret("md5_key").is_some() {
            account.md5_keys.push(settings.required_secret("md5_key")?.clone());
        }
    }
    if account.products.iter().any(|product| product == "payout") {
        let (own, theirs) = ("merchant_private_key", "platform_public_key");
        account.payout = Some(PayoutAccess {
            url: settings.required_url("payapi_url")?.to_owned(),
            merchant_key: PrivateKey::read(own, settings.required_secret(own)?)?,
            platform_key: PublicKey::read(theirs, settings.required_secret(theirs)?)?,
        });
    }
    Ok(Arc::new(account))
}

fn products(settings: &Settings) -> Result<Vec<String>, SettingError> {
    let key = "products";
    let known = PRODUCTS.join(", ");
    let named = settings.lists.get(key).map_or(&[][..], Vec::as_slice);
    if named.is_empty() {
        return Err(SettingError { key, problem: format!("names no product; known: {known}") });
    }
    let mut products = Vec::new();
    for product in named {
        if !PRODUCTS.contains(&product.as_str()) {
            let problem = format!("there is no product {product:?}; known: {known}");
            return Err(SettingError { key, problem });
        }
        if !products.contains(product) {
            products.push(product.clone());
        }
    }
    Ok(products)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    /// The platform's published test account, with these products.
    pub(in crate::provider::mmsp) fn settings(products: &[&str]) -> Settings {
        let file = include_str!("../../../samples/vectors.json");
        let file: Value = serde_json::from_str(file).expect("JSON");
        let published = |name: &str| file["keys"][name].as_str().expect("a key").to_owned();
        Settings {
            texts: [
                ("openapi_url", "http://127.0.0.1:18080/mmsp/openapi"),
                ("payapi_url", "http://127.0.0.1:18080/mmsp/payapi"),
                ("merchant_no", "001440353999853"),
                ("terminal_no", "84970001"),
            ]
            .map(|(key, text)| (key, text.to_owned()))
            .into(),
            lists: [("products", products.iter().map(|p| (*p).to_owned()).collect())].into(),
            secrets: [
                ("md5_key", "ea21842eea24e448b991b1cb0a0294cf".to_owned()),
                ("agent_md5_key", "agent".to_owned()),
                ("merchant_private_key", published("mmsp_test_merchant_private_pkcs8_b64")),
                ("platform_public_key", published("mmsp_test_platform_public_spki_b64")),
            ]
            .map(|(key, text)| (key, Secret::new(text)))
            .into(),
            ..Settings::default()
        }
    }

    fn problem(settings: &Settings) -> String {
        build(settings).err().expect("settings that are refused").to_string()
    }

    #[test]
    fn settings_are_refused_with_the_key_and_what_to_do() {
        assert_eq!(
            problem(&settings(&["quick", "wallet"])),
            "products: there is no product \"wallet\"; known: quick, gateway, scan, payout"
        );
        assert!(problem(&settings(&[])).starts_with("products: names no product"));
        let mut without = settings(&["quick"]);
        without.texts.remove("terminal_no");
        assert_eq!(problem(&without), "terminal_no: is required");
        without = settings(&["quick"]);
        without.secrets.remove("md5_key");
        assert_eq!(problem(&without), "md5_key: is required");
        without = settings(&["quick"]);
        without.secrets.insert("md5_key", Secret::new(String::new()));
        assert_eq!(problem(&without), "md5_key: is required");
        without = settings(&["quick"]);
        without.texts.insert("openapi_url", "127.0.0.1/mmsp".to_owned());
        assert_eq!(problem(&without), "openapi_url: has to begin with http:// or https://");
    }

    #[test]
    fn an_agents_key_is_enough_where_there_is_an_agent() {
        let mut agents = settings(&["quick"]);
        agents.secrets.remove("md5_key");
        assert_eq!(problem(&agents), "md5_key: is required");
        agents.texts.insert("agent_no", "80000001".to_owned());
        assert!(build(&agents).is_ok());
        agents.secrets.remove("agent_md5_key");
        assert_eq!(problem(&agents), "md5_key: is required");
    }

    #[test]
    fn payouts_need_their_address_and_keys_and_nothing_else() {
        let payout = || {
            let mut settings = settings(&["payout"]);
            settings.texts.remove("openapi_url");
            settings.texts.remove("terminal_no");
            settings.secrets.remove("md5_key");
            settings
        };
        assert!(build(&payout()).is_ok());
        let mut wrong = payout();
        wrong.texts.remove("payapi_url");
        assert_eq!(problem(&wrong), "payapi_url: is required");
        wrong = payout();
        wrong.secrets.remove("platform_public_key");
        assert_eq!(problem(&wrong), "platform_public_key: is required");
        wrong = payout();
        wrong.secrets.insert("merchant_private_key", Secret::new("hunter2".to_owned()));
        assert_eq!(
            problem(&wrong),
            "merchant_private_key: is not an RSA private key in PKCS#8, PEM or base64: what stands there is not base64"
        );
        let mut without = settings(&["quick"]);
        without.texts.remove("payapi_url");
        without.secrets.remove("merchant_private_key");
        without.secrets.remove("platform_public_key");
        assert!(build(&without).is_ok());
    }
}
