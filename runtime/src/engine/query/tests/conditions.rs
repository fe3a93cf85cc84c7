//! Random policies whose conditions test candidates in the ways that name places, and in ways that do not.

use super::world::*;
use crate::differential::Dice;
use crate::program::*;
use crate::testing::{Expression, MASK};
use crate::types::*;
use crate::verify::Verified;

/// A body of a policy for one combination of types, or of a function of a person and a thing.
struct Maker<'d> {
    dice: &'d mut Dice,
    e: Expression,
    /// `None` in functions, whose first two locals they are.
    request: Option<(EntityTypeId, EntityTypeId)>,
    /// Grant rows have these, from local 0.
    row: Vec<Type>,
    next: u32,
    /// Locals of type Group in scope.
    groups: Vec<u32>,
}

impl Maker<'_> {
    fn local(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The principal, as any person.
    fn who(&mut self) -> NodeId {
        match self.request {
            Some((principal, _)) => {
                let who = self.e.add(Op::Principal, Type::entity(principal));
                self.e.add(Op::Convert(who), people())
            }
            None => self.e.add(Op::Local(0), people()),
        }
    }

    /// The resource, as a document or folder; one that stands for a stage.
    fn what(&mut self) -> NodeId {
        match self.request {
            Some((_, STAGE)) => {
                let some = one_of(self.dice, &[DOCUMENT, FOLDER]);
                self.e.add(Op::Const(some), things())
            }
            Some((_, resource)) => {
                let what = self.e.add(Op::Resource, Type::entity(resource));
                self.e.add(Op::Convert(what), things())
            }
            None => self.e.add(Op::Local(1), things()),
        }
    }

    fn person(&mut self) -> NodeId {
        match self.dice.roll(4) {
            0 => {
                let some = one_of(self.dice, &[USER, GROUP]);
                self.e.add(Op::Const(some), people())
            }
            1 if self.request.is_some() => {
                let context = self.e.add(Op::Context, Type::Record(context()));
                let field = self.e.add(Op::Field(context, "on_behalf_of".into()), Type::optional(people()));
                let other = self.who();
                self.e.add(Op::Coalesce(field, other), people())
            }
            2 => {
                let what = self.what();
                let owner = self.e.add(Op::Attribute(what, "owner".into()), Type::entity(USER));
                self.e.add(Op::Convert(owner), people())
            }
            _ => self.who(),
        }
    }

    fn group(&mut self) -> NodeId {
        if !self.groups.is_empty() && self.dice.chance(60) {
            let group = *self.dice.pick(&self.groups);
            return self.e.add(Op::Local(group), Type::entity(GROUP));
        }
        let id = *self.dice.pick(&["a", "b", "c", "ghost"]);
        self.e.add(Op::Const(group(id)), Type::entity(GROUP))
    }

    fn set(&mut self) -> NodeId {
        let set = Type::set(people());
        match (self.dice.roll(3), self.request) {
            (0, Some((_, resource))) if resource != FOLDER => {
                let what = self.e.add(Op::Resource, Type::entity(resource));
                let viewers = self.e.add(Op::Attribute(what, "viewers".into()), Type::optional(set.clone()));
                let none = some_people(self.dice);
                let none = self.e.add(Op::Const(none), set.clone());
                self.e.add(Op::Coalesce(viewers, none), set)
            }
            (1, _) => {
                let (a, b) = (self.person(), self.person());
                self.e.add(Op::SetOf(vec![a, b]), set)
            }
            _ => {
                let some = some_people(self.dice);
                self.e.add(Op::Const(some), set)
            }
        }
    }

    fn bool(&mut self, depth: u32) -> NodeId {
        if depth == 0 {
            return self.test();
        }
        let depth = depth - 1;
        let op = match self.dice.roll(12) {
            0..=2 => Op::And((0..2 + self.dice.roll(2)).map(|_| self.bool(depth)).collect()),
            3 | 4 => Op::Or((0..2 + self.dice.roll(2)).map(|_| self.bool(depth)).collect()),
            5 => Op::Not(self.bool(depth)),
            6 => {
                let (condition, then, otherwise) = (self.bool(depth), self.bool(depth), self.bool(depth));
                Op::If { condition, then, otherwise }
            }
            7 => {
                let value = self.bool(depth);
                let local = self.local();
                let (reads, more) = (self.e.add(Op::Local(local), Type::Bool), self.bool(depth));
                let both = [vec![reads, more], vec![more, reads]][self.dice.roll(2)].clone();
                let body = self.e.bool(if self.dice.chance(50) { Op::And(both) } else { Op::Or(both) });
                Op::Let { local, value, body }
            }
            8 | 9 => return self.quantifier(depth),
            _ => return self.test(),
        };
        self.e.bool(op)
    }

    fn quantifier(&mut self, depth: u32) -> NodeId {
        let all = self.dice.chance(40);
        let local = self.local();
        if self.dice.chance(50) {
            let who = self.person();
            let set = self.e.add(Op::Ancestors(who), Type::set(Type::entity(GROUP)));
            self.groups.push(local);
            let body = self.bool(depth);
            self.groups.pop();
            return self.e.bool(Op::Quantifier { all, local, filter: None, set, body });
        }
        let set = self.set();
        let filter = match self.dice.roll(3) {
            0 => Some(EntityTypes::one(GROUP)),
            1 => Some(EntityTypes::one(USER)),
            _ => None,
        };
        let ty = filter.clone().map_or_else(people, Type::Entity);
        let in_scope = filter == Some(EntityTypes::one(GROUP));
        if in_scope {
            self.groups.push(local);
        }
        let element = self.e.add(Op::Local(local), ty);
        let other = self.person();
        let test = self.e.bool(match self.dice.roll(3) {
            0 => Op::Eq(other, element),
            1 => Op::In(element, other),
            _ => Op::In(other, element),
        });
        let more = self.bool(depth);
        let body = self.e.bool(if self.dice.chance(60) {
            Op::And(vec![test, more])
        } else {
            Op::Or(vec![more, test])
        });
        if in_scope {
            self.groups.pop();
        }
        self.e.bool(Op::Quantifier { all, local, filter, set, body })
    }

    fn test(&mut self) -> NodeId {
        let op = match self.dice.roll(14) {
            0 | 1 => Op::In(self.who(), self.group()),
            2 => Op::Eq(self.person(), self.who()),
            3 => Op::Eq(self.who(), self.person()),
            4 => Op::InAny(self.who(), self.set()),
            5 => Op::Contains(self.set(), self.person()),
            6 => {
                let folder = one_of(self.dice, &[FOLDER]);
                Op::In(self.what(), self.e.add(Op::Const(folder), Type::entity(FOLDER)))
            }
            7 => Op::GrantFact(VIEWER, vec![self.person(), self.what()]),
            8 => {
                let level = self.e.int(self.dice.roll(2) as i64);
                Op::GrantFact(TEAM, vec![level, self.person(), self.what()])
            }
            9 => Op::In(self.group(), self.person()),
            10 => Op::IsType(self.who(), EntityTypes::one(*self.dice.pick(&[USER, GROUP]))),
            11 if self.request.is_some_and(|(principal, _)| principal == USER) => {
                // A test that names no place, and can overflow.
                let who = self.e.add(Op::Principal, Type::entity(USER));
                let (age, one) = (self.e.add(Op::Attribute(who, "age".into()), Type::Int), self.e.int(1));
                let sum = self.e.add(Op::Arithmetic(Arithmetic::Add, age, one), Type::Int);
                Op::Compare(Ordering::Less, sum, self.e.int(30))
            }
            12 if self.request.is_some() => {
                let function = self.dice.roll(2) as u32;
                Op::Call { function, args: vec![self.person(), self.what()] }
            }
            13 if self.row.len() == 2 => {
                let who = self.e.add(Op::Local(0), people());
                Op::In(self.person(), who)
            }
            _ => Op::Eq(self.group(), self.group()),
        };
        self.e.bool(op)
    }
}

