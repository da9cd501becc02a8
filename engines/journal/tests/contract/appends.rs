//! Appending and reading: versions, holds, answers, limits, several processes.

use journal::{Append, AppendError, Journal, NewEvent, limits};

use crate::{Place, answer, append, effect, eventually, in_order, on_both, release, take};

on_both!(
    events_come_back_as_they_went_in,
    versions_are_expected_exactly,
    a_group_sees_its_own_appends,
    holds_are_held_by_one,
    an_answer_is_given_once,
    a_refused_append_leaves_no_trace,
    hostile_appends_are_refused_before_the_store,
    two_processes_share_a_store,
    closing_finishes_what_was_accepted,
    many_writers_leave_no_gap,
);

async fn events_come_back_as_they_went_in(place: Place) {
    let journal = place.open().await;
    let mut first = append("案件/一", 0, &["Submitted", "Decided"]);
    first.record = br#"{"input":1}"#.to_vec();
    first.events[1].data = vec![0, 255, 10];
    let appended = journal.append(first).await.unwrap();
    assert_eq!((appended.first_position, appended.last_position, appended.version), (1, 2, 2));
    journal.append(append("b", 0, &["Opened"])).await.unwrap();
    let third = journal.append(append("案件/一", 2, &["Closed"])).await.unwrap();
    assert_eq!((third.first_position, third.version), (4, 3));
    journal.close().await;

    let journal = place.open().await;
    let stream = journal.read_stream("案件/一", 0, 100).await.unwrap();
    assert_eq!(
        stream.iter().map(|e| (e.version, e.position, &e.kind[..])).collect::<Vec<_>>(),
        [(1, 1, "Submitted"), (2, 2, "Decided"), (3, 4, "Closed")]
    );
    assert_eq!(stream[1].data, [0, 255, 10]);
    assert_eq!(journal.read_stream("案件/一", 1, 1).await.unwrap(), stream[1..2]);
    assert_eq!(journal.read_stream("none", 0, 10).await.unwrap(), []);
    let all = journal.read_from(1, 2).await.unwrap();
    assert_eq!(
        all.iter().map(|e| (e.position, &e.stream[..])).collect::<Vec<_>>(),
        [(2, "案件/一"), (3, "b")]
    );
    let records = journal.records_of("案件/一").await.unwrap();
    let shape: Vec<_> = records
        .iter()
        .map(|r| (r.first_position, r.first_version, r.events, &r.record[..]))
        .collect();
    assert_eq!(shape, [(1, 1, 2, &br#"{"input":1}"#[..]), (4, 3, 1, b"")]);
    let head = journal.head().await.unwrap();
    assert_eq!((head.position, head.hash), (4, hex::encode(stream[2].hash)));
    assert_eq!(*journal.subscribe().borrow(), 4);
}

async fn versions_are_expected_exactly(place: Place) {
    let journal = place.open().await;
    let wrong = |expected| append("s", expected, &["X"]);
    assert!(matches!(
        journal.append(wrong(1)).await,
        Err(AppendError::VersionConflict { actual: 0 })
    ));
    journal.append(append("s", 0, &["A", "B"])).await.unwrap();
    for expected in [0, 1, 3] {
        assert!(matches!(
            journal.append(wrong(expected)).await,
            Err(AppendError::VersionConflict { actual: 2 })
        ));
    }
    // A refusal that was decided on an old version is not remembered either.
    let stale = Append {
        answer: answer("k", "refused"),
        events: Vec::new(),
        ..append("s", 1, &[])
    };
    assert!(matches!(
        journal.append(stale).await,
        Err(AppendError::VersionConflict { actual: 2 })
    ));
    assert_eq!(journal.answer("k").await.unwrap(), None);
    assert_eq!(journal.verify(|_, _| ()).await.unwrap().events, 2);
}

async fn a_group_sees_its_own_appends(place: Place) {
    let journal = place.open().await;
    let racing = ["s", "s", "t", "s"].map(|stream| journal.append(append(stream, 0, &["A"])));
    let results = in_order(racing).await;
    assert!(results[0].is_ok() && results[2].is_ok());
    for loser in [&results[1], &results[3]] {
        assert!(matches!(loser, Err(AppendError::VersionConflict { actual: 1 })));
    }
    let chain = (1..9).map(|expected| journal.append(append("s", expected, &["B"])));
    let versions: Vec<_> = in_order(chain).await.into_iter().map(|done| done.unwrap().version).collect();
    assert_eq!(versions, (2..10).collect::<Vec<_>>());
    let takers = (0..20).map(|n| Append {
        holds: vec![take("one", None)],
        ..append(&format!("taker/{n}"), 0, &["Took"])
    });
    let results = in_order(takers.map(|taker| journal.append(taker))).await;
    assert!(results[0].is_ok());
    for loser in &results[1..] {
        assert!(matches!(loser, Err(AppendError::HoldConflict { holder, .. }) if holder == "taker/0"));
    }
    journal.verify(|_, _| ()).await.unwrap();
}

async fn holds_are_held_by_one(place: Place) {
    let journal = place.open().await;
    let at = |stream: &str, expected, at_ms, holds| Append {
        at_ms,
        holds,
        ..append(stream, expected, &["E"])
    };
    journal.append(at("a", 0, 100, vec![take("红光", Some(200))])).await.unwrap();
    assert_eq!(journal.holder("name", "红光", 199).await.unwrap().unwrap().stream, "a");
    assert_eq!(journal.holder("name", "红光", 200).await.unwrap(), None);
    assert_eq!(journal.holder("other", "红光", 100).await.unwrap(), None);
    let refused = journal.append(at("b", 0, 199, vec![take("free", None), take("红光", None)])).await;
    assert!(
        matches!(refused, Err(AppendError::HoldConflict { ref key, ref holder, .. }) if key == "红光" && holder == "a"),
        "{refused:?}"
    );
    assert_eq!(journal.holder("name", "free", 0).await.unwrap(), None);
    // The holder renews; another one can't give it back.
    journal.append(at("a", 1, 150, vec![take("红光", Some(300))])).await.unwrap();
    journal.append(at("b", 0, 160, vec![release("红光")])).await.unwrap();
    assert_eq!(journal.holder("name", "红光", 299).await.unwrap().unwrap().until_ms, Some(300));
    // Expired: taken over, for ever, until it is given back.
    journal.append(at("b", 1, 300, vec![take("红光", None)])).await.unwrap();
    assert!(matches!(
        journal.append(at("a", 2, i64::MAX, vec![take("红光", None)])).await,
        Err(AppendError::HoldConflict { .. })
    ));
    journal.append(at("b", 2, 301, vec![release("红光")])).await.unwrap();
    journal
        .append(at("a", 2, 301, vec![take("红光", None), release("红光"), take("红光", Some(999))]))
        .await
        .unwrap();
    assert_eq!(journal.holder("name", "红光", 302).await.unwrap().unwrap().stream, "a");
}

async fn an_answer_is_given_once(place: Place) {
    let journal = place.open().await;
    let with = |stream: &str, key: &str, body: &str| Append {
        answer: answer(key, body),
        ..append(stream, 0, &["E"])
    };
    let twice = in_order([journal.append(with("a", "k", "first")), journal.append(with("b", "k", "second"))]).await;
    assert!(twice[0].is_ok());
    let stored = journal.answer("k").await.unwrap().unwrap();
    assert_eq!((&stored.body[..], stored.at_ms), (&b"first"[..], 1_000));
    assert_eq!(stored.digest, journal::chain::digest(b"first"));
    assert!(matches!(&twice[1], Err(AppendError::AlreadyAnswered(answer)) if *answer == stored));
    // Also later, and also where the version would be wrong by now.
    assert!(matches!(journal.append(with("a", "k", "third")).await, Err(AppendError::AlreadyAnswered(answer)) if answer == stored));
    let refusal = Append {
        events: Vec::new(),
        ..with("c", "no", "refused")
    };
    let appended = journal.append(refusal).await.unwrap();
    assert_eq!((appended.last_position, appended.version), (1, 0));
    assert_eq!(journal.answer("no").await.unwrap().unwrap().body, b"refused");
    let verified = journal.verify(|_, _| ()).await.unwrap();
    assert_eq!((verified.events, verified.streams), (1, 1));
}

async fn a_refused_append_leaves_no_trace(place: Place) {
    let journal = place.open().await;
    journal.append(append("s", 0, &["A"])).await.unwrap();
    let bad = Append {
        holds: vec![take("k", None)],
        effects: vec![effect(0, 0, 0)],
        answer: answer("a", "x"),
        ..append("s", 0, &["B"])
    };
    let good = append("t", 0, &["C"]);
    let results = in_order([journal.append(bad), journal.append(good)]).await;
    assert!(matches!(results[0], Err(AppendError::VersionConflict { actual: 1 })));
    assert_eq!(results[1].as_ref().unwrap().first_position, 2);
    assert_eq!(journal.holder("name", "k", 0).await.unwrap(), None);
    assert_eq!(journal.answer("a").await.unwrap(), None);
    assert_eq!(journal.due_effects(i64::MAX, 10).await.unwrap(), []);
}

async fn hostile_appends_are_refused_before_the_store(place: Place) {
    let journal = place.open().await;
    let refused = async |change: fn(&mut Append)| {
        let mut bad = append("s", 0, &["A"]);
        change(&mut bad);
        journal.append(bad).await.unwrap_err()
    };
    use AppendError::{Malformed, TooLarge};
    assert!(matches!(refused(|a| a.stream.clear()).await, Malformed(_)));
    assert!(matches!(refused(|a| a.stream = "a\0b".into()).await, Malformed(_)));
    assert!(matches!(
        refused(|a| a.stream = "长".repeat(limits::NAME_BYTES_MAX)).await,
        TooLarge(_)
    ));
    assert!(matches!(refused(|a| a.expected = u64::MAX).await, Malformed(_)));
    assert!(matches!(refused(|a| a.events.clear()).await, Malformed(_)));
    assert!(matches!(refused(|a| a.events[0].kind.clear()).await, Malformed(_)));
    assert!(matches!(
        refused(|a| a.events[0].data = vec![0; limits::EVENT_BYTES_MAX + 1]).await,
        TooLarge(_)
    ));
    assert!(matches!(
        refused(|a| a.record = vec![0; limits::APPEND_BYTES_MAX]).await,
        TooLarge(_)
    ));
    assert!(matches!(
        refused(|a| a.events = vec![a.events[0].clone(); limits::APPEND_EVENTS_MAX + 1]).await,
        TooLarge(_)
    ));
    assert!(matches!(refused(|a| a.effects = vec![effect(1, 0, 0)]).await, Malformed(_)));
    assert!(matches!(
        refused(|a| a.effects = vec![effect(0, 3, 0), effect(0, 3, 9)]).await,
        Malformed(_)
    ));
    assert!(matches!(refused(|a| a.holds = vec![take("", None)]).await, Malformed(_)));
    let without_event: fn(&mut Append) = |a| (a.events, a.answer, a.record) = (Vec::new(), answer("k", "x"), b"{}".to_vec());
    assert!(matches!(refused(without_event).await, Malformed(_)));
    assert_eq!(journal.head().await.unwrap().position, 0);
}

async fn two_processes_share_a_store(place: Place) {
    let (one, two) = (place.open().await, place.open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for (number, journal) in [(0, one.clone()), (1, two.clone())] {
        for writer in 0..4 {
            let journal = journal.clone();
            tasks.spawn(async move {
                for n in 0..25 {
                    let stream = format!("{number}/{writer}");
                    journal.append(append(&stream, n, &["E"])).await.unwrap();
                    // Both fight for this one; whoever loses sees the winner's version.
                    _ = journal.append(append("shared", n, &["S"])).await;
                }
            });
        }
    }
    tasks.join_all().await;
    let verified = one.verify(|_, _| ()).await.unwrap();
    assert_eq!((verified.streams, verified.head), (9, two.head().await.unwrap()));
    let newest = verified.events;
    eventually("both know the newest position", || async {
        [&one, &two].iter().all(|journal| *journal.subscribe().borrow() == newest)
    })
    .await;
}

async fn closing_finishes_what_was_accepted(place: Place) {
    let journal = place.open().await;
    let clone = journal.clone();
    let appends = (0..50).map(|n| journal.append(append(&format!("s{n}"), 0, &["E"])));
    let close = async {
        clone.close().await;
    };
    let (results, ()) = tokio::join!(in_order(appends), close);
    assert!(results.iter().all(Result::is_ok));
    assert!(matches!(
        journal.append(append("late", 0, &["E"])).await,
        Err(AppendError::Unavailable(_))
    ));
    assert_eq!(place.open().await.head().await.unwrap().position, 50);
}

async fn many_writers_leave_no_gap(place: Place) {
    let journal = place.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..64_u64 {
        let journal: Journal = journal.clone();
        tasks.spawn(async move {
            let mut positions = Vec::new();
            for n in 0..10 {
                let mut append = append(&format!("w{writer}"), n * 2, &["A", "B"]);
                append.events.push(NewEvent {
                    kind: "C".into(),
                    data: vec![b'x'; 300],
                });
                append.events.remove(0);
                positions.push(journal.append(append).await.unwrap().first_position);
            }
            positions
        });
    }
    let mut positions: Vec<u64> = tasks.join_all().await.concat();
    positions.sort_unstable();
    assert_eq!(positions, (0..640).map(|n| 1 + 2 * n).collect::<Vec<_>>());
    let mut last = (0, 0);
    let verified = journal.verify(|done, all| last = (done, all)).await.unwrap();
    assert_eq!((verified.events, verified.streams, last), (1_280, 64, (1_280, 1_280)));
}
