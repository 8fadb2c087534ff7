//! `discrepancy list`: what is to be worked on, the most urgent first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use futures_util::StreamExt;
use serde::Serialize;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::cli::answer::Answer;
use crate::cli::discrepancy::heading;
use crate::cli::discrepancy::row::{AsOf, Document, Standing};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{DiscrepancyListArgs, SortBy, open, output};
use crate::config::Language;
use crate::money::{self, Currency, Money};
use crate::report::table::{Field, aligned, columns};
use crate::run::Scope;
use crate::wording::Word;

/// What the rows come to in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    count: u64,
    difference_minor: i64,
    at_stake_minor: u64,
}

impl Total {
    /// Counts a row; `None` when a sum does not fit.
    fn with(self, standing: &Standing) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(1)?,
            difference_minor: self.difference_minor.checked_add(standing.shown.difference_minor)?,
            at_stake_minor: self.at_stake_minor.checked_add(standing.row.at_stake_minor())?,
        })
    }
}

/// The rows of one page, and what all that are meant come to.
struct Listed {
    rows: Vec<Standing>,
    count: usize,
    totals: BTreeMap<Currency, Total>,
}

impl Listed {
    /// Rows that come after the page.
    fn left(&self, args: &DiscrepancyListArgs) -> usize {
        self.count.saturating_sub(args.skip).saturating_sub(self.rows.len())
    }
}

/// A list as a document.
#[derive(Debug, Serialize)]
struct Documented {
    /// The business date whose report it is; `None` for what is so now.
    business_date: Option<String>,
    /// Ages are counted to this date.
    as_of: String,
    /// Rows that are meant, on this page or not.
    count: usize,
    skipped: usize,
    left: usize,
    totals: Vec<TotalOf>,
    discrepancies: Vec<Document>,
}

#[derive(Debug, Serialize)]
struct TotalOf {
    currency: String,
    count: u64,
    difference: String,
    at_stake: String,
}

/// Of which report the rows are, and in whose states they are shown.
struct Meant {
    /// The rows are those of this date's report.
    date: BusinessDate,
    as_of: AsOf,
    /// The causes are those of this date's report.
    reported: BusinessDate,
}

impl Meant {
    async fn of(app: &App, args: &DiscrepancyListArgs) -> Result<Self, Failure> {
        let (now, business_day) = (app.clock.now(), app.config.business_day);
        if let Some(date) = args.date {
            let date = date.resolve(now, &business_day)?;
            open::reconciled(app, date).await?;
            return Ok(Self { date, as_of: AsOf::end_of(app, date), reported: date });
        }
        let Some(newest) = app.ledger.last_day().await? else {
            let what =
                "nothing was ever reconciled, so nothing is known; run: duizhang run nightly";
            return Err(Failure::Verdict(what.to_owned()));
        };
        // What people decided today stands in the rows of today.
        let date = business_day.date_of(now).max(newest);
        Ok(Self { date, as_of: AsOf::now(app), reported: newest })
    }
}

/// Lists what is meant.
pub(crate) async fn list(app: &App, args: &DiscrepancyListArgs) -> Result<Answer, Failure> {
    let meant = Meant::of(app, args).await?;
    let listed = read(app, args, &meant).await?;
    let text = text(&listed, args, app.config.reports.language, output::width());
    let document = Documented {
        business_date: args.date.map(|_| meant.date.to_string()),
        as_of: meant.as_of.date.to_string(),
        count: listed.count,
        skipped: args.skip.min(listed.count),
        left: listed.left(args),
        totals: listed.totals.iter().map(|(currency, total)| total_of(*currency, total)).collect(),
        discrepancies: listed.rows.iter().map(|row| Document::of(row, app)).collect(),
    };
    Ok(Answer::new(DONE, text, &document))
}

