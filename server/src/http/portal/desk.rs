//! The officer's desk: open cases, colleagues, hand-overs.

use axum::extract::State;
use kernel::{AccountId, Actor, AgencyId, BadInput, CaseId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts::Capacity;
use crate::clock;
use crate::desk::{self, Filter};
use crate::failure::Failure;
use crate::http::App;
use crate::http::answers::{Answer, json as reply, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Path, Query};
use crate::limits::{HANDOVER_CASES_MAX, HANDOVER_REASON_CHARS_MAX};
use crate::portal::assignments::{self, Colleague, Handover};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    cases: Vec<CaseId>,
    to: AccountId,
    reason: String,
}

/// The officer who is logged in.
fn officer(visitor: &Visitor) -> Result<(Colleague, AgencyId), Failure> {
    match visitor.actor()? {
        Actor::Officer { account, name, agency } => Ok((Colleague { account, name }, agency)),
        Actor::Person { .. } | Actor::System => Err(Failure::Forbidden),
    }
}

/// The agency's open cases.
pub async fn list(State(app): State<App>, visitor: Visitor, Query(filter): Query<Filter>) -> Answer {
    let (me, agency) = officer(&visitor)?;
    let (cases, next) = desk::page(&app.house, &me.account, &agency, &filter).await?;
    let counts = desk::counts(&app.house, &me.account, &agency).await?;
    // What nobody has is said so, not left out.
    let mut cases = serde_json::to_value(cases).unwrap_or_default();
    for line in cases.as_array_mut().into_iter().flatten() {
        for name in ["due", "assigned", "days_left"] {
            let value = line.get(name).cloned().unwrap_or(Value::Null);
            line[name] = value;
        }
    }
    reply(&json!({"cases": cases, "next": next, "counts": counts}))
}

/// Officers of the agency, to hand a case over to.
pub async fn officers(State(app): State<App>, visitor: Visitor) -> Answer {
    let (_, agency) = officer(&visitor)?;
    let officers = app.accounts.officers(&agency).await?.into_iter();
    let officers: Vec<Colleague> = officers
        .map(|a| Colleague {
            account: a.id,
            name: a.name,
        })
        .collect();
    reply(&json!({"officers": officers}))
}

/// Hands cases over, all or none.
pub async fn assign(State(app): State<App>, visitor: Visitor, Body(body): Body) -> Answer {
    let (by, agency) = officer(&visitor)?;
    let mut wish: Wish = read_typed(&body)?;
    let reason = wish.reason.trim();
    check(&wish, reason)?;
    let to = app.accounts.find(&wish.to).await?.filter(|a| !a.disabled);
    let to = to.filter(|a| matches!(&a.capacity, Capacity::Officer { agency: theirs } if *theirs == agency));
    let to = to.ok_or_else(|| {
        BadInput::at(
            "/to",
            "not-a-colleague",
            "该账号不是本机关的经办人",
            "not an officer of this agency",
        )
    })?;
    for (n, case) in wish.cases.iter().enumerate() {
        let loaded = app.house.load(case).await?.filter(|loaded| loaded.desk.agency == agency);
        let is_open = |loaded: &crate::runner::Loaded| !loaded.desk.service.machine().outline(&loaded.state).closed;
        if !loaded.as_ref().is_some_and(is_open) {
            let (zh, en) = ("不是本机关的在办件", "not an open case of this agency");
            return Err(BadInput::at(format!("/cases/{n}"), "not-on-the-desk", zh, en).into());
        }
    }
    wish.cases.sort();
    wish.cases.dedup();
    let handover = Handover {
        at: clock::now(),
        to: Colleague {
            account: to.id,
            name: to.name,
        },
        by,
        reason: reason.into(),
    };
    desk::hand_over(&app.house, &wish.cases, &handover).await?;
    tracing::info!(target: "audit", by = %handover.by.account, to = %handover.to.account, cases = wish.cases.len(), "cases were handed over");
    reply(&json!({"cases": wish.cases, "to": handover.to}))
}

fn check(wish: &Wish, reason: &str) -> Result<(), BadInput> {
    if wish.cases.is_empty() || wish.cases.len() > HANDOVER_CASES_MAX {
        let (zh, en) = (
            format!("一次转办一至 {HANDOVER_CASES_MAX} 件"),
            format!("from one to {HANDOVER_CASES_MAX} cases at once"),
        );
        return Err(BadInput::at("/cases", "range", zh, en));
    }
    if reason.is_empty() || reason.chars().count() > HANDOVER_REASON_CHARS_MAX {
        let zh = format!("请填写转办原因，最多 {HANDOVER_REASON_CHARS_MAX} 字");
        let en = format!("say why, in at most {HANDOVER_REASON_CHARS_MAX} characters");
        return Err(BadInput::at("/reason", "reason", zh, en));
    }
    Ok(())
}

/// The hand-overs of a case, the latest last; for officers of its agency.
pub async fn history(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let (_, agency) = officer(&visitor)?;
    let id = CaseId::try_new(&id).map_err(|_| Failure::NotFound)?;
    let loaded = app.house.load(&id).await?.filter(|loaded| loaded.desk.agency == agency);
    loaded.ok_or(Failure::NotFound)?;
    let history = assignments::history(app.house.journal.records(), &id).await?;
    reply(&json!({"history": history}))
}
