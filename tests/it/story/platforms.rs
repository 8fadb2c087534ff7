//! The five platforms of a world, over HTTP on the loopback address: what each says of an order at
//! the moment at which it is asked, in its own form and with its own signature (documents 000 to
//! 004). Written for honest answers only; faults and strictness are the simulator's business.

mod mmsp;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::money::yuan;
use md5::{Digest, Md5};
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use rsa::rand_core::{CryptoRng, Error, RngCore, impls};
use serde_json::{Map, Value, json};

use super::world::{
    ICASHIER, LHXPAY, Lane, Order, PlatformState, World, XXPAY, XXPAY_PAYOUT, ZHANGXUN,
    ZHANGXUN_PAYOUT, date_of,
};

const KEY: &str = "storyKey0123456789";

/// What the platforms know, and what time it is.
pub(super) struct Platforms {
    pub(super) world: World,
    pub(super) now: Mutex<Timestamp>,
    /// The accounts that cannot be reached now.
    pub(super) down: Mutex<Vec<&'static str>>,
}

/// Serves them from this runtime.
pub(super) async fn serve(platforms: Arc<Platforms>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(platforms);
    tokio::spawn(async move { axum::serve(listener, router).await });
    addr
}

/// The configuration of the accounts; the settings of fees and settlements are the caller's.
pub(super) fn accounts(addr: SocketAddr, terms: impl Fn(&str) -> String) -> String {
    let key = r#"{ file = "secrets/key" }"#;
    let settings = [
        (
            "icashier",
            format!("base_url = \"http://{addr}/icashier\"\nmer_id = \"100200300\"\nkey = {key}"),
        ),
        ("lhxpay", format!("base_url = \"http://{addr}/lhxpay\"\napp_key = \"app\"\nkey = {key}")),
        (
            "mmsp",
            format!(
                "openapi_url = \"http://{addr}/mmsp/openapi\"\npayapi_url = \"http://{addr}/mmsp/payapi\"\n\
                 merchant_no = \"001440353999853\"\nterminal_no = \"84970001\"\nagent_no = \"\"\n\
                 products = [\"quick\", \"scan\", \"payout\"]\nmd5_key = {key}\n\
                 merchant_private_key = {{ file = \"secrets/own.pem\" }}\n\
                 platform_public_key = {{ file = \"secrets/platform.pem\" }}"
            ),
        ),
        (
            "xxpay",
            format!(
                "base_url = \"http://{addr}/xxpay\"\nmch_id = \"20001222\"\n\
                 app_id = \"0ae8be35ff634e2abe94f5f32f6d5c4f\"\nkey = {key}\nbalance = true"
            ),
        ),
        (
            "zhangxun",
            format!(
                "base_url = \"http://{addr}/zhangxun\"\norg_no = \"8161000204\"\n\
                 cust_id = \"16121900001774\"\nversion = \"2.1\"\nkey = {key}"
            ),
        ),
    ];
    let account = |(name, lines): (&str, String)| {
        let terms = terms(name);
        format!(
            "\n[[account]]\nname = \"{name}\"\nprovider = \"{name}\"\n{lines}\nrate_limit = 1000\nretries = 0\n{terms}\n"
        )
    };
    settings.map(account).concat()
}

/// The files of secrets that the configuration names.
pub(super) fn secrets() -> [(&'static str, String); 3] {
    let (own, platform) = (
        pair().to_pkcs8_pem(LineEnding::LF).unwrap().to_string(),
        pair().to_public_key().to_public_key_pem(LineEnding::LF).unwrap(),
    );
    [("key", KEY.to_owned()), ("own.pem", own), ("platform.pem", platform)]
}

/// One pair for both sides: nobody here has a secret from the other.
fn pair() -> &'static RsaPrivateKey {
    static PAIR: OnceLock<RsaPrivateKey> = OnceLock::new();
    PAIR.get_or_init(|| RsaPrivateKey::new(&mut Noise(20_260_921), 1024).unwrap())
}

