//! Every SQL text of the ledger, by the name of its file: nothing but `include_str!`.

/// Migrations in order: version, purpose, and the text for each database.
pub(super) const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../sql/migrations/sqlite/0001_ledger.sql")),
    (2, "balance", include_str!("../../sql/migrations/sqlite/0002_balance.sql")),
];

pub(super) const ACCOUNT_PULL_LIST: &str = include_str!("../../sql/queries/account_pull_list.sql");
pub(super) const ACCOUNT_PULL_UPSERT: &str =
    include_str!("../../sql/queries/account_pull_upsert.sql");
pub(super) const BALANCE_SNAPSHOT_INSERT: &str =
    include_str!("../../sql/queries/balance_snapshot_insert.sql");
pub(super) const BALANCE_SNAPSHOT_LIST: &str =
    include_str!("../../sql/queries/balance_snapshot_list.sql");
pub(super) const DAY_TOTAL_DELETE: &str = include_str!("../../sql/queries/day_total_delete.sql");
pub(super) const DAY_TOTAL_LIST: &str = include_str!("../../sql/queries/day_total_list.sql");
pub(super) const DAY_TOTAL_UPSERT: &str = include_str!("../../sql/queries/day_total_upsert.sql");
pub(super) const DAY_VERDICT_LIST: &str = include_str!("../../sql/queries/day_verdict_list.sql");
pub(super) const DAY_VERDICT_UPSERT: &str =
    include_str!("../../sql/queries/day_verdict_upsert.sql");
pub(super) const DISCREPANCY_BY_KEY: &str =
    include_str!("../../sql/queries/discrepancy_by_key.sql");
pub(super) const DISCREPANCY_EVENT_INSERT: &str =
    include_str!("../../sql/queries/discrepancy_event_insert.sql");
pub(super) const DISCREPANCY_EVENT_LAST: &str =
    include_str!("../../sql/queries/discrepancy_event_last.sql");
pub(super) const DISCREPANCY_EVENT_LIST: &str =
    include_str!("../../sql/queries/discrepancy_event_list.sql");
pub(super) const DISCREPANCY_FIND: &str = include_str!("../../sql/queries/discrepancy_find.sql");
pub(super) const DISCREPANCY_REPORT: &str =
    include_str!("../../sql/queries/discrepancy_report.sql");
pub(super) const DISCREPANCY_UPSERT: &str =
    include_str!("../../sql/queries/discrepancy_upsert.sql");
pub(super) const ENGINE_VERSION: &str = include_str!("../../sql/queries/engine_version.sql");
pub(super) const INTAKE_FILE_DATE_INSERT: &str =
    include_str!("../../sql/queries/intake_file_date_insert.sql");
pub(super) const INTAKE_FILE_DATE_LIST: &str =
    include_str!("../../sql/queries/intake_file_date_list.sql");
pub(super) const INTAKE_FILE_FIND: &str = include_str!("../../sql/queries/intake_file_find.sql");
pub(super) const INTAKE_FILE_LIST: &str = include_str!("../../sql/queries/intake_file_list.sql");
pub(super) const INTAKE_FILE_UPSERT: &str =
    include_str!("../../sql/queries/intake_file_upsert.sql");
pub(super) const MERCHANT_ORDER_BY_KEY: &str =
    include_str!("../../sql/queries/merchant_order_by_key.sql");
pub(super) const MERCHANT_ORDER_ELSEWHERE: &str =
    include_str!("../../sql/queries/merchant_order_elsewhere.sql");
pub(super) const MERCHANT_ORDER_INSERT: &str =
    include_str!("../../sql/queries/merchant_order_insert.sql");
pub(super) const MERCHANT_ORDER_PAGE: &str =
    include_str!("../../sql/queries/merchant_order_page.sql");
pub(super) const MERCHANT_ORDER_PROBE: &str =
    include_str!("../../sql/queries/merchant_order_probe.sql");
pub(super) const MERCHANT_ORDER_REFUNDS: &str =
    include_str!("../../sql/queries/merchant_order_refunds.sql");
pub(super) const MERCHANT_ORDER_REFUNDS_ON: &str =
    include_str!("../../sql/queries/merchant_order_refunds_on.sql");
pub(super) const MERCHANT_ORDER_RETIRE: &str =
    include_str!("../../sql/queries/merchant_order_retire.sql");
pub(super) const MERCHANT_ORDER_RETIRE_AFTER: &str =
    include_str!("../../sql/queries/merchant_order_retire_after.sql");
pub(super) const MERCHANT_ORDER_SCAN: &str =
    include_str!("../../sql/queries/merchant_order_scan.sql");
pub(super) const MIGRATION_EXISTS: &str = include_str!("../../sql/queries/migration_exists.sql");
pub(super) const MIGRATION_VERSION: &str = include_str!("../../sql/queries/migration_version.sql");
pub(super) const READING_BY_KEY: &str = include_str!("../../sql/queries/reading_by_key.sql");
pub(super) const READING_DATES: &str = include_str!("../../sql/queries/reading_dates.sql");
pub(super) const READING_INSERT: &str = include_str!("../../sql/queries/reading_insert.sql");
pub(super) const READING_PAGE: &str = include_str!("../../sql/queries/reading_page.sql");
pub(super) const READING_PROBE: &str = include_str!("../../sql/queries/reading_probe.sql");
pub(super) const READING_RETIRE: &str = include_str!("../../sql/queries/reading_retire.sql");
pub(super) const READING_RETIRE_AFTER: &str =
    include_str!("../../sql/queries/reading_retire_after.sql");
pub(super) const READING_SCAN: &str = include_str!("../../sql/queries/reading_scan.sql");
pub(super) const REJECTION_DELETE: &str = include_str!("../../sql/queries/rejection_delete.sql");
pub(super) const REJECTION_DELETE_DATE: &str =
    include_str!("../../sql/queries/rejection_delete_date.sql");
pub(super) const REJECTION_INSERT: &str = include_str!("../../sql/queries/rejection_insert.sql");
pub(super) const REJECTION_LIST: &str = include_str!("../../sql/queries/rejection_list.sql");
pub(super) const RUN_LIST: &str = include_str!("../../sql/queries/run_list.sql");
pub(super) const RUN_UPSERT: &str = include_str!("../../sql/queries/run_upsert.sql");
pub(super) const SNAPSHOT_BEGIN: &str = include_str!("../../sql/queries/snapshot_begin.sql");
pub(super) const SPREAD_INSERT: &str = include_str!("../../sql/queries/spread_insert.sql");
pub(super) const STREAM_INSERT: &str = include_str!("../../sql/queries/stream_insert.sql");
pub(super) const STREAM_LIST: &str = include_str!("../../sql/queries/stream_list.sql");
pub(super) const TABLE_COUNT: &str = include_str!("../../sql/queries/table_count.sql");
pub(super) const TOUCHED_DELETE: &str = include_str!("../../sql/queries/touched_delete.sql");
pub(super) const TOUCHED_INSERT: &str = include_str!("../../sql/queries/touched_insert.sql");
pub(super) const TOUCHED_INSERT_AFTER: &str =
    include_str!("../../sql/queries/touched_insert_after.sql");
pub(super) const TOUCHED_PAGE: &str = include_str!("../../sql/queries/touched_page.sql");
