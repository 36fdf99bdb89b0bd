//! `wiretag eval`: figures, labels that the model does not know, the JSON report, refusals.

use serde_json::Value;

use crate::support::{Folder, labelled};

/// Small enough to count by hand.
const GOLD: &str = "text,topic,stance\n\
    oil gas praised welcomed,energy,for\n\
    army troops noted,energy|military,neutral\n\
    crude oil noted counted,energy|sports,wild\n\
    zzz qqq,military,neutral\n";

fn folder() -> Folder {
    Folder::with_model(&[("gold.csv", GOLD)])
}

#[test]
fn figures_count_unknown_labels_and_unknown_texts_as_misses() {
    let ran = folder().run("eval gold.csv -m model");
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout, @r#"
    topic (multi-label, 4 texts)
      label     precision  recall     f1  support  predicted
      energy        1.000   0.667  0.800        3          2
      military      1.000   0.500  0.667        2          1
      sports        0.000   0.000  0.000        1          0
      micro         1.000   0.500  0.667
      macro         0.667   0.389  0.489
      weighted      0.833   0.500  0.622
      subset accuracy 0.250
      not known to the model, counted as misses: "sports"

    stance (single-choice, 4 texts)
      label     precision  recall     f1  support  predicted
      against       0.000   0.000  0.000        0          0
      for           1.000   1.000  1.000        1          1
      neutral       0.500   0.500  0.500        2          2
      wild          0.000   0.000  0.000        1          0
      micro         0.667   0.500  0.571
      macro         0.375   0.375  0.375
      weighted      0.500   0.500  0.500
      accuracy 0.500
      confusion
        gold \ predicted  against  for  neutral  wild  (none)
        against                 0    0        0     0       0
        for                     0    1        0     0       0
        neutral                 0    0        1     0       1
        wild                    0    0        1     0       0
      not known to the model, counted as misses: "wild"

    Texts without a known word, which got no label: 1.
    Macro averages are over all labels of the task; one without support and prediction counts 0.
    "#);
    insta::assert_snapshot!(ran.stderr, @"read 4 rows, used 4, skipped 0");
}

