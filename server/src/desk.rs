//! The officer's desk: an agency's open cases by deadline, who has them, and handing them over.

use journal::{Change, Order, WriteError};
use kernel::{AccountId, AgencyId, CaseId, Outline};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::failure::Failure;
use crate::house::House;
use crate::limits::{PAGE_ROWS, WRITE_TRIES_MAX};
use crate::portal::assignments::{self, Colleague, Handover};
use crate::runner::Loaded;
use crate::view::{self, CaseLine};

/// Collection of the desk's lines, of the view of case lists.
pub const DESK: &str = "desk-lines";
/// Where cases stand that owe nothing, or whose clock stands: after all others.
const LAST_MS: i64 = i64::MAX / 2;

/// Which of the agency's open cases.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Filter {
    /// Slug of a service.
    pub service: Option<String>,
    /// A status.
    pub status: Option<String>,
    /// Only those whose deadline is past; they come by deadline.
    #[serde(default)]
    pub overdue: bool,
    /// Only the reader's.
    #[serde(default)]
    pub mine: bool,
    /// Only those that nobody has.
    #[serde(default)]
    pub unassigned: bool,
    /// `due` or `opened`.
    pub order: Option<By>,
    /// Where the list goes on.
    pub cursor: Option<String>,
}

/// The order of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The nearest deadline first.
    Due,
    /// The oldest first.
    Opened,
}

/// How many cases there are.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Counts {
    /// Open, of the agency.
    pub open: u64,
    /// Past their deadline.
    pub overdue: u64,
    /// The reader's.
    pub mine: u64,
    /// Nobody's.
    pub unassigned: u64,
}

/// Whose cases a tag lists.
enum Whose<'a> {
    All,
    Of(&'a AccountId),
    Nobodys,
}

/// Each tag is one question that a desk may ask, so that every answer is one look-up in the index.
fn tag(agency: &AgencyId, whose: &Whose<'_>, service: Option<&str>, status: Option<&str>, by: By) -> String {
    let whose = match whose {
        Whose::All => "*",
        Whose::Of(account) => account.as_str(),
        Whose::Nobodys => "-",
    };
    let by = match by {
        By::Due => "due",
        By::Opened => "opened",
    };
    format!("desk:{agency}:{whose}:{}:{}:{by}", service.unwrap_or("*"), status.unwrap_or("*"))
}

/// The desk's line of a case with its tags; none if the case is closed.
pub fn drawn(loaded: &Loaded, outline: &Outline, assigned: Option<&Colleague>) -> Option<(Value, Vec<(String, i64)>)> {
    if outline.closed {
        return None;
    }
    let (agency, slug) = (&loaded.desk.agency, loaded.desk.service.slug);
    let due_ms = outline.due.filter(|due| !due.paused).map_or(LAST_MS, |due| due.at.as_millisecond());
    let opened_ms = loaded.stamp.opened_at.as_millisecond();
    let mut tags = Vec::with_capacity(16);
    for whose in [Whose::All, assigned.map_or(Whose::Nobodys, |to| Whose::Of(&to.account))] {
        for service in [None, Some(slug)] {
            for status in [None, Some(outline.status.as_str())] {
                tags.push((tag(agency, &whose, service, status, By::Due), due_ms));
                tags.push((tag(agency, &whose, service, status, By::Opened), opened_ms));
            }
        }
    }
    Some((json!({"due_ms": due_ms}), tags))
}

