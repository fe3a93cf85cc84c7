//! Names, types, actions, grants and values.

use super::{check, check_with_schema, compile_texts, findings};

#[test]
fn a_schema_alone_says_nothing() {
    check(super::SCHEMA, &[]);
}

#[test]
fn a_name_means_one_thing_in_a_module() {
    check("entity User\nentity User\naction a on User by User", &["E0120 @ User: `User` is declared twice"]);
    check("entity U\naction a on U by U\naction a on U by U", &["E0120 @ a: action `a` is declared twice"]);
    check(
        "entity E = \"a\" | \"b\" | \"a\"\nenum L { x, y, x }\naction a on E by E",
        &["E0120 @ \"a\": `\"a\"` is listed twice", "E0120 @ x: `x` is declared twice"],
    );
    check("entity U { x: Int, x: String }", &["E0120 @ x: `x` is declared twice"]);
}

#[test]
fn an_action_may_have_the_name_of_something_else() {
    check("entity read\naction read on read by read", &[]);
}

#[test]
fn names_of_the_language_stay_what_they_are() {
    check(
        "entity Int\nentity now\naction a on now by now",
        &[
            "E0125 @ Int: `Int` is a type of the language",
            "E0125 @ now: `now` is what every policy calls a part of the request",
        ],
    );
}

#[test]
fn a_name_that_nothing_declares_is_one_finding_and_has_a_proposal() {
    check(
        "entity User in Grop\nentity Group\naction read on User by User",
        &["E0101 @ Grop: nothing here is called `Grop`"],
    );
    let compilation = super::compiled("entity User in Grop\nentity Group");
    let fix = &compilation.diagnostics[0].diagnostic.fixes[0];
    assert_eq!((fix.title.as_str(), fix.edits[0].text.as_str(), fix.safe), ("write `Group`", "Group", false));
}

#[test]
fn what_a_broken_declaration_would_have_meant_is_not_missed() {
    check(
        "type T = Nope\nentity U { t: T }\nfn f(t: T) -> Bool = true",
        &["E0101 @ Nope: nothing here is called `Nope`"],
    );
    check_with_schema(
        "entity Extra { = }\n@id(\"a\") allow Extra to read on Document",
        &["E0001 @ =: expected a field such as `name: String`, found `=`"],
    );
}

#[test]
fn who_uses_a_declaration_that_lost_its_name_is_not_blamed() {
    let rest = "entity Doc { owner: User }\naction read on Doc by User\n@id(\"a\") allow User u to read on Doc d when d.owner == u";
    check(&format!("entity {{ a: Int }}\n{rest}"), &["E0001 @ {: expected a name, found `{`"]);
    check(&format!("entity in {{ }}\n{rest}"), &["E0001 @ in: `in` is a word of the language, not a name"]);
    check(&format!("entitty User {{}}\n{rest}"), &["E0009 @ entitty: no declaration starts with `entitty`"]);
    // A slip that resembles a name is one of its own.
    check(
        &format!("entity {{ a: Int }}\nentity User\n{}", rest.replace("on Doc by", "on Dco by")),
        &["E0001 @ {: expected a name, found `{`", "E0101 @ Dco: nothing here is called `Dco`"],
    );
    check_with_schema(
        "actoin publish, hide on Document by User\n@id(\"a\") allow User to hide on Document",
        &["E0009 @ actoin: no declaration starts with `actoin`"],
    );
    check_with_schema(
        "fn (u: User) -> Bool = true\n@id(\"a\") allow User u to read on Document when f(u) and LIMIT == 3",
        &["E0001 @ (: expected a name, found `(`"],
    );
}

#[test]
fn types_have_their_arguments() {
    check("entity U { a: Set }", &["E0250 @ Set: `Set` of what? it is written `Set<T>`"]);
    check("entity U { a: Map<Int, Int> }", &["E0250 @ Int: the keys of a map are strings"]);
    check("entity U { a: Lst<Int> }", &["E0250 @ Lst: `Lst` takes no arguments: only `Set` and `Map` do"]);
    check("entity U { a: Set<Int, Int> }", &["E0250 @ Set<Int, Int>: `Set` is written `Set<T>`"]);
}

#[test]
fn what_is_declared_is_there_unless_its_name_says_otherwise() {
    check("entity U { a: Set<Int?> }", &["E0251 @ Int?: `?` is for parameters and results of functions"]);
    check("entity U { a: Int? }", &["E0251 @ Int?: a field that may be absent is written `a?: ..`"]);
    check("grant g(n: Int?)\nentity U", &["E0251 @ Int?: `?` is for parameters and results of functions"]);
    check_with_schema(
        "fn f(a: Int?) -> Int? = a\n@id(\"a\") allow User to read on Document when f(1) is some",
        &[],
    );
}

#[test]
fn unions_are_of_entity_types() {
    check("entity U { a: U | String }", &["E0252 @ String: only entity types can be alternatives"]);
    check("entity U in String", &["E0252 @ String: parents are entity types"]);
    check("entity U\naction a on Int by U", &["E0252 @ Int: resources are entity types"]);
    check("entity U\naction a on U by Set<U>", &["E0252 @ Set<U>: principals are entity types"]);
}

