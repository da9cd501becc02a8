//! A PostgreSQL database as the source of a copy, and as its destination.

use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::sync::mpsc;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, RowStream};

use super::{Habit, Link, bounded, reader, schema, told, writer};
use crate::error::JournalError;
use crate::limits;
use crate::portable::tables::{Batch, Cell, DOCUMENTS, Kind, Moment, Part, TABLES, Table, Tally, Totals, tags};
use crate::portable::{Copied, CopyError, without_password};
use crate::verify::Checker;

/// What programs lock as long as they have the journal open. The number only has to be one that nothing else in this database locks.
const IN_USE: &str = "7191840330165523002";

fn store_error(error: &Error) -> CopyError {
    told(error).into()
}

/// Lets a writer's connection in: not while the journal is being moved, and not after.
pub(super) async fn enter(client: &Client) -> Result<(), JournalError> {
    let lock = format!("SELECT pg_try_advisory_lock_shared({IN_USE})");
    let entered: bool = bounded(client.query_one(&lock, &[])).await?.get(0);
    if !entered {
        return Err(JournalError::Unavailable("the journal is being moved or restored".into()));
    }
    check_not_moved(client).await
}

async fn check_not_moved(client: &Client) -> Result<(), JournalError> {
    let moved = bounded(client.query_opt("SELECT destination FROM journal.moved", &[])).await?;
    moved.map_or(Ok(()), |row| Err(JournalError::Moved(row.get(0))))
}

/// Keeps every writer off the journal, until it is dropped.
pub(crate) struct Lease {
    link: Link,
}

impl Lease {
    /// Waits a little for a program that has just ended: PostgreSQL notices it later than the operator.
    pub async fn take(address: &str) -> Result<Self, CopyError> {
        let link = Link::connect(address, Habit::Read).await?;
        schema::migrate(&link).await?;
        let lock = format!("SELECT pg_try_advisory_lock({IN_USE})");
        let deadline = Instant::now() + Duration::from_millis(limits::LEASE_MS_MAX);
        while !bounded(link.client().query_one(&lock, &[])).await?.get::<_, bool>(0) {
            if Instant::now() > deadline {
                return Err(CopyError::InUse(without_password(address)));
            }
            tokio::time::sleep(Duration::from_millis(limits::POSTGRES_RETRY_MS)).await;
        }
        Ok(Lease { link })
    }

    /// Notes where the data went, on the very connection that kept writers off: had it been lost, this fails.
    pub async fn mark(self, destination: &str, at_ms: i64) -> Result<(), JournalError> {
        let mark = "INSERT INTO journal.moved VALUES(1, $1, $2)";
        bounded(self.link.client().execute(mark, &[&destination, &at_ms])).await?;
        self.give_back().await;
        Ok(())
    }

    /// Lets writers in at once; a connection that is only dropped does so when PostgreSQL notices.
    pub async fn give_back(self) {
        let unlock = format!("ROLLBACK; SELECT pg_advisory_unlock({IN_USE})");
        // If this fails the connection is gone, and the lock with it.
        _ = bounded(self.link.client().batch_execute(&unlock)).await;
    }
}

fn name(table: &Table) -> String {
    let kind = if table.records { "records_" } else { "" };
    format!("journal.{kind}{}", table.name)
}

