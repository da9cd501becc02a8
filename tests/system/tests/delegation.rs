//! One acts for another: within the scope, until the end, never beyond, and everyone sees who it was.

use serde_json::{Value, json};

use journal::{Append, Journal, NewEvent};

use crate::form::{CHILD, Person, citizen, days_ago, name, pair, solo};
use crate::house::{BOTH, Client, House, On};

const GRANT: &str = "/api/services/delegation/cases";
const REGISTRATIONS: &str = "/api/services/instant-registration/cases";

/// A grant to an agent until so many days from today.
fn grant(agent: &Person, services: &[&str], powers: &str, days: i64) -> Value {
    json!({
        "whom": {"kind": "myself", "agent": {"name": agent.name, "paper": agent.paper()}},
        "scope": {"services": services, "powers": powers},
        "until": days_ago(-days),
    })
}

/// Grants and accepts; the case.
#[track_caller]
fn delegate(principal: &Client, agent: &Client, grant: &Value) -> Value {
    let (status, case) = principal.post(GRANT, grant);
    assert_eq!((status, case["status"].as_str()), (201, Some("offered")), "{case}");
    let (status, case) = agent.act(&case, "accept", json!({}));
    assert_eq!((status, case["status"].as_str()), (200, Some("active")), "{case}");
    case
}

/// The agent's client in the principal's stead.
fn in_stead(agent: &Client, delegation: &Value) -> Client {
    agent.with("Acting-For", delegation["id"].as_str().unwrap())
}

#[track_caller]
fn refused(answer: (u16, Value), code: &str) {
    assert_eq!((answer.0, answer.1["error"]["code"].as_str()), (403, Some(code)), "{}", answer.1);
    let message = &answer.1["error"]["message"];
    assert!(message["zh"] != "" && message["en"] != "", "{message}");
}

/// An application that is not signed with the form.
fn unsigned(person: &Person, n: u32) -> Value {
    let mut form = solo(person, &name(n), n);
    form["sign"] = json!(false);
    form
}

#[test]
fn an_agent_applies_and_signs_only_as_granted() {
    for on in BOTH {
        let house = House::serving(on);
        let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
        let (principal, agent, stranger) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
        let delegation = delegate(&principal, &agent, &grant(&chen, &["instant-registration"], "apply", 30));
        let acting = in_stead(&agent, &delegation);
        refused(acting.apply(&solo(&lin, &name(1), 1)), "outside-delegation");
        let (status, case) = acting.apply(&unsigned(&lin, 1));
        assert_eq!((status, case["status"].as_str()), (201, Some("awaiting-signatures")), "{case}");
        let path = format!("/api/cases/{}", case["id"].as_str().unwrap());
        refused(acting.act(&case, "sign", json!({})), "outside-delegation");
        assert_eq!(agent.get(&path).0, 404, "for himself the agent has no part in it");
        assert_eq!(stranger.get(&path).0, 404);
        let (_, seen) = acting.get(&path);
        let offered: Vec<&str> = seen["actions"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|a| a["name"].as_str())
            .collect();
        assert_eq!(offered, ["withdraw"], "what was not granted is not offered");
        let (_, list) = acting.get("/api/cases");
        assert_eq!(list["cases"].as_array().unwrap().len(), 1, "not the delegation itself: {list}");
        assert_eq!(list["acting_for"]["principal"], lin.name.as_str());
        let (_, events) = principal.get(&format!("{path}/events"));
        assert_eq!(
            events["events"][0]["actor"],
            json!({"is": "person", "name": lin.name, "by": chen.name}),
            "both are named"
        );
        let signed = principal.act(&case, "sign", json!({}));
        assert_eq!((signed.0, signed.1["status"].as_str()), (200, Some("issued")), "{}", signed.1);
        let (_, events) = principal.get(&format!("{path}/events"));
        let own = events["events"].as_array().unwrap().iter().find(|e| e["kind"] == "Signed").unwrap();
        assert_eq!(own["actor"], json!({"is": "person", "name": lin.name}));

        let wide = delegate(&principal, &agent, &grant(&chen, &[], "sign", 30));
        let (status, case) = in_stead(&agent, &wide).apply(&solo(&lin, &name(2), 2));
        assert_eq!(
            (status, case["status"].as_str()),
            (201, Some("issued")),
            "signing was granted: {case}"
        );
        house.verify();
    }
}

