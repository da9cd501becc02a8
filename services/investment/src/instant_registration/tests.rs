//! Given these events, when this command, then these events: the registration without any store, clock or network.

mod fixtures;

use std::collections::BTreeMap;

use kernel::papers::UnifiedCode;
use kernel::ports::Answer;
use kernel::registers::Ground;
use kernel::testing::given;
use kernel::{Actor, Effect, Matter, Outcome, StepState};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::checks::{review, verdict};
use super::*;
use fixtures::*;

fn apply(application: Apply, facts: &Facts) -> kernel::testing::Then<Registration> {
    given::<Registration>(&[]).when(&Command::Apply(application), facts, &setting_of(person(LIN, "林晓雨")))
}

fn kinds(events: &[Event]) -> Vec<String> {
    let name = |e: &Event| serde_json::to_value(e).unwrap().as_object().unwrap().keys().next().unwrap().clone();
    events.iter().map(name).collect()
}

/// Rules that do not pass.
fn faults(findings: &[Finding]) -> Vec<(&str, Outcome)> {
    findings
        .iter()
        .filter(|f| f.outcome != Outcome::Pass)
        .map(|f| (f.rule.as_str(), f.outcome))
        .collect()
}

fn reviewed(application: &Apply, facts: &Facts) -> Vec<Finding> {
    review(application, facts, true, &setting_of(person(LIN, "林晓雨")))
}

#[test]
fn one_click_gives_a_licence() {
    let then = apply(solo(), &facts());
    assert_eq!(
        kinds(then.events()),
        ["Applied", "IdentityConfirmed", "Signed", "Submitted", "Approved", "LicenceIssued"]
    );
    let licence = then.state.licence().unwrap();
    assert_eq!(licence.name, "测试市青禾软件有限公司");
    assert_eq!(licence.established_on, jiff::civil::date(2026, 11, 22));
    let forever = then
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Hold { until: None, .. }))
        .count();
    assert_eq!(forever, 4, "two name keys, the seat and the unified code are held for ever");
    assert!(
        then.effects
            .iter()
            .any(|e| matches!(e, Effect::Perform { action, .. } if action == "archive"))
    );
}

#[test]
fn everyone_signs_once_and_the_last_one_decides() {
    let first = apply(pair(), &facts());
    assert_eq!(Registration::outline(&first.state).status, "awaiting-signatures");
    let again = given::<Registration>(first.events()).when(&Command::Sign(Sign {}), &facts(), &setting_of(person(LIN, "林晓雨")));
    assert_eq!(again.refused(), "already-signed");
    let last = given::<Registration>(first.events()).when(&Command::Sign(Sign {}), &facts(), &setting_of(person(CHEN, "陈致远")));
    assert_eq!(kinds(last.events()), ["Signed", "Submitted", "Approved", "LicenceIssued"]);
}

#[test]
fn who_hands_in_for_others_signs_as_agent() {
    let mut application = solo();
    application.sign = true;
    let agent = setting_of(person(CHEN, "陈致远"));
    let then = given::<Registration>(&[]).when(&Command::Apply(application), &facts(), &agent);
    let Event::Applied(applied) = &then.events()[0] else {
        panic!("first it is applied")
    };
    assert_eq!(applied.signers.len(), 2);
    assert_eq!(Registration::outline(&then.state).status, "awaiting-signatures");
}

#[test]
fn an_unverified_party_waits_for_the_face_check_and_then_signs() {
    let mut unknown = facts();
    unknown.identities = Some(Answer::Given(BTreeMap::from([identity(LIN, "林晓雨")])));
    let first = apply(pair(), &unknown);
    assert_eq!(Registration::outline(&first.state).status, "awaiting-identity");
    let chen = setting_of(person(CHEN, "陈致远"));
    let refused = given::<Registration>(first.events()).when(&Command::Sign(Sign {}), &unknown, &chen);
    assert_eq!(refused.refused(), "identity-not-verified");
    let later = given::<Registration>(first.events()).when(&Command::Sign(Sign {}), &facts(), &chen);
    assert_eq!(
        kinds(later.events()),
        ["IdentityConfirmed", "Signed", "Submitted", "Approved", "LicenceIssued"]
    );
}

