//! Goal: bills as portals, spreadsheets and scripts leave them are read where they are certain and
//! refused by line where they are not, and every line is accounted for. Method: small invented files
//! through the binary; the platform is out of reach, so that the report shows what the bills claim.

mod forms;
mod kept;
mod proofs;
mod rows;
mod totals;
mod workbooks;

use std::path::PathBuf;
use std::process::Output;

use tempfile::TempDir;

use crate::night::{code, duizhang, rows, stderr, stdout};

pub(crate) const DATE: &str = "2026-11-20";

/// Where most bills have what a row needs.
pub(crate) const PLAIN: &str = r#"
kind = "payment"
[account.statement.columns]
order_no = "商户订单号"
amount = "金额"
paid_at = "时间"
fee = "手续费"
"#;

/// The header that goes with it.
pub(crate) const HEADER: &str = "商户订单号,金额,时间,手续费\n";

/// A folder of a merchant whose platform cannot be reached.
pub(crate) struct Shop {
    folder: TempDir,
}

impl Shop {
    /// `statement` is `[account.statement]` without its first line.
    pub(crate) fn new(statement: &str) -> Self {
        Self::with_day("cutoff = \"00:00\"", statement)
    }

    pub(crate) fn with_day(day: &str, statement: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = format!(
            "[ledger]\nurl = \"sqlite://var/ledger.db\"\n\n[business_day]\ntimezone = \"Asia/Shanghai\"\n\
             {day}\n\n[reports]\ndir = \"var/reports\"\nlanguage = \"en\"\n\n[orders]\n\
             csv = \"orders/{{date}}.csv\"\n\n[[account]]\nname = \"main\"\nprovider = \"xxpay\"\n\
             base_url = \"http://127.0.0.1:9\"\nretries = 0\ntimeout = \"1s\"\nmch_id = \"20001222\"\n\
             app_id = \"0ae8be35ff634e2abe94f5f32f6d5c4f\"\nkey = {{ file = \"key\" }}\n\n\
             [account.statement]\n{statement}"
        );
        std::fs::write(folder.path().join("duizhang.toml"), config).unwrap();
        let shop = Self { folder };
        shop.write("key", b"test-key-not-secret");
        {
            use std::os::unix::fs::PermissionsExt as _;
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(shop.path("key"), private).unwrap();
        }
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn orders(&self, rows: &str) {
        let text = format!("account,kind,order_no,amount,status,paid_at\n{rows}");
        self.write(&format!("orders/{DATE}.csv"), text.as_bytes());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = duizhang();
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        command.current_dir(self.folder.path()).output().unwrap()
    }

    /// What is said of the import of a bill for its date, and how it ended.
    pub(crate) fn import(&self, file: &str) -> (i32, String) {
        self.import_for(file, &["--date", DATE])
    }

    pub(crate) fn import_for(&self, file: &str, more: &[&str]) -> (i32, String) {
        let mut arguments = vec!["import", "statement", "--account", "main", file];
        arguments.extend(more);
        let output = self.run(&arguments);
        (code(&output), stdout(&output) + &stderr(&output))
    }

    /// What the bills claim by themselves, by order: number, amount and time.
    pub(crate) fn claims(&self) -> Vec<String> {
        for step in [&["reconcile", "--date", DATE][..], &["report", "--date", DATE]] {
            let output = self.run(step);
            assert!([0, 4].contains(&code(&output)), "{}{}", stdout(&output), stderr(&output));
        }
        let mut claims: Vec<_> = self
            .report("discrepancies")
            .into_iter()
            .filter(|row| row[9] == "unproved" && row[11] == "open" && row[17].is_empty())
            .map(|row| format!("{} {} {}", row[13], row[18], row[26]))
            .collect();
        claims.sort();
        claims
    }

    pub(crate) fn nightly(&self) -> Output {
        self.run(&["run", "nightly", "--date", DATE])
    }

    /// The rows of one file of the report.
    pub(crate) fn report(&self, file: &str) -> Vec<Vec<String>> {
        let path = self.path(&format!("var/reports/{DATE}/{DATE}_{file}.csv"));
        rows(&std::fs::read_to_string(path).unwrap())
    }

    /// Verdict and coverage of the account.
    pub(crate) fn standing(&self) -> String {
        let summary = self.report("summary");
        let total = summary.iter().find(|row| row[1] == "main" && row[3] == "total").unwrap();
        format!("{} {}", total[5], total[6])
    }
}

/// One bill, and what has to be said of it.
pub(crate) struct Case<'a> {
    pub(crate) what: &'a str,
    pub(crate) statement: &'a str,
    pub(crate) bill: Vec<u8>,
    pub(crate) expected: &'a [&'a str],
    /// What it claims; not looked at where it is `None`.
    pub(crate) claims: Option<&'a [&'a str]>,
}

pub(crate) fn try_all(cases: Vec<Case<'_>>) {
    for Case { what, statement, bill, expected, claims } in cases {
        let shop = Shop::new(statement);
        shop.write("s.csv", &bill);
        let (_, printed) = shop.import("s.csv");
        for part in expected {
            assert!(printed.contains(part), "{what}: no {part:?} in {printed}");
        }
        if let Some(claims) = claims {
            assert_eq!(shop.claims(), claims, "{what}: {printed}");
        }
    }
}

/// Rows below the header of [`PLAIN`].
pub(crate) fn below(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}
