//! `qianhai journal verify`: the chain holds, and every decision replays.

use clap::{Args, Subcommand};
use kernel::CaseId;
use serde_json::json;

use super::{Common, Done, Stop, progress, progress_end};

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
}

impl Journal {
    pub async fn run(self, common: &Common) -> Done {
        let Verb::Verify { replay } = self.verb;
        let house = common.house().await?;
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
        house.close().await;
        common.show(&said, |said| {
            let replayed = said
                .get("decisions")
                .map(|n| format!(", {n} decisions replayed"))
                .unwrap_or_default();
            format!(
                "{} events in {} streams hold{replayed}; head {}",
                said["events"],
                said["streams"],
                said["head"].as_str().unwrap_or_default()
            )
        })
    }
}
