//! The header of a bill, what stands above it, and what to say when there is none.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::config::{RowKind, StatementSettings};
use crate::intake::content::{Content, Stamp};
use crate::intake::header::{self, Found, Head, Likeliest, Place, Sought, bare, found_as};
use crate::intake::orders::{is_data, likeliest};
use crate::intake::rows::Rows;
use crate::intake::statement::form::{self, Formed};
use crate::intake::statement::period::Period;
use crate::intake::statement::{StatementError, StatementFile, StatementRequest, named};
use crate::intake::table::HEADER_ROWS_MAX;
use crate::intake::totals::{Columns, StatedTotal};
use crate::intake::{IntakeError, cell};

/// Names of the header that an error shows.
const SHOWN_NAMES_MAX: usize = 40;

/// Bytes that the name of a column may have, to be compared with usual ones.
const NAME_BYTES_MAX: usize = 120;

/// Where each of our columns is.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) order_no: Place,
    /// Further columns in which the order number may stand, where the first has none.
    pub(super) order_no_else: Vec<Place>,
    pub(super) provider_order_no: Place,
    pub(super) refund_no: Place,
    pub(super) provider_refund_no: Place,
    pub(super) kind: Place,
    pub(super) product: Place,
    pub(super) status: Place,
    pub(super) amount: Place,
    pub(super) refund_amount: Place,
    /// Whether these two are what comes in and what goes out of an account.
    pub(super) is_pair: bool,
    pub(super) fee: Place,
    /// Columns of fees that are added, where `fee` has none.
    pub(super) fee_parts: Vec<Place>,
    /// Whether the fee was charged or given back, in a word.
    pub(super) fee_direction: Place,
    pub(super) fee_currency: Place,
    /// What a row that is no order changes the balance by, its fee taken off; only what comes in, where
    /// what goes out has a column of its own.
    pub(super) net: Place,
    pub(super) net_out: Place,
    pub(super) net_currency: Place,
    /// What was settled together with the row.
    pub(super) batch: Place,
    /// What the account holds after the row.
    pub(super) balance: Place,
    pub(super) paid_at: Place,
    /// The time of day, where the date stands in a column of its own.
    pub(super) clock: Place,
    /// When a refund was made, where the file has a column of its own for it.
    pub(super) refunded_at: Place,
    /// When the money of what is no order moved, where the file has a column of its own for it.
    pub(super) booked_at: Place,
    /// In which zone the time stands, of orders and of what is none.
    pub(super) zone: Place,
    pub(super) booked_zone: Place,
    pub(super) currency: Place,
    pub(super) settlement_date: Place,
    pub(super) name: Place,
    pub(super) note: Place,
    /// Of a bank's statement, every further column of words: any of them may name a payout.
    pub(super) notes_else: Vec<Place>,
    pub(super) reference: Place,
    /// Further columns of it, in their order: the first of all that has a value in a row is its reference.
    pub(super) references_else: Vec<Place>,
    /// Whether money came in or went out, in a word.
    pub(super) direction: Place,
    /// Whose row it is: the merchant that the bill is made for, and its sub-merchant.
    pub(super) merchant_no: Place,
    pub(super) sub_merchant_no: Place,
    /// The payment that a refund gives back.
    pub(super) original_order_no: Place,
    /// The way of paying, in the platform's word.
    pub(super) way: Place,
    /// The date in the file's name, where the times of its rows have no year.
    pub(super) named_date: Option<NaiveDate>,
    /// The zone of its times, where the file has one of its own.
    pub(super) timezone: Option<Tz>,
    /// How many columns the file has.
    pub(super) width: usize,
}

impl Layout {
    /// How many values a row may not leave out: as far as the last one that it needs.
    fn needed(&self) -> usize {
        let places = [&self.order_no, &self.kind, &self.status, &self.amount, &self.paid_at];
        let last = places.iter().filter_map(|place| place.at).max();
        last.map_or(0, |at| at.saturating_add(1))
    }

