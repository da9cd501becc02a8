//! A second, tiny zone: other agencies, codes, parameters and words. What works here is not written into the code.

use serde_json::json;

use crate::form::{citizen, days_ago, pair, solo};
use crate::house::{House, On, faults, root};

#[test]
fn a_company_is_registered_in_another_zone() {
    let mut house = House::empty(On::Folder);
    house.ok(&["init", "--zone", root().join("tests/zones/tiny").to_str().unwrap()]);
    house.load("enterprises", "unified_code,name,status,since,industry\n");
    house.load(
        "addresses",
        "code,text,use,state,firms,shared\n\
         469801001001,微岛市东礁区灯塔街道一号,commercial,standing,0,false\n\
         469801001002,微岛市东礁区灯塔街道二号,office,standing,0,false\n\
         469801001003,微岛市东礁区灯塔街道三号,commercial,standing,0,false\n",
    );
    let (fresh, older) = (days_ago(10), days_ago(40));
    let (a, b) = (citizen(1), citizen(2));
    house.load(
        "identities",
        &format!(
            "paper_number,name,verified_on,capacity\n{},{},{fresh},true\n{},{},{older},true\n",
            a.number, a.name, b.number, b.name
        ),
    );
    house.load("dishonesty", "paper_number,ground,since,case_number,listed_by,lifted_on\n");
    house.start();
    let client = house.citizen(&a);
    let mut form = solo(&a, "微岛市青禾澜贸易有限公司", 1);
    form["address"] = json!("469801001001");
    form["industry"] = json!("F5191");
    form["scope"] = json!(["F5191"]);
    form["pay_by"] = json!(days_ago(-600));
    let (status, case) = client.apply(&form);
    assert_eq!((status, case["status"].as_str()), (201, Some("issued")), "{case}");
    let (_, licence) = client.get(&format!("/api/cases/{}/licence", case["id"].as_str().unwrap()));
    assert_eq!(licence["registrar"]["zh"], "微岛市登记局");
    let code = licence["unified_code"].as_str().unwrap();
    assert!(code.starts_with("91469800T9"), "{code}");
    // This zone's own rules: an office is no seat, a face check lasts thirty days, software needs approval, two years to pay in.
    let mut other = form.clone();
    other["name"] = json!("微岛市云杉谷贸易有限公司");
    other["address"] = json!("469801001002");
    assert_eq!(faults(&client.apply(&other).1), [("address.use".into(), "block".into())]);
    other["address"] = json!("469801001001");
    other["pay_by"] = json!(days_ago(-800));
    assert_eq!(faults(&client.apply(&other).1), [("capital.pay-in".into(), "block".into())]);
    other["pay_by"] = form["pay_by"].clone();
    other["scope"] = json!(["F5191", "I6513"]);
    assert_eq!(client.apply(&other).1["status"], "referred");
    let mut two = pair(&a, &b, "微岛市松涛里贸易有限公司", 1);
    for field in ["address", "industry", "scope", "pay_by"] {
        two[field] = form[field].clone();
    }
    two["address"] = json!("469801001003");
    let (_, waits) = client.apply(&two);
    assert_eq!(waits["status"], "awaiting-identity", "{waits}");
    let mut elsewhere = form.clone();
    elsewhere["name"] = json!("深圳市青禾澜贸易有限公司");
    let (_, shenzhen) = client.apply(&elsewhere);
    assert!(faults(&shenzhen).contains(&("name.region".into(), "block".into())), "{shenzhen}");
    let (_, zone) = house.guest().get("/api/zone");
    assert_eq!(zone["name"]["zh"], "微岛自由贸易试验区");
    assert!(!zone.to_string().contains("深圳"));
    assert!(
        house.officer("officer.one", "island-registry").get("/api/cases").1["cases"]
            .as_array()
            .unwrap()
            .len()
            >= 4
    );
    house.verify();
}
