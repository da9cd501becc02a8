//! The only clock and the only dice of the house.

use jiff::Timestamp;

/// Now.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    now().as_millisecond()
}

/// A moment to measure a duration from.
pub fn tick() -> std::time::Instant {
    std::time::Instant::now()
}

/// Random bytes from the operating system.
///
/// # Panics
/// If the operating system has no randomness to give; nothing safe can be done then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A number for [`kernel::Setting::seed`].
pub fn seed() -> u64 {
    u64::from_le_bytes(random())
}

/// Letters and digits that are not mistaken for one another.
const READABLE: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// `length` random readable characters, five bits each.
pub fn readable<const N: usize>() -> String {
    random::<N>()
        .iter()
        .map(|byte| char::from(READABLE[usize::from(byte % 32)]))
        .collect()
}
