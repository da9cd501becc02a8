//! The peer: pgbench inserting one row a transaction, as many clients, the same PostgreSQL on the same disk, `synchronous_commit` on.

use std::process::Command;

use test_support::PrivatePostgres;

use crate::Unmeasured;

/// Bytes of the row: what one append's event holds.
const ROW: &str = "INSERT INTO plain (stream, version, kind, data) VALUES ('case/' || :r, 1, 'Submitted', repeat('x', 280));";

/// A database with the table and the script.
pub struct Peer {
    database: String,
    script: std::path::PathBuf,
    bin: std::path::PathBuf,
    folder: test_support::Folder,
}

impl Peer {
    /// Makes the table.
    ///
    /// # Errors
    /// The script can't be written.
    pub fn new(postgres: &PrivatePostgres) -> Result<Self, Unmeasured> {
        let url = postgres.database();
        let name = url.rsplit('/').next().unwrap_or_default().to_string();
        let table = "CREATE TABLE plain (position bigserial PRIMARY KEY, stream text NOT NULL, version bigint NOT NULL, kind text NOT NULL, data text NOT NULL)";
        postgres.psql(&name, table);
        let folder = test_support::Folder::new();
        let script = folder.path().join("insert.sql");
        std::fs::write(&script, format!("\\set r random(1, 1000000000)\n{ROW}\n"))
            .map_err(|e| Unmeasured::during("pgbench's script", e))?;
        Ok(Self {
            database: url,
            script,
            bin: postgres.bin().join("pgbench"),
            folder,
        })
    }

    /// Transactions a second.
    ///
    /// # Errors
    /// pgbench is missing or fails.
    pub fn run(&self, clients: usize, seconds: u64) -> Result<f64, Unmeasured> {
        let jobs = clients.min(2).to_string();
        let mut command = Command::new(&self.bin);
        command.args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients.to_string(),
            "-j",
            &jobs,
            "-T",
            &seconds.to_string(),
            "-f",
        ]);
        command.arg(&self.script).arg(&self.database).current_dir(self.folder.path());
        let output = command
            .output()
            .map_err(|e| Unmeasured::during("pgbench (Debian package postgresql-contrib)", e))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text
            .lines()
            .find_map(|l| l.strip_prefix("tps = "))
            .and_then(|l| l.split_whitespace().next())
            .and_then(|n| n.parse().ok());
        tps.ok_or_else(|| Unmeasured(format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// Milliseconds that the disk takes to keep 4 KiB, the middle of many: the physical limit of a lone writer.
///
/// # Errors
/// The disk is full.
pub fn sync_ms() -> Result<f64, Unmeasured> {
    use std::io::Write;
    let folder = test_support::Folder::new();
    let failed = |e| Unmeasured::during("the disk's probe", e);
    let mut file = std::fs::File::create(folder.path().join("probe")).map_err(failed)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = std::time::Instant::now();
        file.write_all(&[7; 4_096]).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(crate::report::median(times))
}
