

mod config;
mod http;
mod intake;
mod ledger;
mod night;
mod samples;
mod simulator;
mod vectors;
