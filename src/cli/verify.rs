//! `verify DIR`.

use std::path::Path;

use serde::Serialize;

use crate::cli::VerifyArgs;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::config::Language;
use crate::provider::signature::ed25519::PublicKey;
use crate::report::sign::{self, Signature};
use crate::report::verify::{Indexed, Rebuilt, indexed};
use crate::report::{self, VerifiedReport};
use crate::status::Coverage;
use crate::wording::Word;

/// A folder that is as its manifest says.
#[derive(Debug, Serialize)]
struct Document<'a> {
    folder: String,
    /// The business date; of a month, its last.
    business_date: String,
    month: Option<String>,
    language: &'static str,
    /// `valid`, `unchecked` where no key was given, `none`.
    signature: &'static str,
    files: Vec<File<'a>>,
    accounts: Vec<AccountOf<'a>>,
    /// `same` where page and workbook say what the CSV files say; `other_version`: not compared.
    overviews: &'static str,
    /// `same` where the index beside the folder says what the folders say, `differs` where it does not; `none` where
    /// there is none; `other_version`: not compared.
    index: &'static str,
    /// Accounts whose rows did not explain their totals when the report was written; of a month, whose
    /// balance has a gap.
    unexplained: Vec<Unexplained<'a>>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    name: &'a str,
    rows: u64,
}

#[derive(Debug, Serialize)]
struct AccountOf<'a> {
    account: &'a str,
    verdict: &'static str,
    coverage: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Unexplained<'a> {
    account: &'a str,
    amount: &'a str,
    currency: &'a str,
}

/// Re-checks a report folder offline.
pub(crate) fn run(args: &VerifyArgs) -> Result<Answer, Failure> {
    let verified =
        report::verify(&args.dir).map_err(|problem| Failure::Verdict(problem.to_string()))?;
    let key = args.public_key.as_deref().map(public_key).transpose()?;
    let signature = sign::signature(&args.dir, key.as_ref())
        .map_err(|problem| Failure::Verdict(problem.to_string()))?;
    let index = indexed(&args.dir).map_err(|problem| Failure::Verdict(problem.to_string()))?;
    let document = document(args, &verified, (signature, &index));
    Ok(Answer::new(DONE, text(&verified, (signature, &index)), &document))
}

fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let text = std::fs::read_to_string(path);
    text.ok().and_then(|pem| PublicKey::parse(&pem)).ok_or_else(|| {
        Failure::Usage(format!(
            "{} is no public Ed25519 key in PEM: openssl pkey -in secrets/reports.pem -pubout writes one",
            path.display()
        ))
    })
}

fn document<'a>(
    args: &VerifyArgs,
    verified: &'a VerifiedReport,
    (signature, index): (Signature, &Indexed),
) -> Document<'a> {
    let rest = |(account, rest): &'a (String, String)| {
        // Yuan are not named in a manifest.
        let (amount, currency) = rest.split_once(' ').unwrap_or((rest, "CNY"));
        Unexplained { account, amount, currency }
    };
    let account = |(account, verdict, coverage): &'a (String, _, Option<Coverage>)| {
        let verdict: &crate::status::Verdict = verdict;
        AccountOf { account, verdict: verdict.code(), coverage: coverage.map(Coverage::code) }
    };
    let file = |(name, rows): &'a (String, u64)| File { name, rows: *rows };
    Document {
        folder: args.dir.display().to_string(),
        business_date: verified.date.to_string(),
        month: verified.month.map(|month| month.to_string()),
        language: verified.language.code(),
        signature: signature.code(),
        files: verified.files.iter().map(file).collect(),
        accounts: verified.accounts.iter().map(account).collect(),
        overviews: verified.rebuilt.code(),
        index: index.code(),
        unexplained: verified.unexplained.iter().map(rest).collect(),
    }
}

/// What the index beside the folder came to; empty where there is none.
fn index_line(index: &Indexed, language: Language) -> String {
    match index {
        Indexed::Same => language
            .pick(
                "  index.html：由各账期日的报表重新生成，内容一致",
                "  index.html: made again from the reports that it shows, it is the same",
            )
            .to_owned(),
        Indexed::Differs(lines) => {
            let head = language.pick(
                "  index.html：与各账期日的报表不一致，运行 duizhang report 可重新生成",
                "  index.html: not what the reports beside it say; any `duizhang report` writes it anew",
            );
            let lines = lines.iter().map(|line| format!("    {line}"));
            std::iter::once(head.to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
        }
        Indexed::OtherVersion => language
            .pick(
                "  index.html：最近的报表由其他版本写出，未重新生成比对",
                "  index.html: another version wrote the newest report, not made again",
            )
            .to_owned(),
        Indexed::None => String::new(),
    }
}

/// The result in the language of the folder.
fn text(verified: &VerifiedReport, (signature, index): (Signature, &Indexed)) -> String {
    let language = verified.language;
    let label = match verified.month {
        Some(month) => month.to_string(),
        None => verified.date.to_string(),
    };
    let first = match language {
        Language::Zh => format!("{label} 的报告与其清单相符"),
        Language::En => format!("the report of {label} is as its manifest says"),
    };
    let rebuilt = match (verified.rebuilt, verified.month) {
        (Rebuilt::Same, Some(_)) => language.pick(
            "  工作簿：由清单和 CSV 文件重新生成，内容一致",
            "  workbook: made again from the manifest and the CSV files, it is the same",
        ),
        (Rebuilt::Same, None) => language.pick(
            "  页面和工作簿：由 CSV 文件重新生成，内容一致",
            "  page and workbook: made again from the CSV files, they are the same",
        ),
        (Rebuilt::OtherVersion, _) => language.pick(
            "  页面和工作簿：由其他版本写出，未重新生成比对",
            "  page and workbook: written by another version, not made again",
        ),
    };
    let index = index_line(index, language);
    let signed = match signature {
        Signature::None => "",
        Signature::Unchecked => language.pick(
            "  manifest.sig：未核对，请用 --public-key 指定公钥",
            "  manifest.sig: not checked, give --public-key",
        ),
        Signature::Valid => language.pick(
            "  manifest.sig：由所给公钥对应的私钥签名",
            "  manifest.sig: signed with the key that belongs to the given one",
        ),
    };
    let once = [rebuilt, &*index, signed].into_iter().filter(|line| !line.is_empty());
    let files = verified.files.iter().map(|(file, rows)| match language {
        Language::Zh if *rows > 0 => format!("  {file}：{rows} 行"),
        Language::En if *rows > 0 => format!("  {file}: {rows} rows"),
        Language::Zh | Language::En => format!("  {file}"),
    });
    let accounts = verified.accounts.iter().map(|(account, verdict, _)| match language {
        Language::Zh => format!("  {account}：{}", verdict.word(language)),
        Language::En => format!("  {account}: {verdict}"),
    });
    let rest = verified.unexplained.iter();
    let rest = rest.map(|(account, rest)| match (language, verified.month) {
        (Language::Zh, Some(_)) => format!("  {account}：余额差额 {rest}"),
        (Language::Zh, None) => format!("  {account}：未解释差额 {rest}"),
        (Language::En, Some(_)) => format!("  {account}: balance gap {rest}"),
        (Language::En, None) => format!("  {account}: unexplained {rest}"),
    });
    let once = once.map(str::to_owned);
    lines(std::iter::once(first).chain(once).chain(files).chain(accounts).chain(rest))
}
