//! The header: which of the file's columns is which of ours, and what to say when one is missing.

use chrono_tz::Tz;

use crate::config::OrderSettings;
use crate::intake::content::Content;
use crate::intake::header::{self, Found, Head, Likeliest, Place, Sought, bare, found_as};
use crate::intake::rows::Rows;
use crate::intake::time::Times;
use crate::intake::totals::Columns;
use crate::intake::{IntakeError, cell};
use crate::money::minor_from_yuan;

/// Our columns (`docs/contract.md` §3), in the order of the contract: the keys of `[orders.columns]`.
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

/// Bytes that the name of a column may have, to be compared with usual ones.
const NAME_BYTES_MAX: usize = 120;

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
    pub(super) created_at: Moment,
    pub(super) paid_at: Moment,
    pub(super) fee: Place,
    /// The zone of the times, where the file has one of its own.
    pub(super) timezone: Option<Tz>,
}

/// Where a time stands: in one column, or its date and its time of day in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) date: Place,
    pub(super) clock: Place,
}

impl Layout {
    /// The columns that the file has, by place, with our names.
    pub(super) fn used(&self) -> Vec<(usize, &'static str)> {
        let Moment { date: created_at, clock: created_clock } = &self.created_at;
        let Moment { date: paid_at, clock: paid_clock } = &self.paid_at;
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
            created_at,
            paid_at,
            &self.fee,
        ];
        let clocks = [("created_at", created_clock), ("paid_at", paid_clock)];
        let named = ORDER_COLUMNS.into_iter().zip(places).chain(clocks);
        let mut used: Vec<_> = named.filter_map(|(ours, place)| Some((place.at?, ours))).collect();
        used.sort_unstable();
        used
    }

    /// How many values a row may not leave out: as far as the last one that it needs.
    pub(super) fn needed(&self) -> usize {
        let places = [&self.account, &self.kind, &self.order_no, &self.amount, &self.status];
        let times = [&self.created_at, &self.paid_at].into_iter().filter_map(|time| time.date.at);
        let last = places.iter().filter_map(|place| place.at).chain(times.min()).max();
        last.map_or(0, |at| at.saturating_add(1))
    }

    /// The columns that totals have to do with.
    pub(super) fn totals(&self) -> Columns {
        let nowhere = || Place { at: None, name: String::new() };
        let has_payment = self.paid_at.date.at.is_some();
        Columns {
            order_no: self.order_no.clone(),
            amount: self.amount.clone(),
            refund_amount: nowhere(),
            fee: self.fee.clone(),
            time: if has_payment { &self.paid_at } else { &self.created_at }.date.clone(),
            width: self.width,
        }
    }
}

/// Which of a file's columns are needed: their places in ascending order, with our names.
///
/// # Errors
///
/// [`IntakeError`] when one is missing or there twice.
pub(in crate::intake) fn columns_of(
    names: &[String],
    settings: &OrderSettings,
    file: &str,
) -> Result<Vec<(usize, &'static str)>, IntakeError> {
    Ok(Search::new(settings, file).layout(names)?.used())
}

/// A file of orders, read as far as its header.
pub(super) struct Opened {
    pub(super) head: Head,
    pub(super) rows: Rows,
    pub(super) layout: Layout,
}

/// Whether a file that lies in an archive has the header of orders.
pub(super) fn fits(settings: &OrderSettings, content: &Content) -> bool {
    open(settings, "", content).is_ok()
}

/// Reads a file as far as its header. `file` is its name in errors.
///
/// # Errors
///
/// [`IntakeError`] when there is none, or when a needed column is missing or there twice.
pub(super) fn open(
    settings: &OrderSettings,
    file: &str,
    content: &Content,
) -> Result<Opened, IntakeError> {
    let search = Search::new(settings, file);
    let is_header = |names: &[String]| search.is_header(names);
    let sheet = settings.sheet.as_deref();
    let found = Sought { name: file, is_header: &is_header, sheet }.find(content)?;
    let Some(Found { head, mut rows, names, .. }) = found else { return Err(search.no_header()) };
    let layout = search.layout(&names)?;
    rows.below(&names, layout.needed());
    let used = layout.used().into_iter().map(|(at, ours)| (ours, at)).collect();
    let head = Head { used, timezone: layout.timezone, ..head };
    Ok(Opened { head, rows, layout })
}

/// Looks for the header.
struct Search<'a> {
    settings: &'a OrderSettings,
    file: &'a str,
    likeliest: Likeliest,
}

impl<'a> Search<'a> {
    fn new(settings: &'a OrderSettings, file: &'a str) -> Self {
        Self { settings, file, likeliest: Likeliest::default() }
    }

