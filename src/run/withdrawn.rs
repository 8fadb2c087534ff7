//! Files that are taken back, and orders that a newer import overruled: the newest import of a name is current,
//! whatever was imported between, and what other files say stays.

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::order::Origin;
use crate::run::RunError;

/// What taking back a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Orders or transactions of it that are not counted any more.
    pub rows: u64,
    /// Movements of it.
    pub movements: u64,
    /// Orders or transactions of which what another file says counts again.
    pub restored: u64,
    /// Other files of orders of the date, imported before what each file says was kept: what the one that is
    /// taken back had replaced of theirs counts when they are imported again.
    pub to_be_imported: Vec<String>,
}

impl App {
    /// Whether another file of the date, imported since the orders of this name were, says otherwise of some
    /// order. `later` are files that are to be imported after it anyway. A file of another date is another day's
    /// word: it stays the newer one when this date is run again.
    pub(super) async fn orders_overruled(
        &self,
        name: &str,
        date: BusinessDate,
        later: &[String],
    ) -> Result<bool, RunError> {
        if self.ledger.unkept_orders(date).await?.iter().any(|unkept| unkept == name) {
            return Ok(true);
        }
        let mut by = self.ledger.orders_overruled_by(name).await?;
        by.retain(|other| !later.contains(other));
        if by.is_empty() {
            return Ok(false);
        }
        let files = self.ledger.intake_files(date).await?;
        let of_date = |other: &String| {
            files.iter().any(|file| file.origin == Origin::Orders && file.name == *other)
        };
        Ok(by.iter().any(of_date))
    }

    /// Takes back what was imported as orders under a name; the file itself need not be there any more. What
    /// other files say of the same orders counts again.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn withdraw_orders(
        &self,
        name: &str,
        date: BusinessDate,
    ) -> Result<Withdrawn, RunError> {
        let nothing = self.nothing_of(Origin::Orders, name, date);
        let (none, no_rejections) = (Box::new(std::iter::empty()), Box::new(std::iter::empty()));
        let mut to_be_imported = self.ledger.unkept_orders(date).await?;
        to_be_imported.retain(|other| other != name);
        let count = self.ledger.put_orders(&nothing, none, no_rejections).await?;
        self.ledger.checkpoint().await?;
        let (rows, restored) = (count.superseded, count.restored);
        tracing::info!(file = name, orders = rows, restored, "orders withdrawn");
        Ok(Withdrawn { rows, movements: 0, restored, to_be_imported })
    }
}
