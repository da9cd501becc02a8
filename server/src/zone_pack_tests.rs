//! The shipped pack holds what an expert would look up; a spoilt pack is refused by file, line and key.

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use kernel::Zone;
use kernel::zone::ZoneError;
use serde_json::{Value, json};

use super::{CARD, DIVISIONS, Files, INDUSTRIES, PARAMETERS, digest, files, from_files, read};

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_owned()
}
fn shipped_files() -> Files {
    files(&root().join("data/zones/shenzhen-qianhai"), &root().join("data")).expect("the shipped pack is there")
}
fn shipped() -> Zone {
    read(&root().join("data/zones/shenzhen-qianhai"), &root().join("data")).expect("the shipped pack is good")
}
fn tiny() -> Zone {
    read(&root().join("tests/zones/tiny"), &root().join("data")).expect("the tiny pack is good")
}

#[test]
fn the_shipped_tables_are_whole() {
    let zone = shipped();
    let count = |digits: usize| zone.divisions.keys().filter(|code| code.len() == digits).count();
    assert_eq!([count(6), count(9), count(12)], [9, 79, 788]);
    assert_eq!(zone.division_path("440305007"), ["南山区", zone.divisions["440305007"].as_str()]);
    let level = |length: usize| zone.industries.keys().filter(|code| code.len() == length).count();
    assert_eq!(
        [level(1), level(3), level(4), level(5)],
        [20, 97, 473, 1382],
        "the counts that GB/T 4754-2017 itself states"
    );
    assert_eq!(zone.industries["I6513"], "应用软件开发");
    assert_eq!(zone.calendar.years().collect::<Vec<_>>(), (2018..=2026).collect::<Vec<_>>());
    let works = |day: Date| zone.calendar.is_working_day(day).value;
    assert!(
        !works(date(2026, 10, 1)) && works(date(2024, 2, 4)),
        "National Day; the Sunday worked for Spring Festival 2024"
    );
    assert_eq!(zone.card.agencies.len(), 17);
    assert!(zone.card.agencies.values().any(|name| name.zh == "深圳市市场监督管理局"));
}

#[test]
fn a_parameter_is_the_one_of_its_day() {
    let zone = shipped();
    let on = |day: Date, name: &str| zone.terms_on("instant-registration", day).expect("every parameter has a value")[name].clone();
    let (old, new) = (date(2024, 6, 30), date(2024, 7, 1));
    assert_eq!(
        [on(old, "pay-in-years-max"), on(new, "pay-in-years-max")],
        [json!("none"), json!(5)]
    );
    assert_eq!(
        [
            &on(old, "disqualification")["probation-years"],
            &on(new, "disqualification")["probation-years"]
        ],
        [0, 2]
    );
    assert_eq!(on(date(2021, 2, 28), "name-reservation-months"), 6);
    assert_eq!(on(date(2021, 3, 1), "name-reservation-months"), 2);
    for class in on(new, "licensed-industries")
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        assert!(zone.industries.contains_key(class), "{class} is no class of GB/T 4754");
    }
    // No gap on any day since the zone's rules begin.
    let mut day = date(2014, 3, 1);
    while day < date(2030, 1, 1) {
        zone.terms_on("instant-registration", day).expect("a value on every day");
        day = day.saturating_add(jiff::Span::new().days(1));
    }
}

#[test]
fn another_zone_shares_no_local_value() {
    let (here, there) = (shipped(), tiny());
    assert!(here.card.agencies.keys().all(|id| !there.card.agencies.contains_key(id)));
    assert!(here.divisions.keys().all(|code| !there.divisions.contains_key(code)));
    assert_ne!(here.card.address_code.digits, there.card.address_code.digits);
    assert_ne!(here.digest, there.digest);
    let day = date(2026, 1, 1);
    let (here, there) = (
        here.terms_on("instant-registration", day),
        there.terms_on("instant-registration", day),
    );
    let (here, there) = (here.expect("terms"), there.expect("terms"));
    for (name, value) in here.as_object().expect("an object") {
        assert!(!there[name].is_null() && there[name] != *value, "{name}");
    }
}

#[test]
fn the_map_of_files_is_the_pack() {
    let files = shipped_files();
    assert_eq!(from_files(&files).expect("good").digest, shipped().digest);
    assert!(files.contains_key("names/wordings.toml") && files.contains_key("national/names/wordings.toml"));
    assert!(!files.keys().any(|path| path.ends_with(".md") || path.contains("LICENSE")));
}

#[test]
fn any_changed_byte_or_name_changes_the_digest() {
    let files = shipped_files();
    let before = digest(&files);
    for path in files.keys() {
        let mut changed = files.clone();
        let content = changed.remove(path).expect("it is there");
        assert_ne!(digest(&changed), before, "{path} left out");
        changed.insert(format!("{path}x"), content.clone());
        assert_ne!(digest(&changed), before, "{path} renamed");
        changed.remove(&format!("{path}x"));
        let mut content = content;
        content[0] ^= 1;
        changed.insert(path.clone(), content);
        assert_ne!(digest(&changed), before, "{path} changed");
    }
}

