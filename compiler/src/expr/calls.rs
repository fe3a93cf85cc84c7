//! Calls: functions, grants as facts, and the built-ins with their one type variable.

use assize_lang::ast::{Expr, ExprKind, Name, Path};
use assize_lang::{Diagnostic, Edit, Span, codes};
use assize_runtime::Value;
use assize_runtime::builtins::{self, Builtin, BuiltinId, Form, Sig};
use assize_runtime::program::Op;
use assize_runtime::types::{FieldType, GrantId, Type};

use super::checker::{Checker, Hint, Need, Typed};
use super::convert::{join, overlap, present, usable};
use super::display::{last_part, listed, path_text, types_text};
use super::facts::{Fact, Flow, Step};
use super::inhabited::inhabited;
use super::repair::proposed;
use crate::declarations::{Def, Finding};
use crate::foreign::{self, Constructor};
use crate::names::{did_you_mean, suggest};
use crate::resolve::types::describe;

/// Names of types that have built-ins of their own, as in `Ip.parse(s)`.
const TYPE_WORDS: [&str; 9] =
    ["Bool", "Int", "Decimal", "String", "Ip", "Cidr", "Datetime", "Duration", "Zone"];

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        callee: &Expr,
        args: &[Expr],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        match &*callee.kind {
            ExprKind::Path(path) => self.call_path(path, args, span),
            ExprKind::Member { value, optional, name } => {
                if let ExprKind::Path(path) = &*value.kind
                    && let Some(ty) = self.type_word(path)
                {
                    return self.call_static(ty, name, args, span);
                }
                self.call_method((value, *optional), name, args, permissive, span)
            }
            ExprKind::Error => {
                self.infer_all(args);
                None
            }
            _ => {
                self.infer_all(args);
                self.report(Diagnostic::new(
                    codes::NOT_CALLABLE,
                    callee.span,
                    "only functions, grants and methods can be called",
                ));
                None
            }
        }
    }

    /// Finds the mistakes inside arguments of a call that has one itself.
    fn infer_all(&mut self, args: &[Expr]) {
        for arg in args {
            self.infer(arg, Hint::Open);
        }
    }

    /// `Ip` in `Ip.parse(s)`, unless something here has that name.
    fn type_word(&self, path: &Path) -> Option<&'static str> {
        let [name] = &path.segments[..] else { return None };
        let taken = self.scope.bindings[..self.visible].iter().any(|(known, _)| *known == name.text)
            || self.variables.iter().any(|variable| variable.name == name.text);
        TYPE_WORDS.iter().copied().find(|word| !taken && *word == name.text)
    }

    /// `f(x)`, `viewer(u, d)`
    fn call_path(&mut self, path: &Path, args: &[Expr], span: Span) -> Option<Typed> {
        if path.segments.iter().any(|name| name.text.is_empty()) {
            self.infer_all(args);
            return None;
        }
        let text = path_text(path);
        let def = match self.look_up(&path.segments) {
            Ok(def) => def,
            Err(findings) => {
                self.infer_all(args);
                self.report_unknown_function(path, args, span, findings);
                return None;
            }
        };
        match def {
            Def::Function(index) => self.call_function(index, path, args, span),
            Def::Grant(grant) => self.grant_fact(grant, path, args, span),
            def => {
                self.infer_all(args);
                let mut diagnostic = Diagnostic::new(
                    codes::NOT_CALLABLE,
                    path.span(),
                    format!("`{text}` is {} and cannot be called", describe(&def)),
                );
                if matches!(def, Def::Obligation(_)) {
                    diagnostic = diagnostic.help("obligations stand in an `oblige` clause");
                }
                self.report_related(diagnostic, vec![(def, format!("`{text}` is declared here"))]);
                None
            }
        }
    }

    fn report_unknown_function(&mut self, path: &Path, args: &[Expr], span: Span, findings: Vec<Finding>) {
        let [name] = &path.segments[..] else { return self.report_all(findings) };
        if findings.is_empty() {
            return;
        }
        if let Some(constructor) = Constructor::named(&name.text) {
            let message = format!("there is no function or grant `{}`", name.text);
            let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
            let literal = match args {
                [arg] => match &*arg.kind {
                    ExprKind::Str(text) => constructor.literal(&text.value),
                    _ => None,
                },
                _ => None,
            };
            return self.report(match literal {
                Some(literal) => {
                    let title = format!("write `{literal}`");
                    let edit = Edit { start: span.start, end: span.end, text: literal };
                    diagnostic.help("such values have literals of their own").fix(title, vec![edit], false)
                }
                None => diagnostic.help(constructor.help()),
            });
        }
        if let Some(help) = foreign::method_help(&name.text) {
            let message = format!("there is no function or grant `{}`", name.text);
            return self.report(Diagnostic::new(codes::UNKNOWN_NAME, name.span, message).help(help));
        }
        let is_builtin = |builtin: &Builtin| builtin.form == Form::Method && builtin.name == name.text;
        if builtins::all().iter().any(is_builtin) || name.text == "contains" {
            let message = format!("there is no function or grant `{}`", name.text);
            let help = format!("built-ins are written after a value: `value.{}(..)`", name.text);
            return self.report(Diagnostic::new(codes::UNKNOWN_NAME, name.span, message).help(help));
        }
        let module = self.declarations().modules.get(self.scope.module as usize);
        let callable = module.into_iter().flat_map(|module| {
            let callable = |def: &Def| matches!(def, Def::Function(_) | Def::Grant(_));
            module.names.iter().filter(move |(_, def)| callable(def)).map(|(name, _)| name.as_str())
        });
        match suggest(&name.text, callable) {
            Some(word) => {
                let message = format!("there is no function or grant `{}`", name.text);
                let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
                self.report(did_you_mean(diagnostic, name.span, Some(word)));
            }
            None => self.report_all(findings),
        }
    }

    fn call_function(&mut self, index: u32, path: &Path, args: &[Expr], span: Span) -> Option<Typed> {
        let function = self.declarations().functions.get(index as usize)?;
        let name = last_part(&function.name);
        let params: Vec<_> = function.params.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect();
        let nodes = self.arguments(name, &params, args, path.span(), Def::Function(index), span)?;
        // What a function can do wrong is not known before its body is checked.
        self.code.can_err(span);
        Some(self.push(Op::Call { function: index, args: nodes }, function.result.clone(), span))
    }

    /// Arguments of exactly the types of `params`.
    pub(super) fn arguments(
        &mut self,
        of: &str,
        params: &[(&str, Type)],
        args: &[Expr],
        name_span: Span,
        def: Def,
        span: Span,
    ) -> Option<Vec<assize_runtime::program::NodeId>> {
        let mut sound = self.check_count(of, params.len(), args, name_span, def, span);
        let mut nodes = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            match params.get(index) {
                Some((name, ty)) => match self.check(arg, ty, Need::Argument { name, of }) {
                    Some(typed) => nodes.push(typed.node),
                    None => sound = false,
                },
                None => {
                    self.infer(arg, Hint::Open);
                }
            }
        }
        sound.then_some(nodes)
    }

    fn check_count(
        &mut self,
        of: &str,
        count: usize,
        args: &[Expr],
        name_span: Span,
        def: Def,
        span: Span,
    ) -> bool {
        if args.len() == count {
            return true;
        }
        let needs = match count {
            0 => "no arguments".to_owned(),
            1 => "one argument".to_owned(),
            count => format!("{count} arguments"),
        };
        let at = args.get(count).map_or(span, |extra| extra.span.to(args[args.len() - 1].span));
        self.report_related(
            Diagnostic::new(
                codes::WRONG_ARGUMENT_COUNT,
                if args.len() > count { at } else { name_span },
                format!("`{of}` takes {needs}, not {}", args.len()),
            )
            .label(if args.len() > count { "too many" } else { "too few" }),
            vec![(def, format!("`{of}` is declared here"))],
        );
        false
    }

    /// `viewer(u, d)`: whether some live row has the arguments.
    fn grant_fact(&mut self, id: GrantId, path: &Path, args: &[Expr], span: Span) -> Option<Typed> {
        let grant = self.schema().grants.get(id.index())?;
        let name = last_part(&grant.name);
        let mut sound = self.check_count(name, grant.params.len(), args, path.span(), Def::Grant(id), span);
        let mut nodes = Vec::with_capacity(args.len());
        let mut flow = Flow::default();
        for (index, arg) in args.iter().enumerate() {
            let Some(param) = grant.params.get(index) else {
                self.infer(arg, Hint::Open);
                continue;
            };
            match self.grant_argument(param, name, arg) {
                Some((typed, possible)) => {
                    nodes.push(typed.node);
                    if !possible {
                        flow = Flow { yes: None, by_type: true, ..Flow::default() };
                    }
                }
                None => sound = false,
            }
        }
        sound.then(|| self.push_bool(Op::GrantFact(id, nodes), span).with_flow(flow))
    }

    /// An argument of a grant fact, and whether a row can have it.
    fn grant_argument(&mut self, param: &FieldType, of: &str, arg: &Expr) -> Option<(Typed, bool)> {
        let need = Need::Argument { name: &param.name, of };
        let element = match &param.ty {
            Type::Set(element) => Some(Type::clone(element)),
            _ => None,
        };
        let target = element.as_ref().unwrap_or(&param.ty);
        // A literal set is meant as the whole value; everything else is an element if it can be.
        let whole = element.is_some() && matches!(&*arg.kind, ExprKind::Set(_));
        let typed = self.infer(arg, if whole { Hint::Strict(&param.ty) } else { Hint::Soft(target) })?;
        if element.is_some() && matches!(typed.ty, Type::Set(_)) {
            return Some((self.coerce(typed, &param.ty, need, arg)?, true));
        }
        if let (Type::Entity(below), Type::Entity(above)) = (&typed.ty, target) {
            if self.can_be_in(below, above) {
                return Some((typed, true));
            }
            let varies =
                typed.place.as_ref().is_some_and(|place| place.root.varies() && place.steps.is_empty());
            let (below, above) = (types_text(self.schema(), below), types_text(self.schema(), above));
            let message = format!("`{below}` is never in `{above}`, which `{}` of `{of}` is", param.name);
            if varies {
                self.warn(codes::ALWAYS_FALSE, arg.span, message, "no row can have this");
                return Some((typed, false));
            }
            if !self.is_doubtful(&typed.ty) {
                self.report(Diagnostic::new(codes::NEVER_IN, arg.span, message).label(format!("`{below}`")));
            }
            return None;
        }
        Some((self.coerce(typed, target, need, arg)?, true))
    }

    /// `Ip.parse(s)`
    fn call_static(&mut self, ty: &'static str, name: &Name, args: &[Expr], span: Span) -> Option<Typed> {
        if name.text.is_empty() {
            self.infer_all(args);
            return None;
        }
        let statics = || indexed().filter(move |(_, builtin)| builtin.form == Form::Static(ty));
        let Some((id, builtin)) = statics().find(|(_, builtin)| builtin.name == name.text) else {
            self.infer_all(args);
            let names: Vec<_> = statics().map(|(_, builtin)| builtin.name).collect();
            let message = format!("`{ty}` has no function `{}`", name.text);
            let mut diagnostic =
                Diagnostic::new(codes::UNKNOWN_MEMBER, name.span, message).label("unknown function");
            if let Some(word) = suggest(&name.text, names.iter().copied()) {
                diagnostic = did_you_mean(diagnostic, name.span, Some(word));
            } else if !names.is_empty() {
                diagnostic = diagnostic.help(format!("it has {}", listed(&names, " and ")));
            }
            self.report(diagnostic);
            return None;
        };
        let of = format!("{ty}.{}", builtin.name);
        self.builtin(id, builtin, &of, None, args, name.span, span)
    }

    /// `value.name(args)`, `value?.name(args)`
    fn call_method(
        &mut self,
        (value, optional): (&Expr, bool),
        name: &Name,
        args: &[Expr],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let base = self.infer(value, Hint::Open);
        if let Some(base) = &base {
            self.probe_member(base, value.span.end, name, false);
        }
        let Some(base) = base.filter(|_| !name.text.is_empty()) else {
            self.infer_all(args);
            return None;
        };
        if optional && matches!(base.ty, Type::Optional(_)) {
            return self.chained(base, span, |checker, inner| {
                checker.method((inner, value), name, args, None, span)
            });
        }
        if optional {
            self.warn_never_absent(value, span, "?.");
        }
        if self.require_present(&base, value).is_none() {
            self.infer_all(args);
            return None;
        }
        self.method((base, value), name, args, permissive, span)
    }

    /// A method of a value that is there.
    fn method(
        &mut self,
        (base, value): (Typed, &Expr),
        name: &Name,
        args: &[Expr],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        if let (Type::Set(element), "contains") = (&base.ty, name.text.as_str()) {
            let element = Type::clone(element);
            return self.set_contains((base, value), &element, name, args, permissive, span);
        }
        let receiver = |builtin: &Builtin| {
            builtin.form == Form::Method
                && builtin.params.first().is_some_and(|sig| unify(*sig, &base.ty, &mut None))
        };
        let named = || indexed().filter(|(_, builtin)| builtin.name == name.text && receiver(builtin));
        // Of those that differ in their number of arguments, `at.hour()` and `at.hour(zone)`, the one that is called so.
        let found = named().find(|(_, builtin)| builtin.params.len() == args.len() + 1);
        let Some((id, builtin)) = found.or_else(|| named().next()) else {
            self.infer_all(args);
            self.report_no_method(&base.ty, value, name, args.is_empty());
            return None;
        };
        self.builtin(id, builtin, builtin.name, Some((base, value)), args, name.span, span)
    }

    /// `set.contains(x)`: plain membership, also of a wider type.
    fn set_contains(
        &mut self,
        (base, value): (Typed, &Expr),
        element: &Type,
        name: &Name,
        args: &[Expr],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let [arg] = args else {
            self.infer_all(args);
            self.report(
                Diagnostic::new(
                    codes::WRONG_ARGUMENT_COUNT,
                    name.span,
                    format!("`contains` takes one argument, not {}", args.len()),
                )
                .label(if args.is_empty() { "too few" } else { "too many" }),
            );
            return None;
        };
        let typed = self.infer(arg, Hint::Soft(element))?;
        self.require_present(&typed, arg)?;
        let joined = if overlap(&typed.ty, element) { join(&typed.ty, element) } else { None };
        let Some(ty) = joined else {
            let (set, found) = (self.text(&base.ty), self.text(&typed.ty));
            let mut diagnostic =
                Diagnostic::new(codes::NEVER_EQUAL, arg.span, format!("`{set}` never holds `{found}`"))
                    .label(format!("`{found}`"))
                    .also(value.span, format!("`{set}`"));
            diagnostic = proposed(diagnostic, self.repair(&typed.ty, element, arg));
            self.report(diagnostic);
            return None;
        };
        if let (Type::Entity(below), Type::Entity(above)) = (&typed.ty, element)
            && permissive == Some(false)
            && self.ancestor_types(below).is_some_and(|reached| reached.intersect(above).is_some())
        {
            self.warn_ignores_members(value, arg, span);
        }
        let set = self.convert(base, &Type::set(ty.clone()), value.span);
        let typed = self.convert(typed, &ty, arg.span);
        let flow = Flow::default().when_true(set.place.as_ref(), inhabited());
        Some(self.push_bool(Op::Contains(set.node, typed.node), span).with_flow(flow))
    }

    /// A call of a built-in whose receiver, if it is a method, has been checked.
    #[allow(clippy::too_many_arguments, reason = "the parts of a call")]
    fn builtin(
        &mut self,
        id: BuiltinId,
        builtin: &'static Builtin,
        of: &str,
        receiver: Option<(Typed, &Expr)>,
        args: &[Expr],
        name_span: Span,
        span: Span,
    ) -> Option<Typed> {
        let mut variable = None;
        let mut operands: Vec<(Typed, &Expr)> = Vec::with_capacity(builtin.params.len());
        if let Some((typed, expr)) = receiver {
            unify(*builtin.params.first()?, &typed.ty, &mut variable);
            operands.push((typed, expr));
        }
        let params = builtin.params.get(operands.len()..)?;
        let mut sound = args.len() == params.len();
        if !sound {
            let needs = match params.len() {
                0 => "no arguments".to_owned(),
                1 => "one argument".to_owned(),
                count => format!("{count} arguments"),
            };
            self.report(
                Diagnostic::new(
                    codes::WRONG_ARGUMENT_COUNT,
                    name_span,
                    format!("`{of}` takes {needs}, not {}", args.len()),
                )
                .label(if args.len() > params.len() { "too many" } else { "too few" }),
            );
        }
        for (index, arg) in args.iter().enumerate() {
            let Some(sig) = params.get(index).copied() else {
                self.infer(arg, Hint::Open);
                continue;
            };
            let wanted = sig.instantiate(variable.as_ref().unwrap_or(&Type::Never));
            let hint =
                if variable.is_some() || !mentions_variable(sig) { Hint::Soft(&wanted) } else { Hint::Open };
            let Some(typed) = self.infer(arg, hint) else {
                sound = false;
                continue;
            };
            if self.require_present(&typed, arg).is_none() {
                sound = false;
                continue;
            }
            let fits = if mentions_variable(sig) {
                // Two sets have a union even if they share nothing.
                let joined = join(&typed.ty, &wanted).filter(|_| builtin.name == "union");
                match joined {
                    Some(joined) => unify(sig, &joined, &mut variable),
                    None => unify(sig, &typed.ty, &mut variable),
                }
            } else {
                usable(&typed.ty, &wanted)
            };
            if !fits {
                self.report_bad_argument(of, &typed.ty, &wanted, arg);
                sound = false;
                continue;
            }
            operands.push((typed, arg));
        }
        if !sound {
            return None;
        }
        let flow = self.shown_by_builtin(builtin.name, &operands);
        let size_of =
            operands.first().filter(|_| builtin.name == "size").and_then(|(set, _)| set.place.clone());
        let variable = variable.unwrap_or(Type::Never);
        let mut nodes = Vec::with_capacity(operands.len());
        for ((typed, expr), sig) in operands.into_iter().zip(builtin.params) {
            nodes.push(self.convert(typed, &sig.instantiate(&variable), expr.span).node);
        }
        let result = builtin.result.instantiate(&variable);
        if builtin.errs {
            self.code.can_err(span);
        }
        let typed = self.push(Op::Builtin(id, nodes), result, span).with_flow(flow);
        Some(Typed { size_of, ..typed })
    }

    /// What the built-ins that are tests show.
    fn shown_by_builtin(&self, name: &str, operands: &[(Typed, &Expr)]) -> Flow {
        let Some((receiver, _)) = operands.first() else { return Flow::default() };
        let place = receiver.place.as_ref();
        let flow = Flow::default();
        match (name, operands.get(1).map(|(other, _)| other)) {
            ("is_empty", None) => flow.when_false(place, inhabited()),
            ("contains_any", Some(other)) => {
                flow.when_true(place, inhabited()).when_true(other.place.as_ref(), inhabited())
            }
            ("contains_all", Some(other)) if self.has_element(other) => flow.when_true(place, inhabited()),
            ("contains_key", Some(key)) => match (place, self.code.value(key.node)) {
                (Some(place), Some(Value::String(key))) => {
                    flow.when_true(Some(&place.then(Step::Key(key.clone()))), Fact::present())
                }
                _ => flow,
            },
            _ => flow,
        }
    }

    fn report_bad_argument(&mut self, of: &str, found: &Type, wanted: &Type, arg: &Expr) {
        let (found_text, wanted_text) = (self.text(found), self.text(wanted));
        let mut diagnostic = Diagnostic::new(
            codes::WRONG_TYPE,
            arg.span,
            format!("`{of}` takes `{wanted_text}` here, but this is `{found_text}`"),
        )
        .label(format!("`{found_text}`"));
        diagnostic = proposed(diagnostic, self.repair(found, wanted, arg));
        self.report(diagnostic);
    }

    /// Whether `name` is a method of `ty`.
    pub(super) fn is_method(&self, ty: &Type, name: &str) -> bool {
        methods(ty).any(|builtin| builtin.name == name) || (name == "contains" && matches!(ty, Type::Set(_)))
    }

    fn report_no_method(&mut self, ty: &Type, value: &Expr, name: &Name, bare: bool) {
        let text = self.text(ty);
        let mut names: Vec<_> = methods(ty).map(|builtin| builtin.name).collect();
        if matches!(ty, Type::Set(_)) {
            names.push("contains");
        }
        let message = format!("`{text}` has no method `{}`", name.text);
        let mut diagnostic = Diagnostic::new(codes::UNKNOWN_MEMBER, name.span, message)
            .label("unknown method")
            .also(value.span, format!("`{text}`"));
        if self.member_names(ty).iter().any(|member| *member == name.text) {
            diagnostic = diagnostic.help(format!("it is an attribute: write `.{}` without `()`", name.text));
        } else if bare && name.text == "ancestors" {
            diagnostic = diagnostic.help("write `.ancestors` without `()`");
        } else if let Some(help) = foreign::method_help(&name.text) {
            diagnostic = diagnostic.help(help);
        } else if let Some(word) = suggest(&name.text, names.iter().copied()) {
            diagnostic = did_you_mean(diagnostic, name.span, Some(word));
        } else if !names.is_empty() {
            // Some have forms with other arguments under the same name.
            names.sort_unstable();
            names.dedup();
            diagnostic = diagnostic.help(format!("it has {}", listed(&names, " and ")));
        }
        self.report(diagnostic);
    }

    /// Whether `in` has a built-in for these types.
    pub(super) fn has_in_operator(&self, left: &Type, right: &Type) -> bool {
        in_operators().any(|(_, builtin)| takes(builtin, left, right))
    }

    /// `in` by a built-in.
    pub(super) fn in_operator(&mut self, left: &Typed, right: &Typed, span: Span) -> Option<Typed> {
        let (id, builtin) = in_operators().find(|(_, builtin)| takes(builtin, &left.ty, &right.ty))?;
        let result = builtin.result.instantiate(&Type::Never);
        Some(self.push(Op::Builtin(id, vec![left.node, right.node]), result, span))
    }
}

