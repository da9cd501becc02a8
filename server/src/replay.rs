//! A decision is taken again from its record, and must come out byte for byte the same.

use std::sync::Arc;

use jiff::Timestamp;
use journal::Recorded;
use kernel::service::setting_for;
use kernel::{CaseId, Problem, Setting};

use crate::house::House;
use crate::limits::EVENTS_PER_READ;
use crate::record::Record;

/// What taking a decision again came to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Replayed {
    /// The action.
    pub action: String,
    /// The service's version that decided.
    pub version: u32,
    /// When it was decided.
    pub at: Timestamp,
    /// This program has that version.
    pub same_rules: bool,
    /// The same events came out, byte for byte.
    pub same: bool,
}

impl House {
    /// Takes a recorded decision again and says whether the events are the same.
    ///
    /// # Errors
    /// The record can't be read, or the zone's pack of that day is gone.
    pub async fn replay(&self, id: &CaseId) -> Result<Vec<Replayed>, Problem> {
        let away = |e| Problem::during("a case is replayed", e);
        let records = self.journal.records_of(id.as_str()).await.map_err(away)?;
        let mut events = Vec::new();
        loop {
            let more = self
                .journal
                .read_stream(id.as_str(), events.len() as u64, EVENTS_PER_READ)
                .await
                .map_err(away)?;
            let end = more.len() < EVENTS_PER_READ;
            events.extend(more);
            if end {
                break;
            }
        }
        let mut replayed = Vec::new();
        for stored in records {
            let record: Record = serde_json::from_slice(&stored.record).map_err(|e| Problem::during("a record is read", e))?;
            let first = stored.first_version as usize - 1;
            let (before, own) = (&events[..first], &events[first..first + stored.events as usize]);
            replayed.push(self.decide_again(id, &record, before, own).await?);
        }
        Ok(replayed)
    }

    async fn decide_again(&self, id: &CaseId, record: &Record, before: &[Recorded], own: &[Recorded]) -> Result<Replayed, Problem> {
        let desk = self
            .desks
            .get(record.service.as_str())
            .ok_or_else(|| Problem(format!("no service {}", record.service)))?;
        let same_rules = desk.service.version == record.version;
        let machine = desk.service.machine();
        let stored: Vec<(&str, &[u8])> = before.iter().map(|e| (e.kind.as_str(), e.data.as_slice())).collect();
        let state = machine
            .fold(&machine.blank(), &stored)
            .map_err(|e| Problem::during("a case is replayed", e))?;
        let zone = if record.zone == self.zone.digest {
            self.zone.clone()
        } else {
            let files = crate::zone_store::files_of(&self.journal, &record.zone).await?;
            Arc::new(crate::zone_pack::from_files(&files).map_err(|e| Problem::during("an earlier pack is read", e))?)
        };
        let setting: Setting = setting_for(&desk.service, id.clone(), record.now, record.actor.clone(), record.seed, zone)
            .map_err(|e| Problem::during("the parameters of that day are read", e))?;
        let command = machine.command_from_json(&record.command)?;
        let facts = machine.facts_from_json(&record.facts)?;
        let same = match machine.decide(&state, &command, &facts, &setting) {
            Ok(decided) => {
                decided.events.len() == own.len()
                    && decided
                        .events
                        .iter()
                        .zip(own)
                        .all(|(new, old)| new.kind == old.kind && new.data == old.data)
            }
            Err(_) => false,
        };
        Ok(Replayed {
            action: record.action.clone(),
            version: record.version,
            at: record.now,
            same_rules,
            same,
        })
    }
}
