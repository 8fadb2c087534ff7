//! The block of configuration for what is not configured yet.

use std::collections::BTreeMap;

/// What is to be written into the configuration: `[orders]` or `[account.statement]` and its tables.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Single keys.
    pub(super) keys: BTreeMap<&'static str, String>,
    /// Words, by their table: the file's word and ours; `None` where nobody can guess it.
    pub(super) tables: BTreeMap<&'static str, BTreeMap<String, Option<String>>>,
    /// Our column and the file's names for it.
    pub(super) columns: Vec<(&'static str, Vec<String>)>,
}

impl Block {
    /// Notes a word of the file; says whether it is a new one that could be guessed.
    pub(super) fn word(&mut self, table: &'static str, theirs: &str, ours: Option<&str>) -> bool {
        let words = self.tables.entry(table).or_default();
        if words.contains_key(theirs) {
            return false;
        }
        words.insert(theirs.to_owned(), ours.map(str::to_owned));
        ours.is_some()
    }

    /// The block as TOML below `section`, such as `orders`. `choices` are our words of a table, for who
    /// has to choose.
    pub(super) fn toml(&self, section: &str, choices: &dyn Fn(&str) -> String) -> String {
        let mut text = String::new();
        let mut line = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        if !self.keys.is_empty() {
            line(&format!("[{section}]"));
        }
        for (key, value) in &self.keys {
            line(&format!("{key} = {}", quoted(value)));
        }
        if !self.columns.is_empty() {
            line(&format!("[{section}.columns]"));
        }
        for (ours, theirs) in &self.columns {
            let names: Vec<_> = theirs.iter().map(|name| quoted(name)).collect();
            match names.as_slice() {
                [name] => line(&format!("{ours} = {name}")),
                names => line(&format!("{ours} = [{}]", names.join(", "))),
            }
        }
        for (table, words) in &self.tables {
            line(&format!("[{section}.{table}]"));
            for (theirs, ours) in words {
                match ours {
                    Some(ours) => line(&format!("{} = {}", quoted(theirs), quoted(ours))),
                    None => line(&format!("# {} = \"\"  # {}", quoted(theirs), choices(table))),
                }
            }
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_configuration_that_can_be_pasted() {
        let mut block = Block::default();
        block.keys.insert("kind", "payment".to_owned());
        block.columns.push(("order_no", vec!["订单\"号".to_owned()]));
        block.columns.push(("paid_at", vec!["日期".to_owned(), "时间".to_owned()]));
        assert!(block.word("statuses", "已支付", Some("succeeded")));
        assert!(!block.word("statuses", "已支付", Some("succeeded")));
        assert!(!block.word("statuses", "怪", None));
        let text = block.toml("orders", &|_| "pending | succeeded".to_owned());
        let parsed: toml::Table = text.parse().expect("TOML");
        let orders = &parsed["orders"];
        assert_eq!(orders["kind"].as_str(), Some("payment"));
        assert_eq!(orders["columns"]["order_no"].as_str(), Some("订单\"号"));
        assert_eq!(orders["columns"]["paid_at"].as_array().map(Vec::len), Some(2));
        assert_eq!(orders["statuses"]["已支付"].as_str(), Some("succeeded"));
        assert!(text.contains("# \"怪\" = \"\"  # pending | succeeded\n"), "{text}");
    }
}
