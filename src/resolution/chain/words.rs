//! The digest of the providers' words of one business date: whoever takes one out of the ledger, or puts one in,
//! behind its back is found out.
//!
//! It is over what they say, each once, sorted by their hashes: not over when they came, in how many pieces, or
//! where their answers lie. So a night that was killed and run again gives the same one, on either database.
//! Words that claim nothing ("no trustworthy answer") or name no answer are left out.

use serde::{Deserialize, Serialize};

use super::netstring::{BYTES, Hash};
use crate::business_day::{BusinessDate, Timestamp};
use crate::reading::Reading;
use crate::status::ProviderStatus;

/// The hash of what a word says. They sort as their hexadecimal digits do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WordHash(pub [u8; BYTES]);

/// A word of a provider by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedWord {
    /// The business date that it is about.
    pub business_date: BusinessDate,
    /// The hash of what it says.
    pub hash: WordHash,
    /// Where the raw answer is archived.
    pub evidence: i64,
}

/// Makes the hashes of words, one after another.
#[derive(Default)]
pub struct WordHasher(Hash);

impl WordHasher {
    /// The hash of what a word says; `None` for one that is not counted.
    pub fn hash(&mut self, word: &Reading) -> Option<HashedWord> {
        let facts = &word.facts;
        if word.evidence == 0 || facts.status == ProviderStatus::Unproved {
            return None;
        }
        let stream = &word.key.stream;
        let hash = &mut self.0;
        hash.number(word.business_date);
        for text in [
            &stream.account,
            &stream.product,
            &word.key.order_no,
            &word.interface,
            &facts.order_no,
            &facts.provider_order_no,
            &facts.status_code,
            &facts.way,
            &word.original_order_no,
        ] {
            hash.text(text);
        }
        hash.number(stream.kind.number());
        hash.number(word.source.number());
        hash.number(word.occurrence);
        hash.number(word.assurance.number());
        hash.number(facts.status.number());
        hash.option(facts.amount.map(|amount| amount.minor));
        hash.option(facts.amount.map(|amount| amount.currency));
        hash.option(facts.fee_minor);
        hash.option(facts.withheld_minor);
        hash.option(facts.paid_at.map(Timestamp::epoch_seconds));
        let (business_date, evidence) = (word.business_date, word.evidence);
        Some(HashedWord { business_date, hash: WordHash(hash.take()), evidence })
    }
}

/// The digest of words, added one by one in the order of their hashes.
#[derive(Default)]
pub struct WordsDigest {
    hash: Hash,
    count: i64,
    last: Option<WordHash>,
}

impl WordsDigest {
    /// Adds a word by its hash; the same one again changes nothing.
    pub fn add(&mut self, word: WordHash) {
        if self.last == Some(word) {
            return;
        }
        self.last = Some(word);
        self.hash.hash(&word.0);
        self.count = self.count.saturating_add(1);
    }

    /// How many there are, and their digest.
    pub fn finish(self) -> (i64, String) {
        (self.count, self.hash.finish())
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::money::{Currency, Money};
    use crate::order::{OrderKey, Stream};
    use crate::reading::{Assurance, Facts, Source};
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
            facts: Facts {
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

    fn changed(change: impl Fn(&mut Reading)) -> Option<WordHash> {
        let mut word = word();
        change(&mut word);
        WordHasher::default().hash(&word).map(|word| word.hash)
    }

    #[test]
    fn what_a_word_says_is_in_its_hash_and_where_it_lies_is_not() {
        let own = changed(|_| ());
        assert!(own.is_some());
        assert_eq!(changed(|word| word.evidence = 99), own);
        assert_eq!(changed(|word| word.observed_at = Timestamp::from_epoch_seconds(9)), own);
        let others = [
            changed(|word| word.facts.amount = None),
            changed(|word| word.facts.amount = Some(Money { minor: 101, currency: Currency::CNY })),
            changed(|word| word.facts.fee_minor = Some(100)),
            changed(|word| word.facts.withheld_minor = Some(100)),
            changed(|word| word.facts.paid_at = None),
            changed(|word| word.facts.status = ProviderStatus::Refunded),
            changed(|word| word.facts.provider_order_no = "P2".to_owned()),
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
        assert_eq!(changed(|word| word.facts.status = ProviderStatus::Unproved), None);
    }

    #[test]
    fn a_word_that_came_twice_is_one() {
        let digest = |hashes: &[u8]| {
            let mut digest = WordsDigest::default();
            for hash in hashes {
                digest.add(WordHash([*hash; BYTES]));
            }
            digest.finish()
        };
        assert_eq!(digest(&[0, 10, 10, 255]), digest(&[0, 10, 255]));
        assert_eq!(digest(&[10, 255]).0, 2);
        assert_ne!(digest(&[10]), digest(&[10, 255]));
    }

    /// Anchors are kept for years: what they were made of is made again in the same way.
    #[test]
    fn a_digest_is_over_the_hexadecimal_digits_of_hashes() {
        let mut own = WordsDigest::default();
        let mut plain = Hash::default();
        for byte in [0, 10, 171] {
            own.add(WordHash([byte; BYTES]));
            plain.text(&format!("{byte:02x}").repeat(BYTES));
        }
        assert_eq!(own.finish().1, plain.finish());
    }

    #[test]
    fn the_hash_of_a_word_stays_what_it_is() {
        let mut hasher = WordHasher::default();
        let first = hasher.hash(&word());
        assert_eq!(hasher.hash(&word()), first);
        let text = "10:2026-11-18,1:a,0:,2:A1,5:query,2:A1,2:P1,2:00,0:,0:,1:1,1:2,1:1,1:1,1:4,3:100,3:CNY,-,-,1:7,";
        let whole: [u8; BYTES] = Sha256::digest(text).into();
        assert_eq!(first.map(|word| word.hash), Some(WordHash(whole)));
    }
}
