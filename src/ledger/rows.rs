//! Rows of the ledger as the crate's words. The columns are those of the files in `sql/queries`.

use super::failure::{Outcome, unknown};
use super::streams::Streams;
use super::{
    AccountPull, AccountVerdict, Anchor, AnchoredEntry, AnchoredWords, BillSum, ChainEntry,
    Counted, DaySum, DiscrepancyEvent, Firing, FiringState, IntakeFile, RunRecord, SumGroup,
    Summed, Totals, Version,
};
use crate::balance::{AccountTerm, BalanceAsk, BalanceLine, BalancePart, BalanceSnapshot};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::pattern::{Pattern, PatternKind};
use crate::discrepancy::{Discrepancy, DiscrepancyType, Evidence, State, TimeFrom};
use crate::lines::LineCounts;
use crate::money::{Currency, Money};
use crate::movement::{Movement, MovementKind};
use crate::order::{Order, OrderKey, Origin, Rejection, RejectionReason, Stream};
use crate::reading::{Assurance, Facts, Past, Reading, Source};
use crate::status::{Coverage, Kind, MerchantStatus, ProviderStatus, Verdict};

/// A value of a statement.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

impl From<BusinessDate> for Value {
    fn from(date: BusinessDate) -> Self {
        Self::Int(i64::from(date.number()))
    }
}

/// Columns of one row by position, whichever the database.
pub(super) trait Fields {
    /// A whole number, `None` for NULL.
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>>;

    /// A text, `None` for NULL.
    fn text_or_none(&self, column: usize) -> Outcome<Option<String>>;

    /// A whole number of a column that is never NULL.
    fn int(&self, column: usize) -> Outcome<i64> {
        self.int_or_none(column)?.ok_or_else(|| unknown("a number in a column", "NULL"))
    }

    /// A text, empty for NULL.
    fn text(&self, column: usize) -> Outcome<String> {
        Ok(self.text_or_none(column)?.unwrap_or_default())
    }

    /// A moment, `None` for NULL.
    fn time(&self, column: usize) -> Outcome<Option<Timestamp>> {
        Ok(self.int_or_none(column)?.map(Timestamp::from_epoch_seconds))
    }
}

/// One word of the ledger, current or not.
#[derive(Debug, Clone)]
pub(super) struct Stored<W> {
    /// What was said.
    pub(super) word: W,
    /// 1, 2, 3, … per identity; the greatest was written last.
    pub(super) version: i64,
    /// Whether no later word replaced it.
    pub(super) is_current: bool,
    /// Which put it belongs to: the file of an order, the source of a reading.
    pub(super) owner: i64,
}

/// What all words about one order, current or not, come to.
///
/// When an answer was last repeated is not looked at: that moves on with every night, and with it would move
/// the date of money that was dated before.
pub(super) fn past(words: &[Stored<Reading>]) -> Past {
    let mut words: Vec<&Stored<Reading>> = words.iter().collect();
    words.sort_by_key(|stored| (stored.word.observed_at, stored.word.source, stored.version));
    Past::of(words.into_iter().map(|stored| &stored.word))
}

/// The value that has a number in the ledger.
pub(super) fn listed<T>(
    what: &'static str,
    number: i64,
    from_number: impl Fn(i16) -> Option<T>,
) -> Outcome<T> {
    small(what, number).ok().and_then(from_number).ok_or_else(|| unknown(what, &number))
}

/// A number that fits in 16 bits.
pub(super) fn small(what: &'static str, number: i64) -> Outcome<i16> {
    i16::try_from(number).map_err(|_| unknown(what, &number))
}

/// A date that the ledger keeps as `yyyymmdd`.
pub(super) fn date(number: i64) -> Outcome<BusinessDate> {
    i32::try_from(number)
        .ok()
        .and_then(BusinessDate::from_number)
        .ok_or_else(|| unknown("a business date", &number))
}

