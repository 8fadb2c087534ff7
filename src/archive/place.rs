//! Where an answer lies, as one number.

/// Where an answer lies. Packed into one number: 22 bits of file, 40 bits of offset (1 TiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: u32,
    pub(super) offset: u64,
}

impl Place {
    const OFFSETS: i64 = 1 << 40;
    pub(super) const FILE_MAX: u32 = (1 << 22) - 1;

    /// The place behind a number; `None` for one that was never given.
    pub(super) fn of(evidence: i64) -> Option<Self> {
        let file = u32::try_from(evidence.checked_div(Self::OFFSETS)?).ok()?;
        let offset = u64::try_from(evidence.checked_rem(Self::OFFSETS)?).ok()?;
        (1..=Self::FILE_MAX).contains(&file).then_some(Self { file, offset })
    }

    /// The number, always above zero; `None` beyond the bits.
    pub(super) fn evidence(self) -> Option<i64> {
        let offset = i64::try_from(self.offset).ok().filter(|offset| *offset < Self::OFFSETS)?;
        let in_range = (1..=Self::FILE_MAX).contains(&self.file);
        let base = i64::from(self.file).checked_mul(Self::OFFSETS).filter(|_| in_range)?;
        base.checked_add(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_packs_every_place_into_a_number_above_zero() {
        let offset_max = (1 << 40) - 1;
        for file in [1, 2, 77, Place::FILE_MAX] {
            for offset in [0, 1, 250_000, offset_max] {
                let place = Place { file, offset };
                let evidence = place.evidence().expect("in range");
                assert!(evidence > 0);
                assert_eq!(Place::of(evidence), Some(place));
            }
        }
        assert_eq!(Place { file: 0, offset: 0 }.evidence(), None);
        assert_eq!(Place { file: Place::FILE_MAX + 1, offset: 0 }.evidence(), None);
        assert_eq!(Place { file: 1, offset: offset_max + 1 }.evidence(), None);
        for nonsense in [0, -1, i64::MIN, i64::MAX, 5] {
            assert_eq!(Place::of(nonsense), None, "{nonsense}");
        }
    }
}
