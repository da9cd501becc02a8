//! Given these events, when this command: a matter at an authority without store, clock or network.

use std::sync::Arc;

use kernel::case::{Report, Stage};
use kernel::papers::UnifiedCode;
use kernel::testing::{self, Given, given};
use kernel::{AccountId, Actor, AgencyId, CaseId, Effect, Firm, Matter, Setting};
use proptest::prelude::*;
use serde_json::json;

use super::account::AccountFacts;
use super::seals::{Seal, SealFacts, SealKind, SealRecord};
use super::staff::{Nothing, Registration};
use super::*;

/// A Friday: four working hours from 16:30 in Shanghai end on Monday at 11:30.
const FRIDAY: &str = "2026-11-20T08:30:00Z";

fn terms() -> Terms {
    serde_json::from_value(json!({
        "service-hours": 4,
        "engravers": [{"id": "one", "name": {"zh": "一", "en": "One"}, "address": "路"}],
        "seal-code-digits": [13, 14],
        "branches": [{"id": "bank", "name": {"zh": "行", "en": "Bank"}, "address": "路", "times": ["09:30"], "seats": 1}],
    }))
    .unwrap()
}

fn at(now: &str, actor: Actor) -> Setting {
    testing::setting(testing::zone("errand", &[], &[]), Arc::new(terms()), now, actor)
}

fn officer(now: &str) -> Setting {
    let (account, agency) = (AccountId::try_new("o").unwrap(), AgencyId::try_new("police").unwrap());
    let name = "邱".into();
    at(now, Actor::Officer { account, name, agency })
}

pub fn firm() -> Firm {
    Firm {
        unified_code: UnifiedCode::issue('9', '1', "990100", "MA000001").unwrap(),
        name: "测试市青禾软件有限公司".into(),
        representative: "citizen-id:440399199203181026".into(),
        representative_name: "林晓雨".into(),
        address_code: "990100000001".into(),
        address: "测试市一号楼".into(),
        industry: "I6513".into(),
        established_on: jiff::civil::date(2026, 11, 20),
        registration: None,
    }
}

fn open<O: Office>(order: O::Order) -> Command<O> {
    Command::Open(Box::new(Open {
        parent: CaseId::try_new("PARENT-1").unwrap(),
        owner: "citizen-id:440399199203181026".into(),
        owner_name: "林晓雨".into(),
        firm: firm(),
        order,
    }))
}

fn opened<O: Office>(order: O::Order, facts: &O::Facts) -> Vec<Event<O>> {
    let then = given::<Errand<O>>(&[]).when(&open::<O>(order), facts, &at(FRIDAY, Actor::System));
    then.events().to_vec()
}

fn seal_order() -> SealOrder {
    SealOrder {
        kinds: vec![SealKind::Company, SealKind::Invoice, SealKind::Representative],
        engraver: "one".into(),
    }
}

fn cut(kind: SealKind, name: &str, code: &str) -> Seal {
    Seal {
        kind,
        name: name.into(),
        code: code.into(),
        tax_number: (kind == SealKind::Invoice).then(|| firm().unified_code.as_str().to_string()),
    }
}

fn record() -> SealRecord {
    SealRecord {
        seals: vec![
            cut(SealKind::Company, &firm().name, "9901000000001"),
            cut(SealKind::Invoice, &firm().name, "9901000000002"),
            cut(SealKind::Representative, "林晓雨", "9901000000003"),
        ],
    }
}

fn after<O: Office>(events: &[Event<O>]) -> Given<Errand<O>> {
    given::<Errand<O>>(events)
}

#[test]
fn a_seal_that_is_not_as_registered_is_refused() {
    let begun = opened::<Seals>(seal_order(), &SealFacts::default());
    let complete = |deed: SealRecord, facts: &SealFacts| after(&begun).when(&Command::Complete(deed), facts, &officer(FRIDAY));
    let mut wrong = record();
    wrong.seals[0].name = "测试市青禾软件有限责任公司".into();
    assert_eq!(complete(wrong, &SealFacts::default()).refused(), "seal-name-mismatch");
    let mut wrong = record();
    wrong.seals[2].name = "林晓雪".into();
    assert_eq!(complete(wrong, &SealFacts::default()).refused(), "seal-name-mismatch");
    let mut wrong = record();
    wrong.seals[1].tax_number = None;
    assert_eq!(complete(wrong, &SealFacts::default()).refused(), "tax-number-mismatch");
    let mut wrong = record();
    wrong.seals.pop();
    assert_eq!(complete(wrong, &SealFacts::default()).refused(), "not-as-ordered");
    let mut wrong = record();
    wrong.seals[1].code = wrong.seals[0].code.clone();
    assert_eq!(complete(wrong, &SealFacts::default()).refused(), "seal-code-taken");
    let taken = SealFacts {
        taken: vec!["9901000000001".into()],
        silent: false,
    };
    assert_eq!(complete(record(), &taken).refused(), "seal-code-taken");
    let then = complete(record(), &SealFacts::default());
    assert!(matches!(then.events(), [Event::Accepted { .. }, Event::Completed { .. }]));
    let holds = then
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Hold { space, .. } if space == "seal-code"));
    assert_eq!(holds.count(), 3);
}

