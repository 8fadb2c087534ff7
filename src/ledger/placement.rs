//! Where tables are and where they are to be, when the ledger runs on several machines (Citus).

use std::collections::BTreeMap;

use super::{LedgerError, Placement, TABLES};

/// A table, where it is to be, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePlacement {
    /// The table.
    pub name: &'static str,
    /// Where it is to be on several machines.
    pub declared: Placement,
    /// Where it is; `None` where everything is on one machine.
    pub found: Option<Found>,
}

impl TablePlacement {
    /// Whether it is where it is to be.
    pub fn is_placed(&self) -> bool {
        let placement = self.found.as_ref().map(Found::placement);
        placement.is_some_and(|placement| placement == Some(self.declared))
    }
}

/// Where the extension says that a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Not split; only on the first machine.
    Local,
    /// Whole, on every machine.
    Everywhere,
    /// Split by a column, together with the other tables of the same group.
    Split {
        /// The column.
        column: String,
        /// The group's number.
        group: i64,
    },
    /// In a way that duizhang never asks for.
    Otherwise(String),
}

impl Found {
    fn placement(&self) -> Option<Placement> {
        match self {
            Self::Local => Some(Placement::Local),
            Self::Everywhere => Some(Placement::Everywhere),
            Self::Split { column, .. } if column == COLUMN => Some(Placement::ByOrderNo),
            Self::Split { .. } | Self::Otherwise(_) => None,
        }
    }

    /// A row of the extension's view `citus_tables`.
    pub(super) fn from_view(kind: &str, column: &str, group: i64) -> Self {
        match kind {
            "distributed" => Self::Split { column: column.to_owned(), group },
            "reference" => Self::Everywhere,
            "local" => Self::Local,
            other => Self::Otherwise(other.to_owned()),
        }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local => f.write_str("on the first machine only"),
            Self::Everywhere => f.write_str("whole on every machine"),
            Self::Split { column, group } => write!(f, "split by {column} in group {group}"),
            Self::Otherwise(kind) => f.write_str(kind),
        }
    }
}

/// The tables in which a put is staged on several machines (PostgreSQL only): they have nothing that is kept.
pub const STAGING: [&str; 3] = ["staged_order", "staged_reading", "staged_discrepancy"];

/// Every table that is placed, with where it is to be.
pub(super) fn placed_tables() -> impl Iterator<Item = (&'static str, Placement)> {
    let staging = STAGING.iter().map(|name| (*name, Placement::ByOrderNo));
    TABLES.iter().copied().chain(staging)
}

/// The column by which tables are split.
const COLUMN: &str = "order_no";

/// The statement that places a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The table.
    pub(super) name: &'static str,
    /// The statement.
    pub(super) text: String,
}

