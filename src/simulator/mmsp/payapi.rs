//! Payouts and the balance (001: 代付接口规范 §3, §4, §5.2, §5.3 and §6).
//!
//! Odd: what is signed is the plain text, not what is sent; the outer code of an answer is in the
//! clear and nothing of it is signed; codes 1028 and 1029 mean that there is no such order; state 4,
//! returned, is in no document and in every client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{CryptoRng, Error, RngCore, impls};
use rsa::signature::Verifier as _;
use rsa::{Pkcs1v15Encrypt, RsaPrivateKey, RsaPublicKey};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::MERCHANT_NO;
use crate::simulator::world::{Fault, MMSP_PAYOUT, Trade, TradeStatus, World};
use crate::simulator::{Asked, Reply};

pub(in crate::simulator) const PATH: &str = "/mmsp/payapi";

const PAYOUT: &str = "0x1002";
const BALANCE: &str = "0x1003";
/// 1024-bit keys: so long is a piece of what is encrypted, and of what is to be.
const BLOCK: usize = 128;
const PIECE: usize = 117;

/// The published test merchant's key, with which the merchant signs and decrypts.
pub(in crate::simulator) const MERCHANT_PRIVATE_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALVybJ9cqRfaLiWN
Zr5siuR3afRuflVG5pqcLqtqgknqJ+3HkS1qWga5ItMA2yiUL/q4vsaVgRevcUW3
L3l18sw+t71TtugRgTnl19pRGv19Fk9BoeEcVv25q11u4X4gZHfkZfk2XJkL9NYy
kIE51ce8Da3oZcd9z1hraLEOEla7AgMBAAECgYB+57nbOAa4PQwbjat3shjutCpy
IDnR0RYGuwfVMlhP9CrbHsKGXiT7IM+ffrDJz+NC26Xq5LP2aemyle3paLpYPFA8
6fS+oriOccj1MTPwSdYKsNCrEtXz4Vmkhmhf/fo5RCWNvv50KyJr/VresnolLbhu
OO2gpOgdz9ZM7MMeKQJBANy2gZDpzZGoxlb2EnRcf4vNmymLSRQLd1tluzSGGDMt
2ZlkjBRv9OjJYnPQDj+2/h6mGok5LJSMK6wBkeW6pw0CQQDSdNBcM28uqSgY4THF
F0NOiPecr31bB/s7m8h8J5Ep7UCXW/W6QosS/JZvUpMx68PNNuWl6i9dAHmAsCns
1YLnAkBQBlRACKWiVIFlcl8KlachN3E0xO3AONAT8XTI/H21wMAO3+fyWQ2BgdMS
jrM74suMrUkdy/8f9Rq4iPEvTFfZAkEAwrYk2EkWApuqZ2piO7EMKqr6PFL4rbIy
tLGqyYNqANpquh7wuAU82rIrFI/Xc4Znv4Oc8OY8L9VylKdoAqB/3QJAVbxcj2xx
YB3XKu7YjmaE6IxkbGjrxlpyG2zICin7zVg4G5sicHplT821wX0ZXCQcxdZobyx5
n/XTutLLOsu6DQ==
-----END PRIVATE KEY-----
";

