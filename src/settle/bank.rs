//! The bank as the third side: whether what platforms say they paid out arrived, and whether what the bank
//! received from them was stated by one.
//!
//! An incomplete statement of either side accuses nobody: a payout is missed only where the bank's statement
//! is proved whole for every day on which it could arrive, and a line is unknown only where every platform
//! that may have paid it is proved whole for every day on which it could have been paid.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{LOOK_BACK_DAYS, SettleError, Settling};
use crate::business_day::BusinessDate;
use crate::config::BankLink;
use crate::discrepancy::{Discrepancy, DiscrepancyType};
use crate::money::{Currency, units};
use crate::movement::{Movement, MovementKind};
use crate::order::Origin;
use crate::rules::bank::{
    BankLine, BankReceipt, BankState, Match, Pairing, Payout, Proof, Terms, Unpaid, pair, sum,
};
use crate::rules::settlement::SettlementRow;

/// Days before the first that is looked at from which payouts and lines are read, so that a line of the
/// first days finds a payout of before.
const READ_BACK_DAYS: i64 = 30;

/// A bank account, as one of the accounts that are settled knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankTerms {
    /// Its name.
    pub account: String,
    /// Every account whose payouts arrive there.
    pub links: BTreeMap<String, BankLink>,
    /// Those of them that are known by bills alone, which list their payouts.
    pub listed: BTreeSet<String>,
}

/// A payout, or a line of the bank, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankItem {
    /// The number under which a gap of it is kept.
    pub order_no: String,
    /// Its date.
    pub date: BusinessDate,
    /// What it comes to.
    pub judged: BankJudged,
}

/// What a payout or a line comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum BankJudged {
    /// Nothing can be said yet.
    Open,
    /// It is on both sides, or is another account's.
    Well,
    /// It is on one side only, or is another amount there.
    Gap(BankGap),
}

/// Money that is not the same at the platform and at the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankGap {
    /// What the platform says, in the smallest unit; `None` where it says nothing.
    pub stated_minor: Option<i64>,
    /// What the bank received; `None` where it received nothing.
    pub received_minor: Option<i64>,
    /// Of what.
    pub currency: Currency,
    /// The number of either side; empty where there is none.
    pub reference: String,
    /// What else is to be said.
    pub about: GapAbout,
}

/// What is said of a gap besides its figures; kept as the text that [`fmt::Display`] gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapAbout {
    /// The bank account.
    pub bank: String,
    /// The accounts whose money it is or may be.
    pub accounts: Vec<String>,
    /// Until when the bank's statement was looked through, of a payout that is missed; the first day of
    /// whose payouts were looked through, of a line that no platform states.
    pub looked: BusinessDate,
}

impl fmt::Display for GapAbout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.bank, self.looked, self.accounts.join(","))
    }
}

impl GapAbout {
    /// Reads what [`fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let [bank, looked, accounts] =
            <[&str; 3]>::try_from(text.split(' ').collect::<Vec<_>>()).ok()?;
        Some(Self {
            bank: bank.to_owned(),
            looked: BusinessDate::parse(looked)?,
            accounts: accounts.split(',').map(str::to_owned).collect(),
        })
    }
}

/// Whether a discrepancy is about a payout or a line of the bank, and not about a settlement.
pub fn is_at_the_bank(row: &Discrepancy) -> bool {
    row.kind == DiscrepancyType::SettlementMismatch
        && GapAbout::parse(&row.evidence.status_code).is_some()
}

/// What both sides say of payouts to one bank account.
struct Sides {
    payouts: Vec<Payout>,
    lines: Vec<BankLine>,
}

