//! Every cap of the server, with its unit in its name.

/// Longest request body in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Bytes of a body that is too large that are read and thrown away before the answer.
pub const BODY_DRAIN_BYTES_MAX: usize = 16 << 20;
/// Deepest nesting of JSON in a request.
pub const JSON_DEPTH_MAX: usize = 32;
/// Longest single string in a request, in bytes.
pub const JSON_STRING_BYTES_MAX: usize = 16 << 10;
/// Requests that are worked on at the same time; one more gets 503 with Retry-After.
pub const REQUESTS_AT_ONCE_MAX: usize = 1_024;
/// Longest time for one request in milliseconds.
pub const REQUEST_MS_MAX: u64 = 20_000;
/// Requests per second that one account may send in the long run.
pub const ACCOUNT_REQUESTS_PER_SECOND: u32 = 100;
/// Requests that one account may send at once.
pub const ACCOUNT_REQUESTS_BURST: u32 = 300;
/// Requests per second without login from one address.
pub const GUEST_REQUESTS_PER_SECOND: u32 = 100;
/// Requests without login from one address at once.
pub const GUEST_REQUESTS_BURST: u32 = 300;
/// Tries to log in to one account per minute.
pub const LOGINS_PER_MINUTE: u32 = 10;
/// Passwords that are hashed at the same time: each takes 19 MiB and a core.
pub const PASSWORD_HASHES_AT_ONCE_MAX: usize = 2;
/// Shortest password in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password in bytes.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// How long a session lasts, in seconds.
pub const SESSION_SECONDS: i64 = 12 * 3600;
/// Longest life of an API token, in seconds.
pub const TOKEN_SECONDS_MAX: i64 = 365 * 24 * 3600;
/// How long a rotated API token goes on beside its successor, in seconds.
pub const TOKEN_OVERLAP_SECONDS: i64 = 3_600;
/// Scopes of one API token.
pub const SCOPES_MAX: usize = 50;
/// How finely the last use of an API token is noted, in seconds.
pub const USE_NOTED_SECONDS: i64 = 3_600;
/// Sessions or tokens of one account that are listed.
pub const SESSIONS_LISTED_MAX: usize = 100;
/// Passkeys of one account.
pub const PASSKEYS_PER_ACCOUNT_MAX: usize = 20;
/// Longest name of a passkey in characters.
pub const PASSKEY_NAME_CHARS_MAX: usize = 40;
/// How long a login elsewhere or a passkey may take between its two requests, in seconds.
pub const CEREMONY_SECONDS: i64 = 600;
/// Logins elsewhere or with a passkey that one address may begin per minute.
pub const LOGINS_BEGUN_PER_MINUTE: u32 = 60;
/// Longest path that a login goes on to, in bytes.
pub const NEXT_BYTES_MAX: usize = 512;
/// Longest name of a person that a provider gives, in characters.
pub const PERSON_NAME_CHARS_MAX: usize = 60;
/// Longest time for one request to an OpenID Connect provider in milliseconds.
pub const PROVIDER_REQUEST_MS_MAX: u64 = 5_000;
/// Longest answer of an OpenID Connect provider in bytes.
pub const PROVIDER_ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How long what a provider publishes of itself is believed, in seconds; an unknown key is looked up at once.
pub const PROVIDER_MEMORY_SECONDS: i64 = 3_600;
/// By how much a provider's clock may differ from ours, in seconds.
pub const PROVIDER_CLOCK_SKEW_SECONDS: i64 = 60;
/// API tokens of one account.
pub const TOKENS_PER_ACCOUNT_MAX: u64 = 20;
/// How long a checked login may be remembered in memory before it is read again, in seconds.
pub const LOGIN_MEMORY_SECONDS: i64 = 10;
/// Logins remembered in memory.
pub const LOGIN_MEMORY_MAX: usize = 20_000;
/// Longest Idempotency-Key in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;
/// Cases whose state is kept in memory, some tens of kilobytes each.
pub const CASES_IN_MEMORY_MAX: usize = 4_000;
/// Times that a command is decided again when another one came first.
pub const DECISION_TRIES_MAX: u32 = 12;
/// Events of one case that are read at once.
pub const EVENTS_PER_READ: usize = 1_000;
/// Rows of one page of a list.
pub const PAGE_ROWS_MAX: usize = 100;
/// Rows of one page of a list when the reader does not say.
pub const PAGE_ROWS: usize = 20;
/// Delegations that one answer lists.
pub const DELEGATIONS_LISTED_MAX: usize = 200;
/// Pages that are read for one page of a list of which an agent sees only a part.
pub const SCOPED_PAGES_MAX: usize = 20;
/// How long a list waits for what its reader has just written, in milliseconds.
pub const LIST_WAIT_MS: u64 = 1_000;
/// How long the library of names waits for its view when it is built, in milliseconds.
pub const VIEW_WAIT_MS: u64 = 10_000;
/// How often ended sessions and idle counters are swept out, in seconds.
pub const SWEEP_SECONDS: u64 = 60;
/// Ended sessions that one sweep removes.
pub const SWEEP_SESSIONS_MAX: usize = 1_000;
/// How often the registers in force are looked up again, in milliseconds.
pub const REGISTERS_POLL_MS: u64 = 500;
/// Bad rows that a register's report lists.
pub const BAD_ROWS_LISTED_MAX: usize = 100;
/// Longest time in milliseconds that a stopping server gives to what it has accepted.
pub const SHUTDOWN_MS_MAX: u64 = 15_000;
/// Largest draft in bytes of JSON.
pub const DRAFT_BYTES_MAX: usize = 256 << 10;
/// How long a draft is kept that nobody touches, in days.
pub const DRAFT_DAYS: i64 = 90;
/// Drafts that a list shows: one for each service is far less.
pub const DRAFTS_LISTED_MAX: usize = 100;
/// Forgotten drafts that one sweep removes.
pub const SWEEP_DRAFTS_MAX: usize = 1_000;
/// Notices that are marked as read in one write.
pub const NOTICES_MARKED_AT_ONCE: usize = 500;
/// Times that a record is read and written again when another one came first.
pub const WRITE_TRIES_MAX: u32 = 8;
/// Accounts of one person that get mail.
pub const ACCOUNTS_PER_PERSON_MAX: usize = 10;
/// How long the link that confirms a mail address holds, in seconds.
pub const CONFIRMATION_SECONDS: i64 = 24 * 3600;
/// Confirmations of one account that may wait at once.
pub const CONFIRMATIONS_PER_ACCOUNT_MAX: u64 = 5;
/// Officers of an agency that a list shows.
pub const OFFICERS_LISTED_MAX: usize = 1_000;
/// Hand-overs of one case.
pub const HANDOVERS_MAX: usize = 500;
/// Cases that are handed over at once.
pub const HANDOVER_CASES_MAX: usize = 100;
/// Longest reason of a hand-over in characters.
pub const HANDOVER_REASON_CHARS_MAX: usize = 500;
/// Time within which the same officer's looks at the same case are one look, in milliseconds.
pub const LOOK_AGAIN_MS: i64 = 10 * 60 * 1_000;
/// Persons of one look; more make a second record of it.
pub const LOOK_PERSONS_MAX: usize = 100;
/// Longest words of a rating in characters.
pub const RATING_WORDS_CHARS_MAX: usize = 500;
/// Longest range of days that figures are given for.
pub const FIGURE_DAYS_MAX: i64 = 366;
/// Open cases whose state the figures keep in memory while they follow.
pub const FIGURE_STATES_MAX: usize = 2_000;
/// Letters that are given to the mail server at once.
pub const LETTERS_AT_ONCE_MAX: usize = 8;
/// How often the post is looked through, in milliseconds.
pub const LETTERS_POLL_MS: u64 = 500;
/// Longest time for one answer of the mail server, in milliseconds.
pub const LETTER_MS_MAX: u64 = 20_000;
/// How long a letter belongs to the process that sends it, in milliseconds; after it another one may.
pub const LETTER_CLAIM_MS: i64 = 120_000;
/// How long a letter waits for a mail server that does not take it, in days.
pub const LETTER_DAYS_MAX: i64 = 3;
/// Letters that one sweep throws away.
pub const SWEEP_LETTERS_MAX: usize = 1_000;