    /// The columns that a header has to have to be known as one.
    fn needed(&self) -> Vec<&'static str> {
        let of_all = &self.settings.of_all;
        let needed = [
            (of_all.account.is_none(), "account"),
            (of_all.kind.is_none(), "kind"),
            (true, "order_no"),
            (true, "amount"),
            (true, "status"),
        ];
        needed.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, ours)| ours).collect()
    }

    fn is_header(&self, names: &[String]) -> bool {
        let needed = self.needed();
        let has = |ours: &str| !self.found(ours, names).is_empty();
        let has_time = has("paid_at") || has("created_at");
        let count = needed.iter().filter(|ours| has(ours)).count();
        if count == needed.len() && has_time {
            return true;
        }
        let names: Vec<String> =
            names.iter().filter(|name| name.len() <= NAME_BYTES_MAX).cloned().collect();
        let usual = needed.iter().filter(|ours| likeliest(ours, &names).is_some()).count();
        self.likeliest.note((count.saturating_add(usize::from(has_time)), usual), &names);
        false
    }

    /// Where the columns of a header are.
    fn layout(&self, names: &[String]) -> Result<Layout, IntakeError> {
        let place = |ours: &'static str| header::place(self.file, ours, &self.wanted(ours), names);
        let moment = |ours: &'static str| {
            let clock = header::clock(ours, &self.wanted(ours), names);
            Ok::<_, IntakeError>(Moment { date: place(ours)?, clock })
        };
        let layout = Layout {
            width: names.len(),
            account: place("account")?,
            kind: place("kind")?,
            product: place("product")?,
            order_no: place("order_no")?,
            provider_order_no: place("provider_order_no")?,
            original_order_no: place("original_order_no")?,
            amount: place("amount")?,
            currency: place("currency")?,
            status: place("status")?,
            created_at: moment("created_at")?,
            paid_at: moment("paid_at")?,
            fee: place("fee")?,
            timezone: None,
        };
        let missing = self.missing(names);
        if !missing.is_empty() {
            return Err(self.columns_error(names, &missing));
        }
        let Moment { date: created_at, clock: created_clock } = &layout.created_at;
        let Moment { date: paid_at, clock: paid_clock } = &layout.paid_at;
        let places = [created_at, created_clock, paid_at, paid_clock];
        let timezone = header::timezone(self.file, "[orders]", self.settings.timezone, &places)?;
        Ok(Layout { timezone, ..layout })
    }

    /// What a header lacks: a needed column, or one of which the configuration says what it is called.
    fn missing(&self, names: &[String]) -> Vec<&'static str> {
        let needed = self.needed();
        let lacks = |ours: &str| self.found(ours, names).is_empty();
        let is_missing = |ours: &&'static str| {
            (needed.contains(ours) || self.settings.columns.contains_key(*ours)) && lacks(ours)
        };
        let mut missing: Vec<_> = ORDER_COLUMNS.into_iter().filter(is_missing).collect();
        if lacks("paid_at") && lacks("created_at") && !missing.contains(&"paid_at") {
            missing.push("paid_at");
        }
        // Times in the order in which they were always named.
        missing.sort_by_key(|ours| *ours == "paid_at");
        missing
    }

    /// The names under which a column is looked for: as configured, else ours.
    fn wanted(&self, ours: &str) -> Vec<String> {
        let configured = self.settings.columns.get(ours);
        configured.map_or_else(
            || vec![ours.to_owned()],
            |names| names.iter().map(|name| bare(name).to_owned()).collect(),
        )
    }

    fn found(&self, ours: &str, names: &[String]) -> Vec<usize> {
        found_as(&self.wanted(ours), names)
    }

    /// What is said of a file in which no row is the header.
    fn no_header(&self) -> IntakeError {
        let names = self.likeliest.names();
        if names.iter().all(|name| bare(name).is_empty()) {
            return IntakeError::Empty { name: self.file.to_owned() };
        }
        self.columns_error(&names, &self.missing(&names))
    }

    fn columns_error(&self, names: &[String], missing: &[&'static str]) -> IntakeError {
        let names: Vec<String> = names.iter().map(|name| bare(name).to_owned()).collect();
        let name = |ours: &&str| match self.settings.columns.get(*ours) {
            Some(theirs) => {
                let theirs = theirs.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>();
                format!("{ours} (configured as {})", theirs.join(" or "))
            }
            None if *ours == "paid_at" => "created_at or paid_at".to_owned(),
            None => (*ours).to_owned(),
        };
        let shown: Vec<_> = missing.iter().map(name).collect();
        let lacking = shown.join(", ");
        // A file without header must not leak its first row.
        let (header, advice) = if names.iter().any(|name| is_data(name)) {
            ("Its first line looks like data: it has to name the columns".to_owned(), String::new())
        } else {
            let shown: Vec<_> =
                names.iter().take(SHOWN_NAMES_MAX).map(|name| cell::shown(name)).collect();
            let more = if names.len() > SHOWN_NAMES_MAX { ", …" } else { "" };
            (format!("Its header has: {}{more}", shown.join(", ")), advice(&names, missing))
        };
        let name = self.file.to_owned();
        IntakeError::Columns { name, missing: lacking, header, advice }
    }
}