/// An invented key: what the real platform's private key is, nobody but the platform knows.
const PLATFORM_PRIVATE_KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBANoFccC82UqSrpun
9Ob4SugOV3xojRhic5uiewU7PLpgLjrhr/hnd4XkXEPqm5afq/X6+Ik4KobSpkA9
cGWceHx/do4jat8eBcJ462xiGriWaf99t4DshgLy8xxKGUrlftCF4fbYE0U+PqQa
CSsdO20xTDBm/I6E1+zWQNFKuHk3AgMBAAECgYBNB41oTpDrQyYEAvSJQoKcuKx6
XSo0ylwUSfTzJTnQk7jhvumAd3YITWW37UUpk6KbFyAGw1xrJDPvEIYMsJr0or39
u5FZEdbP3uunapbTTMFJRXLBAVezxLdbLKbQXSAIetTi0lQCoYf+kt2pBmrE4q+x
LQsJtzSJ4zsHfJRGoQJBAPSEgB/5R5p8K5iEx0LWfvrhrH4NSSmXy8Wm9WasOaGR
XE9AmCKYIsMIFHioS/eiEwS2qlX0ph6ZmOfBwKAEd9ECQQDkQmo/Mzq4J2emCr6R
+BWGkGI5w3bsQsUhY4wmSAeojeE8xf2zq3BA9q3CY4mP5JtJ3WZZmYGISCfSLtuD
pSqHAkEAmEx/UWr/AmYc8V6ijirz5Gfz/H9h9popve6EI3NaYhwcFvDw0XtZC4lY
1t5ckt1MYz8zUV6UqbKZ3qB7zi96QQJAe1OK9iSmuDLKJIMvncxNTQwblhwO1+3n
dnfDlDdcs+wcYuqSfY3GM8NT9HA1NeKNKGaP0x9GRiy+Hyij/8ewZwJBAOlcrtJy
0ryJZM8r3PpNWop3V/bd8tRIRKKPrpf7cLeD+zcRB6YNdqsGCIrCEPyyJOJtS6Ol
V9cb9pxnMJHH0p8=
-----END PRIVATE KEY-----
";

/// The platform's public key, as the merchant has it.
pub(in crate::simulator) fn platform_public_key() -> String {
    RsaPrivateKey::from_pkcs8_pem(PLATFORM_PRIVATE_KEY)
        .ok()
        .and_then(|key| key.to_public_key().to_public_key_pem(LineEnding::LF).ok())
        .unwrap_or_default()
}

/// Answers a request to `/mmsp/payapi`.
pub(in crate::simulator) fn answer(world: &World, asked: &Asked<'_>) -> Reply {
    let request = match opened(asked.body) {
        Ok(request) => request,
        Err((code, problem)) => return refused("", code, vec![problem.to_owned()]),
    };
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut problems = Vec::new();
    if text("VERSION") != "1.0" {
        problems.push("VERSION is not 1.0".to_owned());
    }
    if text("MERNO") != MERCHANT_NO {
        problems.push(format!("MERNO is not {MERCHANT_NO}"));
    }
    if !is_digits(text("REQTIME"), 14) {
        problems.push("REQTIME is not YYYYMMDDhhmmss".to_owned());
    }
    match text("CMDID") {
        "4098" => payout(world, &request, problems),
        "4099" => balance(world, &request, problems),
        _ => {
            problems.push("CMDID is neither 4098 nor 4099, as a decimal text".to_owned());
            refused("", "1001", problems)
        }
    }
}

fn payout(world: &World, request: &Map<String, Value>, mut problems: Vec<String>) -> Reply {
    // The sample of the document has QRYTYPE, its table has not.
    let known = ["CMDID", "VERSION", "MERNO", "ORDERNO", "BSORDERNO", "REQTIME", "QRYTYPE"];
    unknown_fields(request, &known, &mut problems);
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    let (own, merchants) = (text("BSORDERNO"), text("ORDERNO"));
    if !merchants.bytes().all(|byte| byte.is_ascii_digit()) {
        problems.push("ORDERNO is not digits only".to_owned());
    }
    if !problems.is_empty() {
        return refused(PAYOUT, "1001", problems);
    }
    if own.is_empty() && merchants.is_empty() {
        let problem = "neither ORDERNO nor BSORDERNO is there".to_owned();
        return refused(PAYOUT, "1027", vec![problem]);
    }
    let found = if own.is_empty() {
        world.trade(MMSP_PAYOUT, merchants)
    } else {
        world.trade_numbered(MMSP_PAYOUT, own)
    };
    let fault = world.fault_of(super::ACCOUNT, found);
    if let Some(code) = fault.refusal("1002", if own.is_empty() { "1028" } else { "1029" }) {
        return refused(PAYOUT, code, Vec::new());
    }
    if own.is_empty() {
        world
            .trade(MMSP_PAYOUT, merchants)
            .map_or_else(|| refused(PAYOUT, "1028", Vec::new()), paid_out)
    } else {
        world
            .trade_numbered(MMSP_PAYOUT, own)
            .map_or_else(|| refused(PAYOUT, "1029", Vec::new()), paid_out)
    }
}

