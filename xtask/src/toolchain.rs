//! Format and lints, as the toolchain's own tools say.

use std::path::Path;
use std::process::Command;

use crate::Faults;

pub fn format(root: &Path) -> Faults {
    run(root, &["fmt", "--all", "--check"], "run cargo fmt --all")
}

pub fn lint(root: &Path) -> Faults {
    run(
        root,
        &["clippy", "--locked", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"],
        "mend what clippy says above",
    )
}

fn run(root: &Path, arguments: &[&str], mend: &str) -> Faults {
    let output = Command::new("cargo").args(arguments).current_dir(root).output();
    match output {
        Ok(output) if output.status.success() => vec![],
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&said);
            let lines: Vec<&str> = text.lines().take(80).collect();
            vec![format!("{}\n  {mend}", lines.join("\n"))]
        }
        Err(error) => vec![format!("cargo {}: {error}", arguments[0])],
    }
}
