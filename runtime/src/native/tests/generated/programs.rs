//! Whole Programs, data and requests.

use smol_str::SmolStr;

use super::expressions::{Around, admit, body};
use super::tape::Tape;
use super::values::{entity, fields, value};
use super::world::{DOCUMENT, FOLDER, GROUP, STAGE, USER, schema, types};
use crate::data::{Data, Entity};
use crate::outcome::Query;
use crate::program::*;
use crate::types::*;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// A Program over the fixed schema.
pub fn program(tape: &mut Tape<'_>) -> Verified {
    let mut program = Program { schema: schema(), ..Program::default() };
    program.like_patterns = [&["a", "c"][..], &["", "", ""], &["x", "-", "y"]]
        .map(|parts| LikePattern { parts: parts.iter().map(SmolStr::new).collect() })
        .into();
    program.regexes = vec!["[a-c]*".into(), ".+ in .+".into()];
    for at in 0..tape.below(3) {
        let ty = tape.one_of(&types()).clone();
        let default = Some(value(tape, &ty));
        program.params.push(ParamDecl { name: format!("m::p{at}").into(), ty, default });
    }
    for at in 0..tape.below(3) {
        let function = function(tape, &program, at);
        program.functions.push(function);
    }
    for at in 0..2 + tape.below(5) {
        let policy = policy(tape, &program, at);
        program.policies.push(policy);
    }
    admit(program)
}

fn function(tape: &mut Tape<'_>, program: &Program, at: usize) -> Function {
    let params: Vec<Type> = (0..tape.below(3))
        .map(|_| {
            let ty = tape.one_of(&types()).clone();
            if tape.once_in(3) { Type::optional(ty) } else { ty }
        })
        .collect();
    let result = if tape.below(2) == 0 { Type::Bool } else { tape.one_of(&types()).clone() };
    let result = if tape.once_in(4) { Type::optional(result) } else { result };
    let around = Around {
        schema: &program.schema,
        params: &program.params,
        functions: &program.functions,
        request: None,
        locals: params.clone(),
    };
    let mut body = body(tape, &around, &result);
    // Long enough not to be inlined.
    if result == Type::Bool && tape.below(2) == 1 {
        for _ in 0..60 {
            let last = NodeId(body.nodes.len() as u32 - 1);
            body.nodes.push(Node { op: Op::Not(last), ty: Type::Bool, span: Span::default() });
        }
    }
    Function { name: format!("m::f{at}").into(), params, body, origin: Origin::default() }
}

fn policy(tape: &mut Tape<'_>, program: &Program, at: usize) -> Policy {
    let schema = &program.schema;
    let grant = if tape.once_in(3) { Some(GrantId(tape.below(schema.grants.len()) as u32)) } else { None };
    let effect = if grant.is_none() && tape.once_in(3) { Effect::Deny } else { Effect::Allow };
    let principal = pattern(tape, schema, grant, &[USER, GROUP]);
    let resource = pattern(tape, schema, grant, &[DOCUMENT, FOLDER, STAGE]);
    let chosen: &[u32] = tape.one_of::<&[u32]>(&[&[0][..], &[0, 1], &[0, 1, 2], &[1], &[0, 2]]);
    let actions: Vec<_> = chosen.iter().map(|action| ActionId(*action)).collect();
    let locals: Vec<Type> = grant
        .map(|grant| schema.grants[grant.index()].params.iter().map(|param| param.ty.clone()).collect())
        .unwrap_or_default();
    let mut variants = Vec::new();
    for action in &actions {
        let applies = schema.actions[action.index()].applies.as_ref().unwrap();
        let narrowed = |types: &EntityTypes, pattern: &Pattern| match &pattern.types {
            Some(of) => types.intersect(of),
            None => Some(types.clone()),
        };
        let (Some(principals), Some(resources)) =
            (narrowed(&applies.principals, &principal), narrowed(&applies.resources, &resource))
        else {
            continue;
        };
        let split = |tape: &mut Tape<'_>, types: EntityTypes| match tape.below(2) {
            0 => vec![types],
            _ => types.iter().map(EntityTypes::one).collect(),
        };
        let (principals, resources) = (split(tape, principals), split(tape, resources));
        for principals in &principals {
            for resources in &resources {
                let around = Around {
                    schema,
                    params: &program.params,
                    functions: &program.functions,
                    request: Some((
                        Type::Entity(principals.clone()),
                        Type::Entity(resources.clone()),
                        Type::Record(applies.context.clone()),
                    )),
                    locals: locals.clone(),
                };
                variants.push(variant(tape, &around, principals, *action, resources));
            }
        }
    }
    Policy {
        id: format!("policy-{at}").into(),
        effect,
        trial: tape.once_in(8),
        on_error_skip: tape.once_in(6),
        principal,
        actions,
        resource,
        grant,
        because: None,
        variants,
        annotations: Vec::new(),
        docs: SmolStr::default(),
        origin: Origin::default(),
        span: Span::default(),
    }
}

