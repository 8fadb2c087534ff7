mod config;
mod http;
mod intake;
mod samples;
mod vectors;
