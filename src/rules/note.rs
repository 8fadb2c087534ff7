//! What the job notes in histories and beside closures, as values. They are kept as sentences in English, whose
//! form never changes, since histories are chained over them; read back, the report puts them into the words of
//! its language.

use std::fmt;

use crate::business_day::BusinessDate;
use crate::discrepancy::{Discrepancy, DiscrepancyType};
use crate::money::units;
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus, coded};

/// What a note begins with where something closed while the order may have another discrepancy.
pub const IS_GONE: &str = "this difference is gone";
/// What stands before the place and the moment of the answer that a note names.
pub const ARCHIVED_AS: &str = " archived as ";

const AGREE: &str = "both sides agree";
const ANSWERED_AGAIN: &str = "answered again, as before";
const OTHER_EVIDENCE: &str = "same figures, on other evidence";
const LAST_ANSWERED: &str = "last answered on ";
const NOT_SINCE: &str = ", not answered since";
const NO_ROW: &str = "no row in the provider's listing";
const ORDER_IN_LINE: &str = "the merchant's order in line ";
const ITS_PROVIDER: &str = "; provider: ";
const ANSWERED_AT: &str = ", said at ";
const ABSENT: &str = "absent";
const NO_AMOUNT: &str = "-";

/// A note of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A discrepancy as it was seen first.
    Seen(Seen),
    /// What it was, and what it is now.
    Changed(Seen, Seen),
    /// The provider answered last on that date, and could not be asked since.
    NotAnsweredSince(BusinessDate),
    /// It could be asked again, and said the same.
    AnsweredAgain,
    /// Nothing but the evidence changed.
    OtherEvidence,
    /// It closed by itself.
    Closed {
        /// Whether both sides agree about everything, or only this difference is gone.
        closure: Closure,
        /// How the two sides stand.
        sides: Sides,
        /// Which word closed it; `None` of an account, and in the notes of earlier versions.
        word: Option<ClosingWord>,
    },
    /// How the two sides stand: what is noted beside a closure.
    Sides(Sides),
    /// What another version noted.
    Other(String),
}

/// How a discrepancy closed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closure {
    /// Both sides agree about the order.
    Agreed,
    /// The order may have another discrepancy, or counts for both sides on two days.
    Gone,
}

/// A discrepancy's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its type.
    pub kind: DiscrepancyType,
    /// What a person agrees to when closing it.
    pub figures: Figures,
}

/// What a person agrees to when closing: if this changes, the discrepancy is another one. Amounts as they are
/// written, in the currency of the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The difference.
    pub difference: String,
    /// The merchant's status; `None` where it does not have the order.
    pub merchant: Option<MerchantStatus>,
    /// The merchant's amount.
    pub merchant_amount: Option<String>,
    /// The provider's status.
    pub provider: ProviderStatus,
    /// The provider's amount.
    pub provider_amount: Option<String>,
}

/// How the two sides stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// About an order; `None` where the merchant does not have it.
    Order(Option<MerchantStatus>, ProviderStatus),
    /// About an account.
    Account(Well),
}

coded! {
    /// What is well of an account.
    Well {
        /// The bridge ties.
        Balance = 1, "opening balance and movements make the closing balance";
        /// The bank received what the platform paid.
        Bank = 2, "platform and bank state the same money";
        /// The settlement is what it should be.
        Settlement = 3, "the settlement is the sum of its rows";
        /// The money came for one product instead of all, or the reverse.
        OtherName = 4, "settled under another name";
    }
}

/// Which word closed a discrepancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingWord {
    /// The line of the merchant's file, where its side is another one now.
    pub order_line: Option<i64>,
    /// The provider's newest proved word; `None` where its listing has no row.
    pub answer: Option<Answer>,
}

/// A word of the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The way it came.
    pub source: Source,
    /// Its interface.
    pub interface: String,
    /// Where it is archived.
    pub evidence: i64,
    /// When it was said, local time.
    pub answered_at: String,
}

