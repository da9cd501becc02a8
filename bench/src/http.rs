//! An HTTP client that costs the load generator next to nothing: one kept connection, one request after another.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Unmeasured;

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub async fn open(port: u16) -> Result<Self, Unmeasured> {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .map_err(|e| Unmeasured::during("connecting", e))?;
        stream.set_nodelay(true).map_err(|e| Unmeasured::during("connecting", e))?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Sends a POST and gives status and body.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn post(&mut self, path: &str, token: &str, body: &str) -> Result<(u16, &[u8]), Unmeasured> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let failed = |e| Unmeasured::during("a request", e);
        self.stream.write_all(request.as_bytes()).await.map_err(failed)?;
        self.buffer.clear();
        let (mut head, mut length) = (None, 0);
        loop {
            if let Some(end) = head
                && self.buffer.len() >= end + length
            {
                let status = std::str::from_utf8(&self.buffer[9..12])
                    .ok()
                    .and_then(|s| s.parse().ok())
                    .unwrap_or(0);
                return Ok((status, &self.buffer[end..end + length]));
            }
            if self.stream.read_buf(&mut self.buffer).await.map_err(failed)? == 0 {
                return Err(Unmeasured("the server closed the connection".into()));
            }
            if head.is_none()
                && let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n")
            {
                let text = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
                length = text
                    .lines()
                    .find_map(|l| l.strip_prefix("content-length: "))
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(0);
                head = Some(end + 4);
            }
        }
    }
}
