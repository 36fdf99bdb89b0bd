//! `wiretag train`: what it refuses, by which words, and that it leaves nothing behind.

use crate::support::{Folder, labelled};

const SCHEMA: &str = "
[[task]]
name = 'topic'
kind = 'multi'
label = [{ name = 'energy' }, { name = 'military' }]
[[task]]
name = 'stance'
kind = 'single'
label = [{ name = 'for' }, { name = 'against' }]
";

/// The message of `train` for data that begin with two good rows.
fn refused(name: &str, rows: &[u8]) -> String {
    let folder = Folder::with(&[("schema.toml", SCHEMA), ("model", "old")]);
    let good: &[u8] = match name.rsplit_once('.') {
        Some((_, "jsonl")) => {
            b"{\"text\":\"oil\",\"topic\":[\"energy\"],\"stance\":\"for\"}\n{\"text\":\"gun\",\"topic\":\"\",\"stance\":\"against\"}\n"
        }
        _ => b"text,topic,stance\noil,energy,for\n\"gun\nfire\",,against\n",
    };
    folder.write(name, [good, rows].concat());
    folder.fails(&format!("train {name} -o model"))
}

/// The message of `train` for a whole file.
fn refused_whole(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::with(&[("schema.toml", SCHEMA), ("model", "old")]);
    folder.write(name, bytes);
    folder.fails(&format!("train {name} -o model"))
}

