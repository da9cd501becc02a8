//! The backup file: written frame by frame, read back with every doubt.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::tables::{Batch, Moment, Part, TABLES, Tally, Totals};
use super::{Copied, CopyError, FORMAT, send};
use crate::batch::HeadRow;
use crate::limits;

/// The first bytes of every backup, before the number of its format and a line feed.
const MAGIC: &[u8] = b"qianhai backup ";

const HEADER: u8 = b'H';
const ROWS: u8 = b'R';
const END: u8 = b'E';

/// What the journal's own copy of a moment is told beside the rows.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub made_at_ms: i64,
    pub left_out: Vec<String>,
}

/// Writes a backup beside its final name, and puts it there when it is whole.
pub(crate) fn write(path: &Path, force: bool, label: &Label, mut parts: mpsc::Receiver<Part>) -> Result<Copied, CopyError> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(CopyError::Exists(path.to_owned()));
    }
    let part = beside(path, ".part")?;
    let told = |error| file_error(&part, &error);
    // What an earlier run left is of no use, and a link that someone put here must not be followed.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(told(error)),
        _ => {}
    }
    // It holds personal data: for its owner alone.
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(told)?;
    let written = frames(BufWriter::new(&file), label, &mut parts)
        .and_then(|copied| file.sync_all().map(|()| copied).map_err(Halt::File))
        .and_then(|copied| put_in_place(&part, path, force).map(|()| copied).map_err(Halt::File));
    written.map_err(|halt| {
        // The half file is of no use; if it can't be removed the next run does.
        _ = std::fs::remove_file(&part);
        match halt {
            Halt::File(error) if error.kind() == ErrorKind::AlreadyExists => CopyError::Exists(path.to_owned()),
            Halt::File(error) => file_error(path, &error),
            Halt::Source => CopyError::Stopped,
        }
    })
}

/// Gives the whole file its name; without `force` not over a file that came meanwhile.
fn put_in_place(part: &Path, path: &Path, force: bool) -> io::Result<()> {
    if !force && path.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(part, path)?;
    sync_folder(path)
}

/// Makes a new name in a folder survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The same path with a longer last name.
pub(crate) fn beside(path: &Path, more: &str) -> Result<PathBuf, CopyError> {
    let mut name = path
        .file_name()
        .ok_or_else(|| CopyError::File(format!("{}: this has no name of its own", path.display())))?
        .to_owned();
    name.push(more);
    Ok(path.with_file_name(name))
}

pub(crate) fn file_error(path: &Path, error: &io::Error) -> CopyError {
    let why = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => CopyError::Full(why),
        _ => CopyError::File(why),
    }
}

#[derive(Debug)]
enum Halt {
    File(io::Error),
    /// The source ended without an end.
    Source,
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Halt::File(error)
    }
}

/// Passes bytes on and takes their hash.
struct Hashed<W> {
    to: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashed<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// One frame: kind, table, rows, length plain, length packed, the packed bytes.
    fn frame(&mut self, kind: u8, table: usize, rows: u32, plain: &[u8]) -> io::Result<()> {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::new(limits::COPY_COMPRESSION));
        packer.write_all(plain)?;
        let packed = packer.finish()?;
        let length = |bytes: usize| u32::try_from(bytes).map_err(io::Error::other);
        self.put(&[kind, u8::try_from(table).map_err(io::Error::other)?])?;
        self.put(&rows.to_be_bytes())?;
        self.put(&length(plain.len())?.to_be_bytes())?;
        self.put(&length(packed.len())?.to_be_bytes())?;
        self.put(&packed)
    }
}

fn frames(to: impl Write, label: &Label, parts: &mut mpsc::Receiver<Part>) -> Result<Copied, Halt> {
    let mut to = Hashed {
        to,
        hash: Sha256::new(),
        bytes: 0,
    };
    to.put(MAGIC)?;
    to.put(format!("{FORMAT}\n").as_bytes())?;
    let Some(Part::Begin(moment)) = parts.blocking_recv() else {
        return Err(Halt::Source);
    };
    to.frame(HEADER, 0, 0, header(&moment, label).to_string().as_bytes())?;
    let totals = loop {
        match parts.blocking_recv() {
            Some(Part::Rows(batch)) => to.frame(ROWS, batch.table, batch.rows, &batch.bytes)?,
            Some(Part::End(totals)) => break totals,
            Some(Part::Begin(_)) | None => return Err(Halt::Source),
        }
    };
    to.frame(END, 0, 0, end(&totals).to_string().as_bytes())?;
    let digest = to.hash.clone().finalize();
    to.put(&digest)?;
    to.to.flush()?;
    Ok(Copied::of(&moment, &totals, to.bytes))
}

fn header(moment: &Moment, label: &Label) -> Value {
    json!({
        "format": FORMAT,
        "made_at_ms": label.made_at_ms,
        "position": moment.head.position,
        "hash": hex::encode(moment.head.hash),
        "streams": moment.head.streams,
        "revision": moment.revision,
        "left_out": label.left_out,
    })
}

fn end(totals: &Totals) -> Value {
    let table = |(table, (rows, digest)): (&super::tables::Table, &(u64, [u8; 32]))| {
        (table.name.to_owned(), json!({"rows": rows, "sha256": hex::encode(digest)}))
    };
    Value::Object(TABLES.iter().zip(&totals.0).map(table).collect())
}

