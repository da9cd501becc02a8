//! What an API token may do: which requests its scopes cover, decided before anything else is looked at.

use axum::http::Method;
use kernel::CaseId;

use super::super::App;
use crate::accounts::Scopes;
use crate::failure::Failure;

/// What a path, below `/api`, is about.
#[derive(Debug, PartialEq, Eq)]
enum About<'a> {
    /// What everyone may know, and who is logged in.
    Everyone,
    /// One service.
    Service(&'a str),
    /// One case.
    Case(&'a str),
    /// Anything of the account that is of no one service.
    Account,
}

fn about(path: &str) -> About<'_> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next()) {
        (Some("me" | "zone" | "openapi.json"), None) | (Some("services"), None) => About::Everyone,
        (Some("services" | "drafts"), Some(slug)) => About::Service(slug),
        (Some("cases"), Some(id)) => About::Case(id),
        _ => About::Account,
    }
}

/// A question changes nothing, although it is a POST.
fn is_question(path: &str) -> bool {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    parts.next() == Some("services") && parts.nth(1) == Some("ask")
}

/// Lets a request with these scopes pass, or not. What there is not is left to its handler.
///
/// # Errors
/// The scopes do not cover it; the store is away.
pub async fn check(app: &App, scopes: &Scopes, method: &Method, path: &str) -> Result<(), Failure> {
    let reads = matches!(*method, Method::GET | Method::HEAD) || (*method == Method::POST && is_question(path));
    if !(if reads { scopes.read } else { scopes.write }) {
        return Err(Failure::OutOfScope);
    }
    if scopes.services.is_empty() {
        return Ok(());
    }
    let covered = match about(path) {
        About::Everyone => true,
        About::Service(slug) => scopes.cover(slug),
        About::Case(id) => match CaseId::try_new(id) {
            Ok(id) => {
                let loaded = app.house.load_at_least(&id, 1).await?;
                loaded.is_none_or(|case| scopes.cover(case.desk.service.slug))
            }
            Err(_) => true,
        },
        About::Account => false,
    };
    if covered { Ok(()) } else { Err(Failure::OutOfScope) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_about_a_service_a_case_or_the_account() {
        assert_eq!(about("/services"), About::Everyone);
        assert_eq!(about("/services/a/cases"), About::Service("a"));
        assert_eq!(about("/drafts/a"), About::Service("a"));
        assert_eq!(about("/drafts"), About::Account);
        assert_eq!(about("//cases/QH1/sign"), About::Case("QH1"));
        assert_eq!(about("/cases"), About::Account, "a list over all services");
        assert_eq!(about("/webhooks/x"), About::Account);
        assert_eq!(about("/"), About::Account);
        assert_eq!(about("/me/else"), About::Account);
    }

    #[test]
    fn only_a_question_is_a_question() {
        assert!(is_question("/services/a/ask/check-name"));
        assert!(!is_question("/services/ask/cases"));
        assert!(!is_question("/cases/QH1/ask"));
    }
}
