//! The sheet of notes: what this is, whether it can be trusted, how to read it, and who signs it.

use rust_xlsxwriter::{ColNum, Format, FormatAlign, RowNum, Workbook, Worksheet, XlsxError};

use super::formats::Formats;
use super::{Paper, exact_number, height_of};
use crate::report::headline::Doubt;
use crate::report::manifest;
use crate::report::overview::{Account, Made};
use crate::report::sentence::Voice;
use crate::report::summary::Figures;
use crate::wording::{self, Word};

/// Columns and their widths in characters.
const WIDTHS: [u32; 8] = [22, 16, 22, 18, 24, 14, 16, 60];

struct Front<'a> {
    sheet: &'a mut Worksheet,
    row: RowNum,
    formats: &'a Formats,
    voice: Voice,
}

/// Writes the sheet.
pub(super) fn write(
    book: &mut Workbook,
    made: Made<'_>,
    accounts: &[Account<'_>],
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut front = Front::begin(book, made.label(), made.voice, formats)?;
    front.about(made)?;
    front.accounts(accounts)?;
    front.notes(&made.manifest.notes)?;
    front.signatures()?;
    front.files(made)
}

/// What the sheet of notes of another workbook says.
pub(in crate::report) struct Cover {
    /// The title.
    pub(in crate::report) title: String,
    /// What of, as a label and its value.
    pub(in crate::report) about: (&'static str, String),
    /// The names of the table's columns.
    pub(in crate::report) header: Vec<&'static str>,
    /// The table: each text, and whether it is bad news.
    pub(in crate::report) rows: Vec<Vec<(String, bool)>>,
}

/// Writes the sheet with what a cover says.
pub(super) fn write_cover(
    book: &mut Workbook,
    made: Made<'_>,
    cover: &Cover,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let mut front = Front::begin(book, made.label(), made.voice, formats)?;
    let (label, value) = &cover.about;
    front.title(&cover.title, label, value, made)?;
    front.header(&cover.header, &[5, 6])?;
    for row in &cover.rows {
        for (at, (text, is_bad)) in (0..).zip(row) {
            front.value(at, text, if *is_bad { &formats.alarm } else { &formats.wrapped })?;
        }
        front.next();
    }
    front.notes(&made.manifest.notes)?;
    front.signatures()?;
    front.files(made)
}

impl<'a> Front<'a> {
    fn begin(
        book: &'a mut Workbook,
        label: &str,
        voice: Voice,
        formats: &'a Formats,
    ) -> Result<Self, XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name(voice.pick("说明", "notes"))?;
        let title = voice.pick("说明", "notes");
        Paper { title, label, language: voice.language, pages_wide: 1 }.set(sheet);
        for (at, width) in (0..).zip(WIDTHS) {
            sheet.set_column_width(at, width)?;
        }
        Ok(Self { sheet, row: 0, formats, voice })
    }

    fn cell(&mut self, at: ColNum, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, at, text, format)?;
        Ok(())
    }

    /// A text, or the amount that it is as a number.
    fn value(&mut self, at: ColNum, text: &str, format: &Format) -> Result<(), XlsxError> {
        let amount = exact_number(text).filter(|_| text.contains('.'));
        match amount {
            Some(number) => {
                let format = format
                    .clone()
                    .set_num_format("#,##0.00")
                    .set_align(FormatAlign::Right)
                    .set_indent(0);
                self.sheet.write_number_with_format(self.row, at, number, &format)?;
            }
            None => self.cell(at, text, format)?,
        }
        Ok(())
    }

    fn next(&mut self) {
        self.row = self.row.saturating_add(1);
    }

    fn pair(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        let formats = self.formats;
        self.cell(0, label, &formats.label)?;
        self.sheet.write_string(self.row, 1, text)?;
        self.next();
        Ok(())
    }

    /// Names of columns; those of numbers are given by their places.
    fn header(&mut self, names: &[&str], numbers: &[ColNum]) -> Result<(), XlsxError> {
        self.next();
        let formats = self.formats;
        for (at, name) in (0..).zip(names) {
            let is_number = numbers.contains(&at);
            let format = if is_number { &formats.number_header } else { &formats.header };
            self.cell(at, name, format)?;
        }
        self.next();
        Ok(())
    }

    fn about(&mut self, made: Made<'_>) -> Result<(), XlsxError> {
        let date = made.label();
        let title = self.voice.pick("对账报告 {date}", "Reconciliation of {date}");
        let label = self.voice.pick("账期日", "business date");
        self.title(&title.replace("{date}", date), label, date, made)?;
        self.headline(made)
    }

    /// Can the day be booked, and what speaks against it: a line a row.
    fn headline(&mut self, made: Made<'_>) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        let Some((doubt, lines)) = made.headline() else { return Ok(()) };
        self.next();
        let label = voice.pick("结论", "verdict");
        for (at, line) in lines.iter().enumerate() {
            self.cell(0, if at == 0 { label } else { "" }, &formats.label)?;
            let format =
                if at == 0 && doubt != Doubt::None { &formats.alarm } else { &formats.wrapped };
            self.wide(1, line, format)?;
        }
        Ok(())
    }

    /// A text over the columns from one to the last, as high as it needs to be.
    fn wide(&mut self, from: ColNum, text: &str, format: &Format) -> Result<(), XlsxError> {
        let widths = WIDTHS.iter().skip(usize::from(from));
        let width = widths.fold(0_u32, |sum, width| sum.saturating_add(*width));
        self.sheet.merge_range(self.row, from, self.row, 7, text, format)?;
        let width = usize::try_from(width).unwrap_or(1);
        if let Some(height) = height_of(std::iter::once((text, width))) {
            self.sheet.set_row_height(self.row, height)?;
        }
        self.next();
        Ok(())
    }

    fn title(
        &mut self,
        title: &str,
        label: &str,
        value: &str,
        made: Made<'_>,
    ) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        self.cell(0, title, &formats.title)?;
        self.next();
        self.pair(label, value)?;
        let tool = format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        self.pair(voice.pick("程序版本", "version"), &tool)?;
        self.pair(voice.pick("配置摘要", "configuration digest"), &made.manifest.config_digest)
    }

    fn accounts(&mut self, accounts: &[Account<'_>]) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        let names = if voice.pick("zh", "en") == "zh" {
            [
                "账户",
                "渠道",
                "商户号",
                "核对结论",
                "覆盖范围",
                "差异金额(元)",
                "未解释差额(元)",
                "原因",
            ]
        } else {
            [
                "account",
                "provider",
                "merchant_no",
                "verdict",
                "coverage",
                "difference",
                "unexplained",
                "reason",
            ]
        };
        self.header(&names, &[5, 6])?;
        for account in accounts {
            let coverage = account.coverage.map_or("", |coverage| coverage.word(voice.language));
            let verdict = if account.is_proved() { &formats.wrapped } else { &formats.alarm };
            let odd = if account.is_explained() { &formats.wrapped } else { &formats.alarm };
            let shown = |of: fn(&Figures) -> i64| {
                manifest::unexplained(account.totals.iter().map(|(c, figures)| (*c, of(figures))))
            };
            self.cell(0, &account.shown(), &formats.wrapped)?;
            self.cell(
                1,
                wording::provider(&account.entry.provider, voice.language),
                &formats.wrapped,
            )?;
            self.cell(2, &account.entry.merchant_no, &formats.wrapped)?;
            self.cell(3, account.verdict.word(voice.language), verdict)?;
            self.cell(4, coverage, &formats.wrapped)?;
            self.value(5, &shown(|figures| figures.difference_minor), &formats.wrapped)?;
            self.value(6, &shown(|figures| figures.unexplained_minor), odd)?;
            let about = account.about().collect::<Vec<_>>().join(voice.pick("；", "; "));
            self.cell(7, &about, &formats.wrapped)?;
            let difference = shown(|figures| figures.difference_minor);
            let texts = [
                about.as_str(),
                difference.as_str(),
                account.verdict.word(voice.language),
                coverage,
            ];
            if let Some(height) = height_of(texts.into_iter().zip([60, 14, 18, 24])) {
                self.sheet.set_row_height(self.row, height)?;
            }
            self.next();
        }
        Ok(())
    }

    fn files(&mut self, made: Made<'_>) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        let rows = voice.pick("行数", "rows");
        self.header(&[voice.pick("文件", "file"), rows, "SHA-256"], &[1])?;
        for (kind, written) in made.written {
            let name = kind.name(made.label(), voice.language);
            self.cell(0, &name, &formats.wrapped)?;
            self.sheet.write_with_format(self.row, 1, written.rows, &formats.whole)?;
            self.cell(2, &written.sha256, &formats.top)?;
            self.next();
        }
        Ok(())
    }

    fn notes(&mut self, notes: &[String]) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        self.header(&[voice.pick("说明", "notes")], &[])?;
        for note in notes {
            self.wide(0, note, &formats.wrapped)?;
        }
        Ok(())
    }

    fn signatures(&mut self) -> Result<(), XlsxError> {
        let (voice, formats) = (self.voice, self.formats);
        self.next();
        let places = [
            (0, voice.pick("制表人", "prepared by")),
            (2, voice.pick("复核人", "reviewed by")),
            (4, voice.pick("日期", "date")),
        ];
        for (at, label) in places {
            self.cell(at, label, &formats.label)?;
            self.sheet.write_blank(self.row, at.saturating_add(1), &formats.blank)?;
        }
        self.next();
        Ok(())
    }
}
