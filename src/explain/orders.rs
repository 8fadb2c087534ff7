//! A file of orders.

use crate::config::{OrderSettings, Sign};
use crate::explain::block::Block;
use crate::explain::{
    Asked, Explained, Field, ROUNDS_MAX, ROWS_SHOWN, guess, known_accounts, spool,
};
use crate::intake::{
    self, IntakeError, ORDER_COLUMNS, OrdersRequest, examine_orders, is_data, likeliest,
    read_orders,
};
use crate::money::units;
use crate::order::{Order, RejectionReason};
use crate::status::{Kind, MerchantStatus};
use crate::story::story;

/// Explains a file of orders.
pub fn orders(asked: &Asked<'_>) -> Explained {
    let mut settings = asked.config.orders.clone();
    let mut block = Block::default();
    let mut explained = Explained::new(asked, "orders");
    for _ in 0..ROUNDS_MAX {
        explained = Explained::new(asked, "orders");
        let learnt = match read(asked, &settings, &mut explained) {
            Ok(()) => words(&explained, &mut settings, &mut block),
            Err(error) => {
                let is_of_columns = matches!(error, IntakeError::Columns { .. });
                explained.problem = Some(story(&error));
                is_of_columns && columns(asked, &mut settings, &mut block)
            }
        };
        if !learnt {
            break;
        }
    }
    explained.block = block.toml("orders", &choices);
    explained
}

/// Reads a file of orders as the configuration stands, without guessing anything.
pub fn orders_as_configured(asked: &Asked<'_>) -> Explained {
    let mut explained = Explained::new(asked, "orders");
    if let Err(error) = read(asked, &asked.config.orders, &mut explained) {
        explained.problem = Some(story(&error));
    }
    explained
}

fn choices(table: &str) -> String {
    let codes: Vec<_> = match table {
        "kinds" => Kind::ALL.iter().map(|kind| kind.code()).collect(),
        _ => MerchantStatus::ALL.iter().map(|status| status.code()).collect(),
    };
    codes.join(" | ")
}

fn read(
    asked: &Asked<'_>,
    settings: &OrderSettings,
    explained: &mut Explained,
) -> Result<(), IntakeError> {
    let (spool, accounts) = (spool(asked.name)?, known_accounts(asked.config));
    let business_day = asked.config.business_day;
    let request = OrdersRequest {
        path: asked.path,
        name: asked.name,
        settings,
        business_day,
        accounts: &accounts,
        business_date: asked.date.unwrap_or_else(|| business_day.date_of(asked.now)),
        now: asked.now,
        spool: spool.path(),
    };
    let file = examine_orders(&request)?;
    file.encoding.clone_into(&mut explained.encoding);
    explained.inside.clone_from(&file.inside);
    let read = read_orders(&request, &file)?;
    explained.has_head(read.head);
    explained.read = read.read;
    explained.lines = read.file.lines;
    explained.totals = read.totals;
    let failed = |source| IntakeError::Spool { name: asked.name.to_owned(), source };
    let mut first: Vec<Order> = Vec::new();
    for order in read.orders {
        let order = order.map_err(failed)?;
        explained.is_of(order.business_date);
        let at = first.partition_point(|known| known.line <= order.line);
        if at < ROWS_SHOWN {
            first.insert(at, order);
            first.truncate(ROWS_SHOWN);
        }
    }
    explained.rows = first.iter().map(|order| fields(asked, order)).collect();
    for rejection in read.rejections {
        explained.refuses(rejection.map_err(failed)?);
    }
    Ok(())
}

