//! The header: which of the file's columns is which of ours, and what to say when one is missing.

use std::io::BufRead;

use crate::config::{Encoding, OrderSettings};
use crate::intake::records::{Records, Step};
use crate::intake::time::Times;
use crate::intake::{IntakeError, cell};
use crate::money::minor_from_yuan;

/// Our columns (`contract.md` §3), in the order of the contract: the keys of `[orders.columns]`.
pub const ORDER_COLUMNS: [&str; 12] = [
    "account",
    "kind",
    "product",
    "order_no",
    "provider_order_no",
    "original_order_no",
    "amount",
    "currency",
    "status",
    "created_at",
    "paid_at",
    "fee",
];

/// Names under which exports often have our columns; only ever suggested, never assumed.
const USUAL_NAMES: [(&str, &[&str]); 11] = [
    ("account", &["账户", "商户", "收款账户", "支付渠道", "channel", "merchant"]),
    ("kind", &["类型", "业务类型", "交易类型", "type", "tradetype", "businesstype"]),
    ("product", &["产品", "支付方式", "paytype", "paymethod", "payway"]),
    (
        "order_no",
        &[
            "商户订单号",
            "订单号",
            "订单编号",
            "商户单号",
            "merchantorderno",
            "outtradeno",
            "orderid",
            "mchorderno",
            "ordernumber",
            "tradeno",
        ],
    ),
    ("provider_order_no", &["平台订单号", "渠道订单号", "流水号", "transactionid", "payorderid"]),
    ("original_order_no", &["原订单号", "原商户订单号", "原交易号", "originorderno"]),
    (
        "amount",
        &[
            "金额",
            "订单金额",
            "交易金额",
            "金额(元)",
            "金额（元）",
            "totalamount",
            "totalfee",
            "money",
            "price",
        ],
    ),
    ("status", &["状态", "订单状态", "交易状态", "支付状态", "state", "paystatus", "orderstatus"]),
    ("created_at", &["创建时间", "下单时间", "订单时间", "createtime", "ordertime", "gmtcreate"]),
    (
        "paid_at",
        &["支付时间", "付款时间", "完成时间", "paytime", "paidtime", "successtime", "gmtpayment"],
    ),
    ("fee", &["手续费", "服务费", "手续费(元)", "servicefee", "charge"]),
];

/// Names of the header that an error shows.
const SHOWN_NAMES_MAX: usize = 40;

/// Where each of our columns is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// How many columns the header has.
    pub(super) width: usize,
    pub(super) account: Place,
    pub(super) kind: Place,
    pub(super) product: Place,
    pub(super) order_no: Place,
    pub(super) provider_order_no: Place,
    pub(super) original_order_no: Place,
    pub(super) amount: Place,
    pub(super) currency: Place,
    pub(super) status: Place,
    pub(super) created_at: Place,
    pub(super) paid_at: Place,
    pub(super) fee: Place,
}

impl Layout {
    /// The columns that the file has, by place, with our names.
    pub(super) fn needed(&self) -> Vec<(usize, &'static str)> {
        let places = [
            &self.account,
            &self.kind,
            &self.product,
            &self.order_no,
            &self.provider_order_no,
            &self.original_order_no,
            &self.amount,
            &self.currency,
            &self.status,
            &self.created_at,
            &self.paid_at,
            &self.fee,
        ];
        let named = ORDER_COLUMNS.into_iter().zip(places);
        let mut needed: Vec<_> =
            named.filter_map(|(ours, place)| Some((place.at?, ours))).collect();
        needed.sort_unstable();
        needed
    }
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which value of a row, from 0; `None` where the file has no such column.
    pub(super) at: Option<usize>,
    /// The name in the file's header.
    pub(super) name: String,
}

/// Reads the header, the first record.
///
/// # Errors
///
/// [`IntakeError`] when there is none, or when a needed column is missing or there twice.
pub(super) fn find<R: BufRead>(
    records: &mut Records<R>,
    encoding: Encoding,
    settings: &OrderSettings,
    file: &str,
) -> Result<Layout, IntakeError> {
    let step =
        records.advance().map_err(|source| IntakeError::Read { name: file.to_owned(), source })?;
    let names: Vec<String> = (0..records.width())
        .map(|at| cell::decode_lossy(records.value(at), encoding))
        .map(|text| bare(&text).to_owned())
        .collect();
    match step {
        Step::End => return Err(IntakeError::Empty { name: file.to_owned() }),
        // A carriage return alone ends lines in files of old Macintosh programs.
        Step::Row if !names.iter().any(|name| name.contains('\r')) => {}
        Step::Row | Step::Refused(_) => {
            return Err(IntakeError::NotCsv {
                name: file.to_owned(),
                found: "text without a readable header line",
                advice: "its first line has to name the columns, and lines have to end with LF or \
                         CRLF",
            });
        }
    }
    Search { names: &names, settings, file, missing: Vec::new() }.layout()
}

