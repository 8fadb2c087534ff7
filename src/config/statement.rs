//! `[account.statement]`: how the bill that a provider's portal exports is read.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Wrong;
use super::reader::{Section, placed_at};
use super::secret::Outside;
use super::sections::{self, csv_path};
use super::values::coded_word;
use super::{AmountUnit, DatabaseQuery};
use crate::status::{Kind, ProviderStatus};

mod canon;
mod form;
pub(super) mod words;

pub(crate) use canon::put;
pub use form::{BatchSum, Field, Form, Line, Tag, TagFigure, TagScope};

/// Our columns of a statement file: the keys of `[account.statement.columns]`.
pub const STATEMENT_COLUMNS: [&str; 36] = [
    "order_no",
    "provider_order_no",
    "refund_no",
    "provider_refund_no",
    "kind",
    "product",
    "status",
    "amount",
    "refund_amount",
    "amount_in",
    "amount_out",
    "fee",
    "net",
    "balance",
    "paid_at",
    "refunded_at",
    "currency",
    "settlement_date",
    "name",
    "note",
    "reference",
    "direction",
    "merchant_no",
    "sub_merchant_no",
    "original_order_no",
    "fee_parts",
    "fee_direction",
    "fee_currency",
    "net_in",
    "net_out",
    "net_currency",
    "timezone",
    "booked_at",
    "booked_timezone",
    "batch",
    "way",
];

/// The keys of `[account.statement]`.
const KEYS: [&str; 29] = [
    "form",
    "fixed",
    "tags",
    "date_in_name",
    "zones",
    "batch_sum",
    "layout",
    "file",
    "database",
    "sheet",
    "timezone",
    "amount_unit",
    "kind",
    "product",
    "outflows",
    "fees",
    "from",
    "to",
    "columns",
    "kinds",
    "products",
    "statuses",
    "totals",
    "whole_of",
    "optional",
    "totals_needed",
    "directions",
    "fee_rounding",
    "pair_by",
];

/// Columns that every statement needs, each with an example for who forgot it.
const NEEDED: [(&str, &str); 2] = [("order_no", "商户订单号"), ("paid_at", "完成时间")];

crate::status::coded! {
    /// What a row of a statement is.
    RowKind {
        /// A customer paid the merchant.
        Payment = 1, "payment";
        /// The merchant paid somebody.
        Payout = 2, "payout";
        /// A payment was given back.
        Refund = 3, "refund";
        /// The provider paid to the merchant's bank.
        Settlement = 4, "settlement";
        /// The merchant paid money into the account.
        TopUp = 5, "topup";
        /// Any other change of the balance.
        Adjustment = 6, "adjustment";
        /// Nothing that counts: such rows are only counted.
        Ignored = 7, "ignored";
        /// What the provider charges apart from any order.
        Fee = 8, "fee";
        /// A payment that the payer's bank took back.
        Chargeback = 9, "chargeback";
        /// What the provider holds back, or gives free.
        Reserve = 10, "reserve";
        /// The fee of the order that the row names, in a row of its own.
        OrderFee = 11, "order_fee";
        /// A row of a bank's statement: money that came in or went out.
        Bank = 12, "bank";
    }
}

impl RowKind {
    /// The kind of order that it is; `None` for what is no order.
    pub const fn order_kind(self) -> Option<Kind> {
        match self {
            Self::Payment => Some(Kind::Payment),
            Self::Payout => Some(Kind::Payout),
            Self::Refund => Some(Kind::Refund),
            Self::Settlement
            | Self::TopUp
            | Self::Adjustment
            | Self::Ignored
            | Self::Fee
            | Self::Chargeback
            | Self::Reserve
            | Self::OrderFee
            | Self::Bank => None,
        }
    }
}

crate::status::coded! {
    /// The sign that a bill gives to money that leaves the merchant's account.
    Sign {
        /// `12.00`
        Positive = 1, "positive";
        /// `-12.00`
        Negative = 2, "negative";
        /// Copies of the bill differ: what the row is says the direction.
        Either = 3, "either";
    }
}

crate::status::coded! {
    /// What a total adds up.
    Figure {
        /// The rows.
        Count = 1, "count";
        /// The amounts.
        Amount = 2, "amount";
        /// The fees.
        Fee = 3, "fee";
        /// Nothing that is checked.
        Ignored = 4, "ignored";
    }
}

