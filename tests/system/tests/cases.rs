//! What happens to a case: signing, withdrawing, an officer's decision, repeats, lists, an orderly stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::form::{citizen, name, pair, solo};
use crate::house::{BOTH, House, On};

const CASES: &str = "/api/services/instant-registration/cases";

#[test]
fn two_sign_and_both_are_told_and_the_file_is_closed() {
    for on in BOTH {
        let house = House::serving(on);
        let (a, b) = (citizen(1), citizen(2));
        let (first, second) = (house.citizen(&a), house.citizen(&b));
        let (status, case) = first.apply(&pair(&a, &b, &name(1), 1));
        assert_eq!((status, case["status"].as_str()), (201, Some("awaiting-signatures")), "{case}");
        let (_, mine) = second.get("/api/cases");
        assert_eq!(mine["cases"][0]["awaits_me"], true, "the second one is asked: {mine}");
        let (_, signed) = second.act(&case, "sign", json!({}));
        assert_eq!(signed["status"], "issued", "{signed}");
        let filed = first.wait_for(&case, "archived", 20);
        assert_eq!(
            filed["steps"].as_array().unwrap().iter().filter(|s| s["state"] == "done").count(),
            5
        );
        let (_, licence) = house.guest().get(&format!("/api/cases/{}/licence", case["id"].as_str().unwrap()));
        assert_eq!(licence["name"], name(1));
        assert_eq!(licence["unified_code"].as_str().unwrap().len(), 18);
        let (_, notices) = second.get("/api/notices");
        assert!(
            notices["notices"][0]["text"]["zh"].as_str().unwrap().contains("请签署"),
            "{notices}"
        );
        let (_, events) = first.get(&format!("/api/cases/{}/events", case["id"].as_str().unwrap()));
        let by = |kind: &str| {
            events["events"]
                .as_array()
                .unwrap()
                .iter()
                .find(|e| e["kind"] == kind)
                .map(|e| e["actor"]["is"].clone())
        };
        assert_eq!(by("Signed"), Some(json!("person")));
        assert_eq!(by("Approved"), Some(json!("system")), "the machine approved, not who signed last");
        let text = events.to_string();
        assert!(
            !text.contains(&a.number) && !text.contains(&b.number),
            "no number of a person stands unmasked"
        );
        house.verify();
    }
}

#[test]
fn a_withdrawn_name_and_seat_are_free_again() {
    let house = House::serving(On::Folder);
    let (a, b) = (citizen(1), citizen(2));
    let (first, second) = (house.citizen(&a), house.citizen(&b));
    let (_, held) = first.apply(&pair(&a, &b, &name(1), 1));
    let (_, refused) = second.apply(&solo(&b, &name(1), 2));
    assert_eq!(refused["status"], "rejected", "{refused}");
    assert_eq!(first.act(&held, "withdraw", json!({"reason": "改主意了"})).1["status"], "withdrawn");
    let (_, taken) = second.apply(&solo(&b, &name(1), 2));
    assert_eq!(taken["status"], "issued", "{taken}");
    assert_eq!(first.act(&held, "sign", json!({})).0, 409);
}

#[test]
fn an_officer_decides_what_was_referred() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let officer = house.officer("officer.one", "market-regulation");
    for (n, approve, status) in [(1, true, "issued"), (2, false, "rejected")] {
        let mut form = solo(&founder, &name(n), n);
        form["scope"] = json!(["I6513", "J6621"]);
        let (_, case) = client.apply(&form);
        assert_eq!(case["status"], "referred");
        let (_, desk) = officer.get(&format!("{CASES}?status=referred"));
        assert_eq!(desk["cases"][0]["id"], case["id"], "it lies on the desk: {desk}");
        assert_eq!(
            officer
                .act(&case, "decide", json!({"approve": approve, "reason": "已核对批准文件"}))
                .1["status"],
            status
        );
        let (_, seen) = client.get(&format!("/api/cases/{}", case["id"].as_str().unwrap()));
        assert_eq!(seen["card"]["reason"], "已核对批准文件");
    }
}

