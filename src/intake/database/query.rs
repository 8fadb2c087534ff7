//! The merchant's query: its placeholders become bound parameters, and nothing else is touched.

use std::collections::BTreeMap;

use super::DatabaseError;

/// How a database writes SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

/// What is bound to a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// The first moment of the day.
    Start,
    /// The first moment after it.
    End,
    /// A text that the configuration has under a name.
    Text(String),
}

/// A query with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// One statement, without a semicolon behind it.
    pub(super) sql: String,
    /// What is bound, in the order of the parameters.
    pub(super) bounds: Vec<Bound>,
}

const NAMES: [(&str, Bound); 2] = [("day_start", Bound::Start), ("day_end", Bound::End)];

/// Puts parameters in the places of `{day_start}`, `{day_end}` and of the names in `named`, each as often as
/// it occurs, but not in comments. In quotes they would be taken for text, so there they are refused.
///
/// # Errors
///
/// [`DatabaseError::Query`] when one of the two is missing, another placeholder is there, a quote or
/// comment is never closed, or there is a second statement.
pub(super) fn parsed(
    file: &str,
    text: &str,
    dialect: Dialect,
    named: &BTreeMap<String, String>,
) -> Result<Query, DatabaseError> {
    let problem = |problem: String| DatabaseError::Query { file: file.to_owned(), problem };
    let texts = named.iter().map(|(name, text)| (name.as_str(), Bound::Text(text.clone())));
    let known = NAMES.into_iter().chain(texts).collect();
    let mut reader =
        Reader { text, at: 0, dialect, names: known, sql: String::new(), seen: Vec::new() };
    reader.read().map_err(&problem)?;
    for (name, bound) in NAMES {
        if !reader.seen.contains(&bound) {
            return Err(problem(format!(
                "does not say {{{name}}}: it would give the orders of all days; write for example \
                 paid_at >= {{day_start}} AND paid_at < {{day_end}}"
            )));
        }
    }
    let bounds = reader.bounds();
    Ok(Query { sql: reader.sql, bounds })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    /// What can be named.
    names: Vec<(&'a str, Bound)>,
    sql: String,
    /// The placeholders in their order.
    seen: Vec<Bound>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Copies the next bytes as they are.
    fn copy(&mut self, bytes: usize) {
        let end = self.at.saturating_add(bytes);
        self.sql.push_str(self.text.get(self.at..end).unwrap_or_default());
        self.at = end;
    }

    /// What is bound, in the order of the parameters.
    fn bounds(&self) -> Vec<Bound> {
        if self.dialect == Dialect::MySql {
            return self.seen.clone();
        }
        let mut bounds = vec![Bound::Start, Bound::End];
        for bound in &self.seen {
            if !bounds.contains(bound) {
                bounds.push(bound.clone());
            }
        }
        bounds
    }

    fn read(&mut self) -> Result<(), String> {
        while let Some(next) = self.rest().chars().next() {
            if let Some(bytes) = self.comment()? {
                self.copy(bytes);
            } else if let Some(bytes) = self.quoted(next)? {
                let quoted = self.rest().get(..bytes).unwrap_or_default();
                if let Some((name, _)) =
                    self.names.iter().find(|(name, _)| quoted.contains(&format!("{{{name}}}")))
                {
                    return Err(format!(
                        "has {{{name}}} inside quotes, where it is only text: take the quotes away"
                    ));
                }
                self.copy(bytes);
            } else if next == '{' {
                self.placeholder()?;
            } else if next == ';' {
                return self.ended();
            } else {
                self.copy(next.len_utf8());
            }
        }
        Ok(())
    }

    /// Behind the first semicolon there may only be comments.
    fn ended(&mut self) -> Result<(), String> {
        self.at = self.at.saturating_add(1);
        while let Some(next) = self.rest().chars().next() {
            match self.comment()? {
                Some(bytes) => self.at = self.at.saturating_add(bytes),
                None if next.is_whitespace() || next == ';' => {
                    self.at = self.at.saturating_add(next.len_utf8());
                }
                None => return Err("has a second statement: leave one".to_owned()),
            }
        }
        Ok(())
    }

    fn placeholder(&mut self) -> Result<(), String> {
        let rest = self.rest();
        let name =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        let is_name = |name: &&str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let Some(name) = name.filter(is_name) else {
            self.copy(1);
            return Ok(());
        };
        let Some((_, bound)) = self.names.iter().find(|(known, _)| *known == name) else {
            let known: Vec<String> =
                self.names.iter().map(|(known, _)| format!("{{{known}}}")).collect();
            let known = known.join(", ").replacen(", {day_end}", " and {day_end}", 1);
            return Err(format!("says {{{name}}}: there are {known}"));
        };
        let bound = bound.clone();
        self.seen.push(bound.clone());
        // A numbered parameter is bound once, however often it occurs.
        let number = self.bounds().iter().position(|known| *known == bound).unwrap_or(0);
        let number = number.saturating_add(1);
        let parameter = match (self.dialect, bound) {
            (Dialect::Postgres, Bound::Text(_)) => format!("CAST(${number} AS text)"),
            (Dialect::Postgres, _) => format!("CAST(${number} AS timestamptz)"),
            (Dialect::MySql, Bound::Text(_)) => "?".to_owned(),
            (Dialect::MySql, _) => "CAST(? AS DATETIME)".to_owned(),
            (Dialect::Sqlite, _) => format!("?{number}"),
        };
        self.sql.push_str(&parameter);
        self.at = self.at.saturating_add(name.len()).saturating_add(2);
        Ok(())
    }

    /// How long the comment is that begins here.
    fn comment(&self) -> Result<Option<usize>, String> {
        let rest = self.rest();
        let dashes = rest.strip_prefix("--").is_some_and(|rest| {
            self.dialect != Dialect::MySql
                || rest.is_empty()
                || rest.starts_with(char::is_whitespace)
        });
        if dashes || (self.dialect == Dialect::MySql && rest.starts_with('#')) {
            return Ok(Some(rest.find('\n').unwrap_or(rest.len())));
        }
        if !rest.starts_with("/*") {
            return Ok(None);
        }
        let mut depth = 0_u32;
        let mut at = 0_usize;
        loop {
            let here = rest.get(at..).unwrap_or_default();
            let bytes = if here.starts_with("*/") {
                depth = depth.saturating_sub(1);
                2
            } else if here.starts_with("/*") && (depth == 0 || self.dialect == Dialect::Postgres) {
                depth = depth.saturating_add(1);
                2
            } else {
                let next = here.chars().next();
                next.ok_or("has a comment that is never closed")?.len_utf8()
            };
            at = at.saturating_add(bytes);
            if depth == 0 {
                return Ok(Some(at));
            }
        }
    }

    /// How long the text or name in quotes is that begins here.
    fn quoted(&self, first: char) -> Result<Option<usize>, String> {
        let close = match (first, self.dialect) {
            ('\'' | '"', _) => first,
            ('`', Dialect::MySql | Dialect::Sqlite) => '`',
            ('[', Dialect::Sqlite) => ']',
            ('$', Dialect::Postgres) => return self.dollar_quoted(),
            _ => return Ok(None),
        };
        let escapes = match self.dialect {
            Dialect::MySql => first != '`',
            Dialect::Postgres => first == '\'' && self.is_escape_string(),
            Dialect::Sqlite => false,
        };
        let mut inside = self.rest().char_indices().skip(1).peekable();
        while let Some((at, next)) = inside.next() {
            if next == '\\' && escapes {
                inside.next();
            } else if next == close {
                // Two of them stand for one.
                if inside.next_if(|(_, next)| *next == close && close != ']').is_none() {
                    return Ok(Some(at.saturating_add(close.len_utf8())));
                }
            }
        }
        Err(format!("has a {first} that is never closed"))
    }

    /// Whether PostgreSQL takes backslashes in this text for escapes: `E'…'`.
    fn is_escape_string(&self) -> bool {
        let mut before = self.text.get(..self.at).unwrap_or_default().chars().rev();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        before.next().is_some_and(|c| matches!(c, 'e' | 'E')) && !before.next().is_some_and(is_word)
    }

    /// `$tag$ … $tag$`; a parameter such as `$1` is none.
    fn dollar_quoted(&self) -> Result<Option<usize>, String> {
        let rest = self.rest();
        let Some((tag, _)) = rest.strip_prefix('$').and_then(|rest| rest.split_once('$')) else {
            return Ok(None);
        };
        let is_tag = !tag.starts_with(|c: char| c.is_ascii_digit())
            && tag.chars().all(|c| c.is_alphanumeric() || c == '_');
        let before = self.text.get(..self.at).unwrap_or_default().chars().next_back();
        if !is_tag || before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            return Ok(None);
        }
        let mark = tag.len().saturating_add(2);
        let quote = rest.get(..mark).unwrap_or_default();
        let end = rest.get(mark..).and_then(|inside| inside.find(quote));
        let end = end.ok_or_else(|| format!("has a {quote} that is never closed"))?;
        Ok(Some(end.saturating_add(mark).saturating_add(mark)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(text: &str, dialect: Dialect) -> Result<Query, String> {
        let named = [("mch_no".to_owned(), "M1".to_owned())].into();
        parsed("q.sql", text, dialect, &named).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_become_parameters_of_the_dialect_as_often_as_they_occur() {
        let text =
            "SELECT {day_start}\nWHERE a < {day_end} OR b > {day_start};\n-- end {day_end} ;\n";
        let table = [
            (Dialect::Postgres, "CAST($1 AS timestamptz)", "CAST($2 AS timestamptz)", 2),
            (Dialect::MySql, "CAST(? AS DATETIME)", "CAST(? AS DATETIME)", 3),
            (Dialect::Sqlite, "?1", "?2", 2),
        ];
        for (dialect, start, end, count) in table {
            let found = sql(text, dialect).unwrap();
            assert_eq!(found.sql, format!("SELECT {start}\nWHERE a < {end} OR b > {start}"));
            assert_eq!(found.bounds.len(), count);
        }
        let found = sql(text, Dialect::MySql).unwrap();
        assert_eq!(found.bounds, [Bound::Start, Bound::End, Bound::Start]);
    }

    #[test]
    fn settings_of_the_account_are_bound_and_never_pasted() {
        let text = "SELECT {day_start} {mch_no} {day_end} {mch_no}";
        let m1 = || Bound::Text("M1".to_owned());
        let numbered = vec![Bound::Start, Bound::End, m1()];
        let table = [
            (
                Dialect::Postgres,
                "SELECT CAST($1 AS timestamptz) CAST($3 AS text) CAST($2 AS timestamptz) \
                 CAST($3 AS text)",
                numbered.clone(),
            ),
            (
                Dialect::MySql,
                "SELECT CAST(? AS DATETIME) ? CAST(? AS DATETIME) ?",
                vec![Bound::Start, m1(), Bound::End, m1()],
            ),
            (Dialect::Sqlite, "SELECT ?1 ?3 ?2 ?3", numbered),
        ];
        for (dialect, expected, bounds) in table {
            assert_eq!(sql(text, dialect), Ok(Query { sql: expected.to_owned(), bounds }));
        }
        let error = sql("{mer_no} {day_start} {day_end}", Dialect::MySql).unwrap_err();
        assert!(error.contains("says {mer_no}: there are {day_start} and {day_end}, {mch_no}"));
    }

    #[test]
    fn what_stands_in_quotes_and_comments_is_left_alone() {
        use Dialect::{MySql, Postgres, Sqlite};
        let both = "{day_start} {day_end}";
        let table = [
            ("'it''s -- {x}' \"a;b\"", &[Postgres, MySql, Sqlite][..]),
            ("/* {day_start} ; ' */ x", &[Postgres, MySql, Sqlite]),
            ("-- {day_end} it's\n", &[Postgres, MySql, Sqlite]),
            ("/* /* ' */ ' */", &[Postgres]),
            ("# it's {x}\n", &[MySql]),
            ("'\\'' `a'b`", &[MySql]),
            ("'\\' E'\\'' e'\\\\'", &[Postgres]),
            ("$$ it's {x} ; $$ $a$ $$ ' $a$ $1", &[Postgres]),
            ("[it's ; {x}]", &[Sqlite]),
            ("{d '2026-11-20'} 单", &[MySql]),
        ];
        for (text, dialects) in table {
            for dialect in dialects {
                let found = sql(&format!("{text} {both}"), *dialect);
                let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
                assert!(found.sql.starts_with(text), "{}", found.sql);
            }
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        use Dialect::{MySql, Postgres, Sqlite};
        let table = [
            ("SELECT 1", Postgres, "does not say {day_start}"),
            ("SELECT {day_start}", Sqlite, "does not say {day_end}"),
            ("SELECT {date} {day_start} {day_end}", MySql, "says {date}: there are"),
            ("SELECT '{day_start}' {day_end}", Postgres, "inside quotes"),
            ("SELECT {day_start} \"{day_end}\"", MySql, "inside quotes"),
            ("SELECT $$ {day_start} $$, {day_end}", Postgres, "inside quotes"),
            ("SELECT {day_start}, {day_end}; DELETE FROM t", Sqlite, "second statement"),
            ("SELECT ' {day_start}", Postgres, "a ' that is never closed"),
            ("SELECT $a$ {day_start} $b$", Postgres, "a $a$ that is never closed"),
            ("SELECT /* {day_start}", MySql, "comment that is never closed"),
            ("-- {day_start} {day_end}", Sqlite, "does not say {day_start}"),
        ];
        for (text, dialect, problem) in table {
            let error = sql(text, dialect).unwrap_err();
            assert!(error.contains("q.sql") && error.contains(problem), "{text}: {error}");
        }
    }
}
