//! A result: the machine, the versions, what was done, a table of medians and ratios.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::Unmeasured;

const RESULTS: &str = "bench/RESULTS.md";

/// A table with its story.
pub struct Report {
    /// Heading in the results: `journal`.
    pub name: &'static str,
    /// What was measured, against whom.
    pub story: String,
    /// Column heads.
    pub head: Vec<&'static str>,
    /// Rows, as text.
    pub rows: Vec<Vec<String>>,
}

impl Report {
    /// As Markdown.
    pub fn text(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = format!("## {}\n\n{}\n\n{}\n\n", self.name, machine(), self.story);
        text += &line(self.head.iter().map(|h| h.to_string()).collect());
        text += &line(self.head.iter().map(|_| "---".to_string()).collect());
        self.rows.iter().for_each(|row| text += &line(row.clone()));
        text
    }

    /// For a person or a machine.
    pub fn print(&self, json: bool) {
        if json {
            println!(
                "{}",
                json!({"name": self.name, "machine": machine(), "story": self.story, "head": self.head, "rows": self.rows})
            );
        } else {
            println!("{}", self.text());
        }
    }

    /// Takes the place of the last result of this name.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self) -> Result<(), Unmeasured> {
        let failed = |e| Unmeasured::during(RESULTS, e);
        if !Path::new("bench").is_dir() {
            return Err(Unmeasured("--write is for the repository's own folder".into()));
        }
        let old = std::fs::read_to_string(RESULTS).unwrap_or_else(|_| "# Results\n\n".into());
        let heading = format!("## {}\n", self.name);
        let (before, after) = match old.split_once(&heading) {
            Some((before, rest)) => (
                before.to_string(),
                rest.find("\n## ").map_or(String::new(), |at| rest[at + 1..].to_string()),
            ),
            None => (format!("{}\n", old.trim_end()) + "\n", String::new()),
        };
        std::fs::write(RESULTS, format!("{before}{}\n{after}", self.text()).trim_end().to_string() + "\n").map_err(failed)
    }
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map(|l| l.trim_start_matches([' ', '\t', ':']))
        .unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = memory
        .lines()
        .next()
        .and_then(|l| l.split_whitespace().nth(1))
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let said = |program: &Path, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok();
        output
            .and_then(|o| String::from_utf8(o.stdout).ok())
            .map(|s| s.trim().to_string())
            .unwrap_or_default()
    };
    let postgres = said(&test_support::postgres_bin().join("postgres"), "--version");
    let day = said(Path::new("date"), "+%F");
    let build = if cfg!(debug_assertions) { "debug build" } else { "release build" };
    format!(
        "{day}, {model}, {cores} cores, {} GiB, {postgres}, qianhai {} ({build})",
        kib >> 20,
        env!("CARGO_PKG_VERSION")
    )
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Milliseconds at a share of sorted times.
pub fn at(times: &[std::time::Duration], share: f64) -> f64 {
    let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(place).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3)
}

/// A whole number with separators, as a person reads it.
pub fn whole(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let grouped: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|c| std::str::from_utf8(c).unwrap_or_default())
        .collect();
    grouped.join(",")
}
