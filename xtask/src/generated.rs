//! Generated files: written by the program, committed, and compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Faults, qianhai};

const FOLDER: &str = "docs/generated";

pub fn check(root: &Path) -> Faults {
    let fresh = std::env::temp_dir().join(format!("qianhai-generated-{}", std::process::id()));
    let result = qianhai(root, &["docs", "--out", &fresh.display().to_string()]);
    let faults = match result {
        Ok(_) => differences(&fresh, &root.join(FOLDER)),
        Err(why) => vec![why],
    };
    // What stays behind is in the folder for temporary things.
    _ = fs::remove_dir_all(&fresh);
    faults
}

fn differences(fresh: &Path, kept: &Path) -> Faults {
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.file_name())
            .collect()
    };
    let mut faults = Vec::new();
    for name in names(fresh) {
        if fs::read(fresh.join(&name)).ok() != fs::read(kept.join(&name)).ok() {
            faults.push(format!(
                "{FOLDER}/{} is not what the program writes; run make generate",
                name.to_string_lossy()
            ));
        }
    }
    for name in names(kept).iter().filter(|name| !fresh.join(name).exists()) {
        faults.push(format!("{FOLDER}/{} is written by nobody; remove it", name.to_string_lossy()));
    }
    faults
}

pub fn write(root: &Path) -> Faults {
    if let Err(why) = qianhai(root, &["docs", "--out", FOLDER]) {
        return vec![why];
    }
    if !root.join("web/node_modules").is_dir() {
        return vec!["web/node_modules is missing: npm ci in web/, then again, for the portal's client types".into()];
    }
    let npm = Command::new("npm")
        .args(["run", "--silent", "generate"])
        .current_dir(root.join("web"))
        .status();
    if npm.is_ok_and(|status| status.success()) {
        vec![]
    } else {
        vec!["npm run generate failed".into()]
    }
}