#[test]
fn a_stale_face_check_does_not_count() {
    let mut stale = facts();
    if let Some(Answer::Given(rows)) = &mut stale.identities {
        rows.get_mut(&key(LIN)).unwrap().verified_on = jiff::civil::date(2026, 5, 25);
    }
    let then = apply(solo(), &stale);
    assert_eq!(kinds(then.events()), ["Applied"], "181 days are too many, and nobody has signed");
    if let Some(Answer::Given(rows)) = &mut stale.identities {
        rows.get_mut(&key(LIN)).unwrap().verified_on = jiff::civil::date(2026, 5, 26);
    }
    assert_eq!(apply(solo(), &stale).events().len(), 6, "180 days are just enough");
}

#[test]
fn a_barred_legal_representative_is_rejected_and_the_same_person_as_mere_holder_is_not() {
    let mut barred = facts();
    barred.dishonesty = Some(Answer::Given(vec![entry(
        LIN,
        Ground::JudgmentDefaulter,
        jiff::civil::date(2025, 1, 1),
    )]));
    let then = apply(solo(), &barred);
    assert_eq!(kinds(then.events()), ["Applied", "Rejected"]);
    let steps = Registration::outline(&then.state).steps;
    let stopped: Vec<&str> = steps
        .iter()
        .filter(|s| s.state == StepState::Stopped)
        .map(|s| s.name.as_str())
        .collect();
    assert_eq!(stopped, ["reviewed"], "it was the review that stopped it, not a missing signature");
    let mut application = solo();
    application.holders = vec![holder(LIN, "林晓雨", 50_000, 5), holder(CHEN, "陈致远", 950_000, 95)];
    application.officers = vec![
        office(CHEN, "陈致远", Role::LegalRepresentative),
        office(CHEN, "陈致远", Role::Director),
    ];
    assert_eq!(faults(&reviewed(&application, &barred)), []);
}

#[test]
fn periods_of_disqualification_end_on_their_day() {
    // Each ground with its years; the entry began so many years ago, once to the day and once a day later.
    for (ground, years) in [
        (Ground::Conviction, 5),
        (Ground::Probation, 2),
        (Ground::BankruptcyLiable, 3),
        (Ground::LicenceRevoked, 3),
    ] {
        let over = jiff::civil::date(2026 - years, 11, 22);
        let mut facts = facts();
        facts.dishonesty = Some(Answer::Given(vec![entry(LIN, ground, over)]));
        assert_eq!(faults(&reviewed(&solo(), &facts)), [], "{ground:?} is over today");
        facts.dishonesty = Some(Answer::Given(vec![entry(LIN, ground, over.tomorrow().unwrap())]));
        assert_eq!(verdict(&reviewed(&solo(), &facts)), Outcome::Block, "{ground:?} ends tomorrow");
    }
}

#[test]
fn tax_lists_bar_who_answers_for_the_firm_and_nobody_else() {
    let mut listed = facts();
    listed.dishonesty = Some(Answer::Given(vec![entry(CHEN, Ground::TaxAbnormal, jiff::civil::date(2025, 1, 1))]));
    let mut application = solo();
    application.officers.push(office(CHEN, "陈致远", Role::Supervisor));
    assert_eq!(faults(&reviewed(&application, &listed)), []);
    application.officers[0] = office(CHEN, "陈致远", Role::LegalRepresentative);
    application.officers[2] = office(CHEN, "陈致远", Role::Manager);
    assert_eq!(
        faults(&reviewed(&application, &listed)),
        [("dishonesty.tax-abnormal", Outcome::Block)]
    );
}

#[test]
fn a_silent_library_is_never_an_approval() {
    let full = facts();
    let cases: Vec<(&str, Facts)> = vec![
        (
            "names",
            Facts {
                name: silent("names"),
                ..full.clone()
            },
        ),
        (
            "journal",
            Facts {
                name_held_by: silent("journal"),
                ..full.clone()
            },
        ),
        (
            "addresses",
            Facts {
                address: silent("addresses"),
                ..full.clone()
            },
        ),
        (
            "identities",
            Facts {
                identities: silent("identities"),
                ..full.clone()
            },
        ),
        (
            "dishonesty",
            Facts {
                dishonesty: silent("dishonesty"),
                ..full.clone()
            },
        ),
        (
            "unified-codes",
            Facts {
                code: None,
                ..full.clone()
            },
        ),
    ];
    for (library, facts) in cases {
        let then = apply(solo(), &facts);
        assert_eq!(Registration::outline(&then.state).status, "pending", "{library}");
        let Some(Event::ReviewPending {
            waiting_for, attempt: 1, ..
        }) = then.events().last()
        else {
            panic!("{library}")
        };
        assert_eq!(waiting_for, &[library]);
        let returned = given::<Registration>(then.events()).when(&Command::Review(Review {}), &full, &setting_of(Actor::System));
        assert_eq!(kinds(returned.events()), ["Approved", "LicenceIssued"], "{library} has returned");
    }
}

