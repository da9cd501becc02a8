//! `qianhai serve`: the portal and the API.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use journal::Journal;
use kernel::Problem;

use super::{Common, Done, Stop, init, print_line};
use crate::house::House;
use crate::http::{App, Serving, serve};
use crate::operator::Operator;
use crate::{data_folder, secret_file, zone_store};

#[derive(Args)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the portal's built pages, if it is not beside the program
    #[arg(long)]
    web: Option<PathBuf>,
    /// The portal is reached through HTTPS (a proxy ends it): cookies are for HTTPS only
    #[arg(long)]
    https: bool,
    /// The operator's settings: mail, logins, traces, systems of agencies (TOML)
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// File with a token: who shows it as a bearer token may read /metrics; without it only this machine may
    #[arg(long, value_name = "FILE")]
    metrics_token_file: Option<PathBuf>,
    /// Does not load the demonstration city into an empty store; `init` must have given it a zone
    #[arg(long)]
    no_demo: bool,
}

impl Serve {
    /// What the operator has set.
    pub fn operator(&self) -> Result<Operator, Problem> {
        Ok(self.settings.as_deref().map(Operator::read).transpose()?.unwrap_or_default())
    }

    pub async fn run(self, common: &Common) -> Done {
        let operator = self.operator()?;
        let journal = Journal::open(&common.store)
            .await
            .map_err(|e| Problem::during("the store is opened", e))?;
        let first = !zone_store::is_installed(&journal).await?;
        if first {
            if self.no_demo {
                return Err(Stop::Failed("this store has no zone yet: run `qianhai init`".into()));
            }
            init::first_start(common, &journal).await?;
        }
        let house = House::with_journal(journal).await?;
        let web = data_folder::find(self.web.as_deref(), "web/dist");
        if self.web.is_some() && web.is_none() {
            return Err(Stop::Usage("--web: there is no such folder".into()));
        }
        if web.is_none() {
            tracing::warn!("the portal's pages are not built; only the API answers");
        }
        let is_demonstration = house.is_demonstration().await?;
        if is_demonstration {
            crate::demo::stock::invoices(&house).await?;
        }
        if !first && is_demonstration {
            print_line(
                "演示账号见首次启动；忘记密码 / demonstration accounts were shown at the first start; for a new password: qianhai accounts password lin.xiaoyu",
            );
        }
        let mut app = App::new(house, self.https, operator)?;
        app.metrics_token = self
            .metrics_token_file
            .as_deref()
            .map(secret_file::read)
            .transpose()?
            .map(Into::into);
        let serving = Serving {
            listen: self.listen,
            web,
            https: self.https,
        };
        print_line(&format!("http://{}", self.listen));
        Ok(serve(app, serving, stopped()).await?)
    }
}

/// Ready when the process is asked to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
