//! Verification finds every kind of change behind the journal's back, and nothing else.

use journal::Append;

use crate::{Place, append, effect, on_both};

on_both!(every_change_is_found);

/// What a forger does, and the position that the verification must name.
const FORGERIES: &[(&str, u64)] = &[
    ("UPDATE events SET kind = 'Rejected' WHERE position = 2", 2),
    ("UPDATE events SET at_ms = at_ms + 1 WHERE position = 3", 3),
    ("UPDATE events SET record = NULL WHERE position = 1", 1),
    (
        "UPDATE events SET hash = (SELECT hash FROM events WHERE position = 2) WHERE position = 4",
        4,
    ),
    ("UPDATE events SET nth = 0 WHERE position = 2", 2),
    ("DELETE FROM events WHERE position = 2", 2),
    ("DELETE FROM events WHERE position = 5", 4),
    ("UPDATE streams SET name = 'x' WHERE id = 1", 1),
    ("UPDATE streams SET version = version + 1 WHERE id = 2", 0),
    ("INSERT INTO streams VALUES(99, 'ghost', 0)", 0),
    ("DELETE FROM streams WHERE id = 2", 3),
    ("UPDATE head SET position = 4", 5),
    ("UPDATE effects SET position = 7", 7),
    ("UPDATE effects SET stream = 2", 1),
];

async fn every_change_is_found(kind: Place) {
    // Each forgery has a store of its own, of the same kind as the place given.
    let postgres = kind.address.starts_with("postgres");
    for (sql, position) in FORGERIES {
        let place = if postgres { Place::postgres() } else { Place::folder() };
        let journal = place.open().await;
        let first = append("a", 0, &["Submitted", "Decided"]);
        journal
            .append(Append {
                record: b"{}".to_vec(),
                effects: vec![effect(0, 0, 5)],
                ..first
            })
            .await
            .unwrap();
        journal.append(append("b", 0, &["Opened"])).await.unwrap();
        journal.append(append("a", 2, &["Closed", "Archived"])).await.unwrap();
        assert_eq!(journal.verify(|_, _| ()).await.unwrap().events, 5);
        place.tamper(sql);
        let broken = journal.verify(|_, _| ()).await.expect_err(sql);
        assert_eq!((broken.position, broken.unreadable), (*position, false), "{sql}: {broken}");
    }
}