#[test]
fn a_library_that_stays_away_is_asked_ever_more_rarely() {
    let mut silent_names = facts();
    silent_names.name = silent("names");
    let first = apply(solo(), &silent_names);
    assert_eq!(Registration::outline(&first.state).waits[0].action, "review");
    let mut events = first.events().to_vec();
    let mut pauses = vec![];
    for _ in 0..9 {
        let then = given::<Registration>(&events).when(&Command::Review(Review {}), &silent_names, &setting_of(Actor::System));
        let Some(Event::ReviewPending { retry_at, .. }) = then.events().last() else {
            panic!("it stays pending")
        };
        pauses.push(retry_at.as_second() - setting_of(Actor::System).now.as_second());
        events.extend(then.events().iter().cloned());
    }
    assert_eq!(pauses, [40, 80, 160, 320, 640, 1_280, 1_280, 1_280, 1_280]);
}

#[test]
fn an_officer_decides_what_is_referred_but_can_not_set_a_rule_aside() {
    let mut application = solo();
    application.scope.push("J6621".into());
    let first = apply(application, &facts());
    assert_eq!(Registration::outline(&first.state).status, "referred");
    let decide = |approve| {
        Command::Decide(Decide {
            approve,
            reason: "已核对批准文件".into(),
        })
    };
    let approved = given::<Registration>(first.events()).when(&decide(true), &facts(), &setting_of(officer()));
    assert_eq!(kinds(approved.events()), ["Approved", "LicenceIssued"]);
    let rejected = given::<Registration>(first.events()).when(&decide(false), &facts(), &setting_of(officer()));
    assert_eq!(kinds(rejected.events()), ["Rejected"]);
    let mut barred = facts();
    barred.dishonesty = Some(Answer::Given(vec![entry(
        LIN,
        Ground::JudgmentDefaulter,
        jiff::civil::date(2026, 11, 20),
    )]));
    let refused = given::<Registration>(first.events()).when(&decide(true), &barred, &setting_of(officer()));
    assert_eq!(refused.refused(), "rule-forbids");
}

#[test]
fn a_name_that_another_case_holds_is_rejected_and_nothing_is_held() {
    let mut taken = facts();
    taken.name_held_by = Some(Answer::Given(Some("QH-OTHER".into())));
    let then = apply(solo(), &taken);
    assert_eq!(kinds(then.events()), ["Applied", "Rejected"]);
    assert!(!then.effects.iter().any(|e| matches!(e, Effect::Hold { .. })));
}

#[test]
fn a_similar_name_wants_the_promise() {
    let mut similar = facts();
    if let Some(Answer::Given(report)) = &mut similar.name {
        report.hits.push(kernel::ports::NameHit {
            rule: "133.similar.2".into(),
            outcome: Outcome::Warn,
            against: Some("测试市清禾软件有限公司".into()),
            wording: None,
            words: Default::default(),
        });
    }
    assert_eq!(apply(solo(), &similar).refused(), "similar-name");
    let promised = apply(
        Apply {
            accept_similar: true,
            ..solo()
        },
        &similar,
    );
    assert_eq!(promised.events().len(), 6);
}

