//! `qianhai health`: asks a running server whether it is well; for service managers and containers.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Common, Done, Stop};
use crate::limits;

#[derive(Args)]
pub(crate) struct Health {
    /// Address that the server listens on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Health {
    pub async fn run(self, common: &Common) -> Done {
        let limit = Duration::from_millis(limits::HEALTH_MS_MAX);
        let asked = tokio::time::timeout(limit, ask(self.listen)).await;
        let status = match asked {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => return Err(unwell(&error.to_string())),
            Err(_) => return Err(unwell("it does not answer")),
        };
        match status.as_deref() {
            Some("200") => common.show(&serde_json::json!({"healthy": true}), |_| "正常 / healthy".into()),
            Some(other) => Err(unwell(&format!("it answers {other}"))),
            None => Err(unwell("this is no answer of a server")),
        }
    }
}

fn unwell(why: &str) -> Stop {
    Stop::Failed(format!("服务不正常 / the server is not well: {why}"))
}

/// The status that the server answers with; none if it is no HTTP.
async fn ask(address: SocketAddr) -> std::io::Result<Option<String>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    // The first line is all that is looked at; it comes in the first few bytes.
    let mut answer = Vec::new();
    stream.take(limits::HEALTH_ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let mut words = answer.lines().next().unwrap_or_default().split(' ');
    Ok(words
        .next()
        .filter(|version| version.starts_with("HTTP/1."))
        .and_then(|_| words.next())
        .map(str::to_owned))
}
