//! Which promise holds, and which falls short by how much.

use std::collections::HashMap;
use std::fmt::Write;

use assize_bench_common::table::{Table, shown};
use serde_json::json;

use crate::promise::{Bound, Measure, Promise};

/// What became of a promise.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Holds(f64),
    /// The figure, and how many times too much or too little it is.
    Short(f64, f64),
    NotMeasured(String),
}

/// One for each promise.
pub struct Verdicts(Vec<(Promise, Verdict)>);

impl Verdicts {
    /// From the figures of the tables.
    pub fn new(promises: &[Promise], tables: &[Table], quick: bool) -> Verdicts {
        let figures: HashMap<String, f64> =
            tables.iter().flat_map(Table::figures).map(|figure| (figure.name, figure.value)).collect();
        let verdict = |promise: &Promise| (promise.clone(), verdict(promise, &figures, quick));
        Verdicts(promises.iter().map(verdict).collect())
    }

    /// How many fall short.
    pub fn fall_short(&self) -> usize {
        self.0.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Short(..))).count()
    }

    /// For people.
    pub fn text(&self) -> String {
        let width = self.0.iter().map(|(promise, _)| promise.text.chars().count()).max().unwrap_or(0);
        let mut text = "Promises\n".to_owned();
        for (promise, verdict) in &self.0 {
            let (bound, unit) = (bound(promise), promise.unit);
            let said = match verdict {
                Verdict::Holds(value) => format!("{bound:<22} {:>10} {unit:<6} holds", shown(*value)),
                Verdict::Short(value, by) => {
                    format!("{bound:<22} {:>10} {unit:<6} FALLS SHORT by {} times", shown(*value), shown(*by))
                }
                Verdict::NotMeasured(why) => format!("not measured here: {why}"),
            };
            let _ = writeln!(text, "  {:<width$}  {said}", promise.text);
        }
        let count = |is: fn(&Verdict) -> bool| self.0.iter().filter(|(_, verdict)| is(verdict)).count();
        let holds = count(|verdict| matches!(verdict, Verdict::Holds(_)));
        let elsewhere = count(|verdict| matches!(verdict, Verdict::NotMeasured(_)));
        let _ =
            writeln!(text, "{holds} hold, {} fall short, {elsewhere} were not measured", self.fall_short());
        text
    }

    /// For machines: a line for each.
    pub fn ndjson(&self, machine: &str, commit: &str) -> String {
        let mut text = String::new();
        for (promise, verdict) in &self.0 {
            let (verdict, value) = match verdict {
                Verdict::Holds(value) => ("holds", Some(*value)),
                Verdict::Short(value, _) => ("falls short", Some(*value)),
                Verdict::NotMeasured(_) => ("not measured", None),
            };
            let line = json!({
                "name": format!("promise/{}", promise.text),
                "unit": promise.unit,
                "value": value,
                "bound": bound(promise),
                "verdict": verdict,
                "machine": machine,
                "commit": commit,
            });
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

fn bound(promise: &Promise) -> String {
    match (&promise.measure, promise.bound) {
        (Measure::Elsewhere(_), _) => String::new(),
        (_, Bound::AtMost(most)) => format!("at most {} {}", shown(most), promise.unit),
        (_, Bound::AtLeast(least)) => format!("at least {} {}", shown(least), promise.unit),
    }
}

fn verdict(promise: &Promise, figures: &HashMap<String, f64>, quick: bool) -> Verdict {
    let value = match &promise.measure {
        Measure::Figure(name) => figures.get(name).copied(),
        Measure::Ratio(name, other) => {
            figures.get(name).zip(figures.get(other)).map(|(value, to)| value / to)
        }
        Measure::Apart(name, _) => figures.get(name).copied(),
        Measure::Elsewhere(by) => return Verdict::NotMeasured((*by).to_owned()),
    };
    let Some(value) = value else {
        let why = match promise.measure {
            _ if quick => "the short run leaves it out",
            Measure::Apart(_, how) => how,
            _ => "no such figure",
        };
        return Verdict::NotMeasured(why.to_owned());
    };
    let by = match promise.bound {
        Bound::AtMost(most) => value / most,
        Bound::AtLeast(least) => least / value,
    };
    if by <= 1.0 { Verdict::Holds(value) } else { Verdict::Short(value, by) }
}

#[cfg(test)]
mod tests {
    use assize_bench_common::table::{Picture, Table};

    use super::{Verdict, Verdicts};
    use crate::promise::{Bound, Measure, Promise};

    fn verdict(measure: Measure, bound: Bound) -> Verdict {
        let mut table = Table::new("t", "t", "row", &[("a", "ns")], Picture::Bars("a".into()));
        table.row("x", &[Some(30.0)]);
        table.row("y", &[Some(10.0)]);
        let promise = Promise { text: "p".into(), measure, bound, unit: "ns" };
        Verdicts::new(&[promise], &[table], false).0.remove(0).1
    }

    #[test]
    fn a_promise_holds_up_to_its_bound_and_falls_short_beyond() {
        let figure = || Measure::Figure("t/x/a".into());
        assert_eq!(verdict(figure(), Bound::AtMost(30.0)), Verdict::Holds(30.0));
        assert_eq!(verdict(figure(), Bound::AtMost(20.0)), Verdict::Short(30.0, 1.5));
        assert_eq!(verdict(figure(), Bound::AtLeast(60.0)), Verdict::Short(30.0, 2.0));
        let ratio = Measure::Ratio("t/x/a".into(), "t/y/a".into());
        assert_eq!(verdict(ratio, Bound::AtLeast(3.0)), Verdict::Holds(3.0));
    }

    #[test]
    fn what_is_not_measured_is_said_not_to_be() {
        let missing = verdict(Measure::Figure("t/z/a".into()), Bound::AtMost(1.0));
        assert!(matches!(missing, Verdict::NotMeasured(_)), "{missing:?}");
        let elsewhere = verdict(Measure::Elsewhere("tests"), Bound::AtMost(1.0));
        assert_eq!(elsewhere, Verdict::NotMeasured("tests".into()));
    }
}
