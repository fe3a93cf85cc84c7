//! A schema of Cedar, with every name looked up.

use cedar_policy::SchemaFragment;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::{Refusal, Text};

/// A type. Names are full: `Photos::User`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Long,
    String,
    Ipaddr,
    Decimal,
    Datetime,
    Duration,
    Set(Box<Ty>),
    Record(Vec<Field>),
    Entity(String),
    /// A type with a name: see [`Schema::commons`].
    Common(String),
}

/// A field of a record, or an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub required: bool,
}

/// An entity type.
#[derive(Clone, Debug)]
pub struct Entity {
    pub parents: Vec<String>,
    pub attributes: Vec<Field>,
    pub tags: Option<Ty>,
    /// The ids of an enumerated type.
    pub variants: Option<Vec<String>>,
    pub doc: Option<String>,
}

/// An action, by namespace and id.
pub type ActionName = (String, String);

/// What an action is for.
#[derive(Clone, Debug)]
pub struct Action {
    /// The groups that it is directly in.
    pub groups: Vec<ActionName>,
    pub applies: Option<Applies>,
    pub doc: Option<String>,
}

/// Who may be asked about, on what, in which context.
#[derive(Clone, Debug)]
pub struct Applies {
    pub principals: Vec<String>,
    pub resources: Vec<String>,
    pub context: Ty,
}

/// All that a schema declares, in the order of its text where it has one.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub commons: IndexMap<String, Ty>,
    pub entities: IndexMap<String, Entity>,
    pub actions: IndexMap<ActionName, Action>,
}

impl Schema {
    /// Reads either form; what Cedar refuses is refused.
    pub fn read(text: Text<'_>) -> Result<Schema, Refusal> {
        let json = if text.text.trim_start().starts_with('{') {
            serde_json::from_str(text.text).map_err(|error| Refusal::one(text.name, error.to_string()))?
        } else {
            let (fragment, _) = SchemaFragment::from_cedarschema_str(text.text)
                .map_err(|error| Refusal::one(text.name, with_causes(&error)))?;
            fragment.to_json_value().map_err(|error| Refusal::one(text.name, with_causes(&error)))?
        };
        let mut reader = Reader { file: text.name, declared: Declared::default(), schema: Schema::default() };
        reader.read(&json)?;
        let mut schema = reader.schema;
        if !text.text.trim_start().starts_with('{') {
            schema.order_as_in(text.text);
        }
        Ok(schema)
    }

    /// The type behind a name.
    pub fn meaning<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        let mut ty = ty;
        // A chain of names ends: Cedar has refused cycles, or will.
        for _ in 0..=self.commons.len() {
            match ty {
                Ty::Common(name) => match self.commons.get(name) {
                    Some(meaning) => ty = meaning,
                    None => return ty,
                },
                _ => return ty,
            }
        }
        ty
    }

    /// The fields of a record type.
    pub fn fields<'a>(&'a self, ty: &'a Ty) -> &'a [Field] {
        match self.meaning(ty) {
            Ty::Record(fields) => fields,
            _ => &[],
        }
    }

    /// Actions that are `group` or in it, through any number of steps.
    pub fn actions_in<'a>(&'a self, group: &ActionName) -> Vec<&'a ActionName> {
        self.actions.keys().filter(|action| self.is_in(action, group)).collect()
    }

    /// Whether an action is declared here: one that neither applies to anything nor groups what does is not.
    pub fn is_declared(&self, action: &ActionName) -> bool {
        let applies =
            |action: &ActionName| self.actions.get(action).is_some_and(|action| action.applies.is_some());
        self.actions_in(action).into_iter().any(applies)
    }

    /// Whether entities of a type can be below those of another.
    pub fn is_below(&self, ty: &str, above: &str) -> bool {
        let mut open = vec![ty];
        let mut seen = Vec::new();
        while let Some(next) = open.pop() {
            for parent in self.entities.get(next).into_iter().flat_map(|entity| &entity.parents) {
                if parent == above {
                    return true;
                }
                if !seen.contains(&parent) {
                    seen.push(parent);
                    open.push(parent);
                }
            }
        }
        false
    }

    fn is_in(&self, action: &ActionName, group: &ActionName) -> bool {
        let mut open = vec![action];
        let mut seen = Vec::new();
        while let Some(next) = open.pop() {
            if next == group {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(self.actions.get(next).into_iter().flat_map(|action| &action.groups));
            }
        }
        false
    }

    /// Cedar's form in JSON is sorted by name; people read the order in which they wrote.
    fn order_as_in(&mut self, text: &str) {
        let places = |text: &str| -> IndexMap<String, usize> {
            let mut places = IndexMap::new();
            for (at, word) in words(text) {
                places.entry(word.to_owned()).or_insert(at);
            }
            places
        };
        let known = places(text);
        let at = |name: &str| {
            let last = name.rsplit("::").next().unwrap_or(name);
            known.get(last).copied().unwrap_or(usize::MAX)
        };
        // The first time that a name is seen it is often used, not declared: declarations have a word before them.
        let declared = |keyword: &str, name: &str| {
            let last = name.rsplit("::").next().unwrap_or(name);
            declared_at(text, keyword, last).unwrap_or_else(|| at(name))
        };
        self.commons.sort_by_cached_key(|name, _| declared("type", name));
        self.entities.sort_by_cached_key(|name, _| declared("entity", name));
        self.actions.sort_by_cached_key(|(_, name), _| declared("action", name));
    }
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    text.split(move |character| !is_word(character))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

