//! Groups within groups, and who is in them.

use crate::rng::Rng;

/// Numbered nodes, each below at most one with a smaller number, so that there is no cycle.
pub(crate) struct Forest {
    parents: Vec<Option<usize>>,
}

impl Forest {
    /// `n` nodes; `percent` of 100 have a parent.
    pub fn grow(n: usize, percent: usize, rng: &mut Rng) -> Self {
        let parents = (0..n).map(|node| (node > 0 && rng.chance(percent)).then(|| rng.below(node))).collect();
        Forest { parents }
    }

    /// Node 0 stays alone: nothing is below it.
    pub fn without_root_zero(mut self) -> Self {
        for parent in &mut self.parents {
            *parent = parent.filter(|parent| *parent != 0);
        }
        self
    }

    pub fn parent(&self, node: usize) -> Option<usize> {
        self.parents[node]
    }

    /// The node and everything above it.
    pub fn path(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(node), |node| self.parents[*node])
    }

    /// For each node, who is in it or below it: person `i` is directly in the nodes `direct[i]`.
    pub fn members(&self, direct: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.parents.len()];
        for (person, nodes) in direct.iter().enumerate() {
            for node in nodes.iter().flat_map(|node| self.path(*node)) {
                if members[node].last() != Some(&person) {
                    members[node].push(person);
                }
            }
        }
        members
    }
}

/// One to three different numbers below `n`.
pub(crate) fn one_to_three(n: usize, rng: &mut Rng) -> Vec<usize> {
    let mut some: Vec<_> = (0..1 + rng.below(3)).map(|_| rng.below(n)).collect();
    some.sort_unstable();
    some.dedup();
    some
}
