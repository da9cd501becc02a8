//! Given these events, when this command: packages and the stock of invoices without store, clock or network.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::papers::UnifiedCode;
use kernel::registers::{AddressRow, AddressState, AddressUse, DishonestyRow, Ground, IdentityRow};
use kernel::testing::{self, Then, given};
use kernel::working_days::{Calendar, Notice};
use kernel::{AccountId, Actor, AgencyId, Answer, CaseId, Effect, Firm, Matter, Outcome, Setting};
use proptest::prelude::*;
use serde_json::json;

use super::stock::{self, Allocate, InvoiceKind, NoTerms, ParcelMoves, Place, Receive, Segment, Stock};
use super::*;

const LIN: &str = "citizen-id:440399199203181026";
const NOW: &str = "2026-11-23T02:00:00Z";

fn terms() -> Terms {
    serde_json::from_value(json!({
        "service-days": 2, "face-check-days": 180, "special-copies-max": 25, "special-limit-max": "hundred-thousand", "ordinary-copies-max": 50,
        "firms-per-address-risk": 5, "review-retry-seconds": 20, "filing-days": 15,
    }))
    .unwrap()
}

fn setting(now: &str, actor: Actor) -> Setting {
    testing::setting(testing::zone(SLUG, &[], &[]), Arc::new(terms()), now, actor)
}

fn lin() -> Actor {
    Actor::Person {
        account: AccountId::try_new("lin").unwrap(),
        person: LIN.into(),
        name: "林晓雨".into(),
        by: None,
    }
}

fn officer() -> Actor {
    Actor::Officer {
        account: AccountId::try_new("o").unwrap(),
        name: "许".into(),
        agency: AgencyId::try_new("tax").unwrap(),
    }
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
        registration: None,
    }
}

fn submit(special: u32, ordinary: u32) -> Submit {
    Submit {
        unified_code: firm().unified_code,
        order: TaxOrder {
            accounting: Accounting::SmallEnterpriseStandards,
            software: String::new(),
            general_taxpayer: GeneralTaxpayer::NextMonth,
            special_copies: special,
            special_limit: FaceLimit::HundredThousand,
            ordinary_copies: ordinary,
        },
        tax_agent: None,
        account_number: Some("4000123456789012".into()),
        delivery: Delivery {
            way: Way::Courier,
            address: String::new(),
            mobile: "13800000000".into(),
        },
    }
}

fn facts() -> Facts {
    let identity = IdentityRow {
        person: LIN.into(),
        name: "林晓雨".into(),
        verified_on: jiff::civil::date(2026, 11, 1),
        capacity: true,
    };
    let address = AddressRow {
        code: "990100000001".into(),
        text: "测试市一号楼".into(),
        used_for: AddressUse::Office,
        state: AddressState::Standing,
        firms: 0,
        shared: false,
    };
    Facts {
        firm: Some(Answer::Given(Some(firm()))),
        package: Some(Answer::Given(None)),
        identities: Some(Answer::Given(BTreeMap::from([(LIN.to_string(), identity)]))),
        dishonesty: Some(Answer::Given(vec![])),
        address: Some(Answer::Given(Some(address))),
        stocks: BTreeMap::from([(InvoiceKind::Special, "STOCK-S".into()), (InvoiceKind::Ordinary, "STOCK-O".into())]),
    }
}

fn handed_in(request: Submit, facts: &Facts) -> Then<Package> {
    given::<Package>(&[]).when(&Command::Submit(request), facts, &setting(NOW, lin()))
}

fn granted(then: &Then<Package>) -> Option<&Granted> {
    then.events().iter().find_map(|e| match e {
        Event::Granted(granted) => Some(&**granted),
        _ => None,
    })
}

