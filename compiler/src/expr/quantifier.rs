//! `any(T x in s: ..)`, `all(x in s: ..)`

use assize_lang::ast::{Expr, Name, Path};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::Op;
use assize_runtime::types::{EntityTypes, Type};

use super::checker::{Checker, Hint, Need, Typed, Variable};
use super::display::{quoted, spell, types_text};
use super::facts::Flow;
use super::inhabited::inhabited;

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
        let (typed, filter, element) = self.elements_of(types, variable, set, span)?;
        let local = self.code.fresh_local();
        self.variables.push(Variable { name: variable.text.clone(), local, ty: element });
        // Of a filtered type there may still be none, but nobody could ask for more.
        let has_element = self.has_element(&typed);
        let test = self.condition(body, Need::Test, permissive);
        self.variables.pop();
        let test = test?;
        // A set may have more elements than the budget allows.
        self.code.can_err(span);
        if all && permissive == Some(true) && !has_element {
            self.warn_empty_all(set, span);
        }
        let flow = if all {
            Flow::default().when_false(typed.place.as_ref(), inhabited())
        } else {
            Flow::default().when_true(typed.place.as_ref(), inhabited())
        };
        let op = Op::Quantifier { all, local, filter, set: typed.node, body: test.node };
        Some(self.push_bool(op, span).with_flow(flow))
    }

    /// What a quantifier runs over: the set, a test for the types of its elements if one is needed, the variable's type.
    fn elements_of(
        &mut self,
        types: &[Path],
        variable: &Name,
        set: &Expr,
        span: Span,
    ) -> Option<(Typed, Option<EntityTypes>, Type)> {
        let shadows = self.report_shadowing(variable);
        let typed = self.infer(set, Hint::Open);
        let filter = if types.is_empty() { Some(None) } else { self.entity_type_list(types).map(Some) };
        let (Some(typed), Some(filter), None) = (typed, filter, shadows) else { return None };
        self.require_present(&typed, set)?;
        let Type::Set(element) = &typed.ty else {
            self.report_no_set(&typed.ty, set);
            return None;
        };
        let element = Type::clone(element);
        if element == Type::Never {
            let message = "the elements of `[]` have no type";
            self.report(
                Diagnostic::new(codes::TYPE_UNKNOWN, set.span, message).label("there is nothing to ask of"),
            );
            return None;
        }
        let Some(filter) = filter else { return Some((typed, None, element)) };
        let at = types.first().map_or(span, Path::span);
        let Type::Entity(known) = &element else {
            let text = self.text(&element);
            let message = format!("only entities can be chosen by type, and these are `{text}`");
            self.report(
                Diagnostic::new(codes::BAD_OPERAND, at, message)
                    .label("not an entity")
                    .also(set.span, format!("`{}`", self.text(&typed.ty))),
            );
            return None;
        };
        let Some(left) = known.intersect(&filter) else {
            let (known, wanted) = (types_text(self.schema(), known), types_text(self.schema(), &filter));
            let message = format!("{} never has a `{wanted}`", quoted(set));
            self.report(
                Diagnostic::new(codes::NEVER_IN, at, message)
                    .label("passes over everything")
                    .also(set.span, format!("its elements are `{known}`")),
            );
            return None;
        };
        // Only the types that can occur, and no test where all can: it would cost and tell nothing.
        let filter = (left != *known).then(|| left.clone());
        Some((typed, filter, Type::Entity(left)))
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
