//! The law of the floors: kernel on nothing of ours, engines on the kernel and the journal, services on the kernel alone.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Faults;
use crate::dependencies::metadata;

/// Where a package stands, by its folder.
fn floor(folder: &str) -> &str {
    folder.split('/').next().unwrap_or_default()
}

/// What a floor may stand on: floors, or single packages by name.
fn allowed(from: &str, to_floor: &str, to_name: &str) -> bool {
    match from {
        "kernel" => false,
        "engines" => to_floor == "kernel" || to_name == "journal",
        "services" => to_floor == "kernel",
        "bench" => matches!(to_floor, "kernel" | "engines") || to_name == "test-support",
        "server" => matches!(to_floor, "kernel" | "engines" | "services" | "bench"),
        "tests" => to_name == "test-support" || to_name == "journal",
        _ => false,
    }
}

pub fn check(root: &Path) -> Faults {
    match metadata(root, true) {
        Ok(metadata) => broken(&edges(&metadata)),
        Err(why) => vec![why],
    }
}

/// (folder, name) of each of our packages with what of ours it depends on and whether only for its tests.
type Edge = ((String, String), (String, String), bool);

fn edges(metadata: &Value) -> Vec<Edge> {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let folder = |p: &Value| {
        let manifest = p["manifest_path"].as_str().unwrap_or_default();
        manifest
            .strip_prefix(root)
            .unwrap_or(manifest)
            .trim_start_matches('/')
            .trim_end_matches("/Cargo.toml")
            .to_string()
    };
    let ours: BTreeMap<String, String> = packages
        .iter()
        .map(|p| (p["name"].as_str().unwrap_or_default().to_string(), folder(p)))
        .collect();
    let mut edges = Vec::new();
    for package in &packages {
        let from = (folder(package), package["name"].as_str().unwrap_or_default().to_string());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = dependency["name"].as_str().unwrap_or_default();
            if let Some(to) = ours.get(name) {
                edges.push((from.clone(), (to.clone(), name.to_string()), dependency["kind"] == "dev"));
            }
        }
    }
    edges
}

fn broken(edges: &[Edge]) -> Faults {
    let wrong = |((from, name), (to, to_name), dev): &&Edge| {
        let for_tests = *dev && to_name == "test-support";
        name != to_name && !for_tests && !allowed(floor(from), floor(to), to_name)
    };
    let say =
        |((from, _), (to, _), _): &Edge| format!("{from} depends on {to}; ask through a port of the kernel, and let the server wire it");
    edges.iter().filter(wrong).map(say).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str, dev: bool) -> Edge {
        let named = |folder: &str| (folder.to_string(), folder.rsplit('/').next().unwrap_or_default().to_string());
        (named(from), named(to), dev)
    }

    #[test]
    fn the_house_keeps_the_law() {
        assert_eq!(check(&crate::root()), Vec::<String>::new());
    }

    #[test]
    fn the_law_is_noticed_when_it_is_broken() {
        let against = [
            edge("kernel", "engines/journal", false),
            edge("engines/journal", "engines/names", false),
            edge("services/investment", "engines/names", false),
            edge("services/investment", "server", true),
            edge("services/trade", "services/investment", false),
            edge("engines/names", "server", false),
        ];
        assert_eq!(broken(&against).len(), against.len());
        let along = [
            edge("engines/names", "kernel", false),
            edge("engines/names", "engines/journal", false),
            edge("services/investment", "kernel", false),
            edge("server", "services/investment", false),
            edge("engines/journal", "tests/test-support", true),
        ];
        assert_eq!(broken(&along), Vec::<String>::new());
    }
}
