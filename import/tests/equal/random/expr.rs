//! Random expressions of a type, in Cedar's text, for policies that are about one principal type, one resource type and some actions.

use super::choices::Choices;
use super::data::{DATETIMES, DECIMALS, DURATIONS, IPS, KEYS, LONGS, STRINGS, id};
use super::schema::{Field, Schema, Ty, quoted};

/// What expressions can be made of.
#[derive(Clone, Debug)]
pub struct Scope<'s> {
    pub schema: &'s Schema,
    /// Values that are surely there, with their types.
    pub values: Vec<(String, Ty)>,
    /// Attributes that may be absent: of what, called how.
    pub optional: Vec<(String, Field)>,
    /// Entities with tags of a type.
    pub tagged: Vec<(String, Ty)>,
    /// The actions.
    pub actions: Vec<usize>,
}

impl<'s> Scope<'s> {
    /// Of a policy's head; `None` is a variable of several types.
    pub fn new(
        schema: &'s Schema,
        principal: Option<usize>,
        resource: Option<usize>,
        actions: Vec<usize>,
    ) -> Scope<'s> {
        let mut scope = Scope {
            schema,
            values: Vec::new(),
            optional: Vec::new(),
            tagged: Vec::new(),
            actions: actions.clone(),
        };
        // Only what all contexts have alike can be read of the context.
        let mut context = schema.actions[actions[0]].context.clone();
        context.retain(|field| actions.iter().all(|action| schema.actions[*action].context.contains(field)));
        scope.add_fields("context", &context, 2);
        for (name, ty) in [("principal", principal), ("resource", resource)] {
            if let Some(ty) = ty {
                scope.add(name.to_owned(), Ty::Entity(ty), 3);
            }
        }
        scope
    }

    /// A value, and what can be reached from it.
    fn add(&mut self, path: String, ty: Ty, depth: usize) {
        match &ty {
            Ty::Entity(nth) if depth > 0 => {
                let entity = &self.schema.entities[*nth];
                if let Some(tags) = &entity.tags {
                    self.tagged.push((path.clone(), tags.clone()));
                }
                self.add_fields(&path, &entity.attributes, depth - 1);
            }
            Ty::Record(fields) if depth > 0 => self.add_fields(&path, fields, depth - 1),
            _ => {}
        }
        self.values.push((path, ty));
    }

    fn add_fields(&mut self, of: &str, fields: &[Field], depth: usize) {
        for field in fields {
            if field.required {
                self.add(attribute(of, &field.name), field.ty.clone(), depth);
            } else {
                self.optional.push((of.to_owned(), field.clone()));
            }
        }
    }

    fn with(&self, path: String, ty: Ty) -> Scope<'s> {
        let mut scope = self.clone();
        // What has just become known is what is worth asking about.
        scope.add(path, ty, 2);
        scope
    }
}

fn attribute(of: &str, name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name != "if";
    if is_plain { format!("{of}.{name}") } else { format!("{of}[{}]", quoted(name)) }
}

/// An expression of a type.
pub fn expr(choices: &mut Choices, scope: &Scope<'_>, ty: &Ty, depth: usize) -> String {
    if *ty != Ty::Bool && choices.below(4) < 3 {
        let known: Vec<&String> =
            scope.values.iter().filter(|(_, of)| of == ty).map(|(path, _)| path).collect();
        if !known.is_empty() {
            return known[known.len() - 1 - choices.below(known.len())].clone();
        }
    }
    if depth == 0 {
        return literal(choices, scope, ty, depth);
    }
    if *ty != Ty::Bool && choices.once_in(8) {
        let condition = expr(choices, scope, &Ty::Bool, depth - 1);
        let (a, b) = (expr(choices, scope, ty, depth - 1), expr(choices, scope, ty, depth - 1));
        return format!("(if {condition} then {a} else {b})");
    }
    let down = |choices: &mut Choices, ty: &Ty| expr(choices, scope, ty, depth - 1);
    match ty {
        Ty::Bool => boolean(choices, scope, depth - 1),
        Ty::Long => match choices.below(7) {
            0 | 1 => literal(choices, scope, ty, depth),
            2 => format!("({} + {})", down(choices, ty), down(choices, ty)),
            3 => format!("({} - {})", down(choices, ty), down(choices, ty)),
            4 => format!("({} * {})", down(choices, ty), down(choices, ty)),
            5 => format!("(-{})", down(choices, ty)),
            _ => {
                let units = ["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"];
                let unit = *choices.pick(&units);
                format!("{}.{unit}()", down(choices, &Ty::Duration))
            }
        },
        Ty::Datetime => match choices.below(4) {
            0 | 1 => literal(choices, scope, ty, depth),
            2 => format!("{}.offset({})", down(choices, ty), down(choices, &Ty::Duration)),
            _ => format!("{}.toDate()", down(choices, ty)),
        },
        Ty::Duration => match choices.below(4) {
            0 | 1 => literal(choices, scope, ty, depth),
            2 => format!("{}.durationSince({})", down(choices, &Ty::Datetime), down(choices, &Ty::Datetime)),
            _ => format!("{}.toTime()", down(choices, &Ty::Datetime)),
        },
        _ => literal(choices, scope, ty, depth),
    }
}

