//! Names as values: bindings, `principal` and its like, params, consts, variants of enums, actions.

use assize_lang::ast::{Name, Path, StrLit};
use assize_lang::{Diagnostic, Edit, Span, codes};
use assize_runtime::program::Op;
use assize_runtime::types::{EnumId, Type};
use assize_runtime::value::EntityUid;
use assize_runtime::{Value, types::EntityTypeId};
use smol_str::SmolStr;

use super::checker::{Checker, Hint, Typed};
use super::display::{entity_name, enum_name, listed, path_text};
use super::facts::{Place, Root};
use super::names::Meaning;
use crate::declarations::{Def, Finding};
use crate::names::{did_you_mean, suggest};
use crate::resolve::types::describe;

impl Checker<'_> {
    pub(super) fn path(&mut self, path: &Path, hint: Hint<'_>) -> Option<Typed> {
        let (last, prefix) = path.segments.split_last()?;
        if last.text.is_empty() {
            return None;
        }
        if prefix.is_empty() {
            return match self.meaning(last) {
                Meaning::Root(root, ty) => Some(self.root(root, ty, last.span)),
                Meaning::Now => Some(self.push(Op::Now, Type::Datetime, last.span)),
                Meaning::Let(index, value) => {
                    // Every use checks it again, for the type that the use needs.
                    let visible = std::mem::replace(&mut self.visible, index);
                    let variables = std::mem::take(&mut self.variables);
                    let typed = self.infer(value, hint);
                    self.visible = visible;
                    self.variables = variables;
                    typed
                }
                Meaning::Def(def) => self.declared(&def, path),
                Meaning::Error => None,
            };
        }
        // `Action::read`, `drive::Action::read`
        let (before, modules) = prefix.split_last()?;
        if before.text == "Action" {
            let action = self.action(modules, &last.text, last.span)?;
            return Some(self.push_value(Value::Action(action), Type::Action, path.span()));
        }
        match self.look_up(prefix) {
            Ok(Def::Enum(id)) => self.variant(id, &last.text, last.span, path.span()),
            Ok(Def::EntityType(_)) => {
                self.report_unquoted_id(prefix, last, path.span());
                None
            }
            Ok(Def::Module(_)) => match self.look_up(&path.segments) {
                Ok(def) => self.declared(&def, path),
                Err(findings) => {
                    self.report_all(findings);
                    None
                }
            },
            Ok(def) => {
                let text = path_text(&Path { segments: prefix.to_vec() });
                let message = format!("`{text}` has no `{}`", last.text);
                let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, last.span, message)
                    .label(format!("`{text}` is {}", describe(&def)));
                self.report_related(diagnostic, vec![(def, format!("`{text}` is declared here"))]);
                None
            }
            // A module's path need not be a name that stands for it.
            Err(findings) => match self.look_up(&path.segments) {
                Ok(def) => self.declared(&def, path),
                Err(full) => {
                    let is_module =
                        self.declarations().module(&path_text(&Path { segments: prefix.to_vec() })).is_some();
                    let proposes = |findings: &[Finding]| {
                        findings.iter().any(|finding| !finding.diagnostic.fixes.is_empty())
                    };
                    let is_meant = full.is_empty() || (proposes(&full) && !proposes(&findings));
                    self.report_all(if is_module || is_meant { full } else { findings });
                    None
                }
            },
        }
    }

    /// `User::ann`
    fn report_unquoted_id(&mut self, ty: &[Name], id: &Name, span: Span) {
        let ty = path_text(&Path { segments: ty.to_vec() });
        let quoted = format!("{:?}", id.text.as_str());
        let written = format!("{ty}::{quoted}");
        let edit = Edit { start: id.span.start, end: id.span.end, text: quoted };
        let message = format!("the id of an entity is written in quotes: `{written}`");
        self.report(
            Diagnostic::new(codes::NOT_A_VALUE, span, message)
                .label(format!("`{ty}` is an entity type"))
                .fix(format!("write `{written}`"), vec![edit], false),
        );
    }

    /// A place of the request or the item, narrowed by what is known about it.
    fn root(&mut self, root: Root, ty: Type, span: Span) -> Typed {
        let op = match root {
            Root::Principal => Op::Principal,
            Root::Action => Op::Action,
            Root::Resource => Op::Resource,
            Root::Context => Op::Context,
            Root::Local(local) => Op::Local(local),
            Root::Param(param) => Op::Param(param),
        };
        let typed = self.push(op, ty, span).at(Some(Place::root(root)));
        self.narrowed(typed, span)
    }

    /// A value after what the facts say about its place: present, or an entity of fewer types.
    pub(super) fn narrowed(&mut self, typed: Typed, span: Span) -> Typed {
        let Some(place) = typed.place else { return typed };
        let Some(fact) = self.facts.get(&place) else { return Typed { place: Some(place), ..typed } };
        let (present, types) = (fact.present, fact.types.clone());
        let mut narrowed = Typed::new(typed.node, typed.ty);
        if let Type::Optional(inner) = &narrowed.ty
            && (present || types.is_some())
        {
            let inner = Type::clone(inner);
            narrowed = self.push(Op::Unwrap(narrowed.node), inner, span);
        }
        if let (Type::Entity(all), Some(known)) = (&narrowed.ty, types)
            && let Some(left) = all.intersect(&known)
            && left != *all
        {
            narrowed = self.push(Op::Narrow(narrowed.node), Type::Entity(left), span);
        }
        narrowed.at(Some(place))
    }

    /// A declaration as a value.
    fn declared(&mut self, def: &Def, path: &Path) -> Option<Typed> {
        let span = path.span();
        let declarations = self.declarations();
        let text = path_text(path);
        let help = match def {
            Def::Param(index) => {
                let param = declarations.params.get(*index as usize)?;
                return Some(self.root(Root::Param(*index), param.ty.clone(), span));
            }
            Def::Const(index) => {
                let constant = declarations.consts.get(*index as usize)?;
                let value = constant.value.clone()?;
                return Some(self.push_value(value, constant.ty.clone(), span));
            }
            Def::Action(action) => {
                return Some(self.push_value(Value::Action(*action), Type::Action, span));
            }
            Def::EntityType(_) => format!("one entity is written `{text}::\"..\"`"),
            Def::Enum(id) => {
                let variants = self.schema().enums.get(id.index()).map(|ty| &ty.variants[..]);
                match variants.and_then(|variants| variants.first()) {
                    Some(variant) => format!("one of its variants is written `{text}::{variant}`"),
                    None => String::new(),
                }
            }
            Def::Function(_) | Def::Grant(_) => format!("call it: `{text}(..)`"),
            Def::Obligation(_) => "obligations stand in an `oblige` clause".to_owned(),
            Def::Alias(_) | Def::Module(_) | Def::Use(_) => String::new(),
        };
        let message = format!("`{text}` is {}, not a value", describe(def));
        let mut diagnostic =
            Diagnostic::new(codes::NOT_A_VALUE, span, message).label("a value is needed here");
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.report_related(diagnostic, vec![(def.clone(), format!("`{text}` is declared here"))]);
        None
    }

    /// `Level::secret`
    fn variant(&mut self, id: EnumId, name: &str, name_span: Span, span: Span) -> Option<Typed> {
        let declared = self.schema().enums.get(id.index())?;
        if let Some(position) = declared.variants.iter().position(|variant| variant == name) {
            return Some(self.push_value(Value::Enum(id, position as u32), Type::Enum(id), span));
        }
        let ty = enum_name(self.schema(), id);
        let candidate = suggest(name, declared.variants.iter().map(SmolStr::as_str));
        if candidate.is_none() && self.declarations().is_unread(ty) {
            return None;
        }
        let mut diagnostic =
            Diagnostic::new(codes::UNKNOWN_NAME, name_span, format!("`{ty}` has no variant `{name}`"))
                .label("unknown variant");
        diagnostic = match candidate {
            Some(word) => did_you_mean(diagnostic, name_span, Some(word)),
            None if declared.variants.len() <= 8 => {
                diagnostic.help(format!("its variants are {}", listed(&declared.variants, " and ")))
            }
            None => diagnostic,
        };
        self.report_related(diagnostic, vec![(Def::Enum(id), format!("`{ty}` is declared here"))]);
        None
    }

    /// `User::"ann"`, `Action::"s3:GetObject"`
    pub(super) fn entity_literal(&mut self, ty: &Path, id: &StrLit, span: Span) -> Option<Typed> {
        let (last, modules) = ty.segments.split_last()?;
        if last.text == "Action" {
            let action = self.action(modules, &id.value, id.span)?;
            return Some(self.push_value(Value::Action(action), Type::Action, span));
        }
        if let Ok(Def::Enum(_)) = self.look_up(&ty.segments) {
            let ty = path_text(ty);
            let message = format!("`{ty}` is an enum, whose variants are written without quotes");
            let diagnostic = Diagnostic::new(codes::NOT_AN_ENTITY_TYPE, span, message);
            self.report(diagnostic.help(format!("write `{ty}::{}`", id.value)));
            return None;
        }
        let uid = self.entity_uid(ty, id)?;
        let ty = Type::entity(uid.ty);
        Some(self.push_value(Value::Entity(uid), ty, span))
    }

    /// The entity that a literal names.
    pub(super) fn entity_uid(&mut self, path: &Path, id: &StrLit) -> Option<EntityUid> {
        let ty: EntityTypeId = self.entity_type(path)?;
        let declared = self.schema().entity_types.get(ty.index())?;
        if let Some(ids) = &declared.closed
            && !ids.contains(&id.value)
        {
            let name = entity_name(self.schema(), ty);
            let mut diagnostic = Diagnostic::new(
                codes::UNKNOWN_ID,
                id.span,
                format!("`{name}` has no entity {:?}", id.value.as_str()),
            )
            .label("unknown id");
            if let Some(word) = suggest(&id.value, ids.iter().map(SmolStr::as_str)) {
                let quoted = format!("{word:?}");
                let edit = Edit { start: id.span.start, end: id.span.end, text: quoted.clone() };
                diagnostic = diagnostic.help(format!("did you mean `{quoted}`?")).fix(
                    format!("write `{quoted}`"),
                    vec![edit],
                    false,
                );
            }
            self.report_related(
                diagnostic,
                vec![(Def::EntityType(ty), format!("`{name}` lists all its ids here"))],
            );
            return None;
        }
        Some(EntityUid { ty, id: id.value.clone() })
    }
}