impl Settling<'_> {
    /// What the bank has of an account's settlements, and what payouts and lines come to.
    pub(super) async fn at_the_bank(
        &self,
        rows: &mut [SettlementRow],
    ) -> Result<Vec<BankItem>, SettleError> {
        let Some(bank) = &self.terms.bank else { return Ok(Vec::new()) };
        let sides = self.sides(bank).await?;
        let terms = Terms { links: &bank.links, calendar: self.request.calendar };
        let pairing = pair(&sides.payouts, &sides.lines, &terms);
        let stated = self.stated_days(&pairing).await?;
        let judge = Judge { settling: self, bank, terms, sides: &sides, stated };
        for row in rows {
            row.bank = judge.receipt(row, &pairing);
        }
        let first = self.request.night.date.plus_days(LOOK_BACK_DAYS.saturating_neg());
        let mut items = judge.items(&pairing);
        items.retain(|(owner, item)| *owner == self.terms.name && item.date >= first);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    async fn sides(&self, bank: &BankTerms) -> Result<Sides, SettleError> {
        let mut payouts = Vec::new();
        for account in bank.links.keys() {
            let moved = self.moved(account).await?.into_iter();
            let settled = moved.filter(|it| it.kind == MovementKind::Settlement);
            let mut seen = BTreeMap::new();
            payouts.extend(settled.map(|movement| self.payout(movement, &mut seen)));
        }
        let lines = self.moved(&bank.account).await?.into_iter();
        let lines = lines.filter(|it| it.kind == MovementKind::Bank).map(|it| self.line(it));
        Ok(Sides { payouts, lines: lines.collect() })
    }

    /// The days of which a file of movements is there whole: what it does not have, nobody stated. Read only
    /// where something hangs on it.
    async fn stated_days(
        &self,
        pairing: &Pairing<'_>,
    ) -> Result<BTreeSet<BusinessDate>, SettleError> {
        let mut stated = BTreeSet::new();
        let Some(first) = pairing.unstated.iter().map(|line| line.booked_on).min() else {
            return Ok(stated);
        };
        let mut day = first.plus_days(READ_BACK_DAYS.saturating_neg());
        while day <= self.request.night.date {
            let files = self.ledger.intake_files(day).await?.into_iter();
            let mut movements = files.filter(|file| file.origin == Origin::Movements).peekable();
            if movements.peek().is_some() && movements.all(|file| file.rejected == 0) {
                stated.insert(day);
            }
            day = day.plus_days(1);
        }
        Ok(stated)
    }

    async fn moved(&self, account: &str) -> Result<Vec<Movement>, SettleError> {
        let (day, date) = (self.request.business_day, self.request.night.date);
        let first = date.plus_days(LOOK_BACK_DAYS.saturating_add(READ_BACK_DAYS).saturating_neg());
        Ok(self.ledger.movements(account, day.start_of(first), day.end_of(date)).await?)
    }

    /// A payout, under its settlement number, else under date and amount. `seen` has the account's before it.
    fn payout(&self, movement: Movement, seen: &mut BTreeMap<String, u32>) -> Payout {
        let Movement { account, occurred_at, money, product, settlement_date, .. } = movement;
        let paid_on = self.request.business_day.date_of(occurred_at);
        // Some write more behind the number: `TX1234567890XT batch 7, shop`.
        let reference = movement.reference.split_whitespace().next().unwrap_or_default().to_owned();
        let number = if reference.is_empty() {
            numbered(format!("BANK-{paid_on}-{}", units(money.minor, money.currency)), seen)
        } else {
            format!("BANK-{reference}")
        };
        Payout { account, number, paid_on, settled_on: settlement_date, product, reference, money }
    }

    fn line(&self, movement: Movement) -> BankLine {
        let Movement { occurred_at, money, name, note, reference, .. } = movement;
        BankLine {
            booked_on: self.request.business_day.date_of(occurred_at),
            text: format!("{name} {note} {reference}"),
            party: name,
            reference,
            money,
        }
    }
}

/// Judges what was paired, and what was not.
struct Judge<'a> {
    settling: &'a Settling<'a>,
    bank: &'a BankTerms,
    terms: Terms<'a>,
    sides: &'a Sides,
    /// Days of which a file of movements is there whole.
    stated: BTreeSet<BusinessDate>,
}

