//! Deciding requests that come as JSON text.
//!
//! `decide_json` answers the decision alone, `report_json` all reasons; both in the four forms that differ in who says what time it is.

use super::report::Report;
use super::{Engine, Snapshot, clock};
use crate::json::{Clock, RequestError, read_request};
use crate::outcome::Decision;

impl Snapshot {
    /// Decides a request in JSON text; one that brings a `now` is refused.
    pub fn decide_json(&self, request: &str) -> Result<Decision, RequestError> {
        self.decide_json_with(request, Clock::At(clock::now()))
    }

    /// The same at a time that the caller names.
    pub fn decide_json_at(&self, request: &str, now: i64) -> Result<Decision, RequestError> {
        self.decide_json_with(request, Clock::At(now))
    }

    /// The same with the time from where the caller says.
    pub fn decide_json_with(&self, request: &str, clock: Clock) -> Result<Decision, RequestError> {
        // A request that brings a time is never decided this way, so it is the same for both clocks.
        let (Clock::At(now) | Clock::TrustRequest(now)) = clock;
        if let Some(decision) = self.execution.decide_json(request, now, self.told(now)) {
            return Ok(decision);
        }
        // Something is wrong with it, or unusual, or there is no native code: this way knows every request.
        let query = read_request(&self.program, request, clock)?;
        Ok(self.decision(&query))
    }

    /// Decides a request in JSON text and says why; one that brings a `now` is refused.
    pub fn report_json(&self, request: &str) -> Result<Report, RequestError> {
        self.report_json_with(request, Clock::At(clock::now()))
    }

    /// The same at a time that the caller names.
    pub fn report_json_at(&self, request: &str, now: i64) -> Result<Report, RequestError> {
        self.report_json_with(request, Clock::At(now))
    }

    /// The same with the time from where the caller says.
    pub fn report_json_with(&self, request: &str, clock: Clock) -> Result<Report, RequestError> {
        Ok(self.report_query(read_request(&self.program, request, clock)?))
    }
}

impl Engine {
    /// Decides a request in JSON text; one that brings a `now` is refused.
    pub fn decide_json(&self, request: &str) -> Result<Decision, RequestError> {
        self.decide_json_with(request, Clock::At(clock::now()))
    }

    /// The same at a time that the caller names.
    pub fn decide_json_at(&self, request: &str, now: i64) -> Result<Decision, RequestError> {
        self.decide_json_with(request, Clock::At(now))
    }

    /// The same with the request's own `now` if it has one: for replays of requests that nobody could have tampered with.
    pub fn decide_json_trusting_now(&self, request: &str) -> Result<Decision, RequestError> {
        self.decide_json_with(request, Clock::TrustRequest(clock::now()))
    }

    /// The same with the time from where the caller says.
    pub fn decide_json_with(&self, request: &str, clock: Clock) -> Result<Decision, RequestError> {
        self.current.load().decide_json_with(request, clock)
    }

    /// Decides a request in JSON text and says why; one that brings a `now` is refused.
    pub fn report_json(&self, request: &str) -> Result<Report, RequestError> {
        self.report_json_with(request, Clock::At(clock::now()))
    }

    /// The same at a time that the caller names.
    pub fn report_json_at(&self, request: &str, now: i64) -> Result<Report, RequestError> {
        self.report_json_with(request, Clock::At(now))
    }

    /// The same with the request's own `now` if it has one: for replays of requests that nobody could have tampered with.
    pub fn report_json_trusting_now(&self, request: &str) -> Result<Report, RequestError> {
        self.report_json_with(request, Clock::TrustRequest(clock::now()))
    }

    /// The same with the time from where the caller says.
    pub fn report_json_with(&self, request: &str, clock: Clock) -> Result<Report, RequestError> {
        self.current.load().report_json_with(request, clock)
    }
}
