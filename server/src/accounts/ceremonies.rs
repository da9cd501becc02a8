//! Ceremonies: what is begun in one request and finished in another, once and within minutes. A login elsewhere, a passkey.

use journal::{Change, WriteError};
use kernel::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Accounts;
use super::passes::{ENDS, key_of};
use crate::clock;
use crate::failure::Failure;
use crate::limits::CEREMONY_SECONDS;

pub(super) const CEREMONIES: &str = "ceremonies";

impl Accounts {
    /// Begins a ceremony; its secret goes to the one who is to finish it.
    ///
    /// # Errors
    /// The store is away.
    pub async fn begin(&self, kind: &str, what: &impl Serialize) -> Result<String, Failure> {
        let secret = hex::encode(clock::random::<32>());
        let until = clock::now().as_second() + CEREMONY_SECONDS;
        let what = serde_json::to_value(what).map_err(|e| Problem::during("a ceremony is written", e))?;
        let doc = json!({"kind": kind, "until": until, "what": what});
        let change = Change::put(CEREMONIES, key_of(&secret), doc, vec![(ENDS.into(), until)]);
        self.journal.records().write(vec![change]).await?;
        Ok(secret)
    }

    /// Takes what a ceremony was begun with; nothing if it was never begun, has ended or was taken before.
    ///
    /// # Errors
    /// The store is away.
    pub async fn take<T: DeserializeOwned>(&self, kind: &str, secret: &str) -> Result<Option<T>, Failure> {
        let key = key_of(secret);
        let Some(found) = self.journal.records().get(CEREMONIES, &key).await? else {
            return Ok(None);
        };
        let until = found.doc["until"].as_i64().unwrap_or_default();
        if found.doc["kind"] != kind || until <= clock::now().as_second() {
            return Ok(None);
        }
        let taken = Change::PutIf {
            collection: CEREMONIES.into(),
            key,
            doc: json!({"kind": "taken", "until": until, "what": Value::Null}),
            tags: vec![(ENDS.into(), until)],
            revision: found.revision,
        };
        match self.journal.records().write(vec![taken]).await {
            Ok(_) => {}
            // Another request was faster: one of two wins.
            Err(WriteError::Conflict { .. }) => return Ok(None),
            Err(other) => return Err(other.into()),
        }
        let what = serde_json::from_value(found.doc["what"].clone()).map_err(|e| Problem::during("a ceremony is read", e))?;
        Ok(Some(what))
    }
}