fn indexed() -> impl Iterator<Item = (BuiltinId, &'static Builtin)> {
    builtins::all().iter().enumerate().map(|(index, builtin)| (BuiltinId(index as u16), builtin))
}

fn in_operators() -> impl Iterator<Item = (BuiltinId, &'static Builtin)> {
    indexed().filter(|(_, builtin)| builtin.form == Form::Operator("in"))
}

fn takes(builtin: &Builtin, left: &Type, right: &Type) -> bool {
    matches!(builtin.params, [a, b] if a.instantiate(&Type::Never) == *left && b.instantiate(&Type::Never) == *right)
}

/// The methods that a type has, apart from `contains` of sets.
pub fn methods(ty: &Type) -> impl Iterator<Item = &'static Builtin> {
    let ty = ty.clone();
    builtins::all().iter().filter(move |builtin| {
        builtin.form == Form::Method && builtin.params.first().is_some_and(|sig| unify(*sig, &ty, &mut None))
    })
}

fn mentions_variable(sig: Sig) -> bool {
    match sig {
        Sig::T => true,
        Sig::Set(of) | Sig::Map(of) | Sig::Optional(of) => mentions_variable(*of),
        _ => false,
    }
}

/// Whether `ty` can be used as `sig`, widening the type variable so far as needed.
fn unify(sig: Sig, ty: &Type, variable: &mut Option<Type>) -> bool {
    match (sig, ty) {
        (Sig::T, ty) => {
            let ty = present(ty);
            let joined = match variable {
                Some(known) if overlap(known, ty) => join(known, ty),
                Some(_) => None,
                None => Some(ty.clone()),
            };
            match joined {
                Some(joined) => {
                    *variable = Some(joined);
                    true
                }
                None => false,
            }
        }
        (Sig::Set(of), Type::Set(element)) | (Sig::Map(of), Type::Map(element)) => {
            unify(*of, element, variable)
        }
        (Sig::Set(_) | Sig::Map(_) | Sig::Optional(_), _) => false,
        (plain, ty) => usable(ty, &plain.instantiate(&Type::Never)),
    }
}
