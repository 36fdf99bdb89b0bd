//! Reading: files of every format, compressed or not, as batches of raw records that workers can parse on their own.

pub mod batch;
pub mod folds;
pub mod format;
pub mod header;
pub mod html;
pub mod input;
mod json;
pub mod labelled;
pub mod near;
pub mod reader;
mod records;
pub mod rows;
pub mod scan;
pub mod source;
mod table;
