//! Reads a zone's pack: the folder of tables that makes this program the program of one zone and of no other.
//!
//! The pack is read into a map of files first, and the zone is made from that map alone. So the map can be stored by its digest, and a
//! decision of years ago is replayed with the very pack that it was made under.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use kernel::dated::{Dated, DatedValue};
use kernel::working_days::{Calendar, Notice};
use kernel::zone::{ZoneCard, ZoneError, ZoneParts};
use kernel::{Bilingual, Zone};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Largest single file of a pack.
pub const PACK_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files of a pack, with the national ones.
pub const PACK_FILES_MAX: usize = 1_000;
/// Folders within folders.
const PACK_DEPTH_MAX: usize = 4;

/// Files of a pack by path: `zone.toml`, `calendar/2026.json`, `names/…`; the national files lie under `national/`.
pub type Files = BTreeMap<String, Vec<u8>>;

const CARD: &str = "zone.toml";
const DIVISIONS: &str = "divisions.csv";
const PARAMETERS: &str = "parameters.toml";
const CALENDAR: &str = "calendar/";
const NAMES: &str = "names/";
const NATIONAL: &str = "national/";
/// The classification of industries (国民经济行业分类), the only national table that the zone itself is made of.
const INDUSTRIES: &str = "national/industry/gbt4754-2017.csv";

/// Reads the pack in folder `pack` with the national files in folder `national` (the product's `data/`), and checks everything.
pub fn read(pack: &Path, national: &Path) -> Result<Zone, ZoneError> {
    from_files(&files(pack, national)?)
}

/// The files of a pack and the national files it stands on, without what is written for people only (`*.md`, licences).
pub fn files(pack: &Path, national: &Path) -> Result<Files, ZoneError> {
    let mut files = Files::new();
    gather(pack, "", &mut files, 0)?;
    if let Some(path) = files.keys().find(|path| !of_a_pack(path)) {
        return Err(ZoneError::new(path, "no file of a pack has this name; is it misspelt?"));
    }
    for folder in ["industry", "names"] {
        let path = national.join(folder);
        if !path.is_dir() {
            return Err(ZoneError::new(
                &format!("{NATIONAL}{folder}"),
                format!("the folder {} is missing", path.display()),
            ));
        }
        gather(&path, &format!("{NATIONAL}{folder}/"), &mut files, 0)?;
    }
    Ok(files)
}

/// Makes the zone of a pack's files.
pub fn from_files(files: &Files) -> Result<Zone, ZoneError> {
    let card = card(files)?;
    let divisions = divisions(text(files, DIVISIONS)?)?;
    let longest = divisions.keys().map(String::len).max().unwrap_or(0);
    if card.address_code.digits <= longest {
        let why = format!("address-code.digits: an address code begins with a division of {longest} digits and must be longer");
        return Err(ZoneError::new(CARD, why));
    }
    Zone::assemble(ZoneParts {
        card,
        divisions,
        calendar: calendar(files)?,
        parameters: parameters(text(files, PARAMETERS)?)?,
        industries: industries(text(files, INDUSTRIES)?)?,
        digest: digest(files),
    })
}

