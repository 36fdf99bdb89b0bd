//! Integration tests: the library and the program from outside.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod corpus;
mod determinism;
mod docs;
mod floors;
mod reference;
