//! The program under test on a store of its own: started, asked, killed, started again.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::{Folder, postgres};

use crate::form::Person;

/// How long a start may take in a debug build on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The program: named by QIANHAI_BIN, or the one that was built beside these tests.
pub fn program() -> PathBuf {
    if let Ok(named) = std::env::var("QIANHAI_BIN") {
        return named.into();
    }
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("qianhai");
    assert!(
        built.is_file(),
        "build the program first (cargo build -p server) or name it in QIANHAI_BIN; there is none at {}",
        built.display()
    );
    built
}

/// A store with the program on it.
pub struct House {
    pub store: String,
    pub port: u16,
    /// The operator's settings, given to `serve`.
    pub settings: Option<PathBuf>,
    /// Variables of `serve`.
    pub environment: Vec<(String, String)>,
    child: Option<Child>,
    folder: Folder,
}

/// Which store a test runs on.
#[derive(Clone, Copy, Debug)]
pub enum On {
    Folder,
    Postgres,
}

/// Both stores, for tests that must hold on each.
pub const BOTH: [On; 2] = [On::Folder, On::Postgres];

impl House {
    /// An empty store.
    pub fn empty(on: On) -> Self {
        let folder = Folder::new();
        let store = match on {
            On::Folder => folder.path().join("store").display().to_string(),
            On::Postgres => postgres().database(),
        };
        Self::over(store, folder)
    }

    /// A house over a store that exists elsewhere.
    pub fn over(store: String, folder: Folder) -> Self {
        Self {
            store,
            port: free_port(),
            settings: None,
            environment: vec![],
            child: None,
            folder,
        }
    }

    /// The shipped zone with small registers, not yet started.
    pub fn set_up(on: On) -> Self {
        let house = Self::empty(on);
        house.ok(&["init"]);
        house.load("enterprises", &crate::form::enterprises());
        house.load("addresses", &crate::form::addresses());
        house.load("identities", &crate::form::identities());
        house.load("dishonesty", &crate::form::dishonesty());
        house
    }

    /// As [`House::set_up`], and serving.
    pub fn serving(on: On) -> Self {
        let mut house = Self::set_up(on);
        house.start();
        house
    }

