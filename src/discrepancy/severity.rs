//! How urgent a discrepancy is.

use super::{Severity, State};

/// From which amount or age on a discrepancy has a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeverityBand {
    /// Fen at stake, at least.
    pub at_stake_minor: u64,
    /// Seconds since the day of the first sight, at least; a day is 24 hours.
    pub age_seconds: i64,
}

impl SeverityBand {
    const fn of(at_stake_minor: u64, days: i64) -> Self {
        Self { at_stake_minor, age_seconds: days.saturating_mul(86_400) }
    }

    const fn has(&self, at_stake_minor: u64, age_days: i64) -> bool {
        at_stake_minor >= self.at_stake_minor || age_days.saturating_mul(86_400) >= self.age_seconds
    }
}

/// What is critical, high and medium; everything else is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeverityBands {
    /// Look now.
    pub critical: SeverityBand,
    /// Look today.
    pub high: SeverityBand,
    /// Look this week.
    pub medium: SeverityBand,
}

impl Default for SeverityBands {
    /// 100,000 yuan or 5 days; 10,000 yuan or 3 days; 1,000 yuan or 1 day.
    fn default() -> Self {
        Self {
            critical: SeverityBand::of(10_000_000, 5),
            high: SeverityBand::of(1_000_000, 3),
            medium: SeverityBand::of(100_000, 1),
        }
    }
}

impl SeverityBands {
    /// How urgent a discrepancy is: the worse of what its amount and what its age say.
    ///
    /// `at_stake_minor` in fen, of another currency in hundredths of a whole unit; `age_days` from the first sight to the day of the report. What may
    /// still close by itself, and what is closed, is low.
    pub const fn severity(&self, state: State, at_stake_minor: u64, age_days: i64) -> Severity {
        if matches!(state, State::Timing) || state.is_closed() {
            Severity::Low
        } else if self.critical.has(at_stake_minor, age_days) {
            Severity::Critical
        } else if self.high.has(at_stake_minor, age_days) {
            Severity::High
        } else if self.medium.has(at_stake_minor, age_days) {
            Severity::Medium
        } else {
            Severity::Low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severity_is_the_worse_of_amount_and_age() {
        use Severity::{Critical, High, Low, Medium};
        let table = [
            (State::Open, 0, 0, Low),
            (State::Open, 99_999, 0, Low),
            (State::Open, 100_000, 0, Medium),
            (State::Open, 999_999, 0, Medium),
            (State::Open, 1_000_000, 0, High),
            (State::Open, 9_999_999, 0, High),
            (State::Open, 10_000_000, 0, Critical),
            (State::Open, 0, 1, Medium),
            (State::Open, 0, 2, Medium),
            (State::Open, 0, 3, High),
            (State::Open, 0, 4, High),
            (State::Open, 0, 5, Critical),
            (State::Open, 1_000_000, 5, Critical),
            (State::Open, 10_000_000, -1, Critical),
            (State::Suspense, 10_000_000, 9, Critical),
            (State::Timing, 10_000_000, 9, Low),
            (State::Resolved, 10_000_000, 9, Low),
            (State::WrittenOff, 10_000_000, 9, Low),
        ];
        for (state, at_stake, age, expected) in table {
            let found = SeverityBands::default().severity(state, at_stake, age);
            assert_eq!(found, expected, "{state} {at_stake} {age}");
        }
    }

    #[test]
    fn a_band_of_hours_is_reached_by_the_day_that_contains_them() {
        let bands = SeverityBands {
            medium: SeverityBand { at_stake_minor: 100, age_seconds: 36 * 3600 },
            ..SeverityBands::default()
        };
        let found = [0, 1, 2].map(|age| bands.severity(State::Open, 0, age));
        assert_eq!(found, [Severity::Low, Severity::Low, Severity::Medium]);
        assert_eq!(bands.severity(State::Open, 100, 0), Severity::Medium);
    }
}
