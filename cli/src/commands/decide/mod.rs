//! `assize decide`: one request from flags, or a file of them.

mod answer;
#[cfg(feature = "cedar")]
mod cedar;
#[cfg(not(feature = "cedar"))]
#[path = "no_cedar.rs"]
mod cedar;
pub mod request;
mod stream;

use std::io::{self, Write};

use answer::Answers;

use crate::args::{DecideArgs, Format};
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::package::Package;

/// Compiles, loads, decides. Nothing is decided before everything has been found in order.
pub fn run(args: &DecideArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let now = args.now.as_deref().map(clock::read).transpose()?;
    let request = request::from_flags(args)?;
    let package = Package::at(&args.package, format)?;

    let mut files = if args.no_package_data { Vec::new() } else { package.data_files.clone() };
    files.extend(args.data.iter().cloned());
    let data = package.load_data(&files, now.unwrap_or_else(|| package.now()))?;
    let cedar = args.cedar_requests.as_ref().map(|_| cedar::Dialect::of(&args.package, &data)).transpose()?;
    let engine = package.engine(args.engine.into(), data)?;

    // A time for every decision is named on the command line or in the manifest; otherwise each reads the clock.
    let now = now.or(package.fixed_now);
    let answers = Answers { engine: &engine, package: &package, now, trust_now: args.trust_now, cedar };
    let exit = match (args.requests.as_ref().or(args.cedar_requests.as_ref()), &request) {
        (Some(path), _) => stream::run(path, &answers, format, out),
        (None, Some(request)) => answers.one(request, format, out),
        (None, None) => Err(Stop::usage("no request was named").help(
            "name one with `--principal`, `--action` and `--resource`, or many with `--requests FILE`",
        )),
    }?;
    if args.stats {
        write!(io::stderr().lock(), "{}", engine.stats())?;
    }
    Ok(exit)
}