#[test]
fn verified_names_and_no_risk_are_granted_at_once_up_to_25_and_50() {
    let then = handed_in(submit(25, 50), &facts());
    let grant = &granted(&then).unwrap().grant;
    assert_eq!(
        (grant.special_copies, grant.ordinary_copies, grant.special_limit.yuan()),
        (25, 50, 100_000)
    );
    assert!(
        then.events()
            .iter()
            .filter(|e| matches!(e, Event::Granted(_)))
            .all(Package::is_by_machine)
    );
    let asked = then
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Perform { action, .. } if action == "allocate"));
    assert_eq!(asked.count(), 2, "both stocks are asked");
    // More is cut down, and it is said why.
    let mut large = submit(26, 5_000);
    large.order.special_limit = FaceLimit::Million;
    let then = handed_in(large, &facts());
    let given_less = granted(&then).unwrap();
    assert_eq!(given_less.grant, *grant);
    assert!(
        given_less
            .findings
            .iter()
            .any(|f| f.rule == "quantity.first-request" && f.outcome == Outcome::Warn)
    );
    assert_eq!(given_less.general_taxpayer_from, Some(jiff::civil::date(2026, 12, 1)));
}

#[test]
fn risk_or_a_missing_name_goes_to_an_officer_and_silence_waits() {
    let entry = DishonestyRow {
        person: LIN.into(),
        ground: Ground::TaxAbnormal,
        since: jiff::civil::date(2026, 1, 1),
        case_number: "非正〔2026〕1号".into(),
        listed_by: "税务".into(),
        lifted_on: None,
    };
    let abnormal = Facts {
        dishonesty: Some(Answer::Given(vec![entry.clone()])),
        ..facts()
    };
    assert!(matches!(handed_in(submit(25, 50), &abnormal).events(), [_, Event::Referred { .. }]));
    let lifted = Facts {
        dishonesty: Some(Answer::Given(vec![DishonestyRow {
            lifted_on: Some(jiff::civil::date(2026, 6, 1)),
            ..entry
        }])),
        ..facts()
    };
    assert!(granted(&handed_in(submit(25, 50), &lifted)).is_some());
    let nameless = Facts {
        identities: Some(Answer::Given(BTreeMap::new())),
        ..facts()
    };
    assert!(matches!(handed_in(submit(25, 50), &nameless).events(), [_, Event::Referred { .. }]));
    let mut crowded = facts();
    if let Some(Answer::Given(Some(row))) = &mut crowded.address {
        row.firms = 5;
    }
    assert!(matches!(handed_in(submit(25, 50), &crowded).events(), [_, Event::Referred { .. }]));
    let silent = Facts {
        dishonesty: Some(Answer::Down(kernel::ports::Down {
            library: "dishonesty".into(),
            why: "test".into(),
        })),
        ..abnormal.clone()
    };
    let then = handed_in(submit(25, 50), &silent);
    assert!(matches!(then.events(), [_, Event::ReviewPending { .. }]));
    assert_eq!(Package::outline(&then.state).waits[0].library, "dishonesty");
    let events = then.events().to_vec();
    let again = given::<Package>(&events).when(&Command::Review(Nothing {}), &facts(), &setting(NOW, Actor::System));
    assert!(granted(&again).is_some());
}

#[test]
fn an_officer_rejects_matter_by_matter_and_never_grants_beyond_a_first_request() {
    let nameless = Facts {
        identities: Some(Answer::Given(BTreeMap::new())),
        ..facts()
    };
    let referred = handed_in(submit(25, 50), &nameless).events().to_vec();
    let decide = |decision: Decide| given::<Package>(&referred).when(&Command::Decide(decision), &nameless, &setting(NOW, officer()));
    let decision = Decide {
        rejected: vec![RejectedItem {
            item: Item::FaceLimit,
            reason: "经营规模不足".into(),
        }],
        special_copies: Some(5),
        ordinary_copies: None,
        reason: "已实地核查".into(),
    };
    let then = decide(decision.clone());
    let items = then.state.items();
    assert!(matches!(&items[&Item::FaceLimit], Standing::Rejected { reason } if reason == "经营规模不足"));
    assert_eq!(items[&Item::InvoiceKinds], Standing::Granted);
    assert_eq!(granted(&then).unwrap().grant.special_copies, 5);
    let beyond = Decide {
        special_copies: Some(26),
        ..decision
    };
    assert_eq!(decide(beyond).refused(), "beyond-first-request");
}

