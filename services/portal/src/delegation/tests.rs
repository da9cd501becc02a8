//! Given these events, when this command, then these events: the delegation without any store, clock or network.

use std::sync::Arc;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use kernel::papers::{CitizenId, Paper, UnifiedCode};
use kernel::ports::{Answer, Down};
use kernel::registers::IdentityRow;
use kernel::testing::{Then, given, setting, zone};
use kernel::{AccountId, Actor, AgencyId, Agent, CaseId, Deed, Effect, Firm, Matter, Setting};
use proptest::prelude::*;
use serde_json::json;

use super::grant::Whom;
use super::*;

const LIN: &str = "440399199203181026";
const CHEN: &str = "440399198811022155";
const FIRM: &str = "9144030071526726XG";
const NOW: &str = "2026-11-22T02:00:00Z";

/// The number of someone who was born on that day.
fn born(day: &str) -> CitizenId {
    (0..=9)
        .map(|n| format!("440399{day}001{n}"))
        .chain([format!("440399{day}001X")])
        .find_map(|text| CitizenId::try_new(&text).ok())
        .unwrap()
}

fn paper(number: &str) -> Paper {
    Paper::try_new("citizen-id", number).unwrap().unwrap()
}

fn person(number: &str, name: &str) -> Actor {
    Actor::Person {
        account: AccountId::try_new("someone").unwrap(),
        person: paper(number).key(),
        name: name.into(),
        by: None,
    }
}

fn lin() -> Actor {
    person(LIN, "林晓雨")
}

fn chen() -> Actor {
    person(CHEN, "陈致远")
}

fn officer() -> Actor {
    Actor::Officer {
        account: AccountId::try_new("officer").unwrap(),
        name: "黄立群".into(),
        agency: AgencyId::try_new("government-data").unwrap(),
    }
}

fn at(now: &str, actor: Actor) -> Setting {
    let zone = zone("delegation", &[("months-max", json!(12))], &[]);
    setting(zone, Arc::new(Terms { months_max: 12 }), now, actor)
}

fn row(number: &str, capacity: bool) -> Option<IdentityRow> {
    Some(IdentityRow {
        person: paper(number).key(),
        name: "某人".into(),
        verified_on: date(2026, 11, 1),
        capacity,
    })
}

fn known() -> Facts {
    Facts {
        identities: Some(Answer::Given(vec![row(LIN, true)])),
        firm: None,
    }
}

fn scope(services: &[&str], powers: Deed) -> Scope {
    Scope {
        services: services.iter().map(|s| s.to_string()).collect(),
        powers,
    }
}

fn agent() -> Representative {
    Representative {
        name: "陈致远".into(),
        paper: paper(CHEN),
    }
}

fn grant(whom: Whom) -> Grant {
    Grant {
        whom,
        scope: scope(&["instant-registration"], Deed::Apply),
        until: date(2027, 1, 31),
    }
}

fn for_me() -> Grant {
    grant(Whom::Myself { agent: agent() })
}

fn for_firm() -> Grant {
    grant(Whom::Firm {
        unified_code: UnifiedCode::try_new(FIRM).unwrap(),
        firm_name: "测试市青禾软件有限公司".into(),
        agent: agent(),
    })
}

fn for_ward(day: &str) -> Grant {
    grant(Whom::Ward {
        ward_number: born(day),
        ward_name: "林小禾".into(),
        evidence: "母女关系，出生医学证明 K440012345".into(),
    })
}

fn granting(grant: Grant, facts: &Facts, actor: Actor) -> Then<Delegation> {
    given::<Delegation>(&[]).when(&Command::Grant(Box::new(grant)), facts, &at(NOW, actor))
}

fn then(events: &[Event], command: Command, actor: Actor) -> Then<Delegation> {
    given::<Delegation>(events).when(&command, &Facts::default(), &at(NOW, actor))
}

fn kinds(events: &[Event]) -> Vec<String> {
    let name = |e: &Event| serde_json::to_value(e).unwrap().as_object().unwrap().keys().next().unwrap().clone();
    events.iter().map(name).collect()
}

fn told(effects: &[Effect]) -> Vec<(&str, &str)> {
    let mut told = vec![];
    for effect in effects {
        if let Effect::Notify { person, notice, .. } = effect {
            told.push((person.as_str(), notice.as_str()));
        }
    }
    told
}