#[test]
fn a_repeated_post_gives_the_first_answer_byte_for_byte() {
    for on in BOTH {
        let mut house = House::serving(on);
        let founder = citizen(1);
        let client = house.citizen(&founder).with("Idempotency-Key", "first");
        let form = solo(&founder, &name(1), 1);
        let (first, _) = client.send(CASES, form.to_string().into_bytes());
        assert_eq!(first.0, 201);
        house.kill();
        house.start();
        let (again, headers) = client.send(CASES, form.to_string().into_bytes());
        assert_eq!(first, again);
        assert!(headers.contains(&("idempotency-replayed".into(), "true".into())));
        let other = solo(&founder, &name(2), 2);
        let (reused, _) = client.send(CASES, other.to_string().into_bytes());
        assert_eq!(
            (reused.0, reused.1["error"]["code"].as_str()),
            (422, Some("idempotency-key-reused"))
        );
        // A refusal is an answer, too: what would be carried out now still gets it.
        let (_, case) = house.token(&founder.account()).apply(&pair(&founder, &citizen(2), &name(3), 3));
        let key = house.token(&founder.account()).with("Idempotency-Key", "refused");
        let refused = key.act(&case, "sign", json!({}));
        assert_eq!(refused.0, 409);
        assert_eq!(key.act(&case, "sign", json!({})), refused);
        assert_eq!(
            house.token(&founder.account()).get("/api/cases").1["cases"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[test]
fn lists_page_and_are_rebuilt_when_dropped() {
    let mut house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    for n in 0..25 {
        assert_eq!(client.apply(&solo(&founder, &name(n), n + 1)).0, 201);
    }
    let all = |client: &crate::house::Client| {
        let (mut ids, mut cursor) = (vec![], String::new());
        loop {
            let (_, page) = client.get(&format!("/api/cases?limit=10{cursor}"));
            ids.extend(
                page["cases"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| c["id"].as_str().unwrap().to_string()),
            );
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    };
    let mut before = all(&client);
    assert_eq!(before.len(), 25);
    house.stop();
    for entry in std::fs::read_dir(&house.store).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("views.db") {
            std::fs::remove_file(path).unwrap();
        }
    }
    house.start();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut after = all(&client);
    while after.len() < 25 && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(100));
        after = all(&client);
    }
    before.sort();
    after.sort();
    assert_eq!(before, after);
    assert_eq!(
        client.apply(&solo(&founder, &name(3), 40)).1["status"],
        "rejected",
        "the names are known again, too"
    );
}

#[test]
fn a_stopping_server_finishes_what_it_accepted() {
    let mut house = House::serving(On::Folder);
    let people: Vec<_> = (1..=8).map(citizen).collect();
    let clients: Vec<_> = people.iter().map(|p| house.citizen(p)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = people
        .into_iter()
        .zip(clients)
        .enumerate()
        .map(|(w, (person, client))| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let mut acknowledged: Vec<Value> = vec![];
                for n in 0..60 {
                    let number = w as u32 * 100 + n;
                    match client.apply(&solo(&person, &name(number), number + 1)) {
                        (201, case) => acknowledged.push(case["id"].clone()),
                        (status, answer) => assert!(stop.load(Ordering::SeqCst) && matches!(status, 0 | 503), "{status} {answer}"),
                    }
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                }
                acknowledged
            })
        })
        .collect();
    std::thread::sleep(std::time::Duration::from_millis(400));
    stop.store(true, Ordering::SeqCst);
    assert!(house.stop(), "it ends with exit code 0: {}", house.log());
    let acknowledged: Vec<Value> = writers.into_iter().flat_map(|w| w.join().unwrap()).collect();
    assert!(!acknowledged.is_empty());
    house.start();
    let officer = house.officer("officer.one", "market-regulation");
    for id in &acknowledged {
        assert_eq!(
            officer.get(&format!("/api/cases/{}", id.as_str().unwrap())).0,
            200,
            "{id} was acknowledged"
        );
    }
    house.verify();
}