    /// The columns that are read: our name, and their place.
    fn used(&self) -> Vec<(&'static str, usize)> {
        let (amount, second) =
            if self.is_pair { ("amount_in", "amount_out") } else { ("amount", "refund_amount") };
        let places = [
            ("order_no", &self.order_no),
            ("provider_order_no", &self.provider_order_no),
            ("refund_no", &self.refund_no),
            ("provider_refund_no", &self.provider_refund_no),
            ("kind", &self.kind),
            ("product", &self.product),
            ("status", &self.status),
            (amount, &self.amount),
            (second, &self.refund_amount),
            ("fee", &self.fee),
            ("fee_direction", &self.fee_direction),
            ("fee_currency", &self.fee_currency),
            (if self.net_out.at.is_some() { "net_in" } else { "net" }, &self.net),
            ("net_out", &self.net_out),
            ("net_currency", &self.net_currency),
            ("batch", &self.batch),
            ("booked_at", &self.booked_at),
            ("timezone", &self.zone),
            ("booked_timezone", &self.booked_zone),
            ("original_order_no", &self.original_order_no),
            ("way", &self.way),
            ("balance", &self.balance),
            ("paid_at", &self.paid_at),
            ("paid_at", &self.clock),
            ("refunded_at", &self.refunded_at),
            ("currency", &self.currency),
            ("settlement_date", &self.settlement_date),
            ("name", &self.name),
            ("note", &self.note),
            ("reference", &self.reference),
            ("direction", &self.direction),
            ("merchant_no", &self.merchant_no),
            ("sub_merchant_no", &self.sub_merchant_no),
        ];
        let others = self.order_no_else.iter().map(|place| ("order_no", place));
        let others = others.chain(self.notes_else.iter().map(|place| ("note", place)));
        let others = others.chain(self.references_else.iter().map(|place| ("reference", place)));
        let others = others.chain(self.fee_parts.iter().map(|place| ("fee_parts", place)));
        let places = places.into_iter().chain(others);
        places.filter_map(|(ours, place)| Some((ours, place.at?))).collect()
    }

    /// The columns that totals have to do with.
    pub(super) fn totals(&self) -> Columns {
        Columns {
            order_no: self.order_no.clone(),
            amount: self.amount.clone(),
            refund_amount: self.refund_amount.clone(),
            fee: self.fee.clone(),
            time: self.paid_at.clone(),
            width: self.width,
        }
    }
}

/// A file, read as far as its header.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) rows: Rows,
    pub(super) layout: Layout,
    /// The rows above the header, with their lines.
    pub(super) above: Vec<(i64, Vec<String>)>,
    /// What the form of the file states by itself: totals, and a period.
    pub(super) totals: Vec<StatedTotal>,
    pub(super) period: Option<Period>,
}

/// Whether a file that lies in an archive has the header that is looked for.
pub(super) fn fits(request: &StatementRequest<'_>, content: &Content) -> bool {
    let search = Search::new(request);
    search.open(content).is_ok()
}

/// Opens a file and reads it as far as its header.
///
/// # Errors
///
/// [`StatementError`] when it cannot be read or has changed, or its header is not there, lacks a
/// column or has it twice.
pub(super) fn open(
    request: &StatementRequest<'_>,
    file: &StatementFile,
) -> Result<Opened, StatementError> {
    let failed = |source| StatementError::Open { name: request.name.to_owned(), source };
    let found = std::fs::metadata(request.path).map_err(failed)?;
    if Stamp::of(&found) != file.stamp {
        return Err(IntakeError::Changed { name: request.name.to_owned() }.into());
    }
    Search::new(request).open(&file.content)
}

/// Looks for the header.
struct Search<'a> {
    request: &'a StatementRequest<'a>,
    likeliest: Likeliest,
}

impl<'a> Search<'a> {
    fn new(request: &'a StatementRequest<'a>) -> Self {
        Self { request, likeliest: Likeliest::default() }
    }

    fn open(&self, content: &Content) -> Result<Opened, StatementError> {
        let named_date = named::date(self.request, content)?;
        if let Some(formed) = form::read(self.request, content)? {
            return self.formed(formed, named_date);
        }
        let is_header = |names: &[String]| self.is_header(names);
        let (name, sheet) = (self.request.name, self.request.settings.sheet.as_deref());
        let found = Sought { name, is_header: &is_header, sheet }.find(content)?;
        let Some(Found { head, mut rows, names, above }) = found else {
            return Err(self.no_header());
        };
        let layout = Layout { named_date, ..self.layout(&names)? };
        rows.below(&names, layout.needed());
        let head = Head { used: layout.used(), timezone: layout.timezone, ..head };
        Ok(Opened { head, rows, layout, above, totals: Vec::new(), period: None })
    }

