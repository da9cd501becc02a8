//! `qianhai journal`: the chain holds, every decision replays, and everything durable can be copied.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use journal::EffectState;
use kernel::CaseId;
use serde_json::{Value, json};

use super::{Common, Done, Stop, copies, progress, progress_end};
use crate::clock;
use crate::house::House;
use crate::portal::notices::NOTICES;

/// Events read at once when cases are replayed.
const STEP_EVENTS: usize = 5_000;

#[derive(Args)]
pub(crate) struct Journal {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Proves that nothing was changed, lost or doubled; exit 1 at the first thing that does not agree
    Verify {
        /// Takes every decision again, too
        #[arg(long)]
        replay: bool,
    },
    /// Counts what follows from events: done, due, waiting for its time, given up
    Effects,
    /// Writes everything durable into one file, also while the server runs
    Backup {
        /// The file to write
        file: PathBuf,
        /// Writes over a file of this name
        #[arg(long)]
        force: bool,
    },
    /// Fills an empty store from a backup and proves it
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Moves a store that no program has open into an empty folder or PostgreSQL database, and proves it there
    Move {
        /// The new store: a folder, or a postgres:// address
        #[arg(long, value_name = "STORE")]
        to: String,
        /// Leaves the old store usable; without this it refuses to open and says where its data went
        #[arg(long)]
        keep: bool,
    },
}

impl Journal {
    pub async fn run(self, common: &Common) -> Done {
        let said = match self.verb {
            Verb::Backup { file, force } => copies::backup(&common.store, &file, force).await?,
            Verb::Restore { file } => copies::restore(&file, &common.store).await?,
            Verb::Move { to, keep } => copies::move_to(&common.store, &to, keep).await?,
            Verb::Verify { replay } => {
                let house = common.house().await?;
                let said = verify(&house, replay).await?;
                house.close().await;
                said
            }
            Verb::Effects => {
                let house = common.house().await?;
                let said = effects(&house).await?;
                house.close().await;
                said
            }
        };
        common.show(&said, |said| {
            let counts = said.as_object().into_iter().flatten();
            counts
                .map(|(name, value)| format!("{name} {}", value.as_str().map_or(value.to_string(), str::to_string)))
                .collect::<Vec<_>>()
                .join("  ")
        })
    }
}

async fn verify(house: &House, replay: bool) -> Result<Value, Stop> {
    let verified = house
        .journal
        .verify(|done, all| progress(&format!("{done} of {all} events…")))
        .await;
    progress_end();
    let verified = verified.map_err(|broken| Stop::Failed(broken.to_string()))?;
    let mut said = json!({"events": verified.events, "streams": verified.streams, "head": verified.head.hash});
    if replay {
        let (mut position, mut decisions) = (0, 0_u64);
        loop {
            let events = house
                .journal
                .read_from(position, STEP_EVENTS)
                .await
                .map_err(|e| Stop::Failed(e.to_string()))?;
            let Some(last) = events.last() else { break };
            // A case is replayed where it begins: once.
            for event in events.iter().filter(|e| e.version == 1) {
                let Ok(id) = CaseId::try_new(&event.stream) else { continue };
                for decision in house.replay(&id).await? {
                    decisions += 1;
                    if decision.same_rules && !decision.same {
                        return Err(Stop::Failed(format!(
                            "case {id}: {} of {} does not replay",
                            decision.action, decision.at
                        )));
                    }
                }
            }
            position = last.position;
            progress(&format!("{decisions} decisions replayed…"));
        }
        progress_end();
        said["decisions"] = json!(decisions);
    }
    Ok(said)
}

/// Every effect of the journal by its state. Reads stream by stream; it is meant for people and tests, not for a page.
async fn effects(house: &House) -> Result<Value, Stop> {
    let failed = |e: journal::JournalError| Stop::Failed(e.to_string());
    let now_ms = clock::now_ms();
    let (mut done, mut due, mut waiting, mut given_up, mut told) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    let mut position = 0;
    loop {
        let events = house.journal.read_from(position, STEP_EVENTS).await.map_err(failed)?;
        let Some(last) = events.last() else { break };
        for event in events.iter().filter(|e| e.version == 1) {
            for effect in house.journal.effects_of(&event.stream).await.map_err(failed)? {
                match effect.state {
                    EffectState::Done => {
                        done += 1;
                        told += u64::from(effect.effect.kind == "notify");
                    }
                    EffectState::Failed => given_up += 1,
                    EffectState::Pending if effect.effect.due_ms <= now_ms => due += 1,
                    EffectState::Pending => waiting += 1,
                }
            }
        }
        position = last.position;
    }
    let notices = house.journal.records().count(NOTICES, "").await.map_err(failed)?;
    Ok(json!({"done": done, "due": due, "waiting": waiting, "failed": given_up, "notify_done": told, "notices": notices}))
}
