//! Importing orders from the merchant's own database.

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::intake::database::{DatabaseRequest, RowsOf, read_database};
use crate::ledger::PutCount;
use crate::run::RunError;

impl App {
    /// Asks the merchant's database for the orders of a business date and imports them.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when the database cannot be asked or its columns are not those that are
    /// needed; bad rows are not errors.
    pub async fn import_shop_orders(&self, date: BusinessDate) -> Result<PutCount, RunError> {
        let Some(database) = &self.config.orders.database else { return Ok(PutCount::default()) };
        let spool = self.spool()?;
        let request = DatabaseRequest {
            database,
            rows: RowsOf::Orders(&self.config.orders),
            base: &self.config.base,
            business_day: self.config.business_day,
            date,
            spool: &spool,
        };
        let rows = read_database(&request).await?;
        Ok(self.import_orders(rows.path(), &rows.name, date).await?.count)
    }
}
