

mod config;
mod http;
mod intake;
