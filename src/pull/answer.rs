//! What comes of a question about one order.

use crate::business_day::{BusinessDay, Timestamp};
use crate::order::{OrderKey, Stream};
use crate::provider::{Ask, Question, gate};
use crate::pull::{PullError, Wire, account};
use crate::reading::{Assurance, Facts, Pair, Past, Reading, Source, went_back};
use crate::rules::dating;

/// An answer that takes proved money back to processing proves nothing, see [`went_back`].
pub(super) fn unless_gone_back(answer: Answer, pairs: &[&Pair]) -> Answer {
    let Answer::Proved(mut reading) = answer else { return answer };
    let pair = pairs.iter().find(|pair| pair.key == reading.key);
    if !pair.is_some_and(|pair| went_back(&pair.readings, &reading.facts)) {
        return Answer::Proved(reading);
    }
    let (account, order_no) = (&reading.key.stream.account, &reading.key.order_no);
    let code = format!("went_back:{}", reading.facts.status_code);
    tracing::warn!(%account, %order_no, %code, "proved money is called unfinished: no proof");
    reading.facts = Facts::unproved(order_no, &code);
    reading.assurance = Assurance::None;
    Answer::Worthless(reading, code)
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A trustworthy word, also "no such order".
    Proved(Box<Reading>),
    /// An answer that proves nothing, and why.
    Worthless(Box<Reading>, String),
    /// No answer, and why.
    Outage(String),
}

impl Answer {
    /// The same under the day of its money, by what was said of the order before.
    pub(super) fn dated(self, past: &Past, day: BusinessDay) -> Self {
        match self {
            Self::Proved(mut reading) => {
                let date = reading.business_date;
                reading.business_date = dating::date_of_answer(&reading, past, date, day);
                Self::Proved(reading)
            }
            Self::Worthless(..) | Self::Outage(_) => self,
        }
    }
}

/// Where and when an answer came.
struct Came {
    interface: &'static str,
    evidence: i64,
    at: Timestamp,
}

impl Wire<'_> {
    /// Asks about one order.
    pub(super) async fn answer(
        &self,
        question: &Question,
        business_day: BusinessDay,
    ) -> Result<Answer, PullError> {
        self.answer_to(&Ask::Status(question.clone()), question, business_day).await
    }

    /// Puts a question about one order in the way that `ask` says.
    pub(super) async fn answer_to(
        &self,
        ask: &Ask,
        question: &Question,
        business_day: BusinessDay,
    ) -> Result<Answer, PullError> {
        let provider = &self.account.provider;
        let arrived = match self.ask(ask).await {
            Ok(arrived) => arrived,
            Err(nothing) if nothing.is_outage() => return Ok(Answer::Outage(nothing.code())),
            Err(nothing) => {
                let facts = Facts::unproved(&question.order_no, &nothing.code());
                let reading = self.reading(business_day, question, facts, None, Assurance::None);
                return Ok(Answer::Worthless(reading, nothing.code()));
            }
        };
        let came = Came {
            interface: arrived.request.interface,
            evidence: arrived.archived(&self.archive)?,
            at: arrived.at,
        };
        let verified = provider.verify(ask, &arrived.answer);
        let assurance = verified.as_ref().map_or(Assurance::None, crate::provider::assurance);
        let facts = verified
            .and_then(|verified| gate::status(provider.as_ref(), question, &verified, came.at));
        self.caller.judged(&facts);
        Ok(match facts {
            Ok(facts) => {
                self.amounts.note(&facts);
                let reading = self.reading(business_day, question, facts, Some(&came), assurance);
                if !account::is_unsigned_not_found(&reading) {
                    self.proves_the_account();
                }
                Answer::Proved(reading)
            }
            Err(unproved) => {
                let facts = Facts::unproved(&question.order_no, &unproved.code());
                let none = Assurance::None;
                let reading = self.reading(business_day, question, facts, Some(&came), none);
                Answer::Worthless(reading, unproved.code())
            }
        })
    }

    fn reading(
        &self,
        business_day: BusinessDay,
        question: &Question,
        facts: Facts,
        came: Option<&Came>,
        assurance: Assurance,
    ) -> Box<Reading> {
        let paid_on = facts.paid_at.map(|paid_at| business_day.date_of(paid_at));
        Box::new(Reading {
            key: OrderKey {
                stream: Stream {
                    account: self.account.name.clone(),
                    kind: question.kind,
                    product: question.product.clone(),
                },
                order_no: question.order_no.clone(),
            },
            business_date: paid_on.unwrap_or(question.business_date),
            source: Source::Query,
            occurrence: 1,
            facts,
            interface: came.map_or_else(String::new, |came| came.interface.to_owned()),
            assurance,
            evidence: came.map_or(0, |came| came.evidence),
            observed_at: came.map_or_else(|| self.clock.now(), |came| came.at),
            original_order_no: String::new(),
        })
    }
}