#[test]
fn withdrawing_and_lapsing_give_everything_back() {
    let first = apply(pair(), &facts());
    let held: Vec<_> = first
        .effects
        .iter()
        .filter_map(|e| {
            if let Effect::Hold { space, key, .. } = e {
                Some((space, key))
            } else {
                None
            }
        })
        .collect();
    let withdraw = Command::Withdraw(Withdraw { reason: String::new() });
    for (command, actor) in [(withdraw, person(LIN, "林晓雨")), (Command::Lapse(Lapse {}), Actor::System)] {
        let then = given::<Registration>(first.events()).when(&command, &facts(), &setting_of(actor));
        let released: Vec<_> = then
            .effects
            .iter()
            .filter_map(|e| {
                if let Effect::Release { space, key } = e {
                    Some((space, key))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(held, released);
        let late = given::<Registration>(&[first.events(), then.events()].concat()).when(
            &Command::Sign(Sign {}),
            &facts(),
            &setting_of(person(CHEN, "陈致远")),
        );
        assert_eq!(late.refused(), "too-late");
    }
}

#[test]
fn each_faulty_element_is_named() {
    type Change = fn(&mut Apply, &mut Facts);
    let changes: Vec<(&str, Outcome, Change)> = vec![
        ("capital.sum", Outcome::Block, |a, _| a.capital_fen += 1),
        ("capital.percent", Outcome::Block, |a, _| {
            a.holders[0].percent = Decimal::new(999_999, 4)
        }),
        ("capital.holders-once", Outcome::Block, |a, _| {
            a.holders = vec![holder(LIN, "林晓雨", 500_000, 50), holder(LIN, "林晓雨", 500_000, 50)];
        }),
        ("capital.pay-in", Outcome::Block, |a, _| {
            a.pay_by = Some(jiff::civil::date(2031, 11, 23))
        }),
        ("people.legal-representative", Outcome::Block, |a, _| {
            a.officers[0].role = Role::Manager
        }),
        ("people.director", Outcome::Block, |a, _| a.officers[1].role = Role::Manager),
        ("people.supervisor-apart", Outcome::Block, |a, _| {
            a.officers.push(office(LIN, "林晓雨", Role::Supervisor))
        }),
        ("scope.main", Outcome::Block, |a, _| a.industry = "J6621".into()),
        ("scope.known", Outcome::Block, |a, _| a.scope.push("Z9999".into())),
        ("scope.unlicensed", Outcome::Refer, |a, _| a.scope.push("J6621".into())),
        ("people.name", Outcome::Block, |a, _| {
            a.officers.iter_mut().for_each(|o| o.name = "林小雨".into())
        }),
        ("name.form", Outcome::Block, |_, f| {
            if let Some(Answer::Given(r)) = &mut f.name {
                r.parts.form = "店".into();
            }
        }),
        ("name.form", Outcome::Block, |_, f| {
            if let Some(Answer::Given(r)) = &mut f.name {
                r.parts.form = "股份有限公司".into();
            }
        }),
        ("name.region", Outcome::Block, |_, f| {
            if let Some(Answer::Given(r)) = &mut f.name {
                r.parts.region = "北京".into();
            }
        }),
        ("address.exists", Outcome::Block, |_, f| f.address = Some(Answer::Given(None))),
        ("address.seats", Outcome::Block, |_, f| f.seats_held = Some(2)),
    ];
    for (rule, outcome, change) in changes {
        let (mut application, mut facts) = (solo(), facts());
        change(&mut application, &mut facts);
        let findings = reviewed(&application, &facts);
        assert!(faults(&findings).contains(&(rule, outcome)), "{rule}: {:?}", faults(&findings));
    }
}

#[test]
fn the_same_person_under_an_old_number_is_one_person() {
    let mut application = pair();
    application.holders[1] = holder("440399920318102", "林晓雨", 400_000, 40);
    assert_eq!(application.people().len(), 1);
    assert!(faults(&reviewed(&application, &facts())).contains(&("capital.holders-once", Outcome::Block)));
}

#[test]
fn a_sole_proprietor_has_one_holder_and_needs_no_officers() {
    let mut application = solo();
    (application.kind, application.officers, application.articles) = (Kind::SoleProprietor, vec![], Articles::None);
    (application.name, application.pay_by) = ("测试市老张饭店".into(), None);
    let mut facts = facts();
    if let Some(Answer::Given(report)) = &mut facts.name {
        report.parts.form = String::new();
    }
    assert_eq!(faults(&reviewed(&application, &facts)), []);
    // Company law's grounds bar from offices that a sole proprietor does not have; the tax lists do bar.
    facts.dishonesty = Some(Answer::Given(vec![entry(
        LIN,
        Ground::JudgmentDefaulter,
        jiff::civil::date(2025, 1, 1),
    )]));
    assert_eq!(faults(&reviewed(&application, &facts)), []);
    facts.dishonesty = Some(Answer::Given(vec![entry(LIN, Ground::TaxAbnormal, jiff::civil::date(2025, 1, 1))]));
    assert_eq!(
        faults(&reviewed(&application, &facts)),
        [("dishonesty.tax-abnormal", Outcome::Block)]
    );
    application.holders = pair().holders;
    assert!(faults(&reviewed(&application, &facts)).contains(&("capital.holders-number", Outcome::Block)));
}

#[test]
fn every_finding_has_words() {
    let service = service();
    let text = &service.text;
    let mut all = reviewed(&solo(), &facts());
    all.extend(reviewed(&solo(), &Facts::default()));
    for finding in all {
        assert!(text.rule.contains_key(&finding.rule), "{} has no words", finding.rule);
        assert!(text.element.contains_key(&finding.element), "{} has no words", finding.element);
    }
}

proptest! {
    /// Whatever the order of commands, a licence is given at most once, never after an end, and only when everyone has signed.
    #[test]
    fn no_path_leads_around_the_review(path in proptest::collection::vec((0u8..7, 0u8..4), 1..14)) {
        let mut events: Vec<Event> = apply(pair(), &facts()).events().to_vec();
        for (command, weather) in path {
            let (command, actor) = match command {
                0 => (Command::Sign(Sign {}), person(CHEN, "陈致远")),
                1 => (Command::Sign(Sign {}), person(LIN, "林晓雨")),
                2 => (Command::Withdraw(Withdraw { reason: String::new() }), person(LIN, "林晓雨")),
                3 => (Command::Review(Review {}), Actor::System),
                4 => (Command::Lapse(Lapse {}), Actor::System),
                5 => (Command::Archive(Archive {}), Actor::System),
                _ => (Command::Decide(Decide { approve: true, reason: "同意".into() }), officer()),
            };
            let mut asked = facts();
            match weather {
                0 => asked.name = silent("names"),
                1 => asked.dishonesty = silent("dishonesty"),
                _ => {}
            }
            let then = given::<Registration>(&events).when(&command, &asked, &setting_of(actor));
            if let Ok(more) = &then.outcome {
                events.extend(more.iter().cloned());
            }
        }
        let names = kinds(&events);
        let licences = names.iter().filter(|k| *k == "LicenceIssued").count();
        prop_assert!(licences <= 1);
        if let Some(at) = names.iter().position(|k| k == "LicenceIssued") {
            prop_assert_eq!(names[..at].iter().filter(|k| *k == "Signed").count(), 2);
            prop_assert!(!names[..at].iter().any(|k| matches!(k.as_str(), "Withdrawn" | "Lapsed" | "Rejected")));
            prop_assert!(names[at + 1..].iter().all(|k| k == "Archived"));
        }
    }

    /// Shares pass exactly when they add up to one hundred and fit their amounts.
    #[test]
    fn shares_add_up(cut in 1i64..999_999) {
        let mut application = pair();
        let percent = |fen: i64| Decimal::from(fen) * Decimal::ONE_HUNDRED / Decimal::from(1_000_000);
        application.holders[0].amount_fen = cut;
        application.holders[0].percent = percent(cut);
        application.holders[1].amount_fen = 1_000_000 - cut;
        application.holders[1].percent = percent(1_000_000 - cut);
        let findings = reviewed(&application, &facts());
        prop_assert!(faults(&findings).is_empty(), "{:?}", faults(&findings));
        application.holders[0].percent += Decimal::new(1, 4);
        prop_assert!(faults(&reviewed(&application, &facts())).iter().any(|(rule, _)| *rule == "capital.percent"));
    }

    /// Every code that can be issued checks.
    #[test]
    fn issued_codes_check(seed: u64, n in 0u64..8) {
        let mut setting = setting_of(Actor::System);
        setting.seed = seed;
        let code = super::licence::candidate(Kind::LimitedCompany, &setting, n).unwrap();
        prop_assert!(UnifiedCode::try_new(code.as_ref()).is_ok());
    }
}
