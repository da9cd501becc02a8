//! `qianhai bench names`: millions of generated full names in the index, held against a plain reading of the rules, beside PostgreSQL's `pg_trgm`.

mod proof;
#[path = "../../../engines/names/tests/scale/mod.rs"]
mod scale;
mod trigrams;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use names::{Entry, Index, Lexicon, ParsedName, Question, Status, Terms};

use self::proof::{Proof, Share};
use self::scale::generated::{Generated, Parts};
use self::scale::mutations::MUTATIONS;
use self::trigrams::{Trigrams, WAYS, Way};
use crate::registration::cpu_seconds;
use crate::report::{Report, at, median, whole};
use crate::{Pace, Unmeasured};

/// Names that are reserved one after another, each asked about at once.
const RESERVED: usize = 10_000;
const MIB: f64 = 1_048_576.0;

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Scale {
    /// Names in the index
    #[arg(long, default_value_t = 5_000_000)]
    names: usize,
    /// Changed names, each labelled by the rule it must be found under
    #[arg(long, default_value_t = 2_000)]
    mutations: usize,
    /// Two brands in three are made of parts of two real ones: ten times as many brands
    #[arg(long)]
    blended: bool,
    /// Beside pg_trgm with a GIN index in a private PostgreSQL
    #[arg(long)]
    postgres: bool,
    /// The program's data
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Brands, one a line
    #[arg(long, default_value = "../shared/data/names/company-brands.txt")]
    brands: PathBuf,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// What one side did in one round.
struct Round {
    rate: f64,
    times: Vec<Duration>,
}

/// The rounds of one side, summed up.
struct Side {
    rates: Vec<f64>,
    times: Vec<Duration>,
}

/// The index with what was measured while it was built.
struct Built {
    index: Index,
    seconds: f64,
    /// Seconds of processor time.
    busy: f64,
    resident: f64,
}

/// A question as it is asked of both sides.
struct Asked {
    name: String,
    parsed: ParsedName,
}

/// The index, its proof, and the peer.
pub async fn measure(scale: &Scale) -> Result<Vec<Report>, Unmeasured> {
    let data = scale.data.join("names");
    let lexicon = Lexicon::load(&data, &scale.data.join("zones/shenzhen-qianhai/names"));
    let lexicon = Arc::new(lexicon.map_err(|e| Unmeasured::during("the words of names", e))?);
    let brands = brands_file(scale);
    let mut parts = Parts::read(&data, &brands).map_err(|e| Unmeasured::during("the parts of names", e))?;
    parts.blended = scale.blended;
    let real = parts.brands.len();
    eprintln!("{} names of {real} real brands…", scale.names);
    let register = Generated::new(parts, scale.names);
    let mut built = build(&lexicon, &register)?;
    eprintln!("built in {:.1} s; read plainly…", built.seconds);
    let folder = test_support::Folder::new();
    let rows = scale.postgres.then(|| folder.path().join("names.tsv"));
    let plain = proof::read(&data, &lexicon, &register, rows.as_deref())?;
    let proof = Proof::new(&data, &lexicon, &plain, &register, scale.mutations)?;
    let brands_held = plain.brand_count();
    drop(plain);
    let found = proof.by_index(&built.index);

    let mut peer = match &rows {
        Some(rows) => Some(Trigrams::load(rows).await?),
        None => None,
    };
    let load = load_average()?;
    let (ours, peers) = rounds(scale, &built.index, &lexicon, &proof, peer.as_mut()).await?;
    let reserved = reserve(&mut built.index, &lexicon, &register)?;
    let story = story(scale, &built, &reserved, &brands, [real, brands_held], load) + &peer.as_ref().map_or(String::new(), Trigrams::story);
    let mut rows = vec![row("qianhai", &ours, &ours, found.all(), [built.seconds, built.resident])];
    for (way, side, share) in &peers {
        let cost = peer.as_ref().map_or([f64::NAN; 2], |peer| [peer.seconds, peer.index_mib]);
        rows.push(row(way.name, side, &ours, *share, cost));
    }
    let head = vec![
        "side",
        "checks/s",
        "p50 ms",
        "p99 ms",
        "longest ms",
        "recall",
        "beyond the rules",
        "built in s",
        "index MiB",
        "qianhai is",
    ];
    let by_mutation = Report {
        name: "names, by mutation",
        story: "How many of the hits that the plain reading finds the index finds, over all rules that a changed name comes under.".into(),
        head: vec![
            "mutation",
            "label",
            "queries",
            "under its label",
            "hits",
            "found",
            "recall",
            "beyond",
        ],
        rows: MUTATIONS
            .iter()
            .enumerate()
            .map(|(kind, (_, words, label))| found.row(kind, words, label))
            .collect(),
    };
    Ok(vec![
        Report {
            name: "names",
            story,
            head,
            rows,
        },
        by_mutation,
    ])
}

/// Both sides in turn, then what the peer finds.
async fn rounds(
    scale: &Scale,
    index: &Index,
    lexicon: &Lexicon,
    proof: &Proof,
    mut peer: Option<&mut Trigrams>,
) -> Result<(Side, Vec<(Way, Side, Share)>), Unmeasured> {
    let (asked, mut ours) = (proof.asked(), Side::new());
    let mut peers: Vec<(Way, Side, Share)> = Vec::new();
    peers.extend(
        WAYS.into_iter()
            .filter(|_| peer.is_some())
            .map(|way| (way, Side::new(), Share::default())),
    );
    for round in 0..scale.pace.rounds {
        eprintln!("round {} of {}…", round + 1, scale.pace.rounds);
        ours.add(check_for(index, lexicon, &asked, round, scale.pace.seconds)?);
        for (way, side, _) in &mut peers {
            if let Some(peer) = &mut peer {
                side.add(peer.check_for(&asked, *way, scale.pace.seconds).await?);
            }
        }
    }
    for (way, _, share) in &mut peers {
        if let Some(peer) = &peer {
            eprintln!("what {} finds…", way.name);
            *share = proof.by_peer(peer, *way).await?;
        }
    }
    Ok((ours, peers))
}

/// The file of brands, or the fewer ones that the program brings.
fn brands_file(scale: &Scale) -> PathBuf {
    match scale.brands.is_file() {
        true => scale.brands.clone(),
        false => scale.data.join("demo/brands.txt"),
    }
}

fn build(lexicon: &Arc<Lexicon>, register: &Generated) -> Result<Built, Unmeasured> {
    let (before, busy, begun) = (resident_mib()?, cpu_seconds(std::process::id()), Instant::now());
    let entries = (0..register.len()).map(|place| entry(place, register.name(place)));
    let (index, refused) = Index::build(Arc::clone(lexicon), entries);
    let seconds = begun.elapsed().as_secs_f64();
    let busy = cpu_seconds(std::process::id()) - busy;
    if let Some((place, why)) = refused.first() {
        return Err(Unmeasured::during(&register.name(*place), why));
    }
    let resident = resident_mib()? - before;
    Ok(Built {
        index,
        seconds,
        busy,
        resident,
    })
}

fn entry(place: usize, name: String) -> Entry {
    Entry {
        id: format!("914403{place:012}"),
        name,
        industry_code: None,
        status: Status::Registered,
    }
}

fn question() -> Question {
    Question {
        on: jiff::civil::date(2021, 6, 1),
        own: Vec::new(),
        investors: Vec::new(),
        industry_code: None,
        terms: Terms {
            cancelled_months: 12,
            renamed_months: 12,
            revoked_months: 12,
        },
    }
}

/// Whole checks, one after another on this core: the name is read, its wordings are judged, and it is compared.
fn check_for(index: &Index, lexicon: &Lexicon, asked: &[Asked], round: usize, seconds: u64) -> Result<Round, Unmeasured> {
    let (question, mut times) = (question(), Vec::new());
    let (begun, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    for asked in asked.iter().cycle().skip(round * 7) {
        let start = Instant::now();
        if start >= until {
            break;
        }
        let parsed = lexicon.parse(&asked.name).map_err(|e| Unmeasured::during(&asked.name, e))?;
        std::hint::black_box((lexicon.wordings(&parsed), index.compare(&parsed, &question)));
        times.push(start.elapsed());
    }
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    Ok(Round { rate, times })
}

/// New names are taken in, each asked about at once: the times of taking in, sorted, and how many were seen.
fn reserve(index: &mut Index, lexicon: &Lexicon, register: &Generated) -> Result<(Vec<Duration>, usize), Unmeasured> {
    let (question, mut times, mut seen) = (question(), Vec::new(), 0);
    for number in 0..RESERVED {
        let new = entry(register.len() + number, register.beyond(number).name());
        let start = Instant::now();
        index.insert(&new).map_err(|e| Unmeasured::during(&new.name, e))?;
        times.push(start.elapsed());
        let parsed = lexicon.parse(&new.name).map_err(|e| Unmeasured::during(&new.name, e))?;
        let standing = index.standing(&parsed, &question);
        seen += usize::from(standing.contains(&("133.identical.1", &new.id)));
    }
    times.sort_unstable();
    Ok((times, seen))
}

impl Side {
    fn new() -> Self {
        Self {
            rates: Vec::new(),
            times: Vec::new(),
        }
    }

    fn add(&mut self, round: Round) {
        self.rates.push(round.rate);
        self.times.extend(round.times);
    }
}

fn row(name: &str, side: &Side, ours: &Side, share: Share, [seconds, mib]: [f64; 2]) -> Vec<String> {
    let mut times = side.times.clone();
    times.sort_unstable();
    let ratio = median(ours.rates.iter().zip(&side.rates).map(|(ours, side)| ours / side).collect());
    let rate = median(side.rates.clone());
    vec![
        name.to_string(),
        if rate < 100.0 { format!("{rate:.1}") } else { whole(rate) },
        format!("{:.3}", at(&times, 0.5)),
        format!("{:.3}", at(&times, 0.99)),
        format!("{:.3}", at(&times, 1.0)),
        share.recall(),
        whole(share.beyond as f64),
        format!("{seconds:.0}"),
        whole(mib),
        format!("{} ×", whole(ratio)),
    ]
}

fn story(
    scale: &Scale,
    built: &Built,
    (times, seen): &(Vec<Duration>, usize),
    brands: &Path,
    [real, held]: [usize; 2],
    load: f64,
) -> String {
    let blended = if scale.blended {
        "; two brands in three are made of parts of two of them"
    } else {
        ""
    };
    let file = brands.file_name().unwrap_or_default().to_string_lossy();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} distinct full names: {} real brands ({file}){blended} × regions, industry wordings and forms of `data/names`; as the index reads them, {} brands. Built in {:.1} s on {cores} cores ({:.1} s of processor time); the \
         memory of the process grew by {:.0} MiB ({:.0} MiB by the index's own count). A check reads the name, judges its wordings and compares it by every rule, on one core. The checks are {} \
         changes of names of the register, each labelled by the rule it must be found under; the hits expected are those of a plain reading that compares each with every brand of the register, without \
         an index. {} names reserved one after another took p50 {:.3}, p99 {:.3}, at most {:.1} ms to take in; the next check saw {} of them. {} rounds of {} s, the sides in turn; medians. When they began the machine's load was {load:.1}.",
        whole(scale.names as f64),
        whole(real as f64),
        whole(held as f64),
        built.seconds,
        built.busy,
        built.resident,
        built.index.memory_bytes() as f64 / MIB,
        whole(scale.mutations as f64),
        whole(times.len() as f64),
        at(times, 0.5),
        at(times, 0.99),
        at(times, 1.0),
        whole(*seen as f64),
        scale.pace.rounds,
        scale.pace.seconds
    )
}

/// Processes that wanted a core in the last minute, this one among them.
fn load_average() -> Result<f64, Unmeasured> {
    let text = std::fs::read_to_string("/proc/loadavg").map_err(|e| Unmeasured::during("/proc/loadavg", e))?;
    let first = text.split_whitespace().next().and_then(|load| load.parse().ok());
    first.ok_or_else(|| Unmeasured("the machine's load can't be read".into()))
}

fn resident_mib() -> Result<f64, Unmeasured> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|e| Unmeasured::during("/proc/self/status", e))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|kib| kib.parse::<f64>().ok());
    kib.map(|kib| kib / 1_024.0)
        .ok_or_else(|| Unmeasured("the memory of this process can't be read".into()))
}
