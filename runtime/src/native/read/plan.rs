//! How contexts look as words, prepared once for each action: the type again, with what reading it needs beside.

use std::sync::OnceLock;

use smol_str::SmolStr;

use super::lexicon::Lexicon;
use super::route::Routes;
use crate::engine::{Direct, Order};
use crate::names::Table;
use crate::native::word::{is_direct, presence_words};
use crate::types::{ActionId, Applies, EntityTypeId, EntityTypes, EnumId, RecordType, Type};
use crate::verify::Verified;

/// What reading requests needs to know of a Program.
pub(in crate::native) struct Plans {
    /// [`crate::types::EntityTypeId`] by full name and, where unique, by bare name.
    pub(super) types: Lexicon,
    /// [`ActionId`] likewise.
    pub(super) actions: Lexicon,
    /// Both at the same time.
    pub(super) routes: Routes,
    /// By type: whether it lists all its ids.
    closed: Box<[bool]>,
    /// By action; made when one is first asked about, because a schema can have very many.
    contexts: Box<[OnceLock<Record>]>,
}

/// How values of a type are read.
#[derive(Debug)]
pub(super) enum Shape {
    Bool,
    Int,
    Decimal,
    String,
    Ip,
    Cidr,
    Datetime,
    Duration,
    Zone,
    Enum(EnumId),
    Entity(EntityTypes),
    Action,
    /// Of elements that are equal exactly when their words are, and are sorted by them.
    Set(Box<Shape>),
    Map(Box<Shape>),
    Record(Box<Record>),
    /// Left to the careful way: sets whose order is not that of words.
    Rare,
}

/// How records of a type are read.
#[derive(Debug)]
pub(super) struct Record {
    /// How many words at the beginning of the cell say which fields are present.
    pub presence: usize,
    /// These words, if only required fields are.
    pub required: Box<[u64]>,
    /// In the order of the type.
    pub fields: Box<[Field]>,
    /// The fields by name.
    pub names: Lexicon,
    /// How they come.
    pub order: Order,
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Field {
    pub name: SmolStr,
    pub shape: Shape,
}

impl Plans {
    /// Of this Program.
    pub(in crate::native) fn new(program: &Verified) -> Plans {
        let names = program.names();
        let lexicon =
            |table: &Table| Lexicon::new(table.meanings().map(|(name, id)| (name.clone(), id)).collect());
        Plans {
            types: lexicon(&names.entity_types),
            actions: lexicon(&names.actions),
            routes: Routes::new(&program.schema, names),
            closed: program.schema.entity_types.iter().map(|ty| ty.closed.is_some()).collect(),
            contexts: program.schema.actions.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Whether a type has no other ids than those that it lists.
    #[inline(always)]
    pub(super) fn is_closed(&self, ty: EntityTypeId) -> bool {
        self.closed.get(ty.index()).is_none_or(|closed| *closed)
    }

    /// The context of an action that has one, by its number.
    #[inline(always)]
    pub(super) fn record<'p>(&'p self, program: &'p Verified, action: ActionId) -> Option<&'p Record> {
        match self.contexts.get(action.index())?.get() {
            Some(record) => Some(record),
            None => Some(self.context(program, action)?.1),
        }
    }

    /// What an action applies to, and its context; `None` for one that only groups others.
    pub(super) fn context<'p>(
        &'p self,
        program: &'p Verified,
        action: ActionId,
    ) -> Option<(&'p Applies, &'p Record)> {
        let applies = program.schema.actions.get(action.index())?.applies.as_ref()?;
        let record = self.contexts.get(action.index())?.get_or_init(|| Record::of(&applies.context));
        Some((applies, record))
    }
}

impl Record {
    fn of(ty: &RecordType) -> Record {
        let presence = presence_words(ty);
        let mut required = vec![0; presence];
        let mut names = Vec::with_capacity(ty.fields().len());
        let mut fields = Vec::with_capacity(ty.fields().len());
        for (at, field) in ty.fields().iter().enumerate() {
            required[at / 64] |= u64::from(!field.optional) << (at % 64);
            names.push((field.name.clone(), at as u32));
            fields.push(Field { name: field.name.clone(), shape: Shape::of(&field.ty) });
        }
        let direct = |field: &Field| match field.shape {
            Shape::Bool => Direct::Bool,
            Shape::Int => Direct::Int,
            _ => Direct::Not,
        };
        let order = Order::new(presence, fields.iter().map(|field| (field.name.as_str(), direct(field))));
        let names = Lexicon::new(names);
        Record { presence, required: required.into(), fields: fields.into(), names, order }
    }
}

impl Shape {
    /// Types are of limited depth: the verifier saw to that.
    fn of(ty: &Type) -> Shape {
        match ty {
            Type::Bool => Shape::Bool,
            Type::Int => Shape::Int,
            Type::Decimal => Shape::Decimal,
            Type::String => Shape::String,
            Type::Ip => Shape::Ip,
            Type::Cidr => Shape::Cidr,
            Type::Datetime => Shape::Datetime,
            Type::Duration => Shape::Duration,
            Type::Zone => Shape::Zone,
            Type::Enum(id) => Shape::Enum(*id),
            Type::Entity(types) => Shape::Entity(types.clone()),
            Type::Action => Shape::Action,
            Type::Set(element) if is_direct(element) => Shape::Set(Box::new(Shape::of(element))),
            Type::Map(of) => Shape::Map(Box::new(Shape::of(of))),
            Type::Record(record) => Shape::Record(Box::new(Record::of(record))),
            Type::Set(_) | Type::Optional(_) | Type::Never => Shape::Rare,
        }
    }
}
