//! What a world is made from, and the file that says so.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{BusinessDate, FaultAt, Lane, Pattern, WorldError, lanes};
use crate::simulator::platform::{PLATFORMS, Platform};
use crate::simulator::{mmsp, xxpay, zhangxun};

/// What a listing leaves out or misdates, and refusals that name the account; see [`super::Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absences {
    /// Nothing.
    #[default]
    None,
    /// A few of each.
    Planted,
}

/// What makes a world.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the world's file")]
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
    /// The accounts that the merchant has.
    pub accounts: Vec<String>,
    /// What is traded there: `payment/quick`, `payout`, …; empty for everything.
    pub lanes: Vec<String>,
    /// Whether discrepancies are planted; otherwise both sides agree about every order.
    pub planted: bool,
    /// Instead of all that, many discrepancies with one cause and a few without.
    pub pattern: Option<Pattern>,
    /// Whether something happens to the accounts that is no order: settlements, and what nobody
    /// names. Found only where it is asked what they hold, before the day and after it.
    pub held: bool,
    /// Whether what the platforms pay out is also on the statement of the merchant's bank; only beside `held`.
    pub bank: bool,
    /// Whether portals export bills of what no interface lists, so that also what only the platform has
    /// can be found there.
    pub bills: bool,
    /// Whether mmsp keeps its merchant as a D0 one: the day's takings can be paid out at once, but for
    /// a share of them, and are not yet cleared until midnight.
    pub d0: bool,
    /// Whether what must not be concluded from an absence is planted, too.
    pub absences: Absences,
    /// Answers that go wrong.
    pub faults: Vec<FaultAt>,
    /// Further lines for every `[[account]]` of the configuration: `retries = 0`.
    pub account_lines: String,
}

impl WorldSettings {
    /// Payments at two accounts, of which one lists its transactions and one does not.
    #[must_use]
    pub fn payments(date: BusinessDate) -> Self {
        let lanes = ["payment/quick", "payment/gateway", "payment"];
        Self {
            accounts: [mmsp::ACCOUNT, xxpay::ACCOUNT].map(str::to_owned).into(),
            lanes: lanes.map(str::to_owned).into(),
            ..Self::demo(date)
        }
    }

    /// The world of the demo: everything at every platform, also at the one that is known by its bill alone,
    /// what the accounts hold, and the merchant's bank.
    #[must_use]
    pub fn demo_night(date: BusinessDate) -> Self {
        Self {
            accounts: accounts(|_| true),
            held: true,
            bank: true,
            absences: Absences::Planted,
            ..Self::demo(date)
        }
    }

    /// Everything at every platform that can be asked.
    #[must_use]
    pub fn demo(date: BusinessDate) -> Self {
        Self {
            seed: 20_261_120,
            orders: 4000,
            date,
            latency: Duration::ZERO,
            down: Vec::new(),
            accounts: accounts(|platform| !platform.is_by_bill()),
            lanes: Vec::new(),
            planted: true,
            pattern: None,
            held: false,
            bank: false,
            bills: true,
            d0: false,
            absences: Absences::None,
            faults: Vec::new(),
            account_lines: String::new(),
        }
    }

    /// A small world in which many discrepancies have one cause.
    #[must_use]
    pub fn of_pattern(date: BusinessDate, pattern: Pattern) -> Self {
        let accounts = [mmsp::ACCOUNT, xxpay::ACCOUNT, zhangxun::ACCOUNT];
        let lanes = ["payment/quick", "payment/gateway", "payment/scan", "payment", "payout"];
        Self {
            orders: 400,
            accounts: accounts.map(str::to_owned).into(),
            lanes: lanes.map(str::to_owned).into(),
            pattern: Some(pattern),
            ..Self::demo(date)
        }
    }

    /// The lanes of this world.
    pub(in crate::simulator) fn chosen_lanes(&self) -> Vec<Lane> {
        let chosen = |lane: &Lane| {
            self.accounts.iter().any(|account| account == lane.account)
                && (self.lanes.is_empty() || self.lanes.contains(&lane.name()))
        };
        lanes().filter(chosen).collect()
    }