/// Sends the journal as one moment sees it. Its tables are not brought up to date: a backup made before an upgrade must not be one.
pub(crate) async fn read(address: &str, leave_out: &[String], parts: &mpsc::Sender<Part>) -> Result<(), CopyError> {
    let link = Link::connect(address, Habit::Read).await?;
    let client = link.client();
    let exists = "SELECT to_regclass('journal.schema') IS NOT NULL, to_regclass('journal.moved') IS NOT NULL";
    let exists = bounded(client.query_one(exists, &[])).await?;
    if !exists.get::<_, bool>(0) {
        let why = format!("{} has no journal", without_password(address));
        return Err(JournalError::Address(why).into());
    }
    schema::check(client).await?;
    if exists.get::<_, bool>(1) {
        check_not_moved(client).await?;
    }
    bounded(client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await?;
    let head = writer::head_row(&bounded(client.query_one("SELECT position, hash, streams FROM journal.head", &[])).await?);
    let revision: i64 = bounded(client.query_one("SELECT last FROM journal.records_revision", &[]))
        .await?
        .get(0);
    let moment = Moment {
        head,
        revision: revision as u64,
    };
    let send = async |part| parts.send(part).await.map_err(|_| CopyError::Stopped);
    send(Part::Begin(moment)).await?;
    let mut tally = Tally::new();
    each_batch(client, leave_out, async |batch| {
        tally.add(&batch);
        send(Part::Rows(batch)).await
    })
    .await?;
    bounded(client.batch_execute("ROLLBACK")).await?;
    send(Part::End(tally.totals())).await
}

/// Gives everything durable, batch by batch.
async fn each_batch(
    client: &Client,
    leave_out: &[String],
    mut take: impl AsyncFnMut(Batch) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    for (number, table) in TABLES.iter().enumerate() {
        let column = |(column, kind): &(&str, Kind)| match kind {
            Kind::Integer => format!("{column}::bigint"),
            Kind::Text | Kind::Bytes => (*column).to_owned(),
        };
        let columns: Vec<String> = table.columns.iter().map(column).collect();
        let mut sql = format!("SELECT {} FROM {}", columns.join(", "), name(table));
        let mut values: Vec<&(dyn ToSql + Sync)> = Vec::new();
        if table.records {
            sql += " WHERE collection <> ALL($1)";
            values.push(&leave_out);
        }
        sql += &format!(" ORDER BY {}", table.order);
        // Rows come as they are asked for; the connection holds back the rest.
        let mut rows = pin!(client.query_raw(&sql, values).await.map_err(|error| store_error(&error))?);
        let mut batch = Batch::of(number);
        while let Some(row) = next(rows.as_mut()).await? {
            push(&mut batch, table, &row)?;
            if batch.is_full() {
                take(std::mem::replace(&mut batch, Batch::of(number))).await?;
            }
        }
        if batch.rows > 0 {
            take(batch).await?;
        }
    }
    Ok(())
}

async fn next(rows: Pin<&mut RowStream>) -> Result<Option<Row>, CopyError> {
    let mut rows = rows;
    Ok(bounded(rows.try_next()).await?)
}

fn push(batch: &mut Batch, table: &Table, row: &Row) -> Result<(), CopyError> {
    for (number, (_, kind)) in table.columns.iter().enumerate() {
        let cell = match kind {
            Kind::Integer => row.try_get::<_, Option<i64>>(number).map(|value| value.map(Cell::Integer)),
            Kind::Text => row.try_get::<_, Option<&str>>(number).map(|value| value.map(Cell::Text)),
            Kind::Bytes => row.try_get::<_, Option<&[u8]>>(number).map(|value| value.map(Cell::Bytes)),
        };
        batch.push(cell.map_err(|error| store_error(&error))?.unwrap_or(Cell::Null));
    }
    batch.rows += 1;
    Ok(())
}

/// Fills a database without a journal, or with an empty one, in one transaction.
pub(crate) async fn fill(address: &str, mut parts: mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
    // Writers that want to open it meanwhile are told to come later.
    let lease = Lease::take(address).await?;
    let filled = fill_tables(lease.link.client(), address, &mut parts).await;
    lease.give_back().await;
    filled
}

async fn fill_tables(client: &Client, address: &str, parts: &mut mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
    check_not_moved(client).await?;
    refuse_full(client, address).await?;
    let Some(Part::Begin(moment)) = parts.recv().await else {
        return Err(CopyError::Stopped);
    };
    bounded(client.batch_execute("BEGIN")).await?;
    let totals = loop {
        match parts.recv().await {
            Some(Part::Rows(batch)) => insert(client, &batch).await?,
            Some(Part::End(totals)) => break totals,
            Some(Part::Begin(_)) | None => return Err(CopyError::Stopped),
        }
    };
    finish(client, &moment).await.map_err(|error| store_error(&error))?;
    prove(client, &totals).await?;
    // A long commit is no lost one: the time that it takes grows with the copy.
    client.batch_execute("COMMIT").await.map_err(|error| store_error(&error))?;
    Ok(Copied::of(&moment, &totals, 0))
}

async fn refuse_full(client: &Client, address: &str) -> Result<(), CopyError> {
    let mut tables: Vec<String> = TABLES.iter().map(name).collect();
    tables.push("journal.views_documents".into());
    let any = tables.iter().map(|table| format!("EXISTS (SELECT 1 FROM {table})"));
    let sql = format!("SELECT {}", any.collect::<Vec<_>>().join(" OR "));
    if bounded(client.query_one(&sql, &[])).await?.get(0) {
        return Err(CopyError::NotEmpty(without_password(address)));
    }
    Ok(())
}

/// The values of one column, as PostgreSQL takes them.
enum Column<'a> {
    Integers(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Bytes(Vec<Option<&'a [u8]>>),
}

impl<'a> Column<'a> {
    fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Integer => Column::Integers(Vec::with_capacity(rows)),
            Kind::Text => Column::Texts(Vec::with_capacity(rows)),
            Kind::Bytes => Column::Bytes(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, cell: Cell<'a>) {
        // The batch gives each column only values of its kind.
        match (self, cell) {
            (Column::Integers(values), Cell::Integer(value)) => values.push(Some(value)),
            (Column::Texts(values), Cell::Text(value)) => values.push(Some(value)),
            (Column::Bytes(values), Cell::Bytes(value)) => values.push(Some(value)),
            (Column::Integers(values), _) => values.push(None),
            (Column::Texts(values), _) => values.push(None),
            (Column::Bytes(values), _) => values.push(None),
        }
    }

    fn values(&self) -> &(dyn ToSql + Sync) {
        match self {
            Column::Integers(values) => values,
            Column::Texts(values) => values,
            Column::Bytes(values) => values,
        }
    }
}

async fn insert(client: &Client, batch: &Batch) -> Result<(), CopyError> {
    let table = &TABLES[batch.table];
    let rows = batch.read()?;
    let mut columns: Vec<Column<'_>> = table.columns.iter().map(|column| Column::new(column.1, rows.len())).collect();
    for row in &rows {
        columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(*cell));
    }
    let names: Vec<&str> = table.columns.iter().map(|column| column.0).collect();
    let arrays = table.columns.iter().zip(1..).map(|((_, kind), number)| match kind {
        Kind::Integer => format!("${number}::bigint[]"),
        Kind::Text => format!("${number}::text[]"),
        Kind::Bytes => format!("${number}::bytea[]"),
    });
    let sql = format!(
        "INSERT INTO {}({}) SELECT * FROM unnest({})",
        name(table),
        names.join(", "),
        arrays.collect::<Vec<_>>().join(", ")
    );
    let values: Vec<_> = columns.iter().map(Column::values).collect();
    execute(client, &sql, &values).await?;
    if table.name == DOCUMENTS {
        insert_tags(client, &rows).await?;
    }
    Ok(())
}

/// Rows that contradict each other are the file's fault, not the store's.
async fn execute(client: &Client, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<(), CopyError> {
    let limit = Duration::from_millis(limits::POSTGRES_COPY_MS_MAX);
    match tokio::time::timeout(limit, client.execute(sql, values)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if is_unfit(&error) => Err(CopyError::Damaged(told(&error).to_string())),
        Ok(Err(error)) => Err(store_error(&error)),
        Err(_) => Err(JournalError::Unavailable("PostgreSQL does not answer".into()).into()),
    }
}

fn is_unfit(error: &Error) -> bool {
    let codes = [
        SqlState::UNIQUE_VIOLATION,
        SqlState::NOT_NULL_VIOLATION,
        SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}

async fn insert_tags(client: &Client, rows: &[Vec<Cell<'_>>]) -> Result<(), CopyError> {
    let (mut collections, mut keys, mut names, mut sorts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let [Cell::Text(collection), Cell::Text(key), .., Cell::Text(text)] = row[..] else {
            return Err(CopyError::Damaged("a document lacks its name or its tags".into()));
        };
        for (tag, sort) in tags(text)? {
            collections.push(collection);
            keys.push(key);
            names.push(tag);
            sorts.push(sort);
        }
    }
    let sql = "INSERT INTO journal.records_tags(collection, tag, sort, key)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])";
    execute(client, sql, &[&collections, &names, &sorts, &keys]).await
}

async fn finish(client: &Client, moment: &Moment) -> Result<(), Error> {
    let head = &moment.head;
    let values: [&(dyn ToSql + Sync); 3] = [&(head.position as i64), &&head.hash[..], &(head.streams as i64)];
    client
        .execute("UPDATE journal.head SET position = $1, hash = $2, streams = $3", &values)
        .await?;
    client
        .execute("UPDATE journal.records_revision SET last = $1", &[&(moment.revision as i64)])
        .await
        .map(drop)
}

/// Reads back what stands in this transaction, and verifies the chain.
async fn prove(client: &Client, due: &Totals) -> Result<(), CopyError> {
    let mut tally = Tally::new();
    each_batch(client, &[], async |batch| {
        tally.add(&batch);
        Ok(())
    })
    .await?;
    due.expect(&tally.totals())?;
    let (sender, mut pieces) = mpsc::channel(4);
    let check = async move {
        let mut checker = Checker::new();
        while let Some(piece) = pieces.recv().await {
            checker.take(piece)?;
        }
        checker.finish()
    };
    let sent = async move { reader::send(client, &sender).await };
    let (checked, sent) = tokio::join!(check, sent);
    sent.map_err(|error| store_error(&error))?;
    checked.map(drop).map_err(CopyError::Broken)
}