#[test]
fn a_rename_before_engraving_changes_the_order_and_after_it_begins_again() {
    let begun = opened::<Seals>(seal_order(), &SealFacts::default());
    let renamed = Firm {
        name: "测试市青禾科技有限公司".into(),
        ..firm()
    };
    let change = Command::FirmChanged(FirmChanged { firm: renamed.clone() });
    let none = SealFacts::default();
    // Not yet cut: the old name can no longer be entered.
    let before = after(&begun).when(&change, &none, &at(FRIDAY, Actor::System));
    let mut events = begun.clone();
    events.extend(before.events().to_vec());
    assert_eq!(
        after(&events).when(&Command::Complete(record()), &none, &officer(FRIDAY)).refused(),
        "seal-name-mismatch"
    );
    // Cut already: void, and the clock starts anew.
    let mut events = begun.clone();
    events.extend(
        after(&begun)
            .when(&Command::Complete(record()), &none, &officer(FRIDAY))
            .events()
            .to_vec(),
    );
    let then = after(&events).when(&change, &none, &at("2026-11-23T02:00:00Z", Actor::System));
    assert!(matches!(then.events(), [Event::FirmChanged { outdated: true, .. }]));
    assert_eq!(
        (then.state.stage, then.state.void.len(), then.state.receipt()),
        (Stage::Sent, 1, None)
    );
    let report = last_report(&then.effects);
    assert_eq!(report.stage, Stage::Sent);
    // The same news twice changes nothing.
    let mut twice = events.clone();
    twice.extend(then.events().to_vec());
    assert_eq!(after(&twice).when(&change, &none, &at(FRIDAY, Actor::System)).refused(), "too-late");
}

fn last_report(effects: &[Effect]) -> Report {
    let told = effects.iter().rev().find_map(|e| match e {
        Effect::Perform { action, input, .. } if action == "report" => Some(input.clone()),
        _ => None,
    });
    serde_json::from_value(told.expect("the opener is told")).unwrap()
}

#[test]
fn a_second_basic_account_is_declined_and_takes_nothing() {
    let order = AccountOrder {
        branch: "bank".into(),
        day: jiff::civil::date(2026, 11, 24),
        time: "09:30".into(),
        seat: None,
    };
    let free = AccountFacts {
        day_open: true,
        seat: Some(1),
        ..AccountFacts::default()
    };
    let first = given::<Errand<Account>>(&[]).when(&open::<Account>(order.clone()), &free, &at(FRIDAY, Actor::System));
    let held: Vec<_> = first.effects.iter().filter(|e| matches!(e, Effect::Hold { .. })).collect();
    assert_eq!(held.len(), 2, "the firm's only basic account and the counter");
    let second = AccountFacts {
        has_account: true,
        ..free.clone()
    };
    let then = given::<Errand<Account>>(&[]).when(&open::<Account>(order.clone()), &second, &at(FRIDAY, Actor::System));
    assert!(matches!(then.events(), [Event::Opened(_), Event::Declined { code: Some(code), .. }] if code == "second-basic-account"));
    assert!(
        then.effects
            .iter()
            .all(|e| !matches!(e, Effect::Hold { .. } | Effect::Release { .. }))
    );
    assert_eq!(last_report(&then.effects).stage, Stage::Declined);
    let full = AccountFacts {
        seat: None,
        ..free.clone()
    };
    let then = given::<Errand<Account>>(&[]).when(&open::<Account>(order.clone()), &full, &at(FRIDAY, Actor::System));
    assert!(matches!(then.events(), [_, Event::Declined { code: Some(code), .. }] if code == "slot-full"));
    // Another time gives the first one back.
    let begun = opened::<Account>(order.clone(), &free);
    let later = AccountOrder {
        day: jiff::civil::date(2026, 11, 25),
        ..order
    };
    let then = after(&begun).when(&Command::Amend(later), &free, &at(FRIDAY, Actor::System));
    let given_back = then
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Release { key, .. } if key == "bank/2026-11-24T09:30#1"));
    let taken = then
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Hold { key, .. } if key == "bank/2026-11-25T09:30#1"));
    assert!(given_back && taken);
}

fn insurance() -> InsuranceOrder {
    InsuranceOrder {
        employees: 3,
        first_hired_on: None,
    }
}

fn play(steps: &[(&str, Command<Insurance>)]) -> Errand<Insurance> {
    let mut events = opened::<Insurance>(insurance(), &Nothing {});
    for (now, command) in steps {
        let then = after(&events).when(command, &Nothing {}, &officer(now));
        events.extend(then.events().to_vec());
    }
    let mut state = Errand::default();
    events.iter().for_each(|event| Errand::evolve(&mut state, event));
    state
}

