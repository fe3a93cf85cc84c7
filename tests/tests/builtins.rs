//! The example in each built-in's documentation is true, in both engines.

use assize_runtime::builtins;
use assize_tests::package::Package;
use assize_tests::run::DEFAULT_TIME;

#[test]
fn every_built_in_is_as_its_example_says() {
    let mut text =
        format!("entity User\nentity Doc\naction read on Doc by User\n{}\n", builtins::EXAMPLE_MAP);
    let mut ids = Vec::new();
    for (index, builtin) in builtins::all().iter().enumerate() {
        let id = format!("{} {index}", builtin.name);
        text.push_str(&format!("@id(\"{id}\") allow User to read on Doc when {}\n", builtin.example));
        ids.push(id);
    }
    let compiled = Package::compile(&[("examples.assize", &text)]);
    let package = compiled.package.unwrap_or_else(|| panic!("{:#?}", compiled.findings));
    let deployed = package.deploy(&[], DEFAULT_TIME).expect("no data");
    let request =
        r#"{"principal": "User::\"u\"", "action": "read", "resource": "Doc::\"d\"", "context": {}}"#;
    let query = deployed.query(request, DEFAULT_TIME).expect("it fits");
    let found = deployed.decide(&query).expect("both engines agree");
    assert_eq!(found, [format!("allow by {}", ids.join(", "))]);
}
