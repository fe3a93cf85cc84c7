//! Uses of what `@deprecated` advises against.
//!
//! Names are looked up as they are everywhere; a name that the item itself gives to a variable or parameter is passed over. Which
//! attribute is read depends on types: those are found in the checked bodies. Tests and proofs may go on using what is there, and so
//! may what is deprecated itself.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::ast::{
    ActionRef, Actions, Annotation, ClauseKind, Expr, ExprKind, Field, Item, ItemKind, Param, Path, Pattern,
    PatternKind, PolicyDecl, Type as Written, TypeKind,
};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::{Body, Op};
use assize_runtime::types::{EntityTypeId, Type};
use smol_str::SmolStr;

use crate::db::{self, Package, SourceItem};
use crate::declarations::{Declarations, Def};
use crate::library;
use crate::lints::Placed;
use crate::names::{lookup, lookup_action, path_text};
use crate::resolve::{ItemKey, Resolved};
use crate::walk;

/// The warnings, with file and start of the item that their spans count from.
pub fn uses<'db>(
    database: &'db dyn salsa::Database,
    package: Package,
    resolved: &Resolved,
) -> Vec<Placed<'db>> {
    let advised = Advised::read(database, package, resolved);
    let mut found = Vec::new();
    if advised.declarations.is_empty() && advised.attributes.is_empty() {
        return found;
    }
    for (at, file) in package.files(database).iter().enumerate() {
        // What a dependency uses is for its authors to change.
        if package.owners(database).get(at).is_some_and(|owner| *owner != 0) {
            continue;
        }
        let module = resolved.file_modules.get(at).copied().unwrap_or(0);
        for item in &db::split(database, *file).items {
            let tree = &db::parse(database, *item).item;
            if is_advised_against(&tree.annotations).is_some() || allows(&tree.annotations) {
                continue;
            }
            let mut search = Search {
                advised: &advised,
                declarations: &resolved.declarations,
                module,
                own: local_names(tree),
                found: BTreeMap::new(),
            };
            search.item(tree);
            search.bodies(database, *item);
            let placed = |((start, end), message)| {
                let diagnostic = Diagnostic::new(codes::DEPRECATED, Span::new(start, end), message)
                    .help("use what takes its place, or write `@allow(\"W0112\")` above this declaration");
                Placed::new(at as u32, *item, diagnostic)
            };
            found.extend(search.found.into_iter().map(placed));
        }
    }
    found
}

/// What `@deprecated` says, empty if it says nothing more; `None` without it.
fn is_advised_against(annotations: &[Annotation]) -> Option<SmolStr> {
    let annotation = annotations.iter().find(|it| it.name.text == "deprecated")?;
    Some(annotation.args.first().map(|text| text.value.clone()).unwrap_or_default())
}

fn allows(annotations: &[Annotation]) -> bool {
    let mut allowed = annotations.iter().filter(|it| it.name.text == "allow").flat_map(|it| &it.args);
    allowed.any(|arg| arg.value == codes::DEPRECATED.0)
}

/// What is deprecated, with the texts that say why.
#[derive(Default)]
struct Advised {
    declarations: BTreeMap<Def, SmolStr>,
    attributes: BTreeMap<(EntityTypeId, SmolStr), SmolStr>,
}

impl Advised {
    fn read(database: &dyn salsa::Database, package: Package, resolved: &Resolved) -> Advised {
        let files = library::files(database, package);
        let item_of = |key: &ItemKey| {
            let file = files.get(key.file as usize)?;
            let item = db::declaration_items(database, *file).get(key.item as usize)?;
            Some(&db::parse(database, *item).item)
        };
        let mut advised = Advised::default();
        for (def, (key, _)) in &resolved.places {
            let Some(item) = item_of(key) else { continue };
            if matches!(def, Def::Module(_) | Def::Use(_)) {
                continue;
            }
            if let Some(text) = is_advised_against(&item.annotations) {
                advised.declarations.insert(def.clone(), text);
            }
            if let (Def::EntityType(id), ItemKind::Entity(decl)) = (def, &item.kind) {
                for field in &decl.fields {
                    if let Some(text) = is_advised_against(&field.annotations) {
                        advised.attributes.insert((*id, field.name.text.clone()), text);
                    }
                }
            }
        }
        advised
    }
}

