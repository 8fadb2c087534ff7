//! `XxPay` (聚合支付): single queries of payments and payouts, in some families refunds, balance and
//! callbacks; MD5 with a shared key over the fields.
//!
//! Manual: "聚合支付接口说明书" 1.3 (signature), 2.2 and 2.3 (payments), 3.2 and 3.3 (payouts).
//! Odd: `0` is signed, empty is not; of payments 2 and 3 are success and 5 is failure, of payouts 2
//! and 4 are success and 3 is failure; forks answer numbers as strings and leave refusals unsigned;
//! a query may fire a callback at the shop's live system, so `executeNotify` is sent only where
//! exactly that is wanted. There are families with other addresses, names and codes (`dialect`).

use std::sync::Arc;
use std::time::Duration;

use crate::balance::{Balance, BalancePart};
use crate::business_day::Timestamp;
use crate::provider::refusal::{self, refusal_by_words};
use crate::provider::{
    Ask, HttpRequest, Lane, Notification, Notified, Page, PageQuestion, Provider, Question,
    RawAnswer, RefusalKind, Registration, Secret, Setting, SettingError, SettingForm, Settings,
    Stamp, Terms, Unproved, Verified,
};
use crate::reading::Facts;
use crate::status::Kind;

use balance::BalanceQuery;
use dialect::Dialect;
use order::Form;

mod balance;
mod dialect;
mod envelope;
mod notification;
mod order;
mod texts;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "xxpay",
    settings: &[
        Setting { key: "dialect", form: SettingForm::Text, required: false },
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "query_url", form: SettingForm::Text, required: false },
        Setting { key: "mch_id", form: SettingForm::Text, required: true },
        Setting { key: "app_id", form: SettingForm::Text, required: false },
        Setting { key: "key", form: SettingForm::Secret, required: true },
        Setting { key: "balance", form: SettingForm::Flag, required: false },
        Setting { key: "balance_path", form: SettingForm::Text, required: false },
        Setting { key: "unsigned_answers", form: SettingForm::Flag, required: false },
    ],
    build,
    template: include_str!("xxpay/account.toml"),
    dialects: dialect::NAMES,
    files: &[],
};

/// One account at an `XxPay` deployment.
#[derive(Clone)]
struct XxPay {
    dialect: &'static Dialect,
    /// Where queries go, without a slash at its end.
    query_url: String,
    mch_id: String,
    /// Empty where the platform gave none: then it is neither sent nor compared.
    app_id: String,
    key: Secret,
    /// How this deployment states the balance, if it does.
    balance: Option<&'static BalanceQuery>,
    /// The account's consent to answers that nobody signed: then nothing but their echo of the order's
    /// number proves them. A signature that is there has to be right all the same.
    takes_unsigned: bool,
    /// What amounts are of where an answer states no currency, and what further status codes mean.
    terms: Terms,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let base_url = settings.required_url("base_url")?;
    let query_url = match settings.text("query_url") {
        "" => base_url,
        _ => settings.required_url("query_url")?,
    };
    let dialect = settings.choice("dialect", dialect::KNOWN)?.unwrap_or(dialect::DEFAULT);
    let balance = match settings.text("balance_path") {
        "" => dialect.balance,
        _ => settings.choice("balance_path", balance::KNOWN)?.unwrap_or(dialect.balance),
    };
    let flag = |key| settings.flags.get(key).copied().unwrap_or(false);
    Ok(Arc::new(XxPay {
        dialect,
        query_url: query_url.to_owned(),
        mch_id: settings.required_text("mch_id")?.to_owned(),
        app_id: settings.text("app_id").to_owned(),
        key: settings.required_secret("key")?.clone(),
        balance: flag("balance").then_some(balance),
        takes_unsigned: flag("unsigned_answers"),
        terms: settings.terms(),
        not_found: settings.not_found.clone(),
    }))
}

impl XxPay {
    /// What a kind of order calls things.
    ///
    /// # Errors
    ///
    /// [`Unproved::NotOffered`] where the family has no query for it.
    fn form(&self, kind: Kind) -> Result<&'static Form, Unproved> {
        let form = self.dialect.forms.iter().find(|form| form.kind == kind);
        form.ok_or(Unproved::NotOffered)
    }
}

