//! The guide says only what the program does: its commands run, its messages are the program's, its Python reads a model.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use wiretag::text::boilerplate;

/// Commands that no test runs, by how they begin.
const SKIPPED: [&str; 4] = ["cargo ", "git ", "bash .ci", "pip "];

/// How the pages begin a command of the program from a clone of the repository.
const FROM_SOURCE: &str = "cargo run --release -- ";

/// Folders that the commands find beside them.
const FOLDERS: [&str; 3] = ["labels", "examples", "models"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the pages of the guide, in alphabetical order.
fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs")).unwrap();
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.push(root().join("README.md"));
    pages.retain(|page| page.extension().is_some_and(|e| e == "md"));
    pages.sort();
    pages
}

/// The fenced blocks of a page in this language: number of the first line, and the lines.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<(usize, Vec<&'p str>)> {
    let mut blocks: Vec<(usize, Vec<&str>)> = Vec::new();
    // The language of the fence that is open.
    let mut open: Option<&str> = None;
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), open) {
            (Some(_), Some(_)) => open = None,
            (Some(of), None) => {
                open = Some(of.trim());
                if of.trim() == language {
                    blocks.push((number + 1, Vec::new()));
                }
            }
            (None, Some(of)) if of == language => blocks.last_mut().unwrap().1.push(line),
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "a fence is never closed");
    blocks
}

/// A command of a page.
struct Shown<'p> {
    line: usize,
    command: String,
    exit: i32,
    /// The output as the page shows it.
    output: Vec<&'p str>,
}

/// The commands of a page, in order: lines of `console` blocks that begin with `$ `, and behind `<<'END'` all lines up to
/// `END`. One that ends in `# exit N` is to fail so.
fn commands(page: &str) -> Vec<Shown<'_>> {
    let mut commands: Vec<Shown<'_>> = Vec::new();
    for (first, lines) in blocks(page, "console") {
        let mut lines = (first..).zip(lines);
        while let Some((line, text)) = lines.next() {
            let Some(command) = text.strip_prefix("$ ") else {
                let last = commands.last_mut().filter(|c| c.line >= first);
                let last = last.unwrap_or_else(|| panic!("line {line}: output without a command"));
                last.output.push(text);
                continue;
            };
            let (command, exit) = match command.rsplit_once("# exit ") {
                Some((command, exit)) => (command.trim_end(), exit.trim().parse().unwrap()),
                None => (command, 0),
            };
            let mut command = command.to_owned();
            if command.ends_with("<<'END'") {
                for (_, text) in lines.by_ref() {
                    command = command + "\n" + text;
                    if text == "END" {
                        break;
                    }
                }
            }
            commands.push(Shown {
                line,
                command,
                exit,
                output: Vec::new(),
            });
        }
    }
    commands
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.as_ref().unwrap().file_name()),
        );
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Runs a command as a reader would who has `wiretag` on the path.
fn run(command: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_wiretag"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [program.parent().unwrap().to_owned()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).stdin(Stdio::null());
    shell
        .env("PATH", std::env::join_paths(folders).unwrap())
        .output()
        .unwrap()
}

/// Whether a line fits what a page shows, `…` standing for anything.
fn fits(line: &str, shown: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let mut rest = rest;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || shown.ends_with('…')
}

/// What is wrong with a command's outcome, if anything. Of the output only the messages of failures are compared: all else changes with the model.
fn fault(shown: &Shown<'_>, outcome: &Output) -> Option<String> {
    let messages = String::from_utf8_lossy(&outcome.stderr);
    let exit = outcome.status.code();
    if exit != Some(shown.exit) {
        return Some(format!("exit code {exit:?} instead of {}\n{messages}", shown.exit));
    }
    // The exit code of `wiretag … | head` is head's.
    if shown.exit == 0 && messages.lines().any(|m| m.starts_with("error: ")) {
        return Some(messages.into_owned());
    }
    let mut errors = shown.output.iter().filter(|line| line.starts_with("error: "));
    let missing = errors.find(|line| !messages.lines().any(|m| fits(m, line)))?;
    Some(format!("shown:  {missing}\nis:     {messages}"))
}