crate::status::coded! {
    /// What a bill is whole of: what it does not have there, the platform does not have.
    WholeOf {
        /// A day, in its own zone and by its own dating.
        Day = 1, "day";
        /// Only what was settled together: a payout, a batch, a clearing day. It never shows that an order
        /// is missing.
        Settlement = 2, "settlement";
    }
}

crate::status::coded! {
    /// Which of the configured totals have to be in a bill.
    TotalsNeeded {
        /// Every one.
        All = 1, "all";
        /// At least one: forms of one bill have different ones.
        Any = 2, "any";
    }
}

crate::status::coded! {
    /// Whether money came in or went out, where a word says it and the amount has no sign.
    Direction {
        /// It came in.
        In = 1, "in";
        /// It went out.
        Out = 2, "out";
    }
}

crate::status::coded! {
    /// How a fee with more decimals than its currency has is rounded.
    DecimalRounding {
        /// Half of the smallest unit and more goes up, away from zero.
        HalfUp = 1, "half_up";
    }
}

/// What a total of a statement adds up, and of which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotalOf {
    /// Of rows of one kind; `None`: of all rows.
    pub kind: Option<RowKind>,
    /// What is added up.
    pub figure: Figure,
}

impl std::fmt::Display for TotalOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Some(kind) => write!(f, "{kind}.{}", self.figure),
            None => write!(f, "{}", self.figure),
        }
    }
}

/// `[account.statement]`, with the keys of the layout that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementSettings {
    /// What the file is whole of.
    pub whole_of: WholeOf,
    /// Our columns that some forms of the file do not have.
    pub optional: BTreeSet<String>,
    /// Which of `totals` have to be there.
    pub totals_needed: TotalsNeeded,
    /// The file's word → whether money came in or went out.
    pub directions: BTreeMap<String, Direction>,
    /// What the file is written as.
    pub form: Form,
    /// Of [`Form::Fixed`]: the fields of a line, by their names.
    pub fixed: BTreeMap<String, Field>,
    /// Of [`Form::Tagged`]: the first value of a line → what the line is.
    pub tags: BTreeMap<String, Tag>,
    /// What the file's name is, with `{yymmdd}` or `{yyyymmdd}`: where the times of its rows have no year.
    pub date_in_name: Option<String>,
    /// The file's word for a zone, in the columns of zones → the zone.
    pub zones: BTreeMap<String, chrono_tz::Tz>,
    /// What the net amounts of a batch come to; `None`: nobody knows.
    pub batch_sum: Option<BatchSum>,
    /// What `kinds` says of rows whose money came in, or went out, alone; it goes before `kinds`.
    pub directed_kinds: BTreeMap<Direction, BTreeMap<String, RowKind>>,
    /// Rows without an order number of ours pair by the platform's, see `pair_by`.
    pub by_provider_number: bool,
    /// How fees of more decimals are rounded; `None`: they are refused.
    pub fee_rounding: Option<DecimalRounding>,
    /// What `statuses` says of rows of one kind alone; such a kind has no other words.
    pub kind_statuses: BTreeMap<RowKind, BTreeMap<String, ProviderStatus>>,
    /// Where the statement of a business date is, relative to the configuration, with `{date}`, and with
    /// `*` in its last part where it comes in several files; the import step of a job reads it where it
    /// is there.
    pub file: Option<String>,
    /// Where the statement is a query of a database of the merchant's own: its columns have our names.
    pub database: Option<DatabaseQuery>,
    /// The sheet of a workbook that is meant; `None`: every one that has the header.
    pub sheet: Option<String>,
    /// The zone of the file's times; `None`: what its header names, else the business time zone.
    pub timezone: Option<chrono_tz::Tz>,
    /// Unit of amounts and fees.
    pub amount_unit: AmountUnit,
    /// Every row's kind, where the file has no such column.
    pub kind: Option<RowKind>,
    /// Every row's product, where the file has no such column.
    pub product: Option<String>,
    /// The sign of refunds, payouts and settlements in the file.
    pub outflows: Sign,
    /// The sign of charged fees in the file; where it is not said, that of `outflows`.
    pub fees: Sign,
    /// A further label of the period's beginning above the header.
    pub from: Option<String>,
    /// A further label of the period's end.
    pub to: Option<String>,
    /// Our column ([`STATEMENT_COLUMNS`]) → the names that the file may have for it.
    pub columns: BTreeMap<String, Vec<String>>,
    /// The file's word → the kind.
    pub kinds: BTreeMap<String, RowKind>,
    /// The file's word → the account's product.
    pub products: BTreeMap<String, String>,
    /// The file's word → the status.
    pub statuses: BTreeMap<String, ProviderStatus>,
    /// The label in the file → what it adds up.
    pub totals: BTreeMap<String, TotalOf>,
}

