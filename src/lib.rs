//! duizhang: the nightly reconciliation and settlement job of a merchant's payment platforms.
//!
//! The way of a record:
//!
//! ```text
//! job → pull → verify → normalize → ledger → pair → judge → discrepancy → report
//!       edge   pure     pure        edge     SQL    pure     edge          edge
//! ```
//!
//! Words ([`money`], [`business_day`], [`status`], [`order`], [`reading`], [`discrepancy`], [`ledger_data`]) are used by
//! everything; pure rooms ([`rules`], [`resolution`]) use only words and settings; edges ([`provider`], [`intake`],
//! [`ledger`], [`report`], [`message`]) touch the outside; [`reconcile`], [`pull`], [`run`] and [`daemon`] give the order;
//! [`cli`] enters.

#![cfg_attr(
    test,
    expect(clippy::arithmetic_side_effects, reason = "a test may stop at the first surprise")
)]

pub mod app;
pub mod archive;
pub mod balance;
pub mod business_day;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod discrepancy;
pub mod explain;
pub mod init;
pub mod intake;
pub mod job;
pub mod lane;
pub mod ledger;
pub mod ledger_data;
pub mod lines;
pub mod message;
pub mod metrics;
pub mod money;
pub mod month;
pub mod movement;
pub mod occurrence;
pub mod order;
pub mod personal;
pub mod progress;
pub mod provider;
pub mod pull;
pub mod reading;
pub mod reconcile;
pub mod report;
pub mod resolution;
pub mod rules;
pub mod run;
pub mod schedule;
pub mod settle;
pub mod simulator;
pub mod sorter;
pub mod status;
pub mod stop;
pub mod story;
pub mod text;
pub mod wording;
