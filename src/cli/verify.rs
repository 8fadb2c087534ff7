//! `verify DIR`.

use std::path::Path;

use serde::Serialize;

use crate::cli::VerifyArgs;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::provider::signature::ed25519::PublicKey;
use crate::report::sign::{self, Signature};
use crate::report::{self, VerifiedReport};
use crate::status::Coverage;

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
    let document = document(args, &verified, signature);
    Ok(Answer::new(DONE, text(&verified, signature), &document))
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
    signature: Signature,
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
        unexplained: verified.unexplained.iter().map(rest).collect(),
    }
}

fn text(verified: &VerifiedReport, signature: Signature) -> String {
    let label = match verified.month {
        Some(month) => month.to_string(),
        None => verified.date.to_string(),
    };
    let what = if verified.month.is_some() { "balance gap" } else { "unexplained" };
    let files = verified.files.iter().map(|(file, rows)| format!("  {file}: {rows} rows"));
    let accounts = verified.accounts.iter();
    let accounts = accounts.map(|(account, verdict, _)| format!("  {account}: {verdict}"));
    let rest = verified.unexplained.iter();
    let rest = rest.map(|(account, rest)| format!("  {account}: {what} {rest}"));
    let first = std::iter::once(format!("the report of {label} is as its manifest says"));
    let signed = match signature {
        Signature::None => None,
        Signature::Unchecked => Some("  manifest.sig: not checked, give --public-key".to_owned()),
        Signature::Valid => {
            Some("  manifest.sig: signed with the key that belongs to the given one".to_owned())
        }
    };
    let first = first.chain(signed);
    lines(first.chain(files).chain(accounts).chain(rest))
}