#[test]
fn only_the_representative_and_only_once() {
    let stranger = Facts {
        firm: Some(Answer::Given(Some(Firm {
            representative: "citizen-id:440399198811022155".into(),
            ..firm()
        }))),
        ..facts()
    };
    assert_eq!(handed_in(submit(1, 1), &stranger).refused(), "not-the-representative");
    let second = Facts {
        package: Some(Answer::Given(Some("OTHER-1".into()))),
        ..facts()
    };
    assert_eq!(handed_in(submit(1, 1), &second).refused(), "second-package");
    let unknown = Facts {
        firm: Some(Answer::Given(None)),
        ..Facts::default()
    };
    assert_eq!(handed_in(submit(1, 1), &unknown).refused(), "no-such-firm");
}

#[test]
fn two_working_days_over_the_national_holiday() {
    // 国务院办公厅关于2026年部分节假日安排的通知: the first to the seventh of October are off, the tenth is worked.
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/zones/shenzhen-qianhai/calendar/2026.json");
    let notice: Notice = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut zone = testing::zone(SLUG, &[], &[]);
    zone.calendar = Calendar::try_new([notice]).unwrap();
    let on = |now: &str| {
        let setting = testing::setting(zone.clone(), Arc::new(terms()), now, lin());
        let then = given::<Package>(&[]).when(&Command::Submit(submit(1, 1)), &facts(), &setting);
        then.state.submitted.unwrap().due
    };
    // Handed in on Wednesday 30 September: the eighth and the ninth are the two working days.
    assert_eq!(on("2026-09-30T02:00:00Z").at.to_string(), "2026-10-09T16:00:00Z");
    // Handed in on the eighth: the ninth, and Saturday the tenth, which is worked.
    assert_eq!(on("2026-10-08T02:00:00Z").at.to_string(), "2026-10-10T16:00:00Z");
    assert!(!on("2026-09-30T02:00:00Z").provisional);
}

#[test]
fn nothing_leaves_unpacked_and_nothing_closes_before_the_signature() {
    let mut events = handed_in(submit(25, 50), &facts()).events().to_vec();
    let run = |events: &mut Vec<Event>, command: Command| {
        let facts = match command {
            Command::IssueDevice(_) => Facts {
                package: Some(Answer::Given(None)),
                ..Facts::default()
            },
            _ => facts(),
        };
        let then = given::<Package>(events).when(&command, &facts, &setting(NOW, officer()));
        let code = then.outcome.as_ref().err().map(|r| r.code.clone());
        events.extend(then.outcome.into_iter().flatten());
        code
    };
    let dispatch = || {
        Command::Dispatch(Dispatch {
            courier: "快递".into(),
            waybill: "W0000001".into(),
        })
    };
    let allocated = |kind, first, count| {
        Command::Allocated(Allocated {
            kind,
            parcel: 1,
            segment: Segment {
                code: "4403261130".into(),
                first,
                count,
            },
        })
    };
    assert_eq!(run(&mut events, dispatch()).as_deref(), Some("not-ready"));
    assert_eq!(run(&mut events, allocated(InvoiceKind::Special, 1, 25)), None);
    assert_eq!(
        run(&mut events, allocated(InvoiceKind::Special, 26, 25)).as_deref(),
        Some("too-late"),
        "once"
    );
    assert_eq!(run(&mut events, allocated(InvoiceKind::Ordinary, 1, 50)), None);
    assert_eq!(run(&mut events, dispatch()).as_deref(), Some("not-ready"), "the device is missing");
    assert_eq!(
        run(
            &mut events,
            Command::IssueDevice(IssueDevice {
                device_number: "66123456".into()
            })
        ),
        None
    );
    assert_eq!(run(&mut events, Command::Receive(Nothing {})).as_deref(), Some("too-late"));
    assert_eq!(run(&mut events, dispatch()), None);
    assert_eq!(run(&mut events, Command::Receive(Nothing {})), None);
    assert!(matches!(events.last(), Some(Event::Closed { .. })));
}

