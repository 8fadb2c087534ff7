//! Chance that is the same on every machine and with every library: `SplitMix64` (Steele, Lea and
//! Flood, 2014). Not for secrets.

pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `below`, exclusive; `below` is small, so that the bias does not matter.
    pub(super) fn below(&mut self, below: u32) -> i64 {
        self.from(0, below)
    }

    /// One of the `count` numbers from `first` on.
    pub(super) fn from(&mut self, first: i64, count: u32) -> i64 {
        let roll = self.roll().checked_rem(u64::from(count)).unwrap_or(0);
        first.saturating_add(i64::try_from(roll).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rolls_are_those_of_the_published_generator() {
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.roll(), 6_457_827_717_110_365_317);
        assert_eq!(dice.roll(), 3_203_168_211_198_807_973);
    }
}
