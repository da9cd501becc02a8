//! Views follow the journal event by event and can be dropped and rebuilt from it.
//!
//! A view's changes and the position they lead to are written together, so a crash repeats a step and never doubles it. Two
//! processes may follow with the same view: the position is written only if nobody moved it meanwhile.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::error::{JournalError, WriteError};
use crate::{Change, Collections, Journal, Order, Recorded, limits};

/// Collection of the views' positions.
const POSITIONS: &str = "views";
/// Collection of the events that a view could not take; tagged with the view's name.
pub const QUARANTINE: &str = "quarantine";

/// A picture of the journal for reading.
pub trait View: Send + 'static {
    /// Its name; also the one collection that it writes, unless [`View::collections`] says otherwise.
    fn name(&self) -> &str;

    /// Grows when what it writes changes; the view is then rebuilt from the first event.
    fn version(&self) -> u32;

    /// The collections that it writes; they are its own and are dropped when it is rebuilt.
    fn collections(&self) -> Vec<String> {
        vec![self.name().to_owned()]
    }

    /// Takes one event. Nothing of an event that fails is written.
    fn apply(&mut self, event: &Recorded, store: &mut ViewStore<'_>) -> impl Future<Output = Result<(), ViewError>> + Send;
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The store can't be read now; the event is taken again later.
    #[error(transparent)]
    Store(#[from] JournalError),
    /// The event itself can't be taken; it is put into quarantine and the view goes on.
    #[error("{0}")]
    Event(String),
}

type Place = (String, String);

/// What a document is after a change: the document with its tags, or nothing.
type After = Option<(Value, Vec<(String, i64)>)>;

/// What a view reads and writes while it takes an event; it reads its own writes.
pub struct ViewStore<'a> {
    stored: &'a Collections,
    owned: &'a [String],
    cache: &'a mut HashMap<Place, Option<Value>>,
    batch: &'a HashMap<Place, After>,
    event: HashMap<Place, After>,
}

impl ViewStore<'_> {
    /// The document under a key, with everything that this view has written so far.
    ///
    /// # Errors
    /// The store can't be read.
    pub async fn get(&mut self, collection: &str, key: &str) -> Result<Option<Value>, JournalError> {
        let place = (collection.to_owned(), key.to_owned());
        if let Some(after) = self.event.get(&place).or_else(|| self.batch.get(&place)) {
            return Ok(after.as_ref().map(|after| after.0.clone()));
        }
        if let Some(known) = self.cache.get(&place) {
            return Ok(known.clone());
        }
        let found = self.stored.get(collection, key).await?.map(|found| found.doc);
        self.cache.insert(place, found.clone());
        Ok(found)
    }

    /// Writes a document with its tags.
    ///
    /// # Errors
    /// The collection is not one of the view's.
    pub fn put(&mut self, collection: &str, key: &str, doc: Value, tags: Vec<(String, i64)>) -> Result<(), ViewError> {
        self.change(collection, key, Some((doc, tags)))
    }

    /// Removes a document.
    ///
    /// # Errors
    /// The collection is not one of the view's.
    pub fn delete(&mut self, collection: &str, key: &str) -> Result<(), ViewError> {
        self.change(collection, key, None)
    }

    fn change(&mut self, collection: &str, key: &str, after: After) -> Result<(), ViewError> {
        if !self.owned.iter().any(|owned| owned == collection) {
            return Err(ViewError::Event(format!("{collection} is not a collection of this view")));
        }
        self.event.insert((collection.to_owned(), key.to_owned()), after);
        Ok(())
    }
}

/// A view that is following; dropping it stops the view.
#[derive(Debug)]
pub struct Follower {
    name: String,
    position: watch::Receiver<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Follower {
    /// The view's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Watches the position that the view has reached.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.position.clone()
    }

    /// The position that the view has reached.
    #[must_use]
    pub fn position(&self) -> u64 {
        *self.position.borrow()
    }

    /// Waits until the view has reached `position`; false when it has not in time.
    pub async fn wait_for(&self, position: u64, timeout: Duration) -> bool {
        let mut reached = self.position.clone();
        matches!(
            tokio::time::timeout(timeout, reached.wait_for(|at| *at >= position)).await,
            Ok(Ok(_))
        )
    }