#[test]
fn a_name_of_the_wrong_kind_is_called_what_it_is() {
    check("entity U { a: LIMIT }\nconst LIMIT: Int = 1", &["E0122 @ LIMIT: `LIMIT` is a const, not a type"]);
}

#[test]
fn types_that_are_part_of_themselves_are_reported_once() {
    check(
        "type A = { b: B }\ntype B = Set<A>\nentity U { a: A }",
        &["E0123 @ A: type `A` is part of itself"],
    );
}

#[test]
fn types_have_a_size() {
    let mut text = "type T0 = { a: Int, b: Int }\n".to_owned();
    for at in 1..40 {
        text.push_str(&format!("type T{at} = {{ a: T{0}, b: T{0} }}\n", at - 1));
    }
    let found = findings(&super::compiled(&text));
    assert!(found[0].starts_with("E0706"), "{found:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn an_action_says_on_what_and_by_whom_or_includes_others() {
    check(
        "entity U\naction a on U",
        &["E0301 @ a: action `a` says what it applies to but not by whom: add `by ..`"],
    );
    check(
        "entity U\naction a by U",
        &["E0301 @ a: action `a` says by whom but not what it applies to: add `on ..`"],
    );
    check(
        "action a with { x: Int }",
        &["E0301 @ a: action `a` has a context but applies to nothing: add `on .. by ..`"],
    );
    check("action a", &["E0301 @ a: action `a` neither applies to anything nor includes other actions"]);
    check("entity U\naction a on U by U with Int", &["E0253 @ Int: a context is a record"]);
    check("entity U\ntype S = { m: Bool }\naction a on U by U with S", &[]);
}

#[test]
fn actions_include_others_but_never_themselves() {
    check("action a includes b\naction b includes a", &["E0123 @ a: action `a` includes itself"]);
    check(
        "entity U\naction raed on U by U\naction c includes read",
        &["E0126 @ read: there is no action `read`"],
    );
}

#[test]
fn a_glob_includes_what_matches_and_must_match_something() {
    let text = "entity U\naction reads includes \"s3:Get*\"\naction \"s3:GetObject\", \"s3:Put\" on U by U\n\
                @id(\"x\") allow U to reads on U";
    check(text, &[]);
    let program = super::compiled(text).program.unwrap();
    let names: Vec<&str> = program.policies[0]
        .actions
        .iter()
        .map(|at| program.schema.actions[at.index()].name.as_str())
        .collect();
    assert_eq!(names, ["reads", "s3:GetObject"]);
    check(
        "entity U\naction a on U by U\naction b includes \"x*\"",
        &["E0302 @ \"x*\": no action matches `\"x*\"`"],
    );
    check("action all includes \"*\"", &["E0302 @ \"*\": no other action matches `\"*\"`"]);
}

#[test]
fn consts_may_use_each_other_in_any_order_but_not_in_a_circle() {
    check_with_schema(
        "const A: Duration = B * 2\nconst B: Duration = 1h\n@id(\"a\") allow User to read on Document when A < now - now",
        &[],
    );
    check("const A: Int = B\nconst B: Int = A + 1", &["E0123 @ A: const `A` needs its own value"]);
}

#[test]
fn values_that_are_known_beforehand_are_computed_beforehand() {
    check(
        "const D: Int = 9223372036854775807 + 1",
        &["E0213 @ 9223372036854775807 + 1: this always leaves the range of `Int`"],
    );
    check(
        "param P: Int = 1\nconst G: Int = P",
        &[
            "E0255 @ P: a value that is known beforehand cannot depend on a param: each deployment binds another value",
        ],
    );
    check(
        "fn f() -> Int = 1\nparam P: Int = f()",
        &["E0255 @ f(): a value that is known beforehand cannot depend on a function"],
    );
    check("param Q: Int = \"x\"", &["E0201 @ \"x\": expected `Int`, but this is `String`"]);
}

#[test]
fn functions_never_call_themselves() {
    check(
        "fn f(a: Int) -> Int = g(a)\nfn g(a: Int) -> Int = f(a)",
        &["E0123 @ f: function `f` calls itself"],
    );
    check("fn f(a: Int) -> Int = f(a)", &["E0123 @ f: function `f` calls itself"]);
}

#[test]
fn functions_may_be_declared_in_any_order() {
    check_with_schema(
        "@id(\"a\") allow User u to read on Document d when outer(u, d)\n\
         fn outer(u: User, d: Document) -> Bool = inner(u) and d.owner == u\nfn inner(u: User) -> Bool = u.name != \"\"",
        &[],
    );
}

#[test]
fn functions_that_call_functions_have_a_bound() {
    let mut text = "fn f0(a: Bool) -> Bool = a\n".to_owned();
    for at in 1..30 {
        text.push_str(&format!("fn f{at}(a: Bool) -> Bool = f{0}(a) or f{0}(not a)\n", at - 1));
    }
    let found = findings(&super::compiled(&text));
    let errors: Vec<_> = found.iter().filter(|it| it.starts_with('E')).collect();
    assert!(errors[0].starts_with("E0707 @ f1"), "{found:?}");
}

#[test]
fn a_long_chain_of_declarations_is_no_deep_stack() {
    let mut text = String::new();
    for at in 1..5_000 {
        text.push_str(&format!("type T{at} = T{}\nconst C{at}: Int = C{}\n", at - 1, at - 1));
    }
    text.push_str("type T0 = Int\nconst C0: Int = 1\n");
    check(&text, &[]);
}

#[test]
fn a_grant_lasts_some_time() {
    check_with_schema(
        "grant g(who: User) for at most 0h { allow User in who to read on Document }",
        &["E0403 @ 0h: a grant that lasts no time grants nothing"],
    );
}

#[test]
fn a_file_belongs_to_one_module_and_says_so_first() {
    check("module a\nmodule b\nentity U", &["E0124 @ b: this file already belongs to module `a`"]);
    check(
        "entity U\nmodule late",
        &["E0124 @ late: `module` comes before all other declarations of its file"],
    );
}

#[test]
fn use_brings_names_actions_and_modules_into_scope() {
    let base = "module base\nentity User { _secret: Bool }\nentity Doc\naction read on Doc by User\nfn _hidden() -> Bool = true\n@id(\"b\") deny User to read when not _hidden()";
    let files = |text: &str| findings(&compile_texts(&[("a.assize", base), ("b.assize", text)]));
    assert_eq!(
        files(
            "module app\nuse base::User\nuse base::Doc as Paper\nuse base::read\n@id(\"a\") allow User to read on Paper"
        ),
        [""; 0]
    );
    assert_eq!(
        files("module app\nuse base\n@id(\"a\") allow base::User to base::read on base::Doc"),
        [""; 0]
    );
    assert_eq!(files("module app\n@id(\"a\") allow base::User to base::read on base::Doc"), [""; 0]);
    assert_eq!(files("module app\nuse bass::User"), ["E0101 @ bass: there is no module `bass`"]);
    assert_eq!(files("module app\nuse base::Usr"), ["E0101 @ Usr: module `base` has no `Usr`"]);
    assert_eq!(
        files("module app\nuse base::_hidden"),
        ["E0121 @ _hidden: `_hidden` is private to module `base`"]
    );
    assert_eq!(
        files("module app\nuse base::User\nentity User"),
        ["E0120 @ User: `User` already means something else in this module"]
    );
    assert_eq!(
        files("module app\n@id(\"a\") allow User to base::read on any"),
        ["E0101 @ User: nothing here is called `User`"]
    );
}

#[test]
fn files_share_a_module() {
    let texts =
        [("a.assize", "module m\nentity User"), ("b.assize", "module m\naction read on User by User")];
    assert_eq!(findings(&compile_texts(&texts)), [""; 0]);
}

#[test]
fn a_name_declared_in_two_files_is_shown_in_both() {
    let texts = [("a.assize", "module m\nentity User"), ("b.assize", "module m\nentity User")];
    let compilation = compile_texts(&texts);
    let located = &compilation.diagnostics[0];
    assert_eq!((located.file, located.diagnostic.secondary[0].file), (1, Some(0)));
}

#[test]
fn what_nothing_uses_is_a_warning() {
    check_with_schema(
        "fn unused() -> Bool = true\nconst C: Int = 1\nparam P: Int = 1\ntype T = { x: Int }\nenum X { a }\n\
         obligation o()\ngrant g(who: User)\n@allow(\"W0102\") const D: Int = 2\n@id(\"a\") allow User to read on Document",
        &[
            "W0102 @ unused: function `unused` is used nowhere",
            "W0102 @ C: const `C` is used nowhere",
            "W0102 @ P: param `P` is used nowhere",
            "W0102 @ T: type `T` is used nowhere",
            "W0102 @ X: enum `X` is used nowhere",
            "W0102 @ o: obligation `o` is used nowhere",
            "W0102 @ g: grant without a body `g` is used nowhere",
        ],
    );
}

#[test]
fn what_a_package_may_declare_has_bounds() {
    let mut text = String::new();
    for at in 0..300 {
        text.push_str(&format!("entity E{at}\n"));
    }
    let all: Vec<String> = (0..300).map(|at| format!("E{at}")).collect();
    let all = all.join(" | ");
    text.push_str(&format!("action a on {all} by {all}"));
    check(
        &text,
        &[
            "E0708 @ a: the actions of this package are for more than 65536 combinations of principal and resource types",
        ],
    );
    let mut text = "entity U\naction a0 on U by U\n".to_owned();
    for at in 1..1_000 {
        text.push_str(&format!("action a{at} includes a{}\n", at - 1));
    }
    let found = findings(&super::compiled(&text));
    assert!(found[0].starts_with("E0707"), "{found:?}");
    assert_eq!(found.len(), 1);
}