/// Reproducible, for keys and paddings that protect nothing.
struct Noise(u64);

impl RngCore for Noise {
    fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32).try_into().unwrap()
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

impl CryptoRng for Noise {}

/// One question: the world, the moment, and what was sent.
struct Asked<'a> {
    world: &'a World,
    now: Timestamp,
    fields: BTreeMap<String, String>,
    body: &'a [u8],
}

impl Asked<'_> {
    /// The order of a lane with this number, and what the platform thinks of it now.
    fn order(&self, lane: Lane, no: &str) -> Option<(&Order, PlatformState)> {
        let order = self.world.orders().find(|order| {
            (order.lane.account, order.lane.kind, order.lane.product)
                == (lane.account, lane.kind, lane.product)
                && order.no == no
        })?;
        order.standing(self.now).map(|standing| (order, standing))
    }

    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn holds(&self, account: &str) -> String {
        self.world.holds(account, self.now).to_string()
    }
}

async fn answer(
    State(platforms): State<Arc<Platforms>>,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, String) {
    let mut parts = uri.path().splitn(3, '/').skip(1);
    let (account, interface) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    if platforms.down.lock().unwrap().contains(&account) {
        return (StatusCode::BAD_GATEWAY, String::new());
    }
    let form = form_urlencoded::parse(&body);
    let query = form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
    let fields = query.chain(form).map(|(name, value)| (name.into_owned(), value.into_owned()));
    let asked = Asked {
        world: &platforms.world,
        now: *platforms.now.lock().unwrap(),
        fields: fields.collect(),
        body: &body,
    };
    let text = match (account, interface) {
        ("mmsp", "openapi") => mmsp::openapi(&asked),
        ("mmsp", "payapi") => mmsp::payapi(&asked),
        ("xxpay", "api/pay/query_order") => xxpay(&asked, XXPAY),
        ("xxpay", "api/trans/query_order") => xxpay(&asked, XXPAY_PAYOUT),
        ("xxpay", "api/query/query_balance") => xxpay_balance(&asked),
        ("zhangxun", "cashier/query.ac") => zhangxun_payment(&asked),
        ("zhangxun", "cashier/TX0002.ac") => zhangxun_payout(&asked),
        ("zhangxun", "cashier/balance.ac") => zhangxun_signed(vec![
            ("account", "10086000012".to_owned()),
            ("acType", "01".to_owned()),
            ("acBal", asked.holds("zhangxun")),
            ("frozBalance", "0".to_owned()),
        ]),
        ("icashier", "api/query") => icashier(&asked),
        ("lhxpay", "api/Payments/Query") => lhxpay(&asked),
        _ => panic!("nobody answers {uri}"),
    };
    (StatusCode::OK, text)
}

fn md5_hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `yyyyMMddHHmmss` in Beijing.
fn compact(moment: Timestamp) -> String {
    BusinessDay::BEIJING.local(moment).format("%Y%m%d%H%M%S").to_string()
}

/// When it was paid, once it was.
fn paid_at(order: &Order, standing: PlatformState) -> Option<Timestamp> {
    order.paid_at().filter(|_| !matches!(standing, PlatformState::Pending | PlatformState::Failed))
}

/// MD5 over everything that is not empty, by name.
fn signed_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let sorted: BTreeMap<&str, String> = pairs.into_iter().collect();
    let given = sorted.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={value}")).collect();
    md5_hex(&format!("{}&key={KEY}", pairs.join("&")))
}

