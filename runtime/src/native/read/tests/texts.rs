//! Requests as JSON text, spelt in all ways, and broken in many.

use crate::types::{RecordType, Type};

use super::world::{EVERYTHING, types};

/// Numbers that look random, the same ones for the same seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn one_of<'c, T: ?Sized>(&mut self, choices: &[&'c T]) -> &'c T {
        choices[self.below(choices.len())]
    }

    /// True once in `n` times; never for 0.
    fn once_in(&mut self, n: usize) -> bool {
        n > 0 && self.below(n) == 0
    }
}

/// A request; one part in `odd` is not what it should be, none for 0.
pub fn request(random: &mut Random, odd: usize) -> String {
    let action = random.one_of(&["look", "enter", "try", "try", "try", "t::try", "wide"]);
    let context = match action {
        "look" => "{}".to_owned(),
        "enter" => object(random, vec![("mfa".to_owned(), "true".to_owned())]),
        "wide" => {
            let mut fields = Vec::new();
            for at in 0..150 {
                let needed = at % 50 == 0;
                if needed || random.once_in(3) {
                    let name = format!("{}{at}", if needed { "needed" } else { "field" });
                    fields.push((name, value(random, &Type::Int, odd)));
                }
            }
            object(random, fields)
        }
        _ => {
            let mut fields = Vec::new();
            for (name, ty) in EVERYTHING.iter().zip(types()) {
                // Sets that are sorted otherwise are left to the careful way.
                let rare = *name == "addresses";
                if random.once_in(2) && (!rare || random.once_in(odd)) {
                    fields.push(((*name).to_owned(), value(random, &ty, odd)));
                }
            }
            object(random, fields)
        }
    };
    let people = random.one_of(&["User", "t::User", "Group"]);
    let things = random.one_of(&["Doc", "t::Doc"]);
    let resource = if random.once_in(4) {
        let id = random.one_of(&["dev", "prod"]);
        entity(random, "Stage", id)
    } else {
        any_entity(random, things)
    };
    let parts = vec![
        ("principal".to_owned(), any_entity(random, people)),
        ("action".to_owned(), string(random, action)),
        ("resource".to_owned(), resource),
        ("context".to_owned(), context),
    ];
    object(random, parts)
}

fn value(random: &mut Random, ty: &Type, odd: usize) -> String {
    if random.once_in(odd) {
        let text = random
            .one_of(&["null", "[]", "{}", "-0.0", "1e1", "NaN", "1E400", "\"\"", "tru", "[1,1]", "true"]);
        return text.to_owned();
    }
    let quoted = |random: &mut Random, good: &[&str], bad: &[&str]| {
        let text = if random.once_in(odd) { random.one_of(bad) } else { random.one_of(good) };
        string(random, text)
    };
    match ty {
        Type::Bool => random.one_of(&["true", "false"]).to_owned(),
        Type::Int => {
            let good =
                ["0", "-0", "7", "-5", "9223372036854775807", "-9223372036854775808", "123456789012345678"];
            let bad =
                ["9223372036854775808", "1.0", "1e3", "01", "-", "+1", "1.", ".5", "0x1", "1e99999999999"];
            if random.once_in(odd) { random.one_of(&bad).to_owned() } else { random.one_of(&good).to_owned() }
        }
        Type::Decimal => {
            let good = ["1.5", "-0.0001", "3", "922337203685477.5807", "-922337203685477.5808", "0.0"];
            let text = random.one_of(&good);
            if random.once_in(odd) {
                return random.one_of(&["1.23456", "1e2", "922337203685477.5808", "1.", "-.5"]).to_owned();
            }
            if random.once_in(2) { string(random, text) } else { text.to_owned() }
        }
        Type::String => any_string(random),
        Type::Ip => quoted(
            random,
            &["10.0.0.1", "::1", "::ffff:10.0.0.1", "2001:DB8::0:5"],
            &["010.0.0.1", "10.0.0", "", "::1%eth0"],
        ),
        Type::Cidr => quoted(
            random,
            &["10.0.0.0/8", "10.1.2.3/0", "::/128"],
            &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08"],
        ),
        Type::Datetime => quoted(
            random,
            &["2026-03-01", "2026-03-01T12:00:00.250+01:00", "1969-12-31T23:59:59Z"],
            &["2026-02-30", "2026-03-01T12:00:00", "now"],
        ),
        Type::Duration => quoted(random, &["90d", "8h30m", "-1s500ms", "0s"], &["", "1h1d", "90 d"]),
        Type::Zone => quoted(random, &["Europe/Berlin", "UTC", "US/Eastern"], &["Berlin", "utc", ""]),
        Type::Enum(_) => quoted(
            random,
            &["public", "t::Level::secret", "Level::public"],
            &["Public", "X::public", "::public"],
        ),
        Type::Action => quoted(random, &["look", "t::try", "group"], &["", "Look", "t::"]),
        Type::Entity(types) if types.single().is_some() => {
            let id = if random.once_in(odd) { "test" } else { "dev" };
            entity(random, "Stage", id)
        }
        Type::Entity(_) => {
            let ty = if random.once_in(odd) { "Twin" } else { random.one_of(&["User", "Group", "t::Group"]) };
            any_entity(random, ty)
        }
        Type::Set(element) => {
            let mut elements = Vec::new();
            for at in 0..random.below(5) {
                elements.push(match **element {
                    // Distinct, mostly.
                    Type::String if !random.once_in(odd) => string(random, &format!("tag {at}")),
                    Type::Entity(_) if !random.once_in(odd) => entity(random, "User", &format!("user {at}")),
                    _ => value(random, element, odd),
                });
            }
            let space = space(random);
            format!("[{space}{}{space}]", elements.join(","))
        }
        Type::Map(of) => {
            let mut entries = Vec::new();
            for at in 0..random.below(4) {
                let key = if random.once_in(odd) { "key".to_owned() } else { format!("key {at}") };
                entries.push((key, value(random, of, odd)));
            }
            object(random, entries)
        }
        Type::Record(record) => fields(random, record, odd),
        _ => "null".to_owned(),
    }
}