fn case(n: u8) -> CaseId {
    CaseId::try_new(&format!("P-{n}")).unwrap()
}

fn any_stock_command() -> impl Strategy<Value = stock::Command> {
    let segment = (0_u32..3, 1_u32..400, 1_u32..80).prop_map(|(code, first, count)| Segment {
        code: format!("440326113{code}"),
        first,
        count,
    });
    let moves = (0_u8..6, 1_u32..3).prop_map(|(n, parcel)| ParcelMoves { package: case(n), parcel });
    let allocate = (0_u8..6, 1_u32..3, 1_u32..60).prop_map(|(n, parcel, count)| Allocate {
        package: case(n),
        parcel,
        count,
    });
    prop_oneof![
        segment.clone().prop_map(|segment| stock::Command::Receive(Receive {
            kind: InvoiceKind::Special,
            segment
        })),
        segment.prop_map(stock::Command::Restock),
        allocate.prop_map(stock::Command::Allocate),
        moves.clone().prop_map(stock::Command::Ship),
        moves.clone().prop_map(stock::Command::SignFor),
        moves.prop_map(stock::Command::Void),
    ]
}

proptest! {
    /// Whatever is asked in whatever order: no number is given out twice, every segment was received, and 入库＝在库＋在途＋已签＋作废.
    #[test]
    fn the_stock_always_adds_up(commands in prop::collection::vec(any_stock_command(), 0..60)) {
        let setting = testing::setting(testing::zone("invoice-stock", &[], &[]), Arc::new(NoTerms {}), NOW, Actor::System);
        let mut state = Stock::default();
        let mut received: Vec<Segment> = vec![];
        for command in commands {
            let Ok(events) = Stock::decide(&state, &command, &Default::default(), &setting) else { continue };
            for event in &events {
                if let stock::Event::Received { segment, .. } = event {
                    received.push(segment.clone());
                }
                Stock::evolve(&mut state, event);
            }
            let account = state.account();
            prop_assert_eq!(account.received, account.in_store + account.in_transit + account.signed + account.void);
            let given: Vec<&Segment> = state.portions().map(|p| &p.segment).collect();
            for (n, one) in given.iter().enumerate() {
                prop_assert!(given[n + 1..].iter().all(|other| !one.overlaps(other)));
                let inside = |r: &Segment| r.code == one.code && r.first <= one.first && one.end() <= r.end();
                prop_assert!(received.iter().any(inside));
            }
        }
    }
}

#[test]
fn who_waits_is_served_first() {
    let setting = testing::setting(testing::zone("invoice-stock", &[], &[]), Arc::new(NoTerms {}), NOW, Actor::System);
    let segment = |first, count| Segment {
        code: "4403261130".into(),
        first,
        count,
    };
    let mut state = Stock::default();
    let mut run = |command: stock::Command| {
        let events = Stock::decide(&state, &command, &Default::default(), &setting).unwrap();
        events.iter().for_each(|event| Stock::evolve(&mut state, event));
        events
    };
    let want = |n, count| {
        stock::Command::Allocate(Allocate {
            package: case(n),
            parcel: 1,
            count,
        })
    };
    run(stock::Command::Receive(Receive {
        kind: InvoiceKind::Special,
        segment: segment(1, 10),
    }));
    assert!(matches!(run(want(1, 25))[0], stock::Event::Queued { .. }), "never in two pieces");
    assert!(matches!(run(want(2, 5))[0], stock::Event::Queued { .. }), "nobody overtakes");
    let events = run(stock::Command::Restock(segment(11, 100)));
    let allocated: Vec<u32> = events
        .iter()
        .filter_map(|e| match e {
            stock::Event::Allocated { segment, .. } => Some(segment.first),
            _ => None,
        })
        .collect();
    assert_eq!(allocated, [11, 1], "the first in a row for the first who waited");
    assert!(matches!(
        state.portions().map(|p| p.place).collect::<Vec<_>>()[..],
        [Place::Reserved, Place::Reserved]
    ));
}