impl Judge<'_> {
    /// Whether an account is proved whole for every day of a span, all of which are over.
    fn is_whole(&self, account: &str, from: BusinessDate, to: BusinessDate) -> bool {
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        let mut days = std::iter::successors(Some(from), next).take_while(|day| *day <= to);
        to <= self.settling.request.night.date
            && days.all(|day| self.settling.days.is_proved(day, account))
    }

    /// Whether the bank's statement is whole for every day on which a payout could arrive.
    fn is_looked_through(&self, payout: &Payout) -> bool {
        let last = self.terms.arrives_by(&payout.account, payout.paid_on);
        self.is_whole(&self.bank.account, payout.paid_on, last)
    }

    /// Every payout and line with the account that a gap of it would belong to.
    fn items(&self, pairing: &Pairing<'_>) -> Vec<(String, BankItem)> {
        let mut items = Vec::new();
        for found in &pairing.matches {
            let judged =
                if found.proof == Proof::Reference { self.batch(found) } else { BankJudged::Well };
            for payout in &found.payouts {
                items.extend(self.of_payout(payout, judged.clone(), false));
            }
        }
        for Unpaid { payout, rivals } in &pairing.unpaid {
            let judged = self.unpaid(payout, rivals);
            items.extend(self.of_payout(payout, judged, !rivals.is_empty()));
        }
        let unstated = |line: &BankLine| pairing.unstated.iter().any(|it| std::ptr::eq(*it, line));
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for line in self.sides.lines.iter().filter(|line| line.money.minor > 0) {
            if self.terms.accounts_of(line).next().is_none() {
                continue;
            }
            let money = units(line.money.minor, line.money.currency);
            let order_no = numbered(format!("BANK-IN-{}-{money}", line.booked_on), &mut seen);
            let judged = if unstated(line) { self.unstated(line) } else { BankJudged::Well };
            let item = BankItem { order_no, date: line.booked_on, judged };
            items.push((self.bank.account.clone(), item));
        }
        // A settlement number that several rows have is one item.
        items.sort_by(|(a, x), (b, y)| (a, &x.order_no).cmp(&(b, &y.order_no)));
        items.dedup_by(|(a, x), (b, y)| (a, &x.order_no) == (b, &y.order_no));
        items
    }

    /// A payout under its own account and under the bank's, of which one has the gap.
    fn of_payout(
        &self,
        payout: &Payout,
        judged: BankJudged,
        is_of_several: bool,
    ) -> [(String, BankItem); 2] {
        let (own, shared) =
            if is_of_several { (BankJudged::Well, judged) } else { (judged, BankJudged::Well) };
        let (order_no, date) = (payout.number.clone(), payout.paid_on);
        let number = format!("{order_no}-{}", payout.account);
        [
            (payout.account.clone(), BankItem { order_no, date, judged: own }),
            (self.bank.account.clone(), BankItem { order_no: number, date, judged: shared }),
        ]
    }

    /// Payouts and lines of one settlement number: their sums.
    fn batch(&self, found: &Match<'_>) -> BankJudged {
        let stated = sum(found.payouts.iter().map(|payout| payout.money.minor));
        let received = sum(found.lines.iter().map(|line| line.money.minor));
        let (Some(stated), Some(received), Some(first)) = (stated, received, found.payouts.first())
        else {
            return BankJudged::Open;
        };
        if stated == received {
            return BankJudged::Well;
        }
        // What is less may still be completed by what the other side has not said yet.
        let is_final = if received < stated {
            found.payouts.iter().all(|payout| self.is_looked_through(payout))
        } else {
            found.payouts.iter().all(|it| self.is_whole(&it.account, it.paid_on, it.paid_on))
        };
        if !is_final {
            return BankJudged::Open;
        }
        let dates = found.payouts.iter().map(|it| self.terms.arrives_by(&it.account, it.paid_on));
        BankJudged::Gap(BankGap {
            stated_minor: Some(stated),
            received_minor: Some(received),
            currency: first.money.currency,
            reference: first.reference.clone(),
            about: GapAbout {
                bank: self.bank.account.clone(),
                accounts: vec![first.account.clone()],
                looked: dates.max().unwrap_or(first.paid_on),
            },
        })
    }

    fn unpaid(&self, payout: &Payout, rivals: &[&str]) -> BankJudged {
        if !self.is_looked_through(payout) {
            return BankJudged::Open;
        }
        let mut accounts = vec![payout.account.clone()];
        accounts.extend(rivals.iter().map(|&account| account.to_owned()));
        BankJudged::Gap(BankGap {
            stated_minor: Some(payout.money.minor),
            received_minor: None,
            currency: payout.money.currency,
            reference: payout.reference.clone(),
            about: GapAbout {
                bank: self.bank.account.clone(),
                accounts,
                looked: self.terms.arrives_by(&payout.account, payout.paid_on),
            },
        })
    }

    fn unstated(&self, line: &BankLine) -> BankJudged {
        let accounts: Vec<String> = self.terms.accounts_of(line).map(str::to_owned).collect();
        let first = |account: &str| self.first_day(account, line.booked_on);
        let is_whole = accounts.iter().all(|account| {
            let first = first(account);
            self.is_watched(account, first)
                && self.is_whole(account, first, line.booked_on)
                && self.lists_payouts(account, first, line.booked_on)
        });
        let Some(looked) = accounts.iter().map(|account| first(account)).min() else {
            return BankJudged::Open;
        };
        if !is_whole {
            return BankJudged::Open;
        }
        BankJudged::Gap(BankGap {
            stated_minor: None,
            received_minor: Some(line.money.minor),
            currency: line.money.currency,
            reference: line.reference.clone(),
            about: GapAbout { bank: self.bank.account.clone(), accounts, looked },
        })
    }

    /// The first day of whose payouts one could arrive on a date.
    fn first_day(&self, account: &str, arrived_on: BusinessDate) -> BusinessDate {
        let before = |day: &BusinessDate| Some(day.plus_days(-1));
        std::iter::successors(Some(arrived_on), before)
            .take_while(|day| self.terms.arrives_by(account, *day) >= arrived_on)
            .last()
            .unwrap_or(arrived_on)
    }

    /// Whether a payout of any day of a span would be known: a proof of the orders alone says nothing of it.
    fn lists_payouts(&self, account: &str, from: BusinessDate, to: BusinessDate) -> bool {
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        let mut days = std::iter::successors(Some(from), next).take_while(|day| *day <= to);
        self.bank.listed.contains(account) || days.all(|day| self.stated.contains(&day))
    }

    /// Whether the account's payouts are known at all on a day: one of that day or before is.
    fn is_watched(&self, account: &str, day: BusinessDate) -> bool {
        self.sides.payouts.iter().any(|it| it.account == account && it.paid_on <= day)
    }

    /// What the bank has of a settlement; `None` where the platform says of no payout that it is for it.
    fn receipt(&self, row: &SettlementRow, pairing: &Pairing<'_>) -> Option<BankReceipt> {
        let (Ok(date), false) = (row.date, row.is_part) else { return None };
        let is_its = |payout: &Payout| {
            payout.account == self.settling.terms.name
                && payout.settled_on == Some(date)
                && row.product.as_ref().is_none_or(|product| *product == payout.product)
        };
        let of_row = |found: &&Match<'_>| found.payouts.iter().any(|it| is_its(it));
        let matches: Vec<_> = pairing.matches.iter().filter(of_row).collect();
        let unpaid: Vec<_> = pairing.unpaid.iter().filter(|it| is_its(it.payout)).collect();
        if matches.is_empty() && unpaid.is_empty() {
            return None;
        }
        let lines = || matches.iter().flat_map(|found| &found.lines);
        let is_alone = matches.iter().all(|found| found.payouts.iter().all(|it| is_its(it)));
        let received = || sum(lines().map(|line| line.money.minor));
        let has_lines = lines().next().is_some();
        let references = lines().map(|line| line.reference.clone()).filter(|it| !it.is_empty());
        Some(BankReceipt {
            account: self.bank.account.clone(),
            state: self.state(&matches, &unpaid),
            dates: lines().map(|line| line.booked_on).collect(),
            received_minor: if is_alone && has_lines { received() } else { None },
            references: references.collect(),
        })
    }

    fn state(&self, matches: &[&Match<'_>], unpaid: &[&Unpaid<'_>]) -> BankState {
        let judged = unpaid.iter().map(|it| self.unpaid(it.payout, &it.rivals));
        let batches = matches.iter().filter(|found| found.proof == Proof::Reference);
        let judged: Vec<_> = judged.chain(batches.map(|found| self.batch(found))).collect();
        if judged.iter().any(|it| matches!(it, BankJudged::Gap(_))) {
            return BankState::Mismatch;
        }
        if judged.contains(&BankJudged::Open) {
            let date = self.settling.request.night.date;
            let is_early = |it: &&&Unpaid<'_>| {
                self.terms.arrives_by(&it.payout.account, it.payout.paid_on) > date
            };
            let is_expected = unpaid.iter().any(|it| is_early(&it));
            return if is_expected { BankState::Expected } else { BankState::Unproved };
        }
        let all = |proof: Proof| matches.iter().all(|found| found.proof == proof);
        if all(Proof::Returned) {
            BankState::Returned
        } else if matches.iter().any(|found| found.proof == Proof::AmountOfSeveral) {
            BankState::ReceivedOfSeveral
        } else {
            BankState::Received
        }
    }
}

/// A number of its own for each of several that would have the same.
fn numbered(number: String, seen: &mut BTreeMap<String, u32>) -> String {
    let count = seen.entry(number.clone()).or_default();
    *count = count.saturating_add(1);
    if *count == 1 { number } else { format!("{number}-{count}") }
}
