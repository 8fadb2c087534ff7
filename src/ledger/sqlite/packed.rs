//! Reads the pages that `merchant_order_page.sql` and its like pack into one text.

use crate::ledger::failure::{Outcome, unknown};

/// What is left of a page: rows of whole numbers, separated by commas and ended by a semicolon, and
/// then texts without separators.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed<'a> {
    page: &'a str,
    at: usize,
}

impl<'a> Packed<'a> {
    /// The whole of a page.
    pub(super) const fn new(page: &'a str) -> Self {
        Self { page, at: 0 }
    }

    /// Whether every row was read.
    pub(super) const fn is_empty(&self) -> bool {
        self.at >= self.page.len()
    }

    /// The next number; `None` where the row has none.
    pub(super) fn int_or_none(&mut self) -> Outcome<Option<i64>> {
        let rest = self.page.as_bytes().get(self.at..).unwrap_or_default();
        let digits = rest.iter().position(|byte| matches!(byte, b',' | b';'));
        let digits = digits.ok_or_else(|| self.broken())?;
        let text = rest.get(..digits).unwrap_or_default();
        self.at = self.at.saturating_add(digits).saturating_add(1);
        if text.is_empty() {
            return Ok(None);
        }
        number(text).map(Some).ok_or_else(|| self.broken())
    }

    /// The next number of a column that always has one.
    pub(super) fn int(&mut self) -> Outcome<i64> {
        self.int_or_none()?.ok_or_else(|| self.broken())
    }

    /// The next number as the length of a text, 0 where the row has none.
    pub(super) fn length(&mut self) -> Outcome<usize> {
        let length = self.int_or_none()?.unwrap_or(0);
        usize::try_from(length).map_err(|_| self.broken())
    }

    /// The next text, of so many bytes, with its place in the page.
    pub(super) fn text(&mut self, bytes: usize) -> Outcome<&'a str> {
        let end = self.at.saturating_add(bytes);
        let text = self.page.get(self.at..end).ok_or_else(|| self.broken())?;
        self.at = end;
        Ok(text)
    }

    fn broken(&self) -> crate::ledger::LedgerError {
        unknown("a page that cannot be read", &self.at)
    }
}

/// Digits with an optional minus, as SQLite writes them.
fn number(text: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if digits.is_empty() {
        return None;
    }
    // Counted downwards, since the least number has no positive twin.
    let negative = digits.iter().try_fold(0_i64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_sub(i64::from(digit))
    })?;
    if is_negative { Some(negative) } else { negative.checked_neg() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_back_as_they_were_packed() {
        let mut packed = Packed::new("5,,-7,9223372036854775807,-9223372036854775808;a,;单1,0;");
        assert_eq!(packed.length().unwrap(), 5);
        assert_eq!(packed.int_or_none().unwrap(), None);
        assert_eq!(packed.int().unwrap(), -7);
        assert_eq!(packed.int().unwrap(), i64::MAX);
        assert_eq!(packed.int().unwrap(), i64::MIN);
        assert_eq!(packed.text(3).unwrap(), "a,;");
        assert_eq!(packed.text(3).unwrap(), "单");
        assert!(!packed.is_empty());
        assert_eq!(packed.int().unwrap(), 1);
        assert_eq!(packed.int().unwrap(), 0);
        assert!(packed.is_empty());
    }

    #[test]
    fn a_broken_page_is_an_error() {
        assert!(Packed::new("12").int().is_err());
        assert!(Packed::new("1x,").int().is_err());
        assert!(Packed::new("-,").int().is_err());
        assert!(Packed::new("9223372036854775808,").int().is_err());
        assert!(Packed::new(",").int().is_err());
        assert!(Packed::new("ab").text(3).is_err());
        assert!(Packed::new("单").text(1).is_err());
    }
}
