//! The hash chain that makes every change of the past visible.
//!
//! `hash(n) = SHA-256( hash(n-1) ‖ position ‖ len(stream) ‖ stream ‖ version ‖ nth ‖ len(kind) ‖ kind ‖ at_ms ‖ len(data) ‖ data ‖
//! SHA-256(record) )`, where position, version and at_ms are 8 bytes, nth (the event's place in its append, from 0) and the lengths
//! 4 bytes, all big-endian, and `record` is the decision record of the append, the same for each of its events.
//! `hash(0) = SHA-256("qianhai journal 1")`.

use sha2::{Digest, Sha256};

/// What one link of the chain covers.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Place among all events.
    pub position: u64,
    /// The stream.
    pub stream: &'a str,
    /// Place in the stream.
    pub version: u64,
    /// Place in the append, from 0.
    pub nth: u32,
    /// Name of the event.
    pub kind: &'a str,
    /// Instant of the decision.
    pub at_ms: i64,
    /// JSON bytes of the event.
    pub data: &'a [u8],
    /// SHA-256 of the append's decision record.
    pub record: &'a [u8; 32],
}

/// The hash before the first event.
#[must_use]
pub fn genesis() -> [u8; 32] {
    digest(b"qianhai journal 1")
}

/// SHA-256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The hash after `link`, when `previous` was the hash before it.
#[must_use]
pub fn next(previous: &[u8; 32], link: &Link<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(link.position.to_be_bytes());
    sized(&mut hash, link.stream.as_bytes());
    hash.update(link.version.to_be_bytes());
    hash.update(link.nth.to_be_bytes());
    sized(&mut hash, link.kind.as_bytes());
    hash.update(link.at_ms.to_be_bytes());
    sized(&mut hash, link.data);
    hash.update(link.record);
    hash.finalize().into()
}

fn sized(hash: &mut Sha256, bytes: &[u8]) {
    // The limits keep every field far under 4 GiB; longer ones could not have been appended.
    hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Moving a byte from one field to the next must show.
        #[test]
        fn fields_do_not_run_together(stream in "[a-z]{1,6}", kind in "[a-z]{2,6}", data in proptest::collection::vec(any::<u8>(), 1..9)) {
            let record = digest(b"");
            let link = Link { position: 1, stream: &stream, version: 1, nth: 0, kind: &kind, at_ms: 0, data: &data, record: &record };
            let moved_stream = format!("{stream}{}", &kind[..1]);
            let moved = Link { stream: &moved_stream, kind: &kind[1..], ..link };
            prop_assert_ne!(next(&genesis(), &link), next(&genesis(), &moved));
            let mut other = data.clone();
            other[0] ^= 1;
            prop_assert_ne!(next(&genesis(), &link), next(&genesis(), &Link { data: &other, ..link }));
        }
    }
}
