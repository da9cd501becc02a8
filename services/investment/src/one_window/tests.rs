//! Given these events, when this command: the one window without store, clock or network; and that nothing is asked twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kernel::case::{Report, Stage};
use kernel::papers::UnifiedCode;
use kernel::testing::{self, Then, given};
use kernel::{AccountId, Actor, Answer, CaseId, Effect, Firm, Matter as _, Setting, Who};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::decide::{Facts, Terms};
use super::*;

const LIN: &str = "citizen-id:440399199203181026";
const NOW: &str = "2026-11-23T02:00:00Z";

fn setting(actor: Actor) -> Setting {
    testing::setting(testing::zone(SLUG, &[], &[]), Arc::new(Terms {}), NOW, actor)
}

fn lin() -> Setting {
    setting(Actor::Person {
        account: AccountId::try_new("lin").unwrap(),
        person: LIN.into(),
        name: "林晓雨".into(),
        by: None,
    })
}

fn firm() -> Firm {
    Firm {
        unified_code: UnifiedCode::issue('9', '1', "990100", "MA000001").unwrap(),
        name: "测试市青禾软件有限公司".into(),
        representative: LIN.into(),
        representative_name: "林晓雨".into(),
        address_code: "990100000001".into(),
        address: "测试市一号楼".into(),
        industry: "I6513".into(),
        established_on: jiff::civil::date(2026, 11, 20),
        registration: Some(CaseId::try_new("REG-1").unwrap()),
    }
}

fn story() -> Value {
    serde_json::from_str(STORY).unwrap()
}

/// Everything that a citizen types in the story, step by step; what is refused is typed again and counts as one try.
fn typed() -> Vec<Value> {
    let story = story();
    let cast = &story["cast"];
    let steps = story["steps"].as_array().unwrap().iter();
    let by_citizen = steps.filter(|s| s["as"].as_str().is_some_and(|who| cast[who]["paper"].is_object()));
    by_citizen.filter(|s| s["refused"].is_null()).map(|s| s["input"].clone()).collect()
}

fn wishes() -> Wishes {
    serde_json::from_value(typed()[0]["wishes"].clone())
        .map_err(|e| e.to_string())
        .unwrap_or_else(|_| {
            let mut wishes = typed()[0]["wishes"].clone();
            wishes["account"]["day"] = json!("2026-11-25");
            wishes["staff"]["first_hired_on"] = json!("2026-11-24");
            serde_json::from_value(wishes).unwrap()
        })
}

fn facts() -> Facts {
    Facts {
        firm: Some(Answer::Given(Some(firm()))),
        account: Some(Answer::Given(None)),
        registration: None,
    }
}

fn go_on(wishes: Wishes) -> Then<OneWindow> {
    let command = Command::Continue(Continue {
        unified_code: firm().unified_code,
        wishes,
    });
    given::<OneWindow>(&[]).when(&command, &facts(), &lin())
}

fn report(matter: Matter, stage: Stage, minute: i64) -> Report {
    Report {
        case: CaseId::try_new(&format!("C-{}", matter.slug().to_uppercase())).unwrap(),
        service: matter.service().into(),
        stage,
        at: "2026-11-23T03:00:00Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minute),
        due: None,
        spent_seconds: stage.is_closed().then_some(60 * minute),
        said: BTreeMap::new(),
        firm: None,
    }
}

fn then_report(events: &[Event], report: Report) -> Then<OneWindow> {
    given::<OneWindow>(events).when(&Command::Report(report), &Facts::default(), &setting(Actor::System))
}

/// Texts and numbers that say something of the world, and not which of some choices is meant.
fn facts_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|item| facts_in(item, found)),
        Value::Array(items) => items.iter().for_each(|item| facts_in(item, found)),
        Value::String(text) if text.chars().any(|c| !c.is_ascii_lowercase() && c != '-') => found.push(text.clone()),
        Value::Number(number) if number.as_i64().is_some_and(|n| n > 100) => found.push(number.to_string()),
        _ => {}
    }
}

/// The labels of the fields of a form.
fn labels(schema: &Value, root: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(target) = map.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
                labels(&root["$defs"][target], root, found);
            }
            for property in map
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|p| p.values())
            {
                found.extend(property["x-text"]["zh"].as_str().map(str::to_string));
                labels(property, root, found);
            }
            for name in ["items", "anyOf"] {
                map.get(name).into_iter().for_each(|inner| labels(inner, root, found));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| labels(item, root, found)),
        _ => {}
    }
}

