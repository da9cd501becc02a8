//! `qianhai accounts`: who can log in.

use std::io::BufRead;

use clap::{Args, Subcommand};
use kernel::papers::Paper;
use kernel::{AccountId, AgencyId};
use serde_json::json;

use super::{Common, Done, Stop};
use crate::accounts::{self, Capacity, Scope, TokenWish};
use crate::clock;

#[derive(Args)]
pub(crate) struct Accounts {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Opens an account for a person (--id-number) or an officer (--agency)
    Add {
        /// Log-in name
        account: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// Number of the person's paper
        #[arg(long, conflicts_with = "agency", required_unless_present = "agency")]
        id_number: Option<String>,
        /// Kind of the paper
        #[arg(long, default_value = "citizen-id")]
        paper: String,
        /// Agency of an officer
        #[arg(long)]
        agency: Option<String>,
        /// Reads the password from the first line of standard input; otherwise one is made and shown
        #[arg(long)]
        password_stdin: bool,
    },
    /// Lists accounts
    List,
    /// Locks an account
    Lock {
        /// Log-in name
        account: String,
    },
    /// Unlocks an account
    Unlock {
        /// Log-in name
        account: String,
    },
    /// Gives an account a new password and shows it
    Password {
        /// Log-in name
        account: String,
        /// Reads the password from the first line of standard input; otherwise one is made and shown
        #[arg(long)]
        password_stdin: bool,
    },
    /// Makes an API token for an account; it is shown once
    Token {
        /// Log-in name
        account: String,
        /// How long it lasts
        #[arg(long, default_value_t = 30)]
        days: i64,
        /// What it may do: read, write, service:<slug>; several with commas
        #[arg(long, value_delimiter = ',', default_value = "read,write", value_parser = |text: &str| Scope::try_from(text.to_string()))]
        scopes: Vec<Scope>,
    },
}

impl Accounts {
    pub async fn run(self, common: &Common) -> Done {
        let house = common.house().await?;
        let accounts = accounts::Accounts::new(house.journal.clone())?;
        let id = |text: &str| AccountId::try_new(text).map_err(|e| Stop::Usage(format!("{text}: {e}")));
        match self.verb {
            Verb::Add {
                account,
                name,
                id_number,
                paper,
                agency,
                password_stdin,
            } => {
                let capacity = capacity(&house.zone, id_number, &paper, agency)?;
                let password = if password_stdin { first_line()? } else { fresh_password() };
                accounts.add(id(&account)?, name, capacity, &password).await?;
                let shown = if password_stdin { None } else { Some(password) };
                common.show(&json!({"account": account, "password": shown}), |_| match &shown {
                    Some(password) => format!("{account}  password {password}"),
                    None => account.clone(),
                })?;
            }
            Verb::List => {
                let (mut all, mut cursor) = (Vec::new(), None::<String>);
                loop {
                    let (page, next) = accounts.list(cursor.as_deref(), 1_000).await?;
                    all.extend(page.into_iter().map(|a| {
                        let kind = match &a.capacity {
                            Capacity::Person { paper } => format!("person {}", paper.masked()),
                            Capacity::Officer { agency } => format!("officer {agency}"),
                        };
                        json!({"account": a.id, "name": a.name, "kind": kind, "locked": a.disabled})
                    }));
                    match next {
                        Some(next) => cursor = Some(next),
                        None => break,
                    }
                }
                common.show(&all, |all| {
                    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_string();
                    let line = |a: &serde_json::Value| {
                        let locked = if a["locked"] == true { "  locked" } else { "" };
                        format!("{:<18} {}  {}{locked}", text(&a["account"]), text(&a["name"]), text(&a["kind"]))
                    };
                    all.iter().map(line).collect::<Vec<_>>().join("\n")
                })?;
            }
            Verb::Password { account, password_stdin } => {
                let password = if password_stdin { first_line()? } else { fresh_password() };
                accounts.change(&id(&account)?, Some(&password), None).await?;
                let shown = if password_stdin { None } else { Some(password) };
                common.show(&json!({"account": account, "password": shown}), |_| {
                    shown.clone().unwrap_or_default()
                })?;
            }
            Verb::Lock { account } => accounts.change(&id(&account)?, None, Some(true)).await?,
            Verb::Unlock { account } => accounts.change(&id(&account)?, None, Some(false)).await?,
            Verb::Token { account, days, scopes } => {
                let account = id(&account)?;
                accounts
                    .find(&account)
                    .await?
                    .ok_or_else(|| Stop::Failed(format!("no account {account}")))?;
                let wish = TokenWish {
                    label: "console".into(),
                    seconds: days.saturating_mul(86_400),
                    scopes,
                };
                let (_, token) = accounts.make_token(&account, wish).await?;
                common.show(&json!({"account": account, "token": token}), |_| token.clone())?;
            }
        }
        house.close().await;
        Ok(())
    }
}

fn capacity(zone: &kernel::Zone, number: Option<String>, kind: &str, agency: Option<String>) -> Result<Capacity, Stop> {
    match (number, agency) {
        (Some(number), _) => {
            let paper = Paper::try_new(kind, &number).ok_or_else(|| Stop::Usage(format!("--paper {kind}: no such kind of paper")))?;
            Ok(Capacity::Person {
                paper: paper.map_err(|e| Stop::Usage(format!("--id-number: {} / {e}", e.zh())))?,
            })
        }
        (None, Some(agency)) => {
            let agency = AgencyId::try_new(&agency).map_err(|e| Stop::Usage(format!("--agency: {e}")))?;
            if !zone.card.agencies.contains_key(&agency) {
                return Err(Stop::Usage(format!("--agency {agency}: the zone has no such agency")));
            }
            Ok(Capacity::Officer { agency })
        }
        (None, None) => Err(Stop::Usage("--id-number or --agency".into())),
    }
}

fn fresh_password() -> String {
    clock::readable::<12>().to_lowercase()
}

fn first_line() -> Result<String, Stop> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|e| Stop::Failed(e.to_string()))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_string())
}
