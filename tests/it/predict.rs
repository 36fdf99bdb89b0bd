//! `wiretag predict` on rows: what a record holds, options, order, failures.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Folder, without_scores};

const ROWS: &str = "id,text,n\n7,\"Oil tanker praised, \"\"again\"\"\",5\n8,,6\n9,zzz qqq,\n";

fn folder() -> Folder {
    Folder::with_model(&[("r.csv", ROWS)])
}

#[test]
fn a_row_keeps_its_number_its_fields_and_its_bytes() {
    let folder = folder();
    insta::assert_snapshot!(without_scores(&folder.ok("predict -q r.csv -m model")), @r#"
    {"source":"r.csv","row":1,"text":"Oil tanker praised, \"again\"","status":"tagged","labels":{"topic":["energy"],"stance":"for"},"scores":{"topic":{"energy":_,"military":_},"stance":{"against":_,"for":_,"neutral":_}},"input":{"id":"7","n":"5"}}
    {"source":"r.csv","row":2,"text":"","status":"empty","input":{"id":"8","n":"6"}}
    {"source":"r.csv","row":3,"text":"zzz qqq","status":"no_known_words","input":{"id":"9","n":""}}
    "#);
    folder.write(
        "r.jsonl",
        "{\"b\":[1, 2.50],\"text\":\"oil\",\"id\":\"x\",\"\\u00e9\\n\":{\"z\" : null}}\n",
    );
    insta::assert_snapshot!(folder.ok("predict -q r.jsonl -m model --scores=none"), @r#"{"source":"r.jsonl","row":1,"text":"oil","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"},"input":{"b":[1, 2.50],"id":"x","é\n":{"z" : null}}}"#);
}

#[test]
fn options_choose_what_goes_along() {
    let folder = folder();
    let first = |options: &str| {
        let text = folder.ok(&format!("predict -q r.csv -m model {options}"));
        without_scores(text.lines().next().unwrap())
    };
    insta::assert_snapshot!(first("--keep id --scores=none"), @r#"{"source":"r.csv","row":1,"text":"Oil tanker praised, \"again\"","status":"tagged","labels":{"topic":["energy"],"stance":"for"},"input":{"id":"7"}}"#);
    insta::assert_snapshot!(first("--keep none --scores=none"), @r#"{"source":"r.csv","row":1,"text":"Oil tanker praised, \"again\"","status":"tagged","labels":{"topic":["energy"],"stance":"for"}}"#);
    insta::assert_snapshot!(first("--keep none --scores=given"), @r#"{"source":"r.csv","row":1,"text":"Oil tanker praised, \"again\"","status":"tagged","labels":{"topic":["energy"],"stance":"for"},"scores":{"topic":{"energy":_},"stance":{"for":_}}}"#);
    assert_eq!(first("--scores"), first("--scores=all"));
    assert_eq!(first("--scores=all"), first(""));
}

#[test]
fn probabilities_have_four_decimals_and_those_of_a_choice_add_up() {
    let folder = folder();
    let line = folder.ok("predict -q r.csv -m model");
    let record: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    let task = |name: &str| -> Vec<f64> {
        record["scores"][name]
            .as_object()
            .unwrap()
            .values()
            .map(|v| v.as_f64().unwrap())
            .collect()
    };
    for probability in [task("topic"), task("stance")].concat() {
        assert!((0.0..=1.0).contains(&probability));
        assert!((probability * 1e4 - (probability * 1e4).round()).abs() < 1e-6);
    }
    assert!((task("stance").iter().sum::<f64>() - 1.0).abs() < 2e-4);
}

#[test]
fn thresholds_replace_the_models() {
    let folder = folder();
    let topics = |options: &str| {
        let records = folder.records(&format!("predict -q r.csv -m model {options}"));
        records[0]["labels"].to_string()
    };
    insta::assert_snapshot!(topics(""), @r#"{"topic":["energy"],"stance":"for"}"#);
    insta::assert_snapshot!(topics("--threshold 0"), @r#"{"topic":["energy","military"],"stance":"for"}"#);
    insta::assert_snapshot!(topics("--threshold topic=0 --threshold topic.military=0.9"), @r#"{"topic":["energy"],"stance":"for"}"#);
    insta::assert_snapshot!(topics("--threshold topic.military=0"), @r#"{"topic":["energy","military"],"stance":"for"}"#);
    let fails = |threshold: &str| folder.fails(&format!("predict r.csv -m model --threshold {threshold}"));
    insta::assert_snapshot!(fails("1.5"), @r#"2: error: threshold must be a probability from 0 to 1, behind TASK= or TASK.LABEL= if not for all labels, not "1.5""#);
    insta::assert_snapshot!(fails("topic=NaN"), @r#"2: error: threshold must be a probability from 0 to 1, behind TASK= or TASK.LABEL= if not for all labels, not "topic=NaN""#);
    insta::assert_snapshot!(fails("-0.1"), @r#"2: error: threshold must be a probability from 0 to 1, behind TASK= or TASK.LABEL= if not for all labels, not "-0.1""#);
    insta::assert_snapshot!(fails("topic.enrgy=0.5"), @r#"2: error: --threshold "topic.enrgy" is no task or TASK.LABEL of the model, did you mean "topic.energy"?"#);
    insta::assert_snapshot!(fails("stance=0.9"), @r#"2: error: --threshold "stance": a single-choice task always gives its most probable label"#);
    insta::assert_snapshot!(fails("stance.for=0.9"), @r#"2: error: --threshold "stance.for": a single-choice task always gives its most probable label"#);
}

#[test]
fn explanations_add_up() {
    let folder = folder();
    folder.write(
        "x.csv",
        "text\n\"Oil, oil and the army: praised by officials, then blamed.\"\n",
    );
    for top in [1, 3, 100] {
        let record = &folder.records(&format!("predict -q x.csv -m model --threshold 0 --explain {top}"))[0];
        let number = |value: &Value| value.as_f64().unwrap();
        for (task, labels) in record["explanation"].as_object().unwrap() {
            for (label, why) in labels.as_object().unwrap() {
                let features = why["features"].as_array().unwrap();
                assert!(features.len() <= top);
                let listed: f64 = features.iter().map(|f| number(&f["contribution"])).sum();
                let score = number(&why["score"]);
                assert!(
                    (number(&why["bias"]) + listed + number(&why["rest"]) - score).abs() < 1e-3,
                    "{why}"
                );
                if task == "topic" {
                    let probability = 1.0 / (1.0 + (-score).exp());
                    assert!(
                        (probability - number(&record["scores"][task][label])).abs() < 1e-4,
                        "{why}"
                    );
                }
                for feature in features {
                    for span in feature["spans"].as_array().unwrap() {
                        let [start, end] = [0, 1].map(|i| span[i].as_u64().unwrap() as usize);
                        let word = record["text"].as_str().unwrap()[start..end].to_lowercase();
                        let name = feature["feature"].as_str().unwrap();
                        assert!(word.starts_with(&name[..3]), "{word:?} is no {name:?}");
                    }
                }
            }
        }
    }
    insta::assert_snapshot!(folder.fails("predict x.csv -m model --explain 2 --format csv"), @"2: error: --explain needs --format jsonl: a table has no room for it");
}

#[test]
fn csv_output() {
    let folder = folder();
    folder.write("s.jsonl", "{\"id\":3,\"text\":\"gas,\\n\\\"gas\\\"\",\"x\":1}\n");
    folder.write("t.tsv", "text\tm\toil\tn\noil\tM\tO\tN\n");
    folder.write(
        "a.txt",
        "Oil prices rose on Monday in the capital, officials said again.\n",
    );
    insta::assert_snapshot!(folder.ok("predict -q r.csv s.jsonl t.tsv a.txt -m model --format csv"), @r#"
    source,row,paragraph,span_start,span_end,status,detail,text,topic,stance,input.id,input.n,input.m,input.oil
    r.csv,1,,,,tagged,,"Oil tanker praised, ""again""",energy,for,7,5,,
    r.csv,2,,,,empty,,,,,8,6,,
    r.csv,3,,,,no_known_words,,zzz qqq,,,9,,,
    s.jsonl,1,,,,tagged,,"gas,
    ""gas""",energy,neutral,3,,,
    t.tsv,1,,,,tagged,,oil,energy,neutral,,N,M,O
    a.txt,,1,0,63,tagged,,"Oil prices rose on Monday in the capital, officials said again.",energy,neutral,,,,
    "#);
    let header = |options: &str| {
        let text = folder.ok(&format!("predict -q r.csv -m model --format csv {options}"));
        text.lines().next().unwrap().to_owned()
    };
    insta::assert_snapshot!(header("--scores --keep none"), @"source,row,paragraph,span_start,span_end,status,detail,text,topic,stance,topic.energy,topic.military,stance.against,stance.for,stance.neutral");
    insta::assert_snapshot!(header("--scores=given --keep id"), @"source,row,paragraph,span_start,span_end,status,detail,text,topic,stance,topic.energy,topic.military,stance.against,stance.for,stance.neutral,input.id");
    folder.write("pipes.csv", "text,topic\noil,a|b;c\ngas,c\n");
    folder.ok("train -q pipes.csv --task topic=multi --label-separator ; --folds 0 --min-df 1 -o pipes");
    insta::assert_snapshot!(folder.fails("predict r.csv -m pipes --format csv"), @r#"2: error: label "a|b" of task "topic" holds the label separator "|" (set another --label-separator)"#);
    assert!(
        folder
            .ok("predict r.csv -m pipes --format csv --label-separator ;")
            .contains("a|b;c")
    );
    let given = folder.ok("predict -q r.csv -m model --format csv --scores=given --keep none");
    insta::assert_snapshot!(given.lines().last().unwrap(), @"r.csv,3,,,,no_known_words,,zzz qqq,,,,,,,");
}

#[test]
fn bad_rows_end_the_run_or_are_answered() {
    let folder = Folder::with_model(&[
        ("out", "old"),
        ("a.csv", "id,text\n1,oil\n2,a,b\n3,\"x\"y\n4\n5,gas\n"),
        (
            "b.jsonl",
            "{\"id\":1,\"text\":\"oil\"}\n{\"id\":2,\"text\":[1]}\n{\"id\":3}\n{\"id\":4\n{\"id\":5,\"text\":\"gas\"}\n",
        ),
        ("c.csv", "id,body\n1,oil\n"),
        ("d.csv", "id,text\n1,oil\n2,\"gas\n3,oil\n"),
    ]);
    folder.write("e.txt", b"Oil \xff gas");
    for (name, message) in [
        ("a.csv", "a.csv:3: 3 fields, but the header has 2"),
        (
            "b.jsonl",
            "b.jsonl:2: column \"text\": expected a string, found an array",
        ),
        ("c.csv", "c.csv:1: no column \"text\" in the header"),
        ("d.csv", "d.csv:3:3: this quote is never closed"),
        ("e.txt", "e.txt:1:5: not valid UTF-8"),
    ] {
        let told = folder.fails(&format!("predict {name} -m model -o out"));
        assert!(told.starts_with(&format!("3: error: {message}")), "{told}");
    }
    let skip = |inputs: &str| folder.run(&format!("predict {inputs} -m model --scores=none --on-bad-row skip"));
    let skipped = skip("a.csv b.jsonl c.csv e.txt");
    insta::assert_snapshot!(skipped.stdout, @r#"
    {"source":"a.csv","row":1,"text":"oil","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"},"input":{"id":"1"}}
    {"source":"a.csv","row":2,"status":"error","message":"a.csv:3: 3 fields, but the header has 2 (quote a field that holds the delimiter, or set --delimiter)"}
    {"source":"a.csv","row":3,"status":"error","message":"a.csv:4:6: text after the closing quote (double the quotes inside a quoted field: \"\")"}
    {"source":"a.csv","row":4,"status":"error","message":"a.csv:5: 1 field, but the header has 2 (fill in the missing fields, or set --delimiter)"}
    {"source":"a.csv","row":5,"text":"gas","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"},"input":{"id":"5"}}
    {"source":"b.jsonl","row":1,"text":"oil","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"},"input":{"id":1}}
    {"source":"b.jsonl","row":2,"status":"error","message":"b.jsonl:2: column \"text\": expected a string, found an array","input":{"id":2}}
    {"source":"b.jsonl","row":3,"status":"error","message":"b.jsonl:3: column \"text\": no field \"text\" in this object (add it, or name yours with --text-column)","input":{"id":3}}
    {"source":"b.jsonl","row":4,"status":"error","message":"b.jsonl:4:7: cannot read this as JSON: EOF while parsing an object (write one whole object on each line)"}
    {"source":"b.jsonl","row":5,"text":"gas","status":"tagged","labels":{"topic":["energy"],"stance":"neutral"},"input":{"id":5}}
    {"source":"c.csv","status":"error","message":"c.csv:1: no column \"text\" in the header (the columns are \"id\", \"body\"; rename it, or name yours with --text-column)"}
    {"source":"e.txt","status":"error","message":"e.txt:1:5: not valid UTF-8 (save the file as UTF-8)"}
    "#);
    insta::assert_snapshot!(skipped.stderr, @"read 12 texts, tagged 4, 8 unreadable");
    assert_eq!(skipped.code, Some(0));
    insta::assert_snapshot!(folder.ok("predict -q a.csv -m model --on-bad-row skip --format csv"), @r#"
    source,row,paragraph,span_start,span_end,status,detail,text,topic,stance,input.id
    a.csv,1,,,,tagged,,oil,energy,neutral,1
    a.csv,2,,,,error,"a.csv:3: 3 fields, but the header has 2 (quote a field that holds the delimiter, or set --delimiter)",,,,
    a.csv,3,,,,error,"a.csv:4:6: text after the closing quote (double the quotes inside a quoted field: """")",,,,
    a.csv,4,,,,error,"a.csv:5: 1 field, but the header has 2 (fill in the missing fields, or set --delimiter)",,,,
    a.csv,5,,,,tagged,,gas,energy,neutral,5
    "#);
    // How many rows such a quote has swallowed nobody knows.
    let open = skip("d.csv");
    assert_eq!((open.code, open.stdout.lines().count()), (Some(3), 1));
}

#[test]
fn outputs_appear_whole_or_not_at_all() {
    let folder = folder();
    folder.write("out", "old");
    folder.ok("predict -q r.csv -m model -o out");
    let whole = String::from_utf8(folder.read("out")).unwrap();
    assert_eq!(whole, folder.ok("predict -q r.csv -m model -o -"));
    assert_eq!(folder.names(), ["model", "out", "r.csv"]);
    insta::assert_snapshot!(folder.fails("predict r.csv -m model -o r.csv"), @"2: error: r.csv: this output is also an input (choose another name)");
    insta::assert_snapshot!(folder.fails("predict . -m model -o r.csv"), @"2: error: r.csv: this output is also an input (choose another name)");
    insta::assert_snapshot!(folder.fails("predict r.csv -m model -o none/out"), @"3: error: none/out: cannot write: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.fails("predict r.csv -m model -o ."), @"3: error: .: cannot write: Is a directory (os error 21)");
    insta::assert_snapshot!(folder.fails("predict r.csv -m model -o /dev/full"), @"3: error: /dev/full: cannot write: No space left on device (os error 28)");
    insta::assert_snapshot!(folder.fails("predict r.csv nothing.csv -m model -o new"), @"3: error: nothing.csv: cannot open: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.fails("predict r.csv -m nothing -o new"), @"4: error: nothing: cannot read the model: No such file or directory (os error 2)");
    // An error late in a long input.
    let late = format!("id,text\n{}x,y,z\n", "1,oil\n".repeat(50_000));
    folder.write("late.csv", &late);
    insta::assert_snapshot!(folder.fails("predict late.csv -m model -o new"), @"3: error: late.csv:50002: 3 fields, but the header has 2 (quote a field that holds the delimiter, or set --delimiter)");
    insta::assert_snapshot!(folder.fails("predict late.csv -m model -o out --threads 1"), @"3: error: late.csv:50002: 3 fields, but the header has 2 (quote a field that holds the delimiter, or set --delimiter)");
}

#[test]
fn order_is_kept_at_any_number_of_threads() {
    let words = ["oil", "army", "gas", "praised", "blamed", "zzz", ""];
    let row = |i: usize| format!("{i},{} {}{}\n", words[i % 7], words[i * i % 5], " pad".repeat(i % 90));
    let rows: String = (0..5000).map(row).collect();
    let folder = Folder::with_model(&[("long.csv", &format!("id,text\n{rows}")), ("out", "")]);
    let run = |threads: u32| folder.ok(&format!("predict -q long.csv -m model --threads {threads}"));
    let one = run(1);
    for (i, line) in one.lines().enumerate() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            (&record["row"], &record["input"]["id"]),
            (&Value::from(i + 1), &Value::from(i.to_string()))
        );
    }
    assert_eq!(one.lines().count(), 5000);
    assert!(run(2) == one && run(4) == one);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_row_is_answered(rows in prop::collection::vec(("(oil|army|\\PC{0,12}|[\n\r\",;\t ]{0,6})", "\\PC{0,5}"), 1..60)) {
        let folder = Folder::with_model(&[]);
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["text", "note"]).unwrap();
        let mut json = String::new();
        for (text, note) in &rows {
            csv.write_record([text, note]).unwrap();
            json.push_str(&format!("{}\n", serde_json::json!({"note": note, "text": text})));
        }
        folder.write("r.csv", csv.into_inner().unwrap());
        folder.write("r.jsonl", json);
        for name in ["r.csv", "r.jsonl"] {
            let records = folder.records(&format!("predict -q {name} -m model"));
            let answered: Vec<_> = records.iter().map(|r| (r["text"].as_str().unwrap(), r["input"]["note"].as_str().unwrap())).collect();
            let asked: Vec<_> = rows.iter().map(|(text, note)| (text.as_str(), note.as_str())).collect();
            prop_assert_eq!(answered, asked);
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::with_model(&[("long.csv", &format!("id,text\n{}", "1,oil\n".repeat(60_000)))]);
    for threads in ["1", "3"] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("wiretag"))
            .args(["predict", "long.csv", "-m", "model", "--threads", threads])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(first.starts_with("{\"source\":\"long.csv\",\"row\":1,"));
        assert_eq!(
            (ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()),
            (Some(0), "")
        );
    }
}
