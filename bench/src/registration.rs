//! `qianhai bench registration`: whole applications through HTTP, each decided by every rule and durable before its answer.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::{Folder, PrivatePostgres};

use crate::http::Connection;
use crate::peer::Peer;
use crate::report::{Report, at, median, whole};
use crate::{Pace, Unmeasured};

const CLIENTS: usize = 64;
/// Enough that no account comes near its own limit of requests.
const ACCOUNTS: u32 = 40;
/// A unit of the invented city that seats any number of firms.
const UNIT: &str = "4403030010010000001007002";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// The server on a fresh folder with the invented city, and pgbench beside it.
pub async fn measure(pace: Pace) -> Result<Report, Unmeasured> {
    let folder = Folder::new();
    let store = folder.path().join("store").display().to_string();
    eprintln!("a city of 20,000 firms and {ACCOUNTS} accounts…");
    let founders = Arc::new(set_up(&store, folder.path())?);
    let port = free_port()?;
    let server = start(&store, port)?;
    let postgres = PrivatePostgres::begin();
    let peer = Peer::new(&postgres)?;
    let counter = Arc::new(AtomicU64::new(0));
    wait_until_it_answers(port, &founders, &counter).await?;
    round(port, &founders, &counter, 2).await?;
    let (mut rates, mut p50s, mut p99s, mut peers, mut approved, mut all) = (vec![], vec![], vec![], vec![], 0, 0);
    let (cpu, begun) = (cpu_seconds(server.0.id()), Instant::now());
    for n in 0..pace.rounds {
        eprintln!("round {} of {}…", n + 1, pace.rounds);
        let done = round(port, &founders, &counter, pace.seconds).await?;
        rates.push(done.times.len() as f64 / done.took);
        p50s.push(at(&done.times, 0.5));
        p99s.push(at(&done.times, 0.99));
        approved += done.approved;
        all += done.times.len();
    }
    let busy = (cpu_seconds(server.0.id()) - cpu) / begun.elapsed().as_secs_f64();
    for _ in 0..pace.rounds {
        peers.push(peer.run(CLIENTS, pace.seconds)?);
    }
    let story = format!(
        "{CLIENTS} clients on kept connections, the load generator on the same cores; each request is a whole application of one founder: validated, signed, compared with four registers \
         and 20,000 names by every rule, approved, a unified code issued, six events appended with their record, holds and effects, durable before the answer. Behind them the outbox archives each \
         case and writes its notice in the same time. {} rounds of {} s, medians. pgbench's rate of one-row transactions at as many clients is the measure of the disk.",
        pace.rounds, pace.seconds
    );
    let row = vec![
        whole(median(rates)),
        format!("{:.1}", median(p50s)),
        format!("{:.1}", median(p99s)),
        format!("{:.2} %", approved as f64 * 100.0 / all as f64),
        format!("{busy:.2}"),
        whole(median(peers)),
    ];
    let head = vec!["applications/s", "p50 ms", "p99 ms", "approved", "server's cores", "pgbench/s"];
    Ok(Report {
        name: "registration",
        story,
        head,
        rows: vec![row],
    })
}

struct Founder {
    token: String,
    form: Value,
}

fn set_up(store: &str, folder: &Path) -> Result<Vec<Founder>, Unmeasured> {
    let program = std::env::current_exe().map_err(|e| Unmeasured::during("this program", e))?;
    let run = |arguments: &[&str]| {
        let output = Command::new(&program).args(["--json", "--store", store]).args(arguments).output();
        let output = output.map_err(|e| Unmeasured::during("this program", e))?;
        if !output.status.success() {
            return Err(Unmeasured(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr))));
        }
        serde_json::from_slice::<Value>(&output.stdout).map_err(|e| Unmeasured::during("its answer", e))
    };
    run(&["init", "--demo"])?;
    let people: Vec<(String, String)> = (1..=ACCOUNTS).map(|n| (format!("founder-{n}"), citizen(n))).collect();
    let today = Command::new("date")
        .arg("+%F")
        .output()
        .map_err(|e| Unmeasured::during("date", e))?;
    let today = String::from_utf8_lossy(&today.stdout).trim().to_string();
    let rows: Vec<String> = people.iter().map(|(_, number)| format!("{number},测试,{today},true")).collect();
    let file = folder.join("identities.csv");
    std::fs::write(&file, format!("paper_number,name,verified_on,capacity\n{}\n", rows.join("\n")))
        .map_err(|e| Unmeasured::during("a file", e))?;
    run(&["registers", "load", "identities", &file.display().to_string()])?;
    let year: i32 = today[..4].parse().map_err(|e| Unmeasured::during("the year", e))?;
    let pay_by = format!("{}-06-30", year + 2);
    let founder = |(account, number): (String, String)| {
        run(&["accounts", "add", &account, "--name", "测试", "--id-number", &number])?;
        let token = run(&["accounts", "token", &account])?["token"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        let paper = json!({"kind": "citizen-id", "number": number});
        let form = json!({
            "kind": "limited-company", "name": "", "industry": "I6513", "scope": ["I6513"], "address": UNIT,
            "capital_fen": 100_000_000, "pay_by": pay_by,
            "holders": [{"name": "测试", "paper": paper, "amount_fen": 100_000_000, "percent": "100", "method": "currency"}],
            "officers": [
                {"name": "测试", "paper": paper, "role": "legal-representative"},
                {"name": "测试", "paper": paper, "role": "director"},
            ],
            "articles": "single-director", "accept_similar": true, "sign": true,
        });
        Ok(Founder { token, form })
    };
    people.into_iter().map(founder).collect()
}

