//! The one window and the tax package over HTTP: authorities side by side, one that fails, races for what is one firm's alone.

use serde_json::{Value, json};

use crate::form::{Person, citizen, dishonesty, name, solo};
use crate::house::{BOTH, Client, House, On};

const AUTHORITIES: [(&str, &str); 5] = [
    ("seal-engraving", "public-security"),
    ("basic-account", "banks"),
    ("social-insurance", "social-insurance-fund"),
    ("housing-fund", "housing-fund"),
    ("employment-registration", "human-resources"),
];

fn stock(tax: &Client, kind: &str, code: &str, count: u32) -> Value {
    let delivery = json!({"kind": kind, "segment": {"code": code, "first": 1, "count": count}});
    let (status, case) = tax.post("/api/services/invoice-stock/cases", &delivery);
    assert_eq!(status, 201, "{case}");
    case
}

fn order(special: u32, ordinary: u32) -> Value {
    json!({"accounting": "small-enterprise-standards", "general_taxpayer": "no", "special_copies": special,
        "special_limit": "hundred-thousand", "ordinary_copies": ordinary})
}

/// A day on which every branch receives: the first that the bank itself offers.
fn slot(client: &Client) -> (String, String) {
    let (_, branches) = client.post("/api/services/one-window/ask/find-slots", &json!({"branch": "demo-bank-qianhai"}));
    let day = &branches[0]["days"][0];
    (day["day"].as_str().unwrap().into(), day["free"][0].as_str().unwrap().into())
}

fn wishes(client: &Client, matters: &[&str]) -> Value {
    let (day, time) = slot(client);
    json!({
        "matters": matters,
        "seals": {"kinds": ["company", "invoice"], "engraver": "nanshan-one"},
        "account": {"branch": "demo-bank-qianhai", "day": day, "time": time},
        "tax": order(25, 50),
        "staff": {"employees": 2, "fund_percent": 5},
        "delivery": {"way": "courier", "mobile": "13800000000"},
    })
}

fn registered(client: &Client, founder: &Person, n: u32) -> Value {
    let (status, case) = client.apply(&solo(founder, &name(n), n));
    assert_eq!((status, case["status"].as_str()), (201, Some("issued")), "{case}");
    case
}

fn go_on(client: &Client, code: &Value, wishes: Value) -> (u16, Value) {
    let body = json!({"unified_code": code, "wishes": wishes});
    client.post("/api/services/one-window/cases?action=continue", &body)
}

