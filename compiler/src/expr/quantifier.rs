//! `any(T x in s: ..)`, `all(x in s: ..)`

use assize_lang::ast::{Expr, Name, Path};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::Op;
use assize_runtime::types::Type;

use super::checker::{Checker, Hint, Need, Typed, Variable};
use super::display::{quoted, spell, types_text};
use super::facts::{Fact, Flow};

impl Checker<'_> {
    pub(super) fn quantifier(
        &mut self,
        all: bool,
        types: &[Path],
        variable: &Name,
        [set, body]: [&Expr; 2],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let shadows = self.report_shadowing(variable);
        let typed = self.infer(set, Hint::Open);
        let filter = if types.is_empty() { Some(None) } else { self.entity_type_list(types).map(Some) };
        let (Some(typed), Some(filter), None) = (typed, filter, shadows) else { return None };
        self.require_present(&typed, set)?;
        let Type::Set(element) = &typed.ty else {
            self.report_no_set(&typed.ty, set);
            return None;
        };
        let mut element = Type::clone(element);
        if element == Type::Never {
            self.report(
                Diagnostic::new(codes::TYPE_UNKNOWN, set.span, "the elements of `[]` have no type")
                    .label("there is nothing to ask of"),
            );
            return None;
        }
        if let Some(filter) = &filter {
            let Type::Entity(known) = &element else {
                let text = self.text(&element);
                let at = types.first().map_or(span, Path::span);
                self.report(
                    Diagnostic::new(
                        codes::BAD_OPERAND,
                        at,
                        format!("only entities can be chosen by type, and these are `{text}`"),
                    )
                    .label("not an entity")
                    .also(set.span, format!("`{}`", self.text(&typed.ty))),
                );
                return None;
            };
            let Some(left) = known.intersect(filter) else {
                let (known, wanted) = (types_text(self.schema(), known), types_text(self.schema(), filter));
                let at = types.first().map_or(span, Path::span);
                self.report(
                    Diagnostic::new(codes::NEVER_IN, at, format!("{} never has a `{wanted}`", quoted(set)))
                        .label("passes over everything")
                        .also(set.span, format!("its elements are `{known}`")),
                );
                return None;
            };
            element = Type::Entity(left);
        }
        let filter = filter.filter(|filter| match &typed.ty {
            Type::Set(of) => !matches!(&**of, Type::Entity(known) if known.is_subset(filter)),
            _ => true,
        });
        // Only the types that can occur: a test for the others costs and tells nothing.
        let filter = match (&filter, &element) {
            (Some(_), Type::Entity(left)) => Some(left.clone()),
            _ => None,
        };
        let local = self.code.fresh_local();
        self.variables.push(Variable { name: variable.text.clone(), local, ty: element });
        let inhabited =
            typed.place.as_ref().and_then(|place| self.facts.get(place)).is_some_and(|fact| fact.inhabited);
        let test = self.condition(body, Need::Test, permissive);
        self.variables.pop();
        let test = test?;
        self.code.can_err(span);
        if all && permissive == Some(true) && !inhabited {
            self.warn_empty_all(set, span);
        }
        let fact = Fact { inhabited: true, ..Fact::default() };
        let flow = if all {
            Flow::default().when_false(typed.place.as_ref(), fact)
        } else {
            Flow::default().when_true(typed.place.as_ref(), fact)
        };
        let op = Op::Quantifier { all, local, filter, set: typed.node, body: test.node };
        Some(self.push_bool(op, span).with_flow(flow))
    }

    /// A variable must not hide another name that stands for a value of the request or item.
    fn report_shadowing(&mut self, variable: &Name) -> Option<()> {
        let name = variable.text.as_str();
        let request = matches!(name, "principal" | "action" | "resource" | "context" | "now");
        let bound = self.variables.iter().any(|known| known.name == name)
            || self.scope.bindings.iter().any(|(known, _)| known == name);
        if !request && !bound {
            return None;
        }
        self.report(
            Diagnostic::new(
                codes::SHADOWED,
                variable.span,
                format!("`{name}` already means something else here"),
            )
            .label("this name is taken")
            .help("give the variable another name"),
        );
        Some(())
    }

    fn report_no_set(&mut self, ty: &Type, set: &Expr) {
        let text = self.text(ty);
        let mut diagnostic = Diagnostic::new(
            codes::BAD_OPERAND,
            set.span,
            format!("this runs over a set, and {} is `{text}`", quoted(set)),
        )
        .label(format!("`{text}`"));
        let help = match (ty, spell(set)) {
            (Type::Entity(types), Some(text)) if self.ancestor_types(types).is_some() => {
                Some(format!("what it is in are its ancestors: `{text}.ancestors`"))
            }
            (Type::Map(_), Some(text)) => {
                Some(format!("run over its keys or values: `{text}.keys()`, `{text}.values()`"))
            }
            _ => None,
        };
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
    }
}