#[test]
fn bad_rows_of_tables() {
    let csv = |rows: &str| refused("a.csv", rows.as_bytes());
    insta::assert_snapshot!(csv("\n\ntank,enregy,for\n"), @r#"3: error: a.csv:7: column "topic": unknown label "enregy", did you mean "energy"? (the labels are "energy", "military"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(csv("\"a\nb\",sports,for\n"), @r#"3: error: a.csv:6: column "topic": unknown label "sports" (the labels are "energy", "military"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(csv("tank,\"energy, military\",for\n"), @r#"3: error: a.csv:5: column "topic": unknown label "energy, military", which looks like labels joined by ',': see --label-separator (the labels are "energy", "military"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(csv("tank,energy,For\n"), @r#"3: error: a.csv:5: column "stance": unknown label "For", did you mean "for"? (the labels are "for", "against"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(csv("tank,energy,\n"), @r#"3: error: a.csv:5: column "stance": a single-choice task needs one label, and the cell is empty (write a label into it)"#);
    insta::assert_snapshot!(csv("tank,energy,for|against\n"), @r#"3: error: a.csv:5: column "stance": unknown label "for|against" (the labels are "for", "against"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(csv("\" \n\",energy,for\n"), @r#"3: error: a.csv:5: column "text": the text is empty (fill it in or delete the row)"#);
    insta::assert_snapshot!(csv("tank, oil,energy,for\n"), @"3: error: a.csv:5: 4 fields, but the header has 3 (quote a field that holds the delimiter, or set --delimiter)");
    insta::assert_snapshot!(csv("tank,energy\n"), @"3: error: a.csv:5: 2 fields, but the header has 3 (fill in the missing fields, or set --delimiter)");
    insta::assert_snapshot!(csv("\"tank\" said,energy,for\n"), @r#"3: error: a.csv:5:7: text after the closing quote (double the quotes inside a quoted field: "")"#);
    insta::assert_snapshot!(csv("tank,\"energy,for\ngun,military,for\n"), @r#"3: error: a.csv:5:6: this quote is never closed (close it, or double it if it is part of the text: "")"#);
    insta::assert_snapshot!(refused("a.csv", b"\"a\nb\",energy,f\xf6r\n"), @r#"3: error: a.csv:6: column "stance": not valid UTF-8 (save the file as UTF-8)"#);
}

#[test]
fn bad_rows_of_json_lines() {
    let json = |row: &str| refused("a.jsonl", row.as_bytes());
    insta::assert_snapshot!(json("\n{\"text\":\"a\",\"topic\":[\"enregy\"],\"stance\":\"for\"}"), @r#"3: error: a.jsonl:4: column "topic": unknown label "enregy", did you mean "energy"? (the labels are "energy", "military"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":[\"energy|military\"],\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "topic": label "energy|military" holds the label separator "|" (rename it, or set another --label-separator)"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":7,\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "topic": unknown label "7" (the labels are "energy", "military"; correct the cell, or add the label to the schema)"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":[[]],\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "topic": expected a string, found an array"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":{},\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "topic": expected a string or an array of strings, found an object"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":[\"\",null],\"stance\":[\"for\"]}"), @r#"3: error: a.jsonl:3: column "stance": expected a string, found an array"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":\"\",\"stance\":null}"), @r#"3: error: a.jsonl:3: column "stance": a single-choice task needs one label, and the cell is empty (write a label into it)"#);
    insta::assert_snapshot!(json("{\"text\":[\"a\"],\"topic\":\"\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "text": expected a string, found an array"#);
    insta::assert_snapshot!(json("{\"text\":false,\"topic\":\"\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "text": expected a string, found a truth value"#);
    insta::assert_snapshot!(json("{\"text\":\" \",\"topic\":\"\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "text": the text is empty (fill it in or delete the row)"#);
    insta::assert_snapshot!(json("{\"topic\":\"\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "text": no field "text" in this object (add it, or name yours with --text-column)"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "topic": no field "topic" in this object (add it, or give the task a `column` in the schema)"#);
    insta::assert_snapshot!(json("{\"text\":\"\\ud800\",\"topic\":\"\",\"stance\":\"for\"}"), @r#"3: error: a.jsonl:3: column "text": cannot read this as JSON: unexpected end of hex escape (write one whole object on each line)"#);
    insta::assert_snapshot!(json("{\"text\":\"a\",\"topic\":\"\""), @"3: error: a.jsonl:3:22: cannot read this as JSON: EOF while parsing an object (write one whole object on each line)");
    insta::assert_snapshot!(json("[{\"text\":\"a\"}]"), @"3: error: a.jsonl:3:1: cannot read this as JSON: invalid type: sequence, expected a JSON object (write one whole object on each line)");
    insta::assert_snapshot!(json("text"), @"3: error: a.jsonl:3:2: cannot read this as JSON: expected ident (write one whole object on each line)");
    insta::assert_snapshot!(refused("a.jsonl", b"{\"text\":\"\xff\"}"), @"3: error: a.jsonl:3:10: not valid UTF-8 (save the file as UTF-8)");
}

#[test]
fn bad_files() {
    insta::assert_snapshot!(refused_whole("a.csv", ""), @"3: error: a.csv: no rows (a header and at least one row are needed)");
    insta::assert_snapshot!(refused_whole("a.csv", "text,topic,stance\n"), @"3: error: a.csv: no rows (a header and at least one row are needed)");
    insta::assert_snapshot!(refused_whole("a.jsonl", "\n"), @"3: error: a.jsonl: no rows (a header and at least one row are needed)");
    insta::assert_snapshot!(refused_whole("a.csv", "Text,topic,stance\na,,for\n"), @r#"3: error: a.csv:1: no column "text" in the header, did you mean "Text"? (the columns are "Text", "topic", "stance"; rename it, or name yours with --text-column)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,themes,stance\na,,for\n"), @r#"3: error: a.csv:1: no column "topic" in the header (the columns are "text", "themes", "stance"; rename it, or give the task a `column` in the schema)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text;topic;stance\na;;for\n"), @r#"3: error: a.csv:1: the whole header is one column "text;topic;stance" (set --delimiter ';')"#);
    insta::assert_snapshot!(refused_whole("a.tsv", "text,topic,stance\na,,for\n"), @r#"3: error: a.tsv:1: the whole header is one column "text,topic,stance" (set --delimiter ',')"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,topic,stance,text\na,,for,b\n"), @r#"3: error: a.csv:1: the header has column "text" twice (rename one of them)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,topic,stance,topic\na,,for,\n"), @r#"3: error: a.csv:1: the header has column "topic" twice (rename one of them)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,topic,stance,id,id\na,,for,1,2\n"), @r#"3: error: a.csv:1: the header has column "id" twice (rename one of them)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,topic,stance,article,article\na,,for,1,2\n"), @r#"3: error: a.csv:1: the header has column "article" twice (rename one of them)"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,\"topic,stance\na,,for\n"), @r#"3: error: a.csv:1:6: this quote is never closed (close it, or double it if it is part of the text: "")"#);
    insta::assert_snapshot!(refused_whole("a.csv", "text,\"topic\"x,stance\na,,for\n"), @r#"3: error: a.csv:1:13: text after the closing quote (double the quotes inside a quoted field: "")"#);
    insta::assert_snapshot!(refused_whole("a.csv", b"text,t\xf6pic,stance\na,,for\n"), @"3: error: a.csv:1: not valid UTF-8 (save the file as UTF-8)");
    let utf16 = |big: bool, mark: &str| -> Vec<u8> {
        let units = format!("{mark}text,topic,stance\na,,for\n")
            .encode_utf16()
            .collect::<Vec<_>>();
        units
            .into_iter()
            .flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    };
    insta::assert_snapshot!(refused_whole("a.csv", utf16(false, "\u{feff}")), @"3: error: a.csv: this is UTF-16 (save the file as UTF-8)");
    for (name, big, mark) in [
        ("a.jsonl", false, "\u{feff}"),
        ("a.csv", true, "\u{feff}"),
        ("a.csv", true, ""),
        ("a.tsv", false, ""),
    ] {
        assert!(
            refused_whole(name, utf16(big, mark)).contains("this is UTF-16"),
            "{name} {big} {mark:?}"
        );
    }
    insta::assert_snapshot!(refused_whole("a.txt", "Oil rose."), @"2: error: a.txt: this is an article, but labelled rows are needed (give CSV, TSV or JSONL, or name the format with --input-format)");
    insta::assert_snapshot!(refused_whole("a.xlsx", "PK"), @"3: error: a.xlsx: cannot tell the format from the name (use --input-format csv, tsv, jsonl, text or html)");
    insta::assert_snapshot!(refused_whole("empty/notes.md", "text"), @"2: error: no schema: there is no empty/schema.toml (give --schema FILE, or --task NAME=multi)");
    let folder = Folder::with(&[("schema.toml", SCHEMA), ("empty/notes.md", "text")]);
    insta::assert_snapshot!(folder.fails("train nothing.csv -o model"), @"3: error: nothing.csv: cannot open: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.fails_with(&["train", "no\nerror: file.csv", "-o", "model"], b""), @r#"3: error: no\nerror: file.csv: cannot open: No such file or directory (os error 2)"#);
    insta::assert_snapshot!(folder.fails("train empty -o model --schema schema.toml"), @"3: error: empty: no CSV, TSV or JSONL file in this folder (name the files, or their format with --input-format)");
    insta::assert_snapshot!(folder.fails_with(&["train", "-", "-o", "model"], b"Oil rose.\n"), @"2: error: <stdin>: this is an article, but labelled rows are needed (give CSV, TSV or JSONL, or name the format with --input-format)");
}

#[test]
fn skipped_rows_are_counted_and_named() {
    let rows = "text,topic,stance\noil,energy,for\n,energy,for\ngun,military,against\nx,y,for\nx,y\n\"x\"y,energy,for\nx,energy,\n,,\n,,\n";
    let folder = Folder::with(&[("schema.toml", SCHEMA), ("a.csv", rows), ("dir/b.md", "")]);
    folder.write("dir/bad.csv", b"text,topic,stance\n\xff,energy,for\n");
    let ran = folder.run("train a.csv dir -o model --folds 0 --min-df 1 --on-bad-row skip");
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stderr, @r#"
    read 10 rows, used 2, skipped 8; passed over 1 file of unknown format in folders
      skipped a.csv:3: column "text": the text is empty (fill it in or delete the row)
      skipped a.csv:5: column "topic": unknown label "y" (the labels are "energy", "military"; correct the cell, or add the label to the schema)
      skipped a.csv:6: 2 fields, but the header has 3 (fill in the missing fields, or set --delimiter)
      skipped a.csv:7:4: text after the closing quote (double the quotes inside a quoted field: "")
      skipped a.csv:8: column "stance": a single-choice task needs one label, and the cell is empty (write a label into it)
      and 3 more
    topic: alpha 1.000e-1
    stance: alpha 1.000e-1
    wrote model (2 terms)
    "#);
    let one = "train dir/bad.csv --schema schema.toml -o other --on-bad-row skip";
    insta::assert_snapshot!(folder.fails(one), @r#"3: error: no row can be used, 1 skipped; the first: dir/bad.csv:2: column "text": not valid UTF-8 (save the file as UTF-8)"#);
    folder.write(
        "open.csv",
        "text,topic,stance\noil,energy,for\n\"gun,military,against\noil,energy,for\n",
    );
    insta::assert_snapshot!(folder.fails("train open.csv -o other --on-bad-row skip"), @r#"3: error: open.csv:3:1: this quote is never closed (close it, or double it if it is part of the text: "")"#);
}

#[test]
fn schema_faults() {
    let schema = |text: &str| {
        let folder = Folder::with(&[("schema.toml", text), ("a.csv", "text,topic\noil,energy\n")]);
        folder.fails("train a.csv -o model")
    };
    insta::assert_snapshot!(schema("[[task]\n"), @"2: error: schema.toml:1:8: not a valid schema: unclosed array table, expected `]`");
    insta::assert_snapshot!(schema("[[task]]\nname = 'topic'\nkind = 'both'\n"), @"2: error: schema.toml:3:8: not a valid schema: unknown variant `both`, expected `multi` or `single`");
    insta::assert_snapshot!(schema("[[task]]\nname = 'topic'\nkind = 'multi'\nlables = []\n"), @"2: error: schema.toml:4:1: not a valid schema: unknown field `lables`, expected one of `name`, `kind`, `column`, `description`, `label`");
    insta::assert_snapshot!(schema("task = []\n"), @"2: error: schema.toml: no task (add a [[task]] to the schema, or use --task NAME=multi)");
    insta::assert_snapshot!(schema("[[task]]\nname = 'topic'\nkind = 'multi'\nlabel = [{ name = 'a|b' }]\n"), @r#"2: error: label "a|b" of task "topic" holds the label separator "|" (set another --label-separator)"#);
    insta::assert_snapshot!(schema("[[task]]\nname = 'topic'\nkind = 'multi'\nlabel = [{ name = 'a' }, { name = 'a' }]\n"), @r#"2: error: schema.toml: label of task "topic" "a" stands twice (rename or delete one)"#);
    insta::assert_snapshot!(schema("[[task]]\nname = 'topic'\nkind = 'single'\nlabel = [{ name = 'a' }]\n"), @r#"2: error: schema.toml: task "topic" is single-choice and needs at least 2 labels, it has 1"#);
    let folder = Folder::with(&[("a.csv", "text,topic\noil,energy\n")]);
    insta::assert_snapshot!(folder.fails("train a.csv -o model"), @"2: error: no schema: there is no schema.toml (give --schema FILE, or --task NAME=multi)");
    insta::assert_snapshot!(folder.fails("train a.csv -o model --schema labels.toml"), @"3: error: labels.toml: cannot read the schema: No such file or directory (os error 2)");
}

#[test]
fn wrong_arguments() {
    let folder = Folder::with(&[("a.csv", &labelled())]);
    let fails = |more: &str| folder.fails(&format!("train a.csv -o model --task topic=multi {more}"));
    let first_line = |more: &str| fails(more).lines().next().unwrap().to_owned();
    insta::assert_snapshot!(folder.fails("train a.csv -o model --task topic").to_string(), @r#"2: error: --task "topic" is not NAME=multi or NAME=single, with :COLUMN if the column has another name"#);
    insta::assert_snapshot!(folder.fails("train a.csv -o model --task topic=many").to_string(), @r#"2: error: --task "topic=many" is not NAME=multi or NAME=single, with :COLUMN if the column has another name"#);
    insta::assert_snapshot!(folder.fails("train a.csv -o model --task topik=multi").to_string(), @r#"3: error: a.csv:1: no column "topik" in the header, did you mean "topic"? (the columns are "id", "text", "article", "topic", "stance"; rename it, or name yours with --task topik=multi:COLUMN)"#);
    insta::assert_snapshot!(fails("--task topic=single:stance"), @r#"2: error: --task "topic" is given twice (give each task its own name)"#);
    insta::assert_snapshot!(first_line("--schema s.toml"), @"2: error: the argument '--task <NAME=KIND[:COLUMN]>' cannot be used with '--schema <FILE>'");
    insta::assert_snapshot!(fails("--folds 1"), @"2: error: folds must be 0 (no cross-validation) or from 2 to 100, not 1");
    insta::assert_snapshot!(fails("--folds 40"), @"3: error: 17 articles (near-duplicates counted once) cannot be dealt to 40 folds (give more data, fewer --folds, or --folds 0)");
    insta::assert_snapshot!(fails("--alpha weak"), @r#"2: error: alpha must be a number, not "weak""#);
    insta::assert_snapshot!(fails("--alpha -1"), @"2: error: alpha must be a positive number, not -1");
    insta::assert_snapshot!(fails("--class-weight topic.enrgy=2"), @r#"2: error: --class-weight names "topic.enrgy", which is no TASK.LABEL of the schema, did you mean "topic.energy"?"#);
    insta::assert_snapshot!(fails("--class-weight topic.energy=0"), @"2: error: class-weight must be a positive number, not 0");
    insta::assert_snapshot!(fails("--class-weight heavy"), @r#"2: error: --class-weight "heavy" is not none, balanced or TASK.LABEL=WEIGHT"#);
    insta::assert_snapshot!(fails("--min-df 1000"), @"3: error: no term stands in 1000 texts or more (lower --min-df or give more texts)");
    insta::assert_snapshot!(fails("--max-df -0.5"), @"2: error: max-df must be a share above 0, up to 1, not -0.5");
    insta::assert_snapshot!(fails("--ngrams 0"), @"2: error: ngrams must be from 1 to 8, not 0");
    insta::assert_snapshot!(fails("--delimiter ::"), @r#"2: error: delimiter must be one ASCII character other than a quote or line break, or `tab`, not "::""#);
    insta::assert_snapshot!(folder.fails_with(&["train", "a.csv", "-o", "m", "--task", "t=multi", "--label-separator", ""], b""), @"2: error: --label-separator must not be empty");
    insta::assert_snapshot!(fails("--stop-words missing.txt"), @"3: error: missing.txt: cannot read the stop words: No such file or directory (os error 2)");
    insta::assert_snapshot!(fails("--text-column txt"), @r#"3: error: a.csv:1: no column "txt" in the header, did you mean "text"? (the columns are "id", "text", "article", "topic", "stance"; rename it, or name yours with --text-column)"#);
    insta::assert_snapshot!(first_line("--threads 0"), @"2: error: invalid value '0' for '--threads <N>': 0 is not in 1..=1024");
    insta::assert_snapshot!(first_line("--solvr newton"), @"2: error: unexpected argument '--solvr' found");
    insta::assert_snapshot!(folder.fails("train a.csv --task topic=multi").lines().next().unwrap(), @"2: error: the following required arguments were not provided:");
    insta::assert_snapshot!(folder.fails("trian").lines().next().unwrap(), @"2: error: unrecognized subcommand 'trian'");
}

#[test]
fn outputs_that_cannot_be_written_are_told_before_the_work() {
    let folder = Folder::with(&[("a.csv", &labelled()), ("bad.csv", "nothing"), ("dir/x", "")]);
    insta::assert_snapshot!(folder.fails("train bad.csv --task topic=multi -o none/model"), @"3: error: none/model: cannot write: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.fails("train a.csv --task topic=multi -o dir"), @"3: error: dir: cannot write: Is a directory (os error 21)");
    insta::assert_snapshot!(folder.fails("train a.csv --task topic=multi -o a.csv"), @"2: error: a.csv: this output is also an input (choose another name)");
    insta::assert_snapshot!(folder.fails("train . --task topic=multi -o dir/../a.csv"), @"2: error: dir/../a.csv: this output is also an input (choose another name)");
}

#[test]
fn labels_from_the_data_are_checked() {
    let folder = Folder::with(&[
        ("lines.csv", "text,topic\noil,\"c|a\nb\"\n"),
        ("array.jsonl", "{\"text\":\"oil\",\"topic\":[\"a|b\"]}\n"),
        ("none.csv", "text,topic\noil,\n"),
        ("one.csv", "text,topic\noil,a\ngas,a\n"),
    ]);
    insta::assert_snapshot!(folder.fails("train lines.csv --task topic=multi -o model"), @r#"3: error: lines.csv:2: column "topic": label "a\nb" has a line break or another control character (rename it)"#);
    insta::assert_snapshot!(folder.fails("train lines.csv --task topic=single -o model"), @r#"3: error: lines.csv:2: column "topic": label "c|a\nb" has a line break or another control character (rename it)"#);
    insta::assert_snapshot!(folder.fails("train array.jsonl --task topic=multi -o model"), @r#"3: error: array.jsonl:1: column "topic": label "a|b" holds the label separator "|" (rename it, or set another --label-separator)"#);
    insta::assert_snapshot!(folder.fails("train none.csv --task topic=multi -o model"), @r#"3: error: the rows give task "topic" no label, but a multi-label task needs 1 (give more data, or another --task)"#);
    insta::assert_snapshot!(folder.fails("train none.csv --task topic=single -o model"), @r#"3: error: none.csv:2: column "topic": a single-choice task needs one label, and the cell is empty (write a label into it)"#);
    insta::assert_snapshot!(folder.fails("train one.csv --task topic=single -o model"), @r#"3: error: the rows give task "topic" one label, "a", but a single-choice task needs 2 (give more data, or another --task)"#);
}

#[test]
fn the_summary_says_what_was_learned_and_the_model_does_not_know_where() {
    let folder = Folder::with(&[("a.csv", &labelled()), ("deep/b.csv", &labelled())]);
    let tasks = "--task topic=multi --task stance=single --min-df 3 --ngrams 1";
    let ran = folder.run(&format!("train a.csv {tasks} -o model"));
    let told: Vec<_> = ran.stderr.lines().map(|l| l.split(": alpha").next().unwrap()).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    read 60 rows, used 60, skipped 0
    topic
    stance
    wrote model (29 terms)
    "#);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        folder.ok(&format!("train -q a.csv {tasks} -o -")).len(),
        String::from_utf8_lossy(&folder.read("model")).len()
    );
    for arguments in ["--threads 1 a.csv", "--threads 4 deep/b.csv", "./deep/../a.csv"] {
        folder.ok(&format!("train {arguments} {tasks} -o again"));
        assert!(folder.read("again") == folder.read("model"), "{arguments}");
    }
    // Without names of articles too.
    let bare = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [cells[1], cells[3], cells[4]].join(",") + "\n"
    };
    let bare: String = labelled().lines().map(bare).collect();
    folder.write("c.csv", &bare);
    folder.write("deep/d.csv", &bare);
    folder.ok(&format!("train c.csv {tasks} -o model"));
    folder.ok(&format!("train deep/d.csv {tasks} -o again"));
    assert!(folder.read("again") == folder.read("model"));
}

#[test]
fn an_old_model_stays_when_training_fails() {
    let folder = Folder::with_model(&[("a.csv", &labelled()), ("bad.csv", "text,topic\noil,a\n,b\n")]);
    folder.fails("train bad.csv --task topic=multi -o model");
    folder.fails("train a.csv --task topic=multi -o model --min-df 999");
    // And is replaced only as a whole.
    folder.ok("train -q a.csv --task topic=multi -o model");
    assert!(folder.ok("inspect -m model").contains("topic: alpha"));
    assert_eq!(folder.names(), ["a.csv", "bad.csv", "model"]);
}
