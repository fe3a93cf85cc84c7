//! Expressions.

use std::collections::BTreeSet;

use cedar_policy_core::pst::{BinaryOp, Expr, Literal, UnaryOp, Var};

use super::Words;
use super::head::Head;
use super::literal;
use crate::declare::tags_name;
use crate::names::text;
use crate::schema::{Field, Ty};
use crate::types::{Possible, Scope, as_action, type_name};

/// How tight an expression binds, from loosest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `if`, and what always stands in parentheses inside of something.
    Open,
    Or,
    And,
    Not,
    Comparison,
    Sum,
    Product,
    Sign,
    Atom,
}

/// An expression as text.
#[derive(Clone, Debug)]
pub struct Written {
    pub text: String,
    pub level: Level,
}

impl Written {
    fn new(text: impl Into<String>, level: Level) -> Written {
        Written { text: text.into(), level }
    }

    fn atom(text: impl Into<String>) -> Written {
        Written::new(text, Level::Atom)
    }

    /// Where only what binds as tight as `level` can stand without parentheses.
    pub fn at(&self, level: Level) -> String {
        if self.level >= level { self.text.clone() } else { format!("({})", self.text) }
    }
}

/// Whether an expression mentions a variable.
pub fn mentions(expr: &Expr, variable: &Var) -> bool {
    let mut found = false;
    visit(expr, &mut |expr| found |= matches!(expr, Expr::Var(var) if var == variable));
    found
}

/// Calls `found` with an expression and all in it.
pub fn visit(expr: &Expr, found: &mut dyn FnMut(&Expr)) {
    found(expr);
    match expr {
        Expr::UnaryOp { expr, .. }
        | Expr::GetAttr { expr, .. }
        | Expr::HasAttr { expr, .. }
        | Expr::Like { expr, .. } => {
            visit(expr, found);
        }
        Expr::BinaryOp { left, right, .. } => {
            visit(left, found);
            visit(right, found);
        }
        Expr::Is { expr, in_expr, .. } => {
            visit(expr, found);
            in_expr.iter().for_each(|within| visit(within, found));
        }
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            [cond, then_expr, else_expr].into_iter().for_each(|part| visit(part, found));
        }
        Expr::Set(elements) => elements.iter().for_each(|element| visit(element, found)),
        Expr::Record(fields) => fields.values().for_each(|field| visit(field, found)),
        _ => {}
    }
}

/// Writes the expressions of one policy.
pub struct Writer<'a> {
    words: &'a Words<'a>,
    principal: &'a str,
    resource: &'a str,
    scope: Scope<'a>,
}