/// Where `keyword a, b, name` begins to name it.
fn declared_at(text: &str, keyword: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(keyword) {
        let start = from + found + keyword.len();
        let list = text.get(start..)?;
        let end = list.find(['{', ';', '=', '[']).unwrap_or(list.len());
        let list = list.get(..end)?;
        let list = list.split(" appliesTo").next().unwrap_or(list).split(" in ").next().unwrap_or(list);
        for part in list.split(',') {
            let part = part.trim();
            if part == name || part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) == Some(name) {
                return Some(part.as_ptr() as usize - text.as_ptr() as usize);
            }
        }
        from = start;
    }
    None
}

/// An error with what caused it.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Which names there are, before any is looked up.
#[derive(Default)]
struct Declared {
    commons: Vec<String>,
    entities: Vec<String>,
    actions: Vec<ActionName>,
}

struct Reader<'a> {
    file: &'a str,
    declared: Declared,
    schema: Schema,
}

fn full(namespace: &str, name: &str) -> String {
    if namespace.is_empty() || name.contains("::") { name.to_owned() } else { format!("{namespace}::{name}") }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

impl Reader<'_> {
    fn read(&mut self, json: &Value) -> Result<(), Refusal> {
        let namespaces =
            json.as_object().ok_or_else(|| self.refuse("a schema is an object of namespaces"))?;
        for (namespace, body) in namespaces {
            self.declared
                .commons
                .extend(object(body.get("commonTypes")).map(|(name, _)| full(namespace, name)));
            self.declared
                .entities
                .extend(object(body.get("entityTypes")).map(|(name, _)| full(namespace, name)));
        }
        for (namespace, body) in namespaces {
            for (name, ty) in object(body.get("commonTypes")) {
                let ty = self.ty(ty, namespace)?;
                self.schema.commons.insert(full(namespace, name), ty);
            }
        }
        for (namespace, body) in namespaces {
            for (name, entity) in object(body.get("entityTypes")) {
                let entity = self.entity(entity, namespace)?;
                self.schema.entities.insert(full(namespace, name), entity);
            }
            for (name, action) in object(body.get("actions")) {
                let action = self.action(action, namespace)?;
                self.schema.actions.insert((namespace.clone(), name.clone()), action);
            }
        }
        Ok(())
    }

    fn refuse(&self, message: impl Into<String>) -> Refusal {
        Refusal::one(self.file, message)
    }

    fn entity(&self, json: &Value, namespace: &str) -> Result<Entity, Refusal> {
        let parents = strings(json.get("memberOfTypes"))
            .map(|name| self.entity_name(name, namespace))
            .collect::<Result<_, _>>()?;
        let attributes = match json.get("shape") {
            None => Vec::new(),
            Some(shape) => {
                let shape = self.ty(shape, namespace)?;
                match self.schema.meaning(&shape) {
                    Ty::Record(fields) => fields.clone(),
                    _ => return Err(self.refuse("the shape of an entity type is no record")),
                }
            }
        };
        let tags = json.get("tags").map(|tags| self.ty(tags, namespace)).transpose()?;
        let variants = json.get("enum").map(|ids| strings(Some(ids)).map(str::to_owned).collect());
        Ok(Entity { parents, attributes, tags, variants, doc: doc(json) })
    }

    fn action(&self, json: &Value, namespace: &str) -> Result<Action, Refusal> {
        if object(json.get("attributes")).next().is_some() {
            return Err(self.refuse("actions have no attributes in Assize"));
        }
        let groups = json.get("memberOf").and_then(Value::as_array).into_iter().flatten();
        let groups = groups
            .map(|group| {
                let id = group.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                // `Action` alone is the namespace's own, or else that of no namespace.
                let own = self.declared.actions.contains(&(namespace.to_owned(), id.clone()));
                let of = match group.get("type").and_then(Value::as_str).map(|ty| ty.rsplit_once("::")) {
                    Some(Some((of, _))) => of.to_owned(),
                    Some(None) if !own => String::new(),
                    _ => namespace.to_owned(),
                };
                (of, id)
            })
            .collect();
        let applies = match json.get("appliesTo") {
            None | Some(Value::Null) => None,
            Some(applies) => {
                let types = |key: &str| -> Result<Vec<String>, Refusal> {
                    strings(applies.get(key)).map(|name| self.entity_name(name, namespace)).collect()
                };
                let context = match applies.get("context") {
                    None => Ty::Record(Vec::new()),
                    Some(context) => self.ty(context, namespace)?,
                };
                let (principals, resources) = (types("principalTypes")?, types("resourceTypes")?);
                (!principals.is_empty() && !resources.is_empty()).then_some(Applies {
                    principals,
                    resources,
                    context,
                })
            }
        };
        Ok(Action { groups, applies, doc: doc(json) })
    }

    fn entity_name(&self, name: &str, namespace: &str) -> Result<String, Refusal> {
        [full(namespace, name), name.to_owned()]
            .into_iter()
            .find(|name| self.declared.entities.contains(name))
            .ok_or_else(|| self.refuse(format!("no entity type is called `{name}`")))
    }

    fn ty(&self, json: &Value, namespace: &str) -> Result<Ty, Refusal> {
        let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
        let name = json.get("name").and_then(Value::as_str).unwrap_or_default();
        Ok(match kind {
            "Set" => {
                let element =
                    json.get("element").ok_or_else(|| self.refuse("a set type has no element type"))?;
                Ty::Set(Box::new(self.ty(element, namespace)?))
            }
            "Record" => {
                if json.get("additionalAttributes").and_then(Value::as_bool) == Some(true) {
                    return Err(self.refuse("records with unknown fields have no equal in Assize"));
                }
                Ty::Record(self.fields(json.get("attributes").and_then(Value::as_object), namespace)?)
            }
            "Entity" => Ty::Entity(self.entity_name(name, namespace)?),
            "EntityOrCommon" | "Extension" => self.named(name, namespace)?,
            name => self.named(name, namespace)?,
        })
    }

    fn fields(&self, fields: Option<&Map<String, Value>>, namespace: &str) -> Result<Vec<Field>, Refusal> {
        let field = |(name, json): (&String, &Value)| {
            Ok(Field {
                name: name.clone(),
                ty: self.ty(json, namespace)?,
                required: json.get("required").and_then(Value::as_bool).unwrap_or(true),
            })
        };
        fields.into_iter().flatten().map(field).collect()
    }

    /// A name of a type as Cedar looks it up: the namespace's own, then those without one, then those of the language.
    fn named(&self, name: &str, namespace: &str) -> Result<Ty, Refusal> {
        for name in [full(namespace, name), name.to_owned()] {
            if self.declared.commons.contains(&name) {
                return Ok(Ty::Common(name));
            }
            if self.declared.entities.contains(&name) {
                return Ok(Ty::Entity(name));
            }
        }
        Ok(match name.strip_prefix("__cedar::").unwrap_or(name) {
            "Bool" | "Boolean" => Ty::Bool,
            "Long" => Ty::Long,
            "String" => Ty::String,
            "ipaddr" => Ty::Ipaddr,
            "decimal" => Ty::Decimal,
            "datetime" => Ty::Datetime,
            "duration" => Ty::Duration,
            _ => return Err(self.refuse(format!("no type is called `{name}`"))),
        })
    }
}

fn doc(json: &Value) -> Option<String> {
    json.get("annotations")?.get("doc")?.as_str().map(str::to_owned)
}
