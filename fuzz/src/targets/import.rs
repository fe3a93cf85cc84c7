//! Any Cedar files, parted by zeros, are imported or refused; what was imported compiles, and its data fits.

use assize_import::{Cedar, Correspondence, FILE, Text, import};
use assize_runtime::json;

use crate::world::NOW;

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.split('\0');
    let policies = parts.next().unwrap_or_default();
    let schema = parts.next().unwrap_or_default();
    let mut file =
        |name: &'static str| parts.next().filter(|text| !text.is_empty()).map(|text| Text { name, text });
    let cedar = Cedar {
        policies: Text { name: "policies", text: policies },
        schema: Some(Text { name: "schema", text: schema }).filter(|schema| !schema.text.is_empty()),
        entities: file("entities"),
        links: file("links"),
        package: "fuzz",
    };
    let imported = match import(&cedar) {
        Ok(imported) => imported,
        Err(refusal) => {
            assert!(!refusal.problems.is_empty(), "nothing says why it was refused");
            return;
        }
    };
    let texts = imported.files.iter().filter(|(path, _)| path.ends_with(".assize"));
    let sources = assize_compiler::package::PackageSources::from_texts(
        texts.map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let compilation = assize_compiler::compile::compile(sources);
    let Some(program) = compilation.program else {
        panic!("what was imported does not compile: {:#?}\n{:#?}", compilation.diagnostics, imported.files)
    };
    let data = imported.files.iter().filter(|(path, _)| path.starts_with("data/"));
    let data = json::load(&program.schema, data.map(|(path, text)| (path.as_str(), text.as_bytes())), NOW);
    assert!(
        data.is_ok(),
        "its data does not fit: {}",
        data.err().map(|faults| faults.to_string()).unwrap_or_default()
    );
    let kept = imported.files.iter().find(|(path, _)| path == FILE).map_or("", |(_, text)| text.as_str());
    assert!(Correspondence::read(kept).is_ok(), "{kept}");
}