/// The names that an item gives to what it alone can see.
fn local_names(item: &Item) -> BTreeSet<SmolStr> {
    let mut names = BTreeSet::new();
    let mut params = |params: &[Param]| names.extend(params.iter().map(|param| param.name.text.clone()));
    match &item.kind {
        ItemKind::Fn(decl) => params(&decl.params),
        ItemKind::Grant(decl) => params(&decl.params),
        _ => {}
    }
    for policy in policies(item) {
        for pattern in std::iter::once(&policy.principal).chain(&policy.resource) {
            if let PatternKind::Any { binding, .. } | PatternKind::Types { binding, .. } = &pattern.kind {
                names.extend(binding.iter().map(|name| name.text.clone()));
            }
        }
    }
    for expr in expressions(item) {
        walk::visit(expr, &mut |part| {
            if let ExprKind::Quantifier { variable, .. } = &*part.kind {
                names.insert(variable.text.clone());
            }
        });
    }
    names
}

fn policies(item: &Item) -> Vec<&PolicyDecl> {
    match &item.kind {
        ItemKind::Policy(decl) => vec![decl],
        ItemKind::Grant(decl) => {
            let spoken = decl.body.iter().flatten().filter(|policy| !allows(&policy.annotations));
            spoken.map(|policy| &policy.policy).collect()
        }
        _ => Vec::new(),
    }
}

/// The conditions, arguments and values of an item, apart from those in patterns.
fn expressions(item: &Item) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    match &item.kind {
        ItemKind::Param(decl) | ItemKind::Const(decl) => all.extend(&decl.value),
        ItemKind::Fn(decl) => all.push(&decl.body),
        _ => {}
    }
    for clause in policies(item).into_iter().flat_map(|policy| &policy.clauses) {
        match &clause.kind {
            ClauseKind::When(condition) | ClauseKind::Unless(condition) => all.push(condition),
            ClauseKind::Oblige(calls) => all.extend(calls.iter().flat_map(|call| &call.args)),
            ClauseKind::OnErrorSkip | ClauseKind::Because(_) | ClauseKind::Error => {}
        }
    }
    all
}

/// The search through one item.
struct Search<'a> {
    advised: &'a Advised,
    declarations: &'a Declarations,
    module: u32,
    own: BTreeSet<SmolStr>,
    /// Messages by place, so that each place is told of once.
    found: BTreeMap<(u32, u32), String>,
}

