//! The rating of a case by its owner.

use axum::extract::State;
use kernel::{Bilingual, CaseId, Deed};
use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::http::App;
use crate::http::answers::{Answer, json as reply, read_typed};
use crate::http::door::Visitor;
use crate::http::extract::{Body, Path};
use crate::portal::looks;
use crate::portal::ratings::{self, Wish};

/// What the owner said, and whether the reader may say something.
pub async fn one(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let actor = visitor.actor()?;
    let id = CaseId::try_new(&id).map_err(|_| Failure::NotFound)?;
    let (loaded, view) = app.house.see(&id, &actor).await?;
    let records = app.house.journal.records();
    looks::by_reader(records, &actor, &id, &loaded, "case").await?;
    let rating = ratings::of(records, &id).await?;
    let is_owner = actor.person().is_some() && actor.person() == loaded.owner.as_deref();
    let may_rate = is_owner && view.line.closed && rating.is_none();
    reply(&json!({"rating": rating, "may_rate": may_rate}))
}

/// Says it, once.
pub async fn rate(State(app): State<App>, visitor: Visitor, Path(id): Path<String>, Body(body): Body) -> Answer {
    let actor = visitor.actor()?;
    let id = CaseId::try_new(&id).map_err(|_| Failure::NotFound)?;
    let (loaded, view) = app.house.see(&id, &actor).await?;
    if actor.person().is_none() || actor.person() != loaded.owner.as_deref() {
        return Err(Failure::Forbidden);
    }
    app.house.check_scope(&actor, loaded.desk.service.slug, Deed::Apply).await?;
    if !view.line.closed {
        return Err(Failure::Refusal {
            code: "not-closed".into(),
            message: Bilingual::new("办结后方可评价", "A case is rated when it has ended"),
        });
    }
    let wish: Wish = read_typed(&body)?;
    let slug = loaded.desk.service.slug;
    let rating = ratings::rate(app.house.journal.records(), &id, slug, wish, clock::now(), app.house.today()).await?;
    reply(&json!({"rating": rating, "may_rate": false}))
}
