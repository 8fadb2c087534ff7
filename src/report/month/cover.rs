//! What the first sheet of the workbook and the manifest say about a month.

use crate::money::yuan;
use crate::report::manifest::{AccountEntry, common_notes};
use crate::report::month::{MonthAccount, MonthRequest};
use crate::report::workbook::Cover;
use crate::wording::Word;

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

/// The first sheet.
pub(super) fn cover(request: &MonthRequest<'_>, accounts: &[MonthAccount]) -> Cover {
    let voice = request.last.voice();
    let title = voice.pick("对账月报 {month}", "Reconciliation of {month}");
    let rows = accounts.iter().map(|account| {
        let verdict = account.verdict();
        let good = |text: &str| (text.to_owned(), false);
        let proved = account.days.values().filter_map(|day| day.verdict.as_ref());
        let proved = proved.filter(|verdict| verdict.is_proved()).count();
        let rest = account.unexplained_minor;
        let net = account.claim.net_minor().unwrap_or(0);
        vec![
            good(&account.name),
            good(&account.provider_id),
            good(&account.merchant_no),
            (verdict.word(voice.language).to_owned(), !verdict.is_proved()),
            (format!("{proved}/{}", account.days.len()), proved < account.days.len()),
            good(&yuan(net)),
            (rest.map_or_else(String::new, yuan), rest.is_some_and(|rest| rest != 0)),
            good(&super::statement::remarks(account, voice)),
        ]
    });
    Cover {
        title: title.replace("{month}", &request.label()),
        about: (voice.pick("账期月", "month"), request.label()),
        header: HEADER.iter().map(|(zh, en)| voice.pick(zh, en)).collect(),
        rows: rows.collect(),
        notes: notes(request),
    }
}

/// The account in the manifest.
pub(super) fn account_entry(account: &MonthAccount) -> AccountEntry {
    let silent =
        account.days.values().flat_map(|day| day.totals.values()).map(|it| it.status_only_count);
    AccountEntry {
        account: account.name.clone(),
        balance_gap: account.unexplained_minor.map_or_else(String::new, yuan),
        bills: Vec::new(),
        coverage: String::new(),
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
