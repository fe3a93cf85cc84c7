//! Many requests by handles at once.

use super::clock;
use super::handle::IdRequest;
use super::snapshot::Snapshot;
use crate::json::RequestError;
use crate::outcome::{Decision, Obligations};

/// The answers to a batch, one for each request, in order. Used again for the next batch, it allocates nothing more.
///
/// ```
/// # use assize_runtime::engine::{Decisions, Engine, IdRequest};
/// # use assize_runtime::Decision;
/// # fn all(engine: &Engine, requests: &[IdRequest<'_>]) {
/// let mut decisions = Decisions::default();
/// engine.decide_batch(requests, &mut decisions);
/// for (request, decision) in requests.iter().zip(decisions.iter()) {
///     match decision {
///         Ok(Decision::Allow) => println!("{:?}: yes", request.resource),
///         Ok(Decision::AllowWith(obligations)) => println!("{:?}: yes, and {obligations:?}", request.resource),
///         Ok(Decision::Deny) => println!("{:?}: no", request.resource),
///         Err(error) => println!("{:?}: {error}", request.resource),
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    answers: Vec<Answer>,
    /// Of each answer [`Answer::AllowWith`], in order.
    obligations: Vec<Obligations>,
    /// Of each answer [`Answer::Error`], in order.
    errors: Vec<RequestError>,
}

/// An answer; what belongs to it stands apart, so that a million of them take a megabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Deny,
    Allow,
    AllowWith,
    Error,
}

impl Decisions {
    /// How many.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether a request is allowed, with or without obligations. A request that makes no sense is not.
    pub fn is_allowed(&self, at: usize) -> bool {
        matches!(self.answers.get(at), Some(Answer::Allow | Answer::AllowWith))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<Decision, &RequestError>> + '_ {
        let (mut obligations, mut errors) = (self.obligations.iter(), self.errors.iter());
        self.answers.iter().filter_map(move |answer| {
            Some(match answer {
                Answer::Deny => Ok(Decision::Deny),
                Answer::Allow => Ok(Decision::Allow),
                Answer::AllowWith => Ok(Decision::AllowWith(obligations.next()?.clone())),
                Answer::Error => Err(errors.next()?),
            })
        })
    }

    /// What is wrong with those requests that make no sense, in order.
    pub fn errors(&self) -> &[RequestError] {
        &self.errors
    }

    fn clear(&mut self) {
        self.answers.clear();
        self.obligations.clear();
        self.errors.clear();
    }

    #[inline(never)]
    fn push(&mut self, decision: Result<Decision, RequestError>) {
        let answer = match decision {
            Ok(Decision::Deny) => Answer::Deny,
            Ok(Decision::Allow) => Answer::Allow,
            Ok(Decision::AllowWith(obligations)) => {
                self.obligations.push(obligations);
                Answer::AllowWith
            }
            Err(error) => {
                self.errors.push(error);
                Answer::Error
            }
        };
        self.answers.push(answer);
    }
}

impl Snapshot {
    /// Decides many requests at one time. `decisions` is cleared first and then has one for each.
    pub fn decide_batch(&self, requests: &[IdRequest<'_>], decisions: &mut Decisions) {
        self.decide_batch_at(requests, decisions, clock::now());
    }

    /// The same at a time that the caller names.
    pub fn decide_batch_at(&self, requests: &[IdRequest<'_>], decisions: &mut Decisions, now: i64) {
        decisions.clear();
        decisions.answers.reserve(requests.len());
        if self.settled.fits() {
            return self.decide_few(requests, decisions, now);
        }
        self.execution.decide_batch(self.generation, requests, now, |request, decided| match decided {
            // Which of the two is as good as random: no branch is on it.
            Ok(allowed) => decisions.answers.push(if allowed { Answer::Allow } else { Answer::Deny }),
            Err(Some(decision)) => decisions.push(Ok(decision)),
            Err(None) => decisions.push(self.decide_slowly(request, now)),
        });
    }

    /// The same over little data, as a loop of single decisions would go, which makes tables where there are none. They are small: memory
    /// need not be asked for what is in them.
    fn decide_few(&self, requests: &[IdRequest<'_>], decisions: &mut Decisions, now: i64) {
        let mut rest = requests;
        if let Some(tables) = self.settled.tables(now) {
            // What tables tell is told for as many as there are between two of which they do not.
            while !rest.is_empty() {
                let settled = rest.iter().map_while(|request| {
                    if !request.is_native(self.generation) {
                        return None;
                    }
                    let allowed = tables.allows_request(request)?;
                    Some(if allowed { Answer::Allow } else { Answer::Deny })
                });
                let before = decisions.answers.len();
                decisions.answers.extend(settled);
                let told = decisions.answers.len() - before;
                rest = rest.get(told..).unwrap_or_default();
                if let Some((request, after)) = rest.split_first() {
                    decisions.push(self.decide_unsettled(*request, now));
                    rest = after;
                }
            }
            return;
        }
        rest.iter().for_each(|request| decisions.push(self.decide_request(request, now)));
    }
}
