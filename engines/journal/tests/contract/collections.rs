//! Documents: conditions, tags, pages, bulk loads.

use std::collections::BTreeMap;

use journal::{Change, Document, JournalError, Loaded, Order, WriteError};
use serde_json::json;

use crate::{Place, in_order, on_both};

on_both!(
    documents_are_written_whole_or_not_at_all,
    revisions_guard_documents,
    lists_page_through_tags,
    loads_and_drops_a_collection,
    what_cannot_be_stored_is_refused
);

fn keys(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| &document.key[..]).collect()
}

async fn documents_are_written_whole_or_not_at_all(place: Place) {
    let journal = place.open().await;
    let records = journal.records();
    let doc = json!({"b": "\u{0}京", "a": [1, 2.5, null]});
    records
        .write(vec![
            Change::put("accounts", "li", doc.clone(), vec![]),
            Change::put("accounts", "wu", json!(1), vec![]),
        ])
        .await
        .unwrap();
    assert_eq!(
        records.get("accounts", "li").await.unwrap().unwrap().doc.to_string(),
        doc.to_string()
    );
    let refused = records.write(vec![
        Change::put("accounts", "li", json!("new"), vec![]),
        Change::delete("accounts", "wu"),
        Change::put_if_absent("accounts", "li", json!("never"), vec![]),
    ]);
    assert!(matches!(refused.await, Err(WriteError::Conflict { .. })));
    let found = records.get_many("accounts", &["wu", "none", "li"]).await.unwrap();
    assert_eq!(found[0].as_ref().unwrap().doc, json!(1));
    assert_eq!((found[1].is_none(), &found[2].as_ref().unwrap().doc), (true, &doc));
    // The two sets are apart, and each outlives the process.
    assert_eq!(journal.views().get("accounts", "li").await.unwrap(), None);
    journal
        .views()
        .write(vec![Change::put("v", "k", json!(true), vec![])])
        .await
        .unwrap();
    journal.close().await;
    let journal = place.open().await;
    assert_eq!(journal.records().count("accounts", "").await.unwrap(), 2);
    assert_eq!(journal.views().get("v", "k").await.unwrap().unwrap().doc, json!(true));
}

async fn revisions_guard_documents(place: Place) {
    let journal = place.open().await;
    let records = journal.records();
    let put_if = |revision, n| Change::PutIf {
        collection: "c".into(),
        key: "k".into(),
        doc: json!(n),
        tags: vec![],
        revision,
    };
    let racing = (0..20).map(|n| records.write(vec![put_if(0, n)]));
    let results = in_order(racing).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let first = records.get("c", "k").await.unwrap().unwrap();
    assert_eq!(first.revision, *results.iter().flatten().next().unwrap());
    let second = records.write(vec![put_if(first.revision, 77)]).await.unwrap();
    let stale = records.write(vec![put_if(first.revision, 78)]).await;
    assert!(matches!(stale, Err(WriteError::Conflict { actual, .. }) if actual == second));
    // A document that was removed and made again is another one.
    records.write(vec![Change::delete("c", "k")]).await.unwrap();
    records.write(vec![put_if(0, 79)]).await.unwrap();
    assert!(matches!(
        records.write(vec![put_if(second, 80)]).await,
        Err(WriteError::Conflict { .. })
    ));
    assert_eq!(records.get("c", "k").await.unwrap().unwrap().doc, json!(79));
}

