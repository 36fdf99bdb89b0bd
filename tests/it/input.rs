//! Reading: every format, encoding and place that rows and labels come from, seen through the program.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Folder, model};

const PREDICT: &str = "predict -q -m model --scores=none";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Row number, text and kept fields of each record.
fn rows(folder: &Folder, arguments: &str) -> String {
    let records = folder.records(&format!("{PREDICT} {arguments}"));
    let rows = records
        .iter()
        .map(|r| format!("{} {} {}\n", r["row"], r["text"], r["input"]));
    rows.collect()
}

#[test]
fn tables_of_every_dialect() {
    let folder = Folder::with_model(&[
        ("plain.csv", "id,text,n\n1,oil,a\n\n2,gas,b\n"),
        (
            "quoted.csv",
            "id,text,n\n1,\"oil, \"\"crude\"\"\n\nand gas\",\"a\nb\"\n2,\"\",\n3,5\" shell,x\n",
        ),
        (
            "windows.csv",
            "\u{feff}id,text,n\r\n1,\"oil\r\nand gas\",a\r\n2,gas,b\r\n",
        ),
        ("mac.csv", "id,text,n\r1,oil,a\r2,gas,b"),
        ("tabs.tsv", "id\ttext\tn\n1\toil, gas\ta\n"),
        ("semicolons.csv", "id;text;n\n1;oil, gas;a\n"),
        ("pipes.txt", "id|text|n\n1|oil, gas|a\n"),
        ("renamed.csv", "Nr,Absatz,n\n1,oil,a\n"),
        ("NAMES.CSV", "id,text\n1,oil\n"),
    ]);
    let read = |arguments: &str| rows(&folder, arguments);
    insta::assert_snapshot!(read("plain.csv"), @r#"
        1 "oil" {"id":"1","n":"a"}
        2 "gas" {"id":"2","n":"b"}
        "#);
    insta::assert_snapshot!(read("quoted.csv"), @r#"
    1 "oil, \"crude\"\n\nand gas" {"id":"1","n":"a\nb"}
    2 "" {"id":"2","n":""}
    3 "5\" shell" {"id":"3","n":"x"}
    "#);
    insta::assert_snapshot!(read("windows.csv"), @r#"
    1 "oil\r\nand gas" {"id":"1","n":"a"}
    2 "gas" {"id":"2","n":"b"}
    "#);
    assert_eq!(read("mac.csv"), read("plain.csv"));
    insta::assert_snapshot!(read("tabs.tsv"), @r#"1 "oil, gas" {"id":"1","n":"a"}"#);
    assert_eq!(read("semicolons.csv --delimiter ;"), read("tabs.tsv"));
    assert_eq!(read("pipes.txt --input-format csv --delimiter |"), read("tabs.tsv"));
    insta::assert_snapshot!(read("renamed.csv --text-column Absatz --id-column Nr --keep id"), @r#"1 "oil" {"Nr":"1"}"#);
    insta::assert_snapshot!(read("NAMES.CSV"), @r#"1 "oil" {"id":"1"}"#);
}

#[test]
fn json_lines() {
    let folder = Folder::with_model(&[(
        "rows.jsonl",
        "\u{feff}{\"id\":7,\"text\":\"oil \\u00e9\\n\\ud83d\\ude00\",\"x\":{\"b\":[1, 2],\"a\":null}}\r\n\n  \n\
         {\"text\":null}\n{\"text\":12.50,\"n\":1e3}\n{\"text\":\"gas\",\"text\":\"oil\"}",
    )]);
    insta::assert_snapshot!(rows(&folder, "rows.jsonl"), @r#"
1 "oil é\n😀" {"id":7,"x":{"b":[1,2],"a":null}}
2 "" null
3 "12.50" {"n":1000.0}
4 "oil" null
"#);
    assert_eq!(
        rows(&folder, "rows.jsonl --threads 1"),
        rows(&folder, "rows.jsonl --threads 3")
    );
}

#[test]
fn compressed_files_are_known_by_their_first_bytes() {
    let text = "id,text\n1,oil\n2,gas\n";
    let folder = Folder::with_model(&[("rows.csv", text)]);
    let plain = rows(&folder, "rows.csv");
    folder.write("rows.csv.gz", gzip(text));
    folder.write("rows.csv.zst", zstd::encode_all(text.as_bytes(), 1).unwrap());
    folder.write("twice.csv.gz", [gzip("id,text\n1,oil\n"), gzip("2,gas\n")].concat());
    folder.write("hidden.csv", gzip(text));
    folder.write("not.csv.gz", text);
    for name in [
        "rows.csv.gz",
        "rows.csv.zst",
        "twice.csv.gz",
        "hidden.csv",
        "not.csv.gz",
    ] {
        assert_eq!(rows(&folder, name), plain, "{name}");
    }
    let whole = gzip(&format!("id,text\n{}", "1,oil\n".repeat(100_000)));
    folder.write("cut.csv.gz", &whole[..whole.len() - 20]);
    insta::assert_snapshot!(folder.fails(&format!("{PREDICT} cut.csv.gz -o out")), @"3: error: cut.csv.gz: cannot read: incomplete deflate stream");
    let skipped = folder.ok(&format!("{PREDICT} cut.csv.gz --on-bad-row skip"));
    assert!(skipped.lines().count() > 50_000, "the rows before the cut are tagged");
    insta::assert_snapshot!(skipped.lines().last().unwrap(), @r#"{"source":"cut.csv.gz","status":"error","message":"cut.csv.gz: cannot read: incomplete deflate stream"}"#);
}

#[test]
fn standard_input_is_known_by_its_first_bytes() {
    let folder = Folder::with_model(&[]);
    let read = |more: &[&str], input: &[u8]| {
        let arguments = [
            &[
                "predict",
                "-q",
                "-m",
                "model",
                "--scores=none",
                "--boilerplate",
                "tag",
                "-",
            ],
            more,
        ]
        .concat();
        let output = folder.run_with(&arguments, input).ok();
        let starts = output
            .lines()
            .map(|l| l.split(",\"status\"").next().unwrap().to_owned() + "\n");
        starts.collect::<String>()
    };
    insta::assert_snapshot!(read(&[], b"{\"text\":\"oil\"}\n"), @r#"{"source":"<stdin>","row":1,"text":"oil""#);
    insta::assert_snapshot!(read(&[], b"id,text\n1,oil\n"), @r#"{"source":"<stdin>","row":1,"text":"oil""#);
    insta::assert_snapshot!(read(&[], b"\"id\"\t\"text\"\n1\toil\n"), @r#"{"source":"<stdin>","row":1,"text":"oil""#);
    insta::assert_snapshot!(read(&["--text-column", "body"], b"id,body\n1,oil\n"), @r#"{"source":"<stdin>","row":1,"text":"oil""#);
    insta::assert_snapshot!(read(&[], b"Oil, gas and text.\n"), @r#"{"source":"<stdin>","paragraph":1,"span":[0,18],"text":"Oil, gas and text.""#);
    insta::assert_snapshot!(read(&[], &gzip("<p>Oil and gas.</p>")), @r#"{"source":"<stdin>","paragraph":1,"text":"Oil and gas.""#);
    assert_eq!(read(&[], b""), "");
    insta::assert_snapshot!(read(&["--input-format", "text"], b"id,text\n"), @r#"{"source":"<stdin>","paragraph":1,"span":[0,7],"text":"id,text""#);
    insta::assert_snapshot!(
        folder.fails_with(&["predict", "-m", "model", "-"], b"id;text\n1;oil\n"), @r#"3: error: <stdin>:1: the whole header is one column "id;text" (set --delimiter ';')"#);
}

#[test]
fn several_files_and_folders_in_order() {
    let folder = Folder::with_model(&[
        ("in/b.csv", "id,text\n1,oil\n"),
        ("in/a/z.jsonl", "{\"text\":\"gas\"}\n"),
        ("in/a/article.TXT", "Oil."),
        ("in/photo.jpg", "\u{0}"),
        ("in/README", "read me"),
        ("last.tsv", "text\ncrude\n"),
    ]);
    let ran = folder.run("predict -m model --scores=none last.tsv in last.tsv");
    let sources: Vec<_> = ran.stdout.lines().map(|l| l.split(',').next().unwrap()).collect();
    insta::assert_snapshot!(sources.join("\n"), @r#"
    {"source":"last.tsv"
    {"source":"in/a/article.TXT"
    {"source":"in/a/z.jsonl"
    {"source":"in/b.csv"
    {"source":"last.tsv"
    "#);
    insta::assert_snapshot!(ran.stderr, @"read 5 texts, tagged 5; passed over 2 files of unknown format in folders");
    // A named format is that of all files.
    let ran = folder.run("predict -m model in --input-format text");
    assert!(
        ran.stdout.contains("in/README") && ran.stdout.contains("in/photo.jpg"),
        "{}",
        ran.stdout
    );
}

#[test]
fn labelled_data_in_every_form_make_the_same_model() {
    let rows = [
        ("oil and gas", vec!["energy"], "good"),
        ("tank and gun, \"loud\"", vec!["energy", "war, peace"], "bad"),
        ("nothing", vec![], "good"),
        ("öl", vec!["Überfall", "war, peace"], "bad"),
    ];
    let csv = |delimiter: &str, separator: &str, line: &str, header: [&str; 3]| {
        let quote = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let body = rows.iter().map(|(text, topic, tone)| {
            [quote(text), quote(&topic.join(separator)), quote(tone)].join(delimiter) + line
        });
        header.join(delimiter) + line + &body.collect::<String>()
    };
    let names = ["text", "topic", "tone"];
    let json = |row: &(&str, Vec<&str>, &str)| {
        serde_json::json!({"tone": row.2, "text": row.0, "topic": row.1}).to_string() + "\n"
    };
    let folder = Folder::with(&[
        ("a.csv", &csv(",", "|", "\n", names)),
        ("b.tsv", &csv("\t", " | ", "\r\n", names)),
        ("c.csv", &csv(";", " / ", "\n", ["Text", "Thema", "Ton"])),
        ("d.jsonl", &rows.iter().map(json).collect::<String>()),
        ("deep/e.csv", &csv(",", "|", "\n", names)),
    ]);
    folder.write("f.csv.gz", gzip(&csv(",", "|", "\n", names)));
    let train = |arguments: &str| {
        folder.ok(&format!("train -q --folds 0 --min-df 1 -o model {arguments}"));
        folder.read("model")
    };
    let tasks = "--task topic=multi --task tone=single";
    let model = train(&format!("a.csv {tasks}"));
    for data in ["b.tsv", "d.jsonl", "deep/e.csv", "deep", "f.csv.gz"] {
        assert!(train(&format!("{data} {tasks}")) == model, "{data}");
    }
    let renamed = train(
        "c.csv --delimiter ; --label-separator / --text-column Text --task topic=multi:Thema --task tone=single:Ton",
    );
    assert!(renamed != model, "the model knows the columns it was trained on");
    folder.write("rows.csv", "text\noil gun öl\n");
    insta::assert_snapshot!(folder.records("predict -q -m model rows.csv --threshold 0")[0]["labels"], @r#"{"topic":["energy","war, peace","Überfall"],"tone":"bad"}"#);
    let piped = folder.run_with(
        &[
            "train",
            "-",
            "--folds",
            "0",
            "--min-df",
            "1",
            "--task",
            "topic=multi",
            "--task",
            "tone=single",
            "-o",
            "piped",
        ],
        csv(",", "|", "\n", names).as_bytes(),
    );
    piped.ok();
    assert!(folder.read("piped") == model);
}

#[test]
fn a_named_pipe_is_read_once() {
    let folder = Folder::with(&[]);
    folder.write("model", model());
    let script =
        "mkfifo pipe && (printf 'id,text\\n1,oil\\n2,gas\\n' > pipe &) && \"$0\" predict -q -m model pipe --format csv";
    let program = assert_cmd::cargo::cargo_bin!("wiretag");
    let output = std::process::Command::new("sh")
        .args(["-c", script, program.to_str().unwrap()])
        .current_dir(folder.path())
        .output()
        .unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r#"
    source,row,paragraph,span_start,span_end,status,detail,text,topic,stance,input.id
    pipe,1,,,,tagged,,oil,energy,neutral,1
    pipe,2,,,,tagged,,gas,energy,neutral,2
    "#);
}