/// A name without what may surround it.
fn bare(text: &str) -> &str {
    cell::clean(text).trim_matches(['"', '“', '”']).trim()
}

struct Search<'a> {
    names: &'a [String],
    settings: &'a OrderSettings,
    file: &'a str,
    missing: Vec<&'static str>,
}

impl Search<'_> {
    fn layout(mut self) -> Result<Layout, IntakeError> {
        let layout = Layout {
            width: self.names.len(),
            account: self.required("account")?,
            kind: self.required("kind")?,
            product: self.optional("product")?,
            order_no: self.required("order_no")?,
            provider_order_no: self.optional("provider_order_no")?,
            original_order_no: self.optional("original_order_no")?,
            amount: self.required("amount")?,
            currency: self.optional("currency")?,
            status: self.required("status")?,
            created_at: self.optional("created_at")?,
            paid_at: self.optional("paid_at")?,
            fee: self.optional("fee")?,
        };
        if layout.created_at.at.or(layout.paid_at.at).is_none()
            && !self.missing.contains(&"paid_at")
        {
            self.missing.push("paid_at");
        }
        if self.missing.is_empty() { Ok(layout) } else { Err(self.columns_error()) }
    }

    fn required(&mut self, ours: &'static str) -> Result<Place, IntakeError> {
        let place = self.place(ours)?;
        if place.at.is_none() {
            self.missing.push(ours);
        }
        Ok(place)
    }

    /// A column that may be absent, unless the configuration says what it is called.
    fn optional(&mut self, ours: &'static str) -> Result<Place, IntakeError> {
        let place = self.place(ours)?;
        if place.at.is_none() && self.settings.columns.contains_key(ours) {
            self.missing.push(ours);
        }
        Ok(place)
    }

    /// The one column with this name, else the one whose name differs in upper and lower case only.
    fn place(&self, ours: &'static str) -> Result<Place, IntakeError> {
        let wanted = self.settings.columns.get(ours).map_or(ours, |theirs| bare(theirs));
        let numbered = || self.names.iter().enumerate();
        let mut found: Vec<_> = numbered().filter(|(_, name)| *name == wanted).collect();
        if found.is_empty() {
            found = numbered().filter(|(_, name)| name.eq_ignore_ascii_case(wanted)).collect();
        }
        match found.as_slice() {
            [] => Ok(Place { at: None, name: wanted.to_owned() }),
            [(at, name)] => Ok(Place { at: Some(*at), name: (*name).clone() }),
            several => Err(IntakeError::DuplicateColumn {
                name: self.file.to_owned(),
                column: wanted.to_owned(),
                count: several.len(),
            }),
        }
    }

    fn columns_error(&self) -> IntakeError {
        let name = |ours: &&str| match self.settings.columns.get(*ours) {
            Some(theirs) => format!("{ours} (configured as {theirs:?})"),
            None if *ours == "paid_at" => "created_at or paid_at".to_owned(),
            None => (*ours).to_owned(),
        };
        let missing: Vec<_> = self.missing.iter().map(name).collect();
        // A file without header must not leak its first row.
        let (header, advice) = if self.names.iter().any(|name| is_data(name)) {
            ("Its first line looks like data: it has to name the columns".to_owned(), String::new())
        } else {
            let names: Vec<_> = self.names.iter().map(|name| cell::shown(name)).collect();
            let shown: Vec<_> = names.iter().map(String::as_str).take(SHOWN_NAMES_MAX).collect();
            let more = if names.len() > SHOWN_NAMES_MAX { ", …" } else { "" };
            (format!("Its header has: {}{more}", shown.join(", ")), self.advice())
        };
        let name = self.file.to_owned();
        IntakeError::Columns { name, missing: missing.join(", "), header, advice }
    }

    /// The lines to write into the configuration.
    fn advice(&self) -> String {
        let mut text =
            "\nwhere the file has them under other names, say so in the configuration:\n\
                        [orders.columns]"
                .to_owned();
        for ours in &self.missing {
            let theirs = likeliest(ours, self.names).map_or("NAME IN THE FILE", String::as_str);
            text.extend(["\n", ours, " = ", &format!("{theirs:?}")]);
        }
        text
    }
}

