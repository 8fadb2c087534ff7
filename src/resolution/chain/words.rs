//! The digest of the providers' words of one business date: whoever takes one out of the ledger, or puts one in,
//! behind its back is found out.
//!
//! It is over what they say, each once, sorted by their hashes: not over when they came, in how many pieces, or
//! where their answers lie. So a night that was killed and run again gives the same one, on either database.
//! Words that claim nothing ("no trustworthy answer") or name no answer are left out.

use super::netstring::Hash;
use crate::business_day::Timestamp;
use crate::reading::Reading;
use crate::status::ProviderStatus;

/// The hash of what a word says; `None` for one that is not counted.
pub fn word_hash(word: &Reading) -> Option<String> {
    let said = &word.said;
    if word.evidence == 0 || said.status == ProviderStatus::Unproved {
        return None;
    }
    let stream = &word.key.stream;
    let mut hash = Hash::default();
    hash.number(word.business_date);
    for text in [
        &stream.account,
        &stream.product,
        &word.key.order_no,
        &word.interface,
        &said.order_no,
        &said.provider_order_no,
        &said.status_code,
        &said.way,
        &word.original_order_no,
    ] {
        hash.text(text);
    }
    hash.number(stream.kind.number());
    hash.number(word.source.number());
    hash.number(word.occurrence);
    hash.number(word.assurance.number());
    hash.number(said.status.number());
    hash.option(said.amount.map(|amount| amount.minor));
    hash.option(said.amount.map(|amount| amount.currency));
    hash.option(said.fee_minor);
    hash.option(said.withheld_minor);
    hash.option(said.paid_at.map(Timestamp::epoch_seconds));
    Some(hash.finish())
}

/// The digest of words, added one by one in the order of their hashes.
#[derive(Default)]
pub struct WordsDigest {
    hash: Hash,
    count: i64,
    last: String,
}

impl WordsDigest {
    /// Adds a word by its hash; the same one again changes nothing.
    pub fn add(&mut self, word_hash: &str) {
        if self.last == word_hash {
            return;
        }
        word_hash.clone_into(&mut self.last);
        self.hash.text(word_hash);
        self.count = self.count.saturating_add(1);
    }

    /// How many there are, and their digest.
    pub fn finish(self) -> (i64, String) {
        (self.count, self.hash.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDate;
    use crate::money::{Currency, Money};
    use crate::order::{OrderKey, Stream};
    use crate::reading::{Assurance, Said, Source};
    use crate::status::Kind;

    fn word() -> Reading {
        let order_no = "A1".to_owned();
        let (account, product) = ("a".to_owned(), String::new());
        Reading {
            key: OrderKey {
                stream: Stream { account, kind: Kind::Payment, product },
                order_no: order_no.clone(),
            },
            business_date: BusinessDate::parse("2026-11-18").expect("a date"),
            source: Source::Query,
            occurrence: 1,
            said: Said {
                order_no,
                provider_order_no: "P1".to_owned(),
                status: ProviderStatus::Succeeded,
                status_code: "00".to_owned(),
                amount: Some(Money { minor: 100, currency: Currency::CNY }),
                fee_minor: None,
                paid_at: Some(Timestamp::from_epoch_seconds(7)),
                withheld_minor: None,
                way: String::new(),
            },
            interface: "query".to_owned(),
            assurance: Assurance::Md5,
            evidence: 1,
            observed_at: Timestamp::from_epoch_seconds(8),
            original_order_no: String::new(),
        }
    }

    fn changed(change: impl Fn(&mut Reading)) -> Option<String> {
        let mut word = word();
        change(&mut word);
        word_hash(&word)
    }

    #[test]
    fn what_a_word_says_is_in_its_hash_and_where_it_lies_is_not() {
        let own = word_hash(&word());
        assert!(own.is_some());
        assert_eq!(changed(|word| word.evidence = 99), own);
        assert_eq!(changed(|word| word.observed_at = Timestamp::from_epoch_seconds(9)), own);
        let others = [
            changed(|word| word.said.amount = None),
            changed(|word| word.said.amount = Some(Money { minor: 101, currency: Currency::CNY })),
            changed(|word| word.said.fee_minor = Some(100)),
            changed(|word| word.said.withheld_minor = Some(100)),
            changed(|word| word.said.paid_at = None),
            changed(|word| word.said.status = ProviderStatus::Refunded),
            changed(|word| word.said.provider_order_no = "P2".to_owned()),
            changed(|word| word.key.stream.account = "b".to_owned()),
            changed(|word| word.key.order_no = "A2".to_owned()),
            changed(|word| word.source = Source::Listing),
            changed(|word| word.occurrence = 2),
            changed(|word| word.original_order_no = "A0".to_owned()),
            changed(|word| word.assurance = Assurance::Rsa),
        ];
        let different: std::collections::BTreeSet<_> = others.iter().chain([&own]).collect();
        assert_eq!(different.len(), others.len() + 1);
        assert_eq!(changed(|word| word.evidence = 0), None);
        assert_eq!(changed(|word| word.said.status = ProviderStatus::Unproved), None);
    }

    #[test]
    fn a_word_that_came_twice_is_one() {
        let digest = |hashes: &[&str]| {
            let mut digest = WordsDigest::default();
            for hash in hashes {
                digest.add(hash);
            }
            digest.finish()
        };
        assert_eq!(digest(&["a", "a", "b"]), digest(&["a", "b"]));
        assert_eq!(digest(&["a", "b"]).0, 2);
        assert_ne!(digest(&["a"]), digest(&["a", "b"]));
        assert_ne!(digest(&["ab"]).1, digest(&["a", "b"]).1);
    }
}
