//! Logging in with a real provider: the whole way, what it makes of people, and everything that must not work.

use serde_json::{Value, json};

use super::peer::{Browser, Peer, house_and_peer, run, trust};
use crate::form::citizen;
use crate::house::{House, On};

fn person(n: u32) -> Value {
    let person = citizen(n);
    json!({"name": person.name, "paper_kind": person.kind, "paper_number": person.number})
}

fn code(page: &super::peer::Page) -> String {
    page.json()["error"]["code"].as_str().unwrap_or_default().to_string()
}

#[test]
fn a_citizen_logs_in_and_comes_back_as_the_same_account() {
    let (house, peer) = house_and_peer();
    peer.control(&json!({"people": {"wang": person(1)}}));
    let (status, ways) = house.guest().get("/api/login/ways");
    assert_eq!((status, ways["oidc"]["name"]["zh"].as_str()), (200, Some("统一身份认证")));

    let mut browser = Browser::new();
    let address = browser.begin(&house, "/services/instant-registration");
    for part in ["code_challenge_method=S256", "nonce=", "state=", "response_type=code"] {
        assert!(address.contains(part), "{part} is missing: {address}");
    }
    let back = browser.walk(&address, "wang");
    let done = browser.get(&back);
    assert_eq!(done.status, 303, "{done:?}");
    assert!(done.location.ends_with("/services/instant-registration"), "{done:?}");
    let me = browser.me(&house);
    assert_eq!(me["account"]["kind"], "person", "{me}");
    assert_eq!(me["account"]["name"], citizen(1).name);
    assert!(
        !me.to_string().contains(&citizen(1).number),
        "the number of the paper is shown: {me}"
    );

    let mut other = Browser::new();
    let done = other.log_in(&house, "wang");
    assert!(done.location.ends_with("/cases"), "{done:?}");
    assert_eq!(other.me(&house)["account"]["id"], me["account"]["id"]);
}

#[test]
fn no_login_leads_to_another_site() {
    let (house, peer) = house_and_peer();
    peer.control(&json!({"people": {"wang": person(1)}}));
    for evil in ["//evil.example", "https://evil.example/", "/%5Cevil.example", "javascript:alert(1)"] {
        let mut browser = Browser::new();
        let address = browser.begin(&house, evil);
        let back = browser.walk(&address, "wang");
        let done = browser.get(&back);
        assert_eq!(done.location, format!("http://127.0.0.1:{}/cases", house.port), "{evil}");
    }
}

#[test]
fn an_office_comes_and_goes_with_the_claim() {
    let (house, peer) = house_and_peer();
    let with = |claims: Value| peer.control(&json!({"people": {"li": claims}}));
    with(json!({"name": "李", "offices": ["archivist", "registrar"]}));
    let mut browser = Browser::new();
    let done = browser.log_in(&house, "li");
    assert!(done.location.ends_with("/desk"), "{done:?}");
    let me = browser.me(&house);
    assert_eq!(
        (me["account"]["kind"].as_str(), me["account"]["agency"].as_str()),
        (Some("officer"), Some("market-regulation"))
    );

    let mut citizen_now = person(2);
    citizen_now["offices"] = json!(["archivist"]);
    with(citizen_now);
    assert_eq!(Browser::new().log_in(&house, "li").status, 303);
    let after = browser.me(&house);
    assert_eq!(
        after["account"]["kind"], "person",
        "an open session is no officer's any more: {after}"
    );

    with(json!({"name": "李"}));
    let refused = Browser::new().log_in(&house, "li");
    assert_eq!((refused.status, code(&refused).as_str()), (409, "no-capacity"), "{refused:?}");
    assert_eq!(
        browser.me(&house)["error"]["kind"],
        "unauthenticated",
        "who is nothing here any more is logged out"
    );

    with(json!({"name": "李", "offices": "registrar"}));
    assert_eq!(Browser::new().log_in(&house, "li").status, 303, "the office is back");
    let id = me["account"]["id"].as_str().unwrap();
    house.ok(&["accounts", "lock", id]);
    let locked = Browser::new().log_in(&house, "li");
    assert_eq!(
        (locked.status, code(&locked).as_str()),
        (409, "account-locked"),
        "the provider does not unlock"
    );
}

