//! What the house is built from: every licence goes with Apache-2.0, and no crate comes in two versions without a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::Faults;

/// Licences that a program under Apache-2.0 may be made from.
const LICENCES: [&str; 14] = [
    "Apache-2.0",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unlicense",
    "CC0-1.0",
    "Unicode-3.0",
    "BSL-1.0",
    "0BSD",
    "MPL-2.0",
    "CDLA-Permissive-2.0",
];

#[derive(Deserialize)]
struct Doubled {
    /// Crate to reason.
    doubled: BTreeMap<String, String>,
}

/// What cargo knows of the packages; ours alone, or with everything below.
pub fn metadata(root: &Path, ours_alone: bool) -> Result<Value, String> {
    let mut arguments = vec!["metadata", "--format-version", "1", "--locked"];
    if ours_alone {
        arguments.push("--no-deps");
    }
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())
}

pub fn check(root: &Path) -> Faults {
    let mut faults = match metadata(root, false) {
        Ok(metadata) => [licences(&metadata), doubled(root)].concat(),
        Err(why) => vec![why],
    };
    faults.extend(npm(root));
    faults
}

fn fits(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let lax = spdx::ParseMode::LAX;
    spdx::Expression::parse_mode(&expression, lax)
        .is_ok_and(|parsed| parsed.evaluate(|requirement| requirement.license.id().is_some_and(|id| LICENCES.contains(&id.name))))
}

fn licences(metadata: &Value) -> Faults {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|p| !fits(&text(&p["license"])))
        .map(|p| {
            format!(
                "{} {} is under “{}”, which does not go with Apache-2.0",
                text(&p["name"]),
                text(&p["version"]),
                text(&p["license"])
            )
        })
        .collect()
}

/// Crates that the program itself (not its tests) is linked from in two versions.
fn doubled(root: &Path) -> Faults {
    let reasons = std::fs::read_to_string(root.join("xtask/doubled.toml")).unwrap_or_default();
    let reasons: BTreeMap<String, String> = toml::from_str::<Doubled>(&reasons).map(|d| d.doubled).unwrap_or_default();
    let arguments = [
        "tree",
        "--locked",
        "-p",
        "server",
        "-e",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--no-dedupe",
    ];
    let output = match Command::new("cargo").args(arguments).current_dir(root).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(error) => return vec![error.to_string()],
    };
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in output.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    let twice: BTreeMap<&str, BTreeSet<&str>> = versions.into_iter().filter(|(_, v)| v.len() > 1).collect();
    let say = |(name, v): (&&str, &BTreeSet<&str>)| {
        let all: Vec<&str> = v.iter().copied().collect();
        format!(
            "{name} comes as {}; align the versions, or give the reason in xtask/doubled.toml",
            all.join(" and ")
        )
    };
    let mut faults: Faults = twice.iter().filter(|(name, _)| !reasons.contains_key(**name)).map(say).collect();
    let idle = reasons.keys().filter(|name| !twice.contains_key(name.as_str()));
    faults.extend(idle.map(|name| format!("xtask/doubled.toml excuses {name}, which no longer comes twice")));
    faults
}

/// Packages that the portal's pages are made from.
fn npm(root: &Path) -> Faults {
    let Ok(text) = std::fs::read_to_string(root.join("web/package-lock.json")) else {
        return vec!["web/package-lock.json is missing".into()];
    };
    let lock: Value = match serde_json::from_str(&text) {
        Ok(lock) => lock,
        Err(error) => return vec![format!("web/package-lock.json: {error}")],
    };
    let packages = lock["packages"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(path, p)| !path.is_empty() && p["dev"] != true);
    packages
        .filter(|(_, p)| !fits(p["license"].as_str().unwrap_or_default()))
        .map(|(path, p)| format!("{path} is under {}, which does not go with Apache-2.0", p["license"]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn licences_are_read_as_expressions() {
        assert!(fits("MIT OR Apache-2.0"));
        assert!(fits("MIT/Apache-2.0"));
        assert!(fits("(MIT OR GPL-3.0-only) AND Unicode-3.0"));
        assert!(fits("Apache-2.0 WITH LLVM-exception"));
        assert!(!fits("GPL-3.0-only"));
        assert!(!fits("MIT AND AGPL-3.0-only"));
        assert!(!fits(""));
    }
}
