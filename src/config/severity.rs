//! `[severity]`: from which amount or age on a discrepancy is critical, high or medium.

use super::problem::Wrong;
use super::reader::Section;
use super::values;
use crate::discrepancy::{SeverityBand, SeverityBands};

/// Longest age of a band: ten years.
const AGE_SECONDS_MAX: i64 = 3_653 * 86_400;

/// The bands; what is not said is as by default.
pub(crate) fn severity(top: &Section<'_>) -> SeverityBands {
    let section = top.section("severity", "[severity]", &["critical", "high", "medium"]);
    let default = SeverityBands::default();
    let bands = SeverityBands {
        critical: band(&section, "critical", default.critical),
        high: band(&section, "high", default.high),
        medium: band(&section, "medium", default.medium),
    };
    ascending(&section, ("high", bands.high), ("medium", bands.medium));
    ascending(&section, ("critical", bands.critical), ("high", bands.high));
    bands
}

fn band(section: &Section<'_>, name: &str, default: SeverityBand) -> SeverityBand {
    let place = format!("{name} of [severity]");
    let table = section.section(name, &place, &["amount", "age"]);
    let amount = table.parsed("amount", |text| {
        let minor = values::yuan_not_negative(text)?;
        u64::try_from(minor).map_err(|_| Wrong::new("negative", ""))
    });
    let age = table.parsed("age", |text| values::seconds(text, 1..=AGE_SECONDS_MAX));
    SeverityBand {
        at_stake_minor: amount.unwrap_or(default.at_stake_minor),
        age_seconds: age.unwrap_or(default.age_seconds),
    }
}

/// A more urgent band that begins below a less urgent one would leave the latter nothing.
fn ascending(section: &Section<'_>, upper: (&str, SeverityBand), lower: (&str, SeverityBand)) {
    let ((upper, above), (lower, below)) = (upper, lower);
    // Where the upper one is not written, the lower one has been raised over its default.
    let key = if section.has(upper) { upper } else { lower };
    let what =
        |part: &str| format!("does not rise: the {part} of {upper} is below the one of {lower}");
    if above.at_stake_minor < below.at_stake_minor {
        section.refuse(key, &what("amount"), "let the amounts rise from medium to critical");
    } else if above.age_seconds < below.age_seconds {
        section.refuse(key, &what("age"), "let the ages rise from medium to critical");
    }
}
