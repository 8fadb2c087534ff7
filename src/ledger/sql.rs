//! Every SQL text of the ledger, by the name of its file: nothing but `include_str!`.

/// Migrations in order: version, purpose, and the text for each database.
pub(super) const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../sql/migrations/sqlite/0001_ledger.sql")),
    (2, "balance", include_str!("../../sql/migrations/sqlite/0002_balance.sql")),
    (3, "callback", include_str!("../../sql/migrations/sqlite/0003_callback.sql")),
    (4, "resolution", include_str!("../../sql/migrations/sqlite/0004_resolution.sql")),
    (5, "history", include_str!("../../sql/migrations/sqlite/0005_history.sql")),
    (6, "settlement", include_str!("../../sql/migrations/sqlite/0006_settlement.sql")),
    (8, "firing", include_str!("../../sql/migrations/sqlite/0008_firing.sql")),
    (9, "pattern", include_str!("../../sql/migrations/sqlite/0009_pattern.sql")),
    (10, "settled", include_str!("../../sql/migrations/sqlite/0010_settled.sql")),
    (11, "statement", include_str!("../../sql/migrations/sqlite/0011_statement.sql")),
    (12, "amount source", include_str!("../../sql/migrations/sqlite/0012_amount_source.sql")),
    (13, "rejection words", include_str!("../../sql/migrations/sqlite/0013_rejection_words.sql")),
    (17, "confirmed", include_str!("../../sql/migrations/sqlite/0017_confirmed.sql")),
    (18, "answered on", include_str!("../../sql/migrations/sqlite/0018_answered_on.sql")),
    (19, "unlisted", include_str!("../../sql/migrations/sqlite/0019_unlisted.sql")),
    (20, "stale sum", include_str!("../../sql/migrations/sqlite/0020_stale_sum.sql")),
    (21, "line counts", include_str!("../../sql/migrations/sqlite/0021_line_counts.sql")),
    (22, "overruled", include_str!("../../sql/migrations/sqlite/0022_overruled.sql")),
    (23, "withheld", include_str!("../../sql/migrations/sqlite/0023_withheld.sql")),
    (24, "balance ask", include_str!("../../sql/migrations/sqlite/0024_balance_ask.sql")),
    (25, "identity", include_str!("../../sql/migrations/sqlite/0025_identity.sql")),
    (27, "currency", include_str!("../../sql/migrations/sqlite/0027_currency.sql")),
    (30, "refund of", include_str!("../../sql/migrations/sqlite/0030_refund_of.sql")),
    (35, "anchor", include_str!("../../sql/migrations/sqlite/0035_anchor.sql")),
    (36, "anchor words", include_str!("../../sql/migrations/sqlite/0036_anchor_words.sql")),
    (40, "way", include_str!("../../sql/migrations/sqlite/0040_way.sql")),
    (
        50,
        "movement reference",
        include_str!("../../sql/migrations/sqlite/0050_movement_reference.sql"),
    ),
    (55, "orders overruled", include_str!("../../sql/migrations/sqlite/0055_orders_overruled.sql")),
    (60, "staging", include_str!("../../sql/migrations/sqlite/0060_staging.sql")),
    (61, "statement_part", include_str!("../../sql/migrations/sqlite/0061_statement_part.sql")),
    (70, "unavailable", include_str!("../../sql/migrations/sqlite/0070_unavailable.sql")),
];

