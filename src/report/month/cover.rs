//! What the first sheet of the workbook and the manifest say about a month.

use std::collections::BTreeMap;

use crate::money::yuan;
use crate::report::ReportError;
use crate::report::columns::FileKind;
use crate::report::manifest::{AccountEntry, DaysEntry, common_notes};
use crate::report::month::claim::Basis;
use crate::report::month::{MonthAccount, MonthRequest};
use crate::report::overview::{Made, value};
use crate::report::workbook::Cover;
use crate::status::Verdict;
use crate::wording::{self, Word};

const HEADER: [(&str, &str); 8] = [
    ("账户", "account"),
    ("渠道", "provider"),
    ("商户号", "merchant_no"),
    ("核对结论", "verdict"),
    ("核对完整天数", "days_proved"),
    ("净多收手续费(元)", "net_claim"),
    ("余额差额(元)", "balance_gap"),
    ("备注", "note"),
];

const NOTES: &[(&str, &str)] = &[
    (
        "本报告截至该月最后一个账期日：此后的处理不改变本报告，除非重新对账。",
        "This report is as of the month's last business date: what was done later is not in it.",
    ),
    (
        "月对账单：按币种分列，双方金额按各自日期计，差异金额 = 渠道金额 − 商户金额。支付、退款、手续费、代付取渠道所报，\
         净额 = 支付金额 − 退款金额 − 手续费 − 代付金额 − 代付手续费。没有对账的账期日不填数字，也不计入合计。",
        "Statement: each side by its own date, in blocks of one currency, difference = provider_amount − merchant_amount. Payments, \
         refunds, fees and payouts are the provider's, net = payments − refunds − fees − payouts − \
         payout_fees. A date that was not reconciled has no figures and is in no total.",
    ),
    (
        "月末未结差异：账期日在该日、至月末仍未关闭的差异。",
        "Open: discrepancies dated to the day that are not closed at the end of the month.",
    ),
    (
        "手续费索赔：手续费差额 = 实收 − 应收，至月末仍未关闭的逐笔列出；应收按渠道计入的金额和日期、\
         当日合同费率计算；合同按日合计取整的，其余交易按日核对，与结算单同一口径。\
         合计行：实收为渠道所报手续费之和，应收 = 实收 − 手续费差额。",
        "Fee claim: difference = charged − expected. Each transaction that is not closed at the end of the \
         month has a row; expected is the fee of the amount and the date that the provider counted, by the \
         contract's rate of that date; where the contract rounds the sum of a day, the others are compared \
         by day, as the settlement rounds it. \
         Total: charged is the sum of the fees that the provider states, expected = charged − difference.",
    ),
    (
        "余额调节表：期初为上月末余额，期末为本月末余额，各项变动为全月合计；余额差额 = 期末余额(渠道) − \
         期末应有余额，应为 0.00。商户账面余额为推算数，签字前请与总账核对。",
        "Balances: from the balance that ends the month before to the one that ends this month, with the \
         changes of the whole month; balance_gap = closing − expected, which should be 0.00. The book \
         balance is worked out: compare it with the general ledger before signing.",
    ),
];

/// How to read the files.
pub(super) fn notes(request: &MonthRequest<'_>) -> Vec<String> {
    let voice = request.last.voice();
    let own = NOTES.iter().map(|(zh, en)| voice.pick(zh, en).to_owned());
    own.chain(common_notes(&request.last)).collect()
}

/// The first sheet, by the manifest and the files of the folder.
///
/// # Errors
///
/// [`ReportError`] when one of the files cannot be read.
pub(in crate::report) fn cover(made: Made<'_>) -> Result<Cover, ReportError> {
    let voice = made.voice;
    let claimed = of_totals(made, FileKind::FeeClaim, |cells| {
        Basis::from_word(value(FileKind::FeeClaim, cells, "basis")) == Some(Basis::Total)
    })?;
    let stated = of_totals(made, FileKind::MonthStatement, |cells| {
        let date = value(FileKind::MonthStatement, cells, "business_date");
        date == wording::total(voice.language)
    })?;
    let text = |of: &BTreeMap<String, String>, account: &str| {
        (of.get(account).cloned().unwrap_or_default(), false)
    };
    let rows = made.manifest.accounts.iter().map(|entry| {
        let good = |text: &str| (text.to_owned(), false);
        // A manifest with another word is not read at all.
        let verdict = Verdict::from_code(&entry.verdict).unwrap_or(Verdict::Failed);
        let days = entry.days.map_or_else(
            || (String::new(), false),
            |it| (format!("{}/{}", it.proved, it.all), it.proved < it.all),
        );
        vec![
            good(&entry.account),
            good(&entry.provider),
            good(&entry.merchant_no),
            (verdict.word(voice.language).to_owned(), !verdict.is_proved()),
            days,
            text(&claimed, &entry.account),
            (entry.balance_gap.clone(), !matches!(&*entry.balance_gap, "" | "0.00")),
            text(&stated, &entry.account),
        ]
    });
    let title = voice.pick("对账月报 {month}", "Reconciliation of {month}");
    Ok(Cover {
        title: title.replace("{month}", made.label()),
        about: (voice.pick("账期月", "month"), made.label().to_owned()),
        header: HEADER.iter().map(|(zh, en)| voice.pick(zh, en)).collect(),
        rows: rows.collect(),
    })
}

/// What the first row of totals of each account says: of the claim its difference, of the statement its note.
fn of_totals(
    made: Made<'_>,
    kind: FileKind,
    is_total: impl Fn(&[&str]) -> bool,
) -> Result<BTreeMap<String, String>, ReportError> {
    let column = if kind == FileKind::FeeClaim { "difference" } else { "note" };
    let mut found = BTreeMap::new();
    made.rows(kind, |cells| {
        if is_total(cells) {
            let account = value(kind, cells, "account").to_owned();
            found.entry(account).or_insert_with(|| value(kind, cells, column).to_owned());
        }
        Ok(())
    })?;
    Ok(found)
}

/// The account in the manifest.
pub(super) fn account_entry(account: &MonthAccount) -> AccountEntry {
    let silent =
        account.days.values().flat_map(|day| day.totals.values()).map(|it| it.status_only_count);
    let proved = account.days.values().filter_map(|day| day.verdict.as_ref());
    let proved = proved.filter(|verdict| verdict.is_proved()).count();
    AccountEntry {
        account: account.name.clone(),
        balance_gap: account.unexplained_minor.map_or_else(String::new, yuan),
        bills: Vec::new(),
        coverage: String::new(),
        days: Some(DaysEntry { all: account.days.len(), proved }),
        merchant_no: account.merchant_no.clone(),
        provider: account.provider_id.clone(),
        reason: String::new(),
        remarks: Vec::new(),
        status_only_count: silent.fold(0, i64::saturating_add),
        title: String::new(),
        unexplained: yuan(0),
        verdict: account.verdict().code().to_owned(),
    }
}
