//! `Zone`: a name of the IANA time zone database.

use super::LiteralError;
use crate::names::closest;
use crate::zone::Zone;

/// A name as the database spells it, `Europe/Berlin`, present or older: `US/Eastern` is `America/New_York`.
pub fn parse_zone(text: &str) -> Result<Zone, LiteralError> {
    Zone::named(text).ok_or_else(|| {
        let shape = "a Zone is the name of a time zone, such as `Europe/Berlin` or `UTC`";
        let last = |name: &'static str| name.rsplit_once('/').map_or(name, |(_, place)| place);
        let place = text.rsplit_once('/').map_or(text, |(_, place)| place);
        // `Berlin` alone, or in the wrong part of the world, is found by its place.
        let same_place = Zone::names().find(|name| last(name).eq_ignore_ascii_case(place));
        let instead = same_place.or_else(|| closest(text, Zone::names()));
        LiteralError { message: shape.to_owned(), instead: instead.map(str::to_owned) }
    })
}
