//! The closed lists that only reports have, in words of both languages.

use crate::report::balances::{NoBridge, Section, SignLine, StatementLine};
use crate::report::month::claim::{Basis, Charge};
use crate::wording::words;

words! {
    Section {
        Parts = "余额组成",
        Bridge = "余额变动",
        Statement = "余额调节",
        Signatures = "签字",
        Terms = "渠道条款",
    }
    SignLine {
        PreparedBy = "制表人",
        ReviewedBy = "复核人",
        SignedOn = "日期",
    }
    Basis {
        Transaction = "逐笔",
        Day = "按日合计取整",
        Total = "合计",
    }
    Charge {
        Overcharged = "多收",
        Undercharged = "少收",
        Neither = "无",
    }
    StatementLine {
        BookBalance = "商户账面余额",
        ReceivedNotBooked = "加：渠道已收商户未记",
        PaidNotBooked = "减：渠道已付商户未记",
        AdjustedBook = "调节后商户余额",
        ProviderBalance = "渠道余额",
        BookedNotReceived = "加：商户已记渠道未收",
        BookedNotPaid = "减：商户已记渠道未付",
        AdjustedProvider = "调节后渠道余额",
        Difference = "调节后差额",
    }
    NoBridge {
        NotStated = "无余额接口",
        NoClosing = "缺期末余额",
        NoOpening = "缺期初余额",
        NotSettled = "未结算",
        ClosingUnread = "期末余额读不出",
        OpeningUnread = "期初余额读不出",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::check;

    #[test]
    fn every_word_goes_back_to_its_value() {
        check(Section::ALL);
        check(StatementLine::ALL);
        check(NoBridge::ALL);
        check(SignLine::ALL);
        check(Basis::ALL);
        check(Charge::ALL);
    }
}
