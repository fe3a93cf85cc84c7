//! Loading one package and those that it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_lang::{Diagnostic, MAX_FILE_SIZE, Span, codes};
use smol_str::SmolStr;

use super::files::{Refusal, inside, name_of, policies_below, read_text, real, under};
use super::{EXTENSION, LoadFailure, Located, MANIFEST, PackageSources, SourceText};
use crate::manifest::{self, Manifest, Placed};

const MAX_MANIFEST_SIZE: usize = 1 << 20;

/// How many packages one may lean on, one after the other.
const MAX_DEPENDENCY_DEPTH: usize = 32;

#[derive(Default)]
pub(super) struct Loader {
    policies: Vec<SourceText>,
    /// For each policy file the package that it belongs to.
    owners: Vec<u32>,
    /// The package that is being read.
    owner: u32,
    /// Of each package by its name: where it lies, as reached from the first, and its real folder.
    names: BTreeMap<SmolStr, (String, PathBuf)>,
    manifests: Vec<SourceText>,
    /// Texts that are only there to have diagnostics.
    others: Vec<SourceText>,
    diagnostics: Vec<(Place, Diagnostic)>,
    /// Real folders of the packages that were loaded.
    loaded: BTreeSet<PathBuf>,
}

/// Which text a diagnostic belongs to.
#[derive(Clone, Copy)]
enum Place {
    Policy(usize),
    Manifest(usize),
    Other(usize),
}

/// The packages on the way to the one being loaded: their real folders.
type Way = Vec<PathBuf>;

impl Loader {
    pub(super) fn run(mut self, paths: &[PathBuf]) -> (PackageSources, Option<LoadFailure>) {
        let mut manifest = Manifest::default();
        let mut folder = None;
        match self.package_folder(paths) {
            Some(package) => {
                manifest = self.package(&package, "", &mut Way::new(), None).unwrap_or_default();
                folder = Some(package);
            }
            None => {
                if let [only] = paths
                    && only.is_dir()
                {
                    self.folder(only);
                    folder = Some(only.clone());
                } else {
                    self.loose(paths);
                }
            }
        }
        if self.policies.is_empty() && self.diagnostics.is_empty() {
            let named = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
            let refusal = Refusal::new(codes::NO_SOURCES, format!("no policy files in `{named}`")).help(
                format!("policies are files that end in `.{EXTENSION}`; `assize init` makes a package"),
            );
            self.refuse_path(Path::new(&named), refusal);
        }
        self.finish(manifest, folder)
    }

    /// The folder of the package that is meant, if one is.
    fn package_folder(&self, paths: &[PathBuf]) -> Option<PathBuf> {
        let [only] = paths else { return None };
        if only.file_name().is_some_and(|name| name == MANIFEST) {
            return Some(only.parent().unwrap_or(Path::new("")).to_owned());
        }
        // Something is there, even if it cannot be read: then that is what has to be said.
        only.join(MANIFEST).symlink_metadata().is_ok().then(|| only.clone())
    }

    fn folder(&mut self, root: &Path) {
        let mut found = Vec::new();
        if let Err(refusal) = policies_below(root, Path::new("."), &mut found) {
            self.refuse_path(root, refusal);
        }
        self.add_policies(root, "", found, false);
    }

    fn loose(&mut self, paths: &[PathBuf]) {
        if paths.is_empty() {
            let refusal = Refusal::new(codes::NO_SOURCES, "nothing to compile was named")
                .help("name a package's folder, or policy files");
            self.refuse_path(Path::new("."), refusal);
        }
        let mut seen = BTreeSet::new();
        let mut sorted: Vec<&PathBuf> = paths.iter().collect();
        sorted.sort();
        for path in sorted {
            if path.is_dir() {
                let message =
                    format!("`{}` is a folder; several folders are not compiled together", path.display());
                let help = "name one folder, or only files; a package can depend on others in `assize.toml`";
                self.refuse_path(path, Refusal::new(codes::UNREADABLE, message).help(help));
                continue;
            }
            if path.extension().is_none_or(|extension| extension != EXTENSION) && path.exists() {
                let message = format!("`{}` is no policy file", path.display());
                let help = format!("policy files end in `.{EXTENSION}`");
                self.refuse_path(path, Refusal::new(codes::UNREADABLE, message).help(help));
                continue;
            }
            match real(path) {
                Ok(real) if seen.contains(&real) => {}
                Ok(real) => {
                    seen.insert(real);
                    self.add_policy(path.clone(), path.display().to_string(), false)
                }
                Err(refusal) => self.refuse_path(path, refusal),
            }
        }
    }