pub(super) const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "ledger", include_str!("../../sql/migrations/postgres/0001_ledger.sql")),
    (2, "balance", include_str!("../../sql/migrations/postgres/0002_balance.sql")),
    (3, "callback", include_str!("../../sql/migrations/postgres/0003_callback.sql")),
    (4, "resolution", include_str!("../../sql/migrations/postgres/0004_resolution.sql")),
    (5, "history", include_str!("../../sql/migrations/postgres/0005_history.sql")),
    (6, "settlement", include_str!("../../sql/migrations/postgres/0006_settlement.sql")),
    (8, "firing", include_str!("../../sql/migrations/postgres/0008_firing.sql")),
    (9, "pattern", include_str!("../../sql/migrations/postgres/0009_pattern.sql")),
    (10, "settled", include_str!("../../sql/migrations/postgres/0010_settled.sql")),
    (11, "statement", include_str!("../../sql/migrations/postgres/0011_statement.sql")),
    (12, "amount source", include_str!("../../sql/migrations/postgres/0012_amount_source.sql")),
    (13, "rejection words", include_str!("../../sql/migrations/postgres/0013_rejection_words.sql")),
    (17, "confirmed", include_str!("../../sql/migrations/postgres/0017_confirmed.sql")),
    (18, "answered on", include_str!("../../sql/migrations/postgres/0018_answered_on.sql")),
    (19, "unlisted", include_str!("../../sql/migrations/postgres/0019_unlisted.sql")),
    (20, "stale sum", include_str!("../../sql/migrations/postgres/0020_stale_sum.sql")),
    (21, "line counts", include_str!("../../sql/migrations/postgres/0021_line_counts.sql")),
    (22, "overruled", include_str!("../../sql/migrations/postgres/0022_overruled.sql")),
    (23, "withheld", include_str!("../../sql/migrations/postgres/0023_withheld.sql")),
    (24, "balance ask", include_str!("../../sql/migrations/postgres/0024_balance_ask.sql")),
    (25, "identity", include_str!("../../sql/migrations/postgres/0025_identity.sql")),
    (27, "currency", include_str!("../../sql/migrations/postgres/0027_currency.sql")),
    (30, "refund of", include_str!("../../sql/migrations/postgres/0030_refund_of.sql")),
    (35, "anchor", include_str!("../../sql/migrations/postgres/0035_anchor.sql")),
    (36, "anchor words", include_str!("../../sql/migrations/postgres/0036_anchor_words.sql")),
    (40, "way", include_str!("../../sql/migrations/postgres/0040_way.sql")),
    (
        50,
        "movement reference",
        include_str!("../../sql/migrations/postgres/0050_movement_reference.sql"),
    ),
    (
        55,
        "orders overruled",
        include_str!("../../sql/migrations/postgres/0055_orders_overruled.sql"),
    ),
    (60, "staging", include_str!("../../sql/migrations/postgres/0060_staging.sql")),
    (61, "statement_part", include_str!("../../sql/migrations/postgres/0061_statement_part.sql")),
    (70, "unavailable", include_str!("../../sql/migrations/postgres/0070_unavailable.sql")),
];

pub(super) const ACCOUNT_PULL_LIST: &str = include_str!("../../sql/queries/account_pull_list.sql");
pub(super) const ACCOUNT_PULL_UPSERT: &str =
    include_str!("../../sql/queries/account_pull_upsert.sql");
pub(super) const BALANCE_ASK_INSERT: &str =
    include_str!("../../sql/queries/balance_ask_insert.sql");
pub(super) const BALANCE_ASK_LIST: &str = include_str!("../../sql/queries/balance_ask_list.sql");
pub(super) const BALANCE_SNAPSHOT_INSERT: &str =
    include_str!("../../sql/queries/balance_snapshot_insert.sql");
pub(super) const BALANCE_SNAPSHOT_LIST: &str =
    include_str!("../../sql/queries/balance_snapshot_list.sql");
pub(super) const CONFIRMED_BY_KEY: &str = include_str!("../../sql/queries/confirmed_by_key.sql");
pub(super) const CONFIRMED_UPSERT: &str = include_str!("../../sql/queries/confirmed_upsert.sql");
pub(super) const CONFIRMED_UPSERT_POSTGRES: &str =
    include_str!("../../sql/queries/confirmed_upsert_postgres.sql");
pub(super) const DAY_PATTERN_DELETE: &str =
    include_str!("../../sql/queries/day_pattern_delete.sql");
pub(super) const DAY_PATTERN_INSERT: &str =
    include_str!("../../sql/queries/day_pattern_insert.sql");
pub(super) const DAY_PATTERN_LIST: &str = include_str!("../../sql/queries/day_pattern_list.sql");
pub(super) const DAY_SETTLED_LIST: &str = include_str!("../../sql/queries/day_settled_list.sql");
pub(super) const DAY_SETTLED_UPSERT: &str =
    include_str!("../../sql/queries/day_settled_upsert.sql");
