//! What a provider's claims make of somebody here: an officer of an agency, or a citizen with a paper.

use kernel::papers::Paper;
use serde_json::{Map, Value};

use super::settings::Settings;
use crate::accounts::Capacity;
use crate::limits::PERSON_NAME_CHARS_MAX;

/// What somebody is for and is called. An office goes before a paper: who is both decides here and applies with another login.
pub fn capacity_and_name(settings: &Settings, claims: &Map<String, Value>) -> (Option<Capacity>, String) {
    let role = settings
        .roles
        .iter()
        .find(|role| find(claims, &role.claim).is_some_and(|claim| says(claim, &role.value)));
    let office = role.map(|role| Capacity::Officer {
        agency: role.agency.clone(),
    });
    let capacity = office.or_else(|| paper(settings, claims).map(|paper| Capacity::Person { paper }));
    let name = text(claims, &settings.claims.name)
        .or_else(|| text(claims, "sub"))
        .unwrap_or_default();
    (capacity, name.chars().take(PERSON_NAME_CHARS_MAX).collect())
}

fn paper(settings: &Settings, claims: &Map<String, Value>) -> Option<Paper> {
    let number = text(claims, settings.claims.paper_number.as_ref()?)?;
    let kind = settings.claims.paper_kind.as_ref().and_then(|name| text(claims, name));
    // A number that does not check names nobody; the reason never repeats the number.
    match Paper::try_new(kind.unwrap_or("citizen-id"), number)? {
        Ok(paper) => Some(paper),
        Err(error) => {
            tracing::warn!(%error, "a login provider gave the number of a paper that does not check");
            None
        }
    }
}

/// A claim of that name, or else the place that its dots lead to.
fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(claim) = claims.get(name) {
        return Some(claim);
    }
    let mut steps = name.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |at, step| at.get(step))
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    find(claims, name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn says(claim: &Value, value: &str) -> bool {
    match claim {
        Value::String(text) => text == value,
        Value::Array(items) => items.iter().any(|item| item == value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings() -> Settings {
        let text = r#"
            issuer = "https://id.example"
            client-id = "us"
            name = { zh = "统一身份认证", en = "Identity" }
            redirect = "https://portal.example"
            claims = { paper-number = "card" , paper-kind = "card_kind" }
            [[roles]]
            claim = "realm_access.roles"
            value = "registrar"
            agency = "market-regulation"
            [[roles]]
            claim = "https://example/office"
            value = "tax"
            agency = "tax"
        "#;
        toml::from_str(text).unwrap()
    }

    fn capacity(claims: Value) -> Option<Capacity> {
        capacity_and_name(&settings(), claims.as_object().unwrap()).0
    }

    fn agency(claims: Value) -> Option<String> {
        match capacity(claims)? {
            Capacity::Officer { agency } => Some(agency.to_string()),
            Capacity::Person { .. } => None,
        }
    }

    #[test]
    fn an_office_is_read_from_a_list_a_text_and_a_name_with_dots() {
        let listed = json!({"realm_access": {"roles": ["other", "registrar"]}});
        assert_eq!(agency(listed).as_deref(), Some("market-regulation"));
        assert_eq!(agency(json!({"https://example/office": "tax"})).as_deref(), Some("tax"));
        assert_eq!(agency(json!({"realm_access": {"roles": "registrars"}})), None);
        assert_eq!(agency(json!({"realm_access": "registrar"})), None);
    }

    #[test]
    fn a_paper_that_does_not_check_makes_nobody_a_citizen() {
        let good = json!({"card": "440399199203181026"});
        assert!(matches!(capacity(good), Some(Capacity::Person { .. })));
        assert_eq!(capacity(json!({"card": "440399199203181027"})), None);
        assert_eq!(capacity(json!({"card": "440399199203181026", "card_kind": "library-card"})), None);
        assert_eq!(capacity(json!({"sub": "x"})), None);
    }

    #[test]
    fn an_office_goes_before_a_paper() {
        let both = json!({"card": "440399199203181026", "https://example/office": "tax"});
        assert_eq!(agency(both).as_deref(), Some("tax"));
    }
}
