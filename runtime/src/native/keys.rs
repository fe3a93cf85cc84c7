//! What a policy certainly asks of a request that an index can answer: `u in Group::"g"`, `d.level == Level::secret`, `u.suspended`,
//! `"x" in d.labels`, from its patterns and from what stands at the top level of its condition.
//!
//! # When a test may be used to pass over a policy
//! If a test fails, the policy's condition is false or an error, never true: all tests are operands of one conjunction. For an allow, and
//! for a deny with `on error skip`, that is enough to leave it out of a decision. An error matters to a deny without it, which
//! then applies, and to an outcome, which tells all errors. For these a failed test must mean: false, without an error. As
//! operands are evaluated left to right, that is so if nothing before the test can err. Patterns come first and never do. What a
//! condition has before a test may err
//!
//! - only if the data does not hold the principal ([`NEEDS_PRINCIPAL`]) or the resource ([`NEEDS_RESOURCE`]): then such policies
//!   are evaluated whenever that is the case;
//! - otherwise ([`UNCERTAIN`]): then such a policy is evaluated always, where errors matter.
//!
//! The value that is tested may itself be an error: its entity is missing, or an optional attribute absent that nothing before the test
//! has asked for ([`Test::absent_errs`]). The index then has no key for the request, and where errors matter all policies of that key
//! are evaluated.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::arena::Arena;
use super::code::{Code, context_type};
use super::emit::{Covered, Role};
use super::layout::{Flag, Place, literal};
use super::names::Known;
use super::word::{encode, is_direct, presence_words};
use crate::program::{Body, NodeId, Op, Pattern, Within};
use crate::types::{EntityTypeId, EntityTypes, Environment, Type};
use crate::value::Value;

/// What comes before a test errs if the data lacks the principal.
pub(super) const NEEDS_PRINCIPAL: u8 = 1;
/// The same of the resource.
pub(super) const NEEDS_RESOURCE: u8 = 2;
/// What comes before a test may err in other ways.
pub(super) const UNCERTAIN: u8 = 4;

/// So many words of one test are keys.
const MOST_WORDS: usize = 64;
/// Nesting that is looked into.
const MOST_DEPTH: usize = 100;

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Root {
    Principal,
    Resource,
    Context,
}

/// One step from a word to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Read {
    /// Of the row of an entity of this type: where, what says that it can be read, and what says that there is one if it is optional.
    Attribute { of: EntityTypeId, place: Place, known: Flag, present: Option<Flag> },
    /// Of a record's cell: the word, and the word and bit that say whether there is one if it is optional.
    Field { word: usize, present: Option<(usize, u32)> },
}

impl Read {
    fn is_optional(&self) -> bool {
        match self {
            Read::Attribute { present, .. } => present.is_some(),
            Read::Field { present, .. } => present.is_some(),
        }
    }
}

/// A value of the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path {
    pub(super) root: Root,
    pub(super) reads: Vec<Read>,
}

/// What is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The value.
    Value(Path),
    /// The entity, of one of these types, and its ancestors.
    Ancestry(Path, EntityTypes),
    /// The elements of the set.
    Elements(Path),
}

impl Kind {
    pub(super) fn path(&self) -> &Path {
        match self {
            Kind::Value(path) | Kind::Ancestry(path, _) | Kind::Elements(path) => path,
        }
    }

    /// The type of the principal or resource whose ancestry this is, if there is one only.
    pub(super) fn subject(&self) -> Option<EntityTypeId> {
        match self {
            Kind::Ancestry(path, types) if path.reads.is_empty() && path.root != Root::Context => {
                types.single()
            }
            _ => None,
        }
    }
}

/// All kinds of an environment, numbered.
pub(super) type Kinds = IndexSet<Kind, FxBuildHasher>;

/// Which part of a policy a test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tested {
    Pattern(Role),
    /// A node of the condition, and its truth when the test holds.
    Node(NodeId, bool),
}

/// It holds exactly if one of the words is looked up.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// Index into [`Kinds`].
    pub(super) kind: usize,
    pub(super) words: Vec<u64>,
    /// What must hold so that nothing before it errs.
    pub(super) needs: u8,
    /// The condition errs if an optional part of the value is absent.
    pub(super) absent_errs: bool,
    pub(super) part: Tested,
}

