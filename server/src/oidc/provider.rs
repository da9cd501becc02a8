//! The provider itself: what it publishes, the way there and back, and the checks that make its word good.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::{Problem, Zone};
use openidconnect::core::{CoreClient, CoreIdToken, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType};
use openidconnect::http::{HeaderValue, Request, Response, header};
use openidconnect::{
    AccessToken, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ureq::tls::{RootCerts, TlsConfig};

use super::claims::capacity_and_name;
use super::settings::Settings;
use crate::accounts::Vouched;
use crate::clock;
use crate::failure::Failure;
use crate::limits::{PROVIDER_ANSWER_BYTES_MAX, PROVIDER_CLOCK_SKEW_SECONDS, PROVIDER_MEMORY_SECONDS, PROVIDER_REQUEST_MS_MAX};

/// Where the provider sends browsers back to.
const CALLBACK: &str = "/api/login/oidc/callback";

/// Every algorithm with which a provider signs by a key that only it has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A login on its way to the provider and back; kept here, so that a browser can't change it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// Must come back inside the provider's word.
    pub nonce: String,
    /// Proves that the code is redeemed by who asked for it (RFC 7636).
    pub verifier: String,
    /// Digest of a cookie of the browser that began.
    pub browser: String,
    /// A path of the portal to go on to.
    pub next: Option<String>,
}

/// What the provider publishes, and when it was read.
struct Published {
    metadata: CoreProviderMetadata,
    read_at: i64,
}

/// The provider that the operator has set.
pub struct Provider {
    /// What the operator has set.
    pub settings: Settings,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    secret: Option<ClientSecret>,
    agent: ureq::Agent,
    published: RwLock<Option<Arc<Published>>>,
}

/// An answer of the provider that was none.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoAnswer(String);

impl Provider {
    /// From the operator's settings; the provider itself is asked at the first login, because it may be away when we start.
    ///
    /// # Errors
    /// The settings can't be meant so, or the secret can't be read.
    pub fn new(settings: Settings, zone: &Zone) -> Result<Self, Problem> {
        settings.check(zone)?;
        let wrong = |e: &dyn std::fmt::Display| Problem(format!("the operator's section [oidc] is read: {e}"));
        // A URL type adds a slash that the provider's own name may not have: discovery compares letter by letter.
        let issuer = settings.issuer.as_str();
        let issuer = if settings.issuer.path() == "/" {
            issuer.trim_end_matches('/')
        } else {
            issuer
        };
        let issuer = IssuerUrl::new(issuer.to_string()).map_err(|e| wrong(&e))?;
        let back = settings.redirect.join(CALLBACK).map_err(|e| wrong(&e))?;
        let redirect = RedirectUrl::new(back.to_string()).map_err(|e| wrong(&e))?;
        let secret = settings.secret()?.map(ClientSecret::new);
        Ok(Self {
            issuer,
            redirect,
            secret,
            agent: agent(),
            published: RwLock::new(None),
            settings,
        })
    }

    /// Goes by this name.
    pub fn is(&self, issuer: &str) -> bool {
        self.issuer.as_str() == issuer
    }

    /// Where a browser that begins to log in is to be sent. `state` is what the provider gives back.
    ///
    /// # Errors
    /// The provider is down.
    pub async fn way_there(self: &Arc<Self>, begun: &Begun, state: &str) -> Result<String, Failure> {
        let (provider, begun, state) = (self.clone(), begun.clone(), state.to_string());
        waiting(move || provider.address(begun, state)).await?
    }

    /// Redeems the code that a browser brought back, and checks the provider's word: signature, issuer, audience, time, nonce.
    ///
    /// # Errors
    /// The provider is down; or a refusal: the code or the word does not hold.
    pub async fn way_back(self: &Arc<Self>, begun: &Begun, code: &str) -> Result<Vouched, Failure> {
        let (provider, begun, code) = (self.clone(), begun.clone(), code.to_string());
        waiting(move || provider.redeem(&begun, code)).await?
    }

    fn address(&self, begun: Begun, state: String) -> Result<String, Failure> {
        let published = self.published(false)?;
        let client = CoreClient::from_provider_metadata(published.metadata.clone(), self.id(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(begun.verifier));
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (url, _, _) = client
            .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(begun.nonce))
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .url();
        Ok(url.into())
    }