/// The file's column that most likely is ours: by a usual name, else by its spelling.
pub(in crate::intake) fn likeliest<'n>(ours: &str, names: &'n [String]) -> Option<&'n String> {
    let usual = USUAL_NAMES.iter().find(|(column, _)| *column == ours);
    let usual = usual.map_or(&[][..], |(_, names)| *names);
    // Each is made plain once: a file without a header is asked about row by row.
    let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
    let by_usage = usual.iter().find_map(|usual| plain_names.iter().position(|name| name == usual));
    let at = by_usage.or_else(|| {
        let ours = plain(ours);
        let length = ours.chars().count();
        let allowed = length.div_ceil(3);
        // So many letters more or less are as many slips, which is told without counting them.
        let may_be = |name: &String| name.chars().count().abs_diff(length) <= allowed;
        let near = plain_names.iter().enumerate().filter(|(_, name)| may_be(name));
        let slips = near.map(|(at, name)| (strsim::damerau_levenshtein(&ours, name), at));
        slips.filter(|(slips, _)| *slips <= allowed).min().map(|(_, at)| at)
    })?;
    names.get(at)
}

/// A name as it is compared for likeness.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect::<String>().to_lowercase()
}

/// Whether a name of the header is rather a value.
pub(in crate::intake) fn is_data(name: &str) -> bool {
    const DIGITS_IN_A_NAME_MAX: usize = 5;
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits > DIGITS_IN_A_NAME_MAX
        || minor_from_yuan(name).is_ok()
        || Times::new(crate::business_day::BusinessDay::BEIJING).read(name).is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::AmountUnit;

    fn found(header: &str, columns: &[(&str, &str)]) -> Result<Layout, String> {
        let columns: BTreeMap<_, _> = columns
            .iter()
            .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()))
            .collect();
        let settings = OrderSettings {
            csv: None,
            amount_unit: AmountUnit::Yuan,
            columns,
            statuses: BTreeMap::new(),
            database: None,
        };
        let mut records = Records::new(header.as_bytes()).expect("memory");
        find(&mut records, Encoding::Utf8, &settings, "orders/day.csv").map_err(|e| e.to_string())
    }

    #[test]
    fn columns_are_found_by_name_in_any_order_and_dress() {
        let header = "备注,\" Order_No \",`kind,Account,订单状态,AMOUNT\u{3000},paid_at\r\n";
        let layout = found(header, &[("status", "订单状态")]).expect("a header");
        assert_eq!(layout.width, 7);
        let places = [&layout.order_no, &layout.kind, &layout.account, &layout.status];
        assert_eq!(places.map(|place| place.at), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(layout.order_no.name, "Order_No");
        assert_eq!(layout.fee, Place { at: None, name: "fee".to_owned() });
    }

    #[test]
    fn a_missing_column_is_named_with_the_line_to_write() {
        let error = found("account,kind,订单号,amuont,状态,备注\n", &[("fee", "手续费")]);
        assert_eq!(
            error.expect_err("columns are missing"),
            "orders/day.csv has no column for order_no, amount, status, fee (configured as \
             \"手续费\"), created_at or paid_at. Its header has: account, kind, 订单号, amuont, 状态, \
             备注\nwhere the file has them under other names, say so in the configuration:\n\
             [orders.columns]\norder_no = \"订单号\"\namount = \"amuont\"\nstatus = \"状态\"\n\
             fee = \"NAME IN THE FILE\"\npaid_at = \"NAME IN THE FILE\""
        );
    }

    #[test]
    fn a_first_row_is_not_shown_as_if_it_were_a_header() {
        for row in ["张三,13800138000,x\n", "张三,12.00,x\n", "张三,2026-11-20,x\n"] {
            let error = found(row, &[]).expect_err("no header");
            assert!(error.ends_with("Its first line looks like data: it has to name the columns"));
            assert!(!error.contains("张三"), "{error}");
        }
    }

    #[test]
    fn a_needed_column_may_be_there_once_only() {
        let all = "account,kind,order_no,amount,status,paid_at";
        let error = found(&format!("{all},备注,备注,Amount,order_no\n"), &[]).expect_err("twice");
        assert!(error.contains("2 columns named \"order_no\""), "{error}");
        // One exact name wins over others that differ in case; others may repeat.
        assert!(found(&format!("{all},备注,备注,Amount\n"), &[]).is_ok());
    }

    #[test]
    fn a_file_without_header_or_lines_is_refused() {
        assert!(found("\n \r\n", &[]).expect_err("blank").contains("not even a header"));
        let mac = "account,kind,order_no,amount,status,paid_at\ra,payment,1,1,failed,2026-11-20\r";
        assert!(found(mac, &[]).expect_err("no line").contains("LF or CRLF"));
        let open = "account,kind,order_no,\"amount,status,paid_at\n";
        assert!(found(open, &[]).expect_err("open quote").contains("readable header line"));
    }

    #[test]
    fn usual_names_are_written_as_they_are_compared() {
        for (column, names) in USUAL_NAMES {
            assert!(ORDER_COLUMNS.contains(&column));
            assert!(names.iter().all(|name| plain(name) == *name), "{column}");
        }
    }
}
