//! Turns the bytes of a file into UTF-8 with plain line ends, whatever program saved it: UTF-8, GB18030 or UTF-16.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8};
use sha2::{Digest, Sha256};

use super::limits::{ENCODING_SAMPLE_BYTES, ROW_BYTES_MAX};

/// A reader of UTF-8 text. A byte that can't be read becomes U+FFFD, which no field may hold, so it is reported in its row. Line ends
/// become `\n`, and one is added at the end, so that a quote that is never closed shows as a line break in a field.
pub(super) struct Decoded<R> {
    source: R,
    hash: Sha256,
    decoder: Option<Decoder>,
    /// Bytes as they were read, not decoded yet.
    raw: Vec<u8>,
    source_ended: bool,
    /// UTF-8 that waits to be taken.
    out: Vec<u8>,
    taken: usize,
    after_carriage_return: bool,
    ended: bool,
    row_bytes: usize,
}

/// The row was longer than [`ROW_BYTES_MAX`].
#[derive(Debug, thiserror::Error)]
#[error("the row is too long")]
pub(super) struct RowTooLong;

impl<R: Read> Decoded<R> {
    pub fn new(source: R) -> Self {
        Self {
            source,
            hash: Sha256::new(),
            decoder: None,
            raw: Vec::new(),
            source_ended: false,
            out: Vec::new(),
            taken: 0,
            after_carriage_return: false,
            ended: false,
            row_bytes: 0,
        }
    }
    /// To be called before each row: what is read from now on counts as that row.
    pub fn begin_row(&mut self) {
        self.row_bytes = 0;
    }
    /// SHA-256 of the file's own bytes, as far as it was read.
    pub fn digest(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Reads more bytes; false at the end of the file.
    fn read_raw(&mut self) -> io::Result<bool> {
        let before = self.raw.len();
        self.raw.resize(before + ENCODING_SAMPLE_BYTES, 0);
        let count = loop {
            match self.source.read(&mut self.raw[before..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.raw.truncate(before + *count.as_ref().unwrap_or(&0));
        let count = count?;
        self.hash.update(&self.raw[before..]);
        self.source_ended |= count == 0;
        Ok(count > 0)
    }

    /// Decides the encoding as soon as a byte is seen that isn't ASCII; until then all of them read the same.
    fn choose_encoding(&mut self) -> io::Result<()> {
        // Four bytes show any byte order mark.
        while self.raw.len() < 4 && self.read_raw()? {}
        if let Some((encoding, mark)) = Encoding::for_bom(&self.raw) {
            self.raw.drain(..mark);
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
            return Ok(());
        }
        if let Some(first) = self.raw.iter().position(|b| !b.is_ascii()) {
            while self.raw.len() - first < ENCODING_SAMPLE_BYTES && self.read_raw()? {}
            self.decoder = Some(encoding_of(&self.raw[first..]).new_decoder_without_bom_handling());
        }
        Ok(())
    }

    /// Decodes what there is and reads on if there is nothing.
    fn refill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.taken = 0;
        if self.raw.is_empty() && !self.source_ended {
            self.read_raw()?;
        }
        if self.decoder.is_none() {
            self.choose_encoding()?;
        }
        let raw = std::mem::take(&mut self.raw);
        match &mut self.decoder {
            None => self.out.extend_from_slice(&raw),
            Some(decoder) => decode(decoder, &raw, self.source_ended, &mut self.out),
        }
        self.plain_line_ends();
        if self.source_ended {
            self.out.push(b'\n');
            self.ended = true;
        }
        Ok(())
    }

    fn plain_line_ends(&mut self) {
        let mut after = self.after_carriage_return;
        self.out.retain_mut(|byte| {
            let second_half = after && *byte == b'\n';
            after = *byte == b'\r';
            if after {
                *byte = b'\n';
            }
            !second_half
        });
        self.after_carriage_return = after;
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.out.len() && !self.ended {
            self.refill()?;
        }
        if self.row_bytes > ROW_BYTES_MAX {
            return Err(io::Error::other(RowTooLong));
        }
        let count = buffer.len().min(self.out.len() - self.taken);
        buffer[..count].copy_from_slice(&self.out[self.taken..self.taken + count]);
        self.taken += count;
        self.row_bytes += count;
        Ok(count)
    }
}

fn decode(decoder: &mut Decoder, mut raw: &[u8], last: bool, out: &mut Vec<u8>) {
    loop {
        let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16);
        let start = out.len();
        out.resize(start + room, 0);
        let (result, read, written, _) = decoder.decode_to_utf8(raw, &mut out[start..], last);
        out.truncate(start + written);
        raw = &raw[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// UTF-8 or GB18030. Chinese in UTF-8 goes by three bytes, which GB18030 text almost never imitates; so a UTF-8 file with one broken
/// byte is still known as UTF-8, and the broken byte is reported instead of turning the whole file into other characters.
fn encoding_of(sample: &[u8]) -> &'static Encoding {
    let (mut chinese, mut broken) = (0, 0);
    for chunk in sample.utf8_chunks() {
        chinese += chunk.valid().chars().filter(|c| c.len_utf8() >= 3).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // The sample may end within a character, which breaks it once without a fault.
    let cut = std::str::from_utf8(sample).is_err_and(|e| e.error_len().is_none());
    if broken == 0 || (cut && broken == 1) || chinese > 3 * broken {
        UTF_8
    } else {
        GB18030
    }
}