pub(super) const DAY_SUM_DELETE: &str = include_str!("../../sql/queries/day_sum_delete.sql");
pub(super) const DAY_SUM_INSERT: &str = include_str!("../../sql/queries/day_sum_insert.sql");
pub(super) const DAY_SUM_LIST: &str = include_str!("../../sql/queries/day_sum_list.sql");
pub(super) const DAY_TOTAL_DELETE: &str = include_str!("../../sql/queries/day_total_delete.sql");
pub(super) const DAY_TOTAL_LIST: &str = include_str!("../../sql/queries/day_total_list.sql");
pub(super) const DAY_TOTAL_UPSERT: &str = include_str!("../../sql/queries/day_total_upsert.sql");
pub(super) const DAY_VERDICT_LAST: &str = include_str!("../../sql/queries/day_verdict_last.sql");
pub(super) const DAY_VERDICT_LIST: &str = include_str!("../../sql/queries/day_verdict_list.sql");
pub(super) const DAY_VERDICT_SPAN: &str = include_str!("../../sql/queries/day_verdict_span.sql");
pub(super) const DAY_VERDICT_UPSERT: &str =
    include_str!("../../sql/queries/day_verdict_upsert.sql");
pub(super) const DISCREPANCY_BY_KEY: &str =
    include_str!("../../sql/queries/discrepancy_by_key.sql");
pub(super) const DISCREPANCY_EVENT_COPY: &str =
    include_str!("../../sql/queries/discrepancy_event_copy.sql");
pub(super) const DISCREPANCY_EVENT_INSERT: &str =
    include_str!("../../sql/queries/discrepancy_event_insert.sql");
pub(super) const DISCREPANCY_EVENT_LAST: &str =
    include_str!("../../sql/queries/discrepancy_event_last.sql");
pub(super) const DISCREPANCY_EVENT_LIST: &str =
    include_str!("../../sql/queries/discrepancy_event_list.sql");
pub(super) const DISCREPANCY_WITHOUT_EVENT: &str =
    include_str!("../../sql/queries/discrepancy_without_event.sql");
pub(super) const DISCREPANCY_EVENT_PAGE: &str =
    include_str!("../../sql/queries/discrepancy_event_page.sql");
pub(super) const DISCREPANCY_FIND: &str = include_str!("../../sql/queries/discrepancy_find.sql");
pub(super) const DISCREPANCY_STAGED_CLEAR: &str =
    include_str!("../../sql/queries/discrepancy_staged_clear.sql");
pub(super) const DISCREPANCY_STAGED_COPY: &str =
    include_str!("../../sql/queries/discrepancy_staged_copy.sql");
pub(super) const DISCREPANCY_STAGED_CREATE: &str =
    include_str!("../../sql/queries/discrepancy_staged_create.sql");
pub(super) const DISCREPANCY_STAGED_UPSERT: &str =
    include_str!("../../sql/queries/discrepancy_staged_upsert.sql");
pub(super) const DISCREPANCY_UPSERT: &str =
    include_str!("../../sql/queries/discrepancy_upsert.sql");
pub(super) const DISCREPANCY_VERSION_BY_KEY: &str =
    include_str!("../../sql/queries/discrepancy_version_by_key.sql");
pub(super) const DISCREPANCY_VERSION_COPY: &str =
    include_str!("../../sql/queries/discrepancy_version_copy.sql");
pub(super) const DISCREPANCY_VERSION_DELETE: &str =
    include_str!("../../sql/queries/discrepancy_version_delete.sql");
pub(super) const DISCREPANCY_VERSION_END: &str =
    include_str!("../../sql/queries/discrepancy_version_end.sql");
pub(super) const DISCREPANCY_VERSION_INSERT: &str =
    include_str!("../../sql/queries/discrepancy_version_insert.sql");
pub(super) const DISCREPANCY_VERSION_MOVED_ON: &str =
    include_str!("../../sql/queries/discrepancy_version_moved_on.sql");
pub(super) const DISCREPANCY_VERSION_MOVED_SINCE: &str =
    include_str!("../../sql/queries/discrepancy_version_moved_since.sql");
pub(super) const DISCREPANCY_VERSION_REPORT: &str =
    include_str!("../../sql/queries/discrepancy_version_report.sql");
pub(super) const DISCREPANCY_VERSION_TAIL: &str =
    include_str!("../../sql/queries/discrepancy_version_tail.sql");
pub(super) const ENGINE_VERSION: &str = include_str!("../../sql/queries/engine_version.sql");
pub(super) const ENGINE_VERSION_POSTGRES: &str =
    include_str!("../../sql/queries/engine_version_postgres.sql");
