//! What is said of a file with far fewer rows than usual.

use crate::config::Language;
use crate::rules::usual::UnusualFile;

/// The sentence, without a full stop.
pub fn few(file: &UnusualFile, language: Language) -> String {
    let UnusualFile { name, rows, usual } = file;
    match (language, rows, usual) {
        (Language::Zh, 0, _) => format!("文件 {name} 只有表头，没有数据行：请核实是否导出完整"),
        (Language::Zh, _, Some(usual)) => {
            format!("文件 {name} 只有 {rows} 行，此前通常约 {usual} 行：请核实是否导出完整")
        }
        (Language::Zh, _, None) => format!("文件 {name} 只有 {rows} 行：请核实是否导出完整"),
        (Language::En, 0, _) => {
            format!(
                "the file {name} is empty below its header: make sure that its export was whole"
            )
        }
        (Language::En, _, Some(usual)) => format!(
            "the file {name} has {rows} rows where about {usual} are usual: make sure that its export \
             was whole"
        ),
        (Language::En, _, None) => {
            format!("the file {name} has {rows} rows: make sure that its export was whole")
        }
    }
}
