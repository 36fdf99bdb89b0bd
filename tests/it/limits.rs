//! `wiretag predict` on input without bounds: long rows, long articles, endless streams.

use crate::support::Folder;

const SKIP: &str = "--scores=none --keep none --on-bad-row skip --max-paragraph-bytes 30";

#[test]
fn long_rows_and_paragraphs_are_bad_rows() {
    let folder = Folder::with_model(&[
        (
            "a.jsonl",
            "{\"text\":\"oil\"}\n{\"text\":\"oil and gas and tankers\"}\n\n{\"text\":\"gas\"}\n",
        ),
        (
            "b.csv",
            "text,id\noil,1\n\"oil\n\nand gas and tankers and so on\",2\ngas,3\n",
        ),
        ("c.txt", "Oil and gas.\n\nOil and gas and tankers and so on.\n\nGas.\n"),
    ]);
    for (name, message) in [
        ("a.jsonl", "a.jsonl:2: this row is longer than 30 bytes"),
        ("b.csv", "b.csv:3: this row is longer than 30 bytes"),
        ("c.txt", "c.txt:3: this paragraph is longer than 30 bytes"),
    ] {
        let told = folder.fails(&format!("predict {name} -m model --max-paragraph-bytes 30 -o out"));
        assert!(told.starts_with(&format!("3: error: {message}")), "{told}");
    }
    let skipped = folder.run(&format!(
        "predict a.jsonl b.csv c.txt -m model {SKIP} --boilerplate tag"
    ));
    insta::assert_snapshot!(skipped.stdout, @r#"
    {"source":"a.jsonl","row":1,"text":"oil","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    {"source":"a.jsonl","row":2,"status":"error","message":"a.jsonl:2: this row is longer than 30 bytes (raise --max-paragraph-bytes, or split it)"}
    {"source":"a.jsonl","row":3,"text":"gas","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    {"source":"b.csv","row":1,"text":"oil","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    {"source":"b.csv","row":2,"status":"error","message":"b.csv:3: this row is longer than 30 bytes (raise --max-paragraph-bytes, or split it)"}
    {"source":"b.csv","row":3,"text":"gas","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    {"source":"c.txt","paragraph":1,"span":[0,12],"text":"Oil and gas.","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    {"source":"c.txt","paragraph":2,"span":[14,48],"status":"error","message":"c.txt:3: this paragraph is longer than 30 bytes (raise --max-paragraph-bytes, or split it)"}
    {"source":"c.txt","paragraph":3,"span":[50,54],"text":"Gas.","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"}}
    "#);
    insta::assert_snapshot!(skipped.stderr, @"read 9 texts, tagged 6, 3 unreadable");
    // A limit that is reached and not passed.
    for limit in ["40", "1K", "1m"] {
        let all = format!("predict -q a.jsonl b.csv c.txt -m model --max-paragraph-bytes {limit}");
        assert_eq!(folder.ok(&all).lines().count(), 9, "{limit}");
    }
    for limit in ["0", "x", "K", "1.5M", "99999999999999999999"] {
        let arguments = ["predict", "a.jsonl", "-m", "model", "--max-paragraph-bytes", limit];
        let told = folder.fails_with(&arguments, b"");
        assert!(
            told.starts_with("2: error: ") && told.contains("--max-paragraph-bytes"),
            "{told}"
        );
    }
    insta::assert_snapshot!(folder.fails("predict b.csv -m model --max-paragraph-bytes 3"), @"3: error: b.csv:1: this row is longer than 3 bytes (raise --max-paragraph-bytes, or split it)");
}

#[test]
fn rows_behind_a_very_long_one_are_read() {
    let long = "oil and gas ".repeat(200_000);
    let folder = Folder::with_model(&[
        (
            "a.jsonl",
            &format!("{{\"text\":\"oil\"}}\n{{\"text\":\"{long}\"}}\n{{\"text\":\"gas\"}}"),
        ),
        (
            "b.csv",
            &format!(
                "id,text\n1,oil\n2,\"{}\"\n3,gas\n",
                long.replace(" and ", "\n\"\"and\"\",\r\n")
            ),
        ),
        ("open.csv", &format!("id,text\n1,oil\n2,\"{long}\n3,gas\n")),
        ("head.csv", &format!("id,{long},text\n1,,oil\n")),
        ("c.txt", &"oil and gas\n\n".repeat(70_000)),
        ("d.txt", &long.repeat(4)),
        ("e.html", &format!("<p>{}</p>", long.repeat(2))),
        ("end.jsonl", &format!("{{\"text\":\"oil\"}}\n{long}")),
    ]);
    for threads in [1, 3] {
        let said = |name: &str| {
            let ran = folder.run(&format!(
                "predict {name} -m model --scores=none --keep none --on-bad-row skip --threads {threads}"
            ));
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            ran.stdout
        };
        let statuses = |name: &str| -> String {
            let starts = said(name);
            let lines = starts
                .lines()
                .map(|l| l.split(",\"labels\"").next().unwrap().to_owned() + "\n");
            lines.collect()
        };
        insta::allow_duplicates! {
            insta::assert_snapshot!(statuses("a.jsonl b.csv head.csv c.txt d.txt e.html end.jsonl"), @r#"
            {"source":"a.jsonl","row":1,"text":"oil","status":"tagged"
            {"source":"a.jsonl","row":2,"status":"error","message":"a.jsonl:2: this row is longer than 1 MiB (raise --max-paragraph-bytes, or split it)"}
            {"source":"a.jsonl","row":3,"text":"gas","status":"tagged"
            {"source":"b.csv","row":1,"text":"oil","status":"tagged"
            {"source":"b.csv","row":2,"status":"error","message":"b.csv:3: this row is longer than 1 MiB (raise --max-paragraph-bytes, or split it)"}
            {"source":"b.csv","row":3,"text":"gas","status":"tagged"
            {"source":"head.csv","status":"error","message":"head.csv:1: this row is longer than 1 MiB (raise --max-paragraph-bytes, or split it)"}
            {"source":"c.txt","status":"error","message":"c.txt: this article is longer than 131072 lines (split it, or give its paragraphs as rows)"}
            {"source":"d.txt","status":"error","message":"d.txt: this article is longer than 8 MiB (split it, or give its paragraphs as rows)"}
            {"source":"e.html","status":"error","message":"e.html: this article is longer than 4 MiB (split it, or give its paragraphs as rows)"}
            {"source":"end.jsonl","row":1,"text":"oil","status":"tagged"
            {"source":"end.jsonl","row":2,"status":"error","message":"end.jsonl:2: this row is longer than 1 MiB (raise --max-paragraph-bytes, or split it)"}
            "#);
            insta::assert_snapshot!(folder.fails(&format!("predict open.csv -m model -o out --threads {threads}")), @r#"3: error: open.csv:3:3: this quote is never closed (close it, or double it if it is part of the text: "")"#);
        }
    }
}

#[cfg(target_os = "linux")]
mod memory {
    use std::io::Write;
    use std::process::{ChildStdin, Command, Stdio};

    use crate::support::{Folder, model};

    /// 64 MiB, and what the program and the small model need by themselves, in kB.
    const LIMIT: u64 = 64 * 1024 + 10_000;

    /// Greatest memory in kB of a run that is fed through standard input.
    fn peak(arguments: &str, feed: impl FnOnce(&mut ChildStdin)) -> u64 {
        let folder = Folder::new();
        folder.write("model", model());
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("wiretag"))
            .args("predict -q -m model - -o /dev/null --on-bad-row skip".split(' '))
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        feed(&mut stdin);
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
        let peak = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
        peak
    }

    fn repeat(line: &str, bytes: usize) -> impl FnOnce(&mut ChildStdin) {
        let many = line.repeat(1 + (1 << 16) / line.len());
        move |stdin| {
            for _ in 0..bytes / many.len() {
                stdin.write_all(many.as_bytes()).unwrap();
            }
        }
    }

    #[test]
    fn an_endless_stream_needs_little_memory() {
        let line = format!("{{\"text\":\"oil and gas\",\"pad\":\"{}\"}}\n", "x".repeat(4000));
        let peak = peak("--threads 2 --keep none", repeat(&line, 50_000_000));
        assert!(peak < 40_000, "{peak} kB for 50 MB of input");
    }

    #[test]
    fn short_rows_need_little_memory_though_they_make_much_output() {
        let peak = peak("--threads 8", repeat("{\"text\":\"oil\"}\n", 5_000_000));
        assert!(peak < LIMIT, "{peak} kB");
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let peak = peak(
            "--threads 8 --input-format jsonl",
            repeat("oil and gas and ", 100_000_000),
        );
        assert!(peak < 40_000, "{peak} kB for a line of 100 MB");
    }

    #[test]
    fn rows_at_the_limit_need_little_memory() {
        let row = format!("\"{}\"\n", "\u{1}".repeat(1_000_000));
        let table = format!("text\n{}", row.repeat(20));
        let peak = peak("--threads 8 --input-format csv", repeat(&table, 40_000_000));
        assert!(peak < LIMIT, "{peak} kB");
    }

    #[test]
    fn many_columns_need_little_memory() {
        let names: String = (0..50_000).map(|i| format!("c{i},")).collect();
        let row = format!("{}oil\n", "1,".repeat(50_000));
        for format in ["jsonl", "csv"] {
            let peak = peak(&format!("--threads 8 --input-format csv --format {format}"), |stdin| {
                stdin.write_all(format!("{names}text\n").as_bytes()).unwrap();
                repeat(&row, 3_000_000)(stdin);
            });
            assert!(peak < LIMIT, "{peak} kB");
        }
    }
}
