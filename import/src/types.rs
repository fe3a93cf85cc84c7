//! What types an expression can have in a policy, as far as the writing of it depends on them.

use std::collections::BTreeSet;

use cedar_policy_core::pst::{BinaryOp, EntityUID, Expr, Literal, UnaryOp, Var};

use crate::schema::{Action, ActionName, Applies, Field, Schema, Ty};

/// A type; of entities, all that are possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Possible {
    /// Of one of these types.
    Entity(BTreeSet<String>),
    Action,
    Record(Vec<Field>),
    /// The context of one of these actions.
    Context,
    Set(Box<Possible>),
    Plain(Ty),
    Unknown,
}

/// The types of the variables in one policy.
#[derive(Clone, Debug)]
pub struct Scope<'s> {
    pub schema: &'s Schema,
    pub principals: BTreeSet<String>,
    pub resources: BTreeSet<String>,
    pub actions: Vec<&'s ActionName>,
}

/// The name of an entity's type.
pub fn type_name(uid: &EntityUID) -> String {
    uid.ty.to_string()
}

/// The action that an entity is, if it is one.
pub fn as_action(uid: &EntityUID) -> Option<ActionName> {
    let name = type_name(uid);
    let (namespace, last) = crate::names::split(&name);
    (last == "Action").then(|| (namespace.to_owned(), uid.eid.to_string()))
}

impl<'s> Scope<'s> {
    fn applies(&self) -> impl Iterator<Item = &'s Applies> {
        let schema = self.schema;
        self.actions
            .iter()
            .filter_map(move |action| schema.actions.get(*action))
            .filter_map(|action: &Action| action.applies.as_ref())
    }

    pub fn of(&self, expr: &Expr) -> Possible {
        match expr {
            Expr::Literal(literal) => match literal {
                Literal::Bool(_) => Possible::Plain(Ty::Bool),
                Literal::Long(_) => Possible::Plain(Ty::Long),
                Literal::String(_) => Possible::Plain(Ty::String),
                Literal::EntityUID(uid) if as_action(uid).is_some() => Possible::Action,
                Literal::EntityUID(uid) => Possible::Entity(BTreeSet::from([type_name(uid)])),
                _ => Possible::Unknown,
            },
            Expr::Var(Var::Principal) => Possible::Entity(self.principals.clone()),
            Expr::Var(Var::Resource) => Possible::Entity(self.resources.clone()),
            Expr::Var(Var::Action) => Possible::Action,
            Expr::Var(Var::Context) => Possible::Context,
            Expr::UnaryOp { op, .. } => match op {
                UnaryOp::Neg
                | UnaryOp::ToMilliseconds
                | UnaryOp::ToSeconds
                | UnaryOp::ToMinutes
                | UnaryOp::ToHours
                | UnaryOp::ToDays => Possible::Plain(Ty::Long),
                UnaryOp::Datetime | UnaryOp::ToDate => Possible::Plain(Ty::Datetime),
                UnaryOp::Decimal => Possible::Plain(Ty::Decimal),
                UnaryOp::Duration | UnaryOp::ToTime => Possible::Plain(Ty::Duration),
                UnaryOp::Ip => Possible::Plain(Ty::Ipaddr),
                _ => Possible::Plain(Ty::Bool),
            },
            Expr::BinaryOp { op, left, .. } => match op {
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => Possible::Plain(Ty::Long),
                BinaryOp::GetTag => self.tag_of(left),
                BinaryOp::Offset => Possible::Plain(Ty::Datetime),
                BinaryOp::DurationSince => Possible::Plain(Ty::Duration),
                _ => Possible::Plain(Ty::Bool),
            },
            Expr::GetAttr { expr, attr } => self.attribute(expr, attr),
            Expr::IfThenElse { then_expr, else_expr, .. } => {
                merge([self.of(then_expr), self.of(else_expr)].into_iter())
            }
            Expr::Set(elements) => {
                Possible::Set(Box::new(merge(elements.iter().map(|element| self.of(element)))))
            }
            Expr::Record(fields) => {
                let field = |(name, value): (&String, &std::sync::Arc<Expr>)| {
                    let ty = match self.of(value) {
                        Possible::Plain(ty) => ty,
                        _ => return None,
                    };
                    Some(Field { name: name.clone(), ty, required: true })
                };
                fields.iter().map(field).collect::<Option<_>>().map_or(Possible::Unknown, Possible::Record)
            }
            _ => Possible::Plain(Ty::Bool),
        }
    }

    /// The type of tags of an expression's entities.
    pub fn tag_of(&self, expr: &Expr) -> Possible {
        let Possible::Entity(types) = self.of(expr) else { return Possible::Unknown };
        let tags = types.iter().filter_map(|ty| self.schema.entities.get(ty)?.tags.as_ref());
        merge(tags.map(|ty| self.possible(ty)))
    }

    fn attribute(&self, expr: &Expr, attribute: &str) -> Possible {
        let of = |fields: &[Field]| {
            fields.iter().find(|field| field.name == attribute).map(|field| self.possible(&field.ty))
        };
        match self.of(expr) {
            Possible::Entity(types) => {
                let found = types.iter().filter_map(|ty| of(&self.schema.entities.get(ty)?.attributes));
                merge(found)
            }
            Possible::Context => {
                merge(self.applies().filter_map(|applies| of(self.schema.fields(&applies.context))))
            }
            Possible::Record(fields) => of(&fields).unwrap_or(Possible::Unknown),
            _ => Possible::Unknown,
        }
    }

    fn possible(&self, ty: &Ty) -> Possible {
        match self.schema.meaning(ty) {
            Ty::Entity(name) => Possible::Entity(BTreeSet::from([name.clone()])),
            Ty::Set(element) => Possible::Set(Box::new(self.possible(element))),
            Ty::Record(fields) => Possible::Record(fields.clone()),
            ty => Possible::Plain(ty.clone()),
        }
    }
}

