//! The shape of a policy: what is left of it without its constants. Policies of one shape share one native function, which finds
//! the constants of each in a table of words.
//!
//! ```text
//! allow User in Group::"a" to read on any when u.age < 40         policy(frame, row, -> [Group::"a", 40])
//! allow User in Group::"b" to read on any when u.age < 18         policy(frame, row, -> [Group::"b", 18])
//! ```
//! A shape is a key of bytes: operations, types, names and locals in order of evaluation. Constants leave only their type in it, but for those that
//! code is better made for: truth values and optionals. Tests that the index answers (see `index`) are left out of
//! the key's first part, which stands for what remains to be evaluated; the second part has them, so that the whole key stands for the
//! whole policy. One table serves both.

use rustc_hash::FxHashMap;

use super::code::Code;
use super::names::{Known as KnownNames, Unfit};
use super::word::{encode, is_direct};
use super::{arena::Arena, emit::Covered};
use crate::program::{Body, Effect, NodeId, Op, Pattern, Within};
use crate::types::Type;
use crate::value::{EntityUid, Value};

/// Sets of so many constants that something may be in are as many constants.
const MOST_ELEMENTS: usize = 4;

/// The emitter follows no deeper nesting either.
const MOST_DEPTH: usize = 200;

/// In the place of a set that is taken apart; no operation has it.
const SPREAD: u8 = 0xfe;

/// In the place of a pattern that is held.
const HELD_PATTERN: u8 = 3;

/// Tests that were made before a policy is evaluated, and hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// That of the principal's pattern.
    pub(super) principal: bool,
    /// That of the resource's pattern.
    pub(super) resource: bool,
    /// Nodes of the condition with their truth, ascending.
    pub(super) nodes: Vec<(NodeId, bool)>,
}

/// What the key leaves out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Constant<'p> {
    Value(&'p Type, &'p Value),
    Entity(&'p EntityUid),
    Like(u32),
    Regex(u32),
}

/// Where a constant is used: a node of a body, or one of the two patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Principal,
    Resource,
    /// The body by its address, which lives as long as the Program.
    Node(usize, NodeId),
    /// An element, counted from 0, of a set that is asked whether it contains something.
    Element(usize, NodeId, usize),
}

impl Place {
    pub(super) fn node(body: &Body, id: NodeId) -> Place {
        Place::Node(std::ptr::from_ref(body) as usize, id)
    }

    pub(super) fn element(body: &Body, set: NodeId, at: usize) -> Place {
        Place::Element(std::ptr::from_ref(body) as usize, set, at)
    }
}

/// A policy taken apart.
#[derive(Default)]
pub(super) struct Outline<'p> {
    pub(super) key: Vec<u8>,
    /// Where the part of the key ends that leaves out what is held.
    pub(super) rest: usize,
    /// How many constants, the first, are those of patterns and condition in that part.
    pub(super) condition: usize,
    /// By position in the table.
    pub(super) constants: Vec<(Place, Constant<'p>)>,
}

/// Numbers for types and values in keys.
#[derive(Default)]
pub(super) struct Outliner {
    types: FxHashMap<Type, u32>,
    values: FxHashMap<Value, u32>,
}

impl Outliner {
    /// Takes a policy apart; `outline` is overwritten.
    pub(super) fn outline<'p>(
        &mut self,
        (_, policy, variant): Covered<'p>,
        held: &Held,
        outline: &mut Outline<'p>,
    ) -> Result<(), Unfit> {
        outline.key.clear();
        outline.constants.clear();
        let mut walk = Walk { outliner: self, outline, held: Some(held), depth: 0 };
        walk.number(policy.grant.map_or(0, |grant| 1 + grant.0));
        // What an error means in one row of a grant depends on it, and in code without branches.
        walk.tag(u8::from(policy.effect == Effect::Deny && !policy.on_error_skip));
        for (held, pattern, place) in [
            (held.principal, &policy.principal, Place::Principal),
            (held.resource, &policy.resource, Place::Resource),
        ] {
            if held {
                walk.tag(HELD_PATTERN);
            } else {
                walk.pattern(pattern, place);
            }
        }
        walk.tag(u8::from(variant.condition.is_some()));
        if let Some(body) = &variant.condition {
            walk.body(body)?;
        }
        walk.outline.condition = walk.outline.constants.len();
        walk.number(variant.obligations.len() as u32);
        walk.held = None;
        for call in &variant.obligations {
            walk.number(call.args.len() as u32);
            for arg in &call.args {
                walk.body(arg)?;
            }
        }
        walk.outline.rest = walk.outline.key.len();
        if held.principal {
            walk.tag(1);
            walk.pattern(&policy.principal, Place::Principal);
        }
        if held.resource {
            walk.tag(2);
            walk.pattern(&policy.resource, Place::Resource);
        }
        for (node, truth) in &held.nodes {
            walk.tag(3 + u8::from(*truth));
            walk.node(variant.condition.as_ref().ok_or(Unfit)?, *node)?;
        }
        Ok(())
    }
}

