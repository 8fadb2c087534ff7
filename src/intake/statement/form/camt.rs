//! A bank's statement as XML of ISO 20022 (camt.053), one document with one or several statements.
//!
//! ISO 20022 `BankToCustomerStatement`, camt.053.001.02 to .08. The amount of an entry counts, whatever its details
//! add up to; its direction is that of the money, also where it is a reversal. The opening booked balance with the
//! booked entries is the closing one, which proves that no entry is missing.
//!
//! XML has no lines: an entry counts as one, and each balance.

use std::collections::BTreeMap;

use super::xml::{self, Node};
use super::{
    BANK_COLUMNS, Document, Documents, Formed, Lines, Link, gap, note, reference, row, shown, total,
};
use crate::config::AmountUnit;
use crate::intake::cell;
use crate::intake::content::Content;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::table::{Made, Table};
use crate::intake::totals::{StatedTotal, Tie};
use crate::lines::LineKind;
use crate::money::Currency;

/// Reads all statements of a document.
///
/// # Errors
///
/// [`StatementError`] when it cannot be read, is another document, or the entries of a statement do not lead
/// from its opening balance to its closing one.
pub(super) fn read(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Formed, StatementError> {
    let documents = Documents::of(request, content)?;
    let mut reader = Reader::new(&documents);
    let mut last = 0;
    for Document { before, text, .. } in &documents.parts {
        let root = xml::read(text, *before)
            .map_err(|wrong| documents.broken(wrong.line, &wrong.problem))?;
        reader.read(&root)?;
        last = root.line;
    }
    reader.end(last)
}

/// The statements of a document.
fn statements_of(root: &Node) -> Result<&Node, &'static str> {
    root.at(&["BkToCstmrStmt"]).ok_or_else(|| {
        if root.at(&["BkToCstmrAcctRpt"]).is_some() {
            "it is a report of the day so far (camt.052), not the statement of the day (camt.053)"
        } else if root.at(&["BkToCstmrDbtCdtNtfctn"]).is_some() {
            "it is a notice of single entries (camt.054), not the statement of the day (camt.053)"
        } else {
            "it is no statement of a bank (camt.053)"
        }
    })
}

/// Characters of a day: `2026-11-20`.
const DAY_CHARS: usize = 10;

/// A statement, of which the document may have several pages.
#[derive(Default)]
struct Statement {
    line: i64,
    currency: Option<Currency>,
    opening: Option<i128>,
    closing: Option<(i128, i64)>,
    /// The day of its closing balance.
    date: String,
    /// Its booked entries.
    sum: i128,
    booked: u64,
    entries: u64,
    unread: u64,
    /// How many entries it says that it has.
    stated: Option<u64>,
}

struct Reader<'a> {
    documents: &'a Documents<'a>,
    lines: Lines,
    count: u64,
    /// By account and the statement's own number, in their order.
    statements: BTreeMap<(String, String), Statement>,
}

impl<'a> Reader<'a> {
    fn new(documents: &'a Documents<'a>) -> Self {
        Self { documents, lines: Lines::default(), count: 0, statements: BTreeMap::new() }
    }

    fn read(&mut self, root: &Node) -> Result<(), StatementError> {
        let document =
            statements_of(root).map_err(|problem| self.documents.broken(root.line, problem))?;
        for statement in document.all("Stmt") {
            self.take(statement)?;
        }
        Ok(())
    }

    fn take(&mut self, node: &Node) -> Result<(), StatementError> {
        let account = ["IBAN", "Othr"].iter().find_map(|form| {
            let id = node.at(&["Acct", "Id", form])?;
            Some(if *form == "Othr" { id.text_at(&["Id"]) } else { &id.text }.to_owned())
        });
        let account: String = account.unwrap_or_default().split_whitespace().collect();
        let key = (account.clone(), node.text_at(&["Id"]).to_owned());
        let mut statement = self.statements.remove(&key).unwrap_or_default();
        statement.line = node.line;
        for balance in node.all("Bal") {
            self.pass();
            statement
                .balance(balance)
                .map_err(|problem| self.documents.broken(balance.line, problem))?;
        }
        let stated = node.text_at(&["TxsSummry", "TtlNtries", "NbOfNtries"]).parse().ok();
        statement.stated = stated.or(statement.stated);
        for entry in node.all("Ntry") {
            let cells = statement.entry(entry, &account);
            self.count = self.count.saturating_add(1);
            self.lines.push(row(entry.line, cells));
        }
        self.statements.insert(key, statement);
        Ok(())
    }

