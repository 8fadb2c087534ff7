//! The integration tests: one crate, one module per room.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may stop at the first surprise"
)]

mod absences;
mod again;
mod balances;
mod bank;
mod bills;
mod by_bill;
mod callbacks;
mod cases;
mod config;
mod currencies;
mod daemon;
mod docs;
mod documents;
mod explain;
mod fuzz;
mod hostile;
mod http;
mod intake;
mod last_word;
mod layouts;
mod ledger;
mod mariadb;
mod night;
mod nights;
mod notifications;
mod ops;
mod orders_again;
mod own_rows;
mod peers;
mod refunds;
mod report;
mod resolutions;
mod robots;
mod samples;
mod settle;
mod shop;
mod simulator;
mod statements;
#[expect(
    clippy::disallowed_methods,
    clippy::doc_markdown,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::option_option,
    clippy::print_stdout,
    clippy::similar_names,
    clippy::struct_excessive_bools,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "a model that knows the contract alone, written to be read beside it"
)]
mod story;
mod stub;
mod ten_nights;
mod tidy;
mod vectors;
mod worlds;