impl Default for StatementSettings {
    /// A file of payments whose columns are not said.
    fn default() -> Self {
        Self {
            whole_of: WholeOf::Day,
            optional: BTreeSet::new(),
            totals_needed: TotalsNeeded::All,
            directions: BTreeMap::new(),
            form: Form::Table,
            fixed: BTreeMap::new(),
            tags: BTreeMap::new(),
            date_in_name: None,
            zones: BTreeMap::new(),
            batch_sum: None,
            directed_kinds: BTreeMap::new(),
            fee_rounding: None,
            by_provider_number: false,
            kind_statuses: BTreeMap::new(),
            file: None,
            database: None,
            sheet: None,
            timezone: None,
            amount_unit: AmountUnit::Yuan,
            kind: None,
            product: None,
            outflows: Sign::Positive,
            fees: Sign::Positive,
            from: None,
            to: None,
            columns: BTreeMap::new(),
            kinds: BTreeMap::new(),
            products: BTreeMap::new(),
            statuses: BTreeMap::new(),
            totals: BTreeMap::new(),
        }
    }
}

impl StatementSettings {
    /// The kinds of orders that its rows can be.
    pub fn order_kinds(&self) -> BTreeSet<Kind> {
        let names_none = self.kind.is_none() && self.kinds.is_empty();
        let ours = RowKind::ALL.iter().copied().filter(|_| names_none);
        ours.filter_map(RowKind::order_kind).chain(self.named_order_kinds()).collect()
    }

    /// Whether its rows tell of what the platform pays to the merchant's bank.
    pub fn lists_payouts(&self) -> bool {
        self.named_kinds().any(|kind| kind == RowKind::Settlement)
    }

    /// The kinds of orders that its words name.
    pub fn named_order_kinds(&self) -> BTreeSet<Kind> {
        self.named_kinds().filter_map(RowKind::order_kind).collect()
    }

    fn named_kinds(&self) -> impl Iterator<Item = RowKind> {
        let directed = self.directed_kinds.values().flat_map(BTreeMap::values).copied();
        self.kinds.values().copied().chain(self.kind).chain(directed)
    }
}

/// A path with `{date}` in it: a file of one name would be taken for the statement of every day.
fn dated_path(text: &str) -> Result<String, Wrong> {
    if text.contains("{date}") {
        csv_path(text)
    } else {
        let fix = "write for example \"statements/{date}.csv\"";
        Err(Wrong::new("without {date}", fix))
    }
}

/// `[account.statement]`; `None` where the account has none. `lanes` are the kinds and products that
/// its orders may have.
pub(crate) fn statement(
    account: &Section<'_>,
    lanes: &BTreeSet<(Kind, String)>,
    named: &BTreeMap<&'static str, String>,
    outside: Outside<'_>,
) -> Option<StatementSettings> {
    if !account.has("statement") {
        return None;
    }
    let place = |table: &str| {
        let name = account.peek("name").unwrap_or_default();
        format!("[account.statement{table}] of {name:?}")
    };
    let section = account.section("statement", &place(""), &KEYS);
    let layout = section.parsed("layout", words::layout);
    let under = layout.and_then(|layout| toml::de::DeTable::parse(layout.text).ok());
    let under = under.as_ref().and_then(|table| {
        let account = table.get_ref().get("account")?.get_ref().as_table()?;
        Some(placed_at(account.get("statement")?.get_ref().as_table()?, section.span("layout")))
    });
    let under = under.unwrap_or_default();
    let section = section.over(&under);
    let columns = section.section("columns", &place(".columns"), &STATEMENT_COLUMNS);
    let database = queried(&section, &place(""), named, outside);
    if !section.has("database") {
        require_columns(&section, &columns);
    }
    let settings = StatementSettings { database, ..settings(&section, &columns, &place, lanes) };
    if !section.has("database") {
        agree(&section, &columns, &settings, lanes);
    }
    Some(settings)
}

