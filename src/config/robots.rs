//! `[[robots]]`: who is told what a run came to, besides a job's own program.
//!
//! The address of a chat's robot is a secret itself: whoever knows it can post. It stands in no message.

use std::collections::BTreeSet;
use std::path::PathBuf;

use toml::de::DeTable;

use super::address;
use super::occasion::{Occasion, occasions};
use super::problem::Wrong;
use super::reader::Section;
use super::secret::{Outside, secret};
use super::values::{self, coded_word};
use crate::provider::{Secret, webhook_key};

/// Bytes of files that a mail carries, where nothing is configured: some servers take 8 MB in all, and
/// base64 adds a third.
const ATTACH_BYTES: u64 = 5 * 1024 * 1024;
/// The most of them.
const ATTACH_BYTES_MAX: i64 = 50 * 1024 * 1024;
/// Recipients of one mail, at most.
const RECIPIENTS_MAX: usize = 50;

/// Keys of every robot.
const COMMON: [&str; 2] = ["kind", "on"];

crate::status::coded! {
    /// How a robot is spoken to.
    RobotKind {
        /// A custom robot of a DingTalk group.
        DingTalk = 1, "dingtalk";
        /// A group robot of WeCom.
        WeCom = 2, "wecom";
        /// A custom bot of Feishu or Lark.
        Feishu = 3, "feishu";
        /// A program that takes Standard Webhooks.
        Webhook = 4, "webhook";
        /// A mail.
        Mail = 5, "mail";
    }
}

crate::status::coded! {
    /// A file of the report that a mail carries, by the end of its English name.
    Attachment {
        /// The workbook.
        Workbook = 1, "report.xlsx";
        /// The page.
        Page = 2, "report.html";
        /// The discrepancies.
        Discrepancies = 3, "discrepancies.csv";
        /// The summary.
        Summary = 4, "summary.csv";
    }
}

/// One `[[robots]]`.
#[derive(Debug, Clone)]
pub struct Robot {
    /// Its place among the robots, from 1, by which logs name it.
    pub number: u32,
    /// How it is spoken to.
    pub kind: RobotKind,
    /// What it is told of; not empty.
    pub on: BTreeSet<Occasion>,
    /// Where it is.
    pub reached: Reached,
}

/// Where a robot is.
#[derive(Debug, Clone)]
pub enum Reached {
    /// Over HTTP.
    Hook(Hook),
    /// By mail.
    Mail(Mail),
}

/// A robot that is reached over HTTP.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Its address.
    pub url: Secret,
    /// What requests are signed with; `None` where they are not.
    pub secret: Option<Secret>,
    /// The one that it takes the place of: a webhook is signed with both while a key is changed.
    pub old_secret: Option<Secret>,
    /// What every message has to have in it, as the group's settings say; empty for nothing.
    pub keyword: String,
    /// Whether the proxy is used that the environment names.
    pub follows_proxy: bool,
}

/// Mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server's name.
    pub host: String,
    /// Its port: 465 is encrypted from the first byte, every other one by STARTTLS, which is required.
    pub port: u16,
    /// Who sends.
    pub from: String,
    /// Who is told; not empty.
    pub to: Vec<String>,
    /// The name to log in with; empty for no login.
    pub user: String,
    /// The password that goes with it.
    pub secret: Option<Secret>,
    /// The certificate in PEM that the server's is signed with, where it is not a public one.
    pub ca_file: Option<PathBuf>,
    /// Files of the report that are sent along.
    pub attach: Vec<Attachment>,
    /// Bytes of these, at most.
    pub attach_bytes_max: u64,
}

impl Mail {
    /// Whether the server is this machine, which is spoken to without encryption.
    pub fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }
}

/// Reads every robot. The result counts only when there is no problem.
pub(crate) fn robots(top: &Section<'_>, outside: Outside<'_>) -> Vec<Robot> {
    let tables = (1_u32..).zip(top.tables("robots"));
    tables.filter_map(|(number, table)| robot(top, number, table, outside)).collect()
}

fn robot<'a>(
    top: &Section<'a>,
    number: u32,
    (at, table): (usize, Option<&'a DeTable<'a>>),
    outside: Outside<'_>,
) -> Option<Robot> {
    let named = table.and_then(|table| table.get("kind")?.get_ref().as_str());
    let known = named.and_then(RobotKind::from_code);
    let own: Vec<RobotKind> = known.map_or_else(|| RobotKind::ALL.to_vec(), |kind| vec![kind]);
    let mut keys = COMMON.to_vec();
    for key in own.into_iter().flat_map(keys_of) {
        if !keys.contains(key) {
            keys.push(key);
        }
    }
    let place = format!("[[robots]] {number}");
    let section = Section::open(top.source, &place, (at, table), &keys);
    section.require("kind", "\"dingtalk\"");
    let kind = section.parsed("kind", coded_word!(RobotKind))?;
    let on = occasions(&section, "leave the robot out to tell it nothing");
    let owner = format!("{kind}_{number}");
    let reached = match kind {
        RobotKind::Mail => Reached::Mail(mail(&section, &owner, outside)?),
        RobotKind::DingTalk | RobotKind::WeCom | RobotKind::Feishu | RobotKind::Webhook => {
            Reached::Hook(hook(&section, kind, &owner, outside)?)
        }
    };
    Some(Robot { number, kind, on, reached })
}

/// The keys of a kind besides the common ones. A `secret` is known everywhere, so that where there is
/// none, it is said why.
const fn keys_of(kind: RobotKind) -> &'static [&'static str] {
    match kind {
        RobotKind::DingTalk | RobotKind::Feishu => &["url", "secret", "keyword", "proxy"],
        RobotKind::WeCom => &["url", "secret", "proxy"],
        RobotKind::Webhook => &["url", "secret", "old_secret", "proxy"],
        RobotKind::Mail => {
            &["smtp", "from", "to", "user", "secret", "ca_file", "attach", "attach_max"]
        }
    }
}