    /// A bill that is no plain table, as the one that it comes to.
    fn formed(
        &self,
        formed: Formed,
        named_date: Option<NaiveDate>,
    ) -> Result<Opened, StatementError> {
        let Formed { table, totals, period } = formed;
        let names = table.header.clone();
        let layout = Layout { named_date, ..self.layout(&names)? };
        let head = Head {
            line: table.header_line,
            used: layout.used(),
            timezone: layout.timezone,
            names,
            ..Head::default()
        };
        Ok(Opened { head, rows: Rows::sheet(table), layout, above: Vec::new(), totals, period })
    }

    /// Whether a row names all columns that a row of a bill cannot do without.
    fn is_header(&self, names: &[String]) -> bool {
        let needed = needed(self.request.settings);
        let has = |ours: &&&str| !self.found(ours, names).is_empty();
        let count = needed.iter().filter(has).count();
        if count == needed.len() {
            return true;
        }
        // A row that has none of the names counts by what it has under usual ones; a name is short.
        let names: Vec<String> =
            names.iter().filter(|name| name.len() <= NAME_BYTES_MAX).cloned().collect();
        let names = names.as_slice();
        let usual = needed.iter().filter(|ours| likeliest(ours, names).is_some()).count();
        self.likeliest.note((count, usual), names);
        false
    }