    /// Stops the view between two steps or within one; a step is written whole or not at all.
    pub async fn stop(self) {
        self.task.abort();
        // The task ends as aborted; nothing else can be learnt from it.
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Lets a view follow the journal, from its saved position or, after a change of its version, from the first event.
#[must_use]
pub fn follow<V: View>(journal: &Journal, view: V) -> Follower {
    let (moved, position) = watch::channel(0);
    let following = Following {
        name: view.name().to_owned(),
        owned: view.collections(),
        journal: journal.clone(),
        view,
        cache: HashMap::new(),
        saved: Saved { position: 0, revision: 0 },
        moved: Arc::new(moved),
    };
    Follower {
        name: following.name.clone(),
        position,
        task: tokio::spawn(following.run()),
    }
}

/// Where the view stands in the store.
#[derive(Debug, Clone, Copy)]
struct Saved {
    position: u64,
    revision: u64,
}

struct Following<V> {
    name: String,
    owned: Vec<String>,
    journal: Journal,
    view: V,
    cache: HashMap<Place, Option<Value>>,
    saved: Saved,
    moved: Arc<watch::Sender<u64>>,
}

impl<V: View> Following<V> {
    async fn run(mut self) {
        let mut head = self.journal.subscribe();
        let mut begun = false;
        loop {
            let step = if begun { self.step().await } else { self.begin().await.map(|()| 1) };
            match step {
                Ok(0) => {
                    if head.wait_for(|head| *head > self.saved.position).await.is_err() {
                        return;
                    }
                }
                Ok(_) => begun = true,
                Err(WriteError::Conflict { .. }) => {
                    // Another process moved this view: go on from where it stands now.
                    self.cache.clear();
                    begun = false;
                }
                Err(WriteError::Journal(error)) => {
                    tracing::warn!(view = self.name, %error, "the view waits for the store");
                    tokio::time::sleep(Duration::from_millis(limits::VIEW_RETRY_MS)).await;
                }
            }
        }
    }

    /// Finds the saved position; drops what another version wrote.
    async fn begin(&mut self) -> Result<(), WriteError> {
        let views = self.journal.views();
        let version = json!(self.view.version());
        let saved = views.get(POSITIONS, &self.name).await?;
        if let Some(saved) = saved.filter(|saved| saved.doc["version"] == version) {
            self.saved = Saved {
                position: saved.doc["position"].as_u64().unwrap_or(0),
                revision: saved.revision,
            };
            self.moved.send_replace(self.saved.position);
            return Ok(());
        }
        // The mark goes first: a crash while dropping begins the dropping again.
        views.write(vec![Change::delete(POSITIONS, &*self.name)]).await?;
        for collection in &self.owned {
            views.drop_collection(collection).await?;
        }
        forget_quarantine(views, &self.name).await?;
        let start = json!({ "version": version, "position": 0 });
        let revision = views
            .write(vec![Change::put_if_absent(POSITIONS, &*self.name, start, Vec::new())])
            .await?;
        self.saved = Saved { position: 0, revision };
        self.moved.send_replace(0);
        Ok(())
    }

    /// Takes the next events; where a document can't be stored, event by event, so that only the one event is put aside.
    async fn step(&mut self) -> Result<usize, WriteError> {
        match self.take_some(limits::VIEW_EVENTS, None).await {
            Err(WriteError::Journal(JournalError::Refused(_))) => match self.take_some(1, None).await {
                Err(WriteError::Journal(JournalError::Refused(why))) => self.take_some(1, Some(why)).await,
                taken => taken,
            },
            taken => taken,
        }
    }

    /// Takes up to `limit` events and writes what they change; gives how many there were. `refused` puts them aside unread.
    async fn take_some(&mut self, limit: usize, refused: Option<String>) -> Result<usize, WriteError> {
        let events = self.journal.read_from(self.saved.position, limit).await?;
        let mut batch: HashMap<Place, After> = HashMap::new();
        let mut position = self.saved.position;
        let mut taken = 0;
        for event in &events {
            if batch.len() >= limits::VIEW_CHANGES {
                break;
            }
            self.take(event, &mut batch, refused.as_ref()).await?;
            position = event.position;
            taken += 1;
        }
        if taken == 0 {
            return Ok(0);
        }
        let mut changes: Vec<_> = batch.iter().map(|(place, after)| change(place, after.as_ref())).collect();
        let (key, doc) = (self.name.clone(), json!({ "version": self.view.version(), "position": position }));
        changes.push(Change::PutIf {
            collection: POSITIONS.into(),
            key,
            doc,
            tags: Vec::new(),
            revision: self.saved.revision,
        });
        let revision = self.journal.views().write(changes).await?;
        if self.cache.len() + batch.len() > limits::VIEW_CACHE_DOCUMENTS_MAX {
            self.cache.clear();
        }
        self.cache
            .extend(batch.into_iter().map(|(place, after)| (place, after.map(|after| after.0))));
        self.saved = Saved { position, revision };
        self.moved.send_replace(position);
        Ok(taken)
    }

    /// Takes one event, or puts it into quarantine.
    async fn take(&mut self, event: &Recorded, batch: &mut HashMap<Place, After>, refused: Option<&String>) -> Result<(), JournalError> {
        let mut store = ViewStore {
            stored: self.journal.views(),
            owned: &self.owned,
            cache: &mut self.cache,
            batch,
            event: HashMap::new(),
        };
        let applied = match refused {
            Some(why) => Err(ViewError::Event(why.clone())),
            None => unbroken(self.view.apply(event, &mut store)).await,
        };
        let changes = store.event;
        match applied {
            Ok(()) => batch.extend(changes),
            Err(ViewError::Store(error)) => return Err(error),
            Err(ViewError::Event(error)) => {
                let id = format!("{}/{}", self.name, event.position);
                tracing::error!(id, error, "the view can't take an event");
                let doc = json!({
                    "view": self.name, "position": event.position, "stream": event.stream, "version": event.version, "kind": event.kind,
                    "error": error,
                });
                let tags = vec![(self.name.clone(), i64::try_from(event.position).unwrap_or(i64::MAX))];
                batch.insert((QUARANTINE.into(), id), Some((doc, tags)));
            }
        }
        Ok(())
    }
}

async fn forget_quarantine(views: &Collections, name: &str) -> Result<(), WriteError> {
    loop {
        let (found, _) = views.list(QUARANTINE, name, Order::Ascending, None, limits::READ_ROWS_MAX).await?;
        if found.is_empty() {
            return Ok(());
        }
        views
            .write(found.into_iter().map(|found| Change::delete(QUARANTINE, found.key)).collect())
            .await?;
    }
}

fn change((collection, key): &Place, after: Option<&(Value, Vec<(String, i64)>)>) -> Change {
    match after {
        Some((doc, tags)) => Change::put(collection, key, doc.clone(), tags.clone()),
        None => Change::delete(collection, key),
    }
}

/// Turns a panic of a view into an error of the event: one event must not stop the view.
async fn unbroken(apply: impl Future<Output = Result<(), ViewError>>) -> Result<(), ViewError> {
    let mut apply = std::pin::pin!(apply);
    std::future::poll_fn(|context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| apply.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(ViewError::Event("the view broke on this event".into()))))
    })
    .await
}