/// A number that checks and is nobody's: its division does not exist.
fn citizen(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("44039919900101{n:03}");
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(d, w)| u32::from(d - b'0') * w).sum();
    format!("{digits}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

fn start(store: &str, port: u16) -> Result<Server, Unmeasured> {
    let program = std::env::current_exe().map_err(|e| Unmeasured::during("this program", e))?;
    let mut command = Command::new(program);
    command
        .args(["serve", "--no-demo", "--store", store, "--listen", &format!("127.0.0.1:{port}")])
        .env("QIANHAI_LOG", "warn");
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    child.map(Server).map_err(|e| Unmeasured::during("the server", e))
}

async fn wait_until_it_answers(port: u16, founders: &Arc<Vec<Founder>>, counter: &Arc<AtomicU64>) -> Result<(), Unmeasured> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(mut connection) = Connection::open(port).await {
            let (status, body) = send(&mut connection, founders, counter).await?;
            return if status == 201 {
                Ok(())
            } else {
                Err(Unmeasured(format!(
                    "the first application: {status} {}",
                    String::from_utf8_lossy(&body)
                )))
            };
        }
        if Instant::now() > until {
            return Err(Unmeasured("the server does not answer".into()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Done {
    times: Vec<Duration>,
    approved: usize,
    took: f64,
}

async fn round(port: u16, founders: &Arc<Vec<Founder>>, counter: &Arc<AtomicU64>, seconds: u64) -> Result<Done, Unmeasured> {
    let (begun, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let client = |founders: Arc<Vec<Founder>>, counter: Arc<AtomicU64>| async move {
        let mut connection = Connection::open(port).await?;
        let (mut times, mut approved) = (Vec::new(), 0);
        while Instant::now() < until {
            let sent = Instant::now();
            let (status, body) = send(&mut connection, &founders, &counter).await?;
            times.push(sent.elapsed());
            if status == 201 && contains(&body, br#""status":"issued""#) {
                approved += 1;
            } else if status != 201 {
                return Err(Unmeasured(format!("{status}: {}", String::from_utf8_lossy(&body))));
            }
        }
        Ok((times, approved))
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(client(founders.clone(), counter.clone())))
        .collect();
    let mut done = Done {
        times: vec![],
        approved: 0,
        took: 0.0,
    };
    for client in clients {
        let (times, approved) = client.await.map_err(|e| Unmeasured::during("a client", e))??;
        done.times.extend(times);
        done.approved += approved;
    }
    done.took = begun.elapsed().as_secs_f64();
    done.times.sort_unstable();
    Ok(done)
}

async fn send(connection: &mut Connection, founders: &[Founder], counter: &AtomicU64) -> Result<(u16, Vec<u8>), Unmeasured> {
    let n = counter.fetch_add(1, Ordering::Relaxed);
    let founder = &founders[n as usize % founders.len()];
    let mut form = founder.form.clone();
    form["name"] = json!(format!("深圳市{}软件有限公司", brand(n)));
    let path = "/api/services/instant-registration/cases";
    let (status, body) = connection.post(path, &founder.token, &form.to_string()).await?;
    Ok((status, body.to_vec()))
}

/// The `n`-th of a hundred million brands, neighbours far apart.
fn brand(n: u64) -> String {
    const WORDS: [char; 40] = [
        '澜', '槿', '琰', '珩', '瑾', '璟', '岚', '芃', '禾', '曦', '煜', '炜', '烨', '焱', '森', '霖', '淼', '鑫', '磊', '犇', '骉', '翊',
        '翎', '翀', '羿', '翦', '沐', '宸', '屿', '筱', '祺', '昱', '珺', '瑶', '琪', '彧', '骁', '泓', '浚', '湛',
    ];
    let mut rest = (n + 1) * 7_654_321 % 40_u64.pow(5);
    let mut brand = String::new();
    for _ in 0..5 {
        brand.push(WORDS[(rest % 40) as usize]);
        rest /= 40;
    }
    brand
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|w| w == wanted)
}

fn free_port() -> Result<u16, Unmeasured> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    listener.map(|a| a.port()).map_err(|e| Unmeasured::during("a port", e))
}

/// Seconds of processor time that a process has used, from its accounts in clock ticks of a hundredth.
pub(crate) fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
