//! A mail with the report's files.
//!
//! Encryption is never a matter of luck: port 465 is TLS from the first byte, every other port has to offer
//! STARTTLS (RFC 3207), and only this machine is spoken to without. Names of files stand there in two forms
//! (RFC 2231 and RFC 2047): mail programs know the one or the other.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{
    self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncTransport, Tokio1Executor};

use super::Notice;
use super::robots::{Again, NotSent};
use crate::config::{Attachment, Language, Mail};
use crate::job::Occasion;
use crate::report::columns::{FileKind, Overview};
use crate::text::escaped;

/// Encrypted from the first byte.
const PORT_TLS: u16 = 465;
/// A server that says "later" means minutes.
const LATER: Duration = Duration::from_secs(45);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Sends the mail: one to all; where a recipient is refused, one to each of the others.
pub(super) async fn send(
    settings: &Mail,
    notice: &Notice,
    patience: Duration,
) -> Result<(), NotSent> {
    let message = message(settings, notice)?;
    let transport = transport(settings, patience)?;
    let bytes = message.formatted();
    let whole = message.envelope();
    let first = deliver(&transport, whole, &bytes).await;
    let is_final = matches!(&first, Err(failure) if failure.again == Again::No);
    if !is_final || whole.to().len() < 2 {
        return first;
    }
    // A server that refuses one of them takes the mail for nobody.
    let mut sent = 0_usize;
    let mut last = first;
    for (number, to) in (1_u32..).zip(whole.to()) {
        let Ok(alone) = Envelope::new(whole.from().cloned(), vec![to.clone()]) else { continue };
        match deliver(&transport, &alone, &bytes).await {
            Ok(()) => sent = sent.saturating_add(1),
            Err(failure) => {
                let code = &failure.code;
                tracing::warn!(recipient = number, code, "the mail server refuses one of `to`");
                last = Err(failure);
            }
        }
    }
    if sent > 0 { Ok(()) } else { last }
}

async fn deliver(transport: &Transport, to: &Envelope, bytes: &[u8]) -> Result<(), NotSent> {
    match transport.send_raw(to, bytes).await {
        Ok(_) => Ok(()),
        Err(error) => Err(failure(&error)),
    }
}

/// What an error of the transport means. Its text is not repeated: servers put addresses into it.
fn failure(error: &lettre::transport::smtp::Error) -> NotSent {
    let code = error.status().map(|code| code.to_string());
    let (again, fix) = match code.as_deref() {
        Some("535" | "534" | "530") => (
            Again::No,
            "the login is refused: QQ, 163 and Exmail want an authorization code (授权码), not the \
             account's password",
        ),
        Some("552") => (Again::No, "the mail is too large for the server: lower attach_max"),
        Some("550" | "553" | "501") => {
            (Again::No, "sender or recipient is refused: `from` has to be the account that logs in")
        }
        _ if error.is_transient() => (Again::After(LATER), "the server says: later"),
        _ if error.is_permanent() => (Again::No, "the server refuses the mail"),
        _ if error.is_tls() => (
            Again::No,
            "the connection cannot be encrypted: a certificate that is not a public one is named in \
             ca_file; port 465 is TLS, others STARTTLS",
        ),
        _ if error.is_client() => (Again::No, "the server does not offer what is needed"),
        _ => (Again::Soon, "the mail server cannot be reached: check smtp"),
    };
    let code = code.map_or_else(|| "smtp".to_owned(), |code| format!("smtp_{code}"));
    NotSent { code, reply: String::new(), fix, again }
}

fn transport(settings: &Mail, patience: Duration) -> Result<Transport, NotSent> {
    let tls = match settings.port {
        _ if settings.is_here() => Tls::None,
        PORT_TLS => Tls::Wrapper(parameters(settings)?),
        _ => Tls::Required(parameters(settings)?),
    };
    let mut builder = Transport::builder_dangerous(&settings.host)
        .port(settings.port)
        .tls(tls)
        .timeout(Some(patience));
    if let Some(secret) = &settings.secret {
        let (user, password) = (settings.user.clone(), secret.expose().to_owned());
        builder = builder.credentials(Credentials::new(user, password));
    }
    Ok(builder.build())
}

fn parameters(settings: &Mail) -> Result<TlsParameters, NotSent> {
    let wrong = || unusable("ca_file is no certificate in PEM, or this machine's cannot be read");
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|_| wrong())?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| wrong())?);
    }
    builder.build_rustls().map_err(|_| wrong())
}

/// Something that is wrong here and not at the server.
fn unusable(fix: &'static str) -> NotSent {
    NotSent { code: "mail".to_owned(), reply: String::new(), fix, again: Again::No }
}

