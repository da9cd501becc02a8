//! The command line: one executable, one verb for each thing that it does.

mod accounts;
mod cases;
mod copies;
mod golden;
mod health;
mod init;
mod journal;
mod names;
mod registers;
mod serve;
mod services;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use kernel::{AccountId, Actor, Problem};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::accounts::Accounts;
use crate::failure::Failure;
use crate::house::{House, Opening};
use crate::operator::Operator;
use crate::traces::{SPANS, Traces};

/// The program on which a free-trade zone runs its reforms.
#[derive(Parser)]
#[command(name = "qianhai", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// What every command takes.
#[derive(clap::Args, Clone)]
pub(crate) struct Common {
    /// Where everything durable is: a folder, or a postgres:// address
    #[arg(long, global = true, env = "QIANHAI_STORE", default_value = "./qianhai-data")]
    store: String,
    /// Prints JSON for machines instead of text for people
    #[arg(long, global = true)]
    json: bool,
    /// Folder of the program's own data, if it is not beside the program
    #[arg(long, global = true, env = "QIANHAI_DATA")]
    data: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Verb {
    /// Gives a store its zone, and on wish a demonstration city
    Init(init::Init),
    /// Serves the portal and the API until it is stopped
    Serve(serve::Serve),
    /// Lists the 43 services, or shows one with its actions
    Services(services::Services),
    /// Carries out an action of a service, as an account
    Do(cases::Do),
    /// Shows a case, its events, and whether its decisions replay
    Case(cases::Show),
    /// Plays the story of a service on an empty store; exit 1 if it departs from what is told
    Story(story::Story),
    /// Loads and lists the registers that services ask
    Registers(registers::Registers),
    /// Checks a company name against the rules and every live name
    Names(names::Names),
    /// Proves the journal, backs it up, restores it, moves it to another store
    Journal(journal::Journal),
    /// Asks a running server whether it is well; exit 1 if it is not
    Health(health::Health),
    /// Opens, lists and locks accounts
    Accounts(accounts::Accounts),
    /// Measures the house beside named peers, both sides in one run
    Bench(bench::Command),
    /// Takes examples of stored events from a store
    #[command(hide = true)]
    Golden(golden::Golden),
    /// Writes the generated documents
    #[command(hide = true)]
    Docs(services::Docs),
}

/// Why a command did not succeed.
pub(crate) enum Stop {
    /// Exit 1: refused or failed.
    Failed(String),
    /// Exit 1, and what there is to say was said.
    Silent,
    /// Exit 2: bad usage.
    Usage(String),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem.to_string())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BadInput(bad) => {
                let line = |f: &kernel::Fault| {
                    let place = if f.pointer.is_empty() { "/" } else { &f.pointer };
                    format!("{place}: {} / {} [{}]", f.message.zh, f.message.en, f.code)
                };
                Self::Failed(bad.faults.iter().map(line).collect::<Vec<_>>().join("\n"))
            }
            Failure::Problem(problem) => Self::Failed(problem.to_string()),
            other => {
                let error = other.body().error;
                Self::Failed(format!("{} / {} [{}]", error.message.zh, error.message.en, error.code))
            }
        }
    }
}

pub(crate) type Done = Result<(), Stop>;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("qianhai: {error}");
            return ExitCode::from(1);
        }
    };
    let traces = match start_log(&cli.verb, runtime.handle()) {
        Ok(traces) => traces,
        Err(problem) => {
            eprintln!("qianhai: {problem}");
            return ExitCode::from(1);
        }
    };
    let done = runtime.block_on(run(cli));
    if let Some(traces) = traces {
        traces.end();
    }
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Silent) => ExitCode::from(1),
        Err(Stop::Failed(why)) => {
            eprintln!("qianhai: {why}");
            ExitCode::from(1)
        }
        Err(Stop::Usage(why)) => {
            eprintln!("qianhai: {why}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> Done {
    let common = cli.common;
    match cli.verb {
        Verb::Init(verb) => verb.run(&common).await,
        Verb::Serve(verb) => verb.run(&common).await,
        Verb::Services(verb) => verb.run(&common).await,
        Verb::Do(verb) => verb.run(&common).await,
        Verb::Case(verb) => verb.run(&common).await,
        Verb::Story(verb) => verb.run(&common).await,
        Verb::Registers(verb) => verb.run(&common).await,
        Verb::Names(verb) => verb.run(&common).await,
        Verb::Journal(verb) => verb.run(&common).await,
        Verb::Health(verb) => verb.run(&common).await,
        Verb::Accounts(verb) => verb.run(&common).await,
        Verb::Bench(command) => command.run(common.json).await.map_err(|e| Stop::Failed(e.to_string())),
        Verb::Golden(verb) => verb.run(&common).await,
        Verb::Docs(verb) => verb.run(&common),
    }
}

/// Starts the log, and the traces where a server is to send them.
fn start_log(verb: &Verb, runtime: &Handle) -> Result<Option<Traces>, Problem> {
    use tracing_subscriber::filter::{FilterExt, filter_fn};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    use tracing_subscriber::{EnvFilter, Layer, fmt};
    let (default, operator) = match verb {
        Verb::Serve(serve) => ("info", serve.operator()?),
        _ => ("warn", Operator::default()),
    };
    let settings = operator.section("traces")?;
    let traces = settings.map(|settings| Traces::begin(&settings, runtime.clone())).transpose()?;
    let filter = EnvFilter::try_from_env("QIANHAI_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let filter = filter.and(filter_fn(|told| told.target() != SPANS));
    let to_person = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = fmt::layer().with_writer(std::io::stderr);
    let log = if to_person {
        lines.with_target(false).with_filter(filter).boxed()
    } else {
        lines.json().flatten_event(true).with_filter(filter).boxed()
    };
    let layers = tracing_subscriber::registry().with(log);
    // A second start in one process (a test) keeps the first log.
    _ = layers.with(traces.as_ref().map(Traces::layer)).try_init().is_ok();
    Ok(traces)
}

impl Common {
    fn opening(&self) -> Opening {
        Opening { store: self.store.clone() }
    }

    async fn house(&self) -> Result<Arc<House>, Stop> {
        Ok(House::open(&self.opening()).await?)
    }

    /// Prints a value as JSON, or as the text that `say` makes of it.
    fn show<T: Serialize>(&self, value: &T, say: impl FnOnce(&T) -> String) -> Done {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(|e| Stop::Failed(e.to_string()))?
        } else {
            say(value)
        };
        print_line(text.trim_end());
        Ok(())
    }
}

/// Prints a line; a reader that has gone away is no error.
pub(crate) fn print_line(text: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout(), "{text}");
}

/// The account as the one who acts; without a name, the operator at the console acts as the machine.
async fn actor(house: &House, name: Option<&str>) -> Result<Actor, Stop> {
    let Some(name) = name else { return Ok(Actor::System) };
    let id = AccountId::try_new(name).map_err(|e| Stop::Usage(format!("--as {name}: {e}")))?;
    let accounts = Accounts::new(house.journal.clone())?;
    let account = accounts
        .find(&id)
        .await?
        .ok_or_else(|| Stop::Usage(format!("--as {name}: no such account")))?;
    Ok(account.actor())
}

/// A line of progress on the terminal, written over the last one.
pub(crate) fn progress(text: &str) {
    use std::io::{IsTerminal, Write};
    let mut err = std::io::stderr();
    if err.is_terminal() {
        _ = write!(err, "\r\x1b[2K{text}");
        _ = err.flush();
    }
}

/// Ends the line of progress.
pub(crate) fn progress_end() {
    progress("");
}
