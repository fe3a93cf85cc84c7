//! The function that decides an environment of many policies: it reads the keys of a request once, looks them up, and evaluates what is
//! left of the policies that it finds.
//!
//! ```text
//! keys        word -> number, 0 if no policy asks for it
//! denies      for each probe: numbers -> cell -> is there a row? -> condition     any true: deny
//! allows      the same; what is true of all of them together is the verdict
//! ```
//! Which policies a request meets is as good as random, so there are as few branches on that as can be: a condition that is simple is
//! evaluated for the row that a cell has, or would have, and counts if it has one. Keys of which a request has several, such as the groups
//! of a user, are looked up a few at a time; the last ones are looked up again where their number does not come out even, which changes
//! nothing. Where rows tell the numbers of up to four of them (see `layout::Named`), none is looked up.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use cranelift_module::{FuncId, Linkage, Module};

use super::call::define_functions;
use super::policy::{may_read, unit};
use super::{Covered, Emitter, Functions, Role, Shared, here};
use crate::native::code::Code;
use crate::native::keys::{NEEDS_PRINCIPAL, NEEDS_RESOURCE, Root};
use crate::native::layout::Named;
use crate::native::module::{Building, signature};
use crate::native::names::Unfit;
use crate::native::probe::{Group, Key, Probe, Probes};
use crate::native::status::verdict;
use crate::types::Environment;

/// Keys that are looked up at a time: of one list; of two, the first and the second.
const ONE_LIST: usize = 4;
const TWO_LISTS: (usize, usize) = (4, 2);
/// The same where there is more to evaluate than whether there is a row.
const WITH_ROWS: usize = 2;

/// A shape that is in line: one of its policies, and what all of them share.
pub(crate) type Inline<'p> = (Covered<'p>, Shared);

/// Defines `lookup(frame)`: a verdict.
pub(crate) fn define_lookup(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    context: &mut FunctionBuilderContext,
    environment: Environment,
    probes: &Probes,
    shapes: &[Option<Inline<'_>>],
) -> Result<FuncId, Unfit> {
    let convention = building.module.isa().default_call_conv();
    let id = building
        .module
        .declare_function("lookup", Linkage::Export, &signature(convention, 1, 1))
        .map_err(|_| Unfit)?;
    let mut unit = unit(building, id, 1);
    let builder = FunctionBuilder::new(&mut unit.func, context);
    let mut e = Emitter::new(code, building, functions, builder, Some(environment));
    let (not_held, slow, failed) = (e.block(&[]), e.block(&[]), e.block(&[types::I64]));
    for role in [Role::Principal, Role::Resource] {
        if reads(probes, shapes, role) {
            e.assume_held(role, not_held)?;
        }
    }
    e.on_error = failed;
    let mut truths = Vec::new();
    for _ in 0..4 {
        let truth = e.b.declare_var(types::I8);
        let no = e.bool(false);
        e.b.def_var(truth, no);
        truths.push(truth);
    }
    let keys = vec![None; probes.keys.len()];
    let mut lookup = Lookup { e, probes, shapes, truths, keys, slow };
    for is_deny in [true, false] {
        lookup.phase(is_deny)?;
        if is_deny {
            lookup.stop_if_denied();
        }
    }
    let obliged = lookup.truth(verdict::OBLIGED);
    let allowed = lookup.truth(verdict::ALLOW);
    let e = &mut lookup.e;
    let [deny, allow, oblige] = [verdict::DENY, verdict::ALLOW, verdict::OBLIGED].map(|word| e.word(word));
    let answer = e.select(allowed, allow, deny);
    let answer = e.select(obliged, oblige, answer);
    e.b.ins().return_(&[answer]);
    for (block, number) in
        [(not_held, verdict::NOT_HELD), (slow, verdict::ONE_BY_ONE), (failed, verdict::ONE_BY_ONE)]
    {
        e.switch_to(block);
        e.b.set_cold_block(block);
        e.give(number);
    }
    lookup.e.finish();
    building.define(id, &mut unit)?;
    define_functions(code, building, functions, context)?;
    Ok(id)
}

/// Whether it matters that the data holds the principal or resource.
fn reads(probes: &Probes, shapes: &[Option<Inline<'_>>], role: Role) -> bool {
    let root = match role {
        Role::Principal => Root::Principal,
        Role::Resource => Root::Resource,
    };
    let by_key = |key: &Key| {
        let path = key.kind.path();
        path.root == root && !path.reads.is_empty()
    };
    let needs = match role {
        Role::Principal => NEEDS_PRINCIPAL,
        Role::Resource => NEEDS_RESOURCE,
    };
    let bodies = || shapes.iter().flatten().filter_map(|((_, _, variant), _)| variant.condition.as_ref());
    probes.needs & needs != 0 || probes.keys.iter().any(by_key) || bodies().any(|body| may_read(body, role))
}

/// The keys of a request of one kind.
#[derive(Clone, Copy)]
pub(super) enum Found {
    /// The number of the only one.
    One(Value),
    /// Up to four numbers in one word, or [`Named::MANY`].
    Named(Value),
    /// The cell of a set of words, how many there are, and the number of one more.
    List { cell: Value, len: Value, own: Option<Value> },
}

pub(super) struct Lookup<'l, 'a, 'f> {
    pub(super) e: Emitter<'a, 'f>,
    pub(super) probes: &'a Probes,
    pub(super) shapes: &'a [Option<Inline<'l>>],
    /// Whether there is a policy that applies with the verdicts of [`place`].
    truths: Vec<Variable>,
    /// By kind, once they are read.
    pub(super) keys: Vec<Option<Found>>,
    pub(super) slow: Block,
}