impl Seen {
    /// A discrepancy as it is.
    pub fn of(row: &Discrepancy) -> Self {
        Self { kind: row.kind, figures: Figures::of(row) }
    }
}

impl Figures {
    /// Those of a discrepancy.
    pub fn of(row: &Discrepancy) -> Self {
        let amount = |minor: i64| units(minor, row.currency);
        Self {
            difference: amount(row.difference_minor),
            merchant: row.merchant_status,
            merchant_amount: row.merchant_amount_minor.map(amount),
            provider: row.provider_status,
            provider_amount: row.provider_amount_minor.map(amount),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { difference, merchant, merchant_amount, provider, provider_amount } =
            &self.figures;
        let ours = merchant_amount.as_deref().unwrap_or(NO_AMOUNT);
        let theirs = provider_amount.as_deref().unwrap_or(NO_AMOUNT);
        let merchant = merchant.map_or(ABSENT, MerchantStatus::code);
        write!(f, "{} {difference} ({merchant} {ours} / {provider} {theirs})", self.kind)
    }
}

impl fmt::Display for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(merchant, provider) => {
                let merchant = merchant.map_or(ABSENT, MerchantStatus::code);
                write!(f, "merchant {merchant}, provider {provider}")
            }
            Self::Account(well) => write!(f, "{well}"),
        }
    }
}

impl fmt::Display for ClosingWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.order_line {
            write!(f, "{ORDER_IN_LINE}{line}{ITS_PROVIDER}")?;
        }
        match &self.answer {
            Some(Answer { source, interface, evidence, answered_at }) => {
                write!(f, "{source} {interface}{ARCHIVED_AS}{evidence}{ANSWERED_AT}{answered_at}")
            }
            None => f.write_str(NO_ROW),
        }
    }
}

