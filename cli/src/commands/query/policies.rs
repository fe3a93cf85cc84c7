//! `assize query policies`: which policies have to do with an entity, an action or a control.

use std::io::Write;

use assize_compiler::names::suggest;
use assize_runtime::engine::Touch;
use assize_runtime::program::{Effect, Policy};
use assize_runtime::types::ActionId;
use assize_runtime::{EngineKind, Verified};
use serde_json::{Value, json};

use super::ask::{entity, refused};
use super::csv;
use crate::args::{AnyFormat, Format, PoliciesArgs};
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::package::Package;

/// Prints the policies to which all that is asked for applies.
pub fn run(args: &PoliciesArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    let now = args.now.as_deref().map(clock::read).transpose()?;
    let package = Package::at(&args.package, format.plain().unwrap_or(Format::Human))?;
    let program = &package.program;
    let touches = match &args.entity {
        Some(name) => Some(touches(args, name, &package, now.unwrap_or_else(|| package.now()))?),
        None => None,
    };
    let actions = args.action.as_deref().map(|name| actions(program, name)).transpose()?;
    let mut found: Vec<(u32, &Policy, Option<Touch>)> = Vec::new();
    for (index, policy) in program.policies.iter().enumerate() {
        let index = index as u32;
        let touch = touches.as_ref().map(|touches| touches.iter().find(|touch| touch.policy == index));
        if touch == Some(None) {
            continue;
        }
        let for_action = actions
            .as_ref()
            .is_none_or(|actions| policy.actions.iter().any(|action| actions.contains(action)));
        let serves = args.control.as_ref().is_none_or(|wanted| {
            controls(policy).any(|control| {
                control == wanted || control.split_once(':').is_some_and(|(framework, _)| framework == wanted)
            })
        });
        if for_action && serves {
            found.push((index, policy, touch.flatten().copied()));
        }
    }
    match format {
        AnyFormat::Json => {
            let rows = found.iter().map(|(index, policy, touch)| {
                let mut row = json!({
                    "policy": policy.id.as_str(),
                    "effect": effect(policy),
                    "place": package.place_of(*index),
                    "controls": controls(policy).collect::<Vec<_>>(),
                });
                if let Some(touch) = touch {
                    row["entity"] = ways(touch).into();
                }
                row
            });
            writeln!(out, "{:#}", Value::from_iter(rows))?;
        }
        AnyFormat::Csv => {
            csv::write_line(out, &["policy", "effect", "place", "controls", "entity"])?;
            for (index, policy, touch) in &found {
                let place = package.place_of(*index).unwrap_or_default();
                let controls = controls(policy).collect::<Vec<_>>().join("; ");
                let ways = touch.as_ref().map(ways).unwrap_or_default().join("; ");
                csv::write_line(out, &[&policy.id, effect(policy), &place, &controls, &ways])?;
            }
        }
        _ => {
            for (index, policy, touch) in &found {
                let place = package.place_of(*index).map(|place| format!("  ({place})")).unwrap_or_default();
                let ways = touch.as_ref().map(|touch| format!("  {}", ways(touch).join(", ")));
                writeln!(out, "{}  {}{}{place}", policy.id, effect(policy), ways.unwrap_or_default())?;
            }
            if found.is_empty() {
                writeln!(out, "no policy")?;
            }
        }
    }
    Ok(Exit::Success)
}

/// What each policy has to do with the entity, as its data and its params are.
fn touches(args: &PoliciesArgs, name: &str, package: &Package, now: i64) -> Result<Vec<Touch>, Stop> {
    let (ty, id) = entity(name)?;
    let mut files = if args.no_package_data { Vec::new() } else { package.data_files.clone() };
    files.extend(args.data.iter().cloned());
    let data = package.load_data(&files, now)?;
    // Nothing is decided.
    let engine = package.engine(EngineKind::Interpreter, data)?;
    engine.policies_touching_at((ty, &id), now).map_err(refused)
}

/// The action of this name, and what it includes.
fn actions<'p>(program: &'p Verified, name: &str) -> Result<&'p [ActionId], Stop> {
    let names = program.names();
    let action = names.actions.get(name).map_err(|_| {
        let stop = Stop::usage(format!("there is no single action `{name}`"));
        let all: Vec<_> = (0..program.schema.actions.len() as u32).map(ActionId).collect();
        match suggest(name, all.iter().map(|action| names.action(*action))) {
            Some(other) => stop.help(format!("did you mean `{other}`?")),
            None => stop,
        }
    })?;
    Ok(program.schema.actions.get(action as usize).map_or(&[][..], |action| action.includes.as_slice()))
}

/// What `@control` says.
pub fn controls(policy: &Policy) -> impl Iterator<Item = &str> {
    let annotations = policy.annotations.iter().filter(|(name, _)| name == "control");
    annotations.flat_map(|(_, values)| values.iter().map(|value| value.as_str()))
}

/// With whether it has any.
pub fn effect(policy: &Policy) -> &'static str {
    match (policy.effect, policy.trial) {
        (Effect::Allow, false) => "allow",
        (Effect::Deny, false) => "deny",
        (Effect::Allow, true) => "trial allow",
        (Effect::Deny, true) => "trial deny",
    }
}

fn ways(touch: &Touch) -> Vec<&'static str> {
    let ways =
        [(touch.as_principal, "as principal"), (touch.as_resource, "as resource"), (touch.named, "named")];
    ways.into_iter().filter(|(is_so, _)| *is_so).map(|(_, way)| way).collect()
}
