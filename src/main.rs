//! wiretag: tags the paragraphs of news articles.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use wiretag::cli::{self, Arguments};
use wiretag::error::Class;

fn main() -> ExitCode {
    match cli::run(&Arguments::parse()) {
        Ok(said) => {
            if !said.quiet {
                tell(&said.summary);
            }
            ExitCode::SUCCESS
        }
        // Whoever read our output has had enough: `wiretag predict … | head`.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("error: {error}\n"));
            ExitCode::from(match error.kind.class() {
                Class::Usage => 2,
                Class::Data => 3,
                Class::Model => 4,
            })
        }
    }
}

/// Writes to standard error; if that is closed, there is nobody to tell.
fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
