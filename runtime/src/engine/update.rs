//! Changing what decisions are made over: all or nothing, and readers never wait.

use std::sync::{Arc, PoisonError};

use smol_str::SmolStr;

use super::execution::Execution;
use super::handle::{Numbers, next_generation};
use super::request;
use super::settled::{Settled, World};
use super::snapshot::Snapshot;
use super::{Engine, EngineError, clock};
use crate::data::{Changes, Data, DataError, Entity, Translation};
use crate::json::RequestError;
use crate::params::Params;
use crate::types::GrantId;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Edits of the data that take effect together.
pub struct Edit<'a> {
    program: &'a Verified,
    data: Data,
    changes: Changes,
    now: i64,
}

impl Edit<'_> {
    /// The Program that the data is for.
    pub fn program(&self) -> &Verified {
        self.program
    }

    /// The data as edited so far.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// An entity by names, for the other edits.
    pub fn uid(&self, ty: &str, id: &str) -> Result<EntityUid, RequestError> {
        request::entity(self.program, "", (ty, id))
    }

    /// Adds an entity or replaces it whole: see [`Data::upsert`].
    pub fn upsert(&mut self, uid: EntityUid, entity: Entity) -> Result<(), DataError> {
        self.data.upsert(&self.program.schema, uid.clone(), entity)?;
        self.changes.entity(uid);
        Ok(())
    }

    /// Takes an entity out; whether it was there. What refers to it dangles from now on.
    pub fn remove(&mut self, uid: &EntityUid) -> bool {
        let was_there = self.data.remove(uid);
        if was_there {
            self.changes.entity(uid.clone());
        }
        was_there
    }

    /// Adds a row of the grant of this name, in place of one with the same arguments.
    pub fn grant(&mut self, grant: &str, args: Vec<Value>, until: Option<i64>) -> Result<(), DataError> {
        let grant = self.grant_id(grant)?;
        let args: Arc<[Value]> = args.into();
        self.data.grant(&self.program.schema, grant, Arc::clone(&args), until, self.now)?;
        self.changes.row(grant, args);
        Ok(())
    }

    /// Takes a row of the grant of this name out; whether it was there.
    pub fn revoke(&mut self, grant: &str, args: &[Value]) -> Result<bool, DataError> {
        let grant = self.grant_id(grant)?;
        let was_there = self.data.revoke(grant, args);
        if was_there {
            self.changes.row(grant, args.into());
        }
        Ok(was_there)
    }

    fn grant_id(&self, name: &str) -> Result<GrantId, DataError> {
        self.program.names().grants.get(name).map(GrantId).map_err(|_| DataError::NoSuchGrant)
    }
}

impl Engine {
    /// Edits the data. If `edit` fails, nothing has changed; else all of it takes effect at once. Costs as much as what is
    /// edited, however much data there is: an entity that gets other parents, as much as there are entities below it.
    pub fn update<T, E>(&self, edit: impl FnOnce(&mut Edit<'_>) -> Result<T, E>) -> Result<T, E> {
        self.update_at(edit, clock::now())
    }

    /// The same with the time for `for at most` that the caller names.
    pub fn update_at<T, E>(
        &self,
        edit: impl FnOnce(&mut Edit<'_>) -> Result<T, E>,
        now: i64,
    ) -> Result<T, E> {
        let mut replaced = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        let mut edits =
            Edit { program: &current.program, data: current.data.clone(), changes: Changes::default(), now };
        let result = edit(&mut edits)?;
        let Edit { data, changes, .. } = edits;
        let execution = current.execution.update(&current.params, &changes, &data);
        let next = current.with_data(data, execution);
        self.store(current, next, &mut replaced);
        Ok(result)
    }

    /// Replaces all of the data, which was made for the current Program's schema.
    pub fn replace_data(&self, data: Data) -> Result<(), DataError> {
        let mut replaced = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        data.check(&current.program.schema)?;
        let execution = current.execution.relink(&current.params, &data);
        let next = current.with_data(data, execution);
        self.store(current, next, &mut replaced);
        Ok(())
    }

    /// Lets decisions be made over the next snapshot.
    fn store(&self, current: Arc<Snapshot>, next: Snapshot, replaced: &mut Vec<Arc<Snapshot>>) {
        self.current.store(Arc::new(next));
        keep_while_held(current, replaced);
    }

    /// Takes another Program over, with the data and the bound params as they are. What they name must be there in the new one and
    /// have the types that it says; else nothing changes. Handles are stale from then on.
    pub fn reload(&self, program: Verified) -> Result<(), EngineError> {
        self.reload_at(program, clock::now())
    }

    /// The same with the time for `for at most` that the caller names.
    pub fn reload_at(&self, program: Verified, now: i64) -> Result<(), EngineError> {
        let mut replaced = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        let translation = Translation::new(&current.program.schema, &program.schema);
        let data = translation.data(&current.data, now)?;
        let bound: Vec<(SmolStr, Value)> = current
            .bound
            .iter()
            .map(|(name, value)| Ok((name.clone(), translation.value(value)?)))
            .collect::<Result<_, DataError>>()?;
        let params = Params::bind(&program, bound.iter().cloned())?;
        let execution = Execution::new((current.kind, current.compiling), &program, &params, &data)?;
        let settled = Settled::new(&program, &World { params: &params, data: &data, execution: &execution });
        let next = Snapshot {
            program,
            bound,
            params,
            data,
            kind: current.kind,
            compiling: current.compiling,
            execution,
            generation: next_generation(),
            numbers: Numbers::default().into(),
            settled,
            reverse: Arc::default(),
            home: current.home.clone(),
        };
        self.store(current, next, &mut replaced);
        Ok(())
    }
}

/// Keeps a snapshot that was replaced until nobody else has it.
pub(super) fn keep_while_held(snapshot: Arc<Snapshot>, replaced: &mut Vec<Arc<Snapshot>>) {
    replaced.push(snapshot);
    // Nobody gets at them any more: who has one alone keeps it alone.
    replaced.retain(|snapshot| Arc::strong_count(snapshot) > 1);
}

impl Snapshot {
    /// The same Program over other data.
    fn with_data(&self, data: Data, execution: Execution) -> Snapshot {
        let current = self;
        // Where numbering begins anew, because too many names were forgotten, handles have to be looked up anew.
        let (generation, numbers) = if execution.continues(&current.execution) {
            (current.generation, Arc::clone(&current.numbers))
        } else {
            (next_generation(), Numbers::default().into())
        };
        let settled =
            current.settled.next(&World { params: &current.params, data: &data, execution: &execution });
        Snapshot {
            program: current.program.clone(),
            bound: current.bound.clone(),
            params: current.params.clone(),
            data,
            kind: current.kind,
            compiling: current.compiling,
            execution,
            generation,
            numbers,
            settled,
            reverse: Arc::default(),
            home: current.home.clone(),
        }
    }
}
