//! A module uses lower floors only.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first; modules of one floor may use each other.
const FLOORS: [&[&str]; 12] = [
    &["error", "progress", "output"],
    &["schema"],
    &["text"],
    &["corpus"],
    &["metrics"],
    &["features"],
    &["solver"],
    &["model"],
    &["eval"],
    &["report"],
    &["bulk"],
    &["cli"],
];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|modules| modules.contains(&module))
        .unwrap_or_else(|| {
            panic!("module {module:?} has no floor: give it one in tests/it/floors.rs and docs/architecture.md")
        })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_lower_floors_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut checked = 0;
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let module = relative
            .iter()
            .next()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let own = floor(module);
        for line in fs::read_to_string(&file).unwrap().lines() {
            for part in line.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if used.starts_with(char::is_uppercase) || used.is_empty() {
                    continue;
                }
                assert!(
                    floor(&used) <= own,
                    "{}: `{module}` must not use `{used}`",
                    relative.display()
                );
                checked += 1;
            }
        }
    }
    assert!(
        checked > 100,
        "only {checked} uses found: does the test still read the sources?"
    );
}
