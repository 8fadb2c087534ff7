//! One order, payment, payout or refund: the question, and what the fields of an answer or callback say.
//!
//! Manual: 2.2 and 3.2 (queries), 2.3 and 3.3 (callbacks): the same fields under other names, and
//! statuses that mean other things ([`crate::provider::xxpay::dialect`]).

use crate::business_day::{BusinessDay, Timestamp};
use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::xxpay::dialect::Statuses;
use crate::provider::xxpay::{XxPay, envelope};
use crate::provider::{HttpRequest, Question, Stamp, Terms, Unproved};
use crate::reading::Facts;
use crate::status::{Kind, ProviderStatus};

/// `mchOrderNo String(30)`, 2.2.3; but numbers of 32 letters exist. This only keeps nonsense from the wire.
const ORDER_NO_LETTERS: usize = 64;

/// What one kind of order calls things.
pub(super) struct Form {
    /// Payment, payout or refund.
    pub(super) kind: Kind,
    /// The query's path.
    pub(super) query: &'static str,
    /// The field with the merchant's number.
    pub(super) order_no: &'static str,
    /// The field with the platform's number.
    pub(super) provider_order_no: &'static str,
    /// The field with the amount, in fen.
    pub(super) amount: &'static str,
    /// The field with the time of success.
    pub(super) paid_at: &'static str,
    /// Whether a question names the application, where the account has one.
    pub(super) names_application: bool,
    /// The field of a question that says when it was asked.
    pub(super) asked_at: Option<&'static str>,
    /// What `status` means.
    pub(super) statuses: Statuses,
}

impl Form {
    /// The fields that are read, of answers and callbacks.
    pub(super) const fn read_fields(&self) -> [&'static str; 12] {
        [
            "retCode",
            "mchId",
            "appId",
            self.provider_order_no,
            self.order_no,
            self.amount,
            "currency",
            "status",
            self.paid_at,
            "income",
            "fee",
            "productId",
        ]
    }

    /// What a status code means by the document; `None` for one that it does not list.
    pub(super) fn status(&self, code: &str) -> Option<ProviderStatus> {
        self.statuses.iter().find(|(known, _)| *known == code).map(|(_, status)| *status)
    }

    /// The question about one order. With `renotify` the platform calls the shop back again if the
    /// order is paid; without it the field stays away, since its default is no.
    ///
    /// # Errors
    ///
    /// [`Unproved::Field`] for an order number that the platform cannot have.
    pub(super) fn request(
        &self,
        account: &XxPay,
        question: &Question,
        renotify: bool,
        stamp: Stamp,
    ) -> Result<HttpRequest, Unproved> {
        let order_no = question.order_no.as_str();
        field::carries(self.order_no, order_no, ORDER_NO_LETTERS)?;
        let now = asked_at(stamp);
        let mut params = vec![("mchId", &*account.mch_id)];
        if self.names_application && !account.app_id.is_empty() {
            params.push(("appId", &*account.app_id));
        }
        params.push((self.order_no, order_no));
        if renotify {
            params.push(("executeNotify", "true"));
        }
        params.extend(self.asked_at.map(|name| (name, &*now)));
        Ok(envelope::request(account, self.query, &params))
    }

    /// Checks that fields are about this order and, where they say it, this merchant.
    ///
    /// # Errors
    ///
    /// [`Unproved::NotWhatWasAsked`], or [`Unproved::Field`] without a readable order number.
    pub(super) fn same_order(
        &self,
        account: &XxPay,
        question: &Question,
        fields: &Fields,
    ) -> Result<(), Unproved> {
        envelope::same_merchant(account, fields)?;
        field::same(fields, self.order_no, &question.order_no, "order")?;
        // In some families two kinds call the merchant's number alike: then the platform's own number
        // tells of which kind the answer is.
        for other in account.dialect.forms.iter().filter(|other| other.kind != self.kind) {
            let names_other = !field::text(fields, other.provider_order_no)?.is_empty();
            let names_own = !field::text(fields, self.provider_order_no)?.is_empty();
            if other.order_no == self.order_no && names_other && !names_own {
                return Err(Unproved::NotWhatWasAsked { what: "kind" });
            }
        }
        Ok(())
    }