#[test]
fn it_holds_from_the_acceptance_within_its_scope_until_its_end() {
    let granted = granting(for_me(), &known(), lin());
    assert_eq!(kinds(granted.events()), ["Granted", "Offered"]);
    assert_eq!(told(&granted.effects), [(paper(CHEN).key().as_str(), "please-accept")]);
    let now: Timestamp = NOW.parse().unwrap();
    let chen_key = paper(CHEN).key();
    assert!(
        !granted.state.allows(&chen_key, "instant-registration", Deed::Read, now),
        "not before he accepts"
    );
    let accepted = then(granted.events(), Command::Accept(Accept {}), chen());
    let state = &accepted.state;
    let end = state.granted().unwrap().ends_at;
    assert_eq!(
        end,
        "2027-01-31T16:00:00Z".parse().unwrap(),
        "midnight in the zone after the last day"
    );
    assert!(state.allows(&chen_key, "instant-registration", Deed::Apply, now));
    assert!(
        !state.allows(&chen_key, "instant-registration", Deed::Sign, now),
        "signing was not granted"
    );
    assert!(!state.allows(&chen_key, "cash-pool", Deed::Read, now));
    assert!(!state.allows(&paper(LIN).key(), "instant-registration", Deed::Read, now));
    let last = end - SignedDuration::from_millis(1);
    assert!(state.allows(&chen_key, "instant-registration", Deed::Apply, last));
    assert!(
        !state.allows(&chen_key, "instant-registration", Deed::Read, end),
        "the end counts though no timer has run"
    );
}

#[test]
fn the_timer_ends_it_at_its_end_and_not_before() {
    let granted = granting(for_me(), &known(), lin());
    let timer = granted.effects.iter().find_map(|effect| match effect {
        Effect::Perform { action, at, .. } if action == "lapse" => *at,
        _ => None,
    });
    let end = granted.state.granted().unwrap().ends_at;
    assert_eq!(timer, Some(end));
    let lapse = |now: Timestamp| {
        given::<Delegation>(granted.events()).when(&Command::Lapse(Lapse {}), &known(), &at(&now.to_string(), Actor::System))
    };
    assert_eq!(lapse(end - SignedDuration::from_secs(1)).refused(), "too-late");
    let lapsed = lapse(end);
    assert_eq!(kinds(lapsed.events()), ["Lapsed"]);
    assert_eq!(told(&lapsed.effects).len(), 2, "both are told");
    let late = given::<Delegation>(granted.events()).when(&Command::Accept(Accept {}), &known(), &at(&end.to_string(), chen()));
    assert_eq!(late.refused(), "too-late", "nobody accepts what is over");
}

#[test]
fn no_service_named_means_all_but_never_delegations() {
    let mut wide = for_me();
    wide.scope = scope(&[], Deed::Sign);
    let granted = granting(wide, &known(), lin());
    let state = then(granted.events(), Command::Accept(Accept {}), chen()).state;
    let now: Timestamp = NOW.parse().unwrap();
    assert!(state.allows(&paper(CHEN).key(), "anything-at-all", Deed::Sign, now));
    assert!(!state.allows(&paper(CHEN).key(), SLUG, Deed::Read, now));
}

#[test]
fn who_may_not_grant() {
    let child = born("20100101");
    let cases: Vec<(&str, Grant, Facts, Actor)> = vec![
        ("minor", for_me(), known(), person(child.as_str(), "小林")),
        (
            "minor",
            grant(Whom::Myself {
                agent: Representative {
                    name: "小林".into(),
                    paper: Paper::CitizenId(child.clone()),
                },
            }),
            known(),
            lin(),
        ),
        (
            "no-capacity",
            for_me(),
            Facts {
                identities: Some(Answer::Given(vec![row(LIN, false)])),
                firm: None,
            },
            lin(),
        ),
        (
            "library-down",
            for_me(),
            Facts {
                identities: Some(Answer::Down(Down {
                    library: "identities".into(),
                    why: "test".into(),
                })),
                firm: None,
            },
            lin(),
        ),
        ("oneself-as-agent", for_me(), known(), chen()),
        (
            "past",
            Grant {
                until: date(2026, 11, 21),
                ..for_me()
            },
            known(),
            lin(),
        ),
        (
            "too-long",
            Grant {
                until: date(2027, 11, 23),
                ..for_me()
            },
            known(),
            lin(),
        ),
        (
            "ward-of-age",
            for_ward("20000101"),
            Facts {
                identities: Some(Answer::Given(vec![row(LIN, true), row(CHEN, true)])),
                firm: None,
            },
            lin(),
        ),
    ];
    for (code, grant, facts, actor) in cases {
        assert_eq!(granting(grant, &facts, actor).refused(), code);
    }
    let chained = Actor::Person {
        account: AccountId::try_new("someone").unwrap(),
        person: paper(LIN).key(),
        name: "林晓雨".into(),
        by: Some(Agent {
            person: paper(CHEN).key(),
            name: "陈致远".into(),
            delegation: CaseId::try_new("QH1").unwrap(),
        }),
    };
    assert_eq!(granting(for_me(), &known(), chained.clone()).refused(), "chained");
    let granted = granting(for_me(), &known(), lin());
    assert_eq!(
        then(granted.events(), Command::Revoke(Why { reason: String::new() }), chained).refused(),
        "chained"
    );
}

