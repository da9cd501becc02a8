//! Files as a newcomer meets them: none too long, no lint silenced, no unwrap outside tests, no host or path of a machine.

use std::fs;
use std::path::Path;

use crate::{Faults, tracked};

const LINES_MAX: usize = 600;

pub fn check(root: &Path) -> Faults {
    let mut faults = Vec::new();
    for file in tracked(root) {
        let Ok(text) = fs::read_to_string(root.join(&file)) else { continue };
        let is_code = [".rs", ".ts", ".tsx", ".mjs"].iter().any(|e| file.ends_with(e));
        let is_made = file.contains("generated/") || file.ends_with("schema.d.ts");
        let lines = text.lines().count();
        if is_code && !is_made && lines > LINES_MAX {
            faults.push(format!("{file} has {lines} lines; split it by noun"));
        }
        if file.ends_with(".rs") && !file.starts_with("xtask/") {
            faults.extend(rust(&file, &text));
        }
        faults.extend(foreign(&file, &text));
    }
    faults
}

fn is_test(file: &str) -> bool {
    file.contains("/tests") || file.contains("tests/") || file.ends_with("tests.rs") || file.contains("/examples/")
}

fn rust(file: &str, text: &str) -> Faults {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut faults = Vec::new();
    for (n, line) in code.lines().enumerate() {
        let n = n + 1;
        if !is_test(file) && line.contains("#[allow(") || !is_test(file) && line.contains("#![allow(") {
            faults.push(format!(
                "{file}:{n} silences a lint for good; #[expect(.., reason)] is noticed when it is no longer needed"
            ));
        }
        if !is_test(file) && line.contains(".unwrap()") {
            faults.push(format!("{file}:{n} may panic; say what is expected, or give the error on"));
        }
    }
    faults
}

/// Nothing that ties the repository to a machine or a registry's address.
fn foreign(file: &str, text: &str) -> Faults {
    // Pieces, so that this file does not find itself.
    let hosts = [
        ["registry.", "npmjs"],
        ["static.", "crates.io"],
        ["index.", "crates.io"],
        ["files.", "pythonhosted"],
        ["deb.", "debian.org"],
    ];
    let roots = [["/ho", "me/"], ["/ro", "ot/"], ["/wo", "rk/"]];
    let mut faults = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if hosts.iter().any(|h| line.contains(&h.concat())) {
            faults.push(format!("{file}:{} names a registry's host", n + 1));
        }
        let absolute = |root: &[&str; 2]| {
            let root = root.concat();
            line.match_indices(&root)
                .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '}' | ')' | '/' | '~')))
        };
        if !file.ends_with(".json") && roots.iter().any(absolute) {
            faults.push(format!("{file}:{} names a path of a machine", n + 1));
        }
    }
    faults
}