impl Constant<'_> {
    /// Its word, cells in `arena`.
    pub(super) fn word(self, code: &Code, arena: &mut Arena) -> Result<u64, Unfit> {
        let address = |place: Option<usize>| place.map(|place| place as u64).ok_or(Unfit);
        match self {
            Constant::Value(ty, value) => encode(ty, value, &mut KnownNames(&code.names), arena),
            Constant::Entity(uid) => code.names.find_entity(uid.ty, &uid.id).ok_or(Unfit),
            // The Code keeps the Program, which never changes.
            Constant::Like(index) => address(
                code.program.like_patterns.get(index as usize).map(|it| std::ptr::from_ref(it) as usize),
            ),
            Constant::Regex(index) => {
                address(code.program.regexes().get(index as usize).map(|it| std::ptr::from_ref(it) as usize))
            }
        }
    }
}

struct Walk<'o, 'p> {
    outliner: &'o mut Outliner,
    outline: &'o mut Outline<'p>,
    /// While the condition is looked at without what is held.
    held: Option<&'o Held>,
    depth: usize,
}

impl<'p> Walk<'_, 'p> {
    fn tag(&mut self, tag: u8) {
        self.outline.key.push(tag);
    }

    fn number(&mut self, number: u32) {
        self.outline.key.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.outline.key.extend(text.as_bytes());
    }

    fn ty(&mut self, ty: &Type) {
        let next = self.outliner.types.len() as u32;
        let number = match self.outliner.types.get(ty) {
            Some(number) => *number,
            None => *self.outliner.types.entry(ty.clone()).or_insert(next),
        };
        self.number(number);
    }

    fn entity_types(&mut self, types: &crate::types::EntityTypes) {
        self.ty(&Type::Entity(types.clone()));
    }

    fn constant(&mut self, place: Place, constant: Constant<'p>) {
        self.outline.constants.push((place, constant));
    }

    fn pattern(&mut self, pattern: &'p Pattern, place: Place) {
        let (tag, entity) = match &pattern.within {
            // Types are the environment's matter.
            Within::Anywhere => return self.tag(0),
            // A lookup function looks for the rows of all policies of a shape at once.
            Within::InGrantParam(param) => {
                self.tag(3);
                return self.number(*param as u32);
            }
            Within::In(entity) => (1, entity),
            Within::Is(entity) => (2, entity),
        };
        self.tag(tag);
        self.number(entity.ty.0);
        self.constant(place, Constant::Entity(entity));
    }

    /// Takes the set of `set.contains(element)` apart, if it has few elements that are compared as words; which node that is.
    fn spread(&mut self, body: &'p Body, op: &Op) -> Option<NodeId> {
        let Op::Contains(id, element) = op else { return None };
        let node = body.nodes.get(id.0 as usize)?;
        let (Op::Const(Value::Set(elements)), Type::Set(of)) = (&node.op, &node.ty) else { return None };
        if id == element || !is_direct(of) || is_structure(of) || elements.len() > MOST_ELEMENTS {
            return None;
        }
        self.tag(SPREAD);
        self.ty(&node.ty);
        self.number(elements.len() as u32);
        for (at, value) in elements.iter().enumerate() {
            self.constant(Place::element(body, *id, at), Constant::Value(of, value));
        }
        Some(*id)
    }

    fn body(&mut self, body: &'p Body) -> Result<(), Unfit> {
        let root = body.nodes.len().checked_sub(1).ok_or(Unfit)?;
        self.node(body, NodeId(root as u32))
    }

    fn node(&mut self, body: &'p Body, id: NodeId) -> Result<(), Unfit> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Unfit);
        }
        if let Some(held) = self.held
            && let Some((_, truth)) = held.nodes.iter().find(|(node, _)| *node == id)
        {
            self.tag(u8::from(*truth));
            self.depth -= 1;
            return Ok(());
        }
        let node = body.nodes.get(id.0 as usize).ok_or(Unfit)?;
        let place = Place::node(body, id);
        self.tag(tag(&node.op));
        self.ty(&node.ty);
        match &node.op {
            Op::Const(value) if is_structure(&node.ty) => {
                let next = self.outliner.values.len() as u32;
                let number = *self.outliner.values.entry(value.clone()).or_insert(next);
                self.number(number);
            }
            Op::Const(value) => self.constant(place, Constant::Value(&node.ty, value)),
            Op::Param(number) | Op::Local(number) | Op::Let { local: number, .. } => self.number(*number),
            Op::Call { function, args } => {
                self.number(*function);
                self.number(args.len() as u32);
            }
            Op::And(many) | Op::Or(many) | Op::SetOf(many) | Op::RecordOf(many) => {
                self.number(many.len() as u32);
            }
            Op::Compare(ordering, ..) => self.tag(*ordering as u8),
            Op::Arithmetic(operation, ..) => self.tag(*operation as u8),
            Op::IsType(_, types) => self.entity_types(types),
            Op::Attribute(_, name)
            | Op::HasAttribute(_, name)
            | Op::Field(_, name)
            | Op::HasField(_, name) => {
                self.text(name);
            }
            Op::Quantifier { all, local, filter, .. } => {
                self.tag(u8::from(*all) + 2 * u8::from(filter.is_some()));
                self.number(*local);
                if let Some(filter) = filter {
                    self.entity_types(filter);
                }
            }
            Op::MapOf(entries) => {
                self.number(entries.len() as u32);
                for (key, _) in entries {
                    self.text(key);
                }
            }
            Op::Builtin(builtin, args) => {
                self.number(u32::from(builtin.0));
                self.number(args.len() as u32);
            }
            Op::Like { pattern, .. } => self.constant(place, Constant::Like(*pattern)),
            Op::Matches { regex, .. } => self.constant(place, Constant::Regex(*regex)),
            Op::GrantFact(grant, args) => {
                self.number(grant.0);
                self.number(args.len() as u32);
            }
            _ => {}
        }
        let spread = self.spread(body, &node.op);
        let mut result = Ok(());
        node.op.operands(|operand| {
            // Operands come before users, so this ends.
            if result.is_ok() && spread != Some(operand) {
                result = if operand < id { self.node(body, operand) } else { Err(Unfit) };
            }
        });
        self.depth -= 1;
        result
    }
}