fn hook(section: &Section<'_>, kind: RobotKind, owner: &str, outside: Outside<'_>) -> Option<Hook> {
    section.require("url", "{ env = \"ROBOT_URL\" }");
    let url = secret(section, "url", owner, outside);
    if let Some(problem) = url.as_ref().and_then(|url| wrong_url(kind, url.expose())) {
        section.refuse("url", problem, "copy the whole address that the robot's settings show");
    }
    if kind == RobotKind::WeCom && section.has("secret") {
        let fix = "leave it out: what proves who sends is the key in the address";
        section.refuse("secret", "is of no use: these robots know no signature", fix);
    }
    if kind == RobotKind::Webhook {
        section.require("secret", "{ env = \"ROBOT_SECRET\" }");
    }
    let signed = |key| {
        let read = secret(section, key, owner, outside)?;
        if kind == RobotKind::Webhook && webhook_key(read.expose()).is_none() {
            let fix = "make one: echo whsec_$(openssl rand -base64 32)";
            section.refuse(key, "is not whsec_ and base64 of 24 to 64 bytes", fix);
        }
        Some(read)
    };
    let (own, old) = (signed("secret"), signed("old_secret"));
    Some(Hook {
        secret: own,
        old_secret: old,
        keyword: section.text("keyword").unwrap_or_default().trim().to_owned(),
        follows_proxy: section.parsed("proxy", address::proxy).unwrap_or(false),
        url: url?,
    })
}

/// What is wrong with a robot's address, without a word of it.
fn wrong_url(kind: RobotKind, url: &str) -> Option<&'static str> {
    if address::is_plain_http(url) {
        return Some("is http to another machine: whoever is on the way can read and use it");
    }
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return Some("is not an address that begins with https://");
    }
    match kind {
        RobotKind::DingTalk if !url.contains("access_token=") => Some("has no access_token"),
        RobotKind::WeCom if !url.contains("key=") => Some("has no key"),
        RobotKind::DingTalk
        | RobotKind::WeCom
        | RobotKind::Feishu
        | RobotKind::Webhook
        | RobotKind::Mail => None,
    }
}

fn mail(section: &Section<'_>, owner: &str, outside: Outside<'_>) -> Option<Mail> {
    section.require("smtp", "\"smtp.example.com:465\"");
    section.require("from", "\"duizhang@example.com\"");
    section.require("to", "[\"finance@example.com\"]");
    let server = section.parsed("smtp", server);
    let from = section.parsed("from", mailbox);
    let to = section.texts("to").unwrap_or_default();
    if section.has("to") && !(1..=RECIPIENTS_MAX).contains(&to.len()) {
        section.refuse("to", "is nobody, or too many", "write 1 to 50 addresses");
    }
    for wrong in to.iter().filter_map(|text| mailbox(text).err()) {
        section.refuse("to", &format!("has an address that is {}", wrong.what), wrong.fix);
    }
    let password = secret(section, "secret", owner, outside);
    let user = section.text("user").map(str::to_owned);
    if section.has("user") && section.lacks("secret") {
        section.refuse("user", "has no secret", "add secret = { env = \"SMTP_PASSWORD\" }");
    }
    let user = match (&password, user, &from) {
        (Some(_), Some(user), _) => user,
        (Some(_), None, Some(from)) => bare(from),
        (_, _, _) => String::new(),
    };
    let ca_file = section.text("ca_file").map(|path| outside.base.join(path));
    if ca_file.as_ref().is_some_and(|path| !path.is_file()) {
        section.refuse("ca_file", "names no file", "write the path of a certificate in PEM");
    }
    let size = |text: &str| values::bytes(text, 1..=ATTACH_BYTES_MAX);
    let attach = attachments(section);
    let attach_bytes_max = section.parsed("attach_max", size).unwrap_or(ATTACH_BYTES);
    let (host, port) = server?;
    Some(Mail {
        host,
        port,
        from: from?,
        to,
        user,
        secret: password,
        ca_file,
        attach,
        attach_bytes_max,
    })
}

fn attachments(section: &Section<'_>) -> Vec<Attachment> {
    let mut files = Vec::new();
    for word in section.texts("attach").unwrap_or_default() {
        match coded_word!(Attachment)(&word) {
            Ok(file) => files.push(file),
            Err(wrong) => {
                section.refuse("attach", &format!("has {word:?}, {}", wrong.what), wrong.fix);
            }
        }
    }
    files
}

/// A mail server: `smtp.example.com`, or with a port.
fn server(text: &str) -> Result<(String, u16), Wrong> {
    /// Encrypted from the first byte.
    const PORT: u16 = 465;
    let wrong = || Wrong::new("not a mail server", "write \"smtp.example.com:465\", or port 587");
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
        None => (text, PORT),
    };
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if host.is_empty() || !plain || port == 0 { Err(wrong()) } else { Ok((host.to_owned(), port)) }
}

/// An address of mail, with or without a name.
fn mailbox(text: &str) -> Result<String, Wrong> {
    let read = text.parse::<lettre::message::Mailbox>();
    let fix = "write \"finance@example.com\", or \"Finance <finance@example.com>\"";
    read.map(|_| text.to_owned()).map_err(|_| Wrong::new("not an address of mail", fix))
}

/// A mailbox without its name.
fn bare(mailbox: &str) -> String {
    let read = mailbox.parse::<lettre::message::Mailbox>();
    read.map_or_else(|_| String::new(), |mailbox| mailbox.email.to_string())
}
