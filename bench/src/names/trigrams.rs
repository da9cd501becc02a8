//! The peer: `pg_trgm` with GIN indexes over the same names, on one connection and one core.

use std::path::Path;
use std::time::{Duration, Instant};

use names::ParsedName;
use test_support::PrivatePostgres;
use tokio_postgres::{Client, NoTls, Statement};

use super::{Asked, MIB, Round};
use crate::Unmeasured;

/// Names whose brand and industry together, or whose whole text, are alike enough.
const QUERY: &str = "SELECT id FROM names WHERE core % $1 OR full_name % $2";

/// What the server may use: all that helps it here.
const SETTINGS: [&str; 6] = [
    "shared_buffers = '4GB'",
    "work_mem = '256MB'",
    "maintenance_work_mem = '2GB'",
    "max_wal_size = '16GB'",
    "jit = off",
    "max_parallel_workers_per_gather = 0",
];

/// A PostgreSQL that holds the names.
pub(super) struct Trigrams {
    client: Client,
    query: Statement,
    version: String,
    /// Seconds to load and index.
    pub(super) seconds: f64,
    /// Both indexes.
    pub(super) index_mib: f64,
    /// Place of the next question.
    next: usize,
    /// Ends the cluster when it goes.
    _postgres: PrivatePostgres,
}

/// The brand and the industry of a name: what the rules compare.
pub(super) fn core(name: &ParsedName) -> String {
    let text = |part: &Option<names::Part>| part.as_ref().map_or(String::new(), |part| part.text.clone());
    text(&name.brand) + &text(&name.industry)
}

impl Trigrams {
    /// Starts a cluster, loads the rows and indexes them.
    pub(super) async fn load(rows: &Path) -> Result<Self, Unmeasured> {
        eprintln!("the same names in PostgreSQL…");
        let postgres = PrivatePostgres::begin();
        SETTINGS
            .iter()
            .for_each(|setting| _ = postgres.psql("postgres", &format!("ALTER SYSTEM SET {setting}")));
        postgres.stop();
        postgres.start();
        // With the C locale of the cluster pg_trgm takes no Chinese letter for a letter.
        postgres.psql(
            "postgres",
            "CREATE DATABASE names TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        );
        let begun = Instant::now();
        postgres.psql("names", "CREATE EXTENSION pg_trgm");
        postgres.psql(
            "names",
            "CREATE UNLOGGED TABLE names (id int NOT NULL, full_name text NOT NULL, core text NOT NULL)",
        );
        postgres.psql("names", &format!("COPY names FROM '{}'", rows.display()));
        for column in ["core", "full_name"] {
            postgres.psql(
                "names",
                &format!("CREATE INDEX {column}_gin ON names USING gin ({column} gin_trgm_ops)"),
            );
        }
        postgres.psql("names", "VACUUM ANALYZE names");
        let seconds = begun.elapsed().as_secs_f64();
        let bytes = postgres.psql("names", "SELECT pg_indexes_size('names')");
        let version = postgres.psql("names", "SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'");
        let failed = |e| Unmeasured::during("the peer", e);
        let (client, connection) = tokio_postgres::connect(&postgres.url("names"), NoTls).await.map_err(failed)?;
        tokio::spawn(connection);
        client.batch_execute("SET enable_seqscan = off").await.map_err(failed)?;
        Ok(Self {
            query: client.prepare(QUERY).await.map_err(failed)?,
            client,
            version: version.trim().to_string(),
            seconds,
            index_mib: bytes.trim().parse::<f64>().unwrap_or(f64::NAN) / MIB,
            next: 0,
            _postgres: postgres,
        })
    }

    /// Sets how alike texts must be.
    pub(super) async fn set(&self, threshold: f32) -> Result<(), Unmeasured> {
        let set = format!("SET pg_trgm.similarity_threshold = {threshold}");
        self.client.batch_execute(&set).await.map_err(|e| Unmeasured::during("the peer", e))
    }

    /// The places of the names that are alike.
    pub(super) async fn ask(&self, name: &str, parsed: &ParsedName) -> Result<Vec<i32>, Unmeasured> {
        let rows = self.client.query(&self.query, &[&core(parsed), &name]).await;
        let rows = rows.map_err(|e| Unmeasured::during("the peer", e))?;
        rows.iter()
            .map(|row| row.try_get(0).map_err(|e| Unmeasured::during("the peer", e)))
            .collect()
    }

    /// Questions one after another; the next round goes on where this one ends.
    pub(super) async fn check_for(&mut self, asked: &[Asked], threshold: f32, seconds: u64) -> Result<Round, Unmeasured> {
        self.set(threshold).await?;
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < Duration::from_secs(seconds) {
            let question = &asked[self.next % asked.len()];
            let start = Instant::now();
            self.ask(&question.name, &question.parsed).await?;
            times.push(start.elapsed());
            self.next += 1;
        }
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        Ok(Round { rate, times })
    }

    /// What was asked of the peer.
    pub(super) fn story(&self) -> String {
        format!(
            " The peer is pg_trgm {} with a GIN index on brand and industry (`core`) and one on the whole name: `{QUERY}` at `pg_trgm.similarity_threshold` {} and {}, prepared, one connection, no parallel \
             workers, no sequential scans, 4 GB of shared buffers. It is given brand and industry as our reader parts them, and is not asked for rules or order; its recall is of the \
             names that any rule finds, ours of names under each rule.",
            self.version,
            super::THRESHOLDS[0],
            super::THRESHOLDS[1]
        )
    }
}