    /// Loads the package in `folder`; `prefix` is what its file names begin with, `from` where it is named.
    fn package(
        &mut self,
        folder: &Path,
        prefix: &str,
        way: &mut Way,
        from: Option<(Place, Span)>,
    ) -> Option<Manifest> {
        let path = under(folder, Path::new(MANIFEST));
        let text = real(folder).and_then(|real| Ok((real, read_text(&path, MAX_MANIFEST_SIZE)?)));
        let (real_folder, text) = match text {
            Ok(found) => found,
            Err(refusal) => {
                match from {
                    Some((place, span)) => self.refuse(place, span, refusal),
                    None => self.refuse_path(&path, refusal),
                }
                return None;
            }
        };
        if let Some(at) = way.iter().position(|above| *above == real_folder) {
            let around = way[at..].iter().chain([&real_folder]).map(|folder| {
                folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            });
            let message =
                format!("packages depend on each other: {}", around.collect::<Vec<_>>().join(" -> "));
            let refusal = Refusal::new(codes::DEPENDENCY_CYCLE, message)
                .help("move what both need into a third package");
            if let Some((place, span)) = from {
                self.refuse(place, span, refusal);
            }
            return None;
        }
        if !self.loaded.insert(real_folder.clone()) {
            return Some(manifest::read(&text).0);
        }
        let dependency = from.is_some();
        self.owner = self.loaded.len() as u32 - 1;
        let name = format!("{prefix}{MANIFEST}");
        let place = Place::Manifest(self.manifests.len());
        let (manifest, diagnostics) = manifest::read(&text);
        self.manifests.push(SourceText { name: name.into(), path, text: text.into(), dependency });
        self.diagnostics.extend(diagnostics.into_iter().map(|diagnostic| (place, diagnostic)));

        self.only_of_its_name(folder, &real_folder, &manifest, from);
        self.sources(folder, prefix, &manifest, place, dependency);
        for data in &manifest.data {
            if let Err(refusal) = inside(&data.value) {
                self.refuse(place, data.span, refusal);
            }
        }
        way.push(real_folder);
        for (name, path) in &manifest.dependencies {
            self.dependency(folder, prefix, name, path, way, place);
        }
        way.pop();
        Some(manifest)
    }

    /// Two packages of one name would be taken for each other by everybody who reads of them.
    fn only_of_its_name(
        &mut self,
        folder: &Path,
        real_folder: &Path,
        manifest: &Manifest,
        from: Option<(Place, Span)>,
    ) {
        let Some(name) = &manifest.name else { return };
        let shown = name_of(folder);
        let first = self.names.entry(name.value.clone()).or_insert((shown.clone(), real_folder.to_owned()));
        if first.1 != real_folder
            && let Some((place, span)) = from
        {
            let (name, first) = (&name.value, &first.0);
            let message = format!("two packages are called `{name}`: one in `{first}`, another in `{shown}`");
            let refusal = Refusal::new(codes::SAME_PACKAGE_NAME, message)
                .help("depend on one of them everywhere, or rename one");
            self.refuse(place, span, refusal);
        }
    }

    fn sources(&mut self, folder: &Path, prefix: &str, manifest: &Manifest, place: Place, dependency: bool) {
        let mut found = Vec::new();
        let whole = [Placed { value: SmolStr::new_static("."), span: Span::new(0, 0) }];
        for source in manifest.sources.as_deref().unwrap_or(&whole) {
            let before = found.len();
            let result = inside(&source.value).and_then(|path| policies_below(folder, path, &mut found));
            match result {
                Err(refusal) => self.refuse(place, source.span, refusal),
                Ok(()) if found.len() == before => {
                    let message = if manifest.sources.is_some() {
                        format!("no policy files in `{}`", source.value)
                    } else {
                        "this package has no policy files".to_owned()
                    };
                    let refusal = Refusal::new(codes::NO_SOURCES, message)
                        .help(format!("policies are files that end in `.{EXTENSION}`"));
                    self.refuse(place, source.span, refusal);
                }
                Ok(()) => {}
            }
        }
        self.add_policies(folder, prefix, found, dependency);
    }

