//! Programs of few policies whose conditions mix, under `and`, `or`, `not` and `if`, what depends on the principal alone, on the resource,
//! on both, on the context, the data or the time, and what errs.

use super::expressions::admit;
use super::keyed::{CONJUNCTS, Conjuncts};
use super::tape::Tape;
use super::values::{entity, value};
use super::world::{DOCUMENT, FOLDER, GROUP, USER, one, people, schema};
use crate::program::*;
use crate::testing::{Expression, policy};
use crate::types::*;
use crate::verify::Verified;

const READ: ActionId = ActionId(0);
const LIST: ActionId = ActionId(2);
const VIEWER: GrantId = GrantId(0);

/// Up to ten policies for users who read and list documents.
pub fn program(tape: &mut Tape<'_>) -> Verified {
    let mut program = Program { schema: schema(), functions: vec![same_and_older()], ..Program::default() };
    for at in 0..2 + tape.below(8) {
        let policy = mixed(tape, &program.schema, at);
        program.policies.push(policy);
    }
    admit(program)
}

/// `fn f(a: User, b: User) -> Bool = a == b and a.age + 1 > 7`
fn same_and_older() -> Function {
    let mut e = Expression::default();
    let local = |e: &mut Expression, at| e.add(Op::Local(at), one(USER));
    let (a, b) = (local(&mut e, 0), local(&mut e, 1));
    let same = e.bool(Op::Eq(a, b));
    let a = local(&mut e, 0);
    let age = e.add(Op::Attribute(a, "age".into()), Type::Int);
    let more = e.int(1);
    let sum = e.add(Op::Arithmetic(Arithmetic::Add, age, more), Type::Int);
    let bound = e.int(7);
    let older = e.bool(Op::Compare(Ordering::Greater, sum, bound));
    e.bool(Op::And(vec![same, older]));
    Function {
        name: "m::f".into(),
        params: vec![one(USER), one(USER)],
        body: Body { nodes: e.nodes, locals: 2 },
        origin: Origin::default(),
    }
}

fn mixed(tape: &mut Tape<'_>, schema: &Schema, at: usize) -> Policy {
    let grant = tape.once_in(4).then_some(VIEWER);
    let effect = if grant.is_none() && tape.below(2) == 1 { Effect::Deny } else { Effect::Allow };
    let within = |tape: &mut Tape<'_>, of, above, param| match tape.below(6) {
        1 => Within::In(entity(tape, above)),
        2 => Within::Is(entity(tape, of)),
        3 | 4 if grant.is_some() => Within::InGrantParam(param),
        _ => Within::Anywhere,
    };
    let (principal, resource) = (within(tape, USER, GROUP, 0), within(tape, DOCUMENT, FOLDER, 1));
    let locals = grant.map_or(0, |_| 2);
    let condition = (!tape.once_in(5)).then(|| {
        let mut leaves = Conjuncts { tape: &mut *tape, schema, e: Expression::default(), locals };
        leaves.tree(0);
        Body { nodes: leaves.e.nodes, locals: leaves.locals }
    });
    let mut obligations = Vec::new();
    if tape.once_in(5) {
        let text =
            Node { op: Op::Const(value(tape, &Type::String)), ty: Type::String, span: Span::default() };
        let arg = Body { nodes: vec![text], locals };
        obligations.push(ObligationCall { obligation: ObligationId(0), args: vec![arg] });
    }
    let actions = if tape.below(2) == 0 { vec![READ] } else { vec![READ, LIST] };
    let (users, documents) = (EntityTypes::one(USER), EntityTypes::one(DOCUMENT));
    Policy {
        effect,
        trial: tape.once_in(10),
        on_error_skip: tape.once_in(3),
        principal: Pattern { types: Some(users.clone()), within: principal },
        actions: actions.clone(),
        resource: Pattern { types: Some(documents.clone()), within: resource },
        grant,
        variants: vec![Variant { principals: users, actions, resources: documents, condition, obligations }],
        ..policy(&format!("policy-{at}"), effect, None)
    }
}

impl Conjuncts<'_, '_> {
    fn tree(&mut self, depth: usize) -> NodeId {
        if depth == 3 {
            return self.leaf();
        }
        let several = |of: &mut Self| (0..2 + of.tape.below(2)).map(|_| of.tree(depth + 1)).collect();
        match self.tape.below(8) {
            1 | 2 => {
                let operands = several(self);
                self.e.bool(Op::And(operands))
            }
            3 | 4 => {
                let operands = several(self);
                self.e.bool(Op::Or(operands))
            }
            5 => {
                let operand = self.tree(depth + 1);
                self.e.bool(Op::Not(operand))
            }
            6 => {
                let [condition, then, otherwise] = [(); 3].map(|()| self.tree(depth + 1));
                self.e.bool(Op::If { condition, then, otherwise })
            }
            _ => self.leaf(),
        }
    }

