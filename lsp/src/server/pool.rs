//! Threads that answer questions.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How deep a check may go must not depend on who makes it: as much as the first thread of a process usually has.
const STACK: usize = 8 << 20;

/// Something to do on another thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Some threads that take jobs in the order in which they are given.
#[derive(Clone, Debug)]
pub struct Pool {
    jobs: Sender<Job>,
}

impl Pool {
    /// A pool of that many threads, which end when the last handle of it is gone.
    pub fn new(name: &str, threads: usize) -> Pool {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads {
            let queue = queue.clone();
            let built = thread::Builder::new().name(name.to_owned()).stack_size(STACK);
            // Without threads there are no answers; an editor goes on without them.
            drop(built.spawn(move || work(&queue)));
        }
        Pool { jobs }
    }

    /// Has `job` done as soon as a thread is free.
    pub fn run(&self, job: Job) {
        drop(self.jobs.send(job));
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A fault in one answer must not cost all later ones; whoever waits for it sees that none came.
        drop(std::panic::catch_unwind(AssertUnwindSafe(job)));
    }
}