#[test]
fn a_paper_without_birth_date_needs_the_register_or_an_officer() {
    let passport = Actor::Person {
        account: AccountId::try_new("ada").unwrap(),
        person: "passport:E12345678".into(),
        name: "Ada Byron".into(),
        by: None,
    };
    let unknown = Facts {
        identities: Some(Answer::Given(vec![None])),
        firm: None,
    };
    assert_eq!(
        kinds(granting(for_me(), &unknown, passport.clone()).events()),
        ["Granted", "Referred"]
    );
    assert_eq!(kinds(granting(for_me(), &known(), passport).events()), ["Granted", "Offered"]);
}

#[test]
fn a_firm_is_represented_as_its_licence_says_else_an_officer_looks() {
    let licence = |representative: &str| Facts {
        firm: Some(Answer::Given(Some(Firm {
            unified_code: UnifiedCode::try_new(FIRM).unwrap(),
            name: "测试市青禾软件有限公司（执照）".into(),
            representative: paper(representative).key(),
            representative_name: "某人".into(),
            address_code: "440303001001000100100001".into(),
            address: "测试楼1室".into(),
            industry: "I6513".into(),
            established_on: date(2026, 1, 1),
            registration: None,
        }))),
        ..known()
    };
    let own = granting(for_firm(), &licence(LIN), lin());
    assert_eq!(kinds(own.events()), ["Granted", "Offered"]);
    let principal = &own.state.granted().unwrap().principal;
    assert_eq!(
        (principal.person.as_str(), principal.name.as_str()),
        ("unified-code:9144030071526726XG", "测试市青禾软件有限公司（执照）")
    );
    for facts in [
        licence(CHEN),
        Facts {
            firm: Some(Answer::Given(None)),
            ..known()
        },
    ] {
        let referred = granting(for_firm(), &facts, lin());
        assert_eq!(kinds(referred.events()), ["Granted", "Referred"]);
        assert_eq!(
            then(referred.events(), Command::Accept(Accept {}), chen()).refused(),
            "too-late",
            "not while an officer looks"
        );
        let approve = Command::Decide(Decide {
            approve: true,
            reason: "章程核实无误".into(),
        });
        let approved = then(referred.events(), approve, officer());
        assert_eq!(kinds(approved.events()), ["Approved", "Offered"], "the agent is still asked");
    }
}

#[test]
fn a_guardian_acts_only_after_an_officer_and_not_beyond_the_ward_s_minority() {
    let facts = Facts {
        identities: Some(Answer::Given(vec![row(LIN, true), None])),
        firm: None,
    };
    let referred = granting(for_ward("20081225"), &facts, lin());
    assert_eq!(kinds(referred.events()), ["Granted", "Referred"]);
    let granted = referred.state.granted().unwrap();
    assert_eq!(granted.until, date(2026, 12, 24), "the day before the eighteenth birthday");
    assert_eq!(granted.agent.person, paper(LIN).key(), "the guardian acts himself");
    let decide = |approve| {
        Command::Decide(Decide {
            approve,
            reason: "依据充分".into(),
        })
    };
    let now: Timestamp = NOW.parse().unwrap();
    let me = paper(LIN).key();
    assert!(!referred.state.allows(&me, "instant-registration", Deed::Read, now));
    let approved = then(referred.events(), decide(true), officer());
    assert!(approved.state.allows(&me, "instant-registration", Deed::Apply, now));
    let refused = then(referred.events(), decide(false), officer());
    assert_eq!(kinds(refused.events()), ["Refused"]);
    assert!(!refused.state.allows(&me, "instant-registration", Deed::Read, now));
    let all = [referred.events(), approved.events()].concat();
    let ended = then(
        &all,
        Command::End(End {
            reason: "监护人变更".into(),
        }),
        officer(),
    );
    assert!(!ended.state.allows(&me, "instant-registration", Deed::Read, now));
}