fn settings(
    section: &Section<'_>,
    columns: &Section<'_>,
    place: &dyn Fn(&str) -> String,
    lanes: &BTreeSet<(Kind, String)>,
) -> StatementSettings {
    let sign = |key: &str| section.parsed(key, coded_word!(Sign));
    let outflows = sign("outflows").unwrap_or(Sign::Positive);
    let unit = section.parsed("amount_unit", coded_word!(AmountUnit));
    let label = |key: &str| section.parsed(key, words::label);
    let whole_of = section.parsed("whole_of", coded_word!(WholeOf));
    let needed = section.parsed("totals_needed", coded_word!(TotalsNeeded));
    StatementSettings {
        whole_of: whole_of.unwrap_or(WholeOf::Day),
        optional: words::optional(section, columns),
        totals_needed: needed.unwrap_or(TotalsNeeded::All),
        directions: words::table(
            section,
            "directions",
            &place(".directions"),
            Direction::from_code,
            coded_word!(Direction),
        ),
        form: section.parsed("form", coded_word!(Form)).unwrap_or(Form::Table),
        fixed: form::fixed(section, &place(".fixed")),
        tags: form::tags(section, &place(".tags")),
        date_in_name: section.parsed("date_in_name", form::date_in_name),
        zones: words::table(
            section,
            "zones",
            &place(".zones"),
            |_| None::<()>,
            super::values::zone,
        ),
        batch_sum: section.parsed("batch_sum", coded_word!(BatchSum)),
        directed_kinds: words::directed_kinds(section, place, lanes),
        fee_rounding: section.parsed("fee_rounding", coded_word!(DecimalRounding)),
        by_provider_number: words::pair_by(section).contains(&"provider_order_no".to_owned()),
        kind_statuses: words::kind_statuses(section, place, lanes),
        file: section.parsed("file", dated_path),
        database: None,
        sheet: label("sheet"),
        timezone: section.parsed("timezone", super::values::zone),
        amount_unit: unit.unwrap_or(AmountUnit::Yuan),
        kind: section.parsed("kind", |text| words::row_kind(text, lanes)),
        product: section.parsed("product", |text| words::product(text, lanes)),
        outflows,
        fees: sign("fees").unwrap_or(outflows),
        from: label("from"),
        to: label("to"),
        columns: if section.has("database") {
            our_columns(section)
        } else {
            words::columns(columns, &STATEMENT_COLUMNS)
        },
        kinds: words::table(section, "kinds", &place(".kinds"), RowKind::from_code, |text| {
            words::row_kind(text, lanes)
        }),
        products: words::table(
            section,
            "products",
            &place(".products"),
            |text| lanes.iter().find(|(_, product)| product == text),
            |text| words::product(text, lanes),
        ),
        statuses: words::statuses(section, place),
        totals: words::table(section, "totals", &place(".totals"), Figure::from_code, words::total),
    }
}

/// The columns that every file needs.
fn require_columns(section: &Section<'_>, columns: &Section<'_>) {
    let is_bank = section.peek("kind") == Some(RowKind::Bank.code());
    let pairs = words::pair_by(section);
    let has_others = is_bank || pairs.contains(&"provider_order_no".to_owned());
    for (key, example) in NEEDED.into_iter().filter(|(key, _)| !(has_others && *key == "order_no"))
    {
        columns.require(key, &format!("{example:?}"));
    }
    if columns.lacks("amount_in") && columns.lacks("amount_out") {
        columns.require("amount", "\"交易金额(元)\", or amount_in and amount_out");
    }
}

