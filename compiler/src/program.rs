//! The whole package: every item's result put in its place, and the Program made of them.
//!
//! Items know neither where they stand nor each other; here they get ids, places and order. What is wrong with the package
//! as a whole (repeated ids, functions that call themselves) is found here too.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::ast::ItemKind;
use assize_lang::{Code, Diagnostic, Label, MAX_DIAGNOSTICS, Severity, Span, codes};
use assize_runtime::program::{Body, Function, Op, Origin, ParamDecl, Policy, Program};
use assize_runtime::types::ActionId;
use assize_runtime::verify::{MAX_APPLICABLE, MAX_POLICIES};
use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::cases::CheckedTest;
use crate::compile::Checking;
use crate::db::{self, Package, SourceItem};
use crate::declarations::{Declarations, Def, Finding};
use crate::deprecated;
use crate::expr::{PatternTable, Patterns};
use crate::functions::{self, Order, Size};
use crate::library;
use crate::lints;
use crate::named::{self, Named, NamedEntity};
use crate::once::Apart;
use crate::package::Located;
use crate::policy::{CheckedRules, Rule};
use crate::remarks;
use crate::resolve::{ItemKey, Resolved};
use crate::unused_uses;

/// Errors of one package that are kept. Further ones change nothing: it does not compile. Warnings are never counted, since they
/// must not use up the room of an error: a package whose last `deny` is broken would compile without it.
const MAX_ERRORS: usize = 10_000;

/// A package put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// Of policy files; unsorted, before lint levels.
    pub diagnostics: Vec<Located>,
    /// What the package means; to be run only if no diagnostic is an error.
    pub program: Program,
    /// Tests that have no error: index of the file, start of the item, the test.
    pub tests: Vec<(u32, u32, Arc<CheckedTest>)>,
    /// Entities that policies and functions name.
    pub named: Vec<NamedEntity>,
}

/// Puts the package together, with everything there is to say about it.
#[salsa::tracked(returns(ref))]
pub fn assembled(database: &dyn salsa::Database, package: Package) -> Arc<Assembled> {
    Arc::new(assemble(database, package, Checking::Everything, Vec::new()))
}

/// Puts the package together. `apart` has, by file, policies that the database does not know; where there are some, nothing but errors is
/// looked for.
pub fn assemble(
    database: &dyn salsa::Database,
    package: Package,
    checking: Checking,
    apart: Vec<Vec<Apart>>,
) -> Assembled {
    let resolved = db::resolved(database, package);
    let mut assembly = Assembly {
        database,
        package,
        resolved,
        declarations: &resolved.declarations,
        diagnostics: Vec::new(),
        errors: 0,
        table: PatternTable::default(),
        sizes: vec![Size::default(); resolved.declarations.functions.len()],
        new_index: Vec::new(),
        overflowing: vec![false; resolved.declarations.functions.len()],
        named: Vec::new(),
        lost_policies: false,
        placed: Vec::new(),
        lints: checking == Checking::Everything,
    };
    assembly.syntax();
    assembly.declared();
    let functions = assembly.functions();
    let params = assembly.params();
    let policies = assembly.policies(apart);
    let tests = assembly.tests(&policies);
    assembly.untried(&tests);
    let (like_patterns, regexes) = std::mem::take(&mut assembly.table).into_parts();
    let files = library::files(database, package).iter().map(|file| file.name(database).clone()).collect();
    let schema = assembly.declarations.schema.clone();
    let program = Program { schema, params, functions, policies, like_patterns, regexes, files };
    Assembled { diagnostics: assembly.diagnostics, program, tests, named: assembly.named }
}

/// What policies have been called so far.
struct Seen {
    /// Ids, with their places.
    ids: IndexMap<SmolStr, (u32, Span)>,
    /// How many policies each module has.
    counts: Vec<u32>,
}

