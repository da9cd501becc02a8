//! What an operator does with a store: a backup while the zone works, a restore, the way to PostgreSQL and back, the service's files.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use serde_json::{Value, json};
use test_support::{Folder, postgres};

use crate::form::{citizen, name, pair, solo};
use crate::house::{Answer, BOTH, Client, House, On, faults, program, root};

/// The address of an empty store, below the folder where it is one.
fn empty(on: On, folder: &Folder, word: &str) -> String {
    match on {
        On::Folder => folder.path().join(word).display().to_string(),
        On::Postgres => postgres().database(),
    }
}

/// A command that must fail, and what it says.
#[track_caller]
fn refused(house: &House, arguments: &[&str]) -> String {
    let output = house.cli(arguments);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path_of(case: &Value) -> String {
    format!("/api/cases/{}", case["id"].as_str().unwrap())
}

/// What a case is to its owner: its page and its events.
fn seen(client: &Client, case: &Value) -> [Answer; 2] {
    [client.get(&path_of(case)), client.get(&format!("{}/events", path_of(case)))]
}

#[test]
fn a_zone_moves_to_postgresql_and_back_and_loses_nothing() {
    let mut house = House::serving(On::Folder);
    let (a, b, c) = (citizen(1), citizen(2), citizen(3));
    let [first, second, third] = [&a, &b, &c].map(|person| house.citizen(person));
    let form = solo(&a, &name(1), 1);
    let (status, issued) = first.with("Idempotency-Key", "one").apply(&form);
    assert_eq!(status, 201, "{issued}");
    first.wait_for(&issued, "archived", 20);
    let (_, waiting) = second.apply(&pair(&b, &c, &name(2), 2));
    assert_eq!(waiting["status"], "awaiting-signatures", "{waiting}");
    // A case that a silent library holds up: what is to follow is not done yet.
    assert!(house.stop());
    house.ok(&["registers", "close", "dishonesty"]);
    house.start();
    let (_, pending) = third.apply(&solo(&c, &name(3), 3));
    assert_eq!(pending["status"], "pending", "{pending}");

    let destination = postgres().database();
    let words = refused(&house, &["journal", "move", "--to", &destination]);
    assert!(words.contains("请先停止服务") && words.contains("stop it first"), "{words}");
    // As the store tells them; what is still in memory knows instants more finely.
    assert!(house.stop());
    house.start();
    let before = [seen(&first, &issued), seen(&second, &waiting)];
    assert!(house.stop());
    let verified = house.verify();
    let moved = house.ok_json(&["journal", "move", "--to", &destination]);
    assert_eq!(moved["head"], verified["head"]);
    let words = refused(&house, &["journal", "verify"]);
    assert!(words.contains(&destination), "the old store says where its data went: {words}");

    house.store = destination;
    house.start();
    let after = [seen(&first, &issued), seen(&second, &waiting)];
    assert_eq!(after, before, "the same cases, with the same logins");
    assert_eq!(third.get(&path_of(&pending)).1["status"], "pending");
    assert_eq!(
        first.with("Idempotency-Key", "one").apply(&form),
        (201, issued.clone()),
        "the same answer to the same key"
    );
    let (_, thief) = third.apply(&solo(&c, &name(2), 4));
    assert!(
        faults(&thief).iter().any(|fault| fault.0.contains("identical")),
        "the name is still held: {thief}"
    );
    // What was to follow follows, once.
    house.ok(&["registers", "open", "dishonesty"]);
    third.wait_for(&pending, "archived", 60);
    let (_, signed) = third.act(&waiting, "sign", json!({}));
    assert_eq!(signed["status"], "issued", "{signed}");
    second.wait_for(&waiting, "archived", 20);
    assert!(house.stop());
    once(&house);

    // The way back, into another folder.
    let back = Folder::new();
    let folder = empty(On::Folder, &back, "store");
    let verified = house.verify();
    assert_eq!(house.ok_json(&["journal", "move", "--to", &folder])["head"], verified["head"]);
    house.store = folder;
    house.start();
    assert_eq!(first.with("Idempotency-Key", "one").apply(&form), (201, issued.clone()));
    assert_eq!(second.get(&path_of(&waiting)).1["status"], "archived");
    let (status, another) = first.apply(&solo(&a, &name(5), 5));
    assert_eq!(status, 201, "{another}");
    first.wait_for(&another, "archived", 20);
    assert!(house.stop());
    house.verify();
    once(&house);
}

/// One notice for each effect that tells somebody, nothing due, nothing given up.
fn once(house: &House) {
    let effects = house.ok_json(&["journal", "effects"]);
    assert_eq!((&effects["due"], &effects["failed"]), (&json!(0), &json!(0)), "{effects}");
    assert_eq!(effects["notices"], effects["notify_done"], "{effects}");
}

#[test]
fn a_backup_while_the_zone_works_restores_to_a_house_that_verifies() {
    for on in BOTH {
        let mut house = House::serving(on);
        let folder = Folder::new();
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU32::new(0));
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let person = citizen(writer + 1);
                let (client, stop, acknowledged) = (house.citizen(&person), stop.clone(), acknowledged.clone());
                std::thread::spawn(move || {
                    let mut cases = vec![];
                    for n in 0..400 {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        let number = writer * 400 + n + 1;
                        let (status, case) = client.apply(&solo(&person, &name(number), number));
                        assert_eq!(status, 201, "a backup holds nobody up: {case}");
                        cases.push(case["id"].as_str().unwrap().to_string());
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                    cases
                })
            })
            .collect();
        let mut last = 0;
        for round in 1..=2 {
            while acknowledged.load(Ordering::SeqCst) < round * 8 {
                std::thread::yield_now();
            }
            let file = folder.path().join(format!("backup-{round}"));
            let said = house.ok_json(&["journal", "backup", file.to_str().unwrap()]);
            let position = said["position"].as_u64().unwrap();
            assert!(position > last, "{said}");
            last = position;
        }
        stop.store(true, Ordering::SeqCst);
        let cases: Vec<String> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        assert!(house.stop());
        let whole = house.verify();
        assert!(whole["events"].as_u64().unwrap() >= last);
        for into in BOTH {
            let mut copy = House::over(empty(into, &folder, &format!("{on:?}")), Folder::new());
            let file = folder.path().join("backup-2");
            let restored = copy.ok_json(&["journal", "restore", file.to_str().unwrap()]);
            let verified = copy.verify();
            assert_eq!(
                (&verified["head"], &verified["events"]),
                (&restored["head"], &restored["position"]),
                "on {on:?} into {into:?}"
            );
            assert!(verified["decisions"].as_u64().unwrap() >= 16);
            // It serves, and carries on with what was not done yet.
            copy.start();
            let officer = copy.officer("officer.copy", "market-regulation");
            let found = cases.iter().filter(|id| officer.get(&format!("/api/cases/{id}")).0 == 200);
            let found: Vec<_> = found.map(|id| json!({"id": id})).collect();
            assert!(
                found.len() >= 16,
                "what was acknowledged before the backup is in it: {}",
                found.len()
            );
            for case in &found {
                officer.wait_for(case, "archived", 60);
            }
            assert!(copy.stop());
            copy.verify();
            once(&copy);
            let words = refused(&copy, &["journal", "restore", file.to_str().unwrap()]);
            assert!(words.contains("目标不是空的") && words.contains("not empty"), "{words}");
        }
    }
}

