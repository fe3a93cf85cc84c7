//! A recogniser for any context-free grammar, after Earley: slow, and with nothing to get wrong in the grammar's shape.

use std::collections::{BTreeMap, BTreeSet};

use super::ebnf::{Form, Grammar};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Terminal(usize),
    Rule(usize),
}

/// Where one is in a production, and where it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    production: usize,
    dot: usize,
    from: usize,
}

/// A grammar made ready to recognise.
#[derive(Debug, Default)]
pub struct Recogniser {
    terminals: BTreeMap<String, usize>,
    rules: BTreeMap<String, usize>,
    /// The rule that a production makes, and what it is made of.
    productions: Vec<(usize, Vec<Symbol>)>,
    /// Productions by rule.
    of: Vec<Vec<usize>>,
    nullable: Vec<bool>,
}

impl Recogniser {
    /// For the rules of a grammar.
    pub fn new(grammar: &Grammar) -> Recogniser {
        let mut made = Recogniser::default();
        for (name, form) in grammar {
            let rule = made.rule(name);
            made.produce(rule, form);
        }
        made.nullable = vec![false; made.of.len()];
        loop {
            let is_empty = |symbol: &Symbol| matches!(symbol, Symbol::Rule(rule) if made.nullable[*rule]);
            let next = made
                .productions
                .iter()
                .find(|(rule, body)| !made.nullable[*rule] && body.iter().all(is_empty));
            let Some((rule, _)) = next else { break };
            let rule = *rule;
            made.nullable[rule] = true;
        }
        made
    }

    fn rule(&mut self, name: &str) -> usize {
        if let Some(rule) = self.rules.get(name) {
            return *rule;
        }
        self.rules.insert(name.to_owned(), self.of.len());
        self.of.push(Vec::new());
        self.of.len() - 1
    }

    fn fresh(&mut self) -> usize {
        self.of.push(Vec::new());
        self.of.len() - 1
    }

    fn add(&mut self, rule: usize, body: Vec<Symbol>) {
        self.of[rule].push(self.productions.len());
        self.productions.push((rule, body));
    }

    fn produce(&mut self, rule: usize, form: &Form) {
        match form {
            Form::Choice(of) => of.iter().for_each(|one| self.produce(rule, one)),
            Form::Sequence(of) => {
                let body = of.iter().map(|one| self.symbol(one)).collect();
                self.add(rule, body);
            }
            other => {
                let symbol = self.symbol(other);
                self.add(rule, vec![symbol]);
            }
        }
    }

    fn symbol(&mut self, form: &Form) -> Symbol {
        match form {
            Form::Terminal(name) => {
                let next = self.terminals.len();
                Symbol::Terminal(*self.terminals.entry(name.clone()).or_insert(next))
            }
            Form::Rule(name) => Symbol::Rule(self.rule(name)),
            Form::Sequence(_) | Form::Choice(_) => {
                let rule = self.fresh();
                self.produce(rule, form);
                Symbol::Rule(rule)
            }
            Form::Optional(of) => {
                let rule = self.fresh();
                self.add(rule, Vec::new());
                self.produce(rule, of);
                Symbol::Rule(rule)
            }
            Form::Many(of) | Form::Some(of) => {
                let rule = self.fresh();
                let one = self.symbol(of);
                let first = if matches!(form, Form::Many(_)) { Vec::new() } else { vec![one] };
                self.add(rule, first);
                self.add(rule, vec![Symbol::Rule(rule), one]);
                Symbol::Rule(rule)
            }
            // That each stands at most once is more than a recogniser needs to know.
            Form::AnyOrder(of) => self.symbol(&Form::Many(Box::new(Form::Choice(of.clone())))),
        }
    }

    /// Whether `tokens` are a `start`; else how many of them begin one.
    pub fn recognise(&self, start: &str, tokens: &[String]) -> Result<(), usize> {
        let start = self.rules.get(start).copied().ok_or(0usize)?;
        let mut sets: Vec<Vec<Item>> = vec![Vec::new()];
        let mut seen: BTreeSet<Item> = BTreeSet::new();
        // By the position where it began: the items that wait for a rule, by rule.
        let mut waiting: Vec<Vec<Vec<Item>>> = Vec::new();
        let first = self.of[start].iter().map(|&production| Item { production, dot: 0, from: 0 });
        sets[0].extend(first);
        seen.extend(sets[0].iter().copied());
        for position in 0..=tokens.len() {
            waiting.push(vec![Vec::new(); self.of.len()]);
            let mut set = std::mem::take(&mut sets[position]);
            let mut next = Vec::new();
            let token = tokens.get(position).and_then(|token| self.terminals.get(token));
            let mut at = 0;
            while at < set.len() {
                let item = set[at];
                at += 1;
                let (rule, body) = &self.productions[item.production];
                let advanced = |item: Item| Item { dot: item.dot + 1, ..item };
                match body.get(item.dot) {
                    Some(Symbol::Terminal(terminal)) => {
                        if token == Some(terminal) {
                            next.push(advanced(item));
                        }
                    }
                    Some(Symbol::Rule(wanted)) => {
                        let is_first = waiting[position][*wanted].is_empty();
                        waiting[position][*wanted].push(item);
                        if is_first {
                            for &production in &self.of[*wanted] {
                                let begun = Item { production, dot: 0, from: position };
                                if seen.insert(begun) {
                                    set.push(begun);
                                }
                            }
                        }
                        if self.nullable[*wanted] && seen.insert(advanced(item)) {
                            set.push(advanced(item));
                        }
                    }
                    None => {
                        for index in 0..waiting[item.from][*rule].len() {
                            let waiting = advanced(waiting[item.from][*rule][index]);
                            if seen.insert(waiting) {
                                set.push(waiting);
                            }
                        }
                    }
                }
            }
            if position == tokens.len() {
                let is_whole = |item: &Item| {
                    let (rule, body) = &self.productions[item.production];
                    *rule == start && item.from == 0 && item.dot == body.len()
                };
                return if set.iter().any(is_whole) { Ok(()) } else { Err(position) };
            }
            if next.is_empty() {
                return Err(position);
            }
            seen.clear();
            seen.extend(next.iter().copied());
            sets.push(next);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ebnf::read;
    use super::*;

    fn accepts(grammar: &str, text: &str) -> Result<(), usize> {
        let grammar = read(grammar).expect("a grammar");
        let tokens: Vec<String> = text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
        Recogniser::new(&grammar).recognise("s", &tokens)
    }

    #[test]
    fn sentences_of_a_grammar_are_recognised() {
        let sums = "s = p (\"+\" p)*\np = \"n\" | \"(\" s \")\"\n";
        assert_eq!(accepts(sums, "n + ( n + n ) + n"), Ok(()));
        assert_eq!(accepts(sums, "n + +"), Err(2));
        assert_eq!(accepts(sums, "n +"), Err(2));
        assert_eq!(accepts(sums, ""), Err(0));
    }

    #[test]
    fn rules_that_may_be_empty_and_left_recursion_are_no_problem() {
        let lists = "s = \"[\" items \"]\"\nitems = a? b?\na = a \"x\" | \"x\"\nb = (\"y\" & \"z\")\n";
        for text in ["[ ]", "[ x x ]", "[ y z ]", "[ x z y ]"] {
            assert_eq!(accepts(lists, text), Ok(()), "{text}");
        }
        assert_eq!(accepts(lists, "[ y x ]"), Err(2));
    }
}
