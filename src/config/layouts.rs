//! The shipped layouts of bills: each is an `[account.statement]` of its own, which an account takes over by
//! its name and changes by the keys beside it.

/// A shipped layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Its name: `wechatpay-trade`.
    pub name: &'static str,
    /// The whole of it, as it is written into a configuration.
    pub text: &'static str,
}

impl Layout {
    /// What it reads, in one line: the first of its comments.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim()
    }
}

macro_rules! layouts {
    ($($name:literal),+ $(,)?) => {
        &[$(Layout {
            name: $name,
            text: include_str!(concat!("../../samples/layouts/", $name, ".toml")),
        }),+]
    };
}

/// Every shipped layout, sorted by name.
pub const LAYOUTS: &[Layout] = layouts![
    "adyen-settlement-details",
    "alipay-account",
    "alipay-business",
    "bank-debit-credit",
    "camt053",
    "mt940",
    "paypal-settlement",
    "stripe-payout-reconciliation",
    "unionpay-zm",
    "unionpay-zme",
    "wechatpay-fundflow",
    "wechatpay-trade",
];

/// The layout of a name.
pub fn layout(name: &str) -> Option<Layout> {
    LAYOUTS.iter().copied().find(|layout| layout.name == name)
}
