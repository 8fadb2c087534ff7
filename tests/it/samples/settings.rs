//! The accounts behind the samples of zhangxun, icashier, jeepay and lhxpay.

use duizhang::money::Currency;
use duizhang::provider::{Secret, Settings};

/// A provider, a variant of its account that a sample may ask for, and its settings. Zhangxun's key is
/// the platform's published one, the others are invented.
type Account = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

const ACCOUNTS: [Account; 8] = [
    ("zhangxun", "", &[("org_no", "8161000204"), ("cust_id", "16121900001774")], ZHANGXUN_KEY),
    (
        "zhangxun",
        "sub-account",
        &[
            ("org_no", "8161000204"),
            ("cust_id", "16121900001774"),
            ("account", "161219000017740288"),
        ],
        ZHANGXUN_KEY,
    ),
    (
        "zhangxun",
        "rupees",
        &[("org_no", "8161000204"), ("cust_id", "16121900001774")],
        ZHANGXUN_KEY,
    ),
    (
        "jeepay",
        "",
        &[("mch_no", "M1621873433953"), ("app_id", "60cc09bce4b0f1c0b83761c9")],
        "demoKeyJ",
    ),
    ("icashier", "", &[("mer_id", "1000001")], "testkeyC0123456789"),
    ("lhxpay", "", &[("app_key", "demoAppKey")], LHXPAY_KEY),
    ("lhxpay", "balance", &[("app_key", "demoAppKey")], LHXPAY_KEY),
    ("lhxpay", "bbc", &[("app_key", "demoAppKey"), ("generation", "bbc")], LHXPAY_KEY),
];

const ZHANGXUN_KEY: &str = "FFFFFFFFFFFFFFFF";
const LHXPAY_KEY: &str = "demoSecret";

/// The variants of a provider's account that have interfaces of their own.
pub(crate) fn variants(provider_id: &str) -> &'static [&'static str] {
    match provider_id {
        "lhxpay" => &["", "bbc", "balance"],
        "xxpay" => &["", "agentpay", "mch balance"],
        _ => &[""],
    }
}

/// The settings of an account; `None` for a provider that is not in this file.
pub(super) fn settings(provider_id: &str, variant: &str) -> Option<Settings> {
    let mut of_provider = ACCOUNTS.iter().filter(|(id, ..)| *id == provider_id).peekable();
    of_provider.peek()?;
    let (_, _, texts, key) = of_provider.find(|(_, known, ..)| *known == variant).unwrap();
    let base_url = ("base_url", "http://127.0.0.1");
    Some(Settings {
        texts: texts
            .iter()
            .chain([&base_url])
            .map(|(key, text)| (*key, (*text).to_owned()))
            .collect(),
        flags: [("balance", variant == "balance")].into(),
        secrets: [("key", Secret::new((*key).to_owned()))].into(),
        currency: Currency::parse(if variant == "rupees" { "INR" } else { "CNY" }).unwrap(),
        ..Settings::default()
    })
}
