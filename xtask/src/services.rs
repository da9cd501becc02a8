//! The shape of services: five files each, a place in the catalogue, and words in both languages for everything that a person may see.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{Faults, qianhai};

const FILES: [&str; 5] = ["mod.rs", "decide.rs", "text.toml", "tests.rs", "story.json"];

pub fn check(root: &Path) -> Faults {
    let mut faults = Vec::new();
    let catalogue = fs::read_to_string(root.join("server/src/catalogue.toml")).unwrap_or_default();
    let folders = |path: &Path| -> Vec<_> {
        fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.is_dir())
            .collect()
    };
    for chapter in folders(&root.join("services")) {
        for service in folders(&chapter.join("src")) {
            let name = service.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let slug = name.replace('_', "-");
            for file in FILES.iter().filter(|file| !service.join(file).is_file()) {
                faults.push(format!("{name} has no {file}; a service is five files, see CONTRIBUTING.md"));
            }
            // What is part of something else is no reform and stands in no catalogue.
            let is_part = || declared(root, &slug).is_ok_and(|declared| declared["part_of"].is_string());
            if !catalogue.contains(&format!("slug = \"{slug}\"")) && !is_part() {
                faults.push(format!(
                    "{slug} is not in server/src/catalogue.toml; a folder carries the slug of its reform, or its service says what it is part of"
                ));
            }
            faults.extend(words(root, &service, &slug));
        }
    }
    faults
}

fn declared(root: &Path, slug: &str) -> Result<Value, String> {
    let out = qianhai(root, &["--json", "services", slug])?;
    serde_json::from_slice(&out).map_err(|e| e.to_string())
}

/// The words of a reform and of the services that are parts of it: one folder holds them all.
fn words(root: &Path, folder: &Path, slug: &str) -> Faults {
    let whole = match declared(root, slug) {
        Ok(whole) => whole,
        Err(why) => return vec![format!("{slug}: {why}")],
    };
    let parts: Vec<String> = whole["parts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| p.as_str().map(str::to_string))
        .collect();
    let mut faults = forms_and_languages(&whole, slug);
    let mut texts = vec![whole["text"].clone()];
    for part in parts {
        match declared(root, &part) {
            Ok(declared) => {
                faults.extend(forms_and_languages(&declared, &part));
                texts.push(declared["text"].clone());
            }
            Err(why) => faults.push(format!("{part}: {why}")),
        }
    }
    faults.extend(spoken(folder, &texts).into_iter().map(|what| format!("{slug}: {what}")));
    faults
}

/// Every action, question and query has words, every field and choice of a form too, and all of it in both languages.
fn forms_and_languages(declared: &Value, slug: &str) -> Faults {
    let mut missing = BTreeSet::new();
    let text = &declared["text"];
    both_languages(text, "text.toml", &mut missing);
    let names = |list: &str| declared[list].as_array().cloned().unwrap_or_default();
    for action in names("actions") {
        let name = action["name"].as_str().unwrap_or_default();
        need(std::slice::from_ref(text), "action", name, &mut missing);
        // What the machine or another case hands in, nobody reads as a form.
        if !matches!(action["who"].as_str(), Some("system" | "case")) {
            form(&action["schema"], name, &mut missing);
        }
    }
    for question in names("questions") {
        let name = question["name"].as_str().unwrap_or_default();
        need(std::slice::from_ref(text), "query", name, &mut missing);
        form(&question["schema"], name, &mut missing);
    }
    for query in names("queries") {
        need(
            std::slice::from_ref(text),
            "query",
            query["name"].as_str().unwrap_or_default(),
            &mut missing,
        );
    }
    missing.into_iter().map(|what| format!("{slug}: {what}")).collect()
}

/// Every event, refusal and rule that the sources name has words in one of the texts.
fn spoken(folder: &Path, texts: &[Value]) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let source = sources(folder);
    for variant in source.split("pub enum Event").skip(1).flat_map(variants) {
        need(texts, "event", &variant, &mut missing);
    }
    for code in after_each(&source, "Refusal::new(\"")
        .into_iter()
        .chain(after_each(&source, "No::new(\""))
    {
        need(texts, "refusal", &code, &mut missing);
    }
    let elements: BTreeSet<String> = texts
        .iter()
        .flat_map(|t| t["element"].as_object().into_iter().flatten())
        .map(|(n, _)| n.clone())
        .collect();
    for literal in after_each(&source, "\"") {
        if let Some((element, rest)) = literal.split_once('.')
            && (elements.contains(element) || element == "library")
            && !rest.is_empty()
            && rest.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        {
            need(texts, "rule", &literal, &mut missing);
        }
    }
    missing
}

fn need(texts: &[Value], table: &str, key: &str, missing: &mut BTreeSet<String>) {
    if texts.iter().all(|text| text[table].get(key).is_none()) {
        missing.insert(format!("text.toml has no [{table}.\"{key}\"]"));
    }
}

/// Every object that has `zh` has both, and neither is empty.
fn both_languages(value: &Value, place: &str, missing: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let said = |language: &str| map.get(language).and_then(Value::as_str).is_some_and(|t| !t.trim().is_empty());
            if (map.contains_key("zh") || map.contains_key("en")) && !(said("zh") && said("en")) {
                missing.insert(format!("{place} lacks a language"));
            }
            map.iter()
                .for_each(|(key, item)| both_languages(item, &format!("{place} {key}"), missing));
        }
        Value::Array(items) => items.iter().for_each(|item| both_languages(item, place, missing)),
        _ => {}
    }
}

/// Every field of a form has words, and every choice a name.
fn form(schema: &Value, place: &str, missing: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (field, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if property.get("x-text").is_none() {
                    missing.insert(format!("the field {field} of {place} has no words: [field.\"Type.{field}\"]"));
                }
            }
            let plain = map.get("enum").and_then(Value::as_array).into_iter().flatten();
            let documented = map
                .get("oneOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|v| v.get("const"));
            let tags = map
                .get("oneOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|v| v.pointer("/properties/kind/const"));
            for value in plain.chain(documented).chain(tags).filter_map(Value::as_str) {
                if map.get("x-choices").is_none_or(|choices| choices.get(value).is_none()) {
                    missing.insert(format!("the choice {value} of {place} has no words: [choice] \"Type.{value}\""));
                }
            }
            map.iter()
                .filter(|(key, _)| !key.starts_with("x-"))
                .for_each(|(key, item)| form(item, &format!("{place} {key}"), missing));
        }
        Value::Array(items) => items.iter().for_each(|item| form(item, place, missing)),
        _ => {}
    }
}

/// The service's own sources, without its tests.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()) {
        if path.is_dir() && path.file_name().is_some_and(|n| n != "tests") {
            all.push_str(&sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().is_some_and(|n| n != "tests.rs") {
            all.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
    all
}

/// What stands between each `opening` and the next quote.
fn after_each(source: &str, opening: &str) -> Vec<String> {
    source
        .split(opening)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_string)
        .collect()
}

/// Variants of an enum whose body follows: lines indented once that begin with a capital.
fn variants(body: &str) -> Vec<String> {
    let body = body.split("\n}").next().unwrap_or_default();
    let name = |line: &str| {
        let line = line.strip_prefix("    ")?;
        let first = line.chars().next()?;
        first
            .is_ascii_uppercase()
            .then(|| line.chars().take_while(|c| c.is_ascii_alphanumeric()).collect())
    };
    body.lines().filter_map(name).collect()
}
