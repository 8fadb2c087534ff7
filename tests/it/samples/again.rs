//! Refusals that say "try again", as every platform words them: they are one thing for whoever asks.

use duizhang::business_day::BusinessDate;
use duizhang::provider::signature::base64;
use duizhang::provider::{Ask, Provider, Question, RawAnswer};
use duizhang::status::Kind;

use super::accounts;
use super::sample::with_interfaces;

fn ask(kind: Kind, product: &str) -> Ask {
    Ask::Status(Question {
        kind,
        product: product.to_owned(),
        order_no: "20261120000001".to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::from_number(20_261_120).unwrap(),
    })
}

/// Whether an answer is a refusal that says to put the question again; as the pull finds it out.
fn says_try_again(provider: &dyn Provider, ask: &Ask, status: u16, body: &str) -> bool {
    let answer = RawAnswer { status, ..RawAnswer::of_body(body.as_bytes().to_vec()) };
    let verified = provider.verify(ask, &answer).unwrap();
    let (code, text) = verified.refusal().expect(body);
    provider.says_try_again(code, text)
}

fn icashier(text: &str) -> String {
    let resp = base64(format!("{{\"respcode\":\"90\",\"respmsg\":\"{text}\"}}").as_bytes());
    format!("{{\"resp\":\"{resp}\",\"sign\":\"\"}}")
}

/// Platform, what was asked, HTTP status, body, and whether it is asked again.
#[test]
fn whatever_a_platform_calls_it_try_again_is_understood() {
    let mmsp = |code: &str, text: &str| {
        format!(
            "{{\"CommandID\":32768,\"RetCode\":{code},\"ErrorMsg\":\"{text}\",\"Body\":\"\",\"Sign\":\"\"}}"
        )
    };
    let (pay, payout) = (ask(Kind::Payment, ""), ask(Kind::Payout, ""));
    let (quick, mmsp_payout) = (ask(Kind::Payment, "quick"), ask(Kind::Payout, "payout"));
    let again = "系统繁忙，请稍后再试";
    let of = |body: &str| body.to_owned();
    let table = [
        ("zhangxun", &pay, 200, format!("{{\"code\":\"000009\",\"msg\":\"{again}\"}}"), true),
        ("zhangxun", &payout, 200, of(r#"{"code":"100001","msg":"签名错误"}"#), false),
        ("zhangxun", &Ask::Balance, 200, of(r#"{"code":"9","msg":"请重试"}"#), true),
        ("mmsp", &quick, 200, mmsp("0", again), true),
        ("mmsp", &quick, 200, mmsp("0", "[-2002] 没有该订单"), false),
        ("mmsp", &mmsp_payout, 200, of(r#"{"RETCODE":"0001","RETMSG":"系统异常"}"#), true),
        ("mmsp", &Ask::Balance, 200, of(r#"{"RETCODE":"0001","RETMSG":""}"#), true),
        ("mmsp", &mmsp_payout, 200, of(r#"{"RETCODE":"1028","RETMSG":"订单号不存在"}"#), false),
        ("icashier", &pay, 200, icashier(again), true),
        ("icashier", &pay, 200, icashier("请求参数错误！"), false),
        ("lhxpay", &pay, 400, of(r#"{"error":"server_busy","errorMsg":"System busy"}"#), true),
        ("lhxpay", &payout, 404, of(r#"{"error":"object_not_found"}"#), false),
        (
            "xxpay",
            &pay,
            200,
            of(r#"{"retCode":"FAIL","errCode":"0010","errDes":"系统错误"}"#),
            true,
        ),
        ("xxpay", &pay, 200, of(r#"{"retCode":"0010","retMsg":"系统错误"}"#), true),
        ("xxpay", &payout, 200, format!("{{\"retCode\":\"FAIL\",\"retMsg\":\"{again}\"}}"), true),
        ("xxpay", &pay, 200, of(r#"{"retCode":"FAIL","retMsg":"支付订单不存在"}"#), false),
        ("jeepay", &pay, 200, of(r#"{"code":10,"msg":"系统异常"}"#), true),
        ("jeepay", &payout, 200, format!("{{\"code\":9999,\"msg\":\"{again}\"}}"), true),
        ("jeepay", &pay, 200, of(r#"{"code":9999,"msg":"订单不存在"}"#), false),
    ];
    for (id, ask, status, body, expected) in &table {
        let account = accounts::build(id, "");
        assert_eq!(says_try_again(&*account, ask, *status, body), *expected, "{id}: {body}");
    }
    for known in with_interfaces() {
        for expected in [true, false] {
            assert!(table.iter().any(|it| it.0 == known.id && it.4 == expected), "{}", known.id);
        }
    }
}