/// The tests of a policy in an environment.
pub(super) fn tests(
    code: &Code,
    environment: Environment,
    (_, policy, variant): Covered<'_>,
    kinds: &mut Kinds,
) -> Vec<Test> {
    let empty = Body::default();
    let mut reader = Reader {
        code,
        environment,
        body: variant.condition.as_ref().unwrap_or(&empty),
        kinds,
        locals: Vec::new(),
        guards: Vec::new(),
        needs: 0,
        depth: 0,
        tests: Vec::new(),
    };
    reader.pattern(&policy.principal, Role::Principal);
    reader.pattern(&policy.resource, Role::Resource);
    if let Some(root) = reader.body.nodes.len().checked_sub(1) {
        reader.conjuncts(NodeId(root as u32), true);
    }
    reader.tests
}

struct Reader<'c, 'k> {
    code: &'c Code,
    environment: Environment,
    body: &'c Body,
    kinds: &'k mut Kinds,
    /// Those whose value is a path.
    locals: Vec<(u32, Path, Type)>,
    /// Optional values that are present where the current node is evaluated.
    guards: Vec<Path>,
    /// Of all that is evaluated before the current node.
    needs: u8,
    depth: usize,
    tests: Vec<Test>,
}

impl Reader<'_, '_> {
    fn pattern(&mut self, pattern: &Pattern, role: Role) {
        let (root, ty) = match role {
            Role::Principal => (Root::Principal, self.environment.principal),
            Role::Resource => (Root::Resource, self.environment.resource),
        };
        let path = Path { root, reads: Vec::new() };
        let (kind, entity) = match &pattern.within {
            Within::Anywhere | Within::InGrantParam(_) => return,
            Within::In(entity) => (Kind::Ancestry(path, EntityTypes::one(ty)), entity),
            Within::Is(entity) => (Kind::Value(path), entity),
        };
        if let Some(word) = self.code.names.find_entity(entity.ty, &entity.id) {
            let kind = self.kinds.insert_full(kind).0;
            let part = Tested::Pattern(role);
            self.tests.push(Test { kind, words: vec![word], needs: 0, absent_errs: false, part });
        }
    }

    fn op(&self, id: NodeId) -> Option<&Op> {
        self.body.nodes.get(id.0 as usize).map(|node| &node.op)
    }

