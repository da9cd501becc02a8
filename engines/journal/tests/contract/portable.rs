//! A store as a file and as another store: nothing lost, nothing half, everything proven; each kind into each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use journal::portable::{self, Backup, CopyError};
use journal::{Append, Change, EffectKey, Journal, JournalError, Order};
use proptest::prelude::*;
use serde_json::json;
use test_support::Folder;

use crate::{Place, answer, append, effect, on_both, release, take};

on_both!(
    a_backup_restores_everything,
    a_backup_under_load_is_one_moment,
    a_store_moves_and_says_where,
    an_open_store_does_not_move,
    a_forged_store_is_not_copied,
    a_full_store_is_not_written_over,
);

/// Everything that a journal can hold, also what is done, given up, released, expired and empty.
async fn fill(journal: &Journal) {
    let full = Append {
        record: "{\"记录\":1}".as_bytes().to_vec(),
        holds: vec![take("前海", None), take("expires", Some(5_000)), take("gone", None)],
        effects: vec![effect(0, 0, 5), effect(0, 1, 1 << 40), effect(1, 0, 5)],
        answer: answer("first", "答"),
        ..append("case/一", 0, &["Submitted", "Decided"])
    };
    journal.append(full).await.unwrap();
    let second = Append {
        holds: vec![release("gone")],
        effects: vec![effect(0, 0, 7)],
        ..append("case/一", 2, &["Closed"])
    };
    journal.append(second).await.unwrap();
    let refusal = Append {
        answer: answer("refused", ""),
        ..append("other", 0, &[])
    };
    journal.append(refusal).await.unwrap();
    journal.append(append("other", 0, &["Opened"])).await.unwrap();
    let key = |position, index| EffectKey { position, index };
    journal.effect_done(key(1, 0)).await.unwrap();
    journal.effect_retry(key(2, 0), 9_000, "away").await.unwrap();
    journal.effect_failed(key(3, 0), "坏").await.unwrap();
    let tags = vec![("all".to_owned(), 3), ("mine".to_owned(), -1)];
    let documents = vec![
        Change::put("accounts", "lin", json!({"name": "林"}), tags.clone()),
        Change::put("accounts", "chen", json!({"a": [1, 2.5, null], "z": "\u{0}"}), tags),
        Change::put("sessions", "secret", json!({}), vec![]),
    ];
    journal.records().write(documents).await.unwrap();
    journal.records().write(vec![Change::delete("accounts", "none")]).await.unwrap();
    journal
        .views()
        .write(vec![Change::put("lines", "x", json!(1), vec![])])
        .await
        .unwrap();
}

/// What a reader sees of the store that [`fill`] filled.
async fn seen(journal: &Journal) -> String {
    let mut seen = format!("{:?}\n", journal.read_from(0, 100).await.unwrap());
    for stream in ["case/一", "other"] {
        seen += &format!("{:?}\n", journal.records_of(stream).await.unwrap());
        seen += &format!("{:?}\n", journal.effects_of(stream).await.unwrap());
    }
    for key in ["前海", "expires", "gone"] {
        seen += &format!("{:?}\n", journal.holder("name", key, 4_999).await.unwrap());
    }
    for key in ["first", "refused", "absent"] {
        seen += &format!("{:?}\n", journal.answer(key).await.unwrap());
    }
    seen += &format!("{:?}\n", journal.due_effects(10_000, 100).await.unwrap());
    seen += &format!("{:?}\n", journal.next_due_ms(10_000).await.unwrap());
    for tag in ["", "all", "mine"] {
        let (documents, _) = journal.records().list("accounts", tag, Order::Descending, None, 10).await.unwrap();
        seen += &format!("{documents:?}\n");
    }
    seen + &format!("{:?}", journal.head().await.unwrap())
}

fn how() -> Backup {
    Backup {
        leave_out: vec!["sessions".into()],
        at_ms: 1,
        force: false,
    }
}

/// A filled store and a backup of it.
async fn backed_up(place: &Place, folder: &Folder) -> (Journal, PathBuf) {
    let journal = place.open().await;
    fill(&journal).await;
    let file = folder.path().join("backup");
    portable::backup(&place.address, &file, how()).await.unwrap();
    (journal, file)
}

/// An empty store of each kind.
fn both() -> [Place; 2] {
    [Place::folder(), Place::postgres()]
}

fn nothing_beside(file: &Path) {
    let names = |folder: &Path| -> BTreeSet<_> { std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect() };
    let odd: Vec<_> = names(file.parent().unwrap())
        .into_iter()
        .filter(|name| name.to_string_lossy().contains(".part") || name.to_string_lossy().contains(".restoring"))
        .collect();
    assert!(odd.is_empty(), "left behind: {odd:?}");
}

