//! A service whose event has changed its shape reads what its first version stored, and nothing that it does not know.

use kernel::case::Outline;
use kernel::{Effect, Matter, Ports, Refusal, Service, Setting};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A register of boats. Version 1 wrote a length in feet as text; version 2 writes centimetres, and a home port.
struct Boats;

#[derive(Clone, Default, Serialize)]
struct Fleet {
    boats: Vec<Entered>,
    struck: u32,
}

#[derive(Serialize, Deserialize)]
enum Command {}

#[derive(Serialize, Deserialize)]
enum Event {
    Entered(Entered),
    Struck {},
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entered {
    name: String,
    length_cm: u32,
    port: String,
}

impl Matter for Boats {
    type State = Fleet;
    type Command = Command;
    type Event = Event;
    type Facts = ();
    type Terms = Value;
    type Refusal = Refusal;

    async fn gather(_: &Fleet, command: &Command, _: &Setting, _: &Ports) {
        match *command {}
    }
    fn decide(_: &Fleet, command: &Command, (): &(), _: &Setting) -> Result<Vec<Event>, Refusal> {
        match *command {}
    }
    fn evolve(state: &mut Fleet, event: &Event) {
        match event {
            Event::Entered(boat) => state.boats.push(boat.clone()),
            Event::Struck {} => state.struck += 1,
        }
    }
    fn react(_: &Fleet, _: &Event) -> Vec<Effect> {
        vec![]
    }
    fn outline(state: &Fleet) -> Outline {
        Outline {
            card: json!({"boats": state.boats, "struck": state.struck}),
            ..Outline::default()
        }
    }
    fn upcast(version: u32, kind: &str, mut data: Value) -> Value {
        if (version, kind) == (1, "Entered") {
            let feet: u32 = data["feet"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
            data = json!({"name": data["name"], "length_cm": feet * 3048 / 100, "port": "unknown"});
        }
        data
    }
}

const WORDS: &str = r#"
name = { zh = "船舶", en = "Boats" }
summary = { zh = "船舶登记", en = "A register of boats" }
[guide]
who = { zh = "船主", en = "Owners" }
days = { zh = "当日", en = "One day" }
fee = { zh = "不收费", en = "None" }
materials = []
law = []
steps = []
[action]
[status]
[step]
[event]
"#;

fn service(version: u32) -> Service {
    Service::of::<Boats>("boats", version, WORDS)
}

fn card(service: &Service, events: &[(&str, &[u8])]) -> Result<Value, String> {
    let machine = service.machine();
    let state = machine
        .fold(&machine.blank(), events)
        .map_err(|unreadable| unreadable.to_string())?;
    Ok(machine.outline(&state).card)
}

const OLD: (&str, &[u8]) = ("boats/1/Entered", br#"{"name":"Haifeng","feet":"20"}"#);
const NEW: (&str, &[u8]) = ("boats/2/Entered", br#"{"name":"Qianhai","length_cm":700,"port":"Shekou"}"#);

#[test]
fn an_event_of_version_one_has_the_shape_of_today() {
    let today = card(&service(2), &[OLD, ("boats/1/Struck", b"{}"), NEW, ("boats/2/Struck", b"{}")]).unwrap();
    let boats = json!([
        {"name": "Haifeng", "length_cm": 609, "port": "unknown"},
        {"name": "Qianhai", "length_cm": 700, "port": "Shekou"},
    ]);
    assert_eq!(today, json!({"boats": boats, "struck": 2}));
}

#[test]
fn what_a_newer_or_another_service_wrote_is_not_guessed_at() {
    let cases: [(&Service, (&str, &[u8])); 6] = [
        // The program was put back: it must not read what it does not know.
        (&service(1), NEW),
        // Today's kind with yesterday's shape never was.
        (&service(2), ("boats/2/Entered", OLD.1)),
        (&service(2), ("ships/1/Entered", OLD.1)),
        (&service(2), ("boats/1/Painted", OLD.1)),
        (&service(2), ("boats/one/Entered", OLD.1)),
        (&service(2), ("boats/1/Entered", b"{\"name\":")),
    ];
    for (service, event) in cases {
        let told = card(service, &[event]).unwrap_err();
        assert!(told.contains(event.0), "{told}");
    }
}

proptest! {
    /// Folding old events and folding the same events upcast beforehand is one thing.
    #[test]
    fn an_upcast_event_folds_as_if_it_had_been_written_today(boats in proptest::collection::vec(("[A-Z][a-z]{0,8}", 1..300_u32), 0..12)) {
        let old: Vec<Vec<u8>> = boats.iter().map(|(name, feet)| json!({"name": name, "feet": feet.to_string()}).to_string().into_bytes()).collect();
        let new: Vec<Vec<u8>> = boats
            .iter()
            .map(|(name, feet)| json!({"name": name, "length_cm": feet * 3048 / 100, "port": "unknown"}).to_string().into_bytes())
            .collect();
        let events = |kind, data: &[Vec<u8>]| {
            let events: Vec<(&str, &[u8])> = data.iter().map(|data| (kind, &data[..])).collect();
            card(&service(2), &events).unwrap()
        };
        prop_assert_eq!(events("boats/1/Entered", &old), events("boats/2/Entered", &new));
    }
}