fn literal(choices: &mut Choices, scope: &Scope<'_>, ty: &Ty, depth: usize) -> String {
    match ty {
        Ty::Bool => choices.once_in(2).to_string(),
        Ty::Long => format!("({})", choices.pick(LONGS)),
        Ty::String => quoted(choices.pick::<&str>(STRINGS)),
        Ty::Ip => format!("ip(\"{}\")", choices.pick(IPS)),
        Ty::Decimal => format!("decimal(\"{}\")", choices.pick(DECIMALS)),
        Ty::Datetime => format!("datetime(\"{}\")", choices.pick(DATETIMES)),
        Ty::Duration => format!("duration(\"{}\")", choices.pick(DURATIONS)),
        Ty::Set(element) => {
            let count = 1 + choices.below(3);
            let depth = depth.saturating_sub(1);
            let list: Vec<String> = (0..count).map(|_| expr(choices, scope, element, depth)).collect();
            format!("[{}]", list.join(", "))
        }
        Ty::Record(fields) => {
            let depth = depth.saturating_sub(1);
            let field = |field: &Field| {
                format!("{}: {}", quoted(&field.name), expr(choices, scope, &field.ty, depth))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Ty::Entity(nth) => {
            let id = id(choices, scope.schema, *nth);
            format!("{}::{}", scope.schema.entities[*nth].name, quoted(&id))
        }
    }
}

/// A type that some value has, or a simple one.
fn some_type(choices: &mut Choices, scope: &Scope<'_>) -> Ty {
    if !scope.values.is_empty() && choices.below(4) < 3 {
        return choices.pick(&scope.values).1.clone();
    }
    choices.pick(&[Ty::Long, Ty::String, Ty::Bool, Ty::Ip, Ty::Decimal, Ty::Datetime, Ty::Duration]).clone()
}

fn boolean(choices: &mut Choices, scope: &Scope<'_>, depth: usize) -> String {
    let down = |choices: &mut Choices, ty: &Ty| expr(choices, scope, ty, depth);
    match choices.below(22) {
        0 => {
            let known: Vec<&String> =
                scope.values.iter().filter(|(_, ty)| *ty == Ty::Bool).map(|(path, _)| path).collect();
            if known.is_empty() { choices.once_in(2).to_string() } else { (*choices.pick(&known)).clone() }
        }
        1 | 2 => format!("({} && {})", down(choices, &Ty::Bool), down(choices, &Ty::Bool)),
        3 | 4 => format!("({} || {})", down(choices, &Ty::Bool), down(choices, &Ty::Bool)),
        5 => format!("!({})", down(choices, &Ty::Bool)),
        6 => {
            let (a, b, c) = (down(choices, &Ty::Bool), down(choices, &Ty::Bool), down(choices, &Ty::Bool));
            format!("(if {a} then {b} else {c})")
        }
        7 | 8 => {
            let ty = some_type(choices, scope);
            let sign = *choices.pick(&["==", "!="]);
            format!("({} {sign} {})", down(choices, &ty), down(choices, &ty))
        }
        9 => {
            let ty = choices.pick(&[Ty::Long, Ty::Datetime, Ty::Duration]).clone();
            let sign = *choices.pick(&["<", "<=", ">", ">="]);
            format!("({} {sign} {})", down(choices, &ty), down(choices, &ty))
        }
        10 => {
            let name = *choices.pick(&["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]);
            format!("{}.{name}({})", down(choices, &Ty::Decimal), down(choices, &Ty::Decimal))
        }
        11 => {
            let name = *choices.pick(&["isIpv4", "isIpv6", "isLoopback", "isMulticast"]);
            format!("{}.{name}()", down(choices, &Ty::Ip))
        }
        12 => format!("{}.isInRange({})", down(choices, &Ty::Ip), down(choices, &Ty::Ip)),
        13 => {
            let pattern =
                *choices.pick(&["*", "", "a*", "*b", r"a\*b", r"*\\*", "**a**", "*é*", r"\u{61}b", "a?b"]);
            format!("({} like \"{pattern}\")", down(choices, &Ty::String))
        }
        14 | 15 => {
            let element = match some_type(choices, scope) {
                Ty::Set(element) => *element,
                other => other,
            };
            let set = Ty::Set(Box::new(element.clone()));
            match choices.below(4) {
                0 => format!("{}.contains({})", down(choices, &set), down(choices, &element)),
                1 => format!("{}.containsAll({})", down(choices, &set), down(choices, &set)),
                2 => format!("{}.containsAny({})", down(choices, &set), down(choices, &set)),
                _ => format!("{}.isEmpty()", down(choices, &set)),
            }
        }
        16 => {
            let types = scope.schema.entities.len();
            let (one, other) = (choices.below(types), choices.below(types));
            let one = down(choices, &Ty::Entity(one));
            if choices.once_in(2) {
                format!("({one} in {})", down(choices, &Ty::Set(Box::new(Ty::Entity(other)))))
            } else {
                format!("({one} in {})", down(choices, &Ty::Entity(other)))
            }
        }
        17 => variable(choices, scope, depth),
        18 | 19 => {
            if scope.optional.is_empty() {
                return down(choices, &Ty::Bool);
            }
            let (of, field) = choices.pick(&scope.optional).clone();
            let path = attribute(&of, &field.name);
            let is_plain =
                field.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && field.name != "if";
            let name = if is_plain { field.name.clone() } else { quoted(&field.name) };
            guarded(choices, scope, &format!("{of} has {name}"), path, field.ty, depth)
        }
        _ => {
            if scope.tagged.is_empty() {
                return down(choices, &Ty::Bool);
            }
            let (of, ty) = choices.pick(&scope.tagged).clone();
            let key = if choices.once_in(3) {
                down(choices, &Ty::String)
            } else {
                quoted(choices.pick::<&str>(KEYS))
            };
            guarded(choices, scope, &format!("{of}.hasTag({key})"), format!("{of}.getTag({key})"), ty, depth)
        }
    }
}

/// A question for what may be absent, and what is said of it where it is there.
fn guarded(
    choices: &mut Choices,
    scope: &Scope<'_>,
    guard: &str,
    path: String,
    ty: Ty,
    depth: usize,
) -> String {
    let shape = choices.below(4);
    if shape == 0 {
        return format!("({guard})");
    }
    let known = scope.with(path.clone(), ty.clone());
    let then = match choices.below(3) {
        0 => expr(choices, &known, &Ty::Bool, depth),
        _ if ty == Ty::Bool => path,
        _ => format!("({path} == {})", expr(choices, &known, &ty, depth)),
    };
    match shape {
        1 | 2 => format!("({guard} && {then})"),
        _ => format!("(if {guard} then {then} else {})", expr(choices, scope, &Ty::Bool, depth)),
    }
}

/// Questions that a variable of several types can be asked.
fn variable(choices: &mut Choices, scope: &Scope<'_>, depth: usize) -> String {
    let types = scope.schema.entities.len();
    let name = *choices.pick(&["principal", "resource"]);
    let ty = choices.below(types);
    match choices.below(7) {
        0 => format!("({name} == {})", expr(choices, scope, &Ty::Entity(ty), depth)),
        1 => format!("({name} in {})", expr(choices, scope, &Ty::Entity(ty), depth)),
        2 => format!("({name} is {})", scope.schema.entities[ty].name),
        3 => format!(
            "({name} is {} in {})",
            scope.schema.entities[ty].name,
            expr(choices, scope, &Ty::Entity(ty), depth)
        ),
        4 => {
            let action = scope.schema.actions[*choices.pick(&scope.actions)].uid();
            format!("(action == {action})")
        }
        5 => {
            let action = choices.below(scope.schema.actions.len());
            format!("(action in [{}])", scope.schema.actions[action].uid())
        }
        _ => "(principal == resource)".to_owned(),
    }
}
