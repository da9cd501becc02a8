//! Mail: a notice that a person wants by mail goes to a real mail server; one that is away holds up nothing.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use test_support::Folder;

use crate::form::{citizen, name, pair};
use crate::house::{Client, House, On, root};
use crate::portal::{shaped, until};

/// The distribution's Python, which has the mail server (scripts/tools.sh installs it).
const PYTHON: &str = "/usr/bin/python3";

/// A mail server that can be away, with the folder of what it has taken.
struct MailServer {
    folder: Folder,
    port: u16,
    running: Option<Child>,
}

impl MailServer {
    fn away() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            folder: Folder::new(),
            port,
            running: None,
        }
    }

    fn start(&mut self) {
        let script = root().join("tests/support/mail_server.py");
        let mut child = Command::new(PYTHON)
            .arg(script)
            .arg(self.port.to_string())
            .arg(self.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(
            line.trim(),
            "ready",
            "the mail server starts: python3-aiosmtpd is installed by scripts/tools.sh"
        );
        self.running = Some(child);
    }

    fn settings(&self) -> String {
        format!(
            "[mail]\nserver = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\nfrom = \"前海自贸区 <notices@qianhai.example>\"\n\
             public-url = \"https://portal.qianhai.example\"\n",
            self.port
        )
    }

    fn taken(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut mails: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
        mails.sort_by_key(|path| path.file_stem().unwrap().to_str().unwrap().parse::<u32>().unwrap());
        mails
    }

    #[track_caller]
    fn wait_for(&self, count: usize) -> Vec<Value> {
        until("mails are taken", || json!(self.taken().len()), |found| *found == count);
        self.taken().iter().map(|path| read(path)).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// A mail as a mail program reads it.
fn read(path: &Path) -> Value {
    let script = root().join("tests/support/read_mail.py");
    let output = Command::new(PYTHON).arg(script).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn plain(mail: &Value) -> &str {
    mail["parts"]["text/plain"].as_str().unwrap()
}

fn wants_mail(client: &Client, mail: &str, language: &str) -> Value {
    let wish = json!({"mail": mail, "mail_for": ["action", "decision"], "language": language, "large_text": false});
    let (status, saved) = client.put("/api/preferences", &wish);
    assert_eq!(status, 200, "{saved}");
    shaped(client, "put", "/api/preferences", &saved);
    saved
}

/// Follows the link of the confirming mail as a browser does.
fn confirm(client: &Client, mail: &Value) {
    let text = plain(mail);
    let start = text.find("/api/preferences/confirm?code=").unwrap();
    let link = text[start..].split_whitespace().next().unwrap();
    let (status, page) = client.get(link);
    assert!(status == 200 && page.as_str().unwrap().contains("<button>"), "{page}");
    assert_eq!(
        client.get("/api/preferences").1["mail_confirmed"],
        false,
        "a look at the link confirms nothing"
    );
    assert_eq!(client.get(&format!("{link}&sure=true")).0, 200);
    assert_eq!(client.get(&format!("{link}&sure=true")).0, 404, "the code is used");
}

#[test]
fn a_notice_arrives_in_the_readers_language_once_even_if_the_mail_server_was_away() {
    let mut house = House::set_up(On::Folder);
    let mut server = MailServer::away();
    house.settings = Some(house.file("operator.toml", &server.settings()));
    house.start();
    let (owner, party) = (citizen(1), citizen(2));
    let (applicant, signer) = (house.citizen(&owner), house.citizen(&party));
    server.start();
    let saved = wants_mail(&signer, "signer@example.com", "zh");
    assert_eq!((&saved["mail_confirmed"], &saved["mail_offered"]), (&json!(false), &json!(true)));
    let mails = server.wait_for(1);
    confirm(&signer, &mails[0]);
    assert_eq!(signer.get("/api/preferences").1["mail_confirmed"], true);
    wants_mail(&applicant, "owner@example.com", "en");
    confirm(&applicant, &server.wait_for(2)[1]);

    // The mail server goes away: the notice stands at once, the letter waits, the case goes on.
    server
        .running
        .take()
        .map(|mut child| (child.kill().unwrap(), child.wait().unwrap()));
    let (_, case) = applicant.apply(&pair(&owner, &party, &name(1), 1));
    until(
        "the notice stands",
        || signer.get("/api/notices").1["unread"].clone(),
        |unread| *unread == 1,
    );
    until(
        "the log says so",
        || json!(house.log()),
        |log| {
            log.as_str()
                .unwrap()
                .contains("a letter waits: the mail server does not take it now")
        },
    );
    assert!(!house.log().contains("signer@example.com"), "no address in the log");
    assert_eq!(signer.act(&case, "sign", json!({})).0, 200);
    until(
        "the owner's notice stands",
        || applicant.get("/api/notices").1["unread"].clone(),
        |unread| *unread == 1,
    );

    // It comes back: each letter arrives once, over a crash of the house as well.
    house.kill();
    server.start();
    house.start();
    let mails = server.wait_for(4);
    until(
        "nothing waits any more",
        || json!(house.ok_json(&["journal", "verify"])),
        |_| server.taken().len() == 4,
    );
    let to = |address: &str| mails[2..].iter().find(|mail| mail["headers"]["To"] == address).unwrap();
    let (asked, told) = (to("signer@example.com"), to("owner@example.com"));
    let id = case["id"].as_str().unwrap();
    assert!(plain(asked).contains("请签署") && plain(asked).contains(id), "{asked}");
    assert!(asked["headers"]["Subject"].as_str().unwrap().contains("请签署"), "{asked}");
    assert!(asked["headers"]["From"].as_str().unwrap().contains("前海自贸区"), "{asked}");
    assert!(plain(told).contains("is registered") && plain(told).contains(&format!("https://portal.qianhai.example/cases/{id}")));
    assert!(told["parts"]["text/html"].as_str().unwrap().contains("<a href="));
    for (mail, path) in mails.iter().zip(server.taken()) {
        let raw = std::fs::read(&path).unwrap();
        let head = raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        assert!(raw[..head].is_ascii(), "headers are encoded words (RFC 2047)");
        assert_eq!(
            (&mail["defects"], &mail["headers"]["Auto-Submitted"]),
            (&json!([]), &json!("auto-generated"))
        );
        assert!(
            ![&owner.number, &party.number]
                .iter()
                .any(|number| mail.to_string().contains(number.as_str()))
        );
    }
    let names: std::collections::BTreeSet<&str> = mails.iter().map(|m| m["headers"]["Message-ID"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4, "each letter has a name of its own");
}

#[test]
fn an_address_that_does_not_exist_is_told_in_the_preferences_and_mail_that_nobody_wants_is_not_sent() {
    let mut house = House::set_up(On::Folder);
    let mut server = MailServer::away();
    server.start();
    house.settings = Some(house.file("operator.toml", &server.settings()));
    house.start();
    let client = house.citizen(&citizen(1));
    let other = house.citizen(&citizen(2));
    assert_eq!(
        client
            .put(
                "/api/preferences",
                &json!({"mail": "no address", "mail_for": [], "large_text": false})
            )
            .0,
        422
    );
    wants_mail(&client, "nobody@example.com", "zh");
    let preferences = until(
        "the refusal is noted",
        || client.get("/api/preferences").1,
        |preferences| !preferences["mail_note"].is_null(),
    );
    assert!(
        preferences["mail_note"]["zh"].as_str().unwrap().contains("地址退信"),
        "{preferences}"
    );
    assert!(house.log().contains("a letter came back for good"), "{}", house.log());
    // Signing is an action; who wants decisions only gets no mail about it.
    wants_mail(&other, "other@example.com", "zh");
    confirm(&other, &server.wait_for(1)[0]);
    let wish = json!({"mail": "other@example.com", "mail_for": ["decision"], "language": "zh", "large_text": false});
    assert_eq!(
        other.put("/api/preferences", &wish).1["mail_confirmed"],
        true,
        "the same address stays confirmed"
    );
    let (owner, party) = (citizen(1), citizen(2));
    let (_, case) = client.apply(&pair(&owner, &party, &name(1), 1));
    until(
        "the notice stands",
        || other.get("/api/notices").1["unread"].clone(),
        |unread| *unread == 1,
    );
    // A later letter passes through the same post: when it is there, an earlier one would be.
    let wish = json!({"mail": "another@example.com", "mail_for": [], "language": "en", "large_text": false});
    assert_eq!(other.put("/api/preferences", &wish).1["mail_confirmed"], false);
    let mails = server.wait_for(2);
    assert_eq!(mails[1]["headers"]["To"], "another@example.com");
    assert!(!mails.iter().any(|mail| plain(mail).contains(case["id"].as_str().unwrap())));
}