pub(super) const FIRING_LIST: &str = include_str!("../../sql/queries/firing_list.sql");
pub(super) const FIRING_UPSERT: &str = include_str!("../../sql/queries/firing_upsert.sql");
pub(super) const IDENTITY_DELETE: &str = include_str!("../../sql/queries/identity_delete.sql");
pub(super) const IDENTITY_FIND: &str = include_str!("../../sql/queries/identity_find.sql");
pub(super) const INTAKE_FILE_DATE_INSERT: &str =
    include_str!("../../sql/queries/intake_file_date_insert.sql");
pub(super) const INTAKE_FILE_DATE_LIST: &str =
    include_str!("../../sql/queries/intake_file_date_list.sql");
pub(super) const INTAKE_FILE_FIND: &str = include_str!("../../sql/queries/intake_file_find.sql");
pub(super) const INTAKE_FILE_EARLIER: &str =
    include_str!("../../sql/queries/intake_file_earlier.sql");
pub(super) const INTAKE_FILE_HEAL: &str = include_str!("../../sql/queries/intake_file_heal.sql");
pub(super) const INTAKE_FILE_LIST: &str = include_str!("../../sql/queries/intake_file_list.sql");
pub(super) const INTAKE_FILE_NAME: &str = include_str!("../../sql/queries/intake_file_name.sql");
pub(super) const INTAKE_FILE_UNKEPT: &str =
    include_str!("../../sql/queries/intake_file_unkept.sql");
pub(super) const INTAKE_FILE_UPSERT: &str =
    include_str!("../../sql/queries/intake_file_upsert.sql");
pub(super) const LISTED_DAY_FIND: &str = include_str!("../../sql/queries/listed_day_find.sql");
pub(super) const LISTED_DAY_UPSERT: &str = include_str!("../../sql/queries/listed_day_upsert.sql");
pub(super) const LOCK_HELD: &str = include_str!("../../sql/queries/lock_held.sql");
pub(super) const LOCK_HOLDER_DELETE: &str =
    include_str!("../../sql/queries/lock_holder_delete.sql");
pub(super) const LOCK_HOLDER_FIND: &str = include_str!("../../sql/queries/lock_holder_find.sql");
pub(super) const LOCK_HOLDER_UPSERT: &str =
    include_str!("../../sql/queries/lock_holder_upsert.sql");
pub(super) const LOCK_RELEASE: &str = include_str!("../../sql/queries/lock_release.sql");
pub(super) const LOCK_SCHEMA: &str = include_str!("../../sql/queries/lock_schema.sql");
pub(super) const LOCK_SESSION: &str = include_str!("../../sql/queries/lock_session.sql");
pub(super) const LOCK_TAKE: &str = include_str!("../../sql/queries/lock_take.sql");
pub(super) const LOCK_WRITE: &str = include_str!("../../sql/queries/lock_write.sql");
pub(super) const INTAKE_FILE_DATE_OLD: &str =
    include_str!("../../sql/queries/intake_file_date_old.sql");
pub(super) const INTAKE_FILE_OLD: &str = include_str!("../../sql/queries/intake_file_old.sql");
pub(super) const MERCHANT_ORDER_FILES: &str =
    include_str!("../../sql/queries/merchant_order_files.sql");
pub(super) const MERCHANT_ORDER_GIVEN_BACK: &str =
    include_str!("../../sql/queries/merchant_order_given_back.sql");
pub(super) const MERCHANT_ORDER_GIVEN_BACK_NAMED: &str =
    include_str!("../../sql/queries/merchant_order_given_back_named.sql");
pub(super) const MERCHANT_ORDER_KEPT: &str =
    include_str!("../../sql/queries/merchant_order_kept.sql");
pub(super) const MERCHANT_ORDER_PAYMENTS: &str =
    include_str!("../../sql/queries/merchant_order_payments.sql");
pub(super) const MERCHANT_ORDER_SLICES: &str =
    include_str!("../../sql/queries/merchant_order_slices.sql");
pub(super) const MERCHANT_ORDER_STREAMS: &str =
    include_str!("../../sql/queries/merchant_order_streams.sql");
pub(super) const MERCHANT_ORDER_BOOKED: &str =
    include_str!("../../sql/queries/merchant_order_booked.sql");