    /// Theirs to ours, 2.2.4 and 3.2.4.
    ///
    /// `fee` (payouts of other generations) and `income` (callbacks of payments: what the merchant is
    /// credited) tell the platform's fee. `productId`, the way of paying, decides what it is.
    ///
    /// # Errors
    ///
    /// [`Unproved::UnknownCode`] for a status that neither the document nor the account lists,
    /// [`Unproved::Field`] for an unreadable field or a success without an amount.
    pub(super) fn read(&self, fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
        let code = field::required(fields, "status")?;
        let known = self.status(&code);
        let (status, status_code) = terms.status_codes.read("status", &code, known)?;
        let amount = field::whole(fields, self.amount)?;
        if status == ProviderStatus::Succeeded && amount.is_none() {
            return Err(Unproved::Field { field: self.amount });
        }
        let currency = currency(fields, terms)?;
        let mut facts = Facts {
            order_no: field::required(fields, self.order_no)?.into_owned(),
            provider_order_no: field::text(fields, self.provider_order_no)?.into_owned(),
            status,
            status_code,
            amount: amount.map(|minor| Money { minor, currency }),
            fee_minor: None,
            paid_at: None,
            withheld_minor: None,
            way: String::new(),
        };
        facts.paid_by("productId", field::shown(fields, "productId"));
        facts.fee_minor = self.fee(fields, amount, &mut facts);
        facts.paid_at = field::aside(fields, self.paid_at, paid_at, &mut facts);
        Ok(facts)
    }

    fn fee(&self, fields: &Fields, amount: Option<i64>, facts: &mut Facts) -> Option<i64> {
        match self.kind {
            Kind::Payment => {
                let income = field::aside(fields, "income", field::whole, facts)?;
                let fee = amount?.checked_sub(income).filter(|fee| !fee.is_negative());
                if fee.is_none() {
                    facts.remark("income", &income.to_string());
                }
                fee
            }
            Kind::Payout => field::aside(fields, "fee", field::whole, facts),
            Kind::Refund => None,
        }
    }
}

/// The moment of a question as `yyyyMMddHHmmss`, Beijing time.
pub(super) fn asked_at(stamp: Stamp) -> String {
    BusinessDay::BEIJING.local(stamp.now).format("%Y%m%d%H%M%S").to_string()
}

/// `cny`; the account's currency where it is missing (1.2: "amounts are in CNY by default").
fn currency(fields: &Fields, terms: &Terms) -> Result<Currency, Unproved> {
    let code = field::text(fields, "currency")?;
    if code.is_empty() {
        return Ok(terms.currency);
    }
    Currency::parse(&code).map_err(|_| Unproved::Field { field: "currency" })
}

/// A time of success: epoch milliseconds; some forks print `yyyy-MM-dd HH:mm:ss`, Beijing time.
pub(super) fn paid_at(fields: &Fields, name: &'static str) -> Result<Option<Timestamp>, Unproved> {
    let text = field::text(fields, name)?;
    if text == "0" || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return field::clock_time(fields, name);
    }
    field::epoch_milliseconds(fields, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_or_wall_clock_in_beijing() {
        let moment = Timestamp::from_epoch_seconds(1_505_049_094);
        let table = [
            ("1505049094262", Ok(Some(moment))),
            ("\"1505049094262\"", Ok(Some(moment))),
            ("\"2017-09-10 21:11:34\"", Ok(Some(moment))),
            ("\"\"", Ok(None)),
            ("null", Ok(None)),
            ("0", Ok(None)),
            ("1505049094", Err(())),
            ("-1505049094262", Err(())),
            ("1505049094262.0", Err(())),
            ("\"2017/09/10\"", Err(())),
        ];
        for (json, expected) in table {
            let fields = field::object(format!("{{\"paySuccTime\":{json}}}").as_bytes());
            let expected = expected.map_err(|()| Unproved::Field { field: "paySuccTime" });
            let found = paid_at(&fields.expect("an object"), "paySuccTime");
            assert_eq!(found, expected, "{json}");
        }
    }
}