#[test]
fn commands_run_and_fail_as_shown() {
    let mut faults = Vec::new();
    let mut ran = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let folder = tempfile::tempdir().unwrap();
        FOLDERS
            .iter()
            .for_each(|name| copy(&root().join(name), &folder.path().join(name)));
        for shown in commands(&text) {
            let command = match shown.command.strip_prefix(FROM_SOURCE) {
                Some(arguments) => format!("wiretag {arguments}"),
                None if SKIPPED.iter().any(|s| shown.command.starts_with(s)) => continue,
                None => shown.command.clone(),
            };
            if let Some(fault) = fault(&shown, &run(&command, folder.path())) {
                faults.push(format!("{}:{}: {command}\n{fault}", page.display(), shown.line));
            }
            ran += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        ran >= 50,
        "only {ran} commands found: does the test still read the pages?"
    );
}

/// The table of boilerplate rules: `| rule | finds | example |`.
#[test]
fn every_boilerplate_rule_finds_its_example() {
    let page = fs::read_to_string(root().join("docs/text.md")).unwrap();
    let rows: Vec<(&str, &str)> = page
        .lines()
        .skip_while(|line| !line.starts_with("| rule | finds | example |"))
        .skip(2)
        .map_while(|line| {
            let (rule, rest) = line.strip_prefix("| `")?.split_once("` |")?;
            Some((rule, rest.rsplit_once("| `")?.1.strip_suffix("` |")?))
        })
        .collect();
    assert_eq!(rows.len(), 13, "does the test still read the table?");
    for (rule, example) in rows {
        let found = boilerplate::find(example, false).map(|rule| rule.name());
        assert_eq!(found, Some(rule), "{example}");
    }
}

/// For each task the probability of each label.
type Probabilities = BTreeMap<String, BTreeMap<String, f64>>;

#[derive(Deserialize)]
struct Record {
    scores: Probabilities,
}

#[test]
#[ignore = "needs Python with safetensors, numpy and snowballstemmer"]
fn the_python_of_the_guide_gives_the_same_probabilities() {
    const SENTENCES: [&str; 3] = [
        "The U.S. and the EU agreed on new sanctions against Russia's tankers; oil fell 4.5% to $61.20 in 2014, the OPEC secretary-general said.",
        "Two F-16s of the air force struck a power station near the front line at 9 p.m., killing 14 soldiers and a 68-year-old woman.",
        "\"It is a disgrace,\" said the 41st member of parliament who didn't sign the joint statement with NATO allies.",
    ];
    let page = fs::read_to_string(root().join("docs/model-file.md")).unwrap();
    let [(_, lines)] = blocks(&page, "python").try_into().expect("one block of Python");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("read_model.py");
    fs::write(&script, lines.join("\n")).unwrap();
    let model = root().join("models/news.safetensors");
    let python = std::env::var_os("WIRETAG_PYTHON").unwrap_or_else(|| "python3".into());
    for sentence in SENTENCES {
        let outcome = Command::new(&python)
            .arg(&script)
            .arg(&model)
            .arg(sentence)
            .output()
            .unwrap();
        assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
        let by_python: Probabilities = serde_json::from_slice(&outcome.stdout).unwrap();

        let rows = folder.path().join("rows.jsonl");
        fs::write(&rows, serde_json::json!({ "text": sentence }).to_string()).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_wiretag"));
        let outcome = program
            .arg("predict")
            .arg(&rows)
            .arg("--model")
            .arg(&model)
            .output()
            .unwrap();
        let record: Record = serde_json::from_slice(&outcome.stdout).unwrap();
        assert_eq!(by_python.len(), record.scores.len());
        for (task, labels) in &record.scores {
            assert!(by_python[task].keys().eq(labels.keys()));
            for (label, expected) in labels {
                let found = by_python[task][label];
                // The program writes four decimals.
                assert!(
                    (found - expected).abs() < 0.0002,
                    "{task}.{label}: {found} instead of {expected}: {sentence}"
                );
            }
        }
    }
}
