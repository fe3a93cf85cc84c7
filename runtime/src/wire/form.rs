//! A Program as it is written: each type of a node by its number in a table, since thousands of nodes share few types.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::program::{
    Body, Effect, Function, LikePattern, Node, ObligationCall, Op, Origin, ParamDecl, Pattern, Policy,
    Program, Span, Variant,
};
use crate::types::{ActionId, EntityTypes, GrantId, ObligationId, Schema, Type};
use crate::value::Value;

#[derive(Serialize, Deserialize)]
pub(super) struct Form {
    schema: Schema,
    /// By the numbers that nodes have.
    types: Vec<Type>,
    params: Vec<ParamForm>,
    functions: Vec<FunctionForm>,
    policies: Vec<PolicyForm>,
    /// The parts of each pattern.
    like_patterns: Vec<Vec<SmolStr>>,
    regexes: Vec<SmolStr>,
    files: Vec<SmolStr>,
}

#[derive(Serialize, Deserialize)]
struct ParamForm {
    name: SmolStr,
    ty: Type,
    default: Option<Value>,
}

#[derive(Serialize, Deserialize)]
struct FunctionForm {
    name: SmolStr,
    params: Vec<Type>,
    body: BodyForm,
    origin: Origin,
}

#[derive(Serialize, Deserialize)]
struct PolicyForm {
    id: SmolStr,
    effect: Effect,
    trial: bool,
    on_error_skip: bool,
    principal: Pattern,
    actions: Vec<ActionId>,
    resource: Pattern,
    grant: Option<GrantId>,
    because: Option<SmolStr>,
    variants: Vec<VariantForm>,
    annotations: Vec<(SmolStr, Vec<SmolStr>)>,
    docs: SmolStr,
    origin: Origin,
    span: Span,
}

#[derive(Serialize, Deserialize)]
struct VariantForm {
    principals: EntityTypes,
    actions: Vec<ActionId>,
    resources: EntityTypes,
    condition: Option<BodyForm>,
    obligations: Vec<(ObligationId, Vec<BodyForm>)>,
}

#[derive(Serialize, Deserialize)]
struct BodyForm {
    nodes: Vec<(Op, u32, Span)>,
    locals: u32,
}

impl Form {
    pub(super) fn of(program: &Program) -> Form {
        let mut types = Types::default();
        Form {
            schema: program.schema.clone(),
            params: program.params.iter().map(ParamForm::of).collect(),
            functions: program.functions.iter().map(|function| types.function(function)).collect(),
            policies: program.policies.iter().map(|policy| types.policy(policy)).collect(),
            like_patterns: program.like_patterns.iter().map(|pattern| pattern.parts.to_vec()).collect(),
            regexes: program.regexes.clone(),
            files: program.files.clone(),
            types: types.0.into_iter().collect(),
        }
    }

    /// The Program, unless a node has no type.
    pub(super) fn program(self) -> Result<Program, &'static str> {
        let Form { schema, types, params, functions, policies, like_patterns, regexes, files } = self;
        let types = types.as_slice();
        Ok(Program {
            schema,
            params: params.into_iter().map(ParamForm::param).collect(),
            functions: functions.into_iter().map(|form| form.function(types)).collect::<Result<_, _>>()?,
            policies: policies.into_iter().map(|form| form.policy(types)).collect::<Result<_, _>>()?,
            like_patterns: like_patterns
                .into_iter()
                .map(|parts| LikePattern { parts: parts.into() })
                .collect(),
            regexes,
            files,
        })
    }
}

/// The types of nodes, in the order in which they are met.
#[derive(Default)]
struct Types(IndexSet<Type, FxBuildHasher>);

impl Types {
    fn function(&mut self, function: &Function) -> FunctionForm {
        let Function { name, params, body, origin } = function;
        FunctionForm { name: name.clone(), params: params.clone(), body: self.body(body), origin: *origin }
    }

    fn policy(&mut self, policy: &Policy) -> PolicyForm {
        let policy = policy.clone();
        PolicyForm {
            variants: policy.variants.iter().map(|variant| self.variant(variant)).collect(),
            id: policy.id,
            effect: policy.effect,
            trial: policy.trial,
            on_error_skip: policy.on_error_skip,
            principal: policy.principal,
            actions: policy.actions,
            resource: policy.resource,
            grant: policy.grant,
            because: policy.because,
            annotations: policy.annotations,
            docs: policy.docs,
            origin: policy.origin,
            span: policy.span,
        }
    }

    fn variant(&mut self, variant: &Variant) -> VariantForm {
        let Variant { principals, actions, resources, condition, obligations } = variant;
        VariantForm {
            principals: principals.clone(),
            actions: actions.clone(),
            resources: resources.clone(),
            condition: condition.as_ref().map(|body| self.body(body)),
            obligations: obligations
                .iter()
                .map(|call| (call.obligation, call.args.iter().map(|body| self.body(body)).collect()))
                .collect(),
        }
    }

    fn body(&mut self, body: &Body) -> BodyForm {
        let node = |node: &Node| {
            // A Program has fewer nodes than 2^32, so fewer types.
            let (number, _) = self.0.insert_full(node.ty.clone());
            (node.op.clone(), number as u32, node.span)
        };
        BodyForm { nodes: body.nodes.iter().map(node).collect(), locals: body.locals }
    }
}

impl ParamForm {
    fn of(param: &ParamDecl) -> ParamForm {
        ParamForm { name: param.name.clone(), ty: param.ty.clone(), default: param.default.clone() }
    }

    fn param(self) -> ParamDecl {
        ParamDecl { name: self.name, ty: self.ty, default: self.default }
    }
}

impl FunctionForm {
    fn function(self, types: &[Type]) -> Result<Function, &'static str> {
        let FunctionForm { name, params, body, origin } = self;
        Ok(Function { name, params, body: body.body(types)?, origin })
    }
}

impl PolicyForm {
    fn policy(self, types: &[Type]) -> Result<Policy, &'static str> {
        Ok(Policy {
            variants: self.variants.into_iter().map(|form| form.variant(types)).collect::<Result<_, _>>()?,
            id: self.id,
            effect: self.effect,
            trial: self.trial,
            on_error_skip: self.on_error_skip,
            principal: self.principal,
            actions: self.actions,
            resource: self.resource,
            grant: self.grant,
            because: self.because,
            annotations: self.annotations,
            docs: self.docs,
            origin: self.origin,
            span: self.span,
        })
    }
}

impl VariantForm {
    fn variant(self, types: &[Type]) -> Result<Variant, &'static str> {
        let VariantForm { principals, actions, resources, condition, obligations } = self;
        let call = |(obligation, args): (ObligationId, Vec<BodyForm>)| {
            let args = args.into_iter().map(|form| form.body(types)).collect::<Result<_, _>>()?;
            Ok(ObligationCall { obligation, args })
        };
        Ok(Variant {
            principals,
            actions,
            resources,
            condition: condition.map(|form| form.body(types)).transpose()?,
            obligations: obligations.into_iter().map(call).collect::<Result<_, &'static str>>()?,
        })
    }
}

impl BodyForm {
    fn body(self, types: &[Type]) -> Result<Body, &'static str> {
        let node = |(op, number, span): (Op, u32, Span)| {
            let ty = types.get(number as usize).ok_or("a node has no type")?;
            Ok(Node { op, ty: ty.clone(), span })
        };
        Ok(Body {
            nodes: self.nodes.into_iter().map(node).collect::<Result<_, &'static str>>()?,
            locals: self.locals,
        })
    }
}
