//! MMSP (代收付平台): single and batch queries of its quick and gateway payments, MD5 with a shared
//! key over the message body.
//!
//! Manual: "快捷支付接口规范" 5.7 (single) and 5.9 (batch), "网关支付接口规范" 5.3 and 5.4, headers
//! and signature 3.1 to 3.3, codes 6.
//! Odd: the header is not signed, so nothing but the envelope's own success is taken from it; the
//! body is signed as PHP would print it ([`php_json`]); refusals carry no signature; samples in the
//! manual answer with command numbers that its own table does not have, so they are not looked at.

use std::sync::Arc;

use serde_json::Value;

use crate::provider::{
    Ask, HttpRequest, Lane, ListingTerms, Page, PageQuestion, Provider, Question, RawAnswer,
    Registration, Secret, Setting, SettingError, SettingForm, Settings, Stamp, Unproved, Verified,
    field,
};
use crate::reading::Said;
use crate::status::Kind;

mod envelope;
mod listing;
mod payment;
pub mod php_json;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "mmsp",
    settings: &[
        Setting { key: "openapi_url", form: SettingForm::Text, required: false },
        Setting { key: "payapi_url", form: SettingForm::Text, required: false },
        Setting { key: "merchant_no", form: SettingForm::Text, required: true },
        Setting { key: "terminal_no", form: SettingForm::Text, required: false },
        Setting { key: "agent_no", form: SettingForm::Text, required: false },
        Setting { key: "products", form: SettingForm::List, required: true },
        Setting { key: "md5_key", form: SettingForm::Secret, required: false },
        Setting { key: "agent_md5_key", form: SettingForm::Secret, required: false },
        Setting { key: "merchant_private_key", form: SettingForm::Secret, required: false },
        Setting { key: "platform_public_key", form: SettingForm::Secret, required: false },
    ],
    build,
};

/// The products that the platform has, by the names that the configuration uses.
const PRODUCTS: [&str; 4] = ["quick", "gateway", "scan", "payout"];

/// Rows per page at most, quick 5.9.1 and gateway 5.4.1.
const ROWS_PER_PAGE: u32 = 1000;

/// "Within three months", quick 5.9.1: the shortest three months have 89 days.
const DAYS_BACK: i64 = 89;

/// One command of the MD5 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Command {
    /// `CommandID`, decimal on the wire.
    number: u16,
    /// As the manual writes it.
    name: &'static str,
}

/// The queries of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Queries {
    single: Command,
    batch: Command,
}

/// Quick 3.2.1 and gateway 3.2.1. (The request sample of quick 5.7.2 prints 775, which is "unbind a
/// card" in the table; the table counts.)
fn queries(product: &str) -> Option<Queries> {
    match product {
        "quick" => Some(Queries {
            single: Command { number: 0x0305, name: "0x0305" },
            batch: Command { number: 0x0309, name: "0x0309" },
        }),
        "gateway" => Some(Queries {
            single: Command { number: 0x0913, name: "0x0913" },
            batch: Command { number: 0x030E, name: "0x030E" },
        }),
        _ => None,
    }
}

