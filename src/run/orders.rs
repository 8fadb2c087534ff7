//! Importing the merchant's orders out of files.

use std::path::Path;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::intake::{self, IntakeError, OrdersRequest, StatedTotal};
use crate::ledger::PutCount;
use crate::lines::LineCounts;
use crate::order::Origin;
use crate::progress::{self, Bar};
use crate::run::RunError;
use crate::run::parts::parts_named;

/// What importing a file of orders came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrdersImport {
    /// What the ledger did with the orders.
    pub count: PutCount,
    /// What became of the file's lines; nothing where the very same file was imported before and is what
    /// counts.
    pub lines: LineCounts,
    /// The totals that the file states.
    pub totals: Vec<StatedTotal>,
}

impl App {
    /// Imports the orders of a business date where the configuration says that they are.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when there is no such file or it cannot be read as orders.
    pub async fn import_configured_orders(
        &self,
        date: BusinessDate,
    ) -> Result<Option<PutCount>, RunError> {
        if self.config.orders.database.is_some() {
            return self.import_shop_orders(date).await.map(Some);
        }
        let Some(template) = &self.config.orders.csv else { return Ok(None) };
        let pattern = template.replace("{date}", &date.to_string());
        let names = parts_named(&self.config.base, &pattern);
        if names.is_empty() {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(IntakeError::Open { name: pattern, source }.into());
        }
        let mut sum = PutCount::default();
        for (at, name) in names.iter().enumerate() {
            let path = self.config.base.join(name);
            // Those behind it are always imported after it, which overrules nothing.
            let later = names.get(at.saturating_add(1)..).unwrap_or_default();
            let PutCount { added, unchanged, superseded, restored } =
                self.import_orders_before(&path, name, date, later).await?.count;
            sum.added = sum.added.saturating_add(added);
            sum.unchanged = sum.unchanged.saturating_add(unchanged);
            sum.superseded = sum.superseded.saturating_add(superseded);
            sum.restored = sum.restored.saturating_add(restored);
        }
        Ok(Some(sum))
    }

    /// Imports one file of merchant orders on behalf of a business date.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when the file cannot be read as orders; bad rows are not errors.
    pub async fn import_orders(
        &self,
        path: &Path,
        name: &str,
        date: BusinessDate,
    ) -> Result<OrdersImport, RunError> {
        self.import_orders_before(path, name, date, &[]).await
    }

    /// As [`App::import_orders`], of a file behind which others of the same day are imported.
    async fn import_orders_before(
        &self,
        path: &Path,
        name: &str,
        date: BusinessDate,
        later: &[String],
    ) -> Result<OrdersImport, RunError> {
        let spool = self.spool()?;
        let known = self.known_accounts();
        let request = OrdersRequest {
            path,
            name,
            settings: &self.config.orders,
            business_day: self.config.business_day,
            accounts: &known,
            business_date: date,
            now: self.clock.now(),
            spool: &spool,
        };
        let file = intake::examine_orders(&request)?;
        let is_known = self.ledger.intake_is_known(name, &file.digest).await?;
        if is_known && !self.orders_overruled(name, date, later).await? {
            tracing::info!(file = name, "the orders file is unchanged since its last import");
            return Ok(OrdersImport::default());
        }
        let read = intake::read_orders(&request, &file)?;
        let (rejected, lines, totals) = (read.file.rejected, read.file.lines, read.totals);
        let bar = Bar::start("import", u64::try_from(read.file.rows.saturating_sub(rejected)).ok());
        let orders = Box::new(progress::counted(read.orders, bar.clone()));
        let count = self.ledger.put_orders(&read.file, orders, read.rejections).await?;
        bar.finish();
        self.ledger.checkpoint().await?;
        let (added, unchanged, superseded) = (count.added, count.unchanged, count.superseded);
        tracing::info!(file = name, added, unchanged, superseded, rejected, "orders imported");
        if rejected > 0 {
            tracing::warn!(file = name, rejected, "rows were refused: see the rejected rows file");
        }
        Ok(OrdersImport { count, lines, totals })
    }

    /// How many rows of the merchant's orders were refused on behalf of a business date, of all files or
    /// of the one with this name.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn refused_orders(
        &self,
        date: BusinessDate,
        name: Option<&str>,
    ) -> Result<i64, RunError> {
        let files = self.ledger.intake_files(date).await?;
        let asked = files.iter().filter(|file| {
            file.origin == Origin::Orders && name.is_none_or(|name| name == file.name)
        });
        Ok(asked.map(|file| file.rejected).fold(0, i64::saturating_add))
    }
}
