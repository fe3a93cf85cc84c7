//! The class of a request's context: which of some questions about it are true. What is settled beforehand is told apart by it.
//!
//! Handles of contexts know their class from when they are made. A context that comes as fields or text is asked by native code, made when
//! the first such request with its action comes.

use std::sync::OnceLock;

use cranelift_frontend::FunctionBuilderContext;

use super::behind::Wanted;
use super::code::{Code, Decide, guarded};
use super::emit::{Functions, define_class};
use super::frame::Frame;
use super::module::{Building, Compiled, Extent};
use super::names::Unfit;
use crate::program::Body;
use crate::types::{ActionId, Environment};

/// Questions about the contexts of each action, and what answers them.
pub(super) struct Classes(Box<[Asked]>);

struct Asked {
    questions: Option<Vec<Body>>,
    /// `None` if they have no native form.
    made: OnceLock<Option<Made>>,
}

struct Made {
    function: Decide,
    code: Compiled,
}

impl Classes {
    /// By action: bodies of questions that depend on nothing but the context.
    pub(super) fn new(questions: Vec<Option<Vec<Body>>>) -> Classes {
        Classes(questions.into_iter().map(|questions| Asked { questions, made: OnceLock::new() }).collect())
    }

    /// What its code takes.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        for made in self.0.iter().filter_map(|asked| asked.made.get()?.as_ref()) {
            extent += made.code.extent();
        }
        extent
    }
}

impl Code {
    /// The class of the frame's context, if native code can tell: a bit for each question that is true, or the number after all of these.
    #[inline]
    pub(super) fn class(&self, action: ActionId, frame: &Frame<'_, '_>) -> Option<u32> {
        let asked = self.classes()?.0.get(action.index())?;
        match asked.made.get() {
            Some(made) => Some((made.as_ref()?.function)(frame) as u32),
            None => {
                self.make_class(action);
                None
            }
        }
    }

    /// Makes all of it, for those who want no decision to wait.
    pub(crate) fn warm_classes(&self) {
        let asked = self.classes().into_iter().flat_map(|classes| classes.0.iter().enumerate());
        for (action, _) in
            asked.filter(|(_, asked)| asked.questions.as_ref().is_some_and(|all| !all.is_empty()))
        {
            self.make_class_now(ActionId(action as u32));
        }
    }

    /// Has it made by the next request, or soon.
    #[cold]
    fn make_class(&self, action: ActionId) {
        if !self.leaves(Wanted::Class(action)) {
            self.make_class_now(action);
        }
    }

    pub(super) fn make_class_now(&self, action: ActionId) {
        if let Some(asked) = self.classes().and_then(|classes| classes.0.get(action.index())) {
            asked.made.get_or_init(|| {
                guarded(|| self.compile_class(action, asked.questions.as_deref().ok_or(Unfit)?)).ok()
            });
        }
    }

    fn compile_class(&self, action: ActionId, questions: &[Body]) -> Result<Made, Unfit> {
        let declared = self.program.schema.actions.get(action.index()).ok_or(Unfit)?;
        let applies = declared.applies.as_ref().ok_or(Unfit)?;
        // Any will do: the questions are not about entities.
        let (principal, resource) =
            applies.principals.iter().zip(applies.resources.iter()).next().ok_or(Unfit)?;
        let mut building = Building::new(self.isa.clone())?;
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let environment = Environment { principal, action, resource };
        let made = define_class(self, &mut building, &mut functions, &mut context, environment, questions);
        let id = match made {
            Ok(id) => id,
            Err(unfit) => {
                building.abandon();
                return Err(unfit);
            }
        };
        let code = building.finish()?;
        let function = code.decide(id).ok_or(Unfit)?;
        Ok(Made { function, code })
    }
}
