//! That the settlements and the balance bridges of a folder add up.

use std::collections::BTreeMap;

use crate::config::Language;
use crate::money::yuan;
use crate::report::balances::{Section, SignLine, StatementLine};
use crate::report::verify::Row;
use crate::rules::bridge::BridgeLineKind;
use crate::rules::settlement::SettlementState;
use crate::wording::{self, Word};

/// What was read so far.
pub(super) struct Settled {
    language: Language,
    /// Parts that wait for their total: account and date, and the sums of the added columns.
    parts: Option<((String, String), [i64; ADDED.len()])>,
    bridges: BTreeMap<String, Bridge>,
}

/// The columns of a total that are the sums of its parts.
const ADDED: [&str; 7] =
    ["gross", "refunds", "fees", "payouts", "payout_fees", "net", "in_transit"];

/// The figures of one account's bridge and statement.
#[derive(Default)]
struct Bridge {
    lines: BTreeMap<BridgeLineKind, i64>,
    statement: BTreeMap<StatementLine, i64>,
}

/// Whether a row of the balances is the one that counts in the file's sum.
pub(super) fn is_rest(row: &Row<'_>) -> bool {
    BridgeLineKind::from_word(row.text("line")) == Some(BridgeLineKind::BalanceGap)
}

impl Settled {
    pub(super) const fn new(language: Language) -> Self {
        Self { language, parts: None, bridges: BTreeMap::new() }
    }

    /// Whether a row of the settlements is paid together with others: it says so in its note, and a
    /// total follows.
    pub(super) fn is_part(&self, row: &Row<'_>) -> bool {
        let paid_together = ["合并结算", "paid together"];
        !self.is_total(row) && paid_together.iter().any(|words| row.text("note").contains(words))
    }

    fn is_total(&self, row: &Row<'_>) -> bool {
        row.text("product") == wording::total(self.language)
    }

    /// Takes in a row of the settlements, which has to add up in itself and over its parts.
    pub(super) fn settlement(&mut self, row: &Row<'_>) -> Result<(), String> {
        let net = row.fen("net")?;
        let mut left = row.fen("gross")?;
        for less in ["refunds", "fees", "payouts", "payout_fees"] {
            left = left.checked_sub(row.fen(less)?).ok_or("a sum that does not fit")?;
        }
        if net != left {
            return Err(format!("net is {}, its parts give {}", yuan(net), yuan(left)));
        }
        let state = row.text("state");
        let state = SettlementState::from_word(state).ok_or("state is not a known word")?;
        let settled = row.yuan("settled")?;
        let due = match (settled, state) {
            (Some(settled), _) => settled.checked_sub(net),
            (None, SettlementState::Mismatch) if !self.is_part(row) => net.checked_neg(),
            (None, _) => None,
        };
        let difference = row.yuan("difference")?;
        if difference != due {
            let shown = |minor: Option<i64>| minor.map_or("nothing".to_owned(), yuan);
            return Err(format!(
                "difference is {}, it should be {}",
                shown(difference),
                shown(due)
            ));
        }
        self.total_of_parts(row)
    }

    fn total_of_parts(&mut self, row: &Row<'_>) -> Result<(), String> {
        let key = (row.text("account").to_owned(), row.text("settlement_date").to_owned());
        let mut figures = [0_i64; ADDED.len()];
        for (figure, column) in figures.iter_mut().zip(ADDED) {
            *figure = row.fen(column)?;
        }
        let before = self.parts.take();
        if self.is_part(row) {
            let mut sums = match before {
                Some((known, sums)) if known == key => sums,
                Some(_) => return Err("parts of another settlement have no total".to_owned()),
                None => [0; ADDED.len()],
            };
            for (sum, figure) in sums.iter_mut().zip(figures) {
                *sum = sum.checked_add(figure).ok_or("a sum that does not fit")?;
            }
            self.parts = Some((key, sums));
            return Ok(());
        }
        match (before, self.is_total(row)) {
            (None, false) => Ok(()),
            (Some((known, sums)), true) if known == key && sums == figures => Ok(()),
            _ => Err("the total is not that of its parts".to_owned()),
        }
    }

    /// Takes in a row of the balances.
    pub(super) fn balance(&mut self, row: &Row<'_>) -> Result<(), String> {
        let section = Section::from_word(row.text("section")).ok_or("section is not known")?;
        let bridge = self.bridges.entry(row.text("account").to_owned()).or_default();
        let word = row.text("line");
        match section {
            Section::Parts | Section::Terms => Ok(()),
            Section::Signatures => {
                SignLine::from_word(word).map(|_| ()).ok_or("line is not known".to_owned())
            }
            Section::Bridge => {
                // A row that says why there is no bridge has no figure.
                let Some(kind) = BridgeLineKind::from_word(word) else { return Ok(()) };
                let sum = bridge.lines.entry(kind).or_default();
                *sum = sum.checked_add(row.fen("amount")?).ok_or("a sum that does not fit")?;
                Ok(())
            }
            Section::Statement => {
                let line = StatementLine::from_word(word).ok_or("line is not known")?;
                let twice = bridge.statement.insert(line, row.fen("amount")?).is_some();
                if twice { Err("the same line twice".to_owned()) } else { Ok(()) }
            }
        }
    }

    /// What of an account's balance nothing explains.
    pub(super) fn rest_of(&self, account: &str) -> Option<i64> {
        self.bridges.get(account)?.lines.get(&BridgeLineKind::BalanceGap).copied()
    }

    /// Ties every bridge and statement.
    pub(super) fn finish(&self, problems: &mut Vec<String>) {
        if self.parts.is_some() {
            problems.push("settlement: the last parts have no total".to_owned());
        }
        for (account, bridge) in &self.bridges {
            if bridge.lines.contains_key(&BridgeLineKind::BalanceGap) && bridge.tied().is_none() {
                problems.push(format!("balances: the lines of {account} do not add up"));
            }
        }
    }
}

impl Bridge {
    /// `None` where something does not follow.
    fn tied(&self) -> Option<()> {
        use StatementLine as Of;
        let line = |kind: BridgeLineKind| self.lines.get(&kind).copied();
        let mut sum = line(BridgeLineKind::Opening)?;
        for (_, minor) in self.lines.iter().filter(|(kind, _)| kind.is_change()) {
            sum = sum.checked_add(*minor)?;
        }
        let (expected, closing) = (line(BridgeLineKind::Expected)?, line(BridgeLineKind::Closing)?);
        let rest = line(BridgeLineKind::BalanceGap)?;
        let of = |line: Of| self.statement.get(&line).copied();
        let (received, paid) = (of(Of::ReceivedNotBooked)?, of(Of::PaidNotBooked)?);
        let (not_received, not_paid) = (of(Of::BookedNotReceived)?, of(Of::BookedNotPaid)?);
        let book = of(Of::BookBalance)?.checked_add(received)?.checked_sub(paid)?;
        let provider = of(Of::ProviderBalance)?.checked_add(not_received)?.checked_sub(not_paid)?;
        let follows = sum == expected
            && closing.checked_sub(expected)? == rest
            && of(Of::ProviderBalance)? == closing
            && of(Of::AdjustedBook)? == book
            && of(Of::AdjustedProvider)? == provider
            && of(Of::Difference)? == provider.checked_sub(book)?
            && of(Of::Difference)? == rest;
        follows.then_some(())
    }
}
