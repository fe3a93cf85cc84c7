//! Grants: as facts in conditions, and as the rows that a policy is evaluated for.

use std::sync::Arc;

use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

use super::entity::Reached;
use super::signature::Certainty;
use super::{Emitter, Role, Scope, Ssa, here};
use crate::native::grants::{CURSOR_WORDS, Plan, ROW_HEAD, Test};
use crate::native::helpers::Id;
use crate::native::names::Unfit;
use crate::program::{NodeId, Policy, Within};
use crate::types::{Grant, GrantId, Type};

/// What an argument of type `arg` must be to a row's value of type `param`.
fn test(param: &Type, arg: &Type) -> Test {
    match (param, arg) {
        (Type::Entity(_), Type::Entity(_)) => Test::In,
        (Type::Set(element), Type::Entity(_)) if matches!(**element, Type::Entity(_)) => Test::InAny,
        (Type::Set(element), _) if **element == *arg => Test::Element(arg.clone()),
        _ => Test::Equal(param.clone()),
    }
}

/// The search for the rows whose parameters hold the request's principal and resource as the policy's patterns demand, and
/// for each of its arguments, which of the two it is.
pub(crate) fn pattern_plan(
    policy: &Policy,
    grant: &Grant,
    index: GrantId,
) -> Result<(Plan, Vec<Role>), Unfit> {
    let mut plan = Plan { grant: index.index(), tests: Vec::new() };
    let mut subjects = Vec::new();
    for (pattern, role) in [(&policy.principal, Role::Principal), (&policy.resource, Role::Resource)] {
        if let Within::InGrantParam(param) = pattern.within {
            let declared = grant.params.get(param).ok_or(Unfit)?;
            let test = match &declared.ty {
                Type::Entity(_) => Test::In,
                Type::Set(_) => Test::InAny,
                _ => return Err(Unfit),
            };
            plan.tests.push((param, test));
            subjects.push(role);
        }
    }
    Ok((plan, subjects))
}

impl Emitter<'_, '_> {
    /// `viewer(u, d)`
    pub(super) fn grant_fact(
        &mut self,
        scope: &mut Scope<'_>,
        grant: GrantId,
        args: &[NodeId],
    ) -> Result<Value, Unfit> {
        let code = self.code;
        let declared = code.program.schema.grants.get(grant.index()).ok_or(Unfit)?;
        if declared.params.len() != args.len() {
            return Err(Unfit);
        }
        let mut plan = Plan { grant: grant.index(), tests: Vec::new() };
        let mut words = Vec::with_capacity(args.len());
        let mut entities = Vec::with_capacity(args.len());
        for (at, (arg, param)) in args.iter().zip(&declared.params).enumerate() {
            let test = test(&param.ty, &self.node(scope, *arg)?.ty);
            if matches!(test, Test::In | Test::InAny) {
                let entity = self.reach(scope, *arg)?;
                words.push(entity.word);
                entities.push(Some(entity));
            } else {
                let word = self.plain(scope, *arg)?;
                words.push(self.pack(word));
                entities.push(None);
            }
            plan.tests.push((at, test));
        }
        self.some_row(plan, &entities, &words)
    }

    /// Whether some live row passes the tests: by signatures if they tell, else by a search.
    fn some_row(
        &mut self,
        plan: Plan,
        entities: &[Option<Reached>],
        words: &[Value],
    ) -> Result<Value, Unfit> {
        let done = self.block(&[types::I8]);
        if let Some(signature) = self.signature(plan.grant, &plan.tests, entities) {
            let (search, unsure) = (self.block(&[]), self.block(&[]));
            let no = self.bool(false);
            if signature.is_all {
                let common = self.meets(&signature, Certainty::Surely);
                let sure = self.is_not(common, 0);
                let exact = self.signatures_are_exact();
                let exact = self.is_not(exact, 0);
                let known = self.b.ins().bor(sure, exact);
                self.b.ins().brif(known, done, &[BlockArg::Value(sure)], unsure, &[]);
            } else {
                self.jump(unsure, &[]);
            }
            self.switch_to(unsure);
            let common = self.meets(&signature, Certainty::Possibly);
            self.b.ins().brif(common, search, &[], done, &[BlockArg::Value(no)]);
            self.switch_to(search);
        }
        let plan = self.building.pins.pin(Arc::new(plan));
        let plan = self.word(plan);
        let args = self.spill(words);
        let truth = self.call(Id::grant_any, &[self.frame, plan, args]);
        let truth = self.b.ins().ireduce(types::I8, truth);
        self.jump(done, &[truth]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// Binds the parameters of a grant to a row's values.
    pub(super) fn bind_row(&mut self, scope: &mut Scope<'_>, grant: &Grant, row: Value) -> Result<(), Unfit> {
        for (local, param) in grant.params.iter().enumerate() {
            // A body that does not use the last parameters may have fewer locals.
            if local >= scope.locals.len() {
                break;
            }
            let word = self.load(types::I64, here(), row, (ROW_HEAD + local) as i32 * 8);
            let word = self.unpack(&param.ty, word);
            scope.bind(local, Ssa { word, present: None }, None)?;
        }
        Ok(())
    }

    /// Emits `visit` for each row that the patterns of a policy find, with the block that goes on to the next; ends at `none`.
    /// With nothing to ask of a row, the first leads to `found`.
    pub(super) fn rows(
        &mut self,
        policy: &Policy,
        grant: &Grant,
        index: GrantId,
        found: Option<Block>,
        none: Block,
        visit: impl FnOnce(&mut Self, Value, Block) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        let (plan, roles) = pattern_plan(policy, grant, index)?;
        let (mut words, mut entities) = (Vec::new(), Vec::new());
        for role in roles {
            let entity = self.reach_subject(role)?;
            words.push(entity.word);
            entities.push(Some(entity));
        }
        if let Some(found) = found {
            let truth = self.some_row(plan, &entities, &words)?;
            self.brif(truth, found, none);
            return Ok(());
        }
        if let Some(signature) = self.signature(plan.grant, &plan.tests, &entities) {
            let search = self.block(&[]);
            let common = self.meets(&signature, Certainty::Possibly);
            self.brif(common, search, none);
            self.switch_to(search);
        }
        let plan = self.building.pins.pin(Arc::new(plan));
        let plan = self.word(plan);
        let args = self.spill(&words);
        let zero = self.word(0);
        let cursor = self.spill(&[zero; CURSOR_WORDS as usize]);
        let (head, inside) = (self.block(&[]), self.block(&[]));
        self.jump(head, &[]);
        self.switch_to(head);
        let row = self.call(Id::grant_next, &[self.frame, plan, args, cursor]);
        self.brif(row, inside, none);
        self.switch_to(inside);
        visit(self, row, head)
    }
}
