//! Types of the language, and the schema: which entity types, enums, actions, grants and obligations there are.
//!
//! Everything declared is referred to by its index in [`Schema`]; an index is valid for the Program that it came from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

macro_rules! index {
    ($(#[$doc:meta] $name:ident)*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the table it belongs to.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index! {
    /// Index into [`Schema::entity_types`].
    EntityTypeId
    /// Index into [`Schema::enums`].
    EnumId
    /// Index into [`Schema::actions`].
    ActionId
    /// Index into [`Schema::grants`].
    GrantId
    /// Index into [`Schema::obligations`].
    ObligationId
}

/// A set of entity types: sorted, without repeats, not empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityTypes(Arc<[EntityTypeId]>);

impl EntityTypes {
    /// The set of exactly one type.
    pub fn one(ty: EntityTypeId) -> Self {
        EntityTypes(Arc::new([ty]))
    }

    /// The set of `types`, `None` if there are none.
    pub fn new(types: impl IntoIterator<Item = EntityTypeId>) -> Option<Self> {
        let mut types: Vec<_> = types.into_iter().collect();
        types.sort_unstable();
        types.dedup();
        if types.is_empty() { None } else { Some(EntityTypes(types.into())) }
    }

    /// In ascending order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = EntityTypeId> + '_ {
        self.0.iter().copied()
    }

    /// Whether `ty` is one of them.
    pub fn contains(&self, ty: EntityTypeId) -> bool {
        self.0.binary_search(&ty).is_ok()
    }

    /// Whether all of these are in `other`.
    pub fn is_subset(&self, other: &EntityTypes) -> bool {
        self.iter().all(|ty| other.contains(ty))
    }

    /// The types in both.
    pub fn intersect(&self, other: &EntityTypes) -> Option<EntityTypes> {
        EntityTypes::new(self.iter().filter(|ty| other.contains(*ty)))
    }

    /// The types in either.
    pub fn union(&self, other: &EntityTypes) -> EntityTypes {
        EntityTypes::new(self.iter().chain(other.iter())).expect("neither was empty")
    }

    /// The type when there is just one.
    pub fn single(&self) -> Option<EntityTypeId> {
        if self.0.len() == 1 { Some(self.0[0]) } else { None }
    }
}

/// A type of the language.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// 64-bit signed.
    Int,
    /// 64-bit fixed point with four digits after the point.
    Decimal,
    /// Unicode text.
    String,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A range of addresses.
    Cidr,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Datetime,
    /// Milliseconds.
    Duration,
    /// A time zone.
    Zone,
    /// A variant of an enum.
    Enum(EnumId),
    /// An entity of one of these types.
    Entity(EntityTypes),
    /// An action.
    Action,
    /// No order, no repeats.
    Set(Arc<Type>),
    /// `Map<String, T>`.
    Map(Arc<Type>),
    /// Named fields.
    Record(RecordType),
    /// `T?`: a value or nothing. Never nested.
    Optional(Arc<Type>),
    /// The element type of `[]`; no value has it.
    Never,
}

impl Type {
    /// An entity of exactly one type.
    pub fn entity(ty: EntityTypeId) -> Type {
        Type::Entity(EntityTypes::one(ty))
    }

    /// `Set<element>`
    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    /// `T?`; of an optional, itself.
    pub fn optional(inner: Type) -> Type {
        match inner {
            Type::Optional(_) => inner,
            _ => Type::Optional(Arc::new(inner)),
        }
    }
}

/// Fields sorted by name, without repeats.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordType(Arc<[FieldType]>);

impl RecordType {
    /// Sorts `fields`; when a name repeats, the first stays.
    pub fn new(mut fields: Vec<FieldType>) -> Self {
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields.dedup_by(|later, first| later.name == first.name);
        RecordType(fields.into())
    }

    /// Sorted by name.
    pub fn fields(&self) -> &[FieldType] {
        &self.0
    }

    /// Position and type of a field.
    pub fn field(&self, name: &str) -> Option<(usize, &FieldType)> {
        let at = self.0.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        Some((at, &self.0[at]))
    }
}

/// A field of a record or an attribute of an entity type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldType {
    /// Its name.
    pub name: SmolStr,
    /// Its type when present; never [`Type::Optional`].
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
}

/// What a Program declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// By [`EntityTypeId`].
    pub entity_types: Vec<EntityType>,
    /// By [`EnumId`].
    pub enums: Vec<EnumType>,
    /// By [`ActionId`].
    pub actions: Vec<Action>,
    /// By [`GrantId`].
    pub grants: Vec<Grant>,
    /// By [`ObligationId`].
    pub obligations: Vec<Obligation>,
}

/// An entity type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityType {
    /// With its module: `drive::User`.
    pub name: SmolStr,
    /// Types that a parent may have; empty vector for none.
    pub parents: Vec<EntityTypeId>,
    /// Its attributes.
    pub attributes: RecordType,
    /// The only ids, for a closed type; such entities exist without data: then optional attributes are absent, reading any
    /// other is [`crate::EvalError::MissingEntity`], and they are in themselves only.
    pub closed: Option<Vec<SmolStr>>,
    /// Whether it comes with each request instead of from the data.
    pub external: bool,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// With its module.
    pub name: SmolStr,
    /// In order of declaration.
    pub variants: Vec<SmolStr>,
    /// Whether variants compare by position.
    pub ordered: bool,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// With its module: `drive::read`. The last part may be any string.
    pub name: SmolStr,
    /// What it applies to; `None` for a pure group, which no request may name.
    pub applies: Option<Applies>,
    /// Every action that it includes, itself too, through any number of steps; sorted.
    pub includes: Vec<ActionId>,
}

/// What an action applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applies {
    /// Types of principals.
    pub principals: EntityTypes,
    /// Types of resources.
    pub resources: EntityTypes,
    /// Type of the context.
    pub context: RecordType,
}

/// A grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// With its module.
    pub name: SmolStr,
    /// The columns of a row, in order of declaration; never optional.
    pub params: Vec<FieldType>,
    /// `for at most`: rows must have an end, at most this many milliseconds after the clock of the load or update.
    pub at_most: Option<i64>,
}

/// An obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// With its module.
    pub name: SmolStr,
    /// Its parameters in order of declaration; never optional.
    pub params: Vec<FieldType>,
}

/// A request environment: what an action is checked and compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Environment {
    /// Type of the principal.
    pub principal: EntityTypeId,
    /// The action.
    pub action: ActionId,
    /// Type of the resource.
    pub resource: EntityTypeId,
}

impl Schema {
    /// Every environment that a request can have, in ascending order of action, principal and resource.
    pub fn environments(&self) -> impl Iterator<Item = Environment> + '_ {
        self.actions.iter().enumerate().flat_map(|(index, action)| {
            let action_id = ActionId(index as u32);
            action.applies.iter().flat_map(move |applies| {
                applies.principals.iter().flat_map(move |principal| {
                    applies.resources.iter().map(move |resource| Environment {
                        principal,
                        action: action_id,
                        resource,
                    })
                })
            })
        })
    }
}