#[test]
fn each_fact_is_typed_once() {
    let mut found = vec![];
    typed().iter().for_each(|input| facts_in(input, &mut found));
    assert!(found.len() > 12, "the whole story was looked at: {found:?}");
    let mut seen = BTreeSet::new();
    let twice: Vec<&String> = found.iter().filter(|fact| !seen.insert(*fact)).collect();
    assert_eq!(twice, Vec::<&String>::new(), "repeated questions");
}

#[test]
fn no_authority_asks_the_owner_for_what_the_form_has() {
    let start = service();
    let schema = &start.find_action("start").unwrap().schema;
    let mut asked = vec![];
    labels(schema, schema, &mut asked);
    let known: BTreeSet<&String> = asked.iter().collect();
    assert_eq!(known.len(), asked.len(), "one question of the form is asked once: {asked:?}");
    let authorities = errand::services().into_iter().chain(crate::new_taxpayer_package::services());
    for authority in authorities {
        // An order may be changed, which is not to be asked again; a report of the account is for those who have none from the bank.
        let owners = authority
            .actions
            .iter()
            .filter(|a| a.who == Who::Owner && !["amend", "report-account"].contains(&a.name));
        for action in owners {
            let mut again = vec![];
            labels(&action.schema, &action.schema, &mut again);
            again.retain(|label| known.contains(label));
            assert!(again.is_empty(), "{} {} asks again: {again:?}", authority.slug, action.name);
        }
    }
}

#[test]
fn an_authority_that_fails_holds_up_only_its_own() {
    let mut events = go_on(wishes()).events().to_vec();
    for matter in Matter::ALL.into_iter().filter(|m| *m != Matter::Tax) {
        let then = then_report(&events, report(matter, Stage::Done, 1));
        assert!(then.state.ready_at.is_none());
        events.extend(then.events().to_vec());
    }
    let then = then_report(&events, report(Matter::Tax, Stage::Delivered, 90));
    assert!(matches!(then.events().last(), Some(Event::Ready { .. })));
    assert_eq!(then.state.tasks[&Matter::Seals].spent_seconds, Some(60));
}

#[test]
fn a_matter_that_could_not_be_opened_is_closed_with_its_words() {
    let only = Wishes {
        matters: vec![Matter::Seals],
        ..wishes()
    };
    let events = go_on(only).events().to_vec();
    let refused = OpeningRefused {
        service: "seal-engraving".into(),
        code: "no-such-engraver".into(),
        message: Bilingual::new("没有该刻章单位", "no such engraver"),
    };
    let then = given::<OneWindow>(&events).when(&Command::Refused(refused), &Facts::default(), &setting(Actor::System));
    assert!(matches!(
        then.events(),
        [
            Event::MatterRefused {
                matter: Some(Matter::Seals),
                ..
            },
            Event::Ready { .. }
        ]
    ));
    assert_eq!(then.state.tasks[&Matter::Seals].stage, Stage::Declined);
}

#[test]
fn later_additions_ask_only_for_what_is_new_and_nothing_twice() {
    let first = Wishes {
        matters: vec![Matter::SocialInsurance],
        seals: None,
        account: None,
        tax: None,
        ..wishes()
    };
    let events = go_on(first).events().to_vec();
    let add = |wishes: Wishes, facts: &Facts| given::<OneWindow>(&events).when(&Command::Add(wishes), facts, &lin());
    let fund = Wishes {
        matters: vec![Matter::HousingFund],
        ..Wishes::default()
    };
    let then = add(fund.clone(), &facts());
    assert!(
        matches!(then.events(), [Event::Added { opened, .. }] if *opened == [Matter::HousingFund]),
        "the staff is known"
    );
    let opened = then
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Open { service, .. } if service == "housing-fund"));
    assert!(opened);
    let again = Wishes {
        matters: vec![Matter::SocialInsurance],
        ..Wishes::default()
    };
    assert_eq!(add(again, &facts()).refused(), "chosen-before");
    let lacking = Wishes {
        matters: vec![Matter::Seals],
        ..Wishes::default()
    };
    assert_eq!(add(lacking, &facts()).refused(), "lacking");
    let account = Wishes {
        matters: vec![Matter::Account],
        account: wishes().account,
        ..Wishes::default()
    };
    let held = Facts {
        account: Some(Answer::Given(Some("OTHER-1".into()))),
        ..facts()
    };
    assert_eq!(add(account, &held).refused(), "second-basic-account");
}

