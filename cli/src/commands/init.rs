//! `assize init`: a package that checks, tests and decides.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::is_package_name;
use crate::args::{Format, InitArgs};
use crate::exit::{Exit, Stop};

/// The files of a new package, by path in its folder.
const FILES: &[(&str, &str)] = &[
    ("assize.toml", include_str!("../template/assize.toml")),
    ("policies.assize", include_str!("../template/policies.assize")),
    ("data/entities.ndjson", include_str!("../template/data/entities.ndjson")),
    ("requests.ndjson", include_str!("../template/requests.ndjson")),
];

/// Writes all files, or none if one of them exists.
pub fn run(args: &InitArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of_folder(&args.dir)?,
    };
    if !is_package_name(&name) {
        return Err(Stop::usage(format!(
            "`{name}` is no package name: it takes letters, digits, `-` and `_`"
        ))
        .help("give it one with `--name`"));
    }

    let taken: Vec<&str> = FILES
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| args.dir.join(path).symlink_metadata().is_ok())
        .collect();
    if !taken.is_empty() {
        return Err(Stop::usage(format!(
            "nothing was written, since `{}` has a file of that name already: {}",
            args.dir.display(),
            taken.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "),
        ))
        .help("name another folder: `assize init DIR`"));
    }

    for (path, text) in FILES {
        create(&args.dir.join(path), &text.replace("{name}", &name))?;
    }

    match format {
        Format::Json => {
            let files: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
            writeln!(
                out,
                "{}",
                json!({ "package": name, "folder": args.dir.display().to_string(), "files": files })
            )?;
        }
        Format::Human => {
            let shown = args.dir.display();
            writeln!(out, "made package `{name}` in {shown}:")?;
            for (path, _) in FILES {
                writeln!(out, "  {path}")?;
            }
            writeln!(out, "\nnext:")?;
            writeln!(out, "  assize check {shown}")?;
            writeln!(out, "  assize test {shown}")?;
            writeln!(
                out,
                "  assize decide {shown} --requests {}",
                args.dir.join("requests.ndjson").display()
            )?;
        }
    }
    Ok(Exit::Success)
}

/// Creates the file and the folders above it; never replaces one.
fn create(path: &Path, text: &str) -> Result<(), Stop> {
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    };
    write().map_err(|error| Stop::usage(format!("cannot write `{}`: {error}", path.display())))
}

fn name_of_folder(dir: &Path) -> Result<String, Stop> {
    let absolute = std::path::absolute(dir)
        .map_err(|error| Stop::usage(format!("cannot find the name of `{}`: {error}", dir.display())))?;
    match absolute.components().next_back() {
        Some(std::path::Component::Normal(name)) => Ok(name.to_string_lossy().into_owned()),
        _ => Err(Stop::usage(format!("`{}` has no name for the package to take", dir.display()))
            .help("give it one with `--name`")),
    }
}