/// A currency code.
pub(super) fn currency(code: &str) -> Outcome<Currency> {
    if code == Currency::CNY.as_str() {
        return Ok(Currency::CNY);
    }
    Currency::parse(code).map_err(|_| unknown("a currency", &code))
}

/// Money from its two columns; `None` when no amount is stated.
pub(super) fn money(minor: Option<i64>, code: &str) -> Outcome<Option<Money>> {
    minor.map(|minor| Ok(Money { minor, currency: currency(code)? })).transpose()
}

/// The stream with a number.
pub(super) fn stream(streams: &Streams, id: i64) -> Outcome<&Stream> {
    streams.stream(id).ok_or_else(|| unknown("a stream", &id))
}

/// A row of `stream`.
pub(super) fn stream_row(row: &(impl Fields + ?Sized)) -> Outcome<(i64, Stream)> {
    let kind = listed("a kind", row.int(2)?, Kind::from_number)?;
    Ok((row.int(0)?, Stream { account: row.text(1)?, kind, product: row.text(3)? }))
}

/// A row of `merchant_order`.
pub(super) fn order(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<Stored<Order>> {
    let key = OrderKey { stream: stream(streams, row.int(1)?)?.clone(), order_no: row.text(2)? };
    let amount = Money { minor: row.int(7)?, currency: currency(&row.text(8)?)? };
    let word = Order {
        key,
        occurrence: small("an occurrence", row.int(3)?)?,
        business_date: date(row.int(0)?)?,
        status: listed("a merchant status", row.int(6)?, MerchantStatus::from_number)?,
        amount,
        fee_minor: row.int_or_none(9)?,
        created_at: row.time(10)?,
        paid_at: row.time(11)?,
        provider_order_no: row.text(12)?,
        original_order_no: row.text(13)?,
        line: row.int(14)?,
        product: row.text(16)?,
    };
    Ok(Stored { word, version: row.int(4)?, is_current: row.int(5)? == 1, owner: row.int(15)? })
}

/// A row of `reading`.
pub(super) fn reading(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<Stored<Reading>> {
    let order_no = row.text(2)?;
    let source = row.int(3)?;
    let facts = Facts {
        order_no: order_no.clone(),
        provider_order_no: row.text(4)?,
        status: listed("a provider status", row.int(8)?, ProviderStatus::from_number)?,
        status_code: row.text(9)?,
        amount: money(row.int_or_none(10)?, &row.text(11)?)?,
        fee_minor: row.int_or_none(12)?,
        paid_at: row.time(13)?,
        withheld_minor: row.int_or_none(18)?,
        way: row.text(20)?,
    };
    let word = Reading {
        key: OrderKey { stream: stream(streams, row.int(1)?)?.clone(), order_no },
        business_date: date(row.int(0)?)?,
        source: listed("a source", source, Source::from_number)?,
        occurrence: small("an occurrence", row.int(5)?)?,
        facts,
        interface: row.text(14)?,
        assurance: listed("an assurance", row.int(15)?, Assurance::from_number)?,
        evidence: row.int(16)?,
        observed_at: Timestamp::from_epoch_seconds(row.int(17)?),
        original_order_no: row.text(19)?,
    };
    Ok(Stored { word, version: row.int(6)?, is_current: row.int(7)? == 1, owner: source })
}

/// A row of `rejection`, from its source on.
pub(super) fn rejection(row: &(impl Fields + ?Sized)) -> Outcome<Rejection> {
    Ok(Rejection {
        source: row.text(0)?,
        line: row.int(1)?,
        column: row.text(2)?,
        value: row.text(3)?,
        reason: listed("a reason", row.int(4)?, RejectionReason::from_number)?,
        order_no: row.text(5)?,
        origin: listed("an origin", row.int(6)?, Origin::from_number)?,
        account: row.text(7)?,
        kind: row
            .int_or_none(8)?
            .map(|kind| listed("a kind", kind, Kind::from_number))
            .transpose()?,
        product: row.text(9)?,
        amount: money(row.int_or_none(10)?, &row.text(11)?)?,
        business_date: row.int_or_none(12)?.map(date).transpose()?,
    })
}

/// A row of `intake_file`, without its date.
pub(super) fn intake_file(
    row: &(impl Fields + ?Sized),
    business_date: BusinessDate,
) -> Outcome<IntakeFile> {
    Ok(IntakeFile {
        name: row.text(0)?,
        digest: row.text(1)?,
        business_date,
        rows: row.int(2)?,
        rejected: row.int(3)?,
        encoding: row.text(4)?,
        imported_at: Timestamp::from_epoch_seconds(row.int(5)?),
        origin: listed("an origin", row.int(6)?, Origin::from_number)?,
        lines: LineCounts::from_code(&row.text(7)?),
    })
}

/// A row of `discrepancy`.
pub(super) fn discrepancy(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<Discrepancy> {
    let status = row.int_or_none(17)?;
    let source = row.int_or_none(21)?;
    Ok(Discrepancy {
        key: OrderKey { order_no: row.text(0)?, stream: stream(streams, row.int(2)?)?.clone() },
        id: row.text(1)?,
        kind: listed("a discrepancy type", row.int(3)?, DiscrepancyType::from_number)?,
        business_date: date(row.int(4)?)?,
        first_seen: date(row.int(5)?)?,
        timing_until: row.time(6)?,
        state: listed("a state", row.int(7)?, State::from_number)?,
        closed_on: row.int_or_none(8)?.map(date).transpose()?,
        difference_minor: row.int(9)?,
        provider_order_no: row.text(10)?,
        original_order_no: row.text(11)?,
        currency: currency(&row.text(12)?)?,
        merchant_amount_minor: row.int_or_none(13)?,
        provider_amount_minor: row.int_or_none(14)?,
        merchant_fee_minor: row.int_or_none(15)?,
        provider_fee_minor: row.int_or_none(16)?,
        merchant_status: status
            .map(|number| listed("a merchant status", number, MerchantStatus::from_number))
            .transpose()?,
        provider_status: listed("a provider status", row.int(18)?, ProviderStatus::from_number)?,
        merchant_time: row.time(19)?,
        provider_time: row.time(20)?,
        evidence: Evidence {
            source: source
                .map(|number| listed("a source", number, Source::from_number))
                .transpose()?,
            interface: row.text(22)?,
            assurance: listed("an assurance", row.int(23)?, Assurance::from_number)?,
            status_code: row.text(24)?,
            amount_assumed: row.int(25)? == 1,
            time_from: listed("whose time it is", row.int(26)?, TimeFrom::from_number)?,
            callback_at: row.time(30)?,
            amount_from: match row.int_or_none(31)? {
                Some(number) => {
                    Some((listed("a source", number, Source::from_number)?, row.text(32)?))
                }
                None => None,
            },
            answered_on: row.int_or_none(33)?.map(date).transpose()?,
        },
        resolution: row.text(27)?,
        resolved_by: row.text(28)?,
        resolution_note: row.text(29)?,
    })
}

/// A row of `discrepancy_version`, with the date since which it holds.
pub(super) fn version(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<Version> {
    Ok(Version { since: date(row.int(34)?)?, discrepancy: discrepancy(row, streams)? })
}

/// A pair's key from its stream's number and its order number.
pub(super) fn order_key(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<OrderKey> {
    Ok(OrderKey { stream: stream(streams, row.int(0)?)?.clone(), order_no: row.text(1)? })
}

/// A row of `discrepancy_event`.
pub(super) fn discrepancy_event(row: &(impl Fields + ?Sized)) -> Outcome<DiscrepancyEvent> {
    let sequence = row.int(2)?;
    Ok(DiscrepancyEvent {
        order_no: row.text(0)?,
        discrepancy_id: row.text(1)?,
        sequence: i32::try_from(sequence).map_err(|_| unknown("a sequence", &sequence))?,
        business_date: date(row.int(3)?)?,
        event: row.text(4)?,
        person: row.text(5)?,
        note: row.text(6)?,
        occurred_at: Timestamp::from_epoch_seconds(row.int(7)?),
    })
}

/// The columns of a row from one on.
struct Behind<'a, R: ?Sized>(&'a R, usize);

impl<R: Fields + ?Sized> Fields for Behind<'_, R> {
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>> {
        self.0.int_or_none(column.saturating_add(self.1))
    }

    fn text_or_none(&self, column: usize) -> Outcome<Option<String>> {
        self.0.text_or_none(column.saturating_add(self.1))
    }
}

/// A row of `discrepancy_event` with its hashes, and the row of `discrepancy`.
pub(super) fn chain_entry(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<ChainEntry> {
    let of_row = Behind(row, 11);
    let there = of_row.text_or_none(0)?;
    Ok(ChainEntry {
        event: discrepancy_event(row)?,
        hash: row.text_or_none(8)?,
        row_hash: row.text(9)?,
        content_hash: row.text(10)?,
        row: there.map(|_| discrepancy(&of_row, streams)).transpose()?,
    })
}

/// A row of `anchor`.
pub(super) fn anchor(row: &(impl Fields + ?Sized)) -> Outcome<Anchor> {
    Ok(Anchor {
        sequence: row.int(0)?,
        business_date: date(row.int(1)?)?,
        entries: row.int(2)?,
        digest: row.text(3)?,
        hash: row.text(4)?,
        words: anchored_words(row)?,
    })
}

fn anchored_words(row: &(impl Fields + ?Sized)) -> Outcome<Option<AnchoredWords>> {
    let (count, digest, evidence) =
        (row.int_or_none(5)?, row.text_or_none(6)?, row.int_or_none(7)?);
    Ok(match (count, digest, evidence) {
        (Some(count), Some(digest), Some(evidence)) => {
            Some(AnchoredWords { count, digest, evidence })
        }
        _ => None,
    })
}

/// An entry of a history by its anchor.
pub(super) fn anchored_entry(row: &(impl Fields + ?Sized)) -> Outcome<AnchoredEntry> {
    let sequence = row.int(3)?;
    Ok(AnchoredEntry {
        anchor: row.int(0)?,
        order_no: row.text(1)?,
        discrepancy_id: row.text(2)?,
        sequence: i32::try_from(sequence).map_err(|_| unknown("a sequence", &sequence))?,
        business_date: date(row.int(4)?)?,
        content_hash: row.text(5)?,
        is_pruned: row.int(6)? == 1,
    })
}

/// Several texts as the ledger keeps them: one a line.
pub(super) fn lines(texts: &[String]) -> String {
    texts.join("\n")
}

/// A row of `account_pull`, without its date.
pub(super) fn account_pull(
    row: &(impl Fields + ?Sized),
    business_date: BusinessDate,
) -> Outcome<AccountPull> {
    let list = |text: String| text.lines().map(str::to_owned).collect();
    Ok(AccountPull {
        account: row.text(0)?,
        business_date,
        coverage: listed("a coverage", row.int(1)?, Coverage::from_number)?,
        listed: list(row.text(2)?),
        unlisted: list(row.text(3)?),
        listed_rows: row.int(4)?,
        asked: row.int(5)?,
        answered: row.int(6)?,
        unproved: row.int(7)?,
        day_unfinished: row.int(8)? == 1,
        problem: row.text(9)?,
    })
}

/// The currency whose three letters a number has in its last three bytes, as
/// `merchant_order_pair.sql` gives it.
pub(super) fn currency_of_number(number: i64) -> Outcome<Currency> {
    let [.., a, b, c] = number.to_be_bytes();
    let code = [a, b, c].map(char::from).iter().collect::<String>();
    currency(&code)
}

/// A row of `day_total`, without its date.
pub(super) fn day_total(
    row: &(impl Fields + ?Sized),
    streams: &Streams,
) -> Outcome<(Stream, Currency, Totals)> {
    let totals = Totals {
        merchant_count: row.int(1)?,
        merchant_minor: row.int(2)?,
        provider_count: row.int(3)?,
        provider_minor: row.int(4)?,
        status_only_count: row.int(5)?,
    };
    Ok((stream(streams, row.int(0)?)?.clone(), currency(&row.text(6)?)?, totals))
}

/// A row of `day_verdict`, without its date.
pub(super) fn day_verdict(row: &(impl Fields + ?Sized)) -> Outcome<AccountVerdict> {
    Ok(AccountVerdict {
        account: row.text(0)?,
        verdict: listed("a verdict", row.int(1)?, Verdict::from_number)?,
        coverage: listed("a coverage", row.int(2)?, Coverage::from_number)?,
        reason: row.text(3)?,
    })
}

/// A row of `balance_snapshot`.
pub(super) fn balance_snapshot(row: &(impl Fields + ?Sized)) -> Outcome<BalanceSnapshot> {
    let money = Money { minor: row.int(5)?, currency: currency(&row.text(4)?)? };
    Ok(BalanceSnapshot {
        account: row.text(0)?,
        as_of: Timestamp::from_epoch_seconds(row.int(1)?),
        line: BalanceLine {
            channel: row.text(2)?,
            part: listed("a part of a balance", row.int(3)?, BalancePart::from_number)?,
            money,
        },
        assurance: listed("an assurance", row.int(6)?, Assurance::from_number)?,
        evidence: row.int(7)?,
        observed_at: Timestamp::from_epoch_seconds(row.int(8)?),
    })
}

/// The terms of a row of `balance_ask`.
pub(super) fn terms_text(terms: &[AccountTerm]) -> String {
    // A list of texts and listed words can always be written.
    serde_json::to_string(terms).unwrap_or_else(|_| "[]".to_owned())
}

/// A row of `balance_ask`.
pub(super) fn balance_ask(row: &(impl Fields + ?Sized)) -> Outcome<BalanceAsk> {
    let terms = row.text(3)?;
    Ok(BalanceAsk {
        account: row.text(0)?,
        asked_at: Timestamp::from_epoch_seconds(row.int(1)?),
        problem: row.text(2)?,
        terms: serde_json::from_str(&terms)
            .map_err(|_| unknown("the terms of an account", &terms))?,
        evidence: row.int(4)?,
    })
}

/// A row of `run`.
pub(super) fn run(row: &(impl Fields + ?Sized)) -> Outcome<RunRecord> {
    Ok(RunRecord {
        business_date: date(row.int(0)?)?,
        job: row.text(1)?,
        started_at: Timestamp::from_epoch_seconds(row.int(2)?),
        finished_at: row.time(3)?,
        exit_code: row.int_or_none(4)?.map(|code| small("an exit code", code)).transpose()?,
    })
}

/// A row of `day_pattern`, without its date and sequence.
pub(super) fn day_pattern(row: &(impl Fields + ?Sized), streams: &Streams) -> Outcome<Pattern> {
    Ok(Pattern {
        kind: listed("a pattern", row.int(1)?, PatternKind::from_number)?,
        stream: stream(streams, row.int(0)?)?.clone(),
        of: listed("a type", row.int(2)?, DiscrepancyType::from_number)?,
        count: row.int(3)?,
        among: row.int(4)?,
        difference_minor: row.int(5)?,
        constant_minor: row.int(6)?,
        span: row.time(7)?.zip(row.time(8)?),
        currency: currency(&row.text(9)?)?,
    })
}

/// A row of `firing`.
pub(super) fn firing(row: &(impl Fields + ?Sized)) -> Outcome<Firing> {
    let count = |column| {
        let number = row.int(column)?;
        u16::try_from(number).map_err(|_| unknown("a number of attempts", &number))
    };
    Ok(Firing {
        job: row.text(0)?,
        fire_at: Timestamp::from_epoch_seconds(row.int(1)?),
        business_date: date(row.int(2)?)?,
        state: listed("a firing's state", row.int(3)?, FiringState::from_number)?,
        attempts: count(4)?,
        failures: count(5)?,
        started_at: row.time(6)?,
        finished_at: row.time(7)?,
        exit_code: row.int_or_none(8)?.map(|code| small("an exit code", code)).transpose()?,
    })
}

/// A row of `movement`, as an account's lists have it.
pub(super) fn movement(row: &(impl Fields + ?Sized), account: &str) -> Outcome<Movement> {
    Ok(Movement {
        account: account.to_owned(),
        occurred_at: Timestamp::from_epoch_seconds(row.int(0)?),
        kind: listed("a kind of movement", row.int(1)?, MovementKind::from_number)?,
        product: row.text(2)?,
        settlement_date: row.int_or_none(3)?.map(date).transpose()?,
        money: Money { minor: row.int(4)?, currency: currency(&row.text(5)?)? },
        name: row.text(6)?,
        note: row.text(7)?,
        reference: row.text(8)?,
    })
}

/// A row of `reading_sums.sql`: an order to be resolved, or a group.
pub(super) fn reading_sum(
    row: &(impl Fields + ?Sized),
    stream: &Stream,
    business_date: BusinessDate,
    summed: &mut Summed,
) -> Outcome<()> {
    if let Some(order_no) = row.text_or_none(0)? {
        summed.apart.insert(OrderKey { stream: stream.clone(), order_no });
        return Ok(());
    }
    summed.groups.push(SumGroup {
        stream: stream.clone(),
        paid_by: (String::new(), String::new()),
        business_date,
        slot: row.int(1)?,
        back: None,
        currency: currency(&row.text(2)?)?,
        unit_minor: row.int_or_none(3)?,
        order_no: String::new(),
        count: row.int(4)?,
        minor: row.int(5)?,
        stated_count: row.int(6)?,
        stated_minor: row.int(7)?,
        time_assumed: row.int(8)?,
        merchant_only_count: 0,
        is_unavailable: false,
    });
    Ok(())
}

/// A row of `merchant_order_sums.sql`: an order to be resolved, or a group.
pub(super) fn order_sum(
    row: &(impl Fields + ?Sized),
    stream: &Stream,
    business_date: BusinessDate,
    summed: &mut Summed,
) -> Outcome<()> {
    if let Some(order_no) = row.text_or_none(0)? {
        summed.apart.insert(OrderKey { stream: stream.clone(), order_no });
        return Ok(());
    }
    let count = row.int(3)?;
    summed.groups.push(SumGroup {
        stream: stream.clone(),
        paid_by: (String::new(), String::new()),
        business_date,
        slot: row.int(1)?,
        back: None,
        currency: currency(&row.text(2)?)?,
        unit_minor: None,
        order_no: String::new(),
        count,
        minor: row.int(4)?,
        stated_count: 0,
        stated_minor: 0,
        time_assumed: count,
        merchant_only_count: count,
        is_unavailable: false,
    });
    Ok(())
}

/// A row of `day_sum`.
pub(super) fn day_sum(
    row: &(impl Fields + ?Sized),
    streams: &Streams,
) -> Outcome<(BusinessDate, Stream, DaySum)> {
    let sum = DaySum {
        count: row.int(2)?,
        minor: row.int(3)?,
        stated_count: row.int(4)?,
        stated_minor: row.int(5)?,
        contract_count: row.int(6)?,
        contract_minor: row.int(7)?,
        back_count: row.int(8)?,
        back_minor: row.int(9)?,
        merchant_only_count: row.int(10)?,
        unavailable_count: row.int(11)?,
        unavailable_minor: row.int(12)?,
    };
    Ok((date(row.int(0)?)?, stream(streams, row.int(1)?)?.clone(), sum))
}

/// A row of the sums of bills.
pub(super) fn bill_sum(row: &(impl Fields + ?Sized), stream: Stream) -> Outcome<BillSum> {
    let listed = Counted { count: row.int(0)?, minor: row.int(1)? };
    Ok(BillSum { stream, listed, withheld_minor: row.int(2)? })
}
