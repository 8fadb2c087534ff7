//! How long it takes to ask about every order by itself: where a platform lists nothing, its rate limit is the
//! night.

/// Questions that take less than this are not spoken of.
const SPOKEN_OF_SECONDS: u64 = 600;
/// The night: what takes longer is not there in the morning.
pub const NIGHT_SECONDS: u64 = 6 * 3_600;

/// How long questions take at a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// Seconds, whole ones, rounded up.
    pub seconds: u64,
    /// Questions per second at which they would be answered within [`NIGHT_SECONDS`].
    pub per_second_in_time: u64,
}

impl Estimate {
    /// Of so many questions at so many per second, each answered at once; `None` where they take no time worth
    /// speaking of.
    pub fn of(questions: u64, per_second: u32) -> Option<Self> {
        let seconds = questions.div_ceil(u64::from(per_second.max(1)));
        let per_second_in_time = questions.div_ceil(NIGHT_SECONDS);
        (seconds >= SPOKEN_OF_SECONDS).then_some(Self { seconds, per_second_in_time })
    }

    /// Whether they take longer than a night.
    pub const fn is_too_long(self) -> bool {
        self.seconds > NIGHT_SECONDS
    }

    /// `about 13 h 54 min`.
    pub fn duration(self) -> String {
        let minutes = self.seconds.div_ceil(60);
        match (minutes / 60, minutes % 60) {
            (0, minutes) => format!("about {minutes} min"),
            (hours, minutes) => format!("about {hours} h {minutes} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Questions, per second → what is said, whether it is too long, the rate that would do.
    #[test]
    fn a_rate_limit_is_shown_in_hours() {
        let table = [
            (0, 20, None),
            (11_999, 20, Some(("about 10 min", false, 1))),
            (11_000, 20, None),
            (1_000_000, 20, Some(("about 13 h 54 min", true, 47))),
            (1_000_000, 47, Some(("about 5 h 55 min", false, 47))),
            (72_000, 0, Some(("about 20 h 0 min", true, 4))),
        ];
        for (questions, per_second, expected) in table {
            let found = Estimate::of(questions, per_second);
            let found = found.map(|it| (it.duration(), it.is_too_long(), it.per_second_in_time));
            let expected =
                expected.map(|(text, is_too_long, rate)| (text.to_owned(), is_too_long, rate));
            assert_eq!(found, expected, "{questions} at {per_second}");
        }
    }
}
