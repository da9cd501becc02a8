//! The acceptance lines of the reform that are not a thousand applications long (those stand in `mixed`).

use serde_json::{Value, json};

use crate::form::{BARRED, citizen, name, pair, solo};
use crate::house::{House, On, faults, root};

fn rules(case: &Value) -> Vec<String> {
    faults(case)
        .into_iter()
        .filter(|(_, outcome)| outcome == "block")
        .map(|(rule, _)| rule)
        .collect()
}

#[test]
fn accept_2_the_same_words_in_another_order_are_the_same_name() {
    let house = House::set_up(On::Folder);
    house.load(
        "enterprises",
        "unified_code,name,status,since,industry\n\
         914403001922038216,红光（北京）酒业发展有限公司,registered,,F5127\n\
         9144030071526726XG,红云（深圳）酒业发展有限公司,registered,,F5127\n",
    );
    let mut house = house;
    house.start();
    let ask = |name: &str| {
        house
            .guest()
            .post("/api/services/instant-registration/ask/check-name", &json!({"name": name}))
            .1
    };
    let answer = ask("北京红光酒业发展有限公司");
    assert_eq!(answer["free"], false, "{answer}");
    assert_eq!(answer["hits"][0]["rule"], "133.identical.2", "{answer}");
    assert_eq!(answer["hits"][0]["against"], "红光（北京）酒业发展有限公司");
    let founder = citizen(1);
    let mut form = solo(&founder, "深圳红云酒业发展有限公司", 1);
    form["industry"] = json!("F5127");
    form["scope"] = json!(["F5127"]);
    let (status, case) = house.citizen(&founder).apply(&form);
    assert_eq!((status, case["status"].as_str()), (201, Some("rejected")), "{case}");
    assert!(rules(&case).contains(&"133.identical.2".to_string()), "{:?}", rules(&case));
}

#[test]
fn accept_3_a_homophone_is_told() {
    let house = House::set_up(On::Folder);
    house.load(
        "enterprises",
        "unified_code,name,status,since,industry\n914403001922038216,深圳市翠筠阁酒业有限公司,registered,,F5127\n",
    );
    let mut house = house;
    house.start();
    let ask = |name: &str| {
        house
            .guest()
            .post("/api/services/instant-registration/ask/check-name", &json!({"name": name}))
            .1
    };
    // The brief's own pair: 牛栏山 is a well-known mark, so its homophone is refused.
    let mark = ask("北京牛兰山酒业有限公司");
    assert!(
        mark["hits"]
            .as_array()
            .unwrap()
            .iter()
            .any(|h| h["outcome"] == "block" && h["wording"] == "牛栏山"),
        "{mark}"
    );
    // A plain brand's homophone in the same industry is similar: told, and the applicant may bear the risk.
    let similar = ask("深圳市翠云阁酒业有限公司");
    let sound = similar["hits"].as_array().unwrap().iter().find(|h| h["rule"] == "133.similar.2");
    assert_eq!(sound.unwrap_or(&Value::Null)["outcome"], "warn", "{similar}");
    assert_eq!(similar["free"], true);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let mut form = solo(&founder, "深圳市翠云阁酒业有限公司", 1);
    form["industry"] = json!("F5127");
    form["scope"] = json!(["F5127"]);
    form["accept_similar"] = json!(false);
    let (status, refused) = client.apply(&form);
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (409, Some("similar-name")),
        "{refused}"
    );
    assert!(
        refused["error"]["message"]["zh"]
            .as_str()
            .unwrap()
            .contains("深圳市翠筠阁酒业有限公司")
    );
    form["accept_similar"] = json!(true);
    let (status, case) = client.apply(&form);
    assert_eq!((status, case["status"].as_str()), (201, Some("issued")), "{case}");
    assert!(
        faults(&case).contains(&("133.similar.2".into(), "warn".into())),
        "the warning stays on record"
    );
}

