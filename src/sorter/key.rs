//! Sort keys as bytes: comparing two of them byte by byte is comparing the rows field by field.

/// The key of one row, written field by field, the most significant first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey(Vec<u8>);

impl SortKey {
    /// Adds a text; texts sort by their bytes, a text before its continuations.
    pub fn text(&mut self, text: &str) {
        // A zero ends the text, so a zero inside it is made different from that end, and greater.
        if text.as_bytes().contains(&0) {
            for byte in text.bytes() {
                self.0.push(byte);
                if byte == 0 {
                    self.0.push(1);
                }
            }
        } else {
            self.0.extend_from_slice(text.as_bytes());
        }
        self.0.extend_from_slice(&[0, 0]);
    }

    /// Adds a number, negative ones before positive ones.
    pub fn number(&mut self, number: i64) {
        let shifted = number.cast_unsigned() ^ (1 << 63);
        self.0.extend_from_slice(&shifted.to_be_bytes());
    }

    /// Adds a small number: a code, an index.
    pub fn small(&mut self, number: u16) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    /// Adds bytes of which there are as many in every key.
    pub fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str, number: i64, small: u16) -> SortKey {
        let mut key = SortKey::default();
        key.text(text);
        key.number(number);
        key.small(small);
        key
    }

    proptest! {
        #[test]
        fn keys_compare_as_their_fields_do(
            left in ("[\u{0}-\u{2}ab]{0,4}", any::<i64>(), any::<u16>()),
            right in ("[\u{0}-\u{2}ab]{0,4}", -2..2_i64, 0..2_u16),
        ) {
            let keys = key(&left.0, left.1, left.2).cmp(&key(&right.0, right.1, right.2));
            prop_assert_eq!(keys, left.cmp(&right));
        }
    }
}