impl Provider for XxPay {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |form: &Form| Lane {
            kind: form.kind,
            product: String::new(),
            listing: None,
            states_amount: true,
        };
        self.dialect.forms.iter().map(lane).collect()
    }

    fn merchant_no(&self) -> &str {
        &self.mch_id
    }

    fn request(&self, ask: &Ask, stamp: Stamp) -> Result<HttpRequest, Unproved> {
        match ask {
            Ask::Status(question) => {
                self.form(question.kind)?.request(self, question, false, stamp)
            }
            Ask::Renotify(question) => {
                self.form(question.kind)?.request(self, question, true, stamp)
            }
            Ask::Balance => Ok(self.balance.ok_or(Unproved::NotOffered)?.request(self, stamp)),
            Ask::Page(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        match ask {
            Ask::Status(question) | Ask::Renotify(question) => {
                let form = self.form(question.kind)?;
                let verified = envelope::verify(self, answer, &form.read_fields())?;
                if verified.refusal().is_none() {
                    form.same_order(self, question, envelope::fields(&verified)?)?;
                }
                Ok(verified)
            }
            Ask::Balance if self.balance.is_some() => balance::verify(self, answer),
            Ask::Page(_) | Ask::Balance => Err(Unproved::NotOffered),
        }
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if let Some((code, text)) = answer.refusal()
            && envelope::means_not_found(&self.not_found, code, text)
        {
            return Ok(Facts::not_found(&question.order_no, code));
        }
        let form = self.form(question.kind)?;
        let fields = envelope::fields(answer)?;
        form.same_order(self, question, fields)?;
        form.read(fields, &self.terms)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    /// 4.2 lists one code, 0010 系统错误; all else is in `retMsg`: 签名失败, 参数格式校验错误.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        if envelope::means_not_found(&self.not_found, code, text) {
            return RefusalKind::NoSuchOrder;
        }
        if code.ends_with("=0010") {
            return RefusalKind::Platform;
        }
        refusal_by_words(text)
    }

    /// 4.2: 0010 系统错误, "call again with the same parameters".
    fn says_try_again(&self, code: &str, text: &str) -> bool {
        code.ends_with("=0010") || refusal::says_try_again(text)
    }

    fn in_other_dialects(&self) -> Vec<(&'static str, Arc<dyn Provider>)> {
        let paths = |dialect: &Dialect| -> Vec<&str> {
            dialect.forms.iter().map(|form| form.query).collect()
        };
        let others = dialect::KNOWN.iter().filter(|(_, it)| paths(it) != paths(self.dialect));
        let other = |(name, dialect): &'static (&'static str, Dialect)| {
            let account: Arc<dyn Provider> = Arc::new(Self { dialect, ..self.clone() });
            (*name, account)
        };
        others.map(other).collect()
    }

    fn states_balance(&self) -> bool {
        self.balance.is_some()
    }

    /// Public clients read `balance` as what can be paid out and `freezeAmount` beside it.
    fn held_parts(&self) -> &'static [BalancePart] {
        &[BalancePart::Available, BalancePart::Frozen]
    }

    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        self.balance.ok_or(Unproved::NotOffered)?.read(self, answer, answered_at)
    }

    fn renotifies(&self) -> bool {
        true
    }

    /// 2.3.3 and 3.3: again after 60, 120, 180, 240 and 300 seconds; of refunds nothing is said.
    fn calls_back_for(&self, kind: Kind, _: &str) -> Option<Duration> {
        (kind != Kind::Refund).then_some(Duration::from_mins(15))
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        notification::verify(self, notification)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        notification::read(self, envelope::fields(notification)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDate;

    fn settings() -> Settings {
        Settings {
            texts: [
                ("base_url", "http://127.0.0.1:18080/xxpay/"),
                ("mch_id", "20001222"),
                ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f"),
            ]
            .map(|(key, text)| (key, text.to_owned()))
            .into(),
            secrets: [("key", Secret::new("demoKeyE".to_owned()))].into(),
            ..Settings::default()
        }
    }

    fn question(kind: Kind, order_no: &str) -> Question {
        Question {
            kind,
            product: String::new(),
            order_no: order_no.to_owned(),
            provider_order_no: String::new(),
            business_date: BusinessDate::from_number(20_170_910).expect("a date"),
        }
    }

    fn stamp() -> Stamp {
        Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 }
    }

    fn request(settings: &Settings, order_no: &str) -> Result<HttpRequest, Unproved> {
        let ask = Ask::Status(question(Kind::Payment, order_no));
        build(settings).expect("settings").request(&ask, stamp())
    }

    #[test]
    fn a_payment_query_is_one_signed_form_field() {
        let request = request(&settings(), "20160427210604000490").expect("a request");
        assert_eq!(request.url, "http://127.0.0.1:18080/xxpay/api/pay/query_order");
        assert_eq!(request.content_type, "application/x-www-form-urlencoded");
        // md5('appId=…&mchId=20001222&mchOrderNo=20160427210604000490&key=demoKeyE')
        assert_eq!(
            params(&request),
            "{\"mchId\":\"20001222\",\"appId\":\"0ae8be35ff634e2abe94f5f32f6d5c4f\",\
             \"mchOrderNo\":\"20160427210604000490\",\
             \"sign\":\"EED36F388CEF527E44B1815224FCBA5A\"}"
        );
    }

    #[test]
    fn queries_may_go_to_another_host() {
        let mut settings = settings();
        settings.texts.insert("query_url", "https://q.example:3020".to_owned());
        let request = request(&settings, "M1").expect("a request");
        assert_eq!(request.url, "https://q.example:3020/api/pay/query_order");
        settings.texts.insert("query_url", "q.example".to_owned());
        assert_eq!(build(&settings).err().map(|error| error.key), Some("query_url"));
    }

    #[test]
    fn an_order_number_that_the_field_cannot_carry_is_not_asked() {
        let refused = Err(Unproved::Field { field: "mchOrderNo" });
        assert!(request(&settings(), &"1".repeat(64)).is_ok());
        for order_no in [&*"1".repeat(65), "", "A\t1"] {
            assert_eq!(request(&settings(), order_no), refused);
        }
    }

    /// The signed text of a request, which is its only form field.
    fn params(request: &HttpRequest) -> String {
        let form: Vec<_> = form_urlencoded::parse(request.body.as_bytes()).collect();
        let [(name, params)] = form.as_slice() else { panic!("{form:?}") };
        assert_eq!(name, "params");
        params.clone().into_owned()
    }

    #[test]
    fn a_payout_is_asked_about_by_the_merchants_number() {
        let account = build(&settings()).expect("settings");
        let ask = Ask::Status(question(Kind::Payout, "T1"));
        let request = account.request(&ask, stamp()).expect("a request");
        assert_eq!(request.url, "http://127.0.0.1:18080/xxpay/api/trans/query_order");
        assert_eq!(request.interface, "/api/trans/query_order");
        assert_eq!(
            params(&request),
            "{\"mchId\":\"20001222\",\"appId\":\"0ae8be35ff634e2abe94f5f32f6d5c4f\",\
             \"mchTransOrderNo\":\"T1\",\"sign\":\"42645AE0569C5F5FAC35562C8EB91288\"}"
        );
        let ask = Ask::Status(question(Kind::Refund, "T1"));
        assert_eq!(account.request(&ask, stamp()), Err(Unproved::NotOffered));
    }

    #[test]
    fn a_callback_is_fired_only_when_that_is_what_is_asked_for() {
        let account = build(&settings()).expect("settings");
        assert!(account.renotifies());
        let ask = Ask::Renotify(question(Kind::Payment, "M1"));
        let request = account.request(&ask, stamp()).expect("a request");
        assert_eq!(request.interface, "/api/pay/query_order");
        assert_eq!(
            params(&request),
            "{\"mchId\":\"20001222\",\"appId\":\"0ae8be35ff634e2abe94f5f32f6d5c4f\",\
             \"mchOrderNo\":\"M1\",\"executeNotify\":\"true\",\
             \"sign\":\"618B38347692518FD0C4A9C0D39660F8\"}"
        );
        for kind in [Kind::Payment, Kind::Payout] {
            let ask = Ask::Status(question(kind, "M1"));
            let request = account.request(&ask, stamp()).expect("a request");
            assert!(!request.body.contains("executeNotify"), "{}", request.body);
        }
    }

    #[test]
    fn a_balance_is_asked_for_only_where_the_deployment_has_it() {
        let without = build(&settings()).expect("settings");
        assert!(!without.states_balance());
        assert_eq!(without.request(&Ask::Balance, stamp()), Err(Unproved::NotOffered));
        let mut settings = settings();
        settings.flags.insert("balance", true);
        let account = build(&settings).expect("settings");
        assert!(account.states_balance());
        let stamp = Stamp { now: Timestamp::from_epoch_seconds(1_511_147_650), nonce: 1 };
        let request = account.request(&Ask::Balance, stamp).expect("a request");
        assert_eq!(request.url, "http://127.0.0.1:18080/xxpay/api/query/query_balance");
        assert_eq!(
            params(&request),
            "{\"mchId\":\"20001222\",\"queryTime\":\"20171120111410\",\
             \"sign\":\"95C6A3A9C678572E00C786AE94BE873C\"}"
        );
    }
}