    fn pass(&mut self) {
        self.count = self.count.saturating_add(1);
        self.lines.pass(LineKind::Total, 1);
    }

    fn end(self, line: i64) -> Result<Formed, StatementError> {
        let Self { documents, lines, count, statements } = self;
        if statements.is_empty() {
            return Err(documents.broken(line, "it has no statement"));
        }
        let accounts: std::collections::BTreeSet<_> =
            statements.keys().map(|(account, _)| account).collect();
        if accounts.len() > 1 && documents.request.merchant_no.is_empty() {
            let problem = "it has statements of several accounts: write the number of yours as merchant_no of \
                           the account";
            return Err(documents.broken(line, problem));
        }
        let is_empty = statements.values().all(|statement| statement.entries == 0);
        let mut totals = Vec::new();
        for statement in statements.values() {
            let found = statement.judged(is_empty);
            totals.extend(found.map_err(|(line, problem)| documents.broken(line, &problem))?);
        }
        totals.extend(missing_between(&statements));
        let (rows, passed) = lines.end();
        let header = BANK_COLUMNS.map(str::to_owned).to_vec();
        let made = Made { header, rows, passed, lines: count, header_line: 0 };
        Ok(Formed { table: Table::made(made), totals, period: None })
    }
}

/// The statements of an account go on where the one before ended: a total that cannot be checked for each account
/// of which one between them is missing.
fn missing_between(statements: &BTreeMap<(String, String), Statement>) -> Vec<StatedTotal> {
    let mut chains: BTreeMap<&str, Vec<Link>> = BTreeMap::new();
    for ((account, _), statement) in statements {
        let Some(((closing, _), opening)) = statement.closing.zip(statement.opening) else {
            continue;
        };
        let of = |minor: i128| (statement.currency.unwrap_or_default(), minor);
        let (date, line) = (statement.date.clone(), statement.line);
        let statement = Link { date, opening: of(opening), closing: of(closing), line };
        chains.entry(account).or_default().push(statement);
    }
    let gaps = chains.into_values().filter_map(|mut links| {
        links.sort_by_key(|link| link.line);
        gap(links)
    });
    let unchecked = |Link { opening: (currency, minor), line, .. }: Link| {
        total("OPBD", line, shown(minor, currency), Tie::NotChecked, false)
    };
    gaps.map(unchecked).collect()
}