/// SHA-256, in hexadecimal, over path and content of every file in the order of their paths, each after its length in eight bytes.
pub fn digest(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, content) in files {
        for part in [path.as_bytes(), content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hex::encode(hash.finalize())
}

fn of_a_pack(path: &str) -> bool {
    let notice = |name: &str| name.ends_with(".json") && !name.contains('/');
    matches!(path, CARD | DIVISIONS | PARAMETERS) || path.starts_with(NAMES) || path.strip_prefix(CALENDAR).is_some_and(notice)
}

/// Puts the files below `folder` into `files` under `prefix`.
fn gather(folder: &Path, prefix: &str, files: &mut Files, depth: usize) -> Result<(), ZoneError> {
    let failed = |e: std::io::Error| ZoneError::new(&folder.display().to_string(), e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(ZoneError::new(
                &entry.path().display().to_string(),
                "the name of the file is not UTF-8",
            ));
        };
        if for_people(name) {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < PACK_DEPTH_MAX {
            gather(&entry.path(), &format!("{path}/"), files, depth + 1)?;
        } else if kind.is_file() {
            if files.len() >= PACK_FILES_MAX {
                return Err(ZoneError::new(&path, format!("a pack has at most {PACK_FILES_MAX} files")));
            }
            if entry.metadata().map_err(failed)?.len() > PACK_FILE_BYTES_MAX {
                return Err(ZoneError::new(&path, format!("a file has at most {PACK_FILE_BYTES_MAX} bytes")));
            }
            let content = fs::read(entry.path()).map_err(|e| ZoneError::new(&path, e))?;
            files.insert(path, content);
        } else {
            // A link could point out of the pack, and its target would change without the pack.
            return Err(ZoneError::new(&path, "neither a file nor a folder of this pack"));
        }
    }
    Ok(())
}

/// Readmes, licences and the editor's own files say nothing to the program and stay out of the digest.
fn for_people(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.ends_with(".md") || name.starts_with("LICENSE") || name.starts_with("NOTICE")
}

fn text<'a>(files: &'a Files, path: &str) -> Result<&'a str, ZoneError> {
    let content = files.get(path).ok_or_else(|| ZoneError::new(path, "the file is missing"))?;
    let text = std::str::from_utf8(content).map_err(|e| {
        let line = content[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        ZoneError::new(path, format!("line {line}: not UTF-8"))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn card(files: &Files) -> Result<ZoneCard, ZoneError> {
    let card: ZoneCard = toml_of(CARD, text(files, CARD)?)?;
    let wrong = |why: &str| Err(ZoneError::new(CARD, why));
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if card.id.is_empty() || !card.id.chars().all(kebab) {
        return wrong("id: small letters, digits and hyphens");
    }
    if card.name.is_incomplete() {
        return wrong("name: both languages are needed");
    }
    if let Some((id, _)) = card.agencies.iter().find(|(_, name)| Bilingual::is_incomplete(name)) {
        return wrong(&format!("agencies.{id}: both languages are needed"));
    }
    if card.region_words.iter().any(|word| word.trim().is_empty() || word.trim() != word) {
        return wrong("region-words: a word is empty or has a blank at its end");
    }
    Ok(card)
}

fn calendar(files: &Files) -> Result<Calendar, ZoneError> {
    let mut notices = Vec::new();
    for path in files.keys().filter(|path| path.starts_with(CALENDAR)) {
        let mut source = serde_json::Deserializer::from_str(text(files, path)?);
        let notice: Notice = serde_path_to_error::deserialize(&mut source).map_err(|e| {
            // serde_json's own words end with line and column.
            ZoneError::new(path, format!("{}: {}", e.path(), e.inner()))
        })?;
        if path[CALENDAR.len()..] != format!("{}.json", notice.year) {
            return Err(ZoneError::new(
                path,
                format!("year: the file says {}, its name says otherwise", notice.year),
            ));
        }
        notices.push(notice);
    }
    if notices.is_empty() {
        return Err(ZoneError::new(CALENDAR, "no notice of any year"));
    }
    Calendar::try_new(notices).map_err(|e| ZoneError::new(CALENDAR, e))
}

type Parameters = BTreeMap<String, BTreeMap<String, Dated<Value>>>;

fn parameters(text: &str) -> Result<Parameters, ZoneError> {
    // Dates come as text, so a date that TOML would read as its own kind of date is told what to become.
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        value: Value,
        valid_from: Date,
        #[serde(default)]
        valid_to: Option<Date>,
        source: String,
    }
    let raw: BTreeMap<String, BTreeMap<String, Vec<Raw>>> = toml_of(PARAMETERS, text)?;
    let mut parameters = Parameters::new();
    for (slug, named) in raw {
        let mut of_service = BTreeMap::new();
        for (name, values) in named {
            let key = format!("{slug}.{name}");
            let wrong = |why: &dyn std::fmt::Display| ZoneError::new(PARAMETERS, format!("{}{key}: {why}", line_of(text, &key)));
            let plain = |raw: Raw| match not_exact(&raw.value) {
                Some(why) => Err(wrong(&why)),
                None => Ok(DatedValue {
                    value: raw.value,
                    valid_from: raw.valid_from,
                    valid_to: raw.valid_to,
                    source: raw.source,
                }),
            };
            let values = values.into_iter().map(plain).collect::<Result<Vec<_>, _>>()?;
            of_service.insert(name, Dated::try_new(values).map_err(|e| wrong(&e))?);
        }
        parameters.insert(slug, of_service);
    }
    Ok(parameters)
}

/// Why a value could not be used exactly: binary fractions round, and TOML's own dates have no like in JSON.
fn not_exact(value: &Value) -> Option<&'static str> {
    match value {
        Value::Number(number) if number.is_f64() => Some("a fraction is written as text, \"0.015\", so that it stays exact"),
        Value::Array(items) => items.iter().find_map(not_exact),
        Value::Object(fields) if fields.keys().any(|key| key.starts_with("$__toml")) => Some("a date is written as text"),
        Value::Object(fields) => fields.values().find_map(not_exact),
        _ => None,
    }
}

/// `line 12: ` where the first table of that name begins.
fn line_of(text: &str, key: &str) -> String {
    let heads = [format!("[[{key}]]"), format!("[{key}")];
    let found = text
        .lines()
        .position(|line| heads.iter().any(|head| line.trim_start().starts_with(head.as_str())));
    found.map_or_else(String::new, |index| format!("line {}: ", index + 1))
}

fn divisions(text: &str) -> Result<BTreeMap<String, String>, ZoneError> {
    code_table(DIVISIONS, text, |code| {
        let fits = matches!(code.len(), 6 | 9 | 12) && code.bytes().all(|b| b.is_ascii_digit());
        if fits {
            Ok(code.len() > 6)
        } else {
            Err("a division code has 6, 9 or 12 digits")
        }
    })
}

fn industries(text: &str) -> Result<BTreeMap<String, String>, ZoneError> {
    code_table(INDUSTRIES, text, |code| {
        let mut bytes = code.bytes();
        let fits = bytes.next().is_some_and(|b| b.is_ascii_uppercase())
            && bytes.all(|b| b.is_ascii_digit())
            && matches!(code.len(), 1 | 3 | 4 | 5);
        if fits {
            Ok(code.len() > 1)
        } else {
            Err("a class is a capital and no, two, three or four digits")
        }
    })
}

/// A table `code,name` in which a code lies in the longest other code that it begins with. `shape` says whether a code must lie in one.
fn code_table(file: &str, text: &str, shape: impl Fn(&str) -> Result<bool, &'static str>) -> Result<BTreeMap<String, String>, ZoneError> {
    let at = |line: u64, why: &dyn std::fmt::Display| ZoneError::new(file, format!("line {line}: {why}"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| at(1, &e))?;
    if header.iter().ne(["code", "name"]) {
        return Err(at(1, &"the first line is `code,name`"));
    }
    let mut table = BTreeMap::new();
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| at(e.position().map_or(0, csv::Position::line), &e))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (code, name) = (&record[0], &record[1]);
        let lies_in_another = shape(code).map_err(|why| at(line, &format!("code {code:?}: {why}")))?;
        if name.trim().is_empty() || name.trim() != name {
            return Err(at(line, &format!("name of {code}: empty, or a blank at its end")));
        }
        if table.insert(code.to_owned(), name.to_owned()).is_some() {
            return Err(at(line, &format!("code {code} stands twice")));
        }
        if lies_in_another {
            lines.push((line, code.to_owned()));
        }
    }
    if table.is_empty() {
        return Err(at(1, &"no rows"));
    }
    for (line, code) in lines {
        // Divisions go by three digits; classes of industry go one by one below the division, which has two digits.
        let parent = if code.as_bytes()[0].is_ascii_digit() {
            code.len() - 3
        } else {
            [1, 1, 1, 1, 3, 4][code.len()]
        };
        if !table.contains_key(&code[..parent]) {
            return Err(at(line, &format!("code {code} lies in {}, which is not listed", &code[..parent])));
        }
    }
    Ok(table)
}

/// Reads TOML and says of a fault on which line and at which key it stands.
fn toml_of<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, ZoneError> {
    let line = |span: Option<std::ops::Range<usize>>| match span.and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: ", before.matches('\n').count() + 1),
        None => String::new(),
    };
    let source = toml::Deserializer::parse(text).map_err(|e| ZoneError::new(file, format!("{}{}", line(e.span()), e.message())))?;
    serde_path_to_error::deserialize(source).map_err(|e| {
        let inner = e.inner();
        ZoneError::new(file, format!("{}{}: {}", line(inner.span()), e.path(), inner.message()))
    })
}

#[cfg(test)]
#[path = "zone_pack_tests.rs"]
mod tests;
