//! Things whose numbers mean something in one build only, written by name.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::builtins::{self, BuiltinId};
use crate::zone::Zone;

/// By signature, which no two built-ins share.
static BUILTINS: LazyLock<FxHashMap<String, BuiltinId>> = LazyLock::new(|| {
    let numbered = (0..).map(BuiltinId).zip(builtins::all());
    numbered.map(|(id, builtin)| (builtin.to_string(), id)).collect()
});

impl Serialize for BuiltinId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let builtin = self.get().ok_or_else(|| ser::Error::custom("there is no such built-in"))?;
        builtin.to_string().serialize(to)
    }
}

impl<'de> Deserialize<'de> for BuiltinId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = <Cow<'de, str>>::deserialize(from)?;
        BUILTINS.get(&*name).copied().ok_or_else(|| de::Error::custom("there is no such built-in"))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.name().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = <Cow<'de, str>>::deserialize(from)?;
        Zone::named(&name).ok_or_else(|| de::Error::custom("there is no such time zone"))
    }
}