/// Whether code is made for a constant of this type.
fn is_structure(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Optional(_) | Type::Never)
}

/// Different for different operations, and neither 0 nor 1.
fn tag(op: &Op) -> u8 {
    match op {
        Op::Const(_) => 2,
        Op::Param(_) => 3,
        Op::Principal => 4,
        Op::Action => 5,
        Op::Resource => 6,
        Op::Context => 7,
        Op::Now => 8,
        Op::Local(_) => 9,
        Op::Let { .. } => 10,
        Op::Call { .. } => 11,
        Op::And(_) => 12,
        Op::Or(_) => 13,
        Op::Not(_) => 14,
        Op::If { .. } => 15,
        Op::Eq(..) => 16,
        Op::Compare(..) => 17,
        Op::Arithmetic(..) => 18,
        Op::Neg(_) => 19,
        Op::In(..) => 20,
        Op::InAny(..) => 21,
        Op::ActionIn(..) => 22,
        Op::ActionInAny(..) => 23,
        Op::IsType(..) => 24,
        Op::Attribute(..) => 25,
        Op::HasAttribute(..) => 26,
        Op::Field(..) => 27,
        Op::HasField(..) => 28,
        Op::Unwrap(_) => 29,
        Op::Narrow(_) => 30,
        Op::IsSome(_) => 31,
        Op::Coalesce(..) => 32,
        Op::Index(..) => 33,
        Op::Contains(..) => 34,
        Op::Quantifier { .. } => 35,
        Op::SetOf(_) => 36,
        Op::RecordOf(_) => 37,
        Op::MapOf(_) => 38,
        Op::Convert(_) => 39,
        Op::Builtin(..) => 40,
        Op::Like { .. } => 41,
        Op::Matches { .. } => 42,
        Op::GrantFact(..) => 43,
        Op::Ancestors(_) => 44,
    }
}
