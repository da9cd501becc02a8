//! A folder as the source of a copy, and as its destination.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use tokio::sync::mpsc;

use super::{Durability, connect, reader, schema, told, writer};
use crate::error::{Broken, JournalError};
use crate::portable::file::{beside, file_error, sync_folder};
use crate::portable::tables::{Batch, Cell, DOCUMENTS, Moment, Part, TABLES, Table, Tally, Totals, tags};
use crate::portable::{Copied, CopyError, send};
use crate::verify::Checker;

const JOURNAL_FILE: &str = "journal.db";
const RECORDS_FILE: &str = "records.db";

/// Says to other processes that a folder is in use, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Many may have the folder open.
    pub fn shared(folder: &Path) -> Result<Self, JournalError> {
        let file = lock_file(folder).map_err(|error| JournalError::Address(format!("{}: {error}", folder.display())))?;
        file.try_lock_shared()
            .map_err(|error| JournalError::Unavailable(format!("{} is being moved or restored: {error}", folder.display())))?;
        Ok(Lock { _file: file })
    }

    /// Nobody else has the folder open.
    pub fn alone(folder: &Path) -> Result<Self, CopyError> {
        let file = lock_file(folder).map_err(|error| file_error(folder, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(CopyError::InUse(folder.display().to_string())),
            Err(std::fs::TryLockError::Error(error)) => Err(file_error(folder, &error)),
        }
    }
}

fn lock_file(folder: &Path) -> std::io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("in-use.lock"))
}

/// Refuses a folder whose data went elsewhere.
pub(super) fn check_not_moved(connection: &Connection) -> Result<(), JournalError> {
    let moved = connection
        .query_row("SELECT destination FROM moved", [], |row| row.get(0))
        .optional()
        .map_err(|error| told(&error))?;
    moved.map_or(Ok(()), |destination| Err(JournalError::Moved(destination)))
}

/// Notes where the data went.
pub(crate) fn mark(folder: &Path, destination: &str, at_ms: i64) -> Result<(), JournalError> {
    let connection = connect(&folder.join(JOURNAL_FILE), Durability::Full)?;
    schema::migrate(&connection, schema::JOURNAL)?;
    let marked = connection.execute("INSERT INTO moved VALUES(1, ?1, ?2)", params![destination, at_ms]);
    marked.map(drop).map_err(|error| told(&error))
}

fn store_error(error: &rusqlite::Error) -> CopyError {
    told(error).into()
}

/// Sends the folder as one moment sees it. Its files are not brought up to date: a backup made before an upgrade must not be one.
pub(crate) fn read(folder: &Path, leave_out: &[String], parts: &mpsc::Sender<Part>) -> Result<(), CopyError> {
    for name in [JOURNAL_FILE, RECORDS_FILE] {
        if !folder.join(name).is_file() {
            let why = format!("{}: there is no {name}, so this is not a store", folder.display());
            return Err(JournalError::Address(why).into());
        }
    }
    let open = |name: &str, steps| {
        let connection = connect(&folder.join(name), Durability::Full)?;
        let version = schema::check(&connection, steps)?;
        Ok::<_, JournalError>((connection, version))
    };
    let (journal, version) = open(JOURNAL_FILE, schema::JOURNAL)?;
    let (records, _) = open(RECORDS_FILE, schema::DOCUMENTS)?;
    if version >= schema::MOVED_SINCE {
        check_not_moved(&journal)?;
    }
    let moment = begin(folder, &journal, &records).map_err(|error| store_error(&error))?;
    send(parts, Part::Begin(moment))?;
    let mut tally = Tally::new();
    each_batch(&journal, &records, leave_out, |batch| {
        tally.add(&batch);
        send(parts, Part::Rows(batch))
    })?;
    send(parts, Part::End(tally.totals()))
}

