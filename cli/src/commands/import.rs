//! `assize import cedar`: a package made of Cedar's files, which nobody sees before it compiles and its data fits.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use assize_import::{Cedar, Imported, Note, Refusal, Text, import};
use serde_json::{Value, json};

use crate::args::{Format, ImportCedarArgs, ImportCommand, PackageArgs};
use crate::exit::{Exit, Stop};
use crate::package::Findings;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Reads, imports, checks what came of it, and only then puts it in its place.
pub fn run(what: &ImportCommand, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let ImportCommand::Cedar(args) = what;
    refuse_to_overwrite(&args.out)?;
    let name = package_name(args)?;
    let policies = read(&args.policies)?;
    let schema = args.schema.as_deref().map(read).transpose()?;
    let entities = args.entities.as_deref().map(read).transpose()?;
    let links = args.links.as_deref().map(read).transpose()?;
    fn text(file: &(String, String)) -> Text<'_> {
        Text { name: &file.0, text: &file.1 }
    }
    let cedar = Cedar {
        policies: text(&policies),
        schema: schema.as_ref().map(text),
        entities: entities.as_ref().map(text),
        links: links.as_ref().map(text),
        package: &name,
    };
    let imported = import(&cedar).map_err(|refusal| refused(&refusal))?;
    let warnings = put(&imported, &args.out)?;
    write_summary(&imported, &name, &args.out, warnings, format, out)?;
    Ok(Exit::Success)
}

/// A folder that is there already must be empty.
fn refuse_to_overwrite(folder: &Path) -> Result<(), Stop> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => folder.symlink_metadata().is_err(),
    };
    if is_empty {
        return Ok(());
    }
    let message = format!("nothing was imported, since there is something at `{}` already", folder.display());
    Err(Stop::usage(message).help("name a folder that is empty or not there: `--out DIR`"))
}

fn package_name(args: &ImportCedarArgs) -> Result<String, Stop> {
    let given = match &args.name {
        Some(name) => name.clone(),
        None => {
            let absolute = std::path::absolute(&args.out).unwrap_or_else(|_| args.out.clone());
            absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        }
    };
    if super::is_package_name(&given) {
        return Ok(given);
    }
    let message = format!("`{given}` is no package name: it takes letters, digits, `-` and `_`");
    Err(Stop::usage(message).help("give it one with `--name`"))
}

/// The file's name and text.
fn read(path: &Path) -> Result<(String, String), Stop> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let stop = Stop::usage(format!("cannot read `{name}`: {error}"));
        if error.kind() == std::io::ErrorKind::InvalidData {
            stop.help("Cedar's files are UTF-8 text")
        } else {
            stop
        }
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_FILE {
        return Err(Stop::usage(format!("`{name}` has more than {} MiB", MAX_FILE >> 20)));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    // Windows marks its texts; Cedar takes the mark for a sign of the language.
    let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
    Ok((name, text))
}

fn refused(refusal: &Refusal) -> Stop {
    let faults: Vec<String> = refusal.problems.iter().map(|note| format!("  {}", line(note))).collect();
    let count = if faults.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", faults.len()) };
    Stop::usage(format!("nothing was imported: {count}"))
        .faults(faults.join("\n"))
        .help("mend these places in Cedar's files; `cedar validate` finds those that Cedar itself refuses")
}

/// A note as one line.
fn line(note: &Note) -> String {
    format!("{}: {}", note.place, note.message.replace(['\n', '\r'], " "))
}

/// Writes the package beside its place, compiles it, loads its data, and moves it there; answers how many warnings there are.
fn put(imported: &Imported, folder: &Path) -> Result<usize, Stop> {
    let unwritable =
        |error: std::io::Error| Stop::usage(format!("cannot write `{}`: {error}", folder.display()));
    let absolute = std::path::absolute(folder).map_err(unwritable)?;
    let parent = absolute.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).map_err(unwritable)?;
    let place = tempfile::Builder::new().prefix(".assize-import-").tempdir_in(parent).map_err(unwritable)?;
    let staged = place.path().join("package");
    for (path, text) in &imported.files {
        let path = staged.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&staged)).map_err(unwritable)?;
        fs::write(&path, text).map_err(unwritable)?;
    }
    let warnings = check(&staged)?;
    if folder.symlink_metadata().is_ok() {
        // It is empty, or it stays.
        fs::remove_dir(folder).map_err(unwritable)?;
    }
    fs::rename(&staged, folder).map_err(unwritable)?;
    Ok(warnings)
}

/// What is written compiles and its data fits, or it is a fault of the importer, and nothing is left behind.
fn check(staged: &Path) -> Result<usize, Stop> {
    let fault = |what: &str, found: Vec<String>| {
        Stop::usage(format!("nothing was imported, by a fault of assize itself: {what}"))
            .faults(found.join("\n"))
            .help("please report it with Cedar's files")
    };
    let args = PackageArgs { paths: vec![PathBuf::from(staged)], profile: None };
    let findings = Findings::at(&args)?;
    let Some(package) = &findings.package else {
        let found = findings
            .diagnostics
            .iter()
            .map(|one| format!("  {}: {}", one.diagnostic.code.0, one.diagnostic.message));
        return Err(fault("the package does not compile", found.collect()));
    };
    package.load_data(&package.data_files, package.now()).map_err(|stop| match stop {
        Stop::Usage { message, faults, .. } => fault(&message, faults),
        other => other,
    })?;
    Ok(findings.diagnostics.len())
}

fn write_summary(
    imported: &Imported,
    name: &str,
    folder: &Path,
    warnings: usize,
    format: Format,
    out: &mut impl Write,
) -> Result<(), Stop> {
    let files: Vec<&str> = imported.files.iter().map(|(path, _)| path.as_str()).collect();
    if format == Format::Json {
        let notes: Vec<Value> =
            imported.notes.iter().map(|note| json!({"place": note.place, "message": note.message})).collect();
        let folder = folder.display().to_string();
        let summary =
            json!({"package": name, "folder": folder, "files": files, "notes": notes, "warnings": warnings});
        writeln!(out, "{summary}")?;
        return Ok(());
    }
    let shown = folder.display();
    writeln!(out, "imported package `{name}` into {shown}:")?;
    for file in files {
        writeln!(out, "  {file}")?;
    }
    if !imported.notes.is_empty() {
        writeln!(out, "\nworth knowing:")?;
        for note in &imported.notes {
            writeln!(out, "  {}", line(note))?;
        }
    }
    writeln!(out, "\nnext:")?;
    match warnings {
        0 => writeln!(out, "  assize check {shown}")?,
        1 => writeln!(out, "  assize check {shown}   (1 warning)")?,
        more => writeln!(out, "  assize check {shown}   ({more} warnings)")?,
    }
    writeln!(out, "  assize decide {shown} --cedar-requests FILE.ndjson --format json")?;
    Ok(())
}