impl Scope<'_> {
    /// Whether no value of a type has what a path of attributes asks for.
    pub fn never_has(&self, of: &Possible, path: &[&str]) -> bool {
        let Some((first, rest)) = path.split_first() else { return false };
        let never = |fields: &[Field]| {
            let field = fields.iter().find(|field| field.name == *first);
            field.is_none_or(|field| self.never_has(&self.possible(&field.ty), rest))
        };
        match of {
            Possible::Entity(types) => types
                .iter()
                .all(|ty| never(self.schema.entities.get(ty).map_or(&[], |entity| &entity.attributes))),
            Possible::Record(fields) => never(fields),
            Possible::Context => self.applies().all(|applies| never(self.schema.fields(&applies.context))),
            _ => false,
        }
    }

    /// Whether something of one type can be in something of the other, or in something that is in it.
    pub fn can_be_in(&self, one: &Possible, other: &Possible) -> bool {
        match (one, other) {
            (one, Possible::Set(element)) => self.can_be_in(one, element),
            (Possible::Entity(one), Possible::Entity(other)) => one
                .iter()
                .any(|one| other.iter().any(|other| one == other || self.schema.is_below(one, other))),
            _ => true,
        }
    }
}

/// What is possible if each of them is.
fn merge(mut all: impl Iterator<Item = Possible>) -> Possible {
    let Some(first) = all.next() else { return Possible::Unknown };
    all.fold(first, |one, other| match (one, other) {
        (Possible::Entity(mut one), Possible::Entity(other)) => {
            one.extend(other);
            Possible::Entity(one)
        }
        (Possible::Set(one), Possible::Set(other)) => {
            Possible::Set(Box::new(merge([*one, *other].into_iter())))
        }
        (one, other) if one == other => one,
        (Possible::Unknown, other) => other,
        (one, _) => one,
    })
}
