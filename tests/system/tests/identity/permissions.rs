//! The table of permissions holds: every action, query and question of every service, for every kind of visitor. It stands on each
//! service's own story or on one that leads to a case of it, so a new service is covered by telling one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use test_support::Folder;

use crate::house::{Client, House, root};

/// One line of `docs/generated/permissions.md`.
struct Row {
    service: String,
    what: String,
    name: String,
    who: String,
}

impl Row {
    /// The action opens a case, so that there is none to ask it of.
    fn opens(&self) -> bool {
        self.what == "action" && matches!(self.who.as_str(), "applicant" | "clerk" | "case")
    }
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/generated/permissions.md")).unwrap();
    let rows = text.lines().filter(|l| l.starts_with("| ")).skip(1);
    let row = |line: &str| {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|c| c.trim().to_string()).collect();
        let [service, what, name, who] = cells.try_into().unwrap();
        Row { service, what, name, who }
    };
    rows.map(row).collect()
}

/// How a visitor stands to the case of a story.
#[derive(Clone, Copy, PartialEq, Default)]
struct Standing {
    login: bool,
    citizen: bool,
    owner: bool,
    party: bool,
    officer: bool,
}

impl Standing {
    fn sees(self) -> bool {
        self.owner || self.party || self.officer
    }

    /// What a visitor gets who is not let through: 401, 403 or 404; none who is.
    fn refusal(self, row: &Row) -> Option<u16> {
        let on_a_case = |may: bool| match (may, self.login, self.sees()) {
            (true, ..) => None,
            (false, false, _) => Some(401),
            (false, true, true) => Some(403),
            (false, true, false) => Some(404),
        };
        let open = |may: bool| match (may, self.login) {
            (true, _) => None,
            (false, login) => Some(if login { 403 } else { 401 }),
        };
        match (row.what.as_str(), row.who.as_str()) {
            (_, "anyone") => None,
            ("question", "applicant") => (!self.login).then_some(401),
            ("action", "applicant") => open(self.citizen),
            ("action", "clerk") => open(self.officer),
            ("action", "case") => open(false),
            (_, "owner") => on_a_case(self.owner),
            (_, "party") => on_a_case(self.party),
            (_, "officer") => on_a_case(self.officer),
            (_, "system") => on_a_case(false),
            (what, who) => panic!("this test does not know what {who} may do with a {what}"),
        }
    }
}

struct Visitor {
    name: String,
    client: Client,
    role: Role,
}

#[derive(PartialEq)]
enum Role {
    Nobody,
    Citizen { name: String },
    Officer { agency: Value },
}

/// A house in which a story was played, and everyone who could come to the door.
struct Stage {
    house: House,
    /// Account of the citizen with whom the story begins.
    owner: String,
    visitors: Vec<Visitor>,
}

/// A case of a service on a stage, with how everyone stands to it.
struct Scene<'a> {
    stage: &'a Stage,
    case: String,
    standings: Vec<Standing>,
}

/// Every story that is told.
fn stories() -> Vec<Value> {
    fn find(folder: &Path, found: &mut Vec<Value>) {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                find(&path, found);
            } else if path.ends_with("story.json") {
                found.push(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
            }
        }
    }
    let mut found = vec![];
    find(&root().join("services"), &mut found);
    found
}

impl Stage {
    fn of(told: &Value, rows: &[Row]) -> Self {
        let slug = told["service"].as_str().unwrap();
        let folder = Folder::new();
        let store = folder.path().join("store").display().to_string();
        let mut house = House::over(store.clone(), folder);
        house.ok(&["story", slug, "--keep", &store]);
        house.start();
        let opens = |name: &str| {
            rows.iter()
                .any(|r| r.service == slug && r.what == "action" && r.who == "applicant" && r.name == name)
        };
        let steps = told["steps"].as_array().unwrap();
        let opening = steps.iter().find(|s| s["do"].as_str().is_some_and(opens) && s["refused"].is_null());
        let owner = opening.and_then(|s| s["as"].as_str()).unwrap_or_default().to_string();
        let guest = house.guest();
        let mut stage = Self {
            house,
            owner,
            visitors: vec![],
        };
        stage.invite("nobody", guest, Role::Nobody);
        stage.invite_citizens(told);
        stage.invite_officers();
        stage
    }