fn place(of: u64) -> usize {
    match of {
        verdict::DENY => 0,
        verdict::ALL => 1,
        verdict::OBLIGED => 2,
        _ => 3,
    }
}

impl Lookup<'_, '_, '_> {
    pub(super) fn truth(&mut self, of: u64) -> Value {
        self.e.b.use_var(self.truths[place(of)])
    }

    /// From here on the truth of a verdict is also true if `truth` is.
    pub(super) fn or(&mut self, of: u64, truth: Value) {
        let before = self.truth(of);
        let truth = self.e.b.ins().bor(before, truth);
        self.e.b.def_var(self.truths[place(of)], truth);
    }

    fn stop_if_denied(&mut self) {
        let (denied, all) = (self.truth(verdict::DENY), self.truth(verdict::ALL));
        let e = &mut self.e;
        let any = e.b.ins().bor(denied, all);
        let (stop, next) = (e.block(&[]), e.block(&[]));
        e.brif(any, stop, next);
        e.switch_to(stop);
        let (deny, all) = (e.word(verdict::DENY), e.word(verdict::ALL));
        let answer = e.select(denied, deny, all);
        e.b.ins().return_(&[answer]);
        e.switch_to(next);
    }

    /// The denies, or the allows.
    fn phase(&mut self, is_deny: bool) -> Result<(), Unfit> {
        let probes = self.probes;
        let of_phase = |probe: &&Probe| (place(probe.verdict) < 2) == is_deny;
        let groups: Vec<(&Group, Vec<&Probe>)> = probes
            .groups
            .iter()
            .map(|group| (group, group.probes.iter().filter(of_phase).collect::<Vec<_>>()))
            .filter(|(_, probes)| !probes.is_empty())
            .collect();
        // Here, so that they are known on every way from here on.
        for (group, _) in &groups {
            for key in &group.keys {
                if self.keys[*key].is_none() {
                    self.keys[*key] = Some(self.read(*key)?);
                }
            }
        }
        for (group, probes) in groups {
            self.group(group, &probes)?;
        }
        Ok(())
    }

    fn group(&mut self, group: &Group, probes: &[&Probe]) -> Result<(), Unfit> {
        let mut keys = Vec::with_capacity(2);
        for key in &group.keys {
            keys.push((*key, self.keys[*key].ok_or(Unfit)?));
        }
        match keys[..] {
            [] => self.probes(probes, None, None, None),
            [(_, Found::One(a))] => self.probes(probes, Some(a), None, None),
            [(_, Found::One(a)), (_, Found::One(b))] => self.probes(probes, Some(a), Some(b), None),
            _ => self.named(&keys, probes),
        }
    }

    /// Probes of which some key has several numbers: from rows, where these have all of them.
    fn named(&mut self, keys: &[(usize, Found)], probes: &[&Probe]) -> Result<(), Unfit> {
        let mut many = None;
        for (_, found) in keys {
            if let Found::Named(numbers) = found {
                let next = self.e.is(*numbers, Named::<u64>::MANY);
                many = Some(match many {
                    Some(many) => self.e.b.ins().bor(many, next),
                    None => next,
                });
            }
        }
        let Some(many) = many else { return self.lists(keys, probes) };
        let (all, few, done) = (self.e.block(&[]), self.e.block(&[]), self.e.block(&[]));
        self.e.brif(many, all, few);
        self.e.switch_to(all);
        self.e.b.set_cold_block(all);
        let mut read = Vec::with_capacity(keys.len());
        for (key, found) in keys {
            read.push((*key, if let Found::Named(_) = found { self.read_all(*key)? } else { *found }));
        }
        self.lists(&read, probes)?;
        self.e.jump(done, &[]);
        self.e.switch_to(few);
        self.lists(keys, probes)?;
        self.e.jump(done, &[]);
        self.e.switch_to(done);
        Ok(())
    }

    /// Probes of which some key is a list.
    fn lists(&mut self, keys: &[(usize, Found)], probes: &[&Probe]) -> Result<(), Unfit> {
        // Of probes whose conditions are the same for all their policies, what matters is whether there is a row.
        let exist: Vec<Option<Variable>> = probes
            .iter()
            .map(|probe| {
                (probe.stride == 0 && self.is_simple(probe)).then(|| {
                    let exists = self.e.b.declare_var(types::I8);
                    let no = self.e.bool(false);
                    self.e.b.def_var(exists, no);
                    exists
                })
            })
            .collect();
        let least = if exist.iter().all(Option::is_some) {
            usize::MAX
        } else if probes.iter().all(|probe| self.is_simple(probe)) {
            WITH_ROWS
        } else {
            1
        };
        match *keys {
            [(a, first)] => self.over(a, first, ONE_LIST.min(least), &mut |lookup, a| {
                lookup.probes(probes, Some(a), None, Some(&exist))
            })?,
            [(a, first), (b, second)] => {
                self.over(b, second, TWO_LISTS.1.min(least), &mut |lookup, b| {
                    lookup.over(a, first, TWO_LISTS.0.min(least), &mut |lookup, a| {
                        lookup.probes(probes, Some(a), Some(b), Some(&exist))
                    })
                })?;
            }
            _ => return Err(Unfit),
        }
        for (probe, exists) in probes.iter().zip(&exist) {
            if let Some(exists) = exists {
                let found = self.e.b.use_var(*exists);
                self.evaluate(probe, Some(found), None)?;
            }
        }
        Ok(())
    }

    /// Emits `body` for the number of each key, so many at a time.
    fn over(
        &mut self,
        key: usize,
        keys: Found,
        together: usize,
        body: &mut dyn FnMut(&mut Self, Value) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        let (cell, len, own) = match keys {
            Found::One(number) => return body(self, number),
            Found::Named(numbers) => return self.over_named(numbers, together, body),
            Found::List { cell, len, own } => (cell, len, own),
        };
        let e = &mut self.e;
        let at = e.b.declare_var(types::I64);
        let zero = e.word(0);
        e.b.def_var(at, zero);
        let (head, done) = (e.block(&[]), e.block(&[]));
        let end = match own {
            // The entity itself comes after its ancestors.
            Some(_) => {
                let end = e.b.ins().iadd_imm_s(len, 1);
                e.jump(head, &[]);
                end
            }
            None => {
                e.brif(len, head, done);
                len
            }
        };
        e.switch_to(head);
        let start = e.b.use_var(at);
        for step in 0..together {
            let e = &mut self.e;
            let here_at = e.b.ins().iadd_imm_s(start, step as i64);
            let place = e.b.ins().iadd_imm_s(here_at, 1);
            let place = e.b.ins().umin(place, len);
            let place = e.b.ins().ishl_imm_u(place, 3);
            let place = e.b.ins().iadd(cell, place);
            let word = e.load(types::I64, here(), place, 0);
            let mut number = self.number(key, word);
            if let Some(own) = own {
                let is_listed = self.e.b.ins().icmp(IntCC::UnsignedLessThan, here_at, len);
                number = self.e.select(is_listed, number, own);
            }
            body(self, number)?;
        }
        let e = &mut self.e;
        let next = e.b.ins().iadd_imm_s(start, together as i64);
        e.b.def_var(at, next);
        let more = e.b.ins().icmp(IntCC::UnsignedLessThan, next, end);
        e.brif(more, head, done);
        e.switch_to(done);
        Ok(())
    }

    /// The same for numbers in one word.
    fn over_named(
        &mut self,
        numbers: Value,
        together: usize,
        body: &mut dyn FnMut(&mut Self, Value) -> Result<(), Unfit>,
    ) -> Result<(), Unfit> {
        let e = &mut self.e;
        let left = e.b.declare_var(types::I64);
        e.b.def_var(left, numbers);
        let head = (together < Named::<u64>::NUMBERS as usize).then(|| e.block(&[]));
        if let Some(head) = head {
            e.jump(head, &[]);
            e.switch_to(head);
        }
        let left_here = self.e.b.use_var(left);
        for at in 0..(together as u32).min(Named::<u64>::NUMBERS) {
            let number = self.e.b.ins().ushr_imm_u(left_here, i64::from(at * Named::<u64>::BITS));
            let number = self.e.b.ins().band_imm_s(number, (1 << Named::<u64>::BITS) - 1);
            body(self, number)?;
        }
        if let Some(head) = head {
            let e = &mut self.e;
            let done = e.block(&[]);
            let next = e.b.ins().ushr_imm_u(left_here, together as i64 * i64::from(Named::<u64>::BITS));
            e.b.def_var(left, next);
            e.brif(next, head, done);
            e.switch_to(done);
        }
        Ok(())
    }

    /// Emits the probes for these numbers; those that only ask whether there is a row note that.
    fn probes(
        &mut self,
        probes: &[&Probe],
        first: Option<Value>,
        second: Option<Value>,
        exist: Option<&[Option<Variable>]>,
    ) -> Result<(), Unfit> {
        for (at, probe) in probes.iter().enumerate() {
            let (found, row) = match (&probe.cells, first) {
                (Some(cells), Some(first)) => {
                    let cell = match second {
                        Some(second) => {
                            let start = self.e.b.ins().imul_imm_s(first, probe.width as i64);
                            self.e.b.ins().iadd(start, second)
                        }
                        None => first,
                    };
                    let (found, row) = self.cell(cells, cell);
                    (Some(found), Some(row))
                }
                (None, None) => (None, Some(self.e.word(1))),
                _ => return Err(Unfit),
            };
            match exist.and_then(|exist| exist.get(at).copied().flatten()) {
                Some(exists) => {
                    let before = self.e.b.use_var(exists);
                    let found = found.ok_or(Unfit)?;
                    let after = self.e.b.ins().bor(before, found);
                    self.e.b.def_var(exists, after);
                }
                None => self.evaluate(probe, found, row)?,
            }
        }
        Ok(())
    }
}
