//! Reading: files of every format, compressed or not, as batches of raw records that workers can parse on their own.

pub mod batch;
pub mod folds;
pub mod format;
pub mod html;
pub mod input;
pub mod labelled;
pub mod near;
pub mod quoting;
pub mod reader;
pub mod rows;
pub mod source;
