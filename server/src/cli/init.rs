//! `qianhai init`: a store gets its zone, and on wish a demonstration city.

use std::path::{Path, PathBuf};

use clap::Args;
use journal::{Change, Journal};
use kernel::{AccountId, Problem, Zone};
use serde_json::json;

use super::{Common, Done, Stop, print_line, progress, progress_end};
use crate::accounts::{Accounts, Capacity};
use crate::demo::{self, AccountKind, CitySize};
use crate::failure::Failure;
use crate::house::{DEMONSTRATION, HOUSE};
use crate::register_shelf::RegisterShelf;
use crate::{clock, data_folder, zone_pack, zone_store};

/// The city is the same wherever it is built.
const CITY_SEED: u64 = 20_201_215;

#[derive(Args)]
pub(crate) struct Init {
    /// Folder of the zone's pack; the one of Shenzhen Qianhai if not given
    #[arg(long)]
    zone: Option<PathBuf>,
    /// Loads an invented city with accounts to try everything on
    #[arg(long)]
    demo: bool,
    /// Firms of the invented city
    #[arg(long, default_value_t = CitySize::default().enterprises, requires = "demo")]
    firms: usize,
    /// Replaces the zone's pack by another version of it; cases and registers stay
    #[arg(long)]
    replace: bool,
}

impl Init {
    pub async fn run(self, common: &Common) -> Done {
        let journal = Journal::open(&common.store)
            .await
            .map_err(|e| Problem::during("the store is opened", e))?;
        if zone_store::is_installed(&journal).await? && !self.replace {
            return Err(Stop::Failed(format!(
                "{} has a zone already; --replace puts another version of its pack in force",
                common.store
            )));
        }
        let zone = install(common, &journal, self.zone.as_deref()).await?;
        let mut said = json!({"store": common.store, "zone": zone.card.id, "digest": zone.digest});
        if self.demo {
            let size = CitySize {
                enterprises: self.firms,
                ..CitySize::default()
            };
            said["accounts"] = load_city(common, &journal, &zone, size).await?;
        }
        journal.close().await;
        common.show(&said, |said| {
            let head = format!("{}: {} / {}", common.store, zone.card.name.zh, zone.card.name.en);
            format!("{head}\n{}", accounts_text(&said["accounts"]))
        })
    }
}

/// Puts a pack into the store.
pub(crate) async fn install(common: &Common, journal: &Journal, pack: Option<&Path>) -> Result<Zone, Stop> {
    let data = data_folder::find(common.data.as_deref(), "data")
        .ok_or_else(|| Stop::Failed("the program's data folder is missing; say where with --data".into()))?;
    let pack = pack.map_or_else(|| data.join("zones/shenzhen-qianhai"), Path::to_path_buf);
    let files = zone_pack::files(&pack, &data).map_err(|e| Stop::Failed(format!("the pack {}: {e}", pack.display())))?;
    Ok(zone_store::install(journal, &files).await?)
}

/// Loads the invented city and opens its accounts, with one fresh password for all.
pub(crate) async fn load_city(common: &Common, journal: &Journal, zone: &Zone, size: CitySize) -> Result<serde_json::Value, Stop> {
    let data =
        data_folder::find(common.data.as_deref(), "data").ok_or_else(|| Stop::Failed("the program's data folder is missing".into()))?;
    progress("inventing the city…");
    let today = kernel::setting::day_in_zone(clock::now(), zone);
    let city = demo::city(zone, &data, today, CITY_SEED, size).map_err(|e| Problem::during("the city is invented", e))?;
    let shelf = RegisterShelf::open(journal.clone()).await?;
    for (kind, text) in city.files() {
        let loading = shelf.load(
            kind,
            || Ok(text.as_bytes()),
            zone,
            |step, rows| progress(&format!("{kind}: {rows} rows {step}…")),
        );
        loading.await.map_err(|e| Stop::Failed(format!("{kind}: {e}")))?;
    }
    progress_end();
    let mark = Change::put(HOUSE, DEMONSTRATION, json!({"since": today.to_string()}), vec![]);
    journal
        .records()
        .write(vec![mark])
        .await
        .map_err(|e| Problem::during("the city is loaded", e))?;
    let password = format!("{}-{}", clock::readable::<4>(), clock::readable::<4>()).to_lowercase();
    let accounts = Accounts::new(journal.clone())?;
    let mut listed = Vec::new();
    for account in city.accounts {
        let capacity = match (account.kind, account.paper, account.agency) {
            (AccountKind::Citizen, Some(paper), _) => Capacity::Person { paper },
            (_, _, Some(agency)) => Capacity::Officer { agency },
            _ => continue,
        };
        let id = AccountId::try_new(&account.account).map_err(|e| Problem::during("an account of the city is opened", e))?;
        match accounts.add(id, account.name.clone(), capacity, &password).await {
            Ok(_) | Err(Failure::BadInput(_)) => {}
            Err(other) => return Err(other.into()),
        }
        listed.push(json!({"account": account.account, "name": account.name, "password": password, "note": account.note}));
    }
    Ok(json!(listed))
}

/// The accounts for people.
pub(crate) fn accounts_text(accounts: &serde_json::Value) -> String {
    let Some(accounts) = accounts.as_array() else {
        return String::new();
    };
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_string();
    let row = |a: &serde_json::Value| {
        format!(
            "  {:<30} {}  {}（{}）/ {}",
            text(&a["account"]),
            text(&a["password"]),
            text(&a["name"]),
            text(&a["note"]["zh"]),
            text(&a["note"]["en"])
        )
    };
    let rows: Vec<String> = accounts.iter().map(row).collect();
    format!("演示账号 / demonstration accounts (account, password):\n{}", rows.join("\n"))
}

/// Gives an empty store the default zone and the invented city; says the accounts.
pub(crate) async fn first_start(common: &Common, journal: &Journal) -> Done {
    let zone = install(common, journal, None).await?;
    let accounts = load_city(common, journal, &zone, CitySize::default()).await?;
    print_line(&accounts_text(&accounts));
    Ok(())
}