#[test]
fn the_account_reaches_the_tax_service_whichever_comes_first() {
    let both = Wishes {
        matters: vec![Matter::Account, Matter::Tax],
        ..wishes()
    };
    let begun = go_on(both).events().to_vec();
    let mut account = report(Matter::Account, Stage::Done, 5);
    account.said.insert("account-number".into(), "4000123456789012".into());
    let orders = [
        [account.clone(), report(Matter::Tax, Stage::Sent, 1)],
        [report(Matter::Tax, Stage::Sent, 1), account],
    ];
    for reports in orders {
        let mut events = begun.clone();
        let mut told = vec![];
        for report in reports {
            let then = then_report(&events, report);
            told.extend(then.effects.clone());
            events.extend(then.events().to_vec());
        }
        let handed_on = told
            .iter()
            .filter(|e| matches!(e, Effect::Perform { action, .. } if action == "learn-account"));
        assert_eq!(handed_on.count(), 1);
    }
}

#[test]
fn a_change_of_the_firm_reaches_every_matter() {
    let mut events = go_on(wishes()).events().to_vec();
    for matter in Matter::ALL {
        events.extend(then_report(&events, report(matter, Stage::Sent, 1)).events().to_vec());
    }
    let mut changed = report(Matter::Seals, Stage::Done, 9);
    changed.service = "instant-registration".into();
    changed.firm = Some(Firm {
        name: "测试市青禾科技有限公司".into(),
        ..firm()
    });
    let then = then_report(&events, changed);
    let told = then
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Perform { action, .. } if action == "firm-changed"));
    assert_eq!(told.count(), 6);
}

#[test]
fn what_was_taken_back_stops_even_if_it_was_just_being_opened() {
    let only = Wishes {
        matters: vec![Matter::Seals, Matter::Employment],
        ..wishes()
    };
    let mut events = go_on(only).events().to_vec();
    events.extend(then_report(&events, report(Matter::Seals, Stage::Sent, 1)).events().to_vec());
    let then = given::<OneWindow>(&events).when(&Command::Withdraw(Nothing {}), &Facts::default(), &lin());
    assert_eq!(
        then.effects
            .iter()
            .filter(|e| matches!(e, Effect::Perform { action, .. } if action == "cancel"))
            .count(),
        1
    );
    events.extend(then.events().to_vec());
    let late = then_report(&events, report(Matter::Employment, Stage::Sent, 2));
    assert!(
        late.effects
            .iter()
            .any(|e| matches!(e, Effect::Perform { action, .. } if action == "cancel"))
    );
}

#[test]
fn the_form_becomes_an_application_whose_capital_is_the_sum() {
    let mut form = typed()[0].clone();
    form["pay_by"] = json!("2030-01-01");
    form["wishes"] = json!({"matters": []});
    let form: Start = serde_json::from_value(form).unwrap();
    let application = form.application();
    assert_eq!(application.capital_fen, 100_000_000);
    assert_eq!(application.scope, ["C3976", "F5179"]);
    assert_eq!(
        application.officers.len(),
        2,
        "legal representative and director; the tax agent holds no office"
    );
    assert_eq!(form.tax_agent().unwrap().name, "林晓雨");
}

proptest! {
    /// Reports may come in any order and more than once: what stands in the end is the same.
    #[test]
    fn reports_in_any_order_come_to_the_same(order in Just((0..18).collect::<Vec<usize>>()).prop_shuffle(), twice in prop::collection::vec(0_usize..18, 0..10)) {
        let stages = [Stage::Sent, Stage::Accepted, Stage::Done];
        let all: Vec<Report> = Matter::ALL.into_iter().flat_map(|m| stages.into_iter().zip(1..).map(move |(s, n)| report(m, s, n))).collect();
        let run = |order: &[usize]| {
            let mut state = go_on(wishes()).state;
            for n in order {
                let events = OneWindow::decide(&state, &Command::Report(all[*n].clone()), &Facts::default(), &setting(Actor::System)).unwrap();
                events.iter().for_each(|event| OneWindow::evolve(&mut state, event));
            }
            state
        };
        let straight = run(&(0..18).collect::<Vec<_>>());
        let shuffled = run(&order.iter().chain(&twice).copied().collect::<Vec<_>>());
        prop_assert_eq!(&straight.tasks, &shuffled.tasks);
        prop_assert!(shuffled.ready_at.is_some());
    }
}
