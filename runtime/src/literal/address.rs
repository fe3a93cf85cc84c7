//! `Ip` and `Cidr`.

use std::fmt;
use std::net::IpAddr;

use super::LiteralError;
use crate::value::Cidr;

/// An IPv4 address in four decimal parts without leading zeros, or an IPv6 address. `::ffff:10.0.0.1` is IPv6.
pub fn parse_ip(text: &str) -> Result<IpAddr, LiteralError> {
    text.parse().map_err(|_| {
        LiteralError::new(
            "an Ip is an IPv4 address such as `10.0.0.1`, without leading zeros, or an IPv6 address",
        )
    })
}

/// An address, `/`, and the number of leading bits that count.
pub fn parse_cidr(text: &str) -> Result<Cidr, LiteralError> {
    let Some((address, prefix)) = text.split_once('/') else {
        return Err(LiteralError::new("a Cidr is an address and a prefix length, as in `10.0.0.0/8`"));
    };
    let address = parse_ip(address)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let plain =
        prefix == "0" || (!prefix.starts_with('0') && prefix.bytes().all(|byte| byte.is_ascii_digit()));
    match prefix.parse::<u8>() {
        Ok(prefix) if plain && prefix <= most => Ok(Cidr { address, prefix }),
        _ => Err(LiteralError::new(format!("the prefix length of this Cidr is a number from 0 to {most}"))),
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
