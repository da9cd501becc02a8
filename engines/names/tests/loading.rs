//! The lexicon says what is wrong with its files, by file and line, and lets a zone weigh things its own way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use names::{Lexicon, LexiconError, Severity};

fn national() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/names")
}

/// A zone's folder with these files, or a copy of the national folder with these files in it.
fn folder(name: &str, copy: bool, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    if copy {
        for file in fs::read_dir(national()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    for (file, text) in files {
        fs::write(folder.join(file), text).unwrap();
    }
    folder
}

fn faults(national: &Path, zone: &Path) -> Vec<String> {
    let error: LexiconError = Lexicon::load(national, zone).err().expect("the files are wrong");
    error
        .faults
        .iter()
        .map(|fault| format!("{}:{}: {}", fault.file.file_name().unwrap().display(), fault.line, fault.why))
        .collect()
}

#[test]
fn a_folder_that_is_not_there_names_every_missing_file() {
    let nowhere = folder("nowhere", false, &[]);
    let faults = faults(&nowhere, &nowhere);
    for file in [
        "characters.tsv",
        "variants.tsv",
        "glyphs.tsv",
        "regions.tsv",
        "industry-synonyms.tsv",
        "forms.tsv",
        "wordings.toml",
        "rules.toml",
        "marks.tsv",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(file)), "{file}: {faults:?}");
    }
}

#[test]
fn faults_carry_their_line() {
    let zone = folder(
        "faulty-zone",
        false,
        &[
            (
                "regions.tsv",
                "# areas\n前海\t前海\tzone\t440305\n蛇口\t蛇口\tvillage\t440305\n蛇口\t海\tzone\t44x\n",
            ),
            ("marks.tsv", "华为\tsame\t*\t驰名商标\n华\tsmell\t天书\t\n"),
            (
                "wordings.toml",
                "[[wording]]\nrule = \"no.such\"\nat = \"brand\"\nwords = [\"红光\"]\n",
            ),
            (
                "similarity.toml",
                "contained_chars_min = 1\npartial_sound_chars_min = 3\nglyph_differences_max = 2\nglyph_alike_percent_min = 90\nindustry_code_digits = 3\n",
            ),
        ],
    );
    let faults = faults(&national(), &zone);
    for expected in [
        "regions.tsv:3: “village” is not a level",
        "regions.tsv:4: “44x” is not a division code",
        "marks.tsv:2: “smell”",
        "marks.tsv:2: “天书”",
        "marks.tsv:2: the source is empty",
        "wordings.toml:0: the rule “no.such”",
        "similarity.toml:0: contained_chars_min",
    ] {
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected}: {faults:?}");
    }
    let broken = folder(
        "broken-zone",
        false,
        &[("wordings.toml", "[[wording]]\nrule = \"734.11.1\"\nat = \"nowhere\"\n")],
    );
    assert!(self::faults(&national(), &broken)[0].starts_with("wordings.toml:3: "));
}

#[test]
fn a_rule_that_the_code_applies_cannot_be_left_out() {
    let rules = fs::read_to_string(national().join("rules.toml"))
        .unwrap()
        .replace("id = \"734.17\"", "id = \"734.18\"");
    let folder = folder("short-rules", true, &[("rules.toml", &rules)]);
    assert_eq!(
        faults(&folder, &folder.join("no-zone")),
        ["rules.toml:0: the rule “734.17” is missing"]
    );
}

#[test]
fn a_zone_adds_lifts_and_weighs() {
    let zone = folder(
        "own-zone",
        false,
        &[
            (
                "wordings.toml",
                "[[wording]]\nrule = \"734.11.8\"\nat = \"brand\"\nwords = [\"红光\"]\n\n[[lift]]\nrule = \"734.11.4\"\nwords = [\"联合国\"]\n\n[[severity]]\nrule = \"734.17\"\nseverity = \"warn\"\n",
            ),
            ("marks.tsv", "青松\tsame\t*\t驰名商标\tOWNER\n"),
            ("regions.tsv", "小岛新区\t小岛新区\tzone\t3101\n"),
        ],
    );
    let lexicon = Lexicon::load(&national(), &zone).unwrap();
    let rules = |name: &str| -> Vec<String> {
        let parsed = lexicon.parse(name).unwrap();
        lexicon
            .wordings(&parsed)
            .into_iter()
            .chain(lexicon.marks(&parsed, &[]))
            .map(|hit| hit.rule)
            .collect()
    };
    assert_eq!(rules("深圳大红光科技有限公司"), ["734.11.8"]);
    assert_eq!(rules("深圳联合国科技有限公司"), [""; 0]);
    assert_eq!(rules("上海小岛新区青松科技有限公司"), ["mark.same"]);
    assert_eq!(rules("深圳腾讯科技有限公司"), [""; 0]);
    assert_eq!(
        lexicon.marks(&lexicon.parse("深圳青松科技有限公司").unwrap(), &["OWNER".to_owned()]),
        []
    );
    let severity = |lexicon: &Lexicon| lexicon.rules().iter().find(|rule| rule.id == "734.17").map(|rule| rule.severity);
    assert_eq!(severity(&lexicon), Some(Severity::Warn));
    assert_eq!(severity(&common::LEXICON), Some(Severity::Block));
}