/// Begins to read both files at one moment: while both write locks are held, no commit of either can lie between the two beginnings.
fn begin(folder: &Path, journal: &Connection, records: &Connection) -> rusqlite::Result<Moment> {
    let lock = |name| {
        let connection = connect(&folder.join(name), Durability::Full).map_err(|_| rusqlite::Error::InvalidQuery)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok::<_, rusqlite::Error>(connection)
    };
    let locks = [lock(JOURNAL_FILE)?, lock(RECORDS_FILE)?];
    // A transaction sees the file as it is at its first read, not at its beginning.
    journal.execute_batch("BEGIN")?;
    records.execute_batch("BEGIN")?;
    let head = writer::head_row(journal)?;
    let revision: i64 = records.query_row("SELECT last FROM revision", [], |row| row.get(0))?;
    locks.iter().try_for_each(|lock| lock.execute_batch("ROLLBACK"))?;
    Ok(Moment {
        head,
        revision: revision as u64,
    })
}

/// Gives everything durable, batch by batch.
fn each_batch(
    journal: &Connection,
    records: &Connection,
    leave_out: &[String],
    mut take: impl FnMut(Batch) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    for (number, table) in TABLES.iter().enumerate() {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.0).collect();
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
        let out: &[String] = if table.records { leave_out } else { &[] };
        if !out.is_empty() {
            sql += &format!(" WHERE collection NOT IN ({})", vec!["?"; out.len()].join(", "));
        }
        sql += &format!(" ORDER BY {}", table.order);
        let connection = if table.records { records } else { journal };
        let mut statement = connection.prepare(&sql).map_err(|error| store_error(&error))?;
        let mut rows = statement.query(params_from_iter(out)).map_err(|error| store_error(&error))?;
        let mut batch = Batch::of(number);
        while let Some(row) = rows.next().map_err(|error| store_error(&error))? {
            for column in 0..table.columns.len() {
                let value = row.get_ref(column).map_err(|error| store_error(&error))?;
                batch.push(cell(value).ok_or_else(|| odd(table))?);
            }
            batch.rows += 1;
            if batch.is_full() {
                take(std::mem::replace(&mut batch, Batch::of(number)))?;
            }
        }
        if batch.rows > 0 {
            take(batch)?;
        }
    }
    Ok(())
}

fn odd(table: &Table) -> CopyError {
    JournalError::Damaged(format!("a row of `{}` holds what no row holds", table.name)).into()
}

fn cell(value: ValueRef<'_>) -> Option<Cell<'_>> {
    match value {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(number) => Some(Cell::Integer(number)),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(Cell::Text),
        ValueRef::Blob(bytes) => Some(Cell::Bytes(bytes)),
        ValueRef::Real(_) => None,
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Fills a folder that is absent or empty. It is filled beside its name and takes it when everything is proven.
pub(crate) fn fill(folder: &Path, mut parts: mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
    let at = |error: std::io::Error| file_error(folder, &error);
    let folder = std::path::absolute(folder).map_err(at)?;
    refuse_full(&folder)?;
    let part = beside(&folder, ".restoring")?;
    std::fs::create_dir_all(&part).map_err(at)?;
    let lock = Lock::alone(&part)?;
    let filled = fill_files(&part, &mut parts).and_then(|copied| {
        // Onto an empty folder this succeeds, onto one that was filled meanwhile it does not.
        std::fs::rename(&part, &folder).and_then(|()| sync_folder(&folder)).map_err(at)?;
        Ok(copied)
    });
    if filled.is_err() {
        // What can't be removed now is removed when the next copy is made.
        _ = std::fs::remove_dir_all(&part);
    }
    drop(lock);
    filled
}

fn refuse_full(folder: &Path) -> Result<(), CopyError> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(CopyError::NotEmpty(folder.display().to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(file_error(folder, &error)),
    }
}

fn fill_files(part: &Path, parts: &mut mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
    let paths = [JOURNAL_FILE, RECORDS_FILE].map(|name| part.join(name));
    let journal = fresh(&paths[0], schema::JOURNAL)?;
    let records = fresh(&paths[1], schema::DOCUMENTS)?;
    let Some(Part::Begin(moment)) = parts.blocking_recv() else {
        return Err(CopyError::Stopped);
    };
    let totals = load(&journal, &records, parts)?;
    finish(&journal, &records, &moment).map_err(|error| store_error(&error))?;
    prove(&journal, &records, &totals)?;
    drop((journal, records));
    for path in &paths {
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|error| file_error(path, &error))?;
    }
    Ok(Copied::of(&moment, &totals, 0))
}

/// A new file that is written without care for crashes: until it is whole nobody opens it.
fn fresh(path: &PathBuf, steps: &[&str]) -> Result<Connection, CopyError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(file_error(path, &error)),
        _ => {}
    }
    let open = || {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "MEMORY")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok::<_, rusqlite::Error>(connection)
    };
    let connection = open().map_err(|error| store_error(&error))?;
    schema::migrate(&connection, steps)?;
    Ok(connection)
}