impl Search<'_> {
    fn say(&mut self, span: Span, name: &str, text: &str) {
        let why = if text.is_empty() { String::new() } else { format!(": {text}") };
        self.found.insert((span.start, span.end), format!("`{name}` is deprecated{why}"));
    }

    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Entity(decl) => {
                decl.parents.iter().for_each(|ty| self.ty(ty));
                self.fields(&decl.fields);
            }
            ItemKind::TypeAlias { ty, .. } => self.ty(ty),
            ItemKind::TypeParam { default, .. } => default.iter().for_each(|ty| self.ty(ty)),
            ItemKind::Action(decl) => {
                [&decl.on, &decl.by, &decl.with].into_iter().flatten().for_each(|ty| self.ty(ty));
                decl.includes.iter().for_each(|action| self.action(action));
            }
            ItemKind::Param(decl) | ItemKind::Const(decl) => self.ty(&decl.ty),
            ItemKind::Fn(decl) => {
                self.params(&decl.params);
                self.ty(&decl.result);
            }
            ItemKind::Grant(decl) => self.params(&decl.params),
            ItemKind::Obligation { params, .. } => self.params(params),
            _ => {}
        }
        for policy in policies(item) {
            self.pattern(&policy.principal);
            policy.resource.iter().for_each(|pattern| self.pattern(pattern));
            if let Actions::List(actions) = &policy.actions {
                actions.iter().for_each(|action| self.action(action));
            }
            for clause in &policy.clauses {
                if let ClauseKind::Oblige(calls) = &clause.kind {
                    calls.iter().for_each(|call| self.path(&call.path));
                }
            }
        }
        for expr in expressions(item) {
            self.expression(expr);
        }
    }

    fn params(&mut self, params: &[Param]) {
        params.iter().for_each(|param| self.ty(&param.ty));
    }

    fn fields(&mut self, fields: &[Field]) {
        let current = fields.iter().filter(|field| is_advised_against(&field.annotations).is_none());
        current.for_each(|field| self.ty(&field.ty));
    }

    fn ty(&mut self, ty: &Written) {
        match &ty.kind {
            TypeKind::Name(path) => self.path(path),
            TypeKind::Apply { args, .. } | TypeKind::Union(args) => args.iter().for_each(|arg| self.ty(arg)),
            TypeKind::Optional(inner) => self.ty(inner),
            TypeKind::Record(fields) => self.fields(fields),
            TypeKind::Error => {}
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Any { within, .. } => within.iter().for_each(|expr| self.expression(expr)),
            PatternKind::Types { types, within, .. } => {
                types.iter().for_each(|path| self.path(path));
                within.iter().for_each(|expr| self.expression(expr));
            }
            PatternKind::In(expr) | PatternKind::Entity(expr) => self.expression(expr),
            PatternKind::Error => {}
        }
    }

    fn action(&mut self, action: &ActionRef) {
        // One that `*` stands for was not chosen.
        if !(action.quoted && action.path.last().text.contains('*')) {
            self.action_path(&action.path, action.span);
        }
    }

    fn action_path(&mut self, path: &Path, span: Span) {
        if let Ok(id) = lookup_action(self.declarations, self.module, path)
            && let Some(text) = self.advised.declarations.get(&Def::Action(id))
        {
            self.say(span, &path_text(path), text);
        }
    }

    fn expression(&mut self, expr: &Expr) {
        walk::visit(expr, &mut |part| match &*part.kind {
            ExprKind::Path(path) => self.value(path),
            ExprKind::Entity { ty, id } => match is_action(&ty.segments) {
                true => {
                    let mut path = ty.clone();
                    path.segments.pop();
                    path.segments.push(assize_lang::ast::Name { text: id.value.clone(), span: id.span });
                    self.action_path(&path, part.span);
                }
                false => self.path(ty),
            },
            ExprKind::Is { types, .. } | ExprKind::Quantifier { types, .. } => {
                types.iter().for_each(|path| self.path(path));
            }
            _ => {}
        });
    }

    /// A name where a value or a function is meant.
    fn value(&mut self, path: &Path) {
        let Some((last, before)) = path.segments.split_last() else { return };
        if before.is_empty() {
            let words = ["principal", "action", "resource", "context", "now"];
            if !self.own.contains(&last.text) && !words.contains(&last.text.as_str()) {
                self.path(path);
            }
            return;
        }
        if is_action(before) {
            let mut path = path.clone();
            path.segments.remove(before.len() - 1);
            return self.action_path(&path, last.span);
        }
        let outer = Path { segments: before.to_vec() };
        match lookup(self.declarations, self.module, &outer) {
            Ok(Def::Enum(_)) => self.path(&outer),
            _ => self.path(path),
        }
    }

    fn path(&mut self, path: &Path) {
        if let Ok(def) = lookup(self.declarations, self.module, path)
            && let Some(text) = self.advised.declarations.get(&def)
        {
            self.say(path.span(), &path_text(path), text);
        }
    }

    /// Attributes, which only types tell apart.
    fn bodies(&mut self, database: &dyn salsa::Database, item: SourceItem<'_>) {
        if self.advised.attributes.is_empty() {
            return;
        }
        match &db::parse(database, item).item.kind {
            ItemKind::Fn(_) => {
                db::function(database, item).body.iter().for_each(|checked| self.body(&checked.body));
            }
            ItemKind::Policy(_) | ItemKind::Grant(_) => {
                let rules = db::rules(database, item).rules.iter();
                let spoken = rules.filter(|rule| !rule.allowed.contains(&codes::DEPRECATED));
                for variant in spoken.filter_map(|rule| rule.policy.as_ref()).flat_map(|it| &it.variants) {
                    let args = variant.obligations.iter().flat_map(|call| &call.args);
                    variant.condition.iter().chain(args).for_each(|body| self.body(body));
                }
            }
            _ => {}
        }
    }

    fn body(&mut self, body: &Body) {
        for node in &body.nodes {
            let (Op::Attribute(of, name) | Op::HasAttribute(of, name)) = &node.op else { continue };
            let Some(Type::Entity(types)) = body.nodes.get(of.0 as usize).map(|node| &node.ty) else {
                continue;
            };
            let advised = |ty: EntityTypeId| self.advised.attributes.get(&(ty, name.clone()));
            if let Some(text) = types.iter().find_map(advised) {
                self.say(Span::new(node.span.start, node.span.end), name, text);
            }
        }
    }
}

fn is_action(before: &[assize_lang::ast::Name]) -> bool {
    before.last().is_some_and(|name| name.text == "Action")
}
