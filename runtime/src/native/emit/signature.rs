//! Grants as bits: most questions about them are answered by a few loads; see `grants::signature`.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::entity::Reached;
use super::grant::pattern_plan;
use super::{Emitter, anywhere};
use crate::native::frame::Frame;
use crate::native::grants::{Test, WORDS, head, object_words, plain_search};
use crate::native::names::Unfit;
use crate::program::{Policy, Variant};
use crate::types::Type;

/// Whom and what a question is about, by their rows in the tables.
#[derive(Clone, Copy)]
pub(super) struct Signature {
    /// `None`: whomever.
    subject: Option<Value>,
    object: Value,
    column: usize,
    /// Nothing else is asked of a row.
    pub(super) is_all: bool,
}

/// Which bits of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    Surely,
    Possibly,
}

impl Emitter<'_, '_> {
    /// The signature of a search for rows that pass these tests, in each of which an entity is given if it is one about entities;
    /// nothing if tables do not tell about it.
    pub(super) fn signature(
        &mut self,
        grant: usize,
        tests: &[(usize, Test)],
        entities: &[Option<Reached>],
    ) -> Option<Signature> {
        let code = self.code;
        let sides = code.columns.sides(grant)?;
        let column = code.columns.alone(grant)?;
        let (mut subject, mut object, mut is_all) = (None, None, true);
        for ((param, test), entity) in tests.iter().zip(entities) {
            let place = match *param {
                param if param == sides.subject => &mut subject,
                param if Some(param) == sides.object => &mut object,
                _ => {
                    is_all = false;
                    continue;
                }
            };
            if place.is_some() || !matches!(test, Test::In | Test::InAny) {
                is_all = false;
                continue;
            }
            *place = Some(entity.as_ref()?);
        }
        let single = |entity: Option<&Reached>| match entity {
            None => Some(None),
            Some(entity) => entity.types.single().map(|ty| Some((entity.word, ty.index()))),
        };
        let (subject, object) = (single(subject)?, single(object)?);
        if subject.is_none() && object.is_none()
            // A row that names nobody has no bit.
            || subject.is_none() && matches!(code.program.schema.grants[grant].params[sides.subject].ty, Type::Set(_))
            || subject.is_some_and(|(_, ty)| !code.columns.has_subjects(ty))
            || object.is_some_and(|(_, ty)| !code.columns.has_objects(ty))
        {
            return None;
        }
        let subject = subject.map(|(word, ty)| {
            let at = head::TYPES + ty as i32 * head::TYPE;
            self.signature_row(word, at, head::ABSENT_SUBJECT, WORDS)
        });
        let object = match object {
            Some((word, ty)) => {
                let at = head::TYPES + ty as i32 * head::TYPE + 16;
                self.signature_row(word, at, head::ABSENT_OBJECT, object_words(code.columns.len()))
            }
            None => {
                let tables = self.signature_tables();
                self.load(types::I64, anywhere(), tables, head::ANY_OBJECT)
            }
        };
        Some(Signature { subject, object, column, is_all })
    }

    fn signature_tables(&mut self) -> Value {
        self.load(types::I64, anywhere(), self.frame, Frame::SIGNATURES)
    }

    fn signature_row(&mut self, entity: Value, at: i32, absent: i32, stride: usize) -> Value {
        let tables = self.signature_tables();
        let rows = self.load(types::I64, anywhere(), tables, at);
        let len = self.load(types::I64, anywhere(), tables, at + 8);
        let absent = self.load(types::I64, anywhere(), tables, absent);
        let number = self.b.ins().ireduce(types::I32, entity);
        let number = self.b.ins().uextend(types::I64, number);
        let known = self.b.ins().icmp(IntCC::UnsignedLessThan, number, len);
        let offset = self.b.ins().imul_imm_s(number, stride as i64 * 8);
        let row = self.b.ins().iadd(rows, offset);
        self.select(known, row, absent)
    }

    /// A word that is not zero if some row is for subject and object, surely or possibly.
    pub(super) fn meets(&mut self, signature: &Signature, certainty: Certainty) -> Value {
        let first = match certainty {
            Certainty::Surely => signature.column,
            Certainty::Possibly => self.code.columns.len() + signature.column,
        };
        let mut common = None;
        for at in 0..WORDS {
            let offset = ((first * WORDS + at) * 8) as i32;
            let mut bits = self.load(types::I64, anywhere(), signature.object, offset);
            if let Some(subject) = signature.subject {
                let own = self.load(types::I64, anywhere(), subject, at as i32 * 8);
                bits = self.b.ins().band(bits, own);
            }
            common = Some(match common {
                None => bits,
                Some(common) => self.b.ins().bor(common, bits),
            });
        }
        match common {
            Some(common) => common,
            None => self.word(0),
        }
    }

    /// The same for any of several questions.
    pub(super) fn meet_any(&mut self, signatures: &[Signature], certainty: Certainty) -> Value {
        let mut common = None;
        for signature in signatures {
            let bits = self.meets(signature, certainty);
            common = Some(match common {
                None => bits,
                Some(common) => self.b.ins().bor(common, bits),
            });
        }
        match common {
            Some(common) => common,
            None => self.word(0),
        }
    }

    /// The signature of a policy that applies if there is a row for it, whatever else the row says.
    pub(super) fn plain_signature(
        &mut self,
        policy: &Policy,
        variant: &Variant,
    ) -> Result<Option<Signature>, Unfit> {
        let Some(index) = policy.grant.filter(|_| plain_search(policy, variant).is_some()) else {
            return Ok(None);
        };
        let grant = self.code.program.schema.grants.get(index.index()).ok_or(Unfit)?;
        let (plan, roles) = pattern_plan(policy, grant, index)?;
        let entities: Vec<_> =
            roles.into_iter().map(|role| self.reach_subject(role).map(Some)).collect::<Result<_, _>>()?;
        Ok(self.signature(plan.grant, &plan.tests, &entities).filter(|signature| signature.is_all))
    }

    /// The signatures of such policies; only one if there is a column for all of them.
    pub(super) fn merged(&self, policies: &[(&Policy, &Variant, Signature)]) -> Vec<Signature> {
        let searches: Option<Vec<_>> = policies
            .iter()
            .map(|(policy, variant, _)| Some((policy.grant?.index(), plain_search(policy, variant)?)))
            .collect();
        let shared = searches.and_then(|searches| self.code.columns.shared(&searches));
        match (shared, policies.first()) {
            (Some(column), Some((_, _, first))) => vec![Signature { column, ..*first }],
            _ => policies.iter().map(|(_, _, signature)| *signature).collect(),
        }
    }

    /// Whether what is not sure is impossible.
    pub(super) fn signatures_are_exact(&mut self) -> Value {
        let tables = self.signature_tables();
        self.load(types::I64, anywhere(), tables, head::EXACT)
    }
}
