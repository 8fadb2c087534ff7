//! Whether an account has proved itself: was answered properly in this run.
//!
//! A platform's "no such order" is signed by nobody, and the same words may be about the account: with a
//! wrong merchant's number every order "does not exist". So it counts only of an account of which
//! something else was answered and verified in the same run (`docs/contract.md` §4): a page of a listing, an
//! order that was found, the balance; where nothing else did it, an order that the platform knew
//! before is asked about once.

use std::sync::atomic::Ordering;

use crate::business_day::BusinessDay;
use crate::ledger::Ledger;
use crate::order::{OrderKey, Stream};
use crate::provider::{Ask, Lane, PageQuestion, Unproved, gate};
use crate::pull::answer::Answer;
use crate::pull::questions::question;
use crate::pull::{PullError, Wire};
use crate::reading::{Assurance, Facts, Reading};
use crate::status::ProviderStatus;

/// What an account has proved itself by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountProof {
    /// Something of this run that was verified already.
    Answered,
    /// Its balance.
    Balance,
    /// A page of a listing.
    Listing,
    /// An order that the platform knew before, and knows now.
    KnownOrder,
}

impl AccountProof {
    /// In words, for a terminal.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Answered => "another answer",
            Self::Balance => "its balance",
            Self::Listing => "its listing",
            Self::KnownOrder => "an order that was known before",
        }
    }
}

/// Whether an answer says that there is no such order, and nobody has signed it.
pub(super) fn is_unsigned_not_found(answer: &Reading) -> bool {
    answer.facts.status == ProviderStatus::NotFound && answer.assurance == Assurance::Refusal
}

/// What is left of a "no such order" of an account that has not proved itself.
pub(super) fn doubted(answer: Reading) -> (Reading, String) {
    let why = Unproved::AccountUnproved { code: answer.facts.status_code.clone() }.code();
    let facts = Facts::unproved(&answer.facts.order_no, &why);
    (Reading { facts, assurance: Assurance::None, ..answer }, why)
}

impl Wire<'_> {
    /// Something of the account was answered and verified.
    pub(super) fn proves_the_account(&self) {
        self.account_proved.store(true, Ordering::Relaxed);
    }

    /// Whether the account has proved itself in this run.
    pub(super) fn account_is_proved(&self) -> bool {
        self.account_proved.load(Ordering::Relaxed)
    }

    /// Has the account prove itself, where it has not yet. Also gives the answer about an order that was
    /// known before, where one was asked about.
    ///
    /// # Errors
    ///
    /// [`PullError`] when the ledger or the archive fails; never because of a provider.
    pub(super) async fn account_proof(
        &self,
        business_day: BusinessDay,
        ledger: Option<&dyn Ledger>,
    ) -> Result<(Option<AccountProof>, Option<Reading>), PullError> {
        if self.account_is_proved() {
            return Ok((Some(AccountProof::Answered), None));
        }
        if self.account.provider.states_balance() && self.balance_is_verified().await? {
            self.proves_the_account();
            return Ok((Some(AccountProof::Balance), None));
        }
        let lanes = self.account.provider.lanes();
        let listed = lanes.iter().find(|lane| lane.listing.is_some());
        if let Some(lane) = listed
            && self.page_is_verified(lane, business_day).await?
        {
            self.proves_the_account();
            return Ok((Some(AccountProof::Listing), None));
        }
        let Some(ledger) = ledger else { return Ok((None, None)) };
        let answer = self.known_order(&lanes, business_day, ledger).await?;
        let proof = self.account_is_proved().then_some(AccountProof::KnownOrder);
        Ok((proof, answer))
    }

    async fn balance_is_verified(&self) -> Result<bool, PullError> {
        let Ok(arrived) = self.ask(&Ask::Balance).await else { return Ok(false) };
        arrived.archived(&self.archive)?;
        let provider = &self.account.provider;
        let read = provider
            .verify(&Ask::Balance, &arrived.answer)
            .and_then(|verified| gate::balance(provider.as_ref(), &verified, arrived.at));
        self.caller.judged(&read);
        Ok(read.is_ok())
    }

    /// The first page of yesterday.
    async fn page_is_verified(
        &self,
        lane: &Lane,
        business_day: BusinessDay,
    ) -> Result<bool, PullError> {
        /// Of the rows of the page nothing is taken.
        const ROWS: u32 = 10;
        let yesterday = business_day.date_of(self.clock.now()).plus_days(-1).date();
        let question = PageQuestion {
            kind: lane.kind,
            product: lane.product.clone(),
            from: yesterday,
            to: yesterday,
            page: 1,
            rows_per_page: ROWS,
        };
        let ask = Ask::Page(question.clone());
        let Ok(arrived) = self.ask(&ask).await else { return Ok(false) };
        arrived.archived(&self.archive)?;
        let provider = &self.account.provider;
        let read = provider
            .verify(&ask, &arrived.answer)
            .and_then(|verified| gate::page(provider.as_ref(), &question, &verified));
        self.caller.judged(&read);
        Ok(read.is_ok())
    }

    /// Asks about one order that the platform has called final before: that ends no callback that has
    /// not ended.
    async fn known_order(
        &self,
        lanes: &[Lane],
        business_day: BusinessDay,
        ledger: &dyn Ledger,
    ) -> Result<Option<Reading>, PullError> {
        for lane in lanes {
            let (kind, product) = (lane.kind, lane.product.clone());
            let stream = Stream { account: self.account.name.clone(), kind, product };
            let Some(order_no) = ledger.known_order(&stream).await? else { continue };
            let pairs = ledger.pairs(&[OrderKey { stream, order_no }]).await?;
            let Some(pair) = pairs.first() else { continue };
            let today = business_day.date_of(self.clock.now());
            return Ok(match self.answer(&question(pair, today), business_day).await? {
                Answer::Proved(answer) if !is_unsigned_not_found(&answer) => Some(*answer),
                Answer::Proved(_) | Answer::Worthless(..) | Answer::Outage(_) => None,
            });
        }
        Ok(None)
    }

    /// An answer to a single question as it may be believed: a "no such order" that nobody signed only
    /// if the account proves itself.
    pub(super) async fn believed(
        &self,
        answer: Answer,
        business_day: BusinessDay,
        ledger: &dyn Ledger,
    ) -> Result<Answer, PullError> {
        let Answer::Proved(reading) = answer else { return Ok(answer) };
        if !is_unsigned_not_found(&reading)
            || self.account_proof(business_day, Some(ledger)).await?.0.is_some()
        {
            return Ok(Answer::Proved(reading));
        }
        let (reading, why) = doubted(*reading);
        Ok(Answer::Worthless(Box::new(reading), why))
    }
}
