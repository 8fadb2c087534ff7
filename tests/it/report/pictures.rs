//! Goal: page and index can be read on every screen, by keyboard and on paper. Method: headless Chromium
//! opens them at three widths, light and dark, in both languages; it measures, filters, and prints.
//!
//! With `DUIZHANG_PICTURES=DIR` the pictures of all that, of every sheet of the workbook as `LibreOffice` prints it,
//! and of what the chats show are kept there: `DUIZHANG_PICTURES=/tmp/pictures cargo test --test it report::pictures`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use duizhang::config::{Language, Rights};
use duizhang::report::index;
use tempfile::TempDir;

use super::{App, en, zh};

/// Widths of a screen, a tablet and a phone, in pixels.
const WIDTHS: [u32; 3] = [1366, 1024, 390];

/// Runs a program that not every machine has.
#[expect(clippy::print_stderr, reason = "who runs the tests should see what was left out")]
fn ran(program: &str, args: &[&str]) -> Option<Output> {
    let Ok(output) = Command::new(program).args(args).output() else {
        eprintln!(
            "SKIPPED: {program} is not installed: what it would have shown was NOT looked at"
        );
        return None;
    };
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    Some(output)
}

/// Opens a file in Chromium. Nothing may come from it on the console.
fn chromium(profile: &Path, args: &[&str], page: &Path) -> Option<String> {
    let profile = format!("--user-data-dir={}", profile.display());
    let page = format!("file://{}", page.display());
    let mut all = vec!["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"];
    all.extend(["--enable-logging=stderr", "--allow-file-access-from-files", &profile]);
    all.extend(args);
    all.push(&page);
    let output = ran("chromium", &all)?;
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{page}: {console:#?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A page that opens others at every width, light and dark, and writes down what is wrong with them.
fn measuring(pages: &[PathBuf]) -> String {
    let script = include_str!("measure.js");
    let pages: Vec<_> = pages.iter().map(|page| page.to_str().unwrap()).collect();
    let (pages, widths) = (serde_json::to_string(&pages).unwrap(), format!("{WIDTHS:?}"));
    format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><body><script>const PAGES = {pages}, WIDTHS = {widths};\n\
         {script}</script></body>"
    )
}

/// The words of a printed page that lie outside of it, and all its words.
fn printed(pdf: &Path) -> Option<(Vec<String>, String)> {
    let boxes = ran("pdftotext", &["-bbox", pdf.to_str().unwrap(), "-"])?;
    let text = String::from_utf8(boxes.stdout).unwrap();
    let number = |line: &str, name: &str| -> f64 {
        let rest = line.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let (mut width, mut outside, mut words) = (0.0, Vec::new(), String::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with("<page ") {
            width = number(line, "width");
        } else if line.starts_with("<word ") {
            if number(line, "xMin") < 0.0 || number(line, "xMax") > width {
                outside.push(line.to_owned());
            }
            words.push_str(line.split('>').nth(1).unwrap().split('<').next().unwrap());
        }
    }
    Some((outside, words))
}

/// Where pictures are kept, where somebody wants them.
fn pictures() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("DUIZHANG_PICTURES")?);
    fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

fn page(folder: &Path, ending: &str) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.to_str().unwrap().ends_with(ending)).unwrap()
}

#[tokio::test]
async fn page_and_index_can_be_read_on_every_screen_and_on_paper() {
    let profile = TempDir::new().unwrap();
    for settings in [zh(), en()] {
        let app = App::with_a_day().await;
        app.write(&settings).await.unwrap();
        index::write(&app.reports(), settings.language, Rights::default()).unwrap();
        let pages = [page(&app.set(), ".html"), app.reports().join(index::NAME)];
        let measure = app.folder.path().join("measure.html");
        fs::write(&measure, measuring(&pages)).unwrap();
        let run =
            chromium(profile.path(), &["--virtual-time-budget=60000", "--dump-dom"], &measure);
        let Some(dom) = run else { return };
        let measured = dom.split("<pre>").nth(1).and_then(|it| it.split("</pre>").next());
        assert_eq!(measured, Some("12 opened\n"));

        let pdf = app.folder.path().join("page.pdf");
        let to_pdf = format!("--print-to-pdf={}", pdf.display());
        chromium(profile.path(), &[&to_pdf, "--no-pdf-header-footer"], &pages[0]);
        if let Some((outside, words)) = printed(&pdf) {
            assert!(outside.is_empty(), "{outside:#?}");
            let csv = app.set().join(pages[0].file_name().unwrap()).to_str().unwrap().to_owned();
            let html = fs::read_to_string(csv).unwrap();
            for cell in html.split("<tr id=\"").skip(1) {
                let id = cell.split('"').next().unwrap();
                assert!(words.contains(id), "{id} is not on paper: {words}");
            }
        }
        if let Some(folder) = pictures() {
            draw(&folder, &profile, &pages, &pdf, settings.language);
            sheets(&folder, &page(&app.set(), ".xlsx"), settings.language);
            let cards = app.folder.path().join("cards.html");
            fs::write(&cards, crate::robots::cards().await).unwrap();
            let to = format!("--screenshot={}", folder.join("cards.png").display());
            chromium(profile.path(), &[&to, "--window-size=520,1300"], &cards);
        }
    }
}

/// Pictures of the pages at every width, light and dark, and as printed.
fn draw(folder: &Path, profile: &TempDir, pages: &[PathBuf], pdf: &Path, language: Language) {
    let language = language.code();
    for (path, name) in pages.iter().zip(["page", "index"]) {
        for width in WIDTHS {
            // 0 is dark.
            for (scheme, number) in [("dark", 0), ("light", 1)] {
                let file = folder.join(format!("{name}-{language}-{width}-{scheme}.png"));
                let to = format!("--screenshot={}", file.display());
                let size = format!("--window-size={width},2600");
                let scheme = format!("--blink-settings=preferredColorScheme={number}");
                chromium(profile.path(), &[&to, &size, &scheme], path);
            }
        }
    }
    let to = folder.join(format!("print-{language}"));
    ran("pdftoppm", &["-r", "70", "-png", pdf.to_str().unwrap(), to.to_str().unwrap()]);
}

/// Pictures of the sheets as they are printed.
fn sheets(folder: &Path, book: &Path, language: Language) {
    let profile = folder.join("office");
    let office = format!("-env:UserInstallation=file://{}", profile.display());
    let (out, book) = (folder.to_str().unwrap(), book.to_str().unwrap());
    let args = [&office, "--headless", "--convert-to", "pdf", "--outdir", out, book];
    if ran("soffice", &args).is_none() {
        return;
    }
    let stem = Path::new(book).file_stem().unwrap().to_str().unwrap();
    let pdf = folder.join(format!("{stem}.pdf"));
    let to = folder.join(format!("sheet-{}", language.code()));
    ran("pdftoppm", &["-r", "60", "-png", pdf.to_str().unwrap(), to.to_str().unwrap()]);
}
