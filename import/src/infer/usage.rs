//! What conditions tell: `context.n < 3` says that `n` is a number.

use std::collections::BTreeSet;

use cedar_policy_core::pst::{
    ActionConstraint, BinaryOp, Clause, EntityOrSlot, EntityUID, Expr, Literal, PrincipalConstraint,
    ResourceConstraint, UnaryOp, Var,
};

use super::facts::{Facts, Shape};
use crate::policies::Policy;
use crate::schema::{ActionName, Ty};
use crate::types::{as_action, type_name};
use crate::write::visit;

/// Notes every type and action that a policy names.
pub fn names(policy: &Policy, facts: &mut Facts) {
    let mut note = |uid: &EntityUID| match as_action(uid) {
        Some(action) => {
            let action = facts.action(&action);
            if action.place.is_empty() {
                action.place.clone_from(&policy.place);
            }
        }
        None => {
            facts.entity_type(&type_name(uid));
        }
    };
    let template = &policy.template;
    match &template.principal {
        PrincipalConstraint::Eq(EntityOrSlot::Entity(uid))
        | PrincipalConstraint::In(EntityOrSlot::Entity(uid))
        | PrincipalConstraint::IsIn(_, EntityOrSlot::Entity(uid)) => note(uid),
        _ => {}
    }
    match &template.resource {
        ResourceConstraint::Eq(EntityOrSlot::Entity(uid))
        | ResourceConstraint::In(EntityOrSlot::Entity(uid))
        | ResourceConstraint::IsIn(_, EntityOrSlot::Entity(uid)) => note(uid),
        _ => {}
    }
    match &template.action {
        ActionConstraint::Any => {}
        ActionConstraint::Eq(uid) => note(uid),
        ActionConstraint::In(uids) => uids.iter().for_each(&mut note),
    }
    let mut types = Vec::new();
    for clause in template.clauses() {
        let (Clause::When(expr) | Clause::Unless(expr)) = clause;
        visit(expr, &mut |expr| match expr {
            Expr::Literal(Literal::EntityUID(uid)) => note(uid),
            Expr::Is { entity_type, .. } => types.push(entity_type.to_string()),
            _ => {}
        });
    }
    if let PrincipalConstraint::Is(ty) | PrincipalConstraint::IsIn(ty, _) = &template.principal {
        types.push(ty.to_string());
    }
    if let ResourceConstraint::Is(ty) | ResourceConstraint::IsIn(ty, _) = &template.resource {
        types.push(ty.to_string());
    }
    for ty in types.iter().filter(|ty| crate::names::split(ty).1 != "Action") {
        facts.entity_type(ty);
    }
    // What is said to be in something can be.
    let pairs = [
        match &template.principal {
            PrincipalConstraint::IsIn(ty, EntityOrSlot::Entity(uid)) => {
                Some((ty.to_string(), type_name(uid)))
            }
            _ => None,
        },
        match &template.resource {
            ResourceConstraint::IsIn(ty, EntityOrSlot::Entity(uid)) => Some((ty.to_string(), type_name(uid))),
            _ => None,
        },
    ];
    for (ty, above) in pairs.into_iter().flatten().filter(|(ty, above)| ty != above) {
        facts.entity_type(&ty).parents.insert(above);
    }
}

/// The types that conditions ask for by `is` and `==`.
pub fn asked_types(clauses: &[Clause], variable: &Var) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for clause in clauses {
        let (Clause::When(expr) | Clause::Unless(expr)) = clause;
        visit(expr, &mut |expr| match expr {
            Expr::Is { expr, entity_type, .. } if is(expr, variable) => {
                found.insert(entity_type.to_string());
            }
            Expr::BinaryOp { op: BinaryOp::Eq, left, right } => {
                for (one, other) in [(left, right), (right, left)] {
                    if let Expr::Literal(Literal::EntityUID(uid)) = other.as_ref()
                        && is(one, variable)
                    {
                        found.insert(type_name(uid));
                    }
                }
            }
            _ => {}
        });
    }
    found
}

fn is(expr: &Expr, variable: &Var) -> bool {
    matches!(expr, Expr::Var(var) if var == variable)
}

/// Where a value is kept: attributes of a type or the context of an action, and names from there on.
#[derive(Clone)]
enum Root {
    Type(String),
    Context(ActionName),
}

/// Reads the conditions of one policy.
pub struct Reader<'a> {
    pub facts: &'a mut Facts,
    pub place: &'a str,
    pub principals: &'a BTreeSet<String>,
    pub resources: &'a BTreeSet<String>,
    pub actions: &'a [ActionName],
}

