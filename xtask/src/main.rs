//! Chores of the house: `tidy` says everything that is out of order at once; `generate` writes the generated files anew; `golden` takes
//! examples of stored events.

mod dependencies;
mod files;
mod floors;
mod generated;
mod golden;
mod services;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What is out of order, each with what to do about it.
type Faults = Vec<String>;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy(),
        Some("generate") => report("generate", generated::write(&root())),
        Some("golden") => report("golden", golden::from_stories(&root())),
        _ => {
            eprintln!(
                "xtask tidy      checks format, lints, the law of the floors, services, words, generated files, dependencies\nxtask generate  writes docs/generated and the portal's client types\nxtask golden    adds examples of events that have none, from each service's story, to tests/golden"
            );
            ExitCode::from(2)
        }
    }
}

fn tidy() -> ExitCode {
    let root = root();
    type Check = fn(&Path) -> Faults;
    let checks: [(&str, Check); 7] = [
        ("format", toolchain::format),
        ("floors", floors::check),
        ("services", services::check),
        ("files", files::check),
        ("dependencies", dependencies::check),
        ("generated files", generated::check),
        ("lints", toolchain::lint),
    ];
    let mut faults = Vec::new();
    for (name, check) in checks {
        let found = check(&root);
        println!(
            "{name:<16} {}",
            if found.is_empty() {
                "in order".to_string()
            } else {
                format!("{} to mend", found.len())
            }
        );
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    report("tidy", faults)
}

fn report(what: &str, faults: Faults) -> ExitCode {
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{what}: {} faults", faults.len());
    ExitCode::FAILURE
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// The program, built with the tidy run itself.
fn qianhai(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let built = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(|folder| folder.join("qianhai")));
    let program = built
        .filter(|p| p.is_file())
        .ok_or("build the program first: cargo build -p server")?;
    let output = Command::new(&program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Files that git tracks.
fn tracked(root: &Path) -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root).output();
    let bytes = output.map(|o| o.stdout).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .split('\0')
        .filter(|f| !f.is_empty())
        .map(str::to_string)
        .collect()
}