/// The case that the one window opened at a service.
fn matter(client: &Client, case: &Value, service: &str) -> Value {
    let path = format!("/api/cases/{}", case["id"].as_str().unwrap());
    for _ in 0..400 {
        let (_, seen) = client.get(&path);
        let link = seen["links"]
            .as_array()
            .and_then(|l| l.iter().find(|l| l["service"] == service).cloned());
        if let Some(link) = link {
            return json!({"id": link["case"]});
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no matter of {service} was opened");
}

fn deed(service: &str, firm: &Value) -> Value {
    match service {
        "seal-engraving" => json!({"seals": [
            {"kind": "company", "name": firm["name"], "code": "4403010000001"},
            {"kind": "invoice", "name": firm["name"], "code": "4403010000002", "tax_number": firm["unified_code"]},
        ]}),
        "basic-account" => json!({"account_number": "4000123456789012", "filing_number": "J1"}),
        _ => json!({"registration_number": "NO-0001"}),
    }
}

fn tasks(case: &Value) -> &Vec<Value> {
    case["card"]["tasks"].as_array().unwrap()
}

#[test]
fn one_form_founds_a_firm_and_opens_every_matter() {
    let house = House::serving(On::Folder);
    let tax = house.officer("tax", "tax");
    stock(&tax, "special", "4403261130", 100);
    stock(&tax, "ordinary", "4403261320", 100);
    let founder = citizen(1);
    let client = house.citizen(&founder);
    let form = json!({
        "kind": "limited-company", "name": name(1), "industry": "I6513", "address": crate::form::unit(1), "pay_by": crate::form::days_ago(-1_000),
        "people": [{"name": founder.name, "paper": founder.paper(), "duties": ["legal-representative", "director"], "amount_fen": 1_000_000, "percent": "100"}],
        "articles": "single-director", "wishes": wishes(&client, &["seals", "account", "tax", "social-insurance", "housing-fund", "employment"]), "sign": true,
    });
    let (status, case) = client.post("/api/services/one-window/cases", &form);
    assert_eq!(status, 201, "{case}");
    let running = client.wait_for(&case, "in-progress", 20);
    let firm = running["card"]["firm"].clone();
    for (service, agency) in AUTHORITIES {
        let officer = house.officer(&format!("o-{service}"), agency);
        let task = matter(&client, &case, service);
        if service == "seal-engraving" {
            let mut wrong = deed(service, &firm);
            wrong["seals"][0]["name"] = json!(format!("{}）", firm["name"].as_str().unwrap()));
            let (status, refused) = officer.act(&task, "complete", wrong);
            assert_eq!(
                (status, refused["error"]["code"].as_str()),
                (409, Some("seal-name-mismatch")),
                "{refused}"
            );
        }
        let (status, done) = officer.act(&task, "complete", deed(service, &firm));
        assert_eq!((status, done["status"].as_str()), (200, Some("done")), "{done}");
        // An officer of another agency neither sees nor decides it.
        assert_eq!(tax.act(&task, "decline", json!({"reason": "不归我管"})).0, 404);
    }
    let package = matter(&client, &case, "new-taxpayer-package");
    let (_, waiting) = client.get(&format!("/api/cases/{}", package["id"].as_str().unwrap()));
    assert_eq!(
        waiting["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["outcome"] == "refer")
            .count(),
        0,
        "{waiting}"
    );
    for (action, input) in [
        ("issue-device", json!({"device_number": "66123456"})),
        ("dispatch", json!({"courier": "测试快递", "waybill": "W00000001"})),
    ] {
        let packed = std::iter::repeat_with(|| tax.act(&package, action, input.clone()));
        let done = packed.take(200).find(|(status, _)| {
            std::thread::sleep(std::time::Duration::from_millis(30));
            *status == 200
        });
        assert!(done.is_some(), "{action}");
    }
    assert_eq!(client.act(&package, "receive", json!({})).0, 200);
    let ready = client.wait_for(&case, "ready", 20);
    assert_eq!(tasks(&ready).len(), 7);
    let spent = tasks(&ready).iter().filter(|t| AUTHORITIES.iter().any(|(s, _)| t["service"] == *s));
    assert!(
        spent.clone().count() == 5 && spent.clone().all(|t| t["spent_seconds"].as_i64().is_some_and(|s| s >= 0)),
        "elapsed working time per authority"
    );
    let (_, package) = client.get(&format!("/api/cases/{}", package["id"].as_str().unwrap()));
    assert_eq!(
        package["card"]["account_number"], "4000123456789012",
        "the bank told it, nobody typed it"
    );
    assert_eq!(client.act(&case, "collect", json!({})).1["status"], "collected");
    house.verify();
}

#[test]
fn a_tax_service_that_cannot_decide_holds_up_only_its_own_and_resumes_once() {
    for on in BOTH {
        let mut house = House::serving(on);
        let tax = house.officer("tax", "tax");
        let special = stock(&tax, "special", "4403261130", 100);
        stock(&tax, "ordinary", "4403261320", 100);
        let founder = citizen(2);
        let client = house.citizen(&founder);
        let firm = registered(&client, &founder, 2);
        let code = &firm["card"]["unified_code"];
        house.ok(&["registers", "close", "dishonesty"]);
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        let (status, case) = go_on(&client, code, wishes(&client, &["tax", "social-insurance", "employment"]));
        assert_eq!(status, 201, "{case}");
        let package = matter(&client, &case, "new-taxpayer-package");
        client.wait_for(&package, "pending", 10);
        for service in ["social-insurance", "employment-registration"] {
            let agency = AUTHORITIES.iter().find(|(s, _)| *s == service).unwrap().1;
            let officer = house.officer(&format!("o-{service}"), agency);
            let task = matter(&client, &case, service);
            assert_eq!(officer.act(&task, "complete", deed(service, &firm)).0, 200);
        }
        // The power goes while the tax service waits.
        house.kill();
        house.start();
        client.wait_for(&package, "pending", 10);
        house.load("dishonesty", &dishonesty());
        house.ok(&["registers", "open", "dishonesty"]);
        client.wait_for(&package, "preparing", 20);
        let mut allocated = Value::Null;
        for _ in 0..200 {
            allocated = client.get(&format!("/api/cases/{}", package["id"].as_str().unwrap())).1["card"]["invoices"].clone();
            if allocated["ordinary"].is_object() && allocated["special"].is_object() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(allocated["special"], json!({"code": "4403261130", "first": 1, "count": 25}));
        let (_, account) = tax.get(&format!("/api/cases/{}/account", special["id"].as_str().unwrap()));
        assert_eq!(account["in_store"], 100);
        let events = client.get(&format!("/api/cases/{}/events", package["id"].as_str().unwrap())).1;
        let kinds: Vec<&str> = events["events"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|e| e["kind"].as_str())
            .collect();
        assert_eq!(kinds.iter().filter(|k| **k == "Granted").count(), 1, "{kinds:?}");
        assert_eq!(kinds.iter().filter(|k| **k == "InvoicesAllocated").count(), 2, "{kinds:?}");
        let links = client.get(&format!("/api/cases/{}", case["id"].as_str().unwrap())).1["links"].clone();
        assert_eq!(
            links
                .as_array()
                .unwrap()
                .iter()
                .filter(|l| l["service"] == "new-taxpayer-package")
                .count(),
            1
        );
        house.verify();
    }
}

#[test]
fn a_firm_gets_one_basic_account_however_many_ask_at_once() {
    let house = House::serving(On::Folder);
    let founder = citizen(3);
    let client = house.citizen(&founder);
    let code = registered(&client, &founder, 3)["card"]["unified_code"].clone();
    let wish = wishes(&client, &["account"]);
    let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| go_on(&client, &code, wish.clone()))).collect();
        tries.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let opened: Vec<&Value> = answers.iter().filter(|(status, _)| *status == 201).map(|(_, case)| case).collect();
    assert!(
        answers
            .iter()
            .all(|(status, body)| *status == 201 || body["error"]["code"] == "second-basic-account"),
        "{answers:?}"
    );
    let mut running = 0;
    for case in opened {
        let task = matter(&client, case, "basic-account");
        let (_, seen) = client.get(&format!("/api/cases/{}", task["id"].as_str().unwrap()));
        running += u32::from(seen["status"] == "sent");
    }
    assert_eq!(running, 1);
    let (status, refused) = go_on(&client, &code, wish);
    assert_eq!((status, refused["error"]["code"].as_str()), (409, Some("second-basic-account")));
}

#[test]
fn packages_that_come_together_share_no_invoice_and_a_lost_parcel_keeps_the_sums() {
    let house = House::serving(On::Folder);
    let tax = house.officer("tax", "tax");
    let special = stock(&tax, "special", "4403261130", 500);
    const FIRMS: u32 = 8;
    let firms: Vec<(Client, Value)> = (10..10 + FIRMS)
        .map(|n| {
            let founder = citizen(n);
            let client = house.citizen(&founder);
            let code = registered(&client, &founder, n)["card"]["unified_code"].clone();
            (client, code)
        })
        .collect();
    let packages: Vec<(Client, Value)> = std::thread::scope(|scope| {
        let request =
            |code: &Value| json!({"unified_code": code, "order": order(20, 0), "delivery": {"way": "counter", "mobile": "13800000000"}});
        let tries: Vec<_> = firms
            .iter()
            .map(|(client, code)| {
                let body = request(code);
                scope.spawn(move || (client.clone(), client.post("/api/services/new-taxpayer-package/cases", &body).1))
            })
            .collect();
        tries.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut segments = vec![];
    for (client, package) in &packages {
        assert_eq!(package["status"], "preparing", "{package}");
        let path = format!("/api/cases/{}", package["id"].as_str().unwrap());
        let mut segment = Value::Null;
        for _ in 0..200 {
            segment = client.get(&path).1["card"]["invoices"]["special"].clone();
            if segment.is_object() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        segments.push((segment["first"].as_u64().unwrap(), segment["count"].as_u64().unwrap()));
    }
    segments.sort_unstable();
    assert!(
        segments.iter().all(|(_, count)| *count == 20) && segments.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0),
        "{segments:?}"
    );
    let (client, package) = &packages[0];
    assert_eq!(tax.act(package, "issue-device", json!({"device_number": "66123456"})).0, 200);
    let taken = tax.act(&packages[1].1, "issue-device", json!({"device_number": "66123456"}));
    assert_eq!(taken.1["error"]["code"], "device-taken", "{taken:?}");
    assert_eq!(
        tax.act(package, "dispatch", json!({"courier": "测试快递", "waybill": "W00000001"}))
            .0,
        200
    );
    assert_eq!(tax.act(package, "report-lost", json!({"reason": "快递遗失"})).0, 200);
    let account = |wanted: &dyn Fn(&Value) -> bool| {
        let path = format!("/api/cases/{}/account", special["id"].as_str().unwrap());
        for _ in 0..200 {
            let seen = tax.get(&path).1;
            let sum: u64 = ["in_store", "in_transit", "signed", "void"]
                .iter()
                .map(|k| seen[*k].as_u64().unwrap())
                .sum();
            assert_eq!(seen["received"].as_u64().unwrap(), sum, "{seen}");
            if wanted(&seen) {
                return seen;
            }
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        panic!("the stock does not get there: {}", tax.get(&path).1);
    };
    account(&|s| s["void"] == 20 && s["in_store"] == 480);
    for _ in 0..200 {
        if tax.act(package, "issue-device", json!({"device_number": "66123457"})).0 == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    let mut received = 0;
    for _ in 0..200 {
        received = client.act(package, "receive", json!({})).0;
        if received == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    assert_eq!(received, 200, "handed over at the counter");
    account(&|s| s["signed"] == 20 && s["void"] == 20 && s["in_store"] == 460);
    house.verify();
}

#[test]
fn who_is_linked_to_an_abnormal_taxpayer_is_looked_at_by_an_officer() {
    let house = House::serving(On::Folder);
    let founder = citizen(5);
    let client = house.citizen(&founder);
    let code = registered(&client, &founder, 5)["card"]["unified_code"].clone();
    let entry = format!(
        "{}{},tax-abnormal,{},（2026）测5号,测试税务局,\n",
        dishonesty(),
        founder.number,
        crate::form::days_ago(5)
    );
    house.load("dishonesty", &entry);
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    let body = json!({"unified_code": code, "order": order(25, 50), "delivery": {"way": "counter", "mobile": "13800000000"}});
    let (status, case) = client.post("/api/services/new-taxpayer-package/cases", &body);
    assert_eq!((status, case["status"].as_str()), (201, Some("referred")), "{case}");
    let tax = house.officer("tax", "tax");
    let decision = json!({"reason": "已实地核查", "special_copies": 5, "rejected": [{"item": "general-taxpayer", "reason": "暂不符合"}]});
    let (status, decided) = tax.act(&case, "decide", decision);
    assert_eq!((status, decided["status"].as_str()), (200, Some("preparing")), "{decided}");
    assert_eq!(decided["card"]["grant"]["special_copies"], 5);
}

#[test]
fn a_change_of_name_reaches_the_engraver_through_the_register() {
    let house = House::serving(On::Folder);
    let founder = citizen(6);
    let client = house.citizen(&founder);
    let firm = registered(&client, &founder, 6);
    let (_, case) = go_on(&client, &firm["card"]["unified_code"], wishes(&client, &["seals"]));
    let task = matter(&client, &case, "seal-engraving");
    let registrar = house.officer("registrar", "market-regulation");
    let (status, changed) = registrar.act(&firm, "change", json!({"name": name(77), "reason": "股东会决议"}));
    assert_eq!(status, 200, "{changed}");
    let path = format!("/api/cases/{}", task["id"].as_str().unwrap());
    let engraver = house.officer("engraver", "public-security");
    for _ in 0..200 {
        if engraver.get(&path).1["card"]["firm"]["name"] == json!(name(77)) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let old = json!({"name": firm["title"], "unified_code": firm["card"]["unified_code"]});
    let (status, refused) = engraver.act(&task, "complete", deed("seal-engraving", &old));
    assert_eq!(
        (status, refused["error"]["code"].as_str()),
        (409, Some("seal-name-mismatch")),
        "{refused}"
    );
    let new = json!({"name": name(77), "unified_code": firm["card"]["unified_code"]});
    assert_eq!(engraver.act(&task, "complete", deed("seal-engraving", &new)).0, 200);
    // The former name stays taken.
    let (_, again) = client.apply(&solo(&founder, firm["title"].as_str().unwrap(), 7));
    assert_ne!(again["status"], "issued", "{again}");
    house.verify();
}