/// The sentence that is kept.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seen(seen) => write!(f, "{seen}"),
            Self::Changed(then, now) => write!(f, "{then} -> {now}"),
            Self::NotAnsweredSince(date) => write!(f, "{LAST_ANSWERED}{date}{NOT_SINCE}"),
            Self::AnsweredAgain => f.write_str(ANSWERED_AGAIN),
            Self::OtherEvidence => f.write_str(OTHER_EVIDENCE),
            Self::Closed { closure, sides, word } => {
                let all = match closure {
                    Closure::Agreed => AGREE,
                    Closure::Gone => IS_GONE,
                };
                write!(f, "{all}: {sides}")?;
                word.as_ref().map_or(Ok(()), |word| write!(f, "; {word}"))
            }
            Self::Sides(sides) => write!(f, "{sides}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Note {
    /// What was kept, read back; a sentence of a form that is not known is [`Note::Other`].
    pub fn read(text: &str) -> Self {
        let note = read(text).filter(|note| note.to_string() == text);
        note.unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Note> {
    match text {
        ANSWERED_AGAIN => return Some(Note::AnsweredAgain),
        OTHER_EVIDENCE => return Some(Note::OtherEvidence),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix(LAST_ANSWERED) {
        return BusinessDate::parse(rest.strip_suffix(NOT_SINCE)?).map(Note::NotAnsweredSince);
    }
    for (closure, all) in [(Closure::Agreed, AGREE), (Closure::Gone, IS_GONE)] {
        let Some(rest) = text.strip_prefix(all).and_then(|rest| rest.strip_prefix(": ")) else {
            continue;
        };
        let (both, word) = match rest.split_once("; ") {
            Some((both, word)) => (both, Some(closing_word(word)?)),
            None => (rest, None),
        };
        return Some(Note::Closed { closure, sides: sides(both)?, word });
    }
    if let Some(sides) = sides(text) {
        return Some(Note::Sides(sides));
    }
    match text.split_once(" -> ") {
        Some((then, now)) => Some(Note::Changed(seen(then)?, seen(now)?)),
        None => seen(text).map(Note::Seen),
    }
}

fn sides(text: &str) -> Option<Sides> {
    if let Some(well) = Well::from_code(text) {
        return Some(Sides::Account(well));
    }
    let (ours, theirs) = text.strip_prefix("merchant ")?.split_once(", provider ")?;
    let provider = ProviderStatus::from_code(theirs)?;
    let merchant = MerchantStatus::from_code(ours);
    (merchant.is_some() || ours == ABSENT).then_some(Sides::Order(merchant, provider))
}

fn seen(text: &str) -> Option<Seen> {
    let (kind, rest) = text.split_once(' ')?;
    let (difference, rest) = rest.split_once(" (")?;
    let (ours, theirs) = rest.strip_suffix(')')?.split_once(" / ")?;
    let ((ours, our_amount), (theirs, their_amount)) =
        (ours.split_once(' ')?, theirs.split_once(' ')?);
    let amount = |text: &str| (text != NO_AMOUNT).then(|| text.to_owned());
    let merchant = MerchantStatus::from_code(ours);
    if merchant.is_none() && ours != ABSENT {
        return None;
    }
    Some(Seen {
        kind: DiscrepancyType::from_code(kind)?,
        figures: Figures {
            difference: difference.to_owned(),
            merchant,
            merchant_amount: amount(our_amount),
            provider: ProviderStatus::from_code(theirs)?,
            provider_amount: amount(their_amount),
        },
    })
}

fn closing_word(text: &str) -> Option<ClosingWord> {
    let (order_line, answer) = match text.strip_prefix(ORDER_IN_LINE) {
        Some(rest) => {
            let (line, answer) = rest.split_once(ITS_PROVIDER)?;
            (Some(line.parse().ok()?), answer)
        }
        None => (None, text),
    };
    if answer == NO_ROW {
        return Some(ClosingWord { order_line, answer: None });
    }
    let (source, rest) = answer.split_once(' ')?;
    let (interface, rest) = rest.rsplit_once(ARCHIVED_AS)?;
    let (evidence, answered_at) = rest.split_once(ANSWERED_AT)?;
    let answer = Answer {
        source: Source::from_code(source)?,
        interface: interface.to_owned(),
        evidence: evidence.parse().ok()?,
        answered_at: answered_at.to_owned(),
    };
    Some(ClosingWord { order_line, answer: Some(answer) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ledgers hold, also those of earlier versions: it is read, and comes out as it was.
    #[test]
    fn what_was_kept_is_read_back_to_the_letter() {
        let table = [
            "amount_mismatch -9.00 (succeeded 10.00 / succeeded 1.00)",
            "currency_mismatch 100 (succeeded - / refunded 100)",
            "still_pending 0.00 (pending 1.00 / pending -) -> missing_at_merchant 1.00 (absent - / succeeded 1.00)",
            "last answered on 2026-11-20, not answered since",
            "answered again, as before",
            "same figures, on other evidence",
            "merchant absent, provider not_found",
            "both sides agree: merchant succeeded, provider succeeded",
            "both sides agree: merchant succeeded, provider succeeded; no row in the provider's listing",
            "both sides agree: merchant closed, provider failed; query /api/pay/query_order archived as 12, \
             said at 2026-11-21 02:30:05",
            "this difference is gone: merchant refunded, provider succeeded; the merchant's order in line 7; \
             provider: statement 微信 账单 archived as x.csv archived as 0, said at 2026-11-21 02:30:05",
            "both sides agree: opening balance and movements make the closing balance",
            "both sides agree: settled under another name",
        ];
        for text in table {
            let note = Note::read(text);
            assert!(!matches!(note, Note::Other(_)), "{text}: {note:?}");
            assert_eq!(note.to_string(), text);
        }
        for well in Well::ALL {
            assert_eq!(Note::read(well.code()), Note::Sides(Sides::Account(*well)));
        }
    }

    #[test]
    fn what_has_another_form_stays_as_it_is() {
        for text in [
            "",
            "both sides agree",
            "both sides agree: merchant succeeded, provider nonsense",
            "merchant succeeded, provider",
            "last answered on yesterday, not answered since",
            "amount_mismatch 1.00",
            "已与渠道核对",
        ] {
            assert_eq!(Note::read(text), Note::Other(text.to_owned()), "{text}");
        }
    }
}
