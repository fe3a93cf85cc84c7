//! `--cedar-requests` in a binary that was built without the importer: nothing of it can exist.

use assize_runtime::data::Data;
use assize_runtime::engine::Report;
use assize_runtime::json::RequestError;
use serde_json::Value;

use crate::args::PackageArgs;
use crate::commands::import::absent;
use crate::exit::Stop;
use crate::package::Package;

/// There is none.
#[derive(Debug)]
pub enum Dialect {}

impl Dialect {
    /// Says how to get a binary that has one.
    pub fn of(_: &PackageArgs, _: &Data) -> Result<Dialect, Stop> {
        Err(absent())
    }

    /// Never called.
    pub fn request(&self, _: &Package, _: &str) -> Result<String, RequestError> {
        match *self {}
    }

    /// Never called.
    pub fn answer(&self, _: &Package, _: &Report) -> Value {
        match *self {}
    }
}
