//! The first pass over a file: its digest, its encoding, and whether it is CSV at all.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config::Encoding;
use crate::intake::IntakeError;

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Broken bytes after which a file that looks like GB18030 is no longer counted out.
const BROKEN_ENOUGH: u64 = 1_000;

/// What the first pass found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) digest: Sha256Digest,
    pub(super) encoding: Encoding,
    pub(super) bytes: u64,
    /// Line feeds and carriage returns, and whether the last byte is such a line end.
    pub(super) feeds: u64,
    pub(super) returns: u64,
    pub(super) ends_with_feed: bool,
}

/// SHA-256.
pub(super) type Sha256Digest = [u8; 32];

/// Bytes of the UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads the whole file once.
///
/// The encoding is UTF-8 with a byte order mark; UTF-8 where the file is that from beginning to
/// end, or where its well-formed characters of three bytes (such as Chinese ones) are more than its
/// broken bytes, which is never so in GB18030 text: one cut name does not turn the whole file into
/// nonsense; else GB18030.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read, is empty, or is UTF-16 or a spreadsheet.
pub(super) fn scan(path: &Path, name: &str) -> Result<Scan, IntakeError> {
    let open = |source| IntakeError::Open { name: name.to_owned(), source };
    let mut file = File::open(path).map_err(open)?;
    let mut hash = Sha256::new();
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut text = Utf8Count::default();
    let mut has_bom = false;
    let mut bytes = 0_u64;
    let (mut feeds, mut returns, mut last) = (0_u64, 0_u64, 0_u8);
    loop {
        block.clear();
        let limit = u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX);
        let read = (&mut file).take(limit).read_to_end(&mut block);
        let read = read.map_err(|source| IntakeError::Read { name: name.to_owned(), source })?;
        if bytes == 0 {
            is_csv(&block, name)?;
            has_bom = block.starts_with(BOM);
        }
        if read == 0 {
            break;
        }
        hash.update(&block);
        text.add(&block);
        feeds = feeds.saturating_add(count(&block, b'\n'));
        returns = returns.saturating_add(count(&block, b'\r'));
        last = block.last().copied().unwrap_or(last);
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    let encoding = chosen(has_bom, &text);
    let ends_with_feed = if feeds == 0 { last == b'\r' } else { last == b'\n' };
    Ok(Scan { digest: hash.finalize().into(), encoding, bytes, feeds, returns, ends_with_feed })
}

/// How often a byte is there.
fn count(block: &[u8], wanted: u8) -> u64 {
    u64::try_from(memchr::memchr_iter(wanted, block).count()).unwrap_or(u64::MAX)
}

/// The encoding of a text that is in memory as a whole, as [`scan`] finds it.
pub(super) fn encoding_of(bytes: &[u8]) -> Encoding {
    let mut text = Utf8Count::default();
    text.add(bytes);
    chosen(bytes.starts_with(BOM), &text)
}

fn chosen(has_bom: bool, text: &Utf8Count) -> Encoding {
    match (has_bom, text.is_utf8()) {
        (true, _) => Encoding::Utf8Bom,
        (false, true) => Encoding::Utf8,
        (false, false) => Encoding::Gb18030,
    }
}

fn is_csv(start: &[u8], name: &str) -> Result<(), IntakeError> {
    const SAVE: &str = "save it in Excel as \"CSV UTF-8\"";
    if start.is_empty() {
        return Err(IntakeError::Empty { name: name.to_owned() });
    }
    let begins = |mark: &[u8]| start.starts_with(mark);
    let zero_in_two = start.iter().take(2).any(|byte| *byte == 0);
    let found = if begins(b"\xFF\xFE") || begins(b"\xFE\xFF") || zero_in_two {
        "text in UTF-16 (what Excel calls \"Unicode text\")"
    } else if begins(b"PK\x03\x04") {
        "a spreadsheet or other zip archive"
    } else if begins(b"\xD0\xCF\x11\xE0") {
        "an old Excel workbook"
    } else if begins(b"\x1F\x8B") {
        "a gzip archive"
    } else {
        return Ok(());
    };
    let advice = if begins(b"\x1F\x8B") { "unpack it first" } else { SAVE };
    Err(IntakeError::NotCsv { name: name.to_owned(), found, advice })
}

/// How well bytes can be read as UTF-8.
#[derive(Debug, Default)]
struct Utf8Count {
    /// Bytes of a character that goes on in the next block.
    carried: Vec<u8>,
    long_characters: u64,
    broken: u64,
}

impl Utf8Count {
    fn add(&mut self, block: &[u8]) {
        if self.is_surely_not() {
            return;
        }
        if self.carried.is_empty() {
            self.count(block);
            return;
        }
        // A character has at most four bytes, so three more complete whatever was carried.
        let (start, rest) = block.split_at_checked(3).unwrap_or((block, &[]));
        let mut joined = std::mem::take(&mut self.carried);
        joined.extend_from_slice(start);
        let ends_inside = self.count(&joined);
        if ends_inside && !rest.is_empty() {
            let mut tail = std::mem::take(&mut self.carried);
            tail.extend_from_slice(rest);
            self.count(&tail);
        } else {
            self.count(rest);
        }
    }

