//! `balances.csv`: per account the bridge from the opening to the closing balance, then the
//! adjustment statement (余额调节表).
//!
//! Lines of the bridge are changes of the balance, signed. The book balance of the statement is worked
//! out: what the account should hold, less what the merchant has not booked and plus what only the
//! merchant has booked; a clerk puts the general ledger's figure beside it.

use std::borrow::Cow;

use crate::balance::{BalancePart, TermKind};
use crate::business_day::Timestamp;
use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType};
use crate::report::ReportError;
use crate::report::csv::Cell;
use crate::report::discrepancies::{Shown, Tally};
use crate::report::sentence::{self, Voice};
use crate::rules::bridge::{Bridge, BridgeLineKind, Holding};
use crate::settle::{Balanced, Reliance, SettledAccount, StatedTerm, Unread};
use crate::status::{Kind, coded};
use crate::wording::Word;

pub mod month;

coded! {
    /// A section of the file.
    Section {
        /// What the provider states, part by part.
        Parts = 1, "parts";
        /// Opening balance, changes, closing balance.
        Bridge = 2, "bridge";
        /// The adjustment statement.
        Statement = 3, "statement";
        /// Who signs it.
        Signatures = 4, "signatures";
        /// The terms on which the platform keeps the account.
        Terms = 5, "terms";
    }
}

coded! {
    /// A place to sign, in its order.
    SignLine {
        /// 制表人.
        PreparedBy = 1, "prepared_by";
        /// 复核人.
        ReviewedBy = 2, "reviewed_by";
        /// 日期.
        SignedOn = 3, "signed_on";
    }
}

coded! {
    /// A line of the adjustment statement, in its order.
    StatementLine {
        /// What the merchant's books come to.
        BookBalance = 1, "book_balance";
        /// 渠道已收、商户未记.
        ReceivedNotBooked = 2, "received_not_booked";
        /// 渠道已付、商户未记.
        PaidNotBooked = 3, "paid_not_booked";
        /// The books with both.
        AdjustedBook = 4, "adjusted_book";
        /// What the provider says.
        ProviderBalance = 5, "provider_balance";
        /// 商户已记、渠道未收.
        BookedNotReceived = 6, "booked_not_received";
        /// 商户已记、渠道未付.
        BookedNotPaid = 7, "booked_not_paid";
        /// The provider's balance with both.
        AdjustedProvider = 8, "adjusted_provider";
        /// Adjusted provider − adjusted book.
        Difference = 9, "statement_difference";
    }
}

coded! {
    /// Why there is no bridge.
    NoBridge {
        /// The provider states no balance.
        NotStated = 1, "not_stated";
        /// No balance is known near the end of the day.
        NoClosing = 2, "no_closing";
        /// None near the end of the day before.
        NoOpening = 3, "no_opening";
        /// The account was not settled for the date.
        NotSettled = 4, "not_settled";
        /// A balance was asked for near the end of the day, and what came could not be used.
        ClosingUnread = 5, "closing_unread";
        /// Likewise near the end of the day before.
        OpeningUnread = 6, "opening_unread";
    }
}

/// What one side of an account has and the other not yet, by the discrepancies that are not closed.
/// Sums in fen, none of them negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InTransit {
    /// 渠道已收、商户未记.
    pub received_not_booked: Tally,
    /// 渠道已付、商户未记.
    pub paid_not_booked: Tally,
    /// 商户已记、渠道未收.
    pub booked_not_received: Tally,
    /// 商户已记、渠道未付.
    pub booked_not_paid: Tally,
}

impl InTransit {
    /// Counts a row of the discrepancies; `None` when a sum does not fit.
    pub fn add(&mut self, row: &Discrepancy, shown: Shown, end_of_day: Timestamp) -> Option<()> {
        if shown.agreed || shown.state.is_closed() || shown.difference_minor == 0 {
            return Some(());
        }
        // Once both days of a cross-day row are over, both sides have it.
        let is_over = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment < end_of_day);
        if row.kind == DiscrepancyType::CrossDay
            && is_over(row.merchant_time)
            && is_over(row.provider_time)
        {
            return Some(());
        }
        let is_in = row.key.stream.kind == Kind::Payment;
        let class = match (is_in, shown.difference_minor > 0) {
            (true, true) => &mut self.received_not_booked,
            (true, false) => &mut self.booked_not_received,
            (false, true) => &mut self.paid_not_booked,
            (false, false) => &mut self.booked_not_paid,
        };
        let minor = shown.difference_minor.checked_abs()?;
        *class = class.plus(Tally { count: 1, minor })?;
        Some(())
    }
}