fn ask() -> Command<Insurance> {
    Command::AskMore(AskMore {
        papers: vec!["合同".into()],
        reason: "核对".into(),
    })
}

fn supply() -> Command<Insurance> {
    Command::Supply(Supply { answer: "编号1".into() })
}

fn complete() -> Command<Insurance> {
    Command::Complete(Registration {
        registration_number: "SB-1".into(),
    })
}

#[test]
fn the_clock_runs_in_office_hours_and_stands_while_papers_are_awaited() {
    let begun = play(&[]);
    let due = begun.clock.as_ref().unwrap().due;
    assert_eq!(
        due.at.to_string(),
        "2026-11-23T03:30:00Z",
        "one hour and a half on Friday, two and a half on Monday"
    );
    // Half an hour of Friday is spent; then nothing for four days; then three and a half hours are left.
    let asked = play(&[("2026-11-20T09:00:00Z", ask())]);
    let clock = asked.clock.as_ref().unwrap();
    assert_eq!((clock.spent_seconds, clock.due.paused), (1_800, true));
    let supplied = play(&[("2026-11-20T09:00:00Z", ask()), ("2026-11-24T01:00:00Z", supply())]);
    assert_eq!(
        supplied.clock.as_ref().unwrap().due.at.to_string(),
        "2026-11-24T06:30:00Z",
        "09:00 to 12:00, then from 14:00"
    );
    let done = play(&[
        ("2026-11-20T09:00:00Z", ask()),
        ("2026-11-24T01:00:00Z", supply()),
        ("2026-11-24T02:00:00Z", complete()),
    ]);
    assert_eq!(done.clock.as_ref().unwrap().spent_seconds, 1_800 + 3_600);
    assert_eq!(Errand::outline(&done).due, None, "nothing is owed any more");
}

#[test]
fn it_is_not_done_while_papers_are_awaited_and_reminds_only_when_late() {
    let mut events = opened::<Insurance>(insurance(), &Nothing {});
    let remind = Command::Remind(Remind {});
    let none = Nothing {};
    assert_eq!(
        after(&events)
            .when(&remind, &none, &at("2026-11-23T03:00:00Z", Actor::System))
            .refused(),
        "too-late"
    );
    let late = after(&events).when(&remind, &none, &at("2026-11-23T03:30:00Z", Actor::System));
    assert!(matches!(late.events(), [Event::Overdue { .. }]));
    events.extend(after(&events).when(&ask(), &none, &officer(FRIDAY)).events().to_vec());
    assert_eq!(
        after(&events).when(&complete(), &none, &officer(FRIDAY)).refused(),
        "papers-awaited"
    );
    assert_eq!(
        after(&events)
            .when(&remind, &none, &at("2026-12-23T03:30:00Z", Actor::System))
            .refused(),
        "too-late"
    );
}

fn any_command() -> impl Strategy<Value = Command<Insurance>> {
    prop_oneof![
        Just(()).prop_map(|()| Command::Accept(Accept {})),
        Just(()).prop_map(|()| ask()),
        Just(()).prop_map(|()| supply()),
        Just(()).prop_map(|()| complete()),
        Just(()).prop_map(|()| Command::Decline(Decline { reason: "不符".into() })),
        Just(()).prop_map(|()| Command::Cancel(Cancel {})),
        Just(()).prop_map(|()| Command::Amend(insurance())),
        Just(()).prop_map(|()| Command::FirmChanged(FirmChanged {
            firm: Firm {
                name: "改名公司".into(),
                ..firm()
            }
        })),
        Just(()).prop_map(|()| Command::Remind(Remind {})),
    ]
}

proptest! {
    /// Whatever comes in whatever order: a closed matter stays closed, the clock stands exactly while papers are awaited or the matter is
    /// closed, and what was spent never shrinks nor exceeds the time that has passed.
    #[test]
    fn any_sequence_keeps_the_clock_honest(commands in prop::collection::vec((any_command(), 1_i64..200), 0..14)) {
        let mut events = opened::<Insurance>(insurance(), &Nothing {});
        let begin: jiff::Timestamp = FRIDAY.parse().unwrap();
        let (mut now, mut spent, mut closed) = (begin, 0, false);
        for (command, minutes) in commands {
            now += jiff::SignedDuration::from_mins(minutes);
            let then = after(&events).when(&command, &Nothing {}, &officer(&now.to_string()));
            if let Ok(new) = &then.outcome {
                events.extend(new.clone());
            }
            let clock = then.state.clock.clone().unwrap();
            prop_assert!(clock.spent_seconds >= spent && clock.spent_seconds <= now.duration_since(begin).as_secs());
            spent = clock.spent_seconds;
            prop_assert!(!closed || then.state.stage.is_closed());
            closed = then.state.stage.is_closed();
            let stands = then.state.stage == Stage::Supplementing;
            prop_assert!(closed || clock.due.paused == stands);
        }
    }
}
