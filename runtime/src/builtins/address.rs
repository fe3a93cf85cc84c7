//! Built-ins of `Ip` and `Cidr`. IPv4 and IPv6 never meet: an IPv4 address written inside IPv6 (`::ffff:10.0.0.1`) is IPv6, and is
//! in no IPv4 range.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Builtin, Form, MISTYPED, Sig, optional};
use crate::literal::{parse_cidr, parse_ip};
use crate::value::{Cidr, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "parse",
        form: Form::Static("Ip"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Ip),
        errs: false,
        docs: "The address that the text spells, or nothing.",
        example: r#"Ip.parse("10.0.0.1") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_ip(text).ok().map(Value::Ip)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_v4",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is an IPv4 address.",
        example: r#"ip"10.0.0.1".is_v4()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(ip.is_ipv4())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_v6",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is an IPv6 address.",
        example: r#"ip"::1".is_v6()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(ip.is_ipv6())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_loopback",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is in `127.0.0.0/8` or is `::1`.",
        example: r#"ip"127.0.0.1".is_loopback()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(ip.is_loopback())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_multicast",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is in `224.0.0.0/4` or `ff00::/8`.",
        example: r#"ip"224.0.0.1".is_multicast()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(ip.is_multicast())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_private",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is in `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` or `fc00::/7`.",
        example: r#"ip"192.168.1.1".is_private()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(is_private(*ip))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_link_local",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is in `169.254.0.0/16` or `fe80::/10`: valid on one network segment only.",
        example: r#"ip"169.254.169.254".is_link_local()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(is_link_local(*ip))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_unspecified",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is `0.0.0.0` or `::`, which stand for no address.",
        example: r#"ip"::".is_unspecified()"#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Bool(ip.is_unspecified())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "unmapped",
        form: Form::Method,
        params: &[Sig::Ip],
        result: Sig::Ip,
        errs: false,
        docs: "The IPv4 address that is written inside an IPv6 one (`::ffff:0:0/96`), any other as it is. IPv4 ranges hold only IPv4 \
               addresses, so unmap those of servers that listen on both.",
        example: r#"ip"::ffff:10.0.0.1".unmapped() == ip"10.0.0.1""#,
        eval: |args| match args {
            [Value::Ip(ip)] => Ok(Value::Ip(ip.to_canonical())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_between",
        form: Form::Method,
        params: &[Sig::Ip, Sig::Ip, Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is not before the first and not after the second address, all three of one family.",
        example: r#"ip"10.0.0.7".is_between(ip"10.0.0.5", ip"10.0.1.9")"#,
        eval: |args| match args {
            [Value::Ip(ip), Value::Ip(first), Value::Ip(last)] => {
                let one_family = ip.is_ipv4() == first.is_ipv4() && ip.is_ipv4() == last.is_ipv4();
                Ok(Value::Bool(one_family && first <= ip && ip <= last))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "to_cidr",
        form: Form::Method,
        params: &[Sig::Ip, Sig::Int],
        result: Sig::Optional(&Sig::Cidr),
        errs: false,
        docs: "The range of all addresses that begin with the same bits, so many of them; nothing if an address has not so many.",
        example: r#"(ip"10.1.2.3".to_cidr(8) ?? cidr"::/0") == cidr"10.0.0.0/8""#,
        eval: |args| match args {
            [Value::Ip(ip), Value::Int(prefix)] => {
                optional(u8::try_from(*prefix).ok().and_then(|prefix| range_of(*ip, prefix)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "parse",
        form: Form::Static("Cidr"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Cidr),
        errs: false,
        docs: "The range that the text spells, or nothing.",
        example: r#"Cidr.parse("10.0.0.0/8") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_cidr(text).ok().map(Value::Cidr)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "contains",
        form: Form::Method,
        params: &[Sig::Cidr, Sig::Ip],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the address is in the range.",
        example: r#"cidr"10.0.0.0/8".contains(ip"10.1.2.3")"#,
        eval: |args| match args {
            [Value::Cidr(range), Value::Ip(ip)] => Ok(Value::Bool(contains(range, *ip))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "covers",
        form: Form::Method,
        params: &[Sig::Cidr, Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether every address of the other range is in this one.",
        example: r#"cidr"10.0.0.0/8".covers(cidr"10.1.0.0/16")"#,
        eval: |args| match args {
            [Value::Cidr(range), Value::Cidr(other)] => Ok(Value::Bool(covers(range, other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "overlaps",
        form: Form::Method,
        params: &[Sig::Cidr, Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether some address is in both ranges.",
        example: r#"cidr"10.0.0.0/8".overlaps(cidr"10.1.0.0/16")"#,
        eval: |args| match args {
            [Value::Cidr(range), Value::Cidr(other)] => {
                Ok(Value::Bool(covers(range, other) || covers(other, range)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_v4",
        form: Form::Method,
        params: &[Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is a range of IPv4 addresses.",
        example: r#"cidr"10.0.0.0/8".is_v4()"#,
        eval: |args| match args {
            [Value::Cidr(range)] => Ok(Value::Bool(range.address.is_ipv4())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_v6",
        form: Form::Method,
        params: &[Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether it is a range of IPv6 addresses.",
        example: r#"cidr"2001:db8::/32".is_v6()"#,
        eval: |args| match args {
            [Value::Cidr(range)] => Ok(Value::Bool(range.address.is_ipv6())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "network",
        form: Form::Method,
        params: &[Sig::Cidr],
        result: Sig::Ip,
        errs: false,
        docs: "The first address of the range.",
        example: r#"cidr"10.1.2.3/8".network() == ip"10.0.0.0""#,
        eval: |args| match args {
            [Value::Cidr(range)] => net(range).map_or(MISTYPED, |net| Ok(Value::Ip(net.network()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "last",
        form: Form::Method,
        params: &[Sig::Cidr],
        result: Sig::Ip,
        errs: false,
        docs: "The last address of the range.",
        example: r#"cidr"10.0.0.0/8".last() == ip"10.255.255.255""#,
        eval: |args| match args {
            [Value::Cidr(range)] => net(range).map_or(MISTYPED, |net| Ok(Value::Ip(net.broadcast()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "prefix",
        form: Form::Method,
        params: &[Sig::Cidr],
        result: Sig::Int,
        errs: false,
        docs: "How many leading bits the addresses of the range share.",
        example: r#"cidr"10.0.0.0/8".prefix() == 8"#,
        eval: |args| match args {
            [Value::Cidr(range)] => Ok(Value::Int(i64::from(range.prefix))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in",
        form: Form::Operator("in"),
        params: &[Sig::Ip, Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the address is in the range.",
        example: r#"ip"10.1.2.3" in cidr"10.0.0.0/8""#,
        eval: |args| match args {
            [Value::Ip(ip), Value::Cidr(range)] => Ok(Value::Bool(contains(range, *ip))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in",
        form: Form::Operator("in"),
        params: &[Sig::Ip, Sig::Set(&Sig::Cidr)],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the address is in one of the ranges.",
        example: r#"ip"::1" in [cidr"10.0.0.0/8", cidr"::/64"]"#,
        eval: |args| match args {
            [Value::Ip(ip), Value::Set(ranges)] => Ok(Value::Bool(
                ranges.iter().any(|range| matches!(range, Value::Cidr(range) if contains(range, *ip))),
            )),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in",
        form: Form::Operator("in"),
        params: &[Sig::Cidr, Sig::Cidr],
        result: Sig::Bool,
        errs: false,
        docs: "Whether every address of the first range is in the second.",
        example: r#"cidr"10.1.0.0/16" in cidr"10.0.0.0/8""#,
        eval: |args| match args {
            [Value::Cidr(range), Value::Cidr(other)] => Ok(Value::Bool(covers(other, range))),
            _ => MISTYPED,
        },
    },
];

/// `None` only for a prefix longer than the address, which no reader of ours makes.
fn net(range: &Cidr) -> Option<IpNet> {
    IpNet::new(range.address, range.prefix).ok()
}

fn contains(range: &Cidr, ip: IpAddr) -> bool {
    net(range).is_some_and(|net| net.contains(&ip))
}

fn covers(range: &Cidr, other: &Cidr) -> bool {
    net(range).zip(net(other)).is_some_and(|(range, other)| range.contains(&other))
}

fn range_of(ip: IpAddr, prefix: u8) -> Option<Value> {
    let net = IpNet::new(ip, prefix).ok()?;
    Some(Value::Cidr(Cidr { address: net.network(), prefix }))
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}
