//! Goal: who runs duizhang can set it up, see what it does and hear when it does not. Method: the
//! binary in fresh folders, a night against a stub with its metrics read back, and the shipped
//! deployment files held against the program itself.

mod check;
mod deploy;
mod logs;
mod metrics;
mod online;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file of the repository.
pub(crate) fn shipped(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs the binary in a folder, at a fixed moment.
pub(crate) fn duizhang(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_duizhang"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DUIZHANG_CONFIG")
        .env("DUIZHANG_REHEARSAL_CLOCK", "2026-06-18T02:30:00+08:00")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