async fn lists_page_through_tags(place: Place) {
    let journal = place.open().await;
    let records = journal.records();
    // Every write changes tags of some documents; the model is a map.
    let mut model: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    let mut random = 12_345_u64;
    for _ in 0..12 {
        let mut changes = Vec::new();
        for _ in 0..15 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let pick = random >> 33;
            let key = format!("键{:02}", pick % 40);
            if pick.is_multiple_of(7) {
                model.remove(&key);
                changes.push(Change::delete("cases", key));
                continue;
            }
            let tags: Vec<_> = (0..pick % 3).map(|n| (format!("t{n}"), (pick as i64 % 5) - 2)).collect();
            model.insert(key.clone(), tags.clone());
            changes.push(Change::put("cases", key, json!(pick), tags));
        }
        records.write(changes).await.unwrap();
    }
    for tag in ["t0", "t1", ""] {
        let all = model.iter().flat_map(|(key, tags)| {
            let sorts: Vec<_> = if tag.is_empty() {
                vec![0]
            } else {
                tags.iter().filter(|t| t.0 == tag).map(|t| t.1).collect()
            };
            sorts.into_iter().map(move |sort| (sort, key.clone()))
        });
        let mut expected: Vec<_> = all.collect();
        expected.sort();
        assert_eq!(records.count("cases", tag).await.unwrap(), expected.len() as u64);
        if !tag.is_empty() {
            let below = expected.iter().filter(|(sort, _)| *sort < 1).count() as u64;
            assert_eq!(records.count_below("cases", tag, 1).await.unwrap(), below);
        }
        for order in [Order::Ascending, Order::Descending] {
            let (mut listed, mut cursor) = (Vec::new(), None);
            loop {
                let (page, next) = records.list("cases", tag, order, cursor.as_deref(), 4).await.unwrap();
                assert!(page.len() == 4 || next.is_none());
                listed.extend(keys(&page).into_iter().map(str::to_owned));
                cursor = next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(
                listed,
                expected.iter().map(|found| found.1.clone()).collect::<Vec<_>>(),
                "{tag} {order:?}"
            );
            expected.reverse();
        }
    }
    let lost = records.list("cases", "t0", Order::Ascending, Some("nonsense"), 4).await;
    assert!(matches!(lost, Err(JournalError::Cursor)));
}

async fn loads_and_drops_a_collection(place: Place) {
    let journal = place.open().await;
    let records = journal.records();
    let all = (0..12_001).map(|n| Loaded {
        key: format!("{n:06}"),
        doc: json!({ "n": n }),
        tags: vec![("even".into(), n); usize::from(n % 2 == 0)],
    });
    let mut seen = Vec::new();
    assert_eq!(records.load("big", all, |loaded| seen.push(loaded)).await.unwrap(), 12_001);
    assert_eq!(seen, [5_000, 10_000, 12_001]);
    records
        .write(vec![Change::put("small", "000001", json!(1), vec![("even".into(), 1)])])
        .await
        .unwrap();
    assert_eq!(records.count("big", "even").await.unwrap(), 6_001);
    let (page, _) = records.list("big", "even", Order::Descending, None, 2).await.unwrap();
    assert_eq!(keys(&page), ["012000", "011998"]);
    records.drop_collection("big").await.unwrap();
    assert_eq!(
        (records.count("big", "").await.unwrap(), records.count("big", "even").await.unwrap()),
        (0, 0)
    );
    assert_eq!(records.count("small", "even").await.unwrap(), 1);
}

async fn what_cannot_be_stored_is_refused(place: Place) {
    let journal = place.open().await;
    let too_many = vec![("t".into(), 0); 1]
        .into_iter()
        .chain((0..512).map(|n| (format!("t{n}"), n)))
        .collect();
    for bad in [
        Change::put("", "k", json!(1), vec![]),
        Change::put("c", "a\0", json!(1), vec![]),
        Change::put("c", "k".repeat(513), json!(1), vec![]),
        Change::put("c", "k", json!(1), vec![(String::new(), 1)]),
        Change::put("c", "k", json!("x".repeat(9 << 20)), vec![]),
        Change::put("c", "k", json!(1), too_many),
    ] {
        let refused = journal.records().write(vec![Change::put("c", "good", json!(1), vec![]), bad]).await;
        assert!(matches!(refused, Err(WriteError::Journal(JournalError::Refused(_)))));
    }
    assert_eq!(journal.records().get("c", "good").await.unwrap(), None);
}