#[test]
fn a_paper_belongs_to_one_account() {
    let (house, peer) = house_and_peer();
    house.citizen(&citizen(3));
    peer.control(&json!({"people": {"zhao": person(3), "qian": person(4), "sun": person(4)}}));
    let taken = Browser::new().log_in(&house, "zhao");
    assert_eq!((taken.status, code(&taken).as_str()), (409, "paper-taken"), "{taken:?}");
    assert!(taken.json()["error"]["message"]["zh"].as_str().unwrap().contains("已绑定另一账户"));
    assert_eq!(Browser::new().log_in(&house, "qian").status, 303);
    assert_eq!(code(&Browser::new().log_in(&house, "sun")), "paper-taken");
    assert_eq!(Browser::new().log_in(&house, "qian").status, 303);
}

#[test]
fn what_was_tampered_with_replayed_or_is_too_old_is_refused() {
    let (house, peer) = house_and_peer();
    peer.control(&json!({"people": {"wang": person(1)}}));
    let mut browser = Browser::new();

    let address = browser.begin(&house, "");
    let back = browser.walk(&address, "wang");
    let state = part(&back, "state");
    let tampered = browser.get(&back.replace(&state, &state.chars().rev().collect::<String>()));
    assert_eq!(
        (tampered.status, code(&tampered).as_str()),
        (409, "login-ended"),
        "a state that was never given out"
    );
    let elsewhere = Browser::new().get(&back);
    assert_eq!(
        (elsewhere.status, code(&elsewhere).as_str()),
        (409, "login-ended"),
        "another browser"
    );
    let spent = browser.get(&back);
    assert_eq!(code(&spent), "login-ended", "a state is good once, whoever used it");

    let address = browser.begin(&house, "");
    let back = browser.walk(&address, "wang");
    assert_eq!(browser.get(&back).status, 303);
    assert_eq!(code(&browser.get(&back)), "login-ended", "the same way back twice");
    let used = part(&back, "code");
    let address = browser.begin(&house, "");
    let back = browser.walk(&address, "wang");
    let replayed = browser.get(&back.replace(&part(&back, "code"), &used));
    assert_eq!(
        (replayed.status, code(&replayed).as_str()),
        (409, "login-not-proven"),
        "a code is good once: {replayed:?}"
    );

    let address = browser.begin(&house, "");
    let nonce = part(&address, "nonce");
    let back = browser.walk(&address.replace(&nonce, "another-nonce"), "wang");
    assert_eq!(code(&browser.get(&back)), "login-not-proven", "a word for another login");

    let address = browser.begin(&house, "");
    let back = browser.walk(&address, "wang");
    let issuer = part(&back, "iss");
    let mixed = browser.get(&back.replace(&format!("iss={issuer}"), "iss=http%3A%2F%2Fevil.example"));
    assert_eq!(code(&mixed), "login-ended", "an answer of another provider");

    for (off, status) in [(-900, 409), (-630, 303), (30, 303), (300, 409)] {
        // A word is good for ten minutes; by a minute clocks may differ.
        peer.control(&json!({"seconds_off": off}));
        let done = Browser::new().log_in(&house, "wang");
        assert_eq!(
            done.status,
            status,
            "a provider whose clock is off by {off} s: {done:?}\n{}",
            house.log()
        );
        assert!(status == 303 || code(&done) == "login-not-proven", "{done:?}");
    }
    peer.control(&json!({"seconds_off": 0}));

    let address = browser.begin(&house, "");
    let callback = format!("http://127.0.0.1:{}/api/login/oidc/callback", house.port);
    let cancelled = browser.get(&format!("{callback}?state={}&error=access_denied", part(&address, "state")));
    assert_eq!((cancelled.status, code(&cancelled).as_str()), (409, "login-cancelled"));
    browser.accept = "text/html,application/xhtml+xml";
    let shown = browser.get(&format!("{callback}?state=none"));
    assert_eq!(shown.status, 303);
    assert!(
        shown.location.ends_with("/login?failed=login-ended"),
        "a person is told on the login page: {shown:?}"
    );
}

