//! Every span of a tree covers the text that it speaks of.
//!
//! `outline` writes a tree as nested source texts: one line for each node, its kind and what its span covers.

use assize_lang::ast::*;
use assize_lang::parse;

struct Outline<'a> {
    text: &'a str,
    out: String,
    depth: usize,
}

impl Outline<'_> {
    fn node(&mut self, kind: &str, span: Span) {
        let source = self.text.get(span.start as usize..span.end as usize).expect("a span within the text");
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
        self.out.push_str(&format!("{}{kind} `{source}`\n", "  ".repeat(self.depth)));
    }

    fn below(&mut self, write: impl FnOnce(&mut Self)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        self.node("item", item.span);
        self.below(|outline| {
            outline.annotations(&item.annotations);
            match &item.kind {
                ItemKind::Policy(policy) => outline.policy(policy),
                ItemKind::Const(value) | ItemKind::Param(value) => {
                    outline.node("name", value.name.span);
                    outline.ty(&value.ty);
                    value.value.iter().for_each(|value| outline.expr(value));
                }
                ItemKind::Entity(entity) => {
                    outline.node("name", entity.name.span);
                    entity.parents.iter().for_each(|parents| outline.ty(parents));
                    outline.fields(&entity.fields);
                }
                ItemKind::Action(action) => {
                    action.names.iter().for_each(|name| outline.node("name", name.span));
                    [&action.on, &action.by, &action.with]
                        .into_iter()
                        .flatten()
                        .for_each(|ty| outline.ty(ty));
                    action.includes.iter().for_each(|action| outline.node("action", action.span));
                }
                ItemKind::Grant(grant) => {
                    outline.node("name", grant.name.span);
                    for param in &grant.params {
                        outline.node("param", param.name.span);
                        outline.ty(&param.ty);
                    }
                    grant.at_most.iter().for_each(|limit| outline.expr(limit));
                    for policy in grant.body.iter().flatten() {
                        outline.node("grant policy", policy.span);
                        outline.below(|outline| {
                            outline.annotations(&policy.annotations);
                            outline.policy(&policy.policy);
                        });
                    }
                }
                ItemKind::Test(test) => {
                    outline.node("name", test.name.span);
                    test.items.iter().for_each(|item| outline.test_item(item));
                }
                ItemKind::Prove(prove) => {
                    for claim in &prove.claims {
                        outline.node("claim", claim.span);
                        outline.below(|outline| outline.policy(&claim.policy));
                    }
                }
                other => panic!("not outlined: {other:?}"),
            }
        });
    }

    fn annotations(&mut self, annotations: &[Annotation]) {
        for annotation in annotations {
            self.node("annotation", annotation.span);
            self.below(|outline| {
                outline.node("name", annotation.name.span);
                annotation.args.iter().for_each(|arg| outline.node("string", arg.span));
            });
        }
    }

    fn policy(&mut self, policy: &PolicyDecl) {
        self.node("effect", policy.effect_span);
        self.pattern("principal", &policy.principal);
        match &policy.actions {
            Actions::All(span) | Actions::Error(span) => self.node("actions", *span),
            Actions::List(list) => list.iter().for_each(|action| self.node("action", action.span)),
        }
        policy.resource.iter().for_each(|resource| self.pattern("resource", resource));
        for clause in &policy.clauses {
            self.node("clause", clause.span);
            self.below(|outline| match &clause.kind {
                ClauseKind::When(condition) | ClauseKind::Unless(condition) => outline.expr(condition),
                ClauseKind::Because(message) => outline.node("string", message.span),
                ClauseKind::Oblige(calls) => {
                    for call in calls {
                        outline.node("call", call.span);
                        outline.below(|outline| call.args.iter().for_each(|arg| outline.expr(arg)));
                    }
                }
                ClauseKind::OnErrorSkip | ClauseKind::Error => {}
            });
        }
    }

    fn pattern(&mut self, role: &str, pattern: &Pattern) {
        self.node(role, pattern.span);
        self.below(|outline| {
            let (types, binding, within): (&[Path], _, _) = match &pattern.kind {
                PatternKind::Any { binding, within } => (&[], binding.as_ref(), within.as_ref()),
                PatternKind::Types { types, binding, within } => (types, binding.as_ref(), within.as_ref()),
                PatternKind::In(expr) | PatternKind::Entity(expr) => (&[], None, Some(expr)),
                PatternKind::Error => (&[], None, None),
            };
            types.iter().for_each(|path| outline.node("type", path.span()));
            binding.into_iter().for_each(|name| outline.node("binding", name.span));
            within.into_iter().for_each(|scope| outline.expr(scope));
        });
    }

    fn test_item(&mut self, item: &TestItem) {
        match item {
            TestItem::Data(rows) => {
                for row in rows {
                    match row {
                        DataRow::Entity { uid, parents, attrs, span } => {
                            self.node("row", *span);
                            self.below(|outline| {
                                outline.expr(uid);
                                parents.iter().for_each(|parent| outline.expr(parent));
                                attrs.iter().flatten().for_each(|init| outline.init(init));
                            });
                        }
                        DataRow::Grant { args, until, span, .. } => {
                            self.node("row", *span);
                            self.below(|outline| args.iter().chain(until).for_each(|arg| outline.expr(arg)));
                        }
                        DataRow::Error(span) => self.node("error", *span),
                    }
                }
            }
            TestItem::DataFile(file) => self.node("file", file.span),
            TestItem::Let { name, value } => {
                self.node("let", name.span);
                self.below(|outline| outline.expr(value));
            }
            TestItem::Expect(expect) => {
                self.node("expect", expect.span);
                self.below(|outline| {
                    outline.expr(&expect.principal);
                    outline.node("action", expect.action.span);
                    outline.expr(&expect.resource);
                    expect.context.iter().chain(&expect.at).for_each(|expr| outline.expr(expr));
                    expect.by.iter().for_each(|id| outline.node("string", id.span));
                });
            }
            TestItem::Error(span) => self.node("error", *span),
        }
    }

    fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.node("field", field.span);
            self.below(|outline| {
                outline.annotations(&field.annotations);
                outline.node("name", field.name.span);
                outline.ty(&field.ty);
            });
        }
    }

    fn ty(&mut self, ty: &Type) {
        self.node("type", ty.span);
        self.below(|outline| match &ty.kind {
            TypeKind::Union(types) | TypeKind::Apply { args: types, .. } => {
                types.iter().for_each(|ty| outline.ty(ty))
            }
            TypeKind::Optional(inner) => outline.ty(inner),
            TypeKind::Record(fields) => outline.fields(fields),
            TypeKind::Name(_) | TypeKind::Error => {}
        });
    }

    fn init(&mut self, init: &Init) {
        self.node("field", init.name.span);
        self.below(|outline| outline.expr(&init.value));
    }

    fn expr(&mut self, expr: &Expr) {
        let kind = format!("{:?}", expr.kind);
        let kind = kind.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
        self.node(kind, expr.span);
        self.below(|outline| match &*expr.kind {
            ExprKind::Paren(inner)
            | ExprKind::Not(inner)
            | ExprKind::Neg(inner)
            | ExprKind::IsSome(inner) => outline.expr(inner),
            ExprKind::Set(list) | ExprKind::And(list) | ExprKind::Or(list) => {
                list.iter().for_each(|expr| outline.expr(expr))
            }
            ExprKind::Record(fields) => fields.iter().for_each(|field| outline.init(field)),
            ExprKind::Binary { op_span, left, right, .. } => {
                outline.node("operator", *op_span);
                outline.expr(left);
                outline.expr(right);
            }
            ExprKind::Is { value, types, within } => {
                outline.expr(value);
                types.iter().for_each(|path| outline.node("type", path.span()));
                within.iter().for_each(|scope| outline.expr(scope));
            }
            ExprKind::Has { value, path } => {
                outline.expr(value);
                path.iter().for_each(|name| outline.node("name", name.span));
            }
            ExprKind::Like { value, pattern } | ExprKind::Matches { value, pattern } => {
                outline.expr(value);
                outline.node("string", pattern.span);
            }
            ExprKind::If { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(|expr| outline.expr(expr))
            }
            ExprKind::Member { value, name, .. } => {
                outline.expr(value);
                outline.node("name", name.span);
            }
            ExprKind::Call { callee, args } => {
                outline.expr(callee);
                args.iter().for_each(|arg| outline.expr(arg));
            }
            ExprKind::Index { value, index } => {
                outline.expr(value);
                outline.expr(index);
            }
            ExprKind::Quantifier { types, variable, set, body, .. } => {
                types.iter().for_each(|path| outline.node("type", path.span()));
                outline.node("variable", variable.span);
                outline.expr(set);
                outline.expr(body);
            }
            ExprKind::Tagged { tag, value } => {
                outline.node("tag", tag.span);
                outline.node("string", value.span);
            }
            ExprKind::Entity { ty, id } => {
                outline.node("type", ty.span());
                outline.node("string", id.span);
            }
            _ => {}
        });
    }
}

