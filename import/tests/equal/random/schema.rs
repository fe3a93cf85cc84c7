//! Random schemas.

use super::choices::Choices;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Long,
    String,
    Ip,
    Decimal,
    Datetime,
    Duration,
    Set(Box<Ty>),
    Record(Vec<Field>),
    /// By its place in [`Schema::entities`].
    Entity(usize),
}

/// A field or attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub required: bool,
}

/// An entity type.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Its full name.
    pub name: String,
    pub parents: Vec<usize>,
    pub attributes: Vec<Field>,
    pub tags: Option<Ty>,
    /// The ids of a closed type.
    pub ids: Option<Vec<String>>,
}

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// `N::Action::"view"`
    pub namespace: String,
    pub id: String,
    pub groups: Vec<usize>,
    pub principals: Vec<usize>,
    pub resources: Vec<usize>,
    pub context: Vec<Field>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Schema {
    pub entities: Vec<Entity>,
    pub actions: Vec<Action>,
}

const TYPES: &[&str] = &["User", "Doc", "Team", "Folder", "Ip", "grant", "_x"];
const NAMESPACES: &[&str] = &["", "N", "PhotoBox::In"];
const ACTIONS: &[&str] = &["view", "edit", "read it", "to", "s3:Get*", "all", "é\"x"];
const FIELDS: &[&str] = &["n", "s", "b", "owner", "when", "odd name", "tags", "if", "__t", "é"];

impl Schema {
    pub fn random(choices: &mut Choices) -> Schema {
        let count = 2 + choices.below(4);
        let namespaces = 1 + choices.below(NAMESPACES.len());
        let mut entities: Vec<Entity> = (0..count)
            .map(|nth| {
                let namespace = NAMESPACES[choices.below(namespaces)];
                let name = TYPES[nth];
                let name =
                    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}::{name}") };
                Entity { name, parents: Vec::new(), attributes: Vec::new(), tags: None, ids: None }
            })
            .collect();
        for (nth, entity) in entities.iter_mut().enumerate() {
            if nth >= 2 && choices.once_in(6) {
                entity.ids =
                    Some(["a", "b", "c"][..1 + choices.below(3)].iter().map(|id| (*id).to_owned()).collect());
                continue;
            }
            entity.parents = (0..count).filter(|_| choices.once_in(3)).collect();
            entity.attributes = fields(choices, count, 5, 2);
            if choices.once_in(3) {
                entity.tags = Some(ty(choices, count, 1));
            }
        }
        // A closed type is in nothing, and nothing is in it.
        let closed: Vec<usize> = (0..count).filter(|nth| entities[*nth].ids.is_some()).collect();
        for entity in &mut entities {
            entity.parents.retain(|parent| !closed.contains(parent));
        }
        let mut actions: Vec<Action> = Vec::new();
        for id in &ACTIONS[..1 + choices.below(5)] {
            let types: Vec<usize> = (0..count).collect();
            let pick = |choices: &mut Choices| {
                let mut list = vec![choices.below(count)];
                list.extend(choices.some(&types));
                list.sort_unstable();
                list.dedup();
                list
            };
            let is_group = !actions.is_empty() && choices.once_in(5);
            let (principals, resources) =
                if is_group { (Vec::new(), Vec::new()) } else { (pick(choices), pick(choices)) };
            let context = if is_group { Vec::new() } else { fields(choices, count, 4, 2) };
            let before: Vec<usize> = (0..actions.len()).collect();
            let groups = before.into_iter().filter(|_| choices.once_in(4)).collect();
            let namespace = NAMESPACES[choices.below(namespaces)].to_owned();
            actions.push(Action { namespace, id: (*id).to_owned(), groups, principals, resources, context });
        }
        Schema { entities, actions }
    }

    /// In Cedar's words.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for namespace in NAMESPACES {
            let mut body = String::new();
            for entity in self.entities.iter().filter(|entity| split(&entity.name).0 == *namespace) {
                body.push_str(&self.entity(entity));
            }
            for action in self.actions.iter().filter(|action| action.namespace == *namespace) {
                body.push_str(&self.action(action));
            }
            if body.is_empty() || namespace.is_empty() {
                out.push_str(&body);
            } else {
                out.push_str(&format!("namespace {namespace} {{\n{body}}}\n"));
            }
        }
        out
    }

    fn entity(&self, entity: &Entity) -> String {
        let name = split(&entity.name).1;
        if let Some(ids) = &entity.ids {
            let ids: Vec<String> = ids.iter().map(|id| quoted(id)).collect();
            return format!("entity {name} enum [{}];\n", ids.join(", "));
        }
        let mut text = format!("entity {name}");
        if !entity.parents.is_empty() {
            text.push_str(&format!(" in [{}]", self.list(&entity.parents)));
        }
        text.push_str(&format!(" {}", self.record(&entity.attributes)));
        if let Some(tags) = &entity.tags {
            text.push_str(&format!(" tags {}", self.ty(tags)));
        }
        text + ";\n"
    }

    fn action(&self, action: &Action) -> String {
        let mut text = format!("action {}", quoted(&action.id));
        if !action.groups.is_empty() {
            let groups: Vec<String> = action.groups.iter().map(|group| self.actions[*group].uid()).collect();
            text.push_str(&format!(" in [{}]", groups.join(", ")));
        }
        if !action.principals.is_empty() {
            text.push_str(&format!(
                " appliesTo {{ principal: [{}], resource: [{}], context: {} }}",
                self.list(&action.principals),
                self.list(&action.resources),
                self.record(&action.context)
            ));
        }
        text + ";\n"
    }

    fn list(&self, types: &[usize]) -> String {
        types.iter().map(|ty| self.entities[*ty].name.clone()).collect::<Vec<_>>().join(", ")
    }

    fn record(&self, fields: &[Field]) -> String {
        let field = |field: &Field| {
            format!(
                "{}{}: {}",
                quoted(&field.name),
                if field.required { "" } else { "?" },
                self.ty(&field.ty)
            )
        };
        format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
    }

    fn ty(&self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => "Bool".to_owned(),
            Ty::Long => "Long".to_owned(),
            Ty::String => "String".to_owned(),
            Ty::Ip => "ipaddr".to_owned(),
            Ty::Decimal => "decimal".to_owned(),
            Ty::Datetime => "datetime".to_owned(),
            Ty::Duration => "duration".to_owned(),
            Ty::Set(element) => format!("Set<{}>", self.ty(element)),
            Ty::Record(fields) => self.record(fields),
            Ty::Entity(nth) => self.entities[*nth].name.clone(),
        }
    }

    /// Whether entities of a type can be below those of another.
    pub fn is_below(&self, ty: usize, above: usize) -> bool {
        let mut open = vec![ty];
        let mut seen = vec![false; self.entities.len()];
        while let Some(next) = open.pop() {
            for parent in &self.entities[next].parents {
                if *parent == above {
                    return true;
                }
                if !std::mem::replace(&mut seen[*parent], true) {
                    open.push(*parent);
                }
            }
        }
        false
    }

    /// The actions that are this one or in it.
    pub fn actions_in(&self, group: usize) -> Vec<usize> {
        let is_in = |mut open: Vec<usize>| {
            while let Some(next) = open.pop() {
                if next == group {
                    return true;
                }
                open.extend(&self.actions[next].groups);
            }
            false
        };
        (0..self.actions.len()).filter(|action| is_in(vec![*action])).collect()
    }
}