/// One account at MMSP.
struct Mmsp {
    openapi_url: String,
    merchant_no: String,
    terminal_no: String,
    agent_no: String,
    /// In the order of the configuration, without doubles.
    products: Vec<String>,
    /// In the order of precedence: requests are signed with the first, answers may be with any.
    md5_keys: Vec<Secret>,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let products = products(settings)?;
    let mut account = Mmsp {
        openapi_url: String::new(),
        merchant_no: settings.required_text("merchant_no")?.to_owned(),
        terminal_no: String::new(),
        agent_no: settings.text("agent_no").to_owned(),
        products,
        md5_keys: Vec::new(),
        not_found: settings.not_found.clone(),
    };
    if account.products.iter().any(|product| product != "payout") {
        settings.required_url("openapi_url")?.clone_into(&mut account.openapi_url);
        settings.required_text("terminal_no")?.clone_into(&mut account.terminal_no);
        // Quick 3.1: the agent's key first, then the merchant's.
        if !account.agent_no.is_empty() && settings.secret("agent_md5_key").is_some() {
            account.md5_keys.push(settings.required_secret("agent_md5_key")?.clone());
        }
        account.md5_keys.push(settings.required_secret("md5_key")?.clone());
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

impl Provider for Mmsp {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |product: &String| Lane {
            kind: Kind::Payment,
            product: product.clone(),
            listing: Some(ListingTerms { rows_per_page: ROWS_PER_PAGE, days_back: DAYS_BACK }),
            states_amount: true,
        };
        self.products.iter().filter(|product| queries(product).is_some()).map(lane).collect()
    }

    fn merchant_no(&self) -> &str {
        &self.merchant_no
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        let queries = |product| queries(product).ok_or(Unproved::Field { field: "product" });
        match ask {
            Ask::Status(question) => {
                let command = queries(&question.product)?.single;
                envelope::request(self, command, &payment::request_body(question)?)
            }
            Ask::Page(question) => {
                let command = queries(&question.product)?.batch;
                envelope::request(self, command, &listing::request_body(question))
            }
            Ask::Balance | Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let verified = envelope::verify(self, answer)?;
        if let Some(body) = verified.body() {
            let body = fields(body)?;
            match ask {
                Ask::Status(question) => payment::same_order(self, &question.order_no, body)?,
                Ask::Page(question) => listing::same_page(question, body)?,
                Ask::Balance | Ask::Renotify(_) => return Err(Unproved::NotOffered),
            }
        }
        Ok(verified)
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Said, Unproved> {
        if let Some((code, text)) = answer.refusal() {
            return if envelope::means_not_found(&self.not_found, code, text) {
                Ok(Said::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let body = signed_fields(answer)?;
        payment::same_order(self, &question.order_no, body)?;
        payment::read(body)
    }

    fn read_page(&self, question: &PageQuestion, answer: &Verified) -> Result<Page, Unproved> {
        if let Some((code, _)) = answer.refusal() {
            return Err(Unproved::Refused { code: code.to_owned() });
        }
        let body = signed_fields(answer)?;
        listing::same_page(question, body)?;
        listing::read(self, question, body)
    }
}

fn signed_fields(answer: &Verified) -> Result<&field::Fields, Unproved> {
    fields(answer.body().unwrap_or(&Value::Null))
}

fn fields(body: &Value) -> Result<&field::Fields, Unproved> {
    body.as_object().ok_or(Unproved::Field { field: "Body" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDate, Timestamp};

    fn settings(products: &[&str]) -> Settings {
        let secret = |text: &str| Secret::new(text.to_owned());
        Settings {
            texts: [
                ("openapi_url", "http://127.0.0.1:18080/mmsp/openapi"),
                ("merchant_no", "001440353999853"),
                ("terminal_no", "84970001"),
            ]
            .map(|(key, text)| (key, text.to_owned()))
            .into(),
            lists: [("products", products.iter().map(|p| (*p).to_owned()).collect())].into(),
            secrets: [
                ("md5_key", secret("ea21842eea24e448b991b1cb0a0294cf")),
                ("agent_md5_key", secret("agent")),
            ]
            .into(),
            ..Settings::default()
        }
    }

    fn problem(settings: &Settings) -> String {
        build(settings).err().expect("settings that are refused").to_string()
    }

    fn question(product: &str, order_no: &str) -> Ask {
        Ask::Status(Question {
            kind: Kind::Payment,
            product: product.to_owned(),
            order_no: order_no.to_owned(),
            provider_order_no: String::new(),
            business_date: BusinessDate::from_number(20_171_122).expect("a date"),
        })
    }

    fn stamp() -> Stamp {
        Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 }
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
    fn each_product_that_can_be_queried_is_a_lane_with_a_listing() {
        let account = build(&settings(&["gateway", "quick", "gateway"])).expect("settings");
        let lanes = account.lanes();
        let products: Vec<_> = lanes.iter().map(|lane| lane.product.as_str()).collect();
        assert_eq!(products, ["gateway", "quick"]);
        assert!(lanes.iter().all(|lane| lane.listing.is_some() && lane.states_amount));
    }

    #[test]
    fn a_single_query_is_the_signed_envelope_of_the_manual() {
        let account = build(&settings(&["quick", "gateway"])).expect("settings");
        let request = account.request(&question("quick", "A/1"), stamp()).expect("a request");
        // md5('{"MERORDERID":"A\/1"}&key=ea21842e…'), from PHP.
        assert_eq!(
            request.body,
            "{\"CommandID\":773,\"SeqID\":\"1\",\"NodeType\":\"3\",\"NodeID\":\"openapi\",\
             \"Version\":\"1.0.0\",\"AGENTNO\":\"\",\"MERNO\":\"001440353999853\",\
             \"TERMNO\":\"84970001\",\"Body\":{\"MERORDERID\":\"A/1\"},\
             \"Sign\":\"246D165969DD65E2573C2CE6D3079B6A\"}"
        );
        assert_eq!(request.url, "http://127.0.0.1:18080/mmsp/openapi");
        assert_eq!(request.interface, "0x0305");
        let gateway = account.request(&question("gateway", "A/1"), stamp()).expect("a request");
        assert!(gateway.body.starts_with("{\"CommandID\":2323,"), "{}", gateway.body);
        assert_eq!(gateway.interface, "0x0913");
    }

    #[test]
    fn a_page_is_asked_for_by_dates_of_eight_digits_and_texts() {
        let account = build(&settings(&["quick", "gateway"])).expect("settings");
        let date = BusinessDate::from_number(20_171_122).expect("a date").date();
        let page = |product: &str| {
            let question = PageQuestion {
                kind: Kind::Payment,
                product: product.to_owned(),
                from: date,
                to: date,
                page: 2,
                rows_per_page: 1000,
            };
            account.request(&Ask::Page(question), stamp()).expect("a request")
        };
        let body = "\"Body\":{\"END_DATE\":\"20171122\",\"PAGE\":\"2\",\"PERPAGE\":\"1000\",\
                    \"START_DATE\":\"20171122\"},\"Sign\":\"13C0D61ABD4896882B4FA332384A88DA\"}";
        for (product, number, name) in [("quick", 777, "0x0309"), ("gateway", 782, "0x030E")] {
            let request = page(product);
            assert!(request.body.starts_with(&format!("{{\"CommandID\":{number},")));
            assert!(request.body.ends_with(body), "{}", request.body);
            assert_eq!(request.interface, name);
        }
    }

    #[test]
    fn an_agents_key_signs_only_where_there_is_an_agent() {
        let sign = |agent_no: &str| {
            let mut settings = settings(&["quick"]);
            settings.texts.insert("agent_no", agent_no.to_owned());
            let account = build(&settings).expect("settings");
            account.request(&question("quick", "A1"), stamp()).expect("a request").body
        };
        assert!(sign("").contains("\"AGENTNO\":\"\""));
        assert!(sign("").ends_with("\"Sign\":\"FE40BCD73F6249E8FD4F63A00633F88F\"}"));
        assert!(sign("80000001").contains("\"AGENTNO\":\"80000001\""));
        assert!(sign("80000001").ends_with("\"Sign\":\"E51380597BE2A6A76ABCCCB052A4990D\"}"));
    }

    #[test]
    fn an_order_number_that_the_field_cannot_carry_is_not_asked() {
        let account = build(&settings(&["quick"])).expect("settings");
        let refused = Err(Unproved::Field { field: "MERORDERID" });
        assert!(account.request(&question("quick", &"1".repeat(32)), stamp()).is_ok());
        for order_no in [&*"1".repeat(33), "", "A\n1"] {
            assert_eq!(account.request(&question("quick", order_no), stamp()), refused);
        }
    }
}