    /// Reads a world file: `seed`, `orders`, `date`, and optionally `latency_ms`, `down`, `accounts`,
    /// `lanes`, `planted`, `pattern`, `held`, `bank`, `bills`, `absences`, `[[fault]]` and `account_lines`; what is left out is
    /// as in the demo, or as in [`WorldSettings::of_pattern`] where there is a pattern.
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
        let demo = match file.pattern {
            Some(pattern) => Self::of_pattern(date, pattern),
            None => Self::demo(date),
        };
        let settings = Self {
            seed: file.seed,
            orders: file.orders,
            date,
            latency: Duration::from_millis(file.latency_ms),
            down: file.down,
            // Who names accounts means all that is traded there.
            lanes: file.lanes.unwrap_or(match file.accounts {
                Some(_) => Vec::new(),
                None => demo.lanes,
            }),
            accounts: file.accounts.unwrap_or(demo.accounts),
            planted: file.planted.unwrap_or(true),
            pattern: file.pattern,
            held: file.held,
            bank: file.bank,
            d0: file.d0,
            bills: file.bills.unwrap_or(demo.bills),
            absences: file.absences,
            faults: file.fault,
            account_lines: file.account_lines,
        };
        settings.checked().map_err(|problem| WorldError::Settings { path: name(), problem })
    }

    /// Whether every account and lane that is named exists.
    fn checked(self) -> Result<Self, String> {
        let known = |account: &String| lanes().any(|lane| lane.account == account);
        let of_faults = self.faults.iter().map(|at| &at.account);
        let mut named = self.accounts.iter().chain(&self.down).chain(of_faults);
        if let Some(unknown) = named.find(|account| !known(account)) {
            return Err(format!("there is no account {unknown}"));
        }
        let known = |name: &&String| lanes().any(|lane| lane.name() == **name);
        if let Some(unknown) = self.lanes.iter().find(|name| !known(name)) {
            return Err(format!("there is no lane {unknown}"));
        }
        if !self.bills && self.chosen_lanes().into_iter().any(Lane::is_by_bill) {
            return Err("an account that is known by its bills alone needs bills".to_owned());
        }
        if self.chosen_lanes().is_empty() {
            return Err("accounts and lanes leave nothing to trade".to_owned());
        }
        Ok(self)
    }
}

/// The accounts at platforms of which the demo has one each.
fn accounts(is_wanted: fn(&Platform) -> bool) -> Vec<String> {
    let platforms = PLATFORMS.iter().filter(|platform| !platform.is_family && is_wanted(platform));
    platforms.map(|platform| platform.account.to_owned()).collect()
}

/// What a world file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldFile {
    /// A world of one day.
    Day(Box<WorldSettings>),
    /// Ten nights, see [`super::nights`].
    Nights {
        /// The same seed gives the same nights.
        seed: u64,
    },
}

impl WorldFile {
    /// Reads a world file: one of a day, see [`WorldSettings::read`], or `story = "ten_nights"` with
    /// nothing but a `seed`.
    ///
    /// # Errors
    ///
    /// [`WorldError`] says which file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, WorldError> {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| WorldError::File { path: name(), source })?;
        let is_story =
            toml::from_str::<toml::Table>(&text).is_ok_and(|table| table.contains_key("story"));
        if !is_story {
            return Ok(Self::Day(Box::new(WorldSettings::read(path)?)));
        }
        let wrong = |problem| WorldError::Settings { path: name(), problem };
        let file: StoryFile = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        match file.story {
            StoryName::TenNights => Ok(Self::Nights { seed: file.seed }),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoryFile {
    seed: u64,
    story: StoryName,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoryName {
    TenNights,
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
    accounts: Option<Vec<String>>,
    lanes: Option<Vec<String>>,
    planted: Option<bool>,
    pattern: Option<Pattern>,
    #[serde(default)]
    held: bool,
    #[serde(default)]
    bank: bool,
    bills: Option<bool>,
    #[serde(default)]
    d0: bool,
    #[serde(default)]
    absences: Absences,
    #[serde(default)]
    fault: Vec<FaultAt>,
    #[serde(default)]
    account_lines: String,
}
