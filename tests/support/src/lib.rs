//! What tests stand on: a PostgreSQL of their own, and folders that vanish afterwards.
//!
//! Nothing here uses a PostgreSQL that runs already. When none is installed the test fails and says what to install.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn number() -> u32 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// A new empty folder on the disk; removed when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder below the target folder's neighbour `TMPDIR`, or the system's folder for temporary files.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "making a folder is no default value")]
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("qianhai-test-{}-{}", std::process::id(), number()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        Folder(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed stays in the folder for temporary files.
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL cluster of this process, on a free loopback port. It ends with the process, however that ends.
#[derive(Debug)]
pub struct PrivatePostgres {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    _watchdog: Watchdog,
}

/// A shell that waits for the end of this process on its standard input, then stops the cluster and removes its folder.
#[derive(Debug)]
struct Watchdog(Child);

/// The cluster that all tests of this process share. Each test takes a [`PrivatePostgres::database`] of its own.
///
/// # Panics
/// When PostgreSQL is not installed or can't be started.
pub fn postgres() -> &'static PrivatePostgres {
    static SHARED: OnceLock<PrivatePostgres> = OnceLock::new();
    SHARED.get_or_init(PrivatePostgres::begin)
}

/// The folder with `initdb`, `postgres`, `psql` and `pgbench`.
///
/// # Panics
/// When PostgreSQL is not installed.
#[must_use]
pub fn postgres_bin() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut places = versions.into_iter().rev().map(|version| version.1).chain(on_path);
    places
        .find(|bin| ["initdb", "pg_ctl", "psql"].iter().all(|tool| bin.join(tool).is_file()))
        .expect("PostgreSQL is not installed and this test needs it. On Debian: apt-get install postgresql")
}

impl PrivatePostgres {
    /// Starts a cluster that this test alone uses, and may stop and start.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or can't be started.
    #[must_use]
    pub fn begin() -> Self {
        let bin = postgres_bin();
        let folder = std::env::temp_dir().join(format!("qianhai-postgres-{}-{}", std::process::id(), number()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        if let Some(user) = other_user() {
            succeed(Command::new("chown").arg(user).arg(&folder));
        }
        let watchdog = Watchdog::start(&bin, &folder);
        let mut initdb = as_user(&bin.join("initdb"));
        succeed(
            initdb
                .arg("-D")
                .arg(folder.join("data"))
                .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]),
        );
        // A port that is free now may be taken before the server binds it: then another one is tried.
        let port = (0..10)
            .map(|_| free_port())
            .find(|port| try_start(&bin, &folder, *port))
            .unwrap_or_else(|| {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL could not be started; its log:\n{log}");
            });
        PrivatePostgres {
            bin,
            folder,
            port,
            _watchdog: watchdog,
        }
    }

    /// The address of a new empty database.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("test_{}", number());
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The address of a database of the cluster.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The TCP port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with `psql` and `pgbench`.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// Runs SQL and gives what `psql` prints, unaligned and without headings.
    ///
    /// # Panics
    /// When the SQL fails.
    pub fn psql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(self.bin.join("psql"));
        succeed(psql.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql]))
    }

    /// Stops the cluster as a crash would: at once, without a word to its clients.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        succeed(
            as_user(&self.bin.join("pg_ctl"))
                .arg("-D")
                .arg(self.folder.join("data"))
                .args(["-w", "-m", "immediate", "stop"]),
        );
    }

    /// Starts the cluster again, on the same port with the same data.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&self) {
        assert!(try_start(&self.bin, &self.folder, self.port), "PostgreSQL starts again");
    }
}

fn try_start(bin: &Path, folder: &Path, port: u16) -> bool {
    let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=600");
    let mut start = as_user(&bin.join("pg_ctl"));
    start
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-l")
        .arg(folder.join("log"))
        .arg("-o")
        .arg(options)
        .args(["-w", "-t", "60", "start"]);
    // The server keeps what it inherits for its whole life; a pipe would make the reader wait as long.
    start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    start.status().is_ok_and(|status| status.success())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// PostgreSQL refuses to run as root; then another user runs it.
fn other_user() -> Option<&'static str> {
    let id = |arguments: &[&str]| {
        Command::new("id")
            .args(arguments)
            .output()
            .ok()
            .filter(|output| output.status.success())
    };
    let root = id(&["-u"]).is_some_and(|output| output.stdout.trim_ascii() == b"0");
    root.then(|| if id(&["-u", "postgres"]).is_some() { "postgres" } else { "nobody" })
}

fn as_user(program: &Path) -> Command {
    let Some(user) = other_user() else { return Command::new(program) };
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program).current_dir("/");
    command
}

impl Watchdog {
    fn start(bin: &Path, folder: &Path) -> Self {
        let stop = as_user(&bin.join("pg_ctl"));
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(r#"cat >/dev/null; folder=$1; shift; "$@" -D "$folder/data" -m immediate stop; rm -rf "$folder""#);
        shell.arg("watchdog").arg(folder).arg(stop.get_program()).args(stop.get_args());
        shell
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A group of its own: a signal to the tests' group must not end it before its work is done.
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        Watchdog(shell.spawn().expect("a shell can be started"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It ends by itself; its result changes nothing for the test.
        _ = self.0.wait();
    }
}

/// Runs a command that must succeed, and gives what it prints.
fn succeed(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
