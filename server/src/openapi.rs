//! The OpenAPI document, drawn from the declarations: what a service says once is route, schema and documentation.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::service::Action;
use kernel::{Service, Who};
use serde_json::{Map, Value, json};

use crate::house::Desk;

/// Paths and shapes of the areas of `http/`: `{"paths": {path: {method: {"id", "summary", "input"?, "parameters"?, "ok"?, "answer"}}},
/// "schemas": {name: schema}}`. `answer` names a shape; `ok` is 200 unless told; `parameters` are names of query parameters; what stands
/// in braces in the path is a parameter too.
const AREAS: [(&str, &str); 4] = [
    ("portal", include_str!("openapi/portal.json")),
    ("identity", include_str!("openapi/identity.json")),
    ("hooks", include_str!("openapi/hooks.json")),
    ("delegations", include_str!("openapi/delegations.json")),
];

/// The whole document.
pub fn document(desks: &BTreeMap<&'static str, Arc<Desk>>) -> Value {
    let mut paths = fixed_paths();
    paths.extend(area_paths());
    let mut acts: BTreeMap<&str, Vec<(&str, &Value, Who)>> = BTreeMap::new();
    for (slug, desk) in desks {
        let service = &desk.service;
        let openings: Vec<&Action> = service.opening_actions().filter(|a| a.who != Who::Case).collect();
        paths.extend(openings_of(service, &openings));
        let acting = |a: &&Action| a.who != Who::System && !a.who.opens();
        for action in service.actions.iter().filter(acting) {
            acts.entry(action.name).or_default().push((slug, &action.schema, action.who));
        }
        for question in &service.questions {
            let words = service.text.query.get(question.name);
            let summary = words.map(|w| format!("{} / {}", w.zh, w.en)).unwrap_or_default();
            let post = operation(
                &format!("ask_{}_{}", snake(slug), snake(question.name)),
                &summary,
                Some(&question.schema),
                "200",
                "Anything",
            );
            paths.insert(format!("/api/services/{slug}/ask/{}", question.name), json!({"post": post}));
        }
        for query in &service.queries {
            let words = service.text.query.get(query.name);
            let summary = words.map(|w| format!("{} / {}", w.zh, w.en)).unwrap_or_default();
            let mut get = operation(&format!("{}_{}", snake(slug), snake(query.name)), &summary, None, "200", "Anything");
            get["parameters"] = json!([parameter("id", "path", true)]);
            paths.insert(format!("/api/cases/{{id}}/{}", query.name), json!({"get": get}));
        }
    }
    for (action, forms) in acts {
        let schema = match forms.as_slice() {
            [(_, schema, _)] => (*schema).clone(),
            many => json!({"anyOf": many.iter().map(|(_, schema, _)| inline(schema, schema)).collect::<Vec<_>>()}),
        };
        let of: Vec<&str> = forms.iter().map(|(slug, _, _)| *slug).collect();
        let mut post = with_key(operation(
            &format!("act_{}", snake(action)),
            &format!("`{action}` of {}", of.join(", ")),
            Some(&schema),
            "200",
            "CaseView",
        ));
        post["parameters"]
            .as_array_mut()
            .into_iter()
            .for_each(|p| p.push(parameter("id", "path", true)));
        paths.insert(format!("/api/cases/{{id}}/{action}"), json!({"post": post}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Qianhai", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Services of a free-trade zone. Every POST takes an Idempotency-Key; who acts for another says so with the header Acting-For, the case number of the delegation, on services and cases; errors are a refusal (409), bad input (422) or a problem (500).",
        },
        "paths": paths,
        "components": {
            "schemas": shapes(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "qianhai_session"},
            },
        },
        "security": [{"token": []}, {"session": []}, {}],
    })
}

fn snake(text: &str) -> String {
    text.replace('-', "_")
}

fn parameter(name: &str, place: &str, required: bool) -> Value {
    json!({"name": name, "in": place, "required": required, "schema": {"type": "string"}})
}

fn operation(id: &str, summary: &str, input: Option<&Value>, ok: &str, answer: &str) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let body = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut responses = Map::new();
    responses.insert(ok.into(), json!({"description": "Done", "content": body(reference(answer))}));
    let failures = [
        ("401", "Nobody is logged in"),
        ("403", "Not allowed"),
        ("404", "Not found"),
        ("409", "Refused, with the reason"),
        ("422", "Bad input, with JSON pointers"),
        ("429", "Too many requests"),
        ("500", "A problem, logged under an id"),
        ("503", "The store is away; come back after Retry-After"),
    ];
    for (status, description) in failures {
        responses.insert(
            status.into(),
            json!({"description": description, "content": body(reference("Error"))}),
        );
    }
    let mut operation = json!({"operationId": id, "summary": summary, "parameters": [], "responses": responses});
    if let Some(schema) = input {
        operation["requestBody"] = json!({"required": true, "content": body(inline(schema, schema))});
    }
    operation
}

fn list_operation(id: &str, summary: &str) -> Value {
    let mut operation = operation(id, summary, None, "200", "CasePage");
    operation["parameters"] = json!([parameter("cursor", "query", false), {"name": "limit", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 100}}]);
    operation
}