    fn invite(&mut self, name: &str, client: Client, role: Role) {
        self.visitors.push(Visitor {
            name: name.into(),
            client,
            role,
        });
    }

    fn invite_citizens(&mut self, told: &Value) {
        let text = |v: &Value| v.as_str().unwrap().to_string();
        for (account, person) in told["cast"].as_object().unwrap() {
            if !person["paper"].is_object() {
                continue;
            }
            let (name, kind, number) = (
                text(&person["name"]),
                text(&person["paper"]["kind"]),
                text(&person["paper"]["number"]),
            );
            let named = ["--name", &name, "--paper", &kind, "--id-number", &number];
            self.house.ok(&[&["accounts", "add", account][..], &named].concat());
            let client = self.house.token(account);
            self.invite(account, client, Role::Citizen { name });
        }
        let stranger = crate::form::citizen(900);
        let client = self.house.citizen(&stranger);
        self.invite("another citizen", client, Role::Citizen { name: stranger.name });
    }

    fn invite_officers(&mut self) {
        let (_, zone) = self.house.guest().get("/api/zone");
        for (n, (agency, name)) in zone["agencies"].as_object().unwrap().iter().enumerate() {
            let client = self.house.officer(&format!("officer-{n}"), agency);
            self.invite(&format!("officer of {agency}"), client, Role::Officer { agency: name.clone() });
        }
    }

    /// A case of this service, if the story led to one.
    fn scene(&self, slug: &str, rows: &[Row]) -> Option<Scene<'_>> {
        let (_, service) = self.house.guest().get(&format!("/api/services/{slug}"));
        let handles = |v: &&Visitor| matches!(&v.role, Role::Officer { agency } if *agency == service["agency"]);
        let officer = self
            .visitors
            .iter()
            .find(handles)
            .unwrap_or_else(|| panic!("{slug} is handled by nobody"));
        let (status, list) = officer.client.get(&format!("/api/services/{slug}/cases"));
        assert_eq!(status, 200, "{list}");
        let case = list["cases"][0]["id"].as_str()?.to_string();
        let (_, view) = officer.client.get(&format!("/api/cases/{case}"));
        // What an agency keeps for itself is no citizen's.
        let of_citizens = rows
            .iter()
            .any(|r| r.service == slug && matches!(r.who.as_str(), "applicant" | "case"));
        let standing = |visitor: &Visitor| match &visitor.role {
            Role::Nobody => Standing::default(),
            Role::Citizen { name } => Standing {
                login: true,
                citizen: true,
                owner: of_citizens && visitor.name == self.owner,
                party: view["parties"].as_array().into_iter().flatten().any(|p| p["name"] == **name),
                officer: false,
            },
            Role::Officer { agency } => Standing {
                login: true,
                officer: *agency == service["agency"],
                ..Standing::default()
            },
        };
        let standings = self.visitors.iter().map(standing).collect();
        Some(Scene {
            stage: self,
            case,
            standings,
        })
    }
}

