//! Every diagnostic code of the project, declared once.
//!
//! | range | about |
//! |---|---|
//! | E00xx | syntax |
//! | E01xx | names and resolution |
//! | E02xx | types |
//! | E03xx | policies and actions |
//! | E04xx | grants, obligations, tests |
//! | E05xx | packages and manifests |
//! | E06xx | data and requests |
//! | E07xx | limits |
//! | W01xx | unused or missing |
//! | W02xx | conditions |
//! | W03xx | effects |
//! | W04xx | style |
//!
//! To add a code, add one line to the table: the constant, the code, and a title in the words of a policy author; and a page
//! named for it in `docs/diagnostics/`, which begins with the title. A code
//! that has been released keeps its meaning; a retired one is not used again.

use crate::Code;

/// A code with its title, as listed by `assize explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// One line: what is wrong, for a list of codes.
    pub title: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $title:literal;)*) => {
        $(#[doc = concat!("`", $code, "`: ", $title)] pub const $name: Code = Code($code);)*

        /// All codes, in the order of their numbers: errors first.
        pub const ALL: &[CodeInfo] = &[$(CodeInfo { code: $name, title: $title }),*];
    };
}

codes! {
    // Syntax.
    UNEXPECTED              "E0001" "something else was expected here";
    UNTERMINATED_STRING     "E0002" "a string has no closing quote";
    UNKNOWN_CHARACTER       "E0003" "a character that means nothing in a policy file";
    BAD_NUMBER              "E0004" "not a number or duration";
    UNKNOWN_LITERAL         "E0005" "a string with an unknown prefix";
    BAD_ESCAPE              "E0006" "a string with an unknown escape";
    UNCLOSED_BRACKET        "E0007" "a bracket is never closed";
    STRAY_BRACKET           "E0008" "a bracket closes nothing";
    NOT_A_DECLARATION       "E0009" "text that starts no declaration";
    GLUED_EQUALS            "E0010" "`>=` where a type ends and a value begins";
    COMPARISON_CHAIN        "E0011" "comparisons do not chain";
    EQUALS_IN_EXPRESSION    "E0012" "`=` where `==` or `:` is meant";
    FOREIGN_WORD            "E0013" "a word of another language";
    CLAUSE_REPEATED         "E0014" "a clause stands twice in one policy";
    CLAUSE_ORDER            "E0015" "the clauses of a policy are out of order";
    CLAUSE_CUT_OFF          "E0016" "a blank line cuts a clause off from its policy";
    ACTION_CLAUSE_REPEATED  "E0017" "a clause stands twice in one action declaration";
    EXPECT_CLAUSE_REPEATED  "E0018" "a clause stands twice in one expectation";
    UNQUOTED_ARGUMENT       "E0019" "an annotation argument without quotes";
    WRONG_QUOTES            "E0020" "a string in other quotes than straight double ones";
    HIDDEN_CHARACTER        "E0021" "a hidden character that makes text read differently";

    // Names and resolution.
    UNKNOWN_NAME            "E0101" "a name that nothing declares";
    UNKNOWN_MEMBER          "E0102" "an attribute, field or method that the type does not have";
    NO_REQUEST_HERE         "E0103" "`principal`, `context`, `now` or their like where there is no request";
    NOT_A_VALUE             "E0104" "a name that stands for no value";
    NOT_AN_ENTITY_TYPE      "E0105" "a name that is no entity type";
    SHADOWED                "E0106" "a variable with the name of another";
    UNKNOWN_ID              "E0107" "an id that a closed entity type does not have";
    NOT_CALLABLE            "E0108" "a call of something that is no function";
    DUPLICATE_NAME          "E0120" "a name is declared twice";
    PRIVATE_NAME            "E0121" "a private name of another module";
    WRONG_KIND              "E0122" "a name means something else than what is needed here";
    CYCLE                   "E0123" "declarations that need each other";
    MODULE_HEADER           "E0124" "a `module` header out of place";
    RESERVED_NAME           "E0125" "a name of the language cannot be declared again";
    UNKNOWN_ACTION          "E0126" "an action that nothing declares";
    LIBRARY_MODULE          "E0127" "a module with a name that belongs to the standard library";
    UNBOUND_PARAMETER       "E0128" "nothing says what a parameter of a module stands for";
    BOUND_TWICE             "E0129" "a parameter of a module stands for two things";
    BAD_BINDING             "E0130" "`with` behind a `use` that says nothing that can be meant";
    SAME_PACKAGE_NAME       "E0131" "two packages of one name";
    FOREIGN_MODULE          "E0132" "a module that two packages declare";

    // Types.
    WRONG_TYPE              "E0201" "a value of another type is needed";
    NEVER_EQUAL             "E0202" "a comparison of values that can never be equal";
    MAY_BE_ABSENT           "E0203" "a value that may be absent is used as if it were there";
    BAD_OPERAND             "E0204" "an operator that does not work on this type";
    BAD_LITERAL             "E0205" "a literal that is out of range or malformed";
    WRONG_ARGUMENT_COUNT    "E0206" "too many or too few arguments";
    MISSING_FIELD           "E0207" "a record without one of its fields";
    UNKNOWN_FIELD           "E0208" "a record with a field that its type does not have";
    FIELD_REPEATED          "E0209" "a field given twice";
    BAD_PATTERN             "E0210" "a pattern that cannot be used";
    NEVER_IN                "E0211" "an `in` that the hierarchy can never make true";
    NO_COMMON_TYPE          "E0212" "branches or elements whose types do not meet";
    ALWAYS_OVERFLOWS        "E0213" "arithmetic that always leaves its range";
    TYPE_UNKNOWN            "E0214" "an expression whose type cannot be told";

    // Declared types: E0250 and up.
    TYPE_ARGUMENTS          "E0250" "a type with the wrong arguments";
    OPTIONAL_NOT_ALLOWED    "E0251" "`?` where a value must be present";
    NOT_ENTITY_TYPES        "E0252" "entity types are needed here";
    NOT_A_RECORD            "E0253" "a context is a record";
    MISSING_VALUE           "E0254" "a type that has no value";
    NOT_CONSTANT            "E0255" "a constant that needs what is only known later";

    // Policies and actions.
    ACTION_INCOMPLETE       "E0301" "an action that says only half of what it applies to";
    INCLUDES_NOTHING        "E0302" "a pattern that includes no action";
    ALLOW_WITHOUT_RESOURCE  "E0303" "an `allow` that names no resource";
    PATTERN_WITHIN          "E0305" "a pattern that is `in` something else than an entity or a grant's parameter";
    DUPLICATE_ID            "E0306" "two policies with one id";
    ANNOTATION_ARGUMENTS    "E0307" "an annotation with the wrong arguments";
    CANNOT_BE_IN            "E0308" "entities that can never be in one another";
    DUPLICATE_BINDING       "E0310" "one name for two things of a policy";
    UNKNOWN_FRAMEWORK       "E0311" "a control of a framework that nobody declares";
    UNKNOWN_CONTROL         "E0312" "a control that its framework does not have";
    DUPLICATE_FRAMEWORK     "E0313" "two frameworks of one name";

    // Grants, obligations, tests.
    GRANT_PARAMETER_UNUSED  "E0401" "a policy of a grant that leaves out one of its parameters";
    GRANT_BODY              "E0402" "something else than an `allow` in the body of a grant";
    GRANT_DURATION          "E0403" "`for at most` without a duration";
    TEST_DATA               "E0410" "test data that does not fit the schema";
    TEST_REQUEST            "E0411" "an expectation about a request that cannot be made";
    TEST_UNKNOWN_POLICY     "E0412" "an expectation names a policy that does not exist";
    TEST_DATA_FILE          "E0413" "a data file of a test cannot be used";
    DUPLICATE_TEST          "E0414" "two tests with one name";
    TEST_FAILED             "E0415" "a test expects another decision";

    // Packages and manifests.
    MANIFEST_SYNTAX         "E0501" "`assize.toml` is not TOML";
    MANIFEST_KEY            "E0502" "an unknown or missing key in `assize.toml`";
    MANIFEST_VALUE          "E0503" "a value of `assize.toml` that makes no sense";
    UNREADABLE              "E0504" "a file or folder cannot be read";
    NOT_UTF8                "E0505" "a file is not UTF-8 text";
    OUTSIDE_PACKAGE         "E0506" "a path that leaves the package";
    NO_SOURCES              "E0507" "nothing to compile";
    DEPENDENCY_CYCLE        "E0508" "packages that depend on each other";
    PARAM_VALUE             "E0509" "a profile's value for a `param` does not fit";
    REFUSED_BY_VERIFIER     "E0599" "the compiler made something that its own verifier refuses";

    // Data and requests.

    // Limits.
    FILE_TOO_LARGE          "E0701" "a policy file is too large";
    NESTED_TOO_DEEPLY       "E0702" "nested too deeply";
    TOO_MANY_DIAGNOSTICS    "E0703" "too many errors";
    TOO_MANY_DECLARATIONS   "E0704" "too many declarations in one file";
    EXPRESSION_TOO_LARGE    "E0705" "an expression is too large";
    TYPE_TOO_LARGE          "E0706" "a type is too large";
    CHAIN_TOO_LONG          "E0707" "declarations that lean on each other too deeply";
    PACKAGE_TOO_LARGE       "E0708" "a package declares too much";

    // Unused or missing.
    MISSING_ID              "W0101" "a policy without an `@id`";
    UNUSED                  "W0102" "a declaration that nothing uses";
    UNKNOWN_ANNOTATION      "W0103" "an annotation that means nothing";
    NEVER_APPLIES           "W0104" "a policy that can never apply";
    DUPLICATE_POLICY        "W0105" "two policies that say the same";
    UNKNOWN_LINT            "W0106" "a code that is no warning";
    ACTION_NEVER_FITS       "W0107" "an action that applies to none of a policy's types";
    ABSENT_ENTITY           "W0108" "a policy names an entity that the data does not hold";
    UNUSED_USE              "W0109" "a `use` of what nothing here mentions";
    UNUSED_INSIDE           "W0110" "a parameter of a function or a `let` that nothing uses";
    UNTRIED_CONTEXT         "W0111" "a field of the context that no test gives";
    DEPRECATED              "W0112" "a use of what is deprecated";

    // Conditions.
    ALWAYS_TRUE             "W0201" "a condition that is always true";
    ALWAYS_FALSE            "W0202" "a condition that is always false";
    COMPARED_WITH_ITSELF    "W0203" "a value compared with itself";
    CHECKED_BEFORE          "W0204" "a check whose answer is already known";
    DEFAULT_WEAKENS         "W0205" "a default value that weakens a policy";
    EMPTY_ALL               "W0206" "`all` over nothing is true";
    NEVER_ABSENT            "W0207" "`?.` or `??` on a value that is never absent";
    IGNORES_MEMBERS         "W0208" "`contains` on a set of groups overlooks their members";
    CONTRADICTS             "W0210" "a part of a condition that contradicts another";
    REDUNDANT               "W0211" "a part of a condition that another makes superfluous";

    // Effects.
    ALLOWS_EVERYTHING       "W0301" "everybody may do everything";
    OVERRIDDEN              "W0302" "a policy that a `deny` overrides";
    DENY_CAN_ERR            "W0303" "a `deny` that also denies when its condition cannot be computed";
    SUBSUMED                "W0304" "a policy that another makes superfluous";
    ALLOWS_ANYBODY          "W0305" "no condition, any principal";

    // Style.
    MIXED_AND_OR            "W0401" "`and` and `or` mixed without parentheses";
}

impl Code {
    /// Its page, as a path in the repository of Assize and a URL relative to its root.
    pub fn page(self) -> String {
        format!("docs/diagnostics/{}.md", self.0)
    }
}

/// The declaration of a code spelled `text`, such as `E0101`.
pub fn find(text: &str) -> Option<&'static CodeInfo> {
    ALL.iter().find(|info| info.code.0.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two constants with one code, or a code out of place, would make `assize explain` lie.
    #[test]
    fn codes_are_sorted_unique_and_well_formed() {
        for pair in ALL.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} must come before {}", pair[0].code.0, pair[1].code.0);
        }
        for info in ALL {
            let (letter, digits) = info.code.0.split_at(1);
            assert!(letter == "E" || letter == "W", "{}", info.code.0);
            assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{}", info.code.0);
            assert!(!info.title.is_empty() && !info.title.ends_with('.'), "{}", info.title);
        }
    }

    #[test]
    fn a_code_is_found_by_its_text() {
        assert_eq!(find("e0007").map(|info| info.code), Some(UNCLOSED_BRACKET));
        assert_eq!(find("E9999"), None);
    }
}