    fn layout(&self, names: &[String]) -> Result<Layout, StatementError> {
        let mut missing = Vec::new();
        let mut place = |ours: &'static str| {
            let place = self.place(ours, names)?;
            let settings = self.request.settings;
            // A query has the columns that its database has.
            let is_configured = settings.columns.contains_key(ours)
                && (settings.database.is_none() || needed(settings).contains(&ours));
            let is_optional = settings.optional.contains(ours)
                || (ours == "order_no" && settings.by_provider_number);
            if place.at.is_none() && is_configured && !is_optional {
                missing.push(ours);
            }
            Ok::<_, StatementError>(place)
        };
        let is_pair = self.request.settings.columns.contains_key("amount_in");
        let has_nets = self.request.settings.columns.contains_key("net_in");
        let layout = Layout {
            order_no: place("order_no")?,
            order_no_else: header::others(self.wanted("order_no"), names),
            provider_order_no: place("provider_order_no")?,
            refund_no: place("refund_no")?,
            provider_refund_no: place("provider_refund_no")?,
            kind: place("kind")?,
            product: place("product")?,
            status: place("status")?,
            amount: place(if is_pair { "amount_in" } else { "amount" })?,
            refund_amount: place(if is_pair { "amount_out" } else { "refund_amount" })?,
            is_pair,
            fee: place("fee")?,
            fee_parts: header::all(self.wanted("fee_parts"), names),
            fee_direction: place("fee_direction")?,
            fee_currency: place("fee_currency")?,
            net: place(if has_nets { "net_in" } else { "net" })?,
            net_out: place("net_out")?,
            net_currency: place("net_currency")?,
            batch: place("batch")?,
            balance: place("balance")?,
            paid_at: place("paid_at")?,
            clock: header::clock("paid_at", self.wanted("paid_at"), names),
            refunded_at: place("refunded_at")?,
            booked_at: place("booked_at")?,
            zone: place("timezone")?,
            booked_zone: place("booked_timezone")?,
            original_order_no: place("original_order_no")?,
            way: place("way")?,
            named_date: None,
            currency: place("currency")?,
            settlement_date: place("settlement_date")?,
            name: place("name")?,
            note: place("note")?,
            notes_else: self.notes_else(names),
            reference: place("reference")?,
            references_else: header::others(self.wanted("reference"), names),
            direction: place("direction")?,
            merchant_no: place("merchant_no")?,
            sub_merchant_no: place("sub_merchant_no")?,
            timezone: None,
            width: names.len(),
        };
        if missing.is_empty() {
            let (name, section) = (self.request.name, "[account.statement]");
            let configured = self.request.settings.timezone;
            let places = [&layout.paid_at, &layout.clock];
            let timezone = header::timezone(name, section, configured, &places)?;
            return Ok(Layout { timezone, ..layout });
        }
        let name = self.request.name.to_owned();
        let wanted = self.named(&missing);
        let (header, advice) = self.has(names, &missing);
        Err(IntakeError::Columns { name, missing: wanted, header, advice }.into())
    }

    /// Of a bank's statement, the further columns of words.
    fn notes_else(&self, names: &[String]) -> Vec<Place> {
        let is_bank = self.request.settings.kind == Some(RowKind::Bank);
        if is_bank { header::others(self.wanted("note"), names) } else { Vec::new() }
    }

    /// The one column with the first of the names that is there. Only columns that the configuration
    /// names are looked for.
    fn place(&self, ours: &str, names: &[String]) -> Result<Place, StatementError> {
        Ok(header::place(self.request.name, ours, self.wanted(ours), names)?)
    }

    fn found(&self, ours: &str, names: &[String]) -> Vec<usize> {
        found_as(self.wanted(ours), names)
    }

    fn wanted(&self, ours: &str) -> &'a [String] {
        self.request.settings.columns.get(ours).map_or(&[][..], Vec::as_slice)
    }

    /// Columns by our names, and the names under which they were looked for.
    fn named(&self, columns: &[&str]) -> String {
        let name = |ours: &&str| {
            let theirs = self.request.settings.columns.get(*ours);
            let theirs = theirs.map_or_else(String::new, |theirs| format!("{theirs:?}"));
            let theirs = theirs.trim_matches(['[', ']']).replace(", ", " or ");
            format!("{ours} (configured as {theirs})")
        };
        columns.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn no_header(&self) -> StatementError {
        let needed = needed(self.request.settings);
        let row = self.likeliest.names();
        let missing: Vec<_> =
            needed.iter().copied().filter(|ours| self.found(ours, &row).is_empty()).collect();
        let (found, advice) = self.has(&row, &missing);
        let (name, wanted) = (self.request.name.to_owned(), self.named(&needed));
        StatementError::NoHeader { name, wanted, found, advice }
    }

    /// What a row has that is no header or lacks columns, and the lines to write into the
    /// configuration. A row of values is not shown.
    fn has(&self, names: &[String], missing: &[&str]) -> (String, String) {
        let names: Vec<_> = names.iter().map(|name| bare(name).to_owned()).collect();
        let is_header_like = needed(self.request.settings)
            .iter()
            .any(|ours| !self.found(ours, &names).is_empty() || likeliest(ours, &names).is_some());
        if !is_header_like || names.iter().any(|name| is_data(name)) {
            let found = format!("None of its first {HEADER_ROWS_MAX} rows looks like it");
            return (found, String::new());
        }
        let shown = names.iter().filter(|name| !name.is_empty()).map(|name| cell::shown(name));
        let shown: Vec<_> = shown.take(SHOWN_NAMES_MAX).collect();
        let mut advice = format!(
            "\nwhere the file has them under other names, say so in the configuration of {}:\n\
             [account.statement.columns]",
            self.request.account
        );
        for ours in missing {
            let theirs = likeliest(ours, &names).map_or("NAME IN THE FILE", String::as_str);
            let theirs = cell::shown(theirs);
            advice.extend(["\n", ours, " = ", &format!("{theirs:?}")]);
        }
        (format!("Its likeliest row has: {}", shown.join(", ")), advice)
    }
}

/// The columns that a header has to have to be known as one.
fn needed(settings: &StatementSettings) -> Vec<&'static str> {
    let has = |column: &&str| settings.columns.contains_key(*column);
    let amounts = ["amount", "amount_in", "amount_out"].into_iter().filter(has);
    let number = if settings.by_provider_number { "provider_order_no" } else { "order_no" };
    let numbers = std::iter::once(number).filter(|_| settings.kind != Some(RowKind::Bank));
    let mut needed: Vec<_> = numbers.chain(amounts).chain(["paid_at"]).collect();
    if settings.columns.contains_key("kind") {
        needed.push("kind");
    }
    needed
}
