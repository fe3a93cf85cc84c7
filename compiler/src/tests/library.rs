//! Which modules of the standard library a package is compiled with.

use super::incremental::Session;
use super::{compiled, findings};

const WITHOUT: &str = "entity User\nentity Doc { ip: Ip, net: Bool }\naction read on Doc by User\n\
                       @id(\"a\") allow User to read on Doc d when d.ip.is_private()\n";

#[test]
fn only_what_a_package_uses_is_compiled_in() {
    let without = compiled(WITHOUT);
    let program = without.program.unwrap();
    assert_eq!((program.files.len(), program.functions.len()), (1, 0));

    let with = compiled(&format!("use std::net\n{WITHOUT}"));
    assert_eq!(findings(&with), [""; 0]);
    let program = with.program.unwrap();
    assert_eq!(program.files, ["p.assize", "std/net.assize"]);
    assert!(program.functions.iter().any(|function| function.name == "std::net::is_documentation"));
    // What is found there has a text to be shown with.
    assert_eq!(with.files[1].name, "std/net.assize");
    assert!(with.files[1].text.contains("module std::net"));
}

#[test]
fn a_package_of_functions_alone_is_not_blamed_for_what_the_library_brings() {
    assert_eq!(
        findings(&compiled("use std::net\nfn far(ip: Ip) -> Bool = not net::is_documentation(ip)")),
        [""; 0]
    );
}

#[test]
fn the_library_is_parsed_once() {
    let mut session = Session::new(WITHOUT);
    let ran = session.edit(&format!("use std::net\n{WITHOUT}"));
    let count = |ran: &[String], name: &str| ran.iter().filter(|query| *query == name).count();
    // The file of the package, and that of the library.
    assert_eq!(count(&ran, "split"), 2, "{ran:?}");
    assert!(count(&ran, "parse") > 1, "{ran:?}");

    session.edit(WITHOUT);
    let ran = session.edit(&format!("use std::net\n{WITHOUT}"));
    assert_eq!((count(&ran, "split"), count(&ran, "parse")), (1, 1), "{ran:?}");

    let ran = session.edit(&format!("use std::net\n\n{WITHOUT}"));
    assert_eq!(ran, ["assembled", "split"]);
}
