//! A real OpenID Connect provider as a process of its own, and a browser that walks through its forms.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::house::{House, On, free_port, root};

pub const SECRET: &str = "a secret of the tests, longer than thirty-two characters";

/// Installs the packages of a folder once, whoever comes first, and keeps others out of it until the file is dropped.
pub fn installed(folder: &str) -> (PathBuf, File) {
    let door = File::create(std::env::temp_dir().join(format!("qianhai-{}.lock", folder.replace('/', "-")))).unwrap();
    door.lock().unwrap();
    let folder = root().join(folder);
    // npm writes this file last.
    if !folder.join("node_modules/.package-lock.json").is_file() {
        run("npm", &["ci", "--no-audit", "--no-fund"], &folder);
    }
    (folder, door)
}

/// Runs a program that must succeed.
#[track_caller]
pub fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&said)
    );
}

/// The provider.
pub struct Peer {
    port: u16,
    redirect: String,
    /// Key and certificate, if it is reached through HTTPS.
    papers: Vec<String>,
    child: Option<Child>,
}

impl Peer {
    pub fn start(house: &House, papers: Vec<String>) -> Self {
        let mut peer = Self {
            papers,
            port: free_port(),
            redirect: format!("http://127.0.0.1:{}/api/login/oidc/callback", house.port),
            child: None,
        };
        peer.start_again();
        peer
    }

    pub fn start_again(&mut self) {
        let mut child = Command::new("node")
            .args(["provider.mjs", &self.port.to_string(), &self.redirect, SECRET])
            .args(&self.papers)
            .current_dir(installed("tests/peers/oidc").0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.child = Some(child);
        assert!(line.contains(&self.issuer()), "the provider does not say where it is: {line}");
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn issuer(&self) -> String {
        match self.papers.is_empty() {
            true => format!("http://127.0.0.1:{}", self.port),
            false => format!("https://localhost:{}", self.port),
        }
    }

    /// Changes people, keys or times of the provider.
    pub fn control(&self, wish: &Value) {
        let url = format!("{}/control", self.issuer());
        ureq::post(url).send(wish.to_string()).unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A house that trusts a provider of its own.
pub fn house_and_peer() -> (House, Peer) {
    let mut house = House::set_up(On::Folder);
    let peer = Peer::start(&house, vec![]);
    trust(&mut house, &peer);
    house.start();
    (house, peer)
}

/// Names a provider in a house's settings; it must not serve yet.
pub fn trust(house: &mut House, peer: &Peer) {
    let secret = house.file("oidc-secret", SECRET);
    let settings = format!(
        r#"
        [oidc]
        issuer = "{}"
        client-id = "qianhai"
        secret-file = "{}"
        name = {{ zh = "统一身份认证", en = "Unified identity" }}
        redirect = "http://127.0.0.1:{}"
        scopes = ["profile"]
        claims = {{ paper-number = "paper_number", paper-kind = "paper_kind" }}
        [[oidc.roles]]
        claim = "offices"
        value = "registrar"
        agency = "market-regulation"
        "#,
        peer.issuer(),
        secret.display(),
        house.port
    );
    let file = house.file("settings.toml", &settings);
    house.settings = Some(file);
}

/// An answer as a browser sees it.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: String,
    pub text: String,
}

impl Page {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// A browser with cookies, which follows only where it is told to.
pub struct Browser {
    agent: ureq::Agent,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// What it says that it wants to see.
    pub accept: &'static str,
}

impl Browser {
    pub fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false);
        Self {
            agent: config.build().into(),
            cookies: BTreeMap::new(),
            accept: "application/json",
        }
    }

    pub fn get(&mut self, url: &str) -> Page {
        let request = self
            .agent
            .get(url)
            .header("Cookie", self.cookies_of(url))
            .header("Accept", self.accept);
        let answer = request.call().unwrap();
        self.page(url, answer)
    }

    fn submit(&mut self, url: &str, form: &str) -> Page {
        let request = self
            .agent
            .post(url)
            .header("Cookie", self.cookies_of(url))
            .header("Content-Type", "application/x-www-form-urlencoded");
        let answer = request.send(form).unwrap();
        self.page(url, answer)
    }

    fn page(&mut self, url: &str, mut answer: ureq::http::Response<ureq::Body>) -> Page {
        let jar = self.cookies.entry(site(url)).or_default();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            jar.insert(name.into(), value.into());
        }
        let location = answer.headers().get("location").map(|l| l.to_str().unwrap().to_string());
        let location = match location {
            Some(path) if path.starts_with('/') => format!("{}{path}", site(url)),
            Some(elsewhere) => elsewhere,
            None => String::new(),
        };
        Page {
            status: answer.status().as_u16(),
            location,
            text: answer.body_mut().read_to_string().unwrap(),
        }
    }

    fn cookies_of(&self, url: &str) -> String {
        let jar = self.cookies.get(&site(url)).into_iter().flatten();
        jar.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Begins to log in: where the house sends the browser.
    pub fn begin(&mut self, house: &House, next: &str) -> String {
        let page = self.get(&format!("http://127.0.0.1:{}/api/login/oidc?next={next}", house.port));
        assert_eq!(page.status, 303, "{page:?}");
        page.location
    }

    /// Walks through the provider's forms as this person, until it sends the browser back: where to.
    pub fn walk(&mut self, address: &str, person: &str) -> String {
        let mut page = self.get(address);
        for _ in 0..12 {
            if page.location.contains("/api/login/oidc/callback") {
                return page.location;
            }
            page = if page.location.is_empty() {
                let action = between(&page.text, "action=\"", "\"").unwrap_or_else(|| panic!("no form: {page:?}"));
                let prompt = between(&page.text, "name=\"prompt\" value=\"", "\"").unwrap();
                let url = if action.starts_with('/') {
                    format!("{}{action}", site(address))
                } else {
                    action
                };
                self.submit(&url, &format!("prompt={prompt}&login={person}&password=any"))
            } else {
                let to = page.location.clone();
                self.get(&to)
            };
        }
        panic!("the provider leads in circles: {page:?}");
    }

    /// Logs in from beginning to end: the house's answer when the browser is back.
    pub fn log_in(&mut self, house: &House, person: &str) -> Page {
        let address = self.begin(house, "");
        let back = self.walk(&address, person);
        self.get(&back)
    }

    /// Who the house thinks this is.
    pub fn me(&mut self, house: &House) -> Value {
        self.get(&format!("http://127.0.0.1:{}/api/me", house.port)).json()
    }
}

fn site(url: &str) -> String {
    url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0.to_string())
}
