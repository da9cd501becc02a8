//! The HTTP server: one generic handler for all services, and the few routes about logins, the zone and the portal itself.

mod answers;
mod assets;
mod cases;
mod delegations;
mod door;
mod extract;
mod hooks;
mod identity;
mod metrics;
mod portal;
mod services;
mod session;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use kernel::Problem;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::accounts::{Accounts, Passkeys};
use crate::carrier::HouseCarrier;
use crate::clock;
use crate::failure::Failure;
use crate::hooks::Hooks;
use crate::house::House;
use crate::limits::{SHUTDOWN_MS_MAX, SWEEP_SECONDS};
use crate::oidc::Provider;
use crate::operator::Operator;
use crate::portal::mail::MailSettings;
use crate::portal::post::Postman;
pub(crate) use answers::read_json;
use door::Doorkeeper;

/// What every handler is given.
#[derive(Clone)]
pub struct App {
    /// The house.
    pub house: Arc<House>,
    /// Who is at the door.
    pub accounts: Arc<Accounts>,
    pub(crate) door: Arc<Doorkeeper>,
    /// The OpenAPI document, made once.
    pub openapi: Arc<str>,
    /// What the operator has set.
    pub operator: Arc<Operator>,
    /// How mail leaves, if the operator has set it.
    pub mail: Option<Arc<MailSettings>>,
    /// Who vouches for logins, if the operator has named one.
    pub oidc: Option<Arc<Provider>>,
    /// Registers and checks passkeys.
    pub passkeys: Arc<Passkeys>,
    /// Other programs.
    pub hooks: Arc<Hooks>,
    /// Who shows it may read `/metrics`; without one only this machine may.
    pub metrics_token: Option<Arc<str>>,
}

/// How the server is run.
#[derive(Debug, Clone)]
pub struct Serving {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Folder of the portal's built pages; without it only the API answers.
    pub web: Option<PathBuf>,
    /// The portal is reached through HTTPS: cookies are marked so.
    pub https: bool,
}

impl App {
    /// Over an opened house.
    ///
    /// # Errors
    /// The accounts can't be opened, or the operator's settings can't be meant so.
    pub fn new(house: Arc<House>, https: bool, operator: Operator) -> Result<Self, Problem> {
        let mail = MailSettings::of(&operator)?.map(Arc::new);
        let accounts = Arc::new(Accounts::new(house.journal.clone())?);
        let hooks = Arc::new(Hooks::new(house.clone(), accounts.clone(), &operator)?);
        let openapi = crate::openapi::document(&house.desks).to_string().into();
        let oidc = operator
            .section("oidc")?
            .map(|settings| Provider::new(settings, &house.zone))
            .transpose()?;
        let passkeys = Passkeys::new(operator.section("passkeys")?)?;
        Ok(Self {
            oidc: oidc.map(Arc::new),
            passkeys: Arc::new(passkeys),
            house,
            accounts,
            door: Arc::new(Doorkeeper::new(https)),
            openapi,
            operator: Arc::new(operator),
            mail,
            hooks,
            metrics_token: None,
        })
    }
}