/// The rows of the page, of all that pass the filters.
async fn read(app: &App, args: &DiscrepancyListArgs, meant: &Meant) -> Result<Listed, Failure> {
    let Meant { date, as_of, reported } = meant;
    let accounts = app.accounts(&Scope { date: *date, accounts: args.accounts.clone() })?;
    let accounts: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
    let causes = app.ledger.patterns(*reported).await?;
    if let Some(wanted) = &args.pattern
        && !causes.iter().any(|cause| cause.id(*reported) == *wanted)
    {
        return Err(Failure::Usage(format!(
            "the report of {reported} has no cause {wanted:?}: the ids are in its patterns file (原因编号)"
        )));
    }
    let mut listed = Listed { rows: Vec::new(), count: 0, totals: BTreeMap::new() };
    let keep = if args.limit == 0 { usize::MAX } else { args.skip.saturating_add(args.limit) };
    let mut rows = app.ledger.report_rows(*date);
    while let Some(row) = rows.next().await {
        let standing = Standing::of(row?, as_of, (*reported, &causes));
        let account = standing.row.key.stream.account.as_str();
        if !accounts.contains(&account) || !is_meant(&standing, args) {
            continue;
        }
        listed.count = listed.count.saturating_add(1);
        let total = listed.totals.entry(standing.row.currency).or_default();
        *total = total.with(&standing).ok_or_else(|| {
            Failure::Verdict("the sum of the discrepancies does not fit in 64 bits".to_owned())
        })?;
        listed.rows.push(standing);
        // Of more rows than are shown only the first ones are kept.
        if listed.rows.len() >= keep.saturating_mul(2) {
            sort(&mut listed.rows, args.sort);
            listed.rows.truncate(keep);
        }
    }
    drop(rows);
    sort(&mut listed.rows, args.sort);
    listed.rows.truncate(keep);
    listed.rows.drain(..args.skip.min(listed.rows.len()));
    Ok(listed)
}

fn total_of(currency: Currency, total: &Total) -> TotalOf {
    TotalOf {
        currency: currency.to_string(),
        count: total.count,
        difference: money::units(total.difference_minor, currency),
        at_stake: at_stake(total.at_stake_minor, currency),
    }
}

/// What is at stake as text; sums of it never leave what an amount can be.
fn at_stake(minor: u64, currency: Currency) -> String {
    money::units(i64::try_from(minor).unwrap_or(i64::MAX), currency)
}

/// Whether a row passes every filter.
fn is_meant(standing: &Standing, args: &DiscrepancyListArgs) -> bool {
    let row = &standing.row;
    let state = if args.states.is_empty() {
        args.date.is_some() || !standing.state().is_closed()
    } else {
        args.states.contains(&standing.state())
    };
    let older = |days: u32| standing.age_days > i64::from(days);
    let number = |wanted: &String| row.key.order_no == *wanted || row.provider_order_no == *wanted;
    state
        && one_of(&args.types, &row.kind)
        && one_of(&args.severities, &standing.severity)
        && one_of(&args.kinds, &row.key.stream.kind)
        && args.older_than.is_none_or(older)
        && args.min_amount.is_none_or(|least| row.at_stake_hundredths() >= least)
        && args.pattern.as_ref().is_none_or(|wanted| standing.pattern == *wanted)
        && args.order_no.as_ref().is_none_or(number)
}

fn one_of<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn sort(rows: &mut [Standing], by: SortBy) {
    let stake = |it: &Standing| Reverse(it.row.at_stake_hundredths());
    let name = |it: &Standing| {
        let key = &it.row.key;
        (key.stream.account.clone(), key.order_no.clone(), it.row.id.clone())
    };
    match by {
        SortBy::Severity => rows.sort_by_cached_key(|it| {
            (Reverse(it.severity), stake(it), Reverse(it.age_days), name(it))
        }),
        SortBy::Age => rows.sort_by_cached_key(|it| (Reverse(it.age_days), stake(it), name(it))),
        SortBy::Amount => rows.sort_by_cached_key(|it| (stake(it), Reverse(it.age_days), name(it))),
        SortBy::Date => {
            rows.sort_by_cached_key(|it| (Reverse(it.row.business_date), stake(it), name(it)));
        }
    }
}