fn paid_out(trade: &Trade) -> Reply {
    let (state, text) = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => (9, "未知"),
        (_, TradeStatus::Paid) => (1, "付款成功"),
        (_, TradeStatus::Failed) => (3, "付款失败"),
        (_, TradeStatus::Returned) => (4, "已退汇"),
        _ if trade.is_even() => (5, "等待审核"),
        _ => (2, "付款中"),
    };
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("9{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    // The table says int, the sample has text.
    let number = |number: i64| {
        if trade.is_even() == (trade.fault == Fault::OtherTypes) {
            json!(number)
        } else {
            json!(number.to_string())
        }
    };
    let plain = json!({
        "PAYSTATE": number(state),
        "ACCNAME": "张三",
        "AMT": number(trade.amount_minor),
        "CURTYPE": number(1),
        "BSORDERNO": trade.provider_order_no,
        "ORDERNO": order_no,
        "MERNO": MERCHANT_NO,
        "ACCNO": "6225123456781234",
        "DESC": text,
        "BUSITYPE": "001",
        "MEMO": "代付",
        "RSPTIME": super::compact(trade.created_at.plus_seconds(86_400)),
    });
    sealed(PAYOUT, &plain, trade.fault)
}

fn balance(world: &World, request: &Map<String, Value>, mut problems: Vec<String>) -> Reply {
    let known = ["CMDID", "VERSION", "QRYTYPE", "MERNO", "ORDERNO", "REQTIME"];
    unknown_fields(request, &known, &mut problems);
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    if !["1", "2"].contains(&text("QRYTYPE")) {
        problems.push("QRYTYPE is neither 1 nor 2".to_owned());
    }
    if text("ORDERNO").is_empty() || !text("ORDERNO").bytes().all(|byte| byte.is_ascii_digit()) {
        problems.push("ORDERNO is not digits only".to_owned());
    }
    if !problems.is_empty() {
        return refused(BALANCE, "1001", problems);
    }
    if world.account_fault(super::ACCOUNT) == Fault::AccountUnknown {
        return refused(BALANCE, "1002", Vec::new());
    }
    let holdings = world.holdings(super::ACCOUNT);
    let channel = |number: &str, pending: i64, available: i64, advance: i64, frozen: i64| {
        json!({
            "ACCSTATUS": "1",
            "BALANCE": pending.to_string(),
            "BALANCEPAY": available.to_string(),
            "ADVANCEPAY": advance.to_string(),
            "FREEZEBAL": frozen.to_string(),
            "ISCHARGE": "2",
            "MERTYPE": if world.is_d0() { "2" } else { "1" },
            "CHLNO": number,
            "CHLMERNO": format!("88{number}"),
            // The table says texts and numbers; the real server mixes them.
            "LIMIT_DOWN": "100",
            "LIMIT_TOP": 5_000_000,
            "BEGIN_AT": "090000",
            "END_AT": "220000",
            "HOLIDAYTYPE": 2,
            "SETTLE_AT": 16,
            "SETTLE_TYPE": "1",
        })
    };
    let half = holdings.available_minor.checked_div(2).unwrap_or(0);
    let plain = json!({
        "MERNO": MERCHANT_NO,
        "RSPTIME": text("REQTIME"),
        "ACCINFO": [
            channel("1001", holdings.pending_minor, half, 0, holdings.frozen_minor),
            channel("1002", 0, holdings.available_minor.saturating_sub(half),
                holdings.advance_minor, 0),
        ],
    });
    sealed(BALANCE, &plain, world.account_fault(super::ACCOUNT))
}

