//! `init`: a folder with everything that a merchant has to fill in, and nothing that it has not.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::config::Language;
use crate::job;
use crate::provider::{PROVIDERS, Registration};

/// Everything but the accounts; `{{中文|English}}` is said in the language that was chosen.
const CONFIGURATION: &str = include_str!("init/duizhang.toml");
/// The shipped calendar, by its file name.
const CALENDAR: (&str, &str) =
    ("calendar-2026.toml", include_str!("../samples/calendar-2026.toml"));
/// What a job file may say.
const JOBS_README: &str = include_str!("../jobs/README.md");

/// Whether an account's number is the one that its provider's template has for it. Settings that have a
/// choice (a version, a span) are no numbers.
pub fn is_sample(provider: &str, key: &str, value: &str) -> bool {
    const NUMBERS: [&str; 9] = [
        "org_no",
        "cust_id",
        "merchant_no",
        "terminal_no",
        "mer_id",
        "app_key",
        "mch_id",
        "mch_no",
        "app_id",
    ];
    let own = PROVIDERS.iter().find(|known| known.id == provider);
    let template = own.map(|registration| registration.template);
    let line = format!("\n{key} = \"{value}\"");
    !value.is_empty()
        && NUMBERS.contains(&key)
        && template.is_some_and(|template| template.contains(&line))
}

/// A platform that the merchant uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform<'a> {
    /// Its id.
    pub id: &'a str,
    /// The family of the deployment; empty for the one that is meant by itself.
    pub dialect: &'a str,
}

