//! The rows of a test's data, held to the same rules as data files.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::ast::{DataRow, Expr, Init, Path};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::data::{Data, Entity, check_entity};
use assize_runtime::types::{GrantId, Type};
use assize_runtime::{EntityUid, Value};
use smol_str::format_smolstr;

use super::Row;
use super::attach::add;
use super::lower::{Lowering, record_of};
use crate::declarations::{Def, Finding};
use crate::expr::{entity_name, types_text};
use crate::names::{lookup, path_text};
use crate::resolve::types::describe;

/// The rows read so far.
#[derive(Default)]
pub(super) struct Rows {
    /// What goes into the data.
    pub(super) stored: Vec<Row>,
    /// What comes with each request; sorted by [`Rows::finish`].
    pub(super) external: Vec<(EntityUid, Arc<Entity>)>,
    places: BTreeMap<EntityUid, Span>,
}

impl Rows {
    pub(super) fn add(&mut self, lowering: &mut Lowering<'_>, row: &DataRow) {
        match row {
            DataRow::Entity { uid, parents, attrs, span } => {
                self.entity(lowering, uid, parents, attrs.as_deref().unwrap_or_default(), *span);
            }
            DataRow::Grant { path, args, until, span } => {
                self.grant(lowering, path, args, until.as_ref(), *span);
            }
            DataRow::Error(_) => {}
        }
    }

    fn entity(
        &mut self,
        lowering: &mut Lowering<'_>,
        name: &Expr,
        parents: &[Expr],
        fields: &[Init],
        span: Span,
    ) {
        let uid = lowering.entity(name);
        let parents: Vec<_> = parents.iter().map(|parent| (lowering.entity(parent), parent.span)).collect();
        let Some(uid) = uid else { return };
        let schema = &lowering.scope.declarations.schema;
        let Some(ty) = schema.entity_types.get(uid.ty.index()) else { return };
        let mut above = Vec::new();
        for (parent, span) in parents {
            let Some(parent) = parent else { continue };
            if lowering.scope.declarations.lost_parents.contains(&uid.ty) {
                continue;
            }
            if !ty.parents.contains(&parent.ty) {
                let (child, parent) = (entity_name(schema, uid.ty), entity_name(schema, parent.ty));
                let message = format!("a `{child}` is never in a `{parent}`");
                let help = format!("leave it out, or declare `entity {child} in {parent}`");
                lowering.report(Diagnostic::new(codes::TEST_DATA, span, message).help(help));
                continue;
            }
            above.push(parent);
        }
        let prefix = format_smolstr!("{}.", ty.name);
        let broken = &lowering.scope.declarations.broken;
        // Rows of a type whose attributes have an error would only repeat that.
        let sound = !lowering.scope.declarations.is_unread(&ty.name)
            && !broken.range(prefix.clone()..).next().is_some_and(|name| name.starts_with(prefix.as_str()));
        let attributes = match sound {
            true => lowering.value(&record_of(fields, name.span), &Type::Record(ty.attributes.clone())),
            false => None,
        };
        if let Some(first) = self.places.insert(uid.clone(), name.span) {
            let message = "this entity stands here twice";
            lowering
                .report(Diagnostic::new(codes::TEST_DATA, name.span, message).also(first, "the first time"));
            return;
        }
        let Some(Value::Record(attributes)) = attributes else { return };
        above.sort_unstable();
        above.dedup();
        let entity = Entity { parents: above, attributes: Arc::unwrap_or_clone(attributes) };
        if !ty.external {
            self.stored.push(Row::Entity(uid, entity, span));
            return;
        }
        match check_entity(schema, &uid, &entity) {
            Ok(()) => self.external.push((uid, Arc::new(entity))),
            Err(error) => lowering.report(Diagnostic::new(codes::TEST_DATA, name.span, error.to_string())),
        }
    }

    fn grant(
        &mut self,
        lowering: &mut Lowering<'_>,
        path: &Path,
        args: &[Expr],
        until: Option<&Expr>,
        span: Span,
    ) {
        let declarations = lowering.scope.declarations;
        let grant = match lookup(declarations, lowering.scope.module, path) {
            Ok(Def::Grant(grant)) => grant,
            Ok(other) => {
                let message = format!("`{}` is {}, not a grant", path_text(path), describe(&other));
                let diagnostic = Diagnostic::new(codes::WRONG_KIND, path.span(), message);
                lowering
                    .findings
                    .push(Finding { diagnostic, related: vec![(other, "declared here".to_owned())] });
                return;
            }
            Err(found) => {
                lowering.findings.extend(found);
                return;
            }
        };
        let params = &declarations.schema.grants[grant.index()].params;
        if args.len() != params.len() {
            let names = params.iter().map(|param| param.name.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!("a row of `{}` is `{0}({names})`", path_text(path));
            lowering.report(Diagnostic::new(codes::TEST_DATA, span, message));
            return;
        }
        let values: Vec<_> =
            args.iter().zip(params).map(|(arg, param)| lowering.value(arg, &param.ty)).collect();
        let until = until.map(|until| lowering.value(until, &Type::Datetime));
        let Some(values) = values.into_iter().collect::<Option<Vec<Value>>>() else { return };
        let until = match until {
            None => None,
            Some(Some(Value::Datetime(until))) => Some(until),
            Some(_) => return,
        };
        self.check_containers(lowering, grant, args, &values);
        self.stored.push(Row::Grant(grant, values.into(), until, span));
    }

    /// Arguments have the types of the parameters already; this is where a hierarchy could make a row pointless.
    fn check_containers(&self, lowering: &mut Lowering<'_>, grant: GrantId, args: &[Expr], values: &[Value]) {
        let schema = &lowering.scope.declarations.schema;
        let params = &schema.grants[grant.index()].params;
        for ((arg, param), value) in args.iter().zip(params).zip(values) {
            if let (Type::Entity(types), Value::Entity(uid)) = (&param.ty, value)
                && !types.contains(uid.ty)
            {
                let message = format!("`{}` is `{}`", param.name, types_text(schema, types));
                lowering.findings.push(Diagnostic::new(codes::TEST_DATA, arg.span, message).into());
            }
        }
    }

    /// Reports what the rows get wrong together: circles, ends of grants. `now` is when they count as loaded.
    pub(super) fn finish(&mut self, lowering: &mut Lowering<'_>, now: i64) {
        self.external.sort_by(|a, b| a.0.cmp(&b.0));
        let schema = &lowering.scope.declarations.schema;
        let mut data = Data::new(schema);
        for row in &self.stored {
            if let Err(message) = add(schema, &mut data, row, now) {
                lowering.findings.push(Diagnostic::new(codes::TEST_DATA, row.span(), message).into());
            }
        }
    }
}

/// All expressions of a row.
pub(super) fn expressions(row: &DataRow) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match row {
        DataRow::Entity { uid, parents, attrs, .. } => {
            let values = attrs.iter().flatten().map(|field| &field.value);
            Box::new(std::iter::once(uid).chain(parents).chain(values))
        }
        DataRow::Grant { args, until, .. } => Box::new(args.iter().chain(until)),
        DataRow::Error(_) => Box::new(std::iter::empty()),
    }
}