    fn dependency(
        &mut self,
        folder: &Path,
        prefix: &str,
        name: &str,
        path: &Placed<SmolStr>,
        way: &mut Way,
        place: Place,
    ) {
        if way.len() > MAX_DEPENDENCY_DEPTH {
            let message = format!("packages depend on each other more than {MAX_DEPENDENCY_DEPTH} deep");
            self.refuse(place, path.span, Refusal::new(codes::DEPENDENCY_CYCLE, message));
            return;
        }
        if path.value.is_empty() || Path::new(path.value.as_str()).is_absolute() {
            let message = format!("`{}` is no path from this package to another", path.value);
            let refusal =
                Refusal::new(codes::MANIFEST_VALUE, message).help("write it from here: `\"../other\"`");
            self.refuse(place, path.span, refusal);
            return;
        }
        let there = under(folder, Path::new(path.value.as_str()));
        let prefix = format!("{prefix}{}/", path.value.trim_end_matches('/'));
        let Some(manifest) = self.package(&there, &prefix, way, Some((place, path.span))) else { return };
        if let Some(own) = &manifest.name
            && own.value != name
        {
            let message = format!("the package in `{}` is called `{}`, not `{name}`", path.value, own.value);
            let refusal = Refusal::new(codes::MANIFEST_VALUE, message)
                .help(format!("write `{} = {{ path = \"{}\" }}`", own.value, path.value));
            self.refuse(place, path.span, refusal);
        }
    }

    fn add_policies(&mut self, folder: &Path, prefix: &str, mut found: Vec<PathBuf>, dependency: bool) {
        found.sort_by_key(|path| name_of(path));
        found.dedup_by_key(|path| name_of(path));
        for relative in found {
            let name = format!("{prefix}{}", name_of(&relative));
            self.add_policy(under(folder, &relative), name, dependency);
        }
    }

    fn add_policy(&mut self, path: PathBuf, name: String, dependency: bool) {
        let place = Place::Policy(self.policies.len());
        let text = read_text(&path, MAX_FILE_SIZE).unwrap_or_else(|refusal| {
            self.refuse(place, Span::new(0, 0), refusal);
            String::new()
        });
        self.owners.push(self.owner);
        self.policies.push(SourceText { name: name.into(), path, text: text.into(), dependency });
    }

    fn refuse(&mut self, place: Place, span: Span, refusal: Refusal) {
        let mut diagnostic = Diagnostic::new(refusal.code, span, refusal.message);
        diagnostic.help.extend(refusal.help);
        self.diagnostics.push((place, diagnostic));
    }

    /// For what the user named and what is no text of the package.
    fn refuse_path(&mut self, path: &Path, refusal: Refusal) {
        let name: SmolStr = path.display().to_string().into();
        let place = Place::Other(self.others.len());
        self.others.push(SourceText { name, path: path.to_owned(), text: "".into(), dependency: false });
        self.refuse(place, Span::new(0, 0), refusal);
    }

    fn finish(self, manifest: Manifest, folder: Option<PathBuf>) -> (PackageSources, Option<LoadFailure>) {
        let Loader { policies, owners, manifests, others, diagnostics, .. } = self;
        let sources = PackageSources { policies, owners, manifests, manifest: Arc::new(manifest), folder };
        if diagnostics.is_empty() {
            return (sources, None);
        }
        let after_policies = sources.policies.len();
        let after_manifests = after_policies + sources.manifests.len();
        let file = |place| match place {
            Place::Policy(at) => at,
            Place::Manifest(at) => after_policies + at,
            Place::Other(at) => after_manifests + at,
        };
        let mut located: Vec<_> = diagnostics
            .into_iter()
            .map(|(place, diagnostic)| Located { file: file(place) as u32, diagnostic })
            .collect();
        located.sort_by_key(|located| (located.file, located.diagnostic.primary.start));
        let files = sources.texts().into_iter().chain(others).collect();
        (sources, Some(LoadFailure { files, diagnostics: located }))
    }
}