    fn leaf(&mut self) -> NodeId {
        match self.tape.below(24) {
            0 => self.e.truth(true),
            1 => {
                let (owner, user) = (self.owner(), self.user());
                self.e.bool(Op::Eq(owner, user))
            }
            2 => {
                let (user, viewers) = (self.user(), self.viewers());
                self.e.bool(Op::InAny(user, viewers))
            }
            3 => {
                let (viewers, user) = (self.viewers(), self.user());
                let user = self.e.add(Op::Convert(user), people());
                self.e.bool(Op::Contains(viewers, user))
            }
            4 => {
                let (user, document) = (self.user(), self.document());
                self.e.bool(Op::GrantFact(VIEWER, vec![user, document]))
            }
            5 => {
                let (user, document) = (self.user(), self.constant(one(DOCUMENT)));
                self.e.bool(Op::GrantFact(VIEWER, vec![user, document]))
            }
            6 => {
                let (team, document) = (self.team(), self.constant(one(DOCUMENT)));
                self.e.bool(Op::GrantFact(VIEWER, vec![team, document]))
            }
            7 => {
                let (team, group) = (self.team(), self.group(GROUP));
                self.e.bool(Op::In(team, group))
            }
            8 => {
                let team = self.team();
                self.e.bool(Op::HasAttribute(team, "age".into()))
            }
            9 => {
                let context = self.context();
                self.e.bool(Op::HasField(context, "ip".into()))
            }
            10 => {
                let context = self.context();
                self.e.add(Op::Field(context, "active".into()), Type::Bool)
            }
            11 | 12 => self.quantifier(),
            13 => {
                let (now, joined) = (self.e.add(Op::Now, Type::Datetime), self.user());
                let joined = self.of(joined, "joined", Type::Datetime);
                self.e.bool(Op::Compare(Ordering::Less, now, joined))
            }
            14 | 15 => self.age_against_lifetime(),
            16 => {
                let (now, ordering) = (self.e.add(Op::Now, Type::Datetime), self.tape.below(2));
                let moved = self.constant(Type::Duration);
                let moved = self.e.add(Op::Arithmetic(Arithmetic::Add, now, moved), Type::Datetime);
                let bound = self.constant(Type::Datetime);
                let ordering = [Ordering::Less, Ordering::GreaterEqual][ordering];
                self.e.bool(Op::Compare(ordering, moved, bound))
            }
            17 => {
                let (action, list) = (self.e.add(Op::Action, Type::Action), self.constant(Type::Action));
                self.e.bool(Op::ActionIn(action, list))
            }
            18 | 19 => {
                let args = match self.tape.below(3) {
                    0 => [self.user(), self.owner()],
                    1 => [self.owner(), self.user()],
                    _ => [self.user(), self.user()],
                };
                self.e.bool(Op::Call { function: 0, args: args.into() })
            }
            _ => {
                let which = self.tape.below(CONJUNCTS);
                self.conjunct(which)
            }
        }
    }

    fn owner(&mut self) -> NodeId {
        let document = self.document();
        self.of(document, "owner", one(USER))
    }

    fn viewers(&mut self) -> NodeId {
        let document = self.document();
        self.of(document, "viewers", Type::set(people()))
    }

    fn team(&mut self) -> NodeId {
        let context = self.context();
        self.e.add(Op::Field(context, "team".into()), people())
    }

    /// `now - a time < d.lifetime`
    fn age_against_lifetime(&mut self) -> NodeId {
        let (now, since) = (self.e.add(Op::Now, Type::Datetime), self.constant(Type::Datetime));
        let age = self.e.add(Op::Arithmetic(Arithmetic::Sub, now, since), Type::Duration);
        let document = self.document();
        let lifetime = self.of(document, "lifetime", Type::Duration);
        self.e.bool(Op::Compare(Ordering::Less, age, lifetime))
    }

    /// Some of the document's viewers is the principal or is older, or all are.
    fn quantifier(&mut self) -> NodeId {
        let set = self.viewers();
        let local = self.locals;
        self.locals += 1;
        let is_filtered = self.tape.below(2) == 1;
        let (filter, bound) =
            if is_filtered { (Some(EntityTypes::one(USER)), one(USER)) } else { (None, people()) };
        let viewer = self.e.add(Op::Local(local), bound.clone());
        let user = self.user();
        let mut body = self.e.bool(Op::Eq(viewer, user));
        if is_filtered {
            let viewer = self.e.add(Op::Local(local), bound);
            let age = self.of(viewer, "age", Type::Int);
            let more = self.e.int(1);
            let sum = self.e.add(Op::Arithmetic(Arithmetic::Add, age, more), Type::Int);
            let older = self.constant(Type::Int);
            let older = self.e.bool(Op::Compare(Ordering::Greater, sum, older));
            let operands = if self.tape.below(2) == 0 { vec![body, older] } else { vec![older, body] };
            body = self.e.bool(if self.tape.below(2) == 0 { Op::And(operands) } else { Op::Or(operands) });
        }
        let all = self.tape.below(2) == 1;
        self.e.bool(Op::Quantifier { all, local, filter, set, body })
    }
}
