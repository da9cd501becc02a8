//! Traces, as a collector of OpenTelemetry gets them; and that nothing waits for one that is away.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::form::{citizen, name, solo};
use crate::house::{House, On, until};
use crate::peer::{Peer, Reply, status};

fn house(port: u16) -> House {
    let mut house = House::set_up(On::Folder);
    let settings = format!("[traces]\nendpoint = \"http://127.0.0.1:{port}/v1/traces\"\nservice-name = \"zone-one\"\n");
    let file = house.file("settings.toml", &settings);
    house.start_with(&["--settings", file.to_str().unwrap()]);
    house
}

/// All spans that came, each with the name of the service that sent it.
fn spans(collector: &Peer) -> Vec<(String, Span)> {
    let mut all = vec![];
    for message in collector.messages() {
        assert_eq!(message.headers["content-type"], "application/x-protobuf");
        let request = ExportTraceServiceRequest::decode(&*message.body).unwrap();
        for resource in request.resource_spans {
            let attributes = resource.resource.unwrap().attributes;
            let named = attributes.into_iter().find(|a| a.key == "service.name").unwrap();
            let Some(Value::StringValue(service)) = named.value.unwrap().value else {
                panic!("a service has a name")
            };
            let own = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            all.extend(own.map(|span| (service.clone(), span)));
        }
    }
    all
}

#[test]
fn traces_show_the_steps_of_a_request_and_no_person() {
    let collector = Peer::taking();
    let house = house(collector.port);
    let founder = citizen(1);
    assert_eq!(house.citizen(&founder).apply(&solo(&founder, &name(1), 1)).1["status"], "issued");
    let opening = "POST /api/services/{slug}/cases";
    until(20, "the request is traced", || {
        spans(&collector).iter().any(|(_, span)| span.name == opening)
    });
    let spans = spans(&collector);
    assert!(spans.iter().all(|(service, _)| service == "zone-one"));
    let root = &spans.iter().find(|(_, span)| span.name == opening).unwrap().1;
    let own: BTreeMap<&str, &Span> = spans
        .iter()
        .filter(|(_, s)| s.trace_id == root.trace_id)
        .map(|(_, s)| (s.name.as_str(), s))
        .collect();
    let below = |name: &str, parent: &str| {
        let (span, parent) = (
            own.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", own.keys())),
            own[parent],
        );
        assert_eq!(span.parent_span_id, parent.span_id, "{name} is a step of its parent");
        assert!(span.start_time_unix_nano >= parent.start_time_unix_nano && span.end_time_unix_nano <= parent.end_time_unix_nano);
    };
    below("gather", opening);
    below("append", opening);
    for library in ["names", "addresses", "identities", "dishonesty", "enterprises"] {
        below(&format!("port {library}"), "gather");
    }
    let told = format!("{spans:?}");
    for personal in [&founder.number, &founder.name, &founder.account(), &name(1)] {
        assert!(!told.contains(personal.as_str()), "{personal} stands in the traces");
    }
}

#[test]
fn a_collector_that_is_away_or_hangs_holds_up_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let hanging = Peer::behaving(|_, _| Reply {
        after: Duration::from_secs(3_600),
        ..status(200)
    });
    for port in [port, hanging.port] {
        let mut house = house(port);
        let founder = citizen(1);
        let client = house.citizen(&founder);
        for n in 1..=3 {
            assert_eq!(client.apply(&solo(&founder, &name(n), n)).1["status"], "issued");
        }
        assert!(house.stop(), "it stops by itself");
    }
}