pub(super) const MERCHANT_ORDER_BY_KEY: &str =
    include_str!("../../sql/queries/merchant_order_by_key.sql");
pub(super) const MERCHANT_ORDER_ELSEWHERE: &str =
    include_str!("../../sql/queries/merchant_order_elsewhere.sql");
pub(super) const MERCHANT_ORDER_HEAL: &str =
    include_str!("../../sql/queries/merchant_order_heal.sql");
pub(super) const MERCHANT_ORDER_HEAL_FILES: &str =
    include_str!("../../sql/queries/merchant_order_heal_files.sql");
pub(super) const MERCHANT_ORDER_GIVEN_UP: &str =
    include_str!("../../sql/queries/merchant_order_given_up.sql");
pub(super) const MERCHANT_ORDER_INSERT: &str =
    include_str!("../../sql/queries/merchant_order_insert.sql");
pub(super) const MERCHANT_ORDER_NUMBERS: &str =
    include_str!("../../sql/queries/merchant_order_numbers.sql");
pub(super) const MERCHANT_ORDER_OVERRULE: &str =
    include_str!("../../sql/queries/merchant_order_overrule.sql");
pub(super) const MERCHANT_ORDER_OVERRULED_BY: &str =
    include_str!("../../sql/queries/merchant_order_overruled_by.sql");
pub(super) const MERCHANT_ORDER_OVERRULED_FORGET: &str =
    include_str!("../../sql/queries/merchant_order_overruled_forget.sql");
pub(super) const MERCHANT_ORDER_OVERRULED_RESTORE: &str =
    include_str!("../../sql/queries/merchant_order_overruled_restore.sql");
pub(super) const MERCHANT_ORDER_PAGE: &str =
    include_str!("../../sql/queries/merchant_order_page.sql");
pub(super) const MERCHANT_ORDER_PAIR: &str =
    include_str!("../../sql/queries/merchant_order_pair.sql");
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
pub(super) const MERCHANT_ORDER_STAGED_ADD: &str =
    include_str!("../../sql/queries/merchant_order_staged_add.sql");
pub(super) const MERCHANT_ORDER_STAGED_ALSO: &str =
    include_str!("../../sql/queries/merchant_order_staged_also.sql");
pub(super) const MERCHANT_ORDER_STAGED_CLEAR: &str =
    include_str!("../../sql/queries/merchant_order_staged_clear.sql");
pub(super) const MERCHANT_ORDER_STAGED_COPY: &str =
    include_str!("../../sql/queries/merchant_order_staged_copy.sql");
pub(super) const MERCHANT_ORDER_STAGED_CREATE: &str =
    include_str!("../../sql/queries/merchant_order_staged_create.sql");
pub(super) const MERCHANT_ORDER_STAGED_DATES: &str =
    include_str!("../../sql/queries/merchant_order_staged_dates.sql");
pub(super) const MERCHANT_ORDER_STAGED_FIRST: &str =
    include_str!("../../sql/queries/merchant_order_staged_first.sql");
pub(super) const MERCHANT_ORDER_STAGED_REPLACE: &str =
    include_str!("../../sql/queries/merchant_order_staged_replace.sql");
pub(super) const MERCHANT_ORDER_STAGED_SAME: &str =
    include_str!("../../sql/queries/merchant_order_staged_same.sql");
pub(super) const MERCHANT_ORDER_STAGED_SPREAD: &str =
    include_str!("../../sql/queries/merchant_order_staged_spread.sql");
pub(super) const MERCHANT_ORDER_STAGED_TOUCH: &str =
    include_str!("../../sql/queries/merchant_order_staged_touch.sql");
pub(super) const MERCHANT_ORDER_STAGED_WITHDRAW: &str =
    include_str!("../../sql/queries/merchant_order_staged_withdraw.sql");
pub(super) const MERCHANT_ORDER_MONEY: &str =
    include_str!("../../sql/queries/merchant_order_money.sql");
pub(super) const READING_ELSEWHERE: &str = include_str!("../../sql/queries/reading_elsewhere.sql");
pub(super) const MIGRATION_EXISTS: &str = include_str!("../../sql/queries/migration_exists.sql");
pub(super) const MIGRATION_EXISTS_POSTGRES: &str =
    include_str!("../../sql/queries/migration_exists_postgres.sql");