/// A page of an officer's desk.
///
/// # Errors
/// The store is away, or the cursor is not one.
pub async fn page(house: &House, me: &AccountId, agency: &AgencyId, filter: &Filter) -> Result<(Vec<CaseLine>, Option<String>), Failure> {
    house.lines.catch_up().await;
    let whose = match (filter.mine, filter.unassigned) {
        (true, _) => Whose::Of(me),
        (false, true) => Whose::Nobodys,
        (false, false) => Whose::All,
    };
    let by = filter.order.filter(|_| !filter.overdue).unwrap_or(By::Due);
    let tag = tag(agency, &whose, filter.service.as_deref(), filter.status.as_deref(), by);
    let views = house.journal.views();
    let (mut documents, mut next) = views
        .list(DESK, &tag, Order::Ascending, filter.cursor.as_deref(), PAGE_ROWS)
        .await?;
    let now = clock::now();
    let is_late = |d: &journal::Document| d.doc["due_ms"].as_i64().is_some_and(|due| due < now.as_millisecond());
    if filter.overdue && !documents.iter().all(is_late) {
        documents.retain(is_late);
        next = None;
    }
    let keys: Vec<&str> = documents.iter().map(|d| d.key.as_str()).collect();
    let assigned = assignments::of(house.journal.records(), &keys).await?;
    let mut lines = Vec::with_capacity(keys.len());
    for (key, assigned) in keys.iter().zip(assigned) {
        let Ok(id) = CaseId::try_new(key) else { continue };
        let loaded = match house.load(&id).await {
            Ok(Some(loaded)) => loaded,
            // Set aside; the list of all cases shows it so.
            Ok(None) | Err(Failure::Problem(_)) => continue,
            Err(other) => return Err(other),
        };
        let outline = loaded.desk.service.machine().outline(&loaded.state);
        let actor = kernel::Actor::Officer {
            account: me.clone(),
            name: String::new(),
            agency: agency.clone(),
        };
        let line = view::line(&loaded.desk, &id, &outline, loaded.stamp, &actor).counted(&house.zone, now);
        lines.push(CaseLine { assigned, ..line });
    }
    Ok((lines, next))
}

/// How many open cases an agency has.
///
/// # Errors
/// The store is away.
pub async fn counts(house: &House, me: &AccountId, agency: &AgencyId) -> Result<Counts, Failure> {
    let views = house.journal.views();
    let all = |whose: &Whose<'_>| tag(agency, whose, None, None, By::Due);
    Ok(Counts {
        open: views.count(DESK, &all(&Whose::All)).await?,
        overdue: views.count_below(DESK, &all(&Whose::All), clock::now_ms()).await?,
        mine: views.count(DESK, &all(&Whose::Of(me))).await?,
        unassigned: views.count(DESK, &all(&Whose::Nobodys)).await?,
    })
}

/// Open cases of a service, and how many of them are past their deadline.
///
/// # Errors
/// The store is away.
pub async fn open_and_overdue(house: &House, agency: &AgencyId, slug: &str) -> Result<(u64, u64), Failure> {
    let views = house.journal.views();
    let tag = tag(agency, &Whose::All, Some(slug), None, By::Due);
    Ok((
        views.count(DESK, &tag).await?,
        views.count_below(DESK, &tag, clock::now_ms()).await?,
    ))
}

/// Hands cases over, and draws their lines anew.
///
/// # Errors
/// As [`assignments::hand_over`].
pub async fn hand_over(house: &House, cases: &[CaseId], handover: &Handover) -> Result<(), Failure> {
    assignments::hand_over(house.journal.records(), cases, handover).await?;
    // A line that the view began to draw before the hand-over was written would come after ours: it is let pass first.
    house.lines.reach(house.journal.head().await?.position).await;
    for case in cases {
        redraw(house, case).await?;
    }
    Ok(())
}

