//! Every bound of the journal, with its unit in its name.

/// Longest name in bytes: stream, kind, hold space and key, answer key, collection, document key, tag.
pub const NAME_BYTES_MAX: usize = 512;
/// Most events in one append.
pub const APPEND_EVENTS_MAX: usize = 256;
/// Most hold changes in one append.
pub const APPEND_HOLDS_MAX: usize = 256;
/// Most effects in one append.
pub const APPEND_EFFECTS_MAX: usize = 1_024;
/// Most bytes of one append, everything counted.
pub const APPEND_BYTES_MAX: usize = 8 << 20;
/// Most bytes of one event.
pub const EVENT_BYTES_MAX: usize = 4 << 20;

/// Appends that may wait for the writer; a caller beyond this waits for room.
pub const QUEUE_APPENDS_MAX: usize = 4_096;
/// Most appends committed together.
pub const GROUP_APPENDS_MAX: usize = 1_024;
/// Bytes after which a group takes no further append.
pub const GROUP_BYTES_MAX: usize = 8 << 20;
/// Longest time in microseconds that the writer waits for the callers of the last group to come back.
pub const GROUP_LINGER_US_MAX: u64 = 150;

/// Most rows that one read gives.
pub const READ_ROWS_MAX: usize = 10_000;
/// Rows per step of a verification.
pub const VERIFY_ROWS: usize = 2_000;
/// How often the head is looked at for appends of other processes, in milliseconds.
pub const HEAD_POLL_MS: u64 = 250;

/// Read connections of an embedded store.
pub const SQLITE_READERS_MAX: usize = 8;
/// How long a process waits for another one's write lock on an embedded store, in milliseconds.
pub const SQLITE_BUSY_MS_MAX: u64 = 10_000;
/// Page cache of one embedded connection, in KiB.
pub const SQLITE_CACHE_KIB: u32 = 64 << 10;
/// Pages that the write-ahead log of an embedded store holds before it is folded into the file.
pub const SQLITE_WAL_PAGES: u32 = 4_000;

/// Read connections to PostgreSQL; each carries many reads at once.
pub const POSTGRES_READERS: usize = 4;
/// Longest wait for a connection to PostgreSQL, in milliseconds.
pub const POSTGRES_CONNECT_MS_MAX: u64 = 3_000;
/// Longest wait for one answer of PostgreSQL, in milliseconds; after it the connection counts as lost.
pub const POSTGRES_ANSWER_MS_MAX: u64 = 15_000;
/// How long the writer seeks a lost PostgreSQL to learn whether its last commit landed, in milliseconds.
pub const POSTGRES_DOUBT_MS_MAX: u64 = 10_000;
/// First pause between two tries to connect, in milliseconds; it doubles up to [`POSTGRES_RETRY_MS_MAX`].
pub const POSTGRES_RETRY_MS: u64 = 50;
/// Longest pause between two tries to connect, in milliseconds.
pub const POSTGRES_RETRY_MS_MAX: u64 = 1_000;

/// Most changes in one write to a collection.
pub const WRITE_CHANGES_MAX: usize = 20_000;
/// Most bytes of one document.
pub const DOCUMENT_BYTES_MAX: usize = 8 << 20;
/// Most tags of one document: a case of sixty people stands in four lists of each.
pub const DOCUMENT_TAGS_MAX: usize = 512;
/// Writes to collections that may wait.
pub const QUEUE_WRITES_MAX: usize = 1_024;
/// Most writes to collections committed together.
pub const GROUP_WRITES_MAX: usize = 256;
/// Documents per step of a bulk load.
pub const LOAD_DOCUMENTS: usize = 5_000;
/// Documents per step of dropping a collection.
pub const DROP_DOCUMENTS: usize = 10_000;

/// Events that a view takes in one step.
pub const VIEW_EVENTS: usize = 500;
/// Changed documents after which a view's step ends early.
pub const VIEW_CHANGES: usize = 2_000;
/// Documents that a view remembers between two steps.
pub const VIEW_CACHE_DOCUMENTS_MAX: usize = 20_000;
/// Pause of a view after the store could not be reached, in milliseconds.
pub const VIEW_RETRY_MS: u64 = 500;

/// Effects carried at the same time, each of another stream.
pub const OUTBOX_PARALLEL_MAX: usize = 64;
/// First pause before an effect is tried again, in milliseconds; it doubles with each try.
pub const OUTBOX_RETRY_MS: i64 = 500;
/// Longest pause before an effect is tried again, in milliseconds.
pub const OUTBOX_RETRY_MS_MAX: i64 = 10 * 60 * 1_000;
/// Longest sleep of the outbox between two looks, in milliseconds: a clock that was set is noticed.
pub const OUTBOX_SLEEP_MS_MAX: i64 = 30_000;

/// Bytes of rows after which a copy sends them on; one row may go beyond.
pub const COPY_BATCH_BYTES: usize = 1 << 20;
/// Most rows that a copy sends on together.
pub const COPY_BATCH_ROWS_MAX: usize = 2_000;
/// Batches that a copy's reader may be ahead of its writer.
pub const COPY_BATCHES_AHEAD: usize = 2;
/// Most bytes of one part of a backup file, packed or not: a full batch and the largest row.
pub const COPY_FRAME_BYTES_MAX: usize = 32 << 20;
/// Longest wait for programs that have just ended to let go of a PostgreSQL store that is to be copied, in milliseconds.
pub const LEASE_MS_MAX: u64 = 3_000;
/// Longest wait for PostgreSQL to take one batch of a copy, in milliseconds.
pub const POSTGRES_COPY_MS_MAX: u64 = 120_000;
/// How hard a backup is packed, 0 to 9: beyond this the file hardly shrinks and the time doubles.
pub const COPY_COMPRESSION: u32 = 4;