impl Reader<'_> {
    /// The type of an expression, which is noted where the expression is a name whose type nothing has told yet.
    pub fn read(&mut self, expr: &Expr, wanted: Option<&Ty>) -> Option<Ty> {
        match expr {
            Expr::Literal(Literal::Bool(_)) => Some(Ty::Bool),
            Expr::Literal(Literal::Long(_)) => Some(Ty::Long),
            Expr::Literal(Literal::String(_)) => Some(Ty::String),
            Expr::Literal(Literal::EntityUID(uid)) => {
                as_action(uid).is_none().then(|| Ty::Entity(type_name(uid)))
            }
            Expr::Var(Var::Principal) => only(self.principals),
            Expr::Var(Var::Resource) => only(self.resources),
            Expr::GetAttr { expr: of, attr } => {
                self.read(of, None);
                self.shapes(of, attr, |shape| {
                    if shape.ty.is_none() && shape.fields.is_empty() {
                        shape.ty = wanted.cloned();
                    }
                })
            }
            Expr::HasAttr { expr: of, attrs } => {
                self.read(of, None);
                let mut reached = of.as_ref().clone();
                for attr in attrs.iter() {
                    self.shapes(&reached, attr, |shape| shape.is_asked = true);
                    reached = Expr::GetAttr { expr: reached.into(), attr: attr.clone() };
                }
                Some(Ty::Bool)
            }
            Expr::Like { expr, .. } => {
                self.read(expr, Some(&Ty::String));
                Some(Ty::Bool)
            }
            Expr::Is { expr, entity_type, in_expr } => {
                self.read(expr, Some(&Ty::Entity(entity_type.to_string())));
                in_expr.iter().for_each(|within| drop(self.read(within, None)));
                Some(Ty::Bool)
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                self.read(cond, Some(&Ty::Bool));
                self.alike(then_expr, else_expr, wanted)
            }
            Expr::Set(elements) => {
                let inner = match wanted {
                    Some(Ty::Set(inner)) => Some(inner.as_ref()),
                    _ => None,
                };
                let found = elements.iter().filter_map(|element| self.read(element, inner)).next();
                found.or(inner.cloned()).map(|element| Ty::Set(Box::new(element)))
            }
            Expr::Record(fields) => {
                fields.values().for_each(|field| drop(self.read(field, None)));
                None
            }
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { op, left, right } => self.binary(*op, left, right),
            _ => None,
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr) -> Option<Ty> {
        let (wanted, result) = match op {
            UnaryOp::Not => (Some(Ty::Bool), Ty::Bool),
            UnaryOp::Neg => (Some(Ty::Long), Ty::Long),
            UnaryOp::IsIPv4 | UnaryOp::IsIPV6 | UnaryOp::IsLoopback | UnaryOp::IsMulticast => {
                (Some(Ty::Ipaddr), Ty::Bool)
            }
            UnaryOp::ToDate => (Some(Ty::Datetime), Ty::Datetime),
            UnaryOp::ToTime => (Some(Ty::Datetime), Ty::Duration),
            UnaryOp::ToMilliseconds
            | UnaryOp::ToSeconds
            | UnaryOp::ToMinutes
            | UnaryOp::ToHours
            | UnaryOp::ToDays => (Some(Ty::Duration), Ty::Long),
            UnaryOp::Ip => (None, Ty::Ipaddr),
            UnaryOp::Decimal => (None, Ty::Decimal),
            UnaryOp::Datetime => (None, Ty::Datetime),
            UnaryOp::Duration => (None, Ty::Duration),
            _ => (None, Ty::Bool),
        };
        self.read(operand, wanted.as_ref());
        Some(result)
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Option<Ty> {
        let mut operands = |left_wanted: Ty, right_wanted: Ty| {
            self.read(left, Some(&left_wanted));
            self.read(right, Some(&right_wanted));
        };
        match op {
            BinaryOp::And | BinaryOp::Or => operands(Ty::Bool, Ty::Bool),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                operands(Ty::Long, Ty::Long);
                return Some(Ty::Long);
            }
            BinaryOp::DecimalLessThan
            | BinaryOp::DecimalLessEq
            | BinaryOp::DecimalGreater
            | BinaryOp::DecimalGreaterEq => operands(Ty::Decimal, Ty::Decimal),
            BinaryOp::IsInRange => operands(Ty::Ipaddr, Ty::Ipaddr),
            BinaryOp::Offset => {
                operands(Ty::Datetime, Ty::Duration);
                return Some(Ty::Datetime);
            }
            BinaryOp::DurationSince => {
                operands(Ty::Datetime, Ty::Datetime);
                return Some(Ty::Duration);
            }
            BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::ContainsAll | BinaryOp::ContainsAny => {
                drop(self.alike(left, right, None));
            }
            BinaryOp::Less | BinaryOp::LessEq | BinaryOp::Greater | BinaryOp::GreaterEq => {
                if self.alike(left, right, None).is_none() {
                    // Times and durations are told by their literals or operations; what is left are numbers.
                    drop(self.alike(left, right, Some(&Ty::Long)));
                }
            }
            BinaryOp::Contains => {
                let element = self.read(right, None);
                let set = self.read(left, element.map(|element| Ty::Set(Box::new(element))).as_ref());
                if let Some(Ty::Set(element)) = set {
                    self.read(right, Some(&element));
                }
            }
            BinaryOp::HasTag | BinaryOp::GetTag => return self.tag(op, left, right),
            _ => {
                self.read(left, None);
                self.read(right, None);
            }
        }
        Some(Ty::Bool)
    }

    fn tag(&mut self, op: BinaryOp, of: &Expr, key: &Expr) -> Option<Ty> {
        self.read(key, Some(&Ty::String));
        let types = match (of, self.read(of, None)) {
            (Expr::Var(Var::Principal), _) => self.principals.clone(),
            (Expr::Var(Var::Resource), _) => self.resources.clone(),
            (_, Some(Ty::Entity(ty))) => BTreeSet::from([ty]),
            _ => BTreeSet::new(),
        };
        let mut found = None;
        for ty in types {
            let tags = self.facts.entity_type(&ty).tags.get_or_insert_default();
            if tags.place.is_empty() {
                tags.place = self.place.to_owned();
            }
            found = found.or_else(|| tags.ty.clone());
        }
        if op == BinaryOp::HasTag { Some(Ty::Bool) } else { found }
    }

    /// Two expressions of one type.
    fn alike(&mut self, left: &Expr, right: &Expr, wanted: Option<&Ty>) -> Option<Ty> {
        let known = self.read(left, wanted).or_else(|| self.read(right, wanted))?;
        self.read(left, Some(&known));
        self.read(right, Some(&known));
        Some(known)
    }

    /// The places of a value, and names from there.
    fn roots(&self, expr: &Expr) -> Vec<(Root, Vec<String>)> {
        let of_types = |types: &BTreeSet<String>| {
            types.iter().map(|ty| (Root::Type(ty.clone()), Vec::new())).collect::<Vec<_>>()
        };
        match expr {
            Expr::Var(Var::Principal) => of_types(self.principals),
            Expr::Var(Var::Resource) => of_types(self.resources),
            Expr::Var(Var::Context) => {
                self.actions.iter().map(|action| (Root::Context(action.clone()), Vec::new())).collect()
            }
            Expr::Literal(Literal::EntityUID(uid)) => vec![(Root::Type(type_name(uid)), Vec::new())],
            Expr::GetAttr { expr, attr } => {
                let mut found = Vec::new();
                for (root, mut path) in self.roots(expr) {
                    path.push(attr.to_string());
                    match self.known(&root, &path) {
                        Some(Ty::Entity(ty)) => found.push((Root::Type(ty), Vec::new())),
                        _ => found.push((root, path)),
                    }
                }
                found
            }
            _ => Vec::new(),
        }
    }

    fn known(&self, root: &Root, path: &[String]) -> Option<Ty> {
        let (first, rest) = path.split_first()?;
        let mut shape = match root {
            Root::Type(ty) => self.facts.types.get(ty)?.attributes.get(first)?,
            Root::Context(action) => self.facts.actions.get(action)?.context.get(first)?,
        };
        for (at, name) in rest.iter().enumerate() {
            if let Some(ty) = &shape.ty {
                return field_of(ty, &rest[at..]);
            }
            shape = shape.fields.get(name)?;
        }
        shape.ty.clone()
    }

    /// Does something with all places of an attribute; answers its type.
    fn shapes(&mut self, of: &Expr, attr: &str, mut change: impl FnMut(&mut Shape)) -> Option<Ty> {
        let mut found = None;
        for (root, mut path) in self.roots(of) {
            path.push(attr.to_owned());
            if let Some(known) = self.known(&root, &path) {
                found = found.or(Some(known));
            }
            let Some((first, rest)) = path.split_first() else { continue };
            let fields = match &root {
                Root::Type(ty) => &mut self.facts.entity_type(ty).attributes,
                Root::Context(action) => &mut self.facts.action(action).context,
            };
            let mut shape = fields.entry(first.clone()).or_default();
            let mut is_new = true;
            for name in rest {
                // A record that values have told needs no help.
                is_new &= shape.ty.is_none();
                if !is_new {
                    break;
                }
                shape = shape.fields.entry(name.clone()).or_default();
            }
            if is_new {
                if shape.place.is_empty() {
                    shape.place = self.place.to_owned();
                }
                change(shape);
                found = found.or_else(|| shape.ty.clone());
            }
        }
        found
    }
}

fn field_of(ty: &Ty, path: &[String]) -> Option<Ty> {
    let Some((first, rest)) = path.split_first() else { return Some(ty.clone()) };
    match ty {
        Ty::Record(fields) => field_of(&fields.iter().find(|field| field.name == *first)?.ty, rest),
        _ => None,
    }
}

fn only(types: &BTreeSet<String>) -> Option<Ty> {
    match types.first() {
        Some(only) if types.len() == 1 => Some(Ty::Entity(only.clone())),
        _ => None,
    }
}