/// The fault that is found when one text of a file is replaced by another.
fn spoilt(path: &str, from: &str, to: &str) -> ZoneError {
    let mut files = shipped_files();
    let text = String::from_utf8(files[path].clone()).expect("text");
    assert!(text.contains(from), "{path} has no {from}");
    files.insert(path.into(), text.replacen(from, to, 1).into_bytes());
    from_files(&files).expect_err("a spoilt pack")
}

#[test]
fn a_spoilt_pack_is_refused_by_file_line_and_key() {
    let cases = [
        (CARD, "id = \"shenzhen-qianhai\"", "id = \"Shenzhen\"", "id:"),
        (CARD, "id = \"shenzhen-qianhai\"", "idd = \"shenzhen-qianhai\"", "idd"),
        (CARD, "time-zone = \"Asia/Shanghai\"", "time-zone = \"Asia/Nowhere\"", "Nowhere"),
        (CARD, "division = \"440300\"", "division = 440300", "line 10: unified-code.division"),
        (CARD, "digits = 25", "digits = 12", "address-code.digits"),
        (CARD, "[agencies]", "[agencies", "line 18"),
        (CARD, "en = \"Shenzhen Customs\"", "en = \"\"", "agencies.customs"),
        (DIVISIONS, "code,name", "code,title", "line 1:"),
        (DIVISIONS, "440303,罗湖区\n", "", "440303001"),
        (DIVISIONS, "440303001,", "44030300,", "line 3: code \"44030300\""),
        (DIVISIONS, "440303001,", "440303,", "line 3: code 440303 stands twice"),
        (DIVISIONS, "440303001,桂园街道", "440303001,", "line 3: name of 440303001"),
        (DIVISIONS, "440303001,桂园街道", "440303001", "line 3"),
        (INDUSTRIES, "A011,谷物种植\n", "", "line 4: code A0111 lies in A011"),
        (INDUSTRIES, "A011,", "a011,", "\"a011\""),
        ("calendar/2026.json", "\"year\": 2026", "\"year\": 2027", "year:"),
        (
            "calendar/2026.json",
            "\"isOffDay\": true",
            "\"isOffDay\": \"yes\"",
            "days[0].isOffDay",
        ),
        ("calendar/2026.json", "2026-01-01", "2026-01-32", "line 5"),
        ("calendar/2026.json", "2026-01-01", "2024-01-01", "2024-01-01"),
        (
            PARAMETERS,
            "valid_from = \"2021-03-01\"",
            "valid_from = \"2021-02-01\"",
            "line 6: instant-registration.name-reservation-months: two values",
        ),
        (
            PARAMETERS,
            "valid_from = \"2021-03-01\"",
            "valid_from = 2021-03-01",
            "line 13: instant-registration.name-reservation-months[1].valid_from",
        ),
        (
            PARAMETERS,
            "valid_from = \"2021-03-01\"",
            "valid_form = \"2021-03-01\"",
            "valid_form",
        ),
        (
            PARAMETERS,
            "value = 180",
            "value = 180.5",
            "instant-registration.face-check-days: a fraction",
        ),
        (
            PARAMETERS,
            "value = 180",
            "value = 2020-01-01",
            "instant-registration.face-check-days: a date",
        ),
        (PARAMETERS, "source = \"zone configuration\"", "source = \" \"", "names no source"),
    ];
    for (path, from, to, says) in cases {
        let error = spoilt(path, from, to);
        assert!(error.file == path || path.starts_with(&error.file), "{from} → {to}: {error}");
        assert!(error.why.contains(says), "{from} → {to}: {error}");
    }
    for path in [CARD, DIVISIONS, PARAMETERS, INDUSTRIES] {
        let mut files = shipped_files();
        files.remove(path);
        assert_eq!(from_files(&files).expect_err("a file is missing").file, path);
        files.insert(path.into(), b"a\nb\n\xFF".to_vec());
        assert!(from_files(&files).expect_err("not text").why.contains("line 3"), "{path}");
    }
}

#[test]
fn a_misspelt_file_is_found() {
    let folder = std::env::temp_dir().join(format!("zone-pack-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    std::fs::write(folder.join("parameter.toml"), "").expect("a file");
    let error = read(&folder, &root().join("data")).expect_err("no such file in a pack");
    std::fs::remove_dir_all(&folder).expect("removed");
    assert_eq!(error.file, "parameter.toml");
    assert_eq!(
        read(&folder, &root().join("data")).expect_err("gone").file,
        folder.display().to_string()
    );
}
