//! The example client: generated from the OpenAPI file, compiled, and run against the real program with a token that may do just that.

use std::process::Command;

use super::peer::{installed, run};
use crate::form::{citizen, name, solo};
use crate::house::{House, On};

#[test]
fn the_example_client_is_generated_and_registers_a_company() {
    let (folder, door) = installed("examples/client");
    run("npm", &["run", "generate"], &folder);
    run("npm", &["run", "build"], &folder);
    let house = House::serving(On::Folder);
    let person = citizen(1);
    house.citizen(&person);
    let application = house.file("application.json", &solo(&person, &name(1), 1).to_string());
    let client = |scopes: &str| {
        let made = house.ok_json(&["accounts", "token", &person.account(), "--scopes", scopes]);
        Command::new("node")
            .arg("dist/main.js")
            .arg(&application)
            .env("QIANHAI_URL", &house.guest().base)
            .env("QIANHAI_TOKEN", made["token"].as_str().unwrap())
            .current_dir(&folder)
            .output()
            .unwrap()
    };
    let looking = client("read");
    assert!(!looking.status.success());
    let said = String::from_utf8_lossy(&looking.stderr).into_owned();
    assert!(said.contains("out-of-scope: The scopes of this token do not cover this"), "{said}");

    let done = client("read,write,service:instant-registration");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    for line in [
        format!("logged in as {}", person.name),
        "name: {".into(),
        "case QH".into(),
        "decided: ".into(),
    ] {
        assert!(said.contains(&line), "“{line}” is missing: {said}");
    }
    let (_, cases) = house.token(&person.account()).get("/api/cases");
    assert_eq!(cases["cases"].as_array().unwrap().len(), 1, "{cases}");
    drop(door);
}
