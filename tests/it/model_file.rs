//! Model files that cannot be used: each is refused by name, with exit code 4, before anything else happens.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::support::{Folder, model};

/// The shared model with its metadata changed.
fn with_metadata(change: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let (_, header) = SafeTensors::read_metadata(model()).unwrap();
    let entry = &header.metadata().as_ref().unwrap()["wiretag"];
    let metadata = change(entry).map(|entry| HashMap::from([("wiretag".to_owned(), entry)]));
    let tensors = SafeTensors::deserialize(model()).unwrap();
    safetensors::serialize(tensors.tensors(), metadata).unwrap()
}

#[test]
fn every_command_refuses_what_is_no_model() {
    let bytes = model();
    let mut flipped = bytes.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let zeros = [0; 12];
    let foreign = TensorView::new(Dtype::F32, vec![3], &zeros).unwrap();
    let foreign = safetensors::serialize([("weight", foreign)], None).unwrap();
    let folder = Folder::with(&[
        ("r.csv", "text,topic,stance\noil,energy,for\n"),
        ("dir/x", ""),
        ("out", "old"),
    ]);
    let files: [(&str, &[u8]); 9] = [
        ("empty", b""),
        ("short", b"{}"),
        ("cut", &bytes[..bytes.len() / 2]),
        ("longer", &[bytes, b"x"].concat()),
        ("flipped", &flipped),
        ("foreign", &foreign),
        ("bare", &with_metadata(|_| None)),
        (
            "later",
            &with_metadata(|m| Some(m.replace("\"format_version\":1", "\"format_version\":2"))),
        ),
        (
            "relabelled",
            &with_metadata(|m| Some(m.replace("\"energy\"", "\"enemy\""))),
        ),
    ];
    for (name, bytes) in files {
        folder.write(name, bytes);
    }
    let fails = |name: &str| {
        let message = folder.fails(&format!("inspect -m {name}"));
        for command in [
            "predict r.csv -o out",
            "predict nothing.csv",
            "eval r.csv --report new.json",
        ] {
            assert_eq!(folder.fails(&format!("{command} -m {name}")), message);
        }
        message
    };
    insta::assert_snapshot!(fails("empty"), @"4: error: empty: not a whole safetensors file: header too small (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("short"), @"4: error: short: not a whole safetensors file: header too small (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("cut"), @"4: error: cut: not a whole safetensors file: invalid header length (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("longer"), @"4: error: longer: not a whole safetensors file: incomplete metadata, file not fully covered (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("flipped"), @"4: error: flipped: damaged model: the contents do not match their digest (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("foreign"), @r#"4: error: foreign: a safetensors file, but not a wiretag model: it has no metadata entry "wiretag""#);
    insta::assert_snapshot!(fails("bare"), @r#"4: error: bare: a safetensors file, but not a wiretag model: it has no metadata entry "wiretag""#);
    insta::assert_snapshot!(fails("later"), @"4: error: later: model format 2, but this wiretag reads formats up to 1 (update wiretag)");
    insta::assert_snapshot!(fails("relabelled"), @"4: error: relabelled: damaged model: the contents do not match their digest (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("r.csv"), @"4: error: r.csv: not a whole safetensors file: header too large (train the model again, or copy it again)");
    insta::assert_snapshot!(fails("dir"), @"4: error: dir: cannot read the model: Is a directory (os error 21)");
    insta::assert_snapshot!(fails("nothing"), @"4: error: nothing: cannot read the model: No such file or directory (os error 2)");
}