/// The lines to write into the configuration.
fn advice(names: &[String], missing: &[&'static str]) -> String {
    let mut text = String::new();
    for (ours, value) in [("account", "\"…\""), ("kind", "\"payment\"")] {
        if missing.contains(&ours) && likeliest(ours, names).is_none() {
            text.extend(["\n", ours, " = ", value]);
        }
    }
    let of_all = if text.is_empty() {
        text
    } else {
        format!("\nwhere it is the same for all rows, say which:\n[orders]{text}")
    };
    let mut text = format!(
        "{of_all}\nwhere the file has them under other names, say so in the configuration:\n\
         [orders.columns]"
    );
    for ours in missing {
        let theirs = likeliest(ours, names).map_or("NAME IN THE FILE", String::as_str);
        let theirs = cell::shown(theirs);
        text.extend(["\n", ours, " = ", &format!("{theirs:?}")]);
    }
    text
}

/// The file's column that most likely is ours: by a usual name, else by its spelling.
pub(crate) fn likeliest<'n>(ours: &str, names: &'n [String]) -> Option<&'n String> {
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
        // A name that is another column's is not this one's.
        let is_other = |name: &String| {
            ORDER_COLUMNS.iter().any(|column| plain(column) == *name && *name != ours)
        };
        let near = plain_names.iter().enumerate();
        let near = near.filter(|(_, name)| may_be(name) && !is_other(name));
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
pub(crate) fn is_data(name: &str) -> bool {
    const DIGITS_IN_A_NAME_MAX: usize = 5;
    let digits = name.chars().filter(char::is_ascii_digit).count();
    digits > DIGITS_IN_A_NAME_MAX
        || minor_from_yuan(name).is_ok()
        || Times::new(crate::business_day::BusinessDay::BEIJING).read(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OfAllOrders;
    use crate::intake::content;
    use crate::status::Kind;

    fn found(header: &str, columns: &[(&str, &str)]) -> Result<Layout, String> {
        let columns = columns.iter().map(|(ours, theirs)| {
            ((*ours).to_owned(), theirs.split('+').map(str::to_owned).collect())
        });
        let settings = OrderSettings { columns: columns.collect(), ..OrderSettings::default() };
        of_file(header, &settings).map(|opened| opened.layout)
    }

    fn of_file(text: &str, settings: &OrderSettings) -> Result<Opened, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let content = content::examine(file.path(), "orders/day.csv", &|_| true);
        let content = content.map_err(|error| error.to_string())?;
        open(settings, "orders/day.csv", &content).map_err(|error| error.to_string())
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
        assert_eq!(found(mac, &[]).expect("a header").width, 6);
        let open = "account,kind,order_no,\"amount,status,paid_at\n";
        assert!(found(open, &[]).expect_err("open quote").contains("no column for"));
    }

    #[test]
    fn the_header_is_found_below_titles_and_may_lack_what_holds_for_all_rows() {
        let titled = "订单导出\n店铺：某店,,\n\norder_no,amount,status,paid_at\n";
        let of_all = OfAllOrders {
            account: Some("main".to_owned()),
            kind: Some(Kind::Payment),
            ..OfAllOrders::default()
        };
        let settings = OrderSettings { of_all, ..OrderSettings::default() };
        let opened = of_file(titled, &settings).expect("a header");
        let places = (opened.layout.order_no.at, opened.layout.account.at);
        assert_eq!((places, opened.head.line), ((Some(0), None), 4));
        let error = found(titled, &[]).expect_err("columns are missing");
        assert!(error.contains("no column for account, kind"), "{error}");
        assert!(error.contains("[orders]\naccount = \"…\"\nkind = \"payment\"\n"), "{error}");
    }

    #[test]
    fn a_time_may_stand_in_two_columns_and_its_zone_in_their_names() {
        let head = "account,kind,order_no,amount,status";
        let layout =
            found(&format!("{head},日期,时间\n"), &[("paid_at", "日期+时间")]).expect("a header");
        assert_eq!((layout.paid_at.date.at, layout.paid_at.clock.at), (Some(5), Some(6)));
        assert_eq!(layout.created_at.clock.at, None);
        let zoned = [("paid_at", "Paid (UTC)")];
        let layout = found(&format!("{head},Paid (UTC)\n"), &zoned).expect("a header");
        assert_eq!(layout.timezone, Some(Tz::UTC));
        let error = found(
            &format!("{head},Paid (UTC),created_at(北京时间)\n"),
            &[("paid_at", "Paid (UTC)"), ("created_at", "created_at(北京时间)")],
        );
        assert!(error.expect_err("two zones").contains("[orders]\ntimezone"));
    }

    #[test]
    fn usual_names_are_written_as_they_are_compared() {
        for (column, names) in USUAL_NAMES {
            assert!(ORDER_COLUMNS.contains(&column));
            assert!(names.iter().all(|name| plain(name) == *name), "{column}");
        }
    }
}