fn fields(asked: &Asked<'_>, order: &Order) -> Vec<Field> {
    let language = asked.config.reports.language;
    let time = |moment| asked.config.business_day.text(moment);
    let (stream, currency) = (&order.key.stream, order.amount.currency);
    let word = |word: &str| word.to_owned();
    let all = [
        ("line", order.line.to_string()),
        ("account", stream.account.clone()),
        ("kind", word(crate::wording::Word::word(stream.kind, language))),
        ("product", stream.product.clone()),
        ("order_no", order.key.order_no.clone()),
        ("provider_order_no", order.provider_order_no.clone()),
        ("original_order_no", order.original_order_no.clone()),
        ("amount", units(order.amount.minor, currency)),
        ("currency", currency.to_string()),
        ("status", word(crate::wording::Word::word(order.status, language))),
        ("created_at", order.created_at.map(time).unwrap_or_default()),
        ("paid_at", order.paid_at.map(time).unwrap_or_default()),
        ("fee", order.fee_minor.map(|fee| units(fee, currency)).unwrap_or_default()),
        ("business_date", order.business_date.to_string()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// Guesses the columns that the configuration does not name; says whether that may help.
fn columns(asked: &Asked<'_>, settings: &mut OrderSettings, block: &mut Block) -> bool {
    if !block.columns.is_empty() || !block.keys.is_empty() {
        return false;
    }
    let configured = settings.columns.clone();
    let wanted =
        |ours: &str| configured.get(ours).cloned().unwrap_or_else(|| vec![ours.to_owned()]);
    let is_there = |ours: &str, names: &[String]| {
        let wanted: Vec<_> = wanted(ours).iter().map(|name| crate::text::folded(name)).collect();
        names.iter().any(|name| wanted.contains(&crate::text::folded(name)))
    };
    let score = |names: &[String]| {
        if names.iter().any(|name| is_data(name)) {
            return 0;
        }
        let is_likely = |ours: &&&str| is_there(ours, names) || likeliest(ours, names).is_some();
        ORDER_COLUMNS.iter().filter(is_likely).count()
    };
    let Ok(looked) = intake::look(asked.path, asked.name, &score) else { return false };
    let names = looked.names;
    let mut free: Vec<String> = names.clone();
    free.retain(|name| !configured.values().flatten().any(|known| known == name));
    for ours in ORDER_COLUMNS {
        if is_there(ours, &names) {
            continue;
        }
        let Some(theirs) = likeliest(ours, &free).cloned() else { continue };
        free.retain(|name| *name != theirs);
        let mut found = vec![theirs];
        let apart =
            guess::apart(&names).filter(|[date, _]| ours == "paid_at" && found.contains(date));
        found.extend(apart.map(|[_, time]| time.clone()));
        settings.columns.insert(ours.to_owned(), found.clone());
        block.columns.push((ours, found));
    }
    let lacks = |ours: &str, settings: &OrderSettings| {
        !is_there(ours, &names) && !settings.columns.contains_key(ours)
    };
    let missing = [lacks("account", settings), lacks("kind", settings)];
    guess_what_all_rows_are(asked, settings, block, missing);
    !block.columns.is_empty() || !block.keys.is_empty()
}

/// Guesses the account and the kind of all rows, where the file does not have such a column.
fn guess_what_all_rows_are(
    asked: &Asked<'_>,
    settings: &mut OrderSettings,
    block: &mut Block,
    [lacks_account, lacks_kind]: [bool; 2],
) {
    if settings.of_all.account.is_none() && lacks_account {
        let only = match asked.config.accounts.as_slice() {
            [only] => Some(only.account.name.clone()),
            _ => asked.account.map(|account| account.account.name.clone()),
        };
        if let Some(account) = only {
            block.keys.insert("account", account.clone());
            settings.of_all.account = Some(account);
        }
    }
    if settings.of_all.kind.is_none() && lacks_kind {
        block.keys.insert("kind", Kind::Payment.code().to_owned());
        settings.of_all.kind = Some(Kind::Payment);
    }
}

/// Guesses the words that were refused; says whether reading again may come to more.
fn words(explained: &Explained, settings: &mut OrderSettings, block: &mut Block) -> bool {
    let mut learnt = false;
    let head = explained.head.clone().unwrap_or_default();
    let column = |name: &str| {
        let at = head.names.iter().position(|known| known == name)?;
        head.used.iter().find(|(_, used)| *used == at).map(|(ours, _)| *ours)
    };
    for rejection in &explained.refusals {
        let word = rejection.value.as_str();
        match (rejection.reason, column(&rejection.column)) {
            (RejectionReason::UnknownWord, Some("kind")) => {
                let kind = guess::row_kind(word).and_then(crate::config::RowKind::order_kind);
                learnt |= block.word("kinds", word, kind.map(Kind::code));
                settings.kinds.extend(kind.map(|kind| (word.to_owned(), kind)));
            }
            (RejectionReason::UnknownWord, Some("status")) => {
                let status = guess::merchant_status(word);
                learnt |= block.word("statuses", word, status.map(MerchantStatus::code));
                settings.statuses.extend(status.map(|status| (word.to_owned(), status)));
            }
            (RejectionReason::Negative, Some("amount"))
                if settings.refunds == Sign::Positive
                    && matches!(rejection.kind, Some(Kind::Refund)) =>
            {
                block.keys.insert("refunds", Sign::Negative.code().to_owned());
                settings.refunds = Sign::Negative;
                learnt = true;
            }
            _ => {}
        }
    }
    learnt
}
