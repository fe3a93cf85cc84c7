//! Random sentences of a grammar.

use std::collections::BTreeMap;

use super::ebnf::{Form, Grammar};

/// How deep rules may nest before the shortest way out is taken.
const DEEP: usize = 14;

/// Makes sentences, always the same ones for the same seed.
#[derive(Debug)]
pub struct Sentences<'g> {
    grammar: &'g Grammar,
    /// How deep the shallowest sentence of each rule is.
    height: BTreeMap<&'g str, usize>,
    state: u64,
}

impl<'g> Sentences<'g> {
    /// Of this grammar, in which every rule has sentences.
    pub fn new(grammar: &'g Grammar, seed: u64) -> Self {
        let mut height: BTreeMap<&str, usize> = BTreeMap::new();
        loop {
            let mut changed = false;
            for (name, form) in grammar {
                let Some(found) = depth(form, &height) else { continue };
                let better = height.get(name.as_str()).is_none_or(|known| found + 1 < *known);
                if better {
                    height.insert(name, found + 1);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        assert_eq!(height.len(), grammar.len(), "each rule has sentences");
        Sentences { grammar, height, state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// The tokens of a sentence of `rule`, as texts.
    pub fn sentence(&mut self, rule: &str) -> Vec<String> {
        let mut out = Vec::new();
        let form = &self.grammar[rule];
        self.write(form, 0, &mut out);
        out
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % bound.max(1) as u64) as usize
    }

    fn write(&mut self, form: &Form, level: usize, out: &mut Vec<String>) {
        let deep = level >= DEEP || out.len() > 400;
        match form {
            Form::Terminal(name) => {
                let text = self.spelling(name);
                out.push(text);
            }
            Form::Rule(name) => {
                let form = &self.grammar[name];
                self.write(form, level + 1, out);
            }
            Form::Sequence(of) => of.iter().for_each(|one| self.write(one, level, out)),
            Form::Choice(of) => {
                let pick = if deep {
                    let heights = of.iter().enumerate().map(|(at, one)| (depth(one, &self.height), at));
                    heights.min().map_or(0, |(_, at)| at)
                } else {
                    self.below(of.len())
                };
                self.write(&of[pick], level, out);
            }
            Form::Optional(of) => {
                if !deep && self.below(2) == 0 {
                    self.write(of, level, out);
                }
            }
            Form::Many(of) | Form::Some(of) => {
                let least = usize::from(matches!(form, Form::Some(_)));
                let more = if deep { 0 } else { self.below(3) };
                for _ in 0..least.max(more) {
                    self.write(of, level, out);
                }
            }
            Form::AnyOrder(of) => {
                let mut left: Vec<&Form> = of.iter().collect();
                while !deep && !left.is_empty() && self.below(3) > 0 {
                    let pick = self.below(left.len());
                    self.write(left.remove(pick), level, out);
                }
            }
        }
    }

    fn spelling(&mut self, terminal: &str) -> String {
        let choices: &[&str] = match terminal {
            "NAME" => &["a", "b", "user", "User", "Doc", "`odd name`", "_x", "log"],
            "INT" => &["0", "1", "9223372036854775807"],
            "DECIMAL" => &["1.5", "0.0001"],
            "DURATION" => &["90d", "8h30m", "250ms"],
            "TEXT" => &["\"text\"", "r\"raw\"", "r#\"a \" b\"#", "\"\""],
            "TAGGED" => &["ip\"10.0.0.1\"", "cidr\"10.0.0.0/8\"", "time\"2026-01-01T00:00:00Z\""],
            fixed => return fixed.trim_matches('"').to_owned(),
        };
        let pick = self.below(choices.len());
        choices[pick].to_owned()
    }
}

/// The depth of the shallowest sentence, if the rules in it are known to have one.
fn depth(form: &Form, height: &BTreeMap<&str, usize>) -> Option<usize> {
    match form {
        Form::Terminal(_) | Form::Optional(_) | Form::Many(_) | Form::AnyOrder(_) => Some(0),
        Form::Rule(name) => height.get(name.as_str()).copied(),
        Form::Sequence(of) => {
            of.iter().map(|one| depth(one, height)).try_fold(0, |most, one| Some(most.max(one?)))
        }
        Form::Choice(of) => of.iter().filter_map(|one| depth(one, height)).min(),
        Form::Some(of) => depth(of, height),
    }
}