impl Action {
    pub fn ty(&self) -> String {
        if self.namespace.is_empty() { "Action".to_owned() } else { format!("{}::Action", self.namespace) }
    }

    pub fn uid(&self) -> String {
        format!("{}::{}", self.ty(), quoted(&self.id))
    }
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once("::").unwrap_or(("", name))
}

/// A text as Cedar spells it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn fields(choices: &mut Choices, types: usize, most: usize, depth: usize) -> Vec<Field> {
    let count = choices.below(most + 1);
    let mut fields: Vec<Field> = Vec::new();
    for _ in 0..count {
        let name = (*choices.pick(FIELDS)).to_owned();
        if fields.iter().all(|field| field.name != name) {
            let ty = ty(choices, types, depth);
            fields.push(Field { name, ty, required: !choices.once_in(3) });
        }
    }
    fields
}

fn ty(choices: &mut Choices, types: usize, depth: usize) -> Ty {
    match choices.below(if depth == 0 { 9 } else { 12 }) {
        0 | 1 => Ty::Long,
        2 => Ty::Bool,
        3 => Ty::String,
        4 => Ty::Entity(choices.below(types)),
        5 => Ty::Ip,
        6 => Ty::Decimal,
        7 => Ty::Datetime,
        8 => Ty::Duration,
        9 | 10 => Ty::Set(Box::new(ty(choices, types, depth - 1))),
        _ => Ty::Record(fields(choices, types, 3, depth - 1)),
    }
}
