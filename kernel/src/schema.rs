//! From a Rust type to a form: the JSON Schema of an input, with the service's words beside each field.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::refusal::BadInput;
use crate::text::ServiceText;

/// Reads an input; the fault, if any, stands at the place where reading stopped. The server has checked the schema before, so
/// what is found here is what a schema can't say.
pub fn read<P: DeserializeOwned>(value: Value) -> Result<P, BadInput> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer_of(error.path());
        let why = error.into_inner().to_string();
        BadInput::at(pointer, "unreadable", format!("无法识别：{why}"), format!("can't be read: {why}"))
    })
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// The schema of `P`, with `x-text` {zh, en, help, widget} on each field and `x-choices` on each choice that the texts name.
pub fn with_words<P: JsonSchema>(text: &ServiceText) -> Value {
    let root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<P>();
    let mut schema = root.to_value();
    let name = schema.get("title").and_then(Value::as_str).unwrap_or_default().to_string();
    add_words(&mut schema, &name, text);
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        for (name, definition) in definitions {
            add_words(definition, name, text);
        }
    }
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        if !text.section.is_empty() {
            let known = |f: &String| object.get("properties").and_then(|p| p.get(f)).is_some();
            let sections: Vec<Value> = text
                .section
                .iter()
                .filter(|s| s.fields.iter().any(known))
                .map(|s| json!({"title": s.title, "fields": s.fields}))
                .collect();
            if !sections.is_empty() {
                object.insert("x-sections".into(), Value::Array(sections));
            }
        }
    }
    schema
}

fn add_words(schema: &mut Value, type_name: &str, text: &ServiceText) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    // A reader of the form needs no Rust type name and no doc comment in English only.
    object.remove("title");
    object.remove("description");
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (field, property) in properties {
            let Some(property) = property.as_object_mut() else {
                continue;
            };
            property.remove("description");
            if let Some(words) = text.field.get(&format!("{type_name}.{field}")) {
                property.insert("x-text".into(), serde_json::to_value(words).unwrap_or_default());
            }
        }
    }
    let choices = choices_of(object, type_name, text);
    if !choices.is_empty() {
        object.insert("x-choices".into(), Value::Object(choices));
    }
    for variant in object.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
        add_words(variant, type_name, text);
    }
}

/// The values of an enum (`enum`, `oneOf` of constants, or the tags of a union) that have words.
fn choices_of(object: &Map<String, Value>, type_name: &str, text: &ServiceText) -> Map<String, Value> {
    let plain = object.get("enum").and_then(Value::as_array).into_iter().flatten();
    let documented = object
        .get("oneOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|v| v.get("const"));
    // A tagged union: each alternative holds its tag as a constant.
    let alternatives = object.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let tags = alternatives.filter_map(|v| v.get("properties")?.as_object()?.values().find_map(|p| p.get("const")));
    plain
        .chain(documented)
        .chain(tags)
        .filter_map(Value::as_str)
        .filter_map(|value| {
            let words = text.choice.get(&format!("{type_name}.{value}"))?;
            Some((value.to_string(), json!({"zh": words.zh, "en": words.en})))
        })
        .collect()
}
