//! Which declarations come first when some need others.

/// The strongly connected components of a graph, each after all those that it needs. `needs[n]` lists what `n` needs, all
/// below `needs.len()`. A component of several nodes is a cycle, and so is a node that needs itself.
pub fn components(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    // Tarjan's algorithm with a stack of its own: a chain may be as long as the package.
    const NEW: usize = usize::MAX;
    let count = needs.len();
    let (mut number, mut low) = (vec![NEW; count], vec![0; count]);
    let mut open = vec![false; count];
    let (mut path, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..count {
        if number[root] != NEW {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                number[node] = next;
                low[node] = next;
                next += 1;
                path.push(node);
                open[node] = true;
            }
            match needs[node].get(edge) {
                Some(&to) => {
                    work.push((node, edge + 1));
                    if number[to] == NEW {
                        work.push((to, 0));
                    } else if open[to] {
                        low[node] = low[node].min(number[to]);
                    }
                }
                None => {
                    if low[node] == number[node] {
                        let at = path.iter().rposition(|it| *it == node).unwrap_or(0);
                        let mut component = path.split_off(at);
                        component.iter().for_each(|it| open[*it] = false);
                        component.sort_unstable();
                        found.push(component);
                    }
                    if let Some((parent, _)) = work.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                }
            }
        }
    }
    found
}

/// Whether a component from [`components`] is a cycle.
pub fn is_cycle(component: &[usize], needs: &[Vec<usize>]) -> bool {
    match component {
        [only] => needs[*only].contains(only),
        _ => true,
    }
}

/// The nodes of a cyclic component in an order in which each needs the next, starting with the least.
pub fn walk_cycle(component: &[usize], needs: &[Vec<usize>]) -> Vec<usize> {
    let Some(&first) = component.first() else { return Vec::new() };
    // The shortest way from the first back to itself.
    let mut came_from = std::collections::BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        for &to in needs[node].iter().filter(|to| component.binary_search(to).is_ok()) {
            if to == first {
                let mut way = vec![node];
                while let Some(before) = way.last().and_then(|last| came_from.get(last)) {
                    way.push(*before);
                }
                way.reverse();
                return way;
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(to) {
                entry.insert(node);
                queue.push_back(to);
            }
        }
    }
    component.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first() {
        let needs = vec![vec![1, 2], vec![2], vec![], vec![0]];
        assert_eq!(components(&needs), [[2], [1], [0], [3]]);
    }

    #[test]
    fn a_cycle_is_one_component_and_can_be_walked() {
        let needs = vec![vec![2], vec![0], vec![1], vec![3], vec![0]];
        let found = components(&needs);
        assert_eq!(found, [vec![0, 1, 2], vec![3], vec![4]]);
        assert!(is_cycle(&found[0], &needs) && is_cycle(&found[1], &needs) && !is_cycle(&found[2], &needs));
        assert_eq!(walk_cycle(&found[0], &needs), [0, 2, 1]);
        assert_eq!(walk_cycle(&found[1], &needs), [3]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let needs: Vec<Vec<usize>> =
            (0..200_000).map(|n| if n == 0 { vec![] } else { vec![n - 1] }).collect();
        assert_eq!(components(&needs).len(), 200_000);
    }
}
