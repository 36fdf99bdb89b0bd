#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod bulk;
pub mod cli;
pub mod corpus;
pub mod error;
pub mod eval;
pub mod features;
pub mod metrics;
pub mod model;
pub mod output;
pub mod progress;
pub mod report;
pub mod schema;
pub mod solver;
pub mod text;

pub use error::{Error, Result};
