//! Goal: every ledger behaves the same.
//!
//! Method: the tests of each topic take a fresh, empty ledger and know nothing of its database;
//! `conformance!` runs all of them against one opener. What only one database can be asked stands in
//! `sqlite_only.rs` and `postgres_only.rs`; a server is needed for the latter, see `server.rs`.

use duizhang::ledger::{Access, Ledger, open};
use futures_util::future::BoxFuture;

mod agreeing;
mod chains;
pub(crate) mod cluster;
mod discrepancies;
mod distribution;
mod healing;
mod histories;
mod locks;
mod measure;
mod measure_statements;
mod model;
mod nights;
mod orders;
mod pgbouncer;
pub(crate) mod pooler;
mod postgres_files;
mod postgres_only;
mod pruning;
mod readings;
mod runs;
mod scan;
pub(crate) mod server;
mod settlement;
mod sql_files;
mod sqlite_only;
mod statements;
mod tls;
mod transfers;
mod versions;
mod words;

/// An empty ledger of its own.
pub(crate) struct Fresh {
    /// The ledger.
    pub(crate) ledger: Box<dyn Ledger>,
    /// Where it is.
    pub(crate) url: String,
    /// Keeps a ledger in files alive.
    folder: Option<tempfile::TempDir>,
    /// Removes a ledger on a server, once nobody uses it any more.
    database: Option<server::Database>,
    /// Makes another one of the same kind.
    another: fn() -> BoxFuture<'static, Self>,
}

impl Fresh {
    /// A second handle on the same ledger, as another process would have it.
    pub(crate) async fn again(&self) -> Box<dyn Ledger> {
        open(&self.url, Access::Work).await.unwrap()
    }

    /// Another empty ledger of the same kind.
    pub(crate) async fn another(&self) -> Self {
        (self.another)().await
    }

    /// The folder of a ledger in files.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }
}

/// An opener: a ledger in a SQLite file.
pub(crate) fn sqlite() -> BoxFuture<'static, Fresh> {
    Box::pin(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("var/ledger.db").display());
        let ledger = open(&url, Access::Work).await.unwrap();
        Fresh { ledger, url, folder: Some(folder), database: None, another: sqlite }
    })
}

/// An opener: a database on a PostgreSQL server; `None` where there is no server to be tested with.
pub(crate) fn postgres() -> BoxFuture<'static, Option<Fresh>> {
    Box::pin(async {
        let database = server::Database::migrated().await?;
        let url = database.url();
        let ledger = open(&url, Access::Work).await.unwrap();
        let another: fn() -> BoxFuture<'static, Fresh> =
            || Box::pin(async { postgres().await.unwrap() });
        Some(Fresh { ledger, url, folder: None, database: Some(database), another })
    })
}

/// Runs every conformance test against one opener.
macro_rules! conformance {
    ($opener:ident: $($topic:ident { $($test:ident)+ })+) => {
        mod $opener {
            $(mod $topic {
                $(#[tokio::test]
                async fn $test() {
                    let fresh: Option<super::super::super::Fresh> =
                        super::super::super::$opener().await.into();
                    if let Some(fresh) = fresh {
                        super::super::super::$topic::$test(fresh).await;
                    }
                })+
            })+
        }
    };
}