/// A row of the file. Only [`BridgeLineKind::BalanceGap`] counts in the file's sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    section: Section,
    /// The line's code.
    pub code: &'static str,
    word: &'static str,
    name: String,
    count: Option<i64>,
    minor: Option<i64>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    note: String,
}

impl Line {
    /// Whether the row is a part of another one.
    pub fn is_part(&self) -> bool {
        self.code != BridgeLineKind::BalanceGap.code()
    }

    /// The cells of the row, in the order of the columns.
    pub fn cells<'a>(&'a self, account: &'a SettledAccount, voice: Voice) -> Vec<Cell<'a>> {
        let time = |moment: Option<Timestamp>| {
            moment.map_or(Cell::Empty, |moment| Cell::Moment(voice.business_day.text(moment)))
        };
        vec![
            Cell::text(&account.account),
            Cell::text(&account.provider_id),
            Cell::text(self.section.word(voice.language)),
            Cell::text(self.word),
            Cell::text(&self.name),
            self.count.map_or(Cell::Empty, Cell::Count),
            Cell::yuan(self.minor),
            time(self.from),
            time(self.to),
            Cell::Text(Cow::Borrowed(&self.note)),
        ]
    }
}

/// The rows of an account.
///
/// # Errors
///
/// [`ReportError::TooLarge`] when a sum does not fit.
pub fn lines(
    account: &SettledAccount,
    in_transit: &InTransit,
    voice: Voice,
) -> Result<Vec<Line>, ReportError> {
    let language = voice.language;
    let none = |why: NoBridge| {
        let mut line = blank(Section::Bridge, why.code(), why.word(language));
        why_not(why, voice).clone_into(&mut line.note);
        line
    };
    let unread = |why: NoBridge, unread: &Unread| Line {
        to: Some(unread.asked_at),
        note: unread_note(unread, voice),
        ..blank(Section::Bridge, why.code(), why.word(language))
    };
    let mut rows = match &account.balanced {
        Balanced::NotSettled => vec![none(NoBridge::NotSettled)],
        Balanced::NotStated => vec![none(NoBridge::NotStated)],
        Balanced::NoClosing => vec![none(NoBridge::NoClosing)],
        Balanced::ClosingUnread(asked) => vec![unread(NoBridge::ClosingUnread, asked)],
        Balanced::NoOpening(closing) => closing_only(closing, none(NoBridge::NoOpening), language),
        Balanced::OpeningUnread(closing, asked) => {
            closing_only(closing, unread(NoBridge::OpeningUnread, asked), language)
        }
        Balanced::Built(built, reliance) => {
            let mut lines = parts(&built.opening, BridgeLineKind::Opening, language);
            lines.extend(parts(&built.closing, BridgeLineKind::Closing, language));
            lines.extend(bridge(built, reliance, voice));
            let too_large = || ReportError::TooLarge { what: account.account.clone() };
            lines.extend(statement(built, in_transit, voice).ok_or_else(too_large)?);
            lines
        }
    };
    rows.extend(account.terms.iter().map(|term| term_line(term, voice)));
    Ok(rows)
}

/// The closing balance, and why nothing leads to it.
fn closing_only(closing: &Holding, why: Line, language: Language) -> Vec<Line> {
    let mut lines = parts(closing, BridgeLineKind::Closing, language);
    lines.push(why);
    lines.push(closing_line(closing, language));
    lines
}

fn term_line(stated: &StatedTerm, voice: Voice) -> Line {
    let kind = stated.term.kind;
    Line {
        name: stated.term.channel.clone(),
        note: term_note(stated, voice.language),
        ..blank(Section::Terms, kind.code(), kind.word(voice.language))
    }
}

/// What a term is, what it was, what the configuration says, and what to do.
pub fn term_note(stated: &StatedTerm, language: Language) -> String {
    let value = |value: &str| term_value(value, language).to_owned();
    let mut parts = vec![value(&stated.term.value)];
    if stated.term.kind == TermKind::AccountState && stated.term.value == "frozen" {
        let words = match language {
            Language::Zh => "渠道已冻结该账户，请立即联系渠道",
            Language::En => "the platform has frozen the account: call it now",
        };
        parts.push(words.to_owned());
    }
    if let Some(was) = &stated.was {
        let was = value(was);
        parts.push(match language {
            Language::Zh => format!("上一夜为 {was}，条款已变更，请向渠道核实"),
            Language::En => format!("it was {was} the night before: ask the platform why"),
        });
    }
    if let Some(configured) = &stated.configured {
        parts.push(match language {
            Language::Zh => format!("与配置不符（配置为 {configured}）"),
            Language::En => format!("the configuration says {configured}"),
        });
    }
    parts.join(if language == Language::Zh { "；" } else { "; " })
}