pub(super) const MIGRATION_VERSION: &str = include_str!("../../sql/queries/migration_version.sql");
pub(super) const MOVEMENT_FIRST_SETTLED: &str =
    include_str!("../../sql/queries/movement_first_settled.sql");
pub(super) const MOVEMENT_HEAL: &str = include_str!("../../sql/queries/movement_heal.sql");
pub(super) const MOVEMENT_HEAL_SOURCES: &str =
    include_str!("../../sql/queries/movement_heal_sources.sql");
pub(super) const MOVEMENT_INSERT: &str = include_str!("../../sql/queries/movement_insert.sql");
pub(super) const MOVEMENT_LAST: &str = include_str!("../../sql/queries/movement_last.sql");
pub(super) const MOVEMENT_LIST: &str = include_str!("../../sql/queries/movement_list.sql");
pub(super) const MOVEMENT_RETIRE: &str = include_str!("../../sql/queries/movement_retire.sql");
pub(super) const MOVEMENT_SETTLED: &str = include_str!("../../sql/queries/movement_settled.sql");
pub(super) const READING_BY_KEY: &str = include_str!("../../sql/queries/reading_by_key.sql");
pub(super) const READING_COPY: &str = include_str!("../../sql/queries/reading_copy.sql");
pub(super) const READING_DATES: &str = include_str!("../../sql/queries/reading_dates.sql");
pub(super) const READING_HEAL: &str = include_str!("../../sql/queries/reading_heal.sql");
pub(super) const READING_HEAL_FILES: &str =
    include_str!("../../sql/queries/reading_heal_files.sql");
pub(super) const READING_INSERT: &str = include_str!("../../sql/queries/reading_insert.sql");
pub(super) const READING_OVERRULE: &str = include_str!("../../sql/queries/reading_overrule.sql");
pub(super) const READING_OVERRULED_FIND: &str =
    include_str!("../../sql/queries/reading_overruled_find.sql");
pub(super) const READING_OVERRULED_FORGET: &str =
    include_str!("../../sql/queries/reading_overruled_forget.sql");
pub(super) const READING_OVERRULED_RESTORE: &str =
    include_str!("../../sql/queries/reading_overruled_restore.sql");
pub(super) const READING_KNOWN: &str = include_str!("../../sql/queries/reading_known.sql");
pub(super) const READING_BILL_SUMS: &str = include_str!("../../sql/queries/reading_bill_sums.sql");
pub(super) const READING_LEFT_OUT: &str = include_str!("../../sql/queries/reading_left_out.sql");
pub(super) const READING_PAGE: &str = include_str!("../../sql/queries/reading_page.sql");
pub(super) const READING_PROBE: &str = include_str!("../../sql/queries/reading_probe.sql");
pub(super) const READING_REFUNDS: &str = include_str!("../../sql/queries/reading_refunds.sql");
pub(super) const READING_RETIRE: &str = include_str!("../../sql/queries/reading_retire.sql");
pub(super) const READING_RETIRE_AFTER: &str =
    include_str!("../../sql/queries/reading_retire_after.sql");
pub(super) const READING_RETIRE_POSTGRES: &str =
    include_str!("../../sql/queries/reading_retire_postgres.sql");
pub(super) const READING_DATE_AFTER: &str =
    include_str!("../../sql/queries/reading_date_after.sql");
pub(super) const READING_REFUNDED: &str = include_str!("../../sql/queries/reading_refunded.sql");
pub(super) const READING_SCAN: &str = include_str!("../../sql/queries/reading_scan.sql");
pub(super) const READING_STAGED_ADD: &str =
    include_str!("../../sql/queries/reading_staged_add.sql");
pub(super) const READING_STAGED_ALSO: &str =
    include_str!("../../sql/queries/reading_staged_also.sql");
pub(super) const READING_STAGED_CLEAR: &str =
    include_str!("../../sql/queries/reading_staged_clear.sql");
pub(super) const READING_STAGED_COPY: &str =
    include_str!("../../sql/queries/reading_staged_copy.sql");
pub(super) const READING_STAGED_CREATE: &str =
    include_str!("../../sql/queries/reading_staged_create.sql");
pub(super) const READING_STAGED_DATES: &str =
    include_str!("../../sql/queries/reading_staged_dates.sql");
pub(super) const READING_STAGED_FIRST: &str =
    include_str!("../../sql/queries/reading_staged_first.sql");