/// The page as a table: one line each where there is room, else two.
fn text(
    listed: &Listed,
    args: &DiscrepancyListArgs,
    language: Language,
    width: Option<usize>,
) -> String {
    let mut text = String::new();
    if !listed.rows.is_empty() {
        let whole = table(&listed.rows, language);
        let widest = whole.lines().map(columns).max().unwrap_or(0);
        text = match width {
            Some(width) if widest > width => stacked(&listed.rows, language, width),
            Some(_) | None => whole,
        };
    }
    for (currency, total) in &listed.totals {
        let Total { count, difference_minor, at_stake_minor } = *total;
        let difference = money::units(difference_minor, *currency);
        let stake = at_stake(at_stake_minor, *currency);
        // Writing into a String cannot fail, here and below.
        let _ = match language {
            Language::Zh => writeln!(
                text,
                "合计 {currency}：{count} 笔，差异金额 {difference}，涉及金额 {stake}"
            ),
            Language::En => writeln!(
                text,
                "total {currency}: {count} rows, difference {difference}, at stake {stake}"
            ),
        };
    }
    let left = listed.left(args);
    let next = args.skip.saturating_add(listed.rows.len());
    let _ = match (language, listed.count) {
        (Language::Zh, 0) => writeln!(text, "没有符合条件的差异"),
        (Language::En, 0) => writeln!(text, "no such discrepancies"),
        (Language::Zh, _) if left > 0 => {
            writeln!(text, "还有 {left} 笔未列出：加 --skip {next} 看下一页，--limit 0 全部列出")
        }
        (Language::En, _) if left > 0 => {
            writeln!(text, "{left} more: --skip {next} for the next page, --limit 0 for all")
        }
        (_, _) => Ok(()),
    };
    text
}

/// An amount, with its currency where that is not yuan.
fn written(standing: &Standing) -> String {
    super::written(Money {
        minor: standing.shown.difference_minor,
        currency: standing.row.currency,
    })
}

fn judged(standing: &Standing, language: Language) -> Vec<Field> {
    vec![
        Field::left(standing.severity.word(language)),
        Field::left(standing.state().word(language)),
        Field::left(standing.row.kind.word(language)),
        Field::right(&written(standing)),
        Field::right(&standing.age_days.to_string()),
    ]
}

fn judged_heads(language: Language) -> Vec<Field> {
    vec![
        Field::left(heading("severity", language)),
        Field::left(heading("state", language)),
        Field::left(heading("type", language)),
        Field::right(heading("difference", language)),
        Field::right(heading("age_days", language)),
    ]
}

fn table(rows: &[Standing], language: Language) -> String {
    let mut head = judged_heads(language);
    for code in ["account", "kind", "merchant_order_no", "discrepancy_id"] {
        head.push(Field::left(heading(code, language)));
    }
    let mut table = vec![head];
    for standing in rows {
        let (row, stream) = (&standing.row, &standing.row.key.stream);
        let mut line = judged(standing, language);
        line.push(Field::left(&stream.account));
        line.push(Field::left(stream.kind.word(language)));
        line.push(Field::left(&row.key.order_no));
        line.push(Field::left(&row.id));
        table.push(line);
    }
    aligned(&table)
}