/// What has to be done so that every table is where it is to be: nothing for one that is. `found` has
/// the tables that the extension knows.
///
/// # Errors
///
/// [`LedgerError::Misplaced`] for a table that somebody has put elsewhere.
pub(super) fn steps(found: &BTreeMap<String, Found>) -> Result<Vec<Step>, LedgerError> {
    let mut steps = Vec::new();
    // Whatever is split already is what the others go together with.
    let mut partner = placed_tables().find_map(|(name, declared)| match found.get(name) {
        Some(Found::Split { group, .. }) if declared == Placement::ByOrderNo => {
            Some((name, Some(*group)))
        }
        Some(_) | None => None,
    });
    for (name, declared) in placed_tables() {
        let found = found.get(name).unwrap_or(&Found::Local);
        let misplaced = || LedgerError::Misplaced { table: name, found: found.to_string() };
        match (declared, found) {
            (Placement::Local, Found::Local) | (Placement::Everywhere, Found::Everywhere) => {}
            (Placement::Everywhere, Found::Local) => {
                let text = format!("SELECT create_reference_table('{name}')");
                steps.push(Step { name, text });
            }
            (Placement::ByOrderNo, Found::Local) => {
                let beside = partner.map(|(partner, _)| format!(", colocate_with => '{partner}'"));
                let beside = beside.unwrap_or_default();
                let text = format!("SELECT create_distributed_table('{name}', '{COLUMN}'{beside})");
                steps.push(Step { name, text });
                partner = partner.or(Some((name, None)));
            }
            (Placement::ByOrderNo, Found::Split { column, group }) => {
                let group_is_right = partner.is_none_or(|(_, known)| known == Some(*group));
                if column != COLUMN || !group_is_right {
                    return Err(misplaced());
                }
            }
            (_, Found::Otherwise(_) | Found::Split { .. } | Found::Everywhere) => {
                return Err(misplaced());
            }
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(group: i64) -> Found {
        Found::Split { column: COLUMN.to_owned(), group }
    }

    fn known(tables: &[(&str, Found)]) -> BTreeMap<String, Found> {
        tables.iter().map(|(name, found)| ((*name).to_owned(), found.clone())).collect()
    }

    #[test]
    fn every_table_is_placed_once_and_all_that_are_split_go_together() {
        let steps = steps(&BTreeMap::new()).unwrap();
        let wanted = placed_tables().filter(|(_, declared)| *declared != Placement::Local);
        assert_eq!(
            steps.iter().map(|step| step.name).collect::<Vec<_>>(),
            wanted.map(|(name, _)| name).collect::<Vec<_>>()
        );
        assert_eq!(steps[0].text, "SELECT create_reference_table('stream')");
        assert_eq!(steps[1].text, "SELECT create_distributed_table('merchant_order', 'order_no')");
        for step in &steps[2..] {
            let expected = format!(
                "SELECT create_distributed_table('{}', 'order_no', colocate_with => 'merchant_order')",
                step.name
            );
            assert_eq!(step.text, expected);
        }
    }

    #[test]
    fn what_is_placed_is_left_and_what_is_new_goes_with_it() {
        let mut found: BTreeMap<String, Found> = placed_tables()
            .map(|(name, declared)| {
                let found = match declared {
                    Placement::ByOrderNo => split(7),
                    Placement::Everywhere => Found::Everywhere,
                    Placement::Local => Found::Local,
                };
                (name.to_owned(), found)
            })
            .collect();
        assert_eq!(steps(&found).unwrap(), []);
        found.remove("merchant_order");
        let text = "SELECT create_distributed_table('merchant_order', 'order_no', colocate_with => 'reading')";
        assert_eq!(steps(&found).unwrap()[0].text, text);
    }

    #[test]
    fn a_table_that_somebody_put_elsewhere_is_named() {
        let by_line = Found::Split { column: "line".to_owned(), group: 1 };
        let table = [
            (known(&[("run", split(1))]), "run"),
            (known(&[("run", Found::Everywhere)]), "run"),
            (known(&[("stream", split(1))]), "stream"),
            (known(&[("reading", Found::Everywhere)]), "reading"),
            (known(&[("reading", by_line)]), "reading"),
            (known(&[("merchant_order", split(1)), ("reading", split(2))]), "reading"),
            (known(&[("reading", Found::Otherwise("schema".to_owned()))]), "reading"),
        ];
        for (found, name) in table {
            let error = steps(&found).unwrap_err();
            assert!(
                matches!(error, LedgerError::Misplaced { table, .. } if table == name),
                "{error}"
            );
            assert!(error.to_string().contains("undistribute_table"), "{error}");
        }
    }

    #[test]
    fn the_view_of_the_extension_is_understood() {
        assert_eq!(Found::from_view("distributed", "order_no", 3), split(3));
        assert_eq!(Found::from_view("reference", "<none>", 3), Found::Everywhere);
        assert_eq!(Found::from_view("local", "<none>", 0), Found::Local);
        assert_eq!(Found::from_view("schema", "", 0), Found::Otherwise("schema".to_owned()));
    }
}
