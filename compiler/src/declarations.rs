//! What the declarations of a package mean: the result of resolving names, before any condition is checked.
//!
//! There are no spans in here, so that moving a declaration changes nothing for those that use it. A finding that wants to point
//! at a declaration names its [`Def`] (see [`Finding::related`]); the place is looked up when the finding is reported.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::Diagnostic;
use assize_runtime::Value;
use assize_runtime::fit::ancestor_types;
use assize_runtime::types::{
    ActionId, EntityTypeId, EntityTypes, EnumId, GrantId, ObligationId, Schema, Type,
};
use indexmap::IndexMap;
use smol_str::{SmolStr, format_smolstr};

/// Something that a name can mean.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Def {
    /// An entity type.
    EntityType(EntityTypeId),
    /// An enum.
    Enum(EnumId),
    /// A `type`: index into [`Declarations::aliases`].
    Alias(u32),
    /// An action or action group.
    Action(ActionId),
    /// Index into [`Declarations::params`].
    Param(u32),
    /// Index into [`Declarations::consts`].
    Const(u32),
    /// Index into [`Declarations::functions`].
    Function(u32),
    /// A grant.
    Grant(GrantId),
    /// An obligation.
    Obligation(ObligationId),
    /// A module: index into [`Declarations::modules`].
    Module(u32),
    /// Nothing that a name means: a place in a `use`, for findings that point there.
    Use(u32),
}

/// The signature of a `param` or `const`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueSignature {
    /// With its module.
    pub name: SmolStr,
    /// Its declared type.
    pub ty: Type,
    /// Of a `const`, its value (params are bound later); `None` where it had an error.
    pub value: Option<Value>,
}

/// The signature of a `fn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FnSignature {
    /// With its module.
    pub name: SmolStr,
    /// Names and types of its parameters.
    pub params: Vec<(SmolStr, Type)>,
    /// Its result type.
    pub result: Type,
}

/// The names that one module can use: its own, those of `use`, and the names of other modules by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// `a::b`; empty for files without a `module` header.
    pub path: SmolStr,
    /// Names declared here or brought in by `use`; types and values share one name space, except that actions have their own
    /// (`actions`), since any word may be an action.
    pub names: IndexMap<SmolStr, Def>,
    /// Actions by bare name.
    pub actions: IndexMap<SmolStr, ActionId>,
}

/// Everything that conditions can refer to. Built even when some declarations have errors: those are left out of `names`
/// consistently (`broken`), so that one mistake gives one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declarations {
    /// Types, actions, grants, obligations.
    pub schema: Schema,
    /// Sorted by path.
    pub modules: Vec<Module>,
    /// The path of the module that declares each action.
    pub action_modules: Vec<SmolStr>,
    /// Meaning of each `type`.
    pub aliases: Vec<(SmolStr, Option<Type>)>,
    /// By index.
    pub params: Vec<ValueSignature>,
    /// By index.
    pub consts: Vec<ValueSignature>,
    /// By index. Functions may be declared in any order; lowering sorts them, callees first.
    pub functions: Vec<FnSignature>,
    /// Names whose declaration had an error, bare and with their module: a use of one is not reported again. The empty name
    /// stands for one that is not known.
    pub broken: BTreeSet<SmolStr>,
    /// Entity types whose parents had an error: what they can be in is not known.
    pub lost_parents: BTreeSet<EntityTypeId>,
}

impl Declarations {
    /// Whether a part of the declaration called `name` could not be read, so that it may have more than is known.
    pub fn is_unread(&self, name: &str) -> bool {
        let bare = name.rsplit("::").next().unwrap_or_default();
        !self.broken.is_empty() && self.broken.contains(format_smolstr!("{bare}.").as_str())
    }

    /// Whether an error hides what some entity of these types can be in, so that nothing can be said about it.
    pub fn has_lost_parents(&self, types: &EntityTypes) -> bool {
        let is_lost = |ty: EntityTypeId| self.lost_parents.contains(&ty);
        !self.lost_parents.is_empty()
            && (types.iter().any(is_lost)
                || ancestor_types(&self.schema, types.iter()).into_iter().any(is_lost))
    }

    /// The module with this full path.
    pub fn module(&self, path: &str) -> Option<u32> {
        self.modules.binary_search_by(|module| module.path.as_str().cmp(path)).ok().map(|at| at as u32)
    }

    /// The name of what `def` means, with its module.
    pub fn qualified_name(&self, def: &Def) -> Option<&SmolStr> {
        match *def {
            Def::EntityType(id) => self.schema.entity_types.get(id.index()).map(|it| &it.name),
            Def::Enum(id) => self.schema.enums.get(id.index()).map(|it| &it.name),
            Def::Action(id) => self.schema.actions.get(id.index()).map(|it| &it.name),
            Def::Grant(id) => self.schema.grants.get(id.index()).map(|it| &it.name),
            Def::Obligation(id) => self.schema.obligations.get(id.index()).map(|it| &it.name),
            Def::Alias(at) => self.aliases.get(at as usize).map(|(name, _)| name),
            Def::Param(at) => self.params.get(at as usize).map(|it| &it.name),
            Def::Const(at) => self.consts.get(at as usize).map(|it| &it.name),
            Def::Function(at) => self.functions.get(at as usize).map(|it| &it.name),
            Def::Module(at) => self.modules.get(at as usize).map(|it| &it.path),
            Def::Use(_) => None,
        }
    }

    /// Whether that module itself declares `def`, rather than bringing it in with `use`.
    pub fn is_declared_in(&self, def: &Def, module: u32) -> bool {
        let Some(module) = self.modules.get(module as usize) else { return false };
        let Some(name) = self.qualified_name(def) else { return false };
        match (def, module.path.as_str()) {
            (Def::Module(_), _) => false,
            // Names of actions are any text, so `::` in one says nothing about modules.
            (Def::Action(id), _) => self.action_modules.get(id.index()) == Some(&module.path),
            (_, "") => !name.contains("::"),
            (_, path) => name
                .strip_prefix(path)
                .and_then(|rest| rest.strip_prefix("::"))
                .is_some_and(|bare| !bare.contains("::")),
        }
    }
}

/// A diagnostic of an item, with places in other items still symbolic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Spans count from the start of the item.
    pub diagnostic: Diagnostic,
    /// Secondary labels at declarations: "`level` is declared here".
    pub related: Vec<(Def, String)>,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        Finding { diagnostic, related: Vec::new() }
    }
}

/// Shared, since every check reads it.
pub type SharedDeclarations = Arc<Declarations>;

/// What a module's own declaration of this name is: not what `use` brought in.
pub fn own(declarations: &Declarations, module: u32, name: &str) -> Option<Def> {
    let def = declarations.modules.get(module as usize)?.names.get(name)?;
    declarations.is_declared_in(def, module).then(|| def.clone())
}
