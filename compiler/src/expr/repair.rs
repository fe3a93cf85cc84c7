//! What to type instead of a value of the wrong type.

use assize_lang::ast::{Expr, ExprKind};
use assize_lang::{Diagnostic, Edit};
use assize_runtime::types::Type;

use super::checker::Checker;
use super::convert::{present, usable};
use super::display::{entity_name, enum_name, spell, types_text};

/// A proposal, with the edit that carries it out if there is one.
pub(super) struct Repair {
    help: String,
    edit: Option<Edit>,
}

impl From<String> for Repair {
    fn from(help: String) -> Self {
        Repair { help, edit: None }
    }
}

impl Repair {
    /// To put `text` in place of an expression.
    fn write(text: String, instead_of: &Expr) -> Repair {
        let span = instead_of.span;
        let help = format!("write `{text}`");
        Repair { help, edit: Some(Edit { start: span.start, end: span.end, text }) }
    }
}

/// The diagnostic with the proposal, if there is one.
pub(super) fn proposed(diagnostic: Diagnostic, repair: Option<Repair>) -> Diagnostic {
    match repair {
        None => diagnostic,
        Some(Repair { help, edit: None }) => diagnostic.help(help),
        Some(Repair { help, edit: Some(edit) }) => diagnostic.help(help.clone()).fix(help, vec![edit], false),
    }
}

impl Checker<'_> {
    /// What to do about `expr`, whose type is `found`, where `expected` is needed.
    pub(super) fn repair(&self, found: &Type, expected: &Type, expr: &Expr) -> Option<Repair> {
        let literal = match &*expr.kind {
            ExprKind::Str(text) => Some(text.value.as_str()),
            _ => None,
        };
        let schema = self.schema();
        let write = |text: String| Some(Repair::write(text, expr));
        match (found, present(expected)) {
            (Type::Int, Type::Decimal) => {
                let help = "there are no conversions: only an integer literal can be a `Decimal`";
                Some(help.to_owned().into())
            }
            (Type::String, Type::Ip) => write(format!("ip{:?}", literal?)),
            (Type::String, Type::Cidr) => write(format!("cidr{:?}", literal?)),
            (Type::String, Type::Datetime) => write(format!("time{:?}", literal?)),
            (Type::String, Type::Zone) => write(format!("zone{:?}", literal?)),
            (Type::String, Type::Enum(id)) => {
                let text = literal?;
                let declared = schema.enums.get(id.index())?;
                let known = declared.variants.iter().any(|variant| variant == text);
                known.then(|| Repair::write(format!("{}::{text}", enum_name(schema, *id)), expr))
            }
            (Type::String, Type::Entity(types)) => {
                write(format!("{}::{:?}", entity_name(schema, types.single()?), literal?))
            }
            (Type::Entity(from), Type::Entity(to)) => {
                let types = types_text(schema, &from.intersect(to)?);
                Some(format!("guard it: `{} is {types} and ..`", spell(expr)?).into())
            }
            (Type::Record(from), Type::Record(to)) => to.fields().iter().find_map(|field| {
                let text = self.text(&field.ty);
                let help = match from.field(&field.name) {
                    None => format!("it has no field `{}`", field.name),
                    Some((_, given)) if !usable(&given.ty, &field.ty) => {
                        format!("its field `{}` is `{}`, not `{text}`", field.name, self.text(&given.ty))
                    }
                    Some((_, given)) if given.optional && !field.optional => {
                        format!("its field `{}` may be absent", field.name)
                    }
                    Some(_) => return None,
                };
                Some(help.into())
            }),
            (found, Type::Set(element)) if usable(found, element) => {
                let text = spell(expr)?;
                Some(Repair {
                    help: format!("write a set: `[{text}]`"),
                    edit: Some(Edit {
                        start: expr.span.start,
                        end: expr.span.end,
                        text: format!("[{text}]"),
                    }),
                })
            }
            _ => None,
        }
    }
}

/// What one can do about a value that may be absent.
pub(super) fn absence_help(expr: &Expr) -> Vec<String> {
    let mut help = Vec::new();
    let mut inner = expr;
    while let ExprKind::Paren(deeper) = &*inner.kind {
        inner = deeper;
    }
    match &*inner.kind {
        ExprKind::Member { value, name, optional: false } => {
            if let Some(text) = spell(value) {
                help.push(format!("guard it: `{text} has {} and ..`", name.text));
            }
        }
        _ => {
            if let Some(text) = spell(inner) {
                help.push(format!("guard it: `{text} is some and ..`"));
            }
        }
    }
    match spell(inner) {
        Some(text) => help.push(format!("or say what counts when it is absent: `{text} ?? ..`")),
        None => help.push("say what counts when it is absent with `?? ..`".to_owned()),
    }
    help
}
