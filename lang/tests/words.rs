//! The words of the language stay usable as names.

use assize_lang::parse;

fn check(text: &str) {
    let file = parse(text);
    let findings: Vec<_> = file.items.iter().flat_map(|parsed| &parsed.diagnostics).collect();
    assert!(findings.is_empty() && file.diagnostics.is_empty(), "{text}\n{findings:#?}");
}

const WORDS: &str = "module use entity external enum ordered type action param const fn allow deny trial grant obligation test \
    prove as to on by with includes when unless because oblige error skip for at most data let expect until never always and \
    or not if then else in is some has like matches any all true false log resource principal context now";

/// Words that mean something wherever an operand may stand.
const RESERVED: &str = "allow deny to when unless because oblige and or not if then else in any true false";

#[test]
fn every_word_is_a_name_after_a_dot_after_has_in_annotations_and_before_a_colon() {
    for word in WORDS.split_whitespace() {
        check(&format!(
            "@{word}\nallow User u to read on Document d when d.{word} and d?.{word} == 1 and d has {word} and d has a.{word}"
        ));
        check(&format!("entity User {{ {word}: Int, x?: Bool, {word}2?: Int }}"));
        check(&format!("const X: R = {{ {word}: 1, x: E::{word} }}"));
        check(&format!("fn f({word}: Int) -> Int = 1"));
        check(&format!("const X: Bool = Action::{word} == E::{word}"));
        check(&format!("enum E {{ a, {word}, b }}"));
        check(&format!("entity `{word}`"));
    }
}

#[test]
fn most_words_are_names_everywhere_in_expressions() {
    let reserved: Vec<&str> = RESERVED.split_whitespace().collect();
    for word in WORDS.split_whitespace().filter(|word| !reserved.contains(word)) {
        check(&format!(
            "allow User u to read on Document d when {word} == 1 and f({word}, 2) and 1 < {word} and [{word}] == [] and ({word})"
        ));
        check(&format!("allow User u to read on Document d when {word}.x"));
        check(&format!(
            "allow User u to read on Document d when x == {word}\n\nallow User u to read on Document d"
        ));
        check(&format!("allow User u to read on Document d when {word} in x"));
        check(&format!("allow User u to read on Document d when any({word} in x: {word}.y)"));
    }
}

#[test]
fn most_words_name_actions() {
    let reserved: Vec<&str> = RESERVED.split_whitespace().collect();
    for word in WORDS.split_whitespace().filter(|word| !reserved.contains(word)) {
        check(&format!("allow User u to {word} on Document d"));
        check(&format!("allow User u to read, {word} on Document d"));
        check(&format!("action read, {word}, write on Document by User with Session"));
        check(&format!("action edit includes {word}"));
        check(&format!("test \"t\" {{ expect allow u to {word} on d }}"));
    }
}

#[test]
fn item_words_name_declarations() {
    for word in "module use entity enum type param const fn grant obligation test prove data log trial"
        .split_whitespace()
    {
        check(&format!("entity {word}\nentity Other in {word}\n"));
        check(&format!("type {word} = Int\ntype other = {word}\n"));
        check(&format!("action {word} on A by B\n"));
        check(&format!("grant {word}(who: A)\n"));
        check(&format!("param {word}: Int = 1\nconst c{word}: Int = {word}\nentity After\n"));
        check(&format!(
            "param type {word}\nparam type x{word} = {word}\nparam action {word}\nentity After\n"
        ));
        check(&format!(
            "use a::{{{word} as {word}, b}} with {word} = {word} | c, d = {word}\nentity After\n"
        ));
    }
}

#[test]
fn a_name_at_the_end_of_an_item_does_not_join_the_next() {
    check("allow U u to read on D d when x == action\nentity X { a: Int }");
    check("allow U u to read on D d when x == action\naction read on A by B");
    check("allow U u to read on D d when x == test\ntest \"t\" { }");
    check("allow U u to read on D d when x == type\ntype T = Int");
    check("allow U u to read on D d when x == param\ntype T = Int");
    check("entity A param type T param action a param type U = A entity B");
    check("allow U u to read on D d when action in [Action::a]\n@id(\"x\") allow U u to read on D d");
    check("allow U u to read on D d when x == trial\ntrial deny U u to read on D d");
}

#[test]
fn the_rest_of_the_language() {
    for text in [
        "module a::b\nuse a::b::c as d\nuse std::time",
        "use a::{} use a::{b, c as d,} with T = U | a::V, u = \"s3:*\" | b::\"x y\" use a as b with `a b` = c\nparam type T",
        "external entity Token { sub: String }\nentity Environment = \"dev\" | \"staging\" | \"prod\"",
        "entity A in B | C { @deprecated(\"use x\") x: Int\n /// docs\n y?: Set<A | B> z: { a: Int, b?: String? } \"odd name\": (Int) }",
        "action read on Document by User with { mfa: Bool }\naction \"s3:Get\", list by User on Bucket\naction s3_reads includes \"s3:Get*\", list",
        "trial deny any p in Group::\"g\" to a::b, \"x y\", Action::\"z\" on in Folder::\"f\" unless p.x on error skip because r\"raw \\d\" oblige log(\"a\"), a::mask([1, 2,],)",
        "@id(\"x\") @y @z() trial\nallow User::\"ann\" to * on any",
        "allow User | a::Group u to read on Document::\"d\"",
        "grant emergency(who: User | Group, what: Folder) for at most 4h { /// docs\n @id(\"e\") allow User in who to * on Document | Folder in what when 1 == 1 deny any to * on any }",
        "const X: Bool = not a.b and !c or (if d then e else f) and all(User | Group u in x.y: u.z) or if a then b else c",
        "const X: Int = -1 + 2 * (3 - 4) - m[\"k\"].x?.f(1)?[0]".trim_end_matches("?[0]"),
        "const X: Bool = a ?? b ?? c == 1.5 and t - now < 8h30m and d is some and d is User and e is User | Group in Group::\"g\"",
        "const X: Bool = a not in b and name like \"x*\\*\" and name matches r#\"[\"a-z]+\"# and a && b && c",
        "const X: Set<Map<String, Int?>> = [ip\"10.0.0.1\", cidr\"::/0\", time\"2026-01-01T00:00:00Z\", {}, {a: 1 b: 2}, ]",
        "test \"t\" { data \"file.ndjson\" data { A::\"x\" B::\"y\" in A::\"x\" C::\"z\" in [A::\"x\", B::\"y\"] { n: 1 m: 2 } g(A::\"x\", [1]) until now, h() } let data = 1 let let = 2 expect deny x to a::read on y at now by \"p\", \"q\" with {} }",
        "grant g(who: User) { @id(\"x\") trial allow User in who to * on any trial deny any to * on any }",
        "prove \"p\" { never allow User u to read on D always deny any to * on any when true }",
        "\u{feff}entity User\r\nentity Group\r\n",
        "entity User",
        "// only a comment\n/// and documentation of nothing",
        "",
    ] {
        let file = parse(text);
        let findings: Vec<_> = file
            .items
            .iter()
            .flat_map(|parsed| &parsed.diagnostics)
            .filter(|finding| finding.code.0 != "W0401")
            .collect();
        assert!(findings.is_empty(), "{text}\n{findings:#?}");
    }
}
