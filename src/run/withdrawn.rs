//! Orders that a newer import overruled, and orders that are taken back: the newest import of a name is
//! current, whatever was imported between, and what other files say stays.

use crate::business_day::BusinessDate;
use crate::intake::{self, OrdersRequest};
use crate::ledger::IntakeFile;
use crate::order::Origin;
use crate::run::{House, RunError};

/// What taking back a file of orders came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Orders that are not counted any more.
    pub orders: u64,
    /// Other files of the date that were read again, so that what they say counts.
    pub read_again: Vec<String>,
    /// Other files of the date that are not there any more, or not as they were imported.
    pub to_be_imported: Vec<String>,
}

impl House {
    /// Whether another file of orders was imported for the date since the one of this name was: it may have
    /// replaced what this one says. Two imports within one second count as either. `later` are files that
    /// are to be imported after it.
    pub(super) async fn orders_overruled(
        &self,
        name: &str,
        date: BusinessDate,
        later: &[String],
    ) -> Result<bool, RunError> {
        let files = self.order_files(date).await?;
        let own = files.iter().find(|file| file.name == name);
        let may_overrule = |file: &&IntakeFile| file.name != name && !later.contains(&file.name);
        Ok(own.is_some_and(|own| {
            files.iter().filter(may_overrule).any(|file| file.imported_at >= own.imported_at)
        }))
    }

    async fn order_files(&self, date: BusinessDate) -> Result<Vec<IntakeFile>, RunError> {
        let mut files = self.ledger.intake_files(date).await?;
        files.retain(|file| file.origin == Origin::Orders);
        Ok(files)
    }

    /// Takes back what was imported as orders under a name; the file itself need not be there any more. The
    /// other files of the date are read again where they are as they were imported, oldest first: what they
    /// say counts again where the one that is taken back had replaced it.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the ledger fails or a file cannot be read.
    pub async fn withdraw_orders(
        &self,
        name: &str,
        date: BusinessDate,
    ) -> Result<Withdrawn, RunError> {
        let mut others = self.order_files(date).await?;
        others.retain(|file| file.name != name && file.rows > file.rejected);
        others.sort_by(|a, b| (a.imported_at, &a.name).cmp(&(b.imported_at, &b.name)));
        let nothing = self.nothing_of(Origin::Orders, name, date);
        let (none, no_rejections) = (Box::new(std::iter::empty()), Box::new(std::iter::empty()));
        let count = self.ledger.put_orders(&nothing, none, no_rejections).await?;
        self.ledger.checkpoint().await?;
        let mut done = Withdrawn { orders: count.superseded, ..Withdrawn::default() };
        tracing::info!(file = name, orders = done.orders, "orders withdrawn");
        for file in others {
            if self.is_as_imported(&file, date)? {
                let path = self.config.base.join(&file.name);
                self.import_orders(&path, &file.name, date).await?;
                done.read_again.push(file.name);
            } else {
                done.to_be_imported.push(file.name);
            }
        }
        Ok(done)
    }

    /// Whether a file of orders is there with the content, and is read by the settings, of its last import.
    fn is_as_imported(&self, file: &IntakeFile, date: BusinessDate) -> Result<bool, RunError> {
        let path = self.config.base.join(&file.name);
        if !path.is_file() {
            return Ok(false);
        }
        let (spool, known) = (self.spool()?, self.known_accounts());
        let request = OrdersRequest {
            path: &path,
            name: &file.name,
            settings: &self.config.orders,
            business_day: self.config.business_day,
            accounts: &known,
            business_date: date,
            now: self.clock.now(),
            spool: &spool,
        };
        Ok(intake::examine_orders(&request).is_ok_and(|found| found.digest == file.digest))
    }
}
