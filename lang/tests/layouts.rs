//! What the one true format looks like, one question of layout at a time. Each input also goes through [`meaning::check`].

mod meaning;

/// A snapshot of what becomes of a text.
fn shown(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("layout_{name}"), meaning::check(text));
    });
}

/// A text that is formatted already.
fn stays(text: &str) {
    assert_eq!(meaning::check(text), text);
}

#[test]
fn long_conditions_end_their_lines_before_and_and_or() {
    shown(
        "conditions",
        r#"@id("a") allow User u to read on Document d when d.owner == u and d.level <= u.level and u.department in ["engineering", "finance"]
@id("b") allow User u to read on Document d when d.owner == u or d.level <= u.level and u.department == "engineering" and u.active or u in d.viewers
@id("c") allow User u to read on Document d when (d.owner == u or d.reviewer == u or d.approver == u) and (d.level <= u.level or u.department == "engineering" or context.override_by_a_manager) unless not (context.device.managed and context.device.encrypted and context.network == "office-network")
@id("d") allow User u to read on Document d when u.first_attribute_with_a_long_name.second_attribute_with_a_long_name == d.another_attribute_with_a_long_name.and_one_more
@id("e") allow User u to read on Document d when if context.mfa and context.device.managed then d.level <= u.level and d.archived == false else d.owner == u"#,
    );
}

#[test]
fn quantifiers_in_quantifiers() {
    shown(
        "quantifiers",
        r#"@id("a") allow User u to read on Document d when any(Folder f in d.ancestors: f.owner == u)
@id("b") allow User u to read on Document d when any(Folder f in d.ancestors: f.owner == u and all(Group g in f.readers: any(User m in g.members: m.level >= d.level and m.department == u.department)))
@id("c") allow User u to read on Document d when not all(x in d.labels: x in ["a","b"]) and any(User | Group member in d.viewers_of_this_document: member is Group and u in member or member == u or member in u.friends)"#,
    );
}

#[test]
fn records_sets_and_calls() {
    shown(
        "records",
        r#"const EMPTY: Set<Int> = [ ]
const SHORT: { a: Int, b: { c: String } } = {a:1,b:{c:"x"}}
const LONG: Config = {first:"a value of some length",second:["one","two","three"],third:{inner:"another value of some length",other:[1,2,3,4]}}
const LIST: Set<String> = ["a somewhat long text", "another somewhat long text", "a third somewhat long text", "the last one"]
const MATRIX: Set<Set<Int>> = [[1,2,3],[4,5,6],[7,8,9],[10,11,12],[13,14,15],[16,17,18],[19,20,21],[22,23,24],[25,26,27],[28,29,30]]
fn f(user: User, document: Document, a_flag: Bool, another_flag: Bool, a_third_flag_with_a_long_name: Bool) -> Bool = g(user, document).contains_any([user.department, document.department_of_the_owner, "everybody"])
fn h() -> { a: Int } = { a: 1 }
param P: { mfa: Bool, ip?: Ip, device: { managed: Bool, encrypted: Bool, platform: String, version: Int }, more: Set<String> } = DEFAULT"#,
    );
}

#[test]
fn comments_in_odd_places() {
    shown(
        "comments",
        r#"// first of all

// and then
@id("a") // behind an annotation
// between annotation and head
allow // behind the effect
User u // behind the principal
to // behind to
read, // behind an action
// above an action
comment
on Document d // behind the head
// above when
when // behind when
d.owner == u // behind an operand
// above and
and // behind and
(d.level < 3 // in parentheses
// at the end of parentheses
) and any(Folder f in d.ancestors: // behind a colon
f.owner == u // behind a body
) and u.department in [ // opening
"a", // one
"b" // two
// closing
]
because // behind because
"x" // the end

entity User { // opening
a: Int // one
// between

// after a blank line
b: Int // two
// closing
} // behind

fn f( // opening
a: Int, // one
b: Int // two
) -> Bool = // behind the sign
// above the body
a == b // behind the body
// last of all"#,
    );
}

#[test]
fn groups_of_lines_stay_apart() {
    shown(
        "groups",
        "module a\n\n\n\nuse b::C\nuse d::E\n\n\nentity A {\n\n\n  x: Int\n  y: Int\n\n\n  z: Int\n\n}\nentity B {}\nentity C {}\n\nentity D {}\n// about E\nentity E {}\n\n// apart\n\nentity F {}\naction a on B by C\naction b on B by C\n\naction c on B by C\ntest \"t\" {\n\n  data {\n    A::\"1\" { x: 1, y: 2, z: 3 }\n\n\n    A::\"2\" { x: 1, y: 2, z: 3 }\n  }\n\n\n  expect allow C::\"c\" to a on B::\"b\"\n  expect deny C::\"c\" to a on B::\"b\"\n\n  expect allow C::\"c\" to a on B::\"b\"\n}\n\n\n\n",
    );
}

#[test]
fn lines_may_end_as_elsewhere() {
    let text = "/// Doc.\r\n@id(\"a\")\r\nallow User u to read on Document d\r\n  when d.owner == u   // why\r\n\r\n\r\nentity A {\r\n  x: Int\r\n  y: Int\r\n}\r\n";
    let formatted = meaning::check(text);
    assert!(!formatted.contains('\r'), "{formatted:?}");
    shown("line_ends", text);
    // A raw string keeps its own.
    stays("const C: String = r\"a\\b\"\n");
}

#[test]
fn characters_count_for_the_width_not_bytes() {
    // The first just fits into 100 columns, the second does not.
    let fits =
        format!("const C: Set<String> = [\"{}\", \"{}\"]\n", "\u{e4}".repeat(35), "\u{5b57}".repeat(34));
    assert_eq!(fits.trim_end().chars().count(), 100);
    stays(&fits);
    let long = fits.replacen("\u{e4}", "\u{e4}\u{e4}", 1);
    shown("width", &long);
}

#[test]
fn heads_of_policies_and_declarations_that_are_too_long() {
    shown(
        "heads",
        r#"@id("a") @owner("x") @control("SOC2:CC6.1") @deprecated("use the other one, which says who may do it and why, and not only what")
allow User | Group | ServiceAccount | Robot someone in Group::"a-group-with-a-long-name" to read, write, comment, share, export, "s3:GetObject*", archive on Document | Folder | Space something in Folder::"a-folder-with-a-long-name"
action read_the_document, write_the_document, comment_on_the_document on Document | Folder | Attachment by User | ServiceAccount with Session includes a, b
entity AnEntityWithALongName in AnotherEntityWithALongName | AThirdEntityWithALongName | AFourthEntityWithALongName { a: Int }
enum AnEnumWithALongName { a_variant_with_a_long_name, another_variant_with_a_long_name, a_third_variant_with_a_long_name }
entity Environment = "development" | "testing" | "staging" | "acceptance" | "production" | "disaster-recovery"
grant viewer_of_things(who: User | Group | ServiceAccount, what: Folder | Document | Attachment, reason: String) for at most 4h
type Session = { mfa: Bool, ip?: Ip, device: { managed: Bool, encrypted: Bool }, location: { country: String, region?: String } }"#,
    );
}

#[test]
fn what_is_short_stays_short() {
    stays("entity User in Group { name: String }\n\nentity Group\n");
    stays(
        "@id(\"a\")\nallow User u to * on any\n\n@id(\"b\")\ndeny any to read on any\n  when principal is User\n",
    );
    stays("fn f(a: Int) -> Bool = a == 1\nfn g() -> Bool = not (a and b)\n");
}