/// Longest wait of `qianhai health` for an answer, in milliseconds.
pub const HEALTH_MS_MAX: u64 = 5_000;
/// Bytes of the answer that `qianhai health` reads.
pub const HEALTH_ANSWER_BYTES_MAX: u64 = 64 << 10;
/// Shortest secret in a file of the operator, in characters.
pub const SECRET_CHARS_MIN: usize = 16;
/// Webhooks of one account.
pub const WEBHOOKS_PER_ACCOUNT_MAX: u64 = 10;
/// Webhooks of one person or agency that an event is matched with.
pub const WEBHOOKS_PER_READER_MAX: usize = 500;
/// Webhooks that are looked through at once when it is looked for what waits.
pub const WEBHOOKS_PER_LOOK: usize = 500;
/// Longest address of a webhook in bytes.
pub const WEBHOOK_URL_BYTES_MAX: usize = 1_000;
/// Services or kinds of events that one webhook names.
pub const WEBHOOK_FILTERS_MAX: usize = 100;
/// How long an old secret of a webhook signs beside the new one, in seconds.
pub const WEBHOOK_OVERLAP_SECONDS: i64 = 24 * 3600;
/// A message to a webhook that did not arrive in this time is given up, in seconds.
pub const WEBHOOK_GIVE_UP_SECONDS: i64 = 3 * 24 * 3600;
/// A webhook at which nothing arrived for this time is switched off, in seconds.
pub const WEBHOOK_DISABLE_SECONDS: i64 = 5 * 24 * 3600;
/// Longest time for one delivery in milliseconds.
pub const DELIVERY_MS_MAX: u64 = 10_000;
/// Longest time to connect for a delivery in milliseconds.
pub const DELIVERY_CONNECT_MS_MAX: u64 = 5_000;
/// Deliveries on their way at the same time, each to another target.
pub const DELIVERIES_AT_ONCE_MAX: usize = 32;
/// First pause before a delivery is tried again, in milliseconds; it doubles with each try.
pub const DELIVERY_RETRY_MS: i64 = 1_000;
/// Longest pause before a delivery to a webhook is tried again, in milliseconds.
pub const WEBHOOK_RETRY_MS_MAX: i64 = 6 * 3600 * 1_000;
/// Longest pause before a delivery to an agency's system is tried again, in milliseconds.
pub const SYSTEM_RETRY_MS_MAX: i64 = 5 * 60 * 1_000;
/// Deliveries of one target that are kept after they ended, and shown.
pub const DELIVERIES_KEPT: usize = 50;
/// Events that are turned into deliveries in one step.
pub const DELIVERY_EVENTS: usize = 200;
/// Events after which the place in the journal is saved though nothing was to be delivered.
pub const DELIVERY_UNSAVED_EVENTS_MAX: u64 = 2_000;
/// How often it is looked for deliveries that another process left behind, in seconds.
pub const DELIVERY_LOOK_SECONDS: u64 = 60;
/// How far the time in a signed message may be from now, in seconds.
pub const SIGNED_SECONDS_MAX: i64 = 5 * 60;
/// Longest id of a signed message in bytes.
pub const SIGNED_ID_BYTES_MAX: usize = 200;
/// Remembered messages that one sweep forgets.
pub const SIGNED_SWEEP_MAX: usize = 1_000;
/// Longest time for one message to the collector of traces, in milliseconds.
pub const TRACES_MS_MAX: u64 = 5_000;
/// How long spans are gathered before they are sent, in milliseconds.
pub const TRACES_DELAY_MS: u64 = 1_000;
/// Spans that wait to be sent; more are dropped.
pub const TRACES_QUEUED_MAX: usize = 8_192;
/// Longest time that the end of the program waits for the collector of traces, in milliseconds.
pub const TRACES_END_MS_MAX: u64 = 2_000;