struct Assembly<'db> {
    database: &'db dyn salsa::Database,
    package: Package,
    resolved: &'db Resolved,
    declarations: &'db Declarations,
    diagnostics: Vec<Located>,
    /// How many of them are errors.
    errors: usize,
    table: PatternTable,
    /// Of functions, by their index in the declarations.
    sizes: Vec<Size>,
    /// Of functions, by the same: whether a call can leave the range of a number.
    overflowing: Vec<bool>,
    named: Vec<NamedEntity>,
    /// Where each function of the declarations stands in the Program.
    new_index: Vec<Option<u32>>,
    /// Whether some policy has an error, so that its id may be unknown.
    lost_policies: bool,
    /// The policies, as checked.
    placed: Vec<lints::PlacedRule<'db>>,
    /// Whether to look for what is no error.
    lints: bool,
}

impl<'db> Assembly<'db> {
    /// Calls `visit` for every item: the index of its file, and the item.
    fn items(&self) -> Vec<(u32, SourceItem<'db>)> {
        let files = library::files(self.database, self.package).iter().enumerate();
        files
            .flat_map(|(at, file)| {
                db::split(self.database, *file).items.iter().map(move |item| (at as u32, *item))
            })
            .collect()
    }

    fn report(&mut self, file: u32, start: u32, finding: Finding) {
        if self.errors >= MAX_ERRORS {
            return;
        }
        self.errors += usize::from(finding.diagnostic.severity == Severity::Error);
        let mut diagnostic = finding.diagnostic.offset_by(start);
        for (def, message) in finding.related {
            let Some((other, span)) = self.place(&def) else { continue };
            let same = other == file;
            diagnostic.secondary.push(Label {
                file: (!same).then_some(other),
                start: span.start,
                end: span.end,
                message,
            });
        }
        self.diagnostics.push(Located { file, diagnostic });
    }

    fn report_placed(&mut self, placed: &lints::Placed<'db>) {
        let Located { file, diagnostic } = placed.located(self.database);
        self.report(file, 0, diagnostic.into());
    }

    /// Where a declaration's name stands in its file.
    fn place(&self, def: &Def) -> Option<(u32, Span)> {
        let (key, span) = self.resolved.places.get(def)?;
        let start = self.declaration_item(*key)?.start(self.database);
        Some((key.file, Span::new(span.start + start, span.end + start)))
    }

