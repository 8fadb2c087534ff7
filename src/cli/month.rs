//! `month`: what finance closes the books with.

use crate::app::App;
use crate::cli::answer::Answer;
use crate::cli::documents::ReportOfMonth;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{DateArg, FutureDate, MonthArgs};
use crate::month::Month;
use crate::report::month;

/// Writes the report of a month and shows a line per account.
pub(crate) async fn run(app: &App, args: MonthArgs) -> Result<Answer, Failure> {
    let (now, business_day) = (app.clock.now(), &app.config.business_day);
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
    let _lock = app.lock("month").await?;
    let set = app.month(month).await?;
    let code = if set.is_proved() { DONE } else { UNPROVED };
    let text = month::text(&set, app.config.reports.language);
    Ok(Answer::new(code, text, &ReportOfMonth::of(&set)))
}
