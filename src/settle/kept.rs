//! What the ledger keeps of a settled account: what the report of its date shows, then and whenever it
//! is made again. Names and forms of the JSON never change once released.

use serde::{Deserialize, Serialize};

use super::{Balanced, BankItem, BankJudged, SettleError, SettledAccount, StatedTerm};
use crate::business_day::BusinessDate;
use crate::rules::settlement::SettlementRow;

/// What is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    rows: Vec<SettlementRow>,
    balanced: Balanced,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    terms: Vec<StatedTerm>,
    /// Those that are a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bank: Vec<BankItem>,
}

impl SettledAccount {
    /// What the report of the date shows, for the ledger.
    ///
    /// # Errors
    ///
    /// [`SettleError::Kept`]; there is nothing in it that cannot be written.
    pub fn text(&self) -> Result<String, SettleError> {
        let rows = self.shown().cloned().collect();
        let is_gap = |item: &&BankItem| matches!(item.judged, BankJudged::Gap(_));
        let kept = Kept {
            rows,
            balanced: self.balanced.clone(),
            terms: self.terms.clone(),
            bank: self.bank.iter().filter(is_gap).cloned().collect(),
        };
        serde_json::to_string(&kept).map_err(failed(&self.account))
    }

    /// What an account was settled with; `None` where it was not settled for the date.
    ///
    /// # Errors
    ///
    /// [`SettleError::Kept`] when the ledger has something else.
    pub fn of_text(
        (account, provider_id): (&str, &str),
        date: BusinessDate,
        text: Option<&String>,
    ) -> Result<Self, SettleError> {
        let none = Kept {
            rows: Vec::new(),
            balanced: Balanced::NotSettled,
            terms: Vec::new(),
            bank: Vec::new(),
        };
        let kept = text.map_or(Ok(none), |text| serde_json::from_str(text));
        let Kept { rows, balanced, terms, bank } = kept.map_err(failed(account))?;
        Ok(Self {
            account: account.to_owned(),
            provider_id: provider_id.to_owned(),
            date,
            rows,
            balanced,
            before: Balanced::NotSettled,
            older: Vec::new(),
            sums: Vec::new(),
            terms,
            bank,
        })
    }
}

fn failed(account: &str) -> impl FnOnce(serde_json::Error) -> SettleError {
    let account = account.to_owned();
    |source| SettleError::Kept { account, source }
}
