//! `qianhai golden`: takes examples of stored events from a store; for the repository, not for operators.

use std::path::PathBuf;

use clap::Args;
use journal::Journal;
use kernel::Problem;

use super::{Common, Done};
use crate::golden;
use crate::house::all_services;

#[derive(Args)]
pub(crate) struct Golden {
    /// The folder of golden files
    folder: PathBuf,
}

impl Golden {
    pub async fn run(self, common: &Common) -> Done {
        let journal = Journal::open(&common.store)
            .await
            .map_err(|e| Problem::during("the store is opened", e))?;
        let written = golden::harvest(&journal, &all_services(), &self.folder).await?;
        journal.close().await;
        let names: Vec<String> = written.iter().map(|file| file.display().to_string()).collect();
        common.show(&names, |names| names.join("\n"))
    }
}
