//! Integration tests: the library and the program from outside.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod articles;
mod corpus;
mod determinism;
mod docs;
mod eval;
mod floors;
mod input;
mod inspect;
mod limits;
mod model_file;
mod predict;
mod pruning;
mod reference;
mod support;
mod train;
