//! Which conditions are worth evaluating without a branch: they end quickly and may run early or in vain; errors are bits like others.

use super::call::INLINE_NODES;
use super::collection::FEW_ELEMENTS;
use super::{Emitter, Scope, Ssa, inner};
use crate::Value as Constant;
use crate::native::word::{is_direct, same_word};
use crate::program::{Node, NodeId, Op};
use crate::types::{RecordType, Type};

/// How many nodes such a condition may have. A misjudged branch costs about as much as so many simple operations.
pub(super) const MOST_SIMPLE: usize = 40;

/// What is asked of a condition.
struct Asked {
    /// Nodes that it may still have.
    left: usize,
    /// It may err, and its errors are gathered; see `bits`.
    may_err: bool,
}

impl Emitter<'_, '_> {
    /// Whether a node's value is worth computing without branches, and cannot err.
    pub(super) fn is_simple(&self, scope: &Scope<'_>, id: NodeId) -> bool {
        self.simplicity(scope, id, false).is_some()
    }

    /// How many nodes a condition has, if it is worth computing without branches.
    pub(super) fn simplicity(&self, scope: &Scope<'_>, id: NodeId, may_err: bool) -> Option<usize> {
        let mut asked = Asked { left: MOST_SIMPLE, may_err };
        self.simple(scope, id, &mut asked)?;
        Some(MOST_SIMPLE - asked.left)
    }

    fn simple(&self, scope: &Scope<'_>, id: NodeId, asked: &mut Asked) -> Option<()> {
        asked.left = asked.left.checked_sub(1)?;
        if self.held(scope, id).is_some() {
            return Some(());
        }
        let node = self.node(scope, id).ok()?;
        let ty = |id: NodeId| self.node(scope, id).ok().map(|node: &Node| &node.ty);
        let when = |truth: bool| truth.then_some(());
        match &node.op {
            // An optional is two values.
            Op::Const(_) => when(is_direct(inner(&node.ty))),
            Op::Principal | Op::Resource | Op::Action | Op::Now | Op::Local(_) => Some(()),
            Op::Not(a) | Op::IsType(a, _) | Op::IsSome(a) => self.simple(scope, *a, asked),
            Op::And(operands) | Op::Or(operands) => {
                operands.iter().try_for_each(|operand| self.simple(scope, *operand, asked))
            }
            Op::Eq(a, b) => {
                when(is_direct(ty(*a)?) && is_direct(ty(*b)?))?;
                self.simple(scope, *a, asked)?;
                self.simple(scope, *b, asked)
            }
            Op::Compare(_, a, b) => {
                self.simple(scope, *a, asked)?;
                self.simple(scope, *b, asked)
            }
            Op::In(member, group) => {
                match self.literal(scope, *group) {
                    Some(Constant::Entity(uid)) => when(self.has_flag(scope, *member, uid))?,
                    _ => {
                        let of = self.entity_types(scope, *group).ok()?;
                        when(self.has_bits(&self.entity_types(scope, *member).ok()?, &of))?;
                        self.simple(scope, *group, asked)?;
                    }
                }
                self.simple(scope, *member, asked)
            }
            Op::InAny(member, groups) => {
                let Some(Constant::Set(set)) = self.literal(scope, *groups) else { return None };
                when(set.len() <= FEW_ELEMENTS)?;
                when(set.iter().all(|one| match one {
                    Constant::Entity(uid) => self.has_flag(scope, *member, uid),
                    _ => false,
                }))?;
                self.simple(scope, *member, asked)
            }
            Op::Contains(set, element) if self.count_open_elements(scope, *set).is_some() => {
                self.simple(scope, *element, asked)
            }
            Op::Contains(set, element) => {
                let Some(Constant::Set(elements)) = self.literal(scope, *set) else { return None };
                let Type::Set(of) = ty(*set)? else { return None };
                when(elements.len() <= FEW_ELEMENTS && is_direct(of))?;
                self.simple(scope, *element, asked)
            }
            Op::HasAttribute(entity, _) => {
                when(self.entity_types(scope, *entity).ok()?.single().is_some())?;
                self.simple(scope, *entity, asked)
            }
            Op::Attribute(entity, name) => {
                let of = self.entity_types(scope, *entity).ok()?.single()?;
                let slot = self.code.layout.types.get(of.index())?.attributes.get(name)?;
                let surely = self.is_held(scope, *entity);
                when(surely || asked.may_err)?;
                // Others may have to be converted, or have no cell.
                let direct = is_direct(&slot.field.ty) && is_direct(inner(&node.ty));
                when(direct || surely && slot.field.ty == node.ty)?;
                self.simple(scope, *entity, asked)
            }
            Op::Field(record, name) => match self.record_type(scope, *record) {
                Some(of) => {
                    let (_, field) = of.field(name)?;
                    when(is_direct(&field.ty) && is_direct(inner(&node.ty)) || field.ty == node.ty)?;
                    self.simple_record(scope, *record, asked)
                }
                None => None,
            },
            Op::HasField(record, _) => {
                self.record_type(scope, *record)?;
                self.simple_record(scope, *record, asked)
            }
            Op::Narrow(from) => {
                let Type::Entity(to) = &node.ty else { return None };
                when(self.entity_types(scope, *from).ok()?.is_subset(to))?;
                self.simple(scope, *from, asked)
            }
            Op::Convert(from) => {
                let (from_ty, to) = (ty(*from)?, &node.ty);
                when(match (from_ty, to) {
                    (Type::Optional(a), Type::Optional(b)) => same_word(a, b),
                    (a, Type::Optional(b)) => same_word(a, b),
                    (a, b) => same_word(a, b),
                })?;
                self.simple(scope, *from, asked)
            }
            Op::Unwrap(from) if asked.may_err => self.simple(scope, *from, asked),
            Op::Coalesce(first, second) if asked.may_err => {
                self.simple(scope, *first, asked)?;
                self.simple(scope, *second, asked)
            }
            Op::If { condition, then, otherwise } if asked.may_err => {
                self.simple(scope, *condition, asked)?;
                self.simple(scope, *then, asked)?;
                self.simple(scope, *otherwise, asked)
            }
            Op::Call { function, args } if asked.may_err => {
                let declared = self.code.program.functions.get(*function as usize)?;
                when(declared.body.nodes.len() <= INLINE_NODES && declared.params.len() == args.len())?;
                let mut inner = Scope::new(&declared.body).ok()?;
                for (local, arg) in args.iter().enumerate() {
                    self.simple(scope, *arg, asked)?;
                    // Only whose it is matters here.
                    let value = Ssa { word: self.frame, present: None };
                    inner.bind(local, value, self.subject(scope, *arg)).ok()?;
                }
                let root = Self::root(&inner).ok()?;
                self.simple(&inner, root, asked)
            }
            _ => None,
        }
    }

