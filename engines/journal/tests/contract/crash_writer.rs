//! Appends from eight tasks and prints each acknowledgement, until it is killed: `journal-crash-writer STORE ROUND`.

use std::io::Write;

use journal::{Append, HoldChange, Journal, NewAnswer, NewEffect, NewEvent};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, store, round] = &arguments[..] else {
        return Err("usage: journal-crash-writer STORE ROUND".into());
    };
    let journal = Journal::open(store).await?;
    println!("open");
    let tasks: Vec<_> = (0..8)
        .map(|task| tokio::spawn(write(journal.clone(), round.clone(), task)))
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn write(journal: Journal, round: String, task: u32) -> Result<(), std::io::Error> {
    let mut expected = 0;
    for number in 0_u64.. {
        let stream = format!("{round}/{task}/{}", number / 5);
        if number % 5 == 0 {
            expected = 0;
        }
        let id = format!("{round}.{task}.{number}");
        let append = Append {
            stream: stream.clone(),
            expected,
            events: vec![
                NewEvent {
                    kind: "First".into(),
                    data: id.clone().into_bytes(),
                },
                NewEvent {
                    kind: "Second".into(),
                    data: Vec::new(),
                },
            ],
            record: id.clone().into_bytes(),
            holds: vec![HoldChange::Take {
                space: "name".into(),
                key: id.clone(),
                until_ms: None,
            }],
            effects: vec![NewEffect {
                event_index: 0,
                index: 0,
                kind: "notify".into(),
                data: Vec::new(),
                due_ms: 0,
            }],
            answer: Some(NewAnswer {
                key: id.clone(),
                digest: [0; 32],
                body: id.clone().into_bytes(),
            }),
            at_ms: 0,
        };
        let appended = journal.append(append).await.map_err(std::io::Error::other)?;
        expected = appended.version;
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {id} {stream} {} {}", appended.version, appended.first_position)?;
        out.flush()?;
    }
    Ok(())
}
