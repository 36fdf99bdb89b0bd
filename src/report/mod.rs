//! Output formats, one small file each.

pub mod evaluation_json;
pub mod evaluation_text;
pub mod inspection_text;
pub mod record;
pub mod record_csv;
pub mod record_jsonl;
pub mod table;