/// The words of [`TermKind`]; the platform's own are shown as they are.
fn term_value(value: &str, language: Language) -> &str {
    if language == Language::En {
        return if value.is_empty() { "not stated" } else { value };
    }
    match value {
        "" => "未报",
        "normal" => "正常",
        "frozen" => "冻结",
        "yes" => "是",
        "no" => "否",
        "none" => "不可出款",
        "advance" => "垫资",
        "balance" => "余额",
        "both" => "垫资和余额",
        other => other,
    }
}

fn blank(section: Section, code: &'static str, word: &'static str) -> Line {
    Line {
        section,
        code,
        word,
        name: String::new(),
        count: None,
        minor: None,
        from: None,
        to: None,
        note: String::new(),
    }
}

fn why_not(why: NoBridge, voice: Voice) -> &'static str {
    match why {
        NoBridge::NotSettled => voice.pick(
            "该账期日未执行结算步骤(settle)，无法调节",
            "the account was not settled for this date: run settle",
        ),
        NoBridge::NotStated => voice.pick(
            "渠道没有余额查询接口，无法调节",
            "the provider states no balance, so there is nothing to adjust",
        ),
        NoBridge::NoClosing => voice.pick(
            "日终前后 12 小时内没有余额快照，无法调节",
            "no balance was asked for within 12 hours of the end of the day",
        ),
        NoBridge::NoOpening => voice.pick(
            "上一日终前后 12 小时内没有余额快照，无法调节",
            "no balance was asked for within 12 hours of the end of the day before",
        ),
        // Their notes say when and why, see `unread_note`.
        NoBridge::ClosingUnread | NoBridge::OpeningUnread => "",
    }
}

/// When a balance was asked for in vain, why, and what to do.
fn unread_note(unread: &Unread, voice: Voice) -> String {
    let (at, problem) = (voice.business_day.text(unread.asked_at), &unread.problem);
    if let Some(currency) = problem.strip_prefix("currency:") {
        return match voice.language {
            Language::Zh => format!("余额币种为 {currency}，余额调节只做人民币"),
            Language::En => format!("the balance is in {currency}: bridges are built in yuan only"),
        };
    }
    match voice.language {
        Language::Zh => format!(
            "{at} 查询过余额，但渠道的应答无法采用（{problem}），无法调节；请重新查询余额(balances)，仍不行请联系渠道"
        ),
        Language::En => format!(
            "a balance was asked for at {at} and the answer could not be used ({problem}): run \
             balances again, and call the platform if that does not help"
        ),
    }
}

/// What the provider states at one moment, part by part; the name says at which end.
fn parts(it: &Holding, end: BridgeLineKind, language: Language) -> Vec<Line> {
    let own = it.parts.iter().filter(|(part, _)| **part != BalancePart::Advance);
    let own = own.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
    let note = |part: BalancePart, minor: i64| match language {
        // Whether what is frozen counts is a setting of the account.
        _ if part != BalancePart::Frozen || own.saturating_sub(minor) != it.held_minor => "",
        _ if minor == 0 => "",
        Language::Zh => "按配置不计入账户余额",
        Language::En => "not counted, as configured",
    };
    let line = |(part, minor): (&BalancePart, &i64)| Line {
        name: end.word(language).to_owned(),
        minor: Some(*minor),
        to: Some(it.as_of),
        note: note(*part, *minor).to_owned(),
        ..blank(Section::Parts, part.code(), part.word(language))
    };
    it.parts.iter().map(line).collect()
}

fn closing_line(closing: &Holding, language: Language) -> Line {
    let kind = BridgeLineKind::Closing;
    Line {
        minor: Some(closing.held_minor),
        to: Some(closing.as_of),
        ..blank(Section::Bridge, kind.code(), kind.word(language))
    }
}

