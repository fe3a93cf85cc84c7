//! From arguments to answers.

use std::io::{self, IsTerminal, Write};

use assize_runtime::engine::{ActionsInContext, Engine, EntitiesInContext, InContext};
use assize_runtime::json::RequestError;
use assize_runtime::names::{closest, read_entity};
use assize_runtime::types::EntityTypeId;
use indicatif::{ProgressBar, ProgressStyle};

use super::show::{Answer, Table};
use crate::args::{ActionsArgs, AnyFormat, AskingArgs, Format, WhatCanArgs, WhoCanArgs};
use crate::clock;
use crate::commands::decide::request::one_value;
use crate::exit::{Exit, Stop};
use crate::package::Package;

/// A package with its data, and what its answers are for.
struct Asking<'a> {
    args: &'a AskingArgs,
    package: Package,
    engine: Engine,
    given: InContext,
}

impl<'a> Asking<'a> {
    fn new(args: &'a AskingArgs, format: AnyFormat) -> Result<Self, Stop> {
        let now = args.now.as_deref().map(clock::read).transpose()?;
        let context = args.context.as_deref().map(|given| one_value("context", given)).transpose()?;
        if args.limit == Some(0) {
            return Err(Stop::usage("`--limit 0` asks for nothing").help("leave it out to get all answers"));
        }
        let package = Package::at(&args.package, format.plain().unwrap_or(Format::Human))?;
        let mut files = if args.no_package_data { Vec::new() } else { package.data_files.clone() };
        files.extend(args.data.iter().cloned());
        let now = now.unwrap_or_else(|| package.now());
        let data = package.load_data(&files, now)?;
        let engine = package.engine(args.engine.into(), data)?;
        let given = InContext::json(context.unwrap_or_else(|| "{}".to_owned())).at(now);
        Ok(Asking { args, package, engine, given })
    }

    /// What an entity on the command line lacks to be asked about.
    fn unknown(&self, (ty, id): (&str, &str)) -> Stop {
        let program = self.engine.program();
        let spelt = assize_runtime::names::spell_entity(ty, id);
        let Ok(ty) = program.names().entity_types.get(ty) else {
            return Stop::usage(format!("there is no entity `{spelt}`"));
        };
        let ty = EntityTypeId(ty);
        if program.schema.entity_types.get(ty.index()).is_some_and(|declared| declared.external) {
            return Stop::usage(format!("`{spelt}` is of an external type: it comes with each request"))
                .help("decide a request with it: `assize decide --entities ..`");
        }
        let data = self.engine.data();
        let stop = Stop::usage(format!("the data holds no `{spelt}`"));
        match closest(id, data.entities(ty).map(|(id, _)| id.as_str())) {
            Some(other) => {
                let other = assize_runtime::names::spell_entity(program.names().entity_type(ty), other);
                stop.help(format!("did you mean `{other}`?"))
            }
            None => stop
                .help("what the data does not know has no answers: name its data files with `--data FILE`"),
        }
    }
}

/// Type and id of an entity on the command line.
pub fn entity(text: &str) -> Result<(&str, smol_str::SmolStr), Stop> {
    read_entity(text).ok_or_else(|| {
        Stop::usage(format!("`{text}` is no entity"))
            .help("write its type and its id, in single quotes for the shell: `'User::\"ann\"'`")
    })
}

pub fn refused(error: RequestError) -> Stop {
    let stop = Stop::usage(format!("this question makes no sense: {error}"));
    if error.path == "context" && error.message.ends_with("is missing") {
        return stop.help("answers are for one context: give it with `--context '{..}'`");
    }
    stop
}

/// `assize query who-can`
pub fn who_can(args: &WhoCanArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    let (ty, id) = entity(&args.resource)?;
    let asking = Asking::new(&args.asking, format)?;
    let answers = asking.engine.who_can(&args.action, (ty, &id), &asking.given).map_err(refused)?;
    if !answers.is_known() {
        return Err(asking.unknown((ty, &id)));
    }
    entities(&asking, answers, args.ty.as_deref(), format, out)
}