pub(super) const READING_STAGED_REPLACE: &str =
    include_str!("../../sql/queries/reading_staged_replace.sql");
pub(super) const READING_STAGED_SAME: &str =
    include_str!("../../sql/queries/reading_staged_same.sql");
pub(super) const READING_STAGED_SPREAD: &str =
    include_str!("../../sql/queries/reading_staged_spread.sql");
pub(super) const READING_STAGED_TOUCH: &str =
    include_str!("../../sql/queries/reading_staged_touch.sql");
pub(super) const READING_STAGED_WITHDRAW: &str =
    include_str!("../../sql/queries/reading_staged_withdraw.sql");
pub(super) const READING_GIVEN_BACK: &str =
    include_str!("../../sql/queries/reading_given_back.sql");
pub(super) const READING_SUMS: &str = include_str!("../../sql/queries/reading_sums.sql");
pub(super) const MERCHANT_ORDER_SUMS: &str =
    include_str!("../../sql/queries/merchant_order_sums.sql");
pub(super) const READING_GIVEN_BACK_POSTGRES: &str =
    include_str!("../../sql/queries/reading_given_back_postgres.sql");
pub(super) const REJECTION_BY_ORDER_NO: &str =
    include_str!("../../sql/queries/rejection_by_order_no.sql");
pub(super) const REJECTION_COPY: &str = include_str!("../../sql/queries/rejection_copy.sql");
pub(super) const REJECTION_DELETE: &str = include_str!("../../sql/queries/rejection_delete.sql");
pub(super) const REJECTION_DELETE_DATE: &str =
    include_str!("../../sql/queries/rejection_delete_date.sql");
pub(super) const REJECTION_INSERT: &str = include_str!("../../sql/queries/rejection_insert.sql");
pub(super) const REJECTION_LIST: &str = include_str!("../../sql/queries/rejection_list.sql");
pub(super) const RUN_LIST: &str = include_str!("../../sql/queries/run_list.sql");
pub(super) const RUN_UPSERT: &str = include_str!("../../sql/queries/run_upsert.sql");
pub(super) const SESSION_NUMBER: &str = include_str!("../../sql/queries/session_number.sql");
pub(super) const SESSION_SCHEMA: &str = include_str!("../../sql/queries/session_schema.sql");
pub(super) const SESSION_SCHEMA_CURRENT: &str =
    include_str!("../../sql/queries/session_schema_current.sql");
pub(super) const SESSION_SETTINGS: &str = include_str!("../../sql/queries/session_settings.sql");
pub(super) const SNAPSHOT_BEGIN: &str = include_str!("../../sql/queries/snapshot_begin.sql");
pub(super) const SNAPSHOT_COPY: &str = include_str!("../../sql/queries/snapshot_copy.sql");
pub(super) const SNAPSHOT_COPY_POSTGRES: &str =
    include_str!("../../sql/queries/snapshot_copy_postgres.sql");
pub(super) const SNAPSHOT_SETTINGS: &str = include_str!("../../sql/queries/snapshot_settings.sql");
pub(super) const SPREAD_INSERT: &str = include_str!("../../sql/queries/spread_insert.sql");
pub(super) const SPREAD_INSERT_ORDERS: &str =
    include_str!("../../sql/queries/spread_insert_orders.sql");
pub(super) const SPREAD_INSERT_POSTGRES: &str =
    include_str!("../../sql/queries/spread_insert_postgres.sql");
pub(super) const SPREAD_INSERT_READINGS: &str =
    include_str!("../../sql/queries/spread_insert_readings.sql");
pub(super) const STALE_SUM_DELETE: &str = include_str!("../../sql/queries/stale_sum_delete.sql");
pub(super) const STALE_SUM_INSERT: &str = include_str!("../../sql/queries/stale_sum_insert.sql");
pub(super) const TOUCHED_DATES: &str = include_str!("../../sql/queries/touched_dates.sql");
pub(super) const TOUCHED_DATES_ORDERS: &str =
    include_str!("../../sql/queries/touched_dates_orders.sql");
pub(super) const STALE_SUM_LIST: &str = include_str!("../../sql/queries/stale_sum_list.sql");
pub(super) const STATEMENT_DAY_DELETE: &str =
    include_str!("../../sql/queries/statement_day_delete.sql");