async fn a_backup_restores_everything(place: Place) {
    let folder = Folder::new();
    let (journal, file) = backed_up(&place, &folder).await;
    let before = seen(&journal).await;
    // The same moment gives the same file from either kind of store, and the file is for its owner alone.
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    for target in both() {
        let copied = portable::restore(&file, &target.address).await.unwrap();
        let restored = target.open().await;
        assert_eq!(seen(&restored).await, before);
        assert_eq!(restored.verify(|_, _| ()).await.unwrap().head, copied.head);
        assert_eq!(restored.records().get("sessions", "secret").await.unwrap(), None);
        assert_eq!(restored.views().count("lines", "").await.unwrap(), 0);
        let again = folder.path().join(format!("again-{}", target.address.starts_with("postgres")));
        portable::backup(&target.address, &again, how()).await.unwrap();
        assert_eq!(
            std::fs::read(&again).unwrap(),
            std::fs::read(&file).unwrap(),
            "a backup of the copy is the backup"
        );
        // It goes on where it was: the next position, the next revision, the held key.
        let next = restored.append(append("case/一", 3, &["Reopened"])).await.unwrap();
        assert_eq!((next.first_position, next.version), (5, 4));
        let put = Change::put("accounts", "new", json!(1), vec![]);
        assert_eq!(restored.records().write(vec![put]).await.unwrap(), 3, "the third write");
        let thief = Append {
            holds: vec![take("前海", None)],
            ..append("thief", 0, &["Submitted"])
        };
        assert!(restored.append(thief).await.is_err(), "the hold holds");
        restored.close().await;
    }
    let twice = portable::backup(&place.address, &file, how()).await;
    assert!(matches!(twice, Err(CopyError::Exists(_))), "{twice:?}");
    let force = Backup { force: true, ..how() };
    portable::backup(&place.address, &file, force).await.unwrap();
    nothing_beside(&file);
    journal.close().await;
}

/// A case and its document are written together, first the document; whichever moment the backup sees, no event is without one,
/// and no write that began after another had ended is there without it.
async fn a_backup_under_load_is_one_moment(place: Place) {
    let folder = Folder::new();
    let journal = place.open().await;
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (journal, stop) = (journal.clone(), stop.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::SeqCst) {
                    number += 1;
                    let stream = format!("{writer}/{number}");
                    // Before, between and after: a backup that mixes two moments breaks the order.
                    let put = |name: &str| vec![Change::put(name, stream.clone(), json!(1), vec![])];
                    journal.records().write(put("before")).await.unwrap();
                    journal.append(append(&stream, 0, &["Opened"])).await.unwrap();
                    journal.records().write(put("after")).await.unwrap();
                }
                number
            })
        })
        .collect();
    let mut last = 0;
    for round in 0..6 {
        while journal.head().await.unwrap().position < last + 40 {
            tokio::task::yield_now().await;
        }
        let file = folder.path().join(format!("backup-{round}"));
        let copied = portable::backup(&place.address, &file, how()).await.unwrap();
        assert!(copied.head.position > last, "each backup is later than the one before");
        last = copied.head.position;
        let target = Place::folder();
        portable::restore(&file, &target.address).await.unwrap();
        let restored = target.open().await;
        let events = restored.read_from(0, 10_000).await.unwrap();
        let streams: BTreeSet<String> = events.into_iter().map(|event| event.stream).collect();
        let keys = async |name: &str| -> BTreeSet<String> {
            let listed = restored.records().list(name, "", Order::Ascending, None, 10_000).await.unwrap();
            listed.0.into_iter().map(|document| document.key).collect()
        };
        let (before, after) = (keys("before").await, keys("after").await);
        assert!(streams.is_subset(&before), "an event without the document that was there first");
        assert!(after.is_subset(&streams), "a document of an event that is not there");
        assert!(before.len() - after.len() <= 4, "each writer is at one step at most");
        restored.close().await;
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        assert!(writer.await.unwrap() > 0);
    }
}

async fn a_store_moves_and_says_where(place: Place) {
    for target in both() {
        let source = if place.address.starts_with("postgres") {
            Place::postgres()
        } else {
            Place::folder()
        };
        let journal = source.open().await;
        fill(&journal).await;
        let before = seen(&journal).await;
        journal.close().await;
        portable::move_to(&source.address, &target.address, true, 9).await.unwrap();
        // Kept: it opens, and can go elsewhere, too. Sessions go along.
        let kept = source.open().await;
        assert_eq!(seen(&kept).await, before);
        kept.close().await;
        let moved = target.open().await;
        assert_eq!(seen(&moved).await, before);
        assert!(moved.records().get("sessions", "secret").await.unwrap().is_some());
        moved.close().await;
        let last = Place::folder();
        portable::move_to(&target.address, &last.address, false, 9).await.unwrap();
        let refused = Journal::open(&target.address).await.err();
        assert!(
            matches!(&refused, Some(JournalError::Moved(to)) if *to == last.address),
            "{refused:?}"
        );
        let again = portable::move_to(&target.address, &Place::folder().address, false, 9).await;
        assert!(matches!(again, Err(CopyError::Store(JournalError::Moved(_)))), "{again:?}");
        let file = std::path::Path::new(&last.address).with_extension("backup");
        let backup = portable::backup(&target.address, &file, how()).await;
        assert!(matches!(backup, Err(CopyError::Store(JournalError::Moved(_)))), "{backup:?}");
        assert_eq!(seen(&last.open().await).await, before);
    }
}