#[test]
fn new_keys_are_looked_up_and_a_provider_that_is_down_stops_no_password() {
    let (house, mut peer) = house_and_peer();
    peer.control(&json!({"people": {"wang": person(1)}}));
    assert_eq!(Browser::new().log_in(&house, "wang").status, 303);
    for kind in ["rsa", "ec"] {
        peer.control(&json!({"new_key": kind}));
        let done = Browser::new().log_in(&house, "wang");
        assert_eq!(done.status, 303, "after a new {kind} key: {done:?}\n{}", house.log());
    }

    let mut browser = Browser::new();
    let address = browser.begin(&house, "");
    let back = browser.walk(&address, "wang");
    peer.stop();
    let down = browser.get(&back);
    assert_eq!((down.status, code(&down).as_str()), (503, "login-provider-down"), "{down:?}");
    let words = &down.json()["error"]["message"];
    assert_eq!(words["zh"], "统一身份认证暂时无法连接；请稍后再试，或用密码登录");
    assert_eq!(
        words["en"],
        "The login provider can't be reached at the moment; try again later, or log in with your password"
    );

    let output = house.cli_with(
        &[
            "accounts",
            "add",
            "someone",
            "--name",
            "某人",
            "--agency",
            "market-regulation",
            "--password-stdin",
        ],
        "correct horse\n",
    );
    assert!(output.status.success());
    let login = json!({"account": "someone", "password": "correct horse"});
    assert_eq!(house.guest().post("/api/login", &login).0, 200, "a password still opens the door");

    peer.start_again();
    peer.control(&json!({"people": {"wang": person(1)}}));
    assert_eq!(Browser::new().log_in(&house, "wang").status, 303, "it is back");
}

#[test]
fn a_house_starts_while_its_provider_is_down() {
    let (mut house, mut peer) = house_and_peer();
    house.kill();
    peer.stop();
    house.start();
    let page = Browser::new().get(&format!("http://127.0.0.1:{}/api/login/oidc", house.port));
    assert_eq!((page.status, code(&page).as_str()), (503, "login-provider-down"), "{page:?}");
}

#[test]
fn a_provider_is_believed_with_a_certificate_that_the_machine_trusts_and_no_other() {
    let mut house = House::set_up(On::Folder);
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| house.file(name, "").display().to_string());
    let wish = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    let files = ["-keyout", &key, "-out", &certificate];
    let arguments: Vec<&str> = wish.split(' ').chain(files).collect();
    run("openssl", &arguments, std::env::temp_dir().as_path());
    let peer = Peer::start(&house, vec![key, certificate.clone()]);
    trust(&mut house, &peer);
    house.start();
    let login = format!("http://127.0.0.1:{}/api/login/oidc", house.port);
    let refused = Browser::new().get(&login);
    assert_eq!(
        (refused.status, code(&refused).as_str()),
        (503, "login-provider-down"),
        "{refused:?}"
    );
    house.kill();
    house.environment = vec![("SSL_CERT_FILE".into(), certificate)];
    house.start();
    let sent = Browser::new().get(&login);
    assert_eq!(sent.status, 303, "{sent:?}\n{}", house.log());
    assert!(sent.location.starts_with(&format!("{}/auth?", peer.issuer())), "{sent:?}");
}

/// The value of a query parameter, as it stands in the URL.
fn part(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {url}")).to_string()
}
