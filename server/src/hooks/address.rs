//! Where webhooks may go: to public addresses by HTTPS, so that nobody uses this server to reach what only it can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use kernel::{BadInput, Problem};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::limits::{DELIVERY_CONNECT_MS_MAX, DELIVERY_MS_MAX, WEBHOOK_URL_BYTES_MAX};

/// Clients of other programs.
pub struct Clients {
    /// For webhooks: only public addresses, unless the operator allows others.
    pub webhooks: Client,
    /// For the systems that the operator named.
    pub systems: Client,
}

impl Clients {
    /// Both clients; neither follows a redirect, which would take a signed message to where nobody sent it.
    ///
    /// # Errors
    /// The machine's certificates can't be read.
    pub fn new(allow_private: bool) -> Result<Self, Problem> {
        let plain = || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(Duration::from_millis(DELIVERY_CONNECT_MS_MAX))
                .timeout(Duration::from_millis(DELIVERY_MS_MAX))
                .user_agent(concat!("qianhai/", env!("CARGO_PKG_VERSION")))
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|e| Problem::during("the client for other programs is made", e))
        };
        let webhooks = if allow_private {
            plain()
        } else {
            plain().https_only(true).dns_resolver(Arc::new(PublicOnly))
        };
        Ok(Self {
            webhooks: build(webhooks)?,
            systems: build(plain())?,
        })
    }
}

/// Resolves names, and keeps public addresses only. The connection goes to one of these very addresses: a name that points elsewhere a
/// moment later gains nothing.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The address that someone wishes messages to go to.
///
/// # Errors
/// It is no URL, carries a password, is not HTTPS, or is written as an address that is not public.
pub fn check(text: &str, allow_private: bool) -> Result<Url, BadInput> {
    let wrong = |zh: &str, en: &str| BadInput::at("/url", "webhook-url", zh, en);
    if text.len() > WEBHOOK_URL_BYTES_MAX {
        return Err(wrong("网址过长", "the address is too long"));
    }
    let url: Url = text.parse().map_err(|_| wrong("不是有效的网址", "not an address of the web"))?;
    if !matches!(url.scheme(), "https" | "http") || (url.scheme() == "http" && !allow_private) {
        return Err(wrong("网址须以 https:// 开头", "the address must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "网址不得含用户名、密码或片段",
            "the address must hold neither a user nor a fragment",
        ));
    }
    // A name is looked at when it is resolved, each time anew.
    if !allow_private && literal(&url).is_some_and(|ip| !is_public(ip)) {
        return Err(wrong("不得使用内部网络地址", "an address of an internal network"));
    }
    Ok(url)
}

/// The host if it is written as an address: such a host is not resolved, so no resolver looks at it.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// True for an address that anyone in the world may reach; by the registries of special addresses (RFC 6890).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast() || ip.is_documentation();
    // "This network", shared by carriers, protocol assignments, benchmarking, 6to4 relays, reserved with broadcast.
    let other = a == 0 || (a == 100 && b & 0xc0 == 64) || (a, b, c) == (192, 0, 0) || (a == 198 && b & 0xfe == 18);
    !special && !other && (a, b, c) != (192, 88, 99) && a < 240
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        // IPv4 in the clothes of IPv6: mapped, NAT64, 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments with Teredo, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Only this eighth of the space is given out to the world.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_not_public_however_they_are_written() {
        let inner = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "203.0.113.5",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
            "3fff::1",
        ];
        for ip in inner {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "198.20.0.1",
            "2400:3200::1",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
            "223.5.5.5",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn an_address_is_checked_as_a_browser_would_read_it() {
        let refused = [
            "http://example.com/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://a:b@example.com/",
            "https://example.com/#x",
            "ftp://example.com/",
            "javascript:alert(1)",
            "",
        ];
        for url in refused {
            assert!(check(url, false).is_err(), "{url}");
        }
        assert!(check("https://example.com/hook?zone=1", false).is_ok());
        assert!(check("http://127.0.0.1:8000/hook", true).is_ok());
        assert!(check("ftp://127.0.0.1/", true).is_err());
    }
}