async fn redraw(house: &House, case: &CaseId) -> Result<(), Failure> {
    let views = house.journal.views();
    for _ in 0..WRITE_TRIES_MAX {
        let Some(standing) = views.get(DESK, case.as_str()).await? else {
            return Ok(());
        };
        let Some(loaded) = house.load(case).await? else { return Ok(()) };
        let outline = loaded.desk.service.machine().outline(&loaded.state);
        let assigned = assignments::of(house.journal.records(), &[case.as_str()]).await?.pop().flatten();
        let Some((doc, tags)) = drawn(&loaded, &outline, assigned.as_ref()) else {
            return Ok(());
        };
        let change = Change::PutIf {
            collection: DESK.into(),
            key: case.to_string(),
            doc,
            tags,
            revision: standing.revision,
        };
        match views.write(vec![change]).await {
            Ok(_) => return Ok(()),
            // The view drew it meanwhile.
            Err(WriteError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    tracing::warn!(%case, "a desk's line is drawn again with the next event");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;
    use kernel::{Actor, Due};

    use super::*;
    use crate::view::Stamp;

    fn loaded() -> Loaded {
        let desk = crate::house::desks_anywhere()["instant-registration"].clone();
        let at: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        Loaded {
            state: desk.service.machine().blank(),
            desk,
            owner: None,
            stamp: Stamp {
                version: 1,
                opened_at: at,
                updated_at: at,
            },
        }
    }

    fn outline(due: Option<(&str, bool)>, closed: bool) -> Outline {
        let due = due.map(|(at, paused)| Due {
            at: at.parse().unwrap(),
            provisional: false,
            paused,
        });
        Outline {
            status: "referred".into(),
            due,
            closed,
            ..Outline::default()
        }
    }

    #[test]
    fn a_line_stands_under_each_question_and_what_owes_nothing_comes_last() {
        let sort = |outline: &Outline, tag: &str| {
            let (_, tags) = drawn(&loaded(), outline, None).unwrap();
            tags.iter().find(|(name, _)| name == tag).map(|(_, sort)| *sort)
        };
        let due = outline(Some(("2026-11-25T10:00:00Z", false)), false);
        let at_ms = "2026-11-25T10:00:00Z".parse::<Timestamp>().unwrap().as_millisecond();
        for tag in [
            "desk:any:*:*:*:due",
            "desk:any:-:instant-registration:*:due",
            "desk:any:*:*:referred:due",
        ] {
            assert_eq!(sort(&due, tag), Some(at_ms), "{tag}");
        }
        assert_eq!(sort(&outline(None, false), "desk:any:*:*:*:due"), Some(LAST_MS));
        let paused = outline(Some(("2026-11-25T10:00:00Z", true)), false);
        assert_eq!(
            sort(&paused, "desk:any:*:*:*:due"),
            Some(LAST_MS),
            "nobody is late while the clock stands"
        );
        let opened_ms = loaded().stamp.opened_at.as_millisecond();
        assert_eq!(sort(&paused, "desk:any:-:*:*:opened"), Some(opened_ms));
        assert!(
            drawn(&loaded(), &outline(None, true), None).is_none(),
            "a closed case is on no desk"
        );
        let to = Colleague {
            account: AccountId::try_new("officer.one").unwrap(),
            name: "审查员".into(),
        };
        let (_, tags) = drawn(&loaded(), &due, Some(&to)).unwrap();
        assert!(tags.iter().any(|(tag, _)| tag == "desk:any:officer.one:*:*:due") && !tags.iter().any(|(tag, _)| tag.contains(":-:")));
    }

    #[test]
    fn days_left_are_working_days_of_the_zones_calendar() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let zone = crate::zone_pack::read(&root.join("data/zones/shenzhen-qianhai"), &root.join("data")).unwrap();
        let id = CaseId::try_new("QH261120-AAAAAAAAAA").unwrap();
        let line = |outline: &Outline, now: &str| {
            let loaded = loaded();
            view::line(&loaded.desk, &id, outline, loaded.stamp, &Actor::System).counted(&zone, now.parse().unwrap())
        };
        // Friday afternoon in the zone to Wednesday evening.
        let due = outline(Some(("2026-11-25T10:00:00Z", false)), false);
        let friday = line(&due, "2026-11-20T08:00:00Z");
        assert_eq!((friday.days_left, friday.overdue), (Some(3), false));
        let after = line(&due, "2026-11-25T10:00:01Z");
        assert_eq!((after.days_left, after.overdue), (Some(0), true), "late on the day itself");
        assert_eq!(line(&due, "2026-11-30T02:00:00Z").days_left, Some(-3));
        let closed = line(&outline(Some(("2026-11-25T10:00:00Z", false)), true), "2026-11-30T02:00:00Z");
        assert_eq!((closed.days_left, closed.overdue), (None, false));
    }
}
