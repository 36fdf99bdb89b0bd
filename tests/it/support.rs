//! Runs of the program in a folder of their own, and a small model that all tests share.

use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder in which the program runs, so that file names in its output are short and the same everywhere.
pub struct Folder(TempDir);

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// A folder with the shared model as `model`.
    pub fn with_model(files: &[(&str, &str)]) -> Self {
        let folder = Self::with(files);
        folder.write("model", model());
        folder
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// The names in the folder, sorted, hidden ones too.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the program with arguments separated by blanks.
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_with(&arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Ran {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("wiretag");
        let output = command
            .args(arguments)
            .current_dir(self.path())
            .write_stdin(stdin)
            .output()
            .unwrap();
        Ran {
            code: output.status.code(),
            // A model may be written there.
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the program, which must succeed, and gives its standard output.
    pub fn ok(&self, arguments: &str) -> String {
        self.run(arguments).ok()
    }

    /// Runs the program, which must fail: nothing on standard output, no file written, changed or left behind. Gives exit code and message.
    pub fn fails(&self, arguments: &str) -> String {
        self.fails_with(&arguments.split_whitespace().collect::<Vec<_>>(), b"")
    }

    pub fn fails_with(&self, arguments: &[&str], stdin: &[u8]) -> String {
        let contents = || -> Vec<_> {
            let names = self.names().into_iter();
            names.map(|n| (std::fs::read(self.path().join(&n)).ok(), n)).collect()
        };
        let before = contents();
        let ran = self.run_with(arguments, stdin);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(before == contents(), "{arguments:?} left {:?}", self.names());
        format!("{}: {}", ran.code.unwrap(), ran.stderr.trim_end())
    }

    /// Runs the program and gives its standard output as one JSON value a line.
    pub fn records(&self, arguments: &str) -> Vec<Value> {
        self.ok(arguments)
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
    }
}

impl Ran {
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }
}

/// Labelled rows of two tasks, `topic` (several labels or none) and `stance` (one of three).
pub fn labelled() -> String {
    const OIL: [&str; 8] = [
        "oil", "crude", "barrel", "pipeline", "refinery", "tanker", "gas", "field",
    ];
    const WAR: [&str; 8] = [
        "troops",
        "army",
        "missile",
        "tank",
        "soldiers",
        "artillery",
        "attack",
        "brigade",
    ];
    const STANCE: [(&str, [&str; 2]); 3] = [
        ("for", ["praised", "welcomed"]),
        ("against", ["blamed", "condemned"]),
        ("neutral", ["noted", "counted"]),
    ];
    const REST: [&str; 7] = [
        "ministry",
        "monday",
        "officials",
        "capital",
        "again",
        "river",
        "harvest",
    ];
    let mut csv = String::from("id,text,article,topic,stance\n");
    for i in 0..60_usize {
        let pick = |from: &[&str], n: usize| -> Vec<String> {
            (0..n)
                .map(|k| from[(i * 3 + k * 5 + i / 8) % from.len()].to_owned())
                .collect()
        };
        // Most are neutral, so that a text without any such word is so too, by a margin.
        let (stance, words) = STANCE[[0, 2, 1, 2, 2][i % 5]];
        let (topic, mut text) = match i % 6 {
            0 | 1 => ("energy", pick(&OIL, 3)),
            2 | 3 => ("military", pick(&WAR, 3)),
            4 => ("energy|military", [pick(&OIL, 2), pick(&WAR, 2)].concat()),
            _ => ("", Vec::new()),
        };
        text.extend(pick(&words, 2));
        text.extend(pick(&REST, 3));
        csv.push_str(&format!("r{i},{} no{i}.,a{},{topic},{stance}\n", text.join(" "), i / 2));
    }
    csv
}

/// The bytes of a model trained on [`labelled`], once for all tests.
pub fn model() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let folder = Folder::with(&[("train.csv", &labelled())]);
        folder.ok("train train.csv --task topic=multi --task stance=single --min-df 3 --ngrams 1 -o model");
        folder.read("model")
    })
}

/// The text with all numbers inside of `"scores":{…}` replaced: they depend on the last digits of the solver.
pub fn without_scores(text: &str) -> String {
    const KEY: &str = "\"scores\":{";
    let Some(at) = text.find(KEY) else {
        return text.to_owned();
    };
    let (before, rest) = text.split_at(at + KEY.len());
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let (scores, rest) = rest.split_at(end.unwrap());
    let shown: String = scores.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect();
    format!(
        "{before}{}{}",
        shown.replace("\":", "\":_").replace("_{", "{"),
        without_scores(rest)
    )
}
