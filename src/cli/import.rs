//! `import`.

use std::path::{Path, PathBuf};

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{ImportMovementsArgs, ImportNotificationsArgs, ImportOrdersArgs, open, output};
use crate::run::House;

/// `import orders`.
pub(crate) async fn orders(house: &House, args: &ImportOrdersArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &[])?;
    let _lock = house.lock("import").await?;
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &house.config.base);
        let count = house.import_orders(&path, &name, scope.date).await?;
        output::line(&format!(
            "{name}: {} added, {} unchanged, {} superseded",
            count.added, count.unchanged, count.superseded
        ));
    }
    Ok(DONE)
}

/// `import notifications`.
pub(crate) async fn notifications(
    house: &House,
    args: &ImportNotificationsArgs,
) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, std::slice::from_ref(&args.account))?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("import").await?;
    for account in &accounts {
        for file in &args.files {
            let path = absolute(file)?;
            let name = known_as(&path, &house.config.base);
            let imported = house.import_notifications(account, &path, &name, scope.date).await?;
            let (count, rejected) = imported;
            output::line(&format!(
                "{name}: {} added, {} unchanged, {} superseded, {rejected} refused",
                count.added, count.unchanged, count.superseded
            ));
        }
    }
    Ok(DONE)
}

/// `import movements`.
pub(crate) async fn movements(house: &House, args: &ImportMovementsArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, args.account.as_slice())?;
    let accounts = house.accounts(&scope)?;
    let account = args.account.as_ref().and(accounts.first());
    let _lock = house.lock("import").await?;
    for file in &args.files {
        let path = absolute(file)?;
        let name = known_as(&path, &house.config.base);
        let (count, rejected) = house.import_movements(&path, &name, scope.date, account).await?;
        output::line(&format!(
            "{name}: {} added, {} superseded, {rejected} refused",
            count.added, count.superseded
        ));
    }
    Ok(DONE)
}

pub(crate) fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(file).map_err(|source| Failure::File {
        doing: "cannot find",
        path: file.display().to_string(),
        source,
    })
}

/// The name under which a file is known: relative to the configuration where it lies below it, so
/// that the nightly job and an import by hand mean the same file.
pub(crate) fn known_as(path: &Path, base: &Path) -> String {
    path.strip_prefix(base).unwrap_or(path).display().to_string()
}