/// `database`: a query whose rows are the statement of the day. What it may name besides the bounds of the
/// day are the account's own settings that are no secrets.
fn queried(
    section: &Section<'_>,
    place: &str,
    named: &BTreeMap<&'static str, String>,
    outside: Outside<'_>,
) -> Option<DatabaseQuery> {
    if !section.has("database") {
        return None;
    }
    for key in ["file", "sheet", "columns", "totals", "from", "to", "form"]
        .iter()
        .filter(|key| section.has(key))
    {
        let fix = "keep one of them; a query gives its columns our names: AS order_no";
        section.refuse(key, "stands beside database", fix);
    }
    let query = sections::database(section, place, "statement", outside)?;
    let named = named.iter().map(|(key, text)| ((*key).to_owned(), text.clone())).collect();
    Some(DatabaseQuery { named, ..query })
}

/// The columns that a query may have: ours under their own names, but for what the section says of all rows.
fn our_columns(section: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let is_pair = |ours: &&str| matches!(*ours, "amount_in" | "amount_out" | "net_in" | "net_out");
    let names = STATEMENT_COLUMNS.into_iter().filter(|ours| !is_pair(ours) && !section.has(ours));
    names.map(|ours| (ours.to_owned(), vec![ours.to_owned()])).collect()
}

/// Refuses what does not go together.
fn agree(
    section: &Section<'_>,
    columns: &Section<'_>,
    settings: &StatementSettings,
    lanes: &BTreeSet<(Kind, String)>,
) {
    if section.has("kind") && columns.has("kind") {
        section.refuse("kind", "stands beside the column kind", "keep one of them");
    } else if columns.lacks("kind") {
        section.require("kind", "\"payment\", or kind to its columns");
    }
    let pair = [columns.has("amount_in"), columns.has("amount_out")];
    if pair.contains(&true) && (pair.contains(&false) || columns.has("amount")) {
        let what = "stand for amount, and both are needed";
        let fix = "name amount_in and amount_out, and neither amount nor refund_amount";
        columns.refuse(if pair[0] { "amount_in" } else { "amount_out" }, what, fix);
    } else if pair.contains(&true) && columns.has("refund_amount") {
        columns.refuse("refund_amount", "stands beside amount_in and amount_out", "leave it out");
    }
    if section.has("product") && columns.has("product") {
        section.refuse("product", "stands beside the column product", "keep one of them");
    }
    let tables = [
        ("kinds", "kind"),
        ("products", "product"),
        ("statuses", "status"),
        ("directions", "direction"),
    ];
    for (table, column) in tables {
        let is_of_fees = table == "directions" && columns.has("fee_direction");
        if section.has(table) && columns.lacks(column) && !is_of_fees {
            let fix = format!("add {column} to its columns");
            section.refuse(table, "has words of a column that is not named", fix);
        }
    }
    let has_fee = settings.columns.contains_key("fee");
    for (label, of) in &settings.totals {
        if of.figure == Figure::Fee && !has_fee {
            let what = format!("has {label:?} = \"{of}\", and there is no column fee");
            section.refuse("totals", &what, "add fee to its columns");
        }
    }
    words::check_pair_by(section, columns);
    form::agree(section, settings.form);
    nets_agree(columns);
    let has_product = settings.product.is_some() || columns.has("product");
    for kind in settings.named_order_kinds() {
        let products: Vec<_> =
            lanes.iter().filter(|lane| lane.0 == kind).map(|lane| lane.1.as_str()).collect();
        let fix = format!("it has {}", products.join(", "));
        match &settings.product {
            Some(product) if !products.contains(&product.as_str()) => {
                let what = format!("is {product:?}, and the account has no {kind} of it");
                section.refuse("product", &what, fix);
            }
            None if products.len() > 1 && !has_product && !section.has("product") => {
                let what = format!("leaves open which product a {kind} is of ({fix})");
                section.refuse("columns", &what, "add product, here or to its columns");
            }
            Some(_) | None => {}
        }
    }
}

/// Refuses columns of net amounts that do not go together.
fn nets_agree(columns: &Section<'_>) {
    let pair = [columns.has("net_in"), columns.has("net_out")];
    if pair[0] != pair[1] || (pair[0] && columns.has("net")) {
        let what = "stand for net, and both are needed";
        let fix = "name net_in and net_out, and not net";
        columns.refuse(if pair[0] { "net_in" } else { "net_out" }, what, fix);
    }
}

/// What is wrong with a text that says nothing.
fn nothing(what: &str) -> Wrong {
    Wrong::new(format!("not {what}"), "write it as it stands in the file")
}

#[cfg(test)]
mod tests;
