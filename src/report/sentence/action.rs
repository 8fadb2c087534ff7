//! What a clerk should do next, by type and state of a discrepancy.

use crate::discrepancy::{Discrepancy, DiscrepancyType, State};
use crate::report::discrepancies::Shown;
use crate::report::sentence::{Voice, unproved};
use crate::settle::is_at_the_bank;
use crate::status::{Kind, MerchantStatus, ProviderStatus};

/// The suggested action; empty for what is closed.
pub fn suggested(row: &Discrepancy, shown: Shown, voice: Voice) -> &'static str {
    match shown.state {
        State::Resolved | State::WrittenOff => "",
        State::Timing if row.kind == DiscrepancyType::CrossDay => voice.pick(
            "无需处理：日切差异，由同一订单在另一账期日的反向差异抵回。",
            "Nothing to do: the row of the other day brings it back.",
        ),
        State::Timing => voice.pick(
            "暂不处理，等待期内自动复查；到期仍不一致再处理。",
            "Wait: it is asked about again by itself.",
        ),
        State::Suspense => voice.pick(
            "已挂账：查明原因后销账，并填写处理方式和备注。",
            "On suspense: find the cause, clear it, and note how.",
        ),
        State::Open => open(row, voice),
    }
}

fn open(row: &Discrepancy, voice: Voice) -> &'static str {
    if row.kind == DiscrepancyType::Unproved {
        return unproved::action(&row.evidence.status_code, voice);
    }
    let (zh, en) = by_type(row);
    voice.pick(zh, en)
}

#[expect(clippy::too_many_lines, reason = "one table of words, one entry per type")]
fn by_type(row: &Discrepancy) -> (&'static str, &'static str) {
    match row.kind {
        DiscrepancyType::MissingAtMerchant => missing_at_merchant(row),
        DiscrepancyType::RefusedAtMerchant => (
            "按拒收明细改正商户文件中的这一行，然后重新导入该文件；不要据此补单或退款。",
            "Mend this row of the merchant's file, see the rejected rows, and import the file again; do \
             not book or refund on this account.",
        ),
        DiscrepancyType::MissingAtProvider => (
            "先停止发货或出款；核对账户、产品和订单号是否记错，是否当日已撤销；确属未成功则更正商户记录。",
            "Stop delivery or payout; check account, product, order number and same-day reversal; \
             if it never happened, correct the merchant's record.",
        ),
        DiscrepancyType::PaidOnlyAtProvider => paid_only_at_provider(row),
        DiscrepancyType::PaidOnlyAtMerchant => paid_only_at_merchant(row),
        DiscrepancyType::StillPending => (
            "超过等待期仍未完成：确认是否关单；渠道仍显示处理中的，联系渠道催办。",
            "Unfinished for too long: close the order, or press the provider if it is still \
             processing.",
        ),
        // Said by the code of the answer, see `unproved`.
        DiscrepancyType::Unproved => ("", ""),
        DiscrepancyType::StatusMismatch => (
            "不涉及金额：按渠道结果更正商户订单状态。",
            "No money is involved: set the merchant's status to what the provider says.",
        ),
        DiscrepancyType::RefundedOnlyAtProvider => (
            "核实是谁在渠道发起的退款；属实则商户补记退款并停止发货，否则向渠道申诉。",
            "Find out who started the refund; if it is right, book it and stop delivery, else \
             object to the provider.",
        ),
        DiscrepancyType::RefundedOnlyAtMerchant => (
            "渠道尚未退款：核实后补发退款，或把商户状态改回成功。",
            "The provider has not refunded: send the refund, or set the merchant's status back.",
        ),
        DiscrepancyType::Held => (
            "渠道调查中：暂停发货或出款，按渠道要求提供材料，等待结论。",
            "Stop delivery or payout, give the provider what it asks for, and wait for its result.",
        ),
        DiscrepancyType::CurrencyMismatch => (
            "核对双方订单的币种，更正记错的一方；确认前不要入账。",
            "Check the currency of both records and correct the wrong one; book nothing before.",
        ),
        DiscrepancyType::AmountMismatch => (
            "核对是否有优惠、部分支付、改价或元与分混用；以渠道实收为准调账，或补收、退还差额。",
            "Look for discounts, part payment, a changed price or yuan against fen; adjust to what \
             was really paid, or collect or refund the gap.",
        ),
        DiscrepancyType::FeeMismatch => (
            "按合同费率复核；多收的向渠道申请退还，费率已变更的更新配置。",
            "Check against the contract; claim back what was overcharged, or update the rate.",
        ),
        DiscrepancyType::OverRefund => (
            "立即停止该支付单的后续退款，核对各笔退款；多退的向客户或渠道追回。",
            "Stop further refunds of this payment, check each, and recover what was given back too \
             much.",
        ),
        DiscrepancyType::DuplicateAtMerchant => (
            "确认哪一行正确，从商户文件中删除另一行后重新导入。",
            "Decide which row is right, remove the other from the merchant's file, import again.",
        ),
        DiscrepancyType::DuplicateAtProvider => (
            "请渠道确认哪一条有效；确认前按一笔计。",
            "Ask the provider which one is valid; until then it is one transaction.",
        ),
        DiscrepancyType::PaidTwice => (
            "联系客户确认后退还多付的一笔。",
            "Confirm with the customer and refund the further payment.",
        ),
        DiscrepancyType::CrossDay => (
            "日切差异：核对双方入账时间，由同一订单在另一账期日的反向差异抵回。",
            "Compare both times; the row of the other day brings it back.",
        ),
        DiscrepancyType::BalanceMismatch => (
            "对照余额调节表逐项查找未列明的变动。",
            "Go through the balance bridge and find the movement that is not named.",
        ),
        DiscrepancyType::SettlementMismatch if is_at_the_bank(row) => (
            "凭渠道打款凭证号与开户银行、渠道核实该笔款项，再作账务处理。",
            "Ask bank and platform about this money by the payout's number before anything is booked.",
        ),
        DiscrepancyType::SettlementMismatch => (
            "对照结算单明细核对，向渠道索取差额说明。",
            "Compare with the settlement's rows and ask the provider to explain the gap.",
        ),
    }
}