/// 000 §2: a form in, JSON out, everything that is not empty is signed. Says no time of payment.
fn zhangxun_signed(mut fields: Vec<(&'static str, String)>) -> String {
    fields.extend([
        ("code", "000000".to_owned()),
        ("msg", "ok".to_owned()),
        ("orgNo", "8161000204".to_owned()),
        ("custId", "16121900001774".to_owned()),
    ]);
    let sign = signed_pairs(fields.iter().cloned());
    let mut body: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    body.insert("sign".to_owned(), json!(sign));
    Value::Object(body).to_string()
}

fn zhangxun_unknown() -> String {
    json!({"code": "000010", "msg": "订单不存在", "orgNo": "8161000204", "custId": "16121900001774"})
        .to_string()
}

fn zhangxun_payment(asked: &Asked<'_>) -> String {
    let Some((order, standing)) = asked.order(ZHANGXUN, asked.field("custOrderNo")) else {
        return zhangxun_unknown();
    };
    let status = match standing {
        PlatformState::Paid => "01",
        PlatformState::Failed => "02",
        _ => "06",
    };
    zhangxun_signed(vec![
        ("custOrderNo", order.no.clone()),
        ("prdOrdNo", order.own_no(false)),
        ("ordStatus", status.to_owned()),
        ("ordDesc", "ok".to_owned()),
        ("ordAmt", order.paid.to_string()),
        ("payAmt", order.paid.to_string()),
        ("ordTime", compact(order.created)),
    ])
}

fn zhangxun_payout(asked: &Asked<'_>) -> String {
    let Some((order, standing)) = asked.order(ZHANGXUN_PAYOUT, asked.field("custOrdNo")) else {
        return zhangxun_unknown();
    };
    let status = match standing {
        PlatformState::Paid => "07",
        PlatformState::Failed => "08",
        _ => "06",
    };
    zhangxun_signed(vec![
        ("custOrdNo", order.no.clone()),
        ("casOrdNo", order.own_no(false)),
        ("ordStatus", status.to_owned()),
        ("casAmt", order.paid.to_string()),
        ("casDesc", String::new()),
        ("casType", "00".to_owned()),
        ("casDate", compact(order.created)),
        ("fee", (order.fee - 100).to_string()),
        ("serviceFee", "100".to_owned()),
        ("netrecAmt", order.paid.to_string()),
    ])
}

/// 004 §2.2 and §3.2: signed over everything that is not empty; success is 2, of a payout too.
fn xxpay(asked: &Asked<'_>, lane: Lane) -> String {
    let params: Value = serde_json::from_str(asked.field("params")).unwrap();
    let is_payment = lane.kind == "payment";
    let (own, merchants, time) = if is_payment {
        ("payOrderId", "mchOrderNo", "paySuccTime")
    } else {
        ("transOrderId", "mchTransOrderNo", "transSuccTime")
    };
    let Some((order, standing)) = asked.order(lane, params[merchants].as_str().unwrap_or_default())
    else {
        return json!({"retCode": "FAIL", "retMsg": "订单不存在"}).to_string();
    };
    let status = match standing {
        PlatformState::Pending => "1",
        PlatformState::Failed if is_payment => "5",
        PlatformState::Failed => "3",
        _ => "2",
    };
    let millis = paid_at(order, standing).map(|at| (at.epoch_seconds() * 1000).to_string());
    xxpay_signed([
        ("mchId", "20001222".to_owned()),
        ("appId", "0ae8be35ff634e2abe94f5f32f6d5c4f".to_owned()),
        (own, order.own_no(false)),
        (merchants, order.no.clone()),
        ("amount", order.paid.to_string()),
        ("currency", "cny".to_owned()),
        ("status", status.to_owned()),
        (time, millis.unwrap_or_default()),
    ])
}

fn xxpay_balance(asked: &Asked<'_>) -> String {
    let params: Value = serde_json::from_str(asked.field("params")).unwrap();
    xxpay_signed([
        ("mchId", "20001222".to_owned()),
        ("balance", asked.holds("xxpay")),
        ("freezeAmount", "0".to_owned()),
        ("querySuccTime", params["queryTime"].as_str().unwrap().to_owned()),
    ])
}

fn xxpay_signed<const N: usize>(fields: [(&str, String); N]) -> String {
    let mut all: Vec<(&str, String)> = vec![("retCode", "SUCCESS".to_owned())];
    all.extend(fields);
    let sign = signed_pairs(all.iter().cloned()).to_uppercase();
    all.push(("sign", sign));
    let body: Map<String, Value> =
        all.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    Value::Object(body).to_string()
}

/// 002 §3.4: base64 text with a signature over that text; 0000 is paid.
fn icashier(asked: &Asked<'_>) -> String {
    let request: Value =
        serde_json::from_slice(&STANDARD.decode(asked.field("req")).unwrap()).unwrap();
    let no = request["orderid"].as_str().unwrap_or_default();
    let body = asked.order(ICASHIER, no).map_or_else(
        || json!({"respcode": "14", "respmsg": "交易记录不存在"}),
        |(order, standing)| {
            let code = match standing {
                PlatformState::Paid => "0000",
                PlatformState::Failed => "1003",
                _ => "1001",
            };
            let time = paid_at(order, standing).map(|at| BusinessDay::BEIJING.text(at));
            json!({
                "respcode": "00", "respmsg": "ok", "resultcode": code, "resultmsg": "",
                "queryid": order.own_no(false), "txnamt": order.paid.to_string(),
                "merid": "100200300", "orderid": order.no, "paytime": time.unwrap_or_default(),
            })
        },
    );
    let resp = STANDARD.encode(body.to_string());
    let sign = md5_hex(&format!("{resp}{KEY}"));
    json!({"resp": resp, "sign": sign}).to_string()
}

/// 003, 充值查单: the order's number and a status, signed by nobody.
fn lhxpay(asked: &Asked<'_>) -> String {
    let Some((order, standing)) = asked.order(LHXPAY, asked.field("mrn")) else {
        return json!({"error": "object_not_found"}).to_string();
    };
    let status = match standing {
        PlatformState::Paid => 1,
        PlatformState::Failed => 2,
        _ => 0,
    };
    json!({"error": "success", "result": {"Mrn": order.no, "status": status}}).to_string()
}

/// How the merchant reads lhxpay's bills.
pub(super) const BILL_SETTINGS: &str = r#"
[account.statement]
file = "statements/lhxpay-{date}.csv"
[account.statement.columns]
order_no = "商户订单号"
provider_order_no = "平台订单号"
kind = "业务类型"
status = "交易状态"
amount = "交易金额(元)"
fee = "手续费(元)"
paid_at = "完成时间"
[account.statement.kinds]
"支付" = "payment"
"退款" = "refund"
[account.statement.statuses]
"成功" = "succeeded"
[account.statement.totals]
"总笔数" = "count"
"交易总金额" = "amount"
"#;

/// lhxpay's bill of a date: everything that was paid or given back on it.
pub(super) fn bill(world: &World, date: BusinessDate) -> String {
    let of_day = |order: &&Order| {
        order.lane.account == "lhxpay" && order.paid_at().is_some_and(|at| date_of(at) == date)
    };
    let orders: Vec<&Order> = world.orders().filter(of_day).collect();
    let mut text =
        format!("#商户对账单\n#起始日期：[{date} 00:00:00]   终止日期：[{date} 23:59:59]\n");
    text += "商户订单号,平台订单号,业务类型,交易状态,交易金额(元),手续费(元),完成时间\n";
    for order in &orders {
        let word = if order.lane.kind == "refund" { "退款" } else { "支付" };
        let at = BusinessDay::BEIJING.text(order.paid_at().unwrap());
        let (own, amount, fee) = (order.own_no(false), in_yuan(order.paid), in_yuan(order.fee));
        text += &format!("{},{own},{word},成功,{amount},{fee},{at}\n", order.no);
    }
    let sum: i64 = orders.iter().map(|order| order.paid).sum();
    text + &format!("#总笔数：{}笔\n#交易总金额：{}元\n", orders.len(), in_yuan(sum))
}

/// An amount in yuan.
pub(super) fn in_yuan(minor: i64) -> String {
    yuan(minor)
}