#[test]
fn accept_4_a_defaulter_may_not_represent_but_may_hold_five_percent() {
    let house = House::serving(On::Folder);
    let (defaulter, partner) = (citizen(BARRED[0].0), citizen(1));
    let (status, case) = house.citizen(&defaulter).apply(&solo(&defaulter, &name(1), 1));
    assert_eq!((status, case["status"].as_str()), (201, Some("rejected")));
    assert_eq!(rules(&case), ["dishonesty.judgment-defaulter"]);
    let mut form = pair(&partner, &defaulter, &name(2), 2);
    for (n, amount, percent) in [(0, 95_000_000, "95"), (1, 5_000_000, "5")] {
        form["holders"][n]["amount_fen"] = json!(amount);
        form["holders"][n]["percent"] = json!(percent);
    }
    let (_, case) = house.citizen(&partner).apply(&form);
    assert_eq!(case["status"], "awaiting-signatures", "{case}");
    let (status, case) = house.token(&defaulter.account()).act(&case, "sign", json!({}));
    assert_eq!((status, case["status"].as_str()), (200, Some("issued")), "{case}");
}

#[test]
fn accept_5_wrong_check_characters_are_refused_with_their_place() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let mut form = solo(&founder, &name(1), 1);
    form["officers"][1]["paper"]["number"] = json!("440399199001010013");
    form["investors"] = json!(["9144030071526726XH"]);
    let (status, answer) = client.apply(&form);
    assert_eq!(status, 422);
    let told: Vec<(&str, &str)> = answer["error"]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["pointer"].as_str().unwrap(), f["code"].as_str().unwrap()))
        .collect();
    assert!(
        told.contains(&("/officers/1/paper/number", "citizen-id.wrong-check-character")),
        "{answer}"
    );
    assert!(told.contains(&("/investors/0", "unified-code.wrong-check-character")), "{answer}");
    assert!(
        answer["error"]["faults"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["message"]["zh"] != "" && f["message"]["en"] != "")
    );
    assert_eq!(
        client.get("/api/cases").1["cases"].as_array().unwrap().len(),
        0,
        "nothing was written"
    );
}

#[test]
fn accept_6_a_decision_replays_with_the_rules_of_its_day() {
    let house = House::serving(On::Folder);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let (_, first) = client.apply(&solo(&founder, &name(1), 1));
    assert_eq!(first["status"], "issued");
    let replay = |case: &Value| house.ok_json(&["case", case["id"].as_str().unwrap(), "--replay"]);
    let same = |replayed: &Value| replayed.as_array().unwrap().iter().all(|r| r["same"] == true);
    assert!(same(&replay(&first)));
    // The zone changes its rules by notice: from today dwellings count, and limited companies are no longer decided by machine.
    let pack = root().join("data/zones/shenzhen-qianhai");
    let copy = house.file("pack", "");
    std::fs::remove_file(&copy).unwrap();
    assert!(
        std::process::Command::new("cp")
            .args(["-r", pack.to_str().unwrap(), copy.to_str().unwrap()])
            .status()
            .unwrap()
            .success()
    );
    let parameters = std::fs::read_to_string(copy.join("parameters.toml")).unwrap();
    let changed = parameters.replace(
        r#"value = ["limited-company", "sole-proprietor"]"#,
        r#"value = ["sole-proprietor"]"#,
    );
    assert_ne!(parameters, changed);
    std::fs::write(copy.join("parameters.toml"), changed).unwrap();
    let mut house = house;
    house.stop();
    house.ok(&["init", "--replace", "--zone", copy.to_str().unwrap()]);
    house.start();
    let (_, second) = house.token(&founder.account()).apply(&solo(&founder, &name(2), 2));
    assert_eq!(second["status"], "referred", "the new rule holds: {second}");
    let replay = |case: &Value| house.ok_json(&["case", case["id"].as_str().unwrap(), "--replay"]);
    assert!(
        same(&replay(&first)),
        "the first decision replays with the pack that it was taken by"
    );
    assert!(same(&replay(&second)));
    house.verify();
}

#[test]
fn the_story_is_played_as_told() {
    let house = House::empty(On::Folder);
    house.ok(&["story", "instant-registration"]);
}
