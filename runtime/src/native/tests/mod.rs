//! Every test decides with both engines and expects one answer.

mod behind;
mod generated;
mod grants;
mod limits;
mod many;
mod obligations;
mod operations;
mod panics;
mod updates;

use std::sync::Arc;

use super::code::Limits;
use super::{Code, Image, PreparedContext, decide, decide_ids, outcome};
use crate::data::Data;
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::verify::Verified;

/// What a full outcome comes to.
fn short(outcome: &Outcome) -> Decision {
    outcome.clone().into_decision()
}

/// A Program over a snapshot, in both engines.
struct Both {
    program: Verified,
    params: Params,
    data: Data,
    image: Image,
    /// The same with each policy for itself, and with those found by an index, as in environments that have very many.
    many: [Image; 4],
}

impl Both {
    fn new(program: Verified, data: Data) -> Both {
        let params = Params::bind(&program, []).unwrap();
        let image = |limits| {
            let code = Code::with_limits(&program, limits).unwrap();
            Image::link(&Arc::new(code), params.values(), &data, None).unwrap()
        };
        let (image, many) = (
            image(Limits { most_inlined: usize::MAX, most_plain: usize::MAX, ..Limits::default() }),
            [Limits::one_by_one(), Limits::indexed(), Limits::paired(), Limits::called()].map(image),
        );
        Both { program, params, data, image, many }
    }

    /// The one outcome of all engines and entries.
    fn outcome(&self, query: &Query) -> Outcome {
        let expected = crate::interpret(&self.program, &self.params, &self.data, query);
        assert_eq!(outcome(&self.image, query).unwrap(), expected);
        assert_eq!(decide(&self.image, query).unwrap(), short(&expected));
        for many in &self.many {
            assert_eq!(outcome(many, query).unwrap(), expected);
            assert_eq!(decide(many, query).unwrap(), short(&expected));
        }
        if let (Some(principal), Some(resource)) =
            (self.image.find(&query.principal), self.image.find(&query.resource))
        {
            let context = PreparedContext::new(&self.image, query.action, &query.context).unwrap();
            let by_ids = decide_ids(&self.image, principal, query.action, resource, &context, query.now);
            assert_eq!(by_ids.unwrap(), short(&expected));
        }
        expected
    }
}