impl Scene<'_> {
    fn path(&self, row: &Row) -> String {
        match (row.what.as_str(), row.opens()) {
            ("question", _) => format!("/api/services/{}/ask/{}", row.service, row.name),
            (_, true) => format!("/api/services/{}/cases?action={}", row.service, row.name),
            _ => format!("/api/cases/{}/{}", self.case, row.name),
        }
    }

    fn visitors(&self) -> impl Iterator<Item = (&Visitor, Standing)> {
        self.stage.visitors.iter().zip(self.standings.iter().copied())
    }

    /// Asks for it with inputs that can't be meant: who may is told what is wrong with them, who may not is told only that.
    fn check(&self, row: &Row, visitor: &Visitor, standing: Standing) {
        let path = self.path(row);
        let told = format!(
            "{} asks for the {} {} of {} ({})",
            visitor.name, row.what, row.name, row.service, row.who
        );
        let expected = standing.refusal(row);
        if row.what == "query" {
            let (status, answer) = visitor.client.get(&path);
            // A case may not have yet what is asked for, which reads like a case that is not there.
            let fits = expected.map_or(status == 200 || status == 404, |refusal| status == refusal);
            assert!(fits, "{told}: {status}, not {expected:?}: {answer}");
            return;
        }
        for body in [&b"{\"no-such-field\": 1}"[..], b"{", b""] {
            if body.is_empty() && expected.is_none() {
                // An empty input may be a good one, and would change the case for those who come after.
                continue;
            }
            let status = loop {
                let ((status, _), _) = visitor.client.send(&path, body.to_vec());
                if status != 429 {
                    break status;
                }
                std::thread::sleep(std::time::Duration::from_millis(200));
            };
            assert_eq!(status, expected.unwrap_or(422), "{told} with {:?}", String::from_utf8_lossy(body));
        }
    }
}

#[test]
fn the_table_of_permissions_holds_for_every_service_and_visitor() {
    let rows = table();
    let mut unseen: BTreeSet<&str> = rows.iter().map(|r| r.service.as_str()).collect();
    assert!(!unseen.is_empty(), "the table is empty");
    for told in stories() {
        let stage = Stage::of(&told, &rows);
        for slug in unseen.clone() {
            let Some(scene) = stage.scene(slug, &rows) else { continue };
            unseen.remove(slug);
            for row in rows.iter().filter(|r| r.service == slug) {
                for (visitor, standing) in scene.visitors() {
                    scene.check(row, visitor, standing);
                }
            }
        }
    }
    assert!(unseen.is_empty(), "no story leads to a case of {unseen:?}");
}

#[test]
fn a_token_of_who_may_is_stopped_by_its_scopes() {
    let rows = table();
    let told = stories().into_iter().next().unwrap();
    let slug = told["service"].as_str().unwrap();
    let stage = Stage::of(&told, &rows);
    let scene = stage.scene(slug, &rows).unwrap();
    // One token for each account and scopes: an account has no room for one per question.
    let mut made: BTreeMap<(String, String), Client> = BTreeMap::new();
    let mut scoped = |visitor: &Visitor, scopes: &str| -> Client {
        let key = (account_of(visitor), scopes.to_string());
        let make = || stage.house.token_for(&key.0, scopes);
        made.entry(key.clone()).or_insert_with(make).clone()
    };
    for row in rows.iter().filter(|r| r.service == slug) {
        let Some((visitor, _)) = scene.visitors().find(|(_, s)| s.login && s.refusal(row).is_none()) else {
            continue;
        };
        let path = scene.path(row);
        let reads = row.what != "action";
        let ask = |client: &Client| match row.what.as_str() {
            "query" => client.get(&path),
            _ => client.post(&path, &json!({"no-such-field": 1})),
        };
        for (scopes, stopped) in [("read", !reads), ("write", reads), ("read,write,service:another", true)] {
            let (status, answer) = ask(&scoped(visitor, scopes));
            let out = answer["error"]["code"] == "out-of-scope" && status == 403;
            assert_eq!(
                out, stopped,
                "{} with {scopes} asks for {}: {status} {answer}",
                visitor.name, row.name
            );
        }
        let own = format!("read,write,service:{slug}");
        assert_ne!(
            ask(&scoped(visitor, &own)).0,
            403,
            "{} with {own} asks for {}",
            visitor.name,
            row.name
        );
    }
}

fn account_of(visitor: &Visitor) -> String {
    let (status, me) = visitor.client.get("/api/me");
    assert_eq!(status, 200, "{me}");
    me["account"]["id"].as_str().unwrap().to_string()
}
