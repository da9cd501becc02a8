//! The registers: loaded whole or not at all; and a library that is silent holds a case up, and never lets it through.

use serde_json::json;

use crate::form::{citizen, dishonesty, enterprises, identities, name, solo};
use crate::house::{BOTH, House, On};

#[test]
fn a_closed_library_holds_the_case_up_until_it_returns() {
    for (on, library) in [
        (On::Folder, "enterprises"),
        (On::Folder, "addresses"),
        (On::Folder, "identities"),
        (On::Postgres, "dishonesty"),
    ] {
        let house = House::serving(on);
        let founder = citizen(1);
        let client = house.citizen(&founder);
        house.ok(&["registers", "close", library]);
        // The server looks up what is in force twice a second.
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        let (status, case) = client.apply(&solo(&founder, &name(1), 1));
        assert_eq!((status, case["status"].as_str()), (201, Some("pending")), "{library}: {case}");
        assert!(
            case["findings"].as_array().unwrap().iter().any(|f| f["outcome"] == "unknown"),
            "{case}"
        );
        assert!(case["card"]["unified_code"].is_null(), "no code before the decision");
        house.ok(&["registers", "open", library]);
        // The case's own timer would come after twenty seconds; the return of the library is noticed at once.
        let decided = client.wait_for(&case, "archived", 12);
        assert!(decided["card"]["unified_code"].is_string());
        house.verify();
    }
}

#[test]
fn a_register_that_was_never_loaded_is_silent_too() {
    let mut house = House::empty(On::Folder);
    house.ok(&["init"]);
    house.load("identities", &identities());
    house.start();
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let (_, case) = client.apply(&solo(&founder, &name(1), 1));
    assert_eq!(case["status"], "pending", "{case}");
    house.load("enterprises", &enterprises());
    house.load("addresses", &crate::form::addresses());
    house.load("dishonesty", &dishonesty());
    client.wait_for(&case, "archived", 30);
}

#[test]
fn a_bad_file_is_told_by_line_and_nothing_of_it_is_loaded() {
    for on in BOTH {
        let house = House::set_up(on);
        let before = house.ok_json(&["registers", "list"]);
        let good = identities();
        let mut lines: Vec<&str> = good.lines().collect();
        lines[3] = "440399199001010030,张三,2026-11-20,true,citizen-id";
        lines[7] = "44039919900101,张三,2026-13-20,maybe,citizen-id";
        let bad = house.file("bad.csv", &lines.join("\n"));
        let output = house.cli(&["--json", "registers", "load", "identities", bad.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let lines: Vec<u64> = told["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["line"].as_u64().unwrap())
            .collect();
        assert!(
            lines.contains(&4) && lines.contains(&8) && lines.iter().all(|l| [4, 8].contains(l)),
            "{told}"
        );
        assert!(!told.to_string().contains("440399199001010030"), "no number is repeated");
        assert_eq!(house.ok_json(&["registers", "list"]), before, "what was in force still is");
    }
}

#[test]
fn loading_another_generation_takes_effect_at_once_in_a_running_server() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let free = |name: &str| {
        client
            .post("/api/services/instant-registration/ask/check-name", &json!({"name": name}))
            .1["free"]
            .clone()
    };
    assert_eq!(free(&name(7)), true);
    let listed = format!("{}91440300MAYABCDE05,{},registered,,I6513\n", enterprises(), name(7));
    let code = house.file("e.csv", &listed);
    let output = house.cli(&["registers", "load", "enterprises", code.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "a registry record wins over its check character: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while free(&name(7)) != false {
        assert!(
            std::time::Instant::now() < until,
            "the running server does not see the new register"
        );
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
