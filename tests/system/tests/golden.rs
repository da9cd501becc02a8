//! Golden files are taken from what the real program stored: one house in which everything happens that can happen to a registration.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use test_support::Folder;

use crate::form::{citizen, name, pair, solo};
use crate::house::{House, On, root};

#[test]
fn every_event_of_a_registration_gives_an_example() {
    let mut house = House::serving(On::Folder);
    let (a, b) = (citizen(1), citizen(2));
    let (first, second) = (house.citizen(&a), house.citizen(&b));
    let officer = house.officer("officer.one", "market-regulation");
    let opened = |form: &Value, status: &str| {
        let (code, case) = first.apply(form);
        assert_eq!((code, case["status"].as_str()), (201, Some(status)), "{case}");
        case
    };
    // Two sign, a licence, the file is closed.
    let signed = opened(&pair(&a, &b, &name(1), 1), "awaiting-signatures");
    second.act(&signed, "sign", json!({}));
    first.wait_for(&signed, "archived", 20);
    // A ruin is no seat.
    let mut ruin = solo(&a, &name(2), 2);
    ruin["address"] = json!(crate::form::unit(crate::form::RUIN));
    opened(&ruin, "rejected");
    // An officer decides, once so and once so.
    for (number, approve) in [(3, true), (4, false)] {
        let mut bank = solo(&a, &name(number), number);
        bank["scope"] = json!(["I6513", "J6621"]);
        let case = opened(&bank, "referred");
        let reason = json!({"approve": approve, "reason": "已核对批准文件"});
        officer.act(&case, "decide", reason);
    }
    // Taken back, and not signed in time.
    let withdrawn = opened(&pair(&a, &b, &name(5), 5), "awaiting-signatures");
    first.act(&withdrawn, "withdraw", json!({"reason": "改主意 / <b>\u{1F600}"}));
    let lapsed = opened(&pair(&a, &b, &name(6), 6), "awaiting-signatures");
    house.ok(&["do", "instant-registration", "lapse", "--case", lapsed["id"].as_str().unwrap()]);
    // A library is silent, and returns.
    assert!(house.stop());
    house.ok(&["registers", "close", "dishonesty"]);
    house.start();
    let pending = opened(&solo(&a, &name(7), 7), "pending");
    house.ok(&["registers", "open", "dishonesty"]);
    first.wait_for(&pending, "archived", 60);
    assert!(house.stop());

    let folder = Folder::new();
    let taken = house.ok_json(&["golden", folder.path().to_str().unwrap()]);
    assert!(!taken.as_array().unwrap().is_empty());
    let kinds = |place: &Path| -> BTreeSet<String> {
        let files = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
        let golden = files.map(|file| serde_json::from_str::<Value>(&std::fs::read_to_string(file).unwrap()).unwrap());
        let events = golden.flat_map(|golden| golden["events"].as_array().unwrap().clone());
        events.map(|event| event["kind"].as_str().unwrap().to_string()).collect()
    };
    let shown = kinds(&folder.path().join("instant-registration/1"));
    // While examples are being taken there may be none yet.
    if std::env::var_os("QIANHAI_GOLDEN").is_none() {
        let kept = kinds(&root().join("tests/golden/instant-registration/1"));
        let without: Vec<_> = shown.difference(&kept).collect();
        assert!(
            without.is_empty(),
            "what can happen has an example in tests/golden; see CONTRIBUTING.md: {without:?}"
        );
    }
    assert_eq!(
        house.ok_json(&["golden", folder.path().to_str().unwrap()]),
        json!([]),
        "what has an example is not taken again"
    );
}