/// A limit of the shell on the size of files stands for the full disk: what a program may write ends in the middle of the backup.
#[test]
fn a_backup_onto_a_full_disk_says_so_and_leaves_nothing() {
    let house = House::set_up(On::Folder);
    let folder = Folder::new();
    let file = folder.path().join("backup");
    let script = format!(
        "trap '' XFSZ; ulimit -f 40; exec '{}' journal backup '{}'",
        program().display(),
        file.display()
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("QIANHAI_STORE", &house.store)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("空间不足") && words.contains("there is no room"), "{words}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    // With room it works, and a second one of the same name has to be meant.
    house.ok(&["journal", "backup", file.to_str().unwrap()]);
    let words = refused(&house, &["journal", "backup", file.to_str().unwrap()]);
    assert!(words.contains("文件已存在") && words.contains("--force"), "{words}");
    house.ok(&["journal", "backup", "--force", file.to_str().unwrap()]);
    // A byte of it is another.
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let copy = House::over(folder.path().join("copy").display().to_string(), Folder::new());
    let words = refused(&copy, &["journal", "restore", file.to_str().unwrap()]);
    assert!(words.contains("已损坏") && words.contains("damaged"), "{words}");
    assert!(!Path::new(&copy.store).exists());
}

#[test]
fn health_is_what_the_server_says() {
    let mut house = House::set_up(On::Folder);
    let address = format!("127.0.0.1:{}", house.port);
    let words = refused(&house, &["health", "--listen", &address]);
    assert!(words.contains("不正常"), "{words}");
    house.start();
    assert!(house.ok(&["health", "--listen", &address]).contains("healthy"));
    house.stop();
    refused(&house, &["health", "--listen", &address]);
}

/// Installed by scripts/tools.sh; the unit names the program where a package would put it, so it is checked with the built one.
#[test]
fn systemd_accepts_the_unit() {
    let unit = std::fs::read_to_string(root().join("dist/qianhai.service")).unwrap();
    let folder = Folder::new();
    let here = folder.path().join("qianhai.service");
    let program = program().canonicalize().unwrap();
    std::fs::write(&here, unit.replace("/usr/bin/qianhai", program.to_str().unwrap())).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&here)
        .output()
        .expect("systemd-analyze is needed: scripts/tools.sh installs it");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("qianhai.service"), "{said}");
}

/// No container engine is at hand in the tests: each file that it copies must exist, and each command must be one that is run elsewhere.
#[test]
fn the_container_file_names_what_exists() {
    let text = std::fs::read_to_string(root().join("dist/Containerfile")).unwrap();
    let lines = text.replace("\\\n", " ");
    let mut copied = 0;
    for line in lines.lines().filter(|line| line.starts_with("COPY ") && !line.contains("--from=")) {
        let words: Vec<&str> = line.split_whitespace().skip(1).filter(|word| !word.starts_with("--")).collect();
        for path in &words[..words.len() - 1] {
            assert!(root().join(path).exists(), "{path}: {line}");
            copied += 1;
        }
    }
    assert!(copied > 0);
    let made: Vec<&str> = lines
        .lines()
        .filter(|line| line.starts_with("COPY --from="))
        .map(|line| line.split_whitespace().nth(2).unwrap())
        .collect();
    assert!(made.iter().any(|path| path.ends_with("target/release/qianhai")) && made.iter().any(|path| path.ends_with("web/dist")));
    assert!(lines.lines().any(|line| line.starts_with("USER ") && !line.contains("root")));
    // The health check is a verb of the program.
    let check = lines.lines().find(|line| line.starts_with("HEALTHCHECK")).unwrap();
    assert!(check.contains(r#"["/usr/bin/qianhai", "health""#), "{check}");
    assert!(
        Command::new(program())
            .args(["health", "--help"])
            .output()
            .unwrap()
            .status
            .success()
    );
}
