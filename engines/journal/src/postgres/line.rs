//! The connection of a writer: it reconnects after a loss, and can tell whether the last commit landed.

use std::time::{Duration, Instant};

use tokio_postgres::Error;

use super::{Habit, Link, bounded, told};
use crate::error::JournalError;
use crate::limits;

/// Notes in the transaction that this batch of this writer is in it.
pub(super) const NOTE: &str = "UPDATE journal.writers SET batch = $2 WHERE writer = $1";

/// A writer's connection.
pub(super) struct Line {
    address: String,
    habit: Habit,
    /// Takes the lock that every batch begins with.
    lock: String,
    link: Option<Link>,
    failed: Option<(Instant, Duration, JournalError)>,
    pub writer: i64,
    pub batch: i64,
}

/// Why a batch was not written.
pub(super) enum Miss {
    /// Nothing was written; the reason.
    Nothing(JournalError),
    /// The connection was lost while the commit was on its way.
    Doubt(JournalError),
}

impl Line {
    /// Connects and registers as a new writer.
    pub async fn open(address: &str, habit: Habit, lock: String) -> Result<Self, JournalError> {
        let link = Link::connect(address, habit).await?;
        let register = "INSERT INTO journal.writers VALUES(nextval('journal.writer'), 0) RETURNING writer";
        let writer = bounded(link.client().query_one(register, &[])).await?.get(0);
        Ok(Line {
            address: address.to_owned(),
            habit,
            lock,
            link: Some(link),
            failed: None,
            writer,
            batch: 0,
        })
    }

    /// Takes the writer's row away: it has nothing in doubt any more.
    pub async fn close(mut self) {
        let writer = self.writer;
        if let Ok(link) = self.link().await {
            // A row that stays is 40 bytes that nobody reads.
            _ = bounded(link.client().execute("DELETE FROM journal.writers WHERE writer = $1", &[&writer])).await;
        }
    }

    /// The connection, made anew when it was lost; not more often than the back-off allows.
    pub async fn link(&mut self) -> Result<&Link, JournalError> {
        if self.link.as_ref().is_some_and(|link| link.client().is_closed()) {
            self.link = None;
        }
        if self.link.is_none() {
            let pause = match &self.failed {
                Some((at, pause, error)) if at.elapsed() < *pause => return Err(error.clone()),
                Some((_, pause, _)) => (*pause * 2).min(Duration::from_millis(limits::POSTGRES_RETRY_MS_MAX)),
                None => Duration::from_millis(limits::POSTGRES_RETRY_MS),
            };
            match Link::connect(&self.address, self.habit).await {
                Ok(link) => {
                    self.failed = None;
                    self.link = Some(link);
                }
                Err(error) => {
                    self.failed = Some((Instant::now(), pause, error.clone()));
                    return Err(error);
                }
            }
        }
        self.link
            .as_ref()
            .ok_or_else(|| JournalError::Unavailable("PostgreSQL is not connected".into()))
    }

    /// Gives the connection up, so that the next batch begins on a clean one.
    pub fn drop_link(&mut self) {
        self.link = None;
    }

    /// Whether the batch of the lost connection landed; asks until PostgreSQL is back or the limit is over.
    pub async fn landed(&mut self) -> Result<bool, JournalError> {
        let deadline = Instant::now() + Duration::from_millis(limits::POSTGRES_DOUBT_MS_MAX);
        self.drop_link();
        loop {
            match self.look().await {
                Ok(landed) => return Ok(landed),
                Err(error) if Instant::now() > deadline => {
                    let why = format!("the connection died during the commit and the outcome is unknown: {error}");
                    return Err(JournalError::Unavailable(why));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(limits::POSTGRES_RETRY_MS)).await,
            }
        }
    }

    /// The lock waits for the lost connection's transaction, should the server still be carrying it out.
    async fn look(&mut self) -> Result<bool, JournalError> {
        let (writer, batch, lock) = (self.writer, self.batch, self.lock.clone());
        let link = self.link().await?;
        let look = async {
            let client = link.client();
            client.batch_execute("BEGIN").await?;
            client.query(&lock, &[]).await?;
            let row = client
                .query_opt("SELECT batch FROM journal.writers WHERE writer = $1", &[&writer])
                .await?;
            client.batch_execute("ROLLBACK").await?;
            Ok(row.is_some_and(|row| row.get::<_, i64>(0) == batch))
        };
        let landed = bounded(look).await;
        if landed.is_err() {
            self.drop_link();
        }
        landed
    }

    /// Sorts an error that came while the commit was on its way.
    pub fn doubt(&self, error: &Error) -> Miss {
        let why = told(error);
        // An error that PostgreSQL itself told has undone the transaction; all else leaves it open.
        let class = error.code().map(|code| code.code().get(..2).unwrap_or_default().to_owned());
        match class.as_deref() {
            Some("57" | "58" | "08" | "XX") | None => Miss::Doubt(why),
            Some(_) => Miss::Nothing(why),
        }
    }
}