async fn an_open_store_does_not_move(place: Place) {
    let journal = place.open().await;
    fill(&journal).await;
    for target in both() {
        let refused = portable::move_to(&place.address, &target.address, false, 9).await;
        assert!(matches!(refused, Err(CopyError::InUse(_))), "{refused:?}");
    }
    journal.append(append("other", 1, &["Closed"])).await.unwrap();
}

async fn a_forged_store_is_not_copied(place: Place) {
    let folder = Folder::new();
    let (_journal, _) = backed_up(&place, &folder).await;
    place.tamper("UPDATE events SET kind = 'Rejected' WHERE position = 2");
    let file = folder.path().join("forged");
    portable::backup(&place.address, &file, how()).await.unwrap();
    for target in both() {
        let refused = portable::restore(&file, &target.address).await;
        assert!(
            matches!(&refused, Err(CopyError::Broken(broken)) if broken.position == 2),
            "{refused:?}"
        );
        is_empty(&target).await;
    }
}

/// It can still be filled, and opens as a new one.
async fn is_empty(place: &Place) {
    let journal = place.open().await;
    assert_eq!(journal.head().await.unwrap().position, 0);
    assert_eq!(journal.records().count("accounts", "").await.unwrap(), 0);
    assert_eq!(journal.answer("first").await.unwrap(), None);
    journal.close().await;
}

async fn a_full_store_is_not_written_over(place: Place) {
    let folder = Folder::new();
    let (journal, file) = backed_up(&place, &folder).await;
    let before = seen(&journal).await;
    let refused = portable::restore(&file, &place.address).await;
    // While it is open a database says so first.
    assert!(matches!(refused, Err(CopyError::NotEmpty(_) | CopyError::InUse(_))), "{refused:?}");
    assert_eq!(seen(&journal).await, before);
    journal.close().await;
    let refused = portable::restore(&file, &place.address).await;
    assert!(matches!(refused, Err(CopyError::NotEmpty(_))), "{refused:?}");
    assert_eq!(seen(&place.open().await).await, before);
    // What is no backup, and what is not there.
    let other = folder.path().join("other");
    std::fs::write(&other, "PK\u{3}\u{4}").unwrap();
    let target = Place::folder();
    let refused = portable::restore(&other, &target.address).await;
    assert!(matches!(refused, Err(CopyError::NotABackup)), "{refused:?}");
    std::fs::write(&other, "qianhai backup 99\n").unwrap();
    let refused = portable::restore(&other, &target.address).await;
    assert!(matches!(refused, Err(CopyError::Newer { found: 99, known: 1 })), "{refused:?}");
    let refused = portable::restore(&folder.path().join("absent"), &target.address).await;
    assert!(matches!(refused, Err(CopyError::File(_))), "{refused:?}");
    assert!(!Path::new(&target.address).exists());
}

/// Every flipped byte and every torn end of a backup is refused, and leaves nothing.
#[test]
fn a_damaged_backup_is_refused() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let folder = Folder::new();
    let place = Place::folder();
    let (journal, file) = runtime.block_on(backed_up(&place, &folder));
    let whole = std::fs::read(&file).unwrap();
    let refuse = |bytes: &[u8], what: &str| {
        let damaged = folder.path().join("damaged");
        std::fs::write(&damaged, bytes).unwrap();
        let target = folder.path().join("target");
        let refused = runtime.block_on(portable::restore(&damaged, target.to_str().unwrap()));
        let words = matches!(
            refused,
            Err(CopyError::Damaged(_) | CopyError::NotABackup | CopyError::Newer { .. })
        );
        assert!(words, "{what}: {refused:?}");
        assert!(!target.exists(), "{what} left something");
        nothing_beside(&damaged);
    };
    // Every byte of the first line and of the end, any byte between.
    let mut flips: BTreeSet<usize> = (0..40).chain(whole.len() - 40..whole.len()).collect();
    let mut runner = proptest::test_runner::TestRunner::default();
    for _ in 0..120 {
        let place = (0..whole.len()).new_tree(&mut runner).unwrap();
        flips.insert(proptest::strategy::ValueTree::current(&place));
    }
    for place in flips {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        refuse(&bytes, &format!("byte {place} flipped"));
        refuse(&whole[..place], &format!("torn at {place}"));
    }
    refuse(&[&whole[..], b"x"].concat(), "something after the end");
    runtime.block_on(journal.close());
}

/// In PostgreSQL the transaction is what leaves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_backup_leaves_a_database_empty() {
    let folder = Folder::new();
    let place = Place::folder();
    let (_journal, file) = backed_up(&place, &folder).await;
    let whole = std::fs::read(&file).unwrap();
    let target = Place::postgres();
    for place in [whole.len() - 1, whole.len() - 200, whole.len() / 2] {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        let damaged = folder.path().join("damaged");
        std::fs::write(&damaged, bytes).unwrap();
        let refused = portable::restore(&damaged, &target.address).await;
        assert!(matches!(refused, Err(CopyError::Damaged(_))), "{refused:?}");
        is_empty(&target).await;
    }
    portable::restore(&file, &target.address).await.unwrap();
}
