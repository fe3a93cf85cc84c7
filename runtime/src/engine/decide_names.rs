//! Deciding requests by names, from what a service has in its hands.

use super::report::Report;
use super::request::Request;
use super::{Engine, Snapshot, clock};
use crate::json::RequestError;
use crate::outcome::Decision;

impl Snapshot {
    /// Decides a request by names.
    pub fn decide(&self, request: &Request<'_>) -> Result<Decision, RequestError> {
        self.decide_at(request, clock::now())
    }

    /// The same at a time that the caller names.
    pub fn decide_at(&self, request: &Request<'_>, now: i64) -> Result<Decision, RequestError> {
        if let Some(decision) = self.execution.decide_names(request, now, self.told(now)) {
            return Ok(decision);
        }
        // Something is wrong with it, or unusual, or there is no native code: this way knows every request.
        let query = request.query(&self.program, now)?;
        Ok(self.decision(&query))
    }

    /// Decides a request by names and says why.
    pub fn report(&self, request: &Request<'_>) -> Result<Report, RequestError> {
        self.report_at(request, clock::now())
    }

    /// The same at a time that the caller names.
    pub fn report_at(&self, request: &Request<'_>, now: i64) -> Result<Report, RequestError> {
        Ok(self.report_query(request.query(&self.program, now)?))
    }
}

impl Engine {
    /// Decides a request by names.
    pub fn decide(&self, request: &Request<'_>) -> Result<Decision, RequestError> {
        self.decide_at(request, clock::now())
    }

    /// The same at a time that the caller names.
    pub fn decide_at(&self, request: &Request<'_>, now: i64) -> Result<Decision, RequestError> {
        self.current.load().decide_at(request, now)
    }

    /// Decides a request by names and says why.
    pub fn report(&self, request: &Request<'_>) -> Result<Report, RequestError> {
        self.report_at(request, clock::now())
    }

    /// The same at a time that the caller names.
    pub fn report_at(&self, request: &Request<'_>, now: i64) -> Result<Report, RequestError> {
        self.current.load().report_at(request, now)
    }
}