#[test]
fn nobody_else_and_nothing_that_is_over_lets_anyone_act() {
    let house = House::serving(On::Folder);
    let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
    let (principal, agent, stranger) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
    let officer = house.officer("officer.one", "government-data");
    let (_, offered) = principal.post(GRANT, &grant(&chen, &[], "sign", 30));
    let try_all = |client: &Client, delegation: &Value| {
        let acting = in_stead(client, delegation);
        refused(acting.get("/api/cases"), "no-delegation");
        refused(acting.get(REGISTRATIONS), "no-delegation");
        refused(acting.apply(&unsigned(&lin, 9)), "no-delegation");
    };
    try_all(&agent, &offered);
    assert_eq!(stranger.act(&offered, "accept", json!({})).0, 404, "a stranger does not know of it");
    assert_eq!(
        principal.act(&offered, "accept", json!({})).1["error"]["code"],
        "not-the-agent",
        "nobody accepts in the agent's stead"
    );
    assert_eq!(agent.act(&offered, "accept", json!({})).0, 200);
    for client in [&stranger, &principal, &officer] {
        try_all(client, &offered);
    }
    try_all(&agent, &json!({"id": "QH000000-AAAAAAAAAA"}));
    try_all(&agent, &json!({"id": "not a case"}));
    assert_eq!(
        house.guest().with("Acting-For", "QH000000-AAAAAAAAAA").get("/api/cases").0,
        401,
        "a guest is asked to log in"
    );
    // Another kind of case gives no power either.
    let (_, registration) = agent.apply(&unsigned(&chen, 8));
    try_all(&agent, &registration);

    let acting = in_stead(&agent, &offered);
    let (status, case) = acting.apply(&unsigned(&lin, 1));
    assert_eq!(status, 201, "{case}");
    assert_eq!(principal.act(&offered, "revoke", json!({})).1["status"], "revoked");
    try_all(&agent, &offered);
    refused(acting.act(&case, "withdraw", json!({})), "no-delegation");
    assert_eq!(
        agent.act(&case, "withdraw", json!({})).0,
        404,
        "what he applied for is the principal's"
    );
    assert_eq!(
        acting.get("/api/me").0,
        200,
        "what is the account's own goes on, so that a portal can notice"
    );

    let given_back = delegate(&principal, &agent, &grant(&chen, &[], "sign", 30));
    assert_eq!(agent.act(&given_back, "resign", json!({})).1["status"], "resigned");
    try_all(&agent, &given_back);
}

#[test]
fn what_was_entrusted_is_not_handed_on() {
    let house = House::serving(On::Folder);
    let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
    let (principal, agent, third) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
    let delegation = delegate(&principal, &agent, &grant(&chen, &[], "sign", 30));
    let acting = in_stead(&agent, &delegation);
    refused(acting.post(GRANT, &grant(&wang, &[], "sign", 30)), "outside-delegation");
    refused(acting.get(GRANT), "outside-delegation");
    refused(acting.act(&delegation, "revoke", json!({})), "outside-delegation");
    let path = format!("/api/cases/{}", delegation["id"].as_str().unwrap());
    refused(acting.get(&path), "outside-delegation");
    // A reform brings its parts with it; the house brings no delegations.
    let narrow = delegate(&principal, &agent, &grant(&chen, &["house", "one-window"], "sign", 30));
    let acting_narrowly = in_stead(&agent, &narrow);
    refused(acting_narrowly.post(GRANT, &grant(&wang, &[], "sign", 30)), "outside-delegation");
    refused(acting_narrowly.get(GRANT), "outside-delegation");
    refused(acting_narrowly.get(REGISTRATIONS), "outside-delegation");
    assert_eq!(acting_narrowly.get("/api/services/one-window/cases").0, 200);
    assert_eq!(acting_narrowly.get("/api/services/seal-engraving/cases").0, 200);
    // The agent's own delegation to a third gives the third the agent's cases, not the principal's.
    let own = delegate(&agent, &third, &grant(&wang, &[], "sign", 30));
    let (_, mine) = acting.apply(&unsigned(&lin, 1));
    let (_, list) = in_stead(&third, &own).get("/api/cases");
    assert_eq!(list["cases"], json!([]), "{list}");
    let path = format!("/api/cases/{}", mine["id"].as_str().unwrap());
    assert_eq!(in_stead(&third, &own).get(&path).0, 404);
}

