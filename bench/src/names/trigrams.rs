//! The peer: `pg_trgm` with GIN indexes over the same names, on one connection and one core.

use std::path::Path;
use std::time::{Duration, Instant};

use names::ParsedName;
use test_support::PrivatePostgres;
use tokio_postgres::{Client, NoTls, Statement};

use super::{Asked, MIB, Round};
use crate::Unmeasured;

/// A way to ask the peer.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// For the table.
    pub(super) name: &'static str,
    query: &'static str,
    /// How alike texts must be: 0.3 is its own default, 0.5 is quicker and finds less.
    threshold: f32,
}

/// Names whose brand and industry together are alike enough.
const CORE: &str = "SELECT id FROM names WHERE core % $1";
/// The same, or whose whole text is. At 0.3 that is nearly every name with the same form.
const CORE_OR_WHOLE: &str = "SELECT id FROM names WHERE core % $1 OR full_name % $2";

/// The ways that are measured.
pub(super) const WAYS: [Way; 3] = [
    Way {
        name: "pg_trgm, `core`, 0.3",
        query: CORE,
        threshold: 0.3,
    },
    Way {
        name: "pg_trgm, `core`, 0.5",
        query: CORE,
        threshold: 0.5,
    },
    Way {
        name: "pg_trgm, `core` or whole, 0.5",
        query: CORE_OR_WHOLE,
        threshold: 0.5,
    },
];

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
    core: Statement,
    core_or_whole: Statement,
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
            core: client.prepare(CORE).await.map_err(failed)?,
            core_or_whole: client.prepare(CORE_OR_WHOLE).await.map_err(failed)?,
            client,
            version: version.trim().to_string(),
            seconds,
            index_mib: bytes.trim().parse::<f64>().unwrap_or(f64::NAN) / MIB,
            next: 0,
            _postgres: postgres,
        })
    }

    /// Sets how alike texts must be.
    pub(super) async fn set(&self, way: Way) -> Result<(), Unmeasured> {
        let set = format!("SET pg_trgm.similarity_threshold = {}", way.threshold);
        self.client.batch_execute(&set).await.map_err(|e| Unmeasured::during("the peer", e))
    }

    /// The places of the names that are alike.
    pub(super) async fn ask(&self, way: Way, name: &str, parsed: &ParsedName) -> Result<Vec<i32>, Unmeasured> {
        let failed = |e| Unmeasured::during("the peer", e);
        let rows = match way.query {
            CORE => self.client.query(&self.core, &[&core(parsed)]).await,
            _ => self.client.query(&self.core_or_whole, &[&core(parsed), &name]).await,
        };
        rows.map_err(failed)?.iter().map(|row| row.try_get(0).map_err(failed)).collect()
    }

    /// Questions one after another; the next round goes on where this one ends.
    pub(super) async fn check_for(&mut self, asked: &[Asked], way: Way, seconds: u64) -> Result<Round, Unmeasured> {
        self.set(way).await?;
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < Duration::from_secs(seconds) {
            let question = &asked[self.next % asked.len()];
            let start = Instant::now();
            self.ask(way, &question.name, &question.parsed).await?;
            times.push(start.elapsed());
            self.next += 1;
        }
        let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        Ok(Round { rate, times })
    }

    /// What was asked of the peer.
    pub(super) fn story(&self) -> String {
        format!(
            " The peer is pg_trgm {} with a GIN index on brand and industry (`core`) and one on the whole name: `{CORE}` and `{CORE_OR_WHOLE}` at the `pg_trgm.similarity_threshold` given, \
             prepared, one connection, no parallel workers, no sequential scans, 4 GB of shared buffers. It is given brand and industry as our reader parts them, and is not asked for \
             rules or order; its recall is of the names that any rule finds (each way has {} s for as many questions as it answers), ours of names under each rule.",
            self.version,
            super::proof::PEER_SECONDS_MAX,
        )
    }
}