/// All routes.
pub fn router(app: App, web: Option<PathBuf>) -> Router {
    let api = Router::new()
        .route("/me", get(session::me))
        .route("/login", post(session::log_in))
        .route("/logout", post(session::log_out))
        .route("/zone", get(services::zone))
        .route("/services", get(services::list))
        .route("/services/{slug}", get(services::one))
        .route("/services/{slug}/ask/{question}", post(services::ask))
        .route("/services/{slug}/cases", get(cases::of_service).post(cases::open))
        .route("/cases", get(cases::mine))
        .route("/cases/{id}", get(cases::one))
        .route("/cases/{id}/events", get(cases::events))
        .route("/cases/{id}/{name}", get(cases::query).post(cases::act))
        .route("/openapi.json", get(services::openapi))
        .merge(portal::routes())
        .merge(identity::routes())
        .merge(hooks::routes())
        .merge(delegations::routes())
        .fallback(|| async { answers::refuse(&Failure::NotFound) })
        .method_not_allowed_fallback(|| async { answers::refuse(&Failure::MethodNotAllowed) })
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(answers::panicked))
        .layer(axum::middleware::from_fn_with_state(app.clone(), door::admit));
    let router = Router::new()
        .nest("/api", api)
        .route("/healthz", get(services::health))
        .route("/metrics", get(metrics::show))
        .with_state(app.clone());
    let router = match web {
        Some(folder) => assets::pages(router, folder),
        None => router.fallback(|| async { answers::refuse(&Failure::NotFound) }),
    };
    router
        .layer(axum::middleware::from_fn(door::headers))
        .layer(axum::middleware::from_fn_with_state(app, metrics::watch))
}

/// Serves until `stop` is ready, then finishes what it has accepted.
///
/// # Errors
/// The address is taken.
pub async fn serve(app: App, serving: Serving, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Problem> {
    let listener = TcpListener::bind(serving.listen)
        .await
        .map_err(|e| Problem::during(&format!("listening on {}", serving.listen), e))?;
    serve_on(app, listener, serving.web, stop).await
}

/// As [`serve`], on a listener that is bound already.
///
/// # Errors
/// The listener fails.
pub async fn serve_on(
    app: App,
    listener: TcpListener,
    web: Option<PathBuf>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Problem> {
    let house = app.house.clone();
    let (stopping, stopped) = tokio::sync::watch::channel(false);
    let wait = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
        // An error means that the sender is gone, which is a stop too.
        _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let outbox = tokio::spawn(journal::outbox::run(
        house.journal.clone(),
        HouseCarrier(house.clone()),
        clock::now_ms,
        wait(stopped.clone()),
    ));
    let postman = app.mail.clone().map(|mail| Postman::new(house.journal.clone(), mail)).transpose()?;
    let post = postman.map(|postman| tokio::spawn(postman.run(wait(stopped.clone()))));
    let registers = tokio::spawn(house.registers.clone().follow());
    let names = tokio::spawn(house.names.clone().follow());
    let returned = tokio::spawn(crate::returned::follow(house.clone()));
    let hooks = tokio::spawn(app.hooks.clone().run(stopped.clone()));
    let sweeper = tokio::spawn(sweep(app.clone()));
    let requests = axum::serve(listener, router(app, web).into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(wait(stopped.clone()))
        .into_future();
    let mut requests = tokio::spawn(requests);
    stop.await;
    tracing::info!("stopping: what was accepted is finished");
    stopping.send_replace(true);
    if tokio::time::timeout(Duration::from_millis(SHUTDOWN_MS_MAX), &mut requests)
        .await
        .is_err()
    {
        tracing::warn!("some connections did not end in time");
        requests.abort();
    }
    // Both end by themselves: the outbox with what it carries, the followers when they are dropped.
    _ = outbox.await;
    if let Some(mut post) = post {
        // A letter that is cut off here is sent again under its name.
        if tokio::time::timeout(Duration::from_millis(SHUTDOWN_MS_MAX), &mut post)
            .await
            .is_err()
        {
            post.abort();
        }
    }
    _ = hooks.await;
    registers.abort();
    names.abort();
    sweeper.abort();
    returned.abort();
    house.close().await;
    Ok(())
}

/// Sweeps out what has ended, until the process does.
async fn sweep(app: App) {
    loop {
        tokio::time::sleep(Duration::from_secs(SWEEP_SECONDS)).await;
        app.door.sweep();
        if let Err(failure) = app.accounts.sweep().await {
            tracing::warn!(?failure, "ended sessions wait to be swept out");
        }
        if let Err(failure) = crate::portal::sweep(app.house.journal.records(), clock::now()).await {
            tracing::warn!(?failure, "old drafts and confirmations wait to be swept out");
        }
    }
}