#[test]
fn a_delegation_ends_by_the_clock_though_no_timer_has_run() {
    let house = House::serving(On::Folder);
    let (lin, chen) = (citizen(1), citizen(2));
    let (principal, agent) = (house.citizen(&lin), house.citizen(&chen));
    let live = delegate(&principal, &agent, &grant(&chen, &[], "apply", 30));
    // The same events as of a year ago, written where the program writes them; nothing is due for them, so no timer runs.
    let past = json!({"id": "QH250101-AAAAAAAAAA"});
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(&house.store).await.unwrap();
        let events = journal.read_stream(live["id"].as_str().unwrap(), 0, 10).await.unwrap();
        let aged = |data: &[u8]| {
            let mut data: Value = serde_json::from_slice(data).unwrap();
            if data.get("ends_at").is_some() {
                data["ends_at"] = json!(format!("{}T16:00:00Z", days_ago(1)));
                data["until"] = json!(days_ago(1));
            }
            serde_json::to_vec(&data).unwrap()
        };
        let append = Append {
            stream: past["id"].as_str().unwrap().into(),
            events: events
                .iter()
                .map(|e| NewEvent {
                    kind: e.kind.clone(),
                    data: aged(&e.data),
                })
                .collect(),
            ..Append::default()
        };
        journal.append(append).await.unwrap();
        journal.close().await;
    });
    assert_eq!(in_stead(&agent, &live).get("/api/cases").0, 200);
    let (_, seen) = agent.get("/api/cases/QH250101-AAAAAAAAAA");
    assert_eq!(seen["status"], "active", "its timer has not run: {seen}");
    refused(in_stead(&agent, &past).get("/api/cases"), "no-delegation");
    refused(in_stead(&agent, &past).apply(&unsigned(&lin, 1)), "no-delegation");
}

#[test]
fn a_repeated_request_for_another_principal_is_another_request() {
    let house = House::serving(On::Folder);
    let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
    let (first, agent, second) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
    let for_first = delegate(&first, &agent, &grant(&chen, &[], "apply", 30));
    let for_second = delegate(&second, &agent, &grant(&chen, &[], "apply", 30));
    let agent = agent.with("Idempotency-Key", "one-and-the-same");
    let form = unsigned(&lin, 1);
    let (status, case) = in_stead(&agent, &for_first).apply(&form);
    assert_eq!(status, 201, "{case}");
    let (status, again) = in_stead(&agent, &for_first).apply(&form);
    assert_eq!((status, &again["id"]), (201, &case["id"]), "the same answer");
    let (status, other) = in_stead(&agent, &for_second).apply(&form);
    assert_eq!(
        (status, other["error"]["code"].as_str()),
        (422, Some("idempotency-key-reused")),
        "{other}"
    );
    first.act(&for_first, "revoke", json!({}));
    refused(in_stead(&agent, &for_first).apply(&form), "no-delegation");
}

#[test]
fn a_firm_s_cases_are_the_firm_s() {
    let house = House::serving(On::Folder);
    let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
    let (founder, agent, other) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
    let officer = house.officer("officer.one", "government-data");
    let (_, firm) = founder.apply(&solo(&lin, &name(1), 1));
    let (_, licence) = founder.get(&format!("/api/cases/{}/licence", firm["id"].as_str().unwrap()));
    let for_firm = |agent: &Person| {
        json!({
            "whom": {
                "kind": "firm", "unified_code": licence["unified_code"], "firm_name": "随便写的名称",
                "agent": {"name": agent.name, "paper": agent.paper()},
            },
            "scope": {"services": [], "powers": "apply"},
            "until": days_ago(-30),
        })
    };
    let delegation = delegate(&founder, &agent, &for_firm(&chen));
    assert_eq!(delegation["card"]["principal"], name(1), "the licence's name, not what was typed");
    let (status, case) = in_stead(&agent, &delegation).apply(&unsigned(&wang, 2));
    assert_eq!(status, 201, "{case}");
    let path = format!("/api/cases/{}", case["id"].as_str().unwrap());
    assert_eq!(founder.get(&path).0, 404, "the firm is not its founder");
    assert_eq!(in_stead(&agent, &delegation).get(&path).0, 200);
    let (_, events) = in_stead(&agent, &delegation).get(&format!("{path}/events"));
    assert_eq!(events["events"][0]["actor"]["name"], name(1));

    // The representative himself acts for the firm in the same way, and his own cases stay apart from it.
    let own = delegate(&founder, &founder, &for_firm(&lin));
    let (_, list) = in_stead(&founder, &own).get("/api/cases");
    assert_eq!(list["cases"][0]["id"], case["id"], "{list}");
    let (_, list) = founder.get(REGISTRATIONS);
    assert_eq!(list["cases"][0]["id"], firm["id"], "{list}");

    // Who is not the representative on the licence is looked at by an officer.
    let (status, referred) = other.post(GRANT, &for_firm(&chen));
    assert_eq!((status, referred["status"].as_str()), (201, Some("referred")), "{referred}");
    assert_eq!(agent.act(&referred, "accept", json!({})).0, 409);
    let no = json!({"approve": false, "reason": "不是法定代表人"});
    assert_eq!(officer.act(&referred, "decide", no).1["status"], "refused");
    house.verify();
}

