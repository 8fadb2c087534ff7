//! What a robot was told last of a job and date, so that the same is not told twice: when a job runs
//! again and nothing has changed, when a watch finds every hour what it has found already.
//!
//! One small file each beside the reports. Where it is lost, something is told again.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::Notice;
use crate::business_day::BusinessDate;
use crate::config::{ReportSettings, Robot};

/// The folder below that of the reports.
const FOLDER: &str = ".messages";
/// Days for which it is kept.
const DAYS: i64 = 62;

/// The folder.
pub(super) struct Memory<'a> {
    folder: PathBuf,
    settings: &'a ReportSettings,
}

impl<'a> Memory<'a> {
    /// Beside these reports.
    pub(super) fn of(settings: &'a ReportSettings) -> Self {
        Self { folder: settings.dir.join(FOLDER), settings }
    }

    /// Whether the robot was told this very thing last.
    pub(super) fn has(&self, robot: &Robot, notice: &Notice) -> bool {
        fs::read_to_string(self.path(robot, notice)).is_ok_and(|known| known.trim() == notice.id)
    }

    /// Remembers that it was told, and forgets what is old.
    pub(super) fn keep(&self, robot: &Robot, notice: &Notice) -> std::io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        let rights = self.settings.rights;
        fs::DirBuilder::new().recursive(true).mode(rights.folder).create(&self.folder)?;
        let path = self.path(robot, notice);
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(rights.file).open(path)?;
        std::io::Write::write_all(&mut file, notice.id.as_bytes())?;
        self.forget(notice.date)
    }

    fn forget(&self, today: BusinessDate) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let date = name.to_str().and_then(|name| BusinessDate::parse(name.get(..10)?));
            if date.is_some_and(|date| today.days_since(date) > DAYS) {
                match fs::remove_file(entry.path()) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    Ok(()) | Err(_) => {}
                }
            }
        }
        Ok(())
    }

    fn path(&self, robot: &Robot, notice: &Notice) -> PathBuf {
        let (date, job, number) = (notice.date, &notice.job, robot.number);
        self.folder.join(format!("{date}_{job}_{number}_{}", robot.kind))
    }
}