const fn missing_at_merchant(row: &Discrepancy) -> (&'static str, &'static str) {
    if matches!(row.provider_status, ProviderStatus::Held) {
        return (
            "商户没有此单而渠道正在调查：查找订单来源，暂不入账。",
            "Find where the order comes from; book nothing while the provider investigates.",
        );
    }
    match row.key.stream.kind {
        Kind::Payment => (
            "查找丢失的订单(含其他商户号、测试单)：找到则补单，找不到则退款，原因未明先挂账。",
            "Look for the lost order (other merchant numbers, tests too): complete it if found, \
             refund it if not, put it on suspense meanwhile.",
        ),
        Kind::Payout => (
            "立即核实出款是否经授权：属实则补记，未经授权则停用密钥并联系渠道追回。",
            "Find out at once whether the payout was authorised: book it, or revoke the key and \
             have the provider recover the money.",
        ),
        Kind::Refund => (
            "核实是否在渠道后台人工退款：属实则补记退款，否则向渠道申诉。",
            "Find out whether somebody refunded by hand at the provider: book it, or object.",
        ),
    }
}

const fn paid_only_at_provider(row: &Discrepancy) -> (&'static str, &'static str) {
    let is_received = row.evidence.callback_at.is_some();
    match (row.key.stream.kind, row.merchant_status) {
        (Kind::Payment, Some(MerchantStatus::Failed | MerchantStatus::Closed)) => (
            "客户已付款而商户已关单：补单发货，或退款给客户。",
            "The customer has paid for an order that is given up: complete it or refund it.",
        ),
        (Kind::Payment, _) if is_received => (
            "掉单：补单，不能履约的退款；回调已到而未入账，检查商户系统的回调处理(日志、报错、重复通知)。",
            "Complete the order, or refund it if it cannot be fulfilled; the callback did arrive, \
             so find out in the shop's log why it was not booked.",
        ),
        (Kind::Payment, _) => (
            "掉单：补单(渠道支持的可补发回调，或人工入账)，不能履约的退款。",
            "Complete the order: have the callback sent again where the provider offers it, or \
             book it by hand; refund it if it cannot be fulfilled.",
        ),
        (Kind::Payout, _) => (
            "款已付出：把商户状态更正为成功，切勿重复出款。",
            "The money is out: set the merchant's status to succeeded and never pay again.",
        ),
        (Kind::Refund, _) => (
            "款已退：把商户退款状态更正为成功，切勿重复退款。",
            "The refund is done: set the merchant's status to succeeded and never refund again.",
        ),
    }
}

const fn paid_only_at_merchant(row: &Discrepancy) -> (&'static str, &'static str) {
    if matches!(row.merchant_status, Some(MerchantStatus::Refunded)) {
        return (
            "商户记为已退款而渠道没有成功的收付：核实退款是否真实发生，更正商户状态，切勿再次退款。",
            "The merchant has given back what the provider never got: find out whether the refund \
             happened and correct the merchant's record.",
        );
    }
    match (row.key.stream.kind, row.provider_status) {
        (_, ProviderStatus::Pending) => (
            "渠道超过等待期仍在处理：暂停发货，联系渠道催办；最终失败的冲回商户记录，其间不要重复出款或退款。",
            "The provider is still processing after the wait: stop delivery and press the provider; \
             pay or refund nothing a second time meanwhile.",
        ),
        (Kind::Payment, _) => (
            "高风险：立即停止发货，查清商户凭何记为成功(伪造回调、渠道撤销)；确未到账则冲回商户记录。",
            "High risk: stop delivery and find out why it was booked (forged callback, reversal); \
             if nothing came in, reverse the merchant's record.",
        ),
        (Kind::Payout, ProviderStatus::Returned) => (
            "出款已被退回：冲回商户记录，核对收款信息后再决定是否重新出款。",
            "The payout came back: reverse the merchant's record, check the payee, then decide \
             whether to pay again.",
        ),
        (Kind::Payout, _) => (
            "渠道未付出：冲回商户记录；重新出款前必须再次查单，防止重复出款。",
            "Nothing was paid out: reverse the merchant's record; ask once more before paying again.",
        ),
        (Kind::Refund, _) => (
            "渠道未退款成功：冲回商户的退款记录，再次查单后重新发起退款。",
            "The refund did not happen: reverse the merchant's record, ask once more, refund again.",
        ),
    }
}
