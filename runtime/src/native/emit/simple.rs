//! Which conditions are worth evaluating without a branch: they cannot err, end quickly and may run early or in vain.

use super::collection::FEW_ELEMENTS;
use super::{Emitter, Scope, inner};
use crate::Value as Constant;
use crate::native::word::{is_direct, same_word};
use crate::program::{Node, NodeId, Op};
use crate::types::Type;

/// How many nodes such a condition may have. A misjudged branch costs about as much as so many simple operations.
pub(super) const MOST_SIMPLE: usize = 40;

impl Emitter<'_, '_> {
    /// Whether a node's value is worth computing without branches.
    pub(super) fn is_simple(&self, scope: &Scope<'_>, id: NodeId) -> bool {
        self.simplicity(scope, id).is_some()
    }

    /// How many nodes a condition has, if it is worth computing without branches.
    pub(super) fn simplicity(&self, scope: &Scope<'_>, id: NodeId) -> Option<usize> {
        let mut left = MOST_SIMPLE;
        self.simple(scope, id, &mut left)?;
        Some(MOST_SIMPLE - left)
    }

    fn simple(&self, scope: &Scope<'_>, id: NodeId, left: &mut usize) -> Option<()> {
        *left = left.checked_sub(1)?;
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
            Op::Not(a) | Op::IsType(a, _) | Op::IsSome(a) => self.simple(scope, *a, left),
            Op::And(operands) | Op::Or(operands) => {
                operands.iter().try_for_each(|operand| self.simple(scope, *operand, left))
            }
            Op::Eq(a, b) => {
                when(is_direct(ty(*a)?) && is_direct(ty(*b)?))?;
                self.simple(scope, *a, left)?;
                self.simple(scope, *b, left)
            }
            Op::Compare(_, a, b) => {
                self.simple(scope, *a, left)?;
                self.simple(scope, *b, left)
            }
            Op::In(member, group) => {
                match self.literal(scope, *group) {
                    Some(Constant::Entity(uid)) => when(self.has_flag(scope, *member, uid))?,
                    _ => {
                        let of = self.entity_types(scope, *group).ok()?;
                        when(self.has_bits(&self.entity_types(scope, *member).ok()?, &of))?;
                        self.simple(scope, *group, left)?;
                    }
                }
                self.simple(scope, *member, left)
            }
            Op::InAny(member, groups) => {
                let Some(Constant::Set(set)) = self.literal(scope, *groups) else { return None };
                when(set.len() <= FEW_ELEMENTS)?;
                when(set.iter().all(|one| match one {
                    Constant::Entity(uid) => self.has_flag(scope, *member, uid),
                    _ => false,
                }))?;
                self.simple(scope, *member, left)
            }
            Op::Contains(set, element) => {
                let Some(Constant::Set(elements)) = self.literal(scope, *set) else { return None };
                let Type::Set(of) = ty(*set)? else { return None };
                when(elements.len() <= FEW_ELEMENTS && is_direct(of))?;
                self.simple(scope, *element, left)
            }
            Op::HasAttribute(entity, _) => {
                when(self.entity_types(scope, *entity).ok()?.single().is_some())?;
                self.simple(scope, *entity, left)
            }
            Op::Attribute(entity, _) => {
                let role = self.subject(scope, *entity)?;
                when(self.reach_subject(role).ok()?.held)?;
                self.simple(scope, *entity, left)
            }
            Op::Field(record, _) | Op::HasField(record, _) => match self.node(scope, *record).ok()?.op {
                Op::Context => Some(()),
                _ => self.simple(scope, *record, left),
            },
            Op::Narrow(from) => {
                let Type::Entity(to) = &node.ty else { return None };
                when(self.entity_types(scope, *from).ok()?.is_subset(to))?;
                self.simple(scope, *from, left)
            }
            Op::Convert(from) => {
                let (from_ty, to) = (ty(*from)?, &node.ty);
                when(match (from_ty, to) {
                    (Type::Optional(a), Type::Optional(b)) => same_word(a, b),
                    (a, Type::Optional(b)) => same_word(a, b),
                    (a, b) => same_word(a, b),
                })?;
                self.simple(scope, *from, left)
            }
            _ => None,
        }
    }

    fn has_flag(&self, scope: &Scope<'_>, member: NodeId, group: &crate::EntityUid) -> bool {
        self.entity_types(scope, member).ok().and_then(|types| types.single()).is_some_and(|ty| {
            self.code.layout.types.get(ty.index()).is_some_and(|layout| layout.groups.contains_key(group))
        })
    }
}