fn variant(
    tape: &mut Tape<'_>,
    around: &Around<'_>,
    principals: &EntityTypes,
    action: ActionId,
    resources: &EntityTypes,
) -> Variant {
    let condition = if tape.once_in(6) { None } else { Some(body(tape, around, &Type::Bool)) };
    let mut obligations = Vec::new();
    while obligations.len() < 2 && tape.once_in(4) {
        let at = tape.below(around.schema.obligations.len());
        let args =
            around.schema.obligations[at].params.iter().map(|param| body(tape, around, &param.ty)).collect();
        obligations.push(ObligationCall { obligation: ObligationId(at as u32), args });
    }
    Variant {
        principals: principals.clone(),
        actions: vec![action],
        resources: resources.clone(),
        condition,
        obligations,
    }
}

fn pattern(
    tape: &mut Tape<'_>,
    schema: &Schema,
    grant: Option<GrantId>,
    possible: &[EntityTypeId],
) -> Pattern {
    let types = match tape.below(3) {
        0 => None,
        1 => Some(EntityTypes::one(*tape.one_of(possible))),
        _ => EntityTypes::new(possible.iter().copied().take(2)),
    };
    let of_grant: Vec<usize> = grant
        .map(|grant| &schema.grants[grant.index()].params)
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, param)| super::super::super::layout::param_entities(&param.ty).is_some())
        .map(|(at, _)| at)
        .collect();
    let within = match tape.below(8) {
        1 => Within::In(entity(tape, if possible[0] == USER { GROUP } else { FOLDER })),
        2 => {
            let ty = *tape.one_of(possible);
            Within::Is(entity(tape, ty))
        }
        _ if !of_grant.is_empty() && tape.below(8) > 0 => Within::InGrantParam(*tape.one_of(&of_grant)),
        _ => Within::Anywhere,
    };
    Pattern { types, within }
}

/// Some entities and grant rows; what would close a cycle is left out.
pub fn data(tape: &mut Tape<'_>) -> Data {
    let schema = schema();
    let mut data = Data::new(&schema);
    for (ty, parent) in [(GROUP, GROUP), (USER, GROUP), (FOLDER, FOLDER), (DOCUMENT, FOLDER), (STAGE, STAGE)]
    {
        for _ in 0..tape.below(5) {
            let uid = entity(tape, ty);
            let parents = if ty == STAGE { 0 } else { tape.below(3) };
            let parents: Vec<EntityUid> = (0..parents).map(|_| entity(tape, parent)).collect();
            let attributes = fields(tape, &schema.entity_types[ty.index()].attributes);
            // A cycle is refused, and then there is one entity less.
            let _ = data.upsert(&schema, uid, Entity { parents, attributes });
        }
    }
    for _ in 0..tape.below(8) {
        let at = tape.below(schema.grants.len());
        let args: Vec<Value> = schema.grants[at].params.iter().map(|param| value(tape, &param.ty)).collect();
        let until = if tape.below(2) == 1 { Some(tape.below(3) as i64 - 1) } else { None };
        data.grant(&schema, GrantId(at as u32), args, until, 0).unwrap();
    }
    data
}

/// A request that the schema admits.
pub fn query(tape: &mut Tape<'_>) -> Query {
    let schema = schema();
    let action = ActionId(tape.below(3) as u32);
    let applies = schema.actions[action.index()].applies.as_ref().unwrap();
    let (principals, resources): (Vec<_>, Vec<_>) =
        (applies.principals.iter().collect(), applies.resources.iter().collect());
    let (principal, resource) = (*tape.one_of(&principals), *tape.one_of(&resources));
    Query {
        principal: entity(tape, principal),
        action,
        resource: entity(tape, resource),
        context: value(tape, &Type::Record(applies.context.clone())),
        external: Vec::new(),
        now: *tape.one_of(&[0, 1, -1, i64::MAX, i64::MIN]),
    }
}
