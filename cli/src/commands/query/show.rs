//! Answers as people, programs and spreadsheets read them: one line each.

use std::io::{self, Write};

use assize_runtime::engine::Report;
use assize_runtime::json::decision_value;
use assize_runtime::literal::format_datetime;
use assize_runtime::names::spell_entity;
use assize_runtime::{Decision, Obligation, Outcome, Verified};
use serde_json::{Value, json};

use super::csv;
use crate::args::AnyFormat;
use crate::package::Package;
use crate::reasons::{obligation_text, write_reasons};

/// An entity or an action that is allowed.
pub struct Answer<'a> {
    /// The entity's type; empty for an action.
    pub ty: &'a str,
    /// The entity's id, or the action's name.
    pub id: &'a str,
    /// With its obligations.
    pub decision: &'a Decision,
    /// Where reasons are wanted.
    pub report: Option<Report>,
}

/// Answers that are being written.
pub struct Table<'a, W> {
    out: &'a mut W,
    format: AnyFormat,
    program: &'a Verified,
    package: &'a Package,
    /// What an answer is: `entity` or `action`.
    what: &'a str,
    count: usize,
}

impl<'a, W: Write> Table<'a, W> {
    /// Writes what comes before the first answer.
    pub fn new(
        out: &'a mut W,
        format: AnyFormat,
        program: &'a Verified,
        package: &'a Package,
        what: &'a str,
    ) -> io::Result<Self> {
        match format {
            AnyFormat::Json => write!(out, "{{\"answers\": [")?,
            AnyFormat::Csv if what == "entity" => {
                csv::write_line(out, &["type", "id", "decision", "obligations", "policies", "grants"])?;
            }
            AnyFormat::Csv => {
                csv::write_line(out, &["action", "decision", "obligations", "policies", "grants"])?
            }
            _ => {}
        }
        Ok(Table { out, format, program, package, what, count: 0 })
    }

    /// Writes one.
    pub fn answer(&mut self, answer: &Answer<'_>) -> io::Result<()> {
        match self.format {
            AnyFormat::Json => self.json(answer)?,
            AnyFormat::Csv => self.csv(answer)?,
            _ => self.human(answer)?,
        }
        self.count += 1;
        Ok(())
    }

    fn human(&mut self, answer: &Answer<'_>) -> io::Result<()> {
        let name = match answer.ty {
            "" => answer.id.to_owned(),
            ty => spell_entity(ty, answer.id),
        };
        let with: Vec<_> = self.obligations(answer).collect();
        match with.is_empty() {
            true => writeln!(self.out, "{name}")?,
            false => writeln!(self.out, "{name}  with {}", with.join(", "))?,
        }
        match &answer.report {
            Some(report) => {
                let place_of = |policy| self.package.place_of(policy);
                write_reasons(self.out, self.program, report.outcome(), &place_of)
            }
            None => Ok(()),
        }
    }

    fn csv(&mut self, answer: &Answer<'_>) -> io::Result<()> {
        let obligations = self.obligations(answer).collect::<Vec<_>>().join("; ");
        let why = answer.report.as_ref().map(Report::to_json_value).unwrap_or_default();
        let joined = |key: &str| {
            let parts = why[key].as_array().into_iter().flatten();
            let parts = parts.map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
            parts.collect::<Vec<_>>().join("; ")
        };
        let (policies, grants) = (joined("policies"), joined("grants"));
        let rest = [answer.id, "allow", &obligations, &policies, &grants];
        match self.what {
            "entity" => csv::write_line(self.out, &[&[answer.ty], &rest[..]].concat()),
            _ => csv::write_line(self.out, &rest),
        }
    }

    fn json(&mut self, answer: &Answer<'_>) -> io::Result<()> {
        let subject = match answer.ty {
            "" => Value::from(answer.id),
            ty => json!({ "type": ty, "id": answer.id }),
        };
        let mut object = json!({ self.what: subject, "decision": "allow" });
        if let Some(fields) = object.as_object_mut() {
            match &answer.report {
                Some(report) => {
                    fields.extend(report.to_json_value().as_object().cloned().unwrap_or_default())
                }
                None => drop(fields.insert("obligations".into(), self.obligations_json(answer))),
            }
            // It is the same for all of them.
            fields.remove("now");
        }
        write!(self.out, "{}\n  {object}", if self.count == 0 { "" } else { "," })
    }

    /// Writes what comes after the last answer: for which time they are, where to go on, how many candidates were decided, which actions
    /// were not asked about and why.
    pub fn end(
        self,
        now: i64,
        next: Option<&str>,
        decided: Option<usize>,
        not_asked: &[(&str, String)],
    ) -> io::Result<()> {
        let Table { out, format, count, what, .. } = self;
        match format {
            AnyFormat::Json => {
                let now = Value::from(format_datetime(now));
                write!(
                    out,
                    "{}], \"next\": {}, \"now\": {now}",
                    if count == 0 { "" } else { "\n" },
                    json!(next)
                )?;
                if let Some(decided) = decided {
                    write!(out, ", \"decided\": {decided}")?;
                }
                if what == "action" {
                    let left_out =
                        not_asked.iter().map(|(action, why)| json!({ "action": action, "why": why }));
                    write!(out, ", \"not_asked\": {}", Value::from_iter(left_out))?;
                }
                writeln!(out, "}}")
            }
            AnyFormat::Csv => {
                // A table has no place for what is no row.
                let mut err = io::stderr().lock();
                for (action, why) in not_asked {
                    writeln!(err, "{action}  not asked: {why}")?;
                }
                next.map_or(Ok(()), |next| writeln!(err, "and more, after '{next}'"))
            }
            _ => {
                for (action, why) in not_asked {
                    writeln!(out, "{action}  not asked: {why}")?;
                }
                match (count, next) {
                    (0, _) if what == "action" => writeln!(out, "no action, in this context"),
                    (0, _) => writeln!(out, "none, in this context"),
                    (_, Some(next)) => writeln!(out, "and more, after '{next}'"),
                    _ => Ok(()),
                }
            }
        }
    }

    fn obligations<'b>(&'b self, answer: &'b Answer<'_>) -> impl Iterator<Item = String> + 'b {
        obligations(answer.decision).iter().map(|obligation| obligation_text(self.program, obligation))
    }

    /// As decisions have them.
    fn obligations_json(&self, answer: &Answer<'_>) -> Value {
        let outcome = Outcome {
            allowed: true,
            policies: Vec::new(),
            grants: Vec::new(),
            obligations: obligations(answer.decision).to_vec(),
            errors: Vec::new(),
            would_have: Vec::new(),
        };
        decision_value(self.program, &outcome, 0)["obligations"].take()
    }
}

fn obligations(decision: &Decision) -> &[Obligation] {
    match decision {
        Decision::AllowWith(obligations) => obligations,
        Decision::Allow | Decision::Deny => &[],
    }
}