/// A folder that could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Nothing was written, because this is there already.
    #[error(
        "nothing was written, because these are there already: {}; choose another folder, or move \
         them away", names(.0)
    )]
    Exists(Vec<PathBuf>),
    /// A file or folder could not be made.
    #[error("cannot write {path}")]
    File {
        /// Which one.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// A file to be made, by its path inside the folder.
struct Draft {
    path: String,
    text: String,
}

/// Writes configuration, jobs, calendar, an example of orders and a folder for the secrets of these
/// providers, and gives the secrets that have to be put there, as paths inside the folder.
///
/// # Errors
///
/// [`InitError::Exists`] before anything is written; nothing is ever replaced.
pub fn init(
    dir: &Path,
    platforms: &[Platform<'_>],
    language: Language,
) -> Result<Vec<String>, InitError> {
    let configuration = configuration(platforms, language);
    let secrets = secrets(&configuration);
    let drafts = drafts(configuration, &secrets, platforms, language);
    let there: Vec<PathBuf> = drafts
        .iter()
        .map(|draft| dir.join(&draft.path))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    if !there.is_empty() {
        return Err(InitError::Exists(there));
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| InitError::File { path, source }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    let private = dir.join("secrets");
    private_folder(&private).map_err(failed(&private))?;
    for draft in drafts {
        let path = dir.join(&draft.path);
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let made = OpenOptions::new().write(true).create_new(true).open(&path);
        made.and_then(|mut file| file.write_all(draft.text.as_bytes())).map_err(failed(&path))?;
    }
    Ok(secrets)
}

fn drafts(
    configuration: String,
    secrets: &[String],
    platforms: &[Platform<'_>],
    language: Language,
) -> Vec<Draft> {
    let draft = |path: &str, text: String| Draft { path: path.to_owned(), text };
    let mut drafts = vec![
        draft("duizhang.toml", configuration),
        draft(CALENDAR.0, CALENDAR.1.to_owned()),
        draft("jobs/README.md", JOBS_README.to_owned()),
        draft("orders/example.csv", example(platforms)),
        draft("secrets/README.md", secrets_readme(secrets, language)),
        draft(".gitignore", "secrets/*\n!secrets/README.md\nvar/\norders/\n".to_owned()),
    ];
    let files = chosen(platforms).flat_map(|registration| registration.files);
    drafts.extend(files.map(|(path, text)| draft(path, in_language(text, language))));
    drafts.extend(
        job::shipped().map(|(name, text)| draft(&format!("jobs/{name}.toml"), text.to_owned())),
    );
    drafts
}

/// `duizhang.toml` for these providers.
fn configuration(platforms: &[Platform<'_>], language: Language) -> String {
    let mut text = CONFIGURATION.to_owned();
    for registration in chosen(platforms) {
        text.push('\n');
        text.push_str(&template(registration, platforms));
    }
    in_language(&text, language)
}

/// What the chosen providers registered, in the order of their ids.
fn chosen(platforms: &[Platform<'_>]) -> impl Iterator<Item = &'static Registration> {
    PROVIDERS.iter().filter(move |known| platforms.iter().any(|platform| platform.id == known.id))
}

/// A provider's template, with the line of the family that was chosen.
fn template(registration: &Registration, platforms: &[Platform<'_>]) -> String {
    let own = platforms.iter().find(|platform| platform.id == registration.id);
    let dialect = own.map_or("", |platform| platform.dialect);
    let mut text = String::with_capacity(registration.template.len());
    for line in registration.template.split_inclusive('\n') {
        match line.strip_prefix("# dialect = ").and_then(|rest| rest.split_once("  ")) {
            // Writing into a string cannot fail.
            Some((_, comment)) if !dialect.is_empty() => {
                let _written = write!(text, "dialect = {dialect:?}  {comment}");
            }
            Some(_) | None => text.push_str(line),
        }
    }
    text
}

/// Chooses one side of every `{{中文|English}}`.
fn in_language(text: &str, language: Language) -> String {
    let mut chosen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        chosen.push_str(before);
        let (both, after) = after.split_once("}}").unwrap_or((after, ""));
        let (zh, en) = both.split_once('|').unwrap_or((both, both));
        chosen.push_str(match language {
            Language::Zh => zh,
            Language::En => en,
        });
        rest = after;
    }
    chosen.push_str(rest);
    chosen
}

/// The files that the configuration names for secrets, those that are commented out left out.
fn secrets(configuration: &str) -> Vec<String> {
    let lines = configuration.lines().filter(|line| !line.starts_with('#'));
    let named = |line: &str| Some(line.split_once("{ file = \"")?.1.split_once('"')?.0.to_owned());
    lines.filter_map(named).collect()
}

fn secrets_readme(secrets: &[String], language: Language) -> String {
    let mut text = in_language(
        "{{# 密钥\n\n这个文件夹只有你能进（0700），每个文件只有你能读（0600）。duizhang 需要：\n\n\
         |# Secrets\n\nOnly you may enter this folder (0700) and read its files (0600). duizhang needs:\n\n}}",
        language,
    );
    for secret in secrets {
        // Writing into a string cannot fail.
        let _written = writeln!(text, "- `{secret}`");
    }
    text.push_str(&in_language(
        "{{\n写入一个密钥，不留在 shell 的历史里（粘贴，回车，Ctrl-D）：\n\
         |\nTo write one without leaving it in the shell's history (paste, return, Ctrl-D):\n}}\n    \
         (umask 077; cat > secrets/NAME)\n\n\
         {{`.key` 是平台给的密钥原文，前后的空白不算；`.pem` 是 PEM 或纯 base64 的 RSA 密钥。\n然后运行 \
         `duizhang check`。不要把这里的文件提交到 git，也不要用邮件发。\n\
         |`.key` is the key as the platform gave it, white space around it does not count; `.pem` is an \
         RSA key in PEM or plain base64.\nThen run `duizhang check`. Never commit these files, never \
         mail them.\n}}",
        language,
    ));
    text
}

/// A few of the merchant's orders, one for each account.
fn example(platforms: &[Platform<'_>]) -> String {
    let mut text = "account,kind,product,order_no,provider_order_no,original_order_no,amount,\
                    currency,status,created_at,paid_at,fee\n"
        .to_owned();
    for (number, Registration { id, template, .. }) in (1..).zip(chosen(platforms)) {
        let product = first_product(template);
        let _written = writeln!(
            text,
            "{id}-main,payment,{product},2026112000000{number},,,100.00,CNY,succeeded,\
             2026-11-20 10:00:00,2026-11-20 10:01:00,"
        );
    }
    text
}

/// The first product that an account's template names; empty where it names none.
fn first_product(template: &str) -> &str {
    let products = template.lines().find_map(|line| line.strip_prefix("products = [\""));
    products.and_then(|rest| rest.split_once('"')).map_or("", |(first, _)| first)
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    match fs::DirBuilder::new().mode(0o700).create(path) {
        // One that was made beforehand is closed as well.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        }
        made => made,
    }
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_every_provider_has_a_line() {
        for registration in PROVIDERS {
            for language in [Language::Zh, Language::En] {
                let text =
                    configuration(&[Platform { id: registration.id, dialect: "" }], language);
                assert_eq!(text.matches("\n[[account]]\n").count(), 1, "{}", registration.id);
                assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
                for setting in registration.settings {
                    let stated = format!("\n{} = ", setting.key);
                    let optional = format!("\n# {} = ", setting.key);
                    let there =
                        text.contains(&stated) || !setting.required && text.contains(&optional);
                    assert!(there, "{} of {}", setting.key, registration.id);
                }
            }
        }
    }

    /// Every family that a registry line names has a line in the template, and is what is written.
    #[test]
    fn the_family_of_a_deployment_is_written_where_it_was_chosen() {
        let mut families = 0;
        for registration in PROVIDERS {
            let of = |dialect: &'static str| {
                let platform = Platform { id: registration.id, dialect };
                configuration(&[platform], Language::En)
            };
            assert!(!of("").contains("\ndialect = "), "{}", registration.id);
            for dialect in registration.dialects {
                let text = of(dialect);
                assert_eq!(
                    text.matches(&format!("\ndialect = {dialect:?}  ")).count(),
                    1,
                    "{text}"
                );
                assert!(!text.contains("# dialect = "), "{text}");
                families += 1;
            }
        }
        assert!(families >= 6, "{families}");
    }

    #[test]
    fn both_languages_are_written_side_by_side() {
        let text = "a = 1  # {{一|one}}{{}}\nb";
        assert_eq!(in_language(text, Language::Zh), "a = 1  # 一\nb");
        assert_eq!(in_language(text, Language::En), "a = 1  # one\nb");
    }

    #[test]
    fn nothing_is_ever_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("orders")).expect("a folder");
        fs::write(folder.path().join("orders/example.csv"), "mine").expect("a file");
        let error = init(folder.path(), &[Platform { id: "xxpay", dialect: "" }], Language::En)
            .expect_err("there is a file");
        assert!(error.to_string().contains("orders/example.csv"), "{error}");
        assert!(!folder.path().join("duizhang.toml").exists());
        let text = fs::read_to_string(folder.path().join("orders/example.csv")).expect("a file");
        assert_eq!(text, "mine");
    }
}