    fn redeem(&self, begun: &Begun, code: String) -> Result<Vouched, Failure> {
        let published = self.published(false)?;
        let client = CoreClient::from_provider_metadata(published.metadata.clone(), self.id(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone());
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| Problem::during("a code is redeemed", e))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()));
        let tokens = request.request(&|request| self.fetch(request)).map_err(|e| match e {
            RequestTokenError::ServerResponse(said) if !is_trouble(said.error().as_ref()) => {
                not_proven(&format!("the code was not redeemed: {said}"))
            }
            other => down(&format!("a code could not be redeemed: {}", whole(&other))),
        })?;
        let word = tokens.id_token().ok_or_else(|| not_proven("the provider gave no ID token"))?;
        let subject = self.verified_subject(word, &begun.nonce, &published)?;
        let mut claims = payload(&word.to_string()).ok_or_else(|| not_proven("the ID token has no claims"))?;
        for (name, claim) in self.more_claims(&published.metadata, tokens.access_token(), &subject)? {
            claims.entry(name).or_insert(claim);
        }
        let (capacity, name) = capacity_and_name(&self.settings, &claims);
        Ok(Vouched {
            issuer: self.issuer.to_string(),
            subject,
            name,
            capacity,
        })
    }

    fn verified_subject(&self, word: &CoreIdToken, nonce: &str, published: &Published) -> Result<String, Failure> {
        let nonce = Nonce::new(nonce.to_string());
        let verify = |published: &Published| {
            let client = CoreClient::from_provider_metadata(published.metadata.clone(), self.id(), self.secret.clone());
            let verifier = client
                .id_token_verifier()
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(|| instant(-PROVIDER_CLOCK_SKEW_SECONDS))
                .set_issue_time_verifier_fn(issued_before_now);
            word.claims(&verifier, &nonce).map(|claims| claims.subject().to_string())
        };
        let subject = match verify(published) {
            // The provider has changed its keys since we looked.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
            )) => verify(&*self.published(true)?),
            other => other,
        };
        subject.map_err(|e| not_proven(&format!("the ID token does not hold: {e}")))
    }

    /// What the provider tells at its userinfo endpoint, where many put all but the subject.
    fn more_claims(&self, metadata: &CoreProviderMetadata, token: &AccessToken, subject: &str) -> Result<Map<String, Value>, Failure> {
        let Some(endpoint) = metadata.userinfo_endpoint() else {
            return Ok(Map::new());
        };
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret())).map_err(|e| Problem::during("a token is sent", e))?;
        let request = Request::get(endpoint.as_str())
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/json")
            .body(vec![])
            .map_err(|e| Problem::during("the userinfo is asked for", e))?;
        let answer = self.fetch(request).map_err(|e| down(&format!("no userinfo: {e}")))?;
        if !answer.status().is_success() {
            return Err(down(&format!("the userinfo endpoint answers {}", answer.status())));
        }
        let claims: Map<String, Value> = serde_json::from_slice(answer.body()).map_err(|e| down(&format!("no userinfo: {e}")))?;
        // The userinfo is not signed: only the subject ties it to the word that was.
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(not_proven("the userinfo is about another subject"));
        }
        Ok(claims)
    }

    /// What the provider publishes, remembered for a while or read anew.
    fn published(&self, anew: bool) -> Result<Arc<Published>, Failure> {
        let now = clock::now().as_second();
        let known = self.published.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|k| !anew && k.read_at + PROVIDER_MEMORY_SECONDS > now) {
            return Ok(known);
        }
        let metadata = CoreProviderMetadata::discover(&self.issuer, &|request| self.fetch(request)).map_err(|e| match e {
            DiscoveryError::Validation(why) => down(&format!("the provider is not the one that was set: {why}")),
            other => down(&format!("what the provider publishes can't be read: {}", whole(&other))),
        })?;
        let fresh = Arc::new(Published { metadata, read_at: now });
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Ok(fresh)
    }

    fn id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }

    fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let answer = self.agent.run(request).map_err(|e| NoAnswer(e.to_string()))?;
        let (parts, mut body) = answer.into_parts();
        let body = body.with_config().limit(PROVIDER_ANSWER_BYTES_MAX).read_to_vec();
        Ok(Response::from_parts(parts, body.map_err(|e| NoAnswer(e.to_string()))?))
    }
}

/// Does what waits for the provider on a thread of its own.
async fn waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Problem::during("the login provider is asked", e).into())
}

fn agent() -> ureq::Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        // A provider that sends us elsewhere could send our secret there.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_millis(PROVIDER_REQUEST_MS_MAX)))
        .tls_config(tls)
        .build()
        .into()
}

/// Errors by which a provider says that it is itself at fault (RFC 6749, section 4.1.2.1).
pub fn is_trouble(error: &str) -> bool {
    matches!(error, "server_error" | "temporarily_unavailable")
}

/// An error with what lies below it.
fn whole(error: &dyn std::error::Error) -> String {
    let below = std::iter::successors(error.source(), |e| e.source());
    below.fold(error.to_string(), |text, e| format!("{text}: {e}"))
}

fn down(why: &str) -> Failure {
    tracing::warn!(why, "the login provider is down");
    Failure::ProviderDown(30)
}

fn not_proven(why: &str) -> Failure {
    tracing::info!(target: "audit", why, "a login elsewhere was refused");
    Failure::refusal(
        "login-not-proven",
        "统一身份认证的结果未通过核验，请重新登录",
        "What the login provider said could not be verified; log in again",
    )
}

fn instant(seconds_off: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(clock::now().as_second() + seconds_off, 0).unwrap_or_default()
}

fn issued_before_now(at: DateTime<Utc>) -> Result<(), String> {
    if at <= instant(PROVIDER_CLOCK_SKEW_SECONDS) {
        Ok(())
    } else {
        Err("issued in the future".into())
    }
}

/// Claims of a token that was verified already.
fn payload(token: &str) -> Option<Map<String, Value>> {
    let body = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}