fn bridge(built: &Bridge, reliance: &Reliance, voice: Voice) -> Vec<Line> {
    let language = voice.language;
    let (from, to) = (Some(built.opening.as_of), Some(built.closing.as_of));
    let line = |kind: BridgeLineKind, minor| Line {
        minor: Some(minor),
        ..blank(Section::Bridge, kind.code(), kind.word(language))
    };
    let opening = line(BridgeLineKind::Opening, built.opening.held_minor);
    let mut lines = vec![Line { to: from, ..opening }];
    lines.extend(built.lines.iter().map(|change| Line {
        name: change.name.clone(),
        count: Some(change.count),
        from,
        to,
        ..line(change.kind, change.minor)
    }));
    lines.push(Line { to, ..line(BridgeLineKind::Expected, built.expected_minor) });
    lines.push(closing_line(&built.closing, language));
    let note = notes(built, reliance, voice);
    let rest = line(BridgeLineKind::BalanceGap, built.unexplained_minor);
    lines.push(Line { from, to, note, ..rest });
    lines
}

fn notes(built: &Bridge, reliance: &Reliance, voice: Voice) -> String {
    let mut notes = vec![relied_on(reliance, voice)];
    let mut counted = |count: i64, zh: &str, en: &str| {
        if count > 0 {
            let gap = voice.pick(" 笔", " ");
            notes.push(format!("{count}{gap}{}", voice.pick(zh, en)));
        }
    };
    counted(built.free, "没有手续费依据，按 0 计", "without a known fee, taken as 0");
    counted(
        built.time_assumed,
        "渠道不报支付时间，按商户时间计",
        "dated by the merchant's time, since the provider states none",
    );
    counted(built.foreign, "其他币种未计入", "in another currency are not in it");
    notes.extend(built.rest_order.as_ref().map(|order| sentence::rest_order(order, voice)));
    notes.retain(|note| !note.is_empty());
    notes.join(voice.pick("；", "; "))
}

fn relied_on(reliance: &Reliance, voice: Voice) -> String {
    match reliance {
        Reliance::Proved => String::new(),
        Reliance::Ahead(until) => {
            let until = voice.business_day.text(*until);
            match voice.language {
                Language::Zh => format!("区间含 {until} 前尚未对账的时段，待其对账后重算"),
                Language::En => format!("goes into time up to {until} that is not reconciled yet"),
            }
        }
        Reliance::Unproved(days) => {
            let days: Vec<_> = days.iter().map(ToString::to_string).collect();
            let days = days.join(" ");
            match voice.language {
                Language::Zh => format!("未核对完整的账期日：{days}，差额不作判断"),
                Language::En => format!("not proved complete: {days}, so the rest is not judged"),
            }
        }
        Reliance::OtherParts => voice
            .pick(
                "期初与期末所报余额组成不同，不能比较",
                "the two balances do not state the same parts and cannot be compared",
            )
            .to_owned(),
    }
}

/// The adjustment statement; `None` when a figure does not fit.
fn statement(built: &Bridge, in_transit: &InTransit, voice: Voice) -> Option<Vec<Line>> {
    use StatementLine as Of;
    let InTransit { received_not_booked, paid_not_booked, booked_not_received, booked_not_paid } =
        *in_transit;
    let (received, paid) = (received_not_booked.minor, paid_not_booked.minor);
    let (not_received, not_paid) = (booked_not_received.minor, booked_not_paid.minor);
    let book = built
        .expected_minor
        .checked_sub(received)?
        .checked_add(paid)?
        .checked_add(not_received)?
        .checked_sub(not_paid)?;
    let adjusted_book = book.checked_add(received)?.checked_sub(paid)?;
    let provider = built.closing.held_minor;
    let adjusted = provider.checked_add(not_received)?.checked_sub(not_paid)?;
    let line = |of: Of, count: Option<i64>, minor: i64| Line {
        count,
        minor: Some(minor),
        to: Some(built.closing.as_of),
        ..blank(Section::Statement, of.code(), of.word(voice.language))
    };
    let worked_out = voice.pick(
        "由期初余额和商户已记变动推算，签字前请与总账余额核对",
        "worked out from the opening balance and what the merchant has booked: compare with the \
         general ledger before signing",
    );
    Some(vec![
        Line { note: worked_out.to_owned(), ..line(Of::BookBalance, None, book) },
        line(Of::ReceivedNotBooked, Some(received_not_booked.count), received),
        line(Of::PaidNotBooked, Some(paid_not_booked.count), paid),
        line(Of::AdjustedBook, None, adjusted_book),
        line(Of::ProviderBalance, None, provider),
        line(Of::BookedNotReceived, Some(booked_not_received.count), not_received),
        line(Of::BookedNotPaid, Some(booked_not_paid.count), not_paid),
        line(Of::AdjustedProvider, None, adjusted),
        line(Of::Difference, None, adjusted.checked_sub(adjusted_book)?),
    ])
}