pub(super) const STATEMENT_DAY_INSERT: &str =
    include_str!("../../sql/queries/statement_day_insert.sql");
pub(super) const STATEMENT_DAY_LIST: &str =
    include_str!("../../sql/queries/statement_day_list.sql");
pub(super) const STREAM_INSERT: &str = include_str!("../../sql/queries/stream_insert.sql");
pub(super) const STREAM_LIST: &str = include_str!("../../sql/queries/stream_list.sql");
pub(super) const TABLE_COLUMNS: &str = include_str!("../../sql/queries/table_columns.sql");
pub(super) const TABLE_COLUMNS_POSTGRES: &str =
    include_str!("../../sql/queries/table_columns_postgres.sql");
pub(super) const TABLE_COUNT: &str = include_str!("../../sql/queries/table_count.sql");
pub(super) const TABLE_PLACEMENT: &str = include_str!("../../sql/queries/table_placement.sql");
pub(super) const TABLE_PLACEMENT_EXISTS: &str =
    include_str!("../../sql/queries/table_placement_exists.sql");
pub(super) const TABLE_PLACEMENT_PARTS: &str =
    include_str!("../../sql/queries/table_placement_parts.sql");
pub(super) const TOUCHED_ASKED: &str = include_str!("../../sql/queries/touched_asked.sql");
pub(super) const TOUCHED_DELETE: &str = include_str!("../../sql/queries/touched_delete.sql");
pub(super) const TOUCHED_HEAL_ORDERS: &str =
    include_str!("../../sql/queries/touched_heal_orders.sql");
pub(super) const TOUCHED_HEAL_READINGS: &str =
    include_str!("../../sql/queries/touched_heal_readings.sql");
pub(super) const TOUCHED_INSERT: &str = include_str!("../../sql/queries/touched_insert.sql");
pub(super) const TOUCHED_INSERT_AFTER: &str =
    include_str!("../../sql/queries/touched_insert_after.sql");
pub(super) const TOUCHED_INSERT_AFTER_READINGS: &str =
    include_str!("../../sql/queries/touched_insert_after_readings.sql");
pub(super) const TOUCHED_INSERT_ORDERS: &str =
    include_str!("../../sql/queries/touched_insert_orders.sql");
pub(super) const TOUCHED_INSERT_POSTGRES: &str =
    include_str!("../../sql/queries/touched_insert_postgres.sql");
pub(super) const TOUCHED_INSERT_READINGS: &str =
    include_str!("../../sql/queries/touched_insert_readings.sql");
pub(super) const TOUCHED_INSERT_SETTLED: &str =
    include_str!("../../sql/queries/touched_insert_settled.sql");
pub(super) const TOUCHED_INSERT_UNFINISHED: &str =
    include_str!("../../sql/queries/touched_insert_unfinished.sql");
pub(super) const TOUCHED_SCAN: &str = include_str!("../../sql/queries/touched_scan.sql");
pub(super) const TOUCHED_UNLISTED: &str = include_str!("../../sql/queries/touched_unlisted.sql");
pub(super) const ANCHOR_INSERT: &str = include_str!("../../sql/queries/anchor_insert.sql");
pub(super) const ANCHOR_LIST: &str = include_str!("../../sql/queries/anchor_list.sql");
pub(super) const ANCHOR_NEXT: &str = include_str!("../../sql/queries/anchor_next.sql");
pub(super) const DISCREPANCY_EVENT_ANCHORED: &str =
    include_str!("../../sql/queries/discrepancy_event_anchored.sql");
pub(super) const DISCREPANCY_VERSION_ALTERED: &str =
    include_str!("../../sql/queries/discrepancy_version_altered.sql");
pub(super) const READING_ALL: &str = include_str!("../../sql/queries/reading_all.sql");
pub(super) const READING_ON: &str = include_str!("../../sql/queries/reading_on.sql");
pub(super) const READING_MONEY: &str = include_str!("../../sql/queries/reading_money.sql");
pub(super) const READING_EARLIER_MONEY: &str =
    include_str!("../../sql/queries/reading_earlier_money.sql");
pub(super) const MERCHANT_ORDER_STATED: &str =
    include_str!("../../sql/queries/merchant_order_stated.sql");
pub(super) const SPREAD_LIST: &str = include_str!("../../sql/queries/spread_list.sql");
