//! What an engine holds, in numbers: for those who watch over a service.

use std::fmt;

use super::{Engine, Snapshot};
use crate::data::DataSize;
use crate::weight;

/// What an [`Engine`] holds at one moment. Bytes are those asked of the allocator; what it adds itself is not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Policies of the Program, trials included.
    pub policies: usize,
    /// For these as the interpreter reads them, and for which are for which environment.
    pub policy_bytes: usize,
    /// The data as it was loaded.
    pub data: DataSize,
    /// What native code takes beside these; `None` where the interpreter decides.
    pub native: Option<NativeStats>,
}

/// What native code takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NativeStats {
    /// Entities with a number: those of the data, and those that are only named.
    pub entities: usize,
    /// For rows of entities: the attributes that policies read, and memberships in groups that they name.
    pub row_bytes: usize,
    /// For names and what finds them.
    pub name_bytes: usize,
    /// For who is below whom.
    pub ancestor_bytes: usize,
    /// For sets, maps, records and addresses in rows.
    pub cell_bytes: usize,
    /// For rows of grants and their indexes.
    pub grant_bytes: usize,
    /// Combinations of principal type, action and resource type that policies are for.
    pub environments: usize,
    /// Those of them for which one function decides; the others get one when they are first asked for.
    pub compiled_environments: usize,
    /// Pairs of a policy and an environment that has too many policies for one function, or was asked for reasons.
    pub indexed_policies: usize,
    /// For these: constants and indexes.
    pub index_bytes: usize,
    /// Functions that these need, each for a shape of policy.
    pub shapes: usize,
    /// Those of them that are made.
    pub compiled_shapes: usize,
    /// Functions of machine code.
    pub functions: usize,
    /// For these.
    pub code_bytes: usize,
    /// Whether more is being made now.
    pub is_compiling: bool,
    /// Spans of time for which there are tables that most decisions are read from.
    pub settled_spans: usize,
    /// For these tables.
    pub settled_bytes: usize,
}

impl Stats {
    /// All bytes about entities, for each of them.
    pub fn bytes_per_entity(&self) -> f64 {
        let native = self.native.unwrap_or_default();
        let native = native.row_bytes + native.name_bytes + native.ancestor_bytes + native.cell_bytes;
        per(self.data.entity_bytes + native, self.data.entities)
    }

    /// All bytes about rows of grants, for each of them.
    pub fn bytes_per_grant_row(&self) -> f64 {
        let native = self.native.unwrap_or_default();
        per(self.data.grant_bytes + native.grant_bytes, self.data.grant_rows)
    }

    /// All bytes about policies, machine code included, for each of them.
    pub fn bytes_per_policy(&self) -> f64 {
        let native = self.native.unwrap_or_default();
        per(self.policy_bytes + native.index_bytes + native.code_bytes, self.policies)
    }
}

fn per(bytes: usize, count: usize) -> f64 {
    if count == 0 { 0.0 } else { bytes as f64 / count as f64 }
}

impl fmt::Display for Stats {
    /// A line for each kind of thing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { policies, policy_bytes, data, native } = self;
        let own = native.unwrap_or_default();
        let entity_native = own.row_bytes + own.name_bytes + own.ancestor_bytes + own.cell_bytes;
        let mut line = |what: &str, count: usize, each: f64, data: usize, native: usize| {
            writeln!(
                f,
                "{what:<11} {count:>9}  {each:>9.1} bytes each: {data} in data, {native} in native code"
            )
        };
        line("entities", data.entities, self.bytes_per_entity(), data.entity_bytes, entity_native)?;
        line("grant rows", data.grant_rows, self.bytes_per_grant_row(), data.grant_bytes, own.grant_bytes)?;
        let native_policies = own.index_bytes + own.code_bytes;
        writeln!(
            f,
            "{:<11} {policies:>9}  {:>9.1} bytes each: {policy_bytes} as a Program, {native_policies} in native code",
            "policies",
            self.bytes_per_policy(),
        )?;
        match native {
            None => writeln!(f, "native code      none: the interpreter decides"),
            Some(NativeStats {
                environments,
                compiled_environments,
                shapes,
                compiled_shapes,
                functions,
                code_bytes,
                settled_spans,
                settled_bytes,
                ..
            }) => {
                writeln!(
                    f,
                    "native code {functions:>9}  functions of {code_bytes} bytes, for {compiled_environments} of {environments} environments \
                     and {compiled_shapes} of {shapes} shapes"
                )?;
                writeln!(
                    f,
                    "tables      {settled_spans:>9}  of what is settled beforehand: {settled_bytes} bytes"
                )
            }
        }
    }
}

impl Engine {
    /// What the engine holds now. Looks at all data and policies: for now and then, not for each request.
    pub fn stats(&self) -> Stats {
        self.current.load().stats()
    }
}

impl Snapshot {
    fn stats(&self) -> Stats {
        let program = &self.program;
        let pairs: usize = program.environments().iter().map(|it| program.applicable(*it).len()).sum();
        let policies: usize = program.policies.iter().map(weight::policy).sum();
        Stats {
            policies: program.policies.len(),
            policy_bytes: policies + pairs * size_of::<(u32, u32)>(),
            data: self.data.size(),
            native: self.execution.stats().map(|native| {
                let (settled_spans, settled_bytes) = self.settled.size();
                NativeStats { settled_spans, settled_bytes, ..native }
            }),
        }
    }
}
