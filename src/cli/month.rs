//! `month`: what finance closes the books with.

use crate::cli::answer::Answer;
use crate::cli::documents::ReportOfMonth;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{DateArg, FutureDate, MonthArgs};
use crate::context::House;
use crate::month::Month;
use crate::report::month;

/// Writes the report of a month and shows a line per account.
pub(crate) async fn run(house: &House, args: MonthArgs) -> Result<Answer, Failure> {
    let (now, business_day) = (house.clock.now(), &house.config.business_day);
    let month = match args.month {
        Some(month) => {
            let today = business_day.date_of(now);
            if month.first() > today {
                return Err(FutureDate { date: month.first(), today }.into());
            }
            month
        }
        None => Month::of(DateArg::Yesterday.resolve(now, business_day)?),
    };
    let _lock = house.lock("month").await?;
    let set = house.month(month).await?;
    let code = if set.is_proved() { DONE } else { UNPROVED };
    let text = month::text(&set, house.config.reports.language);
    Ok(Answer::new(code, text, &ReportOfMonth::of(&set)))
}
