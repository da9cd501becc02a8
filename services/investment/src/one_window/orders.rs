//! Where each fact of the one form goes: what every authority is handed, from the form and from what others have made.

use kernel::case::Stage;
use kernel::{Effect, Firm};
use serde_json::{Value, json};

use super::decide::OneWindow;
use super::errand::{EmploymentOrder, FundOrder, InsuranceOrder};
use super::form::Matter;
use super::{SLUG, Started};

/// Opens the registration.
pub fn registration(started: &Started) -> Option<Effect> {
    let form = started.form.as_deref()?;
    Some(Effect::Open {
        service: "instant-registration".into(),
        action: "commission".into(),
        input: json!({
            "application": form.application(), "owner": started.owner, "owner_name": started.owner_name, "parent": started.own,
        }),
        on_refusal: Some("refused".into()),
    })
}

/// Opens a matter at its authority.
pub fn matter(state: &OneWindow, matter: Matter) -> Option<Effect> {
    let (started, firm) = (state.started.as_deref()?, state.firm.as_ref()?);
    let mut input = json!({
        "parent": started.own, "owner": started.owner, "owner_name": started.owner_name, "firm": firm, "order": order(state, matter)?,
    });
    if matter == Matter::Tax {
        input["delivery"] = json!(state.wishes.delivery);
        input["tax_agent"] = json!(started.form.as_deref().and_then(|form| form.tax_agent()));
        input["account_number"] = json!(state.said(Matter::Account, "account-number"));
    }
    Some(Effect::Open {
        service: matter.service().into(),
        action: "open".into(),
        input,
        on_refusal: Some("refused".into()),
    })
}

fn order(state: &OneWindow, matter: Matter) -> Option<Value> {
    let wishes = &state.wishes;
    let staff = wishes.staff.as_ref();
    let order = match matter {
        Matter::Seals => json!(wishes.seals.as_ref()?),
        Matter::Account => json!(wishes.account.as_ref()?),
        Matter::Tax => json!(wishes.tax.as_ref()?),
        Matter::SocialInsurance => json!(InsuranceOrder {
            employees: staff?.employees,
            first_hired_on: staff?.first_hired_on,
        }),
        Matter::HousingFund => json!(FundOrder {
            employees: staff?.employees,
            percent: staff?.fund_percent?,
        }),
        Matter::Employment => json!(EmploymentOrder {
            employees: staff?.employees,
            first_hired_on: staff?.first_hired_on,
        }),
    };
    Some(order)
}

/// What one matter made and another needs: the account's number goes to the tax service.
pub fn handed_on(state: &OneWindow, from: Option<Matter>) -> Vec<Effect> {
    let tax = state.tasks.get(&Matter::Tax);
    let concerned = matches!(from, Some(Matter::Account | Matter::Tax));
    let number = state.said(Matter::Account, "account-number").filter(|_| concerned);
    let (Some(number), Some(case)) = (number, tax.filter(|t| !t.stage.is_closed()).and_then(|t| t.case.clone())) else {
        return vec![];
    };
    vec![Effect::Perform {
        case: Some(case),
        action: "learn-account".into(),
        input: json!({"account_number": number}),
        at: None,
    }]
}

/// Tells every matter that was opened of the firm as it now is.
pub fn firm_changed(state: &OneWindow, firm: &Firm) -> Vec<Effect> {
    let told = state
        .tasks
        .values()
        .filter(|t| !matches!(t.stage, Stage::Declined | Stage::Cancelled));
    let told = told.filter_map(|task| task.case.clone());
    told.map(|case| Effect::Perform {
        case: Some(case),
        action: "firm-changed".into(),
        input: json!({"firm": firm}),
        at: None,
    })
    .collect()
}

/// Follows the registration of a firm that existed before.
pub fn follow(started: &Started) -> Option<Effect> {
    let registration = started.firm.as_ref()?.registration.clone()?;
    Some(Effect::Perform {
        case: Some(registration),
        action: "watch".into(),
        input: json!({"parent": started.own}),
        at: None,
    })
}

/// The name under which this service is linked to.
pub fn slug() -> &'static str {
    SLUG
}