fn load(journal: &Connection, records: &Connection, parts: &mut mpsc::Receiver<Part>) -> Result<Totals, CopyError> {
    loop {
        match parts.blocking_recv() {
            Some(Part::Rows(batch)) => {
                let connection = if TABLES[batch.table].records { records } else { journal };
                insert(connection, &batch)?;
            }
            Some(Part::End(totals)) => return Ok(totals),
            Some(Part::Begin(_)) | None => return Err(CopyError::Stopped),
        }
    }
}

fn insert(connection: &Connection, batch: &Batch) -> Result<(), CopyError> {
    let table = &TABLES[batch.table];
    let columns: Vec<&str> = table.columns.iter().map(|column| column.0).collect();
    let places = vec!["?"; columns.len()].join(", ");
    let sql = format!("INSERT INTO {}({}) VALUES({places})", table.name, columns.join(", "));
    let rows = batch.read()?;
    let run = || {
        let transaction = connection.unchecked_transaction()?;
        let mut row_in = connection.prepare_cached(&sql)?;
        for row in &rows {
            row_in.execute(params_from_iter(row))?;
        }
        drop(row_in);
        transaction.commit()
    };
    run().map_err(|error| unfit(&error))?;
    if table.name == DOCUMENTS {
        insert_tags(connection, &rows)?;
    }
    Ok(())
}

/// Rows that contradict each other are the file's fault, not the store's.
fn unfit(error: &rusqlite::Error) -> CopyError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => CopyError::Damaged(error.to_string()),
        _ => store_error(error),
    }
}

fn insert_tags(connection: &Connection, rows: &[Vec<Cell<'_>>]) -> Result<(), CopyError> {
    let transaction = connection.unchecked_transaction().map_err(|error| store_error(&error))?;
    for row in rows {
        let [Cell::Text(collection), Cell::Text(key), .., Cell::Text(text)] = row[..] else {
            return Err(CopyError::Damaged("a document lacks its name or its tags".into()));
        };
        for (tag, sort) in tags(text)? {
            connection
                .prepare_cached("INSERT INTO tags(collection, tag, sort, key) VALUES(?1, ?2, ?3, ?4)")
                .and_then(|mut tag_in| tag_in.execute(params![collection, tag, sort, key]))
                .map_err(|error| unfit(&error))?;
        }
    }
    transaction.commit().map_err(|error| store_error(&error))
}

fn finish(journal: &Connection, records: &Connection, moment: &Moment) -> rusqlite::Result<()> {
    let head = &moment.head;
    journal.execute(
        "INSERT INTO head(id, position, hash, streams) VALUES(1, ?1, ?2, ?3)",
        params![head.position as i64, &head.hash[..], head.streams as i64],
    )?;
    records.execute("UPDATE revision SET last = ?1", [moment.revision as i64]).map(drop)
}

/// Reads back what stands, and verifies the chain.
fn prove(journal: &Connection, records: &Connection, due: &Totals) -> Result<(), CopyError> {
    let mut tally = Tally::new();
    each_batch(journal, records, &[], |batch| {
        tally.add(&batch);
        Ok(())
    })?;
    due.expect(&tally.totals())?;
    let (sender, mut pieces) = mpsc::channel(4);
    std::thread::scope(|scope| {
        let check = scope.spawn(move || {
            let mut checker = Checker::new();
            while let Some(piece) = pieces.blocking_recv() {
                checker.take(piece)?;
            }
            checker.finish()
        });
        let sent = reader::send(journal, &sender).map_err(|error| store_error(&error));
        drop(sender);
        let checked = check.join().unwrap_or_else(|_| Err(Broken::at(0, "the verification ended early")));
        sent?;
        checked.map(drop).map_err(CopyError::Broken)
    })
}