#[test]
fn a_guardian_acts_for_a_child_once_an_officer_has_confirmed() {
    let house = House::serving(On::Folder);
    let (mother, child) = (citizen(1), citizen(CHILD));
    let (guardian, ward) = (house.citizen(&mother), house.citizen(&child));
    let officer = house.officer("officer.one", "government-data");
    let form = json!({
        "whom": {"kind": "ward", "ward_number": child.number, "ward_name": child.name, "evidence": "母子关系，出生医学证明"},
        "scope": {"services": [], "powers": "sign"},
        "until": days_ago(-30),
    });
    let (status, own) = ward.post(GRANT, &grant(&mother, &[], "sign", 30));
    assert_eq!(
        (status, own["error"]["code"].as_str()),
        (409, Some("minor")),
        "a child grants nothing: {own}"
    );
    let (status, case) = guardian.post(GRANT, &form);
    assert_eq!((status, case["status"].as_str()), (201, Some("referred")), "{case}");
    refused(in_stead(&guardian, &case).get("/api/cases"), "no-delegation");
    let (_, desk) = officer.get(GRANT);
    assert_eq!(desk["cases"][0]["awaits_me"], true, "{desk}");
    let (_, active) = officer.act(&case, "decide", json!({"approve": true, "reason": "证明核验无误"}));
    assert_eq!(active["status"], "active", "{active}");
    assert_eq!(in_stead(&guardian, &case).get("/api/cases").1["cases"], json!([]));
    let (_, mine) = guardian.get("/api/delegations");
    assert_eq!(mine["received"][0]["principal"], child.name.as_str(), "{mine}");
    let (_, theirs) = ward.get("/api/delegations");
    assert_eq!(theirs["given"][0]["agent"], mother.name.as_str(), "the child sees it too: {theirs}");
    let (_, ended) = officer.act(&case, "end", json!({"reason": "监护人变更"}));
    assert_eq!(ended["status"], "ended", "{ended}");
    refused(in_stead(&guardian, &case).get("/api/cases"), "no-delegation");
    house.verify();
}

#[test]
fn both_sides_see_their_delegations() {
    let house = House::serving(On::Folder);
    let (lin, chen, wang) = (citizen(1), citizen(2), citizen(3));
    let (principal, agent, stranger) = (house.citizen(&lin), house.citizen(&chen), house.citizen(&wang));
    let (_, offered) = principal.post(GRANT, &grant(&chen, &["instant-registration"], "apply", 30));
    let (_, received) = agent.get("/api/delegations");
    let line = &received["received"][0];
    assert_eq!(
        (line["id"].clone(), line["may"].clone(), line["in_force"].clone()),
        (offered["id"].clone(), json!(["accept", "resign"]), json!(false)),
        "{received}"
    );
    agent.act(&offered, "accept", json!({}));
    let (_, received) = agent.get("/api/delegations");
    assert_eq!(received["received"][0]["in_force"], true, "{received}");
    assert_eq!(received["given"], json!([]));
    let (_, given) = principal.get("/api/delegations");
    assert_eq!(
        (given["given"][0]["may"].clone(), given["received"].clone()),
        (json!(["revoke"]), json!([])),
        "{given}"
    );
    assert_eq!(stranger.get("/api/delegations").1, json!({"given": [], "received": []}));
    assert_eq!(house.guest().get("/api/delegations").0, 401);
    let text = format!("{received}{given}");
    assert!(
        !text.contains(&lin.number) && !text.contains(&chen.number),
        "no number stands unmasked"
    );
    let (_, services) = house.guest().get("/api/services");
    assert!(!services["chapters"].to_string().contains("\"delegation\""), "it is none of the 43");
    let parts = services["parts"].as_array().unwrap();
    assert!(
        parts.iter().any(|part| part["slug"] == "delegation"),
        "its cases have a name in lists: {services}"
    );
    let (status, service) = house.guest().get("/api/services/delegation");
    assert_eq!((status, service["part_of"]["slug"].as_str()), (200, Some("house")));
    // Both parties of a registration keep their own cases apart from what they do for others.
    let (_, case) = agent.apply(&pair(&chen, &wang, &name(3), 3));
    let (_, list) = in_stead(&agent, &offered).get("/api/cases");
    assert!(!list.to_string().contains(case["id"].as_str().unwrap()), "{list}");
}
