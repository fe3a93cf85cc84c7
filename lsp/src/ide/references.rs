//! Every place that names the same thing.

use assize_compiler::db::SourceFile;

use super::analysis::Analysis;
use super::names;
use super::places::{self, Found};

/// All places in the package that name what the name at an offset does, declarations included.
pub fn references(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Vec<Found>> {
    let at = names::at(analysis, file, offset)?;
    Some(places::of_meanings(analysis, &at))
}

/// Those of them that are in the same file.
pub fn highlights(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Vec<Found>> {
    let at = names::at(analysis, file, offset)?;
    Some(places::in_one_file(analysis, &at))
}