fn body(dice: &mut Dice, request: Option<(EntityTypeId, EntityTypeId)>, row: &[Type]) -> Body {
    let next = if request.is_some() { row.len() as u32 } else { 2 };
    let depth = dice.roll(4) as u32;
    let e = Expression::default();
    let mut maker = Maker { dice, e, request, row: row.to_vec(), next, groups: Vec::new() };
    maker.bool(depth);
    Body { nodes: maker.e.nodes, locals: maker.next }
}

fn pattern(dice: &mut Dice, types: &[EntityTypeId], group: EntityTypeId, columns: &[usize]) -> Pattern {
    let within = match dice.roll(8) {
        0 => Within::In(entity(dice, group)),
        1 => {
            let ty = *dice.pick(types);
            Within::Is(entity(dice, ty))
        }
        2..=6 if !columns.is_empty() => Within::InGrantParam(*dice.pick(columns)),
        _ => Within::Anywhere,
    };
    let types = match dice.roll(3) {
        0 => Some(EntityTypes::one(*dice.pick(types))),
        _ => None,
    };
    Pattern { types, within }
}

fn policy(dice: &mut Dice, schema: &Schema, at: usize) -> Policy {
    let grant = dice.chance(35).then(|| *dice.pick(&[VIEWER, TEAM]));
    let effect = if grant.is_none() && dice.chance(25) { Effect::Deny } else { Effect::Allow };
    let row: Vec<Type> = grant
        .map(|grant| schema.grants[grant.index()].params.iter().map(|param| param.ty.clone()).collect())
        .unwrap_or_default();
    let (who, what): (&[usize], &[usize]) = match grant {
        Some(VIEWER) => (&[0], &[1]),
        Some(_) => (&[1], &[2]),
        None => (&[], &[]),
    };
    let principal = pattern(dice, &[USER, GROUP], GROUP, who);
    let resource = pattern(dice, &[DOCUMENT, FOLDER, STAGE], FOLDER, what);
    let actions = dice.pick(&[vec![ActionId(0)], vec![ActionId(0), ActionId(1)], vec![ActionId(1)]]).clone();
    let mut variants = Vec::new();
    for who in [USER, GROUP] {
        for what in [DOCUMENT, FOLDER, STAGE] {
            let has = |pattern: &Pattern, ty| pattern.types.as_ref().is_none_or(|types| types.contains(ty));
            if !has(&principal, who) || !has(&resource, what) {
                continue;
            }
            let mut obligations = Vec::new();
            if dice.chance(25) {
                let mut e = Expression::default();
                e.int(dice.roll(3) as i64);
                let args = vec![Body { nodes: e.nodes, locals: row.len() as u32 }];
                obligations.push(ObligationCall { obligation: MASK, args });
            }
            variants.push(Variant {
                principals: EntityTypes::one(who),
                actions: actions.clone(),
                resources: EntityTypes::one(what),
                condition: dice.chance(85).then(|| body(dice, Some((who, what)), &row)),
                obligations,
            });
        }
    }
    Policy {
        trial: dice.chance(5),
        on_error_skip: dice.chance(10),
        principal,
        actions,
        resource,
        grant,
        variants,
        ..crate::testing::policy(&format!("p{at}"), effect, None)
    }
}

pub fn program(dice: &mut Dice) -> Verified {
    let mut program = Program { schema: schema(), ..Program::default() };
    for at in 0..2 {
        let name = smol_str::format_smolstr!("m::f{at}");
        let body = body(dice, None, &[]);
        let params = vec![people(), things()];
        program.functions.push(Function { name, params, body, origin: Origin::default() });
    }
    for at in 0..1 + dice.roll(4) {
        let policy = policy(dice, &program.schema, at);
        program.policies.push(policy);
    }
    crate::verify(program).unwrap()
}