fn unknown_fields(request: &Map<String, Value>, known: &[&str], problems: &mut Vec<String>) {
    for name in request.keys().filter(|name| !known.contains(&name.as_str())) {
        problems.push(format!("the request has an undocumented field {name}"));
    }
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Opens a request: `ENCRYPT` and `SIGN` and nothing else, decrypted with the platform's key, and
/// signed by the merchant over the plain text (§3.1).
fn opened(body: &[u8]) -> Result<Map<String, Value>, (&'static str, &'static str)> {
    let Ok(Value::Object(outer)) = serde_json::from_slice(body) else {
        return Err(("0002", "the body is not a JSON object"));
    };
    let field = |name: &str| outer.get(name).and_then(Value::as_str);
    let (Some(encrypted), Some(sign), 2) = (field("ENCRYPT"), field("SIGN"), outer.len()) else {
        return Err(("0002", "the body is not ENCRYPT and SIGN"));
    };
    let broken = ("1005", "ENCRYPT cannot be decrypted");
    let encrypted = STANDARD.decode(encrypted).map_err(|_| broken)?;
    let sign = STANDARD.decode(sign).map_err(|_| ("1006", "SIGN is not base64"))?;
    let key = RsaPrivateKey::from_pkcs8_pem(PLATFORM_PRIVATE_KEY).map_err(|_| broken)?;
    if encrypted.is_empty() {
        return Err(broken);
    }
    let mut plain = Vec::new();
    for block in encrypted.chunks(BLOCK) {
        plain.extend(key.decrypt(Pkcs1v15Encrypt, block).map_err(|_| broken)?);
    }
    let wrong = ("1006", "SIGN is wrong");
    let merchant = RsaPrivateKey::from_pkcs8_pem(MERCHANT_PRIVATE_KEY).map_err(|_| wrong)?;
    let verifier = VerifyingKey::<Sha1>::new(merchant.to_public_key());
    let signature = Signature::try_from(sign.as_slice()).map_err(|_| wrong)?;
    verifier.verify(&plain, &signature).map_err(|_| wrong)?;
    match serde_json::from_slice(&plain) {
        Ok(Value::Object(request)) => Ok(request),
        Ok(_) | Err(_) => Err(("0002", "what is encrypted is not a JSON object")),
    }
}

/// An answer, encrypted to the merchant. Faults of the signature spoil the text that is encrypted,
/// since there is no signature.
fn sealed(interface: &'static str, plain: &Value, fault: Fault) -> Reply {
    let mut encrypted = STANDARD.encode(encrypted(&plain.to_string()).unwrap_or_default());
    if fault == Fault::MissingSignature {
        encrypted.clear();
    }
    if fault == Fault::WrongSignature {
        let head = encrypted.split_off(8);
        encrypted = head + &encrypted;
    }
    let body = json!({"RETCODE": "0000", "RETMSG": "交易成功", "ENCRYPT": encrypted}).to_string();
    Reply { fault, ..Reply::new(interface, body) }
}

fn encrypted(plain: &str) -> Option<Vec<u8>> {
    let merchant = RsaPrivateKey::from_pkcs8_pem(MERCHANT_PRIVATE_KEY).ok()?;
    let key: RsaPublicKey = merchant.to_public_key();
    let mut padding = Padding(Sha1::digest(plain.as_bytes()).iter().fold(1, |sum, byte| {
        u64::wrapping_mul(sum, 0x0100_0000_01B3).wrapping_add(u64::from(*byte))
    }));
    let mut encrypted = Vec::new();
    for piece in plain.as_bytes().chunks(PIECE) {
        encrypted.extend(key.encrypt(&mut padding, Pkcs1v15Encrypt, piece).ok()?);
    }
    Some(encrypted)
}

/// Padding that follows from the text, so that the same question has the same answer. Not for
/// secrets: a simulator has none.
struct Padding(u64);

impl RngCore for Padding {
    fn next_u32(&mut self) -> u32 {
        u32::try_from(self.next_u64() >> 32).unwrap_or(0)
    }

    fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        impls::fill_bytes_via_next(self, bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Padding {}

/// A refusal: in the clear, and without `ENCRYPT`.
fn refused(interface: &'static str, code: &str, problems: Vec<String>) -> Reply {
    let text = match code {
        "1028" => "商户付款订单号不存在",
        "1029" => "平台代付流水号不存在",
        "1005" => "加密错误",
        "1006" => "签名错误",
        _ => "参数错误",
    };
    let body = json!({"RETCODE": code, "RETMSG": text}).to_string();
    Reply { problems, ..Reply::new(interface, body) }
}