impl<'a> Writer<'a> {
    pub fn new(words: &'a Words<'a>, head: &'a Head<'a>) -> Writer<'a> {
        Writer { words, principal: head.principal(), resource: head.resource(), scope: head.scope.clone() }
    }

    /// The parts of a conjunction, each under what those before it have shown.
    pub fn chain(&mut self, expr: &Expr) -> Result<Vec<Written>, String> {
        let outer = self.scope.clone();
        let mut parts = Vec::new();
        let written = self.push_chain(expr, &mut parts);
        self.scope = outer;
        written?;
        let first_false = parts.iter().position(|part| part.text == "false");
        if let Some(at) = first_false {
            // Nothing behind it is ever evaluated.
            parts.truncate(at + 1);
        }
        if parts.len() > 1 {
            parts.retain(|part| part.text != "true");
        }
        Ok(parts)
    }

    fn push_chain(&mut self, expr: &Expr, parts: &mut Vec<Written>) -> Result<(), String> {
        if parts.last().is_some_and(|part| part.text == "false") {
            // Nothing behind it is ever evaluated.
            return Ok(());
        }
        if let Expr::BinaryOp { op: BinaryOp::And, left, right } = expr {
            self.push_chain(left, parts)?;
            self.push_chain(right, parts)?;
        } else {
            let written = self.write(expr)?;
            self.narrow(expr);
            parts.push(written);
        }
        Ok(())
    }

    /// What is known once an expression has been true.
    pub fn narrow(&mut self, expr: &Expr) {
        match expr {
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                self.narrow(left);
                self.narrow(right);
            }
            Expr::Is { expr, entity_type, .. } => self.only(expr, &entity_type.to_string()),
            Expr::BinaryOp { op: BinaryOp::Eq, left, right } => {
                for (one, other) in [(left, right), (right, left)] {
                    if let Expr::Literal(Literal::EntityUID(uid)) = other.as_ref() {
                        self.only(one, &type_name(uid));
                        if let (Expr::Var(Var::Action), Some(action)) = (one.as_ref(), as_action(uid)) {
                            self.scope.actions.retain(|name| **name == action);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn only(&mut self, expr: &Expr, ty: &str) {
        match expr {
            Expr::Var(Var::Principal) => self.scope.principals.retain(|one| one == ty),
            Expr::Var(Var::Resource) => self.scope.resources.retain(|one| one == ty),
            _ => {}
        }
    }

    pub fn write(&mut self, expr: &Expr) -> Result<Written, String> {
        Ok(match expr {
            Expr::Literal(literal) => match literal {
                Literal::Bool(value) => Written::atom(value.to_string()),
                Literal::Long(value) if *value < 0 => Written::new(value.to_string(), Level::Sign),
                Literal::Long(value) => Written::atom(value.to_string()),
                Literal::String(value) => Written::atom(text(value)),
                Literal::EntityUID(uid) => match as_action(uid) {
                    Some(action) => Written::atom(self.words.names.action_value(&action)),
                    None => Written::atom(self.words.names.entity(&type_name(uid), &uid.eid)),
                },
                other => return Err(format!("this literal has no equal: {other:?}")),
            },
            Expr::Var(Var::Principal) => Written::atom(self.principal),
            Expr::Var(Var::Resource) => Written::atom(self.resource),
            Expr::Var(Var::Action) => Written::atom("action"),
            Expr::Var(Var::Context) => Written::atom("context"),
            Expr::UnaryOp { op, expr: operand } => self.unary(expr, *op, operand)?,
            Expr::BinaryOp { op, left, right } => self.binary(expr, *op, left, right)?,
            Expr::GetAttr { expr, attr } => {
                let of = self.write(expr)?.at(Level::Atom);
                Written::atom(format!("{of}.{}", self.words.names.field_text(attr)))
            }
            Expr::HasAttr { expr, attrs } => {
                let written = self.write(expr)?;
                let names: Vec<&str> = attrs.iter().map(|attr| attr.as_str()).collect();
                if self.scope.never_has(&self.scope.of(expr), &names) {
                    return Ok(self.after(&[(expr, &written)], false));
                }
                let path: Vec<String> = attrs.iter().map(|attr| self.words.names.field_text(attr)).collect();
                Written::new(format!("{} has {}", written.at(Level::Atom), path.join(".")), Level::Comparison)
            }
            Expr::Like { expr, pattern } => {
                let of = self.write(expr)?.at(Level::Sum);
                Written::new(format!("{of} like {}", literal::pattern(pattern)), Level::Comparison)
            }
            Expr::Is { expr, entity_type, in_expr } => {
                self.is(expr, &entity_type.to_string(), in_expr.as_deref())?
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let condition = self.write(cond)?;
                // What is never evaluated may be about types that cannot be.
                if condition.text == "false" {
                    return self.write(else_expr);
                }
                let condition = condition.at(Level::Or);
                let outer = self.scope.clone();
                self.narrow(cond);
                let then = self.write(then_expr);
                self.scope = outer;
                let (then, otherwise) = (then?.at(Level::Or), self.write(else_expr)?.at(Level::Or));
                Written::new(format!("if {condition} then {then} else {otherwise}"), Level::Open)
            }
            Expr::Set(elements) => {
                let list = elements.iter().map(|element| Ok(self.write(element)?.text)).collect::<Result<
                    Vec<_>,
                    String,
                >>(
                )?;
                Written::atom(format!("[{}]", list.join(", ")))
            }
            Expr::Record(fields) => {
                let list = fields
                    .iter()
                    .map(|(name, value)| {
                        Ok(format!("{}: {}", self.words.names.field_text(name), self.write(value)?.text))
                    })
                    .collect::<Result<Vec<_>, String>>()?;
                let body =
                    if list.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", list.join(", ")) };
                Written::atom(body)
            }
            other => return Err(format!("this has no equal: `{other}`")),
        })
    }

    fn unary(&mut self, whole: &Expr, op: UnaryOp, operand: &Expr) -> Result<Written, String> {
        if matches!(op, UnaryOp::Ip | UnaryOp::Decimal | UnaryOp::Datetime | UnaryOp::Duration) {
            let Expr::Literal(Literal::String(argument)) = operand else {
                return Err("a value of an extension type is made of a text that is not a literal".to_owned());
            };
            let value = literal::of_call(op, argument)?;
            let level = if value.starts_with('-') { Level::Sign } else { Level::Atom };
            return Ok(Written::new(value, level));
        }
        if op == UnaryOp::Not {
            return self.negated(operand);
        }
        let written = self.write(operand)?;
        if op == UnaryOp::Neg
            && let Some(delayed) = self.words.delays.delayed(whole, self.words.names, &written.text)
        {
            return Ok(Written::new(format!("-{delayed}"), Level::Sign));
        }
        let of = written.at(Level::Atom);
        let method = |name: &str| Written::atom(format!("{of}.{name}()"));
        Ok(match op {
            UnaryOp::Neg => Written::new(format!("-{of}"), Level::Sign),
            UnaryOp::IsEmpty => method("is_empty"),
            UnaryOp::IsIPv4 => method("is_v4"),
            UnaryOp::IsIPV6 => method("is_v6"),
            // Ranges of the RFCs that Cedar's documentation names; a range counts if all of it does.
            UnaryOp::IsLoopback => either_range(&written, "127.0.0.0/8", "::1/128"),
            UnaryOp::IsMulticast => either_range(&written, "224.0.0.0/4", "ff00::/8"),
            UnaryOp::ToDate => method("date"),
            UnaryOp::ToTime => method("time_of_day"),
            UnaryOp::ToMilliseconds => method("in_milliseconds"),
            UnaryOp::ToSeconds => method("in_seconds"),
            UnaryOp::ToMinutes => method("in_minutes"),
            UnaryOp::ToHours => method("in_hours"),
            UnaryOp::ToDays => method("in_days"),
            other => return Err(format!("this operation is not known: {other:?}")),
        })
    }

    fn negated(&mut self, operand: &Expr) -> Result<Written, String> {
        let written = self.write(operand)?;
        Ok(match (written.text.as_str(), operand) {
            ("true", _) => Written::atom("false"),
            ("false", _) => Written::atom("true"),
            // `x not in y` reads better, and means the same.
            (text, Expr::BinaryOp { op: BinaryOp::In, .. })
                if text.matches(" in ").count() == 1 && written.level == Level::Comparison =>
            {
                Written::new(text.replacen(" in ", " not in ", 1), Level::Comparison)
            }
            _ => Written::new(format!("not {}", written.at(Level::Atom)), Level::Not),
        })
    }

    fn binary(&mut self, whole: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Written, String> {
        match op {
            BinaryOp::And => {
                let mut parts = self.chain(whole)?;
                return Ok(match parts.len() {
                    0 => Written::atom("true"),
                    1 => parts.remove(0),
                    _ => {
                        let parts: Vec<String> = parts.iter().map(|part| part.at(Level::And)).collect();
                        Written::new(parts.join(" and "), Level::And)
                    }
                });
            }
            BinaryOp::Or => return self.or(left, right),
            BinaryOp::Eq => return self.equal(left, right, false),
            BinaryOp::NotEq => return self.equal(left, right, true),
            BinaryOp::In => return self.within(left, right),
            BinaryOp::HasTag | BinaryOp::GetTag => return self.tag(op, left, right),
            _ => {}
        }
        let (mut a, b) = (self.write(left)?, self.write(right)?);
        if let Some(delayed) = self.words.delays.delayed(whole, self.words.names, &a.text) {
            a = Written::atom(delayed);
        }
        let infix = |sign: &str, level: Level, below: Level| {
            let left = if level == Level::Comparison { Level::Sum } else { level };
            Written::new(format!("{} {sign} {}", a.at(left), b.at(below)), level)
        };
        let method = |name: &str| Written::atom(format!("{}.{name}({})", a.at(Level::Atom), b.text));
        Ok(match op {
            BinaryOp::Less | BinaryOp::DecimalLessThan => infix("<", Level::Comparison, Level::Sum),
            BinaryOp::LessEq | BinaryOp::DecimalLessEq => infix("<=", Level::Comparison, Level::Sum),
            BinaryOp::Greater | BinaryOp::DecimalGreater => infix(">", Level::Comparison, Level::Sum),
            BinaryOp::GreaterEq | BinaryOp::DecimalGreaterEq => infix(">=", Level::Comparison, Level::Sum),
            BinaryOp::Add | BinaryOp::Offset => infix("+", Level::Sum, Level::Product),
            BinaryOp::Sub | BinaryOp::DurationSince => infix("-", Level::Sum, Level::Product),
            BinaryOp::Mul => infix("*", Level::Product, Level::Sign),
            BinaryOp::IsInRange => infix("in", Level::Comparison, Level::Sum),
            BinaryOp::Contains => method("contains"),
            BinaryOp::ContainsAll => method("contains_all"),
            BinaryOp::ContainsAny => method("contains_any"),
            other => return Err(format!("this operation is not known: {other:?}")),
        })
    }

    fn or(&mut self, left: &Expr, right: &Expr) -> Result<Written, String> {
        let mut parts = Vec::new();
        self.push_or(left, &mut parts)?;
        self.push_or(right, &mut parts)?;
        if let Some(at) = parts.iter().position(|part: &Written| part.text == "true") {
            parts.truncate(at + 1);
        }
        if parts.len() > 1 {
            parts.retain(|part| part.text != "false");
        }
        Ok(match parts.len() {
            0 => Written::atom("false"),
            1 => parts.remove(0),
            _ => {
                let parts: Vec<String> = parts.iter().map(|part| part.at(Level::Not)).collect();
                Written::new(parts.join(" or "), Level::Or)
            }
        })
    }

    fn push_or(&mut self, expr: &Expr, parts: &mut Vec<Written>) -> Result<(), String> {
        if let Expr::BinaryOp { op: BinaryOp::Or, left, right } = expr {
            self.push_or(left, parts)?;
            return self.push_or(right, parts);
        }
        parts.push(self.write(expr)?);
        Ok(())
    }

    /// Cedar calls entities of different types unequal; here that question is an error where nothing else is possible, so it
    /// is asked only where the types meet.
    fn equal(&mut self, left: &Expr, right: &Expr, negated: bool) -> Result<Written, String> {
        for (one, other) in [(left, right), (right, left)] {
            if let Expr::Literal(Literal::EntityUID(uid)) = one
                && as_action(uid).is_some_and(|name| !self.scope.schema.is_declared(&name))
            {
                let written = self.write(other)?;
                return Ok(self.after(&[(other, &written)], negated));
            }
        }
        let (a, b) = (self.write(left)?, self.write(right)?);
        let can_meet = |scope: &Scope<'_>| match (scope.of(left), scope.of(right)) {
            (Possible::Entity(one), Possible::Entity(other)) => !one.is_disjoint(&other),
            _ => true,
        };
        let sign = if negated { "!=" } else { "==" };
        let plain =
            Written::new(format!("{} {sign} {}", a.at(Level::Sum), b.at(Level::Sum)), Level::Comparison);
        let guard = match self.where_they_meet(can_meet) {
            Meeting::Always => return Ok(plain),
            Meeting::Never => return Ok(self.after(&[(left, &a), (right, &b)], negated)),
            Meeting::Where(guard) => guard,
        };
        let equal = format!("{} == {}", a.at(Level::Sum), b.at(Level::Sum));
        let guarded = self.guarded(&[(left, &a), (right, &b)], &guard, &equal);
        Ok(if negated { Written::new(format!("not ({})", guarded.text), Level::Not) } else { guarded })
    }

    /// The same for `in`, which is never true of types of which one is never below the other.
    fn within(&mut self, left: &Expr, right: &Expr) -> Result<Written, String> {
        if let (Possible::Action, Expr::Set(elements)) = (self.scope.of(left), right) {
            return self.among_actions(left, elements);
        }
        let (a, b) = (self.write(left)?, self.write(right)?);
        let can_meet = |scope: &Scope<'_>| scope.can_be_in(&scope.of(left), &scope.of(right));
        let text = format!("{} in {}", a.at(Level::Sum), b.at(Level::Sum));
        Ok(match self.where_they_meet(can_meet) {
            Meeting::Always => Written::new(text, Level::Comparison),
            Meeting::Never => self.after(&[(left, &a), (right, &b)], false),
            Meeting::Where(guard) => self.guarded(&[(left, &a), (right, &b)], &guard, &text),
        })
    }

    /// Actions that are about nothing are not declared here, and no request names one.
    fn among_actions(&mut self, of: &Expr, elements: &[std::sync::Arc<Expr>]) -> Result<Written, String> {
        let is_there = |element: &&std::sync::Arc<Expr>| match element.as_ref() {
            Expr::Literal(Literal::EntityUID(uid)) => {
                as_action(uid).is_none_or(|name| self.scope.schema.is_declared(&name))
            }
            _ => true,
        };
        let left: Vec<&std::sync::Arc<Expr>> = elements.iter().filter(is_there).collect();
        if left.is_empty() {
            return Ok(Written::atom("false"));
        }
        let list = left
            .into_iter()
            .map(|element| Ok(self.write(element)?.text))
            .collect::<Result<Vec<_>, String>>()?;
        let of = self.write(of)?.at(Level::Sum);
        Ok(Written::new(format!("{of} in [{}]", list.join(", ")), Level::Comparison))
    }

    /// A constant, behind what is evaluated before it and can err.
    fn after(&self, operands: &[(&Expr, &Written)], value: bool) -> Written {
        let mut parts = self.evaluated(operands);
        if parts.is_empty() {
            return Written::atom(value.to_string());
        }
        if !value {
            parts.push("false".to_owned());
        }
        let level = if parts.len() == 1 { Level::Comparison } else { Level::And };
        Written::new(parts.join(" and "), level)
    }

    /// A question behind its guard; operands that can err are evaluated before that.
    fn guarded(&self, operands: &[(&Expr, &Written)], guard: &str, question: &str) -> Written {
        let mut parts = self.evaluated(operands);
        parts.push(guard.to_owned());
        parts.push(question.to_owned());
        Written::new(parts.join(" and "), Level::And)
    }

    /// For each operand that can err, a question that is true if it does not.
    fn evaluated(&self, operands: &[(&Expr, &Written)]) -> Vec<String> {
        let can_err = operands.iter().filter(|(expr, _)| !self.is_sure(expr));
        let question = |(expr, written): &(&Expr, &Written)| {
            let text = written.at(Level::Sum);
            match self.scope.of(expr) {
                Possible::Entity(types) if types.len() == 1 => {
                    let name = types.first().map(|ty| self.words.names.ty(ty)).unwrap_or_default();
                    format!("{text} is {name}")
                }
                _ => format!("{text} == {text}"),
            }
        };
        can_err.map(question).collect()
    }

    /// Whether it needs no thought that an expression does not err.
    fn is_sure(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Var(_) | Expr::Literal(_) => true,
            Expr::GetAttr { expr, .. } => {
                matches!(self.scope.of(expr), Possible::Context | Possible::Record(_)) && self.is_sure(expr)
            }
            Expr::Set(elements) => elements.iter().all(|element| self.is_sure(element)),
            _ => false,
        }
    }

    /// In which combinations of types of principal and resource something is possible.
    fn where_they_meet(&self, can_meet: impl Fn(&Scope<'_>) -> bool) -> Meeting {
        let mut meeting: Vec<(&String, BTreeSet<&String>)> = Vec::new();
        for principal in &self.scope.principals {
            let mut scope = self.scope.clone();
            scope.principals = BTreeSet::from([principal.clone()]);
            let resources = self.scope.resources.iter().filter(|resource| {
                scope.resources = BTreeSet::from([(*resource).clone()]);
                can_meet(&scope)
            });
            meeting.push((principal, resources.collect()));
        }
        meeting.retain(|(_, resources)| !resources.is_empty());
        let all = self.scope.resources.len();
        if meeting.len() == self.scope.principals.len()
            && meeting.iter().all(|(_, resources)| resources.len() == all)
        {
            return Meeting::Always;
        }
        let Some((_, first)) = meeting.first() else { return Meeting::Never };
        let is = |name: &str, types: &[&String]| {
            let tests: Vec<String> =
                types.iter().map(|ty| format!("{name} is {}", self.words.names.ty(ty))).collect();
            if tests.len() == 1 { tests.join("") } else { format!("({})", tests.join(" or ")) }
        };
        fn list<'s>(types: &BTreeSet<&'s String>) -> Vec<&'s String> {
            types.iter().copied().collect()
        }
        if meeting.iter().all(|(_, resources)| resources == first) {
            let mut guards = Vec::new();
            if meeting.len() < self.scope.principals.len() {
                let principals: Vec<&String> = meeting.iter().map(|(principal, _)| *principal).collect();
                guards.push(is(self.principal, &principals));
            }
            if first.len() < all {
                guards.push(is(self.resource, &list(first)));
            }
            return Meeting::Where(guards.join(" and "));
        }
        let pairs: Vec<String> = meeting
            .iter()
            .map(|(principal, resources)| {
                format!("({} and {})", is(self.principal, &[*principal]), is(self.resource, &list(resources)))
            })
            .collect();
        Meeting::Where(format!("({})", pairs.join(" or ")))
    }

    fn is(&mut self, expr: &Expr, ty: &str, within: Option<&Expr>) -> Result<Written, String> {
        let written = self.write(expr)?;
        let of = written.at(Level::Sum);
        if let Some(group) = within {
            let one = Possible::Entity(BTreeSet::from([ty.to_owned()]));
            if !self.scope.can_be_in(&one, &self.scope.of(group)) {
                let group_text = self.write(group)?;
                return Ok(self.after(&[(expr, &written), (group, &group_text)], false));
            }
        }
        let within = within.map(|within| self.write(within)).transpose()?;
        let possible = match self.scope.of(expr) {
            Possible::Entity(types) => types,
            Possible::Action => {
                let is_action = ty.ends_with("Action");
                return Ok(Written::atom(is_action.to_string()));
            }
            _ => BTreeSet::new(),
        };
        // A variable has a type of its own in each combination, in which the question has one answer.
        let is_total = matches!(expr, Expr::Var(_));
        if is_total && !possible.contains(ty) {
            return Ok(Written::atom("false"));
        }
        let surely = is_total && possible.len() == 1;
        let name = self.words.names.ty(ty);
        Ok(match within {
            None if surely => Written::atom("true"),
            None => Written::new(format!("{of} is {name}"), Level::Comparison),
            Some(within) if surely => {
                Written::new(format!("{of} in {}", within.at(Level::Sum)), Level::Comparison)
            }
            Some(within) => {
                Written::new(format!("{of} is {name} in {}", within.at(Level::Sum)), Level::Comparison)
            }
        })
    }

    /// Tags are a map. An entity that the data lacks has none, which is no error in Cedar.
    fn tag(&mut self, op: BinaryOp, of: &Expr, key: &Expr) -> Result<Written, String> {
        let ty = self.scope.tag_of(of);
        let entity = self.write(of)?.at(Level::Atom);
        let tags = tags_name(self.words.schema);
        let written_key = self.write(key)?;
        let place = format!("{entity}.{tags}[{}]", written_key.text);
        if op == BinaryOp::HasTag {
            // The key is evaluated even if there is no entity.
            let mut parts = self.evaluated(&[(key, &written_key)]);
            parts.push(format!("{entity} has {tags} and {place} is some"));
            return Ok(Written::new(parts.join(" and "), Level::And));
        }
        if matches!(key, Expr::Literal(_)) {
            return Ok(Written::atom(place));
        }
        // Cedar's validator has seen that the tag is there, so the default is never the answer.
        Ok(Written::atom(format!("({place} ?? {})", self.some_value(&ty)?)))
    }

    /// Any value of a type.
    fn some_value(&self, ty: &Possible) -> Result<String, String> {
        Ok(match ty {
            Possible::Entity(types) => match types.first() {
                Some(ty) => self.words.names.entity(ty, self.some_id(ty)),
                None => return Err("a tag of unknown type has no default".to_owned()),
            },
            Possible::Set(_) => "[]".to_owned(),
            Possible::Record(fields) => self.some_record(fields)?,
            Possible::Plain(ty) => self.some_plain(ty)?,
            _ => return Err("a tag of unknown type has no default".to_owned()),
        })
    }

    fn some_id(&self, ty: &str) -> &str {
        let variants = self.words.schema.entities.get(ty).and_then(|entity| entity.variants.as_ref());
        variants.and_then(|ids| ids.first()).map_or("", String::as_str)
    }

    fn some_record(&self, fields: &[Field]) -> Result<String, String> {
        let required = fields.iter().filter(|field| field.required);
        let list = required
            .map(|one| {
                Ok(format!("{}: {}", self.words.names.field_text(&one.name), self.some_plain(&one.ty)?))
            })
            .collect::<Result<Vec<_>, String>>()?;
        Ok(format!("{{ {} }}", list.join(", ")))
    }

    fn some_plain(&self, ty: &Ty) -> Result<String, String> {
        Ok(match self.words.schema.meaning(ty) {
            Ty::Bool => "false".to_owned(),
            Ty::Long => "0".to_owned(),
            Ty::String => "\"\"".to_owned(),
            Ty::Ipaddr => "cidr\"0.0.0.0/0\"".to_owned(),
            Ty::Decimal => "0.0".to_owned(),
            Ty::Datetime => "time\"1970-01-01T00:00:00Z\"".to_owned(),
            Ty::Duration => "0s".to_owned(),
            Ty::Set(_) => "[]".to_owned(),
            Ty::Record(fields) => self.some_record(fields)?,
            Ty::Entity(name) => self.words.names.entity(name, self.some_id(name)),
            Ty::Common(name) => return Err(format!("`{name}` is not declared")),
        })
    }
}

/// In which combinations of types two expressions can be equal.
enum Meeting {
    Always,
    Never,
    Where(String),
}

fn either_range(of: &Written, four: &str, six: &str) -> Written {
    let of = of.at(Level::Sum);
    Written::new(format!("{of} in cidr\"{four}\" or {of} in cidr\"{six}\""), Level::Or)
}