/// `assize query what-can`
pub fn what_can(args: &WhatCanArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    let (ty, id) = entity(&args.principal)?;
    let asking = Asking::new(&args.asking, format)?;
    let answers = asking.engine.what_can((ty, &id), &args.action, &asking.given).map_err(refused)?;
    if !answers.is_known() {
        return Err(asking.unknown((ty, &id)));
    }
    entities(&asking, answers, args.ty.as_deref(), format, out)
}

fn entities(
    asking: &Asking<'_>,
    mut answers: EntitiesInContext,
    ty: Option<&str>,
    format: AnyFormat,
    out: &mut impl Write,
) -> Result<Exit, Stop> {
    if let Some(ty) = ty {
        answers = answers.of_type(ty).map_err(refused)?;
    }
    if let Some(after) = &asking.args.after {
        answers = answers.after(after).map_err(refused)?;
    }
    let program = answers.program().clone();
    let mut table = Table::new(out, format, &program, &asking.package, "entity")?;
    let progress = progress();
    let limit = asking.args.limit.unwrap_or(usize::MAX);
    let (mut shown, mut last) = (0, None);
    // One more than is shown tells whether there are more.
    let more = loop {
        let ready = answers.advance();
        progress.set_length((answers.decided() + answers.left()) as u64);
        progress.set_position(answers.decided() as u64);
        if !ready {
            break false;
        }
        let mut full = false;
        while answers.has_ready() && !full {
            full = shown == limit;
            if let Some(found) = answers.next().filter(|_| !full) {
                let report = asking.args.reasons.then(|| answers.report(&found.subject));
                let names = program.names();
                let answer = Answer {
                    ty: names.entity_type(found.subject.ty),
                    id: &found.subject.id,
                    decision: &found.decision,
                    report,
                };
                progress.suspend(|| table.answer(&answer))?;
                last = Some(answers.cursor(&found.subject));
                shown += 1;
            }
        }
        if full {
            break true;
        }
    };
    progress.finish_and_clear();
    let decided = answers.decided();
    table.end(answers.now(), last.filter(|_| more).as_deref(), Some(decided), &[])?;
    Ok(Exit::Success)
}

/// `assize query actions`
pub fn actions(args: &ActionsArgs, format: AnyFormat, out: &mut impl Write) -> Result<Exit, Stop> {
    let (principal, resource) = (entity(&args.principal)?, entity(&args.resource)?);
    let asking = Asking::new(&args.asking, format)?;
    let (principal, resource) = ((principal.0, principal.1.as_str()), (resource.0, resource.1.as_str()));
    let mut answers: ActionsInContext =
        asking.engine.permitted_actions(principal, resource, &asking.given).map_err(refused)?;
    match answers.are_known() {
        (false, _) => return Err(asking.unknown(principal)),
        (_, false) => return Err(asking.unknown(resource)),
        _ => {}
    }
    if let Some(after) = &args.asking.after {
        answers = answers.after(after);
    }
    let program = answers.program().clone();
    let mut table = Table::new(out, format, &program, &asking.package, "action")?;
    let page = answers.page(args.asking.limit.unwrap_or(usize::MAX));
    for found in &page.items {
        let report = args.asking.reasons.then(|| answers.report(found.subject)).flatten();
        let id = program.names().action(found.subject);
        table.answer(&Answer { ty: "", id, decision: &found.decision, report })?;
    }
    let not_asked: Vec<_> = answers
        .not_asked()
        .iter()
        .map(|left_out| (program.names().action(left_out.action), left_out.why.to_string()))
        .collect();
    table.end(answers.now(), page.next.as_deref(), None, &not_asked)?;
    Ok(Exit::Success)
}

/// A bar on standard error if that is a terminal and the answers go elsewhere.
fn progress() -> ProgressBar {
    if io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} candidates");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
