//! The queue before the one writer: it takes everything that waits and hands it over as one group.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::error::{AppendError, JournalError};
use crate::{Append, Appended, EffectKey, limits};

/// The answer to a queued piece of work.
pub(crate) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// A change of an effect's state.
#[derive(Debug, Clone)]
pub(crate) struct EffectChange {
    pub key: EffectKey,
    pub to: EffectTo,
}

/// The state that an effect is set to.
#[derive(Debug, Clone)]
pub(crate) enum EffectTo {
    Done,
    Retry { at_ms: i64, error: String },
    Failed { error: String },
}

/// What the writer is asked to do.
pub(crate) enum Work {
    Append(Append, Reply<Appended, AppendError>),
    Effect(EffectChange, Reply<(), JournalError>),
    /// Bounds the store's file, so that a test can fill it; 0 lifts the bound.
    PagesMax(u32, Reply<(), JournalError>),
    Close,
}

/// How much was committed together since the journal was opened.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    groups: AtomicU64,
    works: AtomicU64,
}

impl Tally {
    /// Groups, and the pieces of work in all of them.
    pub fn read(&self) -> (u64, u64) {
        (self.groups.load(Ordering::Relaxed), self.works.load(Ordering::Relaxed))
    }

    fn count(&self, works: usize) {
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.works.fetch_add(works as u64, Ordering::Relaxed);
    }
}

/// Something that can be queued for a group.
pub(crate) trait Queued {
    fn bytes(&self) -> usize;
    fn closes(&self) -> bool;
}

impl Queued for Work {
    fn bytes(&self) -> usize {
        match self {
            Work::Append(append, _) => append.bytes(),
            Work::Effect(..) | Work::PagesMax(..) | Work::Close => 64,
        }
    }
    fn closes(&self) -> bool {
        matches!(self, Work::Close)
    }
}

/// The receiving end of the queue.
pub(crate) struct Front<T> {
    queue: mpsc::Receiver<T>,
    group_max: usize,
    last: usize,
    tally: Arc<Tally>,
}

impl<T: Queued> Front<T> {
    /// A queue with room for `queued_max`, giving groups of at most `group_max`.
    pub fn new(queued_max: usize, group_max: usize) -> (mpsc::Sender<T>, Self) {
        let (sender, queue) = mpsc::channel(queued_max);
        let front = Front {
            queue,
            group_max,
            last: 0,
            tally: Arc::default(),
        };
        (sender, front)
    }

    /// Where this front counts its groups.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// The next group, for a writer on its own thread; `None` when nothing will come any more.
    pub fn gather_blocking(&mut self) -> Option<Vec<T>> {
        let first = self.queue.blocking_recv()?;
        let mut group = Group::new(first, self.last);
        while let Some(pause) = self.fill(&mut group) {
            std::thread::sleep(pause);
        }
        self.last = group.items.len();
        self.tally.count(self.last);
        Some(group.items)
    }

    /// The next group, for a writer that is a task.
    pub async fn gather(&mut self) -> Option<Vec<T>> {
        let first = self.queue.recv().await?;
        let mut group = Group::new(first, self.last);
        while self.fill(&mut group).is_some() {
            tokio::task::yield_now().await;
        }
        self.last = group.items.len();
        self.tally.count(self.last);
        Some(group.items)
    }

    /// Takes what waits. Gives a pause when more is likely to come at once: callers that were just answered come back
    /// within microseconds, and a group that leaves without them makes them wait for a whole commit.
    fn fill(&mut self, group: &mut Group<T>) -> Option<Duration> {
        if group.items.last().is_some_and(Queued::closes) {
            self.queue.close();
        }
        while group.items.len() < self.group_max && group.bytes < limits::GROUP_BYTES_MAX {
            match self.queue.try_recv() {
                Ok(item) => {
                    if item.closes() {
                        self.queue.close();
                    }
                    group.add(item);
                }
                Err(_) if group.items.len() >= group.expected => return None,
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {
                    let left = Duration::from_micros(limits::GROUP_LINGER_US_MAX).checked_sub(group.since.elapsed())?;
                    return Some(left.min(Duration::from_micros(20)));
                }
            }
        }
        None
    }
}

struct Group<T> {
    items: Vec<T>,
    bytes: usize,
    expected: usize,
    since: Instant,
}

impl<T: Queued> Group<T> {
    fn new(first: T, last: usize) -> Self {
        // A little less than last time is enough: waiting for a caller that left would cost the others.
        let expected = last - last / 8;
        let mut group = Group {
            items: Vec::with_capacity(last + 1),
            bytes: 0,
            expected,
            since: Instant::now(),
        };
        group.add(first);
        group
    }

    fn add(&mut self, item: T) {
        self.bytes += item.bytes();
        self.items.push(item);
    }
}