    /// Whether the data surely holds an entity.
    fn is_held(&self, scope: &Scope<'_>, entity: NodeId) -> bool {
        let subject = self.subject(scope, entity).and_then(|role| self.reach_subject(role).ok());
        subject.is_some_and(|subject| subject.held)
    }

    /// The type of a record that surely has a cell and needs no conversion: of the context or of a required attribute.
    fn record_type(&self, scope: &Scope<'_>, id: NodeId) -> Option<RecordType> {
        let node = self.node(scope, id).ok()?;
        match (&node.op, &node.ty) {
            (Op::Context, _) => match self.context_type().ok()? {
                Type::Record(record) => Some(record),
                _ => None,
            },
            (Op::Field(record, name), Type::Record(own)) if record.0 < id.0 => {
                let of = self.record_type(scope, *record)?;
                let (_, field) = of.field(name)?;
                (!field.optional && field.ty == node.ty).then(|| own.clone())
            }
            (Op::Attribute(entity, name), Type::Record(own)) if self.is_held(scope, *entity) => {
                let of = self.entity_types(scope, *entity).ok()?.single()?;
                let slot = self.code.layout.types.get(of.index())?.attributes.get(name)?;
                (!slot.field.optional && slot.field.ty == node.ty).then(|| own.clone())
            }
            _ => None,
        }
    }

    fn simple_record(&self, scope: &Scope<'_>, id: NodeId, asked: &mut Asked) -> Option<()> {
        match self.node(scope, id).ok()?.op {
            Op::Context => Some(()),
            _ => self.simple(scope, id, asked),
        }
    }

    fn has_flag(&self, scope: &Scope<'_>, member: NodeId, group: &crate::EntityUid) -> bool {
        self.entity_types(scope, member).ok().and_then(|types| types.single()).is_some_and(|ty| {
            self.code.layout.types.get(ty.index()).is_some_and(|layout| layout.groups.contains_key(group))
        })
    }
}
