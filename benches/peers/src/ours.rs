//! Assize: the packages in `examples/` compiled, linked with the same data.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use assize_compiler::compile::compile;
use assize_compiler::package;
use assize_examples::NOW;
use assize_runtime::json::{Clock, load, read_request};
use assize_runtime::native::{self, Code, Image, PreparedContext};
use assize_runtime::{Decision, Params, Query, Verified, interpret};

use crate::engine::{Boundary, Engine, Prepared};
use crate::store::Store;

/// A linked package.
struct Ours {
    program: Verified,
    params: Params,
    data: assize_runtime::data::Data,
    image: Image,
}

impl Ours {
    fn new(store: &Store) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(store.app.name());
        let sources = package::load(&[folder]).unwrap_or_else(|failure| panic!("{failure:?}"));
        let program = compile(sources).program.expect("the package compiles");
        let params = Params::bind(&program, []).expect("every param has a value");
        let data = load(&program.schema, [("entities.ndjson", store.data.as_bytes())], NOW)
            .unwrap_or_else(|faults| panic!("{faults:?}"));
        let code = Arc::new(Code::compile(&program).expect("the program can be compiled"));
        code.warm();
        let image = Image::link(&code, params.values(), &data, None).expect("the data can be linked");
        Ours { program, params, data, image }
    }

    fn query(&self, json: &str) -> Query {
        read_request(&self.program, json, Clock::At(NOW)).unwrap_or_else(|error| panic!("{error:?}: {json}"))
    }
}

fn allows(decision: &Decision) -> bool {
    !matches!(decision, Decision::Deny)
}

/// The machine code and the interpreter, at the boundaries that they have.
pub fn engines(store: &Store, boundary: Boundary) -> Vec<Box<dyn Engine + '_>> {
    let ours = Rc::new(Ours::new(store));
    let interpreter = ours.clone();
    match boundary {
        Boundary::Ids => {
            let queries: Vec<_> = store.requests.iter().map(|request| ours.query(&request.json)).collect();
            let ids: Vec<_> = queries
                .iter()
                .map(|query| {
                    let id = |uid| ours.image.find(uid).expect("requests name entities of the data");
                    let context = PreparedContext::new(&ours.image, query.action, &query.context);
                    (id(&query.principal), query.action, id(&query.resource), context.expect("a context"))
                })
                .collect();
            vec![
                Box::new(Prepared {
                    name: "assize-jit",
                    requests: ids,
                    decide: move |(principal, action, resource, context): &(u64, _, u64, _)| {
                        let decision =
                            native::decide_ids(&ours.image, *principal, *action, *resource, context, NOW);
                        allows(&decision.expect("it fits"))
                    },
                }),
                Box::new(Prepared {
                    name: "assize-interpreter",
                    requests: queries,
                    decide: move |query: &Query| {
                        interpret(&interpreter.program, &interpreter.params, &interpreter.data, query).allowed
                    },
                }),
            ]
        }
        Boundary::Names => vec![],
        Boundary::Json => {
            let texts: Vec<&str> = store.requests.iter().map(|request| request.json.as_str()).collect();
            vec![
                Box::new(Prepared {
                    name: "assize-jit",
                    requests: texts.clone(),
                    decide: move |text: &&str| {
                        allows(&native::decide(&ours.image, &ours.query(text)).expect("it fits"))
                    },
                }),
                Box::new(Prepared {
                    name: "assize-interpreter",
                    requests: texts,
                    decide: move |text: &&str| {
                        let query = interpreter.query(text);
                        interpret(&interpreter.program, &interpreter.params, &interpreter.data, &query)
                            .allowed
                    },
                }),
            ]
        }
    }
}