    /// Finds the tests of a node that must be true, or false, for the policy to apply.
    fn conjuncts(&mut self, id: NodeId, truth: bool) {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            self.needs |= UNCERTAIN;
        } else {
            self.conjunct(id, truth);
        }
        self.depth -= 1;
    }

    fn conjunct(&mut self, id: NodeId, truth: bool) {
        let body = self.body;
        let Some(node) = body.nodes.get(id.0 as usize) else { return };
        match (&node.op, truth) {
            (Op::And(operands), true) | (Op::Or(operands), false) => {
                operands.iter().for_each(|operand| self.conjuncts(*operand, truth));
            }
            (Op::Not(operand), _) => self.conjuncts(*operand, !truth),
            (Op::Let { local, value, body }, _) => {
                self.needs |= self.errs(*value);
                self.bind(*local, *value);
                self.conjuncts(*body, truth);
            }
            _ => {
                if let Some((kind, words, absent_errs)) = self.test(id, truth) {
                    let kind = self.kinds.insert_full(kind).0;
                    let part = Tested::Node(id, truth);
                    self.tests.push(Test { kind, words, needs: self.needs, absent_errs, part });
                }
                self.needs |= self.errs(id);
                if truth {
                    self.guards.extend(self.guard(id));
                }
            }
        }
    }

    fn bind(&mut self, local: u32, value: NodeId) {
        if let Some((path, ty)) = self.path(value) {
            self.locals.push((local, path, ty));
        }
    }

    /// The test that a node is, if it is one.
    fn test(&mut self, id: NodeId, truth: bool) -> Option<(Kind, Vec<u64>, bool)> {
        let body = self.body;
        match (&body.nodes.get(id.0 as usize)?.op, truth) {
            (Op::Eq(a, b), true) => {
                let (of, value) = match (literal(body, *a), literal(body, *b)) {
                    (Some(value), None) => (*b, value),
                    (None, Some(value)) => (*a, value),
                    _ => return None,
                };
                let (path, ty) = self.path(of)?;
                let word = self.word(&ty, value)?;
                let absent_errs = self.absent_errs(&path);
                Some((Kind::Value(path), vec![word], absent_errs))
            }
            (Op::In(member, group), true) => {
                let group = literal(body, *group)?;
                let (path, ty) = self.path(*member)?;
                let Type::Entity(types) = ty else { return None };
                let word = self.entity(group)?;
                let absent_errs = self.absent_errs(&path);
                Some((Kind::Ancestry(path, types), vec![word], absent_errs))
            }
            (Op::InAny(member, groups), true) => {
                let Value::Set(groups) = literal(body, *groups)? else { return None };
                let (path, ty) = self.path(*member)?;
                let Type::Entity(types) = ty else { return None };
                if groups.len() > MOST_WORDS {
                    return None;
                }
                let words = groups.iter().map(|group| self.entity(group)).collect::<Option<_>>()?;
                let absent_errs = self.absent_errs(&path);
                Some((Kind::Ancestry(path, types), words, absent_errs))
            }
            (Op::Contains(set, element), true) => {
                if let Some(Value::Set(elements)) = literal(body, *set) {
                    let (path, ty) = self.path(*element)?;
                    if elements.len() > MOST_WORDS {
                        return None;
                    }
                    // An element that the value's type cannot hold equals none of its values.
                    let words = elements.iter().map(|one| self.word(&ty, one)).collect::<Option<_>>()?;
                    let absent_errs = self.absent_errs(&path);
                    return Some((Kind::Value(path), words, absent_errs));
                }
                let element = literal(body, *element)?;
                let (path, ty) = self.path(*set)?;
                let Type::Set(of) = ty else { return None };
                let word = self.word(&of, element)?;
                let absent_errs = self.absent_errs(&path);
                Some((Kind::Elements(path), vec![word], absent_errs))
            }
            (Op::Or(operands), true) => {
                let mut all: Option<(Kind, Vec<u64>, bool)> = None;
                for operand in operands {
                    let (kind, words, absent_errs) = self.test(*operand, true)?;
                    match &mut all {
                        None => all = Some((kind, words, absent_errs)),
                        Some((known, have, errs)) => {
                            if *known != kind || have.len() + words.len() > MOST_WORDS {
                                return None;
                            }
                            have.extend(words);
                            *errs |= absent_errs;
                        }
                    }
                }
                all
            }
            // A truth value by itself.
            _ => {
                let (path, ty) = self.path(id)?;
                let Type::Bool = ty else { return None };
                let absent_errs = self.absent_errs(&path);
                Some((Kind::Value(path), vec![u64::from(truth)], absent_errs))
            }
        }
    }

    fn entity(&self, value: &Value) -> Option<u64> {
        match value {
            Value::Entity(uid) => self.code.names.find_entity(uid.ty, &uid.id),
            _ => None,
        }
    }

    fn word(&self, ty: &Type, value: &Value) -> Option<u64> {
        if !is_direct(ty) {
            return None;
        }
        // Words of direct types need no cells.
        encode(ty, value, &mut Known(&self.code.names), &mut Arena::default()).ok()
    }

    /// Where a value of the request is read from, and the type that it has there; of an optional: where it is if it is present.
    fn path(&self, id: NodeId) -> Option<(Path, Type)> {
        let node = self.body.nodes.get(id.0 as usize)?;
        let start = |root, ty| Some((Path { root, reads: Vec::new() }, ty));
        match &node.op {
            Op::Principal => start(Root::Principal, Type::entity(self.environment.principal)),
            Op::Resource => start(Root::Resource, Type::entity(self.environment.resource)),
            Op::Context => start(Root::Context, context_type(&self.code.program, self.environment).ok()?),
            Op::Local(local) => {
                let (_, path, ty) = self.locals.iter().rev().find(|(bound, ..)| bound == local)?;
                Some((path.clone(), ty.clone()))
            }
            Op::Unwrap(of) => self.path(*of),
            // A value is the same under each type that it converts to; what is read here is never a set of records and its like, whose
            // words differ.
            Op::Convert(of) => self.path(*of),
            Op::Narrow(of) => {
                let (path, ty) = self.path(*of)?;
                match (&ty, &node.ty) {
                    (Type::Entity(from), Type::Entity(to)) if from.is_subset(to) => Some((path, ty)),
                    _ => None,
                }
            }
            Op::Attribute(of, name) => {
                let (path, ty) = self.path(*of)?;
                let Type::Entity(types) = ty else { return None };
                self.attribute(path, types.single()?, name)
            }
            Op::Field(of, name) => {
                let (path, ty) = self.path(*of)?;
                self.field(path, &ty, name)
            }
            _ => None,
        }
    }

    fn attribute(&self, mut path: Path, of: EntityTypeId, name: &str) -> Option<(Path, Type)> {
        let slot = self.code.layout.types.get(of.index())?.attributes.get(name)?;
        let present = slot.field.optional.then_some(slot.present);
        path.reads.push(Read::Attribute { of, place: slot.place, known: slot.known, present });
        Some((path, slot.field.ty.clone()))
    }

    fn field(&self, mut path: Path, ty: &Type, name: &str) -> Option<(Path, Type)> {
        let Type::Record(record) = ty else { return None };
        let (at, field) = record.field(name)?;
        let present = field.optional.then_some((at / 64, (at % 64) as u32));
        path.reads.push(Read::Field { word: presence_words(record) + at, present });
        Some((path, field.ty.clone()))
    }

    /// What is surely present once a node is true.
    fn guard(&self, id: NodeId) -> Option<Path> {
        match self.op(id)? {
            Op::HasAttribute(of, name) => {
                let (path, ty) = self.path(*of)?;
                let Type::Entity(types) = ty else { return None };
                self.attribute(path, types.single()?, name).map(|(path, _)| path)
            }
            Op::HasField(of, name) => {
                let (path, ty) = self.path(*of)?;
                self.field(path, &ty, name).map(|(path, _)| path)
            }
            Op::IsSome(of) => self.path(*of).map(|(path, _)| path),
            _ => None,
        }
    }

    fn is_guarded(&self, path: &Path, length: usize) -> bool {
        self.guards.iter().any(|guard| {
            guard.root == path.root
                && guard.reads.len() >= length
                && guard.reads.get(..length) == path.reads.get(..length)
        })
    }

    fn absent_errs(&self, path: &Path) -> bool {
        (1..=path.reads.len())
            .any(|length| path.reads[length - 1].is_optional() && !self.is_guarded(path, length))
    }

    /// How reading a path may err; a last optional part that is absent counts only if it is `wanted`.
    fn path_errs(&self, path: &Path, wanted: bool) -> u8 {
        let mut errs = 0;
        for (at, read) in path.reads.iter().enumerate() {
            if self.is_guarded(path, at + 1) {
                continue;
            }
            if read.is_optional() && (wanted || at + 1 < path.reads.len()) {
                errs |= UNCERTAIN;
            }
            errs |= match (read, at, path.root) {
                (Read::Field { .. }, ..) => 0,
                (Read::Attribute { .. }, 0, Root::Principal) => NEEDS_PRINCIPAL,
                (Read::Attribute { .. }, 0, Root::Resource) => NEEDS_RESOURCE,
                (Read::Attribute { .. }, ..) => UNCERTAIN,
            };
        }
        errs
    }

    /// How evaluating a node may err.
    fn errs(&mut self, id: NodeId) -> u8 {
        self.depth += 1;
        let errs = if self.depth > MOST_DEPTH { UNCERTAIN } else { self.node_errs(id) };
        self.depth -= 1;
        errs
    }

    fn node_errs(&mut self, id: NodeId) -> u8 {
        let body = self.body;
        let Some(node) = body.nodes.get(id.0 as usize) else { return UNCERTAIN };
        if let Some((path, _)) = self.path(id) {
            return self.path_errs(&path, !matches!(node.ty, Type::Optional(_)));
        }
        let kept = (self.guards.len(), self.locals.len());
        let errs = match &node.op {
            Op::Arithmetic(..)
            | Op::Neg(_)
            | Op::Attribute(..)
            | Op::Unwrap(_)
            | Op::Narrow(_)
            | Op::Quantifier { .. }
            | Op::Builtin(..)
            | Op::Call { .. } => UNCERTAIN,
            Op::Let { local, value, body } => {
                let errs = self.errs(*value);
                self.bind(*local, *value);
                errs | self.errs(*body)
            }
            Op::And(operands) => operands.iter().fold(0, |errs, operand| {
                let more = self.errs(*operand);
                self.guards.extend(self.guard(*operand));
                errs | more
            }),
            op => {
                let mut errs = 0;
                op.operands(|operand| errs |= self.errs(operand));
                errs
            }
        };
        self.guards.truncate(kept.0);
        self.locals.truncate(kept.1);
        errs
    }
}
