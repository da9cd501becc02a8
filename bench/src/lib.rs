//! Measurements of the house beside named peers, both sides in one run.

use clap::{Args, Subcommand};

/// `qianhai bench <name>`.
#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    which: Which,
}

#[derive(Subcommand)]
enum Which {}

impl Command {
    /// Runs a measurement and prints it.
    ///
    /// # Errors
    /// What the measurement needs is missing.
    pub async fn run(self, _json: bool) -> Result<(), String> {
        match self.which {}
    }
}
