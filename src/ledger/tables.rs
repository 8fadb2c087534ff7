//! The ledger's tables, in the schema's order, and where each lives when the ledger is distributed.

/// Where a table lives when the ledger runs on more than one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Split over the machines by its column `order_no`, together with all the others.
    ByOrderNo,
    /// Whole, on every machine.
    Everywhere,
    /// Whole, on the first machine only.
    Local,
}

/// Every table and its placement.
pub const TABLES: &[(&str, Placement)] = &[
    ("stream", Placement::Everywhere),
    ("intake_file", Placement::Local),
    ("intake_file_date", Placement::Local),
    ("merchant_order", Placement::ByOrderNo),
    ("reading", Placement::ByOrderNo),
    ("touched", Placement::ByOrderNo),
    ("spread", Placement::ByOrderNo),
    ("rejection", Placement::Local),
    ("discrepancy", Placement::ByOrderNo),
    ("discrepancy_event", Placement::ByOrderNo),
    ("account_pull", Placement::Local),
    ("day_total", Placement::Local),
    ("day_verdict", Placement::Local),
    ("run", Placement::Local),
    ("balance_snapshot", Placement::Local),
    ("day_pattern", Placement::Local),
    ("firing", Placement::Local),
    ("movement", Placement::Local),
    ("day_sum", Placement::Local),
    ("discrepancy_version", Placement::ByOrderNo),
    ("listed_day", Placement::Local),
    ("day_settled", Placement::Local),
    ("statement_day", Placement::Local),
    ("confirmed", Placement::ByOrderNo),
    ("stale_sum", Placement::Local),
    ("identity", Placement::Local),
    ("balance_ask", Placement::Local),
    ("anchor", Placement::Local),
    ("pruned_event", Placement::ByOrderNo),
];
