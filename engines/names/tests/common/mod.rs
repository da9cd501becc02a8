//! What all tests of names share: the product's own lexicon, and real brands.
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part of this")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use names::{Departure, Entry, Index, Lexicon, Question, Status, Terms};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub static LEXICON: LazyLock<Arc<Lexicon>> = LazyLock::new(|| {
    let data = root().join("data");
    Arc::new(Lexicon::load(&data.join("names"), &data.join("zones/shenzhen-qianhai/names")).unwrap_or_else(|error| panic!("{error}")))
});

/// Real company brands (字号): see `tests/common` for where they are looked for.
pub static BRANDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let file = root().join("../shared/data/names/company-brands.txt");
    let text =
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("these tests need the real brands in {}: {error}", file.display()));
    text.lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
});

pub const TERMS: Terms = Terms {
    cancelled_months: 12,
    renamed_months: 12,
    revoked_months: 12,
};

pub fn question() -> Question {
    Question {
        on: date(2021, 6, 1),
        own: Vec::new(),
        investors: Vec::new(),
        industry_code: None,
        terms: TERMS,
    }
}

pub fn registered(id: &str, name: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        name: name.to_owned(),
        industry_code: None,
        status: Status::Registered,
    }
}

pub fn gone(id: &str, name: &str, on: jiff::civil::Date, how: Departure) -> Entry {
    Entry {
        status: Status::Gone { on, how },
        ..registered(id, name)
    }
}

pub fn index(names: &[&str]) -> Index {
    let entries = names.iter().enumerate().map(|(place, name)| registered(&format!("E{place}"), name));
    let (index, refused) = Index::build(Arc::clone(&LEXICON), entries);
    assert!(refused.is_empty(), "{refused:?}");
    index
}

/// The ids of the rules that a name comes under against the names of a register, marks apart, each once.
pub fn rules(register: &[&str], name: &str) -> Vec<String> {
    rules_with(&index(register), name, &question())
}

pub fn rules_with(index: &Index, name: &str, question: &Question) -> Vec<String> {
    let found = index.compare(&LEXICON.parse(name).unwrap(), question);
    let mut rules: Vec<String> = found
        .hits
        .into_iter()
        .map(|hit| hit.rule)
        .filter(|rule| !rule.starts_with("mark."))
        .collect();
    rules.dedup();
    rules
}

/// The parts of a name, written `region brand industry form` with `-` for one that is not there.
pub fn parts(name: &str) -> String {
    let parsed = LEXICON.parse(name).unwrap();
    [parsed.region, parsed.brand, parsed.industry, parsed.form]
        .map(|part| part.map_or("-".to_owned(), |part| part.text))
        .join(" ")
}

/// The rules and wordings of a name's own text.
pub fn wordings(name: &str) -> Vec<String> {
    let parsed = LEXICON.parse(name).unwrap();
    LEXICON
        .wordings(&parsed)
        .into_iter()
        .map(|hit| format!("{} {}", hit.rule, hit.wording.unwrap_or_default()).trim().to_owned())
        .collect()
}