fn with_key(mut operation: Value) -> Value {
    operation["parameters"].as_array_mut().into_iter().for_each(|p| {
        p.push(json!({"name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "maxLength": 128}}));
    });
    operation
}

/// A schema with its own `$defs` put in place, so that it can stand inside a document. The forms are trees: no type holds itself.
fn inline(schema: &Value, root: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && let Some(target) = reference.strip_prefix("#/$defs/").and_then(|name| root.get("$defs")?.get(name))
            {
                let mut resolved = inline(target, root);
                if let Some(object) = resolved.as_object_mut() {
                    map.iter().filter(|(k, _)| *k != "$ref").for_each(|(k, v)| {
                        object.insert(k.clone(), v.clone());
                    });
                }
                return resolved;
            }
            Value::Object(
                map.iter()
                    .filter(|(k, _)| *k != "$defs")
                    .map(|(k, v)| (k.clone(), inline(v, root)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| inline(item, root)).collect()),
        other => other.clone(),
    }
}

fn fixed_paths() -> Map<String, Value> {
    let text = |max: u32| json!({"type": "string", "maxLength": max});
    let login = json!({"type": "object", "required": ["account", "password"], "additionalProperties": false, "properties": {"account": text(64), "password": text(256)}});
    let by_id = |id: &str, summary: &str, answer: &str| {
        let mut get = operation(id, summary, None, "200", answer);
        get["parameters"] = json!([parameter("id", "path", true)]);
        json!({"get": get})
    };
    let mut service = operation(
        "service",
        "One service: its guide, its actions with their forms",
        None,
        "200",
        "ServiceView",
    );
    service["parameters"] = json!([parameter("slug", "path", true)]);
    let get = |id: &str, summary: &str, answer: &str| json!({"get": operation(id, summary, None, "200", answer)});
    let entries = [
        ("/healthz", get("health", "Alive, and the store answers", "Anything")),
        ("/api/me", get("me", "Who is logged in", "Me")),
        (
            "/api/login",
            json!({"post": operation("log_in", "Open a session", Some(&login), "200", "Me")}),
        ),
        (
            "/api/logout",
            json!({"post": operation("log_out", "End the session", None, "200", "Anything")}),
        ),
        ("/api/zone", get("zone", "The zone: agencies and divisions", "ZoneView")),
        (
            "/api/services",
            get("services", "All services by chapter, built or not", "Chapters"),
        ),
        ("/api/services/{slug}", json!({"get": service})),
        (
            "/api/cases",
            json!({"get": list_operation("my_cases", "Cases that the reader takes part in; for an officer, the agency's")}),
        ),
        ("/api/cases/{id}", by_id("case", "One case", "CaseView")),
        (
            "/api/cases/{id}/events",
            by_id("case_events", "What has happened to a case", "Timeline"),
        ),
        ("/api/openapi.json", get("openapi", "This document", "Anything")),
    ];
    entries.into_iter().map(|(path, item)| (path.to_string(), item)).collect()
}

/// The list of a service's cases, and what opens one.
fn openings_of(service: &Service, openings: &[&Action]) -> Option<(String, Value)> {
    let slug = service.slug;
    let mut item = json!({});
    let mut get = list_operation(
        &format!("list_{}_cases", snake(slug)),
        "Cases of this service that the reader takes part in; for an officer, all of them",
    );
    let parameters = get["parameters"].as_array_mut();
    parameters.into_iter().for_each(|p| p.push(parameter("status", "query", false)));
    item["get"] = get;
    if let Some(first) = openings.first() {
        let said = |action: &&Action| {
            let words = service.text.action.get(action.name);
            words.map(|w| format!("{} / {}", w.zh, w.en)).unwrap_or_default()
        };
        let schema = match openings {
            [only] => only.schema.clone(),
            many => json!({"anyOf": many.iter().map(|a| inline(&a.schema, &a.schema)).collect::<Vec<_>>()}),
        };
        let summary: Vec<String> = openings.iter().map(said).collect();
        let id = format!("{}_{}", snake(slug), snake(first.name));
        let mut post = with_key(operation(&id, &summary.join("; "), Some(&schema), "201", "CaseView"));
        if openings.len() > 1 {
            let names: Vec<&str> = openings.iter().map(|a| a.name).collect();
            let choice = json!({"name": "action", "in": "query", "required": false, "schema": {"type": "string", "enum": names}});
            post["parameters"].as_array_mut().into_iter().for_each(|p| p.push(choice.clone()));
        }
        item["post"] = post;
    }
    Some((format!("/api/services/{slug}/cases"), item))
}

fn area(name: &str, text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("openapi/{name}.json: {e}"))
}

fn area_paths() -> Map<String, Value> {
    let mut paths = Map::new();
    for (name, text) in AREAS {
        let area = area(name, text);
        for (path, methods) in area["paths"].as_object().into_iter().flatten() {
            let item = methods.as_object().into_iter().flatten();
            let item: Map<String, Value> = item.map(|(method, told)| (method.clone(), area_operation(path, told))).collect();
            paths.insert(path.clone(), Value::Object(item));
        }
    }
    paths
}

fn area_operation(path: &str, told: &Value) -> Value {
    let word = |name: &str, or: &'static str| told[name].as_str().unwrap_or(or).to_string();
    let input = told.get("input");
    let mut drawn = operation(
        &word("id", ""),
        &word("summary", ""),
        input,
        &word("ok", "200"),
        &word("answer", "Anything"),
    );
    let in_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let in_query = told["parameters"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let parameters: Vec<Value> = in_path
        .map(|name| parameter(name, "path", true))
        .chain(in_query.map(|name| parameter(name, "query", false)))
        .collect();
    drawn["parameters"] = parameters.into();
    drawn
}

/// The shapes of the answers. Kept by hand beside `view.rs`; the whole-system tests check real answers against them.
fn shapes() -> Value {
    let mut shapes: Value = serde_json::from_str(include_str!("openapi_shapes.json")).unwrap_or_default();
    for (name, text) in AREAS {
        let area = area(name, text);
        for (shape, schema) in area["schemas"].as_object().into_iter().flatten() {
            shapes[shape.as_str()] = schema.clone();
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_shapes_are_json() {
        assert!(super::shapes().as_object().is_some_and(|shapes| shapes.contains_key("CaseView")));
    }
}