    /// A file of this test.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs a command on the store.
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_with(arguments, "")
    }

    /// Runs a command with something on its standard input.
    pub fn cli_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env("QIANHAI_STORE", &self.store)
            .env("QIANHAI_LOG", "error");
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments);
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout).to_string(),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{arguments:?} ended with {}:\n{out}\n{err}", output.status);
        out
    }

    /// Runs a command with --json that must succeed.
    #[track_caller]
    pub fn ok_json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        serde_json::from_str(&self.ok(&all)).unwrap()
    }

    /// Loads a register.
    #[track_caller]
    pub fn load(&self, kind: &str, csv: &str) {
        let path = self.file(&format!("{kind}.csv"), csv);
        self.ok(&["registers", "load", kind, path.to_str().unwrap()]);
    }

    /// Starts the server and waits until it answers.
    #[track_caller]
    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// As [`House::start`], with more on the command line.
    #[track_caller]
    pub fn start_with(&mut self, more: &[&str]) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("serve.log"))
            .unwrap();
        let mut command = Command::new(program());
        command.args(["serve", "--no-demo", "--listen", &format!("127.0.0.1:{}", self.port)]);
        if let Some(settings) = &self.settings {
            command.arg("--settings").arg(settings);
        }
        command.envs(self.environment.iter().cloned());
        command.args(more);
        command
            .env("QIANHAI_STORE", &self.store)
            .env("QIANHAI_LOG", "warn,audit=info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
        let begun = Instant::now();
        while self.guest().get("/healthz").0 != 200 {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", self.log());
            assert!(begun.elapsed() < START_MAX, "the server does not answer\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What the server has said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }

    /// SIGKILL, as when the power goes.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> bool {
        let Some(mut child) = self.child.take() else { return true };
        let asked = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        asked.success() && child.wait().unwrap().success()
    }

    /// Nobody in particular.
    pub fn guest(&self) -> Client {
        Client::new(self.port, None)
    }

    /// Opens an account for a person and gives a client with a token of it.
    #[track_caller]
    pub fn citizen(&self, person: &Person) -> Client {
        let account = person.account();
        let kind = person.kind;
        self.ok(&[
            "accounts",
            "add",
            &account,
            "--name",
            &person.name,
            "--paper",
            kind,
            "--id-number",
            &person.number,
        ]);
        self.token(&account)
    }

    /// Opens an account for an officer of an agency.
    #[track_caller]
    pub fn officer(&self, account: &str, agency: &str) -> Client {
        self.ok(&["accounts", "add", account, "--name", "审查员", "--agency", agency]);
        self.token(account)
    }

    /// A client with a fresh token of an account.
    #[track_caller]
    pub fn token(&self, account: &str) -> Client {
        self.token_for(account, "read,write")
    }

    /// A client with a fresh token of an account that may do so much.
    #[track_caller]
    pub fn token_for(&self, account: &str, scopes: &str) -> Client {
        let made = self.ok_json(&["accounts", "token", account, "--scopes", scopes]);
        Client::new(self.port, Some(made["token"].as_str().unwrap().to_string()))
    }

    /// Gives an account a password and a client that is logged in with it.
    #[track_caller]
    pub fn session(&self, account: &str) -> Client {
        let given = self.ok_json(&["accounts", "password", account]);
        let login = json!({"account": account, "password": given["password"]});
        let ((status, me), headers) = self.guest().send("/api/login", login.to_string().into_bytes());
        assert_eq!(status, 200, "{me}");
        let (_, cookie) = headers.iter().find(|(name, _)| name == "set-cookie").unwrap();
        let client = self.guest().with("Cookie", cookie.split(';').next().unwrap());
        client.with("X-CSRF-Token", me["csrf"].as_str().unwrap())
    }

    /// The journal holds, and every decision replays.
    #[track_caller]
    pub fn verify(&self) -> Value {
        self.ok_json(&["journal", "verify", "--replay"])
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.kill();
        // `make golden` takes its examples from what the tests have played.
        if let Some(folder) = std::env::var_os("QIANHAI_GOLDEN")
            && Path::new(&self.store).join("journal.db").is_file()
        {
            let harvest = self.cli(&["golden", Path::new(&folder).to_str().unwrap()]);
            assert!(harvest.status.success(), "{}", String::from_utf8_lossy(&harvest.stderr));
        }
    }
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Someone who asks the server.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    pub base: String,
    pub headers: Vec<(String, String)>,
}

/// Status and body; 0 if there was no answer.
pub type Answer = (u16, Value);

impl Client {
    fn new(port: u16, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(40)));
        let headers = token
            .map(|t| ("Authorization".to_string(), format!("Bearer {t}")))
            .into_iter()
            .collect();
        Self {
            agent: config.build().into(),
            base: format!("http://127.0.0.1:{port}"),
            headers,
        }
    }

    /// The same client with another header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.into(), value.into()));
        other
    }

    /// GET; who is too fast waits and asks again.
    pub fn get(&self, path: &str) -> Answer {
        self.patiently(|| self.get_once(path))
    }

    fn patiently(&self, ask: impl Fn() -> Answer) -> Answer {
        loop {
            let answer = ask();
            if answer.0 != 429 {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// GET, whatever comes.
    pub fn get_once(&self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        read(request.call()).0
    }

    /// POST of JSON; who is too fast waits and asks again.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.patiently(|| self.send(path, body.to_string().into_bytes()).0)
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.patiently(|| {
            self.send_by(self.agent.put(format!("{}{path}", self.base)), body.to_string().into_bytes())
                .0
        })
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Answer {
        self.patiently(|| {
            let mut request = self.agent.delete(format!("{}{path}", self.base));
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            read(request.call()).0
        })
    }

    /// POST of any bytes, with the answer's headers.
    pub fn send(&self, path: &str, body: Vec<u8>) -> (Answer, Vec<(String, String)>) {
        self.send_by(self.agent.post(format!("{}{path}", self.base)), body)
    }

    fn send_by(&self, request: ureq::RequestBuilder<ureq::typestate::WithBody>, body: Vec<u8>) -> (Answer, Vec<(String, String)>) {
        let mut request = request.header("Content-Type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        read(request.send(body))
    }

    /// Hands in an application.
    pub fn apply(&self, application: &Value) -> Answer {
        self.post("/api/services/instant-registration/cases", application)
    }

    /// Acts on a case.
    pub fn act(&self, case: &Value, action: &str, input: Value) -> Answer {
        self.post(&format!("/api/cases/{}/{action}", case["id"].as_str().unwrap()), &input)
    }

    /// Looks at a case until it has a status, at most so many seconds.
    #[track_caller]
    pub fn wait_for(&self, case: &Value, status: &str, seconds: u64) -> Value {
        let path = format!("/api/cases/{}", case["id"].as_str().unwrap());
        let until = Instant::now() + Duration::from_secs(seconds);
        loop {
            let (code, seen) = self.get(&path);
            if code == 200 && seen["status"] == status {
                return seen;
            }
            assert!(
                Instant::now() < until,
                "the case is {}, not {status}: {code} {seen}",
                seen["status"]
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn read(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (Answer, Vec<(String, String)>) {
    match result {
        Ok(mut response) => {
            let headers = response.headers().iter();
            let headers = headers
                .map(|(k, v)| (k.to_string(), v.to_str().unwrap_or_default().to_string()))
                .collect();
            let status = response.status().as_u16();
            // An answer that breaks off is no answer.
            match response.body_mut().with_config().limit(64 << 20).read_to_string() {
                Ok(text) => ((status, serde_json::from_str(&text).unwrap_or(Value::String(text))), headers),
                Err(_) => ((0, Value::Null), vec![]),
            }
        }
        Err(error) => ((0, json!(error.to_string())), vec![]),
    }
}

/// Rules of a case that did not pass, with their outcome.
pub fn faults(case: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    let findings = case["findings"].as_array().into_iter().flatten();
    findings
        .filter(|f| f["outcome"] != "pass")
        .map(|f| (text(&f["rule"]), text(&f["outcome"])))
        .collect()
}

/// Waits until something is so, at most so many seconds.
#[track_caller]
pub fn until(seconds: u64, what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !so() {
        assert!(Instant::now() < end, "{what}: not within {seconds} seconds");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Seconds since 1970.
pub fn seconds_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}
