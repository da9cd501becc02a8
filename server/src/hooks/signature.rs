//! Signatures of messages between programs, as Standard Webhooks 1.0 has them: `v1,` and the base64 of an HMAC-SHA256 over id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock;

/// What a written secret begins with.
const PREFIX: &str = "whsec_";
/// Fewest bytes of a secret, by the standard.
const SECRET_BYTES_MIN: usize = 24;

/// A key that both sides know.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a secret")
    }
}

impl Secret {
    /// Reads `whsec_` and base64; none if it is not that, or too short.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (bytes.len() >= SECRET_BYTES_MIN).then_some(Self(bytes))
    }

    /// A new secret as it is written.
    pub fn fresh() -> String {
        format!("{PREFIX}{}", STANDARD.encode(clock::random::<32>()))
    }

    fn mac(&self, id: &str, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// The header `webhook-signature`: one signature for each secret, so that a receiver may know the old or the new one.
pub fn sign(secrets: &[Secret], id: &str, seconds: i64, body: &[u8]) -> String {
    let one = |secret: &Secret| format!("v1,{}", STANDARD.encode(secret.mac(id, seconds, body).finalize().into_bytes()));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// True if one of the header's signatures was made with this secret. Takes the same time whichever byte is wrong.
pub fn fits(secret: &Secret, id: &str, seconds: i64, body: &[u8], header: &str) -> bool {
    let signatures = header.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    signatures
        .filter_map(|signature| STANDARD.decode(signature).ok())
        .any(|signature| secret.mac(id, seconds, body).verify_slice(&signature).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the test suite of the standard's own library.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    #[test]
    fn the_standards_own_example_comes_out() {
        let secret = Secret::parse(SECRET).unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = sign(
            std::slice::from_ref(&secret),
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            body,
        );
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_secret_too_short_or_unnamed_is_none() {
        assert!(Secret::parse("C2FVsBQIhrscChlQIMV+b5sSYspob7oD").is_none());
        assert!(Secret::parse("whsec_c2hvcnQ=").is_none());
        assert!(Secret::parse(&Secret::fresh()).is_some());
    }

    proptest! {
        #[test]
        fn what_was_signed_fits_and_nothing_else_does(id in "[a-z0-9_]{1,20}", seconds in 0_i64..4_000_000_000, body: Vec<u8>, flip: usize) {
            let (old, new) = (Secret::parse(&Secret::fresh()).unwrap(), Secret::parse(&Secret::fresh()).unwrap());
            let header = sign(&[new.clone(), old.clone()], &id, seconds, &body);
            prop_assert!(fits(&old, &id, seconds, &body, &header) && fits(&new, &id, seconds, &body, &header));
            prop_assert!(!fits(&old, &id, seconds + 1, &body, &header));
            let stranger = Secret::parse(&Secret::fresh()).unwrap();
            prop_assert!(!fits(&stranger, &id, seconds, &body, &header));
            if !body.is_empty() {
                let mut other = body.clone();
                other[flip % body.len()] ^= 1;
                prop_assert!(!fits(&old, &id, seconds, &other, &header));
            }
        }
    }
}
