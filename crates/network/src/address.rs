//! Addresses on the wire: an IP address and a TCP port, in 18 bytes. No names: whoever answers a
//! name service must not decide where this node connects to. Never dials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use libp2p::multiaddr::{Multiaddr, Protocol};

/// Length of an address, in bytes: the IP as IPv6 (IPv4 mapped) 16, port big-endian 2.
pub(crate) const ADDRESS_BYTES: usize = 18;

/// Stands for "no address" on the wire.
pub(crate) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

pub(crate) fn encode(address: SocketAddr) -> [u8; ADDRESS_BYTES] {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let mut bytes = [0; ADDRESS_BYTES];
    bytes[..16].copy_from_slice(&ip.octets());
    bytes[16..].copy_from_slice(&address.port().to_be_bytes());
    bytes
}

/// Every 18 bytes are an address; whether it can be dialled is [`is_dialable`].
pub(crate) fn decode(bytes: &[u8; ADDRESS_BYTES]) -> SocketAddr {
    let mut ip = [0; 16];
    ip.copy_from_slice(&bytes[..16]);
    let port = u16::from_be_bytes([bytes[16], bytes[17]]);
    SocketAddr::new(Ipv6Addr::from(ip).to_canonical(), port)
}

/// Whether one node may listen there.
pub(crate) const fn is_dialable(address: SocketAddr) -> bool {
    let ip = address.ip();
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
}

/// What a peer told of itself: an unspecified IP is the one that it was seen at.
pub(crate) fn seen_from(told: SocketAddr, seen: SocketAddr) -> Option<SocketAddr> {
    let ip = if told.ip().is_unspecified() { seen.ip() } else { told.ip() };
    Some(SocketAddr::new(ip, told.port())).filter(|address| is_dialable(*address))
}

/// A TCP address in libp2p's notation.
pub(crate) fn to_multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// The TCP address that a multiaddress begins with.
pub(crate) fn from_multiaddr(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    if let Some(Protocol::Tcp(port)) = parts.next() { Some(SocketAddr::new(ip, port)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_bytes_are_pinned_and_read_back() {
        let expected = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3, 0x1b, 0x59];
        assert_eq!(encode(address("10.1.2.3:7001")), expected);
        for text in ["10.1.2.3:7001", "[2001:db8::1]:65535", "0.0.0.0:0"] {
            assert_eq!(decode(&encode(address(text))), address(text));
            assert_eq!(from_multiaddr(&to_multiaddr(address(text))), Some(address(text)));
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_known() {
        let check = |text, expected| assert_eq!(is_dialable(address(text)), expected, "{text}");
        check("127.0.0.1:1", true);
        check("[2001:db8::1]:1", true);
        check("127.0.0.1:0", false);
        check("0.0.0.0:1", false);
        check("[::]:1", false);
        check("224.0.0.1:1", false);
        check("[ff02::1]:1", false);
        check("255.255.255.255:1", false);
    }

    #[test]
    fn an_unspecified_address_is_where_the_peer_is_seen() {
        let seen = address("10.0.0.9:55555");
        assert_eq!(seen_from(address("0.0.0.0:7001"), seen), Some(address("10.0.0.9:7001")));
        assert_eq!(seen_from(address("[::]:7001"), seen), Some(address("10.0.0.9:7001")));
        assert_eq!(seen_from(address("10.0.0.1:7001"), seen), Some(address("10.0.0.1:7001")));
        assert_eq!(seen_from(NOWHERE, seen), None);
    }
}