/// Reads a backup. The end is sent only when the whole file was proven.
pub(crate) fn read(path: &Path, parts: &mpsc::Sender<Part>) -> Result<(), CopyError> {
    let file = File::open(path).map_err(|error| file_error(path, &error))?;
    let mut from = Doubted {
        from: BufReader::new(file),
        hash: Sha256::new(),
    };
    from.format()?;
    let mut tally = Tally::new();
    let mut begun = false;
    loop {
        let (kind, batch) = from.frame()?;
        match kind {
            HEADER if !begun => {
                begun = true;
                send(parts, Part::Begin(moment(&batch.bytes)?))?;
            }
            ROWS if begun => {
                tally.add(&batch);
                send(parts, Part::Rows(batch))?;
            }
            END if begun => {
                from.close()?;
                let totals = tally.totals();
                if parsed(&batch.bytes)? != end(&totals) {
                    return Err(damaged("it does not hold what it says at its end"));
                }
                return send(parts, Part::End(totals));
            }
            _ => return Err(damaged("its parts are not in order")),
        }
    }
}

fn damaged(why: &str) -> CopyError {
    CopyError::Damaged(why.into())
}

fn parsed(bytes: &[u8]) -> Result<Value, CopyError> {
    serde_json::from_slice(bytes).map_err(|_| damaged("its description can't be read"))
}

fn moment(bytes: &[u8]) -> Result<Moment, CopyError> {
    let header = parsed(bytes)?;
    let number = |name: &str| header[name].as_u64();
    let hash = header["hash"].as_str().and_then(|text| hex::decode(text).ok()?.try_into().ok());
    let read = || {
        Some(Moment {
            head: HeadRow {
                position: number("position")?,
                hash: hash?,
                streams: number("streams")?,
            },
            revision: number("revision")?,
        })
    };
    read().ok_or_else(|| damaged("its description lacks the head"))
}

struct Doubted {
    from: BufReader<File>,
    hash: Sha256,
}

impl Doubted {
    fn bytes(&mut self, length: usize) -> Result<Vec<u8>, CopyError> {
        let mut bytes = Vec::new();
        // What the file says of a length is believed only as far as there are bytes.
        (&mut self.from)
            .take(length as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| CopyError::File(error.to_string()))?;
        if bytes.len() < length {
            return Err(damaged("it ends in the middle"));
        }
        self.hash.update(&bytes);
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, CopyError> {
        let bytes = self.bytes(4)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Reads the first line.
    fn format(&mut self) -> Result<(), CopyError> {
        let magic = self.bytes(MAGIC.len()).ok();
        if magic.as_deref() != Some(MAGIC) {
            return Err(CopyError::NotABackup);
        }
        let mut number = String::new();
        while !number.ends_with('\n') && number.len() < 8 {
            number.push(char::from(self.bytes(1)?[0]));
        }
        match number.trim_end().parse::<u32>() {
            Ok(FORMAT) => Ok(()),
            Ok(found) => Err(CopyError::Newer { found, known: FORMAT }),
            Err(_) => Err(CopyError::NotABackup),
        }
    }

    fn frame(&mut self) -> Result<(u8, Batch), CopyError> {
        let [kind, table] = self.bytes(2)?[..] else {
            return Err(damaged("it ends in the middle"));
        };
        let (rows, plain, packed) = (self.number()?, self.number()? as usize, self.number()? as usize);
        if usize::from(table) >= TABLES.len() || plain > limits::COPY_FRAME_BYTES_MAX || packed > limits::COPY_FRAME_BYTES_MAX {
            return Err(damaged("a part has an impossible size"));
        }
        let packed = self.bytes(packed)?;
        let mut bytes = Vec::new();
        // One byte more than promised shows that the promise was false, and no more is unpacked.
        let unpacked = ZlibDecoder::new(&packed[..]).take(plain as u64 + 1).read_to_end(&mut bytes);
        if unpacked.is_err() || bytes.len() != plain {
            return Err(damaged("a part can't be unpacked"));
        }
        let batch = Batch {
            table: usize::from(table),
            rows,
            bytes,
        };
        Ok((kind, batch))
    }

    /// Compares the digest that ends the file with the bytes before it.
    fn close(&mut self) -> Result<(), CopyError> {
        let digest = self.hash.clone().finalize();
        if self.bytes(digest.len())? != digest[..] {
            return Err(damaged("its checksum is another"));
        }
        match self.bytes(1) {
            Err(_) => Ok(()),
            Ok(_) => Err(damaged("something stands after its end")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart() {
        let (sender, mut parts) = mpsc::channel(2);
        let head = HeadRow {
            position: 0,
            hash: [0; 32],
            streams: 0,
        };
        sender.blocking_send(Part::Begin(Moment { head, revision: 0 })).unwrap();
        sender.blocking_send(Part::End(Tally::new().totals())).unwrap();
        let label = Label {
            made_at_ms: 0,
            left_out: vec![],
        };
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let Err(Halt::File(error)) = frames(full, &label, &mut parts) else {
            panic!("/dev/full takes nothing")
        };
        assert!(matches!(file_error(Path::new("x"), &error), CopyError::Full(_)), "{error}");
    }
}
