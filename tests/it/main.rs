

mod config;
mod http;