    fn declaration_item(&self, key: ItemKey) -> Option<SourceItem<'db>> {
        let file = library::files(self.database, self.package).get(key.file as usize)?;
        db::declaration_items(self.database, *file).get(key.item as usize).copied()
    }

    fn syntax(&mut self) {
        let broken =
            |item: &SourceItem<'db>| matches!(db::parse(self.database, *item).item.kind, ItemKind::Error);
        self.lost_policies = self.items().iter().any(|(_, item)| broken(item));
        for (at, file) in library::files(self.database, self.package).iter().enumerate() {
            let at = at as u32;
            let split = db::split(self.database, *file);
            let mut left = MAX_DIAGNOSTICS;
            for diagnostic in &split.diagnostics {
                self.report(at, 0, diagnostic.clone().into());
            }
            'items: for item in &split.items {
                let start = item.start(self.database);
                for diagnostic in &db::parse(self.database, *item).diagnostics {
                    if left == 0 {
                        self.report(at, 0, assize_lang::too_many_diagnostics(start).into());
                        break 'items;
                    }
                    left -= usize::from(diagnostic.severity == Severity::Error);
                    self.report(at, start, diagnostic.clone().into());
                }
            }
        }
    }

    fn declared(&mut self) {
        for (key, finding) in &self.resolved.findings {
            let Some(item) = self.declaration_item(*key) else { continue };
            let allowed = &db::notes(self.database, item).0.allowed;
            if !allowed.contains(&finding.diagnostic.code) {
                self.report(key.file, item.start(self.database), finding.clone());
            }
        }
        for (file, item) in self.items() {
            if matches!(db::parse(self.database, item).item.kind, ItemKind::Policy(_)) {
                // Theirs are read where they are checked.
                continue;
            }
            let start = item.start(self.database);
            for finding in &db::notes(self.database, item).1 {
                self.report(file, start, finding.clone());
            }
        }
        if !self.lints {
            return;
        }
        let unused = lints::unused(self.database, self.package, self.resolved);
        let unused_uses = unused_uses::unused(self.database, self.package, self.resolved);
        let deprecated = deprecated::uses(self.database, self.package, self.resolved);
        for placed in unused.into_iter().chain(unused_uses).chain(deprecated) {
            self.report_placed(&placed);
        }
    }

    fn functions(&mut self) -> Vec<Function> {
        let count = self.declarations.functions.len();
        let mut found: Vec<Option<(u32, SourceItem<'db>)>> = vec![None; count];
        let mut calls = vec![Vec::new(); count];
        for (file, item) in self.items() {
            if !matches!(db::parse(self.database, item).item.kind, ItemKind::Fn(_)) {
                continue;
            }
            let checked = db::function(self.database, item);
            let start = item.start(self.database);
            self.lost_policies |= self.is_unread(item);
            let allowed = &db::notes(self.database, item).0.allowed;
            for finding in checked.findings.iter().filter(|it| !allowed.contains(&it.diagnostic.code)) {
                self.report(file, start, finding.clone());
            }
            if self.lints {
                let certain = db::certainties(self.database, item);
                for diagnostic in certain.findings.iter().flatten().filter(|it| !allowed.contains(&it.code)) {
                    self.report(file, start, diagnostic.clone().into());
                }
            }
            if let Some(index) = checked.index {
                found[index as usize] = Some((file, item));
                calls[index as usize] = checked.calls.clone();
            }
        }
        let Order { order, cycles } = functions::sort(&calls);
        for cycle in cycles {
            self.report_recursion(&cycle);
        }
        self.new_index = vec![None; count];
        for (at, old) in order.iter().enumerate() {
            self.new_index[*old as usize] = Some(at as u32);
        }
        let mut functions = Vec::with_capacity(count);
        for old in order {
            let Some((file, item)) = found[old as usize] else { continue };
            let checked = db::function(self.database, item);
            let Some(body) = &checked.body else { continue };
            let size = Size::of(&body.body, &self.sizes);
            self.sizes[old as usize] = size;
            self.overflowing[old as usize] = functions::overflow(&body.body, &self.overflowing).is_some();
            let start = item.start(self.database);
            if !db::notes(self.database, item).0.allowed.contains(&codes::ABSENT_ENTITY) {
                self.named.extend(placed_entities(named::in_body(&body.body), file, start));
            }
            if !size.fits()
                && let Some((key, span)) = self.resolved.places.get(&Def::Function(old))
            {
                self.report(key.file, start, remarks::too_deep(*span));
            }
            let mut own = body.body.clone();
            self.adopt(&mut own, &body.patterns);
            functions.push(Function {
                name: self.declarations.functions[old as usize].name.clone(),
                params: checked.params.clone(),
                body: own,
                origin: Origin { file, start },
            });
        }
        functions
    }

    fn report_recursion(&mut self, cycle: &[u32]) {
        let Some((first, others)) = cycle.split_first() else { return };
        let Some((key, span)) = self.resolved.places.get(&Def::Function(*first)) else { return };
        let Some(item) = self.declaration_item(*key) else { return };
        let name = &self.declarations.functions[*first as usize].name;
        let finding = remarks::recursion(name, *span, others);
        self.report(key.file, item.start(self.database), finding);
    }

    fn params(&mut self) -> Vec<ParamDecl> {
        let mut params: Vec<ParamDecl> = self
            .declarations
            .params
            .iter()
            .map(|param| ParamDecl { name: param.name.clone(), ty: param.ty.clone(), default: None })
            .collect();
        for (file, item) in self.items() {
            if !matches!(db::parse(self.database, item).item.kind, ItemKind::Param(_)) {
                continue;
            }
            let checked = db::param(self.database, item);
            for finding in &checked.findings {
                self.report(file, item.start(self.database), finding.clone());
            }
            if let Some(index) = checked.index {
                params[index as usize].default = checked.default.clone();
            }
        }
        params
    }

    /// Whether a finding only repeats that part of the item could not be read: a resource that is missing may stand there.
    fn follows_from_syntax(&self, item: SourceItem<'db>, finding: &Finding) -> bool {
        finding.diagnostic.code == codes::ALLOW_WITHOUT_RESOURCE && self.is_unread(item)
    }

    /// Whether a part of the item could not be read.
    fn is_unread(&self, item: SourceItem<'db>) -> bool {
        db::parse(self.database, item).diagnostics.iter().any(|it| it.severity == Severity::Error)
    }

    fn policies(&mut self, apart: Vec<Vec<Apart>>) -> Vec<Policy> {
        let mut policies = Vec::with_capacity(apart.iter().map(Vec::len).sum());
        let mut seen = Seen { ids: IndexMap::new(), counts: vec![0; self.declarations.modules.len()] };
        let mut placed = Vec::new();
        let mut apart = apart.into_iter();
        for (at, source) in library::files(self.database, self.package).iter().enumerate() {
            let file = at as u32;
            let mut apart = apart.next().unwrap_or_default().into_iter().peekable();
            let module = db::module_of(self.database, *source) as usize;
            for item in &db::split(self.database, *source).items {
                let start = item.start(self.database);
                while let Some(next) = apart.next_if(|next| next.start < start) {
                    self.place_apart(next, module, file, &mut seen, &mut policies);
                }
                self.policies_of(*item, module, file, &mut seen, &mut policies, &mut placed);
            }
            apart.for_each(|next| self.place_apart(next, module, file, &mut seen, &mut policies));
        }
        self.check_work(&policies);
        if !self.lints {
            return policies;
        }
        for placed in &placed {
            if let Some(diagnostic) = lints::deny_that_overflows(placed.rule, &self.overflowing) {
                self.report(placed.file, placed.item.start(self.database), diagnostic.into());
            }
        }
        for found in lints::package(self.database, &self.declarations.schema, &placed) {
            self.report_placed(&found);
        }
        self.placed = placed;
        policies
    }

    /// The policies of an item of a file.
    fn policies_of(
        &mut self,
        item: SourceItem<'db>,
        module: usize,
        file: u32,
        seen: &mut Seen,
        policies: &mut Vec<Policy>,
        placed: &mut Vec<lints::PlacedRule<'db>>,
    ) {
        let allowed: &[Code] = match db::parse(self.database, item).item.kind {
            // What it allows itself was left out where it was checked.
            ItemKind::Policy(_) => &[],
            ItemKind::Grant(_) => &db::notes(self.database, item).0.allowed,
            _ => return,
        };
        let checked = db::rules(self.database, item);
        let start = item.start(self.database);
        for finding in checked.findings.iter().filter(|it| !allowed.contains(&it.diagnostic.code)) {
            if !self.follows_from_syntax(item, finding) {
                self.report(file, start, finding.clone());
            }
        }
        let body = match &db::parse(self.database, item).item.kind {
            ItemKind::Grant(decl) => decl.body.as_ref(),
            _ => None,
        };
        // Of a grant whose parameters have an error, nothing is known of its policies.
        self.lost_policies |= body.is_some_and(|body| checked.rules.len() < body.len());
        if self.lints {
            self.certain(file, item, checked, allowed);
        }
        for (index, rule) in checked.rules.iter().enumerate() {
            let origin = Origin { file, start };
            let id = self.id(rule, module, origin, Some(item), seen);
            placed.push(lints::PlacedRule { item, index, file, rule });
            self.named.extend(placed_entities(rule.named.clone(), file, start));
            match rule.policy.clone() {
                Some(policy) => policies.push(self.place_policy(policy, rule, id, origin)),
                None => self.lost_policies = true,
            }
        }
    }

    /// A policy that the database does not know, and that has nothing wrong by itself.
    fn place_apart(
        &mut self,
        mut apart: Apart,
        module: usize,
        file: u32,
        seen: &mut Seen,
        policies: &mut Vec<Policy>,
    ) {
        let origin = Origin { file, start: apart.start };
        let id = self.id(&apart.rule, module, origin, None, seen);
        let named = std::mem::take(&mut apart.rule.named);
        self.named.extend(placed_entities(named, file, apart.start));
        match apart.rule.policy.take() {
            Some(policy) => policies.push(self.place_policy(policy, &apart.rule, id, origin)),
            None => self.lost_policies = true,
        }
    }

    /// What is certain about the conditions of policies.
    fn certain(&mut self, file: u32, item: SourceItem<'db>, checked: &CheckedRules, allowed: &[Code]) {
        let start = item.start(self.database);
        let certain = db::certainties(self.database, item);
        for (rule, found) in checked.rules.iter().zip(&certain.findings) {
            for diagnostic in
                found.iter().filter(|it| !rule.allowed.contains(&it.code) && !allowed.contains(&it.code))
            {
                self.report(file, start, diagnostic.clone().into());
            }
        }
    }

    /// Policies and environments together have a bound, which the verifier keeps to as well.
    fn check_work(&mut self, policies: &[Policy]) {
        let actions = &self.declarations.schema.actions;
        let cost = |action: &ActionId| {
            let applies = actions.get(action.index()).and_then(|action| action.applies.as_ref());
            applies.map_or(0, |it| it.principals.iter().len() as u64 * it.resources.iter().len() as u64)
        };
        let mut work = 0;
        for (at, policy) in policies.iter().enumerate() {
            let variants = policy.variants.iter().flat_map(|variant| &variant.actions);
            work += policy.actions.iter().chain(variants).map(cost).sum::<u64>();
            if work > MAX_APPLICABLE || at >= MAX_POLICIES {
                let message = "the policies of this package are for too many combinations of types and actions together";
                let span = Span::new(policy.span.start, policy.span.start);
                let diagnostic = Diagnostic::new(codes::PACKAGE_TOO_LARGE, span, message)
                    .help("name the types and actions that policies are about, or split the package");
                self.report(policy.origin.file, policy.origin.start, diagnostic.into());
                break;
            }
        }
    }

    fn tests(&mut self, policies: &[Policy]) -> Vec<(u32, u32, Arc<CheckedTest>)> {
        let ids: BTreeSet<&str> = policies.iter().map(|policy| policy.id.as_str()).collect();
        let mut names: IndexMap<SmolStr, (u32, Span)> = IndexMap::new();
        let mut tests = Vec::new();
        for (file, item) in self.items() {
            let kind = &db::parse(self.database, item).item.kind;
            if !matches!(kind, ItemKind::Test(_) | ItemKind::Prove(_)) {
                continue;
            }
            let checked = db::test(self.database, item);
            let start = item.start(self.database);
            let allowed = &db::notes(self.database, item).0.allowed;
            let mut findings: Vec<Finding> = checked.findings.clone();
            findings
                .retain(|it| !allowed.contains(&it.diagnostic.code) && !self.follows_from_syntax(item, it));
            for (id, span) in checked.expectations.iter().flat_map(|expectation| &expectation.by) {
                if !ids.contains(id.as_str()) && !self.lost_policies {
                    findings.push(remarks::unknown_policy(id, *span, ids.iter().copied()).into());
                }
            }
            findings.into_iter().for_each(|finding| self.report(file, start, finding));
            if !matches!(kind, ItemKind::Test(_)) {
                continue;
            }
            let place = Span::new(checked.name_span.start + start, checked.name_span.end + start);
            match names.get(&checked.name) {
                None => drop(names.insert(checked.name.clone(), (file, place))),
                Some(first) => {
                    let first = remarks::first_one(file, *first);
                    self.report(file, 0, remarks::duplicate_test(&checked.name, place, first).into());
                }
            }
            tests.push((file, start, checked.clone()));
        }
        tests
    }

    /// What the tests of the package never try. Where something could not be read, a test may have been lost.
    fn untried(&mut self, tests: &[(u32, u32, Arc<CheckedTest>)]) {
        if !self.lints || self.errors > 0 {
            return;
        }
        let owners = self.package.owners(self.database);
        let is_own = |placed: &&lints::PlacedRule<'_>| {
            let allowed = &db::notes(self.database, placed.item).0.allowed;
            owners.get(placed.file as usize) == Some(&0) && !allowed.contains(&codes::UNTRIED_CONTEXT)
        };
        let own = self.placed.iter().filter(is_own);
        let tests: Vec<Arc<CheckedTest>> = tests.iter().map(|(_, _, test)| test.clone()).collect();
        for found in lints::untried::fields(&self.declarations.schema, own, &tests) {
            self.report_placed(&found);
        }
    }

    /// The policy's id, unique in the package. Without its item, nothing is said about one that is missing.
    fn id(
        &mut self,
        rule: &Rule,
        module: usize,
        Origin { file, start }: Origin,
        item: Option<SourceItem<'_>>,
        seen: &mut Seen,
    ) -> SmolStr {
        let count = seen.counts.get_mut(module).map_or(0, |count| {
            *count += 1;
            *count
        });
        let ids = &mut seen.ids;
        let (id, span) = match &rule.id {
            Some((id, span)) => (id.clone(), *span),
            None => {
                let id = remarks::derived_id(&self.declarations.modules[module].path, count);
                if self.lints
                    && !rule.allowed.contains(&codes::MISSING_ID)
                    && let Some(item) = item
                {
                    let diagnostic = remarks::missing_id(rule, &id, item.text(self.database));
                    self.report(file, start, diagnostic.into());
                }
                (id, rule.effect_span)
            }
        };
        let place = Span::new(span.start + start, span.end + start);
        match ids.get(&id) {
            None => drop(ids.insert(id.clone(), (file, place))),
            Some(first) => {
                let first = remarks::first_one(file, *first);
                self.report(file, 0, remarks::duplicate_id(&id, place, first).into());
            }
        }
        id
    }

    fn place_policy(&mut self, mut policy: Policy, rule: &Rule, id: SmolStr, origin: Origin) -> Policy {
        policy.id = id;
        policy.origin = origin;
        let mut fits = true;
        for variant in &mut policy.variants {
            let args = variant.obligations.iter_mut().flat_map(|call| &mut call.args);
            for body in variant.condition.iter_mut().chain(args) {
                fits &= Size::of(body, &self.sizes).fits();
                self.adopt(body, &rule.patterns);
            }
        }
        if !fits {
            self.report(origin.file, origin.start, remarks::too_deep(rule.effect_span));
        }
        policy
    }

    /// Gives a body the Program's indices of functions and patterns.
    fn adopt(&mut self, body: &mut Body, patterns: &Patterns) {
        self.table.adopt(body, patterns);
        for node in &mut body.nodes {
            if let Op::Call { function, .. } = &mut node.op {
                // One that is not there has an error, and so this Program is not run.
                *function = self.new_index.get(*function as usize).copied().flatten().unwrap_or(u32::MAX);
            }
        }
    }
}

fn placed_entities(named: Named, file: u32, start: u32) -> impl Iterator<Item = NamedEntity> {
    let placed = move |(uid, span): (_, Span)| {
        let span = Span::new(span.start.saturating_add(start), span.end.saturating_add(start));
        NamedEntity { uid, file, span }
    };
    named.into_iter().map(placed)
}