/// Two lines each, and a third for an order number that does not fit.
fn stacked(rows: &[Standing], language: Language, width: usize) -> String {
    let mut firsts = vec![judged_heads(language)];
    firsts.extend(rows.iter().map(|standing| judged(standing, language)));
    let firsts = aligned(&firsts);
    let mut lines = firsts.lines();
    let mut text = String::new();
    let head = ["discrepancy_id", "account", "kind", "merchant_order_no"];
    let head = head.map(|code| heading(code, language)).join(" · ");
    let seconds = std::iter::once((head, String::new())).chain(rows.iter().map(|standing| {
        let (row, stream) = (&standing.row, &standing.row.key.stream);
        let kind = stream.kind.word(language);
        (format!("{} · {} · {kind}", row.id, stream.account), row.key.order_no.clone())
    }));
    for (second, order) in seconds {
        text.push_str(lines.next().unwrap_or_default());
        text.push_str("\n  ");
        text.push_str(&second);
        if !order.is_empty() {
            let whole = columns(&second).saturating_add(columns(&order)).saturating_add(5);
            text.push_str(if whole <= width { " · " } else { "\n  " });
            text.push_str(&order);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::business_day::BusinessDay;
    use crate::cli::{Cli, Command, DiscrepancyCommand};
    use crate::discrepancy::{DiscrepancyType, SeverityBands};
    use crate::rules::testing::{day, discrepancy, stream};

    fn args(line: &str) -> DiscrepancyListArgs {
        let line = format!("duizhang discrepancy list {line}");
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("arguments");
        let Command::Discrepancy(what) = cli.command else { panic!("a discrepancy command") };
        let DiscrepancyCommand::List(args) = what.what else { panic!("a list") };
        args
    }

    /// Rows of 12,345.67 yuan and less, the later ones older.
    fn rows(count: i64) -> Vec<Standing> {
        let (business_day, bands) = (BusinessDay::BEIJING, SeverityBands::default());
        let as_of = AsOf { date: day("20"), business_day, bands };
        let row = |n: i64| {
            let mut row = discrepancy(DiscrepancyType::PaidOnlyAtProvider, &stream());
            row.id = format!("DZ0000000000000{n:03}");
            row.key.order_no = format!("2026112000000000{n:04}");
            row.difference_minor = 1_234_567 - n * 100_000;
            row.first_seen = day("20").plus_days(-n);
            Standing::of(row, &as_of, (as_of.date, &[]))
        };
        (0..count).map(row).collect()
    }

    fn listed(rows: Vec<Standing>, count: usize) -> Listed {
        let total = rows.iter().try_fold(Total::default(), Total::with);
        let totals = BTreeMap::from([(Currency::CNY, total.expect("a sum"))]);
        Listed { rows, count, totals }
    }

    #[test]
    fn a_narrow_terminal_gets_two_lines_each_and_none_is_too_wide() {
        for language in [Language::Zh, Language::En] {
            let list = listed(rows(3), 3);
            let whole = text(&list, &args(""), language, None);
            assert_eq!(whole.lines().count(), 5, "{whole}");
            assert!(whole.lines().take(4).any(|line| columns(line) > 80), "{whole}");
            let narrow = text(&list, &args(""), language, Some(80));
            assert_eq!(narrow.lines().count(), 9, "{narrow}");
            for line in narrow.lines() {
                assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
            }
            assert!(narrow.contains("20261120000000000002"), "{narrow}");
        }
    }

    #[test]
    fn pages_say_what_is_left_and_totals_are_of_all() {
        let listing = text(&listed(rows(2), 7), &args("--skip 2 --limit 2"), Language::Zh, None);
        assert!(listing.contains("还有 3 笔未列出：加 --skip 4"), "{listing}");
        let listing = text(&listed(rows(2), 2), &args(""), Language::En, None);
        assert!(
            listing.ends_with("total CNY: 2 rows, difference 23691.34, at stake 23691.34\n"),
            "{listing}"
        );
        let none = Listed { rows: Vec::new(), count: 0, totals: BTreeMap::new() };
        assert_eq!(text(&none, &args(""), Language::En, None), "no such discrepancies\n");
    }

    #[test]
    fn rows_are_sorted_by_what_is_asked_for() {
        let order = |by: SortBy| {
            let mut rows = rows(7);
            rows.reverse();
            sort(&mut rows, by);
            rows.iter().map(|row| row.age_days).collect::<Vec<_>>()
        };
        // Ages 5 and 6 are critical, 3 and 4 high, as is 0 and 1 and 2 by their amount.
        assert_eq!(order(SortBy::Severity), [5, 6, 0, 1, 2, 3, 4]);
        assert_eq!(order(SortBy::Age), [6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(order(SortBy::Amount), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn every_filter_leaves_out_what_it_does_not_mean() {
        let all = rows(7);
        let count = |line: &str| all.iter().filter(|row| is_meant(row, &args(line))).count();
        for (line, expected) in [
            ("", 7),
            ("--severity critical", 2),
            ("--severity critical --severity high", 7),
            ("--type 掉单", 7),
            ("--type 金额不符", 0),
            ("--state timing", 0),
            ("--kind payment", 7),
            ("--older-than 4", 2),
            ("--min-amount 12345.67", 1),
            ("--min-amount 12345.68", 0),
            ("--order-no 20261120000000000003", 1),
            ("--pattern PT0", 0),
        ] {
            assert_eq!(count(line), expected, "{line}");
        }
    }
}
