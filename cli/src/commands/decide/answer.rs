//! From the text of a request to the text of its decision.

use std::io::Write;

use assize_runtime::engine::{Engine, Report};
use assize_runtime::json::{Clock, RequestError, refusal_text};
use serde_json::json;

use super::cedar::Dialect;
use crate::args::Format;
use crate::clock;
use crate::exit::{Exit, Stop};
use crate::package::Package;
use crate::reasons::{write_decision, write_summary, write_summary_of};

/// An engine and the time that it decides at.
#[derive(Debug)]
pub struct Answers<'a> {
    /// What decides.
    pub engine: &'a Engine,
    /// What it decides by, for the places of policies.
    pub package: &'a Package,
    /// The time of every decision; `None`: the clock, read for each.
    pub now: Option<i64>,
    /// Whether a request may say its own time.
    pub trust_now: bool,
    /// In whose words requests are written and decisions told, if not in our own.
    pub cedar: Option<Dialect>,
}

impl Answers<'_> {
    /// A single request: the decision with all its reasons, or the end of the command.
    pub fn one(&self, request: &str, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
        match self.decide(request) {
            Ok(report) => {
                match format {
                    Format::Json => writeln!(out, "{}", report.to_json())?,
                    Format::Human => {
                        let place_of = |policy| self.package.place_of(policy);
                        let now = report.query().now;
                        write_decision(out, report.program(), report.outcome(), now, &place_of)?;
                    }
                }
                Ok(Exit::Success)
            }
            Err(error) => {
                if format == Format::Json {
                    writeln!(out, "{}", refusal_text(&error))?;
                }
                Err(Stop::usage(format!("this request makes no sense: {error}")))
            }
        }
    }

    /// One of many: exactly one line. Answers whether there was a decision.
    pub fn line(&self, request: &str, format: Format, out: &mut impl Write) -> Result<bool, Stop> {
        match (self.decide(request), format) {
            (Ok(report), Format::Json) => match &self.cedar {
                None => writeln!(out, "{}", report.to_json())?,
                Some(cedar) => writeln!(out, "{}", cedar.answer(self.package, &report))?,
            },
            (Ok(report), Format::Human) => match &self.cedar {
                None => write_summary(out, report.program(), report.outcome())?,
                Some(cedar) => write_summary_of(out, &cedar.answer(self.package, &report))?,
            },
            (Err(error), Format::Json) => {
                writeln!(out, "{}", refusal_text(&error))?;
                return Ok(false);
            }
            (Err(error), Format::Human) => {
                // Whatever the request says, it is one line.
                writeln!(out, "error: {}", error.to_string().replace(['\n', '\r'], " "))?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The line for something that is not even a text; there is no decision.
    pub fn refuse_line(&self, message: &str, format: Format, out: &mut impl Write) -> Result<bool, Stop> {
        match format {
            Format::Json => {
                let error = json!({ "kind": "bad_json", "message": message, "path": "" });
                writeln!(out, "{}", json!({ "error": error }))?;
            }
            Format::Human => writeln!(out, "error: {message}")?,
        }
        Ok(false)
    }

    fn decide(&self, request: &str) -> Result<Report, RequestError> {
        let now = self.now.unwrap_or_else(clock::now);
        let clock = if self.trust_now { Clock::TrustRequest(now) } else { Clock::At(now) };
        match &self.cedar {
            None => self.engine.report_json_with(request, clock),
            Some(cedar) => self.engine.report_json_with(&cedar.request(self.package, request)?, clock),
        }
    }
}