#[test]
fn the_json_report_says_the_same() {
    let folder = folder();
    folder.ok("eval -q gold.csv -m model --report a.json --report dir.json");
    assert_eq!(folder.read("a.json"), folder.read("dir.json"));
    let mut report: Value = serde_json::from_slice(&folder.read("a.json")).unwrap();
    // These change with the model and the version.
    for (object, key) in [
        ("", "wiretag_version"),
        ("/model", "data_digest"),
        ("/model", "features"),
        ("/data", "digest"),
    ] {
        let value = &mut report.pointer_mut(object).unwrap()[key];
        assert!(!value.is_null(), "{key}");
        *value = "…".into();
    }
    // One task is enough to see the form.
    assert_eq!(report["tasks"][1]["unknown_labels"][0], "wild");
    report["tasks"].as_array_mut().unwrap().truncate(1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "report_version": 1,
      "wiretag_version": "…",
      "data": {
        "digest": "…",
        "texts": 4,
        "skipped": 0
      },
      "model": {
        "data_digest": "…",
        "features": "…"
      },
      "averages": "macro averages are taken over all labels of the task, those of the model and those that only the gold data have; a label without support and without prediction counts 0; weighted averages weigh by support; micro figures come from summed counts",
      "no_known_words": 1,
      "tasks": [
        {
          "task": "topic",
          "kind": "multi",
          "texts": 4,
          "micro": {
            "precision": 1.0,
            "recall": 0.5,
            "f1": 0.6666666666666666
          },
          "macro": {
            "precision": 0.6666666666666666,
            "recall": 0.38888888888888884,
            "f1": 0.48888888888888893
          },
          "weighted": {
            "precision": 0.8333333333333334,
            "recall": 0.5,
            "f1": 0.6222222222222222
          },
          "accuracy": 0.25,
          "labels": [
            {
              "label": "energy",
              "precision": 1.0,
              "recall": 0.6666666666666666,
              "f1": 0.8,
              "support": 3,
              "predicted": 2,
              "true_positives": 2,
              "false_positives": 0,
              "false_negatives": 1
            },
            {
              "label": "military",
              "precision": 1.0,
              "recall": 0.5,
              "f1": 0.6666666666666666,
              "support": 2,
              "predicted": 1,
              "true_positives": 1,
              "false_positives": 0,
              "false_negatives": 1
            },
            {
              "label": "sports",
              "precision": 0.0,
              "recall": 0.0,
              "f1": 0.0,
              "support": 1,
              "predicted": 0,
              "true_positives": 0,
              "false_positives": 0,
              "false_negatives": 1
            }
          ],
          "unknown_labels": [
            "sports"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn several_files_and_renamed_columns() {
    let folder = folder();
    folder.write(
        "more.jsonl",
        "{\"body\":\"x\",\"text\":\"oil\",\"topic\":[\"energy\"],\"stance\":\"neutral\"}\n",
    );
    folder.write("other.tsv", "body\ttopic\tstance\noil\tenergy;military\tneutral\n");
    let ran = folder.run("eval gold.csv more.jsonl -m model");
    assert!(ran.stdout.starts_with("topic (multi-label, 5 texts)"), "{}", ran.stdout);
    let ran = folder.run("eval other.tsv -m model --text-column body --label-separator ;");
    assert!(ran.stdout.starts_with("topic (multi-label, 1 text)"), "{}", ran.stdout);
    // The data that it was trained on.
    folder.write("train.csv", labelled());
    let ran = folder.run("eval train.csv -m model");
    assert!(ran.stdout.contains("  accuracy 1.000\n"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "read 60 rows, used 60, skipped 0\n");
}

#[test]
fn refusals() {
    let folder = Folder::with_model(&[
        ("gold.csv", GOLD),
        ("half.csv", "text,topic\noil,energy\n"),
        (
            "bad.csv",
            "text,topic,stance\noil,energy,for\n,energy,for\ngas,energy,\n",
        ),
        ("a.txt", "Oil."),
    ]);
    insta::assert_snapshot!(folder.fails("eval half.csv -m model"), @r#"3: error: half.csv:1: no column "stance" in the header (the columns are "text", "topic"; rename it, or train a model that reads yours)"#);
    insta::assert_snapshot!(folder.fails("eval bad.csv -m model --report r.json"), @r#"3: error: bad.csv:3: column "text": the text is empty (fill it in or delete the row)"#);
    insta::assert_snapshot!(folder.fails("eval a.txt -m model"), @"2: error: a.txt: this is an article, but labelled rows are needed (give CSV, TSV or JSONL, or name the format with --input-format)");
    insta::assert_snapshot!(folder.fails("eval gold.csv -m model --report r.pdf"), @"2: error: --report r.pdf: the name must end in .json");
    insta::assert_snapshot!(folder.fails("eval gold.csv -m model --report r.json --report none/r.json"), @"3: error: none/r.json: cannot write: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.fails("eval gold.csv -m gold.csv"), @"4: error: gold.csv: not a whole safetensors file: header too large (train the model again, or copy it again)");
    insta::assert_snapshot!(folder.fails("eval nothing.csv -m model"), @"3: error: nothing.csv: cannot open: No such file or directory (os error 2)");
    let ran = folder.run("eval bad.csv -m model --on-bad-row skip");
    insta::assert_snapshot!(ran.stderr, @r#"
    read 3 rows, used 1, skipped 2
      skipped bad.csv:3: column "text": the text is empty (fill it in or delete the row)
      skipped bad.csv:4: column "stance": a single-choice task needs one label, and the cell is empty (write a label into it)
    "#);
    assert!(ran.stdout.starts_with("topic (multi-label, 1 text)"));
}
