//! Two want one thing in the same moment: one gets it, and the other is told who has it.

use std::collections::BTreeSet;
use std::sync::{Arc, Barrier};

use serde_json::Value;

use crate::form::{citizen, name, solo};
use crate::house::{BOTH, Client, House, On};

/// Sends all applications at the same instant.
fn at_once(clients: &[Client], forms: Vec<(u32, Value)>) -> Vec<Value> {
    let barrier = Arc::new(Barrier::new(forms.len()));
    let threads: Vec<_> = forms
        .into_iter()
        .map(|(who, form)| {
            let (client, barrier) = (clients[who as usize - 1].clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                client.apply(&form)
            })
        })
        .collect();
    let answers = threads.into_iter().map(|t| t.join().unwrap());
    answers
        .map(|(status, case)| {
            assert_eq!(status, 201, "{case}");
            case
        })
        .collect()
}

#[test]
fn two_applicants_in_the_same_millisecond_get_one_name() {
    for on in BOTH {
        let house = House::serving(on);
        let clients: Vec<Client> = (1..=4).map(|n| house.citizen(&citizen(n))).collect();
        for round in 0..50 {
            // The same name, written in different ways: all of them are one.
            let plain = name(round);
            let bracketed = plain.replace("深圳市", "").replace("软件", "（深圳）软件");
            let forms = [
                (1, plain.clone()),
                (2, bracketed),
                (3, plain.replace("有限公司", "有限责任公司")),
                (4, plain.replace("深圳市", "深圳")),
            ];
            let forms = forms
                .into_iter()
                .map(|(who, name)| (who, solo(&citizen(who), &name, round * 4 + who)))
                .collect();
            let cases = at_once(&clients, forms);
            let winners: Vec<&Value> = cases.iter().filter(|c| c["status"] == "issued").collect();
            assert_eq!(
                winners.len(),
                1,
                "round {round} on {on:?}: {:?}",
                cases.iter().map(|c| &c["status"]).collect::<Vec<_>>()
            );
            for loser in cases.iter().filter(|c| c["status"] != "issued") {
                assert_eq!(loser["status"], "rejected");
                let findings = loser["findings"].as_array().unwrap();
                let names_winner = findings
                    .iter()
                    .any(|f| f["rule"] == "name.not-reserved" && f["evidence"]["holder"] == winners[0]["id"]);
                assert!(names_winner, "the loser is told who has it: {loser}");
            }
        }
        house.verify();
    }
}

#[test]
fn a_unit_never_seats_more_than_its_limit_and_no_code_is_issued_twice() {
    let house = House::serving(On::Folder);
    let clients: Vec<Client> = (1..=8).map(|n| house.citizen(&citizen(n))).collect();
    let mut codes = BTreeSet::new();
    for round in 0..5 {
        let forms = (1..=8)
            .map(|who| (who, solo(&citizen(who), &name(round * 100 + who), round + 1)))
            .collect();
        let cases = at_once(&clients, forms);
        let issued: Vec<&Value> = cases.iter().filter(|c| c["status"] == "issued").collect();
        assert_eq!(
            issued.len(),
            5,
            "the limit of the zone is five firms: {:?}",
            cases.iter().map(|c| &c["status"]).collect::<Vec<_>>()
        );
        let full = |c: &&Value| {
            c["findings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|f| f["rule"] == "address.seats" && f["outcome"] == "block")
        };
        assert_eq!(cases.iter().filter(full).count(), 3);
        codes.extend(issued.iter().map(|c| c["card"]["unified_code"].as_str().unwrap().to_string()));
    }
    assert_eq!(codes.len(), 25, "no code twice");
}
