//! Measurements of the house beside named peers: both sides in one run, in turn, medians and ratios.

mod durable;
mod http;
mod names;
mod peer;
mod registration;
mod report;

use clap::{Args, Subcommand};

/// `qianhai bench <name>`.
#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    which: Which,
}

#[derive(Subcommand)]
enum Which {
    /// Durable appends through the whole journal, on both stores, beside pgbench inserting one row a transaction
    Journal(Pace),
    /// Whole applications through HTTP, decided and durable
    Registration(Pace),
    /// Millions of company names in the index, beside pg_trgm
    Names(names::Scale),
}

/// How long to measure.
#[derive(Args, Clone, Copy)]
pub(crate) struct Pace {
    /// Rounds of each side
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each round
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Puts the result into bench/RESULTS.md
    #[arg(long)]
    write: bool,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unmeasured(String);

impl Unmeasured {
    fn during(doing: &str, error: impl std::fmt::Display) -> Self {
        Self(format!("{doing}: {error}"))
    }
}

impl Command {
    /// Runs a measurement and prints it.
    ///
    /// # Errors
    /// What the measurement needs is missing.
    pub async fn run(self, json: bool) -> Result<(), Unmeasured> {
        let (reports, write) = match self.which {
            Which::Journal(pace) => (vec![durable::measure(pace).await?], pace.write),
            Which::Registration(pace) => (vec![registration::measure(pace).await?], pace.write),
            Which::Names(scale) => (names::measure(&scale).await?, scale.pace.write),
        };
        reports.iter().for_each(|report| report.print(json));
        reports.iter().filter(|_| write).try_for_each(report::Report::write)
    }
}