/// Keeps absence notes from answering (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn message(settings: &Mail, notice: &Notice) -> Result<Message, NotSent> {
    let mailbox = |text: &str| {
        text.parse::<Mailbox>().map_err(|_| unusable("an address is no address of mail"))
    };
    let from = mailbox(&settings.from)?;
    let domain = from.email.domain().to_owned();
    let seconds = u64::try_from(notice.at.epoch_seconds()).unwrap_or(0);
    let at = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH);
    let mut builder = Message::builder()
        .from(from)
        .subject(&notice.title)
        .date(at)
        .message_id(Some(format!("<{}.{seconds}@{domain}>", notice.id)))
        .header(AutoSubmitted);
    for to in &settings.to {
        builder = builder.to(mailbox(to)?);
    }
    let (files, left_out) = files(settings, notice);
    let mut lines = notice.lines.clone();
    lines.extend(left_out.iter().map(|name| match notice.language {
        Language::Zh => {
            format!("附件 {name} 未随信发送(缺失或超过 attach_max)，请到报告目录查看。")
        }
        Language::En => {
            format!(
                "{name} is not attached (not there, or above attach_max): see the report's folder."
            )
        }
    }));
    let html = html(notice, &lines);
    let text = MultiPart::alternative_plain_html(lines.join("\r\n"), html);
    let mut parts = MultiPart::mixed().multipart(text);
    for (name, bytes) in files {
        parts = parts.singlepart(attached(&name, bytes)?);
    }
    builder.multipart(parts).map_err(|_| unusable("the mail cannot be put together"))
}

/// The same as a page. Mail programs drop sheets of styles: each part has its own.
fn html(notice: &Notice, lines: &[String]) -> String {
    let colour = match notice.gravest {
        Occasion::Failed => "#b42318",
        Occasion::Unproved | Occasion::Open => "#9a5b00",
        Occasion::Done => "#1a7f4b",
    };
    let mut html = format!(
        "<!DOCTYPE html>\r\n<html lang=\"{}\">\r\n<head><meta charset=\"utf-8\"></head>\r\n<body \
         style=\"font:15px/1.6 'PingFang SC','Microsoft YaHei',sans-serif\">\r\n<h2 style=\"font-size:18px;\
         margin:0 0 12px;padding-left:12px;border-left:6px solid {colour}\">{}</h2>\r\n",
        notice.language.pick("zh-CN", "en"),
        escaped(&notice.title),
    );
    for (at, line) in lines.iter().enumerate() {
        let weight = if at == 0 { ";font-weight:bold" } else { "" };
        // Writing into a String cannot fail.
        let _ = write!(html, "<p style=\"margin:0 0 6px{weight}\">{}</p>\r\n", escaped(line));
    }
    html.push_str("</body>\r\n</html>\r\n");
    html
}

/// The files that go along, and the names of those that do not.
fn files(settings: &Mail, notice: &Notice) -> (Vec<(String, Vec<u8>)>, Vec<String>) {
    let (mut files, mut left_out) = (Vec::new(), Vec::new());
    let Some(folder) = &notice.report else { return (files, left_out) };
    let mut room = settings.attach_bytes_max;
    for attachment in &settings.attach {
        let names = names(*attachment, folder, notice.language);
        let found = names.iter().find_map(|name| {
            let bytes = std::fs::metadata(folder.join(name)).ok()?.len();
            let read =
                if bytes <= room { std::fs::read(folder.join(name)).ok()? } else { return None };
            Some((name.clone(), read))
        });
        match found {
            Some((name, bytes)) => {
                room = room.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                files.push((name, bytes));
            }
            None => left_out.extend(names.into_iter().next()),
        }
    }
    (files, left_out)
}

/// How a file is called in a report's folder: a day's, or a month's.
fn names(attachment: Attachment, folder: &Path, language: Language) -> Vec<String> {
    let label = folder.file_name().map(PathBuf::from).unwrap_or_default();
    let label = label.display();
    match attachment {
        Attachment::Workbook => {
            vec![
                Overview::Workbook.name(&label, language),
                Overview::MonthBook.name(&label, language),
            ]
        }
        Attachment::Page => vec![Overview::Page.name(&label, language)],
        Attachment::Discrepancies => vec![FileKind::Discrepancies.name(&label, language)],
        Attachment::Summary => vec![FileKind::Summary.name(&label, language)],
    }
}

fn attached(name: &str, bytes: Vec<u8>) -> Result<SinglePart, NotSent> {
    let wrong = |()| unusable("the name of a file cannot be put into a mail");
    let form = match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("html") => "text/html; charset=utf-8",
        Some(_) | None => "text/csv; charset=utf-8",
    };
    let encoded = header::ContentDisposition::attachment(name);
    let base64 = ContentTransferEncoding::Base64;
    let body = Body::new_with_encoding(bytes, base64).map_err(|_| wrong(()))?;
    let named = format!("{form}; name=\"{}\"", in_words(name));
    Ok(SinglePart::builder()
        .header(ContentType::parse(&named).map_err(|_| wrong(()))?)
        .header(encoded)
        .body(body))
}

/// A name as RFC 2047 encodes words.
fn in_words(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { crate::provider::encoded_word(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::notice::tests::notice;

    #[test]
    fn the_page_of_a_mail_says_the_lines_and_holds_no_markup_from_data() {
        let lines = ["本日不可入账".to_owned(), "<img src=x> & \"A1\"".to_owned()];
        let html = html(&notice(0), &lines);
        assert!(html.contains(">【未能核实】nightly 2026-11-20</h2>"), "{html}");
        assert!(html.contains("font-weight:bold\">本日不可入账</p>"), "{html}");
        assert!(html.contains(">&lt;img src=x&gt; &amp; &quot;A1&quot;</p>"), "{html}");
    }
}