fn fields(random: &mut Random, record: &RecordType, odd: usize) -> String {
    let mut fields = Vec::new();
    for field in record.fields() {
        if (field.optional && random.once_in(2)) || random.once_in(odd) {
            continue;
        }
        let value = match &field.ty {
            Type::Entity(_) => any_entity(random, "User"),
            ty => value(random, ty, odd),
        };
        fields.push((field.name.to_string(), value));
        if random.once_in(odd) {
            fields.push((field.name.to_string(), "1".to_owned()));
        }
    }
    object(random, fields)
}

/// An object with these members, in any order.
fn object(random: &mut Random, mut members: Vec<(String, String)>) -> String {
    for at in (1..members.len()).rev() {
        members.swap(at, random.below(at + 1));
    }
    let members: Vec<_> = members
        .into_iter()
        .map(|(key, value)| {
            let key = string(random, &key);
            let (before, between, after) = (space(random), space(random), space(random));
            format!("{before}{key}{between}:{before}{value}{after}")
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn space(random: &mut Random) -> &'static str {
    random.one_of(&["", "", "", "", " ", "\n\t", "\r"])
}

fn any_entity(random: &mut Random, ty: &str) -> String {
    let ids =
        ["ann", "bob", "d", "eng", "nobody", "", "a \"quoted\" \\ one", "line\nbreak", "é日😀", "\u{1}"];
    let id = random.one_of(&ids);
    entity(random, ty, id)
}

fn entity(random: &mut Random, ty: &str, id: &str) -> String {
    if random.once_in(3) {
        let members = vec![("type".to_owned(), string(random, ty)), ("id".to_owned(), string(random, id))];
        return object(random, members);
    }
    string(random, &crate::names::spell_entity(ty, id))
}

fn any_string(random: &mut Random) -> String {
    let long = "a string that is too long to be kept in place";
    let texts =
        ["", "main", "release/4", "é", "日本語", "😀\u{0}\u{7f}", "\"\\/\n", "zwölf Boxkämpfer", long];
    let text = random.one_of(&texts);
    string(random, text)
}

/// A string literal, with escapes where there must be some and also elsewhere.
fn string(random: &mut Random, text: &str) -> String {
    let mut literal = String::from("\"");
    let often = random.once_in(4);
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            '\n' if random.once_in(2) => literal.push_str("\\n"),
            '/' if random.once_in(2) => literal.push_str("\\/"),
            letter if letter < ' ' || (often && random.once_in(3)) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    literal.push_str(&format!("\\u{unit:04x}"));
                }
            }
            letter => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}

/// The text with a few things replaced, added, removed or repeated.
pub fn mutated(random: &mut Random, text: &str) -> String {
    const PIECES: [&str; 32] = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        ",",
        ":",
        "\\",
        "\\u",
        "\\ud800",
        "\\udc00",
        "\\u0000",
        " ",
        "\n",
        "0",
        "-",
        "+",
        ".",
        "e",
        "E9",
        "1e400",
        "null",
        "true",
        "\u{1}",
        "é",
        "\u{feff}",
        "context",
        "\"mfa\":true,",
        "\"now\":0,",
        "//",
        "'",
        "::",
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let until = (at + random.below(4)).min(bytes.len());
        match random.below(6) {
            0 => drop(bytes.drain(at..until)),
            1 => drop(bytes.splice(at..until, random.one_of(&PIECES).bytes())),
            2 | 3 => drop(bytes.splice(at..at, random.one_of(&PIECES).bytes())),
            4 => {
                let piece = bytes[at..(at + random.below(40)).min(bytes.len())].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            _ if random.once_in(4) => bytes.truncate(at),
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
