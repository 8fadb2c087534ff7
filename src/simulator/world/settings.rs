//! What a world is made from, and the file that says so.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{BusinessDate, WorldError};

/// What makes a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldSettings {
    /// The same seed gives the same world.
    pub seed: u64,
    /// Orders that either side has.
    pub orders: u32,
    /// The business date, Beijing time.
    pub date: BusinessDate,
    /// How long a platform thinks before it answers.
    pub latency: Duration,
    /// Accounts whose platform cannot be reached.
    pub down: Vec<String>,
}

impl WorldSettings {
    /// The world of the demo.
    #[must_use]
    pub const fn demo(date: BusinessDate) -> Self {
        Self { seed: 20_261_120, orders: 4000, date, latency: Duration::ZERO, down: Vec::new() }
    }

    /// Reads a world file: `seed`, `orders`, `date`, and optionally `latency_ms` and `down`.
    ///
    /// # Errors
    ///
    /// [`WorldError`] says which file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, WorldError> {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| WorldError::File { path: name(), source })?;
        let file: SettingsFile = toml::from_str(&text)
            .map_err(|error| WorldError::Settings { path: name(), problem: error.to_string() })?;
        let date = BusinessDate::parse(&file.date).ok_or_else(|| WorldError::Settings {
            path: name(),
            problem: "date has to be YYYY-MM-DD".to_owned(),
        })?;
        Ok(Self {
            seed: file.seed,
            orders: file.orders,
            date,
            latency: Duration::from_millis(file.latency_ms),
            down: file.down,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    seed: u64,
    orders: u32,
    date: String,
    #[serde(default)]
    latency_ms: u64,
    #[serde(default)]
    down: Vec<String>,
}
