//! The promises: section 5 of the design, and the figures that the engine is to reach.

/// What a figure must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// No more.
    AtMost(f64),
    /// No less.
    AtLeast(f64),
}

/// Where a promise's figure comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A figure of a table, by its name.
    Figure(String),
    /// One figure divided by another.
    Ratio(String, String),
    /// A figure of a program that is built apart, and how to get it.
    Apart(String, &'static str),
    /// Not here: by what, instead.
    Elsewhere(&'static str),
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Promise {
    /// What is promised.
    pub text: String,
    /// Of what.
    pub measure: Measure,
    /// How much.
    pub bound: Bound,
    /// Of the figure.
    pub unit: &'static str,
}

fn promise(text: impl Into<String>, measure: Measure, bound: Bound, unit: &'static str) -> Promise {
    Promise { text: text.into(), measure, bound, unit }
}

fn figure(name: impl Into<String>) -> Measure {
    Measure::Figure(name.into())
}

/// What `assize-bench-incremental` edits in policies; the declarations of a package are not what people type at all day.
const EDITS: [&str; 4] = ["a condition", "a half-typed condition", "a comment above", "a new policy"];

/// All of them, in the order in which the design has them.
pub fn all() -> Vec<Promise> {
    use Bound::{AtLeast, AtMost};
    let mut all = Vec::new();
    for (boundary, ahead) in [("ids", 400.0), ("names", 100.0), ("json", 35.0)] {
        for app in assize_bench_peers::APPS {
            let ours = format!("peers/{app}/{boundary}/assize-jit");
            let text = format!("{app}, {boundary} in: beside hand-written Rust without branches");
            all.push(promise(text, figure(format!("{ours}/times hand")), AtMost(1.3), "times"));
            let text = format!("{app}, {boundary} in: ahead of Cedar");
            all.push(promise(text, figure(format!("{ours}/ahead of Cedar")), AtLeast(ahead), "times"));
        }
    }
    for set in ["folders", "hospital-disjoint", "hospital-overlapping"] {
        let (few, most) = if set == "folders" { (10, 100_000) } else { (38, 10_000) };
        let at = |policies: usize| format!("scale/{set}/{policies}/assize");
        let text = format!("{set}: from {few} policies to {most}");
        all.push(promise(text, Measure::Ratio(at(most), at(few)), AtMost(2.0), "times"));
        all.push(promise(
            format!("{set}: a decision over {most} policies"),
            figure(at(most)),
            AtMost(25.0),
            "ns",
        ));
        // Should this machine be slower than the one where the hand-indexed loop took 13 to 15 ns.
        let text = format!("{set}: the same beside hand-indexed Rust (25 ns to 14)");
        let ratio = figure(format!("scale/{set}/{most}/times hand"));
        all.push(promise(text, ratio, AtMost(25.0 / 14.0), "times"));
    }
    let batches = "scale/entities/assize, batches/times hand, prefetching";
    all.extend([
        promise(
            "batch over 1 M x 1 M entities, beside packed rows with prefetch",
            figure(batches),
            AtMost(1.3),
            "times",
        ),
        promise(
            "10,000 policies checked cold, beside Cedar's parse and validate",
            figure("compile/check/10000/times Cedar"),
            AtMost(0.5),
            "times",
        ),
        promise(
            "100,000 policies of ten shapes from source to native code",
            figure("compile/shapes/100000 of ten shapes/source to native"),
            AtMost(2_000.0),
            "ms",
        ),
        promise(
            "10,000 policies of as many shapes: usable after load",
            figure("compile/shapes/10000 of 10000 shapes/usable after load"),
            AtMost(1_000.0),
            "ms",
        ),
    ]);
    for change in ["attribute", "membership", "grant", "revoke"] {
        let text = format!("one {change} changed among a million, 99 of 100 times");
        all.push(promise(text, figure(format!("update/one/{change}/p99")), AtMost(1_000.0), "us"));
    }
    let reader = |meanwhile: &str, at: &str| format!("update/readers/{meanwhile}/{at}");
    let readers = |at| Measure::Ratio(reader("updates", at), reader("nothing", at));
    all.extend([
        promise(
            "100,000 changes in one update",
            figure("update/batch/100000/milliseconds"),
            AtMost(1_000.0),
            "ms",
        ),
        promise(
            "a reader's median decision while updates follow one another",
            readers("p50"),
            AtMost(1.3),
            "times",
        ),
        promise("a reader's decisions then, 99 of 100", readers("p99"), AtMost(2.0), "times"),
    ]);
    for edit in EDITS {
        let text = format!("an edit of {edit} among 10,000 policies, 95 of 100 times");
        let measure = Measure::Apart(
            format!("incremental/10000/{edit}/p95"),
            "`cargo build --release -p assize-bench-incremental` first",
        );
        all.push(promise(text, measure, AtMost(10.0), "ms"));
    }
    for (text, by) in [
        ("interpreter and native code agree", "tests of the runtime and of the language, `.ci/run examples`"),
        ("imported Cedar packages decide as Cedar does", "tests of the importer, beside `cedar-policy`"),
        ("no panic, no hang on any input", "tests with hostile input; fuzz targets come later"),
    ] {
        all.push(promise(text, Measure::Elsewhere(by), AtMost(0.0), ""));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::all;

    #[test]
    fn every_promise_is_made_once() {
        let mut seen = HashSet::new();
        for promise in all() {
            assert!(seen.insert(promise.text.clone()), "twice: {}", promise.text);
        }
    }
}