/// Every conformance test; a database adds one line here.
macro_rules! every_conformance_test {
    ($($opener:ident)+) => { mod on { $(conformance! { $opener:
        orders {
            importing_twice_adds_nothing
            a_later_word_supersedes_an_earlier_one
            a_later_word_supersedes_across_dates
            a_row_that_a_file_no_longer_has_is_withdrawn
            another_file_withdraws_nothing
            what_another_file_says_counts_again_when_one_is_taken_back
            a_second_content_of_one_number_is_kept_beside_the_first
            rows_out_of_order_are_refused_and_leave_nothing
            rows_that_cannot_be_read_back_leave_nothing
            a_dropped_import_leaves_nothing
            refused_rows_are_replaced_by_name
            refunds_are_found_by_their_payment
            refunds_of_a_day_come_in_pages
            everything_about_an_order_comes_back
        }
        agreeing {
            several_readings_agree_as_one_where_they_say_one_thing
            what_only_bills_can_tell_agrees_by_them
            a_charged_fee_agrees_with_what_was_agreed
            one_of_several_readings_under_another_date_puts_the_pair_in_doubt
        }
        readings {
            a_pair_remembers_when_it_became_final
            the_same_answer_after_another_word_of_a_listing_is_the_newest
            listing_twice_adds_nothing
            a_listing_replaces_the_earlier_one_of_its_window
            a_listing_leaves_what_lies_outside_its_window
            a_listing_that_is_not_whole_withdraws_nothing
            an_answer_replaces_the_earlier_one_whatever_its_date
            the_same_answer_again_adds_nothing
            an_unproved_answer_never_replaces_a_proved_one
        an_answer_that_says_what_was_known_is_remembered_with_its_moment
        what_is_not_finished_is_noted_as_touched
        what_was_settled_is_noted_as_touched_unless_it_was_answered_since
            answers_of_several_sources_stand_beside_each_other
            a_listing_row_that_was_not_listed_is_refused
            refused_rows_of_a_source_are_replaced_by_date
            everything_about_a_reading_comes_back
            orders_that_were_given_up_and_no_listing_has_come_in_pages
            answers_that_a_listing_lacks_come_in_pages
            the_order_that_a_provider_has_to_know_is_a_final_one
        }
        statements {
            a_statement_imported_twice_adds_nothing
            a_corrected_statement_replaces_its_own_rows
            a_statement_says_nothing_new_in_another_file
            what_another_statement_says_counts_again_when_one_is_taken_back
            another_statement_withdraws_nothing
            what_a_statement_changes_under_a_reconciled_date_is_touched
            what_statements_are_the_whole_of_is_replaced
            days_of_statements_are_pruned
            refused_rows_of_a_statement_are_replaced_by_name
            rows_that_are_not_the_statements_are_refused
            a_dropped_statement_leaves_what_was_there
            a_listing_and_a_statement_leave_each_other_alone
        }
        scan {
            every_cell_is_as_defined
            a_callback_alone_is_in_doubt_however_well_it_agrees
            pairs_of_other_accounts_and_days_are_not_looked_at
            carried_and_touched_pairs_appear_once
            a_touched_pair_is_forgotten_when_settled
            rows_under_another_date_put_a_pair_in_doubt
            doubts_ascend_and_sums_come_once_per_stream
            a_number_with_more_rows_than_a_page_is_one_pair
            a_scan_can_be_used_while_the_ledger_is_written
        }
        discrepancies {
            a_discrepancy_and_its_history_come_back
            a_change_replaces_the_row_and_adds_to_the_history
            a_report_has_what_was_seen_and_not_closed_before
            report_rows_are_sorted_by_names
            discrepancies_of_pairs_come_by_key_and_id
        }
        chains {
            histories_are_chained_and_come_in_pages
            a_discrepancy_whose_whole_history_was_removed_is_named
        }
        runs {
            pulls_come_back_and_are_replaced
            a_day_is_replaced_per_account
            runs_come_newest_first
            patterns_are_replaced_per_account
            booked_moments_are_those_of_current_succeeded_orders
            a_status_counts_rows
            firings_come_by_job_and_the_unfinished_ones_always
            a_copy_has_everything_and_what_is_done_to_it_is_gone_with_it
            balances_come_back_and_the_same_one_twice_is_one
            what_came_of_asking_for_a_balance_is_kept_as_it_came_first
        }
        settlement {
            movements_of_a_source_are_replaced_and_of_two_sources_are_one
            settlements_come_by_their_date
            day_sums_are_replaced_per_account_and_date
            what_a_date_was_settled_with_is_replaced_per_account
            what_every_word_tells_alike_is_added_up_and_the_rest_is_named
            sums_are_those_of_every_order_resolved
            sums_are_stale_where_something_of_their_date_has_changed
            orders_are_added_up_where_a_provider_cannot_be_asked
            a_discrepancy_of_an_account_puts_no_pair_in_doubt
        }
        locks {
            a_lock_excludes_and_is_released
        }
        pruning {
            a_pair_goes_when_all_of_it_is_old_and_finished
            a_payment_and_its_refunds_go_together
            what_has_to_be_judged_again_stays
            what_is_kept_per_day_goes_with_it_and_balances_stay
            many_pairs_go_page_by_page
        }
        transfers {
            a_ledger_goes_to_another_one_and_back
            only_an_empty_ledger_is_filled
        }
        healing {
            a_date_that_cannot_be_is_read_back_and_withdrawn
            rows_that_cannot_be_are_taken_out_and_nothing_else
        }
        versions {
            a_report_shows_what_was_so_on_its_date
            a_date_that_is_restated_changes_no_other
            pairs_that_moved_are_found
            an_earlier_date_looks_at_what_its_report_shows
            the_last_date_and_what_was_listed_come_back
            what_a_late_listing_changes_is_touched
            random_writes_give_what_a_naive_calendar_gives
        }
        nights {
            a_report_shows_what_its_run_found_whatever_comes_after
        }
        histories {
            random_histories_give_what_a_naive_ledger_gives
            long_files_give_what_a_naive_ledger_gives
        }
    })+ } };
}

every_conformance_test! { sqlite postgres }
