//! Another program on the network: a real HTTP server that a test tells how to behave.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use standardwebhooks::Webhook;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

/// What came in.
#[derive(Clone, Debug)]
pub struct Message {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
    pub fn id(&self) -> String {
        self.headers["webhook-id"].to_str().unwrap().into()
    }
    /// True if the standard's own library finds it signed with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        Webhook::new(secret).unwrap().verify(&self.body, &self.headers).is_ok()
    }
}

/// How it answers.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub after: Duration,
}

/// At once, with nothing but a status.
pub fn status(status: u16) -> Reply {
    Reply {
        status,
        location: None,
        after: Duration::ZERO,
    }
}

/// A server; it answers as it was told until the test ends.
pub struct Peer {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    messages: Arc<Mutex<Vec<Message>>>,
}

impl Peer {
    /// On a port of its own, taking everything.
    pub fn taking() -> Self {
        Self::behaving(|_, _| status(204))
    }

    /// On a port of its own; `behave` is given how many came before, and the message.
    pub fn behaving(behave: impl Fn(usize, &Message) -> Reply + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), behave)
    }

    pub fn on(listener: TcpListener, behave: impl Fn(usize, &Message) -> Reply + Send + Sync + 'static) -> Self {
        let peer = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            messages: Arc::default(),
        };
        let (connections, messages, behave) = (peer.connections.clone(), peer.messages.clone(), Arc::new(behave));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (messages, behave) = (messages.clone(), behave.clone());
                // A side that hangs up is nothing to a server.
                std::thread::spawn(move || _ = answer(stream.unwrap(), &messages, &*behave));
            }
        });
        peer
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }
    /// Ids in the order in which they first came.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for message in self.messages() {
            if !ids.contains(&message.id()) {
                ids.push(message.id());
            }
        }
        ids
    }
    /// Kinds of events of a case, each message counted once.
    pub fn events_of(&self, case: &Value) -> Vec<String> {
        let messages = self.messages();
        let first = |id: &String| messages.iter().find(|m| m.id() == *id).unwrap().json();
        let own = self
            .ids()
            .iter()
            .map(first)
            .filter(|m| m["data"]["case"] == case["id"])
            .collect::<Vec<_>>();
        own.iter().map(|m| m["data"]["event"].as_str().unwrap().to_string()).collect()
    }
}

fn answer(stream: TcpStream, messages: &Mutex<Vec<Message>>, behave: &dyn Fn(usize, &Message) -> Reply) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = HeaderMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let length = headers.get("content-length").map_or(0, |v| v.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let message = Message { headers, body };
    let before = {
        let mut messages = messages.lock().unwrap();
        messages.push(message.clone());
        messages.len() - 1
    };
    let reply = behave(before, &message);
    std::thread::sleep(reply.after);
    let location = reply.location.map(|l| format!("Location: {l}\r\n")).unwrap_or_default();
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {} X\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n",
        reply.status
    )
}
