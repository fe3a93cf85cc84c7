//! Grant rows as facts, and which rows are live.

use super::Evaluation;
use super::world::World;
use crate::types::{GrantId, Type};
use crate::value::{EvalError, Value};

impl Evaluation<'_> {
    /// Rule 4: a row counts while `now < until`.
    pub(super) fn is_live(&self, until: Option<i64>) -> Result<bool, EvalError> {
        match until {
            None => Ok(true),
            Some(until) => Ok(self.now()? < until),
        }
    }

    /// Whether some live row is for these arguments, which have these types.
    pub(super) fn fact(&self, grant: GrantId, args: &[Value], types: &[&Type]) -> Result<bool, EvalError> {
        let (Some(declared), Some(rows)) =
            (self.library.schema.grants.get(grant.index()), self.world.data.grant_rows(grant))
        else {
            return Ok(false);
        };
        let fits = |row: &[Value]| {
            let columns = declared.params.iter().zip(row).zip(args.iter().zip(types));
            columns
                .into_iter()
                .all(|((param, row), (arg, ty))| column_fits(self.world, &param.ty, row, arg, ty))
        };
        let matching: Vec<Option<i64>> =
            rows.iter().filter(|(row, _)| fits(row)).map(|(_, until)| *until).collect();
        // A row without end decides alone, so that such a fact does not depend on the time.
        if matching.contains(&None) {
            return Ok(true);
        }
        for until in matching {
            if self.is_live(until)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether an argument is meant by the value in its column.
pub(super) fn column_fits(world: World<'_>, param: &Type, row: &Value, arg: &Value, arg_type: &Type) -> bool {
    match (param, row, arg) {
        (Type::Entity(_), Value::Entity(row), Value::Entity(arg)) => world.is_in(arg, row),
        (Type::Set(element), Value::Set(_), Value::Entity(_)) if matches!(**element, Type::Entity(_)) => {
            in_any(world, arg, row)
        }
        (Type::Set(element), Value::Set(row), arg) if **element == *arg_type => row.contains(arg),
        _ => row == arg,
    }
}

/// Whether an entity is in an entity, or in some entity of a set.
pub(super) fn in_any(world: World<'_>, entity: &Value, container: &Value) -> bool {
    match (entity, container) {
        (Value::Entity(entity), Value::Entity(container)) => world.is_in(entity, container),
        (Value::Entity(entity), Value::Set(set)) => {
            let ancestors = world.ancestors(entity);
            set.iter().any(|container| match container {
                Value::Entity(container) => container == entity || ancestors.contains(container),
                _ => false,
            })
        }
        _ => false,
    }
}