    /// Counts the characters of `bytes`; `true` when they end inside one, which is carried over.
    fn count(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => {
                    self.count_long(valid.as_bytes());
                    return false;
                }
                Err(error) => error,
            };
            let (valid, broken) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
            self.count_long(valid);
            let Some(length) = error.error_len() else {
                broken.clone_into(&mut self.carried);
                return true;
            };
            self.broken = self.broken.saturating_add(1);
            if self.is_surely_not() {
                return false;
            }
            rest = broken.get(length..).unwrap_or_default();
        }
    }

    fn count_long(&mut self, valid: &[u8]) {
        // The first byte of a character of three or four bytes.
        let long = valid.iter().filter(|byte| **byte >= 0xE0).count();
        self.long_characters =
            self.long_characters.saturating_add(u64::try_from(long).unwrap_or(u64::MAX));
    }

    fn is_surely_not(&self) -> bool {
        self.broken >= BROKEN_ENOUGH && self.broken > self.long_characters
    }

    /// At the end of the file.
    fn is_utf8(&self) -> bool {
        let broken = self.broken.saturating_add(u64::from(!self.carried.is_empty()));
        broken == 0 || self.long_characters > broken
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn scanned(bytes: &[u8]) -> Result<Scan, IntakeError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(bytes).expect("written");
        scan(file.path(), "orders/day.csv")
    }

    fn gb18030(text: &str) -> Vec<u8> {
        encoding_rs::GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn the_encoding_is_found_over_the_whole_file() {
        let late = |last: &[u8]| [&b"order_no,amount\n".repeat(80_000), last].concat();
        let table: &[(&str, Vec<u8>, Encoding)] = &[
            ("ascii", late(b"1,2\n"), Encoding::Utf8),
            ("bom", b"\xEF\xBB\xBFa,b\n".to_vec(), Encoding::Utf8Bom),
            ("bom, then broken", b"\xEF\xBB\xBFa,b\n\xFF\xFF".to_vec(), Encoding::Utf8Bom),
            ("late utf-8", late("成功\n".as_bytes()), Encoding::Utf8),
            ("late gb18030", late(&gb18030("成功\n")), Encoding::Gb18030),
            ("one cut name", "成功,张\n成功,李".as_bytes()[..19].to_vec(), Encoding::Utf8),
            ("gb18030", gb18030("订单号,金额,状态\n1,2,已支付\n"), Encoding::Gb18030),
            ("much gb18030", gb18030(&"联通,中国移动,已支付\n".repeat(90_000)), Encoding::Gb18030),
            ("four bytes", gb18030("𠮷,㐀,€\n"), Encoding::Gb18030),
        ];
        for (what, bytes, expected) in table {
            assert_eq!(scanned(bytes).expect(what).encoding, *expected, "{what}");
        }
    }

    #[test]
    fn what_is_not_csv_is_refused_with_advice() {
        let table: &[(&[u8], &str)] = &[
            (b"", "is empty, not even a header"),
            (b"\xFF\xFEo\0r\0", "UTF-16"),
            (b"\xFE\xFF\0o\0r", "UTF-16"),
            (b"o\0r\0", "UTF-16"),
            (b"PK\x03\x04....", "a spreadsheet"),
            (b"\xD0\xCF\x11\xE0\xA1", "an old Excel workbook"),
            (b"\x1F\x8B\x08", "unpack it first"),
        ];
        for (bytes, expected) in table {
            let error = scanned(bytes).expect_err(expected).to_string();
            assert!(error.contains(expected) && error.contains("orders/day.csv"), "{error}");
        }
    }

    #[test]
    fn the_digest_is_sha_256_of_the_bytes() {
        let scan = scanned(b"abc").expect("a file");
        assert_eq!(scan.digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(scan.bytes, 3);
    }

    proptest! {
        #[test]
        fn blocks_of_any_size_count_as_the_whole_does(
            text in "[a中é𠮷\u{0}]{0,40}",
            broken in proptest::collection::vec((0..40_usize, any::<u8>()), 0..4),
            sizes in proptest::collection::vec(1..7_usize, 1..60),
        ) {
            let mut bytes = text.into_bytes();
            for (at, byte) in broken {
                if let Some(target) = bytes.get_mut(at) {
                    *target = byte;
                }
            }
            let mut whole = Utf8Count::default();
            whole.count(&bytes);
            let mut parts = Utf8Count::default();
            let mut rest = bytes.as_slice();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (block, after) = rest.split_at(rest.len().min(*size));
                parts.add(block);
                rest = after;
            }
            prop_assert_eq!(
                (whole.long_characters, whole.broken, whole.carried),
                (parts.long_characters, parts.broken, parts.carried)
            );
        }
    }
}