/// The outline of the last item of a text without findings.
fn outline(text: &str) -> String {
    let file = parse(text);
    let parsed = file.items.last().expect("an item");
    assert!(parsed.diagnostics.is_empty(), "{:#?}", parsed.diagnostics);
    let mut outline = Outline { text: &text[parsed.start as usize..], out: String::new(), depth: 0 };
    outline.item(&parsed.item);
    outline.out
}

macro_rules! spans {
    ($($name:ident: $text:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(concat!("spans_", stringify!($name)), outline($text));
            });
        })*
    };
}

spans! {
    policy: "entity Before\n\n/// Docs\n@id(\"a\") @b\ntrial deny User | Group u in Group::\"g\" to read, a::\"x*\" on any d // c\n  when u.a.b(1, x)?.c == d[\"k\"]\n  unless not (a or -1 < 2)\n  on  error skip\n  because \"no\"\n  oblige log(\"x\"), mask([F::a])\n";
    operators: "const X: Bool = a is User | Group in g and b is some and c has d.`e f` and d like \"x\" and e matches r\"y\" and f ?? g not in h";
    literals: "param X: Map<String, Int?> = { a: 1.5, \"b c\": 8h30m d: ip\"1\", e: [User::\"x\", `a b`], f: r#\"y\"# }";
    binders: "const X: Bool = any(User | a::Group g in x.y: g == z) or if all(x in y: true) then b else c + 1 * 2";
    entity: "entity User in A | B {\n  /// docs\n  @old a?: Set<A | B>, b: { c: Int }? \"d e\": (Int)\n}";
    action: "action read, \"a:b\" includes c::d, \"e*\" on A | B by C with { x: Int }";
    grant: "grant g(who: User | Group, what: F) for at most 4h {\n  /// docs\n  @id(\"x\")\n  allow User in who to * on F in what when true\n}";
    test: "test \"t\" {\n  data { A::\"x\" in [B::\"y\"] { a: 1 } g(A::\"x\") until now }\n  data \"f\"\n  let x = 1\n  expect deny p to read on R::\"r\" with { } at now by \"a\", \"b\"\n}";
    proof: "prove \"p\" { never allow User u to read on D when u.x always deny any to * on any }";
}
