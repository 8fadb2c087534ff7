//! The columns of a query's result, and whether their types hold what they are needed for.

/// A column of the result.
pub(super) struct Column {
    pub(super) name: String,
    /// The database's name of its type.
    pub(super) type_name: String,
    pub(super) fit: Fit,
}

/// Whether a type's values become text exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Exact,
    /// A binary fraction, which holds no amount exactly.
    Float,
    /// A truth value, which is no word.
    Truth,
    /// Bytes, a time without a date, or what has parts.
    Other,
}

/// A column that is needed.
pub(super) struct Used {
    /// Its place in the result, from 0.
    pub(super) at: usize,
    pub(super) name: String,
    /// Our name for it.
    pub(super) ours: &'static str,
}

/// What is wrong with a column of a type, and what to write instead.
pub(super) fn misfit(name: &str, type_name: &str, fit: Fit, ours: &str) -> Option<String> {
    let is_money = matches!(ours, "amount" | "fee" | "refund_amount");
    let advice = match (fit, is_money) {
        (Fit::Exact, _) => return None,
        (Fit::Float, true) => {
            "which cannot hold every amount exactly: store it as a decimal or in whole fen, or, if it \
             has to be so, round it in the query to a decimal of two digits"
        }
        (Fit::Float, false) => "which cannot hold long numbers: cast it to text where it is exact",
        (Fit::Truth, _) => "which says yes or no: turn it into words with CASE",
        (Fit::Other, _) => "which is neither text, number nor time: cast it to text",
    };
    Some(format!("{name:?} as {type_name}, {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_not_exact_is_refused_with_what_to_write() {
        assert_eq!(misfit("price", "NUMERIC", Fit::Exact, "amount"), None);
        let table = [
            (Fit::Float, "amount", "a decimal or in whole fen"),
            (Fit::Float, "fee", "a decimal or in whole fen"),
            (Fit::Float, "order_no", "cast it to text"),
            (Fit::Truth, "status", "CASE"),
            (Fit::Other, "paid_at", "cast it to text"),
        ];
        for (fit, ours, advice) in table {
            let message = misfit("price", "X", fit, ours).unwrap();
            assert!(
                message.starts_with("\"price\" as X, which ") && message.contains(advice),
                "{message}"
            );
        }
    }
}
