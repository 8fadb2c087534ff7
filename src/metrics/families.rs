//! Every family that there is, with its help: the list that alert rules may name.

use super::text::Family;
use super::text::FamilyKind::{Counter, Gauge};

/// Declares the families once: as constants and as a list.
macro_rules! families {
    ($($constant:ident $kind:ident $name:literal $help:literal;)+) => {
        $(#[doc = $help]
        pub(super) const $constant: Family = Family { name: $name, kind: $kind, help: $help };)+

        /// Every family, in the order of the page.
        pub const FAMILIES: &[Family] = &[$($constant,)+];
    };
}

families! {
    BUILD Gauge "duizhang_build_info" "The version of duizhang that wrote this; always 1.";
    LEDGER_REACHABLE Gauge "duizhang_ledger_reachable" "1 if the ledger could be read for this page, else 0 and what is in it is missing here.";
    JOB_START Gauge "duizhang_job_last_start_timestamp_seconds" "When a job last began.";
    JOB_RUNNING Gauge "duizhang_job_running" "1 while the run of a job that last began has not ended; a run that was killed has not.";
    JOB_END Gauge "duizhang_job_last_end_timestamp_seconds" "When a job last ended, whatever its exit code.";
    JOB_SUCCESS Gauge "duizhang_job_last_success_timestamp_seconds" "When a job last ended with every account proved (exit code 0 or 3).";
    JOB_DUE Gauge "duizhang_job_due_timestamp_seconds" "When a job was to begin next after it last began, by its schedule.";
    JOB_EXIT Gauge "duizhang_job_last_exit_code" "The exit code with which a job last ended: 0 done, 1 failed, 3 discrepancies are open, 4 an account could not be proved.";
    JOB_SECONDS Gauge "duizhang_job_last_duration_seconds" "How long the last run of a job that ended took.";
    VERDICT Gauge "duizhang_account_verdict" "1 for the verdict of an account on a business day that is over.";
    UNEXPLAINED Gauge "duizhang_unexplained_yuan" "What no row explains of the difference between both sides on the last reconciled business day; anything but 0 is a fault.";
    UNEXPLAINED_AMOUNT Gauge "duizhang_unexplained_amount" "The same for money of another currency, in its own units.";
    OPEN Gauge "duizhang_discrepancies_open" "Discrepancies that somebody has to work on, by type and by days since they were first seen.";
    OPEN_YUAN Gauge "duizhang_discrepancies_open_yuan" "The yuan at stake in discrepancies that somebody has to work on.";
    OPEN_AMOUNT Gauge "duizhang_discrepancies_open_amount" "What is at stake in discrepancies of another currency, in its own units.";
    OPEN_SEVERITY Gauge "duizhang_discrepancies_open_by_severity" "Discrepancies that somebody has to work on, by severity.";
    TIMING Gauge "duizhang_discrepancies_timing" "Discrepancies that may still close by themselves.";
    PULL_LISTED Gauge "duizhang_pull_listed_rows" "Rows that an account's listings had on the last business day that was pulled.";
    PULL_ORDERS Gauge "duizhang_pull_orders" "Orders that an account was asked about on the last business day that was pulled, by outcome.";
    INTAKE_ROWS Gauge "duizhang_intake_rows" "Rows of the merchant's files for the last reconciled business day, good and refused ones.";
    INTAKE_FEW Gauge "duizhang_intake_few_rows" "Files for the last reconciled business day that are empty, missing (the orders) or have less than half their usual rows.";
    CALLS Counter "duizhang_calls_total" "Questions put to an account's platform, retries included in one, by outcome.";
    CALL_RETRIES Counter "duizhang_call_retries_total" "Further attempts after the first.";
    STEP_SECONDS Gauge "duizhang_step_duration_seconds" "How long a step of a job last took.";
    STEP_ROWS Gauge "duizhang_step_rows" "Rows, orders or pairs that a step of a job last worked on.";
}
