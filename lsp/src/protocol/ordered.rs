//! Messages are begun in the order in which they come.
//!
//! The framework runs several handlers at once, each from its first `await` on whenever it likes. Here every handler is run up to
//! that point as soon as its message is read, before the next one is; and before that point it has put its event on the queue. So
//! the order of events is that of the wire, whatever happens later.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use serde_json::Value;
use tokio::sync::Notify;
use tower_lsp::jsonrpc::Request;
use tower_service::Service;

/// A service that begins each call at once.
#[derive(Debug)]
pub struct Ordered<S> {
    service: S,
    exit: Arc<Notify>,
}

impl<S> Ordered<S> {
    /// A service, and what is told when the client wants it to end: the framework would wait for its input to end.
    pub fn new(service: S) -> (Self, Arc<Notify>) {
        let exit = Arc::new(Notify::new());
        (Ordered { service, exit: exit.clone() }, exit)
    }
}

type Boxed<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl<S> Service<Request> for Ordered<S>
where
    S: Service<Request>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Boxed<S::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let request = as_specified(without_null(request));
        let exits = request.method() == "exit";
        let mut future = Box::pin(self.service.call(request));
        // Nobody need be woken: whoever gets the future polls it again.
        let begun = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if exits {
            self.exit.notify_one();
        }
        match begun {
            Poll::Ready(result) => Box::pin(ready(result)),
            Poll::Pending => future,
        }
    }
}

/// The protocol calls a capability of clients `workspace.diagnostics`, and the framework's types look for it under another name.
fn as_specified(request: Request) -> Request {
    if request.method() != "initialize" {
        return request;
    }
    let (method, id, params) = request.into_parts();
    let mut params = params.unwrap_or_default();
    if let Some(Value::Object(workspace)) = params.pointer_mut("/capabilities/workspace")
        && let Some(own) = workspace.remove("diagnostics")
    {
        workspace.entry("diagnostic").or_insert(own);
    }
    let built = Request::build(method).params(params);
    match id {
        Some(id) => built.id(id).finish(),
        None => built.finish(),
    }
}

/// Some clients send `null` where a message has no parameters, which the framework refuses.
fn without_null(request: Request) -> Request {
    if request.params() != Some(&Value::Null) {
        return request;
    }
    let (method, id, _) = request.into_parts();
    let built = Request::build(method);
    match id {
        Some(id) => built.id(id).finish(),
        None => built.finish(),
    }
}
