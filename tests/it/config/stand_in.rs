//! Stand-in providers: the settings of the contract (§2), and nothing behind them.

use std::sync::Arc;

use duizhang::provider::{
    Ask, HttpRequest, Lane, Page, PageQuestion, Provider, Question, RawAnswer, RefusalKind,
    Registration, Setting, SettingError, SettingForm, Settings, Stamp, Unproved, Verified,
};
use duizhang::reading::Facts;
use duizhang::status::Kind;

/// The five providers of the contract.
pub(super) const PROVIDERS: [Registration; 5] = [
    Registration {
        id: "icashier",
        settings: &[text("base_url"), text("mer_id"), KEY],
        build,
        template: "",
        dialects: &[],
        files: &[],
    },
    Registration {
        id: "lhxpay",
        settings: &[text("base_url"), text("app_key"), KEY],
        build,
        template: "",
        dialects: &[],
        files: &[],
    },
    Registration {
        id: "mmsp",
        settings: &[
            text("openapi_url"),
            text("payapi_url"),
            text("merchant_no"),
            text("terminal_no"),
            optional("agent_no", SettingForm::Text),
            Setting { key: "products", form: SettingForm::List, required: true },
            optional("md5_key", SettingForm::Secret),
            optional("agent_md5_key", SettingForm::Secret),
            optional("merchant_private_key", SettingForm::Secret),
            optional("platform_public_key", SettingForm::Secret),
        ],
        build,
        template: "",
        dialects: &[],
        files: &[],
    },
    Registration {
        id: "xxpay",
        settings: &[
            text("base_url"),
            optional("query_url", SettingForm::Text),
            text("mch_id"),
            text("app_id"),
            KEY,
            optional("balance", SettingForm::Flag),
        ],
        build,
        template: "",
        dialects: &[],
        files: &[],
    },
    Registration {
        id: "zhangxun",
        settings: &[text("base_url"), text("org_no"), text("cust_id"), text("version"), KEY],
        build,
        template: "",
        dialects: &[],
        files: &[],
    },
];

const KEY: Setting = Setting { key: "key", form: SettingForm::Secret, required: true };

const fn text(key: &'static str) -> Setting {
    Setting { key, form: SettingForm::Text, required: true }
}

const fn optional(key: &'static str, form: SettingForm) -> Setting {
    Setting { key, form, required: false }
}

struct StandIn {
    merchant_no: String,
}

const NOTHING: Unproved = Unproved::Malformed { expected: "asked in these tests" };

impl Provider for StandIn {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |kind, product: &str| Lane {
            kind,
            product: product.to_owned(),
            listing: None,
            states_amount: true,
        };
        vec![lane(Kind::Payment, "scan"), lane(Kind::Payout, "")]
    }

    fn merchant_no(&self) -> &str {
        &self.merchant_no
    }

    fn request(&self, _: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        Err(NOTHING)
    }

    fn verify(&self, _: &Ask, _: &RawAnswer) -> Result<Verified, Unproved> {
        Err(NOTHING)
    }

    fn read_status(&self, _: &Question, _: &Verified) -> Result<Facts, Unproved> {
        Err(NOTHING)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(NOTHING)
    }

    fn refusal(&self, _: &str, _: &str) -> RefusalKind {
        RefusalKind::Unclear
    }
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let merchant_no = settings.text("mer_id").to_owned();
    if merchant_no.contains(' ') {
        return Err(SettingError { key: "mer_id", problem: "a number has no space".to_owned() });
    }
    Ok(Arc::new(StandIn { merchant_no }))
}