impl Statement {
    fn balance(&mut self, node: &Node) -> Result<(), &'static str> {
        let code = node.text_at(&["Tp", "CdOrPrtry", "Cd"]);
        if !matches!(code, "OPBD" | "PRCD" | "CLBD") {
            return Ok(());
        }
        let (currency, minor) = money(node).ok_or("a balance cannot be read")?;
        let minor = i128::from(minor);
        if self.currency.is_some_and(|known| known != currency) {
            return Err("its balances are of several currencies");
        }
        self.currency = Some(currency);
        match code {
            "CLBD" => {
                self.closing = Some((minor, node.line));
                let day = ["Dt", "DtTm"].map(|form| node.text_at(&["Dt", form]));
                self.date = day.concat().chars().take(DAY_CHARS).collect();
            }
            "OPBD" => self.opening = Some(minor),
            // The closing balance of the day before.
            _ => self.opening = self.opening.or(Some(minor)),
        }
        Ok(())
    }

    /// The cells of an entry.
    fn entry(&mut self, node: &Node, account: &str) -> [String; BANK_COLUMNS.len()] {
        self.entries = self.entries.saturating_add(1);
        let state = node.at(&["Sts"]);
        let status = state.map_or("", |state| match state.text_at(&["Cd"]) {
            "" => &state.text,
            code => code,
        });
        let money = money(node);
        let is_booked = status == "BOOK";
        match money {
            Some((currency, minor)) if is_booked => {
                let is_same = self.currency.is_none_or(|known| known == currency);
                self.unread = self.unread.saturating_add(u64::from(!is_same));
                self.sum = self.sum.saturating_add(i128::from(minor));
                self.booked = self.booked.saturating_add(1);
            }
            None if matches!(status, "BOOK" | "") => self.unread = self.unread.saturating_add(1),
            Some(_) | None => {}
        }
        let (credit, debit, currency) = match money {
            Some((currency, minor)) if minor < 0 => {
                let out = shown(i128::from(minor).saturating_abs(), currency);
                (String::new(), out, currency.to_string())
            }
            Some((currency, minor)) => {
                (shown(i128::from(minor), currency), String::new(), currency.to_string())
            }
            // What stands there, so that it is refused with it.
            None => (
                cell::shown(&node.text_at(&["Amt"]).replace('-', "?")),
                "?".to_owned(),
                String::new(),
            ),
        };
        let date = |name: &str| {
            let mut texts = ["Dt", "DtTm"].into_iter().map(|form| node.text_at(&[name, form]));
            texts.find(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        let value_date = date("ValDt");
        let booked = Some(date("BookgDt")).filter(|date| !date.is_empty());
        let details: Vec<&Node> = node.all("NtryDtls").flat_map(|it| it.all("TxDtls")).collect();
        let only = if let [only] = *details { Some(only) } else { None };
        let text = |path: &[&str]| only.map_or("", |only| only.text_at(path)).to_owned();
        let side = if credit.is_empty() { "Cdtr" } else { "Dbtr" };
        let name = [text(&["RltdPties", side, "Nm"]), text(&["RltdPties", side, "Pty", "Nm"])];
        let purposes =
            details.iter().flat_map(|it| it.all("RmtInf")).flat_map(|it| it.all("Ustrd"));
        let mut purposes: Vec<&str> = purposes.map(|it| it.text.as_str()).collect();
        purposes.push(node.text_at(&["AddtlNtryInf"]));
        [
            account.to_owned(),
            booked.unwrap_or_else(|| value_date.clone()),
            value_date,
            credit,
            debit,
            currency,
            status.to_owned(),
            node.text_at(&["BkTxCd", "Prtry", "Cd"]).to_owned(),
            reference(node.text_at(&["NtryRef"])),
            reference(node.text_at(&["AcctSvcrRef"])),
            end_to_end(&details),
            note(&name.concat()),
            note(&purposes.join(" ")),
        ]
    }

    /// Its totals, each against its entries.
    fn judged(&self, is_empty: bool) -> Result<Vec<StatedTotal>, (i64, String)> {
        let currency = self.currency.unwrap_or_default();
        let mut totals = Vec::new();
        let Some(((closing, line), opening)) = self.closing.zip(self.opening) else {
            // A page of a statement whose others are elsewhere.
            return Ok(vec![total("CLBD", self.line, String::new(), Tie::NotChecked, false)]);
        };
        let found = opening.saturating_add(self.sum);
        let stated = shown(closing, currency);
        let tie = if self.unread > 0 { Tie::NotChecked } else { Tie::Agrees };
        if self.unread == 0 && found != closing {
            let found = shown(found, currency);
            let problem = format!(
                "the closing balance (CLBD) is {stated}, and the opening balance with its {} booked entries is \
                 {found}",
                self.booked
            );
            return Err((line, problem));
        }
        totals.push(total("CLBD", line, stated, tie, is_empty));
        if let Some(stated) = self.stated {
            if stated != self.entries && stated != self.booked {
                let problem = format!(
                    "it says that it has {stated} entries (NbOfNtries), and it has {}",
                    self.entries
                );
                return Err((self.line, problem));
            }
            totals.push(total("NbOfNtries", self.line, stated.to_string(), Tie::Agrees, false));
        }
        Ok(totals)
    }
}

/// The numbers of the payments that an entry brings together, as whoever paid them wrote them.
fn end_to_end(details: &[&Node]) -> String {
    let numbers = details.iter().map(|of| reference(of.text_at(&["Refs", "EndToEndId"])));
    let numbers: Vec<String> = numbers.filter(|number| !number.is_empty()).collect();
    note(&numbers.join(" "))
}

/// The amount of an entry or a balance, positive where money comes in.
fn money(node: &Node) -> Option<(Currency, i64)> {
    let amount = node.at(&["Amt"])?;
    let currency = Currency::parse(&amount.currency).ok()?;
    let minor = cell::amount(&amount.text, AmountUnit::Yuan, currency).ok()?;
    if minor < 0 {
        // The direction stands beside it.
        return None;
    }
    match node.text_at(&["CdtDbtInd"]) {
        "CRDT" => Some((currency, minor)),
        "DBIT" => Some((currency, minor.checked_neg()?)),
        _ => None,
    }
}
