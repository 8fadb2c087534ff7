//! One order, payment or payout: the question, and what the fields of an answer or callback say.
//!
//! Manual: 2.2 and 3.2 (queries), 2.3 and 3.3 (callbacks): the same fields under other names, and
//! statuses that mean other things.

use crate::business_day::Timestamp;
use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::xxpay::{XxPay, envelope, payment, payout};
use crate::provider::{HttpRequest, Question, Unproved, shortened};
use crate::reading::Said;
use crate::status::{Kind, ProviderStatus};

/// `mchOrderNo String(30)`, 2.2.3, and `mchTransOrderNo String(30)`, 3.2.3.
const ORDER_NO_LETTERS: usize = 30;

/// What payments and payouts call things.
pub(super) struct Form {
    /// Payment or payout.
    pub(super) kind: Kind,
    /// The query's path.
    pub(super) query: &'static str,
    /// The field with the merchant's number.
    pub(super) order_no: &'static str,
    /// The field with the platform's number.
    pub(super) provider_order_no: &'static str,
    /// The field with the time of success.
    pub(super) paid_at: &'static str,
    /// What `status` means.
    pub(super) status: fn(&str) -> Option<ProviderStatus>,
}

impl Form {
    /// The form of a kind.
    ///
    /// # Errors
    ///
    /// [`Unproved::NotOffered`] for refunds.
    pub(super) const fn of(kind: Kind) -> Result<&'static Self, Unproved> {
        match kind {
            Kind::Payment => Ok(&payment::FORM),
            Kind::Payout => Ok(&payout::FORM),
            Kind::Refund => Err(Unproved::NotOffered),
        }
    }

    /// The fields that are read, of answers and callbacks.
    pub(super) const fn read_fields(&self) -> [&'static str; 9] {
        [
            "retCode",
            "mchId",
            "appId",
            self.provider_order_no,
            self.order_no,
            "amount",
            "currency",
            "status",
            self.paid_at,
        ]
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
    ) -> Result<HttpRequest, Unproved> {
        let order_no = question.order_no.as_str();
        field::carries(self.order_no, order_no, ORDER_NO_LETTERS)?;
        let mut params = vec![
            ("mchId", &*account.mch_id),
            ("appId", &*account.app_id),
            (self.order_no, order_no),
        ];
        if renotify {
            params.push(("executeNotify", "true"));
        }
        Ok(envelope::request(account, self.query, &params))
    }

    /// Checks that signed fields are about this order and, where they say it, this merchant.
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
        field::same(fields, self.order_no, &question.order_no, "order")
    }

    /// Theirs to ours, 2.2.4 and 3.2.4.
    ///
    /// # Errors
    ///
    /// [`Unproved::UnknownCode`] for a status that the manual does not list, [`Unproved::Field`] for
    /// an unreadable field or a success without an amount.
    pub(super) fn read(&self, fields: &Fields) -> Result<Said, Unproved> {
        let code = field::required(fields, "status")?;
        let status = (self.status)(&code)
            .ok_or_else(|| Unproved::UnknownCode { field: "status", value: shortened(&code) })?;
        let amount = field::whole(fields, "amount")?;
        if status == ProviderStatus::Succeeded && amount.is_none() {
            return Err(Unproved::Field { field: "amount" });
        }
        let currency = currency(fields)?;
        Ok(Said {
            order_no: field::required(fields, self.order_no)?.into_owned(),
            provider_order_no: field::text(fields, self.provider_order_no)?.into_owned(),
            status,
            status_code: format!("status={code}"),
            amount: amount.map(|minor| Money { minor, currency }),
            fee_minor: None,
            paid_at: paid_at(fields, self.paid_at)?,
            withheld_minor: None,
        })
    }
}

/// `cny`; yuan where it is missing (1.2: "amounts are in CNY by default").
fn currency(fields: &Fields) -> Result<Currency, Unproved> {
    let code = field::text(fields, "currency")?;
    if code.is_empty() {
        return Ok(Currency::CNY);
    }
    Currency::parse(&code).map_err(|_| Unproved::Field { field: "currency" })
}

/// A time of success: epoch milliseconds of 13 digits (2001 to 2286, so that seconds are not taken
/// for them); some forks print `yyyy-MM-dd HH:mm:ss`, Beijing time.
pub(super) fn paid_at(fields: &Fields, name: &'static str) -> Result<Option<Timestamp>, Unproved> {
    let text = field::text(fields, name)?;
    if text == "0" || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return field::clock_time(fields, name);
    }
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(milliseconds @ 1_000_000_000_000..=9_999_999_999_999) => {
            Ok(Some(Timestamp::from_epoch_seconds(milliseconds.div_euclid(1000))))
        }
        Ok(_) | Err(_) => Err(Unproved::Field { field: name }),
    }
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
