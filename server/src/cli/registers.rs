//! `qianhai registers`: loading, listing, closing for maintenance.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Common, Done, Stop, progress, progress_end};
use crate::register_shelf::{LoadError, Standing};
use crate::registers::RegisterKind;

#[derive(Args)]
pub(crate) struct Registers {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Loads a register from a CSV file: all of it, or with a bad row nothing
    Load {
        /// enterprises, addresses, identities or dishonesty
        kind: RegisterKind,
        /// CSV with a header, UTF-8 or GB18030
        file: PathBuf,
    },
    /// Lists the registers in force
    List,
    /// Closes a register for maintenance: services that need it wait
    Close {
        /// Which register
        kind: RegisterKind,
    },
    /// Opens a closed register again
    Open {
        /// Which register
        kind: RegisterKind,
    },
}

impl Registers {
    pub async fn run(self, common: &Common) -> Done {
        let house = common.house().await?;
        let shelf = &house.registers;
        match self.verb {
            Verb::Load { kind, file } => {
                let open = || File::open(&file).map(BufReader::new);
                let loaded = shelf
                    .load(kind, open, &house.zone, |step, rows| {
                        progress(&format!("{kind}: {rows} rows {step}…"))
                    })
                    .await;
                progress_end();
                match loaded {
                    Ok(standing) => common.show(&standing, line)?,
                    Err(LoadError::Bad(bad)) => {
                        common.show(&bad, |bad| {
                            let rows: Vec<String> = bad.rows.iter().map(|row| format!("  {row}")).collect();
                            format!("{}: {} faults, nothing was loaded\n{}", file.display(), bad.total, rows.join("\n"))
                        })?;
                        return Err(Stop::Silent);
                    }
                    Err(other) => return Err(Stop::Failed(format!("{}: {other}", file.display()))),
                }
            }
            Verb::List => {
                let standing = shelf.standing();
                let mut all: Vec<&Standing> = standing.values().collect();
                all.sort_by_key(|s| s.kind);
                common.show(&all, |all| {
                    if all.is_empty() {
                        return "no register is loaded: qianhai registers load <kind> <file.csv>".into();
                    }
                    all.iter().map(|standing| line(standing)).collect::<Vec<_>>().join("\n")
                })?;
            }
            Verb::Close { kind } => common.show(&shelf.set_closed(kind, true).await?, line)?,
            Verb::Open { kind } => common.show(&shelf.set_closed(kind, false).await?, line)?,
        }
        house.close().await;
        Ok(())
    }
}

fn line(standing: &Standing) -> String {
    let state = if standing.closed {
        "closed 维护中"
    } else {
        "in force 使用中"
    };
    let name = standing.kind.name();
    let at = crate::runner::instant(standing.loaded_at_ms);
    format!(
        "{:<12} {:>9} rows  {state}  {at:.0}  {} / {}",
        standing.kind.as_str(),
        standing.rows,
        name.zh,
        name.en
    )
}