#[test]
fn who_was_born_on_29_february_is_a_minor_through_28_february() {
    let facts = Facts {
        identities: Some(Answer::Given(vec![row(LIN, true), None])),
        firm: None,
    };
    let mut grant = for_ward("20080229");
    grant.until = date(2026, 6, 1);
    let then = given::<Delegation>(&[]).when(&Command::Grant(Box::new(grant)), &facts, &at("2026-01-10T02:00:00Z", lin()));
    assert_eq!(then.state.granted().unwrap().until, date(2026, 2, 28));
}

#[test]
fn the_words_are_complete() {
    let service = service();
    for finding in granting(
        for_firm(),
        &Facts {
            firm: Some(Answer::Given(None)),
            ..known()
        },
        lin(),
    )
    .state
    .findings
    {
        assert!(service.text.rule.contains_key(&finding.rule), "{}", finding.rule);
        assert!(service.text.element.contains_key(&finding.element), "{}", finding.element);
    }
    let notices = [
        "referred",
        "please-accept",
        "refused",
        "accepted",
        "revoked",
        "resigned",
        "ended",
        "lapsed",
    ];
    assert!(notices.iter().all(|notice| service.text.notice.contains_key(*notice)));
    let statuses = ["referred", "offered", "active", "refused", "revoked", "resigned", "ended", "lapsed"];
    assert!(statuses.iter().all(|status| service.text.status.contains_key(*status)));
    assert_eq!(service.part_of, Some("house"));
}

/// What someone tries.
fn command(number: u8) -> (Command, Actor) {
    let why = || Why { reason: String::new() };
    match number {
        0 | 1 => (Command::Accept(Accept {}), chen()),
        2 => (Command::Accept(Accept {}), lin()),
        3 => (Command::Resign(why()), chen()),
        4 => (Command::Revoke(why()), lin()),
        5 => (
            Command::Decide(Decide {
                approve: true,
                reason: "同意".into(),
            }),
            officer(),
        ),
        6 => (
            Command::Decide(Decide {
                approve: false,
                reason: "不同意".into(),
            }),
            officer(),
        ),
        7 => (Command::End(End { reason: "变更".into() }), officer()),
        8 => (Command::Grant(Box::new(for_me())), lin()),
        _ => (Command::Lapse(Lapse {}), Actor::System),
    }
}

proptest! {
    /// Whatever is commanded in whatever order and time, nobody acts but the agent, within the scope, between acceptance and end; and
    /// what was referred was approved before.
    #[test]
    fn no_path_leads_outside_the_scope_or_past_the_end(
        firm: bool,
        wide: bool,
        powers in prop_oneof![Just(Deed::Read), Just(Deed::Apply), Just(Deed::Sign)],
        path in proptest::collection::vec((0u8..10, 0i64..700), 1..10),
    ) {
        let mut grant = if firm { for_firm() } else { for_me() };
        grant.scope = scope(if wide { &[] } else { &["instant-registration"] }, powers);
        let facts = Facts { firm: Some(Answer::Given(None)), ..known() };
        let mut events = granting(grant, &facts, lin()).events().to_vec();
        let mut now: Timestamp = NOW.parse().unwrap();
        for (number, hours) in path {
            now += SignedDuration::from_hours(hours);
            let (command, actor) = command(number);
            let setting = at(&now.to_string(), actor);
            let then = given::<Delegation>(&events).when(&command, &known(), &setting);
            if let Ok(more) = &then.outcome {
                events.extend(more.iter().cloned());
            }
            let done = kinds(&events);
            let since = |kind: &str| done.iter().any(|k| k == kind);
            let over = ["Refused", "Revoked", "Resigned", "Ended", "Lapsed"].into_iter().any(since);
            let approved = !firm || since("Approved");
            let mut state = Delegation::default();
            events.iter().for_each(|event| Delegation::evolve(&mut state, event));
            for who in [LIN, CHEN] {
                for service in ["instant-registration", "cash-pool", SLUG] {
                    for deed in [Deed::Read, Deed::Apply, Deed::Sign] {
                        let right = who == CHEN && approved && since("Accepted") && !over
                            && now < "2027-01-31T16:00:00Z".parse().unwrap()
                            && service != SLUG && (wide || service == "instant-registration") && deed <= powers;
                        prop_assert_eq!(state.allows(&paper(who).key(), service, deed, now), right, "{:?} {} {:?}", done, service, deed);
                    }
                }
            }
        }
        // One way in, at most one way out.
        let ends = kinds(&events).iter().filter(|k| matches!(k.as_str(), "Refused" | "Revoked" | "Resigned" | "Ended" | "Lapsed")).count();
        prop_assert!(ends <= 1);
    }
}
