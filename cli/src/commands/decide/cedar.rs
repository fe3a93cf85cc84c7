//! `--cedar-requests`: what was written for Cedar, decided by a package imported from it and answered with Cedar's ids.

use std::fs;

use assize_import::{CedarRequests, Correspondence, FILE};
use assize_runtime::data::Data;
use assize_runtime::engine::Report;
use assize_runtime::json::RequestError;
use serde_json::Value;

use crate::args::PackageArgs;
use crate::exit::Stop;
use crate::package::Package;

/// What an imported package keeps of Cedar, and the data that says who is in what.
#[derive(Debug)]
pub struct Dialect {
    correspondence: Correspondence,
    data: Data,
}

impl Dialect {
    /// Of the package that the paths name, which is a folder.
    pub fn of(args: &PackageArgs, data: &Data) -> Result<Dialect, Stop> {
        let [folder] = args.paths.as_slice() else {
            return Err(Stop::usage("`--cedar-requests` needs one folder, of a package imported from Cedar"));
        };
        let path = folder.join(FILE);
        let text = fs::read_to_string(&path).map_err(|error| {
            Stop::usage(format!(
                "`{}` is no package imported from Cedar: cannot read `{FILE}`: {error}",
                folder.display()
            ))
            .help("make one with `assize import cedar`, or name requests of its own with `--requests`")
        })?;
        let correspondence = Correspondence::read(&text).map_err(|error| {
            Stop::usage(format!("`{}` is not as the importer wrote it: {error}", path.display()))
        })?;
        Ok(Dialect { correspondence, data: data.clone() })
    }

    fn requests<'a>(&'a self, package: &'a Package) -> CedarRequests<'a> {
        CedarRequests { correspondence: &self.correspondence, program: &package.program, data: &self.data }
    }

    /// Cedar's request as the engine reads it.
    pub fn request(&self, package: &Package, text: &str) -> Result<String, RequestError> {
        self.requests(package).request(text)
    }

    /// The decision with Cedar's ids.
    pub fn answer(&self, package: &Package, report: &Report) -> Value {
        self.requests(package).answer(report)
    }
}
