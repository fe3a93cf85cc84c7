//! The same work on one thread and on two at the same time: what readers cost one another.

use std::sync::Barrier;

use assize_bench_common::clock::thread_time;
use assize_bench_common::stats::median;

/// Nanoseconds of a thread's time for a request, when so many threads do `work` at the same time; `work` gets the number of its
/// thread and decides `requests` requests.
pub(crate) fn measure(
    threads: usize,
    rounds: usize,
    requests: usize,
    work: impl Fn(usize) -> usize + Sync,
) -> f64 {
    let barrier = Barrier::new(threads);
    let times = std::thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut times = Vec::with_capacity(rounds);
                    for _ in 0..rounds {
                        barrier.wait();
                        let start = thread_time();
                        std::hint::black_box(work(thread));
                        times.push((thread_time() - start) / requests as f64);
                    }
                    times
                })
            })
            .collect();
        started.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
    });
    median(times)
}
